
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Metrics as text; see the header. */


#include "ngx_chat_metric_write.h"
#include "ngx_chat_json_out.h"

#include <string.h>


#define NGX_CHAT_METRIC_US  1000000        /* of a second */


static void ngx_chat_metric_out_word(ngx_chat_json_out_t *out,
    const char *text);
static void ngx_chat_metric_out_seconds(ngx_chat_json_out_t *out,
    uint64_t us);
static uint64_t ngx_chat_metric_all(const uint64_t *cells);
static void ngx_chat_metric_json_cells(ngx_chat_json_out_t *out, unsigned m,
    const uint64_t *cells);
static void ngx_chat_metric_json_histogram(ngx_chat_json_out_t *out,
    const uint64_t *cells);
static void ngx_chat_metric_json_workers(ngx_chat_json_out_t *out,
    const ngx_chat_metric_view_t *view);
static void ngx_chat_metric_json_worker(ngx_chat_json_out_t *out,
    const ngx_chat_metric_slot_t *slot, uint64_t now);
static void ngx_chat_metric_json_name(ngx_chat_json_out_t *out, unsigned m);
static void ngx_chat_metric_json_zones(ngx_chat_json_out_t *out,
    const ngx_chat_metric_view_t *view);
static void ngx_chat_metric_text_head(ngx_chat_json_out_t *out, unsigned m);
static void ngx_chat_metric_text_name(ngx_chat_json_out_t *out, unsigned m,
    const char *suffix);
static void ngx_chat_metric_text_label(ngx_chat_json_out_t *out,
    const char *label, const char *value, size_t len);
static void ngx_chat_metric_text_value(ngx_chat_json_out_t *out, uint64_t n);
static void ngx_chat_metric_text_one(ngx_chat_json_out_t *out, unsigned m,
    uint64_t n);
static void ngx_chat_metric_text_histogram(ngx_chat_json_out_t *out,
    unsigned m, const uint64_t *cells);
static void ngx_chat_metric_text_zones(ngx_chat_json_out_t *out, unsigned m,
    const ngx_chat_metric_view_t *view);


/* of a worker's own, in JSON */

static const unsigned  ngx_chat_metric_of_worker[] = {
    NGX_CHAT_METRIC_CONNECTIONS, NGX_CHAT_METRIC_ROOMS,
    NGX_CHAT_METRIC_MEMBERS, NGX_CHAT_METRIC_USERS, NGX_CHAT_METRIC_QUEUE
};

#define NGX_CHAT_METRIC_WORKER_ROWS                                           \
    (sizeof(ngx_chat_metric_of_worker) / sizeof(ngx_chat_metric_of_worker[0]))


static void
ngx_chat_metric_out_word(ngx_chat_json_out_t *out, const char *text)
{
    ngx_chat_json_out_raw(out, text, strlen(text));
}


static void
ngx_chat_metric_out_seconds(ngx_chat_json_out_t *out, uint64_t us)
{
    int       i;
    char      digits[6];
    uint64_t  rest;

    rest = us % NGX_CHAT_METRIC_US;

    for (i = 5; i >= 0; i--) {
        digits[i] = (char) ('0' + rest % 10);
        rest /= 10;
    }

    ngx_chat_json_out_number(out, (int64_t) (us / NGX_CHAT_METRIC_US));

    /* 0.1, not 0.100000 */

    for (i = 6; i > 0 && digits[i - 1] == '0'; i--) {
        /* void */
    }

    if (i != 0) {
        ngx_chat_json_out_lit(out, ".");
        ngx_chat_json_out_raw(out, digits, (size_t) i);
    }
}


static uint64_t
ngx_chat_metric_all(const uint64_t *cells)
{
    unsigned  i;
    uint64_t  n;

    n = 0;

    for (i = 0; i < NGX_CHAT_METRIC_SUM; i++) {
        n += ngx_chat_metric_load(&cells[i]);
    }

    return n;
}


