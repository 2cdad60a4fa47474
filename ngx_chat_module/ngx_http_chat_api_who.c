
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Who calls, and whether it may be where it calls; see the header. */


#include "ngx_http_chat_api.h"
#include "ngx_http_chat_actor.h"
#include "ngx_http_chat_api_query.h"
#include "ngx_http_chat_auth.h"
#include "ngx_http_chat_handshake.h"
#include "ngx_chat_keys.h"


/* a backend that names nobody; no login of a site is like that */
#define NGX_HTTP_CHAT_API_BACKEND  "*"


static ngx_uint_t ngx_http_chat_api_known(ngx_array_t *keys,
    const ngx_chat_str_t *token);
static ngx_int_t ngx_http_chat_api_user(ngx_http_chat_api_t *api);
static ngx_int_t ngx_http_chat_api_page_of(ngx_http_chat_api_t *api);
static ngx_uint_t ngx_http_chat_api_stays(const ngx_http_chat_api_t *api);
static ngx_int_t ngx_http_chat_api_login(ngx_http_chat_api_t *api,
    ngx_uint_t status, const char *code, const char *detail);
static ngx_int_t ngx_http_chat_api_limit(ngx_http_chat_api_t *api);
static ngx_chat_code_e ngx_http_chat_api_from(ngx_http_chat_api_t *api);
static void ngx_http_chat_api_site(ngx_http_chat_api_t *api,
    const ngx_http_chat_reply_t *reply);
static void ngx_http_chat_api_enter(ngx_http_chat_api_t *api);
static void ngx_http_chat_api_consent(ngx_http_chat_api_t *api);
static void ngx_http_chat_api_consented(void *data,
    const ngx_http_chat_consent_t *consent);
static void ngx_http_chat_api_let(ngx_http_chat_api_t *api,
    const ngx_http_chat_consent_t *consent);
static void ngx_http_chat_api_rights(ngx_http_chat_api_t *api);
static void ngx_http_chat_api_entered(ngx_http_chat_api_t *api,
    const ngx_http_chat_reply_t *reply);
static ngx_uint_t ngx_http_chat_api_bare(const ngx_http_chat_hub_room_t *room);


ngx_int_t
ngx_http_chat_api_who(ngx_http_chat_api_t *api)
{
    ngx_chat_str_t             token;
    ngx_http_request_t        *r;
    ngx_http_chat_loc_conf_t  *conf;

    r = api->request;
    conf = api->ctx.conf;

    api->limit.conf = conf;
    api->limit.connection = r->connection;
    api->limit.kind = api->row->kind;

    ngx_http_chat_auth_bearer(r, &token);

    if (conf->api_keys == NULL || token.data == NULL) {
        return ngx_http_chat_api_user(api);
    }

    if (ngx_http_chat_api_known(conf->api_keys, &token)) {
        api->backend = 1;
        api->ctx.given = NGX_CHAT_ROLE_OWNER;
        ngx_str_set(&api->ctx.user, NGX_HTTP_CHAT_API_BACKEND);
        api->ctx.name = api->ctx.user;

        return NGX_OK;
    }

    if (conf->tokens.nkeys == 0) {
        /* nobody whose key is wrong becomes somebody else by it */

        return ngx_http_chat_api_login(api, NGX_HTTP_UNAUTHORIZED,
                                       "unauthorized",
                                       "The key is not known.");
    }

    return ngx_http_chat_api_user(api);
}


/* All of them are compared, whichever it is. */

static ngx_uint_t
ngx_http_chat_api_known(ngx_array_t *keys, const ngx_chat_str_t *token)
{
    ngx_uint_t       i, known;
    ngx_chat_str_t  *key;

    key = keys->elts;
    known = 0;

    for (i = 0; i < keys->nelts; i++) {
        known |= (ngx_uint_t) ngx_chat_keys_same(&key[i], token);
    }

    return known;
}


