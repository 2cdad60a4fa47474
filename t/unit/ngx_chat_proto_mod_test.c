
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The command "mod": each act with the fields that it needs, may have, and
 * may not have.
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
#include "ngx_chat_rights.h"


#define MOD  "{\"op\":\"mod\",\"room\":\"r\",\"do\":"


/* What an act says to a field; the value stands in every command. */

typedef struct {
    const char  *act;
    int          user;         /* 1: needed, 0: refused */
    int          ip;           /* 1: may stand for it */
    int          value;        /* 1: needed, 0: ignored */
    const char  *said;         /* a value for it */
} act_t;


static const act_t  acts[] = {
    { "kick", 1, 0, 0, "7" },
    { "ban", 1, 1, 0, "7" },
    { "unban", 1, 1, 0, "7" },
    { "mute", 1, 1, 0, "7" },
    { "unmute", 1, 1, 0, "7" },
    { "role", 1, 0, 1, "\"member\"" },
    { "slow", 0, 0, 1, "30" },
    { "lock", 0, 0, 0, "\"members\"" },
    { "unlock", 0, 0, 0, "7" },
    { "clear", 0, 0, 0, "7" },
    { "log", 0, 0, 0, "7" }
};


static void
says(char *text, size_t size, const act_t *act, const char *fields)
{
    snprintf(text, size, MOD "\"%s\"%s}", act->act, fields);
}


static void
test_J7_each_act_with_each_field(void **state)
{
    int           user, ip, value;
    char          fields[200], text[300];
    size_t        i;
    unsigned      mask;
    const char   *field;
    const act_t  *act;

    (void) state;

    for (i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
        act = &acts[i];

        for (mask = 0; mask < 8; mask++) {
            user = (mask & 1) != 0;
            ip = (mask & 2) != 0;
            value = (mask & 4) != 0;

            snprintf(fields, sizeof(fields), "%.*s%.*s%.*s%.*s",
                     user * 20, ",\"user\":\"bob\"",
                     ip * 20, ",\"ip\":\"192.0.2.1\"",
                     value * 20, ",\"value\":", value * 20, act->said);
            says(text, sizeof(text), act, fields);

            field = NULL;

            if (user && (ip || !act->user)) {
                field = "user";

            } else if (ip && !act->ip) {
                field = "ip";

            } else if (!user && !ip && act->user) {
                field = "user";

            } else if (!value && act->value) {
                field = "value";
            }

            if (field != NULL) {
                bad(text, field);

            } else {
                takes(text);
            }
        }
    }
}


static void
test_J7_missing_or_wrong_types(void **state)
{
    size_t              i;
    char                text[300], want[20];
    static const char  *fields[] = { "room", "do", "user", "ip", "reason" };
    static const char  *wrong[] = { "7", "null", "true", "{}", "[\"a\"]" };
    size_t              j;

    (void) state;

    bad("{\"op\":\"mod\",\"do\":\"slow\",\"value\":1}", "room");
    bad("{\"op\":\"mod\",\"room\":\"r\"}", "do");

    for (i = 0; i < 5; i++) {
        for (j = 0; j < 5; j++) {
            snprintf(text, sizeof(text),
                     "{\"op\":\"mod\",\"%s\":%s%s%s}",
                     fields[i], wrong[j],
                     (i == 0) ? "" : ",\"room\":\"r\"",
                     (i == 1) ? "" : ",\"do\":\"ban\"");
            snprintf(want, sizeof(want), "%s", fields[i]);
            bad(text, want);
        }
    }

    bad(MOD "\"\"}", "do");
    bad(MOD "\"Ban\",\"user\":\"bob\"}", "do");
    bad(MOD "\"ban\\u0000\",\"user\":\"bob\"}", "do");
    bad(MOD "\"log\\u0000\"}", "do");
    bad(MOD "\"none\"}", "do");
    bad(MOD "\"ban\",\"user\":\"\"}", "user");
    bad(MOD "\"ban\",\"user\":\"a\\u0000\"}", "user");
    bad(MOD "\"ban\",\"user\":\"a\\n\"}", "user");
    bad(MOD "\"ban\",\"ip\":\"\"}", "ip");
    bad(MOD "\"ban\",\"ip\":\"localhost\"}", "ip");
    bad(MOD "\"ban\",\"ip\":\"1.2.3.4\\u0000\"}", "ip");
    bad(MOD "\"ban\",\"ip\":\"0123456789abcdef0123456789abcdef"
        "0123456789ab\"}", "ip");
}


