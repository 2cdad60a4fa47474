
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The embedded store's moderation: what is done to a room's rights.
 *
 * Of an act, the version is written first, then the right, then the record: a
 * process that ends in between has told nobody that it was done, and whoever
 * sees the version asks again.
 */


#include "ngx_chat_log_region.h"

#include <string.h>


/* times that some rights are looked at before there are too many */
#define NGX_CHAT_LOG_CLEANS  128


/* What is done to a room. */

typedef struct {
    ngx_chat_log_t               *log;
    const ngx_chat_log_caller_t  *caller;
    const ngx_chat_str_t         *name;
    const ngx_chat_mod_t         *mod;
    ngx_chat_log_room_t          *room;      /* NULL: it is not there yet */
    ngx_chat_log_rights_t        *answer;
    ngx_chat_log_whom_t           whom;      /* no key: it is about nobody */
    ngx_chat_log_whom_t           kicked;    /* the same of a kick */
    ngx_chat_rights_t             before;    /* of these */
    ngx_chat_rights_t             after;
    ngx_chat_wire_t               rec;
} ngx_chat_log_deed_t;


static ngx_chat_log_rc_e ngx_chat_log_deed_open(ngx_chat_log_deed_t *deed);
static ngx_chat_log_rc_e ngx_chat_log_deed_may(ngx_chat_log_deed_t *deed);
static int ngx_chat_log_deed_idle(const ngx_chat_log_deed_t *deed);
static void ngx_chat_log_deed_apply(ngx_chat_log_deed_t *deed);
static int64_t ngx_chat_log_deed_until(const ngx_chat_log_deed_t *deed);
static void ngx_chat_log_deed_record(ngx_chat_log_deed_t *deed);
static ngx_chat_log_rc_e ngx_chat_log_deed_cells(ngx_chat_log_deed_t *deed);
static ngx_chat_log_rc_e ngx_chat_log_deed_evict(ngx_chat_log_deed_t *deed,
    size_t n);
static ngx_chat_log_rc_e ngx_chat_log_deed_write(ngx_chat_log_deed_t *deed);
static ngx_chat_log_rc_e ngx_chat_log_deed_clear(ngx_chat_log_deed_t *deed);
static int ngx_chat_log_said_more(const ngx_chat_rights_t *rights);


ngx_chat_log_rc_e
ngx_chat_log_moderate(const ngx_chat_log_caller_t *caller,
    const ngx_chat_str_t *room, const ngx_chat_mod_t *mod,
    ngx_chat_log_rights_t *rights)
{
    ngx_chat_log_rc_e    rc;
    ngx_chat_log_deed_t  deed;

    memset(rights, 0, sizeof(ngx_chat_log_rights_t));
    memset(&deed, 0, sizeof(deed));
    deed.log = caller->log;
    deed.caller = caller;
    deed.name = room;
    deed.mod = mod;
    deed.answer = rights;

    ngx_chat_log_clock(deed.log, caller->now);

    if (mod->user.len > NGX_CHAT_LOG_USER_MAX
        || mod->ip.len > NGX_CHAT_LOG_USER_MAX)
    {
        return NGX_CHAT_LOG_LARGE;
    }

    rc = ngx_chat_log_deed_open(&deed);

    if (rc == NGX_CHAT_LOG_OK) {
        rc = ngx_chat_log_deed_may(&deed);
    }

    if (rc != NGX_CHAT_LOG_OK || ngx_chat_log_deed_idle(&deed)) {
        return rc;
    }

    ngx_chat_log_deed_apply(&deed);
    ngx_chat_log_deed_record(&deed);

    if (ngx_chat_log_wire_size(&deed.rec)
        > ngx_chat_log_record_max(deed.log))
    {
        return NGX_CHAT_LOG_LARGE;
    }

    rc = ngx_chat_log_deed_cells(&deed);

    return (rc == NGX_CHAT_LOG_OK) ? ngx_chat_log_deed_write(&deed) : rc;
}


/* Finds the room, if it is there, and what it knows of who is meant. */

