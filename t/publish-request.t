# chat_publish_request: the site sees each message before it is stored.
# not run on partial: nothing here is cut into pieces

use strict;
use warnings;

use IO::Socket::INET;
use POSIX ();

use lib 't/lib';
use ChatTest;

# a site that takes every question and never answers

our $silent = IO::Socket::INET->new(Listen    => 1024,
                                    LocalAddr => '127.0.0.1:0')
    or die "no socket: $!\n";

$ENV{TEST_NGINX_SILENT_PORT} = $silent->sockport;

# a site that breaks off within its answer

our $cut = IO::Socket::INET->new(Listen => 10, LocalAddr => '127.0.0.1:0')
    or die "no socket: $!\n";

$ENV{TEST_NGINX_CUT_PORT} = $cut->sockport;

our $owner = $$;
our $cutter = fork // die "fork: $!\n";

if ($cutter == 0) {
    while (my $c = $cut->accept) {
        sysread $c, my $question, 65536;
        my $head = $question =~ /"text":"whole/ ? "\r\n"
                 : $question =~ /"text":"length/ ? "Content-Length: 30\r\n\r\n"
                 : "Transfer-Encoding: chunked\r\n\r\n";
        my $body = $question =~ /"text":"\w+ more/ ? "a\r\n{\"text\":\"" : '';
        syswrite $c, "HTTP/1.1 200 OK\r\n$head$body";
    }
    POSIX::_exit(0);
}

END {
    if (defined $cutter && $$ == $owner) {
        local $?;
        kill KILL => $cutter;
        waitpid $cutter, 0;
    }
}

# the site: what it answers is what the text begins with

our $http = <<'_EOC_';
    $TEST_NGINX_STORE
    chat_leave_delay 0;

    limit_req_zone $request_method zone=slow:1m rate=4r/s;
    log_format site escape=none
                    '$request_method $content_type $content_length'
                    ' $request_body';

    map $request_body $say {
        default none;
        ~"text":"(?<first>[a-z]+) $first;
        ~"data":"c2VjcmV0" see;
    }

    server {
        listen 127.0.0.1:$TEST_NGINX_SPARE_PORT;
        access_log logs/access.log site;
        default_type application/json;

        # where a body is read, the log has it
        location = /see {
            proxy_pass http://127.0.0.1:$TEST_NGINX_SPARE_PORT/pass;
        }
        location / { return 204; }
        location = /quiet { return 200; }
        location = /nothing { return 200 '{}'; }
        location = /clean { return 200 '{"text":"a *** word"}'; }
        location = /both { return 200 '{"text":"x","meta":{"seen":true}}'; }
        location = /meta { return 200 '{"meta":{"a": [1, 2]},"more":0}'; }
        location = /other { return 200 '{"text":"$request_id"}'; }
        location = /rude { return 403 '{"message":"Not here, please."}'; }
        location = /spam { return 422 '{"message":"Bu yok — \\u4e0d"}'; }
        location = /bare { return 403; }
        location = /page { default_type text/html; return 422 '<p>no</p>'; }
        location = /odd { return 422 '{"message":"a\\u0000b"}'; }
        location = /wide { return 422 '{"message":"$wide$wide"}'; }
        location = /broken { return 500 '{"text":"x"}'; }
        location = /moved { return 302 /pass; }
        location = /login { return 401; }
        location = /cut { return 444; }
        location = /html { return 200 '<p>Notice: undefined index</p>'; }
        location = /list { return 200 '["text"]'; }
        location = /number { return 200 '{"text":1}'; }
        location = /empty { return 200 '{"text":""}'; }
        location = /twice { return 200 '{"text":"a","text":"b"}'; }
        location = /nul { return 200 '{"text":"a\\u0000"}'; }
        location = /bidi { return 200 '{"text":"a\\u0007"}'; }
        location = /latin { return 200 '{"text":"\xe9t\xe9"}'; }
        location = /long { return 200 '{"text":"$wide$wide"}'; }
        location = /huge { root html; try_files /huge.html =500; }
        location = /slow {
            limit_req zone=slow burst=10000;
            try_files /x @pass;
        }
        location @pass { return 204; }
        set $wide "$TEST_NGINX_WIDE";
    }
_EOC_

our $wide = 'w' x 260;
$ENV{TEST_NGINX_WIDE} = $wide;
$http =~ s/\\xe9/\xe9/g;

our $site = <<'_EOC_';
    chat_user $arg_u;
    chat_user_name $arg_name;
    chat_max_text 500;
    chat_presence off;

    location = /ask {
        internal;
        proxy_set_header Host $host;
        proxy_pass http://127.0.0.1:$TEST_NGINX_SPARE_PORT/$say;
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
    location /ws { chat; chat_publish_request /ask; }
    location /kept { chat; chat_publish_request /ask; chat_detach off; }
    location /open { chat; chat_publish_request /ask fail=open; }
    location /free { chat; }
    location /hasty { chat; chat_publish_request /silent timeout=300ms; }
    location /absent { chat; chat_publish_request /nobody; }
    location /lax { chat; chat_publish_request /nobody fail=open; }
    location /gone { chat; chat_publish_request /ask-nobody; }
    location /wrong { chat; chat_publish_request /wrong; }
_EOC_

our $quiet = $site . <<'_EOC_';
    chat_drain_time 200ms;
    chat_publish_request /silent timeout=700ms;
    location /ws { chat; }
    location /kept { chat; chat_detach off; }
_EOC_

our $huge = '{"text":"' . 'h' x 200000 . '"}';

our $keys = ">>> keys\nshop-0123456789abcdef0123456789abcdef\n";
our $key = 'Authorization: Bearer shop-0123456789abcdef0123456789abcdef';
our $json = 'Content-Type: application/json';

# the answers that decide, and those that cannot be used

our @fine = ([pass => '"text":"pass"'], [quiet => '"text":"quiet"'],
             [nothing => '"text":"nothing"'], [clean => '"text":"a *** word"'],
             [both => '"text":"x","meta":{"seen":true}'],
             [meta => '"text":"meta","meta":{"a":[1,2]}']);
our @refused = ([rude => 'Not here, please.'], [spam => "Bu yok \xe2\x80\x94 \xe4\xb8\x8d"],
                map { [$_ => 'The site does not take this message.'] }
                    qw(bare page odd wide));
our @useless = qw(broken moved login cut html list number empty twice nul bidi
                  latin long huge);

sub sends {
    my ($name, $words, $answer) = @_;
    return map { qq($name call {"op":"send","room":"r","text":"$_"} => )
                 . $answer } @$words;
}

run_chat();

__DATA__

=== TEST 1: passed, replaced, rejected with a sentence, and no answer of use
--- http_config eval: $::http
--- config eval: $::config
--- user_files eval: [['huge.html' => $::huge]]
--- chat eval
CORE::join "\n",
    'z hello /free?u=zoe&room=r', 'z expect json {"ev":"joined"}',
    (map {
        my $way = $_;

        ("a hello /$way?u=ann&room=r", 'a expect json {"ev":"joined"}',
         (map { (qq(a call {"op":"send","room":"r","text":"$_->[0]"}),
                 qq(z until json {"ev":"message",$_->[1]})) } @::fine),
         (map { ::sends('a', [$_->[0]],
                qq({"error":{"code":"rejected","status":422,)
                . qq("message":"$_->[1]","temporary":"!"}})) } @::refused),
         'a close 1000', 'a until close 1000')
    } qw(ws kept)),
    'a hello /ws?u=ann&room=r', 'a expect json {"ev":"joined"}',
    ::sends('a', \@::useless,
            '{"error":{"code":"unavailable","temporary":true}}'),
    'errlog ~ \[error\] .*"/ask" answered 500 about a message, which is'
    . ' neither yes nor no, it is refused while asking the site, client:'
    . ' 127\.0\.0\.1, user: "ann", room: "r"',
    'z call {"op":"send","room":"r","text":"after"}',
    'z expect json {"ev":"message","text":"after"}';



=== TEST 2: fail=open: what the site has no word for is stored as it is
--- http_config eval: $::http
--- config eval: $::config
--- user_files eval: [['huge.html' => $::huge]]
--- chat eval
CORE::join "\n",
    'z hello /free?u=zoe&room=r', 'z expect json {"ev":"joined"}',
    'a hello /open?u=ann&room=r', 'a expect json {"ev":"joined"}',
    ::sends('a', ['broken'], '{"ok":{"seq":1}}'),
    'errlog ~ answered 500 about a message, .*, it is stored as it is',
    ::sends('a', \@::useless, '{"ok":{"seq":*}}'),
    (map { qq(z expect json {"ev":"message","text":"$_"}) }
         'broken', @::useless),
    ::sends('a', ['rude'], '{"error":{"code":"rejected"}}'),
    ::sends('a', ['clean'], '{"ok":{}}'),
    'z expect json {"ev":"message","text":"a *** word"}',
    'b hello /lax?u=bob&room=r', 'b expect json {"ev":"joined"}',
    ::sends('b', ['pass'], '{"ok":{}}'),
    'errlog ~ "/nobody" answered 502 about a message',
    'z until json {"ev":"message","text":"pass","from":{"id":"bob"}}';



=== TEST 3: nobody there, no answer in time, no such location
--- http_config eval: $::http
--- config eval: $::config
--- chat eval
CORE::join "\n",
    'a hello /hasty?u=ann&room=r', 'a expect json {"ev":"joined"}',
    ::sends('a', ['pass'], '{"error":{"code":"unavailable","temporary":true}}'),
    'errlog ~ \[error\] .*"/silent" gave no answer about a message, it is'
    . ' refused',
    'a call {"op":"ping"}',
    'b hello /absent?u=ann&room=r', 'b expect json {"ev":"joined"}',
    ::sends('b', ['pass'], '{"error":{"code":"unavailable"}}'),
    'c hello /gone?u=ann&room=r', 'c expect json {"ev":"joined"}',
    ::sends('c', ['pass'], '{"error":{"code":"unavailable"}}'),
    'd hello /wrong?u=ann&room=r', 'd expect json {"ev":"joined"}',
    ::sends('d', ['pass'], '{"error":{"code":"unavailable"}}');



=== TEST 4: what the site is told
--- http_config eval: $::http
--- config eval
$::config . <<'_EOC_'
    location /guests { chat; chat_guests on; chat_publish_request /ask; }
    location /role {
        chat;
        chat_user_roles moderator;
        chat_publish_request /ask;
    }
_EOC_
--- chat
a hello /role?u=ann&name=Ann&room=r
a expect json {"ev":"joined"}
a call {"op":"send","room":"r","text":"see \"\\\n\u2028 é","cid":"c-1","meta":{"k": [1]}}
access ~ ^POST application/json \d+ \{"room":"r","user":\{"id":"ann","name":"Ann","role":"moderator","guest":false\},"via":"socket","address":"127\.0\.0\.1","text":"see \\"\\\\\\n\\u2028 é","cid":"c-1","meta":\{"k":\[1\]\}\}$
a call {"op":"send","room":"r","text":"see","re":1}
access ~ "text":"see","cid":"[a-z0-9]+","re":1\}$
a call {"op":"send","room":"r","data":"c2VjcmV0","enc":"v1/a"}
access ~ "enc":"v1/a","data":"c2VjcmV0","cid"
b hello /guests?name=Bob&room=r
b expect json {"ev":"joined"}
b call {"op":"send","room":"r","text":"see"}
access ~ "user":\{"id":"guest-[a-z2-7]+","name":"Bob","guest":true\}
errlog !~ c2VjcmV0



=== TEST 5: a burst of one sender keeps its order, and what is behind it waits
--- http_config eval: $::http
--- config eval: $::config
--- chat
z hello /free?u=zoe&room=r
z expect json {"ev":"joined"}
a hello /ws?u=ann&room=r
a expect json {"ev":"joined"}
a send text {"op":"send","room":"r","text":"slow 1","id":101}
a send text {"op":"send","room":"r","text":"pass 2","id":102}
a send text {"op":"send","room":"r","text":"slow 3","id":103}
a send text {"op":"send","room":"r","text":"rude 4","id":104}
a send text {"op":"send","room":"r","text":"slow 5","id":105}
a send text {"op":"send","room":"r","text":"pass 6","id":106}
a send text {"op":"leave","room":"r","id":107}
a send text {"op":"send","room":"r","text":"pass 8","id":108}
a send text {"op":"ping","id":109}
a find json {"id":101,"ok":{"seq":1}}
a find json {"id":102,"ok":{"seq":2}}
a find json {"id":103,"ok":{"seq":3}}
a find json {"id":104,"error":{"code":"rejected"}}
a find json {"id":105,"ok":{"seq":4}}
a find json {"id":106,"ok":{"seq":5}}
a find json {"id":107,"ok":{}}
a find json {"id":108,"error":{"code":"not_member"}}
a find json {"id":109,"ok":{}}
z expect json {"ev":"message","seq":1,"text":"slow 1"}
z expect json {"ev":"message","seq":2,"text":"pass 2"}
z expect json {"ev":"message","seq":3,"text":"slow 3"}
z expect json {"ev":"message","seq":4,"text":"slow 5"}
z expect json {"ev":"message","seq":5,"text":"pass 6"}
errlog ~ delaying request



=== TEST 6: a repeated cid is asked about again, and stored once
--- http_config eval: $::http
--- config eval: $::config
--- chat
a hello /ws?u=ann&room=r
a expect json {"ev":"joined"}
a call {"op":"send","room":"r","text":"clean","cid":"c1"} => {"ok":{"seq":1,"dup":"!"}}
a call {"op":"send","room":"r","text":"clean","cid":"c1"} => {"ok":{"seq":1,"dup":true}}
# the site answers otherwise: that is another message
a call {"op":"send","room":"r","text":"other","cid":"c2"} => {"ok":{"seq":2}}
a call {"op":"send","room":"r","text":"other","cid":"c2"} => {"error":{"code":"cid_reused"}}
a call {"op":"send","room":"r","text":"rude","cid":"c3"} => {"error":{"code":"rejected"}}
# an edit is no way past the site
a call {"op":"edit","room":"r","ref":1,"text":"rude","cid":"c4"} => {"error":{"code":"rejected"}}
a call {"op":"edit","room":"r","ref":1,"text":"clean","cid":"c5"} => {"ok":{"seq":3}}
a until json {"ev":"edit","ref":1,"text":"a *** word"}
a call {"op":"send","room":"r","text":"pass","cid":"c3"} => {"ok":{"seq":4}}



=== TEST 7: a sealed message passes, gets no text, and may be rejected
--- http_config eval: $::http
--- config eval
$::site . <<'_EOC_'
    location = /clear { internal; return 200 '{"text":"x"}'; }
    location = /tag { internal; return 200 '{"meta":{"seen":1}}'; }
    location = /no { internal; return 403 '{"message":"No secrets."}'; }
    location /ws { chat; chat_publish_request /ask; }
    location /clear/ws { chat; chat_publish_request /clear; }
    location /tag/ws { chat; chat_publish_request /tag; }
    location /no/ws { chat; chat_publish_request /no; }
_EOC_
--- chat
a hello /ws?u=ann&room=r
a expect json {"ev":"joined"}
set m = {"op":"send","room":"r","data":"c2VjcmV0","enc":"v1"}
a call {m}
a until json {"ev":"message","data":"c2VjcmV0","enc":"v1"}
b hello /clear/ws?u=ann&room=r
b expect json {"ev":"joined"}
b call {m} => {"error":{"code":"unavailable"}}
errlog ~ cannot be used \(A sealed message cannot get a text\.\), it is refused
c hello /tag/ws?u=ann&room=r
c expect json {"ev":"joined"}
c call {m}
a until json {"ev":"message","data":"c2VjcmV0","meta":{"seen":1},"text":"!"}
d hello /no/ws?u=ann&room=r
d expect json {"ev":"joined"}
d call {m} => {"error":{"code":"rejected","message":"No secrets."}}



=== TEST 8: a raw room: replaced, dropped, and closed where nobody answers
--- http_config eval: $::http
--- config eval
$::site . <<'_EOC_'
    chat_format raw;
    chat_room r;
    location = /raw { chat; }
    location = /asked { chat; chat_publish_request /ask; }
    location = /absent { chat; chat_publish_request /nobody; }
    location = /lax { chat; chat_publish_request /nobody fail=open; }
_EOC_
--- chat
z connect /raw?u=zoe
z send ping in
z expect pong in
a connect /asked?u=ann
a send text pass
z expect text pass
a send text clean
z expect text a *** word
a send text rude
a send binary 00 ff 10
z expect binary 00ff10
a send text see this
z expect text see this
access ~ "room":"r","user":\{"id":"ann","name":"ann","guest":false\},"via":"socket","address":"127\.0\.0\.1","raw":true,"text":"see this"\}$
b connect /absent?u=bob
b send text pass
b expect close 1013
c connect /lax?u=cid
c send text pass
z expect text pass



=== TEST 9: by the HTTP API: users and backends
--- http_config eval: $::http
--- config eval
$::config . <<'_EOC_'
    location /api {
        chat_api;
        chat_api_key_file ../html/keys;
        chat_publish_request /ask;
    }
    location /hasty/api { chat_api; chat_publish_request /silent timeout=300ms; }
    location /lax/api { chat_api; chat_publish_request /nobody fail=open; }
_EOC_
--- user_files eval: $::keys
--- chat eval
<<"_EOC_" =~ s/KEY/$::key/gr =~ s/JSON/$::json/gr;
z hello /free?u=zoe&room=r
z expect json {"ev":"joined"}
set m = /api/v1/rooms/r/messages
http POST {m}?u=ann | JSON || {"text":"pass"} => 201 ~ "seq":1,
http POST {m}?u=ann | JSON | Idempotency-Key: k1 || {"text":"clean"} => 201 ~ "seq":2,
http POST {m}?u=ann | JSON | Idempotency-Key: k1 || {"text":"clean"} => 200 ~ "seq":2,
http POST {m}?u=ann | JSON || {"text":"rude"} => 422 ~ "code":"rejected".*
http POST {m}?u=ann | JSON || {"text":"rude"} => 422 ~ Not here, please\\.
http header Content-Type application/problem+json
http POST {m}?u=ann | JSON || {"text":"broken"} => 503 ~ unavailable
http POST {m} | KEY | JSON || {"text":"both","from":{"id":"eve"}} => 201
http POST {m} | KEY | JSON || {"text":"see","from":{"id":"eve"}} => 201
access ~ "user":\\{"id":"eve","name":"eve","guest":false\\},"via":"backend","address":"127\\.0\\.0\\.1","text":"see"
http POST {m}?u=ann | JSON || {"text":"see"} => 201
access ~ "user":\\{"id":"ann".*"via":"api"
http POST /hasty{m}?u=ann | JSON || {"text":"pass"} => 503 ~ unavailable
http POST /lax{m}?u=ann | JSON || {"text":"lax"} => 201
z expect json {"ev":"message","text":"pass"}
z expect json {"ev":"message","text":"a *** word"}
z expect json {"ev":"message","text":"x","meta":{"seen":true},"from":{"id":"eve"}}
z expect json {"ev":"message","text":"see"}
z expect json {"ev":"message","text":"see"}
z expect json {"ev":"message","text":"lax"}
_EOC_



=== TEST 10: a client that goes while the site is asked, by socket and by HTTP
--- http_config eval: $::http
--- config eval
$::site . <<'_EOC_'
    chat_ping_interval 3s;
    chat_publish_request /silent timeout=1m;
    location /ws { chat; }
    location /kept { chat; chat_detach off; }
    location /api { chat_api; }
_EOC_
--- chat
repeat 3 a{i} hello /ws?u=ann&room=r
repeat 3 b{i} hello /kept?u=ann&room=r
repeat 3 a{i} send text {"op":"send","room":"r","text":"x","id":1}
repeat 3 b{i} send text {"op":"send","room":"r","text":"x","id":1}
repeat 3 c{i} open
repeat 3 c{i} write POST /api/v1/rooms/r/messages?u=ann HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{"text":"x"}
d hello /ws?u=ann
d call {"op":"ping"}
repeat 3 a{i} reset
repeat 3 b{i} reset
repeat 3 c{i} reset
within 9 access ~ (?s)(?:" 101 .*){6}
within 9 access ~ (?s)(?:" 499 .*){3}
d call {"op":"ping"}



=== TEST 11: a worker that drains waits for the site's answer
--- workers: 1
--- http_config eval: $::http
--- config eval
$::site . <<'_EOC_'
    chat_drain_time 200ms;
    location /ws { chat; chat_publish_request /ask; }
    location /dumb { chat; chat_publish_request /silent timeout=700ms; }
    location /kept { chat; chat_publish_request /ask; chat_detach off; }
_EOC_
--- chat
a hello /ws?u=ann&room=r
a expect json {"ev":"joined"}
b hello /kept?u=bob&room=r
b expect json {"ev":"joined"}
c hello /dumb?u=cid&room=r
c expect json {"ev":"joined"}
c send text {"op":"send","room":"r","text":"x","id":1}
a send text {"op":"send","room":"r","text":"slow","id":1}
b send text {"op":"send","room":"r","text":"slow","id":1}
reload
a until json {"id":1,"ok":{"seq":*}}
b until json {"id":1,"ok":{"seq":*}}
c until json {"id":1,"error":{"code":"unavailable"}}
a until close 4200
b until close 4200
c until close 4200
a hello /ws?u=ann&room=r
a until json {"ev":"joined","top":2}



=== TEST 12: the end of nginx while the site is asked
--- main_config
worker_shutdown_timeout 1s;
--- http_config eval: $::http
--- config eval
$::site . <<'_EOC_'
    chat_publish_request /silent timeout=1m;
    chat_drain_time 1m;
    location /ws { chat; }
    location /kept { chat; chat_detach off; }
    location /api { chat_api; }
_EOC_
--- chat
a hello /ws?u=ann&room=r
a send text {"op":"send","room":"r","text":"x","id":1}
b hello /kept?u=ann&room=r
b send text {"op":"send","room":"r","text":"x","id":1}
c open
c write POST /api/v1/rooms/r/messages?u=ann HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{"text":"x"}
d hello /ws?u=ann
d call {"op":"ping"}
quit
a until close 1001
b until close 1001
c expect gone
gone 4



=== TEST 13: so many at once, so many wait, the others are refused or stored
--- workers: 1
--- http_config eval: $::http
--- config eval
$::site . <<'_EOC_'
    chat_drain_time 200ms;
    location /ws { chat; chat_publish_request /silent max=1 timeout=4s; }
    location /open {
        chat;
        chat_publish_request /silent max=1 timeout=4s fail=open;
    }
    location = /status { chat_status; }
_EOC_
--- chat
b hello /ws?u=ann&room=r
b expect json {"ev":"joined"}
c hello /open?u=ann&room=r
c expect json {"ev":"joined"}
repeat 65 a{i} hello /ws?u=ann&room=r
repeat 65 a{i} send text {"op":"send","room":"r","text":"x","id":1}
repeat 65 f{i} hello /open?u=ann&room=r
repeat 65 f{i} send text {"op":"send","room":"r","text":"x","id":1}
repeat 3 b call {"op":"ping"}
b call {"op":"send","room":"r","text":"no"} => {"error":{"code":"unavailable"}}
errlog ~ too many messages wait for "/silent", this one is refused
c call {"op":"send","room":"r","text":"yes"} => {"ok":{"seq":1}}
errlog ~ too many messages wait for "/silent", this one is stored unseen
metric /status publish_hook_total{result="unasked"} == 2
repeat 65 a{i} until json {"id":1,"error":{"code":"unavailable"}}
repeat 65 f{i} until json {"id":1,"ok":{"seq":*}}



=== TEST 14: what the store refuses it refuses after the site has passed it
--- http_config eval: $::http
--- config eval
$::config . <<'_EOC_'
    location /mod { chat; chat_user_roles moderator; }
_EOC_
--- chat
m hello /mod?u=mod&room=r
m expect json {"ev":"joined"}
a hello /ws?u=ann&room=r
a expect json {"ev":"joined"}
m call {"op":"mod","room":"r","do":"mute","user":"ann"}
a call {"op":"send","room":"r","text":"pass"} => {"error":{"code":"muted"}}
m call {"op":"mod","room":"r","do":"unmute","user":"ann"}
a call {"op":"send","room":"r","text":"pass"} => {"ok":{"seq":*}}
# who is thrown out while the site is asked
a send text {"op":"send","room":"r","text":"slow","id":1}
a send text {"op":"send","room":"r","text":"slow","id":2}
m call {"op":"mod","room":"r","do":"kick","user":"ann"}
a until json {"id":2,"error":{"code":"not_member"}}



=== TEST 15: an answer that breaks off is none, whichever way it comes
--- http_config eval: $::http
--- config eval
$::site . <<'_EOC_'
    proxy_http_version 1.1;
    location = /cut {
        internal;
        proxy_pass http://127.0.0.1:$TEST_NGINX_CUT_PORT;
    }
    location = /cut-at-once {
        internal;
        proxy_buffering off;
        proxy_pass http://127.0.0.1:$TEST_NGINX_CUT_PORT;
    }
    location /ws { chat; chat_publish_request /cut; }
    location /kept { chat; chat_publish_request /cut-at-once; }
_EOC_
--- chat eval
CORE::join "\n",
    (map { ("a hello /$_?u=ann&room=r", 'a until json {"ev":"joined"}',
            ::sends('a', ['length', 'length more', 'chunks', 'chunks more'],
                    '{"error":{"code":"unavailable"}}'),
            ::sends('a', ['whole'], '{"ok":{}}')) } qw(ws kept)),
    'errlog ~ cannot be used \(It is cut short\.\), it is refused';
