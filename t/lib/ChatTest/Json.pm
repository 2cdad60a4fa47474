package ChatTest::Json;

# Does a JSON value hold what a test expects?  A pattern names what matters:
# keys that it does not name may be there.

use strict;
use warnings;

use Encode ();
use Exporter 'import';
use JSON::PP ();

our @EXPORT_OK = qw(decode matches encode);

my $json = JSON::PP->new->utf8->allow_nonref->canonical;
my %pattern;


sub decode {
    my ($text) = @_;
    my $value = eval {
        local $_ = Encode::decode('UTF-8', $text, Encode::FB_CROAK);
        my $read = _value();

        die "more\n" if !/\G[ \t\r\n]*+\z/gc;
        $read;
    };

    die "not JSON: $_[0]\n" if $@;

    return $value;
}


# RFC 8259 by regexes: JSON::PP looks at each character by itself, which takes
# seconds for what a test reads

sub _value {
    /\G[ \t\r\n]*+/gc;

    return _string() if /\G"/gc;
    return $1 + 0
        if /\G(-?(?:0|[1-9]\d*+)(?:\.\d++)?(?:[eE][-+]?\d++)?)/agc;
    return JSON::PP::true() if /\Gtrue/gc;
    return JSON::PP::false() if /\Gfalse/gc;
    return undef if /\Gnull/gc;

    if (/\G\[[ \t\r\n]*+/gc) {
        my @list;

        return \@list if /\G\]/gc;

        while (1) {
            push @list, scalar _value();
            return \@list if /\G[ \t\r\n]*+\]/gc;
            /\G[ \t\r\n]*+,/gc or die "no comma\n";
        }
    }

    /\G\{[ \t\r\n]*+/gc or die "no value\n";

    my %object;

    return \%object if /\G\}/gc;

    while (1) {
        /\G[ \t\r\n]*+"/gc or die "no name\n";
        my $name = _string();
        /\G[ \t\r\n]*+:/gc or die "no colon\n";
        $object{$name} = _value();
        return \%object if /\G[ \t\r\n]*+\}/gc;
        /\G[ \t\r\n]*+,/gc or die "no comma\n";
    }
}


my %escape = (b => "\b", f => "\f", n => "\n", r => "\r", t => "\t");

sub _string {
    /\G([^"\\\x00-\x1f]*+(?:\\(?:["\\\/bfnrt]|u[0-9a-fA-F]{4})
                           [^"\\\x00-\x1f]*+)*+)"/xgc
        or die "no string\n";
    my $text = $1;

    return $text if index($text, '\\') < 0;

    $text =~ s{\\(?:u([dD][89abAB]..)\\u([dD][c-fC-F]..)|u(....)|(.))}
              {defined $1 ? chr(0x10000 + ((hex($1) & 0x3ff) << 10)
                                + (hex($2) & 0x3ff))
               : defined $3 ? chr hex $3 : $escape{$4} // $4}ge;
    die "half a pair\n" if $text =~ /[\x{d800}-\x{dfff}]/;

    return $text;
}


sub encode {
    my ($value) = @_;
    return $json->encode($value);
}


# a pattern's text: JSON where * may stand bare for any value; many come again

sub pattern {
    my ($text) = @_;

    return $pattern{$text} //= decode(
        $text =~ s/([:\[,]\s*)\*(?=\s*[,\]\}])/$1"*"/gr);
}


# what must stand in the text of whatever matches, as nginx writes it: to look
# for it first spares the decoding of thousands of frames that are others

sub parts {
    my ($want, @keys) = @_;

    return if ref $want ne 'HASH';

    return map { "\"$_\":" . encode($want->{$_}) }
           grep { exists $want->{$_} && !ref $want->{$_}
                  && encode($want->{$_}) !~ /^"[~*!]/ } @keys;
}


# nothing: it matches; otherwise the sentence that says where it does not

sub matches {
    my ($got, $want, $where) = @_;

    $where //= '';

    return if _is($want, '*');

    if (ref $want eq 'HASH') {
        return "$where: not an object" if ref $got ne 'HASH';

        for my $key (sort keys %$want) {
            my $fault = _key($got, $want, $key, "$where.$key");
            return $fault if $fault;
        }

        return;
    }

    if (ref $want eq 'ARRAY') {
        return "$where: not an array" if ref $got ne 'ARRAY';

        if (@$want && _is($want->[0], '...')) {
            return _contains($got, $want, $where);
        }

        return "$where: " . @$got . " elements, not " . @$want
            if @$got != @$want;

        for my $i (0 .. $#$want) {
            my $fault = matches($got->[$i], $want->[$i], "$where\[$i]");
            return $fault if $fault;
        }

        return;
    }

    return _scalar($got, $want, $where);
}


sub _key {
    my ($got, $want, $key, $where) = @_;

    if (_is($want->{$key}, '!')) {
        return exists $got->{$key} ? "$where: must not be there" : undef;
    }

    return "$where: missing" if !exists $got->{$key};

    return matches($got->{$key}, $want->{$key}, $where);
}


# ["...", x, y]: x and y are among the elements

sub _contains {
    my ($got, $want, $where) = @_;

    for my $i (1 .. $#$want) {
        next if grep { !matches($_, $want->[$i]) } @$got;
        return "$where: no element is " . encode($want->[$i]);
    }

    return;
}


# values are compared as JSON text: a number must not become a string by
# being looked at

sub _is {
    my ($value, $word) = @_;
    return defined $value && !ref $value && $value eq $word;
}


sub _scalar {
    my ($got, $want, $where) = @_;
    my ($shown, $wanted);

    $shown = encode($got);
    $wanted = encode($want);

    if ($wanted =~ /^"~/) {
        my $regex = substr $want, 1;
        return if defined $got && !ref $got && $got =~ /$regex/;
        return "$where: $shown does not match $regex";
    }

    return if $shown eq $wanted;

    return "$where: $shown, not $wanted";
}


1;
