
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Buckets that several hosts have together: each with a zone of its own, and
 * one who is told and tells.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ngx_chat_limit_region.h"


#define SIZE    (256 * 1024)
#define NOW     1000000
#define RATE    8000
#define BURST   80
#define TOKEN   1000
#define HOSTS   8
#define KEY     7


static const unsigned char  seed[16] = "0123456789abcdef";


/* What a store does with the bucket: see the script of the Redis broker. */

typedef struct {
    uint64_t  used;
    uint64_t  last;
    uint32_t  rate;
    uint32_t  burst;
} sum_t;


static ngx_chat_limit_t *
make(void)
{
    void              *memory = NULL;
    ngx_chat_limit_t  *limit;

    assert_int_equal(posix_memalign(&memory, 64, SIZE), 0);
    limit = memory;

    assert_true(ngx_chat_limit_init(limit, SIZE, seed));

    return limit;
}


static uint32_t
meter(sum_t *sum, uint32_t amount, uint64_t now)
{
    uint64_t  gained, most;

    gained = (now - sum->last) * sum->rate / 1000;
    most = (sum->burst + ngx_chat_limit_debt((uint64_t) sum->burst)) * TOKEN;

    sum->used = (gained < sum->used) ? sum->used - gained : 0;
    sum->used = (sum->used + amount < most) ? sum->used + amount : most;
    sum->last = now;

    return (uint32_t) sum->used;
}


/* One token on a host, which tells and is told at once.  1: it was there. */

static unsigned
take(ngx_chat_limit_t *limit, sum_t *sum, uint64_t now)
{
    uint32_t  amount;

    if (ngx_chat_limit_take(limit, KEY, sum->rate, sum->burst, now) != 0) {
        return 0;
    }

    amount = ngx_chat_limit_share(limit, KEY, sum->rate, sum->burst, now);

    if (amount != 0) {
        ngx_chat_limit_raise(limit, KEY, sum->rate, meter(sum, amount, now),
                             now);
    }

    return 1;
}


static void
test_a_small_burst_is_told_at_once(void **state)
{
    ngx_chat_limit_t  *limit;

    (void) state;

    limit = make();

    assert_int_equal(ngx_chat_limit_share(limit, KEY, RATE, 7, NOW), TOKEN);
    assert_int_equal(ngx_chat_limit_share(limit, KEY, 7, BURST, NOW), TOKEN);
    assert_int_equal(ngx_chat_limit_unshare(limit, KEY), TOKEN);

    free(limit);
}


static void
test_a_share_is_not_told(void **state)
{
    unsigned           i, n;
    ngx_chat_limit_t  *limit;

    (void) state;

    limit = make();

    for (n = 0; n < 3; n++) {

        for (i = 0; i < BURST / NGX_CHAT_LIMIT_SHARE; i++) {
            assert_int_equal(ngx_chat_limit_share(limit, KEY, RATE, BURST,
                                                  NOW), 0);
        }

        assert_int_equal(ngx_chat_limit_share(limit, KEY, RATE, BURST, NOW),
                         (i + 1) * TOKEN);
    }

    /* nor what is slower than a share of the rate */

    for (i = 0; i < 1000; i++) {
        assert_int_equal(ngx_chat_limit_share(limit, KEY, RATE, BURST,
                                              NOW + i * 1000), 0);
    }

    free(limit);
}


static void
test_what_is_told_is_what_was_taken(void **state)
{
    unsigned           i;
    uint64_t           told;
    ngx_chat_limit_t  *limit;

    (void) state;

    limit = make();
    told = 0;

    /* 4 a second, of which 1 a second need not be told */

    for (i = 0; i < 4000; i++) {
        told += ngx_chat_limit_share(limit, KEY, RATE, BURST, NOW + i * 250);
    }

    assert_in_range(told, 3000 * TOKEN, 3100 * TOKEN);

    free(limit);
}


static void
test_given_back(void **state)
{
    unsigned           i;
    ngx_chat_limit_t  *limit;

    (void) state;

    limit = make();

    /* nothing is known: then it was told */
    assert_int_equal(ngx_chat_limit_unshare(limit, KEY), TOKEN);

    for (i = 0; i < 2; i++) {
        assert_int_equal(ngx_chat_limit_share(limit, KEY, RATE, BURST, NOW),
                         0);
    }

    assert_int_equal(ngx_chat_limit_unshare(limit, KEY), 0);
    assert_int_equal(ngx_chat_limit_unshare(limit, KEY), 0);
    assert_int_equal(ngx_chat_limit_unshare(limit, KEY), TOKEN);

    free(limit);
}


