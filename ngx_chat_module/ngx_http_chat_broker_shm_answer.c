
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Answers of the embedded store: kept until the turn's end, and what is read
 * is read for them.
 */


#include "ngx_http_chat_broker_shm.h"


#define NGX_HTTP_CHAT_SHM_FREE_MAX   1024      /* operations kept */

/* what one turn answers; what is read costs so much more */
#define NGX_HTTP_CHAT_SHM_BUDGET     1024
#define NGX_HTTP_CHAT_SHM_READ_COST  32


static void ngx_http_chat_shm_answer(ngx_http_chat_shm_t *b,
    ngx_http_chat_shm_op_t *op);
static void ngx_http_chat_shm_refuse(ngx_http_chat_shm_t *b,
    ngx_queue_t *queue);
static ngx_chat_code_e ngx_http_chat_shm_read_history(ngx_http_chat_shm_t *b,
    ngx_http_chat_shm_op_t *op, ngx_chat_log_page_t *page);
static ngx_chat_code_e ngx_http_chat_shm_read_list(ngx_http_chat_shm_t *b,
    ngx_http_chat_shm_op_t *op, ngx_chat_log_present_t *present);
static void ngx_http_chat_shm_tell_history(ngx_http_chat_shm_t *b,
    ngx_http_chat_shm_op_t *op);
static void ngx_http_chat_shm_tell_users(ngx_http_chat_shm_t *b,
    ngx_http_chat_shm_op_t *op);
static void ngx_http_chat_shm_give(ngx_http_chat_shm_op_t *op,
    const ngx_http_chat_reply_t *reply);


ngx_http_chat_shm_op_t *
ngx_http_chat_shm_op(ngx_http_chat_shm_t *b, ngx_http_chat_shm_kind_e kind,
    const ngx_http_chat_ticket_t *ticket)
{
    ngx_queue_t             *q;
    ngx_http_chat_shm_op_t  *op;

    if (ngx_queue_empty(&b->free)) {
        op = ngx_alloc(sizeof(ngx_http_chat_shm_op_t), b->log);
        if (op == NULL) {
            return NULL;
        }

    } else {
        q = ngx_queue_head(&b->free);
        ngx_queue_remove(q);
        b->nfree--;

        op = ngx_queue_data(q, ngx_http_chat_shm_op_t, queue);
    }

    ngx_memzero(op, offsetof(ngx_http_chat_shm_op_t, buf));

    op->kind = kind;
    op->ticket = *ticket;
    op->code = NGX_CHAT_CODE_OK;

    return op;
}


void
ngx_http_chat_shm_op_names(ngx_http_chat_shm_op_t *op,
    const ngx_chat_str_t *room, const ngx_chat_str_t *text)
{
    u_char  *p;

    /* both were looked at by whoever asks: longer ones do not come */

    op->room.len = ngx_min(room->len, NGX_CHAT_NAME_ROOM_MAX);
    op->room.data = op->buf;
    op->hash = ngx_crc32_short((u_char *) room->data, room->len);

    p = ngx_cpymem(op->buf, room->data, op->room.len);

    op->text.data = p;

    if (text != NULL && text->len != 0) {
        op->text.len = ngx_min(text->len, NGX_CHAT_NAME_USER_MAX);
        ngx_memcpy(p, text->data, op->text.len);
    }
}


void
ngx_http_chat_shm_op_free(ngx_http_chat_shm_t *b, ngx_http_chat_shm_op_t *op)
{
    if (b->nfree == NGX_HTTP_CHAT_SHM_FREE_MAX) {
        ngx_free(op);
        return;
    }

    ngx_queue_insert_head(&b->free, &op->queue);
    b->nfree++;
}


void
ngx_http_chat_shm_op_due(ngx_http_chat_shm_t *b, ngx_http_chat_shm_op_t *op)
{
    ngx_queue_insert_tail((op->kind == NGX_HTTP_CHAT_SHM_SUBSCRIBED)
                          ? &b->subscribing : &b->answers, &op->queue);

    ngx_http_chat_shm_post(b);
}


/* What an answer causes is answered in the next turn. */

ngx_uint_t
ngx_http_chat_shm_answers(ngx_http_chat_shm_t *b)
{
    ngx_uint_t               cost;
    ngx_queue_t             *q, *last;
    ngx_http_chat_shm_op_t  *op;

    if (ngx_queue_empty(&b->answers)) {
        return 0;
    }

    cost = 0;
    last = ngx_queue_last(&b->answers);

    do {
        q = ngx_queue_head(&b->answers);
        ngx_queue_remove(q);

        op = ngx_queue_data(q, ngx_http_chat_shm_op_t, queue);

        cost += (op->kind >= NGX_HTTP_CHAT_SHM_HISTORY)
                ? NGX_HTTP_CHAT_SHM_READ_COST : 1;

        ngx_http_chat_shm_answer(b, op);

    } while (q != last && cost < NGX_HTTP_CHAT_SHM_BUDGET);

    return !ngx_queue_empty(&b->answers);
}