static void
test_rooms(void **state)
{
    (void) state;

    takes("{\"op\":\"mod\",\"room\":\"*\",\"do\":\"log\"}");
    refuses("{\"op\":\"mod\",\"room\":\"**\",\"do\":\"log\"}",
            NGX_CHAT_CODE_INVALID_NAME, "room");
    refuses("{\"op\":\"mod\",\"room\":\"\",\"do\":\"log\"}",
            NGX_CHAT_CODE_INVALID_NAME, "room");
    takes("{\"op\":\"mod\",\"room\":\"~r\",\"do\":\"log\"}");
    refuses("{\"op\":\"mod\",\"room\":\"~\",\"do\":\"log\"}",
            NGX_CHAT_CODE_INVALID_NAME, "room");
    refuses("{\"op\":\"mod\",\"room\":\"~~r\",\"do\":\"log\"}",
            NGX_CHAT_CODE_INVALID_NAME, "room");
    refuses("{\"op\":\"mod\",\"room\":\"~*\",\"do\":\"log\"}",
            NGX_CHAT_CODE_INVALID_NAME, "room");
    refuses("{\"op\":\"mod\",\"room\":\"*\\u0000\",\"do\":\"log\"}",
            NGX_CHAT_CODE_INVALID_NAME, "room");

    /* only "mod" knows the site, and raw rooms */

    refuses("{\"op\":\"join\",\"room\":\"~r\"}", NGX_CHAT_CODE_INVALID_NAME,
            "room");

    refuses("{\"op\":\"join\",\"room\":\"*\"}", NGX_CHAT_CODE_INVALID_NAME,
            "room");
    refuses("{\"op\":\"send\",\"room\":\"*\",\"text\":\"x\"}",
            NGX_CHAT_CODE_INVALID_NAME, "room");
}


static void
test_J10_numbers(void **state)
{
    size_t              i;
    char                text[200];
    static const char  *wrong[] = {
        "-1", "1.5", "1e3", "9007199254740993", "\"5\"", "null", "true"
    };

    (void) state;

    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        snprintf(text, sizeof(text), MOD "\"ban\",\"user\":\"b\",\"for\":%s}",
                 wrong[i]);
        bad(text, "for");

        snprintf(text, sizeof(text), MOD "\"slow\",\"value\":%s}", wrong[i]);
        bad(text, "value");

        snprintf(text, sizeof(text), MOD "\"log\",\"limit\":%s}", wrong[i]);
        bad(text, "limit");
    }

    bad(MOD "\"ban\",\"user\":\"b\",\"for\":0}", "for");
    bad(MOD "\"slow\",\"value\":86401}", "value");
    takes(MOD "\"slow\",\"value\":86400}");
    takes(MOD "\"slow\",\"value\":0}");
    takes(MOD "\"log\",\"limit\":0}");
}


static void
test_values(void **state)
{
    (void) state;

    bad(MOD "\"role\",\"user\":\"b\",\"value\":\"king\"}", "value");
    bad(MOD "\"role\",\"user\":\"b\",\"value\":\"\"}", "value");
    bad(MOD "\"role\",\"user\":\"b\",\"value\":\"none\\u0000\"}", "value");
    bad(MOD "\"role\",\"user\":\"b\",\"value\":1}", "value");
    bad(MOD "\"lock\",\"value\":\"open\"}", "value");
    bad(MOD "\"lock\",\"value\":\"all\"}", "value");
    bad(MOD "\"lock\",\"value\":\"write\\u0000\"}", "value");
    bad(MOD "\"lock\",\"value\":2}", "value");
}


static void
test_reasons(void **state)
{
    int                 i;
    char                text[300];
    ngx_chat_command_t  cmd;

    (void) state;

    for (i = 200; i <= 201; i++) {
        snprintf(text, sizeof(text),
                 MOD "\"kick\",\"user\":\"b\",\"reason\":\"%0*d\"}", i, 7);

        if (i == 200) {
            takes(text);

        } else {
            refuses(text, NGX_CHAT_CODE_TOO_LARGE, "reason");
        }
    }

    bad(MOD "\"kick\",\"user\":\"b\",\"reason\":\"\"}", "reason");
    refuses(MOD "\"kick\",\"user\":\"b\",\"reason\":\"\\u0007\"}",
            NGX_CHAT_CODE_INVALID_TEXT, "reason");
    refuses(MOD "\"kick\",\"user\":\"b\",\"reason\":\"a\\u0000\"}",
            NGX_CHAT_CODE_INVALID_TEXT, "reason");

    assert_int_equal(parse(&cmd, MOD "\"kick\",\"user\":\"b\","
                                 "\"reason\":\"sp\\u00e4m\"}"),
                     NGX_CHAT_CODE_OK);
    assert_true(str_is(&cmd.reason, "sp\xc3\xa4m"));
    ngx_chat_proto_release(&cmd);
}


