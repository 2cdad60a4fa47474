
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Kicks that were not heard: the moderation log tells of the last ones. */


#include "ngx_http_chat_rights.h"
#include "ngx_http_chat_site.h"


static void ngx_http_chat_missed_read(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply);
static void ngx_http_chat_missed_do(ngx_http_chat_hub_room_t *room,
    const ngx_http_chat_reply_t *reply);


void
ngx_http_chat_rights_missed(ngx_http_chat_hub_room_t *room)
{
    uint64_t                 limit;
    ngx_chat_actor_t         actor;
    ngx_http_chat_hub_t     *hub;
    ngx_http_chat_ticket_t   ticket;

    if (!room->based || room->conf.version <= room->acts || room->reading
        || room->state != NGX_HTTP_CHAT_ROOM_LIVE)
    {
        return;
    }

    hub = room->hub;

    /* nobody's name, who may read it */

    ngx_memzero(&actor, sizeof(ngx_chat_actor_t));
    actor.user.id.data = (const u_char *) "";
    actor.user.name = actor.user.id;
    actor.ip = actor.user.id;
    actor.given = NGX_CHAT_ROLE_OWNER;

    limit = ngx_min(room->conf.version - room->acts, NGX_HTTP_CHAT_ACTS_MAX);

    ngx_http_chat_hub_ticket(&ticket, room, NULL, ngx_http_chat_missed_read);
    ticket.id = (int64_t) room->conf.version;

    if (hub->store->ops->acts(hub->broker, &room->room.name, &actor,
                              (ngx_uint_t) limit, &ticket)
        != NGX_OK)
    {
        ngx_http_chat_hub_retry(hub);
        return;
    }

    room->reading = 1;
    ngx_http_chat_hub_taken(room, NULL);
}


static void
ngx_http_chat_missed_read(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply)
{
    ngx_http_chat_hub_room_t  *room;

    room = ticket->room;
    room->reading = 0;

    if (reply->code == NGX_CHAT_CODE_UNAVAILABLE) {
        ngx_http_chat_hub_retry(room->hub);

    } else {
        ngx_http_chat_missed_do(room, reply);

        /* what is not in the log any more, rights() tells of members */

        room->acts = ngx_max(room->acts, (uint64_t) ticket->id);

        ngx_http_chat_rights_missed(room);

        if (room == room->hub->site) {
            ngx_http_chat_site_recheck_more(room->hub);

        } else {
            ngx_http_chat_rights_recheck_more(room);
        }
    }

    ngx_http_chat_hub_done(ticket);
}


/*
 * Each act is one more than the one before.  What is before another number is
 * of rights that the store has forgotten since.
 */

static void
ngx_http_chat_missed_do(ngx_http_chat_hub_room_t *room,
    const ngx_http_chat_reply_t *reply)
{
    ngx_uint_t        i;
    ngx_chat_act_e    act;
    ngx_chat_wire_t  *rec;

    for (i = reply->nrecords; i > 0; i--) {
        rec = &reply->records[i - 1];

        if (rec->version <= room->acts
            || (i < reply->nrecords && rec->version + 1 != rec[1].version))
        {
            break;
        }
    }

    for ( /* void */ ; i < reply->nrecords; i++) {
        rec = &reply->records[i];
        rec->room = room->room.name;
        room->acts = rec->version;

        if (!ngx_chat_rights_act(&rec->act, &act) || act != NGX_CHAT_ACT_KICK)
        {
            continue;
        }

        if (room == room->hub->site) {
            ngx_http_chat_site_kicked(room->hub, rec);

        } else {
            ngx_http_chat_rights_kicked(room, rec);
        }
    }
}
