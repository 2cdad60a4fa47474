# What "chat_status" tells of all workers, and what becomes of it when they go.

use strict;
use warnings;

use IO::Socket::INET;

use lib 't/lib';
use ChatTest;

# a site that takes every question and never answers

our $silent = IO::Socket::INET->new(Listen    => 10,
                                    LocalAddr => '127.0.0.1:0')
    or die "no socket: $!\n";

$ENV{TEST_NGINX_SILENT_PORT} = $silent->sockport;

our $config = <<'_EOC_';
    location /ws {
        chat;
        chat_guests on;
    }
    location /api { chat_api; chat_guests on; }
    location = /status { chat_status; }
    location = /json { chat_status json; }
    location = /prometheus { chat_status prometheus; }
    location = /private { chat_status; deny all; }
    location = /inside {
        chat_status prometheus;
        auth_basic status;
        auth_basic_user_file ../html/people;
    }
    location = /squeezed {
        chat_status;
        charset utf-8;
        gzip on;
        gzip_types text/plain application/json;
    }
_EOC_

run_chat();

__DATA__

=== TEST 1: counts of two workers
--- config eval: $::config
--- chat
a hello /ws?name=Ann
b hello worker!=a /ws?name=Bob
soon metric /status workers{state="running"} == 2
metric /status connections{transport="websocket"} == 2
metric /status connections_tls == 0
metric /status members == 0
soon metric /status stores{state="ready"} == 2
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"}
a call {"op":"send","room":"r","text":"x","cid":"c1"} => {"ok":*} as m
a call {"op":"send","room":"r","text":"x","cid":"c1"}
b call {"op":"send","room":"r","text":"y"}
b until json {"ev":"message","text":"y"}
a until json {"ev":"message","text":"y"}
a call {"op":"send","room":"other","text":"x"} => {"error":{"code":"not_member"}}
a send json {"op":"nonsense"}
a until json {"error":{"code":"unknown_op"}}
r refuse 403 /ws | Origin: http://evil.example
http POST /api/v1/rooms/r/messages | Content-Type: application/json || {"text":"z"} => 201
http GET /api/v1/nothing => 404
b until json {"ev":"message","text":"z"}
metric /status joined_total == 2
metric /status members == 2
metric /status users == 2
metric /status rooms == 2
metric /status received_total == 7
metric /status received_bytes_total >= 200
metric /status sent_total >= 10
metric /status sent_bytes_total >= 400
metric /status published_total{result="stored"} == 3
metric /status published_total{result="duplicate"} == 1
metric /status published_total{result="refused"} == 0
metric /status refused_total{code="not_member"} == 1
metric /status refused_total{code="unknown_op"} == 1
metric /status refused_total{code="not_found"} == 1
metric /status handshakes_refused_total{status="403"} == 1
metric /status api_responses_total{class="2xx"} == 1
metric /status api_responses_total{class="4xx"} == 1
metric /status api_bytes_total{direction="in"} == 12
metric /status api_bytes_total{direction="out"} >= 100
metric /status connections_raw == 0
metric /status stores_degraded == 0
metric /status limits_lifted_total == 0
metric /status join_hook_seconds_count == 0
metric /status publish_seconds_count == 4
metric /status delivery_seconds_count >= 4
metric /status fanout_seconds_count >= 2
metric /status resumed_total{result="whole"} == 0
# a comes back to what it missed
a close 1000
a until close 1000
a drop
soon metric /status closed_total{code="1000"} >= 1
soon metric /status members == 1
a hello /ws?name=Ann
a call {"op":"join","room":"r","after":1,"epoch":"{m.ok.epoch}"}
metric /status resumed_total{result="hole"} == 0
metric /status resumed_total{result="whole"} == 1
metric /status queue_bytes <= 4096
metric /status slow_total == 0
errlog !~ "chat_status"



