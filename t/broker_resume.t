# Who comes back misses nothing: joins with "after" and "epoch", and what
# joiners and members hear while others speak.

use strict;
use warnings;

use lib 't/lib';
use ChatTest;

run_chat();

__DATA__

=== TEST 1: what came after, on each worker
--- chat
a hello /ws?name=Ann
b hello worker!=a /ws?name=Bob
a call {"op":"join","room":"r"} as j
a repeat 5 call {"op":"send","room":"r","text":"m{i}"}
a story r 1 5
# the first of its worker
b call {"op":"join","room":"r","after":2,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true,"more":false,"messages":[{"seq":3},{"seq":4},{"seq":5}],"top":5,"floor":1,"epoch":"{j.ok.epoch}"}}
# and one that is not
c hello worker==b /ws?name=Cid
c call {"op":"join","room":"r","after":4,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true,"messages":[{"seq":5}]}}
d hello worker==b /ws?name=Dan
d call {"op":"join","room":"r","after":5,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true,"more":false,"messages":[],"top":5,"floor":1,"epoch":"{j.ok.epoch}"}}
e hello worker==b /ws?name=Eve
e call {"op":"join","room":"r","after":0,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true,"messages":["...",{"seq":1},{"seq":5}]}}
# without "after" the epoch says nothing
f hello worker==b /ws?name=Fay
f call {"op":"join","room":"r","epoch":"other"} => {"ok":{"recovered":false,"messages":["...",{"seq":1},{"seq":5}]}}
a call {"op":"send","room":"r","text":"m6"} => {"ok":{"seq":6}}
a story r 6 6
b story r 6 6
c story r 6 6
d story r 6 6
e story r 6 6
f story r 6 6



=== TEST 2: more than one answer holds: the rest by history
--- chat
a hello /ws?name=Ann
b hello worker!=a /ws?name=Bob
a call {"op":"join","room":"r"} as j
a repeat 130 send json {"op":"send","room":"r","text":"m{i}"}
a story r 1 130
b call {"op":"join","room":"r","after":4,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true,"more":true,"messages":["...",{"seq":5},{"seq":54}],"top":130}} as k
# what is said meanwhile stands behind: prev tells
a call {"op":"send","room":"r","text":"m131"}
b find json {"ev":"message","seq":131,"prev":130}
b call {"op":"history","room":"r","after":{k.ok.messages.49.seq},"epoch":"{j.ok.epoch}","limit":100} => {"ok":{"more":false,"top":131,"messages":["...",{"seq":55},{"seq":131}]}}
c hello worker==b /ws?name=Cid
c call {"op":"join","room":"r","after":4,"epoch":"{j.ok.epoch}","limit":2} => {"ok":{"recovered":true,"more":true,"messages":[{"seq":5},{"seq":6}],"top":131}}
c call {"op":"join","room":"r","after":129,"epoch":"{j.ok.epoch}","limit":2} => {"ok":{"recovered":true,"more":false,"messages":[{"seq":130},{"seq":131}]}}
c call {"op":"join","room":"r","after":129,"epoch":"{j.ok.epoch}","limit":0} => {"ok":{"recovered":true,"more":true,"messages":[]}}
c call {"op":"join","room":"r","after":131,"epoch":"{j.ok.epoch}","limit":0} => {"ok":{"recovered":true,"more":false,"messages":[]}}



