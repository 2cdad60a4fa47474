# Redis goes, comes back, stalls, loses its scripts or holds what is not ours:
# senders are told at once, and all works again by itself.

use strict;
use warnings;

use lib 't/lib';
use ChatTest;

run_chat();

__DATA__

=== TEST 1: R22 all connections are cut: nobody notices
--- chat
a hello /ws?name=Ann
b hello worker!=a /ws?name=Bob
a call {"op":"join","room":"lobby"}
b call {"op":"join","room":"lobby"}
a call {"op":"send","room":"lobby","text":"one"} => {"ok":{"seq":1,"prev":"!"}}
b until json {"ev":"message","text":"one"}
redis drop
errlog ~ redis unix:\S+ closed connection
a insist {"op":"send","room":"lobby","text":"two"} => {"ok":{"seq":2}}
errlog ~ \[notice\] .* redis unix:\S+ is back after
a story lobby 1 2
b story lobby 2 2
b insist {"op":"who","room":"lobby"} => {"ok":{"count":2}}



=== TEST 2: R22 only the subscriber, then only the other one
--- chat
a hello /ws?name=Ann
b hello worker!=a /ws?name=Bob
a call {"op":"join","room":"lobby"}
b call {"op":"join","room":"lobby"}
redis cli CLIENT KILL TYPE pubsub
a insist {"op":"send","room":"lobby","text":"one"} => {"ok":{"seq":1}}
b story lobby 1 1
redis cli CLIENT KILL TYPE normal
b insist {"op":"send","room":"lobby","text":"two"} => {"ok":{"seq":2}}
a story lobby 1 2
b story lobby 2 2



=== TEST 3: R1 stopped: unavailable at once, one error line, then well again
--- chat
a hello /ws?name=Ann
b hello worker!=a /ws?name=Bob
a call {"op":"join","room":"lobby"} as old
b call {"op":"join","room":"lobby"}
redis stop
sleep 0.1
within 1 a call {"op":"send","room":"lobby","text":"x"} => {"error":{"code":"unavailable","status":503,"temporary":true}}
within 1 b call {"op":"send","room":"lobby","text":"x"} => {"error":{"code":"unavailable"}}
within 1 b call {"op":"join","room":"other"} => {"error":{"code":"unavailable"}}
within 1 b call {"op":"ping"}
a until json {"ev":"error","error":{"code":"unavailable"}}
b until json {"ev":"error","error":{"code":"unavailable"}}
errlog !~ (?:could not be connected(?s:.*)){3}
redis start
a until json {"ev":"resync","room":"lobby"}
b until json {"ev":"resync","room":"lobby"}
a call {"op":"send","room":"lobby","text":"again"} => {"ok":{"seq":1,"epoch":*}}
b until json {"ev":"message","text":"again"}
b call {"op":"who","room":"lobby"} => {"ok":{"count":2}}
b call {"op":"join","room":"other"}



=== TEST 4: R23 stalled: told when the deadline passes, late answers are lost
--- chat
a hello /ws?name=Ann
b hello worker!=a /ws?name=Bob
a call {"op":"join","room":"lobby"}
b call {"op":"join","room":"lobby"}
redis pause
within 4 a call {"op":"send","room":"lobby","text":"stalled"} => {"error":{"code":"unavailable"}}
errlog ~ redis unix:\S+ did not answer in time
within 1 a call {"op":"send","room":"lobby","text":"refused"} => {"error":{"code":"unavailable"}}
redis resume
# what was sent when Redis stood still is in the log, or is not
a insist {"op":"send","room":"lobby","text":"after"} as s
within 9 a story lobby 1 {s.ok.seq}
within 9 b story lobby 1 {s.ok.seq}



