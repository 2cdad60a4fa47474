
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * What the members of a room have not been told yet about who came and went:
 * at most one presence event a second.
 */


#include "ngx_http_chat_presence.h"
#include "ngx_http_chat_answer.h"
#include "ngx_http_chat_deliver.h"


#define NGX_HTTP_CHAT_DIFF_FIRST     100      /* ms: gathers a burst */
#define NGX_HTTP_CHAT_DIFF_INTERVAL  1000     /* ms */
#define NGX_HTTP_CHAT_DIFF_MAX       1000     /* users, then it is told early */


typedef struct ngx_http_chat_diff_user_s  ngx_http_chat_diff_user_t;

struct ngx_http_chat_diff_user_s {
    ngx_http_chat_diff_user_t  *next;
    ngx_chat_user_t             user;
    unsigned                    leave:1;
    u_char                      data[1];
};


struct ngx_http_chat_diff_s {
    ngx_event_t                 timer;
    ngx_http_chat_hub_room_t   *room;
    ngx_http_chat_diff_user_t  *users;
    ngx_uint_t                  joins;
    ngx_uint_t                  leaves;
    uint64_t                    count;
    unsigned                    changed:1;
};


typedef struct {
    ngx_chat_joined_t           view;
    ngx_chat_user_t            *leaves;
    size_t                      nleaves;
} ngx_http_chat_diff_event_t;


static void ngx_http_chat_diff_refreshed(
    const ngx_http_chat_ticket_t *ticket, const ngx_http_chat_reply_t *reply);
static ngx_http_chat_diff_t *ngx_http_chat_diff_create(
    ngx_http_chat_hub_room_t *room);
static void ngx_http_chat_diff_clear(ngx_http_chat_diff_t *d);
static void ngx_http_chat_diff_user(ngx_http_chat_diff_t *d,
    const ngx_chat_wire_t *rec);
static void ngx_http_chat_diff_handler(ngx_event_t *ev);
static void ngx_http_chat_diff_tell(ngx_http_chat_diff_t *d);
static size_t ngx_http_chat_diff_write(u_char *buf, size_t size,
    const void *arg);


/* nginx's debug log reads the descriptor of whatever a timer belongs to */
static ngx_connection_t  ngx_http_chat_diff_dumb = { .fd = (ngx_socket_t) -1 };


void
ngx_http_chat_presence_record(ngx_http_chat_hub_room_t *room,
    const ngx_chat_wire_t *rec)
{
    ngx_http_chat_diff_t  *d;

    if (room->diff == NULL) {
        room->diff = ngx_http_chat_diff_create(room);

        if (room->diff == NULL) {
            return;
        }
    }

    d = room->diff;

    d->count = rec->count;
    d->changed = 1;

    if (rec->count > room->presence_max) {
        return;
    }

    ngx_http_chat_diff_user(d, rec);

    if (d->joins + d->leaves >= NGX_HTTP_CHAT_DIFF_MAX) {
        ngx_http_chat_diff_tell(d);
    }
}


/*
 * Everybody who is there is told to have come: who is known is known, and a
 * member whose list is longer than the count asks who is there.
 */

void
ngx_http_chat_presence_refresh(ngx_http_chat_hub_room_t *room)
{
    ngx_uint_t               max;
    ngx_chat_str_t           first;
    ngx_http_chat_hub_t     *hub;
    ngx_http_chat_ticket_t   ticket;

    room->missed = 0;

    if (room->nusers == 0) {
        return;
    }

    hub = room->hub;
    max = ngx_min(room->presence_max, NGX_HTTP_CHAT_DIFF_MAX);
    ngx_memzero(&first, sizeof(ngx_chat_str_t));

    ngx_http_chat_hub_ticket(&ticket, room, NULL,
                             ngx_http_chat_diff_refreshed);

    if (hub->store->ops->list(hub->broker, &room->room.name, &first, max,
                              &ticket)
        != NGX_OK)
    {
        room->missed = 1;
        ngx_http_chat_hub_retry(hub);
        return;
    }

    ngx_http_chat_hub_taken(room, NULL);
}


static void
ngx_http_chat_diff_refreshed(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply)
{
    ngx_uint_t                 i;
    ngx_chat_wire_t            rec;
    ngx_http_chat_hub_room_t  *room;

    room = ticket->room;

    if (reply->code == NGX_CHAT_CODE_OK) {
        ngx_memzero(&rec, sizeof(ngx_chat_wire_t));

        rec.kind = NGX_CHAT_WIRE_ENTER;
        rec.count = reply->count;
        rec.user.data = (u_char *) "";
        rec.name.data = rec.user.data;

        if (rec.count > room->presence_max) {
            /* a number is all that is told */
            ngx_http_chat_presence_record(room, &rec);
        }

        for (i = 0; i < reply->nusers; i++) {
            rec.user = reply->users[i].id;
            rec.name = reply->users[i].name;

            ngx_http_chat_presence_record(room, &rec);
        }

    } else {
        room->missed = 1;
        ngx_http_chat_hub_retry(room->hub);
    }

    ngx_http_chat_hub_done(ticket);
}


