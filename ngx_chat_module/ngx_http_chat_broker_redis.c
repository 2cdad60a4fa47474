
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The broker over Redis: the contract's operations as scripts and channels.
 */


#include "ngx_http_chat_broker_redis_note.h"


#define NGX_HTTP_CHAT_BROKER_BUF       4096     /* bytes of a payload */
#define NGX_HTTP_CHAT_BROKER_BUF_KEEP  65536    /* bytes kept beyond its use */


static ngx_int_t ngx_http_chat_broker_redis_subscribe(
    ngx_http_chat_broker_t *broker, const ngx_chat_str_t *room,
    const ngx_http_chat_ticket_t *ticket);
static void ngx_http_chat_broker_redis_unsubscribe(
    ngx_http_chat_broker_t *broker, const ngx_chat_str_t *room);
static void ngx_http_chat_broker_redis_signal(ngx_http_chat_broker_t *broker,
    const ngx_chat_wire_t *rec);

static ngx_http_chat_broker_op_t *ngx_http_chat_broker_redis_channel(
    ngx_http_chat_broker_redis_t *b, const char *command,
    const ngx_chat_str_t *room, ngx_http_chat_broker_done_pt done);


const ngx_http_chat_broker_ops_t  ngx_http_chat_broker_redis = {
    ngx_string("redis"),
    1,
    ngx_http_chat_broker_redis_init_worker,
    ngx_http_chat_broker_redis_exit_worker,
    ngx_http_chat_broker_redis_subscribe,
    ngx_http_chat_broker_redis_unsubscribe,
    ngx_http_chat_broker_redis_publish,
    ngx_http_chat_broker_redis_signal,
    ngx_http_chat_broker_redis_history,
    ngx_http_chat_broker_redis_enter,
    ngx_http_chat_broker_redis_leave,
    ngx_http_chat_broker_redis_list,
    ngx_http_chat_broker_redis_sweep,
    ngx_http_chat_broker_redis_rights,
    ngx_http_chat_broker_redis_moderate,
    ngx_http_chat_broker_redis_acts,
    ngx_http_chat_broker_redis_rooms,
    ngx_http_chat_broker_redis_meter,
    ngx_http_chat_broker_redis_tally,
    ngx_http_chat_broker_redis_resign,
    ngx_http_chat_broker_redis_note,
    ngx_http_chat_broker_redis_take
};


static ngx_int_t
ngx_http_chat_broker_redis_subscribe(ngx_http_chat_broker_t *broker,
    const ngx_chat_str_t *room, const ngx_http_chat_ticket_t *ticket)
{
    ngx_http_chat_broker_op_t     *op;
    ngx_http_chat_broker_redis_t  *b;

    b = (ngx_http_chat_broker_redis_t *) broker;

    op = ngx_http_chat_broker_redis_channel(b, "SUBSCRIBE", room,
                               ngx_http_chat_broker_redis_subscribe_done);
    if (op == NULL) {
        return NGX_DECLINED;
    }

    op->ticket = *ticket;

    return ngx_http_chat_broker_op_start(op);
}


/*
 * Until Redis has answered, records of the channel may still come, even if
 * the room has been subscribed to again: what is in closing is not delivered.
 */

static void
ngx_http_chat_broker_redis_unsubscribe(ngx_http_chat_broker_t *broker,
    const ngx_chat_str_t *room)
{
    ngx_http_chat_broker_op_t     *op;
    ngx_http_chat_broker_redis_t  *b;

    b = (ngx_http_chat_broker_redis_t *) broker;

    op = ngx_http_chat_broker_redis_channel(b, "UNSUBSCRIBE", room,
                               ngx_http_chat_broker_redis_unsubscribe_done);
    if (op == NULL) {
        return;
    }

    op->channel.node.key = ngx_crc32_short(op->channel.str.data,
                                           op->channel.str.len);

    if (ngx_http_chat_broker_op_start(op) == NGX_OK) {
        ngx_rbtree_insert(&b->closing, &op->channel.node);
    }
}


static ngx_http_chat_broker_op_t *
ngx_http_chat_broker_redis_channel(ngx_http_chat_broker_redis_t *b,
    const char *command, const ngx_chat_str_t *room,
    ngx_http_chat_broker_done_pt done)
{
    ngx_http_chat_broker_op_t    *op;
    ngx_http_chat_broker_args_t   args;

    ngx_http_chat_broker_args(&args, command);
    ngx_http_chat_broker_key(&args, b, room, b->conf->channel);

    op = ngx_http_chat_broker_op(b, &b->sub, &args, done);

    if (op) {
        op->channel.str.len = args.len[1];
        op->channel.str.data = (u_char *) op->call.bytes + op->call.len
                               - (sizeof(CRLF) - 1) - args.len[1];
    }

    return op;
}


