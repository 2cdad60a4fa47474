
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Answers and events to JSON, into buffers of any size.
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
#include "ngx_chat_json.h"
#include "ngx_chat_proto.h"


typedef size_t (*writer_pt)(unsigned char *buf, size_t size);


static ngx_chat_wire_t    rec;
static ngx_chat_joined_t  view;
static ngx_chat_user_t    users[2];


/*
 * The text itself, that it is strict JSON, that cJSON reads it, and that every
 * smaller buffer gets the same length and no byte more than fits.
 */

static void
writes(writer_pt write, const char *want)
{
    cJSON            *tree;
    size_t            size, need;
    unsigned char    *buf;
    ngx_chat_json_t   json;

    need = write(NULL, 0);
    assert_int_equal(need, strlen(want));

    for (size = 0; size <= need; size++) {
        buf = malloc(size + (size == 0));
        assert_non_null(buf);
        assert_int_equal(write(buf, size), need);

        if (size == need) {
            assert_memory_equal(buf, want, need);
        }

        free(buf);
    }

    assert_int_equal(ngx_chat_json_scan(&json, (const unsigned char *) want,
                                        need),
                     NGX_CHAT_JSON_OK);
    assert_true(json.object);

    tree = cJSON_Parse(want);
    assert_non_null(tree);
    cJSON_Delete(tree);
}


static int
setup(void **state)
{
    (void) state;

    memset(&rec, 0, sizeof(rec));
    memset(&view, 0, sizeof(view));

    rec.kind = NGX_CHAT_WIRE_MESSAGE;
    rec.room = str("lobby");
    rec.seq = 42;
    rec.prev = 41;
    rec.time = 1790000000123;
    rec.epoch = str("k3f9");
    rec.user = str("ann");
    rec.name = str("Ann \"A\"");
    rec.body = str("hi\n\xe2\x80\xa8");

    users[0].id = str("ann");
    users[0].name = str("Ann");
    users[1].id = str("g-1");
    users[1].name = str("J\xc3\xbcrgen\\");

    view.room = str("lobby");
    view.epoch = str("k3f9");
    view.top = 42;
    view.floor = 1;
    view.recovered = 1;
    view.presence = 1;
    view.list = 1;
    view.count = 2;
    view.users = users;
    view.nusers = 2;

    return 0;
}


static size_t
message(unsigned char *buf, size_t size)
{
    return ngx_chat_proto_message(buf, size, &rec);
}


static size_t
typing(unsigned char *buf, size_t size)
{
    return ngx_chat_proto_typing(buf, size, &rec);
}


static size_t
presence(unsigned char *buf, size_t size)
{
    return ngx_chat_proto_presence(buf, size, &view, users, 2);
}


static size_t
presence_none(unsigned char *buf, size_t size)
{
    return ngx_chat_proto_presence(buf, size, &view, NULL, 0);
}


static size_t
joined_self(unsigned char *buf, size_t size)
{
    return ngx_chat_proto_self(buf, size, "joined", &view.room, "asked");
}


static size_t
resync(unsigned char *buf, size_t size)
{
    return ngx_chat_proto_resync(buf, size, &view);
}


static size_t
heartbeat(unsigned char *buf, size_t size)
{
    return ngx_chat_proto_heartbeat(buf, size, 1790000000123);
}


static size_t
drain(unsigned char *buf, size_t size)
{
    return ngx_chat_proto_drain(buf, size, 1500);
}


static size_t
ok(unsigned char *buf, size_t size)
{
    return ngx_chat_proto_ok(buf, size, 7);
}


static size_t
ok_send(unsigned char *buf, size_t size)
{
    return ngx_chat_proto_ok_send(buf, size, 9007199254740992, &rec);
}


static size_t
ok_join(unsigned char *buf, size_t size)
{
    return ngx_chat_proto_ok_join(buf, size, 7, &view);
}


static size_t
joined(unsigned char *buf, size_t size)
{
    return ngx_chat_proto_ok_join(buf, size, 0, &view);
}


static size_t
ok_who(unsigned char *buf, size_t size)
{
    return ngx_chat_proto_ok_who(buf, size, 7, &view);
}


static size_t
ok_ping(unsigned char *buf, size_t size)
{
    return ngx_chat_proto_ok_ping(buf, size, 7, 0, 9);
}


static size_t
ok_ping_without(unsigned char *buf, size_t size)
{
    return ngx_chat_proto_ok_ping(buf, size, 7, -1, 9);
}


