
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Users whose last session ended a moment ago: the store is told when they
 * have not come back within "chat_leave_delay".
 *
 * Those of one delay are due in the order in which they came, so that there
 * is a queue for each delay that is used, and one timer.
 */


#include "ngx_http_chat_presence.h"


struct ngx_http_chat_linger_s {
    ngx_http_chat_linger_t  *next;
    ngx_msec_t               delay;
    ngx_queue_t              users;
};


static ngx_http_chat_linger_t *ngx_http_chat_linger_queue(
    ngx_http_chat_hub_t *hub, ngx_msec_t delay);
static void ngx_http_chat_linger_handler(ngx_event_t *ev);


/* nginx's debug log reads the descriptor of whatever a timer belongs to */
static ngx_connection_t  ngx_http_chat_linger_dumb =
    { .fd = (ngx_socket_t) -1 };


void
ngx_http_chat_linger_init(ngx_http_chat_hub_t *hub)
{
    hub->linger.handler = ngx_http_chat_linger_handler;
    hub->linger.data = &ngx_http_chat_linger_dumb;
    hub->linger.log = ngx_cycle->log;

    /* not cancelable: a worker that shuts down waits for those, too */
}


void
ngx_http_chat_linger(ngx_http_chat_present_t *p, ngx_msec_t delay)
{
    ngx_http_chat_hub_t     *hub;
    ngx_http_chat_linger_t  *l;

    hub = p->room->hub;

    l = ngx_http_chat_linger_queue(hub, delay);

    if (l == NULL) {
        ngx_http_chat_presence_settle(p);
        return;
    }

    p->lingers = 1;
    p->due = ngx_current_msec + delay;

    ngx_queue_insert_tail(&l->users, &p->queue);

    if (!hub->linger.timer_set
        || (ngx_msec_int_t) (p->due - hub->linger.timer.key) < 0)
    {
        ngx_add_timer(&hub->linger, delay);
    }
}


static ngx_http_chat_linger_t *
ngx_http_chat_linger_queue(ngx_http_chat_hub_t *hub, ngx_msec_t delay)
{
    ngx_http_chat_linger_t  *l;

    for (l = hub->lingers; l != NULL; l = l->next) {
        if (l->delay == delay) {
            return l;
        }
    }

    /* as many as the configuration has */

    l = ngx_palloc(ngx_cycle->pool, sizeof(ngx_http_chat_linger_t));
    if (l == NULL) {
        return NULL;
    }

    l->delay = delay;
    ngx_queue_init(&l->users);

    l->next = hub->lingers;
    hub->lingers = l;

    return l;
}


void
ngx_http_chat_linger_stop(ngx_http_chat_present_t *p)
{
    if (p->lingers) {
        p->lingers = 0;
        ngx_queue_remove(&p->queue);
    }
}


static void
ngx_http_chat_linger_handler(ngx_event_t *ev)
{
    ngx_msec_int_t             left, next;
    ngx_http_chat_hub_t       *hub;
    ngx_http_chat_linger_t    *l;
    ngx_http_chat_present_t   *p;
    ngx_http_chat_hub_room_t  *room;

    hub = (ngx_http_chat_hub_t *)
              ((u_char *) ev - offsetof(ngx_http_chat_hub_t, linger));

    next = -1;

    for (l = hub->lingers; l != NULL; l = l->next) {

        while (!ngx_queue_empty(&l->users)) {
            p = ngx_queue_data(ngx_queue_head(&l->users),
                               ngx_http_chat_present_t, queue);

            left = (ngx_msec_int_t) (p->due - ngx_current_msec);

            if (left > 0) {
                next = (next < 0) ? left : ngx_min(next, left);
                break;
            }

            room = p->room;

            ngx_http_chat_linger_stop(p);
            ngx_http_chat_presence_settle(p);
            ngx_http_chat_hub_release(room);
        }
    }

    if (next > 0) {
        ngx_add_timer(ev, (ngx_msec_t) next);
    }
}


void
ngx_http_chat_linger_end(ngx_http_chat_hub_t *hub)
{
    ngx_http_chat_linger_t   *l;
    ngx_http_chat_present_t  *p;

    for (l = hub->lingers; l != NULL; l = l->next) {

        while (!ngx_queue_empty(&l->users)) {
            p = ngx_queue_data(ngx_queue_head(&l->users),
                               ngx_http_chat_present_t, queue);

            ngx_http_chat_linger_stop(p);
        }
    }
}
