
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The directive chat_log; see the header. */


#include "ngx_http_chat_conf_log.h"


/* The parameters of a "chat_log" behind its file and format. */

typedef struct {
    ssize_t                    size;
    ngx_msec_t                 flush;
    ngx_str_t                  filter;
    ngx_uint_t                 what;
} ngx_http_chat_conf_log_t;


static ngx_http_chat_logs_t *ngx_http_chat_conf_logs(ngx_conf_t *cf,
    ngx_http_chat_loc_conf_t *conf);
static const char *ngx_http_chat_conf_log_parameter(
    ngx_http_chat_conf_log_t *p, ngx_str_t *value);
static const char *ngx_http_chat_conf_log_events(ngx_http_chat_conf_log_t *p,
    ngx_str_t *list);
static char *ngx_http_chat_conf_log_open(ngx_conf_t *cf,
    ngx_http_chat_log_t *log, ngx_str_t *name, ngx_http_chat_conf_log_t *p);
static char *ngx_http_chat_conf_log_buffer(ngx_conf_t *cf,
    ngx_open_file_t *file, ngx_http_chat_conf_log_t *p);
static char *ngx_http_chat_conf_log_keep(ngx_conf_t *cf,
    ngx_http_chat_logs_t *logs, ngx_http_chat_log_t *log, ngx_str_t *filter);


/*
 * chat_log off
 *          | <file>|syslog:<...> [<format>] [buffer=<size> [flush=<time>]]
 *            [events=<event>,...] [if=<condition>]
 */

char *
ngx_http_chat_set_log(ngx_conf_t *cf, ngx_command_t *cmd, void *data)
{
    ngx_http_chat_loc_conf_t *conf = data;

    ngx_str_t                  *value, name;
    ngx_uint_t                  i;
    const char                 *fault;
    ngx_http_chat_log_t        *log;
    ngx_http_chat_logs_t       *logs;
    ngx_http_chat_conf_log_t    p;

    (void) cmd;

    value = cf->args->elts;

    if (conf->logs == NULL
        || (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0))
    {
        if (conf->logs != NGX_CONF_UNSET_PTR) {
            return "is duplicate";
        }

        conf->logs = NULL;
        return NGX_CONF_OK;
    }

    logs = ngx_http_chat_conf_logs(cf, conf);
    log = (logs != NULL) ? ngx_array_push(&logs->logs) : NULL;

    if (log == NULL || ngx_http_chat_conf_format_known(cf) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(log, sizeof(ngx_http_chat_log_t));
    ngx_memzero(&p, sizeof(ngx_http_chat_conf_log_t));
    ngx_str_set(&name, NGX_HTTP_CHAT_LOG_DEFAULT);

    i = 2;

    if (cf->args->nelts > 2 && ngx_strchr(value[2].data, '=') == NULL) {
        name = value[2];
        i = 3;
    }

    log->format = ngx_http_chat_conf_format_find(cf, &name);

    if (log->format == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "unknown format \"%V\" of \"chat_log\", "
                           "\"chat_log_format\" must stand before", &name);
        return NGX_CONF_ERROR;
    }

    for ( /* void */ ; i < cf->args->nelts; i++) {
        fault = ngx_http_chat_conf_log_parameter(&p, &value[i]);

        if (fault != NULL) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid parameter \"%V\" of \"chat_log\": %s",
                               &value[i], fault);
            return NGX_CONF_ERROR;
        }
    }

    log->what = (p.what != 0) ? p.what
                : ((ngx_uint_t) 1 << NGX_HTTP_CHAT_NOTICE_COUNT) - 1;

    if (ngx_http_chat_conf_log_keep(cf, logs, log, &p.filter) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    return ngx_http_chat_conf_log_open(cf, log, &value[1], &p);
}


static ngx_http_chat_logs_t *
ngx_http_chat_conf_logs(ngx_conf_t *cf, ngx_http_chat_loc_conf_t *conf)
{
    ngx_http_chat_logs_t  *logs;

    if (conf->logs != NGX_CONF_UNSET_PTR) {
        return conf->logs;
    }

    logs = ngx_pcalloc(cf->pool, sizeof(ngx_http_chat_logs_t));

    if (logs == NULL
        || ngx_array_init(&logs->logs, cf->pool, 1,
                          sizeof(ngx_http_chat_log_t)) != NGX_OK
        || ngx_array_init(&logs->kept, cf->pool, 4,
                          sizeof(ngx_http_complex_value_t)) != NGX_OK)
    {
        return NULL;
    }

    conf->logs = logs;

    return logs;
}


static const char *
ngx_http_chat_conf_log_parameter(ngx_http_chat_conf_log_t *p,
    ngx_str_t *value)
{
    ngx_str_t  s;

#define ngx_http_chat_begins(word)                                            \
    (ngx_strncmp(value->data, word, sizeof(word) - 1) == 0                    \
     && (s.data = value->data + sizeof(word) - 1,                             \
         s.len = value->len - (sizeof(word) - 1),                             \
         s.len != 0))

    if (ngx_http_chat_begins("buffer=")) {
        p->size = ngx_parse_size(&s);

        return (p->size < 1) ? "a size is needed, as 64k" : NULL;
    }

    if (ngx_http_chat_begins("flush=")) {
        p->flush = (ngx_msec_t) ngx_parse_time(&s, 0);

        return (p->flush == (ngx_msec_t) NGX_ERROR || p->flush == 0)
               ? "a time is needed, as 5s" : NULL;
    }

    if (ngx_http_chat_begins("if=")) {
        p->filter = s;
        return NULL;
    }

    if (ngx_http_chat_begins("events=")) {
        return ngx_http_chat_conf_log_events(p, &s);
    }

#undef ngx_http_chat_begins

    return "there is no such parameter";
}


