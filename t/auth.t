# Who somebody is, beyond the token of a handshake: "auth" on an open socket,
# the end of a token, roles, guests, and the logins that nginx brings.

use strict;
use warnings;

use lib 't/lib';
use ChatTest;

our $config = <<'_EOC_';
    location /ws {
        chat;
        chat_token_key $TEST_NGINX_TOKENS/secret;
    }
    location /soon {
        chat;
        chat_auth_timeout 2s;
        chat_ping_interval 1s;
        chat_token_key $TEST_NGINX_TOKENS/secret;
    }
    location /kept {
        chat;
        chat_detach off;
        chat_token_key $TEST_NGINX_TOKENS/secret;
    }
    location /plain { chat; chat_guests on; }
_EOC_

run_chat();

__DATA__

=== TEST 1: J13 a handshake without a token waits for "auth", and may nothing else
--- config eval: $::config
--- chat
a connect /ws?room=lobby | Sec-WebSocket-Protocol: chat.v1
a header Sec-WebSocket-Protocol chat.v1
a call {"op":"ping","t":5} => {"ok":{"t":5}}
a call {"op":"join","room":"lobby"} => {"error":{"code":"unauthorized","status":401,"message":"~auth"}}
a call {"op":"send","room":"lobby","text":"x"} => {"error":{"code":"unauthorized"}}
a call {"op":"leave","room":"lobby"} => {"error":{"code":"unauthorized"}}
a call {"op":"who","room":"lobby"} => {"error":{"code":"unauthorized"}}
a call {"op":"history","room":"lobby"} => {"error":{"code":"unauthorized"}}
a call {"op":"typing","room":"lobby"} => {"error":{"code":"unauthorized"}}
a send json {"op":"join","room":"lobby"}
a expect json {"ev":"error","error":{"code":"unauthorized"}}
a call {"op":"auth"} => {"error":{"code":"bad_request","message":"~\"token\""}}
a call {"op":"auth","token":7} => {"error":{"code":"bad_request"}}
# and then it is who it says: the answer, the welcome, and the room
token t HS256 {"sub":"ann","name":"Ann","roles":"moderator","exp":+600}
a send json {"op":"auth","id":9,"token":"{t}"}
a expect json {"id":9,"ok":{"user":{"id":"ann","name":"Ann","roles":["moderator"],"guest":false}}}
a expect json {"ev":"welcome","user":{"id":"ann","name":"Ann","roles":["moderator"],"guest":false}}
a expect json {"ev":"joined","room":"lobby"}
a call {"op":"send","room":"lobby","text":"x"} => {"ok":{"seq":1}}
a until json {"ev":"message","from":{"id":"ann","name":"Ann"}}
a close 1000
a expect close 1000
access ~ "GET /ws\?room=lobby HTTP/1\.1" 101
# without an id there is no answer
b connect /ws
b send json {"op":"auth","token":"{t}"}
b expect json {"ev":"welcome","user":{"id":"ann"}}
# in one segment with the handshake's next frames
c connect /kept
c send json {"op":"auth","id":1,"token":"{t}"}
c send json {"op":"join","id":2,"room":"lobby"}
c expect json {"id":1,"ok":{"user":{"id":"ann"}}}
c expect json {"ev":"welcome"}
c until json {"id":2,"ok":{"room":"lobby","users":[{"id":"ann"}]}}
c close 1000



=== TEST 2: who does not log in is closed with 4004
--- config eval: $::config
--- chat
token t HS256 {"sub":"ann","exp":+600}
b connect /soon
b call {"op":"auth","token":"{t}"}
b expect json {"ev":"welcome"}
# nothing comes before the welcome, no heartbeat either
a connect /soon
a call {"op":"ping"}
a expect close 4004 ~ did not log in in time
a expect eof
errlog ~ \[info\] .*client did not log in in time
b call {"op":"join","room":"r"}



