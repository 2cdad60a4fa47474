# "chat_redis" in nginx.conf: what nginx -t says of each wrong one, and that it
# never says a password.

use strict;
use warnings;

use Cwd ();
use File::Basename qw(dirname);
use File::Temp ();
use Test::More;

my $root = Cwd::realpath(dirname(__FILE__) . '/..');
my $flavour = $ENV{CHAT_FLAVOUR} || 'debian';

my ($nginx, $module) = $flavour eq 'asan'
    ? ("$root/build/asan/nginx/objs/nginx",
       "$root/build/asan/ngx_http_chat_module.so")
    : ('/usr/sbin/nginx',
       $ENV{CHAT_MODULE} || "$root/build/ngx_http_chat_module.so");

my $secret = 'h4Rd-2-gueSs';
my $dir = File::Temp->newdir('chat-conf-XXXXXX', TMPDIR => 1);

$ENV{ASAN_OPTIONS} = 'detect_leaks=0';

put('pw', "$secret\n");
put('crlf', "$secret\r\n");
put('none', "\n");
put('two', "$secret\nmore\n");
put('long', 'x' x 5000);


sub put {
    my ($name, $text) = @_;
    open my $out, '>', "$dir/$name" or die "$name: $!\n";
    print $out $text;
    close $out or die "$name: $!\n";
    return;
}


# what nginx -t prints of a location (and of http before it), and its status

sub check {
    my ($location, $http) = @_;

    $http //= '';

    # only what this nginx has; nobody but root may make the usual ones
    my $temp = join ' ', map { "${_}_temp_path $dir/$_;" }
               qw(client_body proxy),
               $flavour eq 'asan' ? () : qw(fastcgi uwsgi scgi);

    put('nginx.conf', <<"_EOC_");
load_module $module;
error_log stderr;
pid $dir/nginx.pid;
events { }
http {
    access_log off;
    $temp
    $http
    server {
        listen 127.0.0.1:1;
        location / { chat; chat_guests on; $location }
    }
}
_EOC_

    my $text = `$nginx -t -e stderr -p $dir/ -c $dir/nginx.conf 2>&1`;

    return ($text, $?);
}


