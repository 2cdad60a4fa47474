
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Strict base64url.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chat_str.h"
#include "ngx_chat_base64url.h"


/* Decodes from and into blocks of just the size; returns the length or -1. */

static int
decode(unsigned char *bytes, const ngx_chat_str_t *text)
{
    int              rc;
    unsigned char   *buf;
    ngx_chat_str_t   exact, out;

    exact = str_exact(text);
    buf = malloc(NGX_CHAT_BASE64URL_DECODED(text->len));
    assert_non_null(buf);

    rc = ngx_chat_base64url_decode(&out, buf, &exact) ? (int) out.len : -1;

    if (rc > 0) {
        assert_ptr_equal(out.data, buf);
        memcpy(bytes, buf, out.len);
    }

    free(buf);
    str_free(&exact);

    return rc;
}


static void
is(const char *text, const char *want)
{
    int             n;
    unsigned char   bytes[256];
    ngx_chat_str_t  s;

    s = str(text);
    n = decode(bytes, &s);

    if (n < 0 || (size_t) n != strlen(want) || memcmp(bytes, want, n) != 0) {
        fail_msg("%s: %d", text, n);
    }
}


static void
is_bad(const char *text)
{
    unsigned char   bytes[256];
    ngx_chat_str_t  s;

    s = str(text);

    if (decode(bytes, &s) != -1) {
        fail_msg("%s was taken", text);
    }
}


static void
test_vectors_of_rfc_4648(void **state)
{
    (void) state;

    is("", "");
    is("Zg", "f");
    is("Zm8", "fo");
    is("Zm9v", "foo");
    is("Zm9vYg", "foob");
    is("Zm9vYmE", "fooba");
    is("Zm9vYmFy", "foobar");
    is("-_-_", "\xfb\xff\xbf");
}


static void
test_T4_padding_and_the_other_alphabet(void **state)
{
    (void) state;

    is_bad("Zg==");
    is_bad("Zm8=");
    is_bad("Zm9vYg=");
    is_bad("=");
    is_bad("+/+/");
    is_bad("Zm9v.");
    is_bad("Zm9v\xc3\xa9");
}


static void
test_T4_white_space(void **state)
{
    static const ngx_chat_str_t  nul = NGX_CHAT_STR("Zm9v\0");

    unsigned char  bytes[256];

    (void) state;

    is_bad(" Zm9v");
    is_bad("Zm9v ");
    is_bad("Zm\n9v");
    is_bad("Zm9v\r\n");
    is_bad("Zm\t9v");

    assert_int_equal(decode(bytes, &nul), -1);
}


static void
test_T4_a_character_alone(void **state)
{
    (void) state;

    is_bad("Z");
    is_bad("A");
    is_bad("Zm9vY");
    is_bad("Zm9vA");
}


static void
test_T4_bits_that_mean_nothing(void **state)
{
    (void) state;

    is_bad("Zh");
    is_bad("Zm9");
    is_bad("Zm9vYh");
    is_bad("Zm9vYmF");
    is_bad("__");
}


/* Of all pairs of characters, 256 stand for a byte. */

static void
test_each_byte_has_one_form(void **state)
{
    unsigned        i, good;
    unsigned char   bytes[8], text[2];
    ngx_chat_str_t  s;

    (void) state;

    good = 0;
    s = str_of(text, 2);

    for (i = 0; i < 0x10000; i++) {
        text[0] = (unsigned char) (i >> 8);
        text[1] = (unsigned char) i;
        good += decode(bytes, &s) == 1;
    }

    assert_int_equal(good, 256);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_vectors_of_rfc_4648),
        cmocka_unit_test(test_T4_padding_and_the_other_alphabet),
        cmocka_unit_test(test_T4_white_space),
        cmocka_unit_test(test_T4_a_character_alone),
        cmocka_unit_test(test_T4_bits_that_mean_nothing),
        cmocka_unit_test(test_each_byte_has_one_form),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
