
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The embedded store's recovery of rights: each stands for itself, and is
 * whole or dropped; what it is linked to is made anew.
 */


#include "ngx_chat_log_region.h"

#include <string.h>


static int ngx_chat_log_rebuild_rules(const ngx_chat_log_t *log,
    ngx_chat_log_rules_t *rules);
static int ngx_chat_log_rebuild_right(const ngx_chat_log_t *log,
    ngx_chat_log_right_t *right);
static int ngx_chat_log_rebuild_link_right(ngx_chat_log_t *log,
    ngx_chat_log_right_t *right);
static int ngx_chat_log_rebuild_whom(const ngx_chat_log_t *log,
    ngx_chat_log_right_t *right, unsigned char *buf,
    ngx_chat_log_whom_t *whom);
static void ngx_chat_log_rebuild_drop(ngx_chat_log_t *log,
    ngx_chat_log_cell_t *cell);


void
ngx_chat_log_rebuild_rights(ngx_chat_log_t *log)
{
    int                    whole;
    uint64_t               i;
    ngx_chat_log_cell_t   *cell;
    ngx_chat_log_rules_t  *rules;
    ngx_chat_log_right_t  *right;

    for (i = 1; i < log->geometry.cells; i++) {
        rules = ngx_chat_log_cell(log, i, NGX_CHAT_LOG_RULES);
        right = ngx_chat_log_cell(log, i, NGX_CHAT_LOG_RIGHT);
        whole = 1;

        if (rules != NULL) {
            whole = ngx_chat_log_rebuild_rules(log, rules);

        } else if (right != NULL) {
            whole = ngx_chat_log_rebuild_right(log, right);
        }

        if (!whole) {
            cell = ngx_chat_log_any(log, i);
            ngx_chat_log_rebuild_drop(log, cell);
        }

        ngx_chat_log_at("rebuild: right");
    }
}


/*
 * Of both, the later one holds.  If that is not whole, the other one does, as
 * a later one: a version must not come again.
 */

static int
ngx_chat_log_rebuild_rules(const ngx_chat_log_t *log,
    ngx_chat_log_rules_t *rules)
{
    uint64_t              hash;
    unsigned              other;
    unsigned char         buf[NGX_CHAT_LOG_ROOM_MAX];
    ngx_chat_str_t        name;
    ngx_chat_log_conf_t  *c, *d;
    ngx_chat_log_room_t  *room;

    room = ngx_chat_log_cell(log, rules->room, NGX_CHAT_LOG_ROOM);

    if (room == NULL || !ngx_chat_log_room_name(log, room, buf, &name)) {
        return 0;
    }

    hash = ngx_chat_log_rules_hash(log, &name);
    rules->current &= 1;
    other = 1 - rules->current;

    c = &rules->conf[rules->current];
    d = &rules->conf[other];

    if (ngx_chat_log_rules_whole(c, hash)) {

        if (ngx_chat_log_rules_whole(d, hash) && d->version > c->version) {
            rules->current = other;
        }

        return 1;
    }

    if (!ngx_chat_log_rules_whole(d, hash)) {
        return 0;
    }

    *c = *d;
    c->version += 2;
    c->sum = ngx_chat_log_rules_sum(c, hash);

    return 1;
}


static int
ngx_chat_log_rebuild_right(const ngx_chat_log_t *log,
    ngx_chat_log_right_t *right)
{
    unsigned              other;
    unsigned char         buf[NGX_CHAT_LOG_USER_MAX];
    ngx_chat_log_whom_t   whom;
    ngx_chat_log_text_t   text;

    if (!ngx_chat_log_rebuild_whom(log, right, buf, &whom)) {
        return 0;
    }

    right->current &= 1;
    other = 1 - right->current;

    if (!ngx_chat_log_right_whole(&right->known[right->current], whom.hash)) {

        if (!ngx_chat_log_right_whole(&right->known[other], whom.hash)) {
            return 0;
        }

        right->current = (uint8_t) other;
    }

    ngx_chat_log_text_right(&text, right);
    ngx_chat_log_text_end(log, &text);

    return 1;
}


