# Copyright (C) the ngx_chat_module authors
#
# Licensed under the BSD 2-Clause License, see LICENSE.

# The benchmark's results as Markdown: medians over the rounds, ratios to the
# floor of the same round, the goals beside them.

package Report;

use strict;
use warnings;

our @FANS = (
    [ 'fan1', '1 room x 1,000, one message in flight' ],
    [ 'fan16', 'the same, 16 in flight' ],
    [ 'rooms', '1,000 rooms x 10, 200 in flight' ],
);

our %GOALS = (
    fan1 => '<= 1.1', fan16 => '<= 0.11', rooms => '<= 1.4',
    idle => "<= 500 beyond nginx's slot", tls => '<= 15,000',
    handshake => '<= 40',
);


# results: one hash per measurement, with target, case, round

sub new {
    my ($class, $targets, @results) = @_;

    my %by;

    for my $r (@results) {
        $by{ $r->{target} }{ $r->{case} }{ $r->{round} } = $r;
    }

    my @rows = grep { $by{ $_->{name} } } @$targets;

    return bless { rows => \@rows, by => \%by }, $class;
}


sub markdown {
    my ($self) = @_;

    return join "\n", $self->_cpu, $self->_speed, $self->_latency,
        $self->_connections;
}


sub _cpu {
    my ($self) = @_;

    my @rows = map {
        my $t = $_->{name};
        [ $_->{title}, (map { $self->_ratio($t, $_->[0]) } @FANS),
            _number($self->_median($t, 'idle', \&_worker_bytes), 0) ];
    } @{ $self->{rows} };

    push @rows, [ '**goal, Redis**',
        (map { "**$GOALS{$_}**" } qw(fan1 fan16 rooms idle)) ];

    return _table([ 'CPU per delivery, floor = 1', (map { $_->[1] } @FANS),
        'bytes per idle connection' ], @rows);
}


sub _ratio {
    my ($self, $target, $case) = @_;

    my $own = $self->{by}{$target}{$case} or return '-';
    my $floor = $self->{by}{floor}{$case} || {};
    my $us = $self->_median($target, $case,
        sub { $_[0]{cpu_us_per_delivery} });

    return sprintf '1 (%.2f us)', $us if $target eq 'floor';

    my @ratios = map {
        $own->{$_}{cpu_us_per_delivery} / $floor->{$_}{cpu_us_per_delivery}
    } grep { $floor->{$_} } keys %$own;

    return @ratios ? sprintf('%.2f', _middle(@ratios))
        : sprintf('%.2f us', $us);
}


# a figure stands in brackets where the client was the one that had no time

sub _speed {
    my ($self) = @_;

    my @rows = map {
        my $t = $_->{name};
        [ $_->{title}, map { $self->_rate($t, $_->[0]) } @FANS ];
    } @{ $self->{rows} };

    return _table([ 'deliveries a second; (limited by the client)',
        map { $_->[1] } @FANS ], @rows);
}


sub _rate {
    my ($self, $target, $case) = @_;

    my $text = _number($self->_median($target, $case,
        sub { $_[0]{deliveries_per_second} }), 0);
    my $busy = $self->_median($target, $case, sub { $_[0]{client_busy} });
    my $server = $self->_median($target, $case, sub { $_[0]{server_busy} });

    return $text if !defined $busy || $busy < 0.95 || $server > 0.95;
    return "($text)";
}


sub _latency {
    my ($self) = @_;

    my @rows = map {
        my $t = $_->{name};
        [ $_->{title}, map { $self->_pair($t, @$_) } [ 'rate50', 'each' ],
            [ 'rate50', 'last' ], [ 'fan1', 'last' ], [ 'rooms', 'last' ] ];
    } @{ $self->{rows} };

    return _table([ 'latency, p50 / p99, ms',
        '1 room x 1,000 at 50 messages/s, each',
        'the same, the last of 1,000', 'one in flight, the last of 1,000',
        '1,000 rooms x 10, the last of 10' ], @rows);
}


sub _pair {
    my ($self, $target, $case, $which) = @_;

    my @ms = map {
        my $field = "${which}_${_}_us";
        $self->_median($target, $case, sub { $_[0]{$field} / 1000 });
    } qw(p50 p99);

    return defined $ms[0] ? sprintf('%.1f / %.1f', @ms) : '-';
}


sub _connections {
    my ($self) = @_;

    my @rows = map {
        my $t = $_->{name};
        [ $_->{title}, map { $self->_opening($t, $_) } qw(idle tls) ];
    } @{ $self->{rows} };

    push @rows, [ '**goal**', '>= the floor', "**$GOALS{handshake}**", '',
        '', "**$GOALS{tls}**" ];

    return _table([ '10,000 connections', 'handshakes a second',
        'us CPU each', 'with TLS a second', 'us CPU each', 'bytes each' ],
        @rows);
}


sub _opening {
    my ($self, $target, $case) = @_;

    my @cells = (
        _number($self->_median($target, $case,
            sub { $_[0]{handshakes_per_second} }), 0),
        _number($self->_median($target, $case,
            sub { $_[0]{cpu_us_per_handshake} }), 1),
    );

    return @cells if $case eq 'idle';
    return (@cells, _number($self->_median($target, $case, \&_worker_bytes),
        0));
}


sub _worker_bytes {
    return $_[0]{rss_per_connection}[0];
}


sub _median {
    my ($self, $target, $case, $value) = @_;

    my $rounds = $self->{by}{$target}{$case} or return undef;

    return _middle(map { $value->($_) } values %$rounds);
}


sub _middle {
    my @sorted = sort { $a <=> $b } @_;

    return ($sorted[ $#sorted / 2 ] + $sorted[ @sorted / 2 ]) / 2;
}


sub _number {
    my ($value, $digits) = @_;

    return '-' if !defined $value;

    my $text = sprintf "%.${digits}f", $value;
    1 while $text =~ s/^(-?\d+)(\d{3})/$1,$2/;

    return $text;
}


sub _table {
    my ($head, @rows) = @_;

    return join '', map { "| " . join(' | ', @$_) . " |\n" }
        $head, [ ('---') x @$head ], @rows;
}


1;
