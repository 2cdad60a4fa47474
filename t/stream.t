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
    chat_max_text 32768;
    chat_message_size 64k;
    location /ws { chat; }
    location /api {
        chat_api;
        chat_api_key_file ../html/keys;
        chat_history_page 4;
        chat_max_connections 3 per=user;
    }
    location /status { chat_status; }
    location /nobody { chat_api; chat_origin none; }
    location /any { chat_api; chat_origin any; }
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

our $small = 'listen 127.0.0.1:$TEST_NGINX_SPARE_PORT sndbuf=16k;'
    . "\n$config";

our $listen = 'listen 127.0.0.1:$TEST_NGINX_SPARE_PORT http2 sndbuf=16k;'
    . "\n$config" . <<'_EOC_';
    location /slowly {
        chat_api;
        limit_rate 100;
        chat_send_timeout 1m;
    }
_EOC_

our $tls = "chat_drain_time 200ms;\n"
    . 'listen 127.0.0.1:$TEST_NGINX_SPARE_PORT ssl http2;' . "\n$config"
    . <<'_EOC_';
    ssl_certificate $TEST_NGINX_CERT;
    ssl_certificate_key $TEST_NGINX_KEY;
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
# what it says is nobody's, and not listened to for long
s write GET /api/v1/rooms/r/events HTTP/1.1\r\n
s until json {"ev":"close","code":1008,"_retry":"*"}
s expect eof
k write x
k until json {"ev":"close","code":1008}
k expect eof
a call {"op":"send","room":"r","text":"last"} => {"ok":{"seq":13}}
# it comes back, as a browser does: page by page, and goes on
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
a until json {"ev":"presence","leave":["...","sue"]}
access ~ "GET /api/v1/rooms/r/events HTTP/1.1" 200 .*



