
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The benchmark's client: opens connections into rooms, keeps messages under
 * way, measures, and prints one line of JSON.
 */


#define _GNU_SOURCE

#include "load.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>


#define LOAD_SETTLE    500000000u       /* ns for what follows a handshake */
#define LOAD_PROBES    20               /* half seconds */
#define LOAD_STALL     10000000000u     /* ns without any delivery */
#define LOAD_QUIET     300000000u       /* ns in which nothing may follow */
#define LOAD_BASELINE  500              /* connections before the first look */


static void load_options(load_options_t *o, int argc, char **argv);
static void load_option(load_options_t *o, int c, char *value);
static void load_init(load_t *l);
static void load_idle(load_t *l);
static void load_fan(load_t *l);
static void load_fan_print(load_t *l, const uint64_t *cpu, uint64_t own,
    double deliveries, double elapsed);
static void load_settle(load_t *l);
static void load_pause(load_t *l, uint64_t ns);


static load_t  load;


int
main(int argc, char **argv)
{
    load_options(&load.options, argc, argv);
    load_init(&load);

    if (load.options.idle) {
        load_idle(&load);

    } else if (load.options.publish) {
        load_publish(&load);

    } else if (load.options.between) {
        load_between(&load);

    } else if (load.options.reload) {
        load_reload(&load);

    } else {
        load_fan(&load);
    }

    load_close(&load);

    return 0;
}


static void
load_options(load_options_t *o, int argc, char **argv)
{
    int  c;

    static const struct option  table[] = {
        { "port", 1, NULL, 'p' },
        { "path", 1, NULL, 'u' },
        { "source", 1, NULL, 's' },
        { "rooms", 1, NULL, 'r' },
        { "members", 1, NULL, 'm' },
        { "flight", 1, NULL, 'f' },
        { "rate", 1, NULL, 'R' },
        { "idle", 1, NULL, 'i' },
        { "seconds", 1, NULL, 't' },
        { "warmup", 1, NULL, 'w' },
        { "pids", 1, NULL, 'P' },
        { "json", 0, NULL, 'j' },
        { "tls", 0, NULL, 'T' },
        { "publish", 0, NULL, 'b' },
        { "cid", 0, NULL, 'c' },
        { "echo", 0, NULL, 'e' },
        { "between", 0, NULL, 'B' },
        { "page", 1, NULL, 'g' },
        { "reload", 1, NULL, 'H' },
        { NULL, 0, NULL, 0 }
    };

    o->host = "127.0.0.1";
    o->path = "/?room=r@";
    o->rooms = 1;
    o->members = 10;
    o->page = 50;
    o->seconds = 5;
    o->warmup = 0.5;

    for ( ;; ) {
        c = getopt_long(argc, argv, "", table, NULL);

        if (c == -1) {
            break;
        }

        load_option(o, c, optarg);
    }

    if (o->port == 0 || o->rooms == 0 || o->members == 0
        || strchr(o->path, '@') == NULL
        || (o->idle == 0 && (o->flight == 0) == (o->rate == 0))
        || (o->echo && (!o->publish || o->flight != 1))
        || (o->between && (o->rooms != 1 || o->members != 2 || !o->rate))
        || o->flight > LOAD_SLOTS / 2)
    {
        load_fail("these options make no sense together");
    }
}


static void
load_option(load_options_t *o, int c, char *value)
{
    char  *p;

    switch (c) {
    case 'p': o->port = atoi(value); break;
    case 'u': o->path = value; break;
    case 's': o->source = value; break;
    case 'r': o->rooms = (uint32_t) atoi(value); break;
    case 'm': o->members = (uint32_t) atoi(value); break;
    case 'f': o->flight = (uint32_t) atoi(value); break;
    case 'R': o->rate = (uint32_t) atoi(value); break;
    case 'i': o->idle = (uint32_t) atoi(value); break;
    case 't': o->seconds = atof(value); break;
    case 'w': o->warmup = atof(value); break;
    case 'j': o->json = 1; break;
    case 'T': o->tls = 1; break;
    case 'b': o->publish = 1; break;
    case 'c': o->cid = 1; break;
    case 'e': o->echo = 1; break;
    case 'B': o->between = 1; break;
    case 'g': o->page = (uint32_t) atoi(value); break;
    case 'H': o->reload = atoi(value); break;

    case 'P':
        for (p = strtok(value, ","); p; p = strtok(NULL, ",")) {
            if (o->npids == LOAD_PIDS) {
                load_fail("too many processes");
            }

            o->pids[o->npids++] = atoi(p);
        }

        break;

    default:
        load_fail("unknown option");
    }
}


