# What acts of moderation do, on all workers within a second: who must leave
# and is told so, what ends by time, addresses, the whole site, the log.

use strict;
use warnings;

use lib 't/lib';
use ChatTest;

our $config = <<'_EOC_';
    chat_user $arg_user;
    chat_user_roles $arg_roles;
    chat_presence on;
    location /ws { chat; }
    location /raw { chat; chat_format raw; chat_room pit; }
_EOC_

# "o", an owner, and "a" are on one worker, "b" on the other; all are in r

our $begin = <<'_EOC_';
o hello /ws?user=olga&roles=owner
a hello worker==o /ws?user=ann
b hello worker!=o /ws?user=bob
o call {"op":"join","room":"r","presence":false}
a call {"op":"join","room":"r","presence":false}
b call {"op":"join","room":"r","presence":false} => {"ok":{"role":"none","config":{"slow":0,"lock":"open"},"muted":"!"}}
_EOC_

run_chat();

__DATA__

=== TEST 1: who is kicked leaves on all workers, and may come again
--- config eval: $::config
--- chat eval
$::begin . <<'_EOC_'
c hello worker==o /ws?user=bob
c call {"op":"join","room":"r","presence":false}
o call {"op":"join","room":"r"}
o call {"op":"mod","room":"r","do":"kick","user":"bob","reason":"be nice"} => {"ok":{"until":"!","config":{}}}
within 1 b find json {"ev":"left","room":"r","reason":"kicked","by":{"id":"olga","name":"olga"},"message":"be nice","until":"!"}
within 1 c find json {"ev":"left","room":"r","reason":"kicked"}
o find json {"ev":"presence","leave":["bob"]}
b call {"op":"send","room":"r","text":"x"} => {"error":{"code":"not_member"}}
o call {"op":"send","room":"r","text":"gone?"} => {"ok":{"seq":1}}
a find json {"ev":"message","text":"gone?","from":{"role":"owner"}}
b silent 0.2
b call {"op":"join","room":"r"} => {"ok":{"top":1}}
a call {"op":"send","room":"r","text":"back"}
b find json {"ev":"message","text":"back","from":{"id":"ann","role":"!"}}
# moderators too, by who is above them
m hello worker!=o /ws?user=moni&roles=moderator
m call {"op":"join","room":"r","presence":false}
o call {"op":"mod","room":"r","do":"role","user":"bob","value":"moderator"}
within 1 b find json {"ev":"room","role":"moderator"}
b call {"op":"mod","room":"r","do":"kick","user":"moni"}
o call {"op":"mod","room":"r","do":"kick","user":"bob"}
within 1 b find json {"ev":"left","room":"r","reason":"kicked"}
m call {"op":"typing","room":"r"}
o call {"op":"mod","room":"r","do":"kick","user":"moni"}
within 1 m find json {"ev":"left","room":"r","reason":"kicked"}
_EOC_



=== TEST 2: a ban cuts in mid-session, and a resume does not bring back
--- config eval: $::config
--- chat eval
$::begin . <<'_EOC_'
b call {"op":"send","room":"r","text":"one"} => {"ok":{"seq":1,"epoch":*}} as m
o call {"op":"mod","room":"r","do":"ban","user":"bob","for":600,"reason":"spam"} => {"ok":{"until":*}} as t
within 1 b find json {"ev":"left","room":"r","reason":"banned","until":{t.ok.until},"message":"spam"}
a call {"op":"send","room":"r","text":"two"}
b call {"op":"join","room":"r","after":1,"epoch":"{m.ok.epoch}"} => {"error":{"code":"banned","status":403,"until":{t.ok.until}}}
b call {"op":"history","room":"r"} => {"error":{"code":"not_member"}}
b call {"op":"join","room":"q"}
b drop
b connect worker!=o /ws?user=bob&room=r&after=1&epoch={m.ok.epoch}
b expect json {"ev":"welcome"}
b expect json {"ev":"error","error":{"code":"banned","until":{t.ok.until}}}
a call {"op":"send","room":"r","text":"three"}
b silent 0.2
o call {"op":"mod","room":"r","do":"unban","user":"bob"} => {"ok":{"until":"!"}}
b call {"op":"join","room":"r","after":1,"epoch":"{m.ok.epoch}"} => {"ok":{"recovered":true,"messages":[{"text":"two"},{"text":"three"}]}}
_EOC_



