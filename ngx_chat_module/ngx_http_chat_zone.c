
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The memory of a zone and its lock; see the header. */


#include "ngx_http_chat_zone.h"

#include <sys/random.h>
#include <time.h>


/* pauses before the processor is given away, as nginx itself does */
#define NGX_HTTP_CHAT_ZONE_SPIN    2048

/* ms between two looks whether the holder lives */
#define NGX_HTTP_CHAT_ZONE_LOOK    5

/* bells of the first cycle, and how many more than workers */
#define NGX_HTTP_CHAT_ZONE_BELLS   32
#define NGX_HTTP_CHAT_ZONE_SPARE   2


static ngx_int_t ngx_http_chat_zone_make(ngx_http_chat_zone_t *zone,
    ngx_log_t *log);
static ngx_int_t ngx_http_chat_zone_open(ngx_http_chat_zone_t *zone,
    ngx_log_t *log);
static ngx_int_t ngx_http_chat_zone_wait(ngx_http_chat_zone_t *zone,
    ngx_msec_t patience);
static ngx_uint_t ngx_http_chat_zone_spin(ngx_shmtx_t *mutex);
static ngx_uint_t ngx_http_chat_zone_free(ngx_http_chat_zone_t *zone,
    ngx_pid_t holder);
static ngx_msec_t ngx_http_chat_zone_clock(void);


#define ngx_http_chat_zone_region(sh)                                         \
    ((ngx_chat_log_t *) ngx_align_ptr((u_char *) (sh)                         \
                            + sizeof(ngx_http_chat_zone_sh_t), 64))


ngx_int_t
ngx_http_chat_zone_init(ngx_shm_zone_t *shm_zone, void *data)
{
    ngx_log_t             *log;
    ngx_http_chat_zone_t  *zone, *old;

    zone = shm_zone->data;
    old = data;
    log = shm_zone->shm.log;

    zone->pool = (ngx_slab_pool_t *) shm_zone->shm.addr;

    if (old == NULL) {
        if (ngx_http_chat_zone_make(zone, log) != NGX_OK) {
            return NGX_ERROR;
        }

        return ngx_http_chat_zone_open(zone, log);
    }

    zone->sh = zone->pool->data;
    zone->region = ngx_http_chat_zone_region(zone->sh);

    if (old->bells != NULL) {
        zone->bells = old->bells;
        zone->bells->refs++;
    }

    return ngx_http_chat_zone_open(zone, log);
}


/* Fresh memory: all pages of the pool at once. */

