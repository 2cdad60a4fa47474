
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The reader against vectors: each is fed whole, byte by byte, cut at every
 * point, and with every allocation failed once, always with the same result.
 */


#include "ws_vectors.h"


/* up to this many bytes every split point is tried, else some of them */

#define WS_SPLIT_ALL    4096
#define WS_SPLIT_EDGE   64
#define WS_SPLIT_STEP   1009

#define A40  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"


typedef struct {
    const char            *title;
    const char            *input;
    const char            *expect;
    ngx_chat_ws_error_e    error;
    size_t                 at;         /* byte that is the fault, 0: unknown */
} ws_vector_t;


static const ngx_chat_ws_limits_t  ws_default = { 16384, 64, 0, NULL, NULL };
static const ngx_chat_ws_limits_t  ws_raw = { 0, 0, 1, NULL, NULL };
static const ngx_chat_ws_limits_t  ws_small = { 10, 3, 1, NULL, NULL };


static const ws_vector_t  ws_frames[] = {

    { "F1 unmasked text", "{81 'a'} 8100", "text[1]:a !1002",
      NGX_CHAT_WS_UNMASKED, 9 },
    { "F1 unmasked text with payload", "8105 'Hello'", "!1002",
      NGX_CHAT_WS_UNMASKED, 2 },
    { "F1 unmasked continuation", "{01 'a'} 8000", "!1002",
      NGX_CHAT_WS_UNMASKED, 9 },
    { "F1 unmasked close", "8800", "!1002", NGX_CHAT_WS_UNMASKED, 2 },
    { "F1 unmasked ping", "8900", "!1002", NGX_CHAT_WS_UNMASKED, 2 },
    { "F1 unmasked pong", "8a7d", "!1002", NGX_CHAT_WS_UNMASKED, 2 },

    { "F2 RSV1 on text", "{c1 'a'}", "!1002", NGX_CHAT_WS_RESERVED_BITS, 1 },
    { "F2 RSV1 on ping", "{c9}", "!1002", NGX_CHAT_WS_RESERVED_BITS, 1 },
    { "F2 RSV1 on continuation", "{01 'a'} {c0 'b'}", "!1002",
      NGX_CHAT_WS_RESERVED_BITS, 8 },
    { "F2 RSV2", "{a1 'a'}", "!1002", NGX_CHAT_WS_RESERVED_BITS, 1 },
    { "F2 RSV3", "{91 'a'}", "!1002", NGX_CHAT_WS_RESERVED_BITS, 1 },
    { "F2 F26 an HTTP request", "'GET / HTTP/1.1' 0d0a0d0a", "!1002",
      NGX_CHAT_WS_RESERVED_BITS, 1 },

    { "F3 opcode 3", "{83}", "!1002", NGX_CHAT_WS_RESERVED_OPCODE, 1 },
    { "F3 opcode 4", "{84 'a'}", "!1002", NGX_CHAT_WS_RESERVED_OPCODE, 1 },
    { "F3 opcode 5", "{05 'a'}", "!1002", NGX_CHAT_WS_RESERVED_OPCODE, 1 },
    { "F3 opcode 6", "{86}", "!1002", NGX_CHAT_WS_RESERVED_OPCODE, 1 },
    { "F3 opcode 7", "{01 'a'} {87}", "!1002",
      NGX_CHAT_WS_RESERVED_OPCODE, 8 },
    { "F3 opcode b", "{8b}", "!1002", NGX_CHAT_WS_RESERVED_OPCODE, 1 },
    { "F3 opcode c", "{8c}", "!1002", NGX_CHAT_WS_RESERVED_OPCODE, 1 },
    { "F3 opcode d", "{0d}", "!1002", NGX_CHAT_WS_RESERVED_OPCODE, 1 },
    { "F3 opcode e", "{8e}", "!1002", NGX_CHAT_WS_RESERVED_OPCODE, 1 },
    { "F3 opcode f", "{8f}", "!1002", NGX_CHAT_WS_RESERVED_OPCODE, 1 },

    { "F4 ping of 126 bytes", "{89 'a'*126}", "!1002",
      NGX_CHAT_WS_CONTROL_LENGTH, 2 },
    { "F4 close of 126 bytes", "{88 03e8 'a'*124}", "!1002",
      NGX_CHAT_WS_CONTROL_LENGTH, 2 },
    { "F4 pong in the 16-bit form", "8afe 0001", "!1002",
      NGX_CHAT_WS_CONTROL_LENGTH, 2 },
    { "F4 ping in the 64-bit form", "89ff 00*8", "!1002",
      NGX_CHAT_WS_CONTROL_LENGTH, 2 },

    { "F5 ping without FIN", "{09}", "!1002",
      NGX_CHAT_WS_CONTROL_FRAGMENT, 1 },
    { "F5 pong without FIN", "{0a 'a'} {80}", "!1002",
      NGX_CHAT_WS_CONTROL_FRAGMENT, 1 },
    { "F5 close without FIN", "{01 'a'} {08}", "!1002",
      NGX_CHAT_WS_CONTROL_FRAGMENT, 8 },

    { "F6 continuation of nothing", "{80 'a'}", "!1002",
      NGX_CHAT_WS_NO_MESSAGE, 1 },
    { "F6 continuation after a message", "{81 'a'} {00 'a'}",
      "text[1]:a !1002", NGX_CHAT_WS_NO_MESSAGE, 8 },
    { "F7 text inside text", "{01 'a'} {81 'b'}", "!1002",
      NGX_CHAT_WS_INTERLEAVED, 8 },
    { "F7 binary inside text", "{01 'a'} {82 'b'}", "!1002",
      NGX_CHAT_WS_INTERLEAVED, 8 },

    { "F8 ping between fragments", "{01 'Hel'} {89 'p'} {80 'lo'}",
      "ping[1]:p text[5]:Hello", NGX_CHAT_WS_OK, 0 },
    { "F8 pong between fragments", "{01 'Hel'} {8a 'p'*9} {80 'lo'}",
      "pong[9]:ppppppppp text[5]:Hello", NGX_CHAT_WS_OK, 0 },
    { "F8 two pings between empty fragments",
      "{01} {89 'p'} {89 'q'} {00} {89} {80}",
      "ping[1]:p ping[1]:q ping[0]: text[0]:", NGX_CHAT_WS_OK, 0 },
    { "F8 close between fragments", "{01 'Hel'} {88 03e8 'bye'}",
      "close 1000[3]:bye ~", NGX_CHAT_WS_OK, 0 },
    { "F8 close between fragments, then the rest",
      "{01 'Hel'} {88 03e8} {80 'lo'}", "close 1000[0]: text[5]:Hello",
      NGX_CHAT_WS_OK, 0 },

    { "F9 16-bit length of 125", "81fe 007d", "!1002",
      NGX_CHAT_WS_LENGTH_FORM, 4 },
    { "F9 16-bit length of 0", "81fe 0000", "!1002",
      NGX_CHAT_WS_LENGTH_FORM, 4 },
    { "F9 64-bit length of 65535", "81ff 000000000000ffff", "!1002",
      NGX_CHAT_WS_LENGTH_FORM, 10 },
    { "F9 64-bit length of 1", "81ff 0000000000000001", "!1002",
      NGX_CHAT_WS_LENGTH_FORM, 10 },

    { "F10 64-bit length with the top bit", "81ff 8000000000010000", "!1002",
      NGX_CHAT_WS_LENGTH_SIGN, 10 },
    { "F10 64-bit length of 2^64-1", "81ff ff*8", "!1002",
      NGX_CHAT_WS_LENGTH_SIGN, 10 },
    { "F10 64-bit length of 2^63-1", "81ff 7f ff*7", "!1009",
      NGX_CHAT_WS_TOO_LARGE, 10 },
    { "F10 64-bit length of 2^32", "81ff 0000000100000000", "!1009",
      NGX_CHAT_WS_TOO_LARGE, 10 },
    { "F10 2^63-1 in a second fragment", "{01 'a'} 80ff 7f ff*7", "!1009",
      NGX_CHAT_WS_TOO_LARGE, 17 },

    { "F11 message of the largest size", "{81 'a'*16384}",
      "text[16384]:" A40, NGX_CHAT_WS_OK, 0 },
    { "F11 message of one byte more", "{81 'a'*16385}", "!1009",
      NGX_CHAT_WS_TOO_LARGE, 4 },

    { "F12 64 fragments", "{01 'a'} {00 'a'}*62 {80 'a'}", "text[64]:" A40,
      NGX_CHAT_WS_OK, 0 },
    { "F12 65 fragments", "{01 'a'} {00 'a'}*63 {80 'a'}", "!1008",
      NGX_CHAT_WS_FRAGMENTS, 449 },
    { "F12 65 empty fragments", "{01} {00}*64", "!1008",
      NGX_CHAT_WS_FRAGMENTS, 385 },
    { "F12 fragments are counted anew", "{01} {00}*62 {80} {01} {80 'b'}",
      "text[0]: text[1]:b", NGX_CHAT_WS_OK, 0 },

    { "F14 incomplete header", "81fe01", "~", NGX_CHAT_WS_OK, 0 },
    { "F14 header without payload", "8181 00000000", "~", NGX_CHAT_WS_OK, 0 },
    { "F14 16-bit header and payload", "{81 'a'*126}", "text[126]:" A40,
      NGX_CHAT_WS_OK, 0 },

    { "F15 mask of zeros", "8185 00000000 'Hello'", "text[5]:Hello",
      NGX_CHAT_WS_OK, 0 },
    { "F15 mask of ones", "8183 ffffffff b7 b9 b8", "text[3]:HFG",
      NGX_CHAT_WS_OK, 0 },

    { "F16 ping of 125 bytes", "{89 'a'*125}", "ping[125]:" A40,
      NGX_CHAT_WS_OK, 0 },
    { "F16 ping of 0 bytes", "{89}", "ping[0]:", NGX_CHAT_WS_OK, 0 },
    { "F16 unsolicited pong", "{8a 'x'} {81 'a'}", "pong[1]:x text[1]:a",
      NGX_CHAT_WS_OK, 0 },

    { "F18 binary when not enabled", "{82 00}", "!1003",
      NGX_CHAT_WS_BINARY_REFUSED, 1 },
    { "F18 fragmented binary when not enabled", "{81 'a'} {02 00}",
      "text[1]:a !1003", NGX_CHAT_WS_BINARY_REFUSED, 8 },
    { "F24 text of 0 bytes", "{81} {81 'a'}", "text[0]: text[1]:a",
      NGX_CHAT_WS_OK, 0 },
};


