
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The output queue of a session; see the header. */


#include "ngx_http_chat_output.h"
#include "ngx_http_chat_excess.h"
#include "ngx_http_chat_metric.h"
#include "ngx_http_chat_session.h"
#include "ngx_http_chat_session_log.h"
#include "ngx_http_chat_transport.h"


/*
 * Sessions written in one turn of the event loop, half a millisecond of it:
 * what comes in between the turns rides along with those not written yet.
 * Measured with 1,000 members and 16 messages under way, 64 costs a sixth
 * less for a delivery than 256, and 32 gains nothing more.
 */
#define NGX_HTTP_CHAT_OUTPUT_BUDGET   64

#define NGX_HTTP_CHAT_OUTPUT_SCRATCH  65536

/* references of one ring, where chat_buffer_size sets no limit */
#define NGX_HTTP_CHAT_OUTPUT_RING_MAX (1 << 29)

/* a TLS record; what is offered once must be offered again in full */
#define NGX_HTTP_CHAT_OUTPUT_RECORD   16384


static void ngx_http_chat_output_handler(ngx_event_t *ev);
static size_t ngx_http_chat_output_gather(ngx_http_chat_session_t *s,
    u_char **buf);
static void ngx_http_chat_output_advance(ngx_http_chat_output_t *o,
    size_t sent);
static ngx_int_t ngx_http_chat_output_await(ngx_http_chat_session_t *s);
static ngx_uint_t ngx_http_chat_output_full(ngx_http_chat_session_t *s,
    size_t len);
static ngx_int_t ngx_http_chat_output_append(ngx_http_chat_session_t *s,
    ngx_http_chat_frame_t *f);
static ngx_int_t ngx_http_chat_output_grow(ngx_http_chat_output_t *o);
static void ngx_http_chat_output_shrink(ngx_http_chat_output_t *o);


/* of this worker */

static ngx_queue_t   ngx_http_chat_output_dirty;
static ngx_event_t   ngx_http_chat_output_event;
static u_char       *ngx_http_chat_output_buffer;


#define ngx_http_chat_output_ring(o)                                          \
    ((o)->ring != NULL ? (o)->ring : (o)->frames)

#define ngx_http_chat_output_at(o, i)                                         \
    ngx_http_chat_output_ring(o)[(i) & (o)->mask]


ngx_int_t
ngx_http_chat_output_init(ngx_cycle_t *cycle)
{
    ngx_queue_init(&ngx_http_chat_output_dirty);

    ngx_http_chat_output_event.handler = ngx_http_chat_output_handler;
    ngx_http_chat_output_event.log = cycle->log;

    if (ngx_http_chat_output_buffer == NULL) {
        ngx_http_chat_output_buffer = ngx_palloc(cycle->pool,
                                               NGX_HTTP_CHAT_OUTPUT_SCRATCH);
    }

    return (ngx_http_chat_output_buffer == NULL) ? NGX_ERROR : NGX_OK;
}


void
ngx_http_chat_output_push(ngx_http_chat_session_t *s,
    ngx_http_chat_frame_t *f)
{
    ngx_http_chat_output_t  *o;

    o = &s->output;

    if (s->state > NGX_HTTP_CHAT_OPEN || o->slow || s->torn) {
        return;
    }

    if (s->stream) {
        s->torn = ngx_http_chat_frame_resyncs(f) & 1;
        f = ngx_http_chat_frame_twin(f);
    }

    if (f == NULL) {
        o->slow = 1;
        ngx_http_chat_output_schedule(s);
        return;
    }

    /* one turn may bring a lot: only a socket that takes no more is judged */

    if (!s->connection->write->ready
        && ngx_http_chat_output_full(s, f->len))
    {
        o->slow = 1;
        ngx_http_chat_output_schedule(s);
        return;
    }

    if (ngx_http_chat_output_append(s, f) != NGX_OK) {
        o->slow = 1;
    }

    ngx_http_chat_output_schedule(s);
}


/* Would len bytes more be beyond the limits?  A lone frame never is. */

