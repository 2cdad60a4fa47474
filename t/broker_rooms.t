# Commands, their answers, and the events in the rooms of two workers.

use strict;
use warnings;

use lib 't/lib';
use ChatTest;

run_chat();

__DATA__

=== TEST 1: join, send, leave, and what the others see
--- chat
a hello /ws?name=Ann
b hello worker!=a /ws?name=Bob
a call {"op":"join","room":"lobby"} => {"ok":{"room":"lobby","epoch":"~^\\w{1,16}$","top":0,"floor":1,"recovered":false,"more":false,"messages":[],"role":"none","can":["...","send"],"config":{},"count":1,"users":[{"id":"{aw.user.id}","name":"Ann"}]}} as j
b call {"op":"join","room":"lobby"} => {"ok":{"epoch":"{j.ok.epoch}","top":0,"count":2,"users":["...",{"id":"{aw.user.id}","name":"Ann"},{"id":"{bw.user.id}","name":"Bob"}]}}
a until json {"ev":"presence","room":"lobby","join":["...",{"id":"{bw.user.id}","name":"Bob"}],"leave":[],"count":2,"id":"!"}
a call {"op":"send","room":"lobby","cid":"c-1_Z","text":"hi","re":7,"meta":{"a": [1, "x"],"b":1.50}} => {"ok":{"seq":1,"time":"~^\\d{13}$","epoch":"{j.ok.epoch}","dup":"!"}}
b until json {"ev":"message","room":"lobby","seq":1,"prev":0,"time":*,"from":{"id":"{aw.user.id}","name":"Ann"},"cid":"c-1_Z","text":"hi","re":7,"meta":{"a":[1,"x"],"b":1.5},"id":"!"}
a find json {"ev":"message","seq":1,"cid":"c-1_Z"}
# a cid of the server's, no re, no meta
b call {"op":"send","room":"lobby","text":"ho"} => {"ok":{"seq":2}}
a until json {"ev":"message","seq":2,"prev":1,"cid":"~^[\\w-]{1,64}$","re":"!","meta":"!"}
b call {"op":"leave","room":"lobby"} => {"ok":{}}
a until json {"ev":"presence","leave":["{bw.user.id}"],"join":[],"count":1}
b call {"op":"send","room":"lobby","text":"x"} => {"error":{"code":"not_member","status":403,"message":*,"temporary":"!"}}
a call {"op":"send","room":"lobby","text":"alone"} => {"ok":{"seq":3}}
a find json {"ev":"message","seq":3,"prev":2}
b drop
b hello /ws?name=Bob
b call {"op":"join","room":"lobby"} => {"ok":{"epoch":"{j.ok.epoch}","top":3,"floor":1,"recovered":false,"messages":[{"seq":1},{"seq":2},{"seq":3}]}}



=== TEST 2: joined by the query, and a room that all have
--- config
    chat_guests on;
    location /ws { chat; }
    location /fixed { chat; chat_room lobby; }
--- chat
a hello /ws?room=lobby&name=Ann
a expect json {"ev":"joined","room":"lobby","reason":"asked","epoch":*,"top":0,"users":[{"name":"Ann"}]}
b hello worker!=a /fixed?name=Bob
b expect json {"ev":"joined","room":"lobby","count":2}
b call {"op":"send","room":"lobby","text":"hi"} => {"ok":{"seq":1}}
a until json {"ev":"message","text":"hi","from":{"name":"Bob"}}
# a fixed room is the only one
b call {"op":"join","room":"other"} => {"error":{"code":"forbidden","status":403}}
b call {"op":"send","room":"other","text":"x"} => {"error":{"code":"~forbidden|not_member"}}
a call {"op":"join","room":"other"} => {"ok":{"room":"other"}}
b call {"op":"join","room":"lobby"} => {"ok":{"room":"lobby"}}
b call {"op":"leave","room":"lobby"}
b call {"op":"join","room":"lobby"} => {"ok":{"room":"lobby"}}
a call {"op":"send","room":"lobby","text":"ho"} => {"ok":{"seq":2}}
b until json {"ev":"message","room":"lobby","text":"ho"}



