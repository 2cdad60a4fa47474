
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The HTTP API: its table, and the way of a request into it. */


#include "ngx_http_chat_api.h"
#include "ngx_http_chat_api_query.h"
#include "ngx_http_chat_handshake.h"
#include "ngx_http_chat_metric.h"


#define NGX_HTTP_CHAT_API_ROWS                                                \
    (sizeof(ngx_http_chat_api_rows) / sizeof(ngx_http_chat_api_row_t))


typedef struct {
    ngx_uint_t    method;
    const char   *name;
} ngx_http_chat_api_method_t;


static ngx_http_chat_api_t *ngx_http_chat_api_create(ngx_http_request_t *r);
static ngx_int_t ngx_http_chat_api_route(ngx_http_chat_api_t *api);
static ngx_int_t ngx_http_chat_api_method(ngx_http_chat_api_t *api);
static ngx_int_t ngx_http_chat_api_allow(ngx_http_chat_api_t *api);
static ngx_int_t ngx_http_chat_api_head(ngx_http_chat_api_t *api);
static ngx_int_t ngx_http_chat_api_early(ngx_http_chat_api_t *api,
    ngx_chat_code_e code, const char *why);
static void ngx_http_chat_api_body(ngx_http_request_t *r);
static ngx_int_t ngx_http_chat_api_gather(ngx_http_request_t *r,
    ngx_chat_str_t *body);
static void ngx_http_chat_api_begin(ngx_http_chat_api_t *api,
    const ngx_chat_str_t *body);


/* of a resource those with GET come first */

static const ngx_http_chat_api_row_t  ngx_http_chat_api_rows[] = {

    { NGX_CHAT_ROUTE_ME, NGX_HTTP_GET,
      NGX_HTTP_CHAT_KIND_OTHER, NGX_CHAT_BODY_NONE,
      ngx_http_chat_api_me },

    { NGX_CHAT_ROUTE_ROOMS, NGX_HTTP_GET,
      NGX_HTTP_CHAT_KIND_OTHER, NGX_CHAT_BODY_NONE,
      ngx_http_chat_api_rooms },

    { NGX_CHAT_ROUTE_ROOM, NGX_HTTP_GET,
      NGX_HTTP_CHAT_KIND_OTHER, NGX_CHAT_BODY_NONE,
      ngx_http_chat_api_room },

    { NGX_CHAT_ROUTE_ROOM, NGX_HTTP_PATCH,
      NGX_HTTP_CHAT_KIND_OTHER, NGX_CHAT_BODY_ROOM,
      ngx_http_chat_api_configure },

    { NGX_CHAT_ROUTE_ROOM, NGX_HTTP_DELETE,
      NGX_HTTP_CHAT_KIND_OTHER, NGX_CHAT_BODY_ACT,
      ngx_http_chat_api_act },

    { NGX_CHAT_ROUTE_MESSAGES, NGX_HTTP_GET,
      NGX_HTTP_CHAT_KIND_HISTORY, NGX_CHAT_BODY_NONE,
      ngx_http_chat_api_page },

    { NGX_CHAT_ROUTE_MESSAGES, NGX_HTTP_POST,
      NGX_HTTP_CHAT_KIND_SEND, NGX_CHAT_BODY_MESSAGE,
      ngx_http_chat_api_publish },

    { NGX_CHAT_ROUTE_MESSAGE, NGX_HTTP_GET,
      NGX_HTTP_CHAT_KIND_HISTORY, NGX_CHAT_BODY_NONE,
      ngx_http_chat_api_message },

    { NGX_CHAT_ROUTE_MESSAGE, NGX_HTTP_PATCH,
      NGX_HTTP_CHAT_KIND_SEND, NGX_CHAT_BODY_EDIT,
      ngx_http_chat_api_change },

    { NGX_CHAT_ROUTE_MESSAGE, NGX_HTTP_DELETE,
      NGX_HTTP_CHAT_KIND_SEND, NGX_CHAT_BODY_ACT,
      ngx_http_chat_api_change },

    { NGX_CHAT_ROUTE_EVENTS, NGX_HTTP_GET,
      NGX_HTTP_CHAT_KIND_JOIN, NGX_CHAT_BODY_NONE,
      ngx_http_chat_api_events },

    { NGX_CHAT_ROUTE_MEMBERS, NGX_HTTP_GET,
      NGX_HTTP_CHAT_KIND_OTHER, NGX_CHAT_BODY_NONE,
      ngx_http_chat_api_members },

    { NGX_CHAT_ROUTE_MEMBER, NGX_HTTP_DELETE,
      NGX_HTTP_CHAT_KIND_OTHER, NGX_CHAT_BODY_ACT,
      ngx_http_chat_api_act },

    { NGX_CHAT_ROUTE_BAN, NGX_HTTP_GET,
      NGX_HTTP_CHAT_KIND_OTHER, NGX_CHAT_BODY_NONE,
      ngx_http_chat_api_term },

    { NGX_CHAT_ROUTE_BAN, NGX_HTTP_PUT,
      NGX_HTTP_CHAT_KIND_OTHER, NGX_CHAT_BODY_TERM,
      ngx_http_chat_api_act },

    { NGX_CHAT_ROUTE_BAN, NGX_HTTP_DELETE,
      NGX_HTTP_CHAT_KIND_OTHER, NGX_CHAT_BODY_ACT,
      ngx_http_chat_api_act },

    { NGX_CHAT_ROUTE_MUTE, NGX_HTTP_GET,
      NGX_HTTP_CHAT_KIND_OTHER, NGX_CHAT_BODY_NONE,
      ngx_http_chat_api_term },

    { NGX_CHAT_ROUTE_MUTE, NGX_HTTP_PUT,
      NGX_HTTP_CHAT_KIND_OTHER, NGX_CHAT_BODY_TERM,
      ngx_http_chat_api_act },

    { NGX_CHAT_ROUTE_MUTE, NGX_HTTP_DELETE,
      NGX_HTTP_CHAT_KIND_OTHER, NGX_CHAT_BODY_ACT,
      ngx_http_chat_api_act },

    { NGX_CHAT_ROUTE_ROLE, NGX_HTTP_GET,
      NGX_HTTP_CHAT_KIND_OTHER, NGX_CHAT_BODY_NONE,
      ngx_http_chat_api_role },

    { NGX_CHAT_ROUTE_ROLE, NGX_HTTP_PUT,
      NGX_HTTP_CHAT_KIND_OTHER, NGX_CHAT_BODY_ROLE,
      ngx_http_chat_api_act },

    { NGX_CHAT_ROUTE_ROLE, NGX_HTTP_DELETE,
      NGX_HTTP_CHAT_KIND_OTHER, NGX_CHAT_BODY_ACT,
      ngx_http_chat_api_act },

    { NGX_CHAT_ROUTE_ACTS, NGX_HTTP_GET,
      NGX_HTTP_CHAT_KIND_OTHER, NGX_CHAT_BODY_NONE,
      ngx_http_chat_api_acts },

    { NGX_CHAT_ROUTE_CONNECTIONS, NGX_HTTP_DELETE,
      NGX_HTTP_CHAT_KIND_OTHER, NGX_CHAT_BODY_ACT,
      ngx_http_chat_api_act }
};