=== TEST 2: who may not listen, and what is no stream
--- config eval: $::config
--- user_files eval: $::keys
--- chat eval
<<"_EOC_" =~ s/KEY/$::key/gr;
set e = /api/v1/rooms/r/events
set p = /status connections{transport="longpoll"}
set w = /api/v1/rooms/r/messages?after=0&wait=1
http GET {e} => 401
http GET {e} | KEY => 403 ~ as a user
http GET {e} | X-User: ann | Accept: text/html => 406 ~ text/event-stream
http GET {e} | X-User: ann | Accept: text/html | Accept: */* | Last-Event-ID: x => 400 ~ Last-Event-ID
http GET {e}?after=1 | X-User: ann => 400 ~ epoch
http GET {e} | X-User: ann | Origin: http://evil.example => 403 ~ chat_origin
http GET {e} | X-User: ann | Early-Data: 1 => 425
http GET {w} | X-User: ann | Early-Data: 1 => 425
http HEAD {e} | X-User: ann => 200 ~ ^\$
http header Content-Type text/event-stream
http POST {e} | X-User: ann => 405
http header Allow GET, HEAD, OPTIONS
# by <img>, <script>, <a>: no Origin, but a browser
set f = Sec-Fetch-Site
http GET {e} | X-User: ann | {f}: cross-site => 403 ~ chat_origin
http GET {e} | X-User: ann | {f}: same-site => 403
http GET /nobody/v1/rooms/r/events | X-User: ann | {f}: same-origin => 403
http GET {w} | X-User: ann | {f}: cross-site => 403 ~ chat_origin
http GET {w} | X-User: ann | Origin: http://evil.example => 403
http GET {w} | X-User: ann | {f}: same-origin => 204
http GET /any/v1/rooms/r/messages?after=0&wait=1 | X-User: ann | {f}: cross-site => 204
http HEAD {e} | X-User: ann | {f}: same-origin => 200
http HEAD {e} | X-User: ann | {f}: none => 200
http GET /api/v1/rooms/r/messages | X-User: ann | {f}: cross-site => 200
# so many at once, sockets of this location too, and pages that wait
a stream {e} | X-User: ann
b stream {e} | X-User: ann
c stream {e} | X-User: ann
http GET {w} | X-User: ann => 429 ~ Too many connections
http header Retry-After ~ ^\\d+\$
http GET {e} | X-User: ann => 429 ~ Too many connections
http header Retry-After ~ ^\\d+\$
http HEAD {e} | X-User: ann => 429
c drop
soon http HEAD {e} | X-User: ann => 200
d open
d write GET {w}9 HTTP/1.1\\r\\nHost: localhost\\r\\nX-User: ann\\r\\n\\r\\n
soon metric {p} == 1
http GET {w} | X-User: ann => 429
d drop
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
--- config eval: $::small
--- user_files eval: $::keys
--- chat
a hello /ws | X-User: ann
a call {"op":"join","room":"r"}
s stream rcvbuf=4096 port=$TEST_NGINX_SPARE_PORT /api/v1/rooms/r/events | X-User: sue
f stream /kept/v1/rooms/r/events | X-User: fay
s until json {"ev":"joined"}
f until json {"ev":"joined"}
s slow
repeat 60 a call {"op":"send","room":"r","text":"{rep 10000 x}{i}"}
errlog ~ client reads too slowly
f story r 1 60
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
set c = /status connections{transport="longpoll"}
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
d write GET /any/v1/rooms/r/messages?after=1&wait=60 {u}
soon metric {c} == 4
d drop
soon metric {c} == 3
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
soon metric {c} == 1
http PUT /api/v1/rooms/r/bans/u:sue | KEY | Content-Type: application/json || {"for":60} => 200|204
a call {"op":"send","room":"r","text":"three"} => {"ok":{"seq":3}}
p expect http 403 ~ "code":"banned"
# a worker that goes answers
k open
k write GET /api/v1/rooms/quiet/messages?after=0&wait=60 {u}
soon metric {c} == 1
reload
k expect http 204
_EOC_



=== TEST 6: by HTTP/2, which neither limit_rate nor its windows hold up
--- http_config
    $TEST_NGINX_STORE
    chat_leave_delay 0;
    chat_drain_time 200ms;
--- config eval: $::listen
--- user_files eval
"$::keys>>> large\n" . 'x' x 1000000
--- chat
a hello /ws | X-User: ann
a call {"op":"join","room":"r"} as j
s stream h2 port=$TEST_NGINX_SPARE_PORT worker!=a /slowly/v1/rooms/r/events | X-User: sue
s expect json {"ev":"welcome","_event":"welcome"}
s expect json {"ev":"joined","_event":"joined","_id":"{j.ok.epoch}.0"}
a until json {"ev":"presence","join":["...",{"id":"sue"}]}
k stream h2 port=$TEST_NGINX_SPARE_PORT window=3000 worker==a /api/v1/rooms/r/events | X-User: kim
k until json {"ev":"joined"}
repeat 40 a call {"op":"send","room":"r","text":"{i} {rep 200 x}"}
a call {"op":"send","room":"r","text":"{rep 32768 x}"} => {"ok":{"seq":41}}
s story r 1 41
k story r 1 41
k drop
s drop
t stream h2 port=$TEST_NGINX_SPARE_PORT /api/v1/rooms/r/events | X-User: tim | Last-Event-ID: {j.ok.epoch}.5
t until json {"ev":"joined","recovered":true}
a call {"op":"send","room":"r","text":"on"} => {"ok":{"seq":42}}
t story r 6 42
# it reads nothing any more, and what else its connection has does not fit
t slow
t raw 00 0011 01 05 00000003 82 86 04 06 2f6c61726765 01 05 6c6f63616c
a call {"op":"send","room":"r","text":"held up"} => {"ok":{"seq":43}}
t reset
a until json {"ev":"presence","leave":["...","tim"]}
# slow, by its window alone
f stream h2 port=$TEST_NGINX_SPARE_PORT window=65535 /api/v1/rooms/r/events | X-User: fay
f until json {"ev":"message","seq":43}
f slow
repeat 40 a call {"op":"send","room":"r","text":"{rep 10000 x}"}
errlog ~ client reads too slowly
f resume
f until json {"ev":"close","code":4101,"_retry":"*"}
f expect eof
k stream h2 port=$TEST_NGINX_SPARE_PORT /kept/v1/rooms/r/events | X-User: kim | Last-Event-ID: {j.ok.epoch}.78
k story r 79 83
reload
k until json {"ev":"drain","after":"*"}
k until json {"ev":"close","code":4200}
k expect eof
n stream h2 port=$TEST_NGINX_SPARE_PORT /api/v1/rooms/r/events | X-User: nan
n until json {"ev":"joined"}
quit
n until json {"ev":"close","code":4200}
n expect eof
access ~ "GET /slowly/v1/rooms/r/events HTTP/2.0" 200 .*



=== TEST 7: and over TLS, as browsers do
--- config eval: $::tls
--- user_files eval: $::keys
--- chat
a hello /ws | X-User: ann
a call {"op":"join","room":"r"} as j
s stream tls h2 port=$TEST_NGINX_SPARE_PORT /api/v1/rooms/r/events | X-User: sue
h stream tls port=$TEST_NGINX_SPARE_PORT /api/v1/rooms/r/events | X-User: hal
h until json {"ev":"joined"}
s until json {"ev":"joined"}
repeat 20 a call {"op":"send","room":"r","text":"{i} {rep 5000 x}"}
s story r 1 20
h story r 1 20
s drop
s stream tls h2 port=$TEST_NGINX_SPARE_PORT /api/v1/rooms/r/events | X-User: sue | Last-Event-ID: {j.ok.epoch}.5
s story r 6 20
http DELETE /api/v1/rooms/r/members/sue | X-User: ann => 403
quit
s until json {"ev":"close","code":4200}
s expect eof
h until json {"ev":"close","code":4200}
h expect eof



=== TEST 8: how many, how often, and how full a room
--- config
    chat_user $http_x_user;
    location /room { chat_api; chat_max_connections 1 per=room; }
    location /ip { chat_api; chat_max_connections 2 per=ip; }
    location /rare { chat_api; chat_limit rate=1r/m burst=2 ops=connect; }
    location /user { chat_api; chat_limit rate=1r/m burst=2 per=user ops=connect; }
    location /join { chat_api; chat_limit rate=1r/m burst=2 ops=join; }
    location /dry {
        chat_api;
        chat_max_connections 1 per=user;
        chat_limit_dry_run on;
    }
    location /guest {
        chat_api;
        chat_guests on;
        chat_max_connections 1 per=user;
    }
--- chat
set e = v1/rooms/r/events
a stream /room/{e} | X-User: ann
a until json {"ev":"joined"}
b stream worker!=a /room/{e} | X-User: bob
b until json {"ev":"error","error":{"code":"room_full"}}
b expect json {"ev":"close","code":1013}
b expect eof
c stream from=127.0.0.9 /ip/{e} | X-User: c
d stream from=127.0.0.9 /ip/{e} | X-User: d
d until json {"ev":"joined"}
b refuse 429 from=127.0.0.9 /ip/{e} | X-User: b ~ from your address
b refuse 429 from=127.0.0.9 /ip/v1/rooms/r/messages?after=0&wait=9 | X-User: b
c drop
soon c stream from=127.0.0.9 /ip/{e} | X-User: b
# who only asks has not come
repeat 5 http HEAD /rare/{e} | X-User: rob => 200
f stream /rare/{e} | X-User: rob
g stream /rare/{e} | X-User: roy
http GET /rare/{e} | X-User: ray => 429 ~ Too many connections were opened
http header Retry-After ~ ^\d+$
repeat 5 http HEAD /user/{e} | X-User: uma => 200
f stream /user/{e} | X-User: uma
f stream /user/{e} | X-User: uma
http GET /user/{e} | X-User: uma => 429
http HEAD /user/{e} | X-User: ulf => 200
f stream /join/{e} | X-User: jo
f stream /join/{e} | X-User: jo
http GET /join/{e} | X-User: jo => 429 ~ rate_limited
f stream /dry/{e} | X-User: dan
g stream /dry/{e} | X-User: dan
g until json {"ev":"joined"}
# each guest is somebody else
f stream /guest/{e}
g stream /guest/{e}
g until json {"ev":"joined"}



=== TEST 9: who reads nothing; a worker that waits no longer
--- main_config
    worker_shutdown_timeout 500ms;
--- http_config
    $TEST_NGINX_STORE
    chat_leave_delay 0;
    chat_drain_time 300ms;
    chat_close_timeout 1m;
    chat_send_timeout 1m;
    chat_buffer_total 1m;
    chat_history 10 1h;
--- config
    listen 127.0.0.1:$TEST_NGINX_SPARE_PORT ssl http2 sndbuf=16k;
    ssl_certificate $TEST_NGINX_CERT;
    ssl_certificate_key $TEST_NGINX_KEY;
    chat_user $http_x_user;
    chat_buffer_size 0;
    chat_max_text 16384;
    location /ws { chat; }
    location /status { chat_status; }
    location /api { chat_api; }
    location /kept { chat_api; chat_detach off; }
    location /soon { chat_api; chat_send_timeout 500ms; }
    location /soon-kept {
        chat_api;
        chat_send_timeout 500ms;
        chat_detach off;
    }
--- chat
set e = v1/rooms/r/events
set t = tls rcvbuf=4096 port=$TEST_NGINX_SPARE_PORT
a hello /ws | X-User: ann
a call {"op":"join","room":"r"}
k stream {t} /soon/{e} | X-User: kim
l stream {t} /soon-kept/{e} | X-User: lea
m stream h2 {t} /soon/{e} | X-User: mia
n stream h2 window=65535 {t} /soon/{e} | X-User: nan
k until json {"ev":"joined"}
l until json {"ev":"joined"}
m until json {"ev":"joined"}
n until json {"ev":"joined"}
k slow
l slow
m slow
n slow
repeat 20 a call {"op":"send","room":"r","text":"{rep 10000 x}"}
soon http GET /api/v1/rooms/r | X-User: ann => 200 ~ "count":1
errlog ~ reads too slowly \(110
# of all of this worker the one with the most
s stream {t} /api/{e} | X-User: sue
s until json {"ev":"joined"}
s slow
repeat 150 a call {"op":"send","room":"r","text":"{rep 10000 x}"}
errlog ~ queues of this worker hold \d+ bytes
s resume
s until json {"ev":"close","code":4101}
s expect eof
# nobody waits for those that still read nothing
b stream {t} /api/{e} | X-User: bob
c stream {t} /kept/{e} | X-User: cal
d stream h2 {t} /api/{e} | X-User: dan
b until json {"ev":"joined"}
c until json {"ev":"joined"}
d until json {"ev":"joined"}
b slow
c slow
d slow
repeat 20 a call {"op":"send","room":"r","text":"{rep 10000 x}"}
reload
soon metric /status workers{state="draining"} == 0
