
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The scanner of strict JSON.
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


static ngx_chat_json_e
scan_str(const ngx_chat_str_t *s)
{
    ngx_chat_str_t   exact;
    ngx_chat_json_e  rc;
    ngx_chat_json_t  json;

    exact = str_exact(s);
    rc = ngx_chat_json_scan(&json, exact.data, exact.len);
    str_free(&exact);

    return rc;
}


static ngx_chat_json_e
scan(const char *text)
{
    ngx_chat_str_t  s;

    s = str(text);

    return scan_str(&s);
}


static void
all(const char *const *texts, size_t n, ngx_chat_json_e want)
{
    size_t           i;
    ngx_chat_json_e  rc;

    for (i = 0; i < n; i++) {
        rc = scan(texts[i]);

        if (rc != want) {
            fail_msg("%s: %s", texts[i], ngx_chat_json_reason(rc));
        }
    }
}

#define ALL(texts, want)  all(texts, sizeof(texts) / sizeof(texts[0]), want)


static void
test_texts_that_are_json(void **state)
{
    static const char *const  texts[] = {
        "{}", "[]", "0", "-0", "1", "-1", "10", "1.5", "-1.25e+10", "1E-2",
        "0.0", "0e0", "1e309", "\"\"", "\"a\"", "true", "false", "null",
        " { } ", "\t\r\n[ ]\n", "[1,2]", "[ 1 , 2 ]", "[[],[[]],{}]",
        "{\"a\":1}", "{ \"a\" : 1 , \"b\" : [ { } ] }",
        "{\"\":1}", "{\"a\":{\"a\":{\"a\":1}},\"b\":{\"a\":2}}",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\u00e9\\uFFFF\"",
        "\"\\ud83d\\ude00\"", "\"\\uD800\\uDC00\"", "\"\\uDBFF\\uDFFF\"",
        "\"\\ud7ff\\ue000\"", "\"\x7f\"", "\"\xc3\xa9\"", "[true,false,null]",
        "[\"a\",1,[\"b\"]]"
    };

    (void) state;

    ALL(texts, NGX_CHAT_JSON_OK);
}


static void
test_J1_not_json(void **state)
{
    static const char *const  texts[] = {
        "", " ", "{", "}", "[", "]", "{]", "[}", "{}}", "[]]", "{}{}", "{} {}",
        "1 2", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}", "{\"a\":1 \"b\":2}",
        "{\"a\":1,,\"b\":2}", "[1,]", "[,1]", "[1 2]", "[,]", "[1", "[1,",
        "{\"a\":1", "{\"a\":", "{\"a\"", "{\"a\" ", "{'a':1}", "{a:1}",
        "{1:1}", "{\"a\":'b'}", "NaN", "Infinity", "undefined", "nul", "tru",
        "fals", "True", "nullx", "truefalse", "/**/{}", "{}//", "{}#",
        "{\"a\";1}", "\xef\xbb\xbf{}", "\x0b{}", "{}\x0c", "\xc2\xa0{}",
        "+1", ".5", "x", "{\"a\":1]", "[1}", "=\"a\"", "[nul]", "\xff"
    };

    (void) state;

    ALL(texts, NGX_CHAT_JSON_SYNTAX);
}


static void
test_numbers(void **state)
{
    ngx_chat_str_t            t;
    static const char *const  numbers[] = {
        "-", "-x", "1.", "1.x", "1.e1", "1e", "1e+", "1e-", "1ex", "--1",
        "-.5", "[-]", "[1.]", "- 1"
    };
    static const char *const  more[] = {
        "01", "00", "-01", "0x10", "1_0", "1.5.5", "1e5e5", "1e5.5", "1-"
    };

    (void) state;

    ALL(numbers, NGX_CHAT_JSON_NUMBER);

    /* the number ends, and something follows */

    ALL(more, NGX_CHAT_JSON_SYNTAX);

    t = str_repeat("1", 64);
    assert_int_equal(scan_str(&t), NGX_CHAT_JSON_NUMBER);
    t.len--;
    assert_int_equal(scan_str(&t), NGX_CHAT_JSON_OK);
    str_free(&t);
}


static void
test_J10_400_digits(void **state)
{
    ngx_chat_str_t  t;

    (void) state;

    t = str_repeat("9", 400);
    assert_int_equal(scan_str(&t), NGX_CHAT_JSON_NUMBER);
    str_free(&t);
}


static void
test_strings(void **state)
{
    unsigned                  c;
    char                      text[] = "\"a?b\"";
    ngx_chat_str_t            nul;
    static const char *const  texts[] = {
        "\"", "\"a", "\"\\\"", "\"\\", "\"\\x\"", "\"\\'\"", "\"\\0\"",
        "\"\\u\"", "\"\\u0\"", "\"\\u00\"", "\"\\u000\"", "\"\\u000g\"",
        "\"\\u000G\"", "\"\\u000@\"", "\"\\u000/\"", "\"\\u000:\"",
        "\"\\u000`\"", "\"\\u", "\"\\u00", "\"\\U0000\"", "\"\\a\"",
        "{\"a\\x\":1}", "{\"a", "{\"a\":\"b", "[\"a\tb\"]"
    };

    (void) state;

    ALL(texts, NGX_CHAT_JSON_STRING);

    for (c = 1; c < 0x20; c++) {
        text[2] = (char) c;
        assert_int_equal(scan(text), NGX_CHAT_JSON_STRING);
    }

    nul = LIT("\"a\0b\"");
    assert_int_equal(scan_str(&nul), NGX_CHAT_JSON_STRING);
    nul = LIT("{}\0");
    assert_int_equal(scan_str(&nul), NGX_CHAT_JSON_SYNTAX);
}


