# What rights in the embedded store live through: reloads, workers that are
# killed, a zone without a free place, an upgrade.
# not run on partial: it is about memory

use strict;
use warnings;

use lib 't/lib';
use ChatTest;


our $http = <<'_EOC_';
    chat_leave_delay 0;
_EOC_

our $config = <<'_EOC_';
    chat_user $arg_u;
    chat_user_roles $arg_r;
    chat_drain_time 300ms;
    location /ws { chat; chat_zone a:4m; }
_EOC_

run_chat();

__DATA__

=== TEST 1: S7 reload: who is banned, muted, a moderator, is so still
--- http_config eval: $::http
--- config eval: $::config
--- chat
a hello /ws?u=ann&r=owner
a call {"op":"join","room":"r"}
a call {"op":"mod","room":"r","do":"mute","user":"bob","for":600} => {"ok":{"until":*}} as m
a call {"op":"mod","room":"r","do":"ban","user":"cid","for":600} => {"ok":{"until":*}} as k
a call {"op":"mod","room":"r","do":"role","user":"dan","value":"moderator"}
a call {"op":"mod","room":"r","do":"slow","value":1000}
reload
a until close 4200
c hello /ws?u=cid
c call {"op":"join","room":"r"} => {"error":{"code":"banned","until":{k.ok.until}}}
b hello /ws?u=bob
b call {"op":"join","room":"r"}
b call {"op":"send","room":"r","text":"x"} => {"error":{"code":"muted","until":{m.ok.until}}}
d hello /ws?u=dan
d call {"op":"join","room":"r"}
d call {"op":"mod","room":"r","do":"unmute","user":"bob"}
within 1 b call {"op":"send","room":"r","text":"x"} => {"ok":{"seq":1}}
b call {"op":"send","room":"r","text":"y"} => {"error":{"code":"slow_mode"}}
d call {"op":"send","room":"r","text":"one"} => {"ok":{"seq":2}}
d call {"op":"send","room":"r","text":"two"} => {"ok":{"seq":3}}
d call {"op":"mod","room":"r","do":"log"} => {"ok":{"acts":[{"do":"mute","by":{"id":"ann"}},{"do":"ban"},{"do":"role"},{"do":"slow"},{"do":"unmute","by":{"id":"dan"}}]}}



=== TEST 2: S3 all workers killed: rights and acts are there
--- http_config eval: $::http
--- config eval: $::config
--- chat
a hello /ws?u=ann&r=owner
b hello worker!=a /ws?u=bob
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"}
a call {"op":"mod","room":"r","do":"ban","user":"cid"}
a call {"op":"mod","room":"r","do":"lock"} => {"ok":{"config":{"lock":"write"}}}
within 1 b call {"op":"send","room":"r","text":"x"} => {"error":{"code":"locked"}}
kill worker-of a
kill worker-of b
a hello /ws?u=ann&r=owner
b hello worker!=a /ws?u=bob
c hello /ws?u=cid
a insist {"op":"join","room":"r"}
b insist {"op":"join","room":"r"}
c call {"op":"join","room":"r"} => {"error":{"code":"banned"}}
b call {"op":"send","room":"r","text":"x"} => {"error":{"code":"locked"}}
a call {"op":"mod","room":"r","do":"log"} => {"ok":{"acts":[{"do":"ban","user":"cid"},{"do":"lock"}]}}
a call {"op":"mod","room":"r","do":"unlock"}
within 1 b call {"op":"send","room":"r","text":"x"} => {"ok":{"seq":1}}



=== TEST 3: a worker is killed while it moderates, others go on
--- http_config eval: $::http
--- config eval: $::config
--- chat
a hello /ws?u=ann&r=owner
b hello worker!=a /ws?u=bob&r=owner
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"}
a call {"op":"mod","room":"r","do":"ban","user":"first"}
a repeat 20 send json {"op":"mod","room":"r","do":"ban","user":"u{i}"}
a send json {"op":"send","room":"r","text":"twenty"}
a repeat 200 send json {"op":"mod","room":"r","do":"ban","user":"v{i}"}
b until json {"ev":"message","text":"twenty"}
kill worker-of a
c hello /ws?u=first
c insist {"op":"join","room":"other"}
c call {"op":"join","room":"r"} => {"error":{"code":"banned"}}
d hello /ws?u=u20
d call {"op":"join","room":"r"} => {"error":{"code":"banned"}}
b insist {"op":"mod","room":"r","do":"unban","user":"u20"} => {"ok":*}
d call {"op":"join","room":"r"}



=== TEST 4: no place is left: a room with a ban is not forgotten, others are
--- http_config eval: $::http
--- config
    chat_user $arg_u;
    chat_user_roles $arg_r;
    chat_drain_time 300ms;
    chat_max_rooms 0;
    location /ws { chat; chat_zone a:512k; chat_message_size 1k; }
