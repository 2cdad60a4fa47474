
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The embedded store's messages: numbering, keeping and announcing them.
 */


#include "ngx_chat_log_change.h"

#include <string.h>


/* records of a bucket that are looked at: a load above one is rare */
#define NGX_CHAT_LOG_CIDS_MAX  256


/* What is said where, and how long it is kept. */

typedef struct {
    ngx_chat_log_t             *log;
    ngx_chat_log_room_t        *room;
    const ngx_chat_wire_t      *rec;
    const ngx_chat_log_keep_t  *keep;
    unsigned                    slow;      /* when is to be remembered */
    ngx_chat_log_change_t       change;    /* of an edit or a deletion */
} ngx_chat_log_said_t;


static ngx_chat_log_rc_e ngx_chat_log_allowed(
    const ngx_chat_log_caller_t *caller, ngx_chat_log_said_t *said,
    ngx_chat_log_stored_t *stored);
static ngx_chat_log_rc_e ngx_chat_log_say(const ngx_chat_log_caller_t *caller,
    ngx_chat_log_said_t *said, const unsigned char print[16],
    ngx_chat_log_stored_t *stored);
static const ngx_chat_log_record_t *ngx_chat_log_known(
    const ngx_chat_log_said_t *said);
static int ngx_chat_log_same(const ngx_chat_log_said_t *said,
    const ngx_chat_log_record_t *rec);
static uint64_t ngx_chat_log_cid(const ngx_chat_log_t *log, uint64_t epoch,
    const ngx_chat_wire_t *rec);
static ngx_chat_log_rc_e ngx_chat_log_add(const ngx_chat_log_said_t *said,
    const unsigned char print[16], ngx_chat_log_stored_t *stored);
static void ngx_chat_log_chain(const ngx_chat_log_said_t *said,
    ngx_chat_log_record_t *rec);
static const ngx_chat_log_record_t *ngx_chat_log_link(
    const ngx_chat_log_said_t *said, uint64_t pos, uint64_t ord);
static void ngx_chat_log_count(ngx_chat_log_room_t *room,
    const ngx_chat_log_record_t *rec);
static ngx_chat_log_record_t *ngx_chat_log_write(ngx_chat_log_t *log,
    ngx_chat_log_ring_e ring, ngx_chat_log_room_t *room,
    const ngx_chat_wire_t *rec);
static void ngx_chat_log_stored(const ngx_chat_log_room_t *room,
    const ngx_chat_log_record_t *rec, ngx_chat_log_stored_t *stored);


/* What is known already is looked for before anything else may refuse. */

ngx_chat_log_rc_e
ngx_chat_log_publish(const ngx_chat_log_caller_t *caller,
    const ngx_chat_wire_t *rec, const ngx_chat_log_keep_t *keep,
    const unsigned char print[16], ngx_chat_log_stored_t *stored)
{
    ngx_chat_log_rc_e             rc;
    ngx_chat_log_said_t           said;
    const ngx_chat_log_record_t  *known;

    memset(&said, 0, sizeof(said));
    said.log = caller->log;
    said.rec = rec;
    said.keep = keep;

    memset(stored, 0, sizeof(ngx_chat_log_stored_t));
    ngx_chat_log_clock(said.log, caller->now);

    rc = ngx_chat_log_room_find(said.log, &rec->room, &said.room);

    if (rc == NGX_CHAT_LOG_OK && !ngx_chat_log_room_trusted(said.room)) {
        return ngx_chat_log_broken(said.log);
    }

    if (rc == NGX_CHAT_LOG_OK) {
        known = ngx_chat_log_known(&said);

        if (known != NULL) {
            ngx_chat_log_stored(said.room, known, stored);
            stored->dup = 1;

            return (memcmp(known->print, print, sizeof(known->print)) == 0)
                   ? ngx_chat_log_room_touch(said.log, said.room)
                   : NGX_CHAT_LOG_REUSED;
        }
    }

    if (rc == NGX_CHAT_LOG_BROKEN) {
        return rc;
    }

    rc = ngx_chat_log_allowed(caller, &said, stored);
    if (rc != NGX_CHAT_LOG_OK) {
        return rc;
    }

    if (ngx_chat_log_wire_size(rec) > ngx_chat_log_record_max(said.log)) {
        return NGX_CHAT_LOG_LARGE;
    }

    if (said.room == NULL) {
        rc = ngx_chat_log_room_make(said.log, &rec->room, &said.room);
    }

    return (rc == NGX_CHAT_LOG_OK)
           ? ngx_chat_log_say(caller, &said, print, stored) : rc;
}


