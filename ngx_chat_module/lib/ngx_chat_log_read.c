
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The embedded store's readers: what is new for a slot, without the lock.
 *
 * A reader copies, and looks then whether the writers have overtaken it.  It
 * takes nothing that the ticks do not count yet: of what they count it finds
 * all, in both rings, and so the order in which it was written.
 */


#include "ngx_chat_log_change.h"

#include <string.h>


/* a fill or an end without one, and the record behind it */
#define NGX_CHAT_LOG_LOOKS  3


typedef struct {
    const ngx_chat_log_t     *log;
    ngx_chat_log_cursor_t    *cursor;
    ngx_chat_log_geometry_t   geometry;
    uint64_t                  ticks;
    uint64_t                 *pos[NGX_CHAT_LOG_RINGS];
    ngx_chat_log_record_t     head[NGX_CHAT_LOG_RINGS];   /* what is there */
    unsigned                  seen[NGX_CHAT_LOG_RINGS];   /* head is set */
} ngx_chat_log_reader_t;


static ngx_chat_log_rc_e ngx_chat_log_reader(ngx_chat_log_reader_t *reader,
    const ngx_chat_log_t *log, ngx_chat_log_cursor_t *cursor);
static ngx_chat_log_rc_e ngx_chat_log_next(ngx_chat_log_reader_t *reader,
    ngx_chat_log_ring_e *ring);
static ngx_chat_log_rc_e ngx_chat_log_look(ngx_chat_log_reader_t *reader,
    ngx_chat_log_ring_e ring);
static ngx_chat_log_rc_e ngx_chat_log_copy(ngx_chat_log_reader_t *reader,
    ngx_chat_log_ring_e ring, unsigned char *buf);
static ngx_chat_log_rc_e ngx_chat_log_still(ngx_chat_log_reader_t *reader,
    ngx_chat_log_ring_e ring);
static void ngx_chat_log_pass(ngx_chat_log_reader_t *reader,
    ngx_chat_log_ring_e ring);
static const unsigned char *ngx_chat_log_here(ngx_chat_log_reader_t *reader,
    ngx_chat_log_ring_e ring);


ngx_chat_log_rc_e
ngx_chat_log_read(const ngx_chat_log_t *log, ngx_chat_log_cursor_t *cursor,
    unsigned *budget, unsigned char *buf, ngx_chat_wire_t *rec)
{
    int                     gone;
    size_t                  room_len, wire_len;
    ngx_chat_log_rc_e       rc;
    ngx_chat_log_ring_e     ring;
    ngx_chat_log_record_t   copy;
    ngx_chat_log_reader_t   reader;

    rc = ngx_chat_log_reader(&reader, log, cursor);
    if (rc != NGX_CHAT_LOG_OK) {
        return rc;
    }

    while (*budget > 0) {
        rc = ngx_chat_log_next(&reader, &ring);
        if (rc != NGX_CHAT_LOG_OK) {
            return rc;
        }

        if (!ngx_chat_log_slot_is(&reader.head[ring].slots, cursor->slot)) {
            ngx_chat_log_pass(&reader, ring);
            (*budget)--;
            continue;
        }

        rc = ngx_chat_log_copy(&reader, ring, buf);

        if (rc == NGX_CHAT_LOG_NONE) {
            /* its text is being taken away: the log has what stays */

            ngx_chat_log_pass(&reader, ring);
            (*budget)--;
            continue;
        }

        if (rc != NGX_CHAT_LOG_OK) {
            return rc;
        }

        memcpy(&copy, buf, sizeof(ngx_chat_log_record_t));
        gone = ngx_chat_log_erased(log, &copy);

        room_len = reader.head[ring].room_len;
        wire_len = reader.head[ring].wire_len;
        ngx_chat_log_pass(&reader, ring);

        buf += sizeof(ngx_chat_log_record_t);

        if (ngx_chat_wire_parse(rec, buf + room_len, wire_len)) {
            rec->room.data = buf;
            rec->room.len = room_len;

            if (gone) {
                ngx_chat_log_blank(rec);
            }

            return NGX_CHAT_LOG_OK;
        }

        /* its writer's fault: it would not be better after a rebuild() */

        buf -= sizeof(ngx_chat_log_record_t);
        (*budget)--;
    }

    return NGX_CHAT_LOG_NONE;
}


