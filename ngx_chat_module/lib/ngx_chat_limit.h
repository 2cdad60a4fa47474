
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Limits of what many processes do together, in memory that they share:
 * token buckets, and counts of what each process holds.
 *
 * There is no lock.  Each change is one compare-and-set of a word, so a
 * process that is stopped or killed between any two of them leaves nothing
 * that another has to wait for or to repair.
 *
 * Buckets and counts are found by keys: hashes of names, with a key of this
 * memory.  A set is a few cells, of which a key uses any.  Of buckets the one
 * that was used longest ago makes way: it is the fullest.  A cell of a count
 * belongs to one process, its owner, and only the owner changes it; what is
 * counted under a key is the sum over all owners.  Counts of an owner that
 * is released or buried are no more, all of them at once.
 */


#ifndef NGX_CHAT_LIMIT_H_INCLUDED
#define NGX_CHAT_LIMIT_H_INCLUDED


#include "ngx_chat_str.h"

#include <stddef.h>
#include <stdint.h>


#define NGX_CHAT_LIMIT_VERSION  1
#define NGX_CHAT_LIMIT_OWNERS   256
#define NGX_CHAT_LIMIT_NOBODY   0

/* bits of a process id, and of its start, that an owner is known by */
#define NGX_CHAT_LIMIT_PID      0xffffff


typedef struct ngx_chat_limit_s  ngx_chat_limit_t;


/* The least size of a region, in bytes. */
size_t ngx_chat_limit_least(void);

/*
 * Makes a region of memory that is aligned to 64 bytes.  Returns 0 if it is
 * too small.  Nobody else may use it yet.
 */
int ngx_chat_limit_init(ngx_chat_limit_t *limit, size_t size,
    const unsigned char seed[16]);

/* Never 0.  kind separates what has the same name, space the same kind. */
uint64_t ngx_chat_limit_key(const ngx_chat_limit_t *limit, uint32_t kind,
    const ngx_chat_str_t *space, const ngx_chat_str_t *name);


/*
 * As ngx_chat_rate_take(), from the bucket of the key.  Clocks of processes
 * may differ by some milliseconds.  now is in milliseconds.
 */
uint32_t ngx_chat_limit_take(ngx_chat_limit_t *limit, uint64_t key,
    uint32_t rate, uint32_t burst, uint64_t now);

/* Gives back what was just taken. */
void ngx_chat_limit_give(ngx_chat_limit_t *limit, uint64_t key);


/*
 * A bucket that others far away have, too, and who sees all of them.  He is
 * told what is taken from ours once it is more than a share of rate and burst,
 * this part of them, and how little is left in all of them together makes
 * ours lack as much, also more than it holds.  So a few hosts together keep to
 * the limit, and to what each of them never tells: no more than the share.
 */
#define NGX_CHAT_LIMIT_SHARE  8

/* The tokens that a bucket may lack beyond its burst. */
#define ngx_chat_limit_debt(burst)  ((burst) + NGX_CHAT_LIMIT_SHARE)

/*
 * A token was taken.  Returns 0, or how many thousandths of one are to be
 * told: they count as told from now on.
 */
uint32_t ngx_chat_limit_share(ngx_chat_limit_t *limit, uint64_t key,
    uint32_t rate, uint32_t burst, uint64_t now);

/*
 * A token was given back.  Returns 0, or how many thousandths of one are to be
 * told, for it was told that they were taken.
 */
uint32_t ngx_chat_limit_unshare(ngx_chat_limit_t *limit, uint64_t key);

/* All of them together lack so many thousandths of a token. */
void ngx_chat_limit_raise(ngx_chat_limit_t *limit, uint64_t key,
    uint32_t rate, uint32_t used, uint64_t now);


/*
 * A process becomes an owner: its id, above 0 and below 2^24, and the time
 * of its start in whichever unit, or 0.  Returns NGX_CHAT_LIMIT_NOBODY if
 * there are too many.
 */
uint32_t ngx_chat_limit_claim(ngx_chat_limit_t *limit, uint32_t pid,
    uint32_t start);

/* It is none any more; harmless for an owner that was buried. */
void ngx_chat_limit_release(ngx_chat_limit_t *limit, uint32_t owner);

/*
 * The owner of a place, 0 to NGX_CHAT_LIMIT_OWNERS - 1, with its process and
 * the low bits of its start; or NGX_CHAT_LIMIT_NOBODY.
 */
uint32_t ngx_chat_limit_owner(const ngx_chat_limit_t *limit, uint32_t place,
    uint32_t *pid, uint32_t *start);


/*
 * One more under the key, of this owner.  Returns 0 if there is no room for
 * it: nothing is counted then.
 */
int ngx_chat_limit_enter(ngx_chat_limit_t *limit, uint32_t owner,
    uint64_t key);

/* One less; harmless if there is none. */
void ngx_chat_limit_leave(ngx_chat_limit_t *limit, uint32_t owner,
    uint64_t key);

/* How many there are under the key, of all owners. */
uint64_t ngx_chat_limit_count(const ngx_chat_limit_t *limit, uint64_t key);


#endif /* NGX_CHAT_LIMIT_H_INCLUDED */
