
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The codec of frame headers, masks and close payloads.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ngx_chat_ws_frame.h"


#define NELTS(a)    (sizeof(a) / sizeof((a)[0]))

#define MASK_SPAN   71      /* lengths and places 0..70 */


static const uint64_t  lengths[] = {
    0, 1, 124, 125, 126, 127, 128, 65534, 65535, 65536, 65537, 1000000,
    UINT64_C(4294967295), UINT64_C(4294967296), INT64_MAX, UINT64_MAX
};


static size_t
expected_size(uint64_t length)
{
    if (length < 126) {
        return 2;
    }

    return (length < 65536) ? 4 : 10;
}


static void
test_encode_and_parse(void **state)
{
    size_t                i, n, size;
    unsigned char         p[NGX_CHAT_WS_SERVER_HEADER_MAX];
    ngx_chat_ws_header_t  h;

    (void) state;

    for (i = 0; i < NELTS(lengths); i++) {
        memset(p, 0xee, sizeof(p));

        size = ngx_chat_ws_header_encode(p, 0x81, lengths[i]);

        assert_int_equal(size, expected_size(lengths[i]));
        assert_int_equal(ngx_chat_ws_header_size(lengths[i]), size);
        assert_true(size == sizeof(p) || p[size] == 0xee);

        for (n = 0; n < size; n++) {
            assert_int_equal(ngx_chat_ws_header_parse(&h, p, n), 0);
        }

        assert_int_equal(ngx_chat_ws_header_parse(&h, p, size), size);
        assert_true(h.length == lengths[i]);
        assert_int_equal(h.fin, 1);
        assert_int_equal(h.rsv, 0);
        assert_int_equal(h.opcode, NGX_CHAT_WS_TEXT);
        assert_int_equal(h.masked, 0);
        assert_int_equal(h.length_form, size - 2);
    }
}


static void
test_known_bytes(void **state)
{
    unsigned char  p[NGX_CHAT_WS_SERVER_HEADER_MAX];

    (void) state;

    (void) ngx_chat_ws_header_encode(p, 0x82, 5);
    assert_memory_equal(p, "\x82\x05", 2);

    (void) ngx_chat_ws_header_encode(p, 0x82, 256);
    assert_memory_equal(p, "\x82\x7e\x01\x00", 4);

    (void) ngx_chat_ws_header_encode(p, 0x01, 65536);
    assert_memory_equal(p, "\x01\x7f\0\0\0\0\0\x01\0\0", 10);
}


static void
test_every_first_byte(void **state)
{
    unsigned              i;
    unsigned char         p;
    ngx_chat_ws_header_t  h;

    (void) state;

    for (i = 0; i < 256; i++) {
        p = (unsigned char) i;

        assert_int_equal(ngx_chat_ws_header_parse(&h, &p, 1), 0);
        assert_int_equal(h.fin, i / 128);
        assert_int_equal(h.rsv, i / 16 % 8);
        assert_int_equal(h.opcode, i % 16);
        assert_int_equal(h.masked, 0);
        assert_int_equal(h.length_form, 0);
    }
}


/* F14: what is known of an incomplete header, at each byte */

static void
test_f14_incomplete_masked_header(void **state)
{
    size_t                n;
    ngx_chat_ws_header_t  h;
    const unsigned char   p[] = { 0x89, 0xff, 0, 0, 0, 1, 2, 3, 4, 5,
                                  0xa, 0xb, 0xc, 0xd };

    (void) state;

    for (n = 0; n < sizeof(p); n++) {
        assert_int_equal(ngx_chat_ws_header_parse(&h, p, n), 0);
        assert_int_equal(h.opcode, n < 1 ? 0 : NGX_CHAT_WS_PING);
        assert_int_equal(h.masked, n < 2 ? 0 : 1);
        assert_int_equal(h.length_form, n < 2 ? 0 : 8);
        assert_true(h.length == (n < 10 ? 0 : UINT64_C(0x102030405)));
    }

    assert_int_equal(ngx_chat_ws_header_parse(&h, p, sizeof(p)), 14);
    assert_memory_equal(h.key, "\x0a\x0b\x0c\x0d", 4);

    /* RFC 6455, 5.7.  Examples */

    assert_int_equal(ngx_chat_ws_header_parse(&h,
                         (const unsigned char *) "\x81\x85\x37\xfa\x21\x3d\x7f",
                         7), 6);
    assert_true(h.length == 5);
}


/* F15: each length at each place in memory and in the payload */

