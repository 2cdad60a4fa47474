
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* WebSocket frames as a client reads and writes them. */


#define _GNU_SOURCE

#include "load.h"

#include <stdio.h>
#include <string.h>


#define LOAD_OP_TEXT   0x1
#define LOAD_OP_CLOSE  0x8
#define LOAD_OP_PING   0x9
#define LOAD_OP_PONG   0xa


static void load_closed(load_t *l, load_conn_t *c, const char *p, size_t n);
static void load_frame_out(load_t *l, load_conn_t *c, unsigned opcode,
    const char *p, size_t n);


size_t
load_frames(load_t *l, load_conn_t *c, char *p, size_t n)
{
    char     *start, *end;
    size_t    len;
    unsigned  opcode;

    start = p;
    end = p + n;

    while (end - p >= 2 && c->state == LOAD_OPEN) {
        opcode = (unsigned char) p[0] & 0x0f;
        len = (unsigned char) p[1];
        n = 2;

        if (len == 126) {
            if (end - p < 4) {
                break;
            }

            len = ((size_t) (unsigned char) p[2] << 8) | (unsigned char) p[3];
            n = 4;

        } else if (len == 127) {
            if (end - p < 10) {
                break;
            }

            len = ((size_t) (unsigned char) p[7] << 16)
                  | ((size_t) (unsigned char) p[8] << 8)
                  | (unsigned char) p[9];
            n = 10;

        } else if (len > 126) {
            load_fail("connection %u got a masked frame", c->index);
        }

        if ((size_t) (end - p) < n + len) {
            break;
        }

        p += n;

        if (opcode == LOAD_OP_TEXT) {
            l->text(l, c, p, len);

        } else if (opcode == LOAD_OP_PING) {
            load_frame_out(l, c, LOAD_OP_PONG, p, len);

        } else if (opcode == LOAD_OP_CLOSE) {
            load_closed(l, c, p, len);
        }

        p += len;
    }

    return (size_t) (p - start);
}


static void
load_closed(load_t *l, load_conn_t *c, const char *p, size_t n)
{
    unsigned  code;

    code = 0;

    if (n >= 2) {
        code = (unsigned) (unsigned char) p[0] * 256 + (unsigned char) p[1];
    }

    if (l->ended == NULL) {
        load_fail("the server closed connection %u: %u %.*s", c->index, code,
                  n < 2 ? 0 : (int) n - 2, p + 2);
    }

    /* the server ends the connection when it has the answer */

    load_frame_out(l, c, LOAD_OP_CLOSE, p, n < 2 ? 0 : 2);

    c->code = code & 0x1fff;
    c->state = LOAD_CLOSING;
}


/* the text stands at nearly the same place in all messages of a target */

void
load_frame_text(load_t *l, load_conn_t *c, const char *p, size_t n)
{
    const char     *body;
    static size_t   hint;

    if (hint + 2 <= n && p[hint] == '@' && p[hint + 1] == '@') {
        load_arrived(l, c, p + hint, n - hint);
        return;
    }

    body = memmem(p, n, "@@", 2);

    if (body) {
        hint = (size_t) (body - p);
        load_arrived(l, c, body, n - hint);
        return;
    }

    if (l->options.json && memmem(p, n, "\"error\":", 8)) {
        load_fail("the server answered %.*s", (int) n, p);
    }
}


void
load_frame_send(load_t *l, load_conn_t *c, uint32_t id, const char *body)
{
    int   len;
    char  text[LOAD_BODY + 128], cid[32];

    if (!l->options.json) {
        load_frame_write(l, c, body, LOAD_BODY);
        return;
    }

    cid[0] = '\0';

    if (l->options.cid) {
        snprintf(cid, sizeof(cid), "\"cid\":\"%08x%08x\",", c->index, id);
    }

    len = snprintf(text, sizeof(text),
                   "{\"op\":\"send\",\"id\":%u,\"room\":\"r%u\",%s"
                   "\"text\":\"%.*s\"}", id, c->room, cid, LOAD_BODY, body);

    load_frame_write(l, c, text, (size_t) len);
}


void
load_frame_ping(load_t *l, load_conn_t *c)
{
    int   len;
    char  text[64];

    len = snprintf(text, sizeof(text), "{\"op\":\"ping\",\"id\":%u}",
                   LOAD_PING);

    load_frame_write(l, c, text, (size_t) len);
}


void
load_frame_write(load_t *l, load_conn_t *c, const char *p, size_t n)
{
    load_frame_out(l, c, LOAD_OP_TEXT, p, n);
}


static void
load_frame_out(load_t *l, load_conn_t *c, unsigned opcode, const char *p,
    size_t n)
{
    char             out[8 + LOAD_BODY + 128], *mask;
    size_t           i, len;
    static uint32_t  random = 2463534242u;

    if (n > LOAD_BODY + 128) {
        load_fail("a frame of %zu bytes is too long to send", n);
    }

    random ^= random << 13;
    random ^= random >> 17;
    random ^= random << 5;

    len = 0;
    out[len++] = (char) (0x80 | opcode);

    if (n < 126) {
        out[len++] = (char) (0x80 | n);

    } else {
        out[len++] = (char) (0x80 | 126);
        out[len++] = (char) (n >> 8);
        out[len++] = (char) n;
    }

    mask = out + len;
    memcpy(mask, &random, 4);
    len += 4;

    for (i = 0; i < n; i++) {
        out[len + i] = (char) (p[i] ^ mask[i & 3]);
    }

    load_send(l, c, out, len + n);
}
