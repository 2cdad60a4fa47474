
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Where a detached session's lines of the error log go.
 *
 * Sessions whose lines go to the same places at the same level share one
 * ngx_log_t, which is pointed to a session before anything about it may be
 * logged: an own one would be a seventh of what an idle connection takes.
 */


#ifndef NGX_HTTP_CHAT_SESSION_LOG_H_INCLUDED
#define NGX_HTTP_CHAT_SESSION_LOG_H_INCLUDED


#include "ngx_http_chat_session.h"


/*
 * The log of this worker that says what this one says.  It is never freed;
 * there are as many as different "error_log".  NULL without memory.
 */
ngx_log_t *ngx_http_chat_session_log_share(const ngx_log_t *log);

/*
 * The same for a connection that keeps its pool: in that pool, because it may
 * outlive the session.  NULL without memory.
 */
ngx_log_t *ngx_http_chat_session_log_own(ngx_pool_t *pool,
    const ngx_log_t *log);

/*
 * The log of a session's connection, which tells of this session until it is
 * asked for another one's.  To be called before nginx's functions for
 * connections, too.
 */
ngx_log_t *ngx_http_chat_session_log(ngx_http_chat_session_t *s);

/* The session ends: its log tells of no session. */
void ngx_http_chat_session_log_end(ngx_http_chat_session_t *s);


#endif /* NGX_HTTP_CHAT_SESSION_LOG_H_INCLUDED */
