
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The rooms of this worker: joining and leaving them; see the header. */


#include "ngx_http_chat_hub.h"
#include "ngx_http_chat_answer.h"
#include "ngx_http_chat_deliver.h"
#include "ngx_http_chat_heal.h"
#include "ngx_http_chat_hosts.h"
#include "ngx_http_chat_metric.h"
#include "ngx_http_chat_notice.h"
#include "ngx_http_chat_presence.h"
#include "ngx_http_chat_poll.h"
#include "ngx_http_chat_raw.h"
#include "ngx_http_chat_rights.h"
#include "ngx_http_chat_site.h"
#include "ngx_http_chat_table.h"
#include "ngx_chat_name.h"


static ngx_chat_code_e ngx_http_chat_hub_admit(ngx_http_chat_session_t *s,
    ngx_http_chat_hub_room_t *room, ngx_http_chat_member_t **member);
static void ngx_http_chat_hub_subscribed(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply);


ngx_http_chat_hub_room_t *
ngx_http_chat_hub_room(ngx_http_chat_hub_t *hub, const ngx_chat_str_t *name)
{
    ngx_chat_room_t           *r;
    ngx_http_chat_hub_room_t  *room;

    r = ngx_chat_rooms_find(&hub->rooms, name);

    if (r != NULL) {
        return (ngx_http_chat_hub_room_t *) r;
    }

    room = ngx_calloc(offsetof(ngx_http_chat_hub_room_t, name) + name->len,
                      ngx_cycle->log);
    if (room == NULL) {
        return NULL;
    }

    ngx_memcpy(room->name, name->data, name->len);

    room->hub = hub;
    room->room.name.data = room->name;
    room->room.name.len = name->len;

    if (!ngx_chat_rooms_insert(&hub->rooms, &room->room)) {
        ngx_free(room);
        return NULL;
    }

    ngx_http_chat_presence_init(room);
    ngx_http_chat_metric_add(NGX_CHAT_METRIC_ROOMS, 0, 1);

    return room;
}


void
ngx_http_chat_hub_release(ngx_http_chat_hub_room_t *room)
{
    ngx_http_chat_hub_t  *hub;

    if (room->room.members != 0 || room->nusers != 0 || room->pending != 0) {
        return;
    }

    hub = room->hub;

    if (room->state == NGX_HTTP_CHAT_ROOM_LIVE) {
        hub->store->ops->unsubscribe(hub->broker, &room->room.name);
    }

    ngx_http_chat_presence_destroy(room);
    ngx_chat_rooms_remove(&hub->rooms, &room->room);
    ngx_http_chat_metric_take(NGX_CHAT_METRIC_ROOMS, 0);
    ngx_free(room);
}


void
ngx_http_chat_hub_ticket(ngx_http_chat_ticket_t *ticket,
    ngx_http_chat_hub_room_t *room, ngx_http_chat_session_t *s,
    ngx_http_chat_reply_pt handler)
{
    ngx_memzero(ticket, sizeof(ngx_http_chat_ticket_t));

    ticket->handler = handler;
    ticket->room = room;

    if (s != NULL) {
        ticket->session = ngx_http_chat_table_handle(s);
    }
}


void
ngx_http_chat_hub_taken(ngx_http_chat_hub_room_t *room,
    ngx_http_chat_session_t *s)
{
    room->pending++;

    if (s == NULL) {
        return;
    }

    ngx_http_chat_answer_asked(s);
}


ngx_http_chat_session_t *
ngx_http_chat_hub_answered(const ngx_http_chat_ticket_t *ticket)
{
    ngx_http_chat_session_t  *s;

    s = ngx_http_chat_table_find(ticket->session);

    if (s != NULL) {
        ngx_http_chat_answer_answered(s);
    }

    return s;
}


void
ngx_http_chat_hub_done(const ngx_http_chat_ticket_t *ticket)
{
    ngx_http_chat_session_t   *s;
    ngx_http_chat_hub_room_t  *room;

    s = (ticket->session != 0) ? ngx_http_chat_table_find(ticket->session)
                               : NULL;
    if (s != NULL) {
        ngx_http_chat_answer_turn(s);
    }

    room = ticket->room;

    room->pending--;
    ngx_http_chat_hub_release(room);
}


