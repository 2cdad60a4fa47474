
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Writing JSON (RFC 8259) into a buffer that may be too small.
 *
 * Every call adds to the length that is needed, and writes only what fits.
 */


#ifndef NGX_CHAT_JSON_OUT_H_INCLUDED
#define NGX_CHAT_JSON_OUT_H_INCLUDED


#include "ngx_chat_str.h"


typedef struct {
    unsigned char  *buf;
    size_t          size;
    size_t          len;           /* needed so far, may be above size */
} ngx_chat_json_out_t;


/* A literal, with its length known when it is compiled. */

#define ngx_chat_json_out_lit(out, text)                                      \
    ngx_chat_json_out_raw(out, text, sizeof(text) - 1)


/* buf may be NULL if size is 0. */
void ngx_chat_json_out_init(ngx_chat_json_out_t *out, unsigned char *buf,
    size_t size);

/* Bytes as they are. */
void ngx_chat_json_out_raw(ngx_chat_json_out_t *out, const void *data,
    size_t n);

/*
 * A string in quotes; escaped are what RFC 8259, 7.  Strings, asks for, and
 * U+2028 and U+2029, which JavaScript long took for line ends.
 */
void ngx_chat_json_out_string(ngx_chat_json_out_t *out,
    const ngx_chat_str_t *str);

/* The same for text that a zero ends. */
void ngx_chat_json_out_text(ngx_chat_json_out_t *out, const char *text);

void ngx_chat_json_out_number(ngx_chat_json_out_t *out, int64_t n);

void ngx_chat_json_out_bool(ngx_chat_json_out_t *out, int yes);

/*
 * Writes a value that ngx_chat_json_scan() has accepted, without its white
 * space, when it fits into size bytes.  Returns the length needed.
 */
size_t ngx_chat_json_out_compact(unsigned char *buf, size_t size,
    const ngx_chat_str_t *value);


#endif /* NGX_CHAT_JSON_OUT_H_INCLUDED */
