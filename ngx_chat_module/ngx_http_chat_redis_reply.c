
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Reading from Redis: bytes to bounded replies, replies to who waits for them.
 */


#include "ngx_http_chat_redis.h"


#define NGX_HTTP_CHAT_REDIS_READ_SIZE    (32 * 1024)
#define NGX_HTTP_CHAT_REDIS_READ_BUDGET  16       /* reads in one turn */
#define NGX_HTTP_CHAT_REDIS_READ_SPARE   (256 * 1024)
#define NGX_HTTP_CHAT_REDIS_LINE_MAX     4096     /* status, error, integer */


static void *ngx_http_chat_redis_create_string(const redisReadTask *task,
    char *str, size_t len);
static void *ngx_http_chat_redis_create_array(const redisReadTask *task,
    int elements);
static ngx_int_t ngx_http_chat_redis_feed(ngx_http_chat_redis_t *link,
    u_char *p, size_t n);
static ngx_int_t ngx_http_chat_redis_dispatch(ngx_http_chat_redis_t *link,
    redisReply *reply);
static ngx_uint_t ngx_http_chat_redis_is_push(redisReply *reply);
static ngx_int_t ngx_http_chat_redis_rest(ngx_http_chat_redis_t *link);


/* hiredis' own makers of objects, with ours in front of two of them */

static redisReplyObjectFunctions  ngx_http_chat_redis_makers;
static redisReplyObjectFunctions  ngx_http_chat_redis_bounded;


redisReader *
ngx_http_chat_redis_reader(ngx_http_chat_redis_t *link)
{
    redisReader  *reader;

    reader = redisReaderCreate();
    if (reader == NULL) {
        return NULL;
    }

    ngx_http_chat_redis_makers = *reader->fn;
    ngx_http_chat_redis_bounded = *reader->fn;
    ngx_http_chat_redis_bounded.createString
                                          = ngx_http_chat_redis_create_string;
    ngx_http_chat_redis_bounded.createArray = ngx_http_chat_redis_create_array;

    reader->fn = &ngx_http_chat_redis_bounded;
    reader->privdata = link;
    reader->maxbuf = NGX_HTTP_CHAT_REDIS_READ_SPARE;

    return reader;
}


/* NULL makes the reader fail, before a byte is allocated by Redis' word. */

static void *
ngx_http_chat_redis_create_string(const redisReadTask *task, char *str,
    size_t len)
{
    ngx_http_chat_redis_t  *link;

    link = task->privdata;

    if (len > link->conf->bulk_max
        || link->bytes + len > link->conf->window)
    {
        return NULL;
    }

    link->bytes += len;

    return ngx_http_chat_redis_makers.createString(task, str, len);
}


static void *
ngx_http_chat_redis_create_array(const redisReadTask *task, int elements)
{
    ngx_http_chat_redis_t  *link;

    link = task->privdata;

    if (elements > NGX_HTTP_CHAT_REDIS_ELEMENTS_MAX
        || link->elements + elements > NGX_HTTP_CHAT_REDIS_ELEMENTS_MAX)
    {
        return NULL;
    }

    link->elements += elements;

    return ngx_http_chat_redis_makers.createArray(task, elements);
}


void
ngx_http_chat_redis_read_handler(ngx_event_t *rev)
{
    ssize_t                 n;
    ngx_uint_t              i;
    ngx_connection_t       *c;
    ngx_http_chat_redis_t  *link;

    c = rev->data;
    link = c->data;

    if (c->close) {
        /* "worker_shutdown_timeout": the sessions still have to leave */
        c->close = 0;
        c->error = 0;
        return;
    }

    if (link->state == NGX_HTTP_CHAT_REDIS_CONNECTING) {
        ngx_http_chat_redis_connected(link);
        return;
    }

    for (i = 0; i < NGX_HTTP_CHAT_REDIS_READ_BUDGET; i++) {
        n = c->recv(c, link->scratch, NGX_HTTP_CHAT_REDIS_READ_SIZE);

        if (n == NGX_AGAIN) {
            break;
        }

        if (n == NGX_ERROR || n == 0) {
            ngx_http_chat_redis_fail(link, n ? ngx_socket_errno : 0,
                                     "closed connection");
            return;
        }

        if (ngx_http_chat_redis_feed(link, link->scratch, n) != NGX_OK) {
            return;
        }

        if (!rev->ready) {
            break;
        }
    }

    if (rev->ready) {
        ngx_post_event(rev, &ngx_posted_next_events);
    }

    if (ngx_handle_read_event(rev, 0) != NGX_OK) {
        ngx_http_chat_redis_fail(link, 0, "connection got no event");
    }
}


