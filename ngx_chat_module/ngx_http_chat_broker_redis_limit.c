
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Limits over all hosts, as Redis is told of them and tells.
 */


#include "ngx_http_chat_broker_redis.h"


/* ms for which a worker is known to count nothing; none takes so long to go */
#define NGX_HTTP_CHAT_BROKER_REDIS_GONE  "86400000"

#define NGX_HTTP_CHAT_BROKER_REDIS_KIND  32         /* bytes of a suffix */


static void ngx_http_chat_broker_redis_limit_key(
    ngx_http_chat_broker_args_t *args, ngx_http_chat_broker_redis_t *b,
    const char *suffix, const ngx_chat_str_t *name);
static void ngx_http_chat_broker_redis_limit_number(
    ngx_http_chat_broker_args_t *args, u_char *buf, ngx_int_t number);
static ngx_int_t ngx_http_chat_broker_redis_none(
    ngx_http_chat_broker_redis_t *b, const ngx_http_chat_tally_t *tally);
static void ngx_http_chat_broker_redis_tell(ngx_http_chat_broker_redis_t *b,
    ngx_http_chat_broker_args_t *args);
static void ngx_http_chat_broker_redis_meter_done(
    ngx_http_chat_broker_op_t *op, redisReply *reply);
static void ngx_http_chat_broker_redis_tally_done(
    ngx_http_chat_broker_op_t *op, redisReply *reply);


/* by ngx_http_chat_per_e */
static const char *const  ngx_http_chat_broker_redis_tallies[] = {
    NULL, "nu", "ni", "nr"
};


ngx_int_t
ngx_http_chat_broker_redis_meter(ngx_http_chat_broker_t *broker,
    const ngx_http_chat_meter_t *meter, const ngx_http_chat_ticket_t *ticket)
{
    u_char                         suffix[NGX_HTTP_CHAT_BROKER_REDIS_KIND];
    u_char                         numbers[3][NGX_INT_T_LEN];
    ngx_http_chat_broker_args_t    args;
    ngx_http_chat_broker_redis_t  *b;

    b = (ngx_http_chat_broker_redis_t *) broker;

    (void) ngx_snprintf(suffix, sizeof(suffix), "l%c-%V%Z",
                        ngx_http_chat_broker_redis_tallies[meter->per][1],
                        meter->kind);

    ngx_http_chat_broker_redis_script(&args, b, NGX_HTTP_CHAT_SCRIPT_METER,
                                      "1");
    ngx_http_chat_broker_redis_limit_key(&args, b, (const char *) suffix,
                                         &meter->name);

    ngx_http_chat_broker_redis_limit_number(&args, numbers[0], meter->rate);
    ngx_http_chat_broker_redis_limit_number(&args, numbers[1], meter->burst);
    ngx_http_chat_broker_redis_limit_number(&args, numbers[2], meter->amount);

    return ngx_http_chat_broker_redis_start(b, &args,
                               ngx_http_chat_broker_redis_meter_done, ticket);
}


ngx_int_t
ngx_http_chat_broker_redis_tally(ngx_http_chat_broker_t *broker,
    const ngx_http_chat_tally_t *tally, const ngx_http_chat_ticket_t *ticket)
{
    u_char                         numbers[2][NGX_INT_T_LEN];
    ngx_http_chat_broker_args_t    args;
    ngx_http_chat_broker_redis_t  *b;

    b = (ngx_http_chat_broker_redis_t *) broker;

    if (ticket == NULL) {
        return ngx_http_chat_broker_redis_none(b, tally);
    }

    ngx_http_chat_broker_redis_script(&args, b, NGX_HTTP_CHAT_SCRIPT_TALLY,
                                      "3");
    ngx_http_chat_broker_redis_limit_key(&args, b,
                         ngx_http_chat_broker_redis_tallies[tally->per],
                         &tally->name);
    ngx_http_chat_broker_key(&args, b, &ngx_http_chat_lease_all, "w");
    ngx_http_chat_broker_key(&args, b, &ngx_http_chat_lease_all, "gone");

    ngx_http_chat_broker_arg(&args, b->worker.data, b->worker.len);
    ngx_http_chat_broker_redis_limit_number(&args, numbers[0],
                                            (ngx_int_t) tally->count);
    ngx_http_chat_broker_redis_limit_number(&args, numbers[1],
                                            (ngx_int_t) tally->max);

    return ngx_http_chat_broker_redis_start(b, &args,
                               ngx_http_chat_broker_redis_tally_done, ticket);
}


