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

# rows of goals: fan1, fan16, rooms, latency, bytes, CPU of a handshake

our @GOALS = (
    [ '**goal, embedded store**', '**<= 1.05**', '**<= 0.10**',
        '**<= 0.95**', 'the floor', '**<= 500, <= 15,000**', '**<= 40**' ],
    [ '**goal, Redis**', '**<= 1.1**', '**<= 0.11**', '**<= 1.4**',
        'the floor', '**<= 500, <= 15,000**', '**<= 40**' ],
);

our @STORES = ('module-json', 'module-json-redis');

# what is the module's own: title, how a target's cell is made, the goal

our @OWN = (
    [ '1 sender, 1 message in flight: answered after p50 / p99, us',
        [ \&_times, 'echo', 'ack' ] ],
    [ 'p99 of answers : that of pings on the same connection',
        [ \&_over, 'echo', 'ack', 'echo', 'p99' ], '<= 2, embedded' ],
    [ '100 senders, 1 each: answers a second', [ \&_published, 'ack100' ] ],
    [ '100 senders, 1 each: answered after p50 / p99, us',
        [ \&_times, 'ack100', 'ack' ] ],
    [ '64 senders, 16 each: answers a second',
        [ \&_published, 'publish1' ], '>= 25,000, Redis' ],
    [ '64 senders, 16 each, with `cid`: answers a second',
        [ \&_published, 'publish1-cid' ] ],
    [ 'the same, 2 workers', [ \&_published, 'publish2-cid' ] ],
    [ '64 senders, 16 each, with `cid`: us CPU of nginx, of Redis',
        [ \&_publish_cpu, 'publish1-cid' ] ],
    [ 'the same, 2 workers', [ \&_publish_cpu, 'publish2-cid' ] ],
    [ 'idle host, from one worker to a member at another, p50 / p99, us',
        [ \&_times, 'between', 'between' ], '< 200, embedded' ],
    [ 'its p50 : that of two processes that do nothing else',
        [ \&_over, 'between', 'between', 'relay', 'p50' ] ],
    [ '2 workers : 1, 1 room x 1,000: CPU per delivery',
        [ \&_two_cpu, 'two-fan' ], '<= 1.11' ],
    [ '2 workers : 1, 1 room x 1,000: deliveries a second',
        [ \&_two_rate, 'two-fan' ] ],
    [ '2 workers : 1, 1,000 rooms x 10: CPU per delivery',
        [ \&_two_cpu, 'two-rooms' ], '<= 1.11' ],
    [ '2 workers : 1, 1,000 rooms x 10: deliveries a second',
        [ \&_two_rate, 'two-rooms' ] ],
    [ 'reload, 1,000 rooms x 10, presence: the last one back, s; '
        . 'joining p50 / p99, s', [ \&_reload, 'reload-rooms' ] ],
    [ 'reload, 1 room x 10,000', [ \&_reload, 'reload' ] ],
    [ 'reload, 1 room x 10,000, presence', [ \&_reload, 'reload-presence' ] ],
    [ 'reload, 1 room x 10,000, `chat_drain_time 1s`',
        [ \&_reload, 'reload-1s' ] ],
);

# who abuses the server, what others may notice of it at most: a delivery's p99
# in times of what it is without, or in ms; in a crowd that may come nobody is
# refused, and the last is back after seconds

our %GOAL = (times => 2, ms => 5);
our %BACK = (ms => 250, seconds => 2);

our @ABUSES = (
    [ 'slowloris', '400 slow handshakes' ],
    [ 'pings', '32 connections flood pings' ],
    [ 'fragments', '32 flood empty fragments' ],
    [ 'joins', '32 flood joins' ],
    [ 'messages', '32 flood messages, in another room' ],
    [ 'stalled', '60 members of the room read nothing' ],
    [ 'storm', '1,000 handshakes a second' ],
    [ 'back', 'all come back, room of the crowd' ],
    [ 'back-inside', 'the same, those who talk are in that room' ],
    [ 'back-listed', 'all come back, rooms of 1,000, lists of who is in' ],
);


# zone: what its program printed, or undef; results: one hash per measurement,
# with target, case, round

sub new {
    my ($class, $targets, $zone, @results) = @_;

    my %by;

    for my $r (@results) {
        $by{ $r->{target} }{ $r->{case} }{ $r->{round} } = $r;
    }

    my @rows = grep { $by{ $_->{name} } } @$targets;

    return bless { rows => \@rows, by => \%by, zone => $zone }, $class;
}


