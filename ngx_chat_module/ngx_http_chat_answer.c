
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Answers and events of the JSON format; see the header. */


#include "ngx_http_chat_answer.h"
#include "ngx_http_chat_metric.h"
#include "ngx_http_chat_notice.h"


/* commands of one session not answered; then it reads no more of them */
#define NGX_HTTP_CHAT_ANSWER_WAITING  32

/* of a client's buffer: a larger page is sent before the next one is read */
#define NGX_HTTP_CHAT_ANSWER_PAGE     16


static ngx_uint_t ngx_http_chat_answer_waiting(
    const ngx_http_chat_session_t *s);
static void ngx_http_chat_answer_pause(ngx_http_chat_session_t *s);
static size_t ngx_http_chat_answer_write_error(u_char *buf, size_t size,
    const void *arg);
static size_t ngx_http_chat_answer_write_ok(u_char *buf, size_t size,
    const void *arg);


ngx_http_chat_frame_t *
ngx_http_chat_answer_frame(ngx_http_chat_writer_pt writer, const void *arg)
{
    size_t                  len, size;
    u_char                 *buf;
    ngx_http_chat_frame_t  *f;

    buf = ngx_http_chat_output_scratch(&size);

    len = writer(buf, size, arg);

    if (len <= size) {
        return ngx_http_chat_frame_create(NGX_CHAT_WS_TEXT, buf, len);
    }

    buf = ngx_alloc(len, ngx_cycle->log);
    if (buf == NULL) {
        return NULL;
    }

    (void) writer(buf, len, arg);

    f = ngx_http_chat_frame_create(NGX_CHAT_WS_TEXT, buf, len);

    ngx_free(buf);

    return f;
}


void
ngx_http_chat_answer(ngx_http_chat_session_t *s,
    ngx_http_chat_writer_pt writer, const void *arg)
{
    ngx_http_chat_frame_t  *f;

    f = ngx_http_chat_answer_frame(writer, arg);

    if (f == NULL) {
        ngx_http_chat_session_close(s, NGX_CHAT_CLOSE_INTERNAL,
                                    "out of memory");
        return;
    }

    ngx_http_chat_output_push(s, f);
    ngx_http_chat_frame_release(f);
}


void
ngx_http_chat_answer_in_turn(ngx_http_chat_session_t *s,
    ngx_http_chat_writer_pt writer, const void *arg)
{
    ngx_http_chat_deferred_t  *d, **link;

    if (s->asked == s->answered) {
        ngx_http_chat_answer(s, writer, arg);
        return;
    }

    d = ngx_alloc(sizeof(ngx_http_chat_deferred_t), ngx_cycle->log);

    if (d != NULL) {
        d->next = NULL;
        d->after = s->asked;
        d->frame = ngx_http_chat_answer_frame(writer, arg);
    }

    if (d == NULL || d->frame == NULL) {
        ngx_free(d);
        ngx_http_chat_session_close(s, NGX_CHAT_CLOSE_INTERNAL,
                                    "out of memory");
        return;
    }

    for (link = &s->deferred; *link != NULL; link = &(*link)->next) {
        /* void */
    }

    *link = d;
    s->ndeferred++;

    ngx_http_chat_answer_pause(s);
}


void
ngx_http_chat_answer_asked(ngx_http_chat_session_t *s)
{
    s->asked++;

    ngx_http_chat_answer_pause(s);
}


static ngx_uint_t
ngx_http_chat_answer_waiting(const ngx_http_chat_session_t *s)
{
    return (uint16_t) (s->asked - s->answered) + (ngx_uint_t) s->ndeferred;
}


/* One session shall not fill what all of them share. */

static void
ngx_http_chat_answer_pause(ngx_http_chat_session_t *s)
{
    if (ngx_http_chat_answer_waiting(s) >= NGX_HTTP_CHAT_ANSWER_WAITING)
    {
        ngx_http_chat_session_pause(s, NGX_HTTP_CHAT_PAUSE_STORE);
    }
}


void
ngx_http_chat_answer_answered(ngx_http_chat_session_t *s)
{
    s->answered++;
}


void
ngx_http_chat_answer_turn(ngx_http_chat_session_t *s)
{
    ngx_http_chat_deferred_t  *d;

    while (s->deferred != NULL
           && (int16_t) (s->answered - s->deferred->after) >= 0)
    {
        d = s->deferred;
        s->deferred = d->next;
        s->ndeferred--;

        ngx_http_chat_output_push(s, d->frame);

        ngx_http_chat_frame_release(d->frame);
        ngx_free(d);
    }

    if ((s->paused & NGX_HTTP_CHAT_PAUSE_STORE)
        && ngx_http_chat_answer_waiting(s)
           <= NGX_HTTP_CHAT_ANSWER_WAITING / 2)
    {
        ngx_http_chat_session_resume(s, NGX_HTTP_CHAT_PAUSE_STORE);
    }
}


