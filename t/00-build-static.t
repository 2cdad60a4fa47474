# nginx with the module linked in, without TLS: it builds and it starts.

use strict;
use warnings;

use Cwd qw(getcwd);
use Test::More tests => 3;

my $dir = getcwd() . '/build/static/check';
my $nginx = 'build/static/objs/nginx';

is(system('t/bin/build-static'), 0, 'nginx --add-module builds');

system("mkdir -p $dir/logs");
open my $out, '>', "$dir/nginx.conf" or die "$dir/nginx.conf: $!\n";
print $out <<"END";
pid $dir/nginx.pid;
events {
}
http {
    access_log off;
    chat_redis redis://127.0.0.1:1;
    server {
        listen unix:$dir/s;
        location / {
            chat;
            chat_guests on;
        }
    }
}
END
close $out;

like(scalar `$nginx -V 2>&1`, qr/--add-module/, 'the module is linked in');

my $answer = `$nginx -t -e $dir/error.log -p $dir -c $dir/nginx.conf 2>&1`;

like($answer, qr/test is successful/, 'a configuration that chats is valid');
