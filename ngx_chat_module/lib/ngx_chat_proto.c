
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The commands of the protocol "chat.v1" from JSON; the only home of cJSON.
 */


#include "ngx_chat_proto_rule.h"

#include <string.h>

#include <cjson/cJSON.h>

#include "ngx_chat_json_out.h"
#include "ngx_chat_name.h"
#include "ngx_chat_utf8.h"


/* a key that the sender cannot write: it would be escaped */
#define NGX_CHAT_PROTO_META_KEY    "\001meta"


typedef struct {
    const char               *name;
    ngx_chat_op_e             op;
} ngx_chat_proto_op_t;


static ngx_chat_code_e ngx_chat_proto_op(ngx_chat_proto_parser_t *p);
static ngx_chat_code_e ngx_chat_proto_command(ngx_chat_proto_parser_t *p);
static ngx_chat_code_e ngx_chat_proto_together(ngx_chat_proto_parser_t *p);
static ngx_chat_proto_field_t ngx_chat_proto_field(
    const ngx_chat_proto_parser_t *p, const char *name);
static ngx_chat_proto_type_e ngx_chat_proto_type(const cJSON *item);
static ngx_chat_str_t ngx_chat_proto_of(const cJSON *object,
    const char *name);


#define NGX_CHAT_PROTO_JOIN     (1u << NGX_CHAT_OP_JOIN)
#define NGX_CHAT_PROTO_LEAVE    (1u << NGX_CHAT_OP_LEAVE)
#define NGX_CHAT_PROTO_SEND     (1u << NGX_CHAT_OP_SEND)
#define NGX_CHAT_PROTO_WHO      (1u << NGX_CHAT_OP_WHO)
#define NGX_CHAT_PROTO_TYPING   (1u << NGX_CHAT_OP_TYPING)
#define NGX_CHAT_PROTO_PING     (1u << NGX_CHAT_OP_PING)
#define NGX_CHAT_PROTO_HISTORY  (1u << NGX_CHAT_OP_HISTORY)
#define NGX_CHAT_PROTO_MOD      (1u << NGX_CHAT_OP_MOD)
#define NGX_CHAT_PROTO_AUTH     (1u << NGX_CHAT_OP_AUTH)
#define NGX_CHAT_PROTO_EDIT     (1u << NGX_CHAT_OP_EDIT)
#define NGX_CHAT_PROTO_DELETE   (1u << NGX_CHAT_OP_DELETE)
#define NGX_CHAT_PROTO_ALL      ~0u


static const ngx_chat_proto_op_t  ngx_chat_proto_ops[] = {
    { "send", NGX_CHAT_OP_SEND },
    { "typing", NGX_CHAT_OP_TYPING },
    { "join", NGX_CHAT_OP_JOIN },
    { "leave", NGX_CHAT_OP_LEAVE },
    { "who", NGX_CHAT_OP_WHO },
    { "ping", NGX_CHAT_OP_PING },
    { "history", NGX_CHAT_OP_HISTORY },
    { "mod", NGX_CHAT_OP_MOD },
    { "auth", NGX_CHAT_OP_AUTH },
    { "edit", NGX_CHAT_OP_EDIT },
    { "delete", NGX_CHAT_OP_DELETE }
};


/* checked in this order */