int
ngx_chat_log_unread(const ngx_chat_log_t *log,
    const ngx_chat_log_cursor_t *cursor)
{
    return ngx_chat_log_generation(log) != cursor->generation
           || __atomic_load_n(&log->ticks, __ATOMIC_ACQUIRE) != cursor->tick;
}


static ngx_chat_log_rc_e
ngx_chat_log_reader(ngx_chat_log_reader_t *reader, const ngx_chat_log_t *log,
    ngx_chat_log_cursor_t *cursor)
{
    if (ngx_chat_log_generation(log) != cursor->generation
        || !ngx_chat_log_geometry(&reader->geometry, cursor->size))
    {
        return NGX_CHAT_LOG_LOST;
    }

    reader->log = log;
    reader->cursor = cursor;
    reader->ticks = __atomic_load_n(&log->ticks, __ATOMIC_ACQUIRE);

    reader->pos[NGX_CHAT_LOG_NEWS] = &cursor->news;
    reader->pos[NGX_CHAT_LOG_KEPT] = &cursor->log;
    reader->seen[NGX_CHAT_LOG_NEWS] = 0;
    reader->seen[NGX_CHAT_LOG_KEPT] = 0;

    return NGX_CHAT_LOG_OK;
}


/* The ring whose next record was written first. */

static ngx_chat_log_rc_e
ngx_chat_log_next(ngx_chat_log_reader_t *reader, ngx_chat_log_ring_e *ring)
{
    ngx_chat_log_rc_e  news, kept;

    news = ngx_chat_log_look(reader, NGX_CHAT_LOG_NEWS);
    kept = ngx_chat_log_look(reader, NGX_CHAT_LOG_KEPT);

    if (news != NGX_CHAT_LOG_OK && news != NGX_CHAT_LOG_NONE) {
        return news;
    }

    if (kept != NGX_CHAT_LOG_OK && kept != NGX_CHAT_LOG_NONE) {
        return kept;
    }

    if (news == NGX_CHAT_LOG_NONE && kept == NGX_CHAT_LOG_NONE) {
        reader->cursor->tick = reader->ticks;
        return NGX_CHAT_LOG_NONE;
    }

    if (news == NGX_CHAT_LOG_OK
        && (kept == NGX_CHAT_LOG_NONE
            || reader->head[NGX_CHAT_LOG_NEWS].tick
               < reader->head[NGX_CHAT_LOG_KEPT].tick))
    {
        *ring = NGX_CHAT_LOG_NEWS;

    } else {
        *ring = NGX_CHAT_LOG_KEPT;
    }

    return NGX_CHAT_LOG_OK;
}


