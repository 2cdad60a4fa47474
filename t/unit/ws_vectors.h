
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * What the tests of the reader share: a notation for bytes, an allocator that
 * counts and fails, and a run that feeds any chunks and writes down the events.
 *
 * The notation:  81 0a     bytes
 *                'abc'     text
 *                {81 ...}  a masked frame with this first byte and payload
 *                x*300     the item before, 300 times
 *
 * The transcript:  text[5]:Hello bin[1]:\x00 ping[0]: close 1000[3]:bye
 *                  !1002   an error's close code, the last event
 *                  ~       what came is not complete
 */


#ifndef WS_VECTORS_H_INCLUDED
#define WS_VECTORS_H_INCLUDED


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ngx_chat_ws_reader.h"


/* what a reader may allocate beside the bytes that came, twice */

#define WS_OVERHEAD     256

#define WS_TEXT_SHOWN   40

#define WS_NELTS(a)     (sizeof(a) / sizeof((a)[0]))


typedef struct {
    unsigned char         *data;
    size_t                 len;
    size_t                 size;
} ws_bytes_t;


typedef struct {
    size_t                 live;       /* blocks */
    size_t                 calls;      /* that asked for memory */
    size_t                 fail_at;    /* the call that fails, 0: none */
    size_t                 failed;
    size_t                 total;      /* bytes asked for, all calls */
    size_t                 fed;        /* bytes that came */
} ws_memory_t;


typedef struct {
    char                   text[8192];
    size_t                 used;
    uint64_t               hash;       /* of all data */
    ngx_chat_ws_error_e    error;
    size_t                 at;         /* bytes fed when the error came */
} ws_transcript_t;


static const unsigned char  ws_key[4] = { 0x37, 0xfa, 0x21, 0x3d };


static const char *ws_items(ws_bytes_t *b, const char *s, char stop);


static void
ws_add(ws_bytes_t *b, const void *p, size_t n)
{
    if (b->len + n > b->size) {
        b->size = 2 * (b->len + n);
        b->data = realloc(b->data, b->size);
        assert_non_null(b->data);
    }

    if (n > 0) {
        memcpy(b->data + b->len, p, n);
        b->len += n;
    }
}


static void
ws_add_frame(ws_bytes_t *b, unsigned first, const unsigned char *p, size_t n)
{
    size_t         i, size;
    unsigned char  header[NGX_CHAT_WS_SERVER_HEADER_MAX], c;

    size = ngx_chat_ws_header_encode(header, first, n);
    header[1] |= 0x80;

    ws_add(b, header, size);
    ws_add(b, ws_key, 4);

    for (i = 0; i < n; i++) {
        c = p[i] ^ ws_key[i & 3];
        ws_add(b, &c, 1);
    }
}


static unsigned char
ws_hex(const char *s)
{
    char  pair[3];

    pair[0] = s[0];
    pair[1] = s[1];
    pair[2] = '\0';

    return (unsigned char) strtoul(pair, NULL, 16);
}


static const char *
ws_item(ws_bytes_t *b, const char *s)
{
    ws_bytes_t     payload;
    const char    *end;
    unsigned char  c;

    if (*s == '\'') {
        end = strchr(s + 1, '\'');
        ws_add(b, s + 1, (size_t) (end - s - 1));
        return end + 1;
    }

    if (*s == '{') {
        memset(&payload, 0, sizeof(payload));
        end = ws_items(&payload, s + 3, '}');
        ws_add_frame(b, ws_hex(s + 1), payload.data, payload.len);
        free(payload.data);
        return end + 1;
    }

    c = ws_hex(s);
    ws_add(b, &c, 1);

    return s + 2;
}


static const char *
ws_items(ws_bytes_t *b, const char *s, char stop)
{
    char           *end;
    size_t          len, n;
    unsigned char  *item;

    while (*s != stop) {

        if (*s == ' ') {
            s++;
            continue;
        }

        len = b->len;
        s = ws_item(b, s);

        if (*s != '*') {
            continue;
        }

        n = strtoul(s + 1, &end, 10);
        s = end;

        len = b->len - len;
        item = malloc(len);
        assert_non_null(item);
        memcpy(item, b->data + b->len - len, len);

        while (--n > 0) {
            ws_add(b, item, len);
        }

        free(item);
    }

    return s;
}


static void
ws_build(ws_bytes_t *b, const char *input)
{
    memset(b, 0, sizeof(*b));
    (void) ws_items(b, input, '\0');
}


/* Each call moves the block, so that nobody can live on the old one. */

static void *
ws_memory(void *ctx, void *p, size_t size)
{
    size_t        old;
    uint64_t     *block;
    ws_memory_t  *m;

    m = ctx;
    block = p;

    if (size == 0) {
        free(block - 2);
        m->live--;
        return NULL;
    }

    m->calls++;
    m->total += size;

    if (m->calls == m->fail_at) {
        m->failed = 1;
        return NULL;
    }

    if (size > 2 * m->fed + WS_OVERHEAD) {
        fail_msg("%zu bytes asked for when %zu had come", size, m->fed);
    }

    block = malloc(16 + size);
    assert_non_null(block);
    memset(block, 0xa5, 16 + size);
    block[0] = size;

    if (p == NULL) {
        m->live++;
        return block + 2;
    }

    old = ((uint64_t *) p)[-2];
    memcpy(block + 2, p, (old < size) ? old : size);
    memset((uint64_t *) p - 2, 0x5a, 16 + old);
    free((uint64_t *) p - 2);

    return block + 2;
}


