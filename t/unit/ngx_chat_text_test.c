
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Which characters a message text or a display name may hold.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "chat_str.h"
#include "ngx_chat_text.h"


static ngx_chat_text_e
text(const char *s)
{
    ngx_chat_str_t  t;

    t = str(s);

    return ngx_chat_text_check(&t, NGX_CHAT_TEXT_MAX);
}


static ngx_chat_text_e
name(const char *s)
{
    ngx_chat_str_t  t;

    t = str(s);

    return ngx_chat_text_name_check(&t);
}


/* The UTF-8 of any code point below 2^21, surrogates too. */

static const char *
utf8(uint32_t c, char buf[5])
{
    char  *p;

    p = buf;

    if (c < 0x80) {
        *p++ = (char) c;

    } else if (c < 0x800) {
        *p++ = (char) (0xc0 | (c >> 6));

    } else if (c < 0x10000) {
        *p++ = (char) (0xe0 | (c >> 12));
        *p++ = (char) (0x80 | ((c >> 6) & 0x3f));

    } else {
        *p++ = (char) (0xf0 | (c >> 18));
        *p++ = (char) (0x80 | ((c >> 12) & 0x3f));
        *p++ = (char) (0x80 | ((c >> 6) & 0x3f));
    }

    if (c >= 0x80) {
        *p++ = (char) (0x80 | (c & 0x3f));
    }

    *p = '\0';

    return buf;
}


static void
test_plain_text(void **state)
{
    (void) state;

    assert_int_equal(text("a"), NGX_CHAT_TEXT_OK);
    assert_int_equal(text("tab\tand\nlines, ~ and \xc2\xa0"),
                     NGX_CHAT_TEXT_OK);
    assert_int_equal(text("\xe4\xbd\xa0\xe5\xa5\xbd \xf0\x9f\x91\x8b"),
                     NGX_CHAT_TEXT_OK);
    assert_int_equal(text(""), NGX_CHAT_TEXT_EMPTY);
    assert_int_equal(text("\xc3("), NGX_CHAT_TEXT_NOT_UTF8);
}


static void
test_an_empty_text_without_bytes(void **state)
{
    ngx_chat_str_t  t = { 0, NULL };

    (void) state;

    assert_int_equal(ngx_chat_text_check(&t, 10), NGX_CHAT_TEXT_EMPTY);
    assert_int_equal(ngx_chat_text_name_check(&t), NGX_CHAT_TEXT_EMPTY);
}


static void
test_U7_noncharacters(void **state)
{
    char      buf[5];
    uint32_t  c, plane;

    (void) state;

    for (plane = 0; plane <= 16; plane++) {
        assert_int_equal(text(utf8((plane << 16) | 0xfffe, buf)),
                         NGX_CHAT_TEXT_FORBIDDEN);
        assert_int_equal(text(utf8((plane << 16) | 0xffff, buf)),
                         NGX_CHAT_TEXT_FORBIDDEN);
    }

    for (c = 0xfdd0; c <= 0xfdef; c++) {
        assert_int_equal(text(utf8(c, buf)), NGX_CHAT_TEXT_FORBIDDEN);
    }

    assert_int_equal(text(utf8(0xfdcf, buf)), NGX_CHAT_TEXT_OK);
    assert_int_equal(text(utf8(0xfdf0, buf)), NGX_CHAT_TEXT_OK);
    assert_int_equal(text(utf8(0xfffd, buf)), NGX_CHAT_TEXT_OK);
    assert_int_equal(text(utf8(0x10fffd, buf)), NGX_CHAT_TEXT_OK);
    assert_int_equal(text(utf8(0xe000, buf)), NGX_CHAT_TEXT_OK);
}


static void
test_U8_controls(void **state)
{
    char            buf[5];
    uint32_t        c;
    ngx_chat_str_t  nul;

    (void) state;

    for (c = 1; c < 0xa0; c++) {
        if (c == '\t' || c == '\n' || (c >= 0x20 && c < 0x7f)) {
            assert_int_equal(text(utf8(c, buf)), NGX_CHAT_TEXT_OK);

        } else {
            assert_int_equal(text(utf8(c, buf)), NGX_CHAT_TEXT_FORBIDDEN);
            assert_int_equal(name(utf8(c, buf)), NGX_CHAT_TEXT_FORBIDDEN);
        }
    }

    nul = LIT("a\0b");
    assert_int_equal(ngx_chat_text_check(&nul, 10), NGX_CHAT_TEXT_FORBIDDEN);
}


