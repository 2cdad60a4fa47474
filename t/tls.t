# wss: talk in both directions, records that are cut, and how TLS ends.

use strict;
use warnings;

use lib 't/lib';
use ChatTest;

our $listen = <<'_EOC_';
    listen 127.0.0.1:$TEST_NGINX_SPARE_PORT ssl;
    ssl_certificate $TEST_NGINX_CERT;
    ssl_certificate_key $TEST_NGINX_KEY;
_EOC_

our $config = $listen . <<'_EOC_';
    chat_guests on;
    chat_drain_time 200ms;
    location /ws { chat; }
    location /raw {
        chat;
        chat_format raw;
        chat_room large;
        chat_message_size 0;
        chat_max_fragments 0;
        chat_buffer_size 0;
        chat_limit off;
    }
    location /slow { chat; chat_format raw; chat_room a; }
_EOC_

our $kept = $config =~ s/chat_guests on;/chat_guests on; chat_detach off;/r;
our $slow = $config =~ s/chat_guests on;/chat_guests on;
    chat_close_timeout 1m;/r;

our $talk = <<'_EOC_';
a hello tls port=$TEST_NGINX_SPARE_PORT /ws?name=Ann | Origin: https://localhost:$TEST_NGINX_SPARE_PORT | Cookie: a=b
b hello tls port=$TEST_NGINX_SPARE_PORT worker!=a /ws
c hello worker==a /ws
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"}
c call {"op":"join","room":"r"}
a call {"op":"send","room":"r","text":"hi"} => {"ok":{"seq":1}}
b until json {"ev":"message","text":"hi","from":{"name":"Ann"}}
c until json {"ev":"message","text":"hi"}
c call {"op":"send","room":"r","text":"ho"} => {"ok":{"seq":2}}
a until json {"ev":"message","text":"ho"}
repeat 50 a send json {"op":"send","room":"r","text":"{i}"}
repeat 50 b until json {"ev":"message","text":"{i}"}
repeat 50 a until json {"ev":"message","text":"{i}"}
a close 1000 bye
a until close 1000
a expect eof
a drop
b frame rsv=4 x
b until close 1002
b expect eof
b drop
d refuse 403 tls port=$TEST_NGINX_SPARE_PORT /ws | Origin: http://evil.example
errlog !~ SSL_write|bad write retry
_EOC_

our $large = <<'_EOC_';
a connect tls port=$TEST_NGINX_SPARE_PORT /raw
b connect tls port=$TEST_NGINX_SPARE_PORT worker!=a /raw
c connect /raw
a send text a
a until text a
b send text b
b until text b
a expect text b
c send text c
c until text c
a expect text c
b expect text c
a send text {rep 16384 a}
b expect text {rep 16384 a}
a send text {rep 70000 ab}
b expect text {rep 70000 ab}
# a message of many records to one who does not read for a while
b slow
within 20 a send text {rep 3000000 abc}
within 20 a until text {rep 3000000 abc}
a repeat 200 send text {i}
sleep 0.2
a send text end
b resume
within 30 b expect text {rep 3000000 abc}
repeat 200 b expect text {i}
b expect text end
within 20 c until text end
# small pieces: many frames in one record, one frame in many records
a repeat 100 send text {i}{rep 700 y}
repeat 100 b expect~ ^\d+y{700}$
a chunk 100
a send text {rep 5000 q}
a chunk 0
b expect text {rep 5000 q}
b bytewise
b send text bytes
b expect text bytes
errlog !~ bad write retry
_EOC_

run_chat();

__DATA__

=== TEST 1: talk
--- config eval: $::config
--- chat eval: $::talk



=== TEST 2: talk, where the request is kept
--- config eval: $::kept
--- chat eval: $::talk



=== TEST 3: large messages, both ways
--- zone: 320m
--- config eval: $::config
--- chat eval: $::large



=== TEST 4: large messages, where the request is kept
--- zone: 320m
--- config eval: $::kept
--- chat eval: $::large



