package ChatTest::Prometheus;

# The text format 0.0.4 of Prometheus, read as strictly as it is written down:
# https://prometheus.io/docs/instrumenting/exposition_formats/

use strict;
use warnings;

my $NAME = qr/[a-zA-Z_:][a-zA-Z0-9_:]*/;
my $LABEL = qr/[a-zA-Z_][a-zA-Z0-9_]*/;
my $VALUE = qr/[+-]?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Inf)|NaN/;


# samples by what stands in front of their value, or dies

sub parse {
    my ($text) = @_;
    my (%sample, %family, $open);

    die "no line feed at the end\n" if $text !~ /\n\z/;

    for my $line (split /\n/, $text, -1) {
        next if $line eq '';

        if ($line =~ /^# (HELP|TYPE) ($NAME) (\S.*)$/) {
            my ($what, $name, $rest) = ($1, $2, $3);
            my $family = $family{$name} //= {};

            die "$what of $name twice\n" if $family->{$what};
            die "$what of $name behind its samples\n" if $family->{samples};
            die "a type: $rest\n" if $what eq 'TYPE'
                && $rest !~ /^(?:counter|gauge|histogram)$/;
            die "an escape: $rest\n" if $rest =~ /\\(?![\\n])/;

            $family->{$what} = $rest;
            $open = $name;
            next;
        }

        my ($name, $labels, $value) =
            $line =~ /^($NAME)(?:\{(.*)\})? ($VALUE)$/
            or die "no sample: $line\n";
        my $family = _family(\%family, $name);

        die "$line: no HELP or TYPE before it\n"
            if !$family || !$family->{HELP} || !$family->{TYPE};
        die "$line: among those of $open\n" if $family != $family{$open};
        die "$line: a counter ends in _total\n"
            if ($family->{TYPE} eq 'counter') != ($name =~ /_total$/);

        $family->{samples}++;

        my $key = $name . _labels($labels // '');
        die "$line: twice\n" if exists $sample{$key};
        $sample{$key} = $value;

        push @{ $family->{rows} }, [$name, $labels // '', $value];
    }

    _histogram($_, $family{$_}{rows})
        for grep { ($family{$_}{TYPE} // '') eq 'histogram' } keys %family;

    return (\%sample, \%family);
}


sub _family {
    my ($family, $name) = @_;
    my $base = $name =~ s/_(?:bucket|sum|count)$//r;

    return $family->{$base}
        if $base ne $name && ($family->{$base}{TYPE} // '') eq 'histogram';

    return $family->{$name};
}


sub _labels {
    my ($text) = @_;
    my (%label, @label);

    while ($text =~ /\G($LABEL)="((?:[^"\\\n]|\\[\\"n])*)"(?:,(?=.)|\z)/gc) {
        die "label $1 twice\n" if $label{$1}++;
        push @label, qq($1="$2");
    }

    die "labels: $text\n" if (pos $text // 0) != length $text;

    return @label ? '{' . join(',', sort @label) . '}' : '';
}


# buckets with one label, in order, never fewer, the last of them is the count

sub _histogram {
    my ($name, $rows) = @_;
    my ($bound, $last, $end, $sum, $count) = (-1, 0);

    for my $row (@$rows) {
        my ($what, $labels, $value) = @$row;

        if ($what eq "${name}_bucket") {
            my ($le) = $labels =~ /^le="([^"]+)"$/ or die "$name: $labels\n";
            my $now = $le eq '+Inf' ? 9**9**9 : $le;

            die "$name: a bucket behind the last\n" if defined $end;
            die "$name: le=$le is not in order\n" if $now <= $bound;
            die "$name: le=$le has less than before\n" if $value < $last;
            ($bound, $last) = ($now, $value);
            $end = $value if $le eq '+Inf';

        } elsif ($what eq "${name}_sum") {
            $sum = $value;

        } else {
            $count = $value;
        }
    }

    die "$name: no +Inf, sum or count\n"
        if !defined $end || !defined $sum || !defined $count;
    die "$name: $end in buckets, $count counted\n" if $end != $count;

    return;
}

1;
