
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The fields of the bodies of the HTTP API.
 */


#include "ngx_chat_proto_rule.h"

#include <stddef.h>

#include "ngx_chat_name.h"
#include "ngx_chat_rights.h"


#define NGX_CHAT_PROTO_BODY_MESSAGE  (1u << NGX_CHAT_BODY_MESSAGE)
#define NGX_CHAT_PROTO_BODY_SAID     (NGX_CHAT_PROTO_BODY_MESSAGE             \
                                      | 1u << NGX_CHAT_BODY_EDIT)
#define NGX_CHAT_PROTO_BODY_ROOM     (1u << NGX_CHAT_BODY_ROOM)
#define NGX_CHAT_PROTO_BODY_TERM     (1u << NGX_CHAT_BODY_TERM)
#define NGX_CHAT_PROTO_BODY_ROLE     (1u << NGX_CHAT_BODY_ROLE)
#define NGX_CHAT_PROTO_BODY_ALL      ~0u


static ngx_chat_code_e ngx_chat_proto_take_slow(ngx_chat_proto_parser_t *p,
    const ngx_chat_proto_rule_t *rule, const ngx_chat_proto_field_t *field);
static ngx_chat_code_e ngx_chat_proto_take_lock(ngx_chat_proto_parser_t *p,
    const ngx_chat_proto_rule_t *rule, const ngx_chat_proto_field_t *field);
static ngx_chat_code_e ngx_chat_proto_take_role(ngx_chat_proto_parser_t *p,
    const ngx_chat_proto_rule_t *rule, const ngx_chat_proto_field_t *field);


/* checked in this order */

static const ngx_chat_proto_rule_t  ngx_chat_proto_body_rules[] = {

    { NGX_CHAT_PROTO_BODY_SAID, 0, "text",
      ngx_chat_proto_take_text, 0, 0, NULL, NGX_CHAT_CODE_BAD_REQUEST,
      NGX_CHAT_PROTO_TEXT_WHY },

    { NGX_CHAT_PROTO_BODY_SAID, 0, "data",
      ngx_chat_proto_take_data, 0, 0, NULL, NGX_CHAT_CODE_BAD_REQUEST,
      NGX_CHAT_PROTO_DATA_WHY },

    { NGX_CHAT_PROTO_BODY_SAID, 0, "enc",
      ngx_chat_proto_take_string, offsetof(ngx_chat_command_t, enc), 0,
      ngx_chat_name_enc_valid, NGX_CHAT_CODE_BAD_REQUEST,
      NGX_CHAT_PROTO_ENC_WHY },

    { NGX_CHAT_PROTO_BODY_MESSAGE, 0, "re",
      ngx_chat_proto_take_integer, offsetof(ngx_chat_command_t, re), 1,
      NULL, NGX_CHAT_CODE_BAD_REQUEST,
      "\"re\" must be an integer from 1 to 2^53." },

    { NGX_CHAT_PROTO_BODY_MESSAGE, 0, "meta",
      ngx_chat_proto_take_meta, 0, 0, NULL, NGX_CHAT_CODE_BAD_REQUEST,
      "\"meta\" must be an object without \\u0000, of 1,024 bytes at most." },

    { NGX_CHAT_PROTO_BODY_ROOM, 0, "slow",
      ngx_chat_proto_take_slow, 0, 0, NULL, NGX_CHAT_CODE_BAD_REQUEST,
      "\"slow\" must be an integer from 0 to 86400, in seconds." },

    { NGX_CHAT_PROTO_BODY_ROOM, 0, "lock",
      ngx_chat_proto_take_lock, 0, 0, NULL, NGX_CHAT_CODE_BAD_REQUEST,
      "\"lock\" must be open, write or members." },

    { NGX_CHAT_PROTO_BODY_TERM, 0, "for",
      ngx_chat_proto_take_integer, offsetof(ngx_chat_command_t, seconds), 1,
      NULL, NGX_CHAT_CODE_BAD_REQUEST,
      "\"for\" must be an integer from 1 to 2^53, in seconds." },

    { NGX_CHAT_PROTO_BODY_ROLE, 1, "role",
      ngx_chat_proto_take_role, 0, 0, NULL, NGX_CHAT_CODE_BAD_REQUEST,
      "\"role\" must be owner, moderator, member or none." },

    { NGX_CHAT_PROTO_BODY_ALL & ~NGX_CHAT_PROTO_BODY_SAID, 0, "reason",
      ngx_chat_proto_take_reason, 0, 0, NULL, NGX_CHAT_CODE_BAD_REQUEST,
      NGX_CHAT_PROTO_REASON_WHY },

    { NGX_CHAT_PROTO_BODY_ALL, 0, "from",
      ngx_chat_proto_take_from, 0, 0, NULL, NGX_CHAT_CODE_BAD_REQUEST,
      "\"from\" must be an object with a user's \"id\"." }
};


