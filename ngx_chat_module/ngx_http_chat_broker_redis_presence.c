
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Who is in a room, as Redis is told and tells it.
 */


#include "ngx_http_chat_broker_redis.h"


static void ngx_http_chat_broker_redis_presence_keys(
    ngx_http_chat_broker_args_t *args, ngx_http_chat_broker_redis_t *b,
    const ngx_chat_str_t *room, const ngx_str_t *worker);
static ngx_int_t ngx_http_chat_broker_redis_bury(
    ngx_http_chat_broker_op_t *op, const redisReply *worker);
static void ngx_http_chat_broker_redis_enter_done(
    ngx_http_chat_broker_op_t *op, redisReply *reply);
static void ngx_http_chat_broker_redis_leave_done(
    ngx_http_chat_broker_op_t *op, redisReply *reply);
static void ngx_http_chat_broker_redis_list_done(
    ngx_http_chat_broker_op_t *op, redisReply *reply);
static void ngx_http_chat_broker_redis_look_done(
    ngx_http_chat_broker_op_t *op, redisReply *reply);
static void ngx_http_chat_broker_redis_sweep_done(
    ngx_http_chat_broker_op_t *op, redisReply *reply);
static const redisReply *ngx_http_chat_broker_redis_ghost(
    ngx_http_chat_broker_redis_t *b, redisReply *workers);
static ngx_int_t ngx_http_chat_broker_redis_users(redisReply *ids,
    redisReply *names, ngx_chat_user_t **users);


ngx_int_t
ngx_http_chat_broker_redis_enter(ngx_http_chat_broker_t *broker,
    const ngx_chat_str_t *room, const ngx_chat_user_t *user, ngx_uint_t max,
    const ngx_http_chat_ticket_t *ticket)
{
    u_char                         number[NGX_INT_T_LEN];
    ngx_http_chat_broker_args_t    args;
    ngx_http_chat_broker_redis_t  *b;

    b = (ngx_http_chat_broker_redis_t *) broker;

    max = ngx_min(max, NGX_HTTP_CHAT_BROKER_REDIS_LIST_MAX);

    ngx_http_chat_broker_redis_script(&args, b, NGX_HTTP_CHAT_SCRIPT_ENTER,
                                      "6");
    ngx_http_chat_broker_redis_presence_keys(&args, b, room, &b->worker);

    ngx_http_chat_broker_arg(&args, b->worker.data, b->worker.len);
    ngx_http_chat_broker_arg(&args, user->id.data, user->id.len);
    ngx_http_chat_broker_arg(&args, user->name.data, user->name.len);
    ngx_http_chat_broker_arg(&args, number,
                             ngx_sprintf(number, "%ui", max) - number);

    return ngx_http_chat_broker_redis_start(b, &args,
                              ngx_http_chat_broker_redis_enter_done, ticket);
}


ngx_int_t
ngx_http_chat_broker_redis_leave(ngx_http_chat_broker_t *broker,
    const ngx_chat_str_t *room, const ngx_chat_user_t *user,
    const ngx_http_chat_ticket_t *ticket)
{
    ngx_int_t                      rc;
    ngx_http_chat_broker_args_t    args;
    ngx_http_chat_broker_redis_t  *b;

    b = (ngx_http_chat_broker_redis_t *) broker;

    ngx_http_chat_broker_redis_script(&args, b, NGX_HTTP_CHAT_SCRIPT_LEAVE,
                                      "6");
    ngx_http_chat_broker_redis_presence_keys(&args, b, room, &b->worker);

    ngx_http_chat_broker_arg(&args, b->worker.data, b->worker.len);
    ngx_http_chat_broker_arg(&args, user->id.data, user->id.len);

    rc = ngx_http_chat_broker_redis_start(b, &args,
                              ngx_http_chat_broker_redis_leave_done, ticket);

    if (rc != NGX_OK) {
        ngx_http_chat_broker_redis_lease_untold(b);
    }

    return rc;
}


ngx_int_t
ngx_http_chat_broker_redis_list(ngx_http_chat_broker_t *broker,
    const ngx_chat_str_t *room, const ngx_chat_str_t *after, ngx_uint_t limit,
    const ngx_http_chat_ticket_t *ticket)
{
    u_char                         number[NGX_INT_T_LEN];
    ngx_http_chat_broker_op_t     *op;
    ngx_http_chat_broker_args_t    args;
    ngx_http_chat_broker_redis_t  *b;

    b = (ngx_http_chat_broker_redis_t *) broker;

    limit = ngx_min(limit, NGX_HTTP_CHAT_BROKER_REDIS_LIST_MAX);

    ngx_http_chat_broker_redis_script(&args, b, NGX_HTTP_CHAT_SCRIPT_LIST,
                                      "2");
    ngx_http_chat_broker_key(&args, b, room, "pi");
    ngx_http_chat_broker_key(&args, b, room, "pl");
    ngx_http_chat_broker_arg(&args, after->data, after->len);

    /* one more than asked for tells whether another page follows */

    ngx_http_chat_broker_arg(&args, number,
                             ngx_sprintf(number, "%ui", limit + 1) - number);

    op = ngx_http_chat_broker_op(b, &b->cmd, &args,
                                 ngx_http_chat_broker_redis_list_done);
    if (op == NULL) {
        return NGX_DECLINED;
    }

    op->script = 1;
    op->data = limit;
    op->ticket = *ticket;

    return ngx_http_chat_broker_op_start(op);
}


