
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The names of rooms, users and messages, and the keys made of them.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chat_str.h"
#include "ngx_chat_name.h"


static int
room(const char *s)
{
    ngx_chat_str_t  t;

    t = str(s);

    return ngx_chat_name_room_valid(&t);
}


static int
user(const char *s)
{
    ngx_chat_str_t  t;

    t = str(s);

    return ngx_chat_name_user_valid(&t);
}


static int
cid(const char *s)
{
    ngx_chat_str_t  t;

    t = str(s);

    return ngx_chat_name_cid_valid(&t);
}


static void
test_N1_lengths_of_a_room(void **state)
{
    ngx_chat_str_t  t, none = { 0, NULL };

    (void) state;

    assert_false(room(""));
    assert_false(ngx_chat_name_room_valid(&none));
    assert_true(room("a"));

    t = str_repeat("r", 65);
    assert_false(ngx_chat_name_room_valid(&t));
    t.len--;
    assert_true(ngx_chat_name_room_valid(&t));
    str_free(&t);

    t = str_repeat("r", 1024 * 1024);
    assert_false(ngx_chat_name_room_valid(&t));
    str_free(&t);
}


static void
test_N2_each_byte_of_a_room(void **state)
{
    int             alnum, more;
    unsigned        c;
    unsigned char   bytes[2];
    ngx_chat_str_t  t;

    (void) state;

    for (c = 0; c <= 0xff; c++) {
        alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')
                || (c >= 'a' && c <= 'z');
        more = (c != 0 && strchr("._~-", (int) c) != NULL);

        bytes[0] = (unsigned char) c;
        bytes[1] = 'x';
        t = str_of(bytes, 2);
        assert_int_equal(ngx_chat_name_room_valid(&t), alnum);

        bytes[0] = 'x';
        bytes[1] = (unsigned char) c;
        assert_int_equal(ngx_chat_name_room_valid(&t), alnum || more);
    }
}


static void
test_N4_braces(void **state)
{
    (void) state;

    assert_false(room("{a}"));
    assert_false(room("}{"));
    assert_false(room("a{b}"));
}


static void
test_N5_separators_and_dots(void **state)
{
    (void) state;

    assert_false(room("a:b"));
    assert_false(room("a/b"));
    assert_false(room("../x"));
    assert_false(room("."));
    assert_false(room(".."));
    assert_false(room("-x"));
    assert_false(room("~x"));
    assert_false(room("_x"));
    assert_false(room("@bob"));
    assert_true(room("a.b_c~d-e"));
}


static void
test_N6_line_ends(void **state)
{
    (void) state;

    assert_false(room("a\r\nFLUSHALL"));
    assert_false(room("a\n"));
    assert_false(cid("a\r\nFLUSHALL"));
    assert_false(user("a\r\nFLUSHALL"));
}


static void
test_N7_names_that_scripts_know(void **state)
{
    (void) state;

    assert_false(room("__proto__"));
    assert_true(room("constructor"));
    assert_true(room("toString"));
    assert_true(user("__proto__"));
}


static void
test_J8_cids(void **state)
{
    ngx_chat_str_t  t;

    (void) state;

    assert_false(cid(""));
    assert_true(cid("aZ09_-"));
    assert_true(cid("-"));
    assert_false(cid("a.b"));
    assert_false(cid("a b"));
    assert_false(cid("\xc3\xa9"));

    t = str_repeat("c", 65);
    assert_false(ngx_chat_name_cid_valid(&t));
    t.len--;
    assert_true(ngx_chat_name_cid_valid(&t));
    str_free(&t);
}


static int
enc(const char *s)
{
    ngx_chat_str_t  t;

    t = str(s);

    return ngx_chat_name_enc_valid(&t);
}


static int
data(const char *s)
{
    ngx_chat_str_t  t;

    t = str(s);

    return ngx_chat_name_data_valid(&t);
}


static void
test_enc_and_data(void **state)
{
    ngx_chat_str_t  t;

    (void) state;

    assert_true(enc("chat-e2e/1"));
    assert_true(enc("a._-/Z9"));
    assert_false(enc(""));
    assert_false(enc("/a"));
    assert_false(enc("a b"));
    assert_false(enc("a\""));

    t = str_repeat("e", 33);
    assert_false(ngx_chat_name_enc_valid(&t));
    t.len--;
    assert_true(ngx_chat_name_enc_valid(&t));
    str_free(&t);

    assert_true(data("aZ09_-"));
    assert_false(data(""));
    assert_false(data("a="));
    assert_false(data("a/"));
    assert_false(data("\xc3\xa9"));
}


