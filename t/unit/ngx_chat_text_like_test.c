
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Names in form NFC, and which names look alike.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <unicode/uclean.h>

#include "chat_str.h"
#include "ngx_chat_text.h"
#include "ngx_chat_text_like.h"


/* ICU's memory; the allocation of this number fails, counted down. */

static long  failing = -1;


static int
fails(void)
{
    return failing >= 0 && failing-- == 0;
}


static void *
take(const void *context, size_t size)
{
    (void) context;

    return fails() ? NULL : malloc(size);
}


static void *
take_again(const void *context, void *p, size_t size)
{
    (void) context;

    return fails() ? NULL : realloc(p, size);
}


static void
give_back(const void *context, void *p)
{
    (void) context;

    free(p);
}


static int
alike(const char *a, const char *b)
{
    int             there, back;
    ngx_chat_str_t  first, second;

    first = str(a);
    second = str(b);

    there = ngx_chat_text_name_looks_like(&first, &second);
    back = ngx_chat_text_name_looks_like(&second, &first);

    assert_int_equal(there, back);

    return there;
}


/* What is NFC of name, in bytes of just the length that max says. */

static size_t
nfc(const char *name, char *to, size_t max)
{
    size_t           n;
    ngx_chat_str_t   from;
    unsigned char   *buf;

    from = str(name);
    buf = malloc(max);
    assert_non_null(buf);

    n = ngx_chat_text_name_nfc(&from, buf, max);
    assert_true(n <= max);

    memcpy(to, buf, n);
    to[n] = '\0';

    free(buf);

    return n;
}


static void
test_N9_nfd_becomes_nfc(void **state)
{
    char  to[64];

    (void) state;

    assert_int_equal(nfc("Ann", to, 32), 3);
    assert_string_equal(to, "Ann");

    /* Zoe with U+0308, a Vietnamese letter of three, Hangul of jamos */

    assert_int_equal(nfc("Zoe\xcc\x88", to, 32), 4);
    assert_string_equal(to, "Zo\xc3\xab");
    assert_int_equal(nfc("e\xcc\x82\xcc\x81", to, 32), 3);
    assert_string_equal(to, "\xe1\xba\xbf");
    assert_int_equal(nfc("\xe1\x84\x80\xe1\x85\xa1", to, 32), 3);
    assert_string_equal(to, "\xea\xb0\x80");

    /* marks in their order, a singleton, and what NFC takes apart */

    nfc("a\xcc\x81\xcc\xa3", to, 32);
    assert_string_equal(to, "\xe1\xba\xa1\xcc\x81");
    nfc("\xe2\x84\xab", to, 32);
    assert_string_equal(to, "\xc3\x85");
    nfc("\xe0\xa5\x98", to, 32);
    assert_string_equal(to, "\xe0\xa4\x95\xe0\xa4\xbc");

    /* compatibility forms are others to the eye */

    nfc("\xef\xbd\x81\xef\xac\x81", to, 32);
    assert_string_equal(to, "\xef\xbd\x81\xef\xac\x81");
}


static void
test_nfc_within_its_bounds(void **state)
{
    char             to[NGX_CHAT_TEXT_LIKE_NAME_MAX + 1];
    ngx_chat_str_t   long_one, empty, bad;
    unsigned char    buf[NGX_CHAT_TEXT_LIKE_NAME_MAX + 1];

    (void) state;

    assert_int_equal(nfc("Zoe\xcc\x88", to, 4), 4);
    assert_int_equal(nfc("Zoe\xcc\x88", to, 3), 0);

    empty = str("");
    assert_int_equal(ngx_chat_text_name_nfc(&empty, buf, sizeof(buf)), 0);
    empty.data = NULL;
    assert_int_equal(ngx_chat_text_name_nfc(&empty, buf, sizeof(buf)), 0);

    long_one = str_repeat("a", NGX_CHAT_TEXT_LIKE_NAME_MAX + 1);
    assert_int_equal(ngx_chat_text_name_nfc(&long_one, buf, sizeof(buf)), 0);
    long_one.len--;
    assert_int_equal(ngx_chat_text_name_nfc(&long_one, buf, sizeof(buf)),
                     NGX_CHAT_TEXT_LIKE_NAME_MAX);
    str_free(&long_one);

    bad = str("a\xc3(");
    assert_int_equal(ngx_chat_text_name_nfc(&bad, buf, sizeof(buf)), 0);
    bad = str("a\xed\xa0\x80");
    assert_int_equal(ngx_chat_text_name_nfc(&bad, buf, sizeof(buf)), 0);
    bad = str("a\xe2\x82");
    assert_int_equal(ngx_chat_text_name_nfc(&bad, buf, sizeof(buf)), 0);
}


