
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* How calls of the API wait for the broker; see the header. */


#include "ngx_http_chat_api.h"
#include "ngx_http_chat_metric.h"
#include "ngx_http_chat_notice.h"


/*
 * Operations have deadlines of their own; this one keeps a worker that shuts
 * down from going before the answer is sent.
 */
#define NGX_HTTP_CHAT_API_PATIENCE  15000      /* ms */


/* What an operation finds its call through; freed when it is answered. */

struct ngx_http_chat_api_wait_s {
    ngx_http_chat_api_t         *api;          /* NULL: it has ended */
    ngx_http_chat_api_reply_pt   done;
    ngx_uint_t                   publishes;
    uint64_t                     begun;        /* that, for metrics */
    ngx_http_chat_notice_t      *act;          /* of moderation, or NULL */
};


static void ngx_http_chat_api_answered(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply);
static void ngx_http_chat_api_timeout(ngx_event_t *ev);


ngx_http_chat_hub_room_t *
ngx_http_chat_api_open(ngx_http_chat_api_t *api, const ngx_chat_str_t *name,
    ngx_http_chat_api_reply_pt done, ngx_http_chat_ticket_t *ticket)
{
    ngx_http_chat_hub_t       *hub;
    ngx_http_chat_hub_room_t  *room;
    ngx_http_chat_api_wait_t  *wait;

    /* a store may have gone since the call came */
    hub = api->ctx.conf->store->hub;

    if (hub == NULL) {
        ngx_http_chat_api_refuse(api, NGX_CHAT_CODE_UNAVAILABLE, NULL, NULL);
        return NULL;
    }

    wait = ngx_alloc(sizeof(ngx_http_chat_api_wait_t),
                     api->request->connection->log);
    room = (wait != NULL) ? ngx_http_chat_hub_room(hub, name) : NULL;

    if (room == NULL) {

        if (wait != NULL) {
            ngx_free(wait);
        }

        ngx_http_chat_api_refuse(api, NGX_CHAT_CODE_INTERNAL, NULL, NULL);
        return NULL;
    }

    wait->api = api;
    wait->done = done;
    wait->publishes = 0;
    wait->act = NULL;

    ngx_http_chat_hub_ticket(ticket, room, NULL, ngx_http_chat_api_answered);
    ticket->data = (uintptr_t) wait;

    return room;
}


void
ngx_http_chat_api_publishes(const ngx_http_chat_ticket_t *ticket)
{
    ngx_http_chat_api_wait_t  *wait;

    wait = (ngx_http_chat_api_wait_t *) ticket->data;

    wait->publishes = 1;
    wait->begun = ngx_http_chat_metric_now();
}


void
ngx_http_chat_api_moderates(ngx_http_chat_api_t *api,
    const ngx_http_chat_ticket_t *ticket, const ngx_chat_mod_t *mod)
{
    ngx_http_chat_api_wait_t  *wait;

    wait = (ngx_http_chat_api_wait_t *) ticket->data;

    wait->act = ngx_http_chat_notice_call(api->request, &api->cmd.room, mod,
                                          api->backend);
}


void
ngx_http_chat_api_begun(ngx_http_chat_api_t *api, ngx_int_t rc,
    const ngx_http_chat_ticket_t *ticket)
{
    ngx_http_chat_api_wait_t  *wait;

    wait = (ngx_http_chat_api_wait_t *) ticket->data;

    if (rc != NGX_OK) {
        ngx_http_chat_notice_acted(wait->act, NGX_CHAT_CODE_UNAVAILABLE, 0);
        ngx_free(wait);
        ngx_http_chat_hub_release(ticket->room);
        ngx_http_chat_api_refuse(api, NGX_CHAT_CODE_UNAVAILABLE, NULL, NULL);
        return;
    }

    api->wait = wait;

    ngx_http_chat_hub_taken(ticket->room, NULL);

    if (!api->timer.timer_set) {
        api->timer.handler = ngx_http_chat_api_timeout;
        api->timer.data = api;
        api->timer.log = api->request->connection->log;

        ngx_add_timer(&api->timer, NGX_HTTP_CHAT_API_PATIENCE);
    }
}


static void
ngx_http_chat_api_answered(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply)
{
    ngx_connection_t          *c;
    ngx_http_chat_api_t       *api;
    ngx_http_chat_api_wait_t  *wait;

    wait = (ngx_http_chat_api_wait_t *) ticket->data;
    api = wait->api;

    if (wait->publishes) {
        ngx_http_chat_metric_published(reply->code, reply->dup, wait->begun);
    }

    ngx_http_chat_notice_acted(wait->act, reply->code, reply->until);

    if (api != NULL) {
        c = api->request->connection;
        api->wait = NULL;

        ngx_http_set_log_request(c->log, api->request);

        wait->done(api, reply);

        ngx_http_run_posted_requests(c);
    }

    ngx_free(wait);
    ngx_http_chat_hub_done(ticket);
}


static void
ngx_http_chat_api_timeout(ngx_event_t *ev)
{
    ngx_connection_t     *c;
    ngx_http_chat_api_t  *api;

    api = ev->data;
    c = api->request->connection;

    ngx_log_error(NGX_LOG_ERR, c->log, 0,
                  "chat store did not answer a request");

    ngx_http_chat_api_refuse(api, NGX_CHAT_CODE_UNAVAILABLE, NULL, NULL);

    ngx_http_run_posted_requests(c);
}


void
ngx_http_chat_api_ask(ngx_http_chat_api_t *api, const ngx_chat_str_t *name,
    const ngx_chat_actor_t *actor, ngx_http_chat_api_reply_pt done)
{
    ngx_int_t                  rc;
    ngx_http_chat_hub_t       *hub;
    ngx_http_chat_ticket_t     ticket;
    ngx_http_chat_hub_room_t  *room;

    room = ngx_http_chat_api_open(api, name, done, &ticket);

    if (room != NULL) {
        hub = room->hub;
        rc = hub->store->ops->rights(hub->broker, &room->room.name, actor,
                                     &ticket);
        ngx_http_chat_api_begun(api, rc, &ticket);
    }
}


void
ngx_http_chat_api_settle(ngx_http_chat_api_t *api)
{
    if (api->wait != NULL) {
        api->wait->api = NULL;
        api->wait = NULL;
    }

    if (api->review != NULL) {
        ngx_http_chat_ask_drop(api->review->ask);
        api->review = NULL;
    }

    if (api->ask != NULL) {
        ngx_http_chat_ask_drop(api->ask);
        api->ask = NULL;
    }

    ngx_http_chat_poll_end(&api->poll);

    /* who asks again at once is not one too many */
    ngx_http_chat_limit_release(&api->ctx);

    if (api->timer.timer_set) {
        ngx_del_timer(&api->timer);
    }
}


void
ngx_http_chat_api_end(void *data)
{
    ngx_http_chat_api_t  *api;

    api = data;

    ngx_http_chat_api_settle(api);
    ngx_chat_proto_release(&api->cmd);
}