=== TEST 3: who is made to leave does not linger
--- config eval: $::config
--- http_config
$TEST_NGINX_STORE
chat_leave_delay 4s;
--- chat
o hello /ws?user=olga&roles=owner
b hello worker!=o /ws?user=bob
c hello worker!=o /ws?user=carl
o call {"op":"join","room":"r"}
b call {"op":"join","room":"r"}
c call {"op":"join","room":"r"}
o until json {"ev":"presence","count":3}
o call {"op":"mod","room":"r","do":"ban","user":"bob"}
within 2 o find json {"ev":"presence","leave":["bob"]}
c drop
o silent 0.2
o call {"op":"mod","room":"r","do":"kick","user":"carl"}
within 2 o find json {"ev":"presence","leave":["carl"]}
d hello worker!=o /ws?user=dora
d call {"op":"join","room":"r"}
o call {"op":"mod","room":"*","do":"kick","user":"dora"}
d until close 4005
within 2 o find json {"ev":"presence","leave":["dora"]}



=== TEST 4: bans and mutes end by time
--- config eval: $::config
--- chat eval
$::begin . <<'_EOC_'
o call {"op":"mod","room":"r","do":"ban","user":"bob","for":1}
b find json {"ev":"left","reason":"banned"}
b call {"op":"join","room":"r"} => {"error":{"code":"banned"}}
within 4 soon b call {"op":"join","room":"r"} => {"ok":{}}
o call {"op":"mod","room":"r","do":"mute","user":"bob","for":1} => {"ok":{"until":*}} as t
b find json {"ev":"room","muted":{t.ok.until},"can":["history","who"]}
b call {"op":"send","room":"r","text":"x"} => {"error":{"code":"muted","until":{t.ok.until}}}
within 4 soon b call {"op":"send","room":"r","text":"x"} => {"ok":{}}
within 4 soon b call {"op":"typing","room":"r"} => {"ok":{}}
_EOC_



=== TEST 5: a mute binds at once, all sessions of the user are told
--- config eval: $::config
--- chat eval
$::begin . <<'_EOC_'
c hello worker==o /ws?user=bob
c call {"op":"join","room":"r","presence":false}
o call {"op":"mod","room":"r","do":"mute","user":"bob"} => {"ok":{"until":9007199254740992}}
b call {"op":"send","room":"r","text":"x"} => {"error":{"code":"muted","until":9007199254740992}}
within 1 b find json {"ev":"room","room":"r","role":"none","muted":9007199254740992}
within 1 c find json {"ev":"room","room":"r","role":"none","muted":9007199254740992}
b call {"op":"typing","room":"r"} => {"error":{"code":"muted"}}
a silent 0.2
d hello /ws?user=bob
d call {"op":"join","room":"r"} => {"ok":{"can":["history","who"],"muted":9007199254740992}}
o call {"op":"mod","room":"r","do":"unmute","user":"bob"}
within 1 b find json {"ev":"room","can":["send","typing","history","who"],"muted":"!"}
b call {"op":"send","room":"r","text":"x"}
_EOC_



=== TEST 6: roles: told at once, kept, shown with what is said
--- config eval: $::config
--- chat eval
$::begin . <<'_EOC_'
o call {"op":"mod","room":"r","do":"role","user":"bob","value":"moderator"}
within 1 b find json {"ev":"room","role":"moderator","can":["send","typing","history","who","kick","ban","mute","role","slow","lock"]}
b call {"op":"send","room":"r","text":"I rule"} => {"ok":{"seq":1}}
a find json {"ev":"message","text":"I rule","from":{"id":"bob","role":"moderator"}}
b call {"op":"mod","room":"r","do":"kick","user":"ann"}
within 1 a find json {"ev":"left","by":{"id":"bob"}}
b call {"op":"mod","room":"q","do":"kick","user":"ann"} => {"error":{"code":"forbidden"}}
o call {"op":"mod","room":"r","do":"mute","user":"bob"}
b call {"op":"send","room":"r","text":"still"} => {"ok":{"seq":2}}
o call {"op":"mod","room":"r","do":"role","user":"bob","value":"none"}
within 1 b until json {"ev":"room","role":"none","muted":9007199254740992}
b call {"op":"send","room":"r","text":"x"} => {"error":{"code":"muted"}}
b call {"op":"mod","room":"r","do":"log"} => {"error":{"code":"forbidden"}}
_EOC_



