# The HTTP side: what becomes a WebSocket, and how the rest is refused.

use strict;
use warnings;

use lib 't/lib';
use ChatTest;

our $config = <<'_EOC_';
    location /ws { chat; chat_guests on; }
    location /raw { chat; chat_guests on; chat_format raw; chat_room a; }
_EOC_

# the rest of a request that is written by hand
our $tail = 'Host: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade'
            . '\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='
            . '\r\nSec-WebSocket-Version: 13';

run_chat();

__DATA__

=== TEST 1: H1 another method than GET
--- config eval: $::config
--- chat eval
CORE::join "\n", (map { (
    "a open",
    "a write $_ /ws HTTP/1.1\\r\\n$::tail\\r\\n\\r\\n",
    'a expect http 405 ~ ^\{"type":"about:blank".*"status":405,',
    "a header Allow GET",
    "a header Content-Type application/problem+json",
) } qw(PUT OPTIONS DELETE PATCH PROPFIND FOO)),
    "a open",
    "a write POST /ws HTTP/1.1\\r\\n$::tail\\r\\nContent-Length: 0\\r\\n\\r\\n",
    "a expect http 405 ~ handshake is a GET",
    "a header Allow GET",
    "a open",
    "a write HEAD /ws HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n",
    "a expect http 405 ~ ^\$",
    "a header Allow GET",
    "a expect eof"



=== TEST 2: H2 another version than HTTP/1.1
--- config eval: $::config
--- chat eval
<<"_EOC_";
a open
a write GET /ws HTTP/1.0\\r\\n$::tail\\r\\n\\r\\n
a expect http 400 ~ needs HTTP/1\\.1.*"code":"bad_request"
a header Content-Type application/problem+json
a open
a write GET /ws\\r\\n
a expect eof
a open
a write GET /ws HTTP/2.0\\r\\n$::tail\\r\\n\\r\\n
a expect http 505
_EOC_



=== TEST 3: H4 a plain GET is told what to send, in its headers too
--- config eval: $::config
--- request
GET /ws
--- error_code: 426
--- response_headers
Upgrade: websocket
Content-Type: application/problem+json
--- raw_response_headers_like: Connection: upgrade\r\n
--- response_body_like: ^\{"type":"about:blank","title":"Upgrade Required","status":426,"detail":"[^"]+","code":"bad_request"\}$



=== TEST 4: H5 H6 H7 H8 the Upgrade and Connection headers
--- config eval: $::config
--- chat
a refuse 426 /ws | -Upgrade
a header Upgrade websocket
a refuse 426 /ws | Upgrade: h2c
a refuse 426 /ws | Upgrade: websocket2
a refuse 426 /ws | Upgrade: web, socket
a refuse 426 /ws | Upgrade: "websocket"
a refuse 426 /ws | Upgrade:
a refuse 426 /ws | Upgrade: ,,
a connect /ws | Upgrade: WebSocket
a connect /ws | Upgrade: WEBSOCKET
a connect /ws | Upgrade: foo, websocket
a connect /ws | Upgrade: ,websocket,
a connect /ws | Upgrade: foo | Upgrade: websocket
a connect /ws | Upgrade: websocket | Upgrade: foo
a refuse 426 /ws | Upgrade: foo | Upgrade: bar
a refuse 400 /ws | -Connection ~ must hold \\"upgrade\\"
a refuse 400 /ws | Connection: keep-alive
a refuse 400 /ws | Connection: close
a refuse 400 /ws | Connection: upgraded
a connect /ws | Connection: close, upgrade
a connect /ws | Connection: keep-alive, Upgrade
a connect /ws | Connection: UPGRADE
a connect /ws | Connection: keep-alive | Connection: Upgrade
a connect /ws | Connection: Upgrade | Connection: keep-alive
a refuse 400 /ws | Connection: foo | Connection: bar