sub refused {
    my ($title, $regex, @conf) = @_;
    my ($text, $status) = check(@conf);

    # OpenSSL's complaints come through nginx without file and line
    my $line = qr/^\S+ \S+ \[emerg\] .*$regex.*(?:in \S+:\d+|\(SSL:.*)$/m;

    ok($status != 0 && $text =~ $line
       && $text !~ /$secret|AddressSanitizer|runtime error/, $title)
        or diag($text);

    return;
}


sub accepted {
    my ($title, @conf) = @_;
    my ($text, $status) = check(@conf);

    ok($status == 0 && $text !~ /\[(?:emerg|error|alert)\]|Sanitizer
                                 |runtime\ error/x, $title)
        or diag($text);

    return;
}


for my $row (
    # the URL                                  the part that is named
    ['http://127.0.0.1:6379',                  'the scheme'],
    ['127.0.0.1:6379',                         'the scheme'],
    ["redis:$secret",                          'the scheme'],
    ['redis://',                               'no host'],
    ['redis://:6379',                          'no host'],
    ["redis://:$secret@",                      'no host'],
    ["redis://:$secret",                       'no host|the port'],
    ["redis://$secret:x",                      'the port'],
    ['redis://127.0.0.1:0',                    'the port'],
    ['redis://127.0.0.1:65536',                'the port'],
    ['redis://127.0.0.1:-1',                   'the port'],
    ['redis://127.0.0.1:99999999999999999999', 'the port'],
    ['redis://127.0.0.1:',                     'the port'],
    ["redis://:$secret\@127.0.0.1:6379x",      'the port'],
    ['redis://127.0.0.1/-1',                   'the database'],
    ['redis://127.0.0.1/x',                    'the database'],
    ['redis://127.0.0.1/0/1',                  'the database'],
    ['redis://127.0.0.1/10000',                'the database'],
    ["redis://:a/$secret\@127.0.0.1",          'the database'],
    ['redis://::1:6379',                       'an IPv6 address needs'],
    ['redis://[::1',                           'the IPv6 address'],
    ['redis://[::g]',                          'the IPv6 address'],
    ['redis://[::1]x',                         'only a port'],
    ["redis://:$secret@\@127.0.0.1",           'the host'],
    ["redis://$secret\@127.0.0.1",             'user:password'],
    ["redis://u:$secret%\@127.0.0.1",          'the password'],
    ["redis://u:$secret%zz\@127.0.0.1",        'the password'],
    ["redis://u:$secret:x\@127.0.0.1",         'the password'],
    ["'redis://u:$secret x\@127.0.0.1'",       'the password'],
    ["redis://u:$secret%00\@127.0.0.1",        'the password'],
    ["'redis://u v:$secret\@127.0.0.1'",       'the user'],
    ['redis://u:@127.0.0.1',                   'a user without'],
    ["'redis://127.0.0.1 $secret'",            'the host'],
    ['redis://a_b^c',                          'the host'],
    ['unix:',                                  'the path'],
    ['unix:redis.sock',                        'the path'],
    ['unix:/' . 'x' x 200,                     'the path'],
    ["unix:/x.sock?password=$secret",          'only \?db='],
    ['unix:/x.sock?db=-1',                     'the database'],
    ['unix:/x.sock?db=x',                      'the database'],
) {
    my ($url, $part) = @$row;

    refused("X8 $url" =~ s/$secret/SECRET/r, "invalid redis url: .*$part",
            "chat_redis $url;");
}

for my $url (
    'redis://127.0.0.1', 'redis://127.0.0.1:1/9999', 'redis://127.0.0.1/',
    'REDIS://127.0.0.1', 'redis://[::1]', 'redis://[::1]:65535/2',
    "redis://:$secret\@127.0.0.1", "redis://chat:$secret\@127.0.0.1:6380",
    "redis://u%20v:%40%2f%3a!$secret\@127.0.0.1", 'redis://localhost',
    'unix:/run/redis.sock', 'unix:/x.sock?db=3',
) {
    accepted($url =~ s/$secret/SECRET/r, "chat_redis $url;");
}

refused('X2 no argument', 'number of arguments', 'chat_redis;');
refused('X3 twice', 'is duplicate',
        'chat_redis redis://127.0.0.1; chat_redis redis://127.0.0.1;');
refused('an unknown parameter', 'invalid parameter "foo"',
        'chat_redis redis://127.0.0.1 foo=1;');
refused('a password as parameter', 'invalid parameter "password"',
        "chat_redis redis://127.0.0.1 password=$secret;");
refused('a parameter without a value', 'invalid parameter',
        "chat_redis redis://127.0.0.1 $secret;");

refused("a prefix $_", 'invalid prefix',
        "chat_redis redis://127.0.0.1 'prefix=$_';")
    for '', 'a{b', 'a b', 'x' x 33;
accepted('a prefix', 'chat_redis redis://127.0.0.1 prefix=site-1.chat:x;');

accepted('a password file', 'chat_redis redis://127.0.0.1 password_file=pw;');
accepted('a password file that ends in CRLF',
         'chat_redis redis://127.0.0.1 password_file=crlf;');
refused('a password file that is missing',
        'missing" of "password_file=" failed',
        'chat_redis redis://127.0.0.1 password_file=missing;');
refused("a password file of no line: $_", 'must hold one line',
        "chat_redis redis://127.0.0.1 password_file=$_;")
    for qw(none two long);
refused('a password file that is a directory', 'failed',
        'chat_redis redis://127.0.0.1 password_file=.;');
refused('two passwords', 'given twice',
        "chat_redis redis://:$secret\@127.0.0.1 password_file=pw;");

refused('X9 a name that nobody knows', 'host not found.*chat_redis',
        'chat_redis redis://no-such-host.invalid;');
refused('X9 the same, with a password', 'host not found.*chat_redis',
        "chat_redis redis://:$secret\@no-such-host.invalid;");
accepted('X9 a name that the resolver will be asked for',
         'resolver 127.0.0.1; chat_redis redis://no-such-host.invalid;');
accepted('X9 a resolver further out',
         '', 'resolver 127.0.0.1; chat_redis redis://no-such-host.invalid;');

accepted('TLS', 'chat_redis rediss://127.0.0.1; chat_redis_ssl_verify off;');
refused('TLS: nothing to verify with', 'trusted_certificate',
        'chat_redis rediss://127.0.0.1;');
refused('TLS: a trusted certificate that is missing', 'missing',
        'chat_redis rediss://127.0.0.1; chat_redis_ssl_verify on; '
        . 'chat_redis_ssl_trusted_certificate missing;');
refused('TLS: a certificate without a key', 'certificate_key',
        'chat_redis rediss://127.0.0.1; chat_redis_ssl_verify off; '
        . 'chat_redis_ssl_certificate missing;');
refused('TLS: ciphers that are none', 'cipher',
        'chat_redis rediss://127.0.0.1; chat_redis_ssl_ciphers nonsense;');
refused('TLS: two settings for one chat_redis', 'differs between locations',
        'chat_redis_ssl_name b; location /a { chat; chat_redis_ssl_name a; }',
        'chat_redis rediss://127.0.0.1; chat_redis_ssl_verify off;');

refused('two passwords for one Redis', 'the password of "chat_redis" .*differs',
        "chat_redis redis://127.0.0.1; location /a { chat; "
        . "chat_redis redis://:$secret\@127.0.0.1; }");
refused('two passwords for one user', 'the password of "chat_redis" .*differs',
        "chat_redis redis://u:$secret\@127.0.0.1; location /a { chat; "
        . 'chat_redis redis://u:other@127.0.0.1; }');
accepted('two users of one Redis',
         "chat_redis redis://u:$secret\@127.0.0.1; location /a { chat; "
         . 'chat_redis redis://v:other@127.0.0.1; }');
accepted('one password in two forms',
         "chat_redis redis://:$secret\@127.0.0.1; location /a { chat; "
         . 'chat_redis redis://127.0.0.1 password_file=pw; }');
refused("wait=$_", 'must be 1 to 16', "chat_redis redis://127.0.0.1 wait=$_;")
    for 0, 17, -1, 'x', '';
accepted('wait=1', 'chat_redis redis://127.0.0.1 wait=1;');
refused('two waits for one Redis', '"wait=" of "chat_redis" .*differs',
        'chat_redis redis://127.0.0.1; location /a { chat; '
        . 'chat_redis redis://127.0.0.1 wait=1; }');
refused('TLS: two settings for one Redis', 'differs between locations',
        'chat_redis rediss://127.0.0.1; chat_redis_ssl_verify off; '
        . 'location /a { chat; chat_redis rediss://127.0.0.1; '
        . 'chat_redis_ssl_verify off; chat_redis_ssl_protocols TLSv1.2; }');

my ($text) = check("chat_redis redis://:$secret\@127.0.0.1;",
                   'error_log stderr debug;');
unlike($text, qr/$secret/, 'no password in a debug log');

done_testing();
