# A worker that dies while it stores a message and its event: the site is told
# that one may be missing.  The sanitizer build has the steps.
#
# not run on debian: only the sanitizer build can be told to die
# not run on partial: nor can this

use strict;
use warnings;

use lib 't/lib';
use ChatTest;
use ChatTest::Site;

if (($ENV{CHAT_FLAVOUR} || '') ne 'asan') {
    Test::More->builder->reset;
    Test::More::plan(skip_all => 'only the sanitizer build can be told to die');
}

$ENV{TEST_NGINX_SITE_PORT} = ChatTest::Site::start();

our $config = <<'_EOC_';
    chat_user $arg_u;
    chat_event_request /told;

    location /ws { chat; }
    location = /told {
        internal;
        proxy_pass http://127.0.0.1:$TEST_NGINX_SITE_PORT/told;
    }
_EOC_

run_chat();

__DATA__

=== TEST 1: killed between a message and its event
--- main_config
    env "NGX_CHAT_CRASH=publish 3";
--- config eval: $::config
--- chat
http port=$TEST_NGINX_SITE_PORT GET /reset => 200
b hello /ws?u=bob
b call {"op":"join","room":"r"}
a hello worker!=b /ws?u=ann
a call {"op":"join","room":"r"}
soon http port=$TEST_NGINX_SITE_PORT GET /list => 200 ~ join r ann
a send json {"op":"send","id":1,"room":"r","text":"one","cid":"c"}
soon errlog ~ this worker kills itself
a drop
b insist {"op":"send","room":"r","text":"two"}
within 20 soon http port=$TEST_NGINX_SITE_PORT GET /list => 200 ~ (?s)lost crash\n.*message r bob \d+ two
http port=$TEST_NGINX_SITE_PORT GET /sum => 200 ~ messages=1 doubles=\d+ disorder=0 lost=1
--- allow_log
exited on signal 9
was locked by