=== TEST 5: H9 the version
--- config eval: $::config
--- chat
a refuse 426 /ws | Sec-WebSocket-Version: 8
a header Sec-WebSocket-Version 13
a header Content-Type application/problem+json
a refuse 426 /ws | Sec-WebSocket-Version: 0
a header Sec-WebSocket-Version 13
a refuse 426 /ws | Sec-WebSocket-Version: 14
a refuse 426 /ws | Sec-WebSocket-Version: 255
a refuse 400 /ws | -Sec-WebSocket-Version ~ Sec-WebSocket-Version
a refuse 400 /ws | Sec-WebSocket-Version:
a refuse 400 /ws | Sec-WebSocket-Version: 13a
a refuse 400 /ws | Sec-WebSocket-Version: 013
a refuse 400 /ws | Sec-WebSocket-Version: +13
a refuse 400 /ws | Sec-WebSocket-Version: 256
a refuse 400 /ws | Sec-WebSocket-Version: 13, 8
a refuse 400 /ws | Sec-WebSocket-Version: {rep 1000 9}
a refuse 400 /ws | Sec-WebSocket-Version: 13 | Sec-WebSocket-Version: 13
a refuse 400 /ws | Sec-WebSocket-Version: 8 | Sec-WebSocket-Version: 13
a connect /ws



=== TEST 6: H11 H12 the key
--- config eval: $::config
--- chat
a refuse 400 /ws | -Sec-WebSocket-Key ~ Sec-WebSocket-Key
a refuse 400 /ws | Sec-WebSocket-Key:
a refuse 400 /ws | Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA
a refuse 400 /ws | Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAA===
a refuse 400 /ws | Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAAA=
a refuse 400 /ws | Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAAAA
a refuse 400 /ws | Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAA-_==
a refuse 400 /ws | Sec-WebSocket-Key: AAAAAAAAAA AAAAAAAAAAA==
a refuse 400 /ws | Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAAAAAA==
a refuse 400 /ws | Sec-WebSocket-Key: {rep 4000 A}
a refuse 400 /ws | Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA== | Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==
a refuse 400 /ws | Sec-WebSocket-Key: {rep 9000 A}
a refuse 400 /ws | X-Large: {rep 100000 A}
a connect /ws | Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==
a connect /ws | sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==
a header Sec-WebSocket-Accept s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
a header Upgrade websocket
a header Connection upgrade
a header !Sec-WebSocket-Protocol
a header !Sec-WebSocket-Extensions
a header !Content-Length
a header !Transfer-Encoding



=== TEST 7: H13 headers: a hundred, one more, and what is no header
--- config eval: $::config
--- chat eval
<<"_EOC_";
a open
a write GET /ws HTTP/1.1\\r\\n$::tail\\r\\n{rep 95 X: y\\r\\n}\\r\\n
a expect http 101
a open
a write GET /ws HTTP/1.1\\r\\n$::tail\\r\\n{rep 96 X: y\\r\\n}\\r\\n
a expect http 400 ~ too many headers
a open
a write GET /ws HTTP/1.1\\r\\n$::tail\\r\\n{rep 2000 X: y\\r\\n}\\r\\n
a expect http 400
a open
a write GET /ws HTTP/1.1\\r\\n$::tail\\r\\nX: a\\x00b\\r\\n\\r\\n
a expect http 400
a open
a write GET /ws HTTP/1.1\\r\\n$::tail\\r\\nX: a\\rb\\r\\n\\r\\n
a expect http 400
a open
a write GET /ws HTTP/1.1\\r\\n$::tail\\r\\n Folded: a\\r\\n\\r\\n
a expect http 400
a open
a write GET /ws HTTP/1.1\\r\\n$::tail\\r\\nX : a\\r\\n\\r\\n
a expect http 400
_EOC_



