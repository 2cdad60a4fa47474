
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * What the header of a client's frame may say.
 */


#include "ngx_chat_ws_rules.h"


static ngx_chat_ws_error_e ngx_chat_ws_judge_first(
    const ngx_chat_ws_header_t *h, const ngx_chat_ws_message_t *m,
    const ngx_chat_ws_limits_t *limits);
static ngx_chat_ws_error_e ngx_chat_ws_judge_length(
    const ngx_chat_ws_header_t *h, const ngx_chat_ws_message_t *m,
    const ngx_chat_ws_limits_t *limits);


static const ngx_chat_ws_fault_t  ngx_chat_ws_faults[] = {
    { 1000, "made no error" },
    { 1002, "sent unmasked frame" },
    { 1002, "sent frame with reserved bits" },
    { 1002, "sent frame with reserved opcode" },
    { 1002, "sent frame length not in its shortest form" },
    { 1002, "sent frame length with its top bit set" },
    { 1002, "sent too long control frame" },
    { 1002, "sent fragmented control frame" },
    { 1002, "sent continuation of no message" },
    { 1002, "sent message inside a fragmented one" },
    { 1002, "sent close frame of one byte" },
    { 1002, "sent invalid close code" },
    { 1007, "sent close reason that is not UTF-8" },
    { 1003, "sent binary message" },
    { 1007, "sent text that is not UTF-8" },
    { 1008, "sent message in too many fragments" },
    { 1009, "sent too large message" },
    { 1011, "found the server out of memory" }
};


ngx_chat_ws_error_e
ngx_chat_ws_judge(const ngx_chat_ws_header_t *h, size_t n,
    const ngx_chat_ws_message_t *m, const ngx_chat_ws_limits_t *limits)
{
    ngx_chat_ws_error_e  error;

    error = ngx_chat_ws_judge_first(h, m, limits);

    if (error != NGX_CHAT_WS_OK || n < 2) {
        return error;
    }

    /* RFC 6455, 5.1.  Overview */

    if (!h->masked) {
        return NGX_CHAT_WS_UNMASKED;
    }

    /* RFC 6455, 5.5.  Control Frames */

    if (h->opcode >= NGX_CHAT_WS_CLOSE && h->length_form != 0) {
        return NGX_CHAT_WS_CONTROL_LENGTH;
    }

    if (n < 2 + (size_t) h->length_form) {
        return NGX_CHAT_WS_OK;
    }

    return ngx_chat_ws_judge_length(h, m, limits);
}


static ngx_chat_ws_error_e
ngx_chat_ws_judge_first(const ngx_chat_ws_header_t *h,
    const ngx_chat_ws_message_t *m, const ngx_chat_ws_limits_t *limits)
{
    /* RFC 6455, 5.2.  Base Framing Protocol */

    if (h->rsv != 0) {
        return NGX_CHAT_WS_RESERVED_BITS;
    }

    if (h->opcode >= NGX_CHAT_WS_CLOSE) {

        if (h->opcode > NGX_CHAT_WS_PONG) {
            return NGX_CHAT_WS_RESERVED_OPCODE;
        }

        /* RFC 6455, 5.5.  Control Frames */

        return h->fin ? NGX_CHAT_WS_OK : NGX_CHAT_WS_CONTROL_FRAGMENT;
    }

    if (h->opcode > NGX_CHAT_WS_BINARY) {
        return NGX_CHAT_WS_RESERVED_OPCODE;
    }

    /* RFC 6455, 5.4.  Fragmentation */

    if (h->opcode == NGX_CHAT_WS_CONTINUATION) {

        if (m->opcode == 0) {
            return NGX_CHAT_WS_NO_MESSAGE;
        }

        if (limits->fragments_max != 0
            && m->fragments >= limits->fragments_max)
        {
            return NGX_CHAT_WS_FRAGMENTS;
        }

        return NGX_CHAT_WS_OK;
    }

    if (m->opcode != 0) {
        return NGX_CHAT_WS_INTERLEAVED;
    }

    if (h->opcode == NGX_CHAT_WS_BINARY && !limits->binary) {
        return NGX_CHAT_WS_BINARY_REFUSED;
    }

    return NGX_CHAT_WS_OK;
}


static ngx_chat_ws_error_e
ngx_chat_ws_judge_length(const ngx_chat_ws_header_t *h,
    const ngx_chat_ws_message_t *m, const ngx_chat_ws_limits_t *limits)
{
    /* RFC 6455, 5.2.  Base Framing Protocol */

    if (h->length > INT64_MAX) {
        return NGX_CHAT_WS_LENGTH_SIGN;
    }

    if (ngx_chat_ws_header_size(h->length) != 2 + (size_t) h->length_form) {
        return NGX_CHAT_WS_LENGTH_FORM;
    }

    if (h->opcode >= NGX_CHAT_WS_CLOSE) {

        /* RFC 6455, 5.5.1.  Close */

        if (h->opcode == NGX_CHAT_WS_CLOSE && h->length == 1) {
            return NGX_CHAT_WS_CLOSE_LENGTH;
        }

        return NGX_CHAT_WS_OK;
    }

    if (limits->message_max != 0
        && h->length > limits->message_max - m->len)
    {
        return NGX_CHAT_WS_TOO_LARGE;
    }

    return NGX_CHAT_WS_OK;
}


const ngx_chat_ws_fault_t *
ngx_chat_ws_fault(ngx_chat_ws_error_e error)
{
    return &ngx_chat_ws_faults[error];
}