static void
test_U2_surrogates_are_no_utf8(void **state)
{
    char  buf[5];

    (void) state;

    assert_int_equal(text(utf8(0xd800, buf)), NGX_CHAT_TEXT_NOT_UTF8);
    assert_int_equal(text(utf8(0xdfff, buf)), NGX_CHAT_TEXT_NOT_UTF8);
    assert_true(ngx_chat_text_forbidden(0xd800));
    assert_true(ngx_chat_text_forbidden(0xdfff));
}


static void
test_U10_marks_in_a_row(void **state)
{
    ngx_chat_str_t  t;

    (void) state;

    assert_int_equal(text("e\xcc\x80\xcc\x80\xcc\x80\xcc\x80"
                          "\xcc\x80\xcc\x80\xcc\x80\xcc\x80"),
                     NGX_CHAT_TEXT_OK);

    assert_int_equal(text("e\xcc\x80\xcc\x80\xcc\x80\xcc\x80"
                          "\xcc\x80\xcc\x80\xcc\x80\xcc\x80\xcc\x80"),
                     NGX_CHAT_TEXT_MARKS);

    /* what shows nothing between them changes nothing */

    assert_int_equal(text("e\xcc\x80\xcc\x80\xcc\x80\xcc\x80\xe2\x80\x8d"
                          "\xcc\x80\xcc\x80\xcc\x80\xcc\x80\xe2\x80\x8b"
                          "\xcc\x80"),
                     NGX_CHAT_TEXT_MARKS);

    t = str_repeat("\xcc\x80", 4000);
    assert_int_equal(ngx_chat_text_check(&t, NGX_CHAT_TEXT_MAX),
                     NGX_CHAT_TEXT_MARKS);
    str_free(&t);

    t = str_repeat("e\xcc\x80", 2000);
    assert_int_equal(ngx_chat_text_check(&t, NGX_CHAT_TEXT_MAX),
                     NGX_CHAT_TEXT_OK);
    str_free(&t);

    /* a mark of a script, one of the last plane, and a vowel that is none */

    assert_int_equal(text("\xe0\xb8\x81\xe0\xb8\xb1"), NGX_CHAT_TEXT_OK);
    t = str_repeat("\xe0\xb8\xb1", 9);
    assert_int_equal(ngx_chat_text_check(&t, 100), NGX_CHAT_TEXT_MARKS);
    str_free(&t);

    t = str_repeat("\xf3\xa0\x87\xaf", 9);
    assert_int_equal(ngx_chat_text_check(&t, 100), NGX_CHAT_TEXT_MARKS);
    str_free(&t);

    t = str_repeat("\xe0\xb8\xb0", 9);
    assert_int_equal(ngx_chat_text_check(&t, 100), NGX_CHAT_TEXT_OK);
    str_free(&t);
}


static void
test_U11_bidi_controls(void **state)
{
    unsigned                i;
    char                    buf[5];
    static const uint32_t   bidi[] = {
        0x202a, 0x202b, 0x202c, 0x202d, 0x202e,
        0x2066, 0x2067, 0x2068, 0x2069, 0x200e, 0x200f, 0x061c
    };

    (void) state;

    for (i = 0; i < sizeof(bidi) / sizeof(bidi[0]); i++) {
        assert_int_equal(text(utf8(bidi[i], buf)), NGX_CHAT_TEXT_OK);
        assert_int_equal(name(utf8(bidi[i], buf)), NGX_CHAT_TEXT_FORBIDDEN);
        assert_true(ngx_chat_text_hidden(bidi[i]));
    }
}


static void
test_U14_many_joined_emoji(void **state)
{
    ngx_chat_str_t  t;

    (void) state;

    t = str_repeat("\xf0\x9f\x91\xa9\xe2\x80\x8d", 2000);
    assert_int_equal(ngx_chat_text_check(&t, 4000), NGX_CHAT_TEXT_OK);
    assert_int_equal(ngx_chat_text_check(&t, 3999), NGX_CHAT_TEXT_TOO_LONG);
    str_free(&t);

    t = str_repeat("\xf0\x9f\x91\xa9\xe2\x80\x8d", 10000);
    assert_int_equal(ngx_chat_text_check(&t, 4000), NGX_CHAT_TEXT_TOO_LONG);
    str_free(&t);
}


