
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What all stores have in common; see the header. */


#include "ngx_http_chat_broker.h"

#include <ngx_md5.h>


void
ngx_http_chat_broker_print(u_char *print, const ngx_chat_wire_t *rec)
{
    uint64_t   head[3];
    ngx_md5_t  md5;

    head[0] = rec->kind;
    head[1] = rec->re | rec->ref;
    head[2] = rec->meta.len;

    if (rec->enc.len != 0) {
        /* a text's print is what it was before there was anything else */
        head[0] |= (uint64_t) rec->enc.len << 8;
    }

    ngx_md5_init(&md5);
    ngx_md5_update(&md5, head, sizeof(head));
    ngx_md5_update(&md5, rec->enc.data, rec->enc.len);
    ngx_md5_update(&md5, rec->meta.data, rec->meta.len);
    ngx_md5_update(&md5, rec->body.data, rec->body.len);
    ngx_md5_final(print, &md5);
}