static void
test_message(void **state)
{
    (void) state;

    writes(message, "{\"ev\":\"message\",\"room\":\"lobby\",\"seq\":42,"
           "\"prev\":41,\"time\":1790000000123,\"from\":{\"id\":\"ann\","
           "\"name\":\"Ann \\\"A\\\"\"},\"text\":\"hi\\n\\u2028\"}");

    rec.role = str("owner");
    rec.cid = str("c-1");
    rec.re = 9007199254740992;
    rec.meta = str("{\"a\":[1.50]}");
    rec.body = str("");

    writes(message, "{\"ev\":\"message\",\"room\":\"lobby\",\"seq\":42,"
           "\"prev\":41,\"time\":1790000000123,\"from\":{\"id\":\"ann\","
           "\"name\":\"Ann \\\"A\\\"\",\"role\":\"owner\"},\"cid\":\"c-1\","
           "\"text\":\"\",\"re\":9007199254740992,\"meta\":{\"a\":[1.50]}}");
}


static void
test_message_text_comes_back(void **state)
{
    cJSON                *tree;
    size_t                n;
    unsigned char         buf[1024];
    ngx_chat_str_t        text;

    (void) state;

    text = str("\x01\x1f\"\\/\b\f\n\r\t \x7f\xc3\xa9\xe2\x80\xa7\xe2\x80\xa9"
               "\xf0\x9f\x98\x80</script>");
    rec.body = text;
    n = ngx_chat_proto_message(buf, sizeof(buf), &rec);
    tree = cJSON_ParseWithLength((const char *) buf, n);
    assert_non_null(tree);
    assert_string_equal(cJSON_GetObjectItem(tree, "text")->valuestring,
                        (const char *) text.data);
    assert_string_equal(cJSON_GetObjectItem(cJSON_GetObjectItem(tree, "from"),
                                            "name")->valuestring,
                        "Ann \"A\"");
    cJSON_Delete(tree);
}


static void
test_typing(void **state)
{
    (void) state;

    rec.on = 1;
    writes(typing, "{\"ev\":\"typing\",\"room\":\"lobby\",\"user\":{\"id\":"
                   "\"ann\",\"name\":\"Ann \\\"A\\\"\"},\"on\":true}");
    rec.on = 0;
    writes(typing, "{\"ev\":\"typing\",\"room\":\"lobby\",\"user\":{\"id\":"
                   "\"ann\",\"name\":\"Ann \\\"A\\\"\"},\"on\":false}");
}


static void
test_presence(void **state)
{
    (void) state;

    writes(presence, "{\"ev\":\"presence\",\"room\":\"lobby\",\"join\":["
           "{\"id\":\"ann\",\"name\":\"Ann\"},"
           "{\"id\":\"g-1\",\"name\":\"J\xc3\xbcrgen\\\\\"}],"
           "\"leave\":[\"ann\",\"g-1\"],\"count\":2}");

    view.nusers = 0;
    view.users = NULL;
    writes(presence_none, "{\"ev\":\"presence\",\"room\":\"lobby\",\"join\":"
                          "[],\"leave\":[],\"count\":2}");

    view.list = 0;
    writes(presence, "{\"ev\":\"presence\",\"room\":\"lobby\",\"count\":2}");
}


static void
test_small_events(void **state)
{
    (void) state;

    writes(joined_self, "{\"ev\":\"joined\",\"room\":\"lobby\","
                        "\"reason\":\"asked\"}");
    writes(resync, "{\"ev\":\"resync\",\"room\":\"lobby\",\"epoch\":\"k3f9\","
                   "\"top\":42}");
    writes(heartbeat, "{\"ev\":\"heartbeat\",\"time\":1790000000123}");
    writes(drain, "{\"ev\":\"drain\",\"after\":1500}");
}


static void
test_answers(void **state)
{
    (void) state;

    writes(ok, "{\"id\":7,\"ok\":{}}");
    writes(ok_send, "{\"id\":9007199254740992,\"ok\":{\"seq\":42,"
                    "\"time\":1790000000123,\"epoch\":\"k3f9\"}}");
    writes(ok_ping, "{\"id\":7,\"ok\":{\"t\":0,\"time\":9}}");
    writes(ok_ping_without, "{\"id\":7,\"ok\":{\"time\":9}}");
    writes(ok_who, "{\"id\":7,\"ok\":{\"users\":["
           "{\"id\":\"ann\",\"name\":\"Ann\"},"
           "{\"id\":\"g-1\",\"name\":\"J\xc3\xbcrgen\\\\\"}],"
           "\"count\":2,\"more\":false}}");
    view.more = 1;
    view.nusers = 0;
    writes(ok_who, "{\"id\":7,\"ok\":{\"users\":[],\"count\":2,"
                   "\"more\":true}}");
}


