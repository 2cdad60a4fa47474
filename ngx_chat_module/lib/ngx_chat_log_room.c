
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The embedded store's rooms: finding, making and forgetting them.
 *
 * A room that nobody listens to and nobody is in, and that is not ruled, is
 * idle, and in a list: that of longest ago first.
 */


#include "ngx_chat_log_region.h"

#include <string.h>


static ngx_chat_log_rc_e ngx_chat_log_room_new(ngx_chat_log_t *log,
    const ngx_chat_str_t *name, ngx_chat_log_room_t **made);
static uint64_t ngx_chat_log_room_epoch(ngx_chat_log_t *log);
static int ngx_chat_log_room_unlink(ngx_chat_log_t *log,
    ngx_chat_log_room_t *room);
static uint32_t *ngx_chat_log_room_bucket(const ngx_chat_log_t *log,
    const ngx_chat_str_t *name);
static ngx_chat_log_rc_e ngx_chat_log_room_busy(ngx_chat_log_t *log,
    ngx_chat_log_room_t *room);


ngx_chat_log_rc_e
ngx_chat_log_room_find(ngx_chat_log_t *log, const ngx_chat_str_t *name,
    ngx_chat_log_room_t **found)
{
    uint32_t              index;
    uint64_t              left;
    ngx_chat_str_t        other;
    unsigned char         buf[NGX_CHAT_LOG_ROOM_MAX];
    ngx_chat_log_room_t  *room;

    if (name->len == 0) {
        return NGX_CHAT_LOG_NONE;
    }

    index = *ngx_chat_log_room_bucket(log, name);

    for (left = log->geometry.cells; left > 0 && index != 0; left--) {
        room = ngx_chat_log_cell(log, index, NGX_CHAT_LOG_ROOM);

        if (room == NULL) {
            return ngx_chat_log_broken(log);
        }

        if (room->cell.len == name->len) {
            if (!ngx_chat_log_room_name(log, room, buf, &other)) {
                return ngx_chat_log_broken(log);
            }

            if (memcmp(other.data, name->data, name->len) == 0) {
                *found = room;
                return NGX_CHAT_LOG_OK;
            }
        }

        index = room->chain;
    }

    return (index == 0) ? NGX_CHAT_LOG_NONE : ngx_chat_log_broken(log);
}


ngx_chat_log_rc_e
ngx_chat_log_room_make(ngx_chat_log_t *log, const ngx_chat_str_t *name,
    ngx_chat_log_room_t **made)
{
    ngx_chat_log_rc_e  rc;

    if (name->len == 0 || name->len > NGX_CHAT_LOG_ROOM_MAX) {
        return NGX_CHAT_LOG_LARGE;
    }

    rc = ngx_chat_log_room_find(log, name, made);

    if (rc != NGX_CHAT_LOG_NONE) {
        return rc;
    }

    return ngx_chat_log_room_new(log, name, made);
}


/* It is a room when its kind says so, which is written last. */

static ngx_chat_log_rc_e
ngx_chat_log_room_new(ngx_chat_log_t *log, const ngx_chat_str_t *name,
    ngx_chat_log_room_t **made)
{
    size_t                n;
    ngx_chat_log_rc_e     rc;
    ngx_chat_log_text_t   text;
    ngx_chat_log_room_t  *room;

    n = 1 + ngx_chat_log_text_more(sizeof(room->name), name->len);

    rc = ngx_chat_log_room_evict(log, n, NULL);
    if (rc != NGX_CHAT_LOG_OK) {
        return rc;
    }

    room = ngx_chat_log_take(log);
    if (room == NULL) {
        return ngx_chat_log_broken(log);
    }

    ngx_chat_log_text_room(&text, room);

    if (!ngx_chat_log_text_write(log, &text, name->data, name->len)) {
        return ngx_chat_log_broken(log);
    }

    room->epoch = ngx_chat_log_room_epoch(log);
    room->sum = ngx_chat_log_room_sum(log, room, name);
    room->numbers = ngx_chat_log_room_numbers(room);
    ngx_chat_log_at("room written");

    room->cell.kind = NGX_CHAT_LOG_ROOM;
    ngx_chat_log_at("room made");

    (void) ngx_chat_log_room_link(log, room);
    log->rooms++;
    *made = room;
    ngx_chat_log_at("room linked");

    return ngx_chat_log_room_touch(log, room);
}


/* The generation is in it for a store that was made anew with the key. */

