# A Redis that is there and does not serve, or not wholly: what the log says,
# once, and that all works again by itself.
# not run on partial: it is about time and words

use strict;
use warnings;

use lib 't/lib';
use ChatTest;

add_block_preprocessor(sub {
    my ($block) = @_;

    return if defined $block->alone;

    $block->set_value('chat', <<'_EOC_' . $block->chat);
a hello /ws?name=Ann
b hello worker!=a /ws?name=Bob
a call {"op":"join","room":"lobby","presence":false}
b call {"op":"join","room":"lobby","presence":false}
a call {"op":"send","room":"lobby","text":"first"} => {"ok":{"seq":1}}
b until json {"ev":"message","text":"first"}
_EOC_

    return;
});


# each right that a user of Redis can lack, when nginx connects

my ($n, $blocks) = (0, '');

for my $command (qw(info publish script subscribe)) {
    $n++;
    $blocks .= <<"_EOC_";
=== TEST $n: R2 no right to $command
--- chat
redis cli ACL SETUSER default -$command
redis drop
errlog ~ \\[error\\] .* answered NOPERM .*'$command\\S*' command: give the user of "chat_redis" this right
within 1 a call {"op":"send","room":"lobby","text":"x"} => {"error":{"code":"unavailable"}}
redis cli ACL SETUSER default +\@all
a insist {"op":"who","room":"lobby"}
b insist {"op":"who","room":"lobby"}
a call {"op":"send","room":"lobby","text":"y"} => {"ok":{"seq":2}}
b until json {"ev":"message","text":"y"}


_EOC_
}

# and when it publishes

for my $command (qw(evalsha xadd hget time)) {
    $n++;
    $blocks .= <<"_EOC_";
=== TEST $n: R2 no right to $command
--- chat
redis cli ACL SETUSER default -$command
within 1 a call {"op":"send","room":"lobby","text":"x"} => {"error":{"code":"unavailable"}}
within 1 a call {"op":"send","room":"lobby","text":"x"} => {"error":{"code":"unavailable"}}
errlog ~ \\[error\\] .* answered .*: give the user of "chat_redis"
errlog !~ (?:answered(?s:.*)){2}|redis \\S+ closed connection
b silent 0.2
redis cli ACL SETUSER default +\@all
a call {"op":"send","room":"lobby","text":"y"} => {"ok":{"seq":2}}
b until json {"ev":"message","text":"y"}


_EOC_
}

{
    local $/;
    $blocks .= <DATA> =~ s/^=== TEST (\d+)/'=== TEST ' . ($n + $1)/gemr;
}

main::spec_string($blocks);
run_chat();

__DATA__
=== TEST 1: R6 no memory: the sender is told, nobody hears it
--- chat
redis cli CONFIG SET maxmemory 100kb
within 1 a call {"op":"send","room":"lobby","text":"x"} => {"error":{"code":"unavailable","temporary":true}}
within 1 a call {"op":"send","room":"lobby","text":"x"} => {"error":{"code":"unavailable"}}
errlog ~ \[error\] .* redis unix:\S+ takes no messages, it answered OOM .*: raise its "maxmemory"
b silent 0.3
errlog !~ (?:takes no messages(?s:.*)){2}|takes messages
redis cli CONFIG SET maxmemory 0
a call {"op":"send","room":"lobby","text":"y"} => {"ok":{"seq":2}}
b until json {"ev":"message","text":"y"}
errlog ~ \[notice\] .* redis unix:\S+ takes messages again
redis cli CONFIG SET maxmemory 100kb
within 1 a call {"op":"send","room":"lobby","text":"x"} => {"error":{"code":"unavailable"}}
redis cli CONFIG SET maxmemory 0
a call {"op":"send","room":"lobby","text":"z"} => {"ok":{"seq":3}}
# at most once in 10 s
errlog !~ (?:takes no messages(?s:.*)){2}|(?:takes messages(?s:.*)){2}



=== TEST 2: R6 no replicas
--- chat
redis cli CONFIG SET min-replicas-to-write 1
within 1 a call {"op":"send","room":"lobby","text":"x"} => {"error":{"code":"unavailable"}}
errlog ~ takes no messages, it answered NOREPLICAS .*: bring its replicas back
b silent 0.3
redis cli CONFIG SET min-replicas-to-write 0
a call {"op":"send","room":"lobby","text":"y"} => {"ok":{"seq":2}}
b until json {"ev":"message","text":"y"}
errlog ~ takes messages again



