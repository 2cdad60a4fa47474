# A host that goes without a word, a worker that comes back from a long sleep,
# and a Redis that forgets: the rooms' lists are right, and so are its keys.
# not run on partial: nothing here is cut into pieces
# not run on debian: it waits for long, and the sanitizer build does the same

use strict;
use warnings;

use lib 't/lib';
use ChatTest;

our $config = <<'_EOC_';
    chat_user $arg_u;
    chat_drain_time 300ms;
    chat_ping_interval 50s;
    location /ws { chat; chat_leave_delay 3s; }
    location /soon { chat; chat_leave_delay 0; }
_EOC_

run_chat();

__DATA__

=== TEST 1: more users than one call takes out
--- config eval: $::config
--- chat
a hello /soon?u=ann
b hello worker!=a /soon?u=bob
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"} as w
# as if that worker had had 1,200 users
redis cli EVAL local--[[]]p,w,s='chat:{hex 7b}r}:p';for--[[]]_,k--[[]]in--[[]]ipairs(redis.call('HKEYS',p..'w'))do--[[]]if--[[]]redis.call('SISMEMBER',p..'w:'..k,'bob')==1--[[]]then--[[]]w=k--[[]]end--[[]]end;for--[[]]i=1,1200--[[]]do--[[]]local--[[]]u='u'..i;redis.call('SADD',p..'w:'..w,u);redis.call('HINCRBY',p..'w',w,1);redis.call('HINCRBY',p..'u',u,1);redis.call('HSET',p..'i',u,'n'..i);redis.call('ZADD',p..'l',0,u)--[[]]end 0
a call {"op":"who","room":"r"} => {"ok":{"count":1202}}
kill worker-of b
within 4 a until json {"ev":"presence","count":1}
a call {"op":"who","room":"r"} => {"ok":{"count":1,"users":[{"id":"ann"}]}}
redis cli HLEN chat:{hex 7b}r}:pw ~ ^1$
redis cli HGETALL chat:{hex 7b}r}:pu ~ ^ann\n1$



=== TEST 2: a worker that sleeps for long is swept, and registers anew
--- config eval: $::config
--- chat
a hello /ws?u=ann
b hello worker!=a /ws?u=bob
c hello worker!=a /ws?u=cat
d hello worker!=a /ws?u=ann
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"}
c call {"op":"join","room":"r"}
d call {"op":"join","room":"r"} => {"ok":{"count":3}}
a until json {"ev":"presence","count":3}
freeze worker-of b
within 22 a until json {"ev":"presence","join":[],"leave":[*,*],"count":1}
a call {"op":"who","room":"r"} => {"ok":{"count":1,"users":[{"id":"ann"}]}}
c drop
thaw
# cat went meanwhile, which that worker learns only now
within 9 a until json {"ev":"presence","leave":["cat"],"count":2}
within 9 b call {"op":"who","room":"r"} => {"ok":{"count":2,"users":[{"id":"ann"},{"id":"bob"}]}}
a silent 4.5
redis cli HGETALL chat:{hex 7b}r}:pu ~ ^(?=[\s\S]*ann\n2)(?=[\s\S]*bob\n1)(?![\s\S]*cat)
redis cli HLEN chat:{hex 7b}r}:pw ~ ^2$
errlog ~ had given up this worker
# no double: each session counts once
b drop
within 6 a until json {"ev":"presence","leave":["bob"],"count":1}
d drop
a silent 4.5
a call {"op":"who","room":"r"} => {"ok":{"count":1,"users":[{"id":"ann"}]}}
redis cli HGETALL chat:{hex 7b}r}:pu ~ ^ann\n1$



=== TEST 3: a host that vanishes is swept by the other one within 20 s
--- config eval: $::config
--- chat
other start
a hello /soon?u=ann
b hello port={other} /soon?u=bob
c hello port={other} /soon?u=cat
d hello port={other} /soon?u=ann
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"}
c call {"op":"join","room":"r"}
d call {"op":"join","room":"r"} => {"ok":{"count":3,"users":[{"id":"ann"},{"id":"bob"},{"id":"cat"}]}}
a until json {"ev":"presence","count":3}
other kill
# both at once, or one after the other
within 20 a until json {"ev":"presence","join":[],"count":1}
a call {"op":"who","room":"r"} => {"ok":{"count":1,"users":[{"id":"ann"}]}}
redis cli HGETALL chat:{hex 7b}r}:pu ~ ^ann\n1$



=== TEST 4: Redis hangs longer than any lease lasts: nobody is swept
--- config eval: $::config
--- chat
a hello /soon?u=ann
b hello worker!=a /soon?u=bob
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"}
a until json {"ev":"presence","count":2}
redis pause
sleep 17
redis resume
within 9 a until json {"ev":"resync"}
within 9 b until json {"ev":"resync"}
a until json {"ev":"presence","count":2,"leave":[]}
a silent 3
a call {"op":"who","room":"r"} => {"ok":{"count":2}}
redis cli ZCARD chat:{hex 7b}g}:dead ~ ^0$
redis cli HVALS chat:{hex 7b}r}:pu ~ ^[1\n]+$



