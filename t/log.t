# What is written about a session: access log, variables, error log.

use strict;
use warnings;

use lib 't/lib';
use ChatTest;

our $http = <<'_EOC_';
    $TEST_NGINX_STORE
    log_format chat 'A:$remote_addr|$remote_user|$status|$request|'
                    '$chat_close_code|$chat_received/$chat_sent|$chat_rooms|'
                    '$chat_room|$chat_user|$chat_session|$bytes_sent|';
    log_format time 'T:$request_time|$chat_duration|$request_length|'
                    '$time_local|$msec|$connection|$connection_requests|';
    log_format head 'H:$http_user_agent|$uri|$args|$arg_x|$host|$http_referer|'
                    '$request_uri|$server_port|$request_method|$scheme|'
                    '$http_x_forwarded_for|$server_protocol|';
_EOC_

our $config = <<'_EOC_';
    chat_guests on;
    location /close { chat; access_log logs/access.log chat; }
    location /handshake {
        chat;
        chat_access_log handshake;
        access_log logs/access.log chat;
    }
    location /both { chat; chat_access_log both; access_log logs/access.log chat; }
    location /off { chat; chat_access_log off; access_log logs/access.log chat; }
    location /time { chat; access_log logs/access.log time; }
    location /head { chat; access_log logs/access.log head; }
    location /raw {
        chat;
        chat_format raw;
        chat_room fixed;
        access_log logs/access.log chat;
    }
_EOC_

# the same, keeping the request
our $kept = $config =~ s/chat_guests on;/chat_guests on; chat_detach off;/r;

our $closes = <<'_EOC_';
a hello /close?room=r&name=Ann as w
a call {"op":"join","room":"s"}
a call {"op":"ping"}
access !~ A:
a close 1000
a until close 1000
a drop
access ~ ^A:127\.0\.0\.1\|-\|101\|GET /close\?room=r&name=Ann HTTP/1\.1\|1000\|2/[4-9]\|2\|r\|{w.user.id}\|{w.session}\|[1-9]\d{2,}\|$
a hello /close as w
a drop
access ~ \|GET /close HTTP/1\.1\|1006\|0/1\|0\|\|{w.user.id}\|{w.session}\|
a hello /close?2
a frame op=3 x
a until close 1002
a drop
access ~ \|GET /close\?2 HTTP/1\.1\|1002\|0/
a hello /close?3
a close
a until close none
a drop
access ~ \|GET /close\?3 HTTP/1\.1\|1005\|0/
a connect /raw
a send text x
a expect text x
a close 4999
a expect close 4999
a drop
access ~ ^A:127\.0\.0\.1\|-\|101\|GET /raw HTTP/1\.1\|4999\|1/[12]\|1\|fixed\|guest-
a refuse 403 /close?5 | Origin: http://evil.example
access ~ ^A:127\.0\.0\.1\|-\|403\|GET /close\?5 HTTP/1\.1\|-\|-/-\|-\|
_EOC_

our $times = <<'_EOC_';
a hello /time
sleep 0.5
a close 1000
a until close 1000
a drop
access ~ ^T:(?:0\.[5-9]|[1-9]\.\d)\d\d\|(?:0\.[5-9]|[1-9]\.\d)\d\d\|1\d\d\|[^|]+ [+-]\d{4}\|\d{10}\.\d{3}\|\d+\|1\|$
_EOC_

our $heads = <<'_EOC_';
a hello /head?x=1&y=%20z | User-Agent: test "agent"\ | Referer: http://x/y | X-Forwarded-For: 1.2.3.4 | Host: chat.example
a close 1000
a until close 1000
a drop
access ~ ^H:test \\x22agent\\x22\\x5C\|/head\|x=1&y=%20z\|1\|chat\.example\|http://x/y\|/head\?x=1&y=%20z\|\d+\|GET\|http\|1\.2\.3\.4\|HTTP/1\.1\|$
# a path that nginx cleans
a hello //x/..//head/%61?q
a drop
access ~ ^H:-\|/head/a\|q\|-\|localhost\|-\|//x/\.\.//head/%61\?q\|
# a long one
a hello /head?{rep 3000 a}
a drop
access ~ ^H:-\|/head\|a{3000}\|
_EOC_

run_chat();

__DATA__

=== TEST 1: one line, at the end, with what happened
--- http_config eval: $::http
--- config eval: $::config
--- chat eval: $::closes



=== TEST 2: the same where the request is kept
--- http_config eval: $::http
--- config eval: $::kept
--- chat eval: $::closes



=== TEST 3: the time is the session's
--- http_config eval: $::http
--- config eval: $::config
--- chat eval: $::times



=== TEST 4: the same where the request is kept
--- http_config eval: $::http
--- config eval: $::kept
--- chat eval: $::times



