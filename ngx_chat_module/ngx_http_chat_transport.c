
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The transport; see the header. */


#include "ngx_http_chat_transport.h"
#include "ngx_http_chat_session_log.h"
#include "ngx_http_chat_limit.h"
#include "ngx_http_chat_table.h"


static void ngx_http_chat_transport_start(ngx_http_request_t *r);
static ngx_uint_t ngx_http_chat_transport_may_detach(ngx_http_request_t *r,
    ngx_http_chat_loc_conf_t *conf);
static ngx_int_t ngx_http_chat_transport_detach(ngx_http_request_t *r,
    ngx_http_chat_session_t *s);
static void ngx_http_chat_transport_release(ngx_connection_t *c,
    ngx_http_connection_t *hc);
static void ngx_http_chat_transport_read_handler(ngx_event_t *rev);
static void ngx_http_chat_transport_write_handler(ngx_event_t *wev);


ngx_int_t
ngx_http_chat_transport_upgrade(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx)
{
    ngx_http_set_ctx(r, ctx, ngx_http_chat_module);

    r->main->count++;

    ngx_http_chat_transport_start_later(r);

    return NGX_DONE;
}


/*
 * The request must not be freed under the content handler: the write handler,
 * posted, is the first place where it may.
 */

void
ngx_http_chat_transport_start_later(ngx_http_request_t *r)
{
    r->read_event_handler = ngx_http_block_reading;
    r->write_event_handler = ngx_http_chat_transport_start;

    ngx_post_event(r->connection->write, &ngx_posted_events);
}


static void
ngx_http_chat_transport_start(ngx_http_request_t *r)
{
    size_t                     n;
    ngx_int_t                  rc;
    ngx_connection_t          *c;
    ngx_http_chat_ctx_t       *ctx;
    ngx_http_chat_session_t   *s;
    ngx_http_core_loc_conf_t  *clcf;

    c = r->connection;
    ctx = ngx_http_get_module_ctx(r, ngx_http_chat_module);
    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (c->write->timedout) {
        c->timedout = 1;
        ngx_http_finalize_request(r, NGX_HTTP_REQUEST_TIME_OUT);
        return;
    }

    if (r->buffered || c->buffered) {

        if (ngx_http_output_filter(r, NULL) == NGX_ERROR) {
            ngx_http_finalize_request(r, NGX_ERROR);
            return;
        }

        if (r->buffered || c->buffered) {

            if (!c->write->timer_set) {
                ngx_add_timer(c->write, clcf->send_timeout);
            }

            if (ngx_handle_write_event(c->write, 0) != NGX_OK) {
                ngx_http_finalize_request(r, NGX_ERROR);
            }

            return;
        }
    }

    s = ngx_http_chat_session_create(c, ctx->conf);
    if (s == NULL) {
        ngx_http_finalize_request(r, NGX_ERROR);
        return;
    }

    /* frames may have come in one segment with the request */
    s->stream = ctx->stream & 1;
    n = ctx->stream ? 0 : (size_t) (r->header_in->last - r->header_in->pos);

    if (n != 0
        && ngx_http_chat_session_keep_input(s, r->header_in->pos, n)
           != NGX_OK)
    {
        ngx_http_chat_table_give(s);
        ngx_http_finalize_request(r, NGX_ERROR);
        return;
    }

    ngx_http_chat_limit_hand_over(s, ctx);

    rc = ngx_http_chat_transport_may_detach(r, ctx->conf)
         ? ngx_http_chat_transport_detach(r, s)
         : ngx_http_chat_transport_keep(r, s);

    if (rc != NGX_OK) {

        if (s->input != NULL) {
            ngx_free(s->input);
        }

        ngx_http_chat_limit_hand_back(s, ctx);
        ngx_http_chat_table_give(s);
        ngx_http_finalize_request(r, NGX_ERROR);
        return;
    }

    ngx_http_chat_limit_opened(s);

    if (ngx_http_chat_session_open(s) == NGX_ERROR) {
        ngx_http_chat_session_destroy(s);
    }
}


/* A request that somebody else still holds (mirror, say) cannot be freed. */

static ngx_uint_t
ngx_http_chat_transport_may_detach(ngx_http_request_t *r,
    ngx_http_chat_loc_conf_t *conf)
{
    return conf->detach
           && r->http_version < NGX_HTTP_VERSION_20
           && r->main->count == 1
           && !r->blocked
           && !r->aio
           && r->posted_requests == NULL
           && r->postponed == NULL;
}


