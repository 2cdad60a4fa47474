
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Readers of the embedded store: who hears what, in which order, and who is
 * told that something was lost.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "log_store.h"
#include "log_validate.h"


#define MILLION  1000000


/* Two slots listen to one of two rooms each, and hear these alone. */

static void
test_two(void **state)
{
    char                    body[16];
    unsigned                i, heard[2], budget;
    store_t                *s;
    ngx_chat_log_cursor_t   cursor[2];

    (void) state;

    s = store_of(STORE_SIZE);
    heard[0] = 0;
    heard[1] = 0;

    for (i = 0; i < 2; i++) {
        store_start(s, i, &cursor[i]);
        assert_int_equal(store_listen(s, i, i ? "b" : "a"), NGX_CHAT_LOG_OK);
    }

    for (i = 0; i < 5000; i++) {
        snprintf(body, sizeof(body), "%u", i);
        assert_int_equal(store_send(s, i % 3 ? "a" : "b", body),
                         NGX_CHAT_LOG_OK);
        assert_int_equal(s->stored.wake.words[0], i % 3 ? 0 : 2);

        if (i % 7 != 0) {
            continue;
        }

        while (store_read(s, &cursor[0]) == NGX_CHAT_LOG_OK) {
            assert_true(str_is(&s->rec.room, "a"));
            assert_int_equal(s->rec.seq, ++heard[0]);
        }

        while (store_read(s, &cursor[1]) == NGX_CHAT_LOG_OK) {
            assert_true(str_is(&s->rec.room, "b"));
            assert_int_equal(s->rec.seq, ++heard[1]);
        }
    }

    assert_true(heard[0] > 3000 && heard[1] > 1500);

    /* passing over the records of others takes the budget */

    for (i = 0; i < 10; i++) {
        assert_int_equal(store_send(s, "a", "x"), NGX_CHAT_LOG_OK);
    }

    budget = 6;
    assert_int_equal(ngx_chat_log_read(s->log, &cursor[1], &budget, s->buf,
                                       &s->rec), NGX_CHAT_LOG_NONE);
    assert_int_equal(budget, 0);
    assert_true(ngx_chat_log_unread(s->log, &cursor[1]));

    budget = 100;
    assert_int_equal(ngx_chat_log_read(s->log, &cursor[1], &budget, s->buf,
                                       &s->rec), NGX_CHAT_LOG_NONE);
    assert_true(budget > 80);
    assert_false(ngx_chat_log_unread(s->log, &cursor[1]));

    store_free(s);
}


/* It hears from subscribe() to unsubscribe(), not one more. */

static void
test_boundary(void **state)
{
    store_t                *s;
    ngx_chat_str_t          name;
    ngx_chat_log_cursor_t   cursor;

    (void) state;

    s = store_of(STORE_SIZE);
    name = str("a");

    store_start(s, 7, &cursor);
    assert_int_equal(store_send(s, "a", "before"), NGX_CHAT_LOG_OK);
    assert_int_equal(store_listen(s, 7, "a"), NGX_CHAT_LOG_OK);
    assert_int_equal(store_listen(s, 7, "a"), NGX_CHAT_LOG_OK);
    assert_int_equal(store_send(s, "a", "first"), NGX_CHAT_LOG_OK);
    assert_int_equal(store_send(s, "a", "last"), NGX_CHAT_LOG_OK);

    store_begin(s);
    assert_int_equal(ngx_chat_log_unsubscribe(s->log, 7, &name),
                     NGX_CHAT_LOG_OK);
    assert_int_equal(ngx_chat_log_unsubscribe(s->log, 7, &name),
                     NGX_CHAT_LOG_OK);
    ngx_chat_log_end(s->log);

    assert_int_equal(store_send(s, "a", "behind"), NGX_CHAT_LOG_OK);

    assert_int_equal(store_read(s, &cursor), NGX_CHAT_LOG_OK);
    assert_true(str_is(&s->rec.body, "first"));
    assert_int_equal(store_read(s, &cursor), NGX_CHAT_LOG_OK);
    assert_true(str_is(&s->rec.body, "last"));
    assert_int_equal(store_read(s, &cursor), NGX_CHAT_LOG_NONE);

    /* who starts again listens to nothing */

    assert_int_equal(store_listen(s, 7, "a"), NGX_CHAT_LOG_OK);
    assert_int_equal(store_send(s, "a", "unheard"), NGX_CHAT_LOG_OK);
    store_start(s, 7, &cursor);
    assert_int_equal(store_send(s, "a", "unheard"), NGX_CHAT_LOG_OK);
    assert_int_equal(store_read(s, &cursor), NGX_CHAT_LOG_NONE);
    assert_null(validate(s->log));

    store_free(s);
}


/* What is kept and what is not come in the order of their writing. */

