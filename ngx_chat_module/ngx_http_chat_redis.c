
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The life of a link to Redis: its states, its calls, its output.
 */


#include "ngx_http_chat_redis.h"

#include <poll.h>


static ngx_http_chat_redis_call_t *ngx_http_chat_redis_down(
    ngx_http_chat_redis_t *link);
static void ngx_http_chat_redis_disconnect(ngx_http_chat_redis_t *link);
static void ngx_http_chat_redis_answer(ngx_http_chat_redis_call_t *call);
static void ngx_http_chat_redis_flush_handler(ngx_event_t *ev);
static void ngx_http_chat_redis_flush(ngx_http_chat_redis_t *link);
static size_t ngx_http_chat_redis_gather(ngx_http_chat_redis_t *link,
    u_char **start);
static void ngx_http_chat_redis_sent(ngx_http_chat_redis_t *link,
    size_t sent);
static void ngx_http_chat_redis_timer_handler(ngx_event_t *ev);


#if (NGX_DEBUG)

static const char  *ngx_http_chat_redis_states[] = {
    "closed", "resolving", "connecting", "tls", "auth", "open"
};

#endif


void
ngx_http_chat_redis_init(ngx_http_chat_redis_t *link, ngx_log_t *log)
{
    link->state = NGX_HTTP_CHAT_REDIS_CLOSED;
    link->log = *log;
    ngx_http_chat_redis_queue_init(&link->pending);

    link->ident.owner = link;
    link->ident.fd = (ngx_socket_t) -1;

    link->timer.handler = ngx_http_chat_redis_timer_handler;
    link->timer.data = &link->ident;
    link->timer.log = log;
    link->timer.cancelable = 1;

    link->flush.handler = ngx_http_chat_redis_flush_handler;
    link->flush.data = &link->ident;
    link->flush.log = log;

    link->resolved.handler = ngx_http_chat_redis_resolved_handler;
    link->resolved.data = &link->ident;
    link->resolved.log = log;
}


void
ngx_http_chat_redis_open(ngx_http_chat_redis_t *link, ngx_uint_t quiet)
{
    link->log.log_level = ngx_cycle->log->log_level;

    if (quiet) {
        link->log.log_level = ngx_min(link->log.log_level, NGX_LOG_ALERT);
    }

    link->serial++;
    link->attempt++;
    link->ident.fd = (ngx_socket_t) -1;

    ngx_add_timer(&link->timer, NGX_HTTP_CHAT_REDIS_CONNECT_TIMEOUT);
    ngx_http_chat_redis_connect(link);
}


void
ngx_http_chat_redis_close(ngx_http_chat_redis_t *link)
{
    if (link->state == NGX_HTTP_CHAT_REDIS_CLOSED) {
        return;
    }

    if (link->state == NGX_HTTP_CHAT_REDIS_OPEN && link->unsent) {
        ngx_http_chat_redis_flush(link);
    }

    ngx_http_chat_redis_answer(ngx_http_chat_redis_down(link));
}


void
ngx_http_chat_redis_finish(ngx_http_chat_redis_t *link)
{
    ngx_msec_t         end;
    struct pollfd      pfd;
    ngx_connection_t  *c;

    ngx_time_update();
    end = ngx_current_msec + NGX_HTTP_CHAT_REDIS_FINISH_TIME;

    while (link->state == NGX_HTTP_CHAT_REDIS_OPEN && link->pending.head
           && (ngx_msec_int_t) (end - ngx_current_msec) > 0)
    {
        c = link->connection;

        pfd.fd = c->fd;
        pfd.events = link->unsent ? POLLIN|POLLOUT : POLLIN;
        pfd.revents = 0;

        (void) poll(&pfd, 1, NGX_HTTP_CHAT_REDIS_FINISH_TIME / 10);

        ngx_time_update();

        if (pfd.revents & POLLOUT) {
            c->write->ready = 1;
            ngx_http_chat_redis_flush(link);
        }

        if ((pfd.revents & ~POLLOUT)
            && link->state == NGX_HTTP_CHAT_REDIS_OPEN)
        {
            c->read->ready = 1;
            c->read->available = -1;
            ngx_http_chat_redis_read_handler(c->read);
        }
    }
}


void
ngx_http_chat_redis_fail(ngx_http_chat_redis_t *link, ngx_err_t err,
    const char *reason)
{
    ngx_http_chat_redis_call_t  *lost;

    if (link->state == NGX_HTTP_CHAT_REDIS_CLOSED) {
        return;
    }

    lost = ngx_http_chat_redis_down(link);

    link->owner->down(link, err, reason);

    ngx_http_chat_redis_answer(lost);
}


/* Detaches everything; returns the calls that must still be answered. */

