
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The bodies of the HTTP API: each field, what it may be, and what of others
 * is ignored.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chat_str.h"
#include "ngx_chat_proto.h"
#include "ngx_chat_rights.h"


static ngx_chat_command_t  cmd;


/* The tree is of a copy: strings live until release(). */

static ngx_chat_code_e
body(ngx_chat_body_e what, const char *text)
{
    ngx_chat_str_t   s;
    ngx_chat_code_e  rc;

    s = str(text);
    s = str_exact(&s);

    ngx_chat_proto_release(&cmd);
    rc = ngx_chat_proto_body(&cmd, what, &s, 10);
    str_free(&s);

    return rc;
}


static void
bad(ngx_chat_body_e what, const char *text, const char *field)
{
    assert_int_equal(body(what, text), NGX_CHAT_CODE_BAD_REQUEST);
    assert_non_null(cmd.why);

    if (field == NULL) {
        assert_null(cmd.field);

    } else {
        assert_string_equal(cmd.field, field);
    }
}


static void
test_message(void **state)
{
    (void) state;

    assert_int_equal(body(NGX_CHAT_BODY_MESSAGE,
                          "{\"text\":\"hi\",\"re\":4,\"meta\":{\"a\":1.0},"
                          "\"room\":7,\"op\":\"x\",\"cid\":[],\"slow\":\"\"}"),
                     NGX_CHAT_CODE_OK);
    assert_true(str_is(&cmd.text, "hi"));
    assert_true(str_is(&cmd.meta, "{\"a\":1.0}"));
    assert_int_equal(cmd.re, 4);
    assert_null(cmd.room.data);
    assert_null(cmd.cid.data);
    assert_int_equal(cmd.slow, -1);

    bad(NGX_CHAT_BODY_MESSAGE, "", "text");
    bad(NGX_CHAT_BODY_MESSAGE, "{}", "text");
    bad(NGX_CHAT_BODY_MESSAGE, "{\"text\":\"\"}", "text");
    bad(NGX_CHAT_BODY_MESSAGE, "{\"text\":1}", "text");
    bad(NGX_CHAT_BODY_MESSAGE, "{\"text\":\"a\",\"re\":0}", "re");

    assert_int_equal(body(NGX_CHAT_BODY_MESSAGE, "{\"text\":\"12345678901\"}"),
                     NGX_CHAT_CODE_TOO_LARGE);
    assert_int_equal(body(NGX_CHAT_BODY_MESSAGE, "{\"text\":\"\\u0000\"}"),
                     NGX_CHAT_CODE_INVALID_TEXT);
}


static void
test_sealed(void **state)
{
    (void) state;

    assert_int_equal(body(NGX_CHAT_BODY_MESSAGE,
                          "{\"data\":\"aGk_-\",\"enc\":\"e1/a.b\",\"re\":4}"),
                     NGX_CHAT_CODE_OK);
    assert_null(cmd.text.data);
    assert_true(str_is(&cmd.data, "aGk_-"));
    assert_true(str_is(&cmd.enc, "e1/a.b"));
    assert_int_equal(cmd.re, 4);

    bad(NGX_CHAT_BODY_MESSAGE, "{\"data\":\"aGk\"}", "enc");
    bad(NGX_CHAT_BODY_MESSAGE, "{\"enc\":\"e1\"}", "enc");
    bad(NGX_CHAT_BODY_MESSAGE,
        "{\"text\":\"a\",\"data\":\"aGk\",\"enc\":\"e1\"}", "text");
    bad(NGX_CHAT_BODY_MESSAGE, "{\"text\":\"a\",\"enc\":\"e1\"}", "text");
    bad(NGX_CHAT_BODY_MESSAGE, "{\"data\":\"a b\",\"enc\":\"e1\"}", "data");
    bad(NGX_CHAT_BODY_MESSAGE, "{\"data\":7,\"enc\":\"e1\"}", "data");
    bad(NGX_CHAT_BODY_MESSAGE, "{\"data\":\"aGk\",\"enc\":\"\"}", "enc");
    bad(NGX_CHAT_BODY_MESSAGE, "{\"data\":\"aGk\",\"enc\":[]}", "enc");

    /* not a message's */
    assert_int_equal(body(NGX_CHAT_BODY_ACT, "{\"data\":7}"),
                     NGX_CHAT_CODE_OK);
}


