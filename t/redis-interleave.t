# Logs that are not what they should be, and answers that come in the wrong
# moment: nothing is lost without a word, and no room is broken for good.
# Between nginx and the Redis stands t/lib/fake_redis.pl.

use strict;
use warnings;

use lib 't/lib';

use ChatTest;

our $fake_http = <<'_EOC_';
chat_redis redis://127.0.0.1:$TEST_NGINX_FAKE_PORT;
_EOC_

# the room's keys, and in the scripts of redis-cli a space
our $keys = <<'_EOC_';
set m = chat:{hex 7b}r{hex 7d}:m
set l = chat:{hex 7b}r{hex 7d}:l
set ch = chat:{hex 7b}r{hex 7d}:ch
_EOC_

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('chat', $keys . $block->chat);

    return;
});

run_chat();

__DATA__

=== TEST 1: a log has a life of its own from its first message on
--- chat
a hello /ws
a call {"op":"join","room":"r"}
# a room in which nobody speaks is soon forgotten, when nobody is there
redis cli PTTL {m} ~ ^3[56]\d{5}$
a call {"op":"send","room":"r","text":"x"} => {"ok":{"seq":1}}
redis cli PTTL {l} ~ ^60\d{7}$
redis cli PTTL {m} ~ ^69\d{7}$
a call {"op":"send","room":"r","text":"x"} => {"ok":{"seq":2}}
redis cli HGET {m} n ~ ^\w{hex 7b}16{hex 7d} \d{hex 7b}7{hex 7d}$
# once in 1000 s both lives are renewed, and the numbers go on
redis cli PEXPIRE {l} 5000000
redis cli PEXPIRE {m} 5000000
redis cli EVAL local--[[]]s,n=redis.call('HGET',KEYS[1],'s'):gsub('(%d+)(%s%w+)$',function(w,e)return(w-1)..e--[[]]end)redis.call('HSET',KEYS[1],'s',s)return--[[]]n 1 {m} ~ ^1$
a call {"op":"send","room":"r","text":"x"} => {"ok":{"seq":3}}
redis cli PTTL {l} ~ ^60\d{7}$
redis cli PTTL {m} ~ ^69\d{7}$



=== TEST 2: a room whose numbers are lost, and not its log, begins anew
--- chat
a hello /ws
a call {"op":"join","room":"r"}
a repeat 3 call {"op":"send","room":"r","text":"old"}
redis cli DEL {m} ~ 1
b hello worker!=a /ws
b call {"op":"join","room":"r"} => {"ok":{"top":0,"floor":1,"messages":[],"more":false}} as j
b call {"op":"send","room":"r","text":"new"} => {"ok":{"seq":1,"epoch":"{j.ok.epoch}"}}
a until json {"ev":"resync","epoch":"{j.ok.epoch}","top":0}
a expect json {"ev":"message","seq":1,"text":"new"}
redis cli XLEN {l} ~ ^1$
redis cli DEL {m} ~ 1
b call {"op":"send","room":"r","text":"newer"} => {"ok":{"seq":1}}
a until json {"ev":"message","seq":1,"text":"newer"}



=== TEST 3: nothing is before the first
--- chat
a hello /ws
a call {"op":"join","room":"r"}
a call {"op":"history","room":"r","before":0} => {"ok":{"messages":[],"more":false}}
a call {"op":"send","room":"r","text":"x"}
a call {"op":"history","room":"r","before":0} => {"ok":{"messages":[],"more":false,"top":1,"floor":1}}
errlog !~ \[error\]



=== TEST 4: without a log, whoever comes costs the others nothing
--- http_config eval: $::fake_http
--- config
    location /ws { chat; chat_guests on; chat_history off; }
--- chat
redis wait 4
a hello /ws
b hello worker!=a /ws
c hello worker==a /ws
a call {"op":"join","room":"r","presence":false}
b call {"op":"join","room":"r","presence":false}
a call {"op":"send","room":"r","text":"one"}
a find json {"ev":"message","text":"one"}
fake hold:SUBSCRIBE
c send json {"op":"join","room":"other","id":77}
fake held
b call {"op":"send","room":"r","text":"two"} => {"ok":{"seq":2}}
d hello worker==a /ws
d call {"op":"join","room":"r","presence":false} => {"ok":{"top":2}}
fake reset
a expect json {"ev":"message","text":"two"}
a silent 0.2



