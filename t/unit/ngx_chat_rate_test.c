
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The token bucket, under clocks that run, stand, jump and wrap.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ngx_chat_rate.h"


/* the client of these tests: 5 tokens a second, burst 20 */

#define RATE    5000
#define BURST   20


/* Takes until refused, returns how many there were. */

static unsigned
drain(ngx_chat_rate_t *r, uint32_t rate, uint32_t burst, uint64_t now)
{
    unsigned  n;

    n = 0;

    while (ngx_chat_rate_take(r, rate, burst, now) == 0) {
        n++;
    }

    return n;
}


static void
test_size(void **state)
{
    (void) state;

    assert_int_equal(sizeof(ngx_chat_rate_t), 8);
}


static void
test_a_zero_bucket_is_full(void **state)
{
    size_t           i;
    ngx_chat_rate_t  r;
    const uint64_t   nows[] = { 0, 1, 1700000000000, UINT32_MAX, INT32_MAX,
                                (uint64_t) INT32_MAX + 1, UINT64_MAX };

    (void) state;

    for (i = 0; i < sizeof(nows) / sizeof(nows[0]); i++) {
        memset(&r, 0, sizeof(r));
        assert_int_equal(drain(&r, RATE, BURST, nows[i]), BURST);
    }
}


static void
test_the_wait_is_exact(void **state)
{
    uint32_t         wait, rate;
    uint64_t         now;
    ngx_chat_rate_t  r, before;

    (void) state;

    for (rate = 1; rate < 10000000; rate = rate * 3 + 1) {
        memset(&r, 0, sizeof(r));
        now = 1000000;

        (void) drain(&r, rate, 2, now);

        before = r;
        wait = ngx_chat_rate_take(&r, rate, 2, now);

        assert_true(wait > 0);
        assert_memory_equal(&r, &before, sizeof(r));

        if (wait > 1) {
            assert_int_equal(ngx_chat_rate_take(&r, rate, 2, now + wait - 1),
                             1);
        }

        assert_int_equal(ngx_chat_rate_take(&r, rate, 2, now + wait), 0);
    }
}


static void
test_regain(void **state)
{
    ngx_chat_rate_t  r;

    (void) state;

    memset(&r, 0, sizeof(r));

    assert_int_equal(drain(&r, RATE, BURST, 1000), BURST);
    assert_int_equal(ngx_chat_rate_take(&r, RATE, BURST, 1000), 200);
    assert_int_equal(ngx_chat_rate_take(&r, RATE, BURST, 1150), 50);
    assert_int_equal(drain(&r, RATE, BURST, 1200), 1);
    assert_int_equal(drain(&r, RATE, BURST, 2200), 5);
    assert_int_equal(drain(&r, RATE, BURST, 3600 * 1000), BURST);
}


/* Over a long time the rate is held to a thousandth, whoever asks how often. */

static void
test_the_rate_is_held(void **state)
{
    unsigned         n, step;
    uint64_t         now;
    ngx_chat_rate_t  r;

    (void) state;

    for (step = 1; step < 200; step += 13) {
        memset(&r, 0, sizeof(r));
        n = 0;

        for (now = 0; now < 1000000; now += step) {
            n += (ngx_chat_rate_take(&r, 1333, 3, now) == 0);
        }

        assert_in_range(n, 1333 * 9 / 10, 1333 + 3);

        if (step == 1) {
            assert_in_range(n, 1330, 1336);
        }
    }
}


static void
test_no_limit(void **state)
{
    unsigned         i;
    ngx_chat_rate_t  r;

    (void) state;

    memset(&r, 0, sizeof(r));

    for (i = 0; i < 1000; i++) {
        assert_int_equal(ngx_chat_rate_take(&r, 0, 1, 5), 0);
    }

    assert_int_equal(r.used, 0);
}


static void
test_a_standing_clock_gives_nothing(void **state)
{
    unsigned         i;
    ngx_chat_rate_t  r;

    (void) state;

    memset(&r, 0, sizeof(r));
    (void) drain(&r, RATE, BURST, 1000);

    for (i = 0; i < 1000; i++) {
        assert_int_equal(ngx_chat_rate_take(&r, RATE, BURST, 1000), 200);
    }
}


static void
test_a_clock_that_steps_back(void **state)
{
    ngx_chat_rate_t  r;

    (void) state;

    memset(&r, 0, sizeof(r));
    assert_int_equal(drain(&r, RATE, BURST, 10000000), BURST);

    /* an hour back: nothing is given, and the wait is not an hour longer */

    assert_int_equal(ngx_chat_rate_take(&r, RATE, BURST, 6400000), 200);
    assert_int_equal(ngx_chat_rate_take(&r, RATE, BURST, 6400200), 0);

    /* what was there stays there */

    memset(&r, 0, sizeof(r));
    assert_int_equal(ngx_chat_rate_take(&r, RATE, BURST, 10000000), 0);
    assert_int_equal(drain(&r, RATE, BURST, 9000000), BURST - 1);
}