static ngx_uint_t
ngx_http_chat_output_full(ngx_http_chat_session_t *s, size_t len)
{
    size_t                   limit;
    ngx_http_chat_output_t  *o;

    o = &s->output;
    limit = s->conf->buffer_size;

    return limit != 0
           && o->tail != o->head
           && (o->queued + len > limit
               || o->tail - o->head >= NGX_HTTP_CHAT_OUTPUT_FRAMES_MAX);
}


void
ngx_http_chat_output_push_close(ngx_http_chat_session_t *s,
    ngx_http_chat_frame_t *f)
{
    /* a stream has no answers: it ends with all that was said */

    if (!s->stream || s->output.slow) {
        ngx_http_chat_output_drop(s);
    }

    if (s->stream) {
        f = ngx_http_chat_frame_twin(f);
    }

    if (f != NULL) {
        (void) ngx_http_chat_output_append(s, f);
    }
}


static ngx_int_t
ngx_http_chat_output_append(ngx_http_chat_session_t *s,
    ngx_http_chat_frame_t *f)
{
    ngx_http_chat_output_t  *o;

    o = &s->output;

    if (o->tail - o->head > o->mask
        && ngx_http_chat_output_grow(o) != NGX_OK)
    {
        return NGX_ERROR;
    }

    f->refs++;
    ngx_http_chat_output_at(o, o->tail) = f;
    o->tail++;
    o->queued += f->len;
    o->sent++;
    ngx_http_chat_metric_add(NGX_CHAT_METRIC_SENT, 0, 1);

    return NGX_OK;
}


void
ngx_http_chat_output_push_pong(ngx_http_chat_session_t *s,
    ngx_http_chat_frame_t *f, ngx_uint_t coalesce)
{
    uint32_t                 index;
    ngx_http_chat_output_t  *o;
    ngx_http_chat_frame_t  **slot;

    o = &s->output;
    index = o->pong;

    /* RFC 6455, 5.5.3.  Pong: only the most recent ping needs an answer */

    if (coalesce && o->has_pong
        && index - o->head < o->tail - o->head
        && (index != o->head || o->offset == 0)
        && o->offered == 0)
    {
        slot = &ngx_http_chat_output_at(o, index);

        o->queued += f->len;
        o->queued -= (*slot)->len;

        ngx_http_chat_frame_release(*slot);

        f->refs++;
        *slot = f;
        return;
    }

    index = o->tail;
    ngx_http_chat_output_push(s, f);

    if (o->tail != index) {
        o->pong = index;
        o->has_pong = 1;
    }
}


ngx_uint_t
ngx_http_chat_output_waits(void)
{
    return !ngx_queue_empty(&ngx_http_chat_output_dirty);
}


void
ngx_http_chat_output_schedule(ngx_http_chat_session_t *s)
{
    if (s->output.dirty.prev != NULL) {
        return;
    }

    ngx_queue_insert_tail(&ngx_http_chat_output_dirty, &s->output.dirty);

    if (!ngx_http_chat_output_event.posted) {
        ngx_post_event(&ngx_http_chat_output_event, &ngx_posted_events);
    }
}


