# Texts that are not UTF-8, and UTF-8 that is not a chat text.

use strict;
use warnings;

use lib 't/lib';
use ChatTest;

our $config = <<'_EOC_';
    location /ws  { chat; chat_guests on; }
    location /raw { chat; chat_guests on; chat_format raw; chat_room a; }
    location /b   { chat; chat_guests on; chat_format raw; chat_room b; }
_EOC_

run_chat();

__DATA__

=== TEST 1: U1 overlong forms
--- config eval: $::config
--- chat
b connect /b
a connect /raw
a send text {hex c080}
a expect close 1007 ~ UTF-8
a expect eof
a connect /raw
a send text abc{hex c0af}
a expect close 1007
a expect eof
a connect /raw
a send text {hex e08080}
a expect close 1007
a expect eof
a connect /raw
a send text {hex f0808080}
a expect close 1007
a expect eof
b send text still here
b expect text still here
errlog ~ \[info\] .*client sent text that is not UTF-8



=== TEST 2: U2 surrogates
--- config eval: $::config
--- chat
b connect /b
a connect /raw
a send text {hex eda080}
a expect close 1007
a expect eof
a connect /raw
a send text {hex edafbf}
a expect close 1007
a expect eof
a connect /raw
a send text {hex edb080}
a expect close 1007
a expect eof
a connect /raw
a send text {hex edbfbf}
a expect close 1007
a expect eof
a connect /raw
a send text {hex ed9fbf ee8080}
a expect text {hex ed9fbf ee8080}
b send text still here
b expect text still here



=== TEST 3: U3 above U+10FFFF, and bytes that never stand in UTF-8
--- config eval: $::config
--- chat
b connect /b
a connect /raw
a send text {hex f4908080}
a expect close 1007
a expect eof
a connect /raw
a send text {hex f5}
a expect close 1007
a expect eof
a connect /raw
a send text {hex fe}
a expect close 1007
a expect eof
a connect /raw
a send text {rep 100 a}{hex ff}
a expect close 1007
a expect eof
a connect /raw
a send text {hex f48fbfbf}
a expect text {hex f48fbfbf}
b send text still here
b expect text still here



=== TEST 4: U4 a lone continuation, a truncated code point
--- config eval: $::config
--- chat
b connect /b
a connect /raw
a send text {hex 80}
a expect close 1007
a expect eof
a connect /raw
a send text {hex e282}
a expect close 1007
a expect eof
a connect /raw
a frame fin=0 op=text {hex e2}
a frame op=cont {hex 82}
a expect close 1007
a expect eof
a connect /raw
a frame fin=0 op=text {hex e282}
a frame op=cont
a expect close 1007
a expect eof
b send text still here
b expect text still here



=== TEST 5: U5 a code point over fragments and segments
--- config eval: $::config
--- chat
a connect /raw
a frame fin=0 op=text {hex e2}
a send ping p
a expect pong p
a frame fin=0 op=cont {hex 82}
a frame op=cont {hex ac}
a expect text {hex e282ac}
a bytewise 0.001
a send text {hex f09f9880} {hex c3a9}!
a expect text {hex f09f9880} {hex c3a9}!
a frame fin=0 op=text {hex f09f}
a frame op=cont {hex 9880}
a expect text {hex f09f9880}



=== TEST 6: U6 a bad byte is refused at once, before the message ends
--- config eval: $::config
--- chat
b connect /b
a connect /raw
a frame fin=0 op=text abc{hex ff}def
a expect close 1007
a expect eof
# a frame of 5,000 bytes of which 10 come
a connect /raw
a frame op=text len=5000 form=16 abcdefgh{hex c1}x
a expect close 1007
a expect eof
a connect /raw
a frame fin=0 op=text {hex e2}
a frame fin=0 op=cont len=125 {hex 28}
a expect close 1007
a expect eof
b send text still here
b expect text still here



=== TEST 7: U6 binary messages may hold any bytes
--- config eval: $::config
--- chat
a connect /raw
a send binary c080 ff fe 80 00
a expect binary c080 ff fe 80 00
a frame fin=0 op=binary {hex ff}
a frame op=cont {hex fe}
a expect binary fffe



=== TEST 8: U1 U4 where JSON is spoken it is the same
--- config eval: $::config
--- chat
b hello /ws
a hello /ws
a send text {"op":"ping","id":1,"x":"{hex c080}"}
a expect close 1007
a expect eof
a hello /ws
a send text {"op":"ping","id":1,"x":"{hex e282}
a expect close 1007
a expect eof
b call {"op":"ping"}



=== TEST 9: U7 noncharacters are UTF-8, but no text
--- config eval: $::config
--- chat
set say = {"op":"send","room":"u","text":
set no = {"error":{"code":"invalid_text","status":422}}
a hello /ws
a call {"op":"join","room":"u"}
a call {say}"{hex efbfbe}"} => {no}
a call {say}"{hex efb790}"} => {no}
a call {say}"{hex f09fbfbf}"} => {no}
a call {say}"\ufffe"} => {no}
a call {say}"\ufdd0"} => {no}
a call {say}"\ud83f\udfff"} => {no}
a call {say}"\ufffd"}
# raw rooms judge UTF-8 only
b connect /raw
b send text {hex efbfbe}
b expect text {hex efbfbe}



