
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The directive chat_log_format; see the header. */


#include "ngx_http_chat_conf_log.h"


static ngx_http_chat_log_format_t *ngx_http_chat_conf_format_add(
    ngx_conf_t *cf, ngx_str_t *name);
static char *ngx_http_chat_conf_format_compile(ngx_conf_t *cf,
    ngx_http_chat_log_format_t *format, ngx_str_t *text);
static char *ngx_http_chat_conf_format_variable(ngx_conf_t *cf,
    ngx_http_chat_log_format_t *format, ngx_str_t *name);
static ngx_uint_t ngx_http_chat_conf_format_late(const ngx_str_t *name);


/* what is there without "chat_log_format" */

static ngx_str_t  ngx_http_chat_conf_plain[] = {
    ngx_string("$chat_time $chat_event $remote_addr $chat_transport "
               "$chat_session \"$chat_user\" \"$chat_room\" "),
    ngx_string("$chat_code $chat_cause $chat_duration "
               "$chat_received $chat_sent "),
    ngx_string("\"$chat_target\" $chat_setting $chat_until "
               "\"$chat_reason\""),
    ngx_null_string
};

static ngx_str_t  ngx_http_chat_conf_json[] = {
    ngx_string("{\"time\":\"$chat_time\",\"event\":\"$chat_event\","
               "\"address\":\"$remote_addr\","
               "\"transport\":\"$chat_transport\","),
    ngx_string("\"session\":\"$chat_session\",\"user\":\"$chat_user\","
               "\"name\":\"$chat_user_name\",\"actor\":\"$chat_actor\","
               "\"room\":\"$chat_room\","),
    ngx_string("\"code\":\"$chat_code\",\"cause\":\"$chat_cause\","
               "\"duration\":\"$chat_duration\","
               "\"received\":\"$chat_received\",\"sent\":\"$chat_sent\","),
    ngx_string("\"target\":\"$chat_target\",\"setting\":\"$chat_setting\","
               "\"until\":\"$chat_until\",\"reason\":\"$chat_reason\"}"),
    ngx_null_string
};


/* What nginx knows when a request ends, which is long after its last line. */

static const char *const  ngx_http_chat_conf_late[] = {
    "body_bytes_sent", "bytes_sent", "connection_time", "pipe",
    "request_completion", "request_time", "sent_http_", "sent_trailer_",
    "status", "upstream_", NULL
};


/* chat_log_format <name> [escape=default|json|none] <string> ... */

char *
ngx_http_chat_set_log_format(ngx_conf_t *cf, ngx_command_t *cmd, void *data)
{
    char                        *rv;
    ngx_str_t                   *value;
    ngx_uint_t                   i;
    ngx_http_chat_log_format_t  *format;

    (void) cmd;
    (void) data;

    value = cf->args->elts;

    if (ngx_http_chat_conf_format_known(cf) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    if (ngx_http_chat_conf_format_find(cf, &value[1]) != NULL) {
        return "has a name that is taken";
    }

    format = ngx_http_chat_conf_format_add(cf, &value[1]);
    if (format == NULL) {
        return NGX_CONF_ERROR;
    }

    i = 2;

    if (ngx_strncmp(value[2].data, "escape=", 7) == 0) {

        if (ngx_strcmp(value[2].data + 7, "json") == 0) {
            format->escape = NGX_HTTP_CHAT_ESCAPE_JSON;

        } else if (ngx_strcmp(value[2].data + 7, "none") == 0) {
            format->escape = NGX_HTTP_CHAT_ESCAPE_NONE;

        } else if (ngx_strcmp(value[2].data + 7, "default") != 0) {
            return "escapes by \"default\", \"json\" or \"none\"";
        }

        i = 3;
    }

    if (i == cf->args->nelts) {
        return "has no text";
    }

    for ( /* void */ ; i < cf->args->nelts; i++) {
        rv = ngx_http_chat_conf_format_compile(cf, format, &value[i]);

        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    return NGX_CONF_OK;
}


ngx_http_chat_log_format_t *
ngx_http_chat_conf_format_find(ngx_conf_t *cf, ngx_str_t *name)
{
    ngx_uint_t                    i;
    ngx_http_chat_main_conf_t    *cmcf;
    ngx_http_chat_log_format_t  **format;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_chat_module);
    format = cmcf->log_formats.elts;

    for (i = 0; i < cmcf->log_formats.nelts; i++) {

        if (format[i]->name.len == name->len
            && ngx_memcmp(format[i]->name.data, name->data, name->len) == 0)
        {
            return format[i];
        }
    }

    return NULL;
}


static ngx_http_chat_log_format_t *
ngx_http_chat_conf_format_add(ngx_conf_t *cf, ngx_str_t *name)
{
    ngx_http_chat_main_conf_t    *cmcf;
    ngx_http_chat_log_format_t   *format, **link;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_chat_module);

    link = ngx_array_push(&cmcf->log_formats);
    format = ngx_pcalloc(cf->pool, sizeof(ngx_http_chat_log_format_t));

    if (link == NULL || format == NULL
        || ngx_array_init(&format->pieces, cf->pool, 16,
                          sizeof(ngx_http_chat_log_piece_t)) != NGX_OK
        || ngx_array_init(&format->kept, cf->pool, 4,
                          sizeof(ngx_http_complex_value_t)) != NGX_OK)
    {
        return NULL;
    }

    format->name = *name;
    *link = format;

    return format;
}