static void
test_N9_case_width_and_forms(void **state)
{
    (void) state;

    assert_true(alike("admin", "admin"));
    assert_true(alike("admin", "Admin"));
    assert_true(alike("admin", "ADMIN"));

    /* fullwidth, circled, mathematical bold */

    assert_true(alike("admin", "\xef\xbd\x81" "dmin"));
    assert_true(alike("admin", "\xe2\x93\x90" "dmin"));
    assert_true(alike("admin", "\xf0\x9d\x90\x9a" "dmin"));

    /* an NFC and NFD pair, a ligature, sharp s, a final sigma */

    assert_true(alike("Zoe\xcc\x88", "Zo\xc3\xab"));
    assert_true(alike("\xef\xac\x81nn", "Finn"));
    assert_true(alike("stra\xc3\x9f" "e", "STRASSE"));
    assert_true(alike("\xcf\x83", "\xcf\x82"));

    /* what shows nothing */

    assert_true(alike("admin", "ad\xc2\xadmin"));
    assert_true(alike("admin", "ad\xe2\x80\x8dmin"));
    assert_true(alike("admin", "admin\xef\xb8\x8f"));
    assert_true(alike("Ann Lee", "Ann\xc2\xa0Lee"));
}


static void
test_N9_letters_of_other_scripts(void **state)
{
    (void) state;

    /* Cyrillic a; Cyrillic A and M; Greek A, M, I, N; dotless i */

    assert_true(alike("admin", "\xd0\xb0" "dmin"));
    assert_true(alike("admin", "\xd0\x90" "d\xd0\x9cin"));
    assert_true(alike("admin", "\xce\x91" "D\xce\x9c\xce\x99\xce\x9d"));
    assert_true(alike("admin", "adm\xc4\xb1n"));
    assert_true(alike("root", "r\xd0\xbe\xce\xbft"));
}


static void
test_N9_digits_and_pairs_of_letters(void **state)
{
    (void) state;

    assert_true(alike("admin", "adm1n"));
    assert_true(alike("admin", "ADMlN"));
    assert_true(alike("admin", "adm|n"));
    assert_true(alike("admin", "adrnin"));
    assert_true(alike("Admin", "adrn1n"));
    assert_true(alike("root", "R00t"));
    assert_true(alike("moderator", "rnoderator"));
}


static void
test_names_that_do_not_look_alike(void **state)
{
    (void) state;

    assert_false(alike("Ann", "Anna"));
    assert_false(alike("Ann", "Bob"));
    assert_false(alike("admin", "\xc3\xa1" "dmin"));
    assert_false(alike("admin", "ad min"));
    assert_false(alike("admin", "admin."));
    assert_false(alike("admin", "badmin"));
    assert_false(alike("\xe5\xb0\x8f", "\xe5\xa4\xa7"));
    assert_false(alike("\xf0\x9f\x91\xa9", "\xf0\x9f\x91\xa8"));
    assert_false(alike("S", "5"));
}


/* whoever asks wants to refuse */

static void
test_what_has_no_key_is_like_all(void **state)
{
    ngx_chat_str_t  a, b;

    (void) state;

    assert_true(alike("", "Ann"));
    assert_true(alike("\xc3(", "Ann"));

    a = str_repeat("a", NGX_CHAT_TEXT_LIKE_NAME_MAX + 1);
    b = str("Ann");
    assert_true(ngx_chat_text_name_looks_like(&a, &b));
    str_free(&a);

    /* eighteen letters in one; a key of more than its bytes */

    a = str_repeat("\xef\xb7\xba", 64);
    assert_true(ngx_chat_text_name_looks_like(&a, &b));
    str_free(&a);
}


static void
test_a_key_within_its_bounds(void **state)
{
    ngx_chat_str_t   name;
    unsigned char   *buf;

    (void) state;

    name = str("ann");
    buf = malloc(3);
    assert_non_null(buf);

    assert_int_equal(ngx_chat_text_name_key(&name, buf, 3), 3);
    assert_memory_equal(buf, "ANN", 3);
    assert_int_equal(ngx_chat_text_name_key(&name, buf, 2), 0);

    free(buf);
}


/* the longest names that people have */

static void
test_long_names_have_a_key(void **state)
{
    size_t              i;
    unsigned char       buf[NGX_CHAT_TEXT_LIKE_KEY_MAX];
    ngx_chat_str_t      name;
    static const char  *units[] = {
        "m", "W", "\xd9\x85", "\xe0\xa4\x95", "\xe4\xbd\xa0",
        "\xea\xb0\x80", "\xf0\x9f\x91\xa9", "\xe1\xba\xbf", "\xc3\x9f"
    };

    (void) state;

    for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        name = str_repeat(units[i], NGX_CHAT_TEXT_NAME_MAX);
        assert_true(ngx_chat_text_name_key(&name, buf, sizeof(buf)) > 0);
        str_free(&name);
    }
}


