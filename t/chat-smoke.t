use lib 't/lib';
use ChatTest;

run_chat();

__DATA__

=== TEST 1: two people on two workers talk
--- chat
a hello /ws?name=Ann
b hello worker!=a /ws?name=Bob
a call {"op":"join","room":"lobby"}
b call {"op":"join","room":"lobby"} => {"ok":{"room":"lobby"}} as j
a call {"op":"send","room":"lobby","text":"hi"} => {"ok":{"seq":*}} as s
b until json {"ev":"message","text":"hi","seq":{s.ok.seq}}
a find json {"ev":"message","text":"hi","from":{"name":"Ann"}}
b close 1000 bye
b until close 1000
b expect eof