static void
test_U13_surrogates(void **state)
{
    static const char *const  texts[] = {
        "\"\\ud800\"", "\"\\udc00\"", "\"\\udfff\"", "\"\\udc00\\ud800\"",
        "\"\\ud800\\ud800\"", "\"\\ud800\\ue000\"", "\"\\ud800\\u0041\"",
        "\"\\ud800x\"", "\"\\ud800\\n\"", "\"\\ud800\\\"", "\"\\ud800",
        "\"\\ud800\\u\"", "\"\\ud800\\udc0\"", "\"\\ud800\\udc0", "\"\\udbff\"",
        "{\"\\ud800\":1}"
    };

    (void) state;

    ALL(texts, NGX_CHAT_JSON_STRING);
}


static void
test_J3_depth(void **state)
{
    ngx_chat_str_t  t;

    (void) state;

    assert_int_equal(scan("[[[[[[]]]]]]"), NGX_CHAT_JSON_OK);
    assert_int_equal(scan("[[[[[[[]]]]]]]"), NGX_CHAT_JSON_DEPTH);
    assert_int_equal(scan("{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{}}}}}}"),
                     NGX_CHAT_JSON_OK);
    assert_int_equal(scan("{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":[]}}}}}}"),
                     NGX_CHAT_JSON_DEPTH);
    assert_int_equal(scan("[[[[[[],[]]]]],[[[[[]]]]]]"), NGX_CHAT_JSON_OK);

    t = str_repeat("[", 10000);
    assert_int_equal(scan_str(&t), NGX_CHAT_JSON_DEPTH);
    str_free(&t);

    t = str_repeat("{\"a\":", 10000);
    assert_int_equal(scan_str(&t), NGX_CHAT_JSON_DEPTH);
    str_free(&t);
}


static void
test_J4_repeated_keys(void **state)
{
    static const char *const  texts[] = {
        "{\"op\":1,\"op\":1}", "{\"a\":1,\"b\":2,\"a\":3}",
        "{\"op\":1,\"\\u006fp\":1}", "{\"\":1,\"\":2}",
        "{\"m\":{\"a\":1,\"a\":2}}", "[{\"a\":1,\"a\":2}]",
        "{\"\\n\":1,\"\\u000a\":1}", "{\"/\":1,\"\\/\":1}",
        "{\"\xc3\xa9\":1,\"\\u00e9\":1}",
        "{\"\xe2\x82\xac\":1,\"\\u20aC\":1}",
        "{\"\xf0\x9f\x98\x80\":1,\"\\ud83D\\uDe00\":1}",
        "{\"\\\"\\\\\\b\\f\\r\\t\":1,\"\\u0022\\u005c\\u0008\\u000c\\r\\t\":1}"
    };

    (void) state;

    ALL(texts, NGX_CHAT_JSON_DUPLICATE);
    assert_int_equal(scan("{\"a\":1,\"A\":1,\"aa\":1,\"ab\":{\"a\":1}}"),
                     NGX_CHAT_JSON_OK);
}


static void
test_keys_too_long_or_with_a_zero(void **state)
{
    static const char *const  texts[] = {
        "{\"a\\u0000\":1}", "{\"\\u0000\":1}",
        "{\"012345678901234567890123456789012\":1}",
        "{\"01234567890123456789012345678901\\u0032\":1}",
        "{\"0123456789012345678901234567890\\u00e9\":1}",
        "{\"012345678901234567890123456789\\u20ac\":1}",
        "{\"01234567890123456789012345678\\ud83d\\ude00\":1}"
    };
    static const char *const  good[] = {
        "{\"01234567890123456789012345678901\":1}",
        "{\"0123456789012345678901234567890\\u0031\":1}",
        "{\"012345678901234567890123456789\\u00e9\":1}",
        "{\"01234567890123456789012345678\\u20ac\":1}",
        "{\"0123456789012345678901234567\\ud83d\\ude00\":1}"
    };

    (void) state;

    ALL(texts, NGX_CHAT_JSON_KEY);
    ALL(good, NGX_CHAT_JSON_OK);
}