static const ngx_chat_proto_rule_t  ngx_chat_proto_table[] = {

    { NGX_CHAT_PROTO_ALL & ~(NGX_CHAT_PROTO_PING | NGX_CHAT_PROTO_MOD
                             | NGX_CHAT_PROTO_AUTH), 1,
      "room",
      ngx_chat_proto_take_string, offsetof(ngx_chat_command_t, room), 0,
      ngx_chat_name_room_valid, NGX_CHAT_CODE_INVALID_NAME,
      "\"room\" must be a string of 1 to 64 letters, digits and, not at its "
      "beginning, \".\", \"_\", \"~\" or \"-\"." },

    { NGX_CHAT_PROTO_EDIT | NGX_CHAT_PROTO_DELETE, 1, "ref",
      ngx_chat_proto_take_integer, offsetof(ngx_chat_command_t, ref), 1,
      NULL, NGX_CHAT_CODE_BAD_REQUEST,
      "\"ref\" must be a message's number, from 1 to 2^53." },

    { NGX_CHAT_PROTO_SEND | NGX_CHAT_PROTO_EDIT | NGX_CHAT_PROTO_DELETE, 0,
      "cid",
      ngx_chat_proto_take_string, offsetof(ngx_chat_command_t, cid), 0,
      ngx_chat_name_cid_valid, NGX_CHAT_CODE_BAD_REQUEST,
      "\"cid\" must be a string of 1 to 64 letters, digits, \"_\" or \"-\"." },

    { NGX_CHAT_PROTO_SEND | NGX_CHAT_PROTO_EDIT, 0, "text",
      ngx_chat_proto_take_text, 0, 0, NULL, NGX_CHAT_CODE_BAD_REQUEST,
      NGX_CHAT_PROTO_TEXT_WHY },

    { NGX_CHAT_PROTO_SEND | NGX_CHAT_PROTO_EDIT, 0, "data",
      ngx_chat_proto_take_data, 0, 0, NULL, NGX_CHAT_CODE_BAD_REQUEST,
      NGX_CHAT_PROTO_DATA_WHY },

    { NGX_CHAT_PROTO_SEND | NGX_CHAT_PROTO_EDIT, 0, "enc",
      ngx_chat_proto_take_string, offsetof(ngx_chat_command_t, enc), 0,
      ngx_chat_name_enc_valid, NGX_CHAT_CODE_BAD_REQUEST,
      NGX_CHAT_PROTO_ENC_WHY },

    { NGX_CHAT_PROTO_SEND, 0, "re",
      ngx_chat_proto_take_integer, offsetof(ngx_chat_command_t, re), 1,
      NULL, NGX_CHAT_CODE_BAD_REQUEST,
      "\"re\" must be an integer from 1 to 2^53." },

    { NGX_CHAT_PROTO_SEND, 0, "meta",
      ngx_chat_proto_take_meta, 0, 0, NULL, NGX_CHAT_CODE_BAD_REQUEST,
      "\"meta\" must be an object without \\u0000, of 1,024 bytes at most." },

    { NGX_CHAT_PROTO_HISTORY, 0, "before",
      ngx_chat_proto_take_integer, offsetof(ngx_chat_command_t, before), 0,
      NULL, NGX_CHAT_CODE_BAD_REQUEST,
      "\"before\" must be an integer from 0 to 2^53." },

    { NGX_CHAT_PROTO_JOIN | NGX_CHAT_PROTO_HISTORY, 0, "after",
      ngx_chat_proto_take_integer, offsetof(ngx_chat_command_t, after), 0,
      NULL, NGX_CHAT_CODE_BAD_REQUEST,
      "\"after\" must be an integer from 0 to 2^53." },

    { NGX_CHAT_PROTO_WHO, 0, "after",
      ngx_chat_proto_take_string, offsetof(ngx_chat_command_t, after_user), 0,
      ngx_chat_name_user_valid, NGX_CHAT_CODE_BAD_REQUEST,
      "\"after\" must be a user's id." },

    { NGX_CHAT_PROTO_JOIN | NGX_CHAT_PROTO_HISTORY, 0, "epoch",
      ngx_chat_proto_take_string, offsetof(ngx_chat_command_t, epoch), 0,
      ngx_chat_name_epoch_valid, NGX_CHAT_CODE_BAD_REQUEST,
      "\"epoch\" must be a string of 1 to 16 letters and digits." },

    { NGX_CHAT_PROTO_JOIN | NGX_CHAT_PROTO_WHO | NGX_CHAT_PROTO_HISTORY
      | NGX_CHAT_PROTO_MOD, 0, "limit",
      ngx_chat_proto_take_integer, offsetof(ngx_chat_command_t, limit), 0,
      NULL, NGX_CHAT_CODE_BAD_REQUEST,
      "\"limit\" must be an integer from 0 to 2^53." },

    { NGX_CHAT_PROTO_JOIN, 0, "presence",
      ngx_chat_proto_take_presence, 0, 0, NULL, NGX_CHAT_CODE_BAD_REQUEST,
      "\"presence\" must be true or false." },

    { NGX_CHAT_PROTO_TYPING, 0, "on",
      ngx_chat_proto_take_on, 0, 0, NULL, NGX_CHAT_CODE_BAD_REQUEST,
      "\"on\" must be true or false." },

    { NGX_CHAT_PROTO_PING, 0, "t",
      ngx_chat_proto_take_integer, offsetof(ngx_chat_command_t, t), 0,
      NULL, NGX_CHAT_CODE_BAD_REQUEST,
      "\"t\" must be an integer from 0 to 2^53." },

    { NGX_CHAT_PROTO_DELETE, 0, "reason",
      ngx_chat_proto_take_reason, 0, 0, NULL, NGX_CHAT_CODE_BAD_REQUEST,
      NGX_CHAT_PROTO_REASON_WHY },

    { NGX_CHAT_PROTO_AUTH, 1, "token",
      ngx_chat_proto_take_string, offsetof(ngx_chat_command_t, token), 0,
      NULL, NGX_CHAT_CODE_BAD_REQUEST,
      "\"token\" must be a string." }
};


