
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The URL of a Redis:
 *
 *   redis://[[user]:password@]host[:port][/database]
 *   rediss://...                                         with TLS
 *   unix:/path[?db=database]
 *
 * It may hold a password, and a wrong URL at any place of it: no error prints
 * any of it, the part's name has to do.
 */


#include "ngx_http_chat_redis.h"


#define NGX_HTTP_CHAT_REDIS_PORT    6379
#define NGX_HTTP_CHAT_REDIS_DB_MAX  9999


static const char *ngx_http_chat_redis_unix(ngx_conf_t *cf,
    ngx_http_chat_redis_conf_t *rcf, u_char *p, u_char *last);
static const char *ngx_http_chat_redis_user(ngx_conf_t *cf,
    ngx_http_chat_redis_conf_t *rcf, u_char *p, u_char *last);
static const char *ngx_http_chat_redis_host(ngx_http_chat_redis_conf_t *rcf,
    u_char *p, u_char *last);
static const char *ngx_http_chat_redis_port(ngx_http_chat_redis_conf_t *rcf,
    u_char *p, u_char *last);
static const char *ngx_http_chat_redis_db(ngx_http_chat_redis_conf_t *rcf,
    u_char *p, u_char *last);
static ngx_int_t ngx_http_chat_redis_unescape(ngx_pool_t *pool,
    ngx_str_t *dst, u_char *p, u_char *last);


const char *
ngx_http_chat_redis_url(ngx_conf_t *cf, ngx_http_chat_redis_conf_t *rcf,
    ngx_str_t *url)
{
    u_char      *p, *last, *at, *slash;
    const char  *part;

    p = url->data;
    last = p + url->len;

    if (ngx_strncasecmp(p, (u_char *) "unix:", 5) == 0) {
        return ngx_http_chat_redis_unix(cf, rcf, p + 5, last);
    }

    if (ngx_strncasecmp(p, (u_char *) "redis://", 8) == 0) {
        p += 8;

    } else if (ngx_strncasecmp(p, (u_char *) "rediss://", 9) == 0) {
        p += 9;
        rcf->secure = 1;

    } else {
        return "the scheme must be redis://, rediss:// or unix:";
    }

    slash = ngx_strlchr(p, last, '/');

    if (slash) {
        part = ngx_http_chat_redis_db(rcf, slash + 1, last);

        if (part) {
            return part;
        }

        last = slash;
    }

    at = ngx_strlchr(p, last, '@');

    if (at) {
        part = ngx_http_chat_redis_user(cf, rcf, p, at);

        if (part) {
            return part;
        }

        p = at + 1;
    }

    return ngx_http_chat_redis_host(rcf, p, last);
}


static const char *
ngx_http_chat_redis_unix(ngx_conf_t *cf, ngx_http_chat_redis_conf_t *rcf,
    u_char *p, u_char *last)
{
    u_char      *query;
    const char  *part;

    query = ngx_strlchr(p, last, '?');

    if (query) {
        if (last - query < 4 || ngx_strncmp(query, "?db=", 4) != 0) {
            return "after the path of the socket only ?db=number is known";
        }

        part = ngx_http_chat_redis_db(rcf, query + 4, last);

        if (part) {
            return part;
        }

        last = query;
    }

    if (p == last || *p != '/') {
        return "the path of the socket must begin with /";
    }

    if ((size_t) (last - p) >= sizeof(((struct sockaddr_un *) 0)->sun_path)) {
        return "the path of the socket is too long";
    }

    rcf->path.data = p;
    rcf->path.len = last - p;

    return NULL;
}


/* RFC 3986, 3.2.1.  User Information: anything else is percent-encoded */