=== TEST 5: the log of an epoch that has ended is not read into the next
--- http_config eval: $::fake_http
--- chat
redis wait 4
a hello /ws
b hello worker!=a /ws
a call {"op":"join","room":"r","presence":false}
a call {"op":"send","room":"r","text":"one"}
a find json {"ev":"message","text":"one"}
# four more are stored, and only the last is announced
redis cli EVAL local--[[]]x=redis.call('XRANGE',KEYS[1],'-','+','COUNT',1)[1][2][2];for--[[]]i=2,5--[[]]do--[[]]redis.call('XADD',KEYS[1],i,'m1',(x:gsub('^M\32%d+\32%d+','M\32'..i..'\32'..i-1)))redis.call('HSET',KEYS[2],'s',i)end 2 {l} {m}
fake hold:EVALSHA/resume
redis cli EVAL return--[[]]redis.call('PUBLISH',KEYS[2],redis.call('XRANGE',KEYS[1],5,5)[1][2][2]) 2 {l} {ch} ~ 1
fake held
redis cli DEL {m} {l}
b call {"op":"join","room":"r","presence":false}
b call {"op":"send","room":"r","text":"new1"} => {"ok":{"seq":1}}
a expect json {"ev":"resync","top":0}
a expect json {"ev":"message","seq":1,"text":"new1"}
fake reset
a silent 0.2
b call {"op":"send","room":"r","text":"new2"} => {"ok":{"seq":2}}
a expect json {"ev":"message","seq":2,"text":"new2"}



=== TEST 6: after an outage members are told that it is over, whatever is lost
--- http_config eval: $::fake_http
--- chat
redis wait 4
a hello /ws
a call {"op":"join","room":"r","presence":false}
a repeat 3 call {"op":"send","room":"r","text":"x{i}"}
a find json {"ev":"message","text":"x3"}
fake refuse
fake drop
within 10 a until json {"ev":"error"}
redis cli HSET {m} s 2
redis cli XDEL {l} 3-0 ~ 1
fake reset
within 10 a until json {"ev":"resync"}



=== TEST 7: a log that ends before its last number
--- chat
a hello /ws
a call {"op":"join","room":"r","presence":false}
a call {"op":"send","room":"r","text":"one"}
a find json {"ev":"message","text":"one"}
redis cli EVAL local--[[]]x=redis.call('XRANGE',KEYS[1],'-','+','COUNT',1)[1][2][2];redis.call('XADD',KEYS[1],2,'m1',(x:gsub('^M\32%d+\32%d+','M\0322\0321')))redis.call('HSET',KEYS[2],'s',4)return--[[]]redis.call('PUBLISH',KEYS[3],(x:gsub('^M\32%d+\32%d+','M\0324\0323'))) 3 {l} {m} {ch} ~ 1
a until json {"ev":"message","seq":2}
a until json {"ev":"resync","top":4}



=== TEST 8: another epoch has another floor
--- config
    location /ws { chat; chat_guests on; chat_presence off; }
--- chat
a hello /ws
b hello worker==a /ws
a call {"op":"join","room":"r"}
a repeat 5 call {"op":"send","room":"r","text":"x"}
redis cli XTRIM {l} MAXLEN 2
a call {"op":"join","room":"r"} => {"ok":{"floor":4}}
redis cli DEL {m} {l}
a call {"op":"send","room":"r","text":"x"} => {"ok":{"seq":1}}
a find json {"ev":"resync"}
b call {"op":"join","room":"r","limit":0} => {"ok":{"top":1,"floor":1,"more":true}}



=== TEST 9: a script that Redis has forgotten and another that it knows
--- http_config eval: $::fake_http
--- chat
redis wait 4
a hello /ws
a call {"op":"join","room":"r"} as j
a repeat 3 call {"op":"send","room":"r","text":"x{i}"}
b hello worker!=a /ws
fake once:EVALSHA/SADD:-NOSCRIPT\sx\r\n
b call {"op":"join","room":"r","after":1,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true,"top":3,"messages":[{"seq":2},{"seq":3}]}}



=== TEST 10: what is said while somebody enters for long is not all kept for them
--- http_config eval: $::fake_http
--- chat
redis wait 4
a hello /ws
c hello worker==a /ws
d hello worker==a /ws
a call {"op":"join","room":"r","presence":false} as j
a call {"op":"send","room":"r","text":"x"} => {"ok":{"seq":1}}
a find json {"ev":"message","seq":1}
fake hold:EVALSHA/resume
c send json {"op":"join","room":"r","id":7,"presence":false}
fake held
redis cli EVAL local--[[]]x=redis.call('XRANGE',KEYS[1],'-','+','COUNT',1)[1][2][2];for--[[]]i=2,1101--[[]]do--[[]]local--[[]]r=(x:gsub('^M\32%d+\32%d+','M\32'..i..'\32'..i-1));redis.call('XADD',KEYS[1],i,'m1',r)redis.call('HSET',KEYS[2],'s',i)redis.call('PUBLISH',KEYS[3],r)end 3 {l} {m} {ch}
a until text~ "seq":1101,
fake reset
c expect json {"id":7,"ok":{"top":1}}
c expect json {"ev":"resync","top":1101}
c silent 0.2
# with less to wait for they miss nothing
fake hold:EVALSHA/SADD
d send json {"op":"join","room":"r","id":7,"presence":false,"after":1101,"epoch":"{j.ok.epoch}"}
fake held
redis cli EVAL local--[[]]x=redis.call('XRANGE',KEYS[1],'-','+','COUNT',1)[1][2][2];for--[[]]i=1102,2101--[[]]do--[[]]local--[[]]r=(x:gsub('^M\32%d+\32%d+','M\32'..i..'\32'..i-1));redis.call('XADD',KEYS[1],i,'m1',r)redis.call('HSET',KEYS[2],'s',i)redis.call('PUBLISH',KEYS[3],r)end 3 {l} {m} {ch}
a until text~ "seq":2101,
fake reset
d expect json {"id":7,"ok":{"top":1101,"recovered":true}}
d expect json {"ev":"message","seq":1102}
d until json {"ev":"message","seq":2101}



