# A public WebSocket conformance suite's catalogue of cases, with its numbers,
# against a raw room, where a member alone is an echo.
#
#     CONFORMANCE=full prove t/conformance.t     all of it; the usual run has
#                                                fewer large messages
#
# No case may fail.  Ten may be NON-STRICT, in the suite's own words: they send
# a good message and a broken frame in one breath, and the close overtakes the
# echo, which comes by way of the store.  CHAT_FLAVOUR and CHAT_STORE are those
# of t/lib/ChatTest.pm.
#
# not run on late: so many frames, one after another
# not run on debian: short reads and writes are the same nginx and module

use strict;
use warnings;

use lib 't/lib';
use ChatTest;

use Fcntl qw(LOCK_EX);
use Test::More;

use constant ROOMS => 32;

my $overtaken = qr/^(?:3\.[234]|4\.[12]\.[345]|5\.15)$/;

my ($root, $flavour, $store, $nginx, $set, $less, $lock, %module, %patience);

$root = $ENV{TEST_NGINX_SERVROOT};
$flavour = $ENV{CHAT_FLAVOUR} || 'debian';
$set = ($ENV{CONFORMANCE} // '') eq 'full' ? 'full' : 'short';

$less = $set eq 'full' ? 'full' : 'brief';

%module = (
    debian  => $ENV{CHAT_MODULE} || 'build/ngx_http_chat_module.so',
    asan    => 'build/asan/ngx_http_chat_module.so',
    partial => 'build/ngx_http_chat_module.so',
);
%patience = (debian => 1, asan => 4, partial => 3);

$SIG{TERM} = $SIG{INT} = $SIG{HUP} = sub { exit 1 };

# one run at a time has the directory
open $lock, '>', "$root.lock" or die "$root.lock: $!\n";
flock $lock, LOCK_EX or die "$root.lock: $!\n";

$store = ChatTest::store_directive('320m');

# workers, chat_detach, set of cases
for my $run ([2, 'on', $set], [2, 'off', $less], [1, 'on', $less],
             [1, 'off', $less])
{
    start_nginx($run->[0], $run->[1]);
    run_cases(@$run);
    stop_nginx("$run->[0] workers, chat_detach $run->[1]");
}

exit 0;


sub start_nginx {
    my ($workers, $detach) = @_;
    my ($module, $locations);

    $module = Cwd::realpath($module{$flavour});

    $locations = join '', map {
        "        location = /$_ { chat; chat_room r$_; }\n"
    } 1 .. ROOMS;

    system("rm -rf $root && mkdir -p $root/logs") == 0 or die "$root: $!\n";

    open my $out, '>', "$root/nginx.conf" or die "nginx.conf: $!\n";
    print {$out} <<"_EOC_";
load_module $module;
@{[ $> == 0 ? 'user root;' : '' ]}
master_process on;
daemon on;
worker_processes $workers;
pid logs/nginx.pid;
error_log logs/error.log info;
@{[ $ENV{TEST_NGINX_LD_PRELOAD} ? 'env LD_PRELOAD;' : '' ]}
@{[ join '', map { "env $_;" } grep { /^(?:ASAN|UBSAN)_/ } keys %ENV ]}

events {
    worker_connections 256;
}

http {
    access_log off;

    $store
    chat_format raw;
    chat_guests on;
    chat_origin any;
    chat_detach $detach;
    chat_limit off;
    chat_message_size 0;
    chat_message_timeout 0;
    chat_max_fragments 0;
    chat_buffer_size 0;
    chat_send_timeout 0;

    server {
        listen 127.0.0.1:$ENV{TEST_NGINX_SERVER_PORT} reuseport;

$locations    }
}
_EOC_
    close $out or die "nginx.conf: $!\n";

    $nginx = ChatTest::Nginx->new(pid_file => "$root/logs/nginx.pid",
        log => "$root/logs/error.log", workers => $workers,
        patience => $patience{$flavour});

    {
        local $ENV{LD_PRELOAD} = $ENV{TEST_NGINX_LD_PRELOAD} // '';

        system($ENV{TEST_NGINX_BINARY}, '-p', $root, '-c', 'nginx.conf') == 0
            or die "nginx does not start\n";
    }

    $nginx->wait_ready;
    return;
}


sub run_cases {
    my ($workers, $detach, $set) = @_;
    my %count;

    open my $cases, '-|', 'node', 't/conformance/run.mjs',
         "--port=$ENV{TEST_NGINX_SERVER_PORT}", '--path=/',
         '--rooms=' . ROOMS, "--set=$set", "--patience=$patience{$flavour}"
        or die "node: $!\n";

    while (<$cases>) {
        chomp;
        my ($verdict, $id, $title, $note, $ms) = split /\t/;
        my ($family) = $id =~ /^(\d+)/;

        $title =~ s/#/\\#/g;
        $count{$family}{$verdict}++;

        ok($verdict =~ /^(?:OK|INFORMATIONAL|UNIMPLEMENTED)$/
           || $verdict eq 'NON-STRICT' && $id =~ $overtaken,
           "$workers/$detach $id $title")
            or diag("$verdict after $ms ms: $note");
    }

    ok(close($cases), "$workers/$detach the client ran to its end");

    for my $family (sort { $a <=> $b } keys %count) {
        note("$workers workers, chat_detach $detach, family $family: ",
             join ', ', map { "$count{$family}{$_} $_" }
                 sort keys %{ $count{$family} });
    }

    return;
}


sub stop_nginx {
    my ($name) = @_;
    my ($left, @faults);

    $left = $nginx->stop;
    undef $nginx;

    open my $in, '<', "$root/logs/error.log" or die "error.log: $!\n";
    @faults = grep { /\[(?:alert|emerg|crit|error)\]|Sanitizer|runtime\ error:
                     /x } <$in>;
    push @faults, $left if defined $left;

    ok(!@faults, "$name: exit and log")
        or diag(@faults[0 .. ($#faults < 20 ? $#faults : 20)]);

    return;
}


END {
    local $?;
    $nginx->stop if $nginx;
}
