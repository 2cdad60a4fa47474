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

our @PUBLISHES = (
    [ 'ack1', '1 sender, 1 in flight' ],
    [ 'ack100', '100 senders, 1 each' ],
    [ 'publish1', '64 senders, 16 each' ],
    [ 'publish1-cid', 'the same with `cid`' ],
    [ 'publish2', '64 senders, 16 each, 2 workers' ],
    [ 'publish2-cid', 'the same with `cid`' ],
);

our @RELOADS = (
    [ 'reload-rooms', '1,000 rooms x 10, presence' ],
    [ 'reload', '1 room x 10,000' ],
    [ 'reload-presence', '1 room x 10,000, presence' ],
    [ 'reload-1s', '1 room x 10,000, `chat_drain_time 1s`' ],
);

our %GOALS = (
    fan1 => '<= 1.1', fan16 => '<= 0.11', rooms => '<= 1.4',
    idle => "<= 500 beyond nginx's slot", tls => '<= 15,000',
    handshake => '<= 40', publish => '>= 25,000',
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

    my @fanned = grep { $self->_fanned($_->{name}) } @{ $self->{rows} };

    local $self->{rows} = \@fanned;

    return join "\n", (@fanned ? ($self->_cpu, $self->_speed,
        $self->_latency, $self->_connections) : ()), $self->_publishes,
        $self->_reloads;
}


# whether the target was in any comparison

sub _fanned {
    my ($self, $target) = @_;

    my %own = map { $_->[0] => 1 } @PUBLISHES, @RELOADS;

    return grep { !$own{$_} } keys %{ $self->{by}{$target} || {} };
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


# what answers cost: of Redis, of all workers together, of the client

sub _publishes {
    my ($self) = @_;

    my @rows = map { $self->_publish(@$_) } @PUBLISHES;

    return () if !@rows;

    push @rows, [ '**goal**', "**$GOALS{publish}**", ('') x 5 ];

    return _table([ 'published and answered, JSON, Redis', 'a second',
        'answer after p50 / p99, ms', 'us CPU of Redis', 'of nginx',
        'of the client', 'Redis busy' ], @rows);
}


sub _publish {
    my ($self, $case, $title) = @_;

    my @own = ('module-json', $case);
    my $rate = $self->_median(@own, sub { $_[0]{publishes_per_second} });

    return () if !defined $rate;

    my @ms = map {
        my $field = "ack_${_}_us";
        $self->_median(@own, sub { $_[0]{$field} / 1000 });
    } qw(p50 p99);

    return [ $title, _number($rate, 0), sprintf('%.2f / %.2f', @ms),
        map({ _number($self->_median(@own, $_), 1) }
            sub { $_[0]{cpu_us_per_publish}[-1] },
            sub { _sum(@{ $_[0]{cpu_us_per_publish} })
                      - $_[0]{cpu_us_per_publish}[-1] },
            sub { $_[0]{client_us_per_publish} } ),
        sprintf('%.0f %%', 100 * $self->_median(@own,
            sub { $_[0]{busy}[-1] })) ];
}


sub _reloads {
    my ($self) = @_;

    my @rows = map { $self->_reload(@$_) } @RELOADS;

    return () if !@rows;

    return _table([ '`nginx -s reload` with 10,000 members',
        'the last one sent away, s', 'the last one back, s',
        'away p50 / p99, s', 'of that joining, s',
        'messages, of them in answers' ], @rows);
}


sub _reload {
    my ($self, $case, $title) = @_;

    my $median = sub {
        my ($field, $unit) = @_;
        return $self->_median('module-json', $case,
            sub { $_[0]{$field} / $unit });
    };

    return () if !defined $median->('reload_seconds', 1);

    return [ $title, map({ sprintf '%.1f', $median->($_, 1) }
            qw(drained_seconds reload_seconds)),
        map({ sprintf '%.2f / %.2f', $median->("${_}_p50_us", 1e6),
            $median->("${_}_p99_us", 1e6) } qw(away join)),
        join(', ', map { _number($median->($_, 1), 0) }
            qw(deliveries missed)) ];
}


sub _sum {
    my $sum = 0;
    $sum += $_ for @_;

    return $sum;
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
