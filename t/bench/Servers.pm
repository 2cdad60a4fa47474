# Copyright (C) the ngx_chat_module authors
#
# Licensed under the BSD 2-Clause License, see LICENSE.

# The servers that the benchmark compares: how each is started on a free
# loopback port in a directory of its own, and stopped.

package Servers;

use strict;
use warnings;

use File::Temp qw(tempdir);
use IO::Socket::INET;
use POSIX qw(WNOHANG);
use Time::HiRes qw(sleep time);

use constant {
    SLOTS    => 16384,      # connection slots of a worker
    ROOMS    => 1000,       # raw rooms, one location each
    PATIENCE => 10,         # seconds until a server must listen or be gone
};

# name, title, path ('@' is the room's number), frames, what must run

my @TARGETS = (
    {
        name => 'floor', title => 'floor', path => '/?room=r@',
    },
    {
        name => 'module-json', title => 'ngx_chat_module, JSON',
        path => '/json?room=r@', json => 1, module => 1,
        config => \&_module, tls => 1,
    },
    {
        name => 'module-raw', title => 'ngx_chat_module, raw',
        path => '/raw/@', module => 1, config => \&_module,
    },
    {
        name => 'module-json-redis', title => 'ngx_chat_module, JSON, Redis',
        path => '/json?room=r@', json => 1, redis => 1, module => 1,
        config => \&_module, tls => 1,
    },
    {
        name => 'module-raw-redis', title => 'ngx_chat_module, raw, Redis',
        path => '/raw/@', redis => 1, module => 1, config => \&_module,
    },
    {
        name => 'nchan-mem', title => 'Nchan, memory', path => '/ws?room=r@',
        nchan => 1, config => \&_nchan,
    },
    {
        name => 'nchan-redis', title => 'Nchan, Redis', path => '/ws?room=r@',
        nchan => 1, redis => 1, config => \&_nchan,
    },
);

my %running;


# an interrupted run leaves no server behind

$SIG{INT} = $SIG{TERM} = sub { exit 1 };

END {
    local $?;
    kill 'TERM', keys %running;
}


sub new {
    my ($class, %arg) = @_;

    # top: the project's directory, build: where floor and load are

    return bless { %arg }, $class;
}


sub targets {
    return @TARGETS;
}


# another build of the module beside ours, with the same configuration; it may
# be from before there was an embedded store

sub against {
    my ($class, $so) = @_;

    for my $store ('', '-redis') {
        my ($json) = grep { $_->{name} eq "module-json$store" } @TARGETS;

        next if !$store && !_knows($so, 'chat_zone');

        push @TARGETS, { %$json, name => "against$store", so => $so,
            title => "the other, JSON" . ($store && ', Redis') };
    }
}


# why a target cannot run here, or undef

sub missing {
    my ($self, $target) = @_;

    return if !$target->{config};

    my @need = ($self->nginx);

    if ($target->{module}) {
        my $so = $target->{so} // $self->{module};

        return "$so is missing: make build" if !-e $so;

    } elsif (!-e _nchan_so()) {
        return 'libnginx-mod-nchan is not installed';
    }

    push @need, _program('redis-server') if $target->{redis};

    return 'nginx or redis-server is not installed'
        if grep { !defined $_ } @need;

    return;
}


# returns what a measurement needs to know: port, tls_port, pids, master;
# how: workers, drain (the time), presence, apart (Redis has a core alone),
# free (everything runs where the kernel puts it), abuse, status (is there),
# tls

sub start {
    my ($self, $target, %how) = @_;

    my $dir = tempdir('ngx_chat_bench_XXXXXX', TMPDIR => 1, CLEANUP => 1);
    my $run = { workers => 1, drain => '5s', %how, dir => $dir,
        port => _port(), own => [], pids => [] };

    chmod 0755, $dir;

    return $run if eval { $self->_start($target, $run); 1 };

    my $why = $@;
    my @alerts = $self->stop($run);

    die @alerts ? "$alerts[0]\n" : $why;
}


sub _start {
    my ($self, $target, $run) = @_;

    my $dir = $run->{dir};

    if (!$target->{config}) {
        my $pid = _spawn($run, "$self->{build}/floor", $run->{port});
        push @{ $run->{pids} }, $pid;
        _listening($run->{port}, $pid);
        return;
    }

    my $redis;

    if ($target->{redis}) {
        $run->{redis_port} = _port();
        $redis = _spawn($run, _program('redis-server'),
            '--port', $run->{redis_port}, '--bind', '127.0.0.1',
            '--save', '', '--appendonly', 'no', '--dir', $dir,
            '--logfile', "$dir/redis.log");
        _listening($run->{redis_port}, $redis);
    }

    $run->{tls_port} = _port() if $run->{tls};
    $self->_configure($target, $run);

    my $master = _spawn($run, $self->nginx, '-p', $dir,
        '-c', "$dir/nginx.conf", '-e', "$dir/error.log");
    _listening($run->{port}, $master);

    $run->{master} = $master;
    push @{ $run->{pids} }, _workers($master, $run->{workers});
    push @{ $run->{pids} }, $redis if defined $redis;

    _redis_in_use($run->{redis_port}, $run->{workers}) if defined $redis;
}


