
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The embedded store's kicks: the last one of a user, for who did not hear it.
 *
 * It is kept as a right of its own kind: "banned" is when it is forgotten,
 * "muted" the version that the act gave the room, "role" that of who kicked.
 * So it is written, rebuilt and dropped like any other; it binds nobody.
 */


#include "ngx_chat_log_region.h"

#include <string.h>


/* rights of the room among which the oldest kick goes for another one */
#define NGX_CHAT_LOG_KICK_LOOK  256


static ngx_chat_log_rc_e ngx_chat_log_kick_oldest(ngx_chat_log_t *log,
    const ngx_chat_log_room_t *room, ngx_chat_log_rules_t *rules);


ngx_chat_log_rc_e
ngx_chat_log_kick_read(ngx_chat_log_t *log, const ngx_chat_log_room_t *room,
    const ngx_chat_log_whom_t *whom, ngx_chat_kick_t *kick)
{
    int64_t            left;
    ngx_chat_log_rc_e  rc;
    ngx_chat_rights_t  rights;

    memset(kick, 0, sizeof(ngx_chat_kick_t));

    rc = ngx_chat_log_right_read(log, room, whom, &rights);

    if (rc != NGX_CHAT_LOG_OK || rights.banned <= log->clock) {
        return rc;
    }

    left = rights.banned - log->clock;

    kick->version = (uint64_t) rights.muted;
    kick->role = rights.role;
    kick->ago = (left < NGX_CHAT_RIGHTS_KICK_LIFE)
                ? NGX_CHAT_RIGHTS_KICK_LIFE - left : 0;

    return NGX_CHAT_LOG_OK;
}


ngx_chat_log_rc_e
ngx_chat_log_kick_cells(ngx_chat_log_t *log, const ngx_chat_log_room_t *room,
    const ngx_chat_log_whom_t *whom, size_t *cells)
{
    ngx_chat_log_rc_e      rc;
    ngx_chat_log_right_t  *right;
    ngx_chat_log_rules_t  *rules;

    *cells = 0;
    rc = ngx_chat_log_right_find(log, room, whom, &right);

    if (rc != NGX_CHAT_LOG_NONE) {
        return rc;
    }

    *cells = ngx_chat_log_right_cells(whom);

    if (room->rules == 0) {
        return NGX_CHAT_LOG_OK;
    }

    rules = ngx_chat_log_rules(log, room);

    if (rules == NULL) {
        return ngx_chat_log_broken(log);
    }

    return (rules->kicks < NGX_CHAT_LOG_KICKS_MAX)
           ? NGX_CHAT_LOG_OK : ngx_chat_log_kick_oldest(log, room, rules);
}


/*
 * Of the next ones in the list, not of all, which would take too long; and on
 * to the first of them, where other rights stand in between.
 */

static ngx_chat_log_rc_e
ngx_chat_log_kick_oldest(ngx_chat_log_t *log, const ngx_chat_log_room_t *room,
    ngx_chat_log_rules_t *rules)
{
    int64_t                until, first;
    uint32_t               n, index;
    ngx_chat_log_right_t  *right, *oldest;

    oldest = NULL;
    first = 0;

    for (n = 0;
         n < NGX_CHAT_LOG_KICK_LOOK || (oldest == NULL && n < rules->rights);
         n++)
    {
        index = (rules->look != 0) ? rules->look : rules->first;
        right = ngx_chat_log_cell(log, index, NGX_CHAT_LOG_RIGHT);

        if (right == NULL
            || right->item.room != ngx_chat_log_index(log, room))
        {
            return ngx_chat_log_broken(log);
        }

        rules->look = right->item.next;
        until = right->known[right->current & 1].banned;

        if (right->whose == NGX_CHAT_LOG_OF_KICK
            && (oldest == NULL || until < first))
        {
            oldest = right;
            first = until;
        }
    }

    return (oldest != NULL) ? ngx_chat_log_right_drop(log, rules, oldest)
                            : NGX_CHAT_LOG_FULL;
}


ngx_chat_log_rc_e
ngx_chat_log_kick_set(ngx_chat_log_t *log, ngx_chat_log_room_t *room,
    const ngx_chat_log_whom_t *whom, const ngx_chat_kick_t *kick)
{
    ngx_chat_rights_t  rights;

    memset(&rights, 0, sizeof(rights));
    rights.banned = log->clock + NGX_CHAT_RIGHTS_KICK_LIFE - kick->ago;
    rights.muted = (int64_t) kick->version;
    rights.role = kick->role;

    return ngx_chat_log_right_set(log, room, whom, &rights);
}
