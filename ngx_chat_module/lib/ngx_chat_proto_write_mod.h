
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Rights to JSON, as a part of an answer or an event.
 */


#ifndef NGX_CHAT_PROTO_WRITE_MOD_H_INCLUDED
#define NGX_CHAT_PROTO_WRITE_MOD_H_INCLUDED


#include "ngx_chat_json_out.h"
#include "ngx_chat_proto.h"


/* "role":,"can":[],"config":{"slow":,"lock":},["muted":] */
void ngx_chat_proto_standing_out(ngx_chat_json_out_t *out,
    const ngx_chat_standing_t *standing);


#endif /* NGX_CHAT_PROTO_WRITE_MOD_H_INCLUDED */