=== TEST 5: the request's variables are there at the end
--- http_config eval: $::http
--- config eval: $::config
--- chat eval: $::heads



=== TEST 6: the same where the request is kept
--- http_config eval: $::http
--- config eval: $::kept
--- chat eval: $::heads



=== TEST 7: chat_access_log handshake, both, off
--- http_config eval: $::http
--- config eval: $::config
--- chat
a hello /handshake?1
access ~ ^A:127\.0\.0\.1\|-\|101\|GET /handshake\?1 HTTP/1\.1\|-\|
a drop
b hello /both?2
access ~ ^A:127\.0\.0\.1\|-\|101\|GET /both\?2 HTTP/1\.1\|-\|
b close 1000
b until close 1000
b drop
access ~ ^A:127\.0\.0\.1\|-\|101\|GET /both\?2 HTTP/1\.1\|1000\|
c hello /off?3
c drop
d hello /close?4
d drop
access ~ ^A:127\.0\.0\.1\|-\|101\|GET /close\?4 HTTP/1\.1\|1006\|
sleep 0.1
access !~ /off
access !~ (?s)/handshake\?1.*/handshake\?1



=== TEST 8: the true address and the user's name: realip, auth_basic
--- http_config eval: $::http
--- config
    set_real_ip_from 127.0.0.1;
    real_ip_header X-Real-IP;
    chat_user $remote_user;
    auth_basic chat;
    auth_basic_user_file ../html/passwords;
    access_log logs/access.log chat;
    location /ws { chat; }
    location /kept { chat; chat_detach off; }
--- user_files
>>> passwords
ann:{PLAIN}secret
--- chat
a hello /ws | X-Real-IP: 192.0.2.7 | Authorization: Basic YW5uOnNlY3JldA==
a frame op=3 x
a until close 1002
a drop
access ~ ^A:192\.0\.2\.7\|ann\|101\|GET /ws HTTP/1\.1\|1002\|0/\d\|0\|\|ann\|
errlog ~ \[info\] .*client sent .* while chatting, client: 192\.0\.2\.7, user: "ann", session: \w{16}$
a hello /ws | X-Real-IP: 2001:db8::7 | Authorization: Basic YW5uOnNlY3JldA==
a drop
access ~ ^A:2001:db8::7\|ann\|101\|GET /ws HTTP/1\.1\|1006\|
a hello /kept | X-Real-IP: 192.0.2.8 | Authorization: Basic YW5uOnNlY3JldA==
a frame op=3 x
a until close 1002
a drop
access ~ ^A:192\.0\.2\.8\|ann\|101\|GET /kept HTTP/1\.1\|1002\|
errlog ~ \[info\] .*client sent .*, client: 192\.0\.2\.8,
errlog !~ secret|YW5uOn
access !~ secret|YW5uOn



=== TEST 9: a client's fault is info, one line, and nothing of its text
--- config
    chat_guests on;
    location /ws { chat; }
    location /raw { chat; chat_format raw; chat_room r; }
