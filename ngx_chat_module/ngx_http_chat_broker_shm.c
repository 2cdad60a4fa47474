
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The broker's operations on the zone; see the header. */


#include "ngx_http_chat_broker_shm.h"


static ngx_int_t ngx_http_chat_shm_subscribe(ngx_http_chat_broker_t *broker,
    const ngx_chat_str_t *room, const ngx_http_chat_ticket_t *ticket);
static void ngx_http_chat_shm_unsubscribe(ngx_http_chat_broker_t *broker,
    const ngx_chat_str_t *room);
static ngx_int_t ngx_http_chat_shm_publish(ngx_http_chat_broker_t *broker,
    const ngx_chat_wire_t *rec, const ngx_chat_actor_t *actor,
    const ngx_http_chat_keep_t *conf, const ngx_http_chat_ticket_t *ticket);
static void ngx_http_chat_shm_signal(ngx_http_chat_broker_t *broker,
    const ngx_chat_wire_t *rec);
static ngx_int_t ngx_http_chat_shm_history(ngx_http_chat_broker_t *broker,
    const ngx_chat_str_t *room, const ngx_http_chat_query_t *query,
    const ngx_http_chat_ticket_t *ticket);
static ngx_int_t ngx_http_chat_shm_enter(ngx_http_chat_broker_t *broker,
    const ngx_chat_str_t *room, const ngx_chat_user_t *user, ngx_uint_t max,
    const ngx_http_chat_ticket_t *ticket);
static ngx_int_t ngx_http_chat_shm_leave(ngx_http_chat_broker_t *broker,
    const ngx_chat_str_t *room, const ngx_chat_user_t *user,
    const ngx_http_chat_ticket_t *ticket);
static ngx_int_t ngx_http_chat_shm_list(ngx_http_chat_broker_t *broker,
    const ngx_chat_str_t *room, const ngx_chat_str_t *after, ngx_uint_t limit,
    const ngx_http_chat_ticket_t *ticket);
static ngx_int_t ngx_http_chat_shm_sweep(ngx_http_chat_broker_t *broker,
    const ngx_chat_str_t *room, const ngx_http_chat_ticket_t *ticket);

static void ngx_http_chat_shm_keep(ngx_chat_log_keep_t *keep,
    const ngx_http_chat_keep_t *conf);


/* by ngx_http_chat_part_e */

static const ngx_chat_log_part_e  ngx_http_chat_shm_parts[] = {
    NGX_CHAT_LOG_LATEST, NGX_CHAT_LOG_BEFORE, NGX_CHAT_LOG_AFTER,
    NGX_CHAT_LOG_RESUME
};


const ngx_http_chat_broker_ops_t  ngx_http_chat_broker_shm = {
    ngx_string("shm"),
    0,
    ngx_http_chat_shm_init_worker,
    ngx_http_chat_shm_exit_worker,
    ngx_http_chat_shm_subscribe,
    ngx_http_chat_shm_unsubscribe,
    ngx_http_chat_shm_publish,
    ngx_http_chat_shm_signal,
    ngx_http_chat_shm_history,
    ngx_http_chat_shm_enter,
    ngx_http_chat_shm_leave,
    ngx_http_chat_shm_list,
    ngx_http_chat_shm_sweep,
    ngx_http_chat_shm_rights,
    ngx_http_chat_shm_moderate,
    ngx_http_chat_shm_acts,
    ngx_http_chat_shm_rooms,
    NULL,
    NULL,
    NULL,
    ngx_http_chat_shm_note,
    ngx_http_chat_shm_take
};


ngx_http_chat_shm_op_t *
ngx_http_chat_shm_begin(ngx_http_chat_shm_t *b, ngx_http_chat_shm_kind_e kind,
    const ngx_http_chat_ticket_t *ticket, const char *where)
{
    ngx_http_chat_shm_op_t  *op;

    op = ngx_http_chat_shm_op(b, kind, ticket);
    if (op == NULL) {
        return NULL;
    }

    if (ngx_http_chat_shm_lock(b) != NGX_OK) {
        ngx_http_chat_shm_op_free(b, op);
        return NULL;
    }

    (void) where;
    ngx_http_chat_zone_crash(b->zone, where);

    return op;
}


