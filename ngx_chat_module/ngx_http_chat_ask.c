
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* A question to the site; see the header. */


#include "ngx_http_chat_ask.h"
#include "ngx_http_chat_metric.h"
#include "ngx_http_chat_session_log.h"
#include "ngx_http_chat_table.h"


/* it holds the head of a session, too */
#define NGX_HTTP_CHAT_ASK_POOL  2048


static ngx_int_t ngx_http_chat_ask_headers(ngx_http_chat_ask_t *ask);
static ngx_int_t ngx_http_chat_ask_header(ngx_http_chat_ask_t *ask,
    const char *name, ngx_str_t value);
static void ngx_http_chat_ask_start(ngx_event_t *ev);
static void ngx_http_chat_ask_timeout(ngx_event_t *ev);
static void ngx_http_chat_ask_detach(ngx_http_chat_ask_t *ask);
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
ngx_http_chat_ask_init(ngx_http_chat_backend_t *backend)
{
    ngx_queue_init(&backend->waiting);

    backend->start.handler = ngx_http_chat_ask_start;
    backend->start.data = backend;
}


ngx_http_chat_ask_t *
ngx_http_chat_ask_create(ngx_http_chat_session_t *s,
    ngx_http_chat_backend_t *backend)
{
    ngx_http_chat_asker_t  asker;

    ngx_http_chat_ask_session(s, &asker);

    return ngx_http_chat_ask_make(&asker, backend);
}


void
ngx_http_chat_ask_session(ngx_http_chat_session_t *s,
    ngx_http_chat_asker_t *asker)
{
    asker->conf = s->conf;
    asker->listening = s->connection->listening;
    asker->head = s->head;
    asker->log = ngx_http_chat_session_log(s);
    asker->session = ngx_http_chat_table_handle(s);
}


ngx_http_chat_ask_t *
ngx_http_chat_ask_make(const ngx_http_chat_asker_t *asker,
    ngx_http_chat_backend_t *backend)
{
    ngx_pool_t           *pool;
    ngx_http_chat_ask_t  *ask;

    /* those that may run wait, too, until the turn ends */

    if (backend->running + backend->nwaiting
        >= backend->max * (1 + NGX_HTTP_CHAT_ASK_WAITING))
    {
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

    ask->backend = backend;
    ask->pool = pool;
    ask->session = asker->session;
    ask->conf = asker->conf;
    ask->listening = asker->listening;

    /* where the log goes, and which connection it is about */

    ask->log = *asker->log;
    ask->log.handler = ngx_http_chat_ask_log_error;
    ask->log.data = &ask->log_ctx;
    ask->log.action = "asking the site";

    ask->timer.handler = ngx_http_chat_ask_timeout;
    ask->timer.data = &ngx_http_chat_ask_dumb;
    ask->timer.log = ngx_cycle->log;

    /* a session that waits for it keeps the worker, a call does not */
    ask->timer.cancelable = (asker->session != 0);

    ask->head = ngx_http_chat_head_copy(pool, asker->head);

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
    ngx_http_chat_backend_t  *backend;

    backend = ask->backend;

    ask->node.key = (ngx_rbtree_key_t) ask->session;
    ngx_rbtree_insert(&ngx_http_chat_asks, &ask->node);

    ngx_queue_insert_tail(&backend->waiting, &ask->queue);
    backend->nwaiting++;

    ngx_http_chat_metric_add(NGX_CHAT_METRIC_HOOKS_ASKED, backend->hook, 1);
    ngx_http_chat_metric_add(NGX_CHAT_METRIC_HOOKS_WAITING, backend->hook, 1);

    ask->begun = ngx_http_chat_metric_now();
    ngx_add_timer(&ask->timer, backend->timeout);

    /* a handler that is called from here would find its caller at work */

    ngx_http_chat_ask_wake(backend);
}


void
ngx_http_chat_ask_wake(ngx_http_chat_backend_t *backend)
{
    if (backend->nwaiting == 0 || backend->start.posted) {
        return;
    }

    backend->start.log = ngx_cycle->log;
    ngx_post_event(&backend->start, &ngx_posted_events);
}


static void
ngx_http_chat_ask_start(ngx_event_t *ev)
{
    ngx_queue_t              *q;
    ngx_http_chat_ask_t      *ask;
    ngx_http_chat_backend_t  *backend;

    backend = ev->data;

    while (!ngx_queue_empty(&backend->waiting)
           && backend->running < backend->max)
    {
        q = ngx_queue_head(&backend->waiting);
        ask = ngx_queue_data(q, ngx_http_chat_ask_t, queue);

        if (ngx_http_chat_ask_run(ask) == NGX_OK) {
            continue;
        }

        ngx_http_chat_ask_answer(ask, 0);
        ngx_http_chat_ask_end(ask);
    }
}


static void
ngx_http_chat_ask_timeout(ngx_event_t *ev)
{
    ngx_http_chat_ask_t  *ask;

    ask = (ngx_http_chat_ask_t *)
          ((u_char *) ev - offsetof(ngx_http_chat_ask_t, timer));

    ngx_http_chat_ask_answer(ask, 0);
    ngx_http_chat_ask_end(ask);
}


void
ngx_http_chat_ask_answer(ngx_http_chat_ask_t *ask, ngx_uint_t status)
{
    ngx_http_chat_ask_pt  handler;

    handler = ask->handler;

    if (handler == NULL) {
        return;
    }

    ngx_http_chat_ask_detach(ask);
    ngx_http_chat_metric_answered(ask->backend->hook, ask->begun);

    ask->log.action = "asking the site";

    handler(ask, status);
}


/* From now on nobody waits for it. */

static void
ngx_http_chat_ask_detach(ngx_http_chat_ask_t *ask)
{
    ask->handler = NULL;

    ngx_rbtree_delete(&ngx_http_chat_asks, &ask->node);

    if (ask->timer.timer_set) {
        ngx_del_timer(&ask->timer);
    }
}


static void
ngx_http_chat_ask_end(ngx_http_chat_ask_t *ask)
{
    if (ask->request != NULL) {
        ngx_http_chat_ask_stop(ask);
        return;
    }

    ngx_queue_remove(&ask->queue);
    ask->backend->nwaiting--;

    ngx_http_chat_metric_take(NGX_CHAT_METRIC_HOOKS_WAITING,
                              ask->backend->hook);

    ngx_destroy_pool(ask->pool);
}


void
ngx_http_chat_ask_drop(ngx_http_chat_ask_t *ask)
{
    ngx_http_chat_ask_detach(ask);
    ngx_http_chat_ask_end(ask);
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

        ngx_http_chat_ask_drop(ask);
    }
}


ngx_uint_t
ngx_http_chat_ask_may_log(ngx_http_chat_backend_t *backend)
{
    if (backend->logged == ngx_time()) {
        return 0;
    }

    backend->logged = ngx_time();

    return 1;
}


static u_char *
ngx_http_chat_ask_log_error(ngx_log_t *log, u_char *buf, size_t len)
{
    u_char               *p;
    ngx_str_t             addr;
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

    addr = ngx_http_chat_head_str(ask->head, NGX_HTTP_CHAT_HEAD_ADDR);

    p = ngx_snprintf(buf, len, ", client: %V, user: \"%V\", room: \"%V\"",
                     &addr, &ask->ctx.user, &ask->ctx.room);
    len -= p - buf;

    r = ctx->request;

    return (r != NULL) ? r->log_handler(r, ctx->current_request, p, len) : p;
}
