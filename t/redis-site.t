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