=== TEST 8: H14 H32 a request with a body, or one to come: the connection ends
--- config eval: $::config
--- chat eval
<<"_EOC_";
a open
a write GET /ws HTTP/1.1\\r\\n$::tail\\r\\nContent-Length: 5\\r\\n\\r\\nhello
a expect http 400 ~ no request body
a header Content-Type application/problem+json
a header Connection close
a expect eof
a open
a write GET /ws HTTP/1.1\\r\\n$::tail\\r\\nContent-Length: 500000\\r\\n\\r\\n
a expect http 400
a expect eof
a open
a write GET /ws HTTP/1.1\\r\\n$::tail\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n5\\r\\nhello\\r\\n0\\r\\n\\r\\n
a expect http 400
a expect eof
a open
a write GET /ws HTTP/1.1\\r\\n$::tail\\r\\nTransfer-Encoding: chunked\\r\\nContent-Length: 5\\r\\n\\r\\n5\\r\\nhello\\r\\n0\\r\\n\\r\\n
a expect http 400
a expect eof
a open
a write GET /ws HTTP/1.1\\r\\n$::tail\\r\\nContent-Length: -1\\r\\n\\r\\n
a expect http 400
a open
a write GET /ws HTTP/1.1\\r\\n$::tail\\r\\nContent-Length: 0\\r\\n\\r\\n
a expect http 101
a open
a write GET /ws HTTP/1.1\\r\\n$::tail\\r\\nExpect: 100-continue\\r\\n\\r\\n
a expect http 101
a open
a write GET /ws HTTP/1.1\\r\\n$::tail\\r\\nExpect: 100-continue\\r\\nContent-Length: 5\\r\\n\\r\\n
a expect http 400
a expect eof
_EOC_



=== TEST 9: H15 frames in one segment with the request
--- config eval: $::config
--- chat eval
<<"_EOC_";
a open
a write GET /raw HTTP/1.1\\r\\n$::tail\\r\\n\\r\\n\\x81\\x82\\x00\\x00\\x00\\x00hi\\x82\\x81\\x00\\x00\\x00\\x00X
a expect http 101
a expect text hi
a expect binary 58
b open
b write GET /raw HTTP/1.1\\r\\n$::tail\\r\\n\\r\\n\\x81\\xfe\\x2e\\xe0\\x00\\x00\\x00\\x00{rep 6000 ab}
b expect http 101
b expect text {rep 6000 ab}
a expect text {rep 6000 ab}
# half a frame, and the rest later
c open
c write GET /raw HTTP/1.1\\r\\n$::tail\\r\\n\\r\\n\\x81\\x83\\x00\\x00
c expect http 101
c write \\x00\\x00abc
c expect text abc
# the first command may need the room that the query joins
d open
d write GET /ws?room=lobby HTTP/1.1\\r\\n$::tail\\r\\n\\r\\n\\x81\\xb4\\x00\\x00\\x00\\x00{"op":"send","id":7,"room":"lobby","text":"at once"}
d expect http 101
d until json {"ev":"joined","room":"lobby"}
d find json {"id":7,"ok":{"seq":1}}
d find json {"ev":"message","text":"at once"}
e open
e bytewise
e write GET /raw HTTP/1.1\\r\\n$::tail\\r\\n\\r\\n\\x81\\x82\\x00\\x00\\x00\\x00by
e expect http 101
e expect text by
_EOC_



=== TEST 10: H16 a request behind the request is no HTTP any more
--- config eval: $::config
--- chat eval
<<"_EOC_";
a open
a write GET /ws HTTP/1.1\\r\\n$::tail\\r\\n\\r\\nGET /ws HTTP/1.1\\r\\n$::tail\\r\\n\\r\\n
a expect http 101
a until close 1002
a expect eof
b open
b write GET /raw HTTP/1.1\\r\\n$::tail\\r\\n\\r\\nPOST / HTTP/1.1\\r\\n\\r\\n
b expect http 101
b expect close 1002
b expect eof
_EOC_



