
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * What the header of a client's frame may say, and the close code of each
 * fault of a client (RFC 6455, sections 5 to 8).
 */


#ifndef NGX_CHAT_WS_RULES_H_INCLUDED
#define NGX_CHAT_WS_RULES_H_INCLUDED


#include "ngx_chat_ws_frame.h"


typedef enum {
    NGX_CHAT_WS_OK = 0,
    NGX_CHAT_WS_UNMASKED,          /* 1002; 5.1 */
    NGX_CHAT_WS_RESERVED_BITS,     /* 1002; 5.2 */
    NGX_CHAT_WS_RESERVED_OPCODE,   /* 1002; 5.2 */
    NGX_CHAT_WS_LENGTH_FORM,       /* 1002; 5.2, not the shortest form */
    NGX_CHAT_WS_LENGTH_SIGN,       /* 1002; 5.2, top bit of 64 is set */
    NGX_CHAT_WS_CONTROL_LENGTH,    /* 1002; 5.5 */
    NGX_CHAT_WS_CONTROL_FRAGMENT,  /* 1002; 5.5 */
    NGX_CHAT_WS_NO_MESSAGE,        /* 1002; 5.4, continues nothing */
    NGX_CHAT_WS_INTERLEAVED,       /* 1002; 5.4, message inside a message */
    NGX_CHAT_WS_CLOSE_LENGTH,      /* 1002; 5.5.1, payload of one byte */
    NGX_CHAT_WS_CLOSE_CODE,        /* 1002; 7.4 */
    NGX_CHAT_WS_CLOSE_TEXT,        /* 1007; 5.5.1, reason is not UTF-8 */
    NGX_CHAT_WS_BINARY_REFUSED,    /* 1003 */
    NGX_CHAT_WS_NOT_UTF8,          /* 1007; 8.1 */
    NGX_CHAT_WS_FRAGMENTS,         /* 1008 */
    NGX_CHAT_WS_TOO_LARGE,         /* 1009 */
    NGX_CHAT_WS_NO_MEMORY          /* 1011 */
} ngx_chat_ws_error_e;


typedef struct {
    uint16_t     code;             /* close code to send */
    const char  *text;             /* to send and log: what the client did */
} ngx_chat_ws_fault_t;


typedef struct {
    size_t       message_max;      /* bytes of a message, 0: no limit */
    uint32_t     fragments_max;    /* frames of a message, 0: no limit */
    unsigned     binary:1;         /* binary messages are welcome */

    /* as realloc(); size 0 frees and returns NULL */
    void      *(*memory)(void *ctx, void *p, size_t size);
    void        *ctx;
} ngx_chat_ws_limits_t;


/* A message whose last frame has not come; of all zeros: there is none. */

typedef struct {
    size_t       len;              /* bytes of its frames */
    uint32_t     fragments;        /* its frames */
    uint8_t      opcode;           /* text or binary */
} ngx_chat_ws_message_t;


/*
 * Judges a header of which n bytes, one at least, went into
 * ngx_chat_ws_header_parse(), by the order of its bytes: the fault found does
 * not depend on how many of the bytes behind it are there.
 */
ngx_chat_ws_error_e ngx_chat_ws_judge(const ngx_chat_ws_header_t *h, size_t n,
    const ngx_chat_ws_message_t *m, const ngx_chat_ws_limits_t *limits);

/* Close code and clause of an error other than NGX_CHAT_WS_OK. */
const ngx_chat_ws_fault_t *ngx_chat_ws_fault(ngx_chat_ws_error_e error);


#endif /* NGX_CHAT_WS_RULES_H_INCLUDED */
