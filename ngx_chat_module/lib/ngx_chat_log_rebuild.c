
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The embedded store's recovery: everything but rooms and committed records
 * is made anew from these.
 *
 * It may be ended at any step, and begun again.  The numbers in a room's cell
 * may be torn only if the newest record that has a number is the room's: that
 * was written just before them.  They are had from the records then.  Of any
 * other room it is not known whether its newest record is still there: it is
 * forgotten.  What a cell says is overwritten only by what is newer, so that
 * the same holds if that ends, too.
 */


#include "ngx_chat_log_change.h"

#include <string.h>


/* a ring is summed so many times over at most, whatever is in it */
#define NGX_CHAT_LOG_EFFORT  4


typedef struct {
    ngx_chat_log_t      *log;
    size_t               lost;         /* rooms */
    uint64_t             ticks;
    int64_t              clock;
    uint64_t             effort;       /* bytes that may still be summed */
    uint64_t             newest;       /* tick of one that has a number */
    uint64_t             epoch;        /* of the same */
    uint64_t             torn;         /* epoch of the room that is */
    int                  whole[NGX_CHAT_LOG_RINGS];
} ngx_chat_log_rebuild_t;


static size_t ngx_chat_log_anew(ngx_chat_log_t *log,
    const ngx_chat_log_geometry_t *geometry, const unsigned char seed[16]);
static void ngx_chat_log_rebuild_cells(ngx_chat_log_rebuild_t *b);
static int ngx_chat_log_rebuild_room(ngx_chat_log_t *log,
    ngx_chat_log_room_t *room);
static int ngx_chat_log_rebuild_more(const ngx_chat_log_t *log,
    const ngx_chat_log_more_t *more);
static void ngx_chat_log_rebuild_link(ngx_chat_log_rebuild_t *b);
static void ngx_chat_log_rebuild_wipe(ngx_chat_log_t *log,
    ngx_chat_log_ring_e ring);
static void ngx_chat_log_rebuild_scan(ngx_chat_log_rebuild_t *b,
    ngx_chat_log_ring_e ring);
static const ngx_chat_log_record_t *ngx_chat_log_rebuild_record(
    ngx_chat_log_rebuild_t *b, ngx_chat_log_ring_e ring, uint64_t pos);
static void ngx_chat_log_rebuild_add(ngx_chat_log_rebuild_t *b,
    ngx_chat_log_ring_e ring, const ngx_chat_log_record_t *rec);
static void ngx_chat_log_rebuild_count(ngx_chat_log_rebuild_t *b,
    ngx_chat_log_room_t *room, const ngx_chat_log_record_t *rec);
static int ngx_chat_log_rebuild_torn(ngx_chat_log_rebuild_t *b);
static void ngx_chat_log_rebuild_forget(ngx_chat_log_rebuild_t *b);
static void ngx_chat_log_rebuild_heal(ngx_chat_log_rebuild_t *b,
    ngx_chat_log_ring_e ring);


size_t
ngx_chat_log_rebuild(ngx_chat_log_t *log, size_t size,
    const unsigned char seed[16])
{
    ngx_chat_log_rebuild_t   b;
    ngx_chat_log_geometry_t  geometry;

    if (!ngx_chat_log_geometry(&geometry, size)) {
        return 0;
    }

    log->dirty = 1;
    ngx_chat_log_at("rebuild");

    if (!ngx_chat_log_check(log, size)) {
        return ngx_chat_log_anew(log, &geometry, seed);
    }

    memset(&b, 0, sizeof(b));
    b.log = log;

    __atomic_store_n(&log->generation, log->generation + 1, __ATOMIC_RELEASE);
    ngx_chat_log_at("rebuild: generation");

    ngx_chat_log_rebuild_cells(&b);
    ngx_chat_log_rebuild_link(&b);

    ngx_chat_log_rebuild_wipe(log, NGX_CHAT_LOG_NEWS);
    ngx_chat_log_rebuild_wipe(log, NGX_CHAT_LOG_KEPT);

    ngx_chat_log_rebuild_scan(&b, NGX_CHAT_LOG_NEWS);
    ngx_chat_log_rebuild_scan(&b, NGX_CHAT_LOG_KEPT);

    if (ngx_chat_log_rebuild_torn(&b)) {
        ngx_chat_log_rebuild_scan(&b, NGX_CHAT_LOG_NEWS);
        ngx_chat_log_rebuild_scan(&b, NGX_CHAT_LOG_KEPT);
    }

    ngx_chat_log_rebuild_forget(&b);
    ngx_chat_log_cells_reset(log);

    log->clock = b.clock;
    __atomic_store_n(&log->ticks, b.ticks, __ATOMIC_RELEASE);
    ngx_chat_log_at("rebuild: ticks");

    ngx_chat_log_rebuild_heal(&b, NGX_CHAT_LOG_NEWS);
    ngx_chat_log_rebuild_heal(&b, NGX_CHAT_LOG_KEPT);

    log->broken = 0;

    return b.lost;
}


