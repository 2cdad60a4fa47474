# The examples of examples/auth, and the script in the README that the chat
# asks: as they stand there, only paths and ports are others. PHP is that of the
# distribution.
# not run on asan: that build of nginx has no FastCGI
# not run on partial: nothing here is cut into pieces

use strict;
use warnings;

use File::Temp;
use POSIX ();
use Time::HiRes qw(sleep);

use lib 't/lib';
use ChatTest;

my $dir = File::Temp->newdir('chat-examples-XXXXXX', TMPDIR => 1);
my $owner = $$;
my $tokens = $ENV{TEST_NGINX_TOKENS};

# the workers of a root's nginx are somebody else
chmod 0755, $dir;

ChatTest::Token::make_keys();
ChatTest::Token::make_certificate();

our $http = '$TEST_NGINX_STORE chat_leave_delay 0;';

for my $file (glob 'examples/auth/*.conf') {
    my ($name) = $file =~ m{(\w+)\.conf$};
    my $text = slurp($file);

    # a port for each, whose number its block reads as $TEST_NGINX_<NAME>
    my $port = $ENV{'TEST_NGINX_' . uc $name} = ChatTest::free_port();

    $text =~ s/listen 443 ssl;/listen 127.0.0.1:$port ssl;/
        or die "$file does not listen\n";
    $text =~ s/client_header_timeout 10s;/client_header_timeout 2s;/
        or die "$file leaves the time for headers to nginx\n";
    $text =~ s{/etc/nginx/}{$dir/}g;
    $text =~ s{/run/php/php-fpm\.sock}{$dir/php.sock};
    $text =~ s{/var/www/chat\.example/}{$dir/site/};

    $http .= "\n$text";
}

# the site: its files, and a page that logs somebody in

mkdir "$dir/$_" or die "$dir/$_: $!\n" for qw(site sessions);

my %file = (
    'chat.example.pem' => slurp($ENV{TEST_NGINX_CERT}),
    'people-ca.pem'    => slurp($ENV{TEST_NGINX_CERT}),
    'chat.example.key' => slurp($ENV{TEST_NGINX_KEY}),
    'chat.pub'         => slurp("$tokens/ec.pub"),
    'htpasswd'         => "ann:{PLAIN}secret\nbob:{PLAIN}secret\n",
    'sessions.map'     => qq("a1b2c3"  ann;\n),
    'site/who.php'     => slurp('examples/auth/who.php'),
    'site/may-join.php' => in_readme(qr/X_CHAT_ROOM/),
    'site/may-say.php' => in_readme(qr/php:..input/),
    'site/token.php'   => '<?php $_SESSION["user"] = 17 ?>'
                          . in_readme(qr/HS256/),
    'chat.secret'      => "0123456789abcdef0123456789abcdef\n",
    'site/seats.php'   => <<"_EOC_",
<?php
\$db = new PDO('sqlite:$dir/site/site.db');
\$db->exec('CREATE TABLE seats (user, room, role)');
\$db->exec("INSERT INTO seats VALUES ('ann', 'r', 'owner')");
\$db->exec("INSERT INTO seats VALUES ('bob', 'r', 'none')");
_EOC_
    'site/login.php'   => <<'_EOC_',
<?php
session_id($_GET['id']);
session_start();
$_SESSION['user_id'] = $_GET['user'];
$_SESSION['user_name'] = $_GET['name'];
if (isset($_GET['roles'])) {
    $_SESSION['roles'] = explode(' ', $_GET['roles']);
}
_EOC_
);

for my $name (keys %file) {
    open my $out, '>', "$dir/$name" or die "$dir/$name: $!\n";
    print {$out} $file{$name};
    close $out or die "$dir/$name: $!\n";
}

