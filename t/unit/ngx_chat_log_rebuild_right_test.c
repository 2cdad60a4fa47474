
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The embedded store's rights made sound again: after damage of any kind.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "log_damage.h"


/* A slow mode, a ban, a mute, of a room with a message. */

static store_t *
ruled(void)
{
    store_t         *s;
    ngx_chat_mod_t   mod;

    s = store_of(STORE_SIZE);
    assert_int_equal(store_send(s, "a", "x"), NGX_CHAT_LOG_OK);
    store_actor(s, "boss", "", NGX_CHAT_ROLE_OWNER);
    mod = store_mod(NGX_CHAT_ACT_SLOW, "", 0);
    mod.slow = 10;
    assert_int_equal(store_moderate(s, "a", &mod), NGX_CHAT_LOG_OK);
    mod = store_mod(NGX_CHAT_ACT_BAN, "ann", 1000000);
    assert_int_equal(store_moderate(s, "a", &mod), NGX_CHAT_LOG_OK);
    mod.act = NGX_CHAT_ACT_MUTE;
    assert_int_equal(store_moderate(s, "a", &mod), NGX_CHAT_LOG_OK);
    store_actor(s, "ann", "", NGX_CHAT_ROLE_NONE);

    return s;
}


/*
 * Rights are no part of what a room loses with its numbers, nor are acts but
 * the one that is damaged.
 */

static void
test_renewed(void **state)
{
    store_t                *s;
    unsigned char           epoch[NGX_CHAT_WIRE_EPOCH_MAX];
    ngx_chat_log_record_t  *rec;

    (void) state;

    s = ruled();
    memcpy(epoch, s->stored.epoch, s->stored.epoch_len);
    rec = (void *) ngx_chat_log_record(s->log, NGX_CHAT_LOG_KEPT,
                       ngx_chat_log_rules(s->log, find(s, "a"))->acts);
    rec->tick++;

    assert_int_equal(store_rebuild(s), 1);
    check(s);
    assert_int_equal(store_rights(s, "a"), NGX_CHAT_LOG_REFUSED);
    assert_int_equal(s->rights.verdict.code, NGX_CHAT_CODE_BANNED);
    assert_int_equal(s->rights.conf.slow, 10);
    assert_int_equal(s->rights.conf.version, 1002);

    store_actor(s, "boss", "", NGX_CHAT_ROLE_OWNER);
    assert_int_equal(store_acts(s, "a", 10), NGX_CHAT_LOG_OK);
    assert_int_equal(s->page.n, 2);
    assert_int_equal(store_send(s, "a", "y"), NGX_CHAT_LOG_OK);
    assert_int_equal(s->stored.seq, 1);
    assert_memory_not_equal(s->stored.epoch, epoch, s->stored.epoch_len);

    store_free(s);
}


/*
 * S4: any bit of rules or of a right: what is not as it was is gone, and
 * counted, or the last act is; nothing that nobody said is there.
 */

static void
test_rights(void **state)
{
    size_t              i, bit;
    store_t            *s;
    unsigned            gone, undone;
    unsigned char      *cell;
    ngx_chat_log_rc_e   rc;

    (void) state;

    gone = 0;
    undone = 0;

    for (i = 0; i < 2 * NGX_CHAT_LOG_CELL * 8; i++) {
        s = ruled();
        cell = (unsigned char *) ngx_chat_log_rules(s->log, find(s, "a"));

        if (i >= NGX_CHAT_LOG_CELL * 8) {
            cell = (unsigned char *) ngx_chat_log_any(s->log,
                       ngx_chat_log_rules(s->log, find(s, "a"))->first);
        }

        bit = i % (NGX_CHAT_LOG_CELL * 8);
        cell[bit / 8] ^= (unsigned char) (1 << bit % 8);
        s->damaged = 1;

        (void) store_rights(s, "a");
        (void) store_rebuild(s);
        s->damaged = 0;
        check(s);

        rc = store_rights(s, "a");
        assert_true(s->rights.conf.slow == 10 || s->rights.conf.slow == 0);
        assert_true(s->rights.until == 0 || s->rights.until == 1001000);

        if (rc == NGX_CHAT_LOG_OK) {
            /* what it was cannot be told if it does not say so itself */
            assert_true(s->log->damaged != 0 || bit < 8);
            gone++;

        } else {
            assert_int_equal(s->rights.verdict.until, 1001000);
            assert_true(s->rights.conf.version >= 1002);
            undone += s->rights.until == 0 || s->rights.conf.version != 1002;
        }

        store_free(s);
    }

    assert_true(gone > 100);
    assert_true(undone > 100);
}


/* A right whose room, or whose room's rules, are gone. */

static void
test_orphans(void **state)
{
    store_t  *s;

    (void) state;

    s = ruled();
    ngx_chat_log_rules(s->log, find(s, "a"))->cell.kind = NGX_CHAT_LOG_FREE;
    s->damaged = 1;
    assert_int_equal(store_rights(s, "a"), NGX_CHAT_LOG_BROKEN);
    assert_int_equal(store_rebuild(s), 0);
    check(s);
    assert_int_equal(s->log->damaged, 1);
    assert_int_equal(store_rights(s, "a"), NGX_CHAT_LOG_OK);
    store_free(s);

    s = ruled();
    find(s, "a")->sum++;
    s->damaged = 1;
    assert_int_equal(store_rebuild(s), 1);
    check(s);
    assert_int_equal(s->log->damaged, 2);
    assert_int_equal(s->log->rights, 0);
    assert_int_equal(store_rights(s, "a"), NGX_CHAT_LOG_OK);
    store_free(s);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_renewed),
        cmocka_unit_test(test_rights),
        cmocka_unit_test(test_orphans),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