/*
 * Nothing is believed of a head that is not sound.  The generation is random,
 * so that it is none that a process may know.
 */

static size_t
ngx_chat_log_anew(ngx_chat_log_t *log,
    const ngx_chat_log_geometry_t *geometry, const unsigned char seed[16])
{
    size_t                      lost;
    uint64_t                    i, generation, words[2];
    const unsigned char        *cells;
    const ngx_chat_log_cell_t  *cell;

    memcpy(words, seed, sizeof(words));

    generation = log->generation % NGX_CHAT_LOG_FAR + 1
                 + (ngx_chat_log_mix(words[0], words[1]) & 0xffffffff);

    cells = (const unsigned char *) log + geometry->cells_at;
    lost = 0;

    for (i = 1; i < geometry->cells; i++) {
        cell = (const void *) (cells + i * NGX_CHAT_LOG_CELL);
        lost += (cell->kind == NGX_CHAT_LOG_ROOM);
    }

    ngx_chat_log_reset(log, geometry, seed, generation);

    return lost;
}


static void
ngx_chat_log_rebuild_cells(ngx_chat_log_rebuild_t *b)
{
    uint64_t              i;
    ngx_chat_log_t       *log;
    ngx_chat_log_room_t  *room;
    ngx_chat_log_more_t  *more;
    ngx_chat_log_cell_t  *cell;

    log = b->log;

    for (i = 1; i < log->geometry.cells; i++) {
        room = ngx_chat_log_cell(log, i, NGX_CHAT_LOG_ROOM);

        if (room != NULL && !ngx_chat_log_rebuild_room(log, room)) {
            room->cell.kind = NGX_CHAT_LOG_FREE;
            b->lost++;
        }

        ngx_chat_log_at("rebuild: room");
    }

    ngx_chat_log_rebuild_rights(log);

    for (i = 1; i < log->geometry.cells; i++) {
        room = ngx_chat_log_cell(log, i, NGX_CHAT_LOG_ROOM);
        more = ngx_chat_log_cell(log, i, NGX_CHAT_LOG_MORE);

        cell = ngx_chat_log_any(log, i);

        if (room == NULL
            && cell->kind != NGX_CHAT_LOG_RULES
            && cell->kind != NGX_CHAT_LOG_RIGHT
            && (more == NULL || !ngx_chat_log_rebuild_more(log, more)))
        {
            cell->kind = NGX_CHAT_LOG_FREE;
        }

        ngx_chat_log_at("rebuild: cell");
    }
}


static int
ngx_chat_log_rebuild_room(ngx_chat_log_t *log, ngx_chat_log_room_t *room)
{
    unsigned char        buf[NGX_CHAT_LOG_ROOM_MAX];
    ngx_chat_str_t       name;
    ngx_chat_log_text_t  text;

    room->cell.idle = 0;
    room->users = 0;
    room->first = 0;
    room->chain = 0;
    room->rules = 0;
    memset(&room->slots, 0, sizeof(room->slots));

    if (!ngx_chat_log_room_name(log, room, buf, &name)
        || name.len == 0
        || room->sum != ngx_chat_log_room_sum(log, room, &name))
    {
        return 0;
    }

    ngx_chat_log_text_room(&text, room);
    ngx_chat_log_text_end(log, &text);

    return 1;
}


/* Whether one of the rooms or rights that are left has it. */

static int
ngx_chat_log_rebuild_more(const ngx_chat_log_t *log,
    const ngx_chat_log_more_t *more)
{
    size_t                      n;
    uint32_t                    index;
    ngx_chat_log_text_t         text;
    ngx_chat_log_room_t        *room;
    ngx_chat_log_right_t       *right;
    const ngx_chat_log_more_t  *other;

    room = ngx_chat_log_cell(log, more->owner, NGX_CHAT_LOG_ROOM);
    right = ngx_chat_log_cell(log, more->owner, NGX_CHAT_LOG_RIGHT);

    if (room != NULL) {
        ngx_chat_log_text_room(&text, room);

    } else if (right != NULL) {
        ngx_chat_log_text_right(&text, right);

    } else {
        return 0;
    }

    index = text.cell->next;

    for (n = ngx_chat_log_text_more(text.size, text.cell->len); n > 0; n--) {
        other = ngx_chat_log_cell(log, index, NGX_CHAT_LOG_MORE);

        if (other == NULL || other == more) {
            return other != NULL;
        }

        index = other->cell.next;
    }

    return 0;
}


