# The form of the sources: nginx's own, with limits.

use strict;
use warnings;

use File::Find;
use Test::More;

use constant {
    COLUMNS     => 80,
    FILE_LINES  => 600,
    FUNCTION    => 80,
    PARAMETERS  => 5,
    LEVELS      => 3,
};

my $header = <<'END';

/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


END

my @files;

find({ no_chdir => 1, wanted => sub {
    if (m{^\./(?:build|node_modules|\.git|t/fuzz/corpus|t/servroot)\b}) {
        $File::Find::prune = 1;
        return;
    }

    push @files, s{^\./}{}r if -f;
} }, '.');

@files = sort grep { is_text($_) } @files;
cmp_ok(scalar @files, '>', 10, 'there are files');

for my $file (@files) {
    my $text = slurp($file);
    my @faults = any($file, $text);

    if ($file =~ /\.[ch]$/) {
        push @faults, c($text);
        push @faults, 'no comment says what it is for, here or in its header'
            if !described($file);
        push @faults, module($file, $text) if $file =~ /^ngx_chat_module/;
    }

    is(join("\n", @faults), '', $file);
}

done_testing();


# ---- all text

sub any {
    my ($file, $text) = @_;
    my (@faults, $number);

    # the lines of a dialogue are as long as the frames in them
    my $dialogue = $file =~ /\.t$/ && $text =~ /^use ChatTest/m;

    push @faults, 'no newline at the end' if length $text && $text !~ /\n\z/;
    push @faults, 'empty lines at the end' if $text =~ /\n\n\z/;
    push @faults, 'CR' if $text =~ /\r/;
    push @faults, lines($text) . ' lines'
        if lines($text) > FILE_LINES && $file =~ /\.(?:[ch]|pm|pl|js|mjs)$/;

    for my $line (split /\n/, $text) {
        $number++;

        push @faults, "$number: a tab"
            if $line =~ /\t/ && $file ne 'Makefile';
        push @faults, "$number: space at the end"
            if $line =~ /[ \t]$/ && $file !~ /\.t$/;
        push @faults, "$number: " . columns($line) . ' columns'
            if columns($line) > COLUMNS && limited($file) && !$dialogue;
        push @faults, "$number: $1"
            if $line =~ /\b(TO(?:)DO|FIX(?:)ME|X(?:)XX|HA(?:)CK)\b/;
        push @faults, "$number: a path of somebody's machine"
            if $line =~ m{(?<![\w.\$\}/])/(?:home|work|Users)/};
    }

    return @faults;
}


sub limited {
    my ($file) = @_;
    return $file =~ /(?:\.[chtm]|\.pm|\.pl|\.js|\.mjs|\.css|\.conf|config
                      |Makefile)$/x || $file =~ m{^t/bin/};
}


sub columns {
    my ($line) = @_;
    utf8::decode($line);
    return length $line;
}


# ---- C

