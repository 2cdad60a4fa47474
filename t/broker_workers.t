# Several workers, of which some are killed, stand still or are replaced while
# their clients talk: nothing acknowledged is lost, one order for all, and the
# lists of who is there are right afterwards.
# not run on partial: nothing here is cut into pieces

use strict;
use warnings;

use lib 't/lib';
use ChatTest;

# who was in hears on: the old workers drain for longer than a test speaks
our $long = <<'_EOC_';
    chat_user $arg_u;
    chat_drain_time 3s;
    chat_limit off;
    location /ws { chat; }
_EOC_

our $config = <<'_EOC_';
    chat_user $arg_u;
    chat_drain_time 300ms;
    chat_ping_interval 50s;
    chat_limit off;
    location /ws { chat; chat_leave_delay 3s; }
    location /soon { chat; chat_leave_delay 0; }
_EOC_

run_chat();

__DATA__

=== TEST 1: P6 S3 a killed worker's users go within 2 s, and may come back
--- config eval: $::config
--- chat
a hello /soon?u=ann
b hello worker!=a /soon?u=bob
c hello worker!=a /soon?u=ann
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"} => {"ok":{"count":2}}
c call {"op":"join","room":"r"} => {"ok":{"count":2}}
a until json {"ev":"presence","count":2}
kill worker-of b
within 2 a until json {"ev":"presence","join":[],"leave":["bob"],"count":1}
a call {"op":"who","room":"r"} => {"ok":{"count":1,"users":[{"id":"ann"}]}}
# the new worker serves the room as the old one did
b hello worker!=a /soon?u=bob
b call {"op":"join","room":"r"} => {"ok":{"count":2,"users":[{"id":"ann"},{"id":"bob"}]}}
a until json {"ev":"presence","join":[{"id":"bob"}],"leave":[],"count":2}
b call {"op":"send","room":"r","text":"back"}
a until json {"ev":"message","text":"back"}



=== TEST 2: S3 a worker dies that alone had the room: who comes next finds nobody
--- config eval: $::config
--- chat
a hello /soon?u=ann
b hello worker!=a /soon?u=bob
b call {"op":"join","room":"r"} => {"ok":{"count":1}}
kill worker-of b
# nobody here hears of the death in that room
sleep 0.5
a call {"op":"join","room":"r"}
soon a call {"op":"who","room":"r"} => {"ok":{"count":1,"users":[{"id":"ann"}]}}
a call {"op":"leave","room":"r"}
a call {"op":"join","room":"r"} => {"ok":{"count":1,"users":[{"id":"ann"}]}}



=== TEST 3: S3 many rooms, each with users of the dead
--- config eval: $::config
--- chat
a hello /soon?u=ann
b hello worker!=a /soon?u=bob
repeat 100 a call {"op":"join","room":"r{i}","presence":false}
repeat 100 b call {"op":"join","room":"r{i}"}
a call {"op":"who","room":"r100"} => {"ok":{"count":2}}
kill worker-of b
repeat 100 soon a call {"op":"who","room":"r{i}"} => {"ok":{"count":1}}



=== TEST 4: P6 S3 many users of one room die at once
--- config eval: $::config
--- chat
a hello /soon?u=ann
a call {"op":"join","room":"r"}
b hello worker!=a /soon?u=bob&room=r
repeat 60 c{i} hello worker==b /soon?u=u{i}&room=r
repeat 5 d{i} hello worker==a /soon?u=u{i}&room=r
a call {"op":"who","room":"r"} => {"ok":{"count":62}}
a until json {"ev":"presence","count":62}
kill worker-of b
# those who are there through another worker stay
within 3 a until json {"ev":"presence","count":6}
a call {"op":"who","room":"r"} => {"ok":{"count":6,"users":[{"id":"ann"},{"id":"u1"},{"id":"u2"},{"id":"u3"},{"id":"u4"},{"id":"u5"}]}}
a silent 1.2



