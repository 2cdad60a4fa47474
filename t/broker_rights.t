# Who may do what: each role, by the site or by the store, with each command in
# each kind of room, for who is banned, muted or may only read.
#
# What is expected comes from the table in README, not from the module.

use strict;
use warnings;

use lib 't/lib';
use ChatTest;

our $config = <<'_EOC_';
    chat_user $arg_user;
    chat_user_roles $arg_roles;
    chat_presence on;
    location /ws { chat; }
    location /guest { chat; chat_guests read; }
_EOC_

my @roles = qw(none member moderator owner);
my %rank = map { $roles[$_] => $_ } 0 .. $#roles;

# how a room is made what it is

our %kinds = (
    open    => [],
    locked  => ['"do":"lock"'],
    members => ['"do":"lock","value":"members"'],
    slow    => ['"do":"slow","value":600'],
);

# acts that leave a room of that kind as it is, and the least role for them

my $boss = '"user":"boss"';
my $none = '"user":"nobody"';
my @acts = (
    [qq("do":"kick",$none), 'moderator'],
    [qq("do":"kick",$boss), ''],
    [qq("do":"ban",$none,"for":600), 'moderator'],
    [qq("do":"ban",$boss), ''],
    ['"do":"ban","ip":"192.0.2.7","for":600', 'moderator'],
    [qq("do":"unban",$none), 'moderator'],
    ['"do":"unban","ip":"192.0.2.7"', 'moderator'],
    [qq("do":"mute",$none), 'moderator'],
    [qq("do":"mute",$boss), ''],
    [qq("do":"unmute",$none), 'moderator'],
    [qq("do":"role",$none,"value":"member"), 'moderator'],
    [qq("do":"role",$none,"value":"moderator"), 'owner'],
    [qq("do":"role",$none,"value":"none"), 'moderator'],
    [qq("do":"role",$boss,"value":"member"), 'owner'],
    [qq("do":"role",$boss,"value":"owner"), 'owner'],
    ['"do":"log"', 'moderator'],
);

# whoever moderates an open room may unlock it

my %own = (
    open    => [['"do":"unlock"', 'moderator'], ['"do":"slow","value":0',
                 'moderator']],
    locked  => [['"do":"lock","value":"write"', 'moderator']],
    members => [['"do":"lock","value":"members"', 'moderator']],
    slow    => [['"do":"slow","value":600', 'moderator']],
);


# Why who has that role may not; nothing if it may.

sub verdict {
    my ($who, $what, $kind, $state) = @_;
    my $rank = $rank{$who->{role}};

    return if $rank >= $rank{moderator};
    return 'banned' if $state eq 'banned';
    return 'forbidden' if $kind eq 'members' && $rank < $rank{member};
    return if $what eq 'enter';
    return 'forbidden' if $what eq 'moderate' || $who->{reads};
    return 'muted' if $state eq 'muted';
    return 'locked' if $kind eq 'locked';
    return 'slow_mode' if $kind eq 'slow' && $what eq 'again';
    return;
}


sub answer {
    my ($code) = @_;

    return '=> {"error":{"code":"' . $code . '"'
        . ($code =~ /^(?:banned|muted)$/ ? ',"until":*' : '')
        . ($code eq 'slow_mode' ? ',"retry_after":*' : '') . '}}' if $code;
    return '';
}


# What one does in the room, whom the owner "o" has made what it is.

