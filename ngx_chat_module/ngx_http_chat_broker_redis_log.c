
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The log of a room in Redis: what is said is stored and announced by one
 * script, what was said is read by another.
 */


#include "ngx_http_chat_broker_redis_note.h"


/* of a print, hex digits */
#define NGX_HTTP_CHAT_LOG_FINGERPRINT  (2 * NGX_HTTP_CHAT_BROKER_PRINT)

/* bytes of what publish is told in one */
#define NGX_HTTP_CHAT_LOG_HOW                                                 \
    (3 + NGX_HTTP_CHAT_LOG_FINGERPRINT + 5 * NGX_INT64_LEN                    \
     + NGX_HTTP_CHAT_BROKER_REDIS_EPOCH + NGX_CHAT_RIGHTS_IP_MAX              \
     + NGX_CHAT_NAME_USER_MAX)

/* the life of a room's numbers: longer than its log's, and a week at least */
#define NGX_HTTP_CHAT_LOG_META_LIFE    (7 * 24 * 3600)     /* s */
#define NGX_HTTP_CHAT_LOG_META_MORE    (24 * 3600)         /* s */

/* [epoch, last, floor, whole, more, conf, record...] */
#define NGX_HTTP_CHAT_LOG_REPLY        6


/* Numbers of a command, as text. */

typedef struct {
    u_char       text[4][NGX_INT64_LEN];
    ngx_uint_t   n;
} ngx_http_chat_log_numbers_t;


static ngx_http_chat_script_e ngx_http_chat_log_script(ngx_uint_t change,
    ngx_uint_t noted);
static u_char *ngx_http_chat_log_how(u_char *p,
    ngx_http_chat_broker_redis_t *b, const ngx_chat_wire_t *rec,
    const ngx_chat_actor_t *actor, const ngx_http_chat_keep_t *keep);
static u_char *ngx_http_chat_log_limit(u_char *p,
    const ngx_http_chat_keep_t *keep);
static void ngx_http_chat_log_number(ngx_http_chat_broker_args_t *args,
    ngx_http_chat_log_numbers_t *numbers, uint64_t n);
static void ngx_http_chat_log_published(ngx_http_chat_broker_op_t *op,
    redisReply *reply);
static ngx_int_t ngx_http_chat_log_stored(redisReply **header,
    ngx_http_chat_reply_t *answer);
static ngx_int_t ngx_http_chat_log_header(redisReply *reply,
    ngx_http_chat_reply_t *answer);
static void ngx_http_chat_log_read(ngx_http_chat_broker_op_t *op,
    redisReply *reply);
static ngx_int_t ngx_http_chat_log_position(redisReply *reply,
    ngx_http_chat_reply_t *answer);
static ngx_int_t ngx_http_chat_log_records(redisReply *reply,
    ngx_http_chat_reply_t *answer);


/* by ngx_http_chat_part_e */

static const char *const  ngx_http_chat_log_parts[] = {
    "before", "before", "after", "resume"
};


ngx_int_t
ngx_http_chat_broker_redis_publish(ngx_http_chat_broker_t *broker,
    const ngx_chat_wire_t *rec, const ngx_chat_actor_t *actor,
    const ngx_http_chat_keep_t *keep, const ngx_http_chat_ticket_t *ticket)
{
    char                           nkeys;
    size_t                         len;
    ngx_uint_t                     noted, change;
    u_char                         how[NGX_HTTP_CHAT_LOG_HOW];
    u_char                         limit[NGX_HTTP_CHAT_SCRIPT_LIMIT_LONG];
    ngx_http_chat_log_numbers_t    numbers;
    ngx_http_chat_broker_args_t    args;
    ngx_http_chat_broker_redis_t  *b;

    b = (ngx_http_chat_broker_redis_t *) broker;

    if (b->head.state == NGX_HTTP_CHAT_BROKER_AWAY
        || ngx_http_chat_broker_redis_payload(b, rec, &len) != NGX_OK)
    {
        return NGX_DECLINED;
    }

    noted = (keep->note.notes != NULL && keep->note.members.len != 0);
    nkeys = '1' + (keep->dedupe != 0) + (keep->count != 0) + 2 * noted;

    change = (rec->kind == NGX_CHAT_WIRE_EDIT
              || rec->kind == NGX_CHAT_WIRE_DELETE);

    ngx_http_chat_broker_redis_script(&args, b,
                                      ngx_http_chat_log_script(change, noted),
                                      &nkeys);
    ngx_http_chat_broker_key(&args, b, &rec->room, "m");

    if (keep->dedupe != 0) {
        ngx_http_chat_broker_key(&args, b, &rec->room, "d");
        ngx_http_chat_broker_key_add(&args, &rec->user);
        ngx_http_chat_broker_key_add(&args, &rec->cid);
    }

    if (keep->count != 0) {
        ngx_http_chat_broker_key(&args, b, &rec->room, "l");
    }

    if (noted) {
        ngx_http_chat_broker_redis_note_keys(&args, b, keep->note.notes);
    }

    args.durable = 1;

    ngx_http_chat_broker_redis_numbers(&args, b);
    ngx_http_chat_broker_arg(&args, b->buf, len);
    ngx_http_chat_broker_arg(&args, how,
                             ngx_http_chat_log_how(how, b, rec, actor, keep)
                             - how);

    if (b->conf->wait == 0) {
        ngx_http_chat_broker_key(&args, b, &rec->room, b->conf->channel);

    } else {
        /* it is announced when enough replicas have it */
        ngx_http_chat_broker_arg(&args, "", 0);
    }

    ngx_http_chat_broker_arg(&args, limit,
                             ngx_http_chat_log_limit(limit, keep) - limit);

    numbers.n = 0;

    if (keep->dedupe != 0) {
        ngx_http_chat_log_number(&args, &numbers, keep->dedupe);
    }

    if (change) {
        ngx_http_chat_log_number(&args, &numbers, rec->ref);
        ngx_http_chat_log_number(&args, &numbers, actor->any);
    }

    if (noted) {
        ngx_http_chat_broker_arg(&args, keep->note.members.data,
                                 keep->note.members.len);
        ngx_http_chat_log_number(&args, &numbers, keep->note.notes->size);
    }

    return ngx_http_chat_broker_redis_start(b, &args,
                                         ngx_http_chat_log_published, ticket);
}