static void
test_the_name_that_is_shown(void **state)
{
    size_t           i;
    ngx_chat_str_t   wish, name;
    unsigned char   *buf;

    (void) state;

    buf = malloc(NGX_CHAT_TEXT_LIKE_SHOWN_MAX);
    assert_non_null(buf);

    wish = str("Zoe\xcc\x88");
    assert_int_equal(ngx_chat_text_name_shown(&wish, buf, &name),
                     NGX_CHAT_TEXT_OK);
    assert_true(str_is(&name, "Zo\xc3\xab"));

    /* 96 code points are 32 in NFC, one more letter is one too many */

    wish = str_repeat("e\xcc\x82\xcc\x81", 33);
    wish.len -= 5;
    assert_int_equal(ngx_chat_text_name_shown(&wish, buf, &name),
                     NGX_CHAT_TEXT_OK);
    assert_int_equal(name.len, 96);
    wish.len += 5;
    assert_int_equal(ngx_chat_text_name_shown(&wish, buf, &name),
                     NGX_CHAT_TEXT_TOO_LONG);
    str_free(&wish);

    /* 32 code points that NFC takes apart */

    wish = str_repeat("\xe0\xa5\x98", 32);
    assert_int_equal(ngx_chat_text_name_shown(&wish, buf, &name),
                     NGX_CHAT_TEXT_TOO_LONG);
    str_free(&wish);

    wish = str_repeat("\xf0\x9f\x91\xa9", 32);
    assert_int_equal(ngx_chat_text_name_shown(&wish, buf, &name),
                     NGX_CHAT_TEXT_OK);
    assert_int_equal(name.len, NGX_CHAT_TEXT_LIKE_SHOWN_MAX);
    str_free(&wish);

    wish = str_repeat("a", 1000);

    for (i = 33; i < 1000; i++) {
        wish.len = i;
        assert_int_equal(ngx_chat_text_name_shown(&wish, buf, &name),
                         NGX_CHAT_TEXT_TOO_LONG);
    }

    str_free(&wish);

    wish = str("");
    assert_int_equal(ngx_chat_text_name_shown(&wish, buf, &name),
                     NGX_CHAT_TEXT_EMPTY);
    wish = str("a\xc3(");
    assert_int_equal(ngx_chat_text_name_shown(&wish, buf, &name),
                     NGX_CHAT_TEXT_NOT_UTF8);
    wish = str("a\xe2\x80\xae" "b");
    assert_int_equal(ngx_chat_text_name_shown(&wish, buf, &name),
                     NGX_CHAT_TEXT_FORBIDDEN);

    free(buf);
}


static int
begins(const char *name, const char *prefix)
{
    ngx_chat_str_t  n, p;

    n = str(name);
    p = str(prefix);

    return ngx_chat_text_name_begins_like(&n, &p);
}


static void
test_N9_beginnings(void **state)
{
    (void) state;

    assert_true(begins("guest-7", "guest-"));
    assert_true(begins("Gu\xd0\xb5st-7", "guest-"));
    assert_true(begins("guest-", "guest-"));
    assert_true(begins("administrator", "ADM1N"));
    assert_true(begins("\xc3(", "guest-"));

    assert_false(begins("guest", "guest-"));
    assert_false(begins("my guest-", "guest-"));
    assert_false(begins("Ann", "guest-"));
}


static void
test_the_tables_are_loaded(void **state)
{
    (void) state;

    assert_true(ngx_chat_text_name_prepare());
    assert_true(ngx_chat_text_name_prepare());
}


/* ICU's tables are there; a worker that has no memory goes on. */

static void
test_each_allocation_failed_once(void **state)
{
    long             n, failed;
    size_t           key, nfc;
    ngx_chat_str_t   name, other;
    unsigned char    buf[NGX_CHAT_TEXT_LIKE_KEY_MAX];

    (void) state;

    name = str("Zoe\xcc\x88 \xd0\xb0" "dmin");
    other = str("Bob");
    failed = 0;

    for (n = 0; n < 1000; n++) {
        failing = n;
        key = ngx_chat_text_name_key(&name, buf, sizeof(buf));
        nfc = ngx_chat_text_name_nfc(&name, buf, sizeof(buf));

        if (failing >= 0) {
            break;
        }

        failed += (key == 0 || nfc == 0);
    }

    failing = -1;

    assert_true(n < 1000);
    assert_true(failed > 0);
    assert_true(key > 0 && nfc > 0);

    failing = 0;
    assert_true(ngx_chat_text_name_looks_like(&name, &other));
    failing = -1;
    assert_false(ngx_chat_text_name_looks_like(&name, &other));
}


int
main(void)
{
    UErrorCode  error = U_ZERO_ERROR;
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_the_tables_are_loaded),
        cmocka_unit_test(test_each_allocation_failed_once),
        cmocka_unit_test(test_N9_nfd_becomes_nfc),
        cmocka_unit_test(test_nfc_within_its_bounds),
        cmocka_unit_test(test_N9_case_width_and_forms),
        cmocka_unit_test(test_N9_letters_of_other_scripts),
        cmocka_unit_test(test_N9_digits_and_pairs_of_letters),
        cmocka_unit_test(test_names_that_do_not_look_alike),
        cmocka_unit_test(test_what_has_no_key_is_like_all),
        cmocka_unit_test(test_a_key_within_its_bounds),
        cmocka_unit_test(test_long_names_have_a_key),
        cmocka_unit_test(test_the_name_that_is_shown),
        cmocka_unit_test(test_N9_beginnings),
    };

    u_setMemoryFunctions(NULL, take, take_again, give_back, &error);

    if (U_FAILURE(error)) {
        return 1;
    }

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
