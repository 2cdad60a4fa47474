
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * A site's answer about a message: what is taken keeps the rules of texts, and
 * can be asked about again.
 */


#include "ngx_chat_proto_review.h"

#include <stdlib.h>

#include "ngx_chat_json.h"
#include "ngx_chat_text.h"


#define BUFFER_SIZE  65536
#define TEXT_MAX     100


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void
check_text(const ngx_chat_str_t *text, size_t max)
{
    if (text->data != NULL
        && ngx_chat_text_check(text, max) != NGX_CHAT_TEXT_OK)
    {
        abort();
    }
}


static void
check_question(const ngx_chat_command_t *cmd)
{
    size_t             len;
    unsigned char      buf[8192];
    ngx_chat_wire_t    rec = { 0 };
    ngx_chat_json_t    json;
    ngx_chat_review_t  review = { 0 };

    rec.kind = NGX_CHAT_WIRE_MESSAGE;
    rec.body = cmd->text;
    rec.name = cmd->text;
    rec.meta = cmd->meta;

    review.rec = &rec;
    review.via = "api";

    len = ngx_chat_proto_review(buf, sizeof(buf), &review);

    if (len > sizeof(buf)
        || ngx_chat_json_scan(&json, buf, len) != NGX_CHAT_JSON_OK)
    {
        abort();
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ngx_chat_str_t      bytes;
    ngx_chat_code_e     rc;
    ngx_chat_command_t  cmd;

    if (size > BUFFER_SIZE) {
        return 0;
    }

    bytes.data = data;
    bytes.len = size;

    rc = ngx_chat_proto_review_other(&cmd, &bytes, TEXT_MAX);

    if (rc == NGX_CHAT_CODE_OK) {
        check_text(&cmd.text, TEXT_MAX);
        check_question(&cmd);

    } else if (rc == NGX_CHAT_CODE_INTERNAL) {
        abort();
    }

    ngx_chat_proto_release(&cmd);

    rc = ngx_chat_proto_review_why(&cmd, &bytes);

    if (rc == NGX_CHAT_CODE_OK) {
        check_text(&cmd.reason, NGX_CHAT_PROTO_REVIEW_WHY_MAX);

    } else if (rc == NGX_CHAT_CODE_INTERNAL) {
        abort();
    }

    ngx_chat_proto_release(&cmd);

    return 0;
}
