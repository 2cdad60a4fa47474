
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The transport of a session that keeps its HTTP request. */


#include "ngx_http_chat_transport.h"


/* bytes of a response that nginx frames, at once */
#define NGX_HTTP_CHAT_TRANSPORT_OUT  16384


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


ngx_uint_t
ngx_http_chat_transport_framed(const ngx_http_chat_session_t *s)
{
    return s->request != NULL
           && s->request->http_version >= NGX_HTTP_VERSION_20;
}


/*
 * Through nginx's filters, which frame it.  They refer to the bytes until
 * they are sent, and those of the caller may go before: one buffer of the
 * request is lent to them, and filled again when it is empty.
 */

ssize_t
ngx_http_chat_transport_send_framed(ngx_http_chat_session_t *s, u_char *buf,
    size_t size)
{
    ngx_buf_t            *b;
    ngx_chain_t           out;
    ngx_http_request_t   *r;
    ngx_http_chat_ctx_t  *ctx;

    r = s->request;
    ctx = ngx_http_get_module_ctx(r, ngx_http_chat_module);
    b = ctx->out;

    if (s->request_gone || s->connection->error) {
        return NGX_ERROR;
    }

    if (b == NULL) {
        b = ngx_create_temp_buf(r->pool, NGX_HTTP_CHAT_TRANSPORT_OUT);
        if (b == NULL) {
            return NGX_ERROR;
        }

        b->flush = 1;
        ctx->out = b;
    }

    if (b->pos != b->last
        && ngx_http_output_filter(r, NULL) == NGX_ERROR)
    {
        return NGX_ERROR;
    }

    if (b->pos != b->last) {
        return NGX_AGAIN;
    }

    size = ngx_min(size, NGX_HTTP_CHAT_TRANSPORT_OUT);

    b->pos = b->start;
    b->last = ngx_cpymem(b->pos, buf, size);

    out.buf = b;
    out.next = NULL;

    return (ngx_http_output_filter(r, &out) == NGX_ERROR) ? NGX_ERROR
                                                          : (ssize_t) size;
}


void
ngx_http_chat_transport_end_framed(ngx_http_chat_session_t *s)
{
    if (ngx_http_send_special(s->request, NGX_HTTP_LAST) == NGX_ERROR) {
        s->connection->error = 1;
    }
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

    if (s->conf->access_log == NGX_HTTP_CHAT_LOG_OFF) {
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

    ngx_http_finalize_request(r,
                    (ngx_http_chat_transport_framed(s) && s->write_shut
                     && !c->error) ? NGX_OK : NGX_HTTP_CLOSE);

    /* that asks for a reset, and only the next line ends the request */

    c->timedout = timedout & 1;

    /* variables of the log phase still see the session */

    ngx_http_run_posted_requests(c);

    if (!c->destroyed) {
        ctx->session = NULL;
    }
}
