
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Claims: whoever they name has an id, a name and roles that can be used, for
 * a time that was allowed.
 */


#include "ngx_chat_token.h"

#include <stdlib.h>
#include <string.h>


#define NOW  1700000000


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void
check_roles(const ngx_chat_str_t *roles)
{
    size_t         i;
    unsigned char  c, before;

    before = ' ';

    for (i = 0; i < roles->len; i++) {
        c = roles->data[i];

        if (c < ' ' || c > '~' || c == ',' || (c == ' ' && before == ' ')) {
            abort();
        }

        before = c;
    }

    if (roles->len > 0 && before == ' ') {
        abort();
    }
}


static void
check_token(const ngx_chat_token_t *t)
{
    if (t->exp <= NOW
        || t->exp > NOW + NGX_CHAT_TOKEN_SKEW + NGX_CHAT_TOKEN_LIFE
        || t->iat > NOW + NGX_CHAT_TOKEN_SKEW
        || t->iat < -1
        || !ngx_chat_name_user_valid(&t->user))
    {
        abort();
    }

    if (t->name.len > 0
        && ngx_chat_text_name_check(&t->name) != NGX_CHAT_TEXT_OK)
    {
        abort();
    }

    check_roles(&t->roles);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned                i;
    ngx_chat_str_t          text;
    ngx_chat_json_t         json;
    ngx_chat_token_t        t;
    ngx_chat_token_rules_t  rules;

    static const ngx_chat_str_t  chat = NGX_CHAT_STR("chat");

    text.data = data;
    text.len = size;

    if (!ngx_chat_token_object(&json, &text)) {
        return 0;
    }

    for (i = 0; i < 2; i++) {
        memset(&t, 0xa5, sizeof(t));
        ngx_chat_token_rules_init(&rules);

        if (i == 1) {
            rules.issuer = chat;
            rules.audience = chat;
        }

        if (ngx_chat_token_claims(&t, &rules, &json, NOW)
            == NGX_CHAT_TOKEN_OK)
        {
            check_token(&t);
        }
    }

    return 0;
}