static const ws_vector_t  ws_limited[] = {

    { "F11 fragments of the largest sum", "{01 'abcd'} {80 'efghij'}",
      "text[10]:abcdefghij", NGX_CHAT_WS_OK, 0 },
    { "F11 sum of fragments one byte more", "{01 'abcd'} {80 'efghijk'}",
      "!1009", NGX_CHAT_WS_TOO_LARGE, 12 },
    { "F11 sum is checked before the fragment comes", "{02 'abcd'} 80fe ffff",
      "!1009", NGX_CHAT_WS_TOO_LARGE, 14 },
    { "F11 control frames do not count",
      "{01 'abcd'} {89 'p'*125} {80 'efghij'}",
      "ping[125]:pppppppppppppppppppppppppppppppppppppppp"
      " text[10]:abcdefghij", NGX_CHAT_WS_OK, 0 },
    { "F12 three fragments of three", "{02} {00 'b'} {80 'c'}", "bin[2]:bc",
      NGX_CHAT_WS_OK, 0 },
    { "F12 the last of four fragments", "{02 'a'} {00 'b'} {00 'c'} {80 'd'}",
      "!1008", NGX_CHAT_WS_FRAGMENTS, 22 },
};


static const ws_vector_t  ws_closes[] = {

    { "C1 close without a code", "{88}", "close 1005[0]:", NGX_CHAT_WS_OK, 0 },
    { "C2 close of 1 byte", "{88 03}", "!1002", NGX_CHAT_WS_CLOSE_LENGTH, 2 },

    { "C3 code 0", "{88 0000}", "!1002", NGX_CHAT_WS_CLOSE_CODE, 8 },
    { "C3 code 999", "{88 03e7}", "!1002", NGX_CHAT_WS_CLOSE_CODE, 8 },
    { "C3 code 1004", "{88 03ec}", "!1002", NGX_CHAT_WS_CLOSE_CODE, 8 },
    { "C3 code 1005", "{88 03ed}", "!1002", NGX_CHAT_WS_CLOSE_CODE, 8 },
    { "C3 code 1006", "{88 03ee}", "!1002", NGX_CHAT_WS_CLOSE_CODE, 8 },
    { "C3 code 1015", "{88 03f7}", "!1002", NGX_CHAT_WS_CLOSE_CODE, 8 },
    { "C3 code 1016", "{88 03f8}", "!1002", NGX_CHAT_WS_CLOSE_CODE, 8 },
    { "C3 code 2999", "{88 0bb7}", "!1002", NGX_CHAT_WS_CLOSE_CODE, 8 },
    { "C3 code 5000", "{88 1388}", "!1002", NGX_CHAT_WS_CLOSE_CODE, 8 },
    { "C3 code 65535", "{88 ffff}", "!1002", NGX_CHAT_WS_CLOSE_CODE, 8 },

    { "C4 code 1000", "{88 03e8}", "close 1000[0]:", NGX_CHAT_WS_OK, 0 },
    { "C4 code 1003", "{88 03eb 'x'}", "close 1003[1]:x", NGX_CHAT_WS_OK, 0 },
    { "C4 code 1007", "{88 03ef}", "close 1007[0]:", NGX_CHAT_WS_OK, 0 },
    { "C4 code 1014", "{88 03f6}", "close 1014[0]:", NGX_CHAT_WS_OK, 0 },
    { "C4 code 3000", "{88 0bb8}", "close 3000[0]:", NGX_CHAT_WS_OK, 0 },
    { "C4 code 4999", "{88 1387}", "close 4999[0]:", NGX_CHAT_WS_OK, 0 },

    { "C5 reason is not UTF-8", "{88 03e8 'a' c080}", "!1007",
      NGX_CHAT_WS_CLOSE_TEXT, 11 },
    { "C5 reason is truncated", "{88 03e8 e282}", "!1007",
      NGX_CHAT_WS_CLOSE_TEXT, 10 },
    { "C6 reason of 123 bytes", "{88 03e8 'a'*123}", "close 1000[123]:" A40,
      NGX_CHAT_WS_OK, 0 },
    { "C6 reason of 124 bytes", "{88 03e8 'a'*124}", "!1002",
      NGX_CHAT_WS_CONTROL_LENGTH, 2 },
    { "C7 two closes, a ping", "{88 03e8} {88 03e9} {89}",
      "close 1000[0]: close 1001[0]: ping[0]:", NGX_CHAT_WS_OK, 0 },
};


