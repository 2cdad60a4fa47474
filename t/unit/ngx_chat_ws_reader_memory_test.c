
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * What the reader does with memory and time: no copy of what is whole, no
 * allocation by a claim, linear cost in fragments.
 */


#include "ws_vectors.h"


#define MEGABYTE  1048576


static ws_memory_t  memory;

static const ngx_chat_ws_limits_t  ws_raw = { 0, 0, 1, ws_memory, &memory };
static const ngx_chat_ws_limits_t  ws_large = {
    16 * MEGABYTE, 0, 1, ws_memory, &memory
};


static int
setup(void **state)
{
    (void) state;

    memset(&memory, 0, sizeof(memory));

    return 0;
}


static void
test_whole_frames_are_not_copied(void **state)
{
    unsigned char         *pos;
    ws_bytes_t             b;
    ngx_chat_ws_event_t    ev;
    ngx_chat_ws_reader_t   r;

    (void) state;

    memset(&r, 0, sizeof(r));
    ws_build(&b, "{81 'Hello'} {89 'p'} {82 'x'*200} {88 03e8 'bye'}");
    pos = b.data;

    (void) ngx_chat_ws_reader_next(&r, &ws_raw, &pos, b.data + b.len, &ev);
    assert_int_equal(ev.event, NGX_CHAT_WS_EV_MESSAGE);
    assert_ptr_equal(ev.data, b.data + 6);
    assert_int_equal(ev.len, 5);
    assert_ptr_equal(pos, b.data + 11);
    assert_int_equal(ngx_chat_ws_reader_pending(&r), 0);

    (void) ngx_chat_ws_reader_next(&r, &ws_raw, &pos, b.data + b.len, &ev);
    assert_int_equal(ev.event, NGX_CHAT_WS_EV_PING);
    assert_ptr_equal(ev.data, b.data + 17);

    (void) ngx_chat_ws_reader_next(&r, &ws_raw, &pos, b.data + b.len, &ev);
    assert_int_equal(ev.event, NGX_CHAT_WS_EV_MESSAGE);
    assert_int_equal(ev.opcode, NGX_CHAT_WS_BINARY);
    assert_ptr_equal(ev.data, b.data + 26);

    (void) ngx_chat_ws_reader_next(&r, &ws_raw, &pos, b.data + b.len, &ev);
    assert_int_equal(ev.event, NGX_CHAT_WS_EV_CLOSE);
    assert_ptr_equal(ev.data, b.data + b.len - 3);
    assert_ptr_equal(pos, b.data + b.len);

    assert_int_equal(memory.calls, 0);

    free(b.data);
}


static void
test_pending(void **state)
{
    size_t                 i;
    unsigned char         *pos;
    ws_bytes_t             b;
    ngx_chat_ws_event_t    ev;
    ngx_chat_ws_reader_t   r;

    (void) state;

    memset(&r, 0, sizeof(r));
    memory.fed = 64;
    ws_build(&b, "{01 'a'} {80 'b'}");
    pos = b.data;

    for (i = 1; i < b.len; i++) {
        (void) ngx_chat_ws_reader_next(&r, &ws_raw, &pos, b.data + i, &ev);
        assert_int_equal(ev.event, NGX_CHAT_WS_EV_AGAIN);
        assert_int_equal(ngx_chat_ws_reader_pending(&r), 1);
    }

    (void) ngx_chat_ws_reader_next(&r, &ws_raw, &pos, b.data + b.len, &ev);
    assert_int_equal(ev.event, NGX_CHAT_WS_EV_MESSAGE);
    assert_int_equal(ev.len, 2);
    assert_memory_equal(ev.data, "ab", 2);

    /* the data is still the reader's, but nothing is incomplete */

    assert_int_equal(memory.live, 1);
    assert_int_equal(ngx_chat_ws_reader_pending(&r), 0);

    (void) ngx_chat_ws_reader_next(&r, &ws_raw, &pos, b.data + b.len, &ev);
    assert_int_equal(ev.event, NGX_CHAT_WS_EV_AGAIN);
    assert_int_equal(memory.live, 0);
    assert_null(r.partial);

    free(b.data);
}


static void
test_closed_reader_is_as_new(void **state)
{
    unsigned char         *pos;
    ws_bytes_t             b;
    ws_transcript_t        t;
    ngx_chat_ws_event_t    ev;
    ngx_chat_ws_reader_t   r;

    (void) state;

    memset(&r, 0, sizeof(r));
    memset(&t, 0, sizeof(t));
    memory.fed = 64;

    ngx_chat_ws_reader_close(&r, &ws_raw);

    ws_build(&b, "{01 'abc' ff} 88");
    pos = b.data;
    (void) ngx_chat_ws_reader_next(&r, &ws_raw, &pos, b.data + 8, &ev);
    (void) ngx_chat_ws_reader_next(&r, &ws_raw, &pos, b.data + b.len, &ev);
    assert_int_equal(ev.event, NGX_CHAT_WS_EV_ERROR);

    ngx_chat_ws_reader_close(&r, &ws_raw);
    assert_int_equal(memory.live, 0);
    free(b.data);

    ws_build(&b, "{81 'Hello'}");
    assert_int_equal(ws_feed(&r, &ws_raw, b.data, b.len, &t), 1);
    assert_string_equal(t.text, "text[5]:Hello");
    free(b.data);
}


