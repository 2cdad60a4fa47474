
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * What happens, told to those who observe it: the one place for all of them.
 *
 * Each thing is told by the worker that decides it, when it is decided, and
 * once: who comes and goes by the worker of the connection, an act by the one
 * that was asked for it.  Where a location has no observers it costs a call.
 *
 * An observer may allocate, write, send; it may not end a session, nor join or
 * leave a room, nor answer a request.  A session that it remembers it must
 * remember by its handle.
 */


#ifndef NGX_HTTP_CHAT_NOTICE_H_INCLUDED
#define NGX_HTTP_CHAT_NOTICE_H_INCLUDED


#include "ngx_http_chat_session.h"
#include "ngx_chat_rights.h"


typedef enum {
    NGX_HTTP_CHAT_NOTICE_OPEN = 0,     /* a connection; head->unknown: */
    NGX_HTTP_CHAT_NOTICE_LOGIN,        /* whose, is known by "auth" only */
    NGX_HTTP_CHAT_NOTICE_JOIN,
    NGX_HTTP_CHAT_NOTICE_LEAVE,        /* also of connections that close */
    NGX_HTTP_CHAT_NOTICE_REFUSAL,      /* of a request, or of a command */
    NGX_HTTP_CHAT_NOTICE_MODERATION,
    NGX_HTTP_CHAT_NOTICE_CLOSE,        /* behind its last LEAVE */
    NGX_HTTP_CHAT_NOTICE_COUNT
} ngx_http_chat_notice_e;


/*
 * All strings and pointers but conf live as long as the call.  Strings without
 * a value are empty.
 */

typedef struct {
    ngx_http_chat_notice_e     what;
    ngx_http_chat_loc_conf_t  *conf;
    ngx_http_chat_session_t   *session;    /* or NULL: of a request, or gone */
    ngx_http_request_t        *request;    /* or NULL: of a session */
    int64_t                    time;       /* ms UTC */

    ngx_chat_str_t             id;         /* of the session */
    ngx_chat_str_t             user;       /* id; "*": a backend as itself */
    ngx_chat_str_t             name;
    ngx_chat_str_t             address;    /* of the client, as text */
    ngx_chat_str_t             room;       /* as its users call it */
    const char                *transport;  /* "websocket", "sse", "http" */
    unsigned                   guest:1;
    unsigned                   backend:1;  /* a key of "chat_api_keys" */

    ngx_uint_t                 code;       /* of CLOSE; HTTP's, of REFUSAL */
    const char                *cause;      /* a word, or "" */
    ngx_chat_str_t             reason;     /* a sentence, or somebody's own */

    ngx_chat_str_t             kept;       /* of its request, for logs */

    ngx_chat_mod_t             mod;        /* of MODERATION, */
    int64_t                    until;      /* and its end, ms UTC, or 0 */
} ngx_http_chat_notice_t;


typedef struct ngx_http_chat_observer_s  ngx_http_chat_observer_t;

struct ngx_http_chat_observer_s {
    ngx_http_chat_observer_t  *next;
    void                     (*handler)(void *data,
                                   const ngx_http_chat_notice_t *n);
    void                      *data;
};


/* "open" and so on. */
extern const char *const  ngx_http_chat_notice_names[];


/*
 * When the configuration is read: adds an observer to a location, when all of
 * it is merged.  NGX_ERROR: no memory.
 */
ngx_int_t ngx_http_chat_observe(ngx_conf_t *cf,
    ngx_http_chat_loc_conf_t *conf, const ngx_http_chat_observer_t *observer);

/* OPEN, LOGIN, CLOSE; reason: what a closed client is told, may be empty. */
void ngx_http_chat_notice_session(ngx_http_chat_session_t *s,
    ngx_http_chat_notice_e what, const char *reason);

/* JOIN, LEAVE; by the name of the room as the hub has it. */
void ngx_http_chat_notice_member(ngx_http_chat_session_t *s,
    ngx_http_chat_notice_e what, const ngx_chat_str_t *room,
    const char *cause);

/* REFUSAL: a session's command is answered so, or not answered in raw mode. */
void ngx_http_chat_notice_refusal(ngx_http_chat_session_t *s,
    const ngx_chat_error_t *e);

/*
 * REFUSAL: a handshake, a call of the API; code as clients see it.  It is kept
 * for the request's own variables, too.
 */
void ngx_http_chat_notice_request(ngx_http_request_t *r, ngx_uint_t status,
    const char *code, const char *detail);

/* The word for why a session is closed, which it is. */
const char *ngx_http_chat_notice_cause(const ngx_http_chat_session_t *s);

/*
 * MODERATION: what is asked for, kept until the store has answered.  NULL
 * where nobody observes, or without memory, which is logged.
 */
ngx_http_chat_notice_t *ngx_http_chat_notice_act(ngx_http_chat_session_t *s,
    const ngx_chat_str_t *room, const ngx_chat_mod_t *mod);
ngx_http_chat_notice_t *ngx_http_chat_notice_call(ngx_http_request_t *r,
    const ngx_chat_str_t *room, const ngx_chat_mod_t *mod,
    ngx_uint_t backend);

/* It is done, or not: tells, if it is, and frees.  n may be NULL. */
void ngx_http_chat_notice_acted(ngx_http_chat_notice_t *n,
    ngx_chat_code_e code, int64_t until);


#endif /* NGX_HTTP_CHAT_NOTICE_H_INCLUDED */
