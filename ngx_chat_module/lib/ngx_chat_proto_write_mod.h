
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Parts of answers and events to JSON, for the files that write them.
 */


#ifndef NGX_CHAT_PROTO_WRITE_MOD_H_INCLUDED
#define NGX_CHAT_PROTO_WRITE_MOD_H_INCLUDED


#include "ngx_chat_json_out.h"
#include "ngx_chat_proto.h"


/* "role":,"can":[],"config":{"slow":,"lock":},["muted":] */
void ngx_chat_proto_standing_out(ngx_chat_json_out_t *out,
    const ngx_chat_standing_t *standing);


/* "config":{"slow":,"lock":} */
void ngx_chat_proto_config_out(ngx_chat_json_out_t *out,
    const ngx_chat_standing_t *standing);

/* {"id":,"name":,"roles":[],"guest":} */
void ngx_chat_proto_who_out(ngx_chat_json_out_t *out,
    const ngx_chat_welcome_t *w);

/* Numbers of the protocol are 2^53 at most. */
void ngx_chat_proto_unsigned(ngx_chat_json_out_t *out, uint64_t n);

/* Around the fields of an answer; id 0: an object of its own. */
void ngx_chat_proto_ok_begin(ngx_chat_json_out_t *out, unsigned char *buf,
    size_t size, int64_t id);
size_t ngx_chat_proto_ok_end(ngx_chat_json_out_t *out, int64_t id);


#endif /* NGX_CHAT_PROTO_WRITE_MOD_H_INCLUDED */