static ngx_http_chat_redis_call_t *
ngx_http_chat_redis_down(ngx_http_chat_redis_t *link)
{
    ngx_http_chat_redis_call_t  *lost;

    lost = ngx_http_chat_redis_queue_take(&link->pending);
    link->unsent = NULL;
    link->offset = 0;
    link->calls = 0;
    link->window = 0;

    ngx_http_chat_redis_disconnect(link);
    ngx_http_chat_redis_set_state(link, NGX_HTTP_CHAT_REDIS_CLOSED);

    return lost;
}


static void
ngx_http_chat_redis_disconnect(ngx_http_chat_redis_t *link)
{
    ngx_pool_t        *pool;
    ngx_connection_t  *c;

    link->serial++;

    if (link->timer.timer_set) {
        ngx_del_timer(&link->timer);
    }

    if (link->flush.posted) {
        ngx_delete_posted_event(&link->flush);
    }

    if (link->resolved.posted) {
        ngx_delete_posted_event(&link->resolved);
    }

    if (link->query) {
        ngx_resolve_name_done(link->query);
        link->query = NULL;
    }

    if (link->reader) {
        redisReaderFree(link->reader);
        link->reader = NULL;
    }

    c = link->connection;

    if (c == NULL) {
        return;
    }

    link->connection = NULL;

#if (NGX_SSL)
    if (c->ssl) {
        c->ssl->no_wait_shutdown = 1;
        c->ssl->no_send_shutdown = 1;
        (void) ngx_ssl_shutdown(c);
    }
#endif

    pool = c->pool;
    ngx_close_connection(c);

    if (pool) {
        ngx_destroy_pool(pool);
    }
}


static void
ngx_http_chat_redis_answer(ngx_http_chat_redis_call_t *call)
{
    ngx_http_chat_redis_call_t  *next;

    for ( /* void */ ; call; call = next) {
        next = call->next;
        call->handler(call, NULL);
    }
}


void
ngx_http_chat_redis_set_state(ngx_http_chat_redis_t *link,
    ngx_http_chat_redis_state_e state)
{
    ngx_log_debug4(NGX_LOG_DEBUG_HTTP, &link->log, 0,
                   "chat redis %s %V: %s -> %s",
                   link->title, &link->conf->address,
                   ngx_http_chat_redis_states[link->state],
                   ngx_http_chat_redis_states[state]);

    link->state = state;
}


ngx_int_t
ngx_http_chat_redis_format(ngx_http_chat_redis_call_t *call, int argc,
    const char **argv, const size_t *argvlen)
{
    int  n;

    n = redisFormatCommandArgv(&call->bytes, argc, argv, argvlen);

    if (n < 0) {
        call->bytes = NULL;
        return NGX_ERROR;
    }

    call->len = n;

    return NGX_OK;
}


void
ngx_http_chat_redis_release(ngx_http_chat_redis_call_t *call)
{
    if (call->bytes) {
        redisFreeCommand(call->bytes);
        call->bytes = NULL;
    }
}


ngx_int_t
ngx_http_chat_redis_send(ngx_http_chat_redis_t *link,
    ngx_http_chat_redis_call_t *call)
{
    if (link->state != NGX_HTTP_CHAT_REDIS_OPEN) {
        return NGX_DECLINED;
    }

    return ngx_http_chat_redis_submit(link, call);
}


ngx_int_t
ngx_http_chat_redis_submit(ngx_http_chat_redis_t *link,
    ngx_http_chat_redis_call_t *call)
{
    if (link->calls >= link->calls_max
        || link->window + call->len > link->window_max)
    {
        return NGX_DECLINED;
    }

    link->calls++;
    link->window += call->len;

    call->start = ngx_current_msec;
    ngx_http_chat_redis_queue_push(&link->pending, call);

    if (link->unsent == NULL) {
        link->unsent = call;
    }

    if (!link->timer.timer_set) {
        ngx_add_timer(&link->timer, NGX_HTTP_CHAT_REDIS_CALL_TIMEOUT);
    }

    if (!link->flush.posted) {
        ngx_post_event(&link->flush, &ngx_posted_events);
    }

    return NGX_OK;
}


void
ngx_http_chat_redis_unbind(ngx_http_chat_redis_t *link)
{
    link->calls_max = NGX_MAX_SIZE_T_VALUE;
    link->window_max = NGX_MAX_SIZE_T_VALUE;
}


void
ngx_http_chat_redis_queue_init(ngx_http_chat_redis_queue_t *queue)
{
    queue->head = NULL;
    queue->last = &queue->head;
}


void
ngx_http_chat_redis_queue_push(ngx_http_chat_redis_queue_t *queue,
    ngx_http_chat_redis_call_t *call)
{
    call->next = NULL;
    *queue->last = call;
    queue->last = &call->next;
}


