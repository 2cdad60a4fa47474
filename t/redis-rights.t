# What rights in Redis live through: two nginx on one Redis, keys that are
# lost, a Redis that is full, and answers that make no sense.
# not run on partial: it is about keys, not about bytes

use strict;
use warnings;

use lib 't/lib';

use ChatTest;


# Ann owns the room, Bob is there on another worker

add_block_preprocessor(sub {
    my ($block) = @_;

    if (!defined $block->http_config) {
        $block->set_value('http_config', <<'_EOC_');
chat_redis redis://127.0.0.1:$TEST_NGINX_FAKE_PORT;
chat_leave_delay 0;
_EOC_
    }

    $block->set_value('config', ($block->config // '') . <<'_EOC_');
chat_user $arg_u;
chat_user_roles $arg_r;
location /ws { chat; }
_EOC_

    $block->set_value('chat', <<'_EOC_' . $block->chat);
redis cli HSET chat:{hex 7b}r}:r c "1 0 0 0 9007199254740992" u:ann "3 0 0"
a hello /ws?u=ann
a insist {"op":"join","room":"r","presence":false}
b hello worker!=a /ws?u=bob
b insist {"op":"join","room":"r","presence":false}
b call {"op":"send","room":"r","text":"first"} => {"ok":{"seq":1}}
a until json {"ev":"message","text":"first"}
_EOC_

    return;
});

run_chat();

__DATA__

=== TEST 1: a ban binds on all nginx that share the Redis
--- http_config
chat_redis $TEST_NGINX_REDIS;
--- chat
other start
c hello port={other} /ws?u=bob
c insist {"op":"join","room":"r","presence":false}
c call {"op":"send","room":"r","text":"second"} => {"ok":{"seq":2}}
a call {"op":"mod","room":"r","do":"mute","user":"bob","for":60} => {"ok":{"until":*}} as m
within 1 b call {"op":"send","room":"r","text":"x"} => {"error":{"code":"muted","until":{m.ok.until}}}
within 1 c call {"op":"send","room":"r","text":"x"} => {"error":{"code":"muted","until":{m.ok.until}}}
a call {"op":"mod","room":"r","do":"unmute","user":"bob"}
within 1 c call {"op":"send","room":"r","text":"third"} => {"ok":{"seq":3}}
a call {"op":"mod","room":"r","do":"slow","value":60} => {"ok":{"config":{"slow":60}}}
b call {"op":"send","room":"r","text":"fourth"} => {"ok":{"seq":4}}
c call {"op":"send","room":"r","text":"x"} => {"error":{"code":"slow_mode","retry_after":*}}
a call {"op":"mod","room":"r","do":"ban","user":"bob","for":60} => {"ok":{"until":*}}
within 1 c insist {"op":"join","room":"r"} => {"error":{"code":"banned"}}
d hello port={other} /ws?u=bob
d call {"op":"join","room":"r"} => {"error":{"code":"banned"}}
d call {"op":"join","room":"q"}



=== TEST 2: R25 a room's numbers are lost, and its rights are not
--- chat
a call {"op":"mod","room":"r","do":"lock"} => {"ok":{"config":{"lock":"write"}}}
b call {"op":"send","room":"r","text":"x"} => {"error":{"code":"locked"}}
redis cli DEL chat:{hex 7b}r}:m
b call {"op":"send","room":"r","text":"x"} => {"error":{"code":"locked"}}
redis cli EXISTS chat:{hex 7b}r}:m ~ ^0$
a insist {"op":"send","room":"r","text":"new"} => {"ok":{"seq":1}}
b call {"op":"send","room":"r","text":"x"} => {"error":{"code":"locked"}}
redis cli PEXPIRE chat:{hex 7b}r}:m 1
soon redis cli KEYS chat:*r*:m ~ ^$
c hello /ws?u=cid
c insist {"op":"join","room":"r"}
b call {"op":"send","room":"r","text":"x"} => {"error":{"code":"locked"}}
a call {"op":"mod","room":"r","do":"unlock"}
b insist {"op":"send","room":"r","text":"now"} => {"ok":{"seq":1}}



