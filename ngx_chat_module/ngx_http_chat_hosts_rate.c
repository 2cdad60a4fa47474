
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * What this worker takes from buckets that all hosts have together.
 *
 * It is told at the end of a turn, one question for a bucket at a time.  What
 * is taken or given back while it is under way is not in its answer: ours
 * lacks that, too.  What cannot be told is forgotten: then this host's bucket
 * alone holds.
 */


#include "ngx_http_chat_hosts.h"


typedef struct {
    ngx_str_node_t          node;      /* by what, per what, whose */
    ngx_queue_t             queue;     /* in taken, if not asked */
    ngx_http_chat_hosts_t  *hosts;
    ngx_http_chat_limit_t   limit;
    uint64_t                key;
    ngx_uint_t              per;
    ngx_uint_t              kind;
    int32_t                 amount;    /* not told yet */
    unsigned                asked:1;   /* an answer is awaited */
    unsigned                queued:1;
    u_char                  data[2];   /* per, kind, name */
} ngx_http_chat_hosts_rate_t;


static ngx_http_chat_hosts_rate_t *ngx_http_chat_hosts_rate(
    ngx_http_chat_hosts_t *h, const ngx_http_chat_limit_part_t *part);
static void ngx_http_chat_hosts_rate_due(ngx_http_chat_hosts_rate_t *r);
static void ngx_http_chat_hosts_rate_handler(ngx_event_t *ev);
static void ngx_http_chat_hosts_rate_tell(ngx_http_chat_hosts_rate_t *r);
static void ngx_http_chat_hosts_rate_done(
    const ngx_http_chat_ticket_t *ticket, const ngx_http_chat_reply_t *reply);
static void ngx_http_chat_hosts_rate_free(ngx_http_chat_hosts_rate_t *r);


/* amounts beyond it would be the same: some bursts */
#define NGX_HTTP_CHAT_HOSTS_AMOUNT  (INT32_MAX / 4)


void
ngx_http_chat_hosts_rate_init(ngx_http_chat_hosts_t *h)
{
    ngx_rbtree_init(&h->rates, &h->rates_end, ngx_str_rbtree_insert_value);
    ngx_queue_init(&h->taken);

    h->tell.handler = ngx_http_chat_hosts_rate_handler;
    h->tell.data = &ngx_http_chat_hosts_dumb;
    h->tell.log = ngx_cycle->log;
}


void
ngx_http_chat_hosts_take(ngx_http_chat_hosts_t *h,
    const ngx_http_chat_limit_part_t *part, int32_t amount)
{
    ngx_http_chat_hosts_rate_t  *r;

    r = ngx_http_chat_hosts_rate(h, part);
    if (r == NULL) {
        return;
    }

    r->limit = *part->limit;
    r->amount += ngx_min(amount, NGX_HTTP_CHAT_HOSTS_AMOUNT);
    r->amount = ngx_min(r->amount, NGX_HTTP_CHAT_HOSTS_AMOUNT);

    ngx_http_chat_hosts_rate_due(r);
}


/* Found or made; NULL without memory. */

static ngx_http_chat_hosts_rate_t *
ngx_http_chat_hosts_rate(ngx_http_chat_hosts_t *h,
    const ngx_http_chat_limit_part_t *part)
{
    size_t                       len;
    uint32_t                     hash;
    ngx_str_t                    id;
    u_char                       buf[2 + NGX_CHAT_NAME_USER_MAX];
    ngx_http_chat_hosts_rate_t  *r;

    len = 2 + ngx_min(part->name.len, NGX_CHAT_NAME_USER_MAX);

    buf[0] = (u_char) part->per;
    buf[1] = (u_char) part->kind;
    ngx_memcpy(buf + 2, part->name.data, len - 2);

    id.len = len;
    id.data = buf;
    hash = ngx_crc32_short(buf, len);

    r = (ngx_http_chat_hosts_rate_t *) ngx_str_rbtree_lookup(&h->rates, &id,
                                                             hash);
    if (r != NULL) {
        return r;
    }

    r = ngx_calloc(sizeof(ngx_http_chat_hosts_rate_t) + len, ngx_cycle->log);
    if (r == NULL) {
        return NULL;
    }

    ngx_memcpy(r->data, buf, len);

    r->node.str.len = len;
    r->node.str.data = r->data;
    r->node.node.key = hash;
    r->hosts = h;
    r->key = part->key;
    r->per = part->per;
    r->kind = part->kind;

    ngx_rbtree_insert(&h->rates, &r->node.node);

    return r;
}