static ngx_http_chat_script_e
ngx_http_chat_log_script(ngx_uint_t change, ngx_uint_t noted)
{
    if (change) {
        return noted ? NGX_HTTP_CHAT_SCRIPT_CHANGE_NOTED
                     : NGX_HTTP_CHAT_SCRIPT_CHANGE;
    }

    return noted ? NGX_HTTP_CHAT_SCRIPT_NOTED : NGX_HTTP_CHAT_SCRIPT_PUBLISH;
}


/* What else the script needs to know, in its order; the end of it. */

static u_char *
ngx_http_chat_log_how(u_char *p, ngx_http_chat_broker_redis_t *b,
    const ngx_chat_wire_t *rec, const ngx_chat_actor_t *actor,
    const ngx_http_chat_keep_t *keep)
{
    time_t  life;
    u_char  digest[NGX_HTTP_CHAT_BROKER_PRINT];

    *p++ = rec->kind;
    *p++ = ' ';
    *p++ = ngx_http_chat_broker_redis_actor(actor);

    if (keep->dedupe != 0) {
        ngx_http_chat_broker_print(digest, rec);
        p = ngx_hex_dump(p, digest, sizeof(digest));
    }

    life = ngx_max(NGX_HTTP_CHAT_LOG_META_LIFE,
                   keep->time + NGX_HTTP_CHAT_LOG_META_MORE);

    p = ngx_sprintf(p, " %ui %uL %uL ", keep->count,
                    (uint64_t) keep->time * 1000, (uint64_t) life * 1000);

    p = ngx_http_chat_broker_redis_epoch(p, b);
    *p++ = ' ';

    p = ngx_cpymem(p, actor->ip.data,
                   ngx_min(actor->ip.len, NGX_CHAT_RIGHTS_IP_MAX));
    *p++ = ' ';

    return ngx_cpymem(p, actor->user.id.data,
                      ngx_min(actor->user.id.len, NGX_CHAT_NAME_USER_MAX));
}


/* NGX_HTTP_CHAT_SCRIPT_METER knows the forms */

static u_char *
ngx_http_chat_log_limit(u_char *p, const ngx_http_chat_keep_t *keep)
{
    if (keep->rate == 0) {
        return p;
    }

    if (keep->burst < NGX_HTTP_CHAT_SCRIPT_LIMIT_MANY || keep->dry_run) {
        return ngx_sprintf(p, "%uD %uD %ui", keep->rate, keep->burst,
                           keep->dry_run);
    }

    return ngx_sprintf(p, "%010uD %08uD 0", keep->rate, keep->burst);
}


static void
ngx_http_chat_log_number(ngx_http_chat_broker_args_t *args,
    ngx_http_chat_log_numbers_t *numbers, uint64_t n)
{
    u_char  *p;

    p = numbers->text[numbers->n++];

    ngx_http_chat_broker_arg(args, p, ngx_sprintf(p, "%uL", n) - p);
}


