
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The grammar of the handshake's header fields; see the header. */


#include "ngx_chat_header.h"

#include <string.h>


static size_t ngx_chat_header_token(const unsigned char *p,
    const unsigned char *end);
static const unsigned char *ngx_chat_header_space(const unsigned char *p,
    const unsigned char *end);
static const unsigned char *ngx_chat_header_quoted(const unsigned char *p,
    const unsigned char *end);
static const unsigned char *ngx_chat_header_parameters(
    const unsigned char *p, const unsigned char *end);
static int ngx_chat_header_lower(int c);


static int
ngx_chat_header_lower(int c)
{
    return (c >= 'A' && c <= 'Z') ? c | 0x20 : c;
}


/* RFC 9110, 5.6.2.  Tokens: length of the one at p, 0 if there is none */

static size_t
ngx_chat_header_token(const unsigned char *p, const unsigned char *end)
{
    const unsigned char  *start;

    for (start = p; p < end; p++) {

        if (*p <= 0x20 || *p >= 0x7f
            || strchr("\"(),/:;<=>?@[\\]{}", *p) != NULL)
        {
            break;
        }
    }

    return (size_t) (p - start);
}


static const unsigned char *
ngx_chat_header_space(const unsigned char *p, const unsigned char *end)
{
    while (p < end && (*p == ' ' || *p == '\t')) {
        p++;
    }

    return p;
}


int
ngx_chat_header_has_token(const ngx_chat_str_t *value, const char *token)
{
    size_t                i, len, n;
    const unsigned char  *p, *end;

    len = strlen(token);
    p = value->data;
    end = p + value->len;

    while (p < end) {
        p = ngx_chat_header_space(p, end);

        n = ngx_chat_header_token(p, end);

        for (i = 0; n == len && i < n; i++) {
            if (ngx_chat_header_lower(p[i])
                != ngx_chat_header_lower((unsigned char) token[i]))
            {
                break;
            }
        }

        if (n == len && i == n) {
            p = ngx_chat_header_space(p + n, end);

            if (p == end || *p == ',') {
                return 1;
            }
        }

        while (p < end && *p != ',') {
            p++;
        }

        if (p < end) {
            p++;
        }
    }

    return 0;
}


ngx_chat_header_e
ngx_chat_header_protocol(const ngx_chat_str_t *value, const char *protocol)
{
    size_t                len, n;
    ngx_chat_header_e     found;
    const unsigned char  *p, *end;

    len = strlen(protocol);
    p = value->data;
    end = p + value->len;
    found = NGX_CHAT_HEADER_NONE;

    for ( ;; ) {
        p = ngx_chat_header_space(p, end);

        n = ngx_chat_header_token(p, end);

        if (n == 0) {
            return NGX_CHAT_HEADER_MALFORMED;
        }

        if (n == len && memcmp(p, protocol, n) == 0) {
            found = NGX_CHAT_HEADER_FOUND;
        }

        p = ngx_chat_header_space(p + n, end);

        if (p == end) {
            return found;
        }

        if (*p != ',') {
            return NGX_CHAT_HEADER_MALFORMED;
        }

        p++;
    }
}


ngx_chat_header_e
ngx_chat_header_protocol_rest(const ngx_chat_str_t *value, const char *prefix,
    ngx_chat_str_t *rest)
{
    size_t                len, n;
    ngx_chat_header_e     found;
    const unsigned char  *p, *end;

    len = strlen(prefix);
    p = value->data;
    end = p + value->len;
    found = NGX_CHAT_HEADER_NONE;

    while (p < end) {
        p = ngx_chat_header_space(p, end);
        n = ngx_chat_header_token(p, end);

        if (n >= len && memcmp(p, prefix, len) == 0) {

            if (rest->data != NULL
                && (rest->len != n - len
                    || memcmp(rest->data, p + len, n - len) != 0))
            {
                return NGX_CHAT_HEADER_MALFORMED;
            }

            rest->data = p + len;
            rest->len = n - len;
            found = NGX_CHAT_HEADER_FOUND;
        }

        p += n;

        while (p < end && *p != ',') {
            p++;
        }

        if (p < end) {
            p++;
        }
    }

    return found;
}


/* RFC 6455, 9.1: extension-list = 1#extension */

ngx_chat_header_e
ngx_chat_header_extensions(const ngx_chat_str_t *value, unsigned *offers)
{
    size_t                n;
    const unsigned char  *p, *end;

    p = value->data;
    end = p + value->len;

    for ( ;; ) {
        p = ngx_chat_header_space(p, end);

        n = ngx_chat_header_token(p, end);

        if (n == 0) {
            return NGX_CHAT_HEADER_MALFORMED;
        }

        (*offers)++;

        p = ngx_chat_header_parameters(p + n, end);

        if (p == NULL) {
            return NGX_CHAT_HEADER_MALFORMED;
        }

        if (p == end) {
            return NGX_CHAT_HEADER_NONE;
        }

        if (*p != ',') {
            return NGX_CHAT_HEADER_MALFORMED;
        }

        p++;
    }
}


/* *( ";" token [ "=" ( token | quoted-string ) ] ), NULL if malformed */

static const unsigned char *
ngx_chat_header_parameters(const unsigned char *p, const unsigned char *end)
{
    size_t  n;

    for ( ;; ) {
        p = ngx_chat_header_space(p, end);

        if (p == end || *p != ';') {
            return p;
        }

        p = ngx_chat_header_space(p + 1, end);

        n = ngx_chat_header_token(p, end);

        if (n == 0) {
            return NULL;
        }

        p = ngx_chat_header_space(p + n, end);

        if (p == end || *p != '=') {
            continue;
        }

        p = ngx_chat_header_space(p + 1, end);

        if (p < end && *p == '"') {
            p = ngx_chat_header_quoted(p + 1, end);

            if (p == NULL) {
                return NULL;
            }

            continue;
        }

        n = ngx_chat_header_token(p, end);

        if (n == 0) {
            return NULL;
        }

        p += n;
    }
}


/* RFC 9110, 5.6.4.  Quoted Strings: behind the closing quote, or NULL */

static const unsigned char *
ngx_chat_header_quoted(const unsigned char *p, const unsigned char *end)
{
    while (p < end && *p != '"') {

        if (*p == '\\') {
            p++;
        }

        if (p == end || (*p < 0x20 && *p != '\t') || *p == 0x7f) {
            return NULL;
        }

        p++;
    }

    return (p < end) ? p + 1 : NULL;
}


int
ngx_chat_header_key_valid(const ngx_chat_str_t *value)
{
    size_t                i;
    const unsigned char  *p;

    static const char  alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                    "abcdefghijklmnopqrstuvwxyz0123456789+/";

    p = value->data;

    if (value->len != 24 || p[22] != '=' || p[23] != '=') {
        return 0;
    }

    for (i = 0; i < 22; i++) {
        if (p[i] == '\0' || strchr(alphabet, p[i]) == NULL) {
            return 0;
        }
    }

    return 1;
}


int
ngx_chat_header_version(const ngx_chat_str_t *value)
{
    int     version;
    size_t  i;

    if (value->len == 0 || value->len > 3) {
        return -1;
    }

    version = 0;

    for (i = 0; i < value->len; i++) {

        if (value->data[i] < '0' || value->data[i] > '9') {
            return -1;
        }

        version = version * 10 + (value->data[i] - '0');
    }

    /* RFC 6455, 4.1: no leading zeros, at most 255 */

    if ((value->len > 1 && value->data[0] == '0') || version > 255) {
        return -1;
    }

    return version;
}
