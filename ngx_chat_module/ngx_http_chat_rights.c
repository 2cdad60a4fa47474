
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Rights as the store tells them; see the header. */


#include "ngx_http_chat_rights.h"
#include "ngx_http_chat_answer.h"


static void ngx_http_chat_rights_answered(
    const ngx_http_chat_ticket_t *ticket, const ngx_http_chat_reply_t *reply);
static void ngx_http_chat_rights_enter(ngx_http_chat_session_t *s,
    ngx_http_chat_member_t *m, ngx_http_chat_entry_t *e,
    const ngx_http_chat_reply_t *reply);
static void ngx_http_chat_rights_deny(ngx_http_chat_session_t *s,
    ngx_http_chat_member_t *m, const ngx_chat_error_t *e);
static void ngx_http_chat_rights_judge(const ngx_http_chat_member_t *m,
    ngx_chat_right_e right, ngx_chat_verdict_t *verdict);


ngx_chat_code_e
ngx_http_chat_rights_admit(ngx_http_chat_session_t *s,
    ngx_http_chat_member_t *m, ngx_http_chat_entry_t *e)
{
    ngx_http_chat_hub_room_t  *room;

    room = (ngx_http_chat_hub_room_t *) m->member.room;

    if (room->known && room->conf.version == 0) {
        m->role = ngx_http_chat_rights_given(m) & 3;
        m->muted = 0;
        m->since = m->joined ? m->since : 0;
        e->checked = 1;

        return ngx_http_chat_hub_enter(s, m, e);
    }

    if (room->probing) {
        /* the answer to who was first may be all that is to be known */

        m->entry = e;
        m->waits = 1;

        ngx_http_chat_session_pause(s, NGX_HTTP_CHAT_PAUSE_JOIN);

        return NGX_CHAT_CODE_OK;
    }

    if (ngx_http_chat_rights_ask(s, room, ngx_http_chat_rights_answered,
                                 (uintptr_t) e)
        != NGX_OK)
    {
        ngx_free(e);
        return NGX_CHAT_CODE_UNAVAILABLE;
    }

    e->version = room->conf.version;
    e->probe = !room->known;
    room->probing |= e->probe;
    m->entry = e;

    ngx_http_chat_session_pause(s, NGX_HTTP_CHAT_PAUSE_JOIN);

    return NGX_CHAT_CODE_OK;
}


ngx_int_t
ngx_http_chat_rights_ask(ngx_http_chat_session_t *s,
    ngx_http_chat_hub_room_t *room, ngx_http_chat_reply_pt handler,
    uintptr_t data)
{
    u_char                   ip[NGX_CHAT_RIGHTS_IP_MAX];
    ngx_chat_actor_t         actor;
    ngx_http_chat_hub_t     *hub;
    ngx_http_chat_ticket_t   ticket;

    hub = room->hub;

    ngx_http_chat_rights_actor(s, room, &actor, ip);

    ngx_http_chat_hub_ticket(&ticket, room, s, handler);
    ticket.data = data;
    ticket.id = (int64_t) room->conf.version;

    if (hub->store->ops->rights(hub->broker, &room->room.name, &actor,
                                &ticket)
        != NGX_OK)
    {
        return NGX_DECLINED;
    }

    ngx_http_chat_hub_taken(room, s);

    return NGX_OK;
}


void
ngx_http_chat_rights_actor(ngx_http_chat_session_t *s,
    ngx_http_chat_hub_room_t *room, ngx_chat_actor_t *actor, u_char *ip)
{
    ngx_http_chat_member_t  *m;

    ngx_http_chat_actor(s, actor, ip);

    m = (ngx_http_chat_member_t *) ngx_chat_room_member(s->rooms,
                                                        &room->room);
    if (m != NULL && m->given > actor->given) {
        actor->given = (ngx_chat_role_e) m->given;
    }
}


