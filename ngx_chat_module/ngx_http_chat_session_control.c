
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What pings and pongs do to a session (ngx_http_chat_session.h). */


#include "ngx_http_chat_limit.h"


void
ngx_http_chat_session_control(ngx_http_chat_session_t *s,
    ngx_chat_ws_event_t *ev)
{
    ngx_http_chat_frame_t        *f;
    const ngx_http_chat_limit_t  *limit;

    if (ev->event == NGX_CHAT_WS_EV_PONG && s->pong_due) {
        /* what we asked for is no flood */
        s->pong_due = 0;
        return;
    }

    if (!ngx_http_chat_limit_control(s)) {
        ngx_http_chat_session_close(s, NGX_CHAT_CLOSE_POLICY,
                                    "sent too many control frames");
        return;
    }

    if (ev->event == NGX_CHAT_WS_EV_PONG) {
        return;
    }

    f = ngx_http_chat_frame_create(NGX_CHAT_WS_PONG, ev->data, ev->len);
    if (f == NULL) {
        ngx_http_chat_session_close(s, NGX_CHAT_CLOSE_INTERNAL,
                                    "out of memory");
        return;
    }

    limit = &s->conf->limits->of[NGX_HTTP_CHAT_PER_CONNECTION]
                                [NGX_HTTP_CHAT_KIND_CONTROL];

    /* with the limits lifted every ping gets its pong */

    ngx_http_chat_output_push_pong(s, f, limit->rate != 0);
    ngx_http_chat_frame_release(f);
}
