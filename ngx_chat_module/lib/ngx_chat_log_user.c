
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The embedded store's users: who is in a room, and through which slots.
 */


#include "ngx_chat_log_region.h"

#include <string.h>


/* cells that one call of sweep() looks at */
#define NGX_CHAT_LOG_SWEEP  1000


static ngx_chat_log_rc_e ngx_chat_log_user_find(ngx_chat_log_t *log,
    const ngx_chat_log_room_t *room, const ngx_chat_str_t *id,
    ngx_chat_log_user_t **found);
static ngx_chat_log_rc_e ngx_chat_log_user_make(ngx_chat_log_t *log,
    ngx_chat_log_room_t *room, const ngx_chat_user_t *user,
    ngx_chat_log_user_t **made);
static ngx_chat_log_rc_e ngx_chat_log_user_name(ngx_chat_log_t *log,
    ngx_chat_log_user_t *u, const ngx_chat_user_t *user);
static int ngx_chat_log_user_write(ngx_chat_log_t *log,
    ngx_chat_log_user_t *u, const ngx_chat_user_t *user);
static ngx_chat_log_rc_e ngx_chat_log_user_gone(
    const ngx_chat_log_caller_t *caller, ngx_chat_log_room_t *room,
    ngx_chat_log_user_t *u, ngx_chat_log_slots_t *wake);
static int ngx_chat_log_user_unlink(ngx_chat_log_t *log,
    ngx_chat_log_room_t *room, ngx_chat_log_user_t *u);
static uint32_t ngx_chat_log_user_bucket(const ngx_chat_log_t *log,
    const ngx_chat_log_room_t *room, const ngx_chat_str_t *id);
static ngx_chat_log_rc_e ngx_chat_log_user_say(
    const ngx_chat_log_caller_t *caller, ngx_chat_log_room_t *room,
    const ngx_chat_wire_t *wire, ngx_chat_log_slots_t *wake);
static ngx_chat_log_rc_e ngx_chat_log_sweep_cell(
    const ngx_chat_log_caller_t *caller, uint64_t index,
    ngx_chat_log_slots_t *wake);


ngx_chat_log_rc_e
ngx_chat_log_enter(const ngx_chat_log_caller_t *caller,
    const ngx_chat_str_t *room, const ngx_chat_user_t *user,
    ngx_chat_log_present_t *present)
{
    ngx_chat_log_t       *log;
    ngx_chat_wire_t       wire;
    ngx_chat_log_rc_e     rc;
    ngx_chat_log_room_t  *r;
    ngx_chat_log_user_t  *u;

    log = caller->log;
    memset(present, 0, sizeof(ngx_chat_log_present_t));
    ngx_chat_log_clock(log, caller->now);

    if (user->id.len == 0
        || user->id.len > NGX_CHAT_LOG_USER_MAX
        || user->name.len > NGX_CHAT_LOG_USER_MAX - user->id.len)
    {
        return NGX_CHAT_LOG_LARGE;
    }

    rc = ngx_chat_log_room_make(log, room, &r);
    if (rc != NGX_CHAT_LOG_OK) {
        return rc;
    }

    rc = ngx_chat_log_user_find(log, r, &user->id, &u);

    if (rc == NGX_CHAT_LOG_OK) {
        ngx_chat_log_slot_set(&u->slots, caller->slot);
        present->count = r->users;
        ngx_chat_log_at("there again");

        return ngx_chat_log_user_name(log, u, user);
    }

    if (rc == NGX_CHAT_LOG_NONE) {
        rc = ngx_chat_log_user_make(log, r, user, &u);
    }

    if (rc != NGX_CHAT_LOG_OK) {
        return rc;
    }

    ngx_chat_log_slot_set(&u->slots, caller->slot);
    present->count = r->users;

    memset(&wire, 0, sizeof(wire));
    wire.kind = NGX_CHAT_WIRE_ENTER;
    wire.user = user->id;
    wire.name = user->name;

    return ngx_chat_log_user_say(caller, r, &wire, &present->wake);
}


