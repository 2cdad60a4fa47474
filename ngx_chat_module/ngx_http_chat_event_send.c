
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * From a queue of events to the site: one worker reads it, under a lease.
 *
 * A timer asks the store, five times a second where this worker reads and once
 * a second where another does: for texts, or only for the lease, while the site
 * has not answered or is left in peace after it said no.  What the site has
 * taken is taken out of the queue by the next asking.
 *
 * A worker that goes gives the reading back, and waits whether another takes
 * it.  Where none does, for nginx ends, it reads what is left, once.
 */


#include "ngx_http_chat_event.h"
#include "ngx_http_chat_hub.h"
#include "ngx_http_chat_metric.h"
#include "ngx_http_chat_table.h"
#include "ngx_chat_event.h"


/* milliseconds */
#define NGX_HTTP_CHAT_EVENT_LEASE     6000
#define NGX_HTTP_CHAT_EVENT_LOOK      200      /* of who reads */
#define NGX_HTTP_CHAT_EVENT_WATCH     1000     /* of others */
#define NGX_HTTP_CHAT_EVENT_BACKOFF   1000
#define NGX_HTTP_CHAT_EVENT_PATIENCE  60000
#define NGX_HTTP_CHAT_EVENT_OTHERS    1500     /* until another reads */
#define NGX_HTTP_CHAT_EVENT_END       4000     /* of a worker, at most; */
#define NGX_HTTP_CHAT_EVENT_LONG_END  12000    /* while the site takes some */

#define NGX_HTTP_CHAT_EVENT_LOG_TIME  60       /* s between two errors */
#define NGX_HTTP_CHAT_EVENT_LOST      256      /* bytes that tell what was */


static void ngx_http_chat_event_tick(ngx_event_t *ev);
static void ngx_http_chat_event_arm(ngx_http_chat_event_conf_t *event,
    ngx_msec_t delay);
static void ngx_http_chat_event_hurry(ngx_http_chat_event_conf_t *event);
static ngx_uint_t ngx_http_chat_event_go(ngx_http_chat_event_conf_t *event);
static void ngx_http_chat_event_leave(ngx_http_chat_event_conf_t *event);
static void ngx_http_chat_event_take(ngx_http_chat_event_conf_t *event,
    ngx_msec_t lease);
static void ngx_http_chat_event_taken(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply);
static void ngx_http_chat_event_found(ngx_http_chat_event_conf_t *event,
    const ngx_http_chat_notes_reply_t *notes);
static void ngx_http_chat_event_show(ngx_http_chat_event_conf_t *event,
    const ngx_http_chat_notes_reply_t *notes);
static void ngx_http_chat_event_post(ngx_http_chat_event_conf_t *event,
    const ngx_http_chat_notes_reply_t *notes);
static ngx_int_t ngx_http_chat_event_batch(ngx_http_chat_event_conf_t *event,
    const ngx_http_chat_notes_reply_t *notes, ngx_http_chat_ask_t *ask);
static size_t ngx_http_chat_event_lost(ngx_http_chat_event_conf_t *event,
    const ngx_http_chat_notes_reply_t *notes, u_char *buf);
static void ngx_http_chat_event_answered(ngx_http_chat_ask_t *ask,
    ngx_uint_t status);
static void ngx_http_chat_event_accepted(ngx_http_chat_event_conf_t *event);
static void ngx_http_chat_event_failed(ngx_http_chat_event_conf_t *event,
    ngx_uint_t status);


/* nginx's debug log reads the descriptor of whatever a timer belongs to */
static ngx_connection_t  ngx_http_chat_event_dumb = {
    .fd = (ngx_socket_t) -1
};


void
ngx_http_chat_event_start(ngx_http_chat_event_conf_t *event)
{
    ngx_http_chat_event_listening(event);

    event->pending.last = &event->pending.first;

    event->timer.handler = ngx_http_chat_event_tick;
    event->timer.data = &ngx_http_chat_event_dumb;
    event->timer.log = ngx_cycle->log;

    /* not cancelable: it looks whether the worker goes */

    ngx_http_chat_event_arm(event, NGX_HTTP_CHAT_EVENT_LOOK);
}


void
ngx_http_chat_event_end(ngx_http_chat_event_conf_t *event)
{
    event->over = 1;

    if (event->timer.timer_set) {
        ngx_del_timer(&event->timer);
    }
}


void
ngx_http_chat_event_stop(ngx_http_chat_event_conf_t *event)
{
    ngx_http_chat_event_forget(event);

    ngx_free(event->buf);
    event->buf = NULL;
    event->size = 0;
}


