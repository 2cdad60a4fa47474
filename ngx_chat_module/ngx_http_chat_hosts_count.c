
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * How many connections and members this worker has, told to the store.
 *
 * The store's sums come one after another, so of two hosts that count the last
 * place at once the second is told that it has none.  A sum may hold those who
 * have left since: then somebody is refused for whom there was a place again,
 * but never is one too many let in.
 */


#include "ngx_http_chat_hosts.h"


/* the store forgets counts after an hour without a word */
#define NGX_HTTP_CHAT_HOSTS_TOUCH  (15 * 60 * 1000)    /* ms */

#define NGX_HTTP_CHAT_HOSTS_RETRY  1000                /* ms */

/* questions under way: the store's other work goes between them */
#define NGX_HTTP_CHAT_HOSTS_ASKED  256

/* answers with those in them of whom this host knows that they are dead */
#define NGX_HTTP_CHAT_HOSTS_TRIES  8


/* Who came and is judged by the answer. */

typedef struct ngx_http_chat_hosts_guest_s  ngx_http_chat_hosts_guest_t;

struct ngx_http_chat_hosts_guest_s {
    ngx_http_chat_hosts_guest_t  *next;
    ngx_http_chat_ticket_t        ticket;
    ngx_uint_t                    max;
    ngx_uint_t                    full;
};


/* A count is there while it is not 0, or not told. */

typedef struct {
    ngx_str_node_t                node;    /* by what, and whose */
    ngx_queue_t                   due;
    ngx_http_chat_hosts_t        *hosts;
    ngx_http_chat_hosts_guest_t  *waiting; /* the newest first */
    ngx_http_chat_hosts_guest_t  *judged;  /* when the answer comes */
    uint32_t                      count;
    unsigned                      tries:4;
    unsigned                      asked:1; /* an answer is awaited */
    unsigned                      queued:1;
    unsigned                      changed:1;   /* since it was told */
    unsigned                      told:1;  /* the store may have a number */
    u_char                        data[1]; /* per, name */
} ngx_http_chat_hosts_count_t;


static ngx_http_chat_hosts_count_t *ngx_http_chat_hosts_count(
    ngx_http_chat_hosts_t *h, const ngx_http_chat_tally_t *tally,
    ngx_uint_t make);
static ngx_int_t ngx_http_chat_hosts_count_tell(
    ngx_http_chat_hosts_count_t *c);
static void ngx_http_chat_hosts_count_due(ngx_http_chat_hosts_count_t *c);
static ngx_int_t ngx_http_chat_hosts_count_ask(
    ngx_http_chat_hosts_count_t *c);
static void ngx_http_chat_hosts_count_done(
    const ngx_http_chat_ticket_t *ticket, const ngx_http_chat_reply_t *reply);
static void ngx_http_chat_hosts_count_judge(ngx_http_chat_hosts_guest_t *g,
    const ngx_http_chat_reply_t *reply);
static void ngx_http_chat_hosts_count_answer(ngx_http_chat_hosts_guest_t *g,
    ngx_chat_code_e code);
static void ngx_http_chat_hosts_count_pump(ngx_http_chat_hosts_t *h);
static void ngx_http_chat_hosts_count_touch(ngx_event_t *ev);
static void ngx_http_chat_hosts_count_retry(ngx_event_t *ev);
static void ngx_http_chat_hosts_count_forget(ngx_http_chat_hosts_count_t *c);


void
ngx_http_chat_hosts_count_init(ngx_http_chat_hosts_t *h)
{
    ngx_rbtree_init(&h->counts, &h->counts_end, ngx_str_rbtree_insert_value);
    ngx_queue_init(&h->due);

    h->touch.handler = ngx_http_chat_hosts_count_touch;
    h->touch.data = &ngx_http_chat_hosts_dumb;
    h->touch.log = ngx_cycle->log;
    h->touch.cancelable = 1;

    h->retry = h->touch;
    h->retry.handler = ngx_http_chat_hosts_count_retry;

    ngx_add_timer(&h->touch, NGX_HTTP_CHAT_HOSTS_TOUCH);
}


