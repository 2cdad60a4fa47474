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

=== TEST 18: chat_user from a map, auth_basic and a header; T27 ids that are none
--- http_config
    chat_redis $TEST_NGINX_REDIS;
    map $arg_u $who { default ""; ~^(?<u>.+)$ "u-$u"; }
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



