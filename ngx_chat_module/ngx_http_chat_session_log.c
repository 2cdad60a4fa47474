
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Where a session's lines of the error log go; see the header. */


#include "ngx_http_chat_session_log.h"
#include "ngx_http_chat_head.h"


typedef struct ngx_http_chat_shared_log_s  ngx_http_chat_shared_log_t;

struct ngx_http_chat_shared_log_s {
    ngx_log_t                    log;
    ngx_http_chat_shared_log_t  *next;
};


static ngx_uint_t ngx_http_chat_session_log_same(const ngx_log_t *a,
    const ngx_log_t *b);
static void ngx_http_chat_session_log_init(ngx_log_t *log);
static u_char *ngx_http_chat_session_log_error(ngx_log_t *log, u_char *buf,
    size_t len);


/* of this worker */
static ngx_http_chat_shared_log_t  *ngx_http_chat_shared_logs;


ngx_log_t *
ngx_http_chat_session_log_share(const ngx_log_t *log)
{
    ngx_http_chat_shared_log_t  *shared;

    for (shared = ngx_http_chat_shared_logs;
         shared != NULL;
         shared = shared->next)
    {
        if (ngx_http_chat_session_log_same(&shared->log, log)) {
            return &shared->log;
        }
    }

    shared = ngx_alloc(sizeof(ngx_http_chat_shared_log_t), ngx_cycle->log);
    if (shared == NULL) {
        return NULL;
    }

    shared->log = *log;
    ngx_http_chat_session_log_init(&shared->log);

    shared->next = ngx_http_chat_shared_logs;
    ngx_http_chat_shared_logs = shared;

    return &shared->log;
}


static ngx_uint_t
ngx_http_chat_session_log_same(const ngx_log_t *a, const ngx_log_t *b)
{
    return a->log_level == b->log_level
           && a->file == b->file
           && a->next == b->next
           && a->writer == b->writer
           && a->wdata == b->wdata;
}


static void
ngx_http_chat_session_log_init(ngx_log_t *log)
{
    log->handler = ngx_http_chat_session_log_error;
    log->data = NULL;
    log->action = "chatting";
}


ngx_log_t *
ngx_http_chat_session_log_own(ngx_pool_t *pool, const ngx_log_t *log)
{
    ngx_log_t  *own;

    own = ngx_palloc(pool, sizeof(ngx_log_t));

    if (own != NULL) {
        *own = *log;
        ngx_http_chat_session_log_init(own);
    }

    return own;
}


ngx_log_t *
ngx_http_chat_session_log(ngx_http_chat_session_t *s)
{
    ngx_log_t  *log;

    log = s->connection->log;

    /* that of a request is nginx's */

    if (log->handler == ngx_http_chat_session_log_error) {
        log->connection = s->connection->number;
        log->data = s;
    }

    return log;
}


void
ngx_http_chat_session_log_end(ngx_http_chat_session_t *s)
{
    ngx_http_chat_session_log(s)->data = NULL;
}


static u_char *
ngx_http_chat_session_log_error(ngx_log_t *log, u_char *buf, size_t len)
{
    u_char                   *p;
    ngx_str_t                 user;
    ngx_http_chat_session_t  *s;

    s = log->data;

    if (s == NULL) {
        return buf;
    }

    if (log->action != NULL) {
        p = ngx_snprintf(buf, len, " while %s", log->action);
        len -= (size_t) (p - buf);
        buf = p;
    }

    user = ngx_http_chat_head_str(s->head, NGX_HTTP_CHAT_HEAD_USER);

    return ngx_snprintf(buf, len, ", client: %V, user: \"%V\", session: %*s",
                        &s->connection->addr_text, &user,
                        (size_t) NGX_HTTP_CHAT_SESSION_ID_LEN, s->id);
}