=== TEST 3: J11 numbers of another epoch, ahead of the room, and none
--- chat
a hello /ws?name=Ann
b hello worker!=a /ws?name=Bob
a call {"op":"join","room":"r"} as j
a repeat 3 call {"op":"send","room":"r","text":"m{i}"}
b call {"op":"join","room":"r","after":2,"epoch":"other"} => {"ok":{"recovered":false,"more":false,"messages":[{"seq":1},{"seq":2},{"seq":3}],"top":3,"epoch":"{j.ok.epoch}"}}
b call {"op":"join","room":"r","after":4,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":false,"messages":[{"seq":1},{"seq":2},{"seq":3}],"top":3}}
b call {"op":"join","room":"r","after":9007199254740992,"epoch":"{j.ok.epoch}","limit":1} => {"ok":{"recovered":false,"more":true,"messages":[{"seq":3}],"top":3}}
b call {"op":"join","room":"r","after":0,"epoch":"other","limit":0} => {"ok":{"recovered":false,"more":true,"messages":[]}}
b call {"op":"join","room":"new","after":7,"epoch":"other"} => {"ok":{"recovered":false,"more":false,"messages":[],"top":0,"floor":1}}
b call {"op":"join","room":"r","after":2} => {"error":{"code":"bad_request","message":"~epoch"}}
b call {"op":"join","room":"r","after":-1,"epoch":"e"} => {"error":{"code":"bad_request","message":"~after"}}
b call {"op":"join","room":"r","after":1.5,"epoch":"e"} => {"error":{"code":"bad_request"}}
b call {"op":"join","room":"r","after":"1","epoch":"e"} => {"error":{"code":"bad_request"}}
b call {"op":"join","room":"r","after":1,"epoch":7} => {"error":{"code":"bad_request"}}
b call {"op":"join","room":"r","after":1,"epoch":""} => {"error":{"code":"bad_request"}}
b call {"op":"join","room":"r","after":1,"epoch":"01234567890123456"} => {"error":{"code":"bad_request"}}
# what was refused changed nothing
a call {"op":"send","room":"r","text":"m4"} => {"ok":{"seq":4}}
b story r 4 4



=== TEST 4: the handshake's own join
--- chat
a hello /ws?name=Ann
a call {"op":"join","room":"r"} as j
a repeat 3 call {"op":"send","room":"r","text":"m{i}"}
b hello worker!=a /ws?room=r&after=1&epoch={j.ok.epoch}
b until json {"ev":"joined","room":"r","recovered":true,"more":false,"messages":[{"seq":2},{"seq":3}],"top":3,"floor":1,"epoch":"{j.ok.epoch}"}
c hello /ws?epoch={j.ok.epoch}&after=3&room=r
c until json {"ev":"joined","recovered":true,"messages":[]}
d hello /ws?room=r&after=1&epoch=other
d until json {"ev":"joined","recovered":false,"messages":[{"seq":1},{"seq":2},{"seq":3}]}
e hello /ws?room=r
e until json {"ev":"joined","recovered":false,"messages":[{"seq":1},{"seq":2},{"seq":3}]}
# a room is what they are of
f hello /ws?after=1&epoch=x
f silent 0.2
a call {"op":"send","room":"r","text":"m4"}
b story r 4 4
c story r 4 4
d story r 4 4
e story r 4 4
g refuse 400 /ws?room=r&after=1 ~ after
g refuse 400 /ws?room=r&after=&epoch=x ~ after
g refuse 400 /ws?room=r&after=-1&epoch=x ~ after
g refuse 400 /ws?room=r&after=1.5&epoch=x ~ after
g refuse 400 /ws?room=r&after=9007199254740993&epoch=x ~ after
g refuse 400 /ws?room=r&after={rep 400 9}&epoch=x ~ after
g refuse 400 /ws?room=r&after=1&epoch= ~ after
g refuse 400 /ws?room=r&after=1&epoch=a-b ~ after
g refuse 400 /ws?room=r&after=1&epoch=01234567890123456 ~ after
g header Content-Type application/problem+json
g hello /ws?room=r&after=9007199254740992&epoch=x
g until json {"ev":"joined","recovered":false}
g hello /ws?room=r&after={rep 300 0}1&epoch={j.ok.epoch}
g until json {"ev":"joined","recovered":true,"messages":[{"seq":2},{"seq":3},{"seq":4}]}



=== TEST 5: who was in hears on, who joins twice is answered twice
--- chat
a hello /ws?name=Ann
b hello worker!=a /ws?name=Bob
a call {"op":"join","room":"r"} as j
b call {"op":"join","room":"r","presence":false}
b send json {"op":"join","id":901,"room":"r","presence":false,"after":0,"epoch":"{j.ok.epoch}"}
b send json {"op":"join","id":902,"room":"r","presence":false}
b send json {"op":"leave","id":903,"room":"r"}
b send json {"op":"join","id":904,"room":"r","presence":false,"after":0,"epoch":"{j.ok.epoch}"}
b send json {"op":"send","id":905,"room":"r","text":"own"}
b expect json {"id":901,"ok":{"recovered":true,"messages":[]}}
b expect json {"id":902,"ok":{"recovered":false,"messages":[]}}
b expect json {"id":903,"ok":*}
# what it hears in the room stands behind the answer that let it in
b expect json {"id":904,"ok":{"recovered":true,"messages":[],"top":0}}
b find json {"id":905,"ok":{"seq":1}}
b story r 1 1
b call {"op":"join","room":"r","after":0,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true,"messages":[{"seq":1,"text":"own"}]}}
a call {"op":"send","room":"r","text":"two"}
b story r 2 2
a story r 1 2
b call {"op":"who","room":"r"} => {"ok":{"count":2}}



