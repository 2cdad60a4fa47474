# Messages are edited and deleted: by whom, what all hear, what is left.

use strict;
use warnings;

use lib 't/lib';
use ChatTest;

run_chat();

__DATA__

=== TEST 1: an edit and a deletion are entries of the log
--- chat
a hello /ws?name=Ann
b hello worker!=a /ws?name=Bob
a call {"op":"join","room":"r"} as j
b call {"op":"join","room":"r"}
a call {"op":"send","room":"r","cid":"c1","text":"frist"} => {"ok":{"seq":1}}
a call {"op":"send","room":"r","text":"second"} => {"ok":{"seq":2}}
b until json {"ev":"message","seq":2}
a call {"op":"edit","room":"r","ref":1,"cid":"c2","text":"first"} => {"ok":{"seq":3,"epoch":"{j.ok.epoch}","time":*,"dup":"!"}}
b expect json {"ev":"edit","room":"r","seq":3,"prev":2,"time":*,"from":{"name":"Ann"},"cid":"c2","ref":1,"text":"first","re":"!"}
a until json {"ev":"edit","seq":3}
# a repetition makes no second one, and another content is told
a call {"op":"edit","room":"r","ref":1,"cid":"c2","text":"first"} => {"ok":{"seq":3,"dup":true}}
a call {"op":"edit","room":"r","ref":2,"cid":"c2","text":"first"} => {"error":{"code":"cid_reused"}}
a call {"op":"edit","room":"r","ref":1,"cid":"c2","text":"other"} => {"error":{"code":"cid_reused"}}
a call {"op":"history","room":"r"} => {"ok":{"messages":[{"ev":"message","seq":1,"text":"frist"},{"seq":2},{"ev":"edit","seq":3,"ref":1,"text":"first"}],"top":3}}
# the text goes, and so do those of its edits
a call {"op":"delete","room":"r","ref":1,"cid":"c3","reason":"mine"} => {"ok":{"seq":4,"dup":"!"}}
b expect json {"ev":"delete","room":"r","seq":4,"prev":3,"time":*,"from":{"name":"Ann"},"cid":"c3","ref":1,"text":"!","reason":"!"}
a call {"op":"delete","room":"r","ref":1,"cid":"c3"} => {"ok":{"seq":4,"dup":true}}
b call {"op":"history","room":"r"} => {"ok":{"messages":[{"ev":"message","seq":1,"prev":0,"from":{"name":"Ann"},"cid":"c1","text":"","deleted":true},{"seq":2,"text":"second","deleted":"!"},{"ev":"edit","seq":3,"prev":2,"ref":1,"text":"","deleted":true},{"ev":"delete","seq":4,"prev":3,"ref":1}],"top":4,"floor":1,"more":false}}
# as pages, both ways
b call {"op":"history","room":"r","before":4,"limit":2} => {"ok":{"messages":[{"seq":2},{"seq":3,"text":""}],"more":true}}
b call {"op":"history","room":"r","before":3,"limit":1} => {"ok":{"messages":[{"seq":2}],"more":true}}
b call {"op":"history","room":"r","before":2} => {"ok":{"messages":[{"seq":1,"text":""}],"more":false}}
b call {"op":"history","room":"r","after":0,"limit":1} => {"ok":{"messages":[{"seq":1,"text":""}],"more":true}}
b call {"op":"history","room":"r","after":1,"limit":2} => {"ok":{"messages":[{"seq":2},{"seq":3,"deleted":true}],"more":true}}
b call {"op":"history","room":"r","after":2} => {"ok":{"messages":[{"seq":3},{"seq":4}],"more":false}}
# and to who comes, and who comes back
c hello worker==a /ws?name=Cid
c call {"op":"join","room":"r"} => {"ok":{"messages":[{"seq":1,"text":"","deleted":true},{"seq":2},{"seq":3,"text":""},{"ev":"delete","seq":4}]}}
d hello worker==b /ws?name=Dan
d call {"op":"join","room":"r","after":2,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true,"messages":[{"ev":"edit","seq":3,"text":""},{"ev":"delete","seq":4,"ref":1}]}}
e hello worker==b /ws?name=Eve
e call {"op":"join","room":"r","after":0,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true,"messages":[{"seq":1,"text":""},{"seq":2},{"seq":3},{"seq":4}]}}
# the room goes on
a call {"op":"send","room":"r","text":"third"} => {"ok":{"seq":5}}
b until json {"ev":"message","seq":5,"prev":4}
a call {"op":"send","room":"r","cid":"c1","text":"frist"} => {"ok":{"seq":1,"dup":true}}
errlog !~ \[error\]