static ngx_int_t
ngx_http_chat_zone_make(ngx_http_chat_zone_t *zone, ngx_log_t *log)
{
    size_t   size;
    u_char  *p, seed[16];

    size = zone->pool->pfree * ngx_pagesize;
    p = ngx_slab_alloc_locked(zone->pool, size);

    if (p == NULL) {
        return NGX_ERROR;
    }

    zone->sh = (ngx_http_chat_zone_sh_t *) p;
    zone->pool->data = zone->sh;
    zone->region = ngx_http_chat_zone_region(zone->sh);

    ngx_memzero(zone->sh, sizeof(ngx_http_chat_zone_sh_t));
    zone->sh->size = p + size - (u_char *) zone->region;

    if (getrandom(seed, sizeof(seed), 0) != (ssize_t) sizeof(seed)) {
        ngx_log_error(NGX_LOG_EMERG, log, ngx_errno, "getrandom() failed");
        return NGX_ERROR;
    }

    if (!ngx_chat_log_init(zone->region, (size_t) zone->sh->size, seed)) {
        ngx_log_error(NGX_LOG_EMERG, log, 0,
                      "zone \"%V\" is too small", &zone->name);
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* A bell for each worker, and for those that drain beside them. */

static ngx_int_t
ngx_http_chat_zone_open(ngx_http_chat_zone_t *zone, ngx_log_t *log)
{
    ngx_uint_t        n;
    ngx_cycle_t      *cycle;
    ngx_core_conf_t  *ccf;

    if (ngx_test_config) {
        return NGX_OK;
    }

    cycle = zone->cycle;
    ccf = (ngx_core_conf_t *) ngx_get_conf(cycle->conf_ctx, ngx_core_module);

    n = 2 * (ngx_uint_t) ccf->worker_processes + NGX_HTTP_CHAT_ZONE_SPARE;

    if (n > NGX_CHAT_LOG_SLOTS + NGX_HTTP_CHAT_ZONE_SPARE) {
        ngx_log_error(NGX_LOG_WARN, log, 0,
                      "chat_zone \"%V\" serves %d workers at a time, those "
                      "that drain after a reload included: with %i "
                      "\"worker_processes\" some may have to wait",
                      &zone->name, NGX_CHAT_LOG_SLOTS, ccf->worker_processes);
    }

    n = ngx_max(n, NGX_HTTP_CHAT_ZONE_BELLS);

    return ngx_http_chat_zone_cast(zone, ngx_min(n, NGX_CHAT_LOG_SLOTS), log);
}


ngx_int_t
ngx_http_chat_zone_lock(ngx_http_chat_zone_t *zone, ngx_msec_t patience)
{
    if (!ngx_shmtx_trylock(&zone->pool->mutex)
        && ngx_http_chat_zone_wait(zone, patience) != NGX_OK)
    {
        return NGX_DECLINED;
    }

    ngx_http_chat_zone_crash(zone, "lock");

    if (!ngx_chat_log_begin(zone->region)) {
        ngx_http_chat_zone_rebuild(zone);
    }

    return NGX_OK;
}


/* The log is written when the lock is given back: that may take a while. */

void
ngx_http_chat_zone_unlock(ngx_http_chat_zone_t *zone)
{
    ngx_uint_t            rebuilt;
    ngx_chat_log_slots_t  all;

    rebuilt = zone->rebuilt;
    zone->rebuilt = 0;

    ngx_chat_log_end(zone->region);
    ngx_shmtx_unlock(&zone->pool->mutex);

    if (rebuilt) {
        /* all begin anew */
        ngx_memset(&all, 0xff, sizeof(ngx_chat_log_slots_t));
        ngx_http_chat_zone_wake(zone, -1, &all);

        ngx_log_error(NGX_LOG_CRIT, ngx_cycle->log, 0,
                      "chat_zone \"%V\" was left in the middle of a change "
                      "and is rebuilt, %uz rooms and %uL rights are lost",
                      &zone->name, zone->lost, zone->damaged);
    }
}


void
ngx_http_chat_zone_rebuild(ngx_http_chat_zone_t *zone)
{
    u_char               seed[16];
    ngx_uint_t           i;
    ngx_chat_log_stat_t  before, after;

    if (getrandom(seed, sizeof(seed), GRND_NONBLOCK)
        != (ssize_t) sizeof(seed))
    {
        for (i = 0; i < sizeof(seed); i++) {
            seed[i] = (u_char) ngx_random();
        }
    }

    ngx_http_chat_zone_crash(zone, "rebuild");

    ngx_chat_log_stat(zone->region, &before);

    zone->lost = ngx_chat_log_rebuild(zone->region, (size_t) zone->sh->size,
                                      seed);
    zone->rebuilt = 1;

    /* with a head that was not sound all is lost, and counted anew */

    ngx_chat_log_stat(zone->region, &after);

    zone->damaged = (after.rights_damaged >= before.rights_damaged)
                    ? after.rights_damaged - before.rights_damaged : 0;
}


ngx_pid_t
ngx_http_chat_zone_holder(ngx_http_chat_zone_t *zone)
{
    return (ngx_pid_t) *zone->pool->mutex.lock;
}


static ngx_int_t
ngx_http_chat_zone_wait(ngx_http_chat_zone_t *zone, ngx_msec_t patience)
{
    ngx_pid_t     holder;
    ngx_msec_t    begun, looked, now;
    ngx_shmtx_t  *mutex;

    mutex = &zone->pool->mutex;
    begun = ngx_http_chat_zone_clock();
    looked = begun;

    for ( ;; ) {

        if (ngx_http_chat_zone_spin(mutex)) {
            return NGX_OK;
        }

        ngx_sched_yield();

        now = ngx_http_chat_zone_clock();

        if (now - looked < NGX_HTTP_CHAT_ZONE_LOOK
            && now - begun < patience)
        {
            continue;
        }

        looked = now;
        holder = ngx_http_chat_zone_holder(zone);

        if (holder != 0 && ngx_http_chat_zone_free(zone, holder)) {
            continue;
        }

        if (now - begun >= patience) {
            return NGX_DECLINED;
        }
    }
}


static ngx_uint_t
ngx_http_chat_zone_spin(ngx_shmtx_t *mutex)
{
    ngx_uint_t  i, n;

    for (n = 1; n < NGX_HTTP_CHAT_ZONE_SPIN && ngx_ncpu > 1; n <<= 1) {

        for (i = 0; i < n; i++) {
            ngx_cpu_pause();
        }

        if (ngx_shmtx_trylock(mutex)) {
            return 1;
        }
    }

    return ngx_shmtx_trylock(mutex);
}


/* Takes the lock away from a holder that has died. */

static ngx_uint_t
ngx_http_chat_zone_free(ngx_http_chat_zone_t *zone, ngx_pid_t holder)
{
    ngx_uint_t                  i;
    ngx_atomic_uint_t           start;
    ngx_http_chat_zone_slot_t  *slot;

    start = 0;

    for (i = 0; i < NGX_CHAT_LOG_SLOTS; i++) {
        slot = &zone->sh->slots[i];

        if (slot->s.pid == (ngx_atomic_uint_t) holder) {
            start = slot->s.start;
        }
    }

    if (!ngx_http_chat_zone_gone(holder, start)
        || !ngx_shmtx_force_unlock(&zone->pool->mutex, holder))
    {
        return 0;
    }

    ngx_log_error(NGX_LOG_CRIT, ngx_cycle->log, 0,
                  "chat_zone \"%V\" was locked by process %P, which died",
                  &zone->name, holder);

    return 1;
}


/* nginx's own time stands still within a turn of the event loop */

static ngx_msec_t
ngx_http_chat_zone_clock(void)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_MONOTONIC, &ts);

    return (ngx_msec_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}
