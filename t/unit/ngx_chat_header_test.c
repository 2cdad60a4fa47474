
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Which header fields of a handshake are well-formed, and what they say.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chat_str.h"
#include "ngx_chat_header.h"


#define NONE       NGX_CHAT_HEADER_NONE
#define FOUND      NGX_CHAT_HEADER_FOUND
#define MALFORMED  NGX_CHAT_HEADER_MALFORMED


static int
has_token(ngx_chat_str_t value, const char *token)
{
    int             rc;
    ngx_chat_str_t  exact;

    exact = str_exact(&value);
    rc = ngx_chat_header_has_token(&exact, token);
    str_free(&exact);

    return rc;
}


static ngx_chat_header_e
protocol(ngx_chat_str_t value)
{
    ngx_chat_str_t     exact;
    ngx_chat_header_e  rc;

    exact = str_exact(&value);
    rc = ngx_chat_header_protocol(&exact, "chat.v1");
    str_free(&exact);

    return rc;
}


/* the number of offers, or -1 if they are malformed */

static int
extensions(ngx_chat_str_t value)
{
    unsigned           offers;
    ngx_chat_str_t     exact;
    ngx_chat_header_e  rc;

    offers = 0;

    exact = str_exact(&value);
    rc = ngx_chat_header_extensions(&exact, &offers);
    str_free(&exact);

    assert_int_not_equal(rc, FOUND);

    return (rc == NONE) ? (int) offers : -1;
}


static int
key_valid(ngx_chat_str_t value)
{
    int             rc;
    ngx_chat_str_t  exact;

    exact = str_exact(&value);
    rc = ngx_chat_header_key_valid(&exact);
    str_free(&exact);

    return rc;
}


static int
version(ngx_chat_str_t value)
{
    int             rc;
    ngx_chat_str_t  exact;

    exact = str_exact(&value);
    rc = ngx_chat_header_version(&exact);
    str_free(&exact);

    return rc;
}


static void
test_H6_upgrade(void **state)
{
    (void) state;

    assert_true(has_token(str("websocket"), "websocket"));
    assert_true(has_token(str("WebSocket"), "websocket"));
    assert_true(has_token(str("WEBSOCKET"), "websocket"));
    assert_true(has_token(str("websocket"), "WebSocket"));
    assert_true(has_token(str("foo, websocket"), "websocket"));
    assert_true(has_token(str("websocket, foo"), "websocket"));
    assert_true(has_token(str("a,\twebsocket\t ,b"), "websocket"));
    assert_true(has_token(str("a,websocket,b"), "websocket"));
    assert_true(has_token(str("foo/1.0,websocket"), "websocket"));
    assert_true(has_token(str(" websocket "), "websocket"));

    assert_false(has_token(str("h2c"), "websocket"));
    assert_false(has_token(str("websocket2"), "websocket"));
    assert_false(has_token(str("websocke"), "websocket"));
    assert_false(has_token(str("xwebsocket"), "websocket"));
    assert_false(has_token(str("foo websocket"), "websocket"));
    assert_false(has_token(str("websocket foo"), "websocket"));
    assert_false(has_token(str("websocket/13"), "websocket"));
    assert_false(has_token(str("websocket;"), "websocket"));
    assert_false(has_token(str("\"websocket\""), "websocket"));
    assert_false(has_token(str("websocke\xd4"), "websocket"));
    assert_false(has_token(LIT("websocket\0"), "websocket"));
    assert_false(has_token(LIT("\0websocket"), "websocket"));
}


static void
test_H7_connection(void **state)
{
    (void) state;

    assert_true(has_token(str("Upgrade"), "upgrade"));
    assert_true(has_token(str("close, upgrade"), "upgrade"));
    assert_true(has_token(str("keep-alive, Upgrade"), "upgrade"));
    assert_true(has_token(str("keep-alive,Upgrade,close"), "upgrade"));
    assert_true(has_token(str("upgrade, upgrade"), "upgrade"));

    assert_false(has_token(str("keep-alive"), "upgrade"));
    assert_false(has_token(str("close"), "upgrade"));
    assert_false(has_token(str("upgrades"), "upgrade"));
    assert_false(has_token(str("un-upgrade"), "upgrade"));
}


/* RFC 9110, 5.6.1.2: empty elements of a list are ignored */

static void
test_empty_elements(void **state)
{
    (void) state;

    assert_true(has_token(str(",,upgrade"), "upgrade"));
    assert_true(has_token(str(" , , upgrade,"), "upgrade"));

    assert_false(has_token(str(""), "upgrade"));
    assert_false(has_token(str_of(NULL, 0), "upgrade"));
    assert_false(has_token(str(" "), "upgrade"));
    assert_false(has_token(str(","), "upgrade"));
    assert_false(has_token(str(",, ,"), "upgrade"));
}


