
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * What the files of the Redis broker share: the broker, its operations under
 * way, its scripts.
 *
 * Keys and the channel of a room R under the prefix P, all in one slot:
 *
 *   P:{R}:m   hash    e epoch, s last number given, n its owner: run_id of the
 *                     Redis process that gave it, and when the lives of m and l
 *                     were renewed, in 1000 s of a worker's clock; behind s
 *                     mostly stand a copy of n and e, made of spaces and them,
 *                     and "!" where rights may bind somebody; b when the
 *                     bucket of "chat_limit per=room" is full, in us
 *   P:{R}:l   stream  number -> m1, the record: "kind seq prev time epoch LF"
 *                     and a payload with user, cid, body: lib/ngx_chat_wire.h
 *   P:{R}:x   hash    what was deleted from l, without its text
 *   P:{R}:r   hash    rights: c of the room, u:<user>, i:<address>; lives a
 *                     week longer than the last of their ends
 *   P:{R}:t:<user>    string  when the user wrote, while the room is slow
 *   P:{R}:k   hash    user -> the last kick: role of who kicked, version of
 *                     the act, when; lives a day longer than the last of all
 *   P:{R}:a   stream  what moderators did: d, a record
 *   P:{R}:d:<user>:<cid>  string  fingerprint and header of what was said
 *   P:{R}:pw  hash    worker -> how many users it has in the room
 *   P:{R}:pw:<worker>  set  those users
 *   P:{R}:pu  hash    user -> how many workers have the user
 *   P:{R}:pi  hash    user -> display name
 *   P:{R}:pl  zset    users in the order of their bytes
 *   P:{R}:ch  channel of records; of a database n above 0: P:{R}:chn
 *
 * Of all workers, and for each of them:
 *
 *   P:{g}:w     zset     worker -> when its lease ends, ms of Redis' clock
 *   P:{g}:dead  zset     worker -> when it was declared dead, the same
 *   P:{g}:ctl   channel  somebody was declared dead
 *   P:{g}:hb:<worker>  channel  on which a worker hears itself
 *   P:{g}:gone  set      workers that live and count nothing any more
 *
 * Of all rooms:
 *
 *   P:{g}:rooms zset     rooms in the order of their bytes; raw ones are not
 *                        there, some that were forgotten are
 *
 * Of limits, which hold over all hosts:
 *
 *   P:{g}:nu:<user>, ni:<address>, nr:<room>
 *               hash     worker -> how many connections or members it has
 *   P:{g}:lu-<kind>:<user>, li-, lr-
 *               string   when the bucket of "chat_limit" is full, in us
 *
 * Of what sites are told: ngx_http_chat_broker_redis_note.h.
 */


#ifndef NGX_HTTP_CHAT_BROKER_REDIS_H_INCLUDED
#define NGX_HTTP_CHAT_BROKER_REDIS_H_INCLUDED


#include "ngx_http_chat_broker.h"
#include "ngx_http_chat_redis.h"
#include "ngx_chat_name.h"


#define NGX_HTTP_CHAT_BROKER_REDIS_LIST_MAX   1000   /* users of an answer */
#define NGX_HTTP_CHAT_BROKER_REDIS_RUN_ID     16     /* bytes kept of it */
#define NGX_HTTP_CHAT_BROKER_REDIS_EPOCH      12     /* bytes */
#define NGX_HTTP_CHAT_BROKER_REDIS_RENEW      1000   /* s between renewals */
#define NGX_HTTP_CHAT_BROKER_REDIS_SHA        40     /* hex digits */
#define NGX_HTTP_CHAT_BROKER_REDIS_LOG_TIME   10     /* s between two errors */
#define NGX_HTTP_CHAT_BROKER_REDIS_WORKER     48     /* bytes of its id */
#define NGX_HTTP_CHAT_BROKER_BEAT             10000  /* ms */

/* from this burst on one message in sixteen pays for all of them; the limit is
   told in so many characters then, else in fewer */
#define NGX_HTTP_CHAT_SCRIPT_LIMIT_MANY       128
#define NGX_HTTP_CHAT_SCRIPT_LIMIT_LONG       21


