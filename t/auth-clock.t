# Tokens while the clock of the day jumps.
# not run on asan: the sanitizers must be the first that are preloaded
# not run on partial: it is about time

use strict;
use warnings;

use lib 't/lib';
use ChatTest;

BEGIN {
    my $clock = 'build/preload/clock.so';

    system('make', '-s', $clock) == 0 or die "no $clock\n";

    $ENV{TEST_NGINX_LD_PRELOAD} =
        join ':', grep { $_ } $ENV{TEST_NGINX_LD_PRELOAD},
                              Cwd::realpath($clock);
    $ENV{CHAT_CLOCK} = "$ENV{TEST_NGINX_SERVROOT}/html/clock";
}

run_chat();

__DATA__

=== TEST 1: T23 new tokens are judged by the clock, open sockets by their timers
--- config
    location /ws { chat; chat_token_key $TEST_NGINX_TOKENS/secret; }
--- user_files
>>> clock
0
>>> ahead
3600
>>> behind
-3600
>>> right
0
--- chat
token t HS256 {"sub":"ann","exp":+600}
token o HS256 {"sub":"ann","exp":+86000,"iat":-1}
token n HS256 {"sub":"ann","exp":+5000}
a hello /ws | Authorization: Bearer {t}
# an hour ahead: who is in stays, and its token makes no new connection
copy $TEST_NGINX_SERVROOT/html/ahead $TEST_NGINX_SERVROOT/html/clock
soon b refuse 401 /ws | Authorization: Bearer {t} ~ has expired
a call {"op":"ping"}
b hello /ws | Authorization: Bearer {n}
# an hour behind: tokens seem to be of the future, those that say when
copy $TEST_NGINX_SERVROOT/html/behind $TEST_NGINX_SERVROOT/html/clock
soon c refuse 401 /ws | Authorization: Bearer {o} ~ was issued in the future
c hello /ws | Authorization: Bearer {t}
a call {"op":"ping"}
# a token ends when its time has passed, wherever the clock has gone since
copy $TEST_NGINX_SERVROOT/html/right $TEST_NGINX_SERVROOT/html/clock
soon c hello /ws | Authorization: Bearer {o}
token s HS256 {"sub":"ann","exp":+4}
d hello /ws | Authorization: Bearer {s}
copy $TEST_NGINX_SERVROOT/html/behind $TEST_NGINX_SERVROOT/html/clock
d until close 4203
a call {"op":"ping"}
b call {"op":"ping"}
