# chat_event_request: the site is told what happened, all of it, in order.
# not run on partial: nothing here is cut into pieces

use strict;
use warnings;

use lib 't/lib';
use ChatTest;
use ChatTest::Site;

$ENV{TEST_NGINX_SITE_PORT} = ChatTest::Site::start();

our $site = <<'_EOC_';
    chat_user $arg_u;

    location = /told {
        internal;
        proxy_pass http://127.0.0.1:$TEST_NGINX_SITE_PORT/told;
    }
_EOC_

our $config = $site . <<'_EOC_';
    chat_event_request /told;

    location /ws { chat; }
    location /api { chat_api; chat_user $http_x_user; }
    location = /status { chat_status; }
_EOC_

our $roles = "    chat_user_roles \$arg_roles;\n$config";
our $small = "chat_message_size 64k;\nchat_max_text 0;\n"
             . $config =~ s{/told;\n\n}{/told queue=64k timeout=500ms;\n\n}r;
our $short = $config =~ s{/told;\n\n}{/told timeout=500ms;\n\n}r;

run_chat();

__DATA__

=== TEST 1: who comes, what is said and done, who goes
--- config eval: "$::config\nlocation /raw { chat; chat_format raw; chat_room r; }"
--- chat
http port=$TEST_NGINX_SITE_PORT GET /reset => 200
a hello /ws?u=ann as w
a call {"op":"join","room":"lobby"}
a call {"op":"send","room":"lobby","text":"\"hi\" \u2028","cid":"c1","meta":{"k":[1]}} => {"ok":{"seq":1}}
a call {"op":"send","room":"lobby","text":"\"hi\" \u2028","cid":"c1","meta":{"k":[1]}} => {"ok":{"dup":true}}
a call {"op":"send","room":"lobby","enc":"v1","data":"QUJD","re":1} => {"ok":{"seq":2}}
http POST /api/v1/rooms/lobby/messages | X-User: bob | Content-Type: application/json || {"text":"by the API"} => 201
a call {"op":"leave","room":"lobby"}
a close 1000
soon http port=$TEST_NGINX_SITE_PORT GET /list => 200 ~ close ann client
b connect /raw?u=bob
b send binary ff00
b expect binary ff00
b drop
soon http port=$TEST_NGINX_SITE_PORT GET /list => 200 ~ close bob lost 1006\n(?!.*open)
http port=$TEST_NGINX_SITE_PORT GET /list => 200 ~ (?s)^open ann\njoin lobby ann\nmessage lobby ann 1 "hi" \S+\nmessage lobby ann 2\nmessage lobby bob 3 by the API\nleave lobby ann asked\nclose ann client 1000\nopen bob\njoin r bob\nmessage r bob 1\nleave r bob lost\nclose bob lost 1006\n$
http port=$TEST_NGINX_SITE_PORT GET /all => 200 ~ "event":"open","id":"\w{hex 7b}16}","session":"{w.session}","time":\d{hex 7b}13},"transport":"websocket","user":.{hex 7b}1}"guest":false,"id":"ann","name":"ann"}}\n
http port=$TEST_NGINX_SITE_PORT GET /all => 200 ~ \{"cid":"c1","epoch":"\w+","event":"message","id":"\w+","meta":\{"k":\[1\]},"room":"lobby","seq":1,"session":"{w.session}","text":.*,"time":\d+,"user":\{.*"id":"ann","name":"ann"},"via":"socket"}
http port=$TEST_NGINX_SITE_PORT GET /all => 200 ~ "data":"QUJD","enc":"v1",.*"re":1
http port=$TEST_NGINX_SITE_PORT GET /all => 200 ~ "data":"_wA","epoch":.*"raw":true
http port=$TEST_NGINX_SITE_PORT GET /all => 200 ~ "text":"by the API".*"via":"api"
http port=$TEST_NGINX_SITE_PORT GET /all => 200 ~ \{"cause":"client","code":1000,"duration":\d+,"event":"close",.*"received":5,
http port=$TEST_NGINX_SITE_PORT GET /sum => 200 ~ messages=4 doubles=0 disorder=0 lost=0 ids=12
errlog !~ took no events



=== TEST 2: the order of a room holds over workers, and each comes once
--- config eval: $::config
--- chat
http port=$TEST_NGINX_SITE_PORT GET /reset => 200
a hello /ws?u=ann
b hello worker!=a /ws?u=bob
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"}
repeat 60 a send json {"op":"send","id":{i},"room":"r","text":"a{i}"}
repeat 60 b send json {"op":"send","id":{i},"room":"r","text":"b{i}"}
repeat 60 a send json {"op":"send","id":{i},"room":"r","text":"c{i}"}
soon http port=$TEST_NGINX_SITE_PORT GET /sum => 200 ~ messages=180 doubles=0 disorder=0 lost=0 ids=184
soon metric /status events_total{result="delivered"} == 184
soon metric /status events_queued == 0
metric /status event_requests_total{result="failed"} == 0
metric /status event_hook_seconds_count >= 1



=== TEST 3: moderation, and why somebody had to go
--- config eval: $::roles
--- chat
http port=$TEST_NGINX_SITE_PORT GET /reset => 200
a hello /ws?u=ann&roles=owner
b hello worker!=a /ws?u=bob
c hello /ws?u=cid
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"}
c call {"op":"join","room":"r"}
a call {"op":"mod","room":"r","do":"slow","value":5}
a call {"op":"mod","room":"r","do":"kick","user":"bob","reason":"Enough."}
a call {"op":"mod","room":"r","do":"ban","user":"cid","for":60}
a call {"op":"send","room":"r","text":"one"} => {"ok":{"seq":1}}
a call {"op":"edit","room":"r","ref":1,"text":"two","cid":"e1"} => {"ok":{"seq":2}}
a call {"op":"edit","room":"r","ref":1,"text":"two","cid":"e1"} => {"ok":{"dup":true}}
a call {"op":"delete","room":"r","ref":1,"reason":"by law"} => {"ok":{"seq":3}}
soon http port=$TEST_NGINX_SITE_PORT GET /list => 200 ~ (?s)message r ann 1 one\n(?:leave [^\n]*\n)*edit r ann 2 two\n(?:leave [^\n]*\n)*delete r ann 3\n
http port=$TEST_NGINX_SITE_PORT GET /all => 200 ~ \{"cid":"e1",.*"event":"edit",.*"ref":1,.*"text":"two"
http port=$TEST_NGINX_SITE_PORT GET /all => 200 ~ "event":"delete",.*"reason":"by law","ref":1
soon http port=$TEST_NGINX_SITE_PORT GET /list => 200 ~ leave r cid banned
soon http port=$TEST_NGINX_SITE_PORT GET /list => 200 ~ leave r bob kicked
http port=$TEST_NGINX_SITE_PORT GET /all => 200 ~ \{"by":\{"guest":false,"id":"ann","name":"ann"},"do":"slow","event":"moderation",.*"room":"r",.*"value":5,"via":"socket"}
http port=$TEST_NGINX_SITE_PORT GET /all => 200 ~ "do":"kick",.*"reason":"Enough.",.*"user":\{"id":"bob"}
http port=$TEST_NGINX_SITE_PORT GET /all => 200 ~ "do":"ban",.*"until":\d+,"user":\{"id":"cid"}



=== TEST 4: whatever the site does, it is told again, in order, by the same id
--- config eval: $::short
--- chat
http port=$TEST_NGINX_SITE_PORT GET /reset => 200
http port=$TEST_NGINX_SITE_PORT GET /is/500 => 200
a hello /ws?u=ann
a call {"op":"join","room":"r"}
repeat 20 a call {"op":"send","room":"r","text":"{i}"}
soon http port=$TEST_NGINX_SITE_PORT GET /sum => 200 ~ ids=0 posts=[1-9]
soon errlog ~ "/told" took no events \(status 500, 0 is no answer\), they wait: it is asked again in \d+ ms
soon metric /status events_queued == 22
metric /status events_queued_bytes >= 2000
metric /status event_requests_total{result="failed"} >= 1
http port=$TEST_NGINX_SITE_PORT GET /is/silent => 200
repeat 20 a call {"op":"send","room":"r","text":"{i}"}
within 20 soon http port=$TEST_NGINX_SITE_PORT GET /sum => 200 ~ ids=0 posts=[2-9]
http port=$TEST_NGINX_SITE_PORT GET /is/deaf => 200
within 20 soon http port=$TEST_NGINX_SITE_PORT GET /sum => 200 ~ messages=40 .* ids=42
http port=$TEST_NGINX_SITE_PORT GET /is/ok => 200
within 20 soon metric /status events_queued == 0
within 20 soon http port=$TEST_NGINX_SITE_PORT GET /sum => 200 ~ messages=40 doubles=[1-9]\d* disorder=0 lost=0 ids=42
metric /status events_total{result="retried"} >= 42
metric /status events_total{result="delivered"} == 42
errlog ~ "/told" takes events again



=== TEST 5: who reads is killed: another reads on, and nothing is missing
--- config eval: $::short
--- chat
http port=$TEST_NGINX_SITE_PORT GET /reset => 200
http port=$TEST_NGINX_SITE_PORT GET /is/deaf => 200
a hello /ws?u=ann
b hello worker!=a /ws?u=bob
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"}
repeat 30 a call {"op":"send","room":"r","text":"{i}"}
soon http port=$TEST_NGINX_SITE_PORT GET /sum => 200 ~ messages=[1-9]
kill worker-of b
repeat 30 a insist {"op":"send","room":"r","text":"{i}"}
kill worker-of a
http port=$TEST_NGINX_SITE_PORT GET /is/ok => 200
c hello /ws?u=cid
c insist {"op":"join","room":"r"}
c call {"op":"send","room":"r","text":"last"}
within 20 soon http port=$TEST_NGINX_SITE_PORT GET /list => 200 ~ message r cid \d+ last
http port=$TEST_NGINX_SITE_PORT GET /sum => 200 ~ messages=61 doubles=\d+ disorder=0
soon metric /status events_queued == 0



=== TEST 6: a reload hands over, and the end of nginx leaves nothing unsaid
--- config eval: "chat_drain_time 100ms;\n$::config"
--- chat
http port=$TEST_NGINX_SITE_PORT GET /reset => 200
http port=$TEST_NGINX_SITE_PORT GET /is/500 => 200
a hello /ws?u=ann
a call {"op":"join","room":"r"}
repeat 10 a call {"op":"send","room":"r","text":"{i}"}
soon http port=$TEST_NGINX_SITE_PORT GET /sum => 200 ~ ids=0 posts=[1-9]
reload
a until json {"ev":"drain"}
a expect close 4200
a expect eof
http port=$TEST_NGINX_SITE_PORT GET /is/ok => 200
b hello /ws?u=bob
b call {"op":"join","room":"r"}
b call {"op":"send","room":"r","text":"11"} => {"ok":{"seq":11}}
within 20 soon http port=$TEST_NGINX_SITE_PORT GET /list => 200 ~ message r bob 11 11
http port=$TEST_NGINX_SITE_PORT GET /sum => 200 ~ messages=11 doubles=\d+ disorder=0 lost=0
quit
b until json {"ev":"drain"}
b expect close 4200
b expect eof
gone 10
http port=$TEST_NGINX_SITE_PORT GET /list => 200 ~ (?s)leave r bob drain\nclose bob drain 4200
http port=$TEST_NGINX_SITE_PORT GET /sum => 200 ~ messages=11 doubles=\d+ disorder=0 lost=0



=== TEST 7: a queue that is full loses the oldest, and says how many
--- config eval: $::small
--- chat
http port=$TEST_NGINX_SITE_PORT GET /reset => 200
http port=$TEST_NGINX_SITE_PORT GET /is/500 => 200
a hello /ws?u=ann
a call {"op":"join","room":"r"}
repeat 100 a call {"op":"send","room":"r","text":"{i} {rep 1500 x}"}
soon http port=$TEST_NGINX_SITE_PORT GET /sum => 200 ~ ids=0 posts=[1-9]
http port=$TEST_NGINX_SITE_PORT GET /is/deaf => 200
within 20 soon http port=$TEST_NGINX_SITE_PORT GET /list => 200 ~ (?s)^lost full\nmessage .* 100 100 x
http port=$TEST_NGINX_SITE_PORT GET /is/ok => 200
within 20 soon metric /status events_queued == 0
http port=$TEST_NGINX_SITE_PORT GET /sum => 200 ~ messages=([34]\d) doubles=[1-9]\d* disorder=0 lost=[67]\d ids
metric /status events_total{result="lost"} >= 60
errlog ~ \d+ events for "/told" were lost, for their queue was full: give "chat_event_request" a larger "queue=", or make the site take them faster
# what is larger than a quarter of it is told of without its text
a call {"op":"send","room":"r","text":"{rep 20000 x}"} => {"ok":{"seq":101}}
soon http port=$TEST_NGINX_SITE_PORT GET /all => 200 ~ "cut":true,.*"seq":101,



=== TEST 12: nginx's own limits are not for it, nor is what the site says
--- config eval
$::config =~ s{internal;}{internal; client_max_body_size 1k;}r
--- chat
http port=$TEST_NGINX_SITE_PORT GET /reset => 200
http port=$TEST_NGINX_SITE_PORT GET /is/wordy => 200
a hello /ws?u=ann
a call {"op":"join","room":"r"}
a call {"op":"send","room":"r","text":"{rep 1500 x}"} => {"ok":{"seq":1}}
within 20 soon metric /status events_total{result="delivered"} == 3
http port=$TEST_NGINX_SITE_PORT GET /is/ok => 200
http port=$TEST_NGINX_SITE_PORT GET /sum => 200 ~ messages=1 doubles=0 disorder=0 lost=0
metric /status event_requests_total{result="failed"} == 0
errlog !~ (?:too big subrequest response|too large body)



=== TEST 8: each location tells whom it is to tell, or nobody
--- config eval
$::site . <<'_EOC_'
    location = /other {
        internal;
        proxy_pass http://127.0.0.1:$TEST_NGINX_SITE_PORT/told-other;
    }

    chat_event_request /told;

    location /ws { chat; }
    location /quiet { chat; chat_event_request off; }
    location /more { chat; chat_event_request /other; }
_EOC_
--- chat
http port=$TEST_NGINX_SITE_PORT GET /reset => 200
q hello /quiet?u=quiet
q call {"op":"join","room":"r"}
q call {"op":"send","room":"r","text":"unheard"}
a hello /ws?u=ann
b hello worker!=a /more?u=bob
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"}
a call {"op":"send","room":"r","text":"one"}
b call {"op":"send","room":"r","text":"two"}
soon http port=$TEST_NGINX_SITE_PORT GET /list => 200 ~ message r ann 2 one
soon http port=$TEST_NGINX_SITE_PORT GET /list => 200 ~ message r bob 3 two
http port=$TEST_NGINX_SITE_PORT GET /list => 200 ~ (?s)^(?!.*(?:unheard|quiet))



=== TEST 9: a store that is away delays what is told, but nobody
--- store: redis
--- config eval: $::config
--- chat
http port=$TEST_NGINX_SITE_PORT GET /reset => 200
redis wait
a hello /ws?u=ann
a call {"op":"join","room":"r"}
a call {"op":"send","room":"r","text":"one"}
b hello worker!=a /ws?u=bob
soon http port=$TEST_NGINX_SITE_PORT GET /list => 200 ~ open bob
redis stop
a close 1000
a until close 1000
b close 1000
b until close 1000
redis start
redis wait
within 20 soon http port=$TEST_NGINX_SITE_PORT GET /list => 200 ~ (?s)leave r ann client\nclose ann client 1000
within 20 soon http port=$TEST_NGINX_SITE_PORT GET /list => 200 ~ close bob client 1000
http port=$TEST_NGINX_SITE_PORT GET /sum => 200 ~ disorder=0 lost=0



=== TEST 10: without it Redis hears nothing of it
--- store: redis
--- config
    location /ws { chat; chat_guests on; }
--- chat
redis cli CONFIG RESETSTAT
a hello /ws
a call {"op":"join","room":"r"}
a call {"op":"send","room":"r","text":"x"}
sleep 1.2
redis cli INFO commandstats ~ (?s)^(?!.*(?:rpush|lrange|llen|lpop|ltrim|hmget:calls=\d\d)).*evalsha
redis cli KEYS *:e?:* ~ ^$



=== TEST 11: the keys of a queue, and who reads it
--- store: redis
--- config eval: $::config
--- chat
http port=$TEST_NGINX_SITE_PORT GET /is/500 => 200
a hello /ws?u=ann
soon redis cli KEYS *:eq:* ~ ^chat:.g.:eq:\w{hex 7b}16}$
redis cli KEYS *:es:* ~ ^chat:.g.:es:\w{hex 7b}16}$
http port=$TEST_NGINX_SITE_PORT GET /is/ok => 200
within 20 soon redis cli KEYS *:eq:* ~ ^$
# what nobody reads is not kept for ever
a call {"op":"join","room":"r"}
http port=$TEST_NGINX_SITE_PORT GET /is/500 => 200
a call {"op":"send","room":"r","text":"x"}
soon redis cli EVAL "return redis.call('PTTL', redis.call('KEYS', '*:eq:*')[1])" 0 ~ ^60\d{hex 7b}7}$



