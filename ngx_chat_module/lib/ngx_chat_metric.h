
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * What is counted: one table of metrics, and the memory that processes share
 * in which each counts for itself.
 *
 * A process has a slot, and only it writes the cells of that: no lock, no
 * atomic addition.  What a slot has counted stays when its process goes, and
 * the next one there goes on from it, so that a sum over all slots never falls,
 * whoever dies.  A gauge is of the living: it is cleared when a slot is taken
 * or given back, and is not added where the process has died.
 *
 * A histogram has a cell for each bucket, of those values alone, and the sum of
 * all values in its last cell.  A lag has two cells: how late its process last
 * was to hear from a store, and when it should hear from it next; the sum has
 * the longest one.
 */


#ifndef NGX_CHAT_METRIC_H_INCLUDED
#define NGX_CHAT_METRIC_H_INCLUDED


#include "ngx_chat_proto.h"


#define NGX_CHAT_METRIC_PREFIX   "nginx_chat_"

/* processes that count at a time, those included that drain */
#define NGX_CHAT_METRIC_SLOTS    128

/* of a metric */
#define NGX_CHAT_METRIC_CELLS    32
#define NGX_CHAT_METRIC_SUM      (NGX_CHAT_METRIC_CELLS - 1)

/* of a histogram, the one without an end included */
#define NGX_CHAT_METRIC_BUCKETS  17

/* what a histogram takes a value for at most, so that no sum overflows */
#define NGX_CHAT_METRIC_MOST     3600000000U       /* us */

/* stores of a worker whose lag is told: two cells each */
#define NGX_CHAT_METRIC_LAGS     (NGX_CHAT_METRIC_CELLS / 2)

/* counters that are told for each worker, too */
#define NGX_CHAT_METRIC_BASED    6


typedef enum {
    NGX_CHAT_METRIC_COUNTER = 0,
    NGX_CHAT_METRIC_GAUGE,
    NGX_CHAT_METRIC_HISTOGRAM
} ngx_chat_metric_type_e;


typedef enum {
    NGX_CHAT_METRIC_WORKERS = 0,
    NGX_CHAT_METRIC_CONNECTIONS,
    NGX_CHAT_METRIC_TLS,
    NGX_CHAT_METRIC_KEPT,
    NGX_CHAT_METRIC_RAW,
    NGX_CHAT_METRIC_ROOMS,
    NGX_CHAT_METRIC_MEMBERS,
    NGX_CHAT_METRIC_USERS,
    NGX_CHAT_METRIC_QUEUE,
    NGX_CHAT_METRIC_STORES,
    NGX_CHAT_METRIC_DEGRADED,
    NGX_CHAT_METRIC_LAG,
    NGX_CHAT_METRIC_HOOKS_RUNNING,
    NGX_CHAT_METRIC_HOOKS_WAITING,
    NGX_CHAT_METRIC_EVENTS_QUEUED,
    NGX_CHAT_METRIC_EVENTS_BYTES,
    NGX_CHAT_METRIC_EVENTS_AGE,
    NGX_CHAT_METRIC_OPENED,
    NGX_CHAT_METRIC_CLOSED,
    NGX_CHAT_METRIC_SLOW,
    NGX_CHAT_METRIC_HANDSHAKES,
    NGX_CHAT_METRIC_API,
    NGX_CHAT_METRIC_API_BYTES,
    NGX_CHAT_METRIC_RECEIVED,
    NGX_CHAT_METRIC_BYTES_IN,
    NGX_CHAT_METRIC_SENT,
    NGX_CHAT_METRIC_BYTES_OUT,
    NGX_CHAT_METRIC_PUBLISHED,
    NGX_CHAT_METRIC_REFUSED,
    NGX_CHAT_METRIC_JOINED,
    NGX_CHAT_METRIC_RESUMED,
    NGX_CHAT_METRIC_HEALED,
    NGX_CHAT_METRIC_HOOKS_ASKED,
    NGX_CHAT_METRIC_JOIN_HOOK,
    NGX_CHAT_METRIC_PUBLISH_HOOK,
    NGX_CHAT_METRIC_UNLIMITED,
    NGX_CHAT_METRIC_EVENTS,
    NGX_CHAT_METRIC_EVENT_REQUESTS,
    NGX_CHAT_METRIC_OUTAGES,
    NGX_CHAT_METRIC_DIED,
    NGX_CHAT_METRIC_PUBLISH_TIME,
    NGX_CHAT_METRIC_DELIVERY_TIME,
    NGX_CHAT_METRIC_FANOUT_TIME,
    NGX_CHAT_METRIC_JOIN_HOOK_TIME,
    NGX_CHAT_METRIC_PUBLISH_HOOK_TIME,
    NGX_CHAT_METRIC_EVENT_HOOK_TIME,
    NGX_CHAT_METRIC_ZONE_SIZE,
    NGX_CHAT_METRIC_ZONE_CELLS,
    NGX_CHAT_METRIC_ZONE_USED,
    NGX_CHAT_METRIC_ZONE_ROOMS,
    NGX_CHAT_METRIC_ZONE_USERS,
    NGX_CHAT_METRIC_ZONE_RIGHTS,
    NGX_CHAT_METRIC_ZONE_EVICTED,
    NGX_CHAT_METRIC_ZONE_WRITTEN,
    NGX_CHAT_METRIC_COUNT
} ngx_chat_metric_e;

