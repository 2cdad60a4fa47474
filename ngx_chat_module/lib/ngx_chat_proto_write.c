
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The answers and events of the protocol "chat.v1" to JSON.
 */


#include "ngx_chat_proto.h"

#include "ngx_chat_json_out.h"


#define ngx_chat_proto_lit(out, text)  ngx_chat_json_out_lit(out, text)


typedef struct {
    unsigned     status;
    const char  *title;
} ngx_chat_proto_title_t;


static size_t ngx_chat_proto_ends(ngx_chat_json_out_t *out);
static void ngx_chat_proto_ok_begin(ngx_chat_json_out_t *out,
    unsigned char *buf, size_t size, int64_t id);
static void ngx_chat_proto_unsigned(ngx_chat_json_out_t *out, uint64_t n);
static void ngx_chat_proto_user_out(ngx_chat_json_out_t *out,
    const ngx_chat_str_t *id, const ngx_chat_str_t *name);
static void ngx_chat_proto_users(ngx_chat_json_out_t *out,
    const ngx_chat_user_t *users, size_t n);
static void ngx_chat_proto_seconds(ngx_chat_json_out_t *out, uint32_t ms);
static const char *ngx_chat_proto_title(unsigned status);


/* indexed by ngx_chat_code_e */

static const ngx_chat_code_t  ngx_chat_proto_codes[] = {
    { "ok", 200, 0, "Done." },
    { "bad_request", 400, 0, "The command is malformed." },
    { "unknown_op", 400, 0, "The server does not know this op." },
    { "unauthorized", 401, 0, "Log in first." },
    { "forbidden", 403, 0, "You may not do this." },
    { "not_member", 403, 0, "Join the room first." },
    { "too_many_rooms", 409, 0, "You are in too many rooms." },
    { "too_large", 413, 0, "The message is too long." },
    { "invalid_text", 422, 0, "The text has characters that are not allowed." },
    { "invalid_name", 422, 0, "The name is not valid." },
    { "rate_limited", 429, 1, "You are too fast." },
    { "internal", 500, 1, "The server has a fault. Try again." },
    { "unavailable", 503, 1, "The chat is unavailable. Try again soon." }
};


/* RFC 9110, 15.  Status Codes, and RFC 6585 */

static const ngx_chat_proto_title_t  ngx_chat_proto_titles[] = {
    { 400, "Bad Request" },
    { 401, "Unauthorized" },
    { 403, "Forbidden" },
    { 404, "Not Found" },
    { 405, "Method Not Allowed" },
    { 409, "Conflict" },
    { 413, "Content Too Large" },
    { 414, "URI Too Long" },
    { 415, "Unsupported Media Type" },
    { 422, "Unprocessable Content" },
    { 425, "Too Early" },
    { 426, "Upgrade Required" },
    { 429, "Too Many Requests" },
    { 500, "Internal Server Error" },
    { 501, "Not Implemented" },
    { 502, "Bad Gateway" },
    { 503, "Service Unavailable" },
    { 504, "Gateway Timeout" }
};


const ngx_chat_code_t *
ngx_chat_proto_code(ngx_chat_code_e code)
{
    return &ngx_chat_proto_codes[code];
}


