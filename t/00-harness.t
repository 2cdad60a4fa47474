# The test library itself: what it must accept, and what it must not.

use strict;
use warnings;

use lib 't/lib';

use ChatTest::Client;
use ChatTest::Json;
use ChatTest::Script;
use IO::Socket::INET;
use Test::More;


# JSON patterns

my @match = (
    ['{"a":1,"b":2}', '{"a":1}'],
    ['{"a":1}', '{"a":*}'],
    ['{"a":null}', '{"a":*}'],
    ['{"a":[1,{"b":2,"c":3}]}', '{"a":[1,{"b":2}]}'],
    ['{"a":[1,2,{"b":3}]}', '{"a":["...",{"b":3},1]}'],
    ['{"a":"Wait 4 s."}', '{"a":"~^Wait \\\\d"}'],
    ['{"a":1}', '{"b":"!"}'],
    ['{"a":true}', '{"a":true}'],
    ['[]', '[]'],
);

my @mismatch = (
    ['{"a":1}', '{"b":*}'],
    ['{"a":1}', '{"a":2}'],
    ['{"a":1}', '{"a":"1"}'],
    ['{"a":"1"}', '{"a":1}'],
    ['{"a":1}', '{"a":true}'],
    ['{"a":1}', '{"a":"!"}'],
    ['{"a":[1,2]}', '{"a":[1]}'],
    ['{"a":[1,2]}', '{"a":["...",3]}'],
    ['{"a":"x"}', '{"a":"~^y"}'],
    ['{"a":{}}', '{"a":[]}'],
    ['1', '{}'],
);

is(fault(@$_), undef, "$_->[0] is $_->[1]") for @match;
isnt(fault(@$_), undef, "$_->[0] is not $_->[1]") for @mismatch;

is(ChatTest::Json::encode(ChatTest::Json::decode($_->[0])), $_->[1],
   "$_->[0] is read") for
    ['{"b":[1,-2.5e1,"x"],"a":{"c":null}}', '{"a":{"c":null},"b":[1,-25,"x"]}'],
    [' [ true , false ] ', '[true,false]'], ['[]', '[]'], ['{}', '{}'],
    ['"\\"\\\\\\/\\n\\u00e4\\ud83d\\ude00"',
     "\"\\\"\\\\/\\n\xc3\xa4\xf0\x9f\x98\x80\""];

ok(!defined eval { ChatTest::Json::decode($_) }, 'what is no JSON is not')
    for '', '[1,]', '{"a":1,}', '{a:1}', '"a', "\"\x01\"", "\"\xff\"", '"\\x"',
        '"\\u12"', '"\\ud800"', '01', '1.', '+1', 'nul', '[1] x', '[1 2]';


# frames, as in RFC 6455, 5.7.  Examples

is(hex_of('Hello', key => '37fa213d'), '818537fa213d7f9f4d5158', 'masked');
is(hex_of('Hello', mask => 0), '810548656c6c6f', 'unmasked');
is(hex_of('Hel', mask => 0, fin => 0), '010348656c', 'first fragment');
is(hex_of('lo', mask => 0, op => 'cont'), '80026c6f', 'last fragment');
is(hex_of('x' x 256, mask => 0, op => 2), '827e0100' . '78' x 256, '16 bits');
like(hex_of('x' x 65536, mask => 0, op => 2), qr/^827f0000000000010000(78)+$/,
     '64 bits');
is(hex_of('x', mask => 0, rsv => 4, len => 5, form => 16), 'c17e000578',
   'a frame that lies');


# each of the browser's tests is in one program

my %program;

for my $file (glob 't/browser*.t') {
    open my $in, '<', $file or die "$file: $!\n";
    my ($names) = join('', <$in>) =~ /run\.mjs', qw\(([^)]+)\)/;
    push @{$program{$_}}, $file for split ' ', $names // '';
}