void
ngx_chat_log_rebuild_link_rights(ngx_chat_log_t *log)
{
    uint64_t               i;
    ngx_chat_log_room_t   *room;
    ngx_chat_log_rules_t  *rules;
    ngx_chat_log_right_t  *right;

    for (i = 1; i < log->geometry.cells; i++) {
        rules = ngx_chat_log_cell(log, i, NGX_CHAT_LOG_RULES);

        if (rules == NULL) {
            continue;
        }

        room = ngx_chat_log_cell(log, rules->room, NGX_CHAT_LOG_ROOM);

        if (room == NULL || room->rules != 0) {
            ngx_chat_log_rebuild_drop(log, &rules->cell);
            continue;
        }

        rules->first = 0;
        rules->rights = 0;
        rules->said = 0;
        rules->kicks = 0;
        rules->look = 0;
        rules->acts = NGX_CHAT_LOG_NOWHERE;
        room->rules = (uint32_t) i;
        ngx_chat_log_at("rebuild: rules");
    }

    for (i = 1; i < log->geometry.cells; i++) {
        right = ngx_chat_log_cell(log, i, NGX_CHAT_LOG_RIGHT);

        if (right != NULL && !ngx_chat_log_rebuild_link_right(log, right)) {
            ngx_chat_log_rebuild_drop(log, &right->item.cell);
        }
    }
}


static int
ngx_chat_log_rebuild_link_right(ngx_chat_log_t *log,
    ngx_chat_log_right_t *right)
{
    unsigned char          buf[NGX_CHAT_LOG_USER_MAX];
    ngx_chat_log_room_t   *room;
    ngx_chat_log_whom_t    whom;
    ngx_chat_log_rules_t  *rules;
    ngx_chat_log_right_t  *other;

    room = ngx_chat_log_cell(log, right->item.room, NGX_CHAT_LOG_ROOM);
    rules = (room != NULL) ? ngx_chat_log_rules(log, room) : NULL;

    if (rules == NULL
        || !ngx_chat_log_rebuild_whom(log, right, buf, &whom)
        || ngx_chat_log_right_find(log, room, &whom, &other)
           != NGX_CHAT_LOG_NONE)
    {
        return 0;
    }

    right->item.bucket = ngx_chat_log_right_bucket(log, &whom);

    return ngx_chat_log_right_link(log, rules, right);
}


static int
ngx_chat_log_rebuild_whom(const ngx_chat_log_t *log,
    ngx_chat_log_right_t *right, unsigned char *buf,
    ngx_chat_log_whom_t *whom)
{
    unsigned char         name_buf[NGX_CHAT_LOG_ROOM_MAX];
    ngx_chat_str_t        name, key;
    ngx_chat_log_room_t  *room;

    room = ngx_chat_log_cell(log, right->item.room, NGX_CHAT_LOG_ROOM);

    if (room == NULL
        || !ngx_chat_log_room_name(log, room, name_buf, &name)
        || !ngx_chat_log_right_key(log, right, buf))
    {
        return 0;
    }

    key.data = buf;
    key.len = right->item.cell.len;
    ngx_chat_log_whom(whom, log, &name, right->whose, &key);

    return 1;
}


static void
ngx_chat_log_rebuild_drop(ngx_chat_log_t *log, ngx_chat_log_cell_t *cell)
{
    ngx_chat_log_text_t    text;
    ngx_chat_log_right_t  *right;

    right = ngx_chat_log_cell(log, ngx_chat_log_index(log, cell),
                              NGX_CHAT_LOG_RIGHT);

    if (right != NULL) {
        ngx_chat_log_text_right(&text, right);
        ngx_chat_log_text_drop(log, &text);
    }

    memset(cell, 0, NGX_CHAT_LOG_CELL);
    log->damaged++;
}
