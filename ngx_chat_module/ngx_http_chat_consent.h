
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Consents: what the site has said of a user and a room, for some time.
 *
 * Of this worker alone, and of so many: those that were not asked for give
 * way to others.
 */


#ifndef NGX_HTTP_CHAT_CONSENT_H_INCLUDED
#define NGX_HTTP_CHAT_CONSENT_H_INCLUDED


#include "ngx_http_chat.h"
#include "ngx_chat_rights.h"


#define NGX_HTTP_CHAT_CONSENT_MAX  4096


typedef struct {
    ngx_chat_code_e         code;      /* OK, or why not */
    ngx_chat_role_e         role;      /* in the room */
} ngx_http_chat_consent_t;


/* Whose, and of which room. */

typedef struct {
    const void             *where;     /* users and rooms of another place */
    ngx_chat_str_t          user;      /* are others */
    ngx_chat_str_t          room;
} ngx_http_chat_consent_key_t;


typedef struct {
    ngx_msec_t              time;      /* that they hold, 0: none is kept */
    ngx_rbtree_t            tree;
    ngx_rbtree_node_t       sentinel;
    ngx_queue_t             queue;     /* asked for last comes first */
    ngx_uint_t              count;
} ngx_http_chat_consents_t;


void ngx_http_chat_consents_init(ngx_http_chat_consents_t *consents);

/* Forgets all; a handler of a pool, too. */
void ngx_http_chat_consents_clear(void *consents);

/* NGX_OK, or NGX_DECLINED: the site must be asked. */
ngx_int_t ngx_http_chat_consent_find(ngx_http_chat_consents_t *consents,
    const ngx_http_chat_consent_key_t *key,
    ngx_http_chat_consent_t *consent);

/* Without memory it is not kept. */
void ngx_http_chat_consent_keep(ngx_http_chat_consents_t *consents,
    const ngx_http_chat_consent_key_t *key,
    const ngx_http_chat_consent_t *consent);


#endif /* NGX_HTTP_CHAT_CONSENT_H_INCLUDED */
