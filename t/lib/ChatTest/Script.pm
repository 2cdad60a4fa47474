package ChatTest::Script;

# Runs the lines of a "--- chat" section; ChatTest.pm tells what they mean.

use strict;
use warnings;

use ChatTest::Client;
use ChatTest::Json ();
use Time::HiRes qw(sleep time);

my %GLOBAL = map { $_ => \&{"_$_"} } qw(
    access errlog gone http kill quit redis reload repeat set signal sleep
    upgrade within
);

my %VERB = map { $_ => \&{"_client_$_"} } qw(
    auto bytewise call chunk close connect drop expect find frame header
    hello manual open raw refuse repeat reset resume send shut silent slow
    until worker write
);


sub new {
    my ($class, %self) = @_;    # nginx, redis, port, timeout, logs
    return bless { %self, client => {}, var => {}, id => 0, allow => [] },
                 $class;
}


# nothing: the whole dialogue went as written; otherwise the report

sub run {
    my ($self, $text) = @_;
    my $number = 0;

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
        return $GLOBAL{$first}->($self, $rest);
    }

    if ($rest =~ /^expect~\s*(.*)/s) {
        $rest = "expect text~ $1";
    }

    ($verb, $rest) = $rest =~ /^(\w+)\s?(.*)/s;
    die "no such verb\n" if !defined $verb || !$VERB{$verb};
    die "\"$first\" is no client's name\n" if $first !~ /^[a-z]\w*$/i;

    my $client = $self->{client}{$first} //=
        ChatTest::Client->new($first, $self->{port});

    return $VERB{$verb}->($self, $client, $rest);
}


# {m.seq} of what was captured, {rep 3 ab}, {hex 00ff}, {a.pid}, {a.port}