=== TEST 5: R7 scripts are flushed
--- chat
a hello /ws?name=Ann
b hello worker!=a /ws?name=Bob
a call {"op":"join","room":"lobby"}
b call {"op":"join","room":"lobby"}
redis cli SCRIPT FLUSH
a call {"op":"send","room":"lobby","text":"one"} => {"ok":{"seq":1}}
b until json {"ev":"message","text":"one"}
redis cli SCRIPT FLUSH
a send json {"op":"send","id":101,"room":"lobby","text":"two"}
a send json {"op":"send","id":102,"room":"lobby","text":"three"}
a send json {"op":"who","id":103,"room":"lobby"}
a send json {"op":"send","id":104,"room":"lobby","text":"four"}
a find json {"id":101,"ok":{"seq":2}}
a find json {"id":102,"ok":{"seq":3}}
a find json {"id":103,"ok":{"count":2}}
a find json {"id":104,"ok":{"seq":4}}
b until json {"ev":"message","text":"two"}
b until json {"ev":"message","text":"three"}
b until json {"ev":"message","text":"four"}
redis cli SCRIPT FLUSH
b call {"op":"leave","room":"lobby"}
a until json {"ev":"presence","leave":["{bw.user.id}"],"count":1}
errlog !~ \[error\]



=== TEST 6: who leaves while Redis is away is gone when it is back
--- chat
a hello /ws?name=Ann
b hello worker!=a /ws?name=Bob
c hello worker!=a /ws?name=Cid
a call {"op":"join","room":"lobby"}
b call {"op":"join","room":"lobby"}
c call {"op":"join","room":"lobby"} => {"ok":{"count":3}}
redis pause
within 4 a call {"op":"send","room":"lobby","text":"x"} => {"error":{"code":"unavailable"}}
b drop
c drop
sleep 0.2
redis resume
a insist {"op":"send","room":"lobby","text":"y"}
soon a call {"op":"who","room":"lobby"} => {"ok":{"count":1,"users":[{"name":"Ann"}]}}



=== TEST 7: R1 absent when nginx starts
--- chat
redis stop
reload
a hello /ws?name=Ann
within 3 a call {"op":"join","room":"lobby"} => {"error":{"code":"unavailable"}}
errlog ~ redis unix:\S+ could not be connected
redis start
a insist {"op":"join","room":"lobby"}
a call {"op":"send","room":"lobby","text":"x"} => {"ok":{"seq":1}}



=== TEST 8: R8 a key that is not ours: only that room is broken
--- chat
a hello /ws?name=Ann
b hello worker!=a /ws?name=Bob
redis cli SET chat:{hex 7b}bad{hex 7d}:m x
a call {"op":"join","room":"good"}
b call {"op":"join","room":"good"}
a call {"op":"join","room":"bad"} => {"error":{"status":500,"temporary":true}}
a call {"op":"send","room":"good","text":"x"} => {"ok":{"seq":1}}
b until json {"ev":"message","text":"x"}
errlog ~ redis unix:\S+ answered .*WRONGTYPE
errlog !~ redis \S+ closed connection



=== TEST 9: R18 records that are none
--- chat
a hello /ws?name=Ann
b hello worker!=a /ws?name=Bob
a call {"op":"join","room":"lobby","presence":false}
b call {"op":"join","room":"lobby","presence":false}
redis cli PUBLISH chat:{hex 7b}lobby{hex 7d}:ch garbage
redis cli PUBLISH chat:{hex 7b}lobby{hex 7d}:ch {"ev":"message","text":"x"}
redis cli EVAL return(redis.call('PUBLISH','chat:{hex 7b}lobby{hex 7d}:ch','M\0321\0320\0321\032abc\10\2U\0\0\0\1uD\0\0\0\1x')) 0
redis cli EVAL return(redis.call('PUBLISH','chat:{hex 7b}lobby{hex 7d}:ch','M\0321\0320\0321\032abc\10\1U\0\0\0\1uD\0\0\0\255x')) 0
redis cli EVAL return(redis.call('PUBLISH','chat:{hex 7b}lobby{hex 7d}:ch','M\0321\0320\0321\032abc\10\1U\0\0\0\1uD\0\0\0\2\195\40')) 0
redis cli EVAL return(redis.call('PUBLISH','chat:{hex 7b}lobby{hex 7d}:ch',string.rep('x',900000))) 0
a silent 0.5
errlog ~ redis unix:\S+ brought 7 bytes that are no record
errlog !~ redis \S+ closed connection
a call {"op":"send","room":"lobby","text":"x"} => {"ok":{"seq":1}}
b until json {"ev":"message","text":"x"}



