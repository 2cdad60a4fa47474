
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The $chat_* variables.
 */


#ifndef NGX_HTTP_CHAT_VARIABLES_H_INCLUDED
#define NGX_HTTP_CHAT_VARIABLES_H_INCLUDED


#include "ngx_http_chat.h"


/* For the module's preconfiguration. */
ngx_int_t ngx_http_chat_variables_add(ngx_conf_t *cf);


#endif /* NGX_HTTP_CHAT_VARIABLES_H_INCLUDED */