static ngx_chat_log_rc_e
ngx_chat_log_allowed(const ngx_chat_log_caller_t *caller,
    ngx_chat_log_said_t *said, ngx_chat_log_stored_t *stored)
{
    int                    changes;
    ngx_chat_log_rc_e      rc;
    ngx_chat_log_rights_t  rights;

    if (caller->actor == NULL) {
        return NGX_CHAT_LOG_OK;
    }

    memset(&rights, 0, sizeof(rights));

    changes = ngx_chat_log_changes(said->rec);

    rc = ngx_chat_log_may(caller, said->room, &said->rec->room,
                          changes ? NGX_CHAT_RIGHT_CHANGE
                                  : NGX_CHAT_RIGHT_WRITE, &rights);

    stored->verdict = rights.verdict;

    if (changes) {
        said->change.caller = caller;
        said->change.room = said->room;
        said->change.rec = said->rec;
        said->change.keep = said->keep;

        return (rc != NGX_CHAT_LOG_OK)
               ? rc : ngx_chat_log_change(&said->change, rights.verdict.role,
                                          &stored->verdict.code);
    }

    said->slow = rights.conf.slow != 0
                 && rights.verdict.role < NGX_CHAT_ROLE_MODERATOR;

    return rc;
}


static ngx_chat_log_rc_e
ngx_chat_log_say(const ngx_chat_log_caller_t *caller,
    ngx_chat_log_said_t *said, const unsigned char print[16],
    ngx_chat_log_stored_t *stored)
{
    ngx_chat_log_rc_e  rc;

    if (said->slow) {
        rc = ngx_chat_log_slow_begin(caller, said->room, &said->rec->room);
        if (rc != NGX_CHAT_LOG_OK) {
            return rc;
        }
    }

    if (said->change.rec != NULL) {
        rc = ngx_chat_log_change_begin(&said->change);
        if (rc != NGX_CHAT_LOG_OK) {
            return rc;
        }
    }

    rc = ngx_chat_log_add(said, print, stored);

    if (rc == NGX_CHAT_LOG_OK && said->change.rec != NULL) {
        ngx_chat_log_change_end(&said->change);
    }

    if (rc == NGX_CHAT_LOG_OK && said->slow) {
        rc = ngx_chat_log_slow_end(caller, said->room, &said->rec->room);
    }

    if (rc != NGX_CHAT_LOG_OK) {
        return rc;
    }

    stored->wake = said->room->slots;
    ngx_chat_log_slot_clear(&stored->wake, caller->slot);

    return ngx_chat_log_room_touch(said->log, said->room);
}


ngx_chat_log_rc_e
ngx_chat_log_signal(const ngx_chat_log_caller_t *caller,
    const ngx_chat_wire_t *rec, ngx_chat_log_slots_t *wake)
{
    ngx_chat_log_t       *log;
    ngx_chat_log_rc_e     rc;
    ngx_chat_log_room_t  *room;

    log = caller->log;
    memset(wake, 0, sizeof(ngx_chat_log_slots_t));
    ngx_chat_log_clock(log, caller->now);

    rc = ngx_chat_log_room_find(log, &rec->room, &room);

    if (rc != NGX_CHAT_LOG_OK) {
        return (rc == NGX_CHAT_LOG_NONE) ? NGX_CHAT_LOG_OK : rc;
    }

    *wake = room->slots;
    ngx_chat_log_slot_clear(wake, caller->slot);

    return ngx_chat_log_announce(log, room, rec);
}


ngx_chat_log_rc_e
ngx_chat_log_announce(ngx_chat_log_t *log, ngx_chat_log_room_t *room,
    const ngx_chat_wire_t *rec)
{
    ngx_chat_log_record_t  *r;

    if (!ngx_chat_log_slot_any(&room->slots)) {
        return NGX_CHAT_LOG_OK;
    }

    if (ngx_chat_log_wire_size(rec) > ngx_chat_log_record_max(log)) {
        return NGX_CHAT_LOG_LARGE;
    }

    r = ngx_chat_log_write(log, NGX_CHAT_LOG_NEWS, room, rec);
    if (r == NULL) {
        return ngx_chat_log_broken(log);
    }

    ngx_chat_log_commit(log, NGX_CHAT_LOG_NEWS, r);

    return NGX_CHAT_LOG_OK;
}


ngx_chat_log_rc_e
ngx_chat_log_act(ngx_chat_log_t *log, ngx_chat_log_room_t *room,
    const ngx_chat_wire_t *rec, uint64_t *last)
{
    ngx_chat_log_record_t  *r;

    r = ngx_chat_log_write(log, NGX_CHAT_LOG_KEPT, room, rec);
    if (r == NULL) {
        return ngx_chat_log_broken(log);
    }

    r->back = *last;
    ngx_chat_log_commit(log, NGX_CHAT_LOG_KEPT, r);

    *last = r->pos;
    ngx_chat_log_at("act");

    return NGX_CHAT_LOG_OK;
}