size_t
ngx_chat_proto_welcome(unsigned char *buf, size_t size,
    const ngx_chat_welcome_t *w)
{
    size_t               i;
    ngx_chat_json_out_t  out;

    ngx_chat_json_out_init(&out, buf, size);

    ngx_chat_proto_lit(&out, "{\"ev\":\"welcome\",\"v\":");
    ngx_chat_json_out_number(&out, NGX_CHAT_PROTO_VERSION);
    ngx_chat_proto_lit(&out, ",\"session\":");
    ngx_chat_json_out_string(&out, &w->session);
    ngx_chat_proto_lit(&out, ",\"user\":{\"id\":");
    ngx_chat_json_out_string(&out, &w->user.id);
    ngx_chat_proto_lit(&out, ",\"name\":");
    ngx_chat_json_out_string(&out, &w->user.name);
    ngx_chat_proto_lit(&out, ",\"roles\":[],\"guest\":");
    ngx_chat_json_out_bool(&out, w->guest);
    ngx_chat_proto_lit(&out, "},\"time\":");
    ngx_chat_json_out_number(&out, w->time);
    ngx_chat_proto_lit(&out, ",\"heartbeat\":");
    ngx_chat_proto_unsigned(&out, w->heartbeat);
    ngx_chat_proto_lit(&out, ",\"limits\":{\"message\":");
    ngx_chat_proto_unsigned(&out, w->message_max);
    ngx_chat_proto_lit(&out, ",\"rooms\":");
    ngx_chat_proto_unsigned(&out, w->rooms_max);
    ngx_chat_proto_lit(&out, ",\"history\":0},\"features\":[");

    for (i = 0; w->features[i] != NULL; i++) {
        if (i != 0) {
            ngx_chat_proto_lit(&out, ",");
        }

        ngx_chat_json_out_text(&out, w->features[i]);
    }

    ngx_chat_proto_lit(&out, "],\"node\":");
    ngx_chat_json_out_string(&out, &w->node);

    return ngx_chat_proto_ends(&out);
}


size_t
ngx_chat_proto_message(unsigned char *buf, size_t size,
    const ngx_chat_wire_t *rec)
{
    ngx_chat_json_out_t  out;

    ngx_chat_json_out_init(&out, buf, size);

    ngx_chat_proto_lit(&out, "{\"ev\":\"message\",\"room\":");
    ngx_chat_json_out_string(&out, &rec->room);
    ngx_chat_proto_lit(&out, ",\"seq\":");
    ngx_chat_proto_unsigned(&out, rec->seq);
    ngx_chat_proto_lit(&out, ",\"prev\":");
    ngx_chat_proto_unsigned(&out, rec->prev);
    ngx_chat_proto_lit(&out, ",\"time\":");
    ngx_chat_json_out_number(&out, rec->time);
    ngx_chat_proto_lit(&out, ",\"from\":{\"id\":");
    ngx_chat_json_out_string(&out, &rec->user);
    ngx_chat_proto_lit(&out, ",\"name\":");
    ngx_chat_json_out_string(&out, &rec->name);

    if (rec->role.len != 0) {
        ngx_chat_proto_lit(&out, ",\"role\":");
        ngx_chat_json_out_string(&out, &rec->role);
    }

    ngx_chat_proto_lit(&out, "}");

    if (rec->cid.len != 0) {
        ngx_chat_proto_lit(&out, ",\"cid\":");
        ngx_chat_json_out_string(&out, &rec->cid);
    }

    ngx_chat_proto_lit(&out, ",\"text\":");
    ngx_chat_json_out_string(&out, &rec->body);

    if (rec->re != 0) {
        ngx_chat_proto_lit(&out, ",\"re\":");
        ngx_chat_proto_unsigned(&out, rec->re);
    }

    if (rec->meta.len != 0) {
        ngx_chat_proto_lit(&out, ",\"meta\":");
        ngx_chat_json_out_raw(&out, rec->meta.data, rec->meta.len);
    }

    return ngx_chat_proto_ends(&out);
}


size_t
ngx_chat_proto_presence(unsigned char *buf, size_t size,
    const ngx_chat_joined_t *view, const ngx_chat_user_t *leaves,
    size_t nleaves)
{
    size_t               i;
    ngx_chat_json_out_t  out;

    ngx_chat_json_out_init(&out, buf, size);

    ngx_chat_proto_lit(&out, "{\"ev\":\"presence\",\"room\":");
    ngx_chat_json_out_string(&out, &view->room);

    if (view->list) {
        ngx_chat_proto_lit(&out, ",\"join\":");
        ngx_chat_proto_users(&out, view->users, view->nusers);
        ngx_chat_proto_lit(&out, ",\"leave\":[");

        for (i = 0; i < nleaves; i++) {
            if (i != 0) {
                ngx_chat_proto_lit(&out, ",");
            }

            ngx_chat_json_out_string(&out, &leaves[i].id);
        }

        ngx_chat_proto_lit(&out, "]");
    }

    ngx_chat_proto_lit(&out, ",\"count\":");
    ngx_chat_proto_unsigned(&out, view->count);

    return ngx_chat_proto_ends(&out);
}


