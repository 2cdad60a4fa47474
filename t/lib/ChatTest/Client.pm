package ChatTest::Client;

# A WebSocket client that does exactly what a test says, right or wrong:
# non-blocking, and all clients of a test are served while one waits.

use strict;
use warnings;

use Digest::SHA qw(sha1_base64);
use Errno qw(EAGAIN EINTR EWOULDBLOCK);
use IO::Select;
use IO::Socket::INET;
use MIME::Base64 qw(encode_base64);
use Socket qw(IPPROTO_TCP SHUT_WR SOL_SOCKET SO_LINGER SO_RCVBUF TCP_NODELAY);
use Time::HiRes qw(sleep time);

use constant GUID => '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

our %OPCODE = (
    cont => 0, text => 1, binary => 2, close => 8, ping => 9, pong => 10,
);
our %OPNAME = reverse %OPCODE;

# how many frames a failure shows, and how much of each
use constant TRACE => 10;
use constant SHOWN => 200;

my @CERTIFICATE = (SSL_cert_file => $ENV{TEST_NGINX_CERT},
                   SSL_key_file => $ENV{TEST_NGINX_KEY});
my @HTTP2 = (SSL_alpn_protocols => ['h2']);
my %open;

# true: a frame that was read may be answered
our $parsing;


sub new {
    my ($class, $name, $port) = @_;

    return bless {
        name   => $name,
        port   => $port,
        auto   => 1,        # answers pings and a close
        chunk  => 0,        # bytes a write, 0: all at once
        delay  => 0,        # seconds between the chunks
        queue  => [],       # frames that came and nobody asked for yet
        in     => '',
        trace  => [],
    }, $class;
}


# Reads on after "slow".  Its tiny receive buffer, which made it slow early,
# goes: through a window smaller than a segment TCP sends one piece with each
# probe, five times a second.
sub hurry {
    my ($self) = @_;

    setsockopt($self->{socket}, SOL_SOCKET, SO_RCVBUF, pack 'i', 1 << 20);
    $self->{slow} = 0;
    return;
}


# connects TCP, and TLS if wanted; options: port, from, rcvbuf, tls

sub open_socket {
    my ($self, %option) = @_;
    my ($socket, $port);

    $self->drop if $self->{socket};

    @$self{qw(in queue end sent_close slow headers stream http2)} = ('', []);

    $port = $option{port} || $self->{port};

    $socket = IO::Socket::INET->new(
        Proto => 'tcp',
        $option{from} ? (LocalAddr => $option{from}) : (),
    );

    if ($option{rcvbuf}) {
        setsockopt($socket, SOL_SOCKET, SO_RCVBUF, pack 'i', $option{rcvbuf});
    }

    connect($socket, Socket::pack_sockaddr_in($port,
                                         Socket::inet_aton('127.0.0.1')))
        or die "cannot connect to port $port: $!\n";

    setsockopt($socket, IPPROTO_TCP, TCP_NODELAY, pack 'i', 1);

    $self->{local_port} = $socket->sockport;
    $self->{peer_port} = $port;

    if ($option{tls}) {
        require IO::Socket::SSL;
        IO::Socket::SSL->start_SSL($socket, SSL_verify_mode => 0,
                                   SSL_hostname => 'localhost',
                                   $option{h2} ? @HTTP2 : (),
                                   $option{cert} ? @CERTIFICATE : ())
            or die 'TLS handshake failed: ' . IO::Socket::SSL::errstr() . "\n";
    }

    $socket->blocking(0);

    $self->{tls} = $option{tls};
    $self->{socket} = $socket;
    $open{$self->{name}} = $self;

    return;
}


# the request of the handshake; headers given replace the usual ones, and
# "-Name" leaves one out

