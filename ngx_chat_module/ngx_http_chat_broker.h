
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The broker: how a worker's hub reaches a store that numbers, keeps and
 * announces what is said in a room.  One contract for every store.
 *
 * The life of a broker:
 *
 *      init_worker            first success             link or store lost
 *   NULL ------> CONNECTING ----------------> READY ----------------------.
 *                    |                          ^                         |
 *                    |                          `------ back again -- AWAY <
 *                    `----------- first failure ----------------------^
 *   exit_worker from any state
 *
 * What holds in every state:
 *
 * - Every operation may be called in any state and from any callback.  It
 *   never blocks and never calls back before it has returned.
 * - An operation returns NGX_OK if it was taken: then its ticket's handler
 *   is called exactly once, with an answer, or with
 *   NGX_CHAT_CODE_UNAVAILABLE when the link was lost or the deadline passed
 *   (the store may or may not have done it).  It returns NGX_DECLINED if the
 *   store is not READY or has too much to do: nothing was done, nobody is
 *   called.  While CONNECTING, operations are taken and wait for READY within
 *   their deadline.
 * - Answers about one room come in the order of the operations; only those
 *   to subscribe() and those to all others are not ordered to each other.
 * - No answer is UNAVAILABLE and done at once: never acknowledged means
 *   "perhaps stored", acknowledged means stored.
 * - Strings given to an operation are copied.  Strings of an answer or a
 *   record are valid until the callback returns.
 *
 * Subscriptions: deliver() is called with each record of a room between the
 * answer to subscribe() and unsubscribe(), in the order of the store.  The
 * loss of READY ends all subscriptions without a word for each; when
 * state(READY) is told, the hub subscribes again to what it needs.
 * state(AWAY) is told before the tickets of the lost link are answered.
 */


#ifndef NGX_HTTP_CHAT_BROKER_H_INCLUDED
#define NGX_HTTP_CHAT_BROKER_H_INCLUDED


#include "ngx_http_chat.h"
#include "ngx_chat_rights.h"


/* The room whose bans and kicks hold in all rooms of the store. */
#define NGX_HTTP_CHAT_SITE  "*"


typedef struct ngx_http_chat_broker_s  ngx_http_chat_broker_t;
typedef struct ngx_http_chat_ticket_s  ngx_http_chat_ticket_t;


/* Users and addresses of which one room may know something at once. */
#define NGX_HTTP_CHAT_RIGHTS_MAX  10000

/* Acts that a room's moderation log keeps, where there is memory. */
#define NGX_HTTP_CHAT_ACTS_MAX    1000


typedef enum {
    NGX_HTTP_CHAT_BROKER_CONNECTING = 0,
    NGX_HTTP_CHAT_BROKER_READY,
    NGX_HTTP_CHAT_BROKER_AWAY
} ngx_http_chat_broker_state_e;


/* Which part of a room's log is asked for. */

typedef enum {
    NGX_HTTP_CHAT_LATEST = 0,          /* the last entries */
    NGX_HTTP_CHAT_BEFORE,              /* those before a number */
    NGX_HTTP_CHAT_AFTER,               /* those after it */
    NGX_HTTP_CHAT_RESUME               /* as AFTER, or LATEST if that has
                                          a hole */
} ngx_http_chat_part_e;


typedef struct {
    ngx_http_chat_part_e     part;
    uint64_t                 number;   /* of BEFORE, AFTER, RESUME */
    ngx_chat_str_t           epoch;    /* that it belongs to; empty: any */
    ngx_uint_t               limit;    /* entries */
    size_t                   size;     /* bytes of them, but one at least */
    ngx_http_chat_keep_t     keep;     /* what the room's location keeps */
} ngx_http_chat_query_t;


/* The store's answer to take(). */

typedef struct {
    uint64_t                 first;    /* position of the first text */
    uint64_t                 lost;     /* in front of it, and not told */
    uint64_t                 count;    /* texts in the queue */
    uint64_t                 size;     /* bytes of them */
    const ngx_chat_str_t    *texts;
    ngx_uint_t               ntexts;
    unsigned                 leads:1;  /* else another worker does, and all of
                                          this is 0 */
    unsigned                 anew:1;   /* it did not before, or the store has
                                          forgotten: no position holds */
} ngx_http_chat_notes_reply_t;


/* What is asked of a queue of events by a worker that would read it. */

typedef struct {
    uint64_t                 done;     /* all in front of it was told */
    ngx_msec_t               lease;    /* nobody else reads so long; 0: goes */
    ngx_uint_t               limit;    /* texts, NGX_HTTP_CHAT_NOTES_MAX */
    unsigned                 told:1;   /* done is set */
} ngx_http_chat_notes_query_t;


