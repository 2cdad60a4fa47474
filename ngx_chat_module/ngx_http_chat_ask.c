
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* A question to the site; see the header. */


#include "ngx_http_chat_ask.h"
#include "ngx_http_chat_table.h"


/* it holds the head of a session, too */
#define NGX_HTTP_CHAT_ASK_POOL  2048


static ngx_int_t ngx_http_chat_ask_headers(ngx_http_chat_ask_t *ask);
static ngx_int_t ngx_http_chat_ask_header(ngx_http_chat_ask_t *ask,
    const char *name, ngx_str_t value);
static void ngx_http_chat_ask_wake(ngx_http_chat_site_t *site);
static void ngx_http_chat_ask_start(ngx_event_t *ev);
static ngx_int_t ngx_http_chat_ask_run(ngx_http_chat_ask_t *ask);
static ngx_connection_t *ngx_http_chat_ask_connect(ngx_http_chat_ask_t *ask);
static ngx_int_t ngx_http_chat_ask_request(ngx_http_chat_ask_t *ask,
    ngx_connection_t *c);
static void ngx_http_chat_ask_handler(ngx_event_t *ev);
static void ngx_http_chat_ask_done(ngx_http_request_t *r);
static void ngx_http_chat_ask_timeout(ngx_event_t *ev);
static void ngx_http_chat_ask_gone(void *data);
static ngx_http_chat_ask_pt ngx_http_chat_ask_detach(
    ngx_http_chat_ask_t *ask);
static void ngx_http_chat_ask_end(ngx_http_chat_ask_t *ask);
static u_char *ngx_http_chat_ask_log_error(ngx_log_t *log, u_char *buf,
    size_t len);


/* nginx's debug log wants a connection behind an event */
static ngx_connection_t  ngx_http_chat_ask_dumb = { .fd = (ngx_socket_t) -1 };

/* the questions of this worker whose answers are wanted, by session */

static ngx_rbtree_node_t  ngx_http_chat_ask_sentinel;
static ngx_rbtree_t       ngx_http_chat_asks = {
    &ngx_http_chat_ask_sentinel,
    &ngx_http_chat_ask_sentinel,
    ngx_rbtree_insert_value
};


void
ngx_http_chat_ask_init(ngx_http_chat_site_t *site)
{
    ngx_queue_init(&site->waiting);

    site->start.handler = ngx_http_chat_ask_start;
    site->start.data = site;
}


ngx_http_chat_ask_t *
ngx_http_chat_ask_create(ngx_http_chat_session_t *s,
    ngx_http_chat_site_t *site)
{
    ngx_pool_t           *pool;
    ngx_connection_t     *c;
    ngx_http_chat_ask_t  *ask;

    c = s->connection;

    if (site->nwaiting >= site->max * NGX_HTTP_CHAT_ASK_WAITING) {
        return NULL;
    }

    pool = ngx_create_pool(NGX_HTTP_CHAT_ASK_POOL, ngx_cycle->log);
    if (pool == NULL) {
        return NULL;
    }

    ask = ngx_pcalloc(pool, sizeof(ngx_http_chat_ask_t));
    if (ask == NULL) {
        ngx_destroy_pool(pool);
        return NULL;
    }

    ask->site = site;
    ask->pool = pool;
    ask->session = ngx_http_chat_table_handle(s);
    ask->conf = s->conf;
    ask->listening = c->listening;

    /* where the log goes, and which connection it is about */

    ask->log = *c->log;
    ask->log.handler = ngx_http_chat_ask_log_error;
    ask->log.data = &ask->log_ctx;
    ask->log.action = "asking the site";

    ask->timer.handler = ngx_http_chat_ask_timeout;
    ask->timer.data = &ngx_http_chat_ask_dumb;
    ask->timer.log = ngx_cycle->log;

    /* who waits for it keeps the worker, it need not itself */
    ask->timer.cancelable = 1;

    ask->head = ngx_http_chat_head_copy(pool, s->head);

    if (ask->head == NULL || ngx_http_chat_ask_headers(ask) != NGX_OK) {
        ngx_destroy_pool(pool);
        return NULL;
    }

    return ask;
}


