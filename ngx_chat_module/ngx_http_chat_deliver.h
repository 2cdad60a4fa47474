
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Delivery: what the broker announces becomes one frame per worker, pushed
 * to those members whom it concerns.
 */


#ifndef NGX_HTTP_CHAT_DELIVER_H_INCLUDED
#define NGX_HTTP_CHAT_DELIVER_H_INCLUDED


#include "ngx_http_chat_hub.h"


/* The broker's upcall; hub is an ngx_http_chat_hub_t. */
void ngx_http_chat_deliver(void *hub, const ngx_chat_wire_t *rec);

/* The later of a number in that epoch and of the room's own in the same. */
uint64_t ngx_http_chat_deliver_top(ngx_http_chat_hub_room_t *room,
    const ngx_chat_str_t *epoch, uint64_t seq);

/* Is that the epoch of the room's position? */
ngx_uint_t ngx_http_chat_deliver_same(ngx_http_chat_hub_room_t *room,
    const ngx_chat_str_t *epoch);

/* Delivers what was read from the log, as far as it follows the position. */
void ngx_http_chat_deliver_log(ngx_http_chat_hub_room_t *room,
    const ngx_http_chat_reply_t *reply);

/* Makes what was read from the log a page of the view, whose room is set. */
void ngx_http_chat_deliver_page(ngx_chat_joined_t *view,
    const ngx_http_chat_reply_t *reply);

/*
 * Pushes to one session what was delivered after that number while it entered
 * the room, or a "resync" if that is not known.
 */
void ngx_http_chat_deliver_recent(ngx_http_chat_hub_room_t *room,
    ngx_http_chat_session_t *s, uint64_t seq);

/* Nobody enters any more. */
void ngx_http_chat_deliver_forget(ngx_http_chat_hub_room_t *room);

/* Takes epoch and number as the room's position. */
void ngx_http_chat_deliver_position(ngx_http_chat_hub_room_t *room,
    const ngx_chat_str_t *epoch, uint64_t seq);

/* Takes the position, and tells the members that they may have missed some. */
void ngx_http_chat_deliver_resync(ngx_http_chat_hub_room_t *room,
    const ngx_chat_str_t *epoch, uint64_t seq);

/* Tells the members that the store is away. */
void ngx_http_chat_deliver_away(ngx_http_chat_hub_room_t *room);

/*
 * Pushes a frame to the joined members; with presence only to those who want
 * presence events.
 */
void ngx_http_chat_deliver_frame(ngx_http_chat_hub_room_t *room,
    ngx_http_chat_frame_t *f, ngx_uint_t presence);


#endif /* NGX_HTTP_CHAT_DELIVER_H_INCLUDED */
