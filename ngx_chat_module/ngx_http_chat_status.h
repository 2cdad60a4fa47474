
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * "chat_status": what all workers have counted, for who looks after the server.
 */


#ifndef NGX_HTTP_CHAT_STATUS_H_INCLUDED
#define NGX_HTTP_CHAT_STATUS_H_INCLUDED


#include "ngx_http_chat.h"


/* chat_status [json | prometheus] */
char *ngx_http_chat_set_status(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/* An "if" keeps the handler; nobody else may have taken the location. */
char *ngx_http_chat_merge_status(ngx_conf_t *cf,
    ngx_http_chat_loc_conf_t *prev, ngx_http_chat_loc_conf_t *conf);


#endif /* NGX_HTTP_CHAT_STATUS_H_INCLUDED */
