# What a Redis may answer that ours never does: garbage, sizes to run out of
# memory by, too little, too much, too late.  Between nginx and the Redis
# stands t/lib/fake_redis.pl.

use strict;
use warnings;

use lib 't/lib';

use ChatTest;


# the usual start of each block: two people, and the fake one as it should be

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('http_config', <<'_EOC_');
chat_redis redis://127.0.0.1:$TEST_NGINX_FAKE_PORT;
_EOC_

    $block->set_value('chat', <<'_EOC_' . $block->chat);
redis wait 4
a hello /ws?name=Ann
b hello worker!=a /ws?name=Bob
a call {"op":"join","room":"lobby"}
b call {"op":"join","room":"lobby"}
a call {"op":"send","room":"lobby","text":"first"} => {"ok":{"seq":1}}
a story lobby 1 1
b story lobby 1 1
_EOC_

    return;
});


# each of these answers to a publish costs the link, and nothing else: what is
# said next is heard by both, whoever's link it was

my @invalid = (
    'R11 a length below -1',                '$-2\r\n', 'invalid reply',
    'R11 a length that is none',            '$abc\r\n', 'invalid reply',
    'R11 a length beyond 32 bits',          '$99999999999\r\n',
                                            'too large a string',
    'R11 a length beyond 64 bits',          '$99999999999999999999999\r\n',
                                            'reply|string',
    'R11 an array of -5',                   '*-5\r\n', 'invalid reply',
    'R11 an array of 2^32 + 1',             '*4294967297\r\n',
                                            'invalid reply',
    'R11 an array of 10^9',                 '*1000000000\r\n',
                                            'invalid reply',
    'R11 an array of 2^31 - 1',             '*2147483647\r\n',
                                            'invalid reply',
    'R12 other bytes than CRLF at the end', '$5\r\nhelloXX',
                                            'unexpected reply',
    'R12 lines that end in LF',             '$5\nhello\n',
                                            'did not answer in time',
    'R13 an array ten deep', '*1\r\n' x 10 . ':1\r\n', 'invalid reply',
    'R14 a string of 1 MB and more',        '$1200000\r\n',
                                            'too large a string',
    'R14 a string of 512 MB',               '$536870912\r\n',
                                            'too large a string',
    'R15 a verbatim string',                '=6\r\ntxt:hi\r\n',
                                            'invalid reply',
    'R15 a map',                            '%1\r\n+a\r\n+b\r\n',
                                            'invalid reply',
    'R15 a push',                           '>1\r\n+a\r\n', 'invalid reply',
    'R15 a double',                         ',1.5\r\n', 'invalid reply',
    'R15 a null',                           '_\r\n', 'invalid reply',
    'R15 a big number',                     '(12345678901234567890\r\n',
                                            'invalid reply',
    'R15 an attribute',                     '|1\r\n+a\r\n+b\r\n',
                                            'invalid reply',
    'R16 an answer of another command',     '+OK\r\n', 'unexpected reply',
    'R16 nothing',                          '$-1\r\n', 'unexpected reply',
    'R16 numbers of another kind', '$11\r\nM\s1\sx\s2\sab\n\r\n',
                                            'unexpected reply',
    'R4 a replica',  '-READONLY\sYou\scan\'t\swrite\r\n',
                                            'is a replica: it is looked up',
    'R4 a replica, as a script before Redis 7 says it',
    '-ERR\sError\srunning\sscript\s(call\sto\sf_0):\s'
    . '@user_script:2:\s-READONLY\sYou\scan\'t\swrite\r\n',
                                            'is a replica: it is looked up',
    'R4 a Redis that loads', '-LOADING\sRedis\sis\sloading\r\n',
                                            'is loading its data, and is asked',
    'R2 a password was set', '-NOAUTH\sAuthentication\srequired.\r\n',
                                            'answered NOAUTH .*the password',
);

# and these are answers to one publish, and cost nothing else at all

my @refused = (
    'R2 no permission',   '-NOPERM\sno\spermissions\r\n', 'NOPERM',
    'R5 a moved slot',    '-MOVED\s3999\s127.0.0.1:6381\r\n', 'MOVED',
    'R5 a moving slot',   '-ASK\s3999\s127.0.0.1:6381\r\n', 'ASK',
    'R6 no memory',       '-OOM\scommand\snot\sallowed\r\n', 'OOM',
    'R6 no disk',         '-MISCONF\sErrors\swriting\r\n', 'MISCONF',
    'R6 no replicas',     '-NOREPLICAS\sNot\senough\r\n', 'NOREPLICAS',
    'R9 another version', '-ERR\sunknown\scommand\r\n', 'ERR',
    'R8 a foreign key',   '-WRONGTYPE\sOperation\r\n', 'WRONGTYPE',
);

