
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* How a member of a LIVE room comes in: the store is told, then it hears. */


#include "ngx_http_chat_hub.h"
#include "ngx_http_chat_answer.h"
#include "ngx_http_chat_deliver.h"
#include "ngx_http_chat_presence.h"


/* An answer to join, or the event that stands for it. */

typedef struct {
    int64_t              id;
    ngx_chat_joined_t    joined;
} ngx_http_chat_hub_joined_t;


static void ngx_http_chat_hub_entered(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply);
static void ngx_http_chat_hub_admit_here(ngx_http_chat_session_t *s,
    ngx_http_chat_member_t *m, int64_t id);
static void ngx_http_chat_hub_admit(ngx_http_chat_session_t *s,
    ngx_http_chat_member_t *m, int64_t id,
    const ngx_http_chat_reply_t *reply, ngx_uint_t in_turn);
static size_t ngx_http_chat_hub_write_joined(u_char *buf, size_t size,
    const void *arg);


/* The room is LIVE: tells the store, or lets in where it need not know. */

ngx_chat_code_e
ngx_http_chat_hub_enter(ngx_http_chat_session_t *s,
    ngx_http_chat_member_t *m, int64_t id)
{
    uint32_t                   max;
    ngx_int_t                  rc;
    ngx_chat_user_t            user;
    ngx_http_chat_hub_t       *hub;
    ngx_http_chat_ticket_t     ticket;
    ngx_http_chat_hub_room_t  *room;

    room = (ngx_http_chat_hub_room_t *) m->member.room;
    hub = room->hub;

    if (s->conf->format == NGX_HTTP_CHAT_FORMAT_RAW) {
        m->joined = 1;
        return NGX_CHAT_CODE_OK;
    }

    ngx_http_chat_hub_ticket(&ticket, room, s, ngx_http_chat_hub_entered);
    ticket.id = id;

    if (s->conf->presence == NGX_HTTP_CHAT_PRESENCE_OFF) {

        if (room->epoch_len != 0 && !room->resync
            && (m->joined || s->asked == s->answered))
        {
            /* the worker knows where the room stands */
            ngx_http_chat_hub_admit_here(s, m, id);
            return NGX_CHAT_CODE_OK;
        }

        rc = hub->store->ops->tail(hub->broker, &room->room.name, &ticket);

    } else {

        if (m->present == NULL) {
            m->present = ngx_http_chat_presence_add(room, s);

            if (m->present == NULL) {
                return NGX_CHAT_CODE_INTERNAL;
            }
        }

        ticket.data = (uintptr_t) m->present;

        ngx_http_chat_presence_user(m->present, &user);

        max = (s->conf->presence == NGX_HTTP_CHAT_PRESENCE_ON)
              ? (uint32_t) s->conf->presence_max : 0;

        room->presence_max = ngx_max(room->presence_max, max);

        rc = hub->store->ops->enter(hub->broker, &room->room.name, &user, max,
                                    &ticket);

        if (rc == NGX_OK) {
            ngx_http_chat_presence_entering(m->present);
        }
    }

    if (rc != NGX_OK) {
        return NGX_CHAT_CODE_UNAVAILABLE;
    }

    ngx_http_chat_hub_taken(room, s);

    if (!m->joined) {
        /* what it sends before it hears the room would never reach it */
        ngx_http_chat_session_pause(s, NGX_HTTP_CHAT_PAUSE_JOIN);
    }

    return NGX_CHAT_CODE_OK;
}