ngx_int_t
ngx_http_chat_hosts_enter(ngx_http_chat_hosts_t *h,
    const ngx_http_chat_tally_t *tally, const ngx_http_chat_ticket_t *ticket)
{
    ngx_http_chat_hosts_count_t  *c;
    ngx_http_chat_hosts_guest_t  *g;

    if (h->gone) {
        return NGX_DECLINED;
    }

    c = ngx_http_chat_hosts_count(h, tally, 1);
    if (c == NULL) {
        return NGX_DECLINED;
    }

    g = NULL;

    if (h->hub->broker->state != NGX_HTTP_CHAT_BROKER_AWAY) {
        g = ngx_alloc(sizeof(ngx_http_chat_hosts_guest_t), ngx_cycle->log);
    }

    if (g != NULL) {
        g->ticket = *ticket;
        g->max = tally->max;
        g->full = 0;
        g->next = c->waiting;
        c->waiting = g;
    }

    c->count++;
    c->changed = 1;

    (void) ngx_http_chat_hosts_count_tell(c);

    return (g != NULL) ? NGX_OK : NGX_DECLINED;
}


void
ngx_http_chat_hosts_leave(ngx_http_chat_hosts_t *h,
    const ngx_http_chat_tally_t *tally)
{
    ngx_http_chat_hosts_count_t  *c;

    c = ngx_http_chat_hosts_count(h, tally, 0);

    if (c == NULL || c->count == 0) {
        /* there was no memory when it came */
        return;
    }

    c->count--;
    c->changed = 1;

    (void) ngx_http_chat_hosts_count_tell(c);
}


static ngx_http_chat_hosts_count_t *
ngx_http_chat_hosts_count(ngx_http_chat_hosts_t *h,
    const ngx_http_chat_tally_t *tally, ngx_uint_t make)
{
    size_t                        len;
    uint32_t                      hash;
    ngx_str_t                     id;
    u_char                        buf[1 + NGX_CHAT_NAME_USER_MAX];
    ngx_http_chat_hosts_count_t  *c;

    len = 1 + ngx_min(tally->name.len, NGX_CHAT_NAME_USER_MAX);

    buf[0] = (u_char) tally->per;
    ngx_memcpy(buf + 1, tally->name.data, len - 1);

    id.len = len;
    id.data = buf;
    hash = ngx_crc32_short(buf, len);

    c = (ngx_http_chat_hosts_count_t *) ngx_str_rbtree_lookup(&h->counts, &id,
                                                              hash);
    if (c != NULL || !make) {
        return c;
    }

    c = ngx_calloc(sizeof(ngx_http_chat_hosts_count_t) + len, ngx_cycle->log);
    if (c == NULL) {
        return NULL;
    }

    ngx_memcpy(c->data, buf, len);

    c->node.str.len = len;
    c->node.str.data = c->data;
    c->node.node.key = hash;
    c->hosts = h;

    ngx_rbtree_insert(&h->counts, &c->node.node);

    return c;
}


/*
 * Now, or when there is an answer, or when the store can be asked: then it is
 * NGX_DECLINED, and c is due.  c may be gone otherwise.
 */

static ngx_int_t
ngx_http_chat_hosts_count_tell(ngx_http_chat_hosts_count_t *c)
{
    ngx_http_chat_hosts_t  *h;

    h = c->hosts;

    if (h->gone || c->asked || c->queued) {
        return NGX_OK;
    }

    if (h->asked >= NGX_HTTP_CHAT_HOSTS_ASKED
        || h->hub->broker->state != NGX_HTTP_CHAT_BROKER_READY)
    {
        ngx_http_chat_hosts_count_due(c);
        return NGX_DECLINED;
    }

    if (ngx_http_chat_hosts_count_ask(c) == NGX_OK) {
        return NGX_OK;
    }

    ngx_http_chat_hosts_count_due(c);

    if (!h->retry.timer_set && !ngx_exiting) {
        ngx_add_timer(&h->retry, NGX_HTTP_CHAT_HOSTS_RETRY);
    }

    return NGX_DECLINED;
}