=== TEST 7: locks and slow mode are told to all, each as it concerns them
--- config eval: $::config
--- chat eval
$::begin . <<'_EOC_'
o call {"op":"mod","room":"r","do":"slow","value":600} => {"ok":{"config":{"slow":600,"lock":"open"}}}
within 1 b find json {"ev":"room","config":{"slow":600,"lock":"open"},"can":["send","typing","history","who"]}
within 1 a find json {"ev":"room","config":{"slow":600}}
o find json {"ev":"room","role":"owner"}
b call {"op":"send","room":"r","text":"one"}
b call {"op":"send","room":"r","text":"two"} => {"error":{"code":"slow_mode","retry_after":*,"temporary":true}}
o call {"op":"mod","room":"r","do":"slow","value":0}
b find json {"ev":"room","config":{"slow":0}}
b call {"op":"send","room":"r","text":"two"}
o call {"op":"mod","room":"r","do":"lock"} => {"ok":{"config":{"lock":"write"}}}
within 1 b find json {"ev":"room","config":{"lock":"write"},"can":["history","who"]}
o find json {"ev":"room","config":{"lock":"write"},"can":["...","send"]}
b call {"op":"send","room":"r","text":"x"} => {"error":{"code":"locked"}}
b call {"op":"typing","room":"r"} => {"error":{"code":"locked"}}
o call {"op":"mod","room":"r","do":"role","user":"ann","value":"member"}
a find json {"ev":"room","role":"member"}
o call {"op":"mod","room":"r","do":"lock","value":"members","reason":"private"} => {"ok":{"config":{"lock":"members"}}}
within 1 b find json {"ev":"left","room":"r","reason":"closed","message":"private"}
within 1 a find json {"ev":"room","config":{"lock":"members"},"can":["send","typing","history","who"]}
o call {"op":"mod","room":"r","do":"role","user":"ann","value":"none"}
within 1 a find json {"ev":"left","reason":"closed"}
b call {"op":"join","room":"r"} => {"error":{"code":"forbidden"}}
o call {"op":"mod","room":"r","do":"unlock"} => {"ok":{"config":{"lock":"open"}}}
b call {"op":"join","room":"r"} => {"ok":{"config":{"lock":"open"}}}
_EOC_



=== TEST 8: addresses are banned, IPv4 and IPv6 in any form
--- config eval: $::config
--- chat eval
$::begin . <<'_EOC_'
c hello from=127.0.0.2 worker!=o /ws?user=carl
c call {"op":"join","room":"r"}
o call {"op":"mod","room":"r","do":"ban","ip":"::ffff:127.0.0.2"}
within 1 c find json {"ev":"left","reason":"banned"}
c call {"op":"join","room":"r"} => {"error":{"code":"banned"}}
d hello from=127.0.0.2 /ws?user=dora
d call {"op":"join","room":"r"} => {"error":{"code":"banned"}}
d call {"op":"join","room":"q"}
b call {"op":"send","room":"r","text":"still in"}
o call {"op":"mod","room":"r","do":"unban","ip":"127.0.0.2"}
d call {"op":"join","room":"r"}
o call {"op":"mod","room":"r","do":"ban","ip":"2001:DB8:1:2:3::4"}
o call {"op":"mod","room":"r","do":"unban","ip":"2001:db8:1:2::/64"}
o call {"op":"mod","room":"r","do":"log","limit":2} => {"ok":{"acts":[{"do":"ban","ip":"2001:db8:1:2::/64","user":"!"},{"do":"unban","ip":"2001:db8:1:2::/64"}]}}
o call {"op":"mod","room":"r","do":"ban","ip":"1.2.3"} => {"error":{"code":"bad_request","message":"~\"ip\""}}
o call {"op":"mod","room":"r","do":"ban","ip":"1.2.3.4/24"} => {"error":{"code":"bad_request"}}
o call {"op":"mod","room":"r","do":"ban","ip":"::1::2"} => {"error":{"code":"bad_request"}}
_EOC_



