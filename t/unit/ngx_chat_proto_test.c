
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Commands from JSON: what is taken, and which code answers the rest.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cjson/cJSON.h>

#include "chat_str.h"
#include "ngx_chat_proto.h"


static int  allocations, fail_at;


static void *
failing_malloc(size_t size)
{
    allocations++;

    return (allocations == fail_at) ? NULL : malloc(size);
}


/* Parses a copy in memory of just its size. */

static ngx_chat_code_e
parse_str(ngx_chat_command_t *cmd, const ngx_chat_str_t *text)
{
    ngx_chat_str_t   exact;
    ngx_chat_code_e  rc;

    exact = str_exact(text);
    rc = ngx_chat_proto_parse(cmd, exact.data, exact.len);
    str_free(&exact);

    return rc;
}


static ngx_chat_code_e
parse(ngx_chat_command_t *cmd, const char *text)
{
    ngx_chat_str_t  s;

    s = str(text);

    return parse_str(cmd, &s);
}


/* The code, and that the fault names its field (NULL: none). */

static void
refuses(const char *text, ngx_chat_code_e want, const char *field)
{
    char                quoted[40];
    ngx_chat_code_e     rc;
    ngx_chat_command_t  cmd;

    rc = parse(&cmd, text);

    if (rc != want) {
        fail_msg("%s: %s", text, ngx_chat_proto_code(rc)->name);
    }

    if (field == NULL) {
        assert_null(cmd.field);

    } else {
        assert_non_null(cmd.field);
        assert_string_equal(cmd.field, field);

        if (strcmp(field, "text") != 0 && want != NGX_CHAT_CODE_UNKNOWN_OP) {
            snprintf(quoted, sizeof(quoted), "\"%s\"", field);
            assert_non_null(cmd.why);
            assert_non_null(strstr(cmd.why, quoted));
        }
    }

    if (want == NGX_CHAT_CODE_BAD_REQUEST) {
        assert_non_null(cmd.why);
    }

    ngx_chat_proto_release(&cmd);
    assert_null(cmd.tree);
}


static void
bad(const char *text, const char *field)
{
    refuses(text, NGX_CHAT_CODE_BAD_REQUEST, field);
}


static void
takes(const char *text)
{
    ngx_chat_code_e     rc;
    ngx_chat_command_t  cmd;

    rc = parse(&cmd, text);

    if (rc != NGX_CHAT_CODE_OK) {
        fail_msg("%s: %s", text, ngx_chat_proto_code(rc)->name);
    }

    assert_null(cmd.field);
    assert_null(cmd.why);
    ngx_chat_proto_release(&cmd);
}


/* A send with this text as a JSON string. */

static ngx_chat_code_e
send_text(const ngx_chat_str_t *text, ngx_chat_command_t *cmd)
{
    size_t             n;
    char              *p;
    ngx_chat_str_t     s;
    ngx_chat_code_e    rc;
    static const char  head[] = "{\"op\":\"send\",\"room\":\"r\",\"text\":\"";

    n = sizeof(head) - 1 + text->len + 2;
    p = malloc(n);
    assert_non_null(p);
    memcpy(p, head, sizeof(head) - 1);
    memcpy(p + sizeof(head) - 1, text->data, text->len);
    memcpy(p + n - 2, "\"}", 2);

    s = str_of(p, n);
    rc = parse_str(cmd, &s);
    free(p);

    return rc;
}


static void
sends(const char *text, ngx_chat_code_e want)
{
    ngx_chat_str_t      s;
    ngx_chat_command_t  cmd;

    s = str(text);
    assert_int_equal(send_text(&s, &cmd), want);
    ngx_chat_proto_release(&cmd);
}


