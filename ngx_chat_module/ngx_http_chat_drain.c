
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* How the sessions of a worker that shuts down are sent away. */


#include "ngx_http_chat_drain.h"
#include "ngx_http_chat_limit.h"
#include "ngx_http_chat_metric.h"
#include "ngx_http_chat_table.h"


#define NGX_HTTP_CHAT_DRAIN_STEP  50          /* ms */


static void ngx_http_chat_drain_watch(ngx_event_t *rev);
static void ngx_http_chat_drain_begin(void);
static void ngx_http_chat_drain_handler(ngx_event_t *ev);
static ngx_uint_t ngx_http_chat_drain_finish(uint64_t handle);


/* of this worker */

static ngx_connection_t  *ngx_http_chat_drain_watcher;
static ngx_event_t        ngx_http_chat_drain_timer;
static ngx_msec_t         ngx_http_chat_drain_time;
static ngx_msec_t         ngx_http_chat_drain_start;
static uint64_t          *ngx_http_chat_drain_handles;
static ngx_uint_t         ngx_http_chat_drain_count;
static ngx_uint_t         ngx_http_chat_drain_done;

/* of those done, at the array's beginning: commands are not answered yet */
static ngx_uint_t         ngx_http_chat_drain_waiting;


ngx_int_t
ngx_http_chat_drain_init(ngx_cycle_t *cycle, ngx_msec_t time)
{
    ngx_connection_t  *c;

    ngx_http_chat_drain_time = time;

    c = ngx_get_connection(0, cycle->log);
    if (c == NULL) {
        return NGX_ERROR;
    }

    c->fd = (ngx_socket_t) -2;
    c->idle = 1;
    c->read->handler = ngx_http_chat_drain_watch;

    /* no socket: nothing for the check of open sockets at the exit */
    c->read->channel = 1;

    ngx_http_chat_drain_watcher = c;

    return NGX_OK;
}


void
ngx_http_chat_drain_exit(void)
{
    ngx_connection_t  *c;

    c = ngx_http_chat_drain_watcher;

    if (c != NULL) {
        ngx_http_chat_drain_watcher = NULL;

        /* some event methods have a table of connections by descriptor */
        c->fd = 0;
        ngx_free_connection(c);
        c->fd = (ngx_socket_t) -1;
    }

    ngx_free(ngx_http_chat_drain_handles);
    ngx_http_chat_drain_handles = NULL;
}


static void
ngx_http_chat_drain_watch(ngx_event_t *rev)
{
    ngx_connection_t  *c;

    c = rev->data;

    if (!c->close) {
        return;
    }

    c->close = 0;
    c->idle = 0;

    ngx_http_chat_drain_begin();
}


static void
ngx_http_chat_drain_begin(void)
{
    ngx_uint_t                i;
    ngx_msec_t                after;
    ngx_http_chat_session_t  *s;

    ngx_http_chat_metric_drain();

    /* those who come back elsewhere are no second ones */

    ngx_http_chat_limit_zone_leave();

    ngx_http_chat_drain_count = ngx_http_chat_table_count();

    if (ngx_http_chat_drain_count == 0) {
        return;
    }

    ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                  "chat drains %ui sessions over %M ms",
                  ngx_http_chat_drain_count, ngx_http_chat_drain_time);

    ngx_http_chat_drain_handles = ngx_http_chat_table_shuffled();

    if (ngx_http_chat_drain_handles == NULL) {

        for ( ;; ) {
            s = ngx_http_chat_table_first();

            if (s == NULL) {
                return;
            }

            ngx_http_chat_session_abort(s);
        }
    }

    for (i = 0; i < ngx_http_chat_drain_count; i++) {
        s = ngx_http_chat_table_find(ngx_http_chat_drain_handles[i]);

        if (s != NULL && ngx_http_chat_drain_time != 0) {
            after = ngx_http_chat_drain_time * (i + 1)
                    / ngx_http_chat_drain_count;
            ngx_http_chat_session_announce_drain(s, after);
        }
    }

    ngx_http_chat_drain_start = ngx_current_msec;

    ngx_http_chat_drain_timer.handler = ngx_http_chat_drain_handler;
    ngx_http_chat_drain_timer.data = ngx_http_chat_drain_watcher;
    ngx_http_chat_drain_timer.log = ngx_cycle->log;

    /* not cancelable: it is what the worker waits for */

    ngx_add_timer(&ngx_http_chat_drain_timer, 1);
}


