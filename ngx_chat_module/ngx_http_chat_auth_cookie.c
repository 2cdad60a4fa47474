
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Cookies that are there twice: a page of a neighbouring site can add one to
 * those of the user, and nobody knows which is whose.
 */


#include "ngx_http_chat_auth.h"


#define NGX_HTTP_CHAT_AUTH_COOKIE  "cookie_"


static ngx_uint_t ngx_http_chat_auth_cookie_twice(ngx_http_request_t *r,
    ngx_str_t *name);
static ngx_uint_t ngx_http_chat_auth_cookie_differs(ngx_str_t *line,
    ngx_str_t *name, ngx_str_t *first);


/* Which cookies the configuration reads, wherever: "chat_user", a "map". */

ngx_int_t
ngx_http_chat_auth_cookie_init(ngx_conf_t *cf)
{
    size_t                      len;
    ngx_str_t                  *name;
    ngx_uint_t                  i;
    ngx_http_variable_t        *v;
    ngx_http_chat_main_conf_t  *cmcf;
    ngx_http_core_main_conf_t  *core;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_chat_module);
    core = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    len = sizeof(NGX_HTTP_CHAT_AUTH_COOKIE) - 1;
    v = core->variables.elts;

    for (i = 0; i < core->variables.nelts; i++) {

        if (v[i].name.len <= len
            || ngx_strncmp(v[i].name.data, NGX_HTTP_CHAT_AUTH_COOKIE, len)
               != 0)
        {
            continue;
        }

        name = ngx_array_push(&cmcf->cookies);
        if (name == NULL) {
            return NGX_ERROR;
        }

        name->data = v[i].name.data + len;
        name->len = v[i].name.len - len;
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_chat_auth_cookies(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx)
{
    ngx_str_t                  *name;
    ngx_uint_t                  i;
    ngx_http_chat_main_conf_t  *cmcf;

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_chat_module);
    name = cmcf->cookies.elts;

    for (i = 0; i < cmcf->cookies.nelts; i++) {

        if (ngx_http_chat_auth_cookie_twice(r, &name[i])) {
            return ngx_http_chat_auth_refuse(ctx, NGX_HTTP_BAD_REQUEST,
                       "bad_request",
                       "A cookie is given twice, and the two differ: delete "
                       "the cookies of this site.");
        }
    }

    return NGX_AGAIN;
}


static ngx_uint_t
ngx_http_chat_auth_cookie_twice(ngx_http_request_t *r, ngx_str_t *name)
{
    ngx_str_t         first;
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    ngx_str_null(&first);

    for (part = &r->headers_in.headers.part; part != NULL; part = part->next)
    {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (h[i].key.len == sizeof("cookie") - 1
                && ngx_strncmp(h[i].lowcase_key, "cookie",
                               sizeof("cookie") - 1) == 0
                && ngx_http_chat_auth_cookie_differs(&h[i].value, name,
                                                     &first))
            {
                return 1;
            }
        }
    }

    return 0;
}


/* RFC 6265, 4.2.1.  Syntax; nginx takes names in any case. */

static ngx_uint_t
ngx_http_chat_auth_cookie_differs(ngx_str_t *line, ngx_str_t *name,
    ngx_str_t *first)
{
    u_char     *p, *end, *last;
    ngx_str_t   value;

    last = line->data + line->len;

    for (p = line->data; p < last; p = end + 1) {
        end = ngx_strlchr(p, last, ';');

        if (end == NULL) {
            end = last;
        }

        while (p < end && *p == ' ') {
            p++;
        }

        if ((size_t) (end - p) <= name->len
            || p[name->len] != '='
            || ngx_strncasecmp(p, name->data, name->len) != 0)
        {
            continue;
        }

        value.data = p + name->len + 1;
        value.len = (size_t) (end - value.data);

        if (first->data == NULL) {
            *first = value;

        } else if (first->len != value.len
                   || ngx_memcmp(first->data, value.data, value.len) != 0)
        {
            return 1;
        }
    }

    return 0;
}
