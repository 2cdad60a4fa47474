
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * From the bytes of a client to WebSocket events.
 *
 *                     header complete
 *      in a header  ------------------->  in a payload
 *          ^   ngx_chat_ws_reader_header()      |
 *          |                                    |  ngx_chat_ws_reader_end()
 *          +------------------------------------+
 *                     payload complete
 *
 * A call copies the state out of r->partial, works on the copy and saves it
 * back; where the state says nothing that must be remembered, there is no
 * r->partial.  Behind the state lie the bytes of the message that came so far,
 * behind these those of a control frame that comes in between.
 */


#include "ngx_chat_ws_reader.h"
#include "ngx_chat_utf8.h"

#include <string.h>


typedef struct {
    ngx_chat_ws_header_t         header;   /* whose payload comes */
    uint64_t                     taken;    /* bytes of this payload */
    ngx_chat_ws_message_t        message;  /* all its bytes are kept */
    ngx_chat_utf8_t              utf8;     /* of the message, if a text */
    uint8_t                      held;     /* kept bytes of a control frame */
    uint8_t                      payload;  /* 1: in a payload, 0: a header */
    uint8_t                      begun;    /* bytes of an incomplete header */
    uint8_t                      bytes[NGX_CHAT_WS_CLIENT_HEADER_MAX];
} ngx_chat_ws_state_t;


struct ngx_chat_ws_partial_s {
    ngx_chat_ws_state_t          state;
    size_t                       size;     /* of data */
    uint8_t                      done;     /* kept for the event's data only */
    unsigned char                data[];
};


typedef struct {
    ngx_chat_ws_state_t          state;
    ngx_chat_ws_reader_t        *reader;
    const ngx_chat_ws_limits_t  *limits;
} ngx_chat_ws_work_t;


static ngx_chat_ws_event_e ngx_chat_ws_reader_run(ngx_chat_ws_work_t *w,
    unsigned char **pos, unsigned char *end, ngx_chat_ws_event_t *ev);
static ngx_chat_ws_error_e ngx_chat_ws_reader_header(ngx_chat_ws_work_t *w,
    unsigned char **pos, const unsigned char *end);
static void ngx_chat_ws_reader_begin(ngx_chat_ws_state_t *s);
static ngx_chat_ws_error_e ngx_chat_ws_reader_payload(ngx_chat_ws_work_t *w,
    unsigned char **pos, const unsigned char *end, ngx_chat_ws_event_t *ev);
static ngx_chat_ws_error_e ngx_chat_ws_reader_end(ngx_chat_ws_work_t *w,
    ngx_chat_ws_event_t *ev);
static ngx_chat_ws_error_e ngx_chat_ws_reader_end_close(
    ngx_chat_ws_event_t *ev);
static ngx_chat_ws_error_e ngx_chat_ws_reader_keep(ngx_chat_ws_work_t *w,
    const unsigned char *p, size_t n);
static ngx_chat_ws_error_e ngx_chat_ws_reader_reserve(ngx_chat_ws_work_t *w,
    size_t size);
static ngx_chat_ws_error_e ngx_chat_ws_reader_save(ngx_chat_ws_work_t *w);
static ngx_chat_ws_event_e ngx_chat_ws_reader_fail(ngx_chat_ws_event_t *ev,
    ngx_chat_ws_error_e error);


ngx_chat_ws_event_e
ngx_chat_ws_reader_next(ngx_chat_ws_reader_t *r,
    const ngx_chat_ws_limits_t *limits, unsigned char **pos,
    unsigned char *end, ngx_chat_ws_event_t *ev)
{
    ngx_chat_ws_work_t  w;

    if (r->partial != NULL && r->partial->done) {
        ngx_chat_ws_reader_close(r, limits);
    }

    memset(ev, 0, sizeof(ngx_chat_ws_event_t));

    if (*pos == end) {
        return NGX_CHAT_WS_EV_AGAIN;
    }

    w.reader = r;
    w.limits = limits;

    if (r->partial != NULL) {
        w.state = r->partial->state;

    } else {
        memset(&w.state, 0, sizeof(ngx_chat_ws_state_t));
    }

    return ngx_chat_ws_reader_run(&w, pos, end, ev);
}


int
ngx_chat_ws_reader_pending(const ngx_chat_ws_reader_t *r)
{
    return r->partial != NULL && !r->partial->done;
}


void
ngx_chat_ws_reader_close(ngx_chat_ws_reader_t *r,
    const ngx_chat_ws_limits_t *limits)
{
    if (r->partial != NULL) {
        (void) limits->memory(limits->ctx, r->partial, 0);
        r->partial = NULL;
    }
}