ngx_int_t
ngx_http_chat_hub_subscribe(ngx_http_chat_hub_room_t *room)
{
    ngx_http_chat_hub_t     *hub;
    ngx_http_chat_ticket_t   ticket;

    hub = room->hub;

    ngx_http_chat_hub_ticket(&ticket, room, NULL,
                             ngx_http_chat_hub_subscribed);

    if (hub->store->ops->subscribe(hub->broker, &room->room.name, &ticket)
        != NGX_OK)
    {
        ngx_http_chat_hub_retry(hub);
        return NGX_DECLINED;
    }

    room->state = NGX_HTTP_CHAT_ROOM_SUBSCRIBING;
    ngx_http_chat_hub_taken(room, NULL);

    return NGX_OK;
}


static void
ngx_http_chat_hub_subscribed(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply)
{
    ngx_http_chat_hub_room_t  *room;

    room = ticket->room;

    room->state = (reply->code == NGX_CHAT_CODE_OK)
                  ? NGX_HTTP_CHAT_ROOM_LIVE : NGX_HTTP_CHAT_ROOM_IDLE;

    ngx_http_chat_hub_live(room, reply->code);
    ngx_http_chat_poll_wake(room);

    if (room->state == NGX_HTTP_CHAT_ROOM_LIVE && room == room->hub->site) {
        ngx_http_chat_site_live(room->hub);
    }

    if (room->state == NGX_HTTP_CHAT_ROOM_LIVE && room->missed) {
        ngx_http_chat_presence_refresh(room);
    }

    if (room->state == NGX_HTTP_CHAT_ROOM_LIVE && room->hole) {
        ngx_http_chat_heal(room);

    } else if (room->state == NGX_HTTP_CHAT_ROOM_IDLE) {
        ngx_http_chat_hub_retry(room->hub);
    }

    ngx_http_chat_hub_done(ticket);
}


void
ngx_http_chat_hub_live(ngx_http_chat_hub_room_t *room, ngx_chat_code_e code)
{
    ngx_chat_code_e           rc;
    ngx_chat_error_t          error;
    ngx_chat_cursor_t         cursor;
    ngx_chat_member_t        *member;
    ngx_http_chat_entry_t    *e;
    ngx_http_chat_member_t   *m;
    ngx_http_chat_session_t  *s;

    ngx_chat_room_walk(&room->room, &cursor);

    for ( ;; ) {
        member = ngx_chat_room_walk_next(&cursor);
        if (member == NULL) {
            break;
        }

        m = (ngx_http_chat_member_t *) member;

        if (!m->waits) {
            continue;
        }

        s = member->owner;
        e = m->entry;
        m->entry = NULL;
        m->waits = 0;
        rc = code;

        ngx_memzero(&error, sizeof(ngx_chat_error_t));
        error.id = e->id;

        /* if it has to wait on, for the store's answer, admit() says so */
        ngx_http_chat_session_resume(s, NGX_HTTP_CHAT_PAUSE_JOIN);

        if (code == NGX_CHAT_CODE_OK) {
            rc = ngx_http_chat_rights_admit(s, m, e);

        } else {
            ngx_free(e);
        }

        if (s->state > NGX_HTTP_CHAT_OPEN) {
            /* it closed, for want of memory, and m went with it */
            continue;
        }

        if (rc != NGX_CHAT_CODE_OK) {
            error.code = rc;
            ngx_http_chat_hub_refuse(s, m, &error);
        }
    }

    ngx_chat_room_walk_end(&cursor);
}


ngx_uint_t
ngx_http_chat_hub_here(const ngx_http_chat_loc_conf_t *conf,
    const ngx_chat_str_t *room)
{
    return conf->room.len == 0
           || conf->format == NGX_HTTP_CHAT_FORMAT_RAW
           || (room->len == conf->room.len
               && ngx_memcmp(room->data, conf->room.data, room->len) == 0);
}


ngx_chat_code_e
ngx_http_chat_hub_join(ngx_http_chat_session_t *s,
    const ngx_chat_command_t *cmd)
{
    return ngx_http_chat_hub_join_as(s, cmd, NGX_CHAT_ROLE_NONE);
}