--- chat
a hello /ws?room=r as w
a until json {"ev":"joined"}
a send text {"op":"send","room":"r","text":"top secret words"
a call {"op":"send","room":"r","text":"top secret words"}
a frame rsv=4 top secret words
a until close 1002
b connect /raw
b send text top secret words {hex ff}
b expect close 1007
c connect /raw
c frame mask=0 top secret words
c expect close 1002
errlog ~ \[info\] .*client sent frame with reserved bits while chatting, client: 127\.0\.0\.1, user: "{w.user.id}", session: {w.session}$
errlog ~ \[info\] .*client sent .*UTF-8
errlog !~ top secret
errlog !~ \[(warn|error|crit)\]



=== TEST 10: a user's id in the log cannot break the line
--- http_config eval: $::http
--- config
    location /ws {
        chat;
        chat_user $http_x_user;
        access_log logs/access.log chat;
    }
--- chat
a hello /ws | X-User: a "b" \ c{hex c3a9}
a frame rsv=4 x
a until close 1002
a drop
access ~ \|a \\x22b\\x22 \\x5C c\\xC3\\xA9\|\w{16}\|
errlog ~ user: "a .*b.* c.*", session: \w{16}$



=== TEST 11: the lines of sessions that a quit ends
--- http_config eval: $::http
--- config eval: $::config . 'chat_drain_time 100ms;'
--- chat
a hello /close?1
b connect /raw?2
quit
a until close 4200
b expect close 1012
a drop
b drop
gone 3
access ~ \|GET /close\?1 HTTP/1\.1\|4200\|
access ~ \|GET /raw\?2 HTTP/1\.1\|1012\|



=== TEST 12: the lines of sessions that a TERM ends
--- skip_eval: 2: ($ENV{CHAT_FLAVOUR} || "") eq "partial"
--- http_config eval: $::http
--- config eval: $::config
--- chat
a hello /close?1
b connect /raw?2
signal TERM
a until close 1001
gone 3
access ~ \|GET /close\?1 HTTP/1\.1\|1001\|
access ~ \|GET /raw\?2 HTTP/1\.1\|1001\|



=== TEST 13: sessions of one worker share a log: each line tells of its own
--- http_config eval: $::http
--- config eval: $::config
--- chat
a hello /close as u
b hello worker=a /close as v
c hello worker=a /close as w
b frame rsv=4 x
b until close 1002
a frame mask=0 x
a until close 1002
c frame rsv=2 x
c until close 1002
a drop
b drop
c drop
errlog ~ reserved bits while chatting, client: 127\.0\.0\.1, user: "{v.user.id}", session: {v.session}$
errlog ~ unmasked frame while chatting, client: 127\.0\.0\.1, user: "{u.user.id}", session: {u.session}$
errlog ~ reserved bits while chatting, client: 127\.0\.0\.1, user: "{w.user.id}", session: {w.session}$



=== TEST 14: streams, long polls, calls, and who is refused, by HTTP/1.1 and HTTP/2
--- http_config
    $TEST_NGINX_STORE
    log_format all 'V:$request_method $uri|$status|$chat_transport|$chat_user|'
                   '$chat_user_name|$chat_room|$chat_rooms|$chat_cause|'
                   '$chat_close_code|$chat_received/$chat_sent|$chat_session|'
                   '$chat_duration|';
--- config
    listen 127.0.0.1:$TEST_NGINX_SPARE_PORT http2;
    chat_guests on;
    access_log logs/access.log all;
    location /ws { chat; chat_user $http_x_user; chat_user_name $arg_n; }
    location /kept { chat; chat_detach off; }
    location /raw { chat; chat_format raw; chat_room fixed; }
    location /api { chat_api; chat_user $http_x_user; }
    location /poll { chat_api; chat_user $http_x_user; }
    location /none { return 204; }
--- chat
a hello /ws?room=r&n=Ann | X-User: ann as w
a close 4000
a until close 4000
a drop
access ~ ^V:GET /ws\|101\|websocket\|ann\|Ann\|r\|1\|client\|4000\|0/\d+\|{w.session}\|\d+\.\d{3}\|$
b hello /kept as k
b frame op=3 x
b until close 1002
b drop
access ~ ^V:GET /kept\|101\|websocket\|{k.user.id}\|{k.user.name}\|\|0\|protocol\|1002\|0/\d+\|{k.session}\|
c connect /raw
c drop
access ~ ^V:GET /raw\|101\|websocket\|guest-\w+\|[^|]+\|fixed\|1\|lost\|1006\|
s stream /api/v1/rooms/r/events | X-User: sue
s until json {"ev":"joined"}
s drop
access ~ ^V:GET /api/v1/rooms/r/events\|200\|sse\|sue\|sue\|r\|1\|lost\|1006\|0/\d+\|\w{16}\|
# the same by HTTP/2
h open port=$TEST_NGINX_SPARE_PORT
h write PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n
h raw 000000 04 00 00000000
h raw 000021 01 05 00000001 82 86 04162f6170692f76312f726f6f6d732f722f6576656e7473 0105 6c6f63616c
soon http GET /api/v1/rooms/r/members | X-User: ann => 200 ~ guest-
access ~ ^V:GET /api/v1/rooms/r/members\|200\|http\|ann\|ann\|r\|-\|-\|-\|-/-\|-\|-\|$
h drop
access ~ ^V:GET /api/v1/rooms/r/events\|200\|sse\|guest-\w+\|[^|]+\|r\|1\|lost\|1006\|0/\d+\|\w{16}\|
http GET /poll/v1/rooms/r/messages?after=0&wait=1 | X-User: pia => 204
access ~ ^V:GET /poll/v1/rooms/r/messages\|204\|longpoll\|pia\|pia\|r\|-\|-\|-\|-/-\|-\|-\|$
http DELETE /api/v1/rooms/r/members/x | X-User: ann => 403
access ~ ^V:DELETE /api/v1/rooms/r/members/x\|403\|http\|ann\|ann\|r\|-\|forbidden\|-\|-/-\|-\|-\|$
r refuse 403 /ws?room=r | Origin: http://evil.example | X-User: ann
access ~ ^V:GET /ws\|403\|websocket\|\|\|\|-\|forbidden\|-\|-/-\|-\|-\|$
http GET /none => 204
access ~ ^V:GET /none\|204\|-\|-\|-\|-\|-\|-\|-\|-/-\|-\|-\|$
