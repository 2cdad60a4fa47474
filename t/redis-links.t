# The ways to a Redis: TCP and unix socket, TLS, password and user, host names
# by nginx's resolver; and what is said of each that fails.

use strict;
use warnings;

use lib 't/lib';

use File::Temp ();
use IO::Socket::INET;
use IO::Socket::UNIX;

my ($dir, $redis, $dns);


# below those that the kernel gives to whoever connects

sub free_port {
    for (1 .. 1000) {
        my $port = 10000 + int rand 10000;

        return $port if IO::Socket::INET->new(Listen => 1, ReuseAddr => 1,
                                              LocalAddr => "127.0.0.1:$port");
    }

    die "no free port\n";
}


# two certificates of one authority; one names a host, one an address

sub certificates {
    my $openssl = "cd $dir && openssl";

    system("$openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout ca.key"
           . " -out ca.pem -subj '/CN=the authority' 2>/dev/null") == 0
        or die "openssl fails\n";

    system("$openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout other.key"
           . " -out other.pem -subj '/CN=another authority' 2>/dev/null") == 0
        or die "openssl fails\n";

    system("$openssl req -newkey rsa:2048 -nodes -keyout redis.key"
           . " -out redis.csr -subj '/CN=redis' 2>/dev/null && "
           . "printf 'subjectAltName=DNS:redis.example,IP:127.0.0.1' > ext && "
           . "openssl x509 -req -in redis.csr -CA ca.pem -CAkey ca.key"
           . " -CAcreateserial -days 2 -extfile ext -out redis.pem"
           . " 2>/dev/null") == 0
        or die "openssl fails\n";

    return;
}


# what README.md says that a user needs

sub documented {
    open my $in, '<', 'README.md' or die "README.md: $!\n";
    my ($rights) = join('', <$in>)
        =~ /ACL SETUSER chat on >password (.*?)\n\n/s
        or die "README.md: no ACL\n";

    return $rights =~ s/\s+/ /gr;
}


# a Redis with a password, on a port, a TLS port and a unix socket

sub start_redis {
    open my $out, '>', "$dir/conf" or die "conf: $!\n";
    print $out <<"_EOC_";
port $ENV{TEST_NGINX_PLAIN_PORT}
tls-port $ENV{TEST_NGINX_TLS_PORT}
tls-cert-file $dir/redis.pem
tls-key-file $dir/redis.key
tls-ca-cert-file $dir/ca.pem
tls-auth-clients optional
unixsocket $dir/sock
unixsocketperm 777
bind 127.0.0.1
save ""
appendonly no
dir $dir
requirepass "open sesame"
user ann on >wonder +\@all ~p:* &p:*
user doc on >wonder @{[documented()]}
user bob on >wonder +\@all ~* &* -info
_EOC_
    close $out;

    $redis = fork // die "fork: $!\n";

    if ($redis == 0) {
        open STDOUT, '>', "$dir/log";
        exec 'redis-server', "$dir/conf";
        exit 127;
    }

    for (1 .. 200) {
        return if IO::Socket::UNIX->new(Peer => "$dir/sock");
        select undef, undef, undef, 0.02;
    }

    die "redis-server does not start\n";
}


BEGIN {
    $dir = File::Temp->newdir('chat-links-XXXXXX', TMPDIR => 1);
    chmod 0755, "$dir";

    $ENV{TEST_NGINX_DIR} = "$dir";
    $ENV{TEST_NGINX_PLAIN_PORT} = free_port();
    $ENV{TEST_NGINX_TLS_PORT} = free_port();
    $ENV{TEST_NGINX_DNS_PORT} = free_port();

    open my $out, '>', "$dir/password" or die "password: $!\n";
    print $out "open sesame\n";
    close $out;
}

use ChatTest;

certificates();
start_redis();

open $dns, '|-', $^X, 't/lib/fake_dns.pl', $ENV{TEST_NGINX_DNS_PORT},
     'redis.example=127.0.0.1', 'gone.example=127.0.0.9',
     'both.example=127.0.0.9,127.0.0.1'
    or die "fake_dns.pl: $!\n";


