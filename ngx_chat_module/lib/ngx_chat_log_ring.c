
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The embedded store's rings: adding a record to one, finding it by position.
 */


#include "ngx_chat_log_region.h"

#include <string.h>
#include <zlib.h>


static void *ngx_chat_log_byte(const ngx_chat_log_t *log,
    ngx_chat_log_ring_e ring, uint64_t pos);
static void ngx_chat_log_fill(ngx_chat_log_t *log, ngx_chat_log_ring_e ring,
    uint64_t pos, uint64_t length);


/*
 * What was reserved by a writer that died stays so: it may have overwritten
 * what lies behind the ring's size from there.
 */

ngx_chat_log_record_t *
ngx_chat_log_append(ngx_chat_log_t *log, ngx_chat_log_ring_e ring, size_t len)
{
    uint64_t                size, pos, left, total;
    ngx_chat_log_ring_t    *r;
    ngx_chat_log_record_t  *rec;

    r = &log->ring[ring];
    size = log->geometry.ring_size[ring];
    total = (sizeof(ngx_chat_log_record_t) + (uint64_t) len + 7) / 8 * 8;

    if (total > size / NGX_CHAT_LOG_PART) {
        return NULL;
    }

    pos = r->head;
    left = size - pos % size;

    if (left < total) {
        pos += left;
    }

    if (r->reserve < pos + total) {
        __atomic_store_n(&r->reserve, pos + total, __ATOMIC_RELAXED);
    }

    __atomic_thread_fence(__ATOMIC_RELEASE);
    ngx_chat_log_at("reserved");

    if (left < total && left >= sizeof(ngx_chat_log_record_t)) {
        ngx_chat_log_fill(log, ring, r->head, left);
        ngx_chat_log_at("filled");
    }

    rec = ngx_chat_log_byte(log, ring, pos);

    memset((unsigned char *) rec + total - 8, 0, 8);
    memset(rec, 0, sizeof(ngx_chat_log_record_t));

    rec->pos = pos;
    rec->length = (uint32_t) total;

    return rec;
}


/*
 * The ticks come after the head: a reader that has seen a tick finds the
 * records of all earlier ones in both rings.
 */

void
ngx_chat_log_commit(ngx_chat_log_t *log, ngx_chat_log_ring_e ring,
    ngx_chat_log_record_t *rec)
{
    rec->tick = log->ticks + 1;
    rec->crc = ngx_chat_log_crc(log, rec, rec->length);
    ngx_chat_log_at("written");

    __atomic_store_n(&log->ring[ring].head, rec->pos + rec->length,
                     __ATOMIC_RELEASE);
    ngx_chat_log_at("committed");

    __atomic_store_n(&log->ticks, rec->tick, __ATOMIC_RELEASE);
    ngx_chat_log_at("ticked");
}


const ngx_chat_log_record_t *
ngx_chat_log_record(const ngx_chat_log_t *log, ngx_chat_log_ring_e ring,
    uint64_t pos)
{
    uint64_t                      size;
    const ngx_chat_log_ring_t    *r;
    const ngx_chat_log_record_t  *rec;

    r = &log->ring[ring];
    size = log->geometry.ring_size[ring];

    if (pos >= r->head
        || r->reserve - pos > size
        || pos % 8 != 0
        || size - pos % size < sizeof(ngx_chat_log_record_t))
    {
        return NULL;
    }

    rec = ngx_chat_log_byte(log, ring, pos);

    if (!ngx_chat_log_plausible(rec, pos, size)
        || rec->length > r->head - pos)
    {
        return NULL;
    }

    return rec;
}


int
ngx_chat_log_plausible(const ngx_chat_log_record_t *rec, uint64_t pos,
    uint64_t size)
{
    uint64_t  least;

    least = sizeof(ngx_chat_log_record_t) + (uint64_t) rec->room_len
            + rec->wire_len;

    return rec->pos == pos
           && rec->length % 8 == 0
           && rec->length >= least
           && rec->length <= size / NGX_CHAT_LOG_PART
           && rec->length <= size - pos % size;
}


int
ngx_chat_log_whole(const ngx_chat_log_t *log, const ngx_chat_log_record_t *rec)
{
    return rec->crc == ngx_chat_log_crc(log, rec, rec->length);
}


const unsigned char *
ngx_chat_log_wire(const ngx_chat_log_record_t *rec)
{
    return (const unsigned char *) (rec + 1) + rec->room_len;
}


uint32_t
ngx_chat_log_crc(const ngx_chat_log_t *log, const void *bytes, size_t length)
{
    size_t                before, after;
    uLong                 crc;
    const unsigned char  *p;

    p = bytes;
    before = offsetof(ngx_chat_log_record_t, crc);
    after = offsetof(ngx_chat_log_record_t, tick);

    crc = (uLong) (ngx_chat_log_mix(log->key[0], log->key[1]) & 0xffffffff);
    crc = crc32(crc, p, (uInt) before);
    crc = crc32(crc, p + after, (uInt) (length - after));

    return (uint32_t) crc;
}


static void *
ngx_chat_log_byte(const ngx_chat_log_t *log, ngx_chat_log_ring_e ring,
    uint64_t pos)
{
    return (unsigned char *) log + log->geometry.ring_at[ring]
           + pos % log->geometry.ring_size[ring];
}


/* The end of a ring, where the next record does not fit. */

static void
ngx_chat_log_fill(ngx_chat_log_t *log, ngx_chat_log_ring_e ring, uint64_t pos,
    uint64_t length)
{
    ngx_chat_log_record_t  *rec;

    rec = ngx_chat_log_byte(log, ring, pos);

    memset(rec, 0, (size_t) length);

    rec->pos = pos;
    rec->length = (uint32_t) length;
    rec->pad = 1;
    rec->crc = ngx_chat_log_crc(log, rec, rec->length);
}