static void
test_H9_version(void **state)
{
    (void) state;

    assert_int_equal(version(str("13")), 13);
    assert_int_equal(version(str("8")), 8);
    assert_int_equal(version(str("0")), 0);
    assert_int_equal(version(str("10")), 10);
    assert_int_equal(version(str("100")), 100);
    assert_int_equal(version(str("255")), 255);

    assert_int_equal(version(str("")), -1);
    assert_int_equal(version(str_of(NULL, 0)), -1);
    assert_int_equal(version(str("13a")), -1);
    assert_int_equal(version(str("a13")), -1);
    assert_int_equal(version(str("13, 8")), -1);
    assert_int_equal(version(str("1,3")), -1);
    assert_int_equal(version(str("1 3")), -1);
    assert_int_equal(version(str(" 13")), -1);
    assert_int_equal(version(str("13 ")), -1);
    assert_int_equal(version(str("-13")), -1);
    assert_int_equal(version(str("+13")), -1);
    assert_int_equal(version(str("0xd")), -1);
    assert_int_equal(version(str("013")), -1);
    assert_int_equal(version(str("00")), -1);
    assert_int_equal(version(str("256")), -1);
    assert_int_equal(version(str("999")), -1);
    assert_int_equal(version(str("0013")), -1);
    assert_int_equal(version(str("4294967309")), -1);
    assert_int_equal(version(LIT("13\0")), -1);
}


static void
test_key(void **state)
{
    (void) state;

    /* RFC 6455, 1.3 */
    assert_true(key_valid(str("dGhlIHNhbXBsZSBub25jZQ==")));

    assert_true(key_valid(str("AAAAAAAAAAAAAAAAAAAAAA==")));
    assert_true(key_valid(str("++++////zzzz0000999aaw==")));

    /* RFC 4648, 3.5: a decoder need not look at the last four bits */
    assert_true(key_valid(str("dGhlIHNhbXBsZSBub25jZR==")));

    assert_false(key_valid(str("")));
    assert_false(key_valid(str_of(NULL, 0)));
    assert_false(key_valid(str("=")));
    assert_false(key_valid(str("dGhlIHNhbXBsZSBub25jZQ=")));
    assert_false(key_valid(str("dGhlIHNhbXBsZSBub25jZQ===")));
    assert_false(key_valid(str("dGhlIHNhbXBsZSBub25jZQ")));
    assert_false(key_valid(str("dGhlIHNhbXBsZSBub25jZQ=A")));
    assert_false(key_valid(str("dGhlIHNhbXBsZSBub25jZQA=")));
    assert_false(key_valid(str("dGhlIHNhbXBsZSBub25jZQAA")));
    assert_false(key_valid(str("dGhlIHNhbXBsZSBub25jZ===")));
    assert_false(key_valid(str("=GhlIHNhbXBsZSBub25jZQ==")));
    assert_false(key_valid(str("dGhlIHNhbXBsZSBub25j Q==")));
    assert_false(key_valid(str(" GhlIHNhbXBsZSBub25jZQ==")));
    assert_false(key_valid(str("dGhl-HNhbXBsZSBub25jZQ==")));
    assert_false(key_valid(str("dGhl_HNhbXBsZSBub25jZQ==")));
    assert_false(key_valid(str("dGhl\xc3NhbXBsZSBub25jZQQ==")));
    assert_false(key_valid(LIT("dGhl\0HNhbXBsZSBub25jZQ==")));
}


static void
test_H12_a_long_key(void **state)
{
    ngx_chat_str_t  key;

    (void) state;

    key = str_repeat("QUFB", 2048);
    assert_false(key_valid(key));
    str_free(&key);
}


static void
test_H20_protocol(void **state)
{
    (void) state;

    assert_int_equal(protocol(str("chat.v1")), FOUND);
    assert_int_equal(protocol(str("a,chat.v1")), FOUND);
    assert_int_equal(protocol(str("chat.v1, chat.auth.e30")), FOUND);
    assert_int_equal(protocol(str("\tchat.v1 ,\tb ")), FOUND);
    assert_int_equal(protocol(str("chat.v1,chat.v1")), FOUND);

    assert_int_equal(protocol(str("chat.v2")), NONE);
    assert_int_equal(protocol(str("chat.v11, chat.v")), NONE);
    assert_int_equal(protocol(str("Chat.V1")), NONE);
    assert_int_equal(protocol(str("a,a,a")), NONE);
    assert_int_equal(protocol(str("!#$%&'*+-.^_`|~09azAZ")), NONE);
}


