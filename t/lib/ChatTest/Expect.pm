package ChatTest::Expect;

# What a client must get: the verbs of a dialogue that look at frames, at
# HTTP answers and at the end of a connection.

use strict;
use warnings;

use ChatTest::Client;
use ChatTest::Json ();
use Time::HiRes qw(time);


sub unhex {
    my ($text) = @_;
    $text =~ s/\s+//g;
    die "bad hex: $text\n" if $text !~ /^(?:[0-9a-fA-F]{2})*$/;
    return pack 'H*', $text;
}


sub _expect_http {
    my ($self, $client, $wanted, $regex, $capture) = @_;
    my ($status, $body) = $client->read_response($self->{timeout});

    $client->{body} = $body;

    die "expected $wanted, got $status: $body\n" if $status !~ /^$wanted$/;

    if (defined $regex && $body !~ /$regex/) {
        die "the body does not match $regex: $body\n";
    }

    if (defined $capture) {
        $self->{var}{$capture} = ChatTest::Json::decode($body);
    }

    if ($status == 101) {
        $client->{websocket} = 1;
        $client->_parse;
    }

    return;
}


# a header of the last answer: "Name value", "Name ~ regex", "!Name"

sub _client_header {
    my ($self, $client, $rest) = @_;
    my ($absent, $name, $value) = $rest =~ /^(!?)([\w-]+)\s*(.*)/;
    my $got = $client->{headers}{lc $name};

    if ($absent) {
        die "$name: @$got\n" if $got;
        return;
    }

    die "no header $name\n" if !$got;
    die "$name came " . @$got . " times\n" if @$got > 1;

    if ($value =~ s/^~\s*//) {
        die "$name: $got->[0]\n" if $got->[0] !~ /$value/;

    } elsif ($got->[0] ne $value) {
        die "$name: $got->[0]\n";
    }

    return;
}


# the command with an id; its answer, and nothing else, leaves the queue