$http .= <<"_EOC_";
server {
    listen 127.0.0.1:\$TEST_NGINX_SPARE_PORT;
    location / {
        fastcgi_pass unix:$dir/php.sock;
        fastcgi_param SCRIPT_FILENAME $dir/site\$uri;
        fastcgi_param QUERY_STRING \$args;
        fastcgi_param REQUEST_METHOD GET;
    }
    location = /may-join {
        internal;
        fastcgi_pass unix:$dir/php.sock;
        fastcgi_param SCRIPT_FILENAME $dir/site/may-join.php;
        fastcgi_param REQUEST_METHOD GET;
    }
    location = /may-say {
        internal;
        fastcgi_pass unix:$dir/php.sock;
        fastcgi_param SCRIPT_FILENAME $dir/site/may-say.php;
        fastcgi_param REQUEST_METHOD \$request_method;
        fastcgi_param CONTENT_TYPE \$content_type;
        fastcgi_param CONTENT_LENGTH \$content_length;
    }
    location = /say {
        chat;
        chat_user \$arg_u;
        chat_publish_request /may-say;
    }
    location = /token {
        chat;
        chat_token_key $dir/chat.secret;
        chat_tls_in_front on;
    }
    location = /ws {
        chat;
        chat_user \$arg_u;
        chat_join_request /may-join;
    }
}
_EOC_

$ENV{TEST_NGINX_README_TOKEN} = qx(php-cgi -q $dir/site/token.php);

