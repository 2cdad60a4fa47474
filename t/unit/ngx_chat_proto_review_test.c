
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * What a site is asked about a message, into buffers of every size, and what
 * it may answer.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto_writer.h"
#include "ngx_chat_proto_review.h"


static ngx_chat_wire_t     rec;
static ngx_chat_review_t   review;
static ngx_chat_command_t  cmd;


static size_t
write_review(unsigned char *buf, size_t size)
{
    return ngx_chat_proto_review(buf, size, &review);
}


/* The tree is of a copy: strings live until release(). */

static ngx_chat_code_e
answer(int other, const char *text)
{
    ngx_chat_str_t   s;
    ngx_chat_code_e  rc;

    s = str(text);
    s = str_exact(&s);

    ngx_chat_proto_release(&cmd);
    rc = other ? ngx_chat_proto_review_other(&cmd, &s, 10)
               : ngx_chat_proto_review_why(&cmd, &s);
    str_free(&s);

    return rc;
}


static void
setup_message(unsigned char kind, const char *room)
{
    memset(&rec, 0, sizeof(rec));
    memset(&review, 0, sizeof(review));

    rec.kind = kind;
    rec.room = str(room);
    rec.user = str("ann");
    rec.name = str("Ann \"A\"");
    rec.body = str("hi\n");

    review.rec = &rec;
    review.address = str("192.0.2.1");
    review.via = "socket";
}


static void
test_message(void **state)
{
    (void) state;

    setup_message(NGX_CHAT_WIRE_MESSAGE, "lobby");

    writes(write_review,
           "{\"room\":\"lobby\",\"user\":{\"id\":\"ann\","
           "\"name\":\"Ann \\\"A\\\"\",\"guest\":false},\"via\":\"socket\","
           "\"address\":\"192.0.2.1\",\"text\":\"hi\\n\"}");

    rec.role = str("member");
    rec.cid = str("c1");
    rec.re = 9007199254740992;
    rec.meta = str("{\"a\":[1]}");
    review.guest = 1;
    review.via = "api";

    writes(write_review,
           "{\"room\":\"lobby\",\"user\":{\"id\":\"ann\","
           "\"name\":\"Ann \\\"A\\\"\",\"role\":\"member\",\"guest\":true},"
           "\"via\":\"api\",\"address\":\"192.0.2.1\",\"text\":\"hi\\n\","
           "\"cid\":\"c1\",\"re\":9007199254740992,\"meta\":{\"a\":[1]}}");
}


/* An edit is no way past a filter: it is seen, and seen to be one. */

static void
test_edit(void **state)
{
    (void) state;

    setup_message(NGX_CHAT_WIRE_EDIT, "lobby");
    rec.ref = 7;

    writes(write_review,
           "{\"room\":\"lobby\",\"user\":{\"id\":\"ann\","
           "\"name\":\"Ann \\\"A\\\"\",\"guest\":false},\"via\":\"socket\","
           "\"address\":\"192.0.2.1\",\"text\":\"hi\\n\",\"edit\":7}");
}


static void
test_other_kinds(void **state)
{
    (void) state;

    setup_message(NGX_CHAT_WIRE_MESSAGE, "lobby");
    rec.enc = str("v1");
    rec.body = str("c2VjcmV0");

    writes(write_review,
           "{\"room\":\"lobby\",\"user\":{\"id\":\"ann\","
           "\"name\":\"Ann \\\"A\\\"\",\"guest\":false},\"via\":\"socket\","
           "\"address\":\"192.0.2.1\",\"enc\":\"v1\",\"data\":\"c2VjcmV0\"}");

    setup_message(NGX_CHAT_WIRE_TEXT, "~lobby");

    writes(write_review,
           "{\"room\":\"lobby\",\"user\":{\"id\":\"ann\","
           "\"name\":\"Ann \\\"A\\\"\",\"guest\":false},\"via\":\"socket\","
           "\"address\":\"192.0.2.1\",\"raw\":true,\"text\":\"hi\\n\"}");

    setup_message(NGX_CHAT_WIRE_BINARY, "~lobby");
    rec.body = str("AP8");

    writes(write_review,
           "{\"room\":\"lobby\",\"user\":{\"id\":\"ann\","
           "\"name\":\"Ann \\\"A\\\"\",\"guest\":false},\"via\":\"socket\","
           "\"address\":\"192.0.2.1\",\"raw\":true,\"data\":\"AP8\"}");
}