static void
ngx_http_chat_event_arm(ngx_http_chat_event_conf_t *event, ngx_msec_t delay)
{
    if (event->over) {
        return;
    }

    /* workers that began together part */

    ngx_add_timer(&event->timer,
                  delay + (ngx_msec_t) ngx_random() % (delay / 4 + 1));
}


static void
ngx_http_chat_event_tick(ngx_event_t *ev)
{
    ngx_http_chat_event_conf_t  *event;

    event = (ngx_http_chat_event_conf_t *)
                ((u_char *) ev - offsetof(ngx_http_chat_event_conf_t, timer));

    ngx_http_chat_event_arm(event, (event->reads || event->going)
                                   ? NGX_HTTP_CHAT_EVENT_LOOK
                                   : NGX_HTTP_CHAT_EVENT_WATCH);

    ngx_http_chat_event_flush(event);

    if (event->taking || (ngx_exiting && !ngx_http_chat_event_go(event))) {
        return;
    }

    ngx_http_chat_event_take(event, NGX_HTTP_CHAT_EVENT_LEASE);
}


/* There may be more. */

static void
ngx_http_chat_event_hurry(ngx_http_chat_event_conf_t *event)
{
    if (event->timer.timer_set) {
        /* nginx leaves a timer as it is for some ms */
        ngx_del_timer(&event->timer);
        ngx_add_timer(&event->timer, 1);
    }
}


/* The worker goes.  Returns 1 if it is to read all the same. */

static ngx_uint_t
ngx_http_chat_event_go(ngx_http_chat_event_conf_t *event)
{
    ngx_msec_t  passed, most;

    if (!event->going) {
        event->going = 1;
        event->since = ngx_current_msec;
    }

    if (event->asking) {
        /* the lease holds until the site has answered */
        return 1;
    }

    if (!event->resigned) {
        event->resigned = 1;
        ngx_http_chat_event_take(event, 0);
        return 0;
    }

    passed = ngx_current_msec - event->since;
    most = (event->reads && event->backoff == 0)
           ? NGX_HTTP_CHAT_EVENT_LONG_END : NGX_HTTP_CHAT_EVENT_END;

    if (ngx_http_chat_table_count() != 0) {
        /* the end is counted from the last session's */
        event->since = ngx_current_msec - ngx_min(passed,
                                             NGX_HTTP_CHAT_EVENT_OTHERS);

    } else if (passed > most) {
        ngx_http_chat_event_leave(event);
        return 0;
    }

    return event->reads || passed >= NGX_HTTP_CHAT_EVENT_OTHERS;
}


/* Nothing is left to do for a worker that goes, or no time to do it. */

static void
ngx_http_chat_event_leave(ngx_http_chat_event_conf_t *event)
{
    event->over = 1;

    if (event->timer.timer_set) {
        ngx_del_timer(&event->timer);
    }

    if (event->reads && event->shown.count != 0) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "%uL events for \"%V\" were not taken before this worker "
                      "ended: they wait for the next one, but in a zone of "
                      "memory that ends with nginx",
                      event->shown.count, &event->backend.uri);
    }

    if (event->reads) {
        ngx_http_chat_event_take(event, 0);
    }
}


static void
ngx_http_chat_event_take(ngx_http_chat_event_conf_t *event, ngx_msec_t lease)
{
    ngx_http_chat_hub_t     *hub;
    ngx_http_chat_ticket_t   ticket;

    hub = event->store->hub;

    if (hub == NULL || hub->broker == NULL
        || hub->broker->state != NGX_HTTP_CHAT_BROKER_READY)
    {
        return;
    }

    event->query.lease = lease;
    event->query.limit = NGX_HTTP_CHAT_NOTES_MAX;

    if (event->asking
        || (event->backoff != 0
            && (ngx_msec_int_t) (event->retry_at - ngx_current_msec) > 0))
    {
        event->query.limit = 0;
    }

    ngx_memzero(&ticket, sizeof(ngx_http_chat_ticket_t));
    ticket.handler = ngx_http_chat_event_taken;
    ticket.data = (uintptr_t) event;

    if (event->store->ops->take(hub->broker, &event->notes, &event->query,
                                &ticket)
        == NGX_OK)
    {
        event->taking = 1;
        event->telling = event->query.told;
    }
}


