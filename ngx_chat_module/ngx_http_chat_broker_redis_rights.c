
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The rights of a room in Redis: asking for them, changing them, and what
 * moderators did.
 */


#include "ngx_http_chat_broker_redis.h"
#include "ngx_http_chat_broker_redis_script_rights.h"


/* [why not, how long, version, slow, lock...] */
#define NGX_HTTP_CHAT_RIGHTS_CONF    5

/* and what moderate() is answered, and rights() */
#define NGX_HTTP_CHAT_RIGHTS_CHANGED  NGX_HTTP_CHAT_RIGHTS_CONF
#define NGX_HTTP_CHAT_RIGHTS_TOLD     (NGX_HTTP_CHAT_RIGHTS_CONF + 5)


static void ngx_http_chat_rights_who(ngx_http_chat_broker_args_t *args,
    const ngx_chat_actor_t *actor, u_char *given);
static uint64_t ngx_http_chat_rights_value(const ngx_chat_mod_t *mod);
static void ngx_http_chat_rights_told(ngx_http_chat_broker_op_t *op,
    redisReply *reply);
static void ngx_http_chat_rights_changed(ngx_http_chat_broker_op_t *op,
    redisReply *reply);
static ngx_int_t ngx_http_chat_rights_conf(redisReply *reply, size_t n,
    ngx_http_chat_reply_t *answer);
static ngx_int_t ngx_http_chat_rights_set(ngx_http_chat_reply_t *answer,
    uint64_t version, uint64_t slow, uint64_t lock);
static void ngx_http_chat_rights_read(ngx_http_chat_broker_op_t *op,
    redisReply *reply);
static ngx_int_t ngx_http_chat_rights_acts(redisReply *reply,
    ngx_http_chat_reply_t *answer);


/* by ngx_http_chat_broker_redis_why_e */

static const ngx_chat_code_e
    ngx_http_chat_rights_codes[NGX_HTTP_CHAT_WHY_COUNT] =
{
    NGX_CHAT_CODE_OK,
    NGX_CHAT_CODE_BANNED,
    NGX_CHAT_CODE_FORBIDDEN,
    NGX_CHAT_CODE_MUTED,
    NGX_CHAT_CODE_LOCKED,
    NGX_CHAT_CODE_SLOW_MODE,
    NGX_CHAT_CODE_TOO_LARGE,
    NGX_CHAT_CODE_RATE_LIMITED,
    NGX_CHAT_CODE_NOT_FOUND,
    NGX_CHAT_CODE_GONE,
    NGX_CHAT_CODE_BAD_REQUEST
};


ngx_int_t
ngx_http_chat_broker_redis_rights(ngx_http_chat_broker_t *broker,
    const ngx_chat_str_t *room, const ngx_chat_actor_t *actor,
    const ngx_http_chat_ticket_t *ticket)
{
    u_char                         given;
    ngx_http_chat_broker_args_t    args;
    ngx_http_chat_broker_redis_t  *b;

    b = (ngx_http_chat_broker_redis_t *) broker;

    ngx_http_chat_broker_redis_script(&args, b, NGX_HTTP_CHAT_SCRIPT_RIGHTS,
                                      "1");
    ngx_http_chat_broker_key(&args, b, room, "r");
    ngx_http_chat_rights_who(&args, actor, &given);

    return ngx_http_chat_broker_redis_start(b, &args,
                                            ngx_http_chat_rights_told, ticket);
}


/* The digit lives with its caller. */

static void
ngx_http_chat_rights_who(ngx_http_chat_broker_args_t *args,
    const ngx_chat_actor_t *actor, u_char *given)
{
    *given = ngx_http_chat_broker_redis_actor(actor);

    ngx_http_chat_broker_arg(args, actor->user.id.data, actor->user.id.len);
    ngx_http_chat_broker_arg(args, actor->ip.data, actor->ip.len);
    ngx_http_chat_broker_arg(args, given, 1);
}


u_char
ngx_http_chat_broker_redis_actor(const ngx_chat_actor_t *actor)
{
    ngx_uint_t  given;

    given = ngx_min(actor->given, NGX_CHAT_ROLE_OWNER);

    if (actor->reads && given < NGX_CHAT_ROLE_MODERATOR) {
        given += NGX_HTTP_CHAT_SCRIPT_READS;
    }

    return (u_char) ('0' + given);
}