static ngx_chat_log_rc_e
ngx_chat_log_look(ngx_chat_log_reader_t *reader, ngx_chat_log_ring_e ring)
{
    unsigned                i;
    uint64_t                head, size, left, ticks, *pos;
    ngx_chat_log_rc_e       rc;
    ngx_chat_log_record_t  *rec;

    pos = reader->pos[ring];
    rec = &reader->head[ring];
    size = reader->geometry.ring_size[ring];

    for (i = 0; i < NGX_CHAT_LOG_LOOKS && !reader->seen[ring]; i++) {
        head = __atomic_load_n(&reader->log->ring[ring].head,
                               __ATOMIC_ACQUIRE);

        if (head == *pos) {
            rc = ngx_chat_log_still(reader, ring);
            return (rc == NGX_CHAT_LOG_OK) ? NGX_CHAT_LOG_NONE : rc;
        }

        left = size - *pos % size;

        if (left < sizeof(ngx_chat_log_record_t)) {
            *pos += left;
            continue;
        }

        memcpy(rec, ngx_chat_log_here(reader, ring),
               sizeof(ngx_chat_log_record_t));

        rc = ngx_chat_log_still(reader, ring);
        if (rc != NGX_CHAT_LOG_OK) {
            return rc;
        }

        if (head - *pos > size
            || rec->length > head - *pos
            || !ngx_chat_log_plausible(rec, *pos, size))
        {
            return NGX_CHAT_LOG_BROKEN;
        }

        if (rec->pad) {
            *pos += rec->length;

        } else {
            reader->seen[ring] = 1;
        }
    }

    if (!reader->seen[ring]) {
        return NGX_CHAT_LOG_BROKEN;
    }

    if (rec->tick <= reader->ticks) {
        return NGX_CHAT_LOG_OK;
    }

    /* of what was committed, the last record alone may not be counted yet */

    ticks = __atomic_load_n(&reader->log->ticks, __ATOMIC_ACQUIRE);

    return (rec->tick - 1 <= ticks) ? NGX_CHAT_LOG_NONE : NGX_CHAT_LOG_BROKEN;
}


/* NONE: it is of a text that is being overwritten. */

static ngx_chat_log_rc_e
ngx_chat_log_copy(ngx_chat_log_reader_t *reader, ngx_chat_log_ring_e ring,
    unsigned char *buf)
{
    size_t                        length;
    uint32_t                      crc;
    ngx_chat_log_rc_e             rc;
    ngx_chat_log_record_t        *rec;
    const ngx_chat_log_record_t  *now;

    rec = &reader->head[ring];
    length = rec->length;

    if (length > ngx_chat_log_most(&reader->geometry) + NGX_CHAT_LOG_AROUND) {
        return NGX_CHAT_LOG_BROKEN;
    }

    now = (const void *) ngx_chat_log_here(reader, ring);

    memcpy(buf, now, length);
    crc = ngx_chat_log_crc(reader->log, buf, length);

    rc = ngx_chat_log_still(reader, ring);

    if (rc != NGX_CHAT_LOG_OK || crc == rec->crc) {
        return rc;
    }

    rc = ngx_chat_log_erased(reader->log, now) ? NGX_CHAT_LOG_NONE
                                               : NGX_CHAT_LOG_BROKEN;

    /* or what is there is another one by now */

    return (ngx_chat_log_still(reader, ring) == NGX_CHAT_LOG_OK)
           ? rc : NGX_CHAT_LOG_LOST;
}


/* Whether what was read before this call was still there at the time. */

static ngx_chat_log_rc_e
ngx_chat_log_still(ngx_chat_log_reader_t *reader, ngx_chat_log_ring_e ring)
{
    uint64_t  reserve;

    __atomic_thread_fence(__ATOMIC_ACQUIRE);

    reserve = __atomic_load_n(&reader->log->ring[ring].reserve,
                              __ATOMIC_RELAXED);

    if (reserve - *reader->pos[ring] > reader->geometry.ring_size[ring]
        || ngx_chat_log_generation(reader->log) != reader->cursor->generation)
    {
        return NGX_CHAT_LOG_LOST;
    }

    return NGX_CHAT_LOG_OK;
}


static void
ngx_chat_log_pass(ngx_chat_log_reader_t *reader, ngx_chat_log_ring_e ring)
{
    *reader->pos[ring] += reader->head[ring].length;
    reader->cursor->tick = reader->head[ring].tick;
    reader->seen[ring] = 0;
}


static const unsigned char *
ngx_chat_log_here(ngx_chat_log_reader_t *reader, ngx_chat_log_ring_e ring)
{
    return (const unsigned char *) reader->log
           + reader->geometry.ring_at[ring]
           + *reader->pos[ring] % reader->geometry.ring_size[ring];
}
