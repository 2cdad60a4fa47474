
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Who waits for something to be said in a room, without being in it: its
 * worker hears the room as long as anybody waits.
 */


#ifndef NGX_HTTP_CHAT_POLL_H_INCLUDED
#define NGX_HTTP_CHAT_POLL_H_INCLUDED


#include "ngx_http_chat_hub.h"


struct ngx_http_chat_poll_s {
    ngx_event_t                event;      /* handler and data: the waiter's */
    ngx_http_chat_hub_room_t  *room;       /* NULL: it does not wait */
    ngx_http_chat_poll_t      *prev;
    ngx_http_chat_poll_t      *next;
    ngx_uint_t                 waits;      /* nothing was there at once */
};


/*
 * From now on the event's handler is called, from the event loop, when there
 * may be something new to read.  NGX_DECLINED: too many wait in this worker;
 * NGX_ERROR: no memory.
 */
ngx_int_t ngx_http_chat_poll_begin(ngx_http_chat_poll_t *p,
    ngx_http_chat_hub_t *hub, const ngx_chat_str_t *room);

/* There was nothing to read, so that it waits indeed: for the metrics. */
void ngx_http_chat_poll_wait(ngx_http_chat_poll_t *p);

/* No more, if it was; the room may be gone then. */
void ngx_http_chat_poll_end(ngx_http_chat_poll_t *p);

/* Something was said in the room, or may have been. */
void ngx_http_chat_poll_wake(ngx_http_chat_hub_room_t *room);


#endif /* NGX_HTTP_CHAT_POLL_H_INCLUDED */