static const ngx_http_chat_api_method_t  ngx_http_chat_api_methods[] = {
    { NGX_HTTP_GET, "GET, HEAD, " },
    { NGX_HTTP_POST, "POST, " },
    { NGX_HTTP_PUT, "PUT, " },
    { NGX_HTTP_PATCH, "PATCH, " },
    { NGX_HTTP_DELETE, "DELETE, " }
};


ngx_int_t
ngx_http_chat_api_handler(ngx_http_request_t *r)
{
    ngx_int_t             rc;
    ngx_http_chat_api_t  *api;

    if (r != r->main) {
        return NGX_HTTP_NOT_FOUND;
    }

    api = ngx_http_chat_api_create(r);
    if (api == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_chat_api_route(api);

    if (rc == NGX_OK) {
        rc = ngx_http_chat_api_method(api);
    }

    if (rc == NGX_OK) {
        rc = ngx_http_chat_api_who(api);
    }

    if (rc == NGX_OK) {
        rc = ngx_http_chat_api_head(api);
    }

    if (rc == NGX_OK && api->route.resource == NGX_CHAT_ROUTE_EVENTS) {
        rc = ngx_http_chat_api_listens(api);
    }

    if (rc != NGX_OK) {
        return rc;
    }

    r->request_body_in_single_buf = 1;

    rc = ngx_http_read_client_request_body(r, ngx_http_chat_api_body);

    return (rc >= NGX_HTTP_SPECIAL_RESPONSE) ? rc : NGX_DONE;
}


static ngx_http_chat_api_t *
ngx_http_chat_api_create(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t        *cln;
    ngx_http_chat_api_t       *api;
    ngx_http_chat_loc_conf_t  *conf;

    api = ngx_pcalloc(r->pool, sizeof(ngx_http_chat_api_t));
    cln = ngx_pool_cleanup_add(r->pool, 0);

    if (api == NULL || cln == NULL) {
        return NULL;
    }

    cln->handler = ngx_http_chat_api_end;
    cln->data = api;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_chat_module);

    /* questions to the site begin in this location, too */

    conf->main_conf = r->main_conf;
    conf->srv_conf = r->srv_conf;
    conf->loc_conf = r->loc_conf;

    api->request = r;
    api->ctx.conf = conf;

    ngx_http_set_ctx(r, &api->ctx, ngx_http_chat_module);

    return api;
}


