# chat_join_request: the site says who enters a room, and as what.
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
    limit_req_zone $http_x_chat_room zone=fickle:1m rate=1r/m;
    log_format site '$request_method $request_uri'
                    ' user="$http_x_chat_user" name="$http_x_chat_name"'
                    ' guest=$http_x_chat_guest room=$http_x_chat_room'
                    ' address=$http_x_chat_address host=$http_host'
                    ' agent="$http_user_agent" cookie="$http_cookie"';

    map $http_x_chat_user $role {
        ann owner;
        bob moderator;
        cid member;
        dan none;
        eve boss;
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
        location = /moved { return 302 /login; }
        location = /cut { return 444; }
        location = /huge { root html; try_files /huge.html =500; }
        location = /refused-huge { error_page 404 =403 /huge; return 404; }
        location = /slow { limit_req zone=slow burst=10000; try_files /x @yes; }
        location = /fickle {
            limit_req zone=fickle;
            limit_req_status 403;
            try_files /x @yes;
        }
        location @yes { return 204; }
    }
_EOC_

our $site = <<'_EOC_';
    chat_user $arg_u;
    chat_user_name $arg_name;

    location = /ask {
        internal;
        proxy_set_header Host $host;
        proxy_pass http://127.0.0.1:$TEST_NGINX_SPARE_PORT/$chat_room;
    }

    location = /silent {
        internal;
        proxy_pass http://127.0.0.1:$TEST_NGINX_SILENT_PORT;
    }

    location = /nobody {
        internal;
        proxy_pass http://127.0.0.1:1;
    }
_EOC_

our $config = $site . <<'_EOC_';
    location /ws { chat; chat_join_request /ask; }
    location /kept { chat; chat_join_request /ask; chat_detach off; }
    location /guests { chat; chat_guests on; chat_join_request /ask; }
_EOC_

our $quiet = $site . <<'_EOC_';
    chat_drain_time 200ms;

    location /ws { chat; chat_join_request /silent; }
    location /kept { chat; chat_join_request /silent; chat_detach off; }
    location /hasty { chat; chat_join_request /silent timeout=300ms; }
    location /absent { chat; chat_join_request /nobody; }
_EOC_

our $huge = "huge\n" x 200000;

run_chat();

__DATA__

=== TEST 1: the site lets in, or not: by command
--- http_config eval: $::http
--- config eval: $::config
--- user_files eval: [['huge.html' => $::huge]]
--- chat eval
CORE::join "\n", map {
    my $way = $_;

    ("a hello /$way?u=dan",
     'a call {"op":"join","room":"open"} => {"ok":{"room":"open"}}',
     'a call {"op":"join","room":"huge"} => {"ok":{"room":"huge"}}',
     (map { my ($room, $code) = @$_;
            qq(a call {"op":"join","room":"$room"} =>)
            . qq( {"error":{"code":"$code"}}) }
          [refused => 'forbidden'], [missing => 'forbidden'],
          ['refused-huge' => 'forbidden'],
          [login => 'unauthorized'], [broken => 'unavailable'],
          [moved => 'unavailable'], [cut => 'unavailable']),
     'a call {"op":"send","room":"open","text":"x"}',
     'a call {"op":"send","room":"refused","text":"x"} =>'
     . ' {"error":{"code":"not_member"}}',
     'a close 1000', 'a until close 1000')
} qw(ws kept)



=== TEST 2: a missing and a forbidden room look the same
--- http_config eval: $::http
--- config eval: $::config
--- chat
a hello /ws?u=ann
a send text {"op":"join","room":"refused","id":7}
a expect text {"id":7,"error":{"code":"forbidden","status":403,"message":"You may not do this."}}
a send text {"op":"join","room":"missing","id":7}
a expect text {"id":7,"error":{"code":"forbidden","status":403,"message":"You may not do this."}}



=== TEST 3: the site lets in, or not: in the handshake
--- http_config eval: $::http
--- config eval
$::config . <<'_EOC_'
    location /fixed { chat; chat_room open; chat_join_request /ask; }
    location /barred { chat; chat_room refused; chat_join_request /ask; }