static void
ngx_http_chat_rights_answered(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply)
{
    ngx_uint_t                 probe, told, old;
    ngx_http_chat_entry_t     *e;
    ngx_http_chat_member_t    *m;
    ngx_http_chat_session_t   *s;
    ngx_http_chat_hub_room_t  *room;

    e = (ngx_http_chat_entry_t *) ticket->data;
    room = ticket->room;

    s = ngx_http_chat_hub_answered(ticket);
    m = NULL;

    if (s != NULL) {
        m = (ngx_http_chat_member_t *) ngx_chat_room_member(s->rooms,
                                                            &room->room);
    }

    probe = e->probe;

    if (probe) {
        room->probing = 0;
    }

    told = ngx_http_chat_rights_told(reply);
    old = told && !ngx_http_chat_rights_seen(room, &reply->conf, e->version);

    if (m != NULL && (old || room->state == NGX_HTTP_CHAT_ROOM_SUBSCRIBING)) {
        /* an act has come since, or may come unheard: once again */
        m->entry = e;
        m->waits = 1;
        probe = 1;

    } else {
        ngx_http_chat_rights_enter(s, m, e, reply);
    }

    if (probe && room->state != NGX_HTTP_CHAT_ROOM_SUBSCRIBING) {
        ngx_http_chat_hub_live(room,
                               room->state != NGX_HTTP_CHAT_ROOM_LIVE
                               ? NGX_CHAT_CODE_UNAVAILABLE
                               : told ? NGX_CHAT_CODE_OK : reply->code);
    }

    ngx_http_chat_hub_done(ticket);
}


ngx_uint_t
ngx_http_chat_rights_told(const ngx_http_chat_reply_t *reply)
{
    return reply->code == NGX_CHAT_CODE_OK
           || reply->code == NGX_CHAT_CODE_BANNED
           || reply->code == NGX_CHAT_CODE_FORBIDDEN;
}


/* Takes e; m is NULL if the member has left, s if its session has ended. */

static void
ngx_http_chat_rights_enter(ngx_http_chat_session_t *s,
    ngx_http_chat_member_t *m, ngx_http_chat_entry_t *e,
    const ngx_http_chat_reply_t *reply)
{
    int64_t           id;
    ngx_chat_code_e   rc;
    ngx_chat_error_t  error;

    if (s == NULL) {
        ngx_free(e);
        return;
    }

    id = e->id;

    ngx_http_chat_session_resume(s, NGX_HTTP_CHAT_PAUSE_JOIN);

    if (m == NULL) {
        ngx_http_chat_hub_left(s, e);
        ngx_free(e);
        return;
    }

    m->entry = NULL;

    ngx_http_chat_answer_reply(&error, id, reply);
    error.room = m->member.room->name;

    if (reply->code != NGX_CHAT_CODE_OK) {
        ngx_free(e);
        ngx_http_chat_rights_deny(s, m, &error);
        return;
    }

    ngx_http_chat_rights_take(NULL, m, reply);
    m->since = m->joined ? m->since : reply->conf.version;
    e->checked = 1;

    rc = ngx_http_chat_hub_enter(s, m, e);

    if (rc != NGX_CHAT_CODE_OK && s->state <= NGX_HTTP_CHAT_OPEN) {
        error.code = rc;
        ngx_http_chat_hub_refuse(s, m, &error);
    }
}


/* Who joins anew may be in, and be so no longer. */

static void
ngx_http_chat_rights_deny(ngx_http_chat_session_t *s,
    ngx_http_chat_member_t *m, const ngx_chat_error_t *e)
{
    if (m->joined && (e->code == NGX_CHAT_CODE_BANNED
                      || e->code == NGX_CHAT_CODE_FORBIDDEN))
    {
        ngx_http_chat_answer_fault_now(s, e);

        if (s->state <= NGX_HTTP_CHAT_OPEN) {
            ngx_http_chat_rights_gone(s, m, e);
        }

        return;
    }

    ngx_http_chat_hub_refuse(s, m, e);
}


void
ngx_http_chat_rights_gone(ngx_http_chat_session_t *s,
    ngx_http_chat_member_t *m, const ngx_chat_error_t *e)
{
    ngx_chat_left_t  left;

    ngx_memzero(&left, sizeof(ngx_chat_left_t));

    left.room = m->member.room->name;
    left.reason = (e->code == NGX_CHAT_CODE_BANNED) ? "banned" : "closed";
    left.until = e->until;

    ngx_http_chat_rights_cut(s, m, &left, e->code);
}


