
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Which workers live: each renews a lease in Redis, and each looks for those
 * that do not.
 *
 * A worker's id is <host>:<pid>:<start, ms>:<random>.  The host stands for
 * this boot of this machine and its view of processes: of a worker with the
 * same host the kernel knows whether it is there.  Others are dead when their
 * lease has run out.  Who is dead stays so: a worker that finds itself among
 * the dead (it was stopped for long) goes on under another id, and tells
 * Redis of its users again.
 */


#include "ngx_http_chat_broker_redis.h"


#define NGX_HTTP_CHAT_LEASE_INTERVAL  5000      /* ms, give or take 10 % */
#define NGX_HTTP_CHAT_LEASE_MARGIN    50        /* ms after another's end */
#define NGX_HTTP_CHAT_LEASE_RETRY     1000      /* ms */
#define NGX_HTTP_CHAT_LEASE_HEARD     20        /* ms: not all at once */
#define NGX_HTTP_CHAT_LEASE_HOST      9         /* bytes, with its colon */
#define NGX_HTTP_CHAT_LEASE_FOUND     8         /* dead of one call */


static void ngx_http_chat_lease_name(ngx_http_chat_broker_redis_t *b);
static uint32_t ngx_http_chat_lease_host(void);
static void ngx_http_chat_lease_handler(ngx_event_t *ev);
static void ngx_http_chat_lease_ask(ngx_http_chat_broker_redis_t *b,
    ngx_str_t *found, ngx_uint_t n);
static void ngx_http_chat_lease_done(ngx_http_chat_broker_op_t *op,
    redisReply *reply);
static ngx_int_t ngx_http_chat_lease_valid(redisReply *reply);
static void ngx_http_chat_lease_next(ngx_http_chat_broker_redis_t *b,
    redisReply *near, long long first);
static ngx_uint_t ngx_http_chat_lease_dead(ngx_http_chat_broker_redis_t *b,
    redisReply **ids, size_t n, ngx_str_t *found);
static void ngx_http_chat_lease_end_done(ngx_http_chat_broker_op_t *op,
    redisReply *reply);


const ngx_chat_str_t  ngx_http_chat_lease_all = {
    1, (const u_char *) "g"
};


/* of this process; all its brokers have the same */

static ngx_pid_t  ngx_http_chat_lease_pid;
static uint64_t   ngx_http_chat_lease_start;
static uint32_t   ngx_http_chat_lease_here;


