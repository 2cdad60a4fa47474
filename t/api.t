# The HTTP API: who may call what, what a call does, and what sockets see of it.

use strict;
use warnings;

use lib 't/lib';
use ChatTest;

our $config = <<'_EOC_';
    location /ws {
        chat;
        chat_user $http_x_user;
        chat_user_roles $http_x_roles;
    }
    location /api {
        chat_api;
        chat_api_key_file ../html/keys;
        chat_user $http_x_user;
        chat_user_roles $http_x_roles;
        chat_history_page 5;
    }
    location /guest { chat_api; chat_guests on; }
    location /read { chat_api; chat_guests read; }
    location /token {
        chat_api;
        chat_token_key $TEST_NGINX_TOKENS/secret;
        chat_api_key_file ../html/keys;
    }
    location /fixed {
        chat_api;
        chat_room lobby;
        chat_user $http_x_user;
        chat_user_roles $http_x_roles;
    }
    location /asked {
        chat_api;
        chat_api_key_file ../html/keys;
        chat_user $http_x_user;
        chat_join_request /nobody;
    }
    location /nobody { return 403; }
    location /moved {
        rewrite ^/moved/(.*) /api/$1 last;
    }
_EOC_

our $keys = <<'_EOC_';
>>> keys
# of the shop
shop-0123456789abcdef0123456789abcdef

site-0123456789abcdef0123456789abcdef
_EOC_

our $key = 'Authorization: Bearer shop-0123456789abcdef0123456789abcdef';
our $json = 'Content-Type: application/json';

run_chat();

__DATA__

=== TEST 1: A1 who calls: nobody, a user, a backend, a guest, a token
--- config eval: $::config
--- user_files eval: $::keys
--- chat eval
<<"_EOC_" =~ s/KEY/$::key/gr =~ s/JSON/$::json/gr;
http GET /api/v1/me => 401 ~ "code":"unauthorized"
http header WWW-Authenticate Bearer
http header Content-Type application/problem+json
http GET /api/v1/me | Authorization: Bearer shop-0123456789abcdef0123456789abcdeF => 401 ~ key is not known
http GET /api/v1/me | Authorization: Bearer shop-0123456789abcdef0123456789abcdef0 => 401
http GET /api/v1/me | X-User: ann | Authorization: Bearer x => 401
http header WWW-Authenticate Bearer
http GET /api/v1/me | Authorization: Basic eDp5 => 401
http GET /api/v1/me | X-User: ann => 200 ~ "user":\\{"id":"ann","name":"ann","roles":\\[\\],"guest":false\\}
http header Cache-Control no-store
http GET /api/v1/me | X-User: ann | X-Roles: moderator => 200 ~ "roles":\\["moderator"\\].*"text":4000,"history":5\\},"features":\\["history","edit","presence"\\]
http GET /api/v1/me | KEY => 200 ~ "id":"\\*".*"owner"
http GET /api/v1/me | Authorization: Bearer site-0123456789abcdef0123456789abcdef => 200 ~ "owner"
http GET /guest/v1/me?name=Ann => 200 ~ "id":"guest-\\w+","name":"Ann","roles":\\[\\],"guest":true
http GET /guest/v1/me?name=%00 => 400 ~ invalid_name
http POST /read/v1/rooms/r/messages | JSON || {"text":"x"} => 403 ~ forbidden
token t HS256 {"sub":"ann","exp":+600}
token e HS256 {"sub":"ann","exp":-600}
http GET /token/v1/me => 401
http GET /token/v1/me | Authorization: Bearer {t} => 200 ~ "id":"ann"
http GET /token/v1/me | Authorization: Bearer {e} => 401 ~ token_expired
http header WWW-Authenticate Bearer error="invalid_token"
http GET /token/v1/me?token={t} => 401 ~ in the address
http GET /token/v1/me | KEY => 200 ~ "owner"
errlog !~ 0123456789abcdef
access !~ eyJ
_EOC_



