
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * S3: a process ends at any step of any operation of the embedded store.
 *
 * For each operation: one that ends at step 1, 2, ... until none does.  After
 * each, the store is rebuilt (and that ends at each of its steps, too), and
 * what was acknowledged is there with its number, or its room has another
 * epoch; no number comes again; what was not committed is not seen.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "log_crash.h"
#include "log_validate.h"


#define SAID   64
#define STEPS  100000


/* What was acknowledged. */

typedef struct {
    uint64_t       seq;
    size_t         epoch_len;
    unsigned char  epoch[NGX_CHAT_WIRE_EPOCH_MAX];
    char           room[8];
    char           body[16];
} said_t;


static said_t       said[SAID];
static unsigned     nsaid;
static const char  *saying;            /* the body that is under way */


static void
say_in(store_t *s, const char *room, const char *cid, const char *body)
{
    ngx_chat_wire_t  rec;

    rec = store_wire(room, "u", cid, body);
    saying = body;

    assert_int_equal(store_say(s, &rec), NGX_CHAT_LOG_OK);

    ngx_chat_log_step = NULL;
    saying = NULL;

    if (s->stored.dup || s->keep.count == 0) {
        return;
    }

    assert_true(nsaid < SAID);
    said[nsaid].seq = s->stored.seq;
    said[nsaid].epoch_len = s->stored.epoch_len;
    memcpy(said[nsaid].epoch, s->stored.epoch, s->stored.epoch_len);
    strcpy(said[nsaid].room, room);
    strcpy(said[nsaid].body, body);
    nsaid++;
}


static void
op_publish(store_t *s)
{
    say_in(s, "a", "", "kept");
}


static void
op_publish_cid(store_t *s)
{
    say_in(s, "a", "new", "cid");
}


static void
op_publish_dup(store_t *s)
{
    say_in(s, "b", "c1", "second");
}


static void
op_publish_new(store_t *s)
{
    say_in(s, "new", "n", "first");
}


static void
op_publish_news(store_t *s)
{
    s->keep.count = 0;
    say_in(s, "a", "", "news");
}


/* Each fills a ring's end, too. */

static void
op_publish_many(store_t *s)
{
    unsigned  i;

    for (i = 0; i < 40; i++) {
        assert_int_equal(store_send(s, "busy", "0123456789012345678901234567"),
                         NGX_CHAT_LOG_OK);
    }
}


static void
op_signal(store_t *s)
{
    ngx_chat_wire_t  rec;

    rec = store_wire("a", "u", "", "");
    rec.kind = NGX_CHAT_WIRE_TYPING;
    saying = "";

    store_begin(s);
    assert_int_equal(ngx_chat_log_signal(&s->caller, &rec, &s->wake),
                     NGX_CHAT_LOG_OK);
    ngx_chat_log_end(s->log);
}


static void
op_subscribe(store_t *s)
{
    assert_int_equal(store_listen(s, 5, "b"), NGX_CHAT_LOG_OK);
    assert_int_equal(store_listen(s, 5, "fresh"), NGX_CHAT_LOG_OK);
}


static void
op_unsubscribe(store_t *s)
{
    ngx_chat_str_t  name;

    name = str("a");

    store_begin(s);
    assert_int_equal(ngx_chat_log_unsubscribe(s->log, 1, &name),
                     NGX_CHAT_LOG_OK);
    ngx_chat_log_end(s->log);
}


static void
op_start(store_t *s)
{
    ngx_chat_log_cursor_t  cursor;

    store_start(s, 1, &cursor);
}


static void
op_enter(store_t *s)
{
    assert_int_equal(store_enter(s, 2, "a", "second"), NGX_CHAT_LOG_OK);
}


static void
op_enter_again(store_t *s)
{
    assert_int_equal(store_enter(s, 2, "a", "first"), NGX_CHAT_LOG_OK);
}


static void
op_rename(store_t *s)
{
    ngx_chat_str_t   name;
    ngx_chat_user_t  user;
    static const unsigned char  zeros[200];

    name = str("a");
    user.id = str("first");
    user.name = str_of(zeros, sizeof(zeros));

    store_begin(s);
    assert_int_equal(ngx_chat_log_enter(&s->caller, &name, &user, &s->present),
                     NGX_CHAT_LOG_OK);
    ngx_chat_log_end(s->log);
}


