# "chat_api" and its keys: what nginx -t says to wrong ones, how right ones
# merge, and that no key is ever shown.
# not run on partial: nothing here is cut into pieces

use strict;
use warnings;

use File::Temp;
use lib 't/lib';
use ChatTest;
use Test::More;

my $dir = File::Temp->newdir('chat-api-XXXXXX', TMPDIR => 1);
my $module = ($ENV{CHAT_FLAVOUR} || '') eq 'asan'
             ? 'build/asan/ngx_http_chat_module.so'
             : $ENV{CHAT_MODULE} || 'build/ngx_http_chat_module.so';
my $key = 'secret-key-of-a-backend-secret-key-of-a-backend';
my $short = 'secret-key-of-31-characters-xx1';

$module = Cwd::realpath($module) || die "no $module\n";
mkdir "$dir/logs";

file(good => "# the shop\n\n  $key\r\n$short-and-more\n");
file(empty => "\n# nothing\n");
file(short => "$key\n\n$short\n");
file(space => "$key $key\n");
file(long => 'x' x 257 . "\n");
file(large => "# $key\n" x 2000);
file(many => join '', map { "$key-$_\n" } 1 .. 65);


is(said('chat_api; chat_api_key_file good;'), '', 'keys alone are enough');
is(said('chat_api; chat_guests on;'), '', 'and so are guests');
is(said('chat_api; chat_api_key_file off; chat_guests on;',
        'chat_api_key_file good;'), '', 'no keys here');
is(said('chat_api; if ($arg_x) { set $y 1; }', 'chat_api_key_file good;'), '',
   'keys of the server, and an "if"');

emerg('chat_api;', 'lets nobody in.*chat_api_key_file');
emerg('chat_api; chat_api_key_file off;', 'lets nobody in',
      'chat_api_key_file good;');
emerg('chat; chat_api; chat_guests on;', 'has another handler already');
emerg('chat_api; chat; chat_guests on;', 'has another handler already');
emerg('chat_api; chat_api; chat_guests on;', 'is duplicate');
emerg('chat_api; chat_guests on; chat_format raw; chat_room r;',
      'needs "chat_format json"');
emerg('chat_api; chat_guests on; return 204; proxy_pass http://127.0.0.1:1;',
      'another directive gives to another handler|a location of its own');
emerg('chat_api; chat_api_key_file good; chat_api_key_file good;',
      'duplicate: write all keys into one file');
emerg('chat_api; chat_api_key_file none;', 'none" of "chat_api_key_file" '
      . 'failed.*No such file');
emerg('chat_api; chat_api_key_file empty;', 'has no key in line 2: write one');
emerg('chat_api; chat_api_key_file short;',
      'less than 32 characters in line 3.*openssl rand');
emerg('chat_api; chat_api_key_file space;', 'no key may have in line 1');
emerg('chat_api; chat_api_key_file long;', 'more than 256 characters');
emerg('chat_api; chat_api_key_file large;', 'above 64k');
emerg('chat_api; chat_api_key_file many;', 'more than 64 keys');

for my $location ('= /x', '~ ^/x', '@x') {
    emerg('chat_api; chat_guests on;', 'needs a location that is the beginning',
          '', $location);
}

# who listens to the world takes keys by TLS

like(said('chat_api; chat_api_key_file good;', 'listen *:18999;'),
     qr/tokens are taken without TLS/, 'keys without TLS');
is(said('chat_api; chat_guests on;', 'listen *:18999;'), '', 'no keys, no TLS');
is(said('chat_api; chat_api_key_file good; chat_tls_in_front on;',
        'listen *:18999;'), '', 'keys behind a proxy');

done_testing();


sub file {
    my ($name, $text) = @_;
    open my $out, '>', "$dir/$name" or die "$name: $!\n";
    print $out $text;
    close $out;
    return;
}


sub emerg {
    my ($api, $regex, @more) = @_;
    like(said($api, @more), qr/\[emerg\] .*(?:$regex)/s, "$api @more");
    return;
}


# all that "nginx -t" says, but for what it always says; never a key

sub said {
    my ($api, $server, $location) = @_;

    local $ENV{ASAN_OPTIONS} = ($ENV{ASAN_OPTIONS} // '') . ':detect_leaks=0';

    $location //= '/api';
    $server //= '';
    file('nginx.conf', <<"_EOC_");
load_module $module;
pid $dir/nginx.pid;
events { }
http {
    access_log off;
    server {
        listen unix:$dir/socket;
        $server
        location $location {
            $api
        }
    }
}
_EOC_

    my $said = `$ENV{TEST_NGINX_BINARY} -t -p $dir -c $dir/nginx.conf -e stderr 2>&1`;

    unlike($said, qr/secret-key|AddressSanitizer|runtime error/,
           'no key is shown');

    return join '', grep { !/syntax is ok|test is successful|test failed/ }
                    split /^/, $said;
}