=== TEST 2: A2 A13 A16 methods, HEAD, preflights, what is no path
--- config eval: $::config
--- user_files eval: $::keys
--- chat eval
<<"_EOC_" =~ s/KEY/$::key/gr =~ s/JSON/$::json/gr;
http PUT /api/v1/rooms/r/messages | KEY => 405 ~ bad_request
http header Allow GET, HEAD, POST, OPTIONS
http PUT /api/v1/rooms/r | KEY => 405
http header Allow GET, HEAD, PATCH, DELETE, OPTIONS
http PUT /api/v1/rooms/r/messages/1 | KEY => 405
http header Allow GET, HEAD, PATCH, DELETE, OPTIONS
http POST /api/v1/me | KEY => 405
http header Allow GET, HEAD, OPTIONS
http POST /api/v1/users/ann/connections | KEY => 405
http header Allow DELETE, OPTIONS
http OPTIONS /api/v1/rooms/r/messages | Origin: http://evil.example | Access-Control-Request-Method: POST => 204
http header Allow GET, HEAD, POST, OPTIONS
http header !Access-Control-Allow-Origin
http GET /api/v1/me | Origin: http://evil.example | X-User: ann => 200
http header !Access-Control-Allow-Origin
http HEAD /api/v1/rooms/r | KEY => 200 ~ ^\$
http header Content-Length ~ ^\\d\\d
http GET /api/v1/me | KEY | Range: bytes=0-3 => 200 ~ "user"
# nothing there
http GET /api/v1 | KEY => 404 ~ not_found
http GET /api/v1/ | KEY => 404
http GET /api/v1/me/ | KEY => 404
http GET /api//v1/me | KEY => 404
http GET /api/v1/rooms/ | KEY => 404
http GET /api/v1/rooms/a/nothing | KEY => 404
http GET /api/v1/rooms%2Fa | KEY => 404
# no path
http GET /api/v1/rooms/a%2Fb | KEY => 400 ~ slash
http GET /api/v1/x/../me | KEY => 400 ~ bad_request
http GET /api/v1/rooms/%ff | KEY => 400 ~ UTF-8
http GET /api/v1/rooms/a%0ab | KEY => 400 ~ control
http GET /api/v1/rooms/a%00 | KEY => 400
http GET /api/v1/rooms/{rep 2000 a} | KEY => 400 ~ too long
http GET /api/v1/rooms/a%20b | KEY => 422 ~ invalid_name
# ids of users have slashes and more; what was rewritten is decoded by then
http DELETE /api/v1/users/a%2Fb%C3%A4/connections | KEY => 204
http GET /%61pi/v1/me | KEY => 200
http GET /moved/v1/me | KEY => 200
_EOC_