sub person {
    my ($who, $kind, $state) = @_;
    my $room = qq("room":"$kind");
    my @lines = "x hello $who->{path} as w";
    my $id = $who->{reads} ? '{w.user.id}' : $who->{name};

    push @lines, qq(o call {"op":"mod",$room,"do":"ban","user":"$id"})
        if $state eq 'banned';
    push @lines, qq(o call {"op":"mod",$room,"do":"mute","user":"$id"})
        if $state eq 'muted';
    push @lines, qq(o call {"op":"mod",$room,"do":"role","user":"$id",)
        . qq("value":"$who->{role}"}) if $who->{stored};

    my $refused = verdict($who, 'enter', $kind, $state);
    my $joined = answer($refused) || '=> {"ok":' . standing(@_) . '}';

    push @lines, qq(x call {"op":"join",$room} $joined);

    for (['send', 'write', ',"text":"one"'], ['send', 'again', ',"text":"two"'],
         ['typing', 'write', ''], ['history', 'enter', ''],
         ['who', 'enter', ''])
    {
        my ($op, $what, $fields) = @$_;

        push @lines, qq(x call {"op":"$op",$room$fields} )
            . answer($refused ? 'not_member'
                              : verdict($who, $what, $kind, $state));
    }

    for (@acts, @{$own{$kind}}) {
        my ($act, $least) = @$_;
        my $why = verdict($who, 'moderate', $kind, $state);

        # to who may not see it, it is not there
        $why = 'forbidden' if $why && $act =~ /log/;

        $why ||= 'forbidden'
            if $least eq '' || $rank{$who->{role}} < $rank{$least};
        push @lines, qq(x call {"op":"mod",$room,$act} ) . answer($why);
    }

    return @lines, 'x drop';
}


# What the answer to join tells of it.

sub standing {
    my ($who, $kind, $state) = @_;
    my $write = verdict($who, 'write', $kind, $state);
    my @can = $write ? () : qw(send typing);
    my $lock = $kind eq 'locked' ? 'write'
             : $kind eq 'members' ? 'members' : 'open';

    push @can, qw(history who);
    push @can, qw(kick ban mute role slow lock)
        if !verdict($who, 'moderate', $kind, $state);

    return qq({"role":"$who->{role}","can":[)
        . join(',', map { qq("$_") } @can) . '],"config":{"slow":'
        . ($kind eq 'slow' ? 600 : 0) . qq(,"lock":"$lock"},"muted":)
        . (($write // '') eq 'muted' ? '*' : '"!"') . '}';
}


sub matrix {
    my ($kind, $state) = @_;
    my @people;

    for my $role (@roles) {
        push @people, { role => $role, name => "site-$role",
                        path => "/ws?user=site-$role&roles=$role" };
        push @people, { role => $role, name => "store-$role", stored => 1,
                        path => "/ws?user=store-$role" } if $role ne 'none';
    }

    push @people, { role => 'none', reads => 1, path => '/guest?name=Gus' };

    return join "\n", 'o hello /ws?user=olga&roles=owner',
        qq(o call {"op":"mod","room":"$kind","do":"role",$boss,)
        . '"value":"owner"}',
        (map { qq(o call {"op":"mod","room":"$kind",$_}) } @{$kinds{$kind}}),
        (map { person($_, $kind, $state) } @people), '';
}

run_chat();

__DATA__

=== TEST 1: an open room
--- config eval: $::config
--- chat eval: main::matrix('open', 'plain')



=== TEST 2: an open room, for who is muted
--- config eval: $::config
--- chat eval: main::matrix('open', 'muted')



=== TEST 3: an open room, for who is banned
--- config eval: $::config
--- chat eval: main::matrix('open', 'banned')



=== TEST 4: a room that is locked for writing
--- config eval: $::config
--- chat eval: main::matrix('locked', 'plain')



=== TEST 5: a room that is locked for writing, for who is muted
--- config eval: $::config
--- chat eval: main::matrix('locked', 'muted')



=== TEST 6: a room that is locked for writing, for who is banned
--- config eval: $::config
--- chat eval: main::matrix('locked', 'banned')



=== TEST 7: a room for members
--- config eval: $::config
--- chat eval: main::matrix('members', 'plain')



=== TEST 8: a room for members, for who is muted
--- config eval: $::config
--- chat eval: main::matrix('members', 'muted')



=== TEST 9: a room for members, for who is banned
--- config eval: $::config
--- chat eval: main::matrix('members', 'banned')



=== TEST 10: slow mode
--- config eval: $::config
--- chat eval: main::matrix('slow', 'plain')



=== TEST 11: slow mode, for who is muted
--- config eval: $::config
--- chat eval: main::matrix('slow', 'muted')



=== TEST 12: slow mode, for who is banned
--- config eval: $::config
--- chat eval: main::matrix('slow', 'banned')
