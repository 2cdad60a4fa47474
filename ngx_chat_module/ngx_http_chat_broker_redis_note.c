
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * What a site is to be told of, in Redis: a list for each queue, and who reads
 * it.
 */


#include "ngx_http_chat_broker_redis_note.h"


/* [1 or 2, position, lost, how many, bytes, text...] */
#define NGX_HTTP_CHAT_NOTE_REPLY  5


static void ngx_http_chat_note_number(ngx_http_chat_broker_args_t *args,
    u_char *buf, uint64_t number);
static void ngx_http_chat_note_done(ngx_http_chat_broker_op_t *op,
    redisReply *reply);
static void ngx_http_chat_note_taken(ngx_http_chat_broker_op_t *op,
    redisReply *reply);
static void ngx_http_chat_note_other(ngx_http_chat_broker_op_t *op,
    redisReply *reply);
static ngx_int_t ngx_http_chat_note_texts(redisReply *reply,
    ngx_http_chat_notes_reply_t *notes, ngx_chat_str_t *texts);


void
ngx_http_chat_broker_redis_note_keys(ngx_http_chat_broker_args_t *args,
    ngx_http_chat_broker_redis_t *b, const ngx_http_chat_notes_t *notes)
{
    ngx_http_chat_broker_key(args, b, &ngx_http_chat_lease_all, "eq");
    ngx_http_chat_broker_key_add(args, &notes->name);
    ngx_http_chat_broker_key(args, b, &ngx_http_chat_lease_all, "es");
    ngx_http_chat_broker_key_add(args, &notes->name);
}


ngx_int_t
ngx_http_chat_broker_redis_note(ngx_http_chat_broker_t *broker,
    ngx_http_chat_notes_t *notes, const ngx_chat_str_t *text,
    const ngx_http_chat_ticket_t *ticket)
{
    u_char                         max[NGX_INT64_LEN];
    ngx_http_chat_broker_args_t    args;
    ngx_http_chat_broker_redis_t  *b;

    b = (ngx_http_chat_broker_redis_t *) broker;

    ngx_http_chat_broker_redis_script(&args, b, NGX_HTTP_CHAT_SCRIPT_NOTE,
                                      "2");
    ngx_http_chat_broker_redis_note_keys(&args, b, notes);
    ngx_http_chat_broker_arg(&args, text->data, text->len);
    ngx_http_chat_note_number(&args, max, notes->size);

    return ngx_http_chat_broker_redis_start(b, &args, ngx_http_chat_note_done,
                                            ticket);
}


static void
ngx_http_chat_note_number(ngx_http_chat_broker_args_t *args, u_char *buf,
    uint64_t number)
{
    ngx_http_chat_broker_arg(args, buf, ngx_sprintf(buf, "%uL", number) - buf);
}


static void
ngx_http_chat_note_done(ngx_http_chat_broker_op_t *op, redisReply *reply)
{
    ngx_http_chat_reply_t  answer;

    if (ngx_http_chat_broker_redis_usable(op, reply, REDIS_REPLY_INTEGER)
        != NGX_OK)
    {
        return;
    }

    ngx_memzero(&answer, sizeof(ngx_http_chat_reply_t));

    ngx_http_chat_broker_redis_answer(op, &answer);
}


