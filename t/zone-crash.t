# A worker that dies at any step of what it does in the zone: the next one
# repairs it, nothing that was acknowledged is lost, and no worker dies of what
# another has left.  The sanitizer build has the steps.
#
# not run on debian: only the sanitizer build can be told to die
# not run on partial: nor can this

use strict;
use warnings;

use lib 't/lib';
use ChatTest;
use ChatTest::Alone;
use ChatTest::Json;
use Test::More;
use Time::HiRes qw(time);

if (($ENV{CHAT_FLAVOUR} || '') ne 'asan') {
    Test::More->builder->reset;
    plan skip_all => 'only the sanitizer build can be told to die';
}

# how many rounds without a death say that there is no further step
use constant CALM => 4;


# comes back until it is in the room, as a page does

sub enter {
    my ($alone, $person) = @_;
    my $deadline = time + 60;

    while (time < $deadline) {
        my $client = $person->{client};

        if (!$client || $client->{end}) {
            $client->drop if $client;
            $person->{in} = 0;
            $person->{client} = $client = eval {
                $alone->client($person->{name}, $person->{path});
            };
            next if !$client;
        }

        return 1 if $person->{in};

        my $since = defined $person->{epoch}
                    ? qq(,"after":$person->{seq},"epoch":"$person->{epoch}")
                    : '';
        my $answer = ask($alone, $person, qq({"op":"join","room":"r"$since}))
            or next;

        if (!$answer->{ok}) {
            ChatTest::Client::pump(0.05);
            next;
        }

        heard($person, $answer->{ok});
        $person->{in} = 1;
        return 1;
    }

    return 0;
}


# what it has heard in an answer; a new epoch is no loss if it is told

sub heard {
    my ($person, $ok) = @_;

    if (defined $person->{epoch} && $person->{epoch} ne $ok->{epoch}) {
        $person->{epochs}++;
        $person->{texts} = {};
    }

    $person->{epoch} = $ok->{epoch};
    $person->{seq} = $ok->{top};
    $person->{texts}{$_->{text}}++ for @{ $ok->{messages} };
    return;
}


# a command's answer; events that come before it are heard