is(scalar @{$program{$_} // []}, 1, "t/browser/$_.test.mjs is run once")
    for map { m{([^/]+)\.test\.mjs$} } glob 't/browser/*.test.mjs';



# dialogues that must fail, and where

my $port = 1;

like(report('a'), qr/^line 1: a\n/, 'no verb');
like(report('a nonsense'), qr/no such verb/, 'an unknown verb');
like(report("# fine\n\na send text x"), qr/^line 3: .*no connection/s,
     'no connection');
like(report('a connect /ws'), qr/cannot connect/, 'nobody listens');
like(report('a send text {m.seq}'), qr/nothing was captured/, 'no variable');
like(report('a raw 0g'), qr/bad hex/, 'no hex');
like(report('redis nonsense'), qr/redis nonsense/, 'an unknown redis verb');
is(report("# nothing\nset x = 1\nsleep 0.01"), undef, 'a dialogue that passes');

# a store that comes back, and a story with and without holes

my @answers = ('{"error":{"code":"unavailable"}}') x 2;

is(play('a insist {"op":"x"} => {"ok":{"seq":1}}', @answers, '{"ok":{"seq":1}}'),
   undef, 'insist goes on until the store is there');
like(play('a insist {"op":"x"} => {"ok":*}', @answers,
          '{"error":{"code":"internal"}}'),
     qr/ok: missing/, 'insist takes no other error');
like(play('a insist {"op":"x"} => {"ok":{"seq":2}}', '{"ok":{"seq":1}}'),
     qr/seq: 1, not 2/, 'insist looks at the answer');

my ($two, $three, $page) = map { told($_) } 2, 3, [1, 2];

is(told_as('a story r 2 3', $two, '{"ev":"x"}', $three), undef, 'a story');
is(told_as('a story r * 3', $page, $three), undef,
   'a story that an answer begins');
is(told_as('a story r * 3', $page, $two, $three), undef,
   'who joins hears it again');
is(told_as('a story r 1 2', $page, $three), undef, 'a story that ends before');
is(told_as('a story r 3 3', told(2, 'q'), $three), undef, 'of another room');
like(told_as('a story r 1 3', $page), qr/it ends with 2/,
     'a story that stops');
like(told_as('a story r 1 3', told(1), $three), qr/3 came after 1, not 2/,
     'a hole');
like(told_as('a story r 1 3', $page, $two, $three), qr/2 came after 2/,
     'told twice');
like(told_as('a story r 2 3', $three, $two), qr/3 came after nothing/,
     'out of order');
like(told_as('a story r 2 3', $two, '{"ev":"resync","room":"r"}', $three),
     qr/resync/, 'a resync in it');
is(told_as('a story r 2 3', $two,
           '{"ev":"error","error":{"code":"unavailable"}}',
           '{"ev":"resync","room":"r"}', $three), undef,
   'a resync that ends an outage');

# who is there is told when it will be, and so is a heartbeat

my ($there, $beat) = ('{"ev":"presence","count":2}', '{"ev":"heartbeat"}');
my $expect = 'a expect json {"ev":"message","seq":2}';

is(told_as($expect, $there, $beat, $two), undef, 'expect lets both pass');
is(told_as("$expect\na expect json $there\na silent 0", $beat, $there, $two),
   undef, 'and presence waits for who asks');
like(told_as("$expect\na silent 0", $there, $two), qr/line 2:.*presence/s,
     'or is found by who wants silence');
like(told_as($expect, told(1), $two), qr/seq: 1, not 2/, 'no other passes');
like(told_as("a expect json $there", $two, $there), qr/no "ev":"presence"/,
     'and who asks for presence gets it next');
like(told_as($expect, $there), qr/nothing came/, 'what passed is not it');


# what came in time counts, however busy the test was

is(late('{"ev":"x"}', '{"ev":"y"}'), undef, 'a frame that was not read yet');
like(late('{"ev":"x"}'), qr/after 1 others/, 'a frame that did not come');


# what "make test" runs: each test, and the contract on both stores

my %runs = map { $_ => 1 } split ' ', `PROVE=echo t/bin/test all`;
my @tests = map { s{^t/}{}r } glob 't/*.t';
my @contract = grep { /^broker_/ } @tests;

cmp_ok(scalar @contract, '>', 5, 'there is a contract');
is(join(' ', grep { !$runs{"redis/$_"} || !$runs{"shm/$_"} } @contract), '',
   'the contract runs on both stores');

my %not = map { s{^t/}{}r => 1 } split ' ', `grep -l '^# not run on asan' t/*.t`;
is(join(' ', grep { !$runs{"asan/shm/$_"} && !$not{$_} } @contract), '',
   'and on the sanitizer build, or says why not');
is(join(' ', grep { !$runs{"t/$_"} && !$runs{"shm/$_"} && !$runs{"asan/$_"} }
        @tests), '', 'no test is left out');
is(`PROVE=echo t/bin/test asan t/broker_rooms.t` =~ s/^.*one //r,
   "asan/shm/broker_rooms.t\n", 'a test that is named');

done_testing();


sub fault {
    my ($got, $pattern) = @_;
    return ChatTest::Json::matches(ChatTest::Json::decode($got),
                                   ChatTest::Json::pattern($pattern));
}


sub hex_of {
    my ($payload, %option) = @_;
    return unpack 'H*', ChatTest::Client::frame($payload, %option);
}


sub report {
    my ($text) = @_;
    return ChatTest::Script->new(port => $port, timeout => 1,
                                 nginx => { patience => 1 })->run($text);
}


# one step of a client to whom the frames come; a command takes one each

sub play {
    my ($step, @frames) = @_;
    my $script = ChatTest::Script->new(port => $port, timeout => 0.2,
                                       nginx => { patience => 1 });
    my $client = ChatTest::Client->new('a', $port);

    no warnings 'redefine';

    local *ChatTest::Client::send_frame = sub {
        my ($id) = $_[1] =~ /"id":(\d+)/;
        push @{ $client->{queue} },
             { op => 'text', data => (shift @frames) =~ s/^\{/{"id":$id,/r };
    };

    $script->{client}{a} = $client;

    return $script->run($step);
}


# frames wait in the socket when the time is over

sub late {
    my (@frames) = @_;
    my $listen = IO::Socket::INET->new(Listen => 1,
                                       LocalAddr => '127.0.0.1:0');
    my $client = ChatTest::Client->new('a', $listen->sockport);
    my $script = ChatTest::Script->new(timeout => 0,
                                       nginx => { patience => 1 });

    $client->open_socket;
    $client->{websocket} = 1;
    $script->{client}{a} = $client;

    my $server = $listen->accept;
    my $bytes = join '', map { ChatTest::Client::frame($_, mask => 0) } @frames;

    syswrite $server, $bytes;

    my $report = $script->run('a until json {"ev":"y"}');

    $client->drop;

    return $report;
}


sub told_as {
    my ($step, @frames) = @_;
    my $script = ChatTest::Script->new(port => $port, timeout => 0.2,
                                       nginx => { patience => 1 });
    my $client = ChatTest::Client->new('a', $port);

    $client->{queue} = [map { { op => 'text', data => $_ } } @frames];
    $script->{client}{a} = $client;

    return $script->run($step);
}


# a message of that number, or an answer with several

sub told {
    my ($seq, $room) = @_;
    my @messages = map { sprintf '{"ev":"message","room":"%s","seq":%d}',
                                 $room // 'r', $_ }
                       ref $seq ? @$seq : $seq;

    return $messages[0] if !ref $seq;
    return '{"id":1,"ok":{"messages":[' . join(',', @messages) . ']}}';
}