typedef enum {
    NGX_HTTP_CHAT_SCRIPT_PUBLISH = 0,
    NGX_HTTP_CHAT_SCRIPT_HISTORY,
    NGX_HTTP_CHAT_SCRIPT_ENTER,
    NGX_HTTP_CHAT_SCRIPT_LEAVE,
    NGX_HTTP_CHAT_SCRIPT_LIST,
    NGX_HTTP_CHAT_SCRIPT_SWEEP,
    NGX_HTTP_CHAT_SCRIPT_RIGHTS,
    NGX_HTTP_CHAT_SCRIPT_MODERATE,
    NGX_HTTP_CHAT_SCRIPT_ACTS,
    NGX_HTTP_CHAT_SCRIPT_ROOMS,
    NGX_HTTP_CHAT_SCRIPT_LEASE,
    NGX_HTTP_CHAT_SCRIPT_METER,
    NGX_HTTP_CHAT_SCRIPT_TALLY,
    NGX_HTTP_CHAT_SCRIPT_CHANGE,
    NGX_HTTP_CHAT_SCRIPT_NOTE,         /* from here on: with events only */
    NGX_HTTP_CHAT_SCRIPT_TAKE,
    NGX_HTTP_CHAT_SCRIPT_NOTED,
    NGX_HTTP_CHAT_SCRIPT_CHANGE_NOTED,
    NGX_HTTP_CHAT_SCRIPT_COUNT
} ngx_http_chat_script_e;


/* How the Redis is: the first four do not serve, see _status.c. */

typedef enum {
    NGX_HTTP_CHAT_STATUS_CONNECTING = 0,
    NGX_HTTP_CHAT_STATUS_LOADING,
    NGX_HTTP_CHAT_STATUS_READONLY,
    NGX_HTTP_CHAT_STATUS_REFUSED,      /* by us: it may evict keys */
    NGX_HTTP_CHAT_STATUS_OK,
    NGX_HTTP_CHAT_STATUS_DEGRADED      /* it takes no messages */
} ngx_http_chat_broker_redis_status_e;


/* Why a link was lost, as the log was told it. */

#define NGX_HTTP_CHAT_BROKER_TOLD  4

typedef struct {
    uint32_t      reason;              /* crc32 of the text */
    time_t        at;                  /* 0: free */
} ngx_http_chat_broker_told_t;


typedef struct ngx_http_chat_broker_redis_s  ngx_http_chat_broker_redis_t;
typedef struct ngx_http_chat_broker_op_s     ngx_http_chat_broker_op_t;


/* reply is NULL if the link was lost; it may be an error reply */
typedef void (*ngx_http_chat_broker_done_pt)(ngx_http_chat_broker_op_t *op,
    redisReply *reply);


/* An operation under way; who has answered it frees it. */

struct ngx_http_chat_broker_op_s {
    ngx_http_chat_redis_call_t      call;      /* must be first */
    ngx_http_chat_broker_redis_t   *broker;
    ngx_http_chat_redis_t          *link;
    ngx_http_chat_broker_done_pt    done;
    ngx_http_chat_ticket_t          ticket;    /* handler NULL: nobody waits */
    redisReply                     *reply;     /* held until a WAIT is over */
    ngx_str_node_t                  channel;   /* of (un)subscribe: in bytes */
    ngx_uint_t                      data;      /* of done */
    unsigned                        script:1;  /* may meet NOSCRIPT */
    unsigned                        numbers:1; /* has run_id in its bytes */
    unsigned                        retried:1;
    unsigned                        durable:1; /* its answer waits */
};


/* The lease of this worker, and who else is known to be dead. */

typedef struct {
    ngx_event_t                   timer;       /* of the next renewal */
    ngx_str_t                     channel;     /* P:{g}:ctl */
    ngx_rbtree_t                  dead;        /* workers by id */
    ngx_rbtree_node_t             sentinel;
    ngx_queue_t                   deaths;      /* the same, oldest first */
    ngx_uint_t                    ndead;
    u_char                        seen[NGX_INT64_LEN];  /* latest of them */
    size_t                        seen_len;
    unsigned                      held:1;      /* Redis has it from us */
    unsigned                      asked:1;     /* an answer is awaited */
    unsigned                      again:1;     /* ask at once thereafter */
    unsigned                      untold:1;    /* a leave, while we exit */
    u_char                        id[NGX_HTTP_CHAT_BROKER_REDIS_WORKER];
} ngx_http_chat_broker_lease_t;


