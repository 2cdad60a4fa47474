
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Counts of what processes hold, and who they are (ngx_chat_limit.h). */


#include "ngx_chat_limit_region.h"


#define NGX_CHAT_LIMIT_GENERATION  0xffffu

#define ngx_chat_limit_place(generation, start, pid)                          \
    (((uint64_t) (generation) << 48)                                          \
     | ((uint64_t) ((start) & NGX_CHAT_LIMIT_PID) << 24)                      \
     | ((pid) & NGX_CHAT_LIMIT_PID))

#define ngx_chat_limit_generation(place)  ((uint32_t) ((place) >> 48))

/* 1 is added: no owner is NGX_CHAT_LIMIT_NOBODY */
#define ngx_chat_limit_owner_id(generation, i)                                \
    (((generation) * NGX_CHAT_LIMIT_OWNERS) + (i) + 1)

#define ngx_chat_limit_held(owner, count)                                     \
    (((uint64_t) (owner) << 32) | (count))


static int ngx_chat_limit_alive(const ngx_chat_limit_t *limit,
    uint32_t owner);
static ngx_chat_limit_cell_t *ngx_chat_limit_own(
    ngx_chat_limit_count_set_t *set, uint32_t owner, uint64_t key);
static ngx_chat_limit_cell_t *ngx_chat_limit_grab(ngx_chat_limit_t *limit,
    ngx_chat_limit_count_set_t *set, uint32_t owner);


uint32_t
ngx_chat_limit_claim(ngx_chat_limit_t *limit, uint32_t pid, uint32_t start)
{
    uint32_t  i, generation;
    uint64_t  place;

    for (i = 0; i < NGX_CHAT_LIMIT_OWNERS; i++) {
        place = ngx_chat_limit_load(&limit->owners[i]);

        if ((place & NGX_CHAT_LIMIT_PID) != 0) {
            continue;
        }

        generation = (ngx_chat_limit_generation(place) + 1)
                     & NGX_CHAT_LIMIT_GENERATION;

        if (ngx_chat_limit_swap(&limit->owners[i], &place,
                                ngx_chat_limit_place(generation, start, pid)))
        {
            return ngx_chat_limit_owner_id(generation, i);
        }
    }

    return NGX_CHAT_LIMIT_NOBODY;
}


void
ngx_chat_limit_release(ngx_chat_limit_t *limit, uint32_t owner)
{
    uint32_t  generation;
    uint64_t  place, *word;

    if (owner == NGX_CHAT_LIMIT_NOBODY) {
        return;
    }

    word = &limit->owners[(owner - 1) % NGX_CHAT_LIMIT_OWNERS];
    place = ngx_chat_limit_load(word);
    generation = (owner - 1) / NGX_CHAT_LIMIT_OWNERS;

    if (ngx_chat_limit_generation(place) == generation) {
        (void) ngx_chat_limit_swap(word, &place,
                                   ngx_chat_limit_place(generation, 0, 0));
    }
}


uint32_t
ngx_chat_limit_owner(const ngx_chat_limit_t *limit, uint32_t i,
    uint32_t *pid, uint32_t *start)
{
    uint64_t  place;

    place = ngx_chat_limit_load(&limit->owners[i]);

    *pid = (uint32_t) (place & NGX_CHAT_LIMIT_PID);
    *start = (uint32_t) (place >> 24) & NGX_CHAT_LIMIT_PID;

    return (*pid == 0) ? NGX_CHAT_LIMIT_NOBODY
           : ngx_chat_limit_owner_id(ngx_chat_limit_generation(place), i);
}


static int
ngx_chat_limit_alive(const ngx_chat_limit_t *limit, uint32_t owner)
{
    uint64_t  place;

    if (owner == NGX_CHAT_LIMIT_NOBODY) {
        return 0;
    }

    place = ngx_chat_limit_load(&limit->owners[(owner - 1)
                                               % NGX_CHAT_LIMIT_OWNERS]);

    return (place & NGX_CHAT_LIMIT_PID) != 0
           && ngx_chat_limit_generation(place)
              == (owner - 1) / NGX_CHAT_LIMIT_OWNERS;
}


