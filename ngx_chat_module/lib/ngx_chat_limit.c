
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Memory for limits, and their token buckets; see the header. */


#include "ngx_chat_limit_region.h"
#include "ngx_chat_log_region.h"
#include "ngx_chat_rate.h"

#include <string.h>


static ngx_chat_limit_bucket_t *ngx_chat_limit_oldest(
    ngx_chat_limit_bucket_set_t *set, uint64_t now);


size_t
ngx_chat_limit_least(void)
{
    return sizeof(ngx_chat_limit_t)
           + 16 * sizeof(ngx_chat_limit_bucket_set_t)
           + 16 * sizeof(ngx_chat_limit_count_set_t);
}


int
ngx_chat_limit_init(ngx_chat_limit_t *limit, size_t size,
    const unsigned char seed[16])
{
    size_t  half;

    if (size < ngx_chat_limit_least()) {
        return 0;
    }

    memset(limit, 0, size);
    memcpy(limit->hash, seed, sizeof(limit->hash));

    half = (size - sizeof(ngx_chat_limit_t)) / 2;

    if (half / sizeof(ngx_chat_limit_bucket_set_t) > UINT32_MAX) {
        half = UINT32_MAX * sizeof(ngx_chat_limit_bucket_set_t);
    }

    limit->nbuckets = (uint32_t) (half / sizeof(ngx_chat_limit_bucket_set_t));
    limit->ncounts = (uint32_t) (half / sizeof(ngx_chat_limit_count_set_t));

    return 1;
}


uint64_t
ngx_chat_limit_key(const ngx_chat_limit_t *limit, uint32_t kind,
    const ngx_chat_str_t *space, const ngx_chat_str_t *name)
{
    uint64_t  key;

    key = ngx_chat_log_hash(limit->hash, kind, space);
    key = ngx_chat_log_hash(limit->hash, key, name);

    return (key != 0) ? key : 1;
}


uint32_t
ngx_chat_limit_take(ngx_chat_limit_t *limit, uint64_t key, uint32_t rate,
    uint32_t burst, uint64_t now)
{
    unsigned                      i;
    uint32_t                      wait;
    uint64_t                      old, found, state;
    ngx_chat_rate_t               r;
    ngx_chat_limit_bucket_t      *b;
    ngx_chat_limit_bucket_set_t  *set;

    if (rate == 0) {
        return 0;
    }

    set = ngx_chat_limit_bucket_sets(limit)
          + ngx_chat_limit_set(key, limit->nbuckets);

    for (i = 0; i < NGX_CHAT_LIMIT_TRIES; i++) {
        b = ngx_chat_limit_bucket(limit, key);

        if (b != NULL) {
            state = ngx_chat_limit_load(&b->state);
            r.used = (uint32_t) (state >> 32);

        } else {
            b = ngx_chat_limit_oldest(set, now);
            found = ngx_chat_limit_load(&b->key);
            state = ngx_chat_limit_load(&b->state);

            if (!ngx_chat_limit_swap(&b->key, &found, key)) {
                continue;
            }

            /* whoever dies here leaves what another had used: it regains */
            r.used = 0;
        }

        r.last = (uint32_t) state;
        old = state;

        wait = ngx_chat_rate_take_owing(&r, rate, burst,
                                        ngx_chat_limit_debt(burst),
                                        ngx_chat_limit_clock(state, now));
        if (wait != 0 && r.last == (uint32_t) state) {
            return wait;
        }

        /* taken; or the clock has jumped back, and the bucket begins anew */

        state = ((uint64_t) r.used << 32) | r.last;

        if (ngx_chat_limit_swap(&b->state, &old, state)) {
            return wait;
        }
    }

    return 0;
}


void
ngx_chat_limit_give(ngx_chat_limit_t *limit, uint64_t key)
{
    unsigned                  i;
    uint64_t                  state, old;
    ngx_chat_rate_t           r;
    ngx_chat_limit_bucket_t  *b;

    b = ngx_chat_limit_bucket(limit, key);
    if (b == NULL) {
        return;
    }

    old = ngx_chat_limit_load(&b->state);

    for (i = 0; i < NGX_CHAT_LIMIT_TRIES; i++) {
        r.used = (uint32_t) (old >> 32);
        r.last = (uint32_t) old;

        ngx_chat_rate_give(&r);

        state = ((uint64_t) r.used << 32) | r.last;

        if (ngx_chat_limit_swap(&b->state, &old, state)) {
            return;
        }
    }
}


ngx_chat_limit_bucket_t *
ngx_chat_limit_bucket(ngx_chat_limit_t *limit, uint64_t key)
{
    unsigned                      i;
    ngx_chat_limit_bucket_set_t  *set;

    set = ngx_chat_limit_bucket_sets(limit)
          + ngx_chat_limit_set(key, limit->nbuckets);

    for (i = 0; i < NGX_CHAT_LIMIT_BUCKETS; i++) {
        if (ngx_chat_limit_load(&set->cells[i].key) == key) {
            return &set->cells[i];
        }
    }

    return NULL;
}


static ngx_chat_limit_bucket_t *
ngx_chat_limit_oldest(ngx_chat_limit_bucket_set_t *set, uint64_t now)
{
    int32_t                   age, greatest;
    unsigned                  i;
    ngx_chat_limit_bucket_t  *b, *oldest;

    oldest = NULL;
    greatest = 0;

    for (i = 0; i < NGX_CHAT_LIMIT_BUCKETS; i++) {
        b = &set->cells[i];

        if (ngx_chat_limit_load(&b->key) == 0) {
            return b;
        }

        age = (int32_t) ((uint32_t) now
                         - (uint32_t) ngx_chat_limit_load(&b->state));

        if (oldest == NULL || age > greatest) {
            oldest = b;
            greatest = age;
        }
    }

    return oldest;
}


/*
 * A process whose clock is a little behind must not set that of the bucket
 * back: the time between would be gained again and again.
 */

uint64_t
ngx_chat_limit_clock(uint64_t state, uint64_t now)
{
    uint32_t  behind;

    behind = (uint32_t) state - (uint32_t) now;

    return (behind < 60 * 1000) ? now + behind : now;
}