void
ngx_http_chat_shm_subscribed(ngx_http_chat_shm_t *b, ngx_uint_t reached)
{
    ngx_uint_t               passed;
    ngx_queue_t             *q;
    ngx_http_chat_shm_op_t  *op;

    while (!ngx_queue_empty(&b->subscribing)) {
        q = ngx_queue_head(&b->subscribing);
        op = ngx_queue_data(q, ngx_http_chat_shm_op_t, queue);

        passed = b->cursor.news > op->u.position.news
                 || b->cursor.log > op->u.position.log;

        if (reached) {
            passed = b->cursor.news >= op->u.position.news
                     && b->cursor.log >= op->u.position.log;
        }

        if (!passed) {
            return;
        }

        ngx_queue_remove(q);
        ngx_http_chat_shm_answer(b, op);
    }
}


ngx_uint_t
ngx_http_chat_shm_early(ngx_http_chat_shm_t *b, const ngx_chat_str_t *room)
{
    uint32_t                 hash;
    ngx_queue_t             *q;
    ngx_http_chat_shm_op_t  *op;

    if (ngx_queue_empty(&b->subscribing)) {
        return 0;
    }

    hash = ngx_crc32_short((u_char *) room->data, room->len);

    for (q = ngx_queue_head(&b->subscribing);
         q != ngx_queue_sentinel(&b->subscribing);
         q = ngx_queue_next(q))
    {
        op = ngx_queue_data(q, ngx_http_chat_shm_op_t, queue);

        if (op->hash == hash && op->room.len == room->len
            && ngx_memcmp(op->room.data, room->data, room->len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


void
ngx_http_chat_shm_abandon(ngx_http_chat_shm_t *b, ngx_uint_t all)
{
    ngx_queue_t  queue;

    /* callbacks are declined meanwhile, and so add nothing */

    ngx_queue_init(&queue);
    ngx_queue_add(&queue, &b->subscribing);
    ngx_queue_init(&b->subscribing);

    ngx_http_chat_shm_refuse(b, &queue);

    if (all) {
        ngx_queue_init(&queue);
        ngx_queue_add(&queue, &b->answers);
        ngx_queue_init(&b->answers);

        ngx_http_chat_shm_refuse(b, &queue);
    }
}


static void
ngx_http_chat_shm_refuse(ngx_http_chat_shm_t *b, ngx_queue_t *queue)
{
    ngx_queue_t             *q;
    ngx_http_chat_shm_op_t  *op;

    while (!ngx_queue_empty(queue)) {
        q = ngx_queue_head(queue);
        ngx_queue_remove(q);

        op = ngx_queue_data(q, ngx_http_chat_shm_op_t, queue);
        op->code = NGX_CHAT_CODE_UNAVAILABLE;

        ngx_http_chat_shm_answer(b, op);
    }
}


static void
ngx_http_chat_shm_answer(ngx_http_chat_shm_t *b, ngx_http_chat_shm_op_t *op)
{
    ngx_http_chat_reply_t  reply;

    if (op->code != NGX_CHAT_CODE_OK
        || op->kind < NGX_HTTP_CHAT_SHM_HISTORY)
    {
        ngx_memzero(&reply, sizeof(ngx_http_chat_reply_t));
        reply.code = op->code;

        if (op->kind == NGX_HTTP_CHAT_SHM_DONE) {
            reply.count = op->u.count;

        } else if (op->kind == NGX_HTTP_CHAT_SHM_PUBLISHED) {
            reply.seq = op->u.stored.seq;
            reply.prev = op->u.stored.prev;
            reply.time = op->u.stored.time;
            reply.dup = (op->u.stored.dup != 0);
            reply.epoch.len = op->u.stored.epoch_len;
            reply.epoch.data = op->u.stored.epoch;
        }

        ngx_http_chat_shm_give(op, &reply);

    } else if (op->kind == NGX_HTTP_CHAT_SHM_HISTORY) {
        ngx_http_chat_shm_tell_history(b, op);

    } else {
        ngx_http_chat_shm_tell_users(b, op);
    }

    ngx_http_chat_shm_op_free(b, op);
}


static void
ngx_http_chat_shm_tell_history(ngx_http_chat_shm_t *b,
    ngx_http_chat_shm_op_t *op)
{
    ngx_chat_log_page_t    page;
    ngx_http_chat_reply_t  reply;

    ngx_memzero(&page, sizeof(ngx_chat_log_page_t));
    ngx_memzero(&reply, sizeof(ngx_http_chat_reply_t));

    reply.code = ngx_http_chat_shm_read_history(b, op, &page);

    if (reply.code == NGX_CHAT_CODE_OK) {
        reply.seq = page.top;
        reply.floor = page.floor;
        reply.whole = page.whole;
        reply.more = page.more;
        reply.epoch.len = page.epoch_len;
        reply.epoch.data = page.epoch;
        reply.records = b->records;
        reply.nrecords = page.n;

        if (page.other && op->u.query.part != NGX_CHAT_LOG_RESUME) {
            reply.code = NGX_CHAT_CODE_EPOCH_CHANGED;
        }
    }

    ngx_http_chat_shm_give(op, &reply);
}


static ngx_chat_code_e
ngx_http_chat_shm_read_history(ngx_http_chat_shm_t *b,
    ngx_http_chat_shm_op_t *op, ngx_chat_log_page_t *page)
{
    ngx_chat_log_rc_e  rc;

    if (ngx_http_chat_shm_lock(b) != NGX_OK) {
        return NGX_CHAT_CODE_UNAVAILABLE;
    }

    ngx_http_chat_zone_crash(b->zone, "history");

    op->u.query.epoch = op->text;

    rc = ngx_chat_log_history(b->zone->region, &op->room, &op->u.query,
                              ngx_http_chat_shm_now(), b->page, b->records,
                              page);

    ngx_http_chat_shm_unlock(b, rc);

    if (rc == NGX_CHAT_LOG_FULL) {
        ngx_http_chat_shm_full(b);
    }

    return (rc == NGX_CHAT_LOG_OK) ? NGX_CHAT_CODE_OK
                                   : NGX_CHAT_CODE_UNAVAILABLE;
}


/* enter() asks for all or none, list() for a page. */

static void
ngx_http_chat_shm_tell_users(ngx_http_chat_shm_t *b,
    ngx_http_chat_shm_op_t *op)
{
    ngx_http_chat_reply_t   reply;
    ngx_chat_log_present_t  present;

    ngx_memzero(&present, sizeof(ngx_chat_log_present_t));
    ngx_memzero(&reply, sizeof(ngx_http_chat_reply_t));

    reply.code = ngx_http_chat_shm_read_list(b, op, &present);

    if (reply.code == NGX_CHAT_CODE_OK) {
        reply.count = present.count;
        reply.listed = (op->kind == NGX_HTTP_CHAT_SHM_LIST)
                       || (op->u.limit != 0 && !present.more);

        if (reply.listed) {
            reply.more = present.more;
            reply.users = b->users;
            reply.nusers = present.n;
        }
    }

    ngx_http_chat_shm_give(op, &reply);
}


static ngx_chat_code_e
ngx_http_chat_shm_read_list(ngx_http_chat_shm_t *b,
    ngx_http_chat_shm_op_t *op, ngx_chat_log_present_t *present)
{
    ngx_chat_log_rc_e  rc;

    if (ngx_http_chat_shm_lock(b) != NGX_OK) {
        return NGX_CHAT_CODE_UNAVAILABLE;
    }

    ngx_http_chat_zone_crash(b->zone, "list");

    rc = ngx_chat_log_list(b->zone->region, &op->room, &op->text,
                           op->u.limit, b->page, b->users, present);

    ngx_http_chat_shm_unlock(b, rc);

    /* of a room that nobody knows: nobody is in it */

    return (rc == NGX_CHAT_LOG_OK || rc == NGX_CHAT_LOG_NONE)
           ? NGX_CHAT_CODE_OK : NGX_CHAT_CODE_UNAVAILABLE;
}


static void
ngx_http_chat_shm_give(ngx_http_chat_shm_op_t *op,
    const ngx_http_chat_reply_t *reply)
{
    op->ticket.handler(&op->ticket, reply);
}


void
ngx_http_chat_shm_op_cleanup(ngx_http_chat_shm_t *b)
{
    ngx_queue_t  *q;

    while (!ngx_queue_empty(&b->free)) {
        q = ngx_queue_head(&b->free);
        ngx_queue_remove(q);

        ngx_free(ngx_queue_data(q, ngx_http_chat_shm_op_t, queue));
    }

    b->nfree = 0;
}