# the same alone: what the log says of it, and what to do

my @told = (
    'R5 a moved slot', '-MOVED\s3999\s127.0.0.1:6381\r\n',
    'answered MOVED 3999 127\.0\.0\.1:6381: Redis Cluster is not supported '
    . 'yet, name a single master$', '',
    'R5 a moving slot', '-ASK\s3999\s127.0.0.1:6381\r\n',
    'answered ASK .*: Redis Cluster is not supported yet', '',
    'R9 a command that is not there, and our arguments are not told',
    '-ERR\sunknown\scommand\s`EVALSHA`,\swith\sargs\sbeginning\swith:\s'
    . '`sesame`\r\n',
    'answered ERR unknown command `EVALSHA`: Redis 5 or newer is needed', '',
    'R2 no permission', '-NOPERM\sno\r\n',
    'answered NOPERM no: give the user of "chat_redis" this right', '',
    'R6 no memory, as a script before Redis 7 says it',
    '-ERR\sError\srunning\sscript\s(call\sto\sf_0):\s'
    . '@user_script:2:\s-OOM\scommand\snot\sallowed\r\n',
    'takes no messages, it answered .*OOM .*: raise its '
    . '"maxmemory"', 'takes messages again',
    'R6 no disk', '-MISCONF\sErrors\swriting\r\n',
    'takes no messages, it answered MISCONF .*: it '
    . 'cannot write', 'takes messages again',
    'R6 no replicas', '-NOREPLICAS\sNot\senough\r\n',
    'takes no messages, it answered NOREPLICAS .*: bring',
    'takes messages again',
);


# so many masked text frames, for "raw"

sub frames {
    my ($count, $text) = @_;
    my $frame = pack 'C2 N', 0x81, 0x80 | length $text, 0;
    return unpack 'H*', ($frame . $text) x $count;
}


my ($n, $blocks) = (0, '');

my $send = '{"op":"send","room":"lobby","text":"x"}';
my $unavailable = '{"error":{"code":"unavailable"}}';

while (@invalid) {
    my @rows = splice @invalid, 0, 12;
    my ($last, @titles, @steps) = 1;

    while (my ($title, $reply, $log) = splice @rows, 0, 3) {
        push @titles, $title;
        $last++;
        push @steps, <<"_EOC_";
fake once:EVALSHA/XADD:$reply
within 4 a call $send => $unavailable
errlog ~ \\[(?:error|warn)\\] .* redis redis://127\\.0\\.0\\.1:\\d+/0 .*$log
a insist {"op":"send","room":"lobby","text":"y"} => {"ok":{"seq":$last}}
a story lobby $last $last
b story lobby $last $last
_EOC_
    }

    $n++;
    $blocks .= "=== TEST $n: " . join(', ', @titles) . "\n--- chat\n"
               . join('', @steps) . "\n\n";
}

$n++;
$blocks .= "=== TEST $n: what Redis refuses costs the message only\n"
           . "--- chat\n";

while (my ($title, $reply, $log) = splice @refused, 0, 3) {
    my $refusal = $log eq 'WRONGTYPE' ? '{"error":{"status":500}}'
                : $unavailable;

    $blocks .= <<"_EOC_";
# $title
fake once:EVALSHA/XADD:$reply
within 1 a call $send => $refusal
within 1 a call {"op":"send","room":"lobby","text":"y"} => {"ok":*}
b until json {"ev":"message","text":"y"}
_EOC_
}

$blocks .= <<'_EOC_';
errlog ~ \[error\] .* redis redis://127\.0\.0\.1:\d+/0 answered NOPERM
errlog !~ answered MOVED|redis \S+ closed connection


_EOC_

while (my ($title, $reply, $log, $end) = splice @told, 0, 4) {
    my $address = 'redis redis://127\.0\.0\.1:\d+/0';
    my $well = $end ? "errlog ~ \\[notice\\] .* $address $end" : '';

    $n++;
    $blocks .= <<"_EOC_";
=== TEST $n: $title
--- chat
fake reply:EVALSHA/XADD:$reply
within 1 a call $send => $unavailable
within 1 a call $send => $unavailable
errlog ~ \\[error\\] .* $address $log
errlog !~ (?:answered(?s:.*)){2}|takes messages|sesame|redis \\S+ closed connection
fake reset
within 1 a call {"op":"send","room":"lobby","text":"y"} => {"ok":{"seq":2}}
b until json {"ev":"message","text":"y"}
$well


_EOC_
}

{
    local $/;
    $blocks .= <DATA> =~ s/^=== TEST (\d+)/'=== TEST ' . ($n + $1)/gemr;
    $blocks =~ s/32 SENDS/frames(32, '{"op":"send","id":1,"room":"lobby","text":"x"}')/ge;
}