static void
ngx_http_chat_drain_handler(ngx_event_t *ev)
{
    uint64_t                 *handles;
    ngx_uint_t                due, i, waiting;
    ngx_msec_t                elapsed;

    elapsed = ngx_current_msec - ngx_http_chat_drain_start;
    due = ngx_http_chat_drain_count;

    if (elapsed < ngx_http_chat_drain_time) {
        due = due * elapsed / ngx_http_chat_drain_time;
    }

    handles = ngx_http_chat_drain_handles;
    waiting = 0;

    for (i = 0; i < ngx_http_chat_drain_waiting; i++) {
        if (!ngx_http_chat_drain_finish(handles[i])) {
            handles[waiting++] = handles[i];
        }
    }

    for (i = ngx_http_chat_drain_done; i < due; i++) {
        if (!ngx_http_chat_drain_finish(handles[i])) {
            handles[waiting++] = handles[i];
        }
    }

    ngx_http_chat_drain_waiting = waiting;
    ngx_http_chat_drain_done = due;

    /* nobody left: the worker need not wait */

    if ((waiting != 0 || due < ngx_http_chat_drain_count)
        && ngx_http_chat_table_count() != 0)
    {
        ngx_add_timer(ev, NGX_HTTP_CHAT_DRAIN_STEP);
    }
}


/*
 * Sends a session away when its commands are answered, which the store and the
 * site do in bounded time; no further ones are read.  Returns 1 when that is
 * done.
 */

static ngx_uint_t
ngx_http_chat_drain_finish(uint64_t handle)
{
    ngx_http_chat_session_t  *s;

    s = ngx_http_chat_table_find(handle);

    if (s == NULL) {
        return 1;
    }

    if ((s->asked != s->answered || (s->paused & NGX_HTTP_CHAT_PAUSE_REVIEW))
        && s->state == NGX_HTTP_CHAT_OPEN)
    {
        ngx_http_chat_session_pause(s, NGX_HTTP_CHAT_PAUSE_DRAIN);
        return 0;
    }

    /*
     * The close drops what waits, and answers may: they go first.  If they
     * cannot, the flush of the close finds that again.
     */

    (void) ngx_http_chat_output_flush(s);

    ngx_http_chat_drain_session(s);

    return 1;
}


void
ngx_http_chat_drain_session(ngx_http_chat_session_t *s)
{
    ngx_http_chat_session_close(s,
                     (s->conf->format == NGX_HTTP_CHAT_FORMAT_RAW)
                     ? NGX_CHAT_CLOSE_RESTART : NGX_CHAT_CLOSE_DRAIN,
                     "the server restarts");
}


ngx_int_t
ngx_http_chat_drain_check_layout(ngx_cycle_t *cycle)
{
    ngx_uint_t         ok;
    ngx_connection_t  *c;

    c = ngx_get_connection(0, cycle->log);
    if (c == NULL) {
        return NGX_ERROR;
    }

    /* nginx itself writes the bit, and we look where we think it is */

    ngx_reusable_connection(c, 1);

    ok = c->reusable && !c->idle && !c->close && !c->shared;

    ngx_reusable_connection(c, 0);

    ok = ok && !c->reusable;

    ngx_free_connection(c);
    c->fd = (ngx_socket_t) -1;

    if (!ok) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "ngx_http_chat_module was built against the headers of "
                      "another nginx: build it again with those of the nginx "
                      "that runs here");
        return NGX_ERROR;
    }

    return NGX_OK;
}
