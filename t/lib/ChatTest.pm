package ChatTest;

# Test::Nginx::Socket with a dialogue of several WebSocket clients.
#
#     use lib 't/lib';
#     use ChatTest;
#
#     run_chat();
#
#     __DATA__
#
#     === TEST 1: two people talk
#     --- chat
#     a hello /ws?name=Ann
#     b hello worker!=a /ws?name=Bob
#     a call {"op":"join","room":"lobby"}
#     b call {"op":"join","room":"lobby"}
#     a call {"op":"send","room":"lobby","text":"hi"} => {"ok":{"seq":1}}
#     b until json {"ev":"message","text":"hi","from":{"name":"Ann"}} as m
#     b close 1000
#     b expect close 1000
#     b expect eof
#
# Start a title with "TEST n: ".  Sections, all of Test::Nginx's own and:
#
#     --- chat         the dialogue, see below
#     --- http_config  default: $TEST_NGINX_STORE; and chat_leave_delay 0, so
#                      that nobody waits for who left, if it names no other
#     --- config       default: location /ws { chat; chat_guests on; }
#     --- limits       the default ones hold; without it they are lifted
#     --- workers      default: 2
#     --- no_leaks     ASan does not look for leaks: nginx waits for no end
#     --- allow_log    regexes, one a line: lines of error.log that may be
#                      alert or emerg; a killed worker's own line always may
#     --- replica      a replica of the Redis is there before nginx is
#     --- main_config  load_module comes first by itself
#     --- store        redis or shm: the block is skipped on the other one
#     --- zone         the size of the embedded store, if not as usual
#
# In the configuration and in the dialogue:
#
#     $TEST_NGINX_STORE       the directive of the store under test, or nothing
#     $TEST_NGINX_REDIS       unix:/... of the file's private redis-server,
#                             which starts when the first block names it and
#                             is empty and running when such a block begins
#     $TEST_NGINX_REDIS_PORT  the same server on 127.0.0.1
#     $TEST_NGINX_FAKE_PORT   t/lib/fake_redis.pl before the same server: as it
#                             when a block begins, and otherwise on demand
#     $TEST_NGINX_SERVER_PORT, $TEST_NGINX_SPARE_PORT for another listener
#     $TEST_NGINX_CERT, $TEST_NGINX_KEY   a certificate for localhost
#     $TEST_NGINX_TOKENS      keys, see t/lib/ChatTest/Token.pm
#
# Each block is two tests: the dialogue; and nginx exits in time on QUIT, with
# no alert, no emerg, no line of a sanitizer in its error.log.
#
# The environment chooses what is tested: CHAT_FLAVOUR=debian, the default;
# asan, the sanitizer build; partial, Debian's nginx with short reads, short
# writes and EAGAIN; late, with pauses.  Times in a dialogue are for "debian";
# deadlines are longer for the others by themselves.
#
# And CHAT_STORE chooses the store: redis; shm, the embedded one, the default.
# t/broker_*.t are the contract of every store: nothing in them is of one store
# alone, but blocks that say so, and what is to be seen at the wire is looked
# at there.  t/redis*.t and t/zone*.t are about one store and run on it alone.
# The others do not care, so they run on what starts faster.  CHAT_NODES=2: on
# Redis, and every block has two nginx, see t/lib/ChatTest/Nodes.pm.
# CHAT_BUSY=1, as in t/bin/test: deadlines of "debian" are twice as long.
#
# The dialogue: one step a line, # begins a comment line.  A name (a, bob)
# makes a client.
#
#  a connect /ws?room=r | Header: value | -Origin
#                            TCP and the handshake, which must succeed.  A
#                            header given replaces the usual one, -Name
#                            leaves it out.  Options before the path: tls,
#                            cert (a client's), port=N, from=127.0.0.2,
#                            rcvbuf=4096, worker!=b, worker!=b,c, worker==b:
#                            lands on another worker than b (and c), or on it;
#                            node=2: on the other nginx
#  a hello /ws as w          connect, and take the welcome event out ({w.node};
#                            without "as" it is {aw.node})
#  a stream /api/v1/rooms/r/events | X-User: ann
#                            as connect (h2: by HTTP/2); an event is a text with
#                            "_event", "_id", "_retry", a comment is a ping
#  a worker != b             reconnects until it is so (as it connected)
#  a refuse 403 /ws | Origin: http://evil ~ regex of the body
#  a header Sec-WebSocket-Protocol chat.v1
#  a header Retry-After ~ ^\d+$
#  a header !Sec-WebSocket-Extensions
#  a open                    TCP only
#  a write GET / HTTP/1.1\r\nHost: x\r\n\r\n
#  a expect http 400 ~ regex of the body
#
#  a send text hello         a masked text frame; nothing: an empty one
#  a send json {"op":"ping"} the same, for the eye
#  a send binary 00 ff       and: a send ping payload, or pong
#  a frame fin=0 rsv=4 op=1 mask=0 key=01020304 len=5 form=16 payload
#                            a frame as wrong as wanted.  op: a number or
#                            cont text binary close ping pong; len: the
#                            length it claims; form: 7, 16 or 64 bits for it
#  a raw 81 82 00000000 6869 bytes
#  a bytewise                from now on one byte a write; "a bytewise 0.001"
#                            waits between; "a chunk 7", "a chunk 0": all
#  a close 1000 bye          a close frame; "a close": without a code
#  a shut                    half close: no more bytes from a
#  a drop / a reset          closes the socket without a word, or with a RST
#  a slow / a resume         stops reading, reads on (see rcvbuf)
#  a manual / a auto         no answers to ping and close by itself, or yes
#
#  a expect text hello       the next frame is this, but for pings (they are
#                            answered), heartbeats, and presence, which waits
#  a expect text             an empty text
#  a expect~ regex           a text that matches
#  a expect binary 00ff
#  a expect json {"ev":"message","seq":*,"from":{"name":"Ann"}} as m
#                            keys that are named must match, others may be
#                            there.  "*": any value; "!": the key must not be
#                            there; "~regex"; ["...",x]: x is an element
#  a expect ping             or pong, with a payload or any
#  a expect close 1002       a close frame; "close": any; "close none": no
#                            code; "close 1008 ~ regex of the reason"
#  a expect eof              the server closed; reset: by RST; gone: any way.
#                            No frame may be left
#  a until json {...}        as expect, but skips (and drops) other frames
#  a find json {...}         as until, but the others stay in the queue
#  a call {"op":"who","room":"r"} => {"ok":{"count":2}} as m
#                            sends it with a new id, and finds its answer;
#                            without => any "ok"
#  a insist {"op":"send","room":"r","text":"x"} => {"ok":{"seq":2}} as m
#                            as call, again and again while the answer is
#                            "unavailable", for 10 s; what is sent has a cid
#                            of its own
#  a story r 3 20            messages 3 to 20 of the room r come, in answers or
#                            as events, in this order, each once, and no
#                            resync; "*" for 3: whichever is the first, and
#                            what comes again is dropped, as clients do whose
#                            worker heals.  These frames are taken out
#  a silent 0.3              no frame comes for so long
#
#  {m.seq} {m.users.0.id}    of what "as m" captured; "set x = text", {x}
#  {rep 65536 ab}            the text, so many times
#  {hex e282ac}              bytes
#  {a.pid} {a.port}          the worker of a, a's own port
#  repeat 50 c{i} connect /ws      {i} counts from 1
#  a repeat 50 send text {i}
#  within 20 a expect ...    another deadline, in seconds
#  soon a call ...           again and again until it passes
#  sleep 0.1 / copy from to  a file / move from to  a log
#  early 8443 /ws ~ regex    the answer to a handshake in TLS' early data
#  token t HS256 {"sub":"ann","exp":+60}    see t/lib/ChatTest/Token.pm
#
#  reload                    HUP, until the new workers serve; "reload 8":
#                            from now on so many
#  upgrade                   USR2, WINCH, QUIT, until the new binary serves
#  quit / gone 5             QUIT; nginx has gone, 5 s at most
#  signal TERM               any signal to the master
#  kill worker-of a          SIGKILL, until there is a new one; "kill worker 1"
#  freeze worker-of a        SIGSTOP; "thaw": SIGCONT to all of them
#  promptly 1.8 errlog !~ x  only if it is not later than that after "thaw"
#  other start               a second nginx of the same configuration, on the
#                            port {other}; it is gone at the block's end
#  other kill|quit           SIGKILL to its master and workers, at once; QUIT
#  redis stop|start          killed, started again (empty, or with what SAVE
#                            wrote); start takes options: --name value
#  redis ready               after a start: its data is loaded
#  redis pause|resume        SIGSTOP, SIGCONT
#  redis drop                cuts all its connections
#  redis wait 4              so many connections are there; "redis wait": two
#                            a worker
#  redis cli CLIENT LIST ~ regex
#                            "one word" may hold spaces
#  monitor                   what Redis is told from now on; "monitor ~ regex"
#  fake once:EVALSHA/XADD:$-2\r\n    an order for t/lib/fake_redis.pl
#  replica start             another Redis that follows it; and stop, pause,
#                            resume, cli
#  http POST /x | Header: v || body => 200 ~ regex as m
#                            also "http port=N GET ..."
#  http header Link ~ regex  of that answer, as "a header"
#  metric /status rooms == 2 of "chat_status"; name{label="value"}; >=, <= too
#  access ~ regex            access.log has such a line, now or soon
#  errlog ~ regex            error.log; "errlog !~ regex": it has none now