void
ngx_chat_proto_init(ngx_chat_command_t *cmd)
{
    memset(cmd, 0, sizeof(ngx_chat_command_t));

    cmd->before = -1;
    cmd->after = -1;
    cmd->limit = -1;
    cmd->re = -1;
    cmd->ref = -1;
    cmd->t = -1;
    cmd->seconds = -1;
    cmd->value = -1;
    cmd->slow = -1;
    cmd->lock = -1;
    cmd->presence = 1;
    cmd->on = 1;
}


ngx_chat_code_e
ngx_chat_proto_parse(ngx_chat_command_t *cmd, const unsigned char *p,
    size_t n, size_t text)
{
    ngx_chat_code_e          rc;
    ngx_chat_proto_field_t   field;
    ngx_chat_proto_parser_t  parser;

    ngx_chat_proto_init(cmd);

    parser.cmd = cmd;
    parser.text = (text == 0) ? SIZE_MAX : text;

    rc = ngx_chat_proto_tree(&parser, p, n);

    if (rc != NGX_CHAT_CODE_OK) {
        return rc;
    }

    field = ngx_chat_proto_field(&parser, "id");

    if (field.type != NGX_CHAT_PROTO_ABSENT) {
        cmd->id = ngx_chat_proto_integer(&field, 1);

        if (cmd->id < 0) {
            cmd->id = 0;

            return ngx_chat_proto_fault(&parser, NGX_CHAT_CODE_BAD_REQUEST,
                            "id", "\"id\" must be an integer from 1 to 2^53.");
        }
    }

    return ngx_chat_proto_op(&parser);
}


void
ngx_chat_proto_release(ngx_chat_command_t *cmd)
{
    cJSON_Delete(cmd->tree);
    cmd->tree = NULL;
}


/*
 * cJSON takes raw control characters, numbers like 01 and 1., trailing bytes
 * and repeated keys, cuts strings at U+0000, and has read behind the end of
 * texts that are cut short.  It sees only what the scanner found strict.
 */

ngx_chat_code_e
ngx_chat_proto_tree(ngx_chat_proto_parser_t *p, const unsigned char *text,
    size_t n)
{
    size_t           i;
    cJSON           *tree;
    ngx_chat_json_e  rc;

    i = 0;

    while (i < n && (text[i] == ' ' || text[i] == '\t'
                     || text[i] == '\r' || text[i] == '\n'))
    {
        i++;
    }

    if (i == n || text[i] != '{') {
        return ngx_chat_proto_fault(p, NGX_CHAT_CODE_BAD_REQUEST, NULL,
                                    "A command must be a JSON object.");
    }

    if (!ngx_chat_utf8_valid(text, n)) {
        return ngx_chat_proto_fault(p, NGX_CHAT_CODE_BAD_REQUEST, NULL,
                                    "The text is not valid UTF-8.");
    }

    rc = ngx_chat_json_scan(&p->json, text, n);

    if (rc != NGX_CHAT_JSON_OK) {
        return ngx_chat_proto_fault(p, NGX_CHAT_CODE_BAD_REQUEST, NULL,
                                    ngx_chat_json_reason(rc));
    }

    tree = cJSON_ParseWithLength((const char *) text, n);
    p->cmd->tree = tree;

    return (tree == NULL) ? NGX_CHAT_CODE_INTERNAL : NGX_CHAT_CODE_OK;
}


