# Messages that a worker did not hear of reach its members all the same: it
# reads the log behind its position.  And what it does when it cannot.

use strict;
use warnings;

use lib 't/lib';
use ChatTest;

my $head = <<'_EOC_';
a hello /ws?name=Ann
b hello worker!=a /ws?name=Bob
a call {"op":"join","room":"r","presence":false} as j
b call {"op":"join","room":"r","presence":false}
set key = chat:{hex 7b}r{hex 7d}
_EOC_

add_block_preprocessor(sub {
    my ($block) = @_;
    $block->set_value('chat', $head . $block->chat);
    return;
});

run_chat();

__DATA__

=== TEST 1: R22 the subscribers' links are cut while others speak
--- chat
a repeat 30 send json {"op":"send","room":"r","text":"m{i}"}
redis cli CLIENT KILL TYPE pubsub
a repeat 30 send json {"op":"send","room":"r","text":"m{i}"}
a repeat 30 insist {"op":"send","room":"r","text":"m{i}"} as s
redis cli CLIENT KILL TYPE pubsub
b repeat 30 insist {"op":"send","room":"r","text":"m{i}"} as s
within 9 a story r 1 {s.ok.seq}
within 9 b story r 1 {s.ok.seq}
a insist {"op":"send","room":"r","text":"last"} as s
within 9 a story r {s.ok.seq} {s.ok.seq}
within 9 b story r {s.ok.seq} {s.ok.seq}
errlog !~ \[error\].*(?:no record|WRONGTYPE)



=== TEST 2: R22 a hole of more than one page, and members that come meanwhile
--- config
    location /ws { chat; chat_guests on; chat_limit off; }
--- chat
c hello worker==b /ws?name=Cid
# written to the log and announced to nobody
redis cli EVAL "for i=1,700 do redis.call('XADD',KEYS[1],i..'-0','m1','M '..i..' '..(i-1)..' '..redis.call('TIME')[1]..'000 {j.ok.epoch}\10\1U\0\0\0\1uI\0\0\0\1cD\0\0\0\1x') redis.call('HSET',KEYS[2],'s',i) end" 2 {key}:l {key}:m
a send json {"op":"send","room":"r","text":"701"}
c send json {"op":"join","id":901,"room":"r","limit":3,"presence":false}
a send json {"op":"send","room":"r","text":"702"}
a send json {"op":"send","room":"r","text":"703"}
a story r 1 703
b story r 1 703
a silent 0.3
b silent 0.1
# who came while it healed hears what it knows again, and the rest after that
a call {"op":"send","room":"r","text":"704"}
c story r * 704
b expect json {"ev":"message","seq":704}



=== TEST 3: R19 a record that is ahead of all that was said, and never was
--- chat
a call {"op":"send","room":"r","text":"one"} => {"ok":{"seq":1}}
b story r 1 1
a story r 1 1
redis cli EVAL return(redis.call('PUBLISH',KEYS[1],'M\0326\0325\0321\032{j.ok.epoch}\10\1U\0\0\0\1uD\0\0\0\1x')) 1 {key}:ch
redis cli EVAL return(redis.call('PUBLISH',KEYS[1],'M\0326\0325\0321\032{j.ok.epoch}\10\1U\0\0\0\1uD\0\0\0\1x')) 1 {key}:ch
a silent 0.5
b silent 0.1
a call {"op":"send","room":"r","text":"two"} => {"ok":{"seq":2}}
a story r 2 2
b story r 2 2