sub c {
    my ($text) = @_;
    my (@faults, $number, $code);

    push @faults, 'the header is not as it must be'
        if index($text, $header) != 0;
    push @faults, 'not ASCII' if $text =~ /[^\x00-\x7f]/;
    push @faults, 'more than two blank lines' if $text =~ /\n\n\n\n/;

    while ($text =~ /^\}\n(\n*)(?=(.?))/mg) {
        next if $2 eq '' || $2 eq '#' || length $1 == 2;
        push @faults, line_of($text, $-[0])
            . ': not two blank lines between functions';
    }

    $code = blank($text);

    for my $line (split /\n/, $code) {
        $number++;

        push @faults, "$number: a // comment" if $line =~ m{//};
        push @faults, "$number: assignment in a condition"
            if $line =~ /\b(?:if|while)\s*\(.*\(?\b[\w.>\[\]-]+\s=\s/;
        push @faults, "$number: nested ?:"
            if nested($line);
        push @faults, "$number: deeper than " . LEVELS . ' levels'
            if $line =~ /^( *)(?:\} else )?(?:if|for|while|switch|do)\b/
               && length $1 > 4 * LEVELS;
        push @faults, "$number: a brace alone must end its line"
            if $line =~ /^\w.*\)\s*\{\s*$/;
        push @faults, "$number: no space after $1"
            if $line =~ /\b(if|for|while|switch)\(/;
    }

    return (@faults, functions($code));
}


# the sentence stands right below the licence; a source may leave it to the
# header of the same name

sub described {
    my ($file) = @_;

    for my $name ($file, $file =~ s/\.c$/.h/r) {
        return 1 if -f $name && slurp($name) =~ m{\A\Q$header\E/\*\s};
    }

    return 0;
}


# two questions at one level of parentheses

sub nested {
    my ($line) = @_;

    while ($line =~ s/\(([^()]*)\)//) {
        return 1 if $1 =~ /\?.*\?/;
    }

    return $line =~ /\?.*\?/;
}


# comments and strings become as many blanks, lines stay

sub blank {
    my ($text) = @_;

    $text =~ s{(/\*.*?\*/)|("(?:[^"\\\n]|\\.)*")|('(?:[^'\\\n]|\\.)+')}
              {(defined $1 ? $1 : 'x' x length($2 // $3))
                   =~ s/[^\nx]/ /gr}gesx;

    return $text;
}


sub functions {
    my ($code) = @_;
    my @faults;

    while ($code =~ /^([\w *]+)\n(\w+)(\([^;{}]*\))\n\{\n(.*?)^\}$/msg) {
        my ($name, $parameters, $body, $at) = ($2, $3, $4, $-[2]);
        my $line = line_of($code, $at);
        my @labels = $body =~ /^\w+:$/mg;

        push @faults, "$line: $name has " . lines($body) . ' lines'
            if lines($body) > FUNCTION;
        push @faults, "$line: $name has " . count($parameters)
                      . ' parameters' if count($parameters) > PARAMETERS;
        push @faults, "$line: $name has more than one label" if @labels > 1;
        push @faults, "$line: $name: a declaration is not at the top"
            if late($body);
    }

    return @faults;
}


sub count {
    my ($parameters) = @_;
    $parameters =~ s/^\(|\)$//g;
    1 while $parameters =~ s/\([^()]*\)//g;
    return scalar(() = $parameters =~ /,/g) + 1;
}


# a declaration, two blanks before its name, after the first statement

sub late {
    my ($body) = @_;
    my $statements = 0;

    for my $line (split /\n/, $body) {
        next if $line =~ /^\s*$|^#/;

        if ($line =~ /^    (?:const |static |unsigned |struct )*
                      \w+(?:\ \w+)?\ {2,}\**\w+[\[,;=\ ]/x)
        {
            return 1 if $statements;

        } elsif ($line =~ /^    \S/) {
            $statements++ if $line !~ /^    (?:[\w ]+[ *]+\w+.*;|\};?|[\{])/;
        }
    }

    return 0;
}


# ---- the module's own code

sub module {
    my ($file, $text) = @_;
    my (@faults, $number);
    my $prefix = $file =~ m{/lib/} ? 'ngx_chat_' : 'ngx_http_chat_';

    for my $line (split /\n/, blank($text)) {
        $number++;

        push @faults, "$number: $1"
            if $line =~ /\b(assert|abort|exit|strcpy|strcat|sprintf|alloca)\(/;
        push @faults, "$number: $1 has no prefix $prefix"
            if $line =~ /^(\w+)\([^;]*$/ && $1 !~ /^$prefix/
               && $line !~ /^[A-Z_]+\(/;
        push @faults, "$number: channel and topic are Redis' words"
            if $file =~ m{/lib/} && $file !~ /name/
               && $line =~ /\b\w*(?:channel|topic)\w*\b/i;
    }

    return @faults;
}


# ---- helpers

sub slurp {
    my ($name) = @_;
    open my $in, '<', $name or die "$name: $!\n";
    binmode $in;
    local $/;
    return <$in> // '';
}


sub is_text {
    my ($file) = @_;
    return $file !~ /\.(?:png|ico|jpe?g|gz|pem)$/ && $file !~ /package-lock/
           && -T $file;
}


sub lines {
    my ($text) = @_;
    return scalar(() = $text =~ /\n/g);
}


sub line_of {
    my ($text, $offset) = @_;
    return lines(substr $text, 0, $offset) + 1;
}