size_t
ngx_chat_metric_json(unsigned char *buf, size_t size,
    const ngx_chat_metric_view_t *view)
{
    unsigned             m;
    ngx_chat_json_out_t  out;

    ngx_chat_json_out_init(&out, buf, size);

    ngx_chat_json_out_lit(&out, "{\"time\":");
    ngx_chat_json_out_number(&out, view->time);
    ngx_chat_json_out_lit(&out, ",\"metrics\":{");

    for (m = 0; m < NGX_CHAT_METRIC_ZONE; m++) {

        if (m != 0) {
            ngx_chat_json_out_lit(&out, ",");
        }

        ngx_chat_json_out_text(&out, ngx_chat_metric_row(m)->name);
        ngx_chat_json_out_lit(&out, ":");
        ngx_chat_metric_json_cells(&out, m, view->sum->cells[m]);
    }

    ngx_chat_json_out_lit(&out, "},\"workers\":[");
    ngx_chat_metric_json_workers(&out, view);
    ngx_chat_json_out_lit(&out, "],\"zones\":[");
    ngx_chat_metric_json_zones(&out, view);
    ngx_chat_json_out_lit(&out, "]}\n");

    return out.len;
}


static void
ngx_chat_metric_json_cells(ngx_chat_json_out_t *out, unsigned m,
    const uint64_t *cells)
{
    unsigned                      i;
    const ngx_chat_metric_row_t  *row;

    row = ngx_chat_metric_row(m);

    if (row->type == NGX_CHAT_METRIC_HISTOGRAM) {
        ngx_chat_metric_json_histogram(out, cells);
        return;
    }

    if (m == NGX_CHAT_METRIC_LAG) {
        ngx_chat_metric_out_seconds(out, cells[0]);
        return;
    }

    if (row->label == NULL) {
        ngx_chat_json_out_number(out, (int64_t) cells[0]);
        return;
    }

    ngx_chat_json_out_lit(out, "{");

    for (i = 0; row->values[i] != NULL; i++) {

        if (i != 0) {
            ngx_chat_json_out_lit(out, ",");
        }

        ngx_chat_json_out_text(out, row->values[i]);
        ngx_chat_json_out_lit(out, ":");
        ngx_chat_json_out_number(out, (int64_t) cells[i]);
    }

    ngx_chat_json_out_lit(out, "}");
}


/* "buckets" has pairs: up to how many seconds, and how many; the rest: null. */

static void
ngx_chat_metric_json_histogram(ngx_chat_json_out_t *out,
    const uint64_t *cells)
{
    unsigned  i;

    ngx_chat_json_out_lit(out, "{\"count\":");
    ngx_chat_json_out_number(out, (int64_t) ngx_chat_metric_all(cells));
    ngx_chat_json_out_lit(out, ",\"sum\":");
    ngx_chat_metric_out_seconds(out, cells[NGX_CHAT_METRIC_SUM]);
    ngx_chat_json_out_lit(out, ",\"buckets\":[");

    for (i = 0; i < NGX_CHAT_METRIC_BUCKETS; i++) {
        ngx_chat_metric_out_word(out, (i == 0) ? "[" : ",[");

        if (i == NGX_CHAT_METRIC_BUCKETS - 1) {
            ngx_chat_json_out_lit(out, "null");

        } else {
            ngx_chat_metric_out_seconds(out, ngx_chat_metric_bound(i));
        }

        ngx_chat_json_out_lit(out, ",");
        ngx_chat_json_out_number(out, (int64_t) cells[i]);
        ngx_chat_json_out_lit(out, "]");
    }

    ngx_chat_json_out_lit(out, "]}");
}


static void
ngx_chat_metric_json_workers(ngx_chat_json_out_t *out,
    const ngx_chat_metric_view_t *view)
{
    unsigned                       i, n;
    const ngx_chat_metric_slot_t  *slot;

    n = 0;

    for (i = 0; view->metric != NULL && i < NGX_CHAT_METRIC_SLOTS; i++) {

        if (!view->live[i]) {
            continue;
        }

        slot = &view->metric->slots[i];

        ngx_chat_metric_out_word(out, (n == 0) ? "{\"pid\":" : ",{\"pid\":");
        ngx_chat_json_out_number(out, (int64_t) ngx_chat_metric_pid(
                                 ngx_chat_metric_holder(view->metric, i)));
        ngx_chat_json_out_lit(out, ",\"state\":");
        ngx_chat_json_out_text(out, ngx_chat_metric_load(&slot->draining)
                                    ? "draining" : "running");
        ngx_chat_json_out_lit(out, ",\"since\":");
        ngx_chat_json_out_number(out, (int64_t)
                                      ngx_chat_metric_load(&slot->since));

        ngx_chat_metric_json_worker(out, slot, view->now);
        ngx_chat_json_out_lit(out, "}");
        n++;
    }
}


