
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * What a connection in raw mode is told when it may not do something: it has
 * no events and no answers, so it is closed, or told nothing.
 */


#ifndef NGX_HTTP_CHAT_RAW_H_INCLUDED
#define NGX_HTTP_CHAT_RAW_H_INCLUDED


#include "ngx_http_chat_broker.h"
#include "ngx_http_chat_session.h"


/* It is not let in: closed, by what the error says. */
void ngx_http_chat_raw_refuse(ngx_http_chat_session_t *s,
    const ngx_chat_error_t *e);

/*
 * The store took no message of it.  Who may not write now, but may listen, is
 * told nothing; anybody else is closed.
 */
void ngx_http_chat_raw_unsent(ngx_http_chat_session_t *s,
    const ngx_chat_error_t *e);

/* It has to leave, for what code says: closed. */
void ngx_http_chat_raw_left(ngx_http_chat_session_t *s,
    const ngx_chat_left_t *left, ngx_chat_code_e code);

/* Closed with 4006 and the end of the ban; of any format. */
void ngx_http_chat_raw_banned(ngx_http_chat_session_t *s, int64_t until);


#endif /* NGX_HTTP_CHAT_RAW_H_INCLUDED */
