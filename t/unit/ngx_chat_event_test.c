
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Events as JSON: their members, and the heads in front of them.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ngx_chat_event.h"


static void
set(ngx_chat_str_t *s, const char *text)
{
    s->data = (const unsigned char *) text;
    s->len = strlen(text);
}


static void
assert_members(const ngx_chat_event_t *e, const char *expected)
{
    size_t         n;
    unsigned char  buf[1024];

    n = ngx_chat_event_members(NULL, 0, e);
    assert_int_equal(n, strlen(expected));

    assert_int_equal(ngx_chat_event_members(buf, sizeof(buf), e), n);
    assert_memory_equal(buf, expected, n);
}


static void
base(ngx_chat_event_t *e, const char *kind)
{
    memset(e, 0, sizeof(ngx_chat_event_t));

    e->kind = kind;
    set(&e->id, "i");
}


static void
test_who_comes_and_goes(void **state)
{
    ngx_chat_event_t  e;

    (void) state;

    base(&e, "open");
    set(&e.session, "s");
    set(&e.address, "192.0.2.1");
    e.transport = "sse";
    assert_members(&e, "\"id\":\"i\",\"event\":\"open\",\"session\":\"s\","
                       "\"address\":\"192.0.2.1\",\"transport\":\"sse\"");

    base(&e, "leave");
    set(&e.room, "r");
    set(&e.user.id, "7");
    set(&e.user.name, "A\"n");
    e.guest = 1;
    e.cause = "asked";
    assert_members(&e, "\"id\":\"i\",\"event\":\"leave\",\"room\":\"r\","
                       "\"user\":{\"id\":\"7\",\"name\":\"A\\\"n\","
                       "\"guest\":true},\"cause\":\"asked\"");

    base(&e, "close");
    e.ended = 1;
    e.code = 1006;
    e.cause = "";
    assert_members(&e, "\"id\":\"i\",\"event\":\"close\",\"code\":1006,"
                       "\"duration\":0,\"received\":0");

    base(&e, "lost");
    e.count = 3;
    assert_members(&e, "\"id\":\"i\",\"event\":\"lost\",\"count\":3");
}


static void
test_messages(void **state)
{
    ngx_chat_wire_t   rec;
    ngx_chat_event_t  e;

    (void) state;

    memset(&rec, 0, sizeof(ngx_chat_wire_t));
    rec.kind = NGX_CHAT_WIRE_MESSAGE;
    set(&rec.cid, "c");
    set(&rec.body, "hi");
    set(&rec.meta, "{\"a\":1}");
    rec.re = 4;

    base(&e, "message");
    e.rec = &rec;
    e.via = "api";
    assert_members(&e, "\"id\":\"i\",\"event\":\"message\",\"via\":\"api\","
                       "\"cid\":\"c\",\"re\":4,\"meta\":{\"a\":1},"
                       "\"text\":\"hi\"");

    e.bare = 1;
    assert_members(&e, "\"id\":\"i\",\"event\":\"message\",\"via\":\"api\","
                       "\"cid\":\"c\",\"re\":4,\"cut\":true");

    memset(&rec, 0, sizeof(ngx_chat_wire_t));
    rec.kind = NGX_CHAT_WIRE_BINARY;
    set(&rec.body, "_w");
    e.bare = 0;
    assert_members(&e, "\"id\":\"i\",\"event\":\"message\",\"via\":\"api\","
                       "\"raw\":true,\"data\":\"_w\"");

    rec.kind = NGX_CHAT_WIRE_MESSAGE;
    set(&rec.enc, "v1");
    assert_members(&e, "\"id\":\"i\",\"event\":\"message\",\"via\":\"api\","
                       "\"enc\":\"v1\",\"data\":\"_w\"");
}


