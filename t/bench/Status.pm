# Copyright (C) the ngx_chat_module authors
#
# Licensed under the BSD 2-Clause License, see LICENSE.

# What a request for the status costs, with no room and with ten thousand.

package Status;

use strict;
use warnings;

use IO::Socket::INET;
use Time::HiRes qw(time);

use constant {
    CLIENTS  => 100,
    ROOMS    => 100,        # of a client
    REQUESTS => 500,
    TIMEOUT  => 30,         # seconds
};


# microseconds, from the outside and of the server's CPU; how many rooms it
# told of is checked

sub cost {
    my ($port, @pids) = @_;

    my %r;
    my @quiet = _ask($port, 0, @pids);
    my @clients = map { _enter($port, $_) } 1 .. CLIENTS;
    my @busy = _ask($port, CLIENTS * ROOMS, @pids);

    @r{qw(none_p50_us none_p99_us none_cpu_us)} = @quiet;
    @r{qw(rooms_p50_us rooms_p99_us rooms_cpu_us)} = @busy;
    $r{rooms} = CLIENTS * ROOMS;

    return \%r;
}


# a member of many rooms

sub _enter {
    my ($port, $n) = @_;
    my $socket = _connect($port);

    print $socket join "\r\n", 'GET /open?user=u' . $n . ' HTTP/1.1',
        "Host: 127.0.0.1:$port", 'Upgrade: websocket',
        'Connection: Upgrade', 'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', '', '';

    _until($socket, qr/"ev":"welcome"/);

    for my $room (1 .. ROOMS) {
        my $text = qq({"op":"join","id":$room,"room":"r$n-$room"});

        # a mask of zeros
        syswrite $socket, pack('CCN', 0x81, 0x80 | length $text, 0) . $text;
        _until($socket, qr/"id":$room,"(?:ok)"/);
    }

    return $socket;
}


sub _ask {
    my ($port, $rooms, @pids) = @_;
    my $socket = _connect($port);
    my $before = _cpu(@pids);
    my @times;

    for (1 .. REQUESTS) {
        my $begun = time;

        print $socket "GET /status HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
        my $answer = _until($socket, qr/\]\}\n\z/);
        push @times, (time - $begun) * 1e6;

        my ($told) = $answer =~ /"rooms":(\d+)/;
        die "it told of $told rooms, not $rooms\n" if $told != $rooms;
    }

    @times = sort { $a <=> $b } @times;

    return (sprintf('%.0f', $times[REQUESTS / 2]),
        sprintf('%.0f', $times[REQUESTS * 0.99]),
        sprintf('%.0f', (_cpu(@pids) - $before) * 1e6 / REQUESTS));
}


sub _connect {
    my ($port) = @_;

    my $socket = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port")
        or die "cannot connect: $@\n";
    $socket->autoflush;

    return $socket;
}


sub _until {
    my ($socket, $regex) = @_;
    my $text = '';

    local $SIG{ALRM} = sub { die "no answer: $text\n" };
    alarm TIMEOUT;

    until ($text =~ $regex) {
        sysread $socket, $text, 65536, length $text
            or die "the server closed: $text\n";
    }

    alarm 0;

    return $text;
}


# seconds, of fields 14 and 15 of proc(5), in clock ticks of 10 ms

sub _cpu {
    my $ticks = 0;

    for my $pid (@_) {
        open my $f, '<', "/proc/$pid/stat" or next;
        my @field = split ' ', (<$f> =~ s/^.*\) //r);
        $ticks += $field[11] + $field[12];
    }

    return $ticks / 100;
}

1;