static void
ngx_http_chat_event_taken(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply)
{
    ngx_http_chat_event_conf_t  *event;

    event = (ngx_http_chat_event_conf_t *) ticket->data;
    event->taking = 0;

    if (reply->code != NGX_CHAT_CODE_OK) {
        return;
    }

    if (event->telling) {
        /* if another reads, what was told is told again */
        event->query.told = 0;
    }

    event->reads = reply->notes->leads;

    if (reply->notes->leads && reply->notes->anew) {
        ngx_http_chat_event_anew(event);
    }

    ngx_http_chat_event_show(event, reply->notes);

    if (event->over) {
        return;
    }

    if (event->query.told) {
        /* since it was asked, the site has answered */
        ngx_http_chat_event_hurry(event);
    }

    if (event->reads) {
        ngx_http_chat_event_found(event, reply->notes);
        return;
    }

    if (event->going && ngx_http_chat_table_count() == 0
        && event->pending.first == NULL
        && event->query.lease != 0)
    {
        /* another worker reads what there is */
        ngx_http_chat_event_leave(event);
    }
}


static void
ngx_http_chat_event_found(ngx_http_chat_event_conf_t *event,
    const ngx_http_chat_notes_reply_t *notes)
{
    if (event->asking || event->query.limit == 0) {
        return;
    }

    if (notes->ntexts != 0 || notes->lost != 0) {
        ngx_http_chat_event_post(event, notes);
        return;
    }

    if (event->going && ngx_http_chat_table_count() == 0
        && event->pending.first == NULL)
    {
        ngx_http_chat_event_leave(event);
    }
}


/* Gauges are sums over all queues: each adds by how much it has changed. */

static void
ngx_http_chat_event_show(ngx_http_chat_event_conf_t *event,
    const ngx_http_chat_notes_reply_t *notes)
{
    int64_t                       now;
    ngx_time_t                   *tp;
    ngx_http_chat_event_gauges_t  is, *was;

    if (!notes->leads || notes->count == 0) {
        event->oldest = 0;

    } else if (notes->ntexts != 0) {
        (void) ngx_chat_event_json(NULL, 0, &notes->texts[0], &event->oldest);
    }

    tp = ngx_timeofday();
    now = (int64_t) tp->sec * 1000 + (int64_t) tp->msec;

    is.count = notes->count;
    is.size = notes->size;
    is.age = (event->oldest != 0 && now > event->oldest)
             ? (uint64_t) (now - event->oldest) / 1000 : 0;

    was = &event->shown;

    ngx_http_chat_metric_add(NGX_CHAT_METRIC_EVENTS_QUEUED, 0,
                             is.count - was->count);
    ngx_http_chat_metric_add(NGX_CHAT_METRIC_EVENTS_BYTES, 0,
                             is.size - was->size);
    ngx_http_chat_metric_add(NGX_CHAT_METRIC_EVENTS_AGE, 0,
                             is.age - was->age);

    *was = is;
}


static void
ngx_http_chat_event_post(ngx_http_chat_event_conf_t *event,
    const ngx_http_chat_notes_reply_t *notes)
{
    ngx_http_chat_ask_t  *ask;

    ask = ngx_http_chat_event_ask(event);

    if (ask == NULL) {
        ngx_http_chat_event_failed(event, 0);
        return;
    }

    if (ngx_http_chat_event_batch(event, notes, ask) != NGX_OK) {
        ngx_http_chat_ask_discard(ask);
        ngx_http_chat_event_failed(event, 0);
        return;
    }

    event->last = notes->first + notes->ntexts;
    event->lost = notes->lost;
    event->count = notes->ntexts;
    event->asking = 1;
    event->anew = 0;

    ask->handler = ngx_http_chat_event_answered;
    ask->data = event;
    ask->head_only = 1;

    ngx_http_chat_ask_send(ask);
}


/* {"events":[...]} */

static ngx_int_t
ngx_http_chat_event_batch(ngx_http_chat_event_conf_t *event,
    const ngx_http_chat_notes_reply_t *notes, ngx_http_chat_ask_t *ask)
{
    size_t       size, len;
    u_char      *p, *end, lost[NGX_HTTP_CHAT_EVENT_LOST];
    int64_t      time;
    ngx_uint_t   i;

    len = ngx_http_chat_event_lost(event, notes, lost);
    size = sizeof("{\"events\":[]}") + len + 1;

    for (i = 0; i < notes->ntexts; i++) {
        size += ngx_chat_event_json(NULL, 0, &notes->texts[i], &time) + 1;
    }

    p = ngx_pnalloc(ask->pool, size);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ask->body.data = p;
    end = p + size;

    p = ngx_cpymem(p, "{\"events\":[", sizeof("{\"events\":[") - 1);

    if (len != 0) {
        p = ngx_cpymem(p, lost, len);
        *p++ = ',';
    }

    for (i = 0; i < notes->ntexts; i++) {
        len = ngx_chat_event_json(p, (size_t) (end - p), &notes->texts[i],
                                  &time);
        if (len == 0) {
            ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                          "the queue of \"%V\" holds what is no event, it is "
                          "left out: see who else writes to the store",
                          &event->backend.uri);
            continue;
        }

        p += len;
        *p++ = ',';
    }

    if (*(p - 1) == ',') {
        p--;
    }

    *p++ = ']';
    *p++ = '}';

    ask->body.len = (size_t) (p - ask->body.data);

    return NGX_OK;
}


