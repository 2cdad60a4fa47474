# Limits over all workers, whatever becomes of them.
# not run on partial: it is about counts

use strict;
use warnings;

use lib 't/lib';
use ChatTest;

our $config = <<'_EOC_';
    chat_user $arg_user;
    chat_guests on;
    chat_drain_time 3s;
    location /ip   { chat; chat_max_connections 4 per=ip; }
    location /user { chat; chat_max_connections 2 per=user; }
    location /room { chat; chat_max_connections 2 per=room; }
    location /send { chat; chat_limit rate=1r/m burst=2 per=user ops=send; }
    location /all  { chat; }
_EOC_

run_chat();

__DATA__

=== TEST 1: S3 a killed worker's connections count no more, at once
--- config eval: $::config
--- chat
a hello /ip
b hello worker!=a /ip
c hello worker==a /ip
d connect worker==b /ip
x refuse 429 /ip
kill worker-of a
a expect gone
c expect gone
e connect /ip
f connect /ip
x refuse 429 /ip
# a Redis is to hear of it before another worker tells it who comes
b close 1000
sleep 0.3
soon g connect /ip
x refuse 429 /ip
# both of them
p hello /all
q hello worker!=p /all
kill worker-of p
kill worker-of q
soon h connect /ip
soon i connect /ip
soon j connect /ip
soon k connect /ip
x refuse 429 /ip



=== TEST 2: S3 nor do its users and members
--- config eval: $::config
--- chat
a hello /user?user=ann
b hello worker!=a /user?user=ann
x refuse 429 /user?user=ann
c hello worker==a /room?user=cy
d hello worker==b /room?user=dan
c call {"op":"join","room":"r"}
d call {"op":"join","room":"r"}
e hello worker==b /room?user=eve
e call {"op":"join","room":"r"} => {"error":{"code":"room_full"}}
kill worker-of a
f hello /user?user=ann
x refuse 429 /user?user=ann
e call {"op":"join","room":"r"}
g hello /room?user=gus
g call {"op":"join","room":"r"} => {"error":{"code":"room_full"}}



=== TEST 3: while workers drain, those who come back are not too many
--- config eval: $::config
--- chat
a hello /ip
b hello worker!=a /ip
c hello /ip
d hello /ip
x refuse 429 /ip
reload
# the old ones are still there, in part
e hello /ip
f hello /ip
g hello /ip
h hello /ip
x refuse 429 /ip
a until close 4200
b until close 4200
c until close 4200
d until close 4200
x refuse 429 /ip
e close 1000
sleep 0.3
soon i connect /ip
x refuse 429 /ip



=== TEST 4: buckets survive a reload and a death
--- config eval: $::config
--- chat
a hello /send?user=ann
a call {"op":"join","room":"r"}
a call {"op":"send","room":"r","text":"1"}
kill worker-of a
a hello /send?user=ann
a call {"op":"join","room":"r"}
a call {"op":"send","room":"r","text":"2"}
a call {"op":"send","room":"r","text":"x"} => {"error":{"code":"rate_limited"}}
reload
b hello /send?user=ann
b call {"op":"join","room":"r"}
b call {"op":"send","room":"r","text":"x"} => {"error":{"code":"rate_limited"}}



=== TEST 5: S7 another number of workers, and a binary upgrade
--- config eval: $::config
--- chat
a hello /ip
b hello /ip
reload 4
c hello /ip
d hello /ip
e hello /ip
f hello /ip
x refuse 429 /ip
reload 1
# those who went are counted until their worker has said so, and a Redis is to
# hear of it before another worker tells it who comes
within 9 a until close
within 9 b until close
within 9 c until close
within 9 d until close
within 9 e until close
within 9 f until close
repeat 4 soon h{i} hello /ip
x refuse 429 /ip
upgrade
repeat 4 within 9 h{i} until close
repeat 4 soon i{i} hello /ip
x refuse 429 /ip



=== TEST 6: one worker without a master's help
--- workers: 1
--- config eval: $::config
--- chat
repeat 4 a{i} connect /ip
x refuse 429 /ip
repeat 4 a{i} drop
soon b connect /ip
