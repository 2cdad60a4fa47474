
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The embedded store's history: a part of a room's chain of records.
 *
 * The chain goes by ordinals, which have no holes: a record leads to the one
 * before it, and by its jump to one far back.  What is not where a link leads
 * to has been overwritten or is damaged, and nothing older is there.
 */


#include "ngx_chat_log_change.h"

#include <string.h>


/* steps to any record: three for each bit of an ordinal, and some */
#define NGX_CHAT_LOG_STEPS_MAX  200

/* records found damaged by one call; then nothing is left of the chain */
#define NGX_CHAT_LOG_BAD_MAX    16

/* bytes of JSON around what a record holds */
#define NGX_CHAT_LOG_JSON       100


typedef struct {
    ngx_chat_log_t               *log;
    ngx_chat_log_room_t          *room;
    const ngx_chat_log_query_t   *query;
    ngx_chat_log_page_t          *page;
    int64_t                       time;      /* of the oldest allowed */
    uint64_t                      least;     /* ordinal of the same */
    const ngx_chat_log_record_t  *first;     /* of what is there, or NULL */
    const ngx_chat_log_record_t  *last;
} ngx_chat_log_walk_t;


static void ngx_chat_log_kept(ngx_chat_log_walk_t *walk);
static int ngx_chat_log_page(ngx_chat_log_walk_t *walk, unsigned other);
static int ngx_chat_log_page_after(ngx_chat_log_walk_t *walk);
static int ngx_chat_log_page_before(ngx_chat_log_walk_t *walk,
    uint64_t number);
static int ngx_chat_log_page_fill(ngx_chat_log_walk_t *walk,
    const ngx_chat_log_record_t *rec, uint64_t n, int forward);
static int ngx_chat_log_page_copy(ngx_chat_log_walk_t *walk, size_t i,
    size_t n, int forward);
static int ngx_chat_log_bad(ngx_chat_log_walk_t *walk, uint64_t ord);
static void ngx_chat_log_bounds(ngx_chat_log_walk_t *walk);
static const ngx_chat_log_record_t *ngx_chat_log_seek(
    const ngx_chat_log_walk_t *walk, uint64_t seq, uint64_t ord);
static const ngx_chat_log_record_t *ngx_chat_log_back(
    const ngx_chat_log_walk_t *walk, const ngx_chat_log_record_t *from);
static const ngx_chat_log_record_t *ngx_chat_log_there(
    const ngx_chat_log_walk_t *walk, uint64_t pos, uint64_t ord);
static size_t ngx_chat_log_cost(const ngx_chat_log_record_t *rec);


ngx_chat_log_rc_e
ngx_chat_log_history(const ngx_chat_log_caller_t *caller,
    const ngx_chat_str_t *room, const ngx_chat_log_query_t *query,
    ngx_chat_log_page_t *page)
{
    size_t               i;
    unsigned             bad, other;
    ngx_chat_log_rc_e    rc;
    ngx_chat_log_walk_t  walk;

    memset(&walk, 0, sizeof(walk));
    walk.log = caller->log;
    walk.query = query;
    walk.page = page;

    ngx_chat_log_clock(walk.log, caller->now);

    rc = ngx_chat_log_room_make(walk.log, room, &walk.room);

    if (rc == NGX_CHAT_LOG_OK) {
        rc = ngx_chat_log_room_touch(walk.log, walk.room);
    }

    if (rc != NGX_CHAT_LOG_OK) {
        return rc;
    }

    if (!ngx_chat_log_room_trusted(walk.room)) {
        return ngx_chat_log_broken(walk.log);
    }

    rc = ngx_chat_log_rules_read(walk.log, walk.room, room, &page->conf);
    if (rc != NGX_CHAT_LOG_OK) {
        return rc;
    }

    page->top = walk.room->seq;
    ngx_chat_log_epoch(walk.room, page->epoch, &page->epoch_len);

    other = query->epoch.len != 0
            && (query->epoch.len != page->epoch_len
                || memcmp(query->epoch.data, page->epoch, page->epoch_len)
                   != 0);

    ngx_chat_log_kept(&walk);

    for (bad = 0; !ngx_chat_log_page(&walk, other); bad++) {
        if (bad == NGX_CHAT_LOG_BAD_MAX) {
            walk.least = walk.room->ord + 1;
        }
    }

    for (i = 0; i < page->n; i++) {
        page->recs[i].room = *room;
    }

    return NGX_CHAT_LOG_OK;
}


static void
ngx_chat_log_kept(ngx_chat_log_walk_t *walk)
{
    const ngx_chat_log_keep_t  *keep;

    keep = &walk->query->keep;

    walk->time = walk->log->clock - keep->time;
    walk->least = 1;

    if (walk->room->ord > keep->count) {
        walk->least = walk->room->ord - keep->count + 1;
    }
}


