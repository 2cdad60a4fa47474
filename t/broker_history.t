# What was said can be read: pages both ways, their bounds, and what a room
# keeps and forgets.

use strict;
use warnings;

use lib 't/lib';
use ChatTest;

run_chat();

__DATA__

=== TEST 1: pages in both directions
--- chat
a hello /ws?name=Ann
a call {"op":"join","room":"r"} => {"ok":{"top":0,"floor":1,"messages":[],"more":false,"recovered":false}} as j
a call {"op":"history","room":"r"} => {"ok":{"top":0,"floor":1,"messages":[],"more":false,"epoch":"{j.ok.epoch}"}}
a repeat 12 call {"op":"send","room":"r","text":"m{i}"} => {"ok":{"seq":{i}}}
a story r 1 12
# the latest
a call {"op":"history","room":"r"} => {"ok":{"top":12,"floor":1,"more":false,"epoch":"{j.ok.epoch}"}}
a call {"op":"history","room":"r","limit":3} => {"ok":{"messages":[{"seq":10,"text":"m10"},{"seq":11},{"seq":12}],"more":true,"top":12,"floor":1}}
a call {"op":"history","room":"r","limit":12} => {"ok":{"messages":[{"seq":1},{"seq":2},{"seq":3},{"seq":4},{"seq":5},{"seq":6},{"seq":7},{"seq":8},{"seq":9},{"seq":10},{"seq":11},{"seq":12}],"more":false}}
a call {"op":"history","room":"r","limit":11} => {"ok":{"more":true}}
# before
a call {"op":"history","room":"r","before":10,"limit":3} => {"ok":{"messages":[{"seq":7},{"seq":8},{"seq":9}],"more":true,"top":12,"floor":1}}
a call {"op":"history","room":"r","before":4,"limit":3} => {"ok":{"messages":[{"seq":1},{"seq":2},{"seq":3}],"more":false}}
a call {"op":"history","room":"r","before":3,"limit":3} => {"ok":{"messages":[{"seq":1},{"seq":2}],"more":false}}
a call {"op":"history","room":"r","before":1} => {"ok":{"messages":[],"more":false,"top":12}}
a call {"op":"history","room":"r","before":9007199254740992,"limit":2} => {"ok":{"messages":[{"seq":11},{"seq":12}],"more":true}}
# after
a call {"op":"history","room":"r","after":0,"limit":2} => {"ok":{"messages":[{"seq":1},{"seq":2}],"more":true,"top":12}}
a call {"op":"history","room":"r","after":8,"limit":2} => {"ok":{"messages":[{"seq":9},{"seq":10}],"more":true}}
a call {"op":"history","room":"r","after":10,"limit":2} => {"ok":{"messages":[{"seq":11},{"seq":12}],"more":false}}
a call {"op":"history","room":"r","after":11,"limit":2} => {"ok":{"messages":[{"seq":12}],"more":false}}
a call {"op":"history","room":"r","after":12} => {"ok":{"messages":[],"more":false,"top":12}}
# nobody has more than there is
a call {"op":"history","room":"r","after":13} => {"error":{"code":"gone","status":410}}
errlog !~ \[error\]



=== TEST 2: J20 limits, and the largest page
--- config
    location /ws { chat; chat_guests on; chat_history_page 4; }