static void
test_merge(void **state)
{
    char                    body[16];
    unsigned                i, next;
    store_t                *s;
    ngx_chat_wire_t         rec;
    ngx_chat_log_cursor_t   cursor;

    (void) state;

    s = store_of(STORE_SIZE);
    store_start(s, 127, &cursor);
    assert_int_equal(store_listen(s, 127, "a"), NGX_CHAT_LOG_OK);
    assert_int_equal(store_listen(s, 128, "a"), NGX_CHAT_LOG_OK);
    next = 0;

    for (i = 0; i < 3000; i++) {
        snprintf(body, sizeof(body), "%u", i);

        if (i % 5 == 0) {
            rec = store_wire("a", "u", "", "");
            rec.kind = NGX_CHAT_WIRE_TYPING;
            rec.session = str(body);

            store_begin(s);
            assert_int_equal(ngx_chat_log_signal(&s->caller, &rec, &s->wake),
                             NGX_CHAT_LOG_OK);
            ngx_chat_log_end(s->log);
            assert_int_equal(s->wake.words[1], (uint64_t) 1 << 63);

        } else {
            s->keep.count = i % 3;
            assert_int_equal(store_send(s, "a", body), NGX_CHAT_LOG_OK);
        }

        if (i % 11 != 0) {
            continue;
        }

        while (store_read(s, &cursor) == NGX_CHAT_LOG_OK) {
            snprintf(body, sizeof(body), "%u", next++);
            assert_true(str_is(&s->rec.body, body)
                        || str_is(&s->rec.session, body));
        }

        assert_int_equal(next, i + 1);
    }

    store_free(s);
}


/* S12: who is overtaken is told so, before it could have read what it lost. */

static void
test_overrun(void **state)
{
    unsigned                i, n;
    store_t                *s;
    ngx_chat_log_cursor_t   cursor;

    (void) state;

    s = store_of(STORE_SIZE);
    store_start(s, 0, &cursor);
    assert_int_equal(store_listen(s, 0, "a"), NGX_CHAT_LOG_OK);

    for (n = 1; n < 400; n++) {
        store_start(s, 0, &cursor);
        assert_int_equal(store_listen(s, 0, "a"), NGX_CHAT_LOG_OK);

        for (i = 0; i < n; i++) {
            assert_int_equal(store_send(s, "a", "0123456789"),
                             NGX_CHAT_LOG_OK);
        }

        i = (unsigned) s->stored.seq - n;

        if (store_read(s, &cursor) == NGX_CHAT_LOG_OK) {
            assert_int_equal(s->rec.seq, i + 1);
            continue;
        }

        assert_int_equal(store_read(s, &cursor), NGX_CHAT_LOG_LOST);
        assert_true(n > 100);
        break;
    }

    assert_true(n < 400);
    store_free(s);
}


/* A mark that is not the one of a deletion says nothing. */

static int
unsummed(size_t i)
{
    return i >= offsetof(ngx_chat_log_record_t, mark)
           && i < offsetof(ngx_chat_log_record_t, tick);
}


/* S4: a record that is damaged is not delivered. */

static void
test_damage(void **state)
{
    size_t                  i, length;
    store_t                *s;
    unsigned char          *p;
    ngx_chat_log_cursor_t   cursor, from;

    (void) state;

    s = store_of(STORE_SIZE);
    store_start(s, 0, &cursor);
    assert_int_equal(store_listen(s, 0, "a"), NGX_CHAT_LOG_OK);
    assert_int_equal(store_send(s, "a", "0123456789"), NGX_CHAT_LOG_OK);
    assert_int_equal(store_send(s, "a", "0123456789"), NGX_CHAT_LOG_OK);

    p = (unsigned char *) s->log
        + s->log->geometry.ring_at[NGX_CHAT_LOG_KEPT];
    length = ((ngx_chat_log_record_t *) (void *) p)->length;

    for (i = 0; i < length * 8; i++) {
        p[i / 8] ^= (unsigned char) (1 << (i % 8));
        from = cursor;

        switch (store_read(s, &from)) {

        case NGX_CHAT_LOG_BROKEN:
            break;

        case NGX_CHAT_LOG_OK:
            /* that it is ours was damaged, or what is in no checksum */
            assert_int_equal(s->rec.seq, unsummed(i / 8) ? 1 : 2);
            break;

        case NGX_CHAT_LOG_NONE:
            /* it seems to be of the next tick */
            assert_int_equal(i, offsetof(ngx_chat_log_record_t, tick) * 8 + 1);
            break;

        default:
            fail();
        }

        p[i / 8] ^= (unsigned char) (1 << (i % 8));
    }

    assert_int_equal(store_read(s, &cursor), NGX_CHAT_LOG_OK);
    assert_int_equal(s->rec.seq, 1);

    store_free(s);
}


