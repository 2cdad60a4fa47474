
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The events of a room as a stream, text/event-stream: a request that becomes
 * a session, which joins the room and says nothing.
 */


#include "ngx_http_chat_api.h"
#include "ngx_http_chat_api_query.h"
#include "ngx_http_chat_handshake.h"
#include "ngx_http_chat_metric.h"
#include "ngx_http_chat_transport.h"


/* nginx has no name for it */
#define NGX_HTTP_CHAT_API_NOT_ACCEPTABLE  406


static ngx_uint_t ngx_http_chat_api_accepts(ngx_http_request_t *r);
static ngx_uint_t ngx_http_chat_api_names(const ngx_str_t *value);
static ngx_int_t ngx_http_chat_api_position(ngx_http_chat_api_t *api);
static ngx_int_t ngx_http_chat_api_stream(ngx_http_request_t *r);


ngx_int_t
ngx_http_chat_api_listens(ngx_http_chat_api_t *api)
{
    ngx_int_t                  rc;
    ngx_uint_t                 asks;
    ngx_http_request_t        *r;
    ngx_http_chat_ctx_t       *ctx;
    ngx_http_chat_loc_conf_t  *conf;

    r = api->request;
    ctx = &api->ctx;
    conf = ctx->conf;
    asks = (r->method == NGX_HTTP_HEAD);

    if (api->backend) {
        return ngx_http_chat_handshake_refuse(r, NGX_HTTP_FORBIDDEN,
                   "forbidden", "Who listens is in the room, and a key is "
                   "nobody: come as a user, or ask for \"messages\".", 0);
    }

    if (api->route.room.data[0] == '*' || api->route.room.data[0] == '~') {
        return ngx_http_chat_handshake_refuse(r, NGX_HTTP_FORBIDDEN,
                   "forbidden", "This room has no events.", 0);
    }

    if (!ngx_http_chat_api_accepts(r)) {
        return ngx_http_chat_handshake_refuse(r,
                   NGX_HTTP_CHAT_API_NOT_ACCEPTABLE, "bad_request",
                   "A stream of events is text/event-stream, name it in "
                   "\"Accept\".", 0);
    }

    if (ngx_exiting || conf->store->hub == NULL) {
        return ngx_http_chat_handshake_refuse(r,
                   NGX_HTTP_SERVICE_UNAVAILABLE, "unavailable",
                   "This server process is going away, connect again.", 1);
    }

    rc = ngx_http_chat_limit_knock(r, ctx);

    if (rc != NGX_OK) {
        return rc;
    }

    if (!asks) {
        ngx_http_chat_limit_connects(r, ctx, NGX_HTTP_CHAT_PER_IP);
    }

    rc = ngx_http_chat_limit_handshake(r, ctx, asks);

    if (rc == NGX_OK && !asks) {
        ngx_http_chat_limit_connects(r, ctx, NGX_HTTP_CHAT_PER_USER);
    }

    return rc;
}


/* RFC 9110, 12.5.1.  Accept: without one, anything; weights are not read. */

static ngx_uint_t
ngx_http_chat_api_accepts(ngx_http_request_t *r)
{
    ngx_uint_t        i, named;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    static const ngx_str_t  name = ngx_string("accept");

    named = 0;

    for (part = &r->headers_in.headers.part; part != NULL; part = part->next)
    {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (h[i].key.len != name.len
                || ngx_strncmp(h[i].lowcase_key, name.data, name.len) != 0)
            {
                continue;
            }

            if (ngx_http_chat_api_names(&h[i].value)) {
                return 1;
            }

            named = 1;
        }
    }

    return !named;
}


static ngx_uint_t
ngx_http_chat_api_names(const ngx_str_t *value)
{
    ngx_uint_t  i;

    static const ngx_str_t  types[] = {
        ngx_string("text/event-stream"),
        ngx_string("text/*"),
        ngx_string("*/*")
    };

    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {

        if (value->len >= types[i].len
            && ngx_strlcasestrn(value->data, value->data + value->len,
                                types[i].data, types[i].len - 1)
               != NULL)
        {
            return 1;
        }
    }

    return 0;
}


