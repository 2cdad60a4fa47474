
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Operations on their way to Redis: made, held, sent, repeated, answered.
 *
 * An operation is in one place only: in the hands of the function that makes
 * it, pending in a link, in held (the store is CONNECTING, or the scripts are
 * being loaded anew), in retry (Redis did not know its script), in waiting (it
 * is answered, and replicas are waited for), or free.
 *
 * NOSCRIPT.  All that is pending when the first NOSCRIPT comes is waited for,
 * what comes new is held: then the scripts are loaded and all is sent again
 * in its old order.  So two messages of one sender keep their order, unless
 * somebody else loads the scripts just between the two: one who needs the
 * order even when scripts are flushed waits for each answer.
 */


#include "ngx_http_chat_broker_redis.h"


#define NGX_HTTP_CHAT_BROKER_FREE_MAX  1024


static void ngx_http_chat_broker_op_handler(ngx_http_chat_redis_call_t *call,
    redisReply *reply);
static ngx_uint_t ngx_http_chat_broker_op_repeat(
    ngx_http_chat_broker_op_t *op, redisReply *reply);
static ngx_int_t ngx_http_chat_broker_op_hold(ngx_http_chat_broker_op_t *op);
static void ngx_http_chat_broker_op_finish(ngx_http_chat_broker_op_t *op,
    redisReply *reply);
static void ngx_http_chat_broker_op_renew(ngx_http_chat_broker_redis_t *b);
static void ngx_http_chat_broker_op_number(ngx_http_chat_broker_redis_t *b,
    ngx_http_chat_redis_call_t *call);
static u_char *ngx_http_chat_broker_op_unnumbered(
    ngx_http_chat_redis_call_t *call);
static ngx_http_chat_redis_call_t *ngx_http_chat_broker_op_take_held(
    ngx_http_chat_broker_redis_t *b);
static void ngx_http_chat_broker_op_send_all(
    ngx_http_chat_redis_call_t *call);
static void ngx_http_chat_broker_op_finish_all(
    ngx_http_chat_redis_call_t *call);


ngx_http_chat_broker_op_t *
ngx_http_chat_broker_op(ngx_http_chat_broker_redis_t *b,
    ngx_http_chat_redis_t *link, ngx_http_chat_broker_args_t *args,
    ngx_http_chat_broker_done_pt done)
{
    ngx_http_chat_broker_op_t  *op;

    op = b->free;

    if (op) {
        b->free = (ngx_http_chat_broker_op_t *) op->call.next;
        b->nfree--;

    } else {
        op = ngx_alloc(sizeof(ngx_http_chat_broker_op_t), b->log);
        if (op == NULL) {
            return NULL;
        }
    }

    ngx_memzero(op, sizeof(ngx_http_chat_broker_op_t));

    op->call.handler = ngx_http_chat_broker_op_handler;
    op->broker = b;
    op->link = link;
    op->done = done;
    op->numbers = args->numbers;
    op->durable = (args->durable && b->conf->wait != 0);

    if (ngx_http_chat_redis_format(&op->call, args->n, args->argv, args->len)
        != NGX_OK)
    {
        ngx_http_chat_broker_op_free(op);
        return NULL;
    }

    return op;
}


void
ngx_http_chat_broker_op_free(ngx_http_chat_broker_op_t *op)
{
    ngx_http_chat_broker_redis_t  *b;

    b = op->broker;

    ngx_http_chat_redis_release(&op->call);

    if (b->nfree == NGX_HTTP_CHAT_BROKER_FREE_MAX) {
        ngx_free(op);
        return;
    }

    op->call.next = (ngx_http_chat_redis_call_t *) b->free;
    b->free = op;
    b->nfree++;
}


ngx_int_t
ngx_http_chat_broker_op_start(ngx_http_chat_broker_op_t *op)
{
    ngx_int_t                      rc;
    ngx_http_chat_broker_redis_t  *b;

    b = op->broker;

    if (b->head.state == NGX_HTTP_CHAT_BROKER_CONNECTING
        || (b->stale && op->script))
    {
        rc = ngx_http_chat_broker_op_hold(op);

    } else if (b->head.state == NGX_HTTP_CHAT_BROKER_READY) {

        if (b->head.ending) {
            ngx_http_chat_redis_unbind(op->link);
        }

        rc = ngx_http_chat_redis_send(op->link, &op->call);

    } else {
        rc = NGX_DECLINED;
    }

    if (rc != NGX_OK) {
        ngx_http_chat_broker_op_free(op);

    } else if (op->durable) {
        ngx_http_chat_broker_wait_due(b);
    }

    return rc;
}