static void
test_answer_other(void **state)
{
    (void) state;

    assert_int_equal(answer(1, " {\"text\":\"b\\u00e9\",\"meta\":{\"a\": 1},"
                               "\"message\":1,\"room\":[]}"),
                     NGX_CHAT_CODE_OK);
    assert_true(str_is(&cmd.text, "b\xc3\xa9"));
    assert_true(str_is(&cmd.meta, "{\"a\":1}"));
    assert_null(cmd.reason.data);
    assert_null(cmd.room.data);

    assert_int_equal(answer(1, "{}"), NGX_CHAT_CODE_OK);
    assert_null(cmd.text.data);
    assert_null(cmd.meta.data);

    assert_int_equal(answer(1, "{\"text\":\"0123456789\"}"),
                     NGX_CHAT_CODE_OK);
    assert_int_equal(answer(1, "{\"text\":\"0123456789a\"}"),
                     NGX_CHAT_CODE_TOO_LARGE);
    assert_int_equal(answer(1, "{\"text\":\"\"}"), NGX_CHAT_CODE_BAD_REQUEST);
    assert_int_equal(answer(1, "{\"text\":null}"), NGX_CHAT_CODE_BAD_REQUEST);
    assert_int_equal(answer(1, "{\"text\":\"\\u0000\"}"),
                     NGX_CHAT_CODE_INVALID_TEXT);
    assert_int_equal(answer(1, "{\"text\":\"\\u0007\"}"),
                     NGX_CHAT_CODE_INVALID_TEXT);
    assert_int_equal(answer(1, "{\"meta\":[]}"), NGX_CHAT_CODE_BAD_REQUEST);
}


static void
test_answer_why(void **state)
{
    char  text[600];

    (void) state;

    assert_int_equal(answer(0, "{\"message\":\"No, not here.\",\"text\":1}"),
                     NGX_CHAT_CODE_OK);
    assert_true(str_is(&cmd.reason, "No, not here."));

    assert_int_equal(answer(0, "{}"), NGX_CHAT_CODE_OK);
    assert_null(cmd.reason.data);

    assert_int_equal(answer(0, "{\"message\":1}"), NGX_CHAT_CODE_BAD_REQUEST);
    assert_int_equal(answer(0, "{\"message\":\"\"}"),
                     NGX_CHAT_CODE_BAD_REQUEST);
    assert_int_equal(answer(0, "{\"message\":\"a\\u0000\"}"),
                     NGX_CHAT_CODE_BAD_REQUEST);

    memset(text, 'w', sizeof(text));
    memcpy(text, "{\"message\":\"", 12);
    memcpy(text + 12 + NGX_CHAT_PROTO_REVIEW_WHY_MAX, "\"}", 3);
    assert_int_equal(answer(0, text), NGX_CHAT_CODE_OK);
    assert_int_equal(cmd.reason.len, NGX_CHAT_PROTO_REVIEW_WHY_MAX);

    text[12 + NGX_CHAT_PROTO_REVIEW_WHY_MAX] = 'w';
    memcpy(text + 13 + NGX_CHAT_PROTO_REVIEW_WHY_MAX, "\"}", 3);
    assert_int_equal(answer(0, text), NGX_CHAT_CODE_BAD_REQUEST);
}


static void
test_no_object(void **state)
{
    size_t  i;

    static const char *const  texts[] = {
        "", " ", "null", "[]", "\"text\"", "<p>", "{\"text\":\"a\"} x",
        "{\"text\":\"a\",\"text\":\"b\"}", "{\"text\":\"\xe9\"}",
        "{\"text\":\"a\""
    };

    (void) state;

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_int_equal(answer(1, texts[i]), NGX_CHAT_CODE_BAD_REQUEST);
        assert_non_null(cmd.why);
        assert_int_equal(answer(0, texts[i]), NGX_CHAT_CODE_BAD_REQUEST);
    }

    ngx_chat_proto_release(&cmd);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_message),
        cmocka_unit_test(test_edit),
        cmocka_unit_test(test_other_kinds),
        cmocka_unit_test(test_answer_other),
        cmocka_unit_test(test_answer_why),
        cmocka_unit_test(test_no_object)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
