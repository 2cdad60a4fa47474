
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Presence: which users are in a room through this worker, told to the store,
 * and which came and went anywhere, told to the members.
 *
 * One user of one room is wanted in the store while it has sessions here.
 * What the store knows is what its last answer said; while one operation is
 * under way, no other is begun for that user, and each answer is compared
 * with what is wanted by then.  What is declined, refused or lost is in doubt,
 * and told again a second later.  After an outage every user is told again: the
 * store's operations are idempotent.  A user without sessions is forgotten
 * when the store has answered that it left.
 */


#ifndef NGX_HTTP_CHAT_PRESENCE_H_INCLUDED
#define NGX_HTTP_CHAT_PRESENCE_H_INCLUDED


#include "ngx_http_chat_hub.h"


struct ngx_http_chat_present_s {
    ngx_str_node_t             node;       /* by id */
    ngx_http_chat_hub_room_t  *room;
    ngx_str_t                  name;
    uint32_t                   sessions;
    uint32_t                   pending;    /* operations under way */
    unsigned                   inside:1;   /* by the store's last answer */
    unsigned                   doubt:1;    /* an answer was lost */
    u_char                     data[1];    /* id, name */
};


void ngx_http_chat_presence_init(ngx_http_chat_hub_room_t *room);

/*
 * The session's user in the room, one session more.  NULL without memory.
 * The caller tells the store, and then calls presence_entering().
 */
ngx_http_chat_present_t *ngx_http_chat_presence_add(
    ngx_http_chat_hub_room_t *room, ngx_http_chat_session_t *s);

/* One session less; the last one tells the store.  May free the user. */
void ngx_http_chat_presence_remove(ngx_http_chat_present_t *p);

/* An enter for this user is under way. */
void ngx_http_chat_presence_entering(ngx_http_chat_present_t *p);

/* It has been answered (or a leave: entered is 0).  May free the user. */
void ngx_http_chat_presence_answered(ngx_http_chat_present_t *p,
    ngx_chat_code_e code, ngx_uint_t entered);

/* The store is back: tells it of every user again. */
void ngx_http_chat_presence_sync(ngx_http_chat_hub_room_t *room);

/* Tells the store again what it declined or refused. */
void ngx_http_chat_presence_retry(ngx_http_chat_hub_room_t *room);

/* Renews the life of the room's presence in the store. */
void ngx_http_chat_presence_touch(ngx_http_chat_hub_room_t *room);

/* A record ENTER or LEAVE came: members hear of it within a second. */
void ngx_http_chat_presence_record(ngx_http_chat_hub_room_t *room,
    const ngx_chat_wire_t *rec);

/* Forgets what was not told, and all users; for the end of the room. */
void ngx_http_chat_presence_destroy(ngx_http_chat_hub_room_t *room);


/* For the files of presence: what has not been told to the members. */

void ngx_http_chat_diff_destroy(ngx_http_chat_hub_room_t *room);


#endif /* NGX_HTTP_CHAT_PRESENCE_H_INCLUDED */
