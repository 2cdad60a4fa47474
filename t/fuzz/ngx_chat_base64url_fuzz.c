
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * base64url: what is decoded is written the same again.
 */


#include "ngx_chat_base64url.h"

#include <stdlib.h>


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static const char  alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz0123456789-_";


/* The value of 6 bits, those beyond the end are 0. */

static unsigned
bits_at(const ngx_chat_str_t *bytes, size_t bit)
{
    size_t    i;
    unsigned  value;

    value = 0;

    for (i = bit; i < bit + 6; i++) {
        value <<= 1;

        if (i / 8 < bytes->len) {
            value |= (bytes->data[i / 8] >> (7 - i % 8)) & 1;
        }
    }

    return value;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t           i;
    unsigned char   *buf;
    ngx_chat_str_t   text, out;

    text.data = data;
    text.len = size;

    buf = malloc(NGX_CHAT_BASE64URL_DECODED(size));

    if (buf == NULL) {
        abort();
    }

    if (ngx_chat_base64url_decode(&out, buf, &text)) {
        if ((out.len * 8 + 5) / 6 != size) {
            abort();
        }

        for (i = 0; i < size; i++) {
            if ((uint8_t) alphabet[bits_at(&out, 6 * i)] != data[i]) {
                abort();
            }
        }
    }

    free(buf);

    return 0;
}
