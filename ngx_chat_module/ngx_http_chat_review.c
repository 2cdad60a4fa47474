
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The site sees what is said before it is stored; see the header. */


#include "ngx_http_chat_review.h"
#include "ngx_http_chat_answer.h"
#include "ngx_http_chat_metric.h"
#include "ngx_http_chat_notice.h"
#include "ngx_http_chat_table.h"
#include "ngx_chat_name.h"
#include "ngx_chat_proto_review.h"


/* nginx has no name for it */
#define NGX_HTTP_CHAT_REVIEW_REJECTED  422


static ngx_http_chat_review_t *ngx_http_chat_review_create(
    const ngx_http_chat_asker_t *asker, const char *via,
    const ngx_chat_wire_t *rec, const ngx_http_chat_keep_t *keep);
static ngx_int_t ngx_http_chat_review_copy(ngx_http_chat_review_t *review,
    const ngx_chat_wire_t *rec);
static ngx_int_t ngx_http_chat_review_string(ngx_pool_t *pool,
    ngx_chat_str_t *str);
static ngx_int_t ngx_http_chat_review_write(ngx_http_chat_review_t *review,
    const char *via);
static ngx_int_t ngx_http_chat_review_unasked(
    const ngx_http_chat_asker_t *asker);
static void ngx_http_chat_review_answered(ngx_http_chat_ask_t *ask,
    ngx_uint_t status);
static void ngx_http_chat_review_read(ngx_http_chat_review_t *review,
    ngx_uint_t status);
static void ngx_http_chat_review_count(ngx_uint_t result);
static void ngx_http_chat_review_taken(ngx_http_chat_review_t *review,
    const ngx_chat_str_t *content);
static void ngx_http_chat_review_replace(ngx_http_chat_review_t *review);
static void ngx_http_chat_review_refused(ngx_http_chat_review_t *review,
    const ngx_chat_str_t *content);
static void ngx_http_chat_review_failed(ngx_http_chat_review_t *review,
    ngx_uint_t status, const char *why);
static void ngx_http_chat_review_session(ngx_http_chat_review_t *review);


ngx_chat_code_e
ngx_http_chat_review_said(ngx_http_chat_session_t *s,
    const ngx_chat_wire_t *rec, const ngx_http_chat_keep_t *keep, int64_t id)
{
    ngx_http_chat_asker_t    asker;
    ngx_http_chat_review_t  *review;

    ngx_http_chat_ask_session(s, &asker);

    review = ngx_http_chat_review_create(&asker, "socket", rec, keep);

    if (review == NULL) {

        if (ngx_http_chat_review_unasked(&asker) != NGX_DECLINED) {
            return NGX_CHAT_CODE_UNAVAILABLE;
        }

        return ngx_http_chat_hub_said(s, rec, keep, id);
    }

    review->id = id;
    review->session = asker.session;
    review->done = ngx_http_chat_review_session;

    ngx_http_chat_ask_send(review->ask);
    ngx_http_chat_session_pause(s, NGX_HTTP_CHAT_PAUSE_REVIEW);

    return NGX_CHAT_CODE_OK;
}


ngx_int_t
ngx_http_chat_review_call(const ngx_http_chat_review_call_t *call,
    ngx_http_chat_review_t **review)
{
    ngx_connection_t       *c;
    ngx_http_chat_asker_t   asker;

    c = call->request->connection;

    asker.conf = call->ctx->conf;
    asker.listening = c->listening;
    asker.log = c->log;
    asker.session = 0;
    asker.head = ngx_http_chat_head_create(call->request->pool, call->request,
                                           call->ctx);

    *review = (asker.head != NULL)
              ? ngx_http_chat_review_create(&asker, call->via, call->rec,
                                            call->keep)
              : NULL;

    if (*review == NULL) {
        return ngx_http_chat_review_unasked(&asker);
    }

    (*review)->done = call->done;
    (*review)->data = call->data;

    ngx_http_chat_ask_send((*review)->ask);

    return NGX_OK;
}