static void
test_H20_bad_protocol(void **state)
{
    unsigned                  i;
    static const char *const  bad[] = {
        "", " ", ",", ", ,", "chat.v1,", ",chat.v1", "chat.v1,,a",
        "chat.v1 chat.v1", "chat.v1;a", "\"chat.v1\"", "chat.v1,\"a\"",
        "a(b)", "a/b", "a:b", "a<b", "a=b", "a>b", "a?b", "a@b", "a[b", "a\\b",
        "a]b", "a{b", "a}b", "a\x7f", "a\x01", "a\x80", "\xc3\xa4", "a,\r\n b",
        "chat.v1\r"
    };

    (void) state;

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {

        if (protocol(str(bad[i])) != MALFORMED) {
            fail_msg("\"%s\" is not malformed", bad[i]);
        }
    }

    assert_int_equal(protocol(str_of(NULL, 0)), MALFORMED);
    assert_int_equal(protocol(LIT("chat.v1\0")), MALFORMED);
    assert_int_equal(protocol(LIT("\0")), MALFORMED);
    assert_int_equal(protocol(LIT("chat.v1,a\0b")), MALFORMED);
}


static void
test_H20_500_protocols(void **state)
{
    ngx_chat_str_t  list;

    (void) state;

    list = str_repeat("abc, ", 500);

    assert_int_equal(protocol(list), MALFORMED);

    list.len -= 2;
    assert_int_equal(protocol(list), NONE);

    memcpy((void *) (list.data + 5 * 100), "chat.v1, ", 9);
    assert_int_equal(protocol(list), FOUND);

    str_free(&list);
}


static void
test_H21_extensions(void **state)
{
    (void) state;

    assert_int_equal(extensions(str("permessage-deflate")), 1);
    assert_int_equal(extensions(str("x-unknown")), 1);
    assert_int_equal(extensions(str("a, b,c")), 3);
    assert_int_equal(extensions(str("\ta\t,\tb\t")), 2);
    assert_int_equal(extensions(str("a;b;c=d;e=\"f\", g ; h = i")), 2);
    assert_int_equal(extensions(str("a;x;x, a;x=1;x=2")), 2);

#define DEFLATE  "permessage-deflate; client_max_window_bits"

    assert_int_equal(extensions(str(DEFLATE)), 1);
    assert_int_equal(extensions(str(DEFLATE "=7")), 1);
    assert_int_equal(extensions(str(DEFLATE "=16")), 1);
    assert_int_equal(extensions(str(DEFLATE "=08")), 1);
    assert_int_equal(extensions(str(DEFLATE "=\"\"")), 1);
    assert_int_equal(extensions(str(DEFLATE "=\"10\"")), 1);
    assert_int_equal(extensions(str(DEFLATE " ; unknown=1")), 1);
    assert_int_equal(extensions(str(DEFLATE ", " DEFLATE "=10")), 2);
    assert_int_equal(extensions(
                 str("permessage-deflate; server_no_context_takeover=1")), 1);

#undef DEFLATE

    /* RFC 9110, 5.6.4 */
    assert_int_equal(extensions(str("a;b=\"c, d;e\" , f")), 2);
    assert_int_equal(extensions(str("a;b=\"\\\"\", c")), 2);
    assert_int_equal(extensions(str("a;b=\"\\\\\"")), 1);
    assert_int_equal(extensions(str("a;b=\"\t \xc3\xa4\\\t\"")), 1);
}


static void
test_H21_many_extensions(void **state)
{
    unsigned        offers;
    ngx_chat_str_t  list, one;

    (void) state;

    list = str_repeat("permessage-deflate,", 100);
    list.len--;
    assert_int_equal(extensions(list), 100);

    list.len = NGX_CHAT_HEADER_EXTENSIONS_MAX * 19 - 1;
    assert_int_equal(extensions(list), NGX_CHAT_HEADER_EXTENSIONS_MAX);

    str_free(&list);

    /* several fields are one list */

    offers = 0;
    one = str("a, b");

    assert_int_equal(ngx_chat_header_extensions(&one, &offers), NONE);
    assert_int_equal(ngx_chat_header_extensions(&one, &offers), NONE);
    assert_int_equal(offers, 4);
}


