use lib '/work/main/t/lib';
use ChatTest;
run_chat();
__DATA__

=== TEST 1: crash is seen
--- chat
a hello /ws?name=Ann
set p = {a.pid}
kill worker-of a
sleep 0.2

=== TEST 2: bad conf
--- config
location /x { chat_bogus; }
--- must_die
--- error_log
unknown directive

=== TEST 3: TLS, reload, upgrade, quit
--- config
location /ws { chat; chat_guests on; }
listen 127.0.0.1:$TEST_NGINX_RAND_PORT_1 ssl;
ssl_certificate $TEST_NGINX_CERT;
ssl_certificate_key $TEST_NGINX_KEY;
--- chat
a hello tls port=$TEST_NGINX_RAND_PORT_1 /ws?name=Ann
b hello worker!=a /ws?name=Bob
a call {"op":"join","room":"lobby"}
b call {"op":"join","room":"lobby"}
b call {"op":"send","room":"lobby","text":"{rep 300 xy}"}
a until json {"ev":"message","text":"{rep 300 xy}"}
reload
within 8 a until close
within 8 b until close
a hello /ws
upgrade
within 8 a until close
a hello /ws
quit
within 8 a until close
gone 8
