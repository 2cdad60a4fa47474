
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What this worker counts; see the header. */


#include "ngx_http_chat_metric.h"
#include "ngx_http_chat_session.h"
#include "ngx_http_chat_zone.h"


/* nginx's slab pool in front of ours, and what it needs for itself */
#define NGX_HTTP_CHAT_METRIC_POOL  (8 * ngx_pagesize)


static ngx_int_t ngx_http_chat_metric_zone_init(ngx_shm_zone_t *shm_zone,
    void *data);
static ngx_uint_t ngx_http_chat_metric_gone(uint64_t owner);
static ngx_int_t ngx_http_chat_metric_claim(ngx_uint_t dead);
static ngx_uint_t ngx_http_chat_metric_transport(
    const ngx_http_chat_session_t *s);


/* of this worker */

static ngx_chat_metric_set_t   ngx_http_chat_metric_own;
static ngx_chat_metric_t      *ngx_http_chat_metric_region;
static ngx_int_t               ngx_http_chat_metric_slot = -1;
static uint64_t                ngx_http_chat_metric_fan_begun;
static ngx_uint_t              ngx_http_chat_metric_stores;

ngx_chat_metric_set_t  *ngx_http_chat_metric_set = &ngx_http_chat_metric_own;


ngx_int_t
ngx_http_chat_metric_zone_add(ngx_conf_t *cf)
{
    u_char                     *p;
    ngx_str_t                   name;
    ngx_shm_zone_t             *zone;
    ngx_http_chat_main_conf_t  *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_chat_module);

    if (cmcf->metric_zone != NULL) {
        return NGX_OK;
    }

    /* with another table it begins anew */

    p = ngx_pnalloc(cf->pool, sizeof("chat_status:v1:") + NGX_INT_T_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    name.data = p;
    name.len = (size_t) (ngx_sprintf(p, "chat_status:v1:%d",
                                     NGX_CHAT_METRIC_COUNT) - p);

    zone = ngx_shared_memory_add(cf, &name,
                                 ngx_align(sizeof(ngx_chat_metric_t),
                                           ngx_pagesize)
                                 + NGX_HTTP_CHAT_METRIC_POOL,
                                 &ngx_http_chat_module);
    if (zone == NULL) {
        return NGX_ERROR;
    }

    zone->init = ngx_http_chat_metric_zone_init;
    zone->data = cmcf;

    cmcf->metric_zone = zone;

    return NGX_OK;
}


static ngx_int_t
ngx_http_chat_metric_zone_init(ngx_shm_zone_t *shm_zone, void *data)
{
    void             *p;
    ngx_slab_pool_t  *pool;

    if (data != NULL) {
        return NGX_OK;
    }

    pool = (ngx_slab_pool_t *) shm_zone->shm.addr;

    p = ngx_slab_calloc_locked(pool, sizeof(ngx_chat_metric_t));
    if (p == NULL) {
        return NGX_ERROR;
    }

    pool->data = p;

    return NGX_OK;
}


void
ngx_http_chat_metric_enter(ngx_cycle_t *cycle,
    ngx_http_chat_main_conf_t *cmcf)
{
    ngx_slab_pool_t  *pool;

    if (cmcf->metric_zone == NULL) {
        return;
    }

    pool = (ngx_slab_pool_t *) cmcf->metric_zone->shm.addr;
    ngx_http_chat_metric_region = pool->data;

    /* what the dead have left is the first to be taken */

    if (ngx_http_chat_metric_claim(1) == NGX_OK) {
        ngx_http_chat_metric_add(NGX_CHAT_METRIC_DIED, 0, 1);
        return;
    }

    if (ngx_http_chat_metric_claim(0) != NGX_OK) {
        ngx_log_error(NGX_LOG_WARN, cycle->log, 0,
                      "\"chat_status\" counts %d workers at a time, this one "
                      "is left out", NGX_CHAT_METRIC_SLOTS);
    }
}


static ngx_int_t
ngx_http_chat_metric_claim(ngx_uint_t dead)
{
    unsigned            i;
    uint64_t            old, own;
    ngx_chat_metric_t  *region;

    region = ngx_http_chat_metric_region;
    own = ngx_chat_metric_owner(ngx_pid, ngx_http_chat_zone_started(ngx_pid));

    for (i = 0; i < NGX_CHAT_METRIC_SLOTS; i++) {
        old = ngx_chat_metric_holder(region, i);

        if (dead ? (old == 0 || !ngx_http_chat_metric_gone(old)) : old != 0) {
            continue;
        }

        if (ngx_chat_metric_claim(region, i, old, own, (uint64_t) ngx_time()))
        {
            ngx_http_chat_metric_slot = (ngx_int_t) i;
            ngx_http_chat_metric_set = &region->slots[i].set;

            return NGX_OK;
        }
    }

    return NGX_DECLINED;
}