=== TEST 3: P4 two senders on two workers, four listeners: one order
--- chat
a hello /ws
b hello worker!=a /ws
c hello worker==a /ws
d hello worker==b /ws
a call {"op":"join","room":"r"} as j
b call {"op":"join","room":"r"}
c call {"op":"join","room":"r"}
d call {"op":"join","room":"r"}
repeat 60 a send json {"op":"send","id":{i},"room":"r","text":"a{i}"}
repeat 60 b send json {"op":"send","id":{i},"room":"r","text":"b{i}"}
# each sees each number once, and in its order
repeat 120 a find json {"ev":"message","seq":{i},"prev":*} as m{i}
repeat 120 b until json {"ev":"message","seq":{i},"prev":{m{i}.prev},"text":"{m{i}.text}","time":{m{i}.time}}
# a sender's own order is kept, for its answers too
repeat 60 c until json {"ev":"message","text":"a{i}"}
repeat 60 d until json {"ev":"message","text":"b{i}"}
repeat 60 a until json {"id":{i},"ok":{"epoch":"{j.ok.epoch}"}}
a call {"op":"send","room":"r","text":"last"} => {"ok":{"seq":121,"epoch":"{j.ok.epoch}"}}
b until json {"ev":"message","seq":121,"prev":120}



=== TEST 4: answers come in the order of the commands
--- chat
a hello /ws
b hello worker!=a /ws
b call {"op":"join","room":"r"}
a send json {"op":"join","id":1,"room":"r"}
a send json {"op":"send","id":2,"room":"r","text":"one"}
a send json {"op":"who","id":3,"room":"r"}
a send json {"op":"send","id":4,"room":"r","text":"two"}
a send json {"op":"leave","id":5,"room":"r"}
a send json {"op":"send","id":6,"room":"r","text":"three"}
a send json {"op":"join","id":7,"room":"r"}
a send json {"op":"ping","id":8}
# who has left before the answer to the join came is no member: ok or not
a until json {"id":1}
a until json {"id":2,"ok":{"seq":1}}
a until json {"id":3,"ok":{"count":2}}
a until json {"id":4,"ok":{"seq":2}}
a until json {"id":5,"ok":{}}
a until json {"id":6,"error":{"code":"not_member"}}
a until json {"id":7,"ok":{"room":"r","top":2}}
b until json {"ev":"message","text":"one"}
b until json {"ev":"message","text":"two"}
a call {"op":"send","room":"r","text":"four"}
b until json {"ev":"message","text":"four"}
# the same in one segment
c hello worker==a /ws
c write {hex 81a900000000}{"op":"join","id":1,"room":"another-one"}{hex 819f00000000}{"op":"ping","id":2,"t":123456}
c find json {"id":1,"ok":{"room":"another-one"}}
c find json {"id":2,"ok":{"t":123456}}



=== TEST 5: J6 J9 J18 fields that are not the client's
--- chat
a hello /ws?name=Ann
b hello worker!=a /ws
a call {"op":"join","room":"r"} as j
b call {"op":"join","room":"r"}
a call {"op":"send","room":"r","text":"hi","from":{"id":"root","name":"root"},"seq":99,"prev":98,"time":1,"epoch":"x","ev":"presence","admin":true,"role":"owner","foo":{"a":1}} => {"ok":{"seq":1,"epoch":"{j.ok.epoch}","foo":"!"}}
b until json {"ev":"message","seq":1,"prev":0,"from":{"id":"{aw.user.id}","name":"Ann","role":"!"},"time":"~^\\d{13}$","admin":"!","foo":"!","role":"!","epoch":"!"}
b call {"op":"history","room":"r"} => {"ok":{"messages":[{"seq":1,"prev":0,"from":{"id":"{aw.user.id}","name":"Ann"},"admin":"!","foo":"!"}],"top":1}}
a send text {"\u006fp":"ping","i\u0064":4,"__proto__":{"x":1},"constructor":1}
a until json {"id":4,"ok":*}



=== TEST 6: J11 join with a position: it is told what is missed
--- chat
a hello /ws
a call {"op":"join","room":"r"} as j
a repeat 3 call {"op":"send","room":"r","text":"x"}
b hello worker!=a /ws
b call {"op":"join","room":"r","after":1,"epoch":"{j.ok.epoch}"} => {"ok":{"epoch":"{j.ok.epoch}","top":3,"floor":1,"recovered":true,"more":false,"messages":[{"seq":2},{"seq":3}]}}
b call {"op":"join","room":"r","after":9007199254740992,"epoch":"other"} => {"ok":{"epoch":"{j.ok.epoch}","top":3,"recovered":false}}



