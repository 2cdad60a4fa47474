
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The rooms of this worker: joining and leaving them; see the header. */


#include "ngx_http_chat_hub.h"
#include "ngx_http_chat_answer.h"
#include "ngx_http_chat_deliver.h"
#include "ngx_http_chat_presence.h"
#include "ngx_http_chat_table.h"
#include "ngx_chat_name.h"


/* the store forgets who is in a room after an hour without a word */
#define NGX_HTTP_CHAT_HUB_TOUCH  (15 * 60 * 1000)      /* ms */


static void ngx_http_chat_hub_touch(ngx_event_t *ev);
static int ngx_http_chat_hub_touch_room(void *ctx, ngx_chat_room_t *r);
static void ngx_http_chat_hub_state(void *data,
    ngx_http_chat_broker_state_e state);
static int ngx_http_chat_hub_back(void *ctx, ngx_chat_room_t *r);
static int ngx_http_chat_hub_lost(void *ctx, ngx_chat_room_t *r);
static ngx_http_chat_hub_room_t *ngx_http_chat_hub_room(
    ngx_http_chat_hub_t *hub, const ngx_chat_str_t *name);
static ngx_int_t ngx_http_chat_hub_subscribe(ngx_http_chat_hub_room_t *room);
static void ngx_http_chat_hub_subscribed(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply);
static void ngx_http_chat_hub_live(ngx_http_chat_hub_room_t *room,
    ngx_chat_code_e code);
static void ngx_http_chat_hub_tail(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply);


/* nginx's debug log reads the descriptor of whatever a timer belongs to */
static ngx_connection_t  ngx_http_chat_hub_dumb = { .fd = (ngx_socket_t) -1 };


static const ngx_http_chat_broker_upcalls_t  ngx_http_chat_hub_upcalls = {
    ngx_http_chat_deliver,
    ngx_http_chat_hub_state
};


ngx_http_chat_hub_t *
ngx_http_chat_hub_create(ngx_cycle_t *cycle, ngx_http_chat_store_t *store)
{
    ngx_http_chat_hub_t  *hub;

    hub = ngx_pcalloc(cycle->pool, sizeof(ngx_http_chat_hub_t));
    if (hub == NULL) {
        return NULL;
    }

    hub->store = store;

    ngx_chat_rooms_init(&hub->rooms, (uint32_t) ngx_random(),
                        ngx_http_chat_memory, NULL);

    hub->broker = store->ops->init_worker(cycle, store->conf,
                                          &ngx_http_chat_hub_upcalls, hub);
    if (hub->broker == NULL) {
        return NULL;
    }

    hub->touch.handler = ngx_http_chat_hub_touch;
    hub->touch.data = &ngx_http_chat_hub_dumb;
    hub->touch.log = cycle->log;
    hub->touch.cancelable = 1;

    ngx_add_timer(&hub->touch, NGX_HTTP_CHAT_HUB_TOUCH);

    return hub;
}


static void
ngx_http_chat_hub_touch(ngx_event_t *ev)
{
    ngx_http_chat_hub_t  *hub;

    hub = (ngx_http_chat_hub_t *)
              ((u_char *) ev - offsetof(ngx_http_chat_hub_t, touch));

    ngx_chat_rooms_each(&hub->rooms, ngx_http_chat_hub_touch_room, NULL);

    if (!ngx_exiting) {
        ngx_add_timer(ev, NGX_HTTP_CHAT_HUB_TOUCH);
    }
}


static int
ngx_http_chat_hub_touch_room(void *ctx, ngx_chat_room_t *r)
{
    (void) ctx;

    ngx_http_chat_presence_touch((ngx_http_chat_hub_room_t *) r);

    return 1;
}


static int
ngx_http_chat_hub_forget(void *ctx, ngx_chat_room_t *r)
{
    ngx_http_chat_hub_t       *hub;
    ngx_http_chat_hub_room_t  *room;

    hub = ctx;
    room = (ngx_http_chat_hub_room_t *) r;

    ngx_http_chat_presence_destroy(room);
    ngx_chat_rooms_remove(&hub->rooms, r);
    ngx_free(room);

    return 1;
}


