#!/usr/bin/perl

# A Redis that misbehaves on demand: it passes commands on to a real one and
# replies back, and takes orders from whoever publishes to the channel "fake"
# of the real one.
#
#     fake_redis.pl PORT REAL_PORT
#
#     redis cli PUBLISH fake reply:EVALSHA:$-2\r\n
#
# Orders.  In BYTES \r, \n and \s (a space) are escapes; CMD is the name of a
# command in capitals, or with its first argument as INFO/memory.
#
#     reset                forget all orders
#     reply:CMD:BYTES      answers CMD with BYTES, the real one hears nothing
#     once:CMD:BYTES       the same for the next CMD only
#     extra:CMD:BYTES      sends BYTES after the next answer to CMD
#     cut:CMD:N            the next answer to CMD ends after N bytes, and with
#                          it the connection
#     late:CMD:SECONDS     keeps the next answer to CMD back for so long
#     silent               passes nothing on any more, in neither direction
#     push:BYTES           sends BYTES to all who have subscribed
#     flood:N              pushes a string of N bytes to them
#     drop                 closes all connections
#     refuse               closes each new connection at once
#
# It exits when its standard input does.

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use Time::HiRes qw(sleep time);

my ($port, $real_port) = @ARGV;

my (%rule, %late, $silent, $refuse, %client, %by_server);
my ($control, $control_in) = (undef, '');
my $control_retry = 0;

$SIG{PIPE} = 'IGNORE';

my $listen = IO::Socket::INET->new(Listen => 64, ReuseAddr => 1,
                                   LocalAddr => "127.0.0.1:$port")
    or die "cannot listen on $port: $!\n";

while (1) {
    connect_control();

    my $select = IO::Select->new(\*STDIN, $listen);

    $select->add($control) if $control;
    $select->add($_->{down}, $_->{up}) for values %client;

    for my $socket ($select->can_read(0.02)) {
        if ($socket == \*STDIN) {
            exit 0 if !sysread STDIN, my $data, 1024;

        } elsif ($socket == $listen) {
            accept_client();

        } elsif ($control && $socket == $control) {
            read_control();

        } elsif ($client{$socket}) {
            read_client($client{$socket});

        } elsif ($by_server{$socket}) {
            read_server($by_server{$socket});
        }
    }

    for my $client (values %client) {
        flush_client($client);
    }
}


sub connect_control {
    return if $control || time < $control_retry;

    $control_retry = time + 0.1;
    $control = IO::Socket::INET->new("127.0.0.1:$real_port") or return;
    $control->autoflush(1);
    $control_in = '';

    print $control "SUBSCRIBE fake\r\n";

    return;
}


sub read_control {
    my $n = sysread $control, $control_in, 65536, length $control_in;

    if (!$n) {
        undef $control;
        return;
    }

    while (my $length = reply_length($control_in, 0)) {
        my $reply = substr $control_in, 0, $length, '';

        if ($reply =~ /^\*3\r\n\$7\r\nmessage\r\n\$4\r\nfake\r\n\$\d+\r\n(.*)
                       \r\n$/sx)
        {
            order($1);
        }
    }

    return;
}


sub order {
    my ($text) = @_;
    my ($verb, $rest) = split /:/, $text, 2;
    my ($command, $bytes) = split /:/, $rest // '', 2;

    if ($verb eq 'reset') {
        %rule = ();
        $silent = $refuse = 0;

    } elsif ($verb eq 'silent') {
        $silent = 1;

    } elsif ($verb eq 'refuse') {
        $refuse = 1;

    } elsif ($verb eq 'drop') {
        close_client($_) for values %client;

    } elsif ($verb eq 'push' || $verb eq 'flood') {
        $bytes = $verb eq 'push' ? unescape($rest)
               : "\$$rest\r\n" . 'x' x $rest . "\r\n";

        for my $client (grep { $_->{subscribed} } values %client) {
            $client->{out} .= $bytes;
        }

    } else {
        $rule{$command} = [$verb, $verb eq 'cut' || $verb eq 'late'
                                  ? $bytes : unescape($bytes)];
    }

    return;
}


sub unescape {
    my ($text) = @_;
    my %escape = (r => "\r", n => "\n", s => ' ');

    $text =~ s/\\([rns])/$escape{$1}/g;

    return $text;
}


