# Limits hold over all hosts that share a Redis: two nginx here, of which each
# would let in what both together must not.
# not run on partial: it is about counts

use strict;
use warnings;

use lib 't/lib';

BEGIN { $ENV{CHAT_NODES} = 2 }

use ChatTest;

# what is told of what was said or taken before is answered before "who"

our $config = <<'_EOC_';
    chat_user $arg_u;
    location /ws    { chat; }
    location /user  { chat; chat_max_connections 3 per=user; }
    location /ip    { chat; chat_max_connections 3 per=ip; }
    location /both  { chat; chat_max_connections 3 per=ip;
                      chat_max_connections 2 per=user; }
    location /room  { chat; chat_max_connections 3 per=room; }
    location /quiet { chat; chat_max_connections 3 per=room;
                      chat_presence off; }
    location /raw   { chat; chat_format raw; chat_room r;
                      chat_max_connections 3 per=user;
                      chat_max_connections 2 per=room; }
    location /dry   { chat; chat_limit_dry_run on;
                      chat_max_connections 1 per=user;
                      chat_max_connections 1 per=room;
                      chat_limit rate=1r/m burst=2 per=user ops=typing; }
    location /send  { chat; chat_limit rate=1r/m burst=4 per=user ops=send;
                      chat_limit rate=1r/m burst=2 per=ip ops=typing;
                      chat_limit rate=1r/m burst=2 per=room ops=history; }
    location /many  { chat; chat_limit rate=8r/m burst=80 per=user ops=typing;
                      chat_limit rate=5r/s burst=20 per=user ops=send; }
    location /call  { chat; chat_limit rate=1r/m burst=3 per=ip ops=connect; }
_EOC_

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('config', $config) if !defined $block->config;
    $block->set_value('http_config', "chat_redis \$TEST_NGINX_REDIS;\n");

    return;
});

run_chat();

__DATA__

=== TEST 1: one rate of a user, an address, a room, on both hosts
--- chat
a hello node=1 /send?u=ann
b hello node=2 /send?u=ann
c hello node=1 from=127.0.0.2 /send?u=cy
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"}
c call {"op":"join","room":"r"}
a repeat 2 call {"op":"send","room":"r","text":"x"}
a call {"op":"who","room":"r"}
b repeat 2 call {"op":"send","room":"r","text":"x"}
b call {"op":"who","room":"r"}
b call {"op":"send","room":"r","text":"x"} => {"error":{"code":"rate_limited","retry_after":"~^[456]\\d\\b"}}
errlog ~ client exceeds "chat_limit" of send per user by
# the other learns it by its own next one, which is owed then
a call {"op":"send","room":"r","text":"x"}
a call {"op":"who","room":"r"}
a call {"op":"send","room":"r","text":"x"} => {"error":{"code":"rate_limited","retry_after":"~^1[012]\\d\\b"}}
# another user has its own
c call {"op":"send","room":"r","text":"x"}
# the address
a call {"op":"typing","room":"r"}
a call {"op":"who","room":"r"}
b call {"op":"typing","room":"r"}
b call {"op":"who","room":"r"}
b call {"op":"typing","room":"r"} => {"error":{"code":"rate_limited"}}
c call {"op":"typing","room":"r"}
# the room
a call {"op":"history","room":"r"}
b call {"op":"history","room":"r"}
b call {"op":"who","room":"r"}
b call {"op":"history","room":"r"} => {"error":{"code":"rate_limited"}}



=== TEST 2: H30 handshakes of an address
--- chat
repeat 2 a{i} hello node=1 /call?u=ann
a2 call {"op":"join","room":"r"}
b hello node=2 /call?u=ann
b call {"op":"join","room":"r"}
x refuse 429 port={other} /call?u=ann
c hello node=2 from=127.0.0.2 /call?u=ann



