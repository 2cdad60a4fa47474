
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Presence: which users are in a room through this worker, told to the store,
 * and which came and went anywhere, told to the members.
 *
 * One user of one room is wanted in the store while it has sessions here, and
 * lingers for "chat_leave_delay" after the last one ended without a word of
 * its own: who comes back in that time has not been away.
 * What the store knows is what its last answer said; while one operation is
 * under way, no other is begun for that user, and each answer is compared
 * with what is wanted by then.  What is declined, refused or lost is in doubt,
 * and told again a second later.  After an outage every user is told again: the
 * store's operations are idempotent.  A user without sessions is forgotten
 * when the store has answered that it left.
 *
 * Users whom another worker left behind when it died are swept out of each
 * room by every worker that has users there; the store sees to it that this
 * is done once.
 */


#ifndef NGX_HTTP_CHAT_PRESENCE_H_INCLUDED
#define NGX_HTTP_CHAT_PRESENCE_H_INCLUDED


#include "ngx_http_chat_hub.h"


struct ngx_http_chat_present_s {
    ngx_str_node_t             node;       /* by id */
    ngx_http_chat_hub_room_t  *room;
    ngx_queue_t                queue;      /* of those who linger */
    ngx_msec_t                 due;        /* it lingers until then */
    uint32_t                   sessions;
    uint16_t                   pending;    /* operations under way */
    uint16_t                   name_len;
    unsigned                   inside:1;   /* by the store's last answer */
    unsigned                   doubt:1;    /* an answer was lost */
    unsigned                   anew:1;     /* tell when all is answered */
    unsigned                   lingers:1;
    u_char                     data[1];    /* id, name */
};


void ngx_http_chat_presence_init(ngx_http_chat_hub_room_t *room);

/*
 * The session's user in the room, one session more.  NULL without memory.
 * The caller tells the store, and then calls presence_entering().
 */
ngx_http_chat_present_t *ngx_http_chat_presence_add(
    ngx_http_chat_hub_room_t *room, ngx_http_chat_session_t *s);

/* Who it is, by strings of its own. */
void ngx_http_chat_presence_user(ngx_http_chat_present_t *p,
    ngx_chat_user_t *user);

/*
 * One session less; the last one tells the store, at once if it left by
 * itself and later if it ended.  May free the user.
 */
void ngx_http_chat_presence_remove(ngx_http_chat_present_t *p,
    ngx_http_chat_session_t *s);

/* The user was made to leave: it does not linger. */
void ngx_http_chat_presence_gone(ngx_http_chat_hub_room_t *room,
    const ngx_chat_str_t *id);

/* An enter for this user is under way. */
void ngx_http_chat_presence_entering(ngx_http_chat_present_t *p);

/* It has been answered (or a leave: entered is 0).  May free the user. */
void ngx_http_chat_presence_answered(ngx_http_chat_present_t *p,
    const ngx_http_chat_reply_t *reply, ngx_uint_t entered);

/* The store is back: tells it of every user again. */
void ngx_http_chat_presence_sync(ngx_http_chat_hub_room_t *room);

/* Tells the store again what it declined or refused. */
void ngx_http_chat_presence_retry(ngx_http_chat_hub_room_t *room);

/* Renews the life of the room's presence in the store. */
void ngx_http_chat_presence_touch(ngx_http_chat_hub_room_t *room);

/* A record ENTER or LEAVE came: members hear of it within a second. */
void ngx_http_chat_presence_record(ngx_http_chat_hub_room_t *room,
    const ngx_chat_wire_t *rec);

/* Members hear who is there now, for records of it may have been missed. */
void ngx_http_chat_presence_refresh(ngx_http_chat_hub_room_t *room);

/* Forgets what was not told, and all users; for the end of the room. */
void ngx_http_chat_presence_destroy(ngx_http_chat_hub_room_t *room);


/* Upcalls of the broker, see there. */
void ngx_http_chat_presence_died(void *hub);
void ngx_http_chat_presence_forgotten(void *hub);


/* For the hub: its timers of presence begin, and end. */

void ngx_http_chat_linger_init(ngx_http_chat_hub_t *hub);
void ngx_http_chat_sweep_init(ngx_http_chat_hub_t *hub);

/* The worker ends: nobody lingers any more, but nothing is told yet. */
void ngx_http_chat_linger_end(ngx_http_chat_hub_t *hub);

/* Sweeps on, for the store is back. */
void ngx_http_chat_sweep_begin(ngx_http_chat_hub_t *hub);


/* For the files of presence. */

/* Tells the store what it does not know.  May free the user. */
void ngx_http_chat_presence_settle(ngx_http_chat_present_t *p);

/* What has not been told to the members. */
void ngx_http_chat_diff_destroy(ngx_http_chat_hub_room_t *room);

/* The user lingers for delay ms, or does not any more. */
void ngx_http_chat_linger(ngx_http_chat_present_t *p, ngx_msec_t delay);
void ngx_http_chat_linger_stop(ngx_http_chat_present_t *p);

/* The room may hold users of the dead. */
void ngx_http_chat_sweep_room(ngx_http_chat_hub_room_t *room);


#endif /* NGX_HTTP_CHAT_PRESENCE_H_INCLUDED */
