# The directives about tokens and guests: what nginx -t says to wrong ones, how
# right ones merge, and when it warns.
# not run on partial: nothing here is cut into pieces

use strict;
use warnings;

use File::Temp;
use lib 't/lib';
use ChatTest;
use Test::More;

my $dir = File::Temp->newdir('chat-auth-XXXXXX', TMPDIR => 1);
my $module = ($ENV{CHAT_FLAVOUR} || '') eq 'asan'
             ? 'build/asan/ngx_http_chat_module.so'
             : $ENV{CHAT_MODULE} || 'build/ngx_http_chat_module.so';
my $tokens = $ENV{TEST_NGINX_TOKENS};

$module = Cwd::realpath($module) || die "no $module\n";
mkdir "$dir/logs";

open my $jwks, '>', "$dir/jwks" or die "jwks: $!\n";
print $jwks qq(\n{"keys": [{"kty": "RSA", "kid": "a", "n": "AQAB", "e": "AQAB"},
    {"kty": "RSA", "kid": "a", "n": "AQAC", "e": "AQAB"}]}\n);
close $jwks;

ChatTest::Token::make_keys();

system("openssl req -x509 -key $tokens/ec.pem -subj /CN=x -days 9"
       . " -out $dir/certificate 2> /dev/null") == 0
    or die "openssl makes no certificate\n";


# "nginx -t" of a file: what it printed, and whether it was content

