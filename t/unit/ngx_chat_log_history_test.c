
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * History beside a naive one: a list of all that was ever said, of which each
 * question is answered as the script of the other store does.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "log_store.h"
#include "log_validate.h"


#define SAID    20000
#define ROOMS   3
#define LIMIT   12


typedef struct {
    uint64_t       seq;
    uint64_t       ord;                /* 0: not kept */
    uint64_t       pos;
    int64_t        time;
    size_t         len;                /* of its payload */
} said_t;


typedef struct {
    said_t         said[SAID];
    size_t         n;
    uint64_t       ord;
    size_t         epoch_len;
    unsigned char  epoch[NGX_CHAT_WIRE_EPOCH_MAX];
} room_t;


/* What is expected of a page. */

typedef struct {
    uint64_t       floor;
    unsigned       other;
    unsigned       whole;
    unsigned       more;
    size_t         n;
    const said_t  *recs[LIMIT];
} answer_t;


static room_t    *rooms[ROOMS];
static const char *const  names[ROOMS] = { "first", "second", "third" };
static uint32_t   seed;


static unsigned
dice(unsigned n)
{
    seed = seed * 1664525 + 1013904223;

    return (seed >> 8) % n;
}


static void
say(store_t *s, unsigned r)
{
    char                    body[600];
    size_t                  len;
    said_t                 *it;
    room_t                 *room;
    ngx_chat_wire_t         rec;
    ngx_chat_str_t          name;
    ngx_chat_log_room_t    *found;

    len = dice(dice(20) == 0 ? 600 : 60);
    memset(body, 'x', len);

    rec = store_wire(names[r], "u", "", "");
    rec.body = str_of(body, len);
    s->keep.count = (dice(10) == 0) ? 0 : 1;

    assert_int_equal(store_say(s, &rec), NGX_CHAT_LOG_OK);

    room = rooms[r];
    assert_true(room->n < SAID);
    it = &room->said[room->n++];
    it->seq = s->stored.seq;
    it->time = s->stored.time;
    it->len = ngx_chat_wire_payload(NULL, 0, &rec);
    it->ord = 0;

    assert_int_equal(it->seq, room->n);
    room->epoch_len = s->stored.epoch_len;
    memcpy(room->epoch, s->stored.epoch, s->stored.epoch_len);

    if (s->keep.count != 0) {
        name = str(names[r]);
        assert_int_equal(ngx_chat_log_room_find(s->log, &name, &found),
                         NGX_CHAT_LOG_OK);
        it->ord = ++room->ord;
        it->pos = found->last;
    }
}


static int
kept(store_t *s, const room_t *room, const said_t *it,
    const ngx_chat_log_query_t *query)
{
    return query->keep.count != 0
           && it->ord != 0
           && (room->ord <= query->keep.count
               || it->ord > room->ord - query->keep.count)
           && it->time >= s->caller.now - query->keep.time
           && s->log->ring[NGX_CHAT_LOG_KEPT].reserve - it->pos
              <= s->log->geometry.ring_size[NGX_CHAT_LOG_KEPT];
}


/* Of the entries x as many as fit. */

static void
expect_page(const ngx_chat_log_query_t *query, const said_t **x, size_t nx,
    answer_t *a)
{
    size_t  size;

    size = 0;

    for (a->n = 0; a->n < nx && a->n < query->limit; a->n++) {
        size += x[a->n]->len + 100;

        if (a->n > 0 && size > query->size) {
            break;
        }

        a->recs[a->n] = x[a->n];
    }

    a->more = nx > a->n;
}


/* As the script: x are the entries asked for, and one more. */