/* F10: a claim of 2^63-1 bytes costs what came of it */

static void
test_f10_claims_cost_nothing(void **state)
{
    ws_bytes_t       b;
    ws_transcript_t  t;

    (void) state;

    ws_build(&b, "82ff 7f ff*7 00000000 'abc'");

    ws_run(&b, &ws_raw, b.len, b.len, &t);
    assert_string_equal(t.text, "~");
    assert_int_equal(memory.calls, 1);

    ws_run(&b, &ws_raw, 1, 1, &t);
    assert_string_equal(t.text, "~");

    free(b.data);
}


/* 16 MB in fragments of 64 bytes, in reads of 16 KB */

static void
test_f11_16_megabytes_in_small_fragments(void **state)
{
    size_t                 at, i, len, n;
    ws_bytes_t             b;
    ngx_chat_ws_event_t    ev;
    ngx_chat_ws_reader_t   r;
    unsigned char          payload[64], *pos;

    (void) state;

    memset(&b, 0, sizeof(b));
    memset(&r, 0, sizeof(r));

    n = 16 * MEGABYTE / 64;

    for (i = 0; i < n; i++) {
        memset(payload, (int) ('a' + i % 26), sizeof(payload));
        ws_add_frame(&b, (i == 0) | (i == n - 1 ? 0x80 : 0), payload, 64);
    }

    pos = b.data;
    ev.event = NGX_CHAT_WS_EV_AGAIN;

    for (at = 0; at < b.len; at += len) {
        assert_int_equal(ev.event, NGX_CHAT_WS_EV_AGAIN);

        len = (b.len - at < 16384) ? b.len - at : 16384;
        memory.fed = at + len;
        (void) ngx_chat_ws_reader_next(&r, &ws_large, &pos,
                                       b.data + at + len, &ev);
    }

    assert_int_equal(ev.event, NGX_CHAT_WS_EV_MESSAGE);
    assert_int_equal(ev.len, 16 * MEGABYTE);

    for (i = 0; i < ev.len; i++) {
        if (ev.data[i] != 'a' + i / 64 % 26) {
            fail_msg("byte %zu is wrong", i);
        }
    }

    /* linear: what was asked for in all is a small multiple of the message */

    assert_true(memory.total < 5 * 16 * MEGABYTE);
    assert_true(memory.calls < 32);

    ngx_chat_ws_reader_close(&r, &ws_large);
    assert_int_equal(memory.live, 0);

    free(b.data);
}


/* F12: with the limit lifted, a million of them cost no memory */

static void
test_f12_a_million_empty_fragments(void **state)
{
    size_t           i;
    ws_bytes_t       b;
    ws_transcript_t  t;

    (void) state;

    memset(&b, 0, sizeof(b));

    ws_add_frame(&b, 0x01, NULL, 0);

    for (i = 0; i < 1000000; i++) {
        ws_add_frame(&b, 0x00, NULL, 0);
    }

    ws_add_frame(&b, 0x80, (const unsigned char *) "a", 1);

    ws_run(&b, &ws_raw, 16384, 16384, &t);
    assert_string_equal(t.text, "text[1]:a");
    assert_true(memory.total <= WS_OVERHEAD);

    free(b.data);
}


/* Any bytes, in fragments and reads of many sizes, come out unchanged. */

static void
test_content_over_fragments(void **state)
{
    size_t                 at, i, n, size;
    unsigned char         *data;
    ws_bytes_t             b;
    ws_transcript_t        t, whole;
    ngx_chat_ws_event_t    expect;

    (void) state;

    data = malloc(70000);
    assert_non_null(data);

    for (i = 0; i < 70000; i++) {
        data[i] = (unsigned char) (i * 2654435761U >> 13);
    }

    memset(&expect, 0, sizeof(expect));
    expect.data = data;
    expect.len = 70000;
    memset(&whole, 0, sizeof(whole));
    ws_write(&whole, "bin", &expect);

    for (size = 1000; size < 100000; size = size * 5 + 3) {
        memset(&b, 0, sizeof(b));

        for (at = 0; at < 70000; at += n) {
            n = (70000 - at < size) ? 70000 - at : size;
            ws_add_frame(&b, (at ? 0 : 2) | (at + n == 70000 ? 0x80 : 0),
                         data + at, n);
        }

        for (n = 1; n < 200000; n = n * 3 + 4) {
            ws_run(&b, &ws_raw, n, n, &t);
            assert_string_equal(t.text, whole.text);
            assert_true(t.hash == whole.hash);
        }

        free(b.data);
    }

    free(data);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test_setup(test_whole_frames_are_not_copied, setup),
        cmocka_unit_test_setup(test_pending, setup),
        cmocka_unit_test_setup(test_closed_reader_is_as_new, setup),
        cmocka_unit_test_setup(test_f10_claims_cost_nothing, setup),
        cmocka_unit_test_setup(test_f11_16_megabytes_in_small_fragments,
                               setup),
        cmocka_unit_test_setup(test_f12_a_million_empty_fragments, setup),
        cmocka_unit_test_setup(test_content_over_fragments, setup),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
