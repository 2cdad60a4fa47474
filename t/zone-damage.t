# Bytes of the zone that no worker has written: a part of it is damaged while
# people talk, or before a reload.  No worker dies of it, who is in is told of a
# new epoch where there is one, and all talk on.
# not run on partial: it is about memory

use strict;
use warnings;
no warnings 'portable';    # addresses have 64 bits

use lib 't/lib';
use ChatTest;
use ChatTest::Alone;
use Test::More;

# bytes of the zone, as no other memory of nginx has
use constant SIZE => 3 * 1024 * 1024 + 8192;

# of the store's head: words before the generation
use constant {
    LAYOUT     => 1,
    ROOMS_AT   => 3,
    ROOMS      => 4,
    CELLS_AT   => 9,
    KEPT_AT    => 12,
    GENERATION => 18,
};


# the region in the master's memory, which is the workers' as well

sub region {
    my ($alone) = @_;
    my $master = $alone->master;
    my ($begin, $memory, $at);

    open my $maps, '<', "/proc/$master/maps" or die "maps: $!\n";

    while (my $line = <$maps>) {
        my ($from, $to) = $line =~ /^([0-9a-f]+)-([0-9a-f]+) rw-s / or next;
        $begin = hex $from if hex($to) - hex $from == SIZE;
    }

    defined $begin or die "there is no zone\n";
    open $memory, '+<:raw', "/proc/$master/mem" or return;
    sysseek($memory, $begin, 0) or die "seek: $!\n";
    sysread($memory, my $bytes, SIZE) == SIZE or die "the zone: $!\n";

    # at a line of the cache, behind the pool and the slots
    for ($at = 0; $at < SIZE; $at += 64) {
        last if substr($bytes, $at, 8) eq 'chat-log';
    }

    $at < SIZE or die "there is no store in the zone\n";

    return { memory => $memory, begin => $begin + $at,
             words => [unpack 'Q<32', substr $bytes, $at, 256] };
}


sub damage {
    my ($region, $at, $bytes) = @_;

    sysseek($region->{memory}, $region->{begin} + $at, 0) or die "seek: $!\n";
    syswrite($region->{memory}, $bytes) == length $bytes
        or die "write: $!\n";
    return;
}


sub bytes {
    my ($number) = @_;
    return join '', map { chr int rand 256 } 1 .. $number;
}


# both are in, whatever has become of the room, and hear each other

sub talk {
    my ($alone, $what, @people) = @_;

    for my $i (0 .. $#people) {
        my $text = "$what $i";
        my $cid = $text =~ tr/ /-/r;
        my $heard = 0;

        # unavailable while all begin anew
        my $said = $alone->wait_for(sub {
            my $answer = $alone->ask($people[$i],
                    qq({"op":"send","room":"r","cid":"$cid","text":"$text"}));
            return $answer && $answer->{ok};
        });

        ok($said, "$text is said");

        my $other = $people[1 - $i];
        ok($alone->wait_for(sub {
            my $answer = $alone->ask($other, '{"op":"history","room":"r"}');
            return $answer && $answer->{ok}
                   && grep { $_->{text} eq $text } @{ $answer->{ok}{messages} };
        }), "$text is in the log of the other one");
    }

    return;
}


sub begin {
    my ($alone) = @_;
    my @people = map { $alone->client("p$_", "/ws?u=p$_") } 1 .. 2;
    my $tries = 0;

    while (ChatTest::Nginx::worker_of($alone, $people[0])
           == ChatTest::Nginx::worker_of($alone, $people[1]))
    {
        die "one worker takes all\n" if $tries++ > 100;
        $people[1] = $alone->client('p2', '/ws?u=p2');
    }

    $alone->call($_, '{"op":"join","room":"r"}') for @people;
    $alone->call($people[0], '{"op":"send","room":"r","text":"first"}');

    return @people;
}


sub store {
    my $alone = ChatTest::Alone->new(workers => 2, zone => 'a:' . SIZE,
                                     extra => 'chat_limit off;', @_);

    $alone->start or die "nginx does not start\n";
    return $alone;
}


srand 4;

{
    my $alone = store();
    my $region = region($alone);

    if (!$region || !eval { damage($region, 0, 'chat-log'); 1 }) {
        $alone->stop;
        Test::More->builder->reset;
        plan skip_all => 'the memory of nginx cannot be written';
    }
}


# ---- S6: another layout, found while all talk, and by a reload

