
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The embedded store's rights: what one room knows of a user or an address.
 *
 * A right that says nothing any more is dropped when somebody looks at it:
 * some are looked at when another one is made, and when cells are wanted.
 */


#include "ngx_chat_log_region.h"

#include <string.h>


/* rights of the room that are looked at when another one is made */
#define NGX_CHAT_LOG_CLEAN    8

/* cells that are looked at when one is wanted */
#define NGX_CHAT_LOG_RECLAIM  256


static ngx_chat_log_rc_e ngx_chat_log_right_make(ngx_chat_log_t *log,
    ngx_chat_log_room_t *room, const ngx_chat_log_whom_t *whom,
    const ngx_chat_rights_t *rights);
static uint32_t ngx_chat_log_right_sum(const ngx_chat_log_known_t *known,
    uint64_t hash);
static void ngx_chat_log_right_count(ngx_chat_log_rules_t *rules,
    unsigned whose, const ngx_chat_log_known_t *before,
    const ngx_chat_log_known_t *after);
static int ngx_chat_log_right_said(const ngx_chat_log_known_t *known);
static int ngx_chat_log_right_over(const ngx_chat_log_t *log,
    const ngx_chat_log_rules_t *rules, const ngx_chat_log_right_t *right);


void
ngx_chat_log_whom(ngx_chat_log_whom_t *whom, const ngx_chat_log_t *log,
    const ngx_chat_str_t *room, unsigned whose, const ngx_chat_str_t *key)
{
    whom->whose = whose;
    whom->key = *key;
    whom->hash = ngx_chat_log_hash(log->key, whose, room);
    whom->hash = ngx_chat_log_hash(log->key, whom->hash, key);
}


size_t
ngx_chat_log_right_cells(const ngx_chat_log_whom_t *whom)
{
    ngx_chat_log_right_t  *right;

    return 1 + ngx_chat_log_text_more(sizeof(right->bytes), whom->key.len);
}


ngx_chat_log_rc_e
ngx_chat_log_right_find(ngx_chat_log_t *log, const ngx_chat_log_room_t *room,
    const ngx_chat_log_whom_t *whom, ngx_chat_log_right_t **found)
{
    uint32_t              index, owner;
    uint64_t              left;
    unsigned char         buf[NGX_CHAT_LOG_USER_MAX];
    ngx_chat_log_item_t  *item;

    if (room->rules == 0 || whom->key.len == 0) {
        return NGX_CHAT_LOG_NONE;
    }

    owner = ngx_chat_log_index(log, room);
    index = *ngx_chat_log_item_bucket(log, ngx_chat_log_right_bucket(log,
                                                                     whom));

    for (left = log->geometry.cells; left > 0 && index != 0; left--) {
        item = ngx_chat_log_item(log, index);

        if (item == NULL) {
            return ngx_chat_log_broken(log);
        }

        *found = ngx_chat_log_cell(log, index, NGX_CHAT_LOG_RIGHT);

        if (*found != NULL
            && item->room == owner
            && item->cell.len == whom->key.len
            && (*found)->whose == whom->whose)
        {
            if (!ngx_chat_log_right_key(log, *found, buf)) {
                return ngx_chat_log_broken(log);
            }

            if (memcmp(buf, whom->key.data, whom->key.len) == 0) {
                return NGX_CHAT_LOG_OK;
            }
        }

        index = item->chain;
    }

    return (index == 0) ? NGX_CHAT_LOG_NONE : ngx_chat_log_broken(log);
}


/* Nobody wrote in the future: such a time was damaged. */

