
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Keys of backends: the form of their file, and how one is compared.
 *
 *     file = *( line LF ) [ line ]
 *     line = *WSP [ key / "#" any text ] *WSP [ CR ]
 *     key  = 32*256( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" / "=" )
 */


#ifndef NGX_CHAT_KEYS_H_INCLUDED
#define NGX_CHAT_KEYS_H_INCLUDED


#include "ngx_chat_str.h"


#define NGX_CHAT_KEYS_LENGTH_MIN  32
#define NGX_CHAT_KEYS_LENGTH_MAX  256


typedef enum {
    NGX_CHAT_KEYS_FOUND = 0,
    NGX_CHAT_KEYS_END,
    NGX_CHAT_KEYS_SHORT,
    NGX_CHAT_KEYS_LONG,
    NGX_CHAT_KEYS_CHARACTER            /* one that no Bearer token may have */
} ngx_chat_keys_e;


/* What of a file is still to be read. */

typedef struct {
    ngx_chat_str_t   rest;
    unsigned         line;             /* of the last result, from 1 */
} ngx_chat_keys_t;


/*
 * The next key; it points into the file.  Nothing but FOUND leaves more to be
 * read.
 */
ngx_chat_keys_e ngx_chat_keys_next(ngx_chat_keys_t *keys,
    ngx_chat_str_t *key);

/* What is wrong with a line: "has a key of less than 32 characters". */
const char *ngx_chat_keys_reason(ngx_chat_keys_e why);

/* Is it the key?  The time depends on the length of what is given alone. */
int ngx_chat_keys_same(const ngx_chat_str_t *key,
    const ngx_chat_str_t *given);


#endif /* NGX_CHAT_KEYS_H_INCLUDED */
