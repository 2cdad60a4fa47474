
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Rights and moderation to JSON, into buffers of every size.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto_writer.h"
#include "ngx_chat_rights.h"


#define BY  "\"by\":{\"id\":\"ann\",\"name\":\"A\\\"nn\"}"


static ngx_chat_standing_t  standing;
static ngx_chat_left_t      left;
static ngx_chat_wire_t      records[9];
static size_t               nrecords;
static int64_t              until;


static size_t
write_room(unsigned char *buf, size_t size)
{
    ngx_chat_str_t  room;

    room = str("lobby");

    return ngx_chat_proto_room(buf, size, &room, &standing);
}


static size_t
write_left(unsigned char *buf, size_t size)
{
    return ngx_chat_proto_left(buf, size, &left);
}


static size_t
write_mod(unsigned char *buf, size_t size)
{
    return ngx_chat_proto_ok_mod(buf, size, 7, until, &standing);
}


static size_t
write_log(unsigned char *buf, size_t size)
{
    return ngx_chat_proto_ok_log(buf, size, 8, records, nrecords);
}


static void
test_how_a_member_stands(void **state)
{
    (void) state;

    memset(&standing, 0, sizeof(standing));
    writes(write_room, "{\"ev\":\"room\",\"room\":\"lobby\","
           "\"role\":\"none\",\"can\":[],"
           "\"config\":{\"slow\":0,\"lock\":\"open\"}}");

    standing.role = NGX_CHAT_ROLE_OWNER;
    standing.can = (1u << NGX_CHAT_CAN_COUNT) - 1;
    standing.slow = 30;
    standing.lock = NGX_CHAT_LOCK_WRITE;
    writes(write_room, "{\"ev\":\"room\",\"room\":\"lobby\","
           "\"role\":\"owner\",\"can\":[\"send\",\"typing\",\"history\","
           "\"who\",\"kick\",\"ban\",\"mute\",\"role\",\"slow\",\"lock\"],"
           "\"config\":{\"slow\":30,\"lock\":\"write\"}}");

    standing.role = NGX_CHAT_ROLE_MEMBER;
    standing.can = 1u << NGX_CHAT_CAN_HISTORY;
    standing.slow = 0;
    standing.lock = NGX_CHAT_LOCK_MEMBERS;
    standing.muted = NGX_CHAT_RIGHTS_EVER;
    writes(write_room, "{\"ev\":\"room\",\"room\":\"lobby\","
           "\"role\":\"member\",\"can\":[\"history\"],"
           "\"config\":{\"slow\":0,\"lock\":\"members\"},"
           "\"muted\":9007199254740992}");

    /* what a newer version on another host knows */

    memset(&standing, 0, sizeof(standing));
    standing.role = 99;
    standing.lock = 99;
    writes(write_room, "{\"ev\":\"room\",\"room\":\"lobby\","
           "\"role\":\"none\",\"can\":[],"
           "\"config\":{\"slow\":0,\"lock\":\"open\"}}");
}


static void
test_who_was_made_to_leave(void **state)
{
    (void) state;

    memset(&left, 0, sizeof(left));
    left.room = str("lobby");
    left.reason = "closed";
    writes(write_left, "{\"ev\":\"left\",\"room\":\"lobby\","
           "\"reason\":\"closed\"}");

    left.reason = "banned";
    left.by.id = str("ann");
    left.by.name = str("A\"nn");
    left.until = 1790000000123;
    left.message = str("sp\"am\n");
    writes(write_left, "{\"ev\":\"left\",\"room\":\"lobby\","
           "\"reason\":\"banned\"," BY ",\"until\":1790000000123,"
           "\"message\":\"sp\\\"am\\n\"}");
}


static void
test_answer_to_an_act(void **state)
{
    (void) state;

    memset(&standing, 0, sizeof(standing));
    until = 0;
    writes(write_mod, "{\"id\":7,\"ok\":{\"config\":{\"slow\":0,"
           "\"lock\":\"open\"}}}");

    standing.slow = 5;
    standing.lock = NGX_CHAT_LOCK_MEMBERS;
    until = 1790000000123;
    writes(write_mod, "{\"id\":7,\"ok\":{\"until\":1790000000123,"
           "\"config\":{\"slow\":5,\"lock\":\"members\"}}}");
}


static void
record(size_t i, const char *act, const char *target, uint64_t value)
{
    records[i].time = 5;
    records[i].act = str(act);
    records[i].target = str(target);
    records[i].user = str("ann");
    records[i].name = str("A\"nn");
    records[i].value = value;
}


static void
test_the_log(void **state)
{
    (void) state;

    nrecords = 0;
    writes(write_log, "{\"id\":8,\"ok\":{\"acts\":[]}}");

    memset(records, 0, sizeof(records));
    record(0, "ban", "b\"ob", 9);
    records[0].until = NGX_CHAT_RIGHTS_EVER;
    records[0].body = str("spam");
    record(1, "ban", "", 0);
    records[1].ip = str("2001:db8:1:2::/64");
    record(2, "role", "bob", NGX_CHAT_ROLE_MODERATOR);
    record(3, "slow", "", 0);
    record(4, "lock", "", NGX_CHAT_LOCK_MEMBERS);
    record(5, "unlock", "", 0);

    /* of a newer version on another host */

    record(6, "freeze", "", 1);
    record(7, "role", "bob", 99);
    record(8, "lock", "", 99);

    nrecords = 2;
    writes(write_log, "{\"id\":8,\"ok\":{\"acts\":["
           "{\"time\":5,\"do\":\"ban\"," BY ",\"user\":\"b\\\"ob\","
           "\"until\":9007199254740992,\"reason\":\"spam\"},"
           "{\"time\":5,\"do\":\"ban\"," BY ","
           "\"ip\":\"2001:db8:1:2::/64\"}]}}");

    nrecords = 9;
    writes(write_log, "{\"id\":8,\"ok\":{\"acts\":["
           "{\"time\":5,\"do\":\"ban\"," BY ",\"user\":\"b\\\"ob\","
           "\"until\":9007199254740992,\"reason\":\"spam\"},"
           "{\"time\":5,\"do\":\"ban\"," BY ","
           "\"ip\":\"2001:db8:1:2::/64\"},"
           "{\"time\":5,\"do\":\"role\"," BY ",\"user\":\"bob\","
           "\"value\":\"moderator\"},"
           "{\"time\":5,\"do\":\"slow\"," BY ",\"value\":0},"
           "{\"time\":5,\"do\":\"lock\"," BY ",\"value\":\"members\"},"
           "{\"time\":5,\"do\":\"unlock\"," BY "},"
           "{\"time\":5,\"do\":\"freeze\"," BY "},"
           "{\"time\":5,\"do\":\"role\"," BY ",\"user\":\"bob\"},"
           "{\"time\":5,\"do\":\"lock\"," BY "}]}}");
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_how_a_member_stands),
        cmocka_unit_test(test_who_was_made_to_leave),
        cmocka_unit_test(test_answer_to_an_act),
        cmocka_unit_test(test_the_log),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
