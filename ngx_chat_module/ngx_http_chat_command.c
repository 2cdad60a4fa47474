
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What a session says becomes what the hub does; see the header. */


#include "ngx_http_chat_command.h"
#include "ngx_http_chat_answer.h"
#include "ngx_http_chat_hub.h"
#include "ngx_http_chat_join.h"
#include "ngx_http_chat_limit.h"
#include "ngx_http_chat_notice.h"
#include "ngx_http_chat_site.h"
#include "ngx_chat_name.h"
#include "ngx_chat_rights.h"


/* as many as there are at most */
#define NGX_HTTP_CHAT_FEATURES  5


typedef ngx_chat_code_e (*ngx_http_chat_command_pt)(
    ngx_http_chat_session_t *s, const ngx_chat_command_t *cmd);


typedef struct {
    int64_t    id;
    int64_t    t;
} ngx_http_chat_command_ping_t;


static void ngx_http_chat_command_open(ngx_http_chat_session_t *s);
static void ngx_http_chat_command_enter(ngx_http_chat_session_t *s);
static void ngx_http_chat_command_welcome(ngx_http_chat_session_t *s);
static void ngx_http_chat_command_features(ngx_http_chat_session_t *s,
    const char **features);
static void ngx_http_chat_command_message(ngx_http_chat_session_t *s,
    ngx_uint_t opcode, u_char *data, size_t len);
static void ngx_http_chat_command_raw(ngx_http_chat_session_t *s,
    ngx_uint_t opcode, u_char *data, size_t len);
static void ngx_http_chat_command_tick(ngx_http_chat_session_t *s);
static void ngx_http_chat_command_drain(ngx_http_chat_session_t *s,
    ngx_msec_t after);
static void ngx_http_chat_command_closed(ngx_http_chat_session_t *s);
static ngx_uint_t ngx_http_chat_command_kind(ngx_uint_t op);
static const ngx_chat_str_t *ngx_http_chat_command_room(
    ngx_http_chat_session_t *s, const ngx_chat_command_t *cmd);
static void ngx_http_chat_command_too_fast(ngx_http_chat_session_t *s,
    const ngx_chat_command_t *cmd, uint32_t wait);
static ngx_chat_code_e ngx_http_chat_command_leave(
    ngx_http_chat_session_t *s, const ngx_chat_command_t *cmd);
static ngx_chat_code_e ngx_http_chat_command_ping(
    ngx_http_chat_session_t *s, const ngx_chat_command_t *cmd);
static size_t ngx_http_chat_command_write_left(u_char *buf, size_t size,
    const void *arg);
static size_t ngx_http_chat_command_write_welcome(u_char *buf, size_t size,
    const void *arg);
static size_t ngx_http_chat_command_write_heartbeat(u_char *buf, size_t size,
    const void *arg);
static size_t ngx_http_chat_command_write_drain(u_char *buf, size_t size,
    const void *arg);
static size_t ngx_http_chat_command_write_ping(u_char *buf, size_t size,
    const void *arg);


const ngx_http_chat_session_handler_t  ngx_http_chat_command_handler = {
    ngx_http_chat_command_open,
    ngx_http_chat_command_message,
    ngx_http_chat_command_tick,
    ngx_http_chat_command_drain,
    ngx_http_chat_command_closed
};


/* by ngx_chat_op_e */

static const ngx_http_chat_command_pt
    ngx_http_chat_commands[NGX_CHAT_OP_COUNT] =
{
    NULL,
    ngx_http_chat_join,
    ngx_http_chat_command_leave,
    ngx_http_chat_hub_send,
    ngx_http_chat_hub_who,
    ngx_http_chat_hub_typing,
    ngx_http_chat_command_ping,
    ngx_http_chat_hub_history,
    ngx_http_chat_hub_mod,
    ngx_http_chat_command_auth,
    ngx_http_chat_hub_change,
    ngx_http_chat_hub_change
};


static void
ngx_http_chat_command_open(ngx_http_chat_session_t *s)
{
    if (!s->head->unknown) {
        ngx_http_chat_command_greet(s);
    }
}


void
ngx_http_chat_command_greet(ngx_http_chat_session_t *s)
{
    ngx_http_chat_site_enter(s, ngx_http_chat_command_enter);
}