static void
ngx_chat_metric_json_worker(ngx_chat_json_out_t *out,
    const ngx_chat_metric_slot_t *slot, uint64_t now)
{
    size_t    i;
    unsigned  n, m;
    uint64_t  own[NGX_CHAT_METRIC_CELLS];

    for (i = 0; i < NGX_CHAT_METRIC_WORKER_ROWS; i++) {
        m = ngx_chat_metric_of_worker[i];

        ngx_chat_metric_json_name(out, m);
        ngx_chat_json_out_number(out, (int64_t) ngx_chat_metric_all(
                                                      slot->set.cells[m]));
    }

    ngx_chat_metric_json_name(out, NGX_CHAT_METRIC_LAG);
    ngx_chat_metric_out_seconds(out, ngx_chat_metric_lag(&slot->set, now));

    for (n = 0; n < NGX_CHAT_METRIC_BASED; n++) {
        ngx_chat_metric_own(slot, n, own);

        ngx_chat_metric_json_name(out, ngx_chat_metric_based(n));
        ngx_chat_metric_json_cells(out, ngx_chat_metric_based(n), own);
    }
}


static void
ngx_chat_metric_json_name(ngx_chat_json_out_t *out, unsigned m)
{
    ngx_chat_json_out_lit(out, ",");
    ngx_chat_json_out_text(out, ngx_chat_metric_row(m)->name);
    ngx_chat_json_out_lit(out, ":");
}


static void
ngx_chat_metric_json_zones(ngx_chat_json_out_t *out,
    const ngx_chat_metric_view_t *view)
{
    size_t    i;
    unsigned  k;

    for (i = 0; i < view->nzones; i++) {
        ngx_chat_metric_out_word(out, (i == 0) ? "{\"name\":"
                                               : ",{\"name\":");
        ngx_chat_json_out_string(out, &view->zones[i].name);

        for (k = 0; k < NGX_CHAT_METRIC_OF_ZONE; k++) {
            ngx_chat_metric_json_name(out, NGX_CHAT_METRIC_ZONE + k);
            ngx_chat_json_out_number(out, (int64_t) view->zones[i].values[k]);
        }

        ngx_chat_json_out_lit(out, "}");
    }
}


size_t
ngx_chat_metric_prometheus(unsigned char *buf, size_t size,
    const ngx_chat_metric_view_t *view)
{
    unsigned                      m, i;
    ngx_chat_json_out_t           out;
    const ngx_chat_metric_row_t  *row;

    ngx_chat_json_out_init(&out, buf, size);

    for (m = 0; m < NGX_CHAT_METRIC_COUNT; m++) {
        row = ngx_chat_metric_row(m);

        ngx_chat_metric_text_head(&out, m);

        if (row->type == NGX_CHAT_METRIC_HISTOGRAM) {
            ngx_chat_metric_text_histogram(&out, m, view->sum->cells[m]);
            continue;
        }

        if (m >= NGX_CHAT_METRIC_ZONE) {
            ngx_chat_metric_text_zones(&out, m, view);
            continue;
        }

        if (row->label == NULL) {
            ngx_chat_metric_text_one(&out, m, view->sum->cells[m][0]);
            continue;
        }

        for (i = 0; row->values[i] != NULL; i++) {
            ngx_chat_metric_text_name(&out, m, "");
            ngx_chat_metric_text_label(&out, row->label, row->values[i],
                                       strlen(row->values[i]));
            ngx_chat_metric_text_value(&out, view->sum->cells[m][i]);
        }
    }

    return out.len;
}


