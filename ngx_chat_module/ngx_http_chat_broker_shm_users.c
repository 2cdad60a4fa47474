
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Who is in a room, read for answers: once for all of a turn that want the
 * whole list.
 *
 * A list that is kept for the turn's later answers is as good as one that is
 * read for each of them: whom an answer is about had entered when the turn's
 * answers began, and who came or went since it was read stands in the ring
 * behind the cursor, so that it is delivered after all of these answers.
 */


#include "ngx_http_chat_broker_shm.h"


/* users of a list that is cheaper to keep than to read again */
#define NGX_HTTP_CHAT_SHM_KEEP_MIN  16


struct ngx_http_chat_shm_kept_s {
    uint32_t                hash;      /* of the room */
    ngx_chat_str_t          room;
    ngx_uint_t              limit;     /* that was asked for */
    ngx_chat_log_list_t     list;
    ngx_chat_user_t         users[1];  /* their strings and the room's follow */
};


static ngx_int_t ngx_http_chat_shm_read_users(ngx_http_chat_shm_t *b,
    ngx_http_chat_shm_op_t *op, ngx_chat_log_list_t *list);
static void ngx_http_chat_shm_keep_users(ngx_http_chat_shm_t *b,
    ngx_http_chat_shm_op_t *op, const ngx_chat_log_list_t *list);
static u_char *ngx_http_chat_shm_keep_str(ngx_chat_str_t *to, u_char *p,
    const ngx_chat_str_t *from);


/* enter() asks for all or none, list() for a page. */

ngx_int_t
ngx_http_chat_shm_tell_users(ngx_http_chat_shm_t *b,
    ngx_http_chat_shm_op_t *op)
{
    ngx_chat_log_list_t        list;
    ngx_http_chat_reply_t      reply;
    ngx_http_chat_shm_kept_t  *kept;

    ngx_memzero(&list, sizeof(ngx_chat_log_list_t));
    ngx_memzero(&reply, sizeof(ngx_http_chat_reply_t));

    kept = ngx_http_chat_shm_kept_users(b, op);

    if (kept != NULL) {
        list = kept->list;

    } else if (ngx_http_chat_shm_read_users(b, op, &list) != NGX_OK) {
        return NGX_DECLINED;
    }

    reply.code = op->code;

    if (reply.code == NGX_CHAT_CODE_OK) {
        reply.count = list.count;
        reply.listed = (op->kind == NGX_HTTP_CHAT_SHM_LIST)
                       || (op->u.limit != 0 && !list.more);

        if (reply.listed) {
            reply.more = list.more;
            reply.users = list.users;
            reply.nusers = list.n;
        }
    }

    ngx_http_chat_shm_give(op, &reply);

    return NGX_OK;
}


static ngx_int_t
ngx_http_chat_shm_read_users(ngx_http_chat_shm_t *b,
    ngx_http_chat_shm_op_t *op, ngx_chat_log_list_t *list)
{
    ngx_chat_log_rc_e  rc;

    if (ngx_http_chat_shm_lock(b) != NGX_OK) {
        return NGX_DECLINED;
    }

    ngx_http_chat_zone_crash(b->zone, "list");

    list->buf = b->page;
    list->users = b->users;
    list->limit = op->u.limit;
    list->all = (op->kind != NGX_HTTP_CHAT_SHM_LIST);

    rc = ngx_chat_log_list(b->zone->region, &op->room, &op->text, list);

    ngx_http_chat_shm_unlock(b, rc);

    op->code = ngx_http_chat_shm_code(b, rc);

    if (rc == NGX_CHAT_LOG_OK && list->all && !ngx_queue_empty(&b->answers)) {
        ngx_http_chat_shm_keep_users(b, op, list);
    }

    return NGX_OK;
}


ngx_http_chat_shm_kept_t *
ngx_http_chat_shm_kept_users(ngx_http_chat_shm_t *b,
    ngx_http_chat_shm_op_t *op)
{
    ngx_uint_t                 i;
    ngx_http_chat_shm_kept_t  *kept;

    if (op->kind != NGX_HTTP_CHAT_SHM_ENTERED
        || op->code != NGX_CHAT_CODE_OK
        || b->head.state != NGX_HTTP_CHAT_BROKER_READY
        || b->stuck || b->anew)
    {
        return NULL;
    }

    for (i = 0; i < b->nkept; i++) {
        kept = b->kept[i];

        if (kept->hash == op->hash
            && kept->limit == op->u.limit
            && kept->room.len == op->room.len
            && ngx_memcmp(kept->room.data, op->room.data, op->room.len) == 0)
        {
            return kept;
        }
    }

    return NULL;
}


/* Without memory it is read again. */

static void
ngx_http_chat_shm_keep_users(ngx_http_chat_shm_t *b,
    ngx_http_chat_shm_op_t *op, const ngx_chat_log_list_t *list)
{
    size_t                     size;
    u_char                    *p;
    ngx_uint_t                 i;
    ngx_http_chat_shm_kept_t  *kept;

    if (list->n < NGX_HTTP_CHAT_SHM_KEEP_MIN
        || b->nkept == NGX_HTTP_CHAT_SHM_KEPT_MAX)
    {
        return;
    }

    size = offsetof(ngx_http_chat_shm_kept_t, users)
           + list->n * sizeof(ngx_chat_user_t) + op->room.len;

    for (i = 0; i < list->n; i++) {
        size += list->users[i].id.len + list->users[i].name.len;
    }

    kept = ngx_alloc(size, b->log);
    if (kept == NULL) {
        return;
    }

    p = (u_char *) &kept->users[list->n];
    p = ngx_http_chat_shm_keep_str(&kept->room, p, &op->room);

    for (i = 0; i < list->n; i++) {
        p = ngx_http_chat_shm_keep_str(&kept->users[i].id, p,
                                       &list->users[i].id);
        p = ngx_http_chat_shm_keep_str(&kept->users[i].name, p,
                                       &list->users[i].name);
    }

    kept->hash = op->hash;
    kept->limit = op->u.limit;
    kept->list = *list;
    kept->list.users = kept->users;

    b->kept[b->nkept++] = kept;
}


static u_char *
ngx_http_chat_shm_keep_str(ngx_chat_str_t *to, u_char *p,
    const ngx_chat_str_t *from)
{
    to->data = p;
    to->len = from->len;

    return ngx_cpymem(p, from->data, from->len);
}


void
ngx_http_chat_shm_forget_users(ngx_http_chat_shm_t *b)
{
    while (b->nkept > 0) {
        ngx_free(b->kept[--b->nkept]);
    }
}
