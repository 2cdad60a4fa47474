
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Commands from JSON: the fields of each op, and memory that fails.
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

#include "proto_command.h"


static int  allocations, fail_at;


static void *
failing_malloc(size_t size)
{
    allocations++;

    return (allocations == fail_at) ? NULL : malloc(size);
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
test_send_sealed(void **state)
{
    size_t               n, head;
    char                *text;
    ngx_chat_command_t   cmd;

    const char  *begin = "{\"op\":\"send\",\"room\":\"r\",\"enc\":\"x\","
                         "\"data\":\"";

    (void) state;

    assert_int_equal(parse(&cmd, "{\"op\":\"send\",\"room\":\"r\",\"re\":1,"
                                 "\"data\":\"AZaz09_-\","
                                 "\"enc\":\"chat-e2e/1\"}"),
                     NGX_CHAT_CODE_OK);
    assert_true(str_is(&cmd.data, "AZaz09_-"));
    assert_true(str_is(&cmd.enc, "chat-e2e/1"));
    assert_null(cmd.text.data);
    ngx_chat_proto_release(&cmd);

#define SAID(rest)  "{\"op\":\"send\",\"room\":\"r\"" rest "}"

    bad(SAID(""), "text");
    bad(SAID(",\"data\":\"A\""), "enc");
    bad(SAID(",\"enc\":\"x\""), "enc");
    bad(SAID(",\"text\":\"t\",\"data\":\"A\",\"enc\":\"x\""), "text");
    bad(SAID(",\"text\":\"t\",\"data\":\"A\""), "text");
    bad(SAID(",\"text\":\"t\",\"enc\":\"x\""), "text");
    bad(SAID(",\"data\":\"\",\"enc\":\"x\""), "data");
    bad(SAID(",\"data\":\"A=\",\"enc\":\"x\""), "data");
    bad(SAID(",\"data\":\"A+\",\"enc\":\"x\""), "data");
    bad(SAID(",\"data\":\"A\\u0000\",\"enc\":\"x\""), "data");
    bad(SAID(",\"data\":1,\"enc\":\"x\""), "data");
    bad(SAID(",\"data\":null,\"enc\":\"x\""), "data");
    bad(SAID(",\"data\":\"A\",\"enc\":\"\""), "enc");
    bad(SAID(",\"data\":\"A\",\"enc\":\"x y\""), "enc");
    bad(SAID(",\"data\":\"A\",\"enc\":\"/x\""), "enc");
    bad(SAID(",\"data\":\"A\",\"enc\":{}"), "enc");
    bad(SAID(",\"data\":\"A\","
             "\"enc\":\"x123456789012345678901234567890123\""), "enc");

    /* texts have their limit in code points, and this has one made of it */

    n = NGX_CHAT_PROTO_DATA_MAX(NGX_CHAT_TEXT_MAX);
    head = strlen(begin);
    text = malloc(head + n + 4);
    assert_non_null(text);
    memcpy(text, begin, head);
    memset(text + head, 'A', n + 1);
    memcpy(text + head + n, "\"}", 3);
    assert_int_equal(parse(&cmd, text), NGX_CHAT_CODE_OK);
    assert_int_equal(cmd.data.len, n);
    ngx_chat_proto_release(&cmd);

    memcpy(text + head + n, "A\"}", 4);
    refuses(text, NGX_CHAT_CODE_TOO_LARGE, "data");
    free(text);
}


static void
test_edit_delete(void **state)
{
    ngx_chat_command_t  cmd;

    (void) state;

    assert_int_equal(parse(&cmd, "{\"op\":\"edit\",\"room\":\"r\",\"ref\":7,"
                                 "\"cid\":\"c\",\"text\":\"t\",\"re\":1}"),
                     NGX_CHAT_CODE_OK);
    assert_int_equal(cmd.op, NGX_CHAT_OP_EDIT);
    assert_int_equal(cmd.ref, 7);
    assert_int_equal(cmd.re, -1);
    assert_true(str_is(&cmd.cid, "c"));
    assert_true(str_is(&cmd.text, "t"));
    ngx_chat_proto_release(&cmd);

    assert_int_equal(parse(&cmd, "{\"op\":\"delete\",\"room\":\"r\","
                                 "\"ref\":9007199254740992,"
                                 "\"reason\":\"spam\",\"text\":\"\"}"),
                     NGX_CHAT_CODE_OK);
    assert_int_equal(cmd.op, NGX_CHAT_OP_DELETE);
    assert_int_equal(cmd.ref, 9007199254740992);
    assert_true(str_is(&cmd.reason, "spam"));
    assert_null(cmd.text.data);
    ngx_chat_proto_release(&cmd);

#define EDIT(rest)    "{\"op\":\"edit\",\"room\":\"r\"" rest "}"
#define DELETE(rest)  "{\"op\":\"delete\",\"room\":\"r\"" rest "}"

    takes(EDIT(",\"ref\":1,\"data\":\"A\",\"enc\":\"x\""));
    bad(EDIT(",\"text\":\"t\""), "ref");
    bad(EDIT(",\"ref\":0,\"text\":\"t\""), "ref");
    bad(EDIT(",\"ref\":1.5,\"text\":\"t\""), "ref");
    bad(EDIT(",\"ref\":9007199254740993,\"text\":\"t\""), "ref");
    bad(EDIT(",\"ref\":1"), "text");
    bad(EDIT(",\"ref\":1,\"text\":\"\""), "text");
    bad(EDIT(",\"ref\":1,\"text\":\"t\",\"data\":\"A\",\"enc\":\"x\""),
        "text");
    bad(DELETE(""), "ref");
    bad(DELETE(",\"ref\":\"1\""), "ref");
    bad(DELETE(",\"ref\":1,\"cid\":\"a b\""), "cid");
    bad(DELETE(",\"ref\":1,\"reason\":\"\""), "reason");
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
    takes("{\"op\":\"join\",\"room\":\"r\",\"after\":0,\"epoch\":\"e\"}");
    takes("{\"op\":\"join\",\"room\":\"r\",\"before\":{},\"after\":9,"
          "\"epoch\":\"e\"}");
    bad("{\"op\":\"join\",\"room\":\"r\",\"after\":0}", "epoch");
    bad("{\"op\":\"join\",\"room\":\"r\",\"after\":120,\"limit\":5}", "epoch");
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
test_auth(void **state)
{
    ngx_chat_command_t  cmd;

    (void) state;

    assert_int_equal(parse(&cmd, "{\"op\":\"auth\",\"id\":3,"
                                 "\"token\":\"a.b.c\"}"),
                     NGX_CHAT_CODE_OK);
    assert_int_equal(cmd.op, NGX_CHAT_OP_AUTH);
    assert_int_equal(cmd.id, 3);
    assert_true(str_is(&cmd.token, "a.b.c"));
    ngx_chat_proto_release(&cmd);

    takes("{\"op\":\"auth\",\"token\":\"\"}");
    bad("{\"op\":\"auth\"}", "token");
    bad("{\"op\":\"auth\",\"token\":7}", "token");
    bad("{\"op\":\"auth\",\"token\":null}", "token");
    bad("{\"op\":\"auth\",\"token\":\"a\\u0000b\"}", "token");
}


static void
test_history(void **state)
{
    ngx_chat_command_t  cmd;

    (void) state;

    assert_int_equal(parse(&cmd, "{\"op\":\"history\",\"id\":8,"
                                 "\"room\":\"r\",\"before\":120,"
                                 "\"limit\":10,\"epoch\":\"k3F9\"}"),
                     NGX_CHAT_CODE_OK);
    assert_int_equal(cmd.op, NGX_CHAT_OP_HISTORY);
    assert_int_equal(cmd.id, 8);
    assert_true(str_is(&cmd.room, "r"));
    assert_int_equal(cmd.before, 120);
    assert_int_equal(cmd.after, -1);
    assert_int_equal(cmd.limit, 10);
    assert_true(str_is(&cmd.epoch, "k3F9"));
    ngx_chat_proto_release(&cmd);

    assert_int_equal(parse(&cmd, "{\"op\":\"history\",\"room\":\"r\","
                                 "\"after\":9007199254740992}"),
                     NGX_CHAT_CODE_OK);
    assert_int_equal(cmd.before, -1);
    assert_true(cmd.after == 9007199254740992);
    assert_int_equal(cmd.limit, -1);
    assert_null(cmd.epoch.data);
    ngx_chat_proto_release(&cmd);

    assert_int_equal(parse(&cmd, "{\"op\":\"history\",\"room\":\"r\"}"),
                     NGX_CHAT_CODE_OK);
    assert_int_equal(cmd.before, -1);
    assert_int_equal(cmd.after, -1);
    ngx_chat_proto_release(&cmd);

    takes("{\"op\":\"history\",\"room\":\"r\",\"before\":0}");
    takes("{\"op\":\"history\",\"room\":\"r\",\"after\":0,\"limit\":0}");
    takes("{\"op\":\"history\",\"room\":\"r\",\"epoch\":\"e\"}");
    bad("{\"op\":\"history\"}", "room");
    bad("{\"op\":\"history\",\"room\":\"r\",\"before\":\"5\"}", "before");
    bad("{\"op\":\"history\",\"room\":\"r\",\"before\":-1}", "before");
    bad("{\"op\":\"history\",\"room\":\"r\",\"before\":9007199254740993}",
        "before");
    bad("{\"op\":\"history\",\"room\":\"r\",\"after\":1.5}", "after");
    bad("{\"op\":\"history\",\"room\":\"r\",\"limit\":-1}", "limit");
    bad("{\"op\":\"history\",\"room\":\"r\",\"epoch\":\"\"}", "epoch");
    bad("{\"op\":\"history\",\"room\":\"r\",\"epoch\":\"0123456789abcdefg\"}",
        "epoch");

    assert_int_equal(parse(&cmd, "{\"op\":\"history\",\"id\":9,"
                                 "\"room\":\"r\",\"before\":5,\"after\":5}"),
                     NGX_CHAT_CODE_BAD_REQUEST);
    assert_int_equal(cmd.id, 9);
    assert_string_equal(cmd.field, "before");
    assert_non_null(strstr(cmd.why, "\"before\""));
    assert_non_null(strstr(cmd.why, "\"after\""));
    ngx_chat_proto_release(&cmd);
}


static void
test_a_command_of_no_fields(void **state)
{
    ngx_chat_command_t  cmd;

    (void) state;

    memset(&cmd, 0xff, sizeof(cmd));
    ngx_chat_proto_init(&cmd);
    assert_int_equal(cmd.op, NGX_CHAT_OP_NONE);
    assert_int_equal(cmd.id, 0);
    assert_int_equal(cmd.before, -1);
    assert_int_equal(cmd.after, -1);
    assert_int_equal(cmd.limit, -1);
    assert_int_equal(cmd.re, -1);
    assert_int_equal(cmd.t, -1);
    assert_int_equal(cmd.presence, 1);
    assert_int_equal(cmd.on, 1);
    assert_null(cmd.epoch.data);
    ngx_chat_proto_release(&cmd);
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
    refuses("{\"op\":\"histor\"}", NGX_CHAT_CODE_UNKNOWN_OP, "op");
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
each_allocation_failed_once(const char *text)
{
    cJSON_Hooks         hooks = { failing_malloc, free };
    ngx_chat_code_e     rc;
    ngx_chat_command_t  cmd;

    cJSON_InitHooks(&hooks);
    fail_at = 0;

    do {
        fail_at++;
        allocations = 0;
        rc = parse(&cmd, text);
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
test_each_allocation_failed_once(void **state)
{
    (void) state;

    each_allocation_failed_once("{\"op\":\"send\",\"room\":\"r\","
                                "\"text\":\"t\",\"x\":[1,\"a\"],"
                                "\"meta\":{\"k\":\"v\"}}");
    each_allocation_failed_once("{\"op\":\"join\",\"room\":\"r\","
                                "\"after\":5,\"epoch\":\"e\",\"limit\":1}");
    each_allocation_failed_once("{\"op\":\"history\",\"room\":\"r\","
                                "\"before\":5,\"epoch\":\"e\",\"limit\":1}");
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
        cmocka_unit_test(test_send_sealed),
        cmocka_unit_test(test_edit_delete),
        cmocka_unit_test(test_join),
        cmocka_unit_test(test_auth),
        cmocka_unit_test(test_history),
        cmocka_unit_test(test_a_command_of_no_fields),
        cmocka_unit_test(test_leave_who_typing_ping),
        cmocka_unit_test(test_the_id_of_a_fault),
        cmocka_unit_test(test_unknown_ops),
        cmocka_unit_test(test_meta),
        cmocka_unit_test(test_each_allocation_failed_once),
        cmocka_unit_test(test_cut_short_at_each_byte),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
