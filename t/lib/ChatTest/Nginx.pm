package ChatTest::Nginx;

# The nginx under test, seen as processes: which worker serves a client,
# reload, binary upgrade, kill, and whether it goes when it is told to.

use strict;
use warnings;

use File::Copy qw(copy);
use File::Temp ();
use IO::Socket::INET;
use POSIX ();
use Time::HiRes qw(sleep time);


# for tests that are not about limits: one address, and as fast as they can;
# control frames are limited as usual, and a "chat_limit" further in replaces
# these lines

sub lifted {
    return CORE::join("\n", 'chat_limit off ops=all,send,join;',
        'chat_limit off ops=bytes;', 'chat_limit off per=user,room ops=send;',
        'chat_limit off per=user ops=all;',
        'chat_limit off ops=connect;', 'chat_max_connections off;',
        'chat_max_strikes 0;') . "\n";
}


# LeakSanitizer's options: the file of what is no leak, copied to where workers
# that are somebody else may read it

my $suppressions;

sub leaks {
    my ($file) = @_;

    $suppressions = File::Temp->new(TEMPLATE => 'chat-lsan-XXXXXX',
                                     TMPDIR => 1);
    copy($file, "$suppressions") or die "$file: $!\n";
    chmod 0644, "$suppressions" or die "$suppressions: $!\n";

    return "suppressions=$suppressions:print_suppressions=0";
}


sub new {
    my ($class, %self) = @_;
    return bless \%self, $class;    # pid_file, log, port, workers, patience
}


sub master {
    my ($self) = @_;

    open my $in, '<', $self->{pid_file} or return;
    my $pid = <$in> // return;
    chomp $pid;

    return $pid =~ /^\d+$/ && kill(0, $pid) ? $pid : undef;
}


# a master's children with this in their title; workers that drain say so

sub children {
    my ($self, $master, $title) = @_;
    my @pids;

    for my $pid (_candidates($master)) {
        my ($state, $parent) = _stat($pid);

        next if !$state || $parent != $master || $state eq 'Z';
        push @pids, $pid if _title($pid) =~ $title;
    }

    @pids = sort { $a <=> $b } @pids;

    return @pids;
}


# all processes, where the kernel does not say whose children they are

sub _candidates {
    my ($master) = @_;

    if (open my $in, '<', "/proc/$master/task/$master/children") {
        return split ' ', <$in> // '';
    }

    return map { m{(\d+)} } glob '/proc/[0-9]*/stat';
}


sub workers {
    my ($self) = @_;
    my $master = $self->master // 0;
    return $self->children($master, qr/worker process$/);
}


sub worker_of {
    my ($self, $client) = @_;
    my ($inode, $local, $remote);

    die "$client->{name} is not connected\n" if !$client->{socket};

    $local = sprintf ':%04X', $client->{peer_port};
    $remote = sprintf ':%04X', $client->{local_port};

    open my $in, '<', '/proc/net/tcp' or die "/proc/net/tcp: $!\n";

    while (my $line = <$in>) {
        my @field = split ' ', $line;
        next if $field[1] !~ /$local$/ || $field[2] !~ /$remote$/;
        $inode = $field[9];
    }

    # ours first: there may be many other processes
    for my $process ($inode ? ($self->workers, '[0-9]*') : ()) {
        for my $fd (glob "/proc/$process/fd/*") {
            my $target = readlink($fd) // next;
            next if $target ne "socket:[$inode]";
            return $fd =~ m{^/proc/(\d+)/} ? $1 : undef;
        }
    }

    die "no worker holds the connection of $client->{name}\n";
}


# runs the code while all workers are stopped but the ones it may reach

sub with_workers {
    my ($self, $may_reach, $code) = @_;
    my @stopped = grep { !$may_reach->($_) } $self->workers;
    my ($fault);

    kill STOP => @stopped if @stopped;
    $self->_wait('a worker does not stop', sub {
        return !grep { _state($_) !~ /^[TtZX]?$/ } @stopped;
    });

    my $nudger = @stopped ? $self->_nudge : undef;

    eval { $code->(); 1 } or $fault = $@;

    if ($nudger) {
        kill KILL => $nudger;
        waitpid $nudger, 0;
    }

    kill CONT => @stopped if @stopped;

    die $fault if $fault;

    return;
}


# A listening socket wakes one worker, and that may be one that was stopped
# just then: further connections wake the others.

sub _nudge {
    my ($self) = @_;
    my $pid = fork // die "fork: $!\n";

    return $pid if $pid;

    # soon at first: many a client comes to a worker that is named
    for (1 .. 120) {
        select undef, undef, undef, $_ > 20 ? 0.3 : 0.02;
        IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                              PeerPort => $self->{port});
    }

    POSIX::_exit(0);
}