static ngx_int_t
ngx_http_chat_transport_detach(ngx_http_request_t *r,
    ngx_http_chat_session_t *s)
{
    ngx_log_t              *log;
    ngx_pool_t             *pool;
    ngx_uint_t              own;
    ngx_connection_t       *c;
    ngx_http_chat_ctx_t    *ctx;
    ngx_http_connection_t  *hc;

    c = r->connection;
    hc = r->http_connection;
    ctx = ngx_http_get_module_ctx(r, ngx_http_chat_module);

    /*
     * The connection's pool goes too, unless something lives in it that we
     * cannot copy.
     */

    own = (c->pool->cleanup == NULL && c->proxy_protocol == NULL);

#if (NGX_SSL)
    own = own && c->ssl == NULL;
#endif

    pool = c->pool;

    log = own ? ngx_http_chat_session_log_share(c->log)
              : ngx_http_chat_session_log_own(pool, c->log);

    if (log == NULL) {
        return NGX_ERROR;
    }

    s->head = ngx_http_chat_head_create(own ? NULL : pool, r, ctx);
    if (s->head == NULL) {
        return NGX_ERROR;
    }

    /* realip's address goes with the request: never between these two */

    r->keepalive = 0;
    r->logged = (s->conf->access_log == NGX_HTTP_CHAT_LOG_OFF
                 || s->conf->access_log == NGX_HTTP_CHAT_LOG_CLOSE);

    ngx_http_free_request(r, 0);

    ngx_http_chat_head_adopt(s->head, c);

    c->log = log;
    c->read->log = c->log;
    c->write->log = c->log;

    if (own) {
        c->pool = NULL;
        c->buffer = NULL;
        ngx_destroy_pool(pool);

    } else {
        c->pool->log = c->log;
        ngx_http_chat_transport_release(c, hc);
    }

    if (c->read->timer_set) {
        ngx_del_timer(c->read);
    }

    if (c->write->timer_set) {
        ngx_del_timer(c->write);
    }

    /* "limit_rate" was for the response */
    c->write->delayed = 0;

    c->data = s;
    (void) ngx_http_chat_session_log(s);

    c->read->handler = ngx_http_chat_transport_read_handler;
    c->write->handler = ngx_http_chat_transport_write_handler;

    ngx_http_chat_transport_tune(c);

    return NGX_OK;
}


