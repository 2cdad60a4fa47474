# The embedded store: what "chat_zone" takes, and workers that share a zone,
# die, are stopped, come and go.
# not run on partial: it is about memory

use strict;
use warnings;

use File::Temp;
use lib 't/lib';
use ChatTest;
use Test::More;

my $dir = File::Temp->newdir('chat-zone-XXXXXX', TMPDIR => 1);
my $module = ($ENV{CHAT_FLAVOUR} || '') eq 'asan'
             ? 'build/asan/ngx_http_chat_module.so'
             : $ENV{CHAT_MODULE} || 'build/ngx_http_chat_module.so';
my $redis = 'chat_redis redis://127.0.0.1:6379;';

$module = Cwd::realpath($module) || die "no $module\n";
mkdir "$dir/logs";


my $row = 'X18';   # of the bad inputs, for titles

# "nginx -t": what it printed, and whether it was content

sub nginx_test {
    my ($http, @locations) = @_;
    my $number = 0;
    my $text = join '', map { "location /" . $number++ . " { chat; $_ }\n" }
                        @locations;

    local $ENV{ASAN_OPTIONS} = ($ENV{ASAN_OPTIONS} // '') . ':detect_leaks=0';

    open my $out, '>', "$dir/nginx.conf" or die "nginx.conf: $!\n";
    print $out <<"_EOC_";
load_module $module;
pid $dir/nginx.pid;
events { }
http {
    access_log off;
    chat_guests on;
    $http
    server {
        listen unix:$dir/socket;
        location / { }
        $text
    }
}
_EOC_
    close $out;

    my $said = `$ENV{TEST_NGINX_BINARY} -t -e stderr -p $dir -c $dir/nginx.conf 2>&1`;

    return ($said, $? == 0);
}


sub refused {
    my ($regex, @parts) = @_;
    my ($said, $content) = nginx_test(@parts);

    ok(!$content && $said =~ /\[emerg\] .*$regex.*$/m,
       "$row refused: " . substr "@parts", 0, 100) || diag($said);
    return;
}


sub taken {
    my (@parts) = @_;
    my ($said, $content) = nginx_test(@parts);

    ok($content && $said !~ /\[(?:emerg|alert|crit|error|warn)\]/,
       "$row taken: " . substr "@parts", 0, 100) || diag($said);
    return;
}


taken('', '');
taken('chat_zone a:8m;', '', 'chat_zone b:8m;', 'chat_zone a;');
taken('chat_zone default:8m;', '', 'chat_zone default;');
taken('', '', 'chat_zone default:16m;');
taken('', 'chat_zone a;', 'chat_zone a:1g;');
taken($redis, '', 'chat_zone a:8m;');
taken('chat_zone a:8m;', '', $redis);
taken('chat_zone a:10;', $redis);
taken('', 'chat_history off; chat_zone a:8m;', 'chat_zone b:8m;');

$row = 'X2 X3';
refused(qr/invalid number of arguments in "chat_zone"/, '', 'chat_zone;');
refused(qr/invalid number of arguments in "chat_zone"/, '',
        'chat_zone a:8m b;');
refused(qr/"chat_zone" directive is duplicate/, '',
        'chat_zone a:8m; chat_zone a:8m;');

$row = 'X4';
refused(qr/zone "a" is not defined.*in \S+:\d+/, '', 'chat_zone a;');
refused(qr/zone "a" is not defined/, 'chat_zone a;', '');

$row = 'X5';
for my $size (qw(1t abc -1 8mm 8k8 0), '') {
    refused(qr/invalid size "[^"]*" of "chat_zone a".*in \S+:\d+/, '',
            "chat_zone a:$size;");
}

for my $size (qw(10 4k 64k)) {
    refused(qr/zone "a" is too small: "chat_zone a:\d+k" is the least/, '',
            "chat_zone a:$size;");
}

for my $name ('', 'a/b', 'a b', 'x' x 33, '$a') {
    refused(qr/invalid name "[^"]*" of "chat_zone"/, '',
            qq(chat_zone "$name:8m";));
}

taken('', 'chat_zone ' . 'x' x 32 . ':8m;');