static void
ngx_http_chat_hosts_count_due(ngx_http_chat_hosts_count_t *c)
{
    if (!c->queued) {
        c->queued = 1;
        ngx_queue_insert_tail(&c->hosts->due, &c->due);
    }
}


static ngx_int_t
ngx_http_chat_hosts_count_ask(ngx_http_chat_hosts_count_t *c)
{
    ngx_http_chat_hub_t           *hub;
    ngx_http_chat_tally_t          tally;
    ngx_http_chat_ticket_t         ticket;
    ngx_http_chat_hosts_guest_t   *g, **last;

    hub = c->hosts->hub;

    tally.per = c->data[0];
    tally.name.len = c->node.str.len - 1;
    tally.name.data = c->data + 1;
    tally.count = c->count;
    tally.max = NGX_MAX_INT32_VALUE;

    if (c->count == 0 && c->waiting == NULL && c->judged == NULL) {

        if (c->told
            && hub->store->ops->tally(hub->broker, &tally, NULL) != NGX_OK)
        {
            return NGX_DECLINED;
        }

        ngx_http_chat_hosts_count_forget(c);

        return NGX_OK;
    }

    /* those who came since are newer than those who are judged again */

    for (last = &c->waiting; *last != NULL; last = &(*last)->next) {
        /* void */
    }

    *last = c->judged;
    c->judged = c->waiting;
    c->waiting = NULL;

    for (g = c->judged; g != NULL; g = g->next) {
        tally.max = ngx_min(tally.max, g->max);
    }

    ngx_memzero(&ticket, sizeof(ngx_http_chat_ticket_t));

    ticket.handler = ngx_http_chat_hosts_count_done;
    ticket.room = c;

    if (hub->store->ops->tally(hub->broker, &tally, &ticket) != NGX_OK) {
        c->waiting = c->judged;
        c->judged = NULL;

        return NGX_DECLINED;
    }

    c->hosts->asked++;
    c->asked = 1;
    c->told = 1;
    c->changed = 0;

    return NGX_OK;
}


static void
ngx_http_chat_hosts_count_done(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply)
{
    ngx_http_chat_hosts_t        *h;
    ngx_http_chat_hosts_count_t  *c;
    ngx_http_chat_hosts_guest_t  *g;

    c = ticket->room;
    h = c->hosts;

    h->asked--;

    if (reply->code == NGX_CHAT_CODE_OK && reply->ghosts && !h->gone
        && c->tries < NGX_HTTP_CHAT_HOSTS_TRIES)
    {
        c->tries++;
        c->asked = 0;
        c->changed = 1;

        (void) ngx_http_chat_hosts_count_tell(c);

        return;
    }

    /* who is sent away leaves; c is asked until all of them have */

    g = c->judged;
    c->judged = NULL;
    c->tries = 0;

    ngx_http_chat_hosts_count_judge(g, reply);

    c->asked = 0;

    if (c->changed || c->count == 0) {
        (void) ngx_http_chat_hosts_count_tell(c);
    }

    if (!h->gone) {
        ngx_http_chat_hosts_count_pump(h);
    }
}


static void
ngx_http_chat_hosts_count_judge(ngx_http_chat_hosts_guest_t *guests,
    const ngx_http_chat_reply_t *reply)
{
    uint64_t                      sum;
    ngx_http_chat_hosts_guest_t  *g, *next;

    sum = (reply->code == NGX_CHAT_CODE_OK) ? reply->count : 0;

    for (g = guests; g != NULL; g = g->next) {

        if (sum > g->max) {
            g->full = 1;
            sum--;
        }
    }

    for (g = guests; g != NULL; g = next) {
        next = g->next;

        ngx_http_chat_hosts_count_answer(g, g->full
                                            ? NGX_CHAT_CODE_ROOM_FULL
                                            : NGX_CHAT_CODE_OK);
    }
}


static void
ngx_http_chat_hosts_count_answer(ngx_http_chat_hosts_guest_t *g,
    ngx_chat_code_e code)
{
    ngx_http_chat_reply_t   reply;
    ngx_http_chat_ticket_t  ticket;

    ticket = g->ticket;
    ngx_free(g);

    ngx_memzero(&reply, sizeof(ngx_http_chat_reply_t));
    reply.code = code;

    ticket.handler(&ticket, &reply);
}


