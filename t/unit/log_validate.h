
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Walks all of an embedded store and says what is not as it must be.
 */


#ifndef LOG_VALIDATE_H_INCLUDED
#define LOG_VALIDATE_H_INCLUDED


#include <stdlib.h>
#include <string.h>

#include "ngx_chat_log_region.h"


typedef struct {
    ngx_chat_log_t  *log;
    unsigned char   *seen;             /* of each cell: how often */
    const char      *fault;
} validate_t;


static inline void
validate_that(validate_t *v, int fact, const char *fault)
{
    if (!fact && v->fault == NULL) {
        v->fault = fault;
    }
}


/* The cells that the bytes of another go on in. */

static inline void
validate_text(validate_t *v, const ngx_chat_log_text_t *text)
{
    size_t                n;
    uint32_t              index, next;
    ngx_chat_log_more_t  *more;

    index = ngx_chat_log_index(v->log, text->cell);
    next = text->cell->next;

    for (n = ngx_chat_log_text_more(text->size, text->cell->len);
         n > 0 && v->fault == NULL;
         n--)
    {
        more = ngx_chat_log_cell(v->log, next, NGX_CHAT_LOG_MORE);
        validate_that(v, more != NULL && more->owner == index, "a text ends");

        if (more != NULL) {
            v->seen[next]++;
            next = more->cell.next;
        }
    }

    validate_that(v, next == 0, "a text goes on");
}


static inline void
validate_users(validate_t *v, ngx_chat_log_room_t *room)
{
    uint32_t              i, index, prev;
    ngx_chat_log_text_t   text;
    ngx_chat_log_user_t  *u;

    index = room->first;
    prev = 0;

    for (i = 0; i < room->users && v->fault == NULL; i++) {
        u = ngx_chat_log_cell(v->log, index, NGX_CHAT_LOG_USER);
        validate_that(v, u != NULL, "a user is none");

        if (u == NULL) {
            return;
        }

        v->seen[index]++;
        validate_that(v, u->item.prev == prev, "a user's prev");
        validate_that(v, u->item.room == ngx_chat_log_index(v->log, room),
                      "a user's room");
        validate_that(v, ngx_chat_log_slot_any(&u->slots), "a ghost");

        ngx_chat_log_text_user(&text, u);
        validate_text(v, &text);

        prev = index;
        index = u->item.next;
    }

    validate_that(v, index == 0, "the users go on");
}


static inline void
validate_right(validate_t *v, ngx_chat_log_room_t *room,
    const ngx_chat_str_t *name, ngx_chat_log_right_t *right)
{
    ngx_chat_str_t         key;
    unsigned char          buf[NGX_CHAT_LOG_USER_MAX];
    ngx_chat_log_text_t    text;
    ngx_chat_log_whom_t    whom;
    ngx_chat_log_right_t  *other;

    ngx_chat_log_text_right(&text, right);
    validate_text(v, &text);

    validate_that(v, ngx_chat_log_right_key(v->log, right, buf),
                  "a right's key");

    key.data = buf;
    key.len = right->item.cell.len;
    ngx_chat_log_whom(&whom, v->log, name, right->whose, &key);

    validate_that(v, ngx_chat_log_right_whole(&right->known[right->current],
                                              whom.hash), "a right's sum");
    validate_that(v, ngx_chat_log_right_find(v->log, room, &whom, &other)
                     == NGX_CHAT_LOG_OK && other == right,
                  "a right is not found");
}


