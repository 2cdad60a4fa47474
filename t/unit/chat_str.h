
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Strings for the unit tests, with red zones of the sanitizer around them.
 */


#ifndef CHAT_STR_H_INCLUDED
#define CHAT_STR_H_INCLUDED


#include <stdlib.h>
#include <string.h>

#include "ngx_chat_str.h"


/* A literal with any bytes, zeros too. */
#define LIT(text)  str_of(text, sizeof(text) - 1)


static inline ngx_chat_str_t
str_of(const void *data, size_t len)
{
    ngx_chat_str_t  str;

    str.data = data;
    str.len = len;

    return str;
}


static inline ngx_chat_str_t
str(const char *text)
{
    return str_of(text, strlen(text));
}


/* A copy in memory of just its size; to be freed by str_free(). */

static inline ngx_chat_str_t
str_exact(const ngx_chat_str_t *from)
{
    unsigned char  *data;

    data = malloc(from->len == 0 ? 1 : from->len);

    if (data == NULL) {
        abort();
    }

    if (from->len != 0) {
        memcpy(data, from->data, from->len);
    }

    return str_of(data, from->len);
}


/* count times the same bytes. */

static inline ngx_chat_str_t
str_repeat(const char *text, size_t count)
{
    size_t          i, len;
    unsigned char  *data;

    len = strlen(text);
    data = malloc(len * count + 1);

    if (data == NULL) {
        abort();
    }

    for (i = 0; i < count; i++) {
        memcpy(data + i * len, text, len);
    }

    data[len * count] = '\0';

    return str_of(data, len * count);
}


static inline void
str_free(ngx_chat_str_t *s)
{
    free((void *) s->data);
    s->data = NULL;
    s->len = 0;
}


static inline int
str_is(const ngx_chat_str_t *s, const char *text)
{
    return s->len == strlen(text)
           && (s->len == 0 || memcmp(s->data, text, s->len) == 0);
}


#endif /* CHAT_STR_H_INCLUDED */
