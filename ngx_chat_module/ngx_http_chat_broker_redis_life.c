
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The life of a worker's broker for Redis: connecting both links, losing
 * them, coming back.
 *
 * READY means: both links are OPEN, Redis is a master that has all scripts and
 * keeps what it is given, and the worker has heard its own heartbeat, so both
 * links lead to one Redis.  Whatever breaks one of this takes both links down;
 * they come back together.
 */


#include "ngx_http_chat_broker_redis.h"
#include "ngx_http_chat_metric.h"


#define NGX_HTTP_CHAT_BROKER_POOL          1024
#define NGX_HTTP_CHAT_BROKER_BACKOFF       100     /* ms, doubled */
#define NGX_HTTP_CHAT_BROKER_BACKOFF_MAX   5000    /* ms */
#define NGX_HTTP_CHAT_BROKER_LOADING       200     /* ms, and up to as much */
#define NGX_HTTP_CHAT_BROKER_REFUSED       8000    /* ms, and up to 2 s */
#define NGX_HTTP_CHAT_BROKER_STEADY        10000   /* ms of READY */
#define NGX_HTTP_CHAT_BROKER_BEATS_MISSED  3
#define NGX_HTTP_CHAT_BROKER_FIRST_BEAT    2000    /* ms */

/* a worker may subscribe to all its rooms in one turn */

#define NGX_HTTP_CHAT_BROKER_SUB_CALLS     1000000
#define NGX_HTTP_CHAT_BROKER_SUB_WINDOW    (256 * 1024 * 1024)


static ngx_int_t ngx_http_chat_broker_redis_init_links(
    ngx_http_chat_broker_redis_t *b, ngx_log_t *log);
static ngx_int_t ngx_http_chat_broker_redis_init_names(
    ngx_http_chat_broker_redis_t *b);
static void ngx_http_chat_broker_redis_init_events(
    ngx_http_chat_broker_redis_t *b);
static void ngx_http_chat_broker_redis_set_state(
    ngx_http_chat_broker_redis_t *b, ngx_http_chat_broker_state_e state);
static void ngx_http_chat_broker_redis_connect(ngx_event_t *ev);
static void ngx_http_chat_broker_redis_down(ngx_http_chat_redis_t *link,
    ngx_err_t err, const char *reason);
static ngx_msec_t ngx_http_chat_broker_redis_delay(
    ngx_http_chat_broker_redis_t *b);
static void ngx_http_chat_broker_redis_abandon(ngx_event_t *ev);
static void ngx_http_chat_broker_redis_beat(ngx_event_t *ev);
static void ngx_http_chat_broker_redis_beat_send(
    ngx_http_chat_broker_redis_t *b);
static void ngx_http_chat_broker_redis_beat_done(
    ngx_http_chat_broker_op_t *op, redisReply *reply);


static const ngx_http_chat_redis_owner_t  ngx_http_chat_broker_redis_cmd = {
    ngx_http_chat_broker_redis_cmd_up,
    ngx_http_chat_broker_redis_down,
    NULL
};


static const ngx_http_chat_redis_owner_t  ngx_http_chat_broker_redis_sub = {
    ngx_http_chat_broker_redis_sub_up,
    ngx_http_chat_broker_redis_down,
    ngx_http_chat_broker_redis_push
};


#if (NGX_DEBUG)

static const char  *ngx_http_chat_broker_redis_states[] = {
    "connecting", "ready", "away"
};

#endif


ngx_http_chat_broker_t *
ngx_http_chat_broker_redis_init_worker(ngx_cycle_t *cycle, void *conf,
    const ngx_http_chat_broker_upcalls_t *upcalls, void *hub)
{
    ngx_pool_t                    *pool;
    ngx_http_chat_broker_redis_t  *b;

    pool = ngx_create_pool(NGX_HTTP_CHAT_BROKER_POOL, cycle->log);
    if (pool == NULL) {
        return NULL;
    }

    b = ngx_pcalloc(pool, sizeof(ngx_http_chat_broker_redis_t));
    if (b == NULL) {
        goto failed;
    }

    b->pool = pool;
    b->conf = conf;
    b->log = cycle->log;
    b->head.state = NGX_HTTP_CHAT_BROKER_CONNECTING;
    b->head.upcalls = upcalls;
    b->head.hub = hub;
    b->store = ngx_http_chat_metric_store_new();

    ngx_http_chat_redis_queue_init(&b->retry);
    ngx_http_chat_redis_queue_init(&b->held);
    ngx_http_chat_redis_queue_init(&b->waiting);
    ngx_memset(b->run_id, '?', NGX_HTTP_CHAT_BROKER_REDIS_RUN_ID);
    ngx_http_chat_broker_redis_sha(b);
    ngx_rbtree_init(&b->closing, &b->sentinel, ngx_str_rbtree_insert_value);

    if (ngx_http_chat_broker_redis_init_names(b) != NGX_OK
        || ngx_http_chat_broker_redis_init_links(b, cycle->log) != NGX_OK)
    {
        goto failed;
    }

    ngx_http_chat_broker_redis_init_events(b);

    return &b->head;

failed:

    ngx_destroy_pool(pool);

    return NULL;
}


