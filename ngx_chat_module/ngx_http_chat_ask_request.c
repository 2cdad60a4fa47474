
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* A question as a request of nginx; see the header. */


#include "ngx_http_chat_ask.h"
#include "ngx_http_chat_metric.h"


static ngx_connection_t *ngx_http_chat_ask_connect(ngx_http_chat_ask_t *ask);
static ngx_int_t ngx_http_chat_ask_request(ngx_http_chat_ask_t *ask,
    ngx_connection_t *c);
static ngx_int_t ngx_http_chat_ask_subrequest(ngx_http_chat_ask_t *ask,
    ngx_http_request_t *r);
static ngx_int_t ngx_http_chat_ask_post(ngx_http_chat_ask_t *ask,
    ngx_http_request_t *r);
static void ngx_http_chat_ask_handler(ngx_event_t *ev);
static void ngx_http_chat_ask_done(ngx_http_request_t *r);
static void ngx_http_chat_ask_gone(void *data);
static ngx_uint_t ngx_http_chat_ask_cut(const ngx_http_request_t *sr);


ngx_int_t
ngx_http_chat_ask_run(ngx_http_chat_ask_t *ask)
{
    ngx_connection_t         *c;
    ngx_pool_cleanup_t       *cln;
    ngx_http_chat_backend_t  *backend;

    backend = ask->backend;

    cln = ngx_pool_cleanup_add(ask->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    c = ngx_http_chat_ask_connect(ask);
    if (c == NULL) {
        return NGX_ERROR;
    }

    if (ngx_http_chat_ask_request(ask, c) != NGX_OK) {

        if (ask->request != NULL) {
            ask->request->logged = 1;
            ngx_http_free_request(ask->request, 0);
            ask->request = NULL;
        }

        ngx_close_connection(c);
        return NGX_ERROR;
    }

#if (NGX_STAT_STUB)
    /* nginx will count it out */
    (void) ngx_atomic_fetch_add(ngx_stat_active, 1);
#endif

    ngx_queue_remove(&ask->queue);
    backend->nwaiting--;
    backend->running++;

    ngx_http_chat_metric_take(NGX_CHAT_METRIC_HOOKS_WAITING, backend->hook);
    ngx_http_chat_metric_add(NGX_CHAT_METRIC_HOOKS_RUNNING, backend->hook, 1);

    /* from here on the pool is the connection's, and ask with it */

    c->pool = ask->pool;

    cln->handler = ngx_http_chat_ask_gone;
    cln->data = ask;

    ngx_http_run_posted_requests(c);

    return NGX_OK;
}


/*
 * A datagram socket without an address: nobody can send to it, and writing
 * fails.  To nginx it is a connection as any other, with every event method.
 */

static ngx_connection_t *
ngx_http_chat_ask_connect(ngx_http_chat_ask_t *ask)
{
    ngx_socket_t       fd;
    ngx_connection_t  *c;

    fd = ngx_socket(AF_UNIX, SOCK_DGRAM, 0);

    if (fd == (ngx_socket_t) -1) {
        ngx_log_error(NGX_LOG_ALERT, &ask->log, ngx_socket_errno,
                      ngx_socket_n " failed");
        return NULL;
    }

    if (ngx_nonblocking(fd) == -1) {
        ngx_log_error(NGX_LOG_ALERT, &ask->log, ngx_socket_errno,
                      ngx_nonblocking_n " failed");
        goto failed;
    }

    c = ngx_get_connection(fd, &ask->log);
    if (c == NULL) {
        goto failed;
    }

    c->type = SOCK_STREAM;
    c->recv = ngx_recv;
    c->send = ngx_send;
    c->recv_chain = ngx_recv_chain;
    c->send_chain = ngx_send_chain;
    c->log_error = NGX_ERROR_INFO;
    c->tcp_nodelay = NGX_TCP_NODELAY_DISABLED;
    c->tcp_nopush = NGX_TCP_NOPUSH_DISABLED;
    c->number = ngx_atomic_fetch_add(ngx_connection_counter, 1);
    c->start_time = ngx_current_msec;
    c->log = &ask->log;
    c->read->log = c->log;
    c->write->log = c->log;
    c->read->handler = ngx_http_chat_ask_handler;
    c->write->handler = ngx_http_chat_ask_handler;
    c->write->ready = 1;

    c->listening = ask->listening;
    c->local_sockaddr = ask->listening->sockaddr;
    c->local_socklen = ask->listening->socklen;
    ngx_http_chat_head_adopt(ask->head, c);

    return c;

failed:

    if (ngx_close_socket(fd) == -1) {
        ngx_log_error(NGX_LOG_ALERT, &ask->log, ngx_socket_errno,
                      ngx_close_socket_n " failed");
    }

    return NULL;
}


/* The handshake again, as far as the head remembers, and what is asked. */

static ngx_int_t
ngx_http_chat_ask_request(ngx_http_chat_ask_t *ask, ngx_connection_t *c)
{
    ngx_uint_t                   i;
    ngx_http_request_t          *r;
    ngx_http_chat_ask_header_t  *h;

    ask->conf_ctx.main_conf = ask->conf->main_conf;
    ask->conf_ctx.srv_conf = ask->conf->srv_conf;
    ask->conf_ctx.loc_conf = ask->conf->loc_conf;

    ask->hc.addr_conf = ask->head->addr_conf;
    ask->hc.conf_ctx = &ask->conf_ctx;

    ask->log_ctx.connection = c;

    c->data = &ask->hc;
    c->pool = ask->pool;

    r = ngx_http_create_request(c);
    if (r == NULL) {
        return NGX_ERROR;
    }

    c->data = r;
    ask->request = r;

#if (NGX_STAT_STUB)
    /* no client has sent it */
    r->stat_reading = 0;
    (void) ngx_atomic_fetch_add(ngx_stat_reading, -1);
    (void) ngx_atomic_fetch_add(ngx_stat_requests, -1);
#endif

    r->logged = 1;
    r->write_event_handler = ngx_http_chat_ask_done;

    ngx_http_set_ctx(r, &ask->ctx, ngx_http_chat_module);

    if (ngx_http_chat_head_fill(r, ask->head) != NGX_OK) {
        return NGX_ERROR;
    }

    h = ask->headers.elts;

    for (i = 0; i < ask->headers.nelts; i++) {

        if (ngx_http_chat_head_header(r, h[i].name, h[i].value) == NULL
            && h[i].value.len != 0)
        {
            return NGX_ERROR;
        }
    }

    return ngx_http_chat_ask_subrequest(ask, r);
}


static ngx_int_t
ngx_http_chat_ask_subrequest(ngx_http_chat_ask_t *ask, ngx_http_request_t *r)
{
    ngx_uint_t                flags, head_only;
    ngx_http_request_t       *sr;
    ngx_http_chat_backend_t  *backend;

    backend = ask->backend;
    flags = NGX_HTTP_SUBREQUEST_WAITED;
    head_only = (ask->body.len == 0 || ask->head_only);

    /* nothing is to be read from the client */

    r->request_body = ngx_pcalloc(r->pool, sizeof(ngx_http_request_body_t));
    if (r->request_body == NULL) {
        return NGX_ERROR;
    }

    if (!head_only) {
        flags |= NGX_HTTP_SUBREQUEST_IN_MEMORY;
    }

    if (ask->body.len != 0 && ngx_http_chat_ask_post(ask, r) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_http_subrequest(r, &backend->uri, &backend->args, &sr, NULL,
                            flags)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    sr->method = r->method;
    sr->method_name = r->method_name;

    /* of some answers only the head is of interest */
    sr->header_only = head_only & 1;

    if (ask->body.len != 0) {
        /* nginx has taken it away */
        sr->headers_in.content_length_n = (off_t) ask->body.len;

        /* no client sends it: "client_max_body_size" is not for it */
        sr->discard_body = 1;
    }

    ask->asked = sr;

    return NGX_OK;
}


/* $request_method is the main request's. */

static ngx_int_t
ngx_http_chat_ask_post(ngx_http_chat_ask_t *ask, ngx_http_request_t *r)
{
    ngx_buf_t    *b;
    ngx_str_t     type;
    ngx_chain_t  *cl;

    b = ngx_calloc_buf(r->pool);
    cl = ngx_alloc_chain_link(r->pool);

    if (b == NULL || cl == NULL) {
        return NGX_ERROR;
    }

    b->start = ask->body.data;
    b->pos = b->start;
    b->last = b->start + ask->body.len;
    b->end = b->last;
    b->temporary = 1;

    cl->buf = b;
    cl->next = NULL;

    r->request_body->bufs = cl;

    r->method = NGX_HTTP_POST;
    ngx_str_set(&r->method_name, "POST");

    ngx_str_set(&type, "application/json");

    r->headers_in.content_type = ngx_http_chat_head_header(r, "content-type",
                                                           type);

    return (r->headers_in.content_type != NULL) ? NGX_OK : NGX_ERROR;
}


/* An event of the silent connection: a delay ("limit_req"), a shutdown. */

static void
ngx_http_chat_ask_handler(ngx_event_t *ev)
{
    ngx_connection_t    *c;
    ngx_http_request_t  *r;

    c = ev->data;
    r = c->data;

    if (c->close) {
        /* worker_shutdown_timeout has passed */
        ngx_http_finalize_request(r->main, NGX_HTTP_CLOSE);
        ngx_http_run_posted_requests(c);
        return;
    }

    if (ev->delayed && ev->timedout) {
        ev->delayed = 0;
        ev->timedout = 0;
    }

    if (ev->write) {
        r->write_event_handler(r);

    } else {
        r->read_event_handler(r);
    }

    ngx_http_run_posted_requests(c);
}


/* The main request is woken by the end of what was asked. */

static void
ngx_http_chat_ask_done(ngx_http_request_t *r)
{
    ngx_http_chat_ask_t  *ask;
    ngx_http_chat_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_chat_module);
    ask = (ngx_http_chat_ask_t *)
          ((u_char *) ctx - offsetof(ngx_http_chat_ask_t, ctx));

    if (!ask->asked->done) {
        return;
    }

    ngx_http_chat_ask_answer(ask, ask->asked->headers_out.status);

    /*
     * The end, unless something is left to do (a cache is updated behind the
     * answer); and of a connection that is at its end nginx expects no more.
     */

    r->write_event_handler = ngx_http_request_empty_handler;
    r->connection->read->eof = 1;

    ngx_http_finalize_request(r, NGX_DONE);
}


void
ngx_http_chat_ask_stop(ngx_http_chat_ask_t *ask)
{
    ngx_connection_t  *c;

    c = ask->request->connection;

    ngx_http_finalize_request(ask->request, NGX_HTTP_CLOSE);
    ngx_http_run_posted_requests(c);
}


/* The connection's pool goes: it is over, with or without an answer. */

static void
ngx_http_chat_ask_gone(void *data)
{
    ngx_http_chat_ask_t      *ask;
    ngx_http_chat_backend_t  *backend;

    ask = data;
    backend = ask->backend;

    ask->request = NULL;
    ask->asked = NULL;

    /* nobody has, after "return 444", a failing filter, a shutdown */
    ngx_http_chat_ask_answer(ask, 0);

    backend->running--;

    ngx_http_chat_metric_take(NGX_CHAT_METRIC_HOOKS_RUNNING, backend->hook);

    ngx_http_chat_ask_wake(backend);
}


ngx_str_t
ngx_http_chat_ask_answered(ngx_http_chat_ask_t *ask, const char *name)
{
    size_t            len;
    ngx_str_t         none;
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    len = ngx_strlen(name);

    ngx_str_null(&none);

    if (ask->asked == NULL) {
        return none;
    }

    for (part = &ask->asked->headers_out.headers.part;
         part != NULL;
         part = part->next)
    {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (h[i].hash != 0 && h[i].key.len == len
                && ngx_strncasecmp(h[i].key.data, (u_char *) name, len) == 0)
            {
                return h[i].value;
            }
        }
    }

    return none;
}


ngx_int_t
ngx_http_chat_ask_content(ngx_http_chat_ask_t *ask, ngx_chat_str_t *content)
{
    off_t       length;
    ngx_buf_t  *b;

    content->len = 0;
    content->data = NULL;

    if (ask->asked == NULL) {
        return NGX_OK;
    }

    if (ask->asked->out != NULL) {
        b = ask->asked->out->buf;
        content->data = b->pos;
        content->len = (size_t) (b->last - b->pos);
    }

    length = ask->asked->headers_out.content_length_n;

    return (length > (off_t) content->len
            || ngx_http_chat_ask_cut(ask->asked))
           ? NGX_ERROR : NGX_OK;
}


/* Has an upstream gone before its end?  nginx tells clients so, but not us. */

static ngx_uint_t
ngx_http_chat_ask_cut(const ngx_http_request_t *sr)
{
    const ngx_event_pipe_t     *p;
    const ngx_http_upstream_t  *u;

    u = sr->upstream;

    if (u == NULL) {
        return 0;
    }

    if (!u->buffering) {
        return u->length > 0;
    }

    p = u->pipe;

    return p != NULL
           && (p->upstream_error || (p->length > 0 && !p->upstream_done));
}
