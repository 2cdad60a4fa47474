
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * What Redis answers to operations.
 */


#include "ngx_http_chat_broker_redis.h"


static ngx_uint_t ngx_http_chat_broker_redis_confirms(
    ngx_http_chat_broker_op_t *op, redisReply *reply, const char *kind);


void
ngx_http_chat_broker_redis_subscribe_done(ngx_http_chat_broker_op_t *op,
    redisReply *reply)
{
    ngx_http_chat_reply_t  answer;

    if (ngx_http_chat_broker_redis_usable(op, reply, REDIS_REPLY_ARRAY)
        != NGX_OK)
    {
        return;
    }

    if (!ngx_http_chat_broker_redis_confirms(op, reply, "subscribe")) {
        ngx_http_chat_broker_redis_fault(op);
        return;
    }

    ngx_memzero(&answer, sizeof(ngx_http_chat_reply_t));

    ngx_http_chat_broker_redis_answer(op, &answer);
}


void
ngx_http_chat_broker_redis_unsubscribe_done(ngx_http_chat_broker_op_t *op,
    redisReply *reply)
{
    ngx_rbtree_delete(&op->broker->closing, &op->channel.node);

    if (ngx_http_chat_broker_redis_usable(op, reply, REDIS_REPLY_ARRAY)
        != NGX_OK)
    {
        return;
    }

    if (!ngx_http_chat_broker_redis_confirms(op, reply, "unsubscribe")) {
        ngx_http_chat_broker_redis_fault(op);
    }
}


void
ngx_http_chat_broker_redis_signal_done(ngx_http_chat_broker_op_t *op,
    redisReply *reply)
{
    (void) ngx_http_chat_broker_redis_usable(op, reply, REDIS_REPLY_INTEGER);
}


/*
 * Returns NGX_OK for a reply of the type; else the ticket has been answered.
 */

ngx_int_t
ngx_http_chat_broker_redis_usable(ngx_http_chat_broker_op_t *op,
    redisReply *reply, int type)
{
    ngx_chat_code_e  code;

    if (reply == NULL) {
        ngx_http_chat_broker_redis_refuse(op, NGX_CHAT_CODE_UNAVAILABLE);
        return NGX_DONE;
    }

    if (reply->type == type) {
        return NGX_OK;
    }

    if (reply->type != REDIS_REPLY_ERROR) {
        ngx_http_chat_broker_redis_fault(op);
        return NGX_DONE;
    }

    /* a key of ours that holds something else: only this room is broken */

    code = ngx_strstr(reply->str, "WRONGTYPE") ? NGX_CHAT_CODE_INTERNAL
                                               : NGX_CHAT_CODE_UNAVAILABLE;

    ngx_http_chat_broker_redis_refuse(op, code);
    ngx_http_chat_broker_redis_error(op, reply);

    return NGX_DONE;
}


/* The answer has another shape than was asked for: no later one is trusted. */

void
ngx_http_chat_broker_redis_fault(ngx_http_chat_broker_op_t *op)
{
    ngx_http_chat_broker_redis_refuse(op, NGX_CHAT_CODE_UNAVAILABLE);
    ngx_http_chat_broker_redis_unexpected(op->link);
}


/* What a room's keys hold is none of ours: only this room is broken. */

void
ngx_http_chat_broker_redis_broken(ngx_http_chat_broker_op_t *op)
{
    ngx_http_chat_broker_redis_t  *b;

    b = op->broker;

    if (ngx_http_chat_broker_redis_may_log(b)) {
        ngx_log_error(NGX_LOG_ERR, b->log, 0,
                      "redis %V holds a room's number or epoch that is none",
                      &b->conf->address);
    }

    ngx_http_chat_broker_redis_refuse(op, NGX_CHAT_CODE_INTERNAL);
}


void
ngx_http_chat_broker_redis_unexpected(ngx_http_chat_redis_t *link)
{
    ngx_http_chat_redis_fail(link, 0, "sent an unexpected reply");
}


/* ["subscribe", channel, how many] of the very channel that was asked for */

static ngx_uint_t
ngx_http_chat_broker_redis_confirms(ngx_http_chat_broker_op_t *op,
    redisReply *reply, const char *kind)
{
    redisReply  **element;

    element = reply->element;

    return reply->elements == 3
           && element[0]->type == REDIS_REPLY_STRING
           && element[1]->type == REDIS_REPLY_STRING
           && ngx_strcmp(element[0]->str, kind) == 0
           && (size_t) element[1]->len == op->channel.str.len
           && ngx_memcmp(element[1]->str, op->channel.str.data,
                         op->channel.str.len)
              == 0;
}


/* Takes digits and the byte behind them; stop 0: they end the text. */

ngx_int_t
ngx_http_chat_broker_redis_decimal(u_char **pos, u_char *end, u_char stop,
    uint64_t *number)
{
    u_char    *p;
    uint64_t   n;

    n = 0;

    for (p = *pos; p < end && *p >= '0' && *p <= '9'; p++) {
        n = n * 10 + (*p - '0');

        if (n > NGX_CHAT_PROTO_INT_MAX) {
            return NGX_ERROR;
        }
    }

    if (p == *pos) {
        return NGX_ERROR;
    }

    if (stop) {
        if (p == end || *p != stop) {
            return NGX_ERROR;
        }

        p++;

    } else if (p != end) {
        return NGX_ERROR;
    }

    *pos = p;
    *number = n;

    return NGX_OK;
}


/* [epoch, last number, ...] */

ngx_int_t
ngx_http_chat_broker_redis_room(redisReply *reply,
    ngx_http_chat_reply_t *answer)
{
    u_char      *p;
    redisReply  *epoch, *seq;

    if (reply->elements < 2) {
        return NGX_ERROR;
    }

    epoch = reply->element[0];
    seq = reply->element[1];

    if (epoch->type != REDIS_REPLY_STRING || seq->type != REDIS_REPLY_STRING
        || epoch->len == 0 || epoch->len > NGX_CHAT_WIRE_EPOCH_MAX)
    {
        return NGX_ERROR;
    }

    answer->epoch.data = (u_char *) epoch->str;
    answer->epoch.len = epoch->len;

    p = (u_char *) seq->str;

    return ngx_http_chat_broker_redis_decimal(&p, p + seq->len, 0,
                                              &answer->seq);
}


void
ngx_http_chat_broker_redis_refuse(ngx_http_chat_broker_op_t *op,
    ngx_chat_code_e code)
{
    ngx_http_chat_reply_t  answer;

    ngx_memzero(&answer, sizeof(ngx_http_chat_reply_t));
    answer.code = code;

    ngx_http_chat_broker_redis_answer(op, &answer);
}


void
ngx_http_chat_broker_redis_answer(ngx_http_chat_broker_op_t *op,
    const ngx_http_chat_reply_t *answer)
{
    if (op->ticket.handler) {
        op->ticket.handler(&op->ticket, answer);
    }
}
