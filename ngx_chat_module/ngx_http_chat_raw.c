
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Closes that stand for answers; see the header. */


#include "ngx_http_chat_raw.h"
#include "ngx_http_chat_notice.h"


void
ngx_http_chat_raw_refuse(ngx_http_chat_session_t *s,
    const ngx_chat_error_t *e)
{
    if (s->conf->format == NGX_HTTP_CHAT_FORMAT_RAW) {
        /* others have had an answer */
        ngx_http_chat_notice_refusal(s, e);
    }

    switch (e->code) {

    case NGX_CHAT_CODE_BANNED:
        ngx_http_chat_raw_banned(s, e->until);
        return;

    case NGX_CHAT_CODE_FORBIDDEN:
        ngx_http_chat_session_close(s, NGX_CHAT_CLOSE_FORBIDDEN,
                                    "the room does not let you in");
        return;

    case NGX_CHAT_CODE_UNAUTHORIZED:
        ngx_http_chat_session_close(s, NGX_CHAT_CLOSE_UNAUTHORIZED,
                                    "the site does not know you");
        return;

    case NGX_CHAT_CODE_ROOM_FULL:
        ngx_http_chat_session_close(s, NGX_CHAT_CLOSE_TRY_LATER,
                                    "the room is full, try again later");
        return;

    default:
        ngx_http_chat_session_close(s, NGX_CHAT_CLOSE_TRY_LATER,
                                    "the chat store is away, try again later");
    }
}


void
ngx_http_chat_raw_unsent(ngx_http_chat_session_t *s,
    const ngx_chat_error_t *e)
{
    ngx_http_chat_notice_refusal(s, e);

    switch (e->code) {

    case NGX_CHAT_CODE_MUTED:
    case NGX_CHAT_CODE_LOCKED:
    case NGX_CHAT_CODE_SLOW_MODE:
    case NGX_CHAT_CODE_RATE_LIMITED:
        return;

    case NGX_CHAT_CODE_BANNED:
        ngx_http_chat_raw_banned(s, e->until);
        return;

    case NGX_CHAT_CODE_FORBIDDEN:
        ngx_http_chat_session_close(s, NGX_CHAT_CLOSE_FORBIDDEN,
                                    s->head->reads
                                    ? "you may only read here"
                                    : "the room is for members only");
        return;

    case NGX_CHAT_CODE_TOO_LARGE:
        ngx_http_chat_session_close(s, NGX_CHAT_CLOSE_TOO_LARGE,
                                    "the message is too large for the chat "
                                    "store");
        return;

    default:
        ngx_http_chat_session_close(s, NGX_CHAT_CLOSE_TRY_LATER,
                                    "the chat store is away, try again later");
    }
}


void
ngx_http_chat_raw_left(ngx_http_chat_session_t *s,
    const ngx_chat_left_t *left, ngx_chat_code_e code)
{
    if (code == NGX_CHAT_CODE_BANNED) {
        ngx_http_chat_raw_banned(s, left->until);

    } else if (ngx_strcmp(left->reason, "kicked") == 0) {
        ngx_http_chat_session_close(s, NGX_CHAT_CLOSE_ENDED,
                                    "you were kicked out of the room");

    } else {
        ngx_http_chat_session_close(s, NGX_CHAT_CLOSE_FORBIDDEN,
                                    "the room is for members only");
    }
}


void
ngx_http_chat_raw_banned(ngx_http_chat_session_t *s, int64_t until)
{
    u_char  reason[sizeof("until ") + NGX_INT64_LEN];

    ngx_sprintf(reason, "until %L%Z", until);

    ngx_http_chat_session_close(s, NGX_CHAT_CLOSE_BANNED,
                                (const char *) reason);
}
