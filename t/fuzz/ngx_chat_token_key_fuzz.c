
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Keys: who has no fault has an algorithm, and the bytes for it.
 */


#include "ngx_chat_token.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char            *fault;
    ngx_chat_token_key_t   key;

    memset(&key, 0, sizeof(key));
    key.bytes.data = data;
    key.bytes.len = size;

    fault = ngx_chat_token_key_fault(&key);

    if ((fault == NULL) != (key.alg != NGX_CHAT_TOKEN_ALG_NONE)
        || (fault == NULL && size < NGX_CHAT_TOKEN_SECRET_MIN)
        || ERR_peek_error() != 0)
    {
        abort();
    }

    /* what was found is right when it is given */

    if (fault == NULL && ngx_chat_token_key_fault(&key) != NULL) {
        abort();
    }

    return 0;
}
