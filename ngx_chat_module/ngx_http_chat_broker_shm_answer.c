
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
#define NGX_HTTP_CHAT_SHM_KEPT_COST  16


static ngx_uint_t ngx_http_chat_shm_due(ngx_http_chat_shm_t *b);
static ngx_uint_t ngx_http_chat_shm_cost(ngx_http_chat_shm_t *b,
    ngx_http_chat_shm_op_t *op);
static ngx_int_t ngx_http_chat_shm_answer(ngx_http_chat_shm_t *b,
    ngx_http_chat_shm_op_t *op);
static void ngx_http_chat_shm_tell(ngx_http_chat_shm_op_t *op);
static ngx_int_t ngx_http_chat_shm_read_history(ngx_http_chat_shm_t *b,
    ngx_http_chat_shm_op_t *op, ngx_chat_log_page_t *page);
static ngx_int_t ngx_http_chat_shm_tell_history(ngx_http_chat_shm_t *b,
    ngx_http_chat_shm_op_t *op);
static ngx_http_chat_shm_op_t *ngx_http_chat_shm_next(ngx_queue_t *queue);


ngx_http_chat_shm_op_t *
ngx_http_chat_shm_op(ngx_http_chat_shm_t *b, ngx_http_chat_shm_kind_e kind,
    const ngx_http_chat_ticket_t *ticket)
{
    ngx_http_chat_shm_op_t  *op;

    op = ngx_http_chat_shm_next(&b->free);

    if (op != NULL) {
        b->nfree--;

    } else {
        op = ngx_alloc(sizeof(ngx_http_chat_shm_op_t), b->log);
        if (op == NULL) {
            return NULL;
        }
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


ngx_uint_t
ngx_http_chat_shm_answers(ngx_http_chat_shm_t *b)
{
    ngx_uint_t  more;

    more = ngx_http_chat_shm_due(b);

    /* what is delivered from here on is not in these lists */
    ngx_http_chat_shm_forget_users(b);

    return more;
}


/* What an answer causes is answered in the next turn. */

static ngx_uint_t
ngx_http_chat_shm_due(ngx_http_chat_shm_t *b)
{
    ngx_uint_t               cost;
    ngx_queue_t             *last;
    ngx_http_chat_shm_op_t  *op;

    cost = 0;
    last = ngx_queue_last(&b->answers);

    while (cost < NGX_HTTP_CHAT_SHM_BUDGET) {
        op = ngx_http_chat_shm_next(&b->answers);

        if (op == NULL) {
            return 0;
        }

        cost += ngx_http_chat_shm_cost(b, op);

        if (ngx_http_chat_shm_answer(b, op) != NGX_OK) {
            /* the hub is told first that the store is AWAY */
            ngx_queue_insert_head(&b->answers, &op->queue);
            return 0;
        }

        if (&op->queue == last) {
            break;
        }
    }

    return !ngx_queue_empty(&b->answers);
}


static ngx_uint_t
ngx_http_chat_shm_cost(ngx_http_chat_shm_t *b, ngx_http_chat_shm_op_t *op)
{
    if (op->kind < NGX_HTTP_CHAT_SHM_HISTORY) {
        return 1;
    }

    return ngx_http_chat_shm_kept_users(b, op) ? NGX_HTTP_CHAT_SHM_KEPT_COST
                                               : NGX_HTTP_CHAT_SHM_READ_COST;
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

        passed = b->cursor.news > op->u.place.news
                 || b->cursor.log > op->u.place.log;

        if (reached) {
            passed = b->cursor.news >= op->u.place.news
                     && b->cursor.log >= op->u.place.log;
        }

        if (!passed) {
            return;
        }

        ngx_queue_remove(q);
        (void) ngx_http_chat_shm_answer(b, op);
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


/* What was done is told all the same; what was to be read is not. */

void
ngx_http_chat_shm_abandon(ngx_http_chat_shm_t *b, ngx_uint_t all)
{
    ngx_http_chat_shm_op_t  *op;

    /* callbacks are declined meanwhile, and so add nothing */

    for ( ;; ) {
        op = ngx_http_chat_shm_next(&b->subscribing);

        if (op == NULL) {
            op = ngx_http_chat_shm_next(&b->answers);
        }

        if (op == NULL) {
            return;
        }

        if (all || op->kind >= NGX_HTTP_CHAT_SHM_HISTORY
            || op->kind == NGX_HTTP_CHAT_SHM_SUBSCRIBED)
        {
            op->code = NGX_CHAT_CODE_UNAVAILABLE;
        }

        (void) ngx_http_chat_shm_answer(b, op);
    }
}


/* NGX_DECLINED: not now, and it is not freed. */

static ngx_int_t
ngx_http_chat_shm_answer(ngx_http_chat_shm_t *b, ngx_http_chat_shm_op_t *op)
{
    ngx_int_t  rc;

    if (op->code != NGX_CHAT_CODE_OK
        || op->kind < NGX_HTTP_CHAT_SHM_HISTORY)
    {
        ngx_http_chat_shm_tell(op);
        rc = NGX_OK;

    } else if (op->kind == NGX_HTTP_CHAT_SHM_HISTORY) {
        rc = ngx_http_chat_shm_tell_history(b, op);

    } else if (op->kind == NGX_HTTP_CHAT_SHM_ACTS) {
        rc = ngx_http_chat_shm_tell_acts(b, op);

    } else if (op->kind == NGX_HTTP_CHAT_SHM_ROOMS) {
        rc = ngx_http_chat_shm_tell_rooms(b, op);

    } else if (op->kind == NGX_HTTP_CHAT_SHM_TAKEN) {
        rc = ngx_http_chat_shm_tell_taken(b, op);

    } else {
        rc = ngx_http_chat_shm_tell_users(b, op);
    }

    if (rc == NGX_OK) {
        ngx_http_chat_shm_op_free(b, op);
    }

    return rc;
}


static void
ngx_http_chat_shm_tell(ngx_http_chat_shm_op_t *op)
{
    ngx_http_chat_reply_t  reply;

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
        reply.until = op->u.stored.verdict.until;
        reply.wait = op->u.stored.verdict.wait;

    } else if (op->kind == NGX_HTTP_CHAT_SHM_RIGHTS) {
        ngx_http_chat_shm_tell_rights(op, &reply);
    }

    ngx_http_chat_shm_give(op, &reply);
}


static ngx_int_t
ngx_http_chat_shm_tell_history(ngx_http_chat_shm_t *b,
    ngx_http_chat_shm_op_t *op)
{
    ngx_chat_log_page_t    page;
    ngx_http_chat_reply_t  reply;

    ngx_memzero(&page, sizeof(ngx_chat_log_page_t));
    ngx_memzero(&reply, sizeof(ngx_http_chat_reply_t));

    if (ngx_http_chat_shm_read_history(b, op, &page) != NGX_OK) {
        return NGX_DECLINED;
    }

    reply.code = op->code;

    if (reply.code == NGX_CHAT_CODE_OK) {
        reply.seq = page.top;
        reply.floor = page.floor;
        reply.whole = page.whole;
        reply.more = page.more;
        reply.conf = page.conf;
        reply.epoch.len = page.epoch_len;
        reply.epoch.data = page.epoch;
        reply.records = b->records;
        reply.nrecords = page.n;

        if (page.other && op->u.query.part != NGX_CHAT_LOG_RESUME) {
            reply.code = NGX_CHAT_CODE_EPOCH_CHANGED;
        }
    }

    ngx_http_chat_shm_give(op, &reply);

    return NGX_OK;
}


static ngx_int_t
ngx_http_chat_shm_read_history(ngx_http_chat_shm_t *b,
    ngx_http_chat_shm_op_t *op, ngx_chat_log_page_t *page)
{
    ngx_chat_log_rc_e      rc;
    ngx_chat_log_caller_t  caller;

    if (ngx_http_chat_shm_lock(b) != NGX_OK) {
        return NGX_DECLINED;
    }

    ngx_http_chat_zone_crash(b->zone, "history");

    op->u.query.epoch = op->text;

    page->buf = b->page;
    page->recs = b->records;

    ngx_http_chat_shm_caller(b, &caller);
    rc = ngx_chat_log_history(&caller, &op->room, &op->u.query, page);

    ngx_http_chat_shm_unlock(b, rc);

    op->code = ngx_http_chat_shm_code(b, rc);

    return NGX_OK;
}


void
ngx_http_chat_shm_give(ngx_http_chat_shm_op_t *op,
    const ngx_http_chat_reply_t *reply)
{
    op->ticket.handler(&op->ticket, reply);
}


static ngx_http_chat_shm_op_t *
ngx_http_chat_shm_next(ngx_queue_t *queue)
{
    ngx_queue_t  *q;

    if (ngx_queue_empty(queue)) {
        return NULL;
    }

    q = ngx_queue_head(queue);
    ngx_queue_remove(q);

    return ngx_queue_data(q, ngx_http_chat_shm_op_t, queue);
}


void
ngx_http_chat_shm_op_cleanup(ngx_http_chat_shm_t *b)
{
    ngx_http_chat_shm_op_t  *op;

    for ( ;; ) {
        op = ngx_http_chat_shm_next(&b->free);

        if (op == NULL) {
            b->nfree = 0;
            return;
        }

        ngx_free(op);
    }
}
