
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Taking the fields of a command; see the header. */


#include "ngx_chat_proto_rule.h"

#include "ngx_chat_name.h"
#include "ngx_chat_text.h"


#define NGX_CHAT_PROTO_DIGITS_MAX  16      /* of 2^53 */


static int ngx_chat_proto_bool(const ngx_chat_proto_field_t *field);


ngx_chat_code_e
ngx_chat_proto_take_integer(ngx_chat_proto_parser_t *p,
    const ngx_chat_proto_rule_t *rule, const ngx_chat_proto_field_t *field)
{
    int64_t  *value;

    value = (int64_t *) ((char *) p->cmd + rule->offset);
    *value = ngx_chat_proto_integer(field, rule->min);

    return (*value < 0) ? rule->code : NGX_CHAT_CODE_OK;
}


ngx_chat_code_e
ngx_chat_proto_take_string(ngx_chat_proto_parser_t *p,
    const ngx_chat_proto_rule_t *rule, const ngx_chat_proto_field_t *field)
{
    ngx_chat_str_t  *value;

    if (field->type != NGX_CHAT_PROTO_STRING) {
        return NGX_CHAT_CODE_BAD_REQUEST;
    }

    value = (ngx_chat_str_t *) ((char *) p->cmd + rule->offset);
    *value = field->string;

    return (field->member->nul
            || (rule->valid != NULL && !rule->valid(value)))
           ? rule->code : NGX_CHAT_CODE_OK;
}


ngx_chat_code_e
ngx_chat_proto_take_text(ngx_chat_proto_parser_t *p,
    const ngx_chat_proto_rule_t *rule, const ngx_chat_proto_field_t *field)
{
    ngx_chat_text_e  why;

    if (field->type != NGX_CHAT_PROTO_STRING) {
        return rule->code;
    }

    p->cmd->text = field->string;

    why = field->member->nul
          ? NGX_CHAT_TEXT_FORBIDDEN
          : ngx_chat_text_check(&p->cmd->text, p->text);

    if (why == NGX_CHAT_TEXT_OK) {
        return NGX_CHAT_CODE_OK;
    }

    p->cmd->why = ngx_chat_text_reason(why);

    if (why == NGX_CHAT_TEXT_EMPTY) {
        return rule->code;
    }

    return (why == NGX_CHAT_TEXT_TOO_LONG) ? NGX_CHAT_CODE_TOO_LARGE
                                           : NGX_CHAT_CODE_INVALID_TEXT;
}


ngx_chat_code_e
ngx_chat_proto_take_data(ngx_chat_proto_parser_t *p,
    const ngx_chat_proto_rule_t *rule, const ngx_chat_proto_field_t *field)
{
    if (field->type != NGX_CHAT_PROTO_STRING
        || field->member->nul
        || !ngx_chat_name_data_valid(&field->string))
    {
        return rule->code;
    }

    p->cmd->data = field->string;

    return (p->text < SIZE_MAX / 16
            && field->string.len > NGX_CHAT_PROTO_DATA_MAX(p->text))
           ? NGX_CHAT_CODE_TOO_LARGE : NGX_CHAT_CODE_OK;
}


ngx_chat_code_e
ngx_chat_proto_take_presence(ngx_chat_proto_parser_t *p,
    const ngx_chat_proto_rule_t *rule, const ngx_chat_proto_field_t *field)
{
    p->cmd->presence = (field->type == NGX_CHAT_PROTO_TRUE);

    return ngx_chat_proto_bool(field) ? NGX_CHAT_CODE_OK : rule->code;
}


ngx_chat_code_e
ngx_chat_proto_take_on(ngx_chat_proto_parser_t *p,
    const ngx_chat_proto_rule_t *rule, const ngx_chat_proto_field_t *field)
{
    p->cmd->on = (field->type == NGX_CHAT_PROTO_TRUE);

    return ngx_chat_proto_bool(field) ? NGX_CHAT_CODE_OK : rule->code;
}


static int
ngx_chat_proto_bool(const ngx_chat_proto_field_t *field)
{
    return field->type == NGX_CHAT_PROTO_TRUE
           || field->type == NGX_CHAT_PROTO_FALSE;
}


int64_t
ngx_chat_proto_integer(const ngx_chat_proto_field_t *field, int64_t min)
{
    size_t                 i;
    int64_t                n;
    const ngx_chat_str_t  *value;

    value = &field->member->value;

    if (value->len > NGX_CHAT_PROTO_DIGITS_MAX) {
        return -1;
    }

    n = 0;

    for (i = 0; i < value->len; i++) {
        if (value->data[i] < '0' || value->data[i] > '9') {
            return -1;
        }

        n = n * 10 + (value->data[i] - '0');
    }

    return (n < min || n > NGX_CHAT_PROTO_INT_MAX) ? -1 : n;
}


ngx_chat_code_e
ngx_chat_proto_fault(ngx_chat_proto_parser_t *p, ngx_chat_code_e code,
    const char *field, const char *why)
{
    p->cmd->field = field;
    p->cmd->why = why;

    return code;
}


ngx_chat_code_e
ngx_chat_proto_said(ngx_chat_proto_parser_t *p)
{
    const ngx_chat_command_t  *cmd;

    cmd = p->cmd;

    if (cmd->text.data != NULL) {
        return (cmd->data.data == NULL && cmd->enc.data == NULL)
               ? NGX_CHAT_CODE_OK
               : ngx_chat_proto_fault(p, NGX_CHAT_CODE_BAD_REQUEST, "text",
                                      "Only one of \"text\" and \"data\" may "
                                      "be given.");
    }

    if (cmd->data.data == NULL && cmd->enc.data == NULL) {
        return ngx_chat_proto_fault(p, NGX_CHAT_CODE_BAD_REQUEST, "text",
                                    NGX_CHAT_PROTO_TEXT_WHY);
    }

    if (cmd->data.data == NULL || cmd->enc.data == NULL) {
        return ngx_chat_proto_fault(p, NGX_CHAT_CODE_BAD_REQUEST, "enc",
                                    "\"data\" and \"enc\" need each other.");
    }

    return NGX_CHAT_CODE_OK;
}