ngx_chat_code_e
ngx_http_chat_hub_join_as(ngx_http_chat_session_t *s,
    const ngx_chat_command_t *cmd, ngx_chat_role_e given)
{
    ngx_chat_code_e            rc;
    ngx_http_chat_hub_t       *hub;
    ngx_http_chat_entry_t     *e;
    ngx_http_chat_member_t    *m;
    ngx_http_chat_hub_room_t  *room;

    hub = s->conf->store->hub;

    if (!ngx_http_chat_hub_here(s->conf, &cmd->room)) {
        return NGX_CHAT_CODE_FORBIDDEN;
    }

    room = ngx_http_chat_hub_room(hub, &cmd->room);
    if (room == NULL) {
        return NGX_CHAT_CODE_INTERNAL;
    }

    m = (ngx_http_chat_member_t *) ngx_chat_room_member(s->rooms,
                                                        &room->room);
    if (m == NULL) {
        rc = ngx_http_chat_hub_admit(s, room, &m);

        if (rc != NGX_CHAT_CODE_OK) {
            ngx_http_chat_hub_release(room);
            return rc;
        }
    }

    if (s->conf->format == NGX_HTTP_CHAT_FORMAT_JSON) {
        room->keep = s->conf->keep;
    }

    m->given = given & 3;
    m->role = ngx_max(m->role, ngx_http_chat_rights_given(m));
    m->presence = cmd->presence
                  && s->conf->presence != NGX_HTTP_CHAT_PRESENCE_OFF;

    e = ngx_http_chat_hub_entry(s, cmd);

    if (e == NULL) {
        rc = NGX_CHAT_CODE_INTERNAL;

    } else if (room->state == NGX_HTTP_CHAT_ROOM_LIVE) {
        rc = ngx_http_chat_rights_admit(s, m, e);

    } else if (room->state == NGX_HTTP_CHAT_ROOM_SUBSCRIBING
               || ngx_http_chat_hub_subscribe(room) == NGX_OK)
    {
        m->entry = e;
        m->waits = 1;
        ngx_http_chat_session_pause(s, NGX_HTTP_CHAT_PAUSE_JOIN);

        return NGX_CHAT_CODE_OK;

    } else {
        rc = NGX_CHAT_CODE_UNAVAILABLE;
        ngx_free(e);
    }

    if (rc != NGX_CHAT_CODE_OK && !m->joined) {
        ngx_http_chat_hub_drop(s, m, "");
        ngx_http_chat_hub_release(room);
    }

    return rc;
}


/* Makes the session a member, who is not in yet, nor counted. */

static ngx_chat_code_e
ngx_http_chat_hub_admit(ngx_http_chat_session_t *s,
    ngx_http_chat_hub_room_t *room, ngx_http_chat_member_t **member)
{
    ngx_http_chat_member_t  *m;

    if (s->nrooms == UINT16_MAX
        || (s->conf->max_rooms != 0 && s->nrooms >= s->conf->max_rooms))
    {
        return NGX_CHAT_CODE_TOO_MANY_ROOMS;
    }

    m = ngx_calloc(sizeof(ngx_http_chat_member_t), ngx_cycle->log);
    if (m == NULL) {
        return NGX_CHAT_CODE_INTERNAL;
    }

    m->member.owner = s;
    ngx_chat_room_join(&room->room, &m->member, &s->rooms);
    s->nrooms++;
    ngx_http_chat_metric_add(NGX_CHAT_METRIC_MEMBERS, 0, 1);

    *member = m;

    return NGX_CHAT_CODE_OK;
}


ngx_int_t
ngx_http_chat_hub_count(ngx_http_chat_session_t *s, ngx_http_chat_member_t *m,
    ngx_http_chat_reply_pt handler, uintptr_t data)
{
    ngx_int_t                  rc;
    ngx_uint_t                 counted;
    ngx_http_chat_ticket_t     ticket;
    ngx_http_chat_hub_room_t  *room;

    if (m->joined || m->counted) {
        return NGX_OK;
    }

    rc = ngx_http_chat_limit_join(s, &m->member.room->name, &counted);
    m->counted = counted & 1;

    if (!counted) {
        return rc;
    }

    room = (ngx_http_chat_hub_room_t *) m->member.room;

    ngx_http_chat_hub_ticket(&ticket, room, s, handler);
    ticket.data = data;

    if (ngx_http_chat_hosts_join(s, &room->room.name, &ticket) != NGX_OK) {
        return NGX_OK;
    }

    ngx_http_chat_hub_taken(room, s);

    return NGX_AGAIN;
}