ngx_http_chat_redis_call_t *
ngx_http_chat_redis_queue_pop(ngx_http_chat_redis_queue_t *queue)
{
    ngx_http_chat_redis_call_t  *call;

    call = queue->head;

    if (call == NULL) {
        return NULL;
    }

    queue->head = call->next;

    if (queue->head == NULL) {
        queue->last = &queue->head;
    }

    return call;
}


ngx_http_chat_redis_call_t *
ngx_http_chat_redis_queue_take(ngx_http_chat_redis_queue_t *queue)
{
    ngx_http_chat_redis_call_t  *call;

    call = queue->head;
    ngx_http_chat_redis_queue_init(queue);

    return call;
}


static void
ngx_http_chat_redis_flush_handler(ngx_event_t *ev)
{
    ngx_http_chat_redis_ident_t  *ident;

    ident = ev->data;

    ngx_http_chat_redis_flush(ident->owner);
}


void
ngx_http_chat_redis_write_handler(ngx_event_t *wev)
{
    ngx_connection_t       *c;
    ngx_http_chat_redis_t  *link;

    c = wev->data;
    link = c->data;

    if (link->state == NGX_HTTP_CHAT_REDIS_CONNECTING) {
        ngx_http_chat_redis_connected(link);
        return;
    }

    ngx_http_chat_redis_flush(link);
}


static void
ngx_http_chat_redis_flush(ngx_http_chat_redis_t *link)
{
    u_char            *start;
    size_t             size;
    ssize_t            n;
    ngx_connection_t  *c;

    c = link->connection;

    if (c == NULL || link->state < NGX_HTTP_CHAT_REDIS_AUTH) {
        return;
    }

    while (link->unsent && c->write->ready) {
        size = ngx_http_chat_redis_gather(link, &start);
        n = c->send(c, start, size);

        if (n == NGX_ERROR) {
            ngx_http_chat_redis_fail(link, ngx_socket_errno,
                                     "connection was lost in sending");
            return;
        }

        if (n <= 0) {
            break;
        }

        ngx_http_chat_redis_sent(link, n);
    }

    if (ngx_handle_write_event(c->write, 0) != NGX_OK) {
        ngx_http_chat_redis_fail(link, 0, "connection got no event");
    }
}


/*
 * One send for all that gathered in this turn.  After EAGAIN the same bytes
 * are found again at the same place, and not fewer, as TLS demands.
 */

static size_t
ngx_http_chat_redis_gather(ngx_http_chat_redis_t *link, u_char **start)
{
    size_t                       size, left, room;
    u_char                      *p;
    ngx_http_chat_redis_call_t  *call;

    call = link->unsent;
    p = (u_char *) call->bytes + link->offset;
    left = call->len - link->offset;

    if (call->next == NULL || left >= NGX_HTTP_CHAT_REDIS_SCRATCH) {
        *start = p;
        return left;
    }

    *start = link->scratch;
    size = 0;

    for ( ;; ) {
        room = NGX_HTTP_CHAT_REDIS_SCRATCH - size;
        left = ngx_min(left, room);

        ngx_memcpy(link->scratch + size, p, left);
        size += left;

        call = call->next;

        if (call == NULL || size == NGX_HTTP_CHAT_REDIS_SCRATCH) {
            return size;
        }

        p = (u_char *) call->bytes;
        left = call->len;
    }
}


static void
ngx_http_chat_redis_sent(ngx_http_chat_redis_t *link, size_t sent)
{
    size_t  left;

    while (sent) {
        left = link->unsent->len - link->offset;

        if (sent < left) {
            link->offset += sent;
            return;
        }

        sent -= left;
        link->unsent = link->unsent->next;
        link->offset = 0;
    }
}


/* One timer for the oldest call: it looks again instead of being moved. */

static void
ngx_http_chat_redis_timer_handler(ngx_event_t *ev)
{
    ngx_msec_t                    age;
    ngx_http_chat_redis_t        *link;
    ngx_http_chat_redis_ident_t  *ident;

    ident = ev->data;
    link = ident->owner;

    if (link->state != NGX_HTTP_CHAT_REDIS_OPEN) {
        ngx_http_chat_redis_fail(link, NGX_ETIMEDOUT,
                          link->state == NGX_HTTP_CHAT_REDIS_AUTH
                          ? "did not answer to the login in time"
                          : "could not be connected in time");
        return;
    }

    if (link->pending.head == NULL) {
        return;
    }

    age = ngx_current_msec - link->pending.head->start;

    if (age >= NGX_HTTP_CHAT_REDIS_CALL_TIMEOUT) {
        ngx_http_chat_redis_fail(link, NGX_ETIMEDOUT,
                                 "did not answer in time");
        return;
    }

    ngx_add_timer(ev, NGX_HTTP_CHAT_REDIS_CALL_TIMEOUT - age);
}
