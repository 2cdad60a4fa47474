
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What happens, told to those who observe it; see the header. */


#include "ngx_http_chat_notice.h"
#include "ngx_http_chat_kept.h"
#include "ngx_chat_name.h"


typedef struct {
    uint16_t     code;
    const char  *cause;
} ngx_http_chat_notice_cause_t;


static void ngx_http_chat_notice_tell(ngx_http_chat_notice_t *n);
static void ngx_http_chat_notice_of(ngx_http_chat_notice_t *n,
    ngx_http_chat_notice_e what, ngx_http_chat_session_t *s);
static void ngx_http_chat_notice_from(ngx_http_chat_notice_t *n,
    ngx_http_chat_notice_e what, ngx_http_request_t *r);
static void ngx_http_chat_notice_room(ngx_http_chat_notice_t *n,
    const ngx_chat_str_t *room);
static void ngx_http_chat_notice_text(ngx_chat_str_t *str, const char *text);
static ngx_http_chat_notice_t *ngx_http_chat_notice_keep(
    const ngx_http_chat_notice_t *n, const ngx_chat_mod_t *mod);


const char *const  ngx_http_chat_notice_names[] = {
    "open", "login", "join", "leave", "refusal", "moderation", "close"
};


/* Why the server closes; a client's own close has its own codes. */

static const ngx_http_chat_notice_cause_t  ngx_http_chat_notice_causes[] = {
    { NGX_CHAT_CLOSE_GOING_AWAY, "stopped" },
    { NGX_CHAT_CLOSE_PROTOCOL, "protocol" },
    { NGX_CHAT_CLOSE_UNSUPPORTED, "protocol" },
    { NGX_CHAT_CLOSE_ABNORMAL, "lost" },
    { NGX_CHAT_CLOSE_BAD_DATA, "protocol" },
    { NGX_CHAT_CLOSE_POLICY, "policy" },
    { NGX_CHAT_CLOSE_TOO_LARGE, "too_large" },
    { NGX_CHAT_CLOSE_INTERNAL, "internal" },
    { NGX_CHAT_CLOSE_RESTART, "drain" },
    { NGX_CHAT_CLOSE_TRY_LATER, "unavailable" },
    { NGX_CHAT_CLOSE_UNAUTHORIZED, "unauthorized" },
    { NGX_CHAT_CLOSE_FORBIDDEN, "forbidden" },
    { NGX_CHAT_CLOSE_AUTH_TIMEOUT, "auth_timeout" },
    { NGX_CHAT_CLOSE_ENDED, "kicked" },
    { NGX_CHAT_CLOSE_BANNED, "banned" },
    { NGX_CHAT_CLOSE_CAPACITY, "capacity" },
    { NGX_CHAT_CLOSE_SLOW, "slow" },
    { NGX_CHAT_CLOSE_FLOODING, "flooding" },
    { NGX_CHAT_CLOSE_DRAIN, "drain" },
    { NGX_CHAT_CLOSE_NO_PONG, "no_pong" },
    { NGX_CHAT_CLOSE_RESYNC, "resync" },
    { NGX_CHAT_CLOSE_TOKEN, "token_expired" }
};


ngx_int_t
ngx_http_chat_observe(ngx_conf_t *cf, ngx_http_chat_loc_conf_t *conf,
    const ngx_http_chat_observer_t *observer)
{
    ngx_http_chat_observer_t  *o;

    o = ngx_palloc(cf->pool, sizeof(ngx_http_chat_observer_t));
    if (o == NULL) {
        return NGX_ERROR;
    }

    *o = *observer;
    o->next = conf->observers;

    conf->observers = o;

    return NGX_OK;
}


static void
ngx_http_chat_notice_tell(ngx_http_chat_notice_t *n)
{
    ngx_time_t                *tp;
    ngx_http_chat_observer_t  *o;

    tp = ngx_timeofday();
    n->time = (int64_t) tp->sec * 1000 + (int64_t) tp->msec;

    for (o = n->conf->observers; o != NULL; o = o->next) {
        o->handler(o->data, n);
    }
}


