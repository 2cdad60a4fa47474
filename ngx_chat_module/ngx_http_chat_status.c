
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The status: its directive, and its answers; see the header. */


#include "ngx_http_chat_status.h"
#include "ngx_http_chat_broker.h"
#include "ngx_http_chat_handshake.h"
#include "ngx_http_chat_metric.h"
#include "ngx_http_chat_zone.h"
#include "ngx_chat_metric_write.h"


/* numbers grow while they are written */
#define NGX_HTTP_CHAT_STATUS_SPARE  4096


#define NGX_HTTP_CHAT_STATUS_WRONG                                            \
    "Ask for \"?format=json\" or for \"?format=prometheus\".\n"


typedef enum {
    NGX_HTTP_CHAT_STATUS_OFF = 0,
    NGX_HTTP_CHAT_STATUS_ASKED,
    NGX_HTTP_CHAT_STATUS_JSON,
    NGX_HTTP_CHAT_STATUS_PROMETHEUS,
    NGX_HTTP_CHAT_STATUS_UNKNOWN
} ngx_http_chat_status_e;


typedef size_t (*ngx_http_chat_status_pt)(unsigned char *buf, size_t size,
    const ngx_chat_metric_view_t *view);


static ngx_int_t ngx_http_chat_status_handler(ngx_http_request_t *r);
static ngx_http_chat_status_e ngx_http_chat_status_named(
    const ngx_str_t *name);
static ngx_http_chat_status_e ngx_http_chat_status_format(
    ngx_http_request_t *r);
static ngx_uint_t ngx_http_chat_status_accepts(ngx_http_request_t *r);
static ngx_int_t ngx_http_chat_status_view(ngx_http_request_t *r,
    ngx_chat_metric_view_t *view);
static ngx_int_t ngx_http_chat_status_zones(ngx_http_request_t *r,
    ngx_chat_metric_view_t *view);
static void ngx_http_chat_status_zone(ngx_http_chat_zone_t *zone,
    ngx_chat_metric_zone_t *view);
static ngx_int_t ngx_http_chat_status_send(ngx_http_request_t *r,
    ngx_uint_t status, ngx_buf_t *b);


char *
ngx_http_chat_set_status(ngx_conf_t *cf, ngx_command_t *cmd, void *data)
{
    ngx_http_chat_loc_conf_t *conf = data;

    ngx_str_t                 *value;
    ngx_http_core_loc_conf_t  *clcf;

    (void) cmd;

    if (conf->status != NGX_HTTP_CHAT_STATUS_OFF) {
        return "is duplicate";
    }

    conf->status = NGX_HTTP_CHAT_STATUS_ASKED;

    if (cf->args->nelts == 2) {
        value = cf->args->elts;
        conf->status = ngx_http_chat_status_named(&value[1]);
    }

    if (conf->status == NGX_HTTP_CHAT_STATUS_UNKNOWN) {
        return "has an unknown format: write \"json\", \"prometheus\", or "
               "nothing, and the request decides";
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->handler != NULL) {
        return "stands in a location that has another handler already: give "
               "the status a location of its own";
    }

    clcf->handler = ngx_http_chat_status_handler;

    return (ngx_http_chat_metric_zone_add(cf) == NGX_OK) ? NGX_CONF_OK
                                                         : NGX_CONF_ERROR;
}


char *
ngx_http_chat_merge_status(ngx_conf_t *cf, ngx_http_chat_loc_conf_t *prev,
    ngx_http_chat_loc_conf_t *conf)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->noname && clcf->handler == NULL
        && prev->status != NGX_HTTP_CHAT_STATUS_OFF)
    {
        clcf->handler = ngx_http_chat_status_handler;
        conf->status = prev->status;
    }

    if (conf->status != NGX_HTTP_CHAT_STATUS_OFF
        && clcf->handler != ngx_http_chat_status_handler)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"chat_status\" stands in a location that another "
                           "directive gives to another handler, give the "
                           "status a location of its own");
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static ngx_http_chat_status_e
ngx_http_chat_status_named(const ngx_str_t *name)
{
    if (name->len == 4 && ngx_strncmp(name->data, "json", 4) == 0) {
        return NGX_HTTP_CHAT_STATUS_JSON;
    }

    if (name->len == 10 && ngx_strncmp(name->data, "prometheus", 10) == 0) {
        return NGX_HTTP_CHAT_STATUS_PROMETHEUS;
    }

    return NGX_HTTP_CHAT_STATUS_UNKNOWN;
}


