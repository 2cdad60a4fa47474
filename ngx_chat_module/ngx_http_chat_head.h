
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The head of a session: what must outlive the request that it began with,
 * in one piece of memory.
 *
 * That is the client's address, who the user is, and as much of the request as
 * the log phase needs at the session's end.
 */


#ifndef NGX_HTTP_CHAT_HEAD_H_INCLUDED
#define NGX_HTTP_CHAT_HEAD_H_INCLUDED


#include "ngx_http_chat.h"


typedef enum {
    NGX_HTTP_CHAT_HEAD_ADDR = 0,       /* text of the client's address */
    NGX_HTTP_CHAT_HEAD_USER,           /* id */
    NGX_HTTP_CHAT_HEAD_NAME,
    NGX_HTTP_CHAT_HEAD_ROOM,           /* of the query or chat_room */
    NGX_HTTP_CHAT_HEAD_POSITION,       /* in it: number, space, epoch */
    NGX_HTTP_CHAT_HEAD_REQUEST,        /* request line */
    NGX_HTTP_CHAT_HEAD_URI,            /* where it differs from that line */
    NGX_HTTP_CHAT_HEAD_HOST,
    NGX_HTTP_CHAT_HEAD_AGENT,
    NGX_HTTP_CHAT_HEAD_REFERER,
    NGX_HTTP_CHAT_HEAD_FORWARDED,
    NGX_HTTP_CHAT_HEAD_LOGIN,          /* of auth_basic */
    NGX_HTTP_CHAT_HEAD_KEPT,           /* ngx_http_chat_kept.h */
    NGX_HTTP_CHAT_HEAD_COUNT
} ngx_http_chat_head_e;


/* Who a session has become by "auth". */

typedef struct {
    ngx_str_t              user;       /* id */
    ngx_str_t              name;
    u_char                 data[1];    /* of both */
} ngx_http_chat_identity_t;


typedef struct {
    ngx_http_addr_conf_t      *addr_conf;
    ngx_http_chat_identity_t  *identity;   /* NULL: as the request said */
    uint32_t                   due;        /* of "timed": low bits of ms */
    uint32_t                   request_length;
    uint16_t                   socklen;
    unsigned                   guest:1;
    unsigned                   reads:1;    /* may write nowhere */
    unsigned                   given:2;    /* ngx_chat_role_e */
    unsigned                   unknown:1;  /* nobody yet: "auth" will tell */
    unsigned                   timed:1;    /* so long, or until a token ends */
    uint16_t                   len[NGX_HTTP_CHAT_HEAD_COUNT];
    uint16_t                   local_socklen;
    uintptr_t                  addr[1];    /* address, own address, strings */
} ngx_http_chat_head_t;


/* The context of a request, in its pool; and of the log phase's at the end. */

typedef struct {
    ngx_http_chat_session_t  *session;     /* NULL until the take-over */
    ngx_http_chat_loc_conf_t *conf;
    ngx_str_t                 user;
    ngx_str_t                 name;
    ngx_str_t                 room;        /* to be joined, or empty */
    ngx_str_t                 position;    /* in it, or empty */
    uint64_t                  knock;       /* took a token, or 0 */
    uint64_t                  ip_key;      /* counted, or 0 */
    uint64_t                  user_key;
    ngx_uint_t                guest;
    ngx_uint_t                reads;
    ngx_uint_t                given;       /* ngx_chat_role_e */
    ngx_uint_t                unknown;
    time_t                    expires;     /* s since 1970, 0: never */
    ngx_chat_str_t            token;       /* of a subprotocol, encoded */
    ngx_uint_t                tokens;      /* there were others */
    ngx_uint_t                protocol;    /* chat.v1 was offered */
    ngx_uint_t                stream;      /* of events is asked for */
    ngx_buf_t                *out;         /* what a framed request sends */
    ngx_uint_t                refused;     /* status of who is not let in, */
    const char               *code;        /* and why */
    const char               *detail;
    const char               *cause;       /* of a refusal, or NULL */
    ngx_uint_t                polls;       /* it waits for something new */
} ngx_http_chat_ctx_t;


/*
 * Copies what is to be kept.  pool NULL: the caller frees the head with
 * ngx_free().  NULL without memory.
 */
ngx_http_chat_head_t *ngx_http_chat_head_create(ngx_pool_t *pool,
    ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx);

/* The same again, in the pool; NULL without memory. */
ngx_http_chat_head_t *ngx_http_chat_head_copy(ngx_pool_t *pool,
    const ngx_http_chat_head_t *head);

ngx_str_t ngx_http_chat_head_str(const ngx_http_chat_head_t *head,
    ngx_http_chat_head_e which);

/*
 * Sets who the session is from now on.  NGX_ERROR without memory: nothing has
 * changed then.
 */
ngx_int_t ngx_http_chat_head_identify(ngx_http_chat_session_t *s,
    const ngx_str_t *user, const ngx_str_t *name);

/* For how long: until a token expires, seconds since 1970; 0: for ever. */
void ngx_http_chat_head_expire(ngx_http_chat_head_t *head, time_t expires);

/* Frees a head that was created without a pool. */
void ngx_http_chat_head_free(ngx_http_chat_head_t *head);

/* Points the connection's addresses to the head's copies. */
void ngx_http_chat_head_adopt(ngx_http_chat_head_t *head,
    ngx_connection_t *c);

/*
 * Gives a request that nginx has just created what the head knows of the
 * handshake: its line, its URI, some of its headers.  The strings are the
 * head's.  NGX_ERROR: no memory for headers.
 */
ngx_int_t ngx_http_chat_head_fill(ngx_http_request_t *r,
    ngx_http_chat_head_t *head);

/* Adds a header, its name in lower case, if there is a value; or NULL. */
ngx_table_elt_t *ngx_http_chat_head_header(ngx_http_request_t *r,
    const char *name, ngx_str_t value);

/*
 * Runs nginx's log phase for a request made from the head.  c->data, c->log
 * and c->pool are as before when it returns.
 */
void ngx_http_chat_head_log(ngx_http_chat_session_t *s);


#endif /* NGX_HTTP_CHAT_HEAD_H_INCLUDED */
