
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Which rooms there are, by HTTP: page by page, as the store has them. */


#include "ngx_http_chat_api.h"
#include "ngx_chat_proto_write_api.h"


/* rooms of a page, and of one that does not say how many */
#define NGX_HTTP_CHAT_API_ROOMS_MAX  256
#define NGX_HTTP_CHAT_API_ROOMS      100


static void ngx_http_chat_api_rooms_listed(ngx_http_chat_api_t *api,
    const ngx_http_chat_reply_t *reply);
static ngx_int_t ngx_http_chat_api_rooms_more(ngx_http_chat_api_t *api,
    const ngx_chat_str_t *next);
static size_t ngx_http_chat_api_write_rooms(u_char *buf, size_t size,
    const void *arg);


void
ngx_http_chat_api_rooms(ngx_http_chat_api_t *api)
{
    ngx_int_t                  rc;
    ngx_chat_command_t        *cmd;
    ngx_http_chat_hub_t       *hub;
    ngx_http_chat_ticket_t     ticket;
    ngx_http_chat_hub_room_t  *room;

    static const ngx_chat_str_t  site = NGX_CHAT_STR(NGX_HTTP_CHAT_SITE);

    cmd = &api->cmd;
    cmd->room = site;
    cmd->act = NGX_CHAT_ACT_NONE;

    if (ngx_http_chat_hub_may_act(api->ctx.conf, api->actor.given, cmd)
        != NGX_CHAT_CODE_OK)
    {
        ngx_http_chat_api_refuse(api, NGX_CHAT_CODE_FORBIDDEN,
                                 "Which rooms there are is told to backends "
                                 "and owners of the site.", NULL);
        return;
    }

    if (cmd->limit < 0) {
        cmd->limit = NGX_HTTP_CHAT_API_ROOMS;
    }

    cmd->limit = ngx_max(cmd->limit, 1);
    cmd->limit = ngx_min(cmd->limit, NGX_HTTP_CHAT_API_ROOMS_MAX);

    room = ngx_http_chat_api_open(api, &site, ngx_http_chat_api_rooms_listed,
                                  &ticket);

    if (room != NULL) {
        hub = room->hub;
        rc = hub->store->ops->rooms(hub->broker, &cmd->after_user,
                                    (ngx_uint_t) cmd->limit, &ticket);
        ngx_http_chat_api_begun(api, rc, &ticket);
    }
}


static void
ngx_http_chat_api_rooms_listed(ngx_http_chat_api_t *api,
    const ngx_http_chat_reply_t *reply)
{
    ngx_chat_rooms_view_t  view;

    if (reply->code != NGX_CHAT_CODE_OK) {
        ngx_http_chat_api_failed(api, reply);
        return;
    }

    ngx_memzero(&view, sizeof(ngx_chat_rooms_view_t));

    view.records = reply->records;
    view.nrecords = reply->nrecords;

    if (reply->more) {
        view.next = reply->next;
    }

    view.presence = (api->ctx.conf->presence != NGX_HTTP_CHAT_PRESENCE_OFF);

    if (reply->more
        && ngx_http_chat_api_rooms_more(api, &reply->next) != NGX_OK)
    {
        ngx_http_chat_api_refuse(api, NGX_CHAT_CODE_INTERNAL, NULL, NULL);
        return;
    }

    ngx_http_chat_api_send(api, NGX_HTTP_OK, ngx_http_chat_api_write_rooms,
                           &view);
}


/* What the store calls its place needs no escapes. */

static ngx_int_t
ngx_http_chat_api_rooms_more(ngx_http_chat_api_t *api,
    const ngx_chat_str_t *next)
{
    u_char      buf[sizeof("after=&limit=") + NGX_CHAT_NAME_ROOM_MAX
                    + NGX_INT64_LEN];
    u_char     *p;
    ngx_str_t   query;

    p = ngx_cpymem(buf, "after=", sizeof("after=") - 1);
    p = ngx_cpymem(p, next->data, ngx_min(next->len, NGX_CHAT_NAME_ROOM_MAX));
    p = ngx_sprintf(p, "&limit=%L", api->cmd.limit);

    query.data = buf;
    query.len = (size_t) (p - buf);

    return ngx_http_chat_api_link(api, "next", &query);
}


static size_t
ngx_http_chat_api_write_rooms(u_char *buf, size_t size, const void *arg)
{
    return ngx_chat_proto_rooms(buf, size, arg);
}
