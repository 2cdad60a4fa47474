
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * What an open link is asked before it is of use: is this Redis a master,
 * keeps it what it is given, has it our scripts, does the subscriber hear us.
 */


#include "ngx_http_chat_broker_redis.h"

#include <ngx_sha1.h>


static ngx_int_t ngx_http_chat_broker_redis_info(
    ngx_http_chat_broker_redis_t *b, const char *section,
    ngx_http_chat_broker_done_pt done);
static void ngx_http_chat_broker_redis_server_done(
    ngx_http_chat_broker_op_t *op, redisReply *reply);
static void ngx_http_chat_broker_redis_role_done(
    ngx_http_chat_broker_op_t *op, redisReply *reply);
static void ngx_http_chat_broker_redis_memory_done(
    ngx_http_chat_broker_op_t *op, redisReply *reply);
static ngx_int_t ngx_http_chat_broker_redis_field(redisReply *reply,
    const char *name, ngx_str_t *value);
static void ngx_http_chat_broker_redis_load_done(
    ngx_http_chat_broker_op_t *op, redisReply *reply);
static ngx_int_t ngx_http_chat_broker_redis_setup(
    ngx_http_chat_broker_op_t *op, redisReply *reply);
static void ngx_http_chat_broker_redis_setup_done(
    ngx_http_chat_broker_op_t *op);
static void ngx_http_chat_broker_redis_sub_done(
    ngx_http_chat_broker_op_t *op, redisReply *reply);


void
ngx_http_chat_broker_redis_cmd_up(ngx_http_chat_redis_t *link)
{
    ngx_http_chat_broker_redis_t  *b;

    b = link->data;
    b->setup = 0;

    if (ngx_http_chat_broker_redis_info(b, "server",
                                   ngx_http_chat_broker_redis_server_done)
        != NGX_OK
        || ngx_http_chat_broker_redis_info(b, "replication",
                                   ngx_http_chat_broker_redis_role_done)
           != NGX_OK
        || ngx_http_chat_broker_redis_info(b, "memory",
                                   ngx_http_chat_broker_redis_memory_done)
           != NGX_OK
        || ngx_http_chat_broker_redis_load(b) != NGX_OK)
    {
        ngx_http_chat_redis_fail(link, 0, "was left for want of memory");
        return;
    }

    ngx_http_chat_broker_redis_probe(b);
}


/* What is not asked for want of memory is asked the next time. */

void
ngx_http_chat_broker_redis_check(ngx_http_chat_broker_redis_t *b)
{
    (void) ngx_http_chat_broker_redis_info(b, "replication",
                                   ngx_http_chat_broker_redis_role_done);
    (void) ngx_http_chat_broker_redis_info(b, "memory",
                                   ngx_http_chat_broker_redis_memory_done);
}


static ngx_int_t
ngx_http_chat_broker_redis_info(ngx_http_chat_broker_redis_t *b,
    const char *section, ngx_http_chat_broker_done_pt done)
{
    ngx_http_chat_broker_op_t    *op;
    ngx_http_chat_broker_args_t   args;

    ngx_http_chat_broker_args(&args, "INFO");
    ngx_http_chat_broker_arg(&args, section, ngx_strlen(section));

    op = ngx_http_chat_broker_op(b, &b->cmd, &args, done);
    if (op == NULL) {
        return NGX_ERROR;
    }

    if (ngx_http_chat_redis_send(&b->cmd, &op->call) != NGX_OK) {
        ngx_http_chat_broker_op_free(op);
        return NGX_ERROR;
    }

    b->setup++;

    return NGX_OK;
}


ngx_int_t
ngx_http_chat_broker_redis_load(ngx_http_chat_broker_redis_t *b)
{
    ngx_uint_t                    i, n;
    const ngx_str_t              *script;
    ngx_http_chat_broker_op_t    *op;
    ngx_http_chat_broker_args_t   args;

    n = b->conf->notes ? NGX_HTTP_CHAT_SCRIPT_COUNT
                       : NGX_HTTP_CHAT_SCRIPT_NOTE;

    for (i = 0; i < n; i++) {
        script = ngx_http_chat_broker_redis_scripts[i];

        ngx_http_chat_broker_args(&args, "SCRIPT");
        ngx_http_chat_broker_arg(&args, "LOAD", sizeof("LOAD") - 1);
        ngx_http_chat_broker_arg(&args, script->data, script->len);

        op = ngx_http_chat_broker_op(b, &b->cmd, &args,
                                     ngx_http_chat_broker_redis_load_done);
        if (op == NULL) {
            return NGX_ERROR;
        }

        op->data = i;

        if (ngx_http_chat_redis_send(&b->cmd, &op->call) != NGX_OK) {
            ngx_http_chat_broker_op_free(op);
            return NGX_ERROR;
        }

        b->setup++;
    }

    return NGX_OK;
}