static ngx_int_t
ngx_http_chat_ask_headers(ngx_http_chat_ask_t *ask)
{
    ngx_str_t              guest;
    ngx_http_chat_ctx_t   *ctx;
    ngx_http_chat_head_t  *head;

    ctx = &ask->ctx;
    head = ask->head;

    ctx->conf = ask->conf;
    ctx->user = ngx_http_chat_head_str(head, NGX_HTTP_CHAT_HEAD_USER);
    ctx->name = ngx_http_chat_head_str(head, NGX_HTTP_CHAT_HEAD_NAME);
    ctx->guest = head->guest;

    if (ngx_array_init(&ask->headers, ask->pool, 8,
                       sizeof(ngx_http_chat_ask_header_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (head->guest) {
        ngx_str_set(&guest, "1");

    } else {
        ngx_str_set(&guest, "0");
    }

    if (ngx_http_chat_ask_header(ask, "x-chat-user", ctx->user) != NGX_OK
        || ngx_http_chat_ask_header(ask, "x-chat-name", ctx->name) != NGX_OK
        || ngx_http_chat_ask_header(ask, "x-chat-guest", guest) != NGX_OK
        || ngx_http_chat_ask_header(ask, "x-chat-address",
                     ngx_http_chat_head_str(head, NGX_HTTP_CHAT_HEAD_ADDR))
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_chat_ask_header(ngx_http_chat_ask_t *ask, const char *name,
    ngx_str_t value)
{
    ngx_http_chat_ask_header_t  *h;

    h = ngx_array_push(&ask->headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    h->name = name;
    h->value = value;

    return NGX_OK;
}


ngx_int_t
ngx_http_chat_ask_room(ngx_http_chat_ask_t *ask, const ngx_chat_str_t *room)
{
    ngx_str_t  *str;

    str = &ask->ctx.room;

    str->data = ngx_pnalloc(ask->pool, room->len);
    if (str->data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(str->data, room->data, room->len);
    str->len = room->len;

    return ngx_http_chat_ask_header(ask, "x-chat-room", *str);
}


void
ngx_http_chat_ask_discard(ngx_http_chat_ask_t *ask)
{
    ngx_destroy_pool(ask->pool);
}


void
ngx_http_chat_ask_send(ngx_http_chat_ask_t *ask)
{
    ngx_http_chat_site_t  *site;

    site = ask->site;

    ask->node.key = (ngx_rbtree_key_t) ask->session;
    ngx_rbtree_insert(&ngx_http_chat_asks, &ask->node);

    ngx_queue_insert_tail(&site->waiting, &ask->queue);
    site->nwaiting++;

    ngx_add_timer(&ask->timer, site->timeout);

    /* a handler that is called from here would find its caller at work */

    ngx_http_chat_ask_wake(site);
}


/* Lets those that wait begin, as far as they may. */

static void
ngx_http_chat_ask_wake(ngx_http_chat_site_t *site)
{
    if (site->nwaiting == 0 || site->start.posted) {
        return;
    }

    site->start.log = ngx_cycle->log;
    ngx_post_event(&site->start, &ngx_posted_events);
}


static void
ngx_http_chat_ask_start(ngx_event_t *ev)
{
    ngx_queue_t           *q;
    ngx_http_chat_ask_t   *ask;
    ngx_http_chat_site_t  *site;
    ngx_http_chat_ask_pt   handler;

    site = ev->data;

    while (!ngx_queue_empty(&site->waiting) && site->running < site->max) {

        q = ngx_queue_head(&site->waiting);
        ask = ngx_queue_data(q, ngx_http_chat_ask_t, queue);

        if (ngx_http_chat_ask_run(ask) == NGX_OK) {
            continue;
        }

        handler = ngx_http_chat_ask_detach(ask);
        handler(ask, 0);
        ngx_http_chat_ask_end(ask);
    }
}


/* NGX_OK: it runs, or has run already and is gone. */

static ngx_int_t
ngx_http_chat_ask_run(ngx_http_chat_ask_t *ask)
{
    ngx_connection_t      *c;
    ngx_pool_cleanup_t    *cln;
    ngx_http_chat_site_t  *site;

    site = ask->site;

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
    site->nwaiting--;
    site->running++;

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
    ngx_http_request_t          *r, *sr;
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

    if (ngx_http_subrequest(r, &ask->site->uri, &ask->site->args, &sr, NULL,
                            NGX_HTTP_SUBREQUEST_WAITED)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    /* nothing to be read from the client, and of the answer only its head */

    sr->request_body = ngx_pcalloc(r->pool, sizeof(ngx_http_request_body_t));
    if (sr->request_body == NULL) {
        return NGX_ERROR;
    }

    sr->header_only = 1;

    ask->asked = sr;

    return NGX_OK;
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
    ngx_http_chat_ask_t   *ask;
    ngx_http_chat_ctx_t   *ctx;
    ngx_http_chat_ask_pt   handler;

    ctx = ngx_http_get_module_ctx(r, ngx_http_chat_module);
    ask = (ngx_http_chat_ask_t *)
          ((u_char *) ctx - offsetof(ngx_http_chat_ask_t, ctx));

    if (!ask->asked->done) {
        return;
    }

    handler = ngx_http_chat_ask_detach(ask);

    if (handler != NULL) {
        handler(ask, ask->asked->headers_out.status);
    }

    /*
     * The end, unless something is left to do (a cache is updated behind the
     * answer); and of a connection that is at its end nginx expects no more.
     */

    r->write_event_handler = ngx_http_request_empty_handler;
    r->connection->read->eof = 1;

    ngx_http_finalize_request(r, NGX_DONE);
}


static void
ngx_http_chat_ask_timeout(ngx_event_t *ev)
{
    ngx_http_chat_ask_t   *ask;
    ngx_http_chat_ask_pt   handler;

    ask = (ngx_http_chat_ask_t *)
          ((u_char *) ev - offsetof(ngx_http_chat_ask_t, timer));

    handler = ngx_http_chat_ask_detach(ask);
    handler(ask, 0);

    ngx_http_chat_ask_end(ask);
}


/* The connection's pool goes: it is over, with or without an answer. */

static void
ngx_http_chat_ask_gone(void *data)
{
    ngx_http_chat_ask_t   *ask;
    ngx_http_chat_site_t  *site;
    ngx_http_chat_ask_pt   handler;

    ask = data;
    site = ask->site;

    ask->request = NULL;
    ask->asked = NULL;

    handler = ngx_http_chat_ask_detach(ask);

    if (handler != NULL) {
        /* "return 444", a failing filter, a shutdown */
        handler(ask, 0);
    }

    site->running--;

    ngx_http_chat_ask_wake(site);
}


/* From now on nobody waits for it; NULL if that was so already. */

static ngx_http_chat_ask_pt
ngx_http_chat_ask_detach(ngx_http_chat_ask_t *ask)
{
    ngx_http_chat_ask_pt  handler;

    handler = ask->handler;

    if (handler == NULL) {
        return NULL;
    }

    ask->handler = NULL;
    ask->log.action = "asking the site";

    ngx_rbtree_delete(&ngx_http_chat_asks, &ask->node);

    if (ask->timer.timer_set) {
        ngx_del_timer(&ask->timer);
    }

    return handler;
}


static void
ngx_http_chat_ask_end(ngx_http_chat_ask_t *ask)
{
    ngx_connection_t  *c;

    if (ask->request == NULL) {
        ngx_queue_remove(&ask->queue);
        ask->site->nwaiting--;
        ngx_destroy_pool(ask->pool);
        return;
    }

    c = ask->request->connection;

    ngx_http_finalize_request(ask->request, NGX_HTTP_CLOSE);
    ngx_http_run_posted_requests(c);
}


void
ngx_http_chat_ask_cancel(ngx_http_chat_session_t *s)
{
    ngx_rbtree_key_t      key;
    ngx_rbtree_node_t    *node, *sentinel;
    ngx_http_chat_ask_t  *ask;

    key = (ngx_rbtree_key_t) ngx_http_chat_table_handle(s);
    sentinel = ngx_http_chat_asks.sentinel;

    for ( ;; ) {
        node = ngx_http_chat_asks.root;

        while (node != sentinel && node->key != key) {
            node = (key < node->key) ? node->left : node->right;
        }

        if (node == sentinel) {
            return;
        }

        ask = (ngx_http_chat_ask_t *)
              ((u_char *) node - offsetof(ngx_http_chat_ask_t, node));

        (void) ngx_http_chat_ask_detach(ask);
        ngx_http_chat_ask_end(ask);
    }
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


ngx_uint_t
ngx_http_chat_ask_may_log(ngx_http_chat_site_t *site)
{
    if (site->logged == ngx_time()) {
        return 0;
    }

    site->logged = ngx_time();

    return 1;
}


static u_char *
ngx_http_chat_ask_log_error(ngx_log_t *log, u_char *buf, size_t len)
{
    u_char               *p;
    ngx_http_request_t   *r;
    ngx_http_log_ctx_t   *ctx;
    ngx_http_chat_ask_t  *ask;

    ctx = log->data;
    ask = (ngx_http_chat_ask_t *)
          ((u_char *) ctx - offsetof(ngx_http_chat_ask_t, log_ctx));

    if (log->action != NULL) {
        p = ngx_snprintf(buf, len, " while %s", log->action);
        len -= p - buf;
        buf = p;
    }

    p = ngx_snprintf(buf, len, ", user: \"%V\", room: \"%V\"",
                     &ask->ctx.user, &ask->ctx.room);
    len -= p - buf;

    r = ctx->request;

    return (r != NULL) ? r->log_handler(r, ctx->current_request, p, len) : p;
}
