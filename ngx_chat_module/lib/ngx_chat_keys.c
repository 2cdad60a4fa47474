
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Keys of backends; see the header. */


#include "ngx_chat_keys.h"

#include <string.h>


static void ngx_chat_keys_trim(ngx_chat_str_t *line);
static int ngx_chat_keys_valid(const ngx_chat_str_t *key);


ngx_chat_keys_e
ngx_chat_keys_next(ngx_chat_keys_t *keys, ngx_chat_str_t *key)
{
    const unsigned char  *lf;

    while (keys->rest.len != 0) {
        keys->line++;

        *key = keys->rest;
        lf = memchr(keys->rest.data, '\n', keys->rest.len);

        if (lf != NULL) {
            key->len = (size_t) (lf - key->data);
            keys->rest.data += key->len + 1;
            keys->rest.len -= key->len + 1;

        } else {
            keys->rest.len = 0;
        }

        ngx_chat_keys_trim(key);

        if (key->len == 0 || key->data[0] == '#') {
            continue;
        }

        if (!ngx_chat_keys_valid(key)) {
            return NGX_CHAT_KEYS_CHARACTER;
        }

        if (key->len < NGX_CHAT_KEYS_LENGTH_MIN) {
            return NGX_CHAT_KEYS_SHORT;
        }

        return (key->len > NGX_CHAT_KEYS_LENGTH_MAX) ? NGX_CHAT_KEYS_LONG
                                                     : NGX_CHAT_KEYS_FOUND;
    }

    return NGX_CHAT_KEYS_END;
}


static void
ngx_chat_keys_trim(ngx_chat_str_t *line)
{
    while (line->len != 0
           && (line->data[0] == ' ' || line->data[0] == '\t'))
    {
        line->data++;
        line->len--;
    }

    while (line->len != 0
           && (line->data[line->len - 1] == ' '
               || line->data[line->len - 1] == '\t'
               || line->data[line->len - 1] == '\r'))
    {
        line->len--;
    }
}


/* RFC 6750, 2.1.  Authorization Request Header Field */

static int
ngx_chat_keys_valid(const ngx_chat_str_t *key)
{
    size_t         i;
    unsigned char  ch;

    for (i = 0; i < key->len; i++) {
        ch = key->data[i];

        if ((ch < 'a' || ch > 'z') && (ch < 'A' || ch > 'Z')
            && (ch < '0' || ch > '9')
            && (ch == '\0' || strchr("-._~+/=", ch) == NULL))
        {
            return 0;
        }
    }

    return 1;
}


const char *
ngx_chat_keys_reason(ngx_chat_keys_e why)
{
    switch (why) {

    case NGX_CHAT_KEYS_FOUND:
        return "has a key";

    case NGX_CHAT_KEYS_END:
        return "has no key";

    case NGX_CHAT_KEYS_SHORT:
        return "has a key of less than 32 characters";

    case NGX_CHAT_KEYS_LONG:
        return "has a key of more than 256 characters";

    default: /* NGX_CHAT_KEYS_CHARACTER */
        return "has a character that no key may have";
    }
}


int
ngx_chat_keys_same(const ngx_chat_str_t *key, const ngx_chat_str_t *given)
{
    size_t                   i, k;
    volatile unsigned char   differs;

    differs = (key->len != given->len || key->len == 0);

    if (key->len == 0) {
        return 0;
    }

    k = 0;

    for (i = 0; i < given->len; i++) {
        differs = (unsigned char) (differs | (key->data[k] ^ given->data[i]));
        k = (k + 1 == key->len) ? 0 : k + 1;
    }

    return !differs;
}