static void
ngx_http_chat_command_enter(ngx_http_chat_session_t *s)
{
    u_char               name[NGX_CHAT_NAME_ROOM_MAX + 1], *space;
    ngx_str_t            room, position;
    ngx_uint_t           raw;
    ngx_chat_code_e      code;
    ngx_chat_command_t   cmd;

    raw = (s->conf->format == NGX_HTTP_CHAT_FORMAT_RAW);

    if (!raw) {
        ngx_http_chat_command_welcome(s);
    }

    room = ngx_http_chat_head_str(s->head, NGX_HTTP_CHAT_HEAD_ROOM);

    if (room.len == 0) {
        return;
    }

    /* raw rooms are rooms of their own: nobody there understands events */

    name[0] = NGX_CHAT_NAME_RAW;
    ngx_memcpy(name + 1, room.data, room.len);

    ngx_chat_proto_init(&cmd);

    cmd.op = NGX_CHAT_OP_JOIN;
    cmd.room.data = raw ? name : name + 1;
    cmd.room.len = raw ? room.len + 1 : room.len;
    cmd.presence = 1;

    position = ngx_http_chat_head_str(s->head, NGX_HTTP_CHAT_HEAD_POSITION);
    space = ngx_strlchr(position.data, position.data + position.len, ' ');

    if (space != NULL) {
        cmd.after = ngx_atoof(position.data, space - position.data);
        cmd.epoch.data = space + 1;
        cmd.epoch.len = position.data + position.len - (space + 1);
    }

    code = ngx_http_chat_join(s, &cmd);

    if (code != NGX_CHAT_CODE_OK) {
        ngx_http_chat_join_refuse(s, 0, code, &cmd.room);
    }
}


static void
ngx_http_chat_command_welcome(ngx_http_chat_session_t *s)
{
    ngx_chat_welcome_t    w;
    u_char                node[NGX_INT64_LEN + NGX_OFF_T_LEN];
    const char           *features[NGX_HTTP_CHAT_FEATURES + 1];

    ngx_memzero(&w, sizeof(ngx_chat_welcome_t));

    ngx_http_chat_command_user(s, &w);

    w.session.data = s->id;
    w.session.len = NGX_HTTP_CHAT_SESSION_ID_LEN;
    w.time = ngx_http_chat_answer_time();
    w.heartbeat = (uint32_t) ((s->conf->ping_interval + 999) / 1000);
    w.message_max = s->conf->message_size;
    w.text_max = (uint32_t) s->conf->max_text;
    w.rooms_max = (uint32_t) s->conf->max_rooms;

    ngx_http_chat_command_features(s, features);
    w.features = features;

    if (s->conf->keep.count != 0) {
        w.history_max = (uint32_t) s->conf->history_page;
    }

    /* opaque: the same for all sessions of this worker, for no others */

    w.node.data = node;
    w.node.len = (size_t) (ngx_sprintf(node, "%08xD",
                               ngx_crc32_short((u_char *) &ngx_pid,
                                               sizeof(ngx_pid)))
                           - node);

    ngx_http_chat_answer(s, ngx_http_chat_command_write_welcome, &w);
}


/* What is switched on, ended by NULL. */

static void
ngx_http_chat_command_features(ngx_http_chat_session_t *s,
    const char **features)
{
    if (s->conf->keep.count != 0) {
        *features++ = "history";
        *features++ = "edit";
    }

    *features++ = "typing";

    if (s->conf->presence != NGX_HTTP_CHAT_PRESENCE_OFF) {
        *features++ = "presence";
    }

    if (s->conf->tokens.nkeys != 0) {
        *features++ = "auth";
    }

    *features = NULL;
}


void
ngx_http_chat_command_user(ngx_http_chat_session_t *s, ngx_chat_welcome_t *w)
{
    ngx_str_t         id, name;
    ngx_chat_role_e   role;

    id = ngx_http_chat_head_str(s->head, NGX_HTTP_CHAT_HEAD_USER);
    name = ngx_http_chat_head_str(s->head, NGX_HTTP_CHAT_HEAD_NAME);
    role = (ngx_chat_role_e) s->head->given;

    w->user.id.data = id.data;
    w->user.id.len = id.len;
    w->user.name.data = name.data;
    w->user.name.len = name.len;
    w->guest = s->head->guest;

    if (role != NGX_CHAT_ROLE_NONE) {
        w->role.data = (const u_char *) ngx_chat_rights_role_name(role);
        w->role.len = ngx_strlen(w->role.data);
    }
}


