# How much a client may send, and how long it may take for it.
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

=== TEST 1: F10 claims of 2^63 and more, 2^63-1, 2^32
--- config eval: $::config
--- chat
b connect /b
a connect /raw
a raw 81 ff 8000000000010000
a expect close 1002
a expect eof
a connect /raw
a raw 81 ff ffffffffffffffff 01020304
a expect close 1002
a expect eof
a connect /raw
a raw 81 ff 7fffffffffffffff
a expect close 1009
a expect eof
a connect /raw
a raw 82 ff 0000000100000000
a expect close 1009
a expect eof
a connect /raw
a frame fin=0 op=text hello
a raw 80 ff 7fffffffffffffff
a expect close 1009
a expect eof
b send text still here
b expect text still here



=== TEST 2: F11 the largest message, in one frame and in fragments
--- config eval: $::config
--- chat
b connect /b
a connect /raw
a send text {rep 16384 x}
a expect text {rep 16384 x}
a frame fin=0 op=text {rep 10000 x}
a frame op=cont {rep 6384 y}
a expect text {rep 10000 x}{rep 6384 y}
# one byte more: refused at the header, before the payload comes
a raw 81 fe 4001
a expect close 1009
a expect eof
a connect /raw
a frame fin=0 op=text {rep 10000 x}
a raw 80 fe 18f1
a expect close 1009
a expect eof
b send text still here
b expect text still here



=== TEST 3: F11 the limit is the location's
--- config
    location /b    { chat; chat_guests on; chat_format raw; chat_room b; }
    location /two  { chat; chat_guests on; chat_format raw; chat_room two;
                     chat_message_size 2k; }
    location /none { chat; chat_guests on; chat_format raw; chat_room none;
                     chat_message_size 0; chat_max_fragments 0;
                     chat_buffer_size 0; }
--- chat
b connect /b
a connect /two
a send text {rep 2048 x}
a expect text {rep 2048 x}
a send text {rep 2049 x}
a expect close 1009
a expect eof
a connect /none
a send text {rep 1000000 x}
within 10 a expect text {rep 1000000 x}
a frame fin=0 op=binary
a repeat 200 frame fin=0 op=cont {rep 64 y}
a frame op=cont
a expect binary {rep 12800 79}
b send text still here
b expect text still here



=== TEST 4: F12 64 fragments, 65, and a flood of empty ones
--- config eval: $::config
--- chat
b connect /b
a connect /raw
a frame fin=0 op=text a
a repeat 62 frame fin=0 op=cont b
a frame op=cont c
a expect text a{rep 62 b}c
a frame fin=0 op=text a
a repeat 62 frame fin=0 op=cont
a frame op=cont
a expect text a
a frame fin=0 op=text a
a repeat 63 frame fin=0 op=cont b
a silent 0.2
a frame op=cont c
a expect close 1008
a expect eof
a connect /raw
a frame fin=0 op=text
a raw {rep 100000 008000000000}
a expect close 1008
a expect gone
b send text still here
b expect text still here



=== TEST 5: F17 a hundred thousand pings in one write
--- config eval: $::config
--- chat
b connect /b
a connect /raw
a raw {rep 100000 898000000000}
a until close 1008
a expect gone
b send text still here
b expect text still here
errlog ~ \[info\] .*client sent too many control frames



=== TEST 6: F17 pongs count as well
--- config eval: $::config
--- chat
a connect /raw
a raw {rep 1000 8a8000000000}
a expect close 1008
a expect gone



=== TEST 7: F19 a message that does not come to its end
--- config
    location /b   { chat; chat_guests on; chat_format raw; chat_room b; }
    location /raw { chat; chat_guests on; chat_format raw; chat_room a;
                    chat_message_timeout 2s; }
--- chat
b connect /b
a connect /raw
c connect /raw
d connect /raw
e connect /raw
# a header and nothing more; half a header; half a payload; half a message
a raw 8185 01020304
c raw 81
d raw 8185 00000000 6865
e frame fin=0 op=text hel
a silent 0.8
e send ping alive
e expect pong alive
within 5 a expect close 1008 ~ in time
within 5 c expect close 1008
within 5 d expect close 1008
within 5 e expect close 1008
a expect eof
e expect eof
b send text still here
b expect text still here



=== TEST 8: F19 the time is of each message, not of the stream
--- config
    location /raw { chat; chat_guests on; chat_format raw; chat_room a;
                    chat_message_timeout 2s; }
--- chat
a connect /raw
# each write ends one message and begins the next: there is always half of one
a raw 81
a repeat 20 raw 81 00000000 78 81
a repeat 20 expect text x
sleep 0.8
a repeat 20 raw 81 00000000 78 81
a repeat 20 expect text x
sleep 0.8
a repeat 20 raw 81 00000000 78 81
a repeat 20 expect text x
sleep 0.8
a raw 81 00000000 79
a expect text y



=== TEST 9: F25 ten thousand frames in one write take their turns
--- config
    location /b   { chat; chat_guests on; chat_format raw; chat_room b; }
    location /raw { chat; chat_guests on; chat_format raw; chat_room a;
                    chat_buffer_size 0; }
--- chat
b connect /b
a connect worker==b /raw
a raw {rep 10000 81810000000078}
within 1 b send text still here
within 1 b expect text still here
within 20 a repeat 10000 expect text x
a send text end
a expect text end
