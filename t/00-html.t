# What a strict Content-Security-Policy with Trusted Types forbids is not
# even in the files that browsers get; what people write becomes text only.

use strict;
use warnings;

use File::Find;
use Test::More;

# in scripts
my %script = (
    'innerHTML and its like'     => qr/\b(?:inner|outer)HTML\b/,
    'insertAdjacentHTML'         => qr/\binsertAdjacentHTML\b/,
    'document.write'             => qr/\bdocument\s*\.\s*write(?:ln)?\b/,
    'a parser of HTML'           => qr/\b(?:DOMParser|parseFromString
                                     |createContextualFragment|setHTML\w*
                                     |parseHTML\w*|srcdoc)\b/x,
    'eval'                       => qr/\beval\s*\(/,
    'new Function'               => qr/\bFunction\s*\(/,
    'a timer with a text'        => qr/\bset(?:Timeout|Interval)\s*\(\s*['"`]/,
    'javascript:'                => qr/\bjavascript\s*:/i,
    'an attribute with a script' => qr/setAttribute\(\s*['"`]on/i,
    'an attribute with styles'   => qr/setAttribute\(\s*['"`]style/i,
    'a policy of Trusted Types'  => qr/\btrustedTypes\b/,
    'an address of elsewhere'    => qr{['"`](?:https?:)?//
                                     (?!www\.w3\.org/)[\w.-]+\.\w}xi,
);

# in pages
my %page = (
    'a script within'            => qr{<script(?![^>]*\bsrc=)|<script\b[^>]*
                                     >\s*[^<\s]}xi,
    'styles within'              => qr/<style\b/i,
    'an attribute with a script' => qr/\son\w+\s*=/i,
    'an attribute with styles'   => qr/\sstyle\s*=/i,
    'javascript:'                => qr/javascript\s*:/i,
    'a script of elsewhere'      => qr{<(?:script|link|img|iframe)\b[^>]*
                                     (?:src|href)\s*=\s*["']?(?:\w+:)?//}xi,
    'a base'                     => qr/<base\b/i,
);

# in style sheets
my %sheet = (
    '@import'                    => qr/\@import\b/i,
    'an address of elsewhere'    => qr{url\(\s*['"]?(?:\w+:)?//}i,
    'expression'                 => qr/\bexpression\s*\(/i,
);

my @files;

find({ no_chdir => 1, wanted => sub { push @files, $_ if -f } },
     'html', 'examples/embed');

for my $file (sort @files) {
    my $look = $file =~ /\.m?js$/ ? \%script
             : $file =~ /\.(?:html|svg)$/ ? \%page
             : $file =~ /\.css$/ ? \%sheet : next;
    my $text = code(slurp($file), $file);
    my @faults = map { $text =~ /$look->{$_}/ ? $_ : () } sort keys %$look;

    is(join('; ', @faults), '', $file);
}

# the above finds what it looks for
my %bad = (
    'x.js' => ['a.innerHTML = b', 'a.insertAdjacentHTML(b, c)', 'eval(a)',
               'document.write(a)', 'new Function(a)', "setTimeout('a', 1)",
               "a.href = 'javascript:b'", "a.setAttribute('onclick', b)",
               "a.setAttribute('style', b)",
               "import 'https://cdn.example/a.js'",
               'new DOMParser()', 'trustedTypes.createPolicy(a)'],
    'x.html' => ['<script>a</script>', '<p onclick="a">', '<p style="a">',
                 '<a href="javascript:a">', '<style>a</style>',
                 '<script src="https://a.example/b.js"></script>',
                 '<base href="a">'],
    'x.css' => ['@import "a.css";', 'a { b: url(https://c.example/d) }'],
);

for my $name (sort keys %bad) {
    my $look = $name =~ /js$/ ? \%script : $name =~ /css$/ ? \%sheet : \%page;

    for my $text (@{ $bad{$name} }) {
        ok((grep { code($text, $name) =~ /$look->{$_}/ } keys %$look),
           "found: $text");
    }
}

done_testing();


sub code {
    my ($text, $file) = @_;

    return $text =~ s/<!--.*?-->//gsr if $file =~ /\.(?:html|svg)$/;
    return $text =~ s{/\*.*?\*/}{}gsr;
}


sub slurp {
    my ($name) = @_;
    open my $in, '<:encoding(UTF-8)', $name or die "$name: $!\n";
    local $/;
    return <$in>;
}
