
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Frame headers: what is parsed and written again is the same, masks in two
 * pieces are the mask of the whole, close payloads stay in bounds.
 *
 * The first byte says where a payload is cut, the rest is a header, then a
 * payload; the same bytes serve as the reason of a close.
 */


#include "ngx_chat_ws_frame.h"

#include <stdlib.h>
#include <string.h>


#define PAYLOAD_MAX  4096


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void
check_header(const uint8_t *data, size_t size, size_t *used)
{
    size_t                n, length;
    unsigned char         p[NGX_CHAT_WS_SERVER_HEADER_MAX];
    ngx_chat_ws_header_t  h, part;

    *used = ngx_chat_ws_header_parse(&h, data, size);

    if (*used > size || *used > NGX_CHAT_WS_CLIENT_HEADER_MAX) {
        abort();
    }

    for (n = 0; n < *used; n++) {
        if (ngx_chat_ws_header_parse(&part, data, n) != 0) {
            abort();
        }
    }

    if (*used == 0) {
        return;
    }

    length = ngx_chat_ws_header_encode(p, data[0], h.length);

    if (length != ngx_chat_ws_header_size(h.length)
        || length > 2U + h.length_form)
    {
        abort();
    }

    if (length < 2U + h.length_form) {
        return;
    }

    p[1] |= (unsigned char) (h.masked << 7);

    if (memcmp(p, data, length) != 0
        || (h.masked && memcmp(h.key, data + length, 4) != 0)
        || *used != length + (h.masked ? 4 : 0))
    {
        abort();
    }
}


static void
check_mask(const uint8_t *data, size_t size, size_t cut)
{
    size_t          i;
    unsigned char   p[PAYLOAD_MAX];
    const uint8_t   key[4] = { 0x01, 0x80, 0xff, 0x5a };

    size = (size < PAYLOAD_MAX) ? size : PAYLOAD_MAX;
    cut = (cut < size) ? cut : size;

    memcpy(p, data, size);

    ngx_chat_ws_mask(p, cut, key, 0);
    ngx_chat_ws_mask(p + cut, size - cut, key, cut);

    for (i = 0; i < size; i++) {
        if (p[i] != (data[i] ^ key[i % 4])) {
            abort();
        }
    }
}


static void
check_close(const uint8_t *data, size_t size, unsigned code)
{
    size_t         n;
    unsigned char  p[NGX_CHAT_WS_CONTROL_MAX];

    n = ngx_chat_ws_close_encode(p, code, (const char *) data, size);

    if (n > sizeof(p) || n < 2 || n - 2 > size
        || memcmp(p + 2, data, n - 2) != 0
        || (unsigned) (p[0] << 8 | p[1]) != code)
    {
        abort();
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t  used;

    if (size == 0) {
        return 0;
    }

    check_header(data + 1, size - 1, &used);
    check_mask(data + 1 + used, size - 1 - used, data[0]);
    check_close(data + 1, size - 1, 4000U + data[0]);

    return 0;
}