static ngx_chat_ws_event_e
ngx_chat_ws_reader_run(ngx_chat_ws_work_t *w, unsigned char **pos,
    unsigned char *end, ngx_chat_ws_event_t *ev)
{
    ngx_chat_ws_error_e  error;

    /* a frame without payload ends where its header does, even at the end */

    while (*pos < end && ev->event == NGX_CHAT_WS_EV_AGAIN) {

        if (!w->state.payload) {
            error = ngx_chat_ws_reader_header(w, pos, end);

            if (error != NGX_CHAT_WS_OK) {
                return ngx_chat_ws_reader_fail(ev, error);
            }
        }

        if (w->state.payload) {
            error = ngx_chat_ws_reader_payload(w, pos, end, ev);

            if (error != NGX_CHAT_WS_OK) {
                return ngx_chat_ws_reader_fail(ev, error);
            }
        }
    }

    error = ngx_chat_ws_reader_save(w);

    if (error != NGX_CHAT_WS_OK) {
        return ngx_chat_ws_reader_fail(ev, error);
    }

    return ev->event;
}


static ngx_chat_ws_error_e
ngx_chat_ws_reader_header(ngx_chat_ws_work_t *w, unsigned char **pos,
    const unsigned char *end)
{
    size_t                n, size, used;
    ngx_chat_ws_error_e   error;
    ngx_chat_ws_state_t  *s;
    const unsigned char  *p;

    s = &w->state;

    p = *pos;
    n = (size_t) (end - p);
    used = 0;

    if (s->begun > 0) {
        used = s->begun;

        if (n > sizeof(s->bytes) - used) {
            n = sizeof(s->bytes) - used;
        }

        memcpy(s->bytes + used, p, n);

        p = s->bytes;
        n += used;
    }

    size = ngx_chat_ws_header_parse(&s->header, p, n);

    error = ngx_chat_ws_judge(&s->header, n, &s->message, w->limits);

    if (error != NGX_CHAT_WS_OK) {
        return error;
    }

    if (size == 0) {

        /* an incomplete header is what all input ended in */

        if (used == 0) {
            memcpy(s->bytes, p, n);
        }

        s->begun = (uint8_t) n;
        *pos += n - used;

        return NGX_CHAT_WS_OK;
    }

    *pos += size - used;
    s->begun = 0;

    ngx_chat_ws_reader_begin(s);

    return NGX_CHAT_WS_OK;
}


/* A message begins in a state of zeros, where the one before it ended. */

static void
ngx_chat_ws_reader_begin(ngx_chat_ws_state_t *s)
{
    s->payload = 1;
    s->taken = 0;

    if (s->header.opcode >= NGX_CHAT_WS_CLOSE) {
        s->held = 0;
        return;
    }

    s->message.fragments++;

    if (s->header.opcode != NGX_CHAT_WS_CONTINUATION) {
        s->message.opcode = s->header.opcode;
    }
}


static ngx_chat_ws_error_e
ngx_chat_ws_reader_payload(ngx_chat_ws_work_t *w, unsigned char **pos,
    const unsigned char *end, ngx_chat_ws_event_t *ev)
{
    int                   control, whole;
    size_t                n;
    unsigned char        *p;
    ngx_chat_ws_error_e   error;
    ngx_chat_ws_state_t  *s;

    s = &w->state;

    p = *pos;
    n = (size_t) (end - p);

    if (n > s->header.length - s->taken) {
        n = (size_t) (s->header.length - s->taken);
    }

    control = (s->header.opcode >= NGX_CHAT_WS_CLOSE);

    ngx_chat_ws_mask(p, n, s->header.key, s->taken);

    /* RFC 6455, 8.1.  Handling Errors in UTF-8-Encoded Data */

    if (!control && s->message.opcode == NGX_CHAT_WS_TEXT
        && !ngx_chat_utf8_feed(&s->utf8, p, n))
    {
        return NGX_CHAT_WS_NOT_UTF8;
    }

    *pos = p + n;
    s->taken += n;

    /* what begins and ends in this input is handed out from there */

    whole = (s->taken == n && n == s->header.length
             && (control || (s->header.fin && s->message.len == 0)));

    if (whole) {
        ev->data = p;
        ev->len = n;

    } else if (n > 0) {
        error = ngx_chat_ws_reader_keep(w, p, n);

        if (error != NGX_CHAT_WS_OK) {
            return error;
        }
    }

    if (s->taken < s->header.length) {
        return NGX_CHAT_WS_OK;
    }

    s->payload = 0;

    if (!s->header.fin) {
        return NGX_CHAT_WS_OK;
    }

    if (!whole) {
        ev->data = w->reader->partial->data + (control ? s->message.len : 0);
        ev->len = control ? s->held : s->message.len;
    }

    return ngx_chat_ws_reader_end(w, ev);
}


/* The payload that ev holds completes a message or a control frame. */

