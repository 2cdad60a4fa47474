
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The variables of a line of a chat log. */


#include "ngx_http_chat_log.h"


typedef struct {
    ngx_str_t                    name;
    ngx_http_chat_log_value_pt   value;
} ngx_http_chat_log_variable_t;


static void ngx_http_chat_log_actor(const ngx_http_chat_notice_t *n,
    u_char *buf, ngx_chat_str_t *value);
static void ngx_http_chat_log_cause(const ngx_http_chat_notice_t *n,
    u_char *buf, ngx_chat_str_t *value);
static void ngx_http_chat_log_close_code(const ngx_http_chat_notice_t *n,
    u_char *buf, ngx_chat_str_t *value);
static void ngx_http_chat_log_code(const ngx_http_chat_notice_t *n,
    u_char *buf, ngx_chat_str_t *value);
static void ngx_http_chat_log_duration(const ngx_http_chat_notice_t *n,
    u_char *buf, ngx_chat_str_t *value);
static void ngx_http_chat_log_event(const ngx_http_chat_notice_t *n,
    u_char *buf, ngx_chat_str_t *value);
static void ngx_http_chat_log_name(const ngx_http_chat_notice_t *n,
    u_char *buf, ngx_chat_str_t *value);
static void ngx_http_chat_log_reason(const ngx_http_chat_notice_t *n,
    u_char *buf, ngx_chat_str_t *value);
static void ngx_http_chat_log_received(const ngx_http_chat_notice_t *n,
    u_char *buf, ngx_chat_str_t *value);
static void ngx_http_chat_log_room(const ngx_http_chat_notice_t *n,
    u_char *buf, ngx_chat_str_t *value);
static void ngx_http_chat_log_rooms(const ngx_http_chat_notice_t *n,
    u_char *buf, ngx_chat_str_t *value);
static void ngx_http_chat_log_sent(const ngx_http_chat_notice_t *n,
    u_char *buf, ngx_chat_str_t *value);
static void ngx_http_chat_log_session(const ngx_http_chat_notice_t *n,
    u_char *buf, ngx_chat_str_t *value);
static void ngx_http_chat_log_target(const ngx_http_chat_notice_t *n,
    u_char *buf, ngx_chat_str_t *value);
static void ngx_http_chat_log_time(const ngx_http_chat_notice_t *n,
    u_char *buf, ngx_chat_str_t *value);
static void ngx_http_chat_log_transport(const ngx_http_chat_notice_t *n,
    u_char *buf, ngx_chat_str_t *value);
static void ngx_http_chat_log_until(const ngx_http_chat_notice_t *n,
    u_char *buf, ngx_chat_str_t *value);
static void ngx_http_chat_log_user(const ngx_http_chat_notice_t *n,
    u_char *buf, ngx_chat_str_t *value);
static void ngx_http_chat_log_setting(const ngx_http_chat_notice_t *n,
    u_char *buf, ngx_chat_str_t *value);
static void ngx_http_chat_log_msec(const ngx_http_chat_notice_t *n,
    u_char *buf, ngx_chat_str_t *value);
static void ngx_http_chat_log_address(const ngx_http_chat_notice_t *n,
    u_char *buf, ngx_chat_str_t *value);
static void ngx_http_chat_log_iso8601(const ngx_http_chat_notice_t *n,
    u_char *buf, ngx_chat_str_t *value);
static void ngx_http_chat_log_local(const ngx_http_chat_notice_t *n,
    u_char *buf, ngx_chat_str_t *value);


static const ngx_http_chat_log_variable_t  ngx_http_chat_log_variables[] = {
    { ngx_string("chat_actor"), ngx_http_chat_log_actor },
    { ngx_string("chat_cause"), ngx_http_chat_log_cause },
    { ngx_string("chat_close_code"), ngx_http_chat_log_close_code },
    { ngx_string("chat_code"), ngx_http_chat_log_code },
    { ngx_string("chat_duration"), ngx_http_chat_log_duration },
    { ngx_string("chat_event"), ngx_http_chat_log_event },
    { ngx_string("chat_user_name"), ngx_http_chat_log_name },
    { ngx_string("chat_reason"), ngx_http_chat_log_reason },
    { ngx_string("chat_received"), ngx_http_chat_log_received },
    { ngx_string("chat_room"), ngx_http_chat_log_room },
    { ngx_string("chat_rooms"), ngx_http_chat_log_rooms },
    { ngx_string("chat_sent"), ngx_http_chat_log_sent },
    { ngx_string("chat_session"), ngx_http_chat_log_session },
    { ngx_string("chat_setting"), ngx_http_chat_log_setting },
    { ngx_string("chat_target"), ngx_http_chat_log_target },
    { ngx_string("chat_time"), ngx_http_chat_log_time },
    { ngx_string("chat_transport"), ngx_http_chat_log_transport },
    { ngx_string("chat_until"), ngx_http_chat_log_until },
    { ngx_string("chat_user"), ngx_http_chat_log_user },

    /* nginx's own, which would be those of the request's beginning */

    { ngx_string("msec"), ngx_http_chat_log_msec },
    { ngx_string("remote_addr"), ngx_http_chat_log_address },
    { ngx_string("time_iso8601"), ngx_http_chat_log_iso8601 },
    { ngx_string("time_local"), ngx_http_chat_log_local }
};


