
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The reader: a stream in any chunks gives the events of the stream in one,
 * within the limits, and leaves no memory behind.
 *
 * Byte 0 chooses the limits, 1 the allocation that fails (0: none), 2 is the
 * number n of chunk lengths (modulo 16), n bytes are these, used round and
 * round; the rest is the stream.
 */


#include "ngx_chat_ws_reader.h"
#include "ngx_chat_utf8.h"

#include <stdlib.h>
#include <string.h>


#define CHUNKS    16

/* what a reader may allocate beside the bytes that came, twice */

#define OVERHEAD  256


typedef struct {
    size_t                live;
    size_t                calls;
    size_t                fail_at;
    size_t                failed;
    size_t                fed;
} memory_t;


typedef struct {
    uint64_t              hash;
    size_t                events;
    int                   pending;
    ngx_chat_ws_error_e   error;
} result_t;


typedef struct {
    const uint8_t        *chunks;
    size_t                n;
    const uint8_t        *stream;
    size_t                size;
    ngx_chat_ws_limits_t  limits;
} input_t;


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void *
memory(void *ctx, void *p, size_t size)
{
    memory_t  *m;

    m = ctx;

    if (size == 0) {
        free(p);
        m->live--;
        return NULL;
    }

    if (++m->calls == m->fail_at) {
        m->failed = 1;
        return NULL;
    }

    if (size > 2 * m->fed + OVERHEAD) {
        abort();
    }

    if (p == NULL) {
        m->live++;
    }

    return realloc(p, size);
}


static void
hash(result_t *r, const void *data, size_t n)
{
    size_t          i;
    const uint8_t  *p;

    p = data;

    for (i = 0; i < n; i++) {
        r->hash = (r->hash ^ p[i]) * UINT64_C(0x100000001b3);
    }
}


static void
take(result_t *r, const ngx_chat_ws_limits_t *limits,
    const ngx_chat_ws_event_t *ev)
{
    if (ev->event == NGX_CHAT_WS_EV_ERROR) {
        if (ev->error == NGX_CHAT_WS_OK) {
            abort();
        }

        r->error = ev->error;
        return;
    }

    if (ev->data == NULL
        || (ev->event != NGX_CHAT_WS_EV_MESSAGE
            && ev->len > NGX_CHAT_WS_CONTROL_MAX)
        || (limits->message_max != 0 && ev->len > limits->message_max
            && ev->event == NGX_CHAT_WS_EV_MESSAGE))
    {
        abort();
    }

    if ((ev->event == NGX_CHAT_WS_EV_CLOSE
         || ev->opcode == NGX_CHAT_WS_TEXT)
        && !ngx_chat_utf8_valid(ev->data, ev->len))
    {
        abort();
    }

    r->events++;
    hash(r, &ev->event, sizeof(ev->event));
    hash(r, &ev->opcode, sizeof(ev->opcode));
    hash(r, &ev->code, sizeof(ev->code));
    hash(r, &ev->len, sizeof(ev->len));
    hash(r, ev->data, ev->len);
}


/* Feeds n bytes from a block of their own; returns 1 to go on. */

static int
feed(ngx_chat_ws_reader_t *reader, const ngx_chat_ws_limits_t *limits,
    const uint8_t *p, size_t n, result_t *r)
{
    unsigned char        *chunk, *pos;
    ngx_chat_ws_event_t   ev;

    chunk = malloc(n);

    if (chunk == NULL) {
        abort();
    }

    memcpy(chunk, p, n);
    pos = chunk;

    do {
        (void) ngx_chat_ws_reader_next(reader, limits, &pos, chunk + n, &ev);

        if (ev.event != NGX_CHAT_WS_EV_AGAIN) {
            take(r, limits, &ev);

        } else if (pos != chunk + n) {
            abort();
        }

    } while (ev.event != NGX_CHAT_WS_EV_AGAIN
             && ev.event != NGX_CHAT_WS_EV_ERROR);

    free(chunk);

    return ev.event == NGX_CHAT_WS_EV_AGAIN;
}


static void
run(const input_t *in, int whole, result_t *r)
{
    int                    more;
    size_t                 at, i, n;
    memory_t              *m;
    ngx_chat_ws_reader_t   reader;

    memset(r, 0, sizeof(*r));
    memset(&reader, 0, sizeof(reader));

    m = in->limits.ctx;
    more = 1;
    i = 0;

    for (at = 0; at < in->size && more; at += n) {
        n = in->size - at;

        if (!whole && in->n > 0) {
            if (n > 1U + in->chunks[i % in->n]) {
                n = 1U + in->chunks[i % in->n];
            }

            i++;
        }

        m->fed = at + n;
        more = feed(&reader, &in->limits, in->stream + at, n, r);
    }

    r->pending = more && ngx_chat_ws_reader_pending(&reader);

    if (more && !r->pending && m->live != 0) {
        abort();
    }

    ngx_chat_ws_reader_close(&reader, &in->limits);

    if (m->live != 0) {
        abort();
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input_t   in;
    memory_t  m;
    result_t  parts, whole;

    if (size < 3 || size < 3U + data[2] % CHUNKS) {
        return 0;
    }

    memset(&in, 0, sizeof(in));
    memset(&m, 0, sizeof(m));

    in.n = data[2] % CHUNKS;
    in.chunks = data + 3;
    in.stream = data + 3 + in.n;
    in.size = size - 3 - in.n;

    in.limits.message_max = (data[0] & 1) ? 200 : 0;
    in.limits.fragments_max = data[0] >> 1 & 7;
    in.limits.binary = data[0] >> 4 & 1;
    in.limits.memory = memory;
    in.limits.ctx = &m;

    run(&in, 1, &whole);

    m.calls = 0;
    m.fail_at = data[1];

    run(&in, 0, &parts);

    if (m.failed) {
        if (parts.error != NGX_CHAT_WS_NO_MEMORY
            || parts.events > whole.events)
        {
            abort();
        }

        return 0;
    }

    if (parts.hash != whole.hash
        || parts.events != whole.events || parts.error != whole.error
        || parts.pending != whole.pending)
    {
        abort();
    }

    return 0;
}
