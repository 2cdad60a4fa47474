
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The head of a session; see the header. */


#include "ngx_http_chat_head.h"
#include "ngx_http_chat_kept.h"
#include "ngx_http_chat_session.h"
#include "ngx_http_chat_session_log.h"


static void ngx_http_chat_head_collect(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx, ngx_str_t *str);
static ngx_str_t ngx_http_chat_head_forwarded(ngx_http_request_t *r);
static ngx_int_t ngx_http_chat_head_raw_uri(ngx_str_t *line, ngx_str_t *uri,
    ngx_str_t *args);
static size_t ngx_http_chat_head_size(const ngx_http_chat_head_t *head);
static ngx_int_t ngx_http_chat_head_fill_headers(ngx_http_request_t *r,
    ngx_http_chat_head_t *head);
static void ngx_http_chat_head_login(ngx_http_request_t *r, ngx_str_t *login);


/* strings, one behind the other, behind the addresses */

#define ngx_http_chat_head_text(head)                                         \
    ((u_char *) (head)->addr                                                  \
     + ngx_align((head)->socklen, sizeof(uintptr_t))                          \
     + ngx_align((head)->local_socklen, sizeof(uintptr_t)))


ngx_http_chat_head_t *
ngx_http_chat_head_create(ngx_pool_t *pool, ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx)
{
    size_t                 size, local;
    u_char                *p;
    ngx_str_t              str[NGX_HTTP_CHAT_HEAD_COUNT];
    ngx_uint_t             i;
    ngx_connection_t      *c;
    ngx_http_chat_head_t  *head;

    c = r->connection;

    ngx_http_chat_head_collect(r, ctx, str);

    /* an address of our own that the connection's pool holds is copied too */

    local = (c->local_sockaddr != NULL
             && c->local_sockaddr != c->listening->sockaddr)
            ? c->local_socklen : 0;

    size = offsetof(ngx_http_chat_head_t, addr)
           + ngx_align(c->socklen, sizeof(uintptr_t))
           + ngx_align(local, sizeof(uintptr_t));

    for (i = 0; i < NGX_HTTP_CHAT_HEAD_COUNT; i++) {
        str[i].len = ngx_min(str[i].len, 65535);
        size += str[i].len;
    }

    head = (pool != NULL) ? ngx_palloc(pool, size)
                          : ngx_alloc(size, c->log);
    if (head == NULL) {
        return NULL;
    }

    head->addr_conf = r->http_connection->addr_conf;
    head->request_length = (uint32_t) r->request_length;
    head->socklen = (uint16_t) c->socklen;
    head->local_socklen = (uint16_t) local;
    head->guest = ctx->guest & 1;
    head->reads = ctx->reads & 1;
    head->given = ctx->given & 3;
    head->unknown = ctx->unknown & 1;
    head->identity = NULL;

    ngx_http_chat_head_expire(head, ctx->expires);

    if (ctx->unknown) {
        head->timed = 1;
        head->due = (uint32_t) (ngx_current_msec + ctx->conf->auth_timeout);
    }

    p = (u_char *) head->addr;
    ngx_memcpy(p, c->sockaddr, c->socklen);
    p += ngx_align(c->socklen, sizeof(uintptr_t));

    if (local != 0) {
        ngx_memcpy(p, c->local_sockaddr, local);
        p += ngx_align(local, sizeof(uintptr_t));
    }

    for (i = 0; i < NGX_HTTP_CHAT_HEAD_COUNT; i++) {
        head->len[i] = (uint16_t) str[i].len;
        p = ngx_cpymem(p, str[i].data, str[i].len);
    }

    return head;
}


