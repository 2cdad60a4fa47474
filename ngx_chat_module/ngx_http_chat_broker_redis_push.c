
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * What Redis pushes to a subscriber: records of rooms, the heartbeat, deaths.
 */


#include "ngx_http_chat_broker_redis.h"
#include "ngx_http_chat_metric.h"


static void ngx_http_chat_broker_redis_deliver(
    ngx_http_chat_broker_redis_t *b, ngx_str_t *channel, ngx_str_t *bytes);


void
ngx_http_chat_broker_redis_push(ngx_http_chat_redis_t *link,
    redisReply *reply)
{
    ngx_str_t                      channel, bytes;
    ngx_http_chat_broker_redis_t  *b;

    b = link->data;

    if (reply->element[1]->type != REDIS_REPLY_STRING
        || reply->element[2]->type != REDIS_REPLY_STRING)
    {
        ngx_http_chat_broker_redis_unexpected(link);
        return;
    }

    channel.len = reply->element[1]->len;
    channel.data = (u_char *) reply->element[1]->str;

    if (channel.len == b->beat_channel.len
        && ngx_memcmp(channel.data, b->beat_channel.data, channel.len) == 0)
    {
        b->missed = 0;
        ngx_http_chat_metric_heard(b->store);

        if (b->head.state == NGX_HTTP_CHAT_BROKER_READY) {
            ngx_http_chat_metric_due(b->store, NGX_HTTP_CHAT_BROKER_BEAT);
        }

        if (!b->heard) {
            b->heard = 1;
            ngx_http_chat_broker_redis_ready(b);
        }

        return;
    }

    if (channel.len == b->lease.channel.len
        && ngx_memcmp(channel.data, b->lease.channel.data, channel.len) == 0)
    {
        ngx_http_chat_broker_redis_lease_heard(b);
        return;
    }

    if (b->head.state != NGX_HTTP_CHAT_BROKER_READY) {
        return;
    }

    bytes.len = reply->element[2]->len;
    bytes.data = (u_char *) reply->element[2]->str;

    ngx_http_chat_broker_redis_deliver(b, &channel, &bytes);
}


static void
ngx_http_chat_broker_redis_deliver(ngx_http_chat_broker_redis_t *b,
    ngx_str_t *channel, ngx_str_t *bytes)
{
    ngx_chat_str_t   key, prefix, room;
    ngx_chat_wire_t  rec;

    if (b->closing.root != b->closing.sentinel
        && ngx_str_rbtree_lookup(&b->closing, channel,
                                 ngx_crc32_short(channel->data, channel->len)))
    {
        return;
    }

    key.len = channel->len;
    key.data = channel->data;
    prefix.len = b->conf->prefix.len;
    prefix.data = b->conf->prefix.data;

    if (!ngx_chat_name_key_room(&key, &prefix, b->conf->channel, &room)
        || !ngx_chat_wire_parse(&rec, bytes->data, bytes->len))
    {
        if (ngx_http_chat_broker_redis_may_log(b)) {
            ngx_log_error(NGX_LOG_ERR, b->log, 0,
                          "redis %V brought %uz bytes that are no record",
                          &b->conf->address, bytes->len);
        }

        return;
    }

    rec.room = room;

    b->head.upcalls->deliver(b->head.hub, &rec);
}
