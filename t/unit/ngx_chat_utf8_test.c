
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The validator of UTF-8 against vectors, a second validator that decodes, and
 * every code point.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ngx_chat_utf8.h"


#define NELTS(a)  (sizeof(a) / sizeof((a)[0]))

/* so many ASCII bytes before a vector: it lies at each place of a word */

#define PADDING   17


typedef struct {
    const char  *title;
    const char  *bytes;
    size_t       len;
    int          valid;
    size_t       bad;      /* the byte that is at fault, of a bad text */
} utf8_vector_t;


/* of a truncated text no byte is at fault */

static const utf8_vector_t  utf8_vectors[] = {
    { "U1 C0 80", "\xc0\x80", 2, 0, 0 },
    { "U1 C0 AF", "\xc0\xaf", 2, 0, 0 },
    { "U1 C1 BF", "\xc1\xbf", 2, 0, 0 },
    { "U1 E0 80 80", "\xe0\x80\x80", 3, 0, 1 },
    { "U1 E0 9F BF", "\xe0\x9f\xbf", 3, 0, 1 },
    { "U1 F0 80 80 80", "\xf0\x80\x80\x80", 4, 0, 1 },
    { "U1 F0 8F BF BF", "\xf0\x8f\xbf\xbf", 4, 0, 1 },
    { "U2 ED A0 80", "\xed\xa0\x80", 3, 0, 1 },
    { "U2 ED AF BF", "\xed\xaf\xbf", 3, 0, 1 },
    { "U2 ED B0 80", "\xed\xb0\x80", 3, 0, 1 },
    { "U2 ED BF BF", "\xed\xbf\xbf", 3, 0, 1 },
    { "U3 F4 90 80 80", "\xf4\x90\x80\x80", 4, 0, 1 },
    { "U3 F5 80 80 80", "\xf5\x80\x80\x80", 4, 0, 0 },
    { "U3 F7 BF BF BF", "\xf7\xbf\xbf\xbf", 4, 0, 0 },
    { "U3 F8 88 80 80 80", "\xf8\x88\x80\x80\x80", 5, 0, 0 },
    { "U3 FE", "\xfe", 1, 0, 0 },
    { "U3 FF", "\xff", 1, 0, 0 },
    { "U4 lone 80", "\x80", 1, 0, 0 },
    { "U4 lone BF in a text", "abc\xbfxyz", 7, 0, 3 },
    { "U4 truncated C3", "\xc3", 1, 0, 1 },
    { "U4 truncated E2 82", "\xe2\x82", 2, 0, 2 },
    { "U4 truncated F0 9F 98", "\xf0\x9f\x98", 3, 0, 3 },
    { "U4 E2 82 and a letter", "\xe2\x82z", 3, 0, 2 },
    { "U4 E2 82 and a lead byte", "\xe2\x82\xc3\xa9", 4, 0, 2 },
    { "U5 ASCII", "Hello, world. 0123456789", 24, 1, 0 },
    { "U5 NUL", "\0", 1, 1, 0 },
    { "U5 each length", "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z", 11, 1, 0 },
    { "U5 the first of each length",
      "\xc2\x80\xe0\xa0\x80\xf0\x90\x80\x80", 9, 1, 0 },
    { "U5 the last of each length",
      "\x7f\xdf\xbf\xef\xbf\xbf\xf4\x8f\xbf\xbf", 10, 1, 0 },
    { "U5 around the surrogates", "\xed\x9f\xbf\xee\x80\x80", 6, 1, 0 },
    { "U5 long and mixed",
      "0123456789abcdef\xd0\xb9\xd0\xb9\xd0\xb9 0123456789\xe4\xb8\xad", 36,
      1, 0 },
    { "U5 nothing", "", 0, 1, 0 },
    { "U7 noncharacter U+FFFE", "\xef\xbf\xbe", 3, 1, 0 },
    { "U7 noncharacter U+1FFFF", "\xf0\x9f\xbf\xbf", 4, 1, 0 },
    { "U9 byte order mark", "\xef\xbb\xbf{", 4, 1, 0 },
};


/* the least code point of so many continuation bytes */

static const uint32_t  least[] = { 0, 0x80, 0x800, 0x10000 };


/* Decodes first and judges the code point, as the module does not. */

static int
reference(const unsigned char *p, size_t n)
{
    size_t    i, k;
    uint32_t  cp;

    for (i = 0; i < n; i += k + 1) {

        if (p[i] < 0x80) {
            k = 0;
            continue;
        }

        if ((p[i] & 0xe0) == 0xc0) {
            k = 1;

        } else if ((p[i] & 0xf0) == 0xe0) {
            k = 2;

        } else if ((p[i] & 0xf8) == 0xf0) {
            k = 3;

        } else {
            return 0;
        }

        if (n - i <= k) {
            return 0;
        }

        cp = p[i] & (0x3fU >> k);

        if ((p[i + 1] & 0xc0) != 0x80
            || (k > 1 && (p[i + 2] & 0xc0) != 0x80)
            || (k > 2 && (p[i + 3] & 0xc0) != 0x80))
        {
            return 0;
        }

        cp = (cp << 6) | (p[i + 1] & 0x3fU);
        cp = (k > 1) ? (cp << 6) | (p[i + 2] & 0x3fU) : cp;
        cp = (k > 2) ? (cp << 6) | (p[i + 3] & 0x3fU) : cp;

        if (cp < least[k] || cp > 0x10ffff || (cp >> 11) == 0x1b) {
            return 0;
        }
    }

    return 1;
}