struct ngx_http_chat_broker_redis_s {
    ngx_http_chat_broker_t        head;        /* must be first */

    ngx_http_chat_redis_conf_t   *conf;
    ngx_pool_t                   *pool;
    ngx_log_t                    *log;

    ngx_http_chat_redis_t         cmd;
    ngx_http_chat_redis_t         sub;
    ngx_uint_t                    setup;       /* answers awaited by cmd */
    unsigned                      cmd_ready:1;
    unsigned                      sub_ready:1;
    unsigned                      probed:1;    /* the first beat is sent */
    unsigned                      heard:1;     /* and has come around */
    unsigned                      stale:1;     /* scripts are being renewed */
    unsigned                      degraded:1;  /* and the log was told so */
    unsigned                      unlimited:1; /* the log was told so, too */

    ngx_http_chat_broker_redis_status_e   status;
    ngx_uint_t                    store;       /* its number in metrics */
    ngx_http_chat_broker_redis_status_e   verdict;  /* why the link goes */
    ngx_http_chat_broker_told_t   told[NGX_HTTP_CHAT_BROKER_TOLD];
    time_t                        lost_at;     /* times of lines of the log, */
    time_t                        degraded_at; /* 0: none */
    time_t                        logged_at;   /* of other errors */

    ngx_http_chat_redis_queue_t   waiting;     /* answered, before a WAIT */
    unsigned                      wait_due:1;  /* scripts were sent */
    unsigned                      wait_sent:1; /* a WAIT is under way */
    ngx_event_t                   wait;        /* posted: sends it */

    ngx_uint_t                    barrier;     /* answers awaited if stale */
    ngx_http_chat_redis_queue_t   retry;       /* met NOSCRIPT */
    ngx_http_chat_redis_queue_t   held;        /* CONNECTING, or stale */
    ngx_uint_t                    nheld;
    size_t                        held_size;

    ngx_rbtree_t                  closing;     /* channels unsubscribed from */
    ngx_rbtree_node_t             sentinel;

    ngx_http_chat_broker_op_t    *free;
    ngx_uint_t                    nfree;

    ngx_http_chat_redis_ident_t   ident;
    ngx_event_t                   connect;     /* timer of the next attempt */
    ngx_event_t                   beat;        /* timer of the heartbeat */
    ngx_event_t                   abandon;     /* posted: answers held */
    ngx_uint_t                    missed;      /* heartbeats */
    ngx_uint_t                    attempts;    /* without success */
    ngx_msec_t                    ready_at;
    time_t                        away_at;

    ngx_str_t                     worker;      /* host:pid:start:random */
    ngx_str_t                     beat_channel;
    ngx_http_chat_broker_lease_t  lease;
    uint64_t                      random;
    u_char                        run_id[NGX_HTTP_CHAT_BROKER_REDIS_RUN_ID
                                         + 1 + NGX_TIME_T_LEN];  /* owner */
                                               /* "?" until it is known */
    u_char                        sha[NGX_HTTP_CHAT_SCRIPT_COUNT]
                                     [NGX_HTTP_CHAT_BROKER_REDIS_SHA];

    u_char                        gone[NGX_HTTP_CHAT_BROKER_REDIS_WORKER];
                                               /* a reader that has died */
    size_t                        gone_len;

    u_char                       *buf;         /* for payloads; in front of
                                                  it is room for a header */
    size_t                        size;
};


/* The arguments of a command while it is made. */

#define NGX_HTTP_CHAT_BROKER_ARGS  24
#define NGX_HTTP_CHAT_BROKER_KEYS  6
#define NGX_HTTP_CHAT_BROKER_KEY   NGX_CHAT_NAME_KEY_MAX

typedef struct {
    int          n;
    const char  *argv[NGX_HTTP_CHAT_BROKER_ARGS];
    size_t       len[NGX_HTTP_CHAT_BROKER_ARGS];
    ngx_uint_t   nkeys;
    unsigned     numbers:1;            /* run_id is among them */
    unsigned     durable:1;            /* replicas have to have its answer */
    u_char       keys[NGX_HTTP_CHAT_BROKER_KEYS][NGX_HTTP_CHAT_BROKER_KEY];
} ngx_http_chat_broker_args_t;


