
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Commands from JSON: bad inputs, and which code answers them.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto_command.h"


static void
test_J1_not_json(void **state)
{
    unsigned                  i;
    static const char *const  texts[] = {
        "", " ", "hello", "{", "{\"op\":\"ping\",}", "{'op':'ping'}",
        "{\"op\":NaN}", "{\"op\":\"ping\"}/**/", "/**/{\"op\":\"ping\"}",
        "{\"op\":\"ping\"}{\"op\":\"ping\"}", "{\"op\":\"ping\"} x",
        "{\"op\":\"ping\",\"t\":01}", "{\"op\":\"ping\",\"t\":1.}",
        "{\"op\":\"pi\nng\"}", "{\"op\":\"ping\",\"x\":\"\x01\"}",
        "{\"op\":\"ping\",\"x\":\"\\x\"}", "\x0c{\"op\":\"ping\"}"
    };

    (void) state;

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        bad(texts[i], NULL);
    }

    takes(" \t\r\n{\"op\":\"ping\"}\r\n ");
}


static void
test_J2_no_object(void **state)
{
    (void) state;

    bad("[]", NULL);
    bad("[{\"op\":\"ping\"}]", NULL);
    bad("\"ping\"", NULL);
    bad("5", NULL);
    bad("null", NULL);
    bad("true", NULL);
}


static void
test_J3_depth(void **state)
{
    ngx_chat_str_t      t;
    ngx_chat_command_t  cmd;

    (void) state;

    takes("{\"op\":\"ping\",\"x\":[[[[[]]]]]}");
    bad("{\"op\":\"ping\",\"x\":[[[[[[]]]]]]}", NULL);

    t = str_repeat("[", 10000);
    assert_int_equal(parse_str(&cmd, &t), NGX_CHAT_CODE_BAD_REQUEST);
    ngx_chat_proto_release(&cmd);
    str_free(&t);

    t = str_repeat("{\"a\":", 3000);
    assert_int_equal(parse_str(&cmd, &t), NGX_CHAT_CODE_BAD_REQUEST);
    ngx_chat_proto_release(&cmd);
    str_free(&t);
}


static void
test_J4_J18_keys(void **state)
{
    (void) state;

    bad("{\"op\":\"ping\",\"op\":\"ping\"}", NULL);
    bad("{\"op\":\"ping\",\"\\u006fp\":\"ping\"}", NULL);
    takes("{\"\\u006fp\":\"ping\"}");
    bad("{\"op\\u0000\":\"ping\"}", NULL);
    bad("{\"Op\":\"ping\"}", "op");
}


static void
test_J6_J9_other_fields_are_ignored(void **state)
{
    ngx_chat_command_t  cmd;

    (void) state;

    takes("{\"op\":\"ping\",\"x\":{\"y\":[1,\"\\u0000\"]},\"z\":1e309}");

    assert_int_equal(parse(&cmd, "{\"op\":\"send\",\"room\":\"r\","
                                 "\"text\":\"t\",\"from\":{\"id\":\"root\"},"
                                 "\"seq\":9,\"time\":\"now\",\"epoch\":\"\","
                                 "\"admin\":true,\"presence\":5,\"on\":5,"
                                 "\"limit\":-5,\"after\":{},\"t\":[]}"),
                     NGX_CHAT_CODE_OK);
    assert_null(cmd.epoch.data);
    assert_int_equal(cmd.after, -1);
    assert_int_equal(cmd.limit, -1);
    assert_int_equal(cmd.t, -1);
    ngx_chat_proto_release(&cmd);
}


static void
test_J7_missing_or_wrong_types(void **state)
{
    (void) state;

    bad("{}", "op");
    bad("{\"id\":5}", "op");
    bad("{\"op\":5}", "op");
    bad("{\"op\":null}", "op");
    bad("{\"op\":[\"ping\"]}", "op");
    bad("{\"op\":\"join\"}", "room");
    bad("{\"op\":\"leave\",\"room\":5}", "room");
    bad("{\"op\":\"who\",\"room\":null}", "room");
    bad("{\"op\":\"typing\",\"room\":[\"r\"]}", "room");
    bad("{\"op\":\"send\",\"room\":\"r\"}", "text");
    bad("{\"op\":\"send\",\"room\":\"r\",\"text\":5}", "text");
    bad("{\"op\":\"send\",\"room\":\"r\",\"text\":\"t\",\"cid\":5}", "cid");
    bad("{\"op\":\"send\",\"room\":\"r\",\"text\":\"t\",\"re\":\"5\"}", "re");
    bad("{\"op\":\"send\",\"room\":\"r\",\"text\":\"t\",\"re\":0}", "re");
    bad("{\"op\":\"join\",\"room\":\"r\",\"limit\":true}", "limit");
}


