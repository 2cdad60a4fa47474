
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * A streaming validator of UTF-8 (RFC 3629).
 */


#include "ngx_chat_utf8.h"

#include <string.h>


#define NGX_CHAT_UTF8_HIGH_BITS  UINT64_C(0x8080808080808080)


static const unsigned char *ngx_chat_utf8_skip_ascii(const unsigned char *p,
    const unsigned char *end);
static int ngx_chat_utf8_start(ngx_chat_utf8_t *u, unsigned char c);


void
ngx_chat_utf8_init(ngx_chat_utf8_t *u)
{
    u->need = 0;
    u->low = 0;
    u->high = 0;
}


int
ngx_chat_utf8_feed(ngx_chat_utf8_t *u, const unsigned char *p, size_t n)
{
    const unsigned char  *end;

    end = p + n;

    while (p < end) {

        if (u->need == 0) {
            p = ngx_chat_utf8_skip_ascii(p, end);

            if (p == end) {
                return 1;
            }

            if (!ngx_chat_utf8_start(u, *p++)) {
                return 0;
            }

            continue;
        }

        if (*p < u->low || *p > u->high) {
            return 0;
        }

        u->need--;
        u->low = 0x80;
        u->high = 0xbf;
        p++;
    }

    return 1;
}


int
ngx_chat_utf8_complete(const ngx_chat_utf8_t *u)
{
    return u->need == 0;
}


int
ngx_chat_utf8_valid(const unsigned char *p, size_t n)
{
    ngx_chat_utf8_t  u;

    ngx_chat_utf8_init(&u);

    return ngx_chat_utf8_feed(&u, p, n) && ngx_chat_utf8_complete(&u);
}


uint32_t
ngx_chat_utf8_decode(const unsigned char **pos, const unsigned char *end)
{
    unsigned              need;
    uint32_t              cp;
    const unsigned char  *p;

    p = *pos;
    cp = *p++;

    if (cp < 0x80) {
        *pos = p;
        return cp;
    }

    need = 1;

    if (cp >= 0xe0) {
        need++;
    }

    if (cp >= 0xf0) {
        need++;
    }

    cp &= 0x3fU >> need;

    while (need > 0 && p < end) {
        cp = (cp << 6) | (*p++ & 0x3fU);
        need--;
    }

    *pos = p;

    return cp;
}


size_t
ngx_chat_utf8_encode(unsigned char p[4], uint32_t c)
{
    if (c < 0x80) {
        p[0] = (unsigned char) c;
        return 1;
    }

    if (c < 0x800) {
        p[0] = (unsigned char) (0xc0 | (c >> 6));
        p[1] = (unsigned char) (0x80 | (c & 0x3f));
        return 2;
    }

    if (c < 0x10000) {
        p[0] = (unsigned char) (0xe0 | (c >> 12));
        p[1] = (unsigned char) (0x80 | ((c >> 6) & 0x3f));
        p[2] = (unsigned char) (0x80 | (c & 0x3f));
        return 3;
    }

    p[0] = (unsigned char) (0xf0 | (c >> 18));
    p[1] = (unsigned char) (0x80 | ((c >> 12) & 0x3f));
    p[2] = (unsigned char) (0x80 | ((c >> 6) & 0x3f));
    p[3] = (unsigned char) (0x80 | (c & 0x3f));

    return 4;
}


static const unsigned char *
ngx_chat_utf8_skip_ascii(const unsigned char *p, const unsigned char *end)
{
    uint64_t  word;

    while (end - p >= 8) {
        memcpy(&word, p, 8);

        if (word & NGX_CHAT_UTF8_HIGH_BITS) {
            break;
        }

        p += 8;
    }

    while (p < end && *p < 0x80) {
        p++;
    }

    return p;
}


/*
 * RFC 3629, 4.  Syntax of UTF-8 Byte Sequences: the bounds of the second byte
 * alone keep out overlong forms, surrogates and what is above U+10FFFF.
 */

static int
ngx_chat_utf8_start(ngx_chat_utf8_t *u, unsigned char c)
{
    if (c < 0xc2 || c > 0xf4) {
        return 0;
    }

    u->need = 1;
    u->low = 0x80;
    u->high = 0xbf;

    if (c < 0xe0) {
        return 1;
    }

    u->need = (c < 0xf0) ? 2 : 3;

    switch (c) {

    case 0xe0:
        u->low = 0xa0;
        break;

    case 0xed:
        u->high = 0x9f;
        break;

    case 0xf0:
        u->low = 0x90;
        break;

    case 0xf4:
        u->high = 0x8f;
        break;

    default:
        break;
    }

    return 1;
}