=== TEST 5: P1 P4 S3 one of four workers is killed while all speak
--- workers: 4
--- config eval: $::config
--- chat
a hello /soon?u=ann
b hello worker!=a /soon?u=bob
c hello worker!=a,b /soon?u=cat
d hello worker!=a,b,c /soon?u=dan
a call {"op":"join","room":"r","presence":false} as j
b call {"op":"join","room":"r","presence":false}
c call {"op":"join","room":"r","presence":false}
d call {"op":"join","room":"r","presence":false}
repeat 20 b call {"op":"send","room":"r","cid":"b{i}","text":"b{i}"} => {"ok":{"seq":{i},"prev":"!"}}
a repeat 50 send json {"op":"send","id":{i}001,"room":"r","text":"a{i}"}
b repeat 50 send json {"op":"send","room":"r","cid":"x{i}","text":"x{i}"}
c repeat 50 send json {"op":"send","id":{i}001,"room":"r","text":"c{i}"}
kill worker-of b
d repeat 50 send json {"op":"send","id":{i}001,"room":"r","text":"d{i}"}
b drop
repeat 50 a find json {"id":{i}001,"ok":{"epoch":"{j.ok.epoch}"}}
repeat 50 c find json {"id":{i}001,"ok":{"epoch":"{j.ok.epoch}"}}
repeat 50 d find json {"id":{i}001,"ok":{"epoch":"{j.ok.epoch}"}}
# what was acknowledged is stored, the rest is brought by the repetition
b hello worker!=a /soon?u=bob
b call {"op":"join","room":"r","presence":false,"after":0,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true,"epoch":"{j.ok.epoch}"}}
repeat 20 b call {"op":"send","room":"r","cid":"b{i}","text":"b{i}"} => {"ok":{"seq":{i},"dup":true}}
repeat 50 b call {"op":"send","room":"r","cid":"x{i}","text":"x{i}"}
a call {"op":"send","room":"r","text":"last"} => {"ok":{"seq":221}}
# one order for all, and each sender's own
a story r 1 221
c story r 1 221
d story r 1 221
b call {"op":"history","room":"r","after":0,"limit":100} => {"ok":{"more":true,"messages":["...",{"seq":1,"text":"b1"},{"seq":20,"text":"b20"},{"seq":100}]}}
b call {"op":"history","room":"r","after":200,"limit":100} => {"ok":{"more":false,"top":221,"messages":["...",{"seq":201},{"seq":221,"prev":220,"text":"last"}]}}



=== TEST 6: P4 four workers, a sender on each, a listener on each: one order
--- workers: 4
--- config eval: $::config
--- chat
a hello /soon?u=ann
b hello worker!=a /soon?u=bob
c hello worker!=a,b /soon?u=cat
d hello worker!=a,b,c /soon?u=dan
e hello worker==a /soon?u=eve
f hello worker==d /soon?u=fay
a call {"op":"join","room":"r","presence":false} as j
b call {"op":"join","room":"r","presence":false}
c call {"op":"join","room":"r","presence":false}
d call {"op":"join","room":"r","presence":false}
e call {"op":"join","room":"r","presence":false}
f call {"op":"join","room":"r","presence":false}
a repeat 60 send json {"op":"send","room":"r","text":"a{i}"}
b repeat 60 send json {"op":"send","room":"r","text":"b{i}"}
c repeat 60 send json {"op":"send","room":"r","text":"c{i}"}
d repeat 60 send json {"op":"send","room":"r","text":"d{i}"}
repeat 240 a find json {"ev":"message","seq":{i},"prev":*} as m{i}
repeat 240 b until json {"ev":"message","seq":{i},"prev":{m{i}.prev},"cid":"{m{i}.cid}","time":{m{i}.time}}
repeat 240 c until json {"ev":"message","seq":{i},"prev":{m{i}.prev},"cid":"{m{i}.cid}","time":{m{i}.time}}
d story r 1 240
repeat 60 e until json {"ev":"message","text":"b{i}"}
repeat 60 f until json {"ev":"message","text":"c{i}"}



=== TEST 7: P2 S12 a worker stands still for a while: its clients miss nothing
--- config eval: $::config
--- chat
a hello /soon?u=ann
b hello worker!=a /soon?u=bob
c hello worker==b /soon?u=cat
a call {"op":"join","room":"r","presence":false} as j
b call {"op":"join","room":"r","presence":false}
a call {"op":"send","room":"r","text":"m1"}
freeze worker-of b
a repeat 400 send json {"op":"send","room":"r","text":"m{i}"}
b send json {"op":"send","id":901,"room":"r","text":"b"}
c send json {"op":"join","id":901,"room":"r","presence":false,"after":1,"epoch":"{j.ok.epoch}","limit":1000}
a story r 1 401
sleep 1
a call {"op":"send","room":"r","text":"m402"} => {"ok":{"seq":402}}
thaw
b find json {"id":901,"ok":{"seq":403}}
b story r 1 403
c find json {"id":901,"ok":{"recovered":true}}
a call {"op":"send","room":"r","text":"m404"} => {"ok":{"seq":404}}
b story r 404 404
c find json {"ev":"message","seq":404,"prev":403}
a story r 402 404
# nobody took it for dead
a call {"op":"who","room":"r"} => {"ok":{"count":3}}
errlog !~ \[(?:warn|error)\]