static ngx_http_chat_diff_t *
ngx_http_chat_diff_create(ngx_http_chat_hub_room_t *room)
{
    ngx_http_chat_diff_t  *d;

    d = ngx_calloc(sizeof(ngx_http_chat_diff_t), ngx_cycle->log);
    if (d == NULL) {
        return NULL;
    }

    d->room = room;
    d->timer.handler = ngx_http_chat_diff_handler;
    d->timer.data = &ngx_http_chat_diff_dumb;
    d->timer.log = ngx_cycle->log;
    d->timer.cancelable = 1;

    ngx_add_timer(&d->timer, NGX_HTTP_CHAT_DIFF_FIRST);

    return d;
}


static void
ngx_http_chat_diff_user(ngx_http_chat_diff_t *d, const ngx_chat_wire_t *rec)
{
    u_char                      *p;
    ngx_uint_t                   leave;
    ngx_http_chat_diff_user_t   *u, **link;

    leave = (rec->kind == NGX_CHAT_WIRE_LEAVE);

    for (link = &d->users; *link != NULL; link = &(*link)->next) {

        u = *link;

        if (u->user.id.len == rec->user.len
            && ngx_memcmp(u->user.id.data, rec->user.data, rec->user.len)
               == 0)
        {
            /* the last word counts: lists of members are idempotent */

            if (u->leave != leave) {
                u->leave = leave & 1;
                d->joins += leave ? (ngx_uint_t) -1 : 1;
                d->leaves += leave ? 1 : (ngx_uint_t) -1;
            }

            return;
        }
    }

    u = ngx_alloc(offsetof(ngx_http_chat_diff_user_t, data)
                  + rec->user.len + rec->name.len, ngx_cycle->log);
    if (u == NULL) {
        return;
    }

    u->next = NULL;
    u->leave = leave & 1;

    p = ngx_cpymem(u->data, rec->user.data, rec->user.len);
    ngx_memcpy(p, rec->name.data, rec->name.len);

    u->user.id.data = u->data;
    u->user.id.len = rec->user.len;
    u->user.name.data = p;
    u->user.name.len = rec->name.len;

    *link = u;

    if (leave) {
        d->leaves++;

    } else {
        d->joins++;
    }
}


static void
ngx_http_chat_diff_handler(ngx_event_t *ev)
{
    ngx_http_chat_diff_t  *d;

    d = (ngx_http_chat_diff_t *)
            ((u_char *) ev - offsetof(ngx_http_chat_diff_t, timer));

    if (!d->changed || ngx_exiting) {
        ngx_http_chat_diff_destroy(d->room);
        return;
    }

    ngx_http_chat_diff_tell(d);

    ngx_add_timer(ev, NGX_HTTP_CHAT_DIFF_INTERVAL);
}


static void
ngx_http_chat_diff_tell(ngx_http_chat_diff_t *d)
{
    size_t                       n, joins, leaves;
    ngx_chat_user_t             *users;
    ngx_http_chat_frame_t       *f;
    ngx_http_chat_diff_user_t   *u;
    ngx_http_chat_diff_event_t   e;

    n = d->joins + d->leaves;

    users = ngx_alloc((n + 1) * sizeof(ngx_chat_user_t), ngx_cycle->log);
    if (users == NULL) {
        return;
    }

    joins = 0;
    leaves = d->joins;

    for (u = d->users; u != NULL; u = u->next) {
        users[u->leave ? leaves++ : joins++] = u->user;
    }

    ngx_memzero(&e, sizeof(ngx_http_chat_diff_event_t));

    e.view.room = d->room->room.name;
    e.view.count = d->count;
    e.view.presence = 1;
    e.view.list = (d->count <= d->room->presence_max);
    e.view.users = users;
    e.view.nusers = d->joins;
    e.leaves = users + d->joins;
    e.nleaves = d->leaves;

    f = ngx_http_chat_answer_frame(ngx_http_chat_diff_write, &e);

    if (f != NULL) {
        ngx_http_chat_deliver_frame(d->room, f, 1);
        ngx_http_chat_frame_release(f);
    }

    ngx_free(users);
    ngx_http_chat_diff_clear(d);
}


static size_t
ngx_http_chat_diff_write(u_char *buf, size_t size, const void *arg)
{
    const ngx_http_chat_diff_event_t  *e;

    e = arg;

    return ngx_chat_proto_presence(buf, size, &e->view, e->leaves,
                                   e->nleaves);
}


static void
ngx_http_chat_diff_clear(ngx_http_chat_diff_t *d)
{
    ngx_http_chat_diff_user_t  *u;

    while (d->users != NULL) {
        u = d->users;
        d->users = u->next;
        ngx_free(u);
    }

    d->joins = 0;
    d->leaves = 0;
    d->changed = 0;
}


void
ngx_http_chat_diff_destroy(ngx_http_chat_hub_room_t *room)
{
    ngx_http_chat_diff_t  *d;

    d = room->diff;

    if (d == NULL) {
        return;
    }

    if (d->timer.timer_set) {
        ngx_del_timer(&d->timer);
    }

    ngx_http_chat_diff_clear(d);

    room->diff = NULL;
    ngx_free(d);
}