static inline void
validate_rules(validate_t *v, ngx_chat_log_room_t *room,
    const ngx_chat_str_t *name)
{
    uint32_t               i, index, prev, said, kicks, *n;
    ngx_chat_log_known_t  *known;
    ngx_chat_log_rules_t  *rules;
    ngx_chat_log_right_t  *right;
    ngx_chat_room_conf_t   conf;

    if (room->rules == 0) {
        return;
    }

    rules = ngx_chat_log_rules(v->log, room);
    validate_that(v, rules != NULL, "rules are none");

    if (rules == NULL) {
        return;
    }

    v->seen[room->rules]++;
    validate_that(v, ngx_chat_log_rules_read(v->log, room, name, &conf)
                     == NGX_CHAT_LOG_OK, "the rules' sum");

    index = rules->first;
    prev = 0;
    said = 0;
    kicks = 0;

    for (i = 0; i < rules->rights && v->fault == NULL; i++) {
        right = ngx_chat_log_cell(v->log, index, NGX_CHAT_LOG_RIGHT);
        validate_that(v, right != NULL, "a right is none");

        if (right == NULL) {
            return;
        }

        v->seen[index]++;
        validate_that(v, right->item.prev == prev, "a right's prev");
        validate_that(v, right->item.room == ngx_chat_log_index(v->log, room),
                      "a right's room");
        validate_right(v, room, name, right);

        known = &right->known[right->current];
        n = (right->whose == NGX_CHAT_LOG_OF_KICK) ? &kicks : &said;
        *n += known->role != 0 || known->banned != 0 || known->muted != 0;

        prev = index;
        index = right->item.next;
    }

    validate_that(v, index == 0, "the rights go on");
    validate_that(v, said == rules->said, "the rights that say something");
    validate_that(v, kicks == rules->kicks, "the kicks");
}


static inline void
validate_room(validate_t *v, ngx_chat_log_room_t *room)
{
    int                           busy;
    unsigned char                 buf[NGX_CHAT_LOG_ROOM_MAX];
    ngx_chat_str_t                name;
    ngx_chat_log_text_t           text;
    ngx_chat_log_room_t          *other;
    const ngx_chat_log_record_t  *rec;

    v->seen[ngx_chat_log_index(v->log, room)]++;

    ngx_chat_log_text_room(&text, room);
    validate_text(v, &text);
    validate_users(v, room);

    validate_that(v, ngx_chat_log_room_name(v->log, room, buf, &name),
                  "a room's name");
    validate_that(v, room->sum == ngx_chat_log_room_sum(v->log, room, &name),
                  "a room's sum");
    validate_that(v, room->numbers == ngx_chat_log_room_numbers(room),
                  "a room's numbers");
    validate_that(v, ngx_chat_log_room_find(v->log, &name, &other)
                     == NGX_CHAT_LOG_OK && other == room,
                  "a room is not found");

    validate_rules(v, room, &name);

    busy = room->users != 0 || ngx_chat_log_slot_any(&room->slots)
           || ngx_chat_log_ruled(v->log, room);
    validate_that(v, room->cell.idle == !busy, "a room is idle or not");

    rec = ngx_chat_log_record(v->log, NGX_CHAT_LOG_KEPT, room->last);
    validate_that(v, rec == NULL || !ngx_chat_log_whole(v->log, rec)
                     || (rec->epoch == room->epoch && rec->ord == room->ord
                         && rec->seq <= room->seq),
                  "a room's last record");
}


static inline void
validate_idle(validate_t *v)
{
    uint32_t              index, older;
    uint64_t              n;
    ngx_chat_log_room_t  *room;

    index = v->log->oldest;
    older = 0;

    for (n = 0; n < v->log->idle && v->fault == NULL; n++) {
        room = ngx_chat_log_cell(v->log, index, NGX_CHAT_LOG_ROOM);
        validate_that(v, room != NULL && room->cell.idle
                         && room->older == older, "an idle room");

        older = index;
        index = (room != NULL) ? room->newer : 0;
    }

    validate_that(v, index == 0 && v->log->newest == older, "idle rooms");
}


