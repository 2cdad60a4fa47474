
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The embedded store's list of rooms: a part of it, in the order of cells.
 */


#include "ngx_chat_log_region.h"

#include <string.h>

#include "ngx_chat_name.h"


/* cells that are looked at under one lock */
#define NGX_CHAT_LOG_ROOMS_LOOK  4096


static int ngx_chat_log_rooms_used(const ngx_chat_log_room_t *room,
    const ngx_chat_str_t *name);


ngx_chat_log_rc_e
ngx_chat_log_rooms(const ngx_chat_log_t *log, ngx_chat_log_rooms_t *rooms)
{
    uint64_t              i, end;
    unsigned char        *p;
    ngx_chat_str_t        name;
    ngx_chat_wire_t      *rec;
    ngx_chat_log_room_t  *room;

    end = (log->used < log->geometry.cells) ? log->used : log->geometry.cells;
    i = (rooms->next != 0) ? rooms->next : 1;
    p = rooms->buf;

    rooms->n = 0;
    rooms->next = 0;

    if (i < end && end - i > NGX_CHAT_LOG_ROOMS_LOOK) {
        end = i + NGX_CHAT_LOG_ROOMS_LOOK;
        rooms->next = end;
    }

    for ( /* void */ ; i < end; i++) {
        room = ngx_chat_log_cell(log, i, NGX_CHAT_LOG_ROOM);

        if (room == NULL
            || !ngx_chat_log_room_name(log, room, p, &name)
            || !ngx_chat_log_rooms_used(room, &name))
        {
            continue;
        }

        if (rooms->n == rooms->limit) {
            rooms->next = i;
            break;
        }

        rec = &rooms->recs[rooms->n++];
        memset(rec, 0, sizeof(ngx_chat_wire_t));

        rec->room = name;
        rec->seq = room->seq;
        rec->count = room->users;

        p += name.len;
    }

    return NGX_CHAT_LOG_OK;
}


/* Raw rooms, and that of the site, have other names. */

static int
ngx_chat_log_rooms_used(const ngx_chat_log_room_t *room,
    const ngx_chat_str_t *name)
{
    return (room->seq != 0 || room->users != 0)
           && ngx_chat_log_room_trusted(room)
           && ngx_chat_name_room_valid(name);
}