static void
becomes(ngx_chat_mod_t *mod, ngx_chat_command_t *cmd, const char *text)
{
    assert_int_equal(parse(cmd, text), NGX_CHAT_CODE_OK);
    assert_int_equal(cmd->op, NGX_CHAT_OP_MOD);
    ngx_chat_proto_mod(mod, cmd);
}


static void
test_what_is_asked_of_a_room(void **state)
{
    ngx_chat_mod_t      mod;
    ngx_chat_command_t  cmd;

    (void) state;

    becomes(&mod, &cmd, MOD "\"ban\",\"user\":\"bob\",\"for\":60,"
            "\"reason\":\"spam\",\"value\":{}}");
    assert_int_equal(mod.act, NGX_CHAT_ACT_BAN);
    assert_true(str_is(&mod.user, "bob"));
    assert_int_equal(mod.ip.len, 0);
    assert_true(mod.time == 60000);
    assert_true(str_is(&mod.why, "spam"));
    ngx_chat_proto_release(&cmd);

    becomes(&mod, &cmd, MOD "\"ban\",\"ip\":\"2001:db8::1\"}");
    assert_int_equal(mod.user.len, 0);
    assert_true(str_is(&mod.ip, "2001:db8::1"));
    assert_true(mod.time == NGX_CHAT_RIGHTS_EVER);
    ngx_chat_proto_release(&cmd);

    becomes(&mod, &cmd, MOD "\"mute\",\"user\":\"b\","
            "\"for\":9007199254740992}");
    assert_true(mod.time == NGX_CHAT_RIGHTS_EVER);
    ngx_chat_proto_release(&cmd);

    becomes(&mod, &cmd, MOD "\"mute\",\"user\":\"b\","
            "\"for\":9007199254740}");
    assert_true(mod.time == 9007199254740000);
    ngx_chat_proto_release(&cmd);

    becomes(&mod, &cmd, MOD "\"kick\",\"user\":\"b\",\"for\":5}");
    assert_int_equal(mod.act, NGX_CHAT_ACT_KICK);
    assert_true(mod.time == 0);
    ngx_chat_proto_release(&cmd);

    becomes(&mod, &cmd, MOD "\"role\",\"user\":\"b\","
            "\"value\":\"moderator\"}");
    assert_int_equal(mod.role, NGX_CHAT_ROLE_MODERATOR);
    ngx_chat_proto_release(&cmd);

    becomes(&mod, &cmd, MOD "\"role\",\"user\":\"b\",\"value\":\"none\"}");
    assert_int_equal(mod.role, NGX_CHAT_ROLE_NONE);
    ngx_chat_proto_release(&cmd);

    becomes(&mod, &cmd, MOD "\"slow\",\"value\":30}");
    assert_int_equal(mod.slow, 30);
    ngx_chat_proto_release(&cmd);

    becomes(&mod, &cmd, MOD "\"lock\"}");
    assert_int_equal(mod.lock, NGX_CHAT_LOCK_WRITE);
    ngx_chat_proto_release(&cmd);

    becomes(&mod, &cmd, MOD "\"lock\",\"value\":\"write\"}");
    assert_int_equal(mod.lock, NGX_CHAT_LOCK_WRITE);
    ngx_chat_proto_release(&cmd);

    becomes(&mod, &cmd, MOD "\"lock\",\"value\":\"members\"}");
    assert_int_equal(mod.lock, NGX_CHAT_LOCK_MEMBERS);
    ngx_chat_proto_release(&cmd);

    becomes(&mod, &cmd, MOD "\"log\",\"limit\":20}");
    assert_int_equal(mod.act, NGX_CHAT_ACT_NONE);
    assert_int_equal(cmd.limit, 20);
    ngx_chat_proto_release(&cmd);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_J7_each_act_with_each_field),
        cmocka_unit_test(test_J7_missing_or_wrong_types),
        cmocka_unit_test(test_rooms),
        cmocka_unit_test(test_J10_numbers),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_reasons),
        cmocka_unit_test(test_what_is_asked_of_a_room),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