/* Texts, and bytes of them but for the last, that are read at once. */
#define NGX_HTTP_CHAT_NOTES_MAX   100
#define NGX_HTTP_CHAT_NOTES_SIZE  (256 * 1024)


typedef struct {
    ngx_chat_code_e          code;     /* NGX_CHAT_CODE_OK or why not */
    uint64_t                 seq;      /* publish: its number; else the top */
    uint64_t                 prev;     /* publish */
    int64_t                  time;     /* ms UTC, publish */
    ngx_chat_str_t           epoch;    /* of publish, history */
    uint64_t                 count;    /* users present: enter, leave, list;
                                          of meter, tally: see there */
    uint64_t                 floor;    /* history: oldest kept number, or
                                          top + 1 */
    unsigned                 dup:1;    /* publish: stored before */
    unsigned                 whole:1;  /* history: records follow the number
                                          without a hole */
    unsigned                 listed:1; /* users hold the whole list or page */
    unsigned                 more:1;   /* list, history: there is more */
    unsigned                 ghosts:1; /* enter, sweep: sweep() is due;
                                          tally: ask again */
    ngx_chat_room_conf_t     conf;     /* rights, moderate, history */
    ngx_chat_role_e          role;     /* rights: the higher of both */
    ngx_chat_kick_t          kick;     /* rights and OK: the last one */
    int64_t                  until;    /* BANNED, MUTED; rights: of the mute;
                                          moderate: of the act, or 0 */
    int64_t                  wait;     /* SLOW_MODE, RATE_LIMITED: ms; publish
                                          and OK: it came so early */
    ngx_chat_wire_t         *records;  /* history: ascending; their room
                                          is for the receiver to set */
    ngx_uint_t               nrecords;
    const ngx_chat_user_t   *users;    /* sorted by id */
    ngx_uint_t               nusers;
    ngx_chat_str_t           next;     /* rooms and more: where to go on */
    const ngx_http_chat_notes_reply_t  *notes;     /* take */
} ngx_http_chat_reply_t;


/* A bucket that all hosts have together, and what one has taken from it. */

typedef struct {
    ngx_uint_t               per;      /* ngx_http_chat_per_e */
    const ngx_str_t         *kind;     /* as it is written */
    ngx_chat_str_t           name;
    uint32_t                 rate;     /* tokens in 1000 s */
    uint32_t                 burst;
    int32_t                  amount;   /* thousandths of a token */
} ngx_http_chat_meter_t;


/* How many connections or members this worker has of something. */

typedef struct {
    ngx_uint_t               per;
    ngx_chat_str_t           name;
    ngx_uint_t               count;
    ngx_uint_t               max;      /* of all; not asked for: a lot */
} ngx_http_chat_tally_t;


typedef void (*ngx_http_chat_reply_pt)(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply);


/* Who waits for an answer; copied by the broker, and opaque to it. */

struct ngx_http_chat_ticket_s {
    ngx_http_chat_reply_pt   handler;
    void                    *room;     /* the hub keeps it alive */
    uint64_t                 session;  /* handle */
    int64_t                  id;       /* of the command */
    uintptr_t                data;
};


/* The upcalls, broker to hub. */

typedef struct {
    /* rec->room is set; rec and its strings are gone after the call */
    void       (*deliver)(void *hub, const ngx_chat_wire_t *rec);
    void       (*state)(void *hub, ngx_http_chat_broker_state_e state);

    /*
     * Workers are known to have died, here or on other hosts: sweep() is due
     * for each room that has users of this worker.
     */
    void       (*died)(void *hub);

    /*
     * The store took this worker for dead: who entered through it is not
     * there any more, and must enter again.  died() may follow.
     */
    void       (*forgotten)(void *hub);
} ngx_http_chat_broker_upcalls_t;


typedef struct ngx_http_chat_broker_ops_s  ngx_http_chat_broker_ops_t;

struct ngx_http_chat_broker_ops_s {
    ngx_str_t                  name;   /* "redis" */
    ngx_uint_t                 meters; /* holds rooms to their rate */

    /*
     * Makes the broker of this worker and starts to connect.  conf is the
     * store's own configuration.  Returns NULL without memory.
     */
    ngx_http_chat_broker_t  *(*init_worker)(ngx_cycle_t *cycle, void *conf,
                                 const ngx_http_chat_broker_upcalls_t *upcalls,
                                 void *hub);

