
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The table of this worker's sessions; see the header. */


#include "ngx_http_chat_table.h"

#include <sys/random.h>


#define NGX_HTTP_CHAT_TABLE_CHUNK  64         /* sessions of one allocation */


#define NGX_HTTP_CHAT_RANDOM_POOL  256        /* bytes */


static ngx_int_t ngx_http_chat_table_grow(void);
static void ngx_http_chat_random_fill(void);


/* of this worker */

static ngx_http_chat_session_t  **ngx_http_chat_table_chunks;
static ngx_uint_t                 ngx_http_chat_table_nchunks;
static ngx_uint_t                 ngx_http_chat_table_used;
static ngx_queue_t                ngx_http_chat_table_free;
static ngx_queue_t                ngx_http_chat_table_all;

static u_char                     ngx_http_chat_random_pool[
                                                NGX_HTTP_CHAT_RANDOM_POOL];
static ngx_uint_t                 ngx_http_chat_random_left;


ngx_http_chat_session_t *
ngx_http_chat_table_take(void)
{
    uint32_t                  slot, generation;
    ngx_queue_t              *q;
    ngx_http_chat_session_t  *s;

    if (ngx_http_chat_table_chunks == NULL) {
        ngx_queue_init(&ngx_http_chat_table_free);
        ngx_queue_init(&ngx_http_chat_table_all);
    }

    if (ngx_http_chat_table_chunks == NULL
        || ngx_queue_empty(&ngx_http_chat_table_free))
    {
        if (ngx_http_chat_table_grow() != NGX_OK) {
            return NULL;
        }
    }

    q = ngx_queue_head(&ngx_http_chat_table_free);
    ngx_queue_remove(q);

    s = ngx_queue_data(q, ngx_http_chat_session_t, queue);

    slot = s->slot;
    generation = s->generation;

    ngx_memzero(s, sizeof(ngx_http_chat_session_t));

    s->slot = slot;
    s->generation = generation;

    ngx_queue_insert_tail(&ngx_http_chat_table_all, &s->queue);
    ngx_http_chat_table_used++;

    return s;
}


static ngx_int_t
ngx_http_chat_table_grow(void)
{
    size_t                     size;
    ngx_uint_t                 i, n;
    ngx_http_chat_session_t   *chunk, **chunks;

    n = ngx_http_chat_table_nchunks;

    size = (n + 1) * sizeof(ngx_http_chat_session_t *);

    chunks = ngx_http_chat_memory(NULL, ngx_http_chat_table_chunks, size);
    if (chunks == NULL) {
        return NGX_ERROR;
    }

    ngx_http_chat_table_chunks = chunks;

    chunk = ngx_calloc(NGX_HTTP_CHAT_TABLE_CHUNK
                       * sizeof(ngx_http_chat_session_t), ngx_cycle->log);
    if (chunk == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < NGX_HTTP_CHAT_TABLE_CHUNK; i++) {
        chunk[i].slot = (uint32_t) (n * NGX_HTTP_CHAT_TABLE_CHUNK + i);
        chunk[i].generation = 1;
        chunk[i].state = NGX_HTTP_CHAT_CLOSED;
        ngx_queue_insert_tail(&ngx_http_chat_table_free, &chunk[i].queue);
    }

    chunks[n] = chunk;
    ngx_http_chat_table_nchunks = n + 1;

    return NGX_OK;
}


void
ngx_http_chat_table_give(ngx_http_chat_session_t *s)
{
    s->generation++;

    ngx_queue_remove(&s->queue);
    ngx_queue_insert_head(&ngx_http_chat_table_free, &s->queue);

    ngx_http_chat_table_used--;
}


uint64_t
ngx_http_chat_table_handle(const ngx_http_chat_session_t *s)
{
    return ((uint64_t) s->generation << 32) | s->slot;
}


ngx_http_chat_session_t *
ngx_http_chat_table_find(uint64_t handle)
{
    ngx_uint_t                slot;
    ngx_http_chat_session_t  *s;

    slot = (uint32_t) handle;

    if (slot >= ngx_http_chat_table_nchunks * NGX_HTTP_CHAT_TABLE_CHUNK) {
        return NULL;
    }

    s = ngx_http_chat_table_chunks[slot / NGX_HTTP_CHAT_TABLE_CHUNK]
        + slot % NGX_HTTP_CHAT_TABLE_CHUNK;

    if (s->generation != (uint32_t) (handle >> 32)
        || s->state > NGX_HTTP_CHAT_OPEN)
    {
        return NULL;
    }

    return s;
}


ngx_uint_t
ngx_http_chat_table_count(void)
{
    return ngx_http_chat_table_used;
}


ngx_http_chat_session_t *
ngx_http_chat_table_first(void)
{
    if (ngx_http_chat_table_used == 0) {
        return NULL;
    }

    return ngx_queue_data(ngx_queue_head(&ngx_http_chat_table_all),
                          ngx_http_chat_session_t, queue);
}


