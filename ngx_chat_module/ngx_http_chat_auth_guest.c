
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Guests: their ids, and the names that they wish; see the header. */


#include "ngx_http_chat_auth.h"
#include "ngx_http_chat_table.h"
#include "ngx_chat_text_like.h"


#define NGX_HTTP_CHAT_GUEST      "guest-"
#define NGX_HTTP_CHAT_GUEST_LEN  10              /* random characters */


static ngx_int_t ngx_http_chat_auth_name(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx);
static ngx_uint_t ngx_http_chat_auth_reserved(ngx_http_chat_ctx_t *ctx);


ngx_int_t
ngx_http_chat_auth_guest(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx)
{
    u_char  *p;
    size_t   prefix;

    prefix = sizeof(NGX_HTTP_CHAT_GUEST) - 1;

    p = ngx_pnalloc(r->pool, prefix + NGX_HTTP_CHAT_GUEST_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(p, NGX_HTTP_CHAT_GUEST, prefix);
    ngx_http_chat_random(p + prefix, NGX_HTTP_CHAT_GUEST_LEN);

    ctx->user.data = p;
    ctx->user.len = prefix + NGX_HTTP_CHAT_GUEST_LEN;
    ctx->name = ctx->user;
    ctx->guest = 1;
    ctx->reads = (ctx->conf->guests == NGX_HTTP_CHAT_GUESTS_READ);

    return ngx_http_chat_auth_name(r, ctx);
}


/* The name that a guest wishes: ?name=, percent-encoded. */

static ngx_int_t
ngx_http_chat_auth_name(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx)
{
    size_t      i;
    u_char     *dst, *src;
    ngx_int_t   rc;
    ngx_str_t   value, wish;

    if (ngx_http_arg(r, (u_char *) "name", 4, &value) != NGX_OK
        || value.len == 0)
    {
        return NGX_OK;
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

    rc = ngx_http_chat_auth_shown(r, &wish, &ctx->name);

    if (rc == NGX_DECLINED) {
        return ngx_http_chat_auth_refuse(ctx, NGX_HTTP_BAD_REQUEST,
                   "invalid_name",
                   "The name cannot be used: 1 to 32 visible characters are "
                   "needed.");
    }

    if (rc == NGX_OK && ngx_http_chat_auth_reserved(ctx)) {
        return ngx_http_chat_auth_refuse(ctx, NGX_HTTP_BAD_REQUEST,
                   "invalid_name",
                   "The name is kept for others here, choose another one.");
    }

    return rc;
}


static ngx_uint_t
ngx_http_chat_auth_reserved(ngx_http_chat_ctx_t *ctx)
{
    size_t                      len;
    u_char                      key[NGX_CHAT_TEXT_LIKE_KEY_MAX];
    ngx_uint_t                  i;
    ngx_chat_str_t              name;
    ngx_http_chat_reserved_t   *reserved;

    if (ctx->conf->reserved->nelts == 0) {
        return 0;
    }

    name.len = ctx->name.len;
    name.data = ctx->name.data;
    len = ngx_chat_text_name_key(&name, key, sizeof(key));

    if (len == 0) {
        /* it might look like any */
        return 1;
    }

    reserved = ctx->conf->reserved->elts;

    for (i = 0; i < ctx->conf->reserved->nelts; i++) {
        if ((len == reserved[i].key.len
             || (reserved[i].begins && len > reserved[i].key.len))
            && ngx_memcmp(key, reserved[i].key.data, reserved[i].key.len) == 0)
        {
            return 1;
        }
    }

    return 0;
}
