
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Strict base64url (RFC 4648, 5), as tokens have it: no padding, no white
 * space, no bits that mean nothing.
 */


#ifndef NGX_CHAT_BASE64URL_H_INCLUDED
#define NGX_CHAT_BASE64URL_H_INCLUDED


#include "ngx_chat_str.h"


/* Bytes that n characters stand for, at most. */
#define NGX_CHAT_BASE64URL_DECODED(n)  ((n) / 4 * 3 + 2)


/*
 * Writes the bytes of text into buf, which has room for
 * NGX_CHAT_BASE64URL_DECODED(text->len), and sets out to them.  Returns 1,
 * or 0 for what is not the one way to write these bytes: then out is as it
 * was.
 */
int ngx_chat_base64url_decode(ngx_chat_str_t *out, unsigned char *buf,
    const ngx_chat_str_t *text);


#endif /* NGX_CHAT_BASE64URL_H_INCLUDED */
