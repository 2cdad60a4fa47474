package ChatTest::World;

# What happens around the clients of a dialogue: time, repetition, nginx and
# its workers, Redis, plain HTTP, the logs.

use strict;
use warnings;

use ChatTest::Client;
use ChatTest::Json ();
use ChatTest::Prometheus ();
use Time::HiRes qw(time);


sub _repeat {
    my ($self, $rest, $prefix) = @_;
    my ($count, $line) = $rest =~ /^(\d+)\s+(.*)/s
        or die "usage: repeat N line\n";

    for my $i (1 .. $count) {
        local $self->{var}{i} = $i;
        my $now = ($prefix // '') . $line;
        eval { $self->_line($now =~ s/\{i\}/$i/gr); 1 }
            or die "$i: $@";
    }

    return;
}


sub _within {
    my ($self, $rest) = @_;
    my ($seconds, $line) = $rest =~ /^([\d.]+)\s+(.*)/s
        or die "usage: within SECONDS line\n";

    local $self->{timeout} = $seconds * $self->{nginx}{patience};
    local $self->{within} = $self->{timeout};

    return $self->_line($line);
}


# again and again until it passes

sub _soon {
    my ($self, $rest) = @_;
    my $deadline = time + $self->{timeout};

    until (eval { $self->_line($rest); 1 }) {
        die $@ if time > $deadline;
        ChatTest::Client::pump(0.05);
    }

    return;
}


# clients are served meanwhile

sub _sleep {
    my ($self, $rest) = @_;
    my $deadline = time + $rest;

    while ((my $left = $deadline - time) > 0) {
        ChatTest::Client::pump($left < 0.1 ? $left : 0.1);
    }

    return;
}


sub _set {
    my ($self, $rest) = @_;
    my ($name, $value) = $rest =~ /^(\w+)\s*=\s*(.*)/s;
    $self->{var}{$name} = $value;
    return;
}


sub _copy {
    my ($self, $rest) = @_;
    my ($from, $to) = split ' ', $rest;
    system('cp', $from, $to) == 0 or die "cannot copy $from to $to\n";
    return;
}


sub _move {
    my ($self, $rest) = @_;
    my ($from, $to) = map { "$self->{logs}/$_" } split ' ', $rest;
    rename $from, $to or die "cannot move $from to $to: $!\n";
    return;
}


# openssl has a session of a first connection; the second begins with it

sub _early {
    my ($self, $rest) = @_;
    my ($port, $path, $regex) = $rest =~ /^(\d+) (\S+) ~ (.*)/
        or die "usage: early port /path ~ regex\n";
    my $stem = "$self->{logs}/early";
    my $client = "openssl s_client -connect 127.0.0.1:$port -tls1_3 -ign_eof";
    my $said;

    open my $out, '>', "$stem.txt" or die "$stem.txt: $!\n";
    print {$out} CORE::join "\r\n", "GET $path HTTP/1.1", 'Host: localhost',
        'Upgrade: websocket', 'Connection: Upgrade, close',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', '', '';
    close $out or die "$stem.txt: $!\n";

    # it is early no more if the handshake ends before the request is read
    for (1 .. 10) {
        system("printf 'GET / HTTP/1.0\\r\\n\\r\\n' | timeout 10 $client"
               . " -sess_out $stem.session > $stem.log 2>&1");
        $said = `timeout 3 $client -sess_in $stem.session \\
                     -early_data $stem.txt < /dev/null 2>&1`;

        return if $said =~ /$regex/s;
    }

    die "the answer does not match $regex: $said\n";
}


sub _upgrade { $_[0]{nginx}->upgrade;         return }
sub _quit    { $_[0]{nginx}->signal('QUIT');  return }
sub _signal  { $_[0]{nginx}->signal($_[1]);   return }


# "reload" or "reload 8": as many workers

sub _reload {
    my ($self, $workers) = @_;
    my $nginx = $self->{nginx};

    if ($workers) {
        open my $in, '<', $self->{conf} or die "$self->{conf}: $!\n";
        my $text = do { local $/; <$in> };

        $text =~ s/^(\s*worker_processes\s+)\d+;/$1$workers;/m
            or die "$self->{conf} names no number of workers\n";

        open my $out, '>', $self->{conf} or die "$self->{conf}: $!\n";
        print {$out} $text;
        close $out or die "$self->{conf}: $!\n";

        $nginx->{workers} = $workers;
    }

    $nginx->reload;
    $self->{other}->reload if ($self->{nodes} // 1) > 1;

    return;
}


sub _gone {
    my ($self, $rest) = @_;
    my $seconds = $rest || 8;
    my $old = $self->{nginx}{old_master} or die "nobody was told to go\n";
    my $deadline = time + $seconds * $self->{nginx}{patience};

    while (ChatTest::Nginx::runs($old)) {
        die "nginx did not exit in $seconds s\n" if time > $deadline;
        ChatTest::Client::pump(0.02);
    }

    delete $self->{nginx}{old_master};

    return;
}


# "kill worker-of a" or "kill worker 1"

sub _kill {
    my ($self, $rest) = @_;
    my $nginx = $self->{nginx};
    my $pid;

    if ($rest =~ /^worker-of (\w+)$/) {
        $nginx = $self->_nginx_of($self->_client_named($1));
        $pid = $nginx->worker_of($self->_client_named($1));

    } elsif ($rest =~ /^worker (\d+)$/) {
        $pid = ($nginx->workers)[$1 - 1];
    }

    die "no such worker\n" if !$pid;

    push @{ $self->{allow} },
         qr/\[alert\] .*worker process $pid exited on signal 9/;
    $nginx->kill_worker($pid);

    return;
}


sub _freeze {
    my ($self, $rest) = @_;
    my ($name) = $rest =~ /^worker-of (\w+)$/
        or die "usage: freeze worker-of a\n";
    my $pid = $self->{nginx}->worker_of($self->_client_named($name));

    kill STOP => $pid;
    push @{ $self->{frozen} }, $pid;

    return;
}


sub _thaw {
    my ($self) = @_;
    kill CONT => @{ delete $self->{frozen} || [] };
    return;
}


# after the dialogue: nothing, or what is wrong

sub clean_up {
    my ($self) = @_;

    $self->_thaw;

    return if !$self->{other};
    return eval { $self->_other('quit'); 1 } ? undef : "the other nginx: $@";
}


sub _redis {
    my ($self, $rest) = @_;
    my ($verb, $arguments) = split ' ', $rest, 2;
    my $redis = $self->{redis}
        or die "redis $rest: this block names no \$TEST_NGINX_REDIS\n";

    if ($verb =~ /^(?:start|stop|pause|resume|ready)$/) {
        $redis->$verb(split ' ', $arguments // '');
        return;
    }

    if ($verb eq 'drop') {
        for my $type (qw(normal pubsub)) {
            $redis->command('CLIENT', 'KILL', 'TYPE', $type);
        }
        return;
    }

    if ($verb eq 'wait') {
        my $wanted = $arguments || 2 * $self->{nginx}{workers};
        my $deadline = time + $self->{timeout};

        while ($redis->connections < $wanted) {
            die "fewer than $wanted connections to redis\n"
                if time > $deadline;
            ChatTest::Client::pump(0.02);
        }
        return;
    }

    die "redis $verb?\n" if $verb ne 'cli';

    my $regex = $arguments =~ s/\s~\s(.*)$//s ? $1 : undef;
    my @words;

    push @words, $1 // $2
        while $arguments =~ /\G\s*(?:"(.*?)"(?!\S)|(\S+))/g;

    my $answer = $redis->command(@words) // '(nil)';

    if (defined $regex && $answer !~ /$regex/) {
        die "the answer does not match $regex: $answer\n";
    }

    return;
}


# the same to its replica

sub _replica {
    my ($self, $rest) = @_;
    local $self->{redis} = $self->{redis}->replica;
    return $self->_redis($rest);
}


sub _fake {
    my ($self, $rest) = @_;
    $self->{fake}->order($rest, $self->{timeout});
    return;
}


# http [port=N] GET /path [| Header: value]... [|| body] => 200 [~ regex]

sub _http {
    my ($self, $rest) = @_;

    if ($rest =~ /^header\s+(.*)/s) {
        return $self->_client_header($self->{client}{http}, $1);
    }

    my $name = $rest =~ s/\s+as (\w+)$// ? $1 : undef;
    my ($request, $status, $regex) =
        $rest =~ /^(.*?)\s+=>\s+(\S+)(?:\s+~\s+(.*))?$/s
        or die "usage: http GET /path => 200\n";
    my $body = $request =~ s/\s*\|\|\s*(.*)$//s ? $1 : undef;
    my %option = $request =~ s/^port=(\d+)\s+// ? (port => $1) : ();
    my ($line, @headers) = split /\s*\|\s*/, $request;
    my $client = $self->{client}{http} =
        ChatTest::Client->new('http', $self->{port});

    unshift @headers, 'Connection: close';

    if (!grep { /^host:/i } @headers) {
        unshift @headers, 'Host: localhost:' . ($option{port}
                                                || $self->{port});
    }

    push @headers, 'Content-Length: ' . length $body if defined $body;

    $client->open_socket(%option);
    $client->write_bytes(join "\r\n", "$line HTTP/1.1", @headers, '',
                         $body // '');
    $self->_expect_http($client, $status, $regex, $name);

    # nginx closes when it has logged the request
    $client->wait_for(sub { $client->{end} }, $self->{timeout});
    $client->drop;

    return;
}


# metric /path name{label="value"} >= 1

sub _metric {
    my ($self, $rest) = @_;
    my ($path, $name, $operator, $number) =
        $rest =~ /^(\S+) (\S+) (==|>=|<=) ([\d.]+)$/
        or die "usage: metric /path name == 1\n";

    $self->_http("GET $path?format=prometheus => 200");

    my ($sample) = ChatTest::Prometheus::parse($self->{client}{http}{body});
    my $value = $sample->{"nginx_chat_$name"} // die "no such metric\n";

    die "it is $value\n" if $operator eq '==' ? $value != $number
                          : $operator eq '>=' ? $value < $number
                          : $value > $number;
    return;
}


sub _access { return $_[0]->_log_line('access', $_[1]) }
sub _errlog { return $_[0]->_log_line('error', $_[1]) }


# "monitor": from now on; "monitor ~ regex"

sub _monitor {
    my ($self, $rest) = @_;

    return $self->_log_line('monitor', $rest) if $rest;
    return $self->{redis}->monitor("$self->{logs}/monitor.log");
}


# "~ regex": a line comes that matches; "!~ regex": none is there

sub _log_line {
    my ($self, $log, $rest) = @_;
    my ($not, $regex) = $rest =~ /^(!?)~\s*(.*)/s
        or die "usage: access ~ regex\n";
    my $deadline = time + $self->{timeout};

    while (1) {
        my $text = '';

        if (open my $in, '<', $self->{logs} . "/$log.log") {
            local $/;
            $text = <$in> // '';
        }

        my $found = $text =~ /$regex/m;

        die "there is such a line: $&\n" if $not && $found;
        return if $not || $found;
        die "no line matches, the last ones are:\n"
            . join("\n", grep { defined } (split /\n/, $text)[-5 .. -1]) . "\n"
            if time > $deadline;

        ChatTest::Client::pump(0.05);
    }
}


1;
