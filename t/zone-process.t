# The embedded store and nginx's processes: reloads with other numbers of
# workers, descriptors, another size, "nginx -t", one process only, poll and
# select.

use strict;
use warnings;

use lib 't/lib';
use ChatTest;
use ChatTest::Alone;
use Test::More;
use Time::HiRes qw(sleep time);


sub fds {
    my ($pid) = @_;
    my @fds = glob "/proc/$pid/fd/*";
    return scalar @fds;
}


sub eventfds {
    my ($pid) = @_;
    return scalar grep { (readlink || '') =~ /eventfd/ }
                  glob "/proc/$pid/fd/*";
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


# ---- 1 -> 8 -> 1 -> 40 workers, again and again

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

    is("@epoch", join(' ', ($epoch[0]) x 5), 'it stays the same room');

    $first = fds($alone->master);
    is(eventfds($alone->master), 32, 'its eventfds');

    for (1 .. 6) {
        $alone->reload;
        $second = fds($alone->master);
    }

    is($second, $first, 'no descriptor more after reloads');
    is($alone->epoch('r'), $epoch[0], 'nor another room');

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
    $alone->{zone} = 'a:4m; } server { chat_zone b:1000000g; '
                     . 'listen unix:' . $alone->{dir} . '/b; chat_guests on; '
                     . 'location /ws { chat; } } server { chat_zone a:4m';
    $alone->write_conf;
    kill HUP => $alone->master;
    ok($alone->log_has(qr/mmap.* failed/), 'a reload without memory');
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
    $alone->clean(qr/chat_ping_interval|mmap\(.*failed/);
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
