
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Who the user of a handshake is; see the header. */


#include "ngx_http_chat_auth.h"
#include "ngx_chat_name.h"
#include "ngx_chat_rights.h"


static ngx_int_t ngx_http_chat_auth_site(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx);
static ngx_uint_t ngx_http_chat_auth_may_log(time_t *at);
static ngx_int_t ngx_http_chat_auth_site_name(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx);
static ngx_int_t ngx_http_chat_auth_site_roles(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx);


static time_t  ngx_http_chat_auth_user_at;      /* of the last lines */
static time_t  ngx_http_chat_auth_name_at;


ngx_int_t
ngx_http_chat_auth(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx)
{
    ngx_int_t  rc;

    if (ctx->conf->user != NULL) {
        rc = ngx_http_chat_auth_cookies(r, ctx);

        if (rc == NGX_AGAIN) {
            rc = ngx_http_chat_auth_site(r, ctx);
        }

        if (rc != NGX_AGAIN) {
            return rc;
        }
    }

    if (ctx->conf->tokens.nkeys != 0) {
        rc = ngx_http_chat_auth_token(r, ctx);

        if (rc != NGX_AGAIN) {
            return rc;
        }
    }

    if (ctx->conf->guests != NGX_HTTP_CHAT_GUESTS_OFF) {
        return ngx_http_chat_auth_guest(r, ctx);
    }

    if (ctx->conf->tokens.nkeys != 0
        && ctx->conf->format == NGX_HTTP_CHAT_FORMAT_JSON)
    {
        /* "auth" will tell, or the session will end */

        ngx_str_set(&ctx->user, "");
        ngx_str_set(&ctx->name, "");
        ctx->unknown = 1;

        return NGX_OK;
    }

    return ngx_http_chat_auth_refuse(ctx, NGX_HTTP_UNAUTHORIZED,
                                     "unauthorized", "Log in first.");
}


ngx_int_t
ngx_http_chat_auth_refuse(ngx_http_chat_ctx_t *ctx, ngx_uint_t status,
    const char *code, const char *detail)
{
    ctx->refused = status;
    ctx->code = code;
    ctx->detail = detail;

    return NGX_DECLINED;
}


static ngx_int_t
ngx_http_chat_auth_site(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx)
{
    ngx_str_t        user;
    ngx_chat_str_t   str;

    if (ngx_http_complex_value(r, ctx->conf->user, &user) != NGX_OK) {
        return NGX_ERROR;
    }

    if (user.len == 0) {
        return NGX_AGAIN;
    }

    str.len = user.len;
    str.data = user.data;

    if (!ngx_chat_name_user_valid(&str)) {

        if (ngx_http_chat_auth_may_log(&ngx_http_chat_auth_user_at)) {
            ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                          "\"chat_user\" gave an id that cannot be used: 1 to "
                          "%d bytes of UTF-8 without control characters are "
                          "needed", NGX_CHAT_NAME_USER_MAX);
        }

        return NGX_ERROR;
    }

    ctx->user = user;
    ctx->name = user;

    if (ctx->conf->user_name != NULL
        && ngx_http_chat_auth_site_name(r, ctx) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return (ctx->conf->user_roles != NULL)
           ? ngx_http_chat_auth_site_roles(r, ctx) : NGX_OK;
}


/* The site's faults, which a client may show at each handshake. */

static ngx_uint_t
ngx_http_chat_auth_may_log(time_t *at)
{
    if (*at == ngx_time()) {
        return 0;
    }

    *at = ngx_time();

    return 1;
}


static ngx_int_t
ngx_http_chat_auth_site_name(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx)
{
    ngx_int_t  rc;
    ngx_str_t  name;

    if (ngx_http_complex_value(r, ctx->conf->user_name, &name) != NGX_OK) {
        return NGX_ERROR;
    }

    if (name.len == 0) {
        return NGX_OK;
    }

    rc = ngx_http_chat_auth_shown(r, &name, &ctx->name);

    if (rc == NGX_DECLINED) {

        if (ngx_http_chat_auth_may_log(&ngx_http_chat_auth_name_at)) {
            ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
                          "\"chat_user_name\" gave a name that cannot be "
                          "shown, the user's id is shown instead");
        }

        return NGX_OK;
    }

    return rc;
}


static ngx_int_t
ngx_http_chat_auth_site_roles(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx)
{
    ngx_str_t        roles;
    ngx_chat_str_t   str;

    if (ngx_http_complex_value(r, ctx->conf->user_roles, &roles) != NGX_OK) {
        return NGX_ERROR;
    }

    str.len = roles.len;
    str.data = roles.data;

    ctx->given = ngx_chat_rights_highest(&str);

    return NGX_OK;
}