static void
test_epochs(void **state)
{
    unsigned        c;
    unsigned char   byte;
    ngx_chat_str_t  t, none = { 0, NULL };

    (void) state;

    assert_false(ngx_chat_name_epoch_valid(&none));

    for (c = 0; c <= 0xff; c++) {
        byte = (unsigned char) c;
        t = str_of(&byte, 1);
        assert_int_equal(ngx_chat_name_epoch_valid(&t),
                         (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')
                         || (c >= 'a' && c <= 'z'));
    }

    t = str("0123456789abcdefg");
    assert_false(ngx_chat_name_epoch_valid(&t));
    t.len--;
    assert_true(ngx_chat_name_epoch_valid(&t));
    t = str("k3f-");
    assert_false(ngx_chat_name_epoch_valid(&t));
}


static void
test_users(void **state)
{
    ngx_chat_str_t  t;

    (void) state;

    assert_true(user("ann"));
    assert_true(user("ann@chat.example"));
    assert_true(user("Ann  Lee"));
    assert_true(user("J\xc3\xbcrgen"));
    assert_true(user("{u}:x"));
    assert_false(user(""));
    assert_false(user(" ann"));
    assert_false(user("ann "));
    assert_false(user("\xe3\x80\x80" "ann"));
    assert_false(user("ann\xc2\xa0"));
    assert_false(user(" "));
    assert_false(user("*"));
    assert_true(user("**"));
    assert_false(user("a\tb"));
    assert_false(user("a\x7f"));
    assert_false(user("a\xc2\x85"));
    assert_false(user("a\xef\xbf\xbf"));
    assert_false(user("a\xff"));
    assert_false(user("\xed\xa0\x80"));

    t = LIT("a\0b");
    assert_false(ngx_chat_name_user_valid(&t));

    t = str_repeat("u", 129);
    assert_false(ngx_chat_name_user_valid(&t));
    t.len--;
    assert_true(ngx_chat_name_user_valid(&t));
    str_free(&t);
}


static void
test_U11_bidi_controls_in_a_user(void **state)
{
    (void) state;

    assert_false(user("a\xe2\x80\xae"));
    assert_false(user("a\xe2\x81\xa6"));
    assert_false(user("a\xe2\x80\x8b"));
}


static void
test_keys(void **state)
{
    size_t          size;
    unsigned char  *buf;
    ngx_chat_str_t  prefix, name, key, found;

    (void) state;

    prefix = str("chat");
    name = str("lobby");

    for (size = 0; size <= 20; size++) {
        buf = malloc(size + 1);
        assert_non_null(buf);
        memset(buf, '#', size + 1);

        assert_int_equal(ngx_chat_name_key(buf, size, &prefix, &name, "seq"),
                         16);
        assert_int_equal(buf[size], '#');

        if (size >= 16) {
            assert_memory_equal(buf, "chat:{lobby}:seq", 16);
            key = str_of(buf, 16);
            assert_int_equal(ngx_chat_name_key_room(&key, &prefix, "seq",
                                                    &found), 1);
            assert_true(str_is(&found, "lobby"));
        }

        free(buf);
    }
}


static void
test_keys_of_parts(void **state)
{
    size_t             size, len;
    unsigned char     *buf, last[6];
    ngx_chat_str_t     prefix, name, user_id, cid_of;
    static const char  want[] = "chat:{r}:d:u:{x}:c-1";

    (void) state;

    prefix = str("chat");
    name = str("r");
    user_id = str("u:{x}");
    cid_of = str("c-1");

    for (size = 0; size <= sizeof(want); size++) {
        buf = malloc(size + 1);
        assert_non_null(buf);
        memset(buf, '#', size + 1);

        len = ngx_chat_name_key(buf, size, &prefix, &name, "d");
        len = ngx_chat_name_key_add(buf, size, len, &user_id);
        len = ngx_chat_name_key_add(buf, size, len, &cid_of);
        assert_int_equal(len, sizeof(want) - 1);
        assert_int_equal(buf[size], '#');

        if (size >= len) {
            assert_memory_equal(buf, want, len);
        }

        free(buf);
    }

    user_id = str_of(NULL, 0);
    assert_int_equal(ngx_chat_name_key_add(NULL, 0, 5, &user_id), 6);
    assert_int_equal(ngx_chat_name_key_add(last, 6, 5, &user_id), 6);
    assert_int_equal(last[5], ':');
}


static void
test_the_longest_keys(void **state)
{
    size_t          len;
    unsigned char   buf[NGX_CHAT_NAME_KEY_MAX];
    ngx_chat_str_t  prefix, name, user_id, cid_of, worker;

    (void) state;

    prefix = str_repeat("p", NGX_CHAT_NAME_PREFIX_MAX);
    name = str_repeat("~", NGX_CHAT_NAME_ROOM_MAX + 1);
    user_id = str_repeat("u", NGX_CHAT_NAME_USER_MAX);
    cid_of = str_repeat("c", NGX_CHAT_NAME_CID_MAX);
    worker = str("0123abcd:4294967295:18446744073709551615:"
                 "0123456789abcdef0123456789abcdef");

    len = ngx_chat_name_key(buf, sizeof(buf), &prefix, &name, "d");
    len = ngx_chat_name_key_add(buf, sizeof(buf), len, &user_id);
    len = ngx_chat_name_key_add(buf, sizeof(buf), len, &cid_of);
    assert_int_equal(len, NGX_CHAT_NAME_KEY_MAX);
    assert_memory_equal(buf + len - cid_of.len, cid_of.data, cid_of.len);

    len = ngx_chat_name_key(buf, sizeof(buf), &prefix, &name, "pw");
    len = ngx_chat_name_key_add(buf, sizeof(buf), len, &worker);
    assert_in_range(len, 1, NGX_CHAT_NAME_KEY_MAX);

    str_free(&prefix);
    str_free(&name);
    str_free(&user_id);
    str_free(&cid_of);
}


static void
test_keys_of_raw_rooms_and_without_prefix(void **state)
{
    unsigned char   buf[64];
    ngx_chat_str_t  prefix, name, key, found;

    (void) state;

    prefix = str_of(NULL, 0);
    name = str("~lobby");

    key = str_of(buf, ngx_chat_name_key(buf, sizeof(buf), &prefix, &name,
                                        ""));
    assert_true(str_is(&key, ":{~lobby}:"));
    assert_true(ngx_chat_name_key_room(&key, &prefix, "", &found));
    assert_true(str_is(&found, "~lobby"));

    name = str_of(NULL, 0);
    key = str_of(buf, ngx_chat_name_key(buf, sizeof(buf), &prefix, &name,
                                        "m"));
    assert_true(str_is(&key, ":{}:m"));
    assert_false(ngx_chat_name_key_room(&key, &prefix, "m", &found));

    key = str(":{*}:m");
    assert_true(ngx_chat_name_key_room(&key, &prefix, "m", &found));
    assert_true(str_is(&found, "*"));
}


static void
test_N12_keys_of_another_form(void **state)
{
    unsigned                  i;
    ngx_chat_str_t            key, prefix, found;
    static const char *const  keys[] = {
        "", "c", "c:{r}", "c:{r}:", "c:{r}:n", "c:{r}:mm", "d:{r}:m",
        "cc:{r}:m", "c:(r}:m", "c:{r):m", "c:{}:m", "c:{~}:m", "c:{~~}:m",
        "c:{r}:m:m", "c:{x}:m}:m", "c:{{x}:m", "c:{r r}:m", "c:{-r}:m",
        "c {r}:m", "c:{r} m", "c:{**}:m", "c:{~*}:m", "c:{*r}:m"
    };

    (void) state;

    prefix = str("c");

    for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        key = str(keys[i]);
        found = str("untouched");
        assert_false(ngx_chat_name_key_room(&key, &prefix, "m", &found));
        assert_true(str_is(&found, "untouched"));
    }

    key = str("c:{meta}:m");
    assert_true(ngx_chat_name_key_room(&key, &prefix, "m", &found));
    assert_true(str_is(&found, "meta"));
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_enc_and_data),
        cmocka_unit_test(test_N1_lengths_of_a_room),
        cmocka_unit_test(test_N2_each_byte_of_a_room),
        cmocka_unit_test(test_N4_braces),
        cmocka_unit_test(test_N5_separators_and_dots),
        cmocka_unit_test(test_N6_line_ends),
        cmocka_unit_test(test_N7_names_that_scripts_know),
        cmocka_unit_test(test_J8_cids),
        cmocka_unit_test(test_epochs),
        cmocka_unit_test(test_users),
        cmocka_unit_test(test_U11_bidi_controls_in_a_user),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_keys_of_parts),
        cmocka_unit_test(test_the_longest_keys),
        cmocka_unit_test(test_keys_of_raw_rooms_and_without_prefix),
        cmocka_unit_test(test_N12_keys_of_another_form),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