void
ngx_http_chat_api_events(ngx_http_chat_api_t *api)
{
    ngx_int_t                  rc;
    ngx_http_request_t        *r;
    ngx_http_chat_loc_conf_t  *conf;

    r = api->request;
    conf = api->ctx.conf;

    if (r->method == NGX_HTTP_HEAD) {
        (void) ngx_http_chat_api_stream(r);
        ngx_http_finalize_request(r, NGX_OK);
        return;
    }

    if (api->timer.timer_set) {
        ngx_del_timer(&api->timer);
    }

    if (ngx_exiting || conf->store->hub == NULL) {
        ngx_http_chat_api_refuse(api, NGX_CHAT_CODE_UNAVAILABLE, NULL, NULL);
        return;
    }

    /* for the log phase, when nginx knows of no request any more */

    conf->main_conf = r->main_conf;
    conf->srv_conf = r->srv_conf;
    conf->loc_conf = r->loc_conf;

    api->ctx.stream = 1;

    rc = ngx_http_chat_api_position(api);

    if (rc == NGX_OK) {
        rc = ngx_http_chat_api_stream(r);
    }

    if (rc == NGX_OK && ngx_http_send_special(r, NGX_HTTP_FLUSH) == NGX_ERROR)
    {
        rc = NGX_ERROR;
    }

    if (rc != NGX_OK) {
        ngx_http_finalize_request(r, rc);
        return;
    }

    ngx_http_chat_metric_add(NGX_CHAT_METRIC_API,
                             ngx_chat_metric_class(NGX_HTTP_OK), 1);

    ngx_http_chat_transport_start_later(r);
}


static ngx_int_t
ngx_http_chat_api_position(ngx_http_chat_api_t *api)
{
    u_char              *p;
    ngx_str_t           *position;
    ngx_chat_command_t  *cmd;

    cmd = &api->cmd;
    position = &api->ctx.position;

    if (cmd->after < 0 || cmd->epoch.len == 0) {
        return NGX_OK;
    }

    position->data = ngx_pnalloc(api->request->pool,
                                 NGX_INT64_LEN + 1 + cmd->epoch.len);
    if (position->data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_sprintf(position->data, "%L ", cmd->after);
    p = ngx_cpymem(p, cmd->epoch.data, cmd->epoch.len);

    position->len = (size_t) (p - position->data);

    return NGX_OK;
}


/*
 * The head.  In HTTP/1.1 what follows is written to the socket as it is, and
 * ends with the connection: no filter may have announced anything else.
 */

static ngx_int_t
ngx_http_chat_api_stream(ngx_http_request_t *r)
{
    ngx_int_t   rc;
    ngx_uint_t  version, alone;

    static const u_char  no_store[] = "no-store";
    static const u_char  no[] = "no";

    if (ngx_http_chat_handshake_add(r, "Cache-Control", sizeof(no_store) - 1,
                                    no_store)
        != NGX_OK
        || ngx_http_chat_handshake_add(r, "X-Accel-Buffering",
                                       sizeof(no) - 1, no)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    r->err_status = 0;
    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = -1;

    ngx_str_set(&r->headers_out.content_type, "text/event-stream");
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;

    r->disable_not_modified = 1;

#if (NGX_HTTP_GZIP)
    r->gzip_tested = 1;
    r->gzip_ok = 0;
#endif

    version = r->http_version;
    alone = (version < NGX_HTTP_VERSION_20 && r->method != NGX_HTTP_HEAD);

    if (alone) {
        r->keepalive = 0;
        r->http_version = NGX_HTTP_VERSION_10;
        r->header_only = 1;
    }

    rc = ngx_http_send_header(r);

    if (alone) {
        r->http_version = version;
        r->header_only = 0;
    }

    /* what the socket did not take goes later */

    return (rc == NGX_ERROR || rc > NGX_OK) ? NGX_ERROR : NGX_OK;
}
