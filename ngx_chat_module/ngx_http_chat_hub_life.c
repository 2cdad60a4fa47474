
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The life of a hub: made with its worker, through the outages of its store,
 * to the worker's end.
 */


#include "ngx_http_chat_hub.h"
#include "ngx_http_chat_deliver.h"
#include "ngx_http_chat_event.h"
#include "ngx_http_chat_heal.h"
#include "ngx_http_chat_hosts.h"
#include "ngx_http_chat_metric.h"
#include "ngx_http_chat_presence.h"
#include "ngx_http_chat_rights.h"
#include "ngx_http_chat_site.h"
#include "ngx_http_chat_table.h"


/* the store forgets who is in a room after an hour without a word */
#define NGX_HTTP_CHAT_HUB_TOUCH  (15 * 60 * 1000)      /* ms */

#define NGX_HTTP_CHAT_HUB_RETRY  1000                  /* ms */

/* an outage of the store that nobody need notice */
#define NGX_HTTP_CHAT_HUB_PATIENCE  2000               /* ms */


static void ngx_http_chat_hub_touch(ngx_event_t *ev);
static int ngx_http_chat_hub_touch_room(void *ctx, ngx_chat_room_t *r);
static void ngx_http_chat_hub_retry_handler(ngx_event_t *ev);
static int ngx_http_chat_hub_retry_room(void *ctx, ngx_chat_room_t *r);
static int ngx_http_chat_hub_sync(void *ctx, ngx_chat_room_t *r);
static int ngx_http_chat_hub_forget(void *ctx, ngx_chat_room_t *r);
static void ngx_http_chat_hub_state(void *data,
    ngx_http_chat_broker_state_e state);
static void ngx_http_chat_hub_tell(ngx_event_t *ev);
static int ngx_http_chat_hub_tell_room(void *ctx, ngx_chat_room_t *r);
static int ngx_http_chat_hub_back(void *ctx, ngx_chat_room_t *r);
static int ngx_http_chat_hub_lost(void *ctx, ngx_chat_room_t *r);


/* nginx's debug log reads the descriptor of whatever a timer belongs to */
static ngx_connection_t  ngx_http_chat_hub_dumb = { .fd = (ngx_socket_t) -1 };


static const ngx_http_chat_broker_upcalls_t  ngx_http_chat_hub_upcalls = {
    ngx_http_chat_deliver,
    ngx_http_chat_hub_state,
    ngx_http_chat_presence_died,
    ngx_http_chat_presence_forgotten
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
    ngx_http_chat_metric_add(NGX_CHAT_METRIC_STORES, hub->metered, 1);

    ngx_chat_rooms_init(&hub->rooms, (uint32_t) ngx_random(),
                        ngx_http_chat_memory, NULL);

    hub->broker = store->ops->init_worker(cycle, store->conf,
                                          &ngx_http_chat_hub_upcalls, hub);
    if (hub->broker == NULL || ngx_http_chat_hosts_create(hub) != NGX_OK) {
        return NULL;
    }

    ngx_http_chat_metric_store(hub->metered, hub->broker->state);
    hub->metered = hub->broker->state;

    hub->touch.handler = ngx_http_chat_hub_touch;
    hub->touch.data = &ngx_http_chat_hub_dumb;
    hub->touch.log = cycle->log;
    hub->touch.cancelable = 1;

    ngx_add_timer(&hub->touch, NGX_HTTP_CHAT_HUB_TOUCH);

    hub->retry = hub->touch;
    hub->retry.handler = ngx_http_chat_hub_retry_handler;
    hub->retry.timer_set = 0;

    hub->patience = hub->retry;
    hub->patience.handler = ngx_http_chat_hub_tell;

    ngx_http_chat_heal_start(hub);

    ngx_http_chat_linger_init(hub);
    ngx_http_chat_sweep_init(hub);
    ngx_http_chat_site_init(hub);

    return hub;
}


void
ngx_http_chat_hub_retry(ngx_http_chat_hub_t *hub)
{
    /* while a worker drains, too: what is retried may be a ban */

    if (!hub->retry.timer_set) {
        ngx_add_timer(&hub->retry, NGX_HTTP_CHAT_HUB_RETRY);
    }
}


static void
ngx_http_chat_hub_retry_handler(ngx_event_t *ev)
{
    ngx_http_chat_hub_t  *hub;

    hub = (ngx_http_chat_hub_t *)
              ((u_char *) ev - offsetof(ngx_http_chat_hub_t, retry));

    /* while the store is away, its return does all of this */

    if (hub->broker->state == NGX_HTTP_CHAT_BROKER_READY) {
        ngx_chat_rooms_each(&hub->rooms, ngx_http_chat_hub_retry_room, hub);
    }
}


