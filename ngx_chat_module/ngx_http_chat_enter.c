
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * How a member of a LIVE room comes in: the store is told, what was said is
 * read, then it hears.
 */


#include "ngx_http_chat_hub.h"
#include "ngx_http_chat_answer.h"
#include "ngx_http_chat_deliver.h"
#include "ngx_http_chat_enter_answer.h"
#include "ngx_http_chat_enter_stream.h"
#include "ngx_http_chat_heal.h"
#include "ngx_http_chat_metric.h"
#include "ngx_http_chat_notice.h"
#include "ngx_http_chat_presence.h"
#include "ngx_http_chat_raw.h"
#include "ngx_http_chat_rights.h"


/* messages of the answer to a join that does not say how many */
#define NGX_HTTP_CHAT_ENTER_LIMIT  50


static ngx_uint_t ngx_http_chat_enter_known(ngx_http_chat_hub_room_t *room,
    const ngx_http_chat_entry_t *e);
static ngx_int_t ngx_http_chat_enter_tell(ngx_http_chat_session_t *s,
    ngx_http_chat_member_t *m, ngx_http_chat_entry_t *e);
static ngx_int_t ngx_http_chat_enter_read(ngx_http_chat_session_t *s,
    ngx_http_chat_hub_room_t *room, ngx_http_chat_entry_t *e);
static void ngx_http_chat_enter_counted(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply);
static void ngx_http_chat_enter_told(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply);
static void ngx_http_chat_enter_done(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply);
static void ngx_http_chat_enter_finish(const ngx_http_chat_ticket_t *ticket,
    ngx_http_chat_session_t *s, ngx_http_chat_entry_t *e,
    const ngx_http_chat_reply_t *reply);
static void ngx_http_chat_enter_admit(ngx_http_chat_session_t *s,
    ngx_http_chat_member_t *m, ngx_http_chat_entry_t *e,
    const ngx_http_chat_reply_t *reply);
static void ngx_http_chat_enter_catch_up(ngx_http_chat_hub_room_t *room,
    const ngx_http_chat_reply_t *reply);
static void ngx_http_chat_enter_free(ngx_http_chat_entry_t *e);


ngx_http_chat_entry_t *
ngx_http_chat_hub_entry(ngx_http_chat_session_t *s,
    const ngx_chat_command_t *cmd)
{
    size_t                  len;
    ngx_uint_t              limit;
    ngx_http_chat_entry_t  *e;

    e = ngx_calloc(sizeof(ngx_http_chat_entry_t), ngx_cycle->log);
    if (e == NULL) {
        return NULL;
    }

    limit = (cmd->limit < 0) ? NGX_HTTP_CHAT_ENTER_LIMIT
                             : (ngx_uint_t) cmd->limit;

    e->id = cmd->id;
    e->query.limit = ngx_min(limit, s->conf->history_page);
    e->query.size = ngx_http_chat_hub_page_size(s->conf);
    e->query.keep = s->conf->keep;

    if (cmd->after >= 0) {
        len = ngx_min(cmd->epoch.len, NGX_CHAT_WIRE_EPOCH_MAX);
        ngx_memcpy(e->epoch, cmd->epoch.data, len);

        e->query.part = NGX_HTTP_CHAT_RESUME;
        e->query.number = (uint64_t) cmd->after;
        e->query.epoch.data = e->epoch;
        e->query.epoch.len = len;
    }

    return e;
}


