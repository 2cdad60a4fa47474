
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * What this worker counts, in its slot of memory that all workers share; where
 * nobody asks, in memory of its own.
 */


#ifndef NGX_HTTP_CHAT_METRIC_H_INCLUDED
#define NGX_HTTP_CHAT_METRIC_H_INCLUDED


#include "ngx_http_chat.h"
#include "ngx_chat_metric.h"


/* Where this worker counts; never NULL. */
extern ngx_chat_metric_set_t  *ngx_http_chat_metric_set;


#define ngx_http_chat_metric_add(metric, label, n)                            \
    ngx_chat_metric_add(&ngx_http_chat_metric_set->cells[metric][label],      \
                        (uint64_t) (n))

#define ngx_http_chat_metric_take(metric, label)                              \
    ngx_http_chat_metric_add(metric, label, -1)

#define ngx_http_chat_metric_put(metric, label, n)                            \
    ngx_chat_metric_store(&ngx_http_chat_metric_set->cells[metric][label],    \
                          (uint64_t) (n))


/* "chat_status" is there: the memory is made.  NGX_ERROR: logged. */
ngx_int_t ngx_http_chat_metric_zone_add(ngx_conf_t *cf);

/* The worker begins, is told to go, has gone. */
void ngx_http_chat_metric_enter(ngx_cycle_t *cycle,
    ngx_http_chat_main_conf_t *cmcf);
void ngx_http_chat_metric_drain(void);
void ngx_http_chat_metric_leave(void);

/*
 * The memory, or NULL, and of which of its NGX_CHAT_METRIC_SLOTS the process
 * lives: the system is asked about each.
 */
const ngx_chat_metric_t *ngx_http_chat_metric_look(unsigned char *live);

/* A session that is open, and its end. */
void ngx_http_chat_metric_opened(ngx_http_chat_session_t *s);
void ngx_http_chat_metric_closed(ngx_http_chat_session_t *s);

/* Microseconds of a clock that never jumps; now: 0 where nobody asks. */
uint64_t ngx_http_chat_metric_clock(void);
uint64_t ngx_http_chat_metric_now(void);

/* The store has answered to what was published at that time. */
void ngx_http_chat_metric_published(ngx_chat_code_e code, ngx_uint_t dup,
    uint64_t begun);

/* A message that its store has numbered at that time comes, ms UTC. */
void ngx_http_chat_metric_delivered(int64_t time);

/*
 * Frames for many are being queued; there was nobody to write to; nothing is
 * left to be written now.
 */
void ngx_http_chat_metric_fan(void);
void ngx_http_chat_metric_unfan(void);
void ngx_http_chat_metric_fanned(void);

/*
 * A request or handshake is refused; code as clients see it, and how long the
 * body is that they get.
 */
void ngx_http_chat_metric_refused(ngx_http_request_t *r, ngx_uint_t status,
    const char *code, size_t len);

/* A store is, was, in that state: ngx_http_chat_broker_state_e. */
void ngx_http_chat_metric_store(ngx_uint_t was, ngx_uint_t is);

/* The number of a store of this worker, for what it hears of it. */
ngx_uint_t ngx_http_chat_metric_store_new(void);

/* It should hear from it in so many milliseconds; it has heard; no more. */
void ngx_http_chat_metric_due(ngx_uint_t store, ngx_msec_t after);
void ngx_http_chat_metric_heard(ngx_uint_t store);
void ngx_http_chat_metric_deaf(ngx_uint_t store);

/* The site has answered what it was asked at that time, or its time is up. */
void ngx_http_chat_metric_answered(ngx_uint_t hook, uint64_t begun);


#endif /* NGX_HTTP_CHAT_METRIC_H_INCLUDED */