static void
ngx_http_chat_hosts_rate_due(ngx_http_chat_hosts_rate_t *r)
{
    if (r->asked || r->queued) {
        return;
    }

    r->queued = 1;
    ngx_queue_insert_tail(&r->hosts->taken, &r->queue);

    if (!r->hosts->tell.posted) {
        ngx_post_event(&r->hosts->tell, &ngx_posted_events);
    }
}


static void
ngx_http_chat_hosts_rate_handler(ngx_event_t *ev)
{
    ngx_queue_t                 *q;
    ngx_http_chat_hosts_t       *h;
    ngx_http_chat_hosts_rate_t  *r;

    h = (ngx_http_chat_hosts_t *)
            ((u_char *) ev - offsetof(ngx_http_chat_hosts_t, tell));

    while (!ngx_queue_empty(&h->taken)) {
        q = ngx_queue_head(&h->taken);
        ngx_queue_remove(q);

        r = ngx_queue_data(q, ngx_http_chat_hosts_rate_t, queue);
        r->queued = 0;

        ngx_http_chat_hosts_rate_tell(r);
    }
}


static void
ngx_http_chat_hosts_rate_tell(ngx_http_chat_hosts_rate_t *r)
{
    ngx_http_chat_hub_t     *hub;
    ngx_http_chat_meter_t    meter;
    ngx_http_chat_ticket_t   ticket;

    hub = r->hosts->hub;

    meter.per = r->per;
    meter.kind = &ngx_http_chat_limit_kinds[r->kind];
    meter.name.len = r->node.str.len - 2;
    meter.name.data = r->data + 2;
    meter.rate = r->limit.rate;
    meter.burst = r->limit.burst;
    meter.amount = r->amount;

    ngx_memzero(&ticket, sizeof(ngx_http_chat_ticket_t));

    ticket.handler = ngx_http_chat_hosts_rate_done;
    ticket.room = r;

    if (r->amount == 0
        || hub->broker->state != NGX_HTTP_CHAT_BROKER_READY
        || hub->store->ops->meter(hub->broker, &meter, &ticket) != NGX_OK)
    {
        ngx_http_chat_hosts_rate_free(r);
        return;
    }

    r->asked = 1;
    r->amount = 0;
}


static void
ngx_http_chat_hosts_rate_done(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply)
{
    int64_t                      used;
    ngx_http_chat_hosts_rate_t  *r;

    r = ticket->room;
    r->asked = 0;

    used = (int64_t) reply->count + r->amount;

    if (reply->code == NGX_CHAT_CODE_OK && used > 0) {
        ngx_http_chat_limit_lacks(r->key, &r->limit,
                                  (uint32_t) ngx_min(used, UINT32_MAX));
    }

    if (r->amount != 0 && reply->code == NGX_CHAT_CODE_OK) {
        ngx_http_chat_hosts_rate_due(r);

    } else {
        ngx_http_chat_hosts_rate_free(r);
    }
}


static void
ngx_http_chat_hosts_rate_free(ngx_http_chat_hosts_rate_t *r)
{
    ngx_rbtree_delete(&r->hosts->rates, &r->node.node);
    ngx_free(r);
}


/* Those under way are answered. */

void
ngx_http_chat_hosts_rate_destroy(ngx_http_chat_hosts_t *h)
{
    ngx_queue_t  *q;

    if (h->tell.posted) {
        ngx_delete_posted_event(&h->tell);
    }

    while (!ngx_queue_empty(&h->taken)) {
        q = ngx_queue_head(&h->taken);
        ngx_queue_remove(q);

        ngx_http_chat_hosts_rate_free(ngx_queue_data(q,
                                        ngx_http_chat_hosts_rate_t, queue));
    }
}