sub markdown {
    my ($self) = @_;

    return join "\n", $self->_common, $self->_own, $self->_posts,
        $self->_abuses, $self->_status, $self->_zone;
}


# what all targets can do; a rate stands in brackets where the client was the
# one that had no time

sub _common {
    my ($self) = @_;

    my @rows = map {
        my $t = $_->{name};
        [ $_->{title}, (map { $self->_fan($t, $_->[0]) } @FANS),
            $self->_times($t, 'rate50', 'last', 1000),
            $self->_bytes($t), $self->_handshake($t) ];
    } grep { $self->_fanned($_->{name}) } @{ $self->{rows} };

    return () if !@rows;

    return _table([ 'CPU per delivery, floor = 1; deliveries a second '
        . '(limited by the client)', (map { $_->[1] } @FANS),
        'latency of the last of 1,000, 50 messages/s, p50 / p99, ms',
        'bytes per idle connection, with TLS',
        'us CPU per handshake, with TLS' ], @rows, @GOALS);
}


# whether the target was in any comparison

sub _fanned {
    my ($self, $target) = @_;

    my %common = map { $_ => 1 } qw(fan1 fan16 rooms rate50 idle tls);

    return grep { $common{$_} } keys %{ $self->{by}{$target} || {} };
}


sub _fan {
    my ($self, $target, $case) = @_;

    my $own = $self->{by}{$target}{$case} or return '-';
    my $floor = $self->{by}{floor}{$case} || {};
    my $us = sprintf '%.2f us', $self->_median($target, $case,
        'cpu_us_per_delivery');

    my @ratios = map {
        $own->{$_}{cpu_us_per_delivery} / $floor->{$_}{cpu_us_per_delivery}
    } grep { $floor->{$_} } keys %$own;

    my $ratio = $target eq 'floor' ? "1 ($us)"
        : @ratios ? sprintf('%.2f', _middle(@ratios)) : $us;

    return "$ratio; " . $self->_rate($target, $case);
}


sub _rate {
    my ($self, $target, $case) = @_;

    my $text = _number($self->_median($target, $case,
        'deliveries_per_second'), 0);
    my $busy = $self->_median($target, $case, 'client_busy');
    my $server = $self->_median($target, $case, 'server_busy');

    return $text if $busy < 0.95 || $server > 0.95;
    return "($text)";
}


sub _bytes {
    my ($self, $target) = @_;

    my $bytes = sub { $_[0]{rss_per_connection}[0] };

    return join ', ', map { _number($self->_median($target, $_, $bytes), 0) }
        'idle', $self->{by}{$target}{tls} ? 'tls' : ();
}


sub _handshake {
    my ($self, $target) = @_;

    return join ', ', map {
        _number($self->_median($target, $_, 'cpu_us_per_handshake'), 1)
    } 'idle', $self->{by}{$target}{tls} ? 'tls' : ();
}


# what only the module can do: both stores side by side

sub _own {
    my ($self) = @_;

    my @stores = $self->_stores;
    my @rows;

    for my $row (@OWN) {
        my ($title, $cell, $goal) = @$row;
        my ($make, @of) = @$cell;

        next if !grep { $self->{by}{ $_->{name} }{ $of[0] } } @stores;

        push @rows, [ $title, (map { $make->($self, $_->{name}, @of) }
            @stores), $goal ? "**$goal**" : '' ];
    }

    return () if !@rows;

    return _table([ 'JSON', (map { _store($_) } @stores), 'goal' ], @rows);
}


sub _stores {
    my ($self) = @_;

    return grep {
        my $name = $_->{name};
        grep { $name eq $_ } @STORES or $name =~ /^against/;
    } @{ $self->{rows} };
}


sub _store {
    my ($target) = @_;

    return $target->{title} if $target->{so};
    return $target->{redis} ? 'Redis' : 'embedded store';
}


sub _times {
    my ($self, $target, $case, $which, $unit) = @_;

    my @values = map {
        $self->_median($target, $case, "${which}_${_}_us")
    } qw(p50 p99);

    return '-' if !defined $values[0];

    return $unit ? sprintf('%.1f / %.1f', map { $_ / $unit } @values)
        : join(' / ', map { _number($_, 0) } @values);
}


# what others notice of somebody who abuses the server

