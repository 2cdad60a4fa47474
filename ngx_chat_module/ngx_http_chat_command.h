
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Commands: what a session says becomes what the hub does.
 */


#ifndef NGX_HTTP_CHAT_COMMAND_H_INCLUDED
#define NGX_HTTP_CHAT_COMMAND_H_INCLUDED


#include "ngx_http_chat_session.h"


/* The upcalls of every session. */
extern const ngx_http_chat_session_handler_t  ngx_http_chat_command_handler;


#endif /* NGX_HTTP_CHAT_COMMAND_H_INCLUDED */
