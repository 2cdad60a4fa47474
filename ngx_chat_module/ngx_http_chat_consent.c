
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What the site has said before; see the header. */


#include "ngx_http_chat_consent.h"
#include "ngx_chat_name.h"


typedef struct {
    ngx_str_node_t           node;     /* first; its string is the key */
    ngx_queue_t              queue;
    ngx_msec_t               until;
    ngx_http_chat_consent_t  consent;
    u_char                   key[1];
} ngx_http_chat_kept_t;


/* a pointer, an id, a byte that no id holds, a room */

typedef u_char  ngx_http_chat_consent_buf_t[sizeof(void *)
                                            + NGX_CHAT_NAME_USER_MAX + 1
                                            + NGX_CHAT_NAME_ROOM_MAX + 1];


static uint32_t ngx_http_chat_consent_key(u_char *buf, ngx_str_t *str,
    const ngx_http_chat_consent_key_t *key);
static void ngx_http_chat_consent_drop(ngx_http_chat_consents_t *consents,
    ngx_http_chat_kept_t *kept);


void
ngx_http_chat_consents_init(ngx_http_chat_consents_t *consents)
{
    ngx_rbtree_init(&consents->tree, &consents->sentinel,
                    ngx_str_rbtree_insert_value);
    ngx_queue_init(&consents->queue);
}


void
ngx_http_chat_consents_clear(void *data)
{
    ngx_http_chat_consents_t *consents = data;

    ngx_queue_t  *q;

    while (!ngx_queue_empty(&consents->queue)) {
        q = ngx_queue_head(&consents->queue);
        ngx_http_chat_consent_drop(consents,
                         ngx_queue_data(q, ngx_http_chat_kept_t, queue));
    }
}


static uint32_t
ngx_http_chat_consent_key(u_char *buf, ngx_str_t *str,
    const ngx_http_chat_consent_key_t *key)
{
    u_char  *p;

    p = ngx_cpymem(buf, &key->where, sizeof(void *));
    p = ngx_cpymem(p, key->user.data, key->user.len);
    *p++ = '\n';
    p = ngx_cpymem(p, key->room.data, key->room.len);

    str->data = buf;
    str->len = (size_t) (p - buf);

    return ngx_murmur_hash2(str->data, str->len);
}


ngx_int_t
ngx_http_chat_consent_find(ngx_http_chat_consents_t *consents,
    const ngx_http_chat_consent_key_t *key, ngx_http_chat_consent_t *consent)
{
    uint32_t                      hash;
    ngx_str_t                     str;
    ngx_http_chat_kept_t         *kept;
    ngx_http_chat_consent_buf_t   buf;

    if (consents->count == 0) {
        return NGX_DECLINED;
    }

    hash = ngx_http_chat_consent_key(buf, &str, key);

    kept = (ngx_http_chat_kept_t *)
           ngx_str_rbtree_lookup(&consents->tree, &str, hash);

    if (kept == NULL) {
        return NGX_DECLINED;
    }

    if ((ngx_msec_int_t) (kept->until - ngx_current_msec) <= 0) {
        ngx_http_chat_consent_drop(consents, kept);
        return NGX_DECLINED;
    }

    ngx_queue_remove(&kept->queue);
    ngx_queue_insert_head(&consents->queue, &kept->queue);

    *consent = kept->consent;

    return NGX_OK;
}


void
ngx_http_chat_consent_keep(ngx_http_chat_consents_t *consents,
    const ngx_http_chat_consent_key_t *key,
    const ngx_http_chat_consent_t *consent)
{
    uint32_t                      hash;
    ngx_str_t                     str;
    ngx_queue_t                  *q;
    ngx_http_chat_kept_t         *kept;
    ngx_http_chat_consent_buf_t   buf;

    if (consents->time == 0) {
        return;
    }

    hash = ngx_http_chat_consent_key(buf, &str, key);

    kept = (ngx_http_chat_kept_t *)
           ngx_str_rbtree_lookup(&consents->tree, &str, hash);

    if (kept != NULL) {
        /* it was asked twice at once */
        ngx_http_chat_consent_drop(consents, kept);
    }

    if (consents->count >= NGX_HTTP_CHAT_CONSENT_MAX) {
        q = ngx_queue_last(&consents->queue);
        ngx_http_chat_consent_drop(consents,
                         ngx_queue_data(q, ngx_http_chat_kept_t, queue));
    }

    kept = ngx_alloc(offsetof(ngx_http_chat_kept_t, key) + str.len,
                     ngx_cycle->log);
    if (kept == NULL) {
        return;
    }

    ngx_memcpy(kept->key, str.data, str.len);

    kept->node.node.key = hash;
    kept->node.str.data = kept->key;
    kept->node.str.len = str.len;
    kept->until = ngx_current_msec + consents->time;
    kept->consent = *consent;

    ngx_rbtree_insert(&consents->tree, &kept->node.node);
    ngx_queue_insert_head(&consents->queue, &kept->queue);
    consents->count++;
}


static void
ngx_http_chat_consent_drop(ngx_http_chat_consents_t *consents,
    ngx_http_chat_kept_t *kept)
{
    ngx_rbtree_delete(&consents->tree, &kept->node.node);
    ngx_queue_remove(&kept->queue);
    consents->count--;

    ngx_free(kept);
}
