
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The module: its contexts and hooks, and the handler that is the story of a
 * chat connection: check, identify, accept, open.
 */


#include "ngx_http_chat_auth.h"
#include "ngx_http_chat_command.h"
#include "ngx_http_chat_conf.h"
#include "ngx_http_chat_drain.h"
#include "ngx_http_chat_event.h"
#include "ngx_http_chat_excess.h"
#include "ngx_http_chat_handshake.h"
#include "ngx_http_chat_hub.h"
#include "ngx_http_chat_hosts.h"
#include "ngx_http_chat_limit.h"
#include "ngx_http_chat_log.h"
#include "ngx_http_chat_metric.h"
#include "ngx_http_chat_table.h"
#include "ngx_http_chat_transport.h"
#include "ngx_http_chat_variables.h"


static ngx_int_t ngx_http_chat_identify(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx);
static ngx_int_t ngx_http_chat_init_module(ngx_cycle_t *cycle);
static ngx_int_t ngx_http_chat_init_process(ngx_cycle_t *cycle);
static void ngx_http_chat_exit_process(ngx_cycle_t *cycle);


static ngx_http_module_t  ngx_http_chat_module_ctx = {
    ngx_http_chat_variables_add,           /* preconfiguration */
    ngx_http_chat_check_all,               /* postconfiguration */

    ngx_http_chat_create_main_conf,        /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_chat_create_loc_conf,         /* create location configuration */
    ngx_http_chat_merge_loc_conf           /* merge location configuration */
};


