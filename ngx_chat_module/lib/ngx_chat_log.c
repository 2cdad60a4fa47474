
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The embedded store: what is where in its region, and whether that is sound.
 */


#include "ngx_chat_log_region.h"

#include <string.h>


#define NGX_CHAT_LOG_MAGIC       0x676f6c2d74616863u        /* "chat-log" */

#define NGX_CHAT_LOG_LEAST       32768u                     /* bytes */
#define NGX_CHAT_LOG_MOST        ((uint64_t) 1 << 40)

#define NGX_CHAT_LOG_HEAD        ((sizeof(ngx_chat_log_t) + 63) / 64 * 64)

/* bytes of the log for each bucket of cids */
#define NGX_CHAT_LOG_PER_CID     256u

/* before the checksum */
#define NGX_CHAT_LOG_FIXED       (offsetof(ngx_chat_log_t, sum) / 8)


static uint64_t ngx_chat_log_layout(void);
static uint64_t ngx_chat_log_sum(const ngx_chat_log_t *log);


#if (NGX_CHAT_LOG_STEPS)
void (*ngx_chat_log_step)(const char *where);
#endif


size_t
ngx_chat_log_size(size_t record)
{
    uint64_t                 size;
    ngx_chat_log_geometry_t  geometry;

    if (record > NGX_CHAT_LOG_MOST / 64) {
        return SIZE_MAX;
    }

    /* the ring of news is the smaller one, and a fourth of the region */

    size = ((uint64_t) record + NGX_CHAT_LOG_AROUND) * NGX_CHAT_LOG_PART * 4;

    if (size < NGX_CHAT_LOG_LEAST) {
        size = NGX_CHAT_LOG_LEAST;
    }

    size += NGX_CHAT_LOG_HEAD;

    while (!ngx_chat_log_geometry(&geometry, (size_t) size)
           || ngx_chat_log_most(&geometry) < record)
    {
        size += 8;
    }

    return (size_t) size;
}


int
ngx_chat_log_init(ngx_chat_log_t *log, size_t size,
    const unsigned char seed[16])
{
    ngx_chat_log_geometry_t  geometry;

    if (!ngx_chat_log_geometry(&geometry, size)) {
        return 0;
    }

    log->dirty = 0;
    ngx_chat_log_reset(log, &geometry, seed, 1);

    return 1;
}


int
ngx_chat_log_check(const ngx_chat_log_t *log, size_t size)
{
    return size >= NGX_CHAT_LOG_HEAD
           && log->geometry.size == size
           && ngx_chat_log_sound(log);
}


size_t
ngx_chat_log_record_max(const ngx_chat_log_t *log)
{
    return (size_t) ngx_chat_log_most(&log->geometry);
}


uint64_t
ngx_chat_log_generation(const ngx_chat_log_t *log)
{
    return __atomic_load_n(&log->generation, __ATOMIC_ACQUIRE);
}


int
ngx_chat_log_begin(ngx_chat_log_t *log)
{
    if (log->dirty != 0 || !ngx_chat_log_sound(log)) {
        log->dirty = 1;
        return 0;
    }

    log->dirty = 1;
    ngx_chat_log_at("begun");

    return 1;
}


void
ngx_chat_log_end(ngx_chat_log_t *log)
{
    ngx_chat_log_at("done");

    if (log->broken == 0) {
        log->dirty = 0;
    }
}


void
ngx_chat_log_stat(const ngx_chat_log_t *log, ngx_chat_log_stat_t *stat)
{
    const uint64_t  *size;

    size = log->geometry.ring_size;

    stat->size = (size_t) log->geometry.size;
    stat->generation = log->generation;
    stat->cells = log->geometry.cells - 1;
    stat->cells_free = log->free;
    stat->cell_size = NGX_CHAT_LOG_CELL;
    stat->rooms = log->rooms;
    stat->rooms_idle = log->idle;
    stat->users = log->users;
    stat->rights = log->rights;
    stat->rights_damaged = log->damaged;
    stat->evicted = log->evicted;
    stat->log_size = size[NGX_CHAT_LOG_KEPT];
    stat->news_size = size[NGX_CHAT_LOG_NEWS];
    stat->log_head = log->ring[NGX_CHAT_LOG_KEPT].head
                     - size[NGX_CHAT_LOG_KEPT] * 2;
    stat->news_head = log->ring[NGX_CHAT_LOG_NEWS].head
                      - size[NGX_CHAT_LOG_NEWS] * 2;
}


/* The tables have a bucket for two cells; what is left over is the log's. */