/* ngx_http_chat_broker_redis_op.c: operations under way */

/* Makes an operation of these arguments, or NULL without memory. */
ngx_http_chat_broker_op_t *ngx_http_chat_broker_op(
    ngx_http_chat_broker_redis_t *b, ngx_http_chat_redis_t *link,
    ngx_http_chat_broker_args_t *args, ngx_http_chat_broker_done_pt done);

/* Sends or holds it.  NGX_OK, or NGX_DECLINED: then it is freed. */
ngx_int_t ngx_http_chat_broker_op_start(ngx_http_chat_broker_op_t *op);

void ngx_http_chat_broker_op_free(ngx_http_chat_broker_op_t *op);

/* Answers UNAVAILABLE to all that is held or was to be repeated. */
void ngx_http_chat_broker_op_abandon(ngx_http_chat_broker_redis_t *b);

/* Sends what is held, for the store is READY. */
void ngx_http_chat_broker_op_release(ngx_http_chat_broker_redis_t *b);

/* Gives the memory of free operations back. */
void ngx_http_chat_broker_op_cleanup(ngx_http_chat_broker_redis_t *b);

void ngx_http_chat_broker_args(ngx_http_chat_broker_args_t *args,
    const char *command);
void ngx_http_chat_broker_arg(ngx_http_chat_broker_args_t *args,
    const void *data, size_t len);
void ngx_http_chat_broker_key(ngx_http_chat_broker_args_t *args,
    ngx_http_chat_broker_redis_t *b, const ngx_chat_str_t *room,
    const char *suffix);

/* Appends ":<part>" to the key that was added last. */
void ngx_http_chat_broker_key_add(ngx_http_chat_broker_args_t *args,
    const ngx_chat_str_t *part);


/* ngx_http_chat_broker_redis.c: what operations are made of */

/* Begins a script's arguments; nkeys is a digit, the caller's. */
void ngx_http_chat_broker_redis_script(ngx_http_chat_broker_args_t *args,
    ngx_http_chat_broker_redis_t *b, ngx_http_chat_script_e script,
    const char *nkeys);

/*
 * Writes an epoch for a room that may be new, NGX_HTTP_CHAT_BROKER_REDIS_EPOCH
 * bytes.  Returns their end.
 */
u_char *ngx_http_chat_broker_redis_epoch(u_char *epoch,
    ngx_http_chat_broker_redis_t *b);

/* Adds the argument owner: who is to number. */
void ngx_http_chat_broker_redis_numbers(ngx_http_chat_broker_args_t *args,
    ngx_http_chat_broker_redis_t *b);

/*
 * Makes the payload of a record in b->buf and sets its length.  NGX_DECLINED
 * if it is larger than Redis takes; NGX_ERROR without memory.
 */
ngx_int_t ngx_http_chat_broker_redis_payload(ngx_http_chat_broker_redis_t *b,
    const ngx_chat_wire_t *rec, size_t *len);

/* Starts a script's operation for the ticket.  NGX_OK or NGX_DECLINED. */
ngx_int_t ngx_http_chat_broker_redis_start(ngx_http_chat_broker_redis_t *b,
    ngx_http_chat_broker_args_t *args, ngx_http_chat_broker_done_pt done,
    const ngx_http_chat_ticket_t *ticket);


/* ngx_http_chat_broker_redis_log.c: the log of a room */

ngx_int_t ngx_http_chat_broker_redis_publish(ngx_http_chat_broker_t *broker,
    const ngx_chat_wire_t *rec, const ngx_chat_actor_t *actor,
    const ngx_http_chat_keep_t *keep, const ngx_http_chat_ticket_t *ticket);
ngx_int_t ngx_http_chat_broker_redis_history(ngx_http_chat_broker_t *broker,
    const ngx_chat_str_t *room, const ngx_http_chat_query_t *query,
    const ngx_http_chat_ticket_t *ticket);


/* ngx_http_chat_broker_redis_presence.c: who is in a room */

ngx_int_t ngx_http_chat_broker_redis_enter(ngx_http_chat_broker_t *broker,
    const ngx_chat_str_t *room, const ngx_chat_user_t *user, ngx_uint_t max,
    const ngx_http_chat_ticket_t *ticket);