--- chat
a hello /ws?name=Ann
a connect /ws?name=Ann
a expect json {"ev":"welcome","limits":{"history":4},"features":["...","history"]}
a call {"op":"join","room":"r"}
a repeat 9 call {"op":"send","room":"r","text":"m{i}"}
a story r 1 9
a call {"op":"history","room":"r"} => {"ok":{"messages":[{"seq":6},{"seq":7},{"seq":8},{"seq":9}],"more":true}}
a call {"op":"history","room":"r","limit":1000000000} => {"ok":{"messages":[{"seq":6},{"seq":7},{"seq":8},{"seq":9}],"more":true}}
a call {"op":"history","room":"r","after":0,"limit":1000000000} => {"ok":{"messages":[{"seq":1},{"seq":2},{"seq":3},{"seq":4}],"more":true}}
a call {"op":"history","room":"r","limit":0} => {"ok":{"messages":[],"more":true,"top":9,"floor":1}}
a call {"op":"history","room":"r","limit":0,"after":0} => {"ok":{"messages":[],"more":true}}
a call {"op":"history","room":"r","limit":0,"after":9} => {"ok":{"messages":[],"more":false}}
a call {"op":"history","room":"r","limit":0,"before":1} => {"ok":{"messages":[],"more":false}}
a call {"op":"history","room":"r","limit":-1} => {"error":{"code":"bad_request","message":"~limit"}}
a call {"op":"history","room":"r","limit":1.5} => {"error":{"code":"bad_request","message":"~limit"}}
a call {"op":"history","room":"r","limit":"5"} => {"error":{"code":"bad_request","message":"~limit"}}
b hello worker!=a /ws?name=Bob
b call {"op":"join","room":"r","limit":1000000000} => {"ok":{"messages":[{"seq":6},{"seq":7},{"seq":8},{"seq":9}],"more":true,"floor":1}}
b call {"op":"join","room":"r","limit":2} => {"ok":{"messages":[{"seq":8},{"seq":9}],"more":true}}
b call {"op":"join","room":"r","limit":0} => {"ok":{"messages":[],"more":true,"top":9,"floor":1,"recovered":false}}
b call {"op":"join","room":"empty","limit":0} => {"ok":{"messages":[],"more":false,"top":0,"floor":1}}
b call {"op":"join","room":"r","limit":-1} => {"error":{"code":"bad_request"}}



=== TEST 3: J10 numbers that are none, J20 both directions
--- chat
a hello /ws?name=Ann
a call {"op":"join","room":"r"}
a call {"op":"send","room":"r","text":"x"}
a call {"op":"history","room":"r","before":1,"after":1} => {"error":{"code":"bad_request","message":"~before"}}
a call {"op":"history","room":"r","before":-1} => {"error":{"code":"bad_request","message":"~before"}}
a call {"op":"history","room":"r","before":0} => {"ok":{"messages":[],"more":false,"top":1}}
a call {"op":"history","room":"r","before":1.5} => {"error":{"code":"bad_request","message":"~before"}}
a call {"op":"history","room":"r","after":"0"} => {"error":{"code":"bad_request","message":"~after"}}
a call {"op":"history","room":"r","after":9007199254740993} => {"error":{"code":"bad_request","message":"~after"}}
a call {"op":"history","room":"r","after":9007199254740992} => {"error":{"code":"gone"}}
a call {"op":"history","room":"r","after":1e309} => {"error":{"code":"bad_request"}}
a call {"op":"history","room":"r","epoch":"a b"} => {"error":{"code":"bad_request","message":"~epoch"}}
a call {"op":"history"} => {"error":{"code":"bad_request","message":"~room"}}



=== TEST 4: an epoch that has passed, and rooms one is not in
--- chat
a hello /ws?name=Ann
b hello worker!=a /ws?name=Bob
a call {"op":"join","room":"r"} as j
a call {"op":"send","room":"r","text":"x"}
a call {"op":"history","room":"r","epoch":"{j.ok.epoch}","after":0} => {"ok":{"messages":[{"seq":1}],"epoch":"{j.ok.epoch}"}}
a call {"op":"history","room":"r","epoch":"{j.ok.epoch}","before":2} => {"ok":{"messages":[{"seq":1}]}}
a call {"op":"history","room":"r","epoch":"{j.ok.epoch}"} => {"ok":{"messages":[{"seq":1}]}}
a call {"op":"history","room":"r","epoch":"other","after":0} => {"error":{"code":"epoch_changed","status":409,"temporary":"!"}}
a call {"op":"history","room":"r","epoch":"other","before":2} => {"error":{"code":"epoch_changed"}}
a call {"op":"history","room":"r","epoch":"other"} => {"error":{"code":"epoch_changed"}}
b call {"op":"history","room":"r"} => {"error":{"code":"not_member","status":403}}
b call {"op":"join","room":"r"}
b call {"op":"history","room":"r"} => {"ok":{"messages":[{"seq":1}]}}
b call {"op":"leave","room":"r"}
b call {"op":"history","room":"r"} => {"error":{"code":"not_member"}}
# a room that nobody has seen is not made by asking for it
b call {"op":"history","room":"never"} => {"error":{"code":"not_member"}}
b call {"op":"join","room":"never"} => {"ok":{"top":0,"floor":1,"messages":[],"count":1}}