/* those of a zone are told by the zone, not counted */
#define NGX_CHAT_METRIC_ZONE     NGX_CHAT_METRIC_ZONE_SIZE
#define NGX_CHAT_METRIC_OF_ZONE  (NGX_CHAT_METRIC_COUNT - NGX_CHAT_METRIC_ZONE)


/* Values of labels: the places of the cells. */

#define NGX_CHAT_METRIC_RUNNING     0      /* WORKERS */
#define NGX_CHAT_METRIC_DRAINING    1

#define NGX_CHAT_METRIC_WEBSOCKET   0      /* CONNECTIONS, OPENED */
#define NGX_CHAT_METRIC_SSE         1
#define NGX_CHAT_METRIC_LONGPOLL    2

#define NGX_CHAT_METRIC_JOINS       0      /* HOOKS_RUNNING, _WAITING, _ASKED */
#define NGX_CHAT_METRIC_MESSAGES    1
#define NGX_CHAT_METRIC_HAPPENED    2

#define NGX_CHAT_METRIC_ALLOWED     0      /* JOIN_HOOK, PUBLISH_HOOK */
#define NGX_CHAT_METRIC_DENIED      1
#define NGX_CHAT_METRIC_FAILED      2
#define NGX_CHAT_METRIC_UNASKED     3

#define NGX_CHAT_METRIC_DELIVERED   0      /* EVENTS */
#define NGX_CHAT_METRIC_RETRIED     1
#define NGX_CHAT_METRIC_LOST        2

#define NGX_CHAT_METRIC_TAKEN       0      /* EVENT_REQUESTS */
#define NGX_CHAT_METRIC_NOT_TAKEN   1

#define NGX_CHAT_METRIC_STORED      0      /* PUBLISHED */
#define NGX_CHAT_METRIC_DUPLICATE   1
#define NGX_CHAT_METRIC_UNSTORED    2
#define NGX_CHAT_METRIC_UNKNOWN     3

#define NGX_CHAT_METRIC_IN          0      /* API_BYTES */
#define NGX_CHAT_METRIC_OUT         1

#define NGX_CHAT_METRIC_WHOLE       0      /* RESUMED, HEALED */
#define NGX_CHAT_METRIC_HOLE        1


typedef struct {
    const char              *name;         /* behind the prefix */
    ngx_chat_metric_type_e   type;
    const char              *unit;         /* "bytes", "seconds" or "" */
    const char              *label;        /* NULL: one cell */
    const char *const       *values;       /* of it; NULL ends them, NULL for
                                              all: the names of zones */
    const char              *help;
} ngx_chat_metric_row_t;


typedef struct {
    uint64_t  cells[NGX_CHAT_METRIC_COUNT][NGX_CHAT_METRIC_CELLS];
} ngx_chat_metric_set_t;


typedef struct {
    uint64_t                 owner;        /* process and its start; 0: free */
    uint64_t                 since;        /* s, UTC */
    uint64_t                 draining;
    uint64_t                 reserved[5];
    ngx_chat_metric_set_t    set;

    /* what others had counted there before */
    uint64_t                 base[NGX_CHAT_METRIC_BASED]
                                 [NGX_CHAT_METRIC_CELLS];
} ngx_chat_metric_slot_t;


