
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The zone: an embedded store in memory that all workers share, with its lock,
 * the workers that use it, and how they wake each other.
 *
 * Its memory is one allocation of nginx's slab pool:
 *
 *     slots | region of ngx_chat_log.h
 *
 * The lock is the pool's own mutex.  Who holds it may be stopped, so nobody
 * waits for it for long; who holds it may be killed, so whoever waits looks
 * whether the holder lives, besides nginx's master, which unlocks the zones
 * of its present cycle.  What is left in the middle of a change is rebuilt by
 * who comes next.
 *
 * A slot is a worker, by process id and start time.  Each slot has a bell, an
 * eventfd that the master made before it forked, so that each worker has the
 * bells of all, of workers of other cycles too: new ones that a reload adds
 * are not known to the workers of before, whose records are then found by the
 * receiver's timer.  A bell is rung only by who sets the slot's flag, and the
 * flag is cleared after the bell was read and before the region is: so a
 * burst of records costs one write for each worker that hears them.
 */


#ifndef NGX_HTTP_CHAT_ZONE_H_INCLUDED
#define NGX_HTTP_CHAT_ZONE_H_INCLUDED


#include "ngx_http_chat.h"
#include "ngx_chat_log.h"


#if !(NGX_HAVE_ATOMIC_OPS)
#error ngx_chat_module needs an nginx with atomic operations
#endif


/* ms that an operation waits for the lock */
#define NGX_HTTP_CHAT_ZONE_PATIENCE  100


/* In the zone, a cache line each. */

typedef union {
    struct {
        ngx_atomic_t              pid;       /* 0: free */
        ngx_atomic_t              start;     /* of the process; 0: unknown */
        ngx_atomic_t              rung;      /* its bell is */
        ngx_atomic_t              sweeper;   /* pid of who sweeps it, or 0 */
    } s;
    u_char                        line[64];
} ngx_http_chat_zone_slot_t;


typedef struct {
    ngx_http_chat_zone_slot_t     slots[NGX_CHAT_LOG_SLOTS];
    ngx_atomic_t                  size;      /* bytes of the region */
    ngx_atomic_t                  crashes;   /* that a test has asked for */
} ngx_http_chat_zone_sh_t;


/* Of a process; shared by the cycles that use the same memory. */

typedef struct {
    ngx_uint_t                    refs;
    ngx_uint_t                    n;
    ngx_fd_t                      fds[NGX_CHAT_LOG_SLOTS];
} ngx_http_chat_zone_bells_t;


/* A cycle's view of a zone, and its configuration. */

struct ngx_http_chat_zone_s {
    ngx_str_t                     name;
    size_t                        size;      /* as given, 0: elsewhere */
    size_t                        message;   /* bytes of the greatest one */
    ngx_cycle_t                  *cycle;
    ngx_shm_zone_t               *shm;

    ngx_slab_pool_t              *pool;
    ngx_http_chat_zone_sh_t      *sh;
    ngx_chat_log_t               *region;
    ngx_http_chat_zone_bells_t   *bells;

    size_t                        lost;      /* rooms, by the rebuild */
    uint64_t                      damaged;   /* rights, by the same */
    unsigned                      rebuilt:1; /* under this lock */
    unsigned                      standard:1;  /* nobody need define it */
};


/* ngx_http_chat_zone_conf.c: the directive */

/* "chat_zone name[:size]" */
char *ngx_http_chat_zone_set(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/* What holds where no store is given.  NULL without memory. */
ngx_http_chat_zone_t *ngx_http_chat_zone_default(ngx_conf_t *cf);

/*
 * A location with messages of so many bytes uses the zone.  Returns the one
 * that all locations of this name share, or NULL: refused and logged.
 */
ngx_http_chat_zone_t *ngx_http_chat_zone_use(ngx_conf_t *cf,
    ngx_http_chat_zone_t *zone, size_t message_size);

/* All locations are known.  NGX_ERROR: it cannot serve them, and was logged. */
ngx_int_t ngx_http_chat_zone_check(ngx_conf_t *cf,
    ngx_http_chat_zone_t *zone);

/*
 * NGX_ERROR: the machine has no memory for what the directive asks, and that
 * was logged.
 */
ngx_int_t ngx_http_chat_zone_fits(ngx_conf_t *cf, const char *directive,
    ngx_shm_zone_t *zone);


/* ngx_http_chat_zone.c: the memory and its lock */

/* Of ngx_shm_zone_t; data is the zone of the cycle before, or NULL. */
ngx_int_t ngx_http_chat_zone_init(ngx_shm_zone_t *shm_zone, void *data);

/*
 * Takes the lock and makes sure that the region is sound.  NGX_DECLINED: its
 * holder does not go on, for so many ms.
 */
ngx_int_t ngx_http_chat_zone_lock(ngx_http_chat_zone_t *zone,
    ngx_msec_t patience);
void ngx_http_chat_zone_unlock(ngx_http_chat_zone_t *zone);

/* Between the two: what is found there cannot be. */
void ngx_http_chat_zone_rebuild(ngx_http_chat_zone_t *zone);

/* Who has the lock, or 0. */
ngx_pid_t ngx_http_chat_zone_holder(ngx_http_chat_zone_t *zone);


/* ngx_http_chat_zone_slot.c: workers and their bells */

/*
 * Under the lock: the slot of this worker, the lowest that is free if it has
 * none.  NGX_DECLINED: all are taken.
 */
ngx_int_t ngx_http_chat_zone_claim(ngx_http_chat_zone_t *zone);

/* Whether this worker still has it. */
ngx_uint_t ngx_http_chat_zone_mine(ngx_http_chat_zone_t *zone,
    ngx_uint_t slot);

/* Under the lock, when the region knows nothing of the slot any more. */
void ngx_http_chat_zone_release(ngx_http_chat_zone_t *zone, ngx_uint_t slot);

/* Whether the slot's worker has died, and nobody who lives sweeps it. */
ngx_uint_t ngx_http_chat_zone_deserted(ngx_http_chat_zone_t *zone,
    ngx_uint_t slot);

/* Rings the bells of these slots, but not of one's own. */
void ngx_http_chat_zone_wake(ngx_http_chat_zone_t *zone, ngx_int_t own,
    const ngx_chat_log_slots_t *slots);

/* The bell has rung, or is silenced: read the region after this. */
void ngx_http_chat_zone_answer(ngx_http_chat_zone_t *zone, ngx_uint_t slot);

/* Whether the process is no more: nobody of this id, or somebody else. */
ngx_uint_t ngx_http_chat_zone_gone(ngx_pid_t pid, ngx_atomic_uint_t start);

/* When it was started, by its host's clock; 0: unknown. */
ngx_atomic_uint_t ngx_http_chat_zone_started(ngx_pid_t pid);

/* Adds bells up to n.  NGX_ERROR: logged. */
ngx_int_t ngx_http_chat_zone_cast(ngx_http_chat_zone_t *zone, ngx_uint_t n,
    ngx_log_t *log);

/* Of a pool's cleanup: gives the bells back. */
void ngx_http_chat_zone_mute(void *zone);


/*
 * ngx_http_chat_zone_crash.c, in a build of tests only: the worker kills
 * itself within an operation, as the environment says.
 */

#if (NGX_CHAT_LOG_STEPS)

void ngx_http_chat_zone_crash(ngx_http_chat_zone_t *zone, const char *op);

#else

#define ngx_http_chat_zone_crash(zone, op)

#endif


#endif /* NGX_HTTP_CHAT_ZONE_H_INCLUDED */