# the least that is named is enough, and a page less is not
for my $message ('16k', '1m', '16m') {
    my ($said) = nginx_test("chat_message_size $message; chat_buffer_size 64m;",
                            'chat_zone a:4k;');
    my ($least) = $said =~ /"chat_zone a:(\d+)k" is the least/;

    ok($least, "a least for $message") or diag($said), next;
    taken("chat_message_size $message; chat_buffer_size 64m;",
          "chat_zone a:${least}k;");
    refused(qr/is too small/,
            "chat_message_size $message; chat_buffer_size 64m;",
            'chat_zone a:' . ($least - 4) . 'k;');
}

$row = 'X6 X24';
refused(qr/size \d+ of .*zone.* conflicts with already declared size/, '',
        'chat_zone a:8m;', 'chat_zone a:16m;');
refused(qr/"chat_history off" must hold for all.*"chat_zone"/, '',
        'chat_history off;', '');

$row = 'X10';
refused(qr/"chat_zone" directive conflicts with "chat_redis"/, '',
        "$redis chat_zone a:8m;");
refused(qr/"chat_redis" directive conflicts with "chat_zone"/, '',
        "chat_zone a:8m; $redis");

$row = 'X7';
refused(qr/"chat_zone" asks for 1048576000000k of memory, .*: give it a smaller size \(12: /,
        '', 'chat_zone a:1000000g;');
refused(qr/"chat_limit_zone" asks for 1073741824k of memory, .*: give it a smaller size \(12: /,
        'chat_limit_zone 1048576m;', 'chat_zone a:8m;');


our $http = <<'_EOC_';
    chat_leave_delay 0;
_EOC_

our $config = <<'_EOC_';
    chat_user $arg_u;
    chat_drain_time 300ms;
    location /ws { chat; chat_zone a:4m; }
    location /same { chat; chat_zone a; }
    location /other { chat; chat_zone b:4m; }
    location /raw { chat; chat_format raw; chat_room a; chat_zone a; }
_EOC_

run_chat();

__DATA__

=== TEST 1: two workers talk
--- http_config eval: $::http
--- config eval: $::config
--- chat
a hello /ws?u=ann
b hello worker!=a /same?u=bob
c hello /other?u=cat
a call {"op":"join","room":"r"} => {"ok":{"count":1,"users":[{"id":"ann"}]}}
b call {"op":"join","room":"r"} => {"ok":{"count":2,"users":[{"id":"ann"},{"id":"bob"}]}}
c call {"op":"join","room":"r"} => {"ok":{"count":1}}
a until json {"ev":"presence","join":["...",{"id":"bob"}],"count":2}
a call {"op":"send","room":"r","text":"hi"} => {"ok":{"seq":1}}
b until json {"ev":"message","seq":1,"text":"hi","from":{"id":"ann"}}
b call {"op":"send","room":"r","text":"ho","cid":"1"} => {"ok":{"seq":2}}
b call {"op":"send","room":"r","text":"ho","cid":"1"} => {"ok":{"seq":2,"dup":true}}
a until json {"ev":"message","seq":2,"text":"ho"}
a call {"op":"typing","room":"r","on":true}
b until json {"ev":"typing","on":true}
a call {"op":"history","room":"r"} => {"ok":{"messages":[{"text":"hi"},{"text":"ho"}]}}
c until json {"ev":"presence","count":1}
c silent 0.2
b call {"op":"leave","room":"r"}
a until json {"ev":"presence","leave":["bob"],"count":1}



=== TEST 2: raw rooms
--- http_config eval: $::http
--- config eval: $::config
--- chat
a connect /raw?u=ann
b connect worker!=a /raw?u=bob
sleep 0.1
a send text hi
b expect text hi
a expect text hi
b send binary 00ff
a expect binary 00ff



=== TEST 3: a burst from both sides, each message once and in one order
--- http_config eval: $::http
--- config eval: $::config
--- chat
a hello /ws?u=ann
b hello worker!=a /ws?u=bob
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"}
a repeat 200 send json {"op":"send","room":"r","text":"a{i}"}
b repeat 200 send json {"op":"send","room":"r","text":"b{i}"}
a story r 1 400
b story r 1 400



=== TEST 4: S7 reload: the room goes on where it was
--- http_config eval: $::http
--- config eval: $::config
--- chat
a hello /ws?u=ann
a call {"op":"join","room":"r"} => {"ok":{"top":0}} as j
a call {"op":"send","room":"r","text":"before"} => {"ok":{"seq":1}}
reload
b hello /ws?u=bob
b call {"op":"join","room":"r"} => {"ok":{"epoch":"{j.ok.epoch}","top":1,"messages":[{"text":"before"}]}}
b call {"op":"send","room":"r","text":"after"} => {"ok":{"seq":2}}
# old workers and new ones hear each other
a until close 4200
a hello worker!=b /ws?u=ann
a call {"op":"join","room":"r","after":1,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true,"messages":[{"text":"after"}]}}



=== TEST 5: S7 a worker that drains talks with the new ones
--- http_config eval: $::http
--- config
    chat_user $arg_u;
    chat_drain_time 3s;
    location /ws { chat; chat_zone a:4m; }
--- chat
repeat 4 a{i} hello /ws?u=ann{i}
repeat 4 a{i} call {"op":"join","room":"r"}
reload
b hello /ws?u=bob
b call {"op":"join","room":"r"} => {"ok":{"count":*}}
b call {"op":"send","room":"r","text":"new"} => {"ok":{"seq":1}}
repeat 4 a{i} until json {"ev":"message","text":"new"}
a1 drop
a2 drop
a3 drop
a4 drop
within 5 b until json {"ev":"presence","count":1}



=== TEST 6: S3 a killed worker's users go at once, and it is served again
--- http_config eval: $::http
--- config eval: $::config
--- chat
a hello /ws?u=ann
b hello worker!=a /ws?u=bob
c hello worker!=a /ws?u=ann
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"}
c call {"op":"join","room":"r"} => {"ok":{"count":2}}
a until json {"ev":"presence","count":2}
b call {"op":"send","room":"r","text":"one"} => {"ok":{"seq":1}}
kill worker-of b
within 2 a until json {"ev":"presence","join":[],"leave":["bob"],"count":1}
a call {"op":"who","room":"r"} => {"ok":{"count":1,"users":[{"id":"ann"}]}}
b hello worker!=a /ws?u=bob
b call {"op":"join","room":"r"} => {"ok":{"count":2,"messages":[{"text":"one"}]}}
b call {"op":"send","room":"r","text":"two"} => {"ok":{"seq":2}}
a until json {"ev":"presence","join":[{"id":"bob"}],"leave":[],"count":2}
a silent 1.2
a call {"op":"who","room":"r"} => {"ok":{"count":2}}



=== TEST 7: S3 who was killed had the room alone
--- http_config eval: $::http
--- config eval: $::config
--- chat
a hello /ws?u=ann
b hello worker!=a /ws?u=bob
b call {"op":"join","room":"r"} => {"ok":{"count":1}}
kill worker-of b
sleep 1.5
a call {"op":"join","room":"r"} => {"ok":{"count":1,"users":[{"id":"ann"}]}}



=== TEST 8: S3 all workers killed: what was said is there
--- http_config eval: $::http
--- config eval: $::config
--- chat
a hello /ws?u=ann
b hello worker!=a /ws?u=bob
a call {"op":"join","room":"r"} as j
a call {"op":"send","room":"r","text":"one"}
kill worker-of a
kill worker-of b
a hello /ws?u=ann
a call {"op":"join","room":"r"} => {"ok":{"epoch":"{j.ok.epoch}","messages":[{"text":"one"}]}}
within 3 soon a call {"op":"who","room":"r"} => {"ok":{"count":1}}



=== TEST 9: S12 a worker that is stopped holds nobody up, and catches up
--- http_config eval: $::http
--- config eval: $::config
--- chat
a hello /ws?u=ann
b hello worker!=a /ws?u=bob
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"}
a until json {"ev":"presence","count":2}
freeze worker-of b
repeat 50 a call {"op":"send","room":"r","text":"t{i}"}
thaw
b story r 1 50



=== TEST 10: S12 a worker that slept too long heals from the log, or is told
# its ring is overtaken several times
--- http_config eval: $::http
--- config
    chat_user $arg_u;
    chat_drain_time 300ms;
    chat_ping_interval 5m;
    chat_message_timeout 0;
    location /ws { chat; chat_zone a:1m; chat_history 100; }
--- chat
a hello /ws?u=ann
b hello worker!=a /ws?u=bob
a call {"op":"join","room":"r"} as j
b call {"op":"join","room":"r"}
a call {"op":"send","room":"r","text":"first"}
b until json {"ev":"message","text":"first"}
freeze worker-of b
repeat 300 a send json {"op":"send","room":"r","text":"{rep 3900 x}"}
a send json {"op":"send","room":"r","text":"enough"}
within 20 a until json {"ev":"message","text":"enough"}
thaw
b until json {"ev":"resync","room":"r","epoch":"{j.ok.epoch}"}
a call {"op":"send","room":"r","text":"last"}
b until json {"ev":"message","text":"last"}
b call {"op":"send","room":"r","text":"mine"}
a until json {"ev":"message","text":"mine"}
errlog ~ \[warn\] .*chat_zone "a" was written faster than this worker reads



=== TEST 11: S14 USR2: another zone, another epoch, and clients are told
--- http_config eval: $::http
--- config eval: $::config
--- chat
a hello /ws?u=ann
a call {"op":"join","room":"r"} as j
a call {"op":"send","room":"r","text":"old"} => {"ok":{"seq":1}}
upgrade
a until close 4200
a drop
gone 5
a hello /ws?u=ann
a call {"op":"join","room":"r","after":1,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":false,"top":0,"messages":[]}} as k
a call {"op":"send","room":"r","text":"new"} => {"ok":{"seq":1}}
a call {"op":"history","room":"r","after":0,"epoch":"{j.ok.epoch}"} => {"error":{"code":"epoch_changed"}}



=== TEST 12: one worker
--- http_config eval: $::http
--- config eval: $::config
--- workers: 1
--- chat
a hello /ws?u=ann
b hello /ws?u=bob
a call {"op":"join","room":"r"}
b call {"op":"join","room":"r"}
a call {"op":"send","room":"r","text":"hi"}
b until json {"ev":"message","text":"hi"}
reload
a until close 4200






=== TEST 13: the zone is full of rooms in use: unavailable, and one line
--- http_config eval: $::http
--- config
    chat_user $arg_u;
    chat_drain_time 300ms;
    chat_max_rooms 0;
    location /ws { chat; chat_zone a:512k; chat_message_size 1k; }
--- allow_log
is full
--- chat
a hello /ws?u=ann
a repeat 4000 send json {"op":"join","id":{i},"room":"room{i}","limit":0}
a until json {"id":*,"error":{"code":"unavailable"}}
errlog ~ \[error\] .*chat_zone "a" is full
# who is in goes on
a call {"op":"send","room":"room1","text":"hi"}
# and who leaves makes room
a repeat 1000 send json {"op":"leave","room":"room{i}"}
a insist {"op":"join","room":"late"}



=== TEST 14: S2 a text that is larger than the zone holds
--- http_config eval: $::http
--- config
    chat_user $arg_u;
    chat_drain_time 300ms;
    chat_message_size 0;
    chat_buffer_size 0;
    location /raw { chat; chat_format raw; chat_room a; chat_zone a:1m; }
--- chat
a connect /raw?u=ann
b connect /raw?u=bob
sleep 0.1
a send binary {rep 1000000 00}
a until close 1009
b send text hi
b expect text hi



=== TEST 15: S14 the log is opened anew, and the workers go and come back
--- http_config eval: $::http
--- config eval: $::config
--- chat
a hello /ws?u=ann
b hello worker!=a /ws?u=bob
a call {"op":"join","room":"r"} as j
b call {"op":"join","room":"r"} => {"ok":{"count":2}}
signal USR1
a call {"op":"send","room":"r","text":"one"} => {"ok":{"seq":1}}
b until json {"ev":"message","seq":1,"text":"one"}
b call {"op":"send","room":"r","text":"two"} => {"ok":{"seq":2}}
a until json {"ev":"message","seq":2,"text":"two"}
signal WINCH
a until close 4200
b until close 4200
a drop
b drop
# no worker is left, but the zone is
signal HUP
a hello /ws?u=ann
a call {"op":"join","room":"r","after":1,"epoch":"{j.ok.epoch}"} => {"ok":{"recovered":true,"epoch":"{j.ok.epoch}","top":2,"messages":[{"text":"two"}]}}
a call {"op":"send","room":"r","text":"three"} => {"ok":{"seq":3}}
within 3 soon a call {"op":"who","room":"r"} => {"ok":{"count":1}}
