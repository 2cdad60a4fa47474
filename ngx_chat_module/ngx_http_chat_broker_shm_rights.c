
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The rights of rooms in the zone: asked for, changed, and told of. */


#include "ngx_http_chat_broker_shm.h"


#if (NGX_HTTP_CHAT_RIGHTS_MAX != NGX_CHAT_LOG_RIGHTS_MAX)
#error the embedded store has to keep what the contract of stores says
#endif


static ngx_chat_log_rc_e ngx_http_chat_shm_read_acts(ngx_http_chat_shm_t *b,
    ngx_http_chat_shm_op_t *op, ngx_chat_log_page_t *page);


ngx_int_t
ngx_http_chat_shm_rights(ngx_http_chat_broker_t *broker,
    const ngx_chat_str_t *room, const ngx_chat_actor_t *actor,
    const ngx_http_chat_ticket_t *ticket)
{
    ngx_chat_log_rc_e        rc;
    ngx_chat_log_caller_t    caller;
    ngx_http_chat_shm_t     *b;
    ngx_http_chat_shm_op_t  *op;

    b = (ngx_http_chat_shm_t *) broker;

    op = ngx_http_chat_shm_begin(b, NGX_HTTP_CHAT_SHM_RIGHTS, ticket,
                                 "rights");
    if (op == NULL) {
        return NGX_DECLINED;
    }

    ngx_http_chat_shm_caller(b, &caller);
    caller.actor = actor;

    rc = ngx_chat_log_rights(&caller, room, &op->u.rights);

    ngx_http_chat_shm_end(b, op, rc);

    if (rc == NGX_CHAT_LOG_REFUSED) {
        op->code = op->u.rights.verdict.code;
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_chat_shm_moderate(ngx_http_chat_broker_t *broker,
    const ngx_chat_str_t *room, const ngx_chat_actor_t *actor,
    const ngx_chat_mod_t *mod, const ngx_http_chat_ticket_t *ticket)
{
    ngx_chat_log_rc_e        rc;
    ngx_chat_log_caller_t    caller;
    ngx_http_chat_shm_t     *b;
    ngx_http_chat_shm_op_t  *op;

    b = (ngx_http_chat_shm_t *) broker;

    op = ngx_http_chat_shm_begin(b, NGX_HTTP_CHAT_SHM_RIGHTS, ticket,
                                 "moderate");
    if (op == NULL) {
        return NGX_DECLINED;
    }

    ngx_http_chat_shm_caller(b, &caller);
    caller.actor = actor;

    rc = ngx_chat_log_moderate(&caller, room, mod, &op->u.rights);

    if (rc == NGX_CHAT_LOG_OK) {
        ngx_http_chat_shm_wake(b, &op->u.rights.wake);
    }

    ngx_http_chat_shm_end(b, op, rc);

    if (rc == NGX_CHAT_LOG_REFUSED) {
        op->code = op->u.rights.verdict.code;
    }

    return NGX_OK;
}


void
ngx_http_chat_shm_tell_rights(ngx_http_chat_shm_op_t *op,
    ngx_http_chat_reply_t *reply)
{
    reply->conf = op->u.rights.conf;
    reply->role = op->u.rights.verdict.role;
    reply->until = op->u.rights.until;
    reply->kick = op->u.rights.kick;

    if (op->code == NGX_CHAT_CODE_BANNED) {
        reply->until = op->u.rights.verdict.until;
    }
}


ngx_int_t
ngx_http_chat_shm_acts(ngx_http_chat_broker_t *broker,
    const ngx_chat_str_t *room, const ngx_chat_actor_t *actor,
    ngx_uint_t limit, const ngx_http_chat_ticket_t *ticket)
{
    ngx_http_chat_shm_t       *b;
    ngx_http_chat_shm_op_t    *op;
    ngx_http_chat_shm_acts_t  *acts;

    b = (ngx_http_chat_shm_t *) broker;

    if (b->head.state != NGX_HTTP_CHAT_BROKER_READY) {
        return NGX_DECLINED;
    }

    op = ngx_http_chat_shm_op(b, NGX_HTTP_CHAT_SHM_ACTS, ticket);
    if (op == NULL) {
        return NGX_DECLINED;
    }

    acts = &op->u.acts;
    acts->limit = ngx_min(limit, NGX_HTTP_CHAT_SHM_LIST_MAX);
    acts->given = actor->given;
    acts->ip_len = ngx_min(actor->ip.len, NGX_CHAT_RIGHTS_IP_MAX);

    if (acts->ip_len != 0) {
        ngx_memcpy(acts->ip, actor->ip.data, acts->ip_len);
    }

    ngx_http_chat_shm_op_names(op, room, &actor->user.id);
    ngx_http_chat_shm_op_due(b, op);

    return NGX_OK;
}


ngx_int_t
ngx_http_chat_shm_tell_acts(ngx_http_chat_shm_t *b,
    ngx_http_chat_shm_op_t *op)
{
    ngx_chat_log_rc_e      rc;
    ngx_chat_log_page_t    page;
    ngx_http_chat_reply_t  reply;

    ngx_memzero(&page, sizeof(ngx_chat_log_page_t));
    ngx_memzero(&reply, sizeof(ngx_http_chat_reply_t));

    if (ngx_http_chat_shm_lock(b) != NGX_OK) {
        return NGX_DECLINED;
    }

    rc = ngx_http_chat_shm_read_acts(b, op, &page);

    ngx_http_chat_shm_unlock(b, rc);

    reply.code = ngx_http_chat_shm_code(b, rc);

    if (reply.code == NGX_CHAT_CODE_OK) {
        reply.more = page.more;
        reply.records = b->records;
        reply.nrecords = page.n;
    }

    ngx_http_chat_shm_give(op, &reply);

    return NGX_OK;
}


static ngx_chat_log_rc_e
ngx_http_chat_shm_read_acts(ngx_http_chat_shm_t *b,
    ngx_http_chat_shm_op_t *op, ngx_chat_log_page_t *page)
{
    ngx_chat_actor_t        actor;
    ngx_chat_log_query_t    query;
    ngx_chat_log_caller_t   caller;

    ngx_http_chat_zone_crash(b->zone, "acts");

    ngx_memzero(&actor, sizeof(ngx_chat_actor_t));
    actor.user.id = op->text;
    actor.ip.data = op->u.acts.ip;
    actor.ip.len = op->u.acts.ip_len;
    actor.given = op->u.acts.given;

    ngx_memzero(&query, sizeof(ngx_chat_log_query_t));
    query.limit = op->u.acts.limit;
    query.size = NGX_HTTP_CHAT_SHM_LIST_MAX * NGX_CHAT_LOG_USER_MAX;

    page->buf = b->page;
    page->recs = b->records;

    ngx_http_chat_shm_caller(b, &caller);
    caller.actor = &actor;

    return ngx_chat_log_acts(&caller, &op->room, &query, page);
}