ngx_chat_code_e
ngx_http_chat_hub_enter(ngx_http_chat_session_t *s,
    ngx_http_chat_member_t *m, ngx_http_chat_entry_t *e)
{
    ngx_uint_t                 raw;
    ngx_chat_code_e            code;
    ngx_http_chat_hub_room_t  *room;

    room = (ngx_http_chat_hub_room_t *) m->member.room;
    raw = (s->conf->format == NGX_HTTP_CHAT_FORMAT_RAW);

    switch (ngx_http_chat_hub_count(s, m, ngx_http_chat_enter_counted,
                                    raw ? 0 : (uintptr_t) e))
    {

    case NGX_OK:
        break;

    case NGX_AGAIN:
        e->pending++;
        break;

    default: /* NGX_DECLINED */
        ngx_http_chat_enter_free(e);
        return NGX_CHAT_CODE_ROOM_FULL;
    }

    if (raw) {
        m->joined = 1;
        ngx_free(e);
        ngx_http_chat_metric_add(NGX_CHAT_METRIC_JOINED, 0, 1);
        ngx_http_chat_notice_member(s, NGX_HTTP_CHAT_NOTICE_JOIN,
                                    &room->room.name, "");

        if (m->stale) {
            ngx_http_chat_rights_recheck_member(m);
        }

        return NGX_CHAT_CODE_OK;
    }

    /* what it has said itself may not have come back to the worker yet */

    e->known = s->asked == s->answered && ngx_http_chat_enter_known(room, e);
    e->from = room->seq;
    e->version = room->conf.version;

    if (s->conf->presence == NGX_HTTP_CHAT_PRESENCE_OFF) {

        if (e->known && e->pending == 0) {
            /* the worker knows where the room stands, and nobody need know */
            ngx_http_chat_enter_admit(s, m, e, NULL);
            ngx_http_chat_enter_free(e);
            return NGX_CHAT_CODE_OK;
        }

    } else {
        (void) ngx_http_chat_enter_tell(s, m, e);
    }

    if (e->code == NGX_CHAT_CODE_OK && !e->known
        && ngx_http_chat_enter_read(s, room, e) != NGX_OK)
    {
        e->code = NGX_CHAT_CODE_UNAVAILABLE;
    }

    if (e->pending == 0) {
        code = e->code;
        ngx_http_chat_enter_free(e);
        return code;
    }

    room->entering++;
    m->entry = e;

    /*
     * What it sends before it hears the room would never reach it; and who is
     * in must not leave and join again under this answer.
     */

    ngx_http_chat_session_pause(s, NGX_HTTP_CHAT_PAUSE_JOIN);

    return NGX_CHAT_CODE_OK;
}


/* Is what e asks for what comes to this worker from now on, and no more? */

static ngx_uint_t
ngx_http_chat_enter_known(ngx_http_chat_hub_room_t *room,
    const ngx_http_chat_entry_t *e)
{
    if (room->epoch_len == 0 || room->floor == 0
        || room->hole || room->healing)
    {
        return 0;
    }

    if (e->query.part == NGX_HTTP_CHAT_RESUME) {
        return e->query.number == room->seq
               && e->query.epoch.len == room->epoch_len
               && ngx_memcmp(e->epoch, room->epoch, room->epoch_len) == 0;
    }

    /* a room in which nothing is kept has nothing to read */

    return e->query.limit == 0 || (room->bare && room->floor > room->seq);
}


static ngx_int_t
ngx_http_chat_enter_tell(ngx_http_chat_session_t *s,
    ngx_http_chat_member_t *m, ngx_http_chat_entry_t *e)
{
    uint32_t                   max;
    ngx_chat_user_t            user;
    ngx_http_chat_hub_t       *hub;
    ngx_http_chat_ticket_t     ticket;
    ngx_http_chat_hub_room_t  *room;

    room = (ngx_http_chat_hub_room_t *) m->member.room;
    hub = room->hub;

    if (m->present == NULL) {
        m->present = ngx_http_chat_presence_add(room, s);

        if (m->present == NULL) {
            e->code = NGX_CHAT_CODE_INTERNAL;
            return NGX_ERROR;
        }
    }

    ngx_http_chat_presence_user(m->present, &user);

    max = (s->conf->presence == NGX_HTTP_CHAT_PRESENCE_ON)
          ? (uint32_t) s->conf->presence_max : 0;

    room->presence_max = ngx_max(room->presence_max, max);

    ngx_http_chat_hub_ticket(&ticket, room, s, ngx_http_chat_enter_told);
    ticket.data = (uintptr_t) e;

    if (hub->store->ops->enter(hub->broker, &room->room.name, &user, max,
                               &ticket)
        != NGX_OK)
    {
        e->code = NGX_CHAT_CODE_UNAVAILABLE;
        return NGX_DECLINED;
    }

    e->present = m->present;
    e->pending++;

    ngx_http_chat_presence_entering(m->present);
    ngx_http_chat_hub_taken(room, s);

    return NGX_OK;
}


