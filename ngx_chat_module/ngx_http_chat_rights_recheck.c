
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Asking again: who was let in by rights that may not hold any more. */


#include "ngx_http_chat_rights.h"
#include "ngx_http_chat_answer.h"
#include "ngx_http_chat_site.h"


static void ngx_http_chat_rights_back(ngx_http_chat_hub_room_t *room,
    uint64_t version);
static void ngx_http_chat_rights_rechecked(
    const ngx_http_chat_ticket_t *ticket, const ngx_http_chat_reply_t *reply);


ngx_uint_t
ngx_http_chat_rights_seen(ngx_http_chat_hub_room_t *room,
    const ngx_chat_room_conf_t *conf, uint64_t asked)
{
    ngx_uint_t  changed;

    if (conf->version >= asked && conf->version < room->conf.version) {
        return 0;
    }

    if (room->state != NGX_HTTP_CHAT_ROOM_LIVE) {
        return 1;
    }

    changed = (conf->version != room->conf.version);

    if (room->known && conf->version > room->conf.version) {
        /* the act is heard soon, or was missed */

        room->seen = ngx_max(room->seen, conf->version);
        ngx_http_chat_hub_retry(room->hub);

        return 1;
    }

    if (!room->known || changed) {
        ngx_http_chat_rights_back(room, conf->version);
    }

    room->known = 1;
    room->conf = *conf;

    if (!room->based || conf->version < room->acts) {
        room->based = 1;
        room->acts = conf->version;
    }

    if (changed) {
        ngx_http_chat_rights_recheck(room);
    }

    ngx_http_chat_rights_missed(room);

    return 1;
}


/*
 * A store that took another's place may not have its last acts: what it numbers
 * anew must hold for who was let in by those.
 */

static void
ngx_http_chat_rights_back(ngx_http_chat_hub_room_t *room, uint64_t version)
{
    ngx_chat_member_t       *member;
    ngx_http_chat_member_t  *m;

    if (room == room->hub->site) {
        ngx_http_chat_site_back(room->hub, version);
        return;
    }

    for (member = room->room.first; member != NULL; member = member->next) {
        m = (ngx_http_chat_member_t *) member;
        m->since = ngx_min(m->since, version);
    }
}


void
ngx_http_chat_rights_recheck(ngx_http_chat_hub_room_t *room)
{
    ngx_chat_member_t       *member;
    ngx_http_chat_member_t  *m;

    if (room == room->hub->site) {
        ngx_http_chat_site_recheck(room->hub);
        return;
    }

    ngx_http_chat_rights_tell_all(room);

    for (member = room->room.first; member != NULL; member = member->next) {
        m = (ngx_http_chat_member_t *) member;

        m->stale = m->joined;
        room->doubt |= m->joined;
    }

    ngx_http_chat_rights_recheck_more(room);
}


void
ngx_http_chat_rights_recheck_member(ngx_http_chat_member_t *m)
{
    ngx_http_chat_hub_room_t  *room;

    room = (ngx_http_chat_hub_room_t *) m->member.room;

    m->stale = 1;
    room->doubt = 1;

    ngx_http_chat_rights_recheck_more(room);
}


void
ngx_http_chat_rights_probe(ngx_http_chat_hub_room_t *room)
{
    ngx_chat_member_t       *member;
    ngx_http_chat_member_t  *m;

    for (member = room->room.first; member != NULL; member = member->next) {
        m = (ngx_http_chat_member_t *) member;

        if (m->joined && !room->known) {
            ngx_http_chat_rights_recheck_member(m);
            return;
        }
    }
}


/*
 * So many at once, and the next when their answers come: each walk goes on
 * where it stood, and who is doubted behind it waits for the next one.
 */

void
ngx_http_chat_rights_recheck_more(ngx_http_chat_hub_room_t *room)
{
    ngx_chat_member_t       *member;
    ngx_http_chat_member_t  *m;

    if (room->state != NGX_HTTP_CHAT_ROOM_LIVE) {
        return;
    }

    while (room->asking < NGX_HTTP_CHAT_RIGHTS_BATCH) {

        if (!room->walking) {

            if (!room->doubt || room->asking != 0) {
                return;
            }

            ngx_chat_room_walk(&room->room, &room->doubted);

            room->doubt = 0;
            room->walking = 1;
        }

        member = ngx_chat_room_walk_next(&room->doubted);

        if (member == NULL) {
            ngx_chat_room_walk_end(&room->doubted);
            room->walking = 0;
            continue;
        }

        m = (ngx_http_chat_member_t *) member;

        if (!m->stale || !m->joined) {
            continue;
        }

        if (ngx_http_chat_rights_ask(member->owner, room,
                                     ngx_http_chat_rights_rechecked, 0)
            != NGX_OK)
        {
            room->doubt = 1;
            ngx_http_chat_hub_retry(room->hub);
            return;
        }

        m->stale = 0;
        room->asking++;
    }
}


static void
ngx_http_chat_rights_rechecked(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply)
{
    ngx_chat_error_t           e;
    ngx_http_chat_member_t    *m;
    ngx_http_chat_session_t   *s;
    ngx_http_chat_hub_room_t  *room;

    room = ticket->room;
    room->asking--;

    s = ngx_http_chat_hub_answered(ticket);
    m = NULL;

    if (s != NULL) {
        m = (ngx_http_chat_member_t *) ngx_chat_room_member(s->rooms,
                                                            &room->room);
    }

    if (m == NULL || !m->joined) {
        /* left meanwhile, and comes in by another answer */

    } else if (!ngx_http_chat_rights_told(reply)) {
        m->stale = 1;
        room->doubt = 1;
        ngx_http_chat_hub_retry(room->hub);

    } else if (!ngx_http_chat_rights_seen(room, &reply->conf,
                                          (uint64_t) ticket->id))
    {
        m->stale = 1;
        room->doubt = 1;

    } else if (reply->code == NGX_CHAT_CODE_OK) {

        if (!ngx_http_chat_rights_kicked_since(s, m, reply)) {
            ngx_http_chat_rights_take(s, m, reply);
        }

    } else {
        ngx_http_chat_answer_reply(&e, 0, reply);
        ngx_http_chat_rights_gone(s, m, &e);
    }

    if (ngx_http_chat_rights_told(reply)) {
        ngx_http_chat_rights_recheck_more(room);
    }

    ngx_http_chat_hub_done(ticket);
}


void
ngx_http_chat_rights_retry(ngx_http_chat_hub_room_t *room)
{
    if (room->state != NGX_HTTP_CHAT_ROOM_LIVE) {
        return;
    }

    if (room->seen > room->conf.version) {
        /* an act was missed */

        room->seen = 0;
        room->known = 0;

        ngx_http_chat_rights_recheck(room);
        return;
    }

    ngx_http_chat_rights_missed(room);

    if (room == room->hub->site) {
        ngx_http_chat_site_recheck_more(room->hub);

    } else {
        ngx_http_chat_rights_recheck_more(room);
    }
}