static void
ngx_http_chat_broker_redis_server_done(ngx_http_chat_broker_op_t *op,
    redisReply *reply)
{
    ngx_str_t                      id;
    ngx_http_chat_broker_redis_t  *b;

    if (ngx_http_chat_broker_redis_setup(op, reply) != NGX_OK) {
        return;
    }

    b = op->broker;

    if (ngx_http_chat_broker_redis_field(reply, "run_id", &id) != NGX_OK
        || id.len < NGX_HTTP_CHAT_BROKER_REDIS_RUN_ID)
    {
        ngx_http_chat_broker_redis_unexpected(op->link);
        return;
    }

    ngx_memcpy(b->run_id, id.data, NGX_HTTP_CHAT_BROKER_REDIS_RUN_ID);

    ngx_http_chat_broker_redis_setup_done(op);
}


static void
ngx_http_chat_broker_redis_role_done(ngx_http_chat_broker_op_t *op,
    redisReply *reply)
{
    ngx_str_t  role;

    if (ngx_http_chat_broker_redis_setup(op, reply) != NGX_OK) {
        return;
    }

    if (ngx_http_chat_broker_redis_field(reply, "role", &role) != NGX_OK
        || role.len != sizeof("master") - 1
        || ngx_memcmp(role.data, "master", sizeof("master") - 1) != 0)
    {
        op->broker->verdict = NGX_HTTP_CHAT_STATUS_READONLY;
        ngx_http_chat_redis_fail(op->link, 0, "is no master");
        return;
    }

    ngx_http_chat_broker_redis_setup_done(op);
}


/*
 * A Redis that evicts keys when its memory is full would drop rooms and what
 * was said in them without a word.
 */

static void
ngx_http_chat_broker_redis_memory_done(ngx_http_chat_broker_op_t *op,
    redisReply *reply)
{
    u_char                         reason[NGX_MAX_ERROR_STR / 8];
    ngx_str_t                      max, policy;
    ngx_http_chat_broker_redis_t  *b;

    if (ngx_http_chat_broker_redis_setup(op, reply) != NGX_OK) {
        return;
    }

    b = op->broker;

    if (ngx_http_chat_broker_redis_field(reply, "maxmemory", &max) != NGX_OK
        || ngx_http_chat_broker_redis_field(reply, "maxmemory_policy",
                                            &policy)
           != NGX_OK)
    {
        if (!b->unlimited) {
            b->unlimited = 1;
            ngx_log_error(NGX_LOG_WARN, b->log, 0,
                          "redis %V does not say whether it may evict keys: "
                          "see that its \"maxmemory-policy\" is noeviction",
                          &b->conf->address);
        }

    } else if ((max.len != 1 || max.data[0] != '0')
               && (policy.len != sizeof("noeviction") - 1
                   || ngx_memcmp(policy.data, "noeviction", policy.len) != 0))
    {
        policy.len = ngx_min(policy.len, sizeof("volatile-random") - 1);

        (void) ngx_snprintf(reason, sizeof(reason),
                            "may evict what it should keep and is not used: "
                            "set its \"maxmemory-policy\", now %V, to "
                            "noeviction%Z", &policy);

        b->verdict = NGX_HTTP_CHAT_STATUS_REFUSED;
        ngx_http_chat_redis_fail(op->link, 0, (const char *) reason);
        return;
    }

    ngx_http_chat_broker_redis_setup_done(op);
}


/* "name:value CRLF" of what INFO answers */

static ngx_int_t
ngx_http_chat_broker_redis_field(redisReply *reply, const char *name,
    ngx_str_t *value)
{
    size_t   len;
    u_char  *p, *last, *end;

    len = ngx_strlen(name);
    p = (u_char *) reply->str;
    last = p + reply->len;

    while (p < last) {
        end = ngx_strlchr(p, last, LF);

        if (end == NULL) {
            end = last;
        }

        if ((size_t) (end - p) > len && ngx_memcmp(p, name, len) == 0
            && p[len] == ':')
        {
            value->data = p + len + 1;

            if (end > value->data && *(end - 1) == CR) {
                end--;
            }

            value->len = end - value->data;

            return NGX_OK;
        }

        p = end + 1;
    }

    return NGX_DECLINED;
}