=== TEST 3: R25 all is lost: nobody has rights, and nobody is bound
--- chat
a call {"op":"mod","room":"r","do":"lock"}
b call {"op":"send","room":"r","text":"x"} => {"error":{"code":"locked"}}
redis cli FLUSHALL
b insist {"op":"send","room":"r","text":"new"} => {"ok":{"seq":1}}
a call {"op":"mod","room":"r","do":"lock"} => {"error":{"code":"forbidden"}}
a call {"op":"mod","room":"r","do":"log"} => {"error":{"code":"forbidden"}}



=== TEST 4: R25 rights that end are forgotten, and then who may is not asked
--- chat
a call {"op":"mod","room":"r","do":"mute","user":"bob","for":1}
b call {"op":"send","room":"r","text":"x"} => {"error":{"code":"muted"}}
redis cli HEXISTS chat:{hex 7b}r}:r u:bob ~ ^1$
soon b call {"op":"send","room":"r","text":"x"} => {"ok":*}
a call {"op":"mod","room":"r","do":"role","user":"cid","value":"member"}
redis cli HEXISTS chat:{hex 7b}r}:r u:bob ~ ^0$



=== TEST 5: R6 a Redis that is full: nothing changes, nothing is told
--- chat
redis cli CONFIG SET maxmemory 1
a call {"op":"mod","room":"r","do":"lock"} => {"error":{"code":"unavailable"}}
a call {"op":"mod","room":"r","do":"log"} => {"ok":{"acts":[]}}
redis cli CONFIG SET maxmemory 0
a call {"op":"mod","room":"r","do":"log"} => {"ok":{"acts":[]}}
b call {"op":"send","room":"r","text":"x"} => {"ok":{"seq":2}}
errlog ~ \[error\] .* redis redis://127\.0\.0\.1:\d+/0 takes no messages|OOM



=== TEST 6: R7 scripts are flushed
--- chat
redis cli SCRIPT FLUSH
a call {"op":"mod","room":"r","do":"mute","user":"bob"} => {"ok":{"until":9007199254740992}}
redis cli SCRIPT FLUSH
b call {"op":"send","room":"r","text":"x"} => {"error":{"code":"muted","until":9007199254740992}}
redis cli SCRIPT FLUSH
a call {"op":"mod","room":"r","do":"log"} => {"ok":{"acts":[{"do":"mute","user":"bob","by":{"id":"ann"}}]}}



=== TEST 7: R8 keys that somebody else uses: only this room is broken
--- chat
redis cli SET chat:{hex 7b}r}:a x
a call {"op":"mod","room":"r","do":"lock"} => {"error":{"status":500}}
a call {"op":"mod","room":"r","do":"log"} => {"error":{"status":500}}
redis cli DEL chat:{hex 7b}r}:a
redis cli XADD chat:{hex 7b}r}:a * d x
a call {"op":"mod","room":"r","do":"log"} => {"error":{"status":500}}
redis cli DEL chat:{hex 7b}r}:a
redis cli XADD chat:{hex 7b}r}:a * x x
a call {"op":"mod","room":"r","do":"log"} => {"error":{"status":500}}
b call {"op":"send","room":"r","text":"x"} => {"ok":{"seq":2}}
a call {"op":"mod","room":"r","do":"lock"}
redis cli HSET chat:{hex 7b}r}:r u:bob x
b call {"op":"send","room":"r","text":"x"} => {"error":{"status":500}}
redis cli HDEL chat:{hex 7b}r}:r u:bob
b call {"op":"send","room":"r","text":"x"} => {"error":{"code":"locked"}}
redis cli HSET chat:{hex 7b}r}:r c "1 2 3"
a call {"op":"mod","room":"r","do":"unlock"} => {"error":{"status":500}}
redis cli DEL chat:{hex 7b}r}:r
redis cli SET chat:{hex 7b}r}:r x
a call {"op":"mod","room":"r","do":"unlock"} => {"error":{"status":500}}
b call {"op":"join","room":"q"}
b call {"op":"send","room":"q","text":"x"} => {"ok":{"seq":1}}
errlog ~ \[error\] .* redis redis://127\.0\.0\.1:\d+/0 answered .*WRONGTYPE
errlog !~ redis \S+ closed connection|unexpected