uint64_t *
ngx_chat_log_cid_bucket(const ngx_chat_log_t *log, uint64_t hash)
{
    return (uint64_t *) (void *)
           ((unsigned char *) log + log->geometry.cids_at)
           + hash % log->geometry.cids;
}


void
ngx_chat_log_epoch(const ngx_chat_log_room_t *room, unsigned char *text,
    size_t *len)
{
    ngx_chat_log_epoch_text(text, room->epoch);
    *len = NGX_CHAT_LOG_EPOCH_LEN;
}


static const ngx_chat_log_record_t *
ngx_chat_log_known(const ngx_chat_log_said_t *said)
{
    unsigned                      left;
    uint64_t                      pos, hash;
    const ngx_chat_log_t         *log;
    const ngx_chat_log_record_t  *rec;

    log = said->log;

    if (said->keep->dedupe <= 0 || said->rec->cid.len == 0) {
        return NULL;
    }

    hash = ngx_chat_log_cid(log, said->room->epoch, said->rec);
    pos = *ngx_chat_log_cid_bucket(log, hash);

    for (left = NGX_CHAT_LOG_CIDS_MAX; left > 0; left--) {
        rec = ngx_chat_log_record(log, NGX_CHAT_LOG_KEPT, pos);

        if (rec == NULL
            || rec->cid == 0
            || rec->cids >= pos
            || rec->time <= log->clock - said->keep->dedupe)
        {
            return NULL;
        }

        if (rec->cid == hash
            && rec->epoch == said->room->epoch
            && ngx_chat_log_same(said, rec))
        {
            return rec;
        }

        pos = rec->cids;
    }

    return NULL;
}


static int
ngx_chat_log_same(const ngx_chat_log_said_t *said,
    const ngx_chat_log_record_t *rec)
{
    ngx_chat_wire_t         other;
    const ngx_chat_wire_t  *mine;

    mine = said->rec;

    return ngx_chat_log_whole(said->log, rec)
           && ngx_chat_wire_parse(&other, ngx_chat_log_wire(rec),
                                  rec->wire_len)
           && other.cid.len == mine->cid.len
           && memcmp(other.cid.data, mine->cid.data, mine->cid.len) == 0
           && other.user.len == mine->user.len
           && (mine->user.len == 0
               || memcmp(other.user.data, mine->user.data, mine->user.len)
                  == 0);
}


static uint64_t
ngx_chat_log_cid(const ngx_chat_log_t *log, uint64_t epoch,
    const ngx_chat_wire_t *rec)
{
    uint64_t  hash;

    hash = ngx_chat_log_hash(log->key, epoch, &rec->user);
    hash = ngx_chat_log_hash(log->key, hash, &rec->cid);

    return (hash != 0) ? hash : 1;
}


/* Committed is done: what follows the commit, a rebuild() does as well. */

static ngx_chat_log_rc_e
ngx_chat_log_add(const ngx_chat_log_said_t *said,
    const unsigned char print[16], ngx_chat_log_stored_t *stored)
{
    uint64_t                    *bucket;
    ngx_chat_log_t              *log;
    ngx_chat_wire_t              wire;
    ngx_chat_log_ring_e          ring;
    ngx_chat_log_record_t       *rec;
    const ngx_chat_log_keep_t   *keep;

    log = said->log;
    keep = said->keep;
    bucket = NULL;
    ring = (keep->count != 0) ? NGX_CHAT_LOG_KEPT : NGX_CHAT_LOG_NEWS;

    if (said->rec->cid.len != 0 && keep->dedupe > 0) {
        ring = NGX_CHAT_LOG_KEPT;
    }

    wire = *said->rec;
    wire.seq = said->room->seq + 1;
    wire.prev = said->room->seq;
    wire.time = log->clock;

    ngx_chat_log_epoch(said->room, stored->epoch, &stored->epoch_len);
    wire.epoch.data = stored->epoch;
    wire.epoch.len = stored->epoch_len;

    rec = ngx_chat_log_write(log, ring, said->room, &wire);
    if (rec == NULL) {
        return ngx_chat_log_broken(log);
    }

    rec->seq = wire.seq;
    memcpy(rec->print, print, sizeof(rec->print));

    if (keep->count != 0) {
        ngx_chat_log_chain(said, rec);
    }

    if (said->rec->cid.len != 0 && keep->dedupe > 0) {
        rec->cid = ngx_chat_log_cid(log, rec->epoch, &wire);
        bucket = ngx_chat_log_cid_bucket(log, rec->cid);
        rec->cids = *bucket;
    }

    ngx_chat_log_commit(log, ring, rec);
    ngx_chat_log_count(said->room, rec);

    if (bucket != NULL) {
        *bucket = rec->pos;
        ngx_chat_log_at("cid");
    }

    ngx_chat_log_stored(said->room, rec, stored);

    return NGX_CHAT_LOG_OK;
}


