
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What happens becomes texts for the site; see the header. */


#include "ngx_http_chat_event.h"
#include "ngx_http_chat_metric.h"
#include "ngx_http_chat_table.h"
#include "ngx_chat_event.h"
#include "ngx_chat_name.h"


#define NGX_HTTP_CHAT_EVENT_BUF       4096
#define NGX_HTTP_CHAT_EVENT_BUF_KEEP  65536


static ngx_int_t ngx_http_chat_event_write(ngx_http_chat_event_conf_t *event,
    const ngx_chat_event_t *e, ngx_chat_str_t *members);
static void ngx_http_chat_event_ended(const ngx_http_chat_session_t *s,
    const ngx_http_chat_notice_t *n, ngx_chat_event_t *e);
static const char *ngx_http_chat_event_kind(const ngx_chat_wire_t *rec);
static void ngx_http_chat_event_speaker(ngx_http_chat_session_t *s,
    ngx_chat_event_t *e);
static ngx_int_t ngx_http_chat_event_body(ngx_chat_wire_t *rec);


void
ngx_http_chat_event_notice(void *data, const ngx_http_chat_notice_t *n)
{
    ngx_http_chat_event_conf_t *event = data;

    u_char            id[NGX_HTTP_CHAT_SESSION_ID_LEN];
    ngx_chat_str_t    members;
    ngx_chat_event_t  e;

    if (n->what == NGX_HTTP_CHAT_NOTICE_REFUSAL) {
        /* nothing has happened */
        return;
    }

    ngx_memzero(&e, sizeof(ngx_chat_event_t));
    ngx_http_chat_random(id, sizeof(id));

    e.kind = ngx_http_chat_notice_names[n->what];
    e.id.data = id;
    e.id.len = sizeof(id);
    e.room = n->room;
    e.user.id = n->user;
    e.user.name = n->name;
    e.guest = n->guest;
    e.session = n->id;

    switch (n->what) {

    case NGX_HTTP_CHAT_NOTICE_OPEN:
        e.address = n->address;
        e.transport = n->transport;
        break;

    case NGX_HTTP_CHAT_NOTICE_MODERATION:
        e.via = n->backend ? "backend" : "api";

        if (n->id.len != 0) {
            e.via = "socket";
        }

        e.mod = &n->mod;
        e.until = n->until;
        break;

    case NGX_HTTP_CHAT_NOTICE_CLOSE:
        e.cause = n->cause;
        ngx_http_chat_event_ended(n->session, n, &e);
        break;

    default: /* LOGIN, JOIN, LEAVE */
        e.cause = n->cause;
    }

    if (ngx_http_chat_event_write(event, &e, &members) == NGX_OK) {
        ngx_http_chat_event_add(event, &members);

    } else {
        event->pending.dropped++;
    }
}


static void
ngx_http_chat_event_ended(const ngx_http_chat_session_t *s,
    const ngx_http_chat_notice_t *n, ngx_chat_event_t *e)
{
    e->ended = 1;
    e->code = (unsigned) n->code;

    if (s == NULL) {
        return;
    }

    e->duration = n->time - ((int64_t) s->start_sec * 1000 + s->start_msec);
    e->duration = ngx_max(e->duration, 0);
    e->received = s->received;
}


