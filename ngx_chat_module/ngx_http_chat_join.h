
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Join: who wants to enter a room is let in by the site, where
 * "chat_join_request" says so, before the hub is asked.
 *
 * A session reads no further commands meanwhile.  A call of the API is asked
 * about as if it wanted to enter.
 */


#ifndef NGX_HTTP_CHAT_JOIN_H_INCLUDED
#define NGX_HTTP_CHAT_JOIN_H_INCLUDED


#include "ngx_http_chat_ask.h"
#include "ngx_http_chat_consent.h"


/* chat_join_request */

struct ngx_http_chat_join_conf_s {
    ngx_http_chat_backend_t   backend;
    ngx_http_chat_consents_t  consents;
};


typedef void (*ngx_http_chat_join_pt)(void *data,
    const ngx_http_chat_consent_t *consent);

/* A call of the API, which wants to know whether its user may be there. */

typedef struct {
    ngx_http_request_t       *request;
    ngx_http_chat_ctx_t      *ctx;
    ngx_chat_str_t            room;
    ngx_http_chat_join_pt     done;
    void                     *data;
} ngx_http_chat_join_call_t;


/* As ngx_http_chat_hub_join(), which it may call at once or later. */
ngx_chat_code_e ngx_http_chat_join(ngx_http_chat_session_t *s,
    const ngx_chat_command_t *cmd);

/*
 * NGX_OK: the consent is set, to what the site says or has said, or to
 * UNAVAILABLE where it cannot be asked.  NGX_AGAIN: done will be called with
 * data, unless ask_drop(*ask) comes before.
 */
ngx_int_t ngx_http_chat_join_call(const ngx_http_chat_join_call_t *call,
    ngx_http_chat_consent_t *consent, ngx_http_chat_ask_t **ask);

/*
 * Says no to a join of that room: an answer, or an event if id is 0.
 * In raw mode there is only a close.
 */
void ngx_http_chat_join_refuse(ngx_http_chat_session_t *s, int64_t id,
    ngx_chat_code_e code, const ngx_chat_str_t *room);


#endif /* NGX_HTTP_CHAT_JOIN_H_INCLUDED */