ngx_http_chat_log_value_pt
ngx_http_chat_log_value(const ngx_str_t *name)
{
    ngx_uint_t                           i;
    const ngx_http_chat_log_variable_t  *v;

    for (i = 0;
         i < sizeof(ngx_http_chat_log_variables)
             / sizeof(ngx_http_chat_log_variable_t);
         i++)
    {
        v = &ngx_http_chat_log_variables[i];

        if (v->name.len == name->len
            && ngx_strncmp(v->name.data, name->data, name->len) == 0)
        {
            return v->value;
        }
    }

    return NULL;
}


static void
ngx_http_chat_log_text(ngx_chat_str_t *value, const char *text)
{
    value->data = (const u_char *) text;
    value->len = (text != NULL) ? ngx_strlen(text) : 0;
}


static void
ngx_http_chat_log_printed(ngx_chat_str_t *value, const u_char *buf,
    const u_char *last)
{
    value->data = buf;
    value->len = (size_t) (last - buf);
}


static void
ngx_http_chat_log_actor(const ngx_http_chat_notice_t *n, u_char *buf,
    ngx_chat_str_t *value)
{
    (void) buf;

    if (n->user.len != 0) {
        ngx_http_chat_log_text(value, n->backend ? "backend"
                                      : (n->guest ? "guest" : "user"));
    }
}


static void
ngx_http_chat_log_cause(const ngx_http_chat_notice_t *n, u_char *buf,
    ngx_chat_str_t *value)
{
    (void) buf;
    ngx_http_chat_log_text(value, n->cause);
}


static void
ngx_http_chat_log_close_code(const ngx_http_chat_notice_t *n, u_char *buf,
    ngx_chat_str_t *value)
{
    if (n->what == NGX_HTTP_CHAT_NOTICE_CLOSE) {
        ngx_http_chat_log_code(n, buf, value);
    }
}


static void
ngx_http_chat_log_code(const ngx_http_chat_notice_t *n, u_char *buf,
    ngx_chat_str_t *value)
{
    if (n->code != 0) {
        ngx_http_chat_log_printed(value, buf, ngx_sprintf(buf, "%ui",
                                                          n->code));
    }
}


static void
ngx_http_chat_log_duration(const ngx_http_chat_notice_t *n, u_char *buf,
    ngx_chat_str_t *value)
{
    int64_t  ms;

    if (n->session == NULL) {
        return;
    }

    ms = n->time - ((int64_t) n->session->start_sec * 1000
                    + n->session->start_msec);
    ms = ngx_max(ms, 0);

    ngx_http_chat_log_printed(value, buf,
                              ngx_sprintf(buf, "%L.%03L", ms / 1000,
                                          ms % 1000));
}


static void
ngx_http_chat_log_event(const ngx_http_chat_notice_t *n, u_char *buf,
    ngx_chat_str_t *value)
{
    (void) buf;
    ngx_http_chat_log_text(value, ngx_http_chat_notice_names[n->what]);
}


static void
ngx_http_chat_log_name(const ngx_http_chat_notice_t *n, u_char *buf,
    ngx_chat_str_t *value)
{
    (void) buf;
    *value = n->name;
}


static void
ngx_http_chat_log_reason(const ngx_http_chat_notice_t *n, u_char *buf,
    ngx_chat_str_t *value)
{
    (void) buf;
    *value = n->reason;
}


static void
ngx_http_chat_log_received(const ngx_http_chat_notice_t *n, u_char *buf,
    ngx_chat_str_t *value)
{
    if (n->session != NULL) {
        ngx_http_chat_log_printed(value, buf,
                                  ngx_sprintf(buf, "%uD",
                                              n->session->received));
    }
}


static void
ngx_http_chat_log_room(const ngx_http_chat_notice_t *n, u_char *buf,
    ngx_chat_str_t *value)
{
    (void) buf;
    *value = n->room;
}


