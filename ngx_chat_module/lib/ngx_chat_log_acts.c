
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The embedded store's moderation log: the acts that were done in a room.
 *
 * They are in the ring that keeps messages, each knows where the one before it
 * is, and the room's rules where the last one is.  They are of the room's name,
 * for they outlive its epoch.
 */


#include "ngx_chat_log_region.h"

#include <string.h>


static size_t ngx_chat_log_acts_copy(const ngx_chat_log_t *log,
    const ngx_chat_log_room_t *room, const ngx_chat_str_t *name,
    const ngx_chat_log_query_t *query, ngx_chat_log_page_t *page);


ngx_chat_log_rc_e
ngx_chat_log_acts(const ngx_chat_log_caller_t *caller,
    const ngx_chat_str_t *room, const ngx_chat_log_query_t *query,
    ngx_chat_log_page_t *page)
{
    size_t                 i;
    ngx_chat_wire_t        rec;
    ngx_chat_log_rc_e      rc;
    ngx_chat_log_room_t   *r;
    ngx_chat_log_rights_t  rights;

    r = NULL;
    page->n = 0;
    page->more = 0;
    memset(&rights, 0, sizeof(rights));
    ngx_chat_log_clock(caller->log, caller->now);

    rc = ngx_chat_log_room_find(caller->log, room, &r);

    if (rc == NGX_CHAT_LOG_OK || rc == NGX_CHAT_LOG_NONE) {
        rc = ngx_chat_log_may(caller, r, room, NGX_CHAT_RIGHT_MODERATE,
                              &rights);
    }

    if (rc != NGX_CHAT_LOG_OK) {
        return rc;
    }

    page->n = (r != NULL)
              ? ngx_chat_log_acts_copy(caller->log, r, room, query, page) : 0;

    for (i = 0; i < page->n; i++) {
        page->recs[i].room = *room;
    }

    for (i = 0; i < page->n / 2; i++) {
        rec = page->recs[i];
        page->recs[i] = page->recs[page->n - 1 - i];
        page->recs[page->n - 1 - i] = rec;
    }

    return NGX_CHAT_LOG_OK;
}


/* The latest first.  A record that is damaged or overwritten is the end. */

static size_t
ngx_chat_log_acts_copy(const ngx_chat_log_t *log,
    const ngx_chat_log_room_t *room, const ngx_chat_str_t *name,
    const ngx_chat_log_query_t *query, ngx_chat_log_page_t *page)
{
    size_t                        n, left;
    uint64_t                      pos;
    unsigned char                *p;
    const ngx_chat_log_rules_t   *rules;
    const ngx_chat_log_record_t  *rec;

    rules = ngx_chat_log_rules(log, room);
    p = page->buf;
    left = query->size;
    pos = (rules != NULL) ? rules->acts : NGX_CHAT_LOG_NOWHERE;

    for (n = 0; /* void */ ; n++) {
        rec = ngx_chat_log_record(log, NGX_CHAT_LOG_KEPT, pos);

        if (rec == NULL
            || rec->seq != 0
            || rec->room_len != name->len
            || memcmp(rec + 1, name->data, name->len) != 0
            || !ngx_chat_log_whole(log, rec))
        {
            return n;
        }

        if (n == query->limit || rec->wire_len > left) {
            page->more = 1;
            return n;
        }

        memcpy(p, ngx_chat_log_wire(rec), rec->wire_len);

        if (!ngx_chat_wire_parse(&page->recs[n], p, rec->wire_len)
            || page->recs[n].kind != NGX_CHAT_WIRE_MOD
            || rec->back >= pos)
        {
            return n;
        }

        p += rec->wire_len;
        left -= rec->wire_len;
        pos = rec->back;
    }
}
