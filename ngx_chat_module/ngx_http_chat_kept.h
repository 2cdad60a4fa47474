
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Values of a request that are kept for lines that are written when it is
 * gone: made once, as text, and only those that the location names.
 *
 *     kept = *(length bytes)                    (2 + length; as many as named)
 */


#ifndef NGX_HTTP_CHAT_KEPT_H_INCLUDED
#define NGX_HTTP_CHAT_KEPT_H_INCLUDED


#include "ngx_http_chat.h"


/*
 * The values that the location of the request names, in the request's pool;
 * what would be too long is cut.  Empty where there are none, or no memory.
 */
ngx_str_t ngx_http_chat_kept_make(ngx_http_request_t *r,
    ngx_http_chat_loc_conf_t *conf);

/* The value of that number, from 0; empty if it is not there. */
ngx_chat_str_t ngx_http_chat_kept_get(const ngx_chat_str_t *kept,
    ngx_uint_t number);


#endif /* NGX_HTTP_CHAT_KEPT_H_INCLUDED */
