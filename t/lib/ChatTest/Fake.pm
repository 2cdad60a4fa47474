package ChatTest::Fake;

# The Redis that misbehaves on demand, t/lib/fake_redis.pl, as a process of
# this test.

use strict;
use warnings;

use IO::Select;
use IPC::Open2 qw(open2);


sub new {
    my ($class, $port, $real_port) = @_;
    my $pid = open2(my $out, my $in, $^X, 't/lib/fake_redis.pl', $port,
                    $real_port);

    return bless { in => $in, out => $out, pid => $pid, owner => $$ }, $class;
}


# returns when it is followed

sub order {
    my ($self, $order, $timeout) = @_;

    syswrite $self->{in}, "$order\n";

    IO::Select->new($self->{out})->can_read($timeout)
        && sysread $self->{out}, my $done, 1
        or die "the fake Redis does not follow: $order\n";

    return;
}


# it exits when its standard input ends

sub DESTROY {
    my ($self) = @_;
    local $?;

    return if $self->{owner} != $$;

    close $self->{in};
    waitpid $self->{pid}, 0;

    return;
}


1;
