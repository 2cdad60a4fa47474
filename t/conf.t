# The directives: what nginx -t says to wrong ones, and how right ones merge.
# not run on partial: it is about words

use strict;
use warnings;

use File::Temp;
use lib 't/lib';
use ChatTest;
use Test::More;

my $dir = File::Temp->newdir('chat-conf-XXXXXX', TMPDIR => 1);
my $module = ($ENV{CHAT_FLAVOUR} || '') eq 'asan'
             ? 'build/asan/ngx_http_chat_module.so'
             : $ENV{CHAT_MODULE} || 'build/ngx_http_chat_module.so';
my $good = 'chat_redis redis://127.0.0.1:6379; chat_guests on;';

$module = Cwd::realpath($module) || die "no $module\n";
mkdir "$dir/logs";


my $row;    # of the bad inputs, for titles

# "nginx -t" of a file: what it printed, and whether it was content

sub nginx_test {
    my ($text) = @_;

    local $ENV{ASAN_OPTIONS} = ($ENV{ASAN_OPTIONS} // '') . ':detect_leaks=0';

    open my $out, '>', "$dir/nginx.conf" or die "nginx.conf: $!\n";
    print $out $text;
    close $out;

    my $said = `$ENV{TEST_NGINX_BINARY} -t -e stderr -p $dir -c $dir/nginx.conf 2>&1`;

    return ($said, $? == 0);
}


sub conf {
    my (%part) = map { $_ => '' } qw(main events http server location);

    %part = (%part, @_);

    return <<"_EOC_";
load_module $module;
pid $dir/nginx.pid;
$part{main}
events { $part{events} }
http {
    access_log off;
    $part{http}
    server {
        listen unix:$dir/socket;
        $part{server}
        location /ws {
            $part{location}
        }
    }
}
_EOC_
}


# the file is refused, at a line of it, with these words

sub refused {
    my ($regex, @parts) = @_;
    my ($said, $content) = nginx_test(conf(@parts));
    my $name = substr CORE::join(' ', @parts), 0, 100;
    my $ok = !$content
             && $said =~ /\[emerg\] .*$regex.* in \Q$dir\E\/nginx\.conf:\d+/;

    main::ok($ok, "${row}refused: $name") || main::diag($said);

    return $said;
}


sub taken {
    my (@parts) = @_;
    my ($said, $content) = nginx_test(conf(@parts));
    my $name = substr CORE::join(' ', @parts), 0, 100;

    main::ok($content && $said !~ /\[(?:emerg|alert|crit|error)\]/,
             "${row}taken: $name") || main::diag($said);

    return $said;
}


sub here    { return (http => $good, location => "chat; $_[0]") }
sub nowhere { return refused($_[0], here($_[1])) }


sub contexts {
    my $wrong = qr/"chat" directive is not allowed here/;

    refused($wrong, main => 'chat;');
    refused($wrong, events => 'chat;');
    refused($wrong, http => 'chat;');
    refused($wrong, http => $good, server => 'chat;');
    refused($wrong, http => $good, location => 'if ($arg_x) { chat; }');
    refused($wrong, http => $good, server => 'if ($arg_x) { chat; }');
    refused($wrong, http => $good, location => 'limit_except GET { chat; }');
    refused($wrong, http => "$good upstream u { server 127.0.0.1; chat; }");
    refused(qr/"chat_guests" directive is not allowed here/,
            main => 'chat_guests on;');
    refused(qr/"chat_ping_interval" directive is not allowed here/,
            http => $good, location => 'if ($arg_x) { chat_ping_interval 1s; }');

    taken(http => $good, location => 'chat;');
    taken(http => $good, location => 'location /ws/a { chat; }');
    taken(http => $good, server => 'location = /a { chat; } '
                                   . 'location ~ ^/b { chat; } '
                                   . 'location @c { chat; }');
    return;
}


sub statuses {
    my $elsewhere = 'chat_status" stands in a location that another';

    taken(location => 'chat_status;');
    taken(location => 'chat_status json; if ($arg_x) { set $y 1; }');
    taken(http => $good, location => 'chat;',
          server => 'location = /a { chat_status; } '
                    . 'location = /b { chat_status prometheus; }');
    refused(qr/"chat_status" directive has an unknown format: write "json"/,
            location => 'chat_status xml;');
    refused(qr/"chat_status" directive is duplicate/,
            location => 'chat_status; chat_status json;');
    refused(qr/"chat_status" directive stands in a location that has another handler/,
            http => $good, location => 'chat; chat_status;');
    refused(qr/has another handler already/,
            http => $good, location => 'chat_status; chat;');
    refused(qr/\Q$elsewhere\E directive gives to another handler/,
            location => 'chat_status; proxy_pass http://127.0.0.1:1;');
    refused(qr/"chat_status" directive is not allowed here/,
            server => 'chat_status;');
    return;
}


my %value = (
    chat_access_log      => 'both',
    chat_auth_timeout    => '5s',
    chat_buffer_size     => '1m',
    chat_buffer_total    => '8m',
    chat_close_timeout   => '5s',
    chat_dedupe_time     => '5m',
    chat_detach          => 'off',
    chat_drain_time      => '1s',
    chat_event_request   => '/ask queue=1m timeout=1s',
    chat_format          => 'json',
    chat_guests          => 'on',
    chat_history         => '100 1h',
    chat_history_page    => '20',
    chat_join_request    => '/ask cache=1s max=5 timeout=1s',
    chat_leave_delay     => '1s',
    chat_limit           => 'off',
    chat_limit_dry_run   => 'on',
    chat_limit_zone      => '1m',
    chat_max_connections => '8 per=ip',
    chat_max_fragments   => '8',
    chat_max_rooms       => '8',
    chat_max_strikes     => '8',
    chat_max_text        => '8',
    chat_message_size    => '4k',
    chat_message_timeout => '5s',
    chat_origin          => 'any',
    chat_ping_interval   => '5s',
    chat_ping_timeout    => '5s',
    chat_presence        => 'off',
    chat_publish_request => '/ask fail=open max=5 timeout=1s',
    chat_redis           => 'redis://127.0.0.1',
    chat_redis_ssl_certificate         => 'a.pem',
    chat_redis_ssl_certificate_key     => 'a.key',
    chat_redis_ssl_ciphers             => 'HIGH',
    chat_redis_ssl_name                => 'a.example',
    chat_redis_ssl_trusted_certificate => 'ca.pem',
    chat_redis_ssl_verify              => 'on',
    chat_redis_ssl_verify_depth        => '2',
    chat_reserved_names  => 'boss',
    chat_room            => 'lobby',
    chat_send_timeout    => '5s',
    chat_tls_in_front    => 'on',
    chat_user            => '$remote_user',
    chat_user_name       => '$remote_user',
    chat_user_roles      => '$remote_user',
    chat_zone            => 'a:8m',
);


# each directive: on each level, without a value, twice; all are known here

sub directives {
    open my $in, '<', 'ngx_chat_module/ngx_http_chat_conf.c' or die "$!\n";
    my %known = map { $_ => 1 } (do { local $/; <$in> })
                =~ /\{ ngx_string\("(chat_\w+)"\)/g;

    # it adds up: nothing of it is a duplicate; and t/api-conf.t,
    # t/auth-conf.t and t/chat-log-conf.t have others
    delete @known{qw(chat_api chat_api_key_file chat_log chat_log_format
                     chat_redis_ssl_protocols
                     chat_status chat_token_claim chat_token_key)};

    is(CORE::join(' ', sort keys %known), CORE::join(' ', sort keys %value),
       'the directives that this file knows');

    for my $name (sort keys %value) {
        my $line = "$name $value{$name};";
        my $level = $name =~ /zone$/ ? 'chat_guests on;'
                    : $name =~ /guests|redis$/
                    ? $name =~ /guests/ ? 'chat_redis redis://a.invalid;'
                                        : 'chat_guests on;'
                    : $good;
        $level =~ s/a\.invalid/127.0.0.1/;

        taken(http => "$level $line", location => 'chat;');

        if ($name =~ /_total$|limit_zone$/) {
            outermost($name, $line, $level);
            next;
        }

        taken(http => $level, server => $line, location => 'chat;');
        taken(http => $level, location => "chat; $line");
        refused(qr/invalid number of arguments in "$name" directive/,
                http => $level, location => "chat; $name;");
        refused(qr/"$name" directive is duplicate/,
                http => $level, location => "chat; $line $line");
    }

    for my $name (grep { !/limit$|_total$|limit_zone$|max_connections$
                           |_request|origin|presence|redis$|protocols
                           |names/x }
                  sort keys %value)
    {
        refused(qr/invalid number of arguments in "$name" directive/,
                here("$name $value{$name} $value{$name};"));
    }

    nowhere(qr/"chat" directive is duplicate/, 'chat;');
    nowhere(qr/invalid number of arguments in "chat" directive/, 'chat on;');
    nowhere(qr/invalid number of arguments in "chat_presence" directive/,
            'chat_presence on max=5 x;');
    nowhere(qr/unknown directive "chat_unknown"/, 'chat_unknown on;');

    return;
}


# those of a whole worker, or of all of them

sub outermost {
    my ($name, $line, $level) = @_;

    refused(qr/invalid number of arguments in "$name" directive/,
            http => "$level $name;", location => 'chat;');
    refused(qr/"$name" directive is duplicate/,
            http => "$level $line $line", location => 'chat;');
    refused(qr/"$name" directive is not allowed here/,
            http => $level, location => "chat; $line");
    return;
}


sub bounds {
    my %bounds = (
        chat_auth_timeout    => [qw(0 99ms 61m)],
        chat_buffer_size     => [qw(4095 1025m)],
        chat_message_size    => [qw(1023 65m)],
        chat_ping_interval   => [qw(999ms 61m)],
        chat_ping_timeout    => [qw(0 99ms 61m)],
        chat_close_timeout   => [qw(0 99ms 61m)],
        chat_drain_time      => [qw(99ms 61m)],
        chat_leave_delay     => [qw(99ms 61s)],
        chat_message_timeout => [qw(99ms 61m)],
        chat_send_timeout    => [qw(99ms 61m)],
        chat_max_fragments   => [qw(1000001)],
        chat_max_rooms       => [qw(65536 100001)],
        chat_max_strikes     => [qw(1000001)],
        chat_max_text        => [qw(1000001)],
        chat_history_page    => [qw(0 1001)],
    );

    for my $name (sort keys %bounds) {
        for my $value (@{ $bounds{$name} }) {
            nowhere(qr/"$name" must be \S+ to \S+/, "$name $value; "
                            . ($name =~ /buffer/ ? 'chat_message_size 1k;'
                             : $name =~ /message_size/ ? 'chat_buffer_size 0;'
                             : ''));
        }

        nowhere(qr/"$name" directive invalid (?:value|number)|invalid number/,
                "$name x;");
        nowhere(qr/"$name" directive invalid (?:value|number)|invalid number/,
                "$name -1;");
    }

    taken(here("$_;")) for (
        'chat_buffer_size 1024m', 'chat_buffer_size 0', 'chat_message_size 64m;'
        . ' chat_buffer_size 64m', 'chat_message_size 0; chat_buffer_size 0',
        'chat_message_size 1k', 'chat_ping_interval 0',
        'chat_ping_interval 1s', 'chat_ping_interval 1h',
        'chat_drain_time 0', 'chat_max_rooms 0', 'chat_max_fragments 0',
        'chat_max_rooms 65535', 'chat_max_fragments 1000000',
        'chat_history_page 1', 'chat_history_page 1000',
        'chat_send_timeout 0', 'chat_message_timeout 0',
        'chat_close_timeout 100ms',
        'chat_leave_delay 0', 'chat_leave_delay 1m',
    );

    return;
}


sub words {
    nowhere(qr/invalid value "html"/, 'chat_format html;');
    nowhere(qr/invalid value "never"/, 'chat_access_log never;');
    nowhere(qr/invalid value "maybe"/, 'chat_guests maybe;');
    nowhere(qr/invalid value "yes" in "chat_detach" directive/,
            'chat_detach yes;');

    nowhere(qr/"chat_presence" directive needs "on", "count" or "off"/,
            'chat_presence maybe;');
    nowhere(qr/"chat_presence" directive knows only "max="/,
            'chat_presence on min=5;');
    nowhere(qr/"chat_presence" directive needs a "max=" of 1 to 1000/,
            "chat_presence on max=$_;") for qw(0 1001 x 1x);
    nowhere(qr/"chat_presence" directive/, "chat_presence on max=$_;")
        for '', '-1';
    taken(here("chat_presence $_;"))
        for 'on', 'count', 'off', 'on max=1', 'on max=1000';

    nowhere(qr/"chat_limit" directive needs/, "chat_limit $_;")
        for 'rate=5r/s', 'ops=control', 'rate=0r/s ops=control',
            'rate=5 ops=control', 'rate=5r/h ops=control', 'burst=5 ops=send',
            'off burst=5 ops=send', 'off rate=5r/s ops=send', 'off per=user',
            'rate=5r/s per=user', 'rate=5r/s per=user ops=bytes',
            'rate=5r/s per=ip ops=control', 'rate=5r/s per=room ops=connect',
            'rate=5r/s per=connection ops=connect', 'rate=5r/s ops=bytes',
            'rate=1023/s ops=bytes', 'rate=2g/s ops=bytes',
            'rate=8k/s burst=1 ops=bytes', 'rate=8k/s ops=bytes,send',
            'rate=xr/s ops=control', 'rate=r/s ops=control',
            'rate=5r/s burst=0 ops=control', 'rate=5r/s burst=x ops=control',
            'rate=1000001r/s ops=control', 'rate= ops=control';
    nowhere(qr/invalid parameter "\S+" of "chat_limit"/, "chat_limit $_;")
        for 'on', 'rate=5r/s ops=any', 'rate=5r/s ops=other', '5', 'off on',
            'rate=5r/s ops=', 'rate=5r/s ops=send,', 'rate=5r/s ops=send,send',
            'rate=5r/s per= ops=send', 'rate=5r/s per=users ops=send',
            'rate=5r/s per=user, ops=send', 'rate=5r/s op=send';
    nowhere(qr/"chat_limit" directive is duplicate/, "chat_limit $_;")
        for 'off; chat_limit rate=5r/s ops=send',
            'rate=5r/s ops=send; chat_limit off',
            'rate=5r/s ops=send; chat_limit rate=6r/s ops=join,send',
            'rate=5r/s ops=send; chat_limit off ops=send';
    taken(here("chat_limit $_;"))
        for 'off', 'rate=1r/s ops=control', 'ops=control burst=5 rate=10r/s',
            'rate=5r/m ops=send,join,history,typing,all per=user,ip,room',
            'rate=1k/s burst=1m ops=bytes', 'rate=1m ops=bytes',
            'off ops=send', 'off per=user,room ops=send',
            'rate=5r/s ops=connect', 'rate=5r/s ops=connect per=ip,user',
            'rate=5r/s ops=send; chat_limit rate=5r/s ops=send per=user';

    nowhere(qr/"chat_max_connections" directive needs/,
            "chat_max_connections $_;")
        for '5', '0 per=ip', 'x per=ip', '1000001 per=ip', '5 per=',
            '5 per=connection', '5 ip', 'off ip', '5 per=ip,ip';
    nowhere(qr/"chat_max_connections" directive is duplicate/,
            "chat_max_connections $_;")
        for 'off; chat_max_connections 5 per=ip',
            '5 per=ip,user; chat_max_connections 6 per=user';
    taken(here("chat_max_connections $_;"))
        for 'off', 'off per=ip', '1 per=room', '1000000 per=ip,user,room',
            '5 per=ip; chat_max_connections 6 per=user';

    refused(qr/"chat_limit_zone" must be 64k to 1024g/,
            http => "$good chat_limit_zone 63k;", location => 'chat;');
    refused(qr/"chat_buffer_total" must be 1m to 1024g, or 0/,
            http => "$good chat_buffer_total 1023k;", location => 'chat;');
    taken(http => "$good chat_buffer_total 0; chat_limit_zone 64k;",
          location => 'chat;');

    nowhere(qr/invalid parameter "\S*" of "chat_join_request": \S/,
            "chat_join_request $_;")
        for 'ask', '@ask', 'http://a.example/', '""', '/ask/$chat_room',
            'off cache=1s', '/ask cache=', '/ask cache=0', '/ask cache=25h',
            '/ask cache=500ms', '/ask cache=x', '/ask timeout=99ms',
            '/ask timeout=61s', '/ask timeout=', '/ask timeout=x',
            '/ask max=0', '/ask max=1001', '/ask max=', '/ask max=x',
            '/ask cache=1s x=y', '/ask /also';
    nowhere(qr/invalid parameter "\S*" of "chat_publish_request": \S/,
            "chat_publish_request $_;")
        for 'ask', '@ask', 'http://a.example/', '""', '/ask/$chat_room',
            'off fail=open', '/ask fail=', '/ask fail=no', '/ask cache=1s',
            '/ask timeout=99ms', '/ask timeout=61s', '/ask timeout=x',
            '/ask max=0', '/ask max=1001', '/ask max=x', '/ask /also';
    nowhere(qr/invalid parameter "\S*" of "chat_event_request": \S/,
            "chat_event_request $_;")
        for 'ask', '""', '/ask/$chat_room', 'off queue=1m', '/ask queue=',
            '/ask queue=63k', '/ask queue=1025m', '/ask queue=x',
            '/ask timeout=99ms', '/ask max=1', '/ask fail=open', '/ask /also';
    taken(here("chat_event_request $_;"))
        for 'off', '/ask', '/ask?a=b', '/ask queue=64k timeout=1m';
    taken(http => "$good chat_event_request /a queue=64k;",
          location => 'chat; chat_event_request /b; } '
                      . 'location /more { chat; chat_event_request off; } '
                      . 'location /else { chat; chat_event_request /a;');
    taken(here("chat_publish_request $_;"))
        for 'off', '/ask', '/ask?a=b', '/ask fail=closed', '/ask fail=open',
            '/ask max=1000 timeout=1m fail=open fail=closed';

    taken(here("chat_join_request $_;"))
        for 'off', '/ask', '/ask?a=b', '/ask cache=1s', '/ask cache=24h',
            '/ask timeout=100ms max=1', '/ask max=1000 timeout=1m cache=90s';

    nowhere(qr/invalid room ".*": 1 to 64 characters/, "chat_room $_;")
        for '""', 'a/b', '-a', '~a', '"a b"', '"{a}"', 'r' x 65, '@a', '$arg_r';
    taken(here('chat_room ' . 'r' x 64 . ';'));

    return;
}


sub origins {
    my %why = (
        'has a path or a scheme other than http and https' =>
            ['https://a.example/', 'https://a.example/path', 'ftp://a.example',
             '://a.example'],
        'has no host' => ['*.', 'https://', '""'],
        'has a wildcard that is not its first label' =>
            ['*', 'https://*', '*.*.example', 'a.*.example'],
        'has a user' => ['https://u@a.example'],
        'is never matched' => ['null'],
        'has an invalid host or port' =>
            ['https://a.example:', 'https://a.example:0', '"a b"',
             'https://a.example:65536', 'https://a.example:x',
             'a.example?x'],
    );

    for my $why (sort keys %why) {
        nowhere(qr/invalid origin ".*" of "chat_origin": it $why.*; write it like https:\/\/chat\.example, /,
                "chat_origin $_;") for @{ $why{$why} };
    }

    nowhere(qr/"\w+" of "chat_origin" stands alone: take it out/, "chat_origin $_;")
        for 'a.example any', 'any none', 'https://a.example none',
            'same_host any';
    taken(here("chat_origin $_;"))
        for 'same_host', 'any', 'none', 'https://a.example',
            'same_host a.example', 'a.example same_host',
            'a.example https://b.example:8443 *.c.example http://*.d.example';

    return;
}


sub store {
    taken(location => 'chat; chat_guests on;');
    refused(qr/"chat_history off" must hold for all locations of a "chat_redis"/,
            http => $good, location => 'chat;',
            server => 'location /off { chat; chat_history off; }');
    taken(http => $good, location => 'chat; chat_history off;',
          server => 'location /raw { chat; chat_format raw; chat_room a; }');
    refused(qr/"chat" lets nobody in: set "chat_user"/,
            http => 'chat_redis redis://127.0.0.1;', location => 'chat;');
    taken(http => 'chat_redis redis://127.0.0.1; chat_user $remote_user;',
          location => 'chat;');
    nowhere(qr/"chat_format raw" needs a "chat_room"/, 'chat_format raw;');
    nowhere(qr/"chat_buffer_size" must hold a message of "chat_message_size"/,
            $_)
        for 'chat_buffer_size 8k;', 'chat_message_size 0;',
            'chat_message_size 1m;';

    return;
}


sub urls {
    my $secret = qr/s3cret/;

    for my $url (
        ['127.0.0.1' => 'the scheme must be'],
        ['http://127.0.0.1' => 'the scheme must be'],
        ['redis:/127.0.0.1' => 'the scheme must be'],
        ['redis://' => 'no host'],
        ['redis://:6379' => 'no host'],
        ['redis:///1' => 'no host'],
        ['redis://:s3cret@' => 'no host'],
        ['redis://127.0.0.1:0' => 'the port must be 1 to 65535'],
        ['redis://127.0.0.1:65536' => 'the port must be'],
        ['redis://127.0.0.1:' => 'the port must be'],
        ['redis://127.0.0.1:x' => 'the port must be'],
        ['redis://127.0.0.1/-1' => 'the database must be'],
        ['redis://127.0.0.1/x' => 'the database must be'],
        ['redis://127.0.0.1/10000' => 'the database must be'],
        ['redis://127.0.0.1/1/2' => 'the database must be'],
        ['redis://::1' => 'an IPv6 address needs brackets'],
        ['redis://[::1' => 'the IPv6 address is not valid'],
        ['redis://[::x]' => 'the IPv6 address is not valid'],
        ['redis://[::1]x' => 'only a port may follow'],
        ['redis://[::1]:0' => 'the port must be'],
        ['redis://a_b!c' => 'the host has a character'],
        ['redis://s3cret@127.0.0.1' => 'the part before @ must be'],
        ['redis://u:s3cret%@127.0.0.1' => 'the password must be percent'],
        ['redis://u:s3cret%0g@127.0.0.1' => 'the password must be percent'],
        ['redis://u:s3cret%00@127.0.0.1' => 'the password must be percent'],
        ['redis://u:s3[cret@127.0.0.1' => 'the password must be percent'],
        ['redis://u%:s3cret@127.0.0.1' => 'the user must be percent'],
        ['redis://u:s3cret@127.0.0.1:99999' => 'the port must be'],
        ['redis://u:@127.0.0.1' => 'a user without a password'],
        ['redis://u:s3cret/x@127.0.0.1' => 'the database must be'],
        ['unix:' => 'the path of the socket must begin'],
        ['unix:relative' => 'the path of the socket must begin'],
        ['unix:/a?x=1' => 'after the path of the socket only'],
        ['unix:/a?db=x' => 'the database must be'],
        ['unix:/' . 'a' x 120 => 'the path of the socket is too long'],
    ) {
        my $said = refused(qr/invalid redis url: $url->[1]/, http =>
                           "chat_redis \"$url->[0]\"; chat_guests on;",
                           location => 'chat;');
        main::ok($said !~ $secret, 'and no secret is printed');
    }

    for my $url ('redis://127.0.0.1', 'redis://127.0.0.1:6379/3',
                 'redis://localhost', 'redis://[::1]:6379',
                 'redis://:s3cret@127.0.0.1', 'redis://u:s%3Acret@127.0.0.1/0',
                 'unix:/run/redis.sock', 'unix:/run/redis.sock?db=2',
                 'REDIS://127.0.0.1')
    {
        taken(http => "chat_redis $url; chat_guests on;",
              location => 'chat;');
    }

    refused(qr/invalid prefix ".*" of "chat_redis"/, http =>
            "chat_redis redis://127.0.0.1 prefix=$_; chat_guests on;",
            location => 'chat;') for '', '"a b"', 'a%', 'p' x 33, 'a*';
    refused(qr/invalid parameter "\w*" of "chat_redis"/, http =>
            "chat_redis redis://127.0.0.1 $_; chat_guests on;",
            location => 'chat;') for 'x', 'user=s3cret', 's3cret';
    taken(http => 'chat_redis redis://127.0.0.1 prefix=my.site:1; '
                  . 'chat_guests on;', location => 'chat;');

    return;
}


sub hosts {
    refused(qr/host not found in "chat_redis" redis:\/\/nowhere\.invalid:6379\/0: correct the name, or set a "resolver"/,
            http => 'chat_redis redis://nowhere.invalid; chat_guests on;',
            location => 'chat;');
    taken(http => 'resolver 127.0.0.1; chat_redis redis://nowhere.invalid;'
                  . ' chat_guests on;', location => 'chat;');

    return;
}


sub passwords {
    my %file = (good => "s3cret\n", empty => '', lines => "a\nb\n",
                newline => "\n", large => 's' x 5000);

    for my $name (keys %file) {
        open my $out, '>', "$dir/$name" or die "$name: $!\n";
        print $out $file{$name};
        close $out;
    }

    my $conf = sub {
        return (http => "chat_redis $_[0]; chat_guests on;",
                location => 'chat;');
    };

    taken($conf->("redis://127.0.0.1 password_file=$dir/good"));
    taken($conf->('redis://127.0.0.1 password_file=good'));
    refused(qr/open\(\) ".*missing" of "password_file=" failed/,
            $conf->('redis://127.0.0.1 password_file=missing'));
    refused(qr/the password file ".*" must hold one line/,
            $conf->("redis://127.0.0.1 password_file=$_"))
        for qw(empty lines newline large);
    refused(qr/the password of "chat_redis" is given twice/,
            $conf->('redis://:a@127.0.0.1 password_file=good'));

    return;
}


sub tls {
    my $rediss = 'chat_redis rediss://127.0.0.1; chat_guests on;';

    refused(qr/no "chat_redis_ssl_trusted_certificate"/,
            http => $rediss, location => 'chat;');
    taken(http => "$rediss chat_redis_ssl_verify off;", location => 'chat;');
    refused(qr/no "chat_redis_ssl_certificate_key" is defined/,
            http => "$rediss chat_redis_ssl_verify off;"
                    . ' chat_redis_ssl_certificate a.pem;',
            location => 'chat;');
    refused(qr/invalid value "SSLv3"/, http => $rediss,
            location => 'chat; chat_redis_ssl_protocols SSLv3;');
    my ($said, $content) = nginx_test(conf(http => $rediss, location =>
        'chat; chat_redis_ssl_trusted_certificate missing.pem;'));

    main::ok(!$content && $said =~ /\[emerg\] .*missing\.pem/,
             'a certificate that is not there') || main::diag($said);
    refused(qr/"chat_redis_ssl_\*" differs between locations/,
            http => "$rediss chat_redis_ssl_verify off;",
            server => 'location /a { chat; chat_redis_ssl_name a; }'
                      . ' location /b { chat; chat_redis_ssl_name b; }');
    return;
}


# what stands in the file is one thing, what it asks of nginx another

sub warnings {
    my $said;
    my $zones = 'chat_guests on;';
    my @two = (location => 'chat;', server => 'location /a { chat; %s }');
    my $drain = qr/\[warn\] .*"chat_drain_time" is not below "worker_shutdown_timeout": .* make the latter longer/;
    my $keep = qr/\[warn\] .*"%s" differs between locations that share the rooms of "chat_zone" "default", .*: set it once for both, or give one of them another "chat_zone" in \S+:\d+/;
    my $few = qr/\[warn\] .*"worker_connections \d+" leaves less than 32 .* set it to (\d+) at least/;
    my $pings = qr/\[warn\] .*"chat_ping_interval" is not below 60s, .* in \S+:\d+/;
    my $with = sub {
        my ($line, %other) = @_;
        return taken(http => $zones, location => 'chat;', %other,
                     server => "location /a { chat; $line }");
    };

    $said = taken(main => 'worker_shutdown_timeout 4s;', here(''));
    main::like($said, $drain, 'X14 a drain longer than the shutdown');
    $said = taken(main => 'worker_shutdown_timeout 6s;', here(''));
    main::unlike($said, qr/\[warn\]/, 'X14 a drain shorter than the shutdown');
    $said = taken(main => 'worker_shutdown_timeout 4s;', http => $good);
    main::unlike($said, qr/\[warn\]/, 'no chat, no warning');

    nowhere(qr/"chat_buffer_size" must hold a message of "chat_message_size", or be 0/,
            'chat_buffer_size 16k; chat_message_size 17k;');
    main::like(taken(here("chat_ping_interval $_;")), $pings,
               "X15 pings each $_") for qw(60s 1h);
    main::unlike(taken(here("chat_ping_interval $_;")), qr/\[warn\]/,
                 "X15 pings each $_") for qw(59s 1s 0);
    $said = taken(http => "$zones chat_ping_interval 1h;",
                  server => 'location /a { chat; }', location => 'chat;');
    main::is(scalar(() = $said =~ /$pings/g), 1, 'X15 one warning of many');

    $said = taken(events => 'worker_connections 16;', here(''));
    main::like($said, $few, 'X23 too few connections');
    my ($least) = $said =~ $few;
    $said = taken(events => "worker_connections $least;", here(''));
    main::unlike($said, qr/\[warn\]/, "X23 $least connections are enough");
    $said = taken(events => 'worker_connections ' . ($least - 1) . ';',
                  here(''));
    main::like($said, $few, 'X23 one less is not');
    $said = taken(main => 'worker_processes 8;', http => $good,
                  events => 'worker_connections ' . ($least + 1) . ';',
                  server => 'listen 127.0.0.1:1 reuseport;',
                  location => 'chat;');
    main::unlike($said, $few, 'X23 sockets that are of other workers');
    $said = taken(events => 'worker_connections 16;', http => $good);
    main::unlike($said, qr/\[warn\]/, 'X23 without a chat it is not our matter');

    for (['chat_history', 'chat_history 10;'],
         ['chat_history', 'chat_history 1000 1d;'],
         ['chat_dedupe_time', 'chat_dedupe_time 5m;'])
    {
        my ($name, $line) = @$_;
        my $regex = $keep =~ s/%s/$name/r;

        main::like($with->($line), qr/$regex/, "X24 $line in one location");
    }

    main::unlike($with->($_), qr/\[warn\]/, "X24 $_")
        for '', 'chat_history 1000 7d;', 'chat_dedupe_time 10m;',
            'chat_history 10; chat_room own;',
            'chat_history 10; chat_zone other:8m;',
            'chat_history 10; chat_format raw; chat_room r;',
            'chat_history 10; chat_redis redis://127.0.0.1;';
    $said = taken(http => $good, location => 'chat;',
                  server => 'location /a { chat; chat_history 10; }');
    main::like($said, qr/\[warn\] .*"chat_history" differs .* "chat_redis" "[^"]*127.0.0.1.* another "prefix=" in/,
               'X24 with Redis');
    main::unlike($said, qr/:\/\/[^"]*@/, 'and no password');
    $said = $with->('chat_history 10;', http => "$zones server { listen "
                    . "unix:$dir/two; location /b { chat; chat_history 9; } }");
    main::is(scalar(() = $said =~ /differs/g), 1, 'X24 one warning of many');

    return;
}


# X17 what is read once has no variables

sub variables {
    my %regex = (
        chat_format => qr/invalid value/,
        chat_access_log => qr/invalid value/,
        chat_guests => qr/invalid value/, chat_detach => qr/invalid value/,
        chat_room => qr/invalid room/, chat_origin => qr/invalid origin/,
        chat_redis => qr/invalid redis url/, chat_presence => qr/needs "on"/,
        chat_zone => qr/invalid name/, chat_history => qr/needs a number/,
        chat_limit => qr/invalid parameter/,
        chat_redis_ssl_verify => qr/invalid value/,
        chat_join_request => qr/invalid parameter/,
        chat_publish_request => qr/invalid parameter/,
        chat_event_request => qr/invalid parameter/,
        chat_limit_dry_run => qr/invalid value/,
        chat_max_connections => qr/needs a number/,
        chat_tls_in_front => qr/invalid value/,
    );

    refused(qr/invalid (?:number|size|value)|directive invalid/,
            http => "chat_guests on; $_ \$arg_x;", location => 'chat;')
        for qw(chat_buffer_total chat_limit_zone);

    for my $name (sort keys %value) {

        # what is on the http level only; what has variables; and names, that
        # may be so

        next if $name =~ /^chat_user|ssl_(?:cert|ciphers|name|prot|trusted)
                          |_total$|limit_zone$|reserved_names/x;

        refused($regex{$name} // qr/"$name" directive invalid|invalid number/,
                http => 'chat_guests on;', location => "chat; $name \$arg_x;");
    }

    taken(location => 'chat; chat_user $arg_u; chat_user_name a$arg_n-$uri;');

    # nginx finds them when all is read, and names no line
    for my $line ('chat_user $nothing;',
                  'chat_user $arg_u; chat_user_name $nothing;')
    {
        my ($said, $content) = nginx_test(conf(location => "chat; $line"));

        main::ok(!$content && $said =~ /\[emerg\] .*unknown "nothing" variable/,
                 "${row}refused: $line") || main::diag($said);
    }

    return;
}


# X19, X20: nginx's own words, and no crash

sub loading {
    my ($said, $content, $binary);

    # nginx 1.22 loads no module twice, and none below http
    ($said) = nginx_test("load_module $module;\n" . conf(here('')));
    main::like($said, qr/\[emerg\] .*module .* is already loaded/,
               'X20 loaded twice');
    refused(qr/"load_module" directive is not allowed here/,
            http => "load_module $module;");
    ($said) = nginx_test("events { }\n" . conf(here('')) =~ s/events.*\n//r);
    main::like($said, qr/\[emerg\] .*"load_module" directive is specified too late/,
               'X20 loaded too late');

    open my $in, '<:raw', $module or die "$module: $!\n";
    $binary = do { local $/; <$in> };

    # what nginx compares: sizes, and a digit for each of its options
    my $changed = $binary =~ s/(?<=\d,\d,\d,)([01]{20})(?=[01]+\0)/0 x 20/e;
    main::ok($changed, 'X19 there is a signature to change');

    open my $out, '>:raw', "$dir/other.so" or die "other.so: $!\n";
    print $out $binary;
    close $out;

    ($said, $content) = nginx_test(conf(here('')) =~ s/^load_module .*/load_module $dir\/other.so;/r);
    main::ok(!$content && $said =~ /\[emerg\] .*module ".*other\.so" is not binary compatible/,
             'X19 a module for another nginx') || main::diag($said);

    return;
}


sub others {
    refused(qr/stands in a location that has another handler already/,
            http => $good, location => 'proxy_pass http://127.0.0.1; chat;');
    refused(qr/another directive gives to another handler|directive gives/,
            http => $good, location => 'chat; proxy_pass http://127.0.0.1;');
    taken();

    return;
}


sub locations {
    my ($n) = @_;
    return conf(http => "$good chat_message_size 8k;",
                server => CORE::join("\n", map {
                    "location /room-$_ { chat; chat_room r$_; }" } 1 .. $n));
}


# CPU time, in seconds, of "nginx -t" with so many locations

sub seconds {
    my ($n) = @_;
    my @before = times;
    my ($said, $content) = nginx_test(locations($n));
    my @after = times;

    main::ok($content, "X26 $n locations") || main::diag($said);

    return $after[2] + $after[3] - $before[2] - $before[3];
}


# kilobytes of its own that a master has who serves so many

sub memory {
    my ($n) = @_;
    my ($kilobytes, $deadline) = (0, time + 60);
    my $pid = fork // die "fork: $!\n";

    if ($pid == 0) {
        open my $out, '>', "$dir/nginx.conf" or die "nginx.conf: $!\n";
        print $out "daemon off;\n", locations($n);
        close $out;
        exec $ENV{TEST_NGINX_BINARY}, '-e', "$dir/logs/error.log", '-p', $dir,
             '-c', "$dir/nginx.conf";
        exit 1;
    }

    # it writes the file when all is read
    select undef, undef, undef, 0.05
        while time < $deadline && !(-s "$dir/nginx.pid");

    if (open my $in, '<', "/proc/$pid/status") {
        ($kilobytes) = do { local $/; <$in> } =~ /^VmData:\s+(\d+) kB/m;
    }

    kill 'TERM', $pid;
    waitpid $pid, 0;

    return $kilobytes;
}


sub many {
    my $asan = ($ENV{CHAT_FLAVOUR} || '') eq 'asan';

    cmp_ok(seconds(1000), '<', $asan ? 8 : 1,
           'X26 a thousand locations, CPU time');
    return if $asan;

    my ($one, $two, $four) = map { memory($_) } 1000, 2000, 4000;

    cmp_ok($two - $one, '>', 0, "X26 memory: $one, $two, $four kB");
    cmp_ok($two - $one, '<', 1000 * 16, 'X26 below 16 kB a location');
    cmp_ok($four - $two, '<', 1.5 * 2 * ($two - $one), 'X26 and linear');

    return;
}


for ([X1 => \&contexts], ['X2 X3' => \&directives], [X13 => \&bounds],
     ['' => \&statuses], [X13 => \&words], [X12 => \&origins], ['' => \&store],
     [X8 => \&urls], [X9 => \&hosts], [X8 => \&passwords], [X8 => \&tls],
     ['' => \&warnings], [X17 => \&variables], [X20 => \&loading],
     ['' => \&others], ['' => \&many])
{
    my ($rows, $part) = @$_;

    $row = $rows && "$rows ";
    $part->();
}

run_chat();

__DATA__

=== TEST 1: X18 what a location says holds there, else what its outer ones say
--- http_config
    chat_redis $TEST_NGINX_REDIS;
    chat_guests on;
    chat_max_rooms 7;
    chat_message_size 2k;
    chat_ping_interval 3s;
    chat_origin none;
    chat_presence off;
--- config
    chat_max_rooms 8;
    chat_ping_interval 4s;
    location /outer {
        chat;
        chat_max_rooms 9;
        location /outer/inner { chat; chat_message_size 3k; }
        location /outer/unset { chat; chat_ping_interval 0; chat_origin any; }
    }
    location /plain { chat; chat_presence on; }
    location /list {
        chat;
        chat_origin http://a.example;
        location /list/inner { chat; }
        location /list/same { chat; chat_origin same_host; }
    }
--- chat
a connect /outer
a expect json {"ev":"welcome","limits":{"rooms":9,"message":2048,"history":100},"heartbeat":4,"features":["history","edit","typing"]}
a connect /outer/inner
a expect json {"ev":"welcome","limits":{"rooms":9,"message":3072},"heartbeat":4}
a connect /outer/unset | Origin: http://any.example
a expect json {"ev":"welcome","heartbeat":0}
a connect /plain
a expect json {"ev":"welcome","limits":{"rooms":8,"message":2048},"heartbeat":4,"features":["history","edit","typing","presence"]}
a refuse 403 /plain | Origin: http://localhost:$TEST_NGINX_SERVER_PORT
a connect /list/inner | Origin: http://a.example
a refuse 403 /list/inner | Origin: http://b.example
a connect /list/same | Origin: http://localhost:$TEST_NGINX_SERVER_PORT
a refuse 403 /list/same | Origin: http://a.example



=== TEST 2: X24 two servers share a store, a prefix or database parts them
--- http_config
    chat_redis $TEST_NGINX_REDIS;
    chat_guests on;
    server {
        listen 127.0.0.1:$TEST_NGINX_SPARE_PORT;
        location /same { chat; chat_redis $TEST_NGINX_REDIS; }
        location /prefix { chat; chat_redis $TEST_NGINX_REDIS prefix=site2; }
        location /db { chat; chat_redis $TEST_NGINX_REDIS?db=2; }
    }
--- config
    location /ws { chat; chat_message_size 2k; }
--- chat
a hello /ws?room=r
b hello worker!=a port=$TEST_NGINX_SPARE_PORT /same?room=r
c hello worker==a port=$TEST_NGINX_SPARE_PORT /prefix?room=r
d hello worker==a port=$TEST_NGINX_SPARE_PORT /db?room=r
a until json {"ev":"joined"}
b until json {"ev":"joined","count":2}
c until json {"ev":"joined","count":1}
d until json {"ev":"joined","count":1}
a call {"op":"send","room":"r","text":"one"} => {"ok":{"seq":1}}
b until json {"ev":"message","text":"one"}
c call {"op":"send","room":"r","text":"two"} => {"ok":{"seq":1}}
c find json {"ev":"message","text":"two"}
d call {"op":"send","room":"r","text":"three"} => {"ok":{"seq":1}}
d until json {"ev":"message","text":"three"}
c until json {"ev":"presence"}
c silent 0.2
a until json {"ev":"message","text":"one"}
b call {"op":"send","room":"r","text":"{rep 3000 x}"} => {"ok":{"seq":2}}
a until json {"ev":"message","seq":2}
# the prefixes and databases have keys of their own
redis cli KEYS *:m ~ site2:\{r\}:m
redis cli KEYS *:m ~ chat:\{r\}:m



=== TEST 3: X21 sixty-four workers
--- workers: 64
--- chat
a hello /ws?room=r
b hello worker!=a /ws?room=r
c hello worker!=a,b /ws?room=r
soon a call {"op":"who","room":"r"} => {"ok":{"count":3}}
a call {"op":"send","room":"r","text":"one"} => {"ok":{"seq":1}}
b until json {"ev":"message","seq":1,"text":"one"}
c until json {"ev":"message","seq":1,"text":"one"}
c call {"op":"send","room":"r","text":"two"}
a until json {"ev":"message","seq":2,"prev":1}
