
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The transport: who owns the connection after the 101, and its events.
 *
 * Detached (the default), the HTTP request is freed and the session owns the
 * connection; with "chat_detach off", or when somebody else still holds the
 * request, the request stays and lends its handlers.  Above this file nobody
 * sees the difference.
 */


#ifndef NGX_HTTP_CHAT_TRANSPORT_H_INCLUDED
#define NGX_HTTP_CHAT_TRANSPORT_H_INCLUDED


#include "ngx_http_chat_session.h"


/*
 * To be called from a content handler that has sent the 101: takes the
 * connection over as soon as the response is on the wire, and opens the
 * session.  ctx lies in the request's pool.  Always returns NGX_DONE.
 */
ngx_int_t ngx_http_chat_transport_upgrade(ngx_http_request_t *r,
    ngx_http_chat_ctx_t *ctx);

/*
 * The same for a request that waits already, and whose context of this module
 * begins with an ngx_http_chat_ctx_t: it is the caller's no more.
 */
void ngx_http_chat_transport_start_later(ngx_http_request_t *r);

/* As recv(): bytes, NGX_AGAIN, 0 at the end, NGX_ERROR. */
ssize_t ngx_http_chat_transport_recv(ngx_http_chat_session_t *s, u_char *buf,
    size_t size);

/* As send(): bytes taken, NGX_AGAIN, NGX_ERROR. */
ssize_t ngx_http_chat_transport_send(ngx_http_chat_session_t *s, u_char *buf,
    size_t size);

/* Wants the next read event; NGX_ERROR: the connection is broken. */
ngx_int_t ngx_http_chat_transport_await_read(ngx_http_chat_session_t *s);

/* Wants no more read events: the peer has said its last. */
ngx_int_t ngx_http_chat_transport_stop_reading(ngx_http_chat_session_t *s);

/* Reads again in the next turn of the event loop. */
void ngx_http_chat_transport_read_later(ngx_http_chat_session_t *s);

/* One timer; wait: a worker that shuts down must wait for it. */
void ngx_http_chat_transport_timer(ngx_http_chat_session_t *s,
    ngx_msec_t after, ngx_uint_t wait);

/* No more bytes will be written: FIN, where the protocol below allows it. */
void ngx_http_chat_transport_shutdown(ngx_http_chat_session_t *s);

/* Writes the access log's line and closes; the connection is gone then. */
void ngx_http_chat_transport_close(ngx_http_chat_session_t *s);


/* For the files of the transport. */

/* Keeps the request and lends its handlers; NGX_ERROR without memory. */
ngx_int_t ngx_http_chat_transport_keep(ngx_http_request_t *r,
    ngx_http_chat_session_t *s);

/* Sets the socket and TLS up for frames. */
void ngx_http_chat_transport_tune(ngx_connection_t *c);

/* The same of a kept request that nginx frames: HTTP/2, HTTP/3. */
ngx_uint_t ngx_http_chat_transport_framed(const ngx_http_chat_session_t *s);
ssize_t ngx_http_chat_transport_send_framed(ngx_http_chat_session_t *s,
    u_char *buf, size_t size);
void ngx_http_chat_transport_end_framed(ngx_http_chat_session_t *s);

/* Ends the kept request, and the connection with it. */
void ngx_http_chat_transport_close_request(ngx_http_chat_session_t *s);

/* An event of the connection; the session may be destroyed. */
void ngx_http_chat_transport_read(ngx_http_chat_session_t *s);
void ngx_http_chat_transport_write(ngx_http_chat_session_t *s);


#endif /* NGX_HTTP_CHAT_TRANSPORT_H_INCLUDED */