static ngx_chat_log_rc_e
ngx_chat_log_deed_open(ngx_chat_log_deed_t *deed)
{
    int                    address;
    ngx_chat_log_rc_e      rc;
    const ngx_chat_mod_t  *mod;

    mod = deed->mod;
    rc = ngx_chat_log_room_find(deed->log, deed->name, &deed->room);

    switch (mod->act) {

    case NGX_CHAT_ACT_KICK:
        ngx_chat_log_whom(&deed->kicked, deed->log, deed->name,
                          NGX_CHAT_LOG_OF_KICK, &mod->user);

        return (rc == NGX_CHAT_LOG_NONE) ? NGX_CHAT_LOG_OK : rc;

    case NGX_CHAT_ACT_BAN:
    case NGX_CHAT_ACT_UNBAN:
    case NGX_CHAT_ACT_MUTE:
    case NGX_CHAT_ACT_UNMUTE:
    case NGX_CHAT_ACT_ROLE:
        break;

    default:
        return (rc == NGX_CHAT_LOG_NONE) ? NGX_CHAT_LOG_OK : rc;
    }

    address = mod->user.len == 0;
    ngx_chat_log_whom(&deed->whom, deed->log, deed->name,
                      address ? NGX_CHAT_LOG_OF_ADDRESS : NGX_CHAT_LOG_OF_USER,
                      address ? &mod->ip : &mod->user);

    if (rc == NGX_CHAT_LOG_OK) {
        rc = ngx_chat_log_right_read(deed->log, deed->room, &deed->whom,
                                     &deed->before);
    }

    return (rc == NGX_CHAT_LOG_NONE) ? NGX_CHAT_LOG_OK : rc;
}


static ngx_chat_log_rc_e
ngx_chat_log_deed_may(ngx_chat_log_deed_t *deed)
{
    int                      self;
    ngx_chat_code_e          code;
    ngx_chat_log_rc_e        rc;
    ngx_chat_rights_t        target;
    ngx_chat_log_whom_t      whom;
    const ngx_chat_mod_t    *mod;
    const ngx_chat_actor_t  *actor;

    mod = deed->mod;
    actor = deed->caller->actor;

    rc = ngx_chat_log_may(deed->caller, deed->room, deed->name,
                          NGX_CHAT_RIGHT_MODERATE, deed->answer);
    deed->answer->until = 0;

    if (rc != NGX_CHAT_LOG_OK) {
        return rc;
    }

    /* whom a kick is about has a role, too */

    memset(&target, 0, sizeof(target));

    if (deed->room != NULL && mod->user.len != 0) {
        ngx_chat_log_whom(&whom, deed->log, deed->name, NGX_CHAT_LOG_OF_USER,
                          &mod->user);
        rc = ngx_chat_log_right_read(deed->log, deed->room, &whom, &target);

        if (rc != NGX_CHAT_LOG_OK) {
            return rc;
        }
    }

    self = mod->user.len != 0
           && mod->user.len == actor->user.id.len
           && memcmp(mod->user.data, actor->user.id.data, mod->user.len) == 0;

    code = ngx_chat_rights_may(deed->answer->verdict.role, mod, target.role,
                               self);

    /* a record without a user is none */

    if (actor->user.id.len == 0
        || mod->role >= NGX_CHAT_ROLE_COUNT
        || mod->lock > NGX_CHAT_LOCK_MEMBERS)
    {
        code = NGX_CHAT_CODE_FORBIDDEN;
    }

    deed->answer->verdict.code = code;

    return (code == NGX_CHAT_CODE_OK) ? NGX_CHAT_LOG_OK : NGX_CHAT_LOG_REFUSED;
}


/* Nothing was said that could be cleared. */

static int
ngx_chat_log_deed_idle(const ngx_chat_log_deed_t *deed)
{
    return deed->mod->act == NGX_CHAT_ACT_CLEAR
           && (deed->room == NULL
               || (deed->room->seq == 0
                   && ngx_chat_log_room_trusted(deed->room)));
}


