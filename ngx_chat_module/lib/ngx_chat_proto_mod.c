
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The fields of the command "mod".
 */


#include "ngx_chat_proto_rule.h"

#include <stddef.h>
#include <string.h>

#include "ngx_chat_name.h"
#include "ngx_chat_rights.h"
#include "ngx_chat_text.h"


#define NGX_CHAT_PROTO_MOD          (1u << NGX_CHAT_OP_MOD)

#define NGX_CHAT_PROTO_ACT(act)     (1u << (act))

#define NGX_CHAT_PROTO_ACTS_USER                                              \
    (NGX_CHAT_PROTO_ACT(NGX_CHAT_ACT_KICK)                                    \
     | NGX_CHAT_PROTO_ACT(NGX_CHAT_ACT_BAN)                                   \
     | NGX_CHAT_PROTO_ACT(NGX_CHAT_ACT_UNBAN)                                 \
     | NGX_CHAT_PROTO_ACT(NGX_CHAT_ACT_MUTE)                                  \
     | NGX_CHAT_PROTO_ACT(NGX_CHAT_ACT_UNMUTE)                                \
     | NGX_CHAT_PROTO_ACT(NGX_CHAT_ACT_ROLE))

#define NGX_CHAT_PROTO_ACTS_IP                                                \
    (NGX_CHAT_PROTO_ACT(NGX_CHAT_ACT_BAN)                                     \
     | NGX_CHAT_PROTO_ACT(NGX_CHAT_ACT_UNBAN)                                 \
     | NGX_CHAT_PROTO_ACT(NGX_CHAT_ACT_MUTE)                                  \
     | NGX_CHAT_PROTO_ACT(NGX_CHAT_ACT_UNMUTE))


static int ngx_chat_proto_mod_room_valid(const ngx_chat_str_t *room);
static int ngx_chat_proto_mod_ip_valid(const ngx_chat_str_t *ip);
static int ngx_chat_proto_mod_is(const ngx_chat_str_t *str, const char *name);
static ngx_chat_code_e ngx_chat_proto_take_act(ngx_chat_proto_parser_t *p,
    const ngx_chat_proto_rule_t *rule, const ngx_chat_proto_field_t *field);
static ngx_chat_code_e ngx_chat_proto_take_value(ngx_chat_proto_parser_t *p,
    const ngx_chat_proto_rule_t *rule, const ngx_chat_proto_field_t *field);
static int64_t ngx_chat_proto_mod_role(const ngx_chat_proto_field_t *field);
static int64_t ngx_chat_proto_mod_lock(const ngx_chat_proto_field_t *field);


/* checked in this order: what "value" must be is for "do" to say */

const ngx_chat_proto_rule_t  ngx_chat_proto_mod_rules[] = {

    { NGX_CHAT_PROTO_MOD, 1, "room",
      ngx_chat_proto_take_string, offsetof(ngx_chat_command_t, room), 0,
      ngx_chat_proto_mod_room_valid, NGX_CHAT_CODE_INVALID_NAME,
      "\"room\" must be the name of a room, of a raw one behind \"~\", or "
      "\"*\" for the whole site." },

    { NGX_CHAT_PROTO_MOD, 1, "do",
      ngx_chat_proto_take_act, 0, 0, NULL, NGX_CHAT_CODE_BAD_REQUEST,
      "\"do\" must be kick, ban, unban, mute, unmute, role, slow, lock, "
      "unlock, clear or log." },

    { NGX_CHAT_PROTO_MOD, 0, "user",
      ngx_chat_proto_take_string, offsetof(ngx_chat_command_t, user), 0,
      ngx_chat_name_user_valid, NGX_CHAT_CODE_BAD_REQUEST,
      "\"user\" must be a user's id." },

    { NGX_CHAT_PROTO_MOD, 0, "ip",
      ngx_chat_proto_take_string, offsetof(ngx_chat_command_t, ip), 0,
      ngx_chat_proto_mod_ip_valid, NGX_CHAT_CODE_BAD_REQUEST,
      "\"ip\" must be an IPv4 or IPv6 address." },

    { NGX_CHAT_PROTO_MOD, 0, "for",
      ngx_chat_proto_take_integer, offsetof(ngx_chat_command_t, seconds), 1,
      NULL, NGX_CHAT_CODE_BAD_REQUEST,
      "\"for\" must be an integer from 1 to 2^53, in seconds." },

    { NGX_CHAT_PROTO_MOD, 0, "value",
      ngx_chat_proto_take_value, 0, 0, NULL, NGX_CHAT_CODE_BAD_REQUEST,
      "\"value\" must be owner, moderator, member or none for a role, 0 to "
      "86400 seconds for slow, write or members for a lock." },

    { NGX_CHAT_PROTO_MOD, 0, "reason",
      ngx_chat_proto_take_reason, 0, 0, NULL, NGX_CHAT_CODE_BAD_REQUEST,
      NGX_CHAT_PROTO_REASON_WHY }
};


