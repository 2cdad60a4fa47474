package ChatTest::Alone;

# An nginx with the embedded store that a test writes the configuration of
# again and again: for what no dialogue can say.

use strict;
use warnings;

use ChatTest::Client;
use ChatTest::Json;
use ChatTest::Nginx;
use File::Temp;
use Test::More ();
use Time::HiRes qw(sleep time);

my $id = 1000;


sub new {
    my ($class, %self) = @_;
    my $flavour = $ENV{CHAT_FLAVOUR} || 'debian';
    my $module = $flavour eq 'asan' ? 'build/asan/ngx_http_chat_module.so'
               : $ENV{CHAT_MODULE} || 'build/ngx_http_chat_module.so';

    my $self = bless {
        workers  => 2,
        zone     => 'a:4m',
        extra    => '',         # in the server
        main     => '',
        events   => '',
        single   => 0,
        drain    => '200ms',
        limits   => ChatTest::Nginx::lifted(),
        patience => $flavour eq 'debian' ? 1 : 4,
        port     => $ENV{TEST_NGINX_SERVER_PORT},
        dir      => File::Temp->newdir('chat-alone-XXXXXX', TMPDIR => 1),
        module   => Cwd::realpath($module),
        %self,
    }, $class;

    chmod 0755, $self->{dir};
    mkdir "$self->{dir}/logs";
    $self->{log} = "$self->{dir}/logs/error.log";

    return $self;
}


sub write_conf {
    my ($self) = @_;
    my $dir = $self->{dir};
    my $master = $self->{single} ? 'off' : 'on';
    my $chat = defined $self->{zone}
               ? "chat_zone $self->{zone}; location /ws { chat; }" : '';

    open my $out, '>', "$dir/nginx.conf" or die "nginx.conf: $!\n";
    print $out <<"_EOC_";
load_module $self->{module};
pid $dir/nginx.pid;
error_log $self->{log} info;
daemon off;
master_process $master;
worker_processes $self->{workers};
$self->{main}
events { worker_connections 128; $self->{events} }
http {
    access_log off;
    $self->{limits}
    chat_user \$arg_u;
    chat_drain_time $self->{drain};
    chat_leave_delay 0;
    server {
        listen 127.0.0.1:$self->{port};
        location /page { return 200 "page"; }
        $chat
        $self->{extra}
    }
}
_EOC_
    close $out;

    return;
}


# starts it; false if it cannot

sub start {
    my ($self) = @_;
    my $dir = $self->{dir};

    $self->write_conf;
    $self->{pid} = fork // die "fork: $!\n";

    if ($self->{pid} == 0) {
        open STDERR, '>>', $self->{log};
        exec $ENV{TEST_NGINX_BINARY}, '-p', "$dir", '-c', "$dir/nginx.conf",
             '-e', $self->{log};
        exit 1;
    }

    # one that refuses its configuration has gone by then
    $self->wait_for(sub {
        delete $self->{pid} if waitpid($self->{pid}, 1) == $self->{pid};
        return !$self->{pid} || $self->listens;
    }) && $self->{pid} or return 0;

    return $self->{single} || $self->wait_for(sub {
        return $self->workers == $self->{workers};
    });
}


sub listens {
    my ($self) = @_;
    return IO::Socket::INET->new(PeerAddr => "127.0.0.1:$self->{port}");
}


