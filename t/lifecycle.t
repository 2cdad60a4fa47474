# Workers come and go: each client is told, and no worker stays behind.

use strict;
use warnings;

use lib 't/lib';
use ChatTest;

our $config = <<'_EOC_';
    chat_guests on;
    chat_drain_time 300ms;
    location /ws { chat; }
    location /raw { chat; chat_format raw; chat_room a; }
    location /kept { chat; chat_detach off; }
    location /kept-raw { chat; chat_format raw; chat_room a; chat_detach off; }
    location /page { return 200 "page"; }
_EOC_

our $tls = <<'_EOC_';
    listen 127.0.0.1:$TEST_NGINX_SPARE_PORT ssl;
    ssl_certificate $TEST_NGINX_CERT;
    ssl_certificate_key $TEST_NGINX_KEY;
_EOC_

run_chat();

__DATA__

=== TEST 1: reload: drain, 4200 or 1012, and the new workers serve
--- config eval: $::tls . $::config
--- chat
a hello /ws?room=r
b hello worker!=a /ws?room=r
c connect /raw
d connect worker!=c /kept-raw
e hello /kept
f hello tls port=$TEST_NGINX_SPARE_PORT /ws
g connect tls port=$TEST_NGINX_SPARE_PORT /kept-raw
set old = {a.pid}
reload
a until json {"ev":"drain","after":"~^\\d+$"}
b until json {"ev":"drain"}
e until json {"ev":"drain"}
f until json {"ev":"drain"}
a until close 4200 ~ ^the server restarts$
b until close 4200
c expect close 1012 ~ ^the server restarts$
d expect close 1012
e until close 4200
f until close 4200
g until close 1012
a expect eof
b expect eof
c expect eof
d expect eof
e expect eof
f expect eof
g expect eof
a hello /ws?room=r
a call {"op":"send","room":"r","text":"again"}
b hello worker!=a /ws?room=r
b call {"op":"send","room":"r","text":"and again"}
a until json {"ev":"message","text":"and again"}
errlog ~ \[notice\] .*chat drains \d+ sessions? over 300 ms



=== TEST 2: quit
--- config eval: $::tls . $::config
--- chat
a hello /ws
b hello worker!=a /ws
c connect /raw
d connect /kept-raw
e hello tls port=$TEST_NGINX_SPARE_PORT /ws
f hello tls port=$TEST_NGINX_SPARE_PORT /kept
quit
a until close 4200
b until close 4200
c expect close 1012
d expect close 1012
e until close 4200
f until close 4200
a drop
b drop
c drop
d drop
e drop
f drop
gone 3



=== TEST 3: TERM: no time for a drain, but for a word
--- skip_eval: 2: ($ENV{CHAT_FLAVOUR} || "") eq "partial"
--- no_leaks
--- config eval: $::tls . $::config
--- chat
a hello /ws?room=r
b hello worker!=a /ws
c connect /raw
d connect /kept-raw
e hello tls port=$TEST_NGINX_SPARE_PORT /ws
f hello tls port=$TEST_NGINX_SPARE_PORT /kept
signal TERM
a until close 1001
b until close 1001
c expect close 1001
d expect close 1001
e until close 1001
f until close 1001
a expect gone
b expect gone
e expect gone
gone 2



=== TEST 4: INT, and INT again
--- skip_eval: 2: ($ENV{CHAT_FLAVOUR} || "") eq "partial"
--- no_leaks
--- config eval: $::config
--- chat
a hello /ws
b connect /kept-raw
signal INT
a until close 1001
b until close 1001
a expect gone
sleep 0.5



=== TEST 5: USR2: the new binary serves, the old workers drain
--- config eval: $::config
--- chat
a hello /ws?room=r
b hello worker!=a /ws?room=r
c connect /raw
upgrade
a until json {"ev":"drain"}
a until close 4200
b until close 4200
c expect close 1012
a drop
b drop
c drop
gone 5
a hello /ws?room=r
b hello worker!=a /ws?room=r
a until json {"ev":"joined"}
b until json {"ev":"joined"}
a call {"op":"send","room":"r","text":"new"}
b until json {"ev":"message","text":"new"}



=== TEST 6: S3 a worker is killed: its clients lose the connection, others not
--- config eval: $::config
--- chat
a hello /ws?room=r
b hello worker!=a /ws?room=r
c connect worker==b /kept-raw
kill worker-of b
b expect json {"ev":"joined"}
b drop
c expect gone
a call {"op":"send","room":"r","text":"one"}
a until json {"ev":"message","text":"one"}
b hello worker!=a /ws?room=r
b until json {"ev":"joined"}
a call {"op":"send","room":"r","text":"two"}
b until json {"ev":"message","text":"two"}



=== TEST 7: S10 clients that never answer the close do not hold the worker
--- config
    chat_guests on;
    chat_drain_time 200ms;
    chat_close_timeout 500ms;
    location /ws { chat; }
    location /kept { chat; chat_detach off; }
--- chat
a manual
a hello /ws
b manual
b hello /kept
c hello /ws
c slow
quit
a until close 4200
b until close 4200
gone 4
errlog ~ client did not finish the close