=== TEST 5: an element is the event itself, on each worker
--- chat
a hello /ws?name=Ann
b hello worker!=a /ws?name=Bob
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"}
a call {"op":"send","room":"r","cid":"c-1","text":"{hex c3bc}\\\"\u0041\n","meta":{ "k" : [1,2] }}
a call {"op":"send","room":"r","cid":"c-2","re":1,"text":"two"}
a until json {"ev":"message","seq":1,"meta":{"k":[1,2]}} as m1
a until json {"ev":"message","seq":2,"prev":1,"re":1} as m2
b until json {"ev":"message","seq":1} as n1
b call {"op":"history","room":"r"} => {"ok":{"messages":[{m1},{m2}]}} as h
a call {"op":"history","room":"r"} => {"ok":{"messages":[{n1},{m2}]}}
c hello worker==b /ws?name=Cid
c call {"op":"join","room":"r"} => {"ok":{"messages":[{m1},{m2}]}}
# and nothing more is in it than in the event
b until json {h.ok.messages.1}
c connect /ws?name=Cid
c send json {"op":"join","id":1,"room":"r"}
c until text~ "messages":\[\{"ev":"message","room":"r","seq":1,"prev":0,"time":\d+,"from":\{"id":"guest-\w+","name":"Ann"\},"cid":"c-1","text":"\xc3\xbc\\\\\\"A\\n","meta":\{"k":\[1,2\]\}\},\{"ev":"message","room":"r","seq":2,"prev":1,"time":\d+,"from":\{"id":"guest-\w+","name":"Ann"\},"cid":"c-2","text":"two","re":1\}\]



=== TEST 6: a page has so many bytes, and one message at least
--- config
    location /ws { chat; chat_guests on; chat_message_size 64k; }
--- chat
a hello /ws?name=Ann
b hello worker!=a /ws?name=Bob
a call {"op":"join","room":"r"}
a repeat 20 call {"op":"send","room":"r","text":"{rep 4000 {hex f09f9880}}"} => {"ok":{"seq":{i}}}
a story r 1 20
b call {"op":"join","room":"r"} => {"ok":{"messages":[{"seq":13},{"seq":14},{"seq":15},{"seq":16},{"seq":17},{"seq":18},{"seq":19},{"seq":20}],"more":true,"top":20}}
b call {"op":"history","room":"r","after":0} => {"ok":{"messages":[{"seq":1},{"seq":2},{"seq":3},{"seq":4},{"seq":5},{"seq":6},{"seq":7},{"seq":8}],"more":true}}
b call {"op":"history","room":"r","after":13} => {"ok":{"messages":["...",{"seq":14},{"seq":20}],"more":false}}
b call {"op":"history","room":"r","before":9} => {"ok":{"messages":["...",{"seq":1},{"seq":8}],"more":false}}
b call {"op":"history","room":"r","before":20,"limit":1} => {"ok":{"messages":[{"seq":19}],"more":true}}



=== TEST 7: a room keeps so many: the floor rises, and what is below is gone
--- config
    location /ws { chat; chat_guests on; chat_history 10; }
--- chat
a hello /ws?name=Ann
b hello worker!=a /ws?name=Bob
a call {"op":"join","room":"r"} as j
a repeat 250 send json {"op":"send","id":{i},"room":"r","text":"m{i}"}
a story r 1 250
b call {"op":"join","room":"r","limit":3} => {"ok":{"messages":[{"seq":248},{"seq":249},{"seq":250}],"more":true,"floor":"~^(19|2[0-4])\\d$","top":250}}
b call {"op":"history","room":"r","limit":100} => {"ok":{"floor":"~^(19|2[0-4])\\d$","more":false}} as h
b call {"op":"history","room":"r","before":{h.ok.floor}} => {"ok":{"messages":[],"more":false,"floor":{h.ok.floor}}}
b call {"op":"history","room":"r","before":{h.ok.messages.1.seq}} => {"ok":{"messages":[{"seq":{h.ok.floor}}],"more":false}}
b call {"op":"history","room":"r","after":{h.ok.floor},"limit":1} => {"ok":{"messages":[{"seq":{h.ok.messages.1.seq}}]}}
# the floor's own predecessor is known by the floor's "prev"
b call {"op":"history","room":"r","after":{h.ok.messages.0.prev},"limit":1} => {"ok":{"messages":[{"seq":{h.ok.floor}}]}}
b call {"op":"history","room":"r","after":100} => {"error":{"code":"gone","status":410,"temporary":"!"}}
b call {"op":"history","room":"r","after":0} => {"error":{"code":"gone"}}
c hello worker!=a /ws?name=Cid
c call {"op":"join","room":"r","after":{h.ok.messages.0.prev},"epoch":"{j.ok.epoch}","limit":2} => {"ok":{"recovered":true,"more":true,"messages":[{"seq":{h.ok.floor}},{"seq":{h.ok.messages.1.seq}}]}}
c call {"op":"join","room":"r","after":100,"epoch":"{j.ok.epoch}","limit":2} => {"ok":{"recovered":false,"more":true,"messages":[{"seq":249},{"seq":250}]}}



=== TEST 8: a room forgets after so long, also when nobody says a word
--- config
    location /ws { chat; chat_guests on; chat_history 10000 4s; }
--- chat
a hello /ws?name=Ann
b hello worker!=a /ws?name=Bob
a call {"op":"join","room":"r"} as j
a repeat 600 send json {"op":"send","room":"r","text":"m{i}"}
a story r 1 600
a call {"op":"history","room":"r","after":0,"limit":1} => {"ok":{"messages":[{"seq":1}],"floor":1,"more":true}}
sleep 2.2
a call {"op":"send","room":"r","text":"601"}
sleep 2.2
b call {"op":"join","room":"r"} => {"ok":{"messages":[{"seq":601}],"floor":601,"top":601,"more":false}}
a call {"op":"history","room":"r","after":599} => {"error":{"code":"gone"}}
a call {"op":"history","room":"r","after":600} => {"ok":{"messages":[{"seq":601}],"more":false}}
sleep 2.4
a call {"op":"history","room":"r"} => {"ok":{"messages":[],"floor":602,"top":601,"more":false}}
b call {"op":"join","room":"r"} => {"ok":{"messages":[],"floor":602,"top":601,"more":false}}
c hello worker==b /ws?name=Cid
c call {"op":"join","room":"r","after":601,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true,"messages":[],"more":false}}
c call {"op":"join","room":"r","after":600,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":false,"messages":[],"more":false}}
a call {"op":"send","room":"r","text":"602"} => {"ok":{"seq":602,"epoch":"{j.ok.epoch}"}}
a story r 601 602
b story r 602 602
c call {"op":"history","room":"r"} => {"ok":{"messages":[{"seq":602,"prev":601}],"floor":602}}



=== TEST 9: nothing is kept where nothing shall be
--- config
    location /ws { chat; chat_guests on; chat_history off; }
--- chat
a connect /ws?name=Ann
a expect json {"ev":"welcome","limits":{"history":"!"},"features":["typing","presence"]}
b hello worker!=a /ws?name=Bob
a call {"op":"join","room":"r"} as j
b call {"op":"join","room":"r"}
a call {"op":"send","room":"r","text":"x","cid":"c"} => {"ok":{"seq":1}}
a call {"op":"send","room":"r","text":"x","cid":"c"} => {"ok":{"seq":1,"dup":true}}
a call {"op":"send","room":"r","text":"y"} => {"ok":{"seq":2}}
a story r 1 2
b story r 1 2
a call {"op":"history","room":"r"} => {"ok":{"messages":[],"more":false,"top":2,"floor":3}}
a call {"op":"history","room":"r","before":2} => {"ok":{"messages":[],"more":false}}
a call {"op":"history","room":"r","after":2} => {"ok":{"messages":[],"more":false}}
a call {"op":"history","room":"r","after":1} => {"error":{"code":"gone"}}
c hello worker==b /ws?name=Cid
c call {"op":"join","room":"r"} => {"ok":{"messages":[],"more":false,"top":2,"floor":3,"recovered":false}}
c call {"op":"join","room":"r","after":2,"epoch":"{j.ok.epoch}"} => {"ok":{"messages":[],"recovered":true}}
c call {"op":"join","room":"r","after":1,"epoch":"{j.ok.epoch}"} => {"ok":{"messages":[],"recovered":false}}



=== TEST 10: without a log nobody who comes makes others miss anything
--- config
    location /ws { chat; chat_guests on; chat_history off; chat_limit off; }
--- chat
a hello /ws?name=Ann
b hello worker!=a /ws?name=Bob
repeat 8 c{i} hello worker!=a /ws?name=C{i}
a call {"op":"join","room":"r","presence":false}
b call {"op":"join","room":"r","presence":false}
a repeat 500 send json {"op":"send","room":"r","text":"m{i}"}
repeat 8 c{i} send json {"op":"join","id":9001,"room":"r"}
a repeat 500 send json {"op":"send","room":"r","text":"m{i}"}
repeat 8 c{i} send json {"op":"join","id":9002,"room":"r"}
a repeat 500 send json {"op":"send","room":"r","text":"m{i}"}
repeat 8 c{i} send json {"op":"join","id":9003,"room":"r"}
a repeat 500 send json {"op":"send","room":"r","text":"m{i}"}
a story r 1 2000
b story r 1 2000



=== TEST 11: raw rooms keep nothing
--- config
    location /raw { chat; chat_guests on; chat_format raw; chat_room r; }
    location /ws  { chat; chat_guests on; }
--- chat
a connect /raw
b connect worker!=a /raw
# both are in when they hear themselves
a send text a
a until text a
b send text b
b until text b
a until text b
a send text hello
a expect text hello
b expect text hello
# the room of the same name is another one
c hello /ws?name=Cid
c call {"op":"join","room":"r"} => {"ok":{"top":0,"messages":[]}}



=== TEST 12: pages of a log into which others write
--- config
    location /ws { chat; chat_guests on; chat_limit off; }
--- chat
a hello /ws?name=Ann
b hello worker!=a /ws?name=Bob
a call {"op":"join","room":"r","presence":false} as j
b call {"op":"join","room":"r","presence":false}
a repeat 100 send json {"op":"send","room":"r","text":"m{i}"}
a story r 1 100
b story r 1 100
a repeat 100 send json {"op":"send","room":"r","text":"n{i}"}
b repeat 10 call {"op":"history","room":"r","before":51,"limit":3} => {"ok":{"messages":[{"seq":48},{"seq":49},{"seq":50}],"more":true,"floor":1}}
b repeat 10 call {"op":"history","room":"r","after":50,"limit":3} => {"ok":{"messages":[{"seq":51,"prev":50},{"seq":52,"prev":51},{"seq":53}],"more":true,"epoch":"{j.ok.epoch}"}}
a repeat 100 send json {"op":"send","room":"r","text":"o{i}"}
b repeat 10 call {"op":"history","room":"r","limit":2} => {"ok":{"messages":[{"seq":*},{"seq":*}],"more":true}}
a story r 101 300
b story r 101 300
b call {"op":"history","room":"r","before":300,"limit":100} => {"ok":{"messages":["...",{"seq":200},{"seq":299,"prev":298,"text":"o99"}],"more":true,"top":300}}
b call {"op":"history","room":"r","after":299} => {"ok":{"messages":[{"seq":300,"prev":299,"text":"o100"}],"more":false}}



=== TEST 13: what one room keeps is not what another one loses
--- config
    chat_guests on;
    chat_limit off;
    location /ws { chat; }
    location /few { chat; chat_history 3; }
    location /raw { chat; chat_format raw; chat_room w; }
--- chat
a hello /ws?name=Ann
b hello worker!=a /few?name=Bob
c connect /raw
a call {"op":"join","room":"r","presence":false}
b call {"op":"join","room":"s","presence":false}
a repeat 50 call {"op":"send","room":"r","text":"m{i}"}
b repeat 300 send json {"op":"send","room":"s","text":"m{i}"}
c repeat 300 send text {rep 500 x}{i}
b story s 1 300
repeat 300 c expect~ ^x{500}{i}$
a story r 1 50
b call {"op":"history","room":"s","limit":2} => {"ok":{"messages":[{"seq":299},{"seq":300}],"top":300}}
a call {"op":"history","room":"r","after":0,"limit":100} => {"ok":{"floor":1,"more":false,"messages":["...",{"seq":1,"text":"m1"},{"seq":50}]}}
