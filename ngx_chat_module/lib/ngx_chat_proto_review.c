
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What a site is asked about a message, and its answer; see the header. */


#include "ngx_chat_proto_review.h"

#include "ngx_chat_json_out.h"
#include "ngx_chat_name.h"
#include "ngx_chat_proto_rule.h"
#include "ngx_chat_text.h"


#define NGX_CHAT_PROTO_REVIEW_OTHER  1u
#define NGX_CHAT_PROTO_REVIEW_WHY    2u


#define ngx_chat_proto_lit(out, text)  ngx_chat_json_out_lit(out, text)


static int ngx_chat_proto_review_raw(const ngx_chat_wire_t *rec);
static void ngx_chat_proto_review_user(ngx_chat_json_out_t *out,
    const ngx_chat_review_t *review);
static void ngx_chat_proto_review_body(ngx_chat_json_out_t *out,
    const ngx_chat_wire_t *rec);
static ngx_chat_code_e ngx_chat_proto_review_parse(ngx_chat_command_t *cmd,
    const ngx_chat_str_t *bytes, size_t text, unsigned bit);
static ngx_chat_code_e ngx_chat_proto_take_why(ngx_chat_proto_parser_t *p,
    const ngx_chat_proto_rule_t *rule, const ngx_chat_proto_field_t *field);


static const ngx_chat_proto_rule_t  ngx_chat_proto_review_rules[] = {

    { NGX_CHAT_PROTO_REVIEW_OTHER, 0, "text",
      ngx_chat_proto_take_text, 0, 0, NULL, NGX_CHAT_CODE_BAD_REQUEST,
      "\"text\" must be a string." },

    { NGX_CHAT_PROTO_REVIEW_OTHER, 0, "meta",
      ngx_chat_proto_take_meta, 0, 0, NULL, NGX_CHAT_CODE_BAD_REQUEST,
      "\"meta\" must be an object without \\u0000, of 1,024 bytes at most." },

    { NGX_CHAT_PROTO_REVIEW_WHY, 0, "message",
      ngx_chat_proto_take_why, 0, 0, NULL, NGX_CHAT_CODE_BAD_REQUEST,
      "\"message\" must be a string of 1 to 500 characters." }
};


size_t
ngx_chat_proto_review(unsigned char *buf, size_t size,
    const ngx_chat_review_t *review)
{
    ngx_chat_str_t          room;
    ngx_chat_json_out_t     out;
    const ngx_chat_wire_t  *rec;

    rec = review->rec;
    room = rec->room;

    if (ngx_chat_proto_review_raw(rec) && room.len != 0
        && room.data[0] == NGX_CHAT_NAME_RAW)
    {
        /* the mark of raw rooms is ours */
        room.data++;
        room.len--;
    }

    ngx_chat_json_out_init(&out, buf, size);

    ngx_chat_proto_lit(&out, "{\"room\":");
    ngx_chat_json_out_string(&out, &room);
    ngx_chat_proto_lit(&out, ",\"user\":");
    ngx_chat_proto_review_user(&out, review);
    ngx_chat_proto_lit(&out, ",\"via\":");
    ngx_chat_json_out_text(&out, review->via);
    ngx_chat_proto_lit(&out, ",\"address\":");
    ngx_chat_json_out_string(&out, &review->address);

    ngx_chat_proto_review_body(&out, rec);

    if (rec->cid.len != 0) {
        ngx_chat_proto_lit(&out, ",\"cid\":");
        ngx_chat_json_out_string(&out, &rec->cid);
    }

    if (rec->kind == NGX_CHAT_WIRE_EDIT) {
        ngx_chat_proto_lit(&out, ",\"edit\":");
        ngx_chat_json_out_number(&out, (int64_t) rec->ref);
    }

    if (rec->re != 0) {
        ngx_chat_proto_lit(&out, ",\"re\":");
        ngx_chat_json_out_number(&out, (int64_t) rec->re);
    }

    if (rec->meta.len != 0) {
        ngx_chat_proto_lit(&out, ",\"meta\":");
        ngx_chat_json_out_raw(&out, rec->meta.data, rec->meta.len);
    }

    ngx_chat_proto_lit(&out, "}");

    return out.len;
}