static const ws_vector_t  ws_utf8[] = {

    { "U1 overlong C0 80", "{81 'a' c080 'b'}", "!1007",
      NGX_CHAT_WS_NOT_UTF8, 8 },
    { "U1 overlong C0 AF", "{81 c0af}", "!1007", NGX_CHAT_WS_NOT_UTF8, 7 },
    { "U1 overlong E0 80 80", "{81 e08080}", "!1007",
      NGX_CHAT_WS_NOT_UTF8, 8 },
    { "U1 overlong F0 80 80 80", "{81 f0808080}", "!1007",
      NGX_CHAT_WS_NOT_UTF8, 8 },
    { "U2 surrogate ED A0 80", "{81 eda080}", "!1007",
      NGX_CHAT_WS_NOT_UTF8, 8 },
    { "U2 surrogate ED BF BF", "{81 edbfbf}", "!1007",
      NGX_CHAT_WS_NOT_UTF8, 8 },
    { "U3 F4 90 80 80", "{81 f4908080}", "!1007", NGX_CHAT_WS_NOT_UTF8, 8 },
    { "U3 F5", "{81 'abc' f5}", "!1007", NGX_CHAT_WS_NOT_UTF8, 10 },
    { "U3 FF", "{81 ff 'abc'}", "!1007", NGX_CHAT_WS_NOT_UTF8, 7 },
    { "U4 lone continuation", "{81 80}", "!1007", NGX_CHAT_WS_NOT_UTF8, 7 },
    { "U4 truncated at the end", "{81 'a' e282}", "!1007",
      NGX_CHAT_WS_NOT_UTF8, 9 },
    { "U4 truncated at the end of fragments", "{01 'a' e2} {80 82}", "!1007",
      NGX_CHAT_WS_NOT_UTF8, 15 },
    { "U4 truncated, the last fragment is empty", "{01 'a' e2} {80}", "!1007",
      NGX_CHAT_WS_NOT_UTF8, 14 },
    { "U5 a code point over two fragments", "{01 e2} {89} {80 82ac}",
      "ping[0]: text[3]:\\xe2\\x82\\xac", NGX_CHAT_WS_OK, 0 },
    { "U6 bad byte in the first fragment", "{01 'ab' ff 'c'*90} {00 'd'*90}",
      "!1007", NGX_CHAT_WS_NOT_UTF8, 9 },
    { "U6 bad byte in a frame that goes on", "81fe 0fff 00000000 'a'*9 c1",
      "!1007", NGX_CHAT_WS_NOT_UTF8, 18 },
    { "U6 bad second byte in the next fragment", "{01 e2} {00 28 'c'*90}",
      "!1007", NGX_CHAT_WS_NOT_UTF8, 14 },
    { "U6 the state is new for each message", "{81 c3a9} {81 a9}",
      "text[2]:\\xc3\\xa9 !1007", NGX_CHAT_WS_NOT_UTF8, 15 },
};


