# Frames as a client must not, and may, send them (RFC 6455, 5).
#
# A member alone in a raw room is an echo, so most of these blocks need no
# JSON.  In each block b is a bystander: whatever happens to a, b talks on.

use strict;
use warnings;

use lib 't/lib';
use ChatTest;

our $config = <<'_EOC_';
    location /ws  { chat; chat_guests on; }
    location /raw { chat; chat_guests on; chat_format raw; chat_room a; }
    location /b   { chat; chat_guests on; chat_format raw; chat_room b; }
_EOC_

run_chat();

__DATA__

=== TEST 1: F1 unmasked frames of each opcode
--- config eval: $::config
--- chat
b connect /b
a connect /raw
a frame mask=0 op=text hello
a expect close 1002 ~ unmasked
a expect eof
a connect /raw
a frame mask=0 op=binary hello
a expect close 1002
a expect eof
a connect /raw
a frame mask=0 op=cont hello
a expect close 1002
a expect eof
a connect /raw
a frame mask=0 op=close
a expect close 1002
a expect eof
a connect /raw
a frame mask=0 op=ping hello
a expect close 1002
a expect eof
a connect /raw
a frame mask=0 op=pong
a expect close 1002
a expect eof
a connect /raw
a frame fin=0 op=text hel
a frame mask=0 op=cont lo
a expect close 1002 ~ unmasked
a expect eof
b send text still here
b expect text still here
errlog ~ \[info\] .*client sent unmasked frame



=== TEST 2: F2 reserved bits without an extension
--- config eval: $::config
--- chat
b connect /b
a connect /raw
a frame rsv=4 hello
a expect close 1002
a expect eof
a connect /raw
a frame rsv=4 op=ping
a expect close 1002
a expect eof
a connect /raw
a frame fin=0 op=text hel
a frame rsv=4 op=cont lo
a expect close 1002
a expect eof
a connect /raw
a frame rsv=2 hello
a expect close 1002
a expect eof
a connect /raw
a frame rsv=1 op=binary hello
a expect close 1002
a expect eof
b send text still here
b expect text still here



=== TEST 3: F3 reserved opcodes
--- config eval: $::config
--- chat
b connect /b
a connect /raw
a frame op=3 x
a expect close 1002
a expect eof
a connect /raw
a frame op=4
a expect close 1002
a expect eof
a connect /raw
a frame op=5 fin=0 x
a expect close 1002
a expect eof
a connect /raw
a frame op=6 x
a expect close 1002
a expect eof
a connect /raw
a frame op=7 x
a expect close 1002
a expect eof
a connect /raw
a frame op=11 x
a expect close 1002
a expect eof
a connect /raw
a frame op=12 x
a expect close 1002
a expect eof
a connect /raw
a frame op=13
a expect close 1002
a expect eof
a connect /raw
a frame op=14 x
a expect close 1002
a expect eof
a connect /raw
a frame op=15 x
a expect close 1002
a expect eof
b send text still here
b expect text still here



=== TEST 4: F4 control frames of 126 bytes, and in longer length forms
--- config eval: $::config
--- chat
b connect /b
a connect /raw
a frame op=ping {rep 126 p}
a expect close 1002
a expect eof
a connect /raw
a frame op=pong {rep 126 p}
a expect close 1002
a expect eof
a connect /raw
a frame op=close {hex 03e8}{rep 124 p}
a expect close 1002
a expect eof
a connect /raw
a frame op=ping form=16 p
a expect close 1002
a expect eof
a connect /raw
a frame op=ping form=64 p
a expect close 1002
a expect eof
b send text still here
b expect text still here



=== TEST 5: F5 control frames without FIN
--- config eval: $::config
--- chat
b connect /b
a connect /raw
a frame fin=0 op=ping p
a expect close 1002
a expect eof
a connect /raw
a frame fin=0 op=pong
a expect close 1002
a expect eof
a connect /raw
a frame fin=0 op=close {hex 03e8}
a expect close 1002
a expect eof
b send text still here
b expect text still here



=== TEST 6: F6 a continuation without a message
--- config eval: $::config
--- chat
b connect /b
a connect /raw
a frame op=cont x
a expect close 1002
a expect eof
a connect /raw
a send text whole
a expect text whole
a frame fin=0 op=cont x
a expect close 1002
a expect eof
b send text still here
b expect text still here



=== TEST 7: F7 a message inside a fragmented message
--- config eval: $::config
--- chat
b connect /b
a connect /raw
a frame fin=0 op=text hel
a frame op=text lo
a expect close 1002
a expect eof
a connect /raw
a frame fin=0 op=text hel
a frame op=binary lo
a expect close 1002
a expect eof
b send text still here
b expect text still here



=== TEST 8: F8 control frames between fragments
--- config eval: $::config
--- chat
b connect /b
a connect /raw
a frame fin=0 op=text Hel
a send ping one
a expect pong one
a frame fin=0 op=cont lo,
a send pong nobody asked
a send ping two
a expect pong two
a frame fin=1 op=cont  world
a expect text Hello, world
a frame fin=0 op=text Hel
a close 1000
a expect close 1000
a expect eof
b send text still here
b expect text still here