static uint64_t
ngx_chat_log_room_epoch(ngx_chat_log_t *log)
{
    uint64_t        words[2];
    ngx_chat_str_t  text;

    log->epochs++;
    ngx_chat_log_at("epoch");

    words[0] = log->generation;
    words[1] = (uint64_t) log->clock;
    text.data = (const unsigned char *) words;
    text.len = sizeof(words);

    return ngx_chat_log_hash(log->key, log->epochs, &text);
}


ngx_chat_log_rc_e
ngx_chat_log_room_evict(ngx_chat_log_t *log, size_t n,
    const ngx_chat_log_room_t *keep)
{
    uint64_t              left, freed;
    uint32_t              index;
    ngx_chat_log_rc_e     rc;
    ngx_chat_log_room_t  *room;

    for (left = log->geometry.cells; left > 0 && log->free < n; left--) {
        index = log->oldest;

        if (keep != NULL && index == ngx_chat_log_index(log, keep)) {
            index = keep->newer;
        }

        if (index == 0) {
            freed = log->free;
            rc = ngx_chat_log_right_reclaim(log);

            if (rc != NGX_CHAT_LOG_OK) {
                return rc;
            }

            if (freed == log->free) {
                return NGX_CHAT_LOG_FULL;
            }

            continue;
        }

        room = ngx_chat_log_cell(log, index, NGX_CHAT_LOG_ROOM);
        if (room == NULL || room == keep) {
            return ngx_chat_log_broken(log);
        }

        rc = ngx_chat_log_room_forget(log, room);
        if (rc != NGX_CHAT_LOG_OK) {
            return rc;
        }

        log->evicted++;
    }

    return (log->free >= n) ? NGX_CHAT_LOG_OK : ngx_chat_log_broken(log);
}


ngx_chat_log_rc_e
ngx_chat_log_room_forget(ngx_chat_log_t *log, ngx_chat_log_room_t *room)
{
    ngx_chat_log_rc_e    rc;
    ngx_chat_log_text_t  text;

    rc = ngx_chat_log_room_busy(log, room);
    if (rc != NGX_CHAT_LOG_OK) {
        return rc;
    }

    if (!ngx_chat_log_room_unlink(log, room)) {
        return ngx_chat_log_broken(log);
    }

    ngx_chat_log_at("room unlinked");

    rc = ngx_chat_log_rules_drop(log, room);
    if (rc != NGX_CHAT_LOG_OK) {
        return rc;
    }

    ngx_chat_log_text_room(&text, room);
    ngx_chat_log_text_drop(log, &text);
    ngx_chat_log_give(log, room);
    log->rooms--;

    return NGX_CHAT_LOG_OK;
}


void
ngx_chat_log_room_renew(ngx_chat_log_t *log, ngx_chat_log_room_t *room)
{
    unsigned char   buf[NGX_CHAT_LOG_ROOM_MAX];
    ngx_chat_str_t  name;

    if (!ngx_chat_log_room_name(log, room, buf, &name)) {
        return;
    }

    room->epoch = ngx_chat_log_room_epoch(log);
    room->sum = ngx_chat_log_room_sum(log, room, &name);
    ngx_chat_log_at("epoch renewed");

    room->seq = 0;
    room->ord = 0;
    room->last = NGX_CHAT_LOG_NOWHERE;
    room->numbers = ngx_chat_log_room_numbers(room);
    ngx_chat_log_at("numbers renewed");
}


ngx_chat_log_rc_e
ngx_chat_log_room_touch(ngx_chat_log_t *log, ngx_chat_log_room_t *room)
{
    uint32_t              index;
    ngx_chat_log_rc_e     rc;
    ngx_chat_log_room_t  *newest;

    rc = ngx_chat_log_room_busy(log, room);

    if (rc != NGX_CHAT_LOG_OK
        || room->users != 0
        || ngx_chat_log_slot_any(&room->slots)
        || ngx_chat_log_ruled(log, room))
    {
        return rc;
    }

    index = ngx_chat_log_index(log, room);
    newest = NULL;

    if (log->newest != 0) {
        newest = ngx_chat_log_cell(log, log->newest, NGX_CHAT_LOG_ROOM);
        if (newest == NULL) {
            return ngx_chat_log_broken(log);
        }
    }

    room->older = log->newest;
    room->newer = 0;
    room->cell.idle = 1;
    ngx_chat_log_at("idle");

    if (newest != NULL) {
        newest->newer = index;
    } else {
        log->oldest = index;
    }

    log->newest = index;
    log->idle++;
    ngx_chat_log_at("newest");

    return NGX_CHAT_LOG_OK;
}


