
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * One pipelined connection to Redis: nginx does I/O, TLS and name resolution,
 * hiredis formats commands and reads replies (RESP2).
 *
 *           open             address            connected
 *   CLOSED --------> RESOLVING -------> CONNECTING --------> TLS ---> AUTH
 *      ^    (an address is known:                (plain: at once        |
 *      |     at once CONNECTING)                  AUTH)                 |
 *      |                                                       logged in|
 *      `---- close(), fail(): from any state --------------- OPEN <-----'
 *
 * Facts: CLOSED has no connection, no timer, no call; RESOLVING has a query
 * and no connection; the later states have a connection and a reader; a call
 * of the owner's is taken in OPEN only.
 *
 * Calls are answered in their order, each exactly once, with NULL when the
 * connection has gone: the link is CLOSED by then, and the owner's down() was
 * called first.  A link never calls back from inside open(), send() or
 * format(), but for down() from open().
 */


#ifndef NGX_HTTP_CHAT_REDIS_H_INCLUDED
#define NGX_HTTP_CHAT_REDIS_H_INCLUDED


#include "ngx_http_chat.h"

#include <hiredis/hiredis.h>


#define NGX_HTTP_CHAT_REDIS_CONNECT_TIMEOUT  2000      /* ms, until OPEN */
#define NGX_HTTP_CHAT_REDIS_CALL_TIMEOUT     2000      /* ms */
#define NGX_HTTP_CHAT_REDIS_FINISH_TIME      1000      /* ms */
#define NGX_HTTP_CHAT_REDIS_CALLS_MAX        10000     /* not yet answered */
#define NGX_HTTP_CHAT_REDIS_WINDOW           (8 * 1024 * 1024)
                                                /* bytes not yet answered */
#define NGX_HTTP_CHAT_REDIS_BULK             (1024 * 1024)
#define NGX_HTTP_CHAT_REDIS_BULK_MAX         (512 * 1024 * 1024)
                                                /* Redis' own limit */
#define NGX_HTTP_CHAT_REDIS_ELEMENTS_MAX     16384     /* of one reply */
#define NGX_HTTP_CHAT_REDIS_SCRATCH          (64 * 1024)


struct ngx_http_chat_redis_conf_s {
    ngx_str_t                  name;       /* address and prefix */
    ngx_str_t                  address;    /* for logs, without password */
    ngx_str_t                  host;       /* empty: a unix socket */
    in_port_t                  port;
    ngx_str_t                  path;       /* of the unix socket */
    ngx_str_t                  user;
    ngx_str_t                  password;
    ngx_uint_t                 db;
    ngx_uint_t                 wait;       /* replicas, 0: none */
    ngx_str_t                  prefix;     /* of all keys */
    char                       channel[16];  /* suffix of rooms' channels */

    size_t                     bulk_max;   /* bytes of one string */
    size_t                     window;     /* bytes not yet answered */

    ngx_addr_t                *addrs;      /* NULL: ask clcf's resolver */
    ngx_uint_t                 naddrs;
    ngx_http_core_loc_conf_t  *clcf;

#if (NGX_SSL)
    ngx_ssl_t                 *ssl;
#endif
    ngx_http_chat_redis_ssl_t  tls;
    unsigned                   secure:1;
    unsigned                   finished:1;
    unsigned                   notes:1;    /* sites are told of events */
};


typedef enum {
    NGX_HTTP_CHAT_REDIS_CLOSED = 0,
    NGX_HTTP_CHAT_REDIS_RESOLVING,
    NGX_HTTP_CHAT_REDIS_CONNECTING,
    NGX_HTTP_CHAT_REDIS_TLS,
    NGX_HTTP_CHAT_REDIS_AUTH,
    NGX_HTTP_CHAT_REDIS_OPEN
} ngx_http_chat_redis_state_e;


typedef struct ngx_http_chat_redis_s       ngx_http_chat_redis_t;
typedef struct ngx_http_chat_redis_call_s  ngx_http_chat_redis_call_t;


/*
 * The answer to a call; reply is NULL if the link was lost.  The call is the
 * handler's; the reply is freed by the link, unless the handler sets kept.
 */
typedef void (*ngx_http_chat_redis_call_pt)(ngx_http_chat_redis_call_t *call,
    redisReply *reply);


/* A command under way; the owner embeds it in what is waiting. */

struct ngx_http_chat_redis_call_s {
    ngx_http_chat_redis_call_t   *next;
    ngx_http_chat_redis_call_pt   handler;
    char                         *bytes;   /* as hiredis formatted them */
    size_t                        len;
    ngx_msec_t                    start;
};


typedef struct {
    ngx_http_chat_redis_call_t   *head;
    ngx_http_chat_redis_call_t  **last;
} ngx_http_chat_redis_queue_t;


typedef struct {
    /* the link is OPEN */
    void  (*up)(ngx_http_chat_redis_t *link);

    /* the link is CLOSED, and its calls are still to be answered */
    void  (*down)(ngx_http_chat_redis_t *link, ngx_err_t err,
              const char *reason);

    /* a message of a subscribed channel; NULL: the link has none */
    void  (*push)(ngx_http_chat_redis_t *link, redisReply *reply);
} ngx_http_chat_redis_owner_t;


/* What nginx's debug log reads of a timer's data: see ngx_event_ident(). */

typedef struct {
    void                         *owner;
    void                         *unused[2];
    ngx_socket_t                  fd;
} ngx_http_chat_redis_ident_t;


struct ngx_http_chat_redis_s {
    ngx_http_chat_redis_state_e         state;
    const ngx_http_chat_redis_owner_t  *owner;
    void                               *data;      /* the owner's */
    ngx_http_chat_redis_conf_t         *conf;
    const char                         *title;     /* of its CLIENT SETNAME */
    u_char                             *scratch;   /* shared by all links */

    ngx_uint_t                          attempt;   /* which address is next */
    ngx_uint_t                          serial;    /* of the connection */
    ngx_connection_t                   *connection;
    ngx_resolver_ctx_t                 *query;
    ngx_int_t                           query_state;
    redisReader                        *reader;
    unsigned                            kept:1;    /* reply is the handler's */
    ngx_uint_t                          elements;  /* of the reply in work */
    size_t                              bytes;     /* of the same */

    ngx_http_chat_redis_queue_t         pending;   /* oldest first */
    ngx_http_chat_redis_call_t         *unsent;    /* first not wholly sent */
    size_t                              offset;    /* what is sent of it */
    ngx_uint_t                          calls;     /* in pending */
    size_t                              window;    /* bytes of pending */
    ngx_uint_t                          calls_max;
    size_t                              window_max;

    ngx_log_t                           log;       /* of the connection */
    ngx_http_chat_redis_ident_t         ident;
    ngx_event_t                         timer;     /* deadlines */
    ngx_event_t                         flush;     /* posted */
    ngx_event_t                         resolved;  /* posted */
    ngx_sockaddr_t                      sockaddr;  /* as resolved */
    socklen_t                           socklen;   /* 0: not found */
};


/*
 * Makes a CLOSED link.  conf, owner, data, title, scratch and both limits are
 * set by the caller before.
 */
void ngx_http_chat_redis_init(ngx_http_chat_redis_t *link, ngx_log_t *log);

/*
 * Starts to connect a CLOSED link; quiet: nginx's own lines about it stay out
 * of the log.  up() or down() follows, down() perhaps before it returns.
 */
void ngx_http_chat_redis_open(ngx_http_chat_redis_t *link, ngx_uint_t quiet);

/*
 * Closes from any state and answers what is pending with NULL; down() is not
 * called.  What is queued is sent as far as the socket takes it.
 */
void ngx_http_chat_redis_close(ngx_http_chat_redis_t *link);

/*
 * For the end of the worker, when no event loop turns any more: sends what is
 * queued and waits for the answers, at most NGX_HTTP_CHAT_REDIS_FINISH_TIME.
 */
void ngx_http_chat_redis_finish(ngx_http_chat_redis_t *link);

/* As close, but calls down() with this reason first. */
void ngx_http_chat_redis_fail(ngx_http_chat_redis_t *link, ngx_err_t err,
    const char *reason);

/*
 * Makes the bytes of a call.  Returns NGX_ERROR without memory.
 * ngx_http_chat_redis_release() frees them; so must who owns the call.
 */
ngx_int_t ngx_http_chat_redis_format(ngx_http_chat_redis_call_t *call,
    int argc, const char **argv, const size_t *argvlen);
void ngx_http_chat_redis_release(ngx_http_chat_redis_call_t *call);

/*
 * Queues a formatted call, to be sent at the end of this turn of the event
 * loop.  Returns NGX_OK, or NGX_DECLINED if the link is not open or has too
 * much unanswered; then the call stays the caller's.
 */
ngx_int_t ngx_http_chat_redis_send(ngx_http_chat_redis_t *link,
    ngx_http_chat_redis_call_t *call);

/* From now on as much as is asked for: at the worker's end. */
void ngx_http_chat_redis_unbind(ngx_http_chat_redis_t *link);

/* A queue of calls, oldest first. */
void ngx_http_chat_redis_queue_init(ngx_http_chat_redis_queue_t *queue);
void ngx_http_chat_redis_queue_push(ngx_http_chat_redis_queue_t *queue,
    ngx_http_chat_redis_call_t *call);
ngx_http_chat_redis_call_t *ngx_http_chat_redis_queue_pop(
    ngx_http_chat_redis_queue_t *queue);

/* Empties the queue; returns its first call, the others follow by next. */
ngx_http_chat_redis_call_t *ngx_http_chat_redis_queue_take(
    ngx_http_chat_redis_queue_t *queue);


/* Between the files of the link only. */

void ngx_http_chat_redis_set_state(ngx_http_chat_redis_t *link,
    ngx_http_chat_redis_state_e state);
void ngx_http_chat_redis_connect(ngx_http_chat_redis_t *link);
void ngx_http_chat_redis_resolved_handler(ngx_event_t *ev);
void ngx_http_chat_redis_connected(ngx_http_chat_redis_t *link);
ngx_int_t ngx_http_chat_redis_conf_tls(ngx_conf_t *cf,
    ngx_http_chat_redis_conf_t *rcf);
void ngx_http_chat_redis_handshake(ngx_http_chat_redis_t *link);
void ngx_http_chat_redis_auth(ngx_http_chat_redis_t *link);
void ngx_http_chat_redis_refused(ngx_http_chat_redis_t *link,
    redisReply *reply, ngx_uint_t secret);
ngx_int_t ngx_http_chat_redis_submit(ngx_http_chat_redis_t *link,
    ngx_http_chat_redis_call_t *call);
redisReader *ngx_http_chat_redis_reader(ngx_http_chat_redis_t *link);
void ngx_http_chat_redis_write_handler(ngx_event_t *wev);
void ngx_http_chat_redis_read_handler(ngx_event_t *rev);


/* Of the configuration, ngx_http_chat_redis_conf.c. */

/*
 * Sets of rcf what a URL says.  Returns NULL, or which part of it is wrong in
 * a sentence without any of its text.  ngx_http_chat_redis_url.c
 */
const char *ngx_http_chat_redis_url(ngx_conf_t *cf,
    ngx_http_chat_redis_conf_t *rcf, ngx_str_t *url);

/* The handler of "chat_redis": sets the location's redis. */
char *ngx_http_chat_redis_set(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/*
 * Completes it when the location's own settings are known: resolves the host
 * unless the location has a resolver, and makes the TLS context.  May be
 * called again; then the TLS settings must be the same.  Returns NGX_OK, or
 * NGX_ERROR when the fault is logged.
 */
ngx_int_t ngx_http_chat_redis_conf_finish(ngx_conf_t *cf,
    ngx_http_chat_redis_conf_t *rcf, ngx_http_chat_redis_ssl_t *ssl,
    ngx_http_core_loc_conf_t *clcf);

/*
 * Checks that two of the same name have the same password, wait and TLS,
 * for only the first one's store is made.  Returns NGX_OK, or NGX_ERROR when
 * the fault is logged.  Both are finished.
 */
ngx_int_t ngx_http_chat_redis_conf_same(ngx_conf_t *cf,
    ngx_http_chat_redis_conf_t *one, ngx_http_chat_redis_conf_t *two);

/* Widens the limits for a location's largest message, 0: not limited. */
void ngx_http_chat_redis_conf_size(ngx_http_chat_redis_conf_t *rcf,
    size_t message_size);

/*
 * What tells stores apart, without a secret.  Locations whose names are equal
 * may share one store.  Valid after ngx_http_chat_redis_conf_finish().
 */
ngx_str_t *ngx_http_chat_redis_conf_name(ngx_http_chat_redis_conf_t *rcf);


#endif /* NGX_HTTP_CHAT_REDIS_H_INCLUDED */