=== TEST 3: R27 an eviction policy, when nginx connects
--- chat
redis cli CONFIG SET maxmemory 1gb
redis cli CONFIG SET maxmemory-policy allkeys-lru
redis drop
errlog ~ \[error\] .* redis unix:\S+ may evict what it should keep and is not used: set its "maxmemory-policy", now allkeys-lru, to noeviction
within 1 a call {"op":"send","room":"lobby","text":"x"} => {"error":{"code":"unavailable"}}
sleep 2
errlog !~ (?:may evict(?s:.*)){3}
redis cli CONFIG SET maxmemory-policy noeviction
within 15 a insist {"op":"who","room":"lobby"}
within 15 b insist {"op":"who","room":"lobby"}
a call {"op":"send","room":"lobby","text":"y"} => {"ok":{"seq":2}}
b until json {"ev":"message","text":"y"}



=== TEST 4: R27 an eviction policy, while nginx is connected
--- chat
redis cli CONFIG SET maxmemory 1gb
redis cli CONFIG SET maxmemory-policy volatile-ttl
within 20 a until json {"ev":"error","error":{"code":"unavailable"}}
errlog ~ may evict what it should keep .* now volatile-ttl, to noeviction
redis cli CONFIG SET maxmemory 0
within 15 a insist {"op":"who","room":"lobby"}



=== TEST 5: R27 an eviction policy without a limit of memory does nothing
--- chat
redis cli CONFIG SET maxmemory-policy allkeys-lru
redis drop
within 5 a insist {"op":"who","room":"lobby"}
within 5 b insist {"op":"who","room":"lobby"}
a call {"op":"send","room":"lobby","text":"y"} => {"ok":{"seq":2}}
errlog !~ evict



=== TEST 6: R4 a master that becomes a replica, and a master again
--- chat
redis cli REPLICAOF 127.0.0.1 1
within 1 a call {"op":"send","room":"lobby","text":"x"} => {"error":{"code":"unavailable"}}
errlog ~ \[error\] .* redis unix:\S+ is a replica: it is looked up and tried again, name the master
sleep 1
# one line of each worker, whichever command found it out
errlog !~ (?s) (\d+)#\S+ redis \S+ is a replica.* \1#\S+ redis \S+ is a replica
redis cli REPLICAOF NO ONE
a insist {"op":"who","room":"lobby"}
a call {"op":"send","room":"lobby","text":"y"} => {"ok":{"seq":2}}



=== TEST 7: R4 a replica, found without a message
--- chat
redis cli REPLICAOF 127.0.0.1 1
within 20 a until json {"ev":"error","error":{"code":"unavailable"}}
errlog ~ \[error\] .* redis unix:\S+ is a replica
redis cli REPLICAOF NO ONE
a insist {"op":"who","room":"lobby"}



=== TEST 8: R4 a Redis that loads its data serves within a second of its end
--- chat
redis cli EVAL for--[[]]i=1,2000--[[]]do--[[]]redis.call('SET','k'..i,1)--[[]]end 0
redis cli SAVE
redis stop
redis start --key-load-delay 2000 --loading-process-events-interval-bytes 1024
errlog ~ \[warn\] .* redis unix:\S+ is loading its data, and is asked until it has
within 1 a call {"op":"send","room":"lobby","text":"x"} => {"error":{"code":"unavailable"}}
redis ready
within 5 a insist {"op":"who","room":"lobby"}
a call {"op":"send","room":"lobby","text":"y"} => {"ok":*}
errlog !~ (?:is loading(?s:.*)){5}



=== TEST 9: R28 a subscriber's output buffer is full
--- chat
redis stop
redis start --client-output-buffer-limit pubsub 300k 300k 1
a insist {"op":"who","room":"lobby"}
b insist {"op":"who","room":"lobby"}
errlog !~ redis \S+ closed connection(?s:.*redis \S+ closed connection){2}
redis cli EVAL for--[[]]i=1,9--[[]]do--[[]]redis.call('PUBLISH','chat:{hex 7b}lobby{hex 7d}:ch',string.rep('x',99999))--[[]]end 0
errlog ~ redis \S+ closed connection(?s:.*redis \S+ closed connection){2}
a insist {"op":"who","room":"lobby"}
b insist {"op":"who","room":"lobby"}
a call {"op":"send","room":"lobby","text":"y"} => {"ok":{"seq":1}}
b until json {"ev":"message","text":"y"}



=== TEST 10: R30 the master's clock goes back by an hour: the order stays
--- chat
redis cli EVAL local--[[]]m='chat:{hex 7b}lobby{hex 7d}:m'local--[[]]s,n=redis.call('HGET',m,'s'):gsub('(%d+)(%s%w+)$',function(w,e)return(w+4)..e--[[]]end)redis.call('HSET',m,'s',s)return--[[]]n 0 ~ ^1$
a call {"op":"send","room":"lobby","text":"two"} => {"ok":{"seq":2}}
a call {"op":"send","room":"lobby","text":"three"} => {"ok":{"seq":3}}
b until json {"ev":"message","text":"two","seq":2,"prev":1}
b until json {"ev":"message","text":"three","seq":3,"prev":2}
errlog !~ \[error\]
