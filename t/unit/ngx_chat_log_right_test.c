
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The embedded store's rights: they take no more memory than they say, and give
 * it back.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "log_act.h"


static void
test_slow(void **state)
{
    store_t  *s;

    (void) state;

    s = store_of(STORE_SIZE);
    s->caller.now = 1000000;
    done_slow(s, "a", 10);
    assert_int_equal(s->rights.conf.slow, 10);

    store_actor(s, "ann", "", NONE);
    assert_int_equal(say(s, "a", "1"), NGX_CHAT_LOG_OK);
    assert_int_equal(s->log->rights, 1);
    check(s);

    s->caller.now += 3000;
    assert_int_equal(say(s, "a", "2"), NGX_CHAT_LOG_REFUSED);
    assert_int_equal(s->stored.verdict.code, NGX_CHAT_CODE_SLOW_MODE);
    assert_int_equal(s->stored.verdict.wait, 7000);

    /* what was said is said, however soon it is repeated */

    s->keep.dedupe = 100000;
    assert_int_equal(say(s, "a", "1"), NGX_CHAT_LOG_OK);
    assert_int_equal(s->stored.dup, 1);

    store_actor(s, "bob", "", NONE);
    assert_int_equal(say(s, "a", ""), NGX_CHAT_LOG_OK);
    store_actor(s, "boss", "", MODERATOR);
    assert_int_equal(say(s, "a", ""), NGX_CHAT_LOG_OK);
    assert_int_equal(say(s, "a", ""), NGX_CHAT_LOG_OK);
    assert_int_equal(s->log->rights, 2);

    store_actor(s, "ann", "", NONE);
    s->caller.now += 6999;
    assert_int_equal(say(s, "a", "2"), NGX_CHAT_LOG_REFUSED);
    assert_int_equal(s->stored.verdict.wait, 1);
    s->caller.now++;
    assert_int_equal(say(s, "a", "2"), NGX_CHAT_LOG_OK);
    assert_int_equal(say(s, "a", "3"), NGX_CHAT_LOG_REFUSED);

    /* when a time is over it says nothing any more, and goes */

    s->caller.now += 10000;
    assert_int_equal(say(s, "a", "3"), NGX_CHAT_LOG_OK);
    s->caller.now += 10000;
    store_actor(s, "cat", "", NONE);
    assert_int_equal(say(s, "a", ""), NGX_CHAT_LOG_OK);
    assert_int_equal(s->log->rights, 1);
    check(s);

    done_slow(s, "a", 0);
    assert_int_equal(say(s, "a", ""), NGX_CHAT_LOG_OK);
    assert_int_equal(say(s, "a", ""), NGX_CHAT_LOG_OK);
    done_slow(s, "a", 4000000000);
    assert_int_equal(s->rights.conf.slow, NGX_CHAT_RIGHTS_SLOW_MAX);

    check(s);
    store_free(s);
}


/* Whoever writes in a slow room leaves something; it does not grow. */

static void
test_slow_many(void **state)
{
    char      id[24];
    store_t  *s;
    unsigned  i;

    (void) state;

    s = store_of(STORE_SIZE);
    s->caller.now = 1000000;
    done_slow(s, "a", 1);

    for (i = 0; i < 5000; i++) {
        snprintf(id, sizeof(id), "user%u", i);
        store_actor(s, id, "", NONE);
        s->caller.now += 100;
        assert_int_equal(say(s, "a", ""), NGX_CHAT_LOG_OK);
        assert_true(s->log->rights <= 20);
    }

    check(s);
    store_free(s);
}


/* In a slow room nobody may write whose time cannot be remembered. */

static void
test_slow_full(void **state)
{
    char      id[32];
    store_t  *s;
    unsigned  i;
    uint64_t  seq;

    (void) state;

    s = store_of(STORE_SIZE);
    s->caller.now = 1000000;
    done_slow(s, "a", 100);
    seq = 0;

    for (i = 0; i < 1000; i++) {
        snprintf(id, sizeof(id), "user%u", i);
        store_actor(s, id, "", NONE);

        if (say(s, "a", "") != NGX_CHAT_LOG_OK) {
            break;
        }

        seq = s->stored.seq;
    }

    assert_true(i > 50 && i < 1000);
    assert_int_equal(say(s, "a", ""), NGX_CHAT_LOG_FULL);
    store_actor(s, "user0", "", NONE);
    assert_int_equal(say(s, "a", ""), NGX_CHAT_LOG_REFUSED);
    s->caller.now += 100000;
    assert_int_equal(say(s, "a", ""), NGX_CHAT_LOG_OK);
    assert_int_equal(s->stored.seq, seq + 1);

    check(s);
    store_free(s);
}


