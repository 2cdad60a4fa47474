
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The token bucket: a wait that is kept is enough, a shorter one is not, and
 * no client gets more than burst and rate allow.
 *
 * Bytes 0 to 3 are the rate, 4 the burst, then a step of time in each byte;
 * from 0xe0 on they are jumps.
 */


#include "ngx_chat_rate.h"

#include <stdlib.h>
#include <string.h>


#define STEP_JUMP  0xe0


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void
check_wait(const ngx_chat_rate_t *r, uint32_t rate, uint32_t burst,
    uint64_t now, uint32_t wait)
{
    ngx_chat_rate_t  copy;

    copy = *r;

    if (ngx_chat_rate_take(&copy, rate, burst, now + wait) != 0) {
        abort();
    }

    copy = *r;

    if (ngx_chat_rate_take(&copy, rate, burst, now + wait - 1) == 0) {
        abort();
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t           i;
    uint32_t         burst, rate, wait;
    uint64_t         now, past, taken;
    ngx_chat_rate_t  r;

    if (size < 5) {
        return 0;
    }

    memcpy(&rate, data, 4);
    burst = data[4];

    memset(&r, 0, sizeof(r));
    now = UINT32_MAX - 500;
    past = 0;
    taken = 0;

    for (i = 5; i < size; i++) {

        if (data[i] < STEP_JUMP) {
            now += data[i];
            past += data[i];

        } else if (data[i] & 1) {
            now -= 1000U * data[i];

        } else {
            now += 100000U * data[i];
            past += 100000U * data[i];
        }

        wait = ngx_chat_rate_take(&r, rate, burst, now);

        if (wait != 0) {
            check_wait(&r, rate, burst, now, wait);
            continue;
        }

        taken++;

        if (rate != 0
            && taken > (burst ? burst : 1) + past * rate / 1000000 + 1)
        {
            abort();
        }
    }

    return 0;
}
