
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Moderation by HTTP: what is done, what was done, what holds. */


#include "ngx_http_chat_api.h"
#include "ngx_chat_proto_write_api.h"


/* stands for nobody: no act is about it */
#define NGX_HTTP_CHAT_API_NOBODY   "*"
#define NGX_HTTP_CHAT_API_NOWHERE  "unix:"


typedef struct {
    int64_t               until;
    ngx_chat_standing_t   standing;
} ngx_http_chat_api_acted_t;


static void ngx_http_chat_api_moderate(ngx_http_chat_api_t *api,
    ngx_http_chat_api_reply_pt done);
static ngx_chat_act_e ngx_http_chat_api_which(const ngx_http_chat_api_t *api);
static void ngx_http_chat_api_acted(ngx_http_chat_api_t *api,
    const ngx_http_chat_reply_t *reply);
static void ngx_http_chat_api_configured(ngx_http_chat_api_t *api,
    const ngx_http_chat_reply_t *reply);
static void ngx_http_chat_api_tell(ngx_http_chat_api_t *api,
    const ngx_http_chat_reply_t *reply);
static ngx_uint_t ngx_http_chat_api_denied(ngx_http_chat_api_t *api,
    const ngx_http_chat_reply_t *reply);
static ngx_uint_t ngx_http_chat_api_may(ngx_http_chat_api_t *api);
static void ngx_http_chat_api_logged(ngx_http_chat_api_t *api,
    const ngx_http_chat_reply_t *reply);
static void ngx_http_chat_api_of(ngx_http_chat_api_t *api,
    ngx_http_chat_api_reply_pt done);
static void ngx_http_chat_api_term_told(ngx_http_chat_api_t *api,
    const ngx_http_chat_reply_t *reply);
static void ngx_http_chat_api_role_told(ngx_http_chat_api_t *api,
    const ngx_http_chat_reply_t *reply);
static size_t ngx_http_chat_api_write_acted(u_char *buf, size_t size,
    const void *arg);
static size_t ngx_http_chat_api_write_log(u_char *buf, size_t size,
    const void *arg);
static size_t ngx_http_chat_api_write_term(u_char *buf, size_t size,
    const void *arg);
static size_t ngx_http_chat_api_write_role(u_char *buf, size_t size,
    const void *arg);


void
ngx_http_chat_api_act(ngx_http_chat_api_t *api)
{
    ngx_chat_command_t  *cmd;

    static const ngx_chat_str_t  site = NGX_CHAT_STR(NGX_HTTP_CHAT_SITE);

    cmd = &api->cmd;
    cmd->act = (uint8_t) ngx_http_chat_api_which(api);

    if (api->route.resource == NGX_CHAT_ROUTE_CONNECTIONS) {
        cmd->room = site;
    }

    if (cmd->act == NGX_CHAT_ACT_ROLE && cmd->value < 0) {
        cmd->value = NGX_CHAT_ROLE_NONE;
    }

    ngx_http_chat_api_moderate(api, ngx_http_chat_api_acted);
}


static ngx_chat_act_e
ngx_http_chat_api_which(const ngx_http_chat_api_t *api)
{
    ngx_uint_t  put;

    put = (api->row->method == NGX_HTTP_PUT);

    switch (api->route.resource) {

    case NGX_CHAT_ROUTE_BAN:
        return put ? NGX_CHAT_ACT_BAN : NGX_CHAT_ACT_UNBAN;

    case NGX_CHAT_ROUTE_MUTE:
        return put ? NGX_CHAT_ACT_MUTE : NGX_CHAT_ACT_UNMUTE;

    case NGX_CHAT_ROUTE_ROLE:
        return NGX_CHAT_ACT_ROLE;

    case NGX_CHAT_ROUTE_ROOM:
        return NGX_CHAT_ACT_CLEAR;

    default: /* a member, or all connections of a user */
        return NGX_CHAT_ACT_KICK;
    }
}


static void
ngx_http_chat_api_moderate(ngx_http_chat_api_t *api,
    ngx_http_chat_api_reply_pt done)
{
    u_char                     ip[NGX_CHAT_RIGHTS_IP_MAX];
    ngx_int_t                  rc;
    ngx_chat_mod_t             mod;
    ngx_http_chat_hub_t       *hub;
    ngx_http_chat_ticket_t     ticket;
    ngx_http_chat_hub_room_t  *room;

    if (!ngx_http_chat_api_may(api)) {
        return;
    }

    if (ngx_http_chat_hub_act(&api->cmd, &mod, ip) != NGX_OK) {
        ngx_http_chat_api_refuse(api, NGX_CHAT_CODE_BAD_REQUEST,
                                 "What follows \"i:\" must be an IPv4 or "
                                 "IPv6 address.", NULL);
        return;
    }

    room = ngx_http_chat_api_open(api, &api->cmd.room, done, &ticket);

    if (room != NULL) {
        ngx_http_chat_api_moderates(api, &ticket, &mod);

        hub = room->hub;
        rc = hub->store->ops->moderate(hub->broker, &room->room.name,
                                       &api->actor, &mod, &ticket);
        ngx_http_chat_api_begun(api, rc, &ticket);
    }
}