static void
test_answer_to_join(void **state)
{
    (void) state;

    writes(ok_join, "{\"id\":7,\"ok\":{\"room\":\"lobby\","
           "\"epoch\":\"k3f9\",\"top\":42,\"floor\":1,\"recovered\":true,"
           "\"more\":false,\"messages\":[],\"role\":\"none\","
           "\"can\":[\"send\",\"typing\"],\"config\":{},\"count\":2,"
           "\"users\":[{\"id\":\"ann\",\"name\":\"Ann\"},"
           "{\"id\":\"g-1\",\"name\":\"J\xc3\xbcrgen\\\\\"}]}}");

    view.list = 0;
    view.recovered = 0;
    writes(ok_join, "{\"id\":7,\"ok\":{\"room\":\"lobby\","
           "\"epoch\":\"k3f9\",\"top\":42,\"floor\":1,\"recovered\":false,"
           "\"more\":false,\"messages\":[],\"role\":\"none\","
           "\"can\":[\"send\",\"typing\"],\"config\":{},\"count\":2}}");

    view.list = 1;
    view.presence = 0;
    writes(ok_join, "{\"id\":7,\"ok\":{\"room\":\"lobby\","
           "\"epoch\":\"k3f9\",\"top\":42,\"floor\":1,\"recovered\":false,"
           "\"more\":false,\"messages\":[],\"role\":\"none\","
           "\"can\":[\"send\",\"typing\"],\"config\":{}}}");

    writes(joined, "{\"ev\":\"joined\",\"reason\":\"asked\","
           "\"room\":\"lobby\",\"epoch\":\"k3f9\",\"top\":42,\"floor\":1,"
           "\"recovered\":false,\"more\":false,\"messages\":[],"
           "\"role\":\"none\",\"can\":[\"send\",\"typing\"],"
           "\"config\":{}}");
}


static ngx_chat_welcome_t  greeting;


static size_t
welcome(unsigned char *buf, size_t size)
{
    return ngx_chat_proto_welcome(buf, size, &greeting);
}


static void
test_welcome(void **state)
{
    static const char *const  features[] = { "presence", "typing", NULL };
    static const char *const  none[] = { NULL };

    (void) state;

    greeting.session = str("s-1");
    greeting.user = users[1];
    greeting.guest = 1;
    greeting.time = 1790000000123;
    greeting.heartbeat = 25;
    greeting.message_max = 16384;
    greeting.rooms_max = 100;
    greeting.features = features;
    greeting.node = str("n1");

    writes(welcome, "{\"ev\":\"welcome\",\"v\":1,\"session\":\"s-1\","
           "\"user\":{\"id\":\"g-1\",\"name\":\"J\xc3\xbcrgen\\\\\","
           "\"roles\":[],\"guest\":true},\"time\":1790000000123,"
           "\"heartbeat\":25,\"limits\":{\"message\":16384,\"rooms\":100,"
           "\"history\":0},\"features\":[\"presence\",\"typing\"],"
           "\"node\":\"n1\"}");

    greeting.guest = 0;
    greeting.features = none;
    writes(welcome, "{\"ev\":\"welcome\",\"v\":1,\"session\":\"s-1\","
           "\"user\":{\"id\":\"g-1\",\"name\":\"J\xc3\xbcrgen\\\\\","
           "\"roles\":[],\"guest\":false},\"time\":1790000000123,"
           "\"heartbeat\":25,\"limits\":{\"message\":16384,\"rooms\":100,"
           "\"history\":0},\"features\":[],\"node\":\"n1\"}");
}


static int64_t          error_id;
static ngx_chat_code_e  error_code;
static const char      *error_message;
static uint32_t         error_retry;


static size_t
error(unsigned char *buf, size_t size)
{
    ngx_chat_error_t  e;

    e.id = error_id;
    e.code = error_code;
    e.message = error_message;
    e.retry_after = error_retry;

    return ngx_chat_proto_error(buf, size, &e);
}


static void
test_errors(void **state)
{
    (void) state;

    error_id = 7;
    error_code = NGX_CHAT_CODE_RATE_LIMITED;
    error_message = "Wait.";
    error_retry = 3980;
    writes(error, "{\"id\":7,\"error\":{\"code\":\"rate_limited\","
           "\"status\":429,\"message\":\"Wait.\",\"retry_after\":3.98,"
           "\"temporary\":true}}");

    error_id = 0;
    error_code = NGX_CHAT_CODE_BAD_REQUEST;
    error_message = NULL;
    error_retry = 0;
    writes(error, "{\"ev\":\"error\",\"error\":{\"code\":\"bad_request\","
           "\"status\":400,\"message\":\"The command is malformed.\"}}");
}


