
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The configuration of an embedded store: "chat_zone", and how much memory
 * its locations need.
 */


#include "ngx_http_chat_zone.h"
#include "ngx_chat_name.h"
#include "ngx_chat_text.h"

#include <sys/mman.h>


#define NGX_HTTP_CHAT_ZONE_NAME_MAX  32
#define NGX_HTTP_CHAT_ZONE_SIZE      (32 * 1024 * 1024)

/* what a message is stored with: author, cid, numbers and their tags */
#define NGX_HTTP_CHAT_ZONE_HEADROOM                                           \
    (2 * NGX_CHAT_NAME_USER_MAX + 4 * NGX_CHAT_TEXT_NAME_MAX                  \
     + 2 * NGX_CHAT_NAME_CID_MAX + NGX_CHAT_WIRE_HEADER_MAX + 256)


static ngx_int_t ngx_http_chat_zone_name(ngx_str_t *name);
static ngx_http_chat_zone_t *ngx_http_chat_zone_create(ngx_conf_t *cf,
    ngx_str_t *name, size_t size);
#if (NGX_HAVE_MAP_ANON)
static ngx_uint_t ngx_http_chat_zone_is_kept(ngx_conf_t *cf,
    ngx_shm_zone_t *zone);
#endif
static size_t ngx_http_chat_zone_least(ngx_http_chat_zone_t *zone);


char *
ngx_http_chat_zone_set(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_chat_loc_conf_t *clc = conf;

    off_t       size;
    u_char     *p, *last;
    ngx_str_t  *value, name, text;

    (void) cmd;

    if (clc->zone != NULL) {
        return "is duplicate";
    }

    if (clc->redis != NULL) {
        return "conflicts with \"chat_redis\": one of both is the store";
    }

    value = cf->args->elts;

    name = value[1];
    last = value[1].data + value[1].len;
    size = 0;

    p = ngx_strlchr(value[1].data, last, ':');

    if (p != NULL) {
        name.len = p - name.data;
        text.data = p + 1;
        text.len = last - text.data;
        size = ngx_parse_offset(&text);
    }

    if (ngx_http_chat_zone_name(&name) != NGX_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid name \"%V\" of \"chat_zone\", it must be "
                           "1 to 32 of A-Z a-z 0-9 . - _", &name);
        return NGX_CONF_ERROR;
    }

    if (p != NULL && (size <= 0 || size > (off_t) NGX_MAX_SIZE_T_VALUE / 2)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid size \"%V\" of \"chat_zone %V\", it is "
                           "written like 32m", &text, &name);
        return NGX_CONF_ERROR;
    }

    clc->zone = ngx_http_chat_zone_create(cf, &name, (size_t) size);

    return (clc->zone == NULL) ? NGX_CONF_ERROR : NGX_CONF_OK;
}


static ngx_int_t
ngx_http_chat_zone_name(ngx_str_t *name)
{
    u_char  *p, *last;

    last = name->data + name->len;

    for (p = name->data; p < last; p++) {
        if (!((*p >= '0' && *p <= '9')
              || ((*p | 0x20) >= 'a' && (*p | 0x20) <= 'z')
              || *p == '.' || *p == '-' || *p == '_'))
        {
            return NGX_DECLINED;
        }
    }

    return (name->len != 0 && name->len <= NGX_HTTP_CHAT_ZONE_NAME_MAX)
           ? NGX_OK : NGX_DECLINED;
}


static ngx_http_chat_zone_t *
ngx_http_chat_zone_create(ngx_conf_t *cf, ngx_str_t *name, size_t size)
{
    ngx_http_chat_zone_t  *zone;

    zone = ngx_pcalloc(cf->pool, sizeof(ngx_http_chat_zone_t));
    if (zone == NULL) {
        return NULL;
    }

    zone->name = *name;
    zone->size = ngx_align(size, ngx_pagesize);
    zone->cycle = cf->cycle;

    return zone;
}


ngx_http_chat_zone_t *
ngx_http_chat_zone_default(ngx_conf_t *cf)
{
    ngx_str_t              name;
    ngx_http_chat_zone_t  *zone;

    ngx_str_set(&name, "default");

    zone = ngx_http_chat_zone_create(cf, &name, 0);

    if (zone != NULL) {
        zone->standard = 1;
    }

    return zone;
}


/* The version is in nginx's name of the zone: another build makes another. */

