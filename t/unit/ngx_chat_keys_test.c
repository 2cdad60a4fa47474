
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The keys of backends: lines of a file, and which of them a request has.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chat_str.h"
#include "ngx_chat_keys.h"


#define A32  "0123456789abcdefABCDEF-._~+/==zZ"


static ngx_chat_keys_e
last(const char *text, unsigned *line, size_t *found)
{
    ngx_chat_str_t   key, s;
    ngx_chat_keys_e  rc;
    ngx_chat_keys_t  keys;

    s = str(text);

    keys.rest = str_exact(&s);
    keys.line = 0;
    s = keys.rest;
    *found = 0;

    for ( ;; ) {
        rc = ngx_chat_keys_next(&keys, &key);

        if (rc != NGX_CHAT_KEYS_FOUND) {
            break;
        }

        assert_true(str_is(&key, A32));
        (*found)++;
    }

    *line = keys.line;
    assert_non_null(ngx_chat_keys_reason(rc));
    str_free(&s);

    return rc;
}


static void
test_lines(void **state)
{
    size_t    found;
    unsigned  line;

    (void) state;

    assert_int_equal(last("", &line, &found), NGX_CHAT_KEYS_END);
    assert_int_equal(found, 0);

    assert_int_equal(last("# none\n\n  \t\r\n", &line, &found),
                     NGX_CHAT_KEYS_END);
    assert_int_equal(found, 0);
    assert_int_equal(line, 3);

    assert_int_equal(last(A32, &line, &found), NGX_CHAT_KEYS_END);
    assert_int_equal(found, 1);

    assert_int_equal(last("# of the shop\n\t " A32 " \r\n\n" A32 "\n", &line,
                          &found),
                     NGX_CHAT_KEYS_END);
    assert_int_equal(found, 2);
    assert_int_equal(line, 4);
}


static void
test_faults_and_their_lines(void **state)
{
    size_t           found;
    unsigned         line;
    ngx_chat_str_t   s;

    (void) state;

    assert_int_equal(last(A32 "\nshort\n", &line, &found),
                     NGX_CHAT_KEYS_SHORT);
    assert_int_equal(line, 2);

    assert_int_equal(last(A32 "\n\n" A32 " " A32 "\n", &line, &found),
                     NGX_CHAT_KEYS_CHARACTER);
    assert_int_equal(line, 3);

    assert_int_equal(last("0123456789abcdefABCDEF-._~+/==z:", &line, &found),
                     NGX_CHAT_KEYS_CHARACTER);

    s = str_repeat("a", NGX_CHAT_KEYS_LENGTH_MAX + 1);
    assert_int_equal(last((const char *) s.data, &line, &found),
                     NGX_CHAT_KEYS_LONG);
    str_free(&s);

    assert_string_not_equal(ngx_chat_keys_reason(NGX_CHAT_KEYS_FOUND),
                            ngx_chat_keys_reason(NGX_CHAT_KEYS_END));
}


static int
same(const char *key, const char *given)
{
    int              rc;
    ngx_chat_str_t   k, g;

    k = str(key);
    g = str(given);
    k = str_exact(&k);
    g = str_exact(&g);

    rc = ngx_chat_keys_same(&k, &g);

    str_free(&k);
    str_free(&g);

    return rc;
}


static void
test_only_the_key_is_the_key(void **state)
{
    (void) state;

    assert_true(same(A32, A32));
    assert_false(same(A32, ""));
    assert_false(same(A32, "0"));
    assert_false(same(A32, A32 A32));
    assert_false(same(A32, "0123456789abcdefABCDEF-._~+/==zz"));
    assert_false(same(A32, "1123456789abcdefABCDEF-._~+/==zZ"));
    assert_false(same("", ""));
    assert_false(same("", A32));
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_faults_and_their_lines),
        cmocka_unit_test(test_only_the_key_is_the_key)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