/* The first of both directives makes the formats that are always there. */

char *
ngx_http_chat_conf_format_known(ngx_conf_t *cf)
{
    ngx_str_t                   *text;
    ngx_uint_t                   json;
    ngx_http_chat_main_conf_t   *cmcf;
    ngx_http_chat_log_format_t  *format;

    static ngx_str_t  names[] = {
        ngx_string(NGX_HTTP_CHAT_LOG_DEFAULT), ngx_string("json")
    };

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_chat_module);

    if (cmcf->log_formats.nelts != 0) {
        return NGX_CONF_OK;
    }

    for (json = 0; json < 2; json++) {
        format = ngx_http_chat_conf_format_add(cf, &names[json]);

        if (format == NULL) {
            return NGX_CONF_ERROR;
        }

        format->escape = json ? NGX_HTTP_CHAT_ESCAPE_JSON
                              : NGX_HTTP_CHAT_ESCAPE_DEFAULT;

        for (text = json ? ngx_http_chat_conf_json : ngx_http_chat_conf_plain;
             text->len != 0;
             text++)
        {
            if (ngx_http_chat_conf_format_compile(cf, format, text)
                != NGX_CONF_OK)
            {
                return NGX_CONF_ERROR;
            }
        }
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_chat_conf_format_compile(ngx_conf_t *cf,
    ngx_http_chat_log_format_t *format, ngx_str_t *text)
{
    u_char                     *p, *last, *end;
    ngx_str_t                   name;
    ngx_uint_t                  braces;
    ngx_http_chat_log_piece_t  *piece;

    last = text->data + text->len;

    for (p = text->data; p < last; p = end) {

        if (*p != '$') {
            end = ngx_strlchr(p, last, '$');

            if (end == NULL) {
                end = last;
            }

            piece = ngx_array_push(&format->pieces);
            if (piece == NULL) {
                return NGX_CONF_ERROR;
            }

            ngx_memzero(piece, sizeof(ngx_http_chat_log_piece_t));

            piece->text.data = p;
            piece->text.len = (size_t) (end - p);

            continue;
        }

        p++;
        braces = (p < last && *p == '{');
        p += braces;

        for (end = p; end < last; end++) {

            if (!(*end >= 'a' && *end <= 'z') && !(*end >= 'A' && *end <= 'Z')
                && !(*end >= '0' && *end <= '9') && *end != '_')
            {
                break;
            }
        }

        name.data = p;
        name.len = (size_t) (end - p);

        if (name.len == 0 || (braces && (end == last || *end != '}'))) {
            return "has a \"$\" without the name of a variable";
        }

        end += braces;

        if (ngx_http_chat_conf_format_variable(cf, format, &name)
            != NGX_CONF_OK)
        {
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_chat_conf_format_variable(ngx_conf_t *cf,
    ngx_http_chat_log_format_t *format, ngx_str_t *name)
{
    u_char                     *p;
    ngx_str_t                   text;
    ngx_http_chat_log_piece_t  *piece;

    piece = ngx_array_push(&format->pieces);
    if (piece == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(piece, sizeof(ngx_http_chat_log_piece_t));

    piece->value = ngx_http_chat_log_value(name);

    if (piece->value != NULL) {
        return NGX_CONF_OK;
    }

    if (ngx_http_chat_conf_format_late(name)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"$%V\" cannot be had in a \"chat_log_format\": "
                           "its lines are written while the connection lives, "
                           "or of what never was a connection", name);
        return NGX_CONF_ERROR;
    }

    /* "${name}" */

    text.len = name->len + 3;
    text.data = ngx_pnalloc(cf->pool, text.len);
    if (text.data == NULL) {
        return NGX_CONF_ERROR;
    }

    p = ngx_cpymem(text.data, "${", 2);
    p = ngx_cpymem(p, name->data, name->len);
    *p = '}';

    piece->kept = format->kept.nelts;

    return (ngx_http_chat_conf_complex(cf, &format->kept, &text) == NGX_OK)
           ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static ngx_uint_t
ngx_http_chat_conf_format_late(const ngx_str_t *name)
{
    size_t              len;
    const char *const  *late;

    for (late = ngx_http_chat_conf_late; *late != NULL; late++) {
        len = ngx_strlen(*late);

        if (name->len >= len && ngx_strncmp(name->data, *late, len) == 0
            && (name->len == len || (*late)[len - 1] == '_'))
        {
            return 1;
        }
    }

    return 0;
}


ngx_int_t
ngx_http_chat_conf_complex(ngx_conf_t *cf, ngx_array_t *values,
    ngx_str_t *text)
{
    ngx_http_compile_complex_value_t  ccv;

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = text;
    ccv.complex_value = ngx_array_push(values);

    if (ccv.complex_value == NULL) {
        return NGX_ERROR;
    }

    return ngx_http_compile_complex_value(&ccv);
}
