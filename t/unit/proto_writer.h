
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Checking what the writers of the protocol write, in the unit tests.
 */


#ifndef PROTO_WRITER_H_INCLUDED
#define PROTO_WRITER_H_INCLUDED


#include <cjson/cJSON.h>

#include "chat_str.h"
#include "ngx_chat_json.h"
#include "ngx_chat_proto.h"


typedef size_t (*writer_pt)(unsigned char *buf, size_t size);


/*
 * The text itself, that it is strict JSON, that cJSON reads it, and that every
 * smaller buffer gets the same length and no byte more than fits.
 */

static inline void
writes(writer_pt write, const char *want)
{
    cJSON            *tree;
    size_t            size, need;
    unsigned char    *buf;
    ngx_chat_json_t   json;

    need = write(NULL, 0);
    assert_int_equal(need, strlen(want));

    for (size = 0; size <= need; size++) {
        buf = malloc(size + (size == 0));
        assert_non_null(buf);
        assert_int_equal(write(buf, size), need);

        if (size == need) {
            assert_memory_equal(buf, want, need);
        }

        free(buf);
    }

    assert_int_equal(ngx_chat_json_scan(&json, (const unsigned char *) want,
                                        need),
                     NGX_CHAT_JSON_OK);
    assert_true(json.object);

    tree = cJSON_Parse(want);
    assert_non_null(tree);
    cJSON_Delete(tree);
}


#endif /* PROTO_WRITER_H_INCLUDED */