# returns what the server complained about

sub stop {
    my ($self, $run) = @_;

    for my $pid (reverse @{ $run->{own} }) {
        delete $running{$pid};
        kill 'TERM', $pid;
        my $end = time + PATIENCE;

        while (waitpid($pid, WNOHANG) == 0) {
            kill 'KILL', $pid if time > $end;
            sleep 0.02;
        }
    }

    $run->{own} = [];

    open my $f, '<', "$run->{dir}/error.log" or return;
    my @lines = grep { /\[(?:alert|emerg|crit)\]/ } <$f>;
    close $f;

    return map { chomp; $_ } @lines[0 .. ($#lines > 4 ? 4 : $#lines)];
}


sub nginx {
    return $ENV{TEST_NGINX_BINARY} || _program('nginx');
}


# the server's core and the client's; none of them where there is only one

sub pin {
    my ($core) = @_;

    return () if `nproc` < 2 || !_program('taskset');
    return (_program('taskset'), '-c', $core);
}


sub _configure {
    my ($self, $target, $run) = @_;

    my $dir = $run->{dir};
    my $user = $> == 0 ? "user root;\n" : '';
    my $ssl = '';

    if ($run->{tls_port}) {
        _certificate($dir);
        $ssl = "listen 127.0.0.1:$run->{tls_port} ssl backlog=4096;\n"
            . "        ssl_certificate $dir/cert.pem;\n"
            . "        ssl_certificate_key $dir/key.pem;";
    }

    my ($load, $http, $server) = $target->{config}->($self, $run,
        $target->{so} // $self->{module});
    my $slots = SLOTS;

    # else the workers would share the connections as they come to them
    my $share = $run->{workers} > 1 ? ' reuseport' : '';

    # who reads nothing is to be the module's sooner than the kernel's
    $share .= ' sndbuf=16k' if $run->{abuse};

    my $temp = join "\n    ", map { "${_}_temp_path $dir/$_;" }
        qw(client_body proxy fastcgi uwsgi scgi);

    open my $f, '>', "$dir/nginx.conf" or die "nginx.conf: $!\n";
    print $f <<"END";
load_module $load;
$user
daemon off;
worker_processes $run->{workers};
worker_rlimit_nofile 20000;
pid $dir/nginx.pid;
error_log $dir/error.log warn;

events {
    worker_connections $slots;
}

http {
    access_log off;
    keepalive_requests 1000000000;
    $temp
    $http

    server {
        listen 127.0.0.1:$run->{port} backlog=4096$share;
        $ssl
        $server
    }
}
END
    close $f;
}


# limits are for strangers: what exists of them is lifted

sub _module {
    my ($self, $run, $so) = @_;

    my $common = 'chat; chat_guests on; chat_origin any;';
    my $crowd = 'chat; chat_guests on; chat_user $arg_user;'
        . ' chat_ping_interval 0;';
    my $guard = "$crowd chat_presence off; chat_close_timeout 100ms;";
    my $open = "$guard chat_limit off;";

    for my $line ('chat_max_connections off;', 'chat_max_strikes 0;') {
        $open .= " $line" if _knows($so, $line =~ /(\w+)/);
    }

    for my $line ('chat_presence off;', 'chat_limit off;',
        'chat_max_connections off;') {
        my ($name) = split / /, $line;
        next if $run->{presence} && $name eq 'chat_presence';
        $common .= " $line" if _knows($so, $name);
    }

    my $api = '';

    if (_knows($so, 'chat_api')) {
        $run->{key} = 'k' x 32;
        open my $keys, '>', "$run->{dir}/keys" or die "keys: $!\n";
        print $keys "$run->{key}\n";
        close $keys;

        $api = "location /api { chat_api; chat_limit off;"
            . " chat_api_key_file $run->{dir}/keys; }\n        ";
    }

    my $rooms = join "\n        ", map {
        "location = /raw/$_ { $common chat_format raw; chat_room r$_; }"
    } 0 .. ROOMS - 1;

    my $store = $run->{redis_port}
        ? "chat_redis redis://127.0.0.1:$run->{redis_port};" : '';
    my $status = '';

    if ($run->{status}) {
        $store ||= 'chat_zone default:256m;';
        $status = "        location = /status { chat_status; }\n"
            . "        location = /many { $common chat_user \$arg_user;"
            . " chat_max_rooms 0; chat_ping_interval 0; }\n";
    }

    return (
        $so,
        "$store\n    chat_drain_time $run->{drain};",
        'client_header_timeout ' . ($run->{abuse} ? '500ms' : '10s') . ";\n"
            . "        location = /guard { $guard }\n"
            . "        location = /open { $open }\n"
            . "        location = /crowd { $crowd }\n"
            . $status
            . "        location = /json { $common }\n"
            . "        location = /user { $common chat_user \$arg_user; }\n"
            . "        $api$rooms",
    );
}


sub _knows {
    my ($so, $directive) = @_;

    open my $f, '<:raw', $so or die "$so: $!\n";
    local $/;

    return <$f> =~ /\0\Q$directive\E\0/;
}


sub _nchan {
    my ($self, $run) = @_;

    my ($http, $pass) = ('', '');

    if ($run->{redis_port}) {
        $http = "upstream redis { nchan_redis_server"
            . " redis://127.0.0.1:$run->{redis_port}; }";
        $pass = "nchan_redis_pass redis;";
    }

    my $channel = "$pass nchan_channel_id \$arg_room;"
        . ' nchan_message_buffer_length 100; nchan_message_timeout 1m;';

    return (
        _nchan_so(),
        "nchan_shared_memory_size 256m;\n    $http",
        "location = /ws { nchan_pubsub websocket; $channel }\n"
            . "        location = /pub { nchan_publisher; $channel }",
    );
}


sub _nchan_so {
    return '/usr/lib/nginx/modules/ngx_nchan_module.so';
}


sub _certificate {
    my ($dir) = @_;

    system('openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256'
        . " -nodes -days 2 -subj /CN=localhost -keyout $dir/key.pem"
        . " -out $dir/cert.pem >$dir/openssl.log 2>&1") == 0
        or die "openssl cannot make a certificate, see $dir/openssl.log\n";
}


sub _spawn {
    my ($run, @command) = @_;

    my $second = $run->{apart} && $run->{redis_port}
        && $command[0] !~ /redis/;

    @command = (pin($second ? 1 : 0), @command) if !$run->{free};
    my $pid = fork;
    die "fork: $!\n" if !defined $pid;

    if ($pid == 0) {
        $SIG{INT} = $SIG{TERM} = 'DEFAULT';
        open STDIN, '<', '/dev/null';
        open STDOUT, '>>', "$run->{dir}/output.log";
        open STDERR, '>&', \*STDOUT;
        exec { $command[0] } @command or POSIX::_exit(127);
    }

    push @{ $run->{own} }, $pid;
    $running{$pid} = 1;

    return $pid;
}


sub _workers {
    my ($master, $n) = @_;

    my $end = time + PATIENCE;

    while (time < $end) {
        if (open my $f, '<', "/proc/$master/task/$master/children") {
            my @pids = split ' ', (<$f> // '');
            return @pids if @pids == $n;
        }

        sleep 0.02;
    }

    die "nginx did not start its workers\n";
}


# each worker has its two connections to Redis, one more is ours

sub _redis_in_use {
    my ($port, $workers) = @_;

    my $end = time + PATIENCE;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
        PeerPort => $port, Proto => 'tcp') or die "redis is gone: $!\n";

    while (time < $end) {
        sleep 0.1;
        syswrite $socket, "INFO clients\r\n";
        sysread $socket, my $text, 65536 or last;

        my ($clients) = $text =~ /connected_clients:(\d+)/;

        return sleep 0.2 if $clients && $clients > 2 * $workers;
    }

    die "the worker did not connect to redis\n";
}


sub _port {
    my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
        Proto => 'tcp', Listen => 1) or die "no free port: $!\n";

    return $socket->sockport;
}


sub _listening {
    my ($port, $pid) = @_;

    my $end = time + PATIENCE;

    while (time < $end) {
        return if IO::Socket::INET->new(PeerAddr => '127.0.0.1',
            PeerPort => $port, Proto => 'tcp');
        last if waitpid($pid, WNOHANG) != 0;
        sleep 0.02;
    }

    die "nothing listens on port $port\n";
}


sub _program {
    my ($name) = @_;

    my ($path) = grep { -x } map { "$_/$name" } split(/:/, $ENV{PATH}),
        qw(/usr/sbin /usr/local/sbin /usr/bin);

    return $path;
}


1;
