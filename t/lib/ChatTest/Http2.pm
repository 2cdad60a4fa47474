package ChatTest::Http2;

# As much of HTTP/2 (RFC 9113) as a stream of events needs: one request, by
# prior knowledge or over TLS, and what is answered to it.

use strict;
use warnings;

use ChatTest::Client;

# types of frames, and flags
use constant {
    DATA => 0, HEADERS => 1, RST_STREAM => 3, SETTINGS => 4, PING => 6,
    GOAWAY => 7, WINDOW_UPDATE => 8,
    END_STREAM => 1, ACK => 1, END_HEADERS => 4,
};

use constant INITIAL_WINDOW_SIZE => 4;    # a setting
use constant WINDOW_MAX => 2 ** 31 - 1;
use constant WINDOW => 65535;             # of a connection, at first

# RFC 7541, A: those that nginx uses
my %STATUS = (8 => 200, 9 => 204, 10 => 206, 11 => 304, 12 => 400, 13 => 404,
              14 => 500);


# window: how much of the answer may come unasked; it is given back as it is
# read

sub ask {
    my ($client, $window, $host, $path, @headers) = @_;
    my $scheme = $client->{tls} ? 'https' : 'http';
    my $head = '';

    $client->{http2} = { text => '', status => undef };

    for my $line (":method: GET", ":scheme: $scheme", ":path: $path",
                  ":authority: $host", @headers)
    {
        my ($name, $value) = $line =~ /^(:?[^:\s]+):\s*(.*)/ or next;
        # a literal that is not to be remembered
        $head .= "\0" . join '', map { text($_) } lc $name, $value;
    }

    $client->write_bytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
        . frame(SETTINGS, 0, 0, pack 'nN', INITIAL_WINDOW_SIZE, $window)
        . frame(WINDOW_UPDATE, 0, 0, pack 'N', WINDOW_MAX - WINDOW)
        . frame(HEADERS, END_STREAM | END_HEADERS, 1, $head));

    return;
}


sub frame {
    my ($type, $flags, $stream, $payload) = @_;

    return substr(pack('N', length $payload), 1)
           . pack('CCN', $type, $flags, $stream) . $payload;
}


# RFC 7541, 5.2.  String Literal Representation

sub text {
    my ($text) = @_;
    my $left = length($text) - 127;

    return chr(length $text) . $text if $left < 0;

    my $size = chr 127;

    for (; $left >= 128; $left >>= 7) {
        $size .= chr($left & 127 | 128);
    }

    return $size . chr($left) . $text;
}


# all that has come in whole; to answer reads no more

sub frames {
    my ($client) = @_;

    local $ChatTest::Client::parsing = 1;

    while (length $client->{in} >= 9) {
        my ($high, $low, $type, $flags, $stream) =
            unpack 'CnCCN', $client->{in};
        my $size = $high << 16 | $low;

        last if length $client->{in} < 9 + $size;

        my $payload = substr $client->{in}, 9, $size;
        substr $client->{in}, 0, 9 + $size, '';

        received($client, $type, $flags, $stream, $payload);
    }

    return;
}


sub received {
    my ($client, $type, $flags, $stream, $payload) = @_;
    my $http2 = $client->{http2};

    if ($type == SETTINGS && !($flags & ACK)) {
        $client->write_bytes(frame(SETTINGS, ACK, 0, ''));

    } elsif ($type == PING && !($flags & ACK)) {
        $client->write_bytes(frame(PING, ACK, 0, $payload));

    } elsif ($type == GOAWAY) {
        $http2->{goaway} = 1;
    }

    return if $stream != 1;

    if ($type == HEADERS) {
        $http2->{status} = status($payload);

    } elsif ($type == DATA && length $payload) {
        $http2->{text} .= $payload;
        $client->write_bytes(frame(WINDOW_UPDATE, 0, 1,
                                   pack 'N', length $payload));

    } elsif ($type == RST_STREAM) {
        $client->{end} = 'reset';
    }

    if (($type == DATA || $type == HEADERS) && $flags & END_STREAM) {
        $client->{end} //= 'eof';
    }

    return;
}


# it comes first: by its number, or spelled out

sub status {
    my ($head) = @_;

    $head =~ s/^[\x20-\x3f]+//;    # how much is to be remembered

    my $first = ord $head;

    return $STATUS{$first & 0x7f} // 'strange' if $first & 0x80;
    return substr $head, 2, 3;
}


1;