static void
test_long_keys_where_they_may_be(void **state)
{
    int              n;
    char             text[512];
    ngx_chat_json_t  json;

    (void) state;

    for (n = 32; n <= 129; n++) {
        sprintf(text, "{\"a\":{\"%0*d\\u0031\":1},\"%0*d\":1}", n - 1, 0, n, 0);

        assert_int_equal(scan(text), (n == 32) ? NGX_CHAT_JSON_OK
                                               : NGX_CHAT_JSON_KEY);
        assert_int_equal(ngx_chat_json_scan_long_keys(&json,
                                                      (unsigned char *) text,
                                                      strlen(text)),
                         (n <= 128) ? NGX_CHAT_JSON_OK : NGX_CHAT_JSON_KEY);
    }
}


static void
test_members_have_their_keys(void **state)
{
    ngx_chat_str_t   s;
    ngx_chat_json_t  json;

    (void) state;

    s = str("{ \"a\" : {\"x\":1}, \"\\u0062\":2,\"\":3}");

    assert_int_equal(ngx_chat_json_scan(&json, s.data, s.len),
                     NGX_CHAT_JSON_OK);
    assert_int_equal(json.nmembers, 3);
    assert_true(str_is(&json.members[0].key, "\"a\""));
    assert_true(str_is(&json.members[1].key, "\"\\u0062\""));
    assert_true(str_is(&json.members[2].key, "\"\""));
}


static void
test_keys_too_many(void **state)
{
    int   i, n;
    char  text[1024], *p;

    (void) state;

    for (n = 31; n <= 33; n++) {
        p = text;
        *p++ = '{';

        for (i = 0; i < n; i++) {
            p += sprintf(p, "%s\"k%d\":{\"a\":1}", i == 0 ? "" : ",", i);
        }

        strcpy(p, "}");
        assert_int_equal(scan(text), (n <= 32) ? NGX_CHAT_JSON_OK
                                               : NGX_CHAT_JSON_KEYS);
    }
}


static void
test_members_of_the_outermost_object(void **state)
{
    ngx_chat_json_t  json;
    ngx_chat_str_t   t;

    (void) state;

    t = str(" {\"a\" : 12 ,\"b\":{\"c\":[\"\\u0000\"]} , \"d\":\"x\\u0000\","
            "\"e\":[] ,\"f\":{ }, \"g\":[1, 2] , \"h\":null}");
    assert_int_equal(ngx_chat_json_scan(&json, t.data, t.len),
                     NGX_CHAT_JSON_OK);
    assert_true(json.object);
    assert_int_equal(json.nmembers, 7);
    assert_true(str_is(&json.members[0].value, "12"));
    assert_true(str_is(&json.members[1].value, "{\"c\":[\"\\u0000\"]}"));
    assert_true(str_is(&json.members[2].value, "\"x\\u0000\""));
    assert_true(str_is(&json.members[3].value, "[]"));
    assert_true(str_is(&json.members[4].value, "{ }"));
    assert_true(str_is(&json.members[5].value, "[1, 2]"));
    assert_true(str_is(&json.members[6].value, "null"));
    assert_false(json.members[0].nul);
    assert_true(json.members[1].nul);
    assert_true(json.members[2].nul);
    assert_false(json.members[3].nul);

    t = str("[{\"a\":\"\\u0000\"}]");
    assert_int_equal(ngx_chat_json_scan(&json, t.data, t.len),
                     NGX_CHAT_JSON_OK);
    assert_false(json.object);
    assert_int_equal(json.nmembers, 0);

    assert_int_equal(ngx_chat_json_scan(&json, NULL, 0),
                     NGX_CHAT_JSON_SYNTAX);
    assert_false(json.object);
}


static void
test_cut_short_at_each_byte(void **state)
{
    size_t          n;
    ngx_chat_str_t  whole, part;

    (void) state;

    whole = str("{\"op\":\"s\\u00e9\\ud83d\\ude00\",\"a\":[1.5e+3,true,"
                "{\"b\":null,\"\":false}],\"c\":{}}");
    assert_int_equal(scan_str(&whole), NGX_CHAT_JSON_OK);

    for (n = 0; n < whole.len; n++) {
        part = str_of(whole.data, n);
        assert_int_not_equal(scan_str(&part), NGX_CHAT_JSON_OK);
    }
}


static void
test_each_fault_has_a_sentence(void **state)
{
    int          i;
    const char  *reason;

    (void) state;

    for (i = NGX_CHAT_JSON_OK; i <= NGX_CHAT_JSON_DUPLICATE; i++) {
        reason = ngx_chat_json_reason((ngx_chat_json_e) i);
        assert_non_null(reason);
        assert_int_equal(reason[strlen(reason) - 1], '.');
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_texts_that_are_json),
        cmocka_unit_test(test_J1_not_json),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_J10_400_digits),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_U13_surrogates),
        cmocka_unit_test(test_J3_depth),
        cmocka_unit_test(test_J4_repeated_keys),
        cmocka_unit_test(test_keys_too_long_or_with_a_zero),
        cmocka_unit_test(test_long_keys_where_they_may_be),
        cmocka_unit_test(test_members_have_their_keys),
        cmocka_unit_test(test_keys_too_many),
        cmocka_unit_test(test_members_of_the_outermost_object),
        cmocka_unit_test(test_cut_short_at_each_byte),
        cmocka_unit_test(test_each_fault_has_a_sentence),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
