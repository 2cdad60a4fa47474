# examples/bridge: each message reaches RabbitMQ at least once, with its room,
# in order, also when the bridge is killed between what it read and RabbitMQ's
# answer, and when RabbitMQ or the bridge was away.
# not run on asan: the example loads the module of make
# not run on partial: nothing here is cut into pieces

use strict;
use warnings;

use HTTP::Tiny;
use JSON::PP;
use Time::HiRes qw(sleep time);

use lib 't/lib';
use ChatTest;
use ChatTest::Example;

my $example = ChatTest::Example->new('bridge')->ready;
my $key = $example->file('keys/api') =~ s/\s//gr;
my $http = HTTP::Tiny->new(default_headers => {
    'Authorization' => "Bearer $key", 'Content-Type' => 'application/json' });
my $said = 0;

# until both rooms are there for it
say_in('one', 2);
say_in('two', 1);
soon(sub { pending('one') eq '0' && delivered('one') eq '2-0' },
     'what was said is acknowledged');

# RabbitMQ answers no more: what is read stays unconfirmed
my @rabbit = rabbit();
kill STOP => @rabbit;
say_in('one', 3);
soon(sub { pending('one') > 0 }, 'it has read and waits for an answer');

my $killed = $example->file('bridge.pid') + 0;
kill KILL => $killed;
kill CONT => @rabbit;

soon(sub { $example->file('bridge.pid') != $killed }, 'it is started again');
say_in('two', 2);
soon(sub { pending('one') eq '0' && delivered('two') eq '3-0' },
     'what was left is acknowledged');

# a room that comes later
say_in('three', 1);
soon(sub { delivered('three') eq '1-0' && pending('three') eq '0' },
     'a new room is found');

my (%seen, %last, $order);

for my $line (split /\n/, taken()) {
    my $event = decode_json($line);
    my $room = $event->{room};

    # again is allowed, behind what follows is not
    $order .= "$room: $event->{seq} behind $last{$room}\n"
        if !$seen{$event->{text}} && $event->{seq} < ($last{$room} // 0);

    $last{$room} = $event->{seq};
    $seen{$event->{text}} = "$room $event->{from}{id} $event->{from}{name}";
}

is_deeply([sort { $a <=> $b } keys %seen], [1 .. $said], 'all have come');
is($order, undef, 'in the order of their rooms');
is($seen{1}, 'one shop The Shop', 'with room and sender');


sub say_in {
    my ($room, $n) = @_;

    for (1 .. $n) {
        my $body = encode_json({ text => ++$said . '',
            from => { id => 'shop', name => 'The Shop' } });
        my $answer = $http->post('http://127.0.0.1:' . $example->port(1)
            . "/chat/api/v1/rooms/$room/messages", { content => $body });

        die "$answer->{status} $answer->{content}\n"
            if $answer->{status} != 201;
    }

    return;
}


sub redis {
    my (@words) = @_;
    open my $cli, '-|', 'redis-cli', '-s', "$example->{run}/redis.sock", @words
        or die "redis-cli: $!\n";
    local $/;
    return <$cli> // '';
}


sub pending {
    my ($room) = @_;
    return redis('XPENDING', "chat:{$room}:l", 'bridge') =~ /^(\d+)/ ? $1 : -1;
}


sub delivered {
    my ($room) = @_;
    return redis('XINFO', 'GROUPS', "chat:{$room}:l")
           =~ /last-delivered-id\s+(\S+)/ ? $1 : '';
}


# Erlang's processes below the example

sub rabbit {
    open my $ps, '-|', 'ps', '-eo', 'pid,args' or die "ps: $!\n";
    my @pids = map { /^\s*(\d+) \S*beam\S* .*\Q$example->{run}\E/ ? $1 : () }
               <$ps>;
    die "there is no RabbitMQ\n" if !@pids;
    return @pids;
}


# all messages of the queue, a line each

sub taken {
    my $port = $example->port(2);
    open my $python, '-|', '/usr/bin/python3', '-c', <<"_EOC_"
import pika
server = pika.BlockingConnection(pika.URLParameters(
    'amqp://guest:guest\@127.0.0.1:$port/'))
channel = server.channel()
while True:
    method, properties, body = channel.basic_get('chat', auto_ack=True)
    if method is None:
        break
    print(body.decode())
_EOC_
        or die "python3: $!\n";
    local $/;
    return <$python> // '';
}


sub soon {
    my ($holds, $name) = @_;
    my $deadline = time + 30;

    sleep 0.05 while !$holds->() && time < $deadline;
    ok($holds->(), $name) or diag($example->file('bridge.log'));

    return;
}
