
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Rooms are swept of users whom dead workers left behind, a portion of the
 * rooms at a time.
 */


#include "ngx_http_chat_presence.h"


#define NGX_HTTP_CHAT_SWEEP_PORTION   1000      /* rooms */
#define NGX_HTTP_CHAT_SWEEP_INTERVAL  50        /* ms between portions */
#define NGX_HTTP_CHAT_SWEEP_RETRY     1000      /* ms */


typedef struct {
    ngx_uint_t                begun;
    ngx_msec_t                next;    /* ms until the next portion, or 0 */
} ngx_http_chat_sweep_walk_t;


static int ngx_http_chat_sweep_mark(void *ctx, ngx_chat_room_t *r);
static void ngx_http_chat_sweep_later(ngx_http_chat_hub_t *hub,
    ngx_msec_t delay);
static void ngx_http_chat_sweep_handler(ngx_event_t *ev);
static int ngx_http_chat_sweep_visit(void *ctx, ngx_chat_room_t *r);
static void ngx_http_chat_sweep_reply(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply);


/* nginx's debug log reads the descriptor of whatever a timer belongs to */
static ngx_connection_t  ngx_http_chat_sweep_dumb =
    { .fd = (ngx_socket_t) -1 };


void
ngx_http_chat_sweep_init(ngx_http_chat_hub_t *hub)
{
    hub->sweep.handler = ngx_http_chat_sweep_handler;
    hub->sweep.data = &ngx_http_chat_sweep_dumb;
    hub->sweep.log = ngx_cycle->log;
    hub->sweep.cancelable = 1;
}


void
ngx_http_chat_presence_died(void *data)
{
    ngx_http_chat_hub_t  *hub;

    hub = data;

    ngx_chat_rooms_each(&hub->rooms, ngx_http_chat_sweep_mark, NULL);
    ngx_http_chat_sweep_begin(hub);
}


static int
ngx_http_chat_sweep_mark(void *ctx, ngx_chat_room_t *r)
{
    (void) ctx;

    ((ngx_http_chat_hub_room_t *) r)->ghosts = 1;

    return 1;
}


void
ngx_http_chat_sweep_room(ngx_http_chat_hub_room_t *room)
{
    room->ghosts = 1;
    ngx_http_chat_sweep_begin(room->hub);
}


void
ngx_http_chat_sweep_begin(ngx_http_chat_hub_t *hub)
{
    ngx_http_chat_sweep_later(hub, 1);
}


static void
ngx_http_chat_sweep_later(ngx_http_chat_hub_t *hub, ngx_msec_t delay)
{
    if (!hub->sweep.timer_set) {
        ngx_add_timer(&hub->sweep, delay);
    }
}


static void
ngx_http_chat_sweep_handler(ngx_event_t *ev)
{
    ngx_http_chat_hub_t         *hub;
    ngx_http_chat_sweep_walk_t   walk;

    hub = (ngx_http_chat_hub_t *)
              ((u_char *) ev - offsetof(ngx_http_chat_hub_t, sweep));

    if (hub->broker->state != NGX_HTTP_CHAT_BROKER_READY) {
        /* its return begins this anew */
        return;
    }

    ngx_memzero(&walk, sizeof(ngx_http_chat_sweep_walk_t));

    ngx_chat_rooms_each(&hub->rooms, ngx_http_chat_sweep_visit, &walk);

    if (walk.next != 0) {
        ngx_http_chat_sweep_later(hub, walk.next);
    }
}


/* A room without users of this worker is for those to sweep who have some. */

static int
ngx_http_chat_sweep_visit(void *ctx, ngx_chat_room_t *r)
{
    ngx_http_chat_hub_t         *hub;
    ngx_http_chat_ticket_t       ticket;
    ngx_http_chat_hub_room_t    *room;
    ngx_http_chat_sweep_walk_t  *walk;

    walk = ctx;
    room = (ngx_http_chat_hub_room_t *) r;
    hub = room->hub;

    if (!room->ghosts || room->nusers == 0) {
        return 1;
    }

    if (walk->begun == NGX_HTTP_CHAT_SWEEP_PORTION) {
        walk->next = NGX_HTTP_CHAT_SWEEP_INTERVAL;
        return 0;
    }

    ngx_http_chat_hub_ticket(&ticket, room, NULL, ngx_http_chat_sweep_reply);

    if (hub->store->ops->sweep(hub->broker, &room->room.name, &ticket)
        != NGX_OK)
    {
        walk->next = NGX_HTTP_CHAT_SWEEP_RETRY;
        return 0;
    }

    room->ghosts = 0;
    ngx_http_chat_hub_taken(room, NULL);
    walk->begun++;

    return 1;
}


static void
ngx_http_chat_sweep_reply(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply)
{
    ngx_http_chat_hub_room_t  *room;

    room = ticket->room;

    if (reply->code != NGX_CHAT_CODE_OK) {
        room->ghosts = 1;
        ngx_http_chat_sweep_later(room->hub, NGX_HTTP_CHAT_SWEEP_RETRY);

    } else if (reply->ghosts) {
        ngx_http_chat_sweep_room(room);
    }

    ngx_http_chat_hub_done(ticket);
}
