
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The broker over a zone of shared memory; what its files share.
 *
 * An operation is done at once, under the zone's lock.  Its answer waits for
 * the end of the event loop's turn, as all that this turn wrote does: first
 * other workers are woken, then the rings are read and their records
 * delivered, then the answers are given, so that the frames of all this are
 * sent by one flush.  What is only read is read when its answer is given.
 *
 * An answer to subscribe() stands at the place in the rings where it was done:
 * records of the room in front of it, which an older subscription let come,
 * are dropped.
 *
 * READY: the worker has a slot, and its cursor is of the region's generation.
 * It is AWAY when there is no slot, when the lock's holder does not go on, or
 * for a moment when the region was rebuilt or its writers have overtaken this
 * reader: then it begins anew, the hub subscribes again, and each room heals
 * from its log.
 */


#ifndef NGX_HTTP_CHAT_BROKER_SHM_H_INCLUDED
#define NGX_HTTP_CHAT_BROKER_SHM_H_INCLUDED


#include "ngx_http_chat_broker.h"
#include "ngx_http_chat_zone.h"
#include "ngx_chat_name.h"


#define NGX_HTTP_CHAT_SHM_PAGE      (128 * 1024)   /* bytes of an answer */
#define NGX_HTTP_CHAT_SHM_LIST_MAX  1000           /* records, users of it */
#define NGX_HTTP_CHAT_SHM_LOG_TIME  60             /* s between two errors */
#define NGX_HTTP_CHAT_SHM_KEPT_MAX  16             /* lists kept in a turn */


/* What an answer has to tell. */

typedef enum {
    NGX_HTTP_CHAT_SHM_DONE = 0,
    NGX_HTTP_CHAT_SHM_SUBSCRIBED,
    NGX_HTTP_CHAT_SHM_PUBLISHED,
    NGX_HTTP_CHAT_SHM_RIGHTS,
    NGX_HTTP_CHAT_SHM_HISTORY,         /* from here on: what is read for it */
    NGX_HTTP_CHAT_SHM_ACTS,
    NGX_HTTP_CHAT_SHM_ROOMS,
    NGX_HTTP_CHAT_SHM_TAKEN,
    NGX_HTTP_CHAT_SHM_ENTERED,
    NGX_HTTP_CHAT_SHM_LIST
} ngx_http_chat_shm_kind_e;


/* What was written when it was done: bytes of both rings. */

typedef struct {
    uint64_t                      news;
    uint64_t                      log;
} ngx_http_chat_shm_place_t;


/* Who asks for acts; the user is the operation's text. */

typedef struct {
    ngx_uint_t                    limit;
    ngx_chat_role_e               given;
    size_t                        ip_len;
    u_char                        ip[NGX_CHAT_RIGHTS_IP_MAX];
} ngx_http_chat_shm_acts_t;


/* Which page of rooms. */

typedef struct {
    ngx_uint_t                    limit;
    uint64_t                      next;
} ngx_http_chat_shm_rooms_t;


/* What is asked of a queue of events. */

typedef struct {
    ngx_http_chat_notes_t        *notes;
    ngx_http_chat_notes_query_t   query;
} ngx_http_chat_shm_take_t;


/* An operation whose answer is due; it is in one queue, or free. */

typedef struct {
    ngx_queue_t                   queue;
    ngx_http_chat_ticket_t        ticket;
    ngx_http_chat_shm_kind_e      kind;
    ngx_chat_code_e               code;

    union {
        uint64_t                  count;       /* DONE */
        ngx_http_chat_shm_place_t place;       /* SUBSCRIBED */
        ngx_chat_log_stored_t     stored;      /* PUBLISHED */
        ngx_chat_log_rights_t     rights;      /* RIGHTS */
        ngx_chat_log_query_t      query;       /* HISTORY */
        ngx_http_chat_shm_acts_t  acts;        /* ACTS */
        ngx_http_chat_shm_rooms_t rooms;       /* ROOMS */
        ngx_http_chat_shm_take_t  take;        /* TAKEN */
        ngx_uint_t                limit;       /* ENTERED, LIST */
    } u;

    uint32_t                      hash;        /* of the room */
    ngx_chat_str_t                room;
    ngx_chat_str_t                text;        /* epoch, or user */
    u_char                        buf[NGX_CHAT_NAME_ROOM_MAX
                                      + NGX_CHAT_NAME_USER_MAX];
} ngx_http_chat_shm_op_t;


typedef struct ngx_http_chat_shm_kept_s  ngx_http_chat_shm_kept_t;


