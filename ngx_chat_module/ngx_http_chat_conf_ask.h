
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The parameters of directives that name a location to be asked.
 */


#ifndef NGX_HTTP_CHAT_CONF_ASK_H_INCLUDED
#define NGX_HTTP_CHAT_CONF_ASK_H_INCLUDED


#include "ngx_http_chat_ask.h"


/* The first one; sets the defaults of the others.  NULL, or what is wrong. */
const char *ngx_http_chat_conf_ask_uri(ngx_http_chat_backend_t *backend,
    ngx_str_t *value);

/* max=, timeout=; NGX_DECLINED: it is another one.  May set fault. */
ngx_int_t ngx_http_chat_conf_ask_parameter(ngx_http_chat_backend_t *backend,
    ngx_str_t *value, const char **fault);

/* The milliseconds behind what is skipped, or NGX_ERROR. */
ngx_int_t ngx_http_chat_conf_ask_time(ngx_str_t *value, size_t skip,
    ngx_int_t low, ngx_int_t high);


#endif /* NGX_HTTP_CHAT_CONF_ASK_H_INCLUDED */