/* First it is asked which workers have users there: mostly none is dead. */

ngx_int_t
ngx_http_chat_broker_redis_sweep(ngx_http_chat_broker_t *broker,
    const ngx_chat_str_t *room, const ngx_http_chat_ticket_t *ticket)
{
    ngx_http_chat_broker_op_t     *op;
    ngx_http_chat_broker_args_t    args;
    ngx_http_chat_broker_redis_t  *b;

    b = (ngx_http_chat_broker_redis_t *) broker;

    ngx_http_chat_broker_args(&args, "HKEYS");
    ngx_http_chat_broker_key(&args, b, room, "pw");

    op = ngx_http_chat_broker_op(b, &b->cmd, &args,
                                 ngx_http_chat_broker_redis_look_done);
    if (op == NULL) {
        return NGX_DECLINED;
    }

    op->ticket = *ticket;

    op->channel.str.len = args.len[1];
    op->channel.str.data = (u_char *) op->call.bytes + op->call.len
                           - (sizeof(CRLF) - 1) - args.len[1];

    return ngx_http_chat_broker_op_start(op);
}


/* Takes users of one dead worker out of the room that op has asked about. */

static ngx_int_t
ngx_http_chat_broker_redis_bury(ngx_http_chat_broker_op_t *op,
    const redisReply *worker)
{
    ngx_str_t                      id;
    ngx_chat_str_t                 key, prefix, room;
    ngx_http_chat_broker_args_t    args;
    ngx_http_chat_broker_redis_t  *b;

    b = op->broker;

    key.len = op->channel.str.len;
    key.data = op->channel.str.data;
    prefix.len = b->conf->prefix.len;
    prefix.data = b->conf->prefix.data;

    if (!ngx_chat_name_key_room(&key, &prefix, "pw", &room)) {
        return NGX_DECLINED;
    }

    id.len = worker->len;
    id.data = (u_char *) worker->str;

    ngx_http_chat_broker_redis_script(&args, b, NGX_HTTP_CHAT_SCRIPT_SWEEP,
                                      "6");
    ngx_http_chat_broker_redis_presence_keys(&args, b, &room, &id);
    ngx_http_chat_broker_arg(&args, id.data, id.len);

    return ngx_http_chat_broker_redis_start(b, &args,
                        ngx_http_chat_broker_redis_sweep_done, &op->ticket);
}


static void
ngx_http_chat_broker_redis_presence_keys(ngx_http_chat_broker_args_t *args,
    ngx_http_chat_broker_redis_t *b, const ngx_chat_str_t *room,
    const ngx_str_t *worker)
{
    ngx_chat_str_t  id;

    id.len = worker->len;
    id.data = worker->data;

    ngx_http_chat_broker_key(args, b, room, "pw");
    ngx_http_chat_broker_key(args, b, room, "pu");
    ngx_http_chat_broker_key(args, b, room, "pi");
    ngx_http_chat_broker_key(args, b, room, "pl");
    ngx_http_chat_broker_key(args, b, room, b->conf->channel);
    ngx_http_chat_broker_key(args, b, room, "pw");
    ngx_http_chat_broker_key_add(args, &id);
}


static void
ngx_http_chat_broker_redis_enter_done(ngx_http_chat_broker_op_t *op,
    redisReply *reply)
{
    ngx_int_t               n;
    ngx_chat_user_t        *users;
    ngx_http_chat_reply_t   answer;

    if (ngx_http_chat_broker_redis_usable(op, reply, REDIS_REPLY_ARRAY)
        != NGX_OK)
    {
        return;
    }

    ngx_memzero(&answer, sizeof(ngx_http_chat_reply_t));

    if (reply->elements < 2
        || reply->element[0]->type != REDIS_REPLY_INTEGER
        || reply->element[1]->type != REDIS_REPLY_ARRAY)
    {
        ngx_http_chat_broker_redis_fault(op);
        return;
    }

    answer.count = reply->element[0]->integer;
    answer.ghosts = (ngx_http_chat_broker_redis_ghost(op->broker,
                                                      reply->element[1])
                     != NULL);
    users = NULL;

    if (reply->elements == 4) {
        n = ngx_http_chat_broker_redis_users(reply->element[2],
                                             reply->element[3], &users);
        if (n == NGX_ERROR) {
            ngx_http_chat_broker_redis_fault(op);
            return;
        }

        answer.listed = 1;
        answer.users = users;
        answer.nusers = n;
    }

    ngx_http_chat_broker_redis_answer(op, &answer);

    ngx_free(users);
}