ngx_chat_log_rc_e
ngx_chat_log_leave(const ngx_chat_log_caller_t *caller,
    const ngx_chat_str_t *room, const ngx_chat_str_t *user,
    ngx_chat_log_present_t *present)
{
    ngx_chat_log_rc_e     rc;
    ngx_chat_log_room_t  *r;
    ngx_chat_log_user_t  *u;

    memset(present, 0, sizeof(ngx_chat_log_present_t));
    ngx_chat_log_clock(caller->log, caller->now);

    rc = ngx_chat_log_room_find(caller->log, room, &r);

    if (rc != NGX_CHAT_LOG_OK) {
        return (rc == NGX_CHAT_LOG_NONE) ? NGX_CHAT_LOG_OK : rc;
    }

    present->count = r->users;
    rc = ngx_chat_log_user_find(caller->log, r, user, &u);

    if (rc != NGX_CHAT_LOG_OK) {
        return (rc == NGX_CHAT_LOG_NONE) ? NGX_CHAT_LOG_OK : rc;
    }

    rc = ngx_chat_log_user_gone(caller, r, u, &present->wake);
    present->count = r->users;

    return rc;
}


/* No user is left behind who has been looked at: a cell is seen once. */

ngx_chat_log_rc_e
ngx_chat_log_sweep(const ngx_chat_log_caller_t *caller, uint32_t *cell,
    ngx_chat_log_slots_t *wake)
{
    uint64_t           i, end;
    ngx_chat_log_rc_e  rc;

    memset(wake, 0, sizeof(ngx_chat_log_slots_t));
    ngx_chat_log_clock(caller->log, caller->now);

    end = (uint64_t) *cell + NGX_CHAT_LOG_SWEEP;

    if (end > caller->log->used) {
        end = caller->log->used;
    }

    for (i = *cell; i < end; i++) {
        rc = ngx_chat_log_sweep_cell(caller, i, wake);
        if (rc != NGX_CHAT_LOG_OK) {
            return rc;
        }
    }

    *cell = (uint32_t) end;

    return (end == caller->log->used) ? NGX_CHAT_LOG_NONE : NGX_CHAT_LOG_OK;
}


static ngx_chat_log_rc_e
ngx_chat_log_sweep_cell(const ngx_chat_log_caller_t *caller, uint64_t index,
    ngx_chat_log_slots_t *wake)
{
    unsigned              i;
    ngx_chat_log_t       *log;
    ngx_chat_log_rc_e     rc;
    ngx_chat_log_room_t  *room;
    ngx_chat_log_user_t  *u;
    ngx_chat_log_slots_t  heard;

    log = caller->log;
    room = ngx_chat_log_cell(log, index, NGX_CHAT_LOG_ROOM);

    if (room != NULL && ngx_chat_log_slot_is(&room->slots, caller->slot)) {
        ngx_chat_log_slot_clear(&room->slots, caller->slot);
        ngx_chat_log_at("swept room");

        return ngx_chat_log_room_touch(log, room);
    }

    u = ngx_chat_log_cell(log, index, NGX_CHAT_LOG_USER);

    if (u == NULL || !ngx_chat_log_slot_is(&u->slots, caller->slot)) {
        return NGX_CHAT_LOG_OK;
    }

    room = ngx_chat_log_cell(log, u->item.room, NGX_CHAT_LOG_ROOM);
    if (room == NULL) {
        return ngx_chat_log_broken(log);
    }

    memset(&heard, 0, sizeof(heard));
    rc = ngx_chat_log_user_gone(caller, room, u, &heard);

    for (i = 0; i < NGX_CHAT_LOG_WORDS; i++) {
        wake->words[i] |= heard.words[i];
    }

    return rc;
}


/* The user is there through this slot no more. */

