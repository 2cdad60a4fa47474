# Secrets that nobody could overlook, used in every way: no log has them, not
# the one of the site that is asked, nor is Redis told.
# not run on partial: nothing here is cut into pieces

use strict;
use warnings;

use MIME::Base64 qw(encode_base64);

use lib 't/lib';
use ChatTest;

# the log that everybody has, that of the README, and one of the site

our $http = <<'_EOC_';
    chat_leave_delay 0;
    chat_redis redis://chat:canary-of-redis@127.0.0.1:$TEST_NGINX_REDIS_PORT;

    log_format chat '$remote_addr $chat_user [$time_local] "$request" $status '
                    '$chat_close_code $chat_duration $chat_rooms '
                    '$chat_received $chat_sent $chat_session';

    chat_log_format seen 'C:$chat_event $chat_user $chat_cause "$request" '
                         '"$args" "$request_uri" "$http_referer" '
                         '"$chat_reason"';

    log_format site 'site: "$request" "$http_authorization" "$http_cookie"'
                    ' "$http_sec_websocket_protocol" "$http_referer"'
                    ' "$http_x_original" room=$http_x_chat_room'
                    ' user=$http_x_chat_user';

    map $cookie_session $login { default ""; canary-of-the-cookie ann; }

    server {
        listen 127.0.0.1:$TEST_NGINX_SPARE_PORT;
        access_log logs/access.log site;
        location / { return 204; }

        location = /who {
            access_log off;
            add_header X-User $login always;
            if ($login = "") { return 401; }
            return 204;
        }
    }
_EOC_

our $config = <<'_EOC_';
    access_log logs/access.log combined;
    access_log logs/access.log chat;

    chat_access_log both;
    chat_log logs/access.log;
    chat_log logs/access.log json;
    chat_log logs/access.log seen;

    location = /may {
        internal;
        proxy_set_header X-Original $request_uri;
        proxy_pass http://127.0.0.1:$TEST_NGINX_SPARE_PORT;
    }
_EOC_

our $tokens = $config . <<'_EOC_';
    chat_token_key $TEST_NGINX_TOKENS/secret;
    chat_token_claim name=nick;
    chat_join_request /may;

    location /ws { chat; }
    location /kept { chat; chat_detach off; }
    location /soon { chat; chat_auth_timeout 100ms; }
    location /guest { chat; chat_guests on; }
    location /user { chat; chat_user $arg_u; }
    location /busy { chat; chat_limit rate=1r/m burst=1 ops=connect; }
_EOC_

our $logins = $config . <<'_EOC_';
    location = /who {
        internal;
        proxy_pass http://127.0.0.1:$TEST_NGINX_SPARE_PORT;
    }
    location = /asked {
        internal;
        proxy_set_header X-Original $request_uri;
        proxy_pass http://127.0.0.1:$TEST_NGINX_SPARE_PORT;
    }
    location /cookie {
        auth_request /who;
        auth_request_set $chat_login $upstream_http_x_user;
        chat;
        chat_user $chat_login;
        chat_join_request /may;
    }
    location /password {
        auth_basic Chat;
        auth_basic_user_file ../html/people;
        chat;
        chat_user $remote_user;
        chat_join_request /may;
    }
    location /both {
        auth_request /asked;
        limit_req zone=one;
        chat;
        chat_token_key $TEST_NGINX_TOKENS/secret;
    }
    location /moved { rewrite ^ /both?token=$arg_t? last; }
_EOC_

our $basic = encode_base64('ann:canary-of-ann', '');
our $wrong = encode_base64('ann:canary-of-nobody', '');

run_chat();

__DATA__