--- chat
a hello /ws?u=ann&r=owner
a call {"op":"join","room":"kept"} as k
a call {"op":"join","room":"gone"} as g
a call {"op":"mod","room":"kept","do":"ban","user":"bob"}
a call {"op":"leave","room":"kept"}
a call {"op":"leave","room":"gone"}
a repeat 1500 send json {"op":"join","room":"room{i}","limit":0}
a repeat 1500 send json {"op":"leave","room":"room{i}"}
a insist {"op":"join","room":"gone"} => {"ok":{"epoch":"~^(?!{g.ok.epoch}$)"}}
a call {"op":"join","room":"kept"} => {"ok":{"epoch":"{k.ok.epoch}"}}
b hello /ws?u=bob
b call {"op":"join","room":"kept"} => {"error":{"code":"banned"}}



=== TEST 5: S14 USR2: another zone, and nobody is banned in it
--- http_config eval: $::http
--- config eval: $::config
--- chat
a hello /ws?u=ann&r=owner
a call {"op":"join","room":"r"}
a call {"op":"mod","room":"r","do":"ban","user":"bob"}
b hello /ws?u=bob
b call {"op":"join","room":"r"} => {"error":{"code":"banned"}}
upgrade
a until close 4200
a drop
b drop
gone 5
b hello /ws?u=bob
b call {"op":"join","room":"r"}
a hello /ws?u=ann&r=owner
a call {"op":"join","room":"r"}
a call {"op":"mod","room":"r","do":"log"} => {"ok":{"acts":[]}}



=== TEST 6: S12 kicks hold that a worker did not hear, for it stood still
--- config
    chat_user $arg_u;
    chat_user_roles $arg_r;
    chat_limit off;
    chat_leave_delay 0;
    chat_zone a:1m;
    chat_history off;
    chat_dedupe_time 0;
    location /ws { chat; }
--- chat
a hello /ws?u=ann&r=owner
b hello worker!=a /ws?u=bob
c hello worker==b /ws?u=cid
d hello worker==b /ws?u=dan
a call {"op":"join","room":"r","presence":false}
b call {"op":"join","room":"r","presence":false}
d call {"op":"join","room":"r","presence":false}
a call {"op":"join","room":"q","presence":false}
freeze worker-of b
a call {"op":"mod","room":"r","do":"kick","user":"bob"}
a call {"op":"mod","room":"*","do":"kick","user":"cid"}
repeat 100 a send json {"op":"send","room":"q","text":"{rep 3900 x}"}
a send json {"op":"send","room":"q","text":"enough"}
within 20 a until json {"ev":"message","text":"enough"}
thaw
within 5 b until json {"ev":"left","room":"r","reason":"kicked","by":{"id":"ann"}}
within 5 c until close 4005
b call {"op":"join","room":"r"}
d call {"op":"ping"}
b call {"op":"send","room":"r","text":"x"} => {"ok":{"seq":1}}
d until json {"ev":"message","text":"x"}
errlog ~ \[warn\] .*chat_zone "a" was written faster than this worker reads



=== TEST 7: S12 so do kicks that the log of acts does not have any more
--- config
    chat_user $arg_u;
    chat_user_roles $arg_r;
    chat_limit off;
    chat_leave_delay 0;
    chat_zone a:1m;
    location /ws { chat; }
--- chat
a hello /ws?u=ann&r=owner
b hello worker!=a /ws?u=bob
c hello worker==b /ws?u=cid
d hello worker==b /ws?u=dan
a call {"op":"join","room":"r","presence":false}
b call {"op":"join","room":"r","presence":false}
d call {"op":"join","room":"r","presence":false}
a call {"op":"join","room":"q","presence":false}
freeze worker-of b
a call {"op":"mod","room":"r","do":"kick","user":"bob"}
a call {"op":"mod","room":"*","do":"kick","user":"cid"}
repeat 400 a send json {"op":"send","room":"q","text":"{rep 3900 x}"}
a send json {"op":"send","room":"q","text":"enough"}
within 20 a until json {"ev":"message","text":"enough"}
e hello worker==a /ws?u=eve&r=owner
e call {"op":"mod","room":"r","do":"log"} => {"ok":{"acts":[]}}
thaw
within 5 b until json {"ev":"left","room":"r","reason":"kicked"}
within 5 c until close 4005
b call {"op":"join","room":"r"}
d call {"op":"ping"}
b call {"op":"send","room":"r","text":"x"} => {"ok":{"seq":1}}
d until json {"ev":"message","text":"x"}
errlog ~ \[warn\] .*chat_zone "a" was written faster than this worker reads