static ngx_chat_log_rc_e
ngx_chat_log_user_gone(const ngx_chat_log_caller_t *caller,
    ngx_chat_log_room_t *room, ngx_chat_log_user_t *u,
    ngx_chat_log_slots_t *wake)
{
    ngx_chat_log_t        *log;
    ngx_chat_wire_t        wire;
    ngx_chat_log_rc_e      rc;
    ngx_chat_log_text_t    text;
    ngx_chat_log_names_t   names;

    log = caller->log;

    if (!ngx_chat_log_slot_is(&u->slots, caller->slot)) {
        return NGX_CHAT_LOG_OK;
    }

    ngx_chat_log_slot_clear(&u->slots, caller->slot);
    ngx_chat_log_at("gone");

    if (ngx_chat_log_slot_any(&u->slots)) {
        return NGX_CHAT_LOG_OK;
    }

    if (!ngx_chat_log_user_read(log, u, &names)
        || !ngx_chat_log_user_unlink(log, room, u))
    {
        return ngx_chat_log_broken(log);
    }

    ngx_chat_log_text_user(&text, u);
    ngx_chat_log_text_drop(log, &text);
    ngx_chat_log_give(log, u);

    memset(&wire, 0, sizeof(wire));
    wire.kind = NGX_CHAT_WIRE_LEAVE;
    wire.user = names.user.id;
    wire.name = names.user.name;

    rc = ngx_chat_log_user_say(caller, room, &wire, wake);
    if (rc != NGX_CHAT_LOG_OK) {
        return rc;
    }

    return (room->users == 0) ? ngx_chat_log_room_touch(log, room)
                              : NGX_CHAT_LOG_OK;
}


static ngx_chat_log_rc_e
ngx_chat_log_user_say(const ngx_chat_log_caller_t *caller,
    ngx_chat_log_room_t *room, const ngx_chat_wire_t *wire,
    ngx_chat_log_slots_t *wake)
{
    ngx_chat_wire_t  rec;

    rec = *wire;
    rec.time = caller->log->clock;
    rec.count = room->users;

    *wake = room->slots;
    ngx_chat_log_slot_clear(wake, caller->slot);

    return ngx_chat_log_announce(caller->log, room, &rec);
}


static ngx_chat_log_rc_e
ngx_chat_log_user_find(ngx_chat_log_t *log, const ngx_chat_log_room_t *room,
    const ngx_chat_str_t *id, ngx_chat_log_user_t **found)
{
    uint32_t              index, owner;
    uint64_t              left;
    ngx_chat_log_item_t  *item;
    ngx_chat_log_user_t  *u;
    ngx_chat_log_names_t  names;

    owner = ngx_chat_log_index(log, room);
    index = *ngx_chat_log_item_bucket(log,
                                      ngx_chat_log_user_bucket(log, room, id));

    for (left = log->geometry.cells; left > 0 && index != 0; left--) {
        item = ngx_chat_log_item(log, index);

        if (item == NULL) {
            return ngx_chat_log_broken(log);
        }

        u = ngx_chat_log_cell(log, index, NGX_CHAT_LOG_USER);

        if (u != NULL && item->room == owner && u->id_len == id->len) {
            if (!ngx_chat_log_user_read(log, u, &names)) {
                return ngx_chat_log_broken(log);
            }

            if (memcmp(names.bytes, id->data, id->len) == 0) {
                *found = u;
                return NGX_CHAT_LOG_OK;
            }
        }

        index = item->chain;
    }

    return (index == 0) ? NGX_CHAT_LOG_NONE : ngx_chat_log_broken(log);
}


static ngx_chat_log_rc_e
ngx_chat_log_user_make(ngx_chat_log_t *log, ngx_chat_log_room_t *room,
    const ngx_chat_user_t *user, ngx_chat_log_user_t **made)
{
    size_t                n;
    ngx_chat_log_rc_e     rc;
    ngx_chat_log_user_t  *u;

    n = 1 + ngx_chat_log_text_more(sizeof(u->bytes),
                                   user->id.len + user->name.len);

    rc = ngx_chat_log_room_evict(log, n, room);
    if (rc != NGX_CHAT_LOG_OK) {
        return rc;
    }

    u = ngx_chat_log_take(log);

    if (u == NULL || !ngx_chat_log_user_write(log, u, user)) {
        return ngx_chat_log_broken(log);
    }

    u->item.room = ngx_chat_log_index(log, room);
    u->item.bucket = ngx_chat_log_user_bucket(log, room, &user->id);
    u->item.cell.kind = NGX_CHAT_LOG_USER;
    ngx_chat_log_at("user made");

    if (!ngx_chat_log_item_link(log, &room->first, &u->item)) {
        return ngx_chat_log_broken(log);
    }

    room->users++;
    log->users++;
    ngx_chat_log_at("user counted");

    *made = u;

    return ngx_chat_log_room_touch(log, room);
}