=== TEST 8: R16 R20 answers to "mod" that make no sense cost the link
--- chat
fake once:EVALSHA/HGETALL:+OK\r\n
within 4 a call {"op":"mod","room":"r","do":"lock"} => {"error":{"code":"unavailable"}}
a insist {"op":"mod","room":"r","do":"lock"} => {"ok":*}
fake once:EVALSHA/HGETALL:*5\r\n:0\r\n:0\r\n:1\r\n:0\r\n:3\r\n
within 4 a call {"op":"mod","room":"r","do":"lock"} => {"error":{"code":"unavailable"}}
a insist {"op":"mod","room":"r","do":"lock"} => {"ok":*}
fake once:EVALSHA/HGETALL:*5\r\n:0\r\n:0\r\n:-1\r\n:0\r\n:0\r\n
within 4 a call {"op":"mod","room":"r","do":"lock"} => {"error":{"code":"unavailable"}}
a insist {"op":"mod","room":"r","do":"lock"} => {"ok":*}
fake once:EVALSHA/HGETALL:*5\r\n:0\r\n:0\r\n:1\r\n:86401\r\n:0\r\n
within 4 a call {"op":"mod","room":"r","do":"lock"} => {"error":{"code":"unavailable"}}
a insist {"op":"mod","room":"r","do":"lock"} => {"ok":*}
fake once:EVALSHA/HGETALL:*5\r\n:7\r\n:0\r\n:1\r\n:0\r\n:0\r\n
within 4 a call {"op":"mod","room":"r","do":"lock"} => {"error":{"code":"unavailable"}}
a insist {"op":"mod","room":"r","do":"lock"} => {"ok":*}
fake once:EVALSHA/HGETALL:*4\r\n:0\r\n:0\r\n:1\r\n:0\r\n
within 4 a call {"op":"mod","room":"r","do":"lock"} => {"error":{"code":"unavailable"}}
a insist {"op":"mod","room":"r","do":"unlock"} => {"ok":*}
b insist {"op":"send","room":"r","text":"x"} => {"ok":*}



=== TEST 9: R16 refusals that make no sense cost the link
--- chat
fake once:EVALSHA/XTRIM:*2\r\n:0\r\n:0\r\n
within 4 b call {"op":"send","room":"r","text":"x"} => {"error":{"code":"unavailable"}}
b insist {"op":"send","room":"r","text":"x"} => {"ok":{"seq":2}}
fake once:EVALSHA/XTRIM:*2\r\n:7\r\n:0\r\n
within 4 b call {"op":"send","room":"r","text":"x"} => {"error":{"code":"unavailable"}}
b insist {"op":"send","room":"r","text":"x"} => {"ok":{"seq":3}}
fake once:EVALSHA/XTRIM:*2\r\n:1\r\n:-1\r\n
within 4 b call {"op":"send","room":"r","text":"x"} => {"error":{"code":"unavailable"}}
b insist {"op":"send","room":"r","text":"x"} => {"ok":{"seq":4}}
fake once:EVALSHA/XTRIM:*2\r\n:1\r\n:9007199254740993\r\n
within 4 b call {"op":"send","room":"r","text":"x"} => {"error":{"code":"unavailable"}}
b insist {"op":"send","room":"r","text":"x"} => {"ok":{"seq":5}}
fake once:EVALSHA/XTRIM:*2\r\n$1\r\n1\r\n:1\r\n
within 4 b call {"op":"send","room":"r","text":"x"} => {"error":{"code":"unavailable"}}
b insist {"op":"send","room":"r","text":"x"} => {"ok":{"seq":6}}
# and one that does
fake once:EVALSHA/XTRIM:*2\r\n:5\r\n:1500\r\n
b call {"op":"send","room":"r","text":"x"} => {"error":{"code":"slow_mode","retry_after":1.5}}
b call {"op":"send","room":"r","text":"x"} => {"ok":{"seq":7}}