static size_t
ngx_http_chat_command_write_welcome(u_char *buf, size_t size,
    const void *arg)
{
    return ngx_chat_proto_welcome(buf, size, arg);
}


static void
ngx_http_chat_command_message(ngx_http_chat_session_t *s, ngx_uint_t opcode,
    u_char *data, size_t len)
{
    uint32_t             wait;
    ngx_chat_code_e      code;
    ngx_chat_command_t   cmd;

    if (s->conf->format == NGX_HTTP_CHAT_FORMAT_RAW) {
        ngx_http_chat_command_raw(s, opcode, data, len);
        return;
    }

    code = ngx_chat_proto_parse(&cmd, data, len, s->conf->max_text);

    if (code != NGX_CHAT_CODE_OK) {
        /* it may be anything */
        cmd.room.len = 0;
    }

    wait = ngx_http_chat_limit_command(s, ngx_http_chat_command_kind(cmd.op),
                                       ngx_http_chat_command_room(s, &cmd));
    if (wait != 0) {
        ngx_http_chat_command_too_fast(s, &cmd, wait);
        ngx_chat_proto_release(&cmd);
        return;
    }

    if (code == NGX_CHAT_CODE_OK && s->head->unknown
        && cmd.op != NGX_CHAT_OP_AUTH && cmd.op != NGX_CHAT_OP_PING)
    {
        code = NGX_CHAT_CODE_UNAUTHORIZED;
        cmd.why = "Log in first, by \"auth\" with a token.";
    }

    if (code != NGX_CHAT_CODE_OK) {
        ngx_http_chat_answer_refusal(s, &cmd, code, cmd.why);

        if (code == NGX_CHAT_CODE_BAD_REQUEST) {
            ngx_http_chat_limit_strike(s, NGX_CHAT_CLOSE_POLICY);
        }

        ngx_chat_proto_release(&cmd);
        return;
    }

    code = ngx_http_chat_commands[cmd.op](s, &cmd);

    if (code != NGX_CHAT_CODE_OK) {
        ngx_http_chat_answer_refusal(s, &cmd, code, cmd.why);
    }

    ngx_chat_proto_release(&cmd);
}


static ngx_uint_t
ngx_http_chat_command_kind(ngx_uint_t op)
{
    switch (op) {

    case NGX_CHAT_OP_JOIN:
        return NGX_HTTP_CHAT_KIND_JOIN;

    case NGX_CHAT_OP_SEND:
    case NGX_CHAT_OP_EDIT:
    case NGX_CHAT_OP_DELETE:
        return NGX_HTTP_CHAT_KIND_SEND;

    case NGX_CHAT_OP_HISTORY:
        return NGX_HTTP_CHAT_KIND_HISTORY;

    case NGX_CHAT_OP_TYPING:
        return NGX_HTTP_CHAT_KIND_TYPING;

    default:
        return NGX_HTTP_CHAT_KIND_OTHER;
    }
}


/* Who is not in a room takes nothing from those who are. */

static const ngx_chat_str_t *
ngx_http_chat_command_room(ngx_http_chat_session_t *s,
    const ngx_chat_command_t *cmd)
{
    ngx_chat_room_t  *r;

    static const ngx_chat_str_t  nowhere = { 0, NULL };

    if (cmd->op == NGX_CHAT_OP_JOIN) {
        return &cmd->room;
    }

    r = ngx_chat_rooms_find(&s->conf->store->hub->rooms, &cmd->room);

    return (r != NULL && ngx_chat_room_member(s->rooms, r) != NULL)
           ? &r->name : &nowhere;
}


static void
ngx_http_chat_command_too_fast(ngx_http_chat_session_t *s,
    const ngx_chat_command_t *cmd, uint32_t wait)
{
    ngx_chat_error_t  e;

    ngx_memzero(&e, sizeof(ngx_chat_error_t));

    e.id = cmd->id;
    e.code = NGX_CHAT_CODE_RATE_LIMITED;
    e.retry_after = wait;
    e.room = cmd->room;

    ngx_http_chat_answer_fault(s, &e);
    ngx_http_chat_limit_refused(s, NGX_CHAT_CLOSE_FLOODING);
}


