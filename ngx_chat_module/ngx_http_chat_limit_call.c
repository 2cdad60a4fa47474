
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
    ngx_uint_t per, ngx_http_chat_limit_miss_t *miss);
static void ngx_http_chat_limit_call_part(ngx_http_chat_limit_call_t *call,
    ngx_uint_t per, ngx_uint_t i, ngx_http_chat_limit_part_t *part);
static uint32_t ngx_http_chat_limit_call_end(ngx_http_chat_limit_call_t *call,
    const ngx_http_chat_limit_miss_t *miss);
static void ngx_http_chat_limit_call_tell(ngx_http_chat_limit_call_t *call);


uint32_t
ngx_http_chat_limit_call(ngx_http_chat_limit_call_t *call)
{
    ngx_http_chat_limit_miss_t  miss;

    ngx_memzero(&miss, sizeof(ngx_http_chat_limit_miss_t));

    if (call->conf->limits->off) {
        return 0;
    }

    ngx_http_chat_limit_call_take(call, NGX_HTTP_CHAT_PER_CONNECTION, &miss);
    ngx_http_chat_limit_call_take(call, NGX_HTTP_CHAT_PER_USER, &miss);
    ngx_http_chat_limit_call_take(call, NGX_HTTP_CHAT_PER_IP, &miss);

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

    call->room = room;

    ngx_http_chat_limit_call_take(call, NGX_HTTP_CHAT_PER_ROOM, &miss);

    return ngx_http_chat_limit_call_end(call, &miss);
}


/* Of the kind, and of all kinds. */

static void
ngx_http_chat_limit_call_take(ngx_http_chat_limit_call_t *call,
    ngx_uint_t per, ngx_http_chat_limit_miss_t *miss)
{
    uint32_t                    wait;
    ngx_uint_t                  i;
    ngx_http_chat_limit_part_t  part;

    for (i = 0; i < 2; i++) {
        ngx_http_chat_limit_call_part(call, per, i, &part);

        if (part.limit->rate == 0
            || (per == NGX_HTTP_CHAT_PER_ROOM && call->conf->keep.rate != 0
                && part.kind == NGX_HTTP_CHAT_KIND_SEND))
        {
            /* none, or the store's own */
            continue;
        }

        wait = ngx_http_chat_limit_take(part.key, part.limit);

        call->keys[per][i] = (wait == 0) ? part.key : 0;

        if (wait > miss->wait) {
            miss->wait = wait;
            miss->per = per;
            miss->kind = part.kind;
        }
    }
}


/* Whose bucket it is; its key is 0 where there is none. */

static void
ngx_http_chat_limit_call_part(ngx_http_chat_limit_call_t *call,
    ngx_uint_t per, ngx_uint_t i, ngx_http_chat_limit_part_t *part)
{
    ngx_uint_t              by_ip;
    ngx_http_chat_store_t  *store;

    ngx_memzero(part, sizeof(ngx_http_chat_limit_part_t));

    part->per = per;
    part->kind = (i == 0) ? call->kind : NGX_HTTP_CHAT_KIND_ALL;
    part->limit = &call->conf->limits->of[per][part->kind];

    store = call->conf->store;

    if (per == NGX_HTTP_CHAT_PER_ROOM) {
        part->name = *call->room;
        part->key = ngx_http_chat_limit_key(store, per, part->kind,
                                            &part->name);
        return;
    }

    by_ip = (per == NGX_HTTP_CHAT_PER_IP
             || (per == NGX_HTTP_CHAT_PER_CONNECTION && call->guest));

    if (by_ip) {
        ngx_http_chat_limit_of_ip(part, call->connection, part->kind);

    } else if (!call->guest) {
        ngx_http_chat_limit_of_user(part, store, &call->user, part->kind);
    }

    /* else a user of its own each time */

    if (per == NGX_HTTP_CHAT_PER_CONNECTION && part->key != 0) {
        part->per = per;
        part->key = ngx_http_chat_limit_key(store, per, part->kind,
                                            &part->name);
    }
}


static uint32_t
ngx_http_chat_limit_call_end(ngx_http_chat_limit_call_t *call,
    const ngx_http_chat_limit_miss_t *miss)
{
    ngx_uint_t  more;

    if (miss->wait == 0) {
        ngx_http_chat_limit_call_tell(call);
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


/* Other hosts hear what was taken; not of what stands for a connection. */

static void
ngx_http_chat_limit_call_tell(ngx_http_chat_limit_call_t *call)
{
    ngx_uint_t                  per, i;
    ngx_http_chat_limit_part_t  part;

    for (per = NGX_HTTP_CHAT_PER_USER; per < NGX_HTTP_CHAT_PER_COUNT; per++) {

        for (i = 0; i < 2; i++) {

            if (call->keys[per][i] == 0 || call->told[per][i]) {
                continue;
            }

            ngx_http_chat_limit_call_part(call, per, i, &part);
            ngx_http_chat_limit_taken(call->conf->store, &part);
            call->told[per][i] = 1;
        }
    }
}


void
ngx_http_chat_limit_call_back(ngx_http_chat_limit_call_t *call)
{
    ngx_uint_t                  per, i;
    ngx_http_chat_limit_part_t  part;

    for (per = 0; per < NGX_HTTP_CHAT_PER_COUNT; per++) {

        for (i = 0; i < 2; i++) {
            ngx_http_chat_limit_give(call->keys[per][i]);
            call->keys[per][i] = 0;

            if (call->told[per][i]) {
                ngx_http_chat_limit_call_part(call, per, i, &part);
                ngx_http_chat_limit_given(call->conf->store, &part);
                call->told[per][i] = 0;
            }
        }
    }
}
