
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Texts on their way to the store: kept here until it has answered, in order.
 */


#include "ngx_http_chat_event.h"
#include "ngx_http_chat_hub.h"
#include "ngx_http_chat_metric.h"
#include "ngx_http_chat_table.h"
#include "ngx_chat_event.h"


struct ngx_http_chat_event_text_s {
    ngx_http_chat_event_text_t  *next;
    size_t                       len;
    u_char                       data[1];
};


static void ngx_http_chat_event_push(ngx_http_chat_event_conf_t *event,
    const ngx_chat_str_t *members);
static void ngx_http_chat_event_pop(ngx_http_chat_event_conf_t *event);
static ngx_int_t ngx_http_chat_event_room(ngx_http_chat_event_conf_t *event,
    size_t len);
static void ngx_http_chat_event_tell(ngx_http_chat_event_conf_t *event);
static void ngx_http_chat_event_noted(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply);


void
ngx_http_chat_event_add(ngx_http_chat_event_conf_t *event,
    const ngx_chat_str_t *members)
{
    ngx_http_chat_event_push(event, members);
    ngx_http_chat_event_flush(event);
}


static void
ngx_http_chat_event_push(ngx_http_chat_event_conf_t *event,
    const ngx_chat_str_t *members)
{
    u_char                          head[NGX_CHAT_EVENT_HEAD_MAX];
    size_t                          len;
    ngx_time_t                     *tp;
    ngx_http_chat_event_text_t     *text;
    ngx_http_chat_event_pending_t  *pending;

    tp = ngx_timeofday();
    pending = &event->pending;

    len = ngx_chat_event_head(head,
                              (int64_t) tp->sec * 1000 + (int64_t) tp->msec);

    text = NULL;

    if (ngx_http_chat_event_room(event, len + members->len) == NGX_OK) {
        text = ngx_alloc(offsetof(ngx_http_chat_event_text_t, data) + len
                         + members->len, ngx_cycle->log);
    }

    if (text == NULL) {
        pending->dropped++;
        return;
    }

    text->next = NULL;
    text->len = len + members->len;

    ngx_memcpy(ngx_cpymem(text->data, head, len), members->data,
               members->len);

    *pending->last = text;
    pending->last = &text->next;
    pending->size += text->len;

    if (pending->unsent == NULL) {
        pending->unsent = text;
    }
}


static void
ngx_http_chat_event_pop(ngx_http_chat_event_conf_t *event)
{
    ngx_http_chat_event_text_t     *text;
    ngx_http_chat_event_pending_t  *pending;

    pending = &event->pending;
    text = pending->first;

    pending->first = text->next;
    pending->size -= text->len;

    if (pending->first == NULL) {
        pending->last = &pending->first;
    }

    if (pending->unsent == text) {
        pending->unsent = text->next;
    }

    ngx_free(text);
}


/* What is under way is not dropped: its answer is for the first. */

static ngx_int_t
ngx_http_chat_event_room(ngx_http_chat_event_conf_t *event, size_t len)
{
    ngx_http_chat_event_pending_t  *pending;

    pending = &event->pending;

    while (pending->size + len > NGX_HTTP_CHAT_EVENT_PENDING) {

        if (pending->dropped == 0) {
            ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                          "the store takes no events for \"%V\" and some are "
                          "lost, see above why it is away",
                          &event->backend.uri);
        }

        if (pending->sent != 0 || pending->first == NULL) {
            return NGX_DECLINED;
        }

        ngx_http_chat_event_pop(event);
        pending->dropped++;
    }

    return NGX_OK;
}


void
ngx_http_chat_event_flush(ngx_http_chat_event_conf_t *event)
{
    ngx_chat_str_t                  str;
    ngx_http_chat_hub_t            *hub;
    ngx_http_chat_ticket_t          ticket;
    ngx_http_chat_event_text_t     *text;
    ngx_http_chat_event_pending_t  *pending;

    hub = event->store->hub;
    pending = &event->pending;

    if (hub == NULL || hub->broker == NULL || pending->failed
        || hub->broker->state == NGX_HTTP_CHAT_BROKER_AWAY)
    {
        return;
    }

    if (pending->dropped != 0
        && hub->broker->state == NGX_HTTP_CHAT_BROKER_READY
        && pending->size <= NGX_HTTP_CHAT_EVENT_PENDING - 4096)
    {
        ngx_http_chat_event_tell(event);
    }

    ngx_memzero(&ticket, sizeof(ngx_http_chat_ticket_t));
    ticket.handler = ngx_http_chat_event_noted;
    ticket.data = (uintptr_t) event;

    for (text = pending->unsent; text != NULL; text = text->next) {
        str.data = text->data;
        str.len = text->len;

        if (event->store->ops->note(hub->broker, &event->notes, &str, &ticket)
            != NGX_OK)
        {
            return;
        }

        pending->unsent = text->next;
        pending->sent++;
    }
}


/* In front of what is left would be the place; it is told by a count. */

static void
ngx_http_chat_event_tell(ngx_http_chat_event_conf_t *event)
{
    u_char            buf[256], id[NGX_HTTP_CHAT_SESSION_ID_LEN];
    ngx_chat_str_t    members;
    ngx_chat_event_t  lost;

    ngx_http_chat_random(id, sizeof(id));
    ngx_memzero(&lost, sizeof(ngx_chat_event_t));

    lost.kind = "lost";
    lost.id.data = id;
    lost.id.len = sizeof(id);
    lost.cause = "store";
    lost.count = event->pending.dropped;

    ngx_http_chat_metric_add(NGX_CHAT_METRIC_EVENTS, NGX_CHAT_METRIC_LOST,
                             event->pending.dropped);

    event->pending.dropped = 0;

    members.data = buf;
    members.len = ngx_chat_event_members(buf, sizeof(buf), &lost);

    ngx_http_chat_event_push(event, &members);
}


/* Answers come in the order of what was sent. */

static void
ngx_http_chat_event_noted(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply)
{
    ngx_http_chat_event_conf_t     *event;
    ngx_http_chat_event_pending_t  *pending;

    event = (ngx_http_chat_event_conf_t *) ticket->data;
    pending = &event->pending;

    pending->sent--;

    if (reply->code != NGX_CHAT_CODE_OK) {
        pending->failed = 1;

    } else if (!pending->failed) {
        ngx_http_chat_event_pop(event);
    }

    if (pending->sent == 0 && pending->failed) {
        /* all that is left is sent again, when the timer says so */
        pending->failed = 0;
        pending->unsent = pending->first;
    }
}


void
ngx_http_chat_event_forget(ngx_http_chat_event_conf_t *event)
{
    ngx_uint_t                      n;
    ngx_http_chat_event_pending_t  *pending;

    pending = &event->pending;

    for (n = 0; pending->first != NULL; n++) {
        ngx_http_chat_event_pop(event);
    }

    if (n == 0) {
        return;
    }

    ngx_http_chat_metric_add(NGX_CHAT_METRIC_EVENTS, NGX_CHAT_METRIC_LOST, n);

    ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                  "%ui events for \"%V\" are lost: the store did not take "
                  "them before this worker ended", n, &event->backend.uri);
}
