
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The directive chat_join_request; see the header. */


#include "ngx_http_chat_conf.h"
#include "ngx_http_chat_conf_ask.h"
#include "ngx_http_chat_join.h"
#include "ngx_http_chat_metric.h"


/* milliseconds */
#define NGX_HTTP_CHAT_JOIN_CACHE_MIN    1000
#define NGX_HTTP_CHAT_JOIN_CACHE_MAX    (24 * 3600 * 1000)


static const char *ngx_http_chat_conf_join_parameter(
    ngx_http_chat_join_conf_t *join, ngx_str_t *value);


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

    ngx_http_chat_consents_init(&join->consents);

    /* each process has its own */
    cln->handler = ngx_http_chat_consents_clear;
    cln->data = &join->consents;

    conf->join = join;
    join->backend.hook = NGX_CHAT_METRIC_JOINS;

    fault = ngx_http_chat_conf_ask_uri(&join->backend, &value[1]);

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
ngx_http_chat_conf_join_parameter(ngx_http_chat_join_conf_t *join,
    ngx_str_t *value)
{
    ngx_int_t    n;
    const char  *fault;

    if (ngx_strncmp(value->data, "cache=", 6) == 0) {
        n = ngx_http_chat_conf_ask_time(value, 6,
                                        NGX_HTTP_CHAT_JOIN_CACHE_MIN,
                                        NGX_HTTP_CHAT_JOIN_CACHE_MAX);
        if (n == NGX_ERROR) {
            return "a time from 1s to 24h is needed";
        }

        join->consents.time = (ngx_msec_t) n;
        return NULL;
    }

    fault = NULL;

    if (ngx_http_chat_conf_ask_parameter(&join->backend, value, &fault)
        == NGX_OK)
    {
        return fault;
    }

    return "there are \"cache=\", \"max=\" and \"timeout=\"";
}
