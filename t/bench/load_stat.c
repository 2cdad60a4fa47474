
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What is measured: clocks, histograms, CPU and memory of the server. */


#define _GNU_SOURCE

#include "load.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>


static uint64_t load_cpu_process(int pid);


uint64_t
load_now(void)
{
    struct timespec  ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);

    return (uint64_t) ts.tv_sec * 1000000000u + (uint64_t) ts.tv_nsec;
}


void
load_hist_add(load_hist_t *h, uint64_t value)
{
    unsigned  shift;

    h->total++;

    if (value > h->max) {
        h->max = value;
    }

    if (value < 32) {
        h->bucket[value]++;
        return;
    }

    shift = 58 - (unsigned) __builtin_clzll(value);
    h->bucket[(shift + 1) * 32 + ((value >> shift) & 31)]++;
}


uint64_t
load_hist_quantile(const load_hist_t *h, double q)
{
    size_t    i;
    uint64_t  n, rank;

    n = 0;
    rank = (uint64_t) (q * (double) h->total);

    for (i = 0; i < sizeof(h->bucket) / sizeof(h->bucket[0]); i++) {
        n += h->bucket[i];

        if (n > rank) {
            break;
        }
    }

    if (n <= rank) {
        return h->max;
    }

    if (i < 32) {
        return i;
    }

    /* the middle of the bucket */

    return ((2 * (32 + (i & 31)) + 1) << (i / 32 - 1)) / 2;
}


uint64_t
load_cpu(const load_options_t *o)
{
    uint32_t  i;
    uint64_t  sum;

    sum = 0;

    for (i = 0; i < o->npids; i++) {
        sum += load_cpu_process(o->pids[i]);
    }

    return sum;
}


uint64_t
load_cpu_of(const load_options_t *o, uint32_t n)
{
    return load_cpu_process(o->pids[n]);
}


uint64_t
load_cpu_self(void)
{
    return load_cpu_process((int) getpid());
}


/* schedstat counts a thread in ns where stat has ticks of 10 ms */

static uint64_t
load_cpu_process(int pid)
{
    DIR            *dir;
    FILE           *f;
    char            name[300];
    uint64_t        sum;
    unsigned long   ns;
    struct dirent  *d;

    sum = 0;
    snprintf(name, sizeof(name), "/proc/%d/task", pid);
    dir = opendir(name);

    if (dir == NULL) {
        load_fail("process %d of the server is gone", pid);
    }

    for (d = readdir(dir); d; d = readdir(dir)) {
        if (d->d_name[0] == '.') {
            continue;
        }

        snprintf(name, sizeof(name), "/proc/%d/task/%s/schedstat", pid,
                 d->d_name);
        f = fopen(name, "r");

        if (f == NULL) {
            continue;
        }

        if (fscanf(f, "%lu", &ns) == 1) {
            sum += ns;
        }

        fclose(f);
    }

    closedir(dir);

    return sum;
}


uint64_t
load_memory(const load_options_t *o, uint32_t n, const char *field)
{
    FILE    *f;
    char     line[256], name[64];
    size_t   len;
    uint64_t kb;

    kb = 0;
    len = strlen(field);
    snprintf(name, sizeof(name), "/proc/%d/smaps_rollup", o->pids[n]);
    f = fopen(name, "r");

    if (f == NULL) {
        load_fail("cannot open %s", name);
    }

    while (fgets(line, sizeof(line), f)) {
        if (strncmp(line, field, len) == 0 && line[len] == ':') {
            kb = strtoull(line + len + 1, NULL, 10);
        }
    }

    fclose(f);

    return kb * 1024;
}
