
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* How long a message takes from one worker to a member at another one. */


#include "load.h"

#include <stdio.h>
#include <string.h>


#define LOAD_TRIES  64          /* connections until one is elsewhere */


static void load_elsewhere(load_t *l);


void
load_between(load_t *l)
{
    load_member(l, &l->conns[0]);
    load_elsewhere(l);

    load_run(l, l->options.warmup);

    l->measuring = 1;
    load_run(l, l->options.seconds);
    l->measuring = 0;

    load_drain(l);

    printf("{\"messages\":%llu,"
           "\"between_p50_us\":%.1f,\"between_p99_us\":%.1f,"
           "\"ack_p50_us\":%.1f,\"ack_p99_us\":%.1f}\n",
           (unsigned long long) l->other.total,
           (double) load_hist_quantile(&l->other, 0.5) / 1e3,
           (double) load_hist_quantile(&l->other, 0.99) / 1e3,
           (double) load_hist_quantile(&l->ack, 0.5) / 1e3,
           (double) load_hist_quantile(&l->ack, 0.99) / 1e3);
}


/* the kernel chooses the worker: again until it is not that of the first */

static void
load_elsewhere(load_t *l)
{
    uint32_t      i;
    load_conn_t  *c;

    c = &l->conns[1];

    for (i = 0; i < LOAD_TRIES; i++) {
        load_member(l, c);

        if (strcmp(c->node, l->conns[0].node) != 0) {
            return;
        }

        load_reset(c);
        l->joined--;

        memset(c, 0, sizeof(load_conn_t));
        c->index = 1;
    }

    load_fail("%u connections are all at one worker", LOAD_TRIES);
}