=== TEST 5: F23 gone without close_notify, with a reset, or half closed
--- config eval: $::config
--- chat
b hello tls port=$TEST_NGINX_SPARE_PORT /ws?room=r
b until json {"ev":"joined"}
a hello tls port=$TEST_NGINX_SPARE_PORT worker!=b /ws?room=r
a until json {"ev":"joined","count":2}
b until json {"ev":"presence","count":2}
a drop
within 3 b until json {"ev":"presence","count":1}
a hello tls port=$TEST_NGINX_SPARE_PORT worker==b /ws?room=r
a until json {"ev":"joined","count":2}
b until json {"ev":"presence","count":2}
a reset
within 3 b until json {"ev":"presence","count":1}
errlog !~ \[(warn|error|crit)\]



=== TEST 6: 4101 over TLS
--- config eval: $::slow
--- chat eval
<<'_PRE_' . CORE::join("\n", map { <<'_LOOP_' } 1 .. 40) . <<'_POST_';
s connect tls port=$TEST_NGINX_SPARE_PORT rcvbuf=4096 /slow
s slow
a connect tls port=$TEST_NGINX_SPARE_PORT /slow
b connect worker!=a /slow
a send text a
a until text a
b send text b
b until text b
a expect text b
_PRE_
repeat 15 a send text {rep 10000 x}{i}
repeat 15 a expect~ ^x{10000}\d+$
repeat 15 b expect~ ^x{10000}\d+$
_LOOP_
errlog ~ client reads too slowly
s resume
within 20 s until close 4101
s expect gone
s drop
a send text end
b expect text end
errlog !~ bad write retry
_POST_



=== TEST 7: who does not even read the 4101 is cut
--- config eval: $::config =~ s/chat_guests on;/chat_guests on; chat_close_timeout 500ms;/r
--- chat eval
<<'_PRE_' . CORE::join("\n", map { <<'_LOOP_' } 1 .. 40) . <<'_POST_';
s connect tls port=$TEST_NGINX_SPARE_PORT rcvbuf=4096 /slow
s slow
a connect /slow
_PRE_
repeat 15 a send text {rep 10000 x}{i}
repeat 15 a expect~ ^x{10000}\d+$
_LOOP_
errlog ~ client reads too slowly
errlog ~ client did not finish the close
access ~ GET /slow HTTP/1\.1" 101
a send text end
a expect text end
_POST_



=== TEST 8: a reload
--- config eval: $::config
--- chat
a hello tls port=$TEST_NGINX_SPARE_PORT /ws?room=r
b connect tls port=$TEST_NGINX_SPARE_PORT worker!=a /raw
b slow
reload
a until json {"ev":"drain"}
a until close 4200
a expect eof
b resume
b until close 1012
b expect eof
a drop
b drop
a hello tls port=$TEST_NGINX_SPARE_PORT /ws?room=r
a call {"op":"send","room":"r","text":"x"}
quit
a until close 4200
a drop
gone 3



=== TEST 9: plain HTTP on the TLS port; a client that goes in the handshake
--- config eval: $::config
--- chat
a refuse 400 port=$TEST_NGINX_SPARE_PORT /ws
b open port=$TEST_NGINX_SPARE_PORT
b raw 1603010200010001fc0303
b drop
c open tls port=$TEST_NGINX_SPARE_PORT
c drop
d hello tls port=$TEST_NGINX_SPARE_PORT /ws
d call {"op":"ping"}



=== TEST 10: H29 a handshake in early data, which anybody could send again
--- config eval: $::config . 'ssl_early_data on; ssl_protocols TLSv1.3;'
--- chat
early $TEST_NGINX_SPARE_PORT /ws ~ Early data was accepted.*HTTP/1\.1 425 Too Early.*"status":425,"detail":"Repeat the request after the TLS handshake
a hello tls port=$TEST_NGINX_SPARE_PORT /ws