=== TEST 4: R19 a record that jumps: what was between is fetched, in order
--- chat
redis cli EVAL "for i=1,5 do redis.call('XADD',KEYS[1],i..'-0','m1','M '..i..' '..(i-1)..' '..redis.call('TIME')[1]..'000 {j.ok.epoch}\10\1U\0\0\0\1uI\0\0\0\1cD\0\0\0\1x') redis.call('HSET',KEYS[2],'s',i) end redis.call('PUBLISH',KEYS[3],'M\0325\0324\0321\032{j.ok.epoch}\10\1U\0\0\0\1uI\0\0\0\1cD\0\0\0\1x')" 3 {key}:l {key}:m {key}:ch
a story r 1 5
b story r 1 5
# repeated, and back
redis cli EVAL return(redis.call('PUBLISH',KEYS[1],'M\0325\0324\0321\032{j.ok.epoch}\10\1U\0\0\0\1uD\0\0\0\1x')) 1 {key}:ch
redis cli EVAL return(redis.call('PUBLISH',KEYS[1],'M\0322\0321\0321\032{j.ok.epoch}\10\1U\0\0\0\1uD\0\0\0\1x')) 1 {key}:ch
a silent 0.3
b silent 0.1
# numbers that jump without a hole
redis cli HSET {key}:m n another
a call {"op":"send","room":"r","text":"x"} => {"ok":{"seq":"~^1\\d{15}$"}} as x
a expect json {"ev":"message","seq":{x.ok.seq},"prev":5}
b expect json {"ev":"message","seq":{x.ok.seq},"prev":5}
a silent 0.3
b silent 0.1
b call {"op":"join","room":"r","after":5,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true,"messages":[{"seq":{x.ok.seq},"prev":5}],"more":false}}
b call {"op":"join","room":"r","after":3,"epoch":"{j.ok.epoch}","limit":2} => {"ok":{"recovered":true,"messages":[{"seq":4},{"seq":5}],"more":true}}
# a number that was never given
b call {"op":"history","room":"r","after":700} => {"ok":{"messages":[{"seq":{x.ok.seq}}]}}



=== TEST 5: a message lost by the announcement alone comes within 30 s
--- config
    location /ws { chat; chat_guests on; chat_ping_interval 100s; }
--- chat
c hello worker==b /ws?name=Cid
c call {"op":"join","room":"s","presence":false}
a call {"op":"send","room":"r","text":"one"}
a story r 1 1
b story r 1 1
redis cli EVAL "redis.call('XADD',KEYS[1],'2-0','m1','M 2 1 '..redis.call('TIME')[1]..'000 {j.ok.epoch}\10\1U\0\0\0\1uI\0\0\0\1cD\0\0\0\1x') redis.call('HSET',KEYS[2],'s',2)" 2 {key}:l {key}:m
a silent 1
within 32 a expect json {"ev":"message","room":"r","seq":2,"prev":1}
within 32 b expect json {"ev":"message","room":"r","seq":2,"prev":1}
c silent 0.5



=== TEST 6: R20 a log with entries of others: that room is broken, and no other
--- chat
c hello worker==b /ws?name=Cid
c call {"op":"join","room":"good","presence":false}
a call {"op":"join","room":"good","presence":false}
a call {"op":"send","room":"r","text":"one"}
# of ours, but for the second field
redis cli EVAL "return redis.call('XADD',KEYS[1],'2-0','m1','M 2 1 1 {j.ok.epoch}\10\1U\0\0\0\1uD\0\0\0\1x','u','u')" 1 {key}:l ~ ^2-0$
redis cli HSET {key}:m s 2
a call {"op":"history","room":"r","after":0} => {"error":{"code":"internal","status":500,"temporary":true}}
a call {"op":"history","room":"r","after":1} => {"error":{"code":"internal"}}
a call {"op":"history","room":"r"} => {"error":{"code":"internal"}}
a call {"op":"join","room":"r"} => {"error":{"code":"internal"}}
# what can be read still is
a call {"op":"history","room":"r","before":2} => {"ok":{"messages":[{"seq":1}]}}
c call {"op":"send","room":"good","text":"x"} => {"ok":{"seq":1}}
a find json {"ev":"message","room":"good","seq":1}
errlog ~ redis unix:\S+ answered WRONGTYPE a log with entries of others
errlog !~ (?:\[error\](?s:.*)){2}
errlog !~ redis \S+ closed connection



=== TEST 7: R20 a foreign entry behind all of ours
--- chat
a call {"op":"join","room":"good","presence":false}
a call {"op":"send","room":"r","text":"one"}
a story r 1 1
b story r 1 1
redis cli XADD {key}:l * foo bar
a call {"op":"send","room":"r","text":"x"} => {"error":{"code":"internal"}}
a call {"op":"history","room":"r","after":1} => {"ok":{"messages":[]}}
a call {"op":"history","room":"r","after":0} => {"error":{"code":"internal"}}
b call {"op":"history","room":"r"} => {"error":{"code":"internal"}}
b call {"op":"join","room":"r","after":1,"epoch":"{j.ok.epoch}"}
a call {"op":"send","room":"good","text":"x"} => {"ok":{"seq":1}}
a find json {"ev":"message","room":"good","seq":1}
errlog !~ redis \S+ closed connection
# what is of others goes: well again
redis cli DEL {key}:l
a call {"op":"send","room":"r","text":"two"} => {"ok":{"seq":2}}
a story r 2 2
b story r 2 2



