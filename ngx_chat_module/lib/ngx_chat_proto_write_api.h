
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * What the HTTP API alone tells, to JSON; what "chat.v1" tells as well, its
 * own writers write.
 */


#ifndef NGX_CHAT_PROTO_WRITE_API_H_INCLUDED
#define NGX_CHAT_PROTO_WRITE_API_H_INCLUDED


#include "ngx_chat_proto.h"


/* {"user":{},"time":,"limits":{},"features":[]} of the welcome */
size_t ngx_chat_proto_me(unsigned char *buf, size_t size,
    const ngx_chat_welcome_t *w);

/* {"room":,"epoch":,"top":,"floor":,"config":{},["count":]} of the view */
size_t ngx_chat_proto_room_view(unsigned char *buf, size_t size,
    const ngx_chat_joined_t *view);

/* Rooms of a page: of their records room, seq and count are read. */

typedef struct {
    const ngx_chat_wire_t   *records;
    size_t                   nrecords;
    ngx_chat_str_t           next;     /* empty: that is all */
    unsigned                 presence:1;   /* count is told */
} ngx_chat_rooms_view_t;

/* {"rooms":[{"room":,"top":,["count":]}],"more":,["next":]} */
size_t ngx_chat_proto_rooms(unsigned char *buf, size_t size,
    const ngx_chat_rooms_view_t *view);

/* {"until":}, or without a field if it is 0 */
size_t ngx_chat_proto_term(unsigned char *buf, size_t size, int64_t until);

/* {"role":"member"} */
size_t ngx_chat_proto_role(unsigned char *buf, size_t size, unsigned role);


#endif /* NGX_CHAT_PROTO_WRITE_API_H_INCLUDED */
