
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * "chat_event_request": the site is told what happened.
 *
 * What happens is written into a queue of the store: messages in the very step
 * that stores them, all else by the worker that notices it.  One worker at a
 * time reads the queue, asks the site to take what it finds, and takes it out
 * when the site has said yes.  Nobody waits for any of this.
 *
 * Locations of one server that name the same URI have one queue, on all hosts
 * of a store: it is called by a hash of the server's name and the URI.
 *
 * What a store does not take at once waits in this worker, in order, and is
 * given to it again; beyond NGX_HTTP_CHAT_EVENT_PENDING bytes the oldest is
 * dropped, and the site is told how many were.
 */


#ifndef NGX_HTTP_CHAT_EVENT_H_INCLUDED
#define NGX_HTTP_CHAT_EVENT_H_INCLUDED


#include "ngx_http_chat_ask.h"
#include "ngx_http_chat_broker.h"
#include "ngx_http_chat_notice.h"


#define NGX_HTTP_CHAT_EVENT_QUEUE    16            /* of its name */
#define NGX_HTTP_CHAT_EVENT_PENDING  (1024 * 1024)


typedef struct ngx_http_chat_event_text_s  ngx_http_chat_event_text_t;


/* What the store has not answered yet. */

typedef struct {
    ngx_http_chat_event_text_t   *first;
    ngx_http_chat_event_text_t  **last;
    ngx_http_chat_event_text_t   *unsent;
    size_t                        size;
    uint64_t                      dropped;     /* and not told */
    ngx_uint_t                    sent;        /* to be answered */
    unsigned                      failed:1;    /* one of them was */
} ngx_http_chat_event_pending_t;


/* What of a queue is shown to who asks "chat_status". */

typedef struct {
    uint64_t                      count;
    uint64_t                      size;
    uint64_t                      age;         /* s */
} ngx_http_chat_event_gauges_t;


/* A queue: its configuration, and what this worker does with it. */

struct ngx_http_chat_event_conf_s {
    ngx_http_chat_backend_t       backend;
    ngx_http_chat_notes_t         notes;
    size_t                        text_max;    /* bytes of one text */
    ngx_http_chat_store_t        *store;
    ngx_http_chat_loc_conf_t     *conf;        /* the first location's */
    ngx_str_t                     server;      /* its name */
    ngx_listening_t              *listening;   /* of this worker */
    ngx_http_chat_event_conf_t   *next;

    ngx_http_chat_event_pending_t  pending;

    ngx_event_t                   timer;
    ngx_http_chat_notes_query_t   query;
    uint64_t                      last;        /* behind what is asked about */
    uint64_t                      lost;        /* that it tells of */
    ngx_uint_t                    count;       /* of events that it holds */
    ngx_msec_t                    backoff;     /* 0: the site takes events */
    ngx_msec_t                    retry_at;
    ngx_msec_t                    since;       /* when the worker began to go */
    time_t                        logged;
    int64_t                       oldest;      /* text's time, ms UTC, or 0 */
    ngx_http_chat_event_gauges_t  shown;
    u_char                       *buf;         /* for members */
    size_t                        size;
    unsigned                      reads:1;     /* this worker does */
    unsigned                      taking:1;    /* the store is asked */
    unsigned                      asking:1;    /* the site is */
    unsigned                      going:1;     /* the worker is */
    unsigned                      resigned:1;
    unsigned                      over:1;
    unsigned                      telling:1;   /* the query was "told" */
    unsigned                      anew:1;      /* what the site is asked about
                                                  has no position any more */

    u_char                        name[NGX_HTTP_CHAT_EVENT_QUEUE];
};


/* ngx_http_chat_event.c: what happens becomes texts */

/* An ngx_http_chat_observer_t's handler; data is the queue. */
void ngx_http_chat_event_notice(void *data, const ngx_http_chat_notice_t *n);

/*
 * What is told of a message that goes to the store: keep's note gets members,
 * which live until the next call.
 */
void ngx_http_chat_event_said(const ngx_chat_wire_t *rec,
    const ngx_chat_actor_t *actor, const ngx_http_chat_ticket_t *ticket,
    ngx_http_chat_keep_t *keep);


/* ngx_http_chat_event_pending.c: until the store has them */

/* Adds members with the time of now. */
void ngx_http_chat_event_add(ngx_http_chat_event_conf_t *event,
    const ngx_chat_str_t *members);

/* Gives to the store what it has not got. */
void ngx_http_chat_event_flush(ngx_http_chat_event_conf_t *event);

/* The worker ends: what the store has not taken is lost, which is logged. */
void ngx_http_chat_event_forget(ngx_http_chat_event_conf_t *event);


/* ngx_http_chat_event_send.c: from the queue to the site */

void ngx_http_chat_event_start(ngx_http_chat_event_conf_t *event);

/* The worker ends: what happens is queued still, but not told from here. */
void ngx_http_chat_event_end(ngx_http_chat_event_conf_t *event);

/* The store has gone. */
void ngx_http_chat_event_stop(ngx_http_chat_event_conf_t *event);


/* ngx_http_chat_event_ask.c: the question */

/* Where questions seem to come in: a worker that goes has none any more. */
void ngx_http_chat_event_listening(ngx_http_chat_event_conf_t *event);

/* A question from nobody, to be sent or discarded.  NULL without memory. */
ngx_http_chat_ask_t *ngx_http_chat_event_ask(
    ngx_http_chat_event_conf_t *event);

/*
 * Positions that were read hold no more: the store is away and may come back as
 * it was before, or another.  What the site takes meanwhile is told again.
 */
void ngx_http_chat_event_anew(ngx_http_chat_event_conf_t *event);


#endif /* NGX_HTTP_CHAT_EVENT_H_INCLUDED */
