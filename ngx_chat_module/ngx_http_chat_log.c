
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Lines of what happens, written; see the header. */


#include "ngx_http_chat_log.h"
#include "ngx_http_chat_kept.h"


/* s between two complaints about one log */
#define NGX_HTTP_CHAT_LOG_COMPLAINT  60

/* what stands for a value that is not there */
#define NGX_HTTP_CHAT_LOG_NOTHING    '-'


static void ngx_http_chat_log_to_file(ngx_http_chat_log_t *log,
    const ngx_http_chat_notice_t *n);
static void ngx_http_chat_log_to_syslog(ngx_http_chat_log_t *log,
    const ngx_http_chat_notice_t *n);
static size_t ngx_http_chat_log_length(const ngx_http_chat_log_t *log,
    const ngx_http_chat_notice_t *n);
static ngx_uint_t ngx_http_chat_log_wanted(const ngx_http_chat_log_t *log,
    const ngx_http_chat_notice_t *n);
static u_char *ngx_http_chat_log_line(const ngx_http_chat_log_t *log,
    const ngx_http_chat_notice_t *n, u_char *p);
static void ngx_http_chat_log_piece(const ngx_http_chat_log_t *log,
    const ngx_http_chat_log_piece_t *piece, const ngx_http_chat_notice_t *n,
    u_char *buf, ngx_chat_str_t *value);
static ngx_uint_t ngx_http_chat_log_unsafe(ngx_http_chat_escape_e escape,
    u_char ch);
static size_t ngx_http_chat_log_size(ngx_http_chat_escape_e escape,
    const ngx_chat_str_t *value);
static u_char *ngx_http_chat_log_escape(u_char *dst,
    ngx_http_chat_escape_e escape, const ngx_chat_str_t *value);
static ngx_http_chat_log_buffer_t *ngx_http_chat_log_buffer(
    ngx_open_file_t *file);
static void ngx_http_chat_log_write(ngx_http_chat_log_t *log, u_char *p,
    size_t len);


void
ngx_http_chat_log_notice(void *data, const ngx_http_chat_notice_t *n)
{
    ngx_uint_t             i;
    ngx_http_chat_log_t   *log;
    ngx_http_chat_logs_t  *logs;

    logs = data;
    log = logs->logs.elts;

    for (i = 0; i < logs->logs.nelts; i++) {

        if (!ngx_http_chat_log_wanted(&log[i], n)) {
            continue;
        }

        if (log[i].peer != NULL) {
            ngx_http_chat_log_to_syslog(&log[i], n);

        } else {
            ngx_http_chat_log_to_file(&log[i], n);
        }
    }
}


static ngx_uint_t
ngx_http_chat_log_wanted(const ngx_http_chat_log_t *log,
    const ngx_http_chat_notice_t *n)
{
    ngx_chat_str_t  value;

    if ((log->what & ((ngx_uint_t) 1 << n->what)) == 0) {
        return 0;
    }

    if (log->filter == 0) {
        return 1;
    }

    value = ngx_http_chat_kept_get(&n->kept, log->filter - 1);

    return value.len > 1 || (value.len == 1 && value.data[0] != '0');
}


static void
ngx_http_chat_log_to_file(ngx_http_chat_log_t *log,
    const ngx_http_chat_notice_t *n)
{
    size_t                       len;
    u_char                      *p, *line;
    ngx_http_chat_log_buffer_t  *buffer;

    if (ngx_time() == log->disk_full) {
        /* as nginx's own: writing might block */
        return;
    }

    len = ngx_http_chat_log_length(log, n) + NGX_LINEFEED_SIZE;
    buffer = ngx_http_chat_log_buffer(log->file);

    if (buffer != NULL) {

        if (len > (size_t) (buffer->last - buffer->pos)) {
            ngx_http_chat_log_write(log, buffer->start,
                                    (size_t) (buffer->pos - buffer->start));
            buffer->pos = buffer->start;
        }

        if (len <= (size_t) (buffer->last - buffer->pos)) {

            if (buffer->event != NULL && buffer->pos == buffer->start) {
                ngx_add_timer(buffer->event, buffer->flush);
            }

            p = ngx_http_chat_log_line(log, n, buffer->pos);
            ngx_linefeed(p);
            buffer->pos = p;

            return;
        }

        if (buffer->event != NULL && buffer->event->timer_set) {
            ngx_del_timer(buffer->event);
        }
    }

    line = ngx_alloc(len, ngx_cycle->log);
    if (line == NULL) {
        return;
    }

    p = ngx_http_chat_log_line(log, n, line);
    ngx_linefeed(p);

    ngx_http_chat_log_write(log, line, (size_t) (p - line));

    ngx_free(line);
}