=== TEST 11: who joins a room of long messages is not too slow for them
--- http_config
    chat_redis $TEST_NGINX_REDIS;
    chat_guests on;
    server {
        listen 127.0.0.1:$TEST_NGINX_SPARE_PORT sndbuf=16k;
        location /ws { chat; }
        location /small { chat; chat_buffer_size 64k; }
    }
--- chat
a hello port=$TEST_NGINX_SPARE_PORT /ws
a call {"op":"join","room":"r"}
a repeat 50 call {"op":"send","room":"r","text":"{rep 4000 \"}"}
b hello port=$TEST_NGINX_SPARE_PORT rcvbuf=4096 /ws
c hello port=$TEST_NGINX_SPARE_PORT rcvbuf=4096 /small
b send json {"op":"join","id":1,"room":"r"}
c send json {"op":"join","id":1,"room":"r"}
b until json {"id":1,"ok":*}
c until json {"id":1,"ok":*}
b call {"op":"ping"}
c call {"op":"ping"}



=== TEST 12: an epoch that ends while somebody enters who need not read
--- http_config eval: $::fake_http
--- chat
redis wait 4
a hello /ws
b hello worker!=a /ws
c hello worker==a /ws
a call {"op":"join","room":"r"} as j
a call {"op":"send","room":"r","text":"old"} => {"ok":{"seq":1}}
a find json {"ev":"message","seq":1}
fake hold:EVALSHA/SADD
c send json {"op":"join","room":"r","id":7,"after":1,"epoch":"{j.ok.epoch}"}
fake held
redis cli DEL {m} {l} ~ 2
b call {"op":"join","room":"r"}
b call {"op":"send","room":"r","text":"new"} => {"ok":{"seq":1}}
a find json {"ev":"resync"}
fake reset
c expect json {"id":7,"ok":{"top":1,"recovered":false,"messages":[{"seq":1,"text":"new"}]}}



=== TEST 13: who comes while a room heals is told what its log has
--- http_config eval: $::fake_http
--- config
    location /ws { chat; chat_guests on; chat_limit off; }
--- chat
redis wait 4
a hello /ws
b hello worker!=a /ws
c hello worker==b /ws
a call {"op":"join","room":"r","presence":false}
b call {"op":"join","room":"r","presence":false}
# written to the log and announced to nobody, but for the last: both heal
redis cli EVAL local--[[]]t,e=redis.call('TIME')[1],redis.call('HGET',KEYS[2],'e')for--[[]]i=1,9--[[]]do--[[]]redis.call('XADD',KEYS[1],i,'m1','M\32'..i..'\32'..(i-1)..'\32'..t..'000\32'..e..'\10\1U\0\0\0\1uI\0\0\0\1cD\0\0\0\1x')redis.call('HSET',KEYS[2],'s',i)end 2 {l} {m}
fake holdall:EVALSHA/resume
a send json {"op":"send","room":"r","text":"10"}
fake held:2
c send json {"op":"join","id":7,"room":"r","limit":3,"presence":false}
a send json {"op":"send","room":"r","text":"11"}
fake reset
a story r 1 11
b story r 1 11
c expect json {"id":7,"ok":{"recovered":false,"messages":["...",{"seq":10}]}}
a call {"op":"send","room":"r","text":"12"} => {"ok":{"seq":12}}
c until json {"ev":"message","seq":12,"prev":11}



=== TEST 14: a page that comes when its reader is not in the room any more
--- http_config eval: $::fake_http
--- config
    location /ws { chat; chat_user $arg_u; chat_user_roles $arg_r; }
--- chat
redis wait 4
a hello /ws?u=ann&r=owner
b hello worker!=a /ws?u=bob
a call {"op":"join","room":"r","presence":false}
b call {"op":"join","room":"r","presence":false}
a call {"op":"send","room":"r","text":"for members"}
b find json {"ev":"message","text":"for members"}
fake hold:EVALSHA/resume
b send json {"op":"history","id":7,"room":"r"}
fake held
a call {"op":"mod","room":"r","do":"kick","user":"bob"}
b expect json {"ev":"left","room":"r","reason":"kicked"}
fake reset
b expect json {"id":7,"error":{"code":"not_member"}}
b call {"op":"join","room":"r","presence":false}
fake hold:EVALSHA/ZRANGEBYLEX
b send json {"op":"who","id":8,"room":"r"}
fake held
a call {"op":"mod","room":"r","do":"ban","user":"bob"}
b expect json {"ev":"left","room":"r","reason":"banned"}
fake reset
b expect json {"id":8,"error":{"code":"not_member"}}