size_t
ngx_chat_proto_typing(unsigned char *buf, size_t size,
    const ngx_chat_wire_t *rec)
{
    ngx_chat_json_out_t  out;

    ngx_chat_json_out_init(&out, buf, size);

    ngx_chat_proto_lit(&out, "{\"ev\":\"typing\",\"room\":");
    ngx_chat_json_out_string(&out, &rec->room);
    ngx_chat_proto_lit(&out, ",\"user\":");
    ngx_chat_proto_user_out(&out, &rec->user, &rec->name);
    ngx_chat_proto_lit(&out, ",\"on\":");
    ngx_chat_json_out_bool(&out, rec->on);

    return ngx_chat_proto_ends(&out);
}


size_t
ngx_chat_proto_self(unsigned char *buf, size_t size, const char *ev,
    const ngx_chat_str_t *room, const char *reason)
{
    ngx_chat_json_out_t  out;

    ngx_chat_json_out_init(&out, buf, size);

    ngx_chat_proto_lit(&out, "{\"ev\":");
    ngx_chat_json_out_text(&out, ev);
    ngx_chat_proto_lit(&out, ",\"room\":");
    ngx_chat_json_out_string(&out, room);
    ngx_chat_proto_lit(&out, ",\"reason\":");
    ngx_chat_json_out_text(&out, reason);

    return ngx_chat_proto_ends(&out);
}


size_t
ngx_chat_proto_resync(unsigned char *buf, size_t size,
    const ngx_chat_joined_t *view)
{
    ngx_chat_json_out_t  out;

    ngx_chat_json_out_init(&out, buf, size);

    ngx_chat_proto_lit(&out, "{\"ev\":\"resync\",\"room\":");
    ngx_chat_json_out_string(&out, &view->room);
    ngx_chat_proto_lit(&out, ",\"epoch\":");
    ngx_chat_json_out_string(&out, &view->epoch);
    ngx_chat_proto_lit(&out, ",\"top\":");
    ngx_chat_proto_unsigned(&out, view->top);

    return ngx_chat_proto_ends(&out);
}


size_t
ngx_chat_proto_heartbeat(unsigned char *buf, size_t size, int64_t time)
{
    ngx_chat_json_out_t  out;

    ngx_chat_json_out_init(&out, buf, size);

    ngx_chat_proto_lit(&out, "{\"ev\":\"heartbeat\",\"time\":");
    ngx_chat_json_out_number(&out, time);

    return ngx_chat_proto_ends(&out);
}


size_t
ngx_chat_proto_drain(unsigned char *buf, size_t size, uint32_t after)
{
    ngx_chat_json_out_t  out;

    ngx_chat_json_out_init(&out, buf, size);

    ngx_chat_proto_lit(&out, "{\"ev\":\"drain\",\"after\":");
    ngx_chat_proto_unsigned(&out, after);

    return ngx_chat_proto_ends(&out);
}


size_t
ngx_chat_proto_error(unsigned char *buf, size_t size,
    const ngx_chat_error_t *e)
{
    ngx_chat_json_out_t     out;
    const ngx_chat_code_t  *row;

    row = ngx_chat_proto_code(e->code);

    ngx_chat_json_out_init(&out, buf, size);

    if (e->id == 0) {
        ngx_chat_proto_lit(&out, "{\"ev\":\"error\"");

    } else {
        ngx_chat_proto_lit(&out, "{\"id\":");
        ngx_chat_json_out_number(&out, e->id);
    }

    ngx_chat_proto_lit(&out, ",\"error\":{\"code\":");
    ngx_chat_json_out_text(&out, row->name);
    ngx_chat_proto_lit(&out, ",\"status\":");
    ngx_chat_proto_unsigned(&out, row->status);
    ngx_chat_proto_lit(&out, ",\"message\":");
    ngx_chat_json_out_text(&out, (e->message != NULL) ? e->message
                                                      : row->message);

    if (e->retry_after != 0) {
        ngx_chat_proto_lit(&out, ",\"retry_after\":");
        ngx_chat_proto_seconds(&out, e->retry_after);
    }

    if (row->temporary) {
        ngx_chat_proto_lit(&out, ",\"temporary\":true");
    }

    ngx_chat_proto_lit(&out, "}");

    return ngx_chat_proto_ends(&out);
}


