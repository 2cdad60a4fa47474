# What is written to Redis, and what is not.
# not run on partial: it is about keys, not about bytes

use strict;
use warnings;

use lib 't/lib';
use ChatTest;

run_chat();

__DATA__

=== TEST 1: a room of which nothing is kept is joined without being read
--- config
    location /ws  { chat; chat_guests on; chat_presence off; }
--- chat
a hello /ws?name=Ann
a call {"op":"join","room":"r"} => {"ok":{"top":0,"floor":1,"messages":[],"more":false}}
b hello worker==a /ws?name=Bob
redis cli CONFIG RESETSTAT
b call {"op":"join","room":"r"} => {"ok":{"top":0,"floor":1,"messages":[],"more":false,"recovered":false}}
redis cli INFO commandstats ~ \A(?![\s\S]*cmdstat_xr)
a call {"op":"send","room":"r","text":"one"} => {"ok":{"seq":1}}
b expect json {"ev":"message","seq":1,"prev":0,"text":"one"}
c hello worker==a /ws?name=Cid
c call {"op":"join","room":"r"} => {"ok":{"top":1,"floor":1,"messages":[{"seq":1,"text":"one"}],"more":false}}



=== TEST 2: N6 nothing of a client becomes a command of Redis
--- chat
redis cli CONFIG RESETSTAT
a hello /ws?room=lobby&name=%24FLUSHALL
b hello worker!=a /ws
a call {"op":"join","room":"a\r\nFLUSHALL\r\n"} => {"error":{"code":"invalid_name"}}
a call {"op":"send","room":"a\r\nFLUSHALL\r\n","text":"x"} => {"error":{"code":"invalid_name"}}
a call {"op":"send","room":"lobby","text":"x","cid":"a\r\nFLUSHALL"} => {"error":{"code":"bad_request"}}
a call {"op":"join","room":"r\n*1\n$8\nFLUSHALL"} => {"error":{"code":"invalid_name"}}
b call {"op":"join","room":"lobby"}
a call {"op":"send","room":"lobby","text":"x\n*1\n$8\nFLUSHALL\n","meta":{"a":"\r\n*1\r\n$8\r\nFLUSHALL\r\n"}} => {"ok":{"seq":1}}
b until json {"ev":"message","text":"x\n*1\n$8\nFLUSHALL\n","meta":{"a":"\r\n*1\r\n$8\r\nFLUSHALL\r\n"}}
a call {"op":"send","room":"lobby","text":"${hex 7b}jndi} %s%n%n ' or 1=1 -- ' .. os.exit() .. '"} => {"ok":{"seq":2}}
b until json {"ev":"message","text":"${hex 7b}jndi} %s%n%n ' or 1=1 -- ' .. os.exit() .. '"}
a call {"op":"who","room":"lobby","after":"x' FLUSHALL"} => {"ok":*}
redis cli INFO commandstats ~ (?s)^(?!.*(?i)flush).*evalsha
redis cli KEYS * ~ ^chat:\{lobby\}:|\nchat:\{lobby\}:
a call {"op":"send","room":"lobby","text":"y"} => {"ok":{"seq":3}}



=== TEST 3: nothing is kept where nothing shall be
--- config
    location /ws { chat; chat_guests on; chat_history off; chat_presence off; }
    location /raw { chat; chat_guests on; chat_format raw; chat_room r; }
--- chat
a hello /ws?name=Ann
a call {"op":"join","room":"r"}
a call {"op":"send","room":"r","text":"x"} => {"ok":{"seq":1}}
a story r 1 1
b connect worker!=a /raw
b send text hello
b expect text hello
redis cli EXISTS chat:{hex 7b}r{hex 7d}:m ~ ^1$
redis cli KEYS *:l ~ ^$
redis cli KEYS *:d:* ~ ^$
redis cli KEYS *r}:p* ~ ^$



=== TEST 4: a room is not made by asking for it
--- chat
a hello /ws?name=Ann
a call {"op":"history","room":"never"} => {"error":{"code":"not_member"}}
a call {"op":"join","room":"ever"}
redis cli KEYS *ever* ~ ^chat:
redis cli KEYS *never* ~ ^$



=== TEST 5: a cid is remembered for so long, and not if the server made it
--- config
    location /ws { chat; chat_guests on; chat_dedupe_time 3s; }
