
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * How fast a client may be, and how many connections there may be.
 *
 * Buckets of a connection are its own, in memory that it has only while one
 * of them is not full: an idle connection has none.  Those of a user, an
 * address or a room, and counts of connections, are in a zone that all
 * workers of this nginx share, ngx_chat_limit.h.
 */


#ifndef NGX_HTTP_CHAT_LIMIT_H_INCLUDED
#define NGX_HTTP_CHAT_LIMIT_H_INCLUDED


#include "ngx_http_chat_session.h"
#include "ngx_chat_limit.h"
#include "ngx_chat_rate.h"
#include "ngx_chat_rights.h"


typedef enum {
    NGX_HTTP_CHAT_KIND_OTHER = 0,      /* of commands: has no limit alone */
    NGX_HTTP_CHAT_KIND_ALL,            /* commands */
    NGX_HTTP_CHAT_KIND_SEND,
    NGX_HTTP_CHAT_KIND_JOIN,
    NGX_HTTP_CHAT_KIND_HISTORY,
    NGX_HTTP_CHAT_KIND_TYPING,
    NGX_HTTP_CHAT_KIND_CONTROL,        /* frames */
    NGX_HTTP_CHAT_KIND_BYTES,
    NGX_HTTP_CHAT_KIND_CONNECT,        /* handshakes */
    NGX_HTTP_CHAT_KIND_COUNT
} ngx_http_chat_kind_e;


typedef struct {
    uint32_t                   rate;   /* 1/1000 s, or bytes/s; 0: no limit */
    uint32_t                   burst;
} ngx_http_chat_limit_t;


/* "chat_limit" of one level; what it does not name is as it is by default. */

struct ngx_http_chat_limits_s {
    ngx_http_chat_limit_t      of[NGX_HTTP_CHAT_PER_COUNT]
                                 [NGX_HTTP_CHAT_KIND_COUNT];
    uint16_t                   named[NGX_HTTP_CHAT_PER_COUNT];
    ngx_uint_t                 off;    /* it stands alone: there are none */
};


/* The buckets of a connection, while it has any that is not full. */

struct ngx_http_chat_quota_s {
    ngx_chat_rate_t            of[NGX_HTTP_CHAT_KIND_COUNT];
    uint32_t                   begun;  /* ms, of the strikes */
    uint32_t                   strikes;
    uint32_t                   struck; /* ms, of the last of them */
    uint32_t                   refused;  /* what it stands for */
    uint32_t                   until;  /* ms, nothing is read before */
};


/* A bucket or a count: of what, whose, and its key in the zone. */

typedef struct {
    ngx_uint_t                    per;
    ngx_uint_t                    kind;
    const ngx_http_chat_limit_t  *limit;   /* of a bucket */
    uint64_t                      key;     /* 0: there is none */
    ngx_chat_str_t                name;
    u_char                        ip[NGX_CHAT_RIGHTS_IP_MAX];
} ngx_http_chat_limit_part_t;


/* What the hosts of a store that shares limits have to know of each other. */

typedef struct {
    /* thousandths of a token were taken, or below 0: given back */
    void                     (*taken)(ngx_http_chat_store_t *store,
                                 const ngx_http_chat_limit_part_t *part,
                                 int32_t amount);

    /* a session is counted, or no more */
    void                     (*entered)(ngx_http_chat_session_t *s,
                                 const ngx_http_chat_limit_part_t *part);
    void                     (*left)(ngx_http_chat_session_t *s,
                                 const ngx_http_chat_limit_part_t *part);

    /* nothing of this worker counts any more */
    void                     (*gone)(void);
} ngx_http_chat_limit_upcalls_t;


/* ngx_http_chat_limit_share.c: what other hosts are told */

void ngx_http_chat_limit_init(const ngx_http_chat_limit_upcalls_t *upcalls);

/* A token was taken, or given back. */
void ngx_http_chat_limit_taken(ngx_http_chat_store_t *store,
    const ngx_http_chat_limit_part_t *part);
void ngx_http_chat_limit_given(ngx_http_chat_store_t *store,
    const ngx_http_chat_limit_part_t *part);

/* A handshake goes on, from an address, or of a user that is known now. */
void ngx_http_chat_limit_connects(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx, ngx_uint_t per);

