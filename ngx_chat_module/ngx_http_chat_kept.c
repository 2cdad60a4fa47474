
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Values that outlive their request; see the header. */


#include "ngx_http_chat_kept.h"


/* bytes of one value, and of all: the head counts them in 16 bits */
#define NGX_HTTP_CHAT_KEPT_VALUE  8192
#define NGX_HTTP_CHAT_KEPT_MAX    65535


ngx_str_t
ngx_http_chat_kept_make(ngx_http_request_t *r,
    ngx_http_chat_loc_conf_t *conf)
{
    size_t                     size, room;
    u_char                    *p;
    ngx_str_t                  kept, *values;
    ngx_uint_t                 i, n;
    ngx_http_complex_value_t  *cv;

    ngx_str_null(&kept);

    if (conf->kept == NULL) {
        return kept;
    }

    n = conf->kept->nelts;
    cv = conf->kept->elts;

    values = ngx_pcalloc(r->pool, n * sizeof(ngx_str_t));
    if (values == NULL) {
        return kept;
    }

    room = NGX_HTTP_CHAT_KEPT_MAX - 2 * n;
    size = 2 * n;

    for (i = 0; i < n; i++) {

        if (ngx_http_complex_value(r, &cv[i], &values[i]) != NGX_OK) {
            ngx_str_null(&values[i]);
        }

        values[i].len = ngx_min(values[i].len, NGX_HTTP_CHAT_KEPT_VALUE);
        values[i].len = ngx_min(values[i].len, room);

        room -= values[i].len;
        size += values[i].len;
    }

    p = ngx_pnalloc(r->pool, size);
    if (p == NULL) {
        return kept;
    }

    kept.data = p;
    kept.len = size;

    for (i = 0; i < n; i++) {
        *p++ = (u_char) (values[i].len >> 8);
        *p++ = (u_char) (values[i].len & 0xff);

        if (values[i].len != 0) {
            p = ngx_cpymem(p, values[i].data, values[i].len);
        }
    }

    return kept;
}


ngx_chat_str_t
ngx_http_chat_kept_get(const ngx_chat_str_t *kept, ngx_uint_t number)
{
    const u_char    *p, *last;
    ngx_chat_str_t   value;

    p = kept->data;
    last = p + kept->len;

    for ( ;; ) {
        value.len = 0;
        value.data = NULL;

        if (last - p < 2) {
            return value;
        }

        value.len = ((size_t) p[0] << 8) + p[1];
        value.data = p + 2;

        if ((size_t) (last - value.data) < value.len) {
            value.len = 0;
            return value;
        }

        if (number == 0) {
            return value;
        }

        p = value.data + value.len;
        number--;
    }
}
