
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The display name that is shown for the one that was given. */


#include "ngx_http_chat_auth.h"
#include "ngx_chat_text_like.h"


ngx_int_t
ngx_http_chat_auth_shown(ngx_http_request_t *r, const ngx_str_t *wish,
    ngx_str_t *name)
{
    u_char          *buf;
    ngx_chat_str_t   from, to;

    buf = ngx_pnalloc(r->pool, NGX_CHAT_TEXT_LIKE_SHOWN_MAX);
    if (buf == NULL) {
        return NGX_ERROR;
    }

    from.len = wish->len;
    from.data = wish->data;

    if (ngx_chat_text_name_shown(&from, buf, &to) != NGX_CHAT_TEXT_OK) {
        return NGX_DECLINED;
    }

    name->len = to.len;
    name->data = buf;

    return NGX_OK;
}
