# Who is in a room: users, not connections, over all workers.
# not run on partial: nothing here is cut into pieces

use strict;
use warnings;

use lib 't/lib';
use ChatTest;

our $config = <<'_EOC_';
    chat_user $arg_u;
    chat_guests on;
    location /ws { chat; }
    location /two { chat; chat_presence on max=2; }
    location /count { chat; chat_presence count; }
    location /off { chat; chat_presence off; }
_EOC_

our $delay = <<'_EOC_';
    chat_user $arg_u;
    chat_ping_interval 50s;
    location /ws { chat; chat_leave_delay 3s; }
    location /soon { chat; chat_leave_delay 0; }
_EOC_

run_chat();

__DATA__

=== TEST 1: who and presence over two workers
--- config eval: $::config
--- chat
a hello /ws?u=ann
b hello worker!=a /ws?u=bob
a call {"op":"join","room":"r"} => {"ok":{"count":1,"users":[{"id":"ann","name":"ann"}]}}
a until json {"ev":"presence","room":"r","join":[{"id":"ann","name":"ann"}],"leave":[],"count":1}
b call {"op":"join","room":"r"} => {"ok":{"count":2,"users":[{"id":"ann"},{"id":"bob"}]}}
within 2 a until json {"ev":"presence","join":[{"id":"bob"}],"leave":[],"count":2}
a call {"op":"who","room":"r"} => {"ok":{"count":2,"more":false,"users":[{"id":"ann"},{"id":"bob"}]}}
b call {"op":"leave","room":"r"}
within 2 a until json {"ev":"presence","join":[],"leave":["bob"],"count":1}
b call {"op":"join","room":"r"}
within 2 a until json {"ev":"presence","join":[{"id":"bob"}],"count":2}
# who goes by a close, without a word, or with a reset is gone too
b close 1000
b until close 1000
within 2 a until json {"ev":"presence","leave":["bob"],"count":1}
b hello /ws?u=bob
b call {"op":"join","room":"r"}
within 2 a until json {"ev":"presence","join":[{"id":"bob"}],"count":2}
b drop
within 2 a until json {"ev":"presence","leave":["bob"],"count":1}
b hello /ws?u=bob&room=r
within 2 a until json {"ev":"presence","join":[{"id":"bob"}],"count":2}
b reset
within 2 a until json {"ev":"presence","leave":["bob"],"count":1}
a call {"op":"who","room":"r"} => {"ok":{"count":1,"users":[{"id":"ann"}]}}



=== TEST 2: two tabs of one user are one user, until the last one goes
--- config eval: $::config
--- chat
o hello /ws?u=observer
o call {"op":"join","room":"r"}
o until json {"ev":"presence","count":1}
a hello /ws?u=ann
b hello worker!=a /ws?u=ann
c hello worker==a /ws?u=ann
a call {"op":"join","room":"r"} => {"ok":{"count":2}}
b call {"op":"join","room":"r"} => {"ok":{"count":2}}
c call {"op":"join","room":"r"} => {"ok":{"count":2,"users":[{"id":"ann"},{"id":"observer"}]}}
within 2 o until json {"ev":"presence","join":[{"id":"ann"}],"count":2}
a call {"op":"leave","room":"r"}
c drop
o silent 1.2
b call {"op":"who","room":"r"} => {"ok":{"count":2}}
# a comes back, the one on the other worker goes: no change
a call {"op":"join","room":"r"} => {"ok":{"count":2}}
b drop
o silent 1.2
a close 1000
within 2 o until json {"ev":"presence","leave":["ann"],"count":1}
o call {"op":"who","room":"r"} => {"ok":{"count":1}}
# messages of both tabs have the same author
a hello /ws?u=ann&room=r
b hello worker!=a /ws?u=ann&room=r
b until json {"ev":"joined"}
a call {"op":"send","room":"r","text":"from a"}
b until json {"ev":"message","text":"from a","from":{"id":"ann"}}
b call {"op":"send","room":"r","text":"from b"}
o until json {"ev":"message","text":"from b","from":{"id":"ann"}}



