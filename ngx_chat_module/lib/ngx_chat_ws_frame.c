
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The codec of WebSocket frame headers, masks and close payloads.
 */


#include "ngx_chat_ws_frame.h"

#include <string.h>


/* the longest payloads of the 7-bit and the 16-bit length form */

#define NGX_CHAT_WS_LENGTH7_MAX   125
#define NGX_CHAT_WS_LENGTH16_MAX  65535

/* what stands in the 7 bits if 16 or 64 follow */

#define NGX_CHAT_WS_LENGTH16      126
#define NGX_CHAT_WS_LENGTH64      127


static uint64_t ngx_chat_ws_read(const unsigned char *p, size_t n);
static void ngx_chat_ws_write(unsigned char *p, size_t n, uint64_t value);


/* RFC 6455, 5.2.  Base Framing Protocol */

size_t
ngx_chat_ws_header_parse(ngx_chat_ws_header_t *h, const unsigned char *p,
    size_t n)
{
    size_t    size;
    unsigned  length;

    memset(h, 0, sizeof(ngx_chat_ws_header_t));

    if (n < 1) {
        return 0;
    }

    h->fin = p[0] >> 7;
    h->rsv = (p[0] >> 4) & 0x07;
    h->opcode = p[0] & 0x0f;

    if (n < 2) {
        return 0;
    }

    h->masked = p[1] >> 7;

    length = p[1] & 0x7f;

    if (length == NGX_CHAT_WS_LENGTH16) {
        h->length_form = 2;

    } else if (length == NGX_CHAT_WS_LENGTH64) {
        h->length_form = 8;
    }

    size = 2 + (size_t) h->length_form;

    if (n < size) {
        return 0;
    }

    if (h->length_form == 0) {
        h->length = length;

    } else {
        h->length = ngx_chat_ws_read(p + 2, h->length_form);
    }

    if (!h->masked) {
        return size;
    }

    if (n < size + 4) {
        return 0;
    }

    memcpy(h->key, p + size, 4);

    return size + 4;
}


size_t
ngx_chat_ws_header_size(uint64_t length)
{
    if (length <= NGX_CHAT_WS_LENGTH7_MAX) {
        return 2;
    }

    if (length <= NGX_CHAT_WS_LENGTH16_MAX) {
        return 4;
    }

    return NGX_CHAT_WS_SERVER_HEADER_MAX;
}


size_t
ngx_chat_ws_header_encode(unsigned char *p, unsigned first, uint64_t length)
{
    size_t  size;

    size = ngx_chat_ws_header_size(length);

    p[0] = (unsigned char) first;

    switch (size) {

    case 2:
        p[1] = (unsigned char) length;
        break;

    case 4:
        p[1] = NGX_CHAT_WS_LENGTH16;
        ngx_chat_ws_write(p + 2, 2, length);
        break;

    default:
        p[1] = NGX_CHAT_WS_LENGTH64;
        ngx_chat_ws_write(p + 2, 8, length);
        break;
    }

    return size;
}


/* RFC 6455, 5.3.  Client-to-Server Masking */

void
ngx_chat_ws_mask(unsigned char *p, size_t n, const uint8_t key[4],
    uint64_t offset)
{
    size_t         i;
    uint64_t       mask, word;
    unsigned char  turned[8];

    for (i = 0; i < 8; i++) {
        turned[i] = key[(offset + i) & 3];
    }

    memcpy(&mask, turned, 8);

    while (n >= 8) {
        memcpy(&word, p, 8);
        word ^= mask;
        memcpy(p, &word, 8);

        p += 8;
        n -= 8;
    }

    for (i = 0; i < n; i++) {
        p[i] ^= turned[i];
    }
}


/* RFC 6455, 7.4.  Status Codes, and the codes registered since */

int
ngx_chat_ws_close_code_valid(unsigned code)
{
    if (code >= 3000) {
        return code <= 4999;
    }

    if (code >= 1007) {
        return code <= 1014;
    }

    return code >= 1000 && code <= 1003;
}


size_t
ngx_chat_ws_close_encode(unsigned char *p, unsigned code, const char *reason,
    size_t len)
{
    if (code == NGX_CHAT_WS_NO_STATUS) {
        return 0;
    }

    if (len > NGX_CHAT_WS_CONTROL_MAX - 2) {
        len = NGX_CHAT_WS_CONTROL_MAX - 2;

        while (len > 0 && ((unsigned char) reason[len] & 0xc0) == 0x80) {
            len--;
        }
    }

    ngx_chat_ws_write(p, 2, code);

    if (len > 0) {
        memcpy(p + 2, reason, len);
    }

    return 2 + len;
}


static uint64_t
ngx_chat_ws_read(const unsigned char *p, size_t n)
{
    size_t    i;
    uint64_t  value;

    value = 0;

    for (i = 0; i < n; i++) {
        value = (value << 8) | p[i];
    }

    return value;
}


static void
ngx_chat_ws_write(unsigned char *p, size_t n, uint64_t value)
{
    while (n > 0) {
        n--;
        p[n] = (unsigned char) value;
        value >>= 8;
    }
}