    /* Answers what is pending with UNAVAILABLE, and frees everything. */
    void                     (*exit_worker)(ngx_http_chat_broker_t *b);

    /* Announces the room's records from the answer on. */
    ngx_int_t                (*subscribe)(ngx_http_chat_broker_t *b,
                                 const ngx_chat_str_t *room,
                                 const ngx_http_chat_ticket_t *ticket);

    void                     (*unsubscribe)(ngx_http_chat_broker_t *b,
                                 const ngx_chat_str_t *room);

    /*
     * Numbers a record (kinds MESSAGE, TEXT, BINARY), keeps it and announces
     * it to all subscribers, in one step.  Answers seq, prev, time, epoch.
     * The same cid of the same user again, within keep->dedupe: nothing is
     * stored, the first one's answer comes again with dup, or CID_REUSED if
     * the content is another.  Else, if the room's rights do not let the actor
     * write: BANNED or MUTED (with until), FORBIDDEN, LOCKED, or SLOW_MODE
     * (with wait), and nothing is stored.  That is checked in the same step,
     * and where the store meters, the room's rate: RATE_LIMITED (with wait).
     * What is stored and is no repetition goes to keep->note.notes, too, in
     * the order of the room's numbers.
     */
    ngx_int_t                (*publish)(ngx_http_chat_broker_t *b,
                                 const ngx_chat_wire_t *rec,
                                 const ngx_chat_actor_t *actor,
                                 const ngx_http_chat_keep_t *keep,
                                 const ngx_http_chat_ticket_t *ticket);

    /* Announces a record that is neither numbered nor kept; no answer. */
    void                     (*signal)(ngx_http_chat_broker_t *b,
                                 const ngx_chat_wire_t *rec);

    /*
     * Answers epoch, seq (the last number given), floor, whole, more and at
     * most limit records, fewer if they are large; makes a new room's epoch.
     * With another epoch than the query's: EPOCH_CHANGED, or for RESUME the
     * latest and not whole.  conf tells of acts that were not heard.
     */
    ngx_int_t                (*history)(ngx_http_chat_broker_t *b,
                                 const ngx_chat_str_t *room,
                                 const ngx_http_chat_query_t *query,
                                 const ngx_http_chat_ticket_t *ticket);

    /*
     * This worker has the user in the room, or has not any more.  Absolute
     * and idempotent: entering twice is entering once.  The first worker that
     * enters a user announces ENTER, the last that leaves announces LEAVE.
     * enter answers count, and the whole list of users if there are at most
     * max of them (max 0: never a list).
     * What ENTER and LEAVE announce has no epoch.
     * A worker that dies leaves users behind, until sweep() finds them.
     */
    ngx_int_t                (*enter)(ngx_http_chat_broker_t *b,
                                 const ngx_chat_str_t *room,
                                 const ngx_chat_user_t *user, ngx_uint_t max,
                                 const ngx_http_chat_ticket_t *ticket);
    ngx_int_t                (*leave)(ngx_http_chat_broker_t *b,
                                 const ngx_chat_str_t *room,
                                 const ngx_chat_user_t *user,
                                 const ngx_http_chat_ticket_t *ticket);

    /* Answers count and at most limit users whose id is above after. */
    ngx_int_t                (*list)(ngx_http_chat_broker_t *b,
                                 const ngx_chat_str_t *room,
                                 const ngx_chat_str_t *after, ngx_uint_t limit,
                                 const ngx_http_chat_ticket_t *ticket);

    /*
     * Takes users out of the room that dead workers left there, a part of
     * them at a time; who is there through no other worker is announced by
     * LEAVE, once, however many workers sweep.  Answers ghosts if it is to be
     * called again.
     */
    ngx_int_t                (*sweep)(ngx_http_chat_broker_t *b,
                                 const ngx_chat_str_t *room,
                                 const ngx_http_chat_ticket_t *ticket);

    /*
     * May the actor be in the room?  OK, BANNED (with until) or FORBIDDEN;
     * with conf, role, and in until the end of the actor's mute; if OK, with
     * the user's last kick, if that is not older than a day
     * (NGX_CHAT_RIGHTS_KICK_LIFE) nor one of too many.  Makes no room.
     */
    ngx_int_t                (*rights)(ngx_http_chat_broker_t *b,
                                 const ngx_chat_str_t *room,
                                 const ngx_chat_actor_t *actor,
                                 const ngx_http_chat_ticket_t *ticket);

