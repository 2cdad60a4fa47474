#!/usr/bin/perl

# A Redis that misbehaves on demand: it passes commands on to a real one and
# replies back, and takes orders, one a line, from its standard input.  Each is
# answered by an empty line when it is followed.
#
#     fake_redis.pl PORT REAL_PORT
#
# Orders.  In BYTES \r, \n and \s (a space) are escapes; CMD is the name of a
# command in capitals, or with its first argument as INFO/memory, or EVALSHA
# with a word of the script, as EVALSHA/XADD for those that store a message:
# nginx has others that it runs when it likes.
#
#     reset                forget all orders, let go what is held
#     reply:CMD:BYTES      answers CMD with BYTES, the real one hears nothing
#     once:CMD:BYTES       the same for the next CMD only
#     extra:CMD:BYTES      sends BYTES after the next answer to CMD
#     cut:CMD:N            the next answer to CMD ends after N bytes, and with
#                          it the connection
#     late:CMD:SECONDS     keeps the next answer to CMD back for so long
#     hold:CMD             the same until "reset"
#     holdall:CMD          the same with each answer to CMD
#     held:N               followed when N connections, or 1, have such a one
#     silent               passes nothing on any more, in neither direction
#     push:BYTES           sends BYTES to all who have subscribed
#     flood:N              pushes a string of N bytes to them
#     drop                 closes all connections
#     refuse               closes each new connection at once
#
# It exits when its standard input does.

use strict;
use warnings;

use Digest::SHA qw(sha1_hex);
use IO::Select;
use IO::Socket::INET;
use Time::HiRes qw(sleep time);

my ($port, $real_port) = @ARGV;

my (%rule, $silent, $refuse, %client, %by_server, %script);
my ($orders, $wait) = ('', 0);

$SIG{PIPE} = 'IGNORE';
$| = 1;

my $listen = IO::Socket::INET->new(Listen => 64, ReuseAddr => 1,
                                   LocalAddr => "127.0.0.1:$port")
    or die "cannot listen on $port: $!\n";

while (1) {
    my $select = IO::Select->new(\*STDIN, $listen);

    $select->add($_->{down}, $_->{up}) for values %client;

    for my $socket ($select->can_read(0.02)) {
        if ($socket == \*STDIN) {
            read_orders();

        } elsif ($socket == $listen) {
            accept_client();

        } elsif ($client{$socket}) {
            read_client($client{$socket});

        } elsif ($by_server{$socket}) {
            read_server($by_server{$socket});
        }
    }

    for my $client (values %client) {
        flush_client($client);
    }

    if ($wait && $wait <= grep { $_->{held} } values %client) {
        $wait = 0;
        print "\n";
    }
}


sub read_orders {
    exit 0 if !sysread STDIN, $orders, 65536, length $orders;

    while ($orders =~ s/^(.*)\n//) {
        order($1);
        print "\n" if !$wait;
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

        for my $client (values %client) {
            $client->{held} = 0;
            $_->[0] =~ s/^hold.*// for @{ $client->{due} };
        }

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

    } elsif ($verb =~ /^(?:reply|once|extra|cut|late|hold|holdall)$/) {
        $rule{$command} = [$verb, unescape($bytes // '')];

    } elsif ($verb eq 'held') {
        $wait = $rest || 1;

    } else {
        die "no such order: $text\n";
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
        up_out => '', due => [], later => 0,
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
        my $command = ruled($bytes);

        $client->{subscribed} = 1 if $command eq 'SUBSCRIBE';

        my $rule = $rule{$command};
        my $verb = $rule ? $rule->[0] : '';

        delete $rule{$command} if $rule && $verb !~ /^(?:reply|holdall)$/;

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


# the name under which there is a rule for a command, or just its name

sub ruled {
    my ($bytes) = @_;
    my ($command, $argument, $text)
        = $bytes =~ /^\*\d+\r\n\$\d+\r\n([A-Za-z]+)
                     (?:\r\n\$\d+\r\n([^\r]*))?
                     (?:\r\n\$\d+\r\n(.*?))?\r\n/xs;

    $command = uc($command // '?');
    return $command if !defined $argument;

    if ($command eq 'SCRIPT' && uc $argument eq 'LOAD') {
        $script{sha1_hex($text)} = $text;
    }

    return "$command/$argument" if $rule{"$command/$argument"};
    return $command if $command ne 'EVALSHA';

    for my $name (keys %rule) {
        my ($word) = $name =~ m{^EVALSHA/(.*)} or next;
        return $name if ($script{$argument} // '') =~ /\b\Q$word\E\b/;
    }

    return $command;
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

    while (!$silent && !$client->{held} && time >= $client->{later}) {
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

        if ($due && $due->[0] =~ /^(?:late|hold|holdall)$/) {
            $client->{later} = time + ($due->[1] || 0);
            $client->{held} = $due->[0] =~ /^hold/;
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

    answer($client);

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