use strict;
use warnings;

use Cwd ();
use Fcntl qw(LOCK_EX LOCK_NB);
use File::Basename qw(basename dirname);
use File::Path qw(make_path);
use IO::Socket::INET;

my ($root, $flavour, %flavour, $store, $redis, $fake, @locks, $port);


# a loopback port that nobody holds, locked for as long as this test runs; none
# of those that the kernel gives to whoever connects

sub free_port {
    for (1 .. 1000) {
        my $try = 20000 + int rand 12000;

        next if !lock_name("port-$try");

        IO::Socket::INET->new(Listen => 1, ReuseAddr => 1,
                              LocalAddr => "127.0.0.1:$try") or next;

        return $try;
    }

    die "no free port\n";
}


# the directory, or one beside it while somebody else runs the same test

sub free_directory {
    my ($wanted) = @_;

    for my $name ($wanted, map { "$wanted-$_" } 2 .. 100) {
        return $name if lock_name(basename($name));
    }

    die "no free directory\n";
}


# false: somebody has it; otherwise it is ours until this test ends

sub lock_name {
    my ($name) = @_;

    open my $lock, '>', "$root/build/t/locks/$name" or die "$name: $!\n";
    return 0 if !flock $lock, LOCK_EX | LOCK_NB;
    push @locks, $lock;

    return 1;
}