=== TEST 3: J23 a token that is bad or has expired, on an open socket
--- config eval: $::config
--- chat
token e HS256 {"sub":"ann","exp":-1}
token s HS256 key=secret2 {"sub":"ann","exp":+600}
token t HS256 {"sub":"ann","exp":+600}
a connect /ws
a send json {"op":"auth","id":1,"token":"{e}"}
a expect close 4001 ~ ^token has expired$
a expect eof
errlog ~ \[info\] .*client sent a token that has expired, \d+ more .* while chatting
a connect /ws
a send json {"op":"auth","id":1,"token":"{s}"}
a expect close 4001 ~ signature
a connect /ws
a send json {"op":"auth","id":1,"token":""}
a expect close 4001
a connect /ws
a send json {"op":"auth","id":1,"token":"{rep 5000 x}"}
a expect close 4001 ~ is longer than 4096 bytes
# one who was in, too
b connect /ws?room=r | Authorization: Bearer {t}
b until json {"ev":"joined"}
b send json {"op":"auth","id":1,"token":"{e}"}
b until close 4001
b expect eof
c connect /plain
c expect json {"ev":"welcome","features":["history","edit","typing","presence"]}
c call {"op":"auth","token":"{t}"} => {"error":{"code":"forbidden"}}



=== TEST 4: J22 a second token: another user's closes, one's own is taken in place
--- config eval: $::config
--- chat
token t HS256 {"sub":"ann","name":"Ann","exp":+600}
token u HS256 {"sub":"ann","name":"Annie","roles":"owner","exp":+700}
token o HS256 {"sub":"bob","exp":+600}
a connect /ws?room=r | Authorization: Bearer {t}
a until json {"ev":"joined"}
a call {"op":"auth","token":"{t}"} => {"ok":{"user":{"id":"ann","name":"Ann","roles":[]}}}
a call {"op":"auth","token":"{u}"} => {"ok":{"user":{"id":"ann","name":"Annie","roles":["owner"]}}}
a call {"op":"send","room":"r","text":"x"} => {"ok":{"seq":1}}
a until json {"ev":"message","from":{"id":"ann","name":"Annie"}}
a call {"op":"who","room":"r"} => {"ok":{"users":[{"id":"ann","name":"Ann"}]}}
a call {"op":"auth","token":"{t}"} => {"ok":{"user":{"name":"Ann","roles":[]}}}
a send json {"op":"auth","id":9,"token":"{o}"}
a until close 4003 ~ another user
a expect eof
errlog ~ \[info\] .*client sent the token of another user while chatting, client: 127\.0\.0\.1, user: "ann"
# the same where it came by "auth" at first
b connect /kept
b call {"op":"auth","token":"{t}"}
b call {"op":"auth","token":"{u}"}
b send json {"op":"auth","id":9,"token":"{o}"}
b until close 4003



=== TEST 5: the end of a token closes with 4203; renewed, it does not
--- config eval: $::config
--- chat
token t HS256 {"sub":"ann","exp":+4}
token u HS256 {"sub":"ann","exp":+600}
a hello /ws?room=r | Authorization: Bearer {t}
b hello /ws?room=r | Authorization: Bearer {t}
c connect /ws
c call {"op":"auth","token":"{t}"}
d hello /kept?room=r | Authorization: Bearer {t}
b call {"op":"auth","token":"{u}"}
a until close 4203 ~ ^token expired$
a expect eof
c until close 4203
d until close 4203
errlog ~ \[info\] .*client did not renew its token
sleep 0.2
b call {"op":"send","room":"r","text":"still here"}
token v HS256 {"sub":"ann","exp":+2}
b call {"op":"auth","token":"{v}"}
b until close 4203



=== TEST 6: chat_user_roles
--- http_config
    $TEST_NGINX_STORE
    map $arg_u $roles { default ""; o owner; l "guest, member,moderator"; x "Owner owners none"; }
--- config
    location /ws {
        chat;
        chat_user $arg_u;
        chat_user_roles $roles;
    }
    location /fixed {
        chat;
        chat_guests on;
        chat_user $arg_u;
        chat_user_roles "a member b";
    }
