
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Rules of headers: the fault found does not depend on how many bytes came.
 *
 * Bytes 0 to 2 are the message before (opcode, fragments, length), 3 the
 * limits, the rest is a header.
 */


#include "ngx_chat_ws_rules.h"

#include <stdlib.h>
#include <string.h>


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t                 n, used;
    ngx_chat_ws_error_e    error, first;
    ngx_chat_ws_limits_t   limits;
    ngx_chat_ws_header_t   h;
    ngx_chat_ws_message_t  m;

    if (size < 5) {
        return 0;
    }

    memset(&limits, 0, sizeof(limits));
    limits.binary = data[3] & 1;
    limits.fragments_max = data[3] >> 1 & 7;
    limits.message_max = (data[3] & 16) ? 300 : 0;

    m.opcode = data[0] % 3;
    m.fragments = data[1];
    m.len = data[2];

    first = NGX_CHAT_WS_OK;
    used = 0;

    for (n = 1; n <= size - 4 && used == 0; n++) {
        used = ngx_chat_ws_header_parse(&h, data + 4, n);
        error = ngx_chat_ws_judge(&h, n, &m, &limits);

        if (first != NGX_CHAT_WS_OK && error != first) {
            abort();
        }

        first = error;
    }

    if (used != 0 && first == NGX_CHAT_WS_OK
        && (!h.masked || h.rsv != 0
            || (limits.message_max != 0 && h.opcode < NGX_CHAT_WS_CLOSE
                && m.len + h.length > limits.message_max)))
    {
        abort();
    }

    return 0;
}