ngx_int_t
ngx_http_chat_broker_redis_moderate(ngx_http_chat_broker_t *broker,
    const ngx_chat_str_t *room, const ngx_chat_actor_t *actor,
    const ngx_chat_mod_t *mod, const ngx_http_chat_ticket_t *ticket)
{
    size_t                         len;
    u_char                         given;
    u_char                         ms[NGX_INT64_LEN], value[NGX_INT64_LEN];
    u_char                         epoch[NGX_HTTP_CHAT_BROKER_REDIS_EPOCH];
    const char                    *act;
    ngx_chat_wire_t                rec;
    ngx_http_chat_broker_args_t    args;
    ngx_http_chat_broker_redis_t  *b;

    b = (ngx_http_chat_broker_redis_t *) broker;
    act = ngx_chat_rights_act_name(mod->act);

    if (act == NULL) {
        return NGX_DECLINED;
    }

    ngx_memzero(&rec, sizeof(ngx_chat_wire_t));

    rec.kind = NGX_CHAT_WIRE_MOD;
    rec.user = actor->user.id;
    rec.name = actor->user.name;
    rec.act.data = (const u_char *) act;
    rec.act.len = ngx_strlen(act);
    rec.target = mod->user;
    rec.ip = mod->ip;
    rec.value = ngx_http_chat_rights_value(mod);
    rec.body = mod->why;

    if (ngx_http_chat_broker_redis_payload(b, &rec, &len) != NGX_OK) {
        return NGX_DECLINED;
    }

    ngx_http_chat_broker_redis_script(&args, b, NGX_HTTP_CHAT_SCRIPT_MODERATE,
                                      "3");
    ngx_http_chat_broker_key(&args, b, room, "m");
    ngx_http_chat_broker_key(&args, b, room, "r");
    ngx_http_chat_broker_key(&args, b, room, "a");
    ngx_http_chat_rights_who(&args, actor, &given);

    ngx_http_chat_broker_arg(&args, b->buf, len);
    ngx_http_chat_broker_arg(&args, act, rec.act.len);
    ngx_http_chat_broker_arg(&args, mod->user.data, mod->user.len);
    ngx_http_chat_broker_arg(&args, mod->ip.data, mod->ip.len);
    ngx_http_chat_broker_arg(&args, ms,
                             ngx_sprintf(ms, "%uL",
                                         (uint64_t) ngx_max(mod->time, 0))
                             - ms);
    ngx_http_chat_broker_arg(&args, value,
                             ngx_sprintf(value, "%uL", rec.value) - value);
    ngx_http_chat_broker_arg(&args, b->conf->channel,
                             ngx_strlen(b->conf->channel));
    ngx_http_chat_broker_arg(&args, epoch,
                             ngx_http_chat_broker_redis_epoch(epoch, b)
                             - epoch);

    args.durable = 1;

    return ngx_http_chat_broker_redis_start(b, &args,
                                         ngx_http_chat_rights_changed, ticket);
}


static uint64_t
ngx_http_chat_rights_value(const ngx_chat_mod_t *mod)
{
    switch (mod->act) {

    case NGX_CHAT_ACT_ROLE:
        return mod->role;

    case NGX_CHAT_ACT_SLOW:
        return ngx_min(mod->slow, NGX_CHAT_RIGHTS_SLOW_MAX);

    case NGX_CHAT_ACT_LOCK:
        return mod->lock;

    default:
        return 0;
    }
}


ngx_int_t
ngx_http_chat_broker_redis_acts(ngx_http_chat_broker_t *broker,
    const ngx_chat_str_t *room, const ngx_chat_actor_t *actor,
    ngx_uint_t limit, const ngx_http_chat_ticket_t *ticket)
{
    u_char                         given, number[NGX_INT_T_LEN];
    ngx_http_chat_broker_args_t    args;
    ngx_http_chat_broker_redis_t  *b;

    b = (ngx_http_chat_broker_redis_t *) broker;

    limit = ngx_min(limit, NGX_HTTP_CHAT_ACTS_MAX);

    ngx_http_chat_broker_redis_script(&args, b, NGX_HTTP_CHAT_SCRIPT_ACTS,
                                      "2");
    ngx_http_chat_broker_key(&args, b, room, "r");
    ngx_http_chat_broker_key(&args, b, room, "a");
    ngx_http_chat_rights_who(&args, actor, &given);

    ngx_http_chat_broker_arg(&args, number,
                             ngx_sprintf(number, "%ui", limit) - number);

    args.durable = 1;

    return ngx_http_chat_broker_redis_start(b, &args,
                                            ngx_http_chat_rights_read, ticket);
}


