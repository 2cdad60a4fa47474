
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The codec of WebSocket frame headers, masks and close payloads (RFC 6455,
 * sections 5.2, 5.3, 5.5.1 and 7.4).
 */


#ifndef NGX_CHAT_WS_FRAME_H_INCLUDED
#define NGX_CHAT_WS_FRAME_H_INCLUDED


#include <stddef.h>
#include <stdint.h>


/* RFC 6455, 5.2.  Base Framing Protocol: opcodes */

#define NGX_CHAT_WS_CONTINUATION    0x0
#define NGX_CHAT_WS_TEXT            0x1
#define NGX_CHAT_WS_BINARY          0x2
#define NGX_CHAT_WS_CLOSE           0x8
#define NGX_CHAT_WS_PING            0x9
#define NGX_CHAT_WS_PONG            0xa

#define NGX_CHAT_WS_FIN             0x80

/* an unmasked header is 2, 4 or 10 bytes, a masked one 4 more */

#define NGX_CHAT_WS_SERVER_HEADER_MAX  10
#define NGX_CHAT_WS_CLIENT_HEADER_MAX  14

/* RFC 6455, 5.5.  Control Frames: payload of 125 bytes or less */

#define NGX_CHAT_WS_CONTROL_MAX     125

/* what a close frame without a code is reported as, RFC 6455, 7.1.5 */

#define NGX_CHAT_WS_NO_STATUS       1005


typedef struct {
    uint64_t  length;          /* payload bytes, as the peer claims */
    uint8_t   fin;             /* 0 or 1 */
    uint8_t   rsv;             /* RSV1..RSV3 as bits 4, 2, 1 */
    uint8_t   opcode;
    uint8_t   masked;          /* 0 or 1 */
    uint8_t   length_form;     /* bytes of the extended length: 0, 2 or 8 */
    uint8_t   key[4];          /* valid if masked */
} ngx_chat_ws_header_t;


/*
 * Reads a frame header from the n bytes at p.  Returns the header's length in
 * bytes, or 0 if more bytes are needed; then those members are set whose bytes
 * are there, the others are zero.  Judges nothing: what a header may say is the
 * reader's rule.
 */
size_t ngx_chat_ws_header_parse(ngx_chat_ws_header_t *h,
    const unsigned char *p, size_t n);

/* Length in bytes of an unmasked header for such a payload: 2, 4 or 10. */
size_t ngx_chat_ws_header_size(uint64_t length);

/*
 * Writes an unmasked header; first is the first byte (FIN, RSV, opcode).
 * Needs ngx_chat_ws_header_size(length) bytes, which it returns.
 */
size_t ngx_chat_ws_header_encode(unsigned char *p, unsigned first,
    uint64_t length);

/*
 * Masks or unmasks n bytes in place; offset is how many bytes of the payload
 * came before p.  Any alignment, any length.
 */
void ngx_chat_ws_mask(unsigned char *p, size_t n, const uint8_t key[4],
    uint64_t offset);

/* Returns 1 if the code may stand in a close frame, RFC 6455, 7.4. */
int ngx_chat_ws_close_code_valid(unsigned code);

/*
 * Writes a close payload (code and reason; the reason is cut at a code point
 * so that it fits into 125 bytes), or an empty one if the code is
 * NGX_CHAT_WS_NO_STATUS.  p has room for 125 bytes.  Returns the payload's
 * length.
 */
size_t ngx_chat_ws_close_encode(unsigned char *p, unsigned code,
    const char *reason, size_t len);


#endif /* NGX_CHAT_WS_FRAME_H_INCLUDED */