sub accept_client {
    my $down = $listen->accept or return;
    my $up;

    if ($refuse
        || !($up = IO::Socket::INET->new("127.0.0.1:$real_port")))
    {
        close $down;
        return;
    }

    $_->blocking(0) for $down, $up;

    my $client = {
        down => $down, up => $up, in => '', up_in => '', out => '',
        up_out => '', due => [], hold => 0,
    };

    $client{$down} = $client;
    $by_server{$up} = $client;

    return;
}


sub close_client {
    my ($client) = @_;

    delete $client{$client->{down}};
    delete $by_server{$client->{up}};
    close $client->{down};
    close $client->{up};

    return;
}


# commands of the module: each is passed on or answered here, in order

sub read_client {
    my ($client) = @_;
    my $n = sysread $client->{down}, $client->{in}, 65536,
            length $client->{in};

    if (!$n) {
        close_client($client) if defined $n || !$!{EAGAIN};
        return;
    }

    return if $silent;

    while (my $length = reply_length($client->{in}, 0)) {
        my $bytes = substr $client->{in}, 0, $length, '';
        my ($command, $argument)
            = $bytes =~ /^\*\d+\r\n\$\d+\r\n([A-Za-z]+)
                         (?:\r\n\$\d+\r\n([^\r]*))?/x;

        $command = uc($command // '?');
        $client->{subscribed} = 1 if $command eq 'SUBSCRIBE';

        if (defined $argument && $rule{"$command/$argument"}) {
            $command = "$command/$argument";
        }

        my $rule = $rule{$command};
        my $verb = $rule ? $rule->[0] : '';

        delete $rule{$command} if $rule && $verb ne 'reply';

        if ($verb eq 'reply' || $verb eq 'once') {
            push @{ $client->{due} }, [$verb, $rule->[1]];

        } else {
            push @{ $client->{due} }, [$verb, $rule ? $rule->[1] : undef];
            $client->{up_out} .= $bytes;
        }
    }

    answer($client);

    return;
}


sub read_server {
    my ($client) = @_;
    my $n = sysread $client->{up}, $client->{up_in}, 65536,
            length $client->{up_in};

    if (!$n) {
        close_client($client) if defined $n || !$!{EAGAIN};
        return;
    }

    answer($client);

    return;
}


# what may go out: our own answers, and the real one's in their order

sub answer {
    my ($client) = @_;

    while (!$silent && time >= $client->{hold}) {
        my $due = $client->{due}[0];

        if ($due && $due->[0] =~ /^(?:reply|once)$/) {
            $client->{out} .= $due->[1];
            shift @{ $client->{due} };
            next;
        }

        my $length = reply_length($client->{up_in}, 0) or last;

        if ($client->{up_in} =~ /^\*3\r\n\$7\r\nmessage\r\n/) {
            $client->{out} .= substr $client->{up_in}, 0, $length, '';
            next;
        }

        if ($due && $due->[0] eq 'late') {
            $client->{hold} = time + $due->[1];
            $due->[0] = '';
            next;
        }

        my $reply = substr $client->{up_in}, 0, $length, '';
        shift @{ $client->{due} };

        if ($due && $due->[0] eq 'cut') {
            $client->{out} .= substr $reply, 0, $due->[1];
            $client->{last} = 1;
            last;
        }

        $client->{out} .= $reply;
        $client->{out} .= $due->[1] if $due && $due->[0] eq 'extra';
    }

    return;
}


sub flush_client {
    my ($client) = @_;

    answer($client) if $client->{hold};

    for my $way (['out', 'down'], ['up_out', 'up']) {
        my ($buffer, $socket) = @$way;

        next if !length $client->{$buffer};

        my $n = syswrite $client->{$socket}, $client->{$buffer};

        if (defined $n) {
            substr $client->{$buffer}, 0, $n, '';

        } elsif (!$!{EAGAIN}) {
            close_client($client);
            return;
        }
    }

    close_client($client) if $client->{last} && !length $client->{out};

    return;
}


# the length of the first whole RESP value at a place, or 0

sub reply_length {
    my ($bytes, $from) = @_;
    my ($pos, $left) = ($from, 1);

    while ($left) {
        my $end = index $bytes, "\r\n", $pos;
        return 0 if $end < 0;

        my $type = substr $bytes, $pos, 1;
        my $number = substr $bytes, $pos + 1, $end - $pos - 1;

        $pos = $end + 2;
        $left--;

        if ($type eq '$' && $number >= 0) {
            $pos += $number + 2;
            return 0 if $pos > length $bytes;

        } elsif ($type eq '*' && $number > 0) {
            $left += $number;
        }
    }

    return $pos - $from;
}