=== TEST 11: H18 the origin, same_host
--- config eval: $::config
--- chat
a connect /ws | Origin: http://localhost:$TEST_NGINX_SERVER_PORT
a connect /ws | Origin: HTTP://LocalHost:$TEST_NGINX_SERVER_PORT
a connect /ws | Cookie: a=b | Origin: http://localhost:$TEST_NGINX_SERVER_PORT
a connect /ws | Authorization: Bearer x
a connect /ws | Host: chat.example | Origin: http://chat.example
a connect /ws | Host: chat.example | Origin: http://chat.example:80
a connect /ws | Host: chat.example:80 | Origin: http://chat.example
a refuse 403 /ws | Cookie: a=b ~ with a cookie needs an Origin.*"code":"forbidden"
a header Content-Type application/problem+json
a refuse 403 /ws | Origin: null ~ chat_origin
a refuse 403 /ws | Origin: http://evil.example
a refuse 403 /ws | Origin: http://localhost
a refuse 403 /ws | Origin: http://localhost:1
a refuse 403 /ws | Origin: http://localhost.evil.example:$TEST_NGINX_SERVER_PORT
a refuse 403 /ws | Origin: http://evil.example/localhost:$TEST_NGINX_SERVER_PORT
a refuse 403 /ws | Origin: http://localhost:$TEST_NGINX_SERVER_PORT/
a refuse 403 /ws | Origin: http://me@localhost:$TEST_NGINX_SERVER_PORT
a refuse 403 /ws | Origin: file://localhost:$TEST_NGINX_SERVER_PORT
a refuse 403 /ws | Origin: localhost:$TEST_NGINX_SERVER_PORT
a refuse 403 /ws | Origin:
a refuse 403 /ws | Origin: http://localhost:$TEST_NGINX_SERVER_PORT | Origin: http://evil.example
a refuse 403 /ws | Origin: http://evil.example | Origin: http://localhost:$TEST_NGINX_SERVER_PORT
a refuse 403 /ws | Host: chat.example | Origin: http://chat.example.
a refuse 403 /ws | Host: chat.example | Origin: http://chat.example:8080



