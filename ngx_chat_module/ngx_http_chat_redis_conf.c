
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The configuration of a Redis store: "chat_redis" with its parameters.
 */


#include "ngx_http_chat_redis.h"


#define NGX_HTTP_CHAT_REDIS_PREFIX_MAX    32
#define NGX_HTTP_CHAT_REDIS_PASSWORD_MAX  4096     /* bytes of the file */
#define NGX_HTTP_CHAT_REDIS_HEADROOM      (64 * 1024)
#define NGX_HTTP_CHAT_REDIS_WAIT_MAX      16       /* replicas */


static char *ngx_http_chat_redis_parameter(ngx_conf_t *cf,
    ngx_http_chat_redis_conf_t *rcf, ngx_str_t *value);
static char *ngx_http_chat_redis_prefix(ngx_conf_t *cf,
    ngx_http_chat_redis_conf_t *rcf, ngx_str_t *value);
static char *ngx_http_chat_redis_wait(ngx_conf_t *cf,
    ngx_http_chat_redis_conf_t *rcf, ngx_str_t *value);
static char *ngx_http_chat_redis_password_file(ngx_conf_t *cf,
    ngx_http_chat_redis_conf_t *rcf, ngx_str_t *name);
static char *ngx_http_chat_redis_password(ngx_conf_t *cf,
    ngx_http_chat_redis_conf_t *rcf, ngx_str_t *name, ngx_str_t *text);
static ngx_int_t ngx_http_chat_redis_resolve(ngx_conf_t *cf,
    ngx_http_chat_redis_conf_t *rcf, ngx_http_core_loc_conf_t *clcf);
static ngx_int_t ngx_http_chat_redis_names(ngx_conf_t *cf,
    ngx_http_chat_redis_conf_t *rcf);
static ngx_uint_t ngx_http_chat_redis_same_tls(ngx_http_chat_redis_ssl_t *one,
    ngx_http_chat_redis_ssl_t *two);


char *
ngx_http_chat_redis_set(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_chat_loc_conf_t *clc = conf;

    char                        *rv;
    ngx_str_t                   *value;
    ngx_uint_t                   i;
    const char                  *part;
    ngx_http_chat_redis_conf_t  *rcf;

    if (clc->redis != NULL) {
        return "is duplicate";
    }

    if (clc->zone != NULL) {
        return "conflicts with \"chat_zone\": one of both is the store";
    }

    rcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_chat_redis_conf_t));
    if (rcf == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_str_set(&rcf->prefix, "chat");
    rcf->bulk_max = NGX_HTTP_CHAT_REDIS_BULK;
    rcf->window = NGX_HTTP_CHAT_REDIS_WINDOW;

    value = cf->args->elts;
    part = ngx_http_chat_redis_url(cf, rcf, &value[1]);

    if (part) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid redis url: %s",
                           part);
        return NGX_CONF_ERROR;
    }

    for (i = 2; i < cf->args->nelts; i++) {
        rv = ngx_http_chat_redis_parameter(cf, rcf, &value[i]);

        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    if (rcf->user.len && rcf->password.len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid redis url: a user without a password");
        return NGX_CONF_ERROR;
    }

    if (rcf->db) {
        ngx_sprintf((u_char *) rcf->channel, "ch%ui%Z", rcf->db);

    } else {
        ngx_memcpy(rcf->channel, "ch", sizeof("ch"));
    }

    if (ngx_http_chat_redis_names(cf, rcf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    clc->redis = rcf;

    return NGX_CONF_OK;
}


static char *
ngx_http_chat_redis_parameter(ngx_conf_t *cf,
    ngx_http_chat_redis_conf_t *rcf, ngx_str_t *value)
{
    u_char     *eq;
    ngx_str_t   name, arg;

    eq = ngx_strlchr(value->data, value->data + value->len, '=');

    name.data = value->data;
    name.len = eq ? (size_t) (eq - value->data) : 0;

    if (eq) {
        arg.data = eq + 1;
        arg.len = value->data + value->len - arg.data;

        if (name.len == 6 && ngx_strncmp(name.data, "prefix", 6) == 0) {
            return ngx_http_chat_redis_prefix(cf, rcf, &arg);
        }

        if (name.len == 13 && ngx_strncmp(name.data, "password_file", 13) == 0)
        {
            return ngx_http_chat_redis_password_file(cf, rcf, &arg);
        }

        if (name.len == 4 && ngx_strncmp(name.data, "wait", 4) == 0) {
            return ngx_http_chat_redis_wait(cf, rcf, &arg);
        }
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid parameter \"%V\" of \"chat_redis\", known are "
                       "prefix=, password_file= and wait=", &name);

    return NGX_CONF_ERROR;
}


static char *
ngx_http_chat_redis_prefix(ngx_conf_t *cf, ngx_http_chat_redis_conf_t *rcf,
    ngx_str_t *value)
{
    u_char  *p, *last;

    last = value->data + value->len;

    for (p = value->data; p < last; p++) {
        if (!((*p >= '0' && *p <= '9')
              || ((*p | 0x20) >= 'a' && (*p | 0x20) <= 'z')
              || *p == '.' || *p == '-' || *p == '_' || *p == ':'))
        {
            break;
        }
    }

    if (p < last || value->len == 0
        || value->len > NGX_HTTP_CHAT_REDIS_PREFIX_MAX)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid prefix \"%V\" of \"chat_redis\", it must "
                           "be 1 to 32 of A-Z a-z 0-9 . - _ :", value);
        return NGX_CONF_ERROR;
    }

    rcf->prefix = *value;

    return NGX_CONF_OK;
}