/* Takes it out of the list of idle rooms, if it is there. */

static ngx_chat_log_rc_e
ngx_chat_log_room_busy(ngx_chat_log_t *log, ngx_chat_log_room_t *room)
{
    ngx_chat_log_room_t  *older, *newer;

    if (!room->cell.idle) {
        return NGX_CHAT_LOG_OK;
    }

    older = ngx_chat_log_cell(log, room->older, NGX_CHAT_LOG_ROOM);
    newer = ngx_chat_log_cell(log, room->newer, NGX_CHAT_LOG_ROOM);

    if ((older == NULL && room->older != 0)
        || (newer == NULL && room->newer != 0))
    {
        return ngx_chat_log_broken(log);
    }

    if (older != NULL) {
        older->newer = room->newer;
    } else {
        log->oldest = room->newer;
    }

    ngx_chat_log_at("half busy");

    if (newer != NULL) {
        newer->older = room->older;
    } else {
        log->newest = room->older;
    }

    room->cell.idle = 0;
    log->idle--;
    ngx_chat_log_at("busy");

    return NGX_CHAT_LOG_OK;
}


int
ngx_chat_log_room_link(ngx_chat_log_t *log, ngx_chat_log_room_t *room)
{
    uint32_t             *bucket;
    unsigned char         buf[NGX_CHAT_LOG_ROOM_MAX];
    ngx_chat_str_t        name;
    ngx_chat_log_room_t  *other;

    if (!ngx_chat_log_room_name(log, room, buf, &name)
        || ngx_chat_log_room_find(log, &name, &other) != NGX_CHAT_LOG_NONE)
    {
        return 0;
    }

    bucket = ngx_chat_log_room_bucket(log, &name);
    room->chain = *bucket;
    *bucket = ngx_chat_log_index(log, room);

    return 1;
}


static int
ngx_chat_log_room_unlink(ngx_chat_log_t *log, ngx_chat_log_room_t *room)
{
    uint32_t              index, *link;
    uint64_t              left;
    unsigned char         buf[NGX_CHAT_LOG_ROOM_MAX];
    ngx_chat_str_t        name;
    ngx_chat_log_room_t  *other;

    if (!ngx_chat_log_room_name(log, room, buf, &name)) {
        return 0;
    }

    index = ngx_chat_log_index(log, room);
    link = ngx_chat_log_room_bucket(log, &name);

    for (left = log->geometry.cells; left > 0; left--) {
        if (*link == index) {
            *link = room->chain;
            return 1;
        }

        other = ngx_chat_log_cell(log, *link, NGX_CHAT_LOG_ROOM);
        if (other == NULL) {
            return 0;
        }

        link = &other->chain;
    }

    return 0;
}


int
ngx_chat_log_room_name(const ngx_chat_log_t *log, ngx_chat_log_room_t *room,
    unsigned char *buf, ngx_chat_str_t *name)
{
    ngx_chat_log_text_t  text;

    ngx_chat_log_text_room(&text, room);

    name->data = buf;
    name->len = room->cell.len;

    return ngx_chat_log_text_read(log, &text, buf, NGX_CHAT_LOG_ROOM_MAX);
}


uint32_t
ngx_chat_log_room_sum(const ngx_chat_log_t *log,
    const ngx_chat_log_room_t *room, const ngx_chat_str_t *name)
{
    return (uint32_t) ngx_chat_log_hash(log->key, room->epoch, name);
}


/* It is not zero for zeros: a cell that was cleared is no room. */

uint32_t
ngx_chat_log_room_numbers(const ngx_chat_log_room_t *room)
{
    uint64_t  sum;

    sum = ngx_chat_log_mix(room->epoch, room->seq);
    sum = ngx_chat_log_mix(sum, room->ord);

    return (uint32_t) ngx_chat_log_mix(sum, room->last);
}


int
ngx_chat_log_room_trusted(const ngx_chat_log_room_t *room)
{
    return room->numbers == ngx_chat_log_room_numbers(room);
}


static uint32_t *
ngx_chat_log_room_bucket(const ngx_chat_log_t *log, const ngx_chat_str_t *name)
{
    uint64_t  hash;

    hash = ngx_chat_log_hash(log->key, 0, name);

    return (uint32_t *) (void *)
           ((unsigned char *) log + log->geometry.rooms_at)
           + hash % log->geometry.rooms;
}