static void
test_J17_length_in_code_points(void **state)
{
    ngx_chat_str_t  t;

    (void) state;

    t = str_repeat("a", 4001);
    assert_int_equal(ngx_chat_text_check(&t, 4000), NGX_CHAT_TEXT_TOO_LONG);
    t.len--;
    assert_int_equal(ngx_chat_text_check(&t, 4000), NGX_CHAT_TEXT_OK);
    str_free(&t);

    t = str_repeat("\xf0\x9f\x91\xa9", 4000);
    assert_int_equal(ngx_chat_text_check(&t, 4000), NGX_CHAT_TEXT_OK);
    str_free(&t);

    t = str_repeat("\xf0\x9f\x91\xa9", 4001);
    assert_int_equal(ngx_chat_text_check(&t, 4000), NGX_CHAT_TEXT_TOO_LONG);
    str_free(&t);
}


static void
test_names(void **state)
{
    ngx_chat_str_t  t;

    (void) state;

    assert_int_equal(name("Ann"), NGX_CHAT_TEXT_OK);
    assert_int_equal(name("Ann Lee"), NGX_CHAT_TEXT_OK);
    assert_int_equal(name("J\xc3\xbcrgen \xe5\xb0\x8f"), NGX_CHAT_TEXT_OK);
    assert_int_equal(name(""), NGX_CHAT_TEXT_EMPTY);
    assert_int_equal(name(" Ann"), NGX_CHAT_TEXT_FORBIDDEN);
    assert_int_equal(name("Ann "), NGX_CHAT_TEXT_FORBIDDEN);
    assert_int_equal(name(" "), NGX_CHAT_TEXT_FORBIDDEN);
    assert_int_equal(name("Ann  Lee"), NGX_CHAT_TEXT_FORBIDDEN);
    assert_int_equal(name("Ann \xc2\xa0Lee"), NGX_CHAT_TEXT_FORBIDDEN);
    assert_int_equal(name("\xe3\x80\x80" "Ann"), NGX_CHAT_TEXT_FORBIDDEN);
    assert_int_equal(name("Ann\tLee"), NGX_CHAT_TEXT_FORBIDDEN);
    assert_int_equal(name("Ann\nLee"), NGX_CHAT_TEXT_FORBIDDEN);

    t = str_repeat("\xf0\x9f\x91\xa9", 32);
    assert_int_equal(ngx_chat_text_name_check(&t), NGX_CHAT_TEXT_OK);
    str_free(&t);

    t = str_repeat("a", 33);
    assert_int_equal(ngx_chat_text_name_check(&t), NGX_CHAT_TEXT_TOO_LONG);
    str_free(&t);
}


static void
test_names_without_hidden_characters(void **state)
{
    unsigned                i;
    char                    buf[16], c[5];
    static const uint32_t   hidden[] = {
        0x00ad, 0x034f, 0x115f, 0x180e, 0x200b, 0x2028, 0x2029, 0x2060,
        0x2800, 0x3164, 0xfeff, 0xffa0, 0xfff9, 0xe0001, 0xe007f
    };

    (void) state;

    for (i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
        strcpy(buf, "a");
        strcat(buf, utf8(hidden[i], c));
        strcat(buf, "b");

        assert_int_equal(text(buf), NGX_CHAT_TEXT_OK);
        assert_int_equal(name(buf), NGX_CHAT_TEXT_FORBIDDEN);
    }
}


static void
test_names_with_marks(void **state)
{
    (void) state;

    assert_int_equal(name("e\xcc\x81"), NGX_CHAT_TEXT_OK);
    assert_int_equal(name("\xcc\x81" "e"), NGX_CHAT_TEXT_FORBIDDEN);
    assert_int_equal(name("a \xcc\x81"), NGX_CHAT_TEXT_FORBIDDEN);
    assert_int_equal(name("\xe0\xa5\x8d"), NGX_CHAT_TEXT_FORBIDDEN);
    assert_int_equal(name("\xe2\x83\xa3"), NGX_CHAT_TEXT_FORBIDDEN);
}


/* heart on fire, an astronaut, and what has no picture on both sides */

