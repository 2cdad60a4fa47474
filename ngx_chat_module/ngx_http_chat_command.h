
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
#include "ngx_chat_proto.h"


/* The upcalls of every session. */
extern const ngx_http_chat_session_handler_t  ngx_http_chat_command_handler;


/*
 * "auth": who the session is from now on, or for how long it still is.  A
 * session may be closed by it.
 */
ngx_chat_code_e ngx_http_chat_command_auth(ngx_http_chat_session_t *s,
    const ngx_chat_command_t *cmd);

/* The greeting of a session whose user is known, and the room it asked for. */
void ngx_http_chat_command_greet(ngx_http_chat_session_t *s);

/* Sets the user of a welcome; its strings live with the session. */
void ngx_http_chat_command_user(ngx_http_chat_session_t *s,
    ngx_chat_welcome_t *w);


#endif /* NGX_HTTP_CHAT_COMMAND_H_INCLUDED */
