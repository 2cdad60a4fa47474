
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * From the bytes of a client to WebSocket events (RFC 6455, sections 5 to 8).
 *
 * The reader keeps nothing between two messages but a NULL pointer.  A frame
 * that lies whole in the caller's buffer is unmasked in place and handed out
 * from there; only what is incomplete is copied to memory of the reader, which
 * grows with the bytes that came, never with the length that was claimed.
 */


#ifndef NGX_CHAT_WS_READER_H_INCLUDED
#define NGX_CHAT_WS_READER_H_INCLUDED


#include "ngx_chat_ws_rules.h"


typedef enum {
    NGX_CHAT_WS_EV_AGAIN = 0,  /* all input is taken, nothing is complete */
    NGX_CHAT_WS_EV_MESSAGE,    /* a whole text or binary message */
    NGX_CHAT_WS_EV_PING,
    NGX_CHAT_WS_EV_PONG,
    NGX_CHAT_WS_EV_CLOSE,      /* the peer's close frame */
    NGX_CHAT_WS_EV_ERROR       /* the connection must be failed */
} ngx_chat_ws_event_e;


typedef struct ngx_chat_ws_partial_s  ngx_chat_ws_partial_t;

typedef struct {
    ngx_chat_ws_partial_t  *partial;   /* NULL: nothing is incomplete */
} ngx_chat_ws_reader_t;


typedef struct {
    ngx_chat_ws_event_e   event;
    uint8_t               opcode;  /* of a message: text or binary */
    uint16_t              code;    /* of a close; 1005 if it named none */
    ngx_chat_ws_error_e   error;   /* of an error */
    unsigned char        *data;    /* payload, or a close's reason */
    size_t                len;
} ngx_chat_ws_event_t;


/* A reader of all zero bytes is ready for use. */

/*
 * Takes bytes from *pos up to end until an event is complete, and moves *pos
 * behind what was taken.  The bytes are changed in place (unmasked).  The
 * event's data is valid until the next call for this reader or until the
 * input's bytes go.  Call again until NGX_CHAT_WS_EV_AGAIN; after an error
 * only ngx_chat_ws_reader_close() may be called.  A text is checked as it
 * comes: the first byte that cannot be UTF-8 is an error at once.
 */
ngx_chat_ws_event_e ngx_chat_ws_reader_next(ngx_chat_ws_reader_t *r,
    const ngx_chat_ws_limits_t *limits, unsigned char **pos,
    unsigned char *end, ngx_chat_ws_event_t *ev);

/* Returns 1 if a message or a frame has begun and is not complete. */
int ngx_chat_ws_reader_pending(const ngx_chat_ws_reader_t *r);

/* Gives all memory back; the reader is as new. */
void ngx_chat_ws_reader_close(ngx_chat_ws_reader_t *r,
    const ngx_chat_ws_limits_t *limits);


#endif /* NGX_CHAT_WS_READER_H_INCLUDED */
