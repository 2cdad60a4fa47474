# How fast clients may be, and how many.  What shall be refused has a rate of
# one a minute, what shall pass has a burst to spare: no time is measured.
# not run on partial: it is about counts

use strict;
use warnings;

use lib 't/lib';
use ChatTest;

our $user = <<'_EOC_';
    chat_user $arg_user;
    chat_guests on;
    chat_max_strikes 0;
_EOC_

run_chat();

__DATA__

=== TEST 1: publish rate of a connection: 3 pass, the 4th changes nothing
--- config
    chat_user $arg_user;
    location /ws { chat; chat_limit rate=1r/m burst=3 ops=send; }
--- chat
a hello /ws?user=ann
b hello /ws?user=bob
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"}
a call {"op":"send","room":"r","cid":"c1","text":"1"} => {"ok":{"seq":1}}
a call {"op":"send","room":"r","cid":"c2","text":"2"} => {"ok":{"seq":2}}
a call {"op":"send","room":"r","cid":"c3","text":"3"} => {"ok":{"seq":3}}
a call {"op":"send","room":"r","cid":"c4","text":"4"} => {"error":{"code":"rate_limited","status":429,"retry_after":*,"temporary":true}}
# other commands have limits of their own
a call {"op":"who","room":"r"} => {"ok":{"count":2}}
a call {"op":"ping","t":1} => {"ok":{"t":1}}
# and other connections
b call {"op":"send","room":"r","text":"b"} => {"ok":{"seq":4}}
b call {"op":"history","room":"r","after":0} => {"ok":{"top":4,"messages":[{"text":"1"},{"text":"2"},{"text":"3"},{"text":"b"}]}}
errlog ~ \[info\] .*client exceeds "chat_limit" of send per connection by \d+ ms, 0 more lines were left out



=== TEST 2: after retry_after it passes
--- config
    location /ws { chat; chat_guests on; chat_limit rate=30r/m burst=1 ops=send; }
--- chat
a hello /ws
a call {"op":"join","room":"r"}
a call {"op":"send","room":"r","text":"1"}
a call {"op":"send","room":"r","text":"2"} => {"error":{"code":"rate_limited"}} as e
sleep {e.error.retry_after}
a call {"op":"send","room":"r","text":"2"} => {"ok":{"seq":2}}



=== TEST 3: all commands of a connection, J24 typing, J30 a loop of joins
--- config eval
$::user . <<'_EOC_'
    location /all    { chat; chat_limit rate=1r/m burst=4 ops=all; }
    location /typing { chat; chat_limit rate=1r/m burst=2 ops=typing; }
    location /join   { chat; chat_limit rate=1r/m burst=2 ops=join,history; }
