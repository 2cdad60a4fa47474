package ChatTest::Script;

# Runs the lines of a "--- chat" section; ChatTest.pm tells what they mean.
# What a client does is here, what it must get is in ChatTest::Expect, and
# what happens around the clients in ChatTest::World; which of two nginx they
# come to in ChatTest::Nodes.

use strict;
use warnings;

use parent qw(ChatTest::Expect ChatTest::Nodes ChatTest::Token
              ChatTest::World);

use ChatTest::Client;
use ChatTest::Json ();

# "sleep 0.1" is the method _sleep, "a send text x" is _client_send
my %GLOBAL = map { $_ => "_$_" } qw(
    access copy early errlog fake freeze gone http kill metric monitor move
    other quit redis reload repeat replica set signal sleep soon thaw token
    upgrade within
);

my %VERB = map { $_ => "_client_$_" } qw(
    auto bytewise call chunk close connect drop expect find frame header
    hello insist manual open raw refuse repeat reset resume send shut
    silent slow story stream until worker write
);


sub new {
    my ($class, %self) = @_;    # nginx, nodes, redis, port, timeout, logs
    return bless { %self, client => {}, var => {}, id => 0, allow => [] },
                 $class;
}


# nothing: the whole dialogue went as written; otherwise the report

sub run {
    my ($self, $text) = @_;
    my $number = 0;

    $self->_other_start if ($self->{nodes} // 1) > 1;

    for my $line (split /\n/, $text) {
        $number++;
        next if $line =~ /^\s*(?:#|$)/;

        $line =~ s/^\s+|\s+$//g;
        next if eval { $self->_line($line); 1 };

        my $fault = $@;
        chomp $fault;

        return join "\n", "line $number: $line", "    $fault",
            map { "    $_" } $self->_history($line);
    }

    return;
}


# the last frames of the line's client, fewer of the others

sub _history {
    my ($self, $line) = @_;
    my ($name) = $line =~ /^(\w+)/;
    my (@lines, $others);

    if (my $client = delete $self->{client}{$name}) {
        push @lines, $client->history;
    }

    for my $other (sort keys %{ $self->{client} }) {
        last if ++$others > 6;
        my @history = $self->{client}{$other}->history;
        push @lines, @history[@history > 3 ? -3 : -@history .. -1];
    }

    return @lines;
}


sub _line {
    my ($self, $line) = @_;
    my ($first, $rest, $verb);

    if ($line !~ /^(?:\w+ )?repeat\b/) {
        $line = $self->_expand($line);
    }

    ($first, $rest) = $line =~ /^(\S+)\s*(.*)/s;

    if ($GLOBAL{$first}) {
        my $method = $GLOBAL{$first};
        return $self->$method($rest);
    }

    if ($rest =~ /^expect~\s*(.*)/s) {
        $rest = "expect text~ $1";
    }

    ($verb, $rest) = $rest =~ /^(\w+)\s?(.*)/s;
    die "no such verb\n" if !defined $verb || !$VERB{$verb};
    die "\"$first\" is no client's name\n" if $first !~ /^[a-z]\w*$/i;

    my $client = $self->{client}{$first} //=
        ChatTest::Client->new($first, $self->{port});

    my $method = $VERB{$verb};

    return $self->$method($client, $rest);
}


# {m.seq} of what was captured, {rep 3 ab}, {hex 00ff}, {a.pid}, {a.port}

sub _expand {
    my ($self, $line) = @_;

    $line =~ s/\{([a-zA-Z]\w*(?:\.\w+)*)\}/$self->_variable($1)/ge;
    $line =~ s/\{hex ([0-9a-fA-F ]*)\}/ChatTest::Expect::unhex($1)/ge;
    $line =~ s/\{rep (\d+) ([^{}]*)\}/$2 x $1/ge;

    return $line;
}


sub _variable {
    my ($self, $path) = @_;
    my ($name, @keys) = split /\./, $path;
    my ($client, $value);

    $client = $self->{client}{$name};

    if ($client && @keys == 1 && $keys[0] eq 'pid') {
        return $self->{nginx}->worker_of($client);
    }

    if ($client && @keys == 1 && $keys[0] eq 'port') {
        return $client->{local_port};
    }

    die "{$path}: nothing was captured as $name\n"
        if !exists $self->{var}{$name};

    $value = $self->{var}{$name};

    for my $key (@keys) {
        $value = ref $value eq 'ARRAY' ? $value->[$key]
               : ref $value eq 'HASH'  ? $value->{$key}
               :                         undef;
        die "{$path}: there is no $key\n" if !defined $value;
    }

    return ref $value ? ChatTest::Json::encode($value) : $value;
}


sub _unescape {
    my ($text) = @_;
    my %escape = (r => "\r", n => "\n", t => "\t", '\\' => '\\');
    $text =~ s/\\(?:x([0-9a-fA-F]{2})|([rnt\\]))/
               defined $1 ? chr hex $1 : $escape{$2}/gex;
    return $text;
}


# "/path | Header: value | -Header" and the options before the path

sub _target {
    my ($self, $text) = @_;
    my (%option, $path, @headers);

    while ($text =~ s/^(tls|cert|\w+(?:=|!=|==)\S+)\s+//) {
        my ($name, $operator, $value) = $1 =~ /^(\w+)(!?==?)?(.*)/;
        $option{$name} = $operator ? $value : 1;
        $option{operator} = $operator if $name eq 'worker';
    }

    ($path, @headers) = split /\s*\|\s*/, $text;

    return (\%option, $path, @headers);
}


sub _client_open {
    my ($self, $client, $rest) = @_;
    my ($option) = $self->_target("$rest /");
    $client->open_socket(%$option);
    return;
}


sub _client_connect {
    my ($self, $client, $rest) = @_;
    my ($option, $path, @headers) = $self->_target($rest);

    $self->_place($client, $option);

    my $connect = sub {
        $client->open_socket(%$option);
        $client->handshake($self->{timeout}, $path, @headers);
    };

    $client->{again} = [\&_client_connect, $rest];

    if ($option->{worker}) {
        return $self->_on_worker($option->{operator}, $option->{worker},
                                 $connect);
    }

    $connect->();

    return;
}


# connects, and waits for the welcome event

sub _client_hello {
    my ($self, $client, $rest) = @_;
    my $name = $rest =~ s/\s+as (\w+)$// ? $1 : "$client->{name}w";

    $self->_client_connect($client, $rest);
    $client->{again} = [\&_client_hello, "$rest as $name"];
    $self->_client_find($client, qq(json {"ev":"welcome"} as $name));

    return;
}


sub _client_worker {
    my ($self, $client, $rest) = @_;
    my ($operator, $other) = $rest =~ /^(==|!=)\s*(\w+)$/
        or die "usage: a worker ==|!= b\n";
    my $same = $self->{nginx}->worker_of($client)
               == $self->{nginx}->worker_of($self->_client_named($other));

    return if $same == ($operator eq '==' ? 1 : '');

    my ($again, $arguments) = @{ $client->{again} };

    $client->drop;
    $self->_on_worker($operator, $other,
                      sub { $again->($self, $client, $arguments) });

    return;
}


# an epoll whose worker is stopped gets no connection: the others take it

sub _on_worker {
    my ($self, $operator, $others, $connect) = @_;
    my $same = $operator =~ /^==?$/;
    my @others = map { $self->_client_named($_) } split /,/, $others;
    my $nginx = $self->_nginx_of($others[0]);
    my %theirs = map { $nginx->worker_of($_) => 1 } @others;

    $nginx->with_workers(sub {
        return $same ? $theirs{$_[0]} : !$theirs{$_[0]};
    }, $connect);

    return;
}


sub _client_named {
    my ($self, $name) = @_;
    return $self->{client}{$name} || die "there is no client $name\n";
}


sub _client_refuse {
    my ($self, $client, $rest) = @_;
    my $regex = $rest =~ s/\s~\s(.*)$//s ? $1 : undef;
    my ($wanted, $text) = $rest =~ /^(\d+)\s+(.*)/s;
    my ($option, $path, @headers) = $self->_target($text);

    $client->{site} = $option->{port} || $self->{port};

    for my $port ($option->{port} || $self->_ports) {
        $client->open_socket(%$option, port => $port);
        $client->write_bytes($client->request($path, @headers));
        $self->_expect_http($client, $wanted, $regex);
    }

    return;
}


sub _client_send {
    my ($self, $client, $rest) = @_;
    my ($kind, $payload) = $rest =~ /^(text|binary|json|ping|pong)\s?(.*)/s
        or die "send text, binary, json, ping or pong?\n";

    if ($kind eq 'binary') {
        $payload = ChatTest::Expect::unhex($payload);
    }

    $client->send_frame($payload, op => $kind eq 'json' ? 'text' : $kind);

    return;
}


sub _client_frame {
    my ($self, $client, $rest) = @_;
    my %option;

    while ($rest =~ s/^(fin|rsv|op|mask|key|len|form)=(\S*)\s?//) {
        $option{$1} = $2;
    }

    $client->send_frame($rest, %option);

    return;
}


sub _client_raw {
    my ($self, $client, $rest) = @_;
    $client->write_bytes(ChatTest::Expect::unhex($rest));
    return;
}


sub _client_write {
    my ($self, $client, $rest) = @_;
    $client->write_bytes(_unescape($rest));
    return;
}


sub _client_repeat {
    my ($self, $client, $rest) = @_;
    return $self->_repeat($rest, "$client->{name} ");
}


sub _client_close {
    my ($self, $client, $rest) = @_;
    my ($code, $reason) = $rest =~ /^(\d+)?\s?(.*)/s;

    $client->send_frame(defined $code ? pack('n a*', $code, $reason) : '',
                        op => 'close');

    return;
}


sub _client_bytewise {
    my ($self, $client, $rest) = @_;
    return $self->_client_chunk($client, "1 $rest");
}


sub _client_chunk {
    my ($self, $client, $rest) = @_;
    @$client{qw(chunk delay)} = split ' ', "$rest 0";
    return;
}


sub _client_auto   { $_[1]{auto} = 1;        return }
sub _client_manual { $_[1]{auto} = 0;        return }
sub _client_slow   { $_[1]{slow} = 1;        return }
sub _client_resume { $_[1]->hurry;           return }
sub _client_shut   { $_[1]->shut;            return }
sub _client_drop   { $_[1]->drop;            return }
sub _client_reset  { $_[1]->reset_connection; return }


1;
