
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The embedded store's rules: what a room knows of itself.
 *
 * A room has them from the first act of moderation on.  It is ruled while they
 * hold anything but a version: then it is never forgotten for want of cells.
 */


#include "ngx_chat_log_region.h"

#include <string.h>


ngx_chat_log_rules_t *
ngx_chat_log_rules(const ngx_chat_log_t *log, const ngx_chat_log_room_t *room)
{
    ngx_chat_log_rules_t  *rules;

    rules = ngx_chat_log_cell(log, room->rules, NGX_CHAT_LOG_RULES);

    if (rules == NULL
        || rules->room != ngx_chat_log_index(log, room)
        || rules->said > rules->rights
        || rules->kicks > rules->rights - rules->said)
    {
        return NULL;
    }

    return rules;
}


uint64_t
ngx_chat_log_rules_hash(const ngx_chat_log_t *log, const ngx_chat_str_t *name)
{
    return ngx_chat_log_hash(log->key, 'r', name);
}


int
ngx_chat_log_rules_whole(const ngx_chat_log_conf_t *conf, uint64_t hash)
{
    return conf->lock <= NGX_CHAT_LOCK_MEMBERS
           && conf->sum == ngx_chat_log_rules_sum(conf, hash);
}


ngx_chat_log_rc_e
ngx_chat_log_rules_read(ngx_chat_log_t *log, const ngx_chat_log_room_t *room,
    const ngx_chat_str_t *name, ngx_chat_room_conf_t *conf)
{
    ngx_chat_log_rules_t       *rules;
    const ngx_chat_log_conf_t  *c;

    memset(conf, 0, sizeof(ngx_chat_room_conf_t));

    if (room->rules == 0) {
        return NGX_CHAT_LOG_OK;
    }

    rules = ngx_chat_log_rules(log, room);
    if (rules == NULL) {
        return ngx_chat_log_broken(log);
    }

    c = &rules->conf[rules->current & 1];

    if (!ngx_chat_log_rules_whole(c, ngx_chat_log_rules_hash(log, name))) {
        return ngx_chat_log_broken(log);
    }

    conf->version = c->version;
    conf->slow = c->slow;
    conf->lock = (ngx_chat_lock_e) c->lock;

    return NGX_CHAT_LOG_OK;
}


/* Of both, the one that does not hold is written; then it holds. */

ngx_chat_log_rc_e
ngx_chat_log_rules_set(ngx_chat_log_t *log, ngx_chat_log_room_t *room,
    const ngx_chat_str_t *name, const ngx_chat_room_conf_t *conf)
{
    unsigned               other;
    ngx_chat_log_conf_t   *c;
    ngx_chat_log_rules_t  *rules;

    rules = (room->rules == 0) ? ngx_chat_log_take(log)
                               : ngx_chat_log_rules(log, room);
    if (rules == NULL) {
        return ngx_chat_log_broken(log);
    }

    other = 1 - (rules->current & 1);
    c = &rules->conf[other];

    c->version = conf->version;
    c->slow = conf->slow;
    c->lock = (uint16_t) conf->lock;
    ngx_chat_log_at("rules half written");

    c->sum = ngx_chat_log_rules_sum(c, ngx_chat_log_rules_hash(log, name));
    ngx_chat_log_at("rules written");

    rules->current = other;
    ngx_chat_log_at("rules set");

    if (room->rules == 0) {
        rules->room = ngx_chat_log_index(log, room);
        rules->cell.kind = NGX_CHAT_LOG_RULES;
        ngx_chat_log_at("rules made");

        room->rules = ngx_chat_log_index(log, rules);
        ngx_chat_log_at("rules linked");
    }

    return NGX_CHAT_LOG_OK;
}


ngx_chat_log_rc_e
ngx_chat_log_rules_drop(ngx_chat_log_t *log, ngx_chat_log_room_t *room)
{
    ngx_chat_log_rules_t  *rules;

    if (room->rules == 0) {
        return NGX_CHAT_LOG_OK;
    }

    rules = ngx_chat_log_rules(log, room);

    if (rules == NULL || rules->rights != 0) {
        return ngx_chat_log_broken(log);
    }

    room->rules = 0;
    rules->cell.kind = NGX_CHAT_LOG_FREE;
    ngx_chat_log_at("rules dropped");

    memset(rules->conf, 0, sizeof(rules->conf));
    ngx_chat_log_give(log, rules);

    return NGX_CHAT_LOG_OK;
}


int
ngx_chat_log_ruled(const ngx_chat_log_t *log, const ngx_chat_log_room_t *room)
{
    const ngx_chat_log_conf_t   *conf;
    const ngx_chat_log_rules_t  *rules;

    rules = ngx_chat_log_rules(log, room);
    if (rules == NULL) {
        return 0;
    }

    conf = &rules->conf[rules->current & 1];

    return rules->rights != 0
           || conf->slow != 0
           || conf->lock != NGX_CHAT_LOCK_OPEN;
}


uint64_t
ngx_chat_log_rules_sum(const ngx_chat_log_conf_t *conf, uint64_t hash)
{
    uint64_t  sum;

    sum = ngx_chat_log_mix(hash, conf->version);
    sum = ngx_chat_log_mix(sum, conf->slow);

    return ngx_chat_log_mix(sum, conf->lock);
}
