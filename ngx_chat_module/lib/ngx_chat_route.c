
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The paths of the HTTP API; see the header. */


#include "ngx_chat_route.h"

#include <string.h>

#include "ngx_chat_name.h"
#include "ngx_chat_utf8.h"


/* parts of the longest path */
#define NGX_CHAT_ROUTE_PARTS   4

#define NGX_CHAT_ROUTE_DIGITS  16              /* of 2^53 */
#define NGX_CHAT_ROUTE_IP_MAX  64              /* bytes, of any text */


typedef struct {
    size_t           n;
    ngx_chat_str_t   of[NGX_CHAT_ROUTE_PARTS];
} ngx_chat_route_parts_t;


typedef struct {
    ngx_chat_route_e  resource;
    const char       *path;
} ngx_chat_route_row_t;


static ngx_chat_code_e ngx_chat_route_fault(ngx_chat_route_t *route,
    ngx_chat_code_e code, const char *why);
static size_t ngx_chat_route_byte(const ngx_chat_path_t *path, size_t i,
    unsigned char *byte);
static ngx_chat_code_e ngx_chat_route_below(ngx_chat_route_t *route,
    const ngx_chat_path_t *path, size_t *start);
static ngx_chat_code_e ngx_chat_route_split(ngx_chat_route_t *route,
    unsigned char *buf, ngx_chat_path_t path, ngx_chat_route_parts_t *parts);
static ngx_chat_code_e ngx_chat_route_part(ngx_chat_route_t *route,
    const ngx_chat_str_t *part);
static size_t ngx_chat_route_word(const char **template);
static int ngx_chat_route_fits(const char *template,
    const ngx_chat_route_parts_t *parts);
static ngx_chat_code_e ngx_chat_route_take(ngx_chat_route_t *route,
    const char *template, const ngx_chat_route_parts_t *parts);
static ngx_chat_code_e ngx_chat_route_room(ngx_chat_route_t *route,
    const ngx_chat_str_t *part);
static ngx_chat_code_e ngx_chat_route_user(ngx_chat_route_t *route,
    const ngx_chat_str_t *part);
static ngx_chat_code_e ngx_chat_route_target(ngx_chat_route_t *route,
    const ngx_chat_str_t *part);
static ngx_chat_code_e ngx_chat_route_seq(ngx_chat_route_t *route,
    const ngx_chat_str_t *part);
static int ngx_chat_route_hex(unsigned char ch);


/* by resource */

static const ngx_chat_route_row_t  ngx_chat_routes[NGX_CHAT_ROUTE_COUNT] = {
    { NGX_CHAT_ROUTE_ME, "/me" },
    { NGX_CHAT_ROUTE_ROOMS, "/rooms" },
    { NGX_CHAT_ROUTE_ROOM, "/rooms/{room}" },
    { NGX_CHAT_ROUTE_MESSAGES, "/rooms/{room}/messages" },
    { NGX_CHAT_ROUTE_MESSAGE, "/rooms/{room}/messages/{seq}" },
    { NGX_CHAT_ROUTE_EVENTS, "/rooms/{room}/events" },
    { NGX_CHAT_ROUTE_MEMBERS, "/rooms/{room}/members" },
    { NGX_CHAT_ROUTE_MEMBER, "/rooms/{room}/members/{user}" },
    { NGX_CHAT_ROUTE_BAN, "/rooms/{room}/bans/{target}" },
    { NGX_CHAT_ROUTE_MUTE, "/rooms/{room}/mutes/{user}" },
    { NGX_CHAT_ROUTE_ROLE, "/rooms/{room}/roles/{user}" },
    { NGX_CHAT_ROUTE_ACTS, "/rooms/{room}/acts" },
    { NGX_CHAT_ROUTE_CONNECTIONS, "/users/{user}/connections" }
};