static ngx_int_t
ngx_http_chat_broker_redis_init_names(ngx_http_chat_broker_redis_t *b)
{
    u_char      *p;
    size_t       len;
    uint64_t     now;
    ngx_time_t  *tp;

    tp = ngx_timeofday();
    now = (uint64_t) tp->sec * 1000 + tp->msec;

    b->random = ((uint64_t) ngx_random() << 40)
                ^ ((uint64_t) ngx_random() << 20)
                ^ (uint64_t) ngx_random()
                ^ ((uint64_t) ngx_pid << 32) ^ now;

    if (ngx_http_chat_broker_redis_lease_init(b) != NGX_OK) {
        return NGX_ERROR;
    }

    len = b->conf->prefix.len + sizeof(":{g}:hb:") - 1 + b->worker.len;

    p = ngx_pnalloc(b->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    b->beat_channel.data = p;
    b->beat_channel.len = ngx_sprintf(p, "%V:{g}:hb:%V", &b->conf->prefix,
                                      &b->worker)
                          - p;

    return NGX_OK;
}


static ngx_int_t
ngx_http_chat_broker_redis_init_links(ngx_http_chat_broker_redis_t *b,
    ngx_log_t *log)
{
    u_char  *scratch;

    scratch = ngx_palloc(b->pool, NGX_HTTP_CHAT_REDIS_SCRATCH);
    if (scratch == NULL) {
        return NGX_ERROR;
    }

    b->cmd.owner = &ngx_http_chat_broker_redis_cmd;
    b->cmd.data = b;
    b->cmd.conf = b->conf;
    b->cmd.title = "cmd";
    b->cmd.scratch = scratch;
    b->cmd.calls_max = NGX_HTTP_CHAT_REDIS_CALLS_MAX;
    b->cmd.window_max = b->conf->window;

    ngx_http_chat_redis_init(&b->cmd, log);

    b->sub.owner = &ngx_http_chat_broker_redis_sub;
    b->sub.data = b;
    b->sub.conf = b->conf;
    b->sub.title = "sub";
    b->sub.scratch = scratch;
    b->sub.calls_max = NGX_HTTP_CHAT_BROKER_SUB_CALLS;
    b->sub.window_max = NGX_HTTP_CHAT_BROKER_SUB_WINDOW;

    ngx_http_chat_redis_init(&b->sub, log);

    return NGX_OK;
}


/* The first attempt is made by the event loop: nothing calls back from here. */

static void
ngx_http_chat_broker_redis_init_events(ngx_http_chat_broker_redis_t *b)
{
    b->ident.owner = b;
    b->ident.fd = (ngx_socket_t) -1;

    b->connect.handler = ngx_http_chat_broker_redis_connect;
    b->connect.data = &b->ident;
    b->connect.log = b->log;
    b->connect.cancelable = 1;

    b->beat.handler = ngx_http_chat_broker_redis_beat;
    b->beat.data = &b->ident;
    b->beat.log = b->log;
    b->beat.cancelable = 1;

    b->abandon.handler = ngx_http_chat_broker_redis_abandon;
    b->abandon.data = &b->ident;
    b->abandon.log = b->log;

    b->wait.handler = ngx_http_chat_broker_wait_handler;
    b->wait.data = &b->ident;
    b->wait.log = b->log;

    ngx_add_timer(&b->connect, 1);
}


void
ngx_http_chat_broker_redis_exit_worker(ngx_http_chat_broker_t *broker)
{
    ngx_http_chat_broker_redis_t  *b;

    b = (ngx_http_chat_broker_redis_t *) broker;

    ngx_http_chat_broker_redis_lease_end(b);

    ngx_http_chat_broker_redis_set_state(b, NGX_HTTP_CHAT_BROKER_AWAY);
    ngx_http_chat_metric_deaf(b->store);
    b->stale = 0;

    ngx_http_chat_redis_close(&b->cmd);
    ngx_http_chat_redis_close(&b->sub);
    ngx_http_chat_broker_op_abandon(b);
    ngx_http_chat_broker_op_cleanup(b);

    if (b->connect.timer_set) {
        ngx_del_timer(&b->connect);
    }

    if (b->beat.timer_set) {
        ngx_del_timer(&b->beat);
    }

    ngx_http_chat_broker_redis_lease_stop(b);
    ngx_http_chat_broker_redis_dead_destroy(b);

    if (b->abandon.posted) {
        ngx_delete_posted_event(&b->abandon);
    }

    if (b->wait.posted) {
        ngx_delete_posted_event(&b->wait);
    }

    if (b->buf) {
        ngx_free(b->buf - NGX_CHAT_WIRE_HEADER_MAX);
    }

    ngx_destroy_pool(b->pool);
}


static void
ngx_http_chat_broker_redis_set_state(ngx_http_chat_broker_redis_t *b,
    ngx_http_chat_broker_state_e state)
{
    ngx_log_debug3(NGX_LOG_DEBUG_HTTP, b->log, 0,
                   "chat broker %V: %s -> %s", &b->conf->address,
                   ngx_http_chat_broker_redis_states[b->head.state],
                   ngx_http_chat_broker_redis_states[state]);

    b->head.state = state;
}


static void
ngx_http_chat_broker_redis_connect(ngx_event_t *ev)
{
    ngx_uint_t                     quiet;
    ngx_http_chat_redis_ident_t   *ident;
    ngx_http_chat_broker_redis_t  *b;

    ident = ev->data;
    b = ident->owner;

    quiet = b->lost_at
            && ngx_time() - b->lost_at < NGX_HTTP_CHAT_BROKER_REDIS_LOG_TIME;

    b->cmd_ready = 0;
    b->sub_ready = 0;
    b->probed = 0;
    b->heard = 0;

    /* both go to the same one of the addresses, if there are several */

    b->sub.attempt = b->cmd.attempt;

    ngx_http_chat_redis_open(&b->cmd, quiet);

    if (b->cmd.state != NGX_HTTP_CHAT_REDIS_CLOSED) {
        ngx_http_chat_redis_open(&b->sub, quiet);
    }
}


void
ngx_http_chat_broker_redis_ready(ngx_http_chat_broker_redis_t *b)
{
    if (!b->cmd_ready || !b->sub_ready || !b->heard) {
        return;
    }

    ngx_http_chat_broker_redis_serves(b);
    ngx_http_chat_broker_redis_set_state(b, NGX_HTTP_CHAT_BROKER_READY);

    /* the address that served is the one to come back to */

    b->cmd.attempt--;

    b->missed = 0;
    b->ready_at = ngx_current_msec;

    ngx_add_timer(&b->beat, NGX_HTTP_CHAT_BROKER_BEAT);
    ngx_http_chat_metric_due(b->store, NGX_HTTP_CHAT_BROKER_BEAT);

    /* nobody enters a room without a lease */

    ngx_http_chat_broker_redis_lease_begin(b);
    ngx_http_chat_broker_op_release(b);

    b->head.upcalls->state(b->head.hub, NGX_HTTP_CHAT_BROKER_READY);
}


/* One link has gone: so does the other, and with it what was READY. */

static void
ngx_http_chat_broker_redis_down(ngx_http_chat_redis_t *link, ngx_err_t err,
    const char *reason)
{
    ngx_uint_t                     told;
    ngx_http_chat_broker_redis_t  *b;

    b = link->data;

    ngx_http_chat_broker_redis_lost(b, err, reason);
    ngx_http_chat_metric_deaf(b->store);

    b->stale = 0;

    if (b->beat.timer_set) {
        ngx_del_timer(&b->beat);
    }

    ngx_http_chat_broker_redis_lease_stop(b);

    if (b->head.state == NGX_HTTP_CHAT_BROKER_READY
        && ngx_current_msec - b->ready_at > NGX_HTTP_CHAT_BROKER_STEADY)
    {
        b->attempts = 0;
    }

    /* for a worker that drains, too: its members still hear */

    ngx_add_timer(&b->connect, ngx_http_chat_broker_redis_delay(b));

    told = (b->head.state == NGX_HTTP_CHAT_BROKER_AWAY);

    if (!told) {
        b->away_at = ngx_time();
        ngx_http_chat_broker_redis_set_state(b, NGX_HTTP_CHAT_BROKER_AWAY);
    }

    /* after what is pending in the links, which are answered first */

    if (!b->abandon.posted) {
        ngx_post_event(&b->abandon, &ngx_posted_events);
    }

    if (!told) {
        b->head.upcalls->state(b->head.hub, NGX_HTTP_CHAT_BROKER_AWAY);
    }

    ngx_http_chat_redis_close((link == &b->cmd) ? &b->sub : &b->cmd);
}


static ngx_msec_t
ngx_http_chat_broker_redis_delay(ngx_http_chat_broker_redis_t *b)
{
    ngx_msec_t  delay;

    switch (b->status) {

    case NGX_HTTP_CHAT_STATUS_LOADING:

        return NGX_HTTP_CHAT_BROKER_LOADING
               + ngx_random() % NGX_HTTP_CHAT_BROKER_LOADING;

    case NGX_HTTP_CHAT_STATUS_REFUSED:

        return NGX_HTTP_CHAT_BROKER_REFUSED
               + ngx_random() % (NGX_HTTP_CHAT_BROKER_REFUSED / 4);

    default:

        delay = NGX_HTTP_CHAT_BROKER_BACKOFF << ngx_min(b->attempts, 6);
        delay = ngx_min(delay, NGX_HTTP_CHAT_BROKER_BACKOFF_MAX);
        b->attempts++;

        return delay / 2 + ngx_random() % (delay + 1);
    }
}


static void
ngx_http_chat_broker_redis_abandon(ngx_event_t *ev)
{
    ngx_http_chat_redis_ident_t  *ident;

    ident = ev->data;

    ngx_http_chat_broker_op_abandon(ident->owner);
}


/* The subscriber hears itself, so what is sent now comes around. */

void
ngx_http_chat_broker_redis_probe(ngx_http_chat_broker_redis_t *b)
{
    if (b->probed || !b->sub_ready || b->cmd.state != NGX_HTTP_CHAT_REDIS_OPEN)
    {
        return;
    }

    b->probed = 1;

    ngx_add_timer(&b->beat, NGX_HTTP_CHAT_BROKER_FIRST_BEAT);
    ngx_http_chat_broker_redis_beat_send(b);
}


/* RESP2 has no PING for a subscriber: it hears what we publish to it. */

static void
ngx_http_chat_broker_redis_beat(ngx_event_t *ev)
{
    ngx_http_chat_redis_ident_t   *ident;
    ngx_http_chat_broker_redis_t  *b;

    ident = ev->data;
    b = ident->owner;

    if (b->head.state != NGX_HTTP_CHAT_BROKER_READY
        || b->missed == NGX_HTTP_CHAT_BROKER_BEATS_MISSED)
    {
        ngx_http_chat_redis_fail(&b->sub, NGX_ETIMEDOUT,
                                 "does not deliver what is published");
        return;
    }

    b->missed++;

    ngx_add_timer(ev, NGX_HTTP_CHAT_BROKER_BEAT);

    ngx_http_chat_broker_redis_beat_send(b);
    ngx_http_chat_broker_redis_check(b);
}


static void
ngx_http_chat_broker_redis_beat_send(ngx_http_chat_broker_redis_t *b)
{
    ngx_http_chat_broker_op_t    *op;
    ngx_http_chat_broker_args_t   args;

    ngx_http_chat_broker_args(&args, "PUBLISH");
    ngx_http_chat_broker_arg(&args, b->beat_channel.data,
                             b->beat_channel.len);
    ngx_http_chat_broker_arg(&args, "", 0);

    ngx_http_chat_metric_due(b->store, 0);

    op = ngx_http_chat_broker_op(b, &b->cmd, &args,
                                 ngx_http_chat_broker_redis_beat_done);

    if (op && ngx_http_chat_redis_send(&b->cmd, &op->call) != NGX_OK) {
        ngx_http_chat_broker_op_free(op);
    }
}


static void
ngx_http_chat_broker_redis_beat_done(ngx_http_chat_broker_op_t *op,
    redisReply *reply)
{
    u_char                         reason[NGX_MAX_ERROR_STR / 8];
    ngx_http_chat_broker_redis_t  *b;

    b = op->broker;

    if (reply == NULL || b->heard) {
        if (reply && reply->type == REDIS_REPLY_ERROR) {
            ngx_http_chat_broker_redis_error(op, reply);
        }

        return;
    }

    if (reply->type == REDIS_REPLY_ERROR) {
        ngx_http_chat_broker_redis_quote(reason, sizeof(reason), reply);
        ngx_http_chat_redis_fail(op->link, 0, (const char *) reason);
        return;
    }

    if (reply->type == REDIS_REPLY_INTEGER && reply->integer == 0) {
        ngx_http_chat_redis_fail(op->link, 0,
                         "does not deliver what is published: its address "
                         "leads to several servers");
    }
}
