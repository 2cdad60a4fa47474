
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Limits over all hosts: from sessions and rooms to counts; see the header. */


#include "ngx_http_chat_hosts.h"
#include "ngx_http_chat_session_log.h"
#include "ngx_http_chat_table.h"


/* nobody is to be refused: how many there are is told all the same */
#define NGX_HTTP_CHAT_HOSTS_MANY  NGX_MAX_INT32_VALUE


static void ngx_http_chat_hosts_taken(ngx_http_chat_store_t *store,
    const ngx_http_chat_limit_part_t *part, int32_t amount);
static void ngx_http_chat_hosts_entered(ngx_http_chat_session_t *s,
    const ngx_http_chat_limit_part_t *part);
static void ngx_http_chat_hosts_left(ngx_http_chat_session_t *s,
    const ngx_http_chat_limit_part_t *part);
static void ngx_http_chat_hosts_gone(void);
static void ngx_http_chat_hosts_resign(ngx_http_chat_hosts_t *h);
static ngx_http_chat_hosts_t *ngx_http_chat_hosts_of(
    ngx_http_chat_store_t *store);
static void ngx_http_chat_hosts_judge(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply);


const ngx_http_chat_limit_upcalls_t  ngx_http_chat_hosts_upcalls = {
    ngx_http_chat_hosts_taken,
    ngx_http_chat_hosts_entered,
    ngx_http_chat_hosts_left,
    ngx_http_chat_hosts_gone
};

ngx_connection_t  ngx_http_chat_hosts_dumb = { .fd = (ngx_socket_t) -1 };


/* of this worker */

static ngx_queue_t  ngx_http_chat_hosts_all = {
    &ngx_http_chat_hosts_all, &ngx_http_chat_hosts_all
};


ngx_int_t
ngx_http_chat_hosts_create(ngx_http_chat_hub_t *hub)
{
    ngx_http_chat_hosts_t  *h;

    if (!hub->store->shares) {
        return NGX_OK;
    }

    h = ngx_calloc(sizeof(ngx_http_chat_hosts_t), ngx_cycle->log);
    if (h == NULL) {
        return NGX_ERROR;
    }

    h->hub = hub;
    hub->hosts = h;

    ngx_http_chat_hosts_count_init(h);
    ngx_http_chat_hosts_rate_init(h);

    ngx_queue_insert_tail(&ngx_http_chat_hosts_all, &h->queue);

    return NGX_OK;
}


void
ngx_http_chat_hosts_stop(ngx_http_chat_hub_t *hub)
{
    if (hub->hosts != NULL) {
        ngx_http_chat_hosts_resign(hub->hosts);
    }
}


void
ngx_http_chat_hosts_destroy(ngx_http_chat_hub_t *hub)
{
    ngx_http_chat_hosts_t  *h;

    h = hub->hosts;

    if (h == NULL) {
        return;
    }

    hub->hosts = NULL;
    ngx_queue_remove(&h->queue);

    ngx_http_chat_hosts_count_destroy(h);
    ngx_http_chat_hosts_rate_destroy(h);

    ngx_free(h);
}


void
ngx_http_chat_hosts_state(ngx_http_chat_hub_t *hub)
{
    ngx_http_chat_hosts_t  *h;

    h = hub->hosts;

    if (h == NULL) {
        return;
    }

    if (hub->broker->state != NGX_HTTP_CHAT_BROKER_READY) {
        ngx_http_chat_hosts_count_free(h);

    } else if (h->gone) {
        hub->store->ops->resign(hub->broker);

    } else {
        ngx_http_chat_hosts_count_again(h);
    }
}


static void
ngx_http_chat_hosts_taken(ngx_http_chat_store_t *store,
    const ngx_http_chat_limit_part_t *part, int32_t amount)
{
    ngx_http_chat_hosts_t  *h;

    h = ngx_http_chat_hosts_of(store);

    if (h != NULL) {
        ngx_http_chat_hosts_take(h, part, amount);
    }
}


static void
ngx_http_chat_hosts_entered(ngx_http_chat_session_t *s,
    const ngx_http_chat_limit_part_t *part)
{
    ngx_http_chat_hosts_t   *h;
    ngx_http_chat_tally_t    tally;
    ngx_http_chat_ticket_t   ticket;

    h = ngx_http_chat_hosts_of(s->conf->store);

    if (h == NULL) {
        return;
    }

    tally.per = part->per;
    tally.name = part->name;
    tally.max = s->conf->max_connections[part->per];

    ngx_memzero(&ticket, sizeof(ngx_http_chat_ticket_t));

    ticket.handler = ngx_http_chat_hosts_judge;
    ticket.session = ngx_http_chat_table_handle(s);
    ticket.data = part->per;

    (void) ngx_http_chat_hosts_enter(h, &tally, &ticket);
}


