# Commands and their answers: what is none, what misses, what is of another
# type, and the first word of the server.

use strict;
use warnings;

use lib 't/lib';
use ChatTest;

run_chat();

__DATA__

=== TEST 1: welcome
--- config
    chat_guests on;
    location /ws { chat; }
    location /other {
        chat;
        chat_max_rooms 3;
        chat_max_text 12;
        chat_message_size 1m;
        chat_buffer_size 4m;
        chat_ping_interval 1500ms;
        chat_presence off;
    }
    location /lifted {
        chat;
        chat_max_rooms 0;
        chat_buffer_size 0;
        chat_message_size 0;
        chat_max_text 0;
        chat_ping_interval 0;
    }
--- chat
a connect /ws?name=Ann
a expect json {"ev":"welcome","v":1,"session":"~^\\w{16}$","user":{"id":"~^guest-","name":"Ann","roles":[],"guest":true},"time":"~^\\d{13}$","heartbeat":25,"limits":{"message":16384,"text":4000,"rooms":100,"history":100},"features":["history","edit","typing","presence"],"node":"~^[0-9a-f]{8}$"} as aw
b hello worker!=a /ws
c hello worker==a /ws
c silent 0.1
a connect worker==c /ws
a expect json {"ev":"welcome","node":"{cw.node}"} as aw
b connect worker==b /ws
b expect json {"ev":"welcome","node":"{bw.node}"}
a connect /other
a expect json {"ev":"welcome","heartbeat":2,"limits":{"message":1048576,"text":12,"rooms":3,"history":100},"features":["history","edit","typing"]}
a connect /lifted
a expect json {"ev":"welcome","heartbeat":0,"limits":{"message":0,"text":0,"rooms":0}}



=== TEST 2: without an id: events instead of answers, and no "ok"
--- chat
a hello /ws?name=Ann
a send json {"op":"join","room":"lobby"}
a expect json {"ev":"joined","room":"lobby","reason":"asked","epoch":*,"top":0,"count":1,"users":[*],"id":"!"}
a expect json {"ev":"presence","count":1}
a send json {"op":"send","room":"lobby","text":"hi"}
a expect json {"ev":"message","text":"hi"}
a send json {"op":"typing","room":"lobby"}
a send json {"op":"who","room":"lobby"}
a send json {"op":"ping","t":1}
a silent 0.2
a send json {"op":"send","room":"nowhere","text":"hi"}
a expect json {"ev":"error","error":{"code":"not_member"},"id":"!"}
a send json {"op":"leave","room":"lobby"}
a expect json {"ev":"left","room":"lobby","reason":"asked","id":"!"}
a send json {"op":"leave","room":"lobby"}
a expect json {"ev":"left","room":"lobby"}
a silent 0.1



=== TEST 3: J1 J2 J3 J4 no JSON, no object, too deep, a key twice
--- chat eval
CORE::join "\n", "b hello /ws", 'b call {"op":"join","room":"r"}',
           "a hello worker!=b /ws",
    (map { (
        "a send text $_",
        'a expect json {"ev":"error","id":"!","error":{"code":"bad_request",'
            . '"status":400,"message":*,"temporary":"!"}}',
    ) } "", "x", "{", "}", '{"op":"ping",}', "{'op':'ping'}",
        '{"op":NaN}', '{"op":Infinity}', '{"op":"ping"}//', '/**/{"op":"ping"}',
        '{"op":"ping"}{"op":"ping"}', '{"op":"ping"} x', '{"op" "ping"}',
        '{op:"ping"}', '{"op":"pi', '{"op":"ping","t":01}',
        '{"op":"ping","t":+1}', '{"op":"ping","t":1.}', '{"op":"ping","t":.1}',
        '{"op":"pi{hex 09}ng"}', '{"op":"\x"}', '{"op":"\u12"}',
        '{"op":"ping","a":"\ud800"}', '{"op":"ping","a":"\udc00\ud800"}',
        '{hex efbbbf}{"op":"ping"}', '{"op":"ping"}{hex 00}',
        '[]', '[{"op":"ping"}]', '"ping"', "1", "null", "true",
        '{"op":"ping","a":[[[[[[]]]]]]}', "{rep 10000 [}",
        '{rep 2000 {"a":[}', '{"op":"ping","op":"ping"}',
        '{"op":"ping","\u006fp":"ping"}', '{"op":"ping","x":1,"x":2}',
        '{"op":"ping","x":{"a":1,"a":2}}',
        '{' . CORE::join(",", map { "\"k$_\":1" } 1 .. 33) . '}'),
    'a send text {"op":"ping","id":7,"a":[[[[[]]]]]}',
    'a expect json {"id":7,"ok":{"time":*}}',
    # an id that could be read is answered
    'a send text {"op":1,"id":9}',
    'a expect json {"id":9,"error":{"code":"bad_request"}}',
    'b call {"op":"send","room":"r","text":"still here"}'



