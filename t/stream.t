# Who listens without a socket: streams of events, and pages that wait.

use strict;
use warnings;

use lib 't/lib';
use ChatTest;

our $config = <<'_EOC_';
    chat_history 1000 1h;
    chat_close_timeout 1m;
    chat_user $http_x_user;
    chat_user_roles $http_x_roles;
    chat_max_text 16384;
    location /ws { chat; }
    location /api {
        chat_api;
        chat_api_key_file ../html/keys;
        chat_history_page 4;
        chat_max_connections 3 per=user;
    }
    location /kept { chat_api; chat_detach off; }
    location /quick { chat_api; chat_ping_interval 1s; }
    location /asked { chat_api; chat_join_request /no; }
    location /asks { chat_api; chat_join_request /yes; }
    location /no { return 403; }
    location /yes { return 204; }
    location /token {
        chat_api;
        chat_token_key $TEST_NGINX_TOKENS/secret;
    }
_EOC_

our $keys = <<'_EOC_';
>>> keys
shop-0123456789abcdef0123456789abcdef
_EOC_

our $key = 'Authorization: Bearer shop-0123456789abcdef0123456789abcdef';

run_chat();

__DATA__

=== TEST 1: the same messages in the same order as a socket on another worker
--- config eval: $::config
--- user_files eval: $::keys
--- chat
a hello /ws | X-User: ann
a call {"op":"join","room":"r"} as j
s stream worker!=a /api/v1/rooms/r/events | X-User: sue
s header Content-Type text/event-stream
s header Cache-Control no-store
s header X-Accel-Buffering no
s expect json {"ev":"welcome","_event":"welcome","_retry":"*","user":{"id":"sue"}}
s expect json {"ev":"joined","_event":"joined","_id":"{j.ok.epoch}.0","recovered":false,"messages":[],"users":["...",{"id":"ann"}]}
# who listens is there
a until json {"ev":"presence","join":["...",{"id":"sue"}]}
k stream worker==a /kept/v1/rooms/r/events | X-User: kim
k until json {"ev":"joined"}
a call {"op":"send","room":"r","text":"one\\ntwo"} => {"ok":{"seq":1}}
s until json {"ev":"message","_event":"!","_id":"{j.ok.epoch}.1","seq":1,"prev":0,"text":"one\\ntwo","from":{"id":"ann"}}
repeat 11 a call {"op":"send","room":"r","text":"{i}"}
s story r 2 12
k story r 1 12
a call {"op":"typing","room":"r"}
s until json {"ev":"typing","_event":"typing","_id":"!"}
# what it says is nobody's
s write {"op":"send","room":"r","text":"no"}
a call {"op":"send","room":"r","text":"last"} => {"ok":{"seq":13}}
s until json {"ev":"message","seq":13}
# it comes back, as a browser does: page by page, and goes on
s drop
t stream /api/v1/rooms/r/events | X-User: sue | Last-Event-ID: {j.ok.epoch}.2
t until json {"ev":"joined","recovered":true,"more":false,"top":13,"messages":[]}
a call {"op":"send","room":"r","text":"on"} => {"ok":{"seq":14}}
t story r 3 14
t drop
t stream /kept/v1/rooms/r/events?after=12&epoch={j.ok.epoch} | X-User: sue
t story r 13 14
t drop
# another epoch: what there is, and no word of having all
t stream /api/v1/rooms/r/events | X-User: sue | Last-Event-ID: other.13
t until json {"ev":"joined","recovered":false,"more":true}
t until json {"ev":"message","_id":"{j.ok.epoch}.14"}
t drop
a until json {"ev":"presence","leave":["sue"]}
access ~ "GET /api/v1/rooms/r/events HTTP/1.1" 200 .*



