# Who may include whom: the map in ngx_chat_module/README.md gives each file
# its layer, and a file includes only files of its own layer or below.

use strict;
use warnings;

use File::Basename qw(basename);
use Test::More;

my $dir = 'ngx_chat_module';
my @strict = qw(-std=c99 -Wall -Wextra -Wconversion -Wshadow -Werror);
my (%layer, $current);

# foreign types stay home
my %home = (
    '<cjson/cJSON.h>' => 'ngx_chat_proto.c',
    '<jwt.h>' => 'ngx_chat_token.c',
    '<openssl/err.h>' => 'ngx_chat_token.c ngx_chat_token_key.c',
    (map { ("<openssl/$_.h>" => 'ngx_chat_token_key.c') }
        qw(crypto evp pem x509)),
    (map { ("<unicode/$_.h>" => 'ngx_chat_text_like.c') }
        qw(unorm2 uspoof ustring)),
);

open my $map, '<', "$dir/README.md" or die "$dir/README.md: $!\n";

while (<$map>) {
    last if /^Two upcalls/;
    $current = $1 if /^\*\*L(\d)/;
    next if !defined $current;

    # a row of a table, or "**L5** `command`: ..."
    next if !/^\| `([\w.]+)`/ && !/^\*\*L\d\*\* `([\w.]+)`/;
    my $stem = ($1 // $2) =~ s/\.h$//r =~ s/^ngx_http_chat_?//r;
    $stem = $stem eq '' ? 'ngx_http_chat'
          : $current == 0 ? "ngx_chat_$stem" : "ngx_http_chat_$stem";
    ok(!exists $layer{$stem}, "$stem stands in the map once");
    $layer{$stem} = $current;
}

my @files = (glob("$dir/lib/*.[ch]"), glob("$dir/*.[ch]"));
my %stem = map { stem($_) => 1 } @files;

cmp_ok(scalar @files, '>', 0, 'there are files');

for my $stem (sort keys %stem) {
    ok(exists $layer{$stem}, "$stem has a layer in the map");
}

for my $stem (sort keys %layer) {
    ok($stem{$stem}, "$stem of the map is there");
}

for my $file (@files) {
    my $own = $layer{stem($file)} // next;
    my @up;

    for my $include (includes($file)) {
        if ($include =~ /^"(ngx_(?:http_)?chat\w*)\.h"$/) {
            my $other = $layer{$1} // 99;
            push @up, $include if $other > $own;
            push @up, "$include is not of lib/" if $own == 0 && $other != 0;
            next;
        }

        if ($own == 0) {
            my $home = $home{$include};
            push @up, $include if defined $home
                ? !grep { $file eq "$dir/lib/$_" } split ' ', $home
                : $include !~ /^<[a-z]+\.h>$/;
        } else {
            push @up, $include if $include =~ /cJSON|jwt|unicode/
                || $include =~ /hiredis/ && $file !~ /_redis/;
        }
    }

    is("@up", '', "$file includes nothing above it");
}


# no clock, no I/O, no output, no globals, in lib/

my $foreign = qr/\b(?:time|gettimeofday|clock_gettime|rand|random|fopen|read
                     |write|printf|fprintf|puts|malloc_usable_size|exit|abort
                     |assert|getenv|signal)\s*\(/x;

for my $file (glob "$dir/lib/*.[ch]") {
    my $text = code($file);
    my @found = $text =~ /($foreign)/g;
    push @found, $text =~ /\b(ngx_(?!chat_)\w+)/g;
    push @found, $text =~ /^(static\ (?!const\b)(?!inline\b)[\w ]+\**\w+
                             (?:\[.*\])?(?:\ =.*)?;)$/mgx;

    is("@found", '', "$file: no nginx, no clock, no I/O, no variable");
}


# each header compiles alone

for my $file (glob "$dir/lib/*.h") {
    for my $cc (qw(gcc clang)) {
        my $output = `echo '#include "$file"' |
                      $cc @strict -I $dir/lib -I . -x c -fsyntax-only - 2>&1`;
        is($output, '', "$file compiles alone with $cc");
    }
}

my $flags = nginx_flags();

for my $file ($flags ? glob "$dir/*.h" : ()) {
    my $output = `echo '#include "$file"' |
                  gcc -Wall -Wextra -Wno-unused-parameter -Werror $flags \\
                      -I $dir -I $dir/lib -I . -x c -fsyntax-only - 2>&1`;
    is($output, '', "$file compiles alone");
}


done_testing();


sub stem {
    my ($file) = @_;
    return basename($file) =~ s/\.[ch]$//r;
}


sub includes {
    my ($file) = @_;
    open my $in, '<', $file or die "$file: $!\n";
    return map { /^\s*#\s*include\s+(\S+)/ ? $1 : () } <$in>;
}


# a file without its comments and strings

sub code {
    my ($file) = @_;
    open my $in, '<', $file or die "$file: $!\n";
    local $/;
    my $text = <$in>;

    $text =~ s{("(?:[^"\\\n]|\\.)*")|/\*.*?\*/}{$1 ? '""' : ''}ges;

    return $text;
}


# what the module's build gives the compiler for nginx's headers

sub nginx_flags {
    open my $in, '<', 'build/nginx/Makefile' or return;
    local $/;
    my ($includes) = <$in> =~ /^ALL_INCS = (.*?[^\\])\n/ms;
    my $source = '/usr/share/nginx/src';

    $includes =~ s/\\\n//g;
    $includes =~ s{-I (?!/)}{-I $source/}g;

    return $includes;
}