static ngx_uint_t
ngx_http_chat_metric_gone(uint64_t owner)
{
    ngx_pid_t          pid;
    ngx_atomic_uint_t  now;

    pid = (ngx_pid_t) ngx_chat_metric_pid(owner);

    if (ngx_http_chat_zone_gone(pid, 0)) {
        return 1;
    }

    now = ngx_http_chat_zone_started(pid);

    return now != 0 && ngx_chat_metric_start(owner) != 0
           && (uint32_t) now != ngx_chat_metric_start(owner);
}


void
ngx_http_chat_metric_drain(void)
{
    if (ngx_http_chat_metric_slot != -1) {
        ngx_chat_metric_store(&ngx_http_chat_metric_region
                                   ->slots[ngx_http_chat_metric_slot].draining,
                              1);
    }
}


void
ngx_http_chat_metric_leave(void)
{
    if (ngx_http_chat_metric_slot != -1) {
        ngx_chat_metric_release(ngx_http_chat_metric_region,
                                (unsigned) ngx_http_chat_metric_slot);
    }

    ngx_http_chat_metric_slot = -1;
    ngx_http_chat_metric_set = &ngx_http_chat_metric_own;
}


const ngx_chat_metric_t *
ngx_http_chat_metric_look(unsigned char *live)
{
    unsigned  i;
    uint64_t  owner;

    for (i = 0; i < NGX_CHAT_METRIC_SLOTS; i++) {
        live[i] = 0;

        if (ngx_http_chat_metric_region != NULL) {
            owner = ngx_chat_metric_holder(ngx_http_chat_metric_region, i);
            live[i] = (owner != 0 && !ngx_http_chat_metric_gone(owner));
        }
    }

    return ngx_http_chat_metric_region;
}


static ngx_uint_t
ngx_http_chat_metric_transport(const ngx_http_chat_session_t *s)
{
    return s->stream ? NGX_CHAT_METRIC_SSE : NGX_CHAT_METRIC_WEBSOCKET;
}


void
ngx_http_chat_metric_opened(ngx_http_chat_session_t *s)
{
    ngx_uint_t  transport;

    transport = ngx_http_chat_metric_transport(s);

    s->metered = 1;
    s->kept = (s->request != NULL);
#if (NGX_SSL)
    s->tls = (s->connection->ssl != NULL);
#endif

    ngx_http_chat_metric_add(NGX_CHAT_METRIC_OPENED, transport, 1);
    ngx_http_chat_metric_add(NGX_CHAT_METRIC_CONNECTIONS, transport, 1);
    ngx_http_chat_metric_add(NGX_CHAT_METRIC_TLS, 0, s->tls);
    ngx_http_chat_metric_add(NGX_CHAT_METRIC_KEPT, 0, s->kept);

    if (s->conf->format == NGX_HTTP_CHAT_FORMAT_RAW) {
        ngx_http_chat_metric_add(NGX_CHAT_METRIC_RAW, 0, 1);
    }
}


void
ngx_http_chat_metric_closed(ngx_http_chat_session_t *s)
{
    ngx_uint_t  transport;

    if (!s->metered) {
        return;
    }

    transport = ngx_http_chat_metric_transport(s);

    ngx_http_chat_metric_take(NGX_CHAT_METRIC_CONNECTIONS, transport);

    if (s->tls) {
        ngx_http_chat_metric_take(NGX_CHAT_METRIC_TLS, 0);
    }

    if (s->kept) {
        ngx_http_chat_metric_take(NGX_CHAT_METRIC_KEPT, 0);
    }

    if (s->conf->format == NGX_HTTP_CHAT_FORMAT_RAW) {
        ngx_http_chat_metric_take(NGX_CHAT_METRIC_RAW, 0);
    }

    ngx_http_chat_metric_add(NGX_CHAT_METRIC_CLOSED,
                             ngx_chat_metric_close(s->close_code), 1);
}


uint64_t
ngx_http_chat_metric_clock(void)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_MONOTONIC, &ts);

    return (uint64_t) ts.tv_sec * 1000000 + (uint64_t) ts.tv_nsec / 1000;
}


uint64_t
ngx_http_chat_metric_now(void)
{
    return (ngx_http_chat_metric_slot == -1) ? 0
                                             : ngx_http_chat_metric_clock();
}