static void
test_A6_no_object(void **state)
{
    (void) state;

    bad(NGX_CHAT_BODY_MESSAGE, "[]", NULL);
    bad(NGX_CHAT_BODY_MESSAGE, "{\"text\":\"a\"}x", NULL);
    bad(NGX_CHAT_BODY_MESSAGE, "{\"text\":\"a\",\"text\":\"b\"}", NULL);
    bad(NGX_CHAT_BODY_MESSAGE, "{\"text\":\"\xff\"}", NULL);
    bad(NGX_CHAT_BODY_ACT, "null", NULL);
    bad(NGX_CHAT_BODY_ACT, " ", NULL);
}


static void
test_from(void **state)
{
    (void) state;

    assert_int_equal(body(NGX_CHAT_BODY_ACT,
                          "{\"from\":{\"name\":\"A\",\"id\":\"a/b\"}}"),
                     NGX_CHAT_CODE_OK);
    assert_true(str_is(&cmd.from_id, "a/b"));
    assert_true(str_is(&cmd.from_name, "A"));

    assert_int_equal(body(NGX_CHAT_BODY_ACT, "{\"from\":{\"id\":\"a\"}}"),
                     NGX_CHAT_CODE_OK);
    assert_null(cmd.from_name.data);

    bad(NGX_CHAT_BODY_ACT, "{\"from\":\"ann\"}", "from");
    bad(NGX_CHAT_BODY_ACT, "{\"from\":{}}", "from");
    bad(NGX_CHAT_BODY_ACT, "{\"from\":{\"id\":7}}", "from");
    bad(NGX_CHAT_BODY_ACT, "{\"from\":{\"id\":\"a\\u0000\"}}", "from");
    bad(NGX_CHAT_BODY_ACT, "{\"from\":{\"ID\":\"a\"}}", "from");
}


static void
test_room(void **state)
{
    (void) state;

    assert_int_equal(body(NGX_CHAT_BODY_ROOM,
                          "{\"slow\":86400,\"lock\":\"members\"}"),
                     NGX_CHAT_CODE_OK);
    assert_int_equal(cmd.slow, 86400);
    assert_int_equal(cmd.lock, NGX_CHAT_LOCK_MEMBERS);

    assert_int_equal(body(NGX_CHAT_BODY_ROOM, "{\"lock\":\"open\"}"),
                     NGX_CHAT_CODE_OK);
    assert_int_equal(cmd.slow, -1);
    assert_int_equal(cmd.lock, NGX_CHAT_LOCK_OPEN);

    bad(NGX_CHAT_BODY_ROOM, "{}", NULL);
    bad(NGX_CHAT_BODY_ROOM, "{\"slow\":86401}", "slow");
    bad(NGX_CHAT_BODY_ROOM, "{\"slow\":-1}", "slow");
    bad(NGX_CHAT_BODY_ROOM, "{\"lock\":\"shut\"}", "lock");
    bad(NGX_CHAT_BODY_ROOM, "{\"lock\":\"open\\u0000\"}", "lock");
    bad(NGX_CHAT_BODY_ROOM, "{\"lock\":1}", "lock");
}


static void
test_term_and_role(void **state)
{
    (void) state;

    assert_int_equal(body(NGX_CHAT_BODY_TERM,
                          "{\"for\":60,\"reason\":\"spam\"}"),
                     NGX_CHAT_CODE_OK);
    assert_int_equal(cmd.seconds, 60);
    assert_true(str_is(&cmd.reason, "spam"));

    assert_int_equal(body(NGX_CHAT_BODY_TERM, ""), NGX_CHAT_CODE_OK);
    assert_int_equal(cmd.seconds, -1);

    bad(NGX_CHAT_BODY_TERM, "{\"for\":0}", "for");
    bad(NGX_CHAT_BODY_TERM, "{\"reason\":7}", "reason");

    assert_int_equal(body(NGX_CHAT_BODY_ROLE, "{\"role\":\"owner\"}"),
                     NGX_CHAT_CODE_OK);
    assert_int_equal(cmd.value, NGX_CHAT_ROLE_OWNER);

    bad(NGX_CHAT_BODY_ROLE, "", "role");
    bad(NGX_CHAT_BODY_ROLE, "{\"role\":\"king\"}", "role");
    bad(NGX_CHAT_BODY_ROLE, "{\"role\":{}}", "role");
    bad(NGX_CHAT_BODY_ROLE, "{\"role\":\"owner\\u0000\"}", "role");

    assert_int_equal(body(NGX_CHAT_BODY_NONE, "whatever"), NGX_CHAT_CODE_OK);
    assert_null(cmd.tree);
    ngx_chat_proto_release(&cmd);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_message),
        cmocka_unit_test(test_sealed),
        cmocka_unit_test(test_A6_no_object),
        cmocka_unit_test(test_from),
        cmocka_unit_test(test_room),
        cmocka_unit_test(test_term_and_role)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