main::spec_string($blocks);
run_chat();

__DATA__
=== TEST 1: R12 cut in the midst of an answer
--- chat
fake cut:EVALSHA/XADD:9
within 1 a call {"op":"send","room":"lobby","cid":"x","text":"x"} => {"error":{"code":"unavailable"}}
b story lobby 2 2
a insist {"op":"send","room":"lobby","text":"y"} => {"ok":{"seq":3}}
a call {"op":"send","room":"lobby","cid":"x","text":"x"} => {"ok":{"seq":2,"dup":true}}
a story lobby 2 3
b story lobby 3 3



=== TEST 2: R16 an answer too many
--- chat
fake extra:EVALSHA/XADD:$-1\r\n
a call {"op":"send","room":"lobby","text":"x"} => {"ok":{"seq":2}}
errlog ~ sent a reply to no command
a insist {"op":"send","room":"lobby","text":"y"} => {"ok":{"seq":3}}
a story lobby 2 3
b story lobby 2 3



=== TEST 3: R16 an answer after its time is nobody's
--- chat
fake late:EVALSHA/XADD:2.4
within 4 a call {"op":"send","room":"lobby","cid":"x","text":"x"} => {"error":{"code":"unavailable"}}
errlog ~ did not answer in time
a insist {"op":"send","room":"lobby","text":"y"} => {"ok":{"seq":3}}
a call {"op":"send","room":"lobby","cid":"x","text":"x"} => {"ok":{"seq":2,"dup":true}}
a story lobby 2 3
b story lobby 2 3



=== TEST 4: R23 silence on both ways
--- chat
fake silent
within 4 a call {"op":"send","room":"lobby","text":"x"} => {"error":{"code":"unavailable"}}
within 1 a call {"op":"send","room":"lobby","text":"x"} => {"error":{"code":"unavailable"}}
sleep 2.2
within 9 a until json {"ev":"error","error":{"code":"unavailable"}}
fake reset
fake drop
within 9 a until json {"ev":"resync","top":1}
a call {"op":"send","room":"lobby","text":"y"} => {"ok":{"seq":2}}
a story lobby 2 2
b story lobby 2 2



=== TEST 5: R1 refused again and again: one line in 10 s
--- chat
fake refuse
fake drop
sleep 4
errlog !~ (?:redis \S+ closed connection(?s:.*)){3}
within 1 a call {"op":"send","room":"lobby","text":"x"} => {"error":{"code":"unavailable"}}
fake reset
a insist {"op":"who","room":"lobby"}
b insist {"op":"who","room":"lobby"}
a call {"op":"send","room":"lobby","text":"y"} => {"ok":{"seq":2}}
b until json {"ev":"message","text":"y"}



=== TEST 6: R7 NOSCRIPT for a script that was just loaded
--- chat
fake once:EVALSHA/XADD:-NOSCRIPT\sNo\smatching\sscript\r\n
within 1 a call {"op":"send","room":"lobby","text":"x"} => {"ok":{"seq":2}}
# of the two that a join asks only the first is to be repeated
c hello worker==b /ws?name=Cid
fake once:EVALSHA/SADD:-NOSCRIPT\sNo\smatching\sscript\r\n
c insist {"op":"join","room":"lobby"} => {"ok":{"top":2,"epoch":"~.","messages":[{"seq":1},{"seq":2}]}}
fake reply:EVALSHA/XADD:-NOSCRIPT\sNo\smatching\sscript\r\n
within 1 a call {"op":"send","room":"lobby","text":"x"} => {"error":{"code":"unavailable"}}
fake reset
a call {"op":"send","room":"lobby","text":"y"} => {"ok":{"seq":3}}
b until json {"ev":"message","text":"y"}



=== TEST 7: R18 pushes that nobody asked for
--- chat
a until json {"ev":"presence","count":2}
fake push:*3\r\n$7\r\nmessage\r\n$1\r\nx\r\n$1\r\ny\r\n
fake push:*3\r\n$7\r\nmessage\r\n$16\r\nchat:{hex 7b}nobody{hex 7d}:ch\r\n$1\r\ny\r\n
a silent 0.3
errlog ~ brought 1 bytes that are no record
errlog !~ redis \S+ closed connection|unexpected
fake push:*3\r\n$7\r\nmessage\r\n$1\r\nx\r\n:1\r\n
a insist {"op":"send","room":"lobby","text":"y"} => {"ok":{"seq":2}}
a story lobby 2 2
b story lobby 2 2