static ngx_int_t
ngx_http_chat_status_handler(ngx_http_request_t *r)
{
    size_t                    len, size;
    ngx_int_t                 rc;
    ngx_buf_t                *b;
    ngx_http_chat_status_e    format;
    ngx_chat_metric_view_t    view;
    ngx_http_chat_status_pt   writer;

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return (ngx_http_chat_handshake_add(r, "Allow",
                                            sizeof("GET, HEAD") - 1,
                                            (const u_char *) "GET, HEAD")
                == NGX_OK)
               ? NGX_HTTP_NOT_ALLOWED : NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    format = ngx_http_chat_status_format(r);

    if (format == NGX_HTTP_CHAT_STATUS_UNKNOWN) {
        ngx_str_set(&r->headers_out.content_type, "text/plain");

        b = ngx_create_temp_buf(r->pool, sizeof(NGX_HTTP_CHAT_STATUS_WRONG));
        if (b == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        b->last = ngx_cpymem(b->pos, NGX_HTTP_CHAT_STATUS_WRONG,
                             sizeof(NGX_HTTP_CHAT_STATUS_WRONG) - 1);

        return ngx_http_chat_status_send(r, NGX_HTTP_BAD_REQUEST, b);
    }

    if (ngx_http_chat_status_view(r, &view) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (format == NGX_HTTP_CHAT_STATUS_PROMETHEUS) {
        writer = ngx_chat_metric_prometheus;
        ngx_str_set(&r->headers_out.content_type,
                    "text/plain; version=0.0.4; charset=utf-8");

    } else {
        writer = ngx_chat_metric_json;
        ngx_str_set(&r->headers_out.content_type, "application/json");
    }

    size = writer(NULL, 0, &view) + NGX_HTTP_CHAT_STATUS_SPARE;

    b = ngx_create_temp_buf(r->pool, size);
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    len = writer(b->pos, size, &view);

    if (len > size) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    b->last = b->pos + len;

    return ngx_http_chat_status_send(r, NGX_HTTP_OK, b);
}


/* What the directive says, or the address, or the field "Accept". */

static ngx_http_chat_status_e
ngx_http_chat_status_format(ngx_http_request_t *r)
{
    ngx_str_t                  value;
    ngx_http_chat_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_chat_module);

    if (conf->status != NGX_HTTP_CHAT_STATUS_ASKED) {
        return (ngx_http_chat_status_e) conf->status;
    }

    if (ngx_http_arg(r, (u_char *) "format", 6, &value) == NGX_OK) {
        return ngx_http_chat_status_named(&value);
    }

    return ngx_http_chat_status_accepts(r) ? NGX_HTTP_CHAT_STATUS_PROMETHEUS
                                           : NGX_HTTP_CHAT_STATUS_JSON;
}


/*
 * Whether it names a type of text, and not JSON: a scraper does, browsers and
 * scripts do not.
 */

static ngx_uint_t
ngx_http_chat_status_accepts(ngx_http_request_t *r)
{
    ngx_uint_t        i, text;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    text = 0;

    for (part = &r->headers_in.headers.part; part != NULL; part = part->next)
    {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (h[i].key.len != 6
                || ngx_strncmp(h[i].lowcase_key, "accept", 6) != 0)
            {
                continue;
            }

            if (ngx_strcasestrn(h[i].value.data, "application/json", 16 - 1)) {
                return 0;
            }

            if (ngx_strcasestrn(h[i].value.data, "text/plain", 10 - 1)
                || ngx_strcasestrn(h[i].value.data,
                                   "application/openmetrics-text", 28 - 1))
            {
                text = 1;
            }
        }
    }

    return text;
}