=== TEST 9: F9 lengths that are not in the shortest form
--- config eval: $::config
--- chat
b connect /b
a connect /raw
a frame form=16 hello
a expect close 1002
a expect eof
a connect /raw
a frame form=16
a expect close 1002
a expect eof
a connect /raw
a frame form=64 hello
a expect close 1002
a expect eof
a connect /raw
a frame form=64 {rep 300 x}
a expect close 1002
a expect eof
b send text still here
b expect text still here



=== TEST 10: F14 every header byte in a segment of its own
--- config eval: $::config
--- chat
b connect /b
a connect /raw
a bytewise 0.001
a send text hello
a expect text hello
a frame fin=0 op=text {rep 130 x}
a send ping between
a frame op=cont lo
a expect pong between
a expect text {rep 130 x}lo
a send binary 00 ff 00
a expect binary 00ff00
a frame op=close {hex 03e8}
a expect close 1000
a expect eof
a bytewise
a connect /raw
a send text {rep 130 x}
a expect text {rep 130 x}
a frame rsv=1 x
a expect close 1002
b send text still here
b expect text still here



=== TEST 11: F14 two frames and a half in one segment
--- config eval: $::config
--- chat
a connect /raw
a raw 8181 00000000 61 8181 00000000 62 8182 00000000 63
a expect text a
a expect text b
a silent 0.1
a raw 64
a expect text cd
a raw 81
a silent 0.1
a raw 81 0000
a silent 0.1
a raw 0000 65
a expect text e



=== TEST 12: F15 masks of zeros and of ones
--- config eval: $::config
--- chat
a connect /raw
a frame key=00000000 hello
a expect text hello
a frame key=ffffffff hello
a expect text hello
a frame key=ff00ff00 {rep 71 h}
a expect text {rep 71 h}



=== TEST 13: F16 pings of 125 and of 0 bytes, unsolicited pongs
--- config eval: $::config
--- chat
a connect /raw
a send ping {rep 125 p}
a expect pong {rep 125 p}
a send ping
a expect pong
a send pong
a send pong what
a silent 0.2
a send text on
a expect text on



=== TEST 14: F18 binary where JSON is spoken
--- config eval: $::config
--- chat
b connect /b
a hello /ws
a send binary 00 01
a expect close 1003
a expect eof
a hello /ws
a frame fin=0 op=binary
a expect close 1003
a expect eof
b send text still here
b expect text still here



=== TEST 15: F21 a half-close gets what is queued, then the end
--- config eval: $::config
--- chat
a connect rcvbuf=4096 /raw
b connect worker==a /raw
a slow
b repeat 50 send text {rep 2000 x}
b repeat 50 expect text {rep 2000 x}
a shut
sleep 0.2
a resume
a repeat 50 expect text {rep 2000 x}
a expect eof
b send text still here
b expect text still here



=== TEST 16: F21 a half-close of one who owes nothing
--- config eval: $::config
--- chat
a connect /raw
a shut
within 2 a expect eof



=== TEST 17: F22 bytes behind our close frame are ignored, for a while
--- config
    location /b   { chat; chat_guests on; chat_format raw; chat_room b; }
    location /raw { chat; chat_guests on; chat_format raw; chat_room a;
                    chat_close_timeout 1s; }
--- chat
b connect /b
a connect /raw
a manual
a frame mask=0 x
a expect close 1002
a repeat 200 send text {rep 1000 x}
a raw ffffffffffff
within 2 a expect eof
errlog ~ \[info\] .*client did not finish the close
b send text still here
b expect text still here



=== TEST 18: F23 a TLS client that goes without close_notify
--- config
    listen 127.0.0.1:$TEST_NGINX_SPARE_PORT ssl;
    ssl_certificate $TEST_NGINX_CERT;
    ssl_certificate_key $TEST_NGINX_KEY;

    location /raw { chat; chat_guests on; chat_format raw; chat_room a; }
--- chat
b connect tls port=$TEST_NGINX_SPARE_PORT /raw
a connect tls port=$TEST_NGINX_SPARE_PORT /raw
a send text hello
a expect text hello
b expect text hello
a drop
a connect tls port=$TEST_NGINX_SPARE_PORT /raw
a reset
a connect tls port=$TEST_NGINX_SPARE_PORT /raw
a frame mask=0 x
a expect close 1002
a expect gone
b send text still here
b expect text still here
errlog !~ \[(?:warn|error|crit)\]



=== TEST 19: F24 a text of no bytes
--- config eval: $::config
--- chat
a hello /ws
a send text
a expect json {"ev":"error","error":{"code":"bad_request","status":400}}
a call {"op":"ping"}
b connect /raw
b send text
b expect text
b send binary
b expect binary



=== TEST 20: F26 an HTTP request behind the handshake
--- config eval: $::config
--- chat
a connect /raw
a write GET / HTTP/1.1\r\nHost: localhost\r\n\r\n
a expect close 1002
a expect eof
