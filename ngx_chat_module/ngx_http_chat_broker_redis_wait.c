
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * "wait=n" of "chat_redis": nobody is told what n replicas do not have.
 *
 * What the log's scripts answered is held until a WAIT that was sent behind
 * them says that enough replicas have all that they wrote or saw: Redis waits
 * for the offset of its log at the end of the connection's last command.  One
 * WAIT is under way at a time, for it stops all that comes behind it; what is
 * answered before it is covered by it, what comes behind it by the next.
 */


#include "ngx_http_chat_broker_redis.h"


#define NGX_HTTP_CHAT_BROKER_WAIT_TIME  "500"      /* ms */

/* places in the publish script's arguments: how many keys, the first of them,
   and the payload behind keys and owner */
#define NGX_HTTP_CHAT_BROKER_WAIT_NKEYS    2
#define NGX_HTTP_CHAT_BROKER_WAIT_KEY      3
#define NGX_HTTP_CHAT_BROKER_WAIT_PAYLOAD  4


static void ngx_http_chat_broker_wait_send(ngx_http_chat_broker_redis_t *b);
static void ngx_http_chat_broker_wait_done(ngx_http_chat_broker_op_t *op,
    redisReply *reply);
static void ngx_http_chat_broker_wait_few(ngx_http_chat_broker_redis_t *b,
    long long count);
static void ngx_http_chat_broker_wait_finish(ngx_http_chat_redis_call_t *call,
    ngx_uint_t enough);
static void ngx_http_chat_broker_wait_argument(ngx_http_chat_broker_op_t *op,
    ngx_uint_t n, ngx_str_t *arg);


/* So that all scripts of a turn have one WAIT, and it costs no round trip. */

void
ngx_http_chat_broker_wait_due(ngx_http_chat_broker_redis_t *b)
{
    b->wait_due = 1;

    if (!b->wait_sent && !b->wait.posted) {
        ngx_post_event(&b->wait, &ngx_posted_events);
    }
}


void
ngx_http_chat_broker_wait_handler(ngx_event_t *ev)
{
    ngx_http_chat_redis_ident_t   *ident;
    ngx_http_chat_broker_redis_t  *b;

    ident = ev->data;
    b = ident->owner;

    if (b->wait_due && !b->wait_sent) {
        ngx_http_chat_broker_wait_send(b);
    }
}


void
ngx_http_chat_broker_wait_hold(ngx_http_chat_broker_op_t *op,
    redisReply *reply)
{
    ngx_http_chat_broker_redis_t  *b;

    b = op->broker;

    op->reply = reply;
    op->link->kept = 1;

    ngx_http_chat_redis_queue_push(&b->waiting, &op->call);

    if (!b->wait_sent) {
        ngx_http_chat_broker_wait_send(b);
    }
}


static void
ngx_http_chat_broker_wait_send(ngx_http_chat_broker_redis_t *b)
{
    u_char                        n[NGX_INT_T_LEN];
    ngx_http_chat_broker_op_t    *op;
    ngx_http_chat_broker_args_t   args;

    b->wait_due = 0;

    ngx_http_chat_broker_args(&args, "WAIT");
    ngx_http_chat_broker_arg(&args, n, ngx_sprintf(n, "%ui", b->conf->wait)
                                       - n);
    ngx_http_chat_broker_arg(&args, NGX_HTTP_CHAT_BROKER_WAIT_TIME,
                             sizeof(NGX_HTTP_CHAT_BROKER_WAIT_TIME) - 1);

    op = ngx_http_chat_broker_op(b, &b->cmd, &args,
                                 ngx_http_chat_broker_wait_done);

    if (op && ngx_http_chat_redis_send(&b->cmd, &op->call) == NGX_OK) {
        b->wait_sent = 1;
        return;
    }

    if (op) {
        ngx_http_chat_broker_op_free(op);
    }

    ngx_http_chat_broker_wait_fail(b);
}


static void
ngx_http_chat_broker_wait_done(ngx_http_chat_broker_op_t *op,
    redisReply *reply)
{
    ngx_uint_t                     enough;
    ngx_http_chat_redis_call_t    *calls;
    ngx_http_chat_broker_redis_t  *b;

    b = op->broker;
    b->wait_sent = 0;

    enough = (reply != NULL && reply->type == REDIS_REPLY_INTEGER
              && reply->integer >= (long long) b->conf->wait);

    calls = ngx_http_chat_redis_queue_take(&b->waiting);

    if (b->wait_due && reply != NULL) {
        ngx_http_chat_broker_wait_send(b);
    }

    if (!enough && calls && reply && reply->type == REDIS_REPLY_INTEGER) {
        ngx_http_chat_broker_wait_few(b, reply->integer);
    }

    ngx_http_chat_broker_wait_finish(calls, enough);

    if (reply == NULL || reply->type == REDIS_REPLY_INTEGER) {
        return;
    }

    if (reply->type == REDIS_REPLY_ERROR) {
        ngx_http_chat_broker_redis_error(op, reply);
        return;
    }

    ngx_http_chat_broker_redis_unexpected(op->link);
}