ngx_chat_code_e
ngx_chat_route(ngx_chat_route_t *route, unsigned char *buf,
    const ngx_chat_path_t *path)
{
    size_t                   i, start;
    ngx_chat_path_t          rest;
    ngx_chat_code_e          rc;
    ngx_chat_route_parts_t   parts;

    memset(route, 0, sizeof(ngx_chat_route_t));
    route->resource = NGX_CHAT_ROUTE_COUNT;
    route->seq = -1;

    if (path->text.len > NGX_CHAT_ROUTE_MAX) {
        return ngx_chat_route_fault(route, NGX_CHAT_CODE_BAD_REQUEST,
                                    "The path is too long.");
    }

    rc = ngx_chat_route_below(route, path, &start);

    if (rc != NGX_CHAT_CODE_OK) {
        return rc;
    }

    rest = *path;
    rest.text.data += start;
    rest.text.len -= start;

    rc = ngx_chat_route_split(route, buf, rest, &parts);

    if (rc != NGX_CHAT_CODE_OK) {
        return rc;
    }

    for (i = 0; i < NGX_CHAT_ROUTE_COUNT; i++) {

        if (ngx_chat_route_fits(ngx_chat_routes[i].path, &parts)) {
            route->resource = ngx_chat_routes[i].resource;

            return ngx_chat_route_take(route, ngx_chat_routes[i].path,
                                       &parts);
        }
    }

    return ngx_chat_route_fault(route, NGX_CHAT_CODE_NOT_FOUND,
                                "There is nothing at this address.");
}


static ngx_chat_code_e
ngx_chat_route_fault(ngx_chat_route_t *route, ngx_chat_code_e code,
    const char *why)
{
    route->why = why;

    return code;
}


/* The byte at i, decoded; returns how many it was written with, 0: none. */

static size_t
ngx_chat_route_byte(const ngx_chat_path_t *path, size_t i,
    unsigned char *byte)
{
    int                   high, low;
    const unsigned char  *p;

    p = path->text.data + i;
    *byte = *p;

    if (*p != '%' || !path->encoded) {
        return 1;
    }

    if (path->text.len - i < 3) {
        return 0;
    }

    high = ngx_chat_route_hex(p[1]);
    low = ngx_chat_route_hex(p[2]);

    if (high < 0 || low < 0) {
        return 0;
    }

    *byte = (unsigned char) (high << 4 | low);

    return 3;
}


/* Goes behind the prefix, which may have been written with %XX, and "/v1/". */

static ngx_chat_code_e
ngx_chat_route_below(ngx_chat_route_t *route, const ngx_chat_path_t *path,
    size_t *start)
{
    size_t                i, n, matched;
    unsigned char         byte;
    ngx_chat_str_t        prefix;

    static const char  version[] = "/" NGX_CHAT_ROUTE_VERSION "/";

    prefix = path->prefix;

    if (prefix.len != 0 && prefix.data[prefix.len - 1] == '/') {
        prefix.len--;
    }

    i = 0;

    for (matched = 0; matched < prefix.len; matched++) {

        if (i == path->text.len) {
            break;
        }

        n = ngx_chat_route_byte(path, i, &byte);

        if (n == 0 || byte != prefix.data[matched]) {
            break;
        }

        i += n;
    }

    *start = i + sizeof(version) - 1;

    if (matched != prefix.len
        || path->text.len - i < sizeof(version) - 1
        || memcmp(path->text.data + i, version, sizeof(version) - 1) != 0)
    {
        return ngx_chat_route_fault(route, NGX_CHAT_CODE_NOT_FOUND,
                                    "The API is below \""
                                    NGX_CHAT_ROUTE_VERSION "/\" here.");
    }

    return NGX_CHAT_CODE_OK;
}


static ngx_chat_code_e
ngx_chat_route_split(ngx_chat_route_t *route, unsigned char *buf,
    ngx_chat_path_t path, ngx_chat_route_parts_t *parts)
{
    size_t           i, n, len;
    unsigned char    byte;
    ngx_chat_str_t   part;
    ngx_chat_code_e  rc;

    for (i = 0; i < NGX_CHAT_ROUTE_PARTS; i++) {
        parts->of[i].data = buf;
        parts->of[i].len = 0;
    }

    parts->n = 0;
    i = 0;

    for ( ;; ) {
        len = 0;

        while (i < path.text.len && path.text.data[i] != '/') {
            n = ngx_chat_route_byte(&path, i, &byte);

            if (n == 0) {
                return ngx_chat_route_fault(route, NGX_CHAT_CODE_BAD_REQUEST,
                                            "The path has a bad %XX.");
            }

            buf[len++] = byte;
            i += n;
        }

        part.data = buf;
        part.len = len;
        buf += len;

        rc = ngx_chat_route_part(route, &part);

        if (rc != NGX_CHAT_CODE_OK) {
            return rc;
        }

        if (parts->n < NGX_CHAT_ROUTE_PARTS) {
            parts->of[parts->n] = part;
        }

        parts->n++;

        if (i == path.text.len) {
            return NGX_CHAT_CODE_OK;
        }

        i++;
    }
}