size_t
ngx_chat_proto_ok(unsigned char *buf, size_t size, int64_t id)
{
    ngx_chat_json_out_t  out;

    ngx_chat_proto_ok_begin(&out, buf, size, id);
    ngx_chat_proto_lit(&out, "}");

    return ngx_chat_proto_ends(&out);
}


size_t
ngx_chat_proto_ok_send(unsigned char *buf, size_t size, int64_t id,
    const ngx_chat_wire_t *rec)
{
    ngx_chat_json_out_t  out;

    ngx_chat_proto_ok_begin(&out, buf, size, id);

    ngx_chat_proto_lit(&out, "\"seq\":");
    ngx_chat_proto_unsigned(&out, rec->seq);
    ngx_chat_proto_lit(&out, ",\"time\":");
    ngx_chat_json_out_number(&out, rec->time);
    ngx_chat_proto_lit(&out, ",\"epoch\":");
    ngx_chat_json_out_string(&out, &rec->epoch);
    ngx_chat_proto_lit(&out, "}");

    return ngx_chat_proto_ends(&out);
}


size_t
ngx_chat_proto_ok_join(unsigned char *buf, size_t size, int64_t id,
    const ngx_chat_joined_t *joined)
{
    ngx_chat_json_out_t  out;

    if (id != 0) {
        ngx_chat_proto_ok_begin(&out, buf, size, id);

    } else {
        ngx_chat_json_out_init(&out, buf, size);
        ngx_chat_proto_lit(&out, "{\"ev\":\"joined\",\"reason\":\"asked\",");
    }

    ngx_chat_proto_lit(&out, "\"room\":");
    ngx_chat_json_out_string(&out, &joined->room);
    ngx_chat_proto_lit(&out, ",\"epoch\":");
    ngx_chat_json_out_string(&out, &joined->epoch);
    ngx_chat_proto_lit(&out, ",\"top\":");
    ngx_chat_proto_unsigned(&out, joined->top);
    ngx_chat_proto_lit(&out, ",\"floor\":");
    ngx_chat_proto_unsigned(&out, joined->floor);
    ngx_chat_proto_lit(&out, ",\"recovered\":");
    ngx_chat_json_out_bool(&out, joined->recovered);
    ngx_chat_proto_lit(&out, ",\"more\":");
    ngx_chat_json_out_bool(&out, joined->more);
    ngx_chat_proto_lit(&out, ",\"messages\":[],\"role\":\"none\","
                             "\"can\":[\"send\",\"typing\"],\"config\":{}");

    if (joined->presence) {
        ngx_chat_proto_lit(&out, ",\"count\":");
        ngx_chat_proto_unsigned(&out, joined->count);

        if (joined->list) {
            ngx_chat_proto_lit(&out, ",\"users\":");
            ngx_chat_proto_users(&out, joined->users, joined->nusers);
        }
    }

    if (id != 0) {
        ngx_chat_proto_lit(&out, "}");
    }

    return ngx_chat_proto_ends(&out);
}


size_t
ngx_chat_proto_ok_who(unsigned char *buf, size_t size, int64_t id,
    const ngx_chat_joined_t *view)
{
    ngx_chat_json_out_t  out;

    ngx_chat_proto_ok_begin(&out, buf, size, id);

    ngx_chat_proto_lit(&out, "\"users\":");
    ngx_chat_proto_users(&out, view->users, view->nusers);
    ngx_chat_proto_lit(&out, ",\"count\":");
    ngx_chat_proto_unsigned(&out, view->count);
    ngx_chat_proto_lit(&out, ",\"more\":");
    ngx_chat_json_out_bool(&out, view->more);
    ngx_chat_proto_lit(&out, "}");

    return ngx_chat_proto_ends(&out);
}