static void
test_U14_joiners_in_names_of_emoji(void **state)
{
    (void) state;

    assert_int_equal(name("\xe2\x9d\xa4\xef\xb8\x8f\xe2\x80\x8d"
                          "\xf0\x9f\x94\xa5"),
                     NGX_CHAT_TEXT_OK);
    assert_int_equal(name("Ann \xf0\x9f\x91\xa9\xf0\x9f\x8f\xbd"
                          "\xe2\x80\x8d\xf0\x9f\x9a\x80"),
                     NGX_CHAT_TEXT_OK);
    assert_int_equal(name("\xf0\x9f\x91\xa9\xe2\x80\x8d"
                          "\xf0\x9f\x91\xa9"),
                     NGX_CHAT_TEXT_OK);

    assert_int_equal(name("\xf0\x9f\x91\xa9\xe2\x80\x8d"),
                     NGX_CHAT_TEXT_FORBIDDEN);
    assert_int_equal(name("\xf0\x9f\x91\xa9\xe2\x80\x8d" "a"),
                     NGX_CHAT_TEXT_FORBIDDEN);
    assert_int_equal(name("a\xe2\x80\x8d\xf0\x9f\x91\xa9"),
                     NGX_CHAT_TEXT_FORBIDDEN);
    assert_int_equal(name("\xf0\x9f\x91\xa9\xe2\x80\x8c"
                          "\xf0\x9f\x91\xa9"),
                     NGX_CHAT_TEXT_FORBIDDEN);
    assert_int_equal(name("\xf0\x9f\x91\xa9\xe2\x80\x8d\xe2\x80\x8d"
                          "\xf0\x9f\x91\xa9"),
                     NGX_CHAT_TEXT_FORBIDDEN);

    /* a key's selector is no emoji's */

    assert_int_equal(name("1\xef\xb8\x8f\xe2\x80\x8d"
                          "\xf0\x9f\x91\xa9"),
                     NGX_CHAT_TEXT_FORBIDDEN);
}


static void
test_U14_joiners_in_names_of_scripts(void **state)
{
    (void) state;

    /* Persian: letters that join, one of them with a mark */

    assert_int_equal(name("\xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xae"),
                     NGX_CHAT_TEXT_OK);
    assert_int_equal(name("\xd9\x85\xd9\x8e\xe2\x80\x8c\xd8\xae"),
                     NGX_CHAT_TEXT_OK);

    /* Malayalam: behind a virama, at the end of the name and of a word */

    assert_int_equal(name("\xe0\xb4\xa8\xe0\xb5\x8d\xe2\x80\x8d"),
                     NGX_CHAT_TEXT_OK);
    assert_int_equal(name("\xe0\xb4\xa8\xe0\xb5\x8d\xe2\x80\x8d \xe0\xb4\xa8"),
                     NGX_CHAT_TEXT_OK);
    assert_int_equal(name("\xe0\xb4\xa8\xe0\xb5\x8d\xe2\x80\x8c\xe0\xb4\xa8"),
                     NGX_CHAT_TEXT_OK);

    assert_int_equal(name("\xe2\x80\x8d"), NGX_CHAT_TEXT_FORBIDDEN);
    assert_int_equal(name("\xe2\x80\x8c" "a"), NGX_CHAT_TEXT_FORBIDDEN);
    assert_int_equal(name("a\xe2\x80\x8d"), NGX_CHAT_TEXT_FORBIDDEN);
    assert_int_equal(name("a\xe2\x80\x8c" "b"), NGX_CHAT_TEXT_FORBIDDEN);
    assert_int_equal(name("a\xe2\x80\x8d" "b"), NGX_CHAT_TEXT_FORBIDDEN);
    assert_int_equal(name("a\xcc\x81\xe2\x80\x8c" "b"),
                     NGX_CHAT_TEXT_FORBIDDEN);
    assert_int_equal(name("\xd9\x85\xe2\x80\x8c"),
                     NGX_CHAT_TEXT_FORBIDDEN);
    assert_int_equal(name("\xd9\x85\xe2\x80\x8c" "a"),
                     NGX_CHAT_TEXT_FORBIDDEN);
    assert_int_equal(name("\xd9\x85\xe2\x80\x8c\xe2\x80\x8c\xd8\xae"),
                     NGX_CHAT_TEXT_FORBIDDEN);
    assert_int_equal(name("\xd9\x85 \xe2\x80\x8c\xd8\xae"),
                     NGX_CHAT_TEXT_FORBIDDEN);
    assert_int_equal(name("\xd9\x85\xe2\x80\x8d\xd8\xae"),
                     NGX_CHAT_TEXT_FORBIDDEN);
}