=== TEST 6: who joins while others speak hears all from there on
--- config
    location /ws { chat; chat_guests on; chat_limit off; }
--- chat
a hello /ws?name=Ann
a call {"op":"join","room":"r","presence":false} as j
b hello worker!=a /ws?name=Bob
repeat 30 c{i} hello worker==b /ws?name=C{i}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c1 send json {"op":"join","id":9000,"room":"r","presence":false}
b send json {"op":"join","id":8000,"room":"r","presence":false}
b send json {"op":"leave","room":"r"}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c2 send json {"op":"join","id":9001,"room":"r","presence":false}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c3 send json {"op":"join","id":9002,"room":"r","presence":false}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c4 send json {"op":"join","id":9003,"room":"r","presence":false}
b send json {"op":"join","id":8003,"room":"r","presence":false}
b send json {"op":"leave","room":"r"}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c5 send json {"op":"join","id":9004,"room":"r","presence":false}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c6 send json {"op":"join","id":9005,"room":"r","presence":false}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c7 send json {"op":"join","id":9006,"room":"r","presence":false}
b send json {"op":"join","id":8006,"room":"r","presence":false}
b send json {"op":"leave","room":"r"}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c8 send json {"op":"join","id":9007,"room":"r","presence":false}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c9 send json {"op":"join","id":9008,"room":"r","presence":false}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c10 send json {"op":"join","id":9009,"room":"r","presence":false}
b send json {"op":"join","id":8009,"room":"r","presence":false}
b send json {"op":"leave","room":"r"}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c11 send json {"op":"join","id":9000,"room":"r","presence":false}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c12 send json {"op":"join","id":9001,"room":"r","presence":false}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c13 send json {"op":"join","id":9002,"room":"r","presence":false}
b send json {"op":"join","id":8002,"room":"r","presence":false}
b send json {"op":"leave","room":"r"}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c14 send json {"op":"join","id":9003,"room":"r","presence":false}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c15 send json {"op":"join","id":9004,"room":"r","presence":false}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c16 send json {"op":"join","id":9005,"room":"r","presence":false}
b send json {"op":"join","id":8005,"room":"r","presence":false}
b send json {"op":"leave","room":"r"}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c17 send json {"op":"join","id":9006,"room":"r","presence":false}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c18 send json {"op":"join","id":9007,"room":"r","presence":false}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c19 send json {"op":"join","id":9008,"room":"r","presence":false}
b send json {"op":"join","id":8008,"room":"r","presence":false}
b send json {"op":"leave","room":"r"}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c20 send json {"op":"join","id":9009,"room":"r","presence":false}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c21 send json {"op":"join","id":9000,"room":"r","presence":false}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c22 send json {"op":"join","id":9001,"room":"r","presence":false}
b send json {"op":"join","id":8001,"room":"r","presence":false}
b send json {"op":"leave","room":"r"}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c23 send json {"op":"join","id":9002,"room":"r","presence":false}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c24 send json {"op":"join","id":9003,"room":"r","presence":false}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c25 send json {"op":"join","id":9004,"room":"r","presence":false}
b send json {"op":"join","id":8004,"room":"r","presence":false}
b send json {"op":"leave","room":"r"}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c26 send json {"op":"join","id":9005,"room":"r","presence":false}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c27 send json {"op":"join","id":9006,"room":"r","presence":false}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c28 send json {"op":"join","id":9007,"room":"r","presence":false}
b send json {"op":"join","id":8007,"room":"r","presence":false}
b send json {"op":"leave","room":"r"}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c29 send json {"op":"join","id":9008,"room":"r","presence":false}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c30 send json {"op":"join","id":9009,"room":"r","presence":false}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
a story r 1 620
repeat 30 c{i} story r * 620