static int
ngx_chat_proto_review_raw(const ngx_chat_wire_t *rec)
{
    return rec->kind == NGX_CHAT_WIRE_TEXT
           || rec->kind == NGX_CHAT_WIRE_BINARY;
}


static void
ngx_chat_proto_review_user(ngx_chat_json_out_t *out,
    const ngx_chat_review_t *review)
{
    const ngx_chat_wire_t  *rec;

    rec = review->rec;

    ngx_chat_proto_lit(out, "{\"id\":");
    ngx_chat_json_out_string(out, &rec->user);
    ngx_chat_proto_lit(out, ",\"name\":");
    ngx_chat_json_out_string(out, &rec->name);

    if (rec->role.len != 0) {
        ngx_chat_proto_lit(out, ",\"role\":");
        ngx_chat_json_out_string(out, &rec->role);
    }

    ngx_chat_proto_lit(out, ",\"guest\":");
    ngx_chat_json_out_bool(out, review->guest);
    ngx_chat_proto_lit(out, "}");
}


static void
ngx_chat_proto_review_body(ngx_chat_json_out_t *out,
    const ngx_chat_wire_t *rec)
{
    if (ngx_chat_proto_review_raw(rec)) {
        ngx_chat_proto_lit(out, ",\"raw\":true");
    }

    if (rec->enc.len != 0) {
        ngx_chat_proto_lit(out, ",\"enc\":");
        ngx_chat_json_out_string(out, &rec->enc);
    }

    if (rec->enc.len != 0 || rec->kind == NGX_CHAT_WIRE_BINARY) {
        ngx_chat_proto_lit(out, ",\"data\":");

    } else {
        ngx_chat_proto_lit(out, ",\"text\":");
    }

    ngx_chat_json_out_string(out, &rec->body);
}


ngx_chat_code_e
ngx_chat_proto_review_other(ngx_chat_command_t *cmd,
    const ngx_chat_str_t *bytes, size_t text)
{
    return ngx_chat_proto_review_parse(cmd, bytes,
                                       (text == 0) ? SIZE_MAX : text,
                                       NGX_CHAT_PROTO_REVIEW_OTHER);
}


ngx_chat_code_e
ngx_chat_proto_review_why(ngx_chat_command_t *cmd,
    const ngx_chat_str_t *bytes)
{
    return ngx_chat_proto_review_parse(cmd, bytes,
                                       NGX_CHAT_PROTO_REVIEW_WHY_MAX,
                                       NGX_CHAT_PROTO_REVIEW_WHY);
}


static ngx_chat_code_e
ngx_chat_proto_review_parse(ngx_chat_command_t *cmd,
    const ngx_chat_str_t *bytes, size_t text, unsigned bit)
{
    ngx_chat_code_e          rc;
    ngx_chat_proto_parser_t  parser;

    ngx_chat_proto_init(cmd);

    parser.cmd = cmd;
    parser.text = text;

    rc = ngx_chat_proto_tree(&parser, bytes->data, bytes->len);

    if (rc != NGX_CHAT_CODE_OK) {
        return rc;
    }

    return ngx_chat_proto_rules(&parser, ngx_chat_proto_review_rules,
                                sizeof(ngx_chat_proto_review_rules)
                                / sizeof(ngx_chat_proto_rule_t), bit);
}


static ngx_chat_code_e
ngx_chat_proto_take_why(ngx_chat_proto_parser_t *p,
    const ngx_chat_proto_rule_t *rule, const ngx_chat_proto_field_t *field)
{
    if (field->type != NGX_CHAT_PROTO_STRING || field->member->nul
        || ngx_chat_text_check(&field->string, p->text) != NGX_CHAT_TEXT_OK)
    {
        return rule->code;
    }

    p->cmd->reason = field->string;

    return NGX_CHAT_CODE_OK;
}