typedef struct {
    ngx_http_chat_broker_t        head;        /* must be first */

    ngx_http_chat_zone_t         *zone;
    ngx_log_t                    *log;
    ngx_int_t                     slot;        /* or -1 */
    ngx_uint_t                    store;       /* its number in metrics */
    ngx_chat_log_cursor_t         cursor;
    ngx_chat_log_slots_t          wake;        /* at the turn's end */
    ngx_connection_t             *bell;

    ngx_event_t                   turn;        /* posted: its end */
    ngx_event_t                   tick;        /* timer */
    ngx_event_t                   sweep;       /* posted for the next turn */

    ngx_queue_t                   answers;
    ngx_queue_t                   subscribing;
    ngx_queue_t                   free;
    ngx_uint_t                    nfree;

    ngx_int_t                     swept;       /* slot, or -1 */
    uint32_t                      cell;        /* where to go on in it */

    u_char                       *record;      /* that is delivered */
    u_char                       *page;        /* that is answered */
    ngx_chat_wire_t              *records;
    ngx_chat_user_t              *users;
    ngx_http_chat_shm_kept_t     *kept[NGX_HTTP_CHAT_SHM_KEPT_MAX];
    ngx_uint_t                    nkept;

    time_t                        full_at;     /* times of lines of the log, */
    time_t                        behind_at;   /* 0: none */
    unsigned                      stuck:1;     /* the lock was not had */
    unsigned                      anew:1;      /* it is to begin anew */
    unsigned                      looks:1;     /* its tick, until all is read */
    unsigned                      told:1;      /* why it is AWAY, to the log */
} ngx_http_chat_shm_t;


/* ngx_http_chat_broker_shm.c: the operations */

/*
 * Begins an operation that is done at once: takes one for the ticket, and the
 * lock.  NULL: it is refused.  In a build of tests the worker may end in it.
 */
ngx_http_chat_shm_op_t *ngx_http_chat_shm_begin(ngx_http_chat_shm_t *b,
    ngx_http_chat_shm_kind_e kind, const ngx_http_chat_ticket_t *ticket,
    const char *where);

/* It has ended with rc, and its answer is due.  Gives the lock back. */
void ngx_http_chat_shm_end(ngx_http_chat_shm_t *b, ngx_http_chat_shm_op_t *op,
    ngx_chat_log_rc_e rc);

/* This worker, now. */
void ngx_http_chat_shm_caller(ngx_http_chat_shm_t *b,
    ngx_chat_log_caller_t *caller);

/* What is told of a result. */
ngx_chat_code_e ngx_http_chat_shm_code(ngx_http_chat_shm_t *b,
    ngx_chat_log_rc_e rc);


/* ngx_http_chat_broker_shm_answer.c: what is due to whom */

/* Takes a free operation for the ticket, or NULL without memory. */
ngx_http_chat_shm_op_t *ngx_http_chat_shm_op(ngx_http_chat_shm_t *b,
    ngx_http_chat_shm_kind_e kind, const ngx_http_chat_ticket_t *ticket);

/* Sets its room and its text. */
void ngx_http_chat_shm_op_names(ngx_http_chat_shm_op_t *op,
    const ngx_chat_str_t *room, const ngx_chat_str_t *text);

/* The operation was refused: nobody is called. */
void ngx_http_chat_shm_op_free(ngx_http_chat_shm_t *b,
    ngx_http_chat_shm_op_t *op);

/* Its answer is due at the turn's end. */
void ngx_http_chat_shm_op_due(ngx_http_chat_shm_t *b,
    ngx_http_chat_shm_op_t *op);

/* Answers what is due.  Returns 1 if more is left for the next turn. */
ngx_uint_t ngx_http_chat_shm_answers(ngx_http_chat_shm_t *b);

/* Answers subscriptions whose place the cursor has passed, or reached. */
void ngx_http_chat_shm_subscribed(ngx_http_chat_shm_t *b, ngx_uint_t reached);

/* Whether the record is of a room in front of its subscription. */
ngx_uint_t ngx_http_chat_shm_early(ngx_http_chat_shm_t *b,
    const ngx_chat_str_t *room);

/* Calls its ticket's handler. */
void ngx_http_chat_shm_give(ngx_http_chat_shm_op_t *op,
    const ngx_http_chat_reply_t *reply);

/*
 * READY is lost: what was done is answered, subscriptions and what was to be
 * read are refused; all: everything is.
 */
void ngx_http_chat_shm_abandon(ngx_http_chat_shm_t *b, ngx_uint_t all);

void ngx_http_chat_shm_op_cleanup(ngx_http_chat_shm_t *b);


/* ngx_http_chat_broker_shm_users.c: who is in a room */

/* The answers to enter() and list(). */
ngx_int_t ngx_http_chat_shm_tell_users(ngx_http_chat_shm_t *b,
    ngx_http_chat_shm_op_t *op);

/* The list for the answer to enter(), if this turn has read it, or NULL. */
ngx_http_chat_shm_kept_t *ngx_http_chat_shm_kept_users(ngx_http_chat_shm_t *b,
    ngx_http_chat_shm_op_t *op);

/* The turn has given its answers. */
void ngx_http_chat_shm_forget_users(ngx_http_chat_shm_t *b);


/* ngx_http_chat_broker_shm_rights.c: who may, and what was done */

