
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What members say in the rooms of this worker. */


#include "ngx_http_chat_hub.h"
#include "ngx_http_chat_answer.h"
#include "ngx_http_chat_event.h"
#include "ngx_http_chat_metric.h"
#include "ngx_http_chat_review.h"
#include "ngx_http_chat_rights.h"
#include "ngx_http_chat_table.h"


/*
 * Another "typing" within this time is not worth a record, whatever it says:
 * who watches forgets an "on" that is not repeated.
 */
#define NGX_HTTP_CHAT_TYPING_INTERVAL  1000      /* ms */


static void ngx_http_chat_hub_user(ngx_http_chat_session_t *s,
    ngx_chat_user_t *user);
static ngx_http_chat_member_t *ngx_http_chat_hub_speak(
    ngx_http_chat_session_t *s, const ngx_chat_command_t *cmd,
    ngx_chat_wire_t *rec, ngx_http_chat_keep_t *keep, u_char *cid);
static void ngx_http_chat_hub_compose_change(
    const ngx_http_chat_speaker_t *speaker, const ngx_chat_command_t *cmd,
    ngx_chat_wire_t *rec);
static ngx_chat_code_e ngx_http_chat_hub_publish(ngx_http_chat_session_t *s,
    ngx_http_chat_member_t *m, const ngx_chat_wire_t *rec,
    const ngx_http_chat_keep_t *keep, int64_t id);


ngx_http_chat_member_t *
ngx_http_chat_hub_member(ngx_http_chat_session_t *s,
    const ngx_chat_str_t *room)
{
    ngx_chat_room_t         *r;
    ngx_http_chat_member_t  *m;

    r = ngx_chat_rooms_find(&s->conf->store->hub->rooms, room);

    if (r == NULL) {
        return NULL;
    }

    m = (ngx_http_chat_member_t *) ngx_chat_room_member(s->rooms, r);

    /* who waits reads no commands: whoever gets here has asked to be in */

    return m;
}


static void
ngx_http_chat_hub_user(ngx_http_chat_session_t *s, ngx_chat_user_t *user)
{
    ngx_str_t  id, name;

    id = ngx_http_chat_head_str(s->head, NGX_HTTP_CHAT_HEAD_USER);
    name = ngx_http_chat_head_str(s->head, NGX_HTTP_CHAT_HEAD_NAME);

    user->id.len = id.len;
    user->id.data = id.data;
    user->name.len = name.len;
    user->name.data = name.data;
}


/* What a member says with a command; NULL: it is in no such room. */

static ngx_http_chat_member_t *
ngx_http_chat_hub_speak(ngx_http_chat_session_t *s,
    const ngx_chat_command_t *cmd, ngx_chat_wire_t *rec,
    ngx_http_chat_keep_t *keep, u_char *cid)
{
    ngx_http_chat_member_t   *m;
    ngx_http_chat_speaker_t   speaker;

    m = ngx_http_chat_hub_member(s, &cmd->room);

    if (m == NULL) {
        return NULL;
    }

    speaker.conf = s->conf;
    speaker.role = (ngx_chat_role_e) m->role;
    ngx_http_chat_hub_user(s, &speaker.user);

    ngx_http_chat_hub_compose(&speaker, cmd, rec, keep, cid);
    rec->room = m->member.room->name;

    return m;
}


ngx_chat_code_e
ngx_http_chat_hub_send(ngx_http_chat_session_t *s,
    const ngx_chat_command_t *cmd)
{
    u_char                   cid[NGX_HTTP_CHAT_SESSION_ID_LEN];
    ngx_chat_wire_t          rec;
    ngx_http_chat_keep_t     keep;
    ngx_http_chat_member_t  *m;

    m = ngx_http_chat_hub_speak(s, cmd, &rec, &keep, cid);

    if (m == NULL) {
        return NGX_CHAT_CODE_NOT_MEMBER;
    }

    /* who has spoken types no more */
    m->typing = 0;

    if (s->conf->review != NULL) {
        return ngx_http_chat_review_said(s, &rec, &keep, cmd->id);
    }

    return ngx_http_chat_hub_publish(s, m, &rec, &keep, cmd->id);
}


/* Only what a room keeps can be changed, and only the site hears an edit. */