=== TEST 3: a burst is told at most once a second
--- config eval: $::config
--- chat
a hello /ws?u=ann
a call {"op":"join","room":"r"}
a until json {"ev":"presence","count":1}
repeat 10 c{i} hello /ws?u=x{i}
repeat 10 d{i} hello /ws?u=y{i}
sleep 1.2
repeat 10 c{i} send json {"op":"join","room":"r"}
a until json {"ev":"presence"}
repeat 10 d{i} send json {"op":"join","room":"r"}
a silent 0.3
a until json {"ev":"presence","count":21}
a silent 1.1
# gone and back within the second is no news of a departure
c1 call {"op":"leave","room":"r"}
c1 call {"op":"join","room":"r"}
a until json {"ev":"presence","leave":[],"count":21}
repeat 10 c{i} drop
repeat 10 d{i} drop
a until json {"ev":"presence","count":1}
a call {"op":"who","room":"r"} => {"ok":{"count":1}}



=== TEST 4: presence:false: no list, no events; but seen by the others
--- config eval: $::config
--- chat
a hello /ws?u=ann
b hello worker!=a /ws?u=bob
a call {"op":"join","room":"r","presence":false} => {"ok":{"count":1,"users":"!"}}
b call {"op":"join","room":"r"} => {"ok":{"count":2,"users":[{"id":"ann"},{"id":"bob"}]}}
b call {"op":"leave","room":"r"}
a silent 1.2
a call {"op":"who","room":"r"} => {"ok":{"count":1}}
# joining again changes one's mind
a call {"op":"join","room":"r"} => {"ok":{"count":1,"users":[{"id":"ann"}]}}
b call {"op":"join","room":"r"}
a until json {"ev":"presence","count":2}
a call {"op":"join","room":"r","presence":false} => {"ok":{"users":"!"}}
b call {"op":"leave","room":"r"}
b call {"op":"join","room":"r"}
a silent 1.2



=== TEST 5: chat_presence off, count, max=
--- config eval: $::config
--- chat
a hello /off?u=ann
b hello worker!=a /off?u=bob
a call {"op":"join","room":"o"} => {"ok":{"room":"o","epoch":*,"top":0,"count":"!","users":"!"}}
b call {"op":"join","room":"o"} => {"ok":{"count":"!","users":"!"}}
a call {"op":"who","room":"o"} => {"error":{"code":"forbidden","status":403}}
a call {"op":"send","room":"o","text":"hi"}
b until json {"ev":"message","text":"hi"}
# another one on the same worker: it is known there where the room stands
c hello worker==a /off?u=cat
c call {"op":"join","room":"o"} => {"ok":{"top":1,"floor":1,"messages":[{"text":"hi"}]}}
a find json {"ev":"message"}
a silent 1.2
d hello /count?u=dan
e hello worker!=d /count?u=eve
d call {"op":"join","room":"c"} => {"ok":{"count":1,"users":"!"}}
d until json {"ev":"presence","room":"c","count":1,"join":"!","leave":"!"}
e call {"op":"join","room":"c"} => {"ok":{"count":2,"users":"!"}}
d until json {"ev":"presence","room":"c","count":2,"join":"!","leave":"!"}
d call {"op":"who","room":"c"} => {"ok":{"count":2,"users":[]}}
e drop
d until json {"ev":"presence","count":1,"leave":"!"}
f hello /two?u=fay
f call {"op":"join","room":"m"} => {"ok":{"count":1,"users":[{"id":"fay"}]}}
g hello worker!=f /two?u=gus
g call {"op":"join","room":"m"} => {"ok":{"count":2,"users":[{"id":"fay"},{"id":"gus"}]}}
f until json {"ev":"presence","join":["...",{"id":"gus"}],"count":2}
h hello /two?u=hal
h call {"op":"join","room":"m"} => {"ok":{"count":3,"users":"!"}}
f until json {"ev":"presence","count":3,"join":"!","leave":"!"}
h call {"op":"who","room":"m"} => {"ok":{"count":3,"users":[{"id":"fay"},{"id":"gus"},{"id":"hal"}]}}



