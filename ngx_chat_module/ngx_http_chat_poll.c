
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Waiting for a room; see the header. */


#include "ngx_http_chat_poll.h"
#include "ngx_http_chat_metric.h"


/* in one worker: each is asked for in the store when something is said */
#define NGX_HTTP_CHAT_POLL_MAX  1000


/* of this worker */
static ngx_uint_t  ngx_http_chat_poll_count;


ngx_int_t
ngx_http_chat_poll_begin(ngx_http_chat_poll_t *p, ngx_http_chat_hub_t *hub,
    const ngx_chat_str_t *name)
{
    ngx_http_chat_hub_room_t  *room;

    if (ngx_http_chat_poll_count >= NGX_HTTP_CHAT_POLL_MAX) {
        return NGX_DECLINED;
    }

    room = ngx_http_chat_hub_room(hub, name);
    if (room == NULL) {
        return NGX_ERROR;
    }

    ngx_http_chat_poll_count++;

    p->room = room;
    p->waits = 0;
    p->prev = NULL;
    p->next = room->polls;

    if (room->polls != NULL) {
        room->polls->prev = p;
    }

    room->polls = p;

    /* as if an operation were under way: the room stays */
    ngx_http_chat_hub_taken(room, NULL);

    if (room->state == NGX_HTTP_CHAT_ROOM_IDLE) {
        /* declined: it is tried again */
        (void) ngx_http_chat_hub_subscribe(room);
    }

    return NGX_OK;
}


void
ngx_http_chat_poll_wait(ngx_http_chat_poll_t *p)
{
    p->waits = 1;

    ngx_http_chat_metric_add(NGX_CHAT_METRIC_OPENED,
                             NGX_CHAT_METRIC_LONGPOLL, 1);
    ngx_http_chat_metric_add(NGX_CHAT_METRIC_CONNECTIONS,
                             NGX_CHAT_METRIC_LONGPOLL, 1);
}


void
ngx_http_chat_poll_end(ngx_http_chat_poll_t *p)
{
    ngx_http_chat_hub_room_t  *room;

    room = p->room;

    if (room == NULL) {
        return;
    }

    p->room = NULL;
    ngx_http_chat_poll_count--;

    if (p->waits) {
        ngx_http_chat_metric_take(NGX_CHAT_METRIC_CONNECTIONS,
                                  NGX_CHAT_METRIC_LONGPOLL);
    }

    if (p->event.posted) {
        ngx_delete_posted_event(&p->event);
    }

    if (p->next != NULL) {
        p->next->prev = p->prev;
    }

    if (p->prev != NULL) {
        p->prev->next = p->next;

    } else {
        room->polls = p->next;
    }

    room->pending--;
    ngx_http_chat_hub_release(room);
}


void
ngx_http_chat_poll_wake(ngx_http_chat_hub_room_t *room)
{
    ngx_http_chat_poll_t  *p;

    for (p = room->polls; p != NULL; p = p->next) {
        if (!p->event.posted) {
            ngx_post_event(&p->event, &ngx_posted_events);
        }
    }
}