=== TEST 10: R14 a record above all limits resets the link, and no more
--- chat
a hello /ws?name=Ann
b hello worker!=a /ws?name=Bob
a call {"op":"join","room":"lobby"}
b call {"op":"join","room":"lobby"}
redis cli EVAL return(redis.call('PUBLISH','chat:{hex 7b}lobby{hex 7d}:ch',string.rep('x',1100000))) 0
errlog ~ redis unix:\S+ sent too large a string
a insist {"op":"send","room":"lobby","text":"x"} => {"ok":{"seq":1}}
a story lobby 1 1
b story lobby 1 1



=== TEST 11: R25 the keys are flushed: a new epoch, and no number twice in it
--- chat
a hello /ws?name=Ann
b hello worker!=a /ws?name=Bob
a call {"op":"join","room":"lobby"} as j
b call {"op":"join","room":"lobby"}
a call {"op":"send","room":"lobby","text":"one"} => {"ok":{"seq":1,"epoch":"{j.ok.epoch}"}}
redis cli FLUSHALL
a call {"op":"send","room":"lobby","text":"two"} => {"ok":{"seq":1,"epoch":"~^(?!{j.ok.epoch}$)"}} as s
b until json {"ev":"resync","epoch":"{s.ok.epoch}"}



=== TEST 12: R29 kept apart by prefix and by database
--- http_config
--- config
    location /a { chat; chat_guests on; chat_redis $TEST_NGINX_REDIS; }
    location /b { chat; chat_guests on; chat_redis $TEST_NGINX_REDIS prefix=b; }
    location /c { chat; chat_guests on; chat_redis $TEST_NGINX_REDIS?db=3; }
    location /d { chat; chat_guests on;
                  chat_redis redis://127.0.0.1:$TEST_NGINX_REDIS_PORT; }
--- chat
a hello /a?name=Ann
b hello /b?name=Bob
c hello /c?name=Cid
d hello worker!=a /d?name=Dan
a call {"op":"join","room":"lobby"} => {"ok":{"count":1}}
b call {"op":"join","room":"lobby"} => {"ok":{"count":1}}
c call {"op":"join","room":"lobby"} => {"ok":{"count":1}}
d call {"op":"join","room":"lobby"} => {"ok":{"count":2}}
a call {"op":"send","room":"lobby","text":"x"} => {"ok":{"seq":1}}
d until json {"ev":"message","text":"x"}
b until json {"ev":"presence","count":1}
b silent 0.3
c until json {"ev":"presence","count":1}
c silent 0.1
redis cli EXISTS b:{hex 7b}lobby{hex 7d}:m ~ ^1$
redis cli EXISTS chat:{hex 7b}lobby{hex 7d}:m ~ ^1$



=== TEST 13: nginx quits in time while Redis is away
--- chat
a hello /ws?name=Ann
a call {"op":"join","room":"lobby"}
redis stop
sleep 0.3
reload
within 9 a until close 4200
a drop
b hello /ws?name=Bob
quit
within 9 b until close
b drop
gone 4



=== TEST 14: nginx quits in time while Redis is silent
--- chat
a hello /ws?name=Ann
a call {"op":"join","room":"lobby"}
redis pause
a send json {"op":"send","id":9,"room":"lobby","text":"x"}
quit
within 9 a until close
a drop
gone 4
redis resume



=== TEST 15: the store goes away: 1013, and all is well when it is back
--- config
    location = / { chat; chat_guests on; chat_format raw; chat_room lobby; }
--- chat
a connect /
b connect worker!=a /
a send text a
a until text a
b send text b
b until text b
a expect text b
a send text one
a expect text one
b expect text one
redis stop
# members that say nothing may stay
a silent 0.3
a send text lost
a expect close 1013 ~ the chat store is away
a expect eof
c connect worker==b /
c expect close 1013
c expect eof
b silent 0
redis start
errlog ~ (?:is back after(?s:.*)){2}
a connect /
a send text two
a expect text two
within 9 b expect text two



=== TEST 16: nobody gets in by a store that never was there
--- http_config
    chat_redis redis://127.0.0.1:1;
--- config
    chat_guests on;
    location = / { chat; chat_format raw; chat_room lobby; }
    location /ws { chat; }
--- chat
a connect /
within 9 a expect close 1013
a expect eof
b connect /ws?room=lobby
b expect json {"ev":"welcome"}
within 9 b expect json {"ev":"error","error":{"code":"unavailable","status":503,"temporary":true}}
b call {"op":"ping"}