    /*
     * Checks that the actor may, changes the room's rights, writes it into the
     * room's moderation log and announces a record of kind MOD, in one step;
     * that is delivered like any other to who has subscribed.  Ends are
     * counted by the store's clock.  Answers until, and conf after it; or
     * FORBIDDEN, BANNED, or TOO_LARGE where the room has rights of
     * NGX_HTTP_CHAT_RIGHTS_MAX users and addresses already.  To the store the
     * room NGX_HTTP_CHAT_SITE is like any other.
     * CLEAR gives the room another epoch, in which nothing was said, and the
     * record has that; all rights stay.  Where nothing was said, nothing is
     * done.
     */
    ngx_int_t                (*moderate)(ngx_http_chat_broker_t *b,
                                 const ngx_chat_str_t *room,
                                 const ngx_chat_actor_t *actor,
                                 const ngx_chat_mod_t *mod,
                                 const ngx_http_chat_ticket_t *ticket);

    /*
     * Answers the latest limit acts of the room's moderation log as records of
     * kind MOD, oldest first, whichever the room's epoch was then, if the
     * actor is a moderator; else FORBIDDEN.  A kick has the role of who did it
     * for its value, as the record that was announced has.
     */
    ngx_int_t                (*acts)(ngx_http_chat_broker_t *b,
                                 const ngx_chat_str_t *room,
                                 const ngx_chat_actor_t *actor,
                                 ngx_uint_t limit,
                                 const ngx_http_chat_ticket_t *ticket);

    /*
     * Some of the rooms in which something was said or somebody is, raw ones
     * and the site's left out: records with room, seq (the last number) and
     * count, in the order of the store, at most limit of them; perhaps none,
     * though more says that there are others.  They come where after is next
     * of the answer before, empty: the first ones.  It makes no room, and the
     * work is bounded, whatever there is.  BAD_REQUEST: after is no such next.
     */
    ngx_int_t                (*rooms)(ngx_http_chat_broker_t *b,
                                 const ngx_chat_str_t *after, ngx_uint_t limit,
                                 const ngx_http_chat_ticket_t *ticket);

    /*
     * What the hosts of a store have to know of each other for limits to hold
     * on all of them; NULL where a store has one host only.
     *
     * meter takes from a bucket, or gives back, without refusing: it answers
     * in count how many thousandths of a token the bucket lacks then.
     */
    ngx_int_t                (*meter)(ngx_http_chat_broker_t *b,
                                 const ngx_http_chat_meter_t *meter,
                                 const ngx_http_chat_ticket_t *ticket);

    /*
     * This worker has so many.  Absolute and idempotent.  Answers in count how
     * many all workers have that live and have not resigned; if that is above
     * max and workers of this host are among them that have just died, ghosts:
     * they are counted no more when it is asked again.  Without a ticket
     * nothing is answered: that is for who has none any more.
     * Forgotten after an hour without a word, and with the worker.
     */
    ngx_int_t                (*tally)(ngx_http_chat_broker_t *b,
                                 const ngx_http_chat_tally_t *tally,
                                 const ngx_http_chat_ticket_t *ticket);

    /* What this worker has counts no more, nor ever again. */
    void                     (*resign)(ngx_http_chat_broker_t *b);

    /* Adds a text to a queue of events, behind what this worker said before. */
    ngx_int_t                (*note)(ngx_http_chat_broker_t *b,
                                 ngx_http_chat_notes_t *notes,
                                 const ngx_chat_str_t *text,
                                 const ngx_http_chat_ticket_t *ticket);

    /*
     * Reads from the queue's beginning, if no other worker does: one leads
     * until its lease ends, or it has died and others of its host ask.
     */
    ngx_int_t                (*take)(ngx_http_chat_broker_t *b,
                                 ngx_http_chat_notes_t *notes,
                                 const ngx_http_chat_notes_query_t *query,
                                 const ngx_http_chat_ticket_t *ticket);
};


/* Common head of every broker; its implementation's fields follow. */

struct ngx_http_chat_broker_s {
    ngx_http_chat_broker_state_e           state;
    const ngx_http_chat_broker_upcalls_t  *upcalls;
    void                                  *hub;

    /* set by the hub: nobody could repeat from now on what is declined */
    unsigned                               ending:1;
};


extern const ngx_http_chat_broker_ops_t  ngx_http_chat_broker_redis;
extern const ngx_http_chat_broker_ops_t  ngx_http_chat_broker_shm;


#define NGX_HTTP_CHAT_BROKER_PRINT  16     /* bytes */

/* Tells a repetition from another message that has the same cid. */
void ngx_http_chat_broker_print(u_char *print, const ngx_chat_wire_t *rec);


#endif /* NGX_HTTP_CHAT_BROKER_H_INCLUDED */
