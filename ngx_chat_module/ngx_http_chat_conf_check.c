
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What settings ask of each other, and of nginx's own. */


#include "ngx_http_chat_conf.h"
#include "ngx_http_chat_api.h"
#include "ngx_http_chat_auth.h"
#include "ngx_http_chat_broker.h"
#include "ngx_http_chat_limit.h"
#include "ngx_chat_text_like.h"

#include <ngx_event.h>


/* ms; nginx's own proxy_read_timeout, and what many others wait */
#define NGX_HTTP_CHAT_PROXY_PATIENCE  60000

/* fewer clients than this are no chat, but an oversight */
#define NGX_HTTP_CHAT_CLIENTS_LEAST  32


static void ngx_http_chat_check_drain(ngx_cycle_t *cycle, ngx_log_t *log,
    ngx_msec_t drain_time);
static void ngx_http_chat_check_connections(ngx_cycle_t *cycle,
    ngx_log_t *log, ngx_array_t *array);


char *
ngx_http_chat_check_conf(ngx_conf_t *cf, ngx_http_chat_loc_conf_t *conf)
{
    ngx_http_core_loc_conf_t   *clcf;
    ngx_http_chat_main_conf_t  *cmcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->handler != (conf->api ? ngx_http_chat_api_handler
                                    : ngx_http_chat_handler))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%s\" stands in a location that another "
                           "directive gives to another handler, give the chat "
                           "a location of its own",
                           conf->api ? "chat_api" : "chat");
        return NGX_CONF_ERROR;
    }

    if (conf->api && ngx_http_chat_check_api(cf, conf) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    if (conf->format == NGX_HTTP_CHAT_FORMAT_RAW && conf->room.len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"chat_format raw\" needs a \"chat_room\"");
        return NGX_CONF_ERROR;
    }

    if (conf->user == NULL && conf->tokens.nkeys == 0
        && conf->guests == NGX_HTTP_CHAT_GUESTS_OFF
        && (!conf->api || conf->api_keys == NULL))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%s\" lets nobody in: set \"chat_user\" to "
                           "what names the user, \"chat_token_key\" to what "
                           "checks tokens, or \"chat_guests on\"%s",
                           conf->api ? "chat_api" : "chat",
                           conf->api ? ", or \"chat_api_key_file\" to the "
                                       "keys of your backends" : "");
        return NGX_CONF_ERROR;
    }

    if (ngx_http_chat_use_tokens(cf, conf) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    if (conf->buffer_size != 0 && !conf->api
        && (conf->message_size == 0
            || conf->buffer_size < conf->message_size))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"chat_buffer_size\" must hold a message of "
                           "\"chat_message_size\", or be 0");
        return NGX_CONF_ERROR;
    }

    if (!conf->api) {
        ngx_http_chat_check_pings(cf, conf);
    }

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_chat_module);

    if (cmcf->locations++ == 0 && !ngx_chat_text_name_prepare()) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the tables of ICU cannot be loaded: there is no "
                           "memory left, or its data is not installed");
        return NGX_CONF_ERROR;
    }

    cmcf->drain_time = ngx_max(cmcf->drain_time, conf->drain_time);

    if (ngx_http_chat_limit_use(cf, conf) != NGX_OK
        || ngx_http_chat_use_logs(cf, conf) != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    return ngx_http_chat_use_store(cf, conf);
}


void
ngx_http_chat_check_keep(ngx_conf_t *cf, ngx_http_chat_loc_conf_t *conf)
{
    const char             *what;
    ngx_http_chat_keep_t   *keep;
    ngx_http_chat_store_t  *store;

    store = conf->store;

    /* a location with a room of its own may well have its own ways with it */

    if (conf->room.len != 0 || store->differs) {
        return;
    }

    if (store->keep == NULL) {
        store->keep = &conf->keep;
        return;
    }

    keep = store->keep;

    if (conf->keep.count != keep->count || conf->keep.time != keep->time) {
        what = "chat_history";

    } else if (conf->keep.dedupe != keep->dedupe) {
        what = "chat_dedupe_time";

    } else {
        return;
    }

    store->differs = 1;

    ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                       "\"%s\" differs between locations that share the rooms "
                       "of %s \"%V\", and the location of each message's "
                       "sender decides: set it once for both, or give one of "
                       "them another %s", what,
                       (conf->redis != NULL) ? "\"chat_redis\""
                                             : "\"chat_zone\"",
                       &store->name,
                       (conf->redis != NULL) ? "\"prefix=\""
                                             : "\"chat_zone\"");
}