static void
ngx_chat_metric_text_head(ngx_chat_json_out_t *out, unsigned m)
{
    const ngx_chat_metric_row_t  *row;

    static const char *const  types[] = { "counter", "gauge", "histogram" };

    row = ngx_chat_metric_row(m);

    ngx_chat_json_out_lit(out, "# HELP ");
    ngx_chat_metric_text_name(out, m, " ");
    ngx_chat_metric_out_word(out, row->help);
    ngx_chat_json_out_lit(out, "\n# TYPE ");
    ngx_chat_metric_text_name(out, m, " ");
    ngx_chat_metric_out_word(out, types[row->type]);
    ngx_chat_json_out_lit(out, "\n");
}


static void
ngx_chat_metric_text_name(ngx_chat_json_out_t *out, unsigned m,
    const char *suffix)
{
    ngx_chat_json_out_lit(out, NGX_CHAT_METRIC_PREFIX);
    ngx_chat_metric_out_word(out, ngx_chat_metric_row(m)->name);
    ngx_chat_metric_out_word(out, suffix);
}


static void
ngx_chat_metric_text_label(ngx_chat_json_out_t *out, const char *label,
    const char *value, size_t len)
{
    size_t  i;

    ngx_chat_json_out_lit(out, "{");
    ngx_chat_metric_out_word(out, label);
    ngx_chat_json_out_lit(out, "=\"");

    for (i = 0; i < len; i++) {

        if (value[i] == '\n') {
            ngx_chat_json_out_lit(out, "\\n");
            continue;
        }

        if (value[i] == '"' || value[i] == '\\') {
            ngx_chat_json_out_lit(out, "\\");
        }

        ngx_chat_json_out_raw(out, &value[i], 1);
    }

    ngx_chat_json_out_lit(out, "\"}");
}


static void
ngx_chat_metric_text_value(ngx_chat_json_out_t *out, uint64_t n)
{
    ngx_chat_json_out_lit(out, " ");
    ngx_chat_json_out_number(out, (int64_t) n);
    ngx_chat_json_out_lit(out, "\n");
}


static void
ngx_chat_metric_text_one(ngx_chat_json_out_t *out, unsigned m, uint64_t n)
{
    ngx_chat_metric_text_name(out, m, "");

    if (m != NGX_CHAT_METRIC_LAG) {
        ngx_chat_metric_text_value(out, n);
        return;
    }

    ngx_chat_json_out_lit(out, " ");
    ngx_chat_metric_out_seconds(out, n);
    ngx_chat_json_out_lit(out, "\n");
}


/* Here each bucket counts what is in those below it, too. */

static void
ngx_chat_metric_text_histogram(ngx_chat_json_out_t *out, unsigned m,
    const uint64_t *cells)
{
    unsigned  i;
    uint64_t  n;

    n = 0;

    for (i = 0; i < NGX_CHAT_METRIC_BUCKETS; i++) {
        n += cells[i];

        ngx_chat_metric_text_name(out, m, "_bucket{le=\"");

        if (i == NGX_CHAT_METRIC_BUCKETS - 1) {
            ngx_chat_json_out_lit(out, "+Inf");

        } else {
            ngx_chat_metric_out_seconds(out, ngx_chat_metric_bound(i));
        }

        ngx_chat_json_out_lit(out, "\"}");
        ngx_chat_metric_text_value(out, n);
    }

    ngx_chat_metric_text_name(out, m, "_sum ");
    ngx_chat_metric_out_seconds(out, cells[NGX_CHAT_METRIC_SUM]);
    ngx_chat_json_out_lit(out, "\n");
    ngx_chat_metric_text_name(out, m, "_count");
    ngx_chat_metric_text_value(out, n);
}


static void
ngx_chat_metric_text_zones(ngx_chat_json_out_t *out, unsigned m,
    const ngx_chat_metric_view_t *view)
{
    size_t  i;

    for (i = 0; i < view->nzones; i++) {
        ngx_chat_metric_text_name(out, m, "");
        ngx_chat_metric_text_label(out, ngx_chat_metric_row(m)->label,
                                   (const char *) view->zones[i].name.data,
                                   view->zones[i].name.len);
        ngx_chat_metric_text_value(out,
                         view->zones[i].values[m - NGX_CHAT_METRIC_ZONE]);
    }
}
