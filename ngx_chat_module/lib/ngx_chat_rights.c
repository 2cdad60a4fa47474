
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Who may do what in a room; see the header. */


#include "ngx_chat_rights.h"

#include <string.h>


static int ngx_chat_rights_find(const char *const *names, int n,
    const ngx_chat_str_t *name);
static void ngx_chat_rights_write(ngx_chat_verdict_t *verdict,
    ngx_chat_right_e right, const ngx_chat_case_t *asked);
static ngx_chat_code_e ngx_chat_rights_may_role(ngx_chat_role_e role,
    ngx_chat_role_e to, ngx_chat_role_e target, int self);


/* by ngx_chat_role_e */

static const char *const  ngx_chat_rights_roles[NGX_CHAT_ROLE_COUNT] = {
    "none", "member", "moderator", "owner"
};


/* by ngx_chat_act_e */

static const char *const  ngx_chat_rights_acts[NGX_CHAT_ACT_COUNT] = {
    "", "kick", "ban", "unban", "mute", "unmute", "role", "slow", "lock",
    "unlock", "clear"
};


/* by ngx_chat_lock_e */

static const char *const  ngx_chat_rights_locks[NGX_CHAT_LOCK_COUNT] = {
    "open", "write", "members"
};


const char *
ngx_chat_rights_role_name(ngx_chat_role_e role)
{
    return (role < NGX_CHAT_ROLE_COUNT) ? ngx_chat_rights_roles[role] : NULL;
}


const char *
ngx_chat_rights_act_name(ngx_chat_act_e act)
{
    return (act > NGX_CHAT_ACT_NONE && act < NGX_CHAT_ACT_COUNT)
           ? ngx_chat_rights_acts[act] : NULL;
}


const char *
ngx_chat_rights_lock_name(ngx_chat_lock_e lock)
{
    return (lock < NGX_CHAT_LOCK_COUNT) ? ngx_chat_rights_locks[lock] : NULL;
}


int
ngx_chat_rights_role(const ngx_chat_str_t *name, ngx_chat_role_e *role)
{
    int  i;

    i = ngx_chat_rights_find(ngx_chat_rights_roles, NGX_CHAT_ROLE_COUNT, name);

    if (i < 0) {
        return 0;
    }

    *role = (ngx_chat_role_e) i;

    return 1;
}


ngx_chat_role_e
ngx_chat_rights_highest(const ngx_chat_str_t *list)
{
    size_t           i, start;
    ngx_chat_str_t   word;
    ngx_chat_role_e  role, highest;

    start = 0;
    highest = NGX_CHAT_ROLE_NONE;

    for (i = 0; i <= list->len; i++) {
        if (i < list->len && list->data[i] != ' ' && list->data[i] != ',') {
            continue;
        }

        word.data = list->data + start;
        word.len = i - start;
        start = i + 1;

        if (word.len != 0 && ngx_chat_rights_role(&word, &role)
            && role > highest)
        {
            highest = role;
        }
    }

    return highest;
}


int
ngx_chat_rights_act(const ngx_chat_str_t *name, ngx_chat_act_e *act)
{
    int  i;

    i = ngx_chat_rights_find(ngx_chat_rights_acts, NGX_CHAT_ACT_COUNT, name);

    if (i <= 0) {
        return 0;
    }

    *act = (ngx_chat_act_e) i;

    return 1;
}


int
ngx_chat_rights_lock(const ngx_chat_str_t *name, ngx_chat_lock_e *lock)
{
    int  i;

    i = ngx_chat_rights_find(ngx_chat_rights_locks, NGX_CHAT_LOCK_COUNT, name);

    if (i < 0) {
        return 0;
    }

    *lock = (ngx_chat_lock_e) i;

    return 1;
}


static int
ngx_chat_rights_find(const char *const *names, int n,
    const ngx_chat_str_t *name)
{
    int  i;

    for (i = 0; i < n; i++) {
        if (strlen(names[i]) == name->len
            && (name->len == 0 || memcmp(names[i], name->data, name->len) == 0))
        {
            return i;
        }
    }

    return -1;
}


