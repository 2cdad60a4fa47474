
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * JSON: what the scanner takes, cJSON takes too, and the same without its
 * white space is taken again.
 */


#include "ngx_chat_json.h"

#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "ngx_chat_json_out.h"
#include "ngx_chat_utf8.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void
check_tree(const ngx_chat_json_t *json, const uint8_t *data, size_t size)
{
    cJSON   *tree, *item;
    size_t   n;

    tree = cJSON_ParseWithLength((const char *) data, size);

    if (tree == NULL || !json->object != !cJSON_IsObject(tree)) {
        abort();
    }

    n = 0;

    for (item = tree->child; json->object && item != NULL; item = item->next) {
        if (strlen(item->string) > NGX_CHAT_JSON_KEY_MAX
            || cJSON_IsString(item) != (json->members[n].value.data[0] == '"')
            || cJSON_IsObject(item) != (json->members[n].value.data[0] == '{')
            || cJSON_IsNull(item) != (json->members[n].value.data[0] == 'n'))
        {
            abort();
        }

        n++;
    }

    if (n != json->nmembers) {
        abort();
    }

    cJSON_Delete(tree);
}


static void
check_compact(const ngx_chat_json_t *json, const uint8_t *data, size_t size)
{
    size_t            n;
    unsigned char    *buf;
    ngx_chat_str_t    text;
    ngx_chat_json_t   again;

    text.data = data;
    text.len = size;

    n = ngx_chat_json_out_compact(NULL, 0, &text);
    buf = malloc(n);

    if (buf == NULL
        || n > size
        || ngx_chat_json_out_compact(buf, n, &text) != n
        || ngx_chat_json_scan(&again, buf, n) != NGX_CHAT_JSON_OK
        || again.object != json->object
        || again.nmembers != json->nmembers)
    {
        abort();
    }

    text.data = buf;
    text.len = n;

    if (ngx_chat_json_out_compact(NULL, 0, &text) != n) {
        abort();
    }

    free(buf);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ngx_chat_json_e  rc;
    ngx_chat_json_t  json;

    rc = ngx_chat_json_scan(&json, data, size);

    if (rc != NGX_CHAT_JSON_OK || !ngx_chat_utf8_valid(data, size)) {
        return 0;
    }

    check_tree(&json, data, size);
    check_compact(&json, data, size);

    return 0;
}
