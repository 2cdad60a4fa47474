
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* A queue of texts in shared memory; see the header. */


#include "ngx_chat_queue.h"

#include <string.h>


#define NGX_CHAT_QUEUE_MAGIC  0x6368717565756531u      /* "chqueue1" */

#define ngx_chat_queue_align(n)  (((uint64_t) (n) + 7) & ~(uint64_t) 7)


/* In front of each text, and as much behind it as makes a multiple of 8. */

typedef struct {
    uint64_t  position;
    uint64_t  len;
} ngx_chat_queue_entry_t;


static void ngx_chat_queue_put(ngx_chat_queue_t *queue, uint64_t at,
    const void *data, size_t n);
static void ngx_chat_queue_get(const ngx_chat_queue_t *queue, uint64_t at,
    void *data, size_t n);
static int ngx_chat_queue_entry(const ngx_chat_queue_t *queue, uint64_t at,
    ngx_chat_queue_entry_t *entry);
static void ngx_chat_queue_drop(ngx_chat_queue_t *queue);
static void ngx_chat_queue_clear(ngx_chat_queue_t *queue);
static void ngx_chat_queue_mend(ngx_chat_queue_t *queue);


void
ngx_chat_queue_init(ngx_chat_queue_t *queue, size_t size)
{
    memset(queue, 0, sizeof(ngx_chat_queue_t));

    queue->magic = NGX_CHAT_QUEUE_MAGIC;
    queue->size = size;
}


int
ngx_chat_queue_check(const ngx_chat_queue_t *queue, size_t size)
{
    return queue->magic == NGX_CHAT_QUEUE_MAGIC && queue->size == size;
}


int
ngx_chat_queue_begin(ngx_chat_queue_t *queue)
{
    int  sound;

    sound = (queue->changing == 0);

    if (!sound) {
        ngx_chat_queue_mend(queue);
    }

    queue->changing = 1;

    return sound;
}


void
ngx_chat_queue_end(ngx_chat_queue_t *queue)
{
    queue->changing = 0;
}


void
ngx_chat_queue_add(ngx_chat_queue_t *queue, const ngx_chat_str_t *head,
    const ngx_chat_str_t *body)
{
    uint64_t                at, need;
    ngx_chat_queue_entry_t  entry;

    entry.position = queue->next;
    entry.len = head->len + body->len;

    need = sizeof(entry) + ngx_chat_queue_align(entry.len);

    while (queue->tail != queue->head
           && queue->head - queue->tail + need > queue->size)
    {
        ngx_chat_queue_drop(queue);
    }

    if (need > queue->size) {
        queue->next++;
        queue->first = queue->next;
        return;
    }

    at = queue->head;

    ngx_chat_queue_put(queue, at, &entry, sizeof(entry));
    at += sizeof(entry);

    ngx_chat_queue_put(queue, at, head->data, head->len);
    ngx_chat_queue_put(queue, at + head->len, body->data, body->len);

    /* the head first: what is found in front of it is counted again */

    queue->head += need;
    queue->next++;
}


void
ngx_chat_queue_take(ngx_chat_queue_t *queue, uint64_t position)
{
    if (position > queue->next) {
        position = queue->next;
    }

    if (position > queue->told) {
        queue->told = position;
    }

    while (queue->first < position && queue->tail != queue->head) {
        ngx_chat_queue_drop(queue);
    }
}


uint64_t
ngx_chat_queue_lost(const ngx_chat_queue_t *queue)
{
    return (queue->first > queue->told) ? queue->first - queue->told : 0;
}


void
ngx_chat_queue_start(const ngx_chat_queue_t *queue,
    ngx_chat_queue_walk_t *walk)
{
    walk->position = queue->first;
    walk->at = queue->tail;
}


int
ngx_chat_queue_next(const ngx_chat_queue_t *queue,
    ngx_chat_queue_walk_t *walk, unsigned char *buf, size_t size, size_t *len)
{
    ngx_chat_queue_entry_t  entry;

    *len = 0;

    if (!ngx_chat_queue_entry(queue, walk->at, &entry)) {
        return 0;
    }

    *len = (size_t) entry.len;

    if (*len > size) {
        return 0;
    }

    ngx_chat_queue_get(queue, walk->at + sizeof(entry), buf, *len);

    walk->position = entry.position;
    walk->at += sizeof(entry) + ngx_chat_queue_align(entry.len);

    return 1;
}


static void
ngx_chat_queue_put(ngx_chat_queue_t *queue, uint64_t at, const void *data,
    size_t n)
{
    size_t  place, part;

    place = (size_t) (at % queue->size);
    part = (size_t) queue->size - place;

    if (part > n) {
        part = n;
    }

    if (part != 0) {
        memcpy(queue->ring + place, data, part);
    }

    if (n > part) {
        memcpy(queue->ring, (const unsigned char *) data + part, n - part);
    }
}


static void
ngx_chat_queue_get(const ngx_chat_queue_t *queue, uint64_t at, void *data,
    size_t n)
{
    size_t  place, part;

    place = (size_t) (at % queue->size);
    part = (size_t) queue->size - place;

    if (part > n) {
        part = n;
    }

    memcpy(data, queue->ring + place, part);

    if (n > part) {
        memcpy((unsigned char *) data + part, queue->ring, n - part);
    }
}


/* Returns 0 at the end, or where no entry can be. */

static int
ngx_chat_queue_entry(const ngx_chat_queue_t *queue, uint64_t at,
    ngx_chat_queue_entry_t *entry)
{
    uint64_t  left;

    left = queue->head - at;

    if (at > queue->head || left < sizeof(ngx_chat_queue_entry_t)
        || left > queue->size)
    {
        return 0;
    }

    ngx_chat_queue_get(queue, at, entry, sizeof(ngx_chat_queue_entry_t));

    left -= sizeof(ngx_chat_queue_entry_t);

    return entry->len <= left && ngx_chat_queue_align(entry->len) <= left;
}


/* The oldest goes. */

static void
ngx_chat_queue_drop(ngx_chat_queue_t *queue)
{
    ngx_chat_queue_entry_t  entry;

    if (!ngx_chat_queue_entry(queue, queue->tail, &entry)
        || entry.position >= queue->next)
    {
        ngx_chat_queue_clear(queue);
        return;
    }

    queue->tail += sizeof(entry) + ngx_chat_queue_align(entry.len);
    queue->first = entry.position + 1;
}


static void
ngx_chat_queue_clear(ngx_chat_queue_t *queue)
{
    queue->tail = queue->head;
    queue->first = queue->next;
}


/* The entries say what the numbers in front of them may not. */

static void
ngx_chat_queue_mend(ngx_chat_queue_t *queue)
{
    uint64_t                at, position;
    ngx_chat_queue_entry_t  entry;

    at = queue->tail;
    position = queue->next;

    while (at != queue->head) {

        if (!ngx_chat_queue_entry(queue, at, &entry)
            || (at != queue->tail && entry.position != position)
            || entry.position > queue->next)
        {
            ngx_chat_queue_clear(queue);
            break;
        }

        if (at == queue->tail) {
            queue->first = entry.position;
        }

        position = entry.position + 1;
        at += sizeof(entry) + ngx_chat_queue_align(entry.len);
    }

    if (at == queue->tail) {
        queue->first = queue->next;

    } else if (position > queue->next) {
        queue->next = position;
    }

    if (queue->told > queue->next) {
        queue->told = queue->next;
    }
}