=== TEST 3: of a large burst each host may have an eighth untold
--- chat
a hello node=1 /many?u=ann
b hello node=2 /many?u=ann
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"}
# nobody need be told of so few
repeat 2 a call {"op":"send","room":"r","text":"x"}
redis cli KEYS *lu-* ~ ^$
repeat 60 a call {"op":"typing","room":"r"}
redis cli KEYS *lu-* ~ (?m)^chat:.g.:lu-typing:ann$
redis cli PTTL chat:{hex 7b}g}:lu-typing:ann ~ ^[34]\d{hex 7b}5}$
a call {"op":"who","room":"r"}
repeat 15 b call {"op":"typing","room":"r"}
b call {"op":"who","room":"r"}
repeat 20 b send json {"op":"typing","room":"r"}
b call {"op":"typing","room":"r"} => {"error":{"code":"rate_limited"}}
a until json {"ev":"typing"}



=== TEST 4: H30 connections of a user, who was let in is not sent away
--- chat
a hello node=1 /user?u=ann
b hello node=2 /user?u=ann
c hello node=1 /user?u=ann
c call {"op":"join","room":"r"}
d connect node=2 /user?u=ann
d until close 4100 ~ ^too many connections of yours are open$
errlog ~ client is one too many on all hosts: too many connections of yours
r connect node=2 /raw?u=ann
r until close 1013 ~ ^too many connections of yours are open$
# all that one host may have it refuses itself
e hello node=2 /user?u=bob
f hello node=2 /user?u=bob
g hello node=2 /user?u=bob
x refuse 429 port={other} /user?u=bob
a call {"op":"ping"}
b call {"op":"ping"}
c call {"op":"ping"}
# a place is free at once
c close 1000
c until close 1000
d hello node=2 /user?u=ann
d call {"op":"join","room":"r"}
h connect node=1 /user?u=ann
h until close 4100
redis cli HLEN chat:{hex 7b}g}:nu:ann ~ ^[234]$
redis cli PTTL chat:{hex 7b}g}:nu:ann ~ ^3\d{hex 7b}6}$
a drop
b drop
d drop
soon redis cli KEYS *:nu:ann ~ ^$



=== TEST 5: H30 connections from an address, together with those of a user
--- chat
a hello node=1 /ip?u=ann
b hello node=2 /ip?u=bob
c hello node=2 /ip?u=cy
c call {"op":"join","room":"r"}
d connect node=1 /both?u=dan
d until close 4100 ~ ^too many connections are open from your address$
e hello node=1 from=127.0.0.2 /both?u=eve
f hello node=2 from=127.0.0.3 /both?u=eve
f call {"op":"join","room":"r"}
g connect node=1 from=127.0.0.4 /both?u=eve
g until close 4100 ~ yours
# who was sent away has left nothing
h hello node=1 from=127.0.0.4 /both?u=hal
i hello node=2 from=127.0.0.4 /both?u=ivy
j hello node=1 from=127.0.0.4 /both?u=joe
j call {"op":"join","room":"r"}
redis cli EXISTS chat:{hex 7b}g}:ni:127.0.0.4 ~ ^1$



=== TEST 6: members of a room
--- chat
a hello node=1 /room?u=ann
b hello node=2 /room?u=bob
c hello node=1 /room?u=cy
d hello node=2 /room?u=dan
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"}
c call {"op":"join","room":"r"}
d call {"op":"join","room":"r"} => {"error":{"code":"room_full"}}
d call {"op":"send","room":"r","text":"x"} => {"error":{"code":"not_member"}}
d call {"op":"join","room":"s"}
a call {"op":"who","room":"r"} => {"ok":{"count":3}}
c call {"op":"leave","room":"r"}
c call {"op":"who","room":"r"} => {"error":{"code":"not_member"}}
soon d call {"op":"join","room":"r"}
c call {"op":"join","room":"r"} => {"error":{"code":"room_full"}}
# who joins again has its place
d call {"op":"join","room":"r"}
# without presence, and nothing to be read
e hello node=1 /quiet?u=eve
f hello node=2 /quiet?u=fay
g hello node=2 /quiet?u=gus
h hello worker==e /quiet?u=hal
e call {"op":"join","room":"q"}
f call {"op":"join","room":"q"}
g call {"op":"join","room":"q"}
h call {"op":"join","room":"q","limit":0} => {"error":{"code":"room_full"}}
g drop
soon h call {"op":"join","room":"q","limit":0}
# raw
r connect node=1 /raw?u=ron
r send text 1
r expect text 1
s connect node=2 /raw?u=sam
s send text 2
s expect text 2
t connect node=2 /raw?u=tom
t until close 1013 ~ ^the room is full
r expect text 2



