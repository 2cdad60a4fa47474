
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Drain: how the sessions of a worker that shuts down are sent away.
 *
 * nginx waits, at a graceful exit, for timers that cannot be cancelled, and
 * for nothing else; and it has no hook for the exit's begin.  So a connection
 * without a socket is marked idle: nginx closes idle connections first, and
 * that call begins the drain, whose timer keeps the worker until all sessions
 * had their close frame.
 */


#ifndef NGX_HTTP_CHAT_DRAIN_H_INCLUDED
#define NGX_HTTP_CHAT_DRAIN_H_INCLUDED


#include "ngx_http_chat_session.h"


/*
 * Watches for the exit of this worker.  time: the sessions are closed in
 * random order over so many milliseconds, 0: at once.
 */
ngx_int_t ngx_http_chat_drain_init(ngx_cycle_t *cycle, ngx_msec_t time);

/* Closes a session of a worker that goes: 4200, or 1012 in raw mode. */
void ngx_http_chat_drain_session(ngx_http_chat_session_t *s);

/* Gives the watcher back. */
void ngx_http_chat_drain_exit(void);

/*
 * Checks that this module and the running nginx agree on the layout of a
 * connection: distributions have patched it under an unchanged version and
 * signature.  NGX_ERROR, logged at emerg, if not.
 */
ngx_int_t ngx_http_chat_drain_check_layout(ngx_cycle_t *cycle);


#endif /* NGX_HTTP_CHAT_DRAIN_H_INCLUDED */