static ngx_chat_ws_error_e
ngx_chat_ws_reader_end(ngx_chat_ws_work_t *w, ngx_chat_ws_event_t *ev)
{
    ngx_chat_ws_state_t  *s;

    s = &w->state;

    switch (s->header.opcode) {

    case NGX_CHAT_WS_CLOSE:
        return ngx_chat_ws_reader_end_close(ev);

    case NGX_CHAT_WS_PING:
        ev->event = NGX_CHAT_WS_EV_PING;
        return NGX_CHAT_WS_OK;

    case NGX_CHAT_WS_PONG:
        ev->event = NGX_CHAT_WS_EV_PONG;
        return NGX_CHAT_WS_OK;

    default:
        break;
    }

    if (s->message.opcode == NGX_CHAT_WS_TEXT
        && !ngx_chat_utf8_complete(&s->utf8))
    {
        return NGX_CHAT_WS_NOT_UTF8;
    }

    ev->event = NGX_CHAT_WS_EV_MESSAGE;
    ev->opcode = s->message.opcode;

    s->message.opcode = 0;

    return NGX_CHAT_WS_OK;
}


/* RFC 6455, 5.5.1.  Close */

static ngx_chat_ws_error_e
ngx_chat_ws_reader_end_close(ngx_chat_ws_event_t *ev)
{
    ev->event = NGX_CHAT_WS_EV_CLOSE;

    if (ev->len == 0) {
        ev->code = NGX_CHAT_WS_NO_STATUS;
        return NGX_CHAT_WS_OK;
    }

    ev->code = (uint16_t) (ev->data[0] << 8 | ev->data[1]);
    ev->data += 2;
    ev->len -= 2;

    if (!ngx_chat_ws_close_code_valid(ev->code)) {
        return NGX_CHAT_WS_CLOSE_CODE;
    }

    if (!ngx_chat_utf8_valid(ev->data, ev->len)) {
        return NGX_CHAT_WS_CLOSE_TEXT;
    }

    return NGX_CHAT_WS_OK;
}


/* Appends n bytes of the current payload to what is kept. */

static ngx_chat_ws_error_e
ngx_chat_ws_reader_keep(ngx_chat_ws_work_t *w, const unsigned char *p,
    size_t n)
{
    size_t                at;
    ngx_chat_ws_error_e   error;
    ngx_chat_ws_state_t  *s;

    s = &w->state;

    at = s->message.len;

    if (s->header.opcode >= NGX_CHAT_WS_CLOSE) {
        at += s->held;
    }

    error = ngx_chat_ws_reader_reserve(w, at + n);

    if (error != NGX_CHAT_WS_OK) {
        return error;
    }

    memcpy(w->reader->partial->data + at, p, n);

    if (s->header.opcode >= NGX_CHAT_WS_CLOSE) {
        s->held = (uint8_t) (s->held + n);

    } else {
        s->message.len += n;
    }

    return NGX_CHAT_WS_OK;
}


/*
 * Makes room for size bytes, all of which have come.  The room at least
 * doubles, so that a message costs linear time whatever its fragments.
 */

static ngx_chat_ws_error_e
ngx_chat_ws_reader_reserve(ngx_chat_ws_work_t *w, size_t size)
{
    ngx_chat_ws_partial_t  *partial;

    partial = w->reader->partial;

    if (partial != NULL) {

        if (size <= partial->size) {
            return NGX_CHAT_WS_OK;
        }

        if (size < 2 * partial->size) {
            size = 2 * partial->size;
        }
    }

    partial = w->limits->memory(w->limits->ctx, partial,
                                sizeof(ngx_chat_ws_partial_t) + size);

    if (partial == NULL) {
        return NGX_CHAT_WS_NO_MEMORY;
    }

    partial->size = size;
    partial->done = 0;

    w->reader->partial = partial;

    return NGX_CHAT_WS_OK;
}


/*
 * Keeps the state if a message or a frame has begun.  If not, memory is still
 * kept until the next call, as the event's data may lie there.
 */

static ngx_chat_ws_error_e
ngx_chat_ws_reader_save(ngx_chat_ws_work_t *w)
{
    ngx_chat_ws_error_e   error;
    ngx_chat_ws_state_t  *s;

    s = &w->state;

    if (s->message.opcode == 0 && !s->payload && s->begun == 0) {

        if (w->reader->partial != NULL) {
            w->reader->partial->done = 1;
        }

        return NGX_CHAT_WS_OK;
    }

    error = ngx_chat_ws_reader_reserve(w, 0);

    if (error == NGX_CHAT_WS_OK) {
        w->reader->partial->state = *s;
    }

    return error;
}


static ngx_chat_ws_event_e
ngx_chat_ws_reader_fail(ngx_chat_ws_event_t *ev, ngx_chat_ws_error_e error)
{
    ev->event = NGX_CHAT_WS_EV_ERROR;
    ev->error = error;
    ev->data = NULL;
    ev->len = 0;

    return NGX_CHAT_WS_EV_ERROR;
}