static int
ngx_http_chat_hub_retry_room(void *ctx, ngx_chat_room_t *r)
{
    ngx_http_chat_hub_t       *hub;
    ngx_http_chat_hub_room_t  *room;

    hub = ctx;
    room = (ngx_http_chat_hub_room_t *) r;

    if (room->state == NGX_HTTP_CHAT_ROOM_IDLE
        && (room->room.members != 0 || room->polls != NULL
            || room == hub->site))
    {
        (void) ngx_http_chat_hub_subscribe(room);

    } else if (room->state == NGX_HTTP_CHAT_ROOM_LIVE && room->hole) {
        ngx_http_chat_heal(room);
    }

    if (room->state == NGX_HTTP_CHAT_ROOM_LIVE && room->missed) {
        ngx_http_chat_presence_refresh(room);
    }

    ngx_http_chat_presence_retry(room);
    ngx_http_chat_rights_retry(room);

    /* declined again: the rest would be too */

    return !hub->retry.timer_set;
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
ngx_http_chat_hub_sync(void *ctx, ngx_chat_room_t *r)
{
    (void) ctx;

    ngx_http_chat_presence_sync((ngx_http_chat_hub_room_t *) r);

    return 1;
}


void
ngx_http_chat_presence_forgotten(void *data)
{
    ngx_http_chat_hub_t  *hub;

    hub = data;

    ngx_chat_rooms_each(&hub->rooms, ngx_http_chat_hub_sync, NULL);
    ngx_http_chat_hosts_state(hub);
}


static int
ngx_http_chat_hub_forget(void *ctx, ngx_chat_room_t *r)
{
    ngx_http_chat_hub_t       *hub;
    ngx_http_chat_hub_room_t  *room;

    hub = ctx;
    room = (ngx_http_chat_hub_room_t *) r;

    ngx_http_chat_deliver_forget(room);
    ngx_http_chat_presence_destroy(room);
    ngx_chat_rooms_remove(&hub->rooms, r);
    ngx_free(room);

    return 1;
}


void
ngx_http_chat_hub_ending(ngx_http_chat_hub_t *hub)
{
    hub->broker->ending = 1;
}


void
ngx_http_chat_hub_destroy(ngx_http_chat_hub_t *hub)
{
    ngx_uint_t    i;
    ngx_event_t  *timers[5];

    ngx_http_chat_linger_end(hub);

    if (hub->broker->state == NGX_HTTP_CHAT_BROKER_READY) {
        /* all have gone */
        ngx_chat_rooms_each(&hub->rooms, ngx_http_chat_hub_sync, NULL);
    }

    ngx_http_chat_hosts_stop(hub);

    hub->store->ops->exit_worker(hub->broker);
    hub->broker = NULL;

    ngx_http_chat_hosts_destroy(hub);

    timers[0] = &hub->touch;
    timers[1] = &hub->retry;
    timers[2] = &hub->linger;
    timers[3] = &hub->sweep;
    timers[4] = &hub->patience;

    for (i = 0; i < 5; i++) {
        if (timers[i]->timer_set) {
            ngx_del_timer(timers[i]);
        }
    }

    ngx_http_chat_heal_stop(hub);

    ngx_chat_rooms_each(&hub->rooms, ngx_http_chat_hub_forget, hub);
    ngx_chat_rooms_destroy(&hub->rooms);
}


static void
ngx_http_chat_hub_state(void *data, ngx_http_chat_broker_state_e state)
{
    ngx_http_chat_hub_t         *hub;
    ngx_http_chat_event_conf_t  *event;

    hub = data;

    ngx_http_chat_metric_store(hub->metered, state);
    hub->metered = state;

    if (state == NGX_HTTP_CHAT_BROKER_READY) {
        ngx_http_chat_hosts_state(hub);

        for (event = hub->store->events; event != NULL; event = event->next) {
            /* before members go on and say more */
            ngx_http_chat_event_flush(event);
        }
    }

    if (state == NGX_HTTP_CHAT_BROKER_AWAY) {
        hub->away = 1;
        ngx_http_chat_metric_add(NGX_CHAT_METRIC_OUTAGES, 0, 1);
        ngx_chat_rooms_each(&hub->rooms, ngx_http_chat_hub_lost, hub);
        ngx_http_chat_hosts_state(hub);

        for (event = hub->store->events; event != NULL; event = event->next) {
            ngx_http_chat_event_anew(event);
        }

        if (!ngx_exiting) {
            ngx_add_timer(&hub->patience, NGX_HTTP_CHAT_HUB_PATIENCE);
        }

        return;
    }

    if (state == NGX_HTTP_CHAT_BROKER_READY && hub->away) {
        hub->away = 0;

        if (hub->patience.timer_set) {
            ngx_del_timer(&hub->patience);
        }

        ngx_chat_rooms_each(&hub->rooms, ngx_http_chat_hub_back, hub);
        ngx_http_chat_sweep_begin(hub);
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
        room->hole = 1;
        room->missed = 1;
    }

    room->state = NGX_HTTP_CHAT_ROOM_IDLE;
    room->known = 0;

    return 1;
}


/* The outage is no moment's: members learn why nothing moves. */

static void
ngx_http_chat_hub_tell(ngx_event_t *ev)
{
    ngx_http_chat_hub_t  *hub;

    hub = (ngx_http_chat_hub_t *)
              ((u_char *) ev - offsetof(ngx_http_chat_hub_t, patience));

    ngx_chat_rooms_each(&hub->rooms, ngx_http_chat_hub_tell_room, hub);
}


static int
ngx_http_chat_hub_tell_room(void *ctx, ngx_chat_room_t *r)
{
    ngx_http_chat_hub_room_t  *room;

    (void) ctx;

    room = (ngx_http_chat_hub_room_t *) r;

    if (room->hole) {
        room->told = 1;
        ngx_http_chat_deliver_away(room);
    }

    return 1;
}


static int
ngx_http_chat_hub_back(void *ctx, ngx_chat_room_t *r)
{
    ngx_http_chat_hub_t       *hub;
    ngx_http_chat_hub_room_t  *room;

    hub = ctx;
    room = (ngx_http_chat_hub_room_t *) r;

    if (room->state == NGX_HTTP_CHAT_ROOM_IDLE
        && (room->room.members != 0 || room->polls != NULL
            || room == hub->site))
    {
        (void) ngx_http_chat_hub_subscribe(room);
    }

    ngx_http_chat_presence_sync(room);

    return 1;
}
