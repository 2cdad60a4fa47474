# "chat_log" and "chat_log_format": what nginx -t says to wrong ones, and to
# variables that no line can have.
# not run on partial: nothing here is cut into pieces

use strict;
use warnings;

use File::Temp;
use lib 't/lib';
use ChatTest;
use Test::More;

my $dir = File::Temp->newdir('chat-log-XXXXXX', TMPDIR => 1);
my $module = ($ENV{CHAT_FLAVOUR} || '') eq 'asan'
             ? 'build/asan/ngx_http_chat_module.so'
             : $ENV{CHAT_MODULE} || 'build/ngx_http_chat_module.so';

$module = Cwd::realpath($module) || die "no $module\n";
mkdir "$dir/logs";

my $format = 'chat_log_format f';

is(said("$format '\$chat_event \${http_x}y' ' \$remote_addr';",
        'chat_log a f; chat_log b; chat_log c json buffer=64k flush=5s '
        . 'if=$arg_x events=open,close;'),
   '', 'a format of our own, and those that are there');
is(said('chat_log a; chat_log a json;', 'chat_log off;'), '',
   'inherited, and off');
is(said('chat_log off;', 'chat_log a;'), '', 'off, and not');
is(said('', 'chat_log syslog:server=127.0.0.1:9,tag=chat json;'), '', 'syslog');
is(said('map $arg_x $chat_login { default 1; } '
        . "$format '\$chat_login';", 'chat_log a f;'), '',
   'a variable of the site may have such a name');

emerg('', 'chat_log;', 'invalid number of arguments');
emerg('', 'chat_log off; chat_log a;', '"chat_log" directive is duplicate');
emerg('', 'chat_log a; chat_log off;', '"chat_log" directive is duplicate');
emerg('', 'chat_log a f;', 'unknown format "f" of "chat_log"');
emerg('', 'chat_log $arg_x;', 'cannot have variables in the name');
emerg('', 'chat_log none/a;', 'No such file');
emerg('', 'chat_log a buffer=x;', 'invalid parameter "buffer=x".*a size');
emerg('', 'chat_log a buffer=0;', 'invalid parameter "buffer=0".*a size');
emerg('', 'chat_log a buffer=1k flush=0;', 'invalid parameter .*a time');
emerg('', 'chat_log a flush=1s;', 'has a "flush" and no "buffer"');
emerg('', 'chat_log a if=;', 'no such parameter');
emerg('', 'chat_log a if=$nothing;', 'unknown "nothing" variable');
emerg('', 'chat_log a gzip=1;', 'no such parameter');
emerg('', 'chat_log a events=open,opened;', 'each event is one of "open"');
emerg('', 'chat_log a events=open,;', 'each event is one of "open"');
emerg('', 'chat_log syslog:server=127.0.0.1:9 buffer=1k;',
      'to syslog cannot be buffered');
emerg('', 'chat_log syslog:nothing;', 'unknown syslog parameter');
emerg('', 'chat_log a buffer=1k; chat_log a buffer=2k;',
      'another directive buffers otherwise');
emerg('', 'access_log a combined buffer=1k; chat_log a buffer=1k;',
      'another directive buffers otherwise');

emerg("$format;", '', 'invalid number of arguments');
emerg("$format a; $format b;", '', 'a name that is taken');
emerg('chat_log_format json a;', '', 'a name that is taken');
emerg("$format escape=json;", '', 'has no text');
emerg("$format escape=no a;", '', 'escapes by "default", "json" or "none"');
emerg("$format 'a\$';", '', 'without the name of a variable');
emerg("$format 'a\${chat_user';", '', 'without the name of a variable');
emerg("$format 'a\${}';", '', 'without the name of a variable');
emerg("$format '\$nothing';", '', 'unknown "nothing" variable');
emerg('', "$format a;", '"chat_log_format" directive is not allowed here');
emerg("$format '\$$_';", '', "\"\\\$$_\" cannot be had in a")
    for qw(status bytes_sent body_bytes_sent request_time upstream_addr
           sent_http_x request_completion);

done_testing();


sub emerg {
    my ($http, $location, $regex) = @_;
    like(said($http, $location), qr/\[emerg\] .*(?:$regex)/s,
         "$http $location");
    return;
}


# all that "nginx -t" says, but for what it always says

sub said {
    my ($http, $location) = @_;

    local $ENV{ASAN_OPTIONS} = ($ENV{ASAN_OPTIONS} // '') . ':detect_leaks=0';

    open my $out, '>', "$dir/nginx.conf" or die "nginx.conf: $!\n";
    print $out <<"_EOC_";
load_module $module;
pid $dir/nginx.pid;
events { }
http {
    access_log off;
    $http
    server {
        listen unix:$dir/socket;
        location /ws {
            chat;
            chat_guests on;
            $location
        }
    }
}
_EOC_
    close $out;

    my $said = `$ENV{TEST_NGINX_BINARY} -t -p $dir -c $dir/nginx.conf -e stderr 2>&1`;

    unlike($said, qr/AddressSanitizer|runtime error/, 'no sanitizer');

    return join '', grep { !/syntax is ok|test is successful|test failed/ }
                    split /^/, $said;
}