static ngx_int_t
ngx_http_chat_status_view(ngx_http_request_t *r, ngx_chat_metric_view_t *view)
{
    u_char                 *live;
    ngx_time_t             *tp;
    ngx_chat_metric_set_t  *sum;

    ngx_memzero(view, sizeof(ngx_chat_metric_view_t));

    live = ngx_pnalloc(r->pool, NGX_CHAT_METRIC_SLOTS);
    sum = ngx_pcalloc(r->pool, sizeof(ngx_chat_metric_set_t));

    if (live == NULL || sum == NULL) {
        return NGX_ERROR;
    }

    tp = ngx_timeofday();

    view->time = (int64_t) tp->sec * 1000 + (int64_t) tp->msec;
    view->now = ngx_http_chat_metric_clock();
    view->metric = ngx_http_chat_metric_look(live);
    view->live = live;
    view->sum = sum;

    if (view->metric != NULL) {
        ngx_chat_metric_add_up(view->metric, live, view->now, sum);
    }

    return ngx_http_chat_status_zones(r, view);
}


static ngx_int_t
ngx_http_chat_status_zones(ngx_http_request_t *r,
    ngx_chat_metric_view_t *view)
{
    ngx_uint_t                   i;
    ngx_http_chat_store_t      **stores;
    ngx_chat_metric_zone_t      *zones;
    ngx_http_chat_main_conf_t   *cmcf;

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_chat_module);
    stores = cmcf->stores.elts;

    zones = ngx_palloc(r->pool, (cmcf->stores.nelts + 1)
                                * sizeof(ngx_chat_metric_zone_t));
    if (zones == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < cmcf->stores.nelts; i++) {

        if (stores[i]->ops == &ngx_http_chat_broker_shm) {
            ngx_http_chat_status_zone(stores[i]->conf, &zones[view->nzones]);
            view->nzones++;
        }
    }

    view->zones = zones;

    return NGX_OK;
}


/* Without the lock: what is read are counts, each of them a word. */

static void
ngx_http_chat_status_zone(ngx_http_chat_zone_t *zone,
    ngx_chat_metric_zone_t *view)
{
    uint64_t             *v;
    ngx_chat_log_stat_t   stat;

    ngx_chat_log_stat(zone->region, &stat);

    view->name.len = zone->name.len;
    view->name.data = zone->name.data;

#define ngx_http_chat_status_of(metric)                                       \
    v[NGX_CHAT_METRIC_ZONE_ ## metric - NGX_CHAT_METRIC_ZONE]

    v = view->values;

    ngx_http_chat_status_of(SIZE) = stat.size;
    ngx_http_chat_status_of(CELLS) = stat.cells * stat.cell_size;
    ngx_http_chat_status_of(USED) = (stat.cells - stat.cells_free)
                                    * stat.cell_size;
    ngx_http_chat_status_of(ROOMS) = stat.rooms;
    ngx_http_chat_status_of(USERS) = stat.users;
    ngx_http_chat_status_of(RIGHTS) = stat.rights;
    ngx_http_chat_status_of(EVICTED) = stat.evicted;
    ngx_http_chat_status_of(WRITTEN) = stat.log_head;
}


static ngx_int_t
ngx_http_chat_status_send(ngx_http_request_t *r, ngx_uint_t status,
    ngx_buf_t *b)
{
    u_char       *p;
    ngx_int_t     rc;
    ngx_str_t    *type;
    ngx_chain_t   out;

    if (ngx_http_chat_handshake_add(r, "Cache-Control", sizeof("no-store") - 1,
                                    (const u_char *) "no-store")
        != NGX_OK
        || ngx_http_chat_handshake_add(r, "Vary", sizeof("Accept") - 1,
                                       (const u_char *) "Accept")
           != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    b->last_buf = (r == r->main) ? 1 : 0;
    b->last_in_chain = 1;

    r->headers_out.status = status;
    r->headers_out.content_length_n = b->last - b->pos;

    /* what "gzip_types" and their like look for is without parameters */

    type = &r->headers_out.content_type;
    p = ngx_strlchr(type->data, type->data + type->len, ';');

    r->headers_out.content_type_len = (p != NULL) ? (size_t) (p - type->data)
                                                  : type->len;
    r->headers_out.content_type_lowcase = NULL;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}