sub wait_for {
    my ($self, $condition, $seconds) = @_;
    my $deadline = time + ($seconds // 10) * $self->{patience};

    while (!$condition->()) {
        return 0 if time > $deadline;
        ChatTest::Client::pump(0.02);
    }

    return 1;
}


sub master { return $_[0]{pid} }


sub workers {
    my ($self) = @_;
    return ChatTest::Nginx::children($self, $self->{pid}, qr/worker process$/);
}


sub reload {
    my ($self) = @_;
    my %old = map { $_ => 1 } $self->workers;

    $self->write_conf;
    kill HUP => $self->{pid};

    $self->wait_for(sub {
        my @now = $self->workers;
        return @now == $self->{workers} && !grep { $old{$_} } @now;
    }) or die "no new workers\n";

    # those of before have gone, too
    $self->wait_for(sub {
        my @all = ChatTest::Nginx::children($self, $self->{pid}, qr/worker/);
        return @all == $self->{workers};
    }) or die "old workers stay\n";

    return;
}


# "nginx -t" and the like: what it said, and its status

sub nginx {
    my ($self, @arguments) = @_;
    local $ENV{ASAN_OPTIONS} = ($ENV{ASAN_OPTIONS} // '') . ':detect_leaks=0';
    my $dir = $self->{dir};
    my $nginx = "$ENV{TEST_NGINX_BINARY} -p $dir -e stderr -c $dir/nginx.conf";
    my $said = `$nginx @arguments 2>&1`;
    return ($said, $? >> 8);
}


# ends it; nothing, or what is wrong

sub stop {
    my ($self) = @_;
    my $pid = delete $self->{pid};
    my $ended;

    kill QUIT => $pid;
    $ended = $self->wait_for(sub { waitpid($pid, 1) == $pid });

    if (!$ended) {
        kill KILL => ChatTest::Nginx::children($self, $pid, qr/./), $pid;
        waitpid $pid, 0;
        return 'still there';
    }

    return $? == 0 ? '' : "status $?";
}


sub DESTROY {
    my ($self) = @_;
    local ($?, $@);
    $self->stop if $self->{pid};
    return;
}


sub log_text {
    my ($self) = @_;
    open my $in, '<', $self->{log} or return '';
    local $/;
    return <$in> // '';
}


sub log_has {
    my ($self, $regex, $seconds) = @_;
    return $self->wait_for(sub { $self->log_text =~ $regex }, $seconds // 5);
}


# the log has no alert but these; that a worker which ends accepts once more is
# nginx's own, seen in one run of thirty where many begin and end

sub clean {
    my ($self, $allowed) = @_;
    my @faults = grep {
        /\[(?:alert|emerg)\]|Sanitizer|runtime error:/
            && !/LeakSanitizer (?:has encountered a fatal|does not work under)/
            && !/accept4\(\) failed \(9: Bad file descriptor\)/
            && !($allowed && $_ =~ $allowed);
    } split /\n/, $self->log_text;

    Test::More::ok(!@faults, 'a clean log')
        or Test::More::diag(join "\n", @faults);
    return;
}


sub client {
    my ($self, $name, $path) = @_;
    my $client = ChatTest::Client->new($name, $self->{port});

    $client->open_socket;
    $client->handshake(5 * $self->{patience}, $path);

    return $client;
}


# the next event or answer for which the code is true, or nothing

sub until {
    my ($self, $client, $code, $seconds) = @_;
    my $deadline = time + ($seconds // 5) * $self->{patience};

    while (time < $deadline) {
        my $frame = $client->next_frame(0.5) or do {
            return if $client->{end};
            next;
        };

        next if $frame->{op} ne 'text';

        my $json = ChatTest::Json::decode($frame->{data});
        $json->{ev} //= '';

        return $json if $code->($json);
    }

    return;
}


# the answer to a command; nothing if the connection was lost

sub ask {
    my ($self, $client, $command) = @_;
    my $number = ++$id;

    $command =~ s/^\{/{"id":$number,/;
    $client->send_frame($command);

    return $self->until($client, sub { ($_[0]{id} // 0) == $number });
}


sub call {
    my ($self, $client, $command) = @_;
    my $answer = $self->ask($client, $command);

    Test::More::ok($answer && $answer->{ok}, "$client->{name}: "
                   . substr $command, 0, 60)
        or Test::More::diag($answer ? ChatTest::Json::encode($answer)
                                    : 'no answer');
    return $answer;
}


sub epoch {
    my ($self, $room) = @_;
    my $client = $self->client('epoch', '/ws?u=epoch');
    my $answer = $self->call($client, qq({"op":"join","room":"$room"}));

    $client->drop;

    return $answer->{ok}{epoch} // 'none';
}


sub http {
    my ($self, $path) = @_;
    my $socket = $self->listens or return '';

    print $socket "GET $path HTTP/1.0\r\n\r\n";
    local $/;

    return <$socket> // '';
}


1;
