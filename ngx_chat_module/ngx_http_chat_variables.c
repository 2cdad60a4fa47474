
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The $chat_* variables. */


#include "ngx_http_chat_variables.h"
#include "ngx_http_chat_notice.h"
#include "ngx_http_chat_session.h"


typedef enum {
    NGX_HTTP_CHAT_VAR_CLOSE_CODE = 0,
    NGX_HTTP_CHAT_VAR_DURATION,
    NGX_HTTP_CHAT_VAR_RECEIVED,
    NGX_HTTP_CHAT_VAR_ROOMS,
    NGX_HTTP_CHAT_VAR_SENT
} ngx_http_chat_variable_e;


static ngx_int_t ngx_http_chat_variable_number(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_chat_variable_session(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_chat_variable_text(ngx_http_variable_value_t *v,
    const char *text);
static ngx_int_t ngx_http_chat_variable_cause(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_chat_variable_transport(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_chat_variable_head(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);


static ngx_http_variable_t  ngx_http_chat_variables[] = {

    { ngx_string("chat_cause"), NULL, ngx_http_chat_variable_cause,
      0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("chat_close_code"), NULL, ngx_http_chat_variable_number,
      NGX_HTTP_CHAT_VAR_CLOSE_CODE, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("chat_duration"), NULL, ngx_http_chat_variable_number,
      NGX_HTTP_CHAT_VAR_DURATION, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("chat_user_name"), NULL, ngx_http_chat_variable_head,
      NGX_HTTP_CHAT_HEAD_NAME, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("chat_received"), NULL, ngx_http_chat_variable_number,
      NGX_HTTP_CHAT_VAR_RECEIVED, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("chat_room"), NULL, ngx_http_chat_variable_head,
      NGX_HTTP_CHAT_HEAD_ROOM, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("chat_rooms"), NULL, ngx_http_chat_variable_number,
      NGX_HTTP_CHAT_VAR_ROOMS, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("chat_sent"), NULL, ngx_http_chat_variable_number,
      NGX_HTTP_CHAT_VAR_SENT, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("chat_session"), NULL, ngx_http_chat_variable_session,
      0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("chat_transport"), NULL, ngx_http_chat_variable_transport,
      0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("chat_user"), NULL, ngx_http_chat_variable_head,
      NGX_HTTP_CHAT_HEAD_USER, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    ngx_http_null_variable
};


ngx_int_t
ngx_http_chat_variables_add(ngx_conf_t *cf)
{
    ngx_http_variable_t  *var, *v;

    for (v = ngx_http_chat_variables; v->name.len != 0; v++) {

        var = ngx_http_add_variable(cf, &v->name, v->flags);
        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = v->get_handler;
        var->data = v->data;
    }

    return NGX_OK;
}


static ngx_http_chat_session_t *
ngx_http_chat_variable_of(ngx_http_request_t *r)
{
    ngx_http_chat_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r->main, ngx_http_chat_module);

    return (ctx != NULL) ? ctx->session : NULL;
}


static ngx_int_t
ngx_http_chat_variable_number(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    u_char                   *p;
    ngx_time_t               *tp;
    ngx_msec_int_t            ms;
    ngx_http_chat_session_t  *s;

    s = ngx_http_chat_variable_of(r);

    if (s == NULL) {
        v->not_found = 1;
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, NGX_TIME_T_LEN + 4);
    if (p == NULL) {
        return NGX_ERROR;
    }

    v->data = p;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    switch (data) {

    case NGX_HTTP_CHAT_VAR_CLOSE_CODE:

        if (s->close_code == 0) {
            v->valid = 0;
            v->not_found = 1;
            return NGX_OK;
        }

        p = ngx_sprintf(p, "%ui", (ngx_uint_t) s->close_code);
        break;

    case NGX_HTTP_CHAT_VAR_DURATION:
        tp = ngx_timeofday();
        ms = (ngx_msec_int_t) ((tp->sec - (time_t) s->start_sec) * 1000)
             + ((ngx_msec_int_t) tp->msec - (ngx_msec_int_t) s->start_msec);
        ms = ngx_max(ms, 0);
        p = ngx_sprintf(p, "%T.%03M", (time_t) ms / 1000, ms % 1000);
        break;

    case NGX_HTTP_CHAT_VAR_RECEIVED:
        p = ngx_sprintf(p, "%uD", s->received);
        break;

    case NGX_HTTP_CHAT_VAR_ROOMS:
        p = ngx_sprintf(p, "%uD", (uint32_t) s->nrooms);
        break;

    default: /* NGX_HTTP_CHAT_VAR_SENT */
        p = ngx_sprintf(p, "%uD", s->output.sent);
    }

    v->len = (unsigned) (p - v->data) & 0xfffffff;

    return NGX_OK;
}


static ngx_int_t
ngx_http_chat_variable_session(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_http_chat_session_t  *s;

    (void) data;

    s = ngx_http_chat_variable_of(r);

    if (s == NULL) {
        v->not_found = 1;
        return NGX_OK;
    }

    v->data = s->id;
    v->len = NGX_HTTP_CHAT_SESSION_ID_LEN;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}


static ngx_int_t
ngx_http_chat_variable_head(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_str_t             str;
    ngx_http_chat_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r->main, ngx_http_chat_module);

    if (ctx == NULL) {
        v->not_found = 1;
        return NGX_OK;
    }

    if (ctx->session != NULL) {
        str = ngx_http_chat_head_str(ctx->session->head,
                                     (ngx_http_chat_head_e) data);

    } else if (data == NGX_HTTP_CHAT_HEAD_USER) {
        str = ctx->user;

    } else {
        str = (data == NGX_HTTP_CHAT_HEAD_NAME) ? ctx->name : ctx->room;
    }

    v->data = str.data;
    v->len = (unsigned) str.len & 0xfffffff;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}


/* Why it was closed, or why it was refused. */

static ngx_int_t
ngx_http_chat_variable_cause(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    const char           *cause;
    ngx_http_chat_ctx_t  *ctx;

    (void) data;

    ctx = ngx_http_get_module_ctx(r->main, ngx_http_chat_module);
    cause = NULL;

    if (ctx != NULL && ctx->session == NULL) {
        cause = ctx->cause;

    } else if (ctx != NULL && ctx->session->close_code != 0) {
        cause = ngx_http_chat_notice_cause(ctx->session);
    }

    return ngx_http_chat_variable_text(v, cause);
}


static ngx_int_t
ngx_http_chat_variable_transport(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_http_chat_ctx_t  *ctx;

    (void) data;

    ctx = ngx_http_get_module_ctx(r->main, ngx_http_chat_module);

    if (ctx == NULL) {
        return ngx_http_chat_variable_text(v, NULL);
    }

    if (ctx->session != NULL) {
        return ngx_http_chat_variable_text(v, ctx->session->stream
                                              ? "sse" : "websocket");
    }

    if (ctx->conf == NULL || !ctx->conf->api) {
        return ngx_http_chat_variable_text(v, "websocket");
    }

    if (ctx->stream) {
        return ngx_http_chat_variable_text(v, "sse");
    }

    return ngx_http_chat_variable_text(v, ctx->polls ? "longpoll" : "http");
}


static ngx_int_t
ngx_http_chat_variable_text(ngx_http_variable_value_t *v, const char *text)
{
    if (text == NULL) {
        v->not_found = 1;
        return NGX_OK;
    }

    v->data = (u_char *) text;
    v->len = (unsigned) ngx_strlen(text) & 0xfffffff;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}
