
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The memory of all queues of a worker; see the header. */


#include "ngx_http_chat_excess.h"
#include "ngx_http_chat_metric.h"
#include "ngx_http_chat_session_log.h"
#include "ngx_http_chat_table.h"


/* of this worker */

static size_t  ngx_http_chat_excess_limit;
static size_t  ngx_http_chat_excess_bytes;


void
ngx_http_chat_excess_init(size_t limit)
{
    ngx_http_chat_excess_limit = limit;
}


void
ngx_http_chat_excess_add(size_t bytes)
{
    ngx_http_chat_excess_bytes += bytes;
    ngx_http_chat_metric_put(NGX_CHAT_METRIC_QUEUE, 0,
                             ngx_http_chat_excess_bytes);
}


void
ngx_http_chat_excess_remove(size_t bytes)
{
    ngx_http_chat_excess_bytes -= bytes;
    ngx_http_chat_metric_put(NGX_CHAT_METRIC_QUEUE, 0,
                             ngx_http_chat_excess_bytes);
}


void
ngx_http_chat_excess_check(void)
{
    ngx_http_chat_session_t  *s;

    if (ngx_http_chat_excess_limit == 0
        || ngx_http_chat_excess_bytes <= ngx_http_chat_excess_limit)
    {
        return;
    }

    s = ngx_http_chat_table_slowest();

    if (s == NULL) {
        return;
    }

    ngx_log_error(NGX_LOG_WARN, ngx_http_chat_session_log(s), 0,
                  "queues of this worker hold %uz bytes, more than "
                  "\"chat_buffer_total\", the client with the longest one is "
                  "closed", ngx_http_chat_excess_bytes);

    s->output.slow = 1;
    ngx_http_chat_output_schedule(s);
}