static ngx_int_t
ngx_http_chat_broker_op_hold(ngx_http_chat_broker_op_t *op)
{
    ngx_http_chat_broker_redis_t  *b;

    b = op->broker;

    if (b->nheld == NGX_HTTP_CHAT_REDIS_CALLS_MAX
        || b->held_size + op->call.len > b->conf->window)
    {
        return NGX_DECLINED;
    }

    b->nheld++;
    b->held_size += op->call.len;

    ngx_http_chat_redis_queue_push(&b->held, &op->call);

    return NGX_OK;
}


static void
ngx_http_chat_broker_op_handler(ngx_http_chat_redis_call_t *call,
    redisReply *reply)
{
    ngx_http_chat_broker_op_t     *op;
    ngx_http_chat_broker_redis_t  *b;

    op = (ngx_http_chat_broker_op_t *) call;
    b = op->broker;

    if (b->stale && op->link == &b->cmd) {
        b->barrier--;
    }

    if (reply == NULL) {
        ngx_http_chat_broker_wait_fail(b);
    }

    if (ngx_http_chat_broker_op_repeat(op, reply)) {
        /* it is in retry */

    } else if (op->durable && reply != NULL) {
        ngx_http_chat_broker_wait_hold(op, reply);

    } else {
        ngx_http_chat_broker_op_finish(op, reply);
    }

    if (b->stale && b->barrier == 0) {
        ngx_http_chat_broker_op_renew(b);
    }
}


static ngx_uint_t
ngx_http_chat_broker_op_repeat(ngx_http_chat_broker_op_t *op,
    redisReply *reply)
{
    ngx_http_chat_broker_redis_t  *b;

    if (reply == NULL || reply->type != REDIS_REPLY_ERROR
        || !op->script || op->retried
        || ngx_strncmp(reply->str, "NOSCRIPT", sizeof("NOSCRIPT") - 1) != 0)
    {
        return 0;
    }

    b = op->broker;

    if (!b->stale) {
        b->stale = 1;
        b->barrier = b->cmd.calls;
    }

    op->retried = 1;
    ngx_http_chat_redis_queue_push(&b->retry, &op->call);

    return 1;
}


static void
ngx_http_chat_broker_op_finish(ngx_http_chat_broker_op_t *op,
    redisReply *reply)
{
    op->done(op, reply);

    ngx_http_chat_broker_op_free(op);
}


static void
ngx_http_chat_broker_op_renew(ngx_http_chat_broker_redis_t *b)
{
    ngx_http_chat_redis_call_t  *retry, *held;

    retry = ngx_http_chat_redis_queue_take(&b->retry);
    held = ngx_http_chat_broker_op_take_held(b);
    b->stale = 0;

    (void) ngx_http_chat_broker_redis_load(b);

    ngx_http_chat_broker_op_send_all(retry);
    ngx_http_chat_broker_op_send_all(held);
}


void
ngx_http_chat_broker_op_release(ngx_http_chat_broker_redis_t *b)
{
    ngx_http_chat_redis_call_t  *held;

    held = ngx_http_chat_broker_op_take_held(b);

    ngx_http_chat_broker_op_number(b, held);
    ngx_http_chat_broker_op_send_all(held);
}


void
ngx_http_chat_broker_op_abandon(ngx_http_chat_broker_redis_t *b)
{
    ngx_http_chat_redis_call_t  *retry, *held;

    ngx_http_chat_broker_wait_fail(b);

    retry = ngx_http_chat_redis_queue_take(&b->retry);
    held = ngx_http_chat_broker_op_take_held(b);

    ngx_http_chat_broker_op_finish_all(retry);
    ngx_http_chat_broker_op_finish_all(held);
}


/*
 * What was made before Redis told its run_id has "?" in its place.
 */

