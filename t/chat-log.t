# A line for each thing that happens: chat_log, its formats, its files.

use strict;
use warnings;

use lib 't/lib';
use ChatTest;

our $http = <<'_EOC_';
    $TEST_NGINX_STORE
    chat_leave_delay 0;
    chat_drain_time 0;
    chat_log_format lines 'L:$chat_event|$remote_addr|$chat_transport|'
        '$chat_session|$chat_user|$chat_actor|$chat_room|$chat_code|'
        '$chat_cause|$chat_target|$chat_setting|$chat_until|$chat_reason|';
    access_log off;
_EOC_

our $config = <<'_EOC_';
    chat_history 100 1h;
    chat_user $http_x_user;
    chat_user_roles $http_x_roles;
    chat_guests on;
    chat_log logs/access.log lines;
    location /ws { chat; }
    location /kept { chat; chat_detach off; }
    location /raw { chat; chat_format raw; chat_room fixed; }
    location /api { chat_api; chat_api_key_file ../html/keys; }
_EOC_

our $keys = <<'_EOC_';
>>> keys
shop-0123456789abcdef0123456789abcdef
_EOC_

run_chat();

__DATA__

=== TEST 1: sockets: open, join, refusal, leave, close, and who did what to whom
--- http_config eval: $::http
--- config eval: $::config
--- user_files eval: $::keys
--- chat
a hello /ws | X-User: ann | X-Roles: owner as w
access ~ ^L:open\|127\.0\.0\.1\|websocket\|{w.session}\|ann\|user\|-\|-\|-\|-\|-\|-\|-\|$
a call {"op":"join","room":"r"}
access ~ ^L:join\|127\.0\.0\.1\|websocket\|{w.session}\|ann\|user\|r\|-\|-\|-\|-\|-\|-\|$
# again is no second time
a call {"op":"join","room":"r"}
b hello /ws?name=Bob as v
b call {"op":"join","room":"r"}
b call {"op":"mod","room":"r","do":"ban","user":"ann","for":60} => {"error":{"code":"forbidden"}}
access ~ ^L:refusal\|127\.0\.0\.1\|websocket\|{v.session}\|{v.user.id}\|guest\|r\|403\|forbidden\|-\|-\|-\|[A-Z].*\.\|$
a call {"op":"mod","room":"r","do":"mute","user":"{v.user.id}","for":60,"reason":"so \"much\" \u00e9"} as m
access ~ ^L:moderation\|127\.0\.0\.1\|websocket\|{w.session}\|ann\|user\|r\|-\|mute\|{v.user.id}\|-\|{m.ok.until}\|so \\x22much\\x22 \\xC3\\xA9\|$
b call {"op":"send","room":"r","text":"hi"} => {"error":{"code":"muted"}}
access ~ ^L:refusal\|[^|]+\|websocket\|{v.session}\|{v.user.id}\|guest\|r\|403\|muted\|-\|-\|{m.ok.until}\|
a call {"op":"mod","room":"r","do":"kick","user":"{v.user.id}"}
access ~ ^L:leave\|127\.0\.0\.1\|websocket\|{v.session}\|{v.user.id}\|guest\|r\|-\|kicked\|
access ~ ^L:moderation\|127\.0\.0\.1\|websocket\|{w.session}\|ann\|user\|r\|-\|kick\|{v.user.id}\|
a call {"op":"mod","room":"r","do":"slow","value":30}
access ~ ^L:moderation\|.*\|ann\|user\|r\|-\|slow\|-\|30\|-\|-\|$
a call {"op":"mod","room":"r","do":"role","user":"eve","value":"moderator"}
access ~ ^L:moderation\|.*\|ann\|user\|r\|-\|role\|eve\|moderator\|-\|-\|$
a send json {"op":"
a until json {"ev":"error"}
access ~ ^L:refusal\|.*\|ann\|user\|-\|400\|bad_request\|
a call {"op":"leave","room":"r"}
access ~ ^L:leave\|.*\|ann\|user\|r\|-\|asked\|
a call {"op":"join","room":"s"}
a close 4999
a until close 4999
a drop
access ~ ^L:leave\|.*\|{w.session}\|ann\|user\|s\|-\|client\|
access ~ ^L:close\|127\.0\.0\.1\|websocket\|{w.session}\|ann\|user\|-\|4999\|client\|
b drop
access ~ ^L:close\|.*\|{v.session}\|{v.user.id}\|guest\|-\|1006\|lost\|
# each once
access !~ (?s)\|ann\|user\|r\|-\|-\|.*\|ann\|user\|r\|-\|-\|
access !~ (?s)L:open\|[^\n]*\|ann\|.*L:open\|[^\n]*\|ann\|
access !~ (?s)L:close\|[^\n]*\|ann\|.*L:close\|[^\n]*\|ann\|
access !~ (?s)\|kicked\|.*\|kicked\|
access !~ (?s)L:moderation\|[^\n]*\|slow\|.*L:moderation\|[^\n]*\|slow\|



=== TEST 2: streams, raw rooms, calls of the API, who is refused; a kept request
--- http_config eval: $::http
--- config eval: $::config
--- user_files eval: $::keys
--- chat eval
<<'_EOC_' =~ s/KEY/Authorization: Bearer shop-0123456789abcdef0123456789abcdef/gr;
s stream /api/v1/rooms/r/events | X-User: sue
s until json {"ev":"joined"}
access ~ ^L:open\|127\.0\.0\.1\|sse\|\w{16}\|sue\|user\|-\|
access ~ ^L:join\|127\.0\.0\.1\|sse\|\w{16}\|sue\|user\|r\|
http PUT /api/v1/rooms/r/bans/u:sue | KEY | Content-Type: application/json || {"for":60,"reason":"spam"} => 200
s until json {"ev":"close"}
s drop
access ~ ^L:moderation\|127\.0\.0\.1\|http\|-\|\*\|backend\|r\|-\|ban\|sue\|-\|\d{13}\|spam\|$
access ~ ^L:leave\|127\.0\.0\.1\|sse\|\w{16}\|sue\|user\|r\|-\|banned\|
access ~ ^L:close\|127\.0\.0\.1\|sse\|\w{16}\|sue\|user\|-\|4006\|banned\|
http DELETE /api/v1/rooms/r/bans/u:sue | X-User: ann | X-Roles: owner => 204
access ~ ^L:moderation\|127\.0\.0\.1\|http\|-\|ann\|user\|r\|-\|unban\|sue\|
http PATCH /api/v1/rooms/r | KEY | Content-Type: application/json || {"slow":5,"lock":"write"} => 200
access ~ ^L:moderation\|.*\|backend\|r\|-\|slow\|-\|5\|
access ~ ^L:moderation\|.*\|backend\|r\|-\|lock\|-\|write\|
http DELETE /api/v1/rooms/r/members/sue | X-User: bob => 403
access ~ ^L:refusal\|127\.0\.0\.1\|http\|-\|bob\|user\|r\|403\|forbidden\|
http GET /api/v1/nowhere | X-User: bob => 404
access ~ ^L:refusal\|127\.0\.0\.1\|http\|-\|-\|-\|-\|404\|not_found\|
a refuse 403 /ws?room=r&name=Eve | Origin: http://evil.example
access ~ ^L:refusal\|127\.0\.0\.1\|websocket\|-\|-\|-\|-\|403\|forbidden\|
access !~ evil
c connect /raw | X-User: ann | X-Roles: owner
access ~ ^L:join\|127\.0\.0\.1\|websocket\|\w{16}\|ann\|user\|fixed\|
c close 1000
c until close 1000
c drop
access ~ ^L:leave\|.*\|ann\|user\|fixed\|-\|client\|
d hello /kept?room=k | X-User: dan as x
access ~ ^L:open\|127\.0\.0\.1\|websocket\|{x.session}\|dan\|
access ~ ^L:join\|127\.0\.0\.1\|websocket\|{x.session}\|dan\|user\|k\|
reload
d until close 4200
access ~ ^L:leave\|.*\|dan\|user\|k\|-\|drain\|
access ~ ^L:close\|.*\|{x.session}\|dan\|user\|-\|4200\|drain\|-\|-\|-\|the server restarts\|$
d drop
access !~ (?s)L:moderation\|[^\n]*\|unban\|.*L:moderation\|[^\n]*\|unban\|
access !~ (?s)\|banned\|[^\n]*\n.*L:leave[^\n]*\|banned\|
access !~ (?s)L:refusal[^\n]*\|bob\|user\|r\|.*L:refusal[^\n]*\|bob\|user\|r\|
_EOC_



=== TEST 3: formats: what a request said is kept, nobody forges a line, which lines there are
--- http_config
    $TEST_NGINX_STORE
    access_log off;
    map $arg_log $wanted { default 1; no 0; }
    chat_log_format kept 'K:$chat_event $http_user_agent|$arg_x|'
        '${chat_user}s|$request_uri|$time_iso8601|$msec|$chat_time|'
        '$chat_duration|$chat_received|$chat_sent|$chat_rooms|$chat_user_name|';
    chat_log_format twice 'W:$chat_event $http_referer $http_user_agent';
    chat_log_format none escape=none 'N:$chat_event "$http_user_agent"';
    chat_log_format js escape=json '{"j":"$chat_event","u":"$http_user_agent",'
                                   '"r":"$chat_reason"}';
--- config
    chat_guests on;
    location /ws {
        chat;
        chat_log logs/access.log kept if=$wanted;
        chat_log logs/access.log twice events=open,refusal;
        chat_log logs/access.log none events=open;
        chat_log logs/access.log js events=open,close;
    }
    location /plain { chat; chat_log logs/access.log; chat_log logs/access.log json; }
    location /off { chat; chat_log off; }
--- chat
a hello /ws?x=1&name=Zo%C3%AB&room=r | User-Agent: say "hi"\n{hex c3a97f} | Referer: http://x/y as w
access ~ ^K:open say \\x22hi\\x22\\x5Cn\\xC3\\xA9\\x7F\|1\|guest-\w{10}s\|/ws\?x=1&name=Zo%C3%AB&room=r\|\d{4}-\d\d-\d\dT[\d:]{8}\+\d\d:\d\d\|\d{10}\.\d{3}\|\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z\|\d+\.\d{3}\|0\|0\|0\|Zo\\xC3\\xAB\|$
access ~ ^W:open http://x/y say \\x22hi
access ~ ^N:open "say "hi"\\n{hex c3a9}\\x7F"$
access ~ ^\{"j":"open","u":"say \\"hi\\"\\\\n{hex c3a97f}","r":""\}$
a call {"op":"ping"}
a close 1000
a until close 1000
a drop
access ~ ^K:close say .*\|1\|{w.user.id}s\|/ws\?x=1&name=Zo%C3%AB&room=r\|.*\|\d+\.\d{3}\|1\|\d+\|1\|Zo
access ~ ^\{"j":"close",
access !~ ^W:close
access !~ ^N:close
# of a request that is refused the same is known
b refuse 403 /ws?x=2 | Origin: http://evil.example | User-Agent: bad
access ~ ^K:refusal bad\|2\|-s\|/ws\?x=2\|.*\|-\|-\|-\|-\|-\|$
access ~ ^W:refusal - bad$
# the condition is the connection's
c hello /ws?log=no
c drop
access ~ (?s)^W:open - -\n.*"j":"close"
access !~ log=no
d hello /off?quiet
d drop
# what the module brings
e hello /plain?room=p&name=Eve as x
e drop
access ~ ^\d{4}-\d\d-\d\dT[\d:.]{12}Z join 127\.0\.0\.1 websocket {x.session} "{x.user.id}" "p" - - \d+\.\d{3} 0 \d+ "-" - - "-"$
access ~ ^\{"time":"\d{4}-[^"]*Z","event":"close","address":"127\.0\.0\.1","transport":"websocket","session":"{x.session}","user":"{x.user.id}","name":"Eve","actor":"guest","room":"","code":"1006","cause":"lost","duration":"\d+\.\d{3}","received":"0","sent":"\d+","target":"","setting":"","until":"","reason":""\}$
access !~ quiet



=== TEST 4: a buffer, its time, and files that are opened again
--- http_config
    $TEST_NGINX_STORE
    access_log off;
    chat_log_format short 'S:$chat_event $arg_x';
--- config
    chat_guests on;
    location /slow {
        chat;
        chat_log logs/buffered.log short buffer=64k flush=200ms;
        chat_log logs/access.log short events=open;
    }
    location /full { chat; chat_log logs/full.log short buffer=64; }
    location /disk { chat; chat_log /dev/full short; }
    location /show { alias $TEST_NGINX_SERVER_ROOT/logs/; }
--- allow_log
write\(\) to "/dev/full" failed
--- chat
a hello /slow?x=1
access ~ ^S:open 1$
soon http GET /show/buffered.log => 200 ~ ^S:open 1$
# more than the buffer holds
b hello /full?x=2
repeat 8 b call {"op":"join","room":"room-{i}"}
soon http GET /show/full.log => 200 ~ ^S:open 2\nS:join 2
move access.log old.log
signal USR1
# the master and both workers
within 10 errlog ~ (?s)reopening logs.*reopening logs.*reopening logs
c hello /slow?x=3
access ~ ^S:open 3$
access !~ ^S:open 1$
# a disk that is full is told of, once, and harms nobody
d hello /disk
d call {"op":"join","room":"r"}
errlog ~ \[alert\] .*write\(\) to "/dev/full" failed.*No space left
sleep 1.1
d call {"op":"join","room":"s"}
d drop
errlog !~ (?s)/dev/full" failed.*/dev/full" failed
# what waits in a buffer is written when the worker ends
a drop
b drop
c drop
reload
soon http GET /show/full.log => 200 ~ S:close 2
