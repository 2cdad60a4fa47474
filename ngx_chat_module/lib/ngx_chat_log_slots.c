
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The embedded store's slots: who listens to what.
 */


#include "ngx_chat_log_region.h"

#include <string.h>


void
ngx_chat_log_slot_set(ngx_chat_log_slots_t *slots, unsigned slot)
{
    if (slot < NGX_CHAT_LOG_SLOTS) {
        slots->words[slot / 64] |= (uint64_t) 1 << (slot % 64);
    }
}


void
ngx_chat_log_slot_clear(ngx_chat_log_slots_t *slots, unsigned slot)
{
    if (slot < NGX_CHAT_LOG_SLOTS) {
        slots->words[slot / 64] &= ~((uint64_t) 1 << (slot % 64));
    }
}


int
ngx_chat_log_slot_is(const ngx_chat_log_slots_t *slots, unsigned slot)
{
    return slot < NGX_CHAT_LOG_SLOTS
           && (slots->words[slot / 64] >> (slot % 64) & 1) != 0;
}


int
ngx_chat_log_slot_any(const ngx_chat_log_slots_t *slots)
{
    unsigned  i;

    for (i = 0; i < NGX_CHAT_LOG_WORDS; i++) {
        if (slots->words[i] != 0) {
            return 1;
        }
    }

    return 0;
}


/* Reads from now on; what it listened to before was another process. */

void
ngx_chat_log_start(ngx_chat_log_t *log, unsigned slot,
    ngx_chat_log_cursor_t *cursor)
{
    uint64_t              i;
    ngx_chat_log_room_t  *room;

    for (i = 1; i < log->geometry.cells; i++) {
        room = ngx_chat_log_cell(log, i, NGX_CHAT_LOG_ROOM);

        if (room == NULL || !ngx_chat_log_slot_is(&room->slots, slot)) {
            continue;
        }

        ngx_chat_log_slot_clear(&room->slots, slot);
        (void) ngx_chat_log_room_touch(log, room);
    }

    cursor->size = (size_t) log->geometry.size;
    cursor->slot = slot;
    cursor->generation = log->generation;
    cursor->tick = log->ticks;
    cursor->news = log->ring[NGX_CHAT_LOG_NEWS].head;
    cursor->log = log->ring[NGX_CHAT_LOG_KEPT].head;
}


ngx_chat_log_rc_e
ngx_chat_log_subscribe(ngx_chat_log_t *log, unsigned slot,
    const ngx_chat_str_t *room)
{
    ngx_chat_log_rc_e     rc;
    ngx_chat_log_room_t  *r;

    rc = ngx_chat_log_room_make(log, room, &r);
    if (rc != NGX_CHAT_LOG_OK) {
        return rc;
    }

    ngx_chat_log_slot_set(&r->slots, slot);
    ngx_chat_log_at("listens");

    return ngx_chat_log_room_touch(log, r);
}


ngx_chat_log_rc_e
ngx_chat_log_unsubscribe(ngx_chat_log_t *log, unsigned slot,
    const ngx_chat_str_t *room)
{
    ngx_chat_log_rc_e     rc;
    ngx_chat_log_room_t  *r;

    rc = ngx_chat_log_room_find(log, room, &r);

    if (rc != NGX_CHAT_LOG_OK) {
        return (rc == NGX_CHAT_LOG_NONE) ? NGX_CHAT_LOG_OK : rc;
    }

    ngx_chat_log_slot_clear(&r->slots, slot);
    ngx_chat_log_at("listens no more");

    return ngx_chat_log_room_touch(log, r);
}