=== TEST 8: R20 an entry of ours that lies: numbers, kinds, payloads
--- chat
a call {"op":"join","room":"good","presence":false}
a call {"op":"send","room":"r","text":"one"}
redis cli XADD {key}:l 2-0 m1 "M 2 x y {j.ok.epoch}"
redis cli HSET {key}:m s 2
a call {"op":"history","room":"r","after":0} => {"error":{"code":"internal"}}
a call {"op":"history","room":"r","after":1} => {"error":{"code":"internal"}}
redis cli EVAL "return redis.call('XADD',KEYS[1],'3-0','m1','Q 3 2 1 {j.ok.epoch}\10\1U\0\0\0\1uD\0\0\0\1x')" 1 {key}:l ~ ^3-0$
redis cli HSET {key}:m s 3
a call {"op":"history","room":"r","after":2} => {"error":{"code":"internal"}}
redis cli EVAL "return redis.call('XADD',KEYS[1],'4-7','m1','M 4 3 1 {j.ok.epoch}\10\1U\0\0\0\1uD\0\0\0\1x')" 1 {key}:l ~ ^4-7$
redis cli HSET {key}:m s 4
a call {"op":"history","room":"r","after":3} => {"error":{"code":"internal"}}
a call {"op":"history","room":"r","limit":1} => {"error":{"code":"internal"}}
# another number than that of the entry, another epoch, another form
redis cli EVAL "return redis.call('XADD',KEYS[1],'5-0','m1','M 6 4 1 {j.ok.epoch}\10\1U\0\0\0\1uD\0\0\0\1x')" 1 {key}:l ~ ^5-0$
redis cli HSET {key}:m s 5
a call {"op":"history","room":"r","limit":1} => {"error":{"code":"internal"}}
redis cli EVAL "return redis.call('XADD',KEYS[1],'6-0','m1','M 6 5 1 0123456789ab\10\1U\0\0\0\1uD\0\0\0\1x')" 1 {key}:l ~ ^6-0$
redis cli HSET {key}:m s 6
a call {"op":"history","room":"r","limit":1} => {"error":{"code":"internal"}}
redis cli EVAL "return redis.call('XADD',KEYS[1],'7-0','m2','M 7 6 1 {j.ok.epoch}\10\1U\0\0\0\1uD\0\0\0\1x')" 1 {key}:l ~ ^7-0$
redis cli HSET {key}:m s 7
a call {"op":"history","room":"r","limit":1} => {"error":{"code":"internal"}}
# this is how a good one looks
redis cli EVAL "return redis.call('XADD',KEYS[1],'8-0','m1','M 8 7 1 {j.ok.epoch}\10\1U\0\0\0\1uD\0\0\0\1x')" 1 {key}:l ~ ^8-0$
redis cli HSET {key}:m s 8
a call {"op":"history","room":"r","limit":1} => {"ok":{"messages":[{"seq":8,"prev":7,"time":1,"text":"x"}],"more":true}}
a call {"op":"send","room":"good","text":"x"} => {"ok":{"seq":1}}
errlog !~ redis \S+ closed connection



=== TEST 9: R26 a stream that takes no more entries
--- chat
a call {"op":"join","room":"good","presence":false}
a call {"op":"send","room":"r","text":"one"}
redis cli XADD {key}:l 18446744073709551615-0 m1 z
a call {"op":"send","room":"r","text":"two"} => {"error":{"code":"internal","status":500}}
a call {"op":"send","room":"r","text":"two"} => {"error":{"code":"internal"}}
a call {"op":"history","room":"r"} => {"error":{"code":"internal"}}
a call {"op":"history","room":"r","after":0} => {"error":{"code":"internal"}}
b call {"op":"join","room":"r"} => {"error":{"code":"internal"}}
redis cli XADD {key}:l 18446744073709551615-18446744073709551615 m1 z
a call {"op":"send","room":"r","text":"two"} => {"error":{"code":"internal"}}
a call {"op":"send","room":"good","text":"x"} => {"ok":{"seq":1}}
errlog ~ redis unix:\S+ answered WRONGTYPE
# one line of each worker
errlog !~ (?:\[error\](?s:.*)){3}
errlog !~ redis \S+ closed connection
# the remedy
redis cli DEL {key}:l
a call {"op":"send","room":"r","text":"two"} => {"ok":{"seq":2}}
a call {"op":"history","room":"r"} => {"ok":{"messages":[{"seq":2}],"floor":2}}