static void
ngx_http_chat_output_handler(ngx_event_t *ev)
{
    ngx_int_t                 rc;
    ngx_uint_t                n;
    ngx_queue_t              *q;
    ngx_http_chat_session_t  *s;

    for (n = 0; !ngx_queue_empty(&ngx_http_chat_output_dirty); n++) {

        if (n == NGX_HTTP_CHAT_OUTPUT_BUDGET) {
            /* never to the queue that runs now: it is run until empty */
            ngx_post_event(ev, &ngx_posted_next_events);
            break;
        }

        q = ngx_queue_head(&ngx_http_chat_output_dirty);

        /* it is not empty; NOLINTNEXTLINE(clang-analyzer-core.*) */
        ngx_queue_remove(q);
        q->prev = NULL;

        s = ngx_queue_data(q, ngx_http_chat_session_t, output.dirty);

        rc = ngx_http_chat_output_flush(s);

        if (rc == NGX_AGAIN && ngx_http_chat_output_full(s, 0)) {
            s->output.slow = 1;
        }

        if (rc != NGX_ERROR && s->output.slow
            && s->state == NGX_HTTP_CHAT_OPEN)
        {
            /* a frame has been left out, or would be: no silent hole */

            ngx_log_error(NGX_LOG_INFO, ngx_http_chat_session_log(s), 0,
                          "client reads too slowly, %uD bytes are queued",
                          s->output.queued);

            ngx_http_chat_metric_add(NGX_CHAT_METRIC_SLOW, 0, 1);
            ngx_http_chat_session_close(s, NGX_CHAT_CLOSE_SLOW,
                                        "reads too slowly");
            continue;
        }

        if (rc == NGX_ERROR) {
            ngx_http_chat_session_destroy(s);
            continue;
        }

        if (s->torn && s->state == NGX_HTTP_CHAT_OPEN) {
            /* nobody can ask for the rest here: the next stream brings it */
            ngx_http_chat_session_close(s, NGX_CHAT_CLOSE_RESYNC,
                                        "messages may be missing");
            continue;
        }

        if (rc == NGX_OK) {
            (void) ngx_http_chat_session_written(s);
        }
    }

    if (ngx_queue_empty(&ngx_http_chat_output_dirty)) {
        ngx_http_chat_metric_fanned();
    }

    ngx_http_chat_excess_check();
}


ngx_int_t
ngx_http_chat_output_flush(ngx_http_chat_session_t *s)
{
    size_t                   size;
    u_char                  *buf;
    ssize_t                  n;
    ngx_connection_t        *c;
    ngx_http_chat_output_t  *o;

    c = s->connection;
    o = &s->output;

    while (o->head != o->tail) {

        if (!c->write->ready) {
            return ngx_http_chat_output_await(s);
        }

        size = ngx_http_chat_output_gather(s, &buf);

        (void) ngx_http_chat_session_log(s);

        n = ngx_http_chat_transport_send(s, buf, size);

        if (n == NGX_AGAIN) {
#if (NGX_SSL)
            o->offered = (c->ssl != NULL) ? (uint32_t) size : 0;
#endif
            return ngx_http_chat_output_await(s);
        }

        if (n <= 0) {
            return NGX_ERROR;
        }

        o->offered = 0;
        ngx_http_chat_metric_add(NGX_CHAT_METRIC_BYTES_OUT, 0, n);
        ngx_http_chat_output_advance(o, (size_t) n);

        if (c->write->timer_set) {
            ngx_del_timer(c->write);
        }
    }

    ngx_http_chat_output_shrink(o);

    return NGX_OK;
}


/*
 * What one send shall write: a lone or large frame from where it lies, else
 * as many as fit copied side by side, which costs less than a writev().
 */

static size_t
ngx_http_chat_output_gather(ngx_http_chat_session_t *s, u_char **buf)
{
    size_t                   len, size, max;
    uint32_t                 i, skip;
    ngx_http_chat_frame_t   *f;
    ngx_http_chat_output_t  *o;

    o = &s->output;
    max = NGX_HTTP_CHAT_OUTPUT_SCRATCH;

#if (NGX_SSL)
    if (s->connection->ssl != NULL) {
        max = NGX_HTTP_CHAT_OUTPUT_RECORD;
    }
#endif

    f = ngx_http_chat_output_at(o, o->head);
    len = f->len - o->offset;

    if (o->offered <= len && (o->tail - o->head == 1 || len >= max / 2)) {
        *buf = f->data + o->offset;
        return len;
    }

    size = 0;
    skip = o->offset;

    for (i = o->head; i != o->tail; i++) {
        f = ngx_http_chat_output_at(o, i);
        len = ngx_min((size_t) f->len - skip, max - size);

        ngx_memcpy(ngx_http_chat_output_buffer + size, f->data + skip, len);

        size += len;
        skip = 0;

        if (size == max) {
            break;
        }
    }

    *buf = ngx_http_chat_output_buffer;
    return size;
}