/* Returns NGX_DONE if the connection has gone. */

static ngx_int_t
ngx_http_chat_redis_feed(ngx_http_chat_redis_t *link, u_char *p, size_t n)
{
    void  *reply;

    if (redisReaderFeed(link->reader, (char *) p, n) != REDIS_OK) {
        ngx_http_chat_redis_fail(link, 0, "reply found no memory");
        return NGX_DONE;
    }

    for ( ;; ) {
        if (redisReaderGetReply(link->reader, &reply) != REDIS_OK) {
            ngx_http_chat_redis_fail(link, 0, "sent an invalid reply");
            return NGX_DONE;
        }

        if (reply == NULL) {
            return ngx_http_chat_redis_rest(link);
        }

        link->elements = 0;
        link->bytes = 0;

        if (ngx_http_chat_redis_dispatch(link, reply) != NGX_OK) {
            return NGX_DONE;
        }
    }
}


static ngx_int_t
ngx_http_chat_redis_dispatch(ngx_http_chat_redis_t *link, redisReply *reply)
{
    ngx_uint_t                   serial;
    ngx_http_chat_redis_call_t  *call;

    serial = link->serial;
    link->kept = 0;

    if (link->owner->push && ngx_http_chat_redis_is_push(reply)) {
        link->owner->push(link, reply);

    } else if (link->pending.head == link->unsent
               && reply->type == REDIS_REPLY_ERROR)
    {
        /* "max number of clients", protected mode: said before we speak */
        ngx_http_chat_redis_refused(link, reply, 0);

    } else if (link->pending.head == link->unsent) {
        ngx_http_chat_redis_fail(link, 0, "sent a reply to no command");

    } else {
        call = ngx_http_chat_redis_queue_pop(&link->pending);
        link->calls--;
        link->window -= call->len;

        /* a long queue that moves is late, not lost */

        if (link->pending.head != NULL) {
            link->pending.head->start = ngx_current_msec;
        }

        call->handler(call, reply);
    }

    if (!link->kept) {
        freeReplyObject(reply);
    }

    return (link->serial == serial) ? NGX_OK : NGX_DONE;
}


static ngx_uint_t
ngx_http_chat_redis_is_push(redisReply *reply)
{
    redisReply  *kind;

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 3) {
        return 0;
    }

    kind = reply->element[0];

    return kind->type == REDIS_REPLY_STRING
           && kind->len == sizeof("message") - 1
           && ngx_memcmp(kind->str, "message", sizeof("message") - 1) == 0;
}


/*
 * What is left in the reader is one incomplete line or string, of which
 * hiredis has taken the type: refuses it as soon as it is sure to break a
 * limit, not when all of it has come.
 */

static ngx_int_t
ngx_http_chat_redis_rest(ngx_http_chat_redis_t *link)
{
    size_t        left;
    ngx_int_t     size;
    const char   *p, *eol;
    redisReader  *reader;

    reader = link->reader;
    p = reader->buf + reader->pos;
    left = reader->len - reader->pos;

    if (left == 0 || reader->ridx < 0) {
        return NGX_OK;
    }

    eol = memchr(p, CR, ngx_min(left, NGX_HTTP_CHAT_REDIS_LINE_MAX));

    if (eol == NULL) {
        if (left < NGX_HTTP_CHAT_REDIS_LINE_MAX) {
            return NGX_OK;
        }

        ngx_http_chat_redis_fail(link, 0, "sent too long a line");
        return NGX_DONE;
    }

    if (eol + 1 == p + left) {
        return NGX_OK;
    }

    if (eol[1] != LF) {
        ngx_http_chat_redis_fail(link, 0, "sent an invalid reply");
        return NGX_DONE;
    }

    if (reader->rstack[reader->ridx].type != REDIS_REPLY_STRING) {
        return NGX_OK;
    }

    size = ngx_atoi((u_char *) p, eol - p);

    if (size == NGX_ERROR || (size_t) size > link->conf->bulk_max) {
        ngx_http_chat_redis_fail(link, 0, "sent too large a string");
        return NGX_DONE;
    }

    return NGX_OK;
}
