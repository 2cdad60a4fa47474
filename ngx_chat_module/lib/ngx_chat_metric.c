
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The metrics; see the header. */


#include "ngx_chat_metric.h"

#include <string.h>


#define NGX_CHAT_METRIC_CLOSES                                                \
    (sizeof(ngx_chat_metric_closes) / sizeof(ngx_chat_metric_closes[0]) - 2)

#define NGX_CHAT_METRIC_STATUSES                                              \
    (sizeof(ngx_chat_metric_statuses)                                         \
     / sizeof(ngx_chat_metric_statuses[0]) - 2)


static unsigned ngx_chat_metric_find(const char *const *values, unsigned n,
    unsigned number);


static const char *const  ngx_chat_metric_states[] = {
    "running", "draining", NULL
};


static const char *const  ngx_chat_metric_transports[] = {
    "websocket", "sse", "longpoll", NULL
};


/* as ngx_http_chat_broker_state_e */

static const char *const  ngx_chat_metric_stores[] = {
    "connecting", "ready", "away", NULL
};


static const char *const  ngx_chat_metric_hooks[] = {
    "join", "publish", "event", NULL
};


static const char *const  ngx_chat_metric_answers[] = {
    "allowed", "denied", "failed", "unasked", NULL
};


static const char *const  ngx_chat_metric_events[] = {
    "delivered", "retried", "lost", NULL
};


static const char *const  ngx_chat_metric_event_answers[] = {
    "taken", "failed", NULL
};


static const char *const  ngx_chat_metric_closes[] = {
    "1000", "1001", "1002", "1003", "1005", "1006", "1007", "1008", "1009",
    "1011", "1012", "1013", "4001", "4003", "4004", "4005", "4006", "4007",
    "4100", "4101", "4102", "4200", "4201", "4202", "4203", "other", NULL
};


static const char *const  ngx_chat_metric_statuses[] = {
    "400", "401", "403", "404", "405", "425", "426", "429", "500", "503",
    "other", NULL
};


static const char *const  ngx_chat_metric_classes[] = {
    "2xx", "3xx", "4xx", "5xx", NULL
};


static const char *const  ngx_chat_metric_results[] = {
    "stored", "duplicate", "refused", "unavailable", NULL
};


/* as ngx_chat_code_e, which begins with OK */

static const char *const  ngx_chat_metric_codes[] = {
    "bad_request", "unknown_op", "unauthorized", "token_expired", "forbidden",
    "banned", "muted", "locked", "not_member", "not_found", "room_full",
    "too_many_rooms", "epoch_changed", "gone", "too_large", "cid_reused",
    "invalid_text", "invalid_name", "rejected", "slow_mode", "rate_limited",
    "internal", "unavailable", NULL
};


static const char *const  ngx_chat_metric_ways[] = {
    "in", "out", NULL
};


static const char *const  ngx_chat_metric_wholes[] = {
    "whole", "hole", NULL
};


