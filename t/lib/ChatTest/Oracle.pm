package ChatTest::Oracle;

# What lib/ngx_chat_rights.c says: to lines of cases, see t/lib/rights_oracle.c,
# and of a room that a test thinks of, whose rights change with what is done.
#
# A person is {given => 2, reads => 1, ip => '127.0.0.2'}, of which all may be
# left out; an act {do => 'ban', on => person, ip => address, value => number}.

use strict;
use warnings;

use Exporter 'import';
use IPC::Open2;

our @EXPORT_OK = qw(every oracle);

our @ROLES = qw(none member moderator owner);
our @ACTS = qw(- kick ban unban mute unmute role slow lock unlock);
our @LOCKS = qw(open write members);
our @RIGHTS = qw(enter write moderate);

use constant {
    NOW  => 1_000_000,
    EVER => '9007199254740992',
};

my $dir = 'ngx_chat_module/lib';
my ($program, $to, $from, @codes, %known);


# lines of cases, lines of answers

sub oracle {
    my (@cases) = @_;
    my ($file, @answers) = "build/rights-cases.$$";

    compile();

    open my $out, '>', $file or die "$file: $!\n";
    print $out map { "$_\n" } @cases;
    close $out;
    @answers = split /\n/, `$program < $file`;
    unlink $file;

    return @answers;
}


# each of the first with each of the second, and so on

sub every {
    my ($first, @others) = @_;
    return [] if !$first;
    my @rest = every(@others);
    return map { my $x = $_; map { [$x, @$_] } @rest } @$first;
}


sub compile {
    return if $program;

    $program = 'build/rights-oracle';

    system('mkdir -p build && flock build/.oracle.lock cc -std=c99 -Wall'
           . " -Werror -I$dir -o $program t/lib/rights_oracle.c"
           . " $dir/ngx_chat_rights.c") == 0
        or die "the oracle does not compile\n";

    return;
}


# one case that was perhaps asked before

sub ask {
    my ($case) = @_;

    if (!$to) {
        compile();
        open2($from, $to, $program);
    }

    $known{$case} //= do {
        print $to "$case\n";
        $to->flush;
        scalar <$from> // die "the oracle has gone\n";
    };

    return split ' ', $known{$case};
}


# the word on the wire; nothing for "ok"

sub code {
    my ($number) = @_;

    if (!@codes) {
        open my $in, '<', "$dir/ngx_chat_proto.h" or die "$!\n";
        @codes = map { /^    NGX_CHAT_CODE_(\w+)/ ? lc $1 : () } <$in>;
    }

    return $codes[$number] eq 'ok' ? '' : $codes[$number];
}


sub new {
    my ($class) = @_;
    return bless { slow => 0, lock => 0, of => {}, log => [] }, $class;
}


# what the store has of somebody, or of an address

sub of {
    my ($self, $who) = @_;
    return $self->{of}{$who} //= { role => 0, banned => 0, muted => 0,
                                   wrote => 0 };
}


# why not, or nothing, and the role; waiting for slow mode is left out

sub verdict {
    my ($self, $who, $right, $waited) = @_;
    my ($number) = grep { $RIGHTS[$_] eq $right } 0 .. $#RIGHTS;
    my $has = $self->of($who);
    my ($code, $role) = ask(join ' ', 0, $number, $who->{given} // 0,
                            $who->{reads} // 0, @$has{qw(role banned muted)},
                            $waited ? 0 : $has->{wrote},
                            @{ $self->of($who->{ip} // '') }{qw(banned muted)},
                            @$self{qw(lock slow)}, NOW);

    return wantarray ? (code($code), $ROLES[$role]) : code($code);
}


# why somebody may not do that, or nothing

sub may {
    my ($self, $who, $act) = @_;
    my ($why, $role) = $self->verdict($who, 'moderate');
    my ($number) = grep { $ACTS[$_] eq $act->{do} } 0 .. $#ACTS;
    my ($rank) = grep { $ROLES[$_] eq $role } 0 .. $#ROLES;
    my $on = $act->{on};

    return $why if $why;

    return code(ask(join ' ', 1, $rank, $number, $act->{value} // 0,
                    $on ? $self->of($on)->{role} : 0,
                    $on && $on == $who ? 1 : 0));
}


# it is done

sub done {
    my ($self, $who, $act) = @_;
    my ($do, $on) = @$act{qw(do on)};

    push @{ $self->{log} }, [$who, $act];

    if ($do eq 'slow') {
        $self->{slow} = $act->{value};

    } elsif ($do =~ /lock/) {
        $self->{lock} = $do eq 'unlock' ? 0 : $act->{value};

    } elsif ($do eq 'role') {
        $self->of($on)->{role} = $act->{value};

    } elsif ($do =~ /^(un)?(ban|mute)$/) {
        $self->of($on // $act->{ip})->{$2 eq 'ban' ? 'banned' : 'muted'} =
            $1 ? 0 : EVER;
    }

    return;
}


# what the answer to "join" and the event "room" tell somebody

sub standing {
    my ($self, $who) = @_;
    my ($why, $role) = $self->verdict($who, 'write', 1);
    my @can = $why ? () : qw(send typing);

    push @can, qw(history who);
    push @can, qw(kick ban mute role slow lock)
        if !$self->verdict($who, 'moderate');

    return qq("role":"$role","can":[) . join(',', map { qq("$_") } @can)
        . qq(],"config":{"slow":$self->{slow},"lock":"$LOCKS[$self->{lock}]"})
        . ',"muted":' . ($why eq 'muted' ? EVER : '"!"');
}


sub refusal {
    my ($why) = @_;

    return qq({"error":{"code":"$why")
        . ($why =~ /^(?:banned|muted)$/ ? ',"until":' . EVER : '')
        . ($why eq 'slow_mode' ? ',"retry_after":*' : '') . '}}';
}


# the command "mod"; names are the persons' {id}

sub command {
    my ($room, $act) = @_;
    my $value = $act->{value};

    $value = $act->{do} eq 'role' ? qq("$ROLES[$value]")
           : $act->{do} eq 'lock' ? qq("$LOCKS[$value]") : $value
        if defined $value;

    return qq({"op":"mod","room":"$room","do":"$act->{do}")
        . ($act->{on} ? qq(,"user":"$act->{on}{id}") : '')
        . (defined $act->{ip} ? qq(,"ip":"$act->{ip}") : '')
        . (defined $value ? qq(,"value":$value) : '') . '}';
}


# all that was done, as the log of acts has it

sub acts {
    my ($self) = @_;

    return join ',', map {
        my ($who, $act) = @$_;
        command('', $act) =~ s/"op":"mod","room":"",//r
            =~ s/"value":0/"value":*/r
            =~ s/\}$/,"by":{"id":"$who->{id}"}}/r;
    } @{ $self->{log} };
}


1;