sub nginx_test {
    my ($location, $server, $http) = @_;
    my $listen = $server // "listen unix:$dir/socket;";

    local $ENV{ASAN_OPTIONS} = ($ENV{ASAN_OPTIONS} // '') . ':detect_leaks=0';

    open my $out, '>', "$dir/nginx.conf" or die "nginx.conf: $!\n";
    print $out <<"_EOC_";
load_module $module;
pid $dir/nginx.pid;
events { }
http {
    access_log off;
    @{[ $http // '' ]}
    server {
        $listen
        location /ws {
            chat;
            $location
        }
    }
}
_EOC_
    close $out;

    my $said = `$ENV{TEST_NGINX_BINARY} -t -e stderr -p $dir -c $dir/nginx.conf 2>&1`;

    return ($said, $? == 0);
}


# refused at a line of the file, with these words

sub refused {
    my ($title, $regex, @parts) = @_;
    my ($said, $content) = nginx_test(@parts);

    ok(!$content
       && $said =~ /\[emerg\] .*$regex.* in \Q$dir\E\/nginx\.conf:\d+/,
       $title) || diag($said);

    unlike($said, qr/secret of the tests/, 'and no secret is told');

    return;
}


sub taken {
    my ($title, @parts) = @_;
    my ($said, $content) = nginx_test(@parts);

    ok($content && $said !~ /\[(?:emerg|alert|crit|error)\]/, $title)
        || diag($said);

    return $said;
}


sub key { return CORE::join ' ', map { "chat_token_key $tokens/$_;" } @_ }


# keys

taken('a secret', key('secret'));
taken('a secret, with its algorithm', key('secret HS256'));
taken('a public key of RSA', key('rsa.pub RS256'));
taken('a public key of P-256', key('ec.pub ES256 kid=a'));
taken('several, with kids and without',
      key('secret kid=a', 'secret2 kid=b', 'rsa.pub', 'ec.pub kid=c'));
taken('eight', key(map { "secret kid=$_" } 1 .. 8));
taken('of http', '', undef, key('secret'));
taken('a name from the configuration\'s directory', 'chat_token_key key;')
    if link_key();

my $may = qr/; what it may hold is a public key in PEM/;

refused('T24 a file that is missing', qr/open\(\) "\S+\/missing" of "chat_token_key" failed \(2: No such/,
        key('missing'));
refused('T24 a directory', qr/read\(\) ".*" of "chat_token_key" failed/,
        "chat_token_key $dir;");
refused('T24 an empty file', qr/the file "\S+\/empty" of "chat_token_key" is empty$may/,
        key('empty'));
refused('T24 a short secret', qr/is a secret of less than 32 bytes$may/,
        key('short'));
refused('T24 a short key of RSA', qr/is an RSA key of less than 2048 bits$may/,
        key('rsa1024.pub'));
refused('T24 damaged PEM', qr/is damaged PEM$may/, key('damaged'));
refused('T24 another curve', qr/is an EC key of another curve than P-256$may/,
        key('p384.pub'));
refused('T24 another kind of key', qr/is neither an RSA key nor an EC key$may/,
        key('ed25519.pub'));
refused('T24 a private key', qr/is a private key, .*pkey -pubout.*$may/,
        key('rsa.pem'));
refused('T24 a certificate', qr/is a certificate: .*$may/,
        "chat_token_key $dir/certificate;");
refused('T24 a JWKS', qr/the file "\S+\/jwks" of "chat_token_key" is JSON, a JWK or JWKS perhaps, .*own, in PEM, and give its "kid" by "kid=".*$may/,
        "chat_token_key $dir/jwks;");
refused('T24 a JWKS with the same kid twice, as which algorithm ever', qr/is JSON, a JWK or JWKS/,
        "chat_token_key $dir/jwks RS256 kid=a;");
refused('T24 a kid twice', qr/the keys of "chat_token_key" have the same kid twice/,
        key('secret kid=a', 'secret2 kid=a'));
refused('T24 nine keys', qr/the keys of "chat_token_key" are more than 8/,
        key(map { "secret kid=$_" } 1 .. 9));
refused('X11 an algorithm that is not the key\'s', qr/is a public key for another algorithm$may/,
        key('rsa.pub ES256'));
refused('X11 the same', qr/is a public key for another algorithm$may/,
        key('ec.pub RS256'));
refused('X11 a public key as a secret', qr/is a public key for another algorithm$may/,
        key('rsa.pub HS256'));
refused('X11 a secret as a public key', qr/is no key in PEM$may/,
        key('secret RS256'));
refused('X11 no algorithm', qr/invalid parameter "none" of "chat_token_key", known are/,
        key('secret none'));
refused('X11 one that is not known', qr/invalid parameter "HS512" of "chat_token_key"/,
        key('secret HS512'));
refused('X2 two algorithms', qr/"chat_token_key" directive has two algorithms/,
        key('secret HS256 RS256'));
refused('X2 two kids', qr/"chat_token_key" directive has two "kid="/,
        key('secret kid=a kid=b'));
refused('X2 an empty kid', qr/invalid parameter "kid="/, key('secret kid='));
refused('X2 a long kid', qr/has a kid of more than 128 bytes/,
        key('secret kid=' . 'k' x 129));
refused('X2 no file', qr/invalid number of arguments/, 'chat_token_key;');
refused('X2 too much', qr/invalid number of arguments/,
        key('secret HS256 kid=a kid=b'));
refused('off beside a key', qr/"chat_token_key" directive has "off" beside/,
        key('secret') . 'chat_token_key off;');
refused('a key beside off', qr/"chat_token_key" directive stands beside/,
        'chat_token_key off;' . key('secret'));
refused('nobody is let in where it is off', qr/"chat" lets nobody in: .*"chat_token_key"/,
        'chat_token_key off;', undef, key('secret'));


# what is asked of tokens

taken('all of it', key('secret') . 'chat_token_claim user=id name=nick'
      . ' roles=groups iss=a aud=b skew=1m life=1d typ=JWT;');
taken('of http', key('secret'), undef, 'chat_token_claim user=id;');
refused('X11 claims without a key', qr/"chat_token_claim" needs a "chat_token_key"/,
        'chat_guests on; chat_token_claim user=id;');
refused('X11 the same, inherited', qr/"chat_token_claim" needs a "chat_token_key"/,
        'chat_guests on;', undef, 'chat_token_claim user=id;');
taken('where no tokens are taken', 'chat_guests on; chat_token_key off;',
      undef, key('secret') . 'chat_token_claim user=id;');
refused('X3 twice', qr/"chat_token_claim" directive is duplicate/,
        key('secret') . 'chat_token_claim user=a; chat_token_claim name=b;');

for my $value (qw(user user= =sub x=y typ=at+jwt skew=2h skew=x life=21d
                  life=-1 exp=1))
{
    refused("X13 $value", qr/invalid parameter "\Q$value\E" of "chat_token_claim", known are/,
            key('secret') . "chat_token_claim $value;");
}


# guests

taken("chat_guests $_", "chat_guests $_;") for qw(on read);
refused('X13 other guests', qr/invalid value "some"/, 'chat_guests some;');
taken('names', 'chat_guests on; chat_reserved_names Boss "The Boss" bot-*;');
taken('no names', 'chat_guests on; chat_reserved_names off;');
refused("X13 a name $_", qr/invalid name ".*" of "chat_reserved_names"/,
        "chat_guests on; chat_reserved_names a $_;")
    for '""', '*', '"a  "', 'x' x 33, "\x01", "\xff";


# X22 tokens without TLS

my $cert = "ssl_certificate $dir/certificate;"
           . " ssl_certificate_key $tokens/ec.pem;";
my $warning = qr/\[warn\] .*tokens are taken without TLS on \S+, .*"ssl" to "listen", or say "chat_tls_in_front on".* in \Q$dir\E\/nginx\.conf:\d+/;

for my $case (
    ['all addresses', 'listen 8080;', 1],
    ['all of IPv6', 'listen [::]:8080;', 1],
    ['an address', 'listen 192.0.2.1:8080;', 1],
    ['a name among others', 'listen 8080; server_name a b;', 1],
    ['one of two', "listen 8443 ssl; listen 8080; $cert", 1],
    ['TLS', "listen 8443 ssl; $cert", 0],
    ['loopback', 'listen 127.0.0.1:8080; listen 127.1.2.3:8081;', 0],
    ['loopback of IPv6', 'listen [::1]:8080;', 0],
    ['a unix socket', "listen unix:$dir/socket;", 0],
    ['TLS in front', 'listen 8080; chat_tls_in_front on;', 0],
) {
    my ($name, $server, $warns) = @$case;
    my ($said) = nginx_test(key('secret'), $server);

    $warns ? like($said, $warning, "X22 $name: warns")
           : unlike($said, qr/\[warn\]/, "X22 $name: does not");
}

for my $guests ('chat_guests on;', 'chat_user $remote_user;') {
    my ($said) = nginx_test($guests, 'listen 8080;');
    unlike($said, qr/\[warn\]/, 'X22 no tokens, no warning');
}

# a server without a chat, beside one with

my ($said) = nginx_test(key('secret'), 'listen 127.0.0.1:8080;',
                        'server { listen 8081; location / { } }');
unlike($said, qr/\[warn\]/, 'X22 another server may listen where it likes');

($said) = nginx_test(key('secret') . 'location /ws/a { chat; }', 'listen 8080;');
is(scalar(() = $said =~ /\[warn\]/g), 1, 'X22 once for a server');


# the examples, with files that are there

symlink "$tokens/ec.pub", "$dir/chat.pub";
symlink "$dir/certificate", "$dir/$_" for qw(chat.example.pem people-ca.pem);
symlink "$tokens/ec.pem", "$dir/chat.example.key";

for my $name (qw(htpasswd sessions.map)) {
    open my $out, '>', "$dir/$name" or die "$name: $!\n";
}

for my $file (glob 'examples/auth/*.conf') {
    open my $in, '<', $file or die "$file: $!\n";
    my $text = do { local $/; <$in> };

    # the sanitizer build has no FastCGI
    next if $text =~ /fastcgi/ && ($ENV{CHAT_FLAVOUR} // "") eq "asan";

    $text =~ s{/etc/nginx/}{$dir/}g;

    my $printed = taken($file, 'chat_guests on;', undef, $text);
    unlike($printed, qr/\[warn\]/, 'and nothing to warn of');
}

done_testing();


sub link_key { return symlink "$tokens/secret", "$dir/key" }
