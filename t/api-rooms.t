# Rooms by HTTP: deleting what was said in one, and which there are.

use strict;
use warnings;

use lib 't/lib';
use ChatTest;

our $config = <<'_EOC_';
    chat_user $http_x_user;
    chat_user_roles $http_x_roles;

    location /ws { chat; }
    location /pit { chat; chat_format raw; chat_room pit; }
    location /api { chat_api; chat_api_key_file ../html/keys; }
    location /fixed { chat_api; chat_api_key_file ../html/keys; chat_room r; }
_EOC_

our $keys = <<'_EOC_';
>>> keys
shop-0123456789abcdef0123456789abcdef
_EOC_

our $key = 'Authorization: Bearer shop-0123456789abcdef0123456789abcdef';
our $json = 'Content-Type: application/json';

run_chat();

__DATA__

=== TEST 1: what was said is deleted, for everybody, on all workers
--- config eval: $::config
--- user_files eval: $::keys
--- chat eval
<<"_EOC_" =~ s/KEY/$::key/gr =~ s/JSON/$::json/gr;
set r = /api/v1/rooms/r
# nothing there, nothing done
http DELETE {r} | KEY => 204 ~ ^\$
http GET {r}/acts | KEY => 200 ~ ^\\{"acts":\\[\\]\\}\$
a hello /ws?room=r | X-User: ann
b hello worker!=a /ws?room=r | X-User: bob
s stream /api/v1/rooms/r/events | X-User: sue
a until json {"ev":"presence","join":["...",{"id":"sue"}]}
a call {"op":"send","room":"r","cid":"c1","text":"one"} => {"ok":{"seq":1}} as m
a call {"op":"send","room":"r","text":"two"} => {"ok":{"seq":2}}
b until json {"ev":"message","seq":2}
s until json {"ev":"message","seq":2}
http PUT {r}/bans/u:zed | KEY => 200
http PUT {r}/roles/mod | KEY | JSON || {"role":"moderator"} => 200
http PATCH {r} | KEY | JSON || {"slow":3} => 200
# who may
http DELETE {r} => 401
http DELETE {r} | X-User: ann => 403 ~ forbidden
http DELETE {r} | X-User: mod => 403 ~ forbidden
http DELETE {r} | X-User: ann | X-Roles: owner | Cookie: a=b => 403 ~ Origin
http DELETE /api/v1/rooms/* | KEY => 422
http DELETE /api/v1/rooms/~pit | KEY => 422
http DELETE /fixed/v1/rooms/other | KEY => 403
http DELETE {r} | KEY | JSON || {"reason":1} => 400 ~ "pointer":"/reason"
p open
p write GET {r}/messages?after=2&epoch={m.ok.epoch}&wait=60 HTTP/1.1\\r\\nHost: x\\r\\nX-User: ann\\r\\n\\r\\n
http GET {r} | KEY => 200 ~ "epoch":"{m.ok.epoch}","top":2
http DELETE {r} | KEY | JSON || {"reason":"a fresh start","from":{"id":"shop","name":"Shop"}} => 204 ~ ^\$
# all are told, and are still there
a until json {"ev":"resync","room":"r","top":0} as n
b until json {"ev":"resync","room":"r","top":0,"epoch":"{n.epoch}"}
s until json {"ev":"resync","epoch":"{n.epoch}"}
s until json {"ev":"close","code":4202}
p expect http 409 ~ epoch_changed
a call {"op":"join","room":"r","after":2,"epoch":"{m.ok.epoch}"} => {"ok":{"recovered":false,"top":0,"epoch":"{n.epoch}","messages":[],"users":["...",{"id":"bob"}],"config":{"slow":3}}}
b call {"op":"history","room":"r","after":0,"epoch":"{m.ok.epoch}"} => {"error":{"code":"epoch_changed"}}
http GET {r} | KEY => 200 ~ "epoch":"{n.epoch}","top":0,"floor":1,"config":\\{"slow":3
http GET {r}/messages | KEY => 200 ~ "messages":\\[\\],"more":false,"top":0
http GET {r}/messages/1 | KEY => 404 ~ No message
# what moderators did stays, and this is a part of it
http GET {r}/acts?limit=2 | KEY => 200 ~ ^\\{"acts":\\[\\{"time":\\d+,"do":"slow",.*\\{"time":\\d+,"do":"clear","by":\\{"id":"shop","name":"Shop"\\},"reason":"a fresh start"\\}\\]\\}\$
http GET {r}/bans/u:zed | KEY => 200
http GET {r}/messages | X-User: zed => 403 ~ banned
http GET {r}/roles/mod | KEY => 200 ~ moderator
# numbers begin anew, and no old key is known
a call {"op":"send","room":"r","cid":"c1","text":"three"} => {"ok":{"seq":1,"epoch":"{n.epoch}","dup":"!"}}
b until json {"ev":"message","seq":1,"prev":0,"text":"three"}
http GET {r}/messages | KEY => 200 ~ "messages":\\[\\{"ev":"message","room":"r","seq":1,[^\\[]*"three"[^\\[]*\\],"more":false,"top":1
# again, by a socket; and again, which does nothing
o hello /ws | X-User: olga | X-Roles: owner
o call {"op":"mod","room":"r","do":"clear","reason":"all of it"}
b until json {"ev":"resync","top":0} as k
a call {"op":"mod","room":"r","do":"clear"} => {"error":{"code":"forbidden"}}
http DELETE {r} | X-User: olga | X-Roles: owner => 204
http DELETE {r} | KEY => 204
http GET {r} | KEY => 200 ~ "epoch":"{k.epoch}","top":0
http GET {r}/acts | KEY => 200 ~ "do":"clear".*"do":"clear","by":\\{"id":"olga","name":"olga"\\},"reason":"all of it"\\}\\]
b call {"op":"send","room":"r","text":"four"} => {"ok":{"seq":1,"epoch":"{k.epoch}"}}
# a raw room has nothing to be read, and goes on
c connect /pit | X-User: cyd
c send text x
c expect text x
o call {"op":"mod","room":"~pit","do":"clear"}
o call {"op":"mod","room":"*","do":"clear"} => {"error":{"code":"forbidden"}}
c send text y
c expect text y
_EOC_