typedef struct {
    ngx_chat_metric_slot_t   slots[NGX_CHAT_METRIC_SLOTS];
} ngx_chat_metric_t;


/* A row of the table, which ngx_chat_metric_e is the index of. */
const ngx_chat_metric_row_t *ngx_chat_metric_row(unsigned metric);

/* The upper bound of a histogram's bucket in microseconds; 0: it has none. */
uint64_t ngx_chat_metric_bound(unsigned bucket);

/* The cell of a code with which a connection was closed. */
unsigned ngx_chat_metric_close(unsigned code);

/* The cell of an HTTP status. */
unsigned ngx_chat_metric_status(unsigned status);

/* The one of its class: 2xx, 3xx, 4xx, 5xx. */
unsigned ngx_chat_metric_class(unsigned status);

/* The one of an error code by its name; of one unknown, that of "internal". */
unsigned ngx_chat_metric_code(const char *name);

/* What an answer to a publish was. */
unsigned ngx_chat_metric_result(ngx_chat_code_e code, int dup);

/* Counts a time in microseconds in a histogram. */
void ngx_chat_metric_observe(ngx_chat_metric_set_t *set, unsigned metric,
    uint64_t us);


/*
 * The process should hear from its store at that time; it has heard.  Of two
 * times the earlier one counts.  In
 * microseconds of a clock that all processes share, that never jumps, and that
 * is not 0.
 */
void ngx_chat_metric_due(ngx_chat_metric_set_t *set, unsigned store,
    uint64_t at);
void ngx_chat_metric_heard(ngx_chat_metric_set_t *set, unsigned store,
    uint64_t now);

/* There is nothing to be heard any more. */
void ngx_chat_metric_deaf(ngx_chat_metric_set_t *set, unsigned store);

/* The longest lag in microseconds, of those that last still, too. */
uint64_t ngx_chat_metric_lag(const ngx_chat_metric_set_t *set, uint64_t now);


/* Who has a slot, by process and the low bits of when it started. */

#define ngx_chat_metric_owner(pid, start)                                     \
    ((uint64_t) (uint32_t) (pid) << 32 | (uint32_t) (start))

#define ngx_chat_metric_pid(owner)    ((uint32_t) ((owner) >> 32))
#define ngx_chat_metric_start(owner)  ((uint32_t) (owner))

uint64_t ngx_chat_metric_holder(const ngx_chat_metric_t *metric, unsigned i);

/*
 * Takes the slot from old, which is 0 or a process that is no more.  Returns 0
 * if somebody else was faster.
 */
int ngx_chat_metric_claim(ngx_chat_metric_t *metric, unsigned i, uint64_t old,
    uint64_t owner, uint64_t since);

/* Its owner goes: what it counted stays. */
void ngx_chat_metric_release(ngx_chat_metric_t *metric, unsigned i);

/* The metrics of NGX_CHAT_METRIC_BASED. */
unsigned ngx_chat_metric_based(unsigned n);

/* What of the n-th of them the slot's owner has counted itself. */
void ngx_chat_metric_own(const ngx_chat_metric_slot_t *slot, unsigned n,
    uint64_t *cells);

/*
 * Adds up: counters of all slots, gauges of those that live: live[i] is set
 * for a slot whose process is there.  WORKERS counts those; of LAG the first
 * cell is the longest one at that time.
 */
void ngx_chat_metric_add_up(const ngx_chat_metric_t *metric,
    const unsigned char *live, uint64_t now, ngx_chat_metric_set_t *sum);


#define ngx_chat_metric_load(cell)  __atomic_load_n(cell, __ATOMIC_RELAXED)

/* by the owner of the cell alone: a plain store */
#define ngx_chat_metric_store(cell, value)                                    \
    __atomic_store_n(cell, value, __ATOMIC_RELAXED)

#define ngx_chat_metric_add(cell, n)                                          \
    ngx_chat_metric_store(cell, *(cell) + (n))


#endif /* NGX_CHAT_METRIC_H_INCLUDED */
