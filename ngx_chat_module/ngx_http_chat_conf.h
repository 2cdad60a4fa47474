
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The directives: their table, defaults, inheritance and checks.
 */


#ifndef NGX_HTTP_CHAT_CONF_H_INCLUDED
#define NGX_HTTP_CHAT_CONF_H_INCLUDED


#include "ngx_http_chat.h"


extern ngx_command_t  ngx_http_chat_directives[];

/* The content handler that the directive "chat" sets. */
ngx_int_t ngx_http_chat_handler(ngx_http_request_t *r);

void *ngx_http_chat_create_main_conf(ngx_conf_t *cf);
void *ngx_http_chat_create_loc_conf(ngx_conf_t *cf);
char *ngx_http_chat_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);


#endif /* NGX_HTTP_CHAT_CONF_H_INCLUDED */