=== TEST 7: J13 J14 not a member, twice a member, too many rooms
--- config
    chat_guests on;
    location /ws { chat; }
    location /two { chat; chat_max_rooms 2; }
    location /many { chat; chat_max_rooms 0; }
--- chat
a hello /ws
a call {"op":"send","room":"r","text":"x"} => {"error":{"code":"not_member","status":403}}
a call {"op":"who","room":"r"} => {"error":{"code":"not_member"}}
a call {"op":"typing","room":"r"} => {"error":{"code":"not_member"}}
a call {"op":"leave","room":"r"} => {"ok":{}}
a call {"op":"join","room":"r"} => {"ok":{"count":1}}
a call {"op":"join","room":"r"} => {"ok":{"count":1,"users":[{"id":"{aw.user.id}"}]}}
b hello worker!=a /ws
b call {"op":"join","room":"r"} => {"ok":{"count":2}}
b call {"op":"send","room":"r","text":"once"}
a find json {"ev":"presence","count":2}
a until json {"ev":"message","text":"once"}
a silent 0.2
a call {"op":"leave","room":"r"} => {"ok":{}}
b call {"op":"who","room":"r"} => {"ok":{"count":1}}
# 100 is the default
c hello /ws
repeat 100 c send json {"op":"join","id":{i},"room":"r{i}","presence":false}
repeat 100 c find json {"id":{i},"ok":*}
c call {"op":"join","room":"one-more"} => {"error":{"code":"too_many_rooms","status":409,"temporary":"!"}}
c call {"op":"join","room":"r7"}
c call {"op":"leave","room":"r7"}
c call {"op":"join","room":"one-more"}
c call {"op":"send","room":"r100","text":"x"}
d hello /two?room=r1
d call {"op":"join","room":"r2"}
d call {"op":"join","room":"r3"} => {"error":{"code":"too_many_rooms"}}
e hello /many
repeat 120 e send json {"op":"join","id":{i},"room":"r{i}","presence":false}
repeat 120 e find json {"id":{i},"ok":*}



=== TEST 8: J17 the length of a text, counted after decoding
--- chat
a hello /ws
a call {"op":"join","room":"r"}
a call {"op":"send","room":"r","text":"{rep 4000 a}"}
a call {"op":"send","room":"r","text":"{rep 4001 a}"} => {"error":{"code":"too_large","status":413,"temporary":"!"}}
a call {"op":"send","room":"r","text":"{rep 4000 {hex f09f9880}}"}
a until json {"ev":"message","text":"~^(\\x{1f600}){4000}$"}
a call {"op":"send","room":"r","text":"{rep 4001 {hex c3a9}}"} => {"error":{"code":"too_large"}}
a call {"op":"send","room":"r","text":"{rep 2700 \u0041}"}
a until json {"ev":"message","text":"~^A{2700}$"}
a call {"op":"send","room":"r","text":"{rep 1300 \ud83d\ude00}"}
a until json {"ev":"message","text":"~^(\\x{1f600}){1300}$"}
a call {"op":"send","room":"r","text":""} => {"error":{"code":"bad_request"}}
a call {"op":"send","room":"r","text":"x","meta":{"a":"{rep 1016 x}"}}
a call {"op":"send","room":"r","text":"x","meta":{"a":"{rep 1017 x}"}} => {"error":{"code":"too_large"}}
# escapes come back as what they are
a call {"op":"send","room":"r","text":"\"\\\/\tz\n<b>\u2028"}
a until json {"ev":"message","text":"\"\\/\tz\n<b>\u2028"}



=== TEST 9: J20 who, page by page
--- config
    location /ws { chat; chat_user $arg_u; chat_user_name $arg_u; }