static void
load_init(load_t *l)
{
    uint32_t       i;
    struct rlimit  rl;

    if (getrlimit(RLIMIT_NOFILE, &rl) == 0) {
        rl.rlim_cur = rl.rlim_max;
        (void) setrlimit(RLIMIT_NOFILE, &rl);
    }

    l->nconns = l->options.rooms * l->options.members;

    if (l->options.idle) {
        l->nconns = l->options.idle + LOAD_BASELINE;
    }

    l->text = load_frame_text;
    l->conns = calloc(l->nconns, sizeof(load_conn_t));
    l->epoll = epoll_create1(EPOLL_CLOEXEC);

    if (l->conns == NULL || l->epoll == -1) {
        load_fail("no memory");
    }

    for (i = 0; i < l->nconns; i++) {
        l->conns[i].index = i;
        l->conns[i].room = i % l->options.rooms;
    }

    load_check_init(l);

    if (l->options.tls) {
        l->ssl = SSL_CTX_new(TLS_client_method());

        if (l->ssl == NULL) {
            load_fail("SSL_CTX_new() failed");
        }

        /* it talks to a self-signed server on this machine */

        SSL_CTX_set_verify(l->ssl, SSL_VERIFY_NONE, NULL);
    }
}


/*
 * the first connections touch what a server allocates once, so that the
 * growth after them belongs to the connections
 */

static void
load_idle(load_t *l)
{
    uint32_t  i, n;
    uint64_t  start, opened, cpu, memory[LOAD_PIDS];

    n = l->options.idle;
    memset(memory, 0, sizeof(memory));

    load_open(l, 0, LOAD_BASELINE);
    load_pause(l, LOAD_SETTLE);

    for (i = 0; i < l->options.npids; i++) {
        memory[i] = load_memory(&l->options, i, "Rss");
    }

    cpu = load_cpu(&l->options);
    start = load_now();

    load_open(l, LOAD_BASELINE, l->nconns);
    opened = load_now() - start;

    load_pause(l, LOAD_SETTLE);
    cpu = load_cpu(&l->options) - cpu;

    printf("{\"connections\":%u,\"handshakes_per_second\":%.0f,"
           "\"cpu_us_per_handshake\":%.2f,\"rss_per_connection\":[", n,
           n * 1e9 / (double) opened, (double) cpu / 1e3 / n);

    for (i = 0; i < l->options.npids; i++) {
        printf("%s%.1f", i ? "," : "",
               ((double) load_memory(&l->options, i, "Rss")
                - (double) memory[i]) / n);
    }

    printf("]}\n");
}


static void
load_fan(load_t *l)
{
    uint32_t  i;
    uint64_t  start, own, deliveries, messages, cpu[LOAD_PIDS];
    double    elapsed;

    load_open(l, 0, l->nconns);
    load_settle(l);

    for (i = 0; i < l->options.flight; i++) {
        load_launch(l, l->next_room++ % l->options.rooms);
    }

    load_run(l, l->options.warmup);

    l->measuring = 1;
    deliveries = l->deliveries;
    messages = l->messages;
    start = load_now();
    own = load_cpu_self();

    for (i = 0; i < l->options.npids; i++) {
        cpu[i] = load_cpu_of(&l->options, i);
    }

    load_run(l, l->options.seconds);

    l->measuring = 0;

    for (i = 0; i < l->options.npids; i++) {
        cpu[i] = load_cpu_of(&l->options, i) - cpu[i];
    }

    own = load_cpu_self() - own;
    elapsed = (double) (load_now() - start) / 1e9;
    deliveries = l->deliveries - deliveries;
    messages = l->messages - messages;

    load_drain(l);

    printf("{\"seconds\":%.3f,\"messages\":%llu,\"deliveries\":%llu,",
           elapsed, (unsigned long long) messages,
           (unsigned long long) deliveries);

    load_fan_print(l, cpu, own, (double) (deliveries ? deliveries : 1),
                   elapsed);
}