=== TEST 9: the log, for moderators
--- config eval: $::config
--- chat eval
$::begin . <<'_EOC_'
o call {"op":"mod","room":"r","do":"log"} => {"ok":{"acts":[]}}
o call {"op":"mod","room":"r","do":"slow","value":5}
o call {"op":"mod","room":"r","do":"role","user":"ann","value":"moderator"}
a call {"op":"mod","room":"r","do":"ban","user":"bob","for":60,"reason":"sp\u00e4m"}
a call {"op":"mod","room":"r","do":"lock","value":"members"}
a call {"op":"mod","room":"r","do":"log"} => {"ok":{"acts":[{"do":"slow","value":5,"by":{"id":"olga","name":"olga"},"time":*,"user":"!"},{"do":"role","user":"ann","value":"moderator"},{"do":"ban","user":"bob","until":*,"reason":"sp\u00e4m","by":{"id":"ann"}},{"do":"lock","value":"members","until":"!","reason":"!"}]}}
a call {"op":"mod","room":"r","do":"log","limit":1} => {"ok":{"acts":[{"do":"lock"}]}}
a call {"op":"mod","room":"r","do":"log","limit":0} => {"ok":{"acts":[]}}
b call {"op":"mod","room":"r","do":"log"} => {"error":{"code":"forbidden"}}
b call {"op":"mod","room":"none-such","do":"log"} => {"error":{"code":"forbidden"}}
_EOC_



=== TEST 10: the site: owners ban, unban and log out everywhere
--- config eval: $::config
--- chat eval
$::begin . <<'_EOC_'
m hello /ws?user=moni&roles=moderator
m call {"op":"mod","room":"*","do":"ban","user":"bob"} => {"error":{"code":"forbidden"}}
m call {"op":"mod","room":"*","do":"log"} => {"error":{"code":"forbidden"}}
o call {"op":"join","room":"*"} => {"error":{"code":"invalid_name"}}
o call {"op":"mod","room":"*","do":"mute","user":"bob"} => {"error":{"code":"forbidden"}}
o call {"op":"mod","room":"*","do":"lock"} => {"error":{"code":"forbidden"}}
c hello worker==o /ws?user=bob
r connect worker!=o /raw?user=bob
o call {"op":"mod","room":"*","do":"kick","user":"bob"}
within 1 b until close 4005
within 1 c until close 4005
within 1 r until close 4005
b hello worker!=o /ws?user=bob
b call {"op":"join","room":"r"}
r connect worker!=o /raw?user=bob
o call {"op":"mod","room":"*","do":"ban","user":"bob","for":600} => {"ok":{"until":*}} as t
within 1 b until close 4006 ~ ^until {t.ok.until}$
within 1 r until close 4006 ~ ^until {t.ok.until}$
c connect /ws?user=bob&room=r
c expect close 4006 ~ ^until {t.ok.until}$
r connect /raw?user=bob
r expect close 4006
a call {"op":"send","room":"r","text":"still in"}
m call {"op":"ping"}
o call {"op":"mod","room":"*","do":"ban","ip":"127.0.0.3"}
d connect from=127.0.0.3 /ws?user=dora
d expect close 4006
d hello from=127.0.0.3 /ws?user=moni&roles=moderator
o call {"op":"mod","room":"*","do":"unban","user":"bob"}
b hello /ws?user=bob
b call {"op":"join","room":"r"}
o call {"op":"mod","room":"*","do":"log"} => {"ok":{"acts":[{"do":"kick"},{"do":"ban"},{"do":"ban","ip":"127.0.0.3"},{"do":"unban"}]}}
_EOC_



=== TEST 11: J15 a location with a room of its own moderates no other, nor the site
--- config
    chat_user $arg_user;
    chat_user_roles $arg_roles;
    location /ws { chat; chat_room r; }
    location /all { chat; }