=== TEST 2: what cannot be changed, and what is no such command
--- chat
a hello /ws?name=Ann
a call {"op":"edit","room":"r","ref":1,"text":"x"} => {"error":{"code":"not_member"}}
a call {"op":"delete","room":"r","ref":1} => {"error":{"code":"not_member"}}
a call {"op":"join","room":"r"}
a call {"op":"edit","room":"r","ref":1,"text":"x"} => {"error":{"code":"not_found","status":404,"message":"~number"}}
a call {"op":"send","room":"r","text":"one"} => {"ok":{"seq":1}}
a call {"op":"edit","room":"r","ref":2,"text":"x"} => {"error":{"code":"not_found"}}
a call {"op":"delete","room":"r","ref":9007199254740992} => {"error":{"code":"not_found"}}
a call {"op":"edit","room":"r","ref":1,"text":"two"} => {"ok":{"seq":2}}
# an edit names the message, not an edit of it
a call {"op":"edit","room":"r","ref":2,"text":"x"} => {"error":{"code":"not_found"}}
a call {"op":"delete","room":"r","ref":2} => {"error":{"code":"not_found"}}
a call {"op":"edit","room":"r","ref":1,"text":"three"} => {"ok":{"seq":3}}
a call {"op":"delete","room":"r","ref":1} => {"ok":{"seq":4}}
a call {"op":"delete","room":"r","ref":1} => {"error":{"code":"not_found"}}
a call {"op":"edit","room":"r","ref":1,"text":"x"} => {"error":{"code":"not_found"}}
a call {"op":"delete","room":"r","ref":4} => {"error":{"code":"not_found"}}
a call {"op":"history","room":"r"} => {"ok":{"messages":[{"seq":1,"text":""},{"seq":2,"text":""},{"seq":3,"text":""},{"seq":4}]}}
# fields
a call {"op":"edit","room":"r","text":"x"} => {"error":{"code":"bad_request","message":"~ref"}}
a call {"op":"edit","room":"r","ref":0,"text":"x"} => {"error":{"code":"bad_request","message":"~ref"}}
a call {"op":"edit","room":"r","ref":"1","text":"x"} => {"error":{"code":"bad_request","message":"~ref"}}
a call {"op":"edit","room":"r","ref":1} => {"error":{"code":"bad_request","message":"~text"}}
a call {"op":"edit","room":"r","ref":1,"text":""} => {"error":{"code":"bad_request"}}
a call {"op":"edit","room":"r","ref":1,"text":"a\u0007"} => {"error":{"code":"invalid_text"}}
a call {"op":"edit","room":"r","ref":1,"text":"x","cid":"a b"} => {"error":{"code":"bad_request","message":"~cid"}}
a call {"op":"delete","room":"r"} => {"error":{"code":"bad_request","message":"~ref"}}
a call {"op":"delete","room":"r","ref":1,"reason":7} => {"error":{"code":"bad_request","message":"~reason"}}
errlog !~ \[error\]



=== TEST 3: by whom
--- config
    location /ws { chat; chat_user $arg_user; chat_user_roles $arg_roles; }
