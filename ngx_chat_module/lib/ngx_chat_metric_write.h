
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The metrics as JSON, and in the text format 0.0.4 of Prometheus.
 */


#ifndef NGX_CHAT_METRIC_WRITE_H_INCLUDED
#define NGX_CHAT_METRIC_WRITE_H_INCLUDED


#include "ngx_chat_metric.h"


typedef struct {
    ngx_chat_str_t                 name;
    uint64_t                       values[NGX_CHAT_METRIC_OF_ZONE];
} ngx_chat_metric_zone_t;


typedef struct {
    int64_t                        time;       /* ms, UTC */
    uint64_t                       now;        /* us, as lags are counted */
    const ngx_chat_metric_set_t   *sum;
    const ngx_chat_metric_t       *metric;     /* NULL: no worker counts */
    const unsigned char           *live;       /* of its slots */
    const ngx_chat_metric_zone_t  *zones;
    size_t                         nzones;
} ngx_chat_metric_view_t;


/* Return the length, which may be above size. */

size_t ngx_chat_metric_json(unsigned char *buf, size_t size,
    const ngx_chat_metric_view_t *view);
size_t ngx_chat_metric_prometheus(unsigned char *buf, size_t size,
    const ngx_chat_metric_view_t *view);


#endif /* NGX_CHAT_METRIC_WRITE_H_INCLUDED */