static void
test_f15_mask(void **state)
{
    size_t          i, n, offset, place;
    const uint8_t  *key;
    unsigned char   p[MASK_SPAN + 8 + MASK_SPAN];
    const uint8_t   keys[][4] = { { 0x37, 0xfa, 0x21, 0x3d },
                                  { 0, 0, 0, 0 },
                                  { 0xff, 0xff, 0xff, 0xff } };

    (void) state;

    for (n = 0; n < MASK_SPAN; n++) {
        for (offset = 0; offset < MASK_SPAN; offset++) {

            key = keys[(n + offset) % 3];
            place = offset % 8;

            for (i = 0; i < sizeof(p); i++) {
                p[i] = (unsigned char) (i * 7);
            }

            ngx_chat_ws_mask(p + place, n, key, offset);

            for (i = 0; i < sizeof(p); i++) {
                assert_int_equal(p[i], (unsigned char)
                    (i * 7 ^ ((i < place || i >= place + n)
                              ? 0 : key[(i - place + offset) % 4])));
            }
        }
    }

    /* far into a payload the place still counts modulo 4 */

    memset(p, 0, 4);
    ngx_chat_ws_mask(p, 4, keys[0], UINT64_C(0x100000003));
    assert_memory_equal(p, "\x3d\x37\xfa\x21", 4);
}


static void
test_f15_mask_in_pieces(void **state)
{
    size_t          i, n;
    unsigned char   whole[MASK_SPAN], p[MASK_SPAN];
    const uint8_t   key[4] = { 1, 2, 3, 4 };

    (void) state;

    memset(whole, 0, sizeof(whole));
    ngx_chat_ws_mask(whole, sizeof(whole), key, 0);

    for (n = 1; n < MASK_SPAN; n++) {
        memset(p, 0, sizeof(p));

        for (i = 0; i < sizeof(p); i += n) {
            ngx_chat_ws_mask(p + i, (sizeof(p) - i < n) ? sizeof(p) - i : n,
                             key, i);
        }

        assert_memory_equal(p, whole, sizeof(p));
    }
}


/* C3, C4: every code there is */

static void
test_c3_c4_close_codes(void **state)
{
    int       valid;
    unsigned  code;

    (void) state;

    for (code = 0; code <= 65535; code++) {
        valid = (code >= 1000 && code <= 1003)
                || (code >= 1007 && code <= 1014)
                || (code >= 3000 && code <= 4999);

        assert_int_equal(ngx_chat_ws_close_code_valid(code), valid);
    }
}


static void
test_close_encode(void **state)
{
    unsigned char  p[NGX_CHAT_WS_CONTROL_MAX];

    (void) state;

    assert_int_equal(ngx_chat_ws_close_encode(p, 1000, NULL, 0), 2);
    assert_memory_equal(p, "\x03\xe8", 2);

    assert_int_equal(ngx_chat_ws_close_encode(p, 4001, "bye", 3), 5);
    assert_memory_equal(p, "\x0f\xa1" "bye", 5);

    assert_int_equal(ngx_chat_ws_close_encode(p, NGX_CHAT_WS_NO_STATUS, "bye",
                                              3), 0);
}


/* C6: a reason of 123 bytes fits, a longer one ends before a code point */

static void
test_c6_close_reason_is_cut(void **state)
{
    size_t         i, n;
    unsigned char  p[NGX_CHAT_WS_CONTROL_MAX];
    char           text[200];

    (void) state;

    memset(text, 'a', sizeof(text));

    assert_int_equal(ngx_chat_ws_close_encode(p, 1000, text, 123), 125);
    assert_int_equal(ngx_chat_ws_close_encode(p, 1000, text, 124), 125);
    assert_int_equal(ngx_chat_ws_close_encode(p, 1000, text, 200), 125);
    assert_memory_equal(p + 2, text, 123);

    for (i = 115; i < 126; i++) {
        memset(text, 'a', sizeof(text));
        memcpy(text + i, "\xf0\x9f\x98\x80", 4);

        n = ngx_chat_ws_close_encode(p, 1000, text, sizeof(text));

        assert_int_equal(n - 2, (i >= 120 && i < 123) ? i : 123);
    }

    /* what is no text at all is cut to nothing, not read backwards */

    memset(text, 0x80, sizeof(text));

    assert_int_equal(ngx_chat_ws_close_encode(p, 1000, text, 200), 2);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_encode_and_parse),
        cmocka_unit_test(test_known_bytes),
        cmocka_unit_test(test_every_first_byte),
        cmocka_unit_test(test_f14_incomplete_masked_header),
        cmocka_unit_test(test_f15_mask),
        cmocka_unit_test(test_f15_mask_in_pieces),
        cmocka_unit_test(test_c3_c4_close_codes),
        cmocka_unit_test(test_close_encode),
        cmocka_unit_test(test_c6_close_reason_is_cut),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