--- chat
a hello /ws?u=u01
a call {"op":"join","room":"r"}
repeat 25 c{i} hello /ws?u=x{i}
repeat 25 c{i} call {"op":"join","room":"r","presence":false}
a call {"op":"who","room":"r"} => {"ok":{"count":26,"more":false,"users":["...",{"id":"x25","name":"x25"},{"id":"u01"}]}}
a call {"op":"who","room":"r","limit":2} => {"ok":{"count":26,"more":true,"users":[{"id":"u01"},{"id":"x1"}]}}
a call {"op":"who","room":"r","limit":2,"after":"x1"} => {"ok":{"count":26,"more":true,"users":[{"id":"x10"},{"id":"x11"}]}}
a call {"op":"who","room":"r","limit":2,"after":"x8"} => {"ok":{"count":26,"more":false,"users":[{"id":"x9"}]}}
a call {"op":"who","room":"r","limit":1,"after":"x8"} => {"ok":{"more":false,"users":[{"id":"x9"}]}}
a call {"op":"who","room":"r","limit":26} => {"ok":{"count":26,"more":false,"users":["...",{"id":"x9"}]}}
a call {"op":"who","room":"r","limit":25} => {"ok":{"more":true}}
a call {"op":"who","room":"r","after":"zzz"} => {"ok":{"count":26,"more":false,"users":[]}}
a call {"op":"who","room":"r","limit":0} => {"ok":{"count":26,"users":[]}}



=== TEST 10: J24 typing: others see it, once a second, not the typist
--- chat
a hello /ws?name=Ann
b hello worker!=a /ws?name=Bob
c hello worker==a /ws
a call {"op":"join","room":"r","presence":false}
b call {"op":"join","room":"r","presence":false}
c call {"op":"join","room":"r","presence":false}
# by turns it is no more than the same again and again
a repeat 10 send json {"op":"typing","room":"r"}
a send json {"op":"typing","room":"r","on":false}
a send json {"op":"typing","room":"r"}
a send json {"op":"typing","room":"r","on":false}
a call {"op":"typing","room":"r"}
b expect json {"ev":"typing","room":"r","user":{"id":"{aw.user.id}","name":"Ann"},"on":true,"id":"!"}
c expect json {"ev":"typing","on":true}
b silent 0.2
c silent 0
a silent 0
# off, when it was never on, is no news
b call {"op":"typing","room":"r","on":false}
a silent 0.1
# a second later it is worth another word
sleep 0.8
a call {"op":"typing","room":"r","on":false}
a call {"op":"typing","room":"r","on":false}
b expect json {"ev":"typing","user":{"id":"{aw.user.id}"},"on":false}
c expect json {"ev":"typing","on":false}
sleep 1.1
a call {"op":"typing","room":"r"}
b expect json {"ev":"typing","on":true}
sleep 1.1
a call {"op":"typing","room":"r"}
b expect json {"ev":"typing","on":true}



=== TEST 11: N1-N5 N8 N12 the names of rooms
--- chat eval
CORE::join "\n", "a hello /ws",
    (map { (
        "a call {\"op\":\"join\",\"room\":\"$_\"} => "
            . '{"error":{"code":"invalid_name","status":422,"temporary":"!"}}',
    ) } "", "{rep 65 r}", "{rep 10000 r}", "a b", " a", "a ", '\u0000',
        'a\u0000b', '\n', '\u007f', '{hex c3a9}', "{hex ef bd 81}", '{hex 7b}a}',
        '}{hex 7b}', '{hex 7b}', "a:b", "a/b", "../x", ".", "..", "-x", "_x", "~x", "~r",
        "a*", "a?b", "a[b]", '\\\\', '\"', "<img>", "a,b", '@bob', '#r',
        '{hex 7b}x}:m', 'a\r\nFLUSHALL\r\n'),
    (map { sprintf 'a call {"op":"join","room":"a\u00%02x"} => '
                   . '{"error":{"code":"invalid_name"}}', $_ }
        1 .. 32, 127 .. 160),
    (map { "a call {\"op\":\"join\",\"room\":\"$_\"} => "
           . "{\"ok\":{\"room\":\"$_\"}}" }
        "a", "0", "{rep 64 r}", "a.b_c~d-e", "Room", "room", "ROOM", "meta",
        "m", "pi", "x__proto__", "constructor", "toString", "null", "a..b"),
    'b hello worker!=a /ws', 'b call {"op":"join","room":"room"}',
    'a call {"op":"send","room":"Room","text":"upper"}',
    'a call {"op":"send","room":"meta","text":"meta"} => {"ok":{"seq":1}}',
    'a call {"op":"send","room":"room","text":"lower"}',
    'b find json {"ev":"message","text":"lower","room":"room"}',
    'b find json {"ev":"presence"}', 'b silent 0.1'



