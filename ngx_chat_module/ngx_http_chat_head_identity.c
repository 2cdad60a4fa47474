
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Who a session is, and until when, where that changes; see the header. */


#include "ngx_http_chat_head.h"
#include "ngx_http_chat_session.h"
#include "ngx_http_chat_session_log.h"


static void ngx_http_chat_head_forget(void *data);


ngx_int_t
ngx_http_chat_head_identify(ngx_http_chat_session_t *s, const ngx_str_t *user,
    const ngx_str_t *name)
{
    u_char                    *p;
    ngx_pool_t                *pool;
    ngx_pool_cleanup_t        *cln;
    ngx_http_chat_head_t      *head;
    ngx_http_chat_identity_t  *identity;

    head = s->head;

    identity = ngx_alloc(offsetof(ngx_http_chat_identity_t, data) + user->len
                         + name->len, ngx_http_chat_session_log(s));
    if (identity == NULL) {
        return NGX_ERROR;
    }

    /* where the head dies with a pool, this must too */

    pool = (s->request != NULL) ? s->request->pool : s->connection->pool;

    if (head->identity == NULL && pool != NULL) {
        cln = ngx_pool_cleanup_add(pool, 0);

        if (cln == NULL) {
            ngx_free(identity);
            return NGX_ERROR;
        }

        cln->handler = ngx_http_chat_head_forget;
        cln->data = head;
    }

    identity->user.data = identity->data;
    identity->user.len = user->len;
    p = ngx_cpymem(identity->data, user->data, user->len);

    identity->name.data = p;
    identity->name.len = name->len;
    ngx_memcpy(p, name->data, name->len);

    ngx_http_chat_head_forget(head);
    head->identity = identity;

    return NGX_OK;
}


static void
ngx_http_chat_head_forget(void *data)
{
    ngx_http_chat_head_t  *head;

    head = data;

    if (head->identity != NULL) {
        ngx_free(head->identity);
        head->identity = NULL;
    }
}


void
ngx_http_chat_head_free(ngx_http_chat_head_t *head)
{
    ngx_http_chat_head_forget(head);
    ngx_free(head);
}


/* By a clock that nobody sets; the life of tokens is below 2^31 ms. */

void
ngx_http_chat_head_expire(ngx_http_chat_head_t *head, time_t expires)
{
    int64_t      left;
    ngx_time_t  *tp;

    head->timed = (expires != 0);

    if (expires == 0) {
        return;
    }

    tp = ngx_timeofday();
    left = ((int64_t) expires - tp->sec) * 1000 - (int64_t) tp->msec;
    left = ngx_min(ngx_max(left, 0), NGX_MAX_INT32_VALUE);

    head->due = (uint32_t) ngx_current_msec + (uint32_t) left;
}