static void
ngx_chat_log_rebuild_link(ngx_chat_log_rebuild_t *b)
{
    uint64_t              i;
    unsigned char        *p;
    ngx_chat_log_t       *log;
    ngx_chat_log_room_t  *room;
    ngx_chat_log_text_t   text;

    log = b->log;
    p = (unsigned char *) log;

    memset(p + log->geometry.rooms_at, 0,
           (size_t) (log->geometry.cells_at - log->geometry.rooms_at));

    log->rooms = 0;
    log->idle = 0;
    log->users = 0;
    log->rights = 0;
    log->look = 0;
    log->oldest = 0;
    log->newest = 0;
    ngx_chat_log_at("rebuild: cleared");

    for (i = 1; i < log->geometry.cells; i++) {
        room = ngx_chat_log_cell(log, i, NGX_CHAT_LOG_ROOM);

        if (room == NULL) {
            continue;
        }

        if (ngx_chat_log_room_link(log, room)) {
            log->rooms++;
            continue;
        }

        ngx_chat_log_text_room(&text, room);
        ngx_chat_log_text_drop(log, &text);
        room->cell.kind = NGX_CHAT_LOG_FREE;
        b->lost++;
    }

    ngx_chat_log_rebuild_link_rights(log);

    for (i = 1; i < log->geometry.cells; i++) {
        room = ngx_chat_log_cell(log, i, NGX_CHAT_LOG_ROOM);

        if (room != NULL) {
            (void) ngx_chat_log_room_touch(log, room);
        }
    }
}


/* What was begun and never committed must not be found by any later scan. */

static void
ngx_chat_log_rebuild_wipe(ngx_chat_log_t *log, ngx_chat_log_ring_e ring)
{
    uint64_t        pos, size, left, end;
    unsigned char  *p;

    size = log->geometry.ring_size[ring];
    p = (unsigned char *) log + log->geometry.ring_at[ring];
    end = log->ring[ring].reserve;

    for (pos = log->ring[ring].head; pos < end; pos += left) {
        left = size - pos % size;

        if (left > end - pos) {
            left = end - pos;
        }

        memset(p + pos % size, 0, (size_t) left);
        ngx_chat_log_at("rebuild: wiped");
    }
}


/*
 * From record to record; through what is none, by the least distance of two.
 * A ring that does not end with a whole record may have lost the last number
 * of a room whose cell does not know it yet.
 */

static void
ngx_chat_log_rebuild_scan(ngx_chat_log_rebuild_t *b, ngx_chat_log_ring_e ring)
{
    uint64_t                      pos, size, left;
    const ngx_chat_log_ring_t    *r;
    const ngx_chat_log_record_t  *rec;

    r = &b->log->ring[ring];
    size = b->log->geometry.ring_size[ring];
    pos = r->reserve - size;

    if (pos < size * 2) {
        pos = size * 2;
    }

    b->effort = size * NGX_CHAT_LOG_EFFORT;
    b->whole[ring] = 1;

    while (pos < r->head) {
        left = size - pos % size;

        if (left < sizeof(ngx_chat_log_record_t)) {
            pos += left;
            continue;
        }

        rec = ngx_chat_log_rebuild_record(b, ring, pos);
        b->whole[ring] = (rec != NULL);

        if (rec == NULL) {
            pos += 8;
            continue;
        }

        if (!rec->pad) {
            ngx_chat_log_rebuild_add(b, ring, rec);
        }

        pos += rec->length;
        ngx_chat_log_at("rebuild: record");
    }
}


static const ngx_chat_log_record_t *
ngx_chat_log_rebuild_record(ngx_chat_log_rebuild_t *b,
    ngx_chat_log_ring_e ring, uint64_t pos)
{
    const ngx_chat_log_record_t  *rec;

    rec = ngx_chat_log_record(b->log, ring, pos);

    if (rec == NULL || rec->length > b->effort) {
        return NULL;
    }

    b->effort -= rec->length;

    if (ring == NGX_CHAT_LOG_KEPT && !rec->pad
        && ngx_chat_log_erased(b->log, rec))
    {
        ngx_chat_log_erase_on(b->log, rec);
    }

    return ngx_chat_log_whole(b->log, rec) ? rec : NULL;
}


