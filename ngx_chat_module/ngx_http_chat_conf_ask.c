
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What the directives that name a location to be asked have in common. */


#include "ngx_http_chat_conf_ask.h"


/* milliseconds */
#define NGX_HTTP_CHAT_CONF_ASK_TIMEOUT      5000
#define NGX_HTTP_CHAT_CONF_ASK_TIMEOUT_MIN  100
#define NGX_HTTP_CHAT_CONF_ASK_TIMEOUT_MAX  (60 * 1000)

#define NGX_HTTP_CHAT_CONF_ASK_MAX          64
#define NGX_HTTP_CHAT_CONF_ASK_MAX_MAX      1000


const char *
ngx_http_chat_conf_ask_uri(ngx_http_chat_backend_t *backend, ngx_str_t *value)
{
    u_char  *p, *last;

    backend->timeout = NGX_HTTP_CHAT_CONF_ASK_TIMEOUT;
    backend->max = NGX_HTTP_CHAT_CONF_ASK_MAX;

    ngx_http_chat_ask_init(backend);

    last = value->data + value->len;

    if (value->len == 0 || value->data[0] != '/') {
        return "the URI of a location of this server is needed first, it "
               "begins with \"/\"";
    }

    if (ngx_strlchr(value->data, last, '$') != NULL) {
        return "the URI takes no variables, the location has $chat_user and "
               "$chat_room";
    }

    backend->uri = *value;

    p = ngx_strlchr(value->data, last, '?');

    if (p != NULL) {
        backend->uri.len = (size_t) (p - value->data);
        backend->args.data = p + 1;
        backend->args.len = (size_t) (last - (p + 1));
    }

    return NULL;
}


ngx_int_t
ngx_http_chat_conf_ask_parameter(ngx_http_chat_backend_t *backend,
    ngx_str_t *value, const char **fault)
{
    ngx_int_t  n;

    if (ngx_strncmp(value->data, "timeout=", 8) == 0) {
        n = ngx_http_chat_conf_ask_time(value, 8,
                                        NGX_HTTP_CHAT_CONF_ASK_TIMEOUT_MIN,
                                        NGX_HTTP_CHAT_CONF_ASK_TIMEOUT_MAX);
        if (n == NGX_ERROR) {
            *fault = "a time from 100ms to 1m is needed";
        }

        backend->timeout = (ngx_msec_t) n;
        return NGX_OK;
    }

    if (ngx_strncmp(value->data, "max=", 4) == 0) {
        n = ngx_atoi(value->data + 4, value->len - 4);

        if (n < 1 || n > NGX_HTTP_CHAT_CONF_ASK_MAX_MAX) {
            *fault = "a number from 1 to 1000 is needed";
        }

        backend->max = (ngx_uint_t) n;
        return NGX_OK;
    }

    return NGX_DECLINED;
}


ngx_int_t
ngx_http_chat_conf_ask_time(ngx_str_t *value, size_t skip, ngx_int_t low,
    ngx_int_t high)
{
    ngx_int_t  ms;
    ngx_str_t  time;

    time.data = value->data + skip;
    time.len = value->len - skip;

    ms = ngx_parse_time(&time, 0);

    return (ms >= low && ms <= high) ? ms : NGX_ERROR;
}
