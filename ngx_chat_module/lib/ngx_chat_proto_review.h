
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * What a site is asked about a message before it is stored, to JSON, and its
 * answer from JSON.
 */


#ifndef NGX_CHAT_PROTO_REVIEW_H_INCLUDED
#define NGX_CHAT_PROTO_REVIEW_H_INCLUDED


#include "ngx_chat_proto.h"


#define NGX_CHAT_PROTO_REVIEW_WHY_MAX  500     /* code points of a sentence */


typedef struct {
    const ngx_chat_wire_t  *rec;       /* kinds MESSAGE, TEXT and BINARY; the
                                          body of that in base64url */
    ngx_chat_str_t          address;   /* of the client */
    const char             *via;       /* "socket", "api", "backend" */
    unsigned                guest:1;
} ngx_chat_review_t;


/*
 * {"room":,"user":{"id":,"name":,["role":],"guest":},"via":,"address":,
 * "text":,["cid":],["re":],["meta":]}; a sealed message has data and enc in
 * place of text, one of a raw room "raw":true, and data if it is binary.
 */
size_t ngx_chat_proto_review(unsigned char *buf, size_t size,
    const ngx_chat_review_t *review);

/*
 * The body of an answer, parsed as strictly as a command, with the same
 * results: what shall be stored instead, text and meta, both of which may be
 * absent; or why nothing shall, in reason.  ngx_chat_proto_release() must be
 * called in any case.
 */
ngx_chat_code_e ngx_chat_proto_review_other(ngx_chat_command_t *cmd,
    const ngx_chat_str_t *bytes, size_t text);
ngx_chat_code_e ngx_chat_proto_review_why(ngx_chat_command_t *cmd,
    const ngx_chat_str_t *bytes);


#endif /* NGX_CHAT_PROTO_REVIEW_H_INCLUDED */