static void
ngx_http_chat_notice_of(ngx_http_chat_notice_t *n,
    ngx_http_chat_notice_e what, ngx_http_chat_session_t *s)
{
    ngx_str_t  user, name, kept;

    ngx_memzero(n, sizeof(ngx_http_chat_notice_t));

    user = ngx_http_chat_head_str(s->head, NGX_HTTP_CHAT_HEAD_USER);
    name = ngx_http_chat_head_str(s->head, NGX_HTTP_CHAT_HEAD_NAME);
    kept = ngx_http_chat_head_str(s->head, NGX_HTTP_CHAT_HEAD_KEPT);

    n->what = what;
    n->conf = s->conf;
    n->session = s;
    n->id.len = NGX_HTTP_CHAT_SESSION_ID_LEN;
    n->id.data = s->id;
    n->user.len = user.len;
    n->user.data = user.data;
    n->name.len = name.len;
    n->name.data = name.data;
    n->address.len = s->connection->addr_text.len;
    n->address.data = s->connection->addr_text.data;
    n->transport = s->stream ? "sse" : "websocket";
    n->guest = s->head->guest;
    n->kept.len = kept.len;
    n->kept.data = kept.data;
    n->cause = "";
}


static void
ngx_http_chat_notice_from(ngx_http_chat_notice_t *n,
    ngx_http_chat_notice_e what, ngx_http_request_t *r)
{
    ngx_str_t             kept;
    ngx_http_chat_ctx_t  *ctx;

    ngx_memzero(n, sizeof(ngx_http_chat_notice_t));

    n->what = what;
    n->conf = ngx_http_get_module_loc_conf(r, ngx_http_chat_module);
    n->request = r;
    n->address.len = r->connection->addr_text.len;
    n->address.data = r->connection->addr_text.data;
    n->transport = n->conf->api ? "http" : "websocket";
    n->cause = "";

    kept = ngx_http_chat_kept_make(r, n->conf);
    n->kept.len = kept.len;
    n->kept.data = kept.data;

    ctx = ngx_http_get_module_ctx(r, ngx_http_chat_module);

    if (ctx != NULL) {
        n->user.len = ctx->user.len;
        n->user.data = ctx->user.data;
        n->name.len = ctx->name.len;
        n->name.data = ctx->name.data;
        n->room.len = ctx->room.len;
        n->room.data = ctx->room.data;
        n->guest = ctx->guest & 1;
    }
}


/* The mark of raw rooms is ours. */

static void
ngx_http_chat_notice_room(ngx_http_chat_notice_t *n,
    const ngx_chat_str_t *room)
{
    n->room = *room;

    if (n->conf->format == NGX_HTTP_CHAT_FORMAT_RAW
        && room->len != 0 && room->data[0] == NGX_CHAT_NAME_RAW)
    {
        n->room.data++;
        n->room.len--;
    }
}


static void
ngx_http_chat_notice_text(ngx_chat_str_t *str, const char *text)
{
    str->data = (const u_char *) text;
    str->len = ngx_strlen(text);
}


void
ngx_http_chat_notice_session(ngx_http_chat_session_t *s,
    ngx_http_chat_notice_e what, const char *reason)
{
    ngx_http_chat_notice_t  n;

    if (s->conf->observers == NULL) {
        return;
    }

    ngx_http_chat_notice_of(&n, what, s);
    ngx_http_chat_notice_text(&n.reason, reason);

    if (what == NGX_HTTP_CHAT_NOTICE_CLOSE) {
        n.code = s->close_code;
        n.cause = ngx_http_chat_notice_cause(s);
    }

    ngx_http_chat_notice_tell(&n);
}


const char *
ngx_http_chat_notice_cause(const ngx_http_chat_session_t *s)
{
    ngx_uint_t  i;

    if (s->close_received) {
        return "client";
    }

    for (i = 0;
         i < sizeof(ngx_http_chat_notice_causes)
             / sizeof(ngx_http_chat_notice_cause_t);
         i++)
    {
        if (ngx_http_chat_notice_causes[i].code == s->close_code) {
            return ngx_http_chat_notice_causes[i].cause;
        }
    }

    return "other";
}


void
ngx_http_chat_notice_member(ngx_http_chat_session_t *s,
    ngx_http_chat_notice_e what, const ngx_chat_str_t *room,
    const char *cause)
{
    ngx_http_chat_notice_t  n;

    if (s->conf->observers == NULL) {
        return;
    }

    ngx_http_chat_notice_of(&n, what, s);
    ngx_http_chat_notice_room(&n, room);
    n.cause = cause;

    ngx_http_chat_notice_tell(&n);
}