_EOC_
--- chat
a hello /ws?u=ann&room=open
a expect json {"ev":"joined","room":"open"}
b hello /ws?u=ann&room=refused
b expect json {"ev":"error","error":{"code":"forbidden"}}
c hello /kept?u=ann&room=broken
c expect json {"ev":"error","error":{"code":"unavailable","temporary":true}}
d hello /fixed?u=ann
d expect json {"ev":"joined","room":"open"}
d call {"op":"send","room":"open","text":"x"}
a until json {"ev":"message","text":"x"}
e hello /barred?u=ann
e expect json {"ev":"error","error":{"code":"forbidden"}}



=== TEST 4: what the site is told
--- http_config eval: $::http
--- config eval: $::config
--- chat
a hello /ws?u=ann&name=Ann | User-Agent: tester/1 | Cookie: secret=1 | Origin: http://localhost:$TEST_NGINX_SERVER_PORT
a call {"op":"join","room":"open"}
access ~ ^GET /open user="ann" name="Ann" guest=0 room=open address=127\.0\.0\.1 host=localhost(?::\d+)? agent="tester/1" cookie="-"$
b hello /guests?name=Bob%20B.
b call {"op":"join","room":"other"}
access ~ ^GET /other user="guest-[a-z2-7]+" name="Bob B\." guest=1 room=other



=== TEST 5: a raw room
--- http_config eval: $::http
--- config eval
$::site . <<'_EOC_'
    chat_format raw;
    location /open { chat; chat_room open; chat_join_request /ask; }
    location /refused { chat; chat_room refused; chat_join_request /ask; }
    location /login { chat; chat_room login; chat_join_request /ask; }
    location /broken { chat; chat_room broken; chat_join_request /ask; }
_EOC_
--- chat
a connect /open?u=ann
a send text x
a expect text x
b connect /refused?u=ann
b expect close 4003
c connect /login?u=ann
c expect close 4001
d connect /broken?u=ann
d expect close 1013



=== TEST 6: commands wait for the site, and their order holds
--- http_config eval: $::http
--- config eval: $::config
--- chat
a hello /ws?u=ann
a call {"op":"join","room":"slow"}
a call {"op":"leave","room":"slow"}
a send text {"op":"join","room":"slow","id":101}
a send text {"op":"join","room":"slow","id":102}
a send text {"op":"send","room":"slow","text":"x","id":103}
a send text {"op":"leave","room":"slow","id":104}
a send text {"op":"send","room":"slow","text":"y","id":105}
a send text {"op":"join","room":"refused","id":106}
a send text {"op":"ping","id":107}
a find json {"id":101,"ok":{"room":"slow"}}
a find json {"id":102,"ok":{"room":"slow"}}
a find json {"id":103,"ok":{"seq":*}}
a find json {"id":104,"ok":{}}
a find json {"id":105,"error":{"code":"not_member"}}
a find json {"id":106,"error":{"code":"forbidden"}}
a find json {"id":107,"ok":{}}
errlog ~ delaying request



=== TEST 7: no answer in time, and nobody there
--- http_config eval: $::http
--- config eval: $::quiet
--- chat
a hello /hasty?u=ann
a call {"op":"join","room":"r"} => {"error":{"code":"unavailable","temporary":true}}
a call {"op":"ping"}
errlog ~ \[error\] .*"/silent" did not answer whether a user may join
b hello /absent?u=ann
b call {"op":"join","room":"r"} => {"error":{"code":"unavailable"}}
errlog ~ \[error\] .*"/nobody" answered 502 when asked whether a user may join



=== TEST 8: a session that ends while the site is asked
--- http_config eval: $::http
--- config eval
$::site . <<'_EOC_'
    chat_ping_interval 3s;
    chat_drain_time 200ms;
    chat_join_request /silent timeout=1m;
    location /ws { chat; }
    location /kept { chat; chat_detach off; }
