
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Messages of the embedded store: their numbers, and the same one again.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "log_store.h"
#include "log_validate.h"


static void
test_again(void **state)
{
    store_t                *s;
    uint64_t                head;
    unsigned char           epoch[NGX_CHAT_WIRE_EPOCH_MAX];
    ngx_chat_wire_t         rec;
    ngx_chat_log_cursor_t   cursor;

    (void) state;

    s = store_of(STORE_SIZE);
    store_start(s, 0, &cursor);
    assert_int_equal(store_listen(s, 0, "a"), NGX_CHAT_LOG_OK);

    rec = store_wire("a", "u", "cid", "text");
    assert_int_equal(store_say(s, &rec), NGX_CHAT_LOG_OK);
    assert_int_equal(s->stored.dup, 0);
    memcpy(epoch, s->stored.epoch, s->stored.epoch_len);

    s->caller.now += 500;
    assert_int_equal(store_send(s, "a", "between"), NGX_CHAT_LOG_OK);
    head = s->log->ring[NGX_CHAT_LOG_KEPT].head;

    assert_int_equal(store_say(s, &rec), NGX_CHAT_LOG_OK);
    assert_int_equal(s->stored.dup, 1);
    assert_int_equal(s->stored.seq, 1);
    assert_int_equal(s->stored.prev, 0);
    assert_int_equal(s->stored.time, 1000);
    assert_memory_equal(s->stored.epoch, epoch, s->stored.epoch_len);
    assert_int_equal(s->stored.wake.words[0], 0);
    assert_int_equal(s->log->ring[NGX_CHAT_LOG_KEPT].head, head);

    /* of another user, room, cid; and without one */

    rec.user = str("uu");
    assert_int_equal(store_say(s, &rec), NGX_CHAT_LOG_OK);
    assert_int_equal(s->stored.dup, 0);

    rec = store_wire("b", "u", "cid", "text");
    assert_int_equal(store_say(s, &rec), NGX_CHAT_LOG_OK);
    assert_int_equal(s->stored.dup, 0);

    rec = store_wire("a", "u", "cid2", "text");
    assert_int_equal(store_say(s, &rec), NGX_CHAT_LOG_OK);
    assert_int_equal(s->stored.dup, 0);

    rec = store_wire("a", "u", "", "text");
    assert_int_equal(store_say(s, &rec), NGX_CHAT_LOG_OK);
    assert_int_equal(store_say(s, &rec), NGX_CHAT_LOG_OK);
    assert_int_equal(s->stored.dup, 0);
    assert_null(validate(s->log));

    store_free(s);
}


/* Of another content: refused, before it is found to be too large. */

static void
test_reused(void **state)
{
    store_t               *s;
    ngx_chat_str_t         large;
    ngx_chat_wire_t        rec;
    static const unsigned char  other[16] = "print of another";

    (void) state;

    s = store_of(STORE_SIZE);
    large = str_repeat("x", STORE_SIZE);
    rec = store_wire("a", "u", "cid", "text");
    assert_int_equal(store_say(s, &rec), NGX_CHAT_LOG_OK);

    rec.body = large;

    store_begin(s);
    assert_int_equal(ngx_chat_log_publish(&s->caller, &rec, &s->keep, other,
                                          &s->stored), NGX_CHAT_LOG_REUSED);
    ngx_chat_log_end(s->log);

    rec.cid = str("other");
    assert_int_equal(store_say(s, &rec), NGX_CHAT_LOG_LARGE);

    str_free(&large);
    store_free(s);
}


static void
test_expiry(void **state)
{
    store_t          *s;
    ngx_chat_wire_t   rec;

    (void) state;

    s = store_of(STORE_SIZE);
    rec = store_wire("a", "u", "cid", "text");
    assert_int_equal(store_say(s, &rec), NGX_CHAT_LOG_OK);

    s->caller.now += s->keep.dedupe - 1;
    assert_int_equal(store_say(s, &rec), NGX_CHAT_LOG_OK);
    assert_int_equal(s->stored.dup, 1);

    /* the store's clock goes forwards only */

    s->caller.now++;
    assert_int_equal(store_send(s, "b", "x"), NGX_CHAT_LOG_OK);
    s->caller.now -= 500;
    assert_int_equal(store_say(s, &rec), NGX_CHAT_LOG_OK);
    assert_int_equal(s->stored.dup, 0);
    assert_int_equal(s->stored.seq, 2);
    assert_int_equal(s->stored.time, 2000);

    /* a room whose messages are known for no time */

    s->keep.dedupe = 0;
    assert_int_equal(store_say(s, &rec), NGX_CHAT_LOG_OK);
    assert_int_equal(s->stored.dup, 0);
    assert_int_equal(s->stored.seq, 3);

    store_free(s);
}


/* Known for a while, but kept in no history. */