void
ngx_http_chat_notice_refusal(ngx_http_chat_session_t *s,
    const ngx_chat_error_t *e)
{
    const ngx_chat_code_t   *row;
    ngx_http_chat_notice_t   n;

    if (s->conf->observers == NULL) {
        return;
    }

    row = ngx_chat_proto_code(e->code);

    ngx_http_chat_notice_of(&n, NGX_HTTP_CHAT_NOTICE_REFUSAL, s);
    ngx_http_chat_notice_room(&n, &e->room);
    ngx_http_chat_notice_text(&n.reason, (e->message != NULL) ? e->message
                                                              : row->message);
    n.code = row->status;
    n.cause = row->name;
    n.until = e->until;

    ngx_http_chat_notice_tell(&n);
}


void
ngx_http_chat_notice_request(ngx_http_request_t *r, ngx_uint_t status,
    const char *code, const char *detail)
{
    ngx_http_chat_ctx_t       *ctx;
    ngx_http_chat_notice_t     n;
    ngx_http_chat_loc_conf_t  *conf;

    ctx = ngx_http_get_module_ctx(r, ngx_http_chat_module);

    if (ctx != NULL) {
        ctx->cause = code;
    }

    conf = ngx_http_get_module_loc_conf(r, ngx_http_chat_module);

    if (conf->observers == NULL) {
        return;
    }

    ngx_http_chat_notice_from(&n, NGX_HTTP_CHAT_NOTICE_REFUSAL, r);
    ngx_http_chat_notice_text(&n.reason, detail);
    n.code = status;
    n.cause = code;

    ngx_http_chat_notice_tell(&n);
}


ngx_http_chat_notice_t *
ngx_http_chat_notice_act(ngx_http_chat_session_t *s,
    const ngx_chat_str_t *room, const ngx_chat_mod_t *mod)
{
    ngx_http_chat_notice_t  n;

    if (s->conf->observers == NULL) {
        return NULL;
    }

    ngx_http_chat_notice_of(&n, NGX_HTTP_CHAT_NOTICE_MODERATION, s);
    n.room = *room;

    return ngx_http_chat_notice_keep(&n, mod);
}


ngx_http_chat_notice_t *
ngx_http_chat_notice_call(ngx_http_request_t *r, const ngx_chat_str_t *room,
    const ngx_chat_mod_t *mod, ngx_uint_t backend)
{
    ngx_http_chat_notice_t     n;
    ngx_http_chat_loc_conf_t  *conf;

    conf = ngx_http_get_module_loc_conf(r, ngx_http_chat_module);

    if (conf->observers == NULL) {
        return NULL;
    }

    ngx_http_chat_notice_from(&n, NGX_HTTP_CHAT_NOTICE_MODERATION, r);
    n.room = *room;
    n.backend = backend & 1;

    return ngx_http_chat_notice_keep(&n, mod);
}


/* In one piece, for who asked may be gone when the store answers. */

static ngx_http_chat_notice_t *
ngx_http_chat_notice_keep(const ngx_http_chat_notice_t *n,
    const ngx_chat_mod_t *mod)
{
    size_t                   size;
    u_char                  *p;
    ngx_uint_t               i;
    ngx_chat_str_t          *strs[9];
    ngx_http_chat_notice_t  *kept;

    size = n->id.len + n->user.len + n->name.len + n->address.len
           + n->room.len + n->kept.len
           + mod->user.len + mod->ip.len + mod->why.len;

    kept = ngx_alloc(sizeof(ngx_http_chat_notice_t) + size, ngx_cycle->log);
    if (kept == NULL) {
        return NULL;
    }

    *kept = *n;
    kept->session = NULL;
    kept->request = NULL;
    kept->mod = *mod;

    strs[0] = &kept->id;
    strs[1] = &kept->user;
    strs[2] = &kept->name;
    strs[3] = &kept->address;
    strs[4] = &kept->room;
    strs[5] = &kept->mod.user;
    strs[6] = &kept->mod.ip;
    strs[7] = &kept->mod.why;
    strs[8] = &kept->kept;

    p = (u_char *) (kept + 1);

    for (i = 0; i < 9; i++) {

        if (strs[i]->len == 0) {
            continue;
        }

        ngx_memcpy(p, strs[i]->data, strs[i]->len);
        strs[i]->data = p;
        p += strs[i]->len;
    }

    return kept;
}


void
ngx_http_chat_notice_acted(ngx_http_chat_notice_t *n, ngx_chat_code_e code,
    int64_t until)
{
    if (n == NULL) {
        return;
    }

    if (code == NGX_CHAT_CODE_OK) {
        n->cause = ngx_chat_rights_act_name(n->mod.act);
        n->reason = n->mod.why;
        n->until = until;

        ngx_http_chat_notice_tell(n);
    }

    ngx_free(n);
}
