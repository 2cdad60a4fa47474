# Rooms by HTTP: deleting what was said in one, and which there are.
# not run on partial: nothing here is cut into pieces

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
s until json {"ev":"joined"}
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



=== TEST 2: A10 which rooms there are, page by page, for whom that may concern
--- config eval: $::config
--- user_files eval: $::keys
--- chat eval
my $each = '"room":"[\\w-]+","top":\\d+,"count":\\d+';
my @pages = map { ("http GET /api/v1/rooms?limit=7&after={p$_.next} | KEY => 200"
                   . ' ~ (?:' . $each . '[^"]*){' . ($_ < 4 ? '7' : '4')
                   . '}\\],"more":' . ($_ < 4 ? 'true,"next":"[\\w.~-]+"'
                                              : 'false') . "\\}\$ as p"
                   . ($_ + 1)) } 1 .. 4;

(<<"_EOC_" . CORE::join("\n", @pages) . "\n" . <<"_EOT_") =~ s/KEY/$::key/gr =~ s/JSON/$::json/gr;
http GET /api/v1/rooms | KEY => 200 ~ ^\\{"rooms":\\[\\],"more":false\\}\$
http header !Link
# said in, or somebody is there
http POST /api/v1/rooms/said/messages | KEY | JSON || {"text":"x"} => 201
a hello /ws?room=there | X-User: ann
a find json {"ev":"joined"}
# only looked at, moderated, raw, of the site: no room of these
http GET /api/v1/rooms/looked | KEY => 200
http PUT /api/v1/rooms/ruled/bans/u:zed | KEY => 200
http PUT /api/v1/rooms/*/bans/u:zed | KEY => 200
c connect /pit | X-User: cyd
c send text x
c expect text x
http GET /api/v1/rooms | KEY => 200 ~ ^\\{"rooms":\\[\\{"room":"(said","top":1,"count":0\\},\\{"room":"there","top":0,"count":1|there","top":0,"count":1\\},\\{"room":"said","top":1,"count":0)\\}\\],"more":false\\}\$
http HEAD /api/v1/rooms | KEY => 200 ~ ^\$
# a user who owns no more than rooms is not told
http GET /api/v1/rooms => 401
http GET /api/v1/rooms | X-User: ann => 403 ~ owners of the site
http PUT /api/v1/rooms/said/roles/ann | KEY | JSON || {"role":"owner"} => 200
http GET /api/v1/rooms | X-User: ann => 403
http GET /api/v1/rooms | X-User: ann | X-Roles: moderator => 403
http GET /api/v1/rooms | X-User: ann | X-Roles: owner => 200 ~ "said"
http GET /fixed/v1/rooms | KEY => 403
http POST /api/v1/rooms | KEY | JSON || {} => 405
http header Allow GET, HEAD, OPTIONS
# pages
repeat 30 http POST /api/v1/rooms/room-{i}/messages | KEY | JSON || {"text":"x"} => 201
http GET /api/v1/rooms?limit=7 | KEY => 200 ~ "more":true,"next":"[\\w.~-]+"\\}\$ as p1
http header Link <?after={p1.next}&limit=7>; rel="next"
_EOC_
http header !Link
http GET /api/v1/rooms?limit=1000000000 | KEY => 200 ~ (?:$each\\D*){32}\\],"more":false
http GET /api/v1/rooms?limit=0 | KEY => 200 ~ "more":true
http GET /api/v1/rooms?limit=x | KEY => 400 ~ limit
http GET /api/v1/rooms?limit=-1 | KEY => 400
http GET /api/v1/rooms?after= | KEY => 400 ~ after
http GET /api/v1/rooms?after=%00 | KEY => 400
http GET /api/v1/rooms?after=a/b | KEY => 400
# what was deleted is no room any more
http DELETE /api/v1/rooms/said | KEY => 204
http GET /api/v1/rooms?limit=256 | KEY => 200 ~ (?:$each\\D*){31}\\],"more":false
_EOT_



=== TEST 3: A10 a place that is none; a part of the cells at a time
--- store: shm
--- config eval: $::config
--- user_files eval: $::keys
--- chat eval
<<"_EOC_" =~ s/KEY/$::key/gr =~ s/JSON/$::json/gr;
http GET /api/v1/rooms?after=room | KEY => 400 ~ bad_request
http GET /api/v1/rooms?after=99999999999999999999 | KEY => 400
http GET /api/v1/rooms?after=9223372036854775807 | KEY => 200 ~ ^\\{"rooms":\\[\\],"more":false\\}\$
_EOC_



=== TEST 4: A11 a zone that is full says so, and still tells what is in it
--- store: shm
--- http_config
--- config
    chat_zone a:512k;
    chat_message_size 1k;
    chat_max_rooms 0;
    chat_user $http_x_user;
    chat_user_roles $http_x_roles;
    location /ws { chat; }
    location /api { chat_api; }
--- allow_log
is full
--- chat eval
<<"_EOC_" =~ s/JSON/$::json/gr;
a hello /ws | X-User: ann
a repeat 4000 send json {"op":"join","id":{i},"room":"room{i}","limit":0}
a until json {"id":*,"error":{"code":"unavailable"}}
http PUT /api/v1/rooms/late/roles/ann | X-User: bob | X-Roles: owner | JSON || {"role":"member"} => 503 ~ "code":"unavailable"
http header Retry-After 2
http GET /api/v1/rooms?limit=3 | X-User: bob | X-Roles: owner => 200 ~ (?:"room[0-9]+","top":0,"count":1[^0-9]+){3}"more":true
http DELETE /api/v1/rooms/room1 | X-User: bob | X-Roles: owner => 204
errlog ~ \\[error\\] .*chat_zone "a" is full
_EOC_



=== TEST 5: the index of Redis heals, and forgets what is forgotten
--- store: redis
--- config eval: $::config
--- user_files eval: $::keys
--- chat eval
<<"_EOC_" =~ s/KEY/$::key/gr =~ s/JSON/$::json/gr;
http POST /api/v1/rooms/one/messages | KEY | JSON || {"text":"x"} => 201
http POST /api/v1/rooms/two/messages | KEY | JSON || {"text":"x"} => 201
redis cli ZRANGE chat:{hex 7b}g}:rooms 0 -1 ~ ^one\\s+two\$
redis cli ZADD chat:{hex 7b}g}:rooms 0 gone 0 a/b 0 "x y" 0 strange
redis cli SET chat:{hex 7b}strange}:m x
redis cli DEL chat:{hex 7b}two}:m
http GET /api/v1/rooms | KEY => 200 ~ ^\\{"rooms":\\[\\{"room":"one","top":1,"count":0\\}\\],"more":false\\}\$
redis cli ZRANGE chat:{hex 7b}g}:rooms 0 -1 ~ ^one\$
# no page goes on behind what is no name: a link would not lead there
redis cli ZADD chat:{hex 7b}g}:rooms 0 "one >" 0 "one\\r\\nX: y"
http GET /api/v1/rooms?limit=3 | KEY => 200 ~ "more":true,"next":"one"\\}\$
http header Link <?after=one&limit=3>; rel="next"
http GET /api/v1/rooms?limit=3&after=one | KEY => 200 ~ ^\\{"rooms":\\[\\],"more":false\\}\$
redis cli ZRANGE chat:{hex 7b}g}:rooms 0 -1 ~ ^one\$
# as many go as come
redis cli ZADD chat:{hex 7b}g}:rooms 0 g1 0 g2 0 g3
repeat 40 http POST /api/v1/rooms/r{i}/messages | KEY | JSON || {"text":"x"} => 201
redis cli ZCOUNT chat:{hex 7b}g}:rooms -inf +inf ~ ^4[1-3]\$
# not ours: messages are stored and told nevertheless
redis cli SET chat:{hex 7b}g}:rooms x
a hello /ws?room=new | X-User: ann
a call {"op":"send","room":"new","text":"x"} => {"ok":{"seq":1}}
a until json {"ev":"message","seq":1}
http GET /api/v1/rooms | KEY => 500
_EOC_