static void
ngx_http_chat_hub_entered(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply)
{
    ngx_http_chat_member_t    *m;
    ngx_http_chat_session_t   *s;
    ngx_http_chat_hub_room_t  *room;

    room = ticket->room;

    s = ngx_http_chat_hub_answered(ticket);
    m = NULL;

    if (s != NULL) {
        m = (ngx_http_chat_member_t *) ngx_chat_room_member(s->rooms,
                                                            &room->room);
    }

    if (m != NULL) {

        if (reply->code == NGX_CHAT_CODE_OK) {
            ngx_http_chat_hub_admit(s, m, ticket->id, reply, 0);

        } else {
            ngx_http_chat_hub_refuse(s, m, ticket->id, reply->code);
        }

    } else if (s != NULL && ticket->id != 0) {
        ngx_http_chat_answer_error(s, ticket->id, NGX_CHAT_CODE_NOT_MEMBER,
                                   "You left the room while you joined it.");
    }

    if (s != NULL) {
        ngx_http_chat_session_resume(s, NGX_HTTP_CHAT_PAUSE_JOIN);
    }

    if (ticket->data != 0) {
        ngx_http_chat_presence_answered(
            (ngx_http_chat_present_t *) ticket->data, reply, 1);
    }

    ngx_http_chat_hub_done(ticket);
}


static void
ngx_http_chat_hub_admit_here(ngx_http_chat_session_t *s,
    ngx_http_chat_member_t *m, int64_t id)
{
    ngx_http_chat_reply_t      reply;
    ngx_http_chat_hub_room_t  *room;

    room = (ngx_http_chat_hub_room_t *) m->member.room;

    ngx_memzero(&reply, sizeof(ngx_http_chat_reply_t));

    reply.seq = room->seq;
    reply.epoch.data = room->epoch;
    reply.epoch.len = room->epoch_len;

    ngx_http_chat_hub_admit(s, m, id, &reply, 1);
}


static void
ngx_http_chat_hub_admit(ngx_http_chat_session_t *s,
    ngx_http_chat_member_t *m, int64_t id,
    const ngx_http_chat_reply_t *reply, ngx_uint_t in_turn)
{
    ngx_http_chat_hub_room_t    *room;
    ngx_http_chat_hub_joined_t   j;

    room = (ngx_http_chat_hub_room_t *) m->member.room;

    if (room->epoch_len == 0) {
        ngx_http_chat_deliver_position(room, &reply->epoch, reply->seq);
    }

    ngx_memzero(&j, sizeof(ngx_http_chat_hub_joined_t));

    j.id = id;
    j.joined.room = room->room.name;
    j.joined.epoch = reply->epoch;

    /* what came between the store's answer and now has been missed */

    j.joined.top = ngx_http_chat_deliver_top(room, &reply->epoch, reply->seq);
    j.joined.floor = j.joined.top + 1;
    j.joined.count = reply->count;
    j.joined.users = reply->users;
    j.joined.nusers = reply->nusers;
    j.joined.presence = s->conf->presence != NGX_HTTP_CHAT_PRESENCE_OFF;
    j.joined.list = reply->listed && m->presence;

    if (in_turn && m->joined) {
        ngx_http_chat_answer_in_turn(s, ngx_http_chat_hub_write_joined, &j);
        return;
    }

    /* before any record of the room */

    m->joined = 1;

    ngx_http_chat_answer(s, ngx_http_chat_hub_write_joined, &j);
}


static size_t
ngx_http_chat_hub_write_joined(u_char *buf, size_t size, const void *arg)
{
    const ngx_http_chat_hub_joined_t  *j;

    j = arg;

    return ngx_chat_proto_ok_join(buf, size, j->id, &j->joined);
}


void
ngx_http_chat_hub_refuse(ngx_http_chat_session_t *s,
    ngx_http_chat_member_t *m, int64_t id, ngx_chat_code_e code)
{
    if (!m->joined) {
        ngx_http_chat_hub_drop(s, m);
    }

    if (s->conf->format == NGX_HTTP_CHAT_FORMAT_RAW) {
        ngx_http_chat_session_close(s, NGX_CHAT_CLOSE_TRY_LATER,
                                    "the chat store is away, try again later");
        return;
    }

    ngx_http_chat_answer_error(s, id, code, NULL);
}