=== TEST 10: R21 with "wait=" an act that no replica has is not told to be done
--- http_config
chat_redis redis://127.0.0.1:$TEST_NGINX_FAKE_PORT wait=1;
chat_leave_delay 0;
--- replica
--- chat
a call {"op":"mod","room":"r","do":"mute","user":"bob","for":60} => {"ok":{"until":*}}
b call {"op":"send","room":"r","text":"x"} => {"error":{"code":"muted"}}
a call {"op":"mod","room":"r","do":"log"} => {"ok":{"acts":[{"do":"mute"}]}}
replica pause
within 2 a call {"op":"mod","room":"r","do":"unmute","user":"bob"} => {"error":{"code":"unavailable"}}
replica resume
a insist {"op":"mod","room":"r","do":"unmute","user":"bob"}
b insist {"op":"send","room":"r","text":"y"} => {"ok":*}
a until json {"ev":"message","text":"y"}



=== TEST 11: a member is put out on all nginx that share the Redis
--- http_config
chat_redis $TEST_NGINX_REDIS;
--- chat
other start
c hello port={other} /ws?u=bob
c insist {"op":"join","room":"r","presence":false}
a call {"op":"mod","room":"r","do":"slow","value":5}
within 1 c until json {"ev":"room","room":"r","config":{"slow":5}}
a call {"op":"mod","room":"r","do":"kick","user":"bob"}
within 1 c until json {"ev":"left","room":"r","reason":"kicked"}
within 1 b until json {"ev":"left","room":"r","reason":"kicked"}
c call {"op":"join","room":"r","presence":false}
b call {"op":"join","room":"r","presence":false}
a call {"op":"mod","room":"r","do":"ban","user":"bob","for":60,"reason":"enough"} => {"ok":{"until":*}} as m
within 1 c until json {"ev":"left","room":"r","reason":"banned","until":{m.ok.until},"message":"enough"}
within 1 b until json {"ev":"left","room":"r","reason":"banned","until":{m.ok.until}}
c call {"op":"join","room":"r"} => {"error":{"code":"banned","until":{m.ok.until}}}
c call {"op":"send","room":"r","text":"x"} => {"error":{"code":"not_member"}}



=== TEST 12: R22 an act that was not heard is learnt of when the room is healed
--- http_config
chat_redis $TEST_NGINX_REDIS;
--- chat
redis cli HSET chat:{hex 7b}r}:r c "99 0 0 0 9007199254740992" u:bob "0 9007199254740992 0"
redis cli CLIENT KILL TYPE pubsub
within 4 b until json {"ev":"left","room":"r","reason":"banned"}
b insist {"op":"join","room":"r"} => {"error":{"code":"banned"}}



=== TEST 13: a ban of the whole site closes all connections, on all nginx
--- http_config
chat_redis $TEST_NGINX_REDIS;
--- chat
other start
c hello port={other} /ws?u=bob
soon redis cli PUBSUB NUMSUB chat:{hex 7b}*}:ch ~ \n4$
# as the script says it
redis cli HSET chat:{hex 7b}*}:r c "1 0 0 0 9007199254740992" u:bob "0 9007199254740992 0"
redis cli EVAL "local function f(t, v) return t .. struct.pack('>I4', #v) .. v end return redis.call('PUBLISH', KEYS[1], 'X 0 0 1795000000000 \n\1' .. f('U', 'root') .. f('N', 'root') .. f('W', 'ban') .. f('G', 'bob') .. f('E', '9007199254740992') .. f('Q', '1'))" 1 chat:{hex 7b}*}:ch
within 1 b until json {"ev":"message","text":"first"}
within 1 b expect close 4006
within 1 c expect close 4006
a call {"op":"send","room":"r","text":"x"} => {"ok":{"seq":2}}
d connect port={other} /ws?u=bob
within 1 d expect close 4006