_EOC_
--- chat
repeat 5 a{i} hello /ws?u=ann&room=r
repeat 5 b{i} hello /kept?u=ann
repeat 5 b{i} send text {"op":"join","room":"r","id":1}
repeat 5 a{i} reset
repeat 5 b{i} reset
within 9 access ~ (?s)(?:" 101 .*){10}
c hello /ws?u=ann
c call {"op":"ping"}
quit
c until close 4200
c drop
gone 3



=== TEST 9: a worker that drains while the site is asked
--- http_config eval: $::http
--- config eval: $::quiet
--- chat
a hello /ws?u=ann&room=r
b hello worker!=a /kept?u=ann&room=r
set old = {a.pid}
reload
a until close 4200
b until close 4200
a expect eof
b expect eof
a hello /ws?u=ann



=== TEST 10: stop while the site is asked
--- skip_eval: 2: ($ENV{CHAT_FLAVOUR} || "") eq "partial"
--- no_leaks
--- http_config eval: $::http
--- config eval: $::quiet
--- chat
a hello /ws?u=ann&room=r
b hello /kept?u=ann&room=r
signal TERM
a until close 1001
b until close 1001
gone 2



=== TEST 11: worker_shutdown_timeout while the site is asked
--- main_config
worker_shutdown_timeout 1s;
--- http_config eval: $::http
--- config eval
$::site . <<'_EOC_'
    location /ws { chat; chat_join_request /silent; chat_drain_time 1m; }
    location /kept {
        chat;
        chat_join_request /silent;
        chat_detach off;
        chat_drain_time 1m;
    }
_EOC_
--- chat
a hello /ws?u=ann&room=r
b hello /kept?u=ann&room=r
quit
a until close 1001
b until close 1001
gone 3



=== TEST 12: an answer that comes while the worker drains
--- workers: 1
--- http_config eval: $::http
--- config eval
$::site . <<'_EOC_'
    location /ws { chat; chat_join_request /ask; chat_drain_time 3s; }
_EOC_
--- chat
a hello /ws?u=ann
a call {"op":"join","room":"slow"}
a send text {"op":"join","room":"slow","id":101}
reload
a until json {"id":101,"ok":{"room":"slow"}}
a until close 4200



=== TEST 13: so many at once, so many wait, others are refused
--- workers: 1
--- http_config eval: $::http
--- config eval
$::site . <<'_EOC_'
    chat_join_request /silent max=2 timeout=1m;
    chat_drain_time 200ms;
    location /mortal { chat; chat_ping_interval 3s; }
    location /ws { chat; }
    location = /status { chat_status; }
_EOC_
--- chat
repeat 60 a{i} hello /ws?u=ann
repeat 67 f{i} hello /ws?u=ann
b hello /ws?u=ann
c hello /mortal?u=ann
d hello /mortal?u=ann
e hello /mortal?u=ann
c send text {"op":"join","room":"r","id":1}
repeat 60 a{i} send text {"op":"join","room":"r","id":1}
d send text {"op":"join","room":"r","id":1}
repeat 67 f{i} send text {"op":"join","room":"r","id":1}
e send text {"op":"join","room":"r","id":1}
# by then the worker has read all of those before, also where reads are short
repeat 5 b call {"op":"ping"}
b call {"op":"join","room":"r"} => {"error":{"code":"unavailable"}}
errlog ~ too many joins wait for "/silent"
metric /status join_hook_total{result="unasked"} >= 1
metric /status hooks_running{hook="join"} == 2
c reset
d reset
e reset
within 9 access ~ (?s)(?:" 101 .*){3}
b send text {"op":"join","room":"r","id":1}
b silent 0.2



=== TEST 14: two hundred joins in one go
--- http_config eval: $::http
--- config eval: $::config
--- chat
repeat 200 a{i} hello /ws?u=ann
repeat 200 a{i} send text {"op":"join","room":"open","id":1,"presence":false}
repeat 200 a{i} find json {"id":1,"ok":{"room":"open"}}
a1 call {"op":"send","room":"open","text":"x"}
repeat 200 a{i} until json {"ev":"message","text":"x"}



=== TEST 15: what the location may do with a question
--- http_config eval: $::http . 'limit_req_zone $uri zone=own:1m rate=4r/s;'
--- config eval
$::site . <<'_EOC_'
    location = /late { internal; limit_req zone=own burst=9; proxy_pass
                       http://127.0.0.1:$TEST_NGINX_SPARE_PORT/$chat_room; }
    location = /moved { internal; try_files /none /elsewhere; }
    location = /elsewhere { internal; proxy_pass
                       http://127.0.0.1:$TEST_NGINX_SPARE_PORT/$chat_room; }
    location = /page { internal; error_page 403 = /yes; return 403; }
    location = /yes { internal; return 200 yes; }
    location = /cut { internal; return 444; }
    location /ws { chat; chat_join_request /late; }
    location /moving { chat; chat_join_request /moved?x=1; }
    location /paged { chat; chat_join_request /page; }
    location /cutting { chat; chat_join_request /cut; }
    location /wrong { chat; chat_join_request /wrong; }
    location /gone { chat; chat_join_request /ask-nobody; }
_EOC_
--- chat
a hello /ws?u=ann
a call {"op":"join","room":"r1"}
a call {"op":"join","room":"r2"}
a call {"op":"join","room":"refused"} => {"error":{"code":"forbidden"}}
errlog ~ delaying request
b hello /moving?u=ann
b call {"op":"join","room":"r1"}
b call {"op":"join","room":"login"} => {"error":{"code":"unauthorized"}}
c hello /paged?u=ann
c call {"op":"join","room":"r1"}
d hello /cutting?u=ann
d call {"op":"join","room":"r1"} => {"error":{"code":"unavailable"}}
e hello /wrong?u=ann
e call {"op":"join","room":"r1"} => {"error":{"code":"forbidden"}}
f hello /gone?u=ann
f call {"op":"join","room":"r1"} => {"error":{"code":"forbidden"}}



=== TEST 16: cache=: asked once for a user and a room, yes or no
--- workers: 1
--- http_config eval: $::http
--- config eval
$::site . <<'_EOC_'
    location /ws { chat; chat_join_request /ask cache=1m; }
    location /short { chat; chat_join_request /ask cache=1s; }
    location = /status { stub_status; }
_EOC_
--- chat
a hello /ws?u=ann
a call {"op":"join","room":"once"}
access ~ (?s)\A(?!.*GET /once.*GET /once).*GET /once user="ann"
a call {"op":"leave","room":"once"}
a call {"op":"join","room":"once"}
b hello /ws?u=ann&room=once
b expect json {"ev":"joined","room":"once"}
c hello /ws?u=bob&room=once
c expect json {"ev":"joined","room":"once"}
access ~ GET /once user="bob"
access ~ (?s)\A(?!.*GET /once user="ann".*GET /once user="ann")
a call {"op":"join","room":"refused"} => {"error":{"code":"forbidden"}}
a call {"op":"join","room":"refused"} => {"error":{"code":"forbidden"}}
a call {"op":"join","room":"login"} => {"error":{"code":"unauthorized"}}
a call {"op":"join","room":"login"} => {"error":{"code":"unauthorized"}}
a call {"op":"join","room":"broken"} => {"error":{"code":"unavailable"}}
a call {"op":"join","room":"broken"} => {"error":{"code":"unavailable"}}
access ~ (?s)GET /broken.*GET /broken
access ~ (?s)\A(?!.*GET /refused.*GET /refused)
access ~ (?s)\A(?!.*GET /login.*GET /login)
d hello /short?u=ann
d call {"op":"join","room":"brief"}
d call {"op":"leave","room":"brief"}
sleep 1.1
d call {"op":"join","room":"brief"}
access ~ (?s)GET /brief.*GET /brief



=== TEST 17: the role that the site gives, for the room
--- http_config eval: $::http
--- config eval
$::config . <<'_EOC_'
    location /kept-word { chat; chat_join_request /ask cache=1m; }
_EOC_
--- chat
a hello /ws?u=ann
a call {"op":"join","room":"r"} => {"ok":{"role":"owner"}}
b hello /ws?u=bob&room=r
b expect json {"ev":"joined","role":"moderator"}
c hello /kept?u=cid
c call {"op":"join","room":"r"} => {"ok":{"role":"member"}}
d hello /kept-word?u=ann
repeat 2 d call {"op":"join","room":"r"} => {"ok":{"role":"owner"}}
e hello /ws?u=dan
e call {"op":"join","room":"r"} => {"ok":{"role":"none"}}
f hello /ws?u=eve
f call {"op":"join","room":"r"} => {"ok":{"role":"none"}}
errlog ~ \[error\] .*"/ask" gave the unknown role "boss"



=== TEST 18: a cache of nginx that is updated behind the answer
--- http_config eval
$::http . <<'_EOC_'
    proxy_cache_path cache keys_zone=answers:1m;
_EOC_
--- config eval
$::site . <<'_EOC_'
    proxy_cache answers;
    proxy_cache_key $chat_user/$chat_room;
    proxy_cache_use_stale updating;
    proxy_cache_background_update on;
    location = /brief {
        internal;
        proxy_cache_valid 200 204 1s;
        proxy_pass http://127.0.0.1:$TEST_NGINX_SPARE_PORT/$chat_room;
    }
    location = /long {
        internal;
        proxy_cache_valid 200 204 1m;
        proxy_pass http://127.0.0.1:$TEST_NGINX_SPARE_PORT/$chat_room;
    }
    location /ws { chat; chat_join_request /brief; }
    location /held { chat; chat_join_request /long; }
_EOC_
--- chat
b hello /held?u=bob
b call {"op":"join","room":"once"}
b call {"op":"leave","room":"once"}
b call {"op":"join","room":"once"}
access ~ (?s)\A(?!.*GET /once.*GET /once).*GET /once
a hello /ws?u=ann
a call {"op":"join","room":"open"}
a call {"op":"leave","room":"open"}
sleep 2.1
a call {"op":"join","room":"open"}
access ~ (?s)GET /open.*GET /open
# who is in is not asked of the site
a call {"op":"join","room":"open"}



=== TEST 19: what is kept of the site's words has a limit
--- workers: 1
--- http_config eval: $::http
--- config eval
$::site . <<'_EOC_'
    chat_presence off;
    location /ws {
        chat;
        chat_max_rooms 1;
        chat_join_request /ask cache=1h;
        chat_buffer_size 16m;
    }
_EOC_
--- chat
a hello /ws?u=ann
repeat 4097 a send text {"op":"join","room":"r{i}.","id":{i}}
within 120 a until json {"id":4097,"error":{"code":"too_many_rooms"}}
a call {"op":"join","room":"r2."} => {"error":{"code":"too_many_rooms"}}
a call {"op":"leave","room":"r1."}
a call {"op":"join","room":"r1."}
access ~ (?s)GET /r1\..*GET /r4097\..*GET /r1\.
access ~ (?s)\A(?!.*GET /r2\..*GET /r2\.)



=== TEST 20: who is in and joins again stays in, whatever the site would say now
--- http_config eval: $::http
--- config eval: $::config
--- chat
a hello /ws?u=ann
a call {"op":"join","room":"fickle"} => {"ok":{"role":"owner"}} as j
a call {"op":"send","room":"fickle","text":"x"}
a call {"op":"join","room":"fickle","after":0,"epoch":"{j.ok.epoch}"} => {"ok":{"role":"owner","recovered":true,"messages":[{"text":"x"}]}}
a call {"op":"mod","room":"fickle","do":"slow","value":1}
a call {"op":"send","room":"fickle","text":"y"} => {"ok":{"seq":2}}
access ~ (?s)\A(?!.*GET /fickle.*GET /fickle).*GET /fickle user="ann"
a call {"op":"leave","room":"fickle"}
a call {"op":"join","room":"fickle"} => {"error":{"code":"forbidden"}}
a call {"op":"send","room":"fickle","text":"z"} => {"error":{"code":"not_member"}}
