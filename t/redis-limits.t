# A room's rate is the store's: one for all nginx that share the Redis.
# not run on partial: it is about counts

use strict;
use warnings;

use lib 't/lib';
use ChatTest;

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('http_config', <<'_EOC_');
chat_redis $TEST_NGINX_REDIS;
chat_leave_delay 0;
chat_user $arg_u;
chat_guests on;
_EOC_

    return;
});

run_chat();

__DATA__

=== TEST 1: two nginx, one limit; a refusal changes nothing
--- config
    location /ws {
        chat;
        chat_limit rate=1r/m burst=3 per=room ops=send;
        location /ws/inner { chat; }
    }
--- chat
other start
a hello /ws?u=ann
b hello worker!=a /ws?u=bob
c hello port={other} /ws/inner?u=cy
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"}
c call {"op":"join","room":"r"}
a call {"op":"send","room":"r","cid":"c1","text":"1"} => {"ok":{"seq":1}}
c call {"op":"send","room":"r","cid":"c2","text":"2"} => {"ok":{"seq":2}}
b call {"op":"send","room":"r","text":"3"} => {"ok":{"seq":3}}
c call {"op":"send","room":"r","text":"x"} => {"error":{"code":"rate_limited","status":429,"retry_after":*,"temporary":true}}
a call {"op":"send","room":"r","cid":"c4","text":"x"} => {"error":{"code":"rate_limited","retry_after":"~^[1-5]\\d\\b"}}
b repeat 5 call {"op":"send","room":"r","text":"x"} => {"error":{"code":"rate_limited","retry_after":"~^[1-5]\\d\\b"}}
errlog ~ \[info\] .*client exceeds "chat_limit" of send per room by \d+ ms
# what was said before has its answer, and what was refused is not known
a call {"op":"send","room":"r","cid":"c1","text":"1"} => {"ok":{"seq":1,"dup":true}}
a call {"op":"send","room":"r","cid":"c4","text":"other"} => {"error":{"code":"rate_limited"}}
# another room has its own
c call {"op":"join","room":"s"}
c call {"op":"send","room":"s","text":"1"} => {"ok":{"seq":1}}
a call {"op":"history","room":"r","after":0} => {"ok":{"top":3,"messages":[{"text":"1"},{"text":"2"},{"text":"3"}]}}
# a clock that was set back shuts no room
redis cli HSET chat:{hex 7b}r}:m b 9999999999999999
c call {"op":"send","room":"r","text":"4"} => {"ok":{"seq":4}}
redis cli HDEL chat:{hex 7b}r}:m b
b call {"op":"send","room":"r","text":"5"} => {"ok":{"seq":5}}



=== TEST 2: retry_after is exact, and nothing is taken from other limits
--- config
    location /ws {
        chat;
        chat_limit rate=90r/m burst=1 per=room ops=send;
        chat_limit rate=1r/m burst=2 ops=send;
        chat_limit rate=1r/m burst=2 per=user ops=send;
    }
--- chat
a hello /ws?u=ann
a call {"op":"join","room":"r"}
a call {"op":"send","room":"r","text":"1"} => {"ok":{"seq":1}}
a repeat 3 call {"op":"send","room":"r","text":"x"} => {"error":{"code":"rate_limited","retry_after":"~^0\\.\\d"}} as e
sleep {e.error.retry_after}
a call {"op":"send","room":"r","text":"2"} => {"ok":{"seq":2}}
a call {"op":"send","room":"r","text":"x"} => {"error":{"code":"rate_limited","retry_after":"~^[45]\\d\\b"}}



=== TEST 3: a large burst is counted in sixteens, and strikes close
--- config
    location /ws {
        chat;
        chat_max_strikes 10;
        chat_limit rate=1r/m burst=128 per=room ops=send;
        chat_limit off ops=send,all;
        chat_limit off ops=bytes;
        chat_limit off per=user ops=send;
    }
--- chat
b hello /ws?u=bob
b call {"op":"join","room":"r"}
a hello /ws?u=ann
a call {"op":"join","room":"r"}
repeat 300 a send json {"op":"send","id":{i},"room":"r","text":"x"}
a until close 4102
a expect gone
b call {"op":"history","room":"r","limit":1} => {"ok":{"top":"~^1(?:1[3-9]|[23]\\d|4[0-3])$"}}
b call {"op":"send","room":"r","text":"x"} => {"error":{"code":"rate_limited"}}



=== TEST 4: raw: what is too much goes to nobody
--- config
    location /raw { chat; chat_format raw; chat_room r; chat_max_strikes 10; chat_limit rate=1r/m burst=2 per=room ops=send; }
    location /b   { chat; chat_format raw; chat_room r; }
--- chat
b connect /b
b send ping in
b expect pong in
a connect /raw
a send text 1
a send text 2
a repeat 9 send text x
b expect text 1
b expect text 2
errlog ~ exceeds "chat_limit" of send per room
b send text end
b expect text end
repeat 200 a send text x
a until close 1008 ~ ^too many refused messages$



=== TEST 5: dry run: counted, told, not refused
--- config
    location /ws { chat; chat_limit_dry_run on; chat_limit rate=1r/m burst=2 per=room ops=send; }
--- chat
a hello /ws?u=ann
a call {"op":"join","room":"r"}
a call {"op":"send","room":"r","text":"1"} => {"ok":{"seq":1}}
a call {"op":"send","room":"r","text":"2"} => {"ok":{"seq":2}}
errlog !~ would exceed
a call {"op":"send","room":"r","cid":"c3","text":"3"} => {"ok":{"seq":3}}
errlog ~ \[info\] .*client would exceed "chat_limit" of send per room by \d+ ms, 0 more lines
a call {"op":"send","room":"r","cid":"c3","text":"3"} => {"ok":{"seq":3,"dup":true}}
a repeat 20 call {"op":"send","room":"r","text":"x"}



=== TEST 6: a place is taken by who may come in, not by who has asked
--- config
    chat_user $arg_u;
    chat_user_roles $arg_roles;
    location /ws { chat; chat_max_connections 1 per=room; }
--- chat
o hello /ws?u=olga&roles=owner
b hello worker==o /ws?u=bob
m hello worker==o /ws?u=moni&roles=member
o call {"op":"mod","room":"r","do":"lock","value":"members"}
redis pause
b send json {"op":"join","id":90,"room":"r"}
o call {"op":"ping"}
m send json {"op":"join","id":91,"room":"r"}
o call {"op":"ping"}
redis resume
b find json {"id":90,"error":{"code":"forbidden"}}
m find json {"id":91,"ok":{"role":"member"}}