static inline void
validate_cells(validate_t *v)
{
    uint32_t              index;
    uint64_t              i, rooms, idle, users, rights, cells;
    ngx_chat_log_room_t  *room;
    ngx_chat_log_cell_t  *cell;

    rooms = 0;
    idle = 0;
    users = 0;
    rights = 0;
    cells = v->log->geometry.cells;

    for (i = 1; i < cells; i++) {
        room = ngx_chat_log_cell(v->log, i, NGX_CHAT_LOG_ROOM);
        cell = ngx_chat_log_any(v->log, i);
        rights += cell->kind == NGX_CHAT_LOG_RIGHT;

        if (room != NULL) {
            rooms++;
            idle += room->cell.idle;
            users += room->users;
            validate_room(v, room);
        }
    }

    index = v->log->free_first;

    for (i = 0; i < v->log->free && v->fault == NULL; i++) {
        cell = ngx_chat_log_cell(v->log, index, NGX_CHAT_LOG_FREE);
        validate_that(v, cell != NULL, "a free cell is none");

        if (cell != NULL) {
            v->seen[index]++;
            index = cell->next;
        }
    }

    validate_that(v, index == 0, "the free cells go on");
    validate_that(v, rooms == v->log->rooms, "the number of rooms");
    validate_that(v, idle == v->log->idle, "the number of idle rooms");
    validate_that(v, users == v->log->users, "the number of users");
    validate_that(v, rights == v->log->rights, "the number of rights");

    for (i = 1; i < cells; i++) {
        validate_that(v, v->seen[i] == 1, "a cell is lost, or used twice");
    }
}


static inline void
validate_record(validate_t *v, ngx_chat_log_ring_e ring,
    const ngx_chat_log_record_t *rec)
{
    ngx_chat_str_t        name;
    ngx_chat_log_room_t  *room;

    validate_that(v, rec->tick <= v->log->ticks, "a record's tick");

    name.data = (const unsigned char *) (rec + 1);
    name.len = rec->room_len;

    if (ngx_chat_log_room_find(v->log, &name, &room) == NGX_CHAT_LOG_OK
        && room->epoch == rec->epoch)
    {
        validate_that(v, rec->seq <= room->seq, "a number beyond the last");
        validate_that(v, rec->ord <= room->ord, "an ordinal beyond the last");
    }

    if (rec->cid != 0) {
        validate_that(v, ring == NGX_CHAT_LOG_KEPT, "a cid in the news");
        validate_that(v, *ngx_chat_log_cid_bucket(v->log, rec->cid)
                         >= rec->pos, "a cid is forgotten");
    }
}


/* Damage is passed over; *whole is 1 if there is none at the end. */

static inline void
validate_ring(validate_t *v, ngx_chat_log_ring_e ring)
{
    int                           whole;
    uint64_t                      pos, size, left;
    const ngx_chat_log_ring_t    *r;
    const ngx_chat_log_record_t  *rec;

    r = &v->log->ring[ring];
    size = v->log->geometry.ring_size[ring];
    pos = (r->reserve - size < size * 2) ? size * 2 : r->reserve - size;
    whole = 1;

    while (pos < r->head) {
        left = size - pos % size;

        if (left < sizeof(ngx_chat_log_record_t)) {
            pos += left;
            continue;
        }

        rec = ngx_chat_log_record(v->log, ring, pos);
        whole = (rec != NULL && ngx_chat_log_whole(v->log, rec));

        if (!whole) {
            pos += 8;
            continue;
        }

        if (!rec->pad) {
            validate_record(v, ring, rec);
        }

        pos += rec->length;
    }

    validate_that(v, whole, "a ring ends with damage");
}


/* Returns NULL if all is well. */

static inline const char *
validate(ngx_chat_log_t *log)
{
    validate_t  v;

    memset(&v, 0, sizeof(v));
    v.log = log;

    if (!ngx_chat_log_sound(log) || log->broken != 0) {
        return "the head";
    }

    v.seen = calloc(1, (size_t) log->geometry.cells);

    if (v.seen == NULL) {
        abort();
    }

    validate_cells(&v);
    validate_idle(&v);
    validate_ring(&v, NGX_CHAT_LOG_NEWS);
    validate_ring(&v, NGX_CHAT_LOG_KEPT);

    free(v.seen);

    return v.fault;
}


#endif /* LOG_VALIDATE_H_INCLUDED */