static void
test_J8_cid(void **state)
{
    (void) state;

    bad("{\"op\":\"send\",\"room\":\"r\",\"text\":\"t\",\"cid\":\"\"}", "cid");
    bad("{\"op\":\"send\",\"room\":\"r\",\"text\":\"t\",\"cid\":\"\xc3\xa9\"}",
        "cid");
    bad("{\"op\":\"send\",\"room\":\"r\",\"text\":\"t\",\"cid\":\"a\\u0000\"}",
        "cid");
    bad("{\"op\":\"send\",\"room\":\"r\",\"text\":\"t\",\"cid\":\"0123456789"
        "0123456789012345678901234567890123456789012345678901234\"}", "cid");
    takes("{\"op\":\"send\",\"room\":\"r\",\"text\":\"t\",\"cid\":\"0123456789"
          "012345678901234567890123456789012345678901234567890123\"}");
}


static void
test_J10_integers(void **state)
{
    char                      text[512];
    unsigned                  i;
    ngx_chat_str_t            t, digits;
    ngx_chat_command_t        cmd;
    static const char *const  numbers[] = {
        "-1", "1.5", "1e309", "9007199254740993", "\"5\"", "1.0", "1e2", "-0",
        "99999999999999999999", "18446744073709551617", "null", "{}", "[]",
        "true", "1E400", "10000000000000000"
    };

    (void) state;

    for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        snprintf(text, sizeof(text),
                 "{\"op\":\"join\",\"room\":\"r\",\"after\":%s}", numbers[i]);
        bad(text, "after");
        snprintf(text, sizeof(text),
                 "{\"op\":\"who\",\"room\":\"r\",\"limit\":%s}", numbers[i]);
        bad(text, "limit");
        snprintf(text, sizeof(text),
                 "{\"op\":\"ping\",\"id\":%s}", numbers[i]);
        bad(text, "id");
    }

    assert_int_equal(parse(&cmd, "{\"op\":\"ping\",\"id\":9007199254740992,"
                                 "\"t\":9007199254740991}"),
                     NGX_CHAT_CODE_OK);
    assert_true(cmd.id == 9007199254740992);
    assert_true(cmd.t == 9007199254740991);
    ngx_chat_proto_release(&cmd);

    digits = str_repeat("9", 400);
    snprintf(text, sizeof(text), "{\"op\":\"ping\",\"t\":%s}",
             (const char *) digits.data);
    t = str(text);
    assert_int_equal(parse_str(&cmd, &t), NGX_CHAT_CODE_BAD_REQUEST);
    ngx_chat_proto_release(&cmd);
    str_free(&digits);

    bad("{\"op\":\"ping\",\"id\":0}", "id");
}


static void
test_J20_limits(void **state)
{
    (void) state;

    takes("{\"op\":\"who\",\"room\":\"r\",\"limit\":0}");
    takes("{\"op\":\"who\",\"room\":\"r\",\"limit\":1000000000}");
    bad("{\"op\":\"who\",\"room\":\"r\",\"limit\":-1}", "limit");
}


static void
test_J17_length_after_decoding(void **state)
{
    ngx_chat_str_t      t;
    ngx_chat_command_t  cmd;

    (void) state;

    t = str_repeat("a", 4001);
    assert_int_equal(send_text(&t, &cmd), NGX_CHAT_CODE_TOO_LARGE);
    assert_string_equal(cmd.field, "text");
    ngx_chat_proto_release(&cmd);
    t.len--;
    assert_int_equal(send_text(&t, &cmd), NGX_CHAT_CODE_OK);
    assert_int_equal(cmd.text.len, 4000);
    ngx_chat_proto_release(&cmd);
    str_free(&t);

    t = str_repeat("\\u0041", 2730);
    assert_int_equal(send_text(&t, &cmd), NGX_CHAT_CODE_OK);
    assert_int_equal(cmd.text.len, 2730);
    ngx_chat_proto_release(&cmd);
    str_free(&t);

    t = str_repeat("\\u0041", 4001);
    assert_int_equal(send_text(&t, &cmd), NGX_CHAT_CODE_TOO_LARGE);
    ngx_chat_proto_release(&cmd);
    str_free(&t);

    t = str_repeat("\xf0\x9f\x91\x8b", 4000);
    assert_int_equal(send_text(&t, &cmd), NGX_CHAT_CODE_OK);
    ngx_chat_proto_release(&cmd);
    str_free(&t);
}


static void
test_J27_object_as_text(void **state)
{
    (void) state;

    bad("{\"op\":\"send\",\"room\":\"r\",\"text\":{\"a\":1}}", "text");
}


static void
test_J28_reference_to_any_number(void **state)
{
    ngx_chat_command_t  cmd;

    (void) state;

    assert_int_equal(parse(&cmd, "{\"op\":\"send\",\"room\":\"r\","
                                 "\"text\":\"t\",\"re\":2147483648}"),
                     NGX_CHAT_CODE_OK);
    assert_true(cmd.re == 2147483648);
    ngx_chat_proto_release(&cmd);
}


