# Moderation of raw rooms: who may not be there is closed, who may not write is
# not heard, by the same rules as in the rooms of the JSON format.

use strict;
use warnings;

use lib 't/lib';
use ChatTest;

our $config = <<'_EOC_';
    chat_user $arg_user;
    chat_user_roles $arg_roles;
    location /ws { chat; }
    location /pit { chat; chat_format raw; chat_room pit; }
    location /fixed { chat; chat_room pit; }
    location /guest { chat; chat_format raw; chat_room pit; chat_guests read; }
_EOC_

# "o" moderates; "a" and "b" are in the raw room, on two workers

our $begin = <<'_EOC_';
o hello /ws?user=olga&roles=owner
a connect worker==o /pit?user=ann
b connect worker!=o /pit?user=bob
a send text a
a expect text a
b send text b
b until text b
a expect text b
_EOC_

run_chat();

__DATA__

=== TEST 1: kicked, banned, let in again
--- config eval: $::config
--- chat eval
$::begin . <<'_EOC_'
o call {"op":"mod","room":"~pit","do":"kick","user":"bob"}
within 1 b expect close 4005 ~ kicked
b connect worker!=o /pit?user=bob
b send text back
b expect text back
a expect text back
c connect worker==o /pit?user=bob
o call {"op":"mod","room":"~pit","do":"ban","user":"bob","for":600} => {"ok":{"until":*}} as t
within 1 b expect close 4006 ~ ^until {t.ok.until}$
within 1 c expect close 4006 ~ ^until {t.ok.until}$
c connect /pit?user=bob
c expect close 4006 ~ ^until {t.ok.until}$
# that is no ban of the room of the same name
d hello /ws?user=bob
d call {"op":"join","room":"pit"}
d call {"op":"mod","room":"~pit","do":"unban","user":"bob"} => {"error":{"code":"banned"}}
o call {"op":"mod","room":"~pit","do":"unban","user":"bob"}
b connect /pit?user=bob
b send text again
b expect text again
a expect text again
# an address
c connect from=127.0.0.2 worker!=o /pit?user=carl
c send text c
c until text c
o call {"op":"mod","room":"~pit","do":"ban","ip":"127.0.0.2"}
within 1 c expect close 4006
c connect from=127.0.0.2 /pit?user=cora
c expect close 4006
# moderators are not bound
c connect from=127.0.0.2 /pit?user=cora&roles=moderator
c send text c
c expect text c
o call {"op":"mod","room":"~pit","do":"log"} => {"ok":{"acts":[{"do":"kick"},{"do":"ban"},{"do":"unban"},{"do":"ban","ip":"127.0.0.2"}]}}
_EOC_



=== TEST 2: muted, locked, slow: not heard, and nothing else happens
--- config eval: $::config
--- chat eval
$::begin . <<'_EOC_'
o call {"op":"mod","room":"~pit","do":"mute","user":"bob"}
b send text x
b send binary 00
a send text one
b expect text one
a expect text one
o call {"op":"mod","room":"~pit","do":"unmute","user":"bob"}
o call {"op":"mod","room":"~pit","do":"mute","ip":"127.0.0.1"}
b send text x
a send text x
c connect from=127.0.0.2 /pit?user=carl
c send text two
a expect text two
b expect text two
o call {"op":"mod","room":"~pit","do":"unmute","ip":"127.0.0.1"}
o call {"op":"mod","room":"~pit","do":"slow","value":600} => {"ok":{"config":{"slow":600}}}
b send text three
b expect text three
a expect text three
b send text x
m connect /pit?user=moni&roles=moderator
m send text four
m send text five
a expect text four
a expect text five
b expect text four
b expect text five
o call {"op":"mod","room":"~pit","do":"slow","value":0}
b send text six
b expect text six
a expect text six
o call {"op":"mod","room":"~pit","do":"lock"}
b send text x
m send text seven
b expect text seven
a expect text seven
b silent 0.1
_EOC_



=== TEST 3: a room for members; roles by the store
--- config eval: $::config
--- chat eval
$::begin . <<'_EOC_'
o call {"op":"mod","room":"~pit","do":"role","user":"ann","value":"member"}
o call {"op":"mod","room":"~pit","do":"lock","value":"members"}
within 1 b expect close 4003 ~ members only
b connect worker!=o /pit?user=bob
b expect close 4003 ~ does not let you in
a send text one
a expect text one
m connect /pit?user=meg&roles=member
m send text two
a expect text two
o call {"op":"mod","room":"~pit","do":"role","user":"ann","value":"none"}
within 1 a expect close 4003
o call {"op":"mod","room":"~pit","do":"unlock"}
b connect /pit?user=bob
b send text three
b expect text three
# who may only read
g connect /guest
g send text x
g expect close 4003 ~ only read
_EOC_



=== TEST 4: which locations moderate a raw room
--- config eval: $::config
--- chat eval
$::begin . <<'_EOC_'
f hello /fixed?user=olga&roles=owner
f call {"op":"mod","room":"~pit","do":"lock"} => {"error":{"code":"forbidden"}}
o call {"op":"mod","room":"~","do":"lock"} => {"error":{"code":"invalid_name"}}
o call {"op":"mod","room":"~~pit","do":"lock"} => {"error":{"code":"invalid_name"}}
o call {"op":"mod","room":"~*","do":"lock"} => {"error":{"code":"invalid_name"}}
# the room of that name is another one
o call {"op":"mod","room":"pit","do":"lock"}
b send text x
b expect text x
_EOC_



=== TEST 5: the site
--- config eval: $::config
--- chat eval
$::begin . <<'_EOC_'
o call {"op":"mod","room":"*","do":"kick","user":"bob"}
within 1 b expect close 4005
o call {"op":"mod","room":"*","do":"ban","user":"ann"}
within 1 a expect close 4006
a connect /pit?user=ann
a expect close 4006
b connect /pit?user=bob
b send text x
b expect text x
_EOC_
