
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The display name that is shown for the one that was given. */


#include "ngx_http_chat_auth.h"
#include "ngx_chat_text.h"


ngx_int_t
ngx_http_chat_auth_shown(ngx_http_request_t *r, const ngx_str_t *wish,
    ngx_str_t *name)
{
    ngx_chat_str_t  str;

    (void) r;

    str.len = wish->len;
    str.data = wish->data;

    if (ngx_chat_text_name_check(&str) != NGX_CHAT_TEXT_OK) {
        return NGX_DECLINED;
    }

    *name = *wish;

    return NGX_OK;
}
