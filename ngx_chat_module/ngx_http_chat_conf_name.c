
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Names that are kept from guests. */


#include "ngx_http_chat_conf.h"
#include "ngx_chat_text_like.h"


static ngx_int_t ngx_http_chat_reserve(ngx_conf_t *cf, ngx_array_t *reserved,
    const ngx_str_t *name);


/* what people would take for somebody of the site */

static const ngx_str_t  ngx_http_chat_reserved_usual[] = {
    ngx_string("admin"),
    ngx_string("administrator"),
    ngx_string("moderator"),
    ngx_string("mod"),
    ngx_string("owner"),
    ngx_string("system"),
    ngx_string("root"),
    ngx_string("support"),
    ngx_string("staff"),
    ngx_string("server"),
    ngx_string("guest-*"),
    ngx_null_string
};


/* chat_reserved_names off | <name> ... */

char *
ngx_http_chat_set_reserved(ngx_conf_t *cf, ngx_command_t *cmd, void *data)
{
    ngx_http_chat_loc_conf_t *conf = data;

    ngx_str_t   *value;
    ngx_uint_t   i;

    (void) cmd;

    if (conf->reserved != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;
    conf->reserved = ngx_array_create(cf->pool, cf->args->nelts - 1,
                                      sizeof(ngx_http_chat_reserved_t));
    if (conf->reserved == NULL) {
        return NGX_CONF_ERROR;
    }

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0) {
        return NGX_CONF_OK;
    }

    for (i = 1; i < cf->args->nelts; i++) {
        if (ngx_http_chat_reserve(cf, conf->reserved, &value[i]) != NGX_OK) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid name \"%V\" of "
                               "\"chat_reserved_names\": 1 to 32 visible "
                               "characters are needed, with \"*\" behind "
                               "them at most", &value[i]);
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


char *
ngx_http_chat_merge_reserved(ngx_conf_t *cf, ngx_http_chat_loc_conf_t *prev,
    ngx_http_chat_loc_conf_t *conf)
{
    const ngx_str_t            *name;
    ngx_http_chat_main_conf_t  *cmcf;

    ngx_conf_merge_ptr_value(conf->reserved, prev->reserved, NULL);

    if (conf->reserved != NULL || !conf->enable) {
        return NGX_CONF_OK;
    }

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_chat_module);

    if (cmcf->reserved == NULL) {

        if (!ngx_chat_text_name_prepare()) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "the tables of ICU cannot be loaded: there is "
                               "no memory left, or its data is not installed");
            return NGX_CONF_ERROR;
        }

        cmcf->reserved = ngx_array_create(cf->pool, 16,
                                          sizeof(ngx_http_chat_reserved_t));
        if (cmcf->reserved == NULL) {
            return NGX_CONF_ERROR;
        }

        for (name = ngx_http_chat_reserved_usual; name->len != 0; name++) {
            if (ngx_http_chat_reserve(cf, cmcf->reserved, name) != NGX_OK) {
                return NGX_CONF_ERROR;
            }
        }
    }

    conf->reserved = cmcf->reserved;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_chat_reserve(ngx_conf_t *cf, ngx_array_t *reserved,
    const ngx_str_t *name)
{
    size_t                     len;
    u_char                     shown[NGX_CHAT_TEXT_LIKE_SHOWN_MAX];
    u_char                     key[NGX_CHAT_TEXT_LIKE_KEY_MAX];
    ngx_uint_t                 begins;
    ngx_chat_str_t             part;
    ngx_http_chat_reserved_t  *r;

    part.len = name->len;
    part.data = name->data;
    begins = (part.len != 0 && part.data[part.len - 1] == '*');

    if (begins) {
        part.len--;
    }

    if (ngx_chat_text_name_shown(&part, shown, &part) != NGX_CHAT_TEXT_OK) {
        return NGX_ERROR;
    }

    len = ngx_chat_text_name_key(&part, key, sizeof(key));
    r = ngx_array_push(reserved);

    if (len == 0 || r == NULL) {
        return NGX_ERROR;
    }

    r->begins = begins & 1;
    r->key.len = len;
    r->key.data = ngx_pnalloc(cf->pool, len);

    if (r->key.data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(r->key.data, key, len);

    return NGX_OK;
}