static char *
ngx_http_chat_redis_wait(ngx_conf_t *cf, ngx_http_chat_redis_conf_t *rcf,
    ngx_str_t *value)
{
    ngx_int_t  n;

    n = ngx_atoi(value->data, value->len);

    if (n < 1 || n > NGX_HTTP_CHAT_REDIS_WAIT_MAX) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"wait=%V\" of \"chat_redis\" must be 1 to %d "
                           "replicas", value, NGX_HTTP_CHAT_REDIS_WAIT_MAX);
        return NGX_CONF_ERROR;
    }

    rcf->wait = n;

    return NGX_CONF_OK;
}


static char *
ngx_http_chat_redis_password_file(ngx_conf_t *cf,
    ngx_http_chat_redis_conf_t *rcf, ngx_str_t *name)
{
    char        *rv;
    u_char       buf[NGX_HTTP_CHAT_REDIS_PASSWORD_MAX];
    ssize_t      n;
    ngx_fd_t     fd;
    ngx_str_t    file, text;

    if (rcf->password.len) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the password of \"chat_redis\" is given twice: "
                           "write it into the URL or into the file of "
                           "\"password_file=\"");
        return NGX_CONF_ERROR;
    }

    file = *name;

    if (ngx_conf_full_name(cf->cycle, &file, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    fd = ngx_open_file(file.data, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           ngx_open_file_n " \"%V\" of \"password_file=\" "
                           "failed", &file);
        return NGX_CONF_ERROR;
    }

    n = ngx_read_fd(fd, buf, sizeof(buf));

    if (n == -1) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           ngx_read_fd_n " \"%V\" of \"password_file=\" "
                           "failed", &file);
        n = 0;
        rv = NGX_CONF_ERROR;

    } else {
        text.data = buf;
        text.len = n;
        rv = ngx_http_chat_redis_password(cf, rcf, &file, &text);
    }

    ngx_explicit_memzero(buf, n);

    (void) ngx_close_file(fd);

    return rv;
}