ngx_http_chat_zone_t *
ngx_http_chat_zone_use(ngx_conf_t *cf, ngx_http_chat_zone_t *zone,
    size_t message_size)
{
    u_char                *p;
    ngx_str_t              name;
    ngx_shm_zone_t        *shm_zone;
    ngx_pool_cleanup_t    *cln;
    ngx_http_chat_zone_t  *shared;

    p = ngx_pnalloc(cf->pool,
                    sizeof("chat::v") + zone->name.len + NGX_INT_T_LEN);
    if (p == NULL) {
        return NULL;
    }

    name.data = p;
    name.len = ngx_sprintf(p, "chat:%V:v%d", &zone->name,
                           NGX_CHAT_LOG_VERSION)
               - p;

    shm_zone = ngx_shared_memory_add(cf, &name, zone->size,
                                     &ngx_http_chat_module);
    if (shm_zone == NULL) {
        return NULL;
    }

    if (shm_zone->data == NULL) {
        cln = ngx_pool_cleanup_add(cf->pool, 0);
        if (cln == NULL) {
            return NULL;
        }

        cln->handler = ngx_http_chat_zone_mute;
        cln->data = zone;

        shm_zone->init = ngx_http_chat_zone_init;
        shm_zone->data = zone;

        zone->shm = shm_zone;
    }

    shared = shm_zone->data;

    if (zone->standard) {
        shared->standard = 1;
    }

    /* a location without a limit is told when a message is too large */

    shared->message = ngx_max(shared->message, message_size);

    return shared;
}


ngx_int_t
ngx_http_chat_zone_check(ngx_conf_t *cf, ngx_http_chat_zone_t *zone)
{
    size_t  least, *size;

    size = &zone->shm->shm.size;

    if (*size == 0 && zone->standard) {
        *size = NGX_HTTP_CHAT_ZONE_SIZE;
    }

    if (*size == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "zone \"%V\" is not defined: give its size at one "
                           "\"chat_zone %V:32m\"", &zone->name, &zone->name);
        return NGX_ERROR;
    }

    least = ngx_http_chat_zone_least(zone);

    if (*size < least) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "zone \"%V\" is too small: \"chat_zone %V:%uzk\" "
                           "is the least with this \"chat_message_size\"",
                           &zone->name, &zone->name, (least + 1023) / 1024);
        return NGX_ERROR;
    }

    return ngx_http_chat_zone_fits(cf, "chat_zone", zone->shm);
}


/* nginx would say no more than that mmap() failed. */

ngx_int_t
ngx_http_chat_zone_fits(ngx_conf_t *cf, const char *directive,
    ngx_shm_zone_t *zone)
{
#if (NGX_HAVE_MAP_ANON)

    void    *p;
    size_t   size;

    if (ngx_http_chat_zone_is_kept(cf, zone)) {
        return NGX_OK;
    }

    size = zone->shm.size;
    p = mmap(NULL, size, PROT_READ|PROT_WRITE, MAP_ANON|MAP_SHARED, -1, 0);

    if (p == MAP_FAILED) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           "\"%s\" asks for %uzk of memory, which this "
                           "machine does not have: give it a smaller size",
                           directive, size / 1024);
        return NGX_ERROR;
    }

    (void) munmap(p, size);

#endif

    return NGX_OK;
}


#if (NGX_HAVE_MAP_ANON)

/* At a reload it has its memory already, if nothing has changed. */

static ngx_uint_t
ngx_http_chat_zone_is_kept(ngx_conf_t *cf, ngx_shm_zone_t *zone)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_shm_zone_t   *old;

    for (part = &cf->cycle->old_cycle->shared_memory.part;
         part != NULL;
         part = part->next)
    {
        old = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (old[i].tag == zone->tag
                && old[i].shm.size == zone->shm.size
                && old[i].shm.name.len == zone->shm.name.len
                && ngx_strncmp(old[i].shm.name.data, zone->shm.name.data,
                               zone->shm.name.len)
                   == 0)
            {
                return 1;
            }
        }
    }

    return 0;
}

#endif


/* The region and the slots, in whole pages, and what the pool itself takes. */

static size_t
ngx_http_chat_zone_least(ngx_http_chat_zone_t *zone)
{
    size_t  size;

    size = ngx_chat_log_size(zone->message + NGX_HTTP_CHAT_ZONE_HEADROOM)
           + sizeof(ngx_http_chat_zone_sh_t) + 64;

    size = (size + ngx_pagesize - 1) / ngx_pagesize;

    return size * (ngx_pagesize + sizeof(ngx_slab_page_t))
           + 3 * ngx_pagesize;
}