const size_t  ngx_chat_proto_mod_nrules = sizeof(ngx_chat_proto_mod_rules)
                                          / sizeof(ngx_chat_proto_rule_t);


static int
ngx_chat_proto_mod_room_valid(const ngx_chat_str_t *room)
{
    ngx_chat_str_t  name;

    name = *room;

    if (name.len != 0 && name.data[0] == NGX_CHAT_NAME_RAW) {
        name.data++;
        name.len--;
    }

    return ngx_chat_proto_mod_is(room, "*")
           || ngx_chat_name_room_valid(&name);
}


/* Its characters; what it means, who knows the network says. */

static int
ngx_chat_proto_mod_ip_valid(const ngx_chat_str_t *ip)
{
    return ip->len != 0 && ip->len <= NGX_CHAT_RIGHTS_IP_MAX
           && strspn((const char *) ip->data, "0123456789abcdefABCDEF.:/")
              == ip->len;
}


static int
ngx_chat_proto_mod_is(const ngx_chat_str_t *str, const char *name)
{
    return str->len == strlen(name) && memcmp(str->data, name, str->len) == 0;
}


static ngx_chat_code_e
ngx_chat_proto_take_act(ngx_chat_proto_parser_t *p,
    const ngx_chat_proto_rule_t *rule, const ngx_chat_proto_field_t *field)
{
    ngx_chat_act_e  act;

    if (field->type != NGX_CHAT_PROTO_STRING || field->member->nul) {
        return rule->code;
    }

    if (ngx_chat_proto_mod_is(&field->string, "log")) {
        p->cmd->act = NGX_CHAT_ACT_NONE;
        return NGX_CHAT_CODE_OK;
    }

    if (!ngx_chat_rights_act(&field->string, &act)) {
        return rule->code;
    }

    p->cmd->act = (uint8_t) act;

    return NGX_CHAT_CODE_OK;
}


/* An act that has no argument ignores it, like any field it does not know. */

static ngx_chat_code_e
ngx_chat_proto_take_value(ngx_chat_proto_parser_t *p,
    const ngx_chat_proto_rule_t *rule, const ngx_chat_proto_field_t *field)
{
    int64_t  value;

    switch (p->cmd->act) {

    case NGX_CHAT_ACT_ROLE:
        value = ngx_chat_proto_mod_role(field);
        break;

    case NGX_CHAT_ACT_SLOW:
        value = ngx_chat_proto_integer(field, 0);
        break;

    case NGX_CHAT_ACT_LOCK:
        value = ngx_chat_proto_mod_lock(field);
        break;

    default:
        return NGX_CHAT_CODE_OK;
    }

    if (value < 0 || value > NGX_CHAT_RIGHTS_SLOW_MAX) {
        return rule->code;
    }

    p->cmd->value = value;

    return NGX_CHAT_CODE_OK;
}


static int64_t
ngx_chat_proto_mod_role(const ngx_chat_proto_field_t *field)
{
    ngx_chat_role_e  role;

    return (field->type == NGX_CHAT_PROTO_STRING && !field->member->nul
            && ngx_chat_rights_role(&field->string, &role))
           ? (int64_t) role : -1;
}


static int64_t
ngx_chat_proto_mod_lock(const ngx_chat_proto_field_t *field)
{
    ngx_chat_lock_e  lock;

    return (field->type == NGX_CHAT_PROTO_STRING && !field->member->nul
            && ngx_chat_rights_lock(&field->string, &lock)
            && lock != NGX_CHAT_LOCK_OPEN)
           ? (int64_t) lock : -1;
}


