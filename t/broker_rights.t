# Who may do what: each role, by the site or by the store, with each command in
# each kind of room, for who is banned or muted, by user or address, or may only
# read; in rooms of one's choice, in the room of a location, in raw rooms.
#
# What is expected comes from the table in README, not from the module.
# not run on partial: nothing here is cut into pieces
# not run on late: so many commands, one after another
# not run on asan: the rules are those of t/unit, which has ASan, and what acts
# do is in t/broker_moderation.t and t/broker_raw_rights.t

use strict;
use warnings;

use lib 't/lib';
use ChatTest;

my @roles = qw(none member moderator owner);
my %rank = map { $roles[$_] => $_ } 0 .. $#roles;

# each kind of room: its lock, and whether it is slow

our %kinds = (
    open    => [],
    locked  => ['write'],
    members => ['members'],
    slow    => [undef, 1],
    hushed  => ['write', 1],
    club    => ['members', 1],
);
my @kinds = sort keys %kinds;

our $config = <<'_EOC_' . join '', map { <<"_EOF_" } @kinds;
    chat_user $arg_user;
    chat_user_roles $arg_roles;
    chat_presence on;
    location /ws { chat; }
    location /guest { chat; chat_guests read; }
_EOC_
    location /fixed/$_ { chat; chat_room $_; }
    location /fixed-guest/$_ { chat; chat_room $_; chat_guests read; }
    location /raw/$_ { chat; chat_format raw; chat_room $_; }
    location /raw-guest/$_ {
        chat; chat_format raw; chat_room $_; chat_guests read;
    }
_EOF_

# acts that leave a room of any kind as it is, and the least role for them

my $boss = '"user":"boss"';
my $none = '"user":"nobody"';
my $far = '"ip":"192.0.2.7"';
my @acts = (
    [qq("do":"kick",$none), 'moderator'],
    [qq("do":"kick",$boss), ''],
    [qq("do":"ban",$none,"for":600), 'moderator'],
    [qq("do":"ban",$boss), ''],
    [qq("do":"ban",$far,"for":600), 'moderator'],
    [qq("do":"unban",$none), 'moderator'],
    [qq("do":"unban",$far), 'moderator'],
    [qq("do":"mute",$none), 'moderator'],
    [qq("do":"mute",$boss), ''],
    [qq("do":"mute",$far), 'moderator'],
    [qq("do":"unmute",$none), 'moderator'],
    [qq("do":"unmute",$far), 'moderator'],
    [qq("do":"role",$none,"value":"member"), 'moderator'],
    [qq("do":"role",$none,"value":"moderator"), 'owner'],
    [qq("do":"role",$none,"value":"none"), 'moderator'],
    [qq("do":"role",$boss,"value":"member"), 'owner'],
    [qq("do":"role",$boss,"value":"owner"), 'owner'],
    ['"do":"log"', 'moderator'],
);

# what is done to who is not let in, or not heard

my %done = (
    banned  => ['ban', 'user'],
    muted   => ['mute', 'user'],
    barred  => ['ban', 'ip'],
    quieted => ['mute', 'ip'],
);

# of the site: what owners may, by the site's word alone, and what nobody may

my @site = (
    (map { ["\"do\":\"$_\",$none", 1] } qw(kick ban unban)),
    (map { ["\"do\":\"$_\",$far", 1] } qw(ban unban)), ['"do":"log"', 1],
    (map { ["\"do\":\"$_\",$none", 0] } qw(mute unmute)),
    [qq("do":"role",$none,"value":"owner"), 0], ['"do":"slow","value":1', 0],
    ['"do":"lock"', 0], ['"do":"unlock"', 0],
);


# acts that make a room of the kind, and leave it so

sub made {
    my ($lock, $slow) = @{ $kinds{$_[0]} };

    return ('"do":"unlock"', '"do":"slow","value":0') if !$lock && !$slow;
    return ($lock ? qq("do":"lock","value":"$lock") : (),
            $slow ? '"do":"slow","value":600' : ());
}


# Why who has that role may not; nothing if it may.