static void
expect(store_t *s, unsigned r, const ngx_chat_log_query_t *query, answer_t *a)
{
    int            back;
    size_t         i, nx, top;
    room_t        *room;
    const said_t  *x[LIMIT + 1], *it;

    memset(a, 0, sizeof(*a));
    room = rooms[r];
    top = room->n;
    a->floor = top + 1;
    nx = 0;
    a->whole = 1;

    for (i = top; i > 0; i--) {
        it = &room->said[i - 1];
        a->floor = kept(s, room, it, query) ? it->seq : a->floor;
    }

    a->other = query->epoch.len != 0
               && (query->epoch.len != room->epoch_len
                   || memcmp(query->epoch.data, room->epoch,
                             room->epoch_len) != 0);

    if (a->other) {
        a->whole = 0;

    } else if (query->part == NGX_CHAT_LOG_AFTER
               || query->part == NGX_CHAT_LOG_RESUME)
    {
        for (i = 0; i < top && nx < query->limit + 1; i++) {
            it = &room->said[i];

            if (it->seq > query->number && kept(s, room, it, query)) {
                x[nx++] = it;
            }
        }

        if (query->number > top
            || (query->number < top
                && (nx == 0 || x[0]->seq - 1 > query->number)))
        {
            a->whole = 0;
            nx = 0;
        }
    }

    back = (query->part <= NGX_CHAT_LOG_BEFORE && a->whole)
           || (query->part == NGX_CHAT_LOG_RESUME && !a->whole);

    if (back) {
        for (i = top; i > 0 && nx < query->limit + 1; i--) {
            it = &room->said[i - 1];

            if (kept(s, room, it, query)
                && (query->part != NGX_CHAT_LOG_BEFORE
                    || it->seq < query->number))
            {
                x[nx++] = it;
            }
        }
    }

    if (query->part == NGX_CHAT_LOG_RESUME) {
        a->other = 0;
    }

    expect_page(query, x, nx, a);

    for (i = 0; back && i < a->n / 2; i++) {
        it = a->recs[i];
        a->recs[i] = a->recs[a->n - 1 - i];
        a->recs[a->n - 1 - i] = it;
    }
}


static void
ask(store_t *s, unsigned r)
{
    size_t                i, top;
    answer_t              a;
    ngx_chat_str_t        name;
    ngx_chat_log_query_t  query;

    top = rooms[r]->n;
    memset(&query, 0, sizeof(query));

    query.part = dice(4);
    query.number = (dice(3) != 0 && top > 20) ? top - 20 + dice(22)
                                              : dice((unsigned) top + 3);
    query.limit = dice(LIMIT + 1);
    query.size = dice(4) == 0 ? dice(1500) : STORE_SIZE;
    query.keep.count = dice(20) == 0 ? 0 : 1 + dice(dice(2) ? 10 : 300);
    query.keep.time = dice(2) ? 1000000000 : dice(4000);

    if (dice(4) == 0) {
        query.epoch = dice(2) ? str("other")
                              : str_of(rooms[r]->epoch, rooms[r]->epoch_len);
    }

    expect(s, r, &query, &a);

    name = str(names[r]);
    s->page.buf = s->page_buf;
    s->page.recs = s->recs;

    store_begin(s);
    assert_int_equal(ngx_chat_log_history(&s->caller, &name, &query, &s->page),
                     NGX_CHAT_LOG_OK);
    ngx_chat_log_end(s->log);

    assert_int_equal(s->page.top, top);
    assert_int_equal(s->page.floor, a.floor);
    assert_int_equal(s->page.other, a.other);
    assert_int_equal(s->page.whole, a.whole);
    assert_int_equal(s->page.n, a.n);
    assert_int_equal(s->page.more, a.more);

    for (i = 0; i < a.n; i++) {
        assert_int_equal(s->recs[i].seq, a.recs[i]->seq);
        assert_int_equal(s->recs[i].prev, a.recs[i]->seq - 1);
        assert_int_equal(s->recs[i].time, a.recs[i]->time);
        assert_int_equal(ngx_chat_wire_payload(NULL, 0, &s->recs[i]),
                         a.recs[i]->len);
        assert_true(str_is(&s->recs[i].room, names[r]));
    }
}


/* One room says more than others; the ring is overwritten several times. */

static void
test_model(void **state)
{
    unsigned   i, r, run;
    store_t   *s;

    (void) state;
    seed = 1;

    for (run = 0; run < 4; run++) {
        s = store_of(run < 2 ? STORE_SIZE : 512 * 1024);

        for (r = 0; r < ROOMS; r++) {
            rooms[r] = calloc(1, sizeof(room_t));
            assert_non_null(rooms[r]);
            say(s, r);
        }

        for (i = 0; i < 6000; i++) {
            r = dice(10) < 7 ? 0 : dice(ROOMS);
            s->caller.now += dice(3) == 0 ? dice(20) : 0;

            if (dice(2)) {
                say(s, r);
            } else {
                ask(s, r);
            }

            if (run % 2 == 1 && dice(500) == 0) {
                assert_int_equal(store_rebuild(s), 0);
            }
        }

        assert_null(validate(s->log));

        for (r = 0; r < ROOMS; r++) {
            free(rooms[r]);
        }

        store_free(s);
    }
}


/* A jump is the longest that the ordinal has, and steps are few. */