=== TEST 7: the same where nobody need know who is there
--- config
    location /ws { chat; chat_guests on; chat_limit off; chat_presence off; }
--- chat
a hello /ws?name=Ann
a call {"op":"join","room":"r","presence":false} as j
b hello worker!=a /ws?name=Bob
repeat 30 c{i} hello worker==b /ws?name=C{i}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c1 send json {"op":"join","id":9000,"room":"r"}
b send json {"op":"join","id":8000,"room":"r"}
b send json {"op":"leave","room":"r"}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c2 send json {"op":"join","id":9001,"room":"r"}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c3 send json {"op":"join","id":9002,"room":"r"}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c4 send json {"op":"join","id":9003,"room":"r"}
b send json {"op":"join","id":8003,"room":"r"}
b send json {"op":"leave","room":"r"}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c5 send json {"op":"join","id":9004,"room":"r"}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c6 send json {"op":"join","id":9005,"room":"r"}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c7 send json {"op":"join","id":9006,"room":"r"}
b send json {"op":"join","id":8006,"room":"r"}
b send json {"op":"leave","room":"r"}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c8 send json {"op":"join","id":9007,"room":"r"}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c9 send json {"op":"join","id":9008,"room":"r"}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c10 send json {"op":"join","id":9009,"room":"r"}
b send json {"op":"join","id":8009,"room":"r"}
b send json {"op":"leave","room":"r"}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c11 send json {"op":"join","id":9000,"room":"r"}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c12 send json {"op":"join","id":9001,"room":"r"}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c13 send json {"op":"join","id":9002,"room":"r"}
b send json {"op":"join","id":8002,"room":"r"}
b send json {"op":"leave","room":"r"}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c14 send json {"op":"join","id":9003,"room":"r"}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c15 send json {"op":"join","id":9004,"room":"r"}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c16 send json {"op":"join","id":9005,"room":"r"}
b send json {"op":"join","id":8005,"room":"r"}
b send json {"op":"leave","room":"r"}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c17 send json {"op":"join","id":9006,"room":"r"}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c18 send json {"op":"join","id":9007,"room":"r"}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c19 send json {"op":"join","id":9008,"room":"r"}
b send json {"op":"join","id":8008,"room":"r"}
b send json {"op":"leave","room":"r"}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c20 send json {"op":"join","id":9009,"room":"r"}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c21 send json {"op":"join","id":9000,"room":"r"}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c22 send json {"op":"join","id":9001,"room":"r"}
b send json {"op":"join","id":8001,"room":"r"}
b send json {"op":"leave","room":"r"}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c23 send json {"op":"join","id":9002,"room":"r"}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c24 send json {"op":"join","id":9003,"room":"r"}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c25 send json {"op":"join","id":9004,"room":"r"}
b send json {"op":"join","id":8004,"room":"r"}
b send json {"op":"leave","room":"r"}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c26 send json {"op":"join","id":9005,"room":"r"}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c27 send json {"op":"join","id":9006,"room":"r"}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c28 send json {"op":"join","id":9007,"room":"r"}
b send json {"op":"join","id":8007,"room":"r"}
b send json {"op":"leave","room":"r"}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c29 send json {"op":"join","id":9008,"room":"r"}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
c30 send json {"op":"join","id":9009,"room":"r"}
a repeat 20 send json {"op":"send","room":"r","text":"{i}"}
a story r 1 620
repeat 30 c{i} story r * 620



=== TEST 8: leaving and coming back while others speak, again and again
--- config
    location /ws { chat; chat_guests on; chat_limit off; chat_history_page 1000; }