ngx_int_t
ngx_http_chat_broker_redis_lease_init(ngx_http_chat_broker_redis_t *b)
{
    u_char                        *p;
    ngx_time_t                    *tp;
    ngx_http_chat_broker_lease_t  *lease;

    lease = &b->lease;

    if (ngx_http_chat_lease_pid != ngx_pid) {
        tp = ngx_timeofday();

        ngx_http_chat_lease_pid = ngx_pid;
        ngx_http_chat_lease_start = (uint64_t) tp->sec * 1000 + tp->msec;
        ngx_http_chat_lease_here = ngx_http_chat_lease_host();
    }

    ngx_http_chat_lease_name(b);

    lease->channel.len = b->conf->prefix.len + sizeof(":{g}:ctl") - 1;

    p = ngx_pnalloc(b->pool, lease->channel.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_sprintf(p, "%V:{g}:ctl", &b->conf->prefix);
    lease->channel.data = p;

    ngx_http_chat_broker_redis_dead_init(b);

    lease->timer.handler = ngx_http_chat_lease_handler;
    lease->timer.data = &b->ident;
    lease->timer.log = b->log;
    lease->timer.cancelable = 1;

    return NGX_OK;
}


static void
ngx_http_chat_lease_name(ngx_http_chat_broker_redis_t *b)
{
    u_char  *p;

    p = b->lease.id;

    b->worker.data = p;
    b->worker.len = ngx_snprintf(p, NGX_HTTP_CHAT_BROKER_REDIS_WORKER,
                                 "%08xD:%P:%uL:%08xD",
                                 ngx_http_chat_lease_here, ngx_pid,
                                 ngx_http_chat_lease_start,
                                 (uint32_t) ngx_random())
                    - p;
}


/* Random where it cannot be known: then it is like no other. */

static uint32_t
ngx_http_chat_lease_host(void)
{
    size_t     len;
    ssize_t    n;
    ngx_fd_t   fd;
    u_char     text[128];

    fd = ngx_open_file("/proc/sys/kernel/random/boot_id", NGX_FILE_RDONLY,
                       NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        return (uint32_t) ngx_random();
    }

    n = ngx_read_fd(fd, text, sizeof(text) / 2);

    (void) ngx_close_file(fd);

    if (n <= 0) {
        return (uint32_t) ngx_random();
    }

    len = (size_t) n;

    n = readlink("/proc/self/ns/pid", (char *) text + len,
                 sizeof(text) - len);

    if (n <= 0) {
        return (uint32_t) ngx_random();
    }

    return ngx_crc32_long(text, len + (size_t) n);
}


void
ngx_http_chat_broker_redis_lease_begin(ngx_http_chat_broker_redis_t *b)
{
    ngx_http_chat_broker_op_t    *op;
    ngx_http_chat_broker_args_t   args;

    /*
     * What Redis lost with its data is told again anyway; and it may be
     * another Redis, with a clock of its own.
     */

    b->lease.held = 0;
    b->lease.seen[0] = '0';
    b->lease.seen_len = 1;

    ngx_http_chat_lease_ask(b, NULL, 0);

    ngx_http_chat_broker_args(&args, "SUBSCRIBE");
    ngx_http_chat_broker_arg(&args, b->lease.channel.data,
                             b->lease.channel.len);

    op = ngx_http_chat_broker_op(b, &b->sub, &args,
                                 ngx_http_chat_lease_end_done);
    if (op) {
        (void) ngx_http_chat_broker_op_start(op);
    }
}


void
ngx_http_chat_broker_redis_lease_stop(ngx_http_chat_broker_redis_t *b)
{
    if (b->lease.timer.timer_set) {
        ngx_del_timer(&b->lease.timer);
    }
}


void
ngx_http_chat_broker_redis_lease_heard(ngx_http_chat_broker_redis_t *b)
{
    if (b->head.state == NGX_HTTP_CHAT_BROKER_READY) {
        ngx_add_timer(&b->lease.timer,
                      1 + (ngx_msec_t) ngx_random()
                          % NGX_HTTP_CHAT_LEASE_HEARD);
    }
}


static void
ngx_http_chat_lease_handler(ngx_event_t *ev)
{
    ngx_http_chat_redis_ident_t  *ident;

    ident = ev->data;

    ngx_http_chat_lease_ask(ident->owner, NULL, 0);
}


/* Renews the lease, and declares n workers dead. */

static void
ngx_http_chat_lease_ask(ngx_http_chat_broker_redis_t *b, ngx_str_t *found,
    ngx_uint_t n)
{
    ngx_uint_t                     i;
    ngx_http_chat_broker_op_t     *op;
    ngx_http_chat_broker_args_t    args;
    ngx_http_chat_broker_lease_t  *lease;

    lease = &b->lease;

    if (lease->asked) {
        lease->again = 1;
        return;
    }

    ngx_http_chat_broker_redis_script(&args, b, NGX_HTTP_CHAT_SCRIPT_LEASE,
                                      "3");
    ngx_http_chat_broker_key(&args, b, &ngx_http_chat_lease_all, "w");
    ngx_http_chat_broker_key(&args, b, &ngx_http_chat_lease_all, "dead");
    ngx_http_chat_broker_key(&args, b, &ngx_http_chat_lease_all, "ctl");

    ngx_http_chat_broker_arg(&args, b->worker.data, b->worker.len);
    ngx_http_chat_broker_arg(&args, lease->seen, lease->seen_len);
    ngx_http_chat_broker_arg(&args, lease->held ? "1" : "0", 1);
    ngx_http_chat_broker_arg(&args, b->worker.data, NGX_HTTP_CHAT_LEASE_HOST);

    for (i = 0; i < n; i++) {
        ngx_http_chat_broker_arg(&args, found[i].data, found[i].len);
    }

    op = ngx_http_chat_broker_op(b, &b->cmd, &args, ngx_http_chat_lease_done);

    if (op) {
        op->script = 1;

        if (ngx_http_chat_broker_op_start(op) == NGX_OK) {
            lease->asked = 1;
            lease->again = 0;
            return;
        }
    }

    ngx_add_timer(&lease->timer, NGX_HTTP_CHAT_LEASE_RETRY);
}


static void
ngx_http_chat_lease_done(ngx_http_chat_broker_op_t *op, redisReply *reply)
{
    ngx_uint_t                     lost, died;
    ngx_http_chat_broker_redis_t  *b;

    b = op->broker;
    b->lease.asked = 0;

    if (reply == NULL) {

        if (b->head.state == NGX_HTTP_CHAT_BROKER_READY) {
            ngx_add_timer(&b->lease.timer, NGX_HTTP_CHAT_LEASE_RETRY);
        }

        return;
    }

    if (reply->type == REDIS_REPLY_ERROR) {
        ngx_add_timer(&b->lease.timer, NGX_HTTP_CHAT_LEASE_INTERVAL);
        ngx_http_chat_broker_redis_error(op, reply);
        return;
    }

    if (ngx_http_chat_lease_valid(reply) != NGX_OK) {
        ngx_http_chat_broker_redis_unexpected(op->link);
        return;
    }

    b->lease.seen_len = reply->element[1]->len;
    ngx_memcpy(b->lease.seen, reply->element[1]->str, b->lease.seen_len);

    lost = (reply->element[0]->integer != 0);
    died = ngx_http_chat_broker_redis_dead_learn(b, reply->element[3]);

    if (lost) {
        ngx_log_error(NGX_LOG_WARN, b->log, 0,
                      "redis %V had given up this worker, which did not "
                      "speak for too long: users are told anew",
                      &b->conf->address);

        ngx_http_chat_lease_name(b);
        b->lease.again = 1;
    }

    b->lease.held = !lost;

    /* a new lease goes first, and what is told under it follows */

    ngx_http_chat_lease_next(b, reply->element[4],
                             reply->element[2]->integer);

    if (lost) {
        b->head.upcalls->forgotten(b->head.hub);
    }

    if (died) {
        b->head.upcalls->died(b->head.hub);
    }
}


/* [lost, last death, ms until the first end, the dead, the near] */

static ngx_int_t
ngx_http_chat_lease_valid(redisReply *reply)
{
    redisReply  **element;

    element = reply->element;

    if (reply->type != REDIS_REPLY_ARRAY
        || reply->elements != 5
        || element[0]->type != REDIS_REPLY_INTEGER
        || element[1]->type != REDIS_REPLY_STRING
        || element[2]->type != REDIS_REPLY_INTEGER
        || element[3]->type != REDIS_REPLY_ARRAY
        || element[4]->type != REDIS_REPLY_ARRAY
        || element[1]->len == 0
        || (size_t) element[1]->len > NGX_INT64_LEN)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* When to ask next: at once if one of this host is found dead. */

static void
ngx_http_chat_lease_next(ngx_http_chat_broker_redis_t *b, redisReply *near,
    long long first)
{
    ngx_str_t   found[NGX_HTTP_CHAT_LEASE_FOUND];
    ngx_uint_t  n;
    ngx_msec_t  delay;

    n = ngx_http_chat_lease_dead(b, near->element, near->elements, found);

    if (n != 0 || b->lease.again) {
        ngx_http_chat_lease_ask(b, found, n);
        return;
    }

    delay = NGX_HTTP_CHAT_LEASE_INTERVAL * 9 / 10
            + (ngx_msec_t) ngx_random() % (NGX_HTTP_CHAT_LEASE_INTERVAL / 5);

    if (first >= 0 && first < (long long) delay) {
        delay = (ngx_msec_t) first + NGX_HTTP_CHAT_LEASE_MARGIN;
    }

    ngx_add_timer(&b->lease.timer, delay);
}


/* The first of these workers that the kernel knows are dead. */

static ngx_uint_t
ngx_http_chat_lease_dead(ngx_http_chat_broker_redis_t *b, redisReply **ids,
    size_t n, ngx_str_t *found)
{
    size_t      i;
    ngx_uint_t  dead;

    dead = 0;

    for (i = 0; i < n && dead < NGX_HTTP_CHAT_LEASE_FOUND; i++) {

        if (ngx_http_chat_broker_redis_lease_gone(b, ids[i])) {
            found[dead].data = (u_char *) ids[i]->str;
            found[dead].len = ids[i]->len;
            dead++;
        }
    }

    return dead;
}


ngx_uint_t
ngx_http_chat_broker_redis_lease_found(ngx_http_chat_broker_redis_t *b,
    redisReply **ids, size_t n)
{
    ngx_str_t   found[NGX_HTTP_CHAT_LEASE_FOUND];
    ngx_uint_t  dead;

    dead = ngx_http_chat_lease_dead(b, ids, n, found);

    if (dead != 0) {
        ngx_http_chat_lease_ask(b, found, dead);
    }

    return dead != 0;
}


ngx_uint_t
ngx_http_chat_broker_redis_lease_gone(ngx_http_chat_broker_redis_t *b,
    redisReply *id)
{
    u_char     *p, *end, *colon;
    ngx_int_t   pid;
    u_char      own[NGX_INT64_LEN + 1];

    if (id->type != REDIS_REPLY_STRING
        || (size_t) id->len < NGX_HTTP_CHAT_LEASE_HOST
        || ngx_memcmp(id->str, b->worker.data, NGX_HTTP_CHAT_LEASE_HOST) != 0)
    {
        return 0;
    }

    p = (u_char *) id->str + NGX_HTTP_CHAT_LEASE_HOST;
    end = (u_char *) id->str + id->len;

    colon = ngx_strlchr(p, end, ':');
    if (colon == NULL) {
        return 0;
    }

    pid = ngx_atoi(p, colon - p);
    if (pid <= 0) {
        return 0;
    }

    if (pid != ngx_pid) {
        return kill((ngx_pid_t) pid, 0) == -1 && ngx_errno == ESRCH;
    }

    /* ours, or that of a worker that had our pid before us */

    colon++;
    p = ngx_sprintf(own, "%uL:", ngx_http_chat_lease_start);

    return end - colon < p - own || ngx_memcmp(colon, own, p - own) != 0;
}


void
ngx_http_chat_broker_redis_lease_untold(ngx_http_chat_broker_redis_t *b)
{
    if (ngx_exiting || ngx_terminate || ngx_quit) {
        b->lease.untold = 1;
    }
}


void
ngx_http_chat_broker_redis_lease_end(ngx_http_chat_broker_redis_t *b)
{
    ngx_http_chat_broker_op_t    *op;
    ngx_http_chat_broker_args_t   args;

    ngx_http_chat_redis_finish(&b->cmd);

    if (b->head.state != NGX_HTTP_CHAT_BROKER_READY
        || b->lease.untold || b->cmd.calls != 0)
    {
        /* what is left of this worker is swept when its lease has run out */
        return;
    }

    ngx_http_chat_broker_args(&args, "ZREM");
    ngx_http_chat_broker_key(&args, b, &ngx_http_chat_lease_all, "w");
    ngx_http_chat_broker_arg(&args, b->worker.data, b->worker.len);

    op = ngx_http_chat_broker_op(b, &b->cmd, &args,
                                 ngx_http_chat_lease_end_done);

    if (op && ngx_http_chat_broker_op_start(op) == NGX_OK) {
        ngx_http_chat_redis_finish(&b->cmd);
    }
}


static void
ngx_http_chat_lease_end_done(ngx_http_chat_broker_op_t *op, redisReply *reply)
{
    if (reply && reply->type == REDIS_REPLY_ERROR) {
        ngx_http_chat_broker_redis_error(op, reply);
    }
}