static void
ngx_http_chat_head_collect(ngx_http_request_t *r, ngx_http_chat_ctx_t *ctx,
    ngx_str_t *str)
{
    ngx_str_t                uri, args;
    ngx_http_headers_in_t   *in;

    in = &r->headers_in;

    ngx_memzero(str, sizeof(ngx_str_t) * NGX_HTTP_CHAT_HEAD_COUNT);

    str[NGX_HTTP_CHAT_HEAD_ADDR] = r->connection->addr_text;
    str[NGX_HTTP_CHAT_HEAD_USER] = ctx->user;

    if (ctx->name.len != ctx->user.len
        || ngx_memcmp(ctx->name.data, ctx->user.data, ctx->user.len) != 0)
    {
        str[NGX_HTTP_CHAT_HEAD_NAME] = ctx->name;
    }

    str[NGX_HTTP_CHAT_HEAD_ROOM] = ctx->room;
    str[NGX_HTTP_CHAT_HEAD_POSITION] = ctx->position;
    str[NGX_HTTP_CHAT_HEAD_REQUEST] = r->request_line;
    str[NGX_HTTP_CHAT_HEAD_HOST] = in->server;
    str[NGX_HTTP_CHAT_HEAD_FORWARDED] = ngx_http_chat_head_forwarded(r);
    str[NGX_HTTP_CHAT_HEAD_KEPT] = ngx_http_chat_kept_make(r, ctx->conf);

    if (ngx_http_chat_head_raw_uri(&r->request_line, &uri, &args) != NGX_OK
        || uri.len != r->uri.len
        || ngx_memcmp(uri.data, r->uri.data, uri.len) != 0)
    {
        str[NGX_HTTP_CHAT_HEAD_URI] = r->uri;
    }

    if (in->user_agent != NULL) {
        str[NGX_HTTP_CHAT_HEAD_AGENT] = in->user_agent->value;
    }

    if (in->referer != NULL) {
        str[NGX_HTTP_CHAT_HEAD_REFERER] = in->referer->value;
    }

    if (ngx_http_auth_basic_user(r) == NGX_OK) {
        str[NGX_HTTP_CHAT_HEAD_LOGIN] = in->user;
    }
}


static ngx_str_t
ngx_http_chat_head_forwarded(ngx_http_request_t *r)
{
    ngx_str_t          value;
#if (NGX_HTTP_X_FORWARDED_FOR)
    ngx_table_elt_t   *h;

#if (nginx_version >= 1023000)

    h = r->headers_in.x_forwarded_for;

#else

    ngx_array_t       *a;

    a = &r->headers_in.x_forwarded_for;
    h = (a->nelts != 0) ? ((ngx_table_elt_t **) a->elts)[0] : NULL;

#endif

    if (h != NULL) {
        return h->value;
    }

#endif

    ngx_str_null(&value);

    return value;
}


/* Finds path and arguments in "GET /path?args HTTP/1.1". */

static ngx_int_t
ngx_http_chat_head_raw_uri(ngx_str_t *line, ngx_str_t *uri, ngx_str_t *args)
{
    u_char  *p, *last, *end, *mark;

    last = line->data + line->len;

    p = ngx_strlchr(line->data, last, ' ');

    if (p == NULL) {
        return NGX_DECLINED;
    }

    p++;

    end = ngx_strlchr(p, last, ' ');

    if (end == NULL) {
        end = last;
    }

    mark = ngx_strlchr(p, end, '?');

    uri->data = p;
    uri->len = (size_t) ((mark != NULL ? mark : end) - p);

    args->data = (mark != NULL) ? mark + 1 : end;
    args->len = (size_t) (end - args->data);

    return NGX_OK;
}


ngx_http_chat_head_t *
ngx_http_chat_head_copy(ngx_pool_t *pool, const ngx_http_chat_head_t *head)
{
    size_t                 size;
    ngx_http_chat_head_t  *copy;

    size = ngx_http_chat_head_size(head);

    copy = ngx_palloc(pool, size);
    if (copy == NULL) {
        return NULL;
    }

    ngx_memcpy(copy, head, size);

    if (head->identity == NULL) {
        return copy;
    }

    /* the session's own may be another soon */

    size = offsetof(ngx_http_chat_identity_t, data) + head->identity->user.len
           + head->identity->name.len;

    copy->identity = ngx_palloc(pool, size);
    if (copy->identity == NULL) {
        return NULL;
    }

    ngx_memcpy(copy->identity, head->identity, size);

    copy->identity->user.data = copy->identity->data;
    copy->identity->name.data = copy->identity->data
                                + copy->identity->user.len;

    return copy;
}


static size_t
ngx_http_chat_head_size(const ngx_http_chat_head_t *head)
{
    size_t      size;
    ngx_uint_t  i;

    size = (size_t) (ngx_http_chat_head_text(head) - (u_char *) head);

    for (i = 0; i < NGX_HTTP_CHAT_HEAD_COUNT; i++) {
        size += head->len[i];
    }

    return size;
}


