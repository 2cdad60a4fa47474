# The embedded store and nginx's processes: reloads with other numbers of
# workers, many of them, descriptors and their limit, another size, "nginx -t",
# a master that is killed, one process only, poll and select.
# not run on partial: it is about processes

use strict;
use warnings;

use lib 't/lib';
use ChatTest;
use ChatTest::Alone;
use Test::More;
use Time::HiRes qw(sleep time);

# workers without a master, which no test but this one ends
my @orphans;

END {
    local $?;
    kill KILL => grep { ChatTest::Nginx::runs($_) } @orphans;
}


sub fds {
    my ($pid) = @_;
    my @fds = glob "/proc/$pid/fd/*";
    return scalar @fds;
}


# a worker that has gone may still have to be seen by the master, which then
# closes what it had for it

sub settled {
    my ($alone, $least) = @_;

    if (!defined $least) {
        sleep 2;
        return fds($alone->master);
    }

    $alone->wait_for(sub { fds($alone->master) <= $least }, 10);
    return fds($alone->master);
}


sub eventfds {
    my ($pid) = @_;
    return scalar grep { (readlink || '') =~ /eventfd/ }
                  glob "/proc/$pid/fd/*";
}


# kB of its own memory, and of what it shares with others

sub memory {
    my ($pid) = @_;
    my %memory;

    open my $in, '<', "/proc/$pid/status" or return;

    while (my $line = <$in>) {
        $memory{$1} = $2 if $line =~ /^(RssAnon|RssShmem):\s+(\d+) kB/;
    }

    return @memory{qw(RssAnon RssShmem)};
}


# one person on each worker, and each hears what any of them says

