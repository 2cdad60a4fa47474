
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * A worker that has died leaves users in rooms: whoever sees it first takes
 * them out, a portion a turn.
 */


#include "ngx_http_chat_broker_shm.h"


/* ms that a portion waits for the lock: it may as well come later */
#define NGX_HTTP_CHAT_SHM_SWEEP_PATIENCE  10


static void ngx_http_chat_shm_sweep_handler(ngx_event_t *ev);
static ngx_chat_log_rc_e ngx_http_chat_shm_sweep_part(ngx_http_chat_shm_t *b,
    ngx_uint_t slot, uint32_t *cell);


void
ngx_http_chat_shm_sweep_init(ngx_http_chat_shm_t *b)
{
    b->swept = -1;

    b->sweep.handler = ngx_http_chat_shm_sweep_handler;
    b->sweep.data = &ngx_http_chat_shm_dumb;
    b->sweep.log = b->log;
}


void
ngx_http_chat_shm_sweep_look(ngx_http_chat_shm_t *b)
{
    ngx_uint_t                  i;
    ngx_http_chat_zone_slot_t  *slot;

    if (b->swept != -1) {
        return;
    }

    for (i = 0; i < NGX_CHAT_LOG_SLOTS; i++) {

        if (b->slot != (ngx_int_t) i
            && ngx_http_chat_zone_deserted(b->zone, i))
        {
            break;
        }
    }

    if (i == NGX_CHAT_LOG_SLOTS
        || ngx_http_chat_zone_lock(b->zone, NGX_HTTP_CHAT_SHM_SWEEP_PATIENCE)
           != NGX_OK)
    {
        return;
    }

    /* somebody may have been quicker */

    if (ngx_http_chat_zone_deserted(b->zone, i)) {
        slot = &b->zone->sh->slots[i];
        slot->s.sweeper = ngx_pid;

        b->swept = i;
        b->cell = 0;
    }

    ngx_http_chat_zone_unlock(b->zone);

    if (b->swept != -1) {
        ngx_post_event(&b->sweep, &ngx_posted_next_events);
    }
}


static void
ngx_http_chat_shm_sweep_handler(ngx_event_t *ev)
{
    ngx_uint_t                  slot;
    ngx_chat_log_rc_e           rc;
    ngx_http_chat_shm_t        *b;
    ngx_http_chat_zone_slot_t  *s;

    b = (ngx_http_chat_shm_t *) ((u_char *) ev
                                 - offsetof(ngx_http_chat_shm_t, sweep));
    slot = b->swept;
    b->swept = -1;

    if (ngx_http_chat_zone_lock(b->zone, NGX_HTTP_CHAT_SHM_SWEEP_PATIENCE)
        != NGX_OK)
    {
        /* the next tick begins it anew */
        return;
    }

    s = &b->zone->sh->slots[slot];

    if (s->s.sweeper != (ngx_atomic_uint_t) ngx_pid) {
        ngx_http_chat_zone_unlock(b->zone);
        return;
    }

    ngx_http_chat_zone_crash(b->zone, "sweep");

    rc = ngx_http_chat_shm_sweep_part(b, slot, &b->cell);

    if (rc == NGX_CHAT_LOG_NONE) {
        ngx_http_chat_zone_release(b->zone, slot);
    }

    ngx_http_chat_zone_unlock(b->zone);

    if (rc == NGX_CHAT_LOG_OK) {
        b->swept = slot;
        ngx_post_event(ev, &ngx_posted_next_events);
    }

    ngx_http_chat_shm_post(b);
}


static ngx_chat_log_rc_e
ngx_http_chat_shm_sweep_part(ngx_http_chat_shm_t *b, ngx_uint_t slot,
    uint32_t *cell)
{
    ngx_chat_log_rc_e       rc;
    ngx_chat_log_slots_t    wake;
    ngx_chat_log_caller_t   caller;

    ngx_memzero(&wake, sizeof(ngx_chat_log_slots_t));

    ngx_http_chat_shm_caller(b, &caller);
    caller.slot = (unsigned) slot;

    rc = ngx_chat_log_sweep(&caller, cell, &wake);

    ngx_http_chat_shm_wake(b, &wake);

    return rc;
}


void
ngx_http_chat_shm_sweep_all(ngx_http_chat_shm_t *b, ngx_uint_t slot)
{
    uint32_t           cell;
    ngx_chat_log_rc_e  rc;

    cell = 0;

    do {
        rc = ngx_http_chat_shm_sweep_part(b, slot, &cell);
    } while (rc == NGX_CHAT_LOG_OK);
}