/* [why not, how long, version, slow, lock, mute, role, kick...] */

static void
ngx_http_chat_rights_told(ngx_http_chat_broker_op_t *op, redisReply *reply)
{
    size_t                  i;
    redisReply            **element;
    ngx_http_chat_reply_t   answer;

    if (ngx_http_chat_broker_redis_usable(op, reply, REDIS_REPLY_ARRAY)
        != NGX_OK)
    {
        return;
    }

    if (ngx_http_chat_rights_conf(reply, NGX_HTTP_CHAT_RIGHTS_TOLD, &answer)
        != NGX_OK)
    {
        ngx_http_chat_broker_redis_fault(op);
        return;
    }

    element = &reply->element[NGX_HTTP_CHAT_RIGHTS_CONF];

    for (i = 0; i < NGX_HTTP_CHAT_RIGHTS_TOLD - NGX_HTTP_CHAT_RIGHTS_CONF; i++)
    {
        if (element[i]->type != REDIS_REPLY_INTEGER
            || element[i]->integer < 0)
        {
            ngx_http_chat_broker_redis_fault(op);
            return;
        }
    }

    if (element[1]->integer >= NGX_CHAT_ROLE_COUNT
        || element[2]->integer >= NGX_CHAT_ROLE_COUNT)
    {
        ngx_http_chat_broker_redis_fault(op);
        return;
    }

    answer.role = (ngx_chat_role_e) element[1]->integer;

    if (answer.code == NGX_CHAT_CODE_OK) {
        answer.until = element[0]->integer;

        answer.kick.role = (ngx_chat_role_e) element[2]->integer;
        answer.kick.version = element[3]->integer;
        answer.kick.ago = element[4]->integer;
    }

    ngx_http_chat_broker_redis_answer(op, &answer);
}


/* [why not, how long or until, version, slow, lock] */

static void
ngx_http_chat_rights_changed(ngx_http_chat_broker_op_t *op, redisReply *reply)
{
    ngx_http_chat_reply_t  answer;

    if (ngx_http_chat_broker_redis_usable(op, reply, REDIS_REPLY_ARRAY)
        != NGX_OK)
    {
        return;
    }

    if (ngx_http_chat_rights_conf(reply, NGX_HTTP_CHAT_RIGHTS_CHANGED, &answer)
        != NGX_OK)
    {
        ngx_http_chat_broker_redis_fault(op);
        return;
    }

    if (answer.code == NGX_CHAT_CODE_OK) {
        answer.until = reply->element[1]->integer;
    }

    ngx_http_chat_broker_redis_answer(op, &answer);
}


/* What is at the beginning of an answer of n elements. */

static ngx_int_t
ngx_http_chat_rights_conf(redisReply *reply, size_t n,
    ngx_http_chat_reply_t *answer)
{
    size_t        i;
    redisReply  **element;

    if (reply->elements != n
        || ngx_http_chat_broker_redis_refusal(reply, answer) != NGX_OK)
    {
        return NGX_ERROR;
    }

    element = reply->element;

    for (i = 2; i < NGX_HTTP_CHAT_RIGHTS_CONF; i++) {
        if (element[i]->type != REDIS_REPLY_INTEGER
            || element[i]->integer < 0
            || element[i]->integer > NGX_CHAT_PROTO_INT_MAX)
        {
            return NGX_ERROR;
        }
    }

    return ngx_http_chat_rights_set(answer, element[2]->integer,
                                    element[3]->integer, element[4]->integer);
}


