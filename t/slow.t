# Clients that read too slowly, or say nothing.

use strict;
use warnings;

use lib 't/lib';
use ChatTest;

our $config = <<'_EOC_';
    chat_guests on;
    chat_ping_interval 0;
    chat_close_timeout 1m;
    location /ws { chat; }
    location /raw { chat; chat_format raw; chat_room a; }
    location /kept { chat; chat_format raw; chat_room a; chat_detach off; }
    location /timeout {
        chat;
        chat_format raw;
        chat_room b;
        chat_buffer_size 0;
        chat_send_timeout 500ms;
    }
    location /timeout-kept {
        chat;
        chat_detach off;
        chat_format raw;
        chat_room c;
        chat_buffer_size 0;
        chat_send_timeout 500ms;
    }
    location = /status { chat_status; }
_EOC_

our $ping = <<'_EOC_';
    chat_guests on;
    chat_ping_interval 1s;
    chat_ping_timeout 2s;
    location /ws { chat; }
    location /raw { chat; chat_format raw; chat_room a; }
    location /kept { chat; chat_detach off; }
_EOC_

# 6 MB to a room, in portions that its members read
sub flood {
    my (@readers) = @_;
    my @lines;

    for (1 .. 40) {
        push @lines, 'repeat 15 a send text {rep 10000 x}{i}',
             map { "repeat 15 $_ expect~ ^x{10000}\\d+\$" } @readers;
    }

    return CORE::join("\n", @lines) . "\n";
}

run_chat();

__DATA__

=== TEST 1: 4101 when the buffer is full; others notice nothing
--- config eval: $::config
--- chat eval
<<'_PRE_' . main::flood(qw(a b)) . <<'_POST_';
s connect rcvbuf=4096 /raw
s slow
a connect /raw
b connect worker!=a /raw
a send text a
a until text a
b send text b
b until text b
a expect text b
_PRE_
errlog ~ \[info\] .*client reads too slowly, \d+ bytes are queued
# what it was sent before comes, then the close
s resume
within 10 s until close 4101 ~ ^reads too slowly$
s expect gone
s drop
a send text end
b expect text end
_POST_



=== TEST 2: who does not read after 4101 either is cut
--- config eval: $::config =~ s{1m}{500ms}r
--- chat eval
<<'_PRE_' . main::flood(qw(a)) . <<'_POST_';
s connect rcvbuf=4096 /raw
s slow
t connect rcvbuf=4096 /kept
t slow
a connect /raw
_PRE_
errlog ~ client reads too slowly, \d+ bytes are queued
errlog ~ client did not finish the close
access ~ GET /raw HTTP/1\.1" 101
access ~ GET /kept HTTP/1\.1" 101
a send text end
a expect text end
_POST_



=== TEST 3: chat_detach off
--- config eval: $::config
--- chat eval
<<'_PRE_' . main::flood(qw(a b)) . <<'_POST_';
s connect rcvbuf=4096 /kept
s slow
a connect /raw
b connect worker!=a /kept
a send text a
a until text a
b send text b
b until text b
a expect text b
_PRE_
errlog ~ client reads too slowly, \d+ bytes are queued
s resume
within 10 s until close 4101
s drop
soon metric /status closed_total{code="4101"} == 1
metric /status slow_total == 1
b send text end
b expect text end
a until text end
_POST_



=== TEST 4: 4101 when nothing can be sent for chat_send_timeout
--- config eval: $::config
--- chat eval
<<'_PRE_' . main::flood(qw(a b)) . <<'_POST_';
s connect rcvbuf=4096 /timeout
s slow
a connect /timeout
b connect worker!=a /timeout
a send text a
a until text a
b send text b
b until text b
a expect text b
_PRE_
errlog ~ \[info\] .*client reads too slowly
soon metric /status closed_total{code="4101"} == 1
metric /status slow_total == 1
s resume
s until text~ ^x
a send text end
b expect text end
_POST_



=== TEST 5: the same where the request is kept
--- config eval: $::config
--- chat eval
<<'_PRE_' . main::flood(qw(a)) . <<'_POST_';
s connect rcvbuf=4096 /timeout-kept
s slow
a connect /timeout-kept
_PRE_
errlog ~ \[info\] .*client reads too slowly
a send text end
a expect text end
_POST_



