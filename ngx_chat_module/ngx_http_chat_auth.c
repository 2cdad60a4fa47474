
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Who the user of a handshake is; see the header. */


#include "ngx_http_chat_auth.h"
#include "ngx_http_chat_table.h"
#include "ngx_chat_name.h"


#define NGX_HTTP_CHAT_GUEST      "guest-"
#define NGX_HTTP_CHAT_GUEST_LEN  10              /* random characters */


static ngx_int_t ngx_http_chat_auth_site(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx);
static ngx_int_t ngx_http_chat_auth_guest(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx);
static ngx_int_t ngx_http_chat_auth_name(ngx_http_request_t *r,
    ngx_str_t *name);


ngx_int_t
ngx_http_chat_auth(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx)
{
    ngx_int_t  rc;

    if (ctx->conf->user != NULL) {
        rc = ngx_http_chat_auth_site(r, ctx);

        if (rc != NGX_DECLINED) {
            return rc;
        }
    }

    if (!ctx->conf->guests) {
        return NGX_DECLINED;
    }

    return ngx_http_chat_auth_guest(r, ctx);
}


static ngx_int_t
ngx_http_chat_auth_site(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx)
{
    ngx_int_t        rc;
    ngx_str_t        user, name;
    ngx_chat_str_t   str;

    if (ngx_http_complex_value(r, ctx->conf->user, &user) != NGX_OK) {
        return NGX_ERROR;
    }

    if (user.len == 0) {
        return NGX_DECLINED;
    }

    str.len = user.len;
    str.data = user.data;

    if (!ngx_chat_name_user_valid(&str)) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "\"chat_user\" gave an id that cannot be used: 1 to %d "
                      "bytes of UTF-8 without control characters are needed",
                      NGX_CHAT_NAME_USER_MAX);
        return NGX_ERROR;
    }

    ctx->user = user;
    ctx->name = user;
    ctx->guest = 0;

    if (ctx->conf->user_name == NULL) {
        return NGX_OK;
    }

    if (ngx_http_complex_value(r, ctx->conf->user_name, &name) != NGX_OK) {
        return NGX_ERROR;
    }

    if (name.len == 0) {
        return NGX_OK;
    }

    rc = ngx_http_chat_auth_shown(r, &name, &ctx->name);

    if (rc == NGX_DECLINED) {
        ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
                      "\"chat_user_name\" gave a name that cannot be shown, "
                      "the user's id is shown instead");
        return NGX_OK;
    }

    return rc;
}


static ngx_int_t
ngx_http_chat_auth_guest(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx)
{
    u_char     *p;
    size_t      prefix;
    ngx_int_t   rc;

    prefix = sizeof(NGX_HTTP_CHAT_GUEST) - 1;

    p = ngx_pnalloc(r->pool, prefix + NGX_HTTP_CHAT_GUEST_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(p, NGX_HTTP_CHAT_GUEST, prefix);
    ngx_http_chat_random(p + prefix, NGX_HTTP_CHAT_GUEST_LEN);

    ctx->user.data = p;
    ctx->user.len = prefix + NGX_HTTP_CHAT_GUEST_LEN;
    ctx->guest = 1;

    rc = ngx_http_chat_auth_name(r, &ctx->name);

    if (rc == NGX_DECLINED) {
        ctx->name = ctx->user;
        return NGX_OK;
    }

    return rc;
}


/* The name that a guest wishes: ?name=, percent-encoded. */

static ngx_int_t
ngx_http_chat_auth_name(ngx_http_request_t *r, ngx_str_t *name)
{
    size_t      i;
    u_char     *dst, *src;
    ngx_int_t   rc;
    ngx_str_t   value, wish;

    if (ngx_http_arg(r, (u_char *) "name", 4, &value) != NGX_OK
        || value.len == 0)
    {
        return NGX_DECLINED;
    }

    wish.data = ngx_pnalloc(r->pool, value.len);
    if (wish.data == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < value.len; i++) {
        wish.data[i] = (value.data[i] == '+') ? ' ' : value.data[i];
    }

    src = wish.data;
    dst = wish.data;

    ngx_unescape_uri(&dst, &src, value.len, 0);

    wish.len = (size_t) (dst - wish.data);

    rc = ngx_http_chat_auth_shown(r, &wish, name);

    return (rc == NGX_DECLINED) ? NGX_ABORT : rc;
}
