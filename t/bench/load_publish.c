
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * How fast messages are acknowledged: each connection keeps some of them
 * without an answer, and each must be answered and come back.
 */


#define _GNU_SOURCE

#include "load.h"

#include <stdio.h>


static void load_publish_print(load_t *l, const uint64_t *cpu, uint64_t own,
    double elapsed);


void
load_publish(load_t *l)
{
    uint32_t  i, n;
    uint64_t  start, own, cpu[LOAD_PIDS];

    load_members(l);

    for (n = 0; n < l->options.flight; n++) {
        for (i = 0; i < l->nconns; i++) {
            load_launch_by(l, &l->conns[i]);
        }

        load_wait(l, 0);
    }

    load_run(l, l->options.warmup);

    for (i = 0; i < l->options.npids; i++) {
        cpu[i] = load_cpu_of(&l->options, i);
    }

    own = load_cpu_self();
    start = load_now();
    l->measuring = 1;

    load_run(l, l->options.seconds);

    l->measuring = 0;

    for (i = 0; i < l->options.npids; i++) {
        cpu[i] = load_cpu_of(&l->options, i) - cpu[i];
    }

    own = load_cpu_self() - own;
    start = load_now() - start;

    load_drain(l);
    load_publish_print(l, cpu, own, (double) start / 1e9);
}


static void
load_publish_print(load_t *l, const uint64_t *cpu, uint64_t own,
    double elapsed)
{
    double    n;
    uint32_t  i;

    n = (double) (l->ack.total ? l->ack.total : 1);

    printf("{\"seconds\":%.3f,\"publishes\":%.0f,"
           "\"publishes_per_second\":%.0f,"
           "\"ack_p50_us\":%.1f,\"ack_p99_us\":%.1f,"
           "\"echo_p50_us\":%.1f,\"echo_p99_us\":%.1f,"
           "\"client_us_per_publish\":%.2f,\"client_busy\":%.3f,"
           "\"cpu_us_per_publish\":[", elapsed, (double) l->ack.total,
           (double) l->ack.total / elapsed,
           (double) load_hist_quantile(&l->ack, 0.5) / 1e3,
           (double) load_hist_quantile(&l->ack, 0.99) / 1e3,
           (double) load_hist_quantile(&l->echo, 0.5) / 1e3,
           (double) load_hist_quantile(&l->echo, 0.99) / 1e3,
           (double) own / 1e3 / n, (double) own / 1e9 / elapsed);

    for (i = 0; i < l->options.npids; i++) {
        printf("%s%.2f", i ? "," : "", (double) cpu[i] / 1e3 / n);
    }

    printf("],\"busy\":[");

    for (i = 0; i < l->options.npids; i++) {
        printf("%s%.3f", i ? "," : "", (double) cpu[i] / 1e9 / elapsed);
    }

    printf("]}\n");
}
