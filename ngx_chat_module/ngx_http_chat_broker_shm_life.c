
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The life of a worker's broker for a zone: beginning, losing what makes it
 * READY, coming back; and what is done at a turn's end.
 */


#include "ngx_http_chat_broker_shm.h"
#include "ngx_http_chat_metric.h"


#define NGX_HTTP_CHAT_SHM_TICK   1000      /* ms */
#define NGX_HTTP_CHAT_SHM_FIRST  100       /* ms until the first one */
#define NGX_HTTP_CHAT_SHM_POLL   50        /* ms, for a lock */


static void ngx_http_chat_shm_init_events(ngx_http_chat_shm_t *b);
static void ngx_http_chat_shm_set_state(ngx_http_chat_shm_t *b,
    ngx_http_chat_broker_state_e state);
static ngx_int_t ngx_http_chat_shm_resume(ngx_http_chat_shm_t *b);
static void ngx_http_chat_shm_tell_stuck(ngx_http_chat_shm_t *b);
static ngx_int_t ngx_http_chat_shm_scratch(ngx_http_chat_shm_t *b,
    size_t record_max);
static ngx_int_t ngx_http_chat_shm_bell(ngx_http_chat_shm_t *b,
    ngx_uint_t slot);
static void ngx_http_chat_shm_unbell(ngx_http_chat_shm_t *b);
static void ngx_http_chat_shm_rung(ngx_event_t *ev);
static void ngx_http_chat_shm_ring(ngx_http_chat_shm_t *b);
static void ngx_http_chat_shm_turn(ngx_event_t *ev);
static void ngx_http_chat_shm_lose(ngx_http_chat_shm_t *b);
static void ngx_http_chat_shm_tick(ngx_event_t *ev);


ngx_connection_t  ngx_http_chat_shm_dumb = { .fd = (ngx_socket_t) -1 };


#if (NGX_DEBUG)

static const char  *ngx_http_chat_shm_states[] = {
    "connecting", "ready", "away"
};

#endif


ngx_http_chat_broker_t *
ngx_http_chat_shm_init_worker(ngx_cycle_t *cycle, void *conf,
    const ngx_http_chat_broker_upcalls_t *upcalls, void *hub)
{
    ngx_http_chat_shm_t  *b;

    b = ngx_calloc(sizeof(ngx_http_chat_shm_t), cycle->log);
    if (b == NULL) {
        return NULL;
    }

    b->zone = conf;
    b->log = cycle->log;
    b->slot = -1;
    b->head.state = NGX_HTTP_CHAT_BROKER_CONNECTING;
    b->head.upcalls = upcalls;
    b->head.hub = hub;
    b->store = ngx_http_chat_metric_store_new();

    ngx_queue_init(&b->answers);
    ngx_queue_init(&b->subscribing);
    ngx_queue_init(&b->free);

    ngx_http_chat_shm_init_events(b);
    ngx_http_chat_shm_sweep_init(b);

    /* nothing is heard before a room is subscribed to: no upcall is due */

    if (ngx_http_chat_shm_resume(b) == NGX_OK) {
        ngx_http_chat_shm_set_state(b, NGX_HTTP_CHAT_BROKER_READY);
        ngx_http_chat_metric_due(b->store, NGX_HTTP_CHAT_SHM_FIRST);

    } else {
        ngx_http_chat_shm_set_state(b, NGX_HTTP_CHAT_BROKER_AWAY);
    }

    ngx_add_timer(&b->tick, NGX_HTTP_CHAT_SHM_FIRST);

    return &b->head;
}


static void
ngx_http_chat_shm_init_events(ngx_http_chat_shm_t *b)
{
    b->turn.handler = ngx_http_chat_shm_turn;
    b->turn.data = &ngx_http_chat_shm_dumb;
    b->turn.log = b->log;

    b->tick.handler = ngx_http_chat_shm_tick;
    b->tick.data = &ngx_http_chat_shm_dumb;
    b->tick.log = b->log;
    b->tick.cancelable = 1;
}