static const char *
ngx_http_chat_redis_user(ngx_conf_t *cf, ngx_http_chat_redis_conf_t *rcf,
    u_char *p, u_char *last)
{
    u_char  *colon;

    colon = ngx_strlchr(p, last, ':');

    if (colon == NULL) {
        return "the part before @ must be user:password or :password";
    }

    if (ngx_http_chat_redis_unescape(cf->pool, &rcf->user, p, colon)
        != NGX_OK)
    {
        return "the user must be percent-encoded";
    }

    if (ngx_http_chat_redis_unescape(cf->pool, &rcf->password, colon + 1,
                                     last)
        != NGX_OK)
    {
        return "the password must be percent-encoded";
    }

    return NULL;
}


static ngx_int_t
ngx_http_chat_redis_unescape(ngx_pool_t *pool, ngx_str_t *dst, u_char *p,
    u_char *last)
{
    u_char     *d;
    ngx_int_t   n;

    static const char  plain[] = "-._~!$&'()*+,;=";

    d = ngx_pnalloc(pool, last - p + 1);
    if (d == NULL) {
        return NGX_ERROR;
    }

    dst->data = d;

    for ( /* void */ ; p < last; p++) {

        if (*p == '%') {
            if (last - p < 3) {
                return NGX_ERROR;
            }

            n = ngx_hextoi(p + 1, 2);

            if (n == NGX_ERROR || n == 0) {
                return NGX_ERROR;
            }

            *d++ = (u_char) n;
            p += 2;
            continue;
        }

        if ((*p >= '0' && *p <= '9')
            || ((*p | 0x20) >= 'a' && (*p | 0x20) <= 'z')
            || ngx_strchr(plain, *p))
        {
            *d++ = *p;
            continue;
        }

        return NGX_ERROR;
    }

    dst->len = d - dst->data;

    return NGX_OK;
}


static const char *
ngx_http_chat_redis_host(ngx_http_chat_redis_conf_t *rcf, u_char *p,
    u_char *last)
{
    u_char  *end, addr[16];

    if (p < last && *p == '[') {
        p++;
        end = ngx_strlchr(p, last, ']');

        if (end == NULL || ngx_inet6_addr(p, end - p, addr) != NGX_OK) {
            return "the IPv6 address is not valid";
        }

        rcf->host.data = p;
        rcf->host.len = end - p;

        p = end + 1;

        if (p < last && *p != ':') {
            return "only a port may follow the IPv6 address";
        }

        return ngx_http_chat_redis_port(rcf, p, last);
    }

    end = ngx_strlchr(p, last, ':');

    if (end && ngx_strlchr(end + 1, last, ':')) {
        return "an IPv6 address needs brackets";
    }

    if (end == NULL) {
        end = last;
    }

    rcf->host.data = p;
    rcf->host.len = end - p;

    if (rcf->host.len == 0) {
        return "no host";
    }

    for ( /* void */ ; p < end; p++) {
        if (!((*p >= '0' && *p <= '9')
              || ((*p | 0x20) >= 'a' && (*p | 0x20) <= 'z')
              || *p == '.' || *p == '-' || *p == '_'))
        {
            return "the host has a character that no host name has";
        }
    }

    return ngx_http_chat_redis_port(rcf, end, last);
}


static const char *
ngx_http_chat_redis_port(ngx_http_chat_redis_conf_t *rcf, u_char *p,
    u_char *last)
{
    ngx_int_t  n;

    rcf->port = NGX_HTTP_CHAT_REDIS_PORT;

    if (p == last) {
        return NULL;
    }

    n = ngx_atoi(p + 1, last - p - 1);

    if (n < 1 || n > 65535) {
        return "the port must be 1 to 65535";
    }

    rcf->port = (in_port_t) n;

    return NULL;
}


static const char *
ngx_http_chat_redis_db(ngx_http_chat_redis_conf_t *rcf, u_char *p,
    u_char *last)
{
    ngx_int_t  n;

    if (p == last) {
        return NULL;
    }

    n = ngx_atoi(p, last - p);

    if (n == NGX_ERROR || n > NGX_HTTP_CHAT_REDIS_DB_MAX) {
        return "the database must be a number from 0 to 9999";
    }

    rcf->db = n;

    return NULL;
}