void
ngx_http_chat_shm_end(ngx_http_chat_shm_t *b, ngx_http_chat_shm_op_t *op,
    ngx_chat_log_rc_e rc)
{
    ngx_http_chat_shm_unlock(b, rc);

    op->code = ngx_http_chat_shm_code(b, rc);

    ngx_http_chat_shm_op_due(b, op);
}


static ngx_int_t
ngx_http_chat_shm_subscribe(ngx_http_chat_broker_t *broker,
    const ngx_chat_str_t *room, const ngx_http_chat_ticket_t *ticket)
{
    ngx_chat_log_rc_e        rc;
    ngx_chat_log_stat_t      stat;
    ngx_http_chat_shm_t     *b;
    ngx_http_chat_shm_op_t  *op;

    b = (ngx_http_chat_shm_t *) broker;

    op = ngx_http_chat_shm_begin(b, NGX_HTTP_CHAT_SHM_SUBSCRIBED, ticket,
                                 "subscribe");
    if (op == NULL) {
        return NGX_DECLINED;
    }

    rc = ngx_chat_log_subscribe(b->zone->region, (unsigned) b->slot, room);
    ngx_chat_log_stat(b->zone->region, &stat);

    op->u.place.news = stat.news_head;
    op->u.place.log = stat.log_head;

    ngx_http_chat_shm_op_names(op, room, NULL);
    ngx_http_chat_shm_end(b, op, rc);

    return NGX_OK;
}


static void
ngx_http_chat_shm_unsubscribe(ngx_http_chat_broker_t *broker,
    const ngx_chat_str_t *room)
{
    ngx_chat_log_rc_e     rc;
    ngx_http_chat_shm_t  *b;

    b = (ngx_http_chat_shm_t *) broker;

    if (ngx_http_chat_shm_lock(b) != NGX_OK) {
        /* when it is READY again it listens to nothing */
        return;
    }

    ngx_http_chat_zone_crash(b->zone, "unsubscribe");

    rc = ngx_chat_log_unsubscribe(b->zone->region, (unsigned) b->slot, room);

    ngx_http_chat_shm_unlock(b, rc);
}


static ngx_int_t
ngx_http_chat_shm_publish(ngx_http_chat_broker_t *broker,
    const ngx_chat_wire_t *rec, const ngx_chat_actor_t *actor,
    const ngx_http_chat_keep_t *conf, const ngx_http_chat_ticket_t *ticket)
{
    u_char                   print[NGX_HTTP_CHAT_BROKER_PRINT];
    ngx_chat_log_rc_e        rc;
    ngx_chat_log_keep_t      keep;
    ngx_chat_log_caller_t    caller;
    ngx_http_chat_shm_t     *b;
    ngx_http_chat_shm_op_t  *op;

    b = (ngx_http_chat_shm_t *) broker;

    ngx_http_chat_shm_keep(&keep, conf);

    if (keep.dedupe != 0) {
        ngx_http_chat_broker_print(print, rec);

    } else {
        ngx_memzero(print, sizeof(print));
    }

    op = ngx_http_chat_shm_begin(b, NGX_HTTP_CHAT_SHM_PUBLISHED, ticket,
                                 "publish");
    if (op == NULL) {
        return NGX_DECLINED;
    }

    ngx_http_chat_shm_caller(b, &caller);
    caller.actor = actor;

    ngx_http_chat_shm_note_begin(&conf->note);

    rc = ngx_chat_log_publish(&caller, rec, &keep, print, &op->u.stored);

    if (rc == NGX_CHAT_LOG_OK) {
        ngx_http_chat_shm_wake(b, &op->u.stored.wake);
        ngx_http_chat_shm_note_stored(&conf->note, rec, &op->u.stored);
    }

    ngx_http_chat_shm_note_end(&conf->note);

    ngx_http_chat_shm_end(b, op, rc);

    if (rc == NGX_CHAT_LOG_REFUSED) {
        op->code = op->u.stored.verdict.code;
    }

    return NGX_OK;
}