ngx_chat_code_e
ngx_http_chat_hub_change(ngx_http_chat_session_t *s,
    const ngx_chat_command_t *cmd)
{
    u_char                   cid[NGX_HTTP_CHAT_SESSION_ID_LEN];
    ngx_chat_wire_t          rec;
    ngx_http_chat_keep_t     keep;
    ngx_http_chat_member_t  *m;

    m = ngx_http_chat_hub_speak(s, cmd, &rec, &keep, cid);

    if (m == NULL) {
        return NGX_CHAT_CODE_NOT_MEMBER;
    }

    if (keep.count == 0) {
        ngx_http_chat_answer_refusal(s, cmd, NGX_CHAT_CODE_NOT_FOUND,
                                     NGX_HTTP_CHAT_ANSWER_NO_MESSAGE);
        return NGX_CHAT_CODE_OK;
    }

    if (s->conf->review != NULL && rec.kind == NGX_CHAT_WIRE_EDIT) {
        return ngx_http_chat_review_said(s, &rec, &keep, cmd->id);
    }

    return ngx_http_chat_hub_publish(s, m, &rec, &keep, cmd->id);
}


void
ngx_http_chat_hub_compose(const ngx_http_chat_speaker_t *speaker,
    const ngx_chat_command_t *cmd, ngx_chat_wire_t *rec,
    ngx_http_chat_keep_t *keep, u_char *cid)
{
    const char  *role;

    ngx_memzero(rec, sizeof(ngx_chat_wire_t));

    rec->kind = NGX_CHAT_WIRE_MESSAGE;
    rec->user = speaker->user.id;
    rec->name = speaker->user.name;
    rec->cid = cmd->cid;
    rec->meta = cmd->meta;
    rec->re = (cmd->re > 0) ? (uint64_t) cmd->re : 0;
    rec->enc = cmd->enc;
    rec->body = (cmd->enc.len != 0) ? cmd->data : cmd->text;

    if (cmd->op == NGX_CHAT_OP_EDIT || cmd->op == NGX_CHAT_OP_DELETE) {
        ngx_http_chat_hub_compose_change(speaker, cmd, rec);
    }

    *keep = speaker->conf->keep;

    if (rec->cid.len == 0) {
        /* its sender cannot repeat it */
        keep->dedupe = 0;

        ngx_http_chat_random(cid, NGX_HTTP_CHAT_SESSION_ID_LEN);
        rec->cid.data = cid;
        rec->cid.len = NGX_HTTP_CHAT_SESSION_ID_LEN;
    }

    if (speaker->role >= NGX_CHAT_ROLE_MEMBER) {
        role = ngx_chat_rights_role_name(speaker->role);
        rec->role.data = (const u_char *) role;
        rec->role.len = ngx_strlen(role);
    }
}


/* Why is for moderators to say: no site and no filter has seen it. */

static void
ngx_http_chat_hub_compose_change(const ngx_http_chat_speaker_t *speaker,
    const ngx_chat_command_t *cmd, ngx_chat_wire_t *rec)
{
    rec->kind = NGX_CHAT_WIRE_EDIT;
    rec->ref = (uint64_t) cmd->ref;

    if (cmd->op == NGX_CHAT_OP_DELETE) {
        rec->kind = NGX_CHAT_WIRE_DELETE;

        if (speaker->role >= NGX_CHAT_ROLE_MODERATOR) {
            rec->body = cmd->reason;
        }
    }
}


ngx_chat_code_e
ngx_http_chat_hub_raw(ngx_http_chat_session_t *s, ngx_uint_t opcode,
    const u_char *data, size_t len)
{
    ngx_chat_wire_t       rec;
    ngx_http_chat_keep_t  keep;

    if (s->rooms == NULL) {
        return NGX_CHAT_CODE_NOT_MEMBER;
    }

    ngx_memzero(&rec, sizeof(ngx_chat_wire_t));

    keep = s->conf->keep;
    keep.count = 0;
    keep.time = 0;
    keep.dedupe = 0;

    rec.kind = (opcode == NGX_CHAT_WS_TEXT) ? NGX_CHAT_WIRE_TEXT
                                            : NGX_CHAT_WIRE_BINARY;
    rec.room = s->rooms->room->name;
    rec.body.data = data;
    rec.body.len = len;

    if (s->conf->review != NULL) {
        return ngx_http_chat_review_said(s, &rec, &keep, 0);
    }

    return ngx_http_chat_hub_publish(s, (ngx_http_chat_member_t *) s->rooms,
                                     &rec, &keep, 0);
}


