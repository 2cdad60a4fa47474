
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Which store a location uses; see the header. */


#include "ngx_http_chat_conf.h"
#include "ngx_http_chat_broker.h"
#include "ngx_http_chat_limit.h"
#include "ngx_http_chat_redis.h"
#include "ngx_http_chat_zone.h"


static void ngx_http_chat_merge_ssl(ngx_http_chat_redis_ssl_t *prev,
    ngx_http_chat_redis_ssl_t *conf);
static ngx_http_chat_store_t *ngx_http_chat_use_redis(ngx_conf_t *cf,
    ngx_http_chat_loc_conf_t *conf);
static ngx_http_chat_store_t *ngx_http_chat_use_zone(ngx_conf_t *cf,
    ngx_http_chat_loc_conf_t *conf);
static ngx_http_chat_store_t *ngx_http_chat_find_store(ngx_conf_t *cf,
    const ngx_http_chat_broker_ops_t *ops, ngx_str_t *name);
static void ngx_http_chat_use_meter(ngx_http_chat_loc_conf_t *conf);
static char *ngx_http_chat_check_logs(ngx_conf_t *cf,
    ngx_http_chat_loc_conf_t *conf);


void
ngx_http_chat_merge_store(ngx_http_chat_loc_conf_t *prev,
    ngx_http_chat_loc_conf_t *conf)
{
    ngx_http_chat_merge_ssl(&prev->redis_ssl, &conf->redis_ssl);

    if (conf->redis == NULL && conf->zone == NULL) {
        /* the nearer one wins */
        conf->redis = prev->redis;
        conf->zone = prev->zone;
    }
}


static void
ngx_http_chat_merge_ssl(ngx_http_chat_redis_ssl_t *prev,
    ngx_http_chat_redis_ssl_t *conf)
{
    ngx_conf_merge_value(conf->verify, prev->verify, 1);
    ngx_conf_merge_uint_value(conf->verify_depth, prev->verify_depth, 1);
    ngx_conf_merge_str_value(conf->ciphers, prev->ciphers, "DEFAULT");
    ngx_conf_merge_str_value(conf->name, prev->name, "");
    ngx_conf_merge_str_value(conf->trusted_certificate,
                             prev->trusted_certificate, "");
    ngx_conf_merge_str_value(conf->certificate, prev->certificate, "");
    ngx_conf_merge_str_value(conf->certificate_key, prev->certificate_key,
                             "");

#if (NGX_SSL)
    ngx_conf_merge_bitmask_value(conf->protocols, prev->protocols,
                                 (NGX_CONF_BITMASK_SET | NGX_SSL_TLSv1_2
                                  | NGX_SSL_TLSv1_3));
#endif
}


