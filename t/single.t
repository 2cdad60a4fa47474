# nginx as one process: "master_process off", as a debugger wants it.

use strict;
use warnings;

use lib 't/lib';
use ChatTest;
use ChatTest::Client;
use ChatTest::Json;
use File::Temp;
use Test::More;
use Time::HiRes qw(sleep time);

my $patience = ($ENV{CHAT_FLAVOUR} || 'debian') eq 'debian' ? 1 : 4;
my $module = ($ENV{CHAT_FLAVOUR} || '') eq 'asan'
             ? 'build/asan/ngx_http_chat_module.so'
             : $ENV{CHAT_MODULE} || 'build/ngx_http_chat_module.so';
my $dir = File::Temp->newdir('chat-single-XXXXXX', TMPDIR => 1);
my $store = ChatTest::store_directive();
my $port = $ENV{TEST_NGINX_SERVER_PORT};


sub start {
    my $log = "$dir/logs/error.log";

    mkdir "$dir/logs";
    $module = Cwd::realpath($module) || die "no $module\n";

    open my $out, '>', "$dir/nginx.conf" or die "nginx.conf: $!\n";
    print $out <<"_EOC_";
load_module $module;
pid $dir/nginx.pid;
error_log $log info;
daemon off;
master_process off;
worker_processes 4;
events { worker_connections 64; }
http {
    access_log $dir/logs/access.log;
    $store
    chat_guests on;
    chat_drain_time 200ms;
    server {
        listen 127.0.0.1:$port;
        location /ws { chat; }
        location /raw { chat; chat_format raw; chat_room a; }
    }
}
_EOC_
    close $out;

    my $pid = fork // die "fork: $!\n";

    if ($pid == 0) {
        exec $ENV{TEST_NGINX_BINARY}, '-p', "$dir", '-c', "$dir/nginx.conf",
             '-e', $log;
        exit 1;
    }

    for (1 .. 500) {
        last if IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port");
        sleep 0.02;
    }

    return $pid;
}


sub client {
    my ($name, $path) = @_;
    my $client = ChatTest::Client->new($name, $port);

    $client->open_socket;
    $client->handshake(5 * $patience, $path);

    return $client;
}


# frames are skipped until one has this JSON in it, or is a close

sub until_frame {
    my ($client, $pattern) = @_;
    my $wanted = ref $pattern ? undef : ChatTest::Json::pattern($pattern);

    while (my $frame = $client->next_frame(5 * $patience)) {
        if (!$wanted) {
            return 1 if $frame->{op} eq 'close'
                        && $frame->{code} == $$pattern;
            next;
        }

        next if $frame->{op} ne 'text';
        return 1 if !ChatTest::Json::matches(
                        ChatTest::Json::decode($frame->{data}), $wanted);
    }

    return 0;
}


sub ended {
    my ($pid) = @_;
    my $deadline = time + 5 * $patience;

    while (time < $deadline) {
        return $? >> 8 || $? if waitpid($pid, 1) == $pid;
        sleep 0.02;
    }

    kill KILL => $pid;
    waitpid $pid, 0;

    return 'still there';
}


for my $signal (qw(QUIT TERM)) {
    my $pid = start();
    my $one = client(one => '/ws?room=r');
    my $two = client(two => '/ws?room=r');
    my $raw = client(raw => '/raw');
    my $log;

    ok(until_frame($_, '{"ev":"joined"}'), 'joined') for $one, $two;
    $one->send_frame('{"op":"send","id":1,"room":"r","text":"hi"}');
    ok(until_frame($one, '{"id":1,"ok":{"seq":*}}'), 'an answer');
    ok(until_frame($two, '{"ev":"message","text":"hi"}'), 'a message');
    $raw->send_frame('echo');
    is($raw->next_frame(5 * $patience)->{data}, 'echo', 'an echo');

    kill $signal => $pid;

    # this nginx ends at once by either
    ok(until_frame($_, \1001), $signal) for $one, $two, $raw;
    $_->drop for $one, $two, $raw;
    is(ended($pid), 0, 'it ends');

    $log = do { local (@ARGV, $/) = "$dir/logs/error.log"; <> };
    unlike($log, qr/\[(?:alert|emerg)\]|Sanitizer|runtime error:/,
           'a clean log');
}

ChatTest::Client::drop_all();
done_testing();