/* Tells of a session that is counted, once; and that it is so no more. */
void ngx_http_chat_limit_opened(ngx_http_chat_session_t *s);
void ngx_http_chat_limit_named(ngx_http_chat_session_t *s);
void ngx_http_chat_limit_untold(ngx_http_chat_session_t *s);

void ngx_http_chat_limit_gone(void);

/* All hosts together lack so many thousandths of a token. */
void ngx_http_chat_limit_lacks(uint64_t key,
    const ngx_http_chat_limit_t *limit, uint32_t used);


/* ngx_http_chat_limit_conf.c: directives */

/* by ngx_http_chat_per_e and ngx_http_chat_kind_e, as they are written */
extern const ngx_str_t  ngx_http_chat_limit_pers[];
extern const ngx_str_t  ngx_http_chat_limit_kinds[];

char *ngx_http_chat_limit_set(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_chat_limit_set_max(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
void ngx_http_chat_limit_unset(ngx_http_chat_loc_conf_t *conf);
void ngx_http_chat_limit_merge(ngx_http_chat_loc_conf_t *prev,
    ngx_http_chat_loc_conf_t *conf);

/* A location with "chat": what holds in it.  NGX_ERROR without memory. */
ngx_int_t ngx_http_chat_limit_use(ngx_conf_t *cf,
    ngx_http_chat_loc_conf_t *conf);


/* ngx_http_chat_limit_zone.c: the zone, and this worker in it */

/* All locations are known: adds the zone where one needs it. */
ngx_int_t ngx_http_chat_limit_zone_add(ngx_conf_t *cf);

void ngx_http_chat_limit_zone_enter(ngx_http_chat_main_conf_t *cmcf);

/* This worker goes: its connections count no more. */
void ngx_http_chat_limit_zone_leave(void);

/*
 * A key in the zone; 0 where there is none.  store NULL: the same for the
 * locations of all stores.
 */
uint64_t ngx_http_chat_limit_key(ngx_http_chat_store_t *store,
    ngx_uint_t per, ngx_uint_t kind, const ngx_chat_str_t *name);

/* The memory of the zone, or NULL. */
ngx_chat_limit_t *ngx_http_chat_limit_memory(void);

/* From the bucket of a key; ms to wait, 0: taken. */
uint32_t ngx_http_chat_limit_take(uint64_t key,
    const ngx_http_chat_limit_t *limit);
void ngx_http_chat_limit_give(uint64_t key);

/*
 * One more of those that a key counts, if there are less than max.
 * NGX_DECLINED: there are not.  The key becomes 0 where it was not counted,
 * which may be with NGX_OK: for want of room; then nothing leaves later.
 */
ngx_int_t ngx_http_chat_limit_enter(uint64_t *key, ngx_uint_t max);
void ngx_http_chat_limit_leave(uint64_t key);
ngx_uint_t ngx_http_chat_limit_reached(uint64_t key, ngx_uint_t max);


/* ngx_http_chat_limit_rate.c: of a session */

/*
 * A command, to the room of this name, which may be empty.  Returns the ms
 * after which it may come again, or 0: take it.
 */
uint32_t ngx_http_chat_limit_command(ngx_http_chat_session_t *s,
    ngx_uint_t kind, const ngx_chat_str_t *room);

/*
 * The store has refused a message to the room by the room's rate (with
 * "chat_limit_dry_run" it would have): takes from no other limit then, either.
 */
void ngx_http_chat_limit_early(ngx_http_chat_session_t *s,
    const ngx_chat_str_t *room, uint32_t wait);

/* A control frame; 0: too many. */
ngx_uint_t ngx_http_chat_limit_control(ngx_http_chat_session_t *s);

/* So many bytes have come; ms for which no more are to be read. */
uint32_t ngx_http_chat_limit_bytes(ngx_http_chat_session_t *s, size_t n);

/* Reads nothing for so many ms. */
void ngx_http_chat_limit_stop(ngx_http_chat_session_t *s, uint32_t ms);

/* How many of these ms are left. */
uint32_t ngx_http_chat_limit_left(ngx_http_chat_session_t *s);

/*
 * Something could not be understood; too often within a minute closes the
 * session with this code.
 */
void ngx_http_chat_limit_strike(ngx_http_chat_session_t *s, ngx_uint_t code);

/*
 * Something came too fast: a strike, together with a few more that were on
 * their way when the client could not know.
 */
void ngx_http_chat_limit_refused(ngx_http_chat_session_t *s,
    ngx_uint_t code);

/* Gives the buckets back if all are full, or at the session's end. */
void ngx_http_chat_limit_rest(ngx_http_chat_session_t *s);
void ngx_http_chat_limit_forget(ngx_http_chat_session_t *s);

/* One line a second and worker; how many were left out since the last. */
ngx_uint_t ngx_http_chat_limit_may_log(ngx_uint_t *more);


/* ngx_http_chat_limit_call.c: of a request to the API */

/*
 * Whose it is, and what was taken for it.  A user's requests are limited as
 * one connection would be, a guest's as one of its address.
 */

typedef struct {
    ngx_http_chat_loc_conf_t  *conf;
    ngx_connection_t          *connection;
    ngx_str_t                  user;
    ngx_uint_t                 guest;
    ngx_uint_t                 kind;
    const ngx_chat_str_t      *room;   /* once its limit was asked for */
    uint64_t                   keys[NGX_HTTP_CHAT_PER_COUNT][2];
    u_char                     told[NGX_HTTP_CHAT_PER_COUNT][2];
} ngx_http_chat_limit_call_t;

/*
 * All but the room's limit, and the room's, whose name must live as long; ms
 * to wait, or 0: then other hosts that share the store have heard of it.
 */
uint32_t ngx_http_chat_limit_call(ngx_http_chat_limit_call_t *call);
uint32_t ngx_http_chat_limit_call_room(ngx_http_chat_limit_call_t *call,
    const ngx_chat_str_t *room);

/* The store has refused it by the room's rate: it takes from none, then. */
void ngx_http_chat_limit_call_back(ngx_http_chat_limit_call_t *call);


/* ngx_http_chat_limit_count.c: connections and members */

/*
 * Somebody comes: a token of its address, before anything else is looked at.
 * Who is refused for what it sent does not get it back.  NGX_OK, or what the
 * content handler must return: it was refused.
 */
ngx_int_t ngx_http_chat_limit_knock(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx);

/*
 * A handshake that is about to be accepted, or only asks if it would be; the
 * same results.
 */
ngx_int_t ngx_http_chat_limit_handshake(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx, ngx_uint_t asks);

/*
 * A call of the API is about to wait: it counts as a connection until it is
 * released, or the request ends.  Not NGX_CHAT_CODE_OK: refuse it, e says why.
 */
ngx_chat_code_e ngx_http_chat_limit_wait(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx, ngx_chat_error_t *e);
void ngx_http_chat_limit_release(ngx_http_chat_ctx_t *ctx);

/* From the request to the session, and back: who counts no more later. */
void ngx_http_chat_limit_hand_over(ngx_http_chat_session_t *s,
    ngx_http_chat_ctx_t *ctx);
void ngx_http_chat_limit_hand_back(ngx_http_chat_session_t *s,
    ngx_http_chat_ctx_t *ctx);

/*
 * The session's user is known only now, and is counted from now on.
 * NGX_DECLINED: there are too many connections of this user.
 */
ngx_int_t ngx_http_chat_limit_identified(ngx_http_chat_session_t *s);

/* The session closes: it counts no more.  Its head is there still. */
void ngx_http_chat_limit_closed(ngx_http_chat_session_t *s);

/*
 * Whose a count or a bucket is; the name is the address's or the user's, and
 * empty where there is none.
 */
void ngx_http_chat_limit_of_ip(ngx_http_chat_limit_part_t *part,
    ngx_connection_t *c, ngx_uint_t kind);
void ngx_http_chat_limit_of_user(ngx_http_chat_limit_part_t *part,
    ngx_http_chat_store_t *store, const ngx_str_t *user, ngx_uint_t kind);

/*
 * A member more in a room.  NGX_DECLINED: the room is full; NGX_OK: let in, and
 * if *counted is 1 it parts when it leaves.
 */
ngx_int_t ngx_http_chat_limit_join(ngx_http_chat_session_t *s,
    const ngx_chat_str_t *room, ngx_uint_t *counted);
void ngx_http_chat_limit_part(ngx_http_chat_session_t *s,
    const ngx_chat_str_t *room);


#endif /* NGX_HTTP_CHAT_LIMIT_H_INCLUDED */