/* Another name than before; if there are no cells for it, the old one stays. */

static ngx_chat_log_rc_e
ngx_chat_log_user_name(ngx_chat_log_t *log, ngx_chat_log_user_t *u,
    const ngx_chat_user_t *user)
{
    size_t                more, len;
    ngx_chat_log_rc_e     rc;
    ngx_chat_log_text_t   text;
    ngx_chat_log_names_t  names;

    if (!ngx_chat_log_user_read(log, u, &names)) {
        return ngx_chat_log_broken(log);
    }

    if (names.user.name.len == user->name.len
        && (user->name.len == 0
            || memcmp(names.user.name.data, user->name.data, user->name.len)
               == 0))
    {
        return NGX_CHAT_LOG_OK;
    }

    ngx_chat_log_text_user(&text, u);
    len = user->id.len + user->name.len;
    more = ngx_chat_log_text_more(text.size, len);

    if (more > ngx_chat_log_text_more(text.size, u->item.cell.len)) {
        rc = ngx_chat_log_room_evict(log, more, NULL);

        if (rc != NGX_CHAT_LOG_OK) {
            return (rc == NGX_CHAT_LOG_FULL) ? NGX_CHAT_LOG_OK : rc;
        }
    }

    ngx_chat_log_text_drop(log, &text);
    ngx_chat_log_at("name dropped");

    return ngx_chat_log_user_write(log, u, user) ? NGX_CHAT_LOG_OK
                                                 : ngx_chat_log_broken(log);
}


static int
ngx_chat_log_user_write(ngx_chat_log_t *log, ngx_chat_log_user_t *u,
    const ngx_chat_user_t *user)
{
    unsigned char         bytes[NGX_CHAT_LOG_USER_MAX];
    ngx_chat_log_text_t   text;

    memcpy(bytes, user->id.data, user->id.len);

    if (user->name.len != 0) {
        memcpy(bytes + user->id.len, user->name.data, user->name.len);
    }

    u->id_len = (uint16_t) user->id.len;
    ngx_chat_log_text_user(&text, u);

    return ngx_chat_log_text_write(log, &text, bytes,
                                   user->id.len + user->name.len);
}


int
ngx_chat_log_user_read(const ngx_chat_log_t *log, ngx_chat_log_user_t *u,
    ngx_chat_log_names_t *names)
{
    ngx_chat_log_text_t  text;

    ngx_chat_log_text_user(&text, u);

    if (u->id_len > u->item.cell.len
        || !ngx_chat_log_text_read(log, &text, names->bytes,
                                   sizeof(names->bytes)))
    {
        return 0;
    }

    names->user.id.data = names->bytes;
    names->user.id.len = u->id_len;
    names->user.name.data = names->bytes + u->id_len;
    names->user.name.len = (size_t) (u->item.cell.len - u->id_len);

    return 1;
}


static int
ngx_chat_log_user_unlink(ngx_chat_log_t *log, ngx_chat_log_room_t *room,
    ngx_chat_log_user_t *u)
{
    if (room->users == 0
        || !ngx_chat_log_item_unlink(log, &room->first, &u->item))
    {
        return 0;
    }

    room->users--;
    log->users--;
    ngx_chat_log_at("user uncounted");

    return 1;
}


static uint32_t
ngx_chat_log_user_bucket(const ngx_chat_log_t *log,
    const ngx_chat_log_room_t *room, const ngx_chat_str_t *id)
{
    return (uint32_t) (ngx_chat_log_hash(log->key, room->epoch, id)
                       % log->geometry.users);
}
