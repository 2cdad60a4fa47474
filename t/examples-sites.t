# The examples that are whole sites, each started by its one command: two
# nginx, a proxy in front, tokens, a site in PHP.
# not run on asan: the examples load the module of make
# not run on partial: nothing here is cut into pieces

use strict;
use warnings;

use HTTP::Tiny;

use lib 't/lib';
use ChatTest;
use ChatTest::Example;

my %example = map { $_ => ChatTest::Example->new($_) }
                  qw(two-nodes behind-proxy jwt php-site);

for my $name (keys %example) {
    my $name_of = uc $name =~ s/-/_/gr;

    $example{$name}->ready;
    $ENV{"TEST_NGINX_${name_of}_$_"} = $example{$name}->port($_) for 1, 2;
}

# who logs in where, with the cookie and what the site gives for it

my $http = HTTP::Tiny->new(max_redirect => 0);
my %cookie = (ANN => login('jwt', 'token', 'Ann'),
              SITE_ANN => login('php-site', 'login', 'Ann'),
              SITE_ADMIN => login('php-site', 'login', 'admin'));

$ENV{"TEST_NGINX_$_"} = $cookie{$_} for keys %cookie;

for my $alg (qw(HS256 RS256)) {
    $ENV{"TEST_NGINX_JWT_$alg"} = got('jwt', "token?alg=$alg", $cookie{ANN});
}

for my $who (qw(SITE_ANN SITE_ADMIN)) {
    ($ENV{"TEST_NGINX_${who}_FORM"})
        = got('php-site', '', $cookie{$who}) =~ /name="form" value="(\w+)"/
        or die "the page has no form\n";
}

# hook.php, asked as nginx asks it

my $db = "$example{'php-site'}{run}/asked.db";

is_deeply([hook('{"room":"shop","user":{"id":"ann"},"text":"hello"}'),
           hook('{"room":"shop","user":{"id":"ann"},"cid":"1",'
                . '"text":"a damn teapot"}'),
           hook('{"room":"shop","user":{"id":"ann"},"cid":"1",'
                . '"text":"a damn teapot"}'),
           hook('{"room":"shop","user":{"id":"ann"},"text":"My CASINO"}'),
           hook('{"room":"shop","user":{"id":"ann"},"enc":"e1","data":"aGk"}'),
           hook('[]')],
          ['204 ', '200 {"text":"a **** teapot"}',
           '200 {"text":"a **** teapot"}',
           '403 {"message":"Advertisements are not welcome here."}',
           '204 ', '400 '], 'hook.php lets pass, replaces, refuses');

is(qx(php -r 'echo implode(",", (new PDO("sqlite:$db"))
      ->query("SELECT text FROM messages")->fetchAll(PDO::FETCH_COLUMN));'),
   'hello,a **** teapot,', 'and keeps what passed, once');


sub login {
    my ($name, $path, $who) = @_;
    my $answer = $http->post_form('http://127.0.0.1:'
        . $example{$name}->port(1) . "/$path", { name => $who });

    # the last of them: there is a new session for who has logged in
    my $cookie = $answer->{headers}{'set-cookie'};
    my ($last) = (ref $cookie ? $cookie->[-1] : $cookie) =~ /^(\w+=\w+)/
        or die "$answer->{status} $answer->{content}\n";

    return $last;
}


sub got {
    my ($name, $path, $cookie) = @_;
    my $answer = $http->get('http://127.0.0.1:' . $example{$name}->port(1)
                            . "/$path", { headers => { Cookie => $cookie } });
    die "$answer->{status} $answer->{content}\n" if !$answer->{success};
    return $answer->{content};
}


# status and body

