
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The states of one WebSocket; see the header. */


#include "ngx_http_chat_session.h"
#include "ngx_http_chat_drain.h"
#include "ngx_http_chat_limit.h"
#include "ngx_http_chat_metric.h"
#include "ngx_http_chat_notice.h"
#include "ngx_http_chat_session_log.h"
#include "ngx_http_chat_table.h"
#include "ngx_http_chat_transport.h"


/* read at once, and at most so often in one turn of the event loop */
#define NGX_HTTP_CHAT_READ_SIZE    16384
#define NGX_HTTP_CHAT_READ_TURNS   4


static void ngx_http_chat_session_set_state(ngx_http_chat_session_t *s,
    ngx_http_chat_state_e state);
static ngx_int_t ngx_http_chat_session_take(ngx_http_chat_session_t *s,
    u_char *pos, u_char *last);
static ngx_int_t ngx_http_chat_session_take_input(ngx_http_chat_session_t *s);
static void ngx_http_chat_session_event(ngx_http_chat_session_t *s,
    ngx_chat_ws_event_t *ev);
static ngx_int_t ngx_http_chat_session_discard(ngx_http_chat_session_t *s);
static void ngx_http_chat_session_forget(ngx_http_chat_session_t *s);
static void ngx_http_chat_session_leave(ngx_http_chat_session_t *s,
    const char *reason);
static void ngx_http_chat_session_eof(ngx_http_chat_session_t *s);
static void ngx_http_chat_session_limits(ngx_http_chat_session_t *s,
    ngx_chat_ws_limits_t *limits);


const char *const  ngx_http_chat_state_names[] = {
    "connecting", "open", "closing", "closed"
};


static const ngx_http_chat_session_handler_t  *ngx_http_chat_session_handler;

static u_char  ngx_http_chat_session_buffer[NGX_HTTP_CHAT_READ_SIZE];


void
ngx_http_chat_session_init(const ngx_http_chat_session_handler_t *handler)
{
    ngx_http_chat_session_handler = handler;
}


ngx_http_chat_session_t *
ngx_http_chat_session_create(ngx_connection_t *c,
    ngx_http_chat_loc_conf_t *conf)
{
    ngx_time_t               *tp;
    ngx_http_chat_session_t  *s;

    s = ngx_http_chat_table_take();
    if (s == NULL) {
        return NULL;
    }

    tp = ngx_timeofday();

    s->connection = c;
    s->conf = conf;
    s->start_sec = (uint32_t) tp->sec;
    s->start_msec = (uint16_t) tp->msec;
    s->ping_sent = (uint32_t) ngx_current_msec;
    s->output.mask = NGX_HTTP_CHAT_OUTPUT_INLINE - 1;

    ngx_http_chat_random(s->id, sizeof(s->id));

    return s;
}


static void
ngx_http_chat_session_set_state(ngx_http_chat_session_t *s,
    ngx_http_chat_state_e state)
{
    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, ngx_http_chat_session_log(s), 0,
                   "chat session %s -> %s",
                   ngx_http_chat_state_names[s->state],
                   ngx_http_chat_state_names[state]);

    s->state = state;
}


ngx_int_t
ngx_http_chat_session_open(ngx_http_chat_session_t *s)
{
    ngx_http_chat_session_set_state(s, NGX_HTTP_CHAT_OPEN);
    ngx_http_chat_metric_opened(s);
    ngx_http_chat_notice_session(s, NGX_HTTP_CHAT_NOTICE_OPEN, "");

    ngx_http_chat_session_handler->open(s);

    if (ngx_exiting) {
        /* the request came by a connection that the reload left open */
        ngx_http_chat_drain_session(s);
    }

    ngx_http_chat_session_arm(s);

    return ngx_http_chat_session_read(s);
}


