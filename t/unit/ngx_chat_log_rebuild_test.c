
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The embedded store made sound again: after damage of any kind.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "log_damage.h"


#define FLIPS       3000

/* before the head's checksum */
#define HEAD_WORDS  (offsetof(ngx_chat_log_t, sum) / 8)


static uint32_t  seed;


static unsigned
dice(unsigned n)
{
    seed = seed * 1664525 + 1013904223;

    return (seed >> 8) % n;
}


/* A room whose records have all been overwritten keeps its number. */

static void
test_numbers(void **state)
{
    unsigned        i;
    store_t        *s;
    unsigned char   epoch[NGX_CHAT_WIRE_EPOCH_MAX];

    (void) state;

    s = store_of(STORE_SIZE);

    for (i = 0; i < 5; i++) {
        assert_int_equal(store_send(s, "quiet", "x"), NGX_CHAT_LOG_OK);
    }

    memcpy(epoch, s->stored.epoch, s->stored.epoch_len);

    for (i = 0; i < 2000; i++) {
        s->keep.count = i % 2;
        assert_int_equal(store_send(s, "loud", "x"), NGX_CHAT_LOG_OK);
    }

    s->keep.count = 10;

    for (i = 0; i < 3; i++) {
        assert_int_equal(store_rebuild(s), 0);
        check(s);

        assert_int_equal(store_history(s, "quiet", NGX_CHAT_LOG_AFTER, 4, 10),
                         NGX_CHAT_LOG_OK);
        assert_int_equal(s->page.top, 5);
        assert_int_equal(s->page.floor, 6);
        assert_int_equal(s->page.whole, 0);
    }

    assert_int_equal(store_send(s, "quiet", "x"), NGX_CHAT_LOG_OK);
    assert_int_equal(s->stored.seq, 6);
    assert_memory_equal(s->stored.epoch, epoch, s->stored.epoch_len);
    assert_int_equal(store_send(s, "loud", "x"), NGX_CHAT_LOG_OK);
    assert_int_equal(s->stored.seq, 2001);

    store_free(s);
}


/* S4: torn numbers are had from the rings; from nowhere else. */

static void
test_torn(void **state)
{
    unsigned        i;
    store_t        *s;
    unsigned char   epoch[NGX_CHAT_WIRE_EPOCH_MAX];

    (void) state;

    s = store_of(STORE_SIZE);

    for (i = 0; i < 5; i++) {
        assert_int_equal(store_send(s, "a", "x"), NGX_CHAT_LOG_OK);
    }

    s->keep.count = 0;
    assert_int_equal(store_send(s, "a", "x"), NGX_CHAT_LOG_OK);
    s->keep.count = 10;
    memcpy(epoch, s->stored.epoch, s->stored.epoch_len);

    find(s, "a")->seq = 1000;
    assert_int_equal(store_rebuild(s), 0);
    check(s);

    assert_int_equal(store_history(s, "a", NGX_CHAT_LOG_LATEST, 4, 10),
                     NGX_CHAT_LOG_OK);
    assert_int_equal(s->page.top, 6);
    assert_int_equal(s->page.n, 5);
    assert_memory_equal(s->page.epoch, epoch, s->page.epoch_len);

    for (i = 0; i < 2000; i++) {
        s->keep.count = i % 2;
        assert_int_equal(store_send(s, "loud", "x"), NGX_CHAT_LOG_OK);
    }

    find(s, "a")->seq = 1000;
    assert_int_equal(store_rebuild(s), 1);
    assert_null(find(s, "a"));
    assert_int_equal(store_send(s, "a", "x"), NGX_CHAT_LOG_OK);
    assert_int_equal(s->stored.seq, 1);
    assert_memory_not_equal(s->stored.epoch, epoch, s->stored.epoch_len);

    store_free(s);
}


/*
 * The newest records of a room may be gone while older ones are there: its
 * number is not had from these.
 */

static void
test_newest_gone(void **state)
{
    unsigned        i;
    store_t        *s;
    unsigned char   epoch[NGX_CHAT_WIRE_EPOCH_MAX];

    (void) state;

    s = store_of(STORE_SIZE);
    assert_int_equal(store_send(s, "a", "x"), NGX_CHAT_LOG_OK);
    s->keep.count = 0;
    assert_int_equal(store_send(s, "a", "x"), NGX_CHAT_LOG_OK);
    memcpy(epoch, s->stored.epoch, s->stored.epoch_len);

    for (i = 0; i < 1000; i++) {
        assert_int_equal(store_send(s, "loud", "x"), NGX_CHAT_LOG_OK);
    }

    find(s, "a")->seq++;
    s->damaged = 1;
    assert_int_equal(store_send(s, "a", "x"), NGX_CHAT_LOG_BROKEN);
    assert_int_equal(store_history(s, "a", NGX_CHAT_LOG_LATEST, 0, 10),
                     NGX_CHAT_LOG_BROKEN);
    assert_int_equal(store_rebuild(s), 1);
    assert_int_equal(store_send(s, "a", "x"), NGX_CHAT_LOG_OK);
    assert_int_equal(s->stored.seq, 1);
    assert_memory_not_equal(s->stored.epoch, epoch, s->stored.epoch_len);

    store_free(s);
}