static void
test_a_wrap_of_32_bits(void **state)
{
    uint64_t         now;
    ngx_chat_rate_t  r;

    (void) state;

    memset(&r, 0, sizeof(r));
    now = (uint64_t) UINT32_MAX - 99;

    assert_int_equal(drain(&r, RATE, BURST, now), BURST);
    assert_int_equal(ngx_chat_rate_take(&r, RATE, BURST, now + 150), 50);
    assert_int_equal(ngx_chat_rate_take(&r, RATE, BURST, now + 200), 0);
    assert_int_equal(drain(&r, RATE, BURST, now + 1200), 5);
}


static void
test_odd_bursts(void **state)
{
    ngx_chat_rate_t  r;

    (void) state;

    /* a bucket that holds nothing would never open */

    memset(&r, 0, sizeof(r));
    assert_int_equal(drain(&r, RATE, 0, 1000), 1);
    assert_int_equal(ngx_chat_rate_take(&r, RATE, 0, 1200), 0);

    /* the largest */

    memset(&r, 0, sizeof(r));
    r.used = UINT32_MAX;
    r.last = 1000;
    assert_int_equal(ngx_chat_rate_take(&r, 1, UINT32_MAX, 1000), 1000000);
    assert_int_equal(ngx_chat_rate_take(&r, UINT32_MAX, UINT32_MAX, 1001), 0);

    /* a smaller one counts at once, a larger one too */

    memset(&r, 0, sizeof(r));
    assert_int_equal(drain(&r, RATE, BURST, 1000), BURST);
    assert_int_equal(ngx_chat_rate_take(&r, RATE, 2, 1000), 200);
    assert_int_equal(drain(&r, RATE, 10, 1000), 8);
}


/* The client of a 32 KB/s limit, burst 128 KB. */

static void
test_spend(void **state)
{
    uint32_t         i;
    ngx_chat_rate_t  r;

    (void) state;

    memset(&r, 0, sizeof(r));

    assert_int_equal(ngx_chat_rate_spend(&r, 0, 0, 1 << 30, 1000), 0);
    assert_int_equal(ngx_chat_rate_spend(&r, 32768, 131072, 131072, 1000), 0);
    assert_int_equal(ngx_chat_rate_spend(&r, 32768, 131072, 32768, 1000),
                     1000);

    /* half a second later half of it is over */
    assert_int_equal(ngx_chat_rate_spend(&r, 32768, 131072, 0, 1500), 500);
    assert_int_equal(ngx_chat_rate_spend(&r, 32768, 131072, 0, 2000), 0);
    assert_int_equal(ngx_chat_rate_spend(&r, 32768, 131072, 1, 2000), 1);

    /* a clock that goes back gives nothing */
    assert_true(ngx_chat_rate_spend(&r, 32768, 131072, 0, 1) >= 1);

    /* more than can be counted */
    memset(&r, 0, sizeof(r));

    for (i = 0; i < 4; i++) {
        assert_true(ngx_chat_rate_spend(&r, 1024, 1024, UINT32_MAX, 1)
                    <= INT32_MAX);
    }
}


static void
test_give(void **state)
{
    ngx_chat_rate_t  r;

    (void) state;

    memset(&r, 0, sizeof(r));
    ngx_chat_rate_give(&r);
    assert_int_equal(r.used, 0);

    assert_int_equal(drain(&r, RATE, BURST, 1000), BURST);
    ngx_chat_rate_give(&r);
    assert_int_equal(drain(&r, RATE, BURST, 1000), 1);
}


static void
test_full(void **state)
{
    ngx_chat_rate_t  r;

    (void) state;

    memset(&r, 0, sizeof(r));
    assert_true(ngx_chat_rate_full(&r, RATE, 1000));

    assert_int_equal(ngx_chat_rate_take(&r, RATE, BURST, 1000), 0);
    assert_false(ngx_chat_rate_full(&r, RATE, 1199));
    assert_true(ngx_chat_rate_full(&r, RATE, 1200));
    assert_false(ngx_chat_rate_full(&r, RATE, 999));
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_a_zero_bucket_is_full),
        cmocka_unit_test(test_the_wait_is_exact),
        cmocka_unit_test(test_regain),
        cmocka_unit_test(test_the_rate_is_held),
        cmocka_unit_test(test_no_limit),
        cmocka_unit_test(test_a_standing_clock_gives_nothing),
        cmocka_unit_test(test_a_clock_that_steps_back),
        cmocka_unit_test(test_a_wrap_of_32_bits),
        cmocka_unit_test(test_odd_bursts),
        cmocka_unit_test(test_spend),
        cmocka_unit_test(test_give),
        cmocka_unit_test(test_full),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