static void
test_send(void **state)
{
    ngx_chat_command_t  cmd;

    (void) state;

    assert_int_equal(parse(&cmd, "{\"op\":\"send\",\"id\":7,\"room\":\"lobby\","
                                 "\"cid\":\"c-1\",\"text\":\"h\\u00e9\\n\","
                                 "\"re\":12,\"meta\":{ \"k\" : [ 1.50 ] }}"),
                     NGX_CHAT_CODE_OK);
    assert_int_equal(cmd.op, NGX_CHAT_OP_SEND);
    assert_int_equal(cmd.id, 7);
    assert_true(str_is(&cmd.room, "lobby"));
    assert_true(str_is(&cmd.cid, "c-1"));
    assert_true(str_is(&cmd.text, "h\xc3\xa9\n"));
    assert_int_equal(cmd.re, 12);
    assert_true(str_is(&cmd.meta, "{\"k\":[1.50]}"));
    assert_int_equal(cmd.after, -1);
    ngx_chat_proto_release(&cmd);

    assert_int_equal(parse(&cmd, "{\"text\":\"x\",\"room\":\"r\","
                                 "\"op\":\"send\"}"),
                     NGX_CHAT_CODE_OK);
    assert_int_equal(cmd.id, 0);
    assert_int_equal(cmd.re, -1);
    assert_null(cmd.cid.data);
    assert_null(cmd.meta.data);
    ngx_chat_proto_release(&cmd);
}


static void
test_join(void **state)
{
    ngx_chat_command_t  cmd;

    (void) state;

    assert_int_equal(parse(&cmd, "{\"op\":\"join\",\"room\":\"r\","
                                 "\"after\":120,\"epoch\":\"k3F9\","
                                 "\"limit\":10,\"presence\":false}"),
                     NGX_CHAT_CODE_OK);
    assert_int_equal(cmd.op, NGX_CHAT_OP_JOIN);
    assert_int_equal(cmd.after, 120);
    assert_true(str_is(&cmd.epoch, "k3F9"));
    assert_int_equal(cmd.limit, 10);
    assert_int_equal(cmd.presence, 0);
    ngx_chat_proto_release(&cmd);

    assert_int_equal(parse(&cmd, "{\"op\":\"join\",\"room\":\"r\"}"),
                     NGX_CHAT_CODE_OK);
    assert_int_equal(cmd.after, -1);
    assert_int_equal(cmd.limit, -1);
    assert_null(cmd.epoch.data);
    assert_int_equal(cmd.presence, 1);
    ngx_chat_proto_release(&cmd);

    takes("{\"op\":\"join\",\"room\":\"r\",\"presence\":true}");
    takes("{\"op\":\"join\",\"room\":\"r\",\"after\":0}");
    bad("{\"op\":\"join\",\"room\":\"r\",\"presence\":1}", "presence");
    bad("{\"op\":\"join\",\"room\":\"r\",\"presence\":null}", "presence");
    bad("{\"op\":\"join\",\"room\":\"r\",\"epoch\":\"\"}", "epoch");
    bad("{\"op\":\"join\",\"room\":\"r\",\"epoch\":5}", "epoch");
    bad("{\"op\":\"join\",\"room\":\"r\",\"epoch\":\"e-e\"}", "epoch");
    bad("{\"op\":\"join\",\"room\":\"r\",\"epoch\":\"e[\"}", "epoch");
    bad("{\"op\":\"join\",\"room\":\"r\",\"epoch\":\"e{\"}", "epoch");
    bad("{\"op\":\"join\",\"room\":\"r\",\"epoch\":\"e:\"}", "epoch");
    bad("{\"op\":\"join\",\"room\":\"r\",\"epoch\":\"e\\u0000\"}", "epoch");
    bad("{\"op\":\"join\",\"room\":\"r\","
        "\"epoch\":\"0123456789abcdefg\"}", "epoch");
    takes("{\"op\":\"join\",\"room\":\"r\",\"epoch\":\"0123456789abCDef\"}");
}