const ngx_chat_log_record_t *
ngx_chat_log_entry(const ngx_chat_log_change_t *change, uint64_t seq,
    uint64_t *floor)
{
    ngx_chat_log_walk_t           walk;
    ngx_chat_log_query_t          query;
    const ngx_chat_log_record_t  *rec;

    memset(&walk, 0, sizeof(walk));
    memset(&query, 0, sizeof(query));

    query.keep = *change->keep;
    walk.query = &query;
    walk.log = change->caller->log;
    walk.room = change->room;

    ngx_chat_log_kept(&walk);
    ngx_chat_log_bounds(&walk);

    *floor = (walk.first != NULL) ? walk.first->seq : walk.room->seq + 1;

    rec = ngx_chat_log_seek(&walk, seq, 0);

    return (rec != NULL && rec->seq == seq
            && ngx_chat_log_whole(walk.log, rec))
           ? rec : NULL;
}


/* Returns 0 to be called again: a record is damaged, the chain is shorter. */

static int
ngx_chat_log_page(ngx_chat_log_walk_t *walk, unsigned other)
{
    ngx_chat_log_page_t         *page;
    const ngx_chat_log_query_t  *query;

    page = walk->page;
    query = walk->query;

    ngx_chat_log_bounds(walk);

    if (walk->first != NULL && !ngx_chat_log_whole(walk->log, walk->first)) {
        return ngx_chat_log_bad(walk, walk->first->ord);
    }

    page->floor = (walk->first != NULL) ? walk->first->seq : page->top + 1;
    page->other = 0;
    page->whole = 0;
    page->more = 0;
    page->n = 0;

    if (query->part == NGX_CHAT_LOG_AFTER
        || query->part == NGX_CHAT_LOG_RESUME)
    {
        if (!other && !ngx_chat_log_page_after(walk)) {
            return 0;
        }

        if (page->whole) {
            return 1;
        }
    }

    if (query->part == NGX_CHAT_LOG_RESUME) {
        return ngx_chat_log_page_before(walk, ~(uint64_t) 0);
    }

    page->other = other & 1;

    if (other || query->part == NGX_CHAT_LOG_AFTER) {
        return 1;
    }

    page->whole = 1;

    return ngx_chat_log_page_before(walk,
                                    (query->part == NGX_CHAT_LOG_BEFORE)
                                    ? query->number : ~(uint64_t) 0);
}


/* whole is set, or nothing else. */

static int
ngx_chat_log_page_after(ngx_chat_log_walk_t *walk)
{
    uint64_t                      n, number;
    ngx_chat_log_page_t          *page;
    const ngx_chat_log_record_t  *rec, *end;

    page = walk->page;
    number = walk->query->number;

    if (number >= page->top) {
        page->whole = (number == page->top);
        return 1;
    }

    end = walk->last;
    rec = ngx_chat_log_seek(walk, number + 1, 0);

    if (end == NULL || rec == NULL || rec->seq != number + 1) {
        return 1;
    }

    page->whole = 1;
    n = end->ord - rec->ord + 1;

    if (n > walk->query->limit) {
        n = walk->query->limit;
        page->more = 1;

        if (n == 0) {
            return 1;
        }

        end = ngx_chat_log_seek(walk, 0, rec->ord + n - 1);

        if (end == NULL || end->ord != rec->ord + n - 1) {
            return ngx_chat_log_bad(walk, rec->ord + n - 1);
        }
    }

    return ngx_chat_log_page_fill(walk, end, n, 1);
}


static int
ngx_chat_log_page_before(ngx_chat_log_walk_t *walk, uint64_t number)
{
    uint64_t                      n;
    const ngx_chat_log_record_t  *rec;

    rec = walk->last;

    if (rec == NULL || walk->first == NULL || number <= walk->first->seq) {
        return 1;
    }

    if (rec->seq >= number) {
        rec = ngx_chat_log_seek(walk, number, 0);

        if (rec->ord <= walk->first->ord) {
            return 1;
        }

        if (ngx_chat_log_back(walk, rec) == NULL) {
            return ngx_chat_log_bad(walk, rec->ord - 1);
        }

        rec = ngx_chat_log_back(walk, rec);
    }

    n = rec->ord - walk->first->ord + 1;

    if (n > walk->query->limit) {
        n = walk->query->limit;
        walk->page->more = 1;

        if (n == 0) {
            return 1;
        }
    }

    return ngx_chat_log_page_fill(walk, rec, n, 0);
}


/*
 * The n records that end with rec.  recs keep their positions at first, for
 * the chain leads backwards only; the size is counted from the oldest one if
 * forward, else from the newest one.
 */