void
ngx_http_chat_event_said(const ngx_chat_wire_t *rec,
    const ngx_chat_actor_t *actor, const ngx_http_chat_ticket_t *ticket,
    ngx_http_chat_keep_t *keep)
{
    u_char                       id[NGX_HTTP_CHAT_SESSION_ID_LEN];
    ngx_chat_wire_t              told;
    ngx_chat_event_t             e;
    ngx_http_chat_session_t     *s;
    ngx_http_chat_event_conf_t  *event;

    event = (ngx_http_chat_event_conf_t *)
                ((u_char *) keep->note.notes
                 - offsetof(ngx_http_chat_event_conf_t, notes));

    if (event->pending.unsent != NULL) {
        /* what was before it */
        ngx_http_chat_event_flush(event);
    }

    ngx_memzero(&e, sizeof(ngx_chat_event_t));
    ngx_http_chat_random(id, sizeof(id));
    told = *rec;

    e.kind = ngx_http_chat_event_kind(rec);
    e.id.data = id;
    e.id.len = sizeof(id);
    e.room = rec->room;
    e.user = actor->user;
    e.role = rec->role;
    e.rec = &told;
    e.guest = keep->note.guest;
    e.via = keep->note.backend ? "backend" : "api";

    if (rec->user.len != 0) {
        /* a backend speaks for others */
        e.user.id = rec->user;
        e.user.name = rec->name;
    }

    if (rec->kind != NGX_CHAT_WIRE_MESSAGE && e.room.len != 0
        && e.room.data[0] == NGX_CHAT_NAME_RAW)
    {
        /* the mark of raw rooms is ours */
        e.room.data++;
        e.room.len--;
    }

    s = (ticket->session != 0) ? ngx_http_chat_table_find(ticket->session)
                               : NULL;
    if (s != NULL) {
        ngx_http_chat_event_speaker(s, &e);
    }

    if (ngx_http_chat_event_body(&told) != NGX_OK
        || ngx_http_chat_event_write(event, &e, &keep->note.members)
           != NGX_OK)
    {
        event->pending.dropped++;
    }

    if (rec->kind == NGX_CHAT_WIRE_BINARY && told.body.data != rec->body.data)
    {
        ngx_free((void *) told.body.data);
    }
}


static const char *
ngx_http_chat_event_kind(const ngx_chat_wire_t *rec)
{
    switch (rec->kind) {

    case NGX_CHAT_WIRE_EDIT:
        return "edit";

    case NGX_CHAT_WIRE_DELETE:
        return "delete";

    default:
        return "message";
    }
}


static void
ngx_http_chat_event_speaker(ngx_http_chat_session_t *s, ngx_chat_event_t *e)
{
    e->via = "socket";
    e->guest = s->head->guest;
    e->session.data = s->id;
    e->session.len = NGX_HTTP_CHAT_SESSION_ID_LEN;
}


/* JSON has no bytes. */

static ngx_int_t
ngx_http_chat_event_body(ngx_chat_wire_t *rec)
{
    ngx_str_t  bytes, text;

    if (rec->kind != NGX_CHAT_WIRE_BINARY || rec->body.len == 0) {
        return NGX_OK;
    }

    bytes.data = (u_char *) rec->body.data;
    bytes.len = rec->body.len;

    text.data = ngx_alloc(ngx_base64_encoded_length(bytes.len),
                          ngx_cycle->log);
    if (text.data == NULL) {
        return NGX_ERROR;
    }

    ngx_encode_base64url(&text, &bytes);

    rec->body.data = text.data;
    rec->body.len = text.len;

    return NGX_OK;
}


/* Into the queue's own buffer.  A text that is too large is told of only. */

static ngx_int_t
ngx_http_chat_event_write(ngx_http_chat_event_conf_t *event,
    const ngx_chat_event_t *e, ngx_chat_str_t *members)
{
    size_t            size;
    u_char           *p;
    ngx_chat_event_t  bare;

    size = ngx_chat_event_members(event->buf, event->size, e);

    if (size > event->text_max) {
        bare = *e;
        bare.bare = 1;
        e = &bare;

        size = ngx_chat_event_members(event->buf, event->size, e);
    }

    if (size > event->size
        || (event->size > NGX_HTTP_CHAT_EVENT_BUF_KEEP
            && size <= NGX_HTTP_CHAT_EVENT_BUF_KEEP))
    {
        p = ngx_alloc(ngx_max(size, NGX_HTTP_CHAT_EVENT_BUF), ngx_cycle->log);
        if (p == NULL) {
            members->len = 0;
            return NGX_ERROR;
        }

        ngx_free(event->buf);

        event->buf = p;
        event->size = ngx_max(size, NGX_HTTP_CHAT_EVENT_BUF);

        (void) ngx_chat_event_members(event->buf, event->size, e);
    }

    members->data = event->buf;
    members->len = size;

    return NGX_OK;
}