static void
test_seconds(void **state)
{
    size_t  i;
    char    want[128];
    static const struct {
        uint32_t     ms;
        const char  *seconds;
    } rows[] = {
        { 1, "0.001" }, { 10, "0.01" }, { 100, "0.1" }, { 999, "0.999" },
        { 1000, "1" }, { 1001, "1.001" }, { 20500, "20.5" },
        { 4294967295u, "4294967.295" }
    };

    (void) state;

    error_id = 1;
    error_code = NGX_CHAT_CODE_FORBIDDEN;
    error_message = "m";

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        error_retry = rows[i].ms;
        snprintf(want, sizeof(want), "{\"id\":1,\"error\":{\"code\":"
                 "\"forbidden\",\"status\":403,\"message\":\"m\","
                 "\"retry_after\":%s}}", rows[i].seconds);
        writes(error, want);
    }
}


static void
test_each_code_has_its_row(void **state)
{
    unsigned                  i, j;
    const ngx_chat_code_t    *row;
    static const char *const  names[NGX_CHAT_CODE_COUNT] = {
        [NGX_CHAT_CODE_OK] = "ok",
        [NGX_CHAT_CODE_BAD_REQUEST] = "bad_request",
        [NGX_CHAT_CODE_UNKNOWN_OP] = "unknown_op",
        [NGX_CHAT_CODE_UNAUTHORIZED] = "unauthorized",
        [NGX_CHAT_CODE_FORBIDDEN] = "forbidden",
        [NGX_CHAT_CODE_NOT_MEMBER] = "not_member",
        [NGX_CHAT_CODE_TOO_MANY_ROOMS] = "too_many_rooms",
        [NGX_CHAT_CODE_TOO_LARGE] = "too_large",
        [NGX_CHAT_CODE_INVALID_TEXT] = "invalid_text",
        [NGX_CHAT_CODE_INVALID_NAME] = "invalid_name",
        [NGX_CHAT_CODE_RATE_LIMITED] = "rate_limited",
        [NGX_CHAT_CODE_INTERNAL] = "internal",
        [NGX_CHAT_CODE_UNAVAILABLE] = "unavailable"
    };

    (void) state;

    for (i = 0; i < NGX_CHAT_CODE_COUNT; i++) {
        row = ngx_chat_proto_code((ngx_chat_code_e) i);
        assert_string_equal(row->name, names[i]);
        assert_in_range(row->status, 200, 503);
        assert_int_equal(row->message[strlen(row->message) - 1], '.');

        for (j = 0; j < i; j++) {
            assert_string_not_equal(names[i], names[j]);
        }
    }
}


static unsigned  status;


static size_t
problem(unsigned char *buf, size_t size)
{
    return ngx_chat_proto_problem(buf, size, status, "forbidden",
                                  "the \"Origin\" is not allowed");
}


static void
test_problems(void **state)
{
    size_t                i;
    unsigned char         buf[256];
    static const unsigned statuses[] = {
        400, 401, 404, 405, 409, 413, 414, 415, 422, 425, 426, 429, 500, 501,
        502, 503, 504
    };

    (void) state;

    status = 403;
    writes(problem, "{\"type\":\"about:blank\",\"title\":\"Forbidden\","
           "\"status\":403,\"detail\":\"the \\\"Origin\\\" is not allowed\","
           "\"code\":\"forbidden\"}");

    status = 599;
    writes(problem, "{\"type\":\"about:blank\",\"title\":\"Error\","
           "\"status\":599,\"detail\":\"the \\\"Origin\\\" is not allowed\","
           "\"code\":\"forbidden\"}");

    for (i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        status = statuses[i];
        assert_in_range(problem(buf, sizeof(buf) - 1), 80, 200);
        buf[80] = '\0';
        assert_null(strstr((char *) buf, "\"Error\""));
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test_setup(test_message, setup),
        cmocka_unit_test_setup(test_message_text_comes_back, setup),
        cmocka_unit_test_setup(test_typing, setup),
        cmocka_unit_test_setup(test_presence, setup),
        cmocka_unit_test_setup(test_small_events, setup),
        cmocka_unit_test_setup(test_answers, setup),
        cmocka_unit_test_setup(test_answer_to_join, setup),
        cmocka_unit_test_setup(test_welcome, setup),
        cmocka_unit_test_setup(test_errors, setup),
        cmocka_unit_test_setup(test_seconds, setup),
        cmocka_unit_test_setup(test_each_code_has_its_row, setup),
        cmocka_unit_test_setup(test_problems, setup),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