=== TEST 13: a queue that Redis forgets while the site is asked
--- store: redis
--- config eval: $::config
--- chat
http port=$TEST_NGINX_SITE_PORT GET /reset => 200
http port=$TEST_NGINX_SITE_PORT GET /is/late => 200
a hello /ws?u=ann
soon http port=$TEST_NGINX_SITE_PORT GET /list => 200 ~ open ann
redis cli EVAL "return redis.call('DEL', unpack(redis.call('KEYS', '*:e?:*')))" 0
http POST /api/v1/rooms/r/messages | X-User: bob | Content-Type: application/json || {"text":"new"} => 201
soon redis cli EVAL "return redis.call('HGET', redis.call('KEYS', '*:es:*')[1], 'w')" 0 ~ :
http port=$TEST_NGINX_SITE_PORT GET /is/late => 200
soon http port=$TEST_NGINX_SITE_PORT GET /list => 200 ~ message r bob 1 new
# its texts only, if they are not taken yet: the numbers stay
redis cli EVAL "for _, k in ipairs(redis.call('KEYS', '*:eq:*')) do redis.call('DEL', k) end" 0
http port=$TEST_NGINX_SITE_PORT GET /is/ok => 200
soon metric /status event_requests_total{result="taken"} >= 2
soon metric /status events_queued == 0
# one that took its place by now would be taken for it, but no other is
http POST /api/v1/rooms/r/messages | X-User: bob | Content-Type: application/json || {"text":"newer"} => 201
http POST /api/v1/rooms/r/messages | X-User: bob | Content-Type: application/json || {"text":"newest"} => 201
soon http port=$TEST_NGINX_SITE_PORT GET /list => 200 ~ message r bob 3 newest
errlog !~ not an integer