static void
ngx_chat_log_deed_apply(ngx_chat_log_deed_t *deed)
{
    ngx_chat_rights_t      *after;
    ngx_chat_room_conf_t   *conf;
    const ngx_chat_mod_t   *mod;

    mod = deed->mod;
    conf = &deed->answer->conf;
    after = &deed->after;

    *after = deed->before;

    /* a version does not come again, even if the room was forgotten */

    if (conf->version != 0) {
        conf->version++;

    } else {
        conf->version = (deed->log->clock > 0) ? (uint64_t) deed->log->clock
                                               : 1;
    }

    if (after->banned <= deed->log->clock) {
        after->banned = 0;
    }

    if (after->muted <= deed->log->clock) {
        after->muted = 0;
    }

    switch (mod->act) {

    case NGX_CHAT_ACT_BAN:
        after->banned = ngx_chat_log_deed_until(deed);
        deed->answer->until = after->banned;
        break;

    case NGX_CHAT_ACT_UNBAN:
        after->banned = 0;
        break;

    case NGX_CHAT_ACT_MUTE:
        after->muted = ngx_chat_log_deed_until(deed);
        deed->answer->until = after->muted;
        break;

    case NGX_CHAT_ACT_UNMUTE:
        after->muted = 0;
        break;

    case NGX_CHAT_ACT_ROLE:
        after->role = mod->role;
        break;

    case NGX_CHAT_ACT_SLOW:
        conf->slow = (mod->slow < NGX_CHAT_RIGHTS_SLOW_MAX)
                     ? mod->slow : NGX_CHAT_RIGHTS_SLOW_MAX;
        break;

    case NGX_CHAT_ACT_LOCK:
        conf->lock = mod->lock;
        break;

    case NGX_CHAT_ACT_UNLOCK:
        conf->lock = NGX_CHAT_LOCK_OPEN;
        break;

    default: /* kick, clear */
        break;
    }
}


static int64_t
ngx_chat_log_deed_until(const ngx_chat_log_deed_t *deed)
{
    int64_t  time, left;

    time = (deed->mod->time > 0) ? deed->mod->time : 0;
    left = NGX_CHAT_RIGHTS_EVER - deed->log->clock;

    return (time < left) ? deed->log->clock + time : NGX_CHAT_RIGHTS_EVER;
}


static void
ngx_chat_log_deed_record(ngx_chat_log_deed_t *deed)
{
    const char              *act;
    ngx_chat_wire_t         *rec;
    const ngx_chat_mod_t    *mod;
    const ngx_chat_actor_t  *actor;

    mod = deed->mod;
    actor = deed->caller->actor;
    rec = &deed->rec;
    act = ngx_chat_rights_act_name(mod->act);

    rec->kind = NGX_CHAT_WIRE_MOD;
    rec->time = deed->log->clock;
    rec->user = actor->user.id;
    rec->name = actor->user.name;
    rec->act.data = (const unsigned char *) act;
    rec->act.len = (act != NULL) ? strlen(act) : 0;
    rec->target = mod->user;
    rec->ip = mod->ip;
    rec->until = (uint64_t) deed->answer->until;
    rec->version = deed->answer->conf.version;
    rec->body = mod->why;

    if (mod->act == NGX_CHAT_ACT_ROLE) {
        rec->value = mod->role;

    } else if (mod->act == NGX_CHAT_ACT_SLOW) {
        rec->value = deed->answer->conf.slow;

    } else if (mod->act == NGX_CHAT_ACT_LOCK) {
        rec->value = mod->lock;

    } else if (mod->act == NGX_CHAT_ACT_KICK) {
        rec->value = deed->answer->verdict.role;
    }
}


/* Nothing is refused any more once this is OK. */

static ngx_chat_log_rc_e
ngx_chat_log_deed_cells(ngx_chat_log_deed_t *deed)
{
    int                          more;
    size_t                       n;
    unsigned                     left;
    ngx_chat_log_rc_e            rc;
    ngx_chat_log_right_t        *right;
    const ngx_chat_log_rules_t  *rules;

    rc = ngx_chat_log_room_make(deed->log, deed->name, &deed->room);

    if (rc == NGX_CHAT_LOG_OK) {
        rc = ngx_chat_log_right_clean(deed->log, deed->room);
    }

    rules = (rc == NGX_CHAT_LOG_OK)
            ? ngx_chat_log_rules(deed->log, deed->room) : NULL;

    more = deed->whom.key.len != 0
           && ngx_chat_log_said_more(&deed->after)
           && !ngx_chat_log_said_more(&deed->before);

    for (left = NGX_CHAT_LOG_CLEANS;
         rules != NULL && more && rules->said >= NGX_CHAT_LOG_RIGHTS_MAX;
         left--)
    {
        if (left == 0) {
            return NGX_CHAT_LOG_LARGE;
        }

        rc = ngx_chat_log_right_clean(deed->log, deed->room);

        if (rc != NGX_CHAT_LOG_OK) {
            break;
        }
    }

    if (rc != NGX_CHAT_LOG_OK) {
        return rc;
    }

    n = (deed->room->rules == 0);

    if (deed->whom.key.len != 0 && ngx_chat_log_right_says(&deed->after)) {
        rc = ngx_chat_log_right_find(deed->log, deed->room, &deed->whom,
                                     &right);
        if (rc == NGX_CHAT_LOG_BROKEN) {
            return rc;
        }

        if (rc == NGX_CHAT_LOG_NONE) {
            n += ngx_chat_log_right_cells(&deed->whom);
        }
    }

    return ngx_chat_log_deed_evict(deed, n);
}


