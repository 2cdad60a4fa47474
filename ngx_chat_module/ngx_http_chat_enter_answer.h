
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The answer to a join: where the room stands, who is there, what was said. */


#ifndef NGX_HTTP_CHAT_ENTER_ANSWER_H_INCLUDED
#define NGX_HTTP_CHAT_ENTER_ANSWER_H_INCLUDED


#include "ngx_http_chat_hub.h"


/*
 * The users of reply, for the answer: a copy that is the entry's.  Without
 * memory for it the answer has their number only.
 */
void ngx_http_chat_enter_keep_users(ngx_http_chat_entry_t *e,
    const ngx_http_chat_reply_t *reply);

/*
 * Answers with what was read, or, if reply is NULL, with what the worker
 * knows; a stream gets events instead.  Returns the number of the last message
 * that the member knows of by that.  May close the session; m has gone then.
 */
uint64_t ngx_http_chat_enter_answer(ngx_http_chat_session_t *s,
    ngx_http_chat_member_t *m, ngx_http_chat_entry_t *e,
    const ngx_http_chat_reply_t *reply);


#endif /* NGX_HTTP_CHAT_ENTER_ANSWER_H_INCLUDED */
