# The closing handshake (RFC 6455, 5.5.1, 7).
#
# In most blocks b is a bystander in the same room.

use strict;
use warnings;

use lib 't/lib';
use ChatTest;

our $config = <<'_EOC_';
    location /raw { chat; chat_guests on; chat_format raw; chat_room a; }
_EOC_

run_chat();

__DATA__

=== TEST 1: C1 a close without a code is echoed without one
--- config eval: $::config
--- chat
a connect /raw
a close
a expect close none
a expect eof



=== TEST 2: C2 a close frame of one byte
--- config eval: $::config
--- chat
b connect /raw
a connect /raw
a frame op=close {hex 03}
a expect close 1002
a expect eof
b send text still here
b expect text still here



=== TEST 3: C3 codes that may not be sent
--- config eval: $::config
--- chat
b connect /raw
a connect /raw
a close 0
a expect close 1002
a expect eof
a connect /raw
a close 999
a expect close 1002
a expect eof
a connect /raw
a close 1004
a expect close 1002
a expect eof
a connect /raw
a close 1005
a expect close 1002
a expect eof
a connect /raw
a close 1006
a expect close 1002
a expect eof
a connect /raw
a close 1015
a expect close 1002
a expect eof
a connect /raw
a close 1016
a expect close 1002
a expect eof
a connect /raw
a close 1100
a expect close 1002
a expect eof
a connect /raw
a close 2000
a expect close 1002
a expect eof
a connect /raw
a close 2999
a expect close 1002
a expect eof
a connect /raw
a close 5000
a expect close 1002
a expect eof
a connect /raw
a close 65535
a expect close 1002
a expect eof
b send text still here
b expect text still here



=== TEST 4: C4 codes that may be sent are echoed
--- config eval: $::config
--- chat
b connect /raw
a connect /raw
a close 1000
a expect close 1000
a expect eof
a connect /raw
a close 1001 going
a expect close 1001
a expect eof
a connect /raw
a close 1002
a expect close 1002
a expect eof
a connect /raw
a close 1003
a expect close 1003
a expect eof
a connect /raw
a close 1007
a expect close 1007
a expect eof
a connect /raw
a close 1008
a expect close 1008
a expect eof
a connect /raw
a close 1009
a expect close 1009
a expect eof
a connect /raw
a close 1010
a expect close 1010
a expect eof
a connect /raw
a close 1011
a expect close 1011
a expect eof
a connect /raw
a close 1012
a expect close 1012
a expect eof
a connect /raw
a close 1013
a expect close 1013
a expect eof
a connect /raw
a close 1014
a expect close 1014
a expect eof
a connect /raw
a close 3000
a expect close 3000
a expect eof
a connect /raw
a close 3999
a expect close 3999
a expect eof
a connect /raw
a close 4000
a expect close 4000
a expect eof
a connect /raw
a close 4999 the last
a expect close 4999
a expect eof
b send text still here
b expect text still here



=== TEST 5: C5 reasons that are not UTF-8, or end too soon
--- config eval: $::config
--- chat
b connect /raw
a connect /raw
a close 1000 {hex c080}
a expect close 1007
a expect eof
a connect /raw
a close 1000 bye{hex eda080}
a expect close 1007
a expect eof
a connect /raw
a close 1000 bye{hex e282}
a expect close 1007
a expect eof
a connect /raw
a close 1000 bye{hex e282ac}
a expect close 1000
a expect eof
b send text still here
b expect text still here



=== TEST 6: C6 reasons of 123 and of 124 bytes
--- config eval: $::config
--- chat
b connect /raw
a connect /raw
a close 1000 {rep 123 r}
a expect close 1000
a expect eof
a connect /raw
a close 1000 {rep 124 r}
a expect close 1002
a expect eof
b send text still here
b expect text still here



=== TEST 7: C7 what comes behind a close is ignored
--- config eval: $::config
--- chat
b connect /raw
a connect /raw
# two closes; a close, a ping, a text
a raw 8882 00000000 03e8 8882 00000000 03e9
a expect close 1000
a expect eof
a connect /raw
a raw 8882 00000000 03e8 8980 00000000 8181 00000000 78
a expect close 1000
a expect eof
a connect /raw
a close 1000
a expect close 1000
a send ping late
a close 1001
a expect eof
b silent 0.2
b send text still here
b expect text still here



=== TEST 8: C7 the answer to our own close ends it
--- config eval: $::config
--- chat
a connect /raw
a frame mask=0 x
a expect close 1002
a expect eof
sleep 0.3
errlog !~ did not finish the close



=== TEST 9: C8 a close is answered though the peer is gone at once
--- config eval: $::config
--- chat
b connect /raw
a connect /raw
a close 1000
a drop
a connect /raw
a close 1000
a reset
a connect /raw
a frame fin=0 op=text hel
a drop
a connect /raw
a reset
b send text still here
b expect text still here



=== TEST 10: C9 a close goes out before what is queued
--- config
    location /raw { chat; chat_guests on; chat_format raw; chat_room a;
                    chat_buffer_size 0; }
--- chat
a connect rcvbuf=4096 /raw
b connect /raw
a slow
b repeat 1000 send text {rep 8000 x}
within 30 b repeat 1000 expect text {rep 8000 x}
a close 1000
a resume
a until close 1000
a expect eof
b send text still here
b expect text still here



=== TEST 11: C10 a close while a message is on its way to the store
--- config eval: $::config
--- chat
b connect /raw
a connect worker!=b /raw
a send text in
a expect text in
b expect text in
a send text the last word
a close 1000
a until close 1000
a expect eof
b expect text the last word
b send text still here
b expect text still here



=== TEST 12: C10 the bytes end while a message is on its way to the store
--- config eval: $::config
--- chat
b connect /raw
a connect worker!=b /raw
a send text in
a expect text in
b expect text in
a send text the last word
a shut
b expect text the last word
b send text still here
b expect text still here



=== TEST 13: C11 the access log tells the code at the end
--- http_config
    $TEST_NGINX_STORE
    log_format code 'closed $status $chat_close_code $uri';
--- config
    location /raw { chat; chat_guests on; chat_format raw; chat_room a;
                    access_log logs/access.log code; }
--- chat
a connect /raw
a close 3333
a expect close 3333
a expect eof
a drop
access ~ ^closed 101 3333 /raw$
a connect /raw
a frame rsv=1 x
a expect close 1002
a expect eof
a drop
access ~ ^closed 101 1002 /raw$
a connect /raw
a close
a expect close none
a expect eof
a drop
access ~ ^closed 101 1005 /raw$
a connect /raw
a drop
access ~ ^closed 101 1006 /raw$