--- chat
a hello /ws?name=Ann
a call {"op":"join","room":"r","presence":false} as j
b hello worker!=a /ws?name=Bob
c hello worker==b /ws?name=Cid
c call {"op":"join","room":"r","presence":false}
a repeat 15 send json {"op":"send","room":"r","text":"{i}"}
b call {"op":"join","room":"r","presence":false,"limit":1000,"after":0,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true}} as k
a repeat 15 send json {"op":"send","room":"r","text":"{i}"}
b call {"op":"leave","room":"r"}
a repeat 15 send json {"op":"send","room":"r","text":"{i}"}
b call {"op":"join","room":"r","presence":false,"limit":1000,"after":0,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true}} as k
a repeat 15 send json {"op":"send","room":"r","text":"{i}"}
b call {"op":"leave","room":"r"}
a repeat 15 send json {"op":"send","room":"r","text":"{i}"}
b call {"op":"join","room":"r","presence":false,"limit":1000,"after":0,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true}} as k
a repeat 15 send json {"op":"send","room":"r","text":"{i}"}
b call {"op":"leave","room":"r"}
a repeat 15 send json {"op":"send","room":"r","text":"{i}"}
b call {"op":"join","room":"r","presence":false,"limit":1000,"after":0,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true}} as k
a repeat 15 send json {"op":"send","room":"r","text":"{i}"}
b call {"op":"leave","room":"r"}
a repeat 15 send json {"op":"send","room":"r","text":"{i}"}
b call {"op":"join","room":"r","presence":false,"limit":1000,"after":0,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true}} as k
a repeat 15 send json {"op":"send","room":"r","text":"{i}"}
b call {"op":"leave","room":"r"}
a repeat 15 send json {"op":"send","room":"r","text":"{i}"}
b call {"op":"join","room":"r","presence":false,"limit":1000,"after":0,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true}} as k
a repeat 15 send json {"op":"send","room":"r","text":"{i}"}
b call {"op":"leave","room":"r"}
a repeat 15 send json {"op":"send","room":"r","text":"{i}"}
b call {"op":"join","room":"r","presence":false,"limit":1000,"after":0,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true}} as k
a repeat 15 send json {"op":"send","room":"r","text":"{i}"}
b call {"op":"leave","room":"r"}
a repeat 15 send json {"op":"send","room":"r","text":"{i}"}
b call {"op":"join","room":"r","presence":false,"limit":1000,"after":0,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true}} as k
a repeat 15 send json {"op":"send","room":"r","text":"{i}"}
b call {"op":"leave","room":"r"}
a repeat 15 send json {"op":"send","room":"r","text":"{i}"}
b call {"op":"join","room":"r","presence":false,"limit":1000,"after":0,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true}} as k
a repeat 15 send json {"op":"send","room":"r","text":"{i}"}
b call {"op":"leave","room":"r"}
a repeat 15 send json {"op":"send","room":"r","text":"{i}"}
b call {"op":"join","room":"r","presence":false,"limit":1000,"after":0,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true}} as k
a repeat 15 send json {"op":"send","room":"r","text":"{i}"}
b call {"op":"leave","room":"r"}
a repeat 15 send json {"op":"send","room":"r","text":"{i}"}
b call {"op":"join","room":"r","presence":false,"limit":1000,"after":0,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true}} as k
a repeat 15 send json {"op":"send","room":"r","text":"{i}"}
b call {"op":"leave","room":"r"}
a repeat 15 send json {"op":"send","room":"r","text":"{i}"}
b call {"op":"join","room":"r","presence":false,"limit":1000,"after":0,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true}} as k
a repeat 15 send json {"op":"send","room":"r","text":"{i}"}
b call {"op":"leave","room":"r"}
a repeat 15 send json {"op":"send","room":"r","text":"{i}"}
b call {"op":"join","room":"r","presence":false,"limit":1000,"after":0,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true}} as k
a repeat 15 send json {"op":"send","room":"r","text":"{i}"}
b call {"op":"leave","room":"r"}
a repeat 15 send json {"op":"send","room":"r","text":"{i}"}
b call {"op":"join","room":"r","presence":false,"limit":1000,"after":0,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true}} as k
a repeat 15 send json {"op":"send","room":"r","text":"{i}"}
b call {"op":"leave","room":"r"}
a repeat 15 send json {"op":"send","room":"r","text":"{i}"}
b call {"op":"join","room":"r","presence":false,"limit":1000,"after":0,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true}} as k
a repeat 15 send json {"op":"send","room":"r","text":"{i}"}
b call {"op":"leave","room":"r"}
a repeat 15 send json {"op":"send","room":"r","text":"{i}"}
b call {"op":"join","room":"r","presence":false,"limit":1000,"after":0,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true}} as k
a repeat 15 send json {"op":"send","room":"r","text":"{i}"}
b call {"op":"leave","room":"r"}
a repeat 15 send json {"op":"send","room":"r","text":"{i}"}
b call {"op":"join","room":"r","presence":false,"limit":1000,"after":0,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true}} as k
a repeat 15 send json {"op":"send","room":"r","text":"{i}"}
b call {"op":"leave","room":"r"}
a repeat 15 send json {"op":"send","room":"r","text":"{i}"}
b call {"op":"join","room":"r","presence":false,"limit":1000,"after":0,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true}} as k
a repeat 15 send json {"op":"send","room":"r","text":"{i}"}
b call {"op":"leave","room":"r"}
a repeat 15 send json {"op":"send","room":"r","text":"{i}"}
b call {"op":"join","room":"r","presence":false,"limit":1000,"after":0,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true}} as k
a repeat 15 send json {"op":"send","room":"r","text":"{i}"}
b call {"op":"leave","room":"r"}
a repeat 15 send json {"op":"send","room":"r","text":"{i}"}
b call {"op":"join","room":"r","presence":false,"limit":1000,"after":0,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true}} as k
a repeat 15 send json {"op":"send","room":"r","text":"{i}"}
b call {"op":"leave","room":"r"}
a story r 1 600
c story r 1 600
# all that was heard before it left is in the next answer, without a hole
b connect worker!=a /ws?name=Bob
b send json {"op":"join","id":901,"room":"r","after":0,"limit":1000,"epoch":"{j.ok.epoch}"}
b story r 1 600