=== TEST 7: many at once, on both hosts: never one too many
--- chat
repeat 3 b{i} hello node=1 /room?u=b{i}
repeat 3 c{i} hello node=2 /room?u=c{i}
redis pause
repeat 3 b{i} send json {"op":"join","id":8{i},"room":"r"}
repeat 3 c{i} send json {"op":"join","id":9{i},"room":"r"}
redis resume
repeat 3 b{i} find json {"id":8{i}}
repeat 3 c{i} find json {"id":9{i}}
d hello node=1 /ws?u=dan
d call {"op":"join","room":"r"} => {"ok":{"count":4}}



=== TEST 8: dry run: told, counted, nobody refused
--- chat
a hello node=1 /dry?u=ann
b hello node=2 /dry?u=ann
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"}
errlog ~ client would be one too many on all hosts: too many connections of
a call {"op":"typing","room":"r"}
a call {"op":"who","room":"r"}
b call {"op":"typing","room":"r"}
b call {"op":"who","room":"r"}
b repeat 5 call {"op":"typing","room":"r"}
a repeat 5 call {"op":"typing","room":"r"}
b call {"op":"ping"}



=== TEST 9: S3 a host that dies leaves nothing
--- chat
a hello node=1 /user?u=ann
b hello node=2 /user?u=ann
c hello node=2 /user?u=ann
m hello node=1 /room?u=mia
n hello node=2 /room?u=nan
o hello node=2 /room?u=oda
p hello node=1 /room?u=pia
c call {"op":"join","room":"s"}
m call {"op":"join","room":"r"}
n call {"op":"join","room":"r"}
o call {"op":"join","room":"r"}
p call {"op":"join","room":"r"} => {"error":{"code":"room_full"}}
d connect node=1 /user?u=ann
d until close 4100
other kill
# when the kernel knows that it is dead, and nobody waits for its lease
soon p call {"op":"join","room":"r"}
e hello node=1 /user?u=ann
e call {"op":"join","room":"s"}
f hello node=1 /user?u=ann
f call {"op":"join","room":"s"}
x refuse 429 port=$TEST_NGINX_SERVER_PORT /user?u=ann
# one that is elsewhere lives as long as its lease
g hello node=1 /user?u=gus
redis cli HSET chat:{hex 7b}g}:nu:gus 00000000:1:1:1 2
redis cli ZADD chat:{hex 7b}g}:w 9999999999999 00000000:1:1:1
h connect node=1 /user?u=gus
h until close 4100
redis cli ZREM chat:{hex 7b}g}:w 00000000:1:1:1
h hello node=1 /user?u=gus
h call {"op":"join","room":"s"}
redis cli HEXISTS chat:{hex 7b}g}:nu:gus 00000000:1:1:1 ~ ^0$