static void
ngx_http_chat_broker_redis_signal(ngx_http_chat_broker_t *broker,
    const ngx_chat_wire_t *rec)
{
    size_t                         len, header;
    u_char                        *p;
    ngx_http_chat_broker_op_t     *op;
    ngx_http_chat_broker_args_t    args;
    ngx_http_chat_broker_redis_t  *b;

    b = (ngx_http_chat_broker_redis_t *) broker;

    if (b->head.state != NGX_HTTP_CHAT_BROKER_READY
        || ngx_http_chat_broker_redis_payload(b, rec, &len) != NGX_OK)
    {
        return;
    }

    /* the payload stands at a distance from the buffer's beginning */

    p = b->buf;
    header = ngx_chat_wire_header(p - NGX_CHAT_WIRE_HEADER_MAX,
                                  NGX_CHAT_WIRE_HEADER_MAX, rec);

    if (header > NGX_CHAT_WIRE_HEADER_MAX) {
        return;
    }

    ngx_memmove(p - header, p - NGX_CHAT_WIRE_HEADER_MAX, header);

    ngx_http_chat_broker_args(&args, "PUBLISH");
    ngx_http_chat_broker_key(&args, b, &rec->room, b->conf->channel);
    ngx_http_chat_broker_arg(&args, p - header, header + len);

    op = ngx_http_chat_broker_op(b, &b->cmd, &args,
                                 ngx_http_chat_broker_redis_signal_done);
    if (op) {
        (void) ngx_http_chat_broker_op_start(op);
    }
}


void
ngx_http_chat_broker_redis_script(ngx_http_chat_broker_args_t *args,
    ngx_http_chat_broker_redis_t *b, ngx_http_chat_script_e script,
    const char *nkeys)
{
    ngx_http_chat_broker_args(args, "EVALSHA");
    ngx_http_chat_broker_arg(args, b->sha[script],
                             NGX_HTTP_CHAT_BROKER_REDIS_SHA);
    ngx_http_chat_broker_arg(args, nkeys, 1);
}


u_char *
ngx_http_chat_broker_redis_epoch(u_char *epoch,
    ngx_http_chat_broker_redis_t *b)
{
    uint64_t     n;
    ngx_uint_t   i;

    static const u_char  digits[] = "0123456789abcdefghijklmnopqrstuv";

    /* splitmix64: no two alike in 2^64 calls */

    b->random += 0x9e3779b97f4a7c15;
    n = b->random;
    n = (n ^ (n >> 30)) * 0xbf58476d1ce4e5b9;
    n = (n ^ (n >> 27)) * 0x94d049bb133111eb;
    n ^= n >> 31;

    for (i = 0; i < NGX_HTTP_CHAT_BROKER_REDIS_EPOCH; i++) {
        epoch[i] = digits[n & 0x1f];
        n >>= 5;
    }

    return epoch + NGX_HTTP_CHAT_BROKER_REDIS_EPOCH;
}


void
ngx_http_chat_broker_redis_numbers(ngx_http_chat_broker_args_t *args,
    ngx_http_chat_broker_redis_t *b)
{
    u_char  *p;

    p = ngx_sprintf(b->run_id + NGX_HTTP_CHAT_BROKER_REDIS_RUN_ID, " %07T",
                    ngx_time() / NGX_HTTP_CHAT_BROKER_REDIS_RENEW);

    ngx_http_chat_broker_arg(args, b->run_id, p - b->run_id);
    args->numbers = (b->run_id[0] == '?');
}


/* Leaves room for a header in front of b->buf. */

ngx_int_t
ngx_http_chat_broker_redis_payload(ngx_http_chat_broker_redis_t *b,
    const ngx_chat_wire_t *rec, size_t *len)
{
    size_t   size;
    u_char  *p;

    size = ngx_chat_wire_payload(b->buf, b->size, rec);

    if (size > b->conf->bulk_max - NGX_CHAT_WIRE_HEADER_MAX) {
        ngx_log_error(NGX_LOG_ERR, b->log, 0,
                      "message of %uz bytes is too large for redis %V",
                      size, &b->conf->address);
        return NGX_DECLINED;
    }

    if (size > b->size
        || (b->size > NGX_HTTP_CHAT_BROKER_BUF_KEEP
            && size <= NGX_HTTP_CHAT_BROKER_BUF_KEEP))
    {
        p = ngx_alloc(NGX_CHAT_WIRE_HEADER_MAX
                      + ngx_max(size, NGX_HTTP_CHAT_BROKER_BUF), b->log);
        if (p == NULL) {
            return NGX_ERROR;
        }

        if (b->buf) {
            ngx_free(b->buf - NGX_CHAT_WIRE_HEADER_MAX);
        }

        b->buf = p + NGX_CHAT_WIRE_HEADER_MAX;
        b->size = ngx_max(size, NGX_HTTP_CHAT_BROKER_BUF);

        (void) ngx_chat_wire_payload(b->buf, b->size, rec);
    }

    *len = size;

    return NGX_OK;
}


ngx_int_t
ngx_http_chat_broker_redis_start(ngx_http_chat_broker_redis_t *b,
    ngx_http_chat_broker_args_t *args, ngx_http_chat_broker_done_pt done,
    const ngx_http_chat_ticket_t *ticket)
{
    ngx_http_chat_broker_op_t  *op;

    op = ngx_http_chat_broker_op(b, &b->cmd, args, done);
    if (op == NULL) {
        return NGX_DECLINED;
    }

    op->script = 1;
    op->ticket = *ticket;

    return ngx_http_chat_broker_op_start(op);
}