/* Users and listeners are forgotten, and the cells of both. */

static void
test_forgotten(void **state)
{
    store_t                *s;
    uint64_t                free_cells;
    ngx_chat_log_cursor_t   cursor;

    (void) state;

    s = store_of(STORE_SIZE);
    assert_int_equal(store_send(s, "a", "x"), NGX_CHAT_LOG_OK);
    free_cells = s->log->free;

    store_start(s, 0, &cursor);
    assert_int_equal(store_listen(s, 0, "a"), NGX_CHAT_LOG_OK);
    assert_int_equal(store_enter(s, 0, "a", "u"), NGX_CHAT_LOG_OK);
    assert_int_equal(store_enter(s, 0, "a", "v"), NGX_CHAT_LOG_OK);

    assert_int_equal(store_rebuild(s), 0);
    assert_true(ngx_chat_log_unread(s->log, &cursor));
    assert_int_equal(store_read(s, &cursor), NGX_CHAT_LOG_LOST);
    assert_int_equal(s->log->free, free_cells);
    assert_int_equal(s->log->users, 0);
    assert_int_equal(s->log->idle, 1);
    assert_int_equal(store_enter(s, 0, "a", "u"), NGX_CHAT_LOG_OK);
    assert_int_equal(s->present.count, 1);
    assert_int_equal(s->present.wake.words[0], 0);

    store_free(s);
}


/*
 * Whose number the last record of a ring had is not known, if that cannot be
 * read: everybody gets another epoch, once.
 */

static void
test_last(void **state)
{
    store_t                *s;
    ngx_chat_log_record_t  *rec;

    (void) state;

    s = store_of(STORE_SIZE);
    assert_int_equal(store_send(s, "a", "x"), NGX_CHAT_LOG_OK);
    assert_int_equal(store_send(s, "b", "x"), NGX_CHAT_LOG_OK);

    rec = (void *) ngx_chat_log_record(s->log, NGX_CHAT_LOG_KEPT,
                                       find(s, "b")->last);
    rec->seq++;

    assert_int_equal(store_rebuild(s), 2);
    check(s);
    assert_int_equal(store_send(s, "a", "x"), NGX_CHAT_LOG_OK);
    assert_int_equal(s->stored.seq, 1);
    assert_int_equal(store_rebuild(s), 0);

    rec = (void *) ngx_chat_log_record(s->log, NGX_CHAT_LOG_KEPT,
                                       find(s, "a")->last);
    rec->seq++;

    assert_int_equal(store_rebuild(s), 1);
    assert_int_equal(store_listen(s, 0, "b"), NGX_CHAT_LOG_OK);
    assert_int_equal(store_rebuild(s), 0);

    store_free(s);
}


/* S4: any bit of the head: the store is sound, or it is made anew. */

static void
test_head(void **state)
{
    size_t     i;
    store_t   *s;
    uint64_t   generation;

    (void) state;

    for (i = 0; i < sizeof(ngx_chat_log_t) * 8; i++) {
        s = store_of(STORE_SIZE);
        assert_int_equal(store_listen(s, 0, "a"), NGX_CHAT_LOG_OK);
        assert_int_equal(store_send(s, "a", "x"), NGX_CHAT_LOG_OK);
        assert_int_equal(store_enter(s, 0, "a", "u"), NGX_CHAT_LOG_OK);

        ((unsigned char *) s->log)[i / 8] ^= (unsigned char) (1 << (i % 8));
        generation = s->log->generation;
        s->damaged = 1;

        (void) store_send(s, "a", "y");
        (void) store_enter(s, 0, "a", "v");
        (void) store_leave(s, 0, "a", "u");
        (void) store_listen(s, 0, "b");

        (void) store_rebuild(s);
        s->damaged = 0;
        assert_true(ngx_chat_log_check(s->log, s->size));
        assert_true(s->log->generation != generation);
        check(s);
        assert_int_equal(store_send(s, "a", "z"), NGX_CHAT_LOG_OK);

        store_free(s);
    }
}


/*
 * S6: what another layout has left is not used, whatever else is right in it;
 * it is made anew, and no epoch of it comes again.
 */

