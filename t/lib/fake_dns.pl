#!/usr/bin/perl

# A name server of a few names: answers A queries over UDP, and "no such
# name" to all others.
#
#     fake_dns.pl PORT NAME=ADDRESS[,ADDRESS]...
#
# It exits when its standard input does.

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;

my ($port, %address) = (shift, map { split /=/ } @ARGV);

my $socket = IO::Socket::INET->new(Proto => 'udp',
                                   LocalAddr => "127.0.0.1:$port")
    or die "cannot bind to $port: $!\n";

my $select = IO::Select->new(\*STDIN, $socket);

while (1) {
    for my $ready ($select->can_read) {
        if ($ready == $socket) {
            answer();

        } elsif (!sysread STDIN, my $data, 1024) {
            exit 0;
        }
    }
}


sub answer {
    my ($pos, @labels) = (12);

    defined $socket->recv(my $query, 512) or return;

    while (my $length = unpack "\@$pos C", $query) {
        push @labels, substr $query, $pos + 1, $length;
        $pos += $length + 1;
    }

    my $type = unpack '@' . ($pos + 1) . ' n', $query;
    my $address = $address{lc join '.', @labels};
    my @records = map { pack 'n3 N n C4', 0xc00c, 1, 1, 1, 4, split /\./ }
                  $type == 1 ? split /,/, $address // '' : ();

    $socket->send(pack('n6', unpack('n', $query), $address ? 0x8180 : 0x8183,
                       1, scalar @records, 0, 0)
                  . substr($query, 12, $pos + 5 - 12) . join '', @records);

    return;
}