static void
ngx_http_chat_hosts_left(ngx_http_chat_session_t *s,
    const ngx_http_chat_limit_part_t *part)
{
    ngx_http_chat_hosts_t  *h;
    ngx_http_chat_tally_t   tally;

    h = ngx_http_chat_hosts_of(s->conf->store);

    if (h != NULL) {
        tally.per = part->per;
        tally.name = part->name;

        ngx_http_chat_hosts_leave(h, &tally);
    }
}


/* This host had room for the session, and all together have not. */

static void
ngx_http_chat_hosts_judge(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply)
{
    ngx_uint_t                more;
    const char               *reason;
    ngx_http_chat_session_t  *s;

    s = ngx_http_chat_table_find(ticket->session);

    if (s == NULL || reply->code != NGX_CHAT_CODE_ROOM_FULL) {
        return;
    }

    reason = (ticket->data == NGX_HTTP_CHAT_PER_IP)
             ? "too many connections are open from your address"
             : "too many connections of yours are open";

    if (ngx_http_chat_limit_may_log(&more)) {
        ngx_log_error(NGX_LOG_INFO, ngx_http_chat_session_log(s), 0,
                      "client %s one too many on all hosts: %s, %ui more "
                      "lines were left out",
                      s->conf->limit_dry_run ? "would be" : "is", reason,
                      more);
    }

    if (s->conf->limit_dry_run) {
        return;
    }

    ngx_http_chat_session_close(s,
                     (s->conf->format == NGX_HTTP_CHAT_FORMAT_RAW)
                     ? NGX_CHAT_CLOSE_TRY_LATER : NGX_CHAT_CLOSE_CAPACITY,
                     reason);
}


ngx_int_t
ngx_http_chat_hosts_join(ngx_http_chat_session_t *s,
    const ngx_chat_str_t *room, const ngx_http_chat_ticket_t *ticket)
{
    ngx_http_chat_hosts_t  *h;
    ngx_http_chat_tally_t   tally;

    h = ngx_http_chat_hosts_of(s->conf->store);

    if (h == NULL) {
        return NGX_DECLINED;
    }

    tally.per = NGX_HTTP_CHAT_PER_ROOM;
    tally.name = *room;
    tally.max = s->conf->limit_dry_run
                ? NGX_HTTP_CHAT_HOSTS_MANY
                : s->conf->max_connections[NGX_HTTP_CHAT_PER_ROOM];

    return ngx_http_chat_hosts_enter(h, &tally, ticket);
}


void
ngx_http_chat_hosts_part(ngx_http_chat_session_t *s,
    const ngx_chat_str_t *room)
{
    ngx_http_chat_hosts_t  *h;
    ngx_http_chat_tally_t   tally;

    h = ngx_http_chat_hosts_of(s->conf->store);

    if (h != NULL) {
        tally.per = NGX_HTTP_CHAT_PER_ROOM;
        tally.name = *room;

        ngx_http_chat_hosts_leave(h, &tally);
    }
}


static void
ngx_http_chat_hosts_gone(void)
{
    ngx_queue_t  *q;

    for (q = ngx_queue_head(&ngx_http_chat_hosts_all);
         q != &ngx_http_chat_hosts_all;
         q = ngx_queue_next(q))
    {
        ngx_http_chat_hosts_resign(ngx_queue_data(q, ngx_http_chat_hosts_t,
                                                  queue));
    }
}


static void
ngx_http_chat_hosts_resign(ngx_http_chat_hosts_t *h)
{
    if (h->gone) {
        return;
    }

    h->gone = 1;

    if (h->hub->broker->state == NGX_HTTP_CHAT_BROKER_READY) {
        h->hub->store->ops->resign(h->hub->broker);
    }

    ngx_http_chat_hosts_count_free(h);
}


static ngx_http_chat_hosts_t *
ngx_http_chat_hosts_of(ngx_http_chat_store_t *store)
{
    return (store->hub != NULL) ? store->hub->hosts : NULL;
}
