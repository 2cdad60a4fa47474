
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The paths of the HTTP API: nothing is read or written outside, what is taken
 * are names that may be, and a path that has no %XX means the same however it
 * is read.
 */


#include "ngx_chat_keys.h"
#include "ngx_chat_name.h"
#include "ngx_chat_route.h"

#include <stdlib.h>
#include <string.h>


#define INPUT_MAX  2048


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void
check(const ngx_chat_route_t *route, ngx_chat_code_e rc)
{
    if (rc != NGX_CHAT_CODE_OK) {

        if (route->why == NULL) {
            abort();
        }

        return;
    }

    if (route->resource >= NGX_CHAT_ROUTE_COUNT
        || (route->user.len != 0 && !ngx_chat_name_user_valid(&route->user))
        || (route->room.len != 0 && route->room.data[0] != '~'
            && route->room.data[0] != '*'
            && !ngx_chat_name_room_valid(&route->room))
        || route->seq > NGX_CHAT_PROTO_INT_MAX)
    {
        abort();
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t             n;
    unsigned char     *buf, text[INPUT_MAX + 8];
    ngx_chat_str_t     key;
    ngx_chat_path_t    path;
    ngx_chat_keys_t    keys;
    ngx_chat_code_e    rc, other;
    ngx_chat_route_t   route, again;

    if (size > INPUT_MAX) {
        return 0;
    }

    memcpy(text, "/a/v1/", 6);
    memcpy(text + 6, data, size);

    path.text.data = text;
    path.text.len = size + 6;
    path.prefix.data = (const unsigned char *) "/a";
    path.prefix.len = 2;
    path.encoded = 1;

    buf = malloc(path.text.len);

    if (buf == NULL) {
        abort();
    }

    rc = ngx_chat_route(&route, buf, &path);
    check(&route, rc);

    if (rc == NGX_CHAT_CODE_OK) {
        n = ngx_chat_route_escape(NULL, 0, &route.user);

        if (n < route.user.len || n > 3 * route.user.len) {
            abort();
        }
    }

    path.encoded = 0;
    other = ngx_chat_route(&again, buf, &path);
    check(&again, other);

    if (memchr(text, '%', path.text.len) == NULL && rc != other) {
        abort();
    }

    free(buf);

    /* and as a file of keys */

    keys.rest.data = data;
    keys.rest.len = size;
    keys.line = 0;

    while (ngx_chat_keys_next(&keys, &key) == NGX_CHAT_KEYS_FOUND) {

        if (key.len < NGX_CHAT_KEYS_LENGTH_MIN
            || !ngx_chat_keys_same(&key, &key))
        {
            abort();
        }
    }

    return 0;
}
