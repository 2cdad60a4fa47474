
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What a site is told of what happened; see the header. */


#include "ngx_chat_event.h"

#include "ngx_chat_json_out.h"

#include <string.h>


#define ngx_chat_event_lit(out, text)  ngx_chat_json_out_lit(out, text)

#define NGX_CHAT_EVENT_NUMBER_MAX  9007199254740992


/* What stands in front of the members. */

typedef struct {
    unsigned        numbered:1;
    uint64_t        seq;
    uint64_t        prev;
    uint64_t        time;
    ngx_chat_str_t  epoch;
    ngx_chat_str_t  members;
} ngx_chat_event_parts_t;


static void ngx_chat_event_text(ngx_chat_json_out_t *out, const char *name,
    const char *text);
static void ngx_chat_event_string(ngx_chat_json_out_t *out, const char *name,
    const ngx_chat_str_t *str);
static void ngx_chat_event_number(ngx_chat_json_out_t *out, const char *name,
    uint64_t n);
static void ngx_chat_event_user(ngx_chat_json_out_t *out,
    const ngx_chat_event_t *event);
static void ngx_chat_event_message(ngx_chat_json_out_t *out,
    const ngx_chat_event_t *event);
static void ngx_chat_event_mod(ngx_chat_json_out_t *out,
    const ngx_chat_event_t *event);
static int ngx_chat_event_split(const ngx_chat_str_t *text,
    ngx_chat_event_parts_t *parts);
static const unsigned char *ngx_chat_event_decimal(const unsigned char *p,
    const unsigned char *end, uint64_t *n);


size_t
ngx_chat_event_members(unsigned char *buf, size_t size,
    const ngx_chat_event_t *event)
{
    ngx_chat_json_out_t  out;

    ngx_chat_json_out_init(&out, buf, size);

    ngx_chat_event_lit(&out, "\"id\":");
    ngx_chat_json_out_string(&out, &event->id);
    ngx_chat_event_text(&out, "event", event->kind);
    ngx_chat_event_string(&out, "room", &event->room);

    ngx_chat_event_user(&out, event);

    ngx_chat_event_string(&out, "session", &event->session);
    ngx_chat_event_string(&out, "address", &event->address);
    ngx_chat_event_text(&out, "transport", event->transport);
    ngx_chat_event_text(&out, "via", event->via);
    ngx_chat_event_text(&out, "cause", event->cause);
    ngx_chat_event_number(&out, "count", event->count);

    if (event->rec != NULL) {
        ngx_chat_event_message(&out, event);
    }

    if (event->mod != NULL) {
        ngx_chat_event_mod(&out, event);
    }

    if (event->ended) {
        ngx_chat_event_number(&out, "code", event->code);
        ngx_chat_event_lit(&out, ",\"duration\":");
        ngx_chat_json_out_number(&out, event->duration);
        ngx_chat_event_lit(&out, ",\"received\":");
        ngx_chat_json_out_number(&out, (int64_t) event->received);
    }

    return out.len;
}


static void
ngx_chat_event_text(ngx_chat_json_out_t *out, const char *name,
    const char *text)
{
    if (text == NULL || text[0] == '\0') {
        return;
    }

    ngx_chat_event_lit(out, ",");
    ngx_chat_json_out_text(out, name);
    ngx_chat_event_lit(out, ":");
    ngx_chat_json_out_text(out, text);
}


static void
ngx_chat_event_string(ngx_chat_json_out_t *out, const char *name,
    const ngx_chat_str_t *str)
{
    if (str->len == 0) {
        return;
    }

    ngx_chat_event_lit(out, ",");
    ngx_chat_json_out_text(out, name);
    ngx_chat_event_lit(out, ":");
    ngx_chat_json_out_string(out, str);
}


static void
ngx_chat_event_number(ngx_chat_json_out_t *out, const char *name, uint64_t n)
{
    if (n == 0 || n > NGX_CHAT_EVENT_NUMBER_MAX) {
        return;
    }

    ngx_chat_event_lit(out, ",");
    ngx_chat_json_out_text(out, name);
    ngx_chat_event_lit(out, ":");
    ngx_chat_json_out_number(out, (int64_t) n);
}


static void
ngx_chat_event_user(ngx_chat_json_out_t *out, const ngx_chat_event_t *event)
{
    if (event->user.id.len == 0) {
        return;
    }

    /* of an act, the user is whom it is about */

    if (event->mod != NULL) {
        ngx_chat_event_lit(out, ",\"by\":{\"id\":");

    } else {
        ngx_chat_event_lit(out, ",\"user\":{\"id\":");
    }

    ngx_chat_json_out_string(out, &event->user.id);
    ngx_chat_event_string(out, "name", &event->user.name);
    ngx_chat_event_string(out, "role", &event->role);

    ngx_chat_event_lit(out, ",\"guest\":");
    ngx_chat_json_out_bool(out, event->guest);
    ngx_chat_event_lit(out, "}");
}


static void
ngx_chat_event_message(ngx_chat_json_out_t *out, const ngx_chat_event_t *event)
{
    const ngx_chat_wire_t  *rec;

    rec = event->rec;

    if (rec->kind == NGX_CHAT_WIRE_TEXT
        || rec->kind == NGX_CHAT_WIRE_BINARY)
    {
        ngx_chat_event_lit(out, ",\"raw\":true");
    }

    ngx_chat_event_string(out, "cid", &rec->cid);
    ngx_chat_event_number(out, "ref", rec->ref);
    ngx_chat_event_number(out, "re", rec->re);

    if (event->bare) {
        ngx_chat_event_lit(out, ",\"cut\":true");
        return;
    }

    if (rec->kind == NGX_CHAT_WIRE_DELETE) {
        ngx_chat_event_string(out, "reason", &rec->body);
        return;
    }

    if (rec->meta.len != 0) {
        ngx_chat_event_lit(out, ",\"meta\":");
        ngx_chat_json_out_raw(out, rec->meta.data, rec->meta.len);
    }

    ngx_chat_event_string(out, "enc", &rec->enc);

    if (rec->enc.len != 0 || rec->kind == NGX_CHAT_WIRE_BINARY) {
        ngx_chat_event_lit(out, ",\"data\":");

    } else {
        ngx_chat_event_lit(out, ",\"text\":");
    }

    ngx_chat_json_out_string(out, &rec->body);
}