void
ngx_http_chat_answer_paged(ngx_http_chat_session_t *s)
{
    if (s->conf->buffer_size != 0
        && s->output.queued > s->conf->buffer_size / NGX_HTTP_CHAT_ANSWER_PAGE)
    {
        ngx_http_chat_session_pause(s, NGX_HTTP_CHAT_PAUSE_OUTPUT);
    }
}


static size_t
ngx_http_chat_answer_write_error(u_char *buf, size_t size, const void *arg)
{
    return ngx_chat_proto_error(buf, size, arg);
}


static void
ngx_http_chat_answer_set_error(ngx_chat_error_t *e, int64_t id,
    ngx_chat_code_e code, const char *message)
{
    e->id = id;
    e->code = code;
    e->message = message;
    e->retry_after = 0;
    e->until = 0;
    e->room.len = 0;
    e->room.data = NULL;
}


void
ngx_http_chat_answer_error(ngx_http_chat_session_t *s, int64_t id,
    ngx_chat_code_e code, const ngx_chat_str_t *room)
{
    ngx_chat_error_t  e;

    ngx_http_chat_answer_set_error(&e, id, code, NULL);
    e.room = *room;
    ngx_http_chat_answer_fault_now(s, &e);
}


void
ngx_http_chat_answer_refusal(ngx_http_chat_session_t *s,
    const ngx_chat_command_t *cmd, ngx_chat_code_e code, const char *message)
{
    ngx_chat_error_t  e;

    ngx_http_chat_answer_set_error(&e, cmd->id, code, message);
    e.room = cmd->room;
    ngx_http_chat_answer_fault(s, &e);
}


void
ngx_http_chat_answer_fault(ngx_http_chat_session_t *s,
    const ngx_chat_error_t *e)
{
    ngx_http_chat_metric_add(NGX_CHAT_METRIC_REFUSED, e->code - 1, 1);
    ngx_http_chat_notice_refusal(s, e);
    ngx_http_chat_answer_in_turn(s, ngx_http_chat_answer_write_error, e);
}


void
ngx_http_chat_answer_fault_now(ngx_http_chat_session_t *s,
    const ngx_chat_error_t *e)
{
    ngx_http_chat_metric_add(NGX_CHAT_METRIC_REFUSED, e->code - 1, 1);
    ngx_http_chat_notice_refusal(s, e);
    ngx_http_chat_answer(s, ngx_http_chat_answer_write_error, e);
}


void
ngx_http_chat_answer_reply(ngx_chat_error_t *e, int64_t id,
    const ngx_http_chat_reply_t *reply)
{
    ngx_http_chat_answer_set_error(e, id, reply->code, NULL);

    if (reply->code == NGX_CHAT_CODE_BANNED
        || reply->code == NGX_CHAT_CODE_MUTED)
    {
        e->until = reply->until;

    } else if (reply->code == NGX_CHAT_CODE_SLOW_MODE
               || reply->code == NGX_CHAT_CODE_RATE_LIMITED)
    {
        e->retry_after = (uint32_t) reply->wait;

    } else if (reply->code == NGX_CHAT_CODE_NOT_FOUND) {
        e->message = NGX_HTTP_CHAT_ANSWER_NO_MESSAGE;

    } else if (reply->code == NGX_CHAT_CODE_GONE) {
        e->message = NGX_HTTP_CHAT_ANSWER_GONE;

    } else if (reply->code == NGX_CHAT_CODE_BAD_REQUEST) {
        e->message = NGX_HTTP_CHAT_ANSWER_SEALED;
    }
}


static size_t
ngx_http_chat_answer_write_ok(u_char *buf, size_t size, const void *arg)
{
    return ngx_chat_proto_ok(buf, size, *(const int64_t *) arg);
}


void
ngx_http_chat_answer_ok(ngx_http_chat_session_t *s, int64_t id)
{
    if (id != 0) {
        ngx_http_chat_answer_in_turn(s, ngx_http_chat_answer_write_ok, &id);
    }
}


int64_t
ngx_http_chat_answer_time(void)
{
    ngx_time_t  *tp;

    tp = ngx_timeofday();

    return (int64_t) tp->sec * 1000 + (int64_t) tp->msec;
}
