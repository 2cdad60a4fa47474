
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The embedded store's acts: they are heard, and in the moderation log of their
 * room; its history has none of them.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "log_act.h"


static void
heard(store_t *s, ngx_chat_log_cursor_t *cursor)
{
    assert_int_equal(store_read(s, cursor), NGX_CHAT_LOG_OK);
    assert_int_equal(s->rec.kind, NGX_CHAT_WIRE_MESSAGE);
    assert_int_equal(store_read(s, cursor), NGX_CHAT_LOG_OK);
    assert_int_equal(s->rec.kind, NGX_CHAT_WIRE_MOD);
    assert_true(str_is(&s->rec.room, "a"));
    assert_true(str_is(&s->rec.act, "ban"));
    assert_true(str_is(&s->rec.user, "boss"));
    assert_true(str_is(&s->rec.name, "Name"));
    assert_true(str_is(&s->rec.target, "ann"));
    assert_true(str_is(&s->rec.body, "because"));
    assert_int_equal(s->rec.until, 1500);
    assert_int_equal(s->rec.version, 1000);
    assert_int_equal(s->rec.time, 1000);
    assert_int_equal(s->rec.seq, 0);
    assert_int_equal(store_read(s, cursor), NGX_CHAT_LOG_OK);
    assert_true(str_is(&s->rec.act, "role"));
    assert_int_equal(s->rec.value, MODERATOR);
    assert_int_equal(s->rec.until, 0);
    assert_int_equal(s->rec.version, 1001);
    assert_int_equal(store_read(s, cursor), NGX_CHAT_LOG_OK);
    assert_int_equal(s->rec.seq, 2);
    assert_int_equal(store_read(s, cursor), NGX_CHAT_LOG_OK);
    assert_true(str_is(&s->rec.act, "slow"));
    assert_int_equal(s->rec.value, 30);
    assert_int_equal(store_read(s, cursor), NGX_CHAT_LOG_OK);
    assert_true(str_is(&s->rec.act, "lock"));
    assert_int_equal(s->rec.value, NGX_CHAT_LOCK_WRITE);
    assert_int_equal(store_read(s, cursor), NGX_CHAT_LOG_NONE);
}


static void
listed(store_t *s)
{
    store_actor(s, "boss", "", MODERATOR);
    assert_int_equal(store_acts(s, "a", 3), NGX_CHAT_LOG_OK);
    assert_int_equal(s->page.n, 3);
    assert_int_equal(s->page.more, 1);
    assert_true(str_is(&s->recs[0].act, "role"));
    assert_true(str_is(&s->recs[1].act, "slow"));
    assert_true(str_is(&s->recs[2].act, "lock"));
    assert_true(str_is(&s->recs[2].room, "a"));
    assert_int_equal(store_acts(s, "a", 4), NGX_CHAT_LOG_OK);
    assert_int_equal(s->page.n, 4);
    assert_int_equal(s->page.more, 0);
    assert_int_equal(store_acts(s, "a", 0), NGX_CHAT_LOG_OK);
    assert_int_equal(s->page.n, 0);
    assert_int_equal(store_acts(s, "b", 9), NGX_CHAT_LOG_OK);
    assert_int_equal(s->page.n, 1);
    assert_int_equal(store_acts(s, "none", 9), NGX_CHAT_LOG_OK);
    assert_int_equal(s->page.n, 0);

    store_actor(s, "ann", "", NGX_CHAT_ROLE_MEMBER);
    assert_int_equal(store_acts(s, "b", 9), NGX_CHAT_LOG_REFUSED);
    assert_int_equal(store_acts(s, "none", 9), NGX_CHAT_LOG_REFUSED);
    assert_int_equal(s->log->rooms, 2);
}


/* The acts are heard, and the log has them; the history has not. */

static void
test_acts(void **state)
{
    unsigned                i;
    store_t                *s;
    ngx_chat_mod_t          mod;
    ngx_chat_log_cursor_t   cursor;

    (void) state;

    s = store_of(STORE_SIZE);
    assert_int_equal(store_start(s, 3, &cursor), NGX_CHAT_LOG_OK);
    assert_int_equal(store_listen(s, 3, "a"), NGX_CHAT_LOG_OK);
    assert_int_equal(say(s, "a", "1"), NGX_CHAT_LOG_OK);

    mod = store_mod(NGX_CHAT_ACT_BAN, "ann", 500);
    assert_int_equal(act(s, "a", &mod), NGX_CHAT_LOG_OK);
    assert_int_equal(s->rights.wake.words[0], 8);
    done_role(s, "a", "bob", MODERATOR);
    done(s, "b", NGX_CHAT_ACT_KICK, "cat", 0);
    assert_int_equal(say(s, "a", "2"), NGX_CHAT_LOG_OK);
    assert_int_equal(s->stored.seq, 2);
    assert_int_equal(s->stored.prev, 1);
    done_slow(s, "a", 30);
    mod = store_mod(NGX_CHAT_ACT_LOCK, "", 0);
    mod.lock = NGX_CHAT_LOCK_WRITE;
    assert_int_equal(act(s, "a", &mod), NGX_CHAT_LOG_OK);

    heard(s, &cursor);

    assert_int_equal(store_history(s, "a", NGX_CHAT_LOG_LATEST, 0, 10),
                     NGX_CHAT_LOG_OK);
    assert_int_equal(s->page.n, 2);
    assert_int_equal(s->page.floor, 1);
    assert_int_equal(s->page.top, 2);

    for (i = 0; i < 2; i++) {
        listed(s);

        /* and all the same after a rebuild */

        assert_int_equal(store_rebuild(s), 0);
        check(s);
    }

    store_free(s);
}


/* Acts do not count among the messages that are kept, and messages push the
   oldest acts out of the ring. */

static void
test_acts_many(void **state)
{
    unsigned   i;
    uint64_t   first;
    store_t   *s;

    (void) state;

    s = store_of(STORE_SIZE);
    s->keep.count = 5;

    for (i = 0; i < 5; i++) {
        assert_int_equal(say(s, "a", ""), NGX_CHAT_LOG_OK);
        done(s, "a", NGX_CHAT_ACT_KICK, "ann", 0);
        done(s, "a", NGX_CHAT_ACT_KICK, "ann", 0);
    }

    assert_int_equal(store_history(s, "a", NGX_CHAT_LOG_LATEST, 0, 10),
                     NGX_CHAT_LOG_OK);
    assert_int_equal(s->page.n, 5);
    assert_int_equal(s->page.floor, 1);

    store_actor(s, "boss", "", OWNER);
    first = 0;

    for (i = 0; i < 500; i++) {
        done(s, "a", NGX_CHAT_ACT_KICK, "ann", 0);
        assert_int_equal(say(s, "b", ""), NGX_CHAT_LOG_OK);
        assert_int_equal(store_acts(s, "a", STORE_PAGE), NGX_CHAT_LOG_OK);
        assert_true(s->page.n > 0);
        assert_int_equal(s->recs[s->page.n - 1].version, 1010 + i);
        assert_true(s->recs[0].version >= first);
        assert_int_equal(s->recs[s->page.n - 1].version
                         - s->recs[0].version, s->page.n - 1);
        first = s->recs[0].version;
    }

    assert_true(first > 1400);
    check(s);
    store_free(s);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_acts),
        cmocka_unit_test(test_acts_many),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
