
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * What a site is told of what happened, as JSON.
 *
 * An event waits in a queue as a text: a head, which is a time, or the header
 * of a message as its store has made it (lib/ngx_chat_wire.h), then LF, then
 * the members of a JSON object.  So what only the store knows need not be
 * known when the members are written.
 */


#ifndef NGX_CHAT_EVENT_H_INCLUDED
#define NGX_CHAT_EVENT_H_INCLUDED


#include "ngx_chat_rights.h"
#include "ngx_chat_wire.h"


/* of a head with its LF */
#define NGX_CHAT_EVENT_HEAD_MAX  NGX_CHAT_WIRE_HEADER_MAX


/* Strings that are empty, or NULL, and numbers that are 0 are left out. */

typedef struct {
    const char             *kind;
    ngx_chat_str_t          id;
    ngx_chat_str_t          room;      /* as its users call it */
    ngx_chat_user_t         user;      /* no id: nobody, or not known yet */
    ngx_chat_str_t          role;
    ngx_chat_str_t          session;
    ngx_chat_str_t          address;
    const char             *transport;
    const char             *via;
    const char             *cause;
    const ngx_chat_wire_t  *rec;       /* a message: what of it is not here;
                                          a binary one's body in base64url */
    const ngx_chat_mod_t   *mod;       /* an act of the user */
    int64_t                 until;     /* its end, ms UTC */
    uint64_t                count;
    unsigned                code;      /* of a connection that has ended: */
    int64_t                 duration;  /* ms */
    uint64_t                received;  /* messages */
    unsigned                guest:1;
    unsigned                ended:1;
    unsigned                bare:1;    /* "cut":true stands for meta and body */
} ngx_chat_event_t;


/* The members, if they fit into size bytes.  Returns the length needed. */
size_t ngx_chat_event_members(unsigned char *buf, size_t size,
    const ngx_chat_event_t *event);

/* The head of what is no message.  Returns its length. */
size_t ngx_chat_event_head(unsigned char buf[NGX_CHAT_EVENT_HEAD_MAX],
    int64_t time);

/*
 * A text as JSON, if it fits into size bytes; time is when it happened, ms
 * UTC.  Returns the length needed, or 0 if it is none of ours.
 */
size_t ngx_chat_event_json(unsigned char *buf, size_t size,
    const ngx_chat_str_t *text, int64_t *time);


#endif /* NGX_CHAT_EVENT_H_INCLUDED */
