
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The directive chat_join_request; see the header. */


#include "ngx_http_chat_conf.h"
#include "ngx_http_chat_join.h"


/* milliseconds */
#define NGX_HTTP_CHAT_JOIN_TIMEOUT      5000
#define NGX_HTTP_CHAT_JOIN_TIMEOUT_MIN  100
#define NGX_HTTP_CHAT_JOIN_TIMEOUT_MAX  (60 * 1000)
#define NGX_HTTP_CHAT_JOIN_CACHE_MIN    1000
#define NGX_HTTP_CHAT_JOIN_CACHE_MAX    (24 * 3600 * 1000)

#define NGX_HTTP_CHAT_JOIN_MAX          64
#define NGX_HTTP_CHAT_JOIN_MAX_MAX      1000


static const char *ngx_http_chat_conf_join_uri(
    ngx_http_chat_join_conf_t *join, ngx_str_t *value);
static const char *ngx_http_chat_conf_join_parameter(
    ngx_http_chat_join_conf_t *join, ngx_str_t *value);
static ngx_int_t ngx_http_chat_conf_join_time(ngx_str_t *value, size_t skip,
    ngx_int_t low, ngx_int_t high);


/* chat_join_request off | <uri> [cache=<t>] [max=<n>] [timeout=<t>] */

char *
ngx_http_chat_set_join_request(ngx_conf_t *cf, ngx_command_t *cmd, void *data)
{
    ngx_http_chat_loc_conf_t *conf = data;

    ngx_str_t                  *value;
    ngx_uint_t                  i;
    const char                 *fault;
    ngx_pool_cleanup_t         *cln;
    ngx_http_chat_join_conf_t  *join;

    (void) cmd;

    if (conf->join != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0) {
        conf->join = NULL;
        return NGX_CONF_OK;
    }

    join = ngx_pcalloc(cf->pool, sizeof(ngx_http_chat_join_conf_t));
    cln = ngx_pool_cleanup_add(cf->pool, 0);

    if (join == NULL || cln == NULL) {
        return NGX_CONF_ERROR;
    }

    join->backend.timeout = NGX_HTTP_CHAT_JOIN_TIMEOUT;
    join->backend.max = NGX_HTTP_CHAT_JOIN_MAX;

    ngx_http_chat_ask_init(&join->backend);
    ngx_http_chat_consents_init(&join->consents);

    /* each process has its own */
    cln->handler = ngx_http_chat_consents_clear;
    cln->data = &join->consents;

    conf->join = join;

    fault = ngx_http_chat_conf_join_uri(join, &value[1]);

    for (i = 2; fault == NULL && i < cf->args->nelts; i++) {
        fault = ngx_http_chat_conf_join_parameter(join, &value[i]);
    }

    if (fault == NULL) {
        return NGX_CONF_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid parameter \"%V\" of \"chat_join_request\": %s",
                       &value[i == 2 ? 1 : i - 1], fault);

    return NGX_CONF_ERROR;
}


static const char *
ngx_http_chat_conf_join_uri(ngx_http_chat_join_conf_t *join, ngx_str_t *value)
{
    u_char  *p, *last;

    last = value->data + value->len;

    if (value->len == 0 || value->data[0] != '/') {
        return "the URI of a location of this server is needed first, it "
               "begins with \"/\"";
    }

    if (ngx_strlchr(value->data, last, '$') != NULL) {
        return "the URI takes no variables, the location has $chat_user and "
               "$chat_room";
    }

    join->backend.uri = *value;

    p = ngx_strlchr(value->data, last, '?');

    if (p != NULL) {
        join->backend.uri.len = (size_t) (p - value->data);
        join->backend.args.data = p + 1;
        join->backend.args.len = (size_t) (last - (p + 1));
    }

    return NULL;
}


static const char *
ngx_http_chat_conf_join_parameter(ngx_http_chat_join_conf_t *join,
    ngx_str_t *value)
{
    ngx_int_t  n;

    if (ngx_strncmp(value->data, "cache=", 6) == 0) {
        n = ngx_http_chat_conf_join_time(value, 6,
                                         NGX_HTTP_CHAT_JOIN_CACHE_MIN,
                                         NGX_HTTP_CHAT_JOIN_CACHE_MAX);
        if (n == NGX_ERROR) {
            return "a time from 1s to 24h is needed";
        }

        join->consents.time = (ngx_msec_t) n;
        return NULL;
    }

    if (ngx_strncmp(value->data, "timeout=", 8) == 0) {
        n = ngx_http_chat_conf_join_time(value, 8,
                                         NGX_HTTP_CHAT_JOIN_TIMEOUT_MIN,
                                         NGX_HTTP_CHAT_JOIN_TIMEOUT_MAX);
        if (n == NGX_ERROR) {
            return "a time from 100ms to 1m is needed";
        }

        join->backend.timeout = (ngx_msec_t) n;
        return NULL;
    }

    if (ngx_strncmp(value->data, "max=", 4) == 0) {
        n = ngx_atoi(value->data + 4, value->len - 4);

        if (n < 1 || n > NGX_HTTP_CHAT_JOIN_MAX_MAX) {
            return "a number from 1 to 1000 is needed";
        }

        join->backend.max = (ngx_uint_t) n;
        return NULL;
    }

    return "there are \"cache=\", \"max=\" and \"timeout=\"";
}


static ngx_int_t
ngx_http_chat_conf_join_time(ngx_str_t *value, size_t skip, ngx_int_t low,
    ngx_int_t high)
{
    ngx_int_t  ms;
    ngx_str_t  time;

    time.data = value->data + skip;
    time.len = value->len - skip;

    ms = ngx_parse_time(&time, 0);

    return (ms >= low && ms <= high) ? ms : NGX_ERROR;
}