/* What was dropped for want of room, by positions: so it has one id. */

static size_t
ngx_http_chat_event_lost(ngx_http_chat_event_conf_t *event,
    const ngx_http_chat_notes_reply_t *notes, u_char *buf)
{
    u_char            id[NGX_HTTP_CHAT_EVENT_QUEUE + 2 * NGX_INT64_LEN + 2];
    u_char            text[NGX_HTTP_CHAT_EVENT_LOST];
    size_t            len;
    int64_t           time;
    ngx_time_t       *tp;
    ngx_chat_str_t    str;
    ngx_chat_event_t  lost;

    if (notes->lost == 0) {
        return 0;
    }

    tp = ngx_timeofday();

    ngx_memzero(&lost, sizeof(ngx_chat_event_t));

    lost.kind = "lost";
    lost.cause = "full";
    lost.count = notes->lost;
    lost.id.data = id;
    lost.id.len = (size_t) (ngx_sprintf(id, "%*s-%uL-%uL",
                                        (size_t) NGX_HTTP_CHAT_EVENT_QUEUE,
                                        event->name,
                                        notes->first - notes->lost,
                                        notes->first)
                            - id);

    len = ngx_chat_event_head(text,
                              (int64_t) tp->sec * 1000 + (int64_t) tp->msec);

    str.data = text;
    str.len = len + ngx_chat_event_members(text + len, sizeof(text) - len,
                                           &lost);

    return ngx_chat_event_json(buf, NGX_HTTP_CHAT_EVENT_LOST, &str, &time);
}


static void
ngx_http_chat_event_answered(ngx_http_chat_ask_t *ask, ngx_uint_t status)
{
    ngx_http_chat_event_conf_t  *event;

    event = ask->data;
    event->asking = 0;

    if (status >= NGX_HTTP_OK && status < NGX_HTTP_SPECIAL_RESPONSE) {
        ngx_http_chat_event_accepted(event);

    } else {
        ngx_http_chat_event_failed(event, status);
    }
}


static void
ngx_http_chat_event_accepted(ngx_http_chat_event_conf_t *event)
{
    if (event->backoff != 0) {
        event->backoff = 0;
        event->logged = 0;

        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "\"%V\" takes events again", &event->backend.uri);
    }

    if (event->lost != 0) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "%uL events for \"%V\" were lost, for their queue was "
                      "full: give \"chat_event_request\" a larger \"queue=\", "
                      "or make the site take them faster",
                      event->lost, &event->backend.uri);
    }

    ngx_http_chat_metric_add(NGX_CHAT_METRIC_EVENT_REQUESTS,
                             NGX_CHAT_METRIC_TAKEN, 1);
    ngx_http_chat_metric_add(NGX_CHAT_METRIC_EVENTS,
                             NGX_CHAT_METRIC_DELIVERED, event->count);
    ngx_http_chat_metric_add(NGX_CHAT_METRIC_EVENTS, NGX_CHAT_METRIC_LOST,
                             event->lost);

    if (!event->anew) {
        event->query.done = event->last;
        event->query.told = 1;
    }

    if (!event->taking) {
        ngx_http_chat_event_hurry(event);
    }
}


static void
ngx_http_chat_event_failed(ngx_http_chat_event_conf_t *event,
    ngx_uint_t status)
{
    ngx_msec_t  delay;

    ngx_http_chat_metric_add(NGX_CHAT_METRIC_EVENT_REQUESTS,
                             NGX_CHAT_METRIC_NOT_TAKEN, 1);
    ngx_http_chat_metric_add(NGX_CHAT_METRIC_EVENTS, NGX_CHAT_METRIC_RETRIED,
                             event->count);

    event->backoff = (event->backoff == 0)
                     ? NGX_HTTP_CHAT_EVENT_BACKOFF
                     : ngx_min(2 * event->backoff,
                               NGX_HTTP_CHAT_EVENT_PATIENCE);

    delay = event->backoff * 3 / 4
            + (ngx_msec_t) ngx_random() % (event->backoff / 4 + 1);

    event->retry_at = ngx_current_msec + delay;

    if (event->logged == 0
        || ngx_time() - event->logged >= NGX_HTTP_CHAT_EVENT_LOG_TIME)
    {
        event->logged = ngx_time();

        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "\"%V\" took no events (status %ui, 0 is no answer), "
                      "they wait: it is asked again in %M ms",
                      &event->backend.uri, status, delay);
    }
}
