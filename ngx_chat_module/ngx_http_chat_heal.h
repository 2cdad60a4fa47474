
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * How a room that may have a hole behind its position heals: the log is read
 * from there, and what is missing is delivered in order.  Only if the log does
 * not have it any more the members are told by "resync".
 *
 * A record that comes with its "prev" ahead of the position is not held: it is
 * in the log, for the store writes there before it announces.
 */


#ifndef NGX_HTTP_CHAT_HEAL_H_INCLUDED
#define NGX_HTTP_CHAT_HEAL_H_INCLUDED


#include "ngx_http_chat_hub.h"


/* Reads the log after the room's position, unless that is under way. */
void ngx_http_chat_heal(ngx_http_chat_hub_room_t *room);

/*
 * Reads the logs of quiet rooms, each twice a minute or so: a lost
 * announcement that nothing follows would never be missed else.
 */
void ngx_http_chat_heal_start(ngx_http_chat_hub_t *hub);
void ngx_http_chat_heal_stop(ngx_http_chat_hub_t *hub);


#endif /* NGX_HTTP_CHAT_HEAL_H_INCLUDED */