static void
ngx_http_chat_log_published(ngx_http_chat_broker_op_t *op, redisReply *reply)
{
    int                     type;
    ngx_int_t               rc;
    ngx_http_chat_reply_t   answer;

    if (reply == NULL) {
        ngx_http_chat_broker_redis_refuse(op, NGX_CHAT_CODE_UNAVAILABLE);
        return;
    }

    type = reply->type;

    if (type == REDIS_REPLY_INTEGER) {
        ngx_http_chat_broker_redis_refuse(op, NGX_CHAT_CODE_CID_REUSED);
        return;
    }

    if (type != REDIS_REPLY_ARRAY) {
        type = REDIS_REPLY_STRING;
    }

    if (ngx_http_chat_broker_redis_usable(op, reply, type) != NGX_OK) {
        return;
    }

    ngx_memzero(&answer, sizeof(ngx_http_chat_reply_t));

    rc = ngx_http_chat_log_stored(&reply, &answer);

    if (rc == NGX_OK) {

        if (!answer.dup) {
            ngx_http_chat_broker_redis_wrote(op->broker);
        }

        if (op->broker->conf->wait != 0) {
            /* a repetition, too: what it repeats may not have been announced */
            ngx_http_chat_broker_wait_announce(op, reply);
        }
    }

    if (rc == NGX_ERROR) {
        ngx_http_chat_broker_redis_fault(op);
        return;
    }

    ngx_http_chat_broker_redis_answer(op, &answer);
}


/*
 * A header, or [the header of the same message before], or [a header, how long
 * too early]; *header becomes it.  NGX_DECLINED: [why not, how long].
 */

static ngx_int_t
ngx_http_chat_log_stored(redisReply **header, ngx_http_chat_reply_t *answer)
{
    redisReply  *reply, *late;

    reply = *header;

    if (reply->type == REDIS_REPLY_STRING) {
        return ngx_http_chat_log_header(reply, answer);
    }

    if (reply->elements == 2
        && reply->element[0]->type == REDIS_REPLY_INTEGER)
    {
        return (ngx_http_chat_broker_redis_refusal(reply, answer) != NGX_OK
                || answer->code == NGX_CHAT_CODE_OK)
               ? NGX_ERROR : NGX_DECLINED;
    }

    if (reply->elements < 1 || reply->elements > 2
        || reply->element[0]->type != REDIS_REPLY_STRING)
    {
        return NGX_ERROR;
    }

    *header = reply->element[0];

    if (reply->elements == 1) {
        answer->dup = 1;

    } else {
        late = reply->element[1];

        if (late->type != REDIS_REPLY_INTEGER || late->integer < 1) {
            return NGX_ERROR;
        }

        answer->wait = late->integer;
    }

    return ngx_http_chat_log_header(*header, answer);
}


/* "kind seq prev time epoch LF", as the record's own */

static ngx_int_t
ngx_http_chat_log_header(redisReply *reply, ngx_http_chat_reply_t *answer)
{
    u_char    *p, *end;
    uint64_t   time;

    p = (u_char *) reply->str;
    end = p + reply->len;

    if (end - p < 3 || p[1] != ' ' || *(end - 1) != LF) {
        return NGX_ERROR;
    }

    p += 2;
    end--;

    if (ngx_http_chat_broker_redis_decimal(&p, end, ' ', &answer->seq)
        != NGX_OK
        || ngx_http_chat_broker_redis_decimal(&p, end, ' ', &answer->prev)
           != NGX_OK
        || ngx_http_chat_broker_redis_decimal(&p, end, ' ', &time) != NGX_OK
        || p == end
        || end - p > NGX_CHAT_WIRE_EPOCH_MAX)
    {
        return NGX_ERROR;
    }

    answer->time = (int64_t) time;
    answer->epoch.data = p;
    answer->epoch.len = end - p;

    return NGX_OK;
}