static void
ngx_http_chat_shm_signal(ngx_http_chat_broker_t *broker,
    const ngx_chat_wire_t *rec)
{
    ngx_chat_log_rc_e       rc;
    ngx_chat_log_slots_t    wake;
    ngx_chat_log_caller_t   caller;
    ngx_http_chat_shm_t    *b;

    b = (ngx_http_chat_shm_t *) broker;

    if (ngx_http_chat_shm_lock(b) != NGX_OK) {
        return;
    }

    ngx_http_chat_zone_crash(b->zone, "signal");

    ngx_http_chat_shm_caller(b, &caller);
    rc = ngx_chat_log_signal(&caller, rec, &wake);

    ngx_http_chat_shm_unlock(b, rc);

    if (rc == NGX_CHAT_LOG_OK) {
        ngx_http_chat_shm_wake(b, &wake);
        ngx_http_chat_shm_post(b);
    }
}


static ngx_int_t
ngx_http_chat_shm_history(ngx_http_chat_broker_t *broker,
    const ngx_chat_str_t *room, const ngx_http_chat_query_t *query,
    const ngx_http_chat_ticket_t *ticket)
{
    ngx_http_chat_shm_t     *b;
    ngx_http_chat_shm_op_t  *op;

    b = (ngx_http_chat_shm_t *) broker;

    if (b->head.state != NGX_HTTP_CHAT_BROKER_READY) {
        return NGX_DECLINED;
    }

    op = ngx_http_chat_shm_op(b, NGX_HTTP_CHAT_SHM_HISTORY, ticket);
    if (op == NULL) {
        return NGX_DECLINED;
    }

    op->u.query.part = ngx_http_chat_shm_parts[query->part];
    op->u.query.number = query->number;
    op->u.query.limit = ngx_min(query->limit, NGX_HTTP_CHAT_SHM_LIST_MAX);
    op->u.query.size = ngx_min(query->size, NGX_HTTP_CHAT_SHM_PAGE);

    ngx_http_chat_shm_keep(&op->u.query.keep, &query->keep);
    ngx_http_chat_shm_op_names(op, room, &query->epoch);
    ngx_http_chat_shm_op_due(b, op);

    return NGX_OK;
}


static ngx_int_t
ngx_http_chat_shm_enter(ngx_http_chat_broker_t *broker,
    const ngx_chat_str_t *room, const ngx_chat_user_t *user, ngx_uint_t max,
    const ngx_http_chat_ticket_t *ticket)
{
    ngx_chat_log_rc_e         rc;
    ngx_http_chat_shm_t      *b;
    ngx_chat_log_caller_t     caller;
    ngx_chat_log_present_t    present;
    ngx_http_chat_shm_op_t   *op;

    b = (ngx_http_chat_shm_t *) broker;

    op = ngx_http_chat_shm_begin(b, NGX_HTTP_CHAT_SHM_ENTERED, ticket,
                                 "enter");
    if (op == NULL) {
        return NGX_DECLINED;
    }

    ngx_http_chat_shm_caller(b, &caller);
    rc = ngx_chat_log_enter(&caller, room, user, &present);

    op->u.limit = ngx_min(max, NGX_HTTP_CHAT_SHM_LIST_MAX);

    if (rc == NGX_CHAT_LOG_OK) {
        ngx_http_chat_shm_wake(b, &present.wake);
    }

    ngx_http_chat_shm_op_names(op, room, NULL);
    ngx_http_chat_shm_end(b, op, rc);

    return NGX_OK;
}


static ngx_int_t
ngx_http_chat_shm_leave(ngx_http_chat_broker_t *broker,
    const ngx_chat_str_t *room, const ngx_chat_user_t *user,
    const ngx_http_chat_ticket_t *ticket)
{
    ngx_chat_log_rc_e         rc;
    ngx_http_chat_shm_t      *b;
    ngx_chat_log_caller_t     caller;
    ngx_chat_log_present_t    present;
    ngx_http_chat_shm_op_t   *op;

    b = (ngx_http_chat_shm_t *) broker;

    op = ngx_http_chat_shm_begin(b, NGX_HTTP_CHAT_SHM_DONE, ticket, "leave");
    if (op == NULL) {
        return NGX_DECLINED;
    }

    ngx_http_chat_shm_caller(b, &caller);
    rc = ngx_chat_log_leave(&caller, room, &user->id, &present);

    if (rc == NGX_CHAT_LOG_OK) {
        op->u.count = present.count;
        ngx_http_chat_shm_wake(b, &present.wake);
    }

    ngx_http_chat_shm_end(b, op, rc);

    return NGX_OK;
}