static void
ngx_http_chat_broker_op_number(ngx_http_chat_broker_redis_t *b,
    ngx_http_chat_redis_call_t *call)
{
    u_char                     *p;
    ngx_http_chat_broker_op_t  *op;

    for ( /* void */ ; call; call = call->next) {
        op = (ngx_http_chat_broker_op_t *) call;

        if (!op->numbers) {
            continue;
        }

        p = ngx_http_chat_broker_op_unnumbered(call);

        if (p) {
            ngx_memcpy(p, b->run_id, NGX_HTTP_CHAT_BROKER_REDIS_RUN_ID);
        }
    }
}


/* With CRLF before it no key looks so, and others stand behind it. */

static u_char *
ngx_http_chat_broker_op_unnumbered(ngx_http_chat_redis_call_t *call)
{
    u_char  *p, *last;

    static const u_char  unnumbered[] = CRLF "????????????????";

    p = (u_char *) call->bytes;
    last = p + call->len - (sizeof(unnumbered) - 1);

    for ( /* void */ ; p <= last; p++) {
        if (ngx_memcmp(p, unnumbered, sizeof(unnumbered) - 1) == 0) {
            return p + sizeof(CRLF) - 1;
        }
    }

    return NULL;
}


static ngx_http_chat_redis_call_t *
ngx_http_chat_broker_op_take_held(ngx_http_chat_broker_redis_t *b)
{
    b->nheld = 0;
    b->held_size = 0;

    return ngx_http_chat_redis_queue_take(&b->held);
}


static void
ngx_http_chat_broker_op_send_all(ngx_http_chat_redis_call_t *call)
{
    ngx_http_chat_broker_op_t   *op;
    ngx_http_chat_redis_call_t  *next;

    for ( /* void */ ; call; call = next) {
        next = call->next;
        op = (ngx_http_chat_broker_op_t *) call;

        if (ngx_http_chat_redis_send(op->link, call) != NGX_OK) {
            ngx_http_chat_broker_op_finish(op, NULL);
        }
    }
}


static void
ngx_http_chat_broker_op_finish_all(ngx_http_chat_redis_call_t *call)
{
    ngx_http_chat_redis_call_t  *next;

    for ( /* void */ ; call; call = next) {
        next = call->next;
        ngx_http_chat_broker_op_finish((ngx_http_chat_broker_op_t *) call,
                                       NULL);
    }
}


void
ngx_http_chat_broker_op_cleanup(ngx_http_chat_broker_redis_t *b)
{
    ngx_http_chat_broker_op_t  *op;

    while (b->free) {
        op = b->free;
        b->free = (ngx_http_chat_broker_op_t *) op->call.next;
        ngx_free(op);
    }
}


void
ngx_http_chat_broker_args(ngx_http_chat_broker_args_t *args,
    const char *command)
{
    args->n = 0;
    args->nkeys = 0;
    args->numbers = 0;
    args->durable = 0;

    ngx_http_chat_broker_arg(args, command, ngx_strlen(command));
}


void
ngx_http_chat_broker_arg(ngx_http_chat_broker_args_t *args, const void *data,
    size_t len)
{
    args->argv[args->n] = data;
    args->len[args->n] = len;
    args->n++;
}


void
ngx_http_chat_broker_key(ngx_http_chat_broker_args_t *args,
    ngx_http_chat_broker_redis_t *b, const ngx_chat_str_t *room,
    const char *suffix)
{
    size_t          len;
    u_char         *key;
    ngx_chat_str_t  prefix;

    prefix.len = b->conf->prefix.len;
    prefix.data = b->conf->prefix.data;

    key = args->keys[args->nkeys++];
    len = ngx_chat_name_key(key, NGX_HTTP_CHAT_BROKER_KEY, &prefix, room,
                            suffix);

    ngx_http_chat_broker_arg(args, key, len);
}


void
ngx_http_chat_broker_key_add(ngx_http_chat_broker_args_t *args,
    const ngx_chat_str_t *part)
{
    int  last;

    last = args->n - 1;

    args->len[last] = ngx_chat_name_key_add(args->keys[args->nkeys - 1],
                                            NGX_HTTP_CHAT_BROKER_KEY,
                                            args->len[last], part);
}