=== TEST 6: after a reload the old workers' users are gone, the new ones there
--- config
    chat_user $arg_u;
    chat_drain_time 300ms;
    location /ws { chat; }
--- chat
a hello /ws?u=ann
b hello worker!=a /ws?u=bob
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"}
reload
a until close 4200
b until close 4200
a hello /ws?u=ann
a call {"op":"join","room":"r"}
soon a call {"op":"who","room":"r"} => {"ok":{"count":1,"users":[{"id":"ann"}]}}
b hello worker!=a /ws?u=bob
b call {"op":"join","room":"r"} => {"ok":{"count":2,"users":[{"id":"ann"},{"id":"bob"}]}}



=== TEST 7: who comes back in time, on whichever worker, has not been away
--- config eval: $::delay
--- chat
o hello /ws?u=observer
a hello worker==o /ws?u=ann
b hello worker!=o /ws?u=bob
o call {"op":"join","room":"r"}
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"}
o until json {"ev":"presence","count":3}
c hello worker!=o /ws?u=ann
d hello worker!=o /ws?u=bob
o silent 1.2
a drop
b drop
o silent 0.8
o call {"op":"who","room":"r"} => {"ok":{"count":3,"users":[{"id":"ann"},{"id":"bob"},{"id":"observer"}]}}
c call {"op":"join","room":"r"}
d call {"op":"join","room":"r"}
o silent 4.5
o call {"op":"who","room":"r"} => {"ok":{"count":3}}
# who does not is gone after the delay, not before
c drop
o silent 2.7
within 4 o until json {"ev":"presence","leave":["ann"],"count":2}
# who leaves by a word of his own is gone at once
d call {"op":"leave","room":"r"}
within 2.5 o until json {"ev":"presence","leave":["bob"],"count":1}
d call {"op":"join","room":"r"}
o until json {"ev":"presence","count":2}
# and so is who goes where there is no delay
e hello worker==d /soon?u=cat&room=r
within 2.5 o until json {"ev":"presence","count":3}
o silent 1.1
e drop
within 1 o until json {"ev":"presence","leave":["cat"],"count":2}



=== TEST 8: two tabs: the delay begins with the last one
--- config eval: $::delay
--- chat
o hello /ws?u=observer&room=r
a hello /ws?u=ann&room=r
b hello worker==a /ws?u=ann&room=r
o until json {"ev":"presence","count":2}
a drop
sleep 1
b drop
o silent 2.7
within 4 o until json {"ev":"presence","leave":["ann"],"count":1}



=== TEST 9: ids and names of all kinds, sorted by their bytes, page by page
--- config
    location /ws { chat; chat_user $http_x_user; chat_user_name $http_x_name; }
--- chat
a hello /ws | X-User: a b:c/{hex c3a9}'"<> | X-Name: {hex f09f9880}
b hello worker!=a /ws | X-User: {hex c3bc} | X-Name: <b>&amp;"
c hello worker==a /ws | X-User: B
d hello worker==b /ws | X-User: {rep 128 b} | X-Name: {rep 32 {hex f09f9880}}
e hello worker==b /ws | X-User: a
a call {"op":"join","room":"r","presence":false}
b call {"op":"join","room":"r","presence":false}
c call {"op":"join","room":"r","presence":false}
d call {"op":"join","room":"r","presence":false}
e call {"op":"join","room":"r"} => {"ok":{"count":5,"users":[{"id":"B","name":"B"},{"id":"a"},{"id":"~^a b:c/.'\"<>$","name":"~^\\x{1f600}$"},{"id":"{rep 128 b}","name":"~^\\x{1f600}{32}$"},{"id":"~^\\xfc$","name":"<b>&amp;\""}]}}
a call {"op":"who","room":"r","limit":2} => {"ok":{"count":5,"more":true,"users":[{"id":"B"},{"id":"a"}]}}
b call {"op":"who","room":"r","limit":2,"after":"a"} => {"ok":{"more":true,"users":[{"id":"~^a b"},{"id":"{rep 128 b}"}]}}
c call {"op":"who","room":"r","limit":2,"after":"{rep 128 b}"} => {"ok":{"count":5,"more":false,"users":[{"id":"~^\\xfc$"}]}}
# between two of them
d call {"op":"who","room":"r","after":"aa","limit":1} => {"ok":{"more":true,"users":[{"id":"{rep 128 b}"}]}}
b drop
soon a call {"op":"who","room":"r"} => {"ok":{"count":4,"more":false}}