static void
ngx_chat_log_rebuild_add(ngx_chat_log_rebuild_t *b,
    ngx_chat_log_ring_e ring, const ngx_chat_log_record_t *rec)
{
    ngx_chat_str_t         name;
    ngx_chat_log_room_t   *room;
    ngx_chat_log_rules_t  *rules;

    if (rec->tick > b->ticks) {
        b->ticks = rec->tick;
    }

    if (rec->time > b->clock) {
        b->clock = rec->time;
    }

    if (rec->seq != 0 && rec->tick > b->newest) {
        b->newest = rec->tick;
        b->epoch = rec->epoch;
    }

    if (rec->cid != 0) {
        *ngx_chat_log_cid_bucket(b->log, rec->cid) = rec->pos;
    }

    name.data = (const unsigned char *) (rec + 1);
    name.len = rec->room_len;

    if (ngx_chat_log_room_find(b->log, &name, &room) != NGX_CHAT_LOG_OK) {
        return;
    }

    if (room->epoch == rec->epoch) {
        (void) ngx_chat_log_room_touch(b->log, room);

        if (rec->seq != 0) {
            ngx_chat_log_rebuild_count(b, room, rec);
            ngx_chat_log_erase_by(b->log, room, rec);
        }
    }

    /* acts are of the room, whichever its epoch was */

    rules = ngx_chat_log_rules(b->log, room);

    if (rules != NULL && ring == NGX_CHAT_LOG_KEPT && rec->seq == 0) {
        rules->acts = rec->pos;
    }
}


/* Whether the room of the newest record is to be had from the records. */

static int
ngx_chat_log_rebuild_torn(ngx_chat_log_rebuild_t *b)
{
    uint64_t              i;
    ngx_chat_log_room_t  *room;

    for (i = 1; b->newest != 0 && i < b->log->geometry.cells; i++) {
        room = ngx_chat_log_cell(b->log, i, NGX_CHAT_LOG_ROOM);

        if (room != NULL
            && room->epoch == b->epoch
            && !ngx_chat_log_room_trusted(room))
        {
            b->torn = b->epoch;
            return 1;
        }
    }

    return 0;
}


static void
ngx_chat_log_rebuild_count(ngx_chat_log_rebuild_t *b,
    ngx_chat_log_room_t *room, const ngx_chat_log_record_t *rec)
{
    int       trusted;
    uint64_t  seq, ord, last;

    trusted = ngx_chat_log_room_trusted(room);

    seq = trusted ? room->seq : 0;
    ord = trusted ? room->ord : 0;
    last = trusted ? room->last : NGX_CHAT_LOG_NOWHERE;

    if (trusted ? (rec->seq <= seq && rec->ord <= ord)
                : (room->epoch != b->torn))
    {
        return;
    }

    if (rec->seq > seq) {
        seq = rec->seq;
    }

    if (rec->ord > ord) {
        ord = rec->ord;
        last = rec->pos;
    }

    room->seq = seq;
    ngx_chat_log_at("rebuild: seq");

    room->ord = ord;
    room->last = last;
    ngx_chat_log_at("rebuild: last");

    room->numbers = ngx_chat_log_room_numbers(room);
    ngx_chat_log_at("rebuild: numbers");
}


/* A room that is ruled stays, for its rights, as one that is new. */

static void
ngx_chat_log_rebuild_forget(ngx_chat_log_rebuild_t *b)
{
    int                   all;
    uint64_t              i;
    ngx_chat_log_room_t  *room;

    all = !b->whole[NGX_CHAT_LOG_NEWS] || !b->whole[NGX_CHAT_LOG_KEPT];

    for (i = 1; i < b->log->geometry.cells; i++) {
        room = ngx_chat_log_cell(b->log, i, NGX_CHAT_LOG_ROOM);

        if (room == NULL || (!all && ngx_chat_log_room_trusted(room))) {
            continue;
        }

        if (ngx_chat_log_ruled(b->log, room)) {
            ngx_chat_log_room_renew(b->log, room);

        } else {
            (void) ngx_chat_log_room_forget(b->log, room);
        }

        b->lost++;
    }
}


/* With an end that is whole, nobody need be forgotten again. */

static void
ngx_chat_log_rebuild_heal(ngx_chat_log_rebuild_t *b, ngx_chat_log_ring_e ring)
{
    ngx_chat_log_record_t  *rec;

    if (b->whole[ring]) {
        return;
    }

    rec = ngx_chat_log_append(b->log, ring, 0);

    if (rec != NULL) {
        rec->time = b->log->clock;
        ngx_chat_log_commit(b->log, ring, rec);
    }
}
