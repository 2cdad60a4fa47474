# A module built against other headers than those of the nginx that runs says
# so at the start of a worker, and no worker serves.

use strict;
use warnings;

use Cwd qw(getcwd);
use Test::More;

my $built = system('t/bin/build-layout');

plan skip_all => 'this nginx is as upstream\'s' if $built >> 8 == 2;
plan tests => 4;

is($built, 0, 'the module builds against the other headers');

my $dir = getcwd() . '/build/layout/check';
my $nginx = -x '/usr/sbin/nginx' ? '/usr/sbin/nginx' : 'nginx';

system("rm -rf $dir && mkdir -p $dir/logs");

open my $out, '>', "$dir/nginx.conf" or die "$dir/nginx.conf: $!\n";
print $out <<"END";
load_module $dir/../ngx_http_chat_module.so;
pid $dir/nginx.pid;
error_log $dir/error.log;
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

is(system("$nginx -p $dir -e $dir/error.log -c $dir/nginx.conf"), 0,
   'version and signature do not tell: nginx loads it');

my $log = '';

for (1 .. 50) {
    $log = slurp("$dir/error.log");
    last if $log =~ /exited with code/;
    select undef, undef, undef, 0.1;
}

like($log, qr/\[emerg\].*built against the headers of another nginx/,
     'the worker says what is wrong');
like($log, qr/exited with(?: fatal)? code 2 and cannot be respawned/,
     'and is not started again and again');

my $pid = slurp("$dir/nginx.pid");
kill QUIT => $1 if $pid =~ /^(\d+)/;


sub slurp {
    my ($name) = @_;

    open my $in, '<', $name or return '';
    local $/;
    return scalar <$in>;
}