sub wait_ready {
    my ($self) = @_;
    $self->_wait('the workers did not start', sub {
        return $self->workers >= $self->{workers};
    });
    return;
}


sub reload {
    my ($self) = @_;
    my %old = map { $_ => 1 } $self->workers;
    my $master = $self->master or die "nginx does not run\n";

    kill HUP => $master;
    $self->_wait('no new workers after the reload', sub {
        my @now = $self->workers;
        return @now >= $self->{workers} && !grep { $old{$_} } @now;
    });

    return;
}


# USR2, then WINCH and QUIT to the old master; it may drain for a while

sub upgrade {
    my ($self) = @_;
    my $old = $self->master or die "nginx does not run\n";

    kill USR2 => $old;
    $self->_wait('no new binary after USR2', sub {
        my $new = $self->master;
        return $new && $new != $old && $self->workers >= $self->{workers};
    });

    $self->{old_master} = $old;
    kill WINCH => $old;
    $self->_wait('the old workers did not take WINCH', sub {
        return !$self->children($old, qr/worker process$/);
    });
    kill QUIT => $old;

    return;
}


sub kill_worker {
    my ($self, $pid) = @_;

    kill KILL => $pid;
    $self->_wait('no new worker for the killed one', sub {
        my @now = $self->workers;
        return @now >= $self->{workers} && !grep { $_ == $pid } @now;
    });

    return;
}


sub signal {
    my ($self, $name) = @_;
    my $master = $self->master or die "nginx does not run\n";

    $self->{old_master} = $master if $name =~ /^(?:QUIT|TERM)$/;
    kill $name => $master;

    return;
}


# waits until the master that was told to go has gone, its workers before it

sub gone {
    my ($self, $seconds) = @_;
    my $old = $self->{old_master} or return;

    $self->_wait("nginx did not exit in $seconds s", sub {
        return !runs($old);
    }, $seconds);

    delete $self->{old_master};

    return 1;
}


# quits nginx; nothing: it went in time, otherwise what was left of it

sub stop {
    my ($self) = @_;
    my (@left, $fault);

    for my $old (grep { $_ } $self->{old_master}, $self->master) {
        kill QUIT => $old;
        $self->{old_master} = $old;
        next if eval { $self->gone(8 * $self->{patience}) };

        for my $pid ($self->children($old, qr/./), $old) {
            push @left, "$pid " . _title($pid);
            kill KILL => $pid;
        }
    }

    for my $pid ($self->orphans) {
        push @left, "$pid " . _title($pid);
        kill KILL => $pid;
    }

    $fault = "still there after QUIT: @left" if @left;
    delete $self->{old_master};

    return $fault;
}


# processes that still write to the log though their master has gone

sub orphans {
    my ($self) = @_;
    my %pids;

    die "no log is named\n" if !$self->{log};

    for my $fd (glob '/proc/[0-9]*/fd/2') {
        my $target = readlink($fd) // next;
        my ($pid) = $fd =~ /(\d+)/;
        $pids{$pid} = 1 if $target =~ /^\Q$self->{log}\E/;
    }

    # one without a title has ended but for closing its files; a sanitizer's
    # symbolizer ends when it notices that nobody asks it any more
    return grep { _state($_) ne 'Z' && _title($_) !~ /^$|symbolizer/ }
           sort { $a <=> $b } keys %pids;
}


sub _wait {
    my ($self, $fault, $condition, $seconds) = @_;
    my $deadline = time + ($seconds || 10 * $self->{patience});

    until ($condition->()) {
        die "$fault\n" if time > $deadline;
        sleep 0.01;
    }

    return 1;
}


# a process's state letter and its parent

sub _stat {
    my ($pid) = @_;

    open my $in, '<', "/proc/$pid/stat" or return;
    return (<$in> // '') =~ /^\d+ \(.*\) (\S) (\d+)/s;
}


# a daemon that has exited may stay a zombie for as long as init likes

sub runs {
    my ($pid) = @_;
    return kill(0, $pid) && _state($pid) !~ /^Z?$/;
}


sub _state {
    my ($pid) = @_;
    my ($state) = _stat($pid);
    return $state // '';
}


sub _title {
    my ($pid) = @_;

    open my $in, '<', "/proc/$pid/cmdline" or return '';
    local $/;
    my $title = <$in> // '';
    $title =~ tr/\0/ /;
    $title =~ s/\s+$//;

    return $title;
}


1;