static ngx_int_t
ngx_http_chat_api_user(ngx_http_chat_api_t *api)
{
    ngx_int_t             rc;
    ngx_http_chat_ctx_t  *ctx;

    ctx = &api->ctx;
    rc = ngx_http_chat_auth(api->request, ctx);

    if (rc == NGX_DECLINED) {
        return ngx_http_chat_api_login(api, ctx->refused, ctx->code,
                                       ctx->detail);
    }

    if (rc != NGX_OK) {
        return ngx_http_chat_handshake_refuse(api->request,
                   NGX_HTTP_INTERNAL_SERVER_ERROR, "internal",
                   "The site could not tell who you are.", 0);
    }

    if (ctx->unknown) {
        return ngx_http_chat_api_login(api, NGX_HTTP_UNAUTHORIZED,
                                       "unauthorized", "Log in first.");
    }

    rc = ngx_http_chat_api_page_of(api);

    return (rc == NGX_OK) ? ngx_http_chat_api_limit(api) : rc;
}


/*
 * No page of another site acts with the cookies of ours, or is in a room.
 * By <img>, <script> and the like a GET comes without an Origin; but then
 * browsers say how far away the page is.
 */

static ngx_int_t
ngx_http_chat_api_page_of(ngx_http_chat_api_t *api)
{
    ngx_int_t            rc;
    ngx_str_t            value;
    ngx_uint_t           origin;
    ngx_http_request_t  *r;

    r = api->request;

    if (api->row->method != NGX_HTTP_GET) {
        return ngx_http_chat_handshake_page(r, &api->ctx);
    }

    if (!ngx_http_chat_api_stays(api)) {
        return NGX_OK;
    }

    rc = ngx_http_chat_handshake_early(r);

    if (rc != NGX_OK) {
        return rc;
    }

    if (ngx_http_chat_api_header(r, "origin", &value) != 0) {
        return ngx_http_chat_handshake_page(r, &api->ctx);
    }

    origin = api->ctx.conf->origin;

    if (origin == NGX_HTTP_CHAT_ORIGIN_ANY
        || ngx_http_chat_api_header(r, "sec-fetch-site", &value) == 0)
    {
        return NGX_OK;
    }

    if (origin != NGX_HTTP_CHAT_ORIGIN_NONE
        && ((value.len == 11
             && ngx_strncmp(value.data, "same-origin", 11) == 0)
            || (value.len == 4 && ngx_strncmp(value.data, "none", 4) == 0)))
    {
        /* "none": it was typed into the address bar */
        return NGX_OK;
    }

    return ngx_http_chat_handshake_refuse(r, NGX_HTTP_FORBIDDEN, "forbidden",
               "Pages of this origin may not wait here; the site names them "
               "by \"chat_origin\", and they ask with an Origin header.", 0);
}


/* A stream, or a page that waits: it holds a place of the user. */

static ngx_uint_t
ngx_http_chat_api_stays(const ngx_http_chat_api_t *api)
{
    ngx_str_t  wait;

    return api->route.resource == NGX_CHAT_ROUTE_EVENTS
           || (api->route.resource == NGX_CHAT_ROUTE_MESSAGES
               && ngx_http_arg(api->request, (u_char *) "wait", 4, &wait)
                  == NGX_OK);
}


static ngx_int_t
ngx_http_chat_api_login(ngx_http_chat_api_t *api, ngx_uint_t status,
    const char *code, const char *detail)
{
    if (status == NGX_HTTP_UNAUTHORIZED
        && ngx_http_chat_api_challenge(api->request) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_chat_handshake_refuse(api->request, status, code, detail,
                                          0);
}


/* RFC 9110, 15.5.2: a 401 says how to log in. */

ngx_int_t
ngx_http_chat_api_challenge(ngx_http_request_t *r)
{
    ngx_uint_t        i, told;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    static const u_char  challenge[] = "Bearer";

    told = 0;

    for (part = &r->headers_out.headers.part; part != NULL; part = part->next)
    {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            told |= (h[i].key.len == sizeof("WWW-Authenticate") - 1
                     && ngx_strncmp(h[i].key.data, "WWW-Authenticate",
                                    h[i].key.len) == 0);
        }
    }

    return told ? NGX_OK
                : ngx_http_chat_handshake_add(r, "WWW-Authenticate",
                                              sizeof(challenge) - 1,
                                              challenge);
}


