
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Limits in shared memory, beside a model: counts are what was entered and
 * not left by owners that live, or less where a set was full; and no bucket
 * gives more than it may.  With 0xff the cells become what follows: whatever
 * lies there, nothing is touched outside.
 */


#include "ngx_chat_limit_region.h"

#include <stdlib.h>
#include <string.h>


#define OWNERS  4
#define KEYS    8
#define BURST   5
#define NOW     1000000


typedef struct {
    ngx_chat_limit_t  *limit;
    uint32_t           owners[OWNERS];
    uint32_t           held[OWNERS][KEYS];
    uint32_t           taken[KEYS];
} model_t;


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void
check(const model_t *m)
{
    uint32_t  i, k;
    uint64_t  sum;

    for (k = 0; k < KEYS; k++) {
        sum = 0;

        for (i = 0; i < OWNERS; i++) {
            sum += m->held[i][k];
        }

        if (ngx_chat_limit_count(m->limit, k + 1) != sum
            || m->taken[k] > BURST)
        {
            abort();
        }
    }
}


static void
step(model_t *m, uint8_t byte)
{
    uint32_t  i, k;

    i = byte & 3;
    k = (byte >> 2) & 7;

    switch (byte >> 5) {

    case 0:
    case 1:
        m->held[i][k] += (uint32_t) ngx_chat_limit_enter(m->limit,
                                                         m->owners[i], k + 1);
        break;

    case 2:
    case 3:
        ngx_chat_limit_leave(m->limit, m->owners[i], k + 1);
        m->held[i][k] -= (m->held[i][k] != 0);
        break;

    case 4:
        ngx_chat_limit_release(m->limit, m->owners[i]);
        memset(m->held[i], 0, sizeof(m->held[i]));
        break;

    case 5:
        ngx_chat_limit_release(m->limit, m->owners[i]);
        memset(m->held[i], 0, sizeof(m->held[i]));
        m->owners[i] = ngx_chat_limit_claim(m->limit, i + 1, byte);
        break;

    default:
        m->taken[k] += (ngx_chat_limit_take(m->limit, k + 1, 1, BURST, NOW)
                        == 0);
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t                n, left;
    model_t               m;
    static unsigned char  memory[64 * 1024] __attribute__((aligned(64)));

    static const unsigned char  seed[16] = "0123456789abcdef";

    memset(&m, 0, sizeof(m));
    m.limit = (ngx_chat_limit_t *) memory;

    if (!ngx_chat_limit_init(m.limit, sizeof(memory), seed)) {
        abort();
    }

    for (n = 0; n < size && data[n] != 0xff; n++) {
        step(&m, data[n]);
        check(&m);
    }

    if (n == size) {
        return 0;
    }

    /* damage: to the places of owners, and to the first sets */

    left = size - n;
    memcpy(m.limit->owners, data + n,
           left < sizeof(m.limit->owners) ? left : sizeof(m.limit->owners));
    memcpy(ngx_chat_limit_bucket_sets(m.limit), data + n,
           left < 4096 ? left : 4096);
    memcpy(ngx_chat_limit_count_sets(m.limit), data + n,
           left < 4096 ? left : 4096);

    for ( /* void */ ; n < size; n++) {
        step(&m, data[n]);
        (void) ngx_chat_limit_count(m.limit, data[n]);
        ngx_chat_limit_raise(m.limit, (data[n] & 7) + 1U, 1, data[n], NOW);
        (void) ngx_chat_limit_share(m.limit, (data[n] & 7) + 1U, 8, 8, NOW);
        (void) ngx_chat_limit_unshare(m.limit, (data[n] & 7) + 1U);
    }

    return 0;
}