static const ngx_chat_metric_row_t  ngx_chat_metric_rows[] = {

    { "workers", NGX_CHAT_METRIC_GAUGE, "", "state", ngx_chat_metric_states,
      "Worker processes." },

    { "connections", NGX_CHAT_METRIC_GAUGE, "", "transport",
      ngx_chat_metric_transports,
      "Connections of clients, and long polls that wait." },

    { "connections_tls", NGX_CHAT_METRIC_GAUGE, "", NULL, NULL,
      "Those of them that nginx decrypts." },

    { "connections_kept", NGX_CHAT_METRIC_GAUGE, "", NULL, NULL,
      "Those of them that keep their request, as \"chat_detach off\" does." },

    { "connections_raw", NGX_CHAT_METRIC_GAUGE, "", NULL, NULL,
      "Those of them in a raw room." },

    { "rooms", NGX_CHAT_METRIC_GAUGE, "", NULL, NULL,
      "Rooms that workers hear, once for each worker." },

    { "members", NGX_CHAT_METRIC_GAUGE, "", NULL, NULL,
      "Connections in rooms, once for each room." },

    { "users", NGX_CHAT_METRIC_GAUGE, "", NULL, NULL,
      "Users in rooms, once for each room and worker." },

    { "queue_bytes", NGX_CHAT_METRIC_GAUGE, "bytes", NULL, NULL,
      "Frames that wait for clients to read." },

    { "stores", NGX_CHAT_METRIC_GAUGE, "", "state", ngx_chat_metric_stores,
      "Stores of the configuration, once for each worker." },

    { "stores_degraded", NGX_CHAT_METRIC_GAUGE, "", NULL, NULL,
      "Those of them that are ready, but take no messages." },

    { "store_lag_seconds", NGX_CHAT_METRIC_GAUGE, "seconds", NULL, NULL,
      "How late the latest worker hears from its store." },

    { "hooks_running", NGX_CHAT_METRIC_GAUGE, "", "hook",
      ngx_chat_metric_hooks,
      "Questions that the site is answering." },

    { "hooks_waiting", NGX_CHAT_METRIC_GAUGE, "", "hook",
      ngx_chat_metric_hooks,
      "Questions that wait for others to be answered." },

    { "events_queued", NGX_CHAT_METRIC_GAUGE, "", NULL, NULL,
      "Events that wait for the site to take them." },

    { "events_queued_bytes", NGX_CHAT_METRIC_GAUGE, "bytes", NULL, NULL,
      "Bytes of them." },

    { "events_oldest_seconds", NGX_CHAT_METRIC_GAUGE, "seconds", NULL, NULL,
      "How long the oldest of them has waited, added over all queues." },

    { "opened_total", NGX_CHAT_METRIC_COUNTER, "", "transport",
      ngx_chat_metric_transports,
      "Connections that were opened, and long polls that waited." },

    { "closed_total", NGX_CHAT_METRIC_COUNTER, "", "code",
      ngx_chat_metric_closes,
      "Connections that were closed, by the close code." },

    { "slow_total", NGX_CHAT_METRIC_COUNTER, "", NULL, NULL,
      "Connections that were closed for reading too slowly." },

    { "handshakes_refused_total", NGX_CHAT_METRIC_COUNTER, "", "status",
      ngx_chat_metric_statuses,
      "Handshakes that were refused, by the HTTP status." },

    { "api_responses_total", NGX_CHAT_METRIC_COUNTER, "", "class",
      ngx_chat_metric_classes,
      "Answers of the HTTP API." },

    { "api_bytes_total", NGX_CHAT_METRIC_COUNTER, "bytes", "direction",
      ngx_chat_metric_ways,
      "Bytes of the bodies of its requests and answers." },

    { "received_total", NGX_CHAT_METRIC_COUNTER, "", NULL, NULL,
      "WebSocket messages that came from clients." },

    { "received_bytes_total", NGX_CHAT_METRIC_COUNTER, "bytes", NULL, NULL,
      "Bytes that came from clients behind their handshakes." },

    { "sent_total", NGX_CHAT_METRIC_COUNTER, "", NULL, NULL,
      "Frames that were queued for clients, pings and all." },

    { "sent_bytes_total", NGX_CHAT_METRIC_COUNTER, "bytes", NULL, NULL,
      "Bytes that were written to clients behind their handshakes." },

    { "published_total", NGX_CHAT_METRIC_COUNTER, "", "result",
      ngx_chat_metric_results,
      "What the store answered to messages." },

    { "refused_total", NGX_CHAT_METRIC_COUNTER, "", "code",
      ngx_chat_metric_codes,
      "Commands and requests that were refused, by the error code." },

    { "joined_total", NGX_CHAT_METRIC_COUNTER, "", NULL, NULL,
      "Connections that were let into a room." },

    { "resumed_total", NGX_CHAT_METRIC_COUNTER, "", "result",
      ngx_chat_metric_wholes,
      "Joins that asked for what was missed, and whether they got all." },

    { "healed_total", NGX_CHAT_METRIC_COUNTER, "", "result",
      ngx_chat_metric_wholes,
      "Gaps of rooms that workers noticed, and whether the log filled them." },

    { "hooks_asked_total", NGX_CHAT_METRIC_COUNTER, "", "hook",
      ngx_chat_metric_hooks,
      "Questions to the site." },

    { "join_hook_total", NGX_CHAT_METRIC_COUNTER, "", "result",
      ngx_chat_metric_answers,
      "What became of questions about joins." },

    { "publish_hook_total", NGX_CHAT_METRIC_COUNTER, "", "result",
      ngx_chat_metric_answers,
      "What became of questions about messages." },

    { "limits_lifted_total", NGX_CHAT_METRIC_COUNTER, "", NULL, NULL,
      "Who was not counted, for \"chat_limit_zone\" had no room." },

    { "events_total", NGX_CHAT_METRIC_COUNTER, "", "result",
      ngx_chat_metric_events,
      "What became of events: a retried one may be delivered yet." },

    { "event_requests_total", NGX_CHAT_METRIC_COUNTER, "", "result",
      ngx_chat_metric_event_answers,
      "Requests that told the site of events." },

    { "store_outages_total", NGX_CHAT_METRIC_COUNTER, "", NULL, NULL,
      "How often a worker lost its store." },

    { "workers_died_total", NGX_CHAT_METRIC_COUNTER, "", NULL, NULL,
      "Workers that ended without a word, as a later one found." },

    { "publish_seconds", NGX_CHAT_METRIC_HISTOGRAM, "seconds", NULL, NULL,
      "From a message's way to the store to the store's answer." },

    { "delivery_seconds", NGX_CHAT_METRIC_HISTOGRAM, "seconds", NULL, NULL,
      "From the store's time of a message to the queues of a worker." },

    { "fanout_seconds", NGX_CHAT_METRIC_HISTOGRAM, "seconds", NULL, NULL,
      "From the first frame queued to the last client written to." },

    { "join_hook_seconds", NGX_CHAT_METRIC_HISTOGRAM, "seconds", NULL, NULL,
      "From a question about a join to its answer, or to its deadline." },

    { "publish_hook_seconds", NGX_CHAT_METRIC_HISTOGRAM, "seconds", NULL,
      NULL,
      "From a question about a message to its answer, or to its deadline." },

    { "event_hook_seconds", NGX_CHAT_METRIC_HISTOGRAM, "seconds", NULL, NULL,
      "From a request with events to its answer, or to its deadline." },

    { "zone_size_bytes", NGX_CHAT_METRIC_GAUGE, "bytes", "zone", NULL,
      "Memory of a zone." },

    { "zone_cells_bytes", NGX_CHAT_METRIC_GAUGE, "bytes", "zone", NULL,
      "Its part for rooms, users and rights; the rest is the log's." },

    { "zone_used_bytes", NGX_CHAT_METRIC_GAUGE, "bytes", "zone", NULL,
      "What of that part is in use." },

    { "zone_rooms", NGX_CHAT_METRIC_GAUGE, "", "zone", NULL,
      "Rooms of a zone, and one for the bans of the whole site." },

    { "zone_users", NGX_CHAT_METRIC_GAUGE, "", "zone", NULL,
      "Users in rooms of a zone, once for each room." },

    { "zone_rights", NGX_CHAT_METRIC_GAUGE, "", "zone", NULL,
      "Bans, mutes, roles and kicks that a zone remembers." },

    { "zone_evicted_total", NGX_CHAT_METRIC_COUNTER, "", "zone", NULL,
      "Rooms that were forgotten for want of memory." },

    { "zone_written_bytes_total", NGX_CHAT_METRIC_COUNTER, "bytes", "zone",
      NULL,
      "Bytes that were written to the log of a zone." }
};


