
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Tokens in the address of a request, where none belongs: addresses stand in
 * logs and histories.
 */


#include "ngx_http_chat_auth.h"
#include "ngx_http_chat_handshake.h"
#include "ngx_http_chat_limit.h"


/* the beginning of each JWT: {" in base64url */
#define NGX_HTTP_CHAT_AUTH_JWT  "eyJ"


static ngx_int_t ngx_http_chat_auth_address(ngx_http_request_t *r);
static ngx_int_t ngx_http_chat_auth_address_refuse(ngx_http_request_t *r,
    ngx_http_chat_loc_conf_t *conf);
static ngx_uint_t ngx_http_chat_auth_address_clean(ngx_http_request_t *r);
static ngx_uint_t ngx_http_chat_auth_address_str(ngx_str_t *str);
static ngx_uint_t ngx_http_chat_auth_address_mask(u_char *p, u_char *last);
static ngx_uint_t ngx_http_chat_auth_address_named(u_char *p, size_t len);
static ngx_uint_t ngx_http_chat_auth_address_shaped(u_char *p, u_char *last);


ngx_int_t
ngx_http_chat_auth_address_init(ngx_conf_t *cf)
{
    ngx_http_handler_pt        *h;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_REWRITE_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_http_chat_auth_address;

    return NGX_OK;
}


/*
 * The first phase that knows the location: before a limit, auth_request or a
 * log has seen the address.
 */

static ngx_int_t
ngx_http_chat_auth_address(ngx_http_request_t *r)
{
    ngx_int_t                  rc;
    ngx_http_chat_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_chat_module);

    if (conf->enable != 1 || conf->tokens.nkeys == 0 || r != r->main
        || !ngx_http_chat_auth_address_clean(r))
    {
        return NGX_DECLINED;
    }

    rc = ngx_http_chat_auth_address_refuse(r, conf);

    ngx_http_finalize_request(r, rc);

    return NGX_DONE;
}


static ngx_int_t
ngx_http_chat_auth_address_refuse(ngx_http_request_t *r,
    ngx_http_chat_loc_conf_t *conf)
{
    ngx_int_t             rc;
    ngx_http_chat_ctx_t  *ctx;

    ctx = ngx_pcalloc(r->pool, sizeof(ngx_http_chat_ctx_t));
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ctx->conf = conf;

    rc = ngx_http_chat_limit_knock(r, ctx);

    if (rc != NGX_OK) {
        return rc;
    }

    return ngx_http_chat_handshake_refuse(r, NGX_HTTP_UNAUTHORIZED,
               "unauthorized",
               "A token in the address is not taken: send it by the "
               "subprotocol \"chat.auth.\" or by \"auth\".", 0);
}


/*
 * Tokens become asterisks wherever the request has its address, and so in the
 * lines that logs will have of it.  Returns whether there was one.  That of the
 * page, which a browser sends by itself, is cleaned only.
 */

static ngx_uint_t
ngx_http_chat_auth_address_clean(ngx_http_request_t *r)
{
    u_char      *p;
    ngx_uint_t   found;

    if (r->headers_in.referer != NULL) {
        (void) ngx_http_chat_auth_address_str(&r->headers_in.referer->value);
    }

    found = ngx_http_chat_auth_address_str(&r->request_line);
    found |= ngx_http_chat_auth_address_str(&r->unparsed_uri);

    if (r->args.len == 0) {
        return found;
    }

    /* rewritten arguments, which may be the configuration's own */

    p = ngx_pnalloc(r->pool, r->args.len);

    if (p == NULL) {
        /* as if there were one */
        r->args.len = 0;
        return 1;
    }

    ngx_memcpy(p, r->args.data, r->args.len);

    if (ngx_http_chat_auth_address_mask(p, p + r->args.len)) {
        r->args.data = p;
        found = 1;
    }

    return found;
}


static ngx_uint_t
ngx_http_chat_auth_address_str(ngx_str_t *str)
{
    u_char  *p, *last, *mark;

    last = str->data + str->len;
    mark = ngx_strlchr(str->data, last, '?');

    if (mark == NULL) {
        return 0;
    }

    /* what follows in a request line is the protocol */

    mark++;
    p = ngx_strlchr(mark, last, ' ');

    return ngx_http_chat_auth_address_mask(mark, (p != NULL) ? p : last);
}


static ngx_uint_t
ngx_http_chat_auth_address_mask(u_char *p, u_char *last)
{
    u_char      *end, *value;
    ngx_uint_t   found;

    found = 0;

    for ( /* void */ ; p < last; p = end + 1) {
        end = ngx_strlchr(p, last, '&');

        if (end == NULL) {
            end = last;
        }

        value = ngx_strlchr(p, end, '=');

        if (value != NULL
            && ngx_http_chat_auth_address_named(p, (size_t) (value - p)))
        {
            value++;

        } else {
            value = (value != NULL) ? value + 1 : p;

            if (!ngx_http_chat_auth_address_shaped(value, end)) {
                continue;
            }
        }

        ngx_memset(value, '*', (size_t) (end - value));
        found = 1;
    }

    return found;
}


/* RFC 6750, 2.3.  URI Query Parameter */

static ngx_uint_t
ngx_http_chat_auth_address_named(u_char *p, size_t len)
{
    return (len == 5 && ngx_strncasecmp(p, (u_char *) "token", 5) == 0)
           || (len == 12
               && ngx_strncasecmp(p, (u_char *) "access_token", 12) == 0);
}


/* Under whichever name: three parts, the first of which is a JSON object. */

static ngx_uint_t
ngx_http_chat_auth_address_shaped(u_char *p, u_char *last)
{
    if (last - p < (ssize_t) sizeof(NGX_HTTP_CHAT_AUTH_JWT) - 1
        || ngx_strncmp(p, NGX_HTTP_CHAT_AUTH_JWT,
                       sizeof(NGX_HTTP_CHAT_AUTH_JWT) - 1)
           != 0)
    {
        return 0;
    }

    p = ngx_strlchr(p, last, '.');

    return p != NULL && ngx_strlchr(p + 1, last, '.') != NULL;
}
