package ChatTest::Redis;

# A test's private redis-server: on a unix socket and on a loopback port,
# without any file, gone when the test ends.

use strict;
use warnings;

use File::Temp ();
use IO::Socket::UNIX;
use POSIX qw(WNOHANG);
use Time::HiRes qw(sleep time);


sub new {
    my ($class, $port) = @_;
    my $dir = File::Temp->newdir('chat-redis-XXXXXX', TMPDIR => 1);

    return bless {
        dir    => $dir,
        port   => $port,
        socket => "$dir/redis.sock",
        owner  => $$,
    }, $class;
}


sub start {
    my ($self, @options) = @_;
    my $deadline = time + 10;

    if ($self->{master}) {
        push @options, '--replicaof', '127.0.0.1', $self->{master}{port};
    }

    $self->_run(@options) if !$self->{pid};

    while (!$self->_answers || $self->{master} && !$self->_follows) {
        if (time > $deadline || waitpid($self->{pid}, WNOHANG)) {
            die "redis-server does not start: " . $self->_log . "\n";
        }

        sleep 0.02;
    }

    return;
}


sub _run {
    my ($self, @options) = @_;
    my $pid = fork // die "fork: $!\n";

    if ($pid == 0) {
        open STDIN, '<', '/dev/null';
        open STDOUT, '>>', "$self->{dir}/log";
        open STDERR, '>&', \*STDOUT;
        exec 'redis-server', '--port', $self->{port}, '--bind', '127.0.0.1',
             '--unixsocket', $self->{socket}, '--save', '',
             '--appendonly', 'no', '--dir', "$self->{dir}",
             '--repl-diskless-sync-delay', 0, @options
            or POSIX::_exit(127);
    }

    $self->{pid} = $pid;
    $self->{changed} = 1 if @options;

    return;
}


sub stop {
    my ($self) = @_;
    my $pid = delete $self->{pid} or return;

    if (my $watcher = delete $self->{monitor}) {
        kill KILL => $watcher;
        waitpid $watcher, 0;
    }

    kill CONT => $pid;
    kill KILL => $pid;
    waitpid $pid, 0;
    unlink $self->{socket};

    return;
}


# true: it answers, perhaps that it is loading

sub _answers {
    my ($self) = @_;
    return defined eval { $self->command('PING') } || $@ =~ /LOADING/;
}


# true: it has said that it has all, from when on the master counts it

sub _follows {
    my ($self) = @_;
    my $info = $self->{master}->command(qw(INFO replication));
    my ($all) = $info =~ /^master_repl_offset:(\d+)/m;

    # it says so when there was something to have
    if (!$all) {
        $self->{master}->command(qw(SET written 1))
            if $info =~ /^slave0:.*state=online/m;
        return;
    }

    return $info =~ /^slave0:.*state=online,offset=$all,/m;
}


# until it has loaded its data

sub ready {
    my ($self) = @_;
    sleep 0.01 while !defined eval { $self->command('PING') };
    return;
}


# its replica, a Redis of its own kind; start it

sub replica {
    my ($self) = @_;
    $self->{replica} //= bless { %{ ref($self)->new(0) }, master => $self },
                               ref $self;
    return $self->{replica};
}


# running, empty, and set as at first

sub renew {
    my ($self) = @_;

    $self->{replica}->resume if $self->{replica} && $self->{replica}{pid};
    $self->stop if delete $self->{changed} || $self->{monitor};
    unlink "$self->{dir}/dump.rdb";
    $self->start;
    $self->command('FLUSHALL');

    return;
}


sub pause  { my ($self) = @_; kill STOP => $self->{pid}; return }
sub resume { my ($self) = @_; kill CONT => $self->{pid}; return }


# one command, one answer: nothing for nil, an array's elements a line each

sub command {
    my ($self, @words) = @_;

    $self->{changed} = 1 if $words[0] =~ /^(?:ACL|CONFIG|REPLICAOF)$/;

    my $socket = IO::Socket::UNIX->new(Peer => $self->{socket})
        or die "cannot connect to redis: $!\n";

    $socket->autoflush(1);
    print $socket '*' . @words . "\r\n",
                  map { '$' . length($_) . "\r\n$_\r\n" } @words;

    return _reply($socket);
}


# what it is told from now on, a line of the file each

sub monitor {
    my ($self, $file) = @_;
    my $pid = fork // die "fork: $!\n";

    if ($pid == 0) {
        open STDOUT, '>', $file;
        exec 'redis-cli', '-s', $self->{socket}, 'MONITOR'
            or POSIX::_exit(127);
    }

    $self->{monitor} = $pid;
    sleep 0.02 until -s $file || waitpid $pid, WNOHANG;

    return;
}


# how many connections there are besides this one

sub connections {
    my ($self) = @_;
    my $list = eval { $self->command('CLIENT', 'LIST') } // '';
    return grep({ /\bid=/ && !/cmd=client/ } split /\n/, $list);
}


sub _reply {
    my ($socket) = @_;
    my $line = <$socket> // die "redis closed the connection\n";

    $line =~ s/\r\n$//;

    my ($type, $rest) = $line =~ /^(.)(.*)/s;

    die "redis: $rest\n" if $type eq '-';
    return $rest if $type ne '$' && $type ne '*';
    return if $rest < 0;

    if ($type eq '$') {
        my $n = read $socket, my $data, $rest + 2;
        return substr $data, 0, $rest;
    }

    return join "\n", map { _reply($socket) // '(nil)' } 1 .. $rest;
}


sub _log {
    my ($self) = @_;
    open my $in, '<', "$self->{dir}/log" or return 'no log';
    local $/;
    return <$in>;
}


sub DESTROY {
    my ($self) = @_;
    local $?;
    $self->stop if $self->{owner} == $$;
    return;
}


1;