void
ngx_http_chat_hub_destroy(ngx_http_chat_hub_t *hub)
{
    if (hub->touch.timer_set) {
        ngx_del_timer(&hub->touch);
    }

    hub->store->ops->exit_worker(hub->broker);
    hub->broker = NULL;

    ngx_chat_rooms_each(&hub->rooms, ngx_http_chat_hub_forget, hub);
    ngx_chat_rooms_destroy(&hub->rooms);
}


static void
ngx_http_chat_hub_state(void *data, ngx_http_chat_broker_state_e state)
{
    ngx_http_chat_hub_t  *hub;

    hub = data;

    if (state == NGX_HTTP_CHAT_BROKER_AWAY) {
        hub->away = 1;
        ngx_chat_rooms_each(&hub->rooms, ngx_http_chat_hub_lost, hub);
        return;
    }

    if (state == NGX_HTTP_CHAT_BROKER_READY && hub->away) {
        hub->away = 0;
        ngx_chat_rooms_each(&hub->rooms, ngx_http_chat_hub_back, hub);
    }
}


/* No record comes any more; a hole is to be expected. */

static int
ngx_http_chat_hub_lost(void *ctx, ngx_chat_room_t *r)
{
    ngx_http_chat_hub_room_t  *room;

    (void) ctx;

    room = (ngx_http_chat_hub_room_t *) r;

    if (room->state == NGX_HTTP_CHAT_ROOM_LIVE) {
        room->resync = 1;
        ngx_http_chat_deliver_away(room);
    }

    room->state = NGX_HTTP_CHAT_ROOM_IDLE;

    return 1;
}


static int
ngx_http_chat_hub_back(void *ctx, ngx_chat_room_t *r)
{
    ngx_http_chat_hub_room_t  *room;

    (void) ctx;

    room = (ngx_http_chat_hub_room_t *) r;

    if (room->room.members != 0 && room->state == NGX_HTTP_CHAT_ROOM_IDLE) {
        (void) ngx_http_chat_hub_subscribe(room);
    }

    ngx_http_chat_presence_sync(room);

    return 1;
}


static ngx_http_chat_hub_room_t *
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


static ngx_int_t
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
    ngx_http_chat_hub_t       *hub;
    ngx_http_chat_ticket_t     tail;
    ngx_http_chat_hub_room_t  *room;

    room = ticket->room;
    hub = room->hub;

    room->state = (reply->code == NGX_CHAT_CODE_OK)
                  ? NGX_HTTP_CHAT_ROOM_LIVE : NGX_HTTP_CHAT_ROOM_IDLE;

    ngx_http_chat_hub_live(room, reply->code);

    if (room->state == NGX_HTTP_CHAT_ROOM_LIVE && room->resync) {

        ngx_http_chat_hub_ticket(&tail, room, NULL, ngx_http_chat_hub_tail);

        if (hub->store->ops->tail(hub->broker, &room->room.name, &tail)
            == NGX_OK)
        {
            ngx_http_chat_hub_taken(room, NULL);
        }
    }

    ngx_http_chat_hub_done(ticket);
}


/* Those who waited for the room come in, or are refused. */

static void
ngx_http_chat_hub_live(ngx_http_chat_hub_room_t *room, ngx_chat_code_e code)
{
    int64_t                   id;
    ngx_chat_code_e           rc;
    ngx_chat_cursor_t         cursor;
    ngx_chat_member_t        *member;
    ngx_http_chat_member_t   *m;
    ngx_http_chat_session_t  *s;

    ngx_chat_room_walk(&room->room, &cursor);

    for ( ;; ) {
        member = ngx_chat_room_walk_next(&cursor);
        if (member == NULL) {
            break;
        }

        m = (ngx_http_chat_member_t *) member;

        if (!m->waiting) {
            continue;
        }

        s = member->owner;
        id = (int64_t) m->memo;
        m->waiting = 0;

        rc = (code == NGX_CHAT_CODE_OK) ? ngx_http_chat_hub_enter(s, m, id)
                                        : code;
        if (rc != NGX_CHAT_CODE_OK) {
            ngx_http_chat_hub_refuse(s, m, id, rc);
        }

        ngx_http_chat_session_resume(s, NGX_HTTP_CHAT_PAUSE_JOIN);
    }

    ngx_chat_room_walk_end(&cursor);
}