=== TEST 8: S10 drain time 0: at once
--- config
    chat_guests on;
    chat_drain_time 0;
    location /ws { chat; }
--- chat
repeat 20 c{i} hello /ws
quit
repeat 20 c{i} expect close 4200
repeat 20 c{i} drop
gone 2



=== TEST 9: 200 connections of all kinds
--- config eval: $::tls . $::config
--- chat
repeat 80 a{i} hello /ws?room=r
repeat 80 b{i} connect /raw
repeat 30 c{i} hello /kept?room=r
repeat 10 d{i} connect tls port=$TEST_NGINX_SPARE_PORT /raw
reload
repeat 80 a{i} until close 4200
repeat 80 b{i} until close 1012
repeat 30 c{i} until close 4200
repeat 10 d{i} until close 1012
repeat 80 b{i} drop
repeat 30 c{i} drop
repeat 10 d{i} drop
repeat 80 a{i} drop
repeat 20 a{i} hello /ws?room=r
quit
repeat 20 a{i} until close 4200
repeat 20 a{i} drop
gone 3



=== TEST 10: a reload under way: a handshake that waits for auth_request
--- http_config
    $TEST_NGINX_STORE
    limit_req_zone $server_name zone=slow:1m rate=20r/m;
--- config
    chat_guests on;
    chat_drain_time 300ms;
    location /ws { chat; auth_request /auth; }
    location = /auth {
        internal;
        proxy_pass http://127.0.0.1:$TEST_NGINX_SERVER_PORT/slow;
    }
    location = /slow { limit_req zone=slow burst=9; empty_gif; }
--- chat
http GET /slow => 200
a open
a write GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n
errlog ~ delaying request
reload
a expect http (101|503)
a expect gone
quit
gone 4



=== TEST 11: reload with clients that talk: each message reaches all or is refused
--- config eval: $::config
--- chat
a hello /ws?room=r
b hello worker!=a /ws?room=r
a until json {"ev":"joined"}
b until json {"ev":"joined"}
a repeat 100 send json {"op":"send","id":{i},"room":"r","text":"t{i}"}
reload
repeat 100 a find json {"id":{i},"ok":*}
a until close 4200
b until close 4200



=== TEST 12: X25 S14 a reload with a broken configuration keeps serving
# a request writes the line that breaks it into an included file
--- http_config
    $TEST_NGINX_STORE
    log_format broken 'chat_ping_interval 1ms;';
    include ../html/broken*.conf;
--- config
    chat_guests on;
    location /ws { chat; }
    location /break { access_log html/broken.conf broken; return 200; }
--- allow_log
\[emerg\] .*"chat_ping_interval" .*broken\.conf:1$
--- chat
a hello /ws?room=r
b hello worker!=a /ws?room=r
b until json {"ev":"joined"}
http GET /break => 200
signal HUP
errlog ~ \[emerg\] .*"chat_ping_interval" .*broken\.conf:1$
a call {"op":"send","room":"r","text":"still here"}
b until json {"ev":"message","text":"still here"}
c hello /ws?room=r
c until json {"ev":"joined"}
c call {"op":"send","room":"r","text":"so am I"}
# who came is told within a second: before the message or after it
a find json {"ev":"message","text":"so am I"}
a find json {"ev":"presence","count":3}
# and the log is opened anew
signal USR1
b call {"op":"ping"}



=== TEST 13: X21 one worker
--- config eval: $::config
--- workers: 1
--- chat
a hello /ws?room=r
b hello worker==a /ws?room=r
a call {"op":"send","room":"r","text":"hi"}
b until json {"ev":"message","text":"hi"}
reload
a until close 4200
b until close 4200



=== TEST 14: X21 four workers
--- config eval: $::config
--- workers: 4
--- chat
a hello /ws?room=r
b hello worker!=a /ws?room=r
b until json {"ev":"joined"}
a call {"op":"send","room":"r","text":"hi"}
b until json {"ev":"message","text":"hi"}
quit
a until close 4200
b until close 4200
a drop
b drop
gone 3



=== TEST 15: S9 reload again and again
--- config
    chat_guests on;
    chat_drain_time 100ms;
    location /ws { chat; }
--- chat
a hello /ws?room=r
reload
a until close 4200
b hello /ws?room=r
reload
reload
b until close 4200
c hello /ws?room=r
reload
c until close 4200
reload
d hello /ws?room=r
d until json {"ev":"joined"}
d call {"op":"send","room":"r","text":"well"}



=== TEST 16: S10 worker_shutdown_timeout cuts what has not been drained
--- skip_eval: 2: ($ENV{CHAT_FLAVOUR} || "") eq "partial"
--- main_config
    worker_shutdown_timeout 300ms;
--- config
    chat_guests on;
    chat_drain_time 10s;
    location /ws { chat; }
    location /kept { chat; chat_detach off; }
--- chat
errlog ~ \[warn\] .*"chat_drain_time" is not below "worker_shutdown_timeout"
repeat 10 c{i} hello /ws
repeat 10 d{i} hello /kept
quit
repeat 10 c{i} expect json {"ev":"drain"}
repeat 10 c{i} expect close
repeat 10 d{i} expect json {"ev":"drain"}
gone 3