ngx_int_t
ngx_http_chat_broker_redis_take(ngx_http_chat_broker_t *broker,
    ngx_http_chat_notes_t *notes, const ngx_http_chat_notes_query_t *query,
    const ngx_http_chat_ticket_t *ticket)
{
    u_char                         numbers[4][NGX_INT64_LEN];
    ngx_http_chat_broker_args_t    args;
    ngx_http_chat_broker_redis_t  *b;

    b = (ngx_http_chat_broker_redis_t *) broker;

    ngx_http_chat_broker_redis_script(&args, b, NGX_HTTP_CHAT_SCRIPT_TAKE,
                                      "2");
    ngx_http_chat_broker_redis_note_keys(&args, b, notes);
    ngx_http_chat_broker_arg(&args, b->worker.data, b->worker.len);
    ngx_http_chat_note_number(&args, numbers[0], query->lease);

    if (query->told) {
        ngx_http_chat_note_number(&args, numbers[1], query->done);

    } else {
        ngx_http_chat_broker_arg(&args, "", 0);
    }

    ngx_http_chat_note_number(&args, numbers[2],
                              ngx_min(query->limit, NGX_HTTP_CHAT_NOTES_MAX));
    ngx_http_chat_note_number(&args, numbers[3], NGX_HTTP_CHAT_NOTES_SIZE);
    ngx_http_chat_broker_arg(&args, b->gone, b->gone_len);

    return ngx_http_chat_broker_redis_start(b, &args,
                                            ngx_http_chat_note_taken, ticket);
}


static void
ngx_http_chat_note_taken(ngx_http_chat_broker_op_t *op, redisReply *reply)
{
    ngx_chat_str_t               texts[NGX_HTTP_CHAT_NOTES_MAX];
    ngx_http_chat_reply_t        answer;
    ngx_http_chat_notes_reply_t  notes;

    if (ngx_http_chat_broker_redis_usable(op, reply, REDIS_REPLY_ARRAY)
        != NGX_OK)
    {
        return;
    }

    ngx_memzero(&answer, sizeof(ngx_http_chat_reply_t));
    ngx_memzero(&notes, sizeof(ngx_http_chat_notes_reply_t));
    answer.notes = &notes;

    if (reply->elements == 2) {
        ngx_http_chat_note_other(op, reply->element[1]);

    } else if (ngx_http_chat_note_texts(reply, &notes, texts) != NGX_OK) {
        ngx_http_chat_broker_redis_fault(op);
        return;
    }

    ngx_http_chat_broker_redis_answer(op, &answer);
}


/* Another worker reads; if the kernel knows that it has died, not for long. */

static void
ngx_http_chat_note_other(ngx_http_chat_broker_op_t *op, redisReply *id)
{
    ngx_http_chat_broker_redis_t  *b;

    b = op->broker;
    b->gone_len = 0;

    if (id->type == REDIS_REPLY_STRING
        && (size_t) id->len <= sizeof(b->gone)
        && ngx_http_chat_broker_redis_lease_gone(b, id))
    {
        b->gone_len = (size_t) id->len;
        ngx_memcpy(b->gone, id->str, id->len);
    }
}


static ngx_int_t
ngx_http_chat_note_texts(redisReply *reply,
    ngx_http_chat_notes_reply_t *notes, ngx_chat_str_t *texts)
{
    size_t        i, n;
    redisReply  **element;

    element = reply->element;

    if (reply->elements < NGX_HTTP_CHAT_NOTE_REPLY
        || reply->elements > NGX_HTTP_CHAT_NOTE_REPLY
                             + NGX_HTTP_CHAT_NOTES_MAX)
    {
        return NGX_ERROR;
    }

    for (i = 0; i < NGX_HTTP_CHAT_NOTE_REPLY; i++) {

        if (element[i]->type != REDIS_REPLY_INTEGER
            || element[i]->integer < 0)
        {
            return NGX_ERROR;
        }
    }

    n = reply->elements - NGX_HTTP_CHAT_NOTE_REPLY;
    element += NGX_HTTP_CHAT_NOTE_REPLY;

    for (i = 0; i < n; i++) {

        if (element[i]->type != REDIS_REPLY_STRING) {
            return NGX_ERROR;
        }

        texts[i].data = (u_char *) element[i]->str;
        texts[i].len = (size_t) element[i]->len;
    }

    notes->leads = 1;
    notes->anew = (reply->element[0]->integer == 2);
    notes->first = (uint64_t) reply->element[1]->integer;
    notes->lost = (uint64_t) reply->element[2]->integer;
    notes->count = (uint64_t) reply->element[3]->integer;
    notes->size = (uint64_t) reply->element[4]->integer;
    notes->texts = texts;
    notes->ntexts = n;

    return NGX_OK;
}