int
ngx_chat_limit_enter(ngx_chat_limit_t *limit, uint32_t owner, uint64_t key)
{
    uint64_t                     held;
    ngx_chat_limit_cell_t       *cell;
    ngx_chat_limit_count_set_t  *set;

    if (!ngx_chat_limit_alive(limit, owner)) {
        return 0;
    }

    set = ngx_chat_limit_count_sets(limit)
          + ngx_chat_limit_set(key, limit->ncounts);

    cell = ngx_chat_limit_own(set, owner, key);

    if (cell != NULL) {
        held = ngx_chat_limit_load(&cell->held);

        /* what is counted by us is ours alone */

        if ((uint32_t) held < NGX_CHAT_LIMIT_MAKING - 1) {
            ngx_chat_limit_store(&cell->held, held + 1);
            return 1;
        }

        return 0;
    }

    cell = ngx_chat_limit_grab(limit, set, owner);

    if (cell == NULL) {
        return 0;
    }

    ngx_chat_limit_store(&cell->key, key);
    ngx_chat_limit_store(&cell->held, ngx_chat_limit_held(owner, 1));

    return 1;
}


void
ngx_chat_limit_leave(ngx_chat_limit_t *limit, uint32_t owner, uint64_t key)
{
    ngx_chat_limit_cell_t  *cell;

    if (!ngx_chat_limit_alive(limit, owner)) {
        return;
    }

    cell = ngx_chat_limit_own(ngx_chat_limit_count_sets(limit)
                              + ngx_chat_limit_set(key, limit->ncounts),
                              owner, key);
    if (cell != NULL) {
        ngx_chat_limit_store(&cell->held,
                             ngx_chat_limit_load(&cell->held) - 1);
    }
}


uint64_t
ngx_chat_limit_count(const ngx_chat_limit_t *limit, uint64_t key)
{
    uint32_t                           i, count;
    uint64_t                           held, sum;
    const ngx_chat_limit_cell_t       *cell;
    const ngx_chat_limit_count_set_t  *set;

    set = ngx_chat_limit_count_sets(limit)
          + ngx_chat_limit_set(key, limit->ncounts);
    sum = 0;

    for (i = 0; i < NGX_CHAT_LIMIT_COUNTS; i++) {
        cell = &set->cells[i];

        held = ngx_chat_limit_load(&cell->held);
        count = (uint32_t) held;

        if (count == 0 || count == NGX_CHAT_LIMIT_MAKING
            || ngx_chat_limit_load(&cell->key) != key
            || !ngx_chat_limit_alive(limit, (uint32_t) (held >> 32)))
        {
            continue;
        }

        /* the cell may have found another use meanwhile */

        if (ngx_chat_limit_load(&cell->held) >> 32 == held >> 32) {
            sum += count;
        }
    }

    return sum;
}


/* The cell in which the owner counts something under this key, or NULL. */

static ngx_chat_limit_cell_t *
ngx_chat_limit_own(ngx_chat_limit_count_set_t *set, uint32_t owner,
    uint64_t key)
{
    uint32_t                i, count;
    uint64_t                held;
    ngx_chat_limit_cell_t  *cell;

    for (i = 0; i < NGX_CHAT_LIMIT_COUNTS; i++) {
        cell = &set->cells[i];

        held = ngx_chat_limit_load(&cell->held);
        count = (uint32_t) held;

        if (held >> 32 == owner && count != 0
            && count != NGX_CHAT_LIMIT_MAKING
            && ngx_chat_limit_load(&cell->key) == key)
        {
            return cell;
        }
    }

    return NULL;
}


/* Takes a cell in which nothing is counted. */

static ngx_chat_limit_cell_t *
ngx_chat_limit_grab(ngx_chat_limit_t *limit, ngx_chat_limit_count_set_t *set,
    uint32_t owner)
{
    uint32_t                i;
    uint64_t                held;
    ngx_chat_limit_cell_t  *cell;

    for (i = 0; i < NGX_CHAT_LIMIT_COUNTS; i++) {
        cell = &set->cells[i];
        held = ngx_chat_limit_load(&cell->held);

        if ((uint32_t) held != 0
            && ngx_chat_limit_alive(limit, (uint32_t) (held >> 32)))
        {
            continue;
        }

        if (ngx_chat_limit_swap(&cell->held, &held,
                                ngx_chat_limit_held(owner,
                                                    NGX_CHAT_LIMIT_MAKING)))
        {
            return cell;
        }
    }

    return NULL;
}
