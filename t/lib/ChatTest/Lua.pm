package ChatTest::Lua;

# The Lua scripts of the sources, called directly: many calls at once.

use strict;
use warnings;

use IO::Socket::UNIX;

my $dir = 'ngx_chat_module';


# the names of scripts, and the redis-server

sub new {
    my ($class, $redis, @names) = @_;
    my $self = bless { text => sources(), queue => '', calls => 0 }, $class;

    $self->{socket} = IO::Socket::UNIX->new(Peer => $redis->{socket})
        // die "redis: $!\n";

    for my $name (@names) {
        $self->{sha}{$name} = $self->ask('SCRIPT', 'LOAD',
                                         $self->script($name));
    }

    return $self;
}


sub sources {
    my $all = '';

    for my $file ("$dir/lib/ngx_chat_rights.h",
                  "$dir/ngx_http_chat_broker.h",
                  glob "$dir/ngx_http_chat_broker_redis*.[ch]")
    {
        open my $in, '<', $file or die "$file: $!\n";
        local $/;
        $all .= <$in>;
    }

    $all =~ s/\\\n/ /g;
    $all =~ s{/\*.*?\*/}{}gs;

    return $all;
}


# "static const u_char ngx_http_chat_script_<name>[] = ...;", or an ngx_str_t

sub script {
    my ($self, $name) = @_;

    $self->{text} =~ /\bngx_http_chat_script_$name(?:\[\])?\s*=\s*
                      ((?:"(?:[^"\\]|\\.)*"|[^";])*);/x
        or die "no script $name\n";

    return $self->value($1);
}


# strings, and names that stand for strings or numbers

sub value {
    my ($self, $c) = @_;
    my $value = '';

    while ($c =~ /"((?:[^"\\]|\\.)*)"|(\w+)/g) {
        my ($string, $name) = ($1, $2);

        if (!defined $name) {
            $value .= $string =~ s/\\(.)/$1 eq 'n' ? "\n" : $1/egr;
            next;
        }

        next if $name eq 'ngx_string' || $name eq 'ngx_value';

        $self->{text} =~ /^\#define\s+$name\s+(.*)$/m or die "what is $name\n";
        my $text = $1;
        $value .= $text =~ /^(\d+)\s*$/ ? $1 : $self->value($text);
    }

    return $value;
}


# a command is queued; answers come in order

sub put {
    my ($self, @args) = @_;

    $self->{queue} .= '*' . @args . "\r\n"
                      . join '', map { '$' . length($_) . "\r\n$_\r\n" } @args;
    $self->{calls}++;

    return;
}


sub call {
    my ($self, $name, $keys, @args) = @_;
    $self->put('EVALSHA', $self->{sha}{$name}, scalar @$keys, @$keys, @args);
    return;
}


sub answers {
    my ($self) = @_;
    my $socket = $self->{socket};
    my @answers;

    print $socket $self->{queue} or die "redis: $!\n";
    $socket->flush;
    push @answers, $self->reply for 1 .. $self->{calls};
    @$self{qw(queue calls)} = ('', 0);

    return @answers;
}


sub ask {
    my ($self, @args) = @_;
    $self->put(@args);
    return ($self->answers)[-1];
}


# an error is a string that begins with "-"

sub reply {
    my ($self) = @_;
    my $socket = $self->{socket};
    my $line = do { local $/ = "\r\n"; <$socket> } // die "redis is gone\n";
    my ($type, $rest) = $line =~ /^(.)(.*)\r\n$/s;

    return "-$rest" if $type eq '-';
    return $rest if $type ne '$' && $type ne '*';
    return undef if $rest < 0;
    return [ map { $self->reply } 1 .. $rest ] if $type eq '*';

    read $socket, my $bytes, $rest + 2;
    return substr $bytes, 0, -2;
}


1;