=== TEST 8: R18 a push of 10 MB
--- chat
fake flood:10000000
errlog ~ sent too large a string
a insist {"op":"send","room":"lobby","text":"y"} => {"ok":{"seq":2}}
a story lobby 2 2
b story lobby 2 2



=== TEST 9: a subscription answered with another channel's name
--- chat
fake once:SUBSCRIBE:*3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1\r\n
a call {"op":"join","room":"other"} => {"error":{"code":"unavailable"}}
errlog ~ sent an unexpected reply
a insist {"op":"join","room":"other"}
a call {"op":"send","room":"other","text":"y"} => {"ok":{"seq":1}}



=== TEST 10: R4 a replica, a Redis that loads and one that will not talk
--- chat
fake once:INFO/replication:$15\r\nx\r\nrole:slave\r\n\r\n
fake drop
a insist {"op":"who","room":"lobby"}
b insist {"op":"who","room":"lobby"}
errlog ~ \[error\] .* is a replica: it is looked up and tried again, name the master
fake once:INFO/server:$15\r\nx\r\nrun_id:abcde\r\n\r\n
fake drop
a insist {"op":"who","room":"lobby"}
b insist {"op":"who","room":"lobby"}
fake once:SCRIPT:-LOADING\sRedis\sis\sloading\r\n
fake once:CLIENT:-NOAUTH\sAuthentication\srequired.\r\n
fake drop
a insist {"op":"who","room":"lobby"}
b insist {"op":"who","room":"lobby"}
a call {"op":"send","room":"lobby","text":"y"} => {"ok":{"seq":2}}
b until json {"ev":"message","text":"y"}



=== TEST 11: not ready before the own heartbeat has come around
--- chat
fake reply:PUBLISH::0\r\n
fake drop
errlog ~ \[error\] .* does not deliver what is published: its address leads to several servers
within 1 a call {"op":"send","room":"lobby","text":"x"} => {"error":{"code":"unavailable"}}
fake reset
a insist {"op":"who","room":"lobby"}
b insist {"op":"who","room":"lobby"}
fake reply:PUBLISH::1\r\n
fake drop
sleep 1
errlog !~ \(110: Connection timed out\)
within 4 errlog ~ does not deliver what is published \(110: Connection timed out\)
fake reply:PUBLISH:-NOPERM\sno\r\n
fake drop
sleep 0.5
within 1 a call {"op":"send","room":"lobby","text":"x"} => {"error":{"code":"unavailable"}}
fake reset
a insist {"op":"who","room":"lobby"}
b insist {"op":"who","room":"lobby"}
a call {"op":"send","room":"lobby","text":"y"} => {"ok":{"seq":2}}
b until json {"ev":"message","text":"y"}



=== TEST 12: R27 a Redis that does not tell its eviction policy is used
--- chat
fake reply:INFO/memory:$17\r\nused_memory:100\r\n\r\n
fake drop
a insist {"op":"who","room":"lobby"}
b insist {"op":"who","room":"lobby"}
errlog ~ \[warn\] .* does not say whether it may evict keys
fake drop
a insist {"op":"who","room":"lobby"}
b insist {"op":"who","room":"lobby"}
errlog !~ (?:does not say(?s:.*)){3}
a call {"op":"send","room":"lobby","text":"y"} => {"ok":{"seq":2}}
b until json {"ev":"message","text":"y"}



=== TEST 13: 10,000 commands that are not answered: the next is refused at once
# byte by byte, or with ASan, they take longer than the 2 s of the first
--- skip_eval: 2: ($ENV{CHAT_FLAVOUR} || "") =~ /^(?:partial|asan)$/
--- chat
repeat 316 c{i} connect worker==a /ws?name=C{i}
repeat 316 c{i} call {"op":"join","room":"lobby","presence":false}
fake silent
# they speak all at once: the first one's deadline is 2 s away
freeze worker-of a
repeat 316 c{i} raw 32 SENDS
thaw
within 2 a call {"op":"who","room":"lobby"} => {"error":{"code":"unavailable"}}
promptly 1.8 errlog !~ did not answer in time
within 4 errlog ~ did not answer in time
within 3 c316 until json {"error":{"code":"unavailable"}}
fake reset
fake drop
a insist {"op":"who","room":"lobby"}



=== TEST 14: a queue that moves is late, not lost: 2 s are from answer to answer
--- chat
fake late:EVALSHA/XADD:1.1
fake late:EVALSHA/ZRANGEBYLEX:1.1
a send json {"op":"send","room":"lobby","text":"x"}
a send json {"op":"who","room":"lobby","id":7777}
within 6 a until json {"id":7777,"ok":{"count":2}}
errlog !~ did not answer in time
a call {"op":"send","room":"lobby","text":"y"} => {"ok":{"seq":3}}