--- chat
a connect /ws?u=o
a expect json {"ev":"welcome","user":{"id":"o","roles":["owner"]}}
a connect /ws?u=l
a expect json {"ev":"welcome","user":{"id":"l","roles":["moderator"]}}
a connect /ws?u=x
a expect json {"ev":"welcome","user":{"id":"x","roles":[]}}
a connect /ws?u=z
a expect json {"ev":"welcome","user":{"id":"z","roles":[]}}
a connect /fixed?u=z
a expect json {"ev":"welcome","user":{"id":"z","roles":["member"]}}
# guests have none
a connect /fixed
a expect json {"ev":"welcome","user":{"guest":true,"roles":[]}}



=== TEST 7: N9 names that guests may not have, and what looks like them
--- config
    chat_guests on;
    location /ws { chat; }
    location /own { chat; chat_reserved_names "The Boss" bot-*; }
    location /none { chat; chat_reserved_names off; }
    location /site { chat; chat_user $arg_u; }
--- chat
a refuse 400 /ws?name=admin ~ The name is kept for others here.*"code":"invalid_name"
a refuse 400 /ws?name=Admin
a refuse 400 /ws?name=MODERATOR
a refuse 400 /ws?name=root
# Cyrillic, fullwidth, a digit, in two code points
a refuse 400 /ws?name=%D0%B0dmin
a refuse 400 /ws?name=%EF%BD%81dmin
a refuse 400 /ws?name=adm1n
a refuse 400 /ws?name=m%C2%ADoderator
a refuse 400 /ws?name=guest-abcdefghij
a refuse 400 /ws?name=Guest-
http GET /ws?name=admin => 400 ~ "code":"invalid_name"
a connect /ws?name=Admiral
a connect /ws?name=guest
a connect /ws?name=Ann
a connect /own?name=admin
a refuse 400 /own?name=the+boss
a refuse 400 /own?name=Bot-7
a connect /own?name=robot-7
a connect /none?name=guest-admin
# what the site names is the site's choice
a connect /site?u=admin
a expect json {"ev":"welcome","user":{"id":"admin","name":"admin"}}



