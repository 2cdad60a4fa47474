
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The transport of a session that keeps its HTTP request. */


#include "ngx_http_chat_transport.h"


static void ngx_http_chat_transport_request_read(ngx_http_request_t *r);
static void ngx_http_chat_transport_request_write(ngx_http_request_t *r);
static void ngx_http_chat_transport_request_gone(void *data);


ngx_int_t
ngx_http_chat_transport_keep(ngx_http_request_t *r,
    ngx_http_chat_session_t *s)
{
    ngx_connection_t     *c;
    ngx_http_cleanup_t   *cln;
    ngx_http_chat_ctx_t  *ctx;

    c = r->connection;
    ctx = ngx_http_get_module_ctx(r, ngx_http_chat_module);

    s->head = ngx_http_chat_head_create(r->pool, r, ctx);
    if (s->head == NULL) {
        return NGX_ERROR;
    }

    cln = ngx_http_cleanup_add(r, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    cln->handler = ngx_http_chat_transport_request_gone;
    cln->data = s;

    s->request = r;
    ctx->session = s;

    r->read_event_handler = ngx_http_chat_transport_request_read;
    r->write_event_handler = ngx_http_chat_transport_request_write;

    if (c->write->timer_set) {
        ngx_del_timer(c->write);
    }

    /* "limit_rate" was for the response */
    c->write->delayed = 0;

    c->log->action = "chatting";

    ngx_http_chat_transport_tune(c);

    return NGX_OK;
}


static void
ngx_http_chat_transport_request_read(ngx_http_request_t *r)
{
    ngx_http_chat_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_chat_module);

    ngx_http_chat_transport_read(ctx->session);
}


static void
ngx_http_chat_transport_request_write(ngx_http_request_t *r)
{
    ngx_http_chat_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_chat_module);

    ngx_http_chat_transport_write(ctx->session);
}


/* nginx ends the request by itself: worker_shutdown_timeout, say. */

static void
ngx_http_chat_transport_request_gone(void *data)
{
    ngx_http_chat_session_t  *s;

    s = data;

    if (s->request_gone) {
        return;
    }

    s->request_gone = 1;

    /* one try to say 1001; the request is nginx's to end */

    ngx_http_chat_session_abort(s);
}


void
ngx_http_chat_transport_close_request(ngx_http_chat_session_t *s)
{
    ngx_uint_t            timedout;
    ngx_connection_t     *c;
    ngx_http_cleanup_t   *cln;
    ngx_http_request_t   *r;
    ngx_http_chat_ctx_t  *ctx;

    c = s->connection;
    r = s->request;

    if (s->conf->log == NGX_HTTP_CHAT_LOG_OFF) {
        r->logged = 1;
    }

    if (s->request_gone) {
        /* nginx is on its way through its own end of the request */
        return;
    }

    s->request_gone = 1;

    /* whoever else holds the request must not find the session in it */

    r->read_event_handler = ngx_http_block_reading;
    r->write_event_handler = ngx_http_request_empty_handler;

    for (cln = r->cleanup; cln != NULL; cln = cln->next) {
        if (cln->handler == ngx_http_chat_transport_request_gone) {
            cln->handler = NULL;
        }
    }

    ctx = ngx_http_get_module_ctx(r, ngx_http_chat_module);
    timedout = c->timedout;

    c->log->action = "closing request";
    c->read->cancelable = 0;

    ngx_http_finalize_request(r, NGX_HTTP_CLOSE);

    /* that asks for a reset, and only the next line ends the request */

    c->timedout = timedout & 1;

    /* variables of the log phase still see the session */

    ngx_http_run_posted_requests(c);

    if (!c->destroyed) {
        ctx->session = NULL;
    }
}
