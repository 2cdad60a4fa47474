package ChatTest::Token;

# JSON Web Tokens for dialogues, right and wrong ones, and the keys for them.
#
#     token t HS256 {"sub":"ann","exp":+60}
#         signs with the key of that algorithm; "+60" is a time in 60 s, "-60"
#         one that was.  {t} is the token then, {t64} the same in base64url,
#         {th}, {tp} and {ts} are its three parts
#     token t RS256 key=rsa2 header={"alg":"RS256","kid":"a"} {"sub":"ann"}
#         another key, another header; what follows are the bytes of the
#         payload, which need be no JSON
#
# HS256, RS256 and ES256 sign; DER256 is ES256 with its signature in DER, and
# none leaves it empty.  The keys are in the directory $TEST_NGINX_TOKENS:
# secret and secret2; rsa.pub, rsa2.pub, ec.pub and ec2.pub with .pem for who
# signs; and those that cannot be used: short, empty, rsa1024.pub, p384.pub,
# ed25519.pub, damaged.

use strict;
use warnings;

use Digest::SHA qw(hmac_sha256);
use File::Path qw(make_path);
use MIME::Base64 qw(encode_base64);

my %SIGN = (
    HS256  => ['secret', sub { hmac_sha256($_[0], slurp($_[1])) }],
    RS256  => ['rsa', \&with_openssl],
    ES256  => ['ec', sub { raw(with_openssl(@_)) }],
    DER256 => ['ec', \&with_openssl],
    none   => ['', sub { '' }],
);

my %SECRET = (
    secret => 'a' x 20 . 'secret of the tests 1', empty => '',
    secret2 => 'b' x 20 . 'secret of the tests 2', short => 'x' x 31,
    damaged => "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n",
);

my %PAIR = (
    rsa => 'RSA -pkeyopt rsa_keygen_bits:2048',
    rsa2 => 'RSA -pkeyopt rsa_keygen_bits:2048',
    rsa1024 => 'RSA -pkeyopt rsa_keygen_bits:1024',
    ec => 'EC -pkeyopt ec_paramgen_curve:P-256',
    ec2 => 'EC -pkeyopt ec_paramgen_curve:P-256',
    p384 => 'EC -pkeyopt ec_paramgen_curve:P-384',
    ed25519 => 'ED25519',
);


# the keys, made once for all tests

sub make_keys {
    my $dir = $ENV{TEST_NGINX_TOKENS};
    my $new = "$dir.$$";

    return if -d $dir;

    make_path($new);

    for my $name (keys %SECRET) {
        open my $out, '>', "$new/$name" or die "$new/$name: $!\n";
        print {$out} $SECRET{$name};
        close $out or die "$new/$name: $!\n";
    }

    for my $name (keys %PAIR) {
        system("openssl genpkey -algorithm $PAIR{$name} -out $new/$name.pem"
               . " 2> /dev/null && openssl pkey -in $new/$name.pem -pubout"
               . " -out $new/$name.pub") == 0
            or die "openssl cannot make the key $name\n";
    }

    # somebody else may have made them meanwhile
    rename $new, $dir or system('rm', '-rf', $new);

    return;
}


# and a certificate for localhost, its own authority

sub make_certificate {
    return if -f $ENV{TEST_NGINX_CERT};

    my $temporary = "$ENV{TEST_NGINX_CERT}.$$";

    system("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256"
           . " -nodes -days 30 -subj /CN=localhost"
           . " -addext subjectAltName=DNS:localhost,IP:127.0.0.1"
           . " -keyout $temporary -out $temporary > /dev/null 2>&1") == 0
        or die "openssl cannot make a certificate\n";

    system("cp $temporary $ENV{TEST_NGINX_KEY}"
           . " && mv $temporary $ENV{TEST_NGINX_CERT}");

    return;
}


# the parts of a token; options: key, header

sub make {
    my ($alg, $payload, %option) = @_;
    my ($key, $sign) = @{ $SIGN{$alg} || die "no algorithm $alg\n" };
    my $named = $alg eq 'DER256' ? 'ES256' : $alg;
    my $text = join '.', map { base64url($_) }
               $option{header} // qq({"alg":"$named","typ":"JWT"}), $payload;

    $key = $option{key} // $key;

    return (split(/\./, $text),
            base64url($sign->($text, "$ENV{TEST_NGINX_TOKENS}/$key")));
}


sub base64url {
    my ($bytes) = @_;
    return encode_base64($bytes, '') =~ tr{+/=}{-_}dr;
}


sub with_openssl {
    my ($text, $key) = @_;
    my $file = "$ENV{TEST_NGINX_SERVROOT}-$$.txt";

    open my $out, '>', $file or die "$file: $!\n";
    print {$out} $text;
    close $out or die "$file: $!\n";

    my $signature = `openssl dgst -sha256 -sign $key.pem $file`;

    unlink $file;
    die "openssl does not sign with $key\n" if $? != 0;

    return $signature;
}


# RFC 7518, 3.4: r and s, 32 bytes each, from SEQUENCE { INTEGER, INTEGER }

sub raw {
    my ($der) = @_;
    my ($r, $s) = unpack 'x3 C/a x C/a', $der;

    return join '', map { substr "\0" x 32 . $_, -32 } $r, $s;
}


sub slurp {
    my ($name) = @_;
    open my $in, '<', $name or die "$name: $!\n";
    local $/;
    return <$in> // '';
}


# the step of a dialogue

sub _token {
    my ($self, $rest) = @_;
    my ($name, $alg, %option, @parts);

    $rest =~ s/^(\w+)\s+(\w+)\s*// or die "usage: token t HS256 {...}\n";
    ($name, $alg) = ($1, $2);

    while ($rest =~ s/^(key|header)=(\S+)\s*//) {
        $option{$1} = $2;
    }

    $rest =~ s/(":\s*)([+-]\d+)(?=[,}])/$1 . (time + $2)/ge;
    @parts = make($alg, $rest, %option);

    @{ $self->{var} }{map { "$name$_" } '', '64', 'h', 'p', 's'} =
        (join('.', @parts), base64url(join '.', @parts), @parts);

    return;
}


1;
