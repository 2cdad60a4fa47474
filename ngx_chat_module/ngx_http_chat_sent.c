
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What the store has answered to a message; see the header of the hub. */


#include "ngx_http_chat_hub.h"
#include "ngx_http_chat_answer.h"
#include "ngx_http_chat_limit.h"
#include "ngx_http_chat_metric.h"
#include "ngx_http_chat_raw.h"
#include "ngx_http_chat_rights.h"


typedef struct {
    int64_t              id;
    ngx_chat_wire_t      rec;
    unsigned             dup:1;
} ngx_http_chat_sent_t;


static void ngx_http_chat_sent_early(ngx_http_chat_session_t *s,
    const ngx_http_chat_ticket_t *ticket, const ngx_http_chat_reply_t *reply);
static void ngx_http_chat_sent_not(ngx_http_chat_session_t *s,
    const ngx_http_chat_ticket_t *ticket, const ngx_http_chat_reply_t *reply);
static size_t ngx_http_chat_sent_write(u_char *buf, size_t size,
    const void *arg);


void
ngx_http_chat_hub_published(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply)
{
    ngx_chat_error_t           e;
    ngx_http_chat_sent_t       sent;
    ngx_http_chat_session_t   *s;
    ngx_http_chat_hub_room_t  *room;

    room = ticket->room;

    ngx_http_chat_metric_published(reply->code, reply->dup, ticket->data);

    s = ngx_http_chat_hub_answered(ticket);

    if (s == NULL) {
        /* gone meanwhile: stored, and nobody to tell */

    } else if (s->conf->format == NGX_HTTP_CHAT_FORMAT_RAW) {

        if (reply->code != NGX_CHAT_CODE_OK) {
            ngx_http_chat_answer_reply(&e, 0, reply);
            e.room = room->room.name;

            ngx_http_chat_raw_unsent(s, &e);
        }

    } else if (reply->code != NGX_CHAT_CODE_OK) {
        ngx_http_chat_sent_not(s, ticket, reply);

    } else if (ticket->id != 0) {
        ngx_memzero(&sent, sizeof(ngx_http_chat_sent_t));

        sent.id = ticket->id;
        sent.rec.seq = reply->seq;
        sent.rec.time = reply->time;
        sent.rec.epoch = reply->epoch;
        sent.dup = reply->dup;

        ngx_http_chat_answer(s, ngx_http_chat_sent_write, &sent);
    }

    if (s != NULL) {
        ngx_http_chat_sent_early(s, ticket, reply);
    }

    ngx_http_chat_hub_done(ticket);
}


/* The room's rate has refused it, or would have. */

static void
ngx_http_chat_sent_early(ngx_http_chat_session_t *s,
    const ngx_http_chat_ticket_t *ticket, const ngx_http_chat_reply_t *reply)
{
    ngx_http_chat_hub_room_t  *room;

    room = ticket->room;

    if (reply->code == NGX_CHAT_CODE_RATE_LIMITED
        || (reply->code == NGX_CHAT_CODE_OK && reply->wait != 0))
    {
        ngx_http_chat_limit_early(s, &room->room.name,
                                  (uint32_t) reply->wait);
    }
}


/* Who is banned, and has not been told yet by the act itself, leaves. */

static void
ngx_http_chat_sent_not(ngx_http_chat_session_t *s,
    const ngx_http_chat_ticket_t *ticket, const ngx_http_chat_reply_t *reply)
{
    ngx_chat_error_t           e;
    ngx_http_chat_member_t    *m;
    ngx_http_chat_hub_room_t  *room;

    room = ticket->room;

    ngx_http_chat_answer_reply(&e, ticket->id, reply);
    e.room = room->room.name;
    ngx_http_chat_answer_fault_now(s, &e);

    m = (ngx_http_chat_member_t *) ngx_chat_room_member(s->rooms,
                                                        &room->room);

    if (m != NULL && reply->code == NGX_CHAT_CODE_BANNED) {
        ngx_http_chat_rights_banned(s, m, reply->until);
    }
}


static size_t
ngx_http_chat_sent_write(u_char *buf, size_t size, const void *arg)
{
    const ngx_http_chat_sent_t  *sent;

    sent = arg;

    return ngx_chat_proto_ok_send(buf, size, sent->id, &sent->rec, sent->dup);
}
