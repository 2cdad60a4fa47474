
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Answers of the API; see the header. */


#include "ngx_http_chat_api.h"
#include "ngx_http_chat_handshake.h"
#include "ngx_http_chat_metric.h"
#include "ngx_http_chat_notice.h"


/* s; a store that is away, or too busy, may be back */
#define NGX_HTTP_CHAT_API_AGAIN          2

#define NGX_HTTP_CHAT_API_UNPROCESSABLE  422


typedef struct {
    const ngx_chat_error_t  *error;
    const char              *field;
} ngx_http_chat_api_problem_t;


static void ngx_http_chat_api_finish(ngx_http_chat_api_t *api,
    ngx_uint_t status, ngx_buf_t *b);
static void ngx_http_chat_api_broken(ngx_http_chat_api_t *api);
static ngx_buf_t *ngx_http_chat_api_write(ngx_http_chat_api_t *api,
    ngx_http_chat_writer_pt writer, const void *arg);
static void ngx_http_chat_api_type(ngx_http_request_t *r, const char *type);
static size_t ngx_http_chat_api_write_problem(u_char *buf, size_t size,
    const void *arg);
static ngx_int_t ngx_http_chat_api_retry(ngx_http_chat_api_t *api,
    ngx_chat_error_t *e);


void
ngx_http_chat_api_unread(ngx_http_chat_api_t *api)
{
    ngx_http_request_t  *r;

    r = api->request;
    r->main->count++;

    if (ngx_http_discard_request_body(r) != NGX_OK) {
        r->keepalive = 0;
    }
}


void
ngx_http_chat_api_send(ngx_http_chat_api_t *api, ngx_uint_t status,
    ngx_http_chat_writer_pt writer, const void *arg)
{
    ngx_buf_t  *b;

    b = ngx_http_chat_api_write(api, writer, arg);

    if (b == NULL) {
        ngx_http_chat_api_broken(api);
        return;
    }

    ngx_http_chat_api_type(api->request, "application/json");
    ngx_http_chat_api_finish(api, status, b);
}


void
ngx_http_chat_api_empty(ngx_http_chat_api_t *api, ngx_uint_t status)
{
    ngx_http_chat_api_finish(api, status, NULL);
}


static ngx_buf_t *
ngx_http_chat_api_write(ngx_http_chat_api_t *api,
    ngx_http_chat_writer_pt writer, const void *arg)
{
    size_t      len, size;
    u_char     *scratch;
    ngx_buf_t  *b;

    scratch = ngx_http_chat_output_scratch(&size);

    len = writer(scratch, size, arg);

    b = ngx_create_temp_buf(api->request->pool, len);
    if (b == NULL) {
        return NULL;
    }

    if (len <= size) {
        b->last = ngx_cpymem(b->pos, scratch, len);

    } else {
        (void) writer(b->pos, len, arg);
        b->last = b->pos + len;
    }

    return b;
}


static void
ngx_http_chat_api_type(ngx_http_request_t *r, const char *type)
{
    r->headers_out.content_type.data = (u_char *) type;
    r->headers_out.content_type.len = ngx_strlen(type);
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;
}


/* What is answered is about one user, and soon wrong. */

static void
ngx_http_chat_api_finish(ngx_http_chat_api_t *api, ngx_uint_t status,
    ngx_buf_t *b)
{
    ngx_int_t            rc;
    ngx_chain_t          out;
    ngx_http_request_t  *r;
    const char          *cache;

    /* nobody may answer again while this is on its way */

    ngx_http_chat_api_settle(api);

    r = api->request;
    cache = (r->headers_out.etag != NULL) ? "private, no-cache" : "no-store";

    if (ngx_http_chat_handshake_add(r, "Cache-Control", ngx_strlen(cache),
                                    (const u_char *) cache)
        != NGX_OK)
    {
        ngx_http_chat_api_broken(api);
        return;
    }

    ngx_http_chat_metric_add(NGX_CHAT_METRIC_API,
                             ngx_chat_metric_class((unsigned) status), 1);

    r->err_status = 0;
    r->headers_out.status = status;

    if (status == NGX_HTTP_CHAT_API_UNPROCESSABLE) {
        /* nginx has no words for it */
        ngx_str_set(&r->headers_out.status_line, "422 Unprocessable Content");
    }

    if (b == NULL) {
        r->headers_out.content_length_n = -1;
        r->header_only = 1;
        rc = ngx_http_send_header(r);

    } else {
        b->last_buf = 1;
        b->last_in_chain = 1;
        r->headers_out.content_length_n = b->last - b->pos;

        rc = ngx_http_send_header(r);

        if (rc == NGX_OK && !r->header_only) {
            ngx_http_chat_metric_add(NGX_CHAT_METRIC_API_BYTES,
                                     NGX_CHAT_METRIC_OUT, b->last - b->pos);
            out.buf = b;
            out.next = NULL;

            rc = ngx_http_output_filter(r, &out);
        }
    }

    ngx_http_finalize_request(r, rc);
}


/* There is no memory for an answer. */