sub ask {
    my ($alone, $person, $command) = @_;
    my $number = ++$person->{number};
    my $client = $person->{client};

    $command =~ s/^\{/{"id":$number,/;
    eval { $client->send_frame($command); 1 } or return;

    return $alone->until($client, sub {
        my ($json) = @_;

        if ($json->{ev} eq 'message') {
            $person->{texts}{ $json->{text} }++;
            $person->{seq} = $json->{seq};
        }

        return ($json->{id} // 0) == $number;
    });
}


# says it until it is acknowledged

sub speak {
    my ($alone, $person, $text) = @_;
    my $deadline = time + 60;

    while (time < $deadline) {
        enter($alone, $person) or return 0;

        my $answer = ask($alone, $person,
                         qq({"op":"send","room":"r","cid":"$text","text":"$text"}));

        next if !$answer;
        return $answer->{ok}{epoch} if $answer->{ok};

        $person->{in} = 0 if $answer->{error}{code} eq 'not_member';
        ChatTest::Client::pump(0.05);
    }

    return 0;
}


# bans somebody until it is acknowledged; nobody is there who would notice

sub ban {
    my ($alone, $person, $user) = @_;
    my $deadline = time + 60;

    while (time < $deadline) {
        enter($alone, $person) or return 0;

        my $answer = ask($alone, $person,
                         qq({"op":"mod","room":"r","do":"ban","user":"$user"}));

        next if !$answer;
        return 1 if $answer->{ok};

        $person->{in} = 0 if $answer->{error}{code} eq 'not_member';
        ChatTest::Client::pump(0.05);
    }

    return 0;
}


# what a room says to who comes anew

sub join_as {
    my ($alone, $user) = @_;
    my %somebody = (number => 0, client => scalar $alone->client($user,
                                                      "/ws?u=$user"));
    my $answer = ask($alone, \%somebody, '{"op":"join","room":"r"}');

    $somebody{client}->drop;

    return $answer && $answer->{error} ? $answer->{error}{code} : 'none';
}


sub deaths {
    my ($alone) = @_;
    my @deaths = $alone->log_text =~ /this worker kills itself at "(.*?)"/g;
    return @deaths;
}


# "perl t/zone-crash.t sweep" does one of them

my @ops = @ARGV ? @ARGV : qw(publish subscribe unsubscribe enter leave history
                             list signal sweep rebuild moderate rights);

for my $op (@ops) {
    my $alone = ChatTest::Alone->new(workers => 2, zone => 'a:1m',
                         main => qq(env "NGX_CHAT_CRASH=$op";),
                         extra => 'chat_history_page 1000; '
                                  . 'chat_user_roles $arg_r;');
    my %one = (name => 'one', number => 0, path => '/ws?u=one&r=owner');
    my %two = (name => 'two', number => 0, path => '/ws?u=two');
    my (@said, @banned, $calm, $before, $number, $lost, $others);

    $alone->start or die "nginx does not start\n";

    ($calm, $number) = (0, 0);

    while ($calm < CALM) {
        $before = deaths($alone);
        $number++;

        for my $person (\%one, \%two) {
            my $text = "$person->{name}-$number";
            my $epoch = speak($alone, $person, $text);

            ok($epoch, "$op: $text is said") or last;
            push @said, [$text, $epoch];
        }

        if ($op eq 'moderate' || $op eq 'rights') {
            ok(ban($alone, \%one, "no$number"), "$op: no$number is banned");
            push @banned, "no$number";
        }

        ask($alone, \%one, '{"op":"who","room":"r"}');
        ask($alone, \%one, '{"op":"history","room":"r"}');
        ask($alone, \%one, '{"op":"typing","room":"r","on":true}');

        if ($op eq 'sweep') {
            # somebody has to be taken out
            my $worker = eval {
                ChatTest::Nginx::worker_of($alone, $two{client});
            };

            kill KILL => $worker if $worker;
            $alone->wait_for(sub {
                return 1 if deaths($alone) > $before || !enter($alone, \%one);

                my $who = ask($alone, \%one, '{"op":"who","room":"r"}');
                return $who && $who->{ok} && $who->{ok}{count} == 1;
            }, 0.6);

        } elsif (ask($alone, \%one, '{"op":"leave","room":"r"}')) {
            $one{in} = 0;
        }

        $calm = deaths($alone) > $before ? 0 : $calm + 1;
        last if $number > 150;
    }

    if ($op eq 'sweep') {
        # the other one is looked at alone
        $one{client}->drop;
    }

    my @deaths = deaths($alone);

    cmp_ok($number, '<=', 150, "$op: it comes to an end");
    note("$op: " . @deaths . " deaths at: @deaths");

    SKIP: {
        skip 'it has no step', 1 if $op eq 'unsubscribe';
        cmp_ok(scalar @deaths, '>', 0, "$op: workers died");
    }

    # what was acknowledged in the room's epoch is in its log
    delete $two{epoch};
    $two{in} = 0;
    $two{texts} = {};
    ok(enter($alone, \%two), "$op: who comes last is in");

    my %log;
    my $answer = ask($alone, \%two,
                     '{"op":"history","room":"r","after":0,"limit":1000}');

    for my $message (@{ $answer->{ok}{messages} || [] }) {
        $log{ $message->{text} }++;
    }

    $lost = join ' ', map { $_->[0] }
            grep { $_->[1] eq $two{epoch} && !$log{ $_->[0] } } @said;
    $others = grep { $_->[1] ne $two{epoch} } @said;

    is($lost, '', "$op: nothing is lost");
    is(join(' ', grep { $log{$_} > 1 } sort keys %log), '',
       "$op: nothing is there twice");
    note("$op: $others of " . @said . ' in epochs before');

    for my $user (@banned) {
        is(join_as($alone, $user), 'banned', "$op: $user is banned still");
    }

    # who has left is not there, who is in is
    ok($alone->wait_for(sub {
        my $who = ask($alone, \%two, '{"op":"who","room":"r"}');
        return $who && $who->{ok} && $who->{ok}{count} == 1;
    }, 5), "$op: only who is there is there");

    is($alone->stop, '', "$op: it ends");
    $alone->clean(qr/exited on signal 9|shared memory zone .* was locked by/);
    ChatTest::Client::drop_all();
}


# ---- a worker that is stopped while it has the lock holds nobody up

{
    my $alone = ChatTest::Alone->new(workers => 2,
                         main => 'env "NGX_CHAT_CRASH=publish -2";');
    my ($one, $two, $holder, $answer, $begun);

    $alone->start or die "nginx does not start\n";

    ($one, $two) = apart($alone);
    $alone->call($_, '{"op":"join","room":"r"}') for $one, $two;

    $one->send_frame('{"op":"send","room":"r","text":"x","cid":"1"}');
    ok($alone->log_has(qr/kills itself/), 'one is stopped');
    ($holder) = $alone->log_text =~ /(\d+)#.*kills itself/;

    $begun = time;

    for my $text (1 .. 8) {
        $answer = $alone->ask($two,
                      qq({"op":"send","room":"r","text":"$text"}));
        is($answer->{error}{code}, 'unavailable', 'the other one answers');
    }

    cmp_ok(time - $begun, '<', 0.5 * $alone->{patience}, 'and does not wait');
    ok($alone->log_has(qr/\[warn\] .*is locked by process $holder, which does/),
       'it says why');

    kill CONT => $holder;
    ok($alone->log_has(qr/\[notice\] .*is usable again/), 'and it is over');

    $answer = $alone->until($one, sub { $_[0]{ev} eq 'message' });
    is($answer->{text}, 'x', 'what was said is heard');
    $answer = $alone->until($two, sub { $_[0]{ev} eq 'message' });
    is($answer->{text}, 'x', 'by both');
    $alone->call($_, '{"op":"send","room":"r","text":"y"}') for $one, $two;
    $two->drop;

    is($alone->stop, '', 'it ends');
    $alone->clean;
}


# ---- a death in a zone that nginx's master has forgotten after a reload

{
    my $alone = ChatTest::Alone->new(workers => 2, drain => '8s',
                         main => 'env "NGX_CHAT_CRASH=publish 3";');
    my ($one, $two);

    $alone->start or die "nginx does not start\n";
    ($one, $two) = apart($alone);
    $alone->call($_, '{"op":"join","room":"r"}') for $one, $two;

    $alone->{zone} = 'a:8m';
    $alone->{main} = '';
    $alone->write_conf;
    kill HUP => $alone->master;
    ok($alone->until($two, sub { $_[0]{ev} eq 'drain' }), 'the old ones drain');

    $one->send_frame('{"op":"send","room":"r","text":"x","cid":"1"}');
    ok($alone->log_has(qr/kills itself/), 'one of them dies');

    ok($alone->wait_for(sub {
        my $answer = $alone->ask($two, '{"op":"send","room":"r","text":"y"}');
        return $answer && $answer->{ok};
    }, 4), 'the other one goes on');

    ok($alone->log_has(qr/was locked by process \d+, which died/), 'unlocks');
    ok($alone->log_has(qr/is rebuilt, 0 rooms and 0 rights are lost/), 'and repairs it');
    $_->drop for $one, $two;

    is($alone->stop, '', 'it ends');
    $alone->clean(qr/exited on signal 9/);
}


# two people on two workers

sub apart {
    my ($alone) = @_;
    my $one = $alone->client('one', '/ws?u=one');
    my $two;

    do {
        $two = $alone->client('two', '/ws?u=two');
    } until ChatTest::Nginx::worker_of($alone, $one)
            != ChatTest::Nginx::worker_of($alone, $two);

    return ($one, $two);
}


ChatTest::Client::drop_all();
done_testing();
