
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The queue beside a naive one, an array of positions and lengths; and, once
 * the memory is damaged, no walk leaves it or has no end.
 *
 * The first byte is the size of the ring; then two bytes are an operation and
 * its argument.
 */


#include "ngx_chat_queue.h"

#include <stdlib.h>
#include <string.h>


#define TEXTS  65536
#define HEAD   2


typedef struct {
    ngx_chat_queue_t  *queue;
    size_t             size;
    uint64_t           first;          /* of what the naive one holds */
    uint64_t           next;
    uint64_t           told;
    size_t             used;
    unsigned           damaged:1;
    size_t             len[TEXTS];     /* by position */
} fuzz_t;


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


/* Of a text in the ring: the header promises no more. */

static size_t
around(size_t len)
{
    return 16 + ((len + 7) & ~(size_t) 7);
}


/* Each text is made of its position. */

static void
fill(unsigned char *text, size_t len, uint64_t position)
{
    size_t  i;

    for (i = 0; i < len; i++) {
        text[i] = (unsigned char) (position * 31 + i);
    }
}


static void
forget(fuzz_t *f)
{
    f->used -= around(f->len[f->first++]);
}


static void
add(fuzz_t *f, size_t len)
{
    ngx_chat_str_t  head, body;
    unsigned char   text[256];

    fill(text, len, f->next);

    head.data = text;
    head.len = (len < HEAD) ? len : HEAD;
    body.data = text + head.len;
    body.len = len - head.len;

    ngx_chat_queue_add(f->queue, &head, &body);

    f->len[f->next++] = len;
    f->used += around(len);

    while (f->used > f->size) {
        forget(f);
    }
}


static void
take(fuzz_t *f, uint64_t position)
{
    ngx_chat_queue_take(f->queue, position);

    if (position > f->next) {
        position = f->next;
    }

    if (position > f->told) {
        f->told = position;
    }

    while (f->first < position) {
        forget(f);
    }
}


/* All texts, in a buffer that may be too small for one of them. */

static void
walk(fuzz_t *f, size_t size)
{
    size_t                  len, n;
    uint64_t                position;
    unsigned char          *buf, wanted[256];
    ngx_chat_queue_walk_t   walk;

    buf = malloc(size + 1);

    if (buf == NULL) {
        abort();
    }

    n = 0;
    position = f->first;
    ngx_chat_queue_start(f->queue, &walk);

    while (ngx_chat_queue_next(f->queue, &walk, buf, size, &len)) {

        if (len > size || ++n > f->size / around(0)) {
            abort();
        }

        if (f->damaged) {
            continue;
        }

        fill(wanted, f->len[position], position);

        if (walk.position != position || len != f->len[position]
            || memcmp(buf, wanted, len) != 0)
        {
            abort();
        }

        position++;
    }

    if (!f->damaged
        && len != ((position == f->next) ? 0 : f->len[position]))
    {
        abort();
    }

    if (!f->damaged && position != f->next && len <= size) {
        abort();
    }

    free(buf);
}


static void
damage(fuzz_t *f, unsigned at, unsigned bits)
{
    size_t          from, size;
    unsigned char  *memory;

    /* magic and size were checked when the memory was found */

    from = offsetof(ngx_chat_queue_t, changing);
    size = ngx_chat_queue_memory(f->size) - from;

    memory = (unsigned char *) f->queue + from;
    memory[at % size] ^= (unsigned char) bits;

    f->damaged = 1;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t         i;
    unsigned       n;
    static fuzz_t  f;

    if (size < 1 || size > TEXTS) {
        return 0;
    }

    memset(&f, 0, offsetof(fuzz_t, len));

    f.size = 8 * (size_t) (data[0] % 64 + 2);
    f.queue = malloc(ngx_chat_queue_memory(f.size));

    if (f.queue == NULL) {
        abort();
    }

    ngx_chat_queue_init(f.queue, f.size);

    for (i = 1; i + 2 <= size; i += 2) {
        n = data[i + 1];

        if (!ngx_chat_queue_begin(f.queue) && !f.damaged) {
            abort();
        }

        switch (data[i] % 8) {

        case 0:
            walk(&f, n);
            break;

        case 1:
            take(&f, f.first + n % 4);
            break;

        case 2:
            take(&f, (uint64_t) n << (data[i] / 8));
            break;

        case 3:
            if (i + 4 <= size) {
                i += 2;
                damage(&f, n << 1 | data[i] >> 7, data[i + 1]);
            }

            break;

        default:
            add(&f, n);
            break;
        }

        /* who dies here leaves the mark, and what was written is whole */

        if (data[i] >= 0xf0 && ngx_chat_queue_begin(f.queue) && !f.damaged) {
            abort();
        }

        ngx_chat_queue_end(f.queue);

        if (!f.damaged && ngx_chat_queue_lost(f.queue)
                          != ((f.first > f.told) ? f.first - f.told : 0))
        {
            abort();
        }

        walk(&f, 255);
    }

    if (!ngx_chat_queue_check(f.queue, f.size)) {
        abort();
    }

    free(f.queue);

    return 0;
}
