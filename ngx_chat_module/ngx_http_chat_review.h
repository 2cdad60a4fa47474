
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Review: the site sees each message before it is stored, where
 * "chat_publish_request" says so.
 *
 * A session reads no further commands meanwhile, so that what it says is asked
 * about, and stored, in its order.
 */


#ifndef NGX_HTTP_CHAT_REVIEW_H_INCLUDED
#define NGX_HTTP_CHAT_REVIEW_H_INCLUDED


#include "ngx_http_chat_ask.h"
#include "ngx_http_chat_hub.h"


/* chat_publish_request */

struct ngx_http_chat_review_conf_s {
    ngx_http_chat_backend_t   backend;
    ngx_uint_t                open;    /* what was not reviewed is stored */
};


typedef struct ngx_http_chat_review_s  ngx_http_chat_review_t;

/*
 * The verdict is there: code, message, and the record to be stored if the code
 * is OK.  All of it goes when this returns.
 */
typedef void (*ngx_http_chat_review_pt)(ngx_http_chat_review_t *review);


struct ngx_http_chat_review_s {
    ngx_chat_wire_t           rec;     /* a copy, the site's changes in it */
    ngx_http_chat_keep_t      keep;
    int64_t                   id;      /* of a session's command */
    uint64_t                  session;
    ngx_chat_code_e           code;
    const char               *message; /* NULL: the code's */
    ngx_http_chat_review_pt   done;
    void                     *data;    /* its owner's */
    ngx_http_chat_ask_t      *ask;
    ngx_chat_command_t        answer;
};


/*
 * The site is asked about what a session says, which is stored then, or it is
 * told why not.  OK, or why it is not even asked, for the caller to answer.
 */
ngx_chat_code_e ngx_http_chat_review_said(ngx_http_chat_session_t *s,
    const ngx_chat_wire_t *rec, const ngx_http_chat_keep_t *keep, int64_t id);

/*
 * The same for a call of the API: via is how it came.  NGX_OK: done will be
 * called with data, unless ask_drop(review->ask) comes before.  NGX_DECLINED:
 * the site cannot be asked, and the message is to be stored; NGX_ERROR: and it
 * is not.
 */
typedef struct {
    ngx_http_request_t           *request;
    ngx_http_chat_ctx_t          *ctx;
    const char                   *via;
    const ngx_chat_wire_t        *rec;
    const ngx_http_chat_keep_t   *keep;
    ngx_http_chat_review_pt       done;
    void                         *data;
} ngx_http_chat_review_call_t;

ngx_int_t ngx_http_chat_review_call(const ngx_http_chat_review_call_t *call,
    ngx_http_chat_review_t **review);


#endif /* NGX_HTTP_CHAT_REVIEW_H_INCLUDED */