void
ngx_http_chat_check_pings(ngx_conf_t *cf, ngx_http_chat_loc_conf_t *conf)
{
    ngx_http_chat_main_conf_t  *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_chat_module);

    if (conf->ping_interval < NGX_HTTP_CHAT_PROXY_PATIENCE
        || cmcf->pings_rarely)
    {
        return;
    }

    cmcf->pings_rarely = 1;

    ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                       "\"chat_ping_interval\" is not below 60s, and proxies "
                       "in front commonly close what is silent for that long: "
                       "make it shorter, or their timeouts longer");
}


void
ngx_http_chat_check_cycle(ngx_cycle_t *cycle, ngx_http_chat_main_conf_t *cmcf)
{
    ngx_log_t  *log;

    log = cycle->log;

    if (log->log_level < NGX_LOG_WARN) {
        /* "nginx -t" and a start still have one that says it */
        log = cycle->old_cycle->log;
    }

    ngx_http_chat_check_drain(cycle, log, cmcf->drain_time);
    ngx_http_chat_check_connections(cycle, log, &cmcf->stores);
}


static void
ngx_http_chat_check_drain(ngx_cycle_t *cycle, ngx_log_t *log,
    ngx_msec_t drain_time)
{
    ngx_core_conf_t  *ccf;

    ccf = (ngx_core_conf_t *) ngx_get_conf(cycle->conf_ctx, ngx_core_module);

    if (ccf->shutdown_timeout == 0 || drain_time < ccf->shutdown_timeout) {
        return;
    }

    ngx_log_error(NGX_LOG_WARN, log, 0,
                  "\"chat_drain_time\" is not below "
                  "\"worker_shutdown_timeout\": at a reload sessions will be "
                  "cut before they are drained, make the latter longer");
}


static void
ngx_http_chat_check_connections(ngx_cycle_t *cycle, ngx_log_t *log,
    ngx_array_t *array)
{
    ngx_uint_t                i, need;
    ngx_listening_t          *ls;
    ngx_event_conf_t         *ecf;
    ngx_http_chat_store_t   **stores;

    ecf = ngx_event_get_conf(cycle->conf_ctx, ngx_event_core_module);

    /* one to the master */
    need = 1;

    ls = cycle->listening.elts;

    for (i = 0; i < cycle->listening.nelts; i++) {
        /* of a socket with "reuseport" each worker has one */
        need += (ls[i].worker == 0);
    }

    stores = array->elts;

    for (i = 0; i < array->nelts; i++) {
        /* Redis: commands and what is published; a zone: the wake-ups */
        need += (stores[i]->ops == &ngx_http_chat_broker_redis) ? 2 : 1;
    }

    need += NGX_HTTP_CHAT_CLIENTS_LEAST;

    if (ecf->connections >= need) {
        return;
    }

    ngx_log_error(NGX_LOG_WARN, log, 0,
                  "\"worker_connections %ui\" leaves less than %d connections "
                  "of a worker to the chat's clients, each of which takes one: "
                  "set it to %ui at least, or better to some thousands",
                  ecf->connections, NGX_HTTP_CHAT_CLIENTS_LEAST, need);
}


ngx_int_t
ngx_http_chat_check_all(ngx_conf_t *cf)
{
    ngx_http_chat_main_conf_t  *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_chat_module);

    if ((cmcf->tokens && ngx_http_chat_auth_address_init(cf) != NGX_OK)
        || (cmcf->locations != 0
            && ngx_http_chat_auth_cookie_init(cf) != NGX_OK))
    {
        return NGX_ERROR;
    }

    ngx_http_chat_check_tls(cf);

    return ngx_http_chat_check_stores(cf);
}