BEGIN {
    $root = Cwd::realpath(dirname(__FILE__) . '/../..');
    $flavour = $ENV{CHAT_FLAVOUR} || 'debian';

    %flavour = (
        debian  => { nginx => '/usr/sbin/nginx',
                     module => $ENV{CHAT_MODULE}
                               || "$root/build/ngx_http_chat_module.so",
                     patience => $ENV{CHAT_BUSY} ? 2 : 1 },
        asan    => { nginx => "$root/build/asan/nginx/objs/nginx",
                     module => "$root/build/asan/ngx_http_chat_module.so",
                     patience => 4 },
        partial => { nginx => '/usr/sbin/nginx',
                     module => "$root/build/ngx_http_chat_module.so",
                     preload => "$root/build/preload/partial_io.so",
                     patience => 3 },
    );
    $flavour{late} = { %{ $flavour{partial} }, patience => 4,
                       preload => "$root/build/preload/late.so" };

    die "no flavour $flavour\n" if !$flavour{$flavour};
    %flavour = %{ $flavour{$flavour} };

    my $stem = basename($0) =~ s/\.t$//r;
    my $only = $stem =~ /^redis/ ? 'redis'
             : $stem =~ /^zone/  ? 'shm' : undef;

    my $nodes = $ENV{CHAT_NODES} //= 1;

    $store = $ENV{CHAT_STORE} || ($nodes > 1 ? 'redis' : $only) || 'shm';
    die "no store $store\n" if $store !~ /^(?:redis|shm)$/;

    if ($only && $store ne $only) {
        print "1..0 # SKIP it is about the store $only\n";
        exit 0;
    }

    # a servroot and ports of its own, so that files can run side by side
    make_path("$root/build/t/locks");

    $stem = join '-', $flavour, $nodes > 1 ? 'nodes' : $store, $stem;
    $ENV{TEST_NGINX_SERVROOT} = free_directory("$root/build/t/$stem");
    $ENV{TEST_NGINX_BINARY} = $flavour{nginx};
    $ENV{TEST_NGINX_LD_PRELOAD} = $flavour{preload} if $flavour{preload};
    $ENV{TEST_NGINX_MASTER_PROCESS} = 'on';

    $port = free_port();
    $ENV{TEST_NGINX_SERVER_PORT} = $port;
    $ENV{TEST_NGINX_CLIENT_PORT} = $port;
    $ENV{TEST_NGINX_STREAM_PORT} = $port;

    $ENV{TEST_NGINX_REDIS_PORT} = free_port();
    $ENV{TEST_NGINX_FAKE_PORT} = free_port();
    $ENV{TEST_NGINX_SPARE_PORT} = free_port();
    $ENV{TEST_NGINX_CERT} = "$root/build/t/cert.pem";
    $ENV{TEST_NGINX_KEY} = "$root/build/t/key.pem";
    $ENV{TEST_NGINX_TOKENS} = "$root/build/t/tokens";

    if ($flavour eq 'asan') {
        # the exit status is nginx's: reports are found in the log
        $ENV{ASAN_OPTIONS} = 'detect_leaks=1:malloc_context_size=20'
            . ':detect_stack_use_after_return=1:exitcode=0';
        require ChatTest::Nginx;
        $ENV{LSAN_OPTIONS} = ChatTest::Nginx::leaks("$root/t/lib/lsan.supp");
        $ENV{UBSAN_OPTIONS} = 'print_stacktrace=1';
    }
}