sub _client_call {
    my ($self, $client, $rest) = @_;
    my $name = $rest =~ s/\s+as (\w+)$// ? $1 : undef;
    my ($command, $answer) = split /\s+=>\s+/, $rest, 2;
    my $id = ++$self->{id};

    $command =~ s/^\{/{"id":$id,/;
    $client->send_frame($command);

    $self->_client_find($client, qq(json {"id":$id} as _answer));

    my $got = delete $self->{var}{_answer};
    my $fault = ChatTest::Json::matches($got,
                    ChatTest::Json::pattern($answer // '{"ok":*}'));

    die "$fault, in " . ChatTest::Json::encode($got) . "\n" if $fault;

    $self->{var}{$name} = $got if defined $name;

    return;
}


# the same, again and again while the store is away; the cid of what is sent
# makes it one message

sub _client_insist {
    my ($self, $client, $rest) = @_;
    my $deadline = time
                   + ($self->{within} // 10 * $self->{nginx}{patience});
    my $name = $rest =~ s/\s+as (\w+)$// ? $1 : undef;
    my ($command, $answer) = split /\s+=>\s+/, $rest, 2;
    my $cid = sprintf 'insist-%d-%d', $$, ++$self->{id};
    my $pattern = ChatTest::Json::pattern($answer // '{"ok":*}');
    my ($got, $fault);

    $command =~ s/^\{(?=.*"op":"send")/{"cid":"$cid",/;

    while (1) {
        $self->_client_call($client, "$command => {} as _insist");
        $got = delete $self->{var}{_insist};

        last if !$got->{error} || $got->{error}{code} ne 'unavailable';
        die "unavailable all the time\n" if time > $deadline;

        ChatTest::Client::pump(0.1);
    }

    $fault = ChatTest::Json::matches($got, $pattern);

    die "$fault, in " . ChatTest::Json::encode($got) . "\n" if $fault;

    $self->{var}{$name} = $got if defined $name;

    return;
}


# The messages of a room in the order of their coming, without a hole.  What
# tells of a hole must not come; after an outage that was told, because it took
# longer than 2 s, the same event tells of its end.

sub _client_story {
    my ($self, $client, $rest) = @_;
    my ($room, $next, $last) = $rest =~ /^(\S+)\s+(\d+|\*)\s+(\d+)$/
        or die "usage: a story room 3 20\n";
    my $queue = $client->{queue};
    my ($looked, $seen) = (0, 'nothing');
    my $joined = $next eq '*';

    $client->wait_for(sub {
        while ($looked < @$queue) {
            my @numbers = _numbers($queue->[$looked], $room, $client);

            if (!@numbers) {
                $looked++;
                next;
            }

            for my $number (@numbers) {
                next if $joined && $next ne '*' && $number < $next;
                $next = $number if $next eq '*';
                die "$number came after $seen, not $next\n"
                    if $number != $next;
                $seen = $next++;
            }

            splice @$queue, $looked, 1;

            return 1 if $next > $last;
        }

        return 0;
    }, $self->{timeout});

    die "it ends with $seen" . $client->_end_text . "\n"
        if $next eq '*' || $next <= $last;
    die "it goes on to $seen\n" if $next > $last + 1;

    return;
}


# of the room's messages that a frame holds

sub _numbers {
    my ($frame, $room, $client) = @_;
    my $value = eval { ChatTest::Json::decode($frame->{data}) };

    return if ref $value ne 'HASH';

    my $event = $value->{ev} // '';

    $client->{away} = 1
        if $event eq 'error' && $value->{error}{code} eq 'unavailable';

    die "a resync came\n"
        if $event eq 'resync' && $value->{room} eq $room && !$client->{away};

    my $answer = ref $value->{ok} ? $value->{ok} : $value;
    my @messages = $event eq 'message' ? $value
                                       : @{ $answer->{messages} // [] };

    return map { $_->{seq} } grep { $_->{room} eq $room } @messages;
}


# The next frame must match.  Presence is gathered and told when it will, and
# so is a heartbeat: what does not speak of them lets them pass, and presence
# waits for who asks.

sub _client_expect {
    my ($self, $client, $rest) = @_;

    if ($rest =~ /^(eof|reset|gone)$/) {
        return $self->_expect_end($client, $1);
    }

    if ($rest =~ /^http (\S+)(?:\s+~\s+(.*))?$/s) {
        return $self->_expect_http($client, $1, $2);
    }

    my ($fault, $keep) = $self->_matcher($rest);
    my $frame = _next_to($client, $rest, $self->{timeout});

    if (!$frame) {
        die 'nothing came' . $client->_end_text . "\n";
    }

    my $wrong = $fault->($frame);
    die "$wrong: got " . ChatTest::Client::describe($frame) . "\n" if $wrong;

    $keep->($frame);

    return;
}


# the next that has to do with the text of an "expect"

sub _next_to {
    my ($client, $text, $timeout) = @_;
    my $queue = $client->{queue};
    my @later = grep { $text !~ /^ping|"$_"/ } qw(heartbeat presence);
    my $at;

    push @later, 'ping' if $text !~ /^ping/;

    $client->wait_for(sub {
        for ($at = 0; $at < @$queue; $at++) {
            my $frame = $queue->[$at];
            return 1 if !grep { _is($frame, $_) } @later;
        }
        return 0;
    }, $timeout);

    return if $at >= @$queue;

    my @passed = splice @$queue, 0, $at + 1;
    my $frame = pop @passed;

    unshift @$queue, grep { _is($_, 'presence') } @passed;

    return $frame;
}


# a ping, or an event of that name

sub _is {
    my ($frame, $kind) = @_;

    return $frame->{op} eq 'ping' if $kind eq 'ping';
    return $frame->{op} eq 'text' && $frame->{data} =~ /^\{"ev":"$kind"/;
}


# frames before the one that matches are dropped

sub _client_until {
    my ($self, $client, $rest) = @_;
    my ($fault, $keep) = $self->_matcher($rest);
    my ($deadline, $skipped) = (time + $self->{timeout}, 0);

    while (my $frame = $client->next_frame($deadline - time,
                                           $rest =~ /^ping/))
    {
        if (!$fault->($frame)) {
            $keep->($frame);
            return;
        }

        $skipped++;
    }

    die "it did not come, after $skipped others"
        . $client->_end_text . "\n";
}


# the frame that matches is taken out, wherever it stands

sub _client_find {
    my ($self, $client, $rest) = @_;
    my ($fault, $keep) = $self->_matcher($rest);
    my $queue = $client->{queue};
    my ($found, $looked) = (undef, 0);

    $client->wait_for(sub {
        for (; $looked < @$queue; $looked++) {
            next if $fault->($queue->[$looked]);
            $found = splice @$queue, $looked, 1;
            return 1;
        }
        return 0;
    }, $self->{timeout});

    die 'it did not come' . $client->_end_text . "\n" if !$found;

    $keep->($found);

    return;
}


sub _expect_end {
    my ($self, $client, $how) = @_;

    my $queue = $client->{queue};

    $client->wait_for(sub {
        @$queue = grep { $_->{op} ne 'ping' } @$queue;
        return scalar @$queue;
    }, $self->{timeout});

    if (my $frame = $queue->[0]) {
        die 'got ' . ChatTest::Client::describe($frame) . "\n";
    }

    my $end = $client->{end} // die "the connection is still open\n";

    die "the connection ended by $end\n" if $how ne 'gone' && $end ne $how;

    return;
}


# two functions: one tells what is wrong with a frame, one keeps it

sub _matcher {
    my ($self, $text) = @_;
    my ($kind, $rest) = $text =~ /^(text~|\w+)\s?(.*)/s;
    my $keep = sub { };

    if ($kind eq 'json') {
        my $name = $rest =~ s/\s+as (\w+)$// ? $1 : undef;
        my $pattern = ChatTest::Json::pattern($rest);

        if (defined $name) {
            $keep = sub { $self->{var}{$name} = $_[0]{json} };
        }

        my @parts = ChatTest::Json::parts($pattern, qw(ev id));

        return (sub { _json_fault($_[0], $pattern, @parts) }, $keep);
    }

    if ($kind eq 'close') {
        my ($code, $reason) = $rest =~ /^(\d*|none)\s*(?:~\s*(.*))?$/s;
        return (sub { _close_fault($_[0], $code, $reason) }, $keep);
    }

    my $regex = $kind =~ s/~$//;

    die "expect text, text~, binary, json, ping, pong, close, eof, "
        . "reset, gone or http?\n"
        if $kind !~ /^(?:text|binary|ping|pong)$/;

    $rest = unhex($rest) if $kind eq 'binary';

    return (sub {
        my ($frame) = @_;
        return "not $kind" if $frame->{op} ne $kind || $frame->{rsv};
        return if $kind =~ /^p[io]ng$/ && !length $rest;
        return 'another payload' if $regex ? $frame->{data} !~ /$rest/
                                           : $frame->{data} ne $rest;
        return;
    }, $keep);
}


sub _json_fault {
    my ($frame, $pattern, @parts) = @_;

    return 'not text' if $frame->{op} ne 'text' || $frame->{rsv};

    for my $part (@parts) {
        return "no $part" if index($frame->{data}, $part) < 0;
    }

    if (!exists $frame->{json}) {
        eval { $frame->{json} = ChatTest::Json::decode($frame->{data}); 1 }
            or return 'not JSON';
    }

    return ChatTest::Json::matches($frame->{json}, $pattern);
}


sub _close_fault {
    my ($frame, $code, $reason) = @_;

    $code //= '';

    return 'not a close' if $frame->{op} ne 'close';

    if ($code eq 'none') {
        return defined $frame->{code} ? 'a code' : undef;
    }

    return 'another code'
        if length $code && ($frame->{code} // '') ne $code;
    return 'another reason'
        if defined $reason && ($frame->{reason} // '') !~ /$reason/;
    return;
}


sub _client_silent {
    my ($self, $client, $rest) = @_;
    my $deadline = time + $rest;
    my $frame = $client->next_frame($rest);

    die 'got ' . ChatTest::Client::describe($frame) . "\n" if $frame;
    die 'the connection ended' . $client->_end_text . "\n" if $client->{end};

    return;
}


1;