--- chat
b hello /all?user=bob
o hello /ws?user=olga&roles=owner
o call {"op":"mod","room":"q","do":"slow","value":1} => {"error":{"code":"forbidden"}}
o call {"op":"mod","room":"r","do":"slow","value":1}
o call {"op":"mod","room":"*","do":"ban","user":"bob"} => {"error":{"code":"forbidden"}}
o call {"op":"mod","room":"*","do":"kick","user":"bob"} => {"error":{"code":"forbidden"}}
o call {"op":"mod","room":"*","do":"log"} => {"error":{"code":"forbidden"}}
b call {"op":"join","room":"r"}
# the same login, where it owns all rooms
p hello /all?user=olga&roles=owner
p call {"op":"mod","room":"*","do":"log"} => {"ok":{"acts":[]}}



=== TEST 12: what is banned while it joins is not in
--- config eval: $::config
--- chat eval
$::begin . <<'_EOC_'
b repeat 20 send json {"op":"join","room":"r","id":9{i}}
o call {"op":"mod","room":"r","do":"ban","user":"bob"}
b find json {"ev":"left","reason":"banned"}
a call {"op":"send","room":"r","text":"one"}
b call {"op":"send","room":"r","text":"x"} => {"error":{"code":"not_member"}}
b call {"op":"join","room":"r"} => {"error":{"code":"banned"}}
o call {"op":"who","room":"r"} => {"ok":{"count":2}}
_EOC_



=== TEST 13: reload: bans hold, members keep their rights
--- config eval: $::config
--- chat eval
$::begin . <<'_EOC_'
o call {"op":"mod","room":"r","do":"role","user":"ann","value":"moderator"}
o call {"op":"mod","room":"r","do":"ban","user":"bob"}
o call {"op":"mod","room":"*","do":"ban","user":"carl"}
reload
b hello /ws?user=bob
b call {"op":"join","room":"r"} => {"error":{"code":"banned"}}
a hello /ws?user=ann
a call {"op":"join","room":"r"} => {"ok":{"role":"moderator"}}
c connect /ws?user=carl
c expect close 4006
_EOC_



=== TEST 14: addresses are muted, beside a mute of the user
--- config eval: $::config
--- chat eval
$::begin . <<'_EOC_'
c hello from=127.0.0.2 worker!=o /ws?user=carl
c call {"op":"join","room":"r"}
o call {"op":"mod","room":"r","do":"mute","ip":"::ffff:127.0.0.2","for":600} => {"ok":{"until":*}} as t
within 1 c find json {"ev":"room","muted":{t.ok.until},"can":["history","who"]}
c call {"op":"send","room":"r","text":"x"} => {"error":{"code":"muted","until":{t.ok.until}}}
c call {"op":"typing","room":"r"} => {"error":{"code":"muted"}}
d hello from=127.0.0.2 /ws?user=dora
d call {"op":"join","room":"r"} => {"ok":{"muted":{t.ok.until}}}
d call {"op":"join","room":"q"} => {"ok":{"muted":"!"}}
b call {"op":"send","room":"r","text":"not from there"}
# the later end of both holds, whichever is taken back first
o call {"op":"mod","room":"r","do":"mute","user":"carl"}
within 1 c find json {"ev":"room","muted":9007199254740992}
o call {"op":"mod","room":"r","do":"unmute","user":"carl"}
within 1 c find json {"ev":"room","muted":{t.ok.until}}
o call {"op":"mod","room":"r","do":"mute","user":"carl"}
within 1 c find json {"ev":"room","muted":9007199254740992}
o call {"op":"mod","room":"r","do":"unmute","ip":"127.0.0.2"}
within 1 d find json {"ev":"room","muted":"!","can":["send","typing","history","who"]}
c call {"op":"send","room":"r","text":"x"} => {"error":{"code":"muted","until":9007199254740992}}
d call {"op":"send","room":"r","text":"x"}
o call {"op":"mod","room":"r","do":"mute","ip":"1.2.3.4/24"} => {"error":{"code":"bad_request"}}
o call {"op":"mod","room":"r","do":"log","limit":3} => {"ok":{"acts":["...",{"do":"unmute","ip":"127.0.0.2","user":"!"}]}}
_EOC_