static void
ngx_http_chat_broker_wait_few(ngx_http_chat_broker_redis_t *b,
    long long count)
{
    u_char  reason[NGX_MAX_ERROR_STR / 8];

    (void) ngx_snprintf(reason, sizeof(reason),
                        "had %L of %ui replicas in time%Z",
                        (int64_t) count, b->conf->wait);

    ngx_http_chat_broker_redis_degraded(b, reason,
                                        "bring its replicas back, or lower "
                                        "\"wait=\" of \"chat_redis\"");
}


void
ngx_http_chat_broker_wait_fail(ngx_http_chat_broker_redis_t *b)
{
    ngx_http_chat_broker_wait_finish(
                          ngx_http_chat_redis_queue_take(&b->waiting), 0);
}


/* Errors are told in any case; what else is not enough has no answer. */

static void
ngx_http_chat_broker_wait_finish(ngx_http_chat_redis_call_t *call,
    ngx_uint_t enough)
{
    redisReply                  *reply;
    ngx_http_chat_broker_op_t   *op;
    ngx_http_chat_redis_call_t  *next;

    for ( /* void */ ; call; call = next) {
        next = call->next;

        op = (ngx_http_chat_broker_op_t *) call;
        reply = op->reply;
        op->reply = NULL;

        if (enough || reply->type == REDIS_REPLY_ERROR) {
            op->done(op, reply);

        } else {
            op->done(op, NULL);
        }

        freeReplyObject(reply);
        ngx_http_chat_broker_op_free(op);
    }
}


/*
 * The script has stored the record and not announced it.  If this fails, all
 * find it in the room's log.
 */

void
ngx_http_chat_broker_wait_announce(ngx_http_chat_broker_op_t *op,
    redisReply *header)
{
    u_char                        *record, *end;
    u_char                         channel[NGX_HTTP_CHAT_BROKER_KEY];
    ngx_str_t                      key, nkeys, payload;
    ngx_http_chat_broker_op_t     *publish;
    ngx_http_chat_broker_args_t    args;
    ngx_http_chat_broker_redis_t  *b;

    b = op->broker;

    ngx_http_chat_broker_wait_argument(op, NGX_HTTP_CHAT_BROKER_WAIT_NKEYS,
                                       &nkeys);
    ngx_http_chat_broker_wait_argument(op, NGX_HTTP_CHAT_BROKER_WAIT_KEY,
                                       &key);
    ngx_http_chat_broker_wait_argument(op, NGX_HTTP_CHAT_BROKER_WAIT_PAYLOAD
                                           + nkeys.data[0] - '0', &payload);

    record = ngx_alloc(header->len + payload.len, b->log);
    if (record == NULL) {
        return;
    }

    ngx_memcpy(ngx_cpymem(record, header->str, header->len), payload.data,
               payload.len);

    /* "P:{R}:m" tells "P:{R}:ch" */

    end = ngx_slprintf(channel, channel + sizeof(channel), "%*s%s",
                       key.len - 1, key.data, b->conf->channel);

    ngx_http_chat_broker_args(&args, "PUBLISH");
    ngx_http_chat_broker_arg(&args, channel, end - channel);
    ngx_http_chat_broker_arg(&args, record, header->len + payload.len);

    publish = ngx_http_chat_broker_op(b, &b->cmd, &args,
                                      ngx_http_chat_broker_redis_signal_done);

    ngx_free(record);

    if (publish) {
        (void) ngx_http_chat_broker_op_start(publish);
    }
}


/* "*count CRLF", then "$length CRLF bytes CRLF" of each: our own bytes */

static void
ngx_http_chat_broker_wait_argument(ngx_http_chat_broker_op_t *op,
    ngx_uint_t n, ngx_str_t *arg)
{
    u_char  *p, *last, *end;

    p = (u_char *) op->call.bytes;
    last = p + op->call.len;

    arg->data = p;
    arg->len = 0;

    for ( ;; ) {
        p = arg->data + arg->len;
        p = ngx_strlchr(p, last, '$') + 1;
        end = ngx_strlchr(p, last, CR);

        arg->len = ngx_atoi(p, end - p);
        arg->data = end + sizeof(CRLF) - 1;

        if (n-- == 0) {
            return;
        }
    }
}
