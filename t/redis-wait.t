# "chat_redis ... wait=n": what the replicas do not have is told to nobody.
# not run on partial: it is about time and order

use strict;
use warnings;

use lib 't/lib';

use ChatTest;


# a replica, and two people who have heard of each other

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('http_config', <<'_EOC_');
chat_redis redis://127.0.0.1:$TEST_NGINX_FAKE_PORT wait=1;
_EOC_

    $block->set_value('replica', '');
    $block->set_value('chat', <<'_EOC_' . $block->chat);
a hello /ws?name=Ann
b hello worker!=a /ws?name=Bob
a call {"op":"join","room":"lobby","presence":false}
b call {"op":"join","room":"lobby","presence":false}
a call {"op":"send","room":"lobby","text":"first"} => {"ok":{"seq":1}}
b until json {"ev":"message","text":"first","seq":1}
a until json {"ev":"message","text":"first","seq":1}
_EOC_

    return;
});

run_chat();

__DATA__

=== TEST 1: a replica has it, and all goes as without
--- chat
a repeat 30 send json {"id":9{i},"op":"send","room":"lobby","text":"t{i}"}
a find json {"id":91,"ok":{"seq":2}}
a find json {"id":930,"ok":{"seq":31}}
b repeat 30 expect json {"ev":"message","text":"t{i}"}
b call {"op":"send","room":"lobby","text":"x","cid":"0123456789abcdef"} => {"ok":{"seq":32,"dup":"!"}}
b call {"op":"send","room":"lobby","text":"x","cid":"0123456789abcdef"} => {"ok":{"seq":32,"dup":true}}
b call {"op":"send","room":"lobby","text":"y","cid":"0123456789abcdef"} => {"error":{"code":"cid_reused"}}
a until json {"ev":"message","text":"x","seq":32}
a call {"op":"history","room":"lobby","limit":2} => {"ok":{"messages":[{"seq":31},{"seq":32}]}}
a call {"op":"who","room":"lobby"} => {"ok":{"count":2}}
replica cli XLEN chat:{hex 7b}lobby{hex 7d}:l ~ ^32$
a silent 0.2
errlog !~ \[error\]



=== TEST 2: R21 a frozen replica: no acknowledgement, nobody hears it
--- chat
replica pause
within 3 a call {"op":"send","room":"lobby","text":"x","cid":"0123456789abcdef"} => {"error":{"code":"unavailable"}}
errlog ~ \[error\] .* takes no messages, it had 0 of 1 replicas in time: bring its replicas back, or lower "wait="
within 3 b call {"op":"history","room":"lobby"} => {"error":{"code":"unavailable"}}
within 3 b call {"op":"join","room":"other"} => {"error":{"code":"unavailable"}}
b silent 0.5
a silent 0.1
errlog !~ (?:takes no messages(?s:.*)){3}|takes messages again
replica resume
a call {"op":"send","room":"lobby","text":"x","cid":"0123456789abcdef"} => {"ok":{"seq":2,"dup":true}}
b expect json {"ev":"message","text":"x","seq":2,"prev":1}
a until json {"ev":"message","text":"x","seq":2}
b call {"op":"send","room":"lobby","text":"y"} => {"ok":{"seq":3}}
a expect json {"ev":"message","text":"y","seq":3}
b call {"op":"join","room":"other"}
a call {"op":"send","room":"lobby","text":"z"} => {"ok":{"seq":4}}
errlog ~ \[notice\] .* takes messages again



=== TEST 3: R21 what was stored without a replica comes with the next message
--- chat
replica pause
a send json {"op":"send","id":101,"room":"lobby","text":"x"}
b send json {"op":"send","id":102,"room":"lobby","text":"y"}
within 3 a find json {"id":101,"error":{"code":"unavailable"}}
within 3 b find json {"id":102,"error":{"code":"unavailable"}}
b silent 0.2
replica resume
a call {"op":"send","room":"lobby","text":"z"} => {"ok":{"seq":4}}
b expect json {"ev":"message","seq":2,"prev":1}
b expect json {"ev":"message","seq":3,"prev":2}
b expect json {"ev":"message","seq":4,"prev":3,"text":"z"}
a until json {"ev":"message","seq":4}