ngx_int_t
ngx_http_chat_broker_redis_conf(redisReply *reply,
    ngx_http_chat_reply_t *answer)
{
    u_char      *p, *end;
    uint64_t     version, slow, lock;

    if (reply->type != REDIS_REPLY_STRING) {
        return NGX_ERROR;
    }

    if (reply->len == 0) {
        return NGX_OK;
    }

    p = (u_char *) reply->str;
    end = p + reply->len;

    if (ngx_http_chat_broker_redis_decimal(&p, end, ' ', &version) != NGX_OK
        || ngx_http_chat_broker_redis_decimal(&p, end, ' ', &slow) != NGX_OK
        || ngx_http_chat_broker_redis_decimal(&p, end, ' ', &lock) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_chat_rights_set(answer, version, slow, lock);
}


static ngx_int_t
ngx_http_chat_rights_set(ngx_http_chat_reply_t *answer, uint64_t version,
    uint64_t slow, uint64_t lock)
{
    if (slow > NGX_CHAT_RIGHTS_SLOW_MAX || lock > NGX_CHAT_LOCK_MEMBERS) {
        return NGX_ERROR;
    }

    answer->conf.version = version;
    answer->conf.slow = (uint32_t) slow;
    answer->conf.lock = (ngx_chat_lock_e) lock;

    return NGX_OK;
}


ngx_int_t
ngx_http_chat_broker_redis_refusal(redisReply *reply,
    ngx_http_chat_reply_t *answer)
{
    redisReply  *why, *n;

    if (reply->elements < 2) {
        return NGX_ERROR;
    }

    why = reply->element[0];
    n = reply->element[1];

    if (why->type != REDIS_REPLY_INTEGER || why->integer < 0
        || why->integer >= NGX_HTTP_CHAT_WHY_COUNT
        || n->type != REDIS_REPLY_INTEGER || n->integer < 0
        || n->integer > NGX_CHAT_RIGHTS_EVER)
    {
        return NGX_ERROR;
    }

    ngx_memzero(answer, sizeof(ngx_http_chat_reply_t));

    answer->code = ngx_http_chat_rights_codes[why->integer];

    switch (answer->code) {

    case NGX_CHAT_CODE_BANNED:
    case NGX_CHAT_CODE_MUTED:
        answer->until = n->integer;
        break;

    case NGX_CHAT_CODE_SLOW_MODE:
        answer->wait = n->integer;
        break;

    case NGX_CHAT_CODE_RATE_LIMITED:
        answer->wait = n->integer;
        return (n->integer > 0) ? NGX_OK : NGX_ERROR;

    default:
        break;
    }

    return NGX_OK;
}


/* [why not, how long, record...] */

static void
ngx_http_chat_rights_read(ngx_http_chat_broker_op_t *op, redisReply *reply)
{
    ngx_int_t               rc;
    ngx_http_chat_reply_t   answer;

    if (ngx_http_chat_broker_redis_usable(op, reply, REDIS_REPLY_ARRAY)
        != NGX_OK)
    {
        return;
    }

    if (ngx_http_chat_broker_redis_refusal(reply, &answer) != NGX_OK) {
        ngx_http_chat_broker_redis_fault(op);
        return;
    }

    if (answer.code == NGX_CHAT_CODE_OK) {
        rc = ngx_http_chat_rights_acts(reply, &answer);

        if (rc == NGX_DECLINED) {
            ngx_http_chat_broker_redis_broken(op);
            return;
        }

        if (rc != NGX_OK) {
            ngx_http_chat_broker_redis_refuse(op, NGX_CHAT_CODE_INTERNAL);
            return;
        }

    } else {
        answer.code = NGX_CHAT_CODE_FORBIDDEN;
        answer.until = 0;
    }

    ngx_http_chat_broker_redis_answer(op, &answer);

    ngx_free(answer.records);
}


/* NGX_DECLINED: what the moderation log holds is none of ours. */

static ngx_int_t
ngx_http_chat_rights_acts(redisReply *reply, ngx_http_chat_reply_t *answer)
{
    size_t            i, n;
    redisReply       *element;
    ngx_chat_wire_t  *rec;

    n = reply->elements - 2;

    if (n == 0) {
        return NGX_OK;
    }

    rec = ngx_alloc(n * sizeof(ngx_chat_wire_t), ngx_cycle->log);
    if (rec == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < n; i++) {
        element = reply->element[reply->elements - 1 - i];

        if (element->type != REDIS_REPLY_STRING
            || !ngx_chat_wire_parse(&rec[i], (u_char *) element->str,
                                    element->len)
            || rec[i].kind != NGX_CHAT_WIRE_MOD)
        {
            ngx_free(rec);
            return NGX_DECLINED;
        }
    }

    answer->records = rec;
    answer->nrecords = n;

    return NGX_OK;
}