sub hook {
    my ($body) = @_;
    my $length = length $body;

    local %ENV = (%ENV, REDIRECT_STATUS => 200, REQUEST_METHOD => 'POST',
                  CONTENT_TYPE => 'application/json',
                  CONTENT_LENGTH => $length, CHAT_DB => $db,
                  SCRIPT_FILENAME => 'examples/php-site/hook.php');

    my $answer = qx(printf %s '$body' | php-cgi);
    my ($status) = $answer =~ /^Status: (\d+)/m;

    return ($status // 200) . ' ' . $answer =~ s/.*?\r\n\r\n//sr;
}

run_chat();

%example = ();

__DATA__

=== TEST 1: each is there, and does what its README says
--- chat
# two-nodes: one room on both
a hello port=$TEST_NGINX_TWO_NODES_1 /chat/ws?room=lobby&name=Ann
b hello port=$TEST_NGINX_TWO_NODES_2 /chat/ws?room=lobby&name=Bob
a find json {"ev":"joined"}
b find json {"ev":"joined"}
a call {"op":"send","room":"lobby","text":"hi"} => {"ok":{"seq":1}}
b until json {"ev":"message","seq":1,"text":"hi","from":{"name":"Ann"}}
b call {"op":"send","room":"lobby","text":"hello"} => {"ok":{"seq":2}}
a until json {"ev":"message","seq":2,"from":{"name":"Bob"}}
http port=$TEST_NGINX_TWO_NODES_2 GET / => 200 ~ <title>

# behind-proxy: the addresses are those of the clients
set p = tls port=$TEST_NGINX_BEHIND_PROXY_1
set o = Host: localhost | Origin: https://localhost
repeat 4 c{i} connect from=127.0.0.2 {p} /chat/ws?room=lobby | {o}
x refuse 429 from=127.0.0.2 {p} /chat/ws?room=lobby | {o}
x refuse 429 from=127.0.0.2 {p} /chat/ws?room=lobby | {o} | X-Forwarded-For: 127.0.0.9
d connect from=127.0.0.3 {p} /chat/ws?room=lobby | {o}
d until json {"ev":"joined"}
x refuse 403 from=127.0.0.4 {p} /chat/ws | Host: localhost | Origin: https://evil.example
d call {"op":"send","room":"lobby","text":"hi"}
c1 until json {"ev":"message","text":"hi"}

# jwt: both algorithms, and nobody without
set j = port=$TEST_NGINX_JWT_1
http {j} GET /token => 401
a connect {j} /chat/ws?room=lobby | Authorization: Bearer $TEST_NGINX_JWT_HS256
a expect json {"ev":"welcome","user":{"name":"Ann","guest":false}} as a
a until json {"ev":"joined"}
b connect {j} /chat/ws?room=lobby | Authorization: Bearer $TEST_NGINX_JWT_RS256
b expect json {"ev":"welcome","user":{"id":"{a.user.id}"}}
x refuse 401 {j} /chat/ws | Authorization: Bearer {rep 2 $TEST_NGINX_JWT_RS256}
c connect {j} /chat/ws
c call {"op":"join","room":"lobby"} => {"error":{"code":"unauthorized"}}
http {j} GET / => 200 ~ <form
http {j} GET /page.js => 200 ~ chat-room

# php-site: who is logged in, what the site says, mutes, logs out
set s = port=$TEST_NGINX_PHP_SITE_1
set o = Host: localhost | Origin: http://localhost
set f = Content-Type: application/x-www-form-urlencoded
x refuse 401 {s} /chat/ws
http {s} GET / => 200 ~ Log in
a connect {s} /chat/ws?room=shop | {o} | Cookie: $TEST_NGINX_SITE_ANN
a expect json {"ev":"welcome","user":{"name":"Ann","roles":[]}}
a until json {"ev":"joined"}
b connect {s} /chat/ws?room=shop | {o} | Cookie: $TEST_NGINX_SITE_ADMIN
b until json {"ev":"joined","role":"moderator"}
http {s} POST /order | {f} | Cookie: $TEST_NGINX_SITE_ANN || form=x => 403
http {s} POST /order | {f} | Cookie: $TEST_NGINX_SITE_ANN || form=$TEST_NGINX_SITE_ANN_FORM => 303
a until json {"ev":"message","text":"Ann has ordered a teapot","from":{"id":"shop","name":"The shop"}}
a call {"op":"send","room":"shop","text":"a damn teapot"}
b until json {"ev":"message","text":"a **** teapot"}
a call {"op":"send","room":"shop","text":"casino"} => {"error":{"code":"rejected","message":"Advertisements are not welcome here."}}
http {s} POST /mute | {f} | Cookie: $TEST_NGINX_SITE_ANN || form=$TEST_NGINX_SITE_ANN_FORM&name=admin => 404
http {s} POST /mute | {f} | Cookie: $TEST_NGINX_SITE_ADMIN || form=$TEST_NGINX_SITE_ADMIN_FORM&name=Ann => 303
a call {"op":"send","room":"shop","text":"x"} => {"error":{"code":"muted"}}
http {s} POST /logout | {f} | Cookie: $TEST_NGINX_SITE_ANN || form=$TEST_NGINX_SITE_ANN_FORM => 303
a until close
x refuse 401 {s} /chat/ws | {o} | Cookie: $TEST_NGINX_SITE_ANN
http {s} GET /auth => 404