static void
ngx_http_chat_command_raw(ngx_http_chat_session_t *s, ngx_uint_t opcode,
    u_char *data, size_t len)
{
    ngx_chat_error_t  e;

    ngx_memzero(&e, sizeof(ngx_chat_error_t));

    if (s->rooms != NULL) {
        e.room = s->rooms->room->name;
    }

    if (ngx_http_chat_limit_command(s, NGX_HTTP_CHAT_KIND_SEND, &e.room)
        != 0)
    {
        /* it is lost; nothing can be said but, at last, the close */
        e.code = NGX_CHAT_CODE_RATE_LIMITED;

        ngx_http_chat_notice_refusal(s, &e);
        ngx_http_chat_limit_refused(s, NGX_CHAT_CLOSE_POLICY);
        return;
    }

    e.code = ngx_http_chat_hub_raw(s, opcode, data, len);

    if (e.code != NGX_CHAT_CODE_OK) {
        ngx_http_chat_notice_refusal(s, &e);

        /* there is no other way to say that the message is lost */

        ngx_http_chat_session_close(s, NGX_CHAT_CLOSE_TRY_LATER,
                                    "the chat store is away, try again later");
    }
}


static void
ngx_http_chat_command_tick(ngx_http_chat_session_t *s)
{
    int64_t  now;

    /* nothing comes before the welcome */

    if (s->conf->format == NGX_HTTP_CHAT_FORMAT_RAW || s->head->unknown) {
        return;
    }

    /* browsers hide pings from scripts */

    now = ngx_http_chat_answer_time();

    ngx_http_chat_answer(s, ngx_http_chat_command_write_heartbeat, &now);
}


static size_t
ngx_http_chat_command_write_heartbeat(u_char *buf, size_t size,
    const void *arg)
{
    return ngx_chat_proto_heartbeat(buf, size, *(const int64_t *) arg);
}


static void
ngx_http_chat_command_drain(ngx_http_chat_session_t *s, ngx_msec_t after)
{
    uint32_t  ms;

    if (s->conf->format == NGX_HTTP_CHAT_FORMAT_JSON && !s->head->unknown) {
        ms = (uint32_t) after;
        ngx_http_chat_answer(s, ngx_http_chat_command_write_drain, &ms);
    }
}


static size_t
ngx_http_chat_command_write_drain(u_char *buf, size_t size, const void *arg)
{
    return ngx_chat_proto_drain(buf, size, *(const uint32_t *) arg);
}


static void
ngx_http_chat_command_closed(ngx_http_chat_session_t *s)
{
    ngx_http_chat_ask_cancel(s);
    ngx_http_chat_hub_leave_all(s);
}


static ngx_chat_code_e
ngx_http_chat_command_leave(ngx_http_chat_session_t *s,
    const ngx_chat_command_t *cmd)
{
    ngx_chat_code_e  code;

    code = ngx_http_chat_hub_leave(s, &cmd->room);

    if (code != NGX_CHAT_CODE_OK) {
        return code;
    }

    if (cmd->id == 0) {
        ngx_http_chat_answer(s, ngx_http_chat_command_write_left, &cmd->room);

    } else {
        ngx_http_chat_answer_ok(s, cmd->id);
    }

    return NGX_CHAT_CODE_OK;
}


static size_t
ngx_http_chat_command_write_left(u_char *buf, size_t size, const void *arg)
{
    return ngx_chat_proto_self(buf, size, "left", arg, "asked");
}


static ngx_chat_code_e
ngx_http_chat_command_ping(ngx_http_chat_session_t *s,
    const ngx_chat_command_t *cmd)
{
    ngx_http_chat_command_ping_t  ping;

    if (cmd->id != 0) {
        ping.id = cmd->id;
        ping.t = cmd->t;

        ngx_http_chat_answer(s, ngx_http_chat_command_write_ping, &ping);
    }

    return NGX_CHAT_CODE_OK;
}


static size_t
ngx_http_chat_command_write_ping(u_char *buf, size_t size, const void *arg)
{
    const ngx_http_chat_command_ping_t  *ping;

    ping = arg;

    return ngx_chat_proto_ok_ping(buf, size, ping->id, ping->t,
                                  ngx_http_chat_answer_time());
}
