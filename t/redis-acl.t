# The rights that README.md gives the user of chat_redis are enough.

use strict;
use warnings;

use lib 't/lib';
use ChatTest;

open my $readme, '<', 'README.md' or die "README.md: $!\n";

our ($rights) = (do { local $/; <$readme> })
                =~ /^    ACL SETUSER chat on >password (.*?)\n\n/ms
    or die "README.md names no rights\n";

# a brace would begin a variable of the dialogue
$rights =~ s/\s+/ /g;
$rights =~ s/\{/{hex 7b}/g;

run_chat();

__DATA__

=== TEST 1: everything that is asked of Redis, by a user with these rights
--- http_config
    chat_redis redis://chat:password@127.0.0.1:$TEST_NGINX_REDIS_PORT;
--- config
    chat_user $arg_u;
    location = /taken { return 204; }
    location /ws {
        chat;
        chat_leave_delay 0;
        chat_history 20 1m;
        chat_max_connections 5 per=user;
        chat_max_connections 5 per=room;
        chat_limit rate=1r/m burst=7 per=user ops=history;
        chat_limit off per=connection,user ops=send,all;
        chat_limit off ops=bytes;
        chat_event_request /never queue=64k;
    }
    location /raw { chat; chat_event_request /taken; chat_format raw; chat_room r; }
--- chat eval
"redis cli ACL SETUSER chat on >password $::rights" . <<'_EOC_'

redis wait 4
redis cli HSET chat:{hex 7b}r}:r c "1 0 0 1 9007199254740992" u:ann "3 0 0" u:x "0 1 0"
a hello /ws?u=ann
b hello worker!=a /ws?u=bob
a insist {"op":"join","room":"r"}
b insist {"op":"join","room":"r"} as j
a until json {"ev":"presence","count":2}
a call {"op":"who","room":"r"} => {"ok":{"count":2}}
repeat 40 a call {"op":"send","room":"r","text":"{i}","cid":"c{i}"}
a call {"op":"send","room":"r","text":"40","cid":"c40"} => {"ok":{"dup":true}}
a call {"op":"history","room":"r","limit":5} => {"ok":{"more":true}}
a call {"op":"history","room":"r","before":38,"limit":5}
a call {"op":"history","room":"r","after":38} => {"ok":{"messages":[{},{}]}}
a call {"op":"edit","room":"r","ref":40,"text":"x"} => {"ok":{"seq":41}}
a call {"op":"delete","room":"r","ref":40} => {"ok":{"seq":42}}
a call {"op":"history","room":"r","after":39} => {"ok":{"messages":[{"text":""},{"text":""},{}]}}
a call {"op":"typing","room":"r"}
a call {"op":"mod","room":"r","do":"slow","value":60}
b call {"op":"send","room":"r","text":"x"}
b call {"op":"send","room":"r","text":"x"} => {"error":{"code":"slow_mode"}}
a call {"op":"mod","room":"r","do":"slow","value":0}
a call {"op":"mod","room":"r","do":"mute","user":"bob"}
b call {"op":"send","room":"r","text":"x"} => {"error":{"code":"muted"}}
a call {"op":"mod","room":"r","do":"unmute","user":"bob"}
a call {"op":"mod","room":"r","do":"log"} => {"ok":{"acts":[{},{},{},{"do":"unmute"}]}}
a call {"op":"leave","room":"r"}
b until json {"ev":"presence","leave":["ann"],"count":1}
a call {"op":"join","room":"r","after":38,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true}}
redis cli KEYS *lu-history* ~ ann
redis cli KEYS *nr:* ~ r$
soon redis cli KEYS *:e?:* ~ :eq:
repeat 60 a call {"op":"send","room":"r","text":"{i} {rep 1500 x}"}
reload
a hello /ws?u=ann
b hello worker!=a /ws?u=bob
a insist {"op":"join","room":"r"}
b insist {"op":"join","room":"r"}
redis cli KEYS *:gone ~ gone
d connect /raw?u=dan
d send text x
d expect text x
soon redis cli KEYS *:eq:* ~ ^\S+\s*$
kill worker-of b
within 4 a until json {"ev":"presence","leave":["bob"]}
errlog !~ NOPERM|answered ERR
_EOC_