void
ngx_http_chat_transport_tune(ngx_connection_t *c)
{
#if (NGX_SSL)

    if (c->ssl != NULL) {
        /* frames are sent from a scratch that all sessions share */
        SSL_set_mode(c->ssl->connection, SSL_MODE_ENABLE_PARTIAL_WRITE
                                     | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    }

#endif

    /* a unix socket has none, and a failure has been logged */

    (void) ngx_tcp_nodelay(c);
}


/* Buffers of the request that the connection's pool would keep for ever. */

static void
ngx_http_chat_transport_release(ngx_connection_t *c,
    ngx_http_connection_t *hc)
{
    ngx_chain_t  *cl;

    if (c->buffer != NULL) {

        if (ngx_pfree(c->pool, c->buffer->start) == NGX_OK) {
            c->buffer->start = NULL;
        }

        c->buffer = NULL;
    }

    for (cl = hc->free; cl != NULL; cl = cl->next) {
        (void) ngx_pfree(c->pool, cl->buf->start);
    }

    for (cl = hc->busy; cl != NULL; cl = cl->next) {
        (void) ngx_pfree(c->pool, cl->buf->start);
    }

    hc->free = NULL;
    hc->busy = NULL;

#if (NGX_SSL)

    if (c->ssl != NULL) {
        ngx_ssl_free_buffer(c);
    }

#endif
}


static void
ngx_http_chat_transport_read_handler(ngx_event_t *rev)
{
    ngx_connection_t         *c;
    ngx_http_chat_session_t  *s;

    c = rev->data;
    s = c->data;

    if (c->close) {
        /* worker_shutdown_timeout has passed */
        ngx_http_chat_session_abort(s);
        return;
    }

    ngx_http_chat_transport_read(s);
}


static void
ngx_http_chat_transport_write_handler(ngx_event_t *wev)
{
    ngx_connection_t  *c;

    c = wev->data;

    ngx_http_chat_transport_write(c->data);
}


void
ngx_http_chat_transport_read(ngx_http_chat_session_t *s)
{
    ngx_int_t     rc;
    ngx_event_t  *rev;

    rev = s->connection->read;

    if (rev->timedout) {
        rev->timedout = 0;
        rc = ngx_http_chat_session_timeout(s);

    } else {
        rc = ngx_http_chat_session_read(s);
    }

    if (rc == NGX_ERROR) {
        ngx_http_chat_session_destroy(s);
    }
}


void
ngx_http_chat_transport_write(ngx_http_chat_session_t *s)
{
    ngx_int_t     rc;
    ngx_event_t  *wev;

    wev = s->connection->write;

    if (wev->timedout) {
        ngx_log_error(NGX_LOG_INFO, ngx_http_chat_session_log(s), NGX_ETIMEDOUT,
                      "client reads too slowly");

        s->connection->timedout = 1;

        if (s->close_code == 0) {
            s->close_code = NGX_CHAT_CLOSE_SLOW;
        }

        ngx_http_chat_session_destroy(s);
        return;
    }

    rc = ngx_http_chat_output_flush(s);

    if (rc == NGX_ERROR) {
        ngx_http_chat_session_destroy(s);
        return;
    }

    if (rc == NGX_OK) {
        (void) ngx_http_chat_session_written(s);
    }
}


ssize_t
ngx_http_chat_transport_recv(ngx_http_chat_session_t *s, u_char *buf,
    size_t size)
{
    ngx_connection_t  *c;

    c = s->connection;

    if (ngx_http_chat_transport_framed(s)) {
        /* what else comes is for nginx */
        return (c->error || c->read->eof) ? NGX_ERROR : NGX_AGAIN;
    }

    if (!c->read->ready) {
        return NGX_AGAIN;
    }

    (void) ngx_http_chat_session_log(s);

    return c->recv(c, buf, size);
}


ssize_t
ngx_http_chat_transport_send(ngx_http_chat_session_t *s, u_char *buf,
    size_t size)
{
    ngx_connection_t  *c;

    if (ngx_http_chat_transport_framed(s)) {
        return ngx_http_chat_transport_send_framed(s, buf, size);
    }

    c = s->connection;

    return c->send(c, buf, size);
}


ngx_int_t
ngx_http_chat_transport_await_read(ngx_http_chat_session_t *s)
{
    if (ngx_http_chat_transport_framed(s)) {
        return NGX_OK;
    }

    (void) ngx_http_chat_session_log(s);

    return ngx_handle_read_event(s->connection->read, 0);
}


ngx_int_t
ngx_http_chat_transport_stop_reading(ngx_http_chat_session_t *s)
{
    ngx_event_t  *rev;

    if (ngx_http_chat_transport_framed(s)) {
        return NGX_OK;
    }

    (void) ngx_http_chat_session_log(s);

    rev = s->connection->read;

    /* as ngx_http_block_reading(): an edge is told once, a level for ever */

    if ((ngx_event_flags & NGX_USE_LEVEL_EVENT) && rev->active) {
        return ngx_del_event(rev, NGX_READ_EVENT, 0);
    }

    return NGX_OK;
}


void
ngx_http_chat_transport_read_later(ngx_http_chat_session_t *s)
{
    if (!s->connection->read->posted) {
        ngx_post_event(s->connection->read, &ngx_posted_next_events);
    }
}


void
ngx_http_chat_transport_timer(ngx_http_chat_session_t *s, ngx_msec_t after,
    ngx_uint_t wait)
{
    ngx_event_t  *rev;

    rev = s->connection->read;
    rev->cancelable = !wait;

    ngx_add_timer(rev, after);
}


void
ngx_http_chat_transport_shutdown(ngx_http_chat_session_t *s)
{
    ngx_connection_t  *c;
#if (NGX_SSL)
    int                n;
#endif

    if (s->write_shut) {
        return;
    }

    s->write_shut = 1;
    c = s->connection;

    if (ngx_http_chat_transport_framed(s)) {
        ngx_http_chat_transport_end_framed(s);
        return;
    }

    (void) ngx_http_chat_session_log(s);

#if (NGX_SSL)

    if (c->ssl != NULL) {
        /* RFC 8446, 6.1: only our side; what the peer sends is still read */
        ERR_clear_error();

        n = SSL_shutdown(c->ssl->connection);

        if (n < 0
            && SSL_get_error(c->ssl->connection, n) == SSL_ERROR_WANT_WRITE)
        {
            /* a FIN would cut the alert in two: again when it can be sent */

            s->write_shut = 0;
            c->write->ready = 0;
            (void) ngx_handle_write_event(c->write, 0);

            return;
        }

        ERR_clear_error();
    }

#endif

    if (ngx_shutdown_socket(c->fd, NGX_WRITE_SHUTDOWN) == -1
        && ngx_socket_errno != NGX_ENOTCONN)
    {
        ngx_connection_error(c, ngx_socket_errno,
                             ngx_shutdown_socket_n " failed");
    }
}


void
ngx_http_chat_transport_close(ngx_http_chat_session_t *s)
{
    ngx_connection_t  *c;

    c = s->connection;

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, ngx_http_chat_session_log(s), 0,
                   "chat closes connection: %d, code %ui",
                   c->fd, (ngx_uint_t) s->close_code);

    if (s->request != NULL) {
        ngx_http_chat_transport_close_request(s);
        return;
    }

    if (s->conf->access_log == NGX_HTTP_CHAT_LOG_CLOSE
        || s->conf->access_log == NGX_HTTP_CHAT_LOG_BOTH)
    {
        ngx_http_chat_head_log(s);
    }

    /* the log outlives the session: TLS may take its time to say goodbye */

    ngx_http_chat_session_log_end(s);

    if (c->pool != NULL) {
        /* a worker that shuts down waits for the end of TLS */
        c->read->cancelable = 0;
        ngx_http_close_connection(c);
        return;
    }

#if (NGX_STAT_STUB)
    (void) ngx_atomic_fetch_add(ngx_stat_active, -1);
#endif

    c->destroyed = 1;

    ngx_close_connection(c);

    ngx_http_chat_head_free(s->head);
}
