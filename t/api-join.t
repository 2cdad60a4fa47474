# Calls of the API where the site says who enters a room: it is asked about
# users as about who joins by a socket.
# not run on partial: nothing here is cut into pieces

use strict;
use warnings;

use IO::Socket::INET;

use lib 't/lib';
use ChatTest;

# a site that takes every question and never answers

our $silent = IO::Socket::INET->new(Listen    => 1024,
                                    LocalAddr => '127.0.0.1:0')
    or die "no socket: $!\n";

$ENV{TEST_NGINX_SILENT_PORT} = $silent->sockport;

# the site: what it answers is what the room is named after

our $http = <<'_EOC_';
    $TEST_NGINX_STORE
    chat_leave_delay 0;

    limit_req_zone $http_x_chat_room zone=slow:1m rate=2r/s;
    log_format site 'asked $request_uri by="$http_x_chat_user"'
                    ' name="$http_x_chat_name" guest=$http_x_chat_guest'
                    ' address=$http_x_chat_address cookie="$http_cookie"';

    map $http_x_chat_user $role {
        mod moderator;
        mem member;
        odd boss;
    }

    server {
        listen 127.0.0.1:$TEST_NGINX_SPARE_PORT;
        access_log logs/access.log site;
        add_header X-Chat-Role $role always;

        location / { return 204; }
        location = /refused { return 403 no; }
        location = /missing { return 404 no; }
        location = /login { return 401; }
        location = /broken { return 500; }
        location = /slow { limit_req zone=slow burst=10000; try_files /x @yes; }
        location @yes { return 204; }
    }
_EOC_

