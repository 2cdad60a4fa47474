
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * From the configuration to an identity: who the user of a handshake is.
 *
 * The first that holds: what "chat_user" names; a token in the handshake; an
 * "auth" command, which is still to come; a guest.
 */


#ifndef NGX_HTTP_CHAT_AUTH_H_INCLUDED
#define NGX_HTTP_CHAT_AUTH_H_INCLUDED


#include "ngx_http_chat_head.h"


/*
 * Sets the identity of the context: user, name, guest, reads, given, unknown,
 * expires.  Returns NGX_OK, NGX_DECLINED if nobody can be let in (refused,
 * code and detail of the context are set), NGX_ERROR if the site gave an
 * identity that cannot be used, or without memory (500, logged).
 */
ngx_int_t ngx_http_chat_auth(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx);

/* The Bearer token of a request; its data is NULL if there is none. */
void ngx_http_chat_auth_bearer(ngx_http_request_t *r, ngx_chat_str_t *token);

/*
 * Checks a token by the rules of the location, now.  Sets t, whose strings
 * live with it, and its name to the user's id if it has none.
 */
ngx_chat_token_e ngx_http_chat_auth_check(ngx_http_chat_loc_conf_t *conf,
    const ngx_chat_str_t *text, ngx_chat_token_t *t);

/*
 * Sets name, in the request's pool, to what is shown where a user wishes to be
 * called so.  Returns NGX_OK, NGX_DECLINED if the wish cannot be shown, or
 * NGX_ERROR without memory.
 */
ngx_int_t ngx_http_chat_auth_shown(ngx_http_request_t *r,
    const ngx_str_t *wish, ngx_str_t *name);

/*
 * Where tokens are taken: from now on each request to such a location that has
 * one in its address is refused, and the token is not in the address any more.
 * NGX_ERROR without memory.
 */
ngx_int_t ngx_http_chat_auth_address_init(ngx_conf_t *cf);


/* Learns which cookies the configuration reads.  NGX_ERROR without memory. */
ngx_int_t ngx_http_chat_auth_cookie_init(ngx_conf_t *cf);


/* Of the parts of ngx_http_chat_auth(): the same, NGX_AGAIN: not this way. */

ngx_int_t ngx_http_chat_auth_cookies(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx);
ngx_int_t ngx_http_chat_auth_token(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx);
ngx_int_t ngx_http_chat_auth_guest(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx);

/* Sets why nobody is let in; returns NGX_DECLINED. */
ngx_int_t ngx_http_chat_auth_refuse(ngx_http_chat_ctx_t *ctx,
    ngx_uint_t status, const char *code, const char *detail);


#endif /* NGX_HTTP_CHAT_AUTH_H_INCLUDED */