static void
ngx_http_chat_log_to_syslog(ngx_http_chat_log_t *log,
    const ngx_http_chat_notice_t *n)
{
    size_t   len;
    time_t   now;
    u_char  *p, *line;
    ssize_t  sent;

    len = sizeof("<255>Jan 01 00:00:00 ") - 1 + ngx_cycle->hostname.len + 1
          + log->peer->tag.len + 2 + ngx_http_chat_log_length(log, n);

    line = ngx_alloc(len, ngx_cycle->log);
    if (line == NULL) {
        return;
    }

    p = ngx_syslog_add_header(log->peer, line);
    p = ngx_http_chat_log_line(log, n, p);

    len = (size_t) (p - line);
    sent = ngx_syslog_send(log->peer, line, len);
    now = ngx_time();

    if (sent != (ssize_t) len
        && now - log->failed >= NGX_HTTP_CHAT_LOG_COMPLAINT)
    {
        log->failed = now;
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "send() of a chat log to syslog failed: %z of %uz",
                      sent, len);
    }

    ngx_free(line);
}


static size_t
ngx_http_chat_log_length(const ngx_http_chat_log_t *log,
    const ngx_http_chat_notice_t *n)
{
    size_t                      len;
    u_char                      buf[NGX_HTTP_CHAT_LOG_VALUE_LEN];
    ngx_uint_t                  i;
    ngx_chat_str_t              value;
    ngx_http_chat_log_piece_t  *piece;

    piece = log->format->pieces.elts;
    len = 0;

    for (i = 0; i < log->format->pieces.nelts; i++) {

        if (piece[i].text.data != NULL) {
            len += piece[i].text.len;
            continue;
        }

        ngx_http_chat_log_piece(log, &piece[i], n, buf, &value);
        len += ngx_http_chat_log_size(log->format->escape, &value);
    }

    return len;
}


/* Without its end. */

static u_char *
ngx_http_chat_log_line(const ngx_http_chat_log_t *log,
    const ngx_http_chat_notice_t *n, u_char *p)
{
    u_char                      buf[NGX_HTTP_CHAT_LOG_VALUE_LEN];
    ngx_uint_t                  i;
    ngx_chat_str_t              value;
    ngx_http_chat_log_piece_t  *piece;

    piece = log->format->pieces.elts;

    for (i = 0; i < log->format->pieces.nelts; i++) {

        if (piece[i].text.data != NULL) {
            p = ngx_cpymem(p, piece[i].text.data, piece[i].text.len);
            continue;
        }

        ngx_http_chat_log_piece(log, &piece[i], n, buf, &value);
        p = ngx_http_chat_log_escape(p, log->format->escape, &value);
    }

    return p;
}


static void
ngx_http_chat_log_piece(const ngx_http_chat_log_t *log,
    const ngx_http_chat_log_piece_t *piece, const ngx_http_chat_notice_t *n,
    u_char *buf, ngx_chat_str_t *value)
{
    static const u_char  nothing = NGX_HTTP_CHAT_LOG_NOTHING;

    value->len = 0;
    value->data = NULL;

    if (piece->value != NULL) {
        piece->value(n, buf, value);

    } else {
        *value = ngx_http_chat_kept_get(&n->kept, log->kept + piece->kept);
    }

    if (value->len == 0
        && log->format->escape == NGX_HTTP_CHAT_ESCAPE_DEFAULT)
    {
        value->len = 1;
        value->data = &nothing;
    }
}


/*
 * As nginx's own "default", which lets nothing through but ASCII that can be
 * printed; and of "none" at least no control character, so that nobody's name
 * is two lines.
 */