=== TEST 8: H25 auth_request, each of its answers
--- config
    location = /204 { internal; return 204; }
    location = /200 { internal; return 200 "yes"; }
    location = /401 { internal; return 401; }
    location = /403 { internal; return 403; }
    location = /302 { internal; return 302 /login; }
    location = /500 { internal; return 500; }
    location = /502 { internal; proxy_pass http://127.0.0.1:1; }
    location = /huge { internal; proxy_pass http://127.0.0.1:$TEST_NGINX_SERVER_PORT/file; }
    location = /file { default_type text/plain; alias html/huge; }
    location = /late { internal; proxy_read_timeout 200ms; proxy_pass http://127.0.0.1:$TEST_NGINX_SPARE_PORT/huge; }
    chat_user ann;
    location /ok { auth_request /204; chat; }
    location /body { auth_request /200; chat; }
    location /login { auth_request /401; chat; }
    location /no { auth_request /403; chat; }
    location /moved { auth_request /302; chat; }
    location /broken { auth_request /500; chat; }
    location /away { auth_request /502; chat; }
    location /big { auth_request /huge; chat; }
    location /slow { auth_request /late; chat; }
--- http_config
    $TEST_NGINX_STORE
    limit_req_zone $server_port zone=one:64k rate=30r/m;
    server {
        listen 127.0.0.1:$TEST_NGINX_SPARE_PORT;
        limit_req zone=one burst=50;
        root html;
    }
--- user_files eval
">>> huge\n" . 'x' x 300000
--- chat
a connect /ok
a expect json {"ev":"welcome","user":{"id":"ann"}}
a connect /body
a refuse 401 /login
a refuse 403 /no
a refuse 500 /moved
a refuse 500 /broken
a refuse 500 /away
a connect /big
a expect json {"ev":"welcome"}
# the second one waits for 2 s, and nobody waits so long for it
http port=$TEST_NGINX_SPARE_PORT GET /huge => 200
a refuse 500 /slow
errlog ~ upstream timed out .* while reading response header from upstream, .* subrequest: "/late"



=== TEST 9: H26 who goes during the question of auth_request
--- config
    location = /late { internal; proxy_pass http://127.0.0.1:$TEST_NGINX_SPARE_PORT/huge; }
    location /slow {
        auth_request /late;
        chat;
        chat_user ann;
    }
    location /ws { chat; chat_guests on; }
--- http_config
    $TEST_NGINX_STORE
    limit_req_zone $server_port zone=one:64k rate=60r/m;
    server {
        listen 127.0.0.1:$TEST_NGINX_SPARE_PORT;
        limit_req zone=one burst=50;
        root html;
    }
--- user_files
>>> huge
x
--- chat eval
<<'_EOC_';
http port=$TEST_NGINX_SPARE_PORT GET /huge => 200
a open
a write GET /slow HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n
a silent 0.1
a reset
b open
b write GET /slow HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n
b silent 0.1
b drop
c hello /ws
c call {"op":"ping"}
access ~ "GET /slow HTTP/1\.1" 499
_EOC_



=== TEST 10: auth_request with the cookie of a site's session
--- config
    location = /who {
        internal;
        proxy_pass http://127.0.0.1:$TEST_NGINX_SPARE_PORT;
        proxy_pass_request_body off;
        proxy_set_header Content-Length "";
    }
    location /ws {
        auth_request /who;
        auth_request_set $chat_login $upstream_http_x_user;
        auth_request_set $chat_name $upstream_http_x_name;
        auth_request_set $chat_roles $upstream_http_x_roles;
        chat;
        chat_user $chat_login;
        chat_user_name $chat_name;
        chat_user_roles $chat_roles;
    }
--- http_config
    $TEST_NGINX_STORE
    map $cookie_phpsessid $login { default ""; s3cret ann; }
    server {
        listen 127.0.0.1:$TEST_NGINX_SPARE_PORT;
        location / {
            add_header X-User $login always;
            add_header X-Name "Ann Lee" always;
            add_header X-Roles moderator always;
            if ($login = "") { return 401; }
            return 204;
        }
    }
--- chat
a connect /ws | Cookie: PHPSESSID=s3cret | Origin: http://localhost:$TEST_NGINX_SERVER_PORT
a expect json {"ev":"welcome","user":{"id":"ann","name":"Ann Lee","roles":["moderator"],"guest":false}}
a refuse 401 /ws | Cookie: PHPSESSID=other | Origin: http://localhost:$TEST_NGINX_SERVER_PORT
a refuse 401 /ws
# H18
a refuse 403 /ws | Cookie: PHPSESSID=s3cret ~ needs an Origin
a refuse 403 /ws | Cookie: PHPSESSID=s3cret | Origin: http://evil.example
a refuse 403 /ws | Cookie: PHPSESSID=s3cret | Origin: null



=== TEST 11: a client certificate; T21 a map of a cookie, given twice
--- config
    location /map { chat; chat_user $logged_in; }
    location /guests { chat; chat_guests on; }
--- http_config
    $TEST_NGINX_STORE
    map $cookie_session $logged_in { default ""; abc ann; def bob; }
    map $ssl_client_s_dn $holder { default ""; "CN=localhost" localhost; }
    server {
        listen 127.0.0.1:$TEST_NGINX_SPARE_PORT ssl;
        server_name localhost;
        ssl_certificate $TEST_NGINX_CERT;
        ssl_certificate_key $TEST_NGINX_KEY;
        ssl_client_certificate $TEST_NGINX_CERT;
        ssl_verify_client optional;
        location /ws { chat; chat_user $holder; }
    }
--- chat
a connect tls cert port=$TEST_NGINX_SPARE_PORT /ws
a expect json {"ev":"welcome","user":{"id":"localhost","guest":false}}
a refuse 401 tls port=$TEST_NGINX_SPARE_PORT /ws
b connect /map | Cookie: x=y; session=abc | Origin: http://localhost:$TEST_NGINX_SERVER_PORT
b expect json {"ev":"welcome","user":{"id":"ann"}}
b refuse 401 /map | Cookie: session=zzz | Origin: http://localhost:$TEST_NGINX_SERVER_PORT
# twice: the same may be, two that differ are nobody's
set o = Origin: http://localhost:$TEST_NGINX_SERVER_PORT
b connect /map | Cookie: session=def; x=y;session=def | {o}
b expect json {"ev":"welcome","user":{"id":"bob"}}
b connect /map | Cookie: session=def; asession=abc; session ; sessio=x; session_=y; x=1; x=2 | {o}
b expect json {"ev":"welcome","user":{"id":"bob"}}
b refuse 400 /map | Cookie: session=def; session=abc | {o} ~ A cookie is given twice
b refuse 400 /map | Cookie: session=def; x=y; Session=abc | {o} ~ A cookie is given twice
b refuse 400 /map | Cookie: session=def;session= | {o}
b refuse 400 /map | Cookie: session=def | Cookie: session=abc | {o} ~ A cookie is given twice
b connect /guests | Cookie: session=def; session=abc | {o}
http GET /map | Cookie: session=def; session=abc => 400 ~ A cookie is given twice



=== TEST 12: auth over TLS, where the head lives in the connection's pool
--- config
--- http_config
    $TEST_NGINX_STORE
    server {
        listen 127.0.0.1:$TEST_NGINX_SPARE_PORT ssl;
        server_name localhost;
        ssl_certificate $TEST_NGINX_CERT;
        ssl_certificate_key $TEST_NGINX_KEY;
        chat_token_key $TEST_NGINX_TOKENS/secret;
        location /ws { chat; }
    }
--- chat
token t HS256 {"sub":"ann","name":"Ann","exp":+600}
token u HS256 {"sub":"ann","name":"Annie","exp":+600}
a connect tls port=$TEST_NGINX_SPARE_PORT /ws?room=r
a call {"op":"auth","token":"{t}"}
a call {"op":"auth","token":"{u}"} => {"ok":{"user":{"name":"Annie"}}}
a until json {"ev":"joined"}
a close 1000
a until close 1000
errlog !~ \[alert\]



=== TEST 13: J22 another token's roles hold in the rooms that one is in
--- config eval: $::config
--- chat
token n HS256 {"sub":"ann","exp":+600}
token m HS256 {"sub":"ann","roles":"member","exp":+600}
token o HS256 {"sub":"ann","roles":"owner","exp":+600}
token b HS256 {"sub":"bob","roles":"owner","exp":+600}
b hello /ws?room=r | Authorization: Bearer {b}
a hello /ws?room=r | Authorization: Bearer {n}
a until json {"ev":"joined","role":"none","can":["send","typing","history","who"]}
a call {"op":"mod","room":"r","do":"kick","user":"cid"} => {"error":{"code":"forbidden"}}
# higher
a call {"op":"auth","token":"{o}"}
a call {"op":"mod","room":"r","do":"kick","user":"cid"}
a find json {"ev":"room","room":"r","role":"owner","can":["...","kick"]}
a call {"op":"send","room":"r","text":"x"}
b find json {"ev":"message","text":"x","from":{"id":"ann","role":"owner"}}
# what an owner is exempt from
b call {"op":"join","room":"closed"}
b call {"op":"mod","room":"closed","do":"lock","value":"members"}
b call {"op":"join","room":"barred"}
b call {"op":"mod","room":"barred","do":"ban","user":"ann"}
a call {"op":"join","room":"closed"} => {"ok":{"role":"owner"}}
a call {"op":"join","room":"barred"} => {"ok":{"role":"owner"}}
# lower, and lower still
a call {"op":"auth","token":"{m}"}
a call {"op":"mod","room":"r","do":"kick","user":"cid"} => {"error":{"code":"forbidden"}}
a find json {"ev":"room","room":"r","role":"member","can":["send","typing","history","who"]}
a find json {"ev":"room","room":"closed","role":"member"}
a find json {"ev":"left","room":"barred","reason":"banned"}
a call {"op":"auth","token":"{n}"}
a find json {"ev":"left","room":"closed","reason":"closed"}
a find json {"ev":"room","room":"r","role":"none"}
a call {"op":"send","room":"r","text":"y"}
b find json {"ev":"message","text":"y","from":{"id":"ann","role":"!"}}
# and of the site
b call {"op":"mod","room":"*","do":"ban","user":"dan"}
token d HS256 {"sub":"dan","roles":"moderator","exp":+600}
token e HS256 {"sub":"dan","exp":+600}
d hello /ws | Authorization: Bearer {d}
d call {"op":"auth","token":"{e}"}
d until close 4006