static ngx_chat_code_e
ngx_chat_proto_op(ngx_chat_proto_parser_t *p)
{
    size_t                      i;
    ngx_chat_proto_field_t      field;
    const ngx_chat_proto_op_t  *op;

    field = ngx_chat_proto_field(p, "op");

    if (field.type != NGX_CHAT_PROTO_STRING) {
        return ngx_chat_proto_fault(p, NGX_CHAT_CODE_BAD_REQUEST, "op",
                                    "\"op\" must be a string.");
    }

    for (i = 0; i < sizeof(ngx_chat_proto_ops) / sizeof(*op); i++) {
        op = &ngx_chat_proto_ops[i];

        if (!field.member->nul
            && strcmp(op->name, (const char *) field.string.data) == 0)
        {
            p->cmd->op = op->op;

            return ngx_chat_proto_command(p);
        }
    }

    return ngx_chat_proto_fault(p, NGX_CHAT_CODE_UNKNOWN_OP, "op", NULL);
}


static ngx_chat_code_e
ngx_chat_proto_command(ngx_chat_proto_parser_t *p)
{
    ngx_chat_code_e  rc;

    rc = NGX_CHAT_CODE_OK;

    if (p->cmd->op == NGX_CHAT_OP_MOD) {
        rc = ngx_chat_proto_rules(p, ngx_chat_proto_mod_rules,
                                  ngx_chat_proto_mod_nrules,
                                  NGX_CHAT_PROTO_MOD);
    }

    if (rc == NGX_CHAT_CODE_OK) {
        rc = ngx_chat_proto_rules(p, ngx_chat_proto_table,
                                  sizeof(ngx_chat_proto_table)
                                  / sizeof(ngx_chat_proto_rule_t),
                                  1u << p->cmd->op);
    }

    return (rc == NGX_CHAT_CODE_OK) ? ngx_chat_proto_together(p) : rc;
}


ngx_chat_code_e
ngx_chat_proto_rules(ngx_chat_proto_parser_t *p,
    const ngx_chat_proto_rule_t *rules, size_t n, unsigned bit)
{
    size_t                        i;
    ngx_chat_code_e               rc;
    ngx_chat_proto_field_t        field;
    const ngx_chat_proto_rule_t  *rule;

    for (i = 0; i < n; i++) {
        rule = &rules[i];

        if ((rule->ops & bit) == 0) {
            continue;
        }

        field = ngx_chat_proto_field(p, rule->name);

        if (field.type != NGX_CHAT_PROTO_ABSENT) {
            rc = rule->take(p, rule, &field);

        } else {
            rc = rule->required ? NGX_CHAT_CODE_BAD_REQUEST
                                : NGX_CHAT_CODE_OK;
        }

        if (rc == NGX_CHAT_CODE_INTERNAL) {
            return rc;
        }

        if (rc != NGX_CHAT_CODE_OK) {
            return ngx_chat_proto_fault(p, rc, rule->name,
                                        (p->cmd->why != NULL) ? p->cmd->why
                                                              : rule->why);
        }
    }

    return NGX_CHAT_CODE_OK;
}


/* What the fields of a command ask of each other. */

static ngx_chat_code_e
ngx_chat_proto_together(ngx_chat_proto_parser_t *p)
{
    const ngx_chat_command_t  *cmd;

    cmd = p->cmd;

    if (cmd->before >= 0 && cmd->after >= 0) {
        return ngx_chat_proto_fault(p, NGX_CHAT_CODE_BAD_REQUEST, "before",
                                    "Only one of \"before\" and \"after\" "
                                    "may be given.");
    }

    if (cmd->op == NGX_CHAT_OP_JOIN
        && cmd->after >= 0 && cmd->epoch.data == NULL)
    {
        return ngx_chat_proto_fault(p, NGX_CHAT_CODE_BAD_REQUEST, "epoch",
                                    "\"after\" needs the \"epoch\" of its "
                                    "number.");
    }

    switch (cmd->op) {

    case NGX_CHAT_OP_MOD:
        return ngx_chat_proto_mod_together(p);

    case NGX_CHAT_OP_SEND:
    case NGX_CHAT_OP_EDIT:
        return ngx_chat_proto_said(p);

    default:
        return NGX_CHAT_CODE_OK;
    }
}


