
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The directive chat_event_request, and the queues that it needs. */


#include "ngx_http_chat_conf.h"
#include "ngx_http_chat_conf_ask.h"
#include "ngx_http_chat_event.h"
#include "ngx_http_chat_metric.h"
#include "ngx_http_chat_redis.h"
#include "ngx_http_chat_zone.h"
#include "ngx_chat_event.h"
#include "ngx_chat_queue.h"

#include <ngx_md5.h>


#define NGX_HTTP_CHAT_CONF_EVENT_SIZE  (8 * 1024 * 1024)
#define NGX_HTTP_CHAT_CONF_EVENT_LOW   (64 * 1024)
#define NGX_HTTP_CHAT_CONF_EVENT_HIGH  (1024 * 1024 * 1024)

/* nginx's slab pool in front of a queue, and what it needs for itself */
#define NGX_HTTP_CHAT_CONF_EVENT_POOL  (8 * ngx_pagesize)


static const char *ngx_http_chat_conf_event_parameter(
    ngx_http_chat_event_conf_t *event, ngx_str_t *value);
static ngx_http_chat_event_conf_t *ngx_http_chat_conf_event_find(
    ngx_http_chat_loc_conf_t *conf, const ngx_str_t *server);
static ngx_http_chat_event_conf_t *ngx_http_chat_conf_event_add(
    ngx_conf_t *cf, ngx_http_chat_loc_conf_t *conf, const ngx_str_t *server);
static ngx_int_t ngx_http_chat_conf_event_zone(ngx_conf_t *cf,
    ngx_http_chat_event_conf_t *event);
static ngx_int_t ngx_http_chat_conf_event_init(ngx_shm_zone_t *shm_zone,
    void *data);


/* chat_event_request off | <uri> [queue=<size>] [timeout=<t>] */

char *
ngx_http_chat_set_event_request(ngx_conf_t *cf, ngx_command_t *cmd,
    void *data)
{
    ngx_http_chat_loc_conf_t *conf = data;

    ngx_str_t                   *value;
    ngx_uint_t                   i;
    const char                  *fault;
    ngx_http_chat_event_conf_t  *event;

    (void) cmd;

    if (conf->event != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0) {
        conf->event = NULL;
        return NGX_CONF_OK;
    }

    event = ngx_pcalloc(cf->pool, sizeof(ngx_http_chat_event_conf_t));
    if (event == NULL) {
        return NGX_CONF_ERROR;
    }

    conf->event = event;
    event->notes.size = NGX_HTTP_CHAT_CONF_EVENT_SIZE;

    fault = ngx_http_chat_conf_ask_uri(&event->backend, &value[1]);

    event->backend.hook = NGX_CHAT_METRIC_HAPPENED;
    event->backend.max = 1;

    for (i = 2; fault == NULL && i < cf->args->nelts; i++) {
        fault = ngx_http_chat_conf_event_parameter(event, &value[i]);
    }

    if (fault == NULL) {
        return NGX_CONF_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid parameter \"%V\" of \"chat_event_request\": "
                       "%s", &value[i == 2 ? 1 : i - 1], fault);

    return NGX_CONF_ERROR;
}


static const char *
ngx_http_chat_conf_event_parameter(ngx_http_chat_event_conf_t *event,
    ngx_str_t *value)
{
    off_t        size;
    ngx_str_t    text;
    const char  *fault;

    if (ngx_strncmp(value->data, "queue=", 6) == 0) {
        text.data = value->data + 6;
        text.len = value->len - 6;

        size = ngx_parse_offset(&text);

        if (size < NGX_HTTP_CHAT_CONF_EVENT_LOW
            || size > NGX_HTTP_CHAT_CONF_EVENT_HIGH)
        {
            return "a size from 64k to 1024m is needed";
        }

        event->notes.size = ngx_align((size_t) size, ngx_pagesize);
        return NULL;
    }

    fault = NULL;

    if (ngx_strncmp(value->data, "timeout=", 8) == 0
        && ngx_http_chat_conf_ask_parameter(&event->backend, value, &fault)
           == NGX_OK)
    {
        return fault;
    }

    return "there are \"queue=\" and \"timeout=\"";
}


