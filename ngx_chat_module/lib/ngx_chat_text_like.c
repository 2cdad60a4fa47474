
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Which display names look alike; see the header. */


#include "ngx_chat_text_like.h"


static unsigned ngx_chat_text_like_lower(unsigned c);


int
ngx_chat_text_name_looks_like(const ngx_chat_str_t *a,
    const ngx_chat_str_t *b)
{
    size_t  i;

    if (a->len != b->len) {
        return 0;
    }

    for (i = 0; i < a->len; i++) {
        if (ngx_chat_text_like_lower(a->data[i])
            != ngx_chat_text_like_lower(b->data[i]))
        {
            return 0;
        }
    }

    return 1;
}


static unsigned
ngx_chat_text_like_lower(unsigned c)
{
    return (c >= 'A' && c <= 'Z') ? (c | 0x20) : c;
}