ngx_chat_code_e
ngx_http_chat_hub_leave(ngx_http_chat_session_t *s,
    const ngx_chat_str_t *name)
{
    ngx_chat_room_t           *r;
    ngx_http_chat_member_t    *m;
    ngx_http_chat_hub_room_t  *room;

    r = ngx_chat_rooms_find(&s->conf->store->hub->rooms, name);

    if (r == NULL) {
        return NGX_CHAT_CODE_OK;
    }

    m = (ngx_http_chat_member_t *) ngx_chat_room_member(s->rooms, r);

    if (m == NULL) {
        return NGX_CHAT_CODE_OK;
    }

    room = (ngx_http_chat_hub_room_t *) r;

    ngx_http_chat_hub_drop(s, m, "asked");
    ngx_http_chat_hub_release(room);

    return NGX_CHAT_CODE_OK;
}


void
ngx_http_chat_hub_left(ngx_http_chat_session_t *s,
    const ngx_http_chat_entry_t *e)
{
    ngx_chat_error_t  error;

    if (e->id == 0) {
        return;
    }

    ngx_memzero(&error, sizeof(ngx_chat_error_t));

    error.id = e->id;
    error.code = e->code;
    error.until = e->until;

    if (e->code == NGX_CHAT_CODE_OK) {
        error.code = NGX_CHAT_CODE_NOT_MEMBER;
        error.message = "You left the room while you joined it.";
    }

    ngx_http_chat_answer_fault_now(s, &error);
}


void
ngx_http_chat_hub_refuse(ngx_http_chat_session_t *s,
    ngx_http_chat_member_t *m, const ngx_chat_error_t *e)
{
    ngx_chat_error_t  error;

    error = *e;
    error.room = m->member.room->name;

    if (!m->joined) {
        ngx_http_chat_hub_drop(s, m, "");
    }

    if (s->conf->format == NGX_HTTP_CHAT_FORMAT_RAW) {
        ngx_http_chat_raw_refuse(s, &error);
        return;
    }

    ngx_http_chat_answer_fault_now(s, &error);

    if (s->stream) {
        ngx_http_chat_raw_refuse(s, &error);
    }
}


/* Takes the member out; the room is left for the caller to release. */

void
ngx_http_chat_hub_drop(ngx_http_chat_session_t *s, ngx_http_chat_member_t *m,
    const char *cause)
{
    if (m->joined) {
        ngx_http_chat_notice_member(s, NGX_HTTP_CHAT_NOTICE_LEAVE,
                                    &m->member.room->name, cause);
    }

    if (m->counted) {
        ngx_http_chat_limit_part(s, &m->member.room->name);
        ngx_http_chat_hosts_part(s, &m->member.room->name);
    }

    ngx_chat_room_leave(&m->member, &s->rooms);
    s->nrooms--;
    ngx_http_chat_metric_take(NGX_CHAT_METRIC_MEMBERS, 0);

    if (m->present != NULL) {
        ngx_http_chat_presence_remove(m->present, s);
    }

    if (m->waits) {
        ngx_free(m->entry);
    }

    ngx_free(m);
}


void
ngx_http_chat_hub_leave_all(ngx_http_chat_session_t *s)
{
    uint16_t                   n;
    ngx_http_chat_member_t    *m;
    ngx_http_chat_hub_room_t  *room;

    n = s->nrooms;

    while (s->rooms != NULL) {
        m = (ngx_http_chat_member_t *) s->rooms;
        room = (ngx_http_chat_hub_room_t *) m->member.room;

        ngx_http_chat_hub_drop(s, m, ngx_http_chat_notice_cause(s));
        ngx_http_chat_hub_release(room);
    }

    /* for the log: the rooms in which it ended */

    s->nrooms = n;
}
