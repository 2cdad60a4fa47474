
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* How a handshake is refused: application/problem+json (RFC 9457). */


#include "ngx_http_chat_handshake.h"
#include "ngx_http_chat_limit.h"
#include "ngx_http_chat_metric.h"
#include "ngx_http_chat_notice.h"


#define NGX_HTTP_CHAT_PROBLEM_MAX   512


static void ngx_http_chat_handshake_tell(ngx_http_request_t *r,
    ngx_uint_t status, const char *detail);


ngx_int_t
ngx_http_chat_handshake_refuse(ngx_http_request_t *r, ngx_uint_t status,
    const char *code, const char *detail, ngx_uint_t retry_after)
{
    u_char       *p;
    size_t        len;
    ngx_int_t     rc;
    ngx_buf_t    *b;
    ngx_chain_t   out;
    u_char        seconds[NGX_INT_T_LEN];

    ngx_http_chat_handshake_tell(r, status, detail);
    ngx_http_chat_notice_request(r, status, code, detail);

    if (retry_after != 0) {
        p = ngx_sprintf(seconds, "%ui", retry_after);

        if (ngx_http_chat_handshake_add(r, "Retry-After",
                                        (size_t) (p - seconds), seconds)
            != NGX_OK)
        {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    if (r->keepalive && ngx_http_discard_request_body(r) != NGX_OK) {
        r->keepalive = 0;
    }

    b = ngx_create_temp_buf(r->pool, NGX_HTTP_CHAT_PROBLEM_MAX);
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    len = ngx_chat_proto_problem(b->pos, NGX_HTTP_CHAT_PROBLEM_MAX,
                                 (unsigned) status, code, detail);

    b->last = b->pos + ngx_min(len, NGX_HTTP_CHAT_PROBLEM_MAX);
    b->last_buf = 1;
    b->last_in_chain = 1;

    /* error_page may have led here: the status is ours */

    r->err_status = 0;
    r->headers_out.status = status;

    /* statuses that nginx has no words for */

    if (status == 426) {
        ngx_str_set(&r->headers_out.status_line, "426 Upgrade Required");

    } else if (status == 425) {
        ngx_str_set(&r->headers_out.status_line, "425 Too Early");
    }

    r->headers_out.content_length_n = b->last - b->pos;
    ngx_str_set(&r->headers_out.content_type, "application/problem+json");
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;

    ngx_http_chat_metric_refused(r, status, code,
                                 (r->method == NGX_HTTP_HEAD)
                                 ? 0 : (size_t) (b->last - b->pos));

    rc = ngx_http_send_header(r);

    if (rc == NGX_OK && !r->header_only) {
        out.buf = b;
        out.next = NULL;

        rc = ngx_http_output_filter(r, &out);
    }

    /* NGX_OK would tell the caller to go on with the handshake */

    r->main->count++;
    ngx_http_finalize_request(r, rc);

    return NGX_DONE;
}


/* RFC 8470: a handshake may be replayed in early data, also that of a proxy */

ngx_int_t
ngx_http_chat_handshake_early(ngx_http_request_t *r)
{
    ngx_uint_t        i, early;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    static const ngx_str_t  name = ngx_string("early-data");

#if (NGX_HTTP_SSL)
    early = (r->connection->ssl != NULL
             && !SSL_is_init_finished(r->connection->ssl->connection));
#else
    early = 0;
#endif

    for (part = &r->headers_in.headers.part; part != NULL; part = part->next)
    {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            early |= (h[i].key.len == name.len
                      && ngx_strncmp(h[i].lowcase_key, name.data, name.len)
                         == 0
                      && h[i].value.len == 1 && h[i].value.data[0] == '1');
        }
    }

    return early ? ngx_http_chat_handshake_refuse(r, 425, "unavailable",
                       "Repeat the request after the TLS handshake.", 0)
                 : NGX_OK;
}


static void
ngx_http_chat_handshake_tell(ngx_http_request_t *r, ngx_uint_t status,
    const char *detail)
{
    ngx_uint_t                 more;
    ngx_http_chat_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_chat_module);
    more = 0;

    /* whom a limit refuses comes again at once, perhaps */

    if ((status == NGX_HTTP_TOO_MANY_REQUESTS
         || conf->limits->of[NGX_HTTP_CHAT_PER_IP]
                            [NGX_HTTP_CHAT_KIND_CONNECT].rate != 0)
        && !ngx_http_chat_limit_may_log(&more))
    {
        return;
    }

    if (more == 0) {
        ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                      "chat refused a %s with %ui: %s",
                      conf->api ? "request" : "handshake", status, detail);
        return;
    }

    ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                  "chat refused a %s with %ui: %s %ui more lines were left "
                  "out", conf->api ? "request" : "handshake", status, detail,
                  more);
}


ngx_int_t
ngx_http_chat_handshake_add(ngx_http_request_t *r, const char *name,
    size_t len, const u_char *value)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t));

    h->value.data = ngx_pnalloc(r->pool, len);
    if (h->value.data == NULL) {
        return NGX_ERROR;
    }

    h->hash = 1;
    h->key.len = ngx_strlen(name);
    h->key.data = (u_char *) name;
    h->value.len = len;
    ngx_memcpy(h->value.data, value, len);

    return NGX_OK;
}