/*
 * The path as the client wrote it, for nginx's own form of it has lost which
 * slashes were a part of a name; a path that the configuration has rewritten
 * is that form, and all there is.
 */

static ngx_int_t
ngx_http_chat_api_route(ngx_http_chat_api_t *api)
{
    u_char                    *buf, *query;
    ngx_str_t                  text;
    ngx_chat_path_t            path;
    ngx_chat_code_e            code;
    ngx_http_request_t        *r;
    ngx_http_core_loc_conf_t  *clcf;

    r = api->request;
    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    text = r->valid_unparsed_uri ? r->unparsed_uri : r->uri;

    if (r->valid_unparsed_uri) {
        query = ngx_strlchr(text.data, text.data + text.len, '?');

        if (query != NULL) {
            text.len = (size_t) (query - text.data);
        }
    }

    path.text.data = text.data;
    path.text.len = text.len;
    path.prefix.data = clcf->name.data;
    path.prefix.len = clcf->name.len;
    path.encoded = r->valid_unparsed_uri & 1;

    buf = ngx_pnalloc(r->pool, text.len);
    if (buf == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    code = ngx_chat_route(&api->route, buf, &path);

    if (code != NGX_CHAT_CODE_OK) {
        return ngx_http_chat_api_early(api, code, api->route.why);
    }

    api->ctx.room.data = (u_char *) api->route.room.data;
    api->ctx.room.len = api->route.room.len;

    return NGX_OK;
}


static ngx_int_t
ngx_http_chat_api_early(ngx_http_chat_api_t *api, ngx_chat_code_e code,
    const char *why)
{
    const ngx_chat_code_t  *row;

    row = ngx_chat_proto_code(code);

    return ngx_http_chat_handshake_refuse(api->request, row->status, row->name,
                                          (why != NULL) ? why : row->message,
                                          0);
}


static ngx_int_t
ngx_http_chat_api_method(ngx_http_chat_api_t *api)
{
    ngx_uint_t                      i, method;
    const ngx_http_chat_api_row_t  *row;

    method = api->request->method;

    if (method == NGX_HTTP_HEAD) {
        method = NGX_HTTP_GET;
    }

    for (i = 0; i < NGX_HTTP_CHAT_API_ROWS; i++) {
        row = &ngx_http_chat_api_rows[i];

        if (row->resource == api->route.resource && row->method == method) {
            api->row = row;
            return NGX_OK;
        }
    }

    if (ngx_http_chat_api_allow(api) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (method == NGX_HTTP_OPTIONS) {
        /* no word of other origins: no page of theirs may call */

        ngx_http_chat_api_unread(api);
        ngx_http_chat_api_empty(api, NGX_HTTP_NO_CONTENT);

        return NGX_DONE;
    }

    return ngx_http_chat_handshake_refuse(api->request, NGX_HTTP_NOT_ALLOWED,
               "bad_request", "This address has no such method, \"Allow\" "
               "names those that it has.", 0);
}


static ngx_int_t
ngx_http_chat_api_allow(ngx_http_chat_api_t *api)
{
    u_char      *p;
    u_char       value[64];
    ngx_uint_t   i, m;

    p = value;

    for (m = 0; m < sizeof(ngx_http_chat_api_methods)
                    / sizeof(ngx_http_chat_api_method_t);
         m++)
    {
        for (i = 0; i < NGX_HTTP_CHAT_API_ROWS; i++) {

            if (ngx_http_chat_api_rows[i].resource == api->route.resource
                && ngx_http_chat_api_rows[i].method
                   == ngx_http_chat_api_methods[m].method)
            {
                p = ngx_cpymem(p, ngx_http_chat_api_methods[m].name,
                               ngx_strlen(ngx_http_chat_api_methods[m].name));
            }
        }
    }

    p = ngx_cpymem(p, "OPTIONS", sizeof("OPTIONS") - 1);

    return ngx_http_chat_handshake_add(api->request, "Allow",
                                       (size_t) (p - value), value);
}


/* What the head says of a body. */

static ngx_int_t
ngx_http_chat_api_head(ngx_http_chat_api_t *api)
{
    off_t                max;
    ngx_str_t            value;
    ngx_http_request_t  *r;

    r = api->request;

    if (api->row->method != NGX_HTTP_GET
        && ngx_http_chat_handshake_early(r) != NGX_OK)
    {
        return NGX_DONE;
    }

    if (r->headers_in.content_length_n <= 0 && !r->headers_in.chunked) {
        return NGX_OK;
    }

    max = (off_t) api->ctx.conf->message_size;

    if (max != 0 && r->headers_in.content_length_n > max) {
        return ngx_http_chat_api_early(api, NGX_CHAT_CODE_TOO_LARGE,
                                       "The body is above "
                                       "\"chat_message_size\".");
    }

    if (api->row->body == NGX_CHAT_BODY_NONE) {
        return NGX_OK;
    }

    if (ngx_http_chat_api_header(r, "content-encoding", &value) != 0
        || r->headers_in.content_type == NULL
        || !ngx_http_chat_api_json(&r->headers_in.content_type->value))
    {
        return ngx_http_chat_handshake_refuse(r,
                   NGX_HTTP_UNSUPPORTED_MEDIA_TYPE, "bad_request",
                   "The body must be JSON as it is, with \"Content-Type: "
                   "application/json\".", 0);
    }

    return NGX_OK;
}


static void
ngx_http_chat_api_body(ngx_http_request_t *r)
{
    ngx_int_t             rc;
    ngx_chat_str_t        body;
    ngx_http_chat_api_t  *api;

    api = (ngx_http_chat_api_t *) ngx_http_get_module_ctx(r,
                                                     ngx_http_chat_module);

    /* whoever has gone is noticed */
    r->read_event_handler = ngx_http_test_reading;
    r->write_event_handler = ngx_http_request_empty_handler;

    rc = ngx_http_chat_api_gather(r, &body);

    if (rc == NGX_OK) {
        ngx_http_chat_metric_add(NGX_CHAT_METRIC_API_BYTES, NGX_CHAT_METRIC_IN,
                                 body.len);
        ngx_http_chat_api_begin(api, &body);

    } else if (rc == NGX_DECLINED) {
        ngx_http_chat_api_refuse(api, NGX_CHAT_CODE_TOO_LARGE,
                                 "The body is above \"chat_message_size\".",
                                 NULL);

    } else {
        ngx_http_chat_api_refuse(api, NGX_CHAT_CODE_INTERNAL, NULL, NULL);
    }
}


/* In one piece; what nginx has put into a file is read from it. */

static ngx_int_t
ngx_http_chat_api_gather(ngx_http_request_t *r, ngx_chat_str_t *body)
{
    off_t                      size;
    u_char                    *p;
    ssize_t                    n;
    ngx_buf_t                 *b;
    ngx_chain_t               *cl;
    ngx_http_chat_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_chat_module);
    size = 0;

    body->len = 0;
    body->data = NULL;

    if (r->request_body == NULL) {
        return NGX_OK;
    }

    for (cl = r->request_body->bufs; cl != NULL; cl = cl->next) {
        size += ngx_buf_size(cl->buf);
    }

    if (size == 0) {
        return NGX_OK;
    }

    if (conf->message_size != 0 && size > (off_t) conf->message_size) {
        return NGX_DECLINED;
    }

    p = ngx_pnalloc(r->pool, (size_t) size);
    if (p == NULL) {
        return NGX_ERROR;
    }

    body->data = p;

    for (cl = r->request_body->bufs; cl != NULL; cl = cl->next) {
        b = cl->buf;

        if (ngx_buf_in_memory(b)) {
            p = ngx_cpymem(p, b->pos, (size_t) (b->last - b->pos));
            continue;
        }

        if (!b->in_file) {
            continue;
        }

        n = ngx_read_file(b->file, p, (size_t) (b->file_last - b->file_pos),
                          b->file_pos);

        if (n != (ssize_t) (b->file_last - b->file_pos)) {
            return NGX_ERROR;
        }

        p += n;
    }

    body->len = (size_t) (p - body->data);

    return NGX_OK;
}


static void
ngx_http_chat_api_begin(ngx_http_chat_api_t *api, const ngx_chat_str_t *body)
{
    ngx_chat_code_e       code;
    ngx_chat_command_t   *cmd;

    cmd = &api->cmd;

    code = ngx_chat_proto_body(cmd, api->row->body, body,
                               api->ctx.conf->max_text);

    if (code != NGX_CHAT_CODE_OK) {
        ngx_http_chat_api_refuse(api, code, cmd->why, cmd->field);
        return;
    }

    cmd->room = api->route.room;
    cmd->user = api->route.user;
    cmd->ip = api->route.ip;

    code = ngx_http_chat_api_query(api);

    if (code != NGX_CHAT_CODE_OK) {
        ngx_http_chat_api_refuse(api, code, cmd->why, NULL);
        return;
    }

    code = ngx_http_chat_api_actor(api);

    if (code != NGX_CHAT_CODE_OK) {
        ngx_http_chat_api_refuse(api, code, cmd->why, cmd->field);
        return;
    }

    ngx_http_chat_api_admit(api);
}