=== TEST 4: J7 J8 J27 fields that miss, or are of another type; an unknown op
--- chat eval
CORE::join "\n", "a hello /ws", 'a call {"op":"join","room":"r"}',
    (map { my ($command, $word) = @$_; (
        "a call $command => {\"error\":{\"code\":\"bad_request\","
            . "\"status\":400,\"message\":\"~\\\\W$word\\\\W\"}}",
    ) } ['{"x":1}', "op"], ['{"op":1}', "op"], ['{"op":null}', "op"],
        ['{"op":["send"]}', "op"],
        ['{"op":"join"}', "room"], ['{"op":"leave"}', "room"],
        ['{"op":"who"}', "room"], ['{"op":"typing"}', "room"],
        ['{"op":"send","text":"x"}', "room"],
        ['{"op":"join","room":1}', "room"],
        ['{"op":"join","room":null}', "room"],
        ['{"op":"join","room":{"a":1}}', "room"],
        ['{"op":"send","room":"r"}', "text"],
        ['{"op":"send","room":"r","text":null}', "text"],
        ['{"op":"send","room":"r","text":5}', "text"],
        ['{"op":"send","room":"r","text":{"a":"b"}}', "text"],
        ['{"op":"send","room":"r","text":["a"]}', "text"],
        ['{"op":"send","room":"r","text":"x","cid":5}', "cid"],
        ['{"op":"send","room":"r","text":"x","cid":""}', "cid"],
        ['{"op":"send","room":"r","text":"x","cid":"a b"}', "cid"],
        ['{"op":"send","room":"r","text":"x","cid":"a.b"}', "cid"],
        ['{"op":"send","room":"r","text":"x","cid":"{hex c3a9}"}', "cid"],
        ['{"op":"send","room":"r","text":"x","cid":"a\u0000"}', "cid"],
        ['{"op":"send","room":"r","text":"x","cid":"{rep 65 c}"}', "cid"],
        ['{"op":"send","room":"r","text":"x","re":0}', "re"],
        ['{"op":"send","room":"r","text":"x","re":"1"}', "re"],
        ['{"op":"send","room":"r","text":"x","meta":[]}', "meta"],
        ['{"op":"send","room":"r","text":"x","meta":"a"}', "meta"],
        ['{"op":"join","room":"r","presence":1}', "presence"],
        ['{"op":"join","room":"r","epoch":""}', "epoch"],
        ['{"op":"join","room":"r","epoch":"a b"}', "epoch"],
        ['{"op":"join","room":"r","epoch":7}', "epoch"],
        ['{"op":"typing","room":"r","on":"yes"}', "on"],
        ['{"op":"who","room":"r","after":5}', "after"],
        ['{"op":"who","room":"r","limit":-1}', "limit"]),
    'a call {"op":"send","room":"r","text":"x","cid":"{rep 64 c}"}',
    (map { "a call {\"op\":\"$_\",\"room\":\"r\"} => {\"error\":"
           . '{"code":"unknown_op","status":400,"temporary":"!"}}' }
        "dance", "", "Join", "join ", 'join\u0000', "histor"),
    'a send json {"op":"dance"}',
    'a until json {"ev":"error","error":{"code":"unknown_op"}}'



=== TEST 5: J10 J20 numbers
--- chat eval
CORE::join "\n", "a hello /ws", 'a call {"op":"join","room":"r"}',
    'a until json {"ev":"presence"}',
    (map { (
        "a send text {\"op\":\"ping\",\"id\":$_}",
        'a expect json {"ev":"error","id":"!","error":{"code":"bad_request",'
            . '"message":"~\\\\Wid\\\\W"}}',
        "a call {\"op\":\"ping\",\"t\":$_} => {\"error\":"
            . '{"code":"bad_request"}}',
        "a call {\"op\":\"join\",\"room\":\"r\",\"after\":$_} => {\"error\":"
            . '{"code":"bad_request"}}',
        "a call {\"op\":\"who\",\"room\":\"r\",\"limit\":$_} => {\"error\":"
            . '{"code":"bad_request"}}',
    ) } "-1", "1.5", "1e3", "1e309", "9007199254740993",
        "18446744073709551617", '"5"', "null", "true", "[1]",
        "-0", "1.0"),
    'a send text {"op":"ping","t":1{rep 400 0}}',
    'a expect json {"ev":"error","error":{"code":"bad_request"}}',
    'a send text {"op":"ping","id":0}',
    'a expect json {"ev":"error","error":{"code":"bad_request"}}',
    'a send text {"op":"ping","id":9007199254740992,"t":9007199254740992}',
    'a expect text~ ^\{"id":9007199254740992,"ok":\{"t":9007199254740992,',
    'a call {"op":"ping","t":0} => {"ok":{"t":0,"time":"~^[0-9]+$"}}',
    'a call {"op":"ping"} => {"ok":{"t":"!","time":*}}',
    'a call {"op":"who","room":"r","limit":0} => '
        . '{"ok":{"users":[],"count":1}}',
    'a call {"op":"who","room":"r","limit":1000000000} => '
        . '{"ok":{"users":[*],"count":1,"more":false}}'



