
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * A streaming validator of UTF-8 (RFC 3629).
 */


#ifndef NGX_CHAT_UTF8_H_INCLUDED
#define NGX_CHAT_UTF8_H_INCLUDED


#include <stddef.h>
#include <stdint.h>


/* What the next byte must be; all zero stands between two code points. */

typedef struct {
    uint8_t  need;     /* continuation bytes still missing, 0..3 */
    uint8_t  low;      /* bounds of the next continuation byte */
    uint8_t  high;
} ngx_chat_utf8_t;


void ngx_chat_utf8_init(ngx_chat_utf8_t *u);

/*
 * Takes the next n bytes of a text.  Returns 1 while the text can still be
 * valid, 0 as soon as a byte cannot follow (then the state is of no use).
 */
int ngx_chat_utf8_feed(ngx_chat_utf8_t *u, const unsigned char *p, size_t n);

/* Returns 1 if the text may end here, 0 inside a code point. */
int ngx_chat_utf8_complete(const ngx_chat_utf8_t *u);

/* Returns 1 if the n bytes are a whole valid text. */
int ngx_chat_utf8_valid(const unsigned char *p, size_t n);

/*
 * Decodes the code point at *pos of a text known to be valid, and moves *pos
 * behind it.  *pos must be below end.
 */
uint32_t ngx_chat_utf8_decode(const unsigned char **pos,
    const unsigned char *end);

/*
 * Writes the code point c, which is below U+110000 and no surrogate, as 1..4
 * bytes.  Returns their number.
 */
size_t ngx_chat_utf8_encode(unsigned char p[4], uint32_t c);


#endif /* NGX_CHAT_UTF8_H_INCLUDED */
