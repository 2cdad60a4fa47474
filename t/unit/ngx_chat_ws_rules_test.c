
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The rules of frame headers, over every first two bytes.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ngx_chat_ws_rules.h"


#define P(text)      (const unsigned char *) text, sizeof(text) - 1
#define CODE(error)  ngx_chat_ws_fault(error)->code


static const ngx_chat_ws_limits_t  limits = { 1000, 4, 0, NULL, NULL };


static ngx_chat_ws_error_e
judge(const unsigned char *p, size_t n, const ngx_chat_ws_message_t *m,
    const ngx_chat_ws_limits_t *l)
{
    ngx_chat_ws_header_t  h;

    (void) ngx_chat_ws_header_parse(&h, p, n);

    return ngx_chat_ws_judge(&h, n, m, l);
}


static unsigned
judge_code(const unsigned char *p, size_t n, const ngx_chat_ws_message_t *m)
{
    ngx_chat_ws_error_e  error;

    error = judge(p, n, m, &limits);

    return (error == NGX_CHAT_WS_OK) ? 0 : ngx_chat_ws_fault(error)->code;
}


/* What a first byte alone is worth: 0 or a close code. */

static unsigned
expect_first(unsigned c, int inside)
{
    switch (c) {

    case 0x00:
    case 0x80:
        return inside ? 0 : 1002;

    case 0x01:
    case 0x81:
        return inside ? 1002 : 0;

    case 0x02:
    case 0x82:
        return inside ? 1002 : 1003;

    case 0x88:
    case 0x89:
    case 0x8a:
        return 0;

    default:
        return 1002;
    }
}


/* F1 to F5, F7, F18, C2 */

static void
test_f1_f7_every_first_two_bytes(void **state)
{
    int                    inside;
    unsigned               a, b, expect;
    unsigned char          p[2];
    ngx_chat_ws_message_t  m;

    (void) state;

    for (a = 0; a < 256 * 2; a++) {
        inside = (a >= 256);

        memset(&m, 0, sizeof(m));
        m.opcode = inside ? NGX_CHAT_WS_TEXT : 0;
        m.fragments = (uint32_t) inside;

        p[0] = (unsigned char) a;
        expect = expect_first(a & 0xff, inside);

        assert_int_equal(judge_code(p, 1, &m), expect);

        for (b = 0; b < 256; b++) {
            p[1] = (unsigned char) b;

            if (expect != 0) {
                assert_int_equal(judge_code(p, 2, &m), expect);

            } else if (b < 128 || (p[0] >= 0x88 && b >= 254)
                       || (p[0] == 0x88 && b == 129))
            {
                assert_int_equal(judge_code(p, 2, &m), 1002);

            } else {
                assert_int_equal(judge_code(p, 2, &m), 0);
            }
        }
    }
}


static void
test_f11_lengths(void **state)
{
    ngx_chat_ws_limits_t   none = { 0, 0, 1, NULL, NULL };
    ngx_chat_ws_message_t  m;

    (void) state;

    memset(&m, 0, sizeof(m));

    assert_int_equal(judge(P("\x81\xfe\x03"), &m, &limits), NGX_CHAT_WS_OK);
    assert_int_equal(judge(P("\x81\xfe\x03\xe8"), &m, &limits),
                     NGX_CHAT_WS_OK);
    assert_int_equal(judge(P("\x81\xfe\x03\xe9"), &m, &limits),
                     NGX_CHAT_WS_TOO_LARGE);
    assert_int_equal(judge(P("\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff"), &m,
                           &none), NGX_CHAT_WS_OK);
    assert_int_equal(judge(P("\x81\xff\x80\0\0\0\0\0\0\0"), &m, &none),
                     NGX_CHAT_WS_LENGTH_SIGN);
    assert_int_equal(judge(P("\x82\xff\0\0\0\0\0\0\xff\xff"), &m, &none),
                     NGX_CHAT_WS_LENGTH_FORM);
    assert_int_equal(judge(P("\x82\xfe\0\x7d"), &m, &none),
                     NGX_CHAT_WS_LENGTH_FORM);

    m.opcode = NGX_CHAT_WS_TEXT;
    m.fragments = 3;
    m.len = 900;

    assert_int_equal(judge(P("\x80\xe4"), &m, &limits), NGX_CHAT_WS_OK);
    assert_int_equal(judge(P("\x80\xe5"), &m, &limits),
                     NGX_CHAT_WS_TOO_LARGE);
    assert_int_equal(judge(P("\x00\x80"), &m, &limits), NGX_CHAT_WS_OK);

    m.len = 1000;

    assert_int_equal(judge(P("\x80\x80"), &m, &limits), NGX_CHAT_WS_OK);
    assert_int_equal(judge(P("\x80\x81"), &m, &limits),
                     NGX_CHAT_WS_TOO_LARGE);
    assert_int_equal(judge(P("\x89\xfd"), &m, &limits), NGX_CHAT_WS_OK);

    /* F12 */

    m.fragments = 4;

    assert_int_equal(judge(P("\x80"), &m, &limits), NGX_CHAT_WS_FRAGMENTS);
    assert_int_equal(judge(P("\x80"), &m, &none), NGX_CHAT_WS_OK);
    assert_int_equal(judge(P("\x89"), &m, &limits), NGX_CHAT_WS_OK);
}


static void
test_f18_binary(void **state)
{
    ngx_chat_ws_limits_t   binary = { 0, 0, 1, NULL, NULL };
    ngx_chat_ws_message_t  m;

    (void) state;

    memset(&m, 0, sizeof(m));

    assert_int_equal(judge(P("\x82"), &m, &limits),
                     NGX_CHAT_WS_BINARY_REFUSED);
    assert_int_equal(judge(P("\x82"), &m, &binary), NGX_CHAT_WS_OK);
}


/* Each fault has a code that may be sent, and a clause that fits the frame. */

static void
test_faults(void **state)
{
    int                         i;
    const ngx_chat_ws_fault_t  *fault;

    (void) state;

    for (i = NGX_CHAT_WS_OK; i <= NGX_CHAT_WS_NO_MEMORY; i++) {
        fault = ngx_chat_ws_fault((ngx_chat_ws_error_e) i);

        assert_true(ngx_chat_ws_close_code_valid(fault->code));
        assert_in_range(strlen(fault->text), 1, NGX_CHAT_WS_CONTROL_MAX - 2);
    }

    assert_int_equal(CODE(NGX_CHAT_WS_UNMASKED), 1002);
    assert_int_equal(CODE(NGX_CHAT_WS_CLOSE_CODE), 1002);
    assert_int_equal(CODE(NGX_CHAT_WS_CLOSE_TEXT), 1007);
    assert_int_equal(CODE(NGX_CHAT_WS_BINARY_REFUSED), 1003);
    assert_int_equal(CODE(NGX_CHAT_WS_NOT_UTF8), 1007);
    assert_int_equal(CODE(NGX_CHAT_WS_FRAGMENTS), 1008);
    assert_int_equal(CODE(NGX_CHAT_WS_TOO_LARGE), 1009);
    assert_int_equal(CODE(NGX_CHAT_WS_NO_MEMORY), 1011);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_f1_f7_every_first_two_bytes),
        cmocka_unit_test(test_f11_lengths),
        cmocka_unit_test(test_f18_binary),
        cmocka_unit_test(test_faults),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