sub verdict {
    my ($who, $what, $kind, $state) = @_;
    my ($lock, $slow) = @{ $kinds{$kind} };
    my $rank = $rank{$who->{role}};

    return if $rank >= $rank{moderator};
    return 'banned' if $state =~ /^ba/;
    return 'forbidden'
        if ($lock // '') eq 'members' && $rank < $rank{member};
    return if $what eq 'enter';
    return 'forbidden' if $what eq 'moderate' || $who->{reads};
    return 'muted' if $state =~ /^(?:muted|quieted)$/;
    return 'locked' if ($lock // '') eq 'write';
    return 'slow_mode' if $slow && $what eq 'again';
    return;
}


sub answer {
    my ($code) = @_;

    return '=> {"error":' . error($code) . '}' if $code;
    return '';
}


sub error {
    my ($code) = @_;

    return '{"code":"' . $code . '"'
        . ($code =~ /^(?:banned|muted)$/ ? ',"until":*' : '')
        . ($code eq 'slow_mode' ? ',"retry_after":*' : '') . '}';
}


# What the answer to join tells of it.

sub standing {
    my ($who, $kind, $state) = @_;
    my $write = verdict($who, 'write', $kind, $state);
    my @can = $write ? () : qw(send typing);

    push @can, qw(history who);
    push @can, qw(kick ban mute role slow lock)
        if !verdict($who, 'moderate', $kind, $state);

    return qq("role":"$who->{role}","can":[)
        . join(',', map { qq("$_") } @can) . '],"config":{"slow":'
        . ($kinds{$kind}[1] ? 600 : 0) . ',"lock":"'
        . ($kinds{$kind}[0] // 'open') . '"},"muted":'
        . (($write // '') eq 'muted' ? '*' : '"!"');
}


# What the owner "o" does about somebody beforehand.

sub prepared {
    my ($who, $id, $room, $state) = @_;
    my ($do, $by) = @{ $done{$state} // [] };
    my @lines;

    push @lines, qq(o call {"op":"mod",$room,"do":"$do","user":"$id"})
        if ($by // '') eq 'user';
    push @lines, qq(o call {"op":"mod",$room,"do":"role","user":"$id",)
        . qq("value":"$who->{role}"}) if $who->{stored};

    return @lines;
}


# What one does in a room that one has asked to be in, and not left.

sub commands {
    my ($who, $kind, $state) = @_;
    my $room = qq("room":"$kind");
    my $refused = verdict($who, 'enter', $kind, $state);
    my @lines;

    for (['send', 'write', ',"text":"one"'], ['send', 'again', ',"text":"two"'],
         ['typing', 'write', ''], ['history', 'enter', ''],
         ['who', 'enter', ''])
    {
        my ($op, $what, $fields) = @$_;

        push @lines, qq(x call {"op":"$op",$room$fields} )
            . answer($refused ? 'not_member'
                              : verdict($who, $what, $kind, $state));
    }

    for (@acts, map { [$_, 'moderator'] } made($kind)) {
        my ($act, $least) = @$_;
        my $why = verdict($who, 'moderate', $kind, $state);

        # to who may not see it, it is not there
        $why = 'forbidden' if $why && $act =~ /log/;

        $why ||= 'forbidden'
            if $least eq '' || $rank{$who->{role}} < $rank{$least};
        push @lines, qq(x call {"op":"mod",$room,$act} ) . answer($why);
    }

    return @lines, qq(x call {"op":"leave",$room}),
        qq(x call {"op":"send",$room,"text":"x"} ) . answer('not_member'),
        qq(x call {"op":"leave",$room});
}


# In a location of all rooms.

sub anywhere {
    my ($who, $kind, $state) = @_;
    my $room = qq("room":"$kind");
    my $id = $who->{reads} ? '{w.user.id}' : $who->{name};
    my $joined = answer(verdict($who, 'enter', $kind, $state))
                 || '=> {"ok":{' . standing(@_) . '}}';

    return "x hello from=127.0.0.2 /$who->{path} as w",
        prepared($who, $id, $room, $state),
        qq(x call {"op":"join",$room} $joined), commands(@_), 'x drop';
}


# In a location of one room.

sub fixed {
    my ($who, $kind, $state) = @_;
    my $why = verdict($who, 'enter', $kind, $state);
    my $path = $who->{path} =~ s{^\w+}{$who->{reads} ? "fixed-guest/$kind"
                                                     : "fixed/$kind"}er;

    return prepared($who, $who->{name}, qq("room":"$kind"), $state),
        "x hello from=127.0.0.2 /$path",
        'x find json ' . ($why ? '{"ev":"error","error":' . error($why) . '}'
                               : '{"ev":"joined",' . standing(@_) . '}'),
        qq(x call {"op":"join","room":"else"} ) . answer('forbidden'),
        qq(x call {"op":"mod","room":"else","do":"log"} )
            . answer('forbidden'),
        qq(x call {"op":"mod","room":"~$kind","do":"log"} )
            . answer('forbidden'),
        commands(@_), 'x drop';
}


# In a raw room, in which "l" listens.

sub raw {
    my ($who, $kind, $state) = @_;
    my $why = verdict($who, 'enter', $kind, $state);
    my $path = $who->{path} =~ s{^\w+}{$who->{reads} ? "raw-guest/$kind"
                                                     : "raw/$kind"}er;
    my @lines = (prepared($who, $who->{name}, qq("room":"~$kind"), $state),
                 "x connect from=127.0.0.2 /$path");

    return @lines, 'x expect close ' . ($why eq 'banned' ? 4006 : 4003)
        if $why;

    for my $what (qw(write again)) {
        my $not = verdict($who, $what, $kind, $state);

        push @lines, "x send text $what";
        return @lines, 'x expect close 4003' if ($not // '') eq 'forbidden';

        # not heard is what comes before a later one and does not come
        push @lines, 'x send ping p', 'x expect pong p', "l$kind send text -"
            if $not;
        push @lines, map { "$_ expect text " . ($not ? '-' : $what) }
            ("l$kind", 'x');
    }

    return @lines, 'x drop';
}


sub people {
    my @people;

    for my $role (@roles) {
        push @people, { role => $role, name => "site-$role",
                        path => "ws?user=site-$role&roles=$role" };
        push @people, { role => $role, name => "store-$role", stored => 1,
                        path => "ws?user=store-$role" } if $role ne 'none';
    }

    push @people, { role => 'none', reads => 1, path => 'guest?name=Gus' };
    return @people;
}


sub matrix {
    my ($where, $state) = @_;
    my ($do, $by) = @{ $done{$state} // ['', ''] };
    my @lines = 'o hello /ws?user=olga&roles=owner';

    for my $kind (@kinds) {
        my $room = '"room":"' . ($where eq 'raw' ? '~' : '') . $kind . '"';

        push @lines, map { qq(o call {"op":"mod",$room,$_}) }
            qq("do":"role",$boss,"value":"owner"), made($kind);
        push @lines, qq(o call {"op":"mod",$room,"do":"$do",)
            . '"ip":"127.0.0.2"}' if $by eq 'ip';
        push @lines, "l$kind connect /raw/$kind?user=lena&roles=owner",
            "l$kind send text l", "l$kind expect text l" if $where eq 'raw';

        for my $who (people()) {
            # who has no id before it connects
            next if $where ne 'anywhere' && $who->{reads} && $by eq 'user';

            push @lines, main->can($where)->($who, $kind, $state);
        }
    }

    return join "\n", @lines, '';
}


# The room "*", which one can moderate and nothing else.

sub site {
    my @lines = ('o hello /ws?user=olga&roles=owner');

    for my $who (people()) {
        my $owner = $who->{role} eq 'owner' && !$who->{stored};

        push @lines, "x hello /$who->{path}";
        push @lines, map { qq(x call {"op":"$_","room":"*","text":"x"} )
                           . answer('invalid_name') }
            qw(join leave send history who typing);
        push @lines, map { qq(x call {"op":"mod","room":"*",$_->[0]} )
                           . answer($owner && $_->[1] ? '' : 'forbidden') }
            @site;
        push @lines, 'x drop';
    }

    # an owner is not banned from it
    return join "\n", @lines, 'a hello /ws?user=boss&roles=owner',
        qq(o call {"op":"mod","room":"*","do":"ban",$boss}),
        'a call {"op":"ping"}', '';
}

run_chat();

__DATA__

=== TEST 1: any room
--- config eval: $::config
--- chat eval: main::matrix('anywhere', 'plain')



=== TEST 2: any room, for who is muted
--- config eval: $::config
--- chat eval: main::matrix('anywhere', 'muted')



=== TEST 3: any room, for who is banned
--- config eval: $::config
--- chat eval: main::matrix('anywhere', 'banned')



=== TEST 4: any room, for whose address is muted
--- config eval: $::config
--- chat eval: main::matrix('anywhere', 'quieted')



=== TEST 5: any room, for whose address is banned
--- config eval: $::config
--- chat eval: main::matrix('anywhere', 'barred')



=== TEST 6: the room of a location
--- config eval: $::config
--- chat eval: main::matrix('fixed', 'plain')



=== TEST 7: the room of a location, for who is muted
--- config eval: $::config
--- chat eval: main::matrix('fixed', 'muted')



=== TEST 8: the room of a location, for who is banned
--- config eval: $::config
--- chat eval: main::matrix('fixed', 'banned')



=== TEST 9: the room of a location, for whose address is muted
--- config eval: $::config
--- chat eval: main::matrix('fixed', 'quieted')



=== TEST 10: the room of a location, for whose address is banned
--- config eval: $::config
--- chat eval: main::matrix('fixed', 'barred')



=== TEST 11: a raw room
--- config eval: $::config
--- chat eval: main::matrix('raw', 'plain')



=== TEST 12: a raw room, for who is muted
--- config eval: $::config
--- chat eval: main::matrix('raw', 'muted')



=== TEST 13: a raw room, for who is banned
--- config eval: $::config
--- chat eval: main::matrix('raw', 'banned')



=== TEST 14: a raw room, for whose address is muted
--- config eval: $::config
--- chat eval: main::matrix('raw', 'quieted')



=== TEST 15: a raw room, for whose address is banned
--- config eval: $::config
--- chat eval: main::matrix('raw', 'barred')



=== TEST 16: the site
--- config eval: $::config
--- chat eval: main::site()
