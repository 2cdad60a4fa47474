
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The highest role in a list of words.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chat_str.h"
#include "ngx_chat_rights.h"


static ngx_chat_role_e
highest(const char *list)
{
    ngx_chat_str_t   s, exact;
    ngx_chat_role_e  role;

    s = str(list);
    exact = str_exact(&s);
    role = ngx_chat_rights_highest(&exact);
    str_free(&exact);

    return role;
}


static void
test_one_word(void **state)
{
    (void) state;

    assert_int_equal(highest(""), NGX_CHAT_ROLE_NONE);
    assert_int_equal(highest("none"), NGX_CHAT_ROLE_NONE);
    assert_int_equal(highest("member"), NGX_CHAT_ROLE_MEMBER);
    assert_int_equal(highest("moderator"), NGX_CHAT_ROLE_MODERATOR);
    assert_int_equal(highest("owner"), NGX_CHAT_ROLE_OWNER);
}


static void
test_lists(void **state)
{
    (void) state;

    assert_int_equal(highest("member,owner"), NGX_CHAT_ROLE_OWNER);
    assert_int_equal(highest("owner member"), NGX_CHAT_ROLE_OWNER);
    assert_int_equal(highest(" , member ,, x  "), NGX_CHAT_ROLE_MEMBER);
    assert_int_equal(highest("moderator none"), NGX_CHAT_ROLE_MODERATOR);
}


static void
test_other_words(void **state)
{
    (void) state;

    assert_int_equal(highest("admin,root"), NGX_CHAT_ROLE_NONE);
    assert_int_equal(highest("Owner OWNER owners own"), NGX_CHAT_ROLE_NONE);
    assert_int_equal(highest("owner;member\tx"), NGX_CHAT_ROLE_NONE);
    assert_int_equal(highest(","), NGX_CHAT_ROLE_NONE);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_one_word),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_other_words),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
