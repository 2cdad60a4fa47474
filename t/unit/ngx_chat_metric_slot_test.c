
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Counting in slots that change hands, and what is late. */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ngx_chat_metric.h"


#define ANN  ngx_chat_metric_owner(100, 7)
#define BOB  ngx_chat_metric_owner(101, 8)


static ngx_chat_metric_t *
make(void)
{
    ngx_chat_metric_t  *metric;

    metric = calloc(1, sizeof(ngx_chat_metric_t));
    assert_non_null(metric);

    return metric;
}


static void
test_slots(void **state)
{
    unsigned char           live[NGX_CHAT_METRIC_SLOTS];
    uint64_t                own[NGX_CHAT_METRIC_CELLS];
    ngx_chat_metric_t      *metric;
    ngx_chat_metric_set_t   sum;
    ngx_chat_metric_set_t  *set;

    (void) state;

    memset(live, 0, sizeof(live));
    metric = make();

    assert_int_equal(ngx_chat_metric_holder(metric, 3), 0);
    assert_true(ngx_chat_metric_claim(metric, 3, 0, ANN, 1000));
    assert_false(ngx_chat_metric_claim(metric, 3, 0, BOB, 1000));
    assert_true(ngx_chat_metric_holder(metric, 3) == ANN);
    assert_int_equal(ngx_chat_metric_pid(ANN), 100);
    assert_int_equal(ngx_chat_metric_start(ANN), 7);

    set = &metric->slots[3].set;
    live[3] = 1;

    ngx_chat_metric_add(&set->cells[NGX_CHAT_METRIC_RECEIVED][0], 5);
    ngx_chat_metric_add(&set->cells[NGX_CHAT_METRIC_MEMBERS][0], 2);
    ngx_chat_metric_observe(set, NGX_CHAT_METRIC_PUBLISH_TIME, 10);

    ngx_chat_metric_add_up(metric, live, 1, &sum);
    assert_int_equal(sum.cells[NGX_CHAT_METRIC_RECEIVED][0], 5);
    assert_int_equal(sum.cells[NGX_CHAT_METRIC_MEMBERS][0], 2);
    assert_int_equal(sum.cells[NGX_CHAT_METRIC_WORKERS]
                              [NGX_CHAT_METRIC_RUNNING], 1);

    metric->slots[3].draining = 1;

    ngx_chat_metric_add_up(metric, live, 1, &sum);
    assert_int_equal(sum.cells[NGX_CHAT_METRIC_WORKERS]
                              [NGX_CHAT_METRIC_DRAINING], 1);

    /* it dies: what it counted stays, what it had does not */

    live[3] = 0;

    ngx_chat_metric_add_up(metric, live, 1, &sum);
    assert_int_equal(sum.cells[NGX_CHAT_METRIC_RECEIVED][0], 5);
    assert_int_equal(sum.cells[NGX_CHAT_METRIC_PUBLISH_TIME][0], 1);
    assert_int_equal(sum.cells[NGX_CHAT_METRIC_MEMBERS][0], 0);

    /* and who takes its place goes on from there */

    assert_true(ngx_chat_metric_claim(metric, 3, ANN, BOB, 2000));
    live[3] = 1;
    ngx_chat_metric_add(&set->cells[NGX_CHAT_METRIC_RECEIVED][0], 1);

    ngx_chat_metric_add_up(metric, live, 1, &sum);
    assert_int_equal(sum.cells[NGX_CHAT_METRIC_RECEIVED][0], 6);
    assert_int_equal(sum.cells[NGX_CHAT_METRIC_MEMBERS][0], 0);
    assert_int_equal(sum.cells[NGX_CHAT_METRIC_WORKERS]
                              [NGX_CHAT_METRIC_RUNNING], 1);

    /* of which only the last is its own */

    assert_int_equal(ngx_chat_metric_based(0), NGX_CHAT_METRIC_RECEIVED);
    ngx_chat_metric_own(&metric->slots[3], 0, own);
    assert_int_equal(own[0], 1);

    ngx_chat_metric_add(&set->cells[NGX_CHAT_METRIC_MEMBERS][0], 1);
    ngx_chat_metric_release(metric, 3);
    live[3] = 0;

    ngx_chat_metric_add_up(metric, live, 1, &sum);
    assert_int_equal(ngx_chat_metric_holder(metric, 3), 0);
    assert_int_equal(set->cells[NGX_CHAT_METRIC_MEMBERS][0], 0);
    assert_int_equal(sum.cells[NGX_CHAT_METRIC_RECEIVED][0], 6);

    free(metric);
}


/* What is not heard yet counts as much as what was heard too late. */

static void
test_lag(void **state)
{
    ngx_chat_metric_set_t  set;

    (void) state;

    memset(&set, 0, sizeof(set));

    assert_int_equal(ngx_chat_metric_lag(&set, 5000), 0);
    ngx_chat_metric_heard(&set, 0, 5000);
    assert_int_equal(ngx_chat_metric_lag(&set, 5000), 0);

    ngx_chat_metric_due(&set, 0, 5000);
    assert_int_equal(ngx_chat_metric_lag(&set, 4999), 0);
    assert_int_equal(ngx_chat_metric_lag(&set, 5300), 300);

    /* it waits for the first one still */

    ngx_chat_metric_due(&set, 0, 5200);
    assert_int_equal(ngx_chat_metric_lag(&set, 5300), 300);

    ngx_chat_metric_heard(&set, 0, 5400);
    assert_int_equal(ngx_chat_metric_lag(&set, 9000), 400);

    ngx_chat_metric_due(&set, 0, 9000);
    ngx_chat_metric_heard(&set, 0, 8999);
    assert_int_equal(ngx_chat_metric_lag(&set, 9999), 0);

    /* of two stores the later one */

    ngx_chat_metric_due(&set, 0, 10000);
    ngx_chat_metric_due(&set, NGX_CHAT_METRIC_LAGS - 1, 9900);
    assert_int_equal(ngx_chat_metric_lag(&set, 10001), 101);
    ngx_chat_metric_deaf(&set, NGX_CHAT_METRIC_LAGS - 1);
    assert_int_equal(ngx_chat_metric_lag(&set, 10001), 1);
}


/* The sum has the longest lag of those that live. */

static void
test_latest(void **state)
{
    unsigned char           live[NGX_CHAT_METRIC_SLOTS];
    ngx_chat_metric_t      *metric;
    ngx_chat_metric_set_t   sum;

    (void) state;

    memset(live, 0, sizeof(live));
    metric = make();

    assert_true(ngx_chat_metric_claim(metric, 0, 0, ANN, 1000));
    assert_true(ngx_chat_metric_claim(metric, 1, 0, BOB, 1000));
    ngx_chat_metric_due(&metric->slots[0].set, 0, 10);
    ngx_chat_metric_due(&metric->slots[1].set, 0, 20);
    live[0] = 1;
    live[1] = 1;

    ngx_chat_metric_add_up(metric, live, 100, &sum);
    assert_int_equal(sum.cells[NGX_CHAT_METRIC_LAG][0], 90);

    live[0] = 0;
    ngx_chat_metric_add_up(metric, live, 100, &sum);
    assert_int_equal(sum.cells[NGX_CHAT_METRIC_LAG][0], 80);

    /* and it is over with who has gone */

    ngx_chat_metric_release(metric, 1);
    live[1] = 0;
    ngx_chat_metric_add_up(metric, live, 100, &sum);
    assert_int_equal(sum.cells[NGX_CHAT_METRIC_LAG][0], 0);

    free(metric);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_slots),
        cmocka_unit_test(test_lag),
        cmocka_unit_test(test_latest),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