ngx_chat_log_rc_e
ngx_chat_log_right_read(ngx_chat_log_t *log, const ngx_chat_log_room_t *room,
    const ngx_chat_log_whom_t *whom, ngx_chat_rights_t *rights)
{
    ngx_chat_log_rc_e            rc;
    ngx_chat_log_right_t        *right;
    const ngx_chat_log_known_t  *known;

    memset(rights, 0, sizeof(ngx_chat_rights_t));

    rc = ngx_chat_log_right_find(log, room, whom, &right);

    if (rc != NGX_CHAT_LOG_OK) {
        return (rc == NGX_CHAT_LOG_NONE) ? NGX_CHAT_LOG_OK : rc;
    }

    known = &right->known[right->current & 1];

    if (!ngx_chat_log_right_whole(known, whom->hash)) {
        return ngx_chat_log_broken(log);
    }

    rights->role = (ngx_chat_role_e) known->role;
    rights->banned = known->banned;
    rights->muted = known->muted;

    if (right->wrote > 0 && right->wrote <= log->clock) {
        rights->wrote = right->wrote;
    }

    return NGX_CHAT_LOG_OK;
}


/* It is a right when its kind says so. */

static ngx_chat_log_rc_e
ngx_chat_log_right_make(ngx_chat_log_t *log, ngx_chat_log_room_t *room,
    const ngx_chat_log_whom_t *whom, const ngx_chat_rights_t *rights)
{
    ngx_chat_log_text_t    text;
    ngx_chat_log_rules_t  *rules;
    ngx_chat_log_right_t  *right;
    ngx_chat_log_known_t  *known;

    rules = ngx_chat_log_rules(log, room);
    right = (rules != NULL) ? ngx_chat_log_take(log) : NULL;

    if (right == NULL) {
        return ngx_chat_log_broken(log);
    }

    ngx_chat_log_text_right(&text, right);

    if (!ngx_chat_log_text_write(log, &text, whom->key.data, whom->key.len)) {
        return ngx_chat_log_broken(log);
    }

    right->item.room = ngx_chat_log_index(log, room);
    right->item.bucket = ngx_chat_log_right_bucket(log, whom);
    right->whose = (uint8_t) whom->whose;
    right->wrote = rights->wrote;

    known = &right->known[0];
    known->banned = rights->banned;
    known->muted = rights->muted;
    known->role = rights->role;
    known->sum = ngx_chat_log_right_sum(known, whom->hash);
    ngx_chat_log_at("right written");

    right->item.cell.kind = NGX_CHAT_LOG_RIGHT;
    ngx_chat_log_at("right made");

    return ngx_chat_log_right_link(log, rules, right)
           ? NGX_CHAT_LOG_OK : ngx_chat_log_broken(log);
}


int
ngx_chat_log_right_link(ngx_chat_log_t *log, ngx_chat_log_rules_t *rules,
    ngx_chat_log_right_t *right)
{
    ngx_chat_log_known_t  none;

    if (!ngx_chat_log_item_link(log, &rules->first, &right->item)) {
        return 0;
    }

    memset(&none, 0, sizeof(none));
    ngx_chat_log_right_count(rules, right->whose, &none,
                             &right->known[right->current & 1]);

    rules->rights++;
    log->rights++;
    ngx_chat_log_at("right counted");

    return 1;
}


/* Of both, the one that does not hold is written; then it holds. */

ngx_chat_log_rc_e
ngx_chat_log_right_set(ngx_chat_log_t *log, ngx_chat_log_room_t *room,
    const ngx_chat_log_whom_t *whom, const ngx_chat_rights_t *rights)
{
    unsigned               other;
    ngx_chat_log_rc_e      rc;
    ngx_chat_log_known_t  *known;
    ngx_chat_log_right_t  *right;
    ngx_chat_log_rules_t  *rules;

    rc = ngx_chat_log_right_find(log, room, whom, &right);
    rules = ngx_chat_log_rules(log, room);

    if (rc == NGX_CHAT_LOG_NONE) {
        return ngx_chat_log_right_says(rights)
               ? ngx_chat_log_right_make(log, room, whom, rights)
               : NGX_CHAT_LOG_OK;
    }

    if (rc != NGX_CHAT_LOG_OK || rules == NULL) {
        return ngx_chat_log_broken(log);
    }

    other = 1 - (right->current & 1u);
    known = &right->known[other];

    known->banned = rights->banned;
    known->muted = rights->muted;
    known->role = rights->role;
    ngx_chat_log_at("right half written");

    known->sum = ngx_chat_log_right_sum(known, whom->hash);
    ngx_chat_log_at("right written");

    right->current = (uint8_t) other;
    ngx_chat_log_at("right set");

    right->wrote = rights->wrote;
    ngx_chat_log_right_count(rules, right->whose, &right->known[1 - other],
                             known);
    ngx_chat_log_at("right told");

    return ngx_chat_log_right_over(log, rules, right)
           ? ngx_chat_log_right_drop(log, rules, right) : NGX_CHAT_LOG_OK;
}


