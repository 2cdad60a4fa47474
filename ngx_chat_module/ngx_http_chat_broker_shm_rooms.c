
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The rooms of the embedded store, read for answers: some cells at a time, so
 * that nobody waits long for the lock, however many there are.
 */


#include "ngx_http_chat_broker_shm.h"


ngx_int_t
ngx_http_chat_shm_rooms(ngx_http_chat_broker_t *broker,
    const ngx_chat_str_t *after, ngx_uint_t limit,
    const ngx_http_chat_ticket_t *ticket)
{
    ngx_int_t                next;
    ngx_http_chat_shm_t     *b;
    ngx_http_chat_shm_op_t  *op;

    static const ngx_chat_str_t  none = { 0, NULL };

    b = (ngx_http_chat_shm_t *) broker;

    if (b->head.state != NGX_HTTP_CHAT_BROKER_READY) {
        return NGX_DECLINED;
    }

    op = ngx_http_chat_shm_op(b, NGX_HTTP_CHAT_SHM_ROOMS, ticket);
    if (op == NULL) {
        return NGX_DECLINED;
    }

    next = (after->len != 0) ? ngx_atoi((u_char *) after->data, after->len)
                             : 0;

    if (next == NGX_ERROR) {
        op->code = NGX_CHAT_CODE_BAD_REQUEST;
        next = 0;
    }

    op->u.rooms.next = (uint64_t) next;
    op->u.rooms.limit = ngx_min(limit, NGX_HTTP_CHAT_SHM_LIST_MAX);

    ngx_http_chat_shm_op_names(op, &none, &none);
    ngx_http_chat_shm_op_due(b, op);

    return NGX_OK;
}


ngx_int_t
ngx_http_chat_shm_tell_rooms(ngx_http_chat_shm_t *b,
    ngx_http_chat_shm_op_t *op)
{
    u_char                  text[NGX_INT64_LEN];
    ngx_chat_log_rc_e       rc;
    ngx_chat_log_rooms_t    rooms;
    ngx_http_chat_reply_t   reply;

    ngx_memzero(&reply, sizeof(ngx_http_chat_reply_t));

    if (ngx_http_chat_shm_lock(b) != NGX_OK) {
        return NGX_DECLINED;
    }

    ngx_http_chat_zone_crash(b->zone, "rooms");

    rooms.buf = b->page;
    rooms.recs = b->records;
    rooms.limit = op->u.rooms.limit;
    rooms.next = op->u.rooms.next;

    rc = ngx_chat_log_rooms(b->zone->region, &rooms);

    ngx_http_chat_shm_unlock(b, rc);

    reply.code = ngx_http_chat_shm_code(b, rc);
    reply.records = b->records;
    reply.nrecords = rooms.n;
    reply.more = (rooms.next != 0);
    reply.next.data = text;
    reply.next.len = ngx_sprintf(text, "%uL", rooms.next) - text;

    ngx_http_chat_shm_give(op, &reply);

    return NGX_OK;
}
