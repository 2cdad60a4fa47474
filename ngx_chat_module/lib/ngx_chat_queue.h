
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * A queue of texts in memory that processes share: what is added last stays,
 * the oldest is dropped for it, and how many were dropped is known.
 *
 * Each text has a position, which goes up by one.  "Told" is the position up to
 * which the reader is done: what is missing behind it was dropped.
 *
 * Every function but init() and check() needs the caller's lock, and to be
 * between begin() and end().  A process that dies between them leaves a mark;
 * the next begin() makes the queue sound again and says so.  What is found in
 * the memory is not trusted: all walks have an end.
 */


#ifndef NGX_CHAT_QUEUE_H_INCLUDED
#define NGX_CHAT_QUEUE_H_INCLUDED


#include "ngx_chat_str.h"


/* bytes of an entry besides its text, at most */
#define NGX_CHAT_QUEUE_AROUND  24


/* The one process that reads; all of it is 0 where there is none. */

typedef struct {
    uint64_t           pid;
    uint64_t           start;      /* of the process */
    uint64_t           until;      /* ms of a clock that all processes share */
} ngx_chat_queue_leader_t;


typedef struct {
    uint64_t                 magic;
    uint64_t                 size;     /* bytes of the ring */
    uint64_t                 changing; /* somebody is between begin and end */
    uint64_t                 first;    /* position of the oldest text */
    uint64_t                 next;     /* position of the one to come */
    uint64_t                 told;
    uint64_t                 tail;     /* bytes ever dropped */
    uint64_t                 head;     /* bytes ever written */
    ngx_chat_queue_leader_t  leader;
    unsigned char            ring[];
} ngx_chat_queue_t;


/* A walk over the texts; all of it is set by start(). */

typedef struct {
    uint64_t           position;   /* of the text that next() found */
    uint64_t           at;
} ngx_chat_queue_walk_t;


/* Memory for a queue of so many bytes, a multiple of 8. */
#define ngx_chat_queue_memory(size)                                           \
    (offsetof(ngx_chat_queue_t, ring) + (size_t) (size))

/* The memory is aligned as malloc() does; size is a multiple of 8. */
void ngx_chat_queue_init(ngx_chat_queue_t *queue, size_t size);

/* Returns 1 if the memory holds a queue of this size. */
int ngx_chat_queue_check(const ngx_chat_queue_t *queue, size_t size);

/*
 * Returns 0 if somebody died in the middle of a change: a text may be missing
 * that is not known to be.
 */
int ngx_chat_queue_begin(ngx_chat_queue_t *queue);
void ngx_chat_queue_end(ngx_chat_queue_t *queue);

/*
 * Adds a text of two parts.  Drops the oldest for it, and itself if it is
 * larger than the ring.
 */
void ngx_chat_queue_add(ngx_chat_queue_t *queue, const ngx_chat_str_t *head,
    const ngx_chat_str_t *body);

/* The reader is done with all in front of the position. */
void ngx_chat_queue_take(ngx_chat_queue_t *queue, uint64_t position);

/* Texts that were dropped and not told. */
uint64_t ngx_chat_queue_lost(const ngx_chat_queue_t *queue);

void ngx_chat_queue_start(const ngx_chat_queue_t *queue,
    ngx_chat_queue_walk_t *walk);

/*
 * Copies the next text if it fits into size bytes, and sets its length.
 * Returns 0 at the end, or if it does not fit: len is 0 at the end.
 */
int ngx_chat_queue_next(const ngx_chat_queue_t *queue,
    ngx_chat_queue_walk_t *walk, unsigned char *buf, size_t size, size_t *len);


#endif /* NGX_CHAT_QUEUE_H_INCLUDED */