ngx_int_t ngx_http_chat_broker_redis_leave(ngx_http_chat_broker_t *broker,
    const ngx_chat_str_t *room, const ngx_chat_user_t *user,
    const ngx_http_chat_ticket_t *ticket);
ngx_int_t ngx_http_chat_broker_redis_list(ngx_http_chat_broker_t *broker,
    const ngx_chat_str_t *room, const ngx_chat_str_t *after, ngx_uint_t limit,
    const ngx_http_chat_ticket_t *ticket);
ngx_int_t ngx_http_chat_broker_redis_sweep(ngx_http_chat_broker_t *broker,
    const ngx_chat_str_t *room, const ngx_http_chat_ticket_t *ticket);


/* ngx_http_chat_broker_redis_rooms.c: which rooms there are */

ngx_int_t ngx_http_chat_broker_redis_rooms(ngx_http_chat_broker_t *broker,
    const ngx_chat_str_t *after, ngx_uint_t limit,
    const ngx_http_chat_ticket_t *ticket);


/* ngx_http_chat_broker_redis_rights.c: who may do what in a room */

ngx_int_t ngx_http_chat_broker_redis_rights(ngx_http_chat_broker_t *broker,
    const ngx_chat_str_t *room, const ngx_chat_actor_t *actor,
    const ngx_http_chat_ticket_t *ticket);
ngx_int_t ngx_http_chat_broker_redis_moderate(ngx_http_chat_broker_t *broker,
    const ngx_chat_str_t *room, const ngx_chat_actor_t *actor,
    const ngx_chat_mod_t *mod, const ngx_http_chat_ticket_t *ticket);
ngx_int_t ngx_http_chat_broker_redis_acts(ngx_http_chat_broker_t *broker,
    const ngx_chat_str_t *room, const ngx_chat_actor_t *actor,
    ngx_uint_t limit, const ngx_http_chat_ticket_t *ticket);

/* The digit that tells scripts of the actor's role and whether it reads. */
u_char ngx_http_chat_broker_redis_actor(const ngx_chat_actor_t *actor);

/*
 * Sets the whole answer from [why not, how long, ...], or its conf from that
 * of the hash r or an empty text.  NGX_ERROR: no script of ours says so.
 */
ngx_int_t ngx_http_chat_broker_redis_refusal(redisReply *reply,
    ngx_http_chat_reply_t *answer);
ngx_int_t ngx_http_chat_broker_redis_conf(redisReply *reply,
    ngx_http_chat_reply_t *answer);


/* ngx_http_chat_broker_redis_limit.c: limits over all hosts */

ngx_int_t ngx_http_chat_broker_redis_meter(ngx_http_chat_broker_t *broker,
    const ngx_http_chat_meter_t *meter, const ngx_http_chat_ticket_t *ticket);
ngx_int_t ngx_http_chat_broker_redis_tally(ngx_http_chat_broker_t *broker,
    const ngx_http_chat_tally_t *tally, const ngx_http_chat_ticket_t *ticket);
void ngx_http_chat_broker_redis_resign(ngx_http_chat_broker_t *broker);


/* ngx_http_chat_broker_redis_lease.c: which workers live */

/* in the place of a room's name: the keys of all workers */
extern const ngx_chat_str_t  ngx_http_chat_lease_all;

/* Makes the id of this worker.  NGX_ERROR without memory. */
ngx_int_t ngx_http_chat_broker_redis_lease_init(
    ngx_http_chat_broker_redis_t *b);

/* The broker is READY: takes the lease, or takes it again. */
void ngx_http_chat_broker_redis_lease_begin(ngx_http_chat_broker_redis_t *b);

/* The link is lost. */
void ngx_http_chat_broker_redis_lease_stop(ngx_http_chat_broker_redis_t *b);

/* Somebody was declared dead: asks who, soon. */
void ngx_http_chat_broker_redis_lease_heard(ngx_http_chat_broker_redis_t *b);

/*
 * The worker exits: waits for the answers that are due, and gives the lease
 * back if every user of this worker has been told to have left.
 */
void ngx_http_chat_broker_redis_lease_end(ngx_http_chat_broker_redis_t *b);

