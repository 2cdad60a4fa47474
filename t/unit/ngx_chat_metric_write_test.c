
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Metrics as JSON and as text, into buffers of any size. */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ngx_chat_metric_write.h"


#define SIZE  65536


typedef size_t (*writer_t)(unsigned char *buf, size_t size,
    const ngx_chat_metric_view_t *view);


static ngx_chat_metric_t       metric;
static ngx_chat_metric_set_t   sum;
static ngx_chat_metric_zone_t  zones[2];
static unsigned char           live[NGX_CHAT_METRIC_SLOTS];


static ngx_chat_metric_view_t
fill(void)
{
    ngx_chat_metric_set_t   *set;
    ngx_chat_metric_view_t   view;

    memset(&metric, 0, sizeof(metric));
    memset(zones, 0, sizeof(zones));

    assert_true(ngx_chat_metric_claim(&metric, 2, 0,
                                      ngx_chat_metric_owner(77, 1), 1000));
    assert_true(ngx_chat_metric_claim(&metric, 5, 0,
                                      ngx_chat_metric_owner(78, 1), 1001));
    metric.slots[5].draining = 1;
    live[2] = 1;
    live[5] = 1;

    set = &metric.slots[2].set;
    set->cells[NGX_CHAT_METRIC_CONNECTIONS][0] = 4;
    set->cells[NGX_CHAT_METRIC_REFUSED][NGX_CHAT_CODE_MUTED - 1] = 9;

    ngx_chat_metric_observe(set, NGX_CHAT_METRIC_FANOUT_TIME, 100);
    ngx_chat_metric_observe(set, NGX_CHAT_METRIC_FANOUT_TIME, 1500000);

    zones[0].name.data = (const unsigned char *) "a\"\\\nb";
    zones[0].name.len = 5;
    zones[0].values[0] = 42;
    zones[1].name.data = (const unsigned char *) "other";
    zones[1].name.len = 5;

    ngx_chat_metric_due(&metric.slots[5].set, 0, 1000);

    ngx_chat_metric_add_up(&metric, live, 251000, &sum);

    view.time = 1700000000000;
    view.now = 251000;
    view.sum = &sum;
    view.metric = &metric;
    view.live = live;
    view.zones = zones;
    view.nzones = 2;

    return view;
}


static char *
written(writer_t writer, const ngx_chat_metric_view_t *view)
{
    size_t  len;
    char   *buf;

    buf = malloc(SIZE);
    assert_non_null(buf);

    len = writer((unsigned char *) buf, SIZE - 1, view);
    assert_true(len < SIZE - 1);
    assert_int_equal(writer(NULL, 0, view), len);
    buf[len] = '\0';

    return buf;
}


static void
has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        fail_msg("no %s in %s", part, text);
    }
}


static void
test_json(void **state)
{
    char                    *text;
    ngx_chat_metric_view_t   view;

    (void) state;

    view = fill();
    text = written(ngx_chat_metric_json, &view);

    has(text, "{\"time\":1700000000000,\"metrics\":{\"workers\":"
              "{\"running\":1,\"draining\":1},\"connections\":"
              "{\"websocket\":4,\"sse\":0,\"longpoll\":0},");
    has(text, "\"muted\":9,");
    has(text, "\"fanout_seconds\":{\"count\":2,\"sum\":1.5001,\"buckets\":"
              "[[0.0001,1],[0.00025,0],");
    has(text, "[2.5,1],[5,0],[10,0],[null,0]]}");
    has(text, "\"workers\":[{\"pid\":77,\"state\":\"running\",\"since\":1000,"
              "\"connections\":4,");
    has(text, "\"store_lag_seconds\":0.25,");
    has(text, "\"store_lag_seconds\":0,\"received_total\":0,");
    has(text, "\"publish_seconds\":{\"count\":0,\"sum\":0,\"buckets\":[[");
    has(text, ",{\"pid\":78,\"state\":\"draining\",\"since\":1001,");
    has(text, "\"zones\":[{\"name\":\"a\\\"\\\\\\nb\",\"zone_size_bytes\":42,");
    has(text, "},{\"name\":\"other\",");

    free(text);

    view.metric = NULL;
    view.nzones = 0;
    text = written(ngx_chat_metric_json, &view);
    has(text, "\"workers\":[],\"zones\":[]}\n");
    free(text);
}


static void
test_prometheus(void **state)
{
    char                    *text;
    ngx_chat_metric_view_t   view;

    (void) state;

    view = fill();
    text = written(ngx_chat_metric_prometheus, &view);

    assert_true(strncmp(text, "# HELP nginx_chat_workers Worker processes.\n"
                              "# TYPE nginx_chat_workers gauge\n"
                              "nginx_chat_workers{state=\"running\"} 1\n",
                        80) == 0);
    has(text, "nginx_chat_refused_total{code=\"muted\"} 9\n");
    has(text, "\nnginx_chat_store_lag_seconds 0.25\n");
    has(text, "# TYPE nginx_chat_fanout_seconds histogram\n"
              "nginx_chat_fanout_seconds_bucket{le=\"0.0001\"} 1\n"
              "nginx_chat_fanout_seconds_bucket{le=\"0.00025\"} 1\n");
    has(text, "nginx_chat_fanout_seconds_bucket{le=\"+Inf\"} 2\n"
              "nginx_chat_fanout_seconds_sum 1.5001\n"
              "nginx_chat_fanout_seconds_count 2\n");
    has(text, "nginx_chat_zone_size_bytes{zone=\"a\\\"\\\\\\nb\"} 42\n"
              "nginx_chat_zone_size_bytes{zone=\"other\"} 0\n");

    free(text);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_prometheus),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