=== TEST 3: A4 A6 bodies, and what is wrong with them
--- config eval: $::config
--- user_files eval: $::keys
--- chat eval
<<"_EOC_" =~ s/KEY/$::key/gr =~ s/JSON/$::json/gr;
set m = /api/v1/rooms/r/messages
http POST {m} | KEY => 400 ~ "pointer":"/text"
http POST {m} | KEY | Content-Type: text/plain || {"text":"x"} => 415 ~ application/json
http POST {m} | KEY || {"text":"x"} => 415
http POST {m} | KEY | JSON | Content-Encoding: gzip || {"text":"x"} => 415
http POST {m} | KEY | Content-Type: APPLICATION/json; charset=utf-8 || {"text":"x"} => 201
http POST {m} | KEY | JSON || {"text":"{rep 16400 a}"} => 413 ~ too_large
http POST {m} | KEY | JSON || {"text":"{rep 4001 a}"} => 413 ~ "pointer":"/text"
http POST {m} | KEY | JSON || {"text":"{rep 4000 a}","meta":{"a":"{rep 900 b}"},"x":"{rep 11000 c}"} => 201
http POST {m} | KEY | JSON || [] => 400 ~ must be a
http POST {m} | KEY | JSON || {"text":"x" => 400
http POST {m} | KEY | JSON || {"text":1} => 400 ~ "pointer":"/text"
http POST {m} | KEY | JSON || {"text":"a\\u0000"} => 422 ~ invalid_text
http POST {m} | KEY | JSON || {"text":"x","re":0} => 400 ~ "pointer":"/re"
http POST {m} | KEY | JSON || {"data":"aGk"} => 400 ~ "pointer":"/enc"
http POST {m} | KEY | JSON || {"text":"x","data":"aGk","enc":"e1"} => 400 ~ "pointer":"/text"
http POST {m} | KEY | JSON || {"text":"x","from":{"id":""}} => 400 ~ "pointer":"/from"
http POST {m} | KEY | JSON || {"text":"x","from":{"id":"a","name":"\\u0000"}} => 400
http POST {m} | KEY | JSON || {"text":"x","from":{"id":"a","name":""}} => 422 ~ "pointer":"/from/name"
http POST {m} | X-User: ann | JSON || {"text":"x","from":{"id":"bob"}} => 403 ~ "pointer":"/from"
http POST {m} | KEY | JSON | Idempotency-Key: a b || {"text":"x"} => 400 ~ Idempotency-Key
http POST {m} | KEY | JSON | Idempotency-Key: a | Idempotency-Key: b || {"text":"x"} => 400
http PATCH /api/v1/rooms/r | KEY | JSON || {} => 400 ~ slow
http PUT /api/v1/rooms/r/bans/ann | KEY => 400 ~ ban is of a user
http PUT /api/v1/rooms/r/bans/i:300.1.1.1 | KEY => 400 ~ IPv4
# in chunks, in pieces; what is refused unread does not become a request
a open
a write POST {m} HTTP/1.1\\r\\nHost: x\\r\\nKEY\\r\\nJSON\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n5\\r\\n{"tex\\r\\n
a write 7\\r\\nt":"y"}\\r\\n0\\r\\n\\r\\n
a expect http 201 ~ "seq":3
a write POST {m} HTTP/1.1\\r\\nHost: x\\r\\nKEY\\r\\nContent-Length: 5\\r\\n\\r\\nabcde
a expect http 415
a write GET /api/v1/me HTTP/1.1\\r\\nHost: x\\r\\nKEY\\r\\n\\r\\n
a expect http 200 ~ owner
a write OPTIONS {m} HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 5\\r\\n\\r\\nabcde
a expect http 204
a write GET /api/v1/me HTTP/1.1\\r\\nHost: x\\r\\nKEY\\r\\n\\r\\n
a expect http 200 ~ owner
a drop
_EOC_



=== TEST 4: A7 A8 A18 a message by HTTP is one like any other, once for a key
--- config eval: $::config
--- user_files eval: $::keys
--- chat eval
<<"_EOC_" =~ s/KEY/$::key/gr =~ s/JSON/$::json/gr;
a hello /ws?room=lobby | X-User: ann
b hello worker!=a /ws?room=lobby | X-User: bob
a find json {"ev":"joined"}
b find json {"ev":"joined"}
a call {"op":"send","room":"lobby","text":"one"} => {"ok":{"seq":1}} as m
http POST /api/v1/rooms/lobby/messages | KEY | JSON | Idempotency-Key: k-1 || {"text":"two \\"<\\u2028","re":1,"meta":{"n":1.0},"from":{"id":"shop","name":"The Shop"}} => 201 ~ ^\\{"seq":2,"time":\\d+,"epoch":"{m.ok.epoch}"\\}\$ as p
http header Location /api/v1/rooms/lobby/messages/2
http header !Idempotency-Replayed
a until json {"ev":"message","seq":2,"prev":1,"time":{p.time},"text":"~^two","cid":"k-1","re":1,"meta":{"n":1},"from":{"id":"shop","name":"The Shop","role":"!"}}
b until json {"ev":"message","seq":2,"prev":1,"from":{"id":"shop"}}
http POST /api/v1/rooms/lobby/messages | KEY | JSON | Idempotency-Key: "k-1" || {"text":"two \\"<\\u2028","re":1,"meta":{"n":1.0},"from":{"id":"shop","name":"The Shop"}} => 200 ~ ^\\{"seq":2,"time":{p.time},"epoch":"{m.ok.epoch}"\\}\$
http header Idempotency-Replayed true
http POST /api/v1/rooms/lobby/messages | KEY | JSON | Idempotency-Key: k-1 || {"text":"other","from":{"id":"shop"}} => 422 ~ cid_reused
# the key is of a user: another has it too, and with what is sent by a socket it is one
http POST /api/v1/rooms/lobby/messages | X-User: bob | JSON | Idempotency-Key: k-1 || {"text":"three"} => 201 ~ "seq":3
b call {"op":"send","room":"lobby","cid":"k-1","text":"three"} => {"ok":{"seq":3,"dup":true}}
http POST /api/v1/rooms/lobby/messages | X-User: cyd | X-Roles: moderator | JSON || {"text":"four"} => 201
http POST /api/v1/rooms/lobby/messages | KEY | JSON || {"text":"five"} => 201
a until json {"ev":"message","seq":4,"prev":3,"from":{"id":"cyd","role":"moderator"}}
a until json {"ev":"message","seq":5,"prev":4,"from":{"id":"*","role":"owner"}}
http GET /api/v1/rooms/lobby/messages/2 | X-User: ann => 200 ~ "ev":"message","room":"lobby","seq":2,.*two \\\\"<\\\\u2028
http GET /api/v1/rooms/lobby/messages/6 | X-User: ann => 404 ~ No message
# what is sealed is handed on as it is
http POST /api/v1/rooms/sealed/messages | KEY | JSON || {"data":"aGk_-","enc":"e1","re":3} => 201
http GET /api/v1/rooms/sealed/messages/1 | X-User: ann => 200 ~ "enc":"e1","data":"aGk_-","re":3
# a room that nobody was in is a room from now on
http POST /api/v1/rooms/new/messages | KEY | JSON || {"text":"x"} => 201 ~ "seq":1
# the call itself is in no room
http GET /api/v1/rooms/lobby | X-User: ann => 200 ~ ^\\{"room":"lobby","epoch":"{m.ok.epoch}","top":5,"floor":1,"config":\\{"slow":0,"lock":"open"\\},"count":2\\}\$
http GET /api/v1/rooms/lobby/members | X-User: cyd => 200 ~ ^\\{"users":\\[\\{"id":"ann","name":"ann"\\},\\{"id":"bob","name":"bob"\\}\\],"count":2,"more":false\\}\$
http GET /api/v1/rooms/lobby/members?limit=1 | KEY => 200 ~ "ann".*"more":true
http header Link <?after=ann&limit=1>; rel="next"
http GET /api/v1/rooms/lobby/members?limit=1&after=ann | KEY => 200 ~ "bob".*"more":false
http GET /api/v1/rooms/lobby/members?after=%00 | KEY => 400
# who has the room of a location alone has no other; nor whom the site does not let in
http GET /fixed/v1/rooms/lobby | X-User: ann => 200
http GET /fixed/v1/rooms/new | X-User: ann => 403
http DELETE /fixed/v1/users/ann/connections | X-User: bob | X-Roles: owner => 403
http GET /asked/v1/rooms/lobby | X-User: ann => 403 ~ forbidden
http GET /asked/v1/rooms/lobby | KEY => 200
http GET /asked/v1/me | X-User: ann => 200
_EOC_



=== TEST 5: A10 A16 pages of a log: links, tags, what is gone, what is too much
--- http_config
$TEST_NGINX_STORE
chat_history 10;
--- config eval: $::config
--- user_files eval: $::keys
--- chat eval
<<"_EOC_" =~ s/KEY/$::key/gr =~ s/JSON/$::json/gr;
a hello /ws?room=r | X-User: ann
a find json {"ev":"joined"}
set p = /api/v1/rooms/r/messages
http GET {p} | KEY => 200 ~ "messages":\\[\\],"more":false,"top":0 as e
http header ETag "{e.epoch}-0"
http header !Link
http GET {p} | KEY | If-None-Match: "{e.epoch}-0" => 304 ~ ^\$
a repeat 6 send json {"op":"send","room":"r","text":"t{i}"}
a until json {"ev":"message","seq":6}
http GET {p} | KEY | If-None-Match: "{e.epoch}-0" => 200 ~ "seq":2,.*"seq":6,.*"more":true,"top":6,"floor":1
http header ETag "{e.epoch}-6"
http header Cache-Control private, no-cache
http header Link <?before=2&limit=5&epoch={e.epoch}>; rel="prev"
http GET {p} | KEY | If-None-Match: "x", "{e.epoch}-6" => 304
http GET {p}?before=2&limit=5&epoch={e.epoch} | KEY => 200 ~ "seq":1,.*"more":false
http header Link <?after=1&limit=5&epoch={e.epoch}>; rel="next"
http GET {p}?after=4&limit=1000000000 | X-User: bob => 200 ~ "messages":\\[\\{"ev":"message","room":"r","seq":5
http GET {p}?after=6 | KEY => 200 ~ "messages":\\[\\],"more":false
http GET {p}?limit=0 | KEY => 200 ~ "messages":\\[\\]
http GET {p}?epoch=other | KEY => 409 ~ epoch_changed
http GET {p}?after=0&epoch=other | KEY => 409
# a Redis cuts its log in pieces of a hundred
a repeat 230 send json {"op":"send","room":"r","text":"u{i}"}
a until json {"ev":"message","seq":236}
http GET {p}?after=1 | KEY => 410 ~ "code":"gone"
http GET {p}/1 | KEY => 410
http GET {p}?before=1&after=2 | KEY => 400 ~ before
http GET {p}?after=-1 | KEY => 400
http GET {p}?after=9007199254740993 | KEY => 400
http GET {p}?limit=x | KEY => 400 ~ limit
http GET {p}?epoch= | KEY => 400 ~ epoch
http GET {p}?wait=25 | KEY => 400 ~ wait
_EOC_



=== TEST 6: A9 moderation by a backend and by users, and what sockets see of it
--- config eval: $::config
--- user_files eval: $::keys
--- chat eval
<<"_EOC_" =~ s/KEY/$::key/gr =~ s/JSON/$::json/gr;
a hello /ws?room=r | X-User: ann
b hello worker!=a /ws?room=r | X-User: bob
a find json {"ev":"joined"}
b find json {"ev":"joined"}
set r = /api/v1/rooms/r
# a user may not; a moderator may what it may by a socket
http PUT {r}/bans/u:bob | X-User: ann => 403 ~ forbidden
http GET {r}/bans/u:bob | X-User: ann => 403
http GET {r}/acts | X-User: ann => 403
http PATCH {r} | X-User: ann | JSON || {"slow":1} => 403
http GET {r}/roles/ann | KEY => 200 ~ ^\\{"role":"none"\\}\$
http PUT {r}/roles/ann | KEY | JSON || {"role":"moderator","from":{"id":"shop"}} => 200
a until json {"ev":"room","role":"moderator"}
# the first act in a room: a worker that has not heard of it yet asks nobody
soon http GET {r}/roles/ann | X-User: ann => 200 ~ ^\\{"role":"moderator"\\}\$
http PUT {r}/roles/cyd | X-User: ann | JSON || {"role":"owner"} => 403
http PUT {r}/roles/cyd | X-User: ann | JSON || {"role":"member"} => 200
http DELETE {r}/roles/cyd | X-User: ann | JSON || {"reason":"gone"} => 204
http GET {r}/roles/cyd | KEY => 200 ~ none
# mutes
soon http GET {r}/mutes/bob | X-User: ann => 404 ~ no such mute
http PUT {r}/mutes/bob | X-User: ann | JSON || {"for":600} => 200 ~ "until":\\d+
b until json {"ev":"room","muted":*}
http GET {r}/mutes/bob | X-User: ann => 200 ~ ^\\{"until":\\d+\\}\$
http POST {r}/messages | X-User: bob | JSON || {"text":"x"} => 403 ~ "code":"muted".*"until":\\d+
http DELETE {r}/mutes/bob | KEY => 204 ~ ^\$
http GET {r}/mutes/bob | KEY => 404
# the room
http PATCH {r} | KEY | JSON || {"slow":30,"lock":"write"} => 200 ~ ^\\{"config":\\{"slow":30,"lock":"write"\\}\\}\$
b until json {"ev":"room","config":{"slow":30,"lock":"write"}}
http POST {r}/messages | X-User: bob | JSON || {"text":"x"} => 403 ~ locked
http PATCH {r} | X-User: ann | Content-Type: application/merge-patch+json || {"lock":"open"} => 200 ~ "slow":30,"lock":"open"
http POST {r}/messages | X-User: bob | JSON || {"text":"x"} => 201
http POST {r}/messages | X-User: bob | JSON || {"text":"y"} => 429 ~ "code":"slow_mode".*"retry_after":(?:30|2\\d)
http header Retry-After ~ ^(?:30|2\\d)\$
http PATCH {r} | KEY | JSON || {"slow":0} => 200
# kicks and bans
http DELETE {r}/members/bob | KEY | JSON || {"reason":"out","from":{"id":"shop","name":"Shop"}} => 204
b until json {"ev":"left","reason":"kicked","by":{"id":"shop","name":"Shop"},"message":"out"}
http DELETE {r}/members/nobody | KEY => 204
http GET {r}/bans/u:bob | KEY => 404 ~ no such ban
http PUT {r}/bans/u:bob | KEY | JSON || {"for":600,"reason":"spam"} => 200 ~ "until":\\d+
http GET {r}/bans/u:bob | KEY => 200 ~ "until"
http GET {r}/messages | X-User: bob => 403 ~ "code":"banned".*"until"
http GET {r}/members | X-User: bob => 403 ~ banned
b call {"op":"join","room":"r"} => {"error":{"code":"banned"}}
http DELETE {r}/bans/u:bob | KEY => 204
http PUT {r}/bans/i:127.0.0.1 | KEY => 200
http GET {r}/bans/i:127.0.0.1 | KEY => 200
http GET {r}/messages | X-User: bob => 403 ~ banned
http DELETE {r}/bans/i:127.0.0.1 | KEY => 204
http GET {r}/messages | X-User: bob => 200
http GET {r}/acts?limit=3 | X-User: ann => 200 ~ ^\\{"acts":\\[\\{"time":\\d+,"do":"unban".*"do":"ban".*"ip":"127.0.0.1".*"do":"unban"
http GET {r}/acts | KEY => 200 ~ "do":"role","by":\\{"id":"shop".*"reason":"spam"
# the site: bans and kicks in all rooms
http PUT /api/v1/rooms/*/mutes/bob | KEY => 403
http PUT /api/v1/rooms/*/bans/u:cyd | X-User: ann => 403
http PUT /api/v1/rooms/*/bans/u:cyd | KEY => 200
soon http GET /api/v1/me | X-User: cyd => 403 ~ banned
soon http GET {r}/messages | X-User: cyd => 403 ~ banned
http GET /api/v1/rooms/*/bans/u:cyd | KEY => 200
http DELETE /api/v1/rooms/*/bans/u:cyd | KEY => 204
http GET /api/v1/me | X-User: cyd => 200
http DELETE /api/v1/users/ann/connections | X-User: bob => 403
http DELETE /api/v1/users/ann/connections | KEY => 204
a until close 4005
http DELETE /api/v1/users/nobody/connections | KEY => 204
_EOC_



=== TEST 7: A13 a page of another site does nothing with the cookies of this one
--- config eval: $::config
--- user_files eval: $::keys
--- chat eval
<<"_EOC_" =~ s/KEY/$::key/gr =~ s/JSON/$::json/gr;
set p = /api/v1/rooms/r/messages
http POST {p} | X-User: ann | Cookie: a=b | JSON || {"text":"x"} => 403 ~ needs an Origin
http POST {p} | X-User: ann | Cookie: a=b | Origin: http://evil.example | JSON || {"text":"x"} => 403 ~ chat_origin
http POST {p} | X-User: ann | Cookie: a=b | Origin: null | JSON || {"text":"x"} => 403
http DELETE /api/v1/users/bob/connections | X-User: ann | X-Roles: owner | Cookie: a=b => 403 ~ needs an Origin
http POST {p} | X-User: ann | Cookie: a=b | Host: site.example | Origin: http://site.example | Content-Type: text/plain || {"text":"x"} => 415
http POST {p} | X-User: ann | Cookie: a=b | Host: site.example | Origin: http://site.example | JSON || {"text":"x"} => 201
http POST {p} | X-User: ann | Origin: http://evil.example | JSON || {"text":"x"} => 403
http GET {p} | X-User: ann | Cookie: a=b => 200 ~ "top":1
# a key is no cookie: no browser has it
http POST {p} | KEY | Cookie: a=b | JSON || {"text":"x"} => 201
_EOC_



=== TEST 8: A15 limits hold for users by HTTP, of a room for backends too
--- http_config
$TEST_NGINX_STORE
--- config eval
<<"_EOC_";
    location /api {
        chat_api;
        chat_api_key_file ../html/keys;
        chat_user \$http_x_user;
        chat_limit rate=1r/m burst=2 ops=send;
        chat_limit rate=1r/m burst=2 ops=history;
        chat_limit rate=1r/m burst=5 per=room ops=send;
    }
    location /dry { chat_api; chat_user \$http_x_user; chat_limit rate=1r/m burst=1 ops=all; chat_limit_dry_run on; }
    location /guest { chat_api; chat_guests on; chat_limit rate=1r/m burst=2 ops=all; }
_EOC_
--- user_files eval: $::keys
--- limits
--- chat eval
<<"_EOC_" =~ s/KEY/$::key/gr =~ s/JSON/$::json/gr;
set p = /api/v1/rooms/r/messages
http POST {p} | X-User: ann | JSON || {"text":"1"} => 201
http POST {p} | X-User: ann | JSON || {"text":"2"} => 201
http POST {p} | X-User: ann | JSON || {"text":"3"} => 429 ~ "code":"rate_limited".*"retry_after":\\d
http header Retry-After ~ ^\\d+\$
http POST {p} | X-User: bob | JSON || {"text":"3"} => 201
http GET {p} | X-User: ann => 200
http GET {p} | X-User: ann => 200
http GET {p} | X-User: ann => 429
http GET {p} | KEY => 200 ~ "top":3
http POST {p} | KEY | JSON || {"text":"4"} => 201
http POST {p} | KEY | JSON || {"text":"5"} => 201
http POST {p} | KEY | JSON || {"text":"6"} => 429 ~ rate_limited
http POST /api/v1/rooms/other/messages | KEY | JSON || {"text":"1"} => 201
http GET /guest/v1/me => 200
http GET /guest/v1/me => 200
http GET /guest/v1/me => 429
http GET /dry/v1/me | X-User: ann => 200
http GET /dry/v1/me | X-User: ann => 200
_EOC_



=== TEST 9: keys change with the file, at a reload
--- config eval: $::config
--- user_files eval: $::keys . ">>> more\nmore-0123456789abcdef0123456789abcdef\n"
--- chat eval
<<"_EOC_" =~ s/KEY/$::key/gr =~ s/JSON/$::json/gr;
http GET /api/v1/me | KEY => 200
copy \$TEST_NGINX_SERVROOT/html/more \$TEST_NGINX_SERVROOT/html/keys
http GET /api/v1/me | KEY => 200
reload
http GET /api/v1/me | KEY => 401
http GET /api/v1/me | Authorization: Bearer more-0123456789abcdef0123456789abcdef => 200
_EOC_



=== TEST 10: A11 without a store nothing is promised
--- store: redis
--- config eval: $::config
--- user_files eval: $::keys
--- chat eval
<<"_EOC_" =~ s/KEY/$::key/gr =~ s/JSON/$::json/gr;
set p = /api/v1/rooms/r/messages
http POST {p} | KEY | JSON || {"text":"x"} => 201
redis stop
soon http POST {p} | KEY | JSON || {"text":"x"} => 503 ~ "code":"unavailable".*"retry_after":2,"temporary":true
http header Retry-After 2
http header Content-Type application/problem+json
http GET {p} | KEY => 503
http GET /api/v1/rooms/r | X-User: ann => 503
http DELETE /api/v1/users/ann/connections | KEY => 503
redis start
soon http POST {p} | KEY | JSON || {"text":"y"} => 201
# it takes commands and answers none
redis pause
http GET {p} | KEY => 503 ~ "code":"unavailable"
http header Retry-After 2
redis resume
soon http GET {p} | KEY => 200
_EOC_



=== TEST 11: who goes while the store thinks is not waited for, and stored is stored
--- store: redis
--- workers: 1
--- config eval: $::config
--- user_files eval: $::keys
--- chat eval
<<"_EOC_" =~ s/KEY/$::key/gr =~ s/JSON/$::json/gr;
set p = /api/v1/rooms/r/messages
http POST {p} | KEY | JSON || {"text":"x"} => 201
redis pause
a open
a write POST {p} HTTP/1.1\\r\\nHost: x\\r\\nKEY\\r\\nJSON\\r\\nContent-Length: 12\\r\\n\\r\\n{"text":"y"}
b open
b write GET {p}?limit=1 HTTP/1.1\\r\\nHost: x\\r\\nKEY\\r\\n\\r\\n
c open
c write POST {p} HTTP/1.1\\r\\nHost: x\\r\\nKEY\\r\\nJSON\\r\\nContent-Length: 12\\r\\n\\r\\n{"text":"z"}
# the only worker has read them all when it has answered this
http GET /api/v1/me | KEY => 200
a drop
b reset
access ~ "POST {p} HTTP/1.1" 499
access ~ "GET {p}.limit=1 HTTP/1.1" 499
redis resume
c expect http 201
c drop
soon http GET {p} | KEY => 200 ~ "top":3
_EOC_



=== TEST 12: a message is edited and deleted, by whom it may be
--- config eval: $::config
--- user_files eval: $::keys
--- chat eval
<<"_EOC_" =~ s/KEY/$::key/gr =~ s/JSON/$::json/gr;
set p = /api/v1/rooms/r/messages
a hello /ws?room=r | X-User: ann
a find json {"ev":"joined"}
a call {"op":"send","room":"r","text":"one"} => {"ok":{"seq":1}} as m
http PATCH {p}/1 | X-User: ann | JSON | Idempotency-Key: e-1 || {"text":"two"} => 200 ~ ^\\{"seq":2,"time":\\d+,"epoch":"{m.ok.epoch}"\\}\$
http header !Location
a until json {"ev":"edit","seq":2,"prev":1,"ref":1,"text":"two","cid":"e-1","from":{"id":"ann"}}
http PATCH {p}/1 | X-User: ann | JSON | Idempotency-Key: e-1 || {"text":"two"} => 200 ~ "seq":2
http header Idempotency-Replayed true
http PATCH {p}/1 | X-User: ann | JSON | Idempotency-Key: e-1 || {"text":"three"} => 422 ~ cid_reused
http PATCH {p}/1 | X-User: ann | JSON || {} => 400 ~ text
http PATCH {p}/1 | X-User: bob | JSON || {"text":"x"} => 403 ~ forbidden
http PATCH {p}/1 | X-User: mia | X-Roles: moderator | JSON || {"text":"x"} => 403
http PATCH {p}/2 | X-User: ann | JSON || {"text":"x"} => 404 ~ No message has this number
http DELETE {p}/1 | X-User: bob => 403
http DELETE {p}/9 | KEY => 404
# a backend may change what anybody has said
http PATCH {p}/1 | KEY | JSON || {"text":"four"} => 200 ~ "seq":3
a until json {"ev":"edit","seq":3,"ref":1,"text":"four","from":{"id":"*"}}
http DELETE {p}/1 | KEY | JSON || {"reason":"by law","from":{"id":"shop"}} => 200 ~ "seq":4
a until json {"ev":"delete","seq":4,"ref":1,"reason":"by law","from":{"id":"shop"}}
http GET {p}/1 | X-User: ann => 200 ~ "ev":"message","room":"r","seq":1,.*"text":"","deleted":true
http GET {p}?after=0 | X-User: ann => 200 ~ ^(?!.*(one|two|four)).*"ev":"edit".*"ev":"delete"
http GET /api/v1/rooms/r/acts | KEY => 200 ~ "do":"delete","by":\\{"id":"shop","name":"shop"\\},"user":"ann","ref":1,"reason":"by law"
http DELETE {p}/1 | KEY => 404
_EOC_



=== TEST 13: a worker that ends answers first; one that is ended says so
--- store: redis
--- workers: 1
--- config eval: $::config
--- user_files eval: $::keys
--- chat eval
<<"_EOC_" =~ s/KEY/$::key/gr =~ s/JSON/$::json/gr;
set p = /api/v1/rooms/r/messages
http POST {p} | KEY | JSON || {"text":"x"} => 201
redis pause
a open
a write POST {p} HTTP/1.1\\r\\nHost: x\\r\\nKEY\\r\\nJSON\\r\\nContent-Length: 12\\r\\n\\r\\n{"text":"y"}
http GET /api/v1/me | KEY => 200
quit
sleep 0.2
redis resume
a expect http 201
a drop
gone 10
_EOC_



=== TEST 14: nobody waits for a worker that is ended at once
--- store: redis
--- workers: 1
--- config eval: $::config
--- user_files eval: $::keys
--- chat eval
<<"_EOC_" =~ s/KEY/$::key/gr =~ s/JSON/$::json/gr;
set p = /api/v1/rooms/r/messages
http POST {p} | KEY | JSON || {"text":"x"} => 201
redis pause
a open
a write POST {p} HTTP/1.1\\r\\nHost: x\\r\\nKEY\\r\\nJSON\\r\\nContent-Length: 12\\r\\n\\r\\n{"text":"y"}
b open
b write GET {p}?limit=2 HTTP/1.1\\r\\nHost: x\\r\\nX-User: ann\\r\\n\\r\\n
http GET /api/v1/me | KEY => 200
signal TERM
a expect http 503 ~ unavailable
gone 10
redis resume
_EOC_



=== TEST 15: A15 a connection's limit holds where nothing else is limited
--- http_config
$TEST_NGINX_STORE
--- config
    location /api {
        chat_api;
        chat_user $http_x_user;
        chat_limit rate=1r/m burst=1 ops=all;
        chat_limit off per=user,room ops=send,all;
        chat_limit off per=ip ops=connect;
        chat_max_connections off;
    }
--- limits
--- chat
http GET /api/v1/me | X-User: ann => 200
http GET /api/v1/me | X-User: ann => 429
http GET /api/v1/me | X-User: bob => 200