static const uint64_t  ngx_chat_metric_bounds[] = {
    100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000,
    500000, 1000000, 2500000, 5000000, 10000000
};


const ngx_chat_metric_row_t *
ngx_chat_metric_row(unsigned metric)
{
    return &ngx_chat_metric_rows[metric];
}


uint64_t
ngx_chat_metric_bound(unsigned bucket)
{
    return (bucket < NGX_CHAT_METRIC_BUCKETS - 1)
           ? ngx_chat_metric_bounds[bucket] : 0;
}


/* Values are numbers, and behind them one for all others. */

static unsigned
ngx_chat_metric_find(const char *const *values, unsigned n, unsigned number)
{
    unsigned     i, value;
    const char  *p;

    for (i = 0; i < n; i++) {
        value = 0;

        for (p = values[i]; *p != '\0'; p++) {
            value = value * 10 + (unsigned) (*p - '0');
        }

        if (value == number) {
            break;
        }
    }

    return i;
}


unsigned
ngx_chat_metric_close(unsigned code)
{
    return ngx_chat_metric_find(ngx_chat_metric_closes,
                                NGX_CHAT_METRIC_CLOSES, code);
}


unsigned
ngx_chat_metric_status(unsigned status)
{
    return ngx_chat_metric_find(ngx_chat_metric_statuses,
                                NGX_CHAT_METRIC_STATUSES, status);
}


unsigned
ngx_chat_metric_class(unsigned status)
{
    if (status < 300) {
        return 0;
    }

    return (status < 500) ? status / 100 - 2 : 3;
}


unsigned
ngx_chat_metric_code(const char *name)
{
    unsigned  i;

    for (i = 0; ngx_chat_metric_codes[i] != NULL; i++) {
        if (strcmp(ngx_chat_metric_codes[i], name) == 0) {
            return i;
        }
    }

    return NGX_CHAT_CODE_INTERNAL - 1;
}


unsigned
ngx_chat_metric_result(ngx_chat_code_e code, int dup)
{
    if (code == NGX_CHAT_CODE_OK) {
        return dup ? NGX_CHAT_METRIC_DUPLICATE : NGX_CHAT_METRIC_STORED;
    }

    return (code == NGX_CHAT_CODE_UNAVAILABLE) ? NGX_CHAT_METRIC_UNKNOWN
                                               : NGX_CHAT_METRIC_UNSTORED;
}


void
ngx_chat_metric_observe(ngx_chat_metric_set_t *set, unsigned metric,
    uint64_t us)
{
    unsigned   i;
    uint64_t  *cells;

    cells = set->cells[metric];

    if (us > NGX_CHAT_METRIC_MOST) {
        us = NGX_CHAT_METRIC_MOST;
    }

    for (i = 0; i < NGX_CHAT_METRIC_BUCKETS - 1; i++) {
        if (us <= ngx_chat_metric_bounds[i]) {
            break;
        }
    }

    ngx_chat_metric_add(&cells[i], 1);
    ngx_chat_metric_add(&cells[NGX_CHAT_METRIC_SUM], us);
}