void
ngx_http_chat_metric_published(ngx_chat_code_e code, ngx_uint_t dup,
    uint64_t begun)
{
    ngx_http_chat_metric_add(NGX_CHAT_METRIC_PUBLISHED,
                             ngx_chat_metric_result(code, (int) dup), 1);

    if (begun != 0) {
        ngx_chat_metric_observe(ngx_http_chat_metric_set,
                                NGX_CHAT_METRIC_PUBLISH_TIME,
                                ngx_http_chat_metric_now() - begun);
    }
}


void
ngx_http_chat_metric_delivered(int64_t time)
{
    int64_t      ms;
    ngx_time_t  *tp;

    tp = ngx_timeofday();
    ms = (int64_t) tp->sec * 1000 + (int64_t) tp->msec - time;

    /* clocks differ */

    ngx_chat_metric_observe(ngx_http_chat_metric_set,
                            NGX_CHAT_METRIC_DELIVERY_TIME,
                            (uint64_t) ngx_max(ms, 0) * 1000);
}


void
ngx_http_chat_metric_fan(void)
{
    if (ngx_http_chat_metric_fan_begun == 0) {
        ngx_http_chat_metric_fan_begun = ngx_http_chat_metric_now();
    }
}


void
ngx_http_chat_metric_unfan(void)
{
    ngx_http_chat_metric_fan_begun = 0;
}


void
ngx_http_chat_metric_fanned(void)
{
    if (ngx_http_chat_metric_fan_begun != 0) {
        ngx_chat_metric_observe(ngx_http_chat_metric_set,
                                NGX_CHAT_METRIC_FANOUT_TIME,
                                ngx_http_chat_metric_now()
                                - ngx_http_chat_metric_fan_begun);
        ngx_http_chat_metric_fan_begun = 0;
    }
}


void
ngx_http_chat_metric_refused(ngx_http_request_t *r, ngx_uint_t status,
    const char *code, size_t len)
{
    ngx_http_chat_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_chat_module);

    if (!conf->api) {
        ngx_http_chat_metric_add(NGX_CHAT_METRIC_HANDSHAKES,
                                 ngx_chat_metric_status((unsigned) status), 1);
        return;
    }

    ngx_http_chat_metric_add(NGX_CHAT_METRIC_API,
                             ngx_chat_metric_class((unsigned) status), 1);
    ngx_http_chat_metric_add(NGX_CHAT_METRIC_REFUSED,
                             ngx_chat_metric_code(code), 1);
    ngx_http_chat_metric_add(NGX_CHAT_METRIC_API_BYTES, NGX_CHAT_METRIC_OUT,
                             len);
}


void
ngx_http_chat_metric_store(ngx_uint_t was, ngx_uint_t is)
{
    ngx_http_chat_metric_take(NGX_CHAT_METRIC_STORES, was);
    ngx_http_chat_metric_add(NGX_CHAT_METRIC_STORES, is, 1);
}


ngx_uint_t
ngx_http_chat_metric_store_new(void)
{
    ngx_uint_t  store;

    store = ngx_http_chat_metric_stores;

    if (store < NGX_CHAT_METRIC_LAGS - 1) {
        ngx_http_chat_metric_stores++;
    }

    return store;
}


void
ngx_http_chat_metric_due(ngx_uint_t store, ngx_msec_t after)
{
    uint64_t  now;

    now = ngx_http_chat_metric_now();

    if (now != 0) {
        ngx_chat_metric_due(ngx_http_chat_metric_set, (unsigned) store,
                            now + (uint64_t) after * 1000);
    }
}


void
ngx_http_chat_metric_heard(ngx_uint_t store)
{
    uint64_t  now;

    now = ngx_http_chat_metric_now();

    if (now != 0) {
        ngx_chat_metric_heard(ngx_http_chat_metric_set, (unsigned) store, now);
    }
}


void
ngx_http_chat_metric_deaf(ngx_uint_t store)
{
    ngx_chat_metric_deaf(ngx_http_chat_metric_set, (unsigned) store);
}


void
ngx_http_chat_metric_answered(ngx_uint_t hook, uint64_t begun)
{
    ngx_uint_t  metric;

    switch (hook) {

    case NGX_CHAT_METRIC_JOINS:
        metric = NGX_CHAT_METRIC_JOIN_HOOK_TIME;
        break;

    case NGX_CHAT_METRIC_MESSAGES:
        metric = NGX_CHAT_METRIC_PUBLISH_HOOK_TIME;
        break;

    default:
        metric = NGX_CHAT_METRIC_EVENT_HOOK_TIME;
        break;
    }

    if (begun != 0) {
        ngx_chat_metric_observe(ngx_http_chat_metric_set, (unsigned) metric,
                                ngx_http_chat_metric_now() - begun);
    }
}
