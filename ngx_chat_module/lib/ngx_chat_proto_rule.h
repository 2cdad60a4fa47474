
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * What the fields of a command must be, and where they go; for the files that
 * parse commands.
 */


#ifndef NGX_CHAT_PROTO_RULE_H_INCLUDED
#define NGX_CHAT_PROTO_RULE_H_INCLUDED


#include "ngx_chat_json.h"
#include "ngx_chat_proto.h"


/* what a message must say */

#define NGX_CHAT_PROTO_TEXT_WHY  "\"text\" must be a string."
#define NGX_CHAT_PROTO_DATA_WHY                                               \
    "\"data\" must be a string of letters, digits, \"_\" and \"-\"."
#define NGX_CHAT_PROTO_REASON_WHY                                             \
    "\"reason\" must be a string of 1 to 200 bytes, without characters that "  \
    "are not allowed."
#define NGX_CHAT_PROTO_ENC_WHY                                                \
    "\"enc\" must be a string of 1 to 32 letters, digits, \".\", "            \
    "\"/\", \"_\" or \"-\"."


typedef struct {
    ngx_chat_command_t  *cmd;
    ngx_chat_json_t      json;
    size_t               text;         /* code points of one, at most */
} ngx_chat_proto_parser_t;


typedef enum {
    NGX_CHAT_PROTO_ABSENT = 0,
    NGX_CHAT_PROTO_STRING,
    NGX_CHAT_PROTO_TRUE,
    NGX_CHAT_PROTO_FALSE,
    NGX_CHAT_PROTO_OBJECT,
    NGX_CHAT_PROTO_OTHER               /* a number, null, an array */
} ngx_chat_proto_type_e;


typedef struct {
    ngx_chat_proto_type_e          type;
    ngx_chat_str_t                 string;     /* of STRING, unescaped */
    const ngx_chat_json_member_t  *member;     /* unless ABSENT: its text */
} ngx_chat_proto_field_t;


typedef struct ngx_chat_proto_rule_s  ngx_chat_proto_rule_t;

typedef ngx_chat_code_e (*ngx_chat_proto_take_pt)(ngx_chat_proto_parser_t *p,
    const ngx_chat_proto_rule_t *rule, const ngx_chat_proto_field_t *field);


/* What a field of some commands must be, and where it goes. */

struct ngx_chat_proto_rule_s {
    unsigned                  ops;         /* bits 1 << ngx_chat_op_e, or
                                              1 << ngx_chat_body_e */
    unsigned                  required;
    const char               *name;
    ngx_chat_proto_take_pt    take;
    size_t                    offset;      /* in ngx_chat_command_t */
    int64_t                   min;         /* of an integer */
    int                     (*valid)(const ngx_chat_str_t *str);  /* or NULL */
    ngx_chat_code_e           code;        /* of a string that is not */
    const char               *why;
};


/* Each puts a field into the command; OK, or the code to answer with. */

ngx_chat_code_e ngx_chat_proto_take_integer(ngx_chat_proto_parser_t *p,
    const ngx_chat_proto_rule_t *rule, const ngx_chat_proto_field_t *field);
ngx_chat_code_e ngx_chat_proto_take_string(ngx_chat_proto_parser_t *p,
    const ngx_chat_proto_rule_t *rule, const ngx_chat_proto_field_t *field);
ngx_chat_code_e ngx_chat_proto_take_text(ngx_chat_proto_parser_t *p,
    const ngx_chat_proto_rule_t *rule, const ngx_chat_proto_field_t *field);
ngx_chat_code_e ngx_chat_proto_take_data(ngx_chat_proto_parser_t *p,
    const ngx_chat_proto_rule_t *rule, const ngx_chat_proto_field_t *field);
ngx_chat_code_e ngx_chat_proto_take_presence(ngx_chat_proto_parser_t *p,
    const ngx_chat_proto_rule_t *rule, const ngx_chat_proto_field_t *field);
ngx_chat_code_e ngx_chat_proto_take_on(ngx_chat_proto_parser_t *p,
    const ngx_chat_proto_rule_t *rule, const ngx_chat_proto_field_t *field);

ngx_chat_code_e ngx_chat_proto_take_meta(ngx_chat_proto_parser_t *p,
    const ngx_chat_proto_rule_t *rule, const ngx_chat_proto_field_t *field);
ngx_chat_code_e ngx_chat_proto_take_reason(ngx_chat_proto_parser_t *p,
    const ngx_chat_proto_rule_t *rule, const ngx_chat_proto_field_t *field);
ngx_chat_code_e ngx_chat_proto_take_from(ngx_chat_proto_parser_t *p,
    const ngx_chat_proto_rule_t *rule, const ngx_chat_proto_field_t *field);

/*
 * An integer of a field, or -1.  It is read from its digits in the text, for
 * the library knows only doubles, which have no 2^53 + 1.
 */
int64_t ngx_chat_proto_integer(const ngx_chat_proto_field_t *field,
    int64_t min);

/* The parse tree of an object. */
ngx_chat_code_e ngx_chat_proto_tree(ngx_chat_proto_parser_t *p,
    const unsigned char *text, size_t n);

/* Takes the fields that the rules of this bit name. */
ngx_chat_code_e ngx_chat_proto_rules(ngx_chat_proto_parser_t *p,
    const ngx_chat_proto_rule_t *rules, size_t n, unsigned bit);

/* What is wrong, and with which field. */
ngx_chat_code_e ngx_chat_proto_fault(ngx_chat_proto_parser_t *p,
    ngx_chat_code_e code, const char *field, const char *why);


/* A text, or what stands for one that the server is not to read. */
ngx_chat_code_e ngx_chat_proto_said(ngx_chat_proto_parser_t *p);


/* The fields of "mod", in the order in which they are checked. */
extern const ngx_chat_proto_rule_t  ngx_chat_proto_mod_rules[];
extern const size_t                 ngx_chat_proto_mod_nrules;

/* What they ask of each other. */
ngx_chat_code_e ngx_chat_proto_mod_together(ngx_chat_proto_parser_t *p);


#endif /* NGX_CHAT_PROTO_RULE_H_INCLUDED */
