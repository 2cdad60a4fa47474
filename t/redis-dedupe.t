# A send repeated with its cid makes no second message, whatever has become of
# the Redis between the two.
# not run on partial: it is about time and order

use strict;
use warnings;

use lib 't/lib';
use ChatTest;

run_chat();

__DATA__

=== TEST 1: R7 after the scripts are flushed, and by another worker
--- config
    location /ws { chat; chat_user $arg_user; }
--- chat
a hello /ws?user=ann
b hello worker!=a /ws?user=ann
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"}
a call {"op":"send","room":"r","cid":"c","text":"x"} => {"ok":{"seq":1}}
redis cli SCRIPT FLUSH
b call {"op":"send","room":"r","cid":"c","text":"x"} => {"ok":{"seq":1,"dup":true}}
redis cli SCRIPT FLUSH
a send json {"op":"send","id":901,"room":"r","cid":"d","text":"x"}
a send json {"op":"send","id":902,"room":"r","cid":"d","text":"x"}
a find json {"id":901,"ok":{"seq":2,"dup":"!"}}
a find json {"id":902,"ok":{"seq":2,"dup":true}}
a story r 1 2
b story r 1 2



=== TEST 2: the repetition is found where a new message would be refused
--- chat
a hello /ws?name=Ann
a call {"op":"join","room":"r"}
a call {"op":"send","room":"r","cid":"c","text":"x"} => {"ok":{"seq":1}}
# a room without numbers
redis cli HSET chat:{hex 7b}r{hex 7d}:m s 9007199254740991
a call {"op":"send","room":"r","cid":"d","text":"x"} => {"error":{"code":"internal"}}
a call {"op":"send","room":"r","cid":"c","text":"x"} => {"ok":{"seq":1,"dup":true}}
a call {"op":"send","room":"r","cid":"c","text":"y"} => {"error":{"code":"cid_reused"}}
redis cli HSET chat:{hex 7b}r{hex 7d}:m s 1
# a log that takes nothing
redis cli SET other x
redis cli RENAME other chat:{hex 7b}r{hex 7d}:l
a call {"op":"send","room":"r","cid":"e","text":"x"} => {"error":{"code":"internal"}}
a call {"op":"send","room":"r","cid":"c","text":"x"} => {"ok":{"seq":1,"dup":true}}
# and what was refused was not remembered
redis cli DEL chat:{hex 7b}r{hex 7d}:l
a call {"op":"send","room":"r","cid":"e","text":"x"} => {"ok":{"seq":2,"dup":"!"}}



=== TEST 3: R6 no memory: the repetition finds it, and what was refused is new
--- chat
a hello /ws?name=Ann
b hello worker!=a /ws?name=Bob
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r","presence":false}
a call {"op":"send","room":"r","cid":"c","text":"x"} => {"ok":{"seq":1}}
b story r 1 1
redis cli CONFIG SET maxmemory 1
a call {"op":"send","room":"r","cid":"d","text":"x"} => {"error":{"code":"unavailable","temporary":true}}
b silent 0.3
redis cli CONFIG SET maxmemory 0
a call {"op":"send","room":"r","cid":"d","text":"x"} => {"ok":{"seq":2,"dup":"!"}}
a call {"op":"send","room":"r","cid":"c","text":"x"} => {"ok":{"seq":1,"dup":true}}
b story r 2 2
a call {"op":"history","room":"r"} => {"ok":{"messages":[{"cid":"c"},{"cid":"d"}],"top":2}}



=== TEST 4: P5 an answer that was lost: the repetition brings it
--- chat
a hello /ws?name=Ann
b hello worker!=a /ws?name=Bob
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"}
redis pause
within 4 a call {"op":"send","room":"r","cid":"c","text":"x"} => {"error":{"code":"unavailable","temporary":true}}
within 1 a call {"op":"send","room":"r","cid":"c","text":"x"} => {"error":{"code":"unavailable"}}
redis resume
# whether Redis still did it or not: it is one message
a insist {"op":"join","room":"r"}
a call {"op":"send","room":"r","cid":"c","text":"x"} => {"ok":{"seq":1}}
a call {"op":"send","room":"r","cid":"c","text":"x"} => {"ok":{"seq":1,"dup":true}}
a call {"op":"send","room":"r","text":"last"} => {"ok":{"seq":2}}
within 9 b story r 1 2



=== TEST 5: a new epoch knows none of the old one's
--- chat
a hello /ws?name=Ann
a call {"op":"join","room":"r"}
a call {"op":"send","room":"r","cid":"c","text":"x"} => {"ok":{"seq":1}} as s
redis cli DEL chat:{hex 7b}r{hex 7d}:m
a call {"op":"send","room":"r","cid":"c","text":"x"} => {"ok":{"seq":1,"epoch":"~^(?!{s.ok.epoch}$)","dup":"!"}} as n
a call {"op":"send","room":"r","cid":"c","text":"x"} => {"ok":{"seq":1,"epoch":"{n.ok.epoch}","dup":true}}
a call {"op":"history","room":"r"} => {"ok":{"messages":[{"seq":1}],"epoch":"{n.ok.epoch}"}}
