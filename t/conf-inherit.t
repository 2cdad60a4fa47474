# X18: what a location says holds there; else what its outer location says,
# its server, the http block; else the default.  Each directive is observed by
# something that only the value in force can cause: a word of "nginx -t", or
# what a client is told.
# not run on partial: it is about words

use strict;
use warnings;

use File::Temp;
use lib 't/lib';
use ChatTest;
use Test::More;

my $dir = File::Temp->newdir('chat-inherit-XXXXXX', TMPDIR => 1);
my $module = ($ENV{CHAT_FLAVOUR} || '') eq 'asan'
             ? 'build/asan/ngx_http_chat_module.so'
             : $ENV{CHAT_MODULE} || 'build/ngx_http_chat_module.so';

$module = Cwd::realpath($module) || die "no $module\n";
mkdir "$dir/logs";


# ---- each field of a location's settings is merged with the outer one

sub fields {
    my $types = slurp('ngx_chat_module/ngx_http_chat.h');
    my $code = CORE::join '', map { slurp($_) }
               glob('ngx_chat_module/ngx_http_chat*conf*.c'),
               'ngx_chat_module/ngx_http_chat_status.c';
    my ($fields) = $types =~ /typedef struct \{([^}]*)\} ngx_http_chat_loc_conf_t;/;
    my ($keep) = $types =~ /typedef struct \{([^}]*)\} ngx_http_chat_keep_t;/;
    my ($ssl) = $types =~ /typedef struct \{([^}]*)\} ngx_http_chat_redis_ssl_t;/;
    my %own = map { $_ => 1 } qw(enable store main_conf srv_conf loc_conf
        tokens rate burst dry_run note kept observers);
    my $number = 0;

    for my $text ($fields, $keep, $ssl) {
        $text =~ s{/\*.*?\*/}{}gs;

        for my $name ($text =~ /\**(\w+)(?:\[\w+\]|:\d+)?;/g) {
            next if $own{$name};
            main::like($code, qr/prev->$name\b/, "X18 $name is merged");
            $number++;
        }
    }

    cmp_ok($number, '>', 30, 'the fields are found');

    return;
}


sub slurp {
    my ($name) = @_;
    open my $in, '<', $name or die "$name: $!\n";
    local $/;
    return <$in>;
}


# ---- what "nginx -t" says

# name, a value that does not show, one that shows, what then is said, and what
# stands around it: "other" is a second location
my @said = (
    ['chat_buffer_size', '256k', '16k', qr/must hold a message/,
     location => 'chat_message_size 20k;'],
    ['chat_message_size', '4k', '300k', qr/must hold a message/],
    ['chat_ping_interval', '10s', '60s', qr/is not below 60s/],
    ['chat_drain_time', '1s', '9s', qr/is not below "worker_shut/,
     main => 'worker_shutdown_timeout 6s;'],
    ['chat_format', 'json', 'raw', qr/needs a "chat_room"/],
    ['chat_guests', 'on', 'off', qr/lets nobody in/],
    ['chat_history', '7 1h', 'off', qr/"chat_history off" must hold/,
     other => 'chat_history 7 1h; chat_room q;'],
    ['chat_history', '7 1h', '8 1h', qr/"chat_history" differs/,
     other => 'chat_history 7 1h;'],
    ['chat_history', '7 1h', '7 2h', qr/"chat_history" differs/,
     other => 'chat_history 7 1h;'],
    ['chat_history', '1000', '1000 6d', qr/"chat_history" differs/,
     other => 'chat_history 1000 7d;'],
    ['chat_dedupe_time', '5m', '6m', qr/"chat_dedupe_time" differs/,
     other => 'chat_dedupe_time 5m;'],
    ['chat_zone', 'a:8m', 'b:8m', qr/"chat_history off" must hold/,
     other => 'chat_zone b:8m; chat_history off; chat_room q;'],
    ['chat_redis', 'redis://127.0.0.1:2', 'redis://127.0.0.1:3',
     qr/"chat_history off" must hold/,
     other => 'chat_redis redis://127.0.0.1:3; chat_history off;'],
    ['chat_redis', 'redis://127.0.0.1', 'redis://127.0.0.1 prefix=b',
     qr/"chat_history off" must hold/, other =>
     'chat_redis redis://127.0.0.1 prefix=b; chat_history off;'],
    (map { ["chat_redis_ssl_$_->[0]", $_->[1], $_->[2],
            qr/"chat_redis_ssl_\*" differs/,
            http => 'chat_redis rediss://127.0.0.1;',
            location => 'chat_redis_ssl_verify off;',
            other => "chat_redis_ssl_verify off; chat_redis_ssl_$_->[0] $_->[1];"]
    } ['name', 'a.example', 'b.example'], ['ciphers', 'HIGH', 'MEDIUM'],
      ['verify_depth', '2', '3'], ['protocols', 'TLSv1.2', 'TLSv1.3']),
    ['chat_redis_ssl_verify', 'off', 'on', qr/no "chat_redis_ssl_trusted/,
     http => 'chat_redis rediss://127.0.0.1;'],
    ['chat_redis_ssl_trusted_certificate', '""', 'none.pem', qr/none\.pem/,
     http => 'chat_redis rediss://127.0.0.1;'],
    ['chat_redis_ssl_certificate', '""', 'none.pem', qr/_key" is defined/,
     http => 'chat_redis rediss://127.0.0.1;',
     location => 'chat_redis_ssl_verify off;'],
    ['chat_redis_ssl_certificate_key', 'none.key', '""', qr/_key" is defined/,
     http => 'chat_redis rediss://127.0.0.1;', location =>
     'chat_redis_ssl_verify off; chat_redis_ssl_certificate none.pem;'],
);

