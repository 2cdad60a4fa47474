
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Queues of what sites are told, in Redis.
 *
 * They belong to no room, since one worker reads all that is told to one site:
 * its keys are of the slot of what all workers share.  For each queue of
 * "chat_event_request":
 *
 *   P:{g}:eq:<queue>   list  texts of lib/ngx_chat_event.h, oldest first
 *   P:{g}:es:<queue>   hash  b texts ever taken from it, d those of them that
 *                      were told or known to be lost, z bytes that it holds, w
 *                      the worker that reads it, until u, ms of Redis' clock, x
 *                      when its life was renewed, a week
 */


#ifndef NGX_HTTP_CHAT_BROKER_REDIS_NOTE_H_INCLUDED
#define NGX_HTTP_CHAT_BROKER_REDIS_NOTE_H_INCLUDED


#include "ngx_http_chat_broker_redis.h"


ngx_int_t ngx_http_chat_broker_redis_note(ngx_http_chat_broker_t *broker,
    ngx_http_chat_notes_t *notes, const ngx_chat_str_t *text,
    const ngx_http_chat_ticket_t *ticket);
ngx_int_t ngx_http_chat_broker_redis_take(ngx_http_chat_broker_t *broker,
    ngx_http_chat_notes_t *notes, const ngx_http_chat_notes_query_t *query,
    const ngx_http_chat_ticket_t *ticket);

/* Adds the two keys of a queue. */
void ngx_http_chat_broker_redis_note_keys(ngx_http_chat_broker_args_t *args,
    ngx_http_chat_broker_redis_t *b, const ngx_http_chat_notes_t *notes);


/* ngx_http_chat_broker_redis_script_note.c */

extern const ngx_str_t  ngx_http_chat_script_note;
extern const ngx_str_t  ngx_http_chat_script_take;

/* around the script that stores a message */
extern const ngx_str_t  ngx_http_chat_script_noted_before;
extern const ngx_str_t  ngx_http_chat_script_noted_behind;


#endif /* NGX_HTTP_CHAT_BROKER_REDIS_NOTE_H_INCLUDED */