=== TEST 9: P2 over a reload, both ways
--- chat
a hello /ws?name=Ann
b hello worker!=a /ws?name=Bob
a call {"op":"join","room":"r"} as j
b call {"op":"join","room":"r"}
a call {"op":"send","room":"r","text":"m1"}
b story r 1 1
reload
# one on the old worker speaks on, one is new
b drop
a send json {"op":"send","id":901,"room":"r","text":"m2"}
a find json {"id":901,"ok":{"seq":2}}
b hello /ws?room=r&after=1&epoch={j.ok.epoch}
b story r 2 2
a story r 1 2
within 9 a until close 4200
a hello /ws?room=r&after=2&epoch={j.ok.epoch}
a until json {"ev":"joined","recovered":true,"messages":[]}
b call {"op":"send","room":"r","text":"m3"} => {"ok":{"seq":3}}
a story r 3 3
b story r 3 3



=== TEST 10: P2 after a worker was killed
--- chat
a hello /ws?name=Ann
b hello worker!=a /ws?name=Bob
a call {"op":"join","room":"r"} as j
b call {"op":"join","room":"r"}
a call {"op":"send","room":"r","cid":"c1","text":"m1"}
b story r 1 1
kill worker-of b
b drop
a call {"op":"send","room":"r","cid":"c2","text":"m2"}
b hello worker!=a /ws?name=Bob
b call {"op":"join","room":"r","after":1,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true,"messages":[{"seq":2}],"epoch":"{j.ok.epoch}"}}
b call {"op":"send","room":"r","text":"m3"} => {"ok":{"seq":3}}
a story r 1 3
b story r 3 3



=== TEST 11: P5 the answer died with its worker: the cid brings it
--- config
    location /ws { chat; chat_user $arg_user; }
--- chat
a hello /ws?user=ann
b hello worker!=a /ws?user=bob
a call {"op":"join","room":"r"} as j
b call {"op":"join","room":"r"}
repeat 20 b send json {"op":"send","room":"r","cid":"c{i}","text":"m{i}"}
kill worker-of b
b drop
b hello worker!=a /ws?user=bob
b call {"op":"join","room":"r","after":0,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true}}
repeat 20 b call {"op":"send","room":"r","cid":"c{i}","text":"m{i}"} => {"ok":{"seq":*,"epoch":"{j.ok.epoch}"}}
a story r 1 20
b call {"op":"history","room":"r"} => {"ok":{"top":20,"more":false}}



=== TEST 12: J30 joining and leaving a thousand times
--- config
    # the answers come while the test still asks, and reads nothing
    chat_buffer_size 0;
    location /ws { chat; chat_guests on; chat_limit off; }