# where a and b stand, and whether it is b that holds
my @places = (
    [{ http => 'b' }, 1],
    [{ http => 'a', server => 'b' }, 1],
    [{ http => 'b', server => 'a' }, 0],
    [{ server => 'a', outer => 'b' }, 1],
    [{ server => 'b', outer => 'a' }, 0],
    [{ http => 'a', outer => 'a', inner => 'b' }, 1],
    [{ http => 'b', outer => 'b', inner => 'a' }, 0],
);


sub said {
    my ($name, $a, $b, $words, %around) = @_;
    my %value = (a => "$name $a;", b => "$name $b;");

    # a pair of settings at one level is none of "chat_redis"'s, and the
    # certificates of a location are looked at where it has its own address
    for my $place (@places) {
        my ($at, $shows) = @$place;
        my $text = conf(\%around, map { $_ => $value{$at->{$_}} } keys %$at);
        my $said = nginx_test($text);
        my $title = CORE::join ', ', map { "$_ " . ($at->{$_} eq 'a' ? $a : $b) }
                                     sort keys %$at;

        main::ok(($said =~ $words) == $shows, "X18 $name: $title")
            || main::diag($said);
    }

    return;
}


sub conf {
    my ($around, %at) = @_;
    my %part = (main => '', http => '', location => '', %$around);
    my $guests = $part{http} =~ /guests/
                 || grep({ /guests/ } values %at) ? '' : 'chat_guests on;';
    my $other = !defined $part{other} ? '' : <<"_EOC_";
    server {
        listen unix:$dir/other;
        location /other { chat; chat_guests on; $part{other} }
    }
_EOC_

    $_ //= '' for @at{qw(http server outer inner)};

    return <<"_EOC_";
load_module $module;
pid $dir/nginx.pid;
$part{main}
events { }
http {
    access_log off;
    $part{http} $guests
$other
    $at{http}
    server {
        listen unix:$dir/socket;
        $at{server}
        location /outer {
            $at{outer}
            location /outer/inner { chat; $part{location} $at{inner} }
        }
    }
}
_EOC_
}


