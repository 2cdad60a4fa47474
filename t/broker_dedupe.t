# J8: a send repeated with its cid makes no second message.

use strict;
use warnings;

use lib 't/lib';
use ChatTest;

run_chat();

__DATA__

=== TEST 1: J8 the same again: the first one's answer, and nothing is heard
--- chat
a hello /ws?name=Ann
b hello worker!=a /ws?name=Bob
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"}
a call {"op":"send","room":"r","cid":"c","text":"x"} => {"ok":{"seq":1,"dup":"!"}} as s
a call {"op":"send","room":"r","cid":"c","text":"x"} => {"ok":{"seq":1,"time":{s.ok.time},"epoch":"{s.ok.epoch}","dup":true}}
a send json {"op":"send","room":"r","cid":"c","text":"x"}
# several at once, and one that is new among them
a send json {"op":"send","id":901,"room":"r","cid":"d","text":"y"}
a send json {"op":"send","id":902,"room":"r","cid":"d","text":"y"}
a send json {"op":"send","id":903,"room":"r","cid":"c","text":"x"}
a send json {"op":"send","id":904,"room":"r","cid":"d","text":"y"}
a find json {"id":901,"ok":{"seq":2,"dup":"!"}}
a find json {"id":902,"ok":{"seq":2,"dup":true}}
a find json {"id":903,"ok":{"seq":1,"time":{s.ok.time},"dup":true}}
a find json {"id":904,"ok":{"seq":2,"dup":true}}
a call {"op":"send","room":"r","text":"last"} => {"ok":{"seq":3}}
a story r 1 3
b story r 1 3
a call {"op":"history","room":"r"} => {"ok":{"messages":[{"cid":"c"},{"cid":"d"},{"text":"last"}],"top":3}}
# sealed: what the server is not to read is repeated and kept like a text
a call {"op":"send","room":"r","cid":"e","enc":"chat-e2e/1","data":"AAEC-_"} => {"ok":{"seq":4,"dup":"!"}}
a call {"op":"send","room":"r","cid":"e","enc":"chat-e2e/1","data":"AAEC-_"} => {"ok":{"seq":4,"dup":true}}
a call {"op":"send","room":"r","cid":"e","enc":"chat-e2e/1","data":"AAEC-A"} => {"error":{"code":"cid_reused"}}
a call {"op":"send","room":"r","cid":"e","enc":"chat-e2e/2","data":"AAEC-_"} => {"error":{"code":"cid_reused"}}
a call {"op":"send","room":"r","cid":"e","text":"AAEC-_"} => {"error":{"code":"cid_reused"}}
b until json {"ev":"message","seq":4,"cid":"e","enc":"chat-e2e/1","data":"AAEC-_","text":"!"}
a call {"op":"history","room":"r","after":3} => {"ok":{"messages":[{"enc":"chat-e2e/1","data":"AAEC-_","text":"!"}],"top":4}}
a call {"op":"send","room":"r","data":"AAEC"} => {"error":{"code":"bad_request"}}



=== TEST 2: J8 other content is another message: refused
--- chat
a hello /ws?name=Ann
b hello worker!=a /ws?name=Bob
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"}
a call {"op":"send","room":"r","cid":"c","text":"x","re":7,"meta":{"k":1}} => {"ok":{"seq":1}}
a call {"op":"send","room":"r","cid":"c","text":"y","re":7,"meta":{"k":1}} => {"error":{"code":"cid_reused","status":422,"temporary":"!"}}
a call {"op":"send","room":"r","cid":"c","text":"x","re":8,"meta":{"k":1}} => {"error":{"code":"cid_reused"}}
a call {"op":"send","room":"r","cid":"c","text":"x","meta":{"k":1}} => {"error":{"code":"cid_reused"}}
a call {"op":"send","room":"r","cid":"c","text":"x","re":7,"meta":{"k":2}} => {"error":{"code":"cid_reused"}}
a call {"op":"send","room":"r","cid":"c","text":"x","re":7} => {"error":{"code":"cid_reused"}}
# what is meta is not text
a call {"op":"send","room":"r","cid":"c","text":"{\"k\":1}x","re":7} => {"error":{"code":"cid_reused"}}
# what is ignored is no content, nor is the way it is written
a call {"op":"send","room":"r","cid":"c","text":"\u0078","re":7,"meta":{ "k": 1 },"other":5} => {"ok":{"seq":1,"dup":true}}
a call {"op":"send","room":"r","text":"last"} => {"ok":{"seq":2}}
a story r 1 2
b story r 1 2