=== TEST 14: R18 acts that are none change nothing
--- http_config
chat_redis $TEST_NGINX_REDIS;
--- chat
redis cli PUBLISH chat:{hex 7b}*}:ch x
redis cli PUBLISH chat:{hex 7b}**}:ch x
redis cli EVAL "local function f(t, v) return t .. struct.pack('>I4', #v) .. v end local h, u = 'X 0 0 1795000000000 \n\1', f('U', 'root') local function p(x) redis.call('PUBLISH', KEYS[1], x) end p(h) p(h .. u) p(h .. u .. f('W', 'flog') .. f('G', 'bob')) p(h .. u .. f('W', 'ban') .. f('G', 'bob') .. f('E', '-1')) p(h .. u .. f('W', 'ban') .. f('W', 'ban')) p('X 1 0 1795000000000 e\n\1' .. u)" 1 chat:{hex 7b}r}:ch
a call {"op":"send","room":"r","text":"x"} => {"ok":{"seq":2}}
b until json {"ev":"message","text":"x"}
b call {"op":"send","room":"r","text":"y"} => {"ok":{"seq":3}}
errlog ~ \[error\] .* brought \d+ bytes that are no record



=== TEST 15: an act that got lost is noticed when the next one is heard
--- http_config
chat_redis $TEST_NGINX_REDIS;
--- chat
a call {"op":"mod","room":"r","do":"slow","value":5}
within 1 b until json {"ev":"room","config":{"slow":5}}
redis cli HSET chat:{hex 7b}r}:r c "3 5 0 0 9007199254740992" u:bob "0 9007199254740992 0"
b call {"op":"ping"}
a call {"op":"mod","room":"r","do":"slow","value":7}
within 1 b until json {"ev":"left","room":"r","reason":"banned"}
# the first one of all, too, and of the site
c hello /ws?u=cid
d hello worker!=c /ws?u=dan
redis cli HSET chat:{hex 7b}*}:r c "1 0 0 0 9007199254740992" u:cid "0 9007199254740992 0"
redis cli EVAL "local function f(t, v) return t .. struct.pack('>I4', #v) .. v end return redis.call('PUBLISH', KEYS[1], 'X 0 0 1795000000000 \n\1' .. f('U', 'root') .. f('N', 'root') .. f('W', 'unban') .. f('G', 'zoe') .. f('Q', '1795000000001'))" 1 chat:{hex 7b}*}:ch
within 1 c until close 4006
d call {"op":"ping"}



=== TEST 16: R1 kicks hold that came while the link was down, for who was in
--- http_config
chat_redis $TEST_NGINX_REDIS;
--- config
location /two {
    chat;
    chat_redis redis://two:pw@127.0.0.1:$TEST_NGINX_REDIS_PORT;
}
--- chat
redis cli ACL SETUSER two on >pw ~* &* +@all
redis cli HSET chat:{hex 7b}r}:r c "3 0 0 0 9007199254740992"
c hello /two?u=cid
c insist {"op":"join","room":"r","presence":false}
d hello /two?u=dan
d insist {"op":"join","room":"r","presence":false}
e hello /two?u=eve
f hello /two?u=fay&r=owner
f insist {"op":"join","room":"r","presence":false}
o hello /ws?u=root&r=owner
# of rights that are forgotten
o insist {"op":"mod","room":"q","do":"kick","user":"dan"}
redis cli DEL chat:{hex 7b}q}:r
d insist {"op":"join","room":"q","presence":false}
redis cli CLIENT KILL USER two
o call {"op":"mod","room":"r","do":"kick","user":"cid"}
o call {"op":"mod","room":"r","do":"kick","user":"fay"}
o call {"op":"mod","room":"q","do":"kick","user":"fay"}
o call {"op":"mod","room":"*","do":"kick","user":"eve"}
within 5 c until json {"ev":"left","room":"r","reason":"kicked","by":{"id":"root"}}
within 5 e until close 4005
# who is above, who was not meant, and who comes after it stay
c call {"op":"join","room":"r","presence":false}
f call {"op":"ping"}
c call {"op":"send","room":"r","text":"x"} => {"ok":*}
within 1 f until json {"ev":"message","text":"x"}
within 1 c until json {"ev":"message","text":"x"}
d call {"op":"send","room":"q","text":"y"} => {"ok":*}