/* Records of all sizes, at every place of the ring's end. */

static void
test_wrap(void **state)
{
    size_t                  len, max;
    unsigned                i;
    store_t                *s;
    unsigned char          *body;
    ngx_chat_wire_t         rec;
    ngx_chat_log_cursor_t   cursor;

    (void) state;

    s = store_of(STORE_SIZE);
    max = ngx_chat_log_record_max(s->log) - NGX_CHAT_WIRE_HEADER_MAX;
    body = calloc(1, max);
    assert_non_null(body);

    store_start(s, 0, &cursor);
    assert_int_equal(store_listen(s, 0, "a"), NGX_CHAT_LOG_OK);

    for (i = 0; i < 4000; i++) {
        len = (i * 7919u) % (max - 12);
        rec = store_wire("a", "u", "", "");
        rec.body = str_of(body, len);
        s->keep.count = i % 2;

        assert_int_equal(store_say(s, &rec), NGX_CHAT_LOG_OK);
        assert_int_equal(store_read(s, &cursor), NGX_CHAT_LOG_OK);
        assert_int_equal(s->rec.body.len, len);
        assert_int_equal(s->rec.seq, i + 1);
        assert_int_equal(store_read(s, &cursor), NGX_CHAT_LOG_NONE);
    }

    assert_null(validate(s->log));

    /* one byte more than fits */

    rec.body = str_of(body, max - 12);
    assert_int_equal(ngx_chat_wire_payload(NULL, 0, &rec), max);
    assert_int_equal(store_say(s, &rec), NGX_CHAT_LOG_OK);
    rec.user = str("uu");
    assert_int_equal(store_say(s, &rec), NGX_CHAT_LOG_LARGE);
    assert_int_equal(s->stored.seq, 0);

    free(body);
    store_free(s);
}


/* S16: a record that cannot be parsed is passed over, by all and for good. */

static void
test_poison(void **state)
{
    store_t                *s;
    ngx_chat_log_cursor_t   cursor;

    (void) state;

    s = store_of(STORE_SIZE);
    store_start(s, 0, &cursor);
    assert_int_equal(store_listen(s, 0, "a"), NGX_CHAT_LOG_OK);
    assert_int_equal(store_send(s, "a", "\xff\xfe"), NGX_CHAT_LOG_OK);
    assert_int_equal(store_send(s, "a", "fine"), NGX_CHAT_LOG_OK);

    assert_int_equal(store_read(s, &cursor), NGX_CHAT_LOG_OK);
    assert_true(str_is(&s->rec.body, "fine"));

    assert_int_equal(store_history(s, "a", NGX_CHAT_LOG_LATEST, 0, 10),
                     NGX_CHAT_LOG_OK);
    assert_int_equal(s->page.n, 1);
    assert_int_equal(s->page.floor, 2);

    store_free(s);
}


/* Nothing is allocated for a message, so that nothing can leak. */

static void
test_million(void **state)
{
    char                  room[16], user[16];
    unsigned              i;
    store_t              *s;
    ngx_chat_wire_t       rec;
    ngx_chat_log_stat_t   before, after;

    (void) state;

    s = store_of(1024 * 1024);

    for (i = 0; i < 100; i++) {
        snprintf(room, sizeof(room), "room%u", i);
        assert_int_equal(store_listen(s, i % 4, room), NGX_CHAT_LOG_OK);
    }

    ngx_chat_log_stat(s->log, &before);

    for (i = 0; i < MILLION; i++) {
        snprintf(room, sizeof(room), "room%u", i % 100);
        snprintf(user, sizeof(user), "user%u", i % 1000);

        rec = store_wire(room, user, "", "a message of the usual length");
        s->caller.now++;
        assert_int_equal(store_say(s, &rec), NGX_CHAT_LOG_OK);
        assert_int_equal(s->stored.seq, i / 100 + 1);

        if (i % 10 == 0) {
            assert_int_equal(store_enter(s, i % 3, room, user),
                             NGX_CHAT_LOG_OK);
            assert_int_equal(store_leave(s, i % 3, room, user),
                             NGX_CHAT_LOG_OK);
        }
    }

    ngx_chat_log_stat(s->log, &after);
    assert_int_equal(after.cells_free, before.cells_free);
    assert_int_equal(after.rooms, 100);
    assert_int_equal(after.users, 0);
    assert_int_equal(after.evicted, 0);
    assert_true(after.log_head > 40 * after.log_size);
    assert_null(validate(s->log));

    store_free(s);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_two),
        cmocka_unit_test(test_boundary),
        cmocka_unit_test(test_merge),
        cmocka_unit_test(test_overrun),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_wrap),
        cmocka_unit_test(test_poison),
        cmocka_unit_test(test_million),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
