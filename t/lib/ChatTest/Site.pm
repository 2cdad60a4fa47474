package ChatTest::Site;

# A site that is told of events ("chat_event_request"), in a process of its
# own; what it heard is asked for by HTTP:
#
#     /told       where events are posted to; any path that begins so
#     /is/<what>  what it does with them from now on: "ok", or a status, or
#                 "silent", or "deaf": it takes them, and says 500; "wordy": it
#                 takes them, and says much; "late": it takes them, and says so
#                 when it is to do something else
#     /list       what it was told, doubles left out, a line each
#     /sum        messages=3 doubles=0 disorder=0 lost=0 ids=7: how many, and
#                 those whose number was not above the one before in its room
#     /all        the same, as JSON with sorted keys
#     /reset

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use JSON::PP ();
use POSIX ();

my ($owner, $pid);


# starts it; returns the port

sub start {
    my $listen = IO::Socket::INET->new(Listen => 100,
                                       LocalAddr => '127.0.0.1:0')
        or die "no socket: $!\n";

    $owner = $$;
    $pid = fork // die "fork: $!\n";

    if ($pid == 0) {
        $SIG{TERM} = $SIG{INT} = $SIG{HUP} = 'DEFAULT';
        eval { serve($listen) };
        POSIX::_exit(0);
    }

    return $listen->sockport;
}


END {
    if (defined $pid && $$ == $owner) {
        local $?;
        kill KILL => $pid;
        waitpid $pid, 0;
    }
}


sub serve {
    my ($listen) = @_;
    my $self = bless { is => 'ok' }, __PACKAGE__;

    $self->reset;

    while (my $c = $listen->accept) {
        my ($path, $body) = request($c);
        next if !defined $path;

        my ($status, $text) = $self->answer($path, $body);
        utf8::encode($text);

        if ($status =~ /^(?:silent|late)$/) {
            push @{ $self->{$status} }, $c;
            next;
        }

        say_to($c, $status, $text);
    }

    return;
}


sub say_to {
    my ($c, $status, $text) = @_;

    print {$c} "HTTP/1.1 $status X\r\nConnection: close\r\n",
               'Content-Length: ', length $text, "\r\n\r\n", $text;
    close $c;

    return;
}


sub request {
    my ($c) = @_;
    my $in = '';

    while ($in !~ /\r\n\r\n/) {
        return if !ready($c) || !sysread $c, $in, 65536, length $in;
    }

    my ($head, $body) = split /\r\n\r\n/, $in, 2;
    my ($path) = $head =~ /^\w+ (\S+)/;
    my ($length) = $head =~ /^Content-Length: (\d+)/mi;

    while (length $body < ($length // 0)) {
        return if !ready($c) || !sysread $c, $body, 65536, length $body;
    }

    return ($path, $body);
}


# whoever sends half a request does not hold up the others for ever

sub ready {
    my ($c) = @_;

    return IO::Select->new($c)->can_read(10);
}


sub reset {
    my ($self) = @_;

    @$self{qw(list all sum seen top silent late)}
        = ([], [], { messages => 0, doubles => 0, disorder => 0, lost => 0,
                     ids => 0, posts => 0 }, {}, {}, [], []);

    return;
}


sub answer {
    my ($self, $path, $body) = @_;

    if ($path =~ m{^/told}) {
        $self->{sum}{posts}++;

        return ($self->{is}, '') if $self->{is} !~ /^(?:ok|deaf|wordy|late)$/;

        $self->hear($_) for @{ JSON::PP->new->utf8->decode($body)->{events} };

        return ('late', '') if $self->{is} eq 'late';
        return (200, 'taken ' x 20000) if $self->{is} eq 'wordy';
        return ($self->{is} eq 'ok' ? 204 : 500, '');
    }

    if ($path =~ m{^/is/(\w+)}) {
        $self->{is} = $1;
        $self->{silent} = [];
        say_to($_, 204, '') for splice @{ $self->{late} };
        return (200, 'yes');
    }

    if ($path eq '/reset') {
        $self->reset;
        return (200, 'yes');
    }

    if ($path =~ m{^/(list|all)$}) {
        return (200, join '', map { "$_\n" } @{ $self->{$1} });
    }

    return (200, join ' ', map { "$_=$self->{sum}{$_}" }
                 qw(messages doubles disorder lost ids posts));
}


sub hear {
    my ($self, $e) = @_;
    my $sum = $self->{sum};

    if ($self->{seen}{ $e->{id} }++) {
        $sum->{doubles}++;
        return;
    }

    $sum->{ids}++;
    $sum->{lost} += $e->{count} if $e->{event} eq 'lost';

    if ($e->{event} =~ /^(message|edit|delete)$/) {
        my $room = "$e->{room} $e->{epoch}";

        $sum->{messages}++ if $e->{event} eq 'message';
        $sum->{disorder}++ if $e->{seq} <= ($self->{top}{$room} // 0);
        $self->{top}{$room} = $e->{seq};
    }

    push @{ $self->{all} }, JSON::PP->new->canonical->encode($e);
    push @{ $self->{list} }, join ' ', grep { defined }
         $e->{event}, $e->{room}, ($e->{user} // {})->{id}, $e->{seq},
         $e->{text}, $e->{do}, $e->{cause}, $e->{code};

    return;
}


1;