=== TEST 6: J16 J28 nobody else is there, what is replied to is not there
--- chat
a hello /ws?name=Ann
a call {"op":"join","room":"r"}
a call {"op":"send","room":"r","text":"one"} => {"ok":{"seq":1}}
a until json {"ev":"message","seq":1,"text":"one","re":"!"}
a call {"op":"send","room":"r","text":"two","re":2147483648} => {"ok":{"seq":2}}
a until json {"ev":"message","seq":2,"re":2147483648}
a call {"op":"send","room":"r","text":"three","re":9007199254740992} => {"ok":{"seq":3}}
a until json {"ev":"message","seq":3,"re":9007199254740992}
a call {"op":"send","room":"r","text":"x","re":9007199254740993} => {"error":{"code":"bad_request"}}
a call {"op":"send","room":"r","text":"x","re":-2147483648} => {"error":{"code":"bad_request"}}
b hello worker!=a /ws
b call {"op":"join","room":"r"} => {"ok":{"top":3,"messages":[{"seq":1},{"seq":2,"re":2147483648},{"seq":3,"re":9007199254740992}]}}



=== TEST 7: J21 J25 what there is no command for, and no room
--- chat eval
CORE::join "\n", "a hello /ws", 'a call {"op":"join","room":"r"}',
    (map { "a call {\"op\":\"$_\",\"room\":\"r\",\"seq\":1,\"ref\":1} => "
           . '{"error":{"code":"unknown_op","status":400}}' }
        "ack", "flow", "credit", "pong", "message", "welcome", "subscribe",
        "dm"),
    (map { my $room = $_; map {
        "a call {\"op\":\"$_\",\"room\":\"$room\",\"text\":\"hi\"} => "
           . '{"error":{"code":"invalid_name","status":422}}' }
        "join", "send", "history", "who", "typing", "leave" }
        '@{aw.user.id}', '@nobody'),
    'a call {"op":"send","room":"r","text":"still here"}'



=== TEST 8: J29 whatever a pong or a ping brings
--- chat
a hello /ws?name=Ann
b hello worker!=a /ws
b call {"op":"join","room":"r"} as j
a send pong {"ev":"resync","room":"r","top":9}
a send pong {"op":"join","room":"r"}
a send pong {hex 00ff00ff}
a send ping {"op":"join","id":3,"room":"r"}
a expect pong {"op":"join","id":3,"room":"r"}
a call {"op":"send","room":"r","text":"x"} => {"error":{"code":"not_member"}}
a call {"op":"join","room":"r"} => {"ok":{"epoch":"{j.ok.epoch}","top":0}}
a send pong {j.ok.epoch}:9
b call {"op":"send","room":"r","text":"one"}
a until json {"ev":"message","seq":1,"prev":0}



=== TEST 9: N1 N11 names of a megabyte, and names that are markup
--- config
    location /ws { chat; chat_guests on; }
    location /large {
        chat;
        chat_guests on;
        chat_message_size 1m;
        chat_buffer_size 4m;
    }
--- chat
a hello /ws
a send text {"op":"join","room":"{rep 1048576 r}"}
a expect close 1009
a expect gone
b hello /large
b call {"op":"join","room":"{rep 1000000 r}"} => {"error":{"code":"invalid_name","message":"~^.{1,200}$"}}
b call {"op":"join","room":"<img src=x onerror=alert(1)>"} => {"error":{"code":"invalid_name","message":"~^[^<]*$"}}
c connect /ws?name=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E&room=r
c expect json {"ev":"welcome","user":{"name":"<img src=x onerror=alert(1)>"}}