ngx_int_t
ngx_http_chat_session_read(ngx_http_chat_session_t *s)
{
    ssize_t     n;
    uint32_t    wait;
    ngx_int_t   rc;
    ngx_uint_t  turn;

    if (s->state == NGX_HTTP_CHAT_CLOSING) {
        return ngx_http_chat_session_discard(s);
    }

    if (s->paused) {
        /* a level-triggered method must not tell it again and again */
        return ngx_http_chat_transport_await_read(s);
    }

    if (s->input != NULL && ngx_http_chat_session_take_input(s) != NGX_OK) {
        return NGX_OK;
    }

    for (turn = 0; turn < NGX_HTTP_CHAT_READ_TURNS; turn++) {

        n = ngx_http_chat_transport_recv(s, ngx_http_chat_session_buffer,
                                         NGX_HTTP_CHAT_READ_SIZE);

        if (n == NGX_AGAIN) {
            ngx_http_chat_session_arm(s);
            return ngx_http_chat_transport_await_read(s);
        }

        if (n == NGX_ERROR) {
            ngx_http_chat_session_destroy(s);
            return NGX_DONE;
        }

        if (n == 0) {
            ngx_http_chat_session_eof(s);
            return ngx_http_chat_session_discard(s);
        }

        s->pinged = 0;
        ngx_http_chat_metric_add(NGX_CHAT_METRIC_BYTES_IN, 0, n);

        if (s->stream) {
            /* no proxy and no browser does so */
            ngx_http_chat_session_close(s, NGX_CHAT_CLOSE_POLICY,
                                        "a stream is only listened to");
            break;
        }

        wait = ngx_http_chat_limit_bytes(s, (size_t) n);

        rc = ngx_http_chat_session_take(s, ngx_http_chat_session_buffer,
                                        ngx_http_chat_session_buffer + n);
        if (wait != 0) {
            ngx_http_chat_limit_stop(s, wait);
        }

        if (rc != NGX_OK || s->paused) {
            break;
        }
    }

    ngx_http_chat_session_arm(s);

    if (s->state == NGX_HTTP_CHAT_CLOSING) {
        return ngx_http_chat_session_discard(s);
    }

    if (!s->paused) {
        /* more may have come, but others have their turn now */
        ngx_http_chat_transport_read_later(s);
    }

    return NGX_OK;
}


/*
 * Feeds bytes to the reader until they are used up.  NGX_DECLINED: the rest
 * waits in s->input, or is of no interest any more.
 */