static void
op_leave(store_t *s)
{
    assert_int_equal(store_leave(s, 1, "a", "first"), NGX_CHAT_LOG_OK);
}


static void
op_sweep(store_t *s)
{
    uint32_t               cell;
    ngx_chat_log_caller_t  caller;

    caller = s->caller;
    caller.slot = 1;
    cell = 0;

    store_begin(s);
    assert_int_equal(ngx_chat_log_sweep(&caller, &cell, &s->wake),
                     NGX_CHAT_LOG_NONE);
    ngx_chat_log_end(s->log);
}


static void
op_history(store_t *s)
{
    assert_int_equal(store_history(s, "b", NGX_CHAT_LOG_LATEST, 0, 10),
                     NGX_CHAT_LOG_OK);
    assert_int_equal(store_history(s, "asked", NGX_CHAT_LOG_LATEST, 0, 10),
                     NGX_CHAT_LOG_OK);
}


/* Until rooms are forgotten for it; their names take two cells. */

static void
op_evict(store_t *s)
{
    char                 name[64];
    unsigned             i;
    ngx_chat_log_stat_t  stat;

    for (i = 0; i < 200; i++) {
        snprintf(name, sizeof(name), "room-%050u", i);
        assert_int_equal(store_listen(s, 9, name), NGX_CHAT_LOG_OK);

        ngx_chat_log_stat(s->log, &stat);

        if (stat.evicted != 0) {
            return;
        }

        op_unsubscribe(s);
    }
}


static void
op_rebuild(store_t *s)
{
    (void) store_rebuild(s);
}


static void
prepare(store_t *s)
{
    nsaid = 0;
    saying = NULL;

    assert_int_equal(store_listen(s, 0, "a"), NGX_CHAT_LOG_OK);
    assert_int_equal(store_listen(s, 1, "a"), NGX_CHAT_LOG_OK);
    assert_int_equal(store_enter(s, 1, "a", "first"), NGX_CHAT_LOG_OK);

    say_in(s, "a", "", "one");
    say_in(s, "a", "c0", "two");
    say_in(s, "b", "c1", "second");
    s->keep.count = 0;
    assert_int_equal(store_send(s, "a", "gone"), NGX_CHAT_LOG_OK);
    s->keep.count = 1000;
    say_in(s, "a", "", "three");
}


/* The body may be seen if it was said, or is being said right now. */

static void
check_body(const ngx_chat_str_t *body, const char *under_way)
{
    unsigned  i;

    for (i = 0; i < nsaid; i++) {
        if (str_is(body, said[i].body)) {
            return;
        }
    }

    assert_non_null(under_way);
    assert_true(str_is(body, under_way));
}


static void
check_room(store_t *s, const char *room, const char *under_way)
{
    unsigned  i, j, found;

    s->keep.count = 1000;
    assert_int_equal(store_history(s, room, NGX_CHAT_LOG_LATEST, 0,
                                   STORE_PAGE), NGX_CHAT_LOG_OK);

    for (j = 0; j < s->page.n; j++) {
        check_body(&s->recs[j].body, under_way);
    }

    for (i = 0; i < nsaid; i++) {
        if (strcmp(said[i].room, room) != 0
            || memcmp(said[i].epoch, s->page.epoch, s->page.epoch_len) != 0)
        {
            continue;
        }

        found = 0;

        for (j = 0; j < s->page.n; j++) {
            found |= s->recs[j].seq == said[i].seq
                     && str_is(&s->recs[j].body, said[i].body);
        }

        assert_true(found);
        assert_true(s->page.top >= said[i].seq);
    }
}


/* Numbers go on behind those that were acknowledged. */