ngx_http_chat_session_t *
ngx_http_chat_table_next(const ngx_http_chat_session_t *s)
{
    ngx_queue_t  *q;

    q = ngx_queue_next(&s->queue);

    return (q == ngx_queue_sentinel(&ngx_http_chat_table_all))
           ? NULL : ngx_queue_data(q, ngx_http_chat_session_t, queue);
}


ngx_http_chat_session_t *
ngx_http_chat_table_from(ngx_uint_t slot)
{
    ngx_uint_t                n;
    ngx_http_chat_session_t  *s;

    n = ngx_http_chat_table_nchunks * NGX_HTTP_CHAT_TABLE_CHUNK;

    for ( /* void */ ; slot < n; slot++) {
        s = ngx_http_chat_table_chunks[slot / NGX_HTTP_CHAT_TABLE_CHUNK]
            + slot % NGX_HTTP_CHAT_TABLE_CHUNK;

        if (s->state == NGX_HTTP_CHAT_OPEN) {
            return s;
        }
    }

    return NULL;
}


ngx_http_chat_session_t *
ngx_http_chat_table_slowest(void)
{
    ngx_queue_t              *q;
    ngx_http_chat_session_t  *s, *slowest;

    slowest = NULL;

    if (ngx_http_chat_table_used == 0) {
        return NULL;
    }

    for (q = ngx_queue_head(&ngx_http_chat_table_all);
         q != ngx_queue_sentinel(&ngx_http_chat_table_all);
         q = ngx_queue_next(q))
    {
        s = ngx_queue_data(q, ngx_http_chat_session_t, queue);

        if (s->state == NGX_HTTP_CHAT_OPEN && !s->output.slow
            && !s->connection->write->ready
            && (slowest == NULL || s->output.queued > slowest->output.queued))
        {
            slowest = s;
        }
    }

    return slowest;
}


uint64_t *
ngx_http_chat_table_shuffled(void)
{
    uint64_t                 *handles, h;
    ngx_uint_t                i, k;
    ngx_queue_t              *q;

    handles = ngx_alloc((ngx_http_chat_table_used + 1) * sizeof(uint64_t),
                        ngx_cycle->log);
    if (handles == NULL || ngx_http_chat_table_used == 0) {
        return handles;
    }

    i = 0;

    for (q = ngx_queue_head(&ngx_http_chat_table_all);
         q != ngx_queue_sentinel(&ngx_http_chat_table_all);
         q = ngx_queue_next(q))
    {
        handles[i++] = ngx_http_chat_table_handle(
                           ngx_queue_data(q, ngx_http_chat_session_t, queue));
    }

    for (i = ngx_http_chat_table_used - 1; i > 0; i--) {
        k = (ngx_uint_t) ngx_random() % (i + 1);
        h = handles[i];
        handles[i] = handles[k];
        handles[k] = h;
    }

    return handles;
}


void
ngx_http_chat_table_destroy(void)
{
    while (ngx_http_chat_table_nchunks != 0) {
        ngx_http_chat_table_nchunks--;
        ngx_free(ngx_http_chat_table_chunks[ngx_http_chat_table_nchunks]);
    }

    ngx_free(ngx_http_chat_table_chunks);
    ngx_http_chat_table_chunks = NULL;
}


void
ngx_http_chat_random(u_char *p, size_t n)
{
    size_t  i;

    static const u_char  alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";

    for (i = 0; i < n; i++) {

        if (ngx_http_chat_random_left == 0) {
            ngx_http_chat_random_fill();
        }

        /* each byte serves once */

        p[i] = alphabet[ngx_http_chat_random_pool[
                                       --ngx_http_chat_random_left] & 31];
    }
}


static void
ngx_http_chat_random_fill(void)
{
    size_t   i;
    ssize_t  got;

    /* up to 256 bytes are never cut short, getrandom(2) */

    got = getrandom(ngx_http_chat_random_pool, NGX_HTTP_CHAT_RANDOM_POOL, 0);

    for (i = (size_t) ngx_max(got, 0); i < NGX_HTTP_CHAT_RANDOM_POOL; i++) {
        ngx_http_chat_random_pool[i] = (u_char) ngx_random();
    }

    ngx_http_chat_random_left = NGX_HTTP_CHAT_RANDOM_POOL;
}


void *
ngx_http_chat_memory(void *ctx, void *p, size_t size)
{
    void  *q;

    (void) ctx;

    if (size == 0) {
        free(p);
        return NULL;
    }

    q = realloc(p, size);

    if (q == NULL) {
        ngx_log_error(NGX_LOG_EMERG, ngx_cycle->log, ngx_errno,
                      "realloc(%uz) failed", size);
    }

    return q;
}
