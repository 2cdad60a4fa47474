
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The zone of limits, and this worker's part in it; see the header. */


#include "ngx_http_chat_limit.h"
#include "ngx_http_chat_metric.h"
#include "ngx_http_chat_zone.h"

#include <sys/random.h>


#define NGX_HTTP_CHAT_LIMIT_ZONE_SIZE  (2 * 1024 * 1024)

/* ms between two lines about a zone that has no room */
#define NGX_HTTP_CHAT_LIMIT_ZONE_QUIET  (60 * 1000)

/* ms between two searches for the dead: each asks the system for all workers */
#define NGX_HTTP_CHAT_LIMIT_ZONE_SEARCH  1000


static ngx_int_t ngx_http_chat_limit_zone_init(ngx_shm_zone_t *shm_zone,
    void *data);
static void ngx_http_chat_limit_zone_bury(void);
static void ngx_http_chat_limit_zone_full(void);


/* of this worker */

static ngx_chat_limit_t  *ngx_http_chat_limit_region;
static uint32_t           ngx_http_chat_limit_owner;
static ngx_msec_t         ngx_http_chat_limit_told;
static ngx_msec_t         ngx_http_chat_limit_searched;


ngx_int_t
ngx_http_chat_limit_zone_add(ngx_conf_t *cf)
{
    size_t                      size;
    ngx_str_t                   name;
    ngx_shm_zone_t             *zone;
    ngx_http_chat_main_conf_t  *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_chat_module);

    ngx_conf_init_size_value(cmcf->limit_zone_size,
                             NGX_HTTP_CHAT_LIMIT_ZONE_SIZE);
    ngx_conf_init_size_value(cmcf->buffer_total, 256 * 1024 * 1024);

    if (!cmcf->limits) {
        return NGX_OK;
    }

    size = cmcf->limit_zone_size;

    if (size < ngx_chat_limit_least() + 8 * ngx_pagesize) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"chat_limit_zone\" is too small: %uzk is the "
                           "least",
                           (ngx_chat_limit_least() + 8 * ngx_pagesize + 1023)
                           / 1024);
        return NGX_ERROR;
    }

    /* another version begins anew */

    ngx_str_set(&name, "chat_limit:v1");

    zone = ngx_shared_memory_add(cf, &name, size, &ngx_http_chat_module);
    if (zone == NULL) {
        return NGX_ERROR;
    }

    if (ngx_http_chat_zone_fits(cf, "chat_limit_zone", zone) != NGX_OK) {
        return NGX_ERROR;
    }

    zone->init = ngx_http_chat_limit_zone_init;
    zone->data = cmcf;

    cmcf->limit_zone = zone;

    return NGX_OK;
}


static ngx_int_t
ngx_http_chat_limit_zone_init(ngx_shm_zone_t *shm_zone, void *data)
{
    size_t             size;
    u_char            *p, seed[16];
    ngx_slab_pool_t   *pool;
    ngx_chat_limit_t  *limit;

    if (data != NULL) {
        return NGX_OK;
    }

    pool = (ngx_slab_pool_t *) shm_zone->shm.addr;

    size = pool->pfree * ngx_pagesize;
    p = ngx_slab_alloc_locked(pool, size);

    if (p == NULL) {
        return NGX_ERROR;
    }

    if (getrandom(seed, sizeof(seed), 0) != (ssize_t) sizeof(seed)) {
        ngx_log_error(NGX_LOG_EMERG, shm_zone->shm.log, ngx_errno,
                      "getrandom() failed");
        return NGX_ERROR;
    }

    limit = (ngx_chat_limit_t *) ngx_align_ptr(p, 64);

    if (!ngx_chat_limit_init(limit, p + size - (u_char *) limit, seed)) {
        ngx_log_error(NGX_LOG_EMERG, shm_zone->shm.log, 0,
                      "\"chat_limit_zone\" is too small");
        return NGX_ERROR;
    }

    pool->data = limit;

    return NGX_OK;
}


void
ngx_http_chat_limit_zone_enter(ngx_http_chat_main_conf_t *cmcf)
{
    ngx_slab_pool_t  *pool;

    if (cmcf->limit_zone == NULL) {
        return;
    }

    pool = (ngx_slab_pool_t *) cmcf->limit_zone->shm.addr;

    ngx_http_chat_limit_region = pool->data;
    ngx_http_chat_limit_zone_bury();

    ngx_http_chat_limit_owner = ngx_chat_limit_claim(
                     ngx_http_chat_limit_region, (uint32_t) ngx_pid,
                     (uint32_t) ngx_http_chat_zone_started(ngx_pid));
}


