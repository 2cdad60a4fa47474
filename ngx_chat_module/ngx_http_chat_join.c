
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The site lets in, or does not; see the header. */


#include "ngx_http_chat_join.h"
#include "ngx_http_chat_answer.h"
#include "ngx_http_chat_hub.h"
#include "ngx_http_chat_metric.h"
#include "ngx_http_chat_raw.h"
#include "ngx_http_chat_session_log.h"
#include "ngx_http_chat_table.h"


static void ngx_http_chat_join_key(ngx_http_chat_consent_key_t *key,
    const ngx_http_chat_loc_conf_t *conf, ngx_str_t user,
    const ngx_chat_str_t *room);
static ngx_chat_code_e ngx_http_chat_join_ask(ngx_http_chat_session_t *s,
    const ngx_chat_command_t *cmd);
static ngx_http_chat_ask_t *ngx_http_chat_join_create(
    const ngx_http_chat_asker_t *asker);
static ngx_int_t ngx_http_chat_join_copy(ngx_http_chat_ask_t *ask,
    const ngx_chat_command_t *cmd);
static void ngx_http_chat_join_answered(ngx_http_chat_ask_t *ask,
    ngx_uint_t status);
static void ngx_http_chat_join_told(ngx_http_chat_ask_t *ask,
    ngx_uint_t status);
static ngx_int_t ngx_http_chat_join_room(ngx_http_chat_ask_t *ask,
    ngx_chat_str_t room);
static void ngx_http_chat_join_learn(ngx_http_chat_ask_t *ask,
    ngx_uint_t status, const ngx_chat_str_t *room,
    ngx_http_chat_consent_t *consent);
static void ngx_http_chat_join_read(ngx_http_chat_ask_t *ask,
    ngx_uint_t status, ngx_http_chat_consent_t *consent);
static ngx_uint_t ngx_http_chat_join_result(ngx_chat_code_e code);
static ngx_chat_role_e ngx_http_chat_join_role(ngx_http_chat_ask_t *ask);
static ngx_chat_code_e ngx_http_chat_join_as(ngx_http_chat_session_t *s,
    const ngx_chat_command_t *cmd, const ngx_http_chat_consent_t *consent);


ngx_chat_code_e
ngx_http_chat_join(ngx_http_chat_session_t *s, const ngx_chat_command_t *cmd)
{
    ngx_chat_room_t              *room;
    ngx_http_chat_member_t       *m;
    ngx_http_chat_consent_t       consent;
    ngx_http_chat_consent_key_t   key;

    if (s->conf->join == NULL) {
        return ngx_http_chat_hub_join(s, cmd);
    }

    if (s->head->entered) {
        /* a stream was asked about before it began, and has one room */
        return ngx_http_chat_hub_join_as(s, cmd,
                                         (ngx_chat_role_e) s->head->as);
    }

    if (!ngx_http_chat_hub_here(s->conf, &cmd->room)) {
        return NGX_CHAT_CODE_FORBIDDEN;
    }

    room = ngx_chat_rooms_find(&s->conf->store->hub->rooms, &cmd->room);
    m = (room != NULL) ? (ngx_http_chat_member_t *)
                         ngx_chat_room_member(s->rooms, room)
                       : NULL;

    if (m != NULL && m->joined) {
        /* who is in was let in */
        return ngx_http_chat_hub_join_as(s, cmd, (ngx_chat_role_e) m->given);
    }

    ngx_http_chat_join_key(&key, s->conf,
                           ngx_http_chat_head_str(s->head,
                                                  NGX_HTTP_CHAT_HEAD_USER),
                           &cmd->room);

    if (ngx_http_chat_consent_find(&s->conf->join->consents, &key, &consent)
        == NGX_OK)
    {
        return ngx_http_chat_join_as(s, cmd, &consent);
    }

    return ngx_http_chat_join_ask(s, cmd);
}


static void
ngx_http_chat_join_key(ngx_http_chat_consent_key_t *key,
    const ngx_http_chat_loc_conf_t *conf, ngx_str_t user,
    const ngx_chat_str_t *room)
{
    key->where = conf;
    key->user.data = user.data;
    key->user.len = user.len;
    key->room = *room;
}


static ngx_chat_code_e
ngx_http_chat_join_ask(ngx_http_chat_session_t *s,
    const ngx_chat_command_t *cmd)
{
    ngx_http_chat_ask_t    *ask;
    ngx_http_chat_asker_t   asker;

    ngx_http_chat_ask_session(s, &asker);

    ask = ngx_http_chat_join_create(&asker);

    if (ask == NULL) {
        return NGX_CHAT_CODE_UNAVAILABLE;
    }

    if (ngx_http_chat_join_copy(ask, cmd) != NGX_OK) {
        ngx_http_chat_ask_discard(ask);
        return NGX_CHAT_CODE_INTERNAL;
    }

    ask->handler = ngx_http_chat_join_answered;

    ngx_http_chat_ask_send(ask);
    ngx_http_chat_session_pause(s, NGX_HTTP_CHAT_PAUSE_JOIN);

    return NGX_CHAT_CODE_OK;
}