ngx_chat_code_e
ngx_chat_proto_take_reason(ngx_chat_proto_parser_t *p,
    const ngx_chat_proto_rule_t *rule, const ngx_chat_proto_field_t *field)
{
    ngx_chat_text_e  why;

    if (field->type != NGX_CHAT_PROTO_STRING) {
        return rule->code;
    }

    p->cmd->reason = field->string;

    if (field->member->nul) {
        return NGX_CHAT_CODE_INVALID_TEXT;
    }

    if (field->string.len > NGX_CHAT_RIGHTS_WHY_MAX) {
        return NGX_CHAT_CODE_TOO_LARGE;
    }

    why = ngx_chat_text_check(&field->string, NGX_CHAT_RIGHTS_WHY_MAX);

    if (why == NGX_CHAT_TEXT_OK) {
        return NGX_CHAT_CODE_OK;
    }

    return (why == NGX_CHAT_TEXT_EMPTY) ? rule->code
                                        : NGX_CHAT_CODE_INVALID_TEXT;
}


ngx_chat_code_e
ngx_chat_proto_mod_together(ngx_chat_proto_parser_t *p)
{
    unsigned             act;
    ngx_chat_command_t  *cmd;

    cmd = p->cmd;
    act = NGX_CHAT_PROTO_ACT(cmd->act);

    if (cmd->user.data != NULL
        && ((act & NGX_CHAT_PROTO_ACTS_USER) == 0 || cmd->ip.data != NULL))
    {
        return ngx_chat_proto_fault(p, NGX_CHAT_CODE_BAD_REQUEST, "user",
                                    "\"user\" may be given only where an act "
                                    "is about a user, and not with \"ip\".");
    }

    if (cmd->ip.data != NULL && (act & NGX_CHAT_PROTO_ACTS_IP) == 0) {
        return ngx_chat_proto_fault(p, NGX_CHAT_CODE_BAD_REQUEST, "ip",
                                    "\"ip\" may be given only to ban, unban, "
                                    "mute and unmute.");
    }

    if ((act & NGX_CHAT_PROTO_ACTS_USER) != 0
        && cmd->user.data == NULL && cmd->ip.data == NULL)
    {
        return ngx_chat_proto_fault(p, NGX_CHAT_CODE_BAD_REQUEST, "user",
                                    "\"user\" must say whom the act is "
                                    "about.");
    }

    if (cmd->value < 0 && (cmd->act == NGX_CHAT_ACT_ROLE
                           || cmd->act == NGX_CHAT_ACT_SLOW))
    {
        return ngx_chat_proto_fault(p, NGX_CHAT_CODE_BAD_REQUEST, "value",
                                    "\"value\" must say which role, or how "
                                    "many seconds.");
    }

    return NGX_CHAT_CODE_OK;
}


void
ngx_chat_proto_mod(ngx_chat_mod_t *mod, const ngx_chat_command_t *cmd)
{
    memset(mod, 0, sizeof(ngx_chat_mod_t));

    mod->act = (ngx_chat_act_e) cmd->act;
    mod->user = cmd->user;
    mod->ip = cmd->ip;
    mod->why = cmd->reason;

    switch (mod->act) {

    case NGX_CHAT_ACT_BAN:
    case NGX_CHAT_ACT_MUTE:
        mod->time = (cmd->seconds < 0
                     || cmd->seconds > NGX_CHAT_RIGHTS_EVER / 1000)
                    ? NGX_CHAT_RIGHTS_EVER : cmd->seconds * 1000;
        break;

    case NGX_CHAT_ACT_ROLE:
        mod->role = (ngx_chat_role_e) cmd->value;
        break;

    case NGX_CHAT_ACT_SLOW:
        mod->slow = (uint32_t) cmd->value;
        break;

    case NGX_CHAT_ACT_LOCK:
        mod->lock = (cmd->value < 0) ? NGX_CHAT_LOCK_WRITE
                                     : (ngx_chat_lock_e) cmd->value;
        break;

    default:
        break;
    }
}
