
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * What the HTTP API alone tells, and answers without an envelope, into buffers
 * of every size.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto_writer.h"
#include "ngx_chat_proto_write_api.h"
#include "ngx_chat_rights.h"


static ngx_chat_welcome_t  me;
static ngx_chat_joined_t   view;
static ngx_chat_error_t    error;
static const char         *field;
static int64_t             until;
static unsigned            role;

static ngx_chat_rooms_view_t  rooms;


static size_t
write_me(unsigned char *buf, size_t size)
{
    return ngx_chat_proto_me(buf, size, &me);
}


static size_t
write_room(unsigned char *buf, size_t size)
{
    return ngx_chat_proto_room_view(buf, size, &view);
}


static size_t
write_rooms(unsigned char *buf, size_t size)
{
    return ngx_chat_proto_rooms(buf, size, &rooms);
}


static size_t
write_term(unsigned char *buf, size_t size)
{
    return ngx_chat_proto_term(buf, size, until);
}


static size_t
write_role(unsigned char *buf, size_t size)
{
    return ngx_chat_proto_role(buf, size, role);
}


static size_t
write_problem(unsigned char *buf, size_t size)
{
    return ngx_chat_proto_problem_of(buf, size, &error, field);
}


static size_t
write_history(unsigned char *buf, size_t size)
{
    return ngx_chat_proto_ok_history(buf, size, 0, &view);
}


static size_t
write_mod(unsigned char *buf, size_t size)
{
    return ngx_chat_proto_ok_mod(buf, size, 0, until, &view.standing);
}


static size_t
write_log(unsigned char *buf, size_t size)
{
    return ngx_chat_proto_ok_log(buf, size, 0, NULL, 0);
}


static void
test_me(void **state)
{
    static const char *const  none[] = { NULL };
    static const char *const  two[] = { "history", "presence", NULL };

    (void) state;

    memset(&me, 0, sizeof(me));

    me.user.id = str("a\"b");
    me.user.name = str("Ann");
    me.guest = 1;
    me.time = 5;
    me.features = none;

    writes(write_me, "{\"user\":{\"id\":\"a\\\"b\",\"name\":\"Ann\","
                     "\"roles\":[],\"guest\":true},\"time\":5,"
                     "\"limits\":{\"message\":0,\"text\":0},\"features\":[]}");

    me.role = str("owner");
    me.guest = 0;
    me.message_max = 16384;
    me.text_max = 4000;
    me.history_max = 100;
    me.features = two;

    writes(write_me, "{\"user\":{\"id\":\"a\\\"b\",\"name\":\"Ann\","
                     "\"roles\":[\"owner\"],\"guest\":false},\"time\":5,"
                     "\"limits\":{\"message\":16384,\"text\":4000,"
                     "\"history\":100},"
                     "\"features\":[\"history\",\"presence\"]}");
}


static void
test_rooms(void **state)
{
    ngx_chat_wire_t  recs[2];

    (void) state;

    memset(&rooms, 0, sizeof(rooms));
    memset(recs, 0, sizeof(recs));

    writes(write_rooms, "{\"rooms\":[],\"more\":false}");

    recs[0].room = str("a");
    recs[0].seq = 9007199254740992;
    recs[1].room = str("b");
    recs[1].count = 3;

    rooms.records = recs;
    rooms.nrecords = 2;
    rooms.next = str("17");

    writes(write_rooms, "{\"rooms\":[{\"room\":\"a\",\"top\":"
                        "9007199254740992},{\"room\":\"b\",\"top\":0}],"
                        "\"more\":true,\"next\":\"17\"}");

    rooms.presence = 1;
    rooms.nrecords = 1;
    rooms.records = &recs[1];

    writes(write_rooms, "{\"rooms\":[{\"room\":\"b\",\"top\":0,"
                        "\"count\":3}],\"more\":true,\"next\":\"17\"}");
}


static void
test_room(void **state)
{
    (void) state;

    memset(&view, 0, sizeof(view));

    view.room = str("r");
    view.epoch = str("e1");
    view.top = 7;
    view.floor = 3;
    view.standing.slow = 5;
    view.standing.lock = NGX_CHAT_LOCK_WRITE;

    writes(write_room, "{\"room\":\"r\",\"epoch\":\"e1\",\"top\":7,"
                       "\"floor\":3,\"config\":{\"slow\":5,"
                       "\"lock\":\"write\"}}");

    view.presence = 1;
    view.count = 2;

    writes(write_room, "{\"room\":\"r\",\"epoch\":\"e1\",\"top\":7,"
                       "\"floor\":3,\"config\":{\"slow\":5,"
                       "\"lock\":\"write\"},\"count\":2}");

    writes(write_history, "{\"messages\":[],\"more\":false,\"top\":7,"
                          "\"floor\":3,\"epoch\":\"e1\"}");

    until = 9;
    writes(write_mod, "{\"until\":9,\"config\":{\"slow\":5,"
                      "\"lock\":\"write\"}}");
    writes(write_log, "{\"acts\":[]}");
}


static void
test_terms_and_roles(void **state)
{
    (void) state;

    until = 0;
    writes(write_term, "{}");
    until = 17;
    writes(write_term, "{\"until\":17}");

    role = NGX_CHAT_ROLE_NONE;
    writes(write_role, "{\"role\":\"none\"}");
    role = NGX_CHAT_ROLE_MEMBER;
    writes(write_role, "{\"role\":\"member\"}");
    role = NGX_CHAT_ROLE_COUNT;
    writes(write_role, "{\"role\":\"none\"}");
}


static void
test_problems(void **state)
{
    (void) state;

    memset(&error, 0, sizeof(error));

    error.code = NGX_CHAT_CODE_BAD_REQUEST;
    error.message = "No.";
    field = "from/name";

    writes(write_problem, "{\"type\":\"about:blank\","
                          "\"title\":\"Bad Request\",\"status\":400,"
                          "\"detail\":\"No.\",\"code\":\"bad_request\","
                          "\"pointer\":\"/from/name\"}");

    error.code = NGX_CHAT_CODE_SLOW_MODE;
    error.message = NULL;
    error.retry_after = 1500;
    error.until = 9;
    field = NULL;

    writes(write_problem, "{\"type\":\"about:blank\","
                          "\"title\":\"Too Many Requests\",\"status\":429,"
                          "\"detail\":\"The room is in slow mode. Wait a "
                          "little.\",\"code\":\"slow_mode\","
                          "\"retry_after\":1.5,\"until\":9,"
                          "\"temporary\":true}");
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_me),
        cmocka_unit_test(test_rooms),
        cmocka_unit_test(test_room),
        cmocka_unit_test(test_terms_and_roles),
        cmocka_unit_test(test_problems)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
