
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Tokens of handshakes, and how each is checked; see the header. */


#include "ngx_http_chat_auth.h"
#include "ngx_http_chat_handshake.h"
#include "ngx_chat_base64url.h"
#include "ngx_chat_rights.h"


#define NGX_HTTP_CHAT_AUTH_DETAIL_MAX  128
#define NGX_HTTP_CHAT_AUTH_TWO         "Two tokens are given, which differ."


static ngx_int_t ngx_http_chat_auth_find(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx, ngx_chat_str_t *token);
static ngx_int_t ngx_http_chat_auth_bad(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx, ngx_chat_token_e why);
static ngx_int_t ngx_http_chat_auth_take(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx, ngx_chat_token_t *t);


ngx_chat_token_e
ngx_http_chat_auth_check(ngx_http_chat_loc_conf_t *conf,
    const ngx_chat_str_t *text, ngx_chat_token_t *t)
{
    ngx_chat_token_e  rc;

    rc = ngx_chat_token_check(t, &conf->tokens, text, (int64_t) ngx_time());

    if (rc == NGX_CHAT_TOKEN_OK && t->name.len == 0) {
        t->name = t->user;
    }

    return rc;
}


ngx_int_t
ngx_http_chat_auth_token(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx)
{
    ngx_int_t         rc;
    ngx_chat_str_t    text;
    ngx_chat_token_e  why;
    ngx_chat_token_t  t;

    rc = ngx_http_chat_auth_find(r, ctx, &text);

    if (rc != NGX_OK) {
        return rc;
    }

    why = ngx_http_chat_auth_check(ctx->conf, &text, &t);

    return (why == NGX_CHAT_TOKEN_OK) ? ngx_http_chat_auth_take(r, ctx, &t)
                                      : ngx_http_chat_auth_bad(r, ctx, why);
}


static ngx_int_t
ngx_http_chat_auth_find(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx,
    ngx_chat_str_t *token)
{
    u_char          *buf;
    ngx_chat_str_t   offered;

    ngx_http_chat_auth_bearer(r, token);

    if (ctx->tokens) {
        return ngx_http_chat_auth_refuse(ctx, NGX_HTTP_BAD_REQUEST,
                   "bad_request", NGX_HTTP_CHAT_AUTH_TWO);
    }

    if (ctx->token.data == NULL) {
        return (token->data == NULL) ? NGX_AGAIN : NGX_OK;
    }

    buf = ngx_pnalloc(r->pool, NGX_CHAT_BASE64URL_DECODED(ctx->token.len));
    if (buf == NULL) {
        return NGX_ERROR;
    }

    if (!ngx_chat_base64url_decode(&offered, buf, &ctx->token)) {
        return ngx_http_chat_auth_bad(r, ctx, NGX_CHAT_TOKEN_FORM);
    }

    if (token->data != NULL
        && (token->len != offered.len
            || ngx_memcmp(token->data, offered.data, offered.len) != 0))
    {
        return ngx_http_chat_auth_refuse(ctx, NGX_HTTP_BAD_REQUEST,
                   "bad_request", NGX_HTTP_CHAT_AUTH_TWO);
    }

    *token = offered;

    return NGX_OK;
}


/* RFC 6750, 2.1.  Authorization Request Header Field */

void
ngx_http_chat_auth_bearer(ngx_http_request_t *r, ngx_chat_str_t *token)
{
    u_char     *p, *end;
    ngx_str_t   value;

    token->len = 0;
    token->data = NULL;

    if (r->headers_in.authorization == NULL) {
        return;
    }

    value = r->headers_in.authorization->value;

    if (value.len < sizeof("Bearer ") - 1
        || ngx_strncasecmp(value.data, (u_char *) "Bearer ",
                           sizeof("Bearer ") - 1) != 0)
    {
        return;
    }

    p = value.data + sizeof("Bearer ") - 1;
    end = value.data + value.len;

    while (p < end && *p == ' ') {
        p++;
    }

    token->data = p;
    token->len = (size_t) (end - p);
}


/* RFC 6750, 3.  The WWW-Authenticate Response Header Field */

static ngx_int_t
ngx_http_chat_auth_bad(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx,
    ngx_chat_token_e why)
{
    u_char  *p;

    static const u_char  challenge[] = "Bearer error=\"invalid_token\"";

    if (why == NGX_CHAT_TOKEN_MEMORY) {
        return NGX_ERROR;
    }

    p = ngx_pnalloc(r->pool, NGX_HTTP_CHAT_AUTH_DETAIL_MAX);

    if (p == NULL
        || ngx_http_chat_handshake_add(r, "WWW-Authenticate",
                                       sizeof(challenge) - 1, challenge)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    (void) ngx_snprintf(p, NGX_HTTP_CHAT_AUTH_DETAIL_MAX, "The token %s.%Z",
                        ngx_chat_token_reason(why));

    return ngx_http_chat_auth_refuse(ctx, NGX_HTTP_UNAUTHORIZED,
                                     (why == NGX_CHAT_TOKEN_EXPIRED)
                                     ? "token_expired" : "unauthorized",
                                     (const char *) p);
}


static ngx_int_t
ngx_http_chat_auth_take(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx,
    ngx_chat_token_t *t)
{
    u_char  *p;

    p = ngx_pnalloc(r->pool, t->user.len + t->name.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ctx->user.len = t->user.len;
    ctx->user.data = p;
    p = ngx_cpymem(p, t->user.data, t->user.len);

    ctx->name.len = t->name.len;
    ctx->name.data = p;
    ngx_memcpy(p, t->name.data, t->name.len);

    ctx->given = ngx_chat_rights_highest(&t->roles);
    ctx->expires = (time_t) t->exp;

    return NGX_OK;
}