size_t
ngx_chat_proto_ok_ping(unsigned char *buf, size_t size, int64_t id,
    int64_t t, int64_t time)
{
    ngx_chat_json_out_t  out;

    ngx_chat_proto_ok_begin(&out, buf, size, id);

    if (t >= 0) {
        ngx_chat_proto_lit(&out, "\"t\":");
        ngx_chat_json_out_number(&out, t);
        ngx_chat_proto_lit(&out, ",");
    }

    ngx_chat_proto_lit(&out, "\"time\":");
    ngx_chat_json_out_number(&out, time);
    ngx_chat_proto_lit(&out, "}");

    return ngx_chat_proto_ends(&out);
}


size_t
ngx_chat_proto_problem(unsigned char *buf, size_t size, unsigned status,
    const char *code, const char *detail)
{
    ngx_chat_json_out_t  out;

    ngx_chat_json_out_init(&out, buf, size);

    ngx_chat_proto_lit(&out, "{\"type\":\"about:blank\",\"title\":");
    ngx_chat_json_out_text(&out, ngx_chat_proto_title(status));
    ngx_chat_proto_lit(&out, ",\"status\":");
    ngx_chat_proto_unsigned(&out, status);
    ngx_chat_proto_lit(&out, ",\"detail\":");
    ngx_chat_json_out_text(&out, detail);
    ngx_chat_proto_lit(&out, ",\"code\":");
    ngx_chat_json_out_text(&out, code);

    return ngx_chat_proto_ends(&out);
}


static size_t
ngx_chat_proto_ends(ngx_chat_json_out_t *out)
{
    ngx_chat_proto_lit(out, "}");

    return out->len;
}


static void
ngx_chat_proto_ok_begin(ngx_chat_json_out_t *out, unsigned char *buf,
    size_t size, int64_t id)
{
    ngx_chat_json_out_init(out, buf, size);

    ngx_chat_proto_lit(out, "{\"id\":");
    ngx_chat_json_out_number(out, id);
    ngx_chat_proto_lit(out, ",\"ok\":{");
}


/* Numbers of the protocol are 2^53 at most. */

static void
ngx_chat_proto_unsigned(ngx_chat_json_out_t *out, uint64_t n)
{
    ngx_chat_json_out_number(out, (int64_t) n);
}


static void
ngx_chat_proto_user_out(ngx_chat_json_out_t *out, const ngx_chat_str_t *id,
    const ngx_chat_str_t *name)
{
    ngx_chat_proto_lit(out, "{\"id\":");
    ngx_chat_json_out_string(out, id);
    ngx_chat_proto_lit(out, ",\"name\":");
    ngx_chat_json_out_string(out, name);
    ngx_chat_proto_lit(out, "}");
}


static void
ngx_chat_proto_users(ngx_chat_json_out_t *out, const ngx_chat_user_t *users,
    size_t n)
{
    size_t  i;

    ngx_chat_proto_lit(out, "[");

    for (i = 0; i < n; i++) {
        if (i != 0) {
            ngx_chat_proto_lit(out, ",");
        }

        ngx_chat_proto_user_out(out, &users[i].id, &users[i].name);
    }

    ngx_chat_proto_lit(out, "]");
}


/* Milliseconds as seconds with as many decimals as it takes. */

static void
ngx_chat_proto_seconds(ngx_chat_json_out_t *out, uint32_t ms)
{
    size_t         n;
    unsigned char  part[4];

    ngx_chat_json_out_number(out, ms / 1000);

    ms %= 1000;

    if (ms == 0) {
        return;
    }

    part[0] = '.';
    part[1] = (unsigned char) ('0' + ms / 100);
    part[2] = (unsigned char) ('0' + ms / 10 % 10);
    part[3] = (unsigned char) ('0' + ms % 10);

    n = sizeof(part);

    while (part[n - 1] == '0') {
        n--;
    }

    ngx_chat_json_out_raw(out, part, n);
}


static const char *
ngx_chat_proto_title(unsigned status)
{
    size_t  i, n;

    n = sizeof(ngx_chat_proto_titles) / sizeof(ngx_chat_proto_titles[0]);

    for (i = 0; i < n; i++) {
        if (ngx_chat_proto_titles[i].status == status) {
            return ngx_chat_proto_titles[i].title;
        }
    }

    return "Error";
}