static void
test_not_kept(void **state)
{
    store_t          *s;
    ngx_chat_wire_t   rec;

    (void) state;

    s = store_of(STORE_SIZE);
    s->keep.count = 0;
    rec = store_wire("a", "u", "cid", "text");

    assert_int_equal(store_say(s, &rec), NGX_CHAT_LOG_OK);
    assert_int_equal(store_say(s, &rec), NGX_CHAT_LOG_OK);
    assert_int_equal(s->stored.dup, 1);
    assert_int_equal(s->stored.seq, 1);

    s->keep.count = 10;
    assert_int_equal(store_history(s, "a", NGX_CHAT_LOG_LATEST, 0, 10),
                     NGX_CHAT_LOG_OK);
    assert_int_equal(s->page.n, 0);
    assert_int_equal(s->page.top, 1);
    assert_int_equal(s->page.floor, 2);

    store_free(s);
}


/* Another epoch knows nothing of the one before. */

static void
test_epoch(void **state)
{
    char              name[16];
    unsigned          i;
    store_t          *s;
    unsigned char     epoch[NGX_CHAT_WIRE_EPOCH_MAX];
    ngx_chat_wire_t   rec;

    (void) state;

    s = store_of(STORE_SIZE);
    rec = store_wire("a", "u", "cid", "text");
    assert_int_equal(store_say(s, &rec), NGX_CHAT_LOG_OK);
    assert_int_equal(store_say(s, &rec), NGX_CHAT_LOG_OK);
    assert_int_equal(s->stored.dup, 1);
    memcpy(epoch, s->stored.epoch, s->stored.epoch_len);

    for (i = 0; s->log->evicted == 0; i++) {
        snprintf(name, sizeof(name), "r%u", i);
        assert_int_equal(store_listen(s, 0, name), NGX_CHAT_LOG_OK);
    }

    store_start(s, 0, &(ngx_chat_log_cursor_t) { 0 });

    assert_int_equal(store_say(s, &rec), NGX_CHAT_LOG_OK);
    assert_int_equal(s->stored.dup, 0);
    assert_int_equal(s->stored.seq, 1);
    assert_memory_not_equal(s->stored.epoch, epoch, s->stored.epoch_len);

    /* nor is there anything of its log */

    assert_int_equal(store_history(s, "a", NGX_CHAT_LOG_LATEST, 0, 10),
                     NGX_CHAT_LOG_OK);
    assert_int_equal(s->page.n, 1);

    store_free(s);
}


/* Many cids: those in the log are known, the others are not. */

static void
test_many(void **state)
{
    char              cid[16];
    unsigned          i, known;
    store_t          *s;
    ngx_chat_wire_t   rec;

    (void) state;

    s = store_of(STORE_SIZE);
    s->keep.dedupe = 1000000;

    for (i = 0; i < 5000; i++) {
        snprintf(cid, sizeof(cid), "c%u", i);
        rec = store_wire(i % 2 ? "a" : "b", "u", cid, "text");
        assert_int_equal(store_say(s, &rec), NGX_CHAT_LOG_OK);
        assert_int_equal(s->stored.dup, 0);

        if (i % 1000 == 500) {
            assert_int_equal(store_rebuild(s), 0);
        }
    }

    assert_null(validate(s->log));

    known = 0;

    for (i = 4999; i > 0; i--) {
        snprintf(cid, sizeof(cid), "c%u", i);
        rec = store_wire(i % 2 ? "a" : "b", "u", cid, "text");
        assert_int_equal(store_say(s, &rec), NGX_CHAT_LOG_OK);

        if (!s->stored.dup) {
            break;
        }

        known++;
    }

    /* as many as the ring holds, to the last one of its bytes */

    assert_true(known > 100);
    assert_true(known > s->log->geometry.ring_size[NGX_CHAT_LOG_KEPT] / 256);

    store_free(s);
}


static void
test_signal(void **state)
{
    store_t          *s;
    ngx_chat_str_t    large;
    ngx_chat_wire_t   rec;

    (void) state;

    s = store_of(STORE_SIZE);
    large = str_repeat("x", STORE_SIZE);
    rec = store_wire("a", "u", "", "");
    rec.kind = NGX_CHAT_WIRE_TYPING;

    /* nobody listens: nothing is made, nothing is written */

    store_begin(s);
    assert_int_equal(ngx_chat_log_signal(&s->caller, &rec, &s->wake),
                     NGX_CHAT_LOG_OK);
    ngx_chat_log_end(s->log);
    assert_int_equal(s->log->rooms, 0);
    assert_int_equal(s->log->ticks, 0);

    assert_int_equal(store_listen(s, 0, "a"), NGX_CHAT_LOG_OK);
    rec.body = large;

    store_begin(s);
    assert_int_equal(ngx_chat_log_signal(&s->caller, &rec, &s->wake),
                     NGX_CHAT_LOG_LARGE);
    ngx_chat_log_end(s->log);

    str_free(&large);
    store_free(s);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_again),
        cmocka_unit_test(test_reused),
        cmocka_unit_test(test_expiry),
        cmocka_unit_test(test_not_kept),
        cmocka_unit_test(test_epoch),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_signal),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