/* The library keeps the order of the text, and keys are not repeated. */

static ngx_chat_proto_field_t
ngx_chat_proto_field(const ngx_chat_proto_parser_t *p, const char *name)
{
    const cJSON             *item;
    ngx_chat_proto_field_t   field;

    item = ((const cJSON *) p->cmd->tree)->child;

    memset(&field, 0, sizeof(ngx_chat_proto_field_t));
    field.member = p->json.members;

    while (item != NULL && strcmp(item->string, name) != 0) {
        item = item->next;
        field.member++;
    }

    if (item == NULL) {
        return field;
    }

    field.type = ngx_chat_proto_type(item);

    if (field.type == NGX_CHAT_PROTO_STRING) {
        field.string.data = (const unsigned char *) item->valuestring;
        field.string.len = strlen(item->valuestring);
    }

    return field;
}


static ngx_chat_proto_type_e
ngx_chat_proto_type(const cJSON *item)
{
    switch (item->type & 0xff) {

    case cJSON_String:
        return NGX_CHAT_PROTO_STRING;

    case cJSON_True:
        return NGX_CHAT_PROTO_TRUE;

    case cJSON_False:
        return NGX_CHAT_PROTO_FALSE;

    case cJSON_Object:
        return NGX_CHAT_PROTO_OBJECT;

    default:
        return NGX_CHAT_PROTO_OTHER;
    }
}


/*
 * What is kept of "meta" are the sender's bytes, not what the library would
 * print of them: a number keeps its digits and a string its escapes.
 */

ngx_chat_code_e
ngx_chat_proto_take_meta(ngx_chat_proto_parser_t *p,
    const ngx_chat_proto_rule_t *rule, const ngx_chat_proto_field_t *field)
{
    size_t         n;
    cJSON         *raw;
    unsigned char  text[NGX_CHAT_PROTO_META_MAX + 1];

    if (field->type != NGX_CHAT_PROTO_OBJECT || field->member->nul) {
        return rule->code;
    }

    n = ngx_chat_json_out_compact(text, NGX_CHAT_PROTO_META_MAX,
                                  &field->member->value);

    if (n > NGX_CHAT_PROTO_META_MAX) {
        return NGX_CHAT_CODE_TOO_LARGE;
    }

    text[n] = '\0';
    raw = cJSON_AddRawToObject(p->cmd->tree, NGX_CHAT_PROTO_META_KEY,
                               (const char *) text);

    if (raw == NULL) {
        return NGX_CHAT_CODE_INTERNAL;
    }

    p->cmd->meta.data = (const unsigned char *) raw->valuestring;
    p->cmd->meta.len = n;

    return NGX_CHAT_CODE_OK;
}


/* An object with an id and, if it is there, a name. */

ngx_chat_code_e
ngx_chat_proto_take_from(ngx_chat_proto_parser_t *p,
    const ngx_chat_proto_rule_t *rule, const ngx_chat_proto_field_t *field)
{
    const cJSON  *item;

    if (field->type != NGX_CHAT_PROTO_OBJECT || field->member->nul) {
        return rule->code;
    }

    item = ((const cJSON *) p->cmd->tree)->child;

    while (strcmp(item->string, rule->name) != 0) {
        item = item->next;
    }

    p->cmd->from_id = ngx_chat_proto_of(item, "id");
    p->cmd->from_name = ngx_chat_proto_of(item, "name");

    return ngx_chat_name_user_valid(&p->cmd->from_id) ? NGX_CHAT_CODE_OK
                                                      : rule->code;
}


static ngx_chat_str_t
ngx_chat_proto_of(const cJSON *object, const char *name)
{
    const cJSON     *item;
    ngx_chat_str_t   str;

    str.data = NULL;
    str.len = 0;

    item = cJSON_GetObjectItemCaseSensitive(object, name);

    if (item != NULL && ngx_chat_proto_type(item) == NGX_CHAT_PROTO_STRING) {
        str.data = (const unsigned char *) item->valuestring;
        str.len = strlen(item->valuestring);
    }

    return str;
}