=== TEST 6: JSON: a slow member is sent away, the room talks on
--- config eval: $::config
--- chat eval
<<'_PRE_' . CORE::join("\n", map { <<'_LOOP_' } 1 .. 50) . <<'_POST_';
s hello rcvbuf=4096 /ws?room=r
s until json {"ev":"joined"}
s slow
a hello /ws?room=r
b hello worker!=a /ws?room=r
b until json {"ev":"joined"}
a until json {"ev":"joined"}
_PRE_
repeat 30 a send json {"op":"send","room":"r","text":"{rep 3900 x}{i}"}
repeat 30 b until text~ ^\{"ev":"message"
repeat 30 a until text~ ^\{"ev":"message"
_LOOP_
errlog ~ client reads too slowly
s resume
within 10 s until close 4101
s drop
b call {"op":"who","room":"r"} => {"ok":{"count":2}}
_POST_



=== TEST 7: a burst is no slowness
--- config
    chat_guests on;
    chat_buffer_size 64k;
    location /raw { chat; chat_format raw; chat_room a; }
--- skip_eval: 2: ($ENV{CHAT_FLAVOUR} || "") eq "partial"
--- chat
a connect /raw
b connect worker!=a /raw
a send text a
a until text a
b send text b
b until text b
a expect text b
repeat 9 a send text {rep 10000 x}{i}
repeat 9 b expect~ ^x{10000}\d+$
repeat 9 a expect~ ^x{10000}\d+$



=== TEST 8: a fast reader gets a message larger than the send buffers
--- zone: 128m
--- config
    chat_guests on;
    chat_message_size 4m;
    chat_buffer_size 4m;
    chat_max_fragments 0;
    location /raw { chat; chat_format raw; chat_room a; }
--- chat
a connect /raw
b connect rcvbuf=4096 worker!=a /raw
a send text a
a until text a
b send text b
b until text b
a expect text b
b slow
a send text {rep 3000000 z}
a expect text {rep 3000000 z}
sleep 0.3
b resume
within 15 b expect text {rep 3000000 z}
b send text back
b until text back



=== TEST 9: on an idle tick a ping, and a heartbeat in the same write
--- config eval: $::ping
--- chat
a hello /ws
b hello worker!=a /kept
c connect /raw
a manual
within 3 a expect ping
a send pong
a expect json {"ev":"heartbeat","time":"~^\\d{13}$","id":"!"}
within 3 a expect ping
a expect json {"ev":"heartbeat"}
a send text {"op":"ping","id":3}
a expect json {"id":3}
# the others answer by themselves, and stay
b until json {"ev":"heartbeat"}
b until json {"ev":"heartbeat"}
c until ping
c send text x
c until text x
c send binary 01
c until binary 01
b call {"op":"ping"}



=== TEST 10: 4201 without any byte
--- config eval: $::ping
--- chat
a hello /ws
a manual
b hello worker!=a /kept
b manual
c connect /raw
c manual
d hello /ws
within 5 a until close 4201 ~ ^did not answer a ping$
within 5 b until close 4201
within 5 c until close 4201
errlog ~ \[info\] .*client did not answer a ping
d call {"op":"ping"}



=== TEST 11: any byte counts as life
--- config eval: $::ping
--- chat
a manual
a hello /ws
b hello /ws
a until ping
sleep 0.5
a raw 81
a until ping
sleep 0.5
a raw 8d
a until ping
sleep 0.5
a raw 0000
a until ping
sleep 0.5
a write \x00\x00{"op":"ping"}
a until ping
a send pong x
a until json {"ev":"heartbeat"}
a call {"op":"ping"}



=== TEST 12: no pings; a heartbeat of 0
--- config
    chat_guests on;
    chat_ping_interval 0;
    location /ws { chat; }
--- chat
a connect /ws
a expect json {"ev":"welcome","heartbeat":0}
a manual
a silent 1.2



=== TEST 13: above chat_buffer_total the one with the longest queue goes first
--- http_config
    chat_leave_delay 0;
    chat_buffer_total 1m;
    chat_buffer_size 64m;
--- config eval: $::config
--- workers: 1
--- chat eval
<<'_PRE_' . main::flood(qw(a b)) . <<'_POST_';
s connect rcvbuf=4096 /raw
s slow
t connect rcvbuf=4096 /timeout
t slow
u connect /timeout
a connect /raw
b connect /raw
a send text a
a until text a
b until text a
_PRE_
errlog ~ \[warn\] .*queues of this worker hold \d+ bytes, more than "chat_buffer_total"
errlog ~ \[info\] .*client reads too slowly, \d+ bytes are queued
s resume
within 10 s until close 4101
s expect gone
s drop
# who is slow, too, but for whom little waits, stays
u send text end
t resume
within 10 t expect text end
u expect text end
a send text end
b expect text end
a expect text end
_POST_
