
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Long polls: a page with nothing in it is answered when there is something,
 * or when the time is up.
 */


#include "ngx_http_chat_api.h"


/* a worker that shuts down is noticed so soon */
#define NGX_HTTP_CHAT_API_TICK  1000           /* ms */


static void ngx_http_chat_api_woken(ngx_event_t *ev);
static void ngx_http_chat_api_tick(ngx_event_t *ev);
static ngx_msec_int_t ngx_http_chat_api_left(const ngx_http_chat_api_t *api);


ngx_int_t
ngx_http_chat_api_poll(ngx_http_chat_api_t *api)
{
    ngx_http_chat_hub_t  *hub;

    hub = api->ctx.conf->store->hub;

    if (api->patience == 0 || api->poll.room != NULL || ngx_exiting
        || hub == NULL)
    {
        return NGX_OK;
    }

    api->until = ngx_current_msec + api->patience;
    api->ctx.polls = 1;
    api->poll.event.handler = ngx_http_chat_api_woken;
    api->poll.event.data = api;
    api->poll.event.log = api->request->connection->log;

    switch (ngx_http_chat_poll_begin(&api->poll, hub, &api->cmd.room)) {

    case NGX_OK:
        return NGX_OK;

    case NGX_DECLINED:
        ngx_http_chat_api_refuse(api, NGX_CHAT_CODE_UNAVAILABLE,
                                 "Too many wait here, ask again without "
                                 "\"wait\".", NULL);
        return NGX_DONE;

    default: /* NGX_ERROR */
        ngx_http_chat_api_refuse(api, NGX_CHAT_CODE_INTERNAL, NULL, NULL);
        return NGX_DONE;
    }
}


ngx_int_t
ngx_http_chat_api_park(ngx_http_chat_api_t *api)
{
    if (api->poll.room == NULL) {
        return NGX_DECLINED;
    }

    if (api->timer.timer_set) {
        ngx_del_timer(&api->timer);
    }

    if (ngx_exiting || ngx_http_chat_api_left(api) <= 0) {
        ngx_http_chat_api_empty(api, NGX_HTTP_NO_CONTENT);
        return NGX_OK;
    }

    api->parked = 1;

    if (api->stirred) {
        /* it may have been said while the log was read */
        ngx_post_event(&api->poll.event, &ngx_posted_events);
    }

    api->timer.handler = ngx_http_chat_api_tick;
    api->timer.data = api;
    api->timer.log = api->request->connection->log;

    ngx_add_timer(&api->timer, (ngx_msec_t)
                  ngx_min(ngx_http_chat_api_left(api),
                          NGX_HTTP_CHAT_API_TICK));

    return NGX_OK;
}


static ngx_msec_int_t
ngx_http_chat_api_left(const ngx_http_chat_api_t *api)
{
    return (ngx_msec_int_t) (api->until - ngx_current_msec);
}


/* It reads again; and may it still?  It was asked a while ago. */

static void
ngx_http_chat_api_woken(ngx_event_t *ev)
{
    ngx_connection_t     *c;
    ngx_http_chat_api_t  *api;

    api = ev->data;
    c = api->request->connection;

    if (!api->parked) {
        api->stirred = 1;
        return;
    }

    api->parked = 0;
    api->stirred = 0;

    ngx_del_timer(&api->timer);
    ngx_http_set_log_request(c->log, api->request);

    ngx_http_chat_api_admit(api);

    ngx_http_run_posted_requests(c);
}


static void
ngx_http_chat_api_tick(ngx_event_t *ev)
{
    ngx_connection_t     *c;
    ngx_http_chat_api_t  *api;

    api = ev->data;
    c = api->request->connection;

    ngx_http_set_log_request(c->log, api->request);

    /* a wake-up that is posted keeps its turn, unless the time is up */
    (void) ngx_http_chat_api_park(api);

    ngx_http_run_posted_requests(c);
}