for my $reload (0, 1) {
    my $what = $reload ? 'S6 a reload finds another layout'
                       : 'S6 another layout';
    my $alone = store();
    my ($one, $two) = begin($alone);
    my $region = region($alone);
    my @workers = $alone->workers;
    my $epoch = $alone->epoch('r');

    damage($region, LAYOUT * 8, pack 'Q<', $region->{words}[LAYOUT] - 1);

    if ($reload) {
        $_->drop for $one, $two;
        $alone->reload;
        isnt($alone->epoch('r'), $epoch, "$what: another epoch");
        ($one, $two) = begin($alone);

    } else {
        my ($answer, %told);

        $one->send_frame('{"id":1,"op":"send","room":"r","text":"x"}');

        # either may come first: any worker may find it, and of itself
        for my $person ($one, $two) {
            $alone->until($person, sub {
                my ($json) = @_;

                $answer = $json if ($json->{id} // 0) == 1;
                $told{ $person->{name} } = 1
                    if $json->{ev} eq 'resync' && $json->{epoch} ne $epoch;

                return $told{ $person->{name} } && ($answer || $person != $one);
            });
            ok($told{ $person->{name} },
               "$what: $person->{name} is told of another epoch");
        }

        ok($answer && ($answer->{ok}
                       || $answer->{error}{code} eq 'unavailable'),
           "$what: an answer");

        is("@{[$alone->workers]}", "@workers", "$what: the workers live");
    }

    ok($alone->log_has(qr/\[crit\] .*chat_zone "a" .*is rebuilt/),
       "$what: it is told");
    is(region($alone)->{words}[LAYOUT], $region->{words}[LAYOUT],
       "$what: the zone is fresh");
    isnt(region($alone)->{words}[GENERATION], $region->{words}[GENERATION],
         "$what: and all know");
    talk($alone, $what, $one, $two);
    $_->drop for $one, $two;

    is($alone->stop, '', "$what: it ends");
    $alone->clean;
}


# ---- S4: garbage in the log; S5: garbage where rooms and users are

for my $case (['S4 bits of the log', sub {
                  my ($region) = @_;
                  my $at = $region->{words}[KEPT_AT];
                  damage($region, $at + 64 * $_, bytes(1)) for 0 .. 40;
              }],
              ['S4 the whole log', sub {
                  my ($region) = @_;
                  my $at = $region->{words}[KEPT_AT];
                  damage($region, $at, bytes(200_000));
              }],
              ['S5 the hash of rooms', sub {
                  my ($region) = @_;
                  damage($region, $region->{words}[ROOMS_AT],
                         bytes(4 * $region->{words}[ROOMS]));
              }],
              ['S5 cells', sub {
                  my ($region) = @_;
                  damage($region, $region->{words}[CELLS_AT], bytes(20_000));
              }],
              ['S5 cells that all name one', sub {
                  my ($region) = @_;
                  damage($region, $region->{words}[CELLS_AT],
                         pack('L<', 1) x 5000);
              }])
{
    my ($what, $code) = @$case;
    my $alone = store();
    my ($one, $two) = begin($alone);
    my @workers = $alone->workers;

    for my $round (1 .. 3) {
        $code->(region($alone));
        talk($alone, "$what $round", $one, $two);
    }

    is("@{[$alone->workers]}", "@workers", "$what: the workers live");

    # nothing is read that was not said, and nothing in use is left broken
    my $answer = $alone->call($one, '{"op":"history","room":"r"}');
    my @texts = map { $_->{text} } @{ $answer->{ok}{messages} };
    my @strange = grep { !/^(?:first|\Q$what\E \d \d)$/ } @texts;

    is("@strange", '', "$what: only what was said is there");
    is(scalar(grep { $_ eq 'first' } @texts), 0, "$what: it is not whole")
        if $what =~ /^S4/;
    like($alone->log_text, qr/\[crit\] .*chat_zone "a" .*is rebuilt/,
         "$what: it is rebuilt") if $what =~ /^S5/;

    # S16: what is damaged in the zone is not met again by those of a reload
    $_->drop for $one, $two;
    $alone->reload;
    @workers = $alone->workers;
    ($one, $two) = begin($alone);
    talk($alone, "$what reloaded", $one, $two);
    is("@{[$alone->workers]}", "@workers", "$what: nor do the next ones die");
    $_->drop for $one, $two;

    is($alone->stop, '', "$what: it ends");
    $alone->clean;
}


ChatTest::Client::drop_all();
done_testing();