static void
check(store_t *s, int ordinary)
{
    unsigned     i;
    const char  *fault, *under_way;

    under_way = saying;
    fault = validate(s->log);

    if (fault != NULL) {
        fail_msg("%s", fault);
    }

    if (!ordinary) {
        return;
    }

    check_room(s, "a", under_way);
    check_room(s, "b", under_way);
    check_room(s, "new", under_way);

    say_in(s, "a", "", "next");

    for (i = 0; i + 1 < nsaid; i++) {
        if (strcmp(said[i].room, "a") == 0
            && memcmp(said[i].epoch, s->stored.epoch, s->stored.epoch_len)
               == 0)
        {
            assert_true(said[i].seq < s->stored.seq);
        }
    }

    assert_int_equal(store_enter(s, 0, "a", "first"), NGX_CHAT_LOG_OK);
    assert_int_equal(store_listen(s, 0, "b"), NGX_CHAT_LOG_OK);
    assert_null(validate(s->log));
}


static void
every_step(operation_pt operation, int ordinary)
{
    int        done;
    store_t   *s;
    unsigned   step;

    done = 0;

    for (step = 1; !done && step < STEPS; step++) {
        s = store_of(STORE_SIZE);
        prepare(s);

        done = crash(s, operation, step);

        if (!done) {
            assert_false(ngx_chat_log_begin(s->log));
            (void) ngx_chat_log_rebuild(s->log, s->size, store_seed);
            ngx_chat_log_end(s->log);
        }

        check(s, ordinary);
        store_free(s);
    }

    assert_true(done);
    assert_true(step > 2);
}


static void
test_messages(void **state)
{
    (void) state;

    every_step(op_publish, 1);
    every_step(op_publish_cid, 1);
    every_step(op_publish_dup, 1);
    every_step(op_publish_new, 1);
    every_step(op_publish_news, 1);
    every_step(op_signal, 1);
}


static void
test_rings(void **state)
{
    (void) state;

    every_step(op_publish_many, 0);
}


static void
test_rooms(void **state)
{
    (void) state;

    every_step(op_subscribe, 1);
    every_step(op_unsubscribe, 1);
    every_step(op_start, 1);
    every_step(op_history, 1);
    every_step(op_evict, 0);
}


static void
test_users(void **state)
{
    (void) state;

    every_step(op_enter, 1);
    every_step(op_enter_again, 1);
    every_step(op_rename, 1);
    every_step(op_leave, 1);
    every_step(op_sweep, 1);
}


/* From a sound store, and from one that a message was added to in part. */

static void
test_rebuild(void **state)
{
    int        done;
    store_t   *s;
    unsigned   step, first;

    (void) state;

    every_step(op_rebuild, 1);

    for (first = 1; first < 20; first++) {
        done = 0;

        for (step = 1; !done && step < STEPS; step += 3) {
            s = store_of(STORE_SIZE);
            prepare(s);
            (void) crash(s, op_publish_cid, first);

            done = crash(s, op_rebuild, step);

            if (!done) {
                assert_false(ngx_chat_log_begin(s->log));
                assert_int_equal(ngx_chat_log_rebuild(s->log, s->size,
                                                      store_seed), 0);
                ngx_chat_log_end(s->log);
            }

            check(s, 1);
            store_free(s);
        }
    }
}


/* Nothing is left of a record that was written, but not committed. */

static void
test_wiped(void **state)
{
    store_t              *s;
    unsigned              step;
    uint64_t              i, size;
    unsigned char        *p;
    ngx_chat_log_ring_t  *r;

    (void) state;

    for (step = 2; step < 7; step++) {
        s = store_of(STORE_SIZE);
        prepare(s);
        (void) crash(s, op_publish, step);

        r = &s->log->ring[NGX_CHAT_LOG_KEPT];
        size = s->log->geometry.ring_size[NGX_CHAT_LOG_KEPT];
        p = (unsigned char *) s->log
            + s->log->geometry.ring_at[NGX_CHAT_LOG_KEPT];

        (void) store_rebuild(s);

        for (i = r->head; i < r->reserve; i++) {
            assert_int_equal(p[i % size], 0);
        }

        store_free(s);
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_rings),
        cmocka_unit_test(test_rooms),
        cmocka_unit_test(test_users),
        cmocka_unit_test(test_rebuild),
        cmocka_unit_test(test_wiped),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