static ngx_int_t
ngx_http_chat_session_take(ngx_http_chat_session_t *s, u_char *pos,
    u_char *last)
{
    ngx_chat_ws_event_t   ev;
    ngx_chat_ws_limits_t  limits;

    ngx_http_chat_session_limits(s, &limits);

    while (ngx_chat_ws_reader_next(&s->reader, &limits, &pos, last, &ev)
           != NGX_CHAT_WS_EV_AGAIN)
    {
        ngx_http_chat_session_event(s, &ev);

        if (s->state == NGX_HTTP_CHAT_CLOSING) {
            return NGX_DECLINED;
        }

        if (s->paused) {
            if (pos < last
                && ngx_http_chat_session_keep_input(s, pos,
                                                    (size_t) (last - pos))
                   != NGX_OK)
            {
                ngx_http_chat_session_close(s, NGX_CHAT_CLOSE_INTERNAL,
                                            "out of memory");
            }

            return NGX_DECLINED;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_chat_session_take_input(ngx_http_chat_session_t *s)
{
    ngx_int_t               rc;
    ngx_http_chat_input_t  *in;

    in = s->input;
    s->input = NULL;

    rc = ngx_http_chat_session_take(s, in->data, in->data + in->len);

    ngx_free(in);

    return rc;
}


static void
ngx_http_chat_session_event(ngx_http_chat_session_t *s,
    ngx_chat_ws_event_t *ev)
{
    const ngx_chat_ws_fault_t  *fault;

    switch (ev->event) {

    case NGX_CHAT_WS_EV_MESSAGE:
        s->received++;
        ngx_http_chat_metric_add(NGX_CHAT_METRIC_RECEIVED, 0, 1);
        s->partial = 0;
        ngx_http_chat_session_handler->message(s, ev->opcode, ev->data,
                                               ev->len);
        return;

    case NGX_CHAT_WS_EV_PING:
    case NGX_CHAT_WS_EV_PONG:
        ngx_http_chat_session_control(s, ev);
        return;

    case NGX_CHAT_WS_EV_CLOSE:
        s->close_received = 1;

        /* RFC 6455, 7.4.1: 1005 is never sent; an empty close is echoed */

        ngx_http_chat_session_close(s, ev->code, "");
        return;

    default: /* NGX_CHAT_WS_EV_ERROR */
        fault = ngx_chat_ws_fault(ev->error);

        if (ev->error == NGX_CHAT_WS_NO_MEMORY) {
            ngx_log_error(NGX_LOG_CRIT, ngx_http_chat_session_log(s), 0,
                          "no memory for a message of a client");
        } else {
            ngx_log_error(NGX_LOG_INFO, ngx_http_chat_session_log(s), 0,
                          "client %s", fault->text);
        }

        ngx_http_chat_session_close(s, fault->code, fault->text);
    }
}


/* CLOSING: the peer's bytes are of interest only for their end. */

static ngx_int_t
ngx_http_chat_session_discard(ngx_http_chat_session_t *s)
{
    ssize_t     n;
    ngx_uint_t  turn;

    for (turn = 0; !s->eof && turn < NGX_HTTP_CHAT_READ_TURNS; turn++) {

        n = ngx_http_chat_transport_recv(s, ngx_http_chat_session_buffer,
                                         NGX_HTTP_CHAT_READ_SIZE);

        if (n == NGX_AGAIN) {
            return ngx_http_chat_transport_await_read(s);
        }

        if (n == NGX_ERROR) {
            ngx_http_chat_session_destroy(s);
            return NGX_DONE;
        }

        if (n == 0) {
            s->eof = 1;
        }
    }

    if (!s->eof) {
        ngx_http_chat_transport_read_later(s);
        return NGX_OK;
    }

    if (s->output.slow || ngx_http_chat_output_empty(s)) {
        ngx_http_chat_session_destroy(s);
        return NGX_DONE;
    }

    return ngx_http_chat_transport_stop_reading(s);
}


/* The peer went without a close frame: 1006, RFC 6455, 7.1.5. */

static void
ngx_http_chat_session_eof(ngx_http_chat_session_t *s)
{
    s->eof = 1;
    s->close_code = NGX_CHAT_CLOSE_ABNORMAL;

    ngx_http_chat_session_set_state(s, NGX_HTTP_CHAT_CLOSING);
    ngx_http_chat_session_leave(s, "");

    ngx_http_chat_transport_timer(s, s->conf->close_timeout, 1);
}


/* For the others the session is over when it begins to close. */

static void
ngx_http_chat_session_leave(ngx_http_chat_session_t *s, const char *reason)
{
    if (!s->left) {
        s->left = 1;
        ngx_http_chat_limit_closed(s);
        ngx_http_chat_session_handler->closed(s);
        ngx_http_chat_notice_session(s, NGX_HTTP_CHAT_NOTICE_CLOSE, reason);
    }
}


void
ngx_http_chat_session_close(ngx_http_chat_session_t *s, ngx_uint_t code,
    const char *reason)
{
    size_t                  len;
    u_char                  payload[NGX_CHAT_WS_CONTROL_MAX];
    ngx_http_chat_frame_t  *f;

    if (s->state >= NGX_HTTP_CHAT_CLOSING) {
        return;
    }

    ngx_log_debug2(NGX_LOG_DEBUG_HTTP, ngx_http_chat_session_log(s), 0,
                   "chat session closes: %ui \"%s\"", code, reason);

    len = 0;

    if (code != NGX_CHAT_CLOSE_NO_STATUS) {
        len = ngx_chat_ws_close_encode(payload, (unsigned) code, reason,
                                       ngx_strlen(reason));
    }

    f = ngx_http_chat_frame_create(NGX_CHAT_WS_CLOSE, payload, len);

    if (f != NULL) {
        ngx_http_chat_output_push_close(s, f);
        ngx_http_chat_frame_release(f);
    }

    s->close_code = (uint16_t) code;

    ngx_http_chat_session_set_state(s, NGX_HTTP_CHAT_CLOSING);
    ngx_http_chat_session_leave(s, reason);

    /* also without a frame: what comes next is for the flush to decide */

    ngx_http_chat_output_schedule(s);

    ngx_http_chat_transport_timer(s, s->conf->close_timeout, 1);

    /* what the reader holds is not needed; input that waits is not read */

    ngx_http_chat_transport_read_later(s);
}


ngx_int_t
ngx_http_chat_session_written(ngx_http_chat_session_t *s)
{
    if (s->state != NGX_HTTP_CHAT_CLOSING) {
        ngx_http_chat_session_resume(s, NGX_HTTP_CHAT_PAUSE_OUTPUT);
        return NGX_OK;
    }

    if (s->eof) {
        ngx_http_chat_session_destroy(s);
        return NGX_DONE;
    }

    if (ngx_http_chat_transport_framed(s)) {
        /* the last frame is nginx's, and so is the rest */
        ngx_http_chat_transport_shutdown(s);
        ngx_http_chat_session_destroy(s);
        return NGX_DONE;
    }

    /*
     * RFC 6455, 7.1.1: the server closes first.  Only the sending side here:
     * to close with bytes unread would reset the connection, and the reset
     * may overtake the close frame.
     */

    ngx_http_chat_transport_shutdown(s);

    return NGX_OK;
}


void
ngx_http_chat_session_tick(ngx_http_chat_session_t *s)
{
    ngx_http_chat_session_handler->tick(s);
}


void
ngx_http_chat_session_announce_drain(ngx_http_chat_session_t *s,
    ngx_msec_t after)
{
    ngx_http_chat_session_handler->drain(s, after);
}


void
ngx_http_chat_session_abort(ngx_http_chat_session_t *s)
{
    ngx_http_chat_session_close(s, NGX_CHAT_CLOSE_GOING_AWAY, "");

    (void) ngx_http_chat_output_flush(s);

    /* no time to wait for the peer, nor for its TLS */

    s->connection->error = 1;

    ngx_http_chat_session_destroy(s);
}


/* Answers that would have come after others. */

static void
ngx_http_chat_session_forget(ngx_http_chat_session_t *s)
{
    ngx_http_chat_deferred_t  *d;

    while (s->deferred != NULL) {
        d = s->deferred;
        s->deferred = d->next;

        ngx_http_chat_frame_release(d->frame);
        ngx_free(d);
    }
}


void
ngx_http_chat_session_destroy(ngx_http_chat_session_t *s)
{
    ngx_chat_ws_limits_t  limits;

    if (s->close_code == 0) {
        s->close_code = NGX_CHAT_CLOSE_ABNORMAL;
    }

    ngx_http_chat_session_leave(s, "");
    ngx_http_chat_metric_closed(s);

    ngx_http_chat_session_set_state(s, NGX_HTTP_CHAT_CLOSED);

    ngx_http_chat_output_close(s);

    ngx_http_chat_session_limits(s, &limits);
    ngx_chat_ws_reader_close(&s->reader, &limits);

    if (s->input != NULL) {
        ngx_free(s->input);
        s->input = NULL;
    }

    ngx_http_chat_session_forget(s);
    ngx_http_chat_limit_forget(s);

    ngx_http_chat_transport_close(s);

    ngx_http_chat_table_give(s);
}


void
ngx_http_chat_session_pause(ngx_http_chat_session_t *s,
    ngx_http_chat_pause_e why)
{
    s->paused |= (unsigned) why & 127;
}


void
ngx_http_chat_session_resume(ngx_http_chat_session_t *s,
    ngx_http_chat_pause_e why)
{
    if ((s->paused & (unsigned) why) == 0) {
        return;
    }

    s->paused &= ~(unsigned) why & 127;

    if (s->paused == 0) {
        if (s->pinged) {
            /* the pong may have waited unread behind the pause */
            s->ping_sent = (uint32_t) ngx_current_msec;
        }

        ngx_http_chat_transport_read_later(s);
    }
}


ngx_int_t
ngx_http_chat_session_keep_input(ngx_http_chat_session_t *s, const u_char *p,
    size_t n)
{
    ngx_http_chat_input_t  *in;

    in = ngx_alloc(offsetof(ngx_http_chat_input_t, data) + n, ngx_cycle->log);
    if (in == NULL) {
        return NGX_ERROR;
    }

    in->len = n;
    ngx_memcpy(in->data, p, n);

    s->input = in;

    return NGX_OK;
}


static void
ngx_http_chat_session_limits(ngx_http_chat_session_t *s,
    ngx_chat_ws_limits_t *limits)
{
    limits->message_max = s->conf->message_size;
    limits->fragments_max = (uint32_t) s->conf->max_fragments;
    limits->binary = (s->conf->format == NGX_HTTP_CHAT_FORMAT_RAW);
    limits->memory = ngx_http_chat_memory;
    limits->ctx = NULL;
}