sub _abuses {
    my ($self) = @_;

    my @stores = $self->_stores;
    my @rows;

    for my $row (@ABUSES) {
        my ($case, $title) = ("abuse-$row->[0]", $row->[1]);
        my ($some) = grep { $_ } map { values %{ $_->{$case} || {} } }
            map { $self->{by}{ $_->{name} } } @stores or next;

        $title = _number($some->{crowd}, 0) . " users $title"
            if $some->{crowd};

        push @rows, [ $title, (map { $self->_abuse($_->{name}, $case),
            $self->_counts($_->{name}, $case) } @stores),
            $some->{crowd} ? "**<= $BACK{ms} ms, back in $BACK{seconds} s**"
                : "**<= $GOAL{times}, or $GOAL{ms} ms**" ];
    }

    return () if !@rows;

    return _table([ 'abuse', (map { my $store = _store($_);
        ("$store: p99 of a delivery, ms, without : with (and without limits)",
            'tried, refused, closed') } @stores), 'goal' ], @rows);
}


sub _abuse {
    my ($self, $target, $case) = @_;

    my ($quiet, $with, $open, $back, $failed) = map {
        $self->_median($target, $case, $_)
    } qw(quiet_p99_ms with_p99_ms open_p99_ms back_ms failed);

    return '-' if !defined $quiet;

    my $text = sprintf '%.1f : %.1f', $quiet, $with;

    $text .= sprintf ' (%.1f)', $open if defined $open;
    $text .= sprintf '; %.1f times', $self->_times_as_long($target, $case);
    $text .= sprintf '; back in %.2f s', $back / 1000 if defined $back;

    $text .= "; $failed messages were refused" if $failed;

    return $self->_abuse_missed($target, $case) ? "$text, **missed**" : $text;
}


sub _times_as_long {
    my ($self, $target, $case) = @_;

    return $self->_median($target, $case,
        sub { $_[0]{with_p99_ms} / $_[0]{quiet_p99_ms} });
}


# an attack that nothing holds up is none, and a crowd is none

sub _abuse_missed {
    my ($self, $target, $case) = @_;

    my $with = $self->_median($target, $case, 'with_p99_ms');
    my $held = $self->_median($target, $case,
        sub { $_[0]{refused} + $_[0]{closed} });
    my $back = $self->_median($target, $case, 'back_ms');

    return 1 if $self->_median($target, $case, 'failed');

    return $held > 0 || $with > $BACK{ms} || $back > $BACK{seconds} * 1000
        if defined $back;

    return $held == 0 || $with > $GOAL{ms}
        && $self->_times_as_long($target, $case) > $GOAL{times};
}


sub _counts {
    my ($self, $target, $case) = @_;

    return join ', ', map {
        _number($self->_median($target, $case, $_), 0)
    } qw(tried refused closed);
}


# where the abuse is noticed more than it may be

sub missed {
    my ($self) = @_;

    my @missed;

    for my $target (map { $_->{name} } $self->_stores) {
        for my $case (map { "abuse-$_->[0]" } @ABUSES) {
            next if !$self->{by}{$target}{$case}
                || !$self->_abuse_missed($target, $case);

            push @missed, "$case, $target: "
                . $self->_abuse($target, $case) =~ s/, \*\*.*//r;
        }
    }

    return @missed;
}


# a time, and how many times the reference of the same run that is

sub _over {
    my ($self, $target, $case, $which, $reference, $quantile) = @_;

    my @names = map { "${_}_${quantile}_us" } $which, $reference;
    my $ratio = $self->_median($target, $case,
        sub { $_[0]{ $names[0] } / $_[0]{ $names[1] } });

    return '-' if !defined $ratio;

    return sprintf '%.2f (%s : %s us)', $ratio, map {
        _number($self->_median($target, $case, $_), 0)
    } @names;
}


sub _published {
    my ($self, $target, $case) = @_;

    return _number($self->_median($target, $case, 'publishes_per_second'), 0);
}


# the last process is Redis, if it is there