# a block says which Redis, and what error.log says if it does not work, or
# that only the second attempt works

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('http_config', $block->redis);
    $block->set_value('config', 'location /ws { chat; chat_guests on; }');
    $block->set_value('log_level', 'debug') if defined $block->debug;

    if (defined $block->fault) {
        my $fault = $block->fault =~ s/\n//gr;

        $block->set_value('chat', <<"_EOC_" . ($block->chat // ''));
errlog ~ \\[error\\] .* redis \\S+ $fault
a hello /ws?name=Ann
a call {"op":"join","room":"lobby"} => {"error":{"code":"unavailable"}}
errlog !~ sesame|wonder
_EOC_

    } else {
        my ($first, $error) = defined $block->second
            ? ('errlog ~ (?:is back after(?s:.*)){2}',
               'redis \S+ closed connection')
            : ('', '\[error\]');

        $block->set_value('chat', <<"_EOC_" . ($block->chat // ''));
$first
a hello /ws?name=Ann
b hello worker!=a /ws?name=Bob
a call {"op":"join","room":"lobby"}
b call {"op":"join","room":"lobby"} => {"ok":{"count":2}}
a call {"op":"send","room":"lobby","text":"hi"} => {"ok":*}
b until json {"ev":"message","text":"hi"}
a call {"op":"leave","room":"lobby"}
b call {"op":"leave","room":"lobby"}
errlog !~ $error|sesame|wonder
_EOC_
    }

    return;
});

run_chat();

END {
    local $?;
    kill KILL => $redis if $redis;
    waitpid $redis, 0 if $redis;
    close $dns if $dns;
}

__DATA__

=== TEST 1: a password in the URL
--- redis
chat_redis redis://:open%20sesame@127.0.0.1:$TEST_NGINX_PLAIN_PORT;



=== TEST 2: a password in a file, a database, a unix socket
--- redis
chat_redis unix:$TEST_NGINX_DIR/sock?db=2
           password_file=$TEST_NGINX_DIR/password;



=== TEST 3: R2 no password
--- redis
chat_redis redis://127.0.0.1:$TEST_NGINX_PLAIN_PORT;
--- fault: refused the login: NOAUTH .*: give "chat_redis" the password



=== TEST 4: R2 a wrong password, which is not told
--- redis
chat_redis redis://:sesame@127.0.0.1:$TEST_NGINX_PLAIN_PORT;
--- fault: refused the login: WRONGPASS: correct the user or password



=== TEST 5: R2 a database that is not there
--- redis
chat_redis redis://:open%20sesame@127.0.0.1:$TEST_NGINX_PLAIN_PORT/99;
--- fault: refused the login: ERR DB index is out of range



=== TEST 6: a user who may do all in the prefix
--- redis
chat_redis redis://ann:wonder@127.0.0.1:$TEST_NGINX_PLAIN_PORT prefix=p;



=== TEST 7: R2 the same outside of it: no channel
--- redis
chat_redis redis://ann:wonder@127.0.0.1:$TEST_NGINX_PLAIN_PORT prefix=q;
--- fault: answered NOPERM



=== TEST 8: R2 a user without a command that is needed
--- redis
chat_redis redis://bob:wonder@127.0.0.1:$TEST_NGINX_PLAIN_PORT;
--- fault: answered NOPERM



=== TEST 9: TLS, the certificate is verified and names the address
--- redis
chat_redis rediss://127.0.0.1:$TEST_NGINX_TLS_PORT
           password_file=$TEST_NGINX_DIR/password;
chat_redis_ssl_trusted_certificate $TEST_NGINX_DIR/ca.pem;



=== TEST 10: TLS, the certificate names the host, with a certificate of ours
--- redis
chat_redis rediss://127.0.0.1:$TEST_NGINX_TLS_PORT
           password_file=$TEST_NGINX_DIR/password;
chat_redis_ssl_trusted_certificate $TEST_NGINX_DIR/ca.pem;
chat_redis_ssl_name redis.example;
chat_redis_ssl_certificate $TEST_NGINX_DIR/redis.pem;
chat_redis_ssl_certificate_key $TEST_NGINX_DIR/redis.key;
chat_redis_ssl_protocols TLSv1.2;
chat_redis_ssl_ciphers HIGH;



=== TEST 11: R1 TLS, the certificate names another host
--- redis
chat_redis rediss://127.0.0.1:$TEST_NGINX_TLS_PORT
           password_file=$TEST_NGINX_DIR/password;
chat_redis_ssl_trusted_certificate $TEST_NGINX_DIR/ca.pem;
chat_redis_ssl_name other.example;
--- fault: certificate names another host



=== TEST 12: R1 TLS, another authority
--- redis
chat_redis rediss://127.0.0.1:$TEST_NGINX_TLS_PORT
           password_file=$TEST_NGINX_DIR/password;
chat_redis_ssl_trusted_certificate $TEST_NGINX_DIR/other.pem;
--- fault: certificate was not accepted \(\d+: .*\)



=== TEST 13: TLS, nothing is verified
--- redis
chat_redis rediss://127.0.0.1:$TEST_NGINX_TLS_PORT
           password_file=$TEST_NGINX_DIR/password;
chat_redis_ssl_verify off;



=== TEST 14: R1 TLS to a port that speaks none
--- redis
chat_redis rediss://127.0.0.1:$TEST_NGINX_PLAIN_PORT
           password_file=$TEST_NGINX_DIR/password;
chat_redis_ssl_verify off;
--- fault: (?:TLS handshake failed|closed connection|could not be connected)



=== TEST 15: R1 no TLS to a port that speaks it
--- redis
chat_redis redis://127.0.0.1:$TEST_NGINX_TLS_PORT
           password_file=$TEST_NGINX_DIR/password;
--- fault: closed connection



=== TEST 16: a host that the resolver knows, with TLS
--- redis
resolver 127.0.0.1:$TEST_NGINX_DNS_PORT ipv6=off;
chat_redis rediss://redis.example:$TEST_NGINX_TLS_PORT
           password_file=$TEST_NGINX_DIR/password;
chat_redis_ssl_trusted_certificate $TEST_NGINX_DIR/ca.pem;



=== TEST 17: a host that nginx resolves when it starts
--- redis
chat_redis redis://localhost:$TEST_NGINX_PLAIN_PORT
           password_file=$TEST_NGINX_DIR/password;
--- chat
a call {"op":"ping"}



=== TEST 18: R1 a host that the resolver does not know
--- redis
resolver 127.0.0.1:$TEST_NGINX_DNS_PORT ipv6=off;
chat_redis redis://nowhere.example;
--- fault: host name could not be resolved \(3: Host not found\)



=== TEST 19: R1 a host at which nobody listens
--- redis
resolver 127.0.0.1:$TEST_NGINX_DNS_PORT ipv6=off;
chat_redis redis://gone.example:$TEST_NGINX_PLAIN_PORT;
--- fault: could not be connected \(111: Connection refused\)



=== TEST 20: R1 a socket that is not there
--- redis
chat_redis unix:$TEST_NGINX_DIR/none;
--- fault: could not be connected \(2: No such file or directory\)



=== TEST 21: R2 no password in a debug log
--- debug
--- redis
chat_redis redis://ann:wonder@127.0.0.1:$TEST_NGINX_PLAIN_PORT prefix=p;
--- chat
errlog ~ \[debug\] .* chat redis .*: connecting -> ok



=== TEST 22: R2 no wrong password in a debug log
--- debug
--- redis
chat_redis redis://ann:sesame@127.0.0.1:$TEST_NGINX_PLAIN_PORT prefix=p;
--- fault: refused the login: WRONGPASS



=== TEST 23: R1 a name of two addresses, at one of which nobody listens
--- redis
resolver 127.0.0.1:$TEST_NGINX_DNS_PORT ipv6=off;
chat_redis redis://both.example:$TEST_NGINX_PLAIN_PORT
           password_file=$TEST_NGINX_DIR/password;
--- second



=== TEST 24: R2 the rights that README.md names are enough
--- redis
chat_redis redis://doc:wonder@127.0.0.1:$TEST_NGINX_PLAIN_PORT;
--- chat
a call {"op":"join","room":"other"}
b call {"op":"join","room":"other"}
a repeat 34 send json {"id":9{i},"op":"send","room":"other","text":"x","cid":"0123456789abcde{i}"}
a find json {"id":934,"ok":{"seq":34}}
a call {"op":"history","room":"other","before":9,"limit":3} => {"ok":{"messages":[{"seq":6},{"seq":7},{"seq":8}]}}
a call {"op":"history","room":"other","after":9,"limit":1} => {"ok":{"messages":[{"seq":10}]}}
a call {"op":"who","room":"other"} => {"ok":{"count":2}}
b call {"op":"leave","room":"other"}
errlog !~ \[error\]