=== TEST 10: U8 control characters
--- config eval: $::config
--- chat
set say = {"op":"send","room":"u","text":
set no = {"error":{"code":"invalid_text","status":422}}
a hello /ws
b hello /ws
a call {"op":"join","room":"u","presence":false}
b call {"op":"join","room":"u","presence":false}
a call {say}"a\u0000b"} => {no}
a call {say}"\u0001"} => {no}
a call {say}"\u001f"} => {no}
a call {say}"a\rb"} => {no}
a call {say}"\u007f"} => {no}
a call {say}"{hex 7f}"} => {no}
a call {say}"\u0085"} => {no}
a call {say}"{hex c29f}"} => {no}
a call {say}"tab\tand\nline"}
b until json {"ev":"message","text":"tab\tand\nline"}
# a control that is not escaped is not JSON
a send text {say}"a{hex 01}b"}
a until json {"error":{"code":"bad_request"}}
a call {"op":"ping"}



=== TEST 11: U9 a byte order mark first
--- config eval: $::config
--- chat
a hello /ws
a send text {hex efbbbf}{"op":"ping","id":1}
a expect json {"error":{"code":"bad_request"}}
a call {"op":"ping"}
# in raw rooms it is a character like any other
b connect /raw
b send text {hex efbbbf}x
b expect text {hex efbbbf}x



=== TEST 12: U10 towers of combining marks
--- config eval: $::config
--- chat
set say = {"op":"send","room":"u","text":
set no = {"error":{"code":"invalid_text","status":422}}
a hello /ws
a call {"op":"join","room":"u"}
a call {say}"z{rep 3999 {hex cc81}}"} => {no}
a call {say}"z{rep 9 \u0301}"} => {no}
a call {say}"z{rep 8 \u0301}z"}



=== TEST 13: U11 bidirectional controls in a name and in a text
--- config eval: $::config
--- chat
set say = {"op":"send","room":"u","text":
a refuse 400 /ws?name=%E2%80%AEnimda
a refuse 400 /ws?name=a%E2%81%A6b
b hello /ws?name=B
a hello /ws?name=A
b call {"op":"join","room":"u","presence":false}
a call {"op":"join","room":"u","presence":false}
a call {say}"x{hex e280ae}y"}
b until json {"ev":"message","text":"x{hex e280ae}y"}
a call {say}"\u2066y"}
b until json {"ev":"message","text":"{hex e281a6}y"}
a call {"op":"join","room":"u{hex e280ae}"} => {"error":{"code":"invalid_name"}}



=== TEST 14: U13 surrogates that are escaped and alone, or swapped
--- config eval: $::config
--- chat
set say = {"op":"send","room":"u","text":
# what is no JSON has no id that could be answered
set bad = {"ev":"error","error":{"code":"bad_request","status":400}}
a hello /ws
a call {"op":"join","room":"u"}
a send text {say}"\ud800"}
a until json {bad}
a send text {say}"\udc00\ud800"}
a until json {bad}
a send text {say}"\ud83d"}
a until json {bad}
a send text {say}"\ud83dx"}
a until json {bad}
a call {say}"\ud83d\ude00"}



=== TEST 15: U14 long sequences are limited by their code points
--- config eval: $::config
--- chat
set say = {"op":"send","room":"u","text":
set large = {"error":{"code":"too_large","status":413}}
a hello /ws
a call {"op":"join","room":"u"}
a call {say}"{rep 2000 {hex f09f9880e2808d}}"}
a call {say}"{rep 2001 {hex f09f9880e2808d}}"} => {large}



=== TEST 16: N9 a name in NFD is shown in NFC, whoever gives it
--- config
    location /ws { chat; chat_guests on; }
    location /site {
        chat;
        chat_user $http_x_user;
        chat_user_name $http_x_name;
    }
--- chat
a connect /ws?name=Zoe%CC%88
a expect json {"ev":"welcome","user":{"name":"Zo\u00eb"}}
a connect /ws?name=Zo%C3%AB
a expect json {"ev":"welcome","user":{"name":"Zo\u00eb"}}
a connect /ws?name={rep 32 e%CC%82%CC%81}
a expect json {"ev":"welcome","user":{"name":"{rep 32 \u1ebf}"}}
a refuse 400 /ws?name={rep 33 e%CC%82%CC%81}
a connect /site | X-User: zoe{hex cc88} | X-Name: Zoe{hex cc88}
a expect json {"ev":"welcome","user":{"id":"zoe\u0308","name":"Zo\u00eb"}}
# others see the same
b hello /ws?room=n&name=B
a connect /ws?room=n&name=Zoe%CC%88
a call {"op":"send","room":"n","text":"hi"}
b until json {"ev":"message","from":{"name":"Zo\u00eb"}}



=== TEST 17: U14 joiners and selectors in names stand where they are of use
--- config eval: $::config
--- chat
# emoji, Persian, Malayalam, a key, an ideograph
a connect /ws?name=%F0%9F%91%A9%E2%80%8D%F0%9F%9A%80
a connect /ws?name=%D9%85%DB%8C%E2%80%8C%D8%AE
a connect /ws?name=%E0%B4%A8%E0%B5%8D%E2%80%8D
a connect /ws?name=1%EF%B8%8F%E2%83%A3
a connect /ws?name=%E8%91%9B%F3%A0%84%80
a refuse 400 /ws?name=ad%E2%80%8Dmin ~ "code":"invalid_name"
a refuse 400 /ws?name=ad%E2%80%8Cmin
a refuse 400 /ws?name=admin%EF%B8%8F
a refuse 400 /ws?name=a%F3%A0%84%80
a refuse 400 /ws?name=%F0%9F%91%A9%E2%80%8D
a refuse 400 /ws?name=%E2%A0%80
