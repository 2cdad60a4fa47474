
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The paths of the HTTP API: which resource is meant, of which room and user.
 *
 * A path is read as it was sent, since the id of a user may hold what
 * separates the parts of a path: "a/b" is written a%2Fb.
 */


#ifndef NGX_CHAT_ROUTE_H_INCLUDED
#define NGX_CHAT_ROUTE_H_INCLUDED


#include "ngx_chat_proto.h"
#include "ngx_chat_str.h"


#define NGX_CHAT_ROUTE_VERSION  "v1"
#define NGX_CHAT_ROUTE_MAX      1024           /* bytes of a path, as sent */


typedef enum {
    NGX_CHAT_ROUTE_ME = 0,
    NGX_CHAT_ROUTE_ROOMS,
    NGX_CHAT_ROUTE_ROOM,
    NGX_CHAT_ROUTE_MESSAGES,
    NGX_CHAT_ROUTE_MESSAGE,
    NGX_CHAT_ROUTE_EVENTS,
    NGX_CHAT_ROUTE_MEMBERS,
    NGX_CHAT_ROUTE_MEMBER,
    NGX_CHAT_ROUTE_BAN,
    NGX_CHAT_ROUTE_MUTE,
    NGX_CHAT_ROUTE_ROLE,
    NGX_CHAT_ROUTE_ACTS,
    NGX_CHAT_ROUTE_CONNECTIONS,
    NGX_CHAT_ROUTE_COUNT
} ngx_chat_route_e;


/* Strings point into the caller's memory, or have data NULL. */

typedef struct {
    ngx_chat_route_e   resource;
    ngx_chat_str_t     room;           /* "~name": a raw one; "*": the site */
    ngx_chat_str_t     user;
    ngx_chat_str_t     ip;             /* as it was written */
    int64_t            seq;            /* 1..2^53, or -1 */
    const char        *why;            /* a sentence for a fault, or NULL */
} ngx_chat_route_t;


/* A path as it came, without its query. */

typedef struct {
    ngx_chat_str_t     text;
    ngx_chat_str_t     prefix;         /* what it must begin with, decoded */
    unsigned           encoded:1;      /* it has %XX */
} ngx_chat_path_t;


/*
 * Finds what the path below <prefix>/v1 means.  buf has as many bytes as the
 * path; the strings of the route are in it.  Returns NGX_CHAT_CODE_OK;
 * NOT_FOUND; BAD_REQUEST for what is no path here (malformed or too long, not
 * UTF-8, with control characters, "." or ".."); INVALID_NAME for a name that
 * no room or no user may have.
 */
ngx_chat_code_e ngx_chat_route(ngx_chat_route_t *route, unsigned char *buf,
    const ngx_chat_path_t *path);

/* How the paths of a resource look: "/rooms/{room}". */
const char *ngx_chat_route_template(ngx_chat_route_e resource);

/*
 * Writes the bytes as a part of a query (RFC 3986, 2.3: all but unreserved
 * characters escaped) when they fit.  Returns the length needed.
 */
size_t ngx_chat_route_escape(unsigned char *buf, size_t size,
    const ngx_chat_str_t *str);


#endif /* NGX_CHAT_ROUTE_H_INCLUDED */