=== TEST 12: the origin any, none, and of a list
--- config
    chat_guests on;
    location /any { chat; chat_origin any; }
    location /none { chat; chat_origin none; }
    location /list {
        chat;
        chat_origin https://chat.example *.pages.example:8080 both.example;
    }
    location /own { chat; chat_origin same_host https://chat.example; }
--- chat
a connect /any | Origin: http://evil.example
a connect /any | Origin: null
a connect /any | Cookie: a=b
a connect /none
a refuse 403 /none | Origin: http://localhost:$TEST_NGINX_SERVER_PORT
a refuse 403 /none | Cookie: a=b
a connect /list
a connect /list | Origin: https://chat.example
a connect /list | Origin: https://CHAT.example:443
a connect /list | Origin: http://a.pages.example:8080
a connect /list | Origin: https://a.b.pages.example:8080 | Cookie: a=b
a connect /list | Origin: http://both.example
a connect /list | Origin: https://both.example
a refuse 403 /list | Cookie: a=b
a refuse 403 /list | Origin: http://chat.example
a refuse 403 /list | Origin: https://chat.example:444
a refuse 403 /list | Origin: https://my.chat.example
a refuse 403 /list | Origin: http://pages.example:8080
a refuse 403 /list | Origin: http://evilpages.example:8080
a refuse 403 /list | Origin: http://a.pages.example
a refuse 403 /list | Origin: null
a refuse 403 /list | Origin: http://localhost:$TEST_NGINX_SERVER_PORT
a connect /own | Origin: http://localhost:$TEST_NGINX_SERVER_PORT
a connect /own | Origin: https://chat.example
a refuse 403 /own | Origin: http://chat.example
a refuse 403 /own | Origin: null



=== TEST 13: H19 the Host header is the core's, H27 headers that never end
--- config
    client_header_timeout 1s;
    location /ws { chat; chat_guests on; }
--- chat
a open
a write GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n
a refuse 400 /ws | -Host
a refuse 400 /ws | Host: a | Host: b
a refuse 400 /ws | Host: a/b
a open
a write GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n
within 3 a expect eof



=== TEST 14: H20 subprotocols
--- config eval: $::config
--- chat
a connect /ws | Sec-WebSocket-Protocol: chat.v1
a header Sec-WebSocket-Protocol chat.v1
a connect /ws | Sec-WebSocket-Protocol: foo, chat.v1,chat.auth.abc_-123
a header Sec-WebSocket-Protocol chat.v1
a connect /ws | Sec-WebSocket-Protocol: chat.v1, chat.v1
a header Sec-WebSocket-Protocol chat.v1
a connect /ws | Sec-WebSocket-Protocol: foo | Sec-WebSocket-Protocol: chat.v1
a header Sec-WebSocket-Protocol chat.v1
a connect /ws | Sec-WebSocket-Protocol: {rep 500 abcdefg, }chat.v1
a header Sec-WebSocket-Protocol chat.v1
a connect /ws
a header !Sec-WebSocket-Protocol
a refuse 400 /ws | Sec-WebSocket-Protocol: foo ~ None of the offered subprotocols
a header Content-Type application/problem+json
a refuse 400 /ws | Sec-WebSocket-Protocol: Chat.V1
a refuse 400 /ws | Sec-WebSocket-Protocol: chat.v2, chat.v10
a refuse 400 /ws | Sec-WebSocket-Protocol: {rep 500 abcdefg, }chat
a refuse 400 /ws | Sec-WebSocket-Protocol: ~ malformed
a refuse 400 /ws | Sec-WebSocket-Protocol: chat.v1, ~ malformed
a refuse 400 /ws | Sec-WebSocket-Protocol: ,chat.v1
a refuse 400 /ws | Sec-WebSocket-Protocol: chat.v1 foo
a refuse 400 /ws | Sec-WebSocket-Protocol: "chat.v1"
a refuse 400 /ws | Sec-WebSocket-Protocol: chat.v1, a/b
a refuse 400 /ws | Sec-WebSocket-Protocol: chat.v1, {hex c3a9}
a refuse 400 /ws | Sec-WebSocket-Protocol: chat.v1 | Sec-WebSocket-Protocol: a=b
# a raw room has no protocol: none is selected
a connect /raw | Sec-WebSocket-Protocol: foo
a header !Sec-WebSocket-Protocol
a connect /raw | Sec-WebSocket-Protocol: chat.v1
a header !Sec-WebSocket-Protocol
a refuse 400 /raw | Sec-WebSocket-Protocol: a b



=== TEST 15: H21 H22 extensions
--- config eval: $::config
--- chat
a connect /ws | Sec-WebSocket-Extensions: foo
a header !Sec-WebSocket-Extensions
a connect /ws | Sec-WebSocket-Extensions: permessage-deflate
a header !Sec-WebSocket-Extensions
a connect /ws | Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits; foo=bar
a connect /ws | Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; server_no_context_takeover
a connect /ws | Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=7
a connect /ws | Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=16
a connect /ws | Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=08
a connect /ws | Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=""
a connect /ws | Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits="10"
a connect /ws | Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover=1
a connect /ws | Sec-WebSocket-Extensions: a; b="c\"d\\;,e" , f
a connect /ws | Sec-WebSocket-Extensions: {rep 15 permessage-deflate, }x
a header !Sec-WebSocket-Extensions
a refuse 400 /ws | Sec-WebSocket-Extensions: {rep 16 permessage-deflate, }x ~ Too many extensions
a refuse 400 /ws | Sec-WebSocket-Extensions: {rep 15 a, }x | Sec-WebSocket-Extensions: y
a refuse 400 /ws | Sec-WebSocket-Extensions: {rep 300 permessage-deflate, }x
a refuse 400 /ws | Sec-WebSocket-Extensions: ~ malformed
a refuse 400 /ws | Sec-WebSocket-Extensions: ;;
a refuse 400 /ws | Sec-WebSocket-Extensions: a;;
a refuse 400 /ws | Sec-WebSocket-Extensions: =
a refuse 400 /ws | Sec-WebSocket-Extensions: a; b=
a refuse 400 /ws | Sec-WebSocket-Extensions: a; =b
a refuse 400 /ws | Sec-WebSocket-Extensions: a; b="c
a refuse 400 /ws | Sec-WebSocket-Extensions: a; b="c\
a refuse 400 /ws | Sec-WebSocket-Extensions: a,
a refuse 400 /ws | Sec-WebSocket-Extensions: a b
a refuse 400 /ws | Sec-WebSocket-Extensions: {rep 4000 a;}
a refuse 400 /ws | Sec-WebSocket-Extensions: a; b="{rep 7000 x}
a refuse 400 /ws | Sec-WebSocket-Extensions: foo | Sec-WebSocket-Extensions: ;
# a frame with RSV1 is wrong after all of this
a connect /ws | Sec-WebSocket-Extensions: permessage-deflate
a frame rsv=4 op=1 x
a until close 1002



=== TEST 16: H23 HTTP/2, by its preface and a request
--- config
    listen 127.0.0.1:$TEST_NGINX_SPARE_PORT http2;
    location /ws { chat; chat_guests on; }
--- chat
# GET /ws, then CONNECT with :protocol (RFC 8441)
a open port=$TEST_NGINX_SPARE_PORT
a write PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n
a raw 000000 04 00 00000000
a raw 00000e 01 05 00000001 82 86 0403 2f7773 0105 6c6f63616c
access ~ "GET /ws HTTP/2\.0" 400
errlog ~ chat refused a handshake with 400: A WebSocket handshake needs HTTP/1\.1
a raw 00002b 01 04 00000003 0207434f4e4e454354 86 0403 2f7773 0105 6c6f63616c 00093a70726f746f636f6c 09776562736f636b6574
b open port=$TEST_NGINX_SPARE_PORT
b write PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n
b raw 000000 04 00 00000000
b raw 00000e 01 05 00000001 82 86 0403 2f7773 0105 6c6f63616c
c connect /ws
c call {"op":"ping"}



=== TEST 17: H25 H26 auth_request decides
--- http_config
    $TEST_NGINX_STORE
    limit_req_zone $server_name zone=slow:1m rate=30r/m;
--- config
    chat_user $user;
    auth_request_set $user $upstream_http_x_user;
    location /204 { chat; auth_request /auth/204; }
    location /200 { chat; auth_request /auth/200; }
    location /401 { chat; auth_request /auth/401; }
    location /403 { chat; auth_request /auth/403; }
    location /302 { chat; auth_request /auth/302; }
    location /404 { chat; auth_request /auth/404; }
    location /500 { chat; auth_request /auth/500; }
    location /nobody { chat; auth_request /auth/nobody; }
    location /slow { chat; auth_request /auth/slow; }
    location /late { chat; auth_request /auth/late; }
    location /gone { chat; auth_request /auth-gone; }
    location /self { chat; auth_request /other; }
    location /other { chat; chat_guests on; }
    location /auth/ {
        internal;
        proxy_pass http://127.0.0.1:$TEST_NGINX_SERVER_PORT/backend/;
        proxy_pass_request_body off;
    }
    location /auth/late {
        internal;
        proxy_pass http://127.0.0.1:$TEST_NGINX_SERVER_PORT/backend/late;
        proxy_read_timeout 300ms;
    }
    location = /auth-gone { internal; proxy_pass http://127.0.0.1:1; }
    location /backend/ { add_header X-User $arg_u always; return 404; }
    location /backend/204 { add_header X-User ann; return 204; }
    location /backend/200 { add_header X-User bob; return 200 "large"; }
    location /backend/401 {
        add_header WWW-Authenticate 'Bearer realm="x"' always;
        return 401;
    }
    location /backend/403 { return 403; }
    location /backend/302 { return 302 /login; }
    location /backend/500 { return 500; }
    location /backend/nobody { return 204; }
    location /backend/slow {
        limit_req zone=slow burst=9;
        add_header X-User cat;
        empty_gif;
    }
    location /backend/late { limit_req zone=slow burst=9; empty_gif; }
--- chat
a hello /204
a call {"op":"join","room":"r"} => {"ok":{"users":[{"id":"ann","name":"ann"}]}}
b hello /200
b call {"op":"join","room":"r"} => {"ok":{"count":2}}
c refuse 401 /401
c header WWW-Authenticate Bearer realm="x"
c refuse 403 /403
c refuse 500 /302
c refuse 500 /404
c refuse 500 /500
c refuse 500 /gone
c refuse 401 /nobody ~ "code":"unauthorized"
# a page cannot see that, and asks by a plain GET
c refuse 401 /nobody | -Upgrade | -Connection ~ "code":"unauthorized"
c header Content-Type application/problem+json
# a subrequest cannot become a WebSocket
c refuse 500 /self
# a first request is served at once, each other one 2 s after it
http GET /backend/slow => 200
c hello /slow as c
d open
e open
e write GET /slow HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n
sleep 0.1
e drop
d write GET /slow HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n
sleep 0.05
d reset
# by now 6 s are to wait
f refuse 500 /late
sleep 0.3
a call {"op":"ping"}
b call {"op":"ping"}



=== TEST 18: chat_user from a map, auth_basic and a header; T27 ids that are none
--- http_config
    $TEST_NGINX_STORE
    map $arg_u $who { default ""; 7 u-7; }
--- config
    location /map { chat; chat_user $who; }
    location /guest { chat; chat_user $who; chat_guests on; }
    location /basic {
        auth_basic chat;
        auth_basic_user_file ../html/passwords;
        chat;
        chat_user $remote_user;
    }
    location /header {
        chat;
        chat_user $http_x_user;
        chat_user_name $http_x_name;
    }
--- user_files
>>> passwords
ann:{PLAIN}secret
--- chat
a connect /map?u=7&name=Eve
a expect json {"ev":"welcome","user":{"id":"u-7","name":"u-7","guest":false,"roles":[]}}
a refuse 401 /map ~ "code":"unauthorized"
a header Content-Type application/problem+json
a header !Retry-After
a refuse 401 /map?name=Eve
a connect /guest?u=7&name=Eve
a expect json {"ev":"welcome","user":{"id":"u-7","name":"u-7","guest":false}}
a connect /guest?name=Eve
a expect json {"ev":"welcome","user":{"id":"~^guest-\\w{10}$","name":"Eve","guest":true}}
a refuse 401 /basic
a header WWW-Authenticate Basic realm="chat"
a refuse 401 /basic | Authorization: Basic YW5uOndyb25n
a connect /basic | Authorization: Basic YW5uOnNlY3JldA==
a expect json {"ev":"welcome","user":{"id":"ann","name":"ann","guest":false}}
a connect /header | X-User: {rep 128 a}
a connect /header | X-User: a b:c/{hex c3a9} | X-Name: Ann
a expect json {"ev":"welcome","user":{"id":"~^a b:c/","name":"Ann"}}
a refuse 401 /header | X-User:
a refuse 500 /header | X-User: {rep 129 a} ~ could not tell who you are.*"code":"internal"
errlog ~ \[error\] .*"chat_user" gave an id that cannot be used
a refuse 500 /header | X-User: {rep 6000 a}
a refuse 500 /header | X-User: a{hex 01}b
a refuse 500 /header | X-User: a{hex 7f}b
a refuse 500 /header | X-User: {hex ff}
a refuse 500 /header | X-User: {hex eda080}
a refuse 500 /header | X-User: a{hex e280ae}b
a refuse 500 /header | X-User: a{hex c285}b
# a name that cannot be shown is not a reason to refuse
a connect /header | X-User: ann | X-Name: {hex ff}
a expect json {"ev":"welcome","user":{"id":"ann","name":"ann"}}
errlog ~ \[warn\] .*"chat_user_name" gave a name that cannot be shown
a connect /header | X-User: ann | X-Name: {rep 33 a}
a expect json {"ev":"welcome","user":{"id":"ann","name":"ann"}}
a connect /header | X-User: ann | X-Name:
a expect json {"ev":"welcome","user":{"id":"ann","name":"ann"}}



=== TEST 19: U7 U8 U11 N11 a guest's ?name=
--- config eval: $::config
--- chat
a connect /ws
a expect json {"ev":"welcome","user":{"id":"~^guest-","name":"~^guest-","guest":true}}
a connect /ws?name=Ann+Lee
a expect json {"ev":"welcome","user":{"name":"Ann Lee"}}
a connect /ws?name=J%C3%BCrgen%20M
a expect json {"ev":"welcome","user":{"name":"J\u00fcrgen M"}}
a connect /ws?name={rep 32 a}
a connect /ws?name={rep 32 %C3%A9}
a connect /ws?name=
a expect json {"ev":"welcome","user":{"name":"~^guest-"}}
a connect /ws?x=1&name=Bob&y
a expect json {"ev":"welcome","user":{"name":"Bob"}}
a connect /ws?name=%22%3Cimg%3E%5C
a expect json {"ev":"welcome","user":{"name":"\"<img>\\"}}
a refuse 400 /ws?name={rep 33 a} ~ 1 to 32 visible characters.*"code":"invalid_name"
a header Content-Type application/problem+json
a refuse 400 /ws?name=%FF
a refuse 400 /ws?name=a%00b
a refuse 400 /ws?name=a%0D%0Ab
a refuse 400 /ws?name=%20
a refuse 400 /ws?name=++
a refuse 400 /ws?name=a%E2%80%AEb
a refuse 400 /ws?name=a%E2%81%A6b
a refuse 400 /ws?name=a%C2%85b
a refuse 400 /ws?name=%ED%A0%80
a refuse 400 /ws?name=%C0%AF
a refuse 400 /ws?name=%EF%BF%BE



=== TEST 20: H28 the room of the query
--- config
    location /ws { chat; chat_guests on; }
    location /fixed { chat; chat_guests on; chat_room lobby; }
--- chat
a hello /ws?room=lobby
a expect json {"ev":"joined","room":"lobby"}
a hello /ws?room=%6cobby
a expect json {"ev":"joined","room":"lobby"}
a hello /ws?room={rep 64 r}
a expect json {"ev":"joined"}
a hello /ws?room=
a silent 0.1
a hello /fixed?room=other
a expect json {"ev":"joined","room":"lobby"}
a refuse 400 /ws?room={rep 65 r} ~ "code":"invalid_name"
a header Content-Type application/problem+json
a refuse 400 /ws?room=..
a refuse 400 /ws?room=a/b
a refuse 400 /ws?room=a%2fb
a refuse 400 /ws?room=%2e%2e%2fetc
a refuse 400 /ws?room=%00
a refuse 400 /ws?room=a%00
a refuse 400 /ws?room=a%0d%0aFLUSHALL
a refuse 400 /ws?room=%c0%af
a refuse 400 /ws?room=a+b
a refuse 400 /ws?room=%
a refuse 400 /ws?room=-x
a refuse 400 /ws?room=~a
a refuse 400 /ws?room=a:b
a refuse 400 /ws?room=%7Ba%7D
a refuse 400 /ws?room=%25



=== TEST 21: a refusal is one answer, and the connection goes on
--- config eval: $::config
--- chat eval
<<"_EOC_";
a open
a write GET /ws HTTP/1.1\\r\\n$::tail\\r\\nOrigin: http://evil.example\\r\\n\\r\\n
a expect http 403
a write GET /ws HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n
a expect http 426
a write GET /ws?name=%FF HTTP/1.1\\r\\n$::tail\\r\\n\\r\\n
a expect http 400 ~ "code":"invalid_name"
a write GET /ws HTTP/1.1\\r\\n$::tail\\r\\n\\r\\n
a expect http 101
a expect json {"ev":"welcome"}
access ~ "GET /ws HTTP/1\\.1" 403
access ~ "GET /ws HTTP/1\\.1" 426
_EOC_



=== TEST 22: H29 what came as early data to a proxy is to be repeated
--- chat
a refuse 425 /ws | Early-Data: 1 ~ after the TLS handshake
a header Content-Type application/problem+json
a connect /ws | Early-Data: 0
