
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What is told of buckets that others have, too (ngx_chat_limit.h). */


#include "ngx_chat_limit_region.h"
#include "ngx_chat_rate.h"


#define NGX_CHAT_LIMIT_TOKEN   1000
#define NGX_CHAT_LIMIT_SECOND  1000

/* what was not told is a bucket, too, under a key of its own */
#define NGX_CHAT_LIMIT_UNTOLD  UINT64_C(0x9e3779b97f4a7c15)


static uint64_t ngx_chat_limit_untold(uint64_t key);
static uint32_t ngx_chat_limit_empty(ngx_chat_limit_t *limit, uint64_t key,
    uint32_t rate, uint64_t now);
static uint32_t ngx_chat_limit_used(uint64_t state, uint32_t rate,
    uint64_t now);


static uint64_t
ngx_chat_limit_untold(uint64_t key)
{
    key ^= NGX_CHAT_LIMIT_UNTOLD;

    return (key != 0) ? key : 1;
}


uint32_t
ngx_chat_limit_share(ngx_chat_limit_t *limit, uint64_t key, uint32_t rate,
    uint32_t burst, uint64_t now)
{
    if (burst < NGX_CHAT_LIMIT_SHARE || rate < NGX_CHAT_LIMIT_SHARE) {
        return NGX_CHAT_LIMIT_TOKEN;
    }

    key = ngx_chat_limit_untold(key);
    rate /= NGX_CHAT_LIMIT_SHARE;
    burst /= NGX_CHAT_LIMIT_SHARE;

    if (ngx_chat_limit_take(limit, key, rate, burst, now) == 0) {
        return 0;
    }

    return ngx_chat_limit_empty(limit, key, rate, now) + NGX_CHAT_LIMIT_TOKEN;
}


/* Of two who find it full one empties it, and the other tells its own. */

static uint32_t
ngx_chat_limit_empty(ngx_chat_limit_t *limit, uint64_t key, uint32_t rate,
    uint64_t now)
{
    uint64_t                  state;
    ngx_chat_limit_bucket_t  *b;

    b = ngx_chat_limit_bucket(limit, key);
    if (b == NULL) {
        return 0;
    }

    state = ngx_chat_limit_load(&b->state);
    now = ngx_chat_limit_clock(state, now);

    return ngx_chat_limit_swap(&b->state, &state, (uint32_t) now)
           ? ngx_chat_limit_used(state, rate, now) : 0;
}


static uint32_t
ngx_chat_limit_used(uint64_t state, uint32_t rate, uint64_t now)
{
    uint32_t  used, elapsed;
    uint64_t  gained;

    used = (uint32_t) (state >> 32);
    elapsed = (uint32_t) now - (uint32_t) state;

    if (elapsed > INT32_MAX) {
        elapsed = 0;
    }

    gained = (uint64_t) elapsed * rate / NGX_CHAT_LIMIT_SECOND;

    return (gained < used) ? used - (uint32_t) gained : 0;
}


uint32_t
ngx_chat_limit_unshare(ngx_chat_limit_t *limit, uint64_t key)
{
    uint64_t                  state;
    ngx_chat_limit_bucket_t  *b;

    b = ngx_chat_limit_bucket(limit, ngx_chat_limit_untold(key));

    if (b != NULL) {
        state = ngx_chat_limit_load(&b->state);

        if ((state >> 32) >= NGX_CHAT_LIMIT_TOKEN
            && ngx_chat_limit_swap(&b->state, &state,
                              state - ((uint64_t) NGX_CHAT_LIMIT_TOKEN << 32)))
        {
            return 0;
        }
    }

    return NGX_CHAT_LIMIT_TOKEN;
}


void
ngx_chat_limit_raise(ngx_chat_limit_t *limit, uint64_t key, uint32_t rate,
    uint32_t used, uint64_t now)
{
    unsigned                  i;
    uint64_t                  state, time;
    ngx_chat_limit_bucket_t  *b;

    b = ngx_chat_limit_bucket(limit, key);
    if (b == NULL) {
        return;
    }

    state = ngx_chat_limit_load(&b->state);

    for (i = 0; i < NGX_CHAT_LIMIT_TRIES; i++) {
        time = ngx_chat_limit_clock(state, now);

        if (ngx_chat_limit_used(state, rate, time) >= used
            || ngx_chat_limit_swap(&b->state, &state,
                                   ((uint64_t) used << 32) | (uint32_t) time))
        {
            return;
        }
    }
}