--- chat
a hello /ws?name=Ann
a call {"op":"join","room":"r"}
a call {"op":"send","room":"r","text":"x"}
a call {"op":"send","room":"r","cid":"c","text":"x"}
redis cli KEYS *:d:* ~ ^chat:\S+:c$
sleep 1.5
# a repetition makes it no longer
a call {"op":"send","room":"r","cid":"c","text":"x"} => {"ok":{"dup":true}}
sleep 1.7
redis cli KEYS *:d:* ~ ^$
a call {"op":"send","room":"r","cid":"{rep 64 c}","text":"x"}
a call {"op":"send","room":"r","cid":"{rep 64 c}","text":"x"} => {"ok":{"dup":true}}
redis cli KEYS *:d:* ~ ^\S+:c{hex 7b}64}$



=== TEST 6: J6 J9 fields that are not the client's
--- chat
a hello /ws?name=Ann
a call {"op":"join","room":"r"}
a call {"op":"send","room":"r","text":"hi","from":{"id":"root"},"admin":"root","epoch":"root"}
redis cli XRANGE chat:{hex 7b}r}:l - + ~ ^(?=[\s\S]*Ann)(?![\s\S]*root)
redis cli HGETALL chat:{hex 7b}r}:m ~ ^(?![\s\S]*root)



=== TEST 7: nothing is kept of rights where nobody has any
--- chat
a hello /ws?name=Ann
a call {"op":"join","room":"r"}
a call {"op":"send","room":"r","text":"x"}
a call {"op":"mod","room":"r","do":"lock"} => {"error":{"code":"forbidden"}}
redis cli KEYS *:r ~ ^$
redis cli KEYS *:a ~ ^$
redis cli KEYS *:t:* ~ ^$
redis cli KEYS *:n?:* ~ ^$
redis cli KEYS *:l?-* ~ ^$
redis cli HGET chat:{hex 7b}r}:m s ~ ^1 \w{hex 7b}16} \d{hex 7b}7} \w{hex 7b}12}$



=== TEST 8: of moderation there are rights, a log, and who wrote in a slow room
--- config
    location /ws { chat; chat_user $arg_u; }
--- chat
redis cli HSET chat:{hex 7b}r}:r c "1 0 0 0 9007199254740992" u:ann "3 0 0"
a hello /ws?u=ann
b hello /ws?u=bob
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"}
a call {"op":"mod","room":"r","do":"slow","value":2}
b call {"op":"send","room":"r","text":"x"}
redis cli GET chat:{hex 7b}r}:t:bob ~ ^\d{hex 7b}13}$
redis cli HGETALL chat:{hex 7b}r}:r ~ ^c\n2 2 0 0 9007199254740992\nu:ann\n3 0 0$
redis cli XRANGE chat:{hex 7b}r}:a - + ~ ^\d+-0\nd\nX 0 0 \d{hex 7b}13} \w{hex 7b}12}\n
redis cli HGET chat:{hex 7b}r}:m s ~ ^1 .*!$
a call {"op":"mod","room":"r","do":"slow","value":0}
a call {"op":"mod","room":"r","do":"ban","ip":"192.0.2.1","for":60} => {"ok":{"until":*}} as m
redis cli HGET chat:{hex 7b}r}:r i:192.0.2.1 ~ ^0 {m.ok.until} 0$
a call {"op":"mod","room":"r","do":"ban","ip":"2001:db8:1:2:3::4"} => {"ok":{"until":9007199254740992}}
redis cli HGET chat:{hex 7b}r}:r i:2001:db8:1:2::/64 ~ ^0 9007199254740992 0$
soon redis cli KEYS *:t:* ~ ^$



=== TEST 9: what is known of deletions lives as long as the log, by whichever location
--- config
    location /ws    { chat; chat_user $arg_u; }
    location /brief { chat; chat_user $arg_u; chat_history 100 1h; }
--- chat
a hello /ws?u=ann
b hello worker==a /brief?u=ann
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"}
a call {"op":"send","room":"r","text":"x"} => {"ok":{"seq":1}}
b call {"op":"edit","room":"r","ref":1,"text":"y"} => {"ok":{"seq":2}}
redis cli PTTL chat:{hex 7b}r}:l ~ ^60\d{hex 7b}7}$
redis cli PTTL chat:{hex 7b}r}:x ~ ^60\d{hex 7b}7}$
# and longer than one that is brief
redis cli PEXPIRE chat:{hex 7b}r}:l 5000
b call {"op":"delete","room":"r","ref":1} => {"ok":{"seq":3}}
redis cli PTTL chat:{hex 7b}r}:x ~ ^7\d{hex 7b}6}$