ngx_int_t
ngx_http_chat_broker_redis_history(ngx_http_chat_broker_t *broker,
    const ngx_chat_str_t *room, const ngx_http_chat_query_t *query,
    const ngx_http_chat_ticket_t *ticket)
{
    u_char                         epoch[NGX_HTTP_CHAT_BROKER_REDIS_EPOCH];
    const char                    *part;
    ngx_http_chat_log_numbers_t    numbers;
    ngx_http_chat_broker_args_t    args;
    ngx_http_chat_broker_redis_t  *b;

    b = (ngx_http_chat_broker_redis_t *) broker;

    ngx_http_chat_broker_redis_script(&args, b, NGX_HTTP_CHAT_SCRIPT_HISTORY,
                                      (query->keep.count != 0) ? "2" : "1");
    ngx_http_chat_broker_key(&args, b, room, "m");

    if (query->keep.count != 0) {
        ngx_http_chat_broker_key(&args, b, room, "l");
    }

    part = ngx_http_chat_log_parts[query->part];
    args.durable = 1;
    numbers.n = 0;

    ngx_http_chat_broker_arg(&args, epoch,
                             ngx_http_chat_broker_redis_epoch(epoch, b)
                             - epoch);
    ngx_http_chat_broker_redis_numbers(&args, b);
    ngx_http_chat_broker_arg(&args, part, ngx_strlen(part));

    if (query->part == NGX_HTTP_CHAT_LATEST) {
        ngx_http_chat_broker_arg(&args, "+", 1);

    } else {
        ngx_http_chat_log_number(&args, &numbers, query->number);
    }

    ngx_http_chat_broker_arg(&args, query->epoch.data, query->epoch.len);
    ngx_http_chat_log_number(&args, &numbers, query->limit);
    ngx_http_chat_log_number(&args, &numbers, query->size);
    ngx_http_chat_log_number(&args, &numbers,
                             (uint64_t) query->keep.time * 1000);

    return ngx_http_chat_broker_redis_start(b, &args, ngx_http_chat_log_read,
                                            ticket);
}


static void
ngx_http_chat_log_read(ngx_http_chat_broker_op_t *op, redisReply *reply)
{
    ngx_int_t               rc;
    ngx_http_chat_reply_t   answer;

    if (ngx_http_chat_broker_redis_usable(op, reply, REDIS_REPLY_ARRAY)
        != NGX_OK)
    {
        return;
    }

    ngx_memzero(&answer, sizeof(ngx_http_chat_reply_t));

    if (reply->elements < NGX_HTTP_CHAT_LOG_REPLY
        || reply->element[3]->type != REDIS_REPLY_INTEGER
        || reply->element[4]->type != REDIS_REPLY_INTEGER)
    {
        ngx_http_chat_broker_redis_fault(op);
        return;
    }

    rc = ngx_http_chat_log_position(reply, &answer);

    if (rc == NGX_OK) {
        rc = ngx_http_chat_log_records(reply, &answer);
    }

    if (rc == NGX_DECLINED) {
        ngx_http_chat_broker_redis_broken(op);
        return;
    }

    if (rc != NGX_OK) {
        ngx_http_chat_broker_redis_refuse(op, NGX_CHAT_CODE_INTERNAL);
        return;
    }

    ngx_http_chat_broker_redis_answer(op, &answer);

    ngx_free(answer.records);
}


static ngx_int_t
ngx_http_chat_log_position(redisReply *reply, ngx_http_chat_reply_t *answer)
{
    u_char      *p;
    redisReply  *floor, *conf;

    floor = reply->element[2];
    conf = reply->element[NGX_HTTP_CHAT_LOG_REPLY - 1];
    p = (u_char *) floor->str;

    if (floor->type != REDIS_REPLY_STRING
        || ngx_http_chat_broker_redis_conf(conf, answer) != NGX_OK
        || ngx_http_chat_broker_redis_room(reply, answer) != NGX_OK
        || ngx_http_chat_broker_redis_decimal(&p, p + floor->len, 0,
                                              &answer->floor)
           != NGX_OK)
    {
        return NGX_DECLINED;
    }

    answer->whole = (reply->element[3]->integer == 1);
    answer->more = (reply->element[4]->integer == 1);

    if (reply->element[3]->integer == 2) {
        answer->code = NGX_CHAT_CODE_EPOCH_CHANGED;
    }

    return NGX_OK;
}


/* NGX_DECLINED: what the log holds is none of ours. */

static ngx_int_t
ngx_http_chat_log_records(redisReply *reply, ngx_http_chat_reply_t *answer)
{
    size_t            i, n;
    uint64_t          last;
    redisReply       *element;
    ngx_chat_wire_t  *rec;

    n = reply->elements - NGX_HTTP_CHAT_LOG_REPLY;

    if (n == 0) {
        return NGX_OK;
    }

    rec = ngx_alloc(n * sizeof(ngx_chat_wire_t), ngx_cycle->log);
    if (rec == NULL) {
        return NGX_ERROR;
    }

    last = 0;

    for (i = 0; i < n; i++) {
        element = reply->element[NGX_HTTP_CHAT_LOG_REPLY + i];

        if (element->type != REDIS_REPLY_STRING
            || !ngx_chat_wire_parse(&rec[i], (u_char *) element->str,
                                    element->len)
            || rec[i].seq <= last
            || rec[i].epoch.len != answer->epoch.len
            || ngx_memcmp(rec[i].epoch.data, answer->epoch.data,
                          rec[i].epoch.len) != 0)
        {
            ngx_free(rec);
            return NGX_DECLINED;
        }

        last = rec[i].seq;
    }

    answer->records = rec;
    answer->nrecords = n;

    return NGX_OK;
}