/*
 * A link that leads to what has been overwritten is none, and the next record
 * has none there either.
 */

static void
ngx_chat_log_chain(const ngx_chat_log_said_t *said,
    ngx_chat_log_record_t *rec)
{
    uint64_t                      pos, ord, far;
    const ngx_chat_log_record_t  *back, *jump;

    ord = said->room->ord;
    pos = said->room->last;
    far = ngx_chat_log_skew(ord + 1);

    rec->ord = ord + 1;
    rec->back = NGX_CHAT_LOG_NOWHERE;
    rec->jump = NGX_CHAT_LOG_NOWHERE;

    back = ngx_chat_log_link(said, pos, ord);
    if (back == NULL) {
        return;
    }

    rec->back = pos;

    if (far == ord) {
        rec->jump = pos;
        return;
    }

    /* Myers: if it is not the last one, it is where the last one's jump's
       jump leads to */

    jump = ngx_chat_log_link(said, back->jump, ngx_chat_log_skew(ord));

    if (jump != NULL && ngx_chat_log_link(said, jump->jump, far) != NULL) {
        rec->jump = jump->jump;
    }
}


static const ngx_chat_log_record_t *
ngx_chat_log_link(const ngx_chat_log_said_t *said, uint64_t pos, uint64_t ord)
{
    const ngx_chat_log_record_t  *rec;

    rec = ngx_chat_log_record(said->log, NGX_CHAT_LOG_KEPT, pos);

    if (rec == NULL
        || rec->ord != ord
        || rec->ord == 0
        || rec->epoch != said->room->epoch)
    {
        return NULL;
    }

    return rec;
}


static void
ngx_chat_log_count(ngx_chat_log_room_t *room, const ngx_chat_log_record_t *rec)
{
    room->seq = rec->seq;
    ngx_chat_log_at("seq");

    if (rec->ord != 0) {
        room->ord = rec->ord;
        ngx_chat_log_at("ord");

        room->last = rec->pos;
        ngx_chat_log_at("last");
    }

    room->numbers = ngx_chat_log_room_numbers(room);
    ngx_chat_log_at("numbers");
}


static ngx_chat_log_record_t *
ngx_chat_log_write(ngx_chat_log_t *log, ngx_chat_log_ring_e ring,
    ngx_chat_log_room_t *room, const ngx_chat_wire_t *rec)
{
    size_t                  len, head;
    unsigned char          *p, name[NGX_CHAT_LOG_ROOM_MAX];
    ngx_chat_str_t          str;
    ngx_chat_log_record_t  *r;

    if (!ngx_chat_log_room_name(log, room, name, &str)) {
        return NULL;
    }

    head = ngx_chat_wire_header(NULL, 0, rec);
    len = head + ngx_chat_wire_payload(NULL, 0, rec);

    r = ngx_chat_log_append(log, ring, str.len + len);
    if (r == NULL) {
        return NULL;
    }

    r->time = log->clock;
    r->epoch = room->epoch;
    r->slots = room->slots;
    r->room_len = (uint16_t) str.len;
    r->wire_len = (uint32_t) len;

    p = (unsigned char *) (r + 1);
    memcpy(p, name, str.len);
    ngx_chat_log_at("half written");

    p += str.len;
    (void) ngx_chat_wire_header(p, head, rec);
    (void) ngx_chat_wire_payload(p + head, len - head, rec);

    return r;
}


/* The greatest header is taken for any, for nothing of it is set yet. */

size_t
ngx_chat_log_wire_size(const ngx_chat_wire_t *rec)
{
    return NGX_CHAT_WIRE_HEADER_MAX + ngx_chat_wire_payload(NULL, 0, rec);
}


static void
ngx_chat_log_stored(const ngx_chat_log_room_t *room,
    const ngx_chat_log_record_t *rec, ngx_chat_log_stored_t *stored)
{
    stored->seq = rec->seq;
    stored->prev = rec->seq - 1;
    stored->time = rec->time;

    ngx_chat_log_epoch(room, stored->epoch, &stored->epoch_len);
}
