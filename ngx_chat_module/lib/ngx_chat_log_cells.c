
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The embedded store's cells: a pool of them, and bytes that lie in several.
 */


#include "ngx_chat_log_region.h"

#include <string.h>


static ngx_chat_log_more_t *ngx_chat_log_more(const ngx_chat_log_t *log,
    const ngx_chat_log_text_t *text, uint32_t index);


/* All that are free, the first ones first: what is used stays together. */

void
ngx_chat_log_cells_reset(ngx_chat_log_t *log)
{
    uint64_t              i;
    ngx_chat_log_cell_t  *cell;

    log->free = 0;
    log->free_first = 0;
    log->used = 1;

    for (i = log->geometry.cells - 1; i > 0; i--) {
        cell = ngx_chat_log_any(log, i);

        if (cell->kind == NGX_CHAT_LOG_FREE) {
            cell->next = log->free_first;
            log->free_first = (uint32_t) i;
            log->free++;

        } else if (i >= log->used) {
            log->used = i + 1;
        }
    }
}


void *
ngx_chat_log_cell(const ngx_chat_log_t *log, uint64_t index,
    ngx_chat_log_kind_e kind)
{
    ngx_chat_log_cell_t  *cell;

    if (index == 0 || index >= log->geometry.cells) {
        return NULL;
    }

    cell = ngx_chat_log_any(log, index);

    return (cell->kind == kind) ? cell : NULL;
}


uint32_t
ngx_chat_log_index(const ngx_chat_log_t *log, const void *cell)
{
    const unsigned char  *first;

    first = (const unsigned char *) log + log->geometry.cells_at;

    return (uint32_t) ((const unsigned char *) cell - first)
           / NGX_CHAT_LOG_CELL;
}


void *
ngx_chat_log_take(ngx_chat_log_t *log)
{
    ngx_chat_log_cell_t  *cell;

    cell = ngx_chat_log_cell(log, log->free_first, NGX_CHAT_LOG_FREE);

    if (cell == NULL || log->free == 0) {
        return NULL;
    }

    if (log->free_first >= log->used) {
        log->used = (uint64_t) log->free_first + 1;
    }

    log->free_first = cell->next;
    log->free--;
    ngx_chat_log_at("cell taken");

    memset(cell, 0, NGX_CHAT_LOG_CELL);

    return cell;
}


void
ngx_chat_log_give(ngx_chat_log_t *log, void *cell)
{
    ngx_chat_log_cell_t  *c;

    c = cell;

    c->kind = NGX_CHAT_LOG_FREE;
    ngx_chat_log_at("cell freed");

    c->next = log->free_first;
    log->free_first = ngx_chat_log_index(log, cell);
    log->free++;
}


void
ngx_chat_log_text_room(ngx_chat_log_text_t *text, ngx_chat_log_room_t *room)
{
    text->cell = &room->cell;
    text->inside = room->name;
    text->size = sizeof(room->name);
}


void
ngx_chat_log_text_user(ngx_chat_log_text_t *text, ngx_chat_log_user_t *user)
{
    text->cell = &user->item.cell;
    text->inside = user->bytes;
    text->size = sizeof(user->bytes);
}


void
ngx_chat_log_text_right(ngx_chat_log_text_t *text,
    ngx_chat_log_right_t *right)
{
    text->cell = &right->item.cell;
    text->inside = right->bytes;
    text->size = sizeof(right->bytes);
}


size_t
ngx_chat_log_text_more(size_t inside, size_t len)
{
    ngx_chat_log_more_t  *more;

    if (len <= inside) {
        return 0;
    }

    return (len - inside + sizeof(more->bytes) - 1) / sizeof(more->bytes);
}


int
ngx_chat_log_text_write(ngx_chat_log_t *log, ngx_chat_log_text_t *text,
    const unsigned char *bytes, size_t len)
{
    size_t                n;
    uint32_t             *next;
    ngx_chat_log_more_t  *more;

    n = (len < text->size) ? len : text->size;

    text->cell->len = (uint16_t) len;
    text->cell->next = 0;
    next = &text->cell->next;

    if (n != 0) {
        memcpy(text->inside, bytes, n);
    }

    while (len > n) {
        bytes += n;
        len -= n;

        more = ngx_chat_log_take(log);
        if (more == NULL) {
            return 0;
        }

        n = (len < sizeof(more->bytes)) ? len : sizeof(more->bytes);

        memcpy(more->bytes, bytes, n);
        more->owner = ngx_chat_log_index(log, text->cell);
        more->cell.kind = NGX_CHAT_LOG_MORE;
        *next = ngx_chat_log_index(log, more);
        next = &more->cell.next;
    }

    return 1;
}


int
ngx_chat_log_text_read(const ngx_chat_log_t *log,
    const ngx_chat_log_text_t *text, unsigned char *bytes, size_t size)
{
    size_t                n, len;
    uint32_t              next;
    ngx_chat_log_more_t  *more;

    len = text->cell->len;
    next = text->cell->next;

    if (len > size) {
        return 0;
    }

    n = (len < text->size) ? len : text->size;
    memcpy(bytes, text->inside, n);

    while (len > n) {
        bytes += n;
        len -= n;

        more = ngx_chat_log_more(log, text, next);
        if (more == NULL) {
            return 0;
        }

        n = (len < sizeof(more->bytes)) ? len : sizeof(more->bytes);

        memcpy(bytes, more->bytes, n);
        next = more->cell.next;
    }

    return 1;
}


/* Lets a text that can be read have no more cells than it needs. */

void
ngx_chat_log_text_end(const ngx_chat_log_t *log, ngx_chat_log_text_t *text)
{
    size_t                n;
    uint32_t             *next;
    ngx_chat_log_more_t  *more;

    next = &text->cell->next;

    for (n = ngx_chat_log_text_more(text->size, text->cell->len); n > 0; n--) {
        more = ngx_chat_log_more(log, text, *next);
        if (more == NULL) {
            break;
        }

        next = &more->cell.next;
    }

    *next = 0;
}


/* A cell that is free is none of the text's, so that this ends. */

void
ngx_chat_log_text_drop(ngx_chat_log_t *log, ngx_chat_log_text_t *text)
{
    uint32_t              next;
    ngx_chat_log_more_t  *more;

    more = ngx_chat_log_more(log, text, text->cell->next);

    while (more != NULL) {
        next = more->cell.next;
        ngx_chat_log_give(log, more);
        more = ngx_chat_log_more(log, text, next);
    }

    text->cell->next = 0;
    text->cell->len = 0;
}


static ngx_chat_log_more_t *
ngx_chat_log_more(const ngx_chat_log_t *log, const ngx_chat_log_text_t *text,
    uint32_t index)
{
    ngx_chat_log_more_t  *more;

    more = ngx_chat_log_cell(log, index, NGX_CHAT_LOG_MORE);

    if (more == NULL || more->owner != ngx_chat_log_index(log, text->cell)) {
        return NULL;
    }

    return more;
}


ngx_chat_log_cell_t *
ngx_chat_log_any(const ngx_chat_log_t *log, uint64_t index)
{
    unsigned char  *first;

    first = (unsigned char *) log + log->geometry.cells_at;

    return (void *) (first + index * NGX_CHAT_LOG_CELL);
}