static ngx_chat_code_e
ngx_chat_route_part(ngx_chat_route_t *route, const ngx_chat_str_t *part)
{
    size_t  i;

    if (part->len == 0) {
        return ngx_chat_route_fault(route, NGX_CHAT_CODE_NOT_FOUND,
                                    "The path has an empty part.");
    }

    if (part->data[0] == '.'
        && (part->len == 1 || (part->len == 2 && part->data[1] == '.')))
    {
        return ngx_chat_route_fault(route, NGX_CHAT_CODE_BAD_REQUEST,
                                    "The path has a part \".\" or \"..\".");
    }

    for (i = 0; i < part->len; i++) {
        if (part->data[i] < 0x20 || part->data[i] == 0x7f) {
            return ngx_chat_route_fault(route, NGX_CHAT_CODE_BAD_REQUEST,
                                        "The path has control characters.");
        }
    }

    if (!ngx_chat_utf8_valid(part->data, part->len)) {
        return ngx_chat_route_fault(route, NGX_CHAT_CODE_BAD_REQUEST,
                                    "The path is not valid UTF-8.");
    }

    return NGX_CHAT_CODE_OK;
}


/* The next part of a template, and its length. */

static size_t
ngx_chat_route_word(const char **template)
{
    const char  *slash;

    (*template)++;
    slash = strchr(*template, '/');

    return (slash == NULL) ? strlen(*template) : (size_t) (slash - *template);
}


static int
ngx_chat_route_fits(const char *template, const ngx_chat_route_parts_t *parts)
{
    size_t                 i, len;
    const ngx_chat_str_t  *part;

    for (i = 0; *template != '\0'; i++) {

        if (i == parts->n || i == NGX_CHAT_ROUTE_PARTS) {
            return 0;
        }

        len = ngx_chat_route_word(&template);
        part = &parts->of[i];

        if (*template != '{'
            && (len != part->len || memcmp(template, part->data, len) != 0))
        {
            return 0;
        }

        template += len;
    }

    return i == parts->n;
}


static ngx_chat_code_e
ngx_chat_route_take(ngx_chat_route_t *route, const char *template,
    const ngx_chat_route_parts_t *parts)
{
    size_t                 i, len;
    ngx_chat_code_e        rc;
    const ngx_chat_str_t  *part;

    rc = NGX_CHAT_CODE_OK;

    for (i = 0; *template != '\0' && rc == NGX_CHAT_CODE_OK; i++) {
        len = ngx_chat_route_word(&template);
        part = &parts->of[i];

        if (template[0] != '{') {
            template += len;
            continue;
        }

        switch (template[1]) {

        case 'r':
            rc = ngx_chat_route_room(route, part);
            break;

        case 'u':
            rc = ngx_chat_route_user(route, part);
            break;

        case 't':
            rc = ngx_chat_route_target(route, part);
            break;

        default: /* {seq} */
            rc = ngx_chat_route_seq(route, part);
            break;
        }

        template += len;
    }

    return rc;
}


/* Raw rooms and the site have rights, and nothing else that is told here. */