static const ws_vector_t  ws_autobahn[] = {

    { "autobahn 1.1.1 text of 0 bytes", "{81}", "text[0]:",
      NGX_CHAT_WS_OK, 0 },
    { "autobahn 1.1.2 text of 125 bytes", "{81 'a'*125}", "text[125]:" A40,
      NGX_CHAT_WS_OK, 0 },
    { "autobahn 1.1.4 text of 127 bytes", "{81 'a'*127}", "text[127]:" A40,
      NGX_CHAT_WS_OK, 0 },
    { "autobahn 1.1.5 text of 128 bytes", "{81 'a'*128}", "text[128]:" A40,
      NGX_CHAT_WS_OK, 0 },
    { "autobahn 1.1.6 text of 65535 bytes", "{81 'a'*65535}",
      "text[65535]:" A40, NGX_CHAT_WS_OK, 0 },
    { "autobahn 1.1.7 text of 65536 bytes", "{81 'a'*65536}",
      "text[65536]:" A40, NGX_CHAT_WS_OK, 0 },
    { "autobahn 1.2.1 binary of 0 bytes", "{82}", "bin[0]:",
      NGX_CHAT_WS_OK, 0 },
    { "autobahn 1.2.3 binary of 126 bytes", "{82 'a'*126}", "bin[126]:" A40,
      NGX_CHAT_WS_OK, 0 },
    { "autobahn 2.3 ping of bytes", "{89 00fffefdfcfb00ff}",
      "ping[8]:\\x00\\xff\\xfe\\xfd\\xfc\\xfb\\x00\\xff", NGX_CHAT_WS_OK, 0 },
    { "autobahn 2.10 ten pings", "{89 'p'}*10",
      "ping[1]:p ping[1]:p ping[1]:p ping[1]:p ping[1]:p ping[1]:p ping[1]:p"
      " ping[1]:p ping[1]:p ping[1]:p", NGX_CHAT_WS_OK, 0 },
    { "autobahn 3.4 text, RSV, ping", "{81 'a'} {c1 'b'} {89}",
      "text[1]:a !1002", NGX_CHAT_WS_RESERVED_BITS, 8 },
    { "autobahn 4.1.4 text, opcode 6, ping", "{81 'a'} {86 'b'} {89}",
      "text[1]:a !1002", NGX_CHAT_WS_RESERVED_OPCODE, 8 },
    { "autobahn 5.3 text of two fragments", "{01 'frag'} {80 'ment'}",
      "text[8]:fragment", NGX_CHAT_WS_OK, 0 },
    { "autobahn 5.9 continuation with FIN, then text", "{80 'a'} {81 'b'}",
      "!1002", NGX_CHAT_WS_NO_MESSAGE, 1 },
    { "autobahn 5.18 both fragments are texts", "{01 'a'} {81 'b'}", "!1002",
      NGX_CHAT_WS_INTERLEAVED, 8 },
    { "autobahn 5.19 five fragments, pings between",
      "{01 'f1'} {00 'f2'} {89 'p1'} {00 'f3'} {00 'f4'} {89 'p2'} {80 'f5'}",
      "ping[2]:p1 ping[2]:p2 text[10]:f1f2f3f4f5", NGX_CHAT_WS_OK, 0 },
    { "autobahn 6.1.3 empty, full, empty fragment", "{01} {00 'mid'} {80}",
      "text[3]:mid", NGX_CHAT_WS_OK, 0 },
    { "autobahn 6.2.3 a fragment a byte",
      "{01 ce} {00 ba} {00 e1} {00 bd} {80 b9}",
      "text[5]:\\xce\\xba\\xe1\\xbd\\xb9", NGX_CHAT_WS_OK, 0 },
    { "autobahn 6.4.1 invalid in the second fragment",
      "{01 ceba} {00 f4908080} {80 'x'}", "!1007", NGX_CHAT_WS_NOT_UTF8, 16 },
    { "autobahn 6.22 noncharacter", "{81 efbfbe}", "text[3]:\\xef\\xbf\\xbe",
      NGX_CHAT_WS_OK, 0 },
    { "autobahn 7.1.5 close inside a message", "{01 'a'} {88 03e8} {80 'b'}",
      "close 1000[0]: text[2]:ab", NGX_CHAT_WS_OK, 0 },
    { "autobahn 7.3.5 close with a reason of 123 bytes", "{88 03e8 '*'*123}",
      "close 1000[123]:****************************************",
      NGX_CHAT_WS_OK, 0 },
    { "autobahn 7.5.1 close reason is not UTF-8",
      "{88 03e8 cebae1bdb9 eda080 'edited'}", "!1007",
      NGX_CHAT_WS_CLOSE_TEXT, 22 },
};


