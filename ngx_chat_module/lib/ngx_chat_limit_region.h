
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * What lies in the memory of the limits, for their own files and their tests.
 *
 *     header, owners | sets of buckets | sets of counts
 */


#ifndef NGX_CHAT_LIMIT_REGION_H_INCLUDED
#define NGX_CHAT_LIMIT_REGION_H_INCLUDED


#include "ngx_chat_limit.h"


/* cells of a set */
#define NGX_CHAT_LIMIT_BUCKETS  8
#define NGX_CHAT_LIMIT_COUNTS   32

/* a count that is being made: the cell is taken, and nothing is counted */
#define NGX_CHAT_LIMIT_MAKING   UINT32_MAX


typedef struct {
    uint64_t                key;        /* 0: never used */
    uint64_t                state;      /* used in the high half, last */
} ngx_chat_limit_bucket_t;


typedef struct {
    uint64_t                key;
    uint64_t                held;       /* owner in the high half, count */
} ngx_chat_limit_cell_t;


typedef struct {
    ngx_chat_limit_bucket_t  cells[NGX_CHAT_LIMIT_BUCKETS];
} ngx_chat_limit_bucket_set_t;


typedef struct {
    ngx_chat_limit_cell_t    cells[NGX_CHAT_LIMIT_COUNTS];
} ngx_chat_limit_count_set_t;


/*
 * A place of an owner: generation in 16 bits, start in 24, process in 24; a
 * process of 0 means a free place.  The id of an owner is the generation and
 * the number of the place, so that of a released one is nobody's.
 */

struct ngx_chat_limit_s {
    uint64_t                 hash[2];
    uint32_t                 nbuckets;  /* sets */
    uint32_t                 ncounts;
    uint64_t                 reserved[5];
    uint64_t                 owners[NGX_CHAT_LIMIT_OWNERS];
};


#define ngx_chat_limit_bucket_sets(limit)                                     \
    ((ngx_chat_limit_bucket_set_t *) ((limit) + 1))

#define ngx_chat_limit_count_sets(limit)                                      \
    ((ngx_chat_limit_count_set_t *)                                           \
     (ngx_chat_limit_bucket_sets(limit) + (limit)->nbuckets))

/* the set of a key, of n */
#define ngx_chat_limit_set(key, n)  (((key) >> 32) * (n) >> 32)

#define ngx_chat_limit_load(word)  __atomic_load_n(word, __ATOMIC_SEQ_CST)

#define ngx_chat_limit_store(word, value)                                     \
    __atomic_store_n(word, value, __ATOMIC_SEQ_CST)

/* if it is *old still; else *old is what it is */
#define ngx_chat_limit_swap(word, old, value)                                 \
    __atomic_compare_exchange_n(word, old, value, 0, __ATOMIC_SEQ_CST,        \
                                __ATOMIC_SEQ_CST)


/* of one take: whoever is disturbed so often lets it pass */
#define NGX_CHAT_LIMIT_TRIES  64

/* The bucket of the key, or NULL. */
ngx_chat_limit_bucket_t *ngx_chat_limit_bucket(ngx_chat_limit_t *limit,
    uint64_t key);

/* The time, but none before that of a bucket's state. */
uint64_t ngx_chat_limit_clock(uint64_t state, uint64_t now);


#endif /* NGX_CHAT_LIMIT_REGION_H_INCLUDED */