static char *
ngx_http_chat_redis_password(ngx_conf_t *cf, ngx_http_chat_redis_conf_t *rcf,
    ngx_str_t *name, ngx_str_t *text)
{
    while (text->len && (text->data[text->len - 1] == LF
                         || text->data[text->len - 1] == CR))
    {
        text->len--;
    }

    if (text->len == 0
        || text->len >= NGX_HTTP_CHAT_REDIS_PASSWORD_MAX - 2
        || ngx_strlchr(text->data, text->data + text->len, LF))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the password file \"%V\" must hold one line, the "
                           "password", name);
        return NGX_CONF_ERROR;
    }

    rcf->password.data = ngx_pstrdup(cf->pool, text);
    if (rcf->password.data == NULL) {
        return NGX_CONF_ERROR;
    }

    rcf->password.len = text->len;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_chat_redis_names(ngx_conf_t *cf, ngx_http_chat_redis_conf_t *rcf)
{
    size_t   len;
    u_char  *p;

    len = sizeof("rediss://@[]:65535/9999") + rcf->user.len + rcf->host.len
          + rcf->path.len;

    p = ngx_pnalloc(cf->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    rcf->address.data = p;

    if (rcf->path.len) {
        p = ngx_sprintf(p, "unix:%V", &rcf->path);

        if (rcf->db) {
            p = ngx_sprintf(p, "?db=%ui", rcf->db);
        }

    } else {
        p = ngx_sprintf(p, "%s", rcf->secure ? "rediss://" : "redis://");

        if (rcf->user.len) {
            p = ngx_sprintf(p, "%V@", &rcf->user);
        }

        p = ngx_sprintf(p,
                        ngx_strlchr(rcf->host.data,
                                    rcf->host.data + rcf->host.len, ':')
                        ? "[%V]:%ui/%ui" : "%V:%ui/%ui",
                        &rcf->host, (ngx_uint_t) rcf->port, rcf->db);
    }

    rcf->address.len = p - rcf->address.data;

    return NGX_OK;
}


ngx_str_t *
ngx_http_chat_redis_conf_name(ngx_http_chat_redis_conf_t *rcf)
{
    return &rcf->name;
}


void
ngx_http_chat_redis_conf_size(ngx_http_chat_redis_conf_t *rcf,
    size_t message_size)
{
    size_t  bulk;

    if (message_size == 0
        || message_size > NGX_HTTP_CHAT_REDIS_BULK_MAX
                          - NGX_HTTP_CHAT_REDIS_HEADROOM)
    {
        bulk = NGX_HTTP_CHAT_REDIS_BULK_MAX;

    } else {
        bulk = message_size + NGX_HTTP_CHAT_REDIS_HEADROOM;
    }

    rcf->bulk_max = ngx_max(rcf->bulk_max, bulk);
    rcf->window = ngx_max(rcf->window, 2 * rcf->bulk_max);
}


ngx_int_t
ngx_http_chat_redis_conf_same(ngx_conf_t *cf, ngx_http_chat_redis_conf_t *one,
    ngx_http_chat_redis_conf_t *two)
{
    if (one->password.len != two->password.len
        || (one->password.len
            && ngx_memcmp(one->password.data, two->password.data,
                          one->password.len)
               != 0))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the password of \"chat_redis\" %V differs between "
                           "locations: give it the same in all of them",
                           &one->address);
        return NGX_ERROR;
    }

    if (one->wait != two->wait) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"wait=\" of \"chat_redis\" %V differs between "
                           "locations: give it the same in all of them",
                           &one->address);
        return NGX_ERROR;
    }

    if (one->secure && !ngx_http_chat_redis_same_tls(&one->tls, &two->tls)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"chat_redis_ssl_*\" of \"chat_redis\" %V "
                           "differs between locations: set the same for all "
                           "of them", &one->address);
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_chat_redis_conf_finish(ngx_conf_t *cf,
    ngx_http_chat_redis_conf_t *rcf, ngx_http_chat_redis_ssl_t *ssl,
    ngx_http_core_loc_conf_t *clcf)
{
    u_char  *p;
    size_t   len;

    if (rcf->finished) {
        if (!rcf->secure || ngx_http_chat_redis_same_tls(&rcf->tls, ssl)) {
            return NGX_OK;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"chat_redis_ssl_*\" differs between locations "
                           "that inherit one \"chat_redis\", repeat "
                           "\"chat_redis\" beside it");
        return NGX_ERROR;
    }

    rcf->tls = *ssl;

    if (ngx_http_chat_redis_resolve(cf, rcf, clcf) != NGX_OK
        || ngx_http_chat_redis_conf_tls(cf, rcf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    len = rcf->address.len + rcf->prefix.len + ssl->name.len
          + ssl->trusted_certificate.len + ssl->certificate.len
          + sizeof(" prefix  verify 1 name  ca  cert ");

    p = ngx_pnalloc(cf->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    rcf->name.data = p;
    p = ngx_sprintf(p, "%V prefix %V", &rcf->address, &rcf->prefix);

    if (rcf->secure) {
        p = ngx_sprintf(p, " verify %i name %V ca %V cert %V", ssl->verify,
                        &ssl->name, &ssl->trusted_certificate,
                        &ssl->certificate);
    }

    rcf->name.len = p - rcf->name.data;
    rcf->finished = 1;

    return NGX_OK;
}


/*
 * A name is asked for at run time where the location has a resolver, so that
 * nginx starts without it and follows its changes; else once, now.
 */

static ngx_int_t
ngx_http_chat_redis_resolve(ngx_conf_t *cf, ngx_http_chat_redis_conf_t *rcf,
    ngx_http_core_loc_conf_t *clcf)
{
    u_char     *p;
    ngx_url_t   u;

    ngx_memzero(&u, sizeof(ngx_url_t));

    u.url = rcf->host.len ? rcf->host : rcf->path;

    p = ngx_pnalloc(cf->pool, u.url.len + sizeof("unix:[]"));
    if (p == NULL) {
        return NGX_ERROR;
    }

    u.url.data = p;

    if (rcf->path.len) {
        p = ngx_sprintf(p, "unix:%V", &rcf->path);

    } else if (ngx_strlchr(rcf->host.data, rcf->host.data + rcf->host.len,
                           ':'))
    {
        p = ngx_sprintf(p, "[%V]", &rcf->host);

    } else {
        p = ngx_sprintf(p, "%V", &rcf->host);
    }

    u.url.len = p - u.url.data;
    u.default_port = rcf->port;
    u.no_resolve = (clcf->resolver && clcf->resolver->connections.nelts);

    if (ngx_parse_url(cf->pool, &u) != NGX_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "%s in \"chat_redis\" %V: correct the name, or set "
                           "a \"resolver\" that will know it",
                           u.err ? u.err : "invalid host", &rcf->address);
        return NGX_ERROR;
    }

    rcf->addrs = u.addrs;
    rcf->naddrs = u.naddrs;
    rcf->clcf = clcf;

    return NGX_OK;
}


static ngx_uint_t
ngx_http_chat_redis_same_tls(ngx_http_chat_redis_ssl_t *one,
    ngx_http_chat_redis_ssl_t *two)
{
    ngx_uint_t   i;
    ngx_str_t   *a[5], *b[5];

    a[0] = &one->ciphers;
    b[0] = &two->ciphers;
    a[1] = &one->name;
    b[1] = &two->name;
    a[2] = &one->trusted_certificate;
    b[2] = &two->trusted_certificate;
    a[3] = &one->certificate;
    b[3] = &two->certificate;
    a[4] = &one->certificate_key;
    b[4] = &two->certificate_key;

    for (i = 0; i < 5; i++) {
        if (a[i]->len != b[i]->len
            || ngx_strncmp(a[i]->data, b[i]->data, a[i]->len) != 0)
        {
            return 0;
        }
    }

    return one->verify == two->verify
           && one->verify_depth == two->verify_depth
           && one->protocols == two->protocols;
}
