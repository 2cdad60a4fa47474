
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * A frame: the complete bytes of one message, immutable and counted.
 *
 * They are WebSocket's.  Who listens to an event stream gets the twin of a
 * frame, the same message as text/event-stream has it: made for the first of
 * them, shared by all, freed with the frame.
 */


#ifndef NGX_HTTP_CHAT_FRAME_H_INCLUDED
#define NGX_HTTP_CHAT_FRAME_H_INCLUDED


#include "ngx_http_chat.h"


typedef struct ngx_http_chat_frame_s  ngx_http_chat_frame_t;

struct ngx_http_chat_frame_s {
    ngx_http_chat_frame_t  *twin;        /* of a stream, or NULL */
    uint64_t                seq;         /* in that epoch, where a client */
    uint32_t                refs;        /* that has it stands */
    uint32_t                len;
    u_char                  epoch_len;   /* 0: it stands nowhere new */
    u_char                  epoch[NGX_CHAT_WIRE_EPOCH_MAX];
    u_char                  data[1];
};


/* A frame with one reference, the caller's; NULL without memory. */
ngx_http_chat_frame_t *ngx_http_chat_frame_create(ngx_uint_t opcode,
    const u_char *payload, size_t len);

/* Who has got this frame has got all up to that number. */
void ngx_http_chat_frame_number(ngx_http_chat_frame_t *f,
    const ngx_chat_str_t *epoch, uint64_t seq);

/* The frame of a stream, which lives as long as f; NULL without memory. */
ngx_http_chat_frame_t *ngx_http_chat_frame_twin(ngx_http_chat_frame_t *f);

/* Is it the word that something may be missing, after which a stream ends? */
ngx_uint_t ngx_http_chat_frame_resyncs(const ngx_http_chat_frame_t *f);

/* Gives one reference back. */
void ngx_http_chat_frame_release(ngx_http_chat_frame_t *f);


#endif /* NGX_HTTP_CHAT_FRAME_H_INCLUDED */