--- chat
a hello /ws?user=ann
b hello worker!=a /ws?user=bob
m hello /ws?user=mia&roles=moderator
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"}
m call {"op":"join","room":"r"}
a call {"op":"send","room":"r","text":"one"} => {"ok":{"seq":1}}
b call {"op":"edit","room":"r","ref":1,"text":"x"} => {"error":{"code":"forbidden","status":403}}
b call {"op":"delete","room":"r","ref":1} => {"error":{"code":"forbidden"}}
# a moderator takes away, and puts nothing into anybody's mouth
m call {"op":"edit","room":"r","ref":1,"text":"x"} => {"error":{"code":"forbidden"}}
a call {"op":"edit","room":"r","ref":1,"text":"two"} => {"ok":{"seq":2}}
m call {"op":"delete","room":"r","ref":1,"reason":"spam"} => {"ok":{"seq":3}}
b until json {"ev":"delete","seq":3,"ref":1,"from":{"id":"mia","role":"moderator"},"reason":"spam"}
m call {"op":"mod","room":"r","do":"log"} => {"ok":{"acts":[{"do":"delete","by":{"id":"mia"},"user":"ann","ref":1,"reason":"spam","time":*}]}}
# what it has said itself is no act
m call {"op":"send","room":"r","text":"x"} => {"ok":{"seq":4}}
m call {"op":"delete","room":"r","ref":4} => {"ok":{"seq":5}}
m call {"op":"mod","room":"r","do":"mute","user":"ann","for":60} => {"ok":{}}
m call {"op":"mod","room":"r","do":"log"} => {"ok":{"acts":[{"do":"delete"},{"do":"mute"}]}}
# who may not write may not change anything
b call {"op":"send","room":"r","text":"b"} => {"ok":{"seq":6}}
m call {"op":"send","room":"r","text":"m"} => {"ok":{"seq":7}}
m call {"op":"mod","room":"r","do":"mute","user":"bob","for":60} => {"ok":{}}
b call {"op":"edit","room":"r","ref":6,"text":"x"} => {"error":{"code":"muted","until":*}}
b call {"op":"delete","room":"r","ref":6} => {"error":{"code":"muted"}}
m call {"op":"mod","room":"r","do":"unmute","user":"bob"} => {"ok":{}}
m call {"op":"mod","room":"r","do":"lock","value":"write"} => {"ok":{}}
b call {"op":"edit","room":"r","ref":6,"text":"x"} => {"error":{"code":"locked"}}
m call {"op":"edit","room":"r","ref":7,"text":"mm"} => {"ok":{"seq":8}}
m call {"op":"mod","room":"r","do":"unlock"} => {"ok":{}}
# slow mode counts messages
m call {"op":"mod","room":"r","do":"slow","value":60} => {"ok":{}}
b call {"op":"send","room":"r","text":"x"} => {"ok":{"seq":9}}
b call {"op":"send","room":"r","text":"y"} => {"error":{"code":"slow_mode"}}
b call {"op":"edit","room":"r","ref":9,"text":"z"} => {"ok":{"seq":10}}
b call {"op":"delete","room":"r","ref":9} => {"ok":{"seq":11}}
b call {"op":"send","room":"r","text":"y"} => {"error":{"code":"slow_mode"}}
# the log of acts has what a role in the room allowed, too
m call {"op":"mod","room":"r","do":"role","user":"bob","value":"moderator"} => {"error":{"code":"forbidden"}}
errlog !~ \[error\]



=== TEST 4: an encrypted message is edited by an encrypted one
--- chat
a hello /ws?name=Ann
a call {"op":"join","room":"r"}
a call {"op":"send","room":"r","data":"QUJD","enc":"x1"} => {"ok":{"seq":1}}
a call {"op":"edit","room":"r","ref":1,"text":"open"} => {"error":{"code":"bad_request","message":"~encrypted"}}
a call {"op":"edit","room":"r","ref":1,"data":"REVG","enc":"x1"} => {"ok":{"seq":2}}
a until json {"ev":"edit","ref":1,"data":"REVG","enc":"x1","text":"!"}
a call {"op":"delete","room":"r","ref":1} => {"ok":{"seq":3}}
a call {"op":"history","room":"r"} => {"ok":{"messages":[{"seq":1,"text":"","deleted":true,"data":"!","enc":"!"},{"seq":2,"text":"","data":"!","enc":"!"},{"seq":3}]}}
a call {"op":"send","room":"r","text":"m","meta":{"k":"secret"},"re":1} => {"ok":{"seq":4}}
a call {"op":"delete","room":"r","ref":4} => {"ok":{"seq":5}}
a call {"op":"history","room":"r","after":3} => {"ok":{"messages":[{"seq":4,"text":"","meta":"!","re":"!"},{"seq":5}]}}