ngx_int_t ngx_http_chat_shm_rights(ngx_http_chat_broker_t *broker,
    const ngx_chat_str_t *room, const ngx_chat_actor_t *actor,
    const ngx_http_chat_ticket_t *ticket);
ngx_int_t ngx_http_chat_shm_moderate(ngx_http_chat_broker_t *broker,
    const ngx_chat_str_t *room, const ngx_chat_actor_t *actor,
    const ngx_chat_mod_t *mod, const ngx_http_chat_ticket_t *ticket);
ngx_int_t ngx_http_chat_shm_acts(ngx_http_chat_broker_t *broker,
    const ngx_chat_str_t *room, const ngx_chat_actor_t *actor,
    ngx_uint_t limit, const ngx_http_chat_ticket_t *ticket);

/* The answers to rights() and moderate(); to acts(), where it is read. */
void ngx_http_chat_shm_tell_rights(ngx_http_chat_shm_op_t *op,
    ngx_http_chat_reply_t *reply);
ngx_int_t ngx_http_chat_shm_tell_acts(ngx_http_chat_shm_t *b,
    ngx_http_chat_shm_op_t *op);


/* ngx_http_chat_broker_shm_rooms.c: which rooms there are */

ngx_int_t ngx_http_chat_shm_rooms(ngx_http_chat_broker_t *broker,
    const ngx_chat_str_t *after, ngx_uint_t limit,
    const ngx_http_chat_ticket_t *ticket);
ngx_int_t ngx_http_chat_shm_tell_rooms(ngx_http_chat_shm_t *b,
    ngx_http_chat_shm_op_t *op);


/* ngx_http_chat_broker_shm_note.c: what a site is to be told of */

ngx_int_t ngx_http_chat_shm_note(ngx_http_chat_broker_t *broker,
    ngx_http_chat_notes_t *notes, const ngx_chat_str_t *text,
    const ngx_http_chat_ticket_t *ticket);
ngx_int_t ngx_http_chat_shm_take(ngx_http_chat_broker_t *broker,
    ngx_http_chat_notes_t *notes, const ngx_http_chat_notes_query_t *query,
    const ngx_http_chat_ticket_t *ticket);

/* Around the storing of a message, under the lock. */
void ngx_http_chat_shm_note_begin(const ngx_http_chat_note_t *note);
void ngx_http_chat_shm_note_stored(const ngx_http_chat_note_t *note,
    const ngx_chat_wire_t *rec, const ngx_chat_log_stored_t *stored);
void ngx_http_chat_shm_note_end(const ngx_http_chat_note_t *note);

/* The answer to take(), which is read for it. */
ngx_int_t ngx_http_chat_shm_tell_taken(ngx_http_chat_shm_t *b,
    ngx_http_chat_shm_op_t *op);


/* ngx_http_chat_broker_shm_life.c: beginning, losing, coming back */

ngx_http_chat_broker_t *ngx_http_chat_shm_init_worker(ngx_cycle_t *cycle,
    void *conf, const ngx_http_chat_broker_upcalls_t *upcalls, void *hub);
void ngx_http_chat_shm_exit_worker(ngx_http_chat_broker_t *broker);

/*
 * Takes the lock for an operation of a READY broker.  NGX_DECLINED: it is not,
 * or will not be after this turn.
 */
ngx_int_t ngx_http_chat_shm_lock(ngx_http_chat_shm_t *b);

/* Gives it back; rc of the region may say that the broker begins anew. */
void ngx_http_chat_shm_unlock(ngx_http_chat_shm_t *b, ngx_chat_log_rc_e rc);

/* There is something to do at the turn's end. */
void ngx_http_chat_shm_post(ngx_http_chat_shm_t *b);

/* These workers have something to hear. */
void ngx_http_chat_shm_wake(ngx_http_chat_shm_t *b,
    const ngx_chat_log_slots_t *slots);

/* The zone takes no more. */
void ngx_http_chat_shm_full(ngx_http_chat_shm_t *b);


/* ngx_http_chat_broker_shm_read.c: from the rings to the hub */

/* Delivers what has come.  Returns 1 if more is left for the next turn. */
ngx_uint_t ngx_http_chat_shm_read(ngx_http_chat_shm_t *b);


/* ngx_http_chat_broker_shm_sweep.c: slots whose workers have died */

void ngx_http_chat_shm_sweep_init(ngx_http_chat_shm_t *b);

/* Looks for one, and begins to sweep it. */
void ngx_http_chat_shm_sweep_look(ngx_http_chat_shm_t *b);

/* Under the lock: takes the slot out of everything, all at once. */
void ngx_http_chat_shm_sweep_all(ngx_http_chat_shm_t *b, ngx_uint_t slot);


/* nginx's debug log reads the descriptor of whatever an event belongs to. */
extern ngx_connection_t  ngx_http_chat_shm_dumb;


#endif /* NGX_HTTP_CHAT_BROKER_SHM_H_INCLUDED */
