
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * A scanner for whole texts of strict JSON (RFC 8259), with limits.
 *
 * It builds nothing: it tells whether a lenient parser may be let loose on the
 * same bytes, and where the values of the outermost object stand.
 */


#ifndef NGX_CHAT_JSON_H_INCLUDED
#define NGX_CHAT_JSON_H_INCLUDED


#include "ngx_chat_str.h"


#define NGX_CHAT_JSON_DEPTH_MAX   6      /* objects and arrays in each other */
#define NGX_CHAT_JSON_KEYS_MAX    32     /* of one object */
#define NGX_CHAT_JSON_KEY_MAX     32     /* bytes, unescaped */
#define NGX_CHAT_JSON_KEY_LIMIT   128    /* the same, where it may be more */
#define NGX_CHAT_JSON_NUMBER_MAX  63     /* bytes */


typedef enum {
    NGX_CHAT_JSON_OK = 0,
    NGX_CHAT_JSON_SYNTAX,
    NGX_CHAT_JSON_STRING,          /* raw control, bad escape or surrogate */
    NGX_CHAT_JSON_NUMBER,          /* malformed, or too many digits */
    NGX_CHAT_JSON_DEPTH,
    NGX_CHAT_JSON_KEYS,            /* too many in one object */
    NGX_CHAT_JSON_KEY,             /* too long, or with U+0000 */
    NGX_CHAT_JSON_DUPLICATE
} ngx_chat_json_e;


/* A member of the outermost object, in the order of the text. */

typedef struct {
    ngx_chat_str_t   key;          /* its bytes in the text, with the quotes */
    ngx_chat_str_t   value;        /* its bytes in the text */
    unsigned         nul:1;        /* a string in it has the escape \u0000 */
} ngx_chat_json_member_t;


typedef struct {
    unsigned                object:1;      /* the text is an object */
    size_t                  nmembers;
    ngx_chat_json_member_t  members[NGX_CHAT_JSON_KEYS_MAX];
} ngx_chat_json_t;


/*
 * Scans the n bytes at p, which must be one JSON text and nothing else but
 * white space around it.  Does not look into bytes above 0x7f: that they are
 * UTF-8 is the caller's check.  Time is linear, there is no recursion.
 */
ngx_chat_json_e ngx_chat_json_scan(ngx_chat_json_t *json,
    const unsigned char *p, size_t n);

/* The same with keys of up to NGX_CHAT_JSON_KEY_LIMIT bytes. */
ngx_chat_json_e ngx_chat_json_scan_long_keys(ngx_chat_json_t *json,
    const unsigned char *p, size_t n);

/* A sentence for the sender. */
const char *ngx_chat_json_reason(ngx_chat_json_e why);


#endif /* NGX_CHAT_JSON_H_INCLUDED */
