# Who may do what on two nginx that share a Redis: each role with each command
# in each kind of room, while whoever makes the room what it is, and who hears
# what is done, is on the other nginx.  What is expected is what
# lib/ngx_chat_rights.c says of the case, see t/lib/ChatTest/Oracle.pm.
# not run on asan: t/broker_rights.t and t/redis-rights.t go the same ways
# not run on partial: nothing here is cut into pieces
# not run on late: so many commands, one after another

use strict;
use warnings;

use lib 't/lib';

BEGIN { $ENV{CHAT_NODES} = 2 }

use ChatTest;
use ChatTest::Oracle;

my $ends = 0;       # of rooms

# by the site, by the store, and guests, who may write or not

my @people = (
    (map { { name => "site-$ChatTest::Oracle::ROLES[$_]", given => $_ } }
         0 .. 3),
    (map { { name => "store-$ChatTest::Oracle::ROLES[$_]", stored => $_ } }
         1 .. 3),
    { name => 'guest', at => 'guest' },
    { name => 'reader', at => 'read', reads => 1 },
);

# a guest's id is known when it is there

for my $n (0 .. $#people) {
    my $who = $people[$n];
    my $role = $ChatTest::Oracle::ROLES[$who->{given} // 0];

    $who->{n} = $n;
    $who->{ip} = '127.0.0.2';
    $who->{id} = $who->{at} ? '{xw.user.id}' : $who->{name};
    $who->{path} = $who->{at} ? "$who->{at}?name=Gus"
                              : "ws?user=$who->{name}&roles=$role";
}

my %owner = map { $_ => { id => $_, given => 3 } } qw(olga paul);
my $boss = { id => 'boss' };
my $nobody = { id => 'nobody' };

our $config = <<'_EOC_' . join '', map {
    chat_user $arg_user;
    chat_user_roles $arg_roles;
    location /ws    { chat; }
    location /guest { chat; chat_guests on; }
    location /read  { chat; chat_guests read; }
    location /raw   { chat; chat_format raw; chat_room pit; }
_EOC_
    my $guests = !$_->{at} ? '' : 'chat_guests '
        . ($_->{reads} ? 'read;' : 'on;');
    "    location /fixed-$_->{n}/ { chat; chat_room fixed-$_->{n}; $guests }\n"
} @people;

# how a room is made what it is

our %kinds = (
    open    => [],
    locked  => [{ do => 'lock', value => 1 }],
    members => [{ do => 'lock', value => 2 }],
    slow    => [{ do => 'slow', value => 600 }],
    missing => [],
    fixed   => [],
);


# all that can be done to somebody, to an address, to the room

sub acts {
    my ($who) = @_;
    my @acts;

    for my $on ($nobody, $boss, $who) {
        push @acts, map { { do => $_, on => $on } }
                        qw(kick ban unban mute unmute);
        push @acts, map { { do => 'role', on => $on, value => $_ } }
                        1, 3, 2, 0;
    }

    return @acts, (map { { do => $_, ip => '192.0.2.7' } }
                       qw(ban unban mute unmute)),
        (map { { do => 'slow', value => $_ } } 5, 0),
        (map { { do => 'lock', value => $_ } } 1, 2), { do => 'unlock' };
}


# the lines for a command, which "why" says is refused, or not

sub call {
    my ($who, $command, $why, $ok) = @_;
    return "$who call $command => "
        . ($why ? ChatTest::Oracle::refusal($why) : '{"ok":' . ($ok // '*')
                                                    . '}');
}


# "o" is an owner on the other nginx than "x", "p" one on x's

sub act {
    my ($room, $by, $who, $act) = @_;
    my $why = $room->may($who, $act);

    $room->done($who, $act) if !$why;

    return call($by, ChatTest::Oracle::command($room->{name}, $act), $why);
}


# the person is what it is, and is told so in the room

sub become {
    my ($room, $who, $state) = @_;
    my $name = $room->{name};
    my ($acts, @lines);

    if (defined $who->{stored}) {
        push @lines, act($room, 'o', $owner{olga},
            { do => 'role', on => $who, value => $who->{stored} });
        push @lines, heard($room, 'x', $who, 'role') if $room->{in};
    }

    return @lines if $state eq 'plain';

    push @lines, join_room($room, $who) if !$room->{in};
    $acts = @{ $room->{log} };
    push @lines, act($room, 'o', $owner{olga},
        { do => $state =~ /^(mute|ban)/,
          $state =~ /there/ ? (ip => $who->{ip}) : (on => $who) });

    push @lines, heard($room, 'x', $who, 'ban')
        if $room->{in} && @{ $room->{log} } > $acts
           && ($state =~ /^mute/ || $room->verdict($who, 'enter'));

    return @lines;
}


# within a second somebody on the other nginx knows how it stands, or must go

sub heard {
    my ($room, $name, $who, $do) = @_;
    my $start = qq(within 1 $name until json {"ev":);
    my $why = $do eq 'kick' ? 'kicked' : $room->verdict($who, 'enter');

    if ($why) {
        $room->{in} = 0;
        $why = 'closed' if $why eq 'forbidden';
        return qq($start"left","room":"$room->{name}","reason":"$why"});
    }

    return qq($start"room","room":"$room->{name}",)
        . $room->standing($who) . '}';
}


sub join_room {
    my ($room, $who, $name) = @_;
    my $why = $room->verdict($who, 'enter');

    $room->{in} = !$why && $room->{kind} ne 'missing';

    return if $room->{kind} eq 'missing';
    return call($name // 'x', qq({"op":"join","room":"$room->{name}",)
                . '"presence":false}', $why,
                '{' . $room->standing($who) . '}');
}


# what one says and asks; "l" hears that, and nothing else

sub talk {
    my ($room, $who) = @_;
    my $name = $room->{name};
    my ($why, @lines);

    for my $op (qw(typing send send history who)) {
        my $right = $op =~ /history|who/ ? 'enter' : 'write';
        my $text = $op eq 'send' ? ',"text":"' . ++$room->{texts} . '"' : '';

        $why = !$room->{in} ? 'not_member'
             : $room->verdict($who, $right, $op eq 'typing');
        push @lines, call('x', qq({"op":"$op","room":"$name"$text}), $why);

        next if $why || $right ne 'write';

        $room->of($who)->{wrote} = ChatTest::Oracle::NOW
            if $text && $room->{slow};
        push @{ $room->{said} }, $room->{texts} if $text;
        push @lines, 'within 1 l expect json {"ev":"'
            . ($text ? 'message' : 'typing') . qq(","room":"$name"$text});
    }

    return @lines;
}


# a person in a room of its own

sub person {
    my ($who, $kind, $state, $node) = @_;
    my $room = ChatTest::Oracle->new;
    my $name = "$kind-$who->{n}";
    my @lines;

    @$room{qw(name kind in texts said)} = ($name, $kind, 0, 0, []);
    my $path = $kind eq 'fixed' ? $who->{path} =~ s/^\w+/$name\//r
                                : $who->{path};

    push @lines, (map { act($room, 'o', $owner{olga}, $_) } @{ $kinds{$kind} },
                  { do => 'role', on => $boss, value => 3 }),
        $kind eq 'missing' ? () : call('l', qq({"op":"join","room":"$name",)
                                            . '"presence":false}'),
        "x hello node=$node from=$who->{ip} /$path",
        join_room($room, $who), become($room, $who, $state);

    push @lines, join_room($room, $who) if !$room->{in};
    push @lines, talk($room, $who);
    push @lines, call('x', qq({"op":"leave","room":"$name"}));
    $room->{in} = 0;
    push @lines, talk($room, $who), join_room($room, $who);
    push @lines, elsewhere($who) if $kind eq 'fixed' && $state eq 'plain';

    push @lines, in_the_end($room) if $kind ne 'missing';
    push @lines, map { act($room, 'x', $who, $_) } acts($who);
    push @lines, call('x', qq({"op":"mod","room":"$name","do":"log"}),
                      $room->verdict($who, 'moderate') ? 'forbidden' : '');

    # both tell the same of what was done
    my $acts = $room->acts;
    push @lines, map { call($_, qq({"op":"mod","room":"$name","do":"log",)
                            . '"limit":100}', '', qq({"acts":[$acts]})) }
                     qw(o p);

    return @lines, 'x drop';
}


# another room than a location's own is not there

sub elsewhere {
    my ($who) = @_;

    return (map { call('x', qq({"op":"$_","room":"elsewhere"}),
                       $_ eq 'join' ? 'forbidden' : 'not_member') }
                qw(join typing history who)),
        call('x', '{"op":"send","room":"elsewhere","text":"x"}', 'not_member'),
        call('x', '{"op":"leave","room":"elsewhere"}'),
        map { call('x', ChatTest::Oracle::command('elsewhere', $_),
                   'forbidden') } acts($who);
}


# no more was heard, and no more was kept

sub in_the_end {
    my ($room) = @_;
    my $name = $room->{name};
    my @said = (@{ $room->{said} }, 'end');
    my $id = 7_000_000 + ++$ends;

    return call('l', qq({"op":"send","room":"$name","text":"end"})),
        qq(l expect json {"ev":"message","room":"$name","text":"end"}),
        call('l', qq({"op":"history","room":"$name"}), '', '{"messages":['
             . join(',', map { qq({"text":"$_"}) } @said) . ']}'),
        qq(l send json {"op":"leave","room":"$name","id":$id}),
        qq(l until json {"id":$id,"ok":*});
}


# ---- what is done to "v" on the other nginx

my $vera = { id => 'vera', ip => '127.0.0.9' };

our @done = (
    (map { { do => $_, on => $vera } } qw(kick ban unban mute unmute)),
    (map { { do => $_, ip => $vera->{ip} } } qw(ban unban mute unmute)),
    (map { { do => 'role', on => $vera, value => $_ } } 1, 0),
    (map { { do => 'slow', value => $_ } } 600, 0),
    { do => 'lock', value => 1 }, { do => 'unlock' },
    { do => 'mute', on => $vera }, { do => 'lock', value => 2 },
    { do => 'role', on => $vera, value => 1 },
    { do => 'role', on => $vera, value => 0 }, { do => 'unlock' },
    { do => 'role', on => $vera, value => 2 }, { do => 'lock', value => 1 },
    (map { { do => $_, on => $vera } } qw(mute kick ban)),
    { do => 'role', on => $vera, value => 0 },
);


sub suffer {
    my ($room, $act, $before) = @_;
    my $do = $act->{do};

    return if $do eq 'unban' || !$room->{in};
    return if $do eq 'mute' && $room->standing($vera) eq $before;
    return if $do eq 'ban' && !$room->verdict($vera, 'enter');
    return heard($room, 'v', $vera, $do);
}


# what it may do from now on

sub feel {
    my ($room) = @_;
    my @lines;

    for my $n ($room->{in} ? () : 'join', qw(typing send send)) {
        my $text = $n eq 'send' ? ',"text":"' . ++$room->{texts} . '"' : '';

        if ($n eq 'join') {
            push @lines, join_room($room, $vera, 'v');
            return @lines if !$room->{in};
            next;
        }

        my $why = $room->verdict($vera, 'write', $n eq 'typing');
        push @lines, call('v', qq({"op":"$n","room":"$room->{name}"$text}),
                          $why);
        $room->of($vera)->{wrote} = ChatTest::Oracle::NOW
            if $text && !$why && $room->{slow};
    }

    return @lines;
}


sub walk {
    my ($who, $state) = @_;
    my $room = ChatTest::Oracle->new;
    my $node = $who->{n} % 2 + 1;
    my $name = "$state-$who->{n}";
    my @lines = "x hello node=$node from=$who->{ip} /$who->{path}";

    @$room{qw(name kind in texts)} = ($name, 'missing', 0, 0);
    push @lines, become($room, $who, $state),
        "v hello node=" . (3 - $node) . " from=$vera->{ip} /ws?user=vera";
    $room->{kind} = 'walk';
    push @lines, feel($room);

    for my $act (@done) {
        my $acts = @{ $room->{log} };
        my $before = $room->standing($vera);

        push @lines, act($room, 'x', $who, $act);
        push @lines, suffer($room, $act, $before), feel($room)
            if @{ $room->{log} } > $acts;
    }

    return @lines, feel($room);
}


sub walks {
    my ($state) = @_;
    return join "\n", 'o hello node=1 /ws?user=olga&roles=owner',
        map { walk($_, $state) } @people;
}


sub matrix {
    my ($state, $node) = @_;
    my $other = 3 - $node;

    return join "\n", "o hello node=$other /ws?user=olga&roles=owner",
        "p hello node=$node /ws?user=paul&roles=owner",
        "l hello node=$other /ws?user=liz&roles=moderator",
        map { my $who = $_; map { person($who, $_, $state, $node) }
                                sort keys %kinds } @people;
}

# ---- the room "*": owners by the site, and of all acts three and the log

sub site {
    my $n = 0;
    my @lines = 'o hello node=2 /ws?user=olga&roles=owner';
    my @done;

    for my $who (@people) {
        my $may = ($who->{given} // 0) == 3;
        my $node = $n++ % 2 + 1;

        push @lines, "x hello node=$node from=$who->{ip} /$who->{path}";

        for my $act (grep { !$_->{on} || $_->{on} != $who } acts($who)) {
            my $done = $may && $act->{do} =~ /^(?:kick|ban|unban)$/;

            push @done, $act if $done;
            push @lines, call('x', ChatTest::Oracle::command('*', $act),
                              $done ? '' : 'forbidden');
        }

        push @lines, call('x', '{"op":"mod","room":"*","do":"log"}',
                          $may ? '' : 'forbidden'),
            call('x', '{"op":"join","room":"*"}', 'invalid_name');
    }

    push @lines, call('o', '{"op":"mod","room":"*","do":"log"}', '',
        '{"acts":[' . join(',', map { qq({"do":"$_->{do}"}) } @done) . ']}');

    return join "\n", @lines;
}

run_chat();

__DATA__

=== TEST 1: each role, each command, each kind of room
--- config eval: $::config
--- chat eval: main::matrix('plain', 1)



=== TEST 2: the same for who is muted
--- config eval: $::config
--- chat eval: main::matrix('muted', 2)



=== TEST 3: the same for who is banned
--- config eval: $::config
--- chat eval: main::matrix('banned', 1)



=== TEST 4: the same for whose address is banned
--- config eval: $::config
--- chat eval: main::matrix('banned-there', 2)



=== TEST 5: the same for whose address is muted
--- config eval: $::config
--- chat eval: main::matrix('muted-there', 1)



=== TEST 6: who hears what is done, and is bound, on the other nginx
--- config eval: $::config
--- chat eval: main::walks('plain')



=== TEST 7: what the muted may do, who are perhaps moderators
--- config eval: $::config
--- chat eval: main::walks('muted')



=== TEST 8: what the banned may do, who are perhaps moderators
--- config eval: $::config
--- chat eval: main::walks('banned')



=== TEST 9: the whole site: who may act, and what is none there
--- config eval: $::config
--- chat eval: main::site()



=== TEST 10: the whole site: logged out, banned, by a "mod" on either nginx
--- config eval: $::config
--- chat
o hello node=1 /ws?user=olga&roles=owner
p hello node=2 /ws?user=paul&roles=owner
a hello node=1 /ws?user=ann
b hello node=1 /ws?user=bob
c hello node=2 /ws?user=bob
r connect node=1 /raw?user=bob
s connect node=2 /raw?user=bob
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"}
c call {"op":"join","room":"r"} => {"ok":{"count":2}} as j
a call {"op":"send","room":"r","text":"one"} => {"ok":{"seq":1}}
o call {"op":"mod","room":"*","do":"kick","user":"bob","reason":"enough"}
within 1 b until close 4005
within 1 c until close 4005
within 1 r until close 4005
within 1 s until close 4005
within 1 a until json {"ev":"presence","leave":["bob"],"count":1}
# who is logged out may log in again
b hello node=1 /ws?user=bob
c hello node=2 /ws?user=bob
r connect node=1 /raw?user=bob
s connect node=2 /raw?user=bob
b call {"op":"join","room":"r"}
c call {"op":"join","room":"r","after":1,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true}}
p call {"op":"mod","room":"*","do":"ban","user":"bob","for":600} => {"ok":{"until":*}} as t
within 1 b until close 4006 ~ ^until {t.ok.until}$
within 1 c until close 4006 ~ ^until {t.ok.until}$
within 1 r until close 4006 ~ ^until {t.ok.until}$
within 1 s until close 4006 ~ ^until {t.ok.until}$
within 1 a until json {"ev":"presence","leave":["bob"],"count":1}
# a resume does not bring back, wherever it is tried
b connect node=1 /ws?user=bob&room=r&after=1&epoch={j.ok.epoch}
b expect close 4006 ~ ^until {t.ok.until}$
c connect node=2 /ws?user=bob&room=r&after=1&epoch={j.ok.epoch}
c expect close 4006
r connect node=1 /raw?user=bob
r expect close 4006
s connect node=2 /raw?user=bob
s expect close 4006
a call {"op":"who","room":"r"} => {"ok":{"count":1,"users":[{"id":"ann"}]}}
# addresses; moderators are spared
d hello node=1 from=127.0.0.3 /ws?user=dora
e hello node=2 from=127.0.0.3 /ws?user=emil
m hello node=1 from=127.0.0.3 /ws?user=moni&roles=moderator
o call {"op":"mod","room":"*","do":"ban","ip":"127.0.0.3"}
within 1 d until close 4006
within 1 e until close 4006
d connect node=2 from=127.0.0.3 /ws?user=dora
d expect close 4006
m call {"op":"ping"}
# let in again by the other one
o call {"op":"mod","room":"*","do":"unban","user":"bob"}
p call {"op":"mod","room":"*","do":"unban","ip":"127.0.0.3"}
c hello node=2 /ws?user=bob
c call {"op":"join","room":"r","after":1,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true}}
d hello node=1 from=127.0.0.3 /ws?user=dora
d call {"op":"join","room":"r"}
set acts = {"do":"kick","user":"bob","by":{"id":"olga"}},{"do":"ban","user":"bob","until":{t.ok.until},"by":{"id":"paul"}},{"do":"ban","ip":"127.0.0.3"},{"do":"unban","user":"bob"},{"do":"unban","ip":"127.0.0.3","by":{"id":"paul"}}
o call {"op":"mod","room":"*","do":"log"} => {"ok":{"acts":[{acts}]}}
p call {"op":"mod","room":"*","do":"log"} => {"ok":{"acts":[{acts}]}}



=== TEST 11: J22 J23 tokens that end, and new ones, beside who is elsewhere
--- config
    chat_token_key $TEST_NGINX_TOKENS/secret;
    location /ws { chat; }
--- chat
token s HS256 {"sub":"ann","exp":+4}
token l HS256 {"sub":"ann","exp":+600}
token w HS256 {"sub":"ann","roles":"owner","exp":+600}
token b HS256 {"sub":"bob","exp":+600}
token o HS256 {"sub":"olga","roles":"owner","exp":+600}
a hello node=1 /ws?room=r | Authorization: Bearer {s}
c hello node=2 /ws?room=r | Sec-WebSocket-Protocol: chat.v1, chat.auth.{s64}
b connect node=2 /ws
b call {"op":"auth","token":"{b}"} => {"ok":{"user":{"id":"bob"}}}
b call {"op":"join","room":"r"} as j
a call {"op":"auth","token":"{l}"}
c find json {"ev":"joined"}
b call {"op":"send","room":"r","text":"one"} => {"ok":{"seq":1}}
a until json {"ev":"message","text":"one"}
c until json {"ev":"message","text":"one"}
c until close 4203 ~ ^token expired$
c refuse 401 /ws?room=r | Authorization: Bearer {s} ~ token_expired
b call {"op":"send","room":"r","text":"two"} => {"ok":{"seq":2}}
a until json {"ev":"message","text":"two","prev":1}
a call {"op":"send","room":"r","text":"three"} => {"ok":{"seq":3}}
b until json {"ev":"message","text":"three","from":{"id":"ann"}}
# with a new one it goes on at the other
c hello node=1 /ws?room=r&after=1&epoch={j.ok.epoch} | Authorization: Bearer {l}
c until json {"ev":"joined","recovered":true,"messages":[{"text":"two"},{"text":"three"}]}
# a new one's roles hold at once, for who is elsewhere too
a call {"op":"mod","room":"r","do":"kick","user":"bob"} => {"error":{"code":"forbidden"}}
a call {"op":"auth","token":"{w}"} => {"ok":{"user":{"roles":["owner"]}}}
a call {"op":"mod","room":"r","do":"mute","user":"bob"}
within 1 b until json {"ev":"room","muted":9007199254740992}
b call {"op":"send","room":"r","text":"x"} => {"error":{"code":"muted"}}
a call {"op":"auth","token":"{l}"}
a call {"op":"mod","room":"r","do":"unmute","user":"bob"} => {"error":{"code":"forbidden"}}
# who is banned from the site may not begin to be it, nor is it renewed
o hello node=2 /ws | Authorization: Bearer {o}
o call {"op":"mod","room":"*","do":"ban","user":"ann"}
within 1 a until close 4006
within 1 c until close 4006
a connect node=1 /ws
a send json {"op":"auth","token":"{l}"}
a until close 4006