static void
ngx_http_chat_hosts_count_pump(ngx_http_chat_hosts_t *h)
{
    ngx_queue_t                  *q, *next;
    ngx_http_chat_hosts_count_t  *c;

    if (h->retry.timer_set) {
        return;
    }

    for (q = ngx_queue_head(&h->due); q != &h->due; q = next) {
        next = ngx_queue_next(q);

        c = ngx_queue_data(q, ngx_http_chat_hosts_count_t, due);
        c->queued = 0;
        ngx_queue_remove(q);

        if (ngx_http_chat_hosts_count_tell(c) != NGX_OK) {
            return;
        }
    }
}


void
ngx_http_chat_hosts_count_again(ngx_http_chat_hosts_t *h)
{
    ngx_rbtree_node_t            *node;
    ngx_http_chat_hosts_count_t  *c;

    if (h->counts.root == &h->counts_end) {
        return;
    }

    for (node = ngx_rbtree_min(h->counts.root, &h->counts_end);
         node != NULL;
         node = ngx_rbtree_next(&h->counts, node))
    {
        c = (ngx_http_chat_hosts_count_t *) node;
        c->changed = 1;

        if (!c->asked) {
            ngx_http_chat_hosts_count_due(c);
        }
    }

    ngx_http_chat_hosts_count_pump(h);
}


static void
ngx_http_chat_hosts_count_touch(ngx_event_t *ev)
{
    ngx_http_chat_hosts_t  *h;

    h = (ngx_http_chat_hosts_t *)
            ((u_char *) ev - offsetof(ngx_http_chat_hosts_t, touch));

    if (!h->gone) {
        ngx_http_chat_hosts_count_again(h);
        ngx_add_timer(ev, NGX_HTTP_CHAT_HOSTS_TOUCH);
    }
}


static void
ngx_http_chat_hosts_count_retry(ngx_event_t *ev)
{
    ngx_http_chat_hosts_t  *h;

    h = (ngx_http_chat_hosts_t *)
            ((u_char *) ev - offsetof(ngx_http_chat_hosts_t, retry));

    if (!h->gone) {
        ngx_http_chat_hosts_count_pump(h);
    }
}


/* Those that are under way have an answer of their own. */

void
ngx_http_chat_hosts_count_free(ngx_http_chat_hosts_t *h)
{
    ngx_rbtree_node_t            *node;
    ngx_http_chat_hosts_count_t  *c;
    ngx_http_chat_hosts_guest_t  *g, *next, *guests;

    if (h->counts.root == &h->counts_end) {
        return;
    }

    guests = NULL;

    for (node = ngx_rbtree_min(h->counts.root, &h->counts_end);
         node != NULL;
         node = ngx_rbtree_next(&h->counts, node))
    {
        c = (ngx_http_chat_hosts_count_t *) node;

        while (c->waiting != NULL) {
            g = c->waiting;
            c->waiting = g->next;
            g->next = guests;
            guests = g;
        }
    }

    /* what they do now may change the counts */

    for (g = guests; g != NULL; g = next) {
        next = g->next;
        ngx_http_chat_hosts_count_answer(g, NGX_CHAT_CODE_OK);
    }
}


void
ngx_http_chat_hosts_count_destroy(ngx_http_chat_hosts_t *h)
{
    if (h->touch.timer_set) {
        ngx_del_timer(&h->touch);
    }

    if (h->retry.timer_set) {
        ngx_del_timer(&h->retry);
    }

    while (h->counts.root != &h->counts_end) {
        ngx_http_chat_hosts_count_forget((ngx_http_chat_hosts_count_t *)
                                         h->counts.root);
    }
}


static void
ngx_http_chat_hosts_count_forget(ngx_http_chat_hosts_count_t *c)
{
    if (c->queued) {
        ngx_queue_remove(&c->due);
    }

    ngx_rbtree_delete(&c->hosts->counts, &c->node.node);
    ngx_free(c);
}