=== TEST 17: R1 kicks hold that the log of acts does not have any more
--- http_config
chat_redis $TEST_NGINX_REDIS;
--- config
location /two {
    chat;
    chat_redis redis://two:pw@127.0.0.1:$TEST_NGINX_REDIS_PORT;
}
--- chat
redis cli ACL SETUSER two on >pw ~* &* +@all
c hello /two?u=cid
c insist {"op":"join","room":"r","presence":false}
d hello /two?u=dan
d insist {"op":"join","room":"r","presence":false}
e hello /two?u=eve
f hello /two?u=fay&r=owner
f insist {"op":"join","room":"r","presence":false}
m hello /two?u=mod&r=moderator
m insist {"op":"join","room":"r","presence":false}
o hello /ws?u=root&r=owner
redis cli ACL SETUSER two off
redis cli CLIENT KILL USER two
o call {"op":"mod","room":"r","do":"kick","user":"cid"}
o call {"op":"mod","room":"r","do":"kick","user":"fay"}
o call {"op":"mod","room":"r","do":"kick","user":"mod"}
o call {"op":"mod","room":"*","do":"kick","user":"eve"}
redis cli XTRIM chat:{hex 7b}r}:a MAXLEN 0
redis cli XTRIM chat:{hex 7b}*}:a MAXLEN 0
redis cli HLEN chat:{hex 7b}r}:r ~ ^2$
redis cli HLEN chat:{hex 7b}r}:k ~ ^3$
redis cli PTTL chat:{hex 7b}r}:k ~ ^86\d{hex 7b}6}$
redis cli ACL SETUSER two on
within 5 c until json {"ev":"left","room":"r","reason":"kicked"}
within 5 e until close 4005
within 5 m until json {"ev":"left","room":"r","reason":"kicked"}
# who came in after it stays, whatever is missed then
c insist {"op":"join","room":"r","presence":false}
e hello /two?u=eve
redis cli ACL SETUSER two off
redis cli CLIENT KILL USER two
o call {"op":"mod","room":"r","do":"kick","user":"dan"}
o call {"op":"mod","room":"*","do":"kick","user":"dan2"}
redis cli DEL chat:{hex 7b}r}:a chat:{hex 7b}*}:a
redis cli ACL SETUSER two on
within 5 d until json {"ev":"left","room":"r","reason":"kicked"}
c insist {"op":"send","room":"r","text":"x"} => {"ok":*}
within 2 f until json {"ev":"message","text":"x"}
e call {"op":"ping"}
errlog ~ \[error\]