static void
test_names_with_variation_selectors(void **state)
{
    (void) state;

    /* a key, an ideograph, an emoji in black and white */

    assert_int_equal(name("1\xef\xb8\x8f\xe2\x83\xa3"), NGX_CHAT_TEXT_OK);
    assert_int_equal(name("\xe8\x91\x9b\xf3\xa0\x84\x80"),
                     NGX_CHAT_TEXT_OK);
    assert_int_equal(name("\xe2\x9d\xa4\xef\xb8\x8e" "a"),
                     NGX_CHAT_TEXT_OK);

    assert_int_equal(name("\xef\xb8\x8f"), NGX_CHAT_TEXT_FORBIDDEN);
    assert_int_equal(name("a\xef\xb8\x8f"), NGX_CHAT_TEXT_FORBIDDEN);
    assert_int_equal(name("1\xef\xb8\x8f"), NGX_CHAT_TEXT_FORBIDDEN);
    assert_int_equal(name("1\xef\xb8\x8f" "2"), NGX_CHAT_TEXT_FORBIDDEN);
    assert_int_equal(name("a\xf3\xa0\x84\x80"), NGX_CHAT_TEXT_FORBIDDEN);
    assert_int_equal(name("\xe2\x9d\xa4\xef\xb8\x80"),
                     NGX_CHAT_TEXT_FORBIDDEN);
    assert_int_equal(name("\xe2\x9d\xa4\xef\xb8\x8f\xef\xb8\x8f"),
                     NGX_CHAT_TEXT_FORBIDDEN);
    assert_int_equal(name("\xe8\x91\x9b\xf3\xa0\x84\x80\xf3\xa0\x84\x80"),
                     NGX_CHAT_TEXT_FORBIDDEN);

    /* all of them are free in a text */

    assert_int_equal(text("a\xef\xb8\x8f\xe2\x80\x8d\xf3\xa0\x84\x80"
                          "\xe2\x80\x8c"),
                     NGX_CHAT_TEXT_OK);
}


/* CPU time of many checks of n code points, in microseconds a code point. */

static double
cost(const char *unit, size_t n, size_t times)
{
    size_t          i;
    clock_t         start;
    ngx_chat_str_t  t;

    t = str_repeat(unit, n);
    start = clock();

    for (i = 0; i < times; i++) {
        assert_int_equal(ngx_chat_text_check(&t, NGX_CHAT_TEXT_MAX),
                         NGX_CHAT_TEXT_OK);
    }

    start = clock() - start;
    str_free(&t);

    return (double) start * 1e6 / CLOCKS_PER_SEC / (double) (n * times);
}


/*
 * A check that looks back would cost 40 times as much for a code point of the
 * long text.  The bound for one is generous, it holds with the sanitizers.
 */

static void
test_U10_U14_long_texts_take_linear_time(void **state)
{
    size_t             i, try;
    double             small, large;
    static const char *units[] = {
        "\xf0\x9f\x91\xa9", "\xe2\x80\x8d", "\xe4\xbd\xa0", "a"
    };

    (void) state;

    for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {

        for (try = 0; try < 5; try++) {
            small = cost(units[i], 100, 2000);
            large = cost(units[i], 4000, 50);

            if (large < 5 * small + 0.01) {
                break;
            }
        }

        assert_true(try < 5);
        assert_true(large < 5.0);
    }
}


static void
test_N11_markup_is_only_text(void **state)
{
    (void) state;

    assert_int_equal(name("<img onerror>"), NGX_CHAT_TEXT_OK);
    assert_int_equal(text("<img src=x onerror=alert(1)>"), NGX_CHAT_TEXT_OK);
}


static void
test_each_fault_has_a_sentence(void **state)
{
    int          i;
    const char  *reason;

    (void) state;

    for (i = NGX_CHAT_TEXT_OK; i <= NGX_CHAT_TEXT_TOO_LONG; i++) {
        reason = ngx_chat_text_reason((ngx_chat_text_e) i);
        assert_non_null(reason);
        assert_int_equal(reason[strlen(reason) - 1], '.');
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_plain_text),
        cmocka_unit_test(test_an_empty_text_without_bytes),
        cmocka_unit_test(test_U7_noncharacters),
        cmocka_unit_test(test_U8_controls),
        cmocka_unit_test(test_U2_surrogates_are_no_utf8),
        cmocka_unit_test(test_U10_marks_in_a_row),
        cmocka_unit_test(test_U11_bidi_controls),
        cmocka_unit_test(test_U14_many_joined_emoji),
        cmocka_unit_test(test_J17_length_in_code_points),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_names_without_hidden_characters),
        cmocka_unit_test(test_names_with_marks),
        cmocka_unit_test(test_U14_joiners_in_names_of_emoji),
        cmocka_unit_test(test_U14_joiners_in_names_of_scripts),
        cmocka_unit_test(test_names_with_variation_selectors),
        cmocka_unit_test(test_U10_U14_long_texts_take_linear_time),
        cmocka_unit_test(test_N11_markup_is_only_text),
        cmocka_unit_test(test_each_fault_has_a_sentence),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
