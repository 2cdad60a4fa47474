# The memory of limits: another size, a reload that fails, too little of it,
# workers that are killed again and again, one process without a master.
# not run on partial: it is about memory

use strict;
use warnings;

use lib 't/lib';
use ChatTest;
use ChatTest::Alone;
use Test::More;

# the limit of connections is per address: others come from elsewhere

sub alone {
    return ChatTest::Alone->new(zone => undef, limits => '', @_);
}


sub location {
    my ($directives) = @_;
    return "location /ws { chat; chat_drain_time 100ms; $directives }";
}


# how many connections get in; the others get a 429 and nothing else

sub come {
    my ($alone, $n, $path) = @_;
    my (@in, $refused);

    for my $i (1 .. $n) {
        my $client = ChatTest::Client->new("c$i", $alone->{port});

        $client->open_socket;

        if (eval { $client->handshake(5 * $alone->{patience}, $path // '/ws');
                   1 })
        {
            push @in, $client;
        } else {
            $refused++;
            like($@, qr/429/, 'refused with 429');
        }
    }

    return @in;
}


# exact, whoever is killed

{
    my $alone = alone(extra => location('chat_guests on;'
        . ' chat_max_connections 5 per=ip; chat_limit off;'));

    ok($alone->start, 'it starts');

    for my $round (1 .. 5) {
        my @in = come($alone, 6);

        is(scalar @in, 5, "round $round: 5 of 6 get in");

        my @workers = $alone->workers;

        kill KILL => @workers;
        $alone->wait_for(sub {
            my %old = map { $_ => 1 } @workers;
            my @now = $alone->workers;
            return @now == 2 && !grep { $old{$_} } @now;
        });

        $_->drop for @in;
    }

    $alone->reload;
    my @in = come($alone, 6);
    is(scalar @in, 5, 'the same after a reload');

    # another size begins anew, and the old workers count in the old one
    $alone->{main} = '';
    $alone->{extra} =~ s/^/chat_leave_delay 0; /;
    $alone->{limits} = 'chat_limit_zone 1m;';
    $alone->reload;

    @in = come($alone, 6);
    is(scalar @in, 5, 'and in a zone of another size');
    is($alone->stop, '', 'it ends');
    $alone->clean(qr/exited on signal 9/);
}


# a small one: what finds no room is let in, and told once

{
    my $alone = alone(workers => 1,
        limits => 'chat_limit_zone 64k; chat_max_connections 1 per=room;',
        extra => location('chat_guests on; chat_limit off;'
            . ' chat_max_rooms 0;')
            . ' location = /status { chat_status prometheus; }');

    ok($alone->start, 'a small zone');

    my ($in) = come($alone, 1);
    my $joined = 0;

    for my $i (1 .. 3000) {
        $in->send_frame(qq({"op":"join","id":$i,"room":"r$i"}));
    }

    for my $i (1 .. 3000) {
        my $answer = $alone->until($in, sub { ($_[0]{id} // 0) == $i });
        $joined++ if $answer && $answer->{ok};
    }

    is($joined, 3000, 'all rooms let their first member in');
    ok($alone->log_has(qr/"chat_limit_zone" has no room for another/),
       'the log tells that there was no room');
    is(() = $alone->log_text =~ /has no room for another/g, 1, 'once');
    like($alone->http('/status'), qr/^nginx_chat_limits_lifted_total [1-9]/m,
         'the status, of how many');

    # a room whose first member was not counted lets another in
    my $other = $alone->client('other', '/ws');
    my $room;

    for my $i (reverse 1 .. 3000) {
        my $answer = $alone->ask($other, qq({"op":"join","room":"r$i"}));
        $room //= "r$i" if $answer && $answer->{ok};
        last if $room;
    }

    ok($room, 'one was not counted') or $room = 'r3000';

    # all the others leave, so that there is room for one that is counted
    for my $i (1 .. 3000) {
        next if "r$i" eq $room;
        $in->send_frame(qq({"op":"leave","room":"r$i"}));
    }

    $alone->call($in, '{"op":"ping"}');
    $alone->ask($other, qq({"op":"leave","room":"$room"}));

    my $third = $alone->client('third', '/ws');
    my $join = qq({"op":"join","room":"$room"});

    $alone->call($third, $join);
    $alone->call($in, qq({"op":"leave","room":"$room"}));
    is($alone->ask($other, $join)->{error}{code}, 'room_full',
       'and takes nobody else out of the count');

    # who is counted leaves
    $_->drop for $in, $other, $third;
    ($in) = come($alone, 1);
    ok($alone->wait_for(sub {
        my $answer = $alone->ask($in, '{"op":"join","room":"r1"}');
        return $answer && $answer->{ok};
    }), 'the room is empty again');

    is($alone->stop, '', 'it ends');
    $alone->clean;
}


# one process

{
    my $alone = alone(workers => 1, single => 1, extra => location(
        'chat_guests on; chat_max_connections 3 per=ip; chat_limit off;'));

    ok($alone->start, 'one process');
    is(scalar come($alone, 4), 3, '3 of 4 get in');
    is($alone->stop, '', 'it ends');
    $alone->clean;
}


# H30 the last places of a worker are kept, and who comes then is told so

{
    my $alone = alone(workers => 1, extra => location(
        'chat_guests on; chat_limit off; chat_max_connections off;'));
    my ($last, @in);

    ok($alone->start, 'one worker of 128 connections');

    while (@in < 130) {
        $last = ChatTest::Client->new('c' . @in, $alone->{port});
        $last->open_socket;
        eval { $last->handshake(5 * $alone->{patience}, '/ws'); 1 } or last;
        push @in, $last;
    }

    like($@, qr/503.*no room for another connection/, 'refused with 503');
    like($last->{headers}{'retry-after'}[0], qr/^[1-9]/, 'and Retry-After');
    cmp_ok(scalar @in, '>', 110, 'nearly all are taken');

    $_->drop for splice(@in, 0, 4), $last;
    ok($alone->wait_for(sub { eval { $alone->client('d', '/ws') } }),
       'there is room again');

    is($alone->stop, '', 'it ends');
    $alone->clean;
}


# the least, and no zone where nothing is counted

sub shared {
    my ($directives) = @_;
    my $alone = alone(extra => location("chat_guests on; $directives"));

    ok($alone->start, "it starts: $directives");

    my ($worker) = $alone->workers;

    open my $maps, '<', "/proc/$worker/maps" or die "maps: $!\n";
    my $n = grep { m{/dev/zero|anon_shmem} } <$maps>;

    is($alone->stop, '', 'it ends');
    $alone->clean;

    return $n;
}

{
    my $alone = alone(extra => location('chat_guests on;'),
        limits => 'chat_limit_zone 64k;');

    $alone->write_conf;
    is(($alone->nginx('-t'))[1], 0, '64k is enough');

    is(shared('') - shared('chat_limit off; chat_max_connections off;'), 1,
       'no zone without such limits');
}

done_testing();