ngx_chat_code_e
ngx_http_chat_hub_said(ngx_http_chat_session_t *s, const ngx_chat_wire_t *rec,
    const ngx_http_chat_keep_t *keep, int64_t id)
{
    ngx_http_chat_member_t  *m;

    m = ngx_http_chat_hub_member(s, &rec->room);

    return (m != NULL) ? ngx_http_chat_hub_publish(s, m, rec, keep, id)
                       : NGX_CHAT_CODE_NOT_MEMBER;
}


static ngx_chat_code_e
ngx_http_chat_hub_publish(ngx_http_chat_session_t *s,
    ngx_http_chat_member_t *m, const ngx_chat_wire_t *rec,
    const ngx_http_chat_keep_t *keep, int64_t id)
{
    u_char                     ip[NGX_CHAT_RIGHTS_IP_MAX];
    ngx_chat_actor_t           actor;
    ngx_http_chat_ticket_t     ticket;
    ngx_http_chat_hub_room_t  *room;

    room = (ngx_http_chat_hub_room_t *) m->member.room;

    ngx_http_chat_hub_ticket(&ticket, room, s, ngx_http_chat_hub_published);
    ticket.id = id;
    ticket.data = (uintptr_t) ngx_http_chat_metric_now();

    ngx_http_chat_rights_actor(s, room, &actor, ip);

    if (ngx_http_chat_hub_store(room, rec, &actor, keep, &ticket) != NGX_OK) {
        return NGX_CHAT_CODE_UNAVAILABLE;
    }

    ngx_http_chat_hub_taken(room, s);

    return NGX_CHAT_CODE_OK;
}


ngx_int_t
ngx_http_chat_hub_store(ngx_http_chat_hub_room_t *room,
    const ngx_chat_wire_t *rec, const ngx_chat_actor_t *actor,
    const ngx_http_chat_keep_t *keep, const ngx_http_chat_ticket_t *ticket)
{
    ngx_http_chat_hub_t   *hub;
    ngx_http_chat_keep_t   noted;

    hub = room->hub;

    if (keep->note.notes != NULL) {
        noted = *keep;
        keep = &noted;

        ngx_http_chat_event_said(rec, actor, ticket, &noted);
    }

    return hub->store->ops->publish(hub->broker, rec, actor, keep, ticket);
}


ngx_chat_code_e
ngx_http_chat_hub_typing(ngx_http_chat_session_t *s,
    const ngx_chat_command_t *cmd)
{
    uint64_t                 now;
    ngx_chat_str_t           id;
    ngx_chat_user_t          user;
    ngx_chat_wire_t          rec;
    ngx_chat_error_t         e;
    ngx_chat_verdict_t       verdict;
    ngx_http_chat_hub_t     *hub;
    ngx_http_chat_member_t  *m;

    m = ngx_http_chat_hub_member(s, &cmd->room);

    if (m == NULL) {
        return NGX_CHAT_CODE_NOT_MEMBER;
    }

    ngx_http_chat_rights_write(m, &verdict);

    if (verdict.code != NGX_CHAT_CODE_OK) {
        ngx_memzero(&e, sizeof(ngx_chat_error_t));

        e.id = cmd->id;
        e.code = verdict.code;
        e.until = verdict.until;
        e.room = cmd->room;

        ngx_http_chat_answer_fault(s, &e);

        return NGX_CHAT_CODE_OK;
    }

    now = (uint64_t) ngx_current_msec & NGX_HTTP_CHAT_TYPED_MASK;

    if ((!m->typing && !cmd->on)
        || now - m->typed < NGX_HTTP_CHAT_TYPING_INTERVAL)
    {
        ngx_http_chat_answer_ok(s, cmd->id);
        return NGX_CHAT_CODE_OK;
    }

    m->typing = cmd->on;
    m->typed = now;

    ngx_memzero(&rec, sizeof(ngx_chat_wire_t));

    id.len = NGX_HTTP_CHAT_SESSION_ID_LEN;
    id.data = s->id;

    rec.kind = NGX_CHAT_WIRE_TYPING;
    rec.room = m->member.room->name;
    rec.session = id;
    rec.on = cmd->on;

    ngx_http_chat_hub_user(s, &user);
    rec.user = user.id;
    rec.name = user.name;

    hub = s->conf->store->hub;
    hub->store->ops->signal(hub->broker, &rec);

    ngx_http_chat_answer_ok(s, cmd->id);

    return NGX_CHAT_CODE_OK;
}