static void
test_skew(void **state)
{
    unsigned  steps, most;
    uint64_t  n, at, to;

    (void) state;

    assert_int_equal(ngx_chat_log_skew(0), 0);
    assert_int_equal(ngx_chat_log_skew(1), 0);
    assert_int_equal(ngx_chat_log_skew(2), 1);
    assert_int_equal(ngx_chat_log_skew(3), 0);
    assert_int_equal(ngx_chat_log_skew(4), 3);
    assert_int_equal(ngx_chat_log_skew(6), 3);
    assert_int_equal(ngx_chat_log_skew(7), 0);

    /* Myers' rule */

    for (n = 1; n < 5000; n++) {
        at = ngx_chat_log_skew(n);
        to = ngx_chat_log_skew(at);
        to = (n - at == at - to) ? to : n;
        assert_int_equal(ngx_chat_log_skew(n + 1), to);
    }

    most = 0;

    for (to = 1; to < 100000; to += 37) {
        at = 100000;

        for (steps = 0; at > to; steps++) {
            at = (ngx_chat_log_skew(at) >= to) ? ngx_chat_log_skew(at)
                                               : at - 1;
        }

        most = (steps > most) ? steps : most;
    }

    assert_true(most < 3 * 17);
}


/* S4: what is behind a damaged record is not there; the floor says so. */

static void
test_damage(void **state)
{
    size_t                  i;
    store_t                *s;
    ngx_chat_log_room_t    *room;
    ngx_chat_str_t          name;
    ngx_chat_log_record_t  *rec;

    (void) state;

    s = store_of(STORE_SIZE);
    name = str("room");
    rec = NULL;

    for (i = 1; i <= 10; i++) {
        assert_int_equal(store_send(s, "room", "x"), NGX_CHAT_LOG_OK);

        if (i == 5) {
            assert_int_equal(ngx_chat_log_room_find(s->log, &name, &room),
                             NGX_CHAT_LOG_OK);
            rec = (void *) ngx_chat_log_record(s->log, NGX_CHAT_LOG_KEPT,
                                               room->last);
        }
    }

    assert_non_null(rec);
    ((unsigned char *) (rec + 1))[10] ^= 1;

    assert_int_equal(store_history(s, "room", NGX_CHAT_LOG_LATEST, 0, 4),
                     NGX_CHAT_LOG_OK);
    assert_int_equal(s->page.n, 4);

    assert_int_equal(store_history(s, "room", NGX_CHAT_LOG_LATEST, 0, 10),
                     NGX_CHAT_LOG_OK);
    assert_int_equal(s->page.n, 5);
    assert_int_equal(s->page.floor, 6);
    assert_int_equal(s->page.more, 0);

    assert_int_equal(store_history(s, "room", NGX_CHAT_LOG_AFTER, 3, 10),
                     NGX_CHAT_LOG_OK);
    assert_int_equal(s->page.whole, 0);
    assert_int_equal(s->page.n, 0);
    assert_int_equal(s->page.floor, 6);

    rec->pos++;

    assert_int_equal(store_history(s, "room", NGX_CHAT_LOG_BEFORE, 8, 10),
                     NGX_CHAT_LOG_OK);
    assert_int_equal(s->page.n, 2);
    assert_int_equal(s->page.floor, 6);

    store_free(s);
}


/* S5: all that can be damaged is, links too: an end is found. */

static void
test_all_damaged(void **state)
{
    size_t                  i;
    store_t                *s;
    ngx_chat_log_room_t    *room;
    ngx_chat_str_t          name;
    ngx_chat_log_record_t  *rec;

    (void) state;

    s = store_of(STORE_SIZE);
    name = str("room");

    for (i = 1; i <= 60; i++) {
        assert_int_equal(store_send(s, "room", "x"), NGX_CHAT_LOG_OK);
        assert_int_equal(ngx_chat_log_room_find(s->log, &name, &room),
                         NGX_CHAT_LOG_OK);
        rec = (void *) ngx_chat_log_record(s->log, NGX_CHAT_LOG_KEPT,
                                           room->last);
        rec->print[0] ^= 1;
    }

    assert_int_equal(store_history(s, "room", NGX_CHAT_LOG_LATEST, 0, 40),
                     NGX_CHAT_LOG_OK);
    assert_int_equal(s->page.n, 0);
    assert_int_equal(s->page.floor, 61);
    assert_int_equal(s->page.top, 60);

    store_free(s);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_skew),
        cmocka_unit_test(test_model),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_all_damaged),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