_EOC_
--- chat
a hello /all
a call {"op":"join","room":"r"}
a call {"op":"ping"}
a call {"op":"who","room":"r"}
a call {"op":"leave","room":"r"}
a call {"op":"ping"} => {"error":{"code":"rate_limited"}}
a call {"op":"join","room":"r"} => {"error":{"code":"rate_limited"}}
# what is no command at all counts as one
a send text {
a expect json {"ev":"error","error":{"code":"rate_limited"}}
b hello /typing
b call {"op":"join","room":"r"}
b call {"op":"typing","room":"r"}
b call {"op":"typing","room":"r","on":false}
b call {"op":"typing","room":"r"} => {"error":{"code":"rate_limited"}}
b call {"op":"send","room":"r","text":"x"} => {"ok":{"seq":1}}
c hello /join
c call {"op":"join","room":"r"}
c call {"op":"leave","room":"r"}
c call {"op":"join","room":"r"}
c call {"op":"leave","room":"r"}
c call {"op":"join","room":"r"} => {"error":{"code":"rate_limited"}}
c call {"op":"history","room":"r","after":0} => {"error":{"code":"not_member"}}



=== TEST 4: strikes: whoever goes on is closed with 4102
--- config
    location /ws { chat; chat_guests on; chat_max_strikes 10; chat_limit rate=1r/m burst=1 ops=send; }
--- chat eval
<<'_PRE_' . "a call {\"op\":\"send\",\"room\":\"r\",\"text\":\"x\"} => {\"error\":{\"code\":\"rate_limited\"}}\nsleep 0.3\n" x 9 . <<'_POST_';
# a few at once are one strike, ten times as many are ten
a hello /ws
a call {"op":"join","room":"r"}
a call {"op":"send","room":"r","text":"x"}
a repeat 9 call {"op":"send","room":"r","text":"x"} => {"error":{"code":"rate_limited"}}
a call {"op":"ping"}
a repeat 82 send json {"op":"send","id":99,"room":"r","text":"x"}
a until close 4102 ~ ^too much was sent in a short time$
a expect gone
errlog ~ client got 10 strikes and is closed with 4102
# one after the other, ten are ten
a hello /ws
a call {"op":"join","room":"r"}
a call {"op":"send","room":"r","text":"x"}
_PRE_
a call {"op":"ping"}
a send json {"op":"send","id":99,"room":"r","text":"x"}
a until close 4102
a expect eof
_POST_



=== TEST 5: strikes: ten messages that are no commands close with 1008
--- limits
--- config
    location /ws   { chat; chat_guests on; }
    location /two  { chat; chat_guests on; chat_max_strikes 2; }
    location /none { chat; chat_guests on; chat_max_strikes 0; }
--- chat
a hello /ws
a repeat 9 send text x
a repeat 9 expect json {"ev":"error","error":{"code":"bad_request"}}
a call {"op":"ping"}
a send text x
a until close 1008
a expect eof
a hello /two
a send text x
a expect json {"ev":"error"}
a send text x
a until close 1008
a expect eof
a hello /none
a repeat 20 send text x
a repeat 20 expect json {"ev":"error"}
a call {"op":"ping"}



=== TEST 6: J30 joins at the default limits
--- limits
--- chat
a hello /ws
b hello /ws
b call {"op":"join","room":"b"}
a repeat 1000 send json {"op":"join","room":"r"}
a until close 4102
a expect gone
b call {"op":"send","room":"b","text":"x"} => {"ok":{"seq":1}}



=== TEST 7: raw: what is too much goes to nobody; ten times closes with 1008
--- config
    chat_guests on;
    location /raw { chat; chat_format raw; chat_room r; chat_max_strikes 10; chat_limit rate=1r/m burst=2 ops=send; }
    location /b   { chat; chat_format raw; chat_room r; }
--- chat
b connect /b
# a pong comes when it is in
b send ping in
b expect pong in
a connect /raw
a send text 1
a send text 2
a repeat 9 send text x
b expect text 1
b expect text 2
b send text end
b expect text end
a expect text 1
a expect text 2
a expect text end
a repeat 82 send text x
a expect close 1008 ~ ^too many refused messages$
a expect gone



=== TEST 8: per user: all connections together, on all workers
--- config eval
$::user . <<'_EOC_'
    location /ws { chat; chat_limit rate=1r/m burst=4 per=user ops=send; }
    location /half { chat; chat_limit rate=1r/m burst=2 ops=send; }
_EOC_
--- chat
a hello /ws?user=ann
b hello worker!=a /ws?user=ann
c hello /ws?user=bob
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"}
c call {"op":"join","room":"r"}
a call {"op":"send","room":"r","text":"1"} => {"ok":{"seq":1}}
b call {"op":"send","room":"r","text":"2"} => {"ok":{"seq":2}}
a call {"op":"send","room":"r","text":"3"} => {"ok":{"seq":3}}
b call {"op":"send","room":"r","text":"4"} => {"ok":{"seq":4}}
a call {"op":"send","room":"r","text":"x"} => {"error":{"code":"rate_limited"}}
b call {"op":"send","room":"r","text":"x"} => {"error":{"code":"rate_limited"}}
errlog ~ exceeds "chat_limit" of send per user by
c call {"op":"send","room":"r","text":"5"} => {"ok":{"seq":5}}
# by default it is twice what one connection may
d hello /half?user=cy
e hello /half?user=cy
f hello /half?user=cy
d call {"op":"join","room":"s"}
e call {"op":"join","room":"s"}
f call {"op":"join","room":"s"}
d call {"op":"send","room":"s","text":"1"} => {"ok":{"seq":1}}
d call {"op":"send","room":"s","text":"2"} => {"ok":{"seq":2}}
d call {"op":"send","room":"s","text":"x"} => {"error":{"code":"rate_limited"}}
e call {"op":"send","room":"s","text":"3"} => {"ok":{"seq":3}}
f call {"op":"send","room":"s","text":"4"} => {"ok":{"seq":4}}
e call {"op":"send","room":"s","text":"x"} => {"error":{"code":"rate_limited"}}
# guests are no one user
g hello /half
g call {"op":"join","room":"s"}
g call {"op":"send","room":"s","text":"5"} => {"ok":{"seq":5}}



=== TEST 9: per room, and only members take from it
--- config eval
$::user . <<'_EOC_'
    location /ws { chat; chat_limit rate=1r/m burst=3 per=room ops=send; }
_EOC_
--- chat
a hello /ws?user=ann
b hello worker!=a /ws?user=bob
c hello /ws?user=cy
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"}
c repeat 5 call {"op":"send","room":"r","text":"x"} => {"error":{"code":"not_member"}}
a call {"op":"send","room":"r","text":"1"} => {"ok":{"seq":1}}
b call {"op":"send","room":"r","text":"2"} => {"ok":{"seq":2}}
a call {"op":"send","room":"r","text":"3"} => {"ok":{"seq":3}}
b call {"op":"send","room":"r","text":"x"} => {"error":{"code":"rate_limited"}}
a call {"op":"send","room":"r","text":"x"} => {"error":{"code":"rate_limited"}}
a call {"op":"join","room":"s"}
a call {"op":"send","room":"s","text":"1"} => {"ok":{"seq":1}}



=== TEST 10: per ip
--- config eval
$::user . <<'_EOC_'
    location /ws { chat; chat_limit rate=1r/m burst=2 per=ip ops=send; }
_EOC_
--- chat
a hello from=127.0.0.2 /ws?user=ann
b hello from=127.0.0.2 worker!=a /ws?user=bob
c hello from=127.0.0.3 /ws?user=ann
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"}
c call {"op":"join","room":"r"}
a call {"op":"send","room":"r","text":"1"} => {"ok":{"seq":1}}
b call {"op":"send","room":"r","text":"2"} => {"ok":{"seq":2}}
a call {"op":"send","room":"r","text":"x"} => {"error":{"code":"rate_limited"}}
b call {"op":"send","room":"r","text":"x"} => {"error":{"code":"rate_limited"}}
c call {"op":"send","room":"r","text":"3"} => {"ok":{"seq":3}}



=== TEST 11: what is refused by one limit takes nothing from the others
--- config eval
$::user . <<'_EOC_'
    location /a { chat; chat_limit rate=1r/m burst=1 ops=send; chat_limit rate=1r/m burst=3 per=user ops=send; }
    location /b { chat; chat_limit rate=1r/m burst=3 per=user ops=send; }
_EOC_
--- chat
a hello /a?user=ann
b hello /b?user=ann
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"}
a call {"op":"send","room":"r","text":"1"}
a repeat 5 call {"op":"send","room":"r","text":"x"} => {"error":{"code":"rate_limited"}}
b call {"op":"send","room":"r","text":"2"} => {"ok":{"seq":2}}
b call {"op":"send","room":"r","text":"3"} => {"ok":{"seq":3}}
b call {"op":"send","room":"r","text":"x"} => {"error":{"code":"rate_limited"}}



=== TEST 12: bytes: who sends too fast is read later, and loses nothing
--- config
    chat_guests on;
    location /raw { chat; chat_format raw; chat_room r; chat_limit rate=2k/s burst=4k ops=bytes;
                    chat_limit off ops=send,all; chat_limit off per=user,room ops=send;
                    chat_ping_interval 1s; chat_ping_timeout 5s; chat_message_timeout 5s; }
    location /b   { chat; chat_format raw; chat_room r; }
--- chat
b connect /b
# it is in when it hears itself
b send text b
b until text b
a connect /raw
a repeat 20 send text {rep 500 x}{i}
within 20 b repeat 20 expect~ ^x{500}\d+$
within 20 a repeat 20 expect~ ^x{500}\d+$
a send text end
within 20 b expect text end
errlog ~ client sends bytes too fast
a close 1000
within 20 a until close 1000



=== TEST 13: dry run: nothing is refused, all is told, each by its line
--- workers: 6
--- config eval
$::user . <<'_EOC_'
    chat_limit_dry_run on;
    location /send    { chat; chat_limit rate=1r/m burst=1 ops=send; }
    location /control { chat; chat_limit rate=1r/m burst=1 ops=control; }
    location /bytes   { chat; chat_limit rate=1k/s burst=1k ops=bytes; }
    location /room    { chat; chat_max_connections 1 per=room; }
_EOC_
--- chat
a hello /send
a call {"op":"join","room":"s"}
a repeat 20 call {"op":"send","room":"s","text":"x"}
errlog ~ \[info\] .*client would exceed "chat_limit" of send per connection by \d+ ms
b hello worker!=a /control
b send ping 1
b until pong 1
b send ping 2
b until pong 2
errlog ~ \[info\] .*client would have sent too many control frames
c hello worker!=a,b /bytes
c call {"op":"join","room":"b"}
c call {"op":"send","room":"b","text":"{rep 3000 x}"}
errlog ~ \[info\] .*client would have sent bytes too fast
d hello worker!=a,b,c /room
d call {"op":"join","room":"r"}
e hello worker!=a,b,c /room
e call {"op":"join","room":"r"}
errlog ~ \[info\] .*client would find a full room



=== TEST 28: H30 dry run of handshakes, and of who logs in
--- workers: 6
--- config
    chat_limit_dry_run on;
    chat_user $arg_user;
    chat_guests on;
    location /ip   { chat; chat_max_connections 1 per=ip; }
    location /user { chat; chat_max_connections 1 per=user; }
    location /rate { chat; chat_limit rate=1r/m burst=1 ops=connect; }
    location /auth {
        chat;
        chat_guests off;
        chat_user "";
        chat_token_key $TEST_NGINX_TOKENS/secret;
        chat_max_connections 1 per=user;
    }
--- chat
a connect /ip
b connect /ip
errlog ~ chat would refuse a handshake: Too many connections are open from your
c hello /user?user=ann
d hello worker!=b /user?user=ann
errlog ~ chat would refuse a handshake: Too many connections of yours are open
e hello /rate
f hello worker!=b,d /rate
errlog ~ chat would refuse a handshake: Too many connections were opened
token t HS256 {"sub":"bob","exp":+600}
g connect /auth
g send json {"op":"auth","id":1,"token":"{t}"}
g find json {"id":1,"ok":*}
h connect worker!=b,d,f /auth
h send json {"op":"auth","id":1,"token":"{t}"}
h find json {"id":1,"ok":*}
errlog ~ \[info\] .*client would have too many connections



=== TEST 29: J17 the length of a text
--- config
    chat_guests on;
    location /ws   { chat; chat_max_text 3; }
    location /free { chat; chat_max_text 0; }
--- chat
a hello /ws
a call {"op":"join","room":"r"}
a call {"op":"send","room":"r","text":"\u20ac\u20ac\u20ac"} => {"ok":{"seq":1}}
a call {"op":"send","room":"r","text":"\u20ac\u20ac\u20acx"} => {"error":{"code":"too_large"}}
b hello /free
b call {"op":"join","room":"r"}
b call {"op":"send","room":"r","text":"{rep 9000 x}"} => {"ok":{"seq":2}}



=== TEST 14: the levels: what a level names replaces what was inherited
--- config eval
$::user . <<'_EOC_'
    chat_limit rate=1r/m burst=1 ops=send;
    location /a { chat; }
    location /b { chat; chat_limit rate=1r/m burst=1 ops=typing; }
    location /c { chat; chat_limit off; }
    location /d { chat; chat_limit off ops=send; }
_EOC_
--- chat
a hello /a
b hello /b
c hello /c
d hello /d
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"}
c call {"op":"join","room":"r"}
d call {"op":"join","room":"r"}
a call {"op":"send","room":"r","text":"x"}
a call {"op":"send","room":"r","text":"x"} => {"error":{"code":"rate_limited"}}
b repeat 15 call {"op":"send","room":"r","text":"x"}
b call {"op":"typing","room":"r"}
b call {"op":"typing","room":"r"} => {"error":{"code":"rate_limited"}}
c repeat 150 call {"op":"send","room":"r","text":"x"}
d repeat 60 call {"op":"send","room":"r","text":"x"}



=== TEST 15: H30 connections of an address: 3 stay, the 4th gets 429
--- config
    chat_guests on;
    location /ws  { chat; chat_max_connections 3 per=ip; }
    location /raw { chat; chat_format raw; chat_room r; chat_detach off; chat_max_connections 3 per=ip; }
--- chat
a connect /ws
b connect worker!=a /raw
c connect /ws
d refuse 429 /ws ~ "code":"rate_limited"
d header Retry-After ~ ^[1-9]\d*$
d header Content-Type application/problem+json
d refuse 429 /raw
# a page learns it by a plain request
http GET /ws => 429 ~ rate_limited
e connect from=127.0.0.2 /ws
# who closes, however, makes room: a Redis is to hear it first, for another
# worker may tell it who comes
a close 1000
sleep 0.3
soon d connect /ws
f refuse 429 /ws
b drop
sleep 0.3
soon f connect /ws
c reset
sleep 0.3
soon g connect /raw
h refuse 429 /ws
errlog ~ \[info\] .*chat refused a handshake with 429



=== TEST 16: H30 connections of a user
--- config eval
$::user . <<'_EOC_'
    location /ws { chat; chat_max_connections 2 per=user; }
_EOC_
--- chat
a connect /ws?user=ann
b connect worker!=a /ws?user=ann
c refuse 429 /ws?user=ann ~ Too many connections of yours are open
c connect /ws?user=bob
# guests are each a user
d connect /ws
e connect /ws
f connect /ws
a close 1000
sleep 0.3
soon g connect /ws?user=ann



=== TEST 17: members of a room: room_full
--- config eval
$::user . <<'_EOC_'
    location /ws { chat; chat_max_connections 2 per=room; }
    location /raw { chat; chat_format raw; chat_room r; chat_max_connections 1 per=room; }
_EOC_
--- chat
a hello /ws?user=ann
b hello worker!=a /ws?user=bob
c hello /ws?user=cy
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"}
c call {"op":"join","room":"r"} => {"error":{"code":"room_full","status":409}}
# who is in may join again
a call {"op":"join","room":"r"}
c call {"op":"join","room":"s"}
a call {"op":"leave","room":"r"}
c call {"op":"join","room":"r"}
a call {"op":"join","room":"r"} => {"error":{"code":"room_full"}}
b drop
sleep 0.3
soon a call {"op":"join","room":"r"}
d connect /raw
d send ping in
d expect pong in
e connect /raw
e expect close 1013 ~ ^the room is full
e expect eof



=== TEST 18: H30 the rate of new connections
--- config eval
$::user . <<'_EOC_'
    location /ws   { chat; chat_limit rate=1r/m burst=3 ops=connect; }
    location /user { chat; chat_limit rate=1r/m burst=1 per=user ops=connect; }
    location /max  { chat; chat_limit rate=1r/m burst=4 ops=connect; chat_max_connections 1 per=user; }
_EOC_
--- chat
a connect /ws
a drop
a connect /ws
# a page that asks takes nothing
http GET /ws => 426
http GET /ws => 426
a connect /ws
a refuse 429 /ws ~ Too many connections were opened
a header Retry-After ~ ^[1-6]\d?$
http GET /ws => 429
b connect from=127.0.0.2 /ws
b connect from=127.0.0.2 /user?user=ann
b refuse 429 from=127.0.0.2 /user?user=ann
b connect from=127.0.0.2 /user?user=bob
# who is refused by a count has knocked as well
c connect from=127.0.0.3 /max?user=ann
d repeat 3 refuse 429 from=127.0.0.3 /max?user=ann ~ Too many connections of yours
d refuse 429 from=127.0.0.3 /max?user=ann ~ Too many connections were opened
# and so has a page that asks and is refused
d repeat 4 refuse 429 from=127.0.0.4 /max?user=ann | -Upgrade | -Connection ~ Too many connections of yours
d refuse 429 from=127.0.0.4 /max?user=ann | -Upgrade | -Connection ~ Too many connections were opened



=== TEST 19: by default an address comes back with all it had, twice
--- limits
--- config
    location /ws { chat; chat_guests on; chat_drain_time 0; chat_leave_delay 0; }
--- chat
repeat 64 c{i} connect /ws
reload
repeat 64 c{i} until close 4200
repeat 64 c{i} expect eof
repeat 64 c{i} connect /ws
x refuse 429 /ws



=== TEST 20: one line a second tells of refusals
--- config
    location /ws { chat; chat_guests on; chat_max_strikes 0; chat_limit rate=1r/m burst=1 ops=all; }
--- chat
a connect /ws
a repeat 200 send json {"op":"ping"}
a repeat 199 until json {"ev":"error"}
sleep 1.1
a send json {"op":"ping"}
a until json {"ev":"error"}
errlog ~ exceeds "chat_limit" of all per connection by \d+ ms, [1-9]\d* more lines were left out



=== TEST 21: J14 rooms at the default limits: 100, and the 101st
--- limits
--- chat
a hello /ws
repeat 100 a send json {"op":"join","id":{i},"room":"r{i}"}
repeat 100 a until json {"id":{i},"ok":{"room":"r{i}"}}
# a join regains its place ten times a second
soon a call {"op":"join","room":"more"} => {"error":{"code":"too_many_rooms"}}
soon a call {"op":"join","room":"r1"}
soon a call {"op":"leave","room":"r1"}
soon a call {"op":"join","room":"more"}



=== TEST 22: H27 a handshake that does not come to its end
--- limits
--- config
    client_header_timeout 1s;
    location /ws { chat; chat_guests on; }
--- chat
b hello /ws
a open
a write GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n
within 10 a expect eof
b call {"op":"ping"}



=== TEST 23: F12 F17 F19 at the default limits, beside somebody who talks
--- limits
--- config
    chat_guests on;
    location /ws { chat; chat_message_timeout 1s; }
--- chat
b hello /ws
b call {"op":"join","room":"r"}
a hello /ws
a frame fin=0 op=text {
a repeat 64 frame fin=0 op=cont
a until close 1008
a expect eof
a hello /ws
a raw {rep 1000 898000000000}
a until close 1008
a expect gone
a hello /ws
a frame fin=0 op=text {
within 5 a until close 1008 ~ in time
a expect eof
b call {"op":"send","room":"r","text":"x"} => {"ok":{"seq":1}}



=== TEST 24: J24 J30 spam at the default limits
--- limits
--- chat
b hello /ws
b call {"op":"join","room":"r"}
a hello /ws
a call {"op":"join","room":"r"}
a repeat 300 send json {"op":"typing","room":"r"}
a until close 4102
a expect gone
c hello /ws
c call {"op":"join","room":"r"}
c repeat 300 send json {"op":"send","room":"r","text":"spam"}
c until close 4102
c expect gone
b call {"op":"ping"}
# of 300 messages no more than the burst, and what the time gave
b until json {"ev":"message","text":"spam"}
b call {"op":"history","room":"r","after":0} as h



=== TEST 25: H30 an address is an IPv4 address or the /64 of an IPv6 address
--- workers: 1
--- config
    set_real_ip_from 127.0.0.1;
    real_ip_header X-Real-IP;
    chat_guests on;
    chat_max_connections 2 per=ip;
    location /ws   { chat; }
    location /kept { chat; chat_detach off; }
--- chat
a connect /ws | X-Real-IP: 2001:db8:1:2::1
b connect /kept | X-Real-IP: 2001:db8:1:2:ffff::9
x refuse 429 /ws | X-Real-IP: 2001:db8:1:2::3
x refuse 429 /kept | X-Real-IP: 2001:db8:1:2::1
c connect /ws | X-Real-IP: 2001:db8:1:3::1
d connect /ws | X-Real-IP: 192.0.2.1
e connect /ws | X-Real-IP: ::ffff:192.0.2.1
x refuse 429 /ws | X-Real-IP: 192.0.2.1
f connect /ws | X-Real-IP: 192.0.2.2
b drop
soon g connect /ws | X-Real-IP: 2001:db8:1:2::3
x refuse 429 /ws | X-Real-IP: 2001:db8:1:2::4
a close 1000
soon h connect /kept | X-Real-IP: 2001:db8:1:2::5
x refuse 429 /ws | X-Real-IP: 2001:db8:1:2::4
d drop
soon i connect /ws | X-Real-IP: 192.0.2.1



=== TEST 26: H30 connections of a user who logs in by "auth" count, too
--- config
    location /ws {
        chat;
        chat_token_key $TEST_NGINX_TOKENS/secret;
        chat_max_connections 1 per=user;
    }
--- chat
token t HS256 {"sub":"ann","exp":+600}
token o HS256 {"sub":"bob","exp":+600}
a connect /ws
b connect worker!=a /ws
c connect /ws
a send json {"op":"auth","id":1,"token":"{t}"}
a find json {"id":1,"ok":{"user":{"id":"ann"}}}
a expect json {"ev":"welcome"}
b send json {"op":"auth","id":1,"token":"{t}"}
b expect close 4100 too many connections of yours are open
c call {"op":"auth","token":"{o}"} => {"ok":{"user":{"id":"bob"}}}
a close 1000 bye
a until close 1000
a expect eof
d connect /ws | Authorization: Bearer {t}
d expect json {"ev":"welcome","user":{"id":"ann"}}



=== TEST 27: H30 T8 who is refused for a bad token takes from its address, too
--- limits
--- config
    location /ws {
        chat;
        chat_token_key $TEST_NGINX_TOKENS/secret;
        chat_limit rate=1r/m burst=20 per=ip ops=connect;
    }
--- chat
repeat 20 a{i} refuse 401 /ws | Authorization: Bearer x
a refuse 429 /ws | Authorization: Bearer x ~ rate_limited
token t HS256 {"sub":"ann","exp":+600}
a refuse 429 /ws | Authorization: Bearer {t}
a connect from=127.0.0.2 /ws | Authorization: Bearer {t}
errlog ~ chat refused a handshake with 401
errlog !~ (?s)(?:handshake with 401.*){18}



=== TEST 30: who is barred is told so, however full the room is
--- config
    chat_user $arg_user;
    chat_user_roles $arg_roles;
    location /ws { chat; chat_max_connections 1 per=room; }
    location /raw { chat; chat_format raw; chat_room r; chat_max_connections 1 per=room; }
    location /any { chat; }
--- chat
o hello /ws?user=olga&roles=owner
b hello worker!=o /ws?user=bob
c hello worker==o /ws?user=cy
o call {"op":"join","room":"r"}
o call {"op":"mod","room":"r","do":"ban","user":"cy"}
b call {"op":"join","room":"r"} => {"error":{"code":"room_full","until":"!"}}
c call {"op":"join","room":"r"} => {"error":{"code":"banned"}}
o call {"op":"mod","room":"r","do":"lock","value":"members"}
b call {"op":"join","room":"r"} => {"error":{"code":"forbidden"}}
m hello worker==o /ws?user=moni&roles=member
m call {"op":"join","room":"r"} => {"error":{"code":"room_full","until":"!"}}
# who was refused takes no place, nor does who comes again
o repeat 2 call {"op":"join","room":"r"}
b call {"op":"join","room":"r"} => {"error":{"code":"forbidden"}}
c call {"op":"join","room":"r"} => {"error":{"code":"banned"}}
o call {"op":"leave","room":"r"}
m call {"op":"join","room":"r"} => {"ok":{"role":"member"}}
o call {"op":"join","room":"r"} => {"error":{"code":"room_full"}}
m call {"op":"leave","room":"r"}
o call {"op":"join","room":"r"}
# raw rooms as well
p hello /any?user=pia&roles=owner
p call {"op":"mod","room":"~r","do":"ban","user":"cy"}
r connect /raw?user=bob
r send ping in
r expect pong in
s connect /raw?user=cy
s expect close 4006
s connect /raw?user=dan
s expect close 1013 ~ ^the room is full
r send text alone
r expect text alone
