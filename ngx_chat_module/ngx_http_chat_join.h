
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Join: who wants to enter a room is let in by the site, where
 * "chat_join_request" says so, before the hub is asked.
 *
 * The session reads no further commands meanwhile.
 */


#ifndef NGX_HTTP_CHAT_JOIN_H_INCLUDED
#define NGX_HTTP_CHAT_JOIN_H_INCLUDED


#include "ngx_http_chat_ask.h"
#include "ngx_http_chat_consent.h"


/* chat_join_request */

struct ngx_http_chat_join_conf_s {
    ngx_http_chat_backend_t   backend;
    ngx_http_chat_consents_t  consents;
};


/* As ngx_http_chat_hub_join(), which it may call at once or later. */
ngx_chat_code_e ngx_http_chat_join(ngx_http_chat_session_t *s,
    const ngx_chat_command_t *cmd);

/*
 * Says no to a join: an answer, or an event if id is 0.  In raw mode there is
 * only a close.
 */
void ngx_http_chat_join_refuse(ngx_http_chat_session_t *s, int64_t id,
    ngx_chat_code_e code, const ngx_chat_str_t *room);


#endif /* NGX_HTTP_CHAT_JOIN_H_INCLUDED */
