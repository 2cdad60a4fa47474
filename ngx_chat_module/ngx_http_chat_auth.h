
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * From the configuration to an identity: who the user of a handshake is.
 */


#ifndef NGX_HTTP_CHAT_AUTH_H_INCLUDED
#define NGX_HTTP_CHAT_AUTH_H_INCLUDED


#include "ngx_http_chat_head.h"


/*
 * Sets user, name and guest of the context.  Returns NGX_OK, NGX_DECLINED if
 * nobody is logged in and guests are not welcome (401), NGX_ABORT if the
 * wished name cannot be used (400), NGX_ERROR if the site gave an identity
 * that cannot be used, or without memory (500, logged).
 */
ngx_int_t ngx_http_chat_auth(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx);

/*
 * Sets name, in the request's pool, to what is shown where a user wishes to be
 * called so.  Returns NGX_OK, NGX_DECLINED if the wish cannot be shown, or
 * NGX_ERROR without memory.
 */
ngx_int_t ngx_http_chat_auth_shown(ngx_http_request_t *r,
    const ngx_str_t *wish, ngx_str_t *name);


#endif /* NGX_HTTP_CHAT_AUTH_H_INCLUDED */