=== TEST 1: tokens, the secret behind them, and Redis' password, at level debug
--- http_config eval: $::http
--- config eval: $::tokens
--- log_level: debug
--- chat
# a login that Redis refuses, and one that it takes
soon errlog ~ refused the login
monitor
redis cli ACL SETUSER chat on >canary-of-redis ~* &* +@all
token t HS256 {"sub":"ann","exp":+600}
token r HS256 {"sub":"ann","nick":"Ann","roles":"moderator","exp":+900}
token s HS256 {"sub":"ann","exp":+3}
token e HS256 {"sub":"ann","exp":-1}
token k HS256 key=secret2 {"sub":"ann","exp":+600}
token o HS256 {"sub":"bob","exp":+600}
a hello /ws | Authorization: Bearer {t}
a insist {"op":"join","room":"r"} => {"ok":{"role":"none"}}
b hello /ws | Sec-WebSocket-Protocol: chat.v1, chat.auth.{s64}
# refreshed, and what a member of many words does
a call {"op":"auth","token":"{r}"} => {"ok":{"user":{"name":"Ann"}}}
a call {"op":"send","room":"r","text":"x","cid":"c1"} => {"ok":{"seq":1}}
a call {"op":"mod","room":"r","do":"slow","value":0}
a refuse 401 /ws | Authorization: Bearer {e}
a refuse 401 /ws | Sec-WebSocket-Protocol: chat.v1, chat.auth.{k64}
a refuse 400 /ws | Authorization: Bearer {e} | Sec-WebSocket-Protocol: chat.v1, chat.auth.{k64}
c connect /kept?room=r
c call {"op":"auth","token":"{t}"}
c until json {"ev":"joined"}
c send json {"op":"auth","id":9,"token":"{o}"}
c until close 4003
c connect /ws
c send json {"op":"auth","id":9,"token":"{e}"}
c until close 4001
c connect /ws
c send json {"op":"auth","id":9,"token":"{k}","x":
c until json {"ev":"error"}
c drop
c connect /soon
c expect close 4004
# a cookie is none of the ways
d connect /guest | Cookie: token={t} | Origin: http://localhost:$TEST_NGINX_SERVER_PORT
d expect json {"ev":"welcome","user":{"guest":true}}
# nor is the address of the page, which the site is told, too
d hello /ws?room=r | Authorization: Bearer {r} | Referer: http://site/?a=b&token={t}
d until json {"ev":"joined"}
# in the address, where it is not to be, under whichever name
d refuse 401 /ws?token={t} ~ A token in the address is not taken
d refuse 401 /ws?room=r&Access_Token={t64}&name=x ~ A token in the address
d refuse 401 /ws?room=r&jwt={t} ~ A token in the address
d refuse 401 /ws?{t} ~ A token in the address
d refuse 401 /guest?token={e}&token={k}
d refuse 401 /user?u=ann&token={t} ~ A token in the address
d refuse 401 /busy?token={k}
d refuse 429 /busy?token={k}
http GET /ws?token={t} => 401 ~ A token in the address
http POST /ws?token={t} => 401 ~ A token in the address
# what is no request, nginx itself refuses, and tells as it came
token x HS256 {"sub":"ann","exp":+601}
d refuse 400 /ws?token={x} | Host: two words
access ~ "GET /ws\?token={x} HTTP/1\.1" 400
# what is none
d connect /user?u=ann&name=eyJ&x=token
d connect /guest?tokens=1&name=eyJ.x
b until close 4203
# nginx's own lines at level debug tell the head of each request as it comes
access ~ "GET /ws\?room=r&Access_Token=\*{20,}&name=x HTTP/1\.1" 401
access ~ "GET /ws\?room=r&jwt=\*{20,} HTTP/1\.1" 401
access ~ site: "GET /may HTTP/1\.0" "-" "-" "-" "-" "/kept\?room=r" room=r user=ann
access ~ site: "GET /may .* "http://site/\?a=b&token=\*{20,}"
access ~ "GET /ws\?room=r HTTP/1\.1" 101 .* "http://site/\?a=b&token=\*{20,}"
access ~ ^C:login ann - "GET /kept\?room=r HTTP/1\.1" "room=r" "/kept\?room=r"
access ~ ^C:open ann - "GET /ws\?room=r HTTP/1\.1" .* "http://site/\?a=b&token=\*{20,}"
access ~ ^C:refusal - unauthorized "GET /ws\?token=\*{20,} HTTP/1\.1" "token=\*{20,}" "/ws\?token=\*{20,}"
access ~ "event":"moderation"
errlog ~ chat session closing -> closed
errlog ~ (?i)^x-chat-user: ann
errlog ~ http header: "Authorization: Bearer {t}"
errlog ~ chat refused a handshake with 4\d\d: .* request: "GET /ws\?token=\*+ HTTP/1\.1"
errlog !~ ^(?!.* http (?:header|request line|args): ).*(?:{ts}|{rs}|{ss}|{es}|{ks}|{os})
errlog !~ ^(?!.* http (?:header|request line|args): ).*(?:{t64}|{s64}|{k64})
errlog !~ secret of the tests|canary-of-redis
access !~ {ts}|{rs}|{ss}|{es}|{ks}|{os}|{t64}|{s64}|{k64}
access !~ secret of the tests|canary-of-redis
monitor ~ (?i)"evalsha"
monitor !~ {ts}|{rs}|{ss}|{es}|{ks}|{os}|{t64}|{s64}|{k64}|secret of the tests|canary-of-redis



=== TEST 2: cookies, passwords, and a token in an address, at level info
--- http_config eval: $::http . 'limit_req_zone $server_port zone=one:64k rate=1r/m;'
--- config eval: $::logins
--- user_files
>>> people
ann:{PLAIN}canary-of-ann
--- chat eval
<<'_EOC_' . "http GET /password | Authorization: Basic $::wrong => 401\n"
redis cli ACL SETUSER chat on >canary-of-redis ~* &* +@all
monitor
a hello /cookie | Cookie: session=canary-of-the-cookie | Origin: http://localhost:$TEST_NGINX_SERVER_PORT
a insist {"op":"join","room":"r"} => {"ok":{"room":"r"}}
a refuse 403 /cookie | Cookie: session=canary-of-the-cookie
a refuse 401 /cookie | Cookie: session=canary-of-nobody | Origin: http://localhost:$TEST_NGINX_SERVER_PORT
_EOC_
. "b hello /password | Authorization: Basic $::basic\n"
. qq(b insist {"op":"join","room":"r"} => {"ok":{"room":"r"}}\n)
. "c refuse 401 /password | Authorization: Basic $::wrong\n"
. <<'_EOC_'
token t HS256 {"sub":"ann","exp":+600}
# the site is not asked, and no limit counts it
d refuse 401 /both?room=r&token={t} ~ A token in the address
d refuse 401 /both?room=r&token={t} ~ A token in the address
d refuse 401 /moved?t={t} ~ A token in the address
d connect /both | Authorization: Bearer {t}
d refuse 503 /both
access ~ "GET /both\?room=r&token=\*+ HTTP/1\.1" 401
access ~ site: "GET /asked HTTP/1\.0" "Bearer {t}"
access !~ site: "GET /asked .*room=r&token
access ~ site: "GET /may .* room=r user=ann
access ~ ann \[.*"GET /password HTTP/1\.1" 101
errlog ~ user "ann": password mismatch
errlog !~ canary-of|secret of the tests|{ts}
access !~ canary-of|secret of the tests
monitor ~ (?i)"evalsha"
monitor !~ canary-of|secret of the tests|{ts}
_EOC_
. "errlog !~ $::basic|$::wrong\n"
. "access !~ $::basic|$::wrong\n"