ngx_chat_code_e
ngx_http_chat_hub_join(ngx_http_chat_session_t *s,
    const ngx_chat_command_t *cmd)
{
    ngx_chat_code_e            rc;
    ngx_http_chat_hub_t       *hub;
    ngx_http_chat_member_t    *m;
    ngx_http_chat_hub_room_t  *room;

    hub = s->conf->store->hub;

    if (s->conf->room.len != 0
        && s->conf->format == NGX_HTTP_CHAT_FORMAT_JSON
        && (cmd->room.len != s->conf->room.len
            || ngx_memcmp(cmd->room.data, s->conf->room.data,
                          cmd->room.len) != 0))
    {
        /* "chat_room" leaves one */
        return NGX_CHAT_CODE_FORBIDDEN;
    }

    room = ngx_http_chat_hub_room(hub, &cmd->room);
    if (room == NULL) {
        return NGX_CHAT_CODE_INTERNAL;
    }

    m = (ngx_http_chat_member_t *) ngx_chat_room_member(s->rooms,
                                                        &room->room);
    if (m == NULL) {

        if (s->conf->max_rooms != 0 && s->nrooms >= s->conf->max_rooms) {
            ngx_http_chat_hub_release(room);
            return NGX_CHAT_CODE_TOO_MANY_ROOMS;
        }

        m = ngx_calloc(sizeof(ngx_http_chat_member_t), ngx_cycle->log);
        if (m == NULL) {
            ngx_http_chat_hub_release(room);
            return NGX_CHAT_CODE_INTERNAL;
        }

        m->member.owner = s;
        ngx_chat_room_join(&room->room, &m->member, &s->rooms);
        s->nrooms++;
    }

    m->presence = cmd->presence
                  && s->conf->presence != NGX_HTTP_CHAT_PRESENCE_OFF;

    if (room->state == NGX_HTTP_CHAT_ROOM_LIVE) {
        rc = ngx_http_chat_hub_enter(s, m, cmd->id);

    } else if (room->state == NGX_HTTP_CHAT_ROOM_SUBSCRIBING
               || ngx_http_chat_hub_subscribe(room) == NGX_OK)
    {
        m->waiting = 1;
        m->memo = (uint64_t) cmd->id & NGX_HTTP_CHAT_MEMO_MASK;
        ngx_http_chat_session_pause(s, NGX_HTTP_CHAT_PAUSE_JOIN);

        return NGX_CHAT_CODE_OK;

    } else {
        rc = NGX_CHAT_CODE_UNAVAILABLE;
    }

    if (rc != NGX_CHAT_CODE_OK && !m->joined) {
        ngx_http_chat_hub_drop(s, m);
        ngx_http_chat_hub_release(room);
    }

    return rc;
}


/* The room's position after an outage: members look for a hole themselves. */

static void
ngx_http_chat_hub_tail(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply)
{
    ngx_http_chat_hub_room_t  *room;

    room = ticket->room;

    if (reply->code == NGX_CHAT_CODE_OK
        && room->state == NGX_HTTP_CHAT_ROOM_LIVE)
    {
        room->resync = 0;
        ngx_http_chat_deliver_resync(room, &reply->epoch, reply->seq);
    }

    ngx_http_chat_hub_done(ticket);
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

    ngx_http_chat_hub_drop(s, m);
    ngx_http_chat_hub_release(room);

    return NGX_CHAT_CODE_OK;
}


/* Takes the member out; the room is left for the caller to release. */

void
ngx_http_chat_hub_drop(ngx_http_chat_session_t *s, ngx_http_chat_member_t *m)
{
    ngx_chat_room_leave(&m->member, &s->rooms);
    s->nrooms--;

    if (m->present != NULL) {
        ngx_http_chat_presence_remove(m->present);
    }

    ngx_free(m);
}


void
ngx_http_chat_hub_leave_all(ngx_http_chat_session_t *s)
{
    uint32_t                   n;
    ngx_http_chat_member_t    *m;
    ngx_http_chat_hub_room_t  *room;

    n = s->nrooms;

    while (s->rooms != NULL) {
        m = (ngx_http_chat_member_t *) s->rooms;
        room = (ngx_http_chat_hub_room_t *) m->member.room;

        ngx_http_chat_hub_drop(s, m);
        ngx_http_chat_hub_release(room);
    }

    /* for the log: the rooms in which it ended */

    s->nrooms = n;
}