typedef struct {
    const ws_vector_t           *vectors;
    size_t                       n;
    const ngx_chat_ws_limits_t  *limits;
} ws_group_t;


static const ws_group_t  ws_groups[] = {
    { ws_frames, WS_NELTS(ws_frames), &ws_default },
    { ws_limited, WS_NELTS(ws_limited), &ws_small },
    { ws_closes, WS_NELTS(ws_closes), &ws_default },
    { ws_utf8, WS_NELTS(ws_utf8), &ws_default },
    { ws_autobahn, WS_NELTS(ws_autobahn), &ws_raw },
};


typedef struct {
    const ws_vector_t           *vector;
    const ngx_chat_ws_limits_t  *limits;
} ws_case_t;


static void
ws_run_split(const ws_bytes_t *b, const ngx_chat_ws_limits_t *limits,
    const ws_transcript_t *whole)
{
    size_t           i;
    ws_transcript_t  t;

    for (i = 1; i < b->len; i++) {

        if (b->len > WS_SPLIT_ALL && i > WS_SPLIT_EDGE
            && i < b->len - WS_SPLIT_EDGE && i % WS_SPLIT_STEP != 0)
        {
            continue;
        }

        ws_run(b, limits, i, b->len, &t);

        assert_string_equal(t.text, whole->text);
        assert_true(t.hash == whole->hash);
        assert_int_equal(t.error, whole->error);
    }
}


