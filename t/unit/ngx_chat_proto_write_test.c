
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

#include "proto_writer.h"


#define STANDING  "\"role\":\"none\",\"can\":[\"send\",\"typing\"],"          \
                  "\"config\":{\"slow\":0,\"lock\":\"open\"}"


static ngx_chat_wire_t    rec;
static ngx_chat_joined_t  view;
static ngx_chat_user_t    users[2];
static ngx_chat_wire_t    page[2];
static unsigned           dup;


static int
setup(void **state)
{
    (void) state;

    memset(&rec, 0, sizeof(rec));
    memset(&view, 0, sizeof(view));
    dup = 0;

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

    page[0] = rec;
    page[0].seq = 41;
    page[0].prev = 40;
    page[0].cid = str("c-1");
    page[0].re = 7;
    page[0].meta = str("{\"a\":1}");
    page[1] = rec;

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
    return ngx_chat_proto_ok_send(buf, size, 9007199254740992, &rec, dup);
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
ok_history(unsigned char *buf, size_t size)
{
    return ngx_chat_proto_ok_history(buf, size, 7, &view);
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

    rec.re = 0;
    rec.meta = str("");
    rec.enc = str("chat-e2e/1");
    rec.body = str("AAEC_-");

    writes(message, "{\"ev\":\"message\",\"room\":\"lobby\",\"seq\":42,"
           "\"prev\":41,\"time\":1790000000123,\"from\":{\"id\":\"ann\","
           "\"name\":\"Ann \\\"A\\\"\",\"role\":\"owner\"},\"cid\":\"c-1\","
           "\"enc\":\"chat-e2e/1\",\"data\":\"AAEC_-\"}");
}


/* A log that is read has its edits and deletions, and no text of these. */

static void
test_changes(void **state)
{
    (void) state;

    rec.kind = NGX_CHAT_WIRE_EDIT;
    rec.ref = 40;
    rec.cid = str("c-1");

    writes(message, "{\"ev\":\"edit\",\"room\":\"lobby\",\"seq\":42,"
           "\"prev\":41,\"time\":1790000000123,\"from\":{\"id\":\"ann\","
           "\"name\":\"Ann \\\"A\\\"\"},\"cid\":\"c-1\",\"ref\":40,"
           "\"text\":\"hi\\n\\u2028\"}");

    rec.deleted = 1;

    writes(message, "{\"ev\":\"edit\",\"room\":\"lobby\",\"seq\":42,"
           "\"prev\":41,\"time\":1790000000123,\"from\":{\"id\":\"ann\","
           "\"name\":\"Ann \\\"A\\\"\"},\"cid\":\"c-1\",\"ref\":40,"
           "\"text\":\"\",\"deleted\":true}");

    rec.kind = NGX_CHAT_WIRE_DELETE;
    rec.deleted = 0;
    rec.cid = str("");
    rec.body = str("spam");

    writes(message, "{\"ev\":\"delete\",\"room\":\"lobby\",\"seq\":42,"
           "\"prev\":41,\"time\":1790000000123,\"from\":{\"id\":\"ann\","
           "\"name\":\"Ann \\\"A\\\"\"},\"ref\":40,\"reason\":\"spam\"}");

    rec.body = str("");

    writes(message, "{\"ev\":\"delete\",\"room\":\"lobby\",\"seq\":42,"
           "\"prev\":41,\"time\":1790000000123,\"from\":{\"id\":\"ann\","
           "\"name\":\"Ann \\\"A\\\"\"},\"ref\":40}");
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
    dup = 1;
    writes(ok_send, "{\"id\":9007199254740992,\"ok\":{\"seq\":42,"
                    "\"time\":1790000000123,\"epoch\":\"k3f9\","
                    "\"dup\":true}}");
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

    view.standing.can = (1u << NGX_CHAT_CAN_SEND)
                        | (1u << NGX_CHAT_CAN_TYPING);

    writes(ok_join, "{\"id\":7,\"ok\":{\"room\":\"lobby\","
           "\"epoch\":\"k3f9\",\"top\":42,\"floor\":1,\"recovered\":true,"
           "\"more\":false,\"messages\":[],"
           STANDING ",\"count\":2,"
           "\"users\":[{\"id\":\"ann\",\"name\":\"Ann\"},"
           "{\"id\":\"g-1\",\"name\":\"J\xc3\xbcrgen\\\\\"}]}}");

    view.list = 0;
    view.recovered = 0;
    writes(ok_join, "{\"id\":7,\"ok\":{\"room\":\"lobby\","
           "\"epoch\":\"k3f9\",\"top\":42,\"floor\":1,\"recovered\":false,"
           "\"more\":false,\"messages\":[],"
           STANDING ",\"count\":2}}");

    view.list = 1;
    view.presence = 0;
    writes(ok_join, "{\"id\":7,\"ok\":{\"room\":\"lobby\","
           "\"epoch\":\"k3f9\",\"top\":42,\"floor\":1,\"recovered\":false,"
           "\"more\":false,\"messages\":[],"
           STANDING "}}");

    writes(joined, "{\"ev\":\"joined\",\"reason\":\"asked\","
           "\"room\":\"lobby\",\"epoch\":\"k3f9\",\"top\":42,\"floor\":1,"
           "\"recovered\":false,\"more\":false,\"messages\":[],"
           STANDING "}");
}


/* the two events of the page, as ngx_chat_proto_message() writes them */

#define PAGE                                                                  \
    "{\"ev\":\"message\",\"room\":\"lobby\",\"seq\":41,\"prev\":40,"          \
    "\"time\":1790000000123,\"from\":{\"id\":\"ann\",\"name\":"               \
    "\"Ann \\\"A\\\"\"},\"cid\":\"c-1\",\"text\":\"hi\\n\\u2028\","           \
    "\"re\":7,\"meta\":{\"a\":1}}" PAGE_LAST

#define PAGE_LAST                                                             \
    ",{\"ev\":\"message\",\"room\":\"lobby\",\"seq\":42,\"prev\":41,"         \
    "\"time\":1790000000123,\"from\":{\"id\":\"ann\",\"name\":"               \
    "\"Ann \\\"A\\\"\"},\"text\":\"hi\\n\\u2028\"}"


static void
test_join_with_messages(void **state)
{
    (void) state;

    view.standing.can = (1u << NGX_CHAT_CAN_SEND)
                        | (1u << NGX_CHAT_CAN_TYPING);

    view.records = page;
    view.nrecords = 2;
    view.presence = 0;
    view.more = 1;

    writes(ok_join, "{\"id\":7,\"ok\":{\"room\":\"lobby\","
           "\"epoch\":\"k3f9\",\"top\":42,\"floor\":1,\"recovered\":true,"
           "\"more\":true,\"messages\":[" PAGE "],"
           STANDING "}}");

    writes(joined, "{\"ev\":\"joined\",\"reason\":\"asked\","
           "\"room\":\"lobby\",\"epoch\":\"k3f9\",\"top\":42,\"floor\":1,"
           "\"recovered\":true,\"more\":true,\"messages\":[" PAGE "],"
           STANDING "}");
}


static void
test_history(void **state)
{
    (void) state;

    writes(ok_history, "{\"id\":7,\"ok\":{\"messages\":[],\"more\":false,"
           "\"top\":42,\"floor\":1,\"epoch\":\"k3f9\"}}");

    view.records = page;
    view.nrecords = 2;
    view.more = 1;
    view.floor = 41;
    writes(ok_history, "{\"id\":7,\"ok\":{\"messages\":[" PAGE "],"
           "\"more\":true,\"top\":42,\"floor\":41,\"epoch\":\"k3f9\"}}");
}


static void
test_messages_of_a_page_are_the_events(void **state)
{
    size_t          i, n;
    unsigned char  *p, buf[4096], event[1024];

    (void) state;

    view.records = page;
    view.nrecords = 2;

    n = ngx_chat_proto_ok_history(buf, sizeof(buf), 7, &view);
    assert_in_range(n, 1, sizeof(buf));
    p = buf + sizeof("{\"id\":7,\"ok\":{\"messages\":[") - 1;

    for (i = 0; i < 2; i++) {
        n = ngx_chat_proto_message(event, sizeof(event), &page[i]);
        assert_memory_equal(p, event, n);
        assert_int_equal(p[n], (i == 0) ? ',' : ']');
        p += n + 1;
    }
}


static ngx_chat_welcome_t  greeting;


static size_t
welcome(unsigned char *buf, size_t size)
{
    return ngx_chat_proto_welcome(buf, size, &greeting);
}


static size_t
ok_auth(unsigned char *buf, size_t size)
{
    return ngx_chat_proto_ok_auth(buf, size, 7, &greeting);
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
    greeting.text_max = 4000;
    greeting.rooms_max = 100;
    greeting.history_max = 250;
    greeting.features = features;
    greeting.node = str("n1");

    writes(welcome, "{\"ev\":\"welcome\",\"v\":1,\"session\":\"s-1\","
           "\"user\":{\"id\":\"g-1\",\"name\":\"J\xc3\xbcrgen\\\\\","
           "\"roles\":[],\"guest\":true},\"time\":1790000000123,"
           "\"heartbeat\":25,\"limits\":{\"message\":16384,"
           "\"text\":4000,\"rooms\":100,\"history\":250},"
           "\"features\":[\"presence\",\"typing\"],"
           "\"node\":\"n1\"}");

    greeting.role = str("moderator");
    greeting.guest = 0;
    greeting.history_max = 0;
    greeting.features = none;
    writes(welcome, "{\"ev\":\"welcome\",\"v\":1,\"session\":\"s-1\","
           "\"user\":{\"id\":\"g-1\",\"name\":\"J\xc3\xbcrgen\\\\\","
           "\"roles\":[\"moderator\"],\"guest\":false},"
           "\"time\":1790000000123,"
           "\"heartbeat\":25,\"limits\":{\"message\":16384,"
           "\"text\":4000,\"rooms\":100},"
           "\"features\":[],\"node\":\"n1\"}");

    writes(ok_auth, "{\"id\":7,\"ok\":{"
           "\"user\":{\"id\":\"g-1\",\"name\":\"J\xc3\xbcrgen\\\\\","
           "\"roles\":[\"moderator\"],\"guest\":false}}}");
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test_setup(test_message, setup),
        cmocka_unit_test_setup(test_changes, setup),
        cmocka_unit_test_setup(test_message_text_comes_back, setup),
        cmocka_unit_test_setup(test_typing, setup),
        cmocka_unit_test_setup(test_presence, setup),
        cmocka_unit_test_setup(test_small_events, setup),
        cmocka_unit_test_setup(test_answers, setup),
        cmocka_unit_test_setup(test_answer_to_join, setup),
        cmocka_unit_test_setup(test_join_with_messages, setup),
        cmocka_unit_test_setup(test_history, setup),
        cmocka_unit_test_setup(test_messages_of_a_page_are_the_events, setup),
        cmocka_unit_test_setup(test_welcome, setup),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
