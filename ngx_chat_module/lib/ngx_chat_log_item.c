
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The embedded store's items, which are users and rights: a bucket of their
 * hash and a list of their room.
 */


#include "ngx_chat_log_region.h"


static uint32_t *ngx_chat_log_item_link_to(ngx_chat_log_t *log,
    const ngx_chat_log_item_t *item);


uint32_t *
ngx_chat_log_item_bucket(const ngx_chat_log_t *log, uint32_t bucket)
{
    return (uint32_t *) (void *)
           ((unsigned char *) log + log->geometry.users_at)
           + bucket % log->geometry.users;
}


ngx_chat_log_item_t *
ngx_chat_log_item(const ngx_chat_log_t *log, uint64_t index)
{
    ngx_chat_log_item_t  *item;

    item = ngx_chat_log_cell(log, index, NGX_CHAT_LOG_USER);

    return (item != NULL) ? item
                          : ngx_chat_log_cell(log, index, NGX_CHAT_LOG_RIGHT);
}


int
ngx_chat_log_item_link(ngx_chat_log_t *log, uint32_t *list,
    ngx_chat_log_item_t *item)
{
    uint32_t              index, *bucket;
    ngx_chat_log_item_t  *first;

    index = ngx_chat_log_index(log, item);
    first = ngx_chat_log_cell(log, *list, item->cell.kind);

    if (first == NULL && *list != 0) {
        return 0;
    }

    bucket = ngx_chat_log_item_bucket(log, item->bucket);
    item->chain = *bucket;
    *bucket = index;
    ngx_chat_log_at("chained");

    item->prev = 0;
    item->next = *list;

    if (first != NULL) {
        first->prev = index;
    }

    *list = index;
    ngx_chat_log_at("linked");

    return 1;
}


int
ngx_chat_log_item_unlink(ngx_chat_log_t *log, uint32_t *list,
    ngx_chat_log_item_t *item)
{
    uint32_t             *link;
    ngx_chat_log_item_t  *prev, *next;

    prev = ngx_chat_log_cell(log, item->prev, item->cell.kind);
    next = ngx_chat_log_cell(log, item->next, item->cell.kind);

    if ((prev == NULL && *list != ngx_chat_log_index(log, item))
        || (next == NULL && item->next != 0)
        || item->bucket >= log->geometry.users)
    {
        return 0;
    }

    link = ngx_chat_log_item_link_to(log, item);
    if (link == NULL) {
        return 0;
    }

    *link = item->chain;
    ngx_chat_log_at("unchained");

    if (prev != NULL) {
        prev->next = item->next;
    } else {
        *list = item->next;
    }

    if (next != NULL) {
        next->prev = item->prev;
    }

    ngx_chat_log_at("unlinked");

    return 1;
}


/* What leads to it in its bucket. */

static uint32_t *
ngx_chat_log_item_link_to(ngx_chat_log_t *log,
    const ngx_chat_log_item_t *item)
{
    uint32_t              index, *link;
    uint64_t              left;
    ngx_chat_log_item_t  *other;

    index = ngx_chat_log_index(log, item);
    link = ngx_chat_log_item_bucket(log, item->bucket);

    for (left = log->geometry.cells; left > 0; left--) {
        if (*link == index) {
            return link;
        }

        other = ngx_chat_log_item(log, *link);
        if (other == NULL) {
            return NULL;
        }

        link = &other->chain;
    }

    return NULL;
}