/* Whatever allocation fails, there is an error, and what came before it is. */

static void
ws_run_failing(const ws_bytes_t *b, const ngx_chat_ws_limits_t *limits,
    size_t step, const ws_transcript_t *whole)
{
    ws_memory_t      *m;
    ws_transcript_t   t;

    m = limits->ctx;
    memset(m, 0, sizeof(*m));

    do {
        m->calls = 0;
        m->failed = 0;
        m->fail_at++;

        ws_run(b, limits, step, step, &t);

        if (m->failed) {
            assert_int_equal(t.error, NGX_CHAT_WS_NO_MEMORY);
            assert_true(t.used >= 5);
            assert_string_equal(t.text + t.used - 5, "!1011");
            assert_int_equal(strncmp(t.text, whole->text, t.used - 5), 0);
        }

    } while (m->failed);

    assert_string_equal(t.text, whole->text);

    m->fail_at = 0;
}


static void
ws_check(const ws_vector_t *v, const ngx_chat_ws_limits_t *limits)
{
    ws_bytes_t            b;
    ws_memory_t           m;
    ws_transcript_t       whole, t;
    ngx_chat_ws_limits_t  l;

    ws_build(&b, v->input);

    memset(&m, 0, sizeof(m));

    l = *limits;
    l.memory = ws_memory;
    l.ctx = &m;

    ws_run(&b, &l, b.len, b.len, &whole);

    assert_string_equal(whole.text, v->expect);
    assert_int_equal(whole.error, v->error);

    ws_run(&b, &l, 1, 1, &t);

    assert_string_equal(t.text, whole.text);
    assert_true(t.hash == whole.hash);
    assert_int_equal(t.error, whole.error);

    if (v->at != 0) {
        assert_int_equal(t.at, v->at);
    }

    ws_run_split(&b, &l, &whole);
    ws_run_failing(&b, &l, 1, &whole);
    ws_run_failing(&b, &l, b.len, &whole);

    free(b.data);
}


static void
test_vector(void **state)
{
    const ws_case_t  *c;

    c = *state;

    ws_check(c->vector, c->limits);
}


#define WS_CASES  (WS_NELTS(ws_frames) + WS_NELTS(ws_limited)                 \
                   + WS_NELTS(ws_closes) + WS_NELTS(ws_utf8)                  \
                   + WS_NELTS(ws_autobahn))


int
main(void)
{
    size_t             g, i, n;
    ws_case_t          cases[WS_CASES];
    struct CMUnitTest  tests[WS_CASES];

    memset(tests, 0, sizeof(tests));
    n = 0;

    for (g = 0; g < WS_NELTS(ws_groups); g++) {

        for (i = 0; i < ws_groups[g].n; i++) {
            cases[n].vector = &ws_groups[g].vectors[i];
            cases[n].limits = ws_groups[g].limits;

            tests[n].name = cases[n].vector->title;
            tests[n].test_func = test_vector;
            tests[n].initial_state = &cases[n];
            n++;
        }
    }

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