sub nginx_test {
    my ($text) = @_;

    local $ENV{ASAN_OPTIONS} = ($ENV{ASAN_OPTIONS} // '') . ':detect_leaks=0';

    open my $out, '>', "$dir/nginx.conf" or die "nginx.conf: $!\n";
    print $out $text;
    close $out;

    return `$ENV{TEST_NGINX_BINARY} -t -e stderr -p $dir -c $dir/nginx.conf 2>&1`;
}


fields();
said(@$_) for @said;

run_chat();

__DATA__

=== TEST 1: X18 what the welcome tells
--- http_config
    chat_user $arg_http;
    chat_user_name http-$arg_http;
    chat_room http;
    chat_max_rooms 7;
    chat_message_size 2k;
    chat_ping_interval 3s;
    chat_history_page 7;
    chat_presence off;
    server {
        listen $TEST_NGINX_SPARE_PORT;
        location /ws { chat; }
        location /outer {
            chat;
            chat_presence on;
            location /outer/inner { chat; chat_history_page 9; }
        }
    }
--- config
    chat_user $arg_server;
    chat_user_name server-$arg_server;
    chat_room server;
    chat_max_rooms 8;
    chat_message_size 3k;
    chat_ping_interval 4s;
    chat_history_page 8;
    chat_presence count;
    location /ws { chat; }
    location /outer {
        chat;
        chat_user $arg_outer;
        chat_user_name outer-$arg_outer;
        chat_room outer;
        chat_max_rooms 9;
        chat_message_size 4k;
        chat_ping_interval 5s;
        chat_history_page 9;
        chat_presence off;
        location /outer/inner { chat; }
        location /outer/own {
            chat;
            chat_user $arg_own;
            chat_user_name own-$arg_own;
            chat_room own;
            chat_max_rooms 10;
            chat_message_size 5k;
            chat_ping_interval 6s;
            chat_history_page 10;
            chat_presence on;
        }
    }
--- chat
set all = http=h&server=s&outer=o&own=w
a connect port=$TEST_NGINX_SPARE_PORT /ws?{all}
a expect json {"ev":"welcome","user":{"id":"h","name":"http-h"},"heartbeat":3,"limits":{"rooms":7,"message":2048,"history":7},"features":["history","edit","typing"]}
a call {"op":"join","room":"server"} => {"error":{"code":"forbidden"}}
a call {"op":"join","room":"http"}
a connect port=$TEST_NGINX_SPARE_PORT /outer/inner?{all}
a expect json {"ev":"welcome","user":{"id":"h"},"limits":{"rooms":7,"history":9},"features":["history","edit","typing","presence"]}
a connect /ws?{all}
a expect json {"ev":"welcome","user":{"id":"s","name":"server-s"},"heartbeat":4,"limits":{"rooms":8,"message":3072,"history":8},"features":["history","edit","typing","presence"]}
a call {"op":"join","room":"http"} => {"error":{"code":"forbidden"}}
a call {"op":"join","room":"server"} => {"ok":{"count":1,"users":"!"}}
a connect /outer/inner?{all}
a expect json {"ev":"welcome","user":{"id":"o","name":"outer-o"},"heartbeat":5,"limits":{"rooms":9,"message":4096,"history":9},"features":["history","edit","typing"]}
a call {"op":"join","room":"server"} => {"error":{"code":"forbidden"}}
a call {"op":"join","room":"outer"} => {"ok":{"count":"!"}}
a connect /outer/own?{all}
a expect json {"ev":"welcome","user":{"id":"w","name":"own-w"},"heartbeat":6,"limits":{"rooms":10,"message":5120,"history":10},"features":["history","edit","typing","presence"]}
a call {"op":"join","room":"outer"} => {"error":{"code":"forbidden"}}
a call {"op":"join","room":"own"} => {"ok":{"count":1,"users":[*]}}



=== TEST 2: X18 limits, time to close, cids, detaching
--- http_config
    $TEST_NGINX_STORE
    limit_conn_zone $server_port$uri zone=each:1m;
    limit_conn each 1;
    chat_guests on;
    chat_max_fragments 1;
    chat_limit rate=1r/s burst=1 ops=control;
    chat_close_timeout 100ms;
    chat_dedupe_time 0;
    chat_detach off;
    server {
        listen $TEST_NGINX_SPARE_PORT;
        location /short { chat; }
    }
--- config
    chat_max_fragments 2;
    chat_limit off;
    chat_close_timeout 1h;
    chat_dedupe_time 10m;
    chat_detach on;
    location /long { chat; }
    location /outer {
        chat_max_fragments 1;
        chat_limit rate=1r/s burst=1 ops=control;
        chat_close_timeout 100ms;
        chat_dedupe_time 0;
            chat_detach off;
        location /outer/short { chat; }
        location /outer/long {
            chat;
            chat_max_fragments 2;
            chat_limit off;
            chat_dedupe_time 10m;
            chat_detach on;
        }
    }
--- chat eval
our $room = 0;

sub short_or_long {
    my ($where, $short) = @_;
    my $cid = '{"op":"send","room":"r","cid":"c","text":"x"}';

    $room++;
    $cid =~ s/"r"/"r$room"/;

    return (
        # one connection where the request is kept
        "a hello $where",
        "a call {\"op\":\"join\",\"room\":\"r$room\"}",
        "a call $cid => {\"ok\":{\"seq\":1}}",
        "a call $cid => {\"ok\":" . ($short ? '{"seq":2}}'
                                            : '{"seq":1,"dup":true}}'),
        $short ? "b refuse 503 $where" : "b connect $where",
        $short ? () : 'b drop',
        'a frame fin=0 op=text x',
        'a frame fin=1 op=cont y',
        $short ? 'a until close 1008' : 'a until json {"ev":"error"}',
        'a close 1000', 'a drop',

        # of two pings in a row one is too many
        "soon c connect $where",
        'c manual',
        'c raw 898000000000 898000000000 898000000000 898000000000',
        $short ? ('c until close 1008', 'within 4 c expect gone')
               : 'c until pong',
        'c drop',
    );
}

CORE::join "\n",
    short_or_long('port=$TEST_NGINX_SPARE_PORT /short', 1),
    short_or_long('/long', 0),
    short_or_long('/outer/short', 1),
    short_or_long('/outer/long', 0)



=== TEST 3: X18 who is back in time
--- http_config
    $TEST_NGINX_STORE
    chat_user $arg_u;
    chat_leave_delay 0;
    server {
        listen $TEST_NGINX_SPARE_PORT;
        location /short { chat; }
    }
--- config
    chat_leave_delay 4s;
    location /long { chat; }
    location /outer {
        chat_leave_delay 0;
        location /outer/short { chat; }
    }
--- chat
o hello /outer/short?u=o&room=r
l hello /long?u=l&room=r
m hello worker!=l /long?u=m&room=r
s hello /outer/short?u=s&room=r
h hello port=$TEST_NGINX_SPARE_PORT /short?u=h&room=r
soon o call {"op":"who","room":"r"} => {"ok":{"count":5}}
# who leaves later is out sooner
l drop
s drop
o until json {"ev":"presence","leave":["s"],"count":4}
o until json {"ev":"presence","leave":["l"],"count":3}
m drop
h drop
o until json {"ev":"presence","leave":["h"],"count":2}
o until json {"ev":"presence","leave":["m"],"count":1}



=== TEST 4: X18 patience with pings and messages
--- http_config
    $TEST_NGINX_STORE
    chat_guests on;
    chat_message_timeout 100ms;
    chat_ping_interval 1s;
    chat_ping_timeout 100ms;
    server {
        listen $TEST_NGINX_SPARE_PORT;
        location /short { chat; }
    }
--- config
    chat_message_timeout 1h;
    chat_ping_timeout 1h;
    location /long { chat; }
    location /outer {
        chat_message_timeout 100ms;
        location /outer/message { chat; }
        location /outer/ping { chat; chat_ping_timeout 100ms; }
    }
--- chat
l hello /long
l manual
m hello /long
m manual
m raw 81
a hello port=$TEST_NGINX_SPARE_PORT /short
a manual
b hello /outer/ping
b manual
within 8 a until close 4201
within 8 b until close 4201
c hello /outer/message
c raw 81
within 8 c until close 1008 ~ in time
# they would have been closed by now
l call {"op":"ping"}
m raw 8000000000
m until json {"ev":"error"}



=== TEST 5: X18 what is logged
--- http_config
    $TEST_NGINX_STORE
    log_format chat 'A:$uri|$chat_close_code|';
    access_log logs/access.log chat;
    chat_guests on;
    chat_access_log handshake;
    server {
        listen $TEST_NGINX_SPARE_PORT;
        location /http { chat; }
    }
--- config
    chat_access_log close;
    location /server { chat; }
    location /outer {
        chat_access_log both;
        location /outer/inner { chat; }
        location /outer/own { chat; chat_access_log off; }
    }
    location /last { chat; }
--- chat
a connect port=$TEST_NGINX_SPARE_PORT /http
a close 1000
a until close 1000
a drop
a connect /server
a close 1000
a until close 1000
a drop
a connect /outer/inner
a close 1000
a until close 1000
a drop
a connect /outer/own
a close 1000
a until close 1000
a drop
a connect /last
a close 1000
a until close 1000
a drop
access ~ ^A:/last\|1000\|
access ~ ^A:/http\|-\|
access !~ ^A:/http\|1000
access ~ ^A:/server\|1000\|
access !~ ^A:/server\|-
access ~ ^A:/outer/inner\|-\|
access ~ ^A:/outer/inner\|1000\|
access !~ ^A:/outer/own
