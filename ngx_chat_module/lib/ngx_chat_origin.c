
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The matcher of the Origin header.
 */


#include "ngx_chat_origin.h"


#define NGX_CHAT_ORIGIN_HOST_MAX    255       /* bytes */
#define NGX_CHAT_ORIGIN_PORT_DIGITS 5
#define NGX_CHAT_ORIGIN_PORT_MAX    65535
#define NGX_CHAT_ORIGIN_PORT_HTTP   80
#define NGX_CHAT_ORIGIN_PORT_HTTPS  443


typedef enum {
    NGX_CHAT_ORIGIN_ANY = 0,       /* no scheme was written */
    NGX_CHAT_ORIGIN_HTTP,
    NGX_CHAT_ORIGIN_HTTPS
} ngx_chat_origin_scheme_e;


typedef struct {
    ngx_chat_origin_scheme_e  scheme;
    int                       below;       /* a pattern with "*." */
    ngx_chat_str_t            host;        /* brackets included */
    uint32_t                  port;        /* 0: none was written */
} ngx_chat_origin_t;


static int ngx_chat_origin_parse(ngx_chat_origin_t *o,
    const ngx_chat_str_t *origin);
static void ngx_chat_origin_scheme(ngx_chat_origin_t *o, ngx_chat_str_t *rest);
static void ngx_chat_origin_below(ngx_chat_origin_t *o, ngx_chat_str_t *rest);
static int ngx_chat_origin_authority(ngx_chat_origin_t *o,
    const ngx_chat_str_t *text);
static size_t ngx_chat_origin_literal(const ngx_chat_str_t *text);
static size_t ngx_chat_origin_name(const ngx_chat_str_t *text);
static uint32_t ngx_chat_origin_port(const unsigned char *p, size_t n);
static int ngx_chat_origin_same_port(const ngx_chat_origin_t *origin,
    const ngx_chat_origin_t *other);
static int ngx_chat_origin_starts(const ngx_chat_str_t *text,
    const char *lower);
static int ngx_chat_origin_equal(const unsigned char *p,
    const unsigned char *q, size_t n);
static unsigned ngx_chat_origin_lower(unsigned c);
static int ngx_chat_origin_digit(unsigned c);


int
ngx_chat_origin_same_host(const ngx_chat_str_t *origin,
    const ngx_chat_str_t *host, int https)
{
    ngx_chat_origin_t  o, h;

    if (!ngx_chat_origin_parse(&o, origin)
        || !ngx_chat_origin_authority(&h, host))
    {
        return 0;
    }

    /*
     * A page without TLS may be anybody's; the other way round is a proxy in
     * front that ends TLS.
     */

    if (https && o.scheme == NGX_CHAT_ORIGIN_HTTP) {
        return 0;
    }

    return o.host.len == h.host.len
           && ngx_chat_origin_equal(o.host.data, h.host.data, h.host.len)
           && ngx_chat_origin_same_port(&o, &h);
}


int
ngx_chat_origin_matches(const ngx_chat_str_t *origin,
    const ngx_chat_str_t *pattern)
{
    size_t             above;
    ngx_chat_str_t     rest;
    ngx_chat_origin_t  o, p;

    rest = *pattern;

    ngx_chat_origin_scheme(&p, &rest);
    ngx_chat_origin_below(&p, &rest);

    if (!ngx_chat_origin_authority(&p, &rest)
        || !ngx_chat_origin_parse(&o, origin)
        || !ngx_chat_origin_same_port(&o, &p)
        || o.host.len < p.host.len)
    {
        return 0;
    }

    if (p.scheme != NGX_CHAT_ORIGIN_ANY && p.scheme != o.scheme) {
        return 0;
    }

    above = o.host.len - p.host.len;

    if (p.below) {
        if (above < 2 || o.host.data[above - 1] != '.') {
            return 0;
        }

    } else if (above != 0) {
        return 0;
    }

    return ngx_chat_origin_equal(o.host.data + above, p.host.data,
                                 p.host.len);
}


const char *
ngx_chat_origin_pattern_fault(const ngx_chat_str_t *pattern)
{
    size_t             i;
    ngx_chat_str_t     rest;
    ngx_chat_origin_t  p;

    rest = *pattern;

    ngx_chat_origin_scheme(&p, &rest);
    ngx_chat_origin_below(&p, &rest);

    if (rest.len == 0) {
        return "has no host";
    }

    if (rest.len == 4 && ngx_chat_origin_starts(&rest, "null")) {
        return "is never matched: \"null\" is any page without an origin";
    }

    if (p.below && rest.data[0] == '[') {
        return "has a wildcard before an address";
    }

    if (ngx_chat_origin_authority(&p, &rest)) {
        return NULL;
    }

    for (i = 0; i < rest.len; i++) {
        switch (rest.data[i]) {

        case '*':
            return "has a wildcard that is not its first label";

        case '@':
            return "has a user";

        case '/':
            return "has a path or a scheme other than http and https";

        default:
            break;
        }
    }

    return "has an invalid host or port";
}


static int
ngx_chat_origin_parse(ngx_chat_origin_t *o, const ngx_chat_str_t *origin)
{
    ngx_chat_str_t  rest;

    rest = *origin;
    ngx_chat_origin_scheme(o, &rest);

    return o->scheme != NGX_CHAT_ORIGIN_ANY
           && ngx_chat_origin_authority(o, &rest);
}


