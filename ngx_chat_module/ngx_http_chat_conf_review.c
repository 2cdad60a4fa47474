
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The directive chat_publish_request; see the header. */


#include "ngx_http_chat_conf.h"
#include "ngx_http_chat_conf_ask.h"
#include "ngx_http_chat_metric.h"
#include "ngx_http_chat_review.h"


static const char *ngx_http_chat_conf_review_parameter(
    ngx_http_chat_review_conf_t *review, ngx_str_t *value);


/*
 * chat_publish_request off
 *                      | <uri> [fail=open|closed] [max=<n>] [timeout=<t>]
 */

char *
ngx_http_chat_set_publish_request(ngx_conf_t *cf, ngx_command_t *cmd,
    void *data)
{
    ngx_http_chat_loc_conf_t *conf = data;

    ngx_str_t                    *value;
    ngx_uint_t                    i;
    const char                   *fault;
    ngx_http_chat_review_conf_t  *review;

    (void) cmd;

    if (conf->review != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0) {
        conf->review = NULL;
        return NGX_CONF_OK;
    }

    review = ngx_pcalloc(cf->pool, sizeof(ngx_http_chat_review_conf_t));
    if (review == NULL) {
        return NGX_CONF_ERROR;
    }

    conf->review = review;
    review->backend.hook = NGX_CHAT_METRIC_MESSAGES;

    fault = ngx_http_chat_conf_ask_uri(&review->backend, &value[1]);

    for (i = 2; fault == NULL && i < cf->args->nelts; i++) {
        fault = ngx_http_chat_conf_review_parameter(review, &value[i]);
    }

    if (fault == NULL) {
        return NGX_CONF_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid parameter \"%V\" of \"chat_publish_request\": "
                       "%s", &value[i == 2 ? 1 : i - 1], fault);

    return NGX_CONF_ERROR;
}


static const char *
ngx_http_chat_conf_review_parameter(ngx_http_chat_review_conf_t *review,
    ngx_str_t *value)
{
    const char  *fault;

    if (ngx_strcmp(value->data, "fail=open") == 0) {
        review->open = 1;
        return NULL;
    }

    if (ngx_strcmp(value->data, "fail=closed") == 0) {
        review->open = 0;
        return NULL;
    }

    fault = NULL;

    if (ngx_http_chat_conf_ask_parameter(&review->backend, value, &fault)
        == NGX_OK)
    {
        return fault;
    }

    return "there are \"fail=open\", \"fail=closed\", \"max=\" and "
           "\"timeout=\"";
}