sub _publish_cpu {
    my ($self, $target, $case) = @_;

    my $redis = $target =~ /redis/ ? 1 : 0;
    my $nginx = $self->_median($target, $case, sub {
        my @us = @{ $_[0]{cpu_us_per_publish} };
        return _sum(@us[0 .. $#us - $redis]);
    });

    return '-' if !defined $nginx;
    return _number($nginx, 1) if !$redis;

    return _number($nginx, 1) . ', ' . _number($self->_median($target, $case,
        sub { $_[0]{cpu_us_per_publish}[-1] }), 1);
}


# pairs of the same round, with one worker and with two

sub _two {
    my ($self, $target, $case, $value) = @_;

    my $two = $self->{by}{$target}{$case} || {};
    my $one = $self->{by}{$target}{ $case =~ s/^two/one/r } || {};
    my @values = map { $value->($one->{$_}, $two->{$_}) }
        grep { $one->{$_} } keys %$two;

    return @values ? _middle(@values) : undef;
}


sub _two_cpu {
    my ($self, $target, $case) = @_;

    return _number($self->_two($target, $case, sub {
        $_[1]{cpu_us_per_delivery} / $_[0]{cpu_us_per_delivery};
    }), 2);
}


# one worker has a core alone, two share both with the client: with S and C,
# the CPU of server and client for a delivery, 1 / S becomes 2 / (S + C)

sub _two_rate {
    my ($self, $target, $case) = @_;

    my $got = $self->_two($target, $case, sub {
        $_[1]{deliveries_per_second} / $_[0]{deliveries_per_second};
    });
    my $most = $self->_two($target, $case, sub {
        2 / (1 + $_[0]{client_us_per_delivery} / $_[0]{cpu_us_per_delivery});
    });

    return '-' if !defined $got;
    return sprintf '%.2f of %.2f', $got, $most;
}


sub _reload {
    my ($self, $target, $case) = @_;

    my $seconds = $self->_median($target, $case, 'reload_seconds');

    return '-' if !defined $seconds;

    return sprintf '%.1f; %.2f / %.2f', $seconds, map {
        $self->_median($target, $case, "join_${_}_us") / 1e6
    } qw(p50 p99);
}


# publishing by HTTP, beside Nchan's publisher

sub _posts {
    my ($self) = @_;

    my @rows = map {
        my $t = $_->{name};
        [ $_->{title}, $self->_published($t, 'api'),
            $self->_times($t, 'api', 'ack'), $self->_publish_cpu($t, 'api') ];
    } grep { $self->{by}{ $_->{name} }{api} } @{ $self->{rows} };

    return () if !@rows;

    return _table([ 'HTTP, 64 keep-alive connections, one POST each',
        'messages a second', 'answered after p50 / p99, us',
        'us CPU of nginx, of Redis' ], @rows);
}


# a status, with so many rooms

sub _status {
    my ($self) = @_;

    my @stores = grep { $self->{by}{ $_->{name} }{status} } $self->_stores;
    return () if !@stores;

    my ($some) = values %{ $self->{by}{ $stores[0]{name} }{status} };
    my @rooms = @{ $some->{rooms} };
    my @rows = map { $self->_status_of($_, @rooms) } @stores;

    return _table([ 'a request for the status, rooms there:',
        map { _number($_, 0) } @rooms ], @rows);
}


sub _status_of {
    my ($self, $target, @rooms) = @_;

    my $store = _store($target);
    my $cell = sub {
        my ($names, $glue, $digits) = @_;

        return map {
            my $n = $_;
            join $glue, map { _number($self->_median($target->{name}, 'status',
                "${_}_$n"), $digits) } @$names;
        } @rooms;
    };

    return (
        [ "$store: answered after p50 / p99, us",
            $cell->([ qw(p50_us p99_us) ], ' / ', 0) ],
        [ "$store: us CPU of the worker", $cell->([ 'cpu_us' ], '', 0) ],
        [ "$store: bytes of JSON, for Prometheus",
            $cell->([ qw(json_bytes text_bytes) ], ', ', 0) ],
        [ "$store: a member's ping, us, p99 without : with one",
            $cell->([ qw(quiet_p99_us with_p99_us) ], ' : ', 0) ],
        [ "$store: the same, the worst",
            $cell->([ qw(quiet_worst_us with_worst_us) ], ' : ', 0) ],
    );
}


sub _zone {
    my ($self) = @_;

    my $zone = $self->{zone} or return ();

    return _table([ 'embedded store', 'bytes of the zone' ],
        [ 'a room, with a name of up to 40 bytes',
            _number($zone->{room_bytes}, 0) ],
        [ 'a user in a room, with id and name of up to 80 bytes',
            _number($zone->{member_bytes}, 0) ],
        [ 'a message of 128 bytes with `cid`, while it is kept',
            _number($zone->{message_bytes}, 0) ],
        [ 'what ' . _number($zone->{messages}, 0)
            . ' messages through 1 MB leave behind', 0 ]);
}


sub _sum {
    my $sum = 0;
    $sum += $_ for @_;

    return $sum;
}


# value: a field's name, or what makes a number of a measurement

sub _median {
    my ($self, $target, $case, $value) = @_;

    my $rounds = $self->{by}{$target}{$case} or return undef;

    my @values = grep { defined } map {
        ref $value ? $value->($_) : $_->{$value}
    } values %$rounds;

    return @values ? _middle(@values) : undef;
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