=== TEST 18: R8 what is remembered of kicks: keys that make no sense, too many
--- http_config
chat_redis $TEST_NGINX_REDIS;
--- chat
redis cli HSET chat:{hex 7b}r}:k cid x
c hello /ws?u=cid
c call {"op":"join","room":"r"} => {"error":{"status":500}}
redis cli HSET chat:{hex 7b}r}:k cid "4 1 1"
c call {"op":"join","room":"r"} => {"error":{"status":500}}
redis cli HDEL chat:{hex 7b}r}:k cid
c call {"op":"join","room":"r"} => {"ok":*}
redis cli HSET chat:{hex 7b}r}:r c "20000 0 0 0 9007199254740992"
redis cli EVAL "for i = 1, 10000 do redis.call('HSET', KEYS[1], 'user' .. i, '2 ' .. i .. ' 1') end" 1 chat:{hex 7b}r}:k
redis cli HSET chat:{hex 7b}r}:k user1 x
a call {"op":"mod","room":"r","do":"kick","user":"zoe"}
redis cli HLEN chat:{hex 7b}r}:k ~ ^5001$
redis cli HMGET chat:{hex 7b}r}:k user5000 user5001 zoe ~ ^(?:\(nil\))?\n2 5001 1\n3 20001 1\d+$
a call {"op":"mod","room":"r","do":"mute","user":"zoe"} => {"ok":*}
# and of rights that are lost, nothing
redis cli DEL chat:{hex 7b}r}:r
o hello /ws?u=root&r=owner
o insist {"op":"mod","room":"r","do":"kick","user":"zoe"}
redis cli HLEN chat:{hex 7b}r}:k ~ ^1$
redis cli DEL chat:{hex 7b}r}:r
o insist {"op":"mod","room":"r","do":"mute","user":"zoe","for":60}
redis cli EXISTS chat:{hex 7b}r}:k ~ ^0$
# what is no hash refuses a kick, and nothing is half done
redis cli SET chat:{hex 7b}r}:k x
redis cli DEL chat:{hex 7b}r}:a
o call {"op":"mod","room":"r","do":"kick","user":"bob"} => {"error":{"status":500}}
redis cli EXISTS chat:{hex 7b}r}:a ~ ^0$
b call {"op":"send","room":"r","text":"x"} => {"ok":*}
errlog ~ answered .*WRONGTYPE



=== TEST 19: S10 a worker that drains enforces what it did not hear
--- http_config
chat_redis $TEST_NGINX_REDIS;
chat_drain_time 1m;
--- chat
c hello worker==b /ws?u=cid
reload
c until json {"ev":"drain"}
redis cli HSET chat:{hex 7b}r}:r c "99 0 0 0 9007199254740992" u:bob "0 9007199254740992 0"
c call {"op":"join","room":"r","presence":false} => {"ok":*}
within 4 b until json {"ev":"left","room":"r","reason":"banned"}
# after its link was lost, too
redis cli HSET chat:{hex 7b}r}:r c "199 0 0 0 9007199254740992" u:cid "0 9007199254740992 0"
redis cli CLIENT KILL TYPE pubsub
within 6 c until json {"ev":"left","room":"r","reason":"banned"}



=== TEST 20: R1 a kick is about who was in: told late, or numbered anew
--- http_config
chat_redis $TEST_NGINX_REDIS;
--- chat
c hello worker==b /ws?u=cid
c insist {"op":"join","room":"r","presence":false}
e hello worker==b /ws?u=eve
o hello /ws?u=root&r=owner
o insist {"op":"mod","room":"r","do":"kick","user":"cid"}
within 5 c until json {"ev":"left","room":"r","reason":"kicked","by":{"id":"root"}}
o insist {"op":"mod","room":"*","do":"kick","user":"eve"}
within 5 e until close 4005
c insist {"op":"join","room":"r","presence":false}
e hello worker==b /ws?u=eve
# the records come behind the answers that told of them
set late = local x = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1) local n = 0 for i, c in ipairs(redis.call('PUBSUB', 'CHANNELS', ARGV[1])) do n = n + redis.call('PUBLISH', c, x[1][2][2]) end return n
redis cli EVAL "{late}" 1 chat:{hex 7b}r}:a *{hex 7b}r}* ~ ^[1-9]
redis cli EVAL "{late}" 1 chat:{hex 7b}*}:a *{hex 7b}[*]}* ~ ^[1-9]
a insist {"op":"send","room":"r","text":"x"}
within 1 c until json {"ev":"message","text":"x"}
e call {"op":"ping"}
# another Redis that does not have the last acts
redis cli HSET chat:{hex 7b}r}:r c "1 0 0 0 9007199254740992" u:cid "1 0 0"
redis cli HSET chat:{hex 7b}*}:r c "5 0 0 0 9007199254740992"
redis cli CLIENT KILL TYPE pubsub
within 5 c until json {"ev":"room","room":"r","role":"member"}
o insist {"op":"mod","room":"r","do":"kick","user":"cid"}
within 5 c until json {"ev":"left","room":"r","reason":"kicked","by":{"id":"root"}}
o insist {"op":"mod","room":"*","do":"kick","user":"eve"}
within 5 e until close 4005



