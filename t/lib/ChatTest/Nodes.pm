package ChatTest::Nodes;

# A second nginx of the same configuration beside the one under test: on
# demand ("other start"), or from the beginning and for every client, with
# CHAT_NODES=2: then who connects comes to the one that the last did not come
# to, and what is refused must be refused by both.

use strict;
use warnings;

use ChatTest::Nginx;


sub _other {
    my ($self, $verb) = @_;
    my $other = $self->{other};

    if ($verb eq 'start') {
        die "there is one already\n" if $other;
        $self->_other_start;
        return;
    }

    die "no other nginx runs\n" if !$other;
    die "other $verb?\n" if $verb !~ /^(?:kill|quit)$/;

    if ($verb eq 'kill') {
        my $master = $other->master or die "it has gone\n";
        kill KILL => $master, $other->children($master, qr/./);

    } else {
        $other->signal('QUIT');
        $other->gone(8 * $other->{patience});
    }

    delete $self->{other};

    return;
}


# the first one's configuration with its own ports and pid

sub _other_start {
    my ($self) = @_;
    my $nginx = $self->{nginx};
    my $root = $self->{logs} =~ s{/logs$}{}r;
    my %port = ($self->{port} => $self->{spare}->());
    my ($text, $config);

    $port{$ENV{TEST_NGINX_SPARE_PORT}} = $self->{spare}->();

    open my $in, '<', "$root/conf/nginx.conf" or die "nginx.conf: $!\n";
    $text = do { local $/; <$in> };

    $text =~ s/^pid .*;/pid $root\/logs\/other.pid;/m;
    $text =~ s/(listen\s+\S*?:)(\d+)\b/$1 . ($port{$2} || $2)/ge;

    $config = "$root/conf/other.conf";
    open my $out, '>', $config or die "$config: $!\n";
    print $out $text;
    close $out;

    $self->{var}{other} = $port{$self->{port}};
    $self->{other} = ChatTest::Nginx->new(%$nginx,
                                          port => $self->{var}{other},
                                          pid_file => "$root/logs/other.pid");

    local $ENV{LD_PRELOAD} = $ENV{TEST_NGINX_LD_PRELOAD} || $ENV{LD_PRELOAD}
                             || '';

    system($self->{binary}, '-e', "$root/logs/error.log", '-p', "$root/",
           '-c', $config) == 0 or die "the other nginx does not start\n";

    $self->{other}->wait_ready;

    return;
}


# the nginx that serves a client

sub _nginx_of {
    my ($self, $client) = @_;
    my $port = $client->{peer_port} // 0;

    return $self->{other} && $port == $self->{var}{other}
           ? $self->{other} : $self->{nginx};
}


# The port of who connects, who named none: node=1 and node=2 say which; with
# two nodes from the beginning, "worker!=b" is the node of another than b, and
# otherwise they take turns.

sub _place {
    my ($self, $client, $option) = @_;
    my $node = delete $option->{node};
    my (%node, @others);

    # both are one site
    delete $client->{site};
    return if $option->{port};
    $client->{site} = $self->{port};

    @others = split /,/, $option->{worker} // '';
    $node{$self->_nginx_of($self->_client_named($_))->{port}} = 1 for @others;

    if (!$node && !@others && ($self->{nodes} // 1) > 1) {
        $self->{turn} = ($self->{turn} // 0) % 2 + 1;
        $node = $self->{turn};
    }

    if ($node) {
        $option->{port} = $node == 1 ? $self->{port} : $self->{var}{other};

    } elsif (@others && $option->{operator} ne '!=') {
        ($option->{port}) = keys %node;

    } elsif (@others && ($self->{nodes} // 1) > 1 && keys %node == 1) {
        ($option->{port}) = grep { !$node{$_} }
                                 $self->{port}, $self->{var}{other};
        delete $option->{worker};
    }

    return;
}


# the nginx that must all answer the same, if no port is named

sub _ports {
    my ($self) = @_;
    return ($self->{port},
            ($self->{nodes} // 1) > 1 ? $self->{var}{other} : ());
}


1;
