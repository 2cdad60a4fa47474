
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The table of metrics, and what is counted where. */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ngx_chat_metric.h"


static void
test_the_table(void **state)
{
    unsigned                      m, i;
    const char                   *end;
    const ngx_chat_metric_row_t  *row;

    (void) state;

    for (m = 0; m < NGX_CHAT_METRIC_COUNT; m++) {
        row = ngx_chat_metric_row(m);

        assert_non_null(row->name);
        assert_true(strlen(row->help) > 10);
        assert_null(strpbrk(row->help, "\\\n"));

        end = strrchr(row->name, '_');
        assert_true((row->type == NGX_CHAT_METRIC_COUNTER)
                    == (end != NULL && strcmp(end, "_total") == 0));
        assert_true(row->unit[0] == '\0'
                    || strstr(row->name, row->unit) != NULL);
        assert_true((m >= NGX_CHAT_METRIC_ZONE)
                    == (row->label != NULL && row->values == NULL));

        for (i = 0; row->values != NULL && row->values[i] != NULL; i++) {
            assert_true(i < NGX_CHAT_METRIC_CELLS);
        }
    }
}


/* Labels are indexed by the module's own numbers. */

static void
test_labels(void **state)
{
    unsigned            i;
    const char *const  *codes, *const *closes;

    (void) state;

    codes = ngx_chat_metric_row(NGX_CHAT_METRIC_REFUSED)->values;
    closes = ngx_chat_metric_row(NGX_CHAT_METRIC_CLOSED)->values;

    for (i = 1; i < NGX_CHAT_CODE_COUNT; i++) {
        assert_string_equal(codes[i - 1], ngx_chat_proto_code(i)->name);
        assert_int_equal(ngx_chat_metric_code(codes[i - 1]), i - 1);
    }

    assert_null(codes[i - 1]);
    assert_string_equal(codes[ngx_chat_metric_code("what")], "internal");

    assert_string_equal(closes[ngx_chat_metric_close(1000)], "1000");
    assert_string_equal(closes[ngx_chat_metric_close(4203)], "4203");
    assert_string_equal(closes[ngx_chat_metric_close(4999)], "other");
    assert_null(closes[ngx_chat_metric_close(4999) + 1]);

    closes = ngx_chat_metric_row(NGX_CHAT_METRIC_HANDSHAKES)->values;

    assert_string_equal(closes[ngx_chat_metric_status(400)], "400");
    assert_string_equal(closes[ngx_chat_metric_status(503)], "503");
    assert_string_equal(closes[ngx_chat_metric_status(418)], "other");

    assert_int_equal(ngx_chat_metric_class(201), 0);
    assert_int_equal(ngx_chat_metric_class(304), 1);
    assert_int_equal(ngx_chat_metric_class(429), 2);
    assert_int_equal(ngx_chat_metric_class(503), 3);

    assert_int_equal(ngx_chat_metric_result(NGX_CHAT_CODE_OK, 0),
                     NGX_CHAT_METRIC_STORED);
    assert_int_equal(ngx_chat_metric_result(NGX_CHAT_CODE_OK, 1),
                     NGX_CHAT_METRIC_DUPLICATE);
    assert_int_equal(ngx_chat_metric_result(NGX_CHAT_CODE_MUTED, 0),
                     NGX_CHAT_METRIC_UNSTORED);
    assert_int_equal(ngx_chat_metric_result(NGX_CHAT_CODE_UNAVAILABLE, 0),
                     NGX_CHAT_METRIC_UNKNOWN);
}


static void
test_histogram(void **state)
{
    unsigned                i;
    uint64_t               *cells;
    ngx_chat_metric_set_t   set;

    (void) state;

    memset(&set, 0, sizeof(set));
    cells = set.cells[NGX_CHAT_METRIC_PUBLISH_TIME];

    for (i = 1; i < NGX_CHAT_METRIC_BUCKETS - 1; i++) {
        assert_true(ngx_chat_metric_bound(i) > ngx_chat_metric_bound(i - 1));
    }

    assert_int_equal(ngx_chat_metric_bound(NGX_CHAT_METRIC_BUCKETS - 1), 0);

    ngx_chat_metric_observe(&set, NGX_CHAT_METRIC_PUBLISH_TIME, 0);
    ngx_chat_metric_observe(&set, NGX_CHAT_METRIC_PUBLISH_TIME, 100);
    ngx_chat_metric_observe(&set, NGX_CHAT_METRIC_PUBLISH_TIME, 101);
    ngx_chat_metric_observe(&set, NGX_CHAT_METRIC_PUBLISH_TIME, 99999999);

    assert_int_equal(cells[0], 2);
    assert_int_equal(cells[1], 1);
    assert_int_equal(cells[NGX_CHAT_METRIC_BUCKETS - 1], 1);
    assert_int_equal(cells[NGX_CHAT_METRIC_SUM], 100000200);

    /* a clock that is wrong by centuries */

    ngx_chat_metric_observe(&set, NGX_CHAT_METRIC_PUBLISH_TIME, UINT64_MAX);
    assert_true(cells[NGX_CHAT_METRIC_SUM]
                == 100000200 + (uint64_t) NGX_CHAT_METRIC_MOST);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_the_table),
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_histogram),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
