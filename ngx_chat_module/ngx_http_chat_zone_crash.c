
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * For tests only: a worker that dies in the middle of an operation.  The
 * environment's NGX_CHAT_CRASH is "operation", for a death at each step, one
 * after the other, or "operation step", for one in the life of the zone; with
 * a step below 0 the worker is stopped there instead.  Whoever wants more than
 * one adds a third number that grows: "operation step turn".
 */


#include "ngx_http_chat_zone.h"


#if (NGX_CHAT_LOG_STEPS)


/* deaths in a row while it is rebuilt */
#define NGX_HTTP_CHAT_ZONE_REBUILDS  20


static int ngx_http_chat_zone_fate(const char *op, int crashes);
static void ngx_http_chat_zone_step(const char *where);


/* of the operation under way */

static ngx_http_chat_zone_t  *ngx_http_chat_zone_crashing;
static ngx_uint_t             ngx_http_chat_zone_steps;
static int                    ngx_http_chat_zone_turn;
static int                    ngx_http_chat_zone_signal;


void
ngx_http_chat_zone_crash(ngx_http_chat_zone_t *zone, const char *op)
{
    int  step;

    step = ngx_http_chat_zone_fate(op, (int) zone->sh->crashes);

    ngx_http_chat_zone_crashing = zone;
    ngx_http_chat_zone_steps = (ngx_uint_t) ngx_abs(step);
    ngx_http_chat_zone_signal = (step < 0) ? SIGSTOP : SIGKILL;

    ngx_chat_log_step = (step != 0) ? ngx_http_chat_zone_step : NULL;
}


/* The step at which this operation ends, or 0. */

static int
ngx_http_chat_zone_fate(const char *op, int crashes)
{
    int      step;
    char    *text, *turn;
    size_t   len;

    ngx_http_chat_zone_turn = crashes + 1;

    text = getenv("NGX_CHAT_CRASH");

    if (text == NULL) {
        return 0;
    }

    if (ngx_strcmp(text, "rebuild") == 0) {

        /* first something to repair; it has a step for each cell and record */

        if (crashes == 0) {
            return (ngx_strcmp(op, "publish") == 0) ? 3 : 0;
        }

        if (crashes > NGX_HTTP_CHAT_ZONE_REBUILDS) {
            return 0;
        }

        return (ngx_strcmp(op, "rebuild") == 0) ? crashes * crashes : 0;
    }

    len = ngx_strlen(op);

    if (ngx_strncmp(text, op, len) != 0) {
        return 0;
    }

    if (text[len] == '\0') {
        return crashes + 1;
    }

    if (text[len] != ' ') {
        return 0;
    }

    step = (int) strtol(text + len, &turn, 10);
    ngx_http_chat_zone_turn = (*turn != '\0') ? (int) strtol(turn, NULL, 10)
                                              : 1;

    return (crashes < ngx_http_chat_zone_turn) ? step : 0;
}


static void
ngx_http_chat_zone_step(const char *where)
{
    ngx_http_chat_zone_t  *zone;

    zone = ngx_http_chat_zone_crashing;

    if (--ngx_http_chat_zone_steps != 0) {
        return;
    }

    zone->sh->crashes = ngx_http_chat_zone_turn;

    ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                  "chat_zone \"%V\": this worker kills itself at \"%s\"",
                  &zone->name, where);

    (void) kill(ngx_pid, ngx_http_chat_zone_signal);
}


#endif