static void
test_layout(void **state)
{
    size_t                  i;
    store_t                *s;
    uint64_t                layout, generation, words[HEAD_WORDS];
    unsigned char           epoch[NGX_CHAT_WIRE_EPOCH_MAX], seed_new[16];
    ngx_chat_log_cursor_t   cursor;

    (void) state;

    s = store_of(STORE_SIZE);
    layout = s->log->layout;
    generation = s->log->generation;

    store_start(s, 0, &cursor);
    assert_int_equal(store_listen(s, 0, "a"), NGX_CHAT_LOG_OK);
    assert_int_equal(store_send(s, "a", "old"), NGX_CHAT_LOG_OK);
    assert_int_equal(store_enter(s, 0, "a", "u"), NGX_CHAT_LOG_OK);
    memcpy(epoch, s->stored.epoch, s->stored.epoch_len);

    s->log->layout--;
    s->log->sum = 0;
    memcpy(words, s->log, sizeof(words));

    for (i = 0; i < HEAD_WORDS; i++) {
        s->log->sum = ngx_chat_log_mix(s->log->sum, words[i]);
    }

    assert_false(ngx_chat_log_check(s->log, s->size));
    assert_false(ngx_chat_log_begin(s->log));

    memcpy(seed_new, "another seed now", sizeof(seed_new));
    (void) ngx_chat_log_rebuild(s->log, s->size, seed_new);
    ngx_chat_log_end(s->log);

    assert_true(ngx_chat_log_check(s->log, s->size));
    assert_int_equal(s->log->layout, layout);
    assert_true(s->log->generation != generation);
    assert_int_equal(s->log->rooms, 0);
    assert_int_equal(s->log->users, 0);
    check(s);

    /* who listened knows that all is new */

    assert_int_equal(store_read(s, &cursor), NGX_CHAT_LOG_LOST);
    assert_int_equal(store_send(s, "a", "new"), NGX_CHAT_LOG_OK);
    assert_int_equal(s->stored.seq, 1);
    assert_memory_not_equal(s->stored.epoch, epoch, s->stored.epoch_len);

    store_free(s);
}


static void
moderate(store_t *s, const char *room)
{
    ngx_chat_mod_t  mod;
    static char     user[16];

    if (dice(2)) {
        s->caller.actor = NULL;
        return;
    }

    snprintf(user, sizeof(user), "user%u", dice(5));
    mod = store_mod(1 + dice(NGX_CHAT_ACT_COUNT - 1), user, dice(100));
    mod.role = dice(NGX_CHAT_ROLE_COUNT);
    mod.slow = dice(3);
    mod.lock = dice(3);

    if (dice(5) == 0) {
        mod.ip = str("192.0.2.9");
        mod.user.len = 0;
    }

    s->caller.now += dice(10);
    store_actor(s, "boss", "192.0.2.9", NGX_CHAT_ROLE_OWNER);
    (void) store_moderate(s, room, &mod);
    (void) store_acts(s, room, 10);
    store_actor(s, user, "192.0.2.9", NGX_CHAT_ROLE_NONE);
    (void) store_rights(s, room);
}


/* S4 S5: any bit anywhere, and then all that there is to do. */

static void
test_flips(void **state)
{
    char                    room[16];
    size_t                  bit;
    unsigned                i, j, broken;
    store_t                *s;
    uint32_t                cell;
    ngx_chat_log_cursor_t   cursor;

    (void) state;

    seed = 7;
    broken = 0;
    s = store_of(STORE_SIZE);
    s->damaged = 1;

    for (i = 0; i < FLIPS; i++) {
        store_start(s, 0, &cursor);

        for (j = 0; j < 30; j++) {
            snprintf(room, sizeof(room), "r%u", dice(60));
            (void) store_listen(s, dice(3), room);
            (void) store_enter(s, dice(3), room, "user");
            (void) store_send(s, room, "x");
            (void) store_history(s, room, dice(4), dice(5), dice(10));
            (void) store_list(s, room, "", 10);
            moderate(s, room);
            (void) store_leave(s, dice(3), room, "user");
            (void) store_read(s, &cursor);

            if (s->log->dirty) {
                break;
            }

            if (j == 10) {
                bit = dice((unsigned) s->size * 8);
                bit = dice(2) ? bit : s->log->geometry.rooms_at * 8
                      + dice((unsigned) (s->log->geometry.ring_at[0]
                                         - s->log->geometry.rooms_at) * 8);
                ((unsigned char *) s->log)[bit / 8] ^=
                    (unsigned char) (1 << (bit % 8));
            }

        }

        broken += s->log->dirty;

        if (dice(4) == 0 && store_may(s)) {
            cell = 0;
            (void) ngx_chat_log_sweep(&s->caller, &cell, &s->wake);
            ngx_chat_log_end(s->log);
        }

        (void) store_rebuild(s);
        check(s);
    }

    assert_true(broken > 20);
    store_free(s);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_torn),
        cmocka_unit_test(test_newest_gone),
        cmocka_unit_test(test_forgotten),
        cmocka_unit_test(test_last),
        cmocka_unit_test(test_head),
        cmocka_unit_test(test_layout),
        cmocka_unit_test(test_flips),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