void
ngx_http_chat_limit_zone_leave(void)
{
    if (ngx_http_chat_limit_region != NULL) {
        ngx_http_chat_limit_gone();

        ngx_chat_limit_release(ngx_http_chat_limit_region,
                               ngx_http_chat_limit_owner);
        ngx_http_chat_limit_owner = NGX_CHAT_LIMIT_NOBODY;
    }
}


/* Workers that died count nothing. */

static void
ngx_http_chat_limit_zone_bury(void)
{
    uint32_t    i, owner, pid, start, now;
    ngx_uint_t  gone;

    ngx_http_chat_limit_searched = ngx_current_msec;

    for (i = 0; i < NGX_CHAT_LIMIT_OWNERS; i++) {
        owner = ngx_chat_limit_owner(ngx_http_chat_limit_region, i, &pid,
                                     &start);

        if (owner == NGX_CHAT_LIMIT_NOBODY
            || owner == ngx_http_chat_limit_owner)
        {
            continue;
        }

        gone = ngx_http_chat_zone_gone((ngx_pid_t) pid, 0);

        if (!gone && start != 0) {
            now = (uint32_t) ngx_http_chat_zone_started((ngx_pid_t) pid);
            gone = (now != 0 && (now & NGX_CHAT_LIMIT_PID) != start);
        }

        if (gone) {
            ngx_chat_limit_release(ngx_http_chat_limit_region, owner);
        }
    }
}


uint64_t
ngx_http_chat_limit_key(ngx_http_chat_store_t *store, ngx_uint_t per,
    ngx_uint_t kind, const ngx_chat_str_t *name)
{
    ngx_chat_str_t  space;

    if (ngx_http_chat_limit_region == NULL) {
        return 0;
    }

    space.len = 0;
    space.data = NULL;

    if (store != NULL) {
        space.len = store->name.len;
        space.data = store->name.data;
    }

    return ngx_chat_limit_key(ngx_http_chat_limit_region,
                              (uint32_t) (per * NGX_HTTP_CHAT_KIND_COUNT
                                          + kind),
                              &space, name);
}


ngx_chat_limit_t *
ngx_http_chat_limit_memory(void)
{
    return ngx_http_chat_limit_region;
}


uint32_t
ngx_http_chat_limit_take(uint64_t key, const ngx_http_chat_limit_t *limit)
{
    if (key == 0) {
        return 0;
    }

    return ngx_chat_limit_take(ngx_http_chat_limit_region, key, limit->rate,
                               limit->burst, ngx_current_msec);
}


void
ngx_http_chat_limit_give(uint64_t key)
{
    if (key != 0) {
        ngx_chat_limit_give(ngx_http_chat_limit_region, key);
    }
}


/* Counts first: of two at a time at most one too many is refused. */

ngx_int_t
ngx_http_chat_limit_enter(uint64_t *key, ngx_uint_t max)
{
    if (*key == 0) {
        return NGX_OK;
    }

    if (!ngx_chat_limit_enter(ngx_http_chat_limit_region,
                              ngx_http_chat_limit_owner, *key))
    {
        ngx_http_chat_limit_zone_full();
        *key = 0;

        return NGX_OK;
    }

    if (ngx_http_chat_limit_reached(*key, max + 1)) {
        ngx_http_chat_limit_leave(*key);
        *key = 0;

        return NGX_DECLINED;
    }

    return NGX_OK;
}


void
ngx_http_chat_limit_leave(uint64_t key)
{
    if (key != 0) {
        ngx_chat_limit_leave(ngx_http_chat_limit_region,
                             ngx_http_chat_limit_owner, key);
    }
}


/*
 * Before anybody is refused it is made sure that all who count live; who comes
 * again and again does not make us look each time.
 */

ngx_uint_t
ngx_http_chat_limit_reached(uint64_t key, ngx_uint_t max)
{
    if (key == 0
        || ngx_chat_limit_count(ngx_http_chat_limit_region, key) < max)
    {
        return 0;
    }

    if (ngx_current_msec - ngx_http_chat_limit_searched
        < NGX_HTTP_CHAT_LIMIT_ZONE_SEARCH)
    {
        return 1;
    }

    ngx_http_chat_limit_zone_bury();

    return ngx_chat_limit_count(ngx_http_chat_limit_region, key) >= max;
}


static void
ngx_http_chat_limit_zone_full(void)
{
    ngx_http_chat_metric_add(NGX_CHAT_METRIC_UNLIMITED, 0, 1);

    if (ngx_http_chat_limit_owner == NGX_CHAT_LIMIT_NOBODY
        || (ngx_http_chat_limit_told != 0
            && ngx_current_msec - ngx_http_chat_limit_told
               < NGX_HTTP_CHAT_LIMIT_ZONE_QUIET))
    {
        return;
    }

    ngx_http_chat_limit_told = ngx_current_msec;

    ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                  "\"chat_limit_zone\" has no room for another connection, "
                  "which is let in uncounted");
}
