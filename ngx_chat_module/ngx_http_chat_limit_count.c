
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* How many connections and members there may be; see the header. */


#include "ngx_http_chat_limit.h"
#include "ngx_http_chat_actor.h"
#include "ngx_http_chat_handshake.h"
#include "ngx_http_chat_session_log.h"


/* s, after which a place may be free: as browsers lose connections */
#define NGX_HTTP_CHAT_LIMIT_AGAIN  10


/* of nginx's connections the last are kept: for answers, for a store */
#define NGX_HTTP_CHAT_LIMIT_SPARE   8
#define NGX_HTTP_CHAT_LIMIT_SHARE   32


#define NGX_HTTP_CHAT_LIMIT_OPENED                                            \
    "Too many connections were opened, wait a moment."

#define NGX_HTTP_CHAT_LIMIT_PLACES                                            \
    "The server has no room for another connection."


static uint64_t ngx_http_chat_limit_ip_key(ngx_connection_t *c,
    ngx_uint_t kind);
static uint64_t ngx_http_chat_limit_user_key(ngx_http_chat_loc_conf_t *conf,
    ngx_str_t user, ngx_uint_t kind);
static ngx_uint_t ngx_http_chat_limit_places(void);
static ngx_int_t ngx_http_chat_limit_hold(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx, const char **why);
static ngx_int_t ngx_http_chat_limit_full(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx, const char *detail, ngx_uint_t after);
static ngx_uint_t ngx_http_chat_limit_tolerates(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx, const char *detail);
static void ngx_http_chat_limit_cleanup(void *data);


/* What comes by a unix socket is from a proxy, and has no address. */

void
ngx_http_chat_limit_of_ip(ngx_http_chat_limit_part_t *part,
    ngx_connection_t *c, ngx_uint_t kind)
{
    part->per = NGX_HTTP_CHAT_PER_IP;
    part->kind = kind;
    part->key = 0;
    part->name.len = 0;
    part->name.data = part->ip;

    if (c->sockaddr->sa_family == AF_UNIX) {
        return;
    }

    part->name.len = ngx_http_chat_actor_ip(c->sockaddr, c->socklen,
                                            part->ip);
    part->key = ngx_http_chat_limit_key(NULL, NGX_HTTP_CHAT_PER_IP, kind,
                                        &part->name);
}


static uint64_t
ngx_http_chat_limit_ip_key(ngx_connection_t *c, ngx_uint_t kind)
{
    ngx_http_chat_limit_part_t  part;

    ngx_http_chat_limit_of_ip(&part, c, kind);

    return part.key;
}


void
ngx_http_chat_limit_of_user(ngx_http_chat_limit_part_t *part,
    ngx_http_chat_store_t *store, const ngx_str_t *user, ngx_uint_t kind)
{
    part->per = NGX_HTTP_CHAT_PER_USER;
    part->kind = kind;
    part->key = 0;
    part->name.len = user->len;
    part->name.data = user->data;

    if (user->len != 0) {
        /* it has said who it is */
        part->key = ngx_http_chat_limit_key(store, NGX_HTTP_CHAT_PER_USER,
                                            kind, &part->name);
    }
}


static uint64_t
ngx_http_chat_limit_user_key(ngx_http_chat_loc_conf_t *conf, ngx_str_t user,
    ngx_uint_t kind)
{
    ngx_http_chat_limit_part_t  part;

    ngx_http_chat_limit_of_user(&part, conf->store, &user, kind);

    return part.key;
}


ngx_int_t
ngx_http_chat_limit_knock(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx)
{
    uint32_t                      wait;
    uint64_t                      key;
    const ngx_http_chat_limit_t  *of;

    of = &ctx->conf->limits->of[NGX_HTTP_CHAT_PER_IP]
                               [NGX_HTTP_CHAT_KIND_CONNECT];

    if (of->rate == 0) {
        return NGX_OK;
    }

    key = ngx_http_chat_limit_ip_key(r->connection,
                                     NGX_HTTP_CHAT_KIND_CONNECT);
    wait = ngx_http_chat_limit_take(key, of);

    if (wait != 0) {
        return ngx_http_chat_limit_full(r, ctx, NGX_HTTP_CHAT_LIMIT_OPENED,
                                        (wait + 999) / 1000);
    }

    ctx->knock = key;

    return NGX_OK;
}


