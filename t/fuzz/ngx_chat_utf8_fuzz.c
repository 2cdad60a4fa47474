
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * UTF-8: any chunks give what the whole gives, and a second validator agrees.
 *
 * The first byte seeds the lengths of the chunks, the rest is the text.
 */


#include "ngx_chat_utf8.h"

#include <stdlib.h>


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


/* Reads code points of a text that was found valid; returns their number. */

static size_t
walk(const uint8_t *p, size_t n)
{
    size_t          count;
    uint32_t        cp;
    const uint8_t  *pos, *last;

    pos = p;
    count = 0;

    while (pos < p + n) {
        last = pos;
        cp = ngx_chat_utf8_decode(&pos, p + n);

        if (pos <= last || pos > p + n || cp > 0x10ffff
            || (cp >= 0xd800 && cp <= 0xdfff)
            || (size_t) (pos - last) != 1U + (cp > 0x7f) + (cp > 0x7ff)
                                        + (cp > 0xffff))
        {
            abort();
        }

        count++;
    }

    return count;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int              ok, valid;
    size_t           at, i, leads, n;
    unsigned         seed;
    ngx_chat_utf8_t  u;

    if (size == 0) {
        return 0;
    }

    seed = data[0];
    data++;
    size--;

    valid = ngx_chat_utf8_valid(data, size);

    ngx_chat_utf8_init(&u);
    ok = 1;

    for (at = 0; at < size && ok; at += n) {
        seed = seed * 1103515245 + 12345;
        n = 1 + (seed >> 16) % 13;
        n = (n < size - at) ? n : size - at;

        ok = ngx_chat_utf8_feed(&u, data + at, n);
    }

    if ((ok && ngx_chat_utf8_complete(&u)) != valid) {
        abort();
    }

    if (valid) {
        leads = 0;

        for (i = 0; i < size; i++) {
            leads += ((data[i] & 0xc0) != 0x80);
        }

        if (walk(data, size) != leads) {
            abort();
        }
    }

    return 0;
}