void
ngx_http_chat_rights_banned(ngx_http_chat_session_t *s,
    ngx_http_chat_member_t *m, int64_t until)
{
    ngx_chat_error_t  e;

    ngx_memzero(&e, sizeof(ngx_chat_error_t));

    e.code = NGX_CHAT_CODE_BANNED;
    e.until = until;

    ngx_http_chat_rights_gone(s, m, &e);
}


static void
ngx_http_chat_rights_judge(const ngx_http_chat_member_t *m,
    ngx_chat_right_e right, ngx_chat_verdict_t *verdict)
{
    ngx_chat_case_t            asked;
    ngx_chat_actor_t           actor;
    ngx_chat_rights_t          rights, address;
    ngx_http_chat_session_t   *s;
    ngx_http_chat_hub_room_t  *room;

    s = m->member.owner;
    room = (ngx_http_chat_hub_room_t *) m->member.room;

    ngx_memzero(&actor, sizeof(ngx_chat_actor_t));
    ngx_memzero(&rights, sizeof(ngx_chat_rights_t));
    ngx_memzero(&address, sizeof(ngx_chat_rights_t));

    actor.given = (ngx_chat_role_e) m->role;
    actor.reads = s->head->reads;
    rights.muted = (int64_t) m->muted;

    asked.actor = &actor;
    asked.conf = &room->conf;
    asked.rights = &rights;
    asked.address = &address;
    asked.now = ngx_http_chat_answer_time();

    ngx_chat_rights_check(verdict, right, &asked);
}


void
ngx_http_chat_rights_write(const ngx_http_chat_member_t *m,
    ngx_chat_verdict_t *verdict)
{
    ngx_http_chat_rights_judge(m, NGX_CHAT_RIGHT_WRITE, verdict);
}


void
ngx_http_chat_rights_standing(const ngx_http_chat_member_t *m,
    ngx_chat_standing_t *standing)
{
    ngx_chat_verdict_t         write, moderate;
    ngx_http_chat_session_t   *s;
    ngx_http_chat_hub_room_t  *room;

    s = m->member.owner;
    room = (ngx_http_chat_hub_room_t *) m->member.room;

    ngx_http_chat_rights_judge(m, NGX_CHAT_RIGHT_WRITE, &write);
    ngx_http_chat_rights_judge(m, NGX_CHAT_RIGHT_MODERATE, &moderate);

    standing->role = (unsigned) m->role;
    standing->slow = room->conf.slow;
    standing->lock = room->conf.lock;
    standing->muted = (write.code == NGX_CHAT_CODE_MUTED) ? write.until : 0;
    standing->can = 0;

    if (write.code == NGX_CHAT_CODE_OK) {
        standing->can |= (1u << NGX_CHAT_CAN_SEND)
                         | (1u << NGX_CHAT_CAN_TYPING);
    }

    if (s->conf->keep.count != 0) {
        standing->can |= (1u << NGX_CHAT_CAN_HISTORY);
    }

    if (s->conf->presence != NGX_HTTP_CHAT_PRESENCE_OFF) {
        standing->can |= (1u << NGX_CHAT_CAN_WHO);
    }

    if (moderate.code == NGX_CHAT_CODE_OK) {
        standing->can |= (1u << NGX_CHAT_CAN_KICK) | (1u << NGX_CHAT_CAN_BAN)
                         | (1u << NGX_CHAT_CAN_MUTE)
                         | (1u << NGX_CHAT_CAN_ROLE)
                         | (1u << NGX_CHAT_CAN_SLOW)
                         | (1u << NGX_CHAT_CAN_LOCK);
    }
}


void
ngx_http_chat_rights_take(ngx_http_chat_session_t *s,
    ngx_http_chat_member_t *m, const ngx_http_chat_reply_t *reply)
{
    ngx_uint_t  changed;

    changed = (m->role != reply->role || m->muted != (uint64_t) reply->until);

    m->role = (unsigned) reply->role & 3;
    m->muted = (uint64_t) reply->until & NGX_HTTP_CHAT_MUTED_MASK;

    if (changed && s != NULL) {
        ngx_http_chat_rights_tell(s, m);
    }
}