static void
test_acts(void **state)
{
    ngx_chat_mod_t    mod;
    ngx_chat_event_t  e;

    (void) state;

    memset(&mod, 0, sizeof(ngx_chat_mod_t));
    base(&e, "moderation");
    set(&e.user.id, "1");
    e.mod = &mod;

    mod.act = NGX_CHAT_ACT_BAN;
    set(&mod.user, "2");
    set(&mod.why, "No.");
    e.until = 5;
    assert_members(&e, "\"id\":\"i\",\"event\":\"moderation\","
                       "\"by\":{\"id\":\"1\",\"guest\":false},\"do\":\"ban\","
                       "\"user\":{\"id\":\"2\"},\"until\":5,"
                       "\"reason\":\"No.\"");

    memset(&mod, 0, sizeof(ngx_chat_mod_t));
    mod.act = NGX_CHAT_ACT_BAN;
    set(&mod.ip, "192.0.2.1");
    e.until = NGX_CHAT_RIGHTS_EVER;
    assert_members(&e, "\"id\":\"i\",\"event\":\"moderation\","
                       "\"by\":{\"id\":\"1\",\"guest\":false},\"do\":\"ban\","
                       "\"ip\":\"192.0.2.1\"");

    memset(&mod, 0, sizeof(ngx_chat_mod_t));
    mod.act = NGX_CHAT_ACT_SLOW;
    e.user.id.len = 0;
    e.until = 0;
    assert_members(&e, "\"id\":\"i\",\"event\":\"moderation\","
                       "\"do\":\"slow\",\"value\":0");

    mod.act = NGX_CHAT_ACT_LOCK;
    mod.lock = NGX_CHAT_LOCK_WRITE;
    assert_members(&e, "\"id\":\"i\",\"event\":\"moderation\","
                       "\"do\":\"lock\",\"value\":\"write\"");

    mod.act = NGX_CHAT_ACT_ROLE;
    mod.role = NGX_CHAT_ROLE_MODERATOR;
    assert_members(&e, "\"id\":\"i\",\"event\":\"moderation\","
                       "\"do\":\"role\",\"value\":\"moderator\"");
}


static void
assert_json(const char *text, const char *expected, int64_t when)
{
    size_t          n;
    int64_t         time;
    ngx_chat_str_t  s;
    unsigned char   buf[256];

    set(&s, text);

    n = ngx_chat_event_json(NULL, 0, &s, &time);
    assert_int_equal(n, strlen(expected));
    assert_int_equal(time, when);

    assert_int_equal(ngx_chat_event_json(buf, sizeof(buf), &s, &time), n);
    assert_memory_equal(buf, expected, n);
}


static void
test_heads(void **state)
{
    size_t         n;
    unsigned char  head[NGX_CHAT_EVENT_HEAD_MAX];

    (void) state;

    n = ngx_chat_event_head(head, 1767225600000);
    assert_int_equal(n, 14);
    assert_memory_equal(head, "1767225600000\n", 14);
    assert_int_equal(ngx_chat_event_head(head, -1), 2);

    assert_json("5\n\"id\":\"i\"", "{\"id\":\"i\",\"time\":5}", 5);
    assert_json("M 3 2 7 ab\n\"id\":\"i\"",
                "{\"id\":\"i\",\"time\":7,\"seq\":3,\"epoch\":\"ab\"}", 7);
}


static void
test_what_is_no_event(void **state)
{
    size_t          i;
    int64_t         time;
    ngx_chat_str_t  s;

    static const char *const  bad[] = {
        "", "\n", "5", "5\n", "5\nid", "x\n\"", "5x\n\"", " 5\n\"",
        "M\n\"", "M \n\"", "M 1\n\"", "M 1 2\n\"", "M 1 2 3\n\"",
        "M 1  3 e\n\"", "M x 2 3 e\n\"", "Mx1 2 3 e\n\"",
        "M 1 2 3 eeeeeeeeeeeeeeeee\n\"",
        "99999999999999999999\n\"",
        "1111111111111111111111111111111111111111111111111111111111111111111"
        "11111111111111111111111111111111111111\n\""
    };

    (void) state;

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        set(&s, bad[i]);
        assert_int_equal(ngx_chat_event_json(NULL, 0, &s, &time), 0);
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_who_comes_and_goes),
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_acts),
        cmocka_unit_test(test_heads),
        cmocka_unit_test(test_what_is_no_event)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
