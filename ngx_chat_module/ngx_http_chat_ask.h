
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Ask: a question of a session, or of a call of the API, to the site, as a
 * request to a location of this nginx, which passes it on (proxy_pass,
 * fastcgi_pass).
 *
 * A session has no HTTP request any more.  So a question is a request of its
 * own, made anew from the session's head, on a connection of its own: a
 * socket on which nothing ever comes or goes, so that nginx treats it as it
 * treats a client that waits in silence.  What is asked is a subrequest of
 * it, a POST where it has a body.  nginx alone frees the two; the end of the
 * connection's pool is the end of the question.
 *
 *               create()         send()          a turn later
 *   (its owner) ------> CREATED ------> WAITING -------------> RUNNING
 *                                          |                      |
 *                                          | deadline, cancel()   | answer,
 *                                          |                      | deadline,
 *                                          v                      v cancel()
 *                                        freed  <-------------  ENDING
 *
 * Of a backend's questions at most "max" are RUNNING, and a multiple of that is
 * WAITING.  The handler is called once, from an event of its own, unless the
 * question is cancelled; a question of a session dies with it.
 */


#ifndef NGX_HTTP_CHAT_ASK_H_INCLUDED
#define NGX_HTTP_CHAT_ASK_H_INCLUDED


#include "ngx_http_chat_session.h"


/* For each question that may run so many may wait. */
#define NGX_HTTP_CHAT_ASK_WAITING  64


/* Where to ask; of a configuration, and what this worker asks there. */

typedef struct {
    ngx_str_t               uri;
    ngx_str_t               args;
    ngx_msec_t              timeout;   /* for an answer, waiting included */
    ngx_uint_t              max;       /* that run at once */
    ngx_uint_t              hook;      /* what metrics call it */

    ngx_uint_t              running;
    ngx_uint_t              nwaiting;
    ngx_queue_t             waiting;
    ngx_event_t             start;
    time_t                  logged;    /* when a failure was, the last time */
} ngx_http_chat_backend_t;


typedef struct ngx_http_chat_ask_s  ngx_http_chat_ask_t;


/* Who asks. */

typedef struct {
    ngx_http_chat_loc_conf_t  *conf;
    ngx_listening_t           *listening;
    const ngx_http_chat_head_t  *head;   /* is copied */
    const ngx_log_t           *log;      /* the same */
    uint64_t                   session;  /* its handle, or 0 */
} ngx_http_chat_asker_t;


/*
 * status: of HTTP, or 0: no answer in time, or none at all.  May close
 * sessions, may ask again; the question and its data are there until it
 * returns.
 */
typedef void (*ngx_http_chat_ask_pt)(ngx_http_chat_ask_t *ask,
    ngx_uint_t status);


/* A header of a question; the name is in lower case. */

typedef struct {
    const char             *name;
    ngx_str_t               value;
} ngx_http_chat_ask_header_t;


struct ngx_http_chat_ask_s {
    ngx_http_chat_backend_t   *backend;
    ngx_pool_t                *pool;     /* for data */
    uint64_t                   session;  /* its handle, or 0 */
    ngx_http_chat_loc_conf_t  *conf;

    /* to be set before it is sent */

    ngx_http_chat_ask_pt       handler;
    void                      *data;
    ngx_str_t                  body;     /* JSON, or none: a GET, of whose
                                            answer only the head is read */
    unsigned                   head_only:1;  /* the same of a POST */

    /* the question's own */

    ngx_array_t                headers;  /* of ngx_http_chat_ask_header_t */
    ngx_rbtree_node_t          node;     /* by session */
    ngx_queue_t                queue;    /* of those that wait */
    ngx_event_t                timer;
    uint64_t                   begun;    /* us, of the metrics' clock */
    ngx_log_t                  log;
    ngx_http_log_ctx_t         log_ctx;
    ngx_listening_t           *listening;
    ngx_http_chat_head_t      *head;     /* a copy */
    ngx_http_chat_ctx_t        ctx;      /* what $chat_* variables tell */
    ngx_http_conf_ctx_t        conf_ctx;
    ngx_http_connection_t      hc;
    ngx_http_request_t        *request;  /* while RUNNING */
    ngx_http_request_t        *asked;    /* the subrequest */
};


/* For the configuration: nothing is asked yet. */
void ngx_http_chat_ask_init(ngx_http_chat_backend_t *backend);

/*
 * A question of the session, with headers X-Chat-User, X-Chat-Name,
 * X-Chat-Address, X-Chat-Guest and of the handshake Host, User-Agent, Referer,
 * X-Forwarded-For.  NULL, logged: too many wait, or no memory.  Who has it
 * sends it or discards it.
 */
ngx_http_chat_ask_t *ngx_http_chat_ask_create(ngx_http_chat_session_t *s,
    ngx_http_chat_backend_t *backend);

/* A session as who asks. */
void ngx_http_chat_ask_session(ngx_http_chat_session_t *s,
    ngx_http_chat_asker_t *asker);

/* The same of anybody; of who is no session drop() takes it back. */
ngx_http_chat_ask_t *ngx_http_chat_ask_make(
    const ngx_http_chat_asker_t *asker, ngx_http_chat_backend_t *backend);

/* What it is about: $chat_room and X-Chat-Room.  NGX_ERROR: no memory. */
ngx_int_t ngx_http_chat_ask_room(ngx_http_chat_ask_t *ask,
    const ngx_chat_str_t *room);

/* Instead: it is not to be sent. */
void ngx_http_chat_ask_discard(ngx_http_chat_ask_t *ask);

/* The handler will be called, but not within this call. */
void ngx_http_chat_ask_send(ngx_http_chat_ask_t *ask);

/* For the handler: a header of the answer, or an empty string. */
ngx_str_t ngx_http_chat_ask_answered(ngx_http_chat_ask_t *ask,
    const char *name);

/*
 * For the handler: what was answered to a question with a body.  NGX_ERROR:
 * it is cut short.
 */
ngx_int_t ngx_http_chat_ask_content(ngx_http_chat_ask_t *ask,
    ngx_chat_str_t *content);

/* It was sent, and its handler not called yet: nobody wants it any more. */
void ngx_http_chat_ask_drop(ngx_http_chat_ask_t *ask);

/* The session ends: nobody wants its answers any more. */
void ngx_http_chat_ask_cancel(ngx_http_chat_session_t *s);

/* Is it a second since this said yes?  What fails fails often. */
ngx_uint_t ngx_http_chat_ask_may_log(ngx_http_chat_backend_t *backend);


/* For the files of the question. */

/* NGX_OK: it runs, or has done so and is gone; NGX_ERROR: it waits on. */
ngx_int_t ngx_http_chat_ask_run(ngx_http_chat_ask_t *ask);

/* Ends the request of one that runs; the question is gone then, or soon. */
void ngx_http_chat_ask_stop(ngx_http_chat_ask_t *ask);

/* Calls the handler, if that was not done. */
void ngx_http_chat_ask_answer(ngx_http_chat_ask_t *ask, ngx_uint_t status);

/* Lets those that wait begin, as far as they may. */
void ngx_http_chat_ask_wake(ngx_http_chat_backend_t *backend);


#endif /* NGX_HTTP_CHAT_ASK_H_INCLUDED */