static size_t
encode(unsigned char *p, uint32_t cp)
{
    if (cp < 0x80) {
        p[0] = (unsigned char) cp;
        return 1;
    }

    if (cp < 0x800) {
        p[0] = (unsigned char) (0xc0 | cp >> 6);
        p[1] = (unsigned char) (0x80 | (cp & 0x3f));
        return 2;
    }

    if (cp < 0x10000) {
        p[0] = (unsigned char) (0xe0 | cp >> 12);
        p[1] = (unsigned char) (0x80 | (cp >> 6 & 0x3f));
        p[2] = (unsigned char) (0x80 | (cp & 0x3f));
        return 3;
    }

    p[0] = (unsigned char) (0xf0 | cp >> 18);
    p[1] = (unsigned char) (0x80 | (cp >> 12 & 0x3f));
    p[2] = (unsigned char) (0x80 | (cp >> 6 & 0x3f));
    p[3] = (unsigned char) (0x80 | (cp & 0x3f));

    return 4;
}


/* Feeds two halves, then checks the end. */

static int
split_valid(const unsigned char *p, size_t n, size_t cut)
{
    ngx_chat_utf8_t  u;

    ngx_chat_utf8_init(&u);

    return ngx_chat_utf8_feed(&u, p, cut)
           && ngx_chat_utf8_feed(&u, p + cut, n - cut)
           && ngx_chat_utf8_complete(&u);
}


/* Returns how many bytes are taken if they come one by one. */

static size_t
bytes_taken(const unsigned char *p, size_t n)
{
    size_t           i;
    ngx_chat_utf8_t  u;

    memset(&u, 0, sizeof(u));

    for (i = 0; i < n; i++) {
        if (!ngx_chat_utf8_feed(&u, p + i, 1)) {
            break;
        }
    }

    return i;
}


static void
test_vector(void **state)
{
    size_t                pad, cut, n;
    unsigned char        *p;
    const utf8_vector_t  *v;

    v = *state;

    for (pad = 0; pad < PADDING; pad++) {
        n = pad + v->len;
        p = malloc(n + 1);
        assert_non_null(p);

        memset(p, 'a', pad);
        memcpy(p + pad, v->bytes, v->len);

        assert_int_equal(reference(p, n), v->valid);
        assert_int_equal(ngx_chat_utf8_valid(p, n), v->valid);

        for (cut = 0; cut <= n; cut++) {
            assert_int_equal(split_valid(p, n, cut), v->valid);
        }

        assert_int_equal(bytes_taken(p, n), v->valid ? n : pad + v->bad);

        free(p);
    }
}


static void
test_every_sequence_of_three_bytes(void **state)
{
    uint32_t       i;
    unsigned char  p[3];

    (void) state;

    for (i = 0; i < 0x1000000; i++) {
        p[0] = (unsigned char) (i >> 16);
        p[1] = (unsigned char) (i >> 8);
        p[2] = (unsigned char) i;

        if (p[0] < 0x80 && p[1] < 0x80) {
            continue;
        }

        if (ngx_chat_utf8_valid(p, 3) != reference(p, 3)) {
            fail_msg("%02x %02x %02x", p[0], p[1], p[2]);
        }
    }
}


static void
test_every_sequence_of_four_bytes_from_f0(void **state)
{
    uint32_t       i;
    unsigned char  p[4];

    (void) state;

    for (i = 0; i < 0x1000000; i++) {
        p[0] = (unsigned char) (0xf0 | i >> 20);
        p[1] = (unsigned char) (i >> 12);
        p[2] = (unsigned char) (i >> 4 & 0xf0);
        p[3] = (unsigned char) i;

        if (ngx_chat_utf8_valid(p, 4) != reference(p, 4)) {
            fail_msg("%02x %02x %02x %02x", p[0], p[1], p[2], p[3]);
        }
    }
}


static void
test_every_code_point(void **state)
{
    size_t                n;
    uint32_t              cp;
    const unsigned char  *pos;
    unsigned char         p[4], q[4];

    (void) state;

    for (cp = 0; cp <= 0x10ffff; cp++) {
        n = encode(p, cp);

        assert_int_equal(ngx_chat_utf8_valid(p, n), (cp >> 11) != 0x1b);

        assert_int_equal(ngx_chat_utf8_encode(q, cp), n);
        assert_memory_equal(p, q, n);

        pos = p;

        assert_int_equal(ngx_chat_utf8_decode(&pos, p + n), cp);
        assert_ptr_equal(pos, p + n);
    }
}


static void
test_decode_stays_inside(void **state)
{
    const unsigned char  *pos;
    unsigned char         p[] = { 0xf0, 0x9f };

    (void) state;

    pos = p;
    (void) ngx_chat_utf8_decode(&pos, p + 2);
    assert_ptr_equal(pos, p + 2);

    pos = p;
    (void) ngx_chat_utf8_decode(&pos, p + 1);
    assert_ptr_equal(pos, p + 1);
}


int
main(void)
{
    size_t             i;
    struct CMUnitTest  tests[NELTS(utf8_vectors) + 4] = {
        cmocka_unit_test(test_every_sequence_of_three_bytes),
        cmocka_unit_test(test_every_sequence_of_four_bytes_from_f0),
        cmocka_unit_test(test_every_code_point),
        cmocka_unit_test(test_decode_stays_inside),
    };

    for (i = 0; i < NELTS(utf8_vectors); i++) {
        tests[i + 4].name = utf8_vectors[i].title;
        tests[i + 4].test_func = test_vector;
        tests[i + 4].initial_state = (void *) &utf8_vectors[i];
    }

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