=== TEST 3: J8 a cid belongs to a user and a room
--- config
    location /ws { chat; chat_user $arg_user; }
--- chat
a hello /ws?user=ann
b hello worker!=a /ws?user=bob
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"}
a call {"op":"join","room":"s"}
a call {"op":"send","room":"r","cid":"c","text":"x"} => {"ok":{"seq":1}} as s
# nobody swallows another's message, or finds out about it
b call {"op":"send","room":"r","cid":"c","text":"x"} => {"ok":{"seq":2,"dup":"!"}}
b call {"op":"send","room":"r","cid":"c","text":"other"} => {"error":{"code":"cid_reused"}}
a call {"op":"send","room":"s","cid":"c","text":"x"} => {"ok":{"seq":1,"dup":"!"}}
a call {"op":"send","room":"s","cid":"c","text":"x"} => {"ok":{"seq":1,"dup":true}}
# another connection of the same user, on another worker: the same message
c hello worker==b /ws?user=ann
c call {"op":"join","room":"r"} => {"ok":{"top":2}}
c call {"op":"send","room":"r","cid":"c","text":"x"} => {"ok":{"seq":1,"time":{s.ok.time},"dup":true}}
a story r 1 2
b story r 1 2
c call {"op":"send","room":"r","cid":"c2","text":"x"} => {"ok":{"seq":3}}
a story r 3 3



=== TEST 4: a user's id and a cid are not mistaken for one another
--- config
    location /ws { chat; chat_user $arg_user; }
--- chat
a hello /ws?user=a:b
b hello worker!=a /ws?user=a
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"}
a call {"op":"send","room":"r","cid":"c","text":"x"} => {"ok":{"seq":1}}
b call {"op":"send","room":"r","cid":"b","text":"x"} => {"ok":{"seq":2,"dup":"!"}}
b call {"op":"send","room":"r","cid":"b:c","text":"x"} => {"error":{"code":"bad_request"}}
b call {"op":"send","room":"r","cid":"c","text":"x"} => {"ok":{"seq":3,"dup":"!"}}



=== TEST 5: J8 cids that are none, and the longest
--- chat
a hello /ws?name=Ann
a call {"op":"join","room":"r"}
a call {"op":"send","room":"r","cid":"","text":"x"} => {"error":{"code":"bad_request","message":"~cid"}}
a call {"op":"send","room":"r","cid":"{rep 65 c}","text":"x"} => {"error":{"code":"bad_request","message":"~cid"}}
a call {"op":"send","room":"r","cid":"{hex c3bc}","text":"x"} => {"error":{"code":"bad_request","message":"~cid"}}
a call {"op":"send","room":"r","cid":7,"text":"x"} => {"error":{"code":"bad_request","message":"~cid"}}
a call {"op":"send","room":"r","cid":"{rep 64 c}","text":"x"} => {"ok":{"seq":1}}
a call {"op":"send","room":"r","cid":"{rep 64 c}","text":"x"} => {"ok":{"seq":1,"dup":true}}
a call {"op":"send","room":"r","cid":"{rep 63 c}","text":"x"} => {"ok":{"seq":2,"dup":"!"}}
a call {"op":"send","room":"r","cid":"C","text":"x"} => {"ok":{"seq":3}}
a call {"op":"send","room":"r","cid":"c","text":"x"} => {"ok":{"seq":4,"dup":"!"}}