static void
ngx_http_chat_log_rooms(const ngx_http_chat_notice_t *n, u_char *buf,
    ngx_chat_str_t *value)
{
    if (n->session != NULL) {
        ngx_http_chat_log_printed(value, buf,
                                  ngx_sprintf(buf, "%uD",
                                              (uint32_t) n->session->nrooms));
    }
}


static void
ngx_http_chat_log_sent(const ngx_http_chat_notice_t *n, u_char *buf,
    ngx_chat_str_t *value)
{
    if (n->session != NULL) {
        ngx_http_chat_log_printed(value, buf,
                                  ngx_sprintf(buf, "%uD",
                                              n->session->output.sent));
    }
}


static void
ngx_http_chat_log_session(const ngx_http_chat_notice_t *n, u_char *buf,
    ngx_chat_str_t *value)
{
    (void) buf;
    *value = n->id;
}


/* What an act has set: a role, seconds, a lock. */

static void
ngx_http_chat_log_setting(const ngx_http_chat_notice_t *n, u_char *buf,
    ngx_chat_str_t *value)
{
    switch (n->mod.act) {

    case NGX_CHAT_ACT_ROLE:
        ngx_http_chat_log_text(value,
                               (n->mod.role == NGX_CHAT_ROLE_NONE)
                               ? "none"
                               : ngx_chat_rights_role_name(n->mod.role));
        return;

    case NGX_CHAT_ACT_SLOW:
        ngx_http_chat_log_printed(value, buf,
                                  ngx_sprintf(buf, "%uD", n->mod.slow));
        return;

    case NGX_CHAT_ACT_LOCK:
        ngx_http_chat_log_text(value,
                               ngx_chat_rights_lock_name(n->mod.lock));
        return;

    default:
        return;
    }
}


static void
ngx_http_chat_log_target(const ngx_http_chat_notice_t *n, u_char *buf,
    ngx_chat_str_t *value)
{
    (void) buf;
    *value = (n->mod.user.len != 0) ? n->mod.user : n->mod.ip;
}


/* RFC 3339, 5.6, UTC. */

static void
ngx_http_chat_log_time(const ngx_http_chat_notice_t *n, u_char *buf,
    ngx_chat_str_t *value)
{
    ngx_tm_t  tm;

    ngx_gmtime((time_t) (n->time / 1000), &tm);

    ngx_http_chat_log_printed(value, buf,
                              ngx_sprintf(buf,
                                          "%4d-%02d-%02dT%02d:%02d:%02d.%03LZ",
                                          tm.ngx_tm_year, tm.ngx_tm_mon,
                                          tm.ngx_tm_mday, tm.ngx_tm_hour,
                                          tm.ngx_tm_min, tm.ngx_tm_sec,
                                          n->time % 1000));
}


static void
ngx_http_chat_log_transport(const ngx_http_chat_notice_t *n, u_char *buf,
    ngx_chat_str_t *value)
{
    (void) buf;
    ngx_http_chat_log_text(value, n->transport);
}


static void
ngx_http_chat_log_until(const ngx_http_chat_notice_t *n, u_char *buf,
    ngx_chat_str_t *value)
{
    if (n->until == 0) {
        return;
    }

    if (n->until >= NGX_CHAT_RIGHTS_EVER) {
        ngx_http_chat_log_text(value, "ever");
        return;
    }

    ngx_http_chat_log_printed(value, buf, ngx_sprintf(buf, "%L", n->until));
}


static void
ngx_http_chat_log_user(const ngx_http_chat_notice_t *n, u_char *buf,
    ngx_chat_str_t *value)
{
    (void) buf;
    *value = n->user;
}


static void
ngx_http_chat_log_msec(const ngx_http_chat_notice_t *n, u_char *buf,
    ngx_chat_str_t *value)
{
    ngx_http_chat_log_printed(value, buf,
                              ngx_sprintf(buf, "%L.%03L", n->time / 1000,
                                          n->time % 1000));
}


static void
ngx_http_chat_log_address(const ngx_http_chat_notice_t *n, u_char *buf,
    ngx_chat_str_t *value)
{
    (void) buf;
    *value = n->address;
}


static void
ngx_http_chat_log_iso8601(const ngx_http_chat_notice_t *n, u_char *buf,
    ngx_chat_str_t *value)
{
    (void) n;
    (void) buf;

    value->data = ngx_cached_http_log_iso8601.data;
    value->len = ngx_cached_http_log_iso8601.len;
}


static void
ngx_http_chat_log_local(const ngx_http_chat_notice_t *n, u_char *buf,
    ngx_chat_str_t *value)
{
    (void) n;
    (void) buf;

    value->data = ngx_cached_http_log_time.data;
    value->len = ngx_cached_http_log_time.len;
}
