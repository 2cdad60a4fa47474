
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The directives that no stock slot of nginx can set. */


#include "ngx_http_chat_conf.h"
#include "ngx_chat_name.h"
#include "ngx_chat_origin.h"


char *
ngx_http_chat_set_chat(ngx_conf_t *cf, ngx_command_t *cmd, void *data)
{
    ngx_http_chat_loc_conf_t *conf = data;

    ngx_http_core_loc_conf_t  *clcf;

    (void) cmd;

    if (conf->enable && !conf->api) {
        return "is duplicate";
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->handler != NULL) {
        return "stands in a location that has another handler already: give "
               "the chat a location of its own";
    }

    clcf->handler = ngx_http_chat_handler;
    conf->enable = 1;

    return NGX_CONF_OK;
}


/* chat_history off | <count> [<time>] */

char *
ngx_http_chat_set_history(ngx_conf_t *cf, ngx_command_t *cmd, void *data)
{
    ngx_http_chat_loc_conf_t *conf = data;

    time_t      time;
    ngx_int_t   count;
    ngx_str_t  *value;

    (void) cmd;

    if (conf->keep.count != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "off") == 0 && cf->args->nelts == 2) {
        conf->keep.count = 0;
        return NGX_CONF_OK;
    }

    count = ngx_atoi(value[1].data, value[1].len);

    if (count < 1 || count > 1000000) {
        return "needs a number of messages from 1 to 1000000, or \"off\"";
    }

    conf->keep.count = (ngx_uint_t) count;

    if (cf->args->nelts == 2) {
        return NGX_CONF_OK;
    }

    time = ngx_parse_time(&value[2], 1);

    if (time < 1 || time > 366 * 24 * 3600) {
        return "needs a time from 1s to 366d behind the number of messages";
    }

    conf->keep.time = time;

    return NGX_CONF_OK;
}


char *
ngx_http_chat_set_origin(ngx_conf_t *cf, ngx_command_t *cmd, void *data)
{
    ngx_http_chat_loc_conf_t *conf = data;

    ngx_str_t        *value;
    ngx_uint_t        i;
    const char       *fault;
    ngx_chat_str_t   *pattern, str;

    (void) cmd;

    if (conf->origin != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (cf->args->nelts == 2) {

        if (ngx_strcmp(value[1].data, "same_host") == 0) {
            conf->origin = NGX_HTTP_CHAT_ORIGIN_SAME_HOST;
            return NGX_CONF_OK;
        }

        if (ngx_strcmp(value[1].data, "any") == 0) {
            conf->origin = NGX_HTTP_CHAT_ORIGIN_ANY;
            return NGX_CONF_OK;
        }

        if (ngx_strcmp(value[1].data, "none") == 0) {
            conf->origin = NGX_HTTP_CHAT_ORIGIN_NONE;
            return NGX_CONF_OK;
        }
    }

    conf->origin = NGX_HTTP_CHAT_ORIGIN_LIST;
    conf->origins = ngx_array_create(cf->pool, cf->args->nelts - 1,
                                     sizeof(ngx_chat_str_t));
    if (conf->origins == NULL) {
        return NGX_CONF_ERROR;
    }

    for (i = 1; i < cf->args->nelts; i++) {
        str.len = value[i].len;
        str.data = value[i].data;

        if (ngx_strcmp(value[i].data, "any") == 0
            || ngx_strcmp(value[i].data, "none") == 0)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"%V\" of \"chat_origin\" stands alone: take "
                               "it out, or all others", &value[i]);
            return NGX_CONF_ERROR;
        }

        if (ngx_strcmp(value[i].data, "same_host") == 0) {
            conf->origin_same_host = 1;
            continue;
        }

        fault = ngx_chat_origin_pattern_fault(&str);

        if (fault != NULL) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid origin \"%V\" of \"chat_origin\": it "
                               "%s; write it like https://chat.example, "
                               "chat.example:8443 or *.chat.example",
                               &value[i], fault);
            return NGX_CONF_ERROR;
        }

        pattern = ngx_array_push(conf->origins);
        if (pattern == NULL) {
            return NGX_CONF_ERROR;
        }

        *pattern = str;
    }

    return NGX_CONF_OK;
}


char *
ngx_http_chat_set_presence(ngx_conf_t *cf, ngx_command_t *cmd, void *data)
{
    ngx_http_chat_loc_conf_t *conf = data;

    ngx_int_t   max;
    ngx_str_t  *value;

    (void) cmd;

    if (conf->presence != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "on") == 0) {
        conf->presence = NGX_HTTP_CHAT_PRESENCE_ON;

    } else if (ngx_strcmp(value[1].data, "count") == 0) {
        conf->presence = NGX_HTTP_CHAT_PRESENCE_COUNT;

    } else if (ngx_strcmp(value[1].data, "off") == 0) {
        conf->presence = NGX_HTTP_CHAT_PRESENCE_OFF;

    } else {
        return "needs \"on\", \"count\" or \"off\"";
    }

    if (cf->args->nelts == 2) {
        return NGX_CONF_OK;
    }

    if (value[2].len < 5 || ngx_strncmp(value[2].data, "max=", 4) != 0) {
        return "knows only \"max=\" as second parameter";
    }

    max = ngx_atoi(value[2].data + 4, value[2].len - 4);

    if (max < 1 || max > 1000) {
        return "needs a \"max=\" of 1 to 1000";
    }

    conf->presence_max = (ngx_uint_t) max;

    return NGX_CONF_OK;
}


char *
ngx_http_chat_check_bounds(ngx_conf_t *cf, void *post, void *data)
{
    ngx_http_chat_bounds_t *bounds = post;

    size_t      value;
    ngx_str_t  *name;

    value = *(size_t *) data;

    if ((value == 0 && bounds->zero)
        || (value >= bounds->low && value <= bounds->high))
    {
        return NGX_CONF_OK;
    }

    name = cf->args->elts;

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"%V\" must be %s", name,
                       bounds->range);

    return NGX_CONF_ERROR;
}


char *
ngx_http_chat_check_room(ngx_conf_t *cf, void *post, void *data)
{
    ngx_str_t       *room = data;

    ngx_chat_str_t   str;

    (void) post;

    str.len = room->len;
    str.data = room->data;

    if (ngx_chat_name_room_valid(&str)) {
        return NGX_CONF_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid room \"%V\": 1 to 64 characters of A-Z, a-z, "
                       "0-9, . _ ~ - are needed, a letter or digit first",
                       room);

    return NGX_CONF_ERROR;
}