void
ngx_http_chat_shm_exit_worker(ngx_http_chat_broker_t *broker)
{
    ngx_uint_t            i;
    ngx_event_t          *events[2];
    ngx_http_chat_shm_t  *b;

    b = (ngx_http_chat_shm_t *) broker;

    if (b->slot != -1
        && ngx_http_chat_zone_lock(b->zone, NGX_HTTP_CHAT_ZONE_PATIENCE)
           == NGX_OK)
    {
        if (ngx_http_chat_zone_mine(b->zone, b->slot)) {
            ngx_http_chat_shm_sweep_all(b, b->slot);
            ngx_http_chat_zone_release(b->zone, b->slot);
        }

        ngx_http_chat_zone_unlock(b->zone);
    }

    ngx_http_chat_shm_ring(b);

    ngx_http_chat_shm_set_state(b, NGX_HTTP_CHAT_BROKER_AWAY);
    ngx_http_chat_metric_deaf(b->store);
    ngx_http_chat_shm_abandon(b, 1);
    ngx_http_chat_shm_op_cleanup(b);
    ngx_http_chat_shm_unbell(b);

    if (b->tick.timer_set) {
        ngx_del_timer(&b->tick);
    }

    events[0] = &b->turn;
    events[1] = &b->sweep;

    for (i = 0; i < 2; i++) {
        if (events[i]->posted) {
            ngx_delete_posted_event(events[i]);
        }
    }

    ngx_free(b->record);
    ngx_free(b);
}


static void
ngx_http_chat_shm_set_state(ngx_http_chat_shm_t *b,
    ngx_http_chat_broker_state_e state)
{
    ngx_log_debug3(NGX_LOG_DEBUG_HTTP, b->log, 0,
                   "chat broker %V: %s -> %s", &b->zone->name,
                   ngx_http_chat_shm_states[b->head.state],
                   ngx_http_chat_shm_states[state]);

    b->head.state = state;
}


/* Gets or keeps a slot, and reads from now on: nothing is subscribed to. */

static ngx_int_t
ngx_http_chat_shm_resume(ngx_http_chat_shm_t *b)
{
    size_t      max;
    ngx_int_t   slot;
    ngx_msec_t  patience;

    patience = b->told ? 0 : NGX_HTTP_CHAT_ZONE_PATIENCE;

    if (ngx_http_chat_zone_lock(b->zone, patience) != NGX_OK) {
        ngx_http_chat_shm_tell_stuck(b);
        return NGX_AGAIN;
    }

    slot = ngx_http_chat_zone_claim(b->zone);
    max = ngx_chat_log_record_max(b->zone->region);

    if (slot >= 0) {
        /* what is written from here on rings the bell */
        ngx_http_chat_zone_answer(b->zone, slot);
        ngx_chat_log_start(b->zone->region, (unsigned) slot, &b->cursor);
    }

    ngx_http_chat_zone_unlock(b->zone);

    if (slot < 0) {

        if (!b->told) {
            b->told = 1;
            ngx_log_error(NGX_LOG_ERR, b->log, 0,
                          "chat_zone \"%V\" serves %ui workers already, this "
                          "one waits until another has gone",
                          &b->zone->name, b->zone->bells->n);
        }

        return NGX_DECLINED;
    }

    if (ngx_http_chat_shm_scratch(b, max) != NGX_OK
        || ngx_http_chat_shm_bell(b, slot) != NGX_OK)
    {
        return NGX_DECLINED;
    }

    return NGX_OK;
}


static void
ngx_http_chat_shm_tell_stuck(ngx_http_chat_shm_t *b)
{
    if (b->told) {
        return;
    }

    b->told = 1;

    ngx_log_error(NGX_LOG_WARN, b->log, 0,
                  "chat_zone \"%V\" is locked by process %P, which does not "
                  "go on", &b->zone->name,
                  ngx_http_chat_zone_holder(b->zone));
}


/* One allocation: the record that is delivered, and what is answered. */

static ngx_int_t
ngx_http_chat_shm_scratch(ngx_http_chat_shm_t *b, size_t record_max)
{
    size_t   record, page, records, users;
    u_char  *p;

    if (b->record != NULL) {
        return NGX_OK;
    }

    record = ngx_align(record_max + NGX_CHAT_LOG_AROUND, NGX_ALIGNMENT);
    page = ngx_max(record_max + NGX_HTTP_CHAT_SHM_PAGE,
                   NGX_HTTP_CHAT_SHM_LIST_MAX * NGX_CHAT_LOG_USER_MAX);
    page = ngx_align(page, NGX_ALIGNMENT);
    records = NGX_HTTP_CHAT_SHM_LIST_MAX * sizeof(ngx_chat_wire_t);
    users = NGX_HTTP_CHAT_SHM_LIST_MAX * sizeof(ngx_chat_user_t);

    p = ngx_alloc(record + page + records + users, b->log);
    if (p == NULL) {
        return NGX_ERROR;
    }

    b->record = p;
    b->page = p + record;
    b->records = (ngx_chat_wire_t *) (b->page + page);
    b->users = (ngx_chat_user_t *) (b->page + page + records);

    return NGX_OK;
}