ngx_chat_code_e
ngx_chat_proto_body(ngx_chat_command_t *cmd, ngx_chat_body_e body,
    const ngx_chat_str_t *bytes, size_t text)
{
    ngx_chat_str_t           object;
    ngx_chat_code_e          rc;
    ngx_chat_proto_parser_t  parser;

    static const ngx_chat_str_t  empty = NGX_CHAT_STR("{}");

    ngx_chat_proto_init(cmd);

    if (body == NGX_CHAT_BODY_NONE) {
        return NGX_CHAT_CODE_OK;
    }

    parser.cmd = cmd;
    parser.text = (text == 0) ? SIZE_MAX : text;

    object = (bytes->len == 0) ? empty : *bytes;

    rc = ngx_chat_proto_tree(&parser, object.data, object.len);

    if (rc == NGX_CHAT_CODE_OK) {
        rc = ngx_chat_proto_rules(&parser, ngx_chat_proto_body_rules,
                                  sizeof(ngx_chat_proto_body_rules)
                                  / sizeof(ngx_chat_proto_rule_t), 1u << body);
    }

    if (rc == NGX_CHAT_CODE_OK
        && (body == NGX_CHAT_BODY_MESSAGE || body == NGX_CHAT_BODY_EDIT))
    {
        rc = ngx_chat_proto_said(&parser);
    }

    if (rc == NGX_CHAT_CODE_OK && body == NGX_CHAT_BODY_ROOM
        && cmd->slow < 0 && cmd->lock < 0)
    {
        rc = ngx_chat_proto_fault(&parser, NGX_CHAT_CODE_BAD_REQUEST, NULL,
                                  "Say \"slow\" or \"lock\", or both.");
    }

    return rc;
}


static ngx_chat_code_e
ngx_chat_proto_take_slow(ngx_chat_proto_parser_t *p,
    const ngx_chat_proto_rule_t *rule, const ngx_chat_proto_field_t *field)
{
    p->cmd->slow = ngx_chat_proto_integer(field, 0);

    return (p->cmd->slow < 0 || p->cmd->slow > NGX_CHAT_RIGHTS_SLOW_MAX)
           ? rule->code : NGX_CHAT_CODE_OK;
}


static ngx_chat_code_e
ngx_chat_proto_take_lock(ngx_chat_proto_parser_t *p,
    const ngx_chat_proto_rule_t *rule, const ngx_chat_proto_field_t *field)
{
    ngx_chat_lock_e  lock;

    if (field->type != NGX_CHAT_PROTO_STRING || field->member->nul
        || !ngx_chat_rights_lock(&field->string, &lock))
    {
        return rule->code;
    }

    p->cmd->lock = (int64_t) lock;

    return NGX_CHAT_CODE_OK;
}


static ngx_chat_code_e
ngx_chat_proto_take_role(ngx_chat_proto_parser_t *p,
    const ngx_chat_proto_rule_t *rule, const ngx_chat_proto_field_t *field)
{
    ngx_chat_role_e  role;

    if (field->type != NGX_CHAT_PROTO_STRING || field->member->nul
        || !ngx_chat_rights_role(&field->string, &role))
    {
        return rule->code;
    }

    p->cmd->value = (int64_t) role;

    return NGX_CHAT_CODE_OK;
}
