# Rights in Redis: the scripts decide as lib/ngx_chat_rights.c does, in all
# cases that there are, and what they leave behind.

use strict;
use warnings;

use lib 't/lib';

use ChatTest::Lua;
use ChatTest::Oracle qw(every oracle);
use ChatTest::Redis;
use Test::More;
use Time::HiRes qw(time);

use constant {
    HOUR    => 3600_000,
    EVER    => '9007199254740992',
    WEEK    => 7 * 24 * 3600_000,
    MAX     => 10_000,
    OWNER   => '0123456789abcdef 1234567',
};

my @acts = qw(- kick ban unban mute unmute role slow lock unlock);
my ($m, $r, $a, $l, $d, $t) = map { "P:{R}:$_" } qw(m r a l d:u:c t:u);

my $redis = ChatTest::Redis->new(0);
$redis->start;
my $lua = ChatTest::Lua->new($redis, qw(publish history rights moderate acts));
my @codes = codes();

judged('rights', 0);
judged('publish', 1);
judged('acts', 2);
moderated();
remembered();
forgotten();
full();
refused();
written();
lost();
$redis->stop;
done_testing();


# what the scripts' refusals stand for, as numbers of ngx_chat_code_e

sub codes {
    my ($number, %number) = (0);
    open my $in, '<', 'ngx_chat_module/lib/ngx_chat_proto.h' or die "$!\n";

    while (<$in>) {
        $number{$1} = $number++ if /^    (NGX_CHAT_CODE_\w+)/;
    }

    my ($table) = ChatTest::Lua::sources()
                  =~ /ngx_http_chat_rights_codes.*?\{(.*?)\}/s;

    return map { $number{$_} // die "what is $_\n" } $table =~ /\w+/g;
}


# ---- who may enter, write, moderate

sub judged {
    my ($name, $right) = @_;
    my $now = int(time * 1000);
    my @ends = (0, $now - HOUR, $now + HOUR);
    my (@cases, @seen, @fault, @before, @after);

    # given reads role banned muted wrote address quiet lock slow
    for my $case (every([0 .. 3], [0, 1], [0 .. 3], [@ends, EVER],
                        $right < 2 ? \@ends : [0],
                        $right == 1 ? [0, $now - 2000, $now + HOUR] : [0],
                        [@ends, $now + 2 * HOUR],
                        $right == 1 ? [0, $now + 2 * HOUR] : [0], [0 .. 2],
                        $right == 1 ? [0, 1, 3600] : [0]))
    {
        my ($given, $reads, $role, $banned, $muted, $wrote, $address, $quiet,
            $lock, $slow) = @$case;

        push @cases, "0 $right @$case ";
        $lua->put('HSET', $r, 'c', "7 $slow $lock 0 0",
                  'u:u', "$role $banned $muted",
                  'i:i', "0 $address $quiet");
        $lua->put('SET', $t, $wrote) if $right == 1;
        request($name, $given, $reads);
    }

    @before = oracle(map { $_ . $now } @cases);
    @seen = grep { ref || !/^(?:OK|\d+)$/ } $lua->answers;
    @after = oracle(map { $_ . int(time * 1000) } @cases);

    for my $i (0 .. $#cases) {
        my ($code, $role, $until, $wait) = split / /, $before[$i];
        my $least = (split / /, $after[$i])[3];
        my $seen = $seen[$i];
        $seen = [0, 0] if !ref $seen;
        my ($why, $n) = @$seen;

        push @fault, "$cases[$i]: " . join ' ', @$seen
            if $codes[$why] != $code
               || ($wait ? $n > $wait || $n < $least : $n != $until)
               || $name eq 'rights' && $seen->[6] != $role;
    }

    is(scalar @seen, scalar @cases, "$name is asked " . @cases . ' times');
    is("@fault[0 .. ($#fault < 4 ? $#fault : 4)]", '', "$name by the rules");

    return;
}


sub request {
    my ($name, $given, $reads) = @_;
    my $who = $given + ($reads && $given < 2 ? 4 : 0);

    if ($name eq 'rights') {
        $lua->call($name, [$r], 'u', 'i', $who);
    } elsif ($name eq 'acts') {
        $lua->call($name, [$r, $a], 'u', 'i', $who, 10);
    } else {
        $lua->call($name, [$m, $l], OWNER, 'text', how($who), 'ch', '');
    }

    return;
}


sub how {
    my ($who, $print) = @_;
    return "M $who" . ($print // '') . ' 10 60000 604800000 epochofabcde i u';
}


# ---- who may do what to whom

sub moderated {
    my (@cases, @seen, @fault, @may, $self);

    # given role act argument target self
    for my $case (every([0 .. 3], [0 .. 3], [1 .. $#acts], [0 .. 3], [0 .. 3],
                        [0, 1]))
    {
        my ($given, $role, $act, $argument, $target, $self) = @$case;

        next if $self && $target != $role;
        next if $acts[$act] ne 'role' && $argument != 1;

        push @cases, $case;
        push @may, join ' ', 1, ($given > $role ? $given : $role), $act,
                        $argument, $target, $self;

        $lua->put('DEL', $r);
        $lua->put('HSET', $r, 'c', '7 0 0 0 0', 'u:u', "$role 0 0",
                  'u:v', "$target 0 0");
        $lua->call('moderate', [$m, $r, $a], 'u', 'i', $given, "\1",
                   $acts[$act], $self ? 'u' : 'v', '', HOUR, $argument, 'ch');
    }

    @may = oracle(@may);
    @seen = grep { ref || /^-/ } $lua->answers;
    is(scalar @seen, scalar @cases, 'moderated ' . @cases . ' times');

    for my $i (0 .. $#cases) {
        my ($why, $until, $version) = ref $seen[$i] ? @{ $seen[$i] } : 1;

        push @fault, "@{ $cases[$i] }: " . ($seen[$i] // '')
            if $codes[$why] != $may[$i]
               || $version != ($why ? 7 : 8);
    }

    is("@fault[0 .. ($#fault < 4 ? $#fault : 4)]", '', 'moderated by the rules');

    return;
}


# ---- what acts leave behind

# an act of an owner

sub act {
    my ($act, $whom, $where, $ms, $value) = @_;
    my @given = ('o', 'j', 3, "\1", $act, $whom // '', $where // '',
                 $ms // 0, $value // 0, 'ch');

    $lua->call('moderate', [$m, $r, $a], @given);
    return ($lua->answers)[-1];
}


sub fields {
    my %all = @{ $lua->ask('HGETALL', $r) };
    delete $all{c} // return '';
    return join ', ', map { "$_ $all{$_}" } sort keys %all;
}


sub near {
    my ($value, $expected, $title) = @_;
    cmp_ok(abs($value - $expected), '<', 600_000, $title);
    return;
}


sub remembered {
    my $now = int(time * 1000);
    my ($answer, $version, $until);
    $lua->ask('FLUSHALL');

    $answer = act('kick', 'v');
    ($version) = @$answer[2];
    is("@$answer", "0 0 $version 0 0", 'a kick');
    near($version, $now, 'a version begins with the clock');
    is(fields(), '', 'a kick changes no rights');
    like($lua->ask('XREVRANGE', $a, '+', '-')->[0][1][1],
         qr/V\0\0\0\x013/, 'and tells the role of who did it');
    near($lua->ask('PTTL', $a), 90 * 24 * HOUR, 'the log lives for 90 days');
    ok(!$lua->ask('EXISTS', $m), 'no act makes a room');

    $lua->ask('HSET', $m, 'e', 'abc', 's', '7 owner abc');
    $answer = act('unban', 'v');
    $version++;
    is("@$answer", "0 0 $version 0 0", 'an unban of nobody');
    is(fields(), '', 'leaves nothing');
    is($lua->ask('HGET', $m, 's'), '7 owner abc', 'and nothing that binds');

    $answer = act('ban', 'v', '', HOUR);
    $until = $answer->[1];
    is("@$answer", join(' ', 0, $until, $version + 1, 0, 0), 'a ban');
    near($until, $now + HOUR, 'has its end');
    is(fields(), "u:v 0 $until 0", 'it is written');
    near($lua->ask('PTTL', $r), HOUR + WEEK,
         'rights live a week longer than they hold');
    is($lua->ask('HGET', $m, 's'), '7 owner abc!', 'the room knows of them');

    my $act = $lua->ask('XREVRANGE', $a, '+', '-', 'COUNT', 1)->[0][1][1];
    my ($time) = $act =~ /\AX 0 0 (\d+) abc\n/;
    is($act, "X 0 0 $time abc\n\1"
             . join('', map { $_->[0] . pack('N/a', $_->[1]) }
                        ['E', $until], ['Q', $version + 1]),
       'it is told with end and version');
    is($until - $time, HOUR, 'the end is counted from the time');

    act('ban', '', '192.0.2.1', EVER);
    act('mute', 'v', '', HOUR);
    act('role', 'w', '', 0, 2);
    is(fields() =~ s/ \d{13}\b/ T/gr,
       'i:192.0.2.1 0 ' . EVER . ' 0, u:v 0 T T, u:w 2 0 0', 'all is kept');
    near($lua->ask('PTTL', $r), EVER - $now + WEEK, 'for ever');
    near($lua->ask('PTTL', $a), EVER - $now, 'and why');

    act('unban', '', '192.0.2.1');
    act('role', 'w', '', 0, 0);
    act('unmute', 'v');
    is(fields(), "u:v 0 $until 0", 'what is taken back is gone');
    near($lua->ask('PTTL', $r), HOUR + WEEK, 'its life, too');

    is(join(' ', @{ act('slow', '', '', 0, 5) }[3, 4]), '5 0', 'slow');
    is(join(' ', @{ act('lock', '', '', 0, 2) }[3, 4]), '5 2', 'a lock');
    act('unban', 'v');
    near($lua->ask('PTTL', $r), EVER - $now + WEEK, 'a lock lasts');
    is(join(' ', @{ act('slow', '', '', 0, 0) }[3, 4]), '0 2', 'no more slow');
    is(join(' ', @{ act('unlock') }[3, 4]), '0 0', 'no more lock');
    near($lua->ask('PTTL', $r), WEEK, 'nothing is left');
    is($lua->ask('HGET', $m, 's'), '7 owner abc', 'that binds');

    return;
}


sub forgotten {
    my $now = int(time * 1000);
    my ($past, $soon) = ($now - 1000, $now + HOUR);

    $lua->ask('FLUSHALL');
    $lua->ask('HSET', $r, 'c', "7 0 0 $past " . EVER, 'u:a', "0 $past 0",
              'u:b', "0 $past $soon", 'u:c', "1 0 $past", 'i:d', "0 $past 0",
              'u:e', "0 0 $soon");
    act('lock', '', '', 0, 1);
    is(fields(), "u:b 0 0 $soon, u:c 1 0 0, u:e 0 0 $soon",
       'what is over is dropped');
    is($lua->ask('HGET', $r, 'c'), "8 0 1 $soon " . EVER,
       'and the ends that are left are known');

    $lua->ask('HSET', $r, map { ("u:$_", "0 $soon 0") } 1 .. 1000);
    $lua->ask('HSET', $r, 'c', "8 0 1 $past $soon", 'u:a', "0 $past 0");
    act('lock', '', '', 0, 1);
    is($lua->ask('HEXISTS', $r, 'u:a'), 1, 'with many, not at once');
    $past -= 60_000;
    $lua->ask('HSET', $r, 'c', "9 0 1 $past $soon", 'u:a', "0 $past 0");
    act('lock', '', '', 0, 1);
    is($lua->ask('HEXISTS', $r, 'u:a'), 0, 'but once in a minute');

    $lua->put('DEL', $a);
    act('kick', 'a') for 1 .. 1002;
    is($lua->ask('XLEN', $a), 1000, 'as many acts are kept as are to be');

    $lua->call('acts', [$r, $a], 'u', 'i', 3, 3);
    my $acts = ($lua->answers)[-1];
    is(scalar @$acts, 2 + 3, 'three acts');
    is($acts->[2], $lua->ask('XREVRANGE', $a, '+', '-')->[0][1][1],
       'latest first');

    return;
}


sub full {
    my $now = int(time * 1000);
    my $soon = $now + HOUR;

    $lua->ask('FLUSHALL');
    $lua->ask('HSET', $r, 'c', "7 0 0 $soon $soon",
              map { ("u:$_", "0 $soon 0") } 1 .. MAX);

    is(act('ban', 'v', '', HOUR)->[0], 6, 'a room is full');
    is(act('ban', '', 'v', HOUR)->[0], 6, 'for addresses, too');
    is(act('mute', '7', '', HOUR)->[0], 0, 'but not for who is in');
    is(act('unban', 'v')->[0], 0, 'nor for what takes no room');
    is(act('lock', '', '', 0, 1)->[0], 0, 'nor for the room');
    is(act('unban', 8)->[0], 0, 'who is let in again');
    is(act('ban', 'v', '', HOUR)->[0], 0, 'makes room');
    is(act('ban', 'w', '', HOUR)->[0], 6, 'for one');

    $now = int(time * 1000) - 1000;
    $lua->ask('HSET', $r, 'c', "7 0 0 $now $soon", 'u:9', "0 $now 0");
    is(act('ban', 'w', '', HOUR)->[0], 0, 'and so does an end');
    is($lua->ask('HLEN', $r), 1 + MAX, 'and it is full again');

    return;
}


# ---- what is not ours, and what Redis refuses: nothing is changed

sub refused {
    my @foreign = (['SET', $r, 'x'], ['HSET', $r, 'c', 'x'],
                   ['HSET', $r, 'c', '1 2 3'], ['HSET', $r, 'u:v', '1 2'],
                   ['HSET', $r, 'c', '1 2 3 4 99999999999999999999'],
                   ['HSET', $r, 'c', '1 86401 0 0 0'],
                   ['HSET', $r, 'c', '1 0 3 0 0'], ['HSET', $r, 'u:v', '4 0 0'],
                   ['SET', $m, 'x'], ['SET', $a, 'x']);

    for my $foreign (@foreign) {
        $lua->ask('FLUSHALL');
        $lua->ask(@$foreign);
        my $answer = act('ban', 'v', '', HOUR);
        my $title = join ' ', @$foreign;
        like($answer, qr/^-.*WRONGTYPE/, "R8: $title");
        is(scalar @{ $lua->ask('KEYS', '*') }, 1, "R8: $title: no more");
    }

    $lua->ask('FLUSHALL');
    $lua->ask('XADD', $a, '18446744073709551615-18446744073709551615', 'd', 1);
    like(act('kick', 'v'), qr/^-.*WRONGTYPE/, 'R26: the log is exhausted');

    $lua->ask('FLUSHALL');
    $lua->ask('XADD', $a, '*', 'x', 1);
    $lua->call('acts', [$r, $a], 'u', 'i', 3, 3);
    like(($lua->answers)[-1], qr/^-.*WRONGTYPE/, 'R20: acts of others');

    $lua->ask('FLUSHALL');
    act('ban', 'v', '', HOUR);
    my $before = fields();
    $lua->ask('CONFIG', 'SET', 'maxmemory', 1);
    like(act($_, 'v', '', HOUR), qr/^-.*OOM/, "R6: -OOM to $_")
        for qw(ban unban kick lock);
    $lua->ask('CONFIG', 'SET', 'maxmemory', 0);
    is(fields(), $before, 'R6: nothing has changed');
    is($lua->ask('XLEN', $a), 1, 'R6: nothing is told');

    return;
}


# ---- what is written, and what that costs

# an answer: its number, "dup" or "reused", or why not

sub say {
    my ($who, $print) = @_;
    my @keys = $print ? ($m, $d, $l) : ($m, $l);

    $print = $print x 32 if $print;
    $lua->call('publish', \@keys, OWNER, 'text', how($who, $print), 'ch',
               '', $print ? 60_000 : ());
    my $answer = ($lua->answers)[-1];

    return !ref $answer ? ($answer =~ /^M (\d+) /)[0] // $answer
         : @$answer == 1 ? 'dup' : "no $answer->[0]";
}


sub calls {
    my $info = $lua->ask('INFO', 'commandstats');
    $lua->ask('CONFIG', 'RESETSTAT');

    return join ' ', map { /^cmdstat_(\w+):calls=(\d+)/ ? "$1 $2" : () }
           grep { !/cmdstat_(?:evalsha|config|info)/ } sort split /\n/, $info;
}


sub written {
    $lua->ask('FLUSHALL');

    is(say(0), 1, 'a message');
    calls();
    is(say(0), 2, 'where nobody was moderated');
    is(calls(), 'hget 1 hset 1 publish 1 time 1 xadd 1',
       'costs no command for that');
    is(say(4), 'no 2', 'who reads writes nowhere');
    is(calls(), 'hget 1 hmget 1 time 1', 'and that costs nearly nothing');

    is(say(0, 'a'), 3, 'a message with a cid');
    act('ban', 'u', '', HOUR);
    is(say(0, 'b'), 0, 'a fingerprint is another');
    is(say(0, 'a'), 'dup', 'what was said stays said');
    is(say(0), 'no 1', 'but no more is');
    is(say(1), 'no 1', 'of a member');
    is(say(2), 4, 'but of a moderator');
    is(say(3), 5, 'and of an owner');
    act('unban', 'u');
    is(say(0), 6, 'until he is let in');

    act('slow', '', '', 0, 60);
    is(say(0), 7, 'in a slow room one may');
    is(say(0), 'no 5', 'but once');
    near($lua->ask('PTTL', $t), 60_000, 'which is remembered so long');
    is(say(2), 8, 'moderators are not slow');
    act('role', 'u', '', 0, 2);
    is(say(0), 9, 'nor who the room knows as one');
    act('role', 'u', '', 0, 0);
    act('slow', '', '', 0, 0);
    is(say(0), 10, 'and nobody when it is over');
    $lua->ask('DEL', $t);
    is(say(0), 11, 'and then');
    ok(!$lua->ask('EXISTS', $t), 'nothing is remembered');

    act('slow', '', '', 0, 60);
    is(say(0), 12, 'slow again');
    $lua->ask('SET', $t, int(time * 1000) + HOUR);
    is(say(0), 'no 5', 'R30: a clock that went back');

    $lua->ask('DEL', $t);
    $lua->ask('SADD', $t, 'x');
    is(say(0) =~ /^-.*(WRONGTYPE)/ ? $1 : '', 'WRONGTYPE', "R8: $t");
    $lua->ask('DEL', $t);

    $lua->ask('CONFIG', 'SET', 'maxmemory', 1);
    like(say(0), qr/OOM/, 'R6: what is not stored');
    $lua->ask('CONFIG', 'SET', 'maxmemory', 0);
    is(say(0), 13, 'R6: was not said');

    return;
}


# ---- keys that are lost alone

sub history {
    $lua->call('history', [$m, $l], 'epochofabcde', OWNER, 'before', '+', '', 10,
               100_000, 60_000);
    return ($lua->answers)[-1][5];
}


sub lost {
    $lua->ask('FLUSHALL');

    is(history(), '', 'a room without rights');
    my ($version) = act('ban', 'u', '', HOUR)->[2];
    like(history(), qr/^$version 0 0 /, 'a room that has some');

    $lua->ask('DEL', $m, $l);
    is(say(0), 'no 1', 'R25: rights outlive m');
    ok(!$lua->ask('EXISTS', $m), 'R25: and nothing is made');
    is(say(2), 1, 'R25: a room that is new to Redis');
    is(say(0), 'no 1', 'R25: has its rights');

    $lua->ask('DEL', $m);
    like(history(), qr/^$version 0 0 /, 'R25: who reads');
    is(say(0), 'no 1', 'R25: finds them, too');

    $lua->ask('DEL', $r);
    is(say(0), 1, 'R25: rights that are lost');
    is(history(), '', 'R25: do not bind');
    cmp_ok(act('lock', '', '', 0, 1)->[2], '>', $version,
           'R25: no version comes twice');
    is(say(0), 'no 4', 'R25: and new ones bind');

    $lua->ask('DEL', $r);
    like($lua->ask('HGET', $m, 's'), qr/!$/, 'R25: rights that are lost again');
    $lua->ask('HSET', $m, 's', '1!');
    is(say(0), 2, 'R25: when the life of m is renewed');
    unlike($lua->ask('HGET', $m, 's'), qr/!$/, 'R25: m learns of it');

    return;
}