static void
load_fan_print(load_t *l, const uint64_t *cpu, uint64_t own,
    double deliveries, double elapsed)
{
    uint32_t  i;
    uint64_t  sum;

    sum = 0;
    printf("\"busy\":[");

    for (i = 0; i < l->options.npids; i++) {
        sum += cpu[i];
        printf("%s%.3f", i ? "," : "", (double) cpu[i] / 1e9 / elapsed);
    }

    printf("],\"deliveries_per_second\":%.0f,\"cpu_us_per_delivery\":%.4f,"
           "\"client_us_per_delivery\":%.4f,"
           "\"server_busy\":%.3f,\"client_busy\":%.3f,"
           "\"each_p50_us\":%.1f,\"each_p99_us\":%.1f,"
           "\"last_p50_us\":%.1f,\"last_p99_us\":%.1f}\n",
           deliveries / elapsed, (double) sum / 1e3 / deliveries,
           (double) own / 1e3 / deliveries,
           (double) sum / 1e9 / elapsed, (double) own / 1e9 / elapsed,
           (double) load_hist_quantile(&l->each, 0.5) / 1e3,
           (double) load_hist_quantile(&l->each, 0.99) / 1e3,
           (double) load_hist_quantile(&l->last, 0.5) / 1e3,
           (double) load_hist_quantile(&l->last, 0.99) / 1e3);
}


/* all are members of their room once each has got a message of it */

static void
load_settle(load_t *l)
{
    uint32_t  i, room;

    for (i = 0; i < LOAD_PROBES && l->probed < l->nconns; i++) {
        for (room = 0; room < l->options.rooms; room++) {
            if (l->rooms[room].probed < l->options.members) {
                load_probe(l, room);
            }
        }

        load_pause(l, LOAD_SETTLE);
    }

    if (l->probed < l->nconns) {
        load_fail("only %u of %u connections hear their room", l->probed,
                  l->nconns);
    }
}


void
load_run(load_t *l, double seconds)
{
    int       ms;
    uint64_t  end, next, step, stall, seen;

    l->now = load_now();
    end = l->now + (uint64_t) (seconds * 1e9);
    step = l->options.rate ? 1000000000u / l->options.rate : 0;
    next = l->now;
    stall = l->now;
    seen = l->deliveries;

    while (l->now < end) {
        ms = 100;

        if (step) {
            while (l->now >= next) {
                load_launch(l, l->next_room++ % l->options.rooms);
                next += step;
            }

            ms = (int) ((next - l->now) / 1000000);
        }

        load_wait(l, ms);

        if (l->deliveries != seen) {
            seen = l->deliveries;
            stall = l->now;
        }

        if (l->now - stall > LOAD_STALL) {
            load_fail("%u messages are lost", l->flying);
        }
    }
}


void
load_drain(load_t *l)
{
    uint64_t  end;

    l->stopping = 1;
    end = load_now() + LOAD_STALL;

    while (l->flying) {
        load_wait(l, 100);

        if (l->now > end) {
            load_fail("%u messages are lost", l->flying);
        }
    }

    load_pause(l, LOAD_QUIET);
}


static void
load_pause(load_t *l, uint64_t ns)
{
    uint64_t  end;

    l->now = load_now();
    end = l->now + ns;

    while (l->now < end) {
        load_wait(l, (int) ((end - l->now) / 1000000 + 1));
    }
}


void
load_fail(const char *fmt, ...)
{
    va_list  args;

    fprintf(stderr, "load: ");
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fprintf(stderr, "\n");

    exit(1);
}
