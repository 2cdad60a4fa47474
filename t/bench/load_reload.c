
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * How long it takes until all members are back after a reload, and the proof
 * that none of them lost, doubled or reordered anything on the way.
 */


#define _GNU_SOURCE

#include "load.h"

#include <signal.h>
#include <stdio.h>
#include <sys/types.h>


#define LOAD_DRAINED   4200             /* the close of a worker that goes */
#define LOAD_JITTER    1000000000u      /* ns at most until one comes back */
#define LOAD_LOOK      5000000u         /* ns between looks who is due */
#define LOAD_DEADLINE  60000000000u     /* ns until all must be back */


static void load_reload_run(load_t *l, uint64_t end);
static void load_reload_send(load_t *l);
static void load_reload_connect(load_t *l);
static void load_reload_ended(load_t *l, load_conn_t *c);


static uint64_t  load_reload_last;      /* ns, when the last was sent away */
static uint32_t  load_reload_refused;


void
load_reload(load_t *l)
{
    uint64_t  start, messages;
    double    elapsed;

    load_members(l);
    l->ended = load_reload_ended;

    l->now = load_now();
    load_reload_run(l, l->now + (uint64_t) (l->options.warmup * 1e9));

    if (kill((pid_t) l->options.reload, SIGHUP) == -1) {
        load_fail("nginx cannot be told to reload");
    }

    start = load_now();
    l->measuring = 1;
    load_reload_run(l, 0);
    elapsed = (double) (l->now - start) / 1e9;
    l->measuring = 0;

    load_reload_run(l, l->now + (uint64_t) (l->options.warmup * 1e9));
    messages = l->messages + l->flying;
    load_drain(l);

    printf("{\"members\":%u,\"reload_seconds\":%.3f,\"drained_seconds\":%.3f,"
           "\"away_p50_us\":%.1f,\"away_p99_us\":%.1f,"
           "\"join_p50_us\":%.1f,\"join_p99_us\":%.1f,"
           "\"messages\":%llu,\"deliveries\":%llu,\"missed\":%u,"
           "\"pages\":%u,\"holes\":%u,\"repeated\":%u,\"dups\":%u,"
           "\"refused\":%u}\n",
           l->nconns, elapsed, (double) (load_reload_last - start) / 1e9,
           (double) load_hist_quantile(&l->away, 0.5) / 1e3,
           (double) load_hist_quantile(&l->away, 0.99) / 1e3,
           (double) load_hist_quantile(&l->join, 0.5) / 1e3,
           (double) load_hist_quantile(&l->join, 0.99) / 1e3,
           (unsigned long long) messages,
           (unsigned long long) l->deliveries, l->missed, l->pages, l->holes,
           l->repeated, l->dups, load_reload_refused);
}


/* until the end, or with none until all are back */

static void
load_reload_run(load_t *l, uint64_t end)
{
    uint64_t  next, look, step, deadline;

    l->now = load_now();
    step = l->options.rate ? 1000000000u / l->options.rate : LOAD_DEADLINE;
    next = l->now + step;
    look = l->now;
    deadline = l->now + LOAD_DEADLINE;

    while (end ? l->now < end : l->back < l->nconns) {
        while (l->now >= next) {
            load_reload_send(l);
            next += step;
        }

        if (l->now >= look) {
            load_reload_connect(l);
            look = l->now + LOAD_LOOK;
        }

        load_wait(l, 1);

        if (l->now > deadline) {
            load_fail("only %u of %u are back after the reload",
                      l->back, l->nconns);
        }
    }
}


/* of a room's members the next one who is there and has nothing to repeat */

static void
load_reload_send(load_t *l)
{
    uint32_t      i, room;
    load_conn_t  *c;
    load_room_t  *r;

    room = l->next_room++ % l->options.rooms;
    r = &l->rooms[room];

    for (i = 0; i < l->options.members; i++) {
        c = &l->conns[room + r->sender * l->options.rooms];
        r->sender = (r->sender + 1) % l->options.members;

        if (c->joined && c->state == LOAD_OPEN && !c->pending) {
            load_launch_by(l, c);
            return;
        }
    }
}


static void
load_reload_connect(load_t *l)
{
    uint32_t      i;
    load_conn_t  *c;

    for (i = 0; i < l->nconns; i++) {
        c = &l->conns[i];

        if (c->state == LOAD_AWAY && c->due <= l->now) {
            c->code = 0;
            load_connect(l, c);
        }
    }
}


static void
load_reload_ended(load_t *l, load_conn_t *c)
{
    static uint64_t  random = 88172645463325252u;

    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;

    if (c->joined) {
        if (c->code != LOAD_DRAINED) {
            load_fail("connection %u ended with %u instead of %u", c->index,
                      c->code, LOAD_DRAINED);
        }

        c->joined = 0;
        c->ended = l->now;
        l->joined--;
        load_reload_last = l->now;

    } else {
        load_reload_refused++;
    }

    c->due = l->now + random % LOAD_JITTER;
}
