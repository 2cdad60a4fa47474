
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * What kind of character a code point is: the edges of each table, and that
 * the tables do not contradict each other.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ngx_chat_text_class.h"


#define COUNT(array)  (sizeof(array) / sizeof((array)[0]))


typedef struct {
    uint32_t               first;
    uint32_t               last;
    ngx_chat_text_class_e  class;
} range_t;


/* both ends are of the class, what is around them is not */

static const range_t  edges[] = {
    { 0x20, 0x20, NGX_CHAT_TEXT_CLASS_SPACE },
    { 0x23, 0x23, NGX_CHAT_TEXT_CLASS_KEY },
    { 0x2a, 0x2a, NGX_CHAT_TEXT_CLASS_KEY },
    { 0x30, 0x39, NGX_CHAT_TEXT_CLASS_KEY },
    { 0x3a, 0x7f, NGX_CHAT_TEXT_CLASS_VISIBLE },
    { 0xa0, 0xa0, NGX_CHAT_TEXT_CLASS_SPACE },
    { 0xa9, 0xa9, NGX_CHAT_TEXT_CLASS_EMOJI },
    { 0xad, 0xad, NGX_CHAT_TEXT_CLASS_HIDDEN },
    { 0x300, 0x34e, NGX_CHAT_TEXT_CLASS_MARK },
    { 0x34f, 0x34f, NGX_CHAT_TEXT_CLASS_HIDDEN },
    { 0x350, 0x36f, NGX_CHAT_TEXT_CLASS_MARK },
    { 0x620, 0x620, NGX_CHAT_TEXT_CLASS_CURSIVE },
    { 0x622, 0x64a, NGX_CHAT_TEXT_CLASS_CURSIVE },
    { 0x94d, 0x94d, NGX_CHAT_TEXT_CLASS_VIRAMA },
    { 0x180a, 0x180a, NGX_CHAT_TEXT_CLASS_CURSIVE },
    { 0x200b, 0x200b, NGX_CHAT_TEXT_CLASS_HIDDEN },
    { 0x200c, 0x200c, NGX_CHAT_TEXT_CLASS_NON_JOINER },
    { 0x200d, 0x200d, NGX_CHAT_TEXT_CLASS_JOINER },
    { 0x200e, 0x200f, NGX_CHAT_TEXT_CLASS_HIDDEN },
    { 0x2066, 0x206f, NGX_CHAT_TEXT_CLASS_HIDDEN },
    { 0x20d0, 0x20e2, NGX_CHAT_TEXT_CLASS_MARK },
    { 0x20e3, 0x20e3, NGX_CHAT_TEXT_CLASS_KEYCAP },
    { 0x2764, 0x2767, NGX_CHAT_TEXT_CLASS_EMOJI },
    { 0x2800, 0x2800, NGX_CHAT_TEXT_CLASS_HIDDEN },
    { 0x3000, 0x3000, NGX_CHAT_TEXT_CLASS_SPACE },
    { 0x4e00, 0x9fff, NGX_CHAT_TEXT_CLASS_HAN },
    { 0xfe00, 0xfe0d, NGX_CHAT_TEXT_CLASS_SELECTOR },
    { 0xfe0e, 0xfe0f, NGX_CHAT_TEXT_CLASS_EMOJI_SELECTOR },
    { 0xfeff, 0xfeff, NGX_CHAT_TEXT_CLASS_HIDDEN },
    { 0x10a3f, 0x10a3f, NGX_CHAT_TEXT_CLASS_VIRAMA },
    { 0x1f3fb, 0x1f3ff, NGX_CHAT_TEXT_CLASS_TONE },
    { 0x1f400, 0x1f53d, NGX_CHAT_TEXT_CLASS_EMOJI },
    { 0x20000, 0x3ffff, NGX_CHAT_TEXT_CLASS_HAN },
    { 0xe0000, 0xe00ff, NGX_CHAT_TEXT_CLASS_HIDDEN },
    { 0xe0100, 0xe01ef, NGX_CHAT_TEXT_CLASS_SELECTOR },
    { 0xe01f0, 0xe0fff, NGX_CHAT_TEXT_CLASS_HIDDEN }
};


static void
test_edges(void **state)
{
    size_t          i;
    const range_t  *range;

    (void) state;

    for (i = 0; i < COUNT(edges); i++) {
        range = &edges[i];

        assert_int_equal(ngx_chat_text_class(range->first), range->class);
        assert_int_equal(ngx_chat_text_class(range->last), range->class);
    }

    assert_int_equal(ngx_chat_text_class(0x2ff), NGX_CHAT_TEXT_CLASS_VISIBLE);
    assert_int_equal(ngx_chat_text_class(0x370), NGX_CHAT_TEXT_CLASS_VISIBLE);
    assert_int_equal(ngx_chat_text_class(0x621), NGX_CHAT_TEXT_CLASS_VISIBLE);
    assert_int_equal(ngx_chat_text_class(0x64b), NGX_CHAT_TEXT_CLASS_MARK);
    assert_int_equal(ngx_chat_text_class(0x2010), NGX_CHAT_TEXT_CLASS_VISIBLE);
    assert_int_equal(ngx_chat_text_class(0x4dff), NGX_CHAT_TEXT_CLASS_VISIBLE);
    assert_int_equal(ngx_chat_text_class(0xa000), NGX_CHAT_TEXT_CLASS_VISIBLE);
    assert_int_equal(ngx_chat_text_class(0x1f3fa), NGX_CHAT_TEXT_CLASS_EMOJI);
    assert_int_equal(ngx_chat_text_class(0x40000),
                     NGX_CHAT_TEXT_CLASS_VISIBLE);
    assert_int_equal(ngx_chat_text_class(0x10ffff),
                     NGX_CHAT_TEXT_CLASS_VISIBLE);
}


static void
test_U10_U11_the_questions_agree_with_the_class(void **state)
{
    int                    joiner;
    uint32_t               c;
    ngx_chat_text_class_e  class;

    (void) state;

    for (c = 0; c < 0x110000; c++) {
        class = ngx_chat_text_class(c);
        joiner = (class == NGX_CHAT_TEXT_CLASS_JOINER
                  || class == NGX_CHAT_TEXT_CLASS_NON_JOINER);

        assert_int_equal(ngx_chat_text_joiner(c), joiner);
        assert_int_equal(ngx_chat_text_space(c),
                         class == NGX_CHAT_TEXT_CLASS_SPACE);
        assert_int_equal(ngx_chat_text_hidden(c),
                         class == NGX_CHAT_TEXT_CLASS_HIDDEN);

        switch (class) {

        case NGX_CHAT_TEXT_CLASS_MARK:
        case NGX_CHAT_TEXT_CLASS_KEYCAP:
        case NGX_CHAT_TEXT_CLASS_SELECTOR:
        case NGX_CHAT_TEXT_CLASS_EMOJI_SELECTOR:
            assert_true(ngx_chat_text_mark(c));
            break;

        case NGX_CHAT_TEXT_CLASS_VIRAMA:
        case NGX_CHAT_TEXT_CLASS_HIDDEN:
            /* some are marks, some are not */
            break;

        default:
            assert_false(ngx_chat_text_mark(c));
            break;
        }
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_U10_U11_the_questions_agree_with_the_class),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