sub _expand {
    my ($self, $line) = @_;

    $line =~ s/\{([a-zA-Z]\w*(?:\.\w+)*)\}/$self->_variable($1)/ge;
    $line =~ s/\{hex ([0-9a-fA-F ]*)\}/_unhex($1)/ge;
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


sub _unhex {
    my ($text) = @_;
    $text =~ s/\s+//g;
    die "bad hex: $text\n" if $text !~ /^(?:[0-9a-fA-F]{2})*$/;
    return pack 'H*', $text;
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

    while ($text =~ s/^(tls|\w+(?:=|!=|==)\S+)\s+//) {
        my ($name, $operator, $value) = $1 =~ /^(\w+)(!?==?)?(.*)/;
        $option{$name} = $operator ? $value : 1;
        $option{operator} = $operator if $name eq 'worker';
    }

    ($path, @headers) = split /\s*\|\s*/, $text;

    return (\%option, $path, @headers);
}


# ---- clients

sub _client_open {
    my ($self, $client, $rest) = @_;
    my ($option) = $self->_target("$rest /");
    $client->open_socket(%$option);
    return;
}


sub _client_connect {
    my ($self, $client, $rest) = @_;
    my ($option, $path, @headers) = $self->_target($rest);
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
    my ($self, $operator, $other, $connect) = @_;
    my $pid = $self->{nginx}->worker_of($self->_client_named($other));
    my $same = $operator =~ /^==?$/;

    $self->{nginx}->with_workers(sub {
        return $same ? $_[0] == $pid : $_[0] != $pid;
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

    $client->open_socket(%$option);
    $client->write_bytes($client->request($path, @headers));
    $self->_expect_http($client, $wanted, $regex);

    return;
}


sub _expect_http {
    my ($self, $client, $wanted, $regex, $capture) = @_;
    my ($status, $body) = $client->read_response($self->{timeout});

    die "expected $wanted, got $status: $body\n" if $status !~ /^$wanted$/;

    if (defined $regex && $body !~ /$regex/) {
        die "the body does not match $regex: $body\n";
    }

    if (defined $capture) {
        $self->{var}{$capture} = ChatTest::Json::decode($body);
    }

    if ($status == 101) {
        $client->{websocket} = 1;
        $client->_parse;
    }

    return;
}


# a header of the last answer: "Name value", "Name ~ regex", "!Name"

sub _client_header {
    my ($self, $client, $rest) = @_;
    my ($absent, $name, $value) = $rest =~ /^(!?)([\w-]+)\s*(.*)/;
    my $got = $client->{headers}{lc $name};

    if ($absent) {
        die "$name: @$got\n" if $got;
        return;
    }

    die "no header $name\n" if !$got;
    die "$name came " . @$got . " times\n" if @$got > 1;

    if ($value =~ s/^~\s*//) {
        die "$name: $got->[0]\n" if $got->[0] !~ /$value/;

    } elsif ($got->[0] ne $value) {
        die "$name: $got->[0]\n";
    }

    return;
}


sub _client_send {
    my ($self, $client, $rest) = @_;
    my ($kind, $payload) = $rest =~ /^(text|binary|json|ping|pong)\s?(.*)/s
        or die "send text, binary, json, ping or pong?\n";

    if ($kind eq 'binary') {
        $payload = _unhex($payload);
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
    $client->write_bytes(_unhex($rest));
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


# the command with an id; its answer, and nothing else, leaves the queue

sub _client_call {
    my ($self, $client, $rest) = @_;
    my $name = $rest =~ s/\s+as (\w+)$// ? $1 : undef;
    my ($command, $answer) = split /\s+=>\s+/, $rest, 2;
    my $id = ++$self->{id};

    $command =~ s/^\{/{"id":$id,/;
    $client->send_frame($command);

    $self->_client_find($client, qq(json {"id":$id} as _answer));

    my $got = delete $self->{var}{_answer};
    my $fault = ChatTest::Json::matches($got,
                    ChatTest::Json::pattern($answer // '{"ok":*}'));

    die "$fault, in " . ChatTest::Json::encode($got) . "\n" if $fault;

    $self->{var}{$name} = $got if defined $name;

    return;
}


# the next frame must match

sub _client_expect {
    my ($self, $client, $rest) = @_;

    if ($rest =~ /^(eof|reset|gone)$/) {
        return $self->_expect_end($client, $1);
    }

    if ($rest =~ /^http (\S+)(?:\s+~\s+(.*))?$/s) {
        return $self->_expect_http($client, $1, $2);
    }

    my ($fault, $keep) = $self->_matcher($rest);
    my $frame = $client->next_frame($self->{timeout}, $rest =~ /^ping/);

    if (!$frame) {
        die 'nothing came' . $client->_end_text . "\n";
    }

    my $wrong = $fault->($frame);
    die "$wrong: got " . ChatTest::Client::describe($frame) . "\n" if $wrong;

    $keep->($frame);

    return;
}


# frames before the one that matches are dropped

sub _client_until {
    my ($self, $client, $rest) = @_;
    my ($fault, $keep) = $self->_matcher($rest);
    my ($deadline, $skipped) = (time + $self->{timeout}, 0);

    while (my $frame = $client->next_frame($deadline - time,
                                           $rest =~ /^ping/))
    {
        if (!$fault->($frame)) {
            $keep->($frame);
            return;
        }

        $skipped++;
    }

    die "it did not come, after $skipped others"
        . $client->_end_text . "\n";
}


# the frame that matches is taken out, wherever it stands

sub _client_find {
    my ($self, $client, $rest) = @_;
    my ($fault, $keep) = $self->_matcher($rest);
    my $queue = $client->{queue};
    my ($found, $looked) = (undef, 0);

    $client->wait_for(sub {
        for (; $looked < @$queue; $looked++) {
            next if $fault->($queue->[$looked]);
            $found = splice @$queue, $looked, 1;
            return 1;
        }
        return 0;
    }, $self->{timeout});

    die 'it did not come' . $client->_end_text . "\n" if !$found;

    $keep->($found);

    return;
}


sub _expect_end {
    my ($self, $client, $how) = @_;

    $client->wait_for(sub { @{ $client->{queue} } }, $self->{timeout});

    if (my $frame = $client->{queue}[0]) {
        die 'got ' . ChatTest::Client::describe($frame) . "\n";
    }

    my $end = $client->{end} // die "the connection is still open\n";

    die "the connection ended by $end\n" if $how ne 'gone' && $end ne $how;

    return;
}


# two functions: one tells what is wrong with a frame, one keeps it

sub _matcher {
    my ($self, $text) = @_;
    my ($kind, $rest) = $text =~ /^(text~|\w+)\s?(.*)/s;
    my $keep = sub { };

    if ($kind eq 'json') {
        my $name = $rest =~ s/\s+as (\w+)$// ? $1 : undef;
        my $pattern = ChatTest::Json::pattern($rest);

        if (defined $name) {
            $keep = sub {
                $self->{var}{$name} = ChatTest::Json::decode($_[0]{data});
            };
        }

        return (sub { _json_fault($_[0], $pattern) }, $keep);
    }

    if ($kind eq 'close') {
        my ($code, $reason) = $rest =~ /^(\d*|none)\s*(?:~\s*(.*))?$/s;
        return (sub { _close_fault($_[0], $code, $reason) }, $keep);
    }

    my $regex = $kind =~ s/~$//;

    die "expect text, text~, binary, json, ping, pong, close, eof, "
        . "reset, gone or http?\n"
        if $kind !~ /^(?:text|binary|ping|pong)$/;

    $rest = _unhex($rest) if $kind eq 'binary';

    return (sub {
        my ($frame) = @_;
        return "not $kind" if $frame->{op} ne $kind || $frame->{rsv};
        return if $kind =~ /^p[io]ng$/ && !length $rest;
        return 'another payload' if $regex ? $frame->{data} !~ /$rest/
                                           : $frame->{data} ne $rest;
        return;
    }, $keep);
}


sub _json_fault {
    my ($frame, $pattern) = @_;
    my $value;

    return 'not text' if $frame->{op} ne 'text' || $frame->{rsv};

    $value = eval { ChatTest::Json::decode($frame->{data}) };
    return 'not JSON' if $@;

    return ChatTest::Json::matches($value, $pattern);
}


sub _close_fault {
    my ($frame, $code, $reason) = @_;

    return 'not a close' if $frame->{op} ne 'close';

    if ($code eq 'none') {
        return defined $frame->{code} ? 'a code' : undef;
    }

    return 'another code'
        if length $code && ($frame->{code} // '') ne $code;
    return 'another reason'
        if defined $reason && ($frame->{reason} // '') !~ /$reason/;
    return;
}


sub _client_silent {
    my ($self, $client, $rest) = @_;
    my $deadline = time + $rest;
    my $frame = $client->next_frame($rest);

    die 'got ' . ChatTest::Client::describe($frame) . "\n" if $frame;
    die 'the connection ended' . $client->_end_text . "\n" if $client->{end};

    return;
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
sub _client_resume { $_[1]{slow} = 0;        return }
sub _client_shut   { $_[1]->shut;            return }
sub _client_drop   { $_[1]->drop;            return }
sub _client_reset  { $_[1]->reset_connection; return }


# ---- the world around them

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

    return $self->_line($line);
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


sub _reload  { $_[0]{nginx}->reload;          return }
sub _upgrade { $_[0]{nginx}->upgrade;         return }
sub _quit    { $_[0]{nginx}->signal('QUIT');  return }
sub _signal  { $_[0]{nginx}->signal($_[1]);   return }


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
    my $pid;

    if ($rest =~ /^worker-of (\w+)$/) {
        $pid = $self->{nginx}->worker_of($self->_client_named($1));

    } elsif ($rest =~ /^worker (\d+)$/) {
        $pid = ($self->{nginx}->workers)[$1 - 1];
    }

    die "no such worker\n" if !$pid;

    push @{ $self->{allow} },
         qr/\[alert\] .*worker process $pid exited on signal 9/;
    $self->{nginx}->kill_worker($pid);

    return;
}


sub _redis {
    my ($self, $rest) = @_;
    my ($verb, $arguments) = split ' ', $rest, 2;
    my $redis = $self->{redis};

    if ($verb =~ /^(?:start|stop|pause|resume)$/) {
        $redis->$verb;
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
    my $answer = $redis->command(split ' ', $arguments) // '(nil)';

    if (defined $regex && $answer !~ /$regex/) {
        die "the answer does not match $regex: $answer\n";
    }

    return;
}


# http [port=N] GET /path [| Header: value]... [|| body] => 200 [~ regex]

sub _http {
    my ($self, $rest) = @_;
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
    $client->drop;

    return;
}


sub _access { return $_[0]->_log_line('access', $_[1]) }
sub _errlog { return $_[0]->_log_line('error', $_[1]) }


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
            . join("\n", (split /\n/, $text)[-5 .. -1]) . "\n"
            if time > $deadline;

        ChatTest::Client::pump(0.05);
    }
}


1;