static void
test_U1_U2_U3_bytes_that_are_no_utf8(void **state)
{
    (void) state;

    bad("{\"op\":\"ping\",\"x\":\"\xc0\x80\"}", NULL);
    bad("{\"op\":\"ping\",\"x\":\"\xed\xa0\x80\"}", NULL);
    bad("{\"op\":\"ping\",\"x\":\"\xff\"}", NULL);
    bad("{\"op\":\"ping\",\"\x80\":1}", NULL);
}


static void
test_U7_U8_U10_texts(void **state)
{
    ngx_chat_str_t      t;
    ngx_chat_command_t  cmd;

    (void) state;

    sends("", NGX_CHAT_CODE_BAD_REQUEST);
    sends("ok", NGX_CHAT_CODE_OK);
    sends("\\t\\n", NGX_CHAT_CODE_OK);
    sends("\xef\xbf\xbe", NGX_CHAT_CODE_INVALID_TEXT);
    sends("\\ufdd0", NGX_CHAT_CODE_INVALID_TEXT);
    sends("\\ud83f\\udfff", NGX_CHAT_CODE_INVALID_TEXT);
    sends("a\\u0000b", NGX_CHAT_CODE_INVALID_TEXT);
    sends("\\u0000", NGX_CHAT_CODE_INVALID_TEXT);
    sends("\\u0001", NGX_CHAT_CODE_INVALID_TEXT);
    sends("\\r", NGX_CHAT_CODE_INVALID_TEXT);
    sends("\x7f", NGX_CHAT_CODE_INVALID_TEXT);
    sends("\\u0085", NGX_CHAT_CODE_INVALID_TEXT);

    t = str_repeat("\xcc\x80", 4000);
    assert_int_equal(send_text(&t, &cmd), NGX_CHAT_CODE_INVALID_TEXT);
    assert_string_equal(cmd.field, "text");
    assert_non_null(strstr(cmd.why, "combining"));
    ngx_chat_proto_release(&cmd);
    str_free(&t);
}


static void
test_U9_byte_order_mark(void **state)
{
    (void) state;

    bad("\xef\xbb\xbf{\"op\":\"ping\"}", NULL);
}


static void
test_U11_bidi_controls_stay_in_texts(void **state)
{
    (void) state;

    sends("\xe2\x80\xae", NGX_CHAT_CODE_OK);
    sends("\\u2066x\\u2069", NGX_CHAT_CODE_OK);
}


static void
test_U13_lone_surrogates(void **state)
{
    (void) state;

    sends("\\ud800", NGX_CHAT_CODE_BAD_REQUEST);
    sends("\\udc00\\ud800", NGX_CHAT_CODE_BAD_REQUEST);
    sends("\\ud83d\\ude00", NGX_CHAT_CODE_OK);
}


static void
test_N1_N2_N4_N5_rooms(void **state)
{
    char                      text[64];
    unsigned                  i;
    static const char *const  rooms[] = {
        "", " ", "a b", "\\u0000", "a\\u0000", "a\\u0001", "\\u0020",
        "a\\u007f", "\xc3\xa9", "{a}", "}{", "a:b", "a/b", "../x", ".", "..",
        "-x", "a\\r\\nFLUSHALL", "@bob", "~raw", "__proto__"
    };

    (void) state;

    for (i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
        snprintf(text, sizeof(text), "{\"op\":\"leave\",\"room\":\"%s\"}",
                 rooms[i]);
        refuses(text, NGX_CHAT_CODE_INVALID_NAME, "room");
    }

    takes("{\"op\":\"leave\",\"room\":\"0123456789012345678901234567890123456"
          "789012345678901234567890123\"}");
    refuses("{\"op\":\"leave\",\"room\":\"01234567890123456789012345678901234"
            "56789012345678901234567890123z\"}",
            NGX_CHAT_CODE_INVALID_NAME, "room");
    takes("{\"op\":\"leave\",\"room\":\"constructor\"}");
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_J1_not_json),
        cmocka_unit_test(test_J2_no_object),
        cmocka_unit_test(test_J3_depth),
        cmocka_unit_test(test_J4_J18_keys),
        cmocka_unit_test(test_J6_J9_other_fields_are_ignored),
        cmocka_unit_test(test_J7_missing_or_wrong_types),
        cmocka_unit_test(test_J8_cid),
        cmocka_unit_test(test_J10_integers),
        cmocka_unit_test(test_J20_limits),
        cmocka_unit_test(test_J17_length_after_decoding),
        cmocka_unit_test(test_J27_object_as_text),
        cmocka_unit_test(test_J28_reference_to_any_number),
        cmocka_unit_test(test_U1_U2_U3_bytes_that_are_no_utf8),
        cmocka_unit_test(test_U7_U8_U10_texts),
        cmocka_unit_test(test_U9_byte_order_mark),
        cmocka_unit_test(test_U11_bidi_controls_stay_in_texts),
        cmocka_unit_test(test_U13_lone_surrogates),
        cmocka_unit_test(test_N1_N2_N4_N5_rooms),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