# whose certificate it is, as nginx writes subjects
for my $text (slurp('examples/auth/certificate.conf'), slurp('README.md')) {
    my ($regex) = $text =~ /"~(\S+)" \$(?:chat_)?cn;/
        or die "there is no subject\n";
    my %holder = ('CN=ann' => 'ann', 'OU=x,CN=ann,O=y' => 'ann',
                  'emailAddress=a@b,CN=ann lee' => 'ann lee');

    for my $subject (keys %holder, 'OU=x\,CN=boss,CN=ann', 'CN=boss,CN=ann',
                     'OU=x+CN=boss,CN=ann', 'OU=xCN=boss', 'OU=ann')
    {
        my $who = $subject =~ $regex ? $+{cn} // $+{chat_cn} : 'nobody';

        die "$subject is $who\n" if $who ne ($holder{$subject} // 'nobody');
    }
}

my $php = fork // die "fork: $!\n";

if ($php == 0) {
    exec 'php-cgi', '-b', "$dir/php.sock", '-d', "session.save_path=$dir/sessions"
        or POSIX::_exit(127);
}

for (1 .. 500) {
    last if -S "$dir/php.sock";
    sleep 0.02;
}

chmod 0777, "$dir/php.sock" or die "php-cgi does not start\n";

END {
    if (defined $php && $$ == $owner) {
        local $?;
        kill TERM => $php;
        waitpid $php, 0;
    }
}

sub in_readme {
    my ($what) = @_;

    for my $text (slurp('README.md') =~ /^    (<\?php\n(?:    .*\n)+)/mg) {
        next if $text !~ $what;
        return $text =~ s{/srv/site/}{$dir/site/}gr
                     =~ s{/etc/nginx/}{$dir/}gr;
    }

    die "the README has no script with $what\n";
}

sub slurp {
    my ($name) = @_;
    open my $in, '<', $name or die "$name: $!\n";
    local $/;
    return <$in>;
}

run_chat();

__DATA__

=== TEST 1: each example, with a login and without; H27 their headers
--- http_config eval: $::http
--- config
--- chat
set o = Host: chat.example | Origin: https://chat.example

# auth_request.conf: a session of PHP
set r = tls port=$TEST_NGINX_AUTH_REQUEST /chat/ws?room=r
http port=$TEST_NGINX_SPARE_PORT GET /login.php?id=a1&user=u-17&name=Ann+Lee&roles=x+moderator => 200
http port=$TEST_NGINX_SPARE_PORT GET /login.php?id=b2&user=u-18&name=Bob => 200
a connect {r} | {o} | Cookie: PHPSESSID=a1
a expect json {"ev":"welcome","user":{"id":"u-17","name":"Ann Lee","roles":["moderator"],"guest":false}}
a until json {"ev":"joined","role":"moderator"}
b connect {r} | {o} | Cookie: x=y; PHPSESSID=b2
b expect json {"ev":"welcome","user":{"id":"u-18","name":"Bob","roles":[],"guest":false}}
b until json {"ev":"joined","role":"none"}
b call {"op":"mod","room":"r","do":"lock"} => {"error":{"code":"forbidden"}}
a call {"op":"mod","room":"r","do":"lock"}
a refuse 401 {r} | {o}
a refuse 401 {r} | {o} | Cookie: PHPSESSID=c3
a refuse 401 {r} | {o} | Cookie: PHPSESSID=../a1
a refuse 403 {r} | Host: chat.example | Origin: https://evil.example | Cookie: PHPSESSID=b2
a refuse 404 tls port=$TEST_NGINX_AUTH_REQUEST /who | {o} | Cookie: PHPSESSID=b2

# may-say.php
a hello port=$TEST_NGINX_SPARE_PORT /say?u=ann&room=s
a until json {"ev":"joined"}
a call {"op":"send","room":"s","text":"hi \u00e9"}
a call {"op":"send","room":"s","text":"oh, darn it"}
a until json {"ev":"message","text":"hi \u00e9"}
a until json {"ev":"message","text":"oh, **** it"}
a call {"op":"send","room":"s","text":"see http://a.example/"} => {"error":{"code":"rejected","message":"Links are not allowed here."}}
a close 1000
a until close 1000
# may-join.php
http port=$TEST_NGINX_SPARE_PORT GET /seats.php => 200 ~ ^\s*0?\s*$
set r = port=$TEST_NGINX_SPARE_PORT /ws
a connect {r}?u=ann
a call {"op":"join","room":"r"} => {"ok":{"role":"owner"}}
a call {"op":"join","room":"s"} => {"error":{"code":"forbidden"}}
b connect {r}?u=bob&room=r
b until json {"ev":"joined","role":"none"}
b connect {r}?u=eve
b call {"op":"join","room":"r"} => {"error":{"code":"forbidden"}}

# auth_basic.conf
set r = tls port=$TEST_NGINX_AUTH_BASIC /talk/chat/ws
a connect {r} | {o} | Authorization: Basic YW5uOnNlY3JldA==
a expect json {"ev":"welcome","user":{"id":"ann","roles":["owner"],"guest":false}}
a connect {r} | {o} | Authorization: Basic Ym9iOnNlY3JldA==
a expect json {"ev":"welcome","user":{"id":"bob","roles":[]}}
a refuse 401 {r} | {o} | Authorization: Basic YW5uOndyb25n
a header WWW-Authenticate Basic realm="Chat"
a refuse 401 {r} | {o}

# certificate.conf
set r = port=$TEST_NGINX_CERTIFICATE /chat/ws
a connect tls cert {r} | {o}
a expect json {"ev":"welcome","user":{"id":"localhost","guest":false}}
a refuse 401 tls {r} | {o}

# cookie.conf
set r = tls port=$TEST_NGINX_COOKIE /chat/ws?room=c
a connect {r} | {o} | Cookie: session=a1b2c3
a expect json {"ev":"welcome","user":{"id":"ann","guest":false}}
a until json {"ev":"joined"}
b connect {r} | {o} | Cookie: session=other
b expect json {"ev":"welcome","user":{"guest":true}}
b until json {"ev":"joined"}
b call {"op":"send","room":"c","text":"x"} => {"error":{"code":"forbidden"}}
a call {"op":"send","room":"c","text":"x"}
b until json {"ev":"message","text":"x"}

# token.conf
set r = tls port=$TEST_NGINX_TOKEN /chat/ws
token t ES256 {"sub":"u-17","name":"Ann","iss":"https://chat.example","aud":"chat","exp":+600}
token e ES256 key=ec2 {"sub":"u-17","iss":"https://chat.example","aud":"chat","exp":+600}
a connect {r} | {o} | Sec-WebSocket-Protocol: chat.v1, chat.auth.{t64}
a expect json {"ev":"welcome","user":{"id":"u-17","name":"Ann","guest":false}}
b connect {r} | {o}
b call {"op":"auth","token":"{t}"} => {"ok":{"user":{"id":"u-17"}}}
a refuse 401 {r} | {o} | Sec-WebSocket-Protocol: chat.v1, chat.auth.{e64}

# the script of the README
a connect port=$TEST_NGINX_SPARE_PORT /token | Authorization: Bearer $TEST_NGINX_README_TOKEN
a expect json {"ev":"welcome","user":{"id":"17"}}

# H27 what all of them say of headers
c open port=$TEST_NGINX_COOKIE tls
c bytewise 0.02
c write GET /chat/ws HTTP/1.1\r\nHost: chat.exam
c expect eof
