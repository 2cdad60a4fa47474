# Bans of the site, and what the store has lost or won while it was away.

use strict;
use warnings;

use lib 't/lib';
use ChatTest;

our $config = <<'_EOC_';
    chat_user $arg_user;
    chat_user_roles $arg_roles;
    location /ws { chat; }
_EOC_

run_chat();

__DATA__

=== TEST 1: R1 who comes while the store is away is let in, and asked for later
--- config eval: $::config
--- chat
o hello /ws?user=olga&roles=owner
o call {"op":"mod","room":"*","do":"ban","user":"bob","for":600}
redis cli SAVE
redis stop
within 9 soon o call {"op":"send","room":"r","text":"x"} => {"error":{"code":"not_member"}}
within 9 soon o call {"op":"join","room":"r"} => {"error":{"code":"unavailable"}}
b hello /ws?user=bob
c hello /ws?user=carl
redis start
redis ready
within 20 b until close 4006 ~ ^until \d+$
c insist {"op":"join","room":"r"}



=== TEST 2: R25 what the store has when it comes back binds, all are asked for
--- config eval: $::config
--- chat
o hello /ws?user=olga&roles=owner
o call {"op":"mod","room":"*","do":"ban","user":"bob"}
o call {"op":"mod","room":"r","do":"ban","user":"carl"}
o call {"op":"mod","room":"r","do":"role","user":"dora","value":"member"}
o call {"op":"mod","room":"r","do":"slow","value":5}
redis cli SAVE
o call {"op":"mod","room":"*","do":"unban","user":"bob"}
o call {"op":"mod","room":"r","do":"unban","user":"carl"}
o call {"op":"mod","room":"r","do":"role","user":"dora","value":"none"}
o call {"op":"mod","room":"r","do":"slow","value":0}
b hello /ws?user=bob
c hello worker!=b /ws?user=carl
d hello /ws?user=dora
e hello /ws?user=emil
b call {"op":"join","room":"r","presence":false}
c call {"op":"join","room":"r","presence":false}
d call {"op":"join","room":"r","presence":false} => {"ok":{"role":"none"}}
e call {"op":"join","room":"r","presence":false}
redis stop
redis start
redis ready
within 20 b until close 4006
within 20 c until json {"ev":"left","room":"r","reason":"banned"}
within 20 d until json {"ev":"room","role":"member","config":{"slow":5}}
within 20 e until json {"ev":"room","role":"none","config":{"slow":5}}
e insist {"op":"send","room":"r","text":"x"} => {"ok":{}}



=== TEST 3: only raw rooms here, moderated from elsewhere
--- config
    chat_user $arg_user;
    location /pit { chat; chat_format raw; chat_room pit; }
    location /den { chat; chat_format raw; chat_room den; }
--- chat
a connect /pit?user=ann
b connect worker!=a /pit?user=bob
c connect /den?user=carl
c send text x
c expect text x
soon redis cli PUBSUB NUMSUB chat:{hex 7b}*}:ch chat:{hex 7b}~pit}:ch ~ \n2\n.*\n2$
redis cli HSET chat:{hex 7b}*}:r c "1 0 0 0 9007199254740992" u:bob "0 9007199254740992 0"
redis cli EVAL "local function f(t, v) return t .. struct.pack('>I4', #v) .. v end return redis.call('PUBLISH', KEYS[1], 'X 0 0 1795000000000 \n\1' .. f('U', 'root') .. f('N', 'root') .. f('W', 'ban') .. f('G', 'bob') .. f('E', '9007199254740992') .. f('Q', '1'))" 1 chat:{hex 7b}*}:ch
within 1 b expect close 4006
b connect /pit?user=bob
within 1 b expect close 4006
# acts that were not heard: nobody has spoken in one room, in the other yes
redis cli HSET chat:{hex 7b}~pit}:r c "99 0 0 0 9007199254740992" u:ann "0 9007199254740992 0"
redis cli HSET chat:{hex 7b}~den}:r c "99 0 0 0 9007199254740992" u:carl "0 9007199254740992 0"
redis cli CLIENT KILL TYPE pubsub
within 4 a expect close 4006
within 4 c expect close 4006