/* Whether the kernel knows that a worker of this host is not there. */
ngx_uint_t ngx_http_chat_broker_redis_lease_gone(
    ngx_http_chat_broker_redis_t *b, redisReply *id);

/* Declares those of n workers dead that the kernel knows are, if any is. */
ngx_uint_t ngx_http_chat_broker_redis_lease_found(
    ngx_http_chat_broker_redis_t *b, redisReply **ids, size_t n);

/* A leave was not taken, or not answered: there is something to sweep. */
void ngx_http_chat_broker_redis_lease_untold(ngx_http_chat_broker_redis_t *b);


/* ngx_http_chat_broker_redis_dead.c: which workers are known to be dead */

void ngx_http_chat_broker_redis_dead_init(ngx_http_chat_broker_redis_t *b);
void ngx_http_chat_broker_redis_dead_destroy(ngx_http_chat_broker_redis_t *b);

/* Takes ids of the dead, and returns how many of them are news. */
ngx_uint_t ngx_http_chat_broker_redis_dead_learn(
    ngx_http_chat_broker_redis_t *b, redisReply *dead);

ngx_uint_t ngx_http_chat_broker_redis_dead(ngx_http_chat_broker_redis_t *b,
    redisReply *id);


/* ngx_http_chat_broker_redis_life.c: connecting, losing, coming back */

ngx_http_chat_broker_t *ngx_http_chat_broker_redis_init_worker(
    ngx_cycle_t *cycle, void *conf,
    const ngx_http_chat_broker_upcalls_t *upcalls, void *hub);
void ngx_http_chat_broker_redis_exit_worker(ngx_http_chat_broker_t *broker);

/* READY if both links are up, Redis can serve, and one hears the other. */
void ngx_http_chat_broker_redis_ready(ngx_http_chat_broker_redis_t *b);

/* Sends the first heartbeat as soon as it can be heard. */
void ngx_http_chat_broker_redis_probe(ngx_http_chat_broker_redis_t *b);


/* ngx_http_chat_broker_redis_status.c: how the Redis is, told to the log */

/* The one setter of the status; tells the debug log only. */
void ngx_http_chat_broker_redis_set_status(ngx_http_chat_broker_redis_t *b,
    ngx_http_chat_broker_redis_status_e status);

/* A link is lost: sets why, by the verdict or by the reason's words. */
void ngx_http_chat_broker_redis_lost(ngx_http_chat_broker_redis_t *b,
    ngx_err_t err, const char *reason);

/* The Redis serves (again). */
void ngx_http_chat_broker_redis_serves(ngx_http_chat_broker_redis_t *b);

/* Messages are refused: DEGRADED begins. */
void ngx_http_chat_broker_redis_degraded(ngx_http_chat_broker_redis_t *b,
    const u_char *reason, const char *advice);

/* A message was taken: DEGRADED ends. */
void ngx_http_chat_broker_redis_wrote(ngx_http_chat_broker_redis_t *b);

/*
 * Logs what Redis answered, at most once in 10 s.  Gives the link up where
 * the error says that this Redis cannot serve us.
 */
void ngx_http_chat_broker_redis_error(ngx_http_chat_broker_op_t *op,
    redisReply *reply);

/* Returns 1 if an error may be logged now, and counts it as logged. */
ngx_uint_t ngx_http_chat_broker_redis_may_log(
    ngx_http_chat_broker_redis_t *b);

/* Writes "answered ..." as a text that may be logged. */
void ngx_http_chat_broker_redis_quote(u_char *buf, size_t size,
    redisReply *reply);


/* ngx_http_chat_broker_redis_setup.c: what an open link is asked first */

void ngx_http_chat_broker_redis_cmd_up(ngx_http_chat_redis_t *link);
void ngx_http_chat_broker_redis_sub_up(ngx_http_chat_redis_t *link);

/* Asks a READY Redis whether it may still be used. */
void ngx_http_chat_broker_redis_check(ngx_http_chat_broker_redis_t *b);

/* Loads all scripts anew. */
ngx_int_t ngx_http_chat_broker_redis_load(ngx_http_chat_broker_redis_t *b);

/* Sets what the scripts will be called. */
void ngx_http_chat_broker_redis_sha(ngx_http_chat_broker_redis_t *b);