/* What the store cannot know; refuses. */

static ngx_uint_t
ngx_http_chat_api_may(ngx_http_chat_api_t *api)
{
    ngx_chat_code_e  code;

    code = ngx_http_chat_hub_may_act(api->ctx.conf, api->actor.given,
                                     &api->cmd);

    if (code == NGX_CHAT_CODE_OK) {
        return 1;
    }

    ngx_http_chat_api_refuse(api, code, NULL, NULL);

    return 0;
}


static ngx_uint_t
ngx_http_chat_api_denied(ngx_http_chat_api_t *api,
    const ngx_http_chat_reply_t *reply)
{
    if (reply->code == NGX_CHAT_CODE_OK) {
        return 0;
    }

    if (reply->code == NGX_CHAT_CODE_TOO_LARGE) {
        ngx_http_chat_api_refuse(api, reply->code,
                                 "The room has rights of too many users and "
                                 "addresses. Take some back first.", NULL);
        return 1;
    }

    ngx_http_chat_api_failed(api, reply);

    return 1;
}


static void
ngx_http_chat_api_acted(ngx_http_chat_api_t *api,
    const ngx_http_chat_reply_t *reply)
{
    if (ngx_http_chat_api_denied(api, reply)) {
        return;
    }

    if (api->row->method == NGX_HTTP_DELETE) {
        ngx_http_chat_api_empty(api, NGX_HTTP_NO_CONTENT);
        return;
    }

    ngx_http_chat_api_tell(api, reply);
}


static void
ngx_http_chat_api_tell(ngx_http_chat_api_t *api,
    const ngx_http_chat_reply_t *reply)
{
    ngx_http_chat_api_acted_t  acted;

    ngx_memzero(&acted, sizeof(ngx_http_chat_api_acted_t));

    acted.until = reply->until;
    acted.standing.slow = reply->conf.slow;
    acted.standing.lock = reply->conf.lock;

    ngx_http_chat_api_send(api, NGX_HTTP_OK, ngx_http_chat_api_write_acted,
                           &acted);
}


static size_t
ngx_http_chat_api_write_acted(u_char *buf, size_t size, const void *arg)
{
    const ngx_http_chat_api_acted_t  *acted;

    acted = arg;

    return ngx_chat_proto_ok_mod(buf, size, 0, acted->until,
                                 &acted->standing);
}


/* Each of both that is named, one after the other. */

void
ngx_http_chat_api_configure(ngx_http_chat_api_t *api)
{
    ngx_chat_command_t  *cmd;

    cmd = &api->cmd;

    if (cmd->slow >= 0) {
        cmd->act = NGX_CHAT_ACT_SLOW;
        cmd->value = cmd->slow;
        cmd->slow = -1;

    } else {
        cmd->act = (cmd->lock == NGX_CHAT_LOCK_OPEN) ? NGX_CHAT_ACT_UNLOCK
                                                     : NGX_CHAT_ACT_LOCK;
        cmd->value = cmd->lock;
        cmd->lock = -1;
    }

    ngx_http_chat_api_moderate(api, ngx_http_chat_api_configured);
}


static void
ngx_http_chat_api_configured(ngx_http_chat_api_t *api,
    const ngx_http_chat_reply_t *reply)
{
    if (ngx_http_chat_api_denied(api, reply)) {
        return;
    }

    if (api->cmd.lock >= 0) {
        ngx_http_chat_api_configure(api);
        return;
    }

    ngx_http_chat_api_tell(api, reply);
}


void
ngx_http_chat_api_acts(ngx_http_chat_api_t *api)
{
    ngx_int_t                  rc;
    ngx_http_chat_hub_t       *hub;
    ngx_http_chat_ticket_t     ticket;
    ngx_http_chat_hub_room_t  *room;

    if (!ngx_http_chat_api_may(api)) {
        return;
    }

    room = ngx_http_chat_api_open(api, &api->cmd.room,
                                  ngx_http_chat_api_logged, &ticket);

    if (room != NULL) {
        hub = room->hub;
        rc = hub->store->ops->acts(hub->broker, &room->room.name, &api->actor,
                                   ngx_http_chat_hub_acts_limit(&api->cmd),
                                   &ticket);
        ngx_http_chat_api_begun(api, rc, &ticket);
    }
}


