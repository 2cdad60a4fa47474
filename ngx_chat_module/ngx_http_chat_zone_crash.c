
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * For tests only: a worker that dies in the middle of an operation.  The
 * environment's NGX_CHAT_CRASH is "operation", for a death at each step, one
 * after the other, or "operation step", for one in the life of the zone; with
 * a step below 0 the worker is stopped there instead.
 */


#include "ngx_http_chat_zone.h"


#if (NGX_CHAT_LOG_STEPS)


static void ngx_http_chat_zone_step(const char *where);


/* of the operation under way */

static ngx_http_chat_zone_t  *ngx_http_chat_zone_crashing;
static ngx_uint_t             ngx_http_chat_zone_steps;
static int                    ngx_http_chat_zone_signal;


void
ngx_http_chat_zone_crash(ngx_http_chat_zone_t *zone, const char *op)
{
    int          step;
    char        *text;
    size_t       len;
    ngx_uint_t   crashes;

    ngx_chat_log_step = NULL;

    text = getenv("NGX_CHAT_CRASH");
    len = ngx_strlen(op);

    if (text == NULL || ngx_strncmp(text, op, len) != 0) {
        return;
    }

    crashes = (ngx_uint_t) zone->sh->crashes;

    if (text[len] == '\0') {
        step = (int) crashes + 1;

    } else if (text[len] == ' ' && crashes == 0) {
        step = atoi(text + len + 1);

    } else {
        return;
    }

    ngx_http_chat_zone_steps = (ngx_uint_t) ngx_abs(step);
    ngx_http_chat_zone_signal = (step < 0) ? SIGSTOP : SIGKILL;

    ngx_http_chat_zone_crashing = zone;
    ngx_chat_log_step = ngx_http_chat_zone_step;
}


static void
ngx_http_chat_zone_step(const char *where)
{
    ngx_http_chat_zone_t  *zone;

    zone = ngx_http_chat_zone_crashing;

    if (--ngx_http_chat_zone_steps != 0) {
        return;
    }

    zone->sh->crashes++;

    ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                  "chat_zone \"%V\": this worker kills itself at \"%s\"",
                  &zone->name, where);

    (void) kill(ngx_pid, ngx_http_chat_zone_signal);
}


#endif