static void
ngx_chat_event_mod(ngx_chat_json_out_t *out, const ngx_chat_event_t *event)
{
    const ngx_chat_mod_t  *mod;

    mod = event->mod;

    ngx_chat_event_text(out, "do", ngx_chat_rights_act_name(mod->act));

    if (mod->user.len != 0) {
        ngx_chat_event_lit(out, ",\"user\":{\"id\":");
        ngx_chat_json_out_string(out, &mod->user);
        ngx_chat_event_lit(out, "}");
    }

    ngx_chat_event_string(out, "ip", &mod->ip);

    if (event->until != NGX_CHAT_RIGHTS_EVER && event->until > 0) {
        ngx_chat_event_number(out, "until", (uint64_t) event->until);
    }

    if (mod->act == NGX_CHAT_ACT_ROLE) {
        ngx_chat_event_text(out, "value",
                            ngx_chat_rights_role_name(mod->role));

    } else if (mod->act == NGX_CHAT_ACT_LOCK) {
        ngx_chat_event_text(out, "value",
                            ngx_chat_rights_lock_name(mod->lock));

    } else if (mod->act == NGX_CHAT_ACT_SLOW) {
        ngx_chat_event_lit(out, ",\"value\":");
        ngx_chat_json_out_number(out, mod->slow);
    }

    ngx_chat_event_string(out, "reason", &mod->why);
}


size_t
ngx_chat_event_head(unsigned char buf[NGX_CHAT_EVENT_HEAD_MAX], int64_t time)
{
    ngx_chat_json_out_t  out;

    ngx_chat_json_out_init(&out, buf, NGX_CHAT_EVENT_HEAD_MAX);
    ngx_chat_json_out_number(&out, (time > 0) ? time : 0);
    ngx_chat_event_lit(&out, "\n");

    return out.len;
}


size_t
ngx_chat_event_json(unsigned char *buf, size_t size,
    const ngx_chat_str_t *text, int64_t *time)
{
    ngx_chat_json_out_t     out;
    ngx_chat_event_parts_t  parts;

    *time = 0;

    if (!ngx_chat_event_split(text, &parts)) {
        return 0;
    }

    *time = (int64_t) parts.time;

    ngx_chat_json_out_init(&out, buf, size);

    ngx_chat_event_lit(&out, "{");
    ngx_chat_json_out_raw(&out, parts.members.data, parts.members.len);
    ngx_chat_event_lit(&out, ",\"time\":");
    ngx_chat_json_out_number(&out, *time);

    if (parts.numbered) {
        ngx_chat_event_lit(&out, ",\"seq\":");
        ngx_chat_json_out_number(&out, (int64_t) parts.seq);
        ngx_chat_event_string(&out, "epoch", &parts.epoch);
    }

    ngx_chat_event_lit(&out, "}");

    return out.len;
}


/* "time LF members" or "kind seq prev time epoch LF members" */

static int
ngx_chat_event_split(const ngx_chat_str_t *text,
    ngx_chat_event_parts_t *parts)
{
    size_t                len;
    const unsigned char  *p, *end;

    memset(parts, 0, sizeof(ngx_chat_event_parts_t));

    len = (text->len < NGX_CHAT_EVENT_HEAD_MAX) ? text->len
                                                : NGX_CHAT_EVENT_HEAD_MAX;
    if (len == 0) {
        return 0;
    }

    p = text->data;
    end = memchr(p, '\n', len);

    if (end == NULL) {
        return 0;
    }

    parts->members.data = end + 1;
    parts->members.len = text->len - (size_t) (end + 1 - p);

    if (parts->members.len == 0 || parts->members.data[0] != '"') {
        return 0;
    }

    if (*p >= '0' && *p <= '9') {
        return ngx_chat_event_decimal(p, end, &parts->time) == end;
    }

    if (end - p < 2 || p[1] != ' ') {
        return 0;
    }

    parts->numbered = 1;

    p = ngx_chat_event_decimal(p + 2, end, &parts->seq);

    if (p != NULL && p < end && *p == ' ') {
        p = ngx_chat_event_decimal(p + 1, end, &parts->prev);
    }

    if (p != NULL && p < end && *p == ' ') {
        p = ngx_chat_event_decimal(p + 1, end, &parts->time);
    }

    if (p == NULL || p == end || *p != ' ') {
        return 0;
    }

    parts->epoch.data = p + 1;
    parts->epoch.len = (size_t) (end - (p + 1));

    return parts->epoch.len <= NGX_CHAT_WIRE_EPOCH_MAX;
}


/* Returns its end, or NULL. */

static const unsigned char *
ngx_chat_event_decimal(const unsigned char *p, const unsigned char *end,
    uint64_t *n)
{
    *n = 0;

    if (p == end || *p < '0' || *p > '9') {
        return NULL;
    }

    for ( /* void */ ; p < end && *p >= '0' && *p <= '9'; p++) {
        *n = *n * 10 + (uint64_t) (*p - '0');

        if (*n > NGX_CHAT_EVENT_NUMBER_MAX) {
            return NULL;
        }
    }

    return p;
}