static void
ngx_http_chat_api_logged(ngx_http_chat_api_t *api,
    const ngx_http_chat_reply_t *reply)
{
    if (reply->code != NGX_CHAT_CODE_OK) {
        ngx_http_chat_api_failed(api, reply);
        return;
    }

    ngx_http_chat_api_send(api, NGX_HTTP_OK, ngx_http_chat_api_write_log,
                           reply);
}


static size_t
ngx_http_chat_api_write_log(u_char *buf, size_t size, const void *arg)
{
    const ngx_http_chat_reply_t  *reply;

    reply = arg;

    return ngx_chat_proto_ok_log(buf, size, 0, reply->records,
                                 reply->nrecords);
}


void
ngx_http_chat_api_term(ngx_http_chat_api_t *api)
{
    ngx_http_chat_api_of(api, ngx_http_chat_api_term_told);
}


void
ngx_http_chat_api_role(ngx_http_chat_api_t *api)
{
    ngx_http_chat_api_of(api, ngx_http_chat_api_role_told);
}


/* A moderator asks what the store would say to somebody else. */

static void
ngx_http_chat_api_of(ngx_http_chat_api_t *api,
    ngx_http_chat_api_reply_pt done)
{
    u_char            ip[NGX_CHAT_RIGHTS_IP_MAX];
    ngx_chat_mod_t    mod;
    ngx_chat_actor_t  whom;

    static const ngx_chat_str_t  nobody = NGX_CHAT_STR(
                                              NGX_HTTP_CHAT_API_NOBODY);
    static const ngx_chat_str_t  nowhere = NGX_CHAT_STR(
                                               NGX_HTTP_CHAT_API_NOWHERE);

    if (!ngx_http_chat_api_may(api)) {
        return;
    }

    if (api->role < NGX_CHAT_ROLE_MODERATOR) {
        ngx_http_chat_api_refuse(api, NGX_CHAT_CODE_FORBIDDEN, NULL, NULL);
        return;
    }

    if (ngx_http_chat_hub_act(&api->cmd, &mod, ip) != NGX_OK) {
        ngx_http_chat_api_refuse(api, NGX_CHAT_CODE_BAD_REQUEST,
                                 "What follows \"i:\" must be an IPv4 or "
                                 "IPv6 address.", NULL);
        return;
    }

    ngx_memzero(&whom, sizeof(ngx_chat_actor_t));

    whom.user.id = (mod.user.len != 0) ? mod.user : nobody;
    whom.user.name = whom.user.id;
    whom.ip = (mod.ip.len != 0) ? mod.ip : nowhere;

    ngx_http_chat_api_ask(api, &api->cmd.room, &whom, done);
}


static void
ngx_http_chat_api_term_told(ngx_http_chat_api_t *api,
    const ngx_http_chat_reply_t *reply)
{
    ngx_uint_t  ban;

    ban = (api->route.resource == NGX_CHAT_ROUTE_BAN);

    if (reply->code != NGX_CHAT_CODE_OK
        && reply->code != NGX_CHAT_CODE_BANNED
        && reply->code != NGX_CHAT_CODE_FORBIDDEN)
    {
        ngx_http_chat_api_failed(api, reply);
        return;
    }

    if (ban ? reply->code == NGX_CHAT_CODE_BANNED
            : reply->code == NGX_CHAT_CODE_OK && reply->until != 0)
    {
        ngx_http_chat_api_send(api, NGX_HTTP_OK, ngx_http_chat_api_write_term,
                               &reply->until);
        return;
    }

    ngx_http_chat_api_refuse(api, NGX_CHAT_CODE_NOT_FOUND,
                             ban ? "There is no such ban."
                                 : "There is no such mute.", NULL);
}


static size_t
ngx_http_chat_api_write_term(u_char *buf, size_t size, const void *arg)
{
    return ngx_chat_proto_term(buf, size, *(const int64_t *) arg);
}


static void
ngx_http_chat_api_role_told(ngx_http_chat_api_t *api,
    const ngx_http_chat_reply_t *reply)
{
    if (reply->code != NGX_CHAT_CODE_OK
        && reply->code != NGX_CHAT_CODE_BANNED
        && reply->code != NGX_CHAT_CODE_FORBIDDEN)
    {
        ngx_http_chat_api_failed(api, reply);
        return;
    }

    ngx_http_chat_api_send(api, NGX_HTTP_OK, ngx_http_chat_api_write_role,
                           &reply->role);
}


static size_t
ngx_http_chat_api_write_role(u_char *buf, size_t size, const void *arg)
{
    return ngx_chat_proto_role(buf, size,
                               (unsigned) *(const ngx_chat_role_e *) arg);
}