=== TEST 5: all data of Redis are deleted: who is there is told anew
--- config eval: $::config
--- chat
a hello /soon?u=ann
b hello worker!=a /soon?u=bob
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"}
a until json {"ev":"presence","count":2}
redis cli FLUSHALL
# the log is gone, too: what is told for that comes before the lease is missed
a call {"op":"send","room":"r","text":"x"} => {"ok":{"seq":1}}
within 15 soon a call {"op":"who","room":"r"} => {"ok":{"count":2,"users":[{"id":"ann"},{"id":"bob"}]}}
redis cli HLEN chat:{hex 7b}r}:pw ~ ^2$
redis cli HVALS chat:{hex 7b}r}:pu ~ ^1\n1$



=== TEST 6: one worker with two links to the same keys is one worker
--- config
    chat_user $arg_u;
    chat_ping_interval 50s;
    location /ws { chat; chat_leave_delay 3s; }
    location /tcp { chat; chat_redis redis://127.0.0.1:$TEST_NGINX_REDIS_PORT; }
--- chat
a hello /ws?u=ann
b hello worker==a /tcp?u=bob
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"} => {"ok":{"count":2}}
a until json {"ev":"presence","count":2}
a silent 7
redis cli ZCARD chat:{hex 7b}g}:w ~ ^4$
redis cli ZCARD chat:{hex 7b}g}:dead ~ ^0$
b drop
within 6 a until json {"ev":"presence","leave":["bob"],"count":1}



=== TEST 7: Redis starts anew and empty: the list heals
--- config eval: $::config
--- chat
a hello /soon?u=ann
b hello worker!=a /soon?u=bob
a call {"op":"join","room":"r"} as j
b call {"op":"join","room":"r"}
redis stop
a until json {"ev":"error","error":{"code":"unavailable","status":503,"temporary":true}}
a call {"op":"who","room":"r"} => {"error":{"code":"unavailable"}}
# one goes while nobody can be told, one comes
b drop
c hello worker!=a /soon?u=cat
c call {"op":"join","room":"r"} => {"error":{"code":"unavailable","temporary":true}}
redis start
within 9 a until json {"ev":"resync","room":"r","epoch":"~^(?!{j.ok.epoch}$)","top":0}
c insist {"op":"join","room":"r"} => {"ok":{"users":["...",{"id":"cat"}]}}
a insist {"op":"join","room":"r"} => {"ok":{"count":2,"users":[{"id":"ann"},{"id":"cat"}]}}
a call {"op":"who","room":"r"} => {"ok":{"count":2}}



=== TEST 8: all connections to Redis are cut: nobody is lost, nobody stays
--- config eval: $::config
--- chat
a hello /soon?u=ann
b hello worker!=a /soon?u=bob
c hello worker==b /soon?u=cat
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"}
c call {"op":"join","room":"r"}
a until json {"ev":"presence","count":3}
b until json {"ev":"presence","count":3}
set left = "leave":\["cat"\]
set there = (?=.*"join":\[[^\]]*"ann")(?=.*"join":\[[^\]]*"bob")
redis drop
c drop
# the departure, or if that was announced to nobody all who are there
within 9 a until text~ "ev":"presence"(?:.*{left}|{there}).*"count":2
within 9 b until text~ "ev":"presence"(?:.*{left}|{there}).*"count":2
a call {"op":"who","room":"r"} => {"ok":{"count":2,"users":[{"id":"ann"},{"id":"bob"}]}}
b call {"op":"who","room":"r"} => {"ok":{"count":2}}



=== TEST 9: a reload is seen by nobody on another host
--- config eval: $::config
--- chat
other start
o hello port={other} /ws?u=observer
o call {"op":"join","room":"r"}
repeat 8 a{i} hello /ws?u=u{i}&room=r
o until json {"ev":"presence","count":9}
o silent 1.1
reload
repeat 8 a{i} until close 4200
repeat 8 a{i} hello /ws?u=u{i}&room=r
o silent 4.5
o call {"op":"who","room":"r"} => {"ok":{"count":9}}
redis cli HVALS chat:{hex 7b}r}:pu ~ ^[1\n]+$
# the workers that have gone took their leases with them
redis cli ZCARD chat:{hex 7b}g}:w ~ ^4$
redis cli ZCARD chat:{hex 7b}g}:dead ~ ^0$



=== TEST 10: QUIT and TERM leave nobody behind
--- config eval: $::config
--- chat
other start
a hello port={other} /ws?u=ann&room=r
b hello port={other} /ws?u=bob&room=r
a until json {"ev":"joined"}
b until json {"ev":"joined"}
o hello /ws?u=observer
o call {"op":"join","room":"r"} => {"ok":{"count":3}}
other quit
within 2 o until json {"ev":"presence","count":1}
redis cli HLEN chat:{hex 7b}r}:pw ~ ^1$
redis cli ZCARD chat:{hex 7b}g}:w ~ ^2$
signal TERM
gone 3
redis cli EXISTS chat:{hex 7b}r}:pw ~ ^0$
redis cli EXISTS chat:{hex 7b}r}:pu ~ ^0$
redis cli ZCARD chat:{hex 7b}g}:w ~ ^0$
redis cli ZCARD chat:{hex 7b}g}:dead ~ ^0$