static ngx_int_t
ngx_http_chat_enter_read(ngx_http_chat_session_t *s,
    ngx_http_chat_hub_room_t *room, ngx_http_chat_entry_t *e)
{
    ngx_http_chat_hub_t     *hub;
    ngx_http_chat_ticket_t   ticket;

    hub = room->hub;

    ngx_http_chat_hub_ticket(&ticket, room, s, ngx_http_chat_enter_done);
    ticket.data = (uintptr_t) e;

    if (hub->store->ops->history(hub->broker, &room->room.name, &e->query,
                                 &ticket)
        != NGX_OK)
    {
        return NGX_DECLINED;
    }

    e->pending++;
    ngx_http_chat_hub_taken(room, s);

    return NGX_OK;
}


/* What all hosts together have: raw, it is in already. */

static void
ngx_http_chat_enter_counted(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply)
{
    ngx_chat_error_t          error;
    ngx_http_chat_entry_t    *e;
    ngx_http_chat_session_t  *s;

    e = (ngx_http_chat_entry_t *) ticket->data;
    s = ngx_http_chat_hub_answered(ticket);

    if (e != NULL) {

        if (e->code == NGX_CHAT_CODE_OK) {
            e->code = reply->code;
        }

        ngx_http_chat_enter_finish(ticket, s, e, NULL);

    } else if (s != NULL && reply->code != NGX_CHAT_CODE_OK) {
        ngx_memzero(&error, sizeof(ngx_chat_error_t));
        error.code = reply->code;
        error.room = ((ngx_http_chat_hub_room_t *) ticket->room)->room.name;
        ngx_http_chat_raw_refuse(s, &error);
    }

    ngx_http_chat_hub_done(ticket);
}


static void
ngx_http_chat_enter_told(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply)
{
    ngx_http_chat_entry_t    *e;
    ngx_http_chat_present_t  *present;

    e = (ngx_http_chat_entry_t *) ticket->data;
    present = e->present;

    if (reply->code == NGX_CHAT_CODE_OK) {
        ngx_http_chat_enter_keep_users(e, reply);

    } else if (e->code == NGX_CHAT_CODE_OK) {
        e->code = reply->code;
    }

    ngx_http_chat_enter_finish(ticket, ngx_http_chat_hub_answered(ticket), e,
                               NULL);

    ngx_http_chat_presence_answered(present, reply, 1);
    ngx_http_chat_hub_done(ticket);
}


static void
ngx_http_chat_enter_done(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply)
{
    ngx_http_chat_entry_t  *e;

    e = (ngx_http_chat_entry_t *) ticket->data;

    if (reply->code != NGX_CHAT_CODE_OK && e->code == NGX_CHAT_CODE_OK) {
        e->code = reply->code;
    }

    ngx_http_chat_enter_finish(ticket, ngx_http_chat_hub_answered(ticket), e,
                               reply);
    ngx_http_chat_hub_done(ticket);
}


/* The last answer decides; reply is what was read, or NULL. */