static ngx_http_chat_ask_t *
ngx_http_chat_join_create(const ngx_http_chat_asker_t *asker)
{
    ngx_http_chat_ask_t      *ask;
    ngx_http_chat_backend_t  *backend;

    backend = &asker->conf->join->backend;

    ask = (asker->head != NULL) ? ngx_http_chat_ask_make(asker, backend)
                                : NULL;

    if (ask == NULL) {
        ngx_http_chat_metric_add(NGX_CHAT_METRIC_JOIN_HOOK,
                                 NGX_CHAT_METRIC_UNASKED, 1);

        if (ngx_http_chat_ask_may_log(backend)) {
            ngx_log_error(NGX_LOG_ERR, (ngx_log_t *) asker->log, 0,
                          "too many joins wait for \"%V\"", &backend->uri);
        }
    }

    return ask;
}


ngx_int_t
ngx_http_chat_join_call(const ngx_http_chat_join_call_t *call,
    ngx_http_chat_consent_t *consent, ngx_http_chat_ask_t **ask)
{
    ngx_connection_t             *c;
    ngx_http_chat_asker_t         asker;
    ngx_http_chat_loc_conf_t     *conf;
    ngx_http_chat_join_call_t    *copy;
    ngx_http_chat_consent_key_t   key;

    c = call->request->connection;
    conf = call->ctx->conf;

    ngx_http_chat_join_key(&key, conf, call->ctx->user, &call->room);

    if (ngx_http_chat_consent_find(&conf->join->consents, &key, consent)
        == NGX_OK)
    {
        return NGX_OK;
    }

    asker.conf = conf;
    asker.listening = c->listening;
    asker.log = c->log;
    asker.session = 0;
    asker.head = ngx_http_chat_head_create(call->request->pool, call->request,
                                           call->ctx);

    consent->code = NGX_CHAT_CODE_UNAVAILABLE;
    consent->role = NGX_CHAT_ROLE_NONE;

    *ask = ngx_http_chat_join_create(&asker);

    if (*ask == NULL) {
        return NGX_OK;
    }

    copy = ngx_palloc((*ask)->pool, sizeof(ngx_http_chat_join_call_t));

    if (copy == NULL
        || ngx_http_chat_join_room(*ask, call->room) != NGX_OK)
    {
        ngx_http_chat_ask_discard(*ask);
        return NGX_OK;
    }

    *copy = *call;

    (*ask)->data = copy;
    (*ask)->handler = ngx_http_chat_join_told;

    ngx_http_chat_ask_send(*ask);

    return NGX_AGAIN;
}


/* The command's own strings go when the caller returns. */

