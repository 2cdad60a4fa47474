
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What of limits other hosts have to know, where they share a store. */


#include "ngx_http_chat_limit.h"


static void ngx_http_chat_limit_count_told(ngx_http_chat_session_t *s,
    ngx_uint_t per, ngx_uint_t left);


/* of this worker */

static const ngx_http_chat_limit_upcalls_t  *ngx_http_chat_limit_upcalls;


void
ngx_http_chat_limit_init(const ngx_http_chat_limit_upcalls_t *upcalls)
{
    ngx_http_chat_limit_upcalls = upcalls;
}


void
ngx_http_chat_limit_taken(ngx_http_chat_store_t *store,
    const ngx_http_chat_limit_part_t *part)
{
    uint32_t  amount;

    if (!store->shares || part->key == 0) {
        return;
    }

    amount = ngx_chat_limit_share(ngx_http_chat_limit_memory(), part->key,
                                  part->limit->rate, part->limit->burst,
                                  ngx_current_msec);
    if (amount != 0) {
        ngx_http_chat_limit_upcalls->taken(store, part, (int32_t) amount);
    }
}


void
ngx_http_chat_limit_given(ngx_http_chat_store_t *store,
    const ngx_http_chat_limit_part_t *part)
{
    uint32_t  amount;

    if (!store->shares || part->key == 0) {
        return;
    }

    amount = ngx_chat_limit_unshare(ngx_http_chat_limit_memory(), part->key);

    if (amount != 0) {
        ngx_http_chat_limit_upcalls->taken(store, part, -(int32_t) amount);
    }
}


void
ngx_http_chat_limit_lacks(uint64_t key, const ngx_http_chat_limit_t *limit,
    uint32_t used)
{
    ngx_chat_limit_raise(ngx_http_chat_limit_memory(), key, limit->rate, used,
                         ngx_current_msec);
}


/* Who only asks, or is refused before it has a name, is this host's matter. */

void
ngx_http_chat_limit_connects(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx,
    ngx_uint_t per)
{
    ngx_http_chat_limit_part_t    part;
    const ngx_http_chat_limit_t  *limit;

    limit = &ctx->conf->limits->of[per][NGX_HTTP_CHAT_KIND_CONNECT];

    if (!ctx->conf->store->shares || limit->rate == 0) {
        return;
    }

    if (per == NGX_HTTP_CHAT_PER_IP) {

        if (ctx->knock == 0) {
            /* none was taken */
            return;
        }

        ngx_http_chat_limit_of_ip(&part, r->connection,
                                  NGX_HTTP_CHAT_KIND_CONNECT);

    } else if (ctx->guest) {
        return;

    } else {
        ngx_http_chat_limit_of_user(&part, ctx->conf->store, &ctx->user,
                                    NGX_HTTP_CHAT_KIND_CONNECT);
    }

    part.limit = limit;

    ngx_http_chat_limit_taken(ctx->conf->store, &part);
}


void
ngx_http_chat_limit_opened(ngx_http_chat_session_t *s)
{
    if (!s->conf->store->shares) {
        return;
    }

    s->told = 1;

    ngx_http_chat_limit_count_told(s, NGX_HTTP_CHAT_PER_IP, 0);
    ngx_http_chat_limit_count_told(s, NGX_HTTP_CHAT_PER_USER, 0);
}


void
ngx_http_chat_limit_named(ngx_http_chat_session_t *s)
{
    if (s->told) {
        ngx_http_chat_limit_count_told(s, NGX_HTTP_CHAT_PER_USER, 0);
    }
}


void
ngx_http_chat_limit_untold(ngx_http_chat_session_t *s)
{
    if (!s->told) {
        return;
    }

    s->told = 0;

    ngx_http_chat_limit_count_told(s, NGX_HTTP_CHAT_PER_IP, 1);
    ngx_http_chat_limit_count_told(s, NGX_HTTP_CHAT_PER_USER, 1);
}


static void
ngx_http_chat_limit_count_told(ngx_http_chat_session_t *s, ngx_uint_t per,
    ngx_uint_t left)
{
    ngx_str_t                   user;
    ngx_http_chat_limit_part_t  part;

    if (per == NGX_HTTP_CHAT_PER_IP) {

        if (!s->ip_counted) {
            return;
        }

        ngx_http_chat_limit_of_ip(&part, s->connection,
                                  NGX_HTTP_CHAT_KIND_OTHER);

    } else {

        if (!s->user_counted) {
            return;
        }

        user = ngx_http_chat_head_str(s->head, NGX_HTTP_CHAT_HEAD_USER);

        ngx_http_chat_limit_of_user(&part, s->conf->store, &user,
                                    NGX_HTTP_CHAT_KIND_OTHER);
    }

    if (left) {
        ngx_http_chat_limit_upcalls->left(s, &part);

    } else {
        ngx_http_chat_limit_upcalls->entered(s, &part);
    }
}


void
ngx_http_chat_limit_gone(void)
{
    if (ngx_http_chat_limit_upcalls != NULL) {
        ngx_http_chat_limit_upcalls->gone();
    }
}
