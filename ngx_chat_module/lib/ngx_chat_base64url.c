
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Strict base64url.
 */


#include "ngx_chat_base64url.h"


#define NGX_CHAT_BASE64URL_BAD  0xff


static unsigned ngx_chat_base64url_value(unsigned c);


int
ngx_chat_base64url_decode(ngx_chat_str_t *out, unsigned char *buf,
    const ngx_chat_str_t *text)
{
    size_t    i, n;
    uint32_t  bits;
    unsigned  nbits, value;

    n = 0;
    bits = 0;
    nbits = 0;

    for (i = 0; i < text->len; i++) {
        value = ngx_chat_base64url_value(text->data[i]);

        if (value == NGX_CHAT_BASE64URL_BAD) {
            return 0;
        }

        bits = (bits << 6) | value;
        nbits += 6;

        if (nbits >= 8) {
            nbits -= 8;
            buf[n++] = (unsigned char) (bits >> nbits);
            bits &= (1U << nbits) - 1;
        }
    }

    /* RFC 4648, 3.5.  Canonical Encoding: 6 bits left are a character alone */

    if (nbits == 6 || bits != 0) {
        return 0;
    }

    out->data = buf;
    out->len = n;

    return 1;
}


static unsigned
ngx_chat_base64url_value(unsigned c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }

    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }

    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }

    if (c == '-') {
        return 62;
    }

    return (c == '_') ? 63 : NGX_CHAT_BASE64URL_BAD;
}