=== TEST 12: a binary frame is no command; what is said to nobody is stored
--- chat
a hello /ws
b hello worker!=a /ws
b call {"op":"join","room":"r"}
a send binary 7b7d
a expect close 1003
a expect eof
b call {"op":"send","room":"r","text":"alone"} => {"ok":{"seq":1}}
b call {"op":"leave","room":"r"}
c hello worker!=b /ws
c call {"op":"join","room":"r"} => {"ok":{"top":1,"count":1}}
c call {"op":"send","room":"r","text":"next"} => {"ok":{"seq":2}}
c until json {"ev":"message","seq":2,"prev":1}



=== TEST 13: many rooms over two workers: each has its own numbers and members
--- config
    location /ws { chat; chat_guests on; chat_limit off; }
--- chat
a hello /ws?name=Ann
b hello worker!=a /ws?name=Bob
repeat 60 a call {"op":"join","room":"r{i}","presence":false} => {"ok":{"top":0,"count":1}}
repeat 60 b call {"op":"join","room":"r{i}","presence":false} => {"ok":{"top":0,"count":2}}
repeat 60 a send json {"op":"send","room":"r{i}","text":"one of r{i}"}
repeat 60 a send json {"op":"send","room":"r{i}","text":"two of r{i}"}
repeat 60 b find json {"ev":"message","room":"r{i}","seq":1,"prev":0,"text":"one of r{i}"}
repeat 60 b find json {"ev":"message","room":"r{i}","seq":2,"prev":1,"text":"two of r{i}"}
repeat 30 b call {"op":"leave","room":"r{i}"}
repeat 60 a call {"op":"send","room":"r{i}","text":"three"} => {"ok":{"seq":3}}
b expect json {"ev":"message","room":"r31","seq":3}
b find json {"ev":"message","room":"r60","seq":3}
b call {"op":"history","room":"r45"} => {"ok":{"messages":[{"text":"one of r45"},{"text":"two of r45"},{"text":"three","room":"r45"}]}}
b call {"op":"join","room":"r7"} => {"ok":{"messages":[{"text":"one of r7"},{"text":"two of r7"},{"text":"three"}]}}



=== TEST 14: who comes while the first one of the worker is let in
--- chat
a hello /ws?name=Ann
b hello worker!=a /ws?name=Bob
c hello worker==b /ws?name=Cid
d hello worker==b /ws?name=Dan
a call {"op":"join","room":"r","presence":false} as j
a repeat 3 call {"op":"send","room":"r","text":"m{i}"}
freeze worker-of b
b send json {"op":"join","id":901,"room":"r","presence":false}
b send json {"op":"send","id":902,"room":"r","text":"b"}
c send json {"op":"join","id":901,"room":"r","presence":false,"limit":1}
d send json {"op":"join","id":901,"room":"r","presence":false}
d send json {"op":"leave","id":902,"room":"r"}
thaw
b expect json {"id":901,"ok":{"epoch":"{j.ok.epoch}","top":3,"messages":[{"seq":1},{"seq":2},{"seq":3}]}}
b find json {"id":902,"ok":{"seq":4}}
c find json {"id":901,"ok":{"epoch":"{j.ok.epoch}"}} as c
d until json {"id":902,"ok":*}
a call {"op":"send","room":"r","text":"m5"} => {"ok":{"seq":5}}
a story r 1 5
b story r 4 5
c until json {"ev":"message","seq":5,"prev":4}
a call {"op":"who","room":"r"} => {"ok":{"count":3}}
# who left hears nothing, not even what was said before the answer
d silent 0.2



=== TEST 15: an answer knows nothing of the commands behind it
--- chat
a hello /ws
a call {"op":"join","room":"r"}
# all of them are there when the first is read
freeze worker-of a
a send json {"op":"who","id":901,"room":"r"}
a send json {"op":"history","id":902,"room":"r"}
a send json {"op":"send","id":903,"room":"r","text":"one"}
a send json {"op":"leave","id":904,"room":"r"}
a send json {"op":"join","id":905,"room":"r"}
thaw
a until json {"id":901,"ok":{"count":1}}
a until json {"id":902,"ok":{"top":0,"messages":[]}}
a until json {"id":903,"ok":{"seq":1}}
a until json {"id":904,"ok":{}}
a until json {"id":905,"ok":{"count":1,"top":1}}
