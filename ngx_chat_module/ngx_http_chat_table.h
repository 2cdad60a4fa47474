
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The table of this worker's sessions: memory, handles, and walks.
 */


#ifndef NGX_HTTP_CHAT_TABLE_H_INCLUDED
#define NGX_HTTP_CHAT_TABLE_H_INCLUDED


#include "ngx_http_chat_session.h"


/* A session of zero bytes but for its slot and generation, or NULL. */
ngx_http_chat_session_t *ngx_http_chat_table_take(void);

/* Takes the session back; its handle finds nothing any more. */
void ngx_http_chat_table_give(ngx_http_chat_session_t *s);

uint64_t ngx_http_chat_table_handle(const ngx_http_chat_session_t *s);

/* The session of a handle if it is CONNECTING or OPEN, or NULL. */
ngx_http_chat_session_t *ngx_http_chat_table_find(uint64_t handle);

/* How many are in use. */
ngx_uint_t ngx_http_chat_table_count(void);

/*
 * The handles of all in random order, count() of them, to be freed by
 * ngx_free(); NULL without memory.
 */
uint64_t *ngx_http_chat_table_shuffled(void);

/* Gives everything back; none may be in use. */
void ngx_http_chat_table_destroy(void);

/* The OPEN one with the most bytes queued that waits for its socket. */
ngx_http_chat_session_t *ngx_http_chat_table_slowest(void);

/* Any session in use, or NULL; and another one, until NULL. */
ngx_http_chat_session_t *ngx_http_chat_table_first(void);
ngx_http_chat_session_t *ngx_http_chat_table_next(
    const ngx_http_chat_session_t *s);

/* The first OPEN one whose slot is that or a higher one, or NULL. */
ngx_http_chat_session_t *ngx_http_chat_table_from(ngx_uint_t slot);


/* Random characters of [a-z2-7], for ids that nobody shall guess. */
void ngx_http_chat_random(u_char *p, size_t n);

/* As realloc(), and as free() with size 0; for the reader and the rooms. */
void *ngx_http_chat_memory(void *ctx, void *p, size_t size);


#endif /* NGX_HTTP_CHAT_TABLE_H_INCLUDED */