static ngx_int_t
ngx_http_chat_join_copy(ngx_http_chat_ask_t *ask,
    const ngx_chat_command_t *cmd)
{
    u_char              *p;
    ngx_chat_command_t  *copy;

    copy = ngx_palloc(ask->pool, sizeof(ngx_chat_command_t));
    if (copy == NULL) {
        return NGX_ERROR;
    }

    p = ngx_pnalloc(ask->pool, cmd->room.len + cmd->epoch.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_chat_proto_init(copy);

    copy->op = cmd->op;
    copy->id = cmd->id;
    copy->after = cmd->after;
    copy->limit = cmd->limit;
    copy->presence = cmd->presence;

    copy->room.data = p;
    copy->room.len = cmd->room.len;
    p = ngx_cpymem(p, cmd->room.data, cmd->room.len);

    if (cmd->epoch.data != NULL) {
        copy->epoch.data = p;
        copy->epoch.len = cmd->epoch.len;
        ngx_memcpy(p, cmd->epoch.data, cmd->epoch.len);
    }

    ask->data = copy;

    return ngx_http_chat_join_room(ask, copy->room);
}


static ngx_int_t
ngx_http_chat_join_room(ngx_http_chat_ask_t *ask, ngx_chat_str_t room)
{
    if (room.data[0] == NGX_CHAT_NAME_RAW) {
        /* the mark of raw rooms is ours */
        room.data++;
        room.len--;
    }

    return ngx_http_chat_ask_room(ask, &room);
}


static void
ngx_http_chat_join_answered(ngx_http_chat_ask_t *ask, ngx_uint_t status)
{
    ngx_chat_code_e           code;
    ngx_chat_command_t       *cmd;
    ngx_http_chat_consent_t   consent;
    ngx_http_chat_session_t  *s;

    cmd = ask->data;

    s = ngx_http_chat_table_find(ask->session);

    if (s == NULL) {
        return;
    }

    ngx_http_chat_join_learn(ask, status, &cmd->room, &consent);

    /* if the store has to be asked, the hub will pause it again */
    ngx_http_chat_session_resume(s, NGX_HTTP_CHAT_PAUSE_JOIN);

    code = ngx_http_chat_join_as(s, cmd, &consent);

    if (code != NGX_CHAT_CODE_OK) {
        ngx_http_chat_join_refuse(s, cmd->id, code, &cmd->room);
    }
}


static void
ngx_http_chat_join_told(ngx_http_chat_ask_t *ask, ngx_uint_t status)
{
    ngx_http_chat_consent_t     consent;
    ngx_http_chat_join_call_t  *call;

    call = ask->data;

    ngx_http_chat_join_learn(ask, status, &call->room, &consent);

    call->done(call->data, &consent);
}


/* What the site says, which may be kept. */

static void
ngx_http_chat_join_learn(ngx_http_chat_ask_t *ask, ngx_uint_t status,
    const ngx_chat_str_t *room, ngx_http_chat_consent_t *consent)
{
    ngx_http_chat_consent_key_t  key;

    ngx_http_chat_join_read(ask, status, consent);

    ngx_http_chat_metric_add(NGX_CHAT_METRIC_JOIN_HOOK,
                             ngx_http_chat_join_result(consent->code), 1);

    if (consent->code != NGX_CHAT_CODE_UNAVAILABLE && !ask->head->guest) {
        /* a guest is somebody else each time */
        ngx_http_chat_join_key(&key, ask->conf, ask->ctx.user, room);
        ngx_http_chat_consent_keep(&ask->conf->join->consents, &key, consent);
    }
}


/* What an answer of the site means. */

static void
ngx_http_chat_join_read(ngx_http_chat_ask_t *ask, ngx_uint_t status,
    ngx_http_chat_consent_t *consent)
{
    consent->code = NGX_CHAT_CODE_UNAVAILABLE;
    consent->role = NGX_CHAT_ROLE_NONE;

    if (status >= NGX_HTTP_OK && status < NGX_HTTP_SPECIAL_RESPONSE) {
        consent->code = NGX_CHAT_CODE_OK;
        consent->role = ngx_http_chat_join_role(ask);
        return;
    }

    switch (status) {

    case NGX_HTTP_UNAUTHORIZED:
        consent->code = NGX_CHAT_CODE_UNAUTHORIZED;
        return;

    case NGX_HTTP_FORBIDDEN:
    case NGX_HTTP_NOT_FOUND:
        /* who may not enter does not learn what there is */
        consent->code = NGX_CHAT_CODE_FORBIDDEN;
        return;
    }

    if (!ngx_http_chat_ask_may_log(ask->backend)) {
        return;
    }

    if (status == 0) {
        ngx_log_error(NGX_LOG_ERR, &ask->log, 0,
                      "\"%V\" did not answer whether a user may join",
                      &ask->backend->uri);

    } else {
        ngx_log_error(NGX_LOG_ERR, &ask->log, 0,
                      "\"%V\" answered %ui when asked whether a user may "
                      "join, which is neither yes nor no",
                      &ask->backend->uri, status);
    }
}


static ngx_uint_t
ngx_http_chat_join_result(ngx_chat_code_e code)
{
    if (code == NGX_CHAT_CODE_OK) {
        return NGX_CHAT_METRIC_ALLOWED;
    }

    return (code == NGX_CHAT_CODE_UNAVAILABLE) ? NGX_CHAT_METRIC_FAILED
                                               : NGX_CHAT_METRIC_DENIED;
}


static ngx_chat_role_e
ngx_http_chat_join_role(ngx_http_chat_ask_t *ask)
{
    ngx_str_t        value;
    ngx_chat_str_t   name;
    ngx_chat_role_e  role;

    value = ngx_http_chat_ask_answered(ask, "X-Chat-Role");

    if (value.len == 0) {
        return NGX_CHAT_ROLE_NONE;
    }

    name.data = value.data;
    name.len = value.len;

    if (ngx_chat_rights_role(&name, &role)) {
        return role;
    }

    if (ngx_http_chat_ask_may_log(ask->backend)) {
        ngx_log_error(NGX_LOG_ERR, &ask->log, 0,
                      "\"%V\" gave the unknown role \"%V\", none is taken",
                      &ask->backend->uri, &value);
    }

    return NGX_CHAT_ROLE_NONE;
}


static ngx_chat_code_e
ngx_http_chat_join_as(ngx_http_chat_session_t *s,
    const ngx_chat_command_t *cmd, const ngx_http_chat_consent_t *consent)
{
    if (consent->code != NGX_CHAT_CODE_OK) {
        return consent->code;
    }

    return ngx_http_chat_hub_join_as(s, cmd, consent->role);
}


void
ngx_http_chat_join_refuse(ngx_http_chat_session_t *s, int64_t id,
    ngx_chat_code_e code, const ngx_chat_str_t *room)
{
    ngx_chat_error_t  e;

    ngx_memzero(&e, sizeof(ngx_chat_error_t));

    e.id = id;
    e.code = code;
    e.room = *room;

    if (s->conf->format == NGX_HTTP_CHAT_FORMAT_JSON) {
        ngx_http_chat_answer_fault(s, &e);

        if (!s->stream) {
            return;
        }
    }

    ngx_http_chat_raw_refuse(s, &e);
}