static ngx_chat_code_e
ngx_chat_route_room(ngx_chat_route_t *route, const ngx_chat_str_t *part)
{
    int              marked;
    ngx_chat_str_t   name;

    name = *part;
    marked = 0;

    switch (route->resource) {

    case NGX_CHAT_ROUTE_MEMBER:
    case NGX_CHAT_ROUTE_BAN:
    case NGX_CHAT_ROUTE_MUTE:
    case NGX_CHAT_ROUTE_ROLE:
    case NGX_CHAT_ROUTE_ACTS:
        marked = (name.data[0] == NGX_CHAT_NAME_RAW
                  || name.data[0] == NGX_CHAT_NAME_SITE);
        break;

    default:
        break;
    }

    route->room = *part;

    if (marked && name.data[0] == NGX_CHAT_NAME_SITE && name.len == 1) {
        return NGX_CHAT_CODE_OK;
    }

    if (marked && name.data[0] == NGX_CHAT_NAME_RAW) {
        name.data++;
        name.len--;
    }

    if (ngx_chat_name_room_valid(&name)) {
        return NGX_CHAT_CODE_OK;
    }

    if (memchr(name.data, '/', name.len) != NULL) {
        return ngx_chat_route_fault(route, NGX_CHAT_CODE_BAD_REQUEST,
                                    "No room has a slash in its name.");
    }

    return ngx_chat_route_fault(route, NGX_CHAT_CODE_INVALID_NAME,
               "A room's name is 1 to 64 characters of A-Z, a-z, 0-9, "
               ". _ ~ - and begins with a letter or digit.");
}


static ngx_chat_code_e
ngx_chat_route_user(ngx_chat_route_t *route, const ngx_chat_str_t *part)
{
    route->user = *part;

    return ngx_chat_name_user_valid(part)
           ? NGX_CHAT_CODE_OK
           : ngx_chat_route_fault(route, NGX_CHAT_CODE_INVALID_NAME,
                                  "No user may have this id.");
}


static ngx_chat_code_e
ngx_chat_route_target(ngx_chat_route_t *route, const ngx_chat_str_t *part)
{
    ngx_chat_str_t  rest;

    if (part->len > 2 && part->data[1] == ':') {
        rest.data = part->data + 2;
        rest.len = part->len - 2;

        if (part->data[0] == 'u') {
            return ngx_chat_route_user(route, &rest);
        }

        if (part->data[0] == 'i' && rest.len <= NGX_CHAT_ROUTE_IP_MAX) {
            route->ip = rest;
            return NGX_CHAT_CODE_OK;
        }
    }

    return ngx_chat_route_fault(route, NGX_CHAT_CODE_BAD_REQUEST,
               "A ban is of a user, \"u:\" and the id, or of an address, "
               "\"i:\" and the address.");
}


static ngx_chat_code_e
ngx_chat_route_seq(ngx_chat_route_t *route, const ngx_chat_str_t *part)
{
    size_t   i;
    int64_t  n;

    n = 0;

    for (i = 0; i < part->len && i <= NGX_CHAT_ROUTE_DIGITS; i++) {

        if (part->data[i] < '0' || part->data[i] > '9'
            || i == NGX_CHAT_ROUTE_DIGITS || part->data[0] == '0')
        {
            return ngx_chat_route_fault(route, NGX_CHAT_CODE_NOT_FOUND,
                                        "No message has this number.");
        }

        n = n * 10 + (part->data[i] - '0');
    }

    route->seq = n;

    return (n <= NGX_CHAT_PROTO_INT_MAX)
           ? NGX_CHAT_CODE_OK
           : ngx_chat_route_fault(route, NGX_CHAT_CODE_NOT_FOUND,
                                  "No message has this number.");
}


static int
ngx_chat_route_hex(unsigned char ch)
{
    if (ch >= '0' && ch <= '9') {
        return ch - '0';
    }

    ch = (unsigned char) (ch | 0x20);

    return (ch >= 'a' && ch <= 'f') ? ch - 'a' + 10 : -1;
}


const char *
ngx_chat_route_template(ngx_chat_route_e resource)
{
    return ngx_chat_routes[resource].path;
}


size_t
ngx_chat_route_escape(unsigned char *buf, size_t size,
    const ngx_chat_str_t *str)
{
    size_t         i, len, n;
    unsigned char  ch, out[3];

    static const char  hex[] = "0123456789ABCDEF";

    len = 0;

    for (i = 0; i < str->len; i++) {
        ch = str->data[i];

        if ((ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z')
            || (ch >= '0' && ch <= '9')
            || ch == '-' || ch == '.' || ch == '_' || ch == '~')
        {
            out[0] = ch;
            n = 1;

        } else {
            out[0] = '%';
            out[1] = (unsigned char) hex[ch >> 4];
            out[2] = (unsigned char) hex[ch & 15];
            n = 3;
        }

        if (len + n <= size) {
            memcpy(buf + len, out, n);
        }

        len += n;
    }

    return len;
}
