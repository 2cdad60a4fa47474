
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Strings in JSON: what is read is what cJSON reads, in members and arrays,
 * and an escape alone stays within its bytes.
 */


#include "ngx_chat_json_string.h"

#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "ngx_chat_json.h"
#include "ngx_chat_utf8.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void
check_string(const ngx_chat_str_t *value, const char *want)
{
    size_t           n;
    unsigned char   *buf;
    ngx_chat_str_t   text;

    n = ngx_chat_json_string_read(NULL, 0, value);
    buf = malloc(n + 1);

    if (buf == NULL
        || n + 2 > value->len
        || n != strlen(want)
        || ngx_chat_json_string_read(buf, n, value) != n
        || memcmp(buf, want, n) != 0)
    {
        abort();
    }

    text.data = buf;
    text.len = n;

    if (!ngx_chat_json_string_is(value, &text)) {
        abort();
    }

    buf[n] = 'x';
    text.len++;

    if (ngx_chat_json_string_is(value, &text)) {
        abort();
    }

    free(buf);
}


static void
check_array(const ngx_chat_str_t *value, const cJSON *item)
{
    ngx_chat_str_t          rest, element;
    ngx_chat_json_string_e  rc;

    rest = *value;

    for (item = item->child; item != NULL; item = item->next) {
        rc = ngx_chat_json_string_next(&rest, &element);

        if ((rc == NGX_CHAT_JSON_STRING_FOUND) != cJSON_IsString(item)) {
            abort();
        }

        if (rc != NGX_CHAT_JSON_STRING_FOUND) {
            return;
        }

        check_string(&element, item->valuestring);
    }

    if (ngx_chat_json_string_next(&rest, &element)
        != NGX_CHAT_JSON_STRING_END)
    {
        abort();
    }
}


static void
check_escape(const uint8_t *data, size_t size)
{
    uint32_t              c;
    const unsigned char  *pos;

    pos = data;

    if (ngx_chat_json_string_escape(&pos, data + size, &c)
        && (pos <= data || pos > data + size
            || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)))
    {
        abort();
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cJSON                   *tree, *item;
    ngx_chat_json_t          json;
    ngx_chat_json_member_t  *member;

    check_escape(data, size);

    if (ngx_chat_json_scan(&json, data, size) != NGX_CHAT_JSON_OK
        || !ngx_chat_utf8_valid(data, size)
        || !json.object)
    {
        return 0;
    }

    tree = cJSON_ParseWithLength((const char *) data, size);

    if (tree == NULL) {
        abort();
    }

    member = json.members;

    for (item = tree->child; item != NULL; item = item->next, member++) {
        check_string(&member->key, item->string);

        if (member->nul) {
            continue;
        }

        if (cJSON_IsString(item)) {
            check_string(&member->value, item->valuestring);

        } else if (cJSON_IsArray(item)) {
            check_array(&member->value, item);

        } else if (ngx_chat_json_string_read(NULL, 0, &member->value) != 0) {
            abort();
        }
    }

    cJSON_Delete(tree);

    return 0;
}