=== TEST 2: a worker that is killed takes its gauges, not what it counted
--- config eval: $::config
--- chat
a hello /ws?name=Ann
b hello worker!=a /ws?name=Bob
b call {"op":"join","room":"r"}
b call {"op":"send","room":"r","text":"x"}
b call {"op":"send","room":"r","text":"y"}
metric /status members == 1
metric /status published_total{result="stored"} == 2
kill worker-of b
soon metric /status workers{state="running"} == 2
metric /status workers_died_total == 1
metric /status connections{transport="websocket"} == 1
metric /status members == 0
metric /status published_total{result="stored"} == 2
metric /status received_total == 3
b hello worker!=a /ws?name=Bob
b insist {"op":"join","room":"r"}
b insist {"op":"send","room":"r","text":"z"}
metric /status published_total{result="stored"} >= 3



=== TEST 3: a reload keeps what was counted, and shows who drains
--- config eval: $::config
--- http_config
    $TEST_NGINX_STORE
    chat_leave_delay 0;
    chat_drain_time 100ms;
    chat_close_timeout 20s;
--- chat
a hello /ws?name=Ann
a call {"op":"join","room":"r"}
a call {"op":"send","room":"r","text":"x"}
# it does not answer the close, and its worker waits
a manual
reload
soon metric /status workers{state="draining"} == 1
soon metric /status workers{state="running"} == 2
metric /status published_total{result="stored"} == 1
metric /status connections{transport="websocket"} == 1
a until close 4200
a drop
soon metric /status workers{state="draining"} == 0
metric /status closed_total{code="4200"} == 1
metric /status connections{transport="websocket"} == 0
metric /status workers_died_total == 0
a hello /ws?name=Ann
a call {"op":"join","room":"r"}
a call {"op":"send","room":"r","text":"y"}
metric /status published_total{result="stored"} == 2
metric /status joined_total == 2



