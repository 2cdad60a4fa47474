# chat_format raw: what a member sends reaches all, byte by byte.

use strict;
use warnings;

use lib 't/lib';
use ChatTest;

our $config = <<'_EOC_';
    chat_guests on;
    location = / { chat; chat_format raw; chat_room lobby; chat_origin any; }
    location /other { chat; chat_format raw; chat_room other; }
    location /ws { chat; }
    location /lifted {
        chat;
        chat_format raw;
        chat_room large;
        chat_message_size 0;
        chat_max_fragments 0;
        chat_buffer_size 0;
        chat_limit off;
    }
_EOC_

run_chat();

__DATA__

=== TEST 1: the classic page: all connections, the sender's too, on two workers
--- config eval: $::config
--- chat
a connect / | Origin: http://anywhere.example
b connect worker!=a / | Origin: null
c connect worker==a /
a send text a
a until text a
b send text b
b until text b
a expect text b
c send text c
c until text c
a expect text c
b expect text c
a send text hello
a expect text hello
b expect text hello
c expect text hello
b send text {"op":"join","room":"lobby"}
a expect text {"op":"join","room":"lobby"}
b expect text {"op":"join","room":"lobby"}
c expect text {"op":"join","room":"lobby"}
a send text <b>{hex e282ac}</b> "\
b expect text <b>{hex e282ac}</b> "\
a expect text <b>{hex e282ac}</b> "\
c expect text <b>{hex e282ac}</b> "\
# binary stays binary, nothing is nothing
c send binary 00ff80{hex 3030}
a expect binary 00ff8000
b expect binary 00ff8000
c expect binary 00ff8000
a send text
a expect text
b expect text
b send binary
a expect binary
b expect binary
# {hex 00} is a text too, and so is a BOM
a send text a{hex 00}b
b expect text a{hex 00}b
a send text {hex efbbbf}x
b expect text {hex efbbbf}x
a frame op=text fin=0 one
a frame op=ping p
a frame op=cont fin=1 two
a until pong p
b expect text onetwo
# pings of the sender reach nobody else
b silent 0.1



=== TEST 2: alone in a room it is an echo; rooms do not meet
--- config eval: $::config
--- chat
a connect /other
b connect worker!=a /
b send text b
b expect text b
a send text mine
a expect text mine
b silent 0.2
# the JSON room of the same name is another one
c hello worker==b /ws
d hello worker==a /ws
c call {"op":"join","room":"lobby","presence":false}
d call {"op":"join","room":"lobby","presence":false} => {"ok":{"count":2}}
b send text raw
b expect text raw
c call {"op":"send","room":"lobby","text":"json"} => {"ok":{"seq":1}}
d until json {"ev":"message","text":"json","seq":1,"prev":0}
c until json {"ev":"message","text":"json"}
b silent 0.2
d silent 0
c silent 0
# nor is the raw one to be had by its stored name
c call {"op":"join","room":"~lobby"} => {"error":{"code":"invalid_name"}}



=== TEST 3: P4 one order for all
--- config eval: $::config
--- chat
a connect /
b connect worker!=a /
c connect worker==b /
a send text a
a until text a
b send text b
b until text b
a expect text b
c send text c
c until text c
a expect text c
b expect text c
repeat 50 a send text a{i}
repeat 50 b send text b{i}
repeat 50 a send text A{i}
repeat 150 a expect~ ^[aAb]\d+$
repeat 50 b until text a{i}
repeat 50 b until text A{i}
repeat 50 c until text b{i}



=== TEST 4: large messages, with the limits lifted
--- zone: 320m
--- config eval: $::config
--- chat
a connect /lifted
b connect worker!=a /lifted
a send text a
a until text a
b send text b
b until text b
a expect text b
a send text {rep 16385 a}
b expect text {rep 16385 a}
a send text {rep 65535 a}
b expect text {rep 65535 a}
a send text {rep 65536 b}
b expect text {rep 65536 b}
a send text {rep 300000 cde}
b expect text {rep 300000 cde}
within 20 a send text {rep 1000000 wxyz}
within 20 b expect text {rep 1000000 wxyz}
a until text {rep 1000000 wxyz}
# and small ones behind it
a send text end
b expect text end
a frame op=text fin=0 0
a repeat 300 frame op=cont fin=0 {i},
a frame op=cont fin=1 end
b expect~ ^01,2,3,.*,299,300,end$
repeat 100 a send ping x
repeat 100 a until pong x



=== TEST 5: 16 MB; 4 MB where a busy machine needs seconds for a script of it
--- zone: 320m
--- config eval: $::config
--- chat eval
my $size = ($ENV{CHAT_FLAVOUR} || '') eq 'asan' ? 1 << 22 : 1 << 24;
<<"_EOC_"
a connect /lifted
within 20 a send text {rep $size x}
within 20 a expect text {rep $size x}
a close 1000
a expect close 1000
_EOC_



=== TEST 6: a message above the limit, text that is none
--- config eval: $::config
--- chat
b connect /
a connect worker!=b /
b send text b
b until text b
a send text a
a until text a
b expect text a
a send text {rep 16384 x}
b expect text {rep 16384 x}
a send text {rep 16385 x}
a until close 1009
a expect eof
a connect /
a send text {hex ff}
a expect close 1007
a expect eof
b silent 0.1



=== TEST 7: chat_detach off
--- config
    chat_guests on;
    chat_detach off;
    location = / { chat; chat_format raw; chat_room lobby; }
--- chat
a connect /
b connect worker!=a /
a send text a
a until text a
b send text b
b until text b
a expect text b
a send text {rep 16000 x}
b expect text {rep 16000 x}
a expect text {rep 16000 x}
b send binary 00
a expect binary 00
b close 1000 bye
b until close 1000
b expect eof
a send text alone
a expect text alone
a drop
