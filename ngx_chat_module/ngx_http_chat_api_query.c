
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The query and the headers of a request; see the header. */


#include "ngx_http_chat_api_query.h"
#include "ngx_chat_name.h"


/* seconds of a long poll */
#define NGX_HTTP_CHAT_API_WAIT_MAX  60


static ngx_chat_code_e ngx_http_chat_api_rooms_query(
    ngx_http_chat_api_t *api);
static ngx_chat_code_e ngx_http_chat_api_page_query(ngx_http_chat_api_t *api);
static ngx_chat_code_e ngx_http_chat_api_events_query(
    ngx_http_chat_api_t *api);
static ngx_chat_code_e ngx_http_chat_api_key(ngx_http_chat_api_t *api);
static ngx_int_t ngx_http_chat_api_number(ngx_http_request_t *r,
    const char *name, int64_t *number);
static ngx_int_t ngx_http_chat_api_text(ngx_http_request_t *r,
    const char *name, ngx_chat_str_t *text);


ngx_chat_code_e
ngx_http_chat_api_query(ngx_http_chat_api_t *api)
{
    ngx_int_t            rc;
    ngx_chat_command_t  *cmd;
    ngx_http_request_t  *r;

    r = api->request;
    cmd = &api->cmd;

    if (api->row->kind == NGX_HTTP_CHAT_KIND_SEND) {
        return ngx_http_chat_api_key(api);
    }

    if (api->row->method != NGX_HTTP_GET) {
        return NGX_CHAT_CODE_OK;
    }

    if (ngx_http_chat_api_number(r, "limit", &cmd->limit) == NGX_DECLINED) {
        cmd->why = "\"limit\" must be an integer from 0 to 2^53.";
        return NGX_CHAT_CODE_BAD_REQUEST;
    }

    if (api->route.resource == NGX_CHAT_ROUTE_EVENTS) {
        return ngx_http_chat_api_events_query(api);
    }

    if (api->route.resource == NGX_CHAT_ROUTE_MESSAGES) {
        return ngx_http_chat_api_page_query(api);
    }

    if (api->route.resource == NGX_CHAT_ROUTE_ROOMS) {
        return ngx_http_chat_api_rooms_query(api);
    }

    if (api->route.resource != NGX_CHAT_ROUTE_MEMBERS) {
        return NGX_CHAT_CODE_OK;
    }

    rc = ngx_http_chat_api_text(r, "after", &cmd->after_user);

    if (rc == NGX_DECLINED
        || (rc == NGX_OK && !ngx_chat_name_user_valid(&cmd->after_user)))
    {
        cmd->why = "\"after\" must be a user's id.";
        return NGX_CHAT_CODE_BAD_REQUEST;
    }

    return (rc == NGX_ERROR) ? NGX_CHAT_CODE_INTERNAL : NGX_CHAT_CODE_OK;
}


/* What a store's place looks like: a room's name, or a number. */

static ngx_chat_code_e
ngx_http_chat_api_rooms_query(ngx_http_chat_api_t *api)
{
    ngx_int_t            rc;
    ngx_chat_command_t  *cmd;

    cmd = &api->cmd;
    rc = ngx_http_chat_api_text(api->request, "after", &cmd->after_user);

    if (rc == NGX_DECLINED
        || (rc == NGX_OK && !ngx_chat_name_room_valid(&cmd->after_user)))
    {
        cmd->why = "\"after\" must be what \"Link\" said.";
        return NGX_CHAT_CODE_BAD_REQUEST;
    }

    return (rc == NGX_ERROR) ? NGX_CHAT_CODE_INTERNAL : NGX_CHAT_CODE_OK;
}


static ngx_chat_code_e
ngx_http_chat_api_page_query(ngx_http_chat_api_t *api)
{
    int64_t              wait;
    ngx_int_t            rc;
    ngx_chat_command_t  *cmd;
    ngx_http_request_t  *r;

    r = api->request;
    cmd = &api->cmd;

    if (ngx_http_chat_api_number(r, "before", &cmd->before) == NGX_DECLINED
        || ngx_http_chat_api_number(r, "after", &cmd->after) == NGX_DECLINED
        || (cmd->before >= 0 && cmd->after >= 0))
    {
        cmd->why = "One of \"before\" and \"after\" may be given, as an "
                   "integer from 0 to 2^53.";
        return NGX_CHAT_CODE_BAD_REQUEST;
    }

    rc = ngx_http_chat_api_text(r, "epoch", &cmd->epoch);

    if (rc == NGX_DECLINED
        || (rc == NGX_OK && !ngx_chat_name_epoch_valid(&cmd->epoch)))
    {
        cmd->why = "\"epoch\" must be 1 to 16 letters and digits.";
        return NGX_CHAT_CODE_BAD_REQUEST;
    }

    if (rc == NGX_ERROR) {
        return NGX_CHAT_CODE_INTERNAL;
    }

    rc = ngx_http_chat_api_number(r, "wait", &wait);

    if (rc == NGX_AGAIN) {
        return NGX_CHAT_CODE_OK;
    }

    if (rc != NGX_OK || wait < 1 || wait > NGX_HTTP_CHAT_API_WAIT_MAX
        || cmd->after < 0 || cmd->limit == 0)
    {
        cmd->why = "\"wait\" must be 1 to 60 seconds, for what comes after "
                   "the message \"after\".";
        return NGX_CHAT_CODE_BAD_REQUEST;
    }

    api->patience = (ngx_msec_t) wait * 1000;

    return NGX_CHAT_CODE_OK;
}


