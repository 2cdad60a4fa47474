
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The embedded store's list of rooms: each that is in use, once, whatever the
 * size of a page, and a bounded part of the cells at a time.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "log_act.h"


#define ROOMS  300


static unsigned char  names[(STORE_PAGE + 1) * NGX_CHAT_LOG_ROOM_MAX];


static uint64_t
page(store_t *s, uint64_t next, size_t limit, size_t *n)
{
    ngx_chat_log_rooms_t  rooms;

    rooms.buf = names;
    rooms.recs = s->recs;
    rooms.limit = limit;
    rooms.next = next;

    store_begin(s);
    assert_int_equal(ngx_chat_log_rooms(s->log, &rooms), NGX_CHAT_LOG_OK);
    ngx_chat_log_end(s->log);

    *n = rooms.n;

    return rooms.next;
}


static void
test_A10_each_once(void **state)
{
    char       name[32];
    size_t     n, i, limit, seen[ROOMS], found;
    store_t   *s;
    uint64_t   next;

    (void) state;

    s = store_of(4 * 1024 * 1024);

    next = page(s, 0, 10, &n);
    assert_int_equal(next, 0);
    assert_int_equal(n, 0);

    for (i = 0; i < ROOMS; i++) {
        snprintf(name, sizeof(name), "room-%u", (unsigned) i);
        assert_int_equal(store_send(s, name, "x"), NGX_CHAT_LOG_OK);
    }

    /* none of these is one */

    assert_int_equal(store_listen(s, 1, "heard"), NGX_CHAT_LOG_OK);
    assert_int_equal(store_send(s, "~raw", "x"), NGX_CHAT_LOG_OK);
    done(s, "*", NGX_CHAT_ACT_BAN, "zed", 1000);
    done(s, "ruled", NGX_CHAT_ACT_BAN, "zed", 1000);

    for (limit = 1; limit <= STORE_PAGE; limit += 1 + limit / 2) {
        memset(seen, 0, sizeof(seen));
        next = 0;
        found = 0;

        do {
            next = page(s, next, limit, &n);
            assert_true(n <= limit);

            for (i = 0; i < n; i++) {
                assert_true(s->recs[i].room.len < sizeof(name));
                memcpy(name, s->recs[i].room.data, s->recs[i].room.len);
                name[s->recs[i].room.len] = '\0';
                seen[strtoul(name + 5, NULL, 10)]++;
                assert_int_equal(s->recs[i].seq, 1);
                assert_int_equal(s->recs[i].count, 0);
                found++;
            }

        } while (next != 0);

        assert_int_equal(found, ROOMS);

        for (i = 0; i < ROOMS; i++) {
            assert_int_equal(seen[i], 1);
        }
    }

    /* places that are none */

    assert_int_equal(page(s, UINT64_MAX, 10, &n), 0);
    assert_int_equal(n, 0);
    assert_int_equal(page(s, s->log->geometry.cells, 10, &n), 0);
    assert_int_equal(n, 0);

    check(s);
    store_free(s);
}


/* Who is there makes a room one, what was cleared does not. */

static void
test_used(void **state)
{
    size_t    n;
    store_t  *s;

    (void) state;

    s = store_of(STORE_SIZE);
    assert_int_equal(store_enter(s, 1, "a", "ann"), NGX_CHAT_LOG_OK);
    assert_int_equal(page(s, 0, 10, &n), 0);
    assert_int_equal(n, 1);
    assert_int_equal(s->recs[0].seq, 0);
    assert_int_equal(s->recs[0].count, 1);
    assert_int_equal(store_leave(s, 1, "a", "ann"), NGX_CHAT_LOG_OK);
    assert_int_equal(page(s, 0, 10, &n), 0);
    assert_int_equal(n, 0);

    assert_int_equal(store_send(s, "a", "x"), NGX_CHAT_LOG_OK);
    assert_int_equal(page(s, 0, 10, &n), 0);
    assert_int_equal(n, 1);
    done(s, "a", NGX_CHAT_ACT_CLEAR, "", 0);
    assert_int_equal(page(s, 0, 10, &n), 0);
    assert_int_equal(n, 0);

    store_free(s);
}


/* Of many cells, no more than some are looked at. */

static void
test_bounded(void **state)
{
    char       name[32];
    size_t     n, found;
    store_t   *s;
    unsigned   i, pages;
    uint64_t   next;

    (void) state;

    s = store_of(16 * 1024 * 1024);

    for (i = 0; i < 9000; i++) {
        snprintf(name, sizeof(name), "empty-%u", i);
        assert_int_equal(store_listen(s, 1, name), NGX_CHAT_LOG_OK);
    }

    assert_int_equal(store_send(s, "last", "x"), NGX_CHAT_LOG_OK);

    next = 0;
    found = 0;

    for (pages = 1; ; pages++) {
        next = page(s, next, 10, &n);
        found += n;

        if (next == 0) {
            break;
        }

        assert_int_equal(n, 0);
    }

    assert_int_equal(found, 1);
    assert_int_equal(pages, 3);

    store_free(s);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_A10_each_once),
        cmocka_unit_test(test_used),
        cmocka_unit_test(test_bounded),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