=== TEST 6: without a cid each send is a message of its own
--- chat
a hello /ws?name=Ann
a call {"op":"join","room":"r"}
a repeat 5 call {"op":"send","room":"r","text":"x"} => {"ok":{"seq":{i},"dup":"!"}}
a story r 1 5
# the cid that the server makes is no key to it
a call {"op":"history","room":"r","limit":1} => {"ok":{"messages":[{"seq":5,"cid":*}]}} as h
a call {"op":"send","room":"r","cid":"{h.ok.messages.0.cid}","text":"x"} => {"ok":{"seq":6,"dup":"!"}}



=== TEST 7: for so long, and no longer
--- config
    location /ws { chat; chat_guests on; chat_dedupe_time 3s; }
--- chat
a hello /ws?name=Ann
a call {"op":"join","room":"r"}
a call {"op":"send","room":"r","cid":"c","text":"x"} => {"ok":{"seq":1}}
sleep 1.5
a call {"op":"send","room":"r","cid":"c","text":"x"} => {"ok":{"seq":1,"dup":true}}
# a repetition makes it no longer
sleep 1.7
a call {"op":"send","room":"r","cid":"c","text":"y"} => {"ok":{"seq":2,"dup":"!"}}
a story r 1 2



=== TEST 8: nothing is remembered where nothing shall be
--- config
    location /ws { chat; chat_guests on; chat_dedupe_time 0; }
--- chat
a hello /ws?name=Ann
a call {"op":"join","room":"r"}
a call {"op":"send","room":"r","cid":"c","text":"x"} => {"ok":{"seq":1}}
a call {"op":"send","room":"r","cid":"c","text":"x"} => {"ok":{"seq":2,"dup":"!"}}
a call {"op":"send","room":"r","cid":"c","text":"y"} => {"ok":{"seq":3,"dup":"!"}}
a story r 1 3



=== TEST 9: many are remembered, whatever is said since and by whom
--- config
    location /ws { chat; chat_user $arg_user; chat_limit off; }
--- chat
a hello /ws?user=ann
b hello worker!=a /ws?user=bob
a call {"op":"join","room":"r","presence":false}
b call {"op":"join","room":"r","presence":false}
repeat 200 a send json {"op":"send","id":{i},"room":"r","cid":"c{i}","text":"a{i}"}
repeat 200 a until json {"id":{i},"ok":{"seq":{i},"dup":"!"}}
repeat 200 b send json {"op":"send","room":"r","cid":"c{i}","text":"b{i}"}
b call {"op":"who","room":"r"}
a drop
a hello worker==b /ws?user=ann
a call {"op":"join","room":"r","presence":false,"limit":0} => {"ok":{"top":400}}
repeat 200 a send json {"op":"send","id":{i},"room":"r","cid":"c{i}","text":"a{i}"}
repeat 200 a until json {"id":{i},"ok":{"seq":{i},"dup":true}}
a call {"op":"send","room":"r","cid":"c77","text":"b77"} => {"error":{"code":"cid_reused"}}
# nobody heard any of it
b story r 1 400
b silent 0.2



=== TEST 10: two workers have the same message at once: it is one
--- config
    location /ws { chat; chat_user $arg_user; chat_limit off; }
--- chat
a hello /ws?user=ann
b hello worker!=a /ws?user=ann
a call {"op":"join","room":"r","presence":false}
b call {"op":"join","room":"r","presence":false}
repeat 50 a send json {"op":"send","id":{i},"room":"r","cid":"c{i}","text":"m{i}"}
repeat 50 b send json {"op":"send","id":{i},"room":"r","cid":"c{i}","text":"m{i}"}
repeat 50 a find json {"id":{i},"ok":*} as a{i}
repeat 50 b find json {"id":{i},"ok":{"seq":{a{i}.ok.seq},"time":{a{i}.ok.time}}}
a call {"op":"send","room":"r","text":"last"} => {"ok":{"seq":51}}
a story r 1 51
b story r 1 51
