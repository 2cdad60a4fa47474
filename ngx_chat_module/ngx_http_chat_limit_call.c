
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* How fast requests to the API may be; see the header. */


#include "ngx_http_chat_limit.h"
#include "ngx_http_chat_actor.h"


/* What was not there: the longest wait. */

typedef struct {
    uint32_t    wait;
    ngx_uint_t  per;
    ngx_uint_t  kind;
} ngx_http_chat_limit_miss_t;


static void ngx_http_chat_limit_call_take(ngx_http_chat_limit_call_t *call,
    ngx_uint_t per, const ngx_chat_str_t *room,
    ngx_http_chat_limit_miss_t *miss);
static uint64_t ngx_http_chat_limit_call_key(ngx_http_chat_limit_call_t *call,
    ngx_uint_t per, ngx_uint_t kind, const ngx_chat_str_t *room);
static uint32_t ngx_http_chat_limit_call_end(ngx_http_chat_limit_call_t *call,
    const ngx_http_chat_limit_miss_t *miss);


uint32_t
ngx_http_chat_limit_call(ngx_http_chat_limit_call_t *call)
{
    ngx_http_chat_limit_miss_t  miss;

    ngx_memzero(&miss, sizeof(ngx_http_chat_limit_miss_t));

    if (call->conf->limits->off) {
        return 0;
    }

    ngx_http_chat_limit_call_take(call, NGX_HTTP_CHAT_PER_CONNECTION, NULL,
                                  &miss);
    ngx_http_chat_limit_call_take(call, NGX_HTTP_CHAT_PER_USER, NULL, &miss);
    ngx_http_chat_limit_call_take(call, NGX_HTTP_CHAT_PER_IP, NULL, &miss);

    return ngx_http_chat_limit_call_end(call, &miss);
}


uint32_t
ngx_http_chat_limit_call_room(ngx_http_chat_limit_call_t *call,
    const ngx_chat_str_t *room)
{
    ngx_http_chat_limit_miss_t  miss;

    ngx_memzero(&miss, sizeof(ngx_http_chat_limit_miss_t));

    if (call->conf->limits->off) {
        return 0;
    }

    ngx_http_chat_limit_call_take(call, NGX_HTTP_CHAT_PER_ROOM, room, &miss);

    return ngx_http_chat_limit_call_end(call, &miss);
}


/* Of the kind, and of all kinds. */

static void
ngx_http_chat_limit_call_take(ngx_http_chat_limit_call_t *call,
    ngx_uint_t per, const ngx_chat_str_t *room,
    ngx_http_chat_limit_miss_t *miss)
{
    uint32_t                      wait;
    uint64_t                      key;
    ngx_uint_t                    i, kinds[2];
    const ngx_http_chat_limit_t  *limit;

    kinds[0] = call->kind;
    kinds[1] = NGX_HTTP_CHAT_KIND_ALL;

    for (i = 0; i < 2; i++) {
        limit = &call->conf->limits->of[per][kinds[i]];

        if (limit->rate == 0
            || (per == NGX_HTTP_CHAT_PER_ROOM && call->conf->keep.rate != 0
                && kinds[i] == NGX_HTTP_CHAT_KIND_SEND))
        {
            /* none, or the store's own */
            continue;
        }

        key = ngx_http_chat_limit_call_key(call, per, kinds[i], room);
        wait = ngx_http_chat_limit_take(key, limit);

        call->keys[per][i] = (wait == 0) ? key : 0;

        if (wait > miss->wait) {
            miss->wait = wait;
            miss->per = per;
            miss->kind = kinds[i];
        }
    }
}


/* 0: not limited */

static uint64_t
ngx_http_chat_limit_call_key(ngx_http_chat_limit_call_t *call, ngx_uint_t per,
    ngx_uint_t kind, const ngx_chat_str_t *room)
{
    u_char                  ip[NGX_CHAT_RIGHTS_IP_MAX];
    ngx_chat_str_t          name;
    ngx_connection_t       *c;
    ngx_http_chat_store_t  *store;

    c = call->connection;
    store = call->conf->store;

    if (per == NGX_HTTP_CHAT_PER_ROOM) {
        return ngx_http_chat_limit_key(store, per, kind, room);
    }

    if (per == NGX_HTTP_CHAT_PER_IP
        || (per == NGX_HTTP_CHAT_PER_CONNECTION && call->guest))
    {
        if (c->sockaddr->sa_family == AF_UNIX) {
            /* a proxy's */
            return 0;
        }

        name.len = ngx_http_chat_actor_ip(c->sockaddr, c->socklen, ip);
        name.data = ip;

        return ngx_http_chat_limit_key((per == NGX_HTTP_CHAT_PER_IP)
                                       ? NULL : store, per, kind, &name);
    }

    if (call->guest) {
        /* a user of its own each time */
        return 0;
    }

    name.len = call->user.len;
    name.data = call->user.data;

    return ngx_http_chat_limit_key(store, per, kind, &name);
}


static uint32_t
ngx_http_chat_limit_call_end(ngx_http_chat_limit_call_t *call,
    const ngx_http_chat_limit_miss_t *miss)
{
    ngx_uint_t  more;

    if (miss->wait == 0) {
        return 0;
    }

    ngx_http_chat_limit_call_back(call);

    if (ngx_http_chat_limit_may_log(&more)) {
        ngx_log_error(NGX_LOG_INFO, call->connection->log, 0,
                      "client %s \"chat_limit\" of %V per %V by %uD ms, %ui "
                      "more lines were left out",
                      call->conf->limit_dry_run ? "would exceed" : "exceeds",
                      &ngx_http_chat_limit_kinds[miss->kind],
                      &ngx_http_chat_limit_pers[miss->per], miss->wait, more);
    }

    return call->conf->limit_dry_run ? 0 : miss->wait;
}


void
ngx_http_chat_limit_call_back(ngx_http_chat_limit_call_t *call)
{
    ngx_uint_t  per, i;

    for (per = 0; per < NGX_HTTP_CHAT_PER_COUNT; per++) {

        for (i = 0; i < 2; i++) {
            ngx_http_chat_limit_give(call->keys[per][i]);
            call->keys[per][i] = 0;
        }
    }
}
