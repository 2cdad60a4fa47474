# Who comes, goes, speaks or is sent away while Redis does not answer.
# not run on partial: it is about time and order

use strict;
use warnings;

use lib 't/lib';
use ChatTest;

our $config = <<'_EOC_';
    chat_guests on;
    chat_drain_time 300ms;
    location /ws { chat; }
    location /raw { chat; chat_format raw; chat_room a; }
_EOC_

run_chat();

__DATA__

=== TEST 1: two come back at once, and a third while they do
--- chat
a hello /ws?name=Ann
a call {"op":"join","room":"r"} as j
b hello worker!=a /ws?name=Bob
c hello worker==b /ws?name=Cid
d hello worker==b /ws?name=Dan
a repeat 40 call {"op":"send","room":"r","text":"m{i}"}
redis pause
b send json {"op":"join","id":901,"room":"r","after":10,"epoch":"{j.ok.epoch}"}
c send json {"op":"join","id":901,"room":"r","after":30,"epoch":"{j.ok.epoch}"}
a send json {"op":"send","room":"r","text":"m41"}
d send json {"op":"join","id":901,"room":"r","limit":3}
sleep 0.1
redis resume
a call {"op":"send","room":"r","text":"m42"} => {"ok":{"seq":42}}
b story r 11 42
c story r 31 42
d story r * 42



=== TEST 2: J30 who goes in the midst of it leaves nothing behind
--- chat
a hello /ws?name=Ann
a call {"op":"join","room":"r","presence":false} as j
a repeat 5 call {"op":"send","room":"r","text":"m{i}"}
b hello worker!=a /ws?name=Bob
repeat 12 c{i} hello worker==b /ws?name=C{i}
redis pause
repeat 12 c{i} send json {"op":"join","id":901,"room":"r","after":1,"epoch":"{j.ok.epoch}"}
b send json {"op":"join","id":901,"room":"r"}
repeat 4 c{i} reset
sleep 0.2
redis resume
repeat 8 c{i} open
b find json {"id":901,"ok":{"messages":["...",{"seq":1},{"seq":5}]}}
a call {"op":"send","room":"r","text":"m6"} => {"ok":{"seq":6}}
b story r 6 6
c12 story r 2 6
# all of a room's members of a worker
redis pause
a send json {"op":"send","room":"r","text":"m7"}
b send json {"op":"join","id":902,"room":"r"}
b send json {"op":"leave","id":903,"room":"r"}
repeat 12 c{i} drop
sleep 0.1
redis resume
b find json {"id":903,"ok":{}}
b call {"op":"join","room":"r","after":6,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true,"messages":[{"seq":7}]}}
# and those of a room that heals
redis cli CLIENT KILL TYPE pubsub
redis pause
b send json {"op":"leave","room":"r"}
sleep 0.3
redis resume
b insist {"op":"join","room":"r","after":6,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true,"messages":[{"seq":7}]}}
a insist {"op":"send","room":"r","text":"m8"} => {"ok":{"seq":8}}
b until json {"ev":"message","seq":8,"prev":7}
a story r 1 8



=== TEST 3: C10 a close while a message is on its way to redis
--- config eval: $::config
--- chat
b connect /raw
b send ping in
b expect pong in
a connect worker!=b /raw
a send text in
a expect text in
b expect text in
redis pause
a send text the last word
a close 1000
a expect close 1000
a expect eof
sleep 0.2
redis resume
b expect text the last word
b send text still here
b expect text still here



=== TEST 4: C10 a connection lost while a message is on its way to redis
--- config eval: $::config
--- chat
b connect /raw
b send ping in
b expect pong in
a connect worker!=b /raw
a send text in
a expect text in
b expect text in
redis pause
a send text the last word
sleep 0.1
a reset
sleep 0.1
redis resume
b expect text the last word
b send text still here
b expect text still here



=== TEST 5: a drain waits for the answers of the store
--- config eval: $::config
--- chat
a hello /ws?room=r
a until json {"ev":"joined"}
b connect /raw
b send ping in
b expect pong in
redis pause
# what they say has a deadline of 2 s: new workers are not waited for
a send json {"op":"send","id":50,"room":"r","text":"x"}
b send text y
signal HUP
a until json {"ev":"drain"}
a silent 0.5
redis resume
a until json {"id":50,"ok":{"seq":1}}
a until close 4200
b until close 1012
