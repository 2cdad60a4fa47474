
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* From the rings of the zone to the hub. */


#include "ngx_http_chat_broker_shm.h"


/*
 * What the records of one turn may cost: the sockets are to have their turn,
 * too.  Who came or went is only noted, so that a crowd does not hold up what
 * is said.
 */
#define NGX_HTTP_CHAT_SHM_RECORDS  2048
#define NGX_HTTP_CHAT_SHM_SAID     8
#define NGX_HTTP_CHAT_SHM_CAME     1

/* and those of rooms that nobody is in here */
#define NGX_HTTP_CHAT_SHM_OTHERS   4096


static void ngx_http_chat_shm_lost(ngx_http_chat_shm_t *b,
    ngx_chat_log_rc_e rc);


ngx_uint_t
ngx_http_chat_shm_read(ngx_http_chat_shm_t *b)
{
    unsigned           others;
    ngx_uint_t         cost;
    ngx_chat_wire_t    rec;
    ngx_chat_log_rc_e  rc;

    cost = 0;
    others = NGX_HTTP_CHAT_SHM_OTHERS;

    while (cost < NGX_HTTP_CHAT_SHM_RECORDS) {

        rc = ngx_chat_log_read(b->zone->region, &b->cursor, &others,
                               b->record, &rec);

        if (rc == NGX_CHAT_LOG_NONE) {

            if (others == 0) {
                return 1;
            }

            ngx_http_chat_shm_subscribed(b, 1);
            return 0;
        }

        if (rc != NGX_CHAT_LOG_OK) {
            ngx_http_chat_shm_lost(b, rc);
            return 0;
        }

        cost += (rec.kind == NGX_CHAT_WIRE_ENTER
                 || rec.kind == NGX_CHAT_WIRE_LEAVE)
                ? NGX_HTTP_CHAT_SHM_CAME : NGX_HTTP_CHAT_SHM_SAID;

        /* what comes behind a subscription is heard by who asked for it */

        ngx_http_chat_shm_subscribed(b, 0);

        if (!ngx_http_chat_shm_early(b, &rec.room)) {
            b->head.upcalls->deliver(b->head.hub, &rec);
        }

        if (b->stuck || b->anew) {
            return 0;
        }
    }

    return 1;
}


static void
ngx_http_chat_shm_lost(ngx_http_chat_shm_t *b, ngx_chat_log_rc_e rc)
{
    ngx_uint_t  behind;

    behind = (rc == NGX_CHAT_LOG_LOST
              && ngx_chat_log_generation(b->zone->region)
                 == b->cursor.generation);

    if (rc == NGX_CHAT_LOG_BROKEN) {

        if (ngx_http_chat_shm_lock(b) != NGX_OK) {
            return;
        }

        ngx_http_chat_zone_rebuild(b->zone);
        ngx_http_chat_shm_unlock(b, NGX_CHAT_LOG_OK);
    }

    if (behind && (b->behind_at == 0
                   || ngx_time() - b->behind_at >= NGX_HTTP_CHAT_SHM_LOG_TIME))
    {
        b->behind_at = ngx_time();

        ngx_log_error(NGX_LOG_WARN, b->log, 0,
                      "chat_zone \"%V\" was written faster than this worker "
                      "reads: its rooms are read anew from their logs",
                      &b->zone->name);
    }

    b->anew = 1;
}