static void
ngx_http_chat_output_advance(ngx_http_chat_output_t *o, size_t sent)
{
    size_t                  len;
    ngx_http_chat_frame_t  *f;

    while (sent != 0) {
        f = ngx_http_chat_output_at(o, o->head);
        len = f->len - o->offset;

        if (sent < len) {
            o->offset += (uint32_t) sent;
            return;
        }

        sent -= len;

        o->head++;
        o->offset = 0;
        o->queued -= f->len;

        ngx_http_chat_frame_release(f);
    }
}


static ngx_int_t
ngx_http_chat_output_await(ngx_http_chat_session_t *s)
{
    ngx_event_t  *wev;

    (void) ngx_http_chat_session_log(s);

    wev = s->connection->write;

    if (ngx_handle_write_event(wev, 0) != NGX_OK) {
        return NGX_ERROR;
    }

    if (!wev->timer_set && s->conf->send_timeout != 0) {
        wev->cancelable = 1;
        ngx_add_timer(wev, s->conf->send_timeout);
    }

    return NGX_AGAIN;
}


static ngx_int_t
ngx_http_chat_output_grow(ngx_http_chat_output_t *o)
{
    uint32_t                 i, size;
    ngx_http_chat_frame_t  **ring;

    size = ((uint32_t) o->mask + 1) * 4;

    if (size > NGX_HTTP_CHAT_OUTPUT_RING_MAX) {
        return NGX_ERROR;
    }

    ring = ngx_alloc(size * sizeof(ngx_http_chat_frame_t *), ngx_cycle->log);
    if (ring == NULL) {
        return NGX_ERROR;
    }

    for (i = o->head; i != o->tail; i++) {
        ring[i & (size - 1)] = ngx_http_chat_output_at(o, i);
    }

    if (o->ring != NULL) {
        ngx_free(o->ring);
    }

    o->ring = ring;
    o->mask = (size - 1) & 0x3fffffff;

    return NGX_OK;
}


/* The inline references serve a ring that is empty. */

static void
ngx_http_chat_output_shrink(ngx_http_chat_output_t *o)
{
    if (o->ring != NULL) {
        ngx_free(o->ring);
        o->ring = NULL;
    }

    o->mask = NGX_HTTP_CHAT_OUTPUT_INLINE - 1;
    o->has_pong = 0;
}


void
ngx_http_chat_output_drop(ngx_http_chat_session_t *s)
{
    uint32_t                 i, keep, bound;
    ngx_http_chat_frame_t   *f;
    ngx_http_chat_output_t  *o;

    o = &s->output;

    /* a frame begun must be finished, and TLS must see its bytes again */

    bound = o->offset + ngx_max(o->offered, (o->offset != 0) ? 1 : 0);
    keep = 0;

    for (i = o->head; i != o->tail && keep < bound; i++) {
        keep += ngx_http_chat_output_at(o, i)->len;
    }

    while (o->tail != i) {
        o->tail--;
        f = ngx_http_chat_output_at(o, o->tail);
        o->queued -= f->len;
        ngx_http_chat_frame_release(f);
    }

    o->has_pong = 0;
}


void
ngx_http_chat_output_close(ngx_http_chat_session_t *s)
{
    ngx_http_chat_output_t  *o;

    o = &s->output;

    if (o->dirty.prev != NULL) {
        ngx_queue_remove(&o->dirty);
        o->dirty.prev = NULL;
    }

    while (o->head != o->tail) {
        ngx_http_chat_frame_release(ngx_http_chat_output_at(o, o->head));
        o->head++;
    }

    o->queued = 0;
    o->offset = 0;
    o->offered = 0;

    ngx_http_chat_output_shrink(o);
}


ngx_uint_t
ngx_http_chat_output_empty(const ngx_http_chat_session_t *s)
{
    return s->output.head == s->output.tail;
}


u_char *
ngx_http_chat_output_scratch(size_t *size)
{
    *size = NGX_HTTP_CHAT_OUTPUT_SCRATCH;

    return ngx_http_chat_output_buffer;
}
