
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Limits in shared memory: exact for one, never too generous for many, and
 * usable whoever was killed in the middle.
 */


#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "ngx_chat_limit_region.h"
#include "chat_str.h"


#define SIZE    (256 * 1024)
#define NOW     1000000
#define RATE    5000
#define BURST   20


static const unsigned char  seed[16] = "0123456789abcdef";


static ngx_chat_limit_t *
make(size_t size)
{
    ngx_chat_limit_t  *limit;

    limit = mmap(NULL, size, PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    assert_ptr_not_equal(limit, MAP_FAILED);
    assert_true(ngx_chat_limit_init(limit, size, seed));

    return limit;
}


static uint64_t
key_of(const ngx_chat_limit_t *limit, const char *name)
{
    ngx_chat_str_t  space, text;

    space.len = 0;
    space.data = NULL;
    text.len = strlen(name);
    text.data = (const unsigned char *) name;

    return ngx_chat_limit_key(limit, 1, &space, &text);
}


/* A key of the n-th set of both kinds that nobody else of this test has. */

static uint64_t
key_at(uint32_t n)
{
    return n + 1;
}


static unsigned
drain(ngx_chat_limit_t *limit, uint64_t key, uint64_t now)
{
    unsigned  n;

    n = 0;

    while (ngx_chat_limit_take(limit, key, RATE, BURST, now) == 0) {
        n++;
    }

    return n;
}


static void
test_size(void **state)
{
    unsigned char  memory[64];

    (void) state;

    assert_int_equal(sizeof(ngx_chat_limit_t) % 64, 0);
    assert_false(ngx_chat_limit_init((ngx_chat_limit_t *) memory,
                                     sizeof(memory), seed));
    make(ngx_chat_limit_least());
}


static void
test_key(void **state)
{
    ngx_chat_str_t     a, b;
    ngx_chat_limit_t  *limit, *other;

    (void) state;

    limit = make(SIZE);
    other = make(SIZE);
    other->hash[0]++;

    a.len = 1;
    a.data = (const unsigned char *) "a";
    b.len = 1;
    b.data = (const unsigned char *) "b";

    assert_true(ngx_chat_limit_key(limit, 1, &a, &b)
                == ngx_chat_limit_key(limit, 1, &a, &b));
    assert_true(ngx_chat_limit_key(limit, 1, &a, &b)
                != ngx_chat_limit_key(limit, 2, &a, &b));
    assert_true(ngx_chat_limit_key(limit, 1, &a, &b)
                != ngx_chat_limit_key(limit, 1, &b, &a));
    assert_true(ngx_chat_limit_key(limit, 1, &a, &b)
                != ngx_chat_limit_key(other, 1, &a, &b));
}


static void
test_take(void **state)
{
    uint32_t           wait;
    ngx_chat_limit_t  *limit;

    (void) state;

    limit = make(SIZE);

    assert_int_equal(drain(limit, key_of(limit, "a"), NOW), BURST);
    assert_int_equal(drain(limit, key_of(limit, "b"), NOW), BURST);

    wait = ngx_chat_limit_take(limit, key_of(limit, "a"), RATE, BURST, NOW);

    assert_int_equal(wait, 200);
    assert_int_equal(drain(limit, key_of(limit, "a"), NOW + wait - 1), 0);
    assert_int_equal(drain(limit, key_of(limit, "a"), NOW + wait), 1);
    assert_int_equal(ngx_chat_limit_take(limit, 1, 0, 0, NOW), 0);
}


static void
test_give(void **state)
{
    ngx_chat_limit_t  *limit;

    (void) state;

    limit = make(SIZE);

    ngx_chat_limit_give(limit, key_of(limit, "a"));

    assert_int_equal(drain(limit, key_of(limit, "a"), NOW), BURST);
    ngx_chat_limit_give(limit, key_of(limit, "a"));
    assert_int_equal(drain(limit, key_of(limit, "a"), NOW), 1);
}


/* Processes see the time a little apart, and take turns. */

static void
test_clocks_that_differ(void **state)
{
    unsigned           i, n;
    ngx_chat_limit_t  *limit;

    (void) state;

    limit = make(SIZE);
    n = drain(limit, 7, NOW);

    for (i = 0; i < 10000; i++) {
        n += drain(limit, 7, NOW + 10 - 10 * (i % 2));
    }

    /* ten milliseconds are a twentieth of a token */
    assert_int_equal(n, BURST);

    /* the clock of a machine that was restarted goes on, too */
    assert_int_equal(drain(limit, 7, 5), 0);
    assert_int_equal(drain(limit, 7, 5 + 200), 1);
}


static void
test_the_oldest_makes_way(void **state)
{
    unsigned           i;
    ngx_chat_limit_t  *limit;

    (void) state;

    limit = make(SIZE);

    for (i = 0; i < NGX_CHAT_LIMIT_BUCKETS; i++) {
        assert_int_equal(drain(limit, key_at(i), NOW + i), BURST);
    }

    /* the first is used again: the second is the oldest now */

    assert_int_equal(drain(limit, key_at(0), NOW + 200), 1);
    assert_int_equal(drain(limit, key_at(i), NOW + 200), BURST);

    assert_int_equal(drain(limit, key_at(0), NOW + 200), 0);
    assert_int_equal(drain(limit, key_at(2), NOW + 200), 0);
    assert_int_equal(drain(limit, key_at(1), NOW + 200), BURST);
}


static void
test_counts(void **state)
{
    uint32_t           a, b;
    ngx_chat_limit_t  *limit;

    (void) state;

    limit = make(SIZE);
    a = ngx_chat_limit_claim(limit, 100, 1);
    b = ngx_chat_limit_claim(limit, 200, 1);

    assert_int_not_equal(a, NGX_CHAT_LIMIT_NOBODY);
    assert_int_not_equal(a, b);
    assert_int_equal(ngx_chat_limit_count(limit, 5), 0);

    assert_true(ngx_chat_limit_enter(limit, a, 5));
    assert_true(ngx_chat_limit_enter(limit, a, 5));
    assert_true(ngx_chat_limit_enter(limit, b, 5));
    assert_true(ngx_chat_limit_enter(limit, b, 6));

    assert_int_equal(ngx_chat_limit_count(limit, 5), 3);
    assert_int_equal(ngx_chat_limit_count(limit, 6), 1);

    ngx_chat_limit_leave(limit, b, 5);
    ngx_chat_limit_leave(limit, b, 5);
    assert_int_equal(ngx_chat_limit_count(limit, 5), 2);

    /* a goes: b stays */

    ngx_chat_limit_release(limit, a);
    assert_int_equal(ngx_chat_limit_count(limit, 5), 0);
    assert_int_equal(ngx_chat_limit_count(limit, 6), 1);

    assert_false(ngx_chat_limit_enter(limit, a, 5));
    ngx_chat_limit_leave(limit, a, 5);
    ngx_chat_limit_release(limit, a);
    assert_false(ngx_chat_limit_enter(limit, NGX_CHAT_LIMIT_NOBODY, 5));
    ngx_chat_limit_release(limit, NGX_CHAT_LIMIT_NOBODY);

    /* the next one at that place has nothing of its */

    a = ngx_chat_limit_claim(limit, 100, 2);
    assert_int_equal(ngx_chat_limit_count(limit, 5), 0);
    assert_true(ngx_chat_limit_enter(limit, a, 5));
    assert_int_equal(ngx_chat_limit_count(limit, 5), 1);
}


static void
test_owners(void **state)
{
    uint32_t           i, owner, pid, start;
    ngx_chat_limit_t  *limit;

    (void) state;

    limit = make(SIZE);

    assert_int_equal(ngx_chat_limit_owner(limit, 0, &pid, &start),
                     NGX_CHAT_LIMIT_NOBODY);

    for (i = 0; i < NGX_CHAT_LIMIT_OWNERS; i++) {
        owner = ngx_chat_limit_claim(limit, 1000 + i, 0x12345678 + i);

        assert_int_not_equal(owner, NGX_CHAT_LIMIT_NOBODY);
        assert_int_equal(ngx_chat_limit_owner(limit, i, &pid, &start), owner);
        assert_int_equal(pid, 1000 + i);
        assert_int_equal(start, (0x12345678 + i) & NGX_CHAT_LIMIT_PID);
    }

    assert_int_equal(ngx_chat_limit_claim(limit, 1, 1),
                     NGX_CHAT_LIMIT_NOBODY);

    owner = ngx_chat_limit_owner(limit, 77, &pid, &start);
    ngx_chat_limit_release(limit, owner);

    assert_int_equal(ngx_chat_limit_owner(limit, 77, &pid, &start),
                     NGX_CHAT_LIMIT_NOBODY);
    assert_int_not_equal(ngx_chat_limit_claim(limit, 1, 1), owner);
}


/* A set that is full lets nobody in until there is room, or an owner dies. */

static void
test_a_full_set(void **state)
{
    uint32_t           i, a, b;
    ngx_chat_limit_t  *limit;

    (void) state;

    limit = make(SIZE);
    a = ngx_chat_limit_claim(limit, 100, 1);
    b = ngx_chat_limit_claim(limit, 200, 1);

    for (i = 0; i < NGX_CHAT_LIMIT_COUNTS; i++) {
        assert_true(ngx_chat_limit_enter(limit, a, key_at(i)));
    }

    assert_false(ngx_chat_limit_enter(limit, b, key_at(i)));
    assert_int_equal(ngx_chat_limit_count(limit, key_at(i)), 0);

    ngx_chat_limit_leave(limit, a, key_at(3));
    assert_true(ngx_chat_limit_enter(limit, b, key_at(i)));
    assert_false(ngx_chat_limit_enter(limit, b, key_at(i + 1)));

    ngx_chat_limit_release(limit, a);

    for (i = 1; i < NGX_CHAT_LIMIT_COUNTS; i++) {
        assert_true(ngx_chat_limit_enter(limit, b, key_at(100 + i)));
        assert_int_equal(ngx_chat_limit_count(limit, key_at(100 + i)), 1);
    }

    assert_false(ngx_chat_limit_enter(limit, b, key_at(200)));
}


/* Between the two stores of a count that is made. */

static void
test_killed_while_making(void **state)
{
    uint32_t                a, b;
    ngx_chat_limit_t       *limit;
    ngx_chat_limit_cell_t  *cell;

    (void) state;

    limit = make(SIZE);
    a = ngx_chat_limit_claim(limit, 100, 1);
    b = ngx_chat_limit_claim(limit, 200, 1);

    cell = ngx_chat_limit_count_sets(limit)->cells;
    cell->held = ((uint64_t) a << 32) | NGX_CHAT_LIMIT_MAKING;
    cell->key = 5;

    assert_int_equal(ngx_chat_limit_count(limit, 5), 0);
    assert_true(ngx_chat_limit_enter(limit, a, 5));
    assert_int_equal(ngx_chat_limit_count(limit, 5), 1);
    assert_true((uint32_t) cell->held == NGX_CHAT_LIMIT_MAKING);

    ngx_chat_limit_release(limit, a);
    assert_true(ngx_chat_limit_enter(limit, b, 6));
    assert_true(cell->held == (((uint64_t) b << 32) | 1));
}


/* Takes, enters and leaves until it is killed. */

static void
worker(ngx_chat_limit_t *limit, uint32_t owner, unsigned random)
{
    uint32_t  n, held[4];

    memset(held, 0, sizeof(held));

    for ( ;; ) {
        random = random * 1664525 + 1013904223;
        n = (random >> 20) % 4;

        (void) ngx_chat_limit_take(limit, key_at(random >> 24), RATE, BURST,
                                   NOW);

        if (held[n] == 0 || (held[n] < 50 && (random >> 16) % 2)) {
            held[n] += (uint32_t) ngx_chat_limit_enter(limit, owner,
                                                       key_at(n));
        } else {
            ngx_chat_limit_leave(limit, owner, key_at(n));
            held[n]--;
        }
    }
}


static void
test_killed(void **state)
{
    int                status;
    pid_t              pids[4];
    uint32_t           me, owners[4];
    uint64_t           count;
    unsigned           i, round;
    ngx_chat_limit_t  *limit;

    (void) state;

    limit = make(SIZE);
    me = ngx_chat_limit_claim(limit, 1, 1);

    assert_true(ngx_chat_limit_enter(limit, me, key_at(0)));

    for (round = 0; round < 20; round++) {

        for (i = 0; i < 4; i++) {
            owners[i] = ngx_chat_limit_claim(limit, 2 + i, round);
            assert_int_not_equal(owners[i], NGX_CHAT_LIMIT_NOBODY);

            pids[i] = fork();

            if (pids[i] == 0) {
                worker(limit, owners[i], round * 4 + i);
            }
        }

        usleep(3000);

        for (i = 0; i < 4; i++) {
            count = ngx_chat_limit_count(limit, key_at(i));
            assert_true(count <= 4 * 50 + 1);
            kill(pids[i], SIGKILL);
        }

        for (i = 0; i < 4; i++) {
            assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
            ngx_chat_limit_release(limit, owners[i]);
        }

        assert_int_equal(ngx_chat_limit_count(limit, key_at(0)), 1);
        assert_int_equal(ngx_chat_limit_count(limit, key_at(1)), 0);
        assert_int_equal(ngx_chat_limit_count(limit, key_at(2)), 0);

        /* all are full again in due time, and give what they may */
        assert_int_equal(drain(limit, key_at(9),
                               NOW + (round + 1) * 4000), BURST);
    }
}


/* Together they get what one would. */

static void
test_many_take(void **state)
{
    int                pipes[2];
    char               got[1];
    unsigned           i, n, all;
    ngx_chat_limit_t  *limit;

    (void) state;

    limit = make(SIZE);
    assert_int_equal(pipe(pipes), 0);

    /* the bucket is there: of two that make one both would get a token */
    assert_int_equal(ngx_chat_limit_take(limit, 5, 1, 1000, NOW), 0);

    for (i = 0; i < 4; i++) {

        if (fork() != 0) {
            continue;
        }

        for (n = 0; n < 500; n++) {
            got[0] = ngx_chat_limit_take(limit, 5, 1, 1000, NOW) == 0;

            if (write(pipes[1], got, 1) != 1) {
                _exit(1);
            }
        }

        _exit(0);
    }

    (void) close(pipes[1]);
    all = 1;

    while (read(pipes[0], got, 1) == 1) {
        all += (unsigned) got[0];
    }

    for (i = 0; i < 4; i++) {
        (void) wait(NULL);
    }

    assert_int_equal(all, 1000);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_key),
        cmocka_unit_test(test_take),
        cmocka_unit_test(test_give),
        cmocka_unit_test(test_clocks_that_differ),
        cmocka_unit_test(test_the_oldest_makes_way),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_owners),
        cmocka_unit_test(test_a_full_set),
        cmocka_unit_test(test_killed_while_making),
        cmocka_unit_test(test_killed),
        cmocka_unit_test(test_many_take),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