static ngx_int_t
ngx_http_chat_shm_list(ngx_http_chat_broker_t *broker,
    const ngx_chat_str_t *room, const ngx_chat_str_t *after, ngx_uint_t limit,
    const ngx_http_chat_ticket_t *ticket)
{
    ngx_http_chat_shm_t     *b;
    ngx_http_chat_shm_op_t  *op;

    b = (ngx_http_chat_shm_t *) broker;

    if (b->head.state != NGX_HTTP_CHAT_BROKER_READY) {
        return NGX_DECLINED;
    }

    op = ngx_http_chat_shm_op(b, NGX_HTTP_CHAT_SHM_LIST, ticket);
    if (op == NULL) {
        return NGX_DECLINED;
    }

    op->u.limit = ngx_min(limit, NGX_HTTP_CHAT_SHM_LIST_MAX);

    ngx_http_chat_shm_op_names(op, room, after);
    ngx_http_chat_shm_op_due(b, op);

    return NGX_OK;
}


/* Slots are swept, of all rooms at once. */

static ngx_int_t
ngx_http_chat_shm_sweep(ngx_http_chat_broker_t *broker,
    const ngx_chat_str_t *room, const ngx_http_chat_ticket_t *ticket)
{
    ngx_http_chat_shm_t     *b;
    ngx_http_chat_shm_op_t  *op;

    (void) room;

    b = (ngx_http_chat_shm_t *) broker;

    if (b->head.state != NGX_HTTP_CHAT_BROKER_READY) {
        return NGX_DECLINED;
    }

    op = ngx_http_chat_shm_op(b, NGX_HTTP_CHAT_SHM_DONE, ticket);
    if (op == NULL) {
        return NGX_DECLINED;
    }

    ngx_http_chat_shm_op_due(b, op);

    return NGX_OK;
}


static void
ngx_http_chat_shm_keep(ngx_chat_log_keep_t *keep,
    const ngx_http_chat_keep_t *conf)
{
    keep->count = conf->count;
    keep->time = (int64_t) conf->time * 1000;
    keep->dedupe = (int64_t) conf->dedupe;
}


ngx_chat_code_e
ngx_http_chat_shm_code(ngx_http_chat_shm_t *b, ngx_chat_log_rc_e rc)
{
    switch (rc) {

    case NGX_CHAT_LOG_OK:
    case NGX_CHAT_LOG_NONE:
        /* of a room that is not there: nobody is in it */
        return NGX_CHAT_CODE_OK;

    case NGX_CHAT_LOG_REUSED:
        return NGX_CHAT_CODE_CID_REUSED;

    case NGX_CHAT_LOG_REFUSED:
        return NGX_CHAT_CODE_FORBIDDEN;

    case NGX_CHAT_LOG_LARGE:
        return NGX_CHAT_CODE_TOO_LARGE;

    case NGX_CHAT_LOG_FULL:
        ngx_http_chat_shm_full(b);
        return NGX_CHAT_CODE_UNAVAILABLE;

    default: /* NGX_CHAT_LOG_BROKEN */
        return NGX_CHAT_CODE_UNAVAILABLE;
    }
}


void
ngx_http_chat_shm_caller(ngx_http_chat_shm_t *b,
    ngx_chat_log_caller_t *caller)
{
    ngx_time_t  *tp;

    tp = ngx_timeofday();

    caller->log = b->zone->region;
    caller->slot = (unsigned) b->slot;
    caller->actor = NULL;
    caller->now = (int64_t) tp->sec * 1000 + (int64_t) tp->msec;
}