static ngx_http_chat_review_t *
ngx_http_chat_review_create(const ngx_http_chat_asker_t *asker,
    const char *via, const ngx_chat_wire_t *rec,
    const ngx_http_chat_keep_t *keep)
{
    ngx_chat_str_t           room;
    ngx_http_chat_ask_t     *ask;
    ngx_http_chat_review_t  *review;

    ask = ngx_http_chat_ask_make(asker, &asker->conf->review->backend);

    if (ask == NULL) {
        return NULL;
    }

    review = ngx_pcalloc(ask->pool, sizeof(ngx_http_chat_review_t));

    if (review != NULL) {
        review->ask = ask;
        review->keep = *keep;

        room = rec->room;

        if (room.len != 0 && room.data[0] == NGX_CHAT_NAME_RAW) {
            /* the mark of raw rooms is ours */
            room.data++;
            room.len--;
        }

        if (ngx_http_chat_review_copy(review, rec) == NGX_OK
            && ngx_http_chat_review_write(review, via) == NGX_OK
            && ngx_http_chat_ask_room(ask, &room) == NGX_OK)
        {
            ask->handler = ngx_http_chat_review_answered;
            ask->data = review;

            return review;
        }
    }

    ngx_http_chat_ask_discard(ask);

    return NULL;
}


/* The strings go when the caller returns. */