sub request {
    my ($self, $path, @headers) = @_;
    my (%seen, @lines);

    $self->{key} = encode_base64(pack('N4', map { rand 2**32 } 1 .. 4), '');

    my @usual = (
        'Host: localhost:' . ($self->{site} // $self->{peer_port}),
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: $self->{key}",
        "Sec-WebSocket-Version: 13",
    );

    for my $line (@headers) {
        my $name = lc($line =~ s/^-//r =~ s/:.*//sr);
        $seen{$name} = 1;
        push @lines, $line if $line !~ /^-/;

        if ($line =~ /^Sec-WebSocket-Key:\s*(\S*)/i) {
            $self->{key} = $1;
        }
    }

    unshift @lines, grep { !$seen{lc s/:.*//sr} } @usual;

    return join "\r\n", "GET $path HTTP/1.1", @lines, '', '';
}


# reads one HTTP answer's head (and its body, for other than 101)

sub read_response {
    my ($self, $timeout) = @_;
    my ($head, %headers, $status, $body);

    $self->wait_for(sub { $self->{in} =~ /\r\n\r\n/ }, $timeout)
        or die "no HTTP answer, got "
               . _show($self->{in}) . $self->_end_text . "\n";

    $self->{in} =~ s/^(.*?)\r\n\r\n//s;
    $head = $1;

    $head =~ m{^HTTP/1\.[01] (\d{3})} or die "bad status line: $head\n";
    $status = $1;

    for my $line (split /\r\n/, $head) {
        my ($name, $value) = $line =~ /^([^:\s]+):\s*(.*)/ or next;
        push @{ $headers{lc $name} }, $value;
    }

    $self->{headers} = \%headers;
    $body = '';

    # RFC 9110, 15.3.5 and 15.4.5: these have no body, whatever else is said
    return ($status, $body) if $status == 204 || $status == 304;

    if ($status != 101) {
        my $length = $headers{'content-length'};

        if ($length) {
            $self->wait_for(sub { length $self->{in} >= $length->[0] },
                            $timeout);

        } else {
            $self->wait_for(sub { $self->{end} }, $timeout);
        }

        $body = $self->{in};
        $self->{in} = '';

        if (($headers{'transfer-encoding'} || [''])->[0] eq 'chunked') {
            $body =~ s/([0-9a-f]+)\r\n(.*?)\r\n(?=[0-9a-f]+\r\n)/$2/gsi;
            $body =~ s/0\r\n\r\n$//;
        }
    }

    return ($status, $body);
}


sub handshake {
    my ($self, $timeout, $path, @headers) = @_;
    my ($status, $body, $accept);

    $self->write_bytes($self->request($path, @headers));
    ($status, $body) = $self->read_response($timeout);

    if ($status != 101) {
        die "expected 101, got $status: " . _show($body) . "\n";
    }

    $accept = sha1_base64($self->{key} . GUID) . '=';

    if (($self->{headers}{'sec-websocket-accept'} || [''])->[0] ne $accept) {
        die "wrong Sec-WebSocket-Accept\n";
    }

    $self->{websocket} = 1;
    $self->_parse;

    return;
}


# one frame's bytes; options: fin rsv op mask key len form

sub frame {
    my ($payload, %option) = @_;
    my ($op, $fin, $rsv, $mask, $length, $form, $key, $bytes);

    $op = $option{op} // 1;
    $op = $OPCODE{$op} if exists $OPCODE{$op};
    $fin = $option{fin} // 1;
    $rsv = $option{rsv} // 0;
    $mask = $option{mask} // 1;
    $length = $option{len} // length $payload;
    $form = $option{form} // ($length < 126 ? 7 : $length < 65536 ? 16 : 64);

    $bytes = pack 'C', ($fin ? 0x80 : 0) | $rsv << 4 | $op;
    $mask = $mask ? 0x80 : 0;

    $bytes .= $form == 7  ? pack 'C', $mask | $length
            : $form == 16 ? pack 'Cn', $mask | 126, $length
            :               pack 'CQ>', $mask | 127, $length;

    if ($mask) {
        $key = defined $option{key} ? pack 'H8', $option{key}
                                    : pack 'N', rand 2**32;
        $bytes .= $key;
        $payload ^= substr($key x (length($payload) / 4 + 1), 0,
                           length $payload);
    }

    return $bytes . $payload;
}


sub send_frame {
    my ($self, $payload, %option) = @_;

    if (($option{op} // '') =~ /^(?:8|close)$/) {
        $self->{sent_close} = 1;
    }

    $self->_trace('>', $option{op} // 'text', $payload);
    $self->write_bytes(frame($payload, %option));

    return;
}


# writes all bytes; reads for all clients meanwhile, so that nobody locks up

sub write_bytes {
    my ($self, $bytes, $timeout) = @_;
    my ($deadline, $size, $n);

    $deadline = time + ($timeout || 30);
    utf8::downgrade($bytes);    # with JSON in it, it may be text to TLS

    while (length $bytes) {
        die "cannot send: no connection\n" if !$self->{socket};

        local $SIG{PIPE} = 'IGNORE';

        $size = $self->{chunk} || length $bytes;
        $n = syswrite $self->{socket}, $bytes, $size;

        if (defined $n) {
            substr $bytes, 0, $n, '';
            sleep $self->{delay} if $self->{delay};
            next;
        }

        if ($! != EAGAIN && $! != EINTR && $! != EWOULDBLOCK) {
            $self->{send_error} = "$!";
            return;
        }

        die "cannot send: the peer does not read\n" if time > $deadline;
        pump(0.02);
    }

    # who writes much still reads; who answers what it reads does so anyway
    pump(0) if !$parsing;

    return;
}


# serves all clients for at most the time given; true: there was something

sub pump {
    my ($timeout) = @_;
    my (@readable, %by_fd);

    for my $client (values %open) {
        next if $client->{slow} || !$client->{socket} || $client->{end};
        $by_fd{fileno $client->{socket}} = $client;

        if ($client->{tls} && $client->{socket}->pending) {
            $timeout = 0;
        }
    }

    if (!%by_fd) {
        sleep $timeout;
        return 0;
    }

    my $select = IO::Select->new(map { $_->{socket} } values %by_fd);
    @readable = $select->can_read($timeout);

    for my $client (values %by_fd) {
        if ($client->{tls} || grep { $_ == $client->{socket} } @readable) {
            $client->_read;
        }
    }

    return scalar @readable;
}


# Waits until the condition holds; false: it did not in time.  What has come in
# time and was not read yet, because the test was busy, counts.

sub wait_for {
    my ($self, $condition, $timeout) = @_;
    my $deadline = time + $timeout;

    while (1) {
        return 1 if $condition->();
        return 0 if $self->{end} || !$self->{socket};

        my $left = $deadline - time;

        if ($left > 0) {
            pump($left < 0.1 ? $left : 0.1);

        } elsif (!pump(0)) {
            return 0;
        }
    }
}


# the next frame, or nothing if none came in time or the connection ended

sub next_frame {
    my ($self, $timeout, $with_pings) = @_;

    $self->wait_for(sub {
        shift @{ $self->{queue} }
            while !$with_pings && @{ $self->{queue} }
                  && $self->{queue}[0]{op} eq 'ping';
        return scalar @{ $self->{queue} };
    }, $timeout);

    return shift @{ $self->{queue} };
}


# half close, reset, plain close

sub shut {
    my ($self) = @_;
    shutdown $self->{socket}, SHUT_WR;
    return;
}


sub reset_connection {
    my ($self) = @_;
    setsockopt($self->{socket}, SOL_SOCKET, SO_LINGER, pack 'ii', 1, 0);
    return $self->drop;
}


sub drop {
    my ($self) = @_;

    if ($self->{socket}) {
        # without a TLS shutdown: the peer sees what a lost client leaves
        $self->{tls} ? $self->{socket}->close(SSL_no_shutdown => 1)
                     : close $self->{socket};
    }

    delete @$self{qw(socket websocket)};
    delete $open{$self->{name}};

    return;
}


sub drop_all {
    $_->drop for values %open;
    return;
}


# the last frames in both directions, for a failure's report

sub history {
    my ($self) = @_;
    my @lines = @{ $self->{trace} };
    push @lines, "$self->{name} " . $self->_end_text if $self->{end};
    return @lines;
}


sub describe {
    my ($frame) = @_;

    return 'nothing' if !$frame;

    if ($frame->{op} eq 'close') {
        return 'close ' . ($frame->{code} // 'without a code')
               . (length($frame->{reason} // '') ? " $frame->{reason}" : '');
    }

    return ($frame->{rsv} ? "rsv=$frame->{rsv} " : '') . $frame->{op} . ' '
           . _show($frame->{data});
}


sub _read {
    my ($self) = @_;
    my ($n, $got, $data);

    $got = 0;

    while ($got < 1 << 20) {
        $n = sysread $self->{socket}, $data, 65536;

        if (!defined $n) {
            last if $!{EINTR} || $!{EAGAIN} || $!{EWOULDBLOCK};
            $self->{end} = $!{ECONNRESET} ? 'reset' : "error: $!";
            last;
        }

        if ($n == 0) {
            $self->{end} = 'eof';
            last;
        }

        $self->{in} .= $data;
        $got += $n;
    }

    $self->_parse if $self->{websocket};
    ChatTest::Stream::events($self) if $self->{stream};

    return;
}


# an answer to a frame may read on and come here again: a frame's bytes are
# gone before anything is done about it

sub _parse {
    my ($self) = @_;

    local $parsing = 1;

    while (my ($frame, $size) = $self->_parse_frame) {
        substr $self->{in}, 0, $size, '';
        $self->_trace('<', $frame->{op}, $frame->{data});
        $self->_assemble($frame);
    }

    return;
}


sub _parse_frame {
    my ($self) = @_;
    my ($length, $head, $op, $left);

    $left = length $self->{in};
    return if $left < 2;

    my ($b0, $b1) = unpack 'C2', $self->{in};

    $length = $b1 & 0x7f;
    $head = 2;

    if ($length == 126) {
        return if $left < 4;
        $length = unpack 'x2 n', $self->{in};
        $head = 4;

    } elsif ($length == 127) {
        return if $left < 10;
        $length = unpack 'x2 Q>', $self->{in};
        $head = 10;
    }

    if ($b1 & 0x80) {
        $self->{end} = 'masked frame from the server';
        return;
    }

    return if $left < $head + $length;

    $op = $OPNAME{$b0 & 0x0f} // 'opcode ' . ($b0 & 0x0f);

    return ({ op => $op, fin => $b0 >> 7, rsv => ($b0 >> 4) & 7,
              data => substr($self->{in}, $head, $length) },
            $head + $length);
}


# joins fragments, answers what a well behaved client answers

sub _assemble {
    my ($self, $frame) = @_;

    if ($frame->{op} eq 'cont') {
        if (!$self->{partial}) {
            $self->{end} = 'continuation of nothing from the server';
            return;
        }

        $self->{partial}{data} .= $frame->{data};
        $self->{partial}{parts}++;
        return if !$frame->{fin};
        $frame = delete $self->{partial};

    } elsif (!$frame->{fin}) {
        $frame->{parts} = 1;
        $self->{partial} = $frame;
        return;
    }

    if ($frame->{op} eq 'close' && length $frame->{data} >= 2) {
        @$frame{qw(code reason)} = unpack 'n a*', $frame->{data};
    }

    if ($self->{auto} && $frame->{op} eq 'ping') {
        $self->send_frame($frame->{data}, op => 'pong');

    } elsif ($self->{auto} && $frame->{op} eq 'close'
             && !$self->{sent_close})
    {
        $self->send_frame(substr($frame->{data}, 0, 2), op => 'close');
    }

    push @{ $self->{queue} }, $frame;

    return;
}


sub _trace {
    my ($self, $direction, $op, $data) = @_;

    push @{ $self->{trace} },
         "$self->{name} $direction $op " . _show($data);
    shift @{ $self->{trace} } if @{ $self->{trace} } > TRACE;

    return;
}


sub _end_text {
    my ($self) = @_;
    return $self->{end} ? " ($self->{end})" : '';
}


sub _show {
    my ($data) = @_;
    my $length = length $data;

    $data = substr($data, 0, SHOWN) . '...' if $length > SHOWN + 20;
    $data =~ s/([^\x20-\x7e])/sprintf '\x%02x', ord $1/ge;

    return $length > SHOWN + 20 ? "$data ($length bytes)" : $data;
}


1;