void
ngx_chat_rights_check(ngx_chat_verdict_t *verdict, ngx_chat_right_e right,
    const ngx_chat_case_t *asked)
{
    int64_t  until;

    verdict->code = NGX_CHAT_CODE_OK;
    verdict->role = (asked->actor->given > asked->rights->role)
                    ? asked->actor->given : asked->rights->role;
    verdict->until = 0;
    verdict->wait = 0;

    if (verdict->role >= NGX_CHAT_ROLE_MODERATOR) {
        return;
    }

    until = (asked->rights->banned > asked->address->banned)
            ? asked->rights->banned : asked->address->banned;

    if (until > asked->now) {
        verdict->code = NGX_CHAT_CODE_BANNED;
        verdict->until = until;
        return;
    }

    if (asked->conf->lock == NGX_CHAT_LOCK_MEMBERS
        && verdict->role < NGX_CHAT_ROLE_MEMBER)
    {
        verdict->code = NGX_CHAT_CODE_FORBIDDEN;
        return;
    }

    if (right == NGX_CHAT_RIGHT_MODERATE) {
        verdict->code = NGX_CHAT_CODE_FORBIDDEN;

    } else if (right != NGX_CHAT_RIGHT_ENTER) {
        ngx_chat_rights_write(verdict, right, asked);
    }
}


static void
ngx_chat_rights_write(ngx_chat_verdict_t *verdict, ngx_chat_right_e right,
    const ngx_chat_case_t *asked)
{
    int64_t                   wait, slow, muted;
    const ngx_chat_rights_t  *rights;

    rights = asked->rights;

    if (asked->actor->reads) {
        verdict->code = NGX_CHAT_CODE_FORBIDDEN;
        return;
    }

    muted = (rights->muted > asked->address->muted)
            ? rights->muted : asked->address->muted;

    if (muted > asked->now) {
        verdict->code = NGX_CHAT_CODE_MUTED;
        verdict->until = muted;
        return;
    }

    if (asked->conf->lock == NGX_CHAT_LOCK_WRITE) {
        verdict->code = NGX_CHAT_CODE_LOCKED;
        return;
    }

    slow = (int64_t) asked->conf->slow * 1000;

    if (slow == 0 || rights->wrote == 0 || right == NGX_CHAT_RIGHT_CHANGE) {
        return;
    }

    wait = rights->wrote + slow - asked->now;

    /* a clock that went back lets nobody wait longer than the room says */

    if (wait > slow) {
        wait = slow;
    }

    if (wait > 0) {
        verdict->code = NGX_CHAT_CODE_SLOW_MODE;
        verdict->wait = wait;
    }
}


int
ngx_chat_rights_change(const ngx_chat_actor_t *actor, ngx_chat_role_e role,
    const ngx_chat_str_t *author, int edit)
{
    if (actor->any || (!edit && role >= NGX_CHAT_ROLE_MODERATOR)) {
        return 1;
    }

    return author->len != 0
           && author->len == actor->user.id.len
           && memcmp(author->data, actor->user.id.data, author->len) == 0;
}


ngx_chat_code_e
ngx_chat_rights_may(ngx_chat_role_e role, const ngx_chat_mod_t *mod,
    ngx_chat_role_e target, int self)
{
    if (role < NGX_CHAT_ROLE_MODERATOR) {
        return NGX_CHAT_CODE_FORBIDDEN;
    }

    switch (mod->act) {

    case NGX_CHAT_ACT_SLOW:
    case NGX_CHAT_ACT_LOCK:
    case NGX_CHAT_ACT_UNLOCK:
        return NGX_CHAT_CODE_OK;

    case NGX_CHAT_ACT_CLEAR:
        return (role == NGX_CHAT_ROLE_OWNER) ? NGX_CHAT_CODE_OK
                                             : NGX_CHAT_CODE_FORBIDDEN;

    case NGX_CHAT_ACT_ROLE:
        return ngx_chat_rights_may_role(role, mod->role, target, self);

    case NGX_CHAT_ACT_UNBAN:
    case NGX_CHAT_ACT_UNMUTE:
        return NGX_CHAT_CODE_OK;

    case NGX_CHAT_ACT_NONE:
    case NGX_CHAT_ACT_COUNT:
        return NGX_CHAT_CODE_FORBIDDEN;

    default: /* kick, ban, mute */
        return (self || target >= role) ? NGX_CHAT_CODE_FORBIDDEN
                                        : NGX_CHAT_CODE_OK;
    }
}


static ngx_chat_code_e
ngx_chat_rights_may_role(ngx_chat_role_e role, ngx_chat_role_e to,
    ngx_chat_role_e target, int self)
{
    if (self) {
        return (to < target) ? NGX_CHAT_CODE_OK : NGX_CHAT_CODE_FORBIDDEN;
    }

    if (role == NGX_CHAT_ROLE_OWNER) {
        return NGX_CHAT_CODE_OK;
    }

    return (to <= NGX_CHAT_ROLE_MEMBER && target <= NGX_CHAT_ROLE_MEMBER)
           ? NGX_CHAT_CODE_OK : NGX_CHAT_CODE_FORBIDDEN;
}