/* Nobody asks how many others have: so it needs no script. */

static ngx_int_t
ngx_http_chat_broker_redis_none(ngx_http_chat_broker_redis_t *b,
    const ngx_http_chat_tally_t *tally)
{
    ngx_http_chat_broker_op_t    *op;
    ngx_http_chat_broker_args_t   args;

    ngx_http_chat_broker_args(&args, "HDEL");
    ngx_http_chat_broker_redis_limit_key(&args, b,
                         ngx_http_chat_broker_redis_tallies[tally->per],
                         &tally->name);
    ngx_http_chat_broker_arg(&args, b->worker.data, b->worker.len);

    op = ngx_http_chat_broker_op(b, &b->cmd, &args,
                                 ngx_http_chat_broker_redis_signal_done);

    return (op == NULL) ? NGX_DECLINED : ngx_http_chat_broker_op_start(op);
}


void
ngx_http_chat_broker_redis_resign(ngx_http_chat_broker_t *broker)
{
    ngx_http_chat_broker_args_t    args;
    ngx_http_chat_broker_redis_t  *b;

    b = (ngx_http_chat_broker_redis_t *) broker;

    ngx_http_chat_broker_args(&args, "SADD");
    ngx_http_chat_broker_key(&args, b, &ngx_http_chat_lease_all, "gone");
    ngx_http_chat_broker_arg(&args, b->worker.data, b->worker.len);
    ngx_http_chat_broker_redis_tell(b, &args);

    ngx_http_chat_broker_args(&args, "PEXPIRE");
    ngx_http_chat_broker_key(&args, b, &ngx_http_chat_lease_all, "gone");
    ngx_http_chat_broker_arg(&args, NGX_HTTP_CHAT_BROKER_REDIS_GONE,
                             sizeof(NGX_HTTP_CHAT_BROKER_REDIS_GONE) - 1);
    ngx_http_chat_broker_redis_tell(b, &args);
}


static void
ngx_http_chat_broker_redis_tell(ngx_http_chat_broker_redis_t *b,
    ngx_http_chat_broker_args_t *args)
{
    ngx_http_chat_broker_op_t  *op;

    op = ngx_http_chat_broker_op(b, &b->cmd, args,
                                 ngx_http_chat_broker_redis_signal_done);
    if (op) {
        (void) ngx_http_chat_broker_op_start(op);
    }
}


static void
ngx_http_chat_broker_redis_limit_key(ngx_http_chat_broker_args_t *args,
    ngx_http_chat_broker_redis_t *b, const char *suffix,
    const ngx_chat_str_t *name)
{
    ngx_http_chat_broker_key(args, b, &ngx_http_chat_lease_all, suffix);
    ngx_http_chat_broker_key_add(args, name);
}


static void
ngx_http_chat_broker_redis_limit_number(ngx_http_chat_broker_args_t *args,
    u_char *buf, ngx_int_t number)
{
    ngx_http_chat_broker_arg(args, buf, ngx_sprintf(buf, "%i", number) - buf);
}


static void
ngx_http_chat_broker_redis_meter_done(ngx_http_chat_broker_op_t *op,
    redisReply *reply)
{
    ngx_http_chat_reply_t  answer;

    if (ngx_http_chat_broker_redis_usable(op, reply, REDIS_REPLY_INTEGER)
        != NGX_OK)
    {
        return;
    }

    ngx_memzero(&answer, sizeof(ngx_http_chat_reply_t));
    answer.count = (uint64_t) ngx_max(reply->integer, 0);

    ngx_http_chat_broker_redis_answer(op, &answer);
}


static void
ngx_http_chat_broker_redis_tally_done(ngx_http_chat_broker_op_t *op,
    redisReply *reply)
{
    ngx_http_chat_reply_t  answer;

    if (ngx_http_chat_broker_redis_usable(op, reply, REDIS_REPLY_ARRAY)
        != NGX_OK)
    {
        return;
    }

    if (reply->elements == 0
        || reply->element[0]->type != REDIS_REPLY_INTEGER
        || reply->element[0]->integer < 0)
    {
        ngx_http_chat_broker_redis_fault(op);
        return;
    }

    ngx_memzero(&answer, sizeof(ngx_http_chat_reply_t));

    answer.count = (uint64_t) reply->element[0]->integer;
    answer.ghosts = ngx_http_chat_broker_redis_lease_found(op->broker,
                                   reply->element + 1, reply->elements - 1)
                    & 1;

    ngx_http_chat_broker_redis_answer(op, &answer);
}
