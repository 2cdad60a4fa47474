
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The output queue of a session, and the worker's one flush per turn.
 *
 * A session has a ring of references to frames; the first push puts
 * the session into the worker's dirty queue, and one posted event per turn of
 * the event loop writes, per session, all that gathered: small frames through
 * a scratch buffer with one send, a large one straight.  After a number of
 * sessions the rest waits for the next turn, so that large rooms leave time
 * for everybody else.
 */


#ifndef NGX_HTTP_CHAT_OUTPUT_H_INCLUDED
#define NGX_HTTP_CHAT_OUTPUT_H_INCLUDED


#include "ngx_http_chat_frame.h"


#define NGX_HTTP_CHAT_OUTPUT_INLINE      2        /* references */
#define NGX_HTTP_CHAT_OUTPUT_FRAMES_MAX  1024     /* queued, then it is slow */


typedef struct {
    ngx_queue_t             dirty;       /* unlinked: prev is NULL */
    ngx_http_chat_frame_t **ring;        /* NULL: the inline ones are used */
    ngx_http_chat_frame_t  *frames[NGX_HTTP_CHAT_OUTPUT_INLINE];
    uint32_t                mask:30;     /* size of the ring less one */
    uint32_t                has_pong:1;
    uint32_t                slow:1;      /* above its limits, to be closed */
    uint32_t                head;        /* free running */
    uint32_t                tail;
    uint32_t                offset;      /* bytes of the head frame sent */
    uint32_t                queued;      /* bytes in the ring, sent or not */
    uint32_t                offered;     /* bytes TLS must see again */
    uint32_t                pong;        /* index of a pong, if has_pong */
    uint32_t                sent;        /* frames pushed, for the log */
} ngx_http_chat_output_t;


ngx_int_t ngx_http_chat_output_init(ngx_cycle_t *cycle);

/*
 * Appends a frame and takes a reference of its own.  A session above its
 * limits, or without memory, is marked and closed with 4101 by the next
 * flush; never at once, so that the caller may walk a room.
 */
void ngx_http_chat_output_push(ngx_http_chat_session_t *s,
    ngx_http_chat_frame_t *f);

/* Appends a pong; one that still waits is replaced if coalesce is set. */
void ngx_http_chat_output_push_pong(ngx_http_chat_session_t *s,
    ngx_http_chat_frame_t *f, ngx_uint_t coalesce);

/* Drops what has not begun, and appends a close frame whatever the limits. */
void ngx_http_chat_output_push_close(ngx_http_chat_session_t *s,
    ngx_http_chat_frame_t *f);

/* Is any session in the dirty queue? */
ngx_uint_t ngx_http_chat_output_waits(void);

/* Puts the session into the dirty queue. */
void ngx_http_chat_output_schedule(ngx_http_chat_session_t *s);

/*
 * Writes what can be written now.  NGX_OK: the queue is empty; NGX_AGAIN: the
 * rest waits for the socket; NGX_ERROR: the connection is broken (logged).
 */
ngx_int_t ngx_http_chat_output_flush(ngx_http_chat_session_t *s);

/* Drops all frames of which nothing is on the wire. */
void ngx_http_chat_output_drop(ngx_http_chat_session_t *s);

/* Gives back all frames and leaves the dirty queue; for destroy. */
void ngx_http_chat_output_close(ngx_http_chat_session_t *s);

ngx_uint_t ngx_http_chat_output_empty(const ngx_http_chat_session_t *s);

/* Bytes of the worker's scratch, for one call at a time. */
u_char *ngx_http_chat_output_scratch(size_t *size);


#endif /* NGX_HTTP_CHAT_OUTPUT_H_INCLUDED */