package main;

use Test::Nginx::Socket 'no_plan';

package ChatTest;

use ChatTest::Client;
use ChatTest::Fake;
use ChatTest::Nginx;
use ChatTest::Redis;
use ChatTest::Script;
use ChatTest::Stream;

my ($nginx, $with_redis, %allow);


sub import {
    no strict 'refs';
    *{'main::run_chat'} = \&run_chat;
    return;
}


sub run_chat {
    my $original = $Test::Nginx::Util::RunTestHelper;

    # the END blocks stop nginx and redis
    $SIG{TERM} = $SIG{INT} = $SIG{HUP} = sub { exit 1 };

    # a peer that has gone is found by what a write returns; what is started
    # from here does not inherit a handler
    $SIG{PIPE} = sub { };

    # nginx that does not start ends this file, not the suite
    no warnings 'redefine';

    *Test::More::BAIL_OUT = sub {
        main::fail("@_");
        exit 1;
    };

    # alerts are looked for here, after nginx has gone
    $SIG{__WARN__} = sub {
        warn @_ if $_[0] !~ /^WARNING: .*\[(?:alert|crit|emerg)\]/;
    };

    main::log_level('info');
    main::no_long_string();
    main::no_shuffle();
    main::worker_connections(1024);

    # what the file itself says of its blocks comes first
    push @Test::Nginx::Util::BlockPreprocessors, \&prepare;

    $Test::Nginx::Util::ServerPort = "127.0.0.1:$port";

    $Test::Nginx::Util::RunTestHelper = sub {
        my ($block, $dry_run, $index) = @_;

        if (!defined $block->chat) {
            $original->(@_);
            finish($block);
            return;
        }

        dialogue($block);

        if (grep { defined $block->$_ }
                 qw(error_log no_error_log grep_error_log))
        {
            &Test::Nginx::Socket::check_error_log($block, undef, $dry_run,
                                                  $index, 0);
        }

        finish($block);
    };

    main::run_tests();

    return;
}


# before a block: what it does not say