=== TEST 4: R21 no replica at all
--- chat
replica stop
within 3 a call {"op":"send","room":"lobby","text":"x"} => {"error":{"code":"unavailable"}}
within 3 a call {"op":"send","room":"lobby","text":"x"} => {"error":{"code":"unavailable"}}
b silent 0.2
replica start
a call {"op":"send","room":"lobby","text":"z"} => {"ok":{"seq":4}}
b until json {"ev":"message","seq":4}



=== TEST 5: R21 many wait for a frozen replica: all are answered in time
--- chat
replica pause
a repeat 30 send json {"id":9{i},"op":"send","room":"lobby","text":"t{i}"}
b repeat 30 send json {"id":9{i},"op":"send","room":"lobby","text":"t{i}"}
# who waits is answered all the same
a send json {"op":"ping","id":77}
a expect json {"id":77,"ok":*}
within 3 a find json {"id":930,"error":{"code":"unavailable"}}
within 3 b find json {"id":930,"error":{"code":"unavailable"}}
replica resume
a call {"op":"send","room":"lobby","text":"z"} => {"ok":{"seq":62}}
b until json {"ev":"message","seq":2}
b repeat 59 expect json {"ev":"message"}
b expect json {"ev":"message","seq":62}
errlog !~ did not answer in time



=== TEST 6: R21 R9 what WAIT may answer
--- chat
fake once:WAIT::0\r\n
a call {"op":"send","room":"lobby","text":"x"} => {"error":{"code":"unavailable"}}
fake once:WAIT:-ERR\sunknown\scommand\s`WAIT`\r\n
a call {"op":"send","room":"lobby","text":"x"} => {"error":{"code":"unavailable"}}
errlog ~ answered ERR unknown command `WAIT`: Redis 5 or newer is needed
b silent 0.2
a call {"op":"send","room":"lobby","text":"y"} => {"ok":{"seq":4}}
b expect json {"ev":"message","seq":2}
b expect json {"ev":"message","seq":3}
b expect json {"ev":"message","seq":4}
fake once:WAIT:+OK\r\n
a call {"op":"send","room":"lobby","text":"x"} => {"error":{"code":"unavailable"}}
errlog ~ sent an unexpected reply
within 5 a insist {"op":"who","room":"lobby"}
a call {"op":"send","room":"lobby","text":"y"} => {"ok":{"seq":6}}
b until json {"ev":"message","seq":6}
fake once:WAIT::99\r\n
a call {"op":"send","room":"lobby","text":"x"} => {"ok":{"seq":7}}
b until json {"ev":"message","seq":7}



=== TEST 7: R21 the link goes between the answer and the WAIT
--- chat
fake cut:WAIT:0
a call {"op":"send","room":"lobby","text":"x"} => {"error":{"code":"unavailable"}}
errlog ~ redis \S+ closed connection
within 5 a insist {"op":"who","room":"lobby"}
a call {"op":"send","room":"lobby","text":"y"} => {"ok":{"seq":3}}
b expect json {"ev":"message","seq":2}
b expect json {"ev":"message","seq":3}
fake late:WAIT:3
within 3 a call {"op":"send","room":"lobby","text":"x"} => {"error":{"code":"unavailable"}}
errlog ~ did not answer in time



=== TEST 8: R7 scripts are flushed
--- chat
redis cli SCRIPT FLUSH
a send json {"op":"send","id":101,"room":"lobby","text":"two"}
a send json {"op":"send","id":102,"room":"lobby","text":"three"}
a send json {"op":"who","id":103,"room":"lobby"}
a find json {"id":101,"ok":{"seq":2}}
a find json {"id":102,"ok":{"seq":3}}
a find json {"id":103,"ok":{"count":2}}
b expect json {"ev":"message","text":"two"}
b expect json {"ev":"message","text":"three"}
errlog !~ \[error\]



=== TEST 9: nginx quits while a WAIT is under way
--- chat
replica pause
a send json {"op":"send","id":9,"room":"lobby","text":"x"}
quit
within 9 a until close
a drop
b drop
gone 4
