# A worker that dies without a word: its users leave the rooms too.

use strict;
use warnings;

use lib 't/lib';
use ChatTest;

our $config = <<'_EOC_';
    chat_user $arg_u;
    location /ws { chat; }
_EOC_

run_chat();

__DATA__

=== TEST 1: P6 a killed worker's users go within 20 s
--- config eval: $::config
--- chat
a hello /ws?u=ann
b hello worker!=a /ws?u=bob
c hello worker!=a /ws?u=ann
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"} => {"ok":{"count":2}}
c call {"op":"join","room":"r"} => {"ok":{"count":2}}
kill worker-of b
within 21 a until json {"ev":"presence","leave":["bob"],"count":1}
a call {"op":"who","room":"r"} => {"ok":{"count":1,"users":[{"id":"ann"}]}}