/* A kick for which there is no cell is done, and not remembered. */

static ngx_chat_log_rc_e
ngx_chat_log_deed_evict(ngx_chat_log_deed_t *deed, size_t n)
{
    size_t             cells;
    ngx_chat_log_rc_e  rc;

    if (deed->kicked.key.len != 0) {
        rc = ngx_chat_log_kick_cells(deed->log, deed->room, &deed->kicked,
                                     &cells);

        if (rc == NGX_CHAT_LOG_OK) {
            rc = ngx_chat_log_room_evict(deed->log, n + cells, deed->room);
        }

        if (rc != NGX_CHAT_LOG_FULL) {
            return rc;
        }

        deed->kicked.key.len = 0;
    }

    return ngx_chat_log_room_evict(deed->log, n, deed->room);
}


static ngx_chat_log_rc_e
ngx_chat_log_deed_write(ngx_chat_log_deed_t *deed)
{
    unsigned char           epoch[NGX_CHAT_WIRE_EPOCH_MAX];
    ngx_chat_kick_t         kick;
    ngx_chat_log_rc_e       rc;
    ngx_chat_log_rules_t   *rules;
    ngx_chat_log_rights_t  *answer;

    answer = deed->answer;

    rc = ngx_chat_log_rules_set(deed->log, deed->room, deed->name,
                                &answer->conf);

    if (rc == NGX_CHAT_LOG_OK && deed->whom.key.len != 0) {
        rc = ngx_chat_log_right_set(deed->log, deed->room, &deed->whom,
                                    &deed->after);
    }

    if (rc == NGX_CHAT_LOG_OK && deed->kicked.key.len != 0) {
        kick.version = answer->conf.version;
        kick.role = answer->verdict.role;
        kick.ago = 0;

        rc = ngx_chat_log_kick_set(deed->log, deed->room, &deed->kicked,
                                   &kick);
    }

    if (rc == NGX_CHAT_LOG_OK && deed->mod->act == NGX_CHAT_ACT_CLEAR) {
        rc = ngx_chat_log_deed_clear(deed);
    }

    if (rc != NGX_CHAT_LOG_OK) {
        return rc;
    }

    deed->rec.epoch.data = epoch;
    ngx_chat_log_epoch(deed->room, epoch, &deed->rec.epoch.len);

    rules = ngx_chat_log_rules(deed->log, deed->room);
    if (rules == NULL) {
        return ngx_chat_log_broken(deed->log);
    }

    rc = ngx_chat_log_act(deed->log, deed->room, &deed->rec, &rules->acts);
    if (rc != NGX_CHAT_LOG_OK) {
        return rc;
    }

    answer->wake = deed->room->slots;
    ngx_chat_log_slot_clear(&answer->wake, deed->caller->slot);

    return ngx_chat_log_room_touch(deed->log, deed->room);
}


/*
 * What was said is of an epoch that no room has: nobody reads it, and the ring
 * overwrites it.
 */

static ngx_chat_log_rc_e
ngx_chat_log_deed_clear(ngx_chat_log_deed_t *deed)
{
    ngx_chat_log_room_renew(deed->log, deed->room);

    return (deed->room->seq == 0) ? NGX_CHAT_LOG_OK
                                  : ngx_chat_log_broken(deed->log);
}


static int
ngx_chat_log_said_more(const ngx_chat_rights_t *rights)
{
    return rights->role != NGX_CHAT_ROLE_NONE
           || rights->banned != 0
           || rights->muted != 0;
}