=== TEST 10: a Redis that has forgotten everything is told again
--- chat
a hello node=1 /user?u=ann
b hello node=2 /user?u=ann
c hello node=2 /user?u=ann
c call {"op":"join","room":"r"}
redis stop
# nobody is refused meanwhile, and who is in stays in
d hello node=1 /user?u=ann
redis start
soon redis cli EVAL "local n = 0 for _, k in ipairs(redis.call('KEYS', '*:nu:ann')) do for _, v in ipairs(redis.call('HVALS', k)) do n = n + v end end return n" 0 ~ ^4$
soon redis cli EVAL "return redis.call('ZCARD', 'chat:' .. string.char(123) .. 'g}:w')" 0 ~ ^4$
e connect node=1 /user?u=ann
e until close 4100
f connect node=2 /user?u=ann
f until close 4100
a call {"op":"ping"}
b call {"op":"ping"}
d call {"op":"ping"}
d drop
a drop
soon redis cli EVAL "local n = 0 for _, k in ipairs(redis.call('KEYS', '*:nu:ann')) do for _, v in ipairs(redis.call('HVALS', k)) do n = n + v end end return n" 0 ~ ^2$
g hello node=1 /user?u=ann
g call {"op":"join","room":"r"}



=== TEST 11: who comes back after a reload is not one too many
--- chat
a hello node=1 /user?u=ann
b hello node=1 /user?u=ann
c hello node=2 /user?u=ann
c call {"op":"join","room":"r"}
reload
# the old workers of both are still there
d hello node=1 /user?u=ann
e hello node=2 /user?u=ann
f hello node=1 /user?u=ann
f call {"op":"join","room":"r"}
g connect node=2 /user?u=ann
g until close 4100
a until close 4200
b until close 4200
c until close 4200
h connect node=1 /user?u=ann
h until close 4100
e close 1000
e until close 1000
h hello node=1 /user?u=ann
h call {"op":"join","room":"r"}
redis cli SCARD chat:{hex 7b}g}:gone ~ ^4$
redis cli HLEN chat:{hex 7b}g}:nu:ann ~ ^[12]$



=== TEST 12: a user who says who it is later
--- config
    chat_token_key $TEST_NGINX_TOKENS/secret;
    location /ws { chat; chat_max_connections 2 per=user; }
--- chat
token t HS256 {"sub":"ann","exp":+600}
a connect node=1 /ws
b connect node=2 /ws
c connect node=1 /ws
a call {"op":"auth","token":"{t}"}
b call {"op":"auth","token":"{t}"}
b call {"op":"join","room":"r"}
c send json {"op":"auth","id":9,"token":"{t}"}
c until close 4100 ~ ^too many connections of yours are open$
a call {"op":"ping"}



=== TEST 13: calls of the API count together with sockets, on both hosts
--- workers
1
--- config
    chat_user $arg_u;
    location /ws  { chat;
                    chat_limit rate=1r/m burst=4 per=user ops=send; }
    location /api { chat_api;
                    chat_limit rate=1r/m burst=4 per=user ops=send; }
    location /ip  { chat_api;
                    chat_limit rate=1r/m burst=2 per=ip ops=history; }
--- chat
set j = Content-Type: application/json
a hello node=1 /ws?u=ann
a call {"op":"join","room":"r"}
a repeat 2 call {"op":"send","room":"r","text":"x"}
a call {"op":"who","room":"r"}
repeat 2 http port={other} POST /api/v1/rooms/r/messages?u=ann | {j} || {"text":"x"} => 201
http port={other} GET /api/v1/rooms/r?u=bob => 200
http port={other} POST /api/v1/rooms/r/messages?u=ann | {j} || {"text":"x"} => 429 ~ rate_limited
a call {"op":"send","room":"r","text":"x"}
a call {"op":"who","room":"r"}
a call {"op":"send","room":"r","text":"x"} => {"error":{"code":"rate_limited"}}
http port={other} POST /api/v1/rooms/r/messages?u=bob | {j} || {"text":"x"} => 201
# an address
http GET /ip/v1/rooms/r/messages?u=bob => 200
http port={other} GET /ip/v1/rooms/r/messages?u=cy => 200
http port={other} GET /ip/v1/rooms/r?u=dan => 200
http port={other} GET /ip/v1/rooms/r/messages?u=dan => 429