--- chat
a hello /ws?name=Ann
b hello worker!=a /ws?name=Bob
a call {"op":"join","room":"r","presence":false} as j
b repeat 500 send text {"op":"join","room":"r","after":0,"epoch":"{j.ok.epoch}"}
a repeat 100 send json {"op":"send","room":"r","text":"{i}"}
b repeat 500 send text {"op":"leave","room":"r"}
a repeat 100 send json {"op":"send","room":"r","text":"{i}"}
repeat 300 b send text {"op":"join","room":"r"}
repeat 300 b send text {"op":"leave","room":"r"}
a story r 1 200
within 20 b call {"op":"join","room":"r","limit":3} => {"ok":{"messages":[{"seq":198},{"seq":199},{"seq":200}]}}
a call {"op":"send","room":"r","text":"201"} => {"ok":{"seq":201}}
b until json {"ev":"message","seq":201}



=== TEST 13: two come back at once, and a third while they do
--- chat
a hello /ws?name=Ann
a call {"op":"join","room":"r"} as j
b hello worker!=a /ws?name=Bob
c hello worker==b /ws?name=Cid
d hello worker==b /ws?name=Dan
a repeat 40 call {"op":"send","room":"r","text":"m{i}"}
freeze worker-of b
b send json {"op":"join","id":901,"room":"r","after":10,"epoch":"{j.ok.epoch}"}
c send json {"op":"join","id":901,"room":"r","after":30,"epoch":"{j.ok.epoch}"}
a call {"op":"send","room":"r","text":"m41"} => {"ok":{"seq":41}}
d send json {"op":"join","id":901,"room":"r","limit":3}
thaw
a call {"op":"send","room":"r","text":"m42"} => {"ok":{"seq":42}}
b story r 11 42
c story r 31 42
d story r * 42
a call {"op":"who","room":"r"} => {"ok":{"count":4}}



=== TEST 14: J30 who goes in the midst of it leaves nothing behind
--- chat
a hello /ws?name=Ann
a call {"op":"join","room":"r","presence":false} as j
a repeat 5 call {"op":"send","room":"r","text":"m{i}"}
b hello worker!=a /ws?name=Bob
repeat 12 c{i} hello worker==b /ws?name=C{i}
freeze worker-of b
repeat 12 c{i} send json {"op":"join","id":901,"room":"r","after":1,"epoch":"{j.ok.epoch}"}
b send json {"op":"join","id":901,"room":"r"}
repeat 4 c{i} shut
thaw
b find json {"id":901,"ok":{"messages":["...",{"seq":1},{"seq":5}]}}
repeat 4 c{i} drop
a call {"op":"send","room":"r","text":"m6"} => {"ok":{"seq":6}}
b story r 6 6
c12 story r 2 6
# all of a room's members of a worker
freeze worker-of b
b send json {"op":"leave","id":903,"room":"r"}
b send json {"op":"join","id":904,"room":"r","after":6,"epoch":"{j.ok.epoch}"}
b send json {"op":"leave","id":905,"room":"r"}
repeat 12 c{i} drop
a call {"op":"send","room":"r","text":"m7"} => {"ok":{"seq":7}}
thaw
b find json {"id":905,"ok":{}}
b call {"op":"join","room":"r","after":6,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true,"messages":[{"seq":7}],"count":2}}
a call {"op":"send","room":"r","text":"m8"} => {"ok":{"seq":8}}
b until json {"ev":"message","seq":8,"prev":7}
a story r 1 8



=== TEST 15: who asks for much at once is no slow reader, but waits
--- config
    location /ws { chat; chat_guests on; }
--- chat
a hello /ws?name=Ann
a call {"op":"join","room":"r"}
a repeat 30 send json {"op":"send","room":"r","text":"{rep 3900 x}"}
a story r 1 30
b hello worker!=a /ws?name=Bob
# all of it is there when it is read
freeze worker-of b
b repeat 30 send json {"op":"join","id":1{i},"room":"r"}
b repeat 30 send json {"op":"history","id":2{i},"room":"r"}
b send json {"op":"ping","id":901,"t":1}
thaw
repeat 30 within 20 b find json {"id":1{i},"ok":{"messages":["...",{"seq":1},{"seq":30}]}}
repeat 30 within 20 b find json {"id":2{i},"ok":{"messages":["...",{"seq":1},{"seq":30}]}}
b find json {"id":901,"ok":{"t":1}}
b call {"op":"send","room":"r","text":"and on"} => {"ok":{"seq":31}}