char *
ngx_http_chat_use_events(ngx_conf_t *cf, ngx_http_chat_loc_conf_t *conf)
{
    ngx_http_conf_ctx_t        *ctx;
    ngx_http_core_srv_conf_t   *cscf;
    ngx_http_chat_observer_t    observer;
    ngx_http_chat_event_conf_t *event;

    cscf = ngx_http_conf_get_module_srv_conf(cf, ngx_http_core_module);

    event = ngx_http_chat_conf_event_find(conf, &cscf->server_name);

    if (event == NULL) {
        event = ngx_http_chat_conf_event_add(cf, conf, &cscf->server_name);

        if (event == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    event->notes.size = ngx_max(event->notes.size, conf->event->notes.size);

    /* a worker asks without a request that would bring them */

    ctx = cf->ctx;

    conf->main_conf = ctx->main_conf;
    conf->srv_conf = ctx->srv_conf;
    conf->loc_conf = ctx->loc_conf;

    conf->event = event;
    conf->keep.note.notes = &event->notes;

    if (conf->redis != NULL) {
        /* a text is JSON, in which characters become longer */
        ngx_http_chat_redis_conf_size(event->store->conf,
                                      2 * conf->message_size);
    }

    ngx_memzero(&observer, sizeof(ngx_http_chat_observer_t));
    observer.handler = ngx_http_chat_event_notice;
    observer.data = event;

    return (ngx_http_chat_observe(cf, conf, &observer) == NGX_OK)
           ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static ngx_http_chat_event_conf_t *
ngx_http_chat_conf_event_find(ngx_http_chat_loc_conf_t *conf,
    const ngx_str_t *server)
{
    ngx_str_t                   *args, *uri;
    ngx_http_chat_event_conf_t  *event;

    uri = &conf->event->backend.uri;
    args = &conf->event->backend.args;

    for (event = conf->store->events; event != NULL; event = event->next) {

        if (event->server.len == server->len
            && ngx_memcmp(event->server.data, server->data, server->len) == 0
            && event->backend.uri.len == uri->len
            && ngx_memcmp(event->backend.uri.data, uri->data, uri->len) == 0
            && event->backend.args.len == args->len
            && ngx_memcmp(event->backend.args.data, args->data, args->len)
               == 0)
        {
            return event;
        }
    }

    return NULL;
}


static ngx_http_chat_event_conf_t *
ngx_http_chat_conf_event_add(ngx_conf_t *cf, ngx_http_chat_loc_conf_t *conf,
    const ngx_str_t *server)
{
    u_char                       digest[16];
    ngx_md5_t                    md5;
    ngx_http_chat_event_conf_t  *event;

    event = ngx_palloc(cf->pool, sizeof(ngx_http_chat_event_conf_t));
    if (event == NULL) {
        return NULL;
    }

    *event = *conf->event;

    ngx_http_chat_ask_init(&event->backend);

    event->store = conf->store;
    event->conf = conf;
    event->server = *server;

    /* all hosts call it the same */

    ngx_md5_init(&md5);
    ngx_md5_update(&md5, server->data, server->len);
    ngx_md5_update(&md5, "\n", 1);
    ngx_md5_update(&md5, event->backend.uri.data, event->backend.uri.len);
    ngx_md5_update(&md5, "?", 1);
    ngx_md5_update(&md5, event->backend.args.data, event->backend.args.len);
    ngx_md5_final(digest, &md5);

    (void) ngx_hex_dump(event->name, digest, NGX_HTTP_CHAT_EVENT_QUEUE / 2);

    event->notes.name.data = event->name;
    event->notes.name.len = NGX_HTTP_CHAT_EVENT_QUEUE;

    event->next = conf->store->events;
    conf->store->events = event;

    return event;
}


ngx_int_t
ngx_http_chat_check_events(ngx_conf_t *cf, ngx_http_chat_store_t *store)
{
    ngx_http_chat_redis_conf_t  *redis;
    ngx_http_chat_event_conf_t  *event;

    for (event = store->events; event != NULL; event = event->next) {

        event->text_max = event->notes.size / 4;

        if (store->ops == &ngx_http_chat_broker_redis) {
            redis = store->conf;
            redis->notes = 1;

            event->text_max = ngx_min(event->text_max,
                                      redis->bulk_max
                                      - NGX_CHAT_EVENT_HEAD_MAX);

        } else if (ngx_http_chat_conf_event_zone(cf, event) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/*
 * Its lock is the chat zone's.  With another one of that, or another size, it
 * begins anew; so the size of both is in its name.
 */

static ngx_int_t
ngx_http_chat_conf_event_zone(ngx_conf_t *cf,
    ngx_http_chat_event_conf_t *event)
{
    u_char                *p;
    ngx_str_t              name;
    ngx_shm_zone_t        *zone;
    ngx_http_chat_zone_t  *chat;

    chat = event->store->conf;

    p = ngx_pnalloc(cf->pool, sizeof("chat_events:v1:::") + chat->name.len
                              + NGX_SIZE_T_LEN + NGX_HTTP_CHAT_EVENT_QUEUE);
    if (p == NULL) {
        return NGX_ERROR;
    }

    name.data = p;
    name.len = (size_t) (ngx_sprintf(p, "chat_events:v1:%V:%uz:%*s",
                                     &chat->name, chat->shm->shm.size,
                                     (size_t) NGX_HTTP_CHAT_EVENT_QUEUE,
                                     event->name)
                         - p);

    zone = ngx_shared_memory_add(cf, &name,
                                 event->notes.size + ngx_pagesize
                                 + NGX_HTTP_CHAT_CONF_EVENT_POOL
                                 + event->notes.size / ngx_pagesize
                                   * sizeof(ngx_slab_page_t),
                                 &ngx_http_chat_module);
    if (zone == NULL) {
        return NGX_ERROR;
    }

    zone->init = ngx_http_chat_conf_event_init;
    zone->data = event;

    return ngx_http_chat_zone_fits(cf, "chat_event_request", zone);
}


static ngx_int_t
ngx_http_chat_conf_event_init(ngx_shm_zone_t *shm_zone, void *data)
{
    ngx_slab_pool_t             *pool;
    ngx_chat_queue_t            *queue;
    ngx_http_chat_event_conf_t  *event;

    event = shm_zone->data;
    pool = (ngx_slab_pool_t *) shm_zone->shm.addr;
    queue = pool->data;

    if (data == NULL || queue == NULL
        || !ngx_chat_queue_check(queue, event->notes.size))
    {
        queue = ngx_slab_alloc_locked(pool,
                                  ngx_chat_queue_memory(event->notes.size));
        if (queue == NULL) {
            return NGX_ERROR;
        }

        ngx_chat_queue_init(queue, event->notes.size);
        pool->data = queue;
    }

    event->notes.memory = queue;

    return NGX_OK;
}