static void
ngx_http_chat_api_broken(ngx_http_chat_api_t *api)
{
    ngx_http_chat_api_settle(api);

    ngx_http_chat_metric_add(NGX_CHAT_METRIC_API,
                     ngx_chat_metric_class(NGX_HTTP_INTERNAL_SERVER_ERROR), 1);

    ngx_http_finalize_request(api->request, NGX_HTTP_INTERNAL_SERVER_ERROR);
}


void
ngx_http_chat_api_refuse(ngx_http_chat_api_t *api, ngx_chat_code_e code,
    const char *why, const char *field)
{
    ngx_chat_error_t  e;

    ngx_memzero(&e, sizeof(ngx_chat_error_t));

    e.code = code;
    e.message = why;

    ngx_http_chat_api_fault(api, &e, field);
}


void
ngx_http_chat_api_failed(ngx_http_chat_api_t *api,
    const ngx_http_chat_reply_t *reply)
{
    ngx_chat_error_t  e;

    ngx_http_chat_answer_reply(&e, 0, reply);
    ngx_http_chat_api_fault(api, &e, NULL);
}


void
ngx_http_chat_api_fault(ngx_http_chat_api_t *api, const ngx_chat_error_t *e,
    const char *field)
{
    ngx_buf_t                    *b;
    ngx_chat_error_t              copy;
    ngx_http_request_t           *r;
    const ngx_chat_code_t        *row;
    ngx_http_chat_api_problem_t   problem;

    r = api->request;
    row = ngx_chat_proto_code(e->code);

    ngx_http_chat_metric_add(NGX_CHAT_METRIC_REFUSED, e->code - 1, 1);
    ngx_http_chat_notice_request(r, row->status, row->name,
                                 (e->message != NULL) ? e->message
                                                      : row->message);

    copy = *e;

    problem.error = &copy;
    problem.field = field;

    if (ngx_http_chat_api_retry(api, &copy) != NGX_OK
        || (e->code == NGX_CHAT_CODE_UNAUTHORIZED
            && ngx_http_chat_api_challenge(r) != NGX_OK))
    {
        ngx_http_chat_api_broken(api);
        return;
    }

    b = ngx_http_chat_api_write(api, ngx_http_chat_api_write_problem,
                                &problem);

    if (b == NULL) {
        ngx_http_chat_api_broken(api);
        return;
    }

    ngx_http_chat_api_type(r, "application/problem+json");
    ngx_http_chat_api_finish(api, row->status, b);
}


static ngx_int_t
ngx_http_chat_api_retry(ngx_http_chat_api_t *api, ngx_chat_error_t *e)
{
    u_char  *p;
    u_char   seconds[NGX_INT32_LEN];

    if (e->retry_after == 0 && e->code == NGX_CHAT_CODE_UNAVAILABLE) {
        e->retry_after = NGX_HTTP_CHAT_API_AGAIN * 1000;
    }

    if (e->retry_after == 0) {
        return NGX_OK;
    }

    p = ngx_sprintf(seconds, "%uD",
                    e->retry_after / 1000 + (e->retry_after % 1000 != 0));

    return ngx_http_chat_handshake_add(api->request, "Retry-After",
                                       (size_t) (p - seconds), seconds);
}


static size_t
ngx_http_chat_api_write_problem(u_char *buf, size_t size, const void *arg)
{
    const ngx_http_chat_api_problem_t  *problem;

    problem = arg;

    return ngx_chat_proto_problem_of(buf, size, problem->error,
                                     problem->field);
}


/* RFC 8288, 3.  Link Serialisation in HTTP Headers */

ngx_int_t
ngx_http_chat_api_link(ngx_http_chat_api_t *api, const char *rel,
    const ngx_str_t *query)
{
    u_char  *p, *value;

    value = ngx_pnalloc(api->request->pool,
                        query->len + ngx_strlen(rel) + sizeof("<?>; rel=\"\""));
    if (value == NULL) {
        return NGX_ERROR;
    }

    p = ngx_sprintf(value, "<?%V>; rel=\"%s\"", query, rel);

    return ngx_http_chat_handshake_add(api->request, "Link",
                                       (size_t) (p - value), value);
}


ngx_int_t
ngx_http_chat_api_etag(ngx_http_chat_api_t *api,
    const ngx_http_chat_reply_t *reply)
{
    u_char              *p;
    ngx_table_elt_t     *h;
    ngx_http_request_t  *r;

    r = api->request;

    p = ngx_pnalloc(r->pool, reply->epoch.len + NGX_INT64_LEN
                             + sizeof("\"-\""));
    h = ngx_list_push(&r->headers_out.headers);

    if (p == NULL || h == NULL) {

        if (h != NULL) {
            h->hash = 0;
        }

        return NGX_ERROR;
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t));

    h->hash = 1;
    ngx_str_set(&h->key, "ETag");
    h->value.data = p;

    *p++ = '"';
    p = ngx_cpymem(p, reply->epoch.data, reply->epoch.len);
    p = ngx_sprintf(p, "-%uL\"", reply->seq);

    h->value.len = (size_t) (p - h->value.data);

    r->headers_out.etag = h;

    return NGX_OK;
}