static ngx_int_t
ngx_http_chat_api_limit(ngx_http_chat_api_t *api)
{
    ngx_chat_error_t  e;

    ngx_memzero(&e, sizeof(ngx_chat_error_t));

    api->limit.user = api->ctx.user;
    api->limit.guest = api->ctx.guest;

    e.code = NGX_CHAT_CODE_RATE_LIMITED;
    e.retry_after = ngx_http_chat_limit_call(&api->limit);

    if (e.retry_after == 0) {
        return NGX_OK;
    }

    ngx_http_chat_api_unread(api);
    ngx_http_chat_api_fault(api, &e, NULL);

    return NGX_DONE;
}


ngx_chat_code_e
ngx_http_chat_api_actor(ngx_http_chat_api_t *api)
{
    ngx_chat_code_e       code;
    ngx_chat_actor_t     *actor;
    ngx_connection_t     *c;
    ngx_http_chat_ctx_t  *ctx;

    ctx = &api->ctx;
    actor = &api->actor;

    if (api->cmd.from_id.data != NULL) {
        code = ngx_http_chat_api_from(api);

        if (code != NGX_CHAT_CODE_OK) {
            return code;
        }
    }

    c = api->request->connection;

    actor->user.id.data = ctx->user.data;
    actor->user.id.len = ctx->user.len;
    actor->user.name.data = ctx->name.data;
    actor->user.name.len = ctx->name.len;
    actor->ip.data = api->ip;
    actor->ip.len = ngx_http_chat_actor_ip(c->sockaddr, c->socklen, api->ip);
    actor->given = (ngx_chat_role_e) ctx->given;
    actor->reads = ctx->reads & 1;
    actor->any = api->backend;

    api->role = actor->given;

    return NGX_CHAT_CODE_OK;
}


static ngx_chat_code_e
ngx_http_chat_api_from(ngx_http_chat_api_t *api)
{
    ngx_int_t             rc;
    ngx_str_t             wish;
    ngx_chat_command_t   *cmd;
    ngx_http_chat_ctx_t  *ctx;

    cmd = &api->cmd;
    ctx = &api->ctx;

    if (!api->backend) {
        cmd->field = "from";
        cmd->why = "Only a backend may speak for somebody else.";
        return NGX_CHAT_CODE_FORBIDDEN;
    }

    api->named = 1;

    ctx->user.data = (u_char *) cmd->from_id.data;
    ctx->user.len = cmd->from_id.len;
    ctx->name = ctx->user;

    if (cmd->from_name.data == NULL) {
        return NGX_CHAT_CODE_OK;
    }

    wish.data = (u_char *) cmd->from_name.data;
    wish.len = cmd->from_name.len;

    rc = ngx_http_chat_auth_shown(api->request, &wish, &ctx->name);

    if (rc == NGX_DECLINED) {
        cmd->field = "from/name";
        cmd->why = "The name cannot be used: 1 to 32 visible characters are "
                   "needed.";
        return NGX_CHAT_CODE_INVALID_NAME;
    }

    return (rc == NGX_OK) ? NGX_CHAT_CODE_OK : NGX_CHAT_CODE_INTERNAL;
}


/* First the whole site, as at a handshake; then the room, as at a join. */

void
ngx_http_chat_api_admit(ngx_http_chat_api_t *api)
{
    ngx_http_chat_hub_t  *hub;

    static const ngx_chat_str_t  site = NGX_CHAT_STR(NGX_HTTP_CHAT_SITE);

    hub = api->ctx.conf->store->hub;

    if (hub == NULL) {
        ngx_http_chat_api_refuse(api, NGX_CHAT_CODE_UNAVAILABLE, NULL, NULL);
        return;
    }

    if (api->backend || hub->site == NULL
        || ngx_http_chat_api_bare(hub->site))
    {
        ngx_http_chat_api_enter(api);
        return;
    }

    ngx_http_chat_api_ask(api, &site, &api->actor, ngx_http_chat_api_site);
}


/* Is it known that nobody has any rights there, or lacks any? */