=== TEST 2: who may not listen, and what is no stream
--- config eval: $::config
--- user_files eval: $::keys
--- chat eval
<<"_EOC_" =~ s/KEY/$::key/gr;
set e = /api/v1/rooms/r/events
http GET {e} => 401
http GET {e} | KEY => 403 ~ as a user
http GET {e} | X-User: ann | Accept: text/html => 406 ~ text/event-stream
http GET {e} | X-User: ann | Accept: text/html | Accept: */* | Last-Event-ID: x => 400 ~ Last-Event-ID
http GET {e}?after=1 | X-User: ann => 400 ~ epoch
http GET {e} | X-User: ann | Origin: http://evil.example => 403 ~ chat_origin
http HEAD {e} | X-User: ann => 200 ~ ^\$
http header Content-Type text/event-stream
http POST {e} | X-User: ann => 405
http header Allow GET, HEAD, OPTIONS
# so many at once, sockets of this location too
a stream {e} | X-User: ann
b stream {e} | X-User: ann
c stream {e} | X-User: ann
http GET {e} | X-User: ann => 429 ~ Too many connections
http header Retry-After ~ ^\\d+\$
http HEAD {e} | X-User: ann => 429
c drop
soon d stream {e} | X-User: ann
# where the site is asked, it is before anything is told
http GET /asked/v1/rooms/r/events | X-User: fay => 403 ~ forbidden
f stream /asks/v1/rooms/r/events | X-User: fay
f until json {"ev":"joined"}
# a comment keeps it alive
q stream /quick/v1/rooms/q/events | X-User: quin
q until json {"ev":"joined"}
q until ping
_EOC_



=== TEST 3: kick, ban, logout, the end of a token, each with its word
--- config eval: $::config
--- user_files eval: $::keys
--- chat eval
<<"_EOC_" =~ s/KEY/$::key/gr;
set r = /api/v1/rooms/r
a stream {r}/events | X-User: ann
b stream {r}/events | X-User: bob
a until json {"ev":"joined"}
b until json {"ev":"joined"}
http DELETE {r}/members/ann | KEY => 204
a until json {"ev":"left","reason":"kicked","_event":"left"}
a expect json {"ev":"close","code":4005}
a expect eof
http PUT {r}/bans/u:bob | KEY | Content-Type: application/json || {"for":60} => 200|204
b until json {"ev":"left","reason":"banned","until":"*"}
b expect json {"ev":"close","code":4006,"reason":"~^until "}
b expect eof
http GET {r}/events | X-User: bob => 403 ~ "code":"banned"
# of a kept request, too
k stream /kept/v1/rooms/r/events | X-User: kim
k until json {"ev":"joined"}
http DELETE /api/v1/users/kim/connections | KEY => 204
k until json {"ev":"close","code":4005}
k expect eof
token t HS256 {"sub":"tom","exp":+2}
t stream /token/v1/rooms/r/events | Authorization: Bearer {t}
t until json {"ev":"joined"}
within 9 t until json {"ev":"close","code":4203}
t expect eof
_EOC_



=== TEST 4: a slow reader is cut, a reload sends away, a quit too
--- http_config
    $TEST_NGINX_STORE
    chat_leave_delay 0;
    chat_drain_time 200ms;
--- config eval: $::config
--- user_files eval: $::keys
--- chat
a hello /ws | X-User: ann
a call {"op":"join","room":"r"}
s stream rcvbuf=4096 /api/v1/rooms/r/events | X-User: sue
f stream /kept/v1/rooms/r/events | X-User: fay
s until json {"ev":"joined"}
f until json {"ev":"joined"}
s slow
repeat 600 a call {"op":"send","room":"r","text":"{rep 10000 x}{i}"}
errlog ~ client reads too slowly
f story r 1 600
s resume
s until json {"ev":"close","code":4101,"_retry":"*"}
s expect eof
reload
f until json {"ev":"drain","after":"*"}
f until json {"ev":"close","code":4200,"reason":"the server restarts"}
f expect eof
n stream /api/v1/rooms/r/events | X-User: nan
n until json {"ev":"joined"}
quit
n until json {"ev":"close","code":4200}
n expect eof



=== TEST 5: a page that waits
--- config eval: $::config
--- user_files eval: $::keys
--- chat eval
<<"_EOC_" =~ s/KEY/$::key/gr;
set m = /api/v1/rooms/r/messages
set u = HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\nX-User: sue\\r\\n\\r\\n
http GET {m}?wait=5 | X-User: sue => 400 ~ wait
http GET {m}?after=0&wait=0 | X-User: sue => 400
http GET {m}?after=0&wait=61 | X-User: sue => 400
http GET {m}?after=0&wait=5&limit=0 | X-User: sue => 400
a hello /ws | X-User: ann
a call {"op":"join","room":"r"} as j
a call {"op":"send","room":"r","text":"one"} => {"ok":{"seq":1}}
http GET {m}?after=0&wait=60 | X-User: sue => 200 ~ "text":"one"
http GET {m}?after=1&epoch=other&wait=60 | X-User: sue => 409
http GET {m}?after=1&epoch={j.ok.epoch}&wait=1 | X-User: sue => 204
# by whichever worker, and where nobody else is
p open
p write GET {m}?after=1&wait=60 {u}
q open
q write GET {m}?after=1&wait=60 {u}
n open
n write GET /api/v1/rooms/new/messages?after=0&wait=60 {u}
d open
d write GET {m}?after=1&wait=60 {u}
sleep 0.3
d drop
a call {"op":"send","room":"r","text":"two"} => {"ok":{"seq":2}}
p expect http 200 ~ "seq":2
q expect http 200 ~ "text":"two"
http POST /api/v1/rooms/new/messages | KEY | Content-Type: application/json || {"text":"first"} => 201
n expect http 200 ~ "text":"first"
# nobody is in a room by waiting
a call {"op":"who","room":"r"} => {"ok":{"count":1}}
# who has lost its rights meanwhile
p open
p write GET {m}?after=2&wait=60 {u}
sleep 0.3
http PUT /api/v1/rooms/r/bans/u:sue | KEY | Content-Type: application/json || {"for":60} => 200|204
a call {"op":"send","room":"r","text":"three"} => {"ok":{"seq":3}}
p expect http 403 ~ "code":"banned"
# a worker that goes answers
k open
k write GET /api/v1/rooms/quiet/messages?after=0&wait=60 {u}
sleep 0.3
reload
k expect http 204
_EOC_