=== TEST 5: what is not kept cannot be changed
--- config
    location /ws { chat; chat_guests on; chat_history 3 1h; }
--- chat
a hello /ws?name=Ann
a call {"op":"join","room":"r"}
a repeat 250 call {"op":"send","room":"r","text":"m{i}"} => {"ok":{"seq":{i}}}
a call {"op":"edit","room":"r","ref":1,"text":"x"} => {"error":{"code":"gone","status":410,"message":"~kept"}}
a call {"op":"delete","room":"r","ref":1} => {"error":{"code":"gone"}}
a call {"op":"delete","room":"r","ref":250} => {"ok":{"seq":251}}
a call {"op":"history","room":"r","limit":2} => {"ok":{"messages":[{"seq":250,"text":"","deleted":true},{"ev":"delete","seq":251}]}}
c connect /ws?name=Cid
c expect json {"ev":"welcome","features":["...","edit"]}
errlog !~ \[error\]



=== TEST 6: where nothing is kept
--- config
    location /ws { chat; chat_guests on; chat_history off; }
--- chat
b connect /ws?name=Bob
b expect json {"ev":"welcome","features":["typing","presence"]}
b call {"op":"join","room":"s"}
b call {"op":"send","room":"s","text":"x"} => {"ok":{"seq":1}}
b call {"op":"edit","room":"s","ref":1,"text":"y"} => {"error":{"code":"not_found","message":"~number"}}
b call {"op":"delete","room":"s","ref":1} => {"error":{"code":"not_found"}}



=== TEST 7: many deletions in a row, the first and the last
--- chat
a hello /ws?name=Ann
b hello worker!=a /ws?name=Bob
a call {"op":"join","room":"r"} as j
b call {"op":"join","room":"r"}
a repeat 6 call {"op":"send","room":"r","text":"m{i}"} => {"ok":{"seq":{i}}}
a repeat 4 call {"op":"delete","room":"r","ref":{i}} => {"ok":{}}
b until json {"ev":"delete","seq":10,"prev":9,"ref":4}
a call {"op":"history","room":"r","after":0,"limit":3} => {"ok":{"messages":[{"seq":1,"text":""},{"seq":2,"text":""},{"seq":3,"text":""}],"more":true}}
a call {"op":"history","room":"r","after":3,"limit":3} => {"ok":{"messages":[{"seq":4,"text":""},{"seq":5,"text":"m5"},{"seq":6}],"more":true}}
a call {"op":"history","room":"r","before":5,"limit":2} => {"ok":{"messages":[{"seq":3,"text":""},{"seq":4,"text":""}],"more":true}}
a call {"op":"history","room":"r","before":6,"limit":2} => {"ok":{"messages":[{"seq":4,"text":""},{"seq":5,"text":"m5"}],"more":true}}
a call {"op":"history","room":"r","limit":7} => {"ok":{"messages":[{"seq":4,"text":""},{"seq":5},{"seq":6},{"seq":7},{"seq":8},{"seq":9},{"seq":10}],"more":true}}
a call {"op":"history","room":"r","after":0,"limit":1} => {"ok":{"messages":[{"seq":1,"text":""}],"more":true}}
c hello /ws?name=Cid
c call {"op":"join","room":"r","after":0,"epoch":"{j.ok.epoch}","limit":4} => {"ok":{"recovered":true,"more":true,"messages":[{"seq":1},{"seq":2},{"seq":3},{"seq":4}]}}
errlog !~ \[error\]



=== TEST 8: the site's filter sees edits, and no deletion
--- config
    location /ws { chat; chat_guests on; chat_publish_request /check; }
    location = /check {
        internal;
        if ($request_method = POST) { return 204; }
    }
--- chat
a hello /ws?name=Ann
a call {"op":"join","room":"r"}
a call {"op":"send","room":"r","text":"one"} => {"ok":{"seq":1}}
a call {"op":"edit","room":"r","ref":1,"text":"two"} => {"ok":{"seq":2}}
a call {"op":"delete","room":"r","ref":1} => {"ok":{"seq":3}}