static ngx_uint_t
ngx_http_chat_log_unsafe(ngx_http_chat_escape_e escape, u_char ch)
{
    if (ch < 0x20 || ch == 0x7f) {
        return 1;
    }

    return escape == NGX_HTTP_CHAT_ESCAPE_DEFAULT
           && (ch == '"' || ch == '\\' || ch >= 0x80);
}


static size_t
ngx_http_chat_log_size(ngx_http_chat_escape_e escape,
    const ngx_chat_str_t *value)
{
    size_t  i, size;

    size = value->len;

    if (escape == NGX_HTTP_CHAT_ESCAPE_JSON) {
        return size + ngx_escape_json(NULL, (u_char *) value->data, size);
    }

    for (i = 0; i < value->len; i++) {
        size += 3 * ngx_http_chat_log_unsafe(escape, value->data[i]);
    }

    return size;
}


static u_char *
ngx_http_chat_log_escape(u_char *dst, ngx_http_chat_escape_e escape,
    const ngx_chat_str_t *value)
{
    size_t  i;
    u_char  ch;

    static const u_char  hex[] = "0123456789ABCDEF";

    if (escape == NGX_HTTP_CHAT_ESCAPE_JSON) {
        return (u_char *) ngx_escape_json(dst, (u_char *) value->data,
                                          value->len);
    }

    for (i = 0; i < value->len; i++) {
        ch = value->data[i];

        if (!ngx_http_chat_log_unsafe(escape, ch)) {
            *dst++ = ch;
            continue;
        }

        *dst++ = '\\';
        *dst++ = 'x';
        *dst++ = hex[ch >> 4];
        *dst++ = hex[ch & 15];
    }

    return dst;
}


/* An "access_log" may have the same file, and a buffer of its own. */

static ngx_http_chat_log_buffer_t *
ngx_http_chat_log_buffer(ngx_open_file_t *file)
{
    return (file->flush == ngx_http_chat_log_flush) ? file->data : NULL;
}


static void
ngx_http_chat_log_write(ngx_http_chat_log_t *log, u_char *p, size_t len)
{
    time_t     now;
    ssize_t    n;
    ngx_err_t  err;

    n = ngx_write_fd(log->file->fd, p, len);

    if (n == (ssize_t) len) {
        return;
    }

    err = (n == -1) ? ngx_errno : 0;
    now = ngx_time();

    if (err == NGX_ENOSPC) {
        log->disk_full = now;
    }

    if (now - log->failed >= NGX_HTTP_CHAT_LOG_COMPLAINT) {
        log->failed = now;
        ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, err,
                      ngx_write_fd_n " to \"%s\" failed: %z of %uz",
                      log->file->name.data, n, len);
    }
}


void
ngx_http_chat_log_flush(ngx_open_file_t *file, ngx_log_t *log)
{
    size_t                       len;
    ssize_t                      n;
    ngx_http_chat_log_buffer_t  *buffer;

    buffer = file->data;
    len = (size_t) (buffer->pos - buffer->start);

    if (len == 0) {
        return;
    }

    n = ngx_write_fd(file->fd, buffer->start, len);

    if (n != (ssize_t) len) {
        ngx_log_error(NGX_LOG_ALERT, log, (n == -1) ? ngx_errno : 0,
                      ngx_write_fd_n " to \"%s\" failed: %z of %uz",
                      file->name.data, n, len);
    }

    buffer->pos = buffer->start;

    if (buffer->event != NULL && buffer->event->timer_set) {
        ngx_del_timer(buffer->event);
    }
}


void
ngx_http_chat_log_flush_handler(ngx_event_t *ev)
{
    ngx_http_chat_log_flush(ev->data, ev->log);
}


void
ngx_http_chat_log_exit(ngx_cycle_t *cycle)
{
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_open_file_t  *file;

    for (part = &cycle->open_files.part; part != NULL; part = part->next) {
        file = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (file[i].flush == ngx_http_chat_log_flush) {
                ngx_http_chat_log_flush(&file[i], cycle->log);
            }
        }
    }
}