static void
ngx_http_chat_broker_redis_leave_done(ngx_http_chat_broker_op_t *op,
    redisReply *reply)
{
    ngx_http_chat_reply_t  answer;

    if (ngx_http_chat_broker_redis_usable(op, reply, REDIS_REPLY_INTEGER)
        != NGX_OK)
    {
        ngx_http_chat_broker_redis_lease_untold(op->broker);
        return;
    }

    ngx_memzero(&answer, sizeof(ngx_http_chat_reply_t));
    answer.count = reply->integer;

    ngx_http_chat_broker_redis_answer(op, &answer);
}


static void
ngx_http_chat_broker_redis_list_done(ngx_http_chat_broker_op_t *op,
    redisReply *reply)
{
    ngx_int_t               n;
    ngx_chat_user_t        *users;
    ngx_http_chat_reply_t   answer;

    if (ngx_http_chat_broker_redis_usable(op, reply, REDIS_REPLY_ARRAY)
        != NGX_OK)
    {
        return;
    }

    n = NGX_ERROR;
    users = NULL;

    if (reply->elements == 3
        && reply->element[0]->type == REDIS_REPLY_INTEGER)
    {
        n = ngx_http_chat_broker_redis_users(reply->element[1],
                                             reply->element[2], &users);
    }

    if (n == NGX_ERROR) {
        ngx_http_chat_broker_redis_fault(op);
        return;
    }

    ngx_memzero(&answer, sizeof(ngx_http_chat_reply_t));

    answer.count = reply->element[0]->integer;
    answer.listed = 1;
    answer.more = ((ngx_uint_t) n > op->data);
    answer.users = users;
    answer.nusers = ngx_min((ngx_uint_t) n, op->data);

    ngx_http_chat_broker_redis_answer(op, &answer);

    ngx_free(users);
}


static void
ngx_http_chat_broker_redis_look_done(ngx_http_chat_broker_op_t *op,
    redisReply *reply)
{
    const redisReply       *worker;
    ngx_http_chat_reply_t   answer;

    if (ngx_http_chat_broker_redis_usable(op, reply, REDIS_REPLY_ARRAY)
        != NGX_OK)
    {
        return;
    }

    worker = ngx_http_chat_broker_redis_ghost(op->broker, reply);

    if (worker == NULL) {
        ngx_memzero(&answer, sizeof(ngx_http_chat_reply_t));
        ngx_http_chat_broker_redis_answer(op, &answer);
        return;
    }

    if (ngx_http_chat_broker_redis_bury(op, worker) != NGX_OK) {
        ngx_http_chat_broker_redis_refuse(op, NGX_CHAT_CODE_UNAVAILABLE);
    }
}


static void
ngx_http_chat_broker_redis_sweep_done(ngx_http_chat_broker_op_t *op,
    redisReply *reply)
{
    ngx_http_chat_reply_t  answer;

    if (ngx_http_chat_broker_redis_usable(op, reply, REDIS_REPLY_INTEGER)
        != NGX_OK)
    {
        return;
    }

    ngx_memzero(&answer, sizeof(ngx_http_chat_reply_t));

    /* of this worker or of another that is dead */
    answer.ghosts = 1;

    ngx_http_chat_broker_redis_answer(op, &answer);
}


/* The first of these workers that is known to be dead, or NULL. */

static const redisReply *
ngx_http_chat_broker_redis_ghost(ngx_http_chat_broker_redis_t *b,
    redisReply *workers)
{
    size_t  i;

    for (i = 0; i < workers->elements; i++) {

        /* one of this host may have gone with its lease forgotten */

        if (ngx_http_chat_broker_redis_dead(b, workers->element[i])
            || ngx_http_chat_broker_redis_lease_gone(b, workers->element[i]))
        {
            return workers->element[i];
        }
    }

    return NULL;
}


/*
 * Makes an array of users, to be freed, and returns how many there are;
 * NGX_ERROR if the lists do not fit together.  Who has no name left (it has
 * just expired) goes by the id.
 */

static ngx_int_t
ngx_http_chat_broker_redis_users(redisReply *ids, redisReply *names,
    ngx_chat_user_t **users)
{
    size_t            i;
    redisReply       *id, *name;
    ngx_chat_user_t  *user;

    *users = NULL;

    if (ids->type != REDIS_REPLY_ARRAY || names->type != REDIS_REPLY_ARRAY
        || ids->elements != names->elements)
    {
        return NGX_ERROR;
    }

    if (ids->elements == 0) {
        return 0;
    }

    user = ngx_alloc(ids->elements * sizeof(ngx_chat_user_t),
                     ngx_cycle->log);
    if (user == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < ids->elements; i++) {
        id = ids->element[i];
        name = names->element[i];

        if (id->type != REDIS_REPLY_STRING) {
            ngx_free(user);
            return NGX_ERROR;
        }

        if (name->type != REDIS_REPLY_STRING) {
            name = id;
        }

        user[i].id.data = (u_char *) id->str;
        user[i].id.len = id->len;
        user[i].name.data = (u_char *) name->str;
        user[i].name.len = name->len;
    }

    *users = user;

    return i;
}