static void
ngx_http_chat_enter_finish(const ngx_http_chat_ticket_t *ticket,
    ngx_http_chat_session_t *s, ngx_http_chat_entry_t *e,
    const ngx_http_chat_reply_t *reply)
{
    ngx_chat_error_t           error;
    ngx_http_chat_member_t    *m;
    ngx_http_chat_hub_room_t  *room;

    e->pending--;

    if (e->pending != 0) {
        return;
    }

    room = ticket->room;
    m = NULL;

    if (s != NULL) {
        m = (ngx_http_chat_member_t *) ngx_chat_room_member(s->rooms,
                                                            &room->room);
    }

    if (reply != NULL && reply->code == NGX_CHAT_CODE_OK) {
        (void) ngx_http_chat_rights_seen(room, &reply->conf, e->version);
    }

    if (m != NULL) {

        if (e->code == NGX_CHAT_CODE_OK
            && ((reply == NULL && (!e->known || room->torn))
                || ngx_http_chat_enter_stream_more(s, e, reply)))
        {
            /* read too early, or what was known holds no more, or a part */

            if (ngx_http_chat_enter_read(s, room, e) == NGX_OK) {
                return;
            }

            e->code = NGX_CHAT_CODE_UNAVAILABLE;
        }

        m->entry = NULL;

        if (e->code == NGX_CHAT_CODE_OK) {
            ngx_http_chat_enter_admit(s, m, e, reply);

        } else {
            ngx_memzero(&error, sizeof(ngx_chat_error_t));

            error.id = e->id;
            error.code = e->code;
            error.until = e->until;

            ngx_http_chat_hub_refuse(s, m, &error);
        }

    } else if (s != NULL) {
        ngx_http_chat_hub_left(s, e);
    }

    if (s != NULL) {
        ngx_http_chat_answer_paged(s);
        ngx_http_chat_session_resume(s, NGX_HTTP_CHAT_PAUSE_JOIN);
    }

    room->entering--;

    if (room->entering == 0) {
        ngx_http_chat_deliver_forget(room);
    }

    ngx_http_chat_enter_free(e);
}


static void
ngx_http_chat_enter_admit(ngx_http_chat_session_t *s,
    ngx_http_chat_member_t *m, ngx_http_chat_entry_t *e,
    const ngx_http_chat_reply_t *reply)
{
    uint64_t                   top;
    ngx_http_chat_hub_room_t  *room;

    room = (ngx_http_chat_hub_room_t *) m->member.room;

    if (reply != NULL) {
        ngx_http_chat_enter_catch_up(room, reply);

        room->floor = reply->floor;
        room->bare = (e->query.keep.count != 0);
    }

    top = ngx_http_chat_enter_answer(s, m, e, reply);

    if (s->state > NGX_HTTP_CHAT_OPEN) {
        /* it closed, for want of memory, and m went with it */
        return;
    }

    if (!m->joined) {
        m->joined = 1;
        ngx_http_chat_metric_add(NGX_CHAT_METRIC_JOINED, 0, 1);
        ngx_http_chat_notice_member(s, NGX_HTTP_CHAT_NOTICE_JOIN,
                                    &room->room.name, "");
        ngx_http_chat_deliver_recent(room, s, top);

        if (m->stale) {
            /* doubted on its way in */
            ngx_http_chat_rights_recheck_member(m);
        }
    }
}


/*
 * What was read may be ahead of what has come: the others hear it now, and
 * not again when it comes.  Without a log there is only what comes.
 */

static void
ngx_http_chat_enter_catch_up(ngx_http_chat_hub_room_t *room,
    const ngx_http_chat_reply_t *reply)
{
    if (room->epoch_len == 0) {
        ngx_http_chat_deliver_position(room, &reply->epoch, reply->seq);
        return;
    }

    if (!ngx_http_chat_deliver_same(room, &reply->epoch)) {
        ngx_http_chat_deliver_resync(room, &reply->epoch, reply->seq);
        return;
    }

    if (reply->seq <= room->seq || room->keep.count == 0) {
        return;
    }

    ngx_http_chat_deliver_log(room, reply);

    /* without a log: what is missing comes, or the next record tells of it */

    if (reply->seq > room->seq && room->keep.count != 0) {
        ngx_http_chat_heal(room);
    }
}


static void
ngx_http_chat_enter_free(ngx_http_chat_entry_t *e)
{
    ngx_free(e->users);
    ngx_free(e);
}