ngx_str_t
ngx_http_chat_head_str(const ngx_http_chat_head_t *head,
    ngx_http_chat_head_e which)
{
    u_char      *p;
    ngx_str_t    str;
    ngx_uint_t   i;

    /* a name like the id is kept once */

    if (head->identity != NULL) {

        if (which == NGX_HTTP_CHAT_HEAD_USER) {
            return head->identity->user;
        }

        if (which == NGX_HTTP_CHAT_HEAD_NAME) {
            return head->identity->name;
        }
    }

    if (which == NGX_HTTP_CHAT_HEAD_NAME && head->len[which] == 0) {
        which = NGX_HTTP_CHAT_HEAD_USER;
    }

    p = ngx_http_chat_head_text(head);

    for (i = 0; i < (ngx_uint_t) which; i++) {
        p += head->len[i];
    }

    str.data = p;
    str.len = head->len[which];

    return str;
}


void
ngx_http_chat_head_adopt(ngx_http_chat_head_t *head, ngx_connection_t *c)
{
    c->sockaddr = (struct sockaddr *) head->addr;
    c->socklen = head->socklen;
    c->addr_text = ngx_http_chat_head_str(head, NGX_HTTP_CHAT_HEAD_ADDR);

    if (head->local_socklen != 0) {
        c->local_sockaddr = (struct sockaddr *)
                            ((u_char *) head->addr
                             + ngx_align(head->socklen, sizeof(uintptr_t)));
        c->local_socklen = head->local_socklen;
    }
}


void
ngx_http_chat_head_log(ngx_http_chat_session_t *s)
{
    void                   *data;
    ngx_log_t               log;
    ngx_pool_t             *pool;
    ngx_connection_t       *c;
    ngx_http_request_t     *r;
    ngx_http_log_ctx_t      log_ctx;
    ngx_http_chat_ctx_t     ctx;
    ngx_http_conf_ctx_t     conf;
    ngx_http_connection_t   hc;

    (void) ngx_http_chat_session_log(s);

    c = s->connection;

    ngx_memzero(&hc, sizeof(ngx_http_connection_t));
    ngx_memzero(&ctx, sizeof(ngx_http_chat_ctx_t));

    conf.main_conf = s->conf->main_conf;
    conf.srv_conf = s->conf->srv_conf;
    conf.loc_conf = s->conf->loc_conf;

    hc.addr_conf = s->head->addr_conf;
    hc.conf_ctx = &conf;

    log_ctx.connection = c;
    log_ctx.request = NULL;
    log_ctx.current_request = NULL;

    data = c->data;
    log = *c->log;
    pool = c->pool;

    c->data = &hc;
    c->buffer = NULL;
    c->log->handler = NULL;
    c->log->data = &log_ctx;

    r = ngx_http_create_request(c);

    if (r != NULL) {
        c->requests--;

#if (NGX_STAT_STUB)
        /* it has been counted when it came */
        (void) ngx_atomic_fetch_add(ngx_stat_requests, -1);
#endif

        ctx.session = s;
        ctx.conf = s->conf;
        ngx_http_set_ctx(r, &ctx, ngx_http_chat_module);

        /* what variables allocate for the connection dies with the request */
        c->pool = r->pool;

        r->start_sec = (time_t) s->start_sec;
        r->start_msec = s->start_msec;
        r->request_length = s->head->request_length;
        r->headers_out.status = s->stream ? NGX_HTTP_OK
                                          : NGX_HTTP_SWITCHING_PROTOCOLS;

        (void) ngx_http_chat_head_fill(r, s->head);

        ngx_http_free_request(r, 0);
    }

    c->pool = pool;
    c->data = data;
    *c->log = log;
}


