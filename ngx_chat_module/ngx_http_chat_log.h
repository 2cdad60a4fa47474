
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The logs of what happens: a line for each notice, in a format.
 *
 * A format is compiled to pieces: text, values of the notice, and values that
 * were kept of the request.  Of an idle connection nothing is kept but the
 * latter.
 */


#ifndef NGX_HTTP_CHAT_LOG_H_INCLUDED
#define NGX_HTTP_CHAT_LOG_H_INCLUDED


#include "ngx_http_chat_notice.h"


/* a number or a time as text */
#define NGX_HTTP_CHAT_LOG_VALUE_LEN  64


typedef enum {
    NGX_HTTP_CHAT_ESCAPE_DEFAULT = 0,
    NGX_HTTP_CHAT_ESCAPE_JSON,
    NGX_HTTP_CHAT_ESCAPE_NONE
} ngx_http_chat_escape_e;


/*
 * The text of a value, in buf of NGX_HTTP_CHAT_LOG_VALUE_LEN bytes or in what
 * the notice points to; empty if it has none.
 */
typedef void (*ngx_http_chat_log_value_pt)(const ngx_http_chat_notice_t *n,
    u_char *buf, ngx_chat_str_t *value);


/* A piece of a line: a text, a value, or (both NULL) one that was kept. */

typedef struct {
    ngx_str_t                    text;
    ngx_http_chat_log_value_pt   value;
    ngx_uint_t                   kept;     /* number, from the log's own */
} ngx_http_chat_log_piece_t;


typedef struct {
    ngx_str_t                    name;
    ngx_array_t                  pieces;   /* of ngx_http_chat_log_piece_t */
    ngx_array_t                  kept;     /* of ngx_http_complex_value_t */
    ngx_http_chat_escape_e       escape;
} ngx_http_chat_log_format_t;


/*
 * Begins as nginx's own buffers of logs do: both may have the same file, and
 * look at what is there.
 */

typedef struct {
    u_char                      *start;
    u_char                      *pos;
    u_char                      *last;

    ngx_event_t                 *event;
    ngx_msec_t                   flush;
    ngx_int_t                    gzip;     /* never here */
} ngx_http_chat_log_buffer_t;


typedef struct {
    ngx_open_file_t             *file;     /* or */
    ngx_syslog_peer_t           *peer;
    ngx_http_chat_log_format_t  *format;
    ngx_uint_t                   kept;     /* number of its first value */
    ngx_uint_t                   filter;   /* the same of "if=", plus 1, or 0 */
    ngx_uint_t                   what;     /* bits of ..._notice_e */
    time_t                       disk_full;
    time_t                       failed;   /* when it was said last */
} ngx_http_chat_log_t;


/* What "chat_log" makes of a level of the configuration. */

struct ngx_http_chat_logs_s {
    ngx_array_t                  logs;     /* of ngx_http_chat_log_t */
    ngx_array_t                  kept;     /* of ngx_http_complex_value_t */
};


/* An observer; data is an ngx_http_chat_logs_t. */
void ngx_http_chat_log_notice(void *data, const ngx_http_chat_notice_t *n);

/* Of a file with a buffer. */
void ngx_http_chat_log_flush(ngx_open_file_t *file, ngx_log_t *log);
void ngx_http_chat_log_flush_handler(ngx_event_t *ev);

/* The worker ends: nginx has flushed its files before the last lines came. */
void ngx_http_chat_log_exit(ngx_cycle_t *cycle);

/* The value of a variable of that name, without the dollar; or NULL. */
ngx_http_chat_log_value_pt ngx_http_chat_log_value(const ngx_str_t *name);


#endif /* NGX_HTTP_CHAT_LOG_H_INCLUDED */