ngx_int_t
ngx_http_chat_limit_handshake(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx, ngx_uint_t asks)
{
    uint32_t                      wait;
    uint64_t                      user;
    ngx_int_t                     rc;
    const char                   *why;
    const ngx_http_chat_limit_t  *of;

    of = &ctx->conf->limits->of[NGX_HTTP_CHAT_PER_USER]
                               [NGX_HTTP_CHAT_KIND_CONNECT];
    user = 0;
    rc = NGX_OK;

    if (!ngx_http_chat_limit_places()) {
        return ngx_http_chat_handshake_refuse(r, NGX_HTTP_SERVICE_UNAVAILABLE,
                   "unavailable", NGX_HTTP_CHAT_LIMIT_PLACES,
                   NGX_HTTP_CHAT_LIMIT_AGAIN);
    }

    if (of->rate != 0 && !ctx->guest) {
        user = ngx_http_chat_limit_user_key(ctx->conf, ctx->user,
                                            NGX_HTTP_CHAT_KIND_CONNECT);
        wait = ngx_http_chat_limit_take(user, of);

        if (wait != 0) {
            user = 0;
            rc = ngx_http_chat_limit_full(r, ctx, NGX_HTTP_CHAT_LIMIT_OPENED,
                                          (wait + 999) / 1000);
        }
    }

    if (rc != NGX_OK) {
        return rc;
    }

    rc = ngx_http_chat_limit_hold(r, ctx, &why);

    if (rc == NGX_DECLINED) {
        return ngx_http_chat_handshake_refuse(r, NGX_HTTP_TOO_MANY_REQUESTS,
                   "rate_limited", why, NGX_HTTP_CHAT_LIMIT_AGAIN);
    }

    if (rc != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (asks) {
        /* no connection comes of it; who is refused has cost something */
        ngx_http_chat_limit_release(ctx);
        ngx_http_chat_limit_give(ctx->knock);
        ngx_http_chat_limit_give(user);
    }

    return NGX_OK;
}


ngx_chat_code_e
ngx_http_chat_limit_wait(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx,
    ngx_chat_error_t *e)
{
    if (!ngx_http_chat_limit_places()) {
        e->message = NGX_HTTP_CHAT_LIMIT_PLACES;
        e->retry_after = NGX_HTTP_CHAT_LIMIT_AGAIN * 1000;

        return NGX_CHAT_CODE_UNAVAILABLE;
    }

    switch (ngx_http_chat_limit_hold(r, ctx, &e->message)) {

    case NGX_OK:
        return NGX_CHAT_CODE_OK;

    case NGX_DECLINED:
        e->retry_after = NGX_HTTP_CHAT_LIMIT_AGAIN * 1000;
        return NGX_CHAT_CODE_RATE_LIMITED;

    default: /* NGX_ERROR */
        return NGX_CHAT_CODE_INTERNAL;
    }
}


/* A worker without a connection left could not even say so. */

static ngx_uint_t
ngx_http_chat_limit_places(void)
{
    ngx_uint_t  spare;

    spare = ngx_min(ngx_cycle->connection_n / NGX_HTTP_CHAT_LIMIT_SHARE,
                    NGX_HTTP_CHAT_LIMIT_SPARE);

    return ngx_cycle->free_connection_n >= spare;
}


/* How many there are.  NGX_DECLINED: too many, and why. */

static ngx_int_t
ngx_http_chat_limit_hold(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx,
    const char **why)
{
    ngx_uint_t           of_ip, of_user;
    ngx_pool_cleanup_t  *cln;

    of_ip = ctx->conf->max_connections[NGX_HTTP_CHAT_PER_IP];
    of_user = ctx->conf->max_connections[NGX_HTTP_CHAT_PER_USER];

    if (of_ip == 0 && of_user == 0) {
        return NGX_OK;
    }

    cln = ngx_pool_cleanup_add(r->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    cln->handler = ngx_http_chat_limit_cleanup;
    cln->data = ctx;

    if (of_ip != 0) {
        ctx->ip_key = ngx_http_chat_limit_ip_key(r->connection,
                                                 NGX_HTTP_CHAT_KIND_OTHER);
        *why = "Too many connections are open from your address.";

        if (ngx_http_chat_limit_enter(&ctx->ip_key, of_ip) != NGX_OK
            && !ngx_http_chat_limit_tolerates(r, ctx, *why))
        {
            return NGX_DECLINED;
        }
    }

    /* each guest is a user of its own */

    if (of_user != 0 && !ctx->guest) {
        ctx->user_key = ngx_http_chat_limit_user_key(ctx->conf, ctx->user,
                                                  NGX_HTTP_CHAT_KIND_OTHER);
        *why = "Too many connections of yours are open.";

        if (ngx_http_chat_limit_enter(&ctx->user_key, of_user) != NGX_OK
            && !ngx_http_chat_limit_tolerates(r, ctx, *why))
        {
            return NGX_DECLINED;
        }
    }

    return NGX_OK;
}


/* Refuses, and refuse() tells it once a second; or only tells it. */

static ngx_int_t
ngx_http_chat_limit_full(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx,
    const char *detail, ngx_uint_t after)
{
    if (ngx_http_chat_limit_tolerates(r, ctx, detail)) {
        return NGX_OK;
    }

    return ngx_http_chat_handshake_refuse(r, NGX_HTTP_TOO_MANY_REQUESTS,
                                          "rate_limited", detail, after);
}


static ngx_uint_t
ngx_http_chat_limit_tolerates(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx, const char *detail)
{
    ngx_uint_t  more;

    if (!ctx->conf->limit_dry_run) {
        return 0;
    }

    if (ngx_http_chat_limit_may_log(&more)) {
        ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                      "chat would refuse a handshake: %s %ui more lines were "
                      "left out", detail, more);
    }

    return 1;
}


/* The request ends, and no session has come of it. */

static void
ngx_http_chat_limit_cleanup(void *data)
{
    ngx_http_chat_limit_release(data);
}


void
ngx_http_chat_limit_release(ngx_http_chat_ctx_t *ctx)
{
    ngx_http_chat_limit_leave(ctx->ip_key);
    ngx_http_chat_limit_leave(ctx->user_key);

    ctx->ip_key = 0;
    ctx->user_key = 0;
}


void
ngx_http_chat_limit_hand_over(ngx_http_chat_session_t *s,
    ngx_http_chat_ctx_t *ctx)
{
    s->ip_counted = (ctx->ip_key != 0);
    s->user_counted = (ctx->user_key != 0);

    ctx->ip_key = 0;
    ctx->user_key = 0;
}


ngx_int_t
ngx_http_chat_limit_identified(ngx_http_chat_session_t *s)
{
    uint64_t    key;
    ngx_str_t   user;
    ngx_uint_t  max, more;

    max = s->conf->max_connections[NGX_HTTP_CHAT_PER_USER];

    if (max == 0 || s->user_counted) {
        return NGX_OK;
    }

    user = ngx_http_chat_head_str(s->head, NGX_HTTP_CHAT_HEAD_USER);
    key = ngx_http_chat_limit_user_key(s->conf, user,
                                       NGX_HTTP_CHAT_KIND_OTHER);

    if (ngx_http_chat_limit_enter(&key, max) != NGX_OK) {

        if (!s->conf->limit_dry_run) {
            return NGX_DECLINED;
        }

        if (ngx_http_chat_limit_may_log(&more)) {
            ngx_log_error(NGX_LOG_INFO, ngx_http_chat_session_log(s), 0,
                          "client would have too many connections, %ui more "
                          "lines were left out", more);
        }
    }

    s->user_counted = (key != 0);

    ngx_http_chat_limit_named(s);

    return NGX_OK;
}


void
ngx_http_chat_limit_hand_back(ngx_http_chat_session_t *s,
    ngx_http_chat_ctx_t *ctx)
{
    if (s->ip_counted) {
        ctx->ip_key = ngx_http_chat_limit_ip_key(s->connection,
                                                 NGX_HTTP_CHAT_KIND_OTHER);
    }

    if (s->user_counted) {
        ctx->user_key = ngx_http_chat_limit_user_key(s->conf, ctx->user,
                                                  NGX_HTTP_CHAT_KIND_OTHER);
    }

    s->ip_counted = 0;
    s->user_counted = 0;
}


void
ngx_http_chat_limit_closed(ngx_http_chat_session_t *s)
{
    ngx_str_t  user;

    ngx_http_chat_limit_untold(s);

    if (s->ip_counted) {
        ngx_http_chat_limit_leave(ngx_http_chat_limit_ip_key(s->connection,
                                                 NGX_HTTP_CHAT_KIND_OTHER));
        s->ip_counted = 0;
    }

    if (s->user_counted) {
        user = ngx_http_chat_head_str(s->head, NGX_HTTP_CHAT_HEAD_USER);

        ngx_http_chat_limit_leave(ngx_http_chat_limit_user_key(s->conf, user,
                                                 NGX_HTTP_CHAT_KIND_OTHER));
        s->user_counted = 0;
    }
}


ngx_int_t
ngx_http_chat_limit_join(ngx_http_chat_session_t *s,
    const ngx_chat_str_t *room, ngx_uint_t *counted)
{
    uint64_t    key;
    ngx_int_t   rc;
    ngx_uint_t  max, more;

    max = s->conf->max_connections[NGX_HTTP_CHAT_PER_ROOM];
    *counted = 0;

    if (max == 0) {
        return NGX_OK;
    }

    key = ngx_http_chat_limit_key(s->conf->store, NGX_HTTP_CHAT_PER_ROOM,
                                  NGX_HTTP_CHAT_KIND_OTHER, room);

    if (s->conf->limit_dry_run) {

        if (ngx_http_chat_limit_reached(key, max)
            && ngx_http_chat_limit_may_log(&more))
        {
            ngx_log_error(NGX_LOG_INFO, ngx_http_chat_session_log(s), 0,
                          "client would find a full room, %ui more lines "
                          "were left out", more);
        }

        /* those who are too many count as well */
        max = NGX_MAX_INT_T_VALUE - 1;
    }

    rc = ngx_http_chat_limit_enter(&key, max);
    *counted = (key != 0);

    return rc;
}


void
ngx_http_chat_limit_part(ngx_http_chat_session_t *s,
    const ngx_chat_str_t *room)
{
    ngx_http_chat_limit_leave(ngx_http_chat_limit_key(s->conf->store,
                                                  NGX_HTTP_CHAT_PER_ROOM,
                                                  NGX_HTTP_CHAT_KIND_OTHER,
                                                  room));
}
