
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What the API tells of the caller, of a room, and of who is in it. */


#include "ngx_http_chat_api.h"
#include "ngx_chat_proto_write_api.h"


/* as many as there are at most */
#define NGX_HTTP_CHAT_API_FEATURES  3


static void ngx_http_chat_api_room_read(ngx_http_chat_api_t *api,
    const ngx_http_chat_reply_t *reply);
static void ngx_http_chat_api_room_counted(ngx_http_chat_api_t *api,
    const ngx_http_chat_reply_t *reply);
static void ngx_http_chat_api_list(ngx_http_chat_api_t *api,
    ngx_uint_t limit, ngx_http_chat_api_reply_pt done);
static void ngx_http_chat_api_listed(ngx_http_chat_api_t *api,
    const ngx_http_chat_reply_t *reply);
static ngx_int_t ngx_http_chat_api_more(ngx_http_chat_api_t *api,
    const ngx_http_chat_reply_t *reply);
static size_t ngx_http_chat_api_write_me(u_char *buf, size_t size,
    const void *arg);
static size_t ngx_http_chat_api_write_room(u_char *buf, size_t size,
    const void *arg);
static size_t ngx_http_chat_api_write_members(u_char *buf, size_t size,
    const void *arg);


void
ngx_http_chat_api_me(ngx_http_chat_api_t *api)
{
    ngx_uint_t                 n;
    const char                *features[NGX_HTTP_CHAT_API_FEATURES + 1];
    ngx_chat_welcome_t         w;
    ngx_http_chat_loc_conf_t  *conf;

    conf = api->ctx.conf;
    n = 0;

    ngx_memzero(&w, sizeof(ngx_chat_welcome_t));

    w.user = api->actor.user;
    w.guest = api->ctx.guest & 1;
    w.time = ngx_http_chat_answer_time();
    w.message_max = conf->message_size;
    w.text_max = (uint32_t) conf->max_text;
    w.features = features;

    if (api->actor.given != NGX_CHAT_ROLE_NONE) {
        w.role.data = (const u_char *)
                      ngx_chat_rights_role_name(api->actor.given);
        w.role.len = ngx_strlen(w.role.data);
    }

    if (conf->keep.count != 0) {
        w.history_max = (uint32_t) conf->history_page;
        features[n++] = "history";
        features[n++] = "edit";
    }

    if (conf->presence != NGX_HTTP_CHAT_PRESENCE_OFF) {
        features[n++] = "presence";
    }

    features[n] = NULL;

    ngx_http_chat_api_send(api, NGX_HTTP_OK, ngx_http_chat_api_write_me, &w);
}


static size_t
ngx_http_chat_api_write_me(u_char *buf, size_t size, const void *arg)
{
    return ngx_chat_proto_me(buf, size, arg);
}


void
ngx_http_chat_api_room(ngx_http_chat_api_t *api)
{
    ngx_int_t                  rc;
    ngx_http_chat_hub_t       *hub;
    ngx_http_chat_query_t      query;
    ngx_http_chat_ticket_t     ticket;
    ngx_http_chat_hub_room_t  *room;

    api->cmd.limit = 0;
    ngx_http_chat_hub_query(api->ctx.conf, &api->cmd, &query);

    room = ngx_http_chat_api_open(api, &api->cmd.room,
                                  ngx_http_chat_api_room_read, &ticket);

    if (room != NULL) {
        hub = room->hub;
        rc = hub->store->ops->history(hub->broker, &room->room.name, &query,
                                      &ticket);
        ngx_http_chat_api_begun(api, rc, &ticket);
    }
}


static void
ngx_http_chat_api_room_read(ngx_http_chat_api_t *api,
    const ngx_http_chat_reply_t *reply)
{
    ngx_chat_joined_t  *view;

    if (reply->code != NGX_CHAT_CODE_OK) {
        ngx_http_chat_api_failed(api, reply);
        return;
    }

    view = &api->view;

    view->room = api->cmd.room;
    view->epoch.len = ngx_min(reply->epoch.len, NGX_CHAT_WIRE_EPOCH_MAX);
    view->epoch.data = api->epoch;
    ngx_memcpy(api->epoch, reply->epoch.data, view->epoch.len);

    view->top = reply->seq;
    view->floor = reply->floor;
    view->standing.slow = reply->conf.slow;
    view->standing.lock = reply->conf.lock;

    if (api->ctx.conf->presence == NGX_HTTP_CHAT_PRESENCE_OFF) {
        ngx_http_chat_api_send(api, NGX_HTTP_OK, ngx_http_chat_api_write_room,
                               view);
        return;
    }

    ngx_http_chat_api_list(api, 0, ngx_http_chat_api_room_counted);
}