static void
test_H22_bad_extensions(void **state)
{
    unsigned                  i;
    static const char *const  bad[] = {
        "", " ", ",", "a,", ",a", "a,,b", ";", ";;", "=", "\"", "\"a\"",
        "a b", "a=b", "a;", "a;;", "a;;b", "a; ,b", "a;=b", "a;b=", "a;b= ",
        "a;b=,c", "a;b==c", "a;b=;c", "a;\"b\"", "a;b c", "a;b=c d",
        "a;b=\"", "a;b=\"c", "a;b=\"c\\", "a;b=\"c\\\"", "a;b=\"c\"d",
        "a;b=\"c\"\"d\"", "a;b='c d'", "a/1", "a;b=c/d", "a;b=\"\x01\"",
        "a;b=\"\\\x01\"", "a;b=\"\x7f\"", "a;b=\"\\\x7f\"", "a;b=\"\r\n\"",
        "a;\x80", "\xc3\xa4", "a;b=\xc3\xa4", "a\x7f"
    };

    (void) state;

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {

        if (extensions(str(bad[i])) != -1) {
            fail_msg("\"%s\" is not malformed", bad[i]);
        }
    }

    assert_int_equal(extensions(str_of(NULL, 0)), -1);
    assert_int_equal(extensions(LIT("a\0")), -1);
    assert_int_equal(extensions(LIT("a;b=\"\0\"")), -1);
    assert_int_equal(extensions(LIT("a;b=\"\\\0\"")), -1);
}


/* linear time: what is quadratic would not end with such fields */

static void
test_H22_long_fields(void **state)
{
    unsigned                  i;
    ngx_chat_str_t            list;
    static const char *const  units[] = {
        ";", "=", ",", "\"", "\\", " ", "a", "a,", "a;", "a;b=\"\",", "a;b=\"",
        "a; b=", "a ", "\t,"
    };

    (void) state;

    for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        list = str_repeat(units[i], (1024 * 1024) / strlen(units[i]));

        (void) ngx_chat_header_has_token(&list, "upgrade");
        (void) protocol(list);
        (void) extensions(list);

        str_free(&list);
    }
}


/* what follows the prefix; "?" if there is none, "!" if two differ */

static void
rest_is(const char *first, const char *second, const char *wanted)
{
    ngx_chat_str_t     a, b, rest;
    ngx_chat_header_e  one, two;

    a = str(first);
    b = str(second);
    a = str_exact(&a);
    b = str_exact(&b);

    rest.len = 0;
    rest.data = NULL;

    one = ngx_chat_header_protocol_rest(&a, "chat.auth.", &rest);
    two = ngx_chat_header_protocol_rest(&b, "chat.auth.", &rest);

    if (*wanted == '!') {
        assert_true(one == MALFORMED || two == MALFORMED);

    } else if (*wanted == '?') {
        assert_int_equal(one, NONE);
        assert_int_equal(two, NONE);
        assert_null(rest.data);

    } else {
        assert_true(one != MALFORMED && two != MALFORMED);
        assert_true(one == FOUND || two == FOUND);
        assert_int_equal(rest.len, strlen(wanted) - 1);
        assert_memory_equal(rest.data, wanted + 1, rest.len);
    }

    str_free(&a);
    str_free(&b);
}


static void
test_T20_a_token_in_a_subprotocol(void **state)
{
    (void) state;

    rest_is("chat.v1", "", "?");
    rest_is("", "", "?");
    rest_is("chat.auth", "chat.aut", "?");
    rest_is("chat.auth,.x", "xchat.auth.x", "?");
    rest_is("Chat.Auth.x", "", "?");
    rest_is("chat.v1, chat.auth.abc", "", "=abc");
    rest_is("chat.auth.abc,chat.v1", "", "=abc");
    rest_is("chat.v1", "chat.auth.abc", "=abc");
    rest_is("chat.auth.", "", "=");
    rest_is("chat.auth.a , chat.auth.a", "chat.auth.a", "=a");
    rest_is("chat.auth.a", "chat.auth.b", "!");
    rest_is("chat.auth.a, chat.auth.ab", "", "!");
    rest_is("chat.auth.ab, chat.auth.a", "", "!");
    rest_is("chat.auth., chat.auth.a", "", "!");
    rest_is("a b chat.auth.c, \t,,chat.auth.d", "", "=d");
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_H6_upgrade),
        cmocka_unit_test(test_H7_connection),
        cmocka_unit_test(test_empty_elements),
        cmocka_unit_test(test_H9_version),
        cmocka_unit_test(test_key),
        cmocka_unit_test(test_H12_a_long_key),
        cmocka_unit_test(test_H20_protocol),
        cmocka_unit_test(test_H20_bad_protocol),
        cmocka_unit_test(test_H20_500_protocols),
        cmocka_unit_test(test_T20_a_token_in_a_subprotocol),
        cmocka_unit_test(test_H21_extensions),
        cmocka_unit_test(test_H21_many_extensions),
        cmocka_unit_test(test_H22_bad_extensions),
        cmocka_unit_test(test_H22_long_fields),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