static void
ngx_chat_origin_scheme(ngx_chat_origin_t *o, ngx_chat_str_t *rest)
{
    o->scheme = NGX_CHAT_ORIGIN_ANY;

    if (ngx_chat_origin_starts(rest, "https://")) {
        o->scheme = NGX_CHAT_ORIGIN_HTTPS;
        rest->data += sizeof("https://") - 1;
        rest->len -= sizeof("https://") - 1;

    } else if (ngx_chat_origin_starts(rest, "http://")) {
        o->scheme = NGX_CHAT_ORIGIN_HTTP;
        rest->data += sizeof("http://") - 1;
        rest->len -= sizeof("http://") - 1;
    }
}


static void
ngx_chat_origin_below(ngx_chat_origin_t *o, ngx_chat_str_t *rest)
{
    o->below = ngx_chat_origin_starts(rest, "*.");

    if (o->below) {
        rest->data += sizeof("*.") - 1;
        rest->len -= sizeof("*.") - 1;
    }
}


/* RFC 3986, 3.2.  Authority, without user information. */

static int
ngx_chat_origin_authority(ngx_chat_origin_t *o, const ngx_chat_str_t *text)
{
    size_t  len;

    if (text->len != 0 && text->data[0] == '[') {
        len = ngx_chat_origin_literal(text);
    } else {
        len = ngx_chat_origin_name(text);
    }

    if (len == 0 || len > NGX_CHAT_ORIGIN_HOST_MAX) {
        return 0;
    }

    o->host.data = text->data;
    o->host.len = len;
    o->port = 0;

    if (len == text->len) {
        return 1;
    }

    if (text->data[len] != ':') {
        return 0;
    }

    o->port = ngx_chat_origin_port(text->data + len + 1, text->len - len - 1);

    return o->port != 0;
}


/*
 * Length of an IPv6 address in brackets, or 0.  Browsers write an address in
 * its one canonical form, so that its bytes may be compared.
 */

static size_t
ngx_chat_origin_literal(const ngx_chat_str_t *text)
{
    size_t    i;
    unsigned  c, colons;

    colons = 0;

    for (i = 1; i < text->len; i++) {
        c = ngx_chat_origin_lower(text->data[i]);

        if (c == ']') {
            return (colons < 2) ? 0 : i + 1;
        }

        if (c == ':') {
            colons++;
            continue;
        }

        if (!ngx_chat_origin_digit(c) && c != '.' && (c < 'a' || c > 'f')) {
            return 0;
        }
    }

    return 0;
}


/* Length of a host name or an IPv4 address, or 0. */

static size_t
ngx_chat_origin_name(const ngx_chat_str_t *text)
{
    size_t    i;
    unsigned  c, last;

    last = '.';

    for (i = 0; i < text->len; i++) {
        c = ngx_chat_origin_lower(text->data[i]);

        if (c == '.' && last == '.') {
            return 0;
        }

        if (!ngx_chat_origin_digit(c)
            && (c < 'a' || c > 'z')
            && c != '-' && c != '.' && c != '_')
        {
            break;
        }

        last = c;
    }

    return i;
}


/* A port, or 0 if the bytes are none. */

static uint32_t
ngx_chat_origin_port(const unsigned char *p, size_t n)
{
    size_t    i;
    uint32_t  port;

    if (n == 0 || n > NGX_CHAT_ORIGIN_PORT_DIGITS || p[0] == '0') {
        return 0;
    }

    port = 0;

    for (i = 0; i < n; i++) {
        if (!ngx_chat_origin_digit(p[i])) {
            return 0;
        }

        port = port * 10 + (p[i] - '0');
    }

    return (port > NGX_CHAT_ORIGIN_PORT_MAX) ? 0 : port;
}


/* Compares ports; where none is written, that of the origin's scheme. */

static int
ngx_chat_origin_same_port(const ngx_chat_origin_t *origin,
    const ngx_chat_origin_t *other)
{
    uint32_t  usual, a, b;

    usual = (origin->scheme == NGX_CHAT_ORIGIN_HTTPS)
            ? NGX_CHAT_ORIGIN_PORT_HTTPS : NGX_CHAT_ORIGIN_PORT_HTTP;

    a = (origin->port == 0) ? usual : origin->port;
    b = (other->port == 0) ? usual : other->port;

    return a == b;
}


static int
ngx_chat_origin_starts(const ngx_chat_str_t *text, const char *lower)
{
    size_t  i;

    for (i = 0; lower[i] != '\0'; i++) {
        if (i == text->len
            || ngx_chat_origin_lower(text->data[i])
               != (unsigned char) lower[i])
        {
            return 0;
        }
    }

    return 1;
}


static int
ngx_chat_origin_equal(const unsigned char *p, const unsigned char *q,
    size_t n)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        if (ngx_chat_origin_lower(p[i]) != ngx_chat_origin_lower(q[i])) {
            return 0;
        }
    }

    return 1;
}


static unsigned
ngx_chat_origin_lower(unsigned c)
{
    return (c >= 'A' && c <= 'Z') ? (c | 0x20) : c;
}


static int
ngx_chat_origin_digit(unsigned c)
{
    return c >= '0' && c <= '9';
}