=== TEST 10: R25 all keys are flushed: a new epoch, and it goes on
--- chat
a repeat 3 call {"op":"send","room":"r","text":"m{i}"}
a story r 1 3
b story r 1 3
redis cli FLUSHALL
a call {"op":"send","room":"r","text":"new"} => {"ok":{"seq":1,"epoch":"~^(?!{j.ok.epoch}$)"}} as s
a find json {"ev":"resync","room":"r","epoch":"{s.ok.epoch}","top":0}
a find json {"ev":"message","seq":1,"text":"new"}
b expect json {"ev":"resync","room":"r","epoch":"{s.ok.epoch}","top":0}
b expect json {"ev":"message","seq":1,"text":"new"}
b call {"op":"send","room":"r","text":"two"} => {"ok":{"seq":2,"epoch":"{s.ok.epoch}"}}
a story r 2 2
b story r 2 2
b call {"op":"join","room":"r","after":3,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":false,"messages":[{"seq":1},{"seq":2}],"epoch":"{s.ok.epoch}"}}
a silent 0.3



=== TEST 11: R25 flushed, and somebody joins before anybody speaks
--- chat
a repeat 3 call {"op":"send","room":"r","text":"m{i}"}
a story r 1 3
b story r 1 3
redis cli FLUSHALL
c hello worker==b /ws?name=Cid
c call {"op":"join","room":"r","presence":false} => {"ok":{"top":0,"messages":[],"epoch":"~^(?!{j.ok.epoch}$)"}} as n
b expect json {"ev":"resync","room":"r","epoch":"{n.ok.epoch}","top":0}
c silent 0.2
a call {"op":"send","room":"r","text":"new"} => {"ok":{"seq":1,"epoch":"{n.ok.epoch}"}}
c story r 1 1
b story r 1 1
a find json {"ev":"resync","room":"r","epoch":"{n.ok.epoch}","top":0}
a story r 1 1



=== TEST 12: R25 only the numbers are lost: no number twice in an epoch
--- chat
a repeat 3 call {"op":"send","room":"r","text":"m{i}"}
a story r 1 3
b story r 1 3
redis cli DEL {key}:m
b call {"op":"send","room":"r","text":"new"} => {"ok":{"seq":1,"epoch":"~^(?!{j.ok.epoch}$)"}} as s
a expect json {"ev":"resync","room":"r","epoch":"{s.ok.epoch}","top":0}
a story r 1 1
b find json {"ev":"resync"}
# what the old log held is no part of the new one
a call {"op":"history","room":"r"} => {"ok":{"messages":[{"text":"new","seq":1}],"more":false,"floor":1,"top":1}}
redis cli DEL {key}:m
a call {"op":"history","room":"r"} => {"ok":{"messages":[],"top":0,"floor":1,"epoch":"~^(?!{s.ok.epoch}$)"}}
redis cli EXISTS {key}:l ~ ^0$
a silent 0.5



=== TEST 13: R25 only the log is lost: the numbers go on
--- chat
a repeat 3 call {"op":"send","room":"r","text":"m{i}"}
a story r 1 3
b story r 1 3
redis cli DEL {key}:l
a call {"op":"history","room":"r"} => {"ok":{"messages":[],"top":3,"floor":4,"more":false}}
b call {"op":"join","room":"r","presence":false,"after":3,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true}}
c hello worker==b /ws?name=Cid
c call {"op":"join","room":"r","presence":false,"after":2,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":false,"messages":[],"top":3,"floor":4}}
a call {"op":"send","room":"r","text":"m4"} => {"ok":{"seq":4,"epoch":"{j.ok.epoch}"}}
a story r 4 4
b story r 4 4
c story r 4 4
# a hole that the log cannot fill is told, and what comes then is heard
redis cli EVAL "redis.call('HSET',KEYS[1],'s',9) redis.call('DEL',KEYS[2])" 2 {key}:m {key}:l
a call {"op":"send","room":"r","text":"m10"} => {"ok":{"seq":10}}
a expect json {"ev":"resync","room":"r","epoch":"{j.ok.epoch}","top":10}
b expect json {"ev":"resync","room":"r","epoch":"{j.ok.epoch}","top":10}
a call {"op":"history","room":"r"} => {"ok":{"messages":[{"seq":10,"prev":9,"text":"m10"}],"floor":10}}
a call {"op":"send","room":"r","text":"m11"} => {"ok":{"seq":11}}
a story r 11 11
b story r 11 11
a silent 0.3



=== TEST 14: a hole inside the log is told, not waited for
--- chat
redis cli EVAL "for i=1,5 do redis.call('XADD',KEYS[1],i..'-0','m1','M '..i..' '..(i-1)..' '..redis.call('TIME')[1]..'000 {j.ok.epoch}\10\1U\0\0\0\1uI\0\0\0\1cD\0\0\0\1x') redis.call('HSET',KEYS[2],'s',i) end" 2 {key}:l {key}:m
redis cli XDEL {key}:l 3-0
a call {"op":"send","room":"r","text":"m6"} => {"ok":{"seq":6}}
b expect json {"ev":"message","room":"r","seq":1}
b expect json {"ev":"message","room":"r","seq":2}
b expect json {"ev":"resync","room":"r","epoch":"{j.ok.epoch}","top":6}
a call {"op":"send","room":"r","text":"m7"} => {"ok":{"seq":7}}
b story r 7 7



=== TEST 15: R28 a subscriber that Redis found too slow
--- config
    location /ws { chat; chat_guests on; chat_limit off; chat_message_size 64k; }
--- chat
redis cli CONFIG SET client-output-buffer-limit "pubsub 10000 10000 1"
# more than the buffer that Redis does not count
a repeat 60 send json {"op":"send","room":"r","text":"{rep 4000 {hex f09f9880}}","meta":{"k":"{rep 1000 m}"}}
errlog ~ redis \S+ closed connection
redis cli CONFIG SET client-output-buffer-limit "pubsub 33554432 8388608 60"
a insist {"op":"send","room":"r","text":"last"} as s
within 9 a story r 1 {s.ok.seq}
within 9 b story r 1 {s.ok.seq}



=== TEST 16: R6 what Redis refuses is nowhere
--- chat
a call {"op":"send","room":"r","text":"one"}
a story r 1 1
b story r 1 1
redis cli CONFIG SET maxmemory 1
a call {"op":"send","room":"r","text":"two","cid":"c"} => {"error":{"code":"unavailable","status":503,"temporary":true}}
b call {"op":"send","room":"r","text":"two"} => {"error":{"code":"unavailable"}}
a silent 0.3
b silent 0.1
redis cli XLEN {key}:l ~ ^1$
redis cli CONFIG SET maxmemory 0
redis cli HGET {key}:m s ~ ^1\b
a call {"op":"send","room":"r","text":"two","cid":"c"} => {"ok":{"seq":2,"dup":"!"}}
a story r 2 2
b story r 2 2
a call {"op":"history","room":"r"} => {"ok":{"messages":[{"text":"one"},{"text":"two"}],"top":2}}
errlog ~ redis unix:\S+ takes no messages, it answered OOM
errlog !~ redis \S+ closed connection



=== TEST 17: R4 a store that comes back with less than it had
--- chat
a repeat 3 call {"op":"send","room":"r","text":"m{i}"}
a story r 1 3
b story r 1 3
# as a replica that took over: another process, and the last one is lost
redis cli EVAL "redis.call('XDEL',KEYS[1],'3-0') redis.call('HSET',KEYS[2],'s',2,'n','another')" 2 {key}:l {key}:m
redis pause
within 9 a call {"op":"who","room":"r"} => {"error":{"code":"unavailable"}}
within 9 a expect json {"ev":"error","error":{"code":"unavailable"}}
redis resume
# nothing that was heard is taken back, and that it is over is told
within 9 a expect json {"ev":"resync","room":"r","epoch":"{j.ok.epoch}","top":3}
a insist {"op":"send","room":"r","text":"y"} => {"ok":{"seq":"~^1\\d{15}$"}} as x
a expect json {"ev":"message","text":"y","seq":{x.ok.seq},"prev":2}
b expect json {"ev":"message","text":"y","seq":{x.ok.seq},"prev":2}



=== TEST 18: without a log: a number that was given and not heard of yet
--- config
    location /ws { chat; chat_guests on; chat_history off; }
--- chat
a call {"op":"send","room":"r","text":"one"} => {"ok":{"seq":1}}
a story r 1 1
b story r 1 1
redis cli HSET {key}:m s 5
c hello worker==b /ws?name=Cid
c call {"op":"join","room":"r"} => {"ok":{"top":5}}
# only the next record tells
b silent 0.3
a call {"op":"send","room":"r","text":"x"} => {"ok":{"seq":6}}
b expect json {"ev":"resync","room":"r","top":5}
b expect json {"ev":"message","room":"r","seq":6,"prev":5}
b silent 0.2
