
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Healing; see the header. */


#include "ngx_http_chat_heal.h"
#include "ngx_http_chat_deliver.h"
#include "ngx_http_chat_metric.h"
#include "ngx_http_chat_rights.h"


/* each second one part of the rooms is looked at: each room in 25 s */
#define NGX_HTTP_CHAT_HEAL_PARTS     25
#define NGX_HTTP_CHAT_HEAL_INTERVAL  1000      /* ms */

/* who hears something meanwhile is told of holes by that */
#define NGX_HTTP_CHAT_HEAL_QUIET     5         /* s */

/* entries read at once */
#define NGX_HTTP_CHAT_HEAL_PAGE      250


static void ngx_http_chat_heal_done(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply);
static void ngx_http_chat_heal_with(ngx_http_chat_hub_room_t *room,
    const ngx_http_chat_reply_t *reply);
static void ngx_http_chat_heal_later(ngx_http_chat_hub_room_t *room);
static void ngx_http_chat_heal_check(ngx_event_t *ev);
static int ngx_http_chat_heal_check_room(void *ctx, ngx_chat_room_t *r);


void
ngx_http_chat_heal(ngx_http_chat_hub_room_t *room)
{
    ngx_http_chat_hub_t     *hub;
    ngx_http_chat_query_t    query;
    ngx_http_chat_ticket_t   ticket;

    if (room->epoch_len == 0) {
        /* nobody has been told a position, but who may be there may change */
        room->hole = 0;
        ngx_http_chat_rights_probe(room);
        return;
    }

    if (room->healing) {
        room->ahead = 1;
        return;
    }

    hub = room->hub;

    ngx_memzero(&query, sizeof(ngx_http_chat_query_t));

    query.part = NGX_HTTP_CHAT_AFTER;
    query.number = room->seq;
    query.epoch.data = room->epoch;
    query.epoch.len = room->epoch_len;
    query.limit = NGX_HTTP_CHAT_HEAL_PAGE;
    query.size = NGX_HTTP_CHAT_HUB_PAGE_SIZE;
    query.keep = room->keep;

    ngx_http_chat_hub_ticket(&ticket, room, NULL, ngx_http_chat_heal_done);
    ticket.id = (int64_t) room->conf.version;

    if (hub->store->ops->history(hub->broker, &room->room.name, &query,
                                 &ticket)
        != NGX_OK)
    {
        ngx_http_chat_heal_later(room);
        return;
    }

    /* what has come up to now is in the log that is read */

    room->ahead = 0;
    room->healing = 1;

    ngx_http_chat_hub_taken(room, NULL);
}


static void
ngx_http_chat_heal_done(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply)
{
    ngx_http_chat_hub_room_t  *room;

    room = ticket->room;
    room->healing = 0;

    if (room->state != NGX_HTTP_CHAT_ROOM_LIVE) {
        /* what comes is not heard any more: once again when it is */
        room->hole = 1;

    } else if (reply->code == NGX_CHAT_CODE_OK
               || reply->code == NGX_CHAT_CODE_EPOCH_CHANGED)
    {
        (void) ngx_http_chat_rights_seen(room, &reply->conf,
                                         (uint64_t) ticket->id);
        ngx_http_chat_heal_with(room, reply);

    } else {
        ngx_http_chat_heal_later(room);
    }

    ngx_http_chat_hub_done(ticket);
}


static void
ngx_http_chat_heal_with(ngx_http_chat_hub_room_t *room,
    const ngx_http_chat_reply_t *reply)
{
    room->hole = 0;
    room->checked = (uint32_t) ngx_time();

    if (reply->code == NGX_CHAT_CODE_EPOCH_CHANGED || !reply->whole) {

        if (ngx_http_chat_deliver_top(room, &reply->epoch, 0) <= reply->seq) {
            ngx_http_chat_metric_add(NGX_CHAT_METRIC_HEALED,
                                     NGX_CHAT_METRIC_HOLE, 1);
            ngx_http_chat_deliver_resync(room, &reply->epoch, reply->seq);
            return;
        }

        /* the store has lost what members have: they miss nothing */

    } else if (!ngx_http_chat_deliver_same(room, &reply->epoch)) {

        /* a record of the next epoch came first, by the other link */
        return;

    } else {
        ngx_http_chat_metric_add(NGX_CHAT_METRIC_HEALED,
                                 NGX_CHAT_METRIC_WHOLE,
                                 reply->nrecords != 0
                                 && reply->seq > room->seq);
        ngx_http_chat_deliver_log(room, reply);

        /* more follows, or a hole that only the next answer tells of */

        if (room->seq < reply->seq || room->ahead) {
            ngx_http_chat_heal(room);
            return;
        }
    }

    if (room->told) {
        /* who has all up to there knows by this that the store is back */
        ngx_http_chat_deliver_resync(room, &reply->epoch, room->seq);
    }
}


static void
ngx_http_chat_heal_later(ngx_http_chat_hub_room_t *room)
{
    room->hole = 1;
    ngx_http_chat_hub_retry(room->hub);
}


void
ngx_http_chat_heal_start(ngx_http_chat_hub_t *hub)
{
    hub->check = hub->retry;
    hub->check.handler = ngx_http_chat_heal_check;

    ngx_add_timer(&hub->check, NGX_HTTP_CHAT_HEAL_INTERVAL);
}


void
ngx_http_chat_heal_stop(ngx_http_chat_hub_t *hub)
{
    if (hub->check.timer_set) {
        ngx_del_timer(&hub->check);
    }
}


static void
ngx_http_chat_heal_check(ngx_event_t *ev)
{
    ngx_http_chat_hub_t  *hub;

    hub = (ngx_http_chat_hub_t *)
              ((u_char *) ev - offsetof(ngx_http_chat_hub_t, check));

    if (hub->broker->state == NGX_HTTP_CHAT_BROKER_READY) {
        ngx_chat_rooms_part(&hub->rooms, hub->part, NGX_HTTP_CHAT_HEAL_PARTS,
                            ngx_http_chat_heal_check_room, hub);

        hub->part = (hub->part + 1) % NGX_HTTP_CHAT_HEAL_PARTS;
    }

    ngx_add_timer(ev, NGX_HTTP_CHAT_HEAL_INTERVAL);
}


static int
ngx_http_chat_heal_check_room(void *ctx, ngx_chat_room_t *r)
{
    uint32_t                   quiet;
    ngx_http_chat_hub_t       *hub;
    ngx_http_chat_hub_room_t  *room;

    hub = ctx;
    room = (ngx_http_chat_hub_room_t *) r;

    quiet = (uint32_t) ngx_time() - room->checked;

    if (room->state == NGX_HTTP_CHAT_ROOM_LIVE
        && room->room.members != 0
        && room->keep.count != 0
        && quiet >= NGX_HTTP_CHAT_HEAL_QUIET)
    {
        ngx_http_chat_heal(room);
    }

    /* declined: the others would be too */

    return !hub->retry.timer_set;
}