static void
ngx_http_chat_api_room_counted(ngx_http_chat_api_t *api,
    const ngx_http_chat_reply_t *reply)
{
    if (reply->code != NGX_CHAT_CODE_OK) {
        ngx_http_chat_api_failed(api, reply);
        return;
    }

    api->view.presence = 1;
    api->view.count = reply->count;

    ngx_http_chat_api_send(api, NGX_HTTP_OK, ngx_http_chat_api_write_room,
                           &api->view);
}


static size_t
ngx_http_chat_api_write_room(u_char *buf, size_t size, const void *arg)
{
    return ngx_chat_proto_room_view(buf, size, arg);
}


void
ngx_http_chat_api_members(ngx_http_chat_api_t *api)
{
    ngx_uint_t  limit;

    if (api->ctx.conf->presence == NGX_HTTP_CHAT_PRESENCE_OFF) {
        ngx_http_chat_api_refuse(api, NGX_CHAT_CODE_FORBIDDEN,
                                 "Nobody is told here who is in a room.",
                                 NULL);
        return;
    }

    limit = ngx_http_chat_hub_who_limit(api->ctx.conf, &api->cmd);
    api->cmd.limit = (int64_t) limit;

    ngx_http_chat_api_list(api, limit, ngx_http_chat_api_listed);
}


static void
ngx_http_chat_api_list(ngx_http_chat_api_t *api, ngx_uint_t limit,
    ngx_http_chat_api_reply_pt done)
{
    ngx_int_t                  rc;
    ngx_http_chat_hub_t       *hub;
    ngx_http_chat_ticket_t     ticket;
    ngx_http_chat_hub_room_t  *room;

    room = ngx_http_chat_api_open(api, &api->cmd.room, done, &ticket);

    if (room != NULL) {
        hub = room->hub;
        rc = hub->store->ops->list(hub->broker, &room->room.name,
                                   &api->cmd.after_user, limit, &ticket);
        ngx_http_chat_api_begun(api, rc, &ticket);
    }
}


static void
ngx_http_chat_api_listed(ngx_http_chat_api_t *api,
    const ngx_http_chat_reply_t *reply)
{
    ngx_chat_joined_t  view;

    if (reply->code != NGX_CHAT_CODE_OK) {
        ngx_http_chat_api_failed(api, reply);
        return;
    }

    ngx_memzero(&view, sizeof(ngx_chat_joined_t));

    view.room = api->cmd.room;
    view.count = reply->count;
    view.more = reply->more && api->cmd.limit != 0;
    view.users = reply->users;
    view.nusers = reply->nusers;

    if (view.more && ngx_http_chat_api_more(api, reply) != NGX_OK) {
        ngx_http_chat_api_refuse(api, NGX_CHAT_CODE_INTERNAL, NULL, NULL);
        return;
    }

    ngx_http_chat_api_send(api, NGX_HTTP_OK, ngx_http_chat_api_write_members,
                           &view);
}


static ngx_int_t
ngx_http_chat_api_more(ngx_http_chat_api_t *api,
    const ngx_http_chat_reply_t *reply)
{
    size_t                 len;
    u_char                *p;
    ngx_str_t              query;
    const ngx_chat_str_t  *id;

    if (reply->nusers == 0) {
        return NGX_OK;
    }

    id = &reply->users[reply->nusers - 1].id;
    len = ngx_chat_route_escape(NULL, 0, id);

    query.data = ngx_pnalloc(api->request->pool,
                             len + sizeof("after=&limit=") + NGX_INT64_LEN);
    if (query.data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_cpymem(query.data, "after=", sizeof("after=") - 1);
    p += ngx_chat_route_escape(p, len, id);
    p = ngx_sprintf(p, "&limit=%L", api->cmd.limit);

    query.len = (size_t) (p - query.data);

    return ngx_http_chat_api_link(api, "next", &query);
}


static size_t
ngx_http_chat_api_write_members(u_char *buf, size_t size, const void *arg)
{
    return ngx_chat_proto_ok_who(buf, size, 0, arg);
}
