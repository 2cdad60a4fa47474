
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Which display names people take for one another.
 */


#ifndef NGX_CHAT_TEXT_LIKE_H_INCLUDED
#define NGX_CHAT_TEXT_LIKE_H_INCLUDED


#include "ngx_chat_str.h"


/* Returns 1 if two names, each UTF-8, look alike. */
int ngx_chat_text_name_looks_like(const ngx_chat_str_t *a,
    const ngx_chat_str_t *b);


#endif /* NGX_CHAT_TEXT_LIKE_H_INCLUDED */
