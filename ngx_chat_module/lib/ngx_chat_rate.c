
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * A token bucket in eight bytes, with the time as a parameter.
 */


#include "ngx_chat_rate.h"


#define NGX_CHAT_RATE_TOKEN      1000   /* thousandths of a token */
#define NGX_CHAT_RATE_SECOND     1000   /* milliseconds */

#define NGX_CHAT_RATE_BURST_MAX  (UINT32_MAX / NGX_CHAT_RATE_TOKEN)


uint32_t
ngx_chat_rate_take(ngx_chat_rate_t *r, uint32_t rate, uint32_t burst,
    uint64_t now)
{
    return ngx_chat_rate_take_owing(r, rate, burst, 0, now);
}


uint32_t
ngx_chat_rate_take_owing(ngx_chat_rate_t *r, uint32_t rate, uint32_t burst,
    uint32_t debt, uint64_t now)
{
    uint32_t  elapsed, size, time;
    uint64_t  excess, gained, most, used;

    if (rate == 0) {
        return 0;
    }

    if (burst == 0) {
        burst = 1;

    } else if (burst > NGX_CHAT_RATE_BURST_MAX) {
        burst = NGX_CHAT_RATE_BURST_MAX;
    }

    size = burst * NGX_CHAT_RATE_TOKEN;
    time = (uint32_t) now;
    elapsed = time - r->last;

    if (elapsed > INT32_MAX) {

        /* back in time: begin anew here, else it would stand still till then */

        r->last = time;
        elapsed = 0;
    }

    /* a bucket that was larger under another burst */

    most = size + (uint64_t) debt * NGX_CHAT_RATE_TOKEN;

    if (r->used > most) {
        r->used = (uint32_t) most;
    }

    gained = (uint64_t) elapsed * rate / NGX_CHAT_RATE_SECOND;
    used = (gained < r->used) ? r->used - gained : 0;

    if (used + NGX_CHAT_RATE_TOKEN <= size) {
        r->used = (uint32_t) used + NGX_CHAT_RATE_TOKEN;
        r->last = time;
        return 0;
    }

    /*
     * The time of the last take is kept: what a refusal finds regained is
     * counted again, whole, by the next take, and no fraction is lost.
     */

    excess = (uint64_t) r->used + NGX_CHAT_RATE_TOKEN - size;

    return (uint32_t) ((excess * NGX_CHAT_RATE_SECOND + rate - 1) / rate
                       - elapsed);
}


void
ngx_chat_rate_give(ngx_chat_rate_t *r)
{
    r->used -= (r->used < NGX_CHAT_RATE_TOKEN) ? r->used : NGX_CHAT_RATE_TOKEN;
}


int
ngx_chat_rate_full(const ngx_chat_rate_t *r, uint32_t rate, uint64_t now)
{
    uint32_t  elapsed;

    elapsed = (uint32_t) now - r->last;

    return r->used == 0
           || (elapsed <= INT32_MAX
               && (uint64_t) elapsed * rate / NGX_CHAT_RATE_SECOND >= r->used);
}


uint32_t
ngx_chat_rate_spend(ngx_chat_rate_t *r, uint32_t rate, uint32_t burst,
    uint32_t bytes, uint64_t now)
{
    uint32_t  elapsed, time;
    uint64_t  gained, used, wait;

    if (rate == 0) {
        return 0;
    }

    time = (uint32_t) now;
    elapsed = time - r->last;

    if (elapsed > INT32_MAX) {
        elapsed = 0;
    }

    gained = (uint64_t) elapsed * rate / NGX_CHAT_RATE_SECOND;

    used = (gained < r->used) ? r->used - gained : 0;
    used += bytes;

    /* less than a byte is lost of each time between */

    r->last = time;
    r->used = (used > UINT32_MAX) ? UINT32_MAX : (uint32_t) used;

    if (used <= burst) {
        return 0;
    }

    wait = ((used - burst) * NGX_CHAT_RATE_SECOND + rate - 1) / rate;

    return (wait > INT32_MAX) ? INT32_MAX : (uint32_t) wait;
}
