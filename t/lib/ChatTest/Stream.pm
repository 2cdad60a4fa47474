package ChatTest::Stream;

# A client of an event stream: its events are the frames of a dialogue.

use strict;
use warnings;

use ChatTest::Client;
use ChatTest::Http2;
use ChatTest::Script;


# a stream [h2] [option=value]... /path [| Header: value]...

sub ChatTest::Script::_client_stream {
    my ($self, $client, $rest) = @_;
    my ($option, $path, @headers) = $self->_target($rest);

    $self->_place($client, $option);

    my $connect = sub {
        delete $client->{websocket};
        $client->open_socket(%$option);

        if ($option->{h2}) {
            ask_http2($client, $self->{timeout},
                      $option->{window} // ChatTest::Http2::WINDOW_MAX,
                      $path, @headers);

        } else {
            ask($client, $self->{timeout}, $path, @headers);
        }
    };

    $client->{again} = [\&ChatTest::Script::_client_stream, $rest];

    if ($option->{worker}) {
        return $self->_on_worker($option->{operator}, $option->{worker},
                                 $connect);
    }

    $connect->();

    return;
}


sub ask {
    my ($client, $timeout, $path, @headers) = @_;
    my $host = 'localhost:' . ($client->{site} // $client->{peer_port});

    $client->write_bytes(join "\r\n", "GET $path HTTP/1.1", "Host: $host",
                         'Accept: text/event-stream', @headers, '', '');

    $client->wait_for(sub { $client->{in} =~ /\r\n\r\n/ }, $timeout)
        or die 'no HTTP answer' . $client->_end_text . "\n";

    $client->{in} =~ s/^(.*?)\r\n\r\n//s;
    my ($status, @lines) = split /\r\n/, $1;

    die "expected a stream, got $status\n" if $status !~ m{^HTTP/1.1 200 };

    $client->{headers} = {};

    for my $line (@lines) {
        my ($name, $value) = $line =~ /^([^:\s]+):\s*(.*)/ or next;
        push @{ $client->{headers}{lc $name} }, $value;
    }

    $client->{stream} = 1;
    events($client);

    return;
}


sub ask_http2 {
    my ($client, $timeout, $window, $path, @headers) = @_;

    ChatTest::Http2::ask($client, $window, "localhost:$client->{peer_port}",
                         $path, 'Accept: text/event-stream', @headers);

    # some of the answer may be here already: TLS reads while it writes
    $client->{stream} = 1;
    events($client);

    $client->wait_for(sub { $client->{http2}{status} }, $timeout)
        or die 'no HTTP answer' . $client->_end_text . "\n";

    my $status = $client->{http2}{status};

    die "expected a stream, got $status\n" if $status ne '200';

    return;
}


# each block that is complete

sub events {
    my ($client) = @_;
    my $text = \$client->{in};

    if ($client->{http2}) {
        ChatTest::Http2::frames($client);
        $text = \$client->{http2}{text};
    }

    while ($$text =~ s/^(.*?)\n\n//s) {
        my (%field, @more);

        for my $line (split /\n/, $1) {
            my ($name, $value) = $line =~ /^(\w*): ?(.*)$/
                or do { $client->{end} = "no event: $line"; return };
            $field{$name} .= $value;
        }

        for my $name (grep { defined $field{$_} } qw(event id retry)) {
            push @more, qq("_$name":"$field{$name}",);
        }

        my $data = $field{data};
        $data =~ s/^\{/join '', '{', @more/e if defined $data;

        my $op = defined $data ? 'text' : 'ping';

        $client->_trace('<', $op, $data // '');
        push @{ $client->{queue} }, { op => $op, data => $data // '' };
    }

    return;
}


1;