/* Where a stream goes on: what a browser sends by itself, or the query. */

static ngx_chat_code_e
ngx_http_chat_api_events_query(ngx_http_chat_api_t *api)
{
    u_char              *dot;
    ngx_int_t            after, epoch;
    ngx_str_t            value;
    ngx_chat_command_t  *cmd;

    cmd = &api->cmd;
    value.len = 0;

    if (ngx_http_chat_api_header(api->request, "last-event-id", &value) != 0
        && value.len != 0)
    {
        dot = ngx_strlchr(value.data, value.data + value.len, '.');

        if (dot != NULL) {
            cmd->epoch.data = value.data;
            cmd->epoch.len = (size_t) (dot - value.data);
            cmd->after = ngx_atoof(dot + 1, value.len - cmd->epoch.len - 1);
        }

        after = (dot != NULL) ? NGX_OK : NGX_DECLINED;
        epoch = NGX_OK;

    } else {
        after = ngx_http_chat_api_number(api->request, "after", &cmd->after);
        epoch = ngx_http_chat_api_text(api->request, "epoch", &cmd->epoch);
    }

    if (epoch == NGX_ERROR) {
        return NGX_CHAT_CODE_INTERNAL;
    }

    if (after == NGX_AGAIN && epoch == NGX_AGAIN) {
        return NGX_CHAT_CODE_OK;
    }

    if (after != NGX_OK || epoch != NGX_OK
        || cmd->after < 0 || cmd->after > NGX_CHAT_PROTO_INT_MAX
        || !ngx_chat_name_epoch_valid(&cmd->epoch))
    {
        cmd->why = "\"Last-Event-ID\" is the id of an event as it came; or "
                   "give \"after\", a message's number, together with its "
                   "\"epoch\".";
        return NGX_CHAT_CODE_BAD_REQUEST;
    }

    return NGX_CHAT_CODE_OK;
}


/* The draft of RFC wants quotes around it, most do without. */

static ngx_chat_code_e
ngx_http_chat_api_key(ngx_http_chat_api_t *api)
{
    ngx_str_t            value;
    ngx_uint_t           n;
    ngx_chat_command_t  *cmd;

    cmd = &api->cmd;
    n = ngx_http_chat_api_header(api->request, "idempotency-key", &value);

    if (n == 0) {
        return NGX_CHAT_CODE_OK;
    }

    if (value.len > 1 && value.data[0] == '"'
        && value.data[value.len - 1] == '"')
    {
        value.data++;
        value.len -= 2;
    }

    cmd->cid.data = value.data;
    cmd->cid.len = value.len;

    if (n == 1 && ngx_chat_name_cid_valid(&cmd->cid)) {
        return NGX_CHAT_CODE_OK;
    }

    cmd->why = "\"Idempotency-Key\" must be 1 to 64 letters, digits, \"_\" or "
               "\"-\", once.";

    return NGX_CHAT_CODE_BAD_REQUEST;
}


/* NGX_AGAIN: it is not there; NGX_DECLINED: it is none. */

static ngx_int_t
ngx_http_chat_api_number(ngx_http_request_t *r, const char *name,
    int64_t *number)
{
    off_t      n;
    ngx_str_t  value;

    if (ngx_http_arg(r, (u_char *) name, ngx_strlen(name), &value) != NGX_OK) {
        return NGX_AGAIN;
    }

    n = ngx_atoof(value.data, value.len);

    if (n == NGX_ERROR || n > NGX_CHAT_PROTO_INT_MAX) {
        return NGX_DECLINED;
    }

    *number = n;

    return NGX_OK;
}


/* The same, NGX_ERROR: no memory. */

static ngx_int_t
ngx_http_chat_api_text(ngx_http_request_t *r, const char *name,
    ngx_chat_str_t *text)
{
    u_char     *dst, *src;
    ngx_str_t   value;

    if (ngx_http_arg(r, (u_char *) name, ngx_strlen(name), &value) != NGX_OK) {
        return NGX_AGAIN;
    }

    if (value.len == 0) {
        return NGX_DECLINED;
    }

    dst = ngx_pnalloc(r->pool, value.len);
    if (dst == NULL) {
        return NGX_ERROR;
    }

    text->data = dst;
    src = value.data;

    ngx_unescape_uri(&dst, &src, value.len, 0);

    text->len = (size_t) (dst - text->data);

    return NGX_OK;
}


ngx_uint_t
ngx_http_chat_api_header(ngx_http_request_t *r, const char *name,
    ngx_str_t *value)
{
    size_t            len;
    ngx_uint_t        i, n;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    len = ngx_strlen(name);
    n = 0;

    for (part = &r->headers_in.headers.part; part != NULL; part = part->next)
    {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (h[i].key.len == len
                && ngx_strncmp(h[i].lowcase_key, name, len) == 0)
            {
                *value = h[i].value;
                n++;
            }
        }
    }

    return n;
}


ngx_uint_t
ngx_http_chat_api_json(const ngx_str_t *type)
{
    size_t      len;
    ngx_uint_t  i;

    static const ngx_str_t  types[] = {
        ngx_string("application/json"),
        ngx_string("application/merge-patch+json")
    };

    for (len = 0; len < type->len; len++) {
        if (type->data[len] == ';' || type->data[len] == ' '
            || type->data[len] == '\t')
        {
            break;
        }
    }

    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (len == types[i].len
            && ngx_strncasecmp(type->data, types[i].data, len) == 0)
        {
            return 1;
        }
    }

    return 0;
}
