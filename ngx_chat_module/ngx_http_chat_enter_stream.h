
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * How an event stream comes into its room: what it has missed is sent as
 * single events, page by page, until it has all of it.
 */


#ifndef NGX_HTTP_CHAT_ENTER_STREAM_H_INCLUDED
#define NGX_HTTP_CHAT_ENTER_STREAM_H_INCLUDED


#include "ngx_http_chat_hub.h"


/*
 * What was read, or NULL, is a part of what the stream has missed: 1, it is
 * sent, and e asks for the next part.  The session is not closed by it.
 */
ngx_uint_t ngx_http_chat_enter_stream_more(ngx_http_chat_session_t *s,
    ngx_http_chat_entry_t *e, const ngx_http_chat_reply_t *reply);

/* The last part: what stands for the answer to a join. */
void ngx_http_chat_enter_stream(ngx_http_chat_session_t *s,
    ngx_http_chat_entry_t *e, const ngx_chat_joined_t *joined);


#endif /* NGX_HTTP_CHAT_ENTER_STREAM_H_INCLUDED */