ngx_module_t  ngx_http_chat_module = {
    NGX_MODULE_V1,
    &ngx_http_chat_module_ctx,             /* module context */
    ngx_http_chat_directives,              /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    ngx_http_chat_init_module,             /* init module */
    ngx_http_chat_init_process,            /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_http_chat_exit_process,            /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


ngx_int_t
ngx_http_chat_handler(ngx_http_request_t *r)
{
    ngx_int_t                  rc;
    ngx_uint_t                 plain;
    ngx_http_chat_ctx_t       *ctx;
    ngx_http_chat_loc_conf_t  *conf;

    if (r != r->main) {
        /* a subrequest has no connection to take over */
        return NGX_HTTP_NOT_FOUND;
    }

    conf = ngx_http_get_module_loc_conf(r, ngx_http_chat_module);

    conf->main_conf = r->main_conf;
    conf->srv_conf = r->srv_conf;
    conf->loc_conf = r->loc_conf;

    ctx = ngx_pcalloc(r->pool, sizeof(ngx_http_chat_ctx_t));
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ctx->conf = conf;

    /* who is refused is told of, too */
    ngx_http_set_ctx(r, ctx, ngx_http_chat_module);

    /*
     * A browser tells no page why a handshake was refused.  A page that asks
     * by a plain GET learns what holds for it before that it is no handshake.
     */

    plain = (r->method == NGX_HTTP_GET && r->headers_in.upgrade == NULL);

    rc = ngx_http_chat_limit_knock(r, ctx);

    if (rc == NGX_OK && !plain) {
        ngx_http_chat_limit_connects(r, ctx, NGX_HTTP_CHAT_PER_IP);
        rc = ngx_http_chat_handshake_check(r, ctx);
    }

    if (rc != NGX_OK) {
        return rc;
    }

    if (ngx_exiting || conf->store->hub == NULL) {
        return ngx_http_chat_handshake_refuse(r,
                   NGX_HTTP_SERVICE_UNAVAILABLE, "unavailable",
                   "This server process is going away, connect again.", 1);
    }

    rc = ngx_http_chat_identify(r, ctx);

    if (rc == NGX_OK) {
        rc = ngx_http_chat_limit_handshake(r, ctx, plain);
    }

    if (rc == NGX_OK && plain) {
        rc = ngx_http_chat_handshake_check(r, ctx);
    }

    if (rc != NGX_OK) {
        return rc;
    }

    ngx_http_chat_limit_connects(r, ctx, NGX_HTTP_CHAT_PER_USER);

    rc = ngx_http_chat_handshake_accept(r, ctx);
    if (rc != NGX_OK) {
        return rc;
    }

    return ngx_http_chat_transport_upgrade(r, ctx);
}


static ngx_int_t
ngx_http_chat_identify(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx)
{
    switch (ngx_http_chat_auth(r, ctx)) {

    case NGX_OK:
        return NGX_OK;

    case NGX_DECLINED:
        return ngx_http_chat_handshake_refuse(r, ctx->refused, ctx->code,
                                              ctx->detail, 0);

    default: /* NGX_ERROR */
        return ngx_http_chat_handshake_refuse(r,
                   NGX_HTTP_INTERNAL_SERVER_ERROR, "internal",
                   "The site could not tell who you are.", 0);
    }
}


static ngx_int_t
ngx_http_chat_init_module(ngx_cycle_t *cycle)
{
    ngx_http_chat_main_conf_t  *cmcf;

    cmcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_chat_module);

    if (cmcf != NULL && cmcf->locations != 0) {
        ngx_http_chat_check_cycle(cycle, cmcf);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_chat_init_process(ngx_cycle_t *cycle)
{
    ngx_uint_t                   i;
    ngx_http_chat_store_t      **stores;
    ngx_http_chat_main_conf_t   *cmcf;
    ngx_http_chat_event_conf_t  *event;

    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        return NGX_OK;
    }

    cmcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_chat_module);

    if (cmcf != NULL) {
        ngx_http_chat_metric_enter(cycle, cmcf);
    }

    if (cmcf == NULL || cmcf->locations == 0) {
        return NGX_OK;
    }

    if (ngx_http_chat_drain_check_layout(cycle) != NGX_OK
        || ngx_http_chat_output_init(cycle) != NGX_OK
        || ngx_http_chat_drain_init(cycle, cmcf->drain_time) != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_http_chat_session_init(&ngx_http_chat_command_handler);
    ngx_http_chat_limit_init(&ngx_http_chat_hosts_upcalls);
    ngx_http_chat_limit_zone_enter(cmcf);
    ngx_http_chat_excess_init(cmcf->buffer_total);

    stores = cmcf->stores.elts;

    for (i = 0; i < cmcf->stores.nelts; i++) {
        stores[i]->hub = ngx_http_chat_hub_create(cycle, stores[i]);

        if (stores[i]->hub == NULL) {
            return NGX_ERROR;
        }

        for (event = stores[i]->events; event != NULL; event = event->next) {
            ngx_http_chat_event_start(event);
        }
    }

    return NGX_OK;
}


static void
ngx_http_chat_exit_process(ngx_cycle_t *cycle)
{
    ngx_uint_t                   i;
    ngx_http_chat_store_t      **stores;
    ngx_http_chat_session_t     *s;
    ngx_http_chat_main_conf_t   *cmcf;
    ngx_http_chat_event_conf_t  *event;

    cmcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_chat_module);

    if (cmcf == NULL || cmcf->locations == 0) {
        ngx_http_chat_metric_leave();
        return;
    }

    ngx_http_chat_limit_zone_leave();

    stores = cmcf->stores.elts;

    for (i = 0; i < cmcf->stores.nelts; i++) {

        if (stores[i]->hub != NULL) {
            ngx_http_chat_hub_ending(stores[i]->hub);
        }

        for (event = stores[i]->events; event != NULL; event = event->next) {
            ngx_http_chat_event_end(event);
        }
    }

    /* "nginx -s stop": no time for a drain, but for a word */

    for ( ;; ) {
        s = ngx_http_chat_table_first();

        if (s == NULL) {
            break;
        }

        ngx_http_chat_session_abort(s);
    }

    for (i = 0; i < cmcf->stores.nelts; i++) {

        if (stores[i]->hub != NULL) {
            ngx_http_chat_hub_destroy(stores[i]->hub);
            stores[i]->hub = NULL;
        }

        for (event = stores[i]->events; event != NULL; event = event->next) {
            ngx_http_chat_event_stop(event);
        }
    }

    ngx_http_chat_drain_exit();
    ngx_http_chat_table_destroy();
    ngx_http_chat_log_exit(cycle);
    ngx_http_chat_metric_leave();
}