static void
test_leave_who_typing_ping(void **state)
{
    ngx_chat_command_t  cmd;

    (void) state;

    assert_int_equal(parse(&cmd, "{\"op\":\"leave\",\"room\":\"r\"}"),
                     NGX_CHAT_CODE_OK);
    assert_int_equal(cmd.op, NGX_CHAT_OP_LEAVE);
    ngx_chat_proto_release(&cmd);

    assert_int_equal(parse(&cmd, "{\"op\":\"who\",\"room\":\"r\","
                                 "\"after\":\"bob\",\"limit\":5}"),
                     NGX_CHAT_CODE_OK);
    assert_int_equal(cmd.op, NGX_CHAT_OP_WHO);
    assert_true(str_is(&cmd.after_user, "bob"));
    assert_int_equal(cmd.limit, 5);
    assert_int_equal(cmd.after, -1);
    ngx_chat_proto_release(&cmd);

    bad("{\"op\":\"who\",\"room\":\"r\",\"after\":5}", "after");
    bad("{\"op\":\"who\",\"room\":\"r\",\"after\":\"\"}", "after");
    bad("{\"op\":\"who\",\"room\":\"r\",\"after\":\"a\\u0000\"}", "after");

    assert_int_equal(parse(&cmd, "{\"op\":\"typing\",\"room\":\"r\"}"),
                     NGX_CHAT_CODE_OK);
    assert_int_equal(cmd.op, NGX_CHAT_OP_TYPING);
    assert_int_equal(cmd.on, 1);
    ngx_chat_proto_release(&cmd);

    assert_int_equal(parse(&cmd, "{\"op\":\"typing\",\"room\":\"r\","
                                 "\"on\":false}"),
                     NGX_CHAT_CODE_OK);
    assert_int_equal(cmd.on, 0);
    ngx_chat_proto_release(&cmd);

    takes("{\"op\":\"typing\",\"room\":\"r\",\"on\":true}");
    bad("{\"op\":\"typing\",\"room\":\"r\",\"on\":\"yes\"}", "on");

    assert_int_equal(parse(&cmd, "{\"op\":\"ping\",\"id\":1,\"t\":123}"),
                     NGX_CHAT_CODE_OK);
    assert_int_equal(cmd.op, NGX_CHAT_OP_PING);
    assert_int_equal(cmd.t, 123);
    ngx_chat_proto_release(&cmd);

    takes("{\"op\":\"ping\"}");
    takes("{\"op\":\"ping\",\"room\":5}");
    bad("{\"op\":\"ping\",\"t\":-1}", "t");
}


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
test_the_id_of_a_fault(void **state)
{
    ngx_chat_command_t  cmd;

    (void) state;

    assert_int_equal(parse(&cmd, "{\"op\":\"join\",\"id\":77}"),
                     NGX_CHAT_CODE_BAD_REQUEST);
    assert_int_equal(cmd.id, 77);
    ngx_chat_proto_release(&cmd);

    assert_int_equal(parse(&cmd, "{\"op\":\"fly\",\"id\":78}"),
                     NGX_CHAT_CODE_UNKNOWN_OP);
    assert_int_equal(cmd.id, 78);
    assert_int_equal(cmd.op, NGX_CHAT_OP_NONE);
    ngx_chat_proto_release(&cmd);

    assert_int_equal(parse(&cmd, "{\"op\":\"ping\",\"id\":-5}"),
                     NGX_CHAT_CODE_BAD_REQUEST);
    assert_int_equal(cmd.id, 0);
    ngx_chat_proto_release(&cmd);
}