int
ngx_chat_log_geometry(ngx_chat_log_geometry_t *geometry, size_t size)
{
    uint64_t  rest, at, end;

    if (size < NGX_CHAT_LOG_HEAD + NGX_CHAT_LOG_LEAST
        || size > NGX_CHAT_LOG_MOST)
    {
        return 0;
    }

    rest = size - NGX_CHAT_LOG_HEAD;
    at = NGX_CHAT_LOG_HEAD;
    end = size / 8 * 8;

    geometry->size = size;

    geometry->cells = rest / 4 / NGX_CHAT_LOG_CELL;
    geometry->rooms = geometry->cells / 4 * 2;
    geometry->users = geometry->rooms;
    geometry->cids = rest / 2 / NGX_CHAT_LOG_PER_CID;

    geometry->rooms_at = at;
    at += geometry->rooms * sizeof(uint32_t);

    geometry->users_at = at;
    at += geometry->users * sizeof(uint32_t);

    geometry->cids_at = at;
    at += geometry->cids * sizeof(uint64_t);

    geometry->cells_at = at;
    at += geometry->cells * NGX_CHAT_LOG_CELL;

    geometry->ring_at[NGX_CHAT_LOG_NEWS] = at;
    geometry->ring_size[NGX_CHAT_LOG_NEWS] = rest / 4 / 8 * 8;
    at += geometry->ring_size[NGX_CHAT_LOG_NEWS];

    geometry->ring_at[NGX_CHAT_LOG_KEPT] = at;
    geometry->ring_size[NGX_CHAT_LOG_KEPT] = end - at;

    return 1;
}


uint64_t
ngx_chat_log_most(const ngx_chat_log_geometry_t *geometry)
{
    uint64_t  size;

    size = geometry->ring_size[NGX_CHAT_LOG_NEWS];

    if (size > geometry->ring_size[NGX_CHAT_LOG_KEPT]) {
        size = geometry->ring_size[NGX_CHAT_LOG_KEPT];
    }

    return size / NGX_CHAT_LOG_PART - NGX_CHAT_LOG_AROUND;
}


int
ngx_chat_log_sound(const ngx_chat_log_t *log)
{
    unsigned                    i;
    uint64_t                    size;
    const ngx_chat_log_ring_t  *ring;
    ngx_chat_log_geometry_t     geometry;

    if (log->magic != NGX_CHAT_LOG_MAGIC
        || log->layout != ngx_chat_log_layout()
        || !ngx_chat_log_geometry(&geometry, (size_t) log->geometry.size)
        || memcmp(&geometry, &log->geometry, sizeof(geometry)) != 0
        || log->sum != ngx_chat_log_sum(log)
        || log->used == 0
        || log->used > geometry.cells)
    {
        return 0;
    }

    for (i = 0; i < NGX_CHAT_LOG_RINGS; i++) {
        size = geometry.ring_size[i];
        ring = &log->ring[i];

        if (ring->head < size * 2
            || ring->head % 8 != 0
            || ring->reserve % 8 != 0
            || ring->reserve < ring->head
            || ring->reserve - ring->head > size
            || ring->reserve > NGX_CHAT_LOG_FAR)
        {
            return 0;
        }
    }

    return 1;
}


/*
 * The generation comes first, so that no reader takes what is here meanwhile
 * for what it knows; the magic number is gone until all is done.
 */

void
ngx_chat_log_reset(ngx_chat_log_t *log,
    const ngx_chat_log_geometry_t *geometry, const unsigned char seed[16],
    uint64_t generation)
{
    unsigned        i;
    unsigned char  *p;

    p = (unsigned char *) log;

    log->magic = 0;
    ngx_chat_log_at("reset: not sound");

    __atomic_store_n(&log->generation, generation, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    ngx_chat_log_at("reset: generation");

    memset(p + offsetof(ngx_chat_log_t, ring), 0,
           NGX_CHAT_LOG_HEAD - offsetof(ngx_chat_log_t, ring));
    memset(p + geometry->rooms_at, 0,
           (size_t) (geometry->ring_at[NGX_CHAT_LOG_NEWS]
                     - geometry->rooms_at));

    ngx_chat_log_at("reset: cleared");

    log->layout = ngx_chat_log_layout();
    log->geometry = *geometry;
    memcpy(log->key, seed, sizeof(log->key));

    for (i = 0; i < NGX_CHAT_LOG_RINGS; i++) {
        log->ring[i].head = geometry->ring_size[i] * 2;
        log->ring[i].reserve = log->ring[i].head;
    }

    ngx_chat_log_cells_reset(log);
    log->broken = 0;
    log->magic = NGX_CHAT_LOG_MAGIC;

    ngx_chat_log_at("reset: summed");
    log->sum = ngx_chat_log_sum(log);
}


void
ngx_chat_log_clock(ngx_chat_log_t *log, int64_t now)
{
    if (now > log->clock) {
        log->clock = now;
    }
}


static uint64_t
ngx_chat_log_layout(void)
{
    uint64_t  sum;

    sum = ngx_chat_log_mix(0, NGX_CHAT_LOG_VERSION);
    sum = ngx_chat_log_mix(sum, sizeof(ngx_chat_log_t));
    sum = ngx_chat_log_mix(sum, sizeof(ngx_chat_log_record_t));
    sum = ngx_chat_log_mix(sum, NGX_CHAT_LOG_CELL);
    sum = ngx_chat_log_mix(sum, NGX_CHAT_LOG_SLOTS);

    return ngx_chat_log_mix(sum, NGX_CHAT_LOG_PART);
}


static uint64_t
ngx_chat_log_sum(const ngx_chat_log_t *log)
{
    size_t    i;
    uint64_t  sum, words[NGX_CHAT_LOG_FIXED];

    memcpy(words, log, sizeof(words));
    sum = 0;

    for (i = 0; i < NGX_CHAT_LOG_FIXED; i++) {
        sum = ngx_chat_log_mix(sum, words[i]);
    }

    return sum;
}
