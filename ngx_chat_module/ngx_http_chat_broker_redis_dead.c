
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The workers that this one knows to be dead, for as long as any room can
 * hold users of theirs.
 */


#include "ngx_http_chat_broker_redis.h"


#define NGX_HTTP_CHAT_DEAD_MAX   4096
#define NGX_HTTP_CHAT_DEAD_LIFE  (2 * 3600)     /* s, as in the script */


typedef struct {
    ngx_str_node_t  node;              /* by id */
    ngx_queue_t     queue;
    time_t          at;                /* when we heard of it */
    u_char          id[1];
} ngx_http_chat_dead_t;


static ngx_uint_t ngx_http_chat_dead_add(ngx_http_chat_broker_redis_t *b,
    redisReply *id);
static void ngx_http_chat_dead_forget(ngx_http_chat_broker_redis_t *b);


void
ngx_http_chat_broker_redis_dead_init(ngx_http_chat_broker_redis_t *b)
{
    ngx_rbtree_init(&b->lease.dead, &b->lease.sentinel,
                    ngx_str_rbtree_insert_value);
    ngx_queue_init(&b->lease.deaths);
}


void
ngx_http_chat_broker_redis_dead_destroy(ngx_http_chat_broker_redis_t *b)
{
    while (b->lease.ndead != 0) {
        ngx_http_chat_dead_forget(b);
    }
}


ngx_uint_t
ngx_http_chat_broker_redis_dead_learn(ngx_http_chat_broker_redis_t *b,
    redisReply *dead)
{
    size_t                 i;
    ngx_uint_t             n;
    ngx_queue_t           *q;
    ngx_http_chat_dead_t  *d;

    while (b->lease.ndead != 0) {
        q = ngx_queue_head(&b->lease.deaths);
        d = ngx_queue_data(q, ngx_http_chat_dead_t, queue);

        if (ngx_time() - d->at <= NGX_HTTP_CHAT_DEAD_LIFE) {
            break;
        }

        ngx_http_chat_dead_forget(b);
    }

    n = 0;

    for (i = 0; i < dead->elements; i++) {
        n += ngx_http_chat_dead_add(b, dead->element[i]);
    }

    return n;
}


/* Returns 1 for one that was not known. */

static ngx_uint_t
ngx_http_chat_dead_add(ngx_http_chat_broker_redis_t *b, redisReply *id)
{
    size_t                 i, len;
    ngx_http_chat_dead_t  *d;

    if (id->type != REDIS_REPLY_STRING
        || (size_t) id->len > NGX_HTTP_CHAT_BROKER_REDIS_WORKER
        || ngx_http_chat_broker_redis_dead(b, id))
    {
        return 0;
    }

    len = id->len;

    /* it becomes the end of a key */

    for (i = 0; i < len; i++) {
        if (id->str[i] == '\0'
            || ngx_strchr("0123456789abcdef:", id->str[i]) == NULL)
        {
            return 0;
        }
    }

    d = ngx_alloc(offsetof(ngx_http_chat_dead_t, id) + len, b->log);
    if (d == NULL) {
        return 0;
    }

    if (b->lease.ndead == NGX_HTTP_CHAT_DEAD_MAX) {
        ngx_http_chat_dead_forget(b);
    }

    ngx_memcpy(d->id, id->str, len);

    d->node.str.data = d->id;
    d->node.str.len = len;
    d->node.node.key = ngx_crc32_short(d->id, len);
    d->at = ngx_time();

    ngx_rbtree_insert(&b->lease.dead, &d->node.node);
    ngx_queue_insert_tail(&b->lease.deaths, &d->queue);
    b->lease.ndead++;

    return 1;
}


/* the oldest */

static void
ngx_http_chat_dead_forget(ngx_http_chat_broker_redis_t *b)
{
    ngx_queue_t           *q;
    ngx_http_chat_dead_t  *d;

    q = ngx_queue_head(&b->lease.deaths);
    d = ngx_queue_data(q, ngx_http_chat_dead_t, queue);

    ngx_queue_remove(q);
    ngx_rbtree_delete(&b->lease.dead, &d->node.node);
    b->lease.ndead--;

    ngx_free(d);
}


ngx_uint_t
ngx_http_chat_broker_redis_dead(ngx_http_chat_broker_redis_t *b,
    redisReply *id)
{
    ngx_str_t  str;

    if (id->type != REDIS_REPLY_STRING || b->lease.ndead == 0) {
        return 0;
    }

    str.data = (u_char *) id->str;
    str.len = id->len;

    return ngx_str_rbtree_lookup(&b->lease.dead, &str,
                                 ngx_crc32_short(str.data, str.len))
           != NULL;
}