char *
ngx_http_chat_use_store(ngx_conf_t *cf, ngx_http_chat_loc_conf_t *conf)
{
    conf->store = (conf->redis != NULL) ? ngx_http_chat_use_redis(cf, conf)
                                        : ngx_http_chat_use_zone(cf, conf);

    if (conf->store == NULL) {
        return NGX_CONF_ERROR;
    }

    conf->store->shares = (conf->store->ops->meter != NULL);
    ngx_http_chat_use_meter(conf);

    if (conf->event != NULL
        && ngx_http_chat_use_events(cf, conf) != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    return ngx_http_chat_check_logs(cf, conf);
}


/* A room's rate is the store's business where the store is of many hosts. */

static void
ngx_http_chat_use_meter(ngx_http_chat_loc_conf_t *conf)
{
    const ngx_http_chat_limit_t  *limit;

    limit = &conf->limits->of[NGX_HTTP_CHAT_PER_ROOM]
                             [NGX_HTTP_CHAT_KIND_SEND];

    if (conf->store->ops->meters) {
        conf->keep.rate = limit->rate;
        conf->keep.burst = limit->burst;
        conf->keep.dry_run = (ngx_uint_t) conf->limit_dry_run;
    }
}


static ngx_http_chat_store_t *
ngx_http_chat_use_redis(ngx_conf_t *cf, ngx_http_chat_loc_conf_t *conf)
{
    ngx_http_chat_store_t     *store;
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (ngx_http_chat_redis_conf_finish(cf, conf->redis, &conf->redis_ssl,
                                        clcf)
        != NGX_OK)
    {
        return NULL;
    }

    ngx_http_chat_redis_conf_size(conf->redis, conf->message_size);

    store = ngx_http_chat_find_store(cf, &ngx_http_chat_broker_redis,
                                ngx_http_chat_redis_conf_name(conf->redis));
    if (store == NULL) {
        return NULL;
    }

    if (store->conf == NULL) {
        store->conf = conf->redis;
        return store;
    }

    if (ngx_http_chat_redis_conf_same(cf, store->conf, conf->redis)
        != NGX_OK)
    {
        return NULL;
    }

    ngx_http_chat_redis_conf_size(store->conf, conf->message_size);

    return store;
}


static ngx_http_chat_store_t *
ngx_http_chat_use_zone(ngx_conf_t *cf, ngx_http_chat_loc_conf_t *conf)
{
    ngx_http_chat_zone_t   *zone;
    ngx_http_chat_store_t  *store;

    if (conf->zone == NULL) {
        conf->zone = ngx_http_chat_zone_default(cf);

        if (conf->zone == NULL) {
            return NULL;
        }
    }

    zone = ngx_http_chat_zone_use(cf, conf->zone, conf->message_size);

    if (zone == NULL) {
        return NULL;
    }

    store = ngx_http_chat_find_store(cf, &ngx_http_chat_broker_shm,
                                     &zone->name);

    if (store != NULL) {
        store->conf = zone;
    }

    return store;
}


/* Locations with equal settings of the store share it, and its rooms. */

static ngx_http_chat_store_t *
ngx_http_chat_find_store(ngx_conf_t *cf,
    const ngx_http_chat_broker_ops_t *ops, ngx_str_t *name)
{
    ngx_uint_t                  i;
    ngx_http_chat_store_t      *store, **stores;
    ngx_http_chat_main_conf_t  *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_chat_module);
    stores = cmcf->stores.elts;

    for (i = 0; i < cmcf->stores.nelts; i++) {

        if (stores[i]->ops == ops
            && stores[i]->name.len == name->len
            && ngx_memcmp(stores[i]->name.data, name->data, name->len) == 0)
        {
            return stores[i];
        }
    }

    store = ngx_pcalloc(cf->pool, sizeof(ngx_http_chat_store_t));
    stores = ngx_array_push(&cmcf->stores);

    if (store == NULL || stores == NULL) {
        return NULL;
    }

    store->ops = ops;
    store->name = *name;

    *stores = store;

    return store;
}


/* A room that is kept by one location and not by another would have holes. */

static char *
ngx_http_chat_check_logs(ngx_conf_t *cf, ngx_http_chat_loc_conf_t *conf)
{
    ngx_http_chat_store_t  *store;

    store = conf->store;

    if (conf->format == NGX_HTTP_CHAT_FORMAT_RAW) {
        return NGX_CONF_OK;
    }

    if (conf->keep.count != 0) {
        store->logs = 1;

    } else {
        store->logless = 1;
    }

    if (store->logs && store->logless) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"chat_history off\" must hold for all locations "
                           "of a %s or for none: give those with it another "
                           "%s",
                           (conf->redis != NULL) ? "\"chat_redis\""
                                                 : "\"chat_zone\"",
                           (conf->redis != NULL) ? "\"prefix=\""
                                                 : "\"chat_zone\"");
        return NGX_CONF_ERROR;
    }

    ngx_http_chat_check_keep(cf, conf);

    return NGX_CONF_OK;
}


ngx_int_t
ngx_http_chat_check_stores(ngx_conf_t *cf)
{
    ngx_uint_t                   i;
    ngx_http_chat_store_t      **stores;
    ngx_http_chat_main_conf_t   *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_chat_module);
    stores = cmcf->stores.elts;

    for (i = 0; i < cmcf->stores.nelts; i++) {

        if (stores[i]->ops == &ngx_http_chat_broker_shm
            && ngx_http_chat_zone_check(cf, stores[i]->conf) != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (ngx_http_chat_check_events(cf, stores[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return ngx_http_chat_limit_zone_add(cf);
}