static void
test_unknown_ops(void **state)
{
    (void) state;

    refuses("{\"op\":\"\"}", NGX_CHAT_CODE_UNKNOWN_OP, "op");
    refuses("{\"op\":\"SEND\"}", NGX_CHAT_CODE_UNKNOWN_OP, "op");
    refuses("{\"op\":\"pin\"}", NGX_CHAT_CODE_UNKNOWN_OP, "op");
    refuses("{\"op\":\"ping\\u0000\"}", NGX_CHAT_CODE_UNKNOWN_OP, "op");
    refuses("{\"op\":\"history\"}", NGX_CHAT_CODE_UNKNOWN_OP, "op");
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


static void
test_meta(void **state)
{
    char                text[2048], meta[1100];
    size_t              n;
    ngx_chat_command_t  cmd;
    static const char   head[] = "{\"op\":\"send\",\"room\":\"r\","
                                 "\"text\":\"t\",\"meta\":";

    (void) state;

    bad("{\"op\":\"send\",\"room\":\"r\",\"text\":\"t\",\"meta\":[]}", "meta");
    bad("{\"op\":\"send\",\"room\":\"r\",\"text\":\"t\",\"meta\":\"m\"}",
        "meta");
    bad("{\"op\":\"send\",\"room\":\"r\",\"text\":\"t\","
        "\"meta\":{\"a\":\"\\u0000\"}}", "meta");

    snprintf(text, sizeof(text), "%s{}}", head);
    assert_int_equal(parse(&cmd, text), NGX_CHAT_CODE_OK);
    assert_true(str_is(&cmd.meta, "{}"));
    ngx_chat_proto_release(&cmd);

    /* what was written stays: digits, escapes, order */

    snprintf(text, sizeof(text), "%s{\"z\":1e400, \"a\":0.10,"
             " \"\\u0061b\": \"\\u00e9 \\\" \\\\\"}}", head);
    assert_int_equal(parse(&cmd, text), NGX_CHAT_CODE_OK);
    assert_true(str_is(&cmd.meta, "{\"z\":1e400,\"a\":0.10,"
                                  "\"\\u0061b\":\"\\u00e9 \\\" \\\\\"}"));
    ngx_chat_proto_release(&cmd);

    for (n = 1023; n <= 1025; n++) {
        memset(meta, 'x', n);
        memcpy(meta, "{\"a\":\"", 6);
        memcpy(meta + n - 2, "\"}", 3);
        snprintf(text, sizeof(text), "%s   %s   }", head, meta);

        if (n <= 1024) {
            assert_int_equal(parse(&cmd, text), NGX_CHAT_CODE_OK);
            assert_int_equal(cmd.meta.len, n);
            assert_memory_equal(cmd.meta.data, meta, n);
            ngx_chat_proto_release(&cmd);

        } else {
            refuses(text, NGX_CHAT_CODE_TOO_LARGE, "meta");
        }
    }
}


static void
test_each_allocation_failed_once(void **state)
{
    cJSON_Hooks         hooks = { failing_malloc, free };
    ngx_chat_code_e     rc;
    ngx_chat_command_t  cmd;

    (void) state;

    cJSON_InitHooks(&hooks);
    fail_at = 0;

    do {
        fail_at++;
        allocations = 0;
        rc = parse(&cmd, "{\"op\":\"send\",\"room\":\"r\",\"text\":\"t\","
                         "\"x\":[1,\"a\"],\"meta\":{\"k\":\"v\"}}");
        ngx_chat_proto_release(&cmd);

        if (allocations >= fail_at) {
            assert_int_equal(rc, NGX_CHAT_CODE_INTERNAL);
        }

    } while (allocations >= fail_at);

    assert_int_equal(rc, NGX_CHAT_CODE_OK);
    assert_in_range(fail_at, 10, 40);
    cJSON_InitHooks(NULL);
}


static void
test_cut_short_at_each_byte(void **state)
{
    size_t              n;
    ngx_chat_str_t      whole, part;
    ngx_chat_command_t  cmd;

    (void) state;

    whole = str("{\"op\":\"send\",\"id\":12,\"room\":\"r\",\"cid\":\"c\","
                "\"text\":\"\\ud83d\\ude00\xc3\xa9\",\"meta\":{\"a\":[1]}}");

    for (n = 0; n < whole.len; n++) {
        part = str_of(whole.data, n);
        assert_int_equal(parse_str(&cmd, &part), NGX_CHAT_CODE_BAD_REQUEST);
        ngx_chat_proto_release(&cmd);
    }

    assert_int_equal(parse_str(&cmd, &whole), NGX_CHAT_CODE_OK);
    ngx_chat_proto_release(&cmd);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_send),
        cmocka_unit_test(test_join),
        cmocka_unit_test(test_leave_who_typing_ping),
        cmocka_unit_test(test_J1_not_json),
        cmocka_unit_test(test_J2_no_object),
        cmocka_unit_test(test_J3_depth),
        cmocka_unit_test(test_J4_J18_keys),
        cmocka_unit_test(test_J6_J9_other_fields_are_ignored),
        cmocka_unit_test(test_J7_missing_or_wrong_types),
        cmocka_unit_test(test_J8_cid),
        cmocka_unit_test(test_J10_integers),
        cmocka_unit_test(test_J20_limits),
        cmocka_unit_test(test_the_id_of_a_fault),
        cmocka_unit_test(test_unknown_ops),
        cmocka_unit_test(test_J17_length_after_decoding),
        cmocka_unit_test(test_J27_object_as_text),
        cmocka_unit_test(test_J28_reference_to_any_number),
        cmocka_unit_test(test_U1_U2_U3_bytes_that_are_no_utf8),
        cmocka_unit_test(test_U7_U8_U10_texts),
        cmocka_unit_test(test_U9_byte_order_mark),
        cmocka_unit_test(test_U11_bidi_controls_stay_in_texts),
        cmocka_unit_test(test_U13_lone_surrogates),
        cmocka_unit_test(test_N1_N2_N4_N5_rooms),
        cmocka_unit_test(test_meta),
        cmocka_unit_test(test_each_allocation_failed_once),
        cmocka_unit_test(test_cut_short_at_each_byte),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