=== TEST 8: S12 a worker that stands still holds up nobody else
--- config eval: $::config
--- chat
a hello /soon?u=ann
b hello worker!=a /soon?u=bob
c hello worker==a /soon?u=cat
a call {"op":"join","room":"r","presence":false}
b call {"op":"join","room":"r","presence":false}
freeze worker-of b
c call {"op":"join","room":"r","presence":false} => {"ok":{"count":3}}
within 1 a call {"op":"send","room":"r","text":"one"} => {"ok":{"seq":1}}
within 1 c find json {"ev":"message","seq":1}
within 1 a call {"op":"join","room":"s"} => {"ok":{"count":1}}
within 1 a call {"op":"history","room":"r"} => {"ok":{"messages":[{"text":"one"}]}}
within 1 a call {"op":"leave","room":"s"}
thaw
b story r 1 1



=== TEST 9: S7 reload: both generations are in the same rooms
--- config eval: $::long
--- chat
a hello /ws?u=ann
b hello worker!=a /ws?u=bob
a call {"op":"join","room":"r"} as j
b call {"op":"join","room":"r"}
a call {"op":"send","room":"r","cid":"c1","text":"m1"}
a find json {"ev":"presence","count":2}
reload
c hello /ws?u=cat
d hello worker!=c /ws?u=dan
c call {"op":"join","room":"r","after":0,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true,"messages":[{"text":"m1"}],"count":3}}
d call {"op":"join","room":"r","after":1,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true,"messages":[],"users":[{"id":"ann"},{"id":"bob"},{"id":"cat"},{"id":"dan"}]}}
a call {"op":"send","room":"r","text":"m2"} => {"ok":{"seq":2}}
c call {"op":"send","room":"r","text":"m3"} => {"ok":{"seq":3,"epoch":"{j.ok.epoch}"}}
b call {"op":"send","room":"r","text":"m4"} => {"ok":{"seq":4}}
b story r 1 4
a story r 1 4
c story r 2 4
d story r 2 4
# an old worker's user comes back to a new one, which is no news
a drop
a hello /ws?u=ann
a call {"op":"join","room":"r","after":4,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true,"messages":[]}}
a call {"op":"send","room":"r","cid":"c1","text":"m1"} => {"ok":{"seq":1,"dup":true}}
b until close 4200
b drop
within 3 c until json {"ev":"presence","leave":["bob"],"count":3}
c call {"op":"who","room":"r"} => {"ok":{"count":3,"users":[{"id":"ann"},{"id":"cat"},{"id":"dan"}]}}
a call {"op":"send","room":"r","text":"m5"} => {"ok":{"seq":5}}
a story r 5 5
c story r 5 5
d story r 5 5



=== TEST 10: S9 reload after reload, while one speaks and all resume
--- config
    chat_user $arg_u;
    chat_drain_time 200ms;
    chat_limit off;
    location /ws { chat; }
--- chat
a hello /ws?u=ann
a call {"op":"join","room":"r","presence":false} as j
a repeat 20 call {"op":"send","room":"r","cid":"a{i}","text":"a{i}"}
reload
a until close 4200
b hello /ws?u=bob
a hello worker!=b /ws?u=ann
b call {"op":"join","room":"r","after":0,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true,"epoch":"{j.ok.epoch}","top":20}}
a call {"op":"join","room":"r","presence":false,"after":20,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true,"messages":[]}}
a repeat 20 send json {"op":"send","room":"r","cid":"b{i}","text":"b{i}"}
reload
reload
a drop
b until close 4200
a hello /ws?u=ann
b hello worker!=a /ws?u=bob
a call {"op":"join","room":"r","presence":false,"after":20,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true,"epoch":"{j.ok.epoch}"}}
# some may have gone with their worker: none of them twice
repeat 20 a call {"op":"send","room":"r","cid":"b{i}","text":"b{i}"}
repeat 20 a call {"op":"send","room":"r","cid":"a{i}","text":"a{i}"} => {"ok":{"seq":{i},"dup":true}}
b call {"op":"join","room":"r","after":0,"epoch":"{j.ok.epoch}","limit":100} => {"ok":{"recovered":true,"top":40,"more":false,"messages":["...",{"seq":1,"text":"a1"},{"seq":40,"prev":39}]}}
b call {"op":"who","room":"r"} => {"ok":{"count":2}}