/* It is no right any more before it is emptied. */

ngx_chat_log_rc_e
ngx_chat_log_right_drop(ngx_chat_log_t *log, ngx_chat_log_rules_t *rules,
    ngx_chat_log_right_t *right)
{
    ngx_chat_log_text_t   text;
    ngx_chat_log_known_t  none;

    if (rules->rights == 0
        || !ngx_chat_log_item_unlink(log, &rules->first, &right->item))
    {
        return ngx_chat_log_broken(log);
    }

    if (rules->look == ngx_chat_log_index(log, right)) {
        rules->look = right->item.next;
    }

    memset(&none, 0, sizeof(none));
    ngx_chat_log_right_count(rules, right->whose,
                             &right->known[right->current & 1], &none);

    rules->rights--;
    log->rights--;
    right->item.cell.kind = NGX_CHAT_LOG_FREE;
    ngx_chat_log_at("right dropped");

    ngx_chat_log_text_right(&text, right);
    ngx_chat_log_text_drop(log, &text);
    memset(right->known, 0, sizeof(right->known));
    ngx_chat_log_give(log, right);

    return NGX_CHAT_LOG_OK;
}


ngx_chat_log_rc_e
ngx_chat_log_right_clean(ngx_chat_log_t *log, ngx_chat_log_room_t *room)
{
    unsigned               left;
    uint32_t               index;
    ngx_chat_log_rc_e      rc;
    ngx_chat_log_rules_t  *rules;
    ngx_chat_log_right_t  *right;

    rules = ngx_chat_log_rules(log, room);
    rc = NGX_CHAT_LOG_OK;

    if (rules == NULL) {
        return (room->rules == 0) ? rc : ngx_chat_log_broken(log);
    }

    for (left = NGX_CHAT_LOG_CLEAN; left > 0 && rc == NGX_CHAT_LOG_OK; left--)
    {
        index = (rules->look != 0) ? rules->look : rules->first;

        if (index == 0) {
            break;
        }

        right = ngx_chat_log_cell(log, index, NGX_CHAT_LOG_RIGHT);

        if (right == NULL
            || right->item.room != ngx_chat_log_index(log, room))
        {
            return ngx_chat_log_broken(log);
        }

        rules->look = right->item.next;

        if (ngx_chat_log_right_over(log, rules, right)) {
            rc = ngx_chat_log_right_drop(log, rules, right);
        }
    }

    return rc;
}


/*
 * In rooms where nobody does anything, too, but only for who wants cells.
 * One kick makes way, for it binds nobody.
 */

