# What the code has and what README.md says are the same: directives,
# variables, commands, error codes, close codes, events.

use strict;
use warnings;

use Test::More;

my $readme = slurp('README.md');
my $module = join '', map { slurp($_) } glob 'ngx_chat_module/*.[ch]';
my $lib = join '', map { slurp($_) } glob 'ngx_chat_module/lib/*.[ch]';


# directives: a record each, in the order of the table, the context too

my ($table) = $module =~ /^ngx_command_t\s+\w+\[\] = \{(.*?)^\};/ms;
my (%context, @directives);

while ($table =~ /\{ ngx_string\("(\w+)"\),\s+([A-Z_\s|0-9]+)/g) {
    my ($name, $flags) = ($1, $2);

    push @directives, $name;
    $context{$name} = $flags =~ /_ANYWHERE|HTTP_MAIN_CONF.*HTTP_LOC_CONF/s
                      ? 'http, server, location'
                    : $flags =~ /HTTP_MAIN_CONF.*HTTP_SRV_CONF/s
                      ? 'http, server'
                    : $flags =~ /HTTP_MAIN_CONF/ ? 'http'
                    : $flags =~ /HTTP_SRV_CONF.*HTTP_LOC_CONF/s
                      ? 'server, location'
                    : 'location';
}

cmp_ok(scalar @directives, '>', 0, 'the table of directives is found');
is_deeply(\@directives, [sort @directives], 'it is in alphabetical order');

my $section = section($readme, 'Directives');
my (@records) = $section =~ /^### (\w+)$/mg;

is_deeply(\@records, \@directives, 'README has a record for each');

for my $name (@directives) {
    my ($record) = $section =~ /^### $name\n(.*?)(?=^### |\z)/ms;
    $record //= '';

    like($record, qr/^\s*\**Syntax:\**\s+`*$name\b/m, "$name: its syntax");
    like($record, qr/^\s*\**Default:\**\s+\S/m, "$name: its default");
    like($record, qr/^\s*\**Context:\**\s+`*$context{$name}`*$/m,
         "$name: its context");
    like($record, qr/^\s*\**Since:\**\s+\d/m, "$name: since when");
}


# variables

same('variables', [$module =~ /\{ ngx_string\("(chat_\w+)"\), NULL,/g],
     [section($readme, 'Variables') =~ /^\* `\$(chat_\w+)`/mg]);


# metrics: each with its type and its label

my @metrics;

while ($lib =~ /^    \{ "(\w+)", NGX_CHAT_METRIC_([A-Z]+), "\w*", (\S+),/mg)
{
    push @metrics, join ' ', $1, lc $2, $3 eq 'NULL' ? () : $3 =~ tr/"//dr;
}

same('metrics', \@metrics,
     [map { join ' ', /[a-z_]+/g }
      section($readme, 'Status') =~ /^\| (`\w+` \| \w+ \| \S*) ?\|/mg]);


# the API: its paths, with the methods of each

my %path = $lib =~ /\{ NGX_CHAT_ROUTE_(\w+), "([^"]+)" \}/g;

same('the API', [map { my ($path, $method) = /(\w+), NGX_HTTP_(\w+)/;
                       "$method $path{$path}" }
                 $module =~ /\{ NGX_CHAT_ROUTE_(\w+, NGX_HTTP_[A-Z]+),/g],
     [map { my ($path) = m{/v1(/[^` ]+)};
            map { "$_ $path" } /\b([A-Z]{3,6})\b/g }
      section($readme, 'HTTP API') =~ /^\| (`[A-Z].*?) +\| /mg]);


# the protocol

same('commands', [$lib =~ /\{ "(\w+)", NGX_CHAT_OP_\w+ \}/g],
     [section($readme, 'Commands') =~ /^\* `(\w+)` with/mg]);

same('error codes, their status, and what is temporary',
     [map { s/\s//gr } $lib =~ /\{ ("\w+", [45]\d\d, [01]),/g],
     [map { row($_) } section($readme, 'Commands')
          =~ /^(\| `\w+`\s*\| [45]\d\d\s*\|.*)$/mg]);

same('events', [unique($lib =~ /\\"ev\\":\\"(\w+)/g, 'left')],
     [unique(map { /`(\w+)`/g } section($readme, 'Events')
          =~ /^\* ((?:`\w+`(?:, )?)+)/mg)]);


# close codes: each one that is used; those that only logs have are no row

my %number = $lib =~ /#define (NGX_CHAT_CLOSE_\w+)\s+(\d+)/g;
my %used = map { $number{$_} => 1 }
           grep { $module =~ /\b$_\b/ || $lib =~ /\b$_\b(?!\s+\d{4}$)/m }
           keys %number;

$used{$_} = 1 for $lib =~ /^\s+\{ (1\d\d\d), "/mg;
delete @used{qw(1005 1006)};

same('close codes', [keys %used],
     [section($readme, 'Close codes') =~ /^\| (\d{4})\b/mg]);


done_testing();


sub slurp {
    my ($name) = @_;
    open my $in, '<', $name or die "$name: $!\n";
    local $/;
    return <$in>;
}


# the text below a heading, down to the next one of its level

sub section {
    my ($text, $title) = @_;
    my ($level, $body) = $text =~ /^(#+) \Q$title\E$(.*)/ms
        or return '';
    my $deepest = length $level;

    $body =~ s/^#{1,$deepest} .*//ms;

    return $body;
}


sub row {
    my ($line) = @_;
    my (undef, $code, $status, $temporary) = split /\s*\|\s*/, $line;
    $code =~ tr/`//d;
    return qq("$code",$status,) . ($temporary eq 'yes' ? 1 : 0);
}


sub unique {
    my %seen;
    return grep { !$seen{$_}++ } @_;
}


sub same {
    my ($what, $code, $docs) = @_;

    cmp_ok(scalar @$code, '>', 0, "$what: the code's are found");
    is_deeply([sort @$docs], [sort @$code], $what)
        or diag("README: @{[sort @$docs]}\ncode:   @{[sort @$code]}");
    return;
}