=== TEST 4: two formats, and no other; who may see them
--- config eval: $::config
--- user_files
>>> people
ann:{PLAIN}secret
--- chat
http GET /status => 200 ~ ^\{"time":\d+,"metrics":\{"workers":\{"running":2,"draining":0\}
http header Content-Type application/json
http header Cache-Control no-store
http header Vary Accept
http GET /status | Accept: text/html,application/xhtml+xml,*/*;q=0.8 => 200 ~ ^\{
http GET /status | Accept: application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2 => 200 ~ ^# HELP nginx_chat_workers Worker
http header Content-Type text/plain; version=0.0.4; charset=utf-8
http GET /status?format=json | Accept: text/plain => 200 ~ ^\{
http GET /json?format=prometheus | Accept: text/plain => 200 ~ ^\{
http GET /status | Accept: application/json, text/plain, */* => 200 ~ ^\{
http GET /status | Accept: text/plain | Accept: application/json => 200 ~ ^\{
http GET /prometheus => 200 ~ ^# HELP
http GET /status?format=xml => 400 ~ ^Ask for "\?format=json"
http header Content-Type text/plain
http GET /status?format= => 400
http POST /status || x => 405
http header Allow GET, HEAD
http OPTIONS /prometheus => 405
http header Allow GET, HEAD
http DELETE /json => 405
http HEAD /status => 200 ~ ^$
http header Content-Type application/json
http header Content-Length ~ ^\d{4}
http HEAD /prometheus => 200 ~ ^$
http header Content-Type text/plain; version=0.0.4; charset=utf-8
http GET /status | If-None-Match: "x" | If-Modified-Since: Fri, 31 Dec 2100 00:00:00 GMT | Range: bytes=0-9 => 200 ~ ^\{.*\}$
http header !ETag
http header !Last-Modified
http GET /private => 403
http HEAD /private => 403
http GET /inside => 401
http header WWW-Authenticate Basic realm="status"
http GET /inside | Authorization: Basic YW5uOndyb25n => 401
http GET /inside | Authorization: Basic YW5uOnNlY3JldA== => 200 ~ ^# HELP
http GET /squeezed | Accept-Encoding: gzip | Accept: text/plain => 200
http header Content-Encoding gzip
http header Content-Type text/plain; version=0.0.4; charset=utf-8
http GET /status => 200 ~ "workers":\[\{"pid":\d+,"state":"running","since":\d+,"connections":0,"rooms":0,"members":0,"users":0,"queue_bytes":0,"store_lag_seconds":[\d.]+,"received_total":0,"sent_total":0,"sent_bytes_total":0,"published_total":\{"stored":0,[^}]*\},"publish_seconds":\{"count":0,[^}]*\},"fanout_seconds":\{"count":0,[^}]*\}\},\{"pid":\d+



=== TEST 5: A14 a zone, and no label by name
--- config eval: $::config
--- store: shm
--- chat
a hello /ws?name=Zebedee
a call {"op":"join","room":"secret-room"}
a call {"op":"send","room":"secret-room","text":"x"}
metric /status zone_rooms{zone="default"} >= 1
metric /status zone_users{zone="default"} == 1
metric /status zone_used_bytes{zone="default"} >= 100
metric /status zone_written_bytes_total{zone="default"} >= 100
http GET /status => 200 ~ "zones":\[\{"name":"default","zone_size_bytes":\d{7}
http GET /status => 200 ~ ^(?!.*(?:secret-room|Zebedee|guest-))
http GET /prometheus => 200 ~ (?s)^(?!.*(?:secret-room|Zebedee|guest-))



=== TEST 6: connections that keep their request, and raw rooms
--- config
    location /ws { chat; chat_guests on; chat_detach off; }
    location /raw { chat; chat_guests on; chat_format raw; chat_room raw; }
    location = /status { chat_status; }
--- workers: 1
--- chat
a hello /ws?name=Ann
b connect /raw
metric /status connections{transport="websocket"} == 2
metric /status connections_kept == 1
metric /status connections_raw == 1
metric /status opened_total{transport="websocket"} == 2
soon metric /status joined_total == 1
b send text x
b expect text x
metric /status received_total == 1
metric /status received_bytes_total == 7
metric /status sent_bytes_total >= 200
metric /status published_total{result="stored"} == 1
metric /status publish_seconds_bucket{le="10"} == 1
metric /status delivery_seconds_count == 1
metric /status fanout_seconds_count == 1
a drop
b drop
soon metric /status connections{transport="websocket"} == 0
metric /status connections_kept == 0
metric /status connections_raw == 0
metric /status closed_total{code="1006"} == 2
metric /status members == 0
metric /status rooms == 0
metric /status queue_bytes == 0



=== TEST 7: a store that goes and comes back
--- config eval: $::config
--- store: redis
--- chat
a hello /ws?name=Ann
a call {"op":"join","room":"r"}
soon metric /status stores{state="ready"} == 2
redis stop
soon metric /status stores{state="away"} == 2
metric /status store_outages_total == 2
a call {"op":"send","room":"r","text":"x"} => {"error":{"code":"unavailable"}}
metric /status refused_total{code="unavailable"} >= 1
redis start
soon metric /status stores{state="ready"} == 2
metric /status stores{state="away"} == 0
a insist {"op":"send","room":"r","text":"y"}
metric /status published_total{result="stored"} >= 1



=== TEST 8: what nobody announced is found in the log
--- config eval: $::config
--- store: redis
--- http_config
    $TEST_NGINX_STORE
--- chat
a hello /ws?name=Ann
a call {"op":"join","room":"r","presence":false} as j
set key = chat:{hex 7b}r{hex 7d}
redis cli EVAL "for i=1,7 do redis.call('XADD',KEYS[1],i..'-0','m1','M '..i..' '..(i-1)..' '..redis.call('TIME')[1]..'000 {j.ok.epoch}\10\1U\0\0\0\1uI\0\0\0\1cD\0\0\0\1x') redis.call('HSET',KEYS[2],'s',i) end" 2 {key}:l {key}:m
a send json {"op":"send","room":"r","text":"8"}
a story r 1 8
metric /status healed_total{result="whole"} == 1
metric /status healed_total{result="hole"} == 0



=== TEST 9: streams, and pages that wait
--- config
    location /ws { chat; chat_user $http_x_user; }
    location /api { chat_api; chat_user $http_x_user; }
    location = /status { chat_status; }
--- chat
s stream /api/v1/rooms/r/events | X-User: sue
s until json {"ev":"joined"} as j
metric /status connections{transport="sse"} == 1
metric /status connections{transport="websocket"} == 0
metric /status connections_kept == 0
metric /status opened_total{transport="sse"} == 1
metric /status api_responses_total{class="2xx"} == 1
metric /status joined_total == 1
metric /status members == 1
p open
p write GET /api/v1/rooms/r/messages?after=0&wait=60 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-User: pat\r\n\r\n
soon metric /status connections{transport="longpoll"} == 1
metric /status opened_total{transport="longpoll"} == 1
metric /status members == 1
http POST /api/v1/rooms/r/messages | X-User: ann | Content-Type: application/json || {"text":"x"} => 201
p expect http 200 ~ "text":"x"
s until json {"ev":"message","text":"x"}
metric /status connections{transport="longpoll"} == 0
metric /status opened_total{transport="longpoll"} == 1
metric /status api_responses_total{class="2xx"} == 3
metric /status published_total{result="stored"} == 1
s drop
soon metric /status connections{transport="sse"} == 0
metric /status closed_total{code="1006"} == 1
metric /status members == 0
s stream /api/v1/rooms/r/events | X-User: sue | Last-Event-ID: {j._id}
s until json {"ev":"message","text":"x"}
metric /status resumed_total{result="whole"} == 1
metric /status opened_total{transport="sse"} == 2



=== TEST 10: what the site is asked, and what it says
--- config
    location /ws {
        chat;
        chat_user $http_x_user;
        chat_join_request /joins;
        chat_publish_request /messages max=1;
    }
    location = /joins {
        if ($http_x_chat_user = eve) { return 403; }
        if ($http_x_chat_user = bob) { return 500; }
        return 204;
    }
    location = /messages {
        if ($http_x_chat_user = ann) { return 204; }
        if ($http_x_chat_user = dan) { return 403; }
        if ($http_x_chat_user = fay) { return 500; }
        proxy_pass http://127.0.0.1:$TEST_NGINX_SILENT_PORT;
    }
    location = /status { chat_status; }
--- workers: 1
--- chat
a hello /ws | X-User: ann
a call {"op":"join","room":"r"}
a call {"op":"send","room":"r","text":"x"}
b hello /ws | X-User: bob
b call {"op":"join","room":"r"} => {"error":{"code":"unavailable"}}
e hello /ws | X-User: eve
e call {"op":"join","room":"r"} => {"error":{"code":"forbidden"}}
d hello /ws | X-User: dan
d call {"op":"join","room":"r"}
d call {"op":"send","room":"r","text":"x"} => {"error":{"code":"rejected"}}
f hello /ws | X-User: fay
f call {"op":"join","room":"r"}
f call {"op":"send","room":"r","text":"x"} => {"error":{"code":"unavailable"}}
metric /status hooks_asked_total{hook="join"} == 5
metric /status join_hook_total{result="allowed"} == 3
metric /status join_hook_total{result="denied"} == 1
metric /status join_hook_total{result="failed"} == 1
metric /status join_hook_total{result="unasked"} == 0
metric /status hooks_asked_total{hook="publish"} == 3
metric /status publish_hook_total{result="allowed"} == 1
metric /status publish_hook_total{result="denied"} == 1
metric /status publish_hook_total{result="failed"} == 1
metric /status refused_total{code="rejected"} == 1
metric /status hooks_running{hook="join"} == 0
metric /status hooks_running{hook="publish"} == 0
metric /status hooks_waiting{hook="publish"} == 0
metric /status join_hook_seconds_count == 5
metric /status publish_hook_seconds_count == 3
metric /status join_hook_seconds_bucket{le="10"} == 5
s hello /ws | X-User: sue
s call {"op":"join","room":"r"}
s send json {"op":"send","room":"r","text":"x"}
soon metric /status hooks_running{hook="publish"} == 1
t hello /ws | X-User: tom
t call {"op":"join","room":"r"}
t send json {"op":"send","room":"r","text":"x"}
soon metric /status hooks_waiting{hook="publish"} == 1
metric /status hooks_running{hook="publish"} == 1
# whose questions are nobody's any more
t drop
s drop
soon metric /status hooks_waiting{hook="publish"} == 0
soon metric /status hooks_running{hook="publish"} == 0
metric /status hooks_asked_total{hook="publish"} == 5
metric /status published_total{result="stored"} == 1



=== TEST 11: what is stored is counted, also when nobody waits for the answer
--- store: redis
--- config
    location /api { chat_api; chat_api_key_file ../html/keys; }
    location = /status { chat_status; }
--- user_files
>>> keys
shop-0123456789abcdef0123456789abcdef
--- chat
set p = /api/v1/rooms/r/messages
redis pause
a open
a write POST {p} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer shop-0123456789abcdef0123456789abcdef\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{"text":"y"}
soon metric /status rooms >= 1
a drop
access ~ "POST {p} HTTP/1.1" 499
redis resume
soon metric /status published_total{result="stored"} == 1
metric /status publish_seconds_count == 1
metric /status api_responses_total{class="2xx"} == 0



=== TEST 12: a worker that hangs is seen by the others
--- config eval: $::config
--- store: shm
--- chat
a hello /ws?name=Ann
soon metric /status store_lag_seconds <= 1
freeze worker-of a
# who asks may come to the one that hangs
within 20 soon within 1 metric /status store_lag_seconds >= 1.2
within 20 soon within 1 metric /status workers{state="running"} == 2
thaw
soon metric /status store_lag_seconds <= 1



=== TEST 13: the heartbeat of a Redis comes back after a time
--- config eval: $::config
--- store: redis
--- chat
soon metric /status store_lag_seconds >= 0.000001
http GET /status => 200 ~ "store_lag_seconds":\d+\.\d+,"hooks_running"
redis stop
soon metric /status stores{state="away"} == 2
metric /status store_lag_seconds == 0



=== TEST 14: a store that takes no messages is ready, and is told of
--- config eval: $::config
--- store: redis
--- workers: 1
--- chat
a hello /ws?name=Ann
a call {"op":"join","room":"r"}
a call {"op":"send","room":"r","text":"x"}
metric /status stores_degraded == 0
redis cli CONFIG SET maxmemory 1
a call {"op":"send","room":"r","text":"x"} => {"error":{"code":"unavailable"}}
metric /status stores_degraded == 1
metric /status stores{state="ready"} == 1
redis cli CONFIG SET maxmemory 0
a call {"op":"send","room":"r","text":"x"}
metric /status stores_degraded == 0
redis cli CONFIG SET maxmemory 1
a call {"op":"send","room":"r","text":"x"} => {"error":{"code":"unavailable"}}
metric /status stores_degraded == 1
redis stop
soon metric /status stores{state="away"} == 1
metric /status stores_degraded == 0



=== TEST 15: a new worker has counted nothing itself
--- config eval: $::config
--- workers: 1
--- chat
a hello /ws?name=Ann
a call {"op":"join","room":"r"}
a call {"op":"send","room":"r","text":"x"}
http GET /status => 200 ~ "workers":\[\{[^]]*"published_total":\{"stored":1,
kill worker-of a
soon metric /status workers_died_total == 1
http GET /status => 200 ~ "published_total":\{"stored":1,.*"workers":\[\{"pid":\d+,[^]]*"published_total":\{"stored":0,
a hello /ws?name=Ann
a insist {"op":"join","room":"r"}
a insist {"op":"send","room":"r","text":"y"}
http GET /status => 200 ~ "published_total":\{"stored":2,.*"workers":\[\{"pid":\d+,[^]]*"published_total":\{"stored":1,



=== TEST 16: a room in which nobody is has nobody to write to
--- config
    location /ws { chat; chat_user $http_x_user; }
    location /api { chat_api; chat_user $http_x_user; }
    location = /status { chat_status; }
--- workers: 1
--- chat
p open
p write GET /api/v1/rooms/r/messages?after=0&wait=60 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-User: pat\r\n\r\n
soon metric /status connections{transport="longpoll"} == 1
http POST /api/v1/rooms/r/messages | X-User: ann | Content-Type: application/json || {"text":"x"} => 201
p expect http 200 ~ "text":"x"
metric /status delivery_seconds_count == 1
# what is written now is for one, and long after that
a hello /ws | X-User: ann
a call {"op":"ping"}
metric /status fanout_seconds_count == 0
a call {"op":"join","room":"r"}
a call {"op":"send","room":"r","text":"y"}
a until json {"ev":"message","text":"y"}
metric /status fanout_seconds_count >= 1
