
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The handshake: from a request to a 101, or to a refusal that says why.
 */


#ifndef NGX_HTTP_CHAT_HANDSHAKE_H_INCLUDED
#define NGX_HTTP_CHAT_HANDSHAKE_H_INCLUDED


#include "ngx_http_chat_head.h"


/*
 * Checks that the request is a WebSocket handshake (RFC 6455, 4.2.1) of a
 * page that may make one.  Returns NGX_OK, or what the content handler must
 * return: the refusal has been sent then.
 */
ngx_int_t ngx_http_chat_handshake_check(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx);

/* The same of the page alone, for any request: its Origin (RFC 6455, 10.2). */
ngx_int_t ngx_http_chat_handshake_page(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx);

/* Sends the 101 (RFC 6455, 4.2.2).  NGX_OK, or what must be returned. */
ngx_int_t ngx_http_chat_handshake_accept(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx);

/*
 * Sends a refusal as application/problem+json (RFC 9457) and returns what
 * the content handler must return.  retry_after in seconds, 0: none.
 */
ngx_int_t ngx_http_chat_handshake_refuse(ngx_http_request_t *r,
    ngx_uint_t status, const char *code, const char *detail,
    ngx_uint_t retry_after);

/* NGX_OK, or refuses what came before the end of the TLS handshake. */
ngx_int_t ngx_http_chat_handshake_early(ngx_http_request_t *r);

/*
 * Adds a response header; the name is not copied, the value is.  NGX_ERROR
 * without memory.
 */
ngx_int_t ngx_http_chat_handshake_add(ngx_http_request_t *r,
    const char *name, size_t len, const u_char *value);


#endif /* NGX_HTTP_CHAT_HANDSHAKE_H_INCLUDED */