/* ngx_http_chat_broker_redis_answer.c: what comes from Redis */

/*
 * Returns NGX_OK for a reply of the type; else the ticket has been answered.
 */
ngx_int_t ngx_http_chat_broker_redis_usable(ngx_http_chat_broker_op_t *op,
    redisReply *reply, int type);

/* Answers the ticket, if somebody waits. */
void ngx_http_chat_broker_redis_answer(ngx_http_chat_broker_op_t *op,
    const ngx_http_chat_reply_t *answer);
void ngx_http_chat_broker_redis_refuse(ngx_http_chat_broker_op_t *op,
    ngx_chat_code_e code);

/* The reply has another shape than was asked for: the link is not trusted. */
void ngx_http_chat_broker_redis_fault(ngx_http_chat_broker_op_t *op);

/* What a room's keys hold is none of ours: only this room is broken. */
void ngx_http_chat_broker_redis_broken(ngx_http_chat_broker_op_t *op);

/*
 * Takes a decimal of at most 2^53 and the byte behind it; stop 0: it ends the
 * text.
 */
ngx_int_t ngx_http_chat_broker_redis_decimal(u_char **pos, u_char *end,
    u_char stop, uint64_t *number);

/* Sets epoch and seq of the answer from the reply's first two elements. */
ngx_int_t ngx_http_chat_broker_redis_room(redisReply *reply,
    ngx_http_chat_reply_t *answer);

void ngx_http_chat_broker_redis_subscribe_done(ngx_http_chat_broker_op_t *op,
    redisReply *reply);
void ngx_http_chat_broker_redis_unsubscribe_done(
    ngx_http_chat_broker_op_t *op, redisReply *reply);
void ngx_http_chat_broker_redis_signal_done(ngx_http_chat_broker_op_t *op,
    redisReply *reply);

/* Gives the link up for an answer of another shape than was asked for. */
void ngx_http_chat_broker_redis_unexpected(ngx_http_chat_redis_t *link);


/* ngx_http_chat_broker_redis_wait.c: replicas have it before it is told */

/* A script is on its way: a WAIT follows at the end of this turn. */
void ngx_http_chat_broker_wait_due(ngx_http_chat_broker_redis_t *b);
void ngx_http_chat_broker_wait_handler(ngx_event_t *ev);

/* Holds what was answered to a script; the operation is done with later. */
void ngx_http_chat_broker_wait_hold(ngx_http_chat_broker_op_t *op,
    redisReply *reply);

/* Answers UNAVAILABLE to all that is held. */
void ngx_http_chat_broker_wait_fail(ngx_http_chat_broker_redis_t *b);

/* Announces the record of a publish; header is the script's answer. */
void ngx_http_chat_broker_wait_announce(ngx_http_chat_broker_op_t *op,
    redisReply *header);


/* ngx_http_chat_broker_redis_push.c */

/* A message of a channel that the worker is subscribed to. */
void ngx_http_chat_broker_redis_push(ngx_http_chat_redis_t *link,
    redisReply *reply);


/* ngx_http_chat_broker_redis_script.c, and _presence, _rights, _limit of it */

/* To be called before the scripts are used. */
void ngx_http_chat_broker_redis_script_make(void);

extern const ngx_str_t
    *ngx_http_chat_broker_redis_scripts[NGX_HTTP_CHAT_SCRIPT_COUNT];

extern const ngx_str_t  ngx_http_chat_script_enter;
extern const ngx_str_t  ngx_http_chat_script_leave;
extern const ngx_str_t  ngx_http_chat_script_list;
extern const ngx_str_t  ngx_http_chat_script_sweep;
extern const ngx_str_t  ngx_http_chat_script_lease;
extern const ngx_str_t  ngx_http_chat_script_rights;
extern const ngx_str_t  ngx_http_chat_script_moderate;
extern const ngx_str_t  ngx_http_chat_script_acts;
extern const ngx_str_t  ngx_http_chat_script_rooms;
extern const ngx_str_t  ngx_http_chat_script_meter;
extern const ngx_str_t  ngx_http_chat_script_tally;
extern const ngx_str_t  ngx_http_chat_script_change;


#endif /* NGX_HTTP_CHAT_BROKER_REDIS_H_INCLUDED */