our $config = <<'_EOC_';
    chat_api_key_file ../html/keys;
    chat_user $http_x_user;
    chat_drain_time 200ms;

    location = /ask {
        internal;
        proxy_set_header Cookie "";
        proxy_pass http://127.0.0.1:$TEST_NGINX_SPARE_PORT/$chat_room;
    }
    location = /silent {
        internal;
        proxy_pass http://127.0.0.1:$TEST_NGINX_SILENT_PORT;
    }
    location = /nobody { internal; proxy_pass http://127.0.0.1:1; }

    location /ws { chat; chat_user_roles member; }
    location /api { chat_api; chat_join_request /ask; }
    location /kept { chat_api; chat_join_request /ask cache=1h; }
    location /guest { chat_api; chat_guests on; chat_join_request /ask cache=1h; }
    location /hasty { chat_api; chat_join_request /silent timeout=300ms; }
    location /never { chat_api; chat_join_request /silent timeout=1m; }
    location /narrow { chat_api; chat_join_request /silent timeout=1m max=1; }
    location /absent { chat_api; chat_join_request /nobody; }
_EOC_

our $keys = <<'_EOC_';
>>> keys
shop-0123456789abcdef0123456789abcdef
_EOC_

our $key = 'Authorization: Bearer shop-0123456789abcdef0123456789abcdef';
our $json = 'Content-Type: application/json';

# every call of a room

our @calls = (
    'GET /rooms/ROOM | X-User: ann =>',
    'GET /rooms/ROOM/messages | X-User: ann =>',
    'GET /rooms/ROOM/messages?after=0&wait=60 | X-User: ann =>',
    'GET /rooms/ROOM/messages/1 | X-User: ann =>',
    'GET /rooms/ROOM/members | X-User: ann =>',
    'GET /rooms/ROOM/events | X-User: ann =>',
    'GET /rooms/ROOM/acts | X-User: ann =>',
    'GET /rooms/ROOM/bans/u:bob | X-User: ann =>',
    "POST /rooms/ROOM/messages | X-User: ann | $json || {\"text\":\"x\"} =>",
    "PATCH /rooms/ROOM | X-User: ann | $json || {\"slow\":1} =>",
    'PUT /rooms/ROOM/mutes/bob | X-User: ann =>',
    'DELETE /rooms/ROOM/members/bob | X-User: ann =>',
);

run_chat();

__DATA__

=== TEST 1: each call in a room is asked about, and refused as the site says
--- http_config eval: $::http
--- config eval: $::config
--- user_files eval: $::keys
--- chat eval
my @lines = map {
    my ($api, $room, $said) = @$_;
    map { my $call = $_;
          $call =~ s/ROOM/$room/;
          $call =~ s/ / \/$api\/v1/;
          "http $call $said" } @::calls
} ([api => refused => '403 ~ "code":"forbidden"'],
   [api => broken => '503 ~ "code":"unavailable"'],
   [kept => refused => '403 ~ forbidden']);

CORE::join "\n", @lines, split /\n/, <<"_EOC_" =~ s/KEY/$::key/gr =~ s/JSON/$::json/gr;
http GET /api/v1/rooms/broken | X-User: ann => 503
http header Retry-After 2
http GET /api/v1/rooms/missing | X-User: ann => 403 ~ "detail":"You may not do this."
http GET /api/v1/rooms/login | X-User: ann => 401 ~ "code":"unauthorized"
http header WWW-Authenticate Bearer
http GET /absent/v1/rooms/open | X-User: ann => 503
errlog ~ \\[error\\] .*"/ask" answered 500 when asked whether a user may join
errlog ~ \\[error\\] .*"/nobody" answered 502 when asked whether a user may join
# nobody else is asked about, nor anything that is in no room
http GET /api/v1/rooms/refused | KEY => 200
http GET /api/v1/me | X-User: ann => 200
http GET /api/v1/rooms/refused => 401
access !~ asked /refused by="\\*"
_EOC_



=== TEST 2: who is let in, as what, what the site is told, and how often
--- http_config eval: $::http
--- config eval: $::config
--- user_files eval: $::keys
--- chat eval
<<"_EOC_" =~ s/KEY/$::key/gr =~ s/JSON/$::json/gr;
w hello /ws?room=open | X-User: wim
w find json {"ev":"joined"} as j
set m = /api/v1/rooms/open/messages
http POST {m} | X-User: ann | Cookie: s=1 | Origin: http://localhost:\$TEST_NGINX_SERVER_PORT | JSON || {"text":"one"} => 201
access ~ asked /open by="ann" name="ann" guest=0 address=127\\.0\\.0\\.1 cookie="-"
w until json {"ev":"message","seq":1,"from":{"id":"ann","role":"!"}}
http POST {m} | X-User: mod | JSON || {"text":"two"} => 201
w until json {"ev":"message","seq":2,"from":{"id":"mod","role":"moderator"}}
http GET {m} | X-User: ann => 200 ~ "seq":1,.*"seq":2,
http GET /api/v1/rooms/open/members | X-User: ann => 200 ~ "wim"
http GET /api/v1/rooms/open | X-User: ann => 200 ~ "count":1
# a role is of the room that was asked about
http GET /api/v1/rooms/open/acts | X-User: ann => 403
http PATCH /api/v1/rooms/open | X-User: mod | JSON || {"lock":"members"} => 200
w until json {"ev":"room","config":{"lock":"members"}}
http GET {m} | X-User: ann => 403 ~ forbidden
http GET {m} | X-User: mem => 200
http GET {m} | X-User: odd => 403 ~ forbidden
errlog ~ gave the unknown role "boss", none is taken
http PATCH /api/v1/rooms/open | X-User: mod | JSON || {"lock":"open"} => 200
http PUT /api/v1/rooms/*/bans/u:ann | X-User: mod => 403
# the store's word holds as well
http PUT /api/v1/rooms/open/bans/u:bob | X-User: mod => 200
http GET {m} | X-User: bob => 403 ~ "code":"banned"
s stream /api/v1/rooms/open/events?after=1&epoch={j.epoch} | X-User: mod
s until json {"ev":"joined","role":"moderator"}
s until json {"ev":"message","seq":2}
access ~ asked /open by="mod"
# asked once: by the call, not by its stream again
t stream /api/v1/rooms/once/events | X-User: tim
t until json {"ev":"joined"}
http GET /kept/v1/rooms/once/messages | X-User: kim => 200
access ~ asked /once by="tim"
access !~ (?s)asked /once by="tim".*asked /once by="tim"
_EOC_



=== TEST 3: what the site says is kept, but of no guest; it may be slow
--- workers: 1
--- http_config eval: $::http
--- config eval: $::config
--- user_files eval: $::keys
--- chat eval
<<"_EOC_" =~ s/KEY/$::key/gr =~ s/JSON/$::json/gr;
http GET /kept/v1/rooms/open/messages | X-User: ann => 200
http GET /kept/v1/rooms/open | X-User: ann => 200
http GET /kept/v1/rooms/refused | X-User: ann => 403
http GET /kept/v1/rooms/refused | X-User: ann => 403
s stream /kept/v1/rooms/open/events | X-User: ann
s until json {"ev":"joined"}
http GET /guest/v1/rooms/other?name=G => 200
access ~ asked /other by="guest-\\w+" name="G" guest=1
access !~ (?s)asked /open by="ann".*asked /open by="ann"
access !~ (?s)asked /refused by="ann".*asked /refused by="ann"
# a poll is asked about once, and hears what comes
http POST /api/v1/rooms/poll/messages | KEY | JSON || {"text":"one"} => 201
p open
p write GET /api/v1/rooms/poll/messages?after=1&wait=60 HTTP/1.1\\r\\nHost: x\\r\\nX-User: pam\\r\\n\\r\\n
access ~ asked /poll by="pam"
http POST /api/v1/rooms/poll/messages | KEY | JSON || {"text":"two"} => 201
p expect http 200 ~ "seq":2,
access !~ (?s)asked /poll by="pam".*asked /poll by="pam"
# one after the other
http GET /api/v1/rooms/slow | X-User: ann => 200
http GET /api/v1/rooms/slow | X-User: ann => 200
errlog ~ delaying request
_EOC_



=== TEST 4: no answer in time, too many that wait, who goes, a worker that ends
--- workers: 1
--- http_config eval: $::http
--- config eval: $::config
--- user_files eval: $::keys
--- chat eval
<<"_EOC_" =~ s/KEY/$::key/gr =~ s/JSON/$::json/gr;
http GET /hasty/v1/rooms/open | X-User: ann => 503 ~ "code":"unavailable".*"temporary":true
http header Retry-After 2
errlog ~ \\[error\\] .*"/silent" did not answer whether a user may join
repeat 65 a{i} open
repeat 65 a{i} write GET /narrow/v1/rooms/open HTTP/1.1\\r\\nHost: x\\r\\nX-User: ann\\r\\n\\r\\n
soon http GET /narrow/v1/rooms/open | X-User: ann => 503
errlog ~ too many joins wait for "/silent"
repeat 65 a{i} reset
access ~ "GET /narrow/v1/rooms/open HTTP/1.1" 499
b open
b write GET /never/v1/rooms/open/messages HTTP/1.1\\r\\nHost: x\\r\\nX-User: ann\\r\\n\\r\\n
c open
c write GET /never/v1/rooms/open/events HTTP/1.1\\r\\nHost: x\\r\\nX-User: ann\\r\\n\\r\\n
soon http GET /api/v1/me | X-User: ann => 200
signal TERM
gone 10
_EOC_
