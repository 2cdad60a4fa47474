# Copyright (C) the ngx_chat_module authors
#
# Licensed under the BSD 2-Clause License, see LICENSE.

# What a request for the status costs, with no room, with ten thousand, and with
# a hundred thousand: for who asks, for the server's CPU, and for a member whose
# ping comes at the same time.

package Status;

use strict;
use warnings;

use IO::Socket::INET;
use JSON::PP;
use Socket qw(IPPROTO_TCP TCP_NODELAY);
use Time::HiRes qw(time);

use constant {
    MEMBERS  => 100,        # connections in rooms
    STEPS    => [ 0, 10_000, 100_000 ],
    REQUESTS => 500,
    BATCH    => 100,        # joins under way
    TIMEOUT  => 60,         # seconds
};


# microseconds and bytes, for each number of rooms that are there; how many
# rooms it tells of is checked, and that all it says can be read.  workers:
# their processes; steps and requests: others than the usual

sub cost {
    my ($port, $workers, %how) = @_;
    my @members = map { _member($port, $_) } 1 .. MEMBERS;
    my $pinger = _member($port, 'pinger');
    my $n = $how{requests} // REQUESTS;
    my %r = (rooms => []);
    my $rooms = 0;

    for my $step (@{ $how{steps} // STEPS }) {
        _join($members[$_], $_, $rooms / MEMBERS, $step / MEMBERS)
            for 0 .. $#members;
        $rooms = $step;

        push @{ $r{rooms} }, $rooms;
        %r = (%r, map { $_->[0] . "_$rooms" => $_->[1] }
            _asked($port, $rooms, $n, $workers),
            _paused($port, $pinger, $n));
    }

    return \%r;
}


sub _member {
    my ($port, $user) = @_;
    my $socket = _connect($port);

    print $socket join "\r\n", "GET /many?user=$user HTTP/1.1",
        "Host: 127.0.0.1:$port", 'Upgrade: websocket',
        'Connection: Upgrade', 'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', '', '';

    _until($socket, qr/"ev":"welcome"/);

    return $socket;
}


# rooms of its own, from one number to another

sub _join {
    my ($socket, $n, $from, $to) = @_;

    for (my $room = $from + 1; $room <= $to; $room += BATCH) {
        my $last = $room + BATCH > $to ? $to : $room + BATCH - 1;

        print $socket map { _frame(1, qq({"op":"join","id":$_,)
            . qq("room":"r$n-$_"})) } $room .. $last;

        # answers come in the order of the commands
        my $text = _until($socket, qr/"id":$last,"(?:ok|error)"/);
        die "a room was refused: $text\n" if $text =~ /"error"/;
    }

    return;
}


# with a mask of zeros

sub _frame {
    my ($op, $payload) = @_;

    return pack('CCN', 0x80 | $op, 0x80 | length $payload, 0) . $payload;
}


sub _asked {
    my ($port, $rooms, $n, $workers) = @_;
    my $socket = _connect($port);
    my ($text) = _told($socket, 'prometheus');
    my ($json) = _told($socket, 'json');
    my $look = JSON::PP->new->decode($json);
    my $told = $look->{metrics}{rooms};

    die "it told of $told rooms, not $rooms\n" if $told != $rooms;

    my $before = _cpu(@$workers);
    my @times = sort { $a <=> $b }
        map { (_told($socket, 'json'))[1] } 1 .. $n;
    my $cpu = (_cpu(@$workers) - $before) / 1000 / $n;

    return ([ p50_us => _us($times[$n / 2]) ],
        [ p99_us => _us($times[$n * 0.99]) ],
        [ cpu_us => sprintf '%.1f', $cpu ],
        [ json_bytes => length $json ], [ text_bytes => length $text ]);
}


# what is told, and after how many seconds

sub _told {
    my ($socket, $format) = @_;
    my $begun = time;

    print $socket "GET /status?format=$format HTTP/1.1\r\n"
        . "Host: 127.0.0.1\r\n\r\n";

    return (_body($socket), time - $begun);
}


sub _body {
    my ($socket) = @_;
    my $answer = '';

    until ($answer =~ /\r\n\r\n/) {
        $answer .= _some($socket);
    }

    my ($head, $body) = split /\r\n\r\n/, $answer, 2;
    die "it answered $head\n" if $head !~ m{^HTTP/1\.1 200 };
    my ($length) = $head =~ /\r\nContent-Length: (\d+)/i
        or die "an answer without a length: $head\n";

    $body .= _some($socket) while length $body < $length;

    return $body;
}


# the worst answer to a member's ping, alone, and while a status is asked for

sub _paused {
    my ($port, $pinger, $n) = @_;
    my $socket = _connect($port);
    my (@quiet, @with);

    # in turns, so that both see the same machine
    for (1 .. $n) {
        push @quiet, _ping($pinger);

        print $socket "GET /status?format=json HTTP/1.1\r\n"
            . "Host: 127.0.0.1\r\n\r\n";
        push @with, _ping($pinger);
        _body($socket);
    }

    return map {
        my ($name, $times) = @$_;
        my @sorted = sort { $a <=> $b } @$times;
        ([ "${name}_p99_us" => _us($sorted[$n * 0.99]) ],
            [ "${name}_worst_us" => _us($sorted[-1]) ]);
    } [ quiet => \@quiet ], [ with => \@with ];
}


sub _ping {
    my ($socket) = @_;
    my $begun = time;

    print $socket _frame(9, 'p');
    _until($socket, qr/\x8a\x01p/);

    return time - $begun;
}


sub _connect {
    my ($port) = @_;

    my $socket = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port")
        or die "cannot connect: $@\n";

    setsockopt $socket, IPPROTO_TCP, TCP_NODELAY, 1;
    $socket->autoflush;

    return $socket;
}


sub _until {
    my ($socket, $regex) = @_;
    my $text = '';

    $text .= _some($socket) until $text =~ $regex;

    return $text;
}


sub _some {
    my ($socket) = @_;

    local $SIG{ALRM} = sub { die "no answer in @{[ TIMEOUT ]} s\n" };
    alarm TIMEOUT;
    my $n = sysread $socket, my $text, 65536;
    alarm 0;

    die "the server closed a connection\n" if !$n;

    return $text;
}


# nanoseconds that the processes have run, as the scheduler counts them

sub _cpu {
    my $sum = 0;

    for my $pid (@_) {
        open my $f, '<', "/proc/$pid/schedstat"
            or die "/proc/$pid/schedstat: $!\n";
        $sum += (split ' ', <$f>)[0];
    }

    return $sum;
}


sub _us {
    return sprintf '%.0f', $_[0] * 1e6;
}

1;