=== TEST 10: who comes and goes in two rooms at once is in each for itself
--- config eval: $::config
--- chat
a hello /ws?u=ann
b hello worker!=a /ws?u=bob
c hello worker==b /ws?u=bob
a call {"op":"join","room":"r","presence":false}
a call {"op":"join","room":"s","presence":false}
repeat 10 b call {"op":"join","room":"r"} => {"ok":{"count":2}}
c call {"op":"join","room":"s"} => {"ok":{"count":2}}
repeat 10 b call {"op":"leave","room":"r"}
a call {"op":"who","room":"r"} => {"ok":{"count":1,"users":[{"id":"ann"}]}}
a call {"op":"who","room":"s"} => {"ok":{"count":2}}
repeat 20 b send json {"op":"join","room":"r"}
repeat 20 b send json {"op":"leave","room":"r"}
b call {"op":"join","room":"r"} => {"ok":{"count":2}}
c drop
soon a call {"op":"who","room":"s"} => {"ok":{"count":1}}
a call {"op":"who","room":"r"} => {"ok":{"count":2,"users":[{"id":"ann"},{"id":"bob"}]}}
a call {"op":"leave","room":"r"}
b call {"op":"who","room":"r"} => {"ok":{"count":1,"users":[{"id":"bob"}]}}



=== TEST 11: many join two rooms in one turn: each is in the list of its own
--- config eval: $::config
--- chat
o hello /ws?u=observer
x hello /ws?u=x0
y hello worker==x /ws?u=y0
repeat 19 x{i} hello worker==x /ws?u=x{i}
repeat 19 y{i} hello worker==x /ws?u=y{i}
o call {"op":"join","room":"r"} => {"ok":{"count":1}}
freeze worker-of x
repeat 19 x{i} send json {"op":"join","room":"r"}
repeat 19 y{i} send json {"op":"join","room":"s"}
x send json {"op":"join","room":"r"}
y send json {"op":"join","room":"s"}
thaw
repeat 19 x{i} until json {"ev":"joined","room":"r","users":["...",{"id":"x{i}"}]}
repeat 19 y{i} until json {"ev":"joined","room":"s","users":["...",{"id":"y{i}"}]}
x until json {"ev":"joined","room":"r","users":["...",{"id":"x0"}]}
y until json {"ev":"joined","room":"s","users":["...",{"id":"y0"}]}
o until json {"ev":"presence","count":21}
# some go while others come
freeze worker-of x
repeat 9 x{i} send json {"op":"leave","room":"r"}
repeat 19 y{i} send json {"op":"join","room":"r"}
thaw
repeat 19 y{i} until json {"ev":"joined","room":"r","users":["...",{"id":"y{i}"}]}
o until json {"ev":"presence","count":31}
y call {"op":"join","room":"r"} => {"ok":{"count":32,"users":["...",{"id":"y19"}]}}
o call {"op":"who","room":"r"} => {"ok":{"count":32,"more":false}}
y call {"op":"who","room":"s"} => {"ok":{"count":20,"more":false}}
