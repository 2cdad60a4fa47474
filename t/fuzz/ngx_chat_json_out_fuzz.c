
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * A string that is written is strict JSON and comes back, and a buffer that is
 * too small gets the same length.
 *
 * The first two bytes are the size of that buffer.
 */


#include "ngx_chat_json_out.h"

#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "ngx_chat_json.h"
#include "ngx_chat_utf8.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static size_t
write_to(const ngx_chat_str_t *text, unsigned char *buf, size_t size)
{
    ngx_chat_json_out_t  out;

    ngx_chat_json_out_init(&out, buf, size);
    ngx_chat_json_out_string(&out, text);

    return out.len;
}


static void
check(const ngx_chat_str_t *text, const unsigned char *buf, size_t n)
{
    cJSON            *tree;
    ngx_chat_json_t   json;

    tree = cJSON_ParseWithLength((const char *) buf, n);

    if (tree == NULL
        || ngx_chat_json_scan(&json, buf, n) != NGX_CHAT_JSON_OK)
    {
        abort();
    }

    if (memchr(text->data, '\0', text->len) == NULL
        && (strlen(tree->valuestring) != text->len
            || memcmp(tree->valuestring, text->data, text->len) != 0))
    {
        abort();
    }

    cJSON_Delete(tree);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t           small, n;
    unsigned char   *buf;
    ngx_chat_str_t   text;

    if (size < 2) {
        return 0;
    }

    small = (size_t) (data[0] << 8 | data[1]);
    text.data = data + 2;
    text.len = size - 2;

    n = write_to(&text, NULL, 0);
    small = (small > n) ? n : small;

    buf = malloc(small + 1);

    if (buf == NULL || write_to(&text, buf, small) != n) {
        abort();
    }

    free(buf);
    buf = malloc(n);

    if (buf == NULL || write_to(&text, buf, n) != n) {
        abort();
    }

    if (ngx_chat_utf8_valid(text.data, text.len)) {
        check(&text, buf, n);
    }

    free(buf);

    return 0;
}