static ngx_uint_t
ngx_http_chat_api_bare(const ngx_http_chat_hub_room_t *room)
{
    return room->known && room->conf.version == 0;
}


static void
ngx_http_chat_api_site(ngx_http_chat_api_t *api,
    const ngx_http_chat_reply_t *reply)
{
    if (reply->code == NGX_CHAT_CODE_OK
        || reply->code == NGX_CHAT_CODE_FORBIDDEN)
    {
        ngx_http_chat_api_enter(api);
        return;
    }

    ngx_http_chat_api_failed(api, reply);
}


static void
ngx_http_chat_api_enter(ngx_http_chat_api_t *api)
{
    const ngx_chat_str_t      *name;
    ngx_http_chat_loc_conf_t  *conf;

    name = &api->cmd.room;
    conf = api->ctx.conf;

    if (name->len == 0 || name->data[0] == NGX_HTTP_CHAT_SITE[0]) {
        api->row->handler(api);
        return;
    }

    if (!ngx_http_chat_hub_here(conf, name)) {
        ngx_http_chat_api_refuse(api, NGX_CHAT_CODE_FORBIDDEN, NULL, NULL);
        return;
    }

    if (api->backend) {
        api->row->handler(api);
        return;
    }

    if (conf->join != NULL && !api->ctx.entered) {
        ngx_http_chat_api_consent(api);
        return;
    }

    ngx_http_chat_api_rights(api);
}


/* The site, as at a join; once for a poll, however often that is woken. */

static void
ngx_http_chat_api_consent(ngx_http_chat_api_t *api)
{
    ngx_http_chat_consent_t     consent;
    ngx_http_chat_join_call_t   call;

    call.request = api->request;
    call.ctx = &api->ctx;
    call.room = api->cmd.room;
    call.done = ngx_http_chat_api_consented;
    call.data = api;

    if (ngx_http_chat_join_call(&call, &consent, &api->ask) == NGX_OK) {
        ngx_http_chat_api_let(api, &consent);
        return;
    }

    /* the site has a deadline of its own, and the store comes after it */

    if (api->timer.timer_set) {
        ngx_del_timer(&api->timer);
    }
}


static void
ngx_http_chat_api_consented(void *data, const ngx_http_chat_consent_t *consent)
{
    ngx_connection_t     *c;
    ngx_http_chat_api_t  *api;

    api = data;
    api->ask = NULL;

    c = api->request->connection;

    ngx_http_set_log_request(c->log, api->request);

    ngx_http_chat_api_let(api, consent);

    ngx_http_run_posted_requests(c);
}


static void
ngx_http_chat_api_let(ngx_http_chat_api_t *api,
    const ngx_http_chat_consent_t *consent)
{
    if (consent->code != NGX_CHAT_CODE_OK) {
        ngx_http_chat_api_refuse(api, consent->code, NULL, NULL);
        return;
    }

    api->ctx.entered = 1;
    api->ctx.as = consent->role;

    api->actor.given = ngx_max(api->actor.given, consent->role);
    api->role = api->actor.given;

    ngx_http_chat_api_rights(api);
}


static void
ngx_http_chat_api_rights(ngx_http_chat_api_t *api)
{
    ngx_chat_room_t       *room;
    ngx_http_chat_hub_t   *hub;
    const ngx_chat_str_t  *name;

    name = &api->cmd.room;
    hub = api->ctx.conf->store->hub;
    room = (hub != NULL) ? ngx_chat_rooms_find(&hub->rooms, name) : NULL;

    if (room != NULL
        && ngx_http_chat_api_bare((ngx_http_chat_hub_room_t *) room))
    {
        api->row->handler(api);
        return;
    }

    ngx_http_chat_api_ask(api, name, &api->actor, ngx_http_chat_api_entered);
}


static void
ngx_http_chat_api_entered(ngx_http_chat_api_t *api,
    const ngx_http_chat_reply_t *reply)
{
    if (reply->code != NGX_CHAT_CODE_OK) {
        ngx_http_chat_api_failed(api, reply);
        return;
    }

    api->role = reply->role;
    api->row->handler(api);
}
