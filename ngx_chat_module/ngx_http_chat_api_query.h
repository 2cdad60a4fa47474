
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * What a request of the API says besides its path and its body: the query,
 * and some of its headers.
 */


#ifndef NGX_HTTP_CHAT_API_QUERY_H_INCLUDED
#define NGX_HTTP_CHAT_API_QUERY_H_INCLUDED


#include "ngx_http_chat_api.h"


/*
 * Takes before, after, limit, epoch and the Idempotency-Key into the command,
 * as far as the resource has them.  OK, or the code to refuse with; why is of
 * the command.
 */
ngx_chat_code_e ngx_http_chat_api_query(ngx_http_chat_api_t *api);

/* How often a header is there, its name in lower case; sets the last value. */
ngx_uint_t ngx_http_chat_api_header(ngx_http_request_t *r, const char *name,
    ngx_str_t *value);

/* Is it a media type of JSON? */
ngx_uint_t ngx_http_chat_api_json(const ngx_str_t *type);


#endif /* NGX_HTTP_CHAT_API_QUERY_H_INCLUDED */