=== TEST 21: R1 a kick that spared a moderator holds no later
--- http_config
chat_redis $TEST_NGINX_REDIS;
--- config
location /token {
    chat;
    chat_user "";
    chat_user_roles "";
    chat_token_key $TEST_NGINX_TOKENS/secret;
}
--- chat
token t HS256 {"sub":"cid","roles":"moderator","exp":+600}
token u HS256 {"sub":"cid","exp":+700}
token v HS256 {"sub":"cid","roles":"member","exp":+700}
c hello /token | Authorization: Bearer {t}
c insist {"op":"join","room":"r","presence":false}
m hello /ws?u=mod&r=moderator
m insist {"op":"mod","room":"r","do":"kick","user":"cid"}
b insist {"op":"send","room":"r","text":"x"}
within 1 c until json {"ev":"message","text":"x"}
c call {"op":"auth","token":"{u}"}
within 5 c until json {"ev":"room","room":"r","role":"none"}
b call {"op":"send","room":"r","text":"y"} => {"ok":*}
within 1 c until json {"ev":"message","text":"y"}
# by whom another one was, it learns though an answer comes before the record
set act = local x = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1][2][2] x = string.gsub(x, 'Q%z%z%z.2', function(s) return string.sub(s, 1, 5) .. '3' end) redis.call('XADD', KEYS[1], '*', 'd', x) redis.call('HSET', KEYS[2], 'c', '3 0 0 0 9007199254740992') redis.call('HSET', KEYS[3], 'cid', '2 3 9007199254740991') return x
redis cli EVAL "{act}" 3 chat:{hex 7b}r}:a chat:{hex 7b}r}:r chat:{hex 7b}r}:k ~ Q[^Q]+3
c call {"op":"auth","token":"{v}"}
within 9 c until json {"ev":"left","room":"r","reason":"kicked","by":{"id":"mod"}}



=== TEST 22: R1 who came while the store was away is asked for once; old kicks
--- http_config
chat_redis $TEST_NGINX_REDIS;
--- config
location /two {
    chat;
    chat_redis redis://two:pw@127.0.0.1:$TEST_NGINX_REDIS_PORT;
}
--- chat
redis cli ACL SETUSER two on >pw ~* &* +@all
redis cli HSET chat:{hex 7b}*}:r c "100 0 0 0 9007199254740992"
redis cli ACL SETUSER two off
redis cli CLIENT KILL USER two
e hello worker==b /two?u=eve
d hello worker==b /two?u=dan
f hello worker==b /two?u=fay
redis cli ACL SETUSER two on
e insist {"op":"join","room":"q","presence":false}
# before they came; after it, but long ago; and after it
redis cli HSET chat:{hex 7b}*}:k eve "3 50 9007199254740991" dan "3 101 1" fay "3 101 9007199254740991"
redis cli HSET chat:{hex 7b}*}:r c "101 0 0 0 9007199254740992"
redis cli CLIENT KILL USER two
within 5 f until close 4005
e insist {"op":"send","room":"q","text":"x"} => {"ok":*}
d insist {"op":"join","room":"q","presence":false}
