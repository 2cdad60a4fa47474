
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The directives of the HTTP API: where it is, and the keys of backends. */


#include "ngx_http_chat_conf.h"
#include "ngx_http_chat_api.h"
#include "ngx_chat_keys.h"


#define NGX_HTTP_CHAT_KEY_FILE_MAX  65536
#define NGX_HTTP_CHAT_KEYS_MAX      64


static char *ngx_http_chat_keys_read(ngx_conf_t *cf, ngx_str_t *file,
    ngx_str_t *text);
static char *ngx_http_chat_keys_take(ngx_conf_t *cf, ngx_str_t *file,
    ngx_str_t *text, ngx_array_t *keys);


char *
ngx_http_chat_set_api(ngx_conf_t *cf, ngx_command_t *cmd, void *data)
{
    ngx_http_chat_loc_conf_t *conf = data;

    ngx_http_core_loc_conf_t  *clcf;

    (void) cmd;

    if (conf->api) {
        return "is duplicate";
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->handler != NULL) {
        return "stands in a location that has another handler already: give "
               "the API a location of its own";
    }

    clcf->handler = ngx_http_chat_api_handler;
    conf->enable = 1;
    conf->api = 1;

    return NGX_CONF_OK;
}


char *
ngx_http_chat_check_api(ngx_conf_t *cf, ngx_http_chat_loc_conf_t *conf)
{
    ngx_uint_t                 prefix;
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    prefix = (clcf->name.len != 0 && clcf->name.data[0] == '/'
              && !clcf->exact_match);
#if (NGX_PCRE)
    prefix = prefix && clcf->regex == NULL;
#endif

    if (!prefix) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"chat_api\" needs a location that is the "
                           "beginning of its addresses, like \"location "
                           "/chat/api { chat_api; }\": no regular expression, "
                           "no \"=\", no name");
        return NGX_CONF_ERROR;
    }

    if (conf->format == NGX_HTTP_CHAT_FORMAT_RAW) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"chat_api\" needs \"chat_format json\": rooms "
                           "of raw locations have no API");
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* chat_api_key_file off | <file> */

char *
ngx_http_chat_set_api_keys(ngx_conf_t *cf, ngx_command_t *cmd, void *data)
{
    ngx_http_chat_loc_conf_t *conf = data;

    char         *rv;
    ngx_str_t     file, text, *value;
    ngx_array_t  *keys;

    (void) cmd;

    if (conf->api_keys != NGX_CONF_UNSET_PTR) {
        return "is duplicate: write all keys into one file";
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "off") == 0) {
        conf->api_keys = NULL;
        return NGX_CONF_OK;
    }

    file = value[1];

    if (ngx_conf_full_name(cf->cycle, &file, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    keys = ngx_array_create(cf->pool, 2, sizeof(ngx_chat_str_t));
    if (keys == NULL) {
        return NGX_CONF_ERROR;
    }

    rv = ngx_http_chat_keys_read(cf, &file, &text);

    if (rv == NGX_CONF_OK) {
        rv = ngx_http_chat_keys_take(cf, &file, &text, keys);
    }

    conf->api_keys = keys;

    return rv;
}


static char *
ngx_http_chat_keys_read(ngx_conf_t *cf, ngx_str_t *file, ngx_str_t *text)
{
    char      *rv;
    ssize_t    n;
    ngx_fd_t   fd;

    text->data = ngx_pnalloc(cf->pool, NGX_HTTP_CHAT_KEY_FILE_MAX + 1);
    if (text->data == NULL) {
        return NGX_CONF_ERROR;
    }

    fd = ngx_open_file(file->data, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           ngx_open_file_n " \"%V\" of \"chat_api_key_file\" "
                           "failed", file);
        return NGX_CONF_ERROR;
    }

    n = ngx_read_fd(fd, text->data, NGX_HTTP_CHAT_KEY_FILE_MAX + 1);
    rv = NGX_CONF_OK;

    if (n == -1) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           ngx_read_fd_n " \"%V\" of \"chat_api_key_file\" "
                           "failed", file);
        rv = NGX_CONF_ERROR;

    } else if (n > NGX_HTTP_CHAT_KEY_FILE_MAX) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the file \"%V\" of \"chat_api_key_file\" is above "
                           "64k: write a key into each of its lines, and "
                           "nothing else", file);
        rv = NGX_CONF_ERROR;
    }

    text->len = (size_t) ngx_max(n, 0);

    (void) ngx_close_file(fd);

    return rv;
}


static char *
ngx_http_chat_keys_take(ngx_conf_t *cf, ngx_str_t *file, ngx_str_t *text,
    ngx_array_t *keys)
{
    ngx_chat_str_t   key, *slot;
    ngx_chat_keys_e  rc;
    ngx_chat_keys_t  lines;

    lines.rest.data = text->data;
    lines.rest.len = text->len;
    lines.line = 0;

    for ( ;; ) {
        rc = ngx_chat_keys_next(&lines, &key);

        if (rc != NGX_CHAT_KEYS_FOUND) {
            break;
        }

        if (keys->nelts == NGX_HTTP_CHAT_KEYS_MAX) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "the file \"%V\" of \"chat_api_key_file\" has "
                               "more than %d keys: take out those that no "
                               "backend uses", file, NGX_HTTP_CHAT_KEYS_MAX);
            return NGX_CONF_ERROR;
        }

        slot = ngx_array_push(keys);
        if (slot == NULL) {
            return NGX_CONF_ERROR;
        }

        *slot = key;
    }

    if (rc == NGX_CHAT_KEYS_END && keys->nelts != 0) {
        return NGX_CONF_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "the file \"%V\" of \"chat_api_key_file\" %s in line "
                       "%ui: write one key a line, 32 to 256 characters of "
                       "A-Z, a-z, 0-9, - . _ ~ + / =, as \"openssl rand -hex "
                       "32\" makes them", file, ngx_chat_keys_reason(rc),
                       (ngx_uint_t) lines.line);

    return NGX_CONF_ERROR;
}
