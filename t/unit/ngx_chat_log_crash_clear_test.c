
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * S3: a process ends at any step of clearing a room.  What was said is there
 * or gone, and stays gone; the rights are as they were.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "log_act.h"
#include "log_crash.h"


#define STEPS  1000


static const char  *clearing;          /* a room */


static void
op_clear(store_t *s)
{
    done(s, clearing, NGX_CHAT_ACT_CLEAR, "", 0);
}


/* Returns how many messages are left. */

static size_t
left(store_t *s, const char *room, unsigned banned)
{
    size_t           n;
    ngx_chat_mod_t   mod;

    assert_int_equal(store_history(s, room, NGX_CHAT_LOG_LATEST, 0, 10),
                     NGX_CHAT_LOG_OK);
    assert_int_equal(s->page.top, s->page.n);
    n = s->page.n;

    store_actor(s, "zed", "", NONE);
    assert_int_equal(store_rights(s, room),
                     banned ? NGX_CHAT_LOG_REFUSED : NGX_CHAT_LOG_OK);
    assert_int_equal(s->log->damaged, 0);
    check(s);

    /* it goes on, and another one clears it */

    assert_int_equal(store_send(s, room, "more"), banned ? NGX_CHAT_LOG_REFUSED
                                                         : NGX_CHAT_LOG_OK);
    mod = store_mod(NGX_CHAT_ACT_CLEAR, "", 0);
    assert_int_equal(act(s, room, &mod), NGX_CHAT_LOG_OK);
    assert_int_equal(store_history(s, room, NGX_CHAT_LOG_LATEST, 0, 10),
                     NGX_CHAT_LOG_OK);
    assert_int_equal(s->page.n, 0);
    assert_int_equal(store_rebuild(s), 0);
    assert_int_equal(store_history(s, room, NGX_CHAT_LOG_LATEST, 0, 10),
                     NGX_CHAT_LOG_OK);
    assert_int_equal(s->page.n, 0);
    check(s);

    return n;
}


static void
each_step(const char *room, unsigned banned)
{
    int        ended;
    size_t     n;
    store_t   *s;
    unsigned   i, step, kept, gone;

    ended = 0;
    kept = 0;
    gone = 0;

    for (step = 1; !ended && step < STEPS; step++) {
        s = store_of(STORE_SIZE);

        for (i = 0; i < 3; i++) {
            assert_int_equal(store_send(s, room, "text"), NGX_CHAT_LOG_OK);
        }

        if (banned) {
            done(s, room, NGX_CHAT_ACT_BAN, "zed", NGX_CHAT_RIGHTS_EVER);
        }

        clearing = room;
        ended = crash(s, op_clear, step);

        if (!ended) {
            assert_true(store_rebuild(s) <= 1);
        }

        n = left(s, room, banned);
        kept += (n == 3);
        gone += (n == 0);

        store_free(s);
    }

    assert_true(ended);
    assert_true(kept > 2 && gone > 2);
    assert_int_equal(kept + gone, step - 1);
}


static void
test_clear(void **state)
{
    (void) state;

    each_step("a", 0);
    each_step("a", 1);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_clear),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