sub all_talk {
    my ($alone, $room, $what) = @_;
    my @people = map { $alone->client("p$_", "/ws?u=p$_") } 1 .. 6;

    $alone->call($_, qq({"op":"join","room":"$room"})) for @people;

    for my $i (0 .. $#people) {
        $alone->call($people[$i],
                     qq({"op":"send","room":"$room","text":"$what$i"}));
    }

    # who said it has heard it before the answer
    for my $person (@people[0 .. $#people - 1]) {
        my $heard = $alone->until($person, sub {
            return $_[0]{ev} eq 'message' && $_[0]{text} eq "$what$#people";
        });
        ok($heard, "$what: $person->{name} hears the last one");
    }

    $_->drop for @people;
    return;
}


# two people on two workers

sub two_people {
    my ($alone) = @_;
    my $one = $alone->client('one', '/ws?u=one');

    for (1 .. 100) {
        my $two = $alone->client('two', '/ws?u=two');

        return ($one, $two) if ChatTest::Nginx::worker_of($alone, $one)
                               != ChatTest::Nginx::worker_of($alone, $two);
    }

    die "one worker takes all\n";
}


# ---- rights stay as long as the zone does, and no longer

{
    my $alone = ChatTest::Alone->new(extra => 'chat_user_roles $arg_r;');
    my $join = '{"op":"join","room":"r"}';

    my $banned = sub {
        my $client = $alone->client('bob', '/ws?u=bob');
        my $answer = $alone->ask($client, $join);

        $client->drop;
        return $answer->{error} ? $answer->{error}{code} : '';
    };

    $alone->start;

    my $owner = $alone->client('ann', '/ws?u=ann&r=owner');

    $alone->call($owner, $join);
    $alone->call($owner, '{"op":"mod","room":"r","do":"ban","user":"bob"}');
    is($banned->(), 'banned', 'banned');
    $owner->drop;

    $alone->{workers} = 3;
    $alone->reload;
    is($banned->(), 'banned', 'S7 and with other workers, too');

    $alone->{zone} = 'a:8m';
    $alone->reload;
    is($banned->(), '', 'in a zone of another size nobody is');

    is($alone->stop, '', 'it ends');
    $alone->clean;
}


# ---- S7: 1 -> 8 -> 1 -> 40 workers, again and again

{
    my $alone = ChatTest::Alone->new(workers => 1);
    my ($first, $second, @epoch);

    $alone->start;
    all_talk($alone, 'r', 'one');
    push @epoch, $alone->epoch('r');

    for my $workers (8, 1, 8, 1) {
        $alone->{workers} = $workers;
        $alone->reload;
        all_talk($alone, 'r', "w$workers-");
        push @epoch, $alone->epoch('r');
    }

    is("@epoch", join(' ', ($epoch[0]) x 5), 'S7 it stays the same room');

    $first = settled($alone);
    is(eventfds($alone->master), 32, 'its eventfds');

    for (1 .. 6) {
        $alone->reload;
        $second = settled($alone, $first);
    }

    is($second, $first, 'S9 no descriptor more after reloads');
    is($alone->epoch('r'), $epoch[0], 'S9 nor another room');

    $alone->{workers} = 20;
    $alone->reload;
    is(eventfds($alone->master), 42, 'more workers, more eventfds');
    all_talk($alone, 'r', 'many');

    # a reload that fails leaves all as it was
    $alone->{extra} = 'chat_ping_interval 1ms;';
    $alone->write_conf;
    kill HUP => $alone->master;
    ok($alone->log_has(qr/\[emerg\] .*"chat_ping_interval"/), 'a bad reload');
    all_talk($alone, 'r', 'bad');

    # one that fails after the zones were made, too
    $alone->{extra} = '';
    for (['another module\'s', qr/mmap.* failed/,
          'limit_req_zone $host zone=z:1048576000m rate=1r/s; server {'],
         ['a zone that is too large', qr/\[emerg\] .*"chat_zone" asks for/,
          'server { chat_zone b:1000000g; chat_guests on; listen unix:'
          . $alone->{dir} . '/b; location /ws { chat; } } server {'])
    {
        my ($name, $regex, $text) = @$_;

        $alone->{zone} = "a:4m; } $text chat_zone a:4m";
        $alone->write_conf;
        kill HUP => $alone->master;
        ok($alone->log_has($regex), "X7 a reload without memory: $name");
        all_talk($alone, 'r', $name);
    }

    $alone->{zone} = 'a:4m';
    all_talk($alone, 'r', 'still');
    is(eventfds($alone->master), 42, 'the eventfds are as they were');

    $alone->write_conf;
    my ($said, $status) = $alone->nginx('-t');
    is($status, 0, 'nginx -t') or diag($said);
    is($alone->epoch('r'), $epoch[0], 'which leaves the room alone');

    # another size: another zone
    $alone->{workers} = 2;
    $alone->{zone} = 'a:8m';
    $alone->reload;
    isnt($alone->epoch('r'), $epoch[0], 'another size, another epoch');
    all_talk($alone, 'r', 'large');
    is(eventfds($alone->master), 32, 'and other eventfds');

    # no zone at all any more
    $alone->{zone} = undef;
    $alone->reload;
    is(eventfds($alone->master), 0, 'none without a zone');

    is($alone->stop, '', 'it ends');
    $alone->clean(qr/chat_ping_interval|"chat_zone" asks for|mmap\(.*failed/);
}


# ---- S9: many reloads in a row: nothing grows

{
    my $alone = ChatTest::Alone->new(workers => 2, drain => '100ms');
    my ($epoch, @fds, @own, @shared, @worker_fds);

    $alone->start;
    all_talk($alone, 'r', 'before');
    $epoch = $alone->epoch('r');

    for my $number (1 .. 30) {
        $alone->reload;

        # those of the first few are what a master grows to
        next if $number < 10;

        my ($own, $shared) = memory($alone->master);

        push @own, $own;
        push @shared, $shared;
        push @fds, settled($alone, $fds[0]);
        push @worker_fds, map { eventfds($_) } $alone->workers;
    }

    is("@fds", join(' ', ($fds[0]) x @fds), 'S9 the descriptors are as many');
    is("@worker_fds", join(' ', ($worker_fds[0]) x @worker_fds),
       "S9 a worker's eventfds, too");

    SKIP: {
        skip 'the sanitizer keeps what is freed', 1
            if ($ENV{CHAT_FLAVOUR} || '') eq 'asan';

        # of the twenty reloads after the tenth; it is a few pages
        cmp_ok($own[-1] - $own[0], '<', 20 * 8, 'S9 the memory of the master')
            or diag("kB: @own");
    }

    cmp_ok($shared[-1] - $shared[0], '<=', 64, 'S9 the memory of the zone')
        or diag("kB: @shared");
    note("kB after 10, 30 reloads: $own[0], $own[-1]"
         . ", shared: $shared[0], $shared[-1]");

    is($alone->epoch('r'), $epoch, 'S9 it stays the same room');
    all_talk($alone, 'r', 'after');

    is($alone->stop, '', 'S9 it ends');
    $alone->clean;
}


# ---- S11: no descriptor is left: who is in talks on, who comes waits

{
    my $alone = ChatTest::Alone->new(workers => 1);
    my (@in, @waiting, %full);

    $alone->start;
    my ($worker) = $alone->workers;
    $alone->{main} = 'worker_rlimit_nofile ' . (fds($worker) + 8) . ';';
    $alone->{workers} = 2;
    $alone->reload;

    # some on each of both, until neither takes one more
    for my $i (1 .. 60) {
        my $client = ChatTest::Client->new("f$i", $alone->{port});

        $client->open_socket;
        push @in, $client if eval {
            $client->handshake(0.5 * $alone->{patience}, "/ws?u=f$i");
            1;
        };
        push @waiting, $client if !$client->{websocket};

        %full = map { $_ => 1 }
                $alone->log_text =~ /(\d+)#.*accept4?\(\) failed \(24: /g;
        last if keys %full == 2 && @waiting > 2;
    }

    is(scalar keys %full, 2, 'S11 no worker has a descriptor left');
    cmp_ok(scalar @in, '>', 6, 'S11 some are in');

    # one that a full worker has not taken may have gone to the other one
    ok(scalar(grep { $_->{in} eq '' } @waiting), 'S11 others wait');

    for my $client (@in) {
        $alone->call($client, '{"op":"join","room":"r"}');
    }

    my %workers = map { ChatTest::Nginx::worker_of($alone, $_) => 1 } @in;
    is(scalar keys %workers, 2, 'S11 they are on both workers');

    $alone->call($in[0], '{"op":"send","room":"r","text":"full"}');

    for my $client (@in[1 .. $#in]) {
        ok($alone->until($client, sub {
            return $_[0]{ev} eq 'message' && $_[0]{text} eq 'full';
        }), "S11 $client->{name} hears it");
    }

    ok(!grep({ $_->{end} } @in), 'S11 nobody has lost a connection');

    # who leaves makes room, on each of them
    $_->drop for @in;

    for my $client (@waiting) {
        my ($status) = eval {
            $client->read_response(5 * $alone->{patience});
        };
        is($status, 101, "S11 $client->{name} comes in") or diag($@);
    }

    $_->drop for @waiting;
    all_talk($alone, 'r', 'S11 after');

    is($alone->stop, '', 'S11 it ends');
    $alone->clean;
}


# ---- S13: the master is killed: its workers go on, as nginx's do

{
    my $alone = ChatTest::Alone->new(workers => 2);

    $alone->start;

    my @workers = $alone->workers;
    my @people = two_people($alone);
    my $killed = ChatTest::Nginx::worker_of($alone, $people[1]);
    my ($left) = grep { $_ != $killed } @workers;
    my $master = delete $alone->{pid};

    @orphans = @workers;

    $alone->call($_, '{"op":"join","room":"r"}') for @people;
    my $epoch = $alone->epoch('r');

    kill KILL => $master;
    waitpid $master, 0;

    for my $i (0, 1) {
        my ($speaker, $listener) = @people[$i, 1 - $i];

        $alone->call($speaker,
                     qq({"op":"send","room":"r","text":"orphan$i"}));
        ok($alone->until($listener, sub {
            return $_[0]{ev} eq 'message' && $_[0]{text} eq "orphan$i";
        }), "S13 $listener->{name} hears it");
    }

    is($alone->epoch('r'), $epoch, 'S13 it is the same room');
    all_talk($alone, 'r', 'S13 ');
    is(scalar(grep { ChatTest::Nginx::runs($_) } @workers), 2,
       'S13 both workers run');

    # none starts another one, and who is left says who went
    kill KILL => $killed;

    ok($alone->until($people[0], sub {
        return $_[0]{ev} eq 'presence'
               && grep { $_ eq $people[1]{name} } @{ $_[0]{leave} || [] };
    }), 'S13 the users of a worker that dies go');
    $alone->call($people[0], '{"op":"send","room":"r","text":"alone"}');

    my $answer = $alone->call($people[0], '{"op":"history","room":"r"}');
    is(join(' ', map { $_->{text} } grep { $_->{text} =~ /orphan|alone/ }
                 @{ $answer->{ok}{messages} }),
       'orphan0 orphan1 alone', 'S13 nothing is lost');

    kill QUIT => $left;
    ok($alone->until($people[0], sub { $_[0]{ev} eq 'drain' }),
       'S13 the last one drains');
    $_->drop for @people;
    ok($alone->wait_for(sub { !ChatTest::Nginx::runs($left) }),
       'S13 and ends');
    $alone->clean;
}


# ---- what waits for events besides epoll

for my $method (qw(select poll epoll)) {
    my $alone = ChatTest::Alone->new(workers => 2,
                                     events => "use $method;");

    $alone->start or next;
    all_talk($alone, 'r', $method);
    $alone->reload;
    all_talk($alone, 'r', "$method again");
    is($alone->stop, '', "$method: it ends");
    $alone->clean;
}


# ---- one process

{
    my $alone = ChatTest::Alone->new(workers => 4, single => 1);

    $alone->start;
    all_talk($alone, 'r', 'single');

    my ($said, $status) = $alone->nginx('-t');
    is($status, 0, 'nginx -t beside it') or diag($said);
    all_talk($alone, 'r', 'once more');

    is($alone->stop, '', 'it ends');
    $alone->clean;
}


ChatTest::Client::drop_all();
done_testing();
