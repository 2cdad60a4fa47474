
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Strings in JSON.
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
#include "ngx_chat_json.h"
#include "ngx_chat_json_string.h"


/* The value stands in a block of its own. */

static void
reads(const char *text, const char *want, size_t n)
{
    size_t           need, size;
    unsigned char   *buf;
    ngx_chat_str_t   s, value, whole;
    ngx_chat_json_t  json;

    s = str(text);
    value = str_exact(&s);

    assert_int_equal(ngx_chat_json_scan(&json, value.data, value.len),
                     NGX_CHAT_JSON_OK);

    for (size = 0; size <= n; size++) {
        buf = malloc(size + 1);
        assert_non_null(buf);
        buf[size] = 0xa5;

        need = ngx_chat_json_string_read(buf, size, &value);

        assert_int_equal(need, n);
        assert_int_equal(buf[size], 0xa5);

        if (size == n) {
            assert_memory_equal(buf, want, n);
        }

        free(buf);
    }

    whole = str_of(want, n);
    assert_true(ngx_chat_json_string_is(&value, &whole));

    if (n > 0) {
        whole.len--;
        assert_false(ngx_chat_json_string_is(&value, &whole));
    }

    str_free(&value);
}

#define READS(text, want)  reads(text, want, sizeof(want) - 1)


static void
test_strings_are_read(void **state)
{
    (void) state;

    READS("\"\"", "");
    READS("\"a\"", "a");
    READS("\"Ann\\u00e9\"", "Ann\xc3\xa9");
    READS("\"\xc3\xa9\"", "\xc3\xa9");
    READS("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t");
    READS("\"\\u0041\\u20AC\\uffff\"", "A\xe2\x82\xac\xef\xbf\xbf");
    READS("\"\\ud83d\\ude00!\"", "\xf0\x9f\x98\x80!");
    READS("\"a\\u0000b\"", "a\0b");
    READS("\"\\ud7ff\\ue000\"", "\xed\x9f\xbf\xee\x80\x80");
}


static void
test_other_values_are_no_strings(void **state)
{
    size_t                    i;
    unsigned char             buf[8];
    ngx_chat_str_t            value;
    static const char *const  values[] = { "1", "true", "{}", "[\"a\"]", "" };
    const ngx_chat_str_t      empty = NGX_CHAT_STR("");

    (void) state;

    for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        value = str(values[i]);
        assert_int_equal(ngx_chat_json_string_read(buf, 8, &value), 0);
        assert_false(ngx_chat_json_string_is(&value, &value));
        assert_false(ngx_chat_json_string_is(&value, &empty));
    }
}


static void
test_escapes(void **state)
{
    size_t                    i;
    uint32_t                  c;
    ngx_chat_str_t            s, exact;
    const unsigned char      *pos;
    static const char *const  bad[] = {
        "", "x", "u", "u1", "u12", "u123", "u123g", "U0041", "ud800",
        "udc00", "ud800\\", "ud800\\u", "ud800\\udbff", "ud800xudc00",
        "ud800\\udc0", "ud800\\u0041", "udbff\\ue000", "'", "0", "ud800\\x"
    };

    (void) state;

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        s = str(bad[i]);
        exact = str_exact(&s);
        pos = exact.data;

        if (ngx_chat_json_string_escape(&pos, pos + exact.len, &c)) {
            fail_msg("\\%s was taken", bad[i]);
        }

        assert_in_range(pos - exact.data, 0, exact.len);
        str_free(&exact);
    }

    s = str("udbff\\udfffx");
    pos = s.data;
    assert_true(ngx_chat_json_string_escape(&pos, s.data + s.len, &c));
    assert_int_equal(c, 0x10ffff);
    assert_int_equal(*pos, 'x');
}


/* The strings of an array, a bar behind each, and how it ended. */

static void
lists(const char *text, const char *want)
{
    char                    out[256];
    size_t                  n;
    ngx_chat_str_t          s, array, element;
    ngx_chat_json_string_e  rc;

    s = str(text);
    s = str_exact(&s);
    array = s;
    n = 0;
    rc = ngx_chat_json_string_next(&array, &element);

    while (rc == NGX_CHAT_JSON_STRING_FOUND) {
        n += (size_t) snprintf(out + n, sizeof(out) - n, "%.*s|",
                               (int) element.len, element.data);
        rc = ngx_chat_json_string_next(&array, &element);
    }

    snprintf(out + n, sizeof(out) - n, "%s",
             (rc == NGX_CHAT_JSON_STRING_END) ? "end" : "none");

    assert_string_equal(out, want);
    str_free(&s);
}


static void
test_arrays(void **state)
{
    (void) state;

    lists("[]", "end");
    lists("[ ]", "end");
    lists("[\"a\"]", "\"a\"|end");
    lists("[ \"a\" , \"b\",\"\" \t\r\n]", "\"a\"|\"b\"|\"\"|end");
    lists("[\"\\\"]\",\"\\\\\"]", "\"\\\"]\"|\"\\\\\"|end");
    lists("[\"a\",1,\"b\"]", "\"a\"|none");
    lists("[{\"a\":1}]", "none");
    lists("[[\"a\"]]", "none");
    lists("[null]", "none");
}


static void
test_arrays_that_are_cut(void **state)
{
    (void) state;

    lists("", "none");
    lists("[", "none");
    lists("[\"", "none");
    lists("[\"a", "none");
    lists("[\"a\\", "none");
    lists("[\"a\"", "\"a\"|none");
    lists("[\"a\",", "\"a\"|none");
}


/* Not from the scanner: nothing is read beyond the value. */

static void
test_a_broken_escape_ends_a_string(void **state)
{
    unsigned char   buf[16];
    ngx_chat_str_t  s;

    (void) state;

    s = str("\"a\\x\"");
    assert_int_equal(ngx_chat_json_string_read(buf, sizeof(buf), &s), 2);
    assert_memory_equal(buf, "a\\", 2);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_strings_are_read),
        cmocka_unit_test(test_other_values_are_no_strings),
        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_arrays),
        cmocka_unit_test(test_arrays_that_are_cut),
        cmocka_unit_test(test_a_broken_escape_ends_a_string),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
