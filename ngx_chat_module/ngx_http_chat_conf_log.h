
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * What chat_log and chat_log_format share: the formats of a configuration.
 */


#ifndef NGX_HTTP_CHAT_CONF_LOG_H_INCLUDED
#define NGX_HTTP_CHAT_CONF_LOG_H_INCLUDED


#include "ngx_http_chat_conf.h"
#include "ngx_http_chat_log.h"


/* The format of a "chat_log" that names none. */
#define NGX_HTTP_CHAT_LOG_DEFAULT  "plain"


/*
 * The first of both directives makes the formats that are always there: to be
 * called before a format is looked for.
 */
char *ngx_http_chat_conf_format_known(ngx_conf_t *cf);

/* The format of that name, or NULL. */
ngx_http_chat_log_format_t *ngx_http_chat_conf_format_find(ngx_conf_t *cf,
    ngx_str_t *name);

/* Adds a value that may hold variables; NGX_ERROR: logged. */
ngx_int_t ngx_http_chat_conf_complex(ngx_conf_t *cf, ngx_array_t *values,
    ngx_str_t *text);


#endif /* NGX_HTTP_CHAT_CONF_LOG_H_INCLUDED */