/* LARGE where a room knows of too many; what is over makes room. */

static void
test_max(void **state)
{
    char             id[24];
    store_t         *s;
    unsigned         i;
    ngx_chat_mod_t   mod;

    (void) state;

    s = store_of(16 * 1024 * 1024);

    for (i = 0; i < NGX_CHAT_LOG_RIGHTS_MAX; i++) {
        snprintf(id, sizeof(id), "user%u", i);
        done(s, "a", NGX_CHAT_ACT_BAN, id, (i < 10) ? 1000 : 100000);
    }

    mod = store_mod(NGX_CHAT_ACT_MUTE, "more", 1000);
    assert_int_equal(act(s, "a", &mod), NGX_CHAT_LOG_LARGE);
    assert_int_equal(store_rights(s, "a"), NGX_CHAT_LOG_OK);
    assert_int_equal(s->rights.conf.version,
                     999 + NGX_CHAT_LOG_RIGHTS_MAX);

    /* of whom it knows already it may know more, and it may forget */

    done(s, "a", NGX_CHAT_ACT_MUTE, "user500", 1000);
    done(s, "a", NGX_CHAT_ACT_KICK, "more", 0);
    done_slow(s, "a", 5);
    store_actor(s, "writer", "", NONE);
    assert_int_equal(say(s, "a", ""), NGX_CHAT_LOG_OK);
    done(s, "a", NGX_CHAT_ACT_UNBAN, "user77", 0);
    assert_int_equal(act(s, "a", &mod), NGX_CHAT_LOG_OK);
    mod.user = str("another");
    assert_int_equal(act(s, "a", &mod), NGX_CHAT_LOG_LARGE);

    s->caller.now += 2000;

    for (i = 0; i < 20 && act(s, "a", &mod) != NGX_CHAT_LOG_OK; i++) {
        /* void */
    }

    assert_true(i < 20);
    check(s);
    assert_int_equal(store_rebuild(s), 0);
    check(s);

    store_free(s);
}


/* A room with rights is not forgotten for others, one without is. */

static void
test_evict(void **state)
{
    char      name[32];
    store_t  *s;
    unsigned  i;

    (void) state;

    s = store_of(STORE_SIZE);
    s->caller.now = 1000000;
    store_actor(s, "ann", "", NONE);
    done(s, "ruled", NGX_CHAT_ACT_BAN, "ann", 5000);
    done(s, "told", NGX_CHAT_ACT_UNBAN, "ann", 0);

    for (i = 0; i < 1000; i++) {
        snprintf(name, sizeof(name), "room%u", i);
        assert_int_equal(say(s, name, ""), NGX_CHAT_LOG_OK);
    }

    check(s);
    assert_int_equal(store_rights(s, "ruled"), NGX_CHAT_LOG_REFUSED);
    assert_int_equal(s->rights.conf.version, 1000000);
    assert_int_equal(store_rights(s, "told"), NGX_CHAT_LOG_OK);
    assert_int_equal(s->rights.conf.version, 0);

    /* all cells have rights: there is nothing to be had, and no harm done */

    for (i = 0; i < 1000; i++) {
        ngx_chat_mod_t  mod;

        snprintf(name, sizeof(name), "user%u", i);
        mod = store_mod(NGX_CHAT_ACT_BAN, name, 5000);

        if (act(s, "ruled", &mod) != NGX_CHAT_LOG_OK) {
            break;
        }
    }

    assert_true(i > 50 && i < 1000);
    check(s);
    assert_int_equal(say(s, "room1", ""), NGX_CHAT_LOG_FULL);
    assert_int_equal(say(s, "ruled", ""), NGX_CHAT_LOG_REFUSED);

    /* until they are over */

    s->caller.now += 5000;
    assert_int_equal(say(s, "room1", ""), NGX_CHAT_LOG_OK);
    assert_int_equal(store_rights(s, "ruled"), NGX_CHAT_LOG_OK);

    for (i = 0; i < 1000; i++) {
        snprintf(name, sizeof(name), "room%u", i);
        assert_int_equal(say(s, name, ""), NGX_CHAT_LOG_OK);
    }

    assert_int_equal(s->log->rights, 0);
    check(s);
    store_free(s);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_slow),
        cmocka_unit_test(test_slow_many),
        cmocka_unit_test(test_slow_full),
        cmocka_unit_test(test_max),
        cmocka_unit_test(test_evict),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
