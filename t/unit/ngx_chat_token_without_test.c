
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Tokens where the module was built without libjwt: the same sources, under
 * other names.
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

#undef NGX_HAVE_LIBJWT

#define ngx_chat_token_alg         without_alg
#define ngx_chat_token_available   without_available
#define ngx_chat_token_check       without_check
#define ngx_chat_token_key_fault   without_key_fault
#define ngx_chat_token_keys_fault  without_keys_fault
#define ngx_chat_token_reason      without_reason

#include "ngx_chat_token.c"
#include "ngx_chat_token_key.c"


static void
test_tokens_are_refused(void **state)
{
    ngx_chat_str_t           text;
    ngx_chat_token_t         t;
    ngx_chat_token_rules_t   rules;

    (void) state;

    ngx_chat_token_rules_init(&rules);
    text = str("eyJhbGciOiJIUzI1NiJ9.e30.AA");

    assert_int_equal(without_available(), 0);
    assert_int_equal(without_check(&t, &rules, &text, 0),
                     NGX_CHAT_TOKEN_UNAVAILABLE);
    assert_non_null(strstr(without_reason(NGX_CHAT_TOKEN_UNAVAILABLE),
                           "libjwt"));
}


static void
test_keys_are_refused(void **state)
{
    ngx_chat_token_key_t  key;

    (void) state;

    memset(&key, 0, sizeof(key));
    key.bytes = str("0123456789abcdef0123456789abcdef");

    assert_non_null(strstr(without_key_fault(&key), "libjwt"));
    assert_null(without_keys_fault(&key, 1));
}


static void
test_algorithms_have_their_names(void **state)
{
    ngx_chat_str_t  name;

    (void) state;

    name = str("RS256");
    assert_int_equal(without_alg(&name), NGX_CHAT_TOKEN_RS256);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_tokens_are_refused),
        cmocka_unit_test(test_keys_are_refused),
        cmocka_unit_test(test_algorithms_have_their_names),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