static ngx_int_t
ngx_http_chat_review_copy(ngx_http_chat_review_t *review,
    const ngx_chat_wire_t *rec)
{
    ngx_uint_t       i;
    ngx_pool_t      *pool;
    ngx_chat_str_t  *copies[8];

    review->rec = *rec;

    copies[0] = &review->rec.room;
    copies[1] = &review->rec.user;
    copies[2] = &review->rec.name;
    copies[3] = &review->rec.role;
    copies[4] = &review->rec.cid;
    copies[5] = &review->rec.meta;
    copies[6] = &review->rec.enc;
    copies[7] = &review->rec.body;

    pool = review->ask->pool;

    for (i = 0; i < sizeof(copies) / sizeof(copies[0]); i++) {

        if (ngx_http_chat_review_string(pool, copies[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_chat_review_string(ngx_pool_t *pool, ngx_chat_str_t *str)
{
    u_char  *p;

    if (str->len == 0) {
        return NGX_OK;
    }

    p = ngx_pnalloc(pool, str->len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(p, str->data, str->len);
    str->data = p;

    return NGX_OK;
}


/* What is asked. */

static ngx_int_t
ngx_http_chat_review_write(ngx_http_chat_review_t *review, const char *via)
{
    size_t                size;
    u_char               *p;
    ngx_str_t             bytes, text;
    ngx_chat_wire_t       rec;
    ngx_chat_review_t     about;
    ngx_http_chat_ask_t  *ask;

    ask = review->ask;
    rec = review->rec;

    if (rec.kind == NGX_CHAT_WIRE_BINARY) {
        bytes.len = rec.body.len;
        bytes.data = (u_char *) rec.body.data;

        text.data = ngx_pnalloc(ask->pool,
                                ngx_base64_encoded_length(bytes.len));
        if (text.data == NULL) {
            return NGX_ERROR;
        }

        ngx_encode_base64url(&text, &bytes);

        rec.body.data = text.data;
        rec.body.len = text.len;
    }

    text = ngx_http_chat_head_str(ask->head, NGX_HTTP_CHAT_HEAD_ADDR);

    about.rec = &rec;
    about.address.data = text.data;
    about.address.len = text.len;
    about.via = via;
    about.guest = ask->head->guest;

    if (rec.user.len == 0) {
        /* messages of raw rooms do not tell */

        text = ask->ctx.user;
        rec.user.data = text.data;
        rec.user.len = text.len;

        text = ask->ctx.name;
        rec.name.data = text.data;
        rec.name.len = text.len;
    }

    size = ngx_chat_proto_review(NULL, 0, &about);

    p = ngx_pnalloc(ask->pool, size);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ask->body.data = p;
    ask->body.len = ngx_chat_proto_review(p, size, &about);

    return NGX_OK;
}


static ngx_int_t
ngx_http_chat_review_unasked(const ngx_http_chat_asker_t *asker)
{
    ngx_http_chat_review_conf_t  *conf;

    conf = asker->conf->review;

    ngx_http_chat_review_count(NGX_CHAT_METRIC_UNASKED);

    if (ngx_http_chat_ask_may_log(&conf->backend)) {
        ngx_log_error(NGX_LOG_ERR, (ngx_log_t *) asker->log, 0,
                      "too many messages wait for \"%V\", this one is %s",
                      &conf->backend.uri,
                      conf->open ? "stored unseen" : "refused");
    }

    return conf->open ? NGX_DECLINED : NGX_ERROR;
}


static void
ngx_http_chat_review_answered(ngx_http_chat_ask_t *ask, ngx_uint_t status)
{
    ngx_http_chat_review_t  *review;

    review = ask->data;

    ngx_chat_proto_init(&review->answer);

    ngx_http_chat_review_read(review, status);

    review->done(review);

    ngx_chat_proto_release(&review->answer);
}


/* What an answer of the site means. */

static void
ngx_http_chat_review_read(ngx_http_chat_review_t *review, ngx_uint_t status)
{
    ngx_int_t       rc;
    ngx_chat_str_t  content;

    rc = ngx_http_chat_ask_content(review->ask, &content);

    if (status == NGX_HTTP_FORBIDDEN
        || status == NGX_HTTP_CHAT_REVIEW_REJECTED)
    {
        ngx_http_chat_review_refused(review, &content);

    } else if (status < NGX_HTTP_OK || status >= NGX_HTTP_SPECIAL_RESPONSE) {
        ngx_http_chat_review_failed(review, status, NULL);

    } else if (rc != NGX_OK) {
        ngx_http_chat_review_failed(review, status, "It is cut short.");

    } else if (content.len == 0) {
        review->code = NGX_CHAT_CODE_OK;
        ngx_http_chat_review_count(NGX_CHAT_METRIC_ALLOWED);

    } else {
        ngx_http_chat_review_taken(review, &content);
    }
}


static void
ngx_http_chat_review_count(ngx_uint_t result)
{
    ngx_http_chat_metric_add(NGX_CHAT_METRIC_PUBLISH_HOOK, result, 1);
}


static void
ngx_http_chat_review_taken(ngx_http_chat_review_t *review,
    const ngx_chat_str_t *content)
{
    ngx_uint_t           max;
    const char          *why;
    ngx_chat_code_e      code;
    ngx_chat_command_t  *answer;

    answer = &review->answer;

    max = (review->rec.kind == NGX_CHAT_WIRE_MESSAGE
           || review->rec.kind == NGX_CHAT_WIRE_EDIT)
          ? review->ask->conf->max_text : 0;

    code = ngx_chat_proto_review_other(answer, content, max);
    why = answer->why;

    if (code == NGX_CHAT_CODE_OK && answer->text.data != NULL
        && review->rec.enc.len != 0)
    {
        code = NGX_CHAT_CODE_BAD_REQUEST;
        why = "A sealed message cannot get a text.";
    }

    if (code == NGX_CHAT_CODE_OK) {
        ngx_http_chat_review_count(NGX_CHAT_METRIC_ALLOWED);
        ngx_http_chat_review_replace(review);
        return;
    }

    ngx_http_chat_review_failed(review, 0,
                                (why != NULL)
                                ? why : ngx_chat_proto_code(code)->message);
}


static void
ngx_http_chat_review_replace(ngx_http_chat_review_t *review)
{
    ngx_chat_wire_t     *rec;
    ngx_chat_command_t  *answer;

    rec = &review->rec;
    answer = &review->answer;

    review->code = NGX_CHAT_CODE_OK;

    if (answer->text.data != NULL) {
        rec->body = answer->text;

        if (rec->kind == NGX_CHAT_WIRE_BINARY) {
            rec->kind = NGX_CHAT_WIRE_TEXT;
        }
    }

    if (answer->meta.data != NULL && rec->kind == NGX_CHAT_WIRE_MESSAGE) {
        rec->meta = answer->meta;
    }
}


/* A page of HTML refuses, too, but it is no sentence. */

static void
ngx_http_chat_review_refused(ngx_http_chat_review_t *review,
    const ngx_chat_str_t *content)
{
    u_char          *p;
    ngx_chat_str_t  *why;

    review->code = NGX_CHAT_CODE_REJECTED;
    ngx_http_chat_review_count(NGX_CHAT_METRIC_DENIED);

    if (content->len == 0
        || ngx_chat_proto_review_why(&review->answer, content)
           != NGX_CHAT_CODE_OK
        || review->answer.reason.len == 0)
    {
        return;
    }

    why = &review->answer.reason;

    p = ngx_pnalloc(review->ask->pool, why->len + 1);

    if (p != NULL) {
        *ngx_cpymem(p, why->data, why->len) = '\0';
        review->message = (const char *) p;
    }
}


static void
ngx_http_chat_review_failed(ngx_http_chat_review_t *review,
    ngx_uint_t status, const char *why)
{
    const char                   *fate;
    ngx_http_chat_ask_t          *ask;
    ngx_http_chat_review_conf_t  *conf;

    ask = review->ask;
    conf = ask->conf->review;

    review->code = conf->open ? NGX_CHAT_CODE_OK : NGX_CHAT_CODE_UNAVAILABLE;
    ngx_http_chat_review_count(NGX_CHAT_METRIC_FAILED);

    if (!ngx_http_chat_ask_may_log(ask->backend)) {
        return;
    }

    fate = conf->open ? "it is stored as it is" : "it is refused";

    if (why != NULL) {
        ngx_log_error(NGX_LOG_ERR, &ask->log, 0,
                      "\"%V\" gave an answer about a message that cannot be "
                      "used (%s), %s", &ask->backend->uri, why, fate);

    } else if (status == 0) {
        ngx_log_error(NGX_LOG_ERR, &ask->log, 0,
                      "\"%V\" gave no answer about a message, %s",
                      &ask->backend->uri, fate);

    } else {
        ngx_log_error(NGX_LOG_ERR, &ask->log, 0,
                      "\"%V\" answered %ui about a message, which is neither "
                      "yes nor no, %s", &ask->backend->uri, status, fate);
    }
}


static void
ngx_http_chat_review_session(ngx_http_chat_review_t *review)
{
    ngx_chat_code_e           code;
    ngx_chat_error_t          e;
    ngx_http_chat_session_t  *s;

    s = ngx_http_chat_table_find(review->session);

    if (s == NULL) {
        return;
    }

    ngx_http_chat_session_resume(s, NGX_HTTP_CHAT_PAUSE_REVIEW);

    code = review->code;

    if (code == NGX_CHAT_CODE_OK) {
        code = ngx_http_chat_hub_said(s, &review->rec, &review->keep,
                                      review->id);
    }

    if (code == NGX_CHAT_CODE_OK) {
        return;
    }

    ngx_memzero(&e, sizeof(ngx_chat_error_t));

    e.id = review->id;
    e.code = code;
    e.message = review->message;
    e.room = review->rec.room;

    if (s->conf->format == NGX_HTTP_CHAT_FORMAT_JSON) {
        ngx_http_chat_answer_fault(s, &e);
        return;
    }

    ngx_http_chat_notice_refusal(s, &e);

    if (code != NGX_CHAT_CODE_REJECTED) {
        /* there is no other way to say that the message is lost */

        ngx_http_chat_session_close(s, NGX_CHAT_CLOSE_TRY_LATER,
                                    "the message could not be taken, try "
                                    "again later");
    }
}
