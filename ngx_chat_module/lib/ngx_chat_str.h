
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * A string as a length and bytes, not ended by a zero.
 *
 * The layout is that of nginx's ngx_str_t, so that the bound layers may copy
 * one into the other member by member.  The bytes belong to whoever made them.
 */


#ifndef NGX_CHAT_STR_H_INCLUDED
#define NGX_CHAT_STR_H_INCLUDED


#include <stddef.h>
#include <stdint.h>


typedef struct {
    size_t                len;
    const unsigned char  *data;
} ngx_chat_str_t;


#define NGX_CHAT_STR(text)                                                    \
    { sizeof(text) - 1, (const unsigned char *) (text) }


#endif /* NGX_CHAT_STR_H_INCLUDED */
