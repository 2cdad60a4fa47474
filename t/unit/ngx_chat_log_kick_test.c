
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The embedded store's kicks: remembered for a day, beside the rights that
 * bind, and never in their way.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "log_act.h"


static const ngx_chat_kick_t *
kick_of(store_t *s, const char *room, const char *user)
{
    store_actor(s, user, "192.0.2.9", NONE);
    assert_int_equal(store_rights(s, room), NGX_CHAT_LOG_OK);

    return &s->rights.kick;
}


static void
test_kick(void **state)
{
    store_t                *s;
    uint64_t                version;
    const ngx_chat_kick_t  *kick;

    (void) state;

    s = store_of(STORE_SIZE);
    s->caller.now = 1000000;
    store_actor(s, "nobody", "", NONE);
    done(s, "a", NGX_CHAT_ACT_KICK, "ann", 0);
    version = s->rights.conf.version;

    kick = kick_of(s, "a", "ann");
    assert_int_equal(kick->version, version);
    assert_int_equal(kick->role, OWNER);
    assert_int_equal(kick->ago, 0);

    assert_int_equal(kick_of(s, "a", "bob")->version, 0);
    assert_int_equal(kick_of(s, "b", "ann")->version, 0);
    assert_int_equal(kick_of(s, "a", "")->version, 0);

    /* other rights of the same user are others */

    done(s, "a", NGX_CHAT_ACT_MUTE, "ann", 5000);
    done(s, "a", NGX_CHAT_ACT_KICK, "bob", 0);
    done(s, "a", NGX_CHAT_ACT_UNMUTE, "ann", 0);
    s->caller.now += 7;

    kick = kick_of(s, "a", "ann");
    assert_int_equal(kick->version, version);
    assert_int_equal(kick->ago, 7);
    assert_int_equal(s->rights.until, 0);
    assert_int_equal(kick_of(s, "a", "bob")->version, version + 2);
    check(s);

    /* the last one counts, and who is banned is not told */

    done(s, "a", NGX_CHAT_ACT_KICK, "ann", 0);
    kick = kick_of(s, "a", "ann");
    assert_int_equal(kick->version, version + 4);
    assert_int_equal(kick->ago, 0);

    done(s, "a", NGX_CHAT_ACT_BAN, "ann", 5000);
    store_actor(s, "ann", "", NONE);
    assert_int_equal(store_rights(s, "a"), NGX_CHAT_LOG_REFUSED);
    assert_int_equal(s->rights.kick.version, 0);

    /* a rebuild keeps it */

    assert_int_equal(store_rebuild(s), 0);
    check(s);
    assert_int_equal(kick_of(s, "a", "bob")->version, version + 2);

    store_free(s);
}


static void
test_end(void **state)
{
    store_t  *s;

    (void) state;

    s = store_of(STORE_SIZE);
    s->caller.now = 1000000;
    store_actor(s, "nobody", "", NONE);
    done(s, "a", NGX_CHAT_ACT_KICK, "ann", 0);

    s->caller.now += NGX_CHAT_RIGHTS_KICK_LIFE - 1;
    assert_int_equal(kick_of(s, "a", "ann")->ago,
                     NGX_CHAT_RIGHTS_KICK_LIFE - 1);

    s->caller.now++;
    assert_int_equal(kick_of(s, "a", "ann")->version, 0);
    assert_int_equal(s->log->rights, 1);

    done(s, "a", NGX_CHAT_ACT_KICK, "bob", 0);
    assert_int_equal(s->log->rights, 1);
    assert_int_equal(kick_of(s, "a", "ann")->version, 0);
    assert_int_not_equal(kick_of(s, "a", "bob")->version, 0);

    check(s);
    store_free(s);
}


/* They are no rights of which a room has so many only, and have a bound. */

static void
test_max(void **state)
{
    char                   name[32];
    store_t               *s;
    unsigned               i;
    ngx_chat_mod_t         mod;
    ngx_chat_log_room_t   *room;
    ngx_chat_str_t         a;
    ngx_chat_log_rules_t  *rules;

    (void) state;

    s = store_of(8 * 1024 * 1024);
    s->caller.now = 1000000;
    a = str("a");
    store_actor(s, "nobody", "", NONE);
    done_slow(s, "a", 10);

    for (i = 0; i < NGX_CHAT_LOG_KICKS_MAX + 2000; i++) {
        snprintf(name, sizeof(name), "user%u", i);
        s->caller.now++;
        done(s, "a", NGX_CHAT_ACT_KICK, name, 0);
        assert_int_not_equal(kick_of(s, "a", name)->version, 0);
    }

    assert_int_equal(ngx_chat_log_room_find(s->log, &a, &room),
                     NGX_CHAT_LOG_OK);
    rules = ngx_chat_log_rules(s->log, room);
    assert_non_null(rules);
    assert_int_equal(rules->kicks, NGX_CHAT_LOG_KICKS_MAX);
    assert_int_equal(rules->said, 0);

    /* bans have their own places, and so has who writes in a slow room */

    for (i = 0; i < 1000; i++) {
        snprintf(name, sizeof(name), "banned%u", i);
        mod = store_mod(NGX_CHAT_ACT_BAN, name, 500000);
        assert_int_equal(act(s, "a", &mod), NGX_CHAT_LOG_OK);
    }

    assert_int_equal(rules->said, 1000);
    assert_int_equal(rules->kicks, NGX_CHAT_LOG_KICKS_MAX);

    /* a kick that makes way is found behind all of them */

    for (i = 0; i < 12000; i++) {
        snprintf(name, sizeof(name), "again%u", i);
        s->caller.now++;
        done(s, "a", NGX_CHAT_ACT_KICK, name, 0);
        assert_int_not_equal(kick_of(s, "a", name)->version, 0);
    }

    store_actor(s, "bob", "", NONE);
    assert_int_equal(say(s, "a", ""), NGX_CHAT_LOG_OK);
    assert_int_equal(rules->kicks, NGX_CHAT_LOG_KICKS_MAX);

    check(s);
    store_free(s);
}


/* Who wants cells gets theirs; without one a kick is done all the same. */

static void
test_evict(void **state)
{
    char            name[32];
    store_t        *s;
    unsigned        i;
    ngx_chat_mod_t  mod;

    (void) state;

    s = store_of(STORE_SIZE);
    s->caller.now = 1000000;
    store_actor(s, "nobody", "", NONE);

    for (i = 0; i < 1000; i++) {
        snprintf(name, sizeof(name), "user%u", i);
        done(s, "a", NGX_CHAT_ACT_KICK, name, 0);
    }

    check(s);
    assert_true(s->log->rights > 50);

    for (i = 0; i < 1000; i++) {
        snprintf(name, sizeof(name), "user%u", i);
        mod = store_mod(NGX_CHAT_ACT_BAN, name, 5000);

        if (act(s, "a", &mod) != NGX_CHAT_LOG_OK) {
            break;
        }
    }

    assert_true(i > 50 && i < 1000);
    check(s);

    done(s, "a", NGX_CHAT_ACT_KICK, "somebody", 0);
    assert_int_equal(kick_of(s, "a", "somebody")->version, 0);

    store_actor(s, "boss", "", OWNER);
    assert_int_equal(store_acts(s, "a", 1), NGX_CHAT_LOG_OK);
    assert_int_equal(s->page.n, 1);
    assert_int_equal(s->recs[0].version, s->rights.conf.version);
    check(s);
    store_free(s);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_kick),
        cmocka_unit_test(test_end),
        cmocka_unit_test(test_max),
        cmocka_unit_test(test_evict),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