=== TEST 11: S7 more workers, and fewer again: numbers and history go on
--- workers: 1
--- config
    chat_user $arg_u;
    chat_drain_time 300ms;
    location /ws { chat; }
--- chat
a hello /ws?u=ann
a call {"op":"join","room":"r"} as j
a call {"op":"send","room":"r","text":"m1"}
reload 4
a until close 4200
a hello /ws?u=ann
b hello worker!=a /ws?u=bob
c hello worker!=a,b /ws?u=cat
a call {"op":"join","room":"r","after":1,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true,"messages":[]}}
b call {"op":"join","room":"r","after":0,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true,"messages":[{"text":"m1"}]}}
c call {"op":"join","room":"r"} => {"ok":{"count":3}}
c call {"op":"send","room":"r","text":"m2"} => {"ok":{"seq":2}}
a story r 2 2
b story r 2 2
reload 1
a until close 4200
b until close 4200
c until close 4200
c hello /ws?u=cat
c call {"op":"join","room":"r","after":1,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true,"messages":[{"text":"m2"}],"epoch":"{j.ok.epoch}"}}
soon c call {"op":"who","room":"r"} => {"ok":{"count":1,"users":[{"id":"cat"}]}}
c call {"op":"send","room":"r","text":"m3"} => {"ok":{"seq":3}}
c story r 3 3



=== TEST 12: S3 workers are killed again and again
--- config eval: $::config
--- chat
a hello /soon?u=ann
a call {"op":"join","room":"r"} as j
b hello worker!=a /soon?u=bob&room=r
repeat 10 a call {"op":"send","room":"r","cid":"a{i}","text":"a{i}"}
kill worker-of b
b hello worker!=a /soon?u=bob&room=r
repeat 10 b call {"op":"send","room":"r","cid":"b{i}","text":"b{i}"}
kill worker-of b
kill worker-of a
a hello /soon?u=ann
a call {"op":"join","room":"r","after":0,"epoch":"{j.ok.epoch}","limit":100} => {"ok":{"recovered":true,"top":20,"messages":["...",{"seq":1,"text":"a1"},{"seq":20,"text":"b10"}]}}
kill worker-of a
a hello /soon?u=ann
a call {"op":"join","room":"r","after":10,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true,"top":20,"epoch":"{j.ok.epoch}"}}
repeat 10 a call {"op":"send","room":"r","cid":"a{i}","text":"a{i}"} => {"ok":{"seq":{i},"dup":true}}
a call {"op":"send","room":"r","text":"last"} => {"ok":{"seq":21}}
# bob died with his last worker
soon a call {"op":"who","room":"r"} => {"ok":{"count":1,"users":[{"id":"ann"}]}}



=== TEST 13: a binary upgrade: the store is elsewhere, so all goes on
--- store: redis
--- config eval: $::config
--- chat
a hello /ws?u=ann
a call {"op":"join","room":"r"} as j
a call {"op":"send","room":"r","cid":"c","text":"m1"}
upgrade
a until close 4200
a drop
gone 5
a hello /ws?u=ann
a call {"op":"join","room":"r","after":0,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true,"messages":[{"text":"m1"}],"epoch":"{j.ok.epoch}"}}
a call {"op":"send","room":"r","cid":"c","text":"m1"} => {"ok":{"seq":1,"dup":true}}



=== TEST 14: a binary upgrade: the store is nginx, so it begins anew, and tells
--- store: shm
--- config eval: $::long
--- chat
a hello /ws?u=ann
b hello worker!=a /ws?u=bob
a call {"op":"join","room":"r"} as j
b call {"op":"join","room":"r"}
a call {"op":"send","room":"r","cid":"c","text":"m1"}
upgrade
# who is still there speaks to each other
a call {"op":"send","room":"r","text":"m2"} => {"ok":{"seq":2,"epoch":"{j.ok.epoch}"}}
b story r 1 2
a until close 4200
b until close 4200
a drop
b drop
gone 5
a hello /ws?u=ann
a call {"op":"join","room":"r","after":2,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":false,"messages":[],"top":0,"floor":1,"count":1,"epoch":"~^(?!{j.ok.epoch}$)"}}
a call {"op":"send","room":"r","cid":"c","text":"m1"} => {"ok":{"seq":1,"dup":"!"}}
a call {"op":"history","room":"r","epoch":"{j.ok.epoch}"} => {"error":{"code":"epoch_changed"}}