static void
test_raise(void **state)
{
    ngx_chat_limit_t  *limit;

    (void) state;

    limit = make();

    /* nobody has taken from it: it is not made for that */

    ngx_chat_limit_raise(limit, KEY, RATE, BURST * TOKEN, NOW);
    assert_int_equal(ngx_chat_limit_take(limit, KEY, RATE, BURST, NOW), 0);

    ngx_chat_limit_raise(limit, KEY, RATE, BURST * TOKEN, NOW);
    assert_int_equal(ngx_chat_limit_take(limit, KEY, RATE, BURST, NOW), 125);

    /* less is known better here */

    ngx_chat_limit_raise(limit, KEY, RATE, TOKEN, NOW);
    assert_int_equal(ngx_chat_limit_take(limit, KEY, RATE, BURST, NOW), 125);

    /* it owes not more than it may */

    ngx_chat_limit_raise(limit, KEY, RATE, UINT32_MAX, NOW);
    assert_int_equal(ngx_chat_limit_take(limit, KEY, RATE, BURST, NOW),
                     (ngx_chat_limit_debt(BURST) + 1) * 125);
    assert_int_equal(ngx_chat_limit_take(limit, KEY, RATE, BURST,
                     NOW + (ngx_chat_limit_debt(BURST) + 1) * 125), 0);

    /* another's clock may be a little behind */

    ngx_chat_limit_raise(limit, KEY, RATE, BURST * TOKEN, NOW);
    assert_true(ngx_chat_limit_take(limit, KEY, RATE, BURST, NOW) != 0);

    free(limit);
}


/* Who takes all that there is, on some hosts at once, for a while. */

static void
test_the_bound(void **state)
{
    sum_t              sum;
    unsigned           n, host, hosts, share;
    uint64_t           now, end, taken;
    ngx_chat_limit_t  *limits[HOSTS];

    static const uint32_t  bursts[] = { 2, 7, 8, 80 };

    (void) state;

    for (n = 0; n < HOSTS * 4; n++) {
        hosts = n / 4 + 1;

        memset(&sum, 0, sizeof(sum));
        sum.rate = 8 * TOKEN;
        sum.burst = bursts[n % 4];
        sum.last = NOW;
        share = sum.burst / NGX_CHAT_LIMIT_SHARE;
        end = 600 * 1000;
        taken = 0;

        for (host = 0; host < hosts; host++) {
            limits[host] = make();
        }

        for (now = 0; now < end; now += 20) {
            for (host = 0; host < hosts; host++) {
                taken += take(limits[host], &sum, NOW + now);
            }
        }

        /* the limit, and of each host what need not be told */

        assert_true(taken >= sum.burst + end / 125 - 2 * hosts);
        assert_true(taken <= sum.burst + end / 125
                             + hosts * (share + 1)
                             + (share ? hosts * end / 1000 : 0));

        for (host = 0; host < hosts; host++) {
            free(limits[host]);
        }
    }
}


/* A clock that is set back gives nothing, and takes nothing away. */

static void
test_a_clock_that_steps_back(void **state)
{
    unsigned           i;
    ngx_chat_limit_t  *limit;

    (void) state;

    limit = make();

    for (i = 0; i < BURST / NGX_CHAT_LIMIT_SHARE; i++) {
        assert_int_equal(ngx_chat_limit_share(limit, KEY, RATE, BURST,
                                              NOW * 1000), 0);
    }

    assert_true(ngx_chat_limit_share(limit, KEY, RATE, BURST, NOW)
                >= (BURST / NGX_CHAT_LIMIT_SHARE) * TOKEN);

    free(limit);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_a_small_burst_is_told_at_once),
        cmocka_unit_test(test_a_share_is_not_told),
        cmocka_unit_test(test_what_is_told_is_what_was_taken),
        cmocka_unit_test(test_given_back),
        cmocka_unit_test(test_raise),
        cmocka_unit_test(test_the_bound),
        cmocka_unit_test(test_a_clock_that_steps_back),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