ngx_int_t
ngx_http_chat_head_fill(ngx_http_request_t *r, ngx_http_chat_head_t *head)
{
    ngx_str_t  uri;

    r->method = NGX_HTTP_GET;
    ngx_str_set(&r->method_name, "GET");
    ngx_str_set(&r->http_protocol, "HTTP/1.1");
    r->http_version = NGX_HTTP_VERSION_11;
    r->http_major = 1;
    r->http_minor = 1;

    r->request_line = ngx_http_chat_head_str(head, NGX_HTTP_CHAT_HEAD_REQUEST);

    if (ngx_http_chat_head_raw_uri(&r->request_line, &r->uri, &r->args)
        == NGX_OK)
    {
        r->unparsed_uri.data = r->uri.data;
        r->unparsed_uri.len = r->uri.len;

        if (r->args.len != 0) {
            r->unparsed_uri.len += 1 + r->args.len;
        }
    }

    uri = ngx_http_chat_head_str(head, NGX_HTTP_CHAT_HEAD_URI);

    if (uri.len != 0) {
        r->uri = uri;
    }

    return ngx_http_chat_head_fill_headers(r, head);
}


static ngx_int_t
ngx_http_chat_head_fill_headers(ngx_http_request_t *r,
    ngx_http_chat_head_t *head)
{
    ngx_str_t               login;
    ngx_http_headers_in_t  *in;
#if (NGX_HTTP_X_FORWARDED_FOR)
    ngx_table_elt_t        *h;
#endif

    in = &r->headers_in;

    if (ngx_list_init(&in->headers, r->pool, 4, sizeof(ngx_table_elt_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    in->server = ngx_http_chat_head_str(head, NGX_HTTP_CHAT_HEAD_HOST);
    in->host = ngx_http_chat_head_header(r, "host", in->server);

    in->user_agent = ngx_http_chat_head_header(r, "user-agent",
                   ngx_http_chat_head_str(head, NGX_HTTP_CHAT_HEAD_AGENT));

    in->referer = ngx_http_chat_head_header(r, "referer",
                   ngx_http_chat_head_str(head, NGX_HTTP_CHAT_HEAD_REFERER));

#if (NGX_HTTP_X_FORWARDED_FOR)

    h = ngx_http_chat_head_header(r, "x-forwarded-for",
                 ngx_http_chat_head_str(head, NGX_HTTP_CHAT_HEAD_FORWARDED));

#if (nginx_version >= 1023000)

    in->x_forwarded_for = h;

#else

    if (h != NULL
        && ngx_array_init(&in->x_forwarded_for, r->pool, 1,
                          sizeof(ngx_table_elt_t *)) == NGX_OK)
    {
        *(ngx_table_elt_t **) ngx_array_push(&in->x_forwarded_for) = h;
    }

#endif
#endif

    login = ngx_http_chat_head_str(head, NGX_HTTP_CHAT_HEAD_LOGIN);

    if (login.len != 0) {
        ngx_http_chat_head_login(r, &login);
    }

    return NGX_OK;
}


ngx_table_elt_t *
ngx_http_chat_head_header(ngx_http_request_t *r, const char *name,
    ngx_str_t value)
{
    ngx_table_elt_t  *h;

    if (value.len == 0) {
        return NULL;
    }

    h = ngx_list_push(&r->headers_in.headers);

    if (h == NULL) {
        return NULL;
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t));

    h->key.len = ngx_strlen(name);
    h->key.data = (u_char *) name;
    h->lowcase_key = (u_char *) name;
    h->hash = ngx_hash_key(h->key.data, h->key.len);
    h->value = value;

    return h;
}


/* $remote_user is read from a header: give it one, without the password. */

static void
ngx_http_chat_head_login(ngx_http_request_t *r, ngx_str_t *login)
{
    ngx_str_t         plain, value;
    ngx_table_elt_t  *h;

    plain.len = login->len + 1;
    plain.data = ngx_pnalloc(r->pool, plain.len);

    value.data = ngx_pnalloc(r->pool, sizeof("Basic ") - 1
                                      + ngx_base64_encoded_length(plain.len));

    h = ngx_pcalloc(r->pool, sizeof(ngx_table_elt_t));

    if (plain.data == NULL || value.data == NULL || h == NULL) {
        return;
    }

    *ngx_cpymem(plain.data, login->data, login->len) = ':';

    h->value.data = value.data;

    value.data = ngx_cpymem(value.data, "Basic ", sizeof("Basic ") - 1);
    ngx_encode_base64(&value, &plain);

    h->value.len = sizeof("Basic ") - 1 + value.len;

    r->headers_in.authorization = h;
}