static int
ngx_chat_log_page_fill(ngx_chat_log_walk_t *walk,
    const ngx_chat_log_record_t *rec, uint64_t n, int forward)
{
    size_t            i, size;
    uint64_t          ord;
    ngx_chat_wire_t  *recs;

    recs = walk->page->recs;
    size = 0;

    for (i = (size_t) n; i > 0; i--) {
        size += ngx_chat_log_cost(rec);

        if (!forward && i < n && size > walk->query->size) {
            walk->page->more = 1;
            break;
        }

        recs[i - 1].seq = rec->pos;
        ord = rec->ord;

        if (i > 1) {
            rec = ngx_chat_log_back(walk, rec);
            if (rec == NULL) {
                return ngx_chat_log_bad(walk, ord - 1);
            }
        }
    }

    return ngx_chat_log_page_copy(walk, i, (size_t) n, forward);
}


/* recs i to n are positions, and become the first records. */

static int
ngx_chat_log_page_copy(ngx_chat_log_walk_t *walk, size_t i, size_t n,
    int forward)
{
    size_t                        size;
    unsigned char                *p;
    ngx_chat_wire_t              *to;
    ngx_chat_log_page_t          *page;
    const ngx_chat_log_record_t  *rec;

    page = walk->page;
    p = page->buf;
    size = 0;

    for ( /* void */ ; i < n; i++) {
        rec = ngx_chat_log_record(walk->log, NGX_CHAT_LOG_KEPT,
                                  page->recs[i].seq);
        if (rec == NULL) {
            return ngx_chat_log_bad(walk, walk->room->ord);
        }

        size += ngx_chat_log_cost(rec);

        if (forward && page->n > 0 && size > walk->query->size) {
            page->more = 1;
            return 1;
        }

        if (!ngx_chat_log_whole(walk->log, rec)) {
            return ngx_chat_log_bad(walk, rec->ord);
        }

        memcpy(p, ngx_chat_log_wire(rec), rec->wire_len);
        to = &page->recs[page->n];

        if (!ngx_chat_wire_parse(to, p, rec->wire_len)) {
            return ngx_chat_log_bad(walk, rec->ord);
        }

        if (ngx_chat_log_erased(walk->log, rec)) {
            ngx_chat_log_blank(to);
        }

        p += rec->wire_len;
        page->n++;
    }

    return 1;
}


static int
ngx_chat_log_bad(ngx_chat_log_walk_t *walk, uint64_t ord)
{
    walk->least = ord + 1;

    return 0;
}


static void
ngx_chat_log_bounds(ngx_chat_log_walk_t *walk)
{
    walk->first = NULL;
    walk->last = NULL;

    if (walk->query->keep.count != 0) {
        walk->last = ngx_chat_log_there(walk, walk->room->last,
                                        walk->room->ord);
        walk->first = ngx_chat_log_seek(walk, 0, 0);
    }
}


/* The oldest record that has at least that number, and at least that ordinal;
   NULL if the last one has not. */

static const ngx_chat_log_record_t *
ngx_chat_log_seek(const ngx_chat_log_walk_t *walk, uint64_t seq, uint64_t ord)
{
    unsigned                      left;
    const ngx_chat_log_record_t  *rec, *next;

    rec = walk->last;

    if (rec == NULL || rec->seq < seq || rec->ord < ord) {
        return NULL;
    }

    for (left = NGX_CHAT_LOG_STEPS_MAX; left > 0; left--) {
        next = ngx_chat_log_there(walk, rec->jump,
                                  ngx_chat_log_skew(rec->ord));

        if (next == NULL || next->seq < seq || next->ord < ord) {
            next = ngx_chat_log_back(walk, rec);
        }

        if (next == NULL || next->seq < seq || next->ord < ord) {
            break;
        }

        rec = next;
    }

    return rec;
}


static const ngx_chat_log_record_t *
ngx_chat_log_back(const ngx_chat_log_walk_t *walk,
    const ngx_chat_log_record_t *from)
{
    return ngx_chat_log_there(walk, from->back, from->ord - 1);
}


/* What may be read: its checksum is seen when it is. */

static const ngx_chat_log_record_t *
ngx_chat_log_there(const ngx_chat_log_walk_t *walk, uint64_t pos, uint64_t ord)
{
    const ngx_chat_log_record_t  *rec;

    rec = ngx_chat_log_record(walk->log, NGX_CHAT_LOG_KEPT, pos);

    if (rec == NULL
        || rec->ord != ord
        || rec->ord < walk->least
        || rec->time < walk->time
        || rec->epoch != walk->room->epoch)
    {
        return NULL;
    }

    return rec;
}


/* As the page counts it: what the record's sender has written, and some. */

static size_t
ngx_chat_log_cost(const ngx_chat_log_record_t *rec)
{
    const unsigned char  *wire, *end;

    wire = ngx_chat_log_wire(rec);
    end = memchr(wire, '\n', rec->wire_len);

    if (end == NULL) {
        return rec->wire_len + NGX_CHAT_LOG_JSON;
    }

    return rec->wire_len - (size_t) (end + 1 - wire) + NGX_CHAT_LOG_JSON;
}