static ngx_int_t
ngx_http_chat_shm_bell(ngx_http_chat_shm_t *b, ngx_uint_t slot)
{
    ngx_connection_t  *c;

    if (b->bell != NULL && b->slot == (ngx_int_t) slot) {
        return NGX_OK;
    }

    ngx_http_chat_shm_unbell(b);

    c = ngx_get_connection(b->zone->bells->fds[slot], b->log);
    if (c == NULL) {
        return NGX_ERROR;
    }

    c->data = b;
    c->read->handler = ngx_http_chat_shm_rung;
    c->read->log = b->log;

    /* it holds no worker that shuts down, and is no socket left open */
    c->read->channel = 1;

    if (ngx_add_event(c->read, NGX_READ_EVENT, NGX_LEVEL_EVENT) != NGX_OK) {
        ngx_free_connection(c);
        c->fd = (ngx_socket_t) -1;
        return NGX_ERROR;
    }

    b->bell = c;
    b->slot = slot;

    return NGX_OK;
}


/* The descriptor is the zone's, and stays open. */

static void
ngx_http_chat_shm_unbell(ngx_http_chat_shm_t *b)
{
    ngx_connection_t  *c;

    c = b->bell;

    if (c == NULL) {
        return;
    }

    b->bell = NULL;
    b->slot = -1;

    (void) ngx_del_event(c->read, NGX_READ_EVENT, 0);

    ngx_free_connection(c);
    c->fd = (ngx_socket_t) -1;
}


/* What this turn's sockets bring is written before the rings are read. */

static void
ngx_http_chat_shm_rung(ngx_event_t *ev)
{
    ngx_connection_t     *c;
    ngx_http_chat_shm_t  *b;

    c = ev->data;
    b = c->data;

    ngx_http_chat_zone_answer(b->zone, b->slot);
    ngx_http_chat_shm_post(b);
}


void
ngx_http_chat_shm_post(ngx_http_chat_shm_t *b)
{
    if (b->turn.posted) {
        return;
    }

    ngx_post_event(&b->turn, &ngx_posted_events);
}


void
ngx_http_chat_shm_wake(ngx_http_chat_shm_t *b,
    const ngx_chat_log_slots_t *slots)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_CHAT_LOG_WORDS; i++) {
        b->wake.words[i] |= slots->words[i];
    }
}


static void
ngx_http_chat_shm_ring(ngx_http_chat_shm_t *b)
{
    ngx_chat_log_slots_t  slots;

    slots = b->wake;
    ngx_memzero(&b->wake, sizeof(ngx_chat_log_slots_t));

    ngx_http_chat_zone_wake(b->zone, b->slot, &slots);
}


ngx_int_t
ngx_http_chat_shm_lock(ngx_http_chat_shm_t *b)
{
    if (b->head.state != NGX_HTTP_CHAT_BROKER_READY || b->stuck || b->anew) {
        return NGX_DECLINED;
    }

    if (ngx_http_chat_zone_lock(b->zone, NGX_HTTP_CHAT_ZONE_PATIENCE)
        != NGX_OK)
    {
        b->stuck = 1;
        ngx_http_chat_shm_post(b);
        return NGX_DECLINED;
    }

    if (ngx_chat_log_generation(b->zone->region) == b->cursor.generation
        && ngx_http_chat_zone_mine(b->zone, b->slot))
    {
        return NGX_OK;
    }

    ngx_http_chat_zone_unlock(b->zone);

    b->anew = 1;
    ngx_http_chat_shm_post(b);

    return NGX_DECLINED;
}


void
ngx_http_chat_shm_unlock(ngx_http_chat_shm_t *b, ngx_chat_log_rc_e rc)
{
    ngx_http_chat_zone_unlock(b->zone);

    if (rc == NGX_CHAT_LOG_BROKEN) {
        /* who takes the lock next rebuilds it */
        b->anew = 1;
        ngx_http_chat_shm_post(b);
    }
}