sub prepare {
    my ($block) = @_;
    my ($text, $workers, $skipped, $directive);

    $workers = $block->workers // 2;
    $workers =~ s/\s//g;
    main::workers($workers);

    $nginx = ChatTest::Nginx->new(
        pid_file => $Test::Nginx::Util::PidFile,
        log      => $Test::Nginx::Util::ErrLogFile,
        port     => $port,
        workers  => $workers,
        patience => $flavour{patience},
    );

    $skipped = defined $block->store && $block->store !~ /^\s*$store\s*$/;

    if ($skipped) {
        # a version that nginx has, and the reason
        $block->set_value('skip_nginx', "2: >= 0.0.1: not of the store $store");
    }

    if (!defined $block->http_config) {
        $block->set_value('http_config', "\$TEST_NGINX_STORE\n");
    }

    if ($block->http_config !~ /\bchat_leave_delay\b/) {
        $block->set_value('http_config', "chat_leave_delay 0;\n"
                          . $block->http_config);
    }

    if (!defined $block->config) {
        $block->set_value('config', $block->chat ?
                          "location /ws { chat; chat_guests on; }\n" : "\n");
    }

    if (!defined $block->limits) {
        $block->set_value('http_config', ChatTest::Nginx::lifted()
                          . $block->http_config);
    }

    if ($store eq 'redis') {
        $directive = 'chat_redis $TEST_NGINX_REDIS;';

    } elsif (defined $block->zone) {
        $directive = store_directive($block->zone =~ s/\s//gr);
    }

    for my $section (qw(http_config config)) {
        $block->set_value($section, $block->$section
                          =~ s|\$TEST_NGINX_STORE\b|$directive // ''|egr);
    }

    $block->set_value('main_config', "load_module $flavour{module};\n"
                      . ($block->main_config // ''));

    $text = join "\n", map { $block->$_ // '' }
            qw(main_config http_config config chat);

    $with_redis = !$skipped && $text =~ /\$TEST_NGINX_(?:REDIS|FAKE)/;

    if ($with_redis) {
        renew_redis();
        $redis->replica->start if defined $block->replica;
    }

    if ($with_redis && $text =~ /\$TEST_NGINX_FAKE/) {
        $fake //= ChatTest::Fake->new($ENV{TEST_NGINX_FAKE_PORT},
                                      $ENV{TEST_NGINX_REDIS_PORT});
        $fake->order('reset', 5 * $flavour{patience});
    }

    if (defined $block->must_die) {
        $block->set_value('suppress_stderr', 1);
    }

    # nginx itself leaks when it does not start; and who is to end at once has
    # no time to look for leaks, for which symbols are read
    if (defined $ENV{ASAN_OPTIONS}) {
        my $leaks = defined $block->must_die || defined $block->no_leaks
            ? 0 : 1;
        $ENV{ASAN_OPTIONS} =~ s/detect_leaks=\d/detect_leaks=$leaks/;
    }

    ChatTest::Token::make_keys() if $text =~ /\$TEST_NGINX_TOKENS/;
    ChatTest::Token::make_certificate() if $text =~ /\$TEST_NGINX_(?:CERT|KEY)/;

    return;
}


sub renew_redis {
    $redis //= ChatTest::Redis->new($ENV{TEST_NGINX_REDIS_PORT});
    $redis->renew;
    $ENV{TEST_NGINX_REDIS} = "unix:$redis->{socket}";
    return;
}


# for a test that writes its own configuration, what $TEST_NGINX_STORE is

sub store_directive {
    my ($zone) = @_;

    if ($store eq 'redis') {
        renew_redis();
        return "chat_redis $ENV{TEST_NGINX_REDIS};";
    }

    return defined $zone ? "chat_zone test:$zone;" : '';
}


sub dialogue {
    my ($block) = @_;
    my ($script, $report, $text);

    $script = ChatTest::Script->new(
        nginx   => $nginx,
        nodes   => $with_redis ? $ENV{CHAT_NODES} : 1,
        redis   => $with_redis ? $redis : undef,
        fake    => $fake,
        port    => $port,
        timeout => 5 * $flavour{patience},
        binary  => $flavour{nginx},
        spare   => \&free_port,
        logs    => "$Test::Nginx::Util::ServRoot/logs",
        conf    => $Test::Nginx::Util::ConfFile,
    );

    $text = Test::Nginx::Util::expand_env_in_text($block->chat, $block->name,
                                          $Test::Nginx::Util::RandPorts);

    $report = eval { $nginx->wait_ready; 1 } ? $script->run($text) : $@;

    ChatTest::Client::drop_all();
    $allow{$block->name} = $script->{allow};

    if (my $fault = $script->clean_up) {
        $report = join "\n", grep { $_ } $report, $fault;
    }

    main::ok(!$report, $block->name . ' - dialogue')
        or main::diag("$report\n", log_tail());

    return;
}


# after a block: nginx goes, and its log is clean

sub finish {
    my ($block) = @_;
    my (@faults, @allowed, $left);

    $redis->resume if $redis && $redis->{pid};
    $left = $nginx->stop;
    push @faults, $left if $left;

    # the search itself has failed, in some layouts of the memory: no finding
    @allowed = (qr/LeakSanitizer has encountered a fatal error/,
                qr/HINT: (?:For debugging|LeakSanitizer does not work under)/,
                @{ $allow{$block->name} || [] });
    push @allowed, map { qr/$_/ } grep { length } split /\n/,
         $block->allow_log // '';

    for my $line (log_lines()) {
        next if $line !~ /\[(?:alert|emerg)\]|AddressSanitizer|LeakSanitizer
                          |UndefinedBehaviorSanitizer|\ runtime\ error:/x;
        next if grep { $line =~ $_ } @allowed;
        push @faults, $line;
    }

    main::ok(!@faults, $block->name . ' - exit and log')
        or main::diag(join("\n", @faults[0 .. ($#faults < 20 ? $#faults : 20)],
                           '', $left ? log_tail() : sanitizer_report()));

    return;
}


sub log_lines {
    open my $in, '<', $Test::Nginx::Util::ErrLogFile or return;
    chomp(my @lines = <$in>);
    return @lines;
}


sub log_tail {
    my @lines = grep { !/\[notice\]/ } log_lines();
    return join "\n", 'error.log:',
        map { "    $_" } @lines[@lines > 15 ? -15 : -@lines .. -1];
}


# the first report of a sanitizer as a whole

sub sanitizer_report {
    my @lines = log_lines();

    shift @lines while @lines && $lines[0] !~ /Sanitizer|runtime error:/;

    return map { "    $_\n" } @lines[0 .. ($#lines < 60 ? $#lines : 60)];
}


1;