static void
ngx_http_chat_broker_redis_load_done(ngx_http_chat_broker_op_t *op,
    redisReply *reply)
{
    if (ngx_http_chat_broker_redis_setup(op, reply) != NGX_OK) {
        return;
    }

    if (reply->len != NGX_HTTP_CHAT_BROKER_REDIS_SHA
        || ngx_memcmp(reply->str, op->broker->sha[op->data],
                      NGX_HTTP_CHAT_BROKER_REDIS_SHA)
           != 0)
    {
        ngx_http_chat_broker_redis_unexpected(op->link);
        return;
    }

    ngx_http_chat_broker_redis_setup_done(op);
}


/* Without its answer to each of the setup's commands a Redis is of no use. */

static ngx_int_t
ngx_http_chat_broker_redis_setup(ngx_http_chat_broker_op_t *op,
    redisReply *reply)
{
    u_char  reason[NGX_MAX_ERROR_STR / 8];

    if (reply == NULL) {
        return NGX_DONE;
    }

    if (reply->type == REDIS_REPLY_ERROR) {
        ngx_http_chat_broker_redis_quote(reason, sizeof(reason), reply);
        ngx_http_chat_redis_fail(op->link, 0, (const char *) reason);
        return NGX_DONE;
    }

    if (reply->type != REDIS_REPLY_STRING) {
        ngx_http_chat_broker_redis_unexpected(op->link);
        return NGX_DONE;
    }

    return NGX_OK;
}


static void
ngx_http_chat_broker_redis_setup_done(ngx_http_chat_broker_op_t *op)
{
    ngx_http_chat_broker_redis_t  *b;

    b = op->broker;
    b->setup--;

    if (b->setup == 0 && !b->cmd_ready) {
        b->cmd_ready = 1;
        ngx_http_chat_broker_redis_ready(b);
    }
}


void
ngx_http_chat_broker_redis_sub_up(ngx_http_chat_redis_t *link)
{
    ngx_http_chat_broker_op_t     *op;
    ngx_http_chat_broker_args_t    args;
    ngx_http_chat_broker_redis_t  *b;

    b = link->data;

    ngx_http_chat_broker_args(&args, "SUBSCRIBE");
    ngx_http_chat_broker_arg(&args, b->beat_channel.data,
                             b->beat_channel.len);

    op = ngx_http_chat_broker_op(b, link, &args,
                                 ngx_http_chat_broker_redis_sub_done);

    if (op == NULL) {
        ngx_http_chat_redis_fail(link, 0, "was left for want of memory");
        return;
    }

    if (ngx_http_chat_redis_send(link, &op->call) != NGX_OK) {
        ngx_http_chat_broker_op_free(op);
    }
}


static void
ngx_http_chat_broker_redis_sub_done(ngx_http_chat_broker_op_t *op,
    redisReply *reply)
{
    u_char                         reason[NGX_MAX_ERROR_STR / 8];
    ngx_http_chat_broker_redis_t  *b;

    if (reply == NULL) {
        return;
    }

    if (reply->type == REDIS_REPLY_ERROR) {
        ngx_http_chat_broker_redis_quote(reason, sizeof(reason), reply);
        ngx_http_chat_redis_fail(op->link, 0, (const char *) reason);
        return;
    }

    if (reply->type != REDIS_REPLY_ARRAY) {
        ngx_http_chat_broker_redis_unexpected(op->link);
        return;
    }

    b = op->broker;
    b->sub_ready = 1;

    ngx_http_chat_broker_redis_probe(b);
}


void
ngx_http_chat_broker_redis_sha(ngx_http_chat_broker_redis_t *b)
{
    u_char            digest[20];
    ngx_sha1_t        sha1;
    ngx_uint_t        i;
    const ngx_str_t  *script;

    ngx_http_chat_broker_redis_script_make();

    for (i = 0; i < NGX_HTTP_CHAT_SCRIPT_COUNT; i++) {
        script = ngx_http_chat_broker_redis_scripts[i];

        ngx_sha1_init(&sha1);
        ngx_sha1_update(&sha1, script->data, script->len);
        ngx_sha1_final(digest, &sha1);

        (void) ngx_hex_dump(b->sha[i], digest, sizeof(digest));
    }
}
