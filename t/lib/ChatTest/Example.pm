package ChatTest::Example;

# An example, started by its one command, on ports and in a directory of its
# own; gone when the test ends.

use strict;
use warnings;

use Cwd ();
use File::Basename qw(dirname);
use File::Temp ();
use POSIX qw(WNOHANG);
use Time::HiRes qw(sleep time);

my $root = Cwd::realpath(dirname(__FILE__) . '/../../..');


sub new {
    my ($class, $name) = @_;
    my $dir = File::Temp->newdir('chat-ex-XXXXXX', TMPDIR => 1);
    my @ports = map { ChatTest::free_port() } 1 .. 4;
    my $pid = fork // die "fork: $!\n";

    if ($pid == 0) {
        $ENV{TMPDIR} = "$dir";
        $ENV{PORTS} = "@ports";
        open STDOUT, '>', "$dir/out";
        open STDERR, '>&', \*STDOUT;
        exec "$root/examples/start", $name or POSIX::_exit(127);
    }

    return bless { name => $name, dir => $dir, ports => \@ports, pid => $pid,
                   owner => $$ }, $class;
}


# until it says that it is

sub ready {
    my ($self) = @_;
    my $deadline = time + 120;

    while ($self->slurp("$self->{dir}/out") !~ /^ready/m) {
        die "$self->{name}: " . $self->slurp("$self->{dir}/out") . "\n"
            if time > $deadline || waitpid $self->{pid}, WNOHANG;
        sleep 0.05;
    }

    ($self->{run}) = glob "$self->{dir}/ngx_chat.*";

    return $self;
}


sub port { my ($self, $n) = @_; return $self->{ports}[$n - 1] }


# a file of the directory in which it runs

sub file {
    my ($self, $name) = @_;
    return $self->slurp("$self->{run}/$name");
}


sub slurp {
    my ($self, $name) = @_;
    open my $in, '<', $name or return '';
    local $/;
    return scalar <$in> // '';
}


sub DESTROY {
    my ($self) = @_;

    return if $$ != $self->{owner};

    local $?;
    kill TERM => $self->{pid};
    waitpid $self->{pid}, 0;

    return;
}


1;