static void
ws_write(ws_transcript_t *t, const char *name, const ngx_chat_ws_event_t *ev)
{
    size_t    i;
    unsigned  c;

    assert_true(t->used + 5 * WS_TEXT_SHOWN < sizeof(t->text));

    for (i = 0; i < ev->len; i++) {
        t->hash = (t->hash ^ ev->data[i]) * UINT64_C(0x100000001b3);
    }

    t->hash = (t->hash ^ ev->len) * UINT64_C(0x100000001b3);

    t->used += (size_t) sprintf(t->text + t->used, "%s%s[%zu]:",
                                t->used ? " " : "", name, ev->len);

    for (i = 0; i < ev->len && i < WS_TEXT_SHOWN; i++) {
        c = ev->data[i];

        t->used += (size_t) sprintf(t->text + t->used,
                                    (c < 0x20 || c > 0x7e) ? "\\x%02x" : "%c",
                                    c);
    }
}


static void
ws_write_event(ws_transcript_t *t, const ngx_chat_ws_event_t *ev)
{
    char  name[16];

    assert_true(ev->event == NGX_CHAT_WS_EV_ERROR || ev->data != NULL);

    switch (ev->event) {

    case NGX_CHAT_WS_EV_MESSAGE:
        ws_write(t, ev->opcode == NGX_CHAT_WS_TEXT ? "text" : "bin", ev);
        break;

    case NGX_CHAT_WS_EV_PING:
        ws_write(t, "ping", ev);
        break;

    case NGX_CHAT_WS_EV_PONG:
        ws_write(t, "pong", ev);
        break;

    case NGX_CHAT_WS_EV_CLOSE:
        sprintf(name, "close %u", ev->code);
        ws_write(t, name, ev);
        break;

    default:
        assert_int_equal(ev->event, NGX_CHAT_WS_EV_ERROR);
        assert_int_not_equal(ev->error, NGX_CHAT_WS_OK);
        t->error = ev->error;
        t->used += (size_t) sprintf(t->text + t->used, "%s!%u",
                                    t->used ? " " : "",
                                    ngx_chat_ws_fault(ev->error)->code);
        break;
    }
}


/* Feeds one chunk, from a block of its own; returns 1 to go on. */

static int
ws_feed(ngx_chat_ws_reader_t *r, const ngx_chat_ws_limits_t *limits,
    const unsigned char *p, size_t n, ws_transcript_t *t)
{
    unsigned char        *chunk, *pos;
    ngx_chat_ws_event_t   ev;
    ngx_chat_ws_event_e   event;

    chunk = malloc(n ? n : 1);
    assert_non_null(chunk);
    memcpy(chunk, p, n);
    pos = chunk;

    do {
        event = ngx_chat_ws_reader_next(r, limits, &pos, chunk + n, &ev);
        assert_int_equal(event, ev.event);

        if (event != NGX_CHAT_WS_EV_AGAIN) {
            ws_write_event(t, &ev);
        }

    } while (event != NGX_CHAT_WS_EV_AGAIN && event != NGX_CHAT_WS_EV_ERROR);

    if (event == NGX_CHAT_WS_EV_AGAIN) {
        assert_ptr_equal(pos, chunk + n);
    }

    free(chunk);

    return event == NGX_CHAT_WS_EV_AGAIN;
}


/* Feeds a chunk of first bytes, then chunks of step bytes. */

static void
ws_run(const ws_bytes_t *b, const ngx_chat_ws_limits_t *limits, size_t first,
    size_t step, ws_transcript_t *t)
{
    int                    more;
    size_t                 at, n;
    ws_memory_t           *m;
    ngx_chat_ws_reader_t   r;

    memset(&r, 0, sizeof(r));
    memset(t, 0, sizeof(*t));

    m = limits->ctx;
    at = 0;
    n = first;
    more = 1;

    while (at < b->len && more) {
        n = (n < b->len - at) ? n : b->len - at;
        m->fed = at + n;

        more = ws_feed(&r, limits, b->data + at, n, t);

        at += n;
        n = step;
    }

    t->at = at;

    if (more && ngx_chat_ws_reader_pending(&r)) {
        t->used += (size_t) sprintf(t->text + t->used, "%s~",
                                    t->used ? " " : "");

    } else if (more) {
        assert_null(r.partial);
        assert_int_equal(m->live, 0);
    }

    ngx_chat_ws_reader_close(&r, limits);

    assert_null(r.partial);
    assert_int_equal(m->live, 0);
}


#endif /* WS_VECTORS_H_INCLUDED */
