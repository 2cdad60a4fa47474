
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The embedded store's answers: whether somebody may, by what a room knows.
 */


#include "ngx_chat_log_region.h"

#include <string.h>


ngx_chat_log_rc_e
ngx_chat_log_rights(const ngx_chat_log_caller_t *caller,
    const ngx_chat_str_t *room, ngx_chat_log_rights_t *rights)
{
    ngx_chat_log_rc_e     rc;
    ngx_chat_log_room_t  *r;
    ngx_chat_log_whom_t   whom;

    r = NULL;
    memset(rights, 0, sizeof(ngx_chat_log_rights_t));
    ngx_chat_log_clock(caller->log, caller->now);

    rc = ngx_chat_log_room_find(caller->log, room, &r);

    if (rc != NGX_CHAT_LOG_OK && rc != NGX_CHAT_LOG_NONE) {
        return rc;
    }

    rc = ngx_chat_log_may(caller, r, room, NGX_CHAT_RIGHT_ENTER, rights);

    if (rc != NGX_CHAT_LOG_OK || r == NULL) {
        return rc;
    }

    ngx_chat_log_whom(&whom, caller->log, room, NGX_CHAT_LOG_OF_KICK,
                      &caller->actor->user.id);

    return ngx_chat_log_kick_read(caller->log, r, &whom, &rights->kick);
}


ngx_chat_log_rc_e
ngx_chat_log_may(const ngx_chat_log_caller_t *caller,
    ngx_chat_log_room_t *room, const ngx_chat_str_t *name,
    ngx_chat_right_e right, ngx_chat_log_rights_t *answer)
{
    int64_t                  muted;
    ngx_chat_log_t          *log;
    ngx_chat_case_t          asked;
    ngx_chat_rights_t        user, address;
    ngx_chat_log_rc_e        rc;
    ngx_chat_log_whom_t      whom;
    const ngx_chat_actor_t  *actor;

    log = caller->log;
    actor = caller->actor;
    memset(&user, 0, sizeof(user));
    memset(&address, 0, sizeof(address));

    if (room != NULL && room->rules != 0) {
        rc = ngx_chat_log_rules_read(log, room, name, &answer->conf);

        if (rc == NGX_CHAT_LOG_OK) {
            ngx_chat_log_whom(&whom, log, name, NGX_CHAT_LOG_OF_USER,
                              &actor->user.id);
            rc = ngx_chat_log_right_read(log, room, &whom, &user);
        }

        if (rc == NGX_CHAT_LOG_OK) {
            ngx_chat_log_whom(&whom, log, name, NGX_CHAT_LOG_OF_ADDRESS,
                              &actor->ip);
            rc = ngx_chat_log_right_read(log, room, &whom, &address);
        }

        if (rc != NGX_CHAT_LOG_OK) {
            return rc;
        }
    }

    asked.actor = actor;
    asked.conf = &answer->conf;
    asked.rights = &user;
    asked.address = &address;
    asked.now = log->clock;

    ngx_chat_rights_check(&answer->verdict, right, &asked);

    muted = (user.muted > address.muted) ? user.muted : address.muted;

    if (muted > log->clock
        && answer->verdict.role < NGX_CHAT_ROLE_MODERATOR)
    {
        answer->until = muted;
    }

    return (answer->verdict.code == NGX_CHAT_CODE_OK) ? NGX_CHAT_LOG_OK
                                                      : NGX_CHAT_LOG_REFUSED;
}


ngx_chat_log_rc_e
ngx_chat_log_slow_begin(const ngx_chat_log_caller_t *caller,
    ngx_chat_log_room_t *room, const ngx_chat_str_t *name)
{
    size_t                       n;
    ngx_chat_log_t              *log;
    ngx_chat_log_rc_e            rc;
    ngx_chat_log_whom_t          whom;
    ngx_chat_log_right_t        *right;
    const ngx_chat_log_rules_t  *rules;

    log = caller->log;
    n = caller->actor->user.id.len;

    if (n == 0 || n > NGX_CHAT_LOG_USER_MAX) {
        return (n == 0) ? NGX_CHAT_LOG_OK : NGX_CHAT_LOG_LARGE;
    }

    ngx_chat_log_whom(&whom, log, name, NGX_CHAT_LOG_OF_USER,
                      &caller->actor->user.id);
    rc = ngx_chat_log_right_clean(log, room);

    if (rc == NGX_CHAT_LOG_OK) {
        rc = ngx_chat_log_right_find(log, room, &whom, &right);
    }

    if (rc != NGX_CHAT_LOG_NONE) {
        return rc;
    }

    rules = ngx_chat_log_rules(log, room);

    if (rules == NULL) {
        return ngx_chat_log_broken(log);
    }

    if (rules->rights - rules->said - rules->kicks
        >= NGX_CHAT_LOG_RIGHTS_MAX)
    {
        return NGX_CHAT_LOG_FULL;
    }

    return ngx_chat_log_room_evict(log, ngx_chat_log_right_cells(&whom), room);
}


ngx_chat_log_rc_e
ngx_chat_log_slow_end(const ngx_chat_log_caller_t *caller,
    ngx_chat_log_room_t *room, const ngx_chat_str_t *name)
{
    ngx_chat_log_rc_e      rc;
    ngx_chat_rights_t      rights;
    ngx_chat_log_whom_t    whom;
    ngx_chat_log_right_t  *right;

    if (caller->actor->user.id.len == 0) {
        return NGX_CHAT_LOG_OK;
    }

    ngx_chat_log_whom(&whom, caller->log, name, NGX_CHAT_LOG_OF_USER,
                      &caller->actor->user.id);
    rc = ngx_chat_log_right_find(caller->log, room, &whom, &right);

    if (rc == NGX_CHAT_LOG_OK) {
        right->wrote = caller->log->clock;
        ngx_chat_log_at("wrote");
        return NGX_CHAT_LOG_OK;
    }

    if (rc != NGX_CHAT_LOG_NONE) {
        return rc;
    }

    memset(&rights, 0, sizeof(rights));
    rights.wrote = caller->log->clock;

    return ngx_chat_log_right_set(caller->log, room, &whom, &rights);
}