static const char *
ngx_http_chat_conf_log_events(ngx_http_chat_conf_log_t *p, ngx_str_t *list)
{
    size_t       len;
    u_char      *pos, *end, *last;
    ngx_uint_t   i;

    last = list->data + list->len;

    for (pos = list->data; pos <= last; pos = end + 1) {
        end = ngx_strlchr(pos, last, ',');

        if (end == NULL) {
            end = last;
        }

        len = (size_t) (end - pos);

        for (i = 0; i < NGX_HTTP_CHAT_NOTICE_COUNT; i++) {

            if (ngx_strlen(ngx_http_chat_notice_names[i]) == len
                && ngx_strncmp(pos, ngx_http_chat_notice_names[i], len) == 0)
            {
                break;
            }
        }

        if (i == NGX_HTTP_CHAT_NOTICE_COUNT) {
            return "each event is one of \"open\", \"login\", \"join\", "
                   "\"leave\", \"refusal\", \"moderation\", \"close\"";
        }

        p->what |= (ngx_uint_t) 1 << i;
    }

    return NULL;
}


/* Which values of a request the log needs, behind those of others. */

static char *
ngx_http_chat_conf_log_keep(ngx_conf_t *cf, ngx_http_chat_logs_t *logs,
    ngx_http_chat_log_t *log, ngx_str_t *filter)
{
    ngx_uint_t                 n;
    ngx_http_complex_value_t  *cv;

    log->kept = logs->kept.nelts;
    n = log->format->kept.nelts;

    if (n != 0) {
        cv = ngx_array_push_n(&logs->kept, n);
        if (cv == NULL) {
            return NGX_CONF_ERROR;
        }

        ngx_memcpy(cv, log->format->kept.elts,
                   n * sizeof(ngx_http_complex_value_t));
    }

    if (filter->len == 0) {
        return NGX_CONF_OK;
    }

    if (ngx_http_chat_conf_complex(cf, &logs->kept, filter) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    log->filter = logs->kept.nelts;

    return NGX_CONF_OK;
}


static char *
ngx_http_chat_conf_log_open(ngx_conf_t *cf, ngx_http_chat_log_t *log,
    ngx_str_t *name, ngx_http_chat_conf_log_t *p)
{
    if (p->flush != 0 && p->size == 0) {
        return "has a \"flush\" and no \"buffer\"";
    }

    if (ngx_strncmp(name->data, "syslog:", 7) == 0) {

        if (p->size != 0) {
            return "to syslog cannot be buffered";
        }

        log->peer = ngx_pcalloc(cf->pool, sizeof(ngx_syslog_peer_t));
        if (log->peer == NULL) {
            return NGX_CONF_ERROR;
        }

        return ngx_syslog_process_conf(cf, log->peer);
    }

    if (ngx_http_script_variables_count(name) != 0) {
        return "cannot have variables in the name of its file";
    }

    log->file = ngx_conf_open_file(cf->cycle, name);
    if (log->file == NULL) {
        return NGX_CONF_ERROR;
    }

    return (p->size != 0) ? ngx_http_chat_conf_log_buffer(cf, log->file, p)
                          : NGX_CONF_OK;
}


static char *
ngx_http_chat_conf_log_buffer(ngx_conf_t *cf, ngx_open_file_t *file,
    ngx_http_chat_conf_log_t *p)
{
    ngx_http_chat_log_buffer_t  *buffer;

    buffer = file->data;

    if (buffer != NULL) {

        if (file->flush != ngx_http_chat_log_flush
            || buffer->last - buffer->start != p->size
            || buffer->flush != p->flush)
        {
            return "has a file that another directive buffers otherwise";
        }

        return NGX_CONF_OK;
    }

    buffer = ngx_pcalloc(cf->pool, sizeof(ngx_http_chat_log_buffer_t));
    if (buffer == NULL) {
        return NGX_CONF_ERROR;
    }

    buffer->start = ngx_pnalloc(cf->pool, (size_t) p->size);
    if (buffer->start == NULL) {
        return NGX_CONF_ERROR;
    }

    buffer->pos = buffer->start;
    buffer->last = buffer->start + p->size;

    if (p->flush != 0) {
        buffer->event = ngx_pcalloc(cf->pool, sizeof(ngx_event_t));
        if (buffer->event == NULL) {
            return NGX_CONF_ERROR;
        }

        buffer->event->data = file;
        buffer->event->handler = ngx_http_chat_log_flush_handler;
        buffer->event->log = &cf->cycle->new_log;
        buffer->event->cancelable = 1;

        buffer->flush = p->flush;
    }

    file->flush = ngx_http_chat_log_flush;
    file->data = buffer;

    return NGX_CONF_OK;
}


char *
ngx_http_chat_use_logs(ngx_conf_t *cf, ngx_http_chat_loc_conf_t *conf)
{
    ngx_http_chat_observer_t  observer;

    if (conf->logs == NULL) {
        return NGX_CONF_OK;
    }

    if (conf->logs->kept.nelts != 0) {
        conf->kept = &conf->logs->kept;
    }

    ngx_memzero(&observer, sizeof(ngx_http_chat_observer_t));

    observer.handler = ngx_http_chat_log_notice;
    observer.data = conf->logs;

    return (ngx_http_chat_observe(cf, conf, &observer) == NGX_OK)
           ? NGX_CONF_OK : NGX_CONF_ERROR;
}
