
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What happens to a session by the clock: pings, and what takes too long. */


#include "ngx_http_chat_session.h"
#include "ngx_http_chat_limit.h"
#include "ngx_http_chat_session_log.h"
#include "ngx_http_chat_transport.h"


static void ngx_http_chat_session_expire(ngx_http_chat_session_t *s);
static void ngx_http_chat_session_ping(ngx_http_chat_session_t *s);
static uint32_t ngx_http_chat_session_next_ping(
    const ngx_http_chat_session_t *s);


/* The timer of a session; what is due is read from the times it keeps. */

ngx_int_t
ngx_http_chat_session_timeout(ngx_http_chat_session_t *s)
{
    uint32_t                   now;
    ngx_http_chat_loc_conf_t  *conf;

    conf = s->conf;
    now = (uint32_t) ngx_current_msec;

    if (s->state != NGX_HTTP_CHAT_OPEN) {
        if (!s->close_received) {
            ngx_log_error(NGX_LOG_INFO, ngx_http_chat_session_log(s), 0,
                          "client did not finish the close");
        }

        ngx_http_chat_session_destroy(s);
        return NGX_DONE;
    }

    if (s->head->timed && (int32_t) (now - s->head->due) >= 0) {
        ngx_http_chat_session_expire(s);
        return NGX_OK;
    }

    if ((s->paused & NGX_HTTP_CHAT_PAUSE_LIMIT)
        && ngx_http_chat_limit_left(s) == 0)
    {
        ngx_http_chat_session_resume(s, NGX_HTTP_CHAT_PAUSE_LIMIT);
    }

    if (s->partial && conf->message_timeout != 0
        && now - s->message_begun >= conf->message_timeout) {
        ngx_log_error(NGX_LOG_INFO, ngx_http_chat_session_log(s), 0,
                      "client did not finish a message in time");
        ngx_http_chat_session_close(s, NGX_CHAT_CLOSE_POLICY,
                                    "did not finish a message in time");
        return NGX_OK;
    }

    if (s->pinged && s->paused) {
        /* the pong may lie unread behind the pause */
        s->ping_sent = now;
    }

    if (s->pinged && now - s->ping_sent >= conf->ping_timeout) {
        ngx_log_error(NGX_LOG_INFO, ngx_http_chat_session_log(s), 0,
                      "client did not answer a ping");
        ngx_http_chat_session_close(s, NGX_CHAT_CLOSE_NO_PONG,
                                    "did not answer a ping");
        return NGX_OK;
    }

    if (!s->pinged && conf->ping_interval != 0
        && (int32_t) (now - ngx_http_chat_session_next_ping(s)) >= 0)
    {
        ngx_http_chat_session_ping(s);
    }

    ngx_http_chat_session_arm(s);

    return NGX_OK;
}


static void
ngx_http_chat_session_expire(ngx_http_chat_session_t *s)
{
    if (s->head->unknown) {
        ngx_log_error(NGX_LOG_INFO, ngx_http_chat_session_log(s), 0,
                      "client did not log in in time");
        ngx_http_chat_session_close(s, NGX_CHAT_CLOSE_AUTH_TIMEOUT,
                                    "did not log in in time");
        return;
    }

    ngx_log_error(NGX_LOG_INFO, ngx_http_chat_session_log(s), 0,
                  "client did not renew its token");
    ngx_http_chat_session_close(s, NGX_CHAT_CLOSE_TOKEN, "token expired");
}


static void
ngx_http_chat_session_ping(ngx_http_chat_session_t *s)
{
    ngx_http_chat_frame_t  *f;

    f = ngx_http_chat_frame_create(NGX_CHAT_WS_PING, NULL, 0);

    if (f != NULL) {
        ngx_http_chat_output_push(s, f);
        ngx_http_chat_frame_release(f);
    }

    s->ping_sent = (uint32_t) ngx_current_msec;

    if (s->stream) {
        /* a comment, which nobody answers: who has gone does not read it */
        return;
    }

    ngx_http_chat_session_tick(s);
    ngx_http_chat_limit_rest(s);

    s->pinged = 1;
    s->pong_due = 1;
}


/*
 * Within 10 % of the interval, and not the same for any two neighbours: the
 * pings of a room that was joined at once shall not come together for ever.
 */

static uint32_t
ngx_http_chat_session_next_ping(const ngx_http_chat_session_t *s)
{
    uint32_t  interval, spread;

    interval = (uint32_t) s->conf->ping_interval;
    spread = s->slot * 2654435761u;

    return s->ping_sent + interval - interval / 10
           + (spread >> 16) % (interval / 5 + 1);
}


/* Sets the timer to whatever is due first. */

void
ngx_http_chat_session_arm(ngx_http_chat_session_t *s)
{
    int32_t                    due, wait;
    uint32_t                   now;
    ngx_uint_t                 pending;
    ngx_http_chat_loc_conf_t  *conf;

    if (s->state != NGX_HTTP_CHAT_OPEN) {
        return;
    }

    conf = s->conf;
    now = (uint32_t) ngx_current_msec;
    wait = INT32_MAX;

    pending = ngx_chat_ws_reader_pending(&s->reader) && !s->paused;

    if (pending && !s->partial) {
        s->message_begun = now;
    }

    s->partial = pending & 1;

    if (s->partial && conf->message_timeout != 0) {
        wait = (int32_t) (s->message_begun + conf->message_timeout - now);
    }

    if (s->paused & NGX_HTTP_CHAT_PAUSE_LIMIT) {
        due = (int32_t) ngx_http_chat_limit_left(s);
        wait = ngx_min(wait, due);
    }

    if (s->pinged) {
        due = (int32_t) (s->ping_sent + conf->ping_timeout - now);
        wait = ngx_min(wait, due);

    } else if (conf->ping_interval != 0) {

        due = (int32_t) (ngx_http_chat_session_next_ping(s) - now);
        wait = ngx_min(wait, due);
    }

    if (s->head->timed) {
        due = (int32_t) (s->head->due - now);
        wait = ngx_min(wait, due);
    }

    if (wait != INT32_MAX) {
        ngx_http_chat_transport_timer(s, (ngx_msec_t) ngx_max(wait, 1), 0);
    }
}
