
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Origins: letter case changes nothing, TLS only ever forbids, and a pattern
 * that matches has no fault.
 *
 * The input is an origin, a line end, and a host or a pattern.
 */


#include "ngx_chat_origin.h"

#include <stdlib.h>
#include <string.h>


#define INPUT_MAX  1024


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void
upper(unsigned char *to, const uint8_t *from, size_t n)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        to[i] = from[i];

        if (to[i] >= 'a' && to[i] <= 'z') {
            to[i] = (unsigned char) (to[i] - 'a' + 'A');
        }
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int              same, matches;
    unsigned char    other[INPUT_MAX];
    const uint8_t   *lf;
    ngx_chat_str_t   origin, host, origin_upper, host_upper;

    lf = (size == 0) ? NULL : memchr(data, '\n', size);

    if (lf == NULL || size > INPUT_MAX) {
        return 0;
    }

    origin.data = data;
    origin.len = (size_t) (lf - data);
    host.data = lf + 1;
    host.len = size - origin.len - 1;

    upper(other, data, size);
    origin_upper.data = other;
    origin_upper.len = origin.len;
    host_upper.data = other + origin.len + 1;
    host_upper.len = host.len;

    same = ngx_chat_origin_same_host(&origin, &host, 0);
    matches = ngx_chat_origin_matches(&origin, &host);

    if (same != ngx_chat_origin_same_host(&origin_upper, &host_upper, 0)
        || matches != ngx_chat_origin_matches(&origin, &host_upper)
        || (ngx_chat_origin_same_host(&origin, &host, 1) && !same))
    {
        abort();
    }

    /* "null" has a fault of its own, though it could be a host's name */

    if (matches
        && ngx_chat_origin_pattern_fault(&host) != NULL
        && (host.len < 4
            || memcmp(host_upper.data + host.len - 4, "NULL", 4) != 0))
    {
        abort();
    }

    /* an origin is a pattern for itself */

    if (same && !ngx_chat_origin_matches(&origin, &origin)) {
        abort();
    }

    return 0;
}