ngx_chat_log_rc_e
ngx_chat_log_right_reclaim(ngx_chat_log_t *log)
{
    int                    kick, kicks;
    unsigned               left;
    ngx_chat_log_rc_e      rc;
    ngx_chat_log_room_t   *room;
    ngx_chat_log_rules_t  *rules;
    ngx_chat_log_right_t  *right;

    kicks = 0;
    rc = NGX_CHAT_LOG_OK;

    for (left = NGX_CHAT_LOG_RECLAIM;
         left > 0 && log->rights != 0 && rc == NGX_CHAT_LOG_OK;
         left--)
    {
        log->look = (log->look + 1 < log->used) ? log->look + 1 : 1;
        right = ngx_chat_log_cell(log, log->look, NGX_CHAT_LOG_RIGHT);

        if (right == NULL) {
            continue;
        }

        room = ngx_chat_log_cell(log, right->item.room, NGX_CHAT_LOG_ROOM);
        rules = (room != NULL) ? ngx_chat_log_rules(log, room) : NULL;

        if (rules == NULL) {
            return ngx_chat_log_broken(log);
        }

        kick = right->whose == NGX_CHAT_LOG_OF_KICK;

        if ((kick && !kicks) || ngx_chat_log_right_over(log, rules, right)) {
            kicks |= kick;
            rc = ngx_chat_log_right_drop(log, rules, right);

            if (rc == NGX_CHAT_LOG_OK) {
                rc = ngx_chat_log_room_touch(log, room);
            }
        }
    }

    return rc;
}


int
ngx_chat_log_right_says(const ngx_chat_rights_t *rights)
{
    return rights->role != NGX_CHAT_ROLE_NONE
           || rights->banned != 0
           || rights->muted != 0
           || rights->wrote != 0;
}


int
ngx_chat_log_right_whole(const ngx_chat_log_known_t *known, uint64_t hash)
{
    return known->role < NGX_CHAT_ROLE_COUNT
           && known->sum == ngx_chat_log_right_sum(known, hash);
}


int
ngx_chat_log_right_key(const ngx_chat_log_t *log, ngx_chat_log_right_t *right,
    unsigned char *buf)
{
    ngx_chat_log_text_t  text;

    ngx_chat_log_text_right(&text, right);

    return ngx_chat_log_text_read(log, &text, buf, NGX_CHAT_LOG_USER_MAX);
}


uint32_t
ngx_chat_log_right_bucket(const ngx_chat_log_t *log,
    const ngx_chat_log_whom_t *whom)
{
    return (uint32_t) (whom->hash % log->geometry.users);
}


static uint32_t
ngx_chat_log_right_sum(const ngx_chat_log_known_t *known, uint64_t hash)
{
    uint64_t  sum;

    sum = ngx_chat_log_mix(hash, (uint64_t) known->banned);
    sum = ngx_chat_log_mix(sum, (uint64_t) known->muted);

    return (uint32_t) ngx_chat_log_mix(sum, known->role);
}


/* Those that say more than when somebody wrote; kicks by themselves. */

static void
ngx_chat_log_right_count(ngx_chat_log_rules_t *rules, unsigned whose,
    const ngx_chat_log_known_t *before, const ngx_chat_log_known_t *after)
{
    uint32_t  *n;

    n = (whose == NGX_CHAT_LOG_OF_KICK) ? &rules->kicks : &rules->said;

    *n -= (uint32_t) ngx_chat_log_right_said(before);
    *n += (uint32_t) ngx_chat_log_right_said(after);
}


static int
ngx_chat_log_right_said(const ngx_chat_log_known_t *known)
{
    return known->role != 0 || known->banned != 0 || known->muted != 0;
}


/* Whether it says nothing any more. */

static int
ngx_chat_log_right_over(const ngx_chat_log_t *log,
    const ngx_chat_log_rules_t *rules, const ngx_chat_log_right_t *right)
{
    int64_t                      slow;
    const ngx_chat_log_known_t  *known;

    known = &right->known[right->current & 1];
    slow = (int64_t) rules->conf[rules->current & 1].slow * 1000;

    if (right->whose == NGX_CHAT_LOG_OF_KICK) {
        return known->banned <= log->clock;
    }

    return known->role == NGX_CHAT_ROLE_NONE
           && known->banned <= log->clock
           && known->muted <= log->clock
           && (right->wrote <= 0
               || right->wrote > log->clock
               || right->wrote <= log->clock - slow);
}