static void
ngx_http_chat_shm_turn(ngx_event_t *ev)
{
    ngx_uint_t            more;
    ngx_http_chat_shm_t  *b;

    b = (ngx_http_chat_shm_t *) ((u_char *) ev
                                 - offsetof(ngx_http_chat_shm_t, turn));
    more = 0;

    ngx_http_chat_shm_ring(b);

    if (b->head.state != NGX_HTTP_CHAT_BROKER_READY) {
        return;
    }

    if (!b->stuck && !b->anew) {
        more = ngx_http_chat_shm_read(b);
    }

    if (!b->stuck && !b->anew) {
        more |= ngx_http_chat_shm_answers(b);
    }

    if (b->stuck || b->anew) {
        ngx_http_chat_shm_lose(b);

    } else if (more && !ev->posted) {
        ngx_post_event(ev, &ngx_posted_next_events);

    } else if (!more && b->looks) {
        /* all that was written is read: the next time is that of the tick */
        b->looks = 0;
        ngx_http_chat_metric_heard(b->store);
        ngx_http_chat_metric_due(b->store, NGX_HTTP_CHAT_SHM_TICK);
    }
}


/* AWAY, if only for a moment: the hub subscribes again when it is READY. */

static void
ngx_http_chat_shm_lose(ngx_http_chat_shm_t *b)
{
    ngx_uint_t  stuck;

    stuck = b->stuck;

    if (stuck) {
        ngx_http_chat_shm_tell_stuck(b);
    }

    ngx_http_chat_shm_set_state(b, NGX_HTTP_CHAT_BROKER_AWAY);
    b->head.upcalls->state(b->head.hub, NGX_HTTP_CHAT_BROKER_AWAY);

    ngx_http_chat_shm_abandon(b, 0);

    b->stuck = 0;
    b->anew = 0;
    b->looks = 0;

    ngx_http_chat_metric_deaf(b->store);
    ngx_add_timer(&b->tick, NGX_HTTP_CHAT_SHM_POLL);

    if (!stuck) {
        ngx_http_chat_shm_tick(&b->tick);
    }
}


/*
 * Looks for what no bell has told: whoever rang died before, or has no bell of
 * this slot.
 */

static void
ngx_http_chat_shm_tick(ngx_event_t *ev)
{
    ngx_int_t             rc;
    ngx_msec_t            next;
    ngx_http_chat_shm_t  *b;

    b = (ngx_http_chat_shm_t *) ((u_char *) ev
                                 - offsetof(ngx_http_chat_shm_t, tick));
    next = NGX_HTTP_CHAT_SHM_TICK;

    if (b->head.state == NGX_HTTP_CHAT_BROKER_READY) {
        ngx_http_chat_zone_answer(b->zone, b->slot);
        ngx_http_chat_shm_post(b);
        b->looks = 1;

    } else {
        rc = ngx_http_chat_shm_resume(b);

        if (rc == NGX_OK) {

            if (b->told) {
                b->told = 0;
                ngx_log_error(NGX_LOG_NOTICE, b->log, 0,
                              "chat_zone \"%V\" is usable again",
                              &b->zone->name);
            }

            ngx_http_chat_shm_set_state(b, NGX_HTTP_CHAT_BROKER_READY);
            ngx_http_chat_metric_due(b->store, next);
            b->head.upcalls->state(b->head.hub, NGX_HTTP_CHAT_BROKER_READY);

        } else if (rc == NGX_AGAIN) {
            next = NGX_HTTP_CHAT_SHM_POLL;
        }
    }

    if (next == NGX_HTTP_CHAT_SHM_TICK) {
        ngx_http_chat_shm_sweep_look(b);
    }

    /* cancelable: a worker that drains needs it to its end */

    ngx_add_timer(ev, next);
}


void
ngx_http_chat_shm_full(ngx_http_chat_shm_t *b)
{
    if (b->full_at != 0
        && ngx_time() - b->full_at < NGX_HTTP_CHAT_SHM_LOG_TIME)
    {
        return;
    }

    b->full_at = ngx_time();

    ngx_log_error(NGX_LOG_ERR, b->log, 0,
                  "chat_zone \"%V\" is full: there are more rooms and users "
                  "than it has memory for, give it more", &b->zone->name);
}
