
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Slots of processes, and what is the sum of them; see the header. */


#include "ngx_chat_metric.h"

#include <string.h>


static void ngx_chat_metric_clear(ngx_chat_metric_slot_t *slot);


/* of a worker's own, too */

static const unsigned  ngx_chat_metric_bases[NGX_CHAT_METRIC_BASED] = {
    NGX_CHAT_METRIC_RECEIVED, NGX_CHAT_METRIC_SENT, NGX_CHAT_METRIC_BYTES_OUT,
    NGX_CHAT_METRIC_PUBLISHED, NGX_CHAT_METRIC_PUBLISH_TIME,
    NGX_CHAT_METRIC_FANOUT_TIME
};


void
ngx_chat_metric_due(ngx_chat_metric_set_t *set, unsigned store, uint64_t at)
{
    uint64_t  *due;

    due = &set->cells[NGX_CHAT_METRIC_LAG][(size_t) store * 2 + 1];

    if (*due == 0 || *due > at) {
        ngx_chat_metric_store(due, at);
    }
}


void
ngx_chat_metric_heard(ngx_chat_metric_set_t *set, unsigned store,
    uint64_t now)
{
    uint64_t  *cells;

    cells = &set->cells[NGX_CHAT_METRIC_LAG][(size_t) store * 2];

    if (cells[1] == 0) {
        return;
    }

    ngx_chat_metric_store(&cells[0], (now > cells[1]) ? now - cells[1] : 0);
    ngx_chat_metric_store(&cells[1], 0);
}


void
ngx_chat_metric_deaf(ngx_chat_metric_set_t *set, unsigned store)
{
    uint64_t  *cells;

    cells = &set->cells[NGX_CHAT_METRIC_LAG][(size_t) store * 2];

    ngx_chat_metric_store(&cells[0], 0);
    ngx_chat_metric_store(&cells[1], 0);
}


uint64_t
ngx_chat_metric_lag(const ngx_chat_metric_set_t *set, uint64_t now)
{
    unsigned         i;
    uint64_t         lag, most, due;
    const uint64_t  *cells;

    cells = set->cells[NGX_CHAT_METRIC_LAG];
    most = 0;

    for (i = 0; i < NGX_CHAT_METRIC_LAGS; i++, cells += 2) {
        lag = ngx_chat_metric_load(&cells[0]);
        due = ngx_chat_metric_load(&cells[1]);

        most = (lag > most) ? lag : most;

        if (due != 0 && now > due && now - due > most) {
            most = now - due;
        }
    }

    return most;
}


uint64_t
ngx_chat_metric_holder(const ngx_chat_metric_t *metric, unsigned i)
{
    return __atomic_load_n(&metric->slots[i].owner, __ATOMIC_SEQ_CST);
}


int
ngx_chat_metric_claim(ngx_chat_metric_t *metric, unsigned i, uint64_t old,
    uint64_t owner, uint64_t since)
{
    unsigned                 n, c;
    ngx_chat_metric_slot_t  *slot;

    slot = &metric->slots[i];

    if (!__atomic_compare_exchange_n(&slot->owner, &old, owner, 0,
                                     __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
    {
        return 0;
    }

    ngx_chat_metric_clear(slot);

    for (n = 0; n < NGX_CHAT_METRIC_BASED; n++) {

        for (c = 0; c < NGX_CHAT_METRIC_CELLS; c++) {
            ngx_chat_metric_store(&slot->base[n][c],
                           slot->set.cells[ngx_chat_metric_bases[n]][c]);
        }
    }

    ngx_chat_metric_store(&slot->since, since);

    return 1;
}


void
ngx_chat_metric_release(ngx_chat_metric_t *metric, unsigned i)
{
    ngx_chat_metric_clear(&metric->slots[i]);

    __atomic_store_n(&metric->slots[i].owner, 0, __ATOMIC_SEQ_CST);
}


unsigned
ngx_chat_metric_based(unsigned n)
{
    return ngx_chat_metric_bases[n];
}


void
ngx_chat_metric_own(const ngx_chat_metric_slot_t *slot, unsigned n,
    uint64_t *cells)
{
    unsigned         c;
    uint64_t         base, now;
    const uint64_t  *all;

    all = slot->set.cells[ngx_chat_metric_bases[n]];

    for (c = 0; c < NGX_CHAT_METRIC_CELLS; c++) {
        now = ngx_chat_metric_load(&all[c]);
        base = ngx_chat_metric_load(&slot->base[n][c]);

        /* somebody may take the slot just now */
        cells[c] = (now > base) ? now - base : 0;
    }
}


/* What is of the living alone. */

static void
ngx_chat_metric_clear(ngx_chat_metric_slot_t *slot)
{
    unsigned  m, i;

    ngx_chat_metric_store(&slot->draining, 0);

    for (m = 0; m < NGX_CHAT_METRIC_COUNT; m++) {

        if (ngx_chat_metric_row(m)->type != NGX_CHAT_METRIC_GAUGE) {
            continue;
        }

        for (i = 0; i < NGX_CHAT_METRIC_CELLS; i++) {
            ngx_chat_metric_store(&slot->set.cells[m][i], 0);
        }
    }
}


void
ngx_chat_metric_add_up(const ngx_chat_metric_t *metric,
    const unsigned char *live, uint64_t now, ngx_chat_metric_set_t *sum)
{
    unsigned                       i, m, c;
    uint64_t                       lag, most;
    const ngx_chat_metric_slot_t  *slot;

    memset(sum, 0, sizeof(ngx_chat_metric_set_t));
    most = 0;

    for (i = 0; i < NGX_CHAT_METRIC_SLOTS; i++) {
        slot = &metric->slots[i];

        if (ngx_chat_metric_load(&slot->since) == 0) {
            /* nobody was ever there */
            continue;
        }

        for (m = 0; m < NGX_CHAT_METRIC_COUNT; m++) {

            if (ngx_chat_metric_row(m)->type == NGX_CHAT_METRIC_GAUGE
                && !live[i])
            {
                continue;
            }

            for (c = 0; c < NGX_CHAT_METRIC_CELLS; c++) {
                sum->cells[m][c] +=
                                  ngx_chat_metric_load(&slot->set.cells[m][c]);
            }
        }

        if (live[i]) {
            c = ngx_chat_metric_load(&slot->draining)
                ? NGX_CHAT_METRIC_DRAINING : NGX_CHAT_METRIC_RUNNING;
            sum->cells[NGX_CHAT_METRIC_WORKERS][c]++;

            lag = ngx_chat_metric_lag(&slot->set, now);
            most = (lag > most) ? lag : most;
        }
    }

    sum->cells[NGX_CHAT_METRIC_LAG][0] = most;
}
