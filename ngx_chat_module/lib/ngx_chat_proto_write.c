
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The answers and events of the protocol "chat.v1" to JSON.
 */


#include "ngx_chat_proto.h"

#include "ngx_chat_proto_write_mod.h"


#define ngx_chat_proto_lit(out, text)  ngx_chat_json_out_lit(out, text)


static void ngx_chat_proto_message_out(ngx_chat_json_out_t *out,
    const ngx_chat_wire_t *rec);
static void ngx_chat_proto_event_out(ngx_chat_json_out_t *out,
    const ngx_chat_wire_t *rec);
static void ngx_chat_proto_said_out(ngx_chat_json_out_t *out,
    const ngx_chat_wire_t *rec);
static size_t ngx_chat_proto_ends(ngx_chat_json_out_t *out);
static void ngx_chat_proto_user_out(ngx_chat_json_out_t *out,
    const ngx_chat_str_t *id, const ngx_chat_str_t *name);
static void ngx_chat_proto_messages(ngx_chat_json_out_t *out,
    const ngx_chat_joined_t *view);
static void ngx_chat_proto_users(ngx_chat_json_out_t *out,
    const ngx_chat_user_t *users, size_t n);


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
    ngx_chat_proto_lit(&out, ",\"user\":");
    ngx_chat_proto_who_out(&out, w);
    ngx_chat_proto_lit(&out, ",\"time\":");
    ngx_chat_json_out_number(&out, w->time);
    ngx_chat_proto_lit(&out, ",\"heartbeat\":");
    ngx_chat_proto_unsigned(&out, w->heartbeat);
    ngx_chat_proto_lit(&out, ",\"limits\":{\"message\":");
    ngx_chat_proto_unsigned(&out, w->message_max);
    ngx_chat_proto_lit(&out, ",\"text\":");
    ngx_chat_proto_unsigned(&out, w->text_max);
    ngx_chat_proto_lit(&out, ",\"rooms\":");
    ngx_chat_proto_unsigned(&out, w->rooms_max);

    if (w->history_max != 0) {
        ngx_chat_proto_lit(&out, ",\"history\":");
        ngx_chat_proto_unsigned(&out, w->history_max);
    }

    ngx_chat_proto_lit(&out, "},\"features\":[");

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


void
ngx_chat_proto_who_out(ngx_chat_json_out_t *out, const ngx_chat_welcome_t *w)
{
    ngx_chat_proto_lit(out, "{\"id\":");
    ngx_chat_json_out_string(out, &w->user.id);
    ngx_chat_proto_lit(out, ",\"name\":");
    ngx_chat_json_out_string(out, &w->user.name);
    ngx_chat_proto_lit(out, ",\"roles\":[");

    if (w->role.len != 0) {
        ngx_chat_json_out_string(out, &w->role);
    }

    ngx_chat_proto_lit(out, "],\"guest\":");
    ngx_chat_json_out_bool(out, w->guest);
    ngx_chat_proto_lit(out, "}");
}


size_t
ngx_chat_proto_message(unsigned char *buf, size_t size,
    const ngx_chat_wire_t *rec)
{
    ngx_chat_json_out_t  out;

    ngx_chat_json_out_init(&out, buf, size);
    ngx_chat_proto_message_out(&out, rec);

    return out.len;
}


static void
ngx_chat_proto_message_out(ngx_chat_json_out_t *out,
    const ngx_chat_wire_t *rec)
{
    ngx_chat_proto_event_out(out, rec);
    ngx_chat_json_out_string(out, &rec->room);
    ngx_chat_proto_lit(out, ",\"seq\":");
    ngx_chat_proto_unsigned(out, rec->seq);
    ngx_chat_proto_lit(out, ",\"prev\":");
    ngx_chat_proto_unsigned(out, rec->prev);
    ngx_chat_proto_lit(out, ",\"time\":");
    ngx_chat_json_out_number(out, rec->time);
    ngx_chat_proto_lit(out, ",\"from\":{\"id\":");
    ngx_chat_json_out_string(out, &rec->user);
    ngx_chat_proto_lit(out, ",\"name\":");
    ngx_chat_json_out_string(out, &rec->name);

    if (rec->role.len != 0) {
        ngx_chat_proto_lit(out, ",\"role\":");
        ngx_chat_json_out_string(out, &rec->role);
    }

    ngx_chat_proto_lit(out, "}");

    if (rec->cid.len != 0) {
        ngx_chat_proto_lit(out, ",\"cid\":");
        ngx_chat_json_out_string(out, &rec->cid);
    }

    if (rec->ref != 0) {
        ngx_chat_proto_lit(out, ",\"ref\":");
        ngx_chat_proto_unsigned(out, rec->ref);
    }

    ngx_chat_proto_said_out(out, rec);

    if (rec->re != 0) {
        ngx_chat_proto_lit(out, ",\"re\":");
        ngx_chat_proto_unsigned(out, rec->re);
    }

    if (rec->meta.len != 0) {
        ngx_chat_proto_lit(out, ",\"meta\":");
        ngx_chat_json_out_raw(out, rec->meta.data, rec->meta.len);
    }

    ngx_chat_proto_lit(out, "}");
}


static void
ngx_chat_proto_event_out(ngx_chat_json_out_t *out, const ngx_chat_wire_t *rec)
{
    switch (rec->kind) {

    case NGX_CHAT_WIRE_EDIT:
        ngx_chat_proto_lit(out, "{\"ev\":\"edit\",\"room\":");
        break;

    case NGX_CHAT_WIRE_DELETE:
        ngx_chat_proto_lit(out, "{\"ev\":\"delete\",\"room\":");
        break;

    default:
        ngx_chat_proto_lit(out, "{\"ev\":\"message\",\"room\":");
        break;
    }
}


static void
ngx_chat_proto_said_out(ngx_chat_json_out_t *out, const ngx_chat_wire_t *rec)
{
    if (rec->kind == NGX_CHAT_WIRE_DELETE) {

        if (rec->body.len != 0) {
            ngx_chat_proto_lit(out, ",\"reason\":");
            ngx_chat_json_out_string(out, &rec->body);
        }

        return;
    }

    if (rec->deleted) {
        ngx_chat_proto_lit(out, ",\"text\":\"\",\"deleted\":true");
        return;
    }

    if (rec->enc.len != 0) {
        ngx_chat_proto_lit(out, ",\"enc\":");
        ngx_chat_json_out_string(out, &rec->enc);
        ngx_chat_proto_lit(out, ",\"data\":");

    } else {
        ngx_chat_proto_lit(out, ",\"text\":");
    }

    ngx_chat_json_out_string(out, &rec->body);
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
ngx_chat_proto_ok(unsigned char *buf, size_t size, int64_t id)
{
    ngx_chat_json_out_t  out;

    ngx_chat_proto_ok_begin(&out, buf, size, id);

    return ngx_chat_proto_ok_end(&out, id);
}


size_t
ngx_chat_proto_ok_send(unsigned char *buf, size_t size, int64_t id,
    const ngx_chat_wire_t *rec, unsigned dup)
{
    ngx_chat_json_out_t  out;

    ngx_chat_proto_ok_begin(&out, buf, size, id);

    ngx_chat_proto_lit(&out, "\"seq\":");
    ngx_chat_proto_unsigned(&out, rec->seq);
    ngx_chat_proto_lit(&out, ",\"time\":");
    ngx_chat_json_out_number(&out, rec->time);
    ngx_chat_proto_lit(&out, ",\"epoch\":");
    ngx_chat_json_out_string(&out, &rec->epoch);

    if (dup) {
        ngx_chat_proto_lit(&out, ",\"dup\":true");
    }

    return ngx_chat_proto_ok_end(&out, id);
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
    ngx_chat_proto_lit(&out, ",\"messages\":");
    ngx_chat_proto_messages(&out, joined);
    ngx_chat_proto_lit(&out, ",");
    ngx_chat_proto_standing_out(&out, &joined->standing);

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
ngx_chat_proto_ok_history(unsigned char *buf, size_t size, int64_t id,
    const ngx_chat_joined_t *view)
{
    ngx_chat_json_out_t  out;

    ngx_chat_proto_ok_begin(&out, buf, size, id);

    ngx_chat_proto_lit(&out, "\"messages\":");
    ngx_chat_proto_messages(&out, view);
    ngx_chat_proto_lit(&out, ",\"more\":");
    ngx_chat_json_out_bool(&out, view->more);
    ngx_chat_proto_lit(&out, ",\"top\":");
    ngx_chat_proto_unsigned(&out, view->top);
    ngx_chat_proto_lit(&out, ",\"floor\":");
    ngx_chat_proto_unsigned(&out, view->floor);
    ngx_chat_proto_lit(&out, ",\"epoch\":");
    ngx_chat_json_out_string(&out, &view->epoch);

    return ngx_chat_proto_ok_end(&out, id);
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

    return ngx_chat_proto_ok_end(&out, id);
}


size_t
ngx_chat_proto_ok_auth(unsigned char *buf, size_t size, int64_t id,
    const ngx_chat_welcome_t *w)
{
    ngx_chat_json_out_t  out;

    ngx_chat_proto_ok_begin(&out, buf, size, id);
    ngx_chat_proto_lit(&out, "\"user\":");
    ngx_chat_proto_who_out(&out, w);

    return ngx_chat_proto_ok_end(&out, id);
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

    return ngx_chat_proto_ok_end(&out, id);
}


static size_t
ngx_chat_proto_ends(ngx_chat_json_out_t *out)
{
    ngx_chat_proto_lit(out, "}");

    return out->len;
}


void
ngx_chat_proto_ok_begin(ngx_chat_json_out_t *out, unsigned char *buf,
    size_t size, int64_t id)
{
    ngx_chat_json_out_init(out, buf, size);

    if (id == 0) {
        ngx_chat_proto_lit(out, "{");
        return;
    }

    ngx_chat_proto_lit(out, "{\"id\":");
    ngx_chat_json_out_number(out, id);
    ngx_chat_proto_lit(out, ",\"ok\":{");
}


size_t
ngx_chat_proto_ok_end(ngx_chat_json_out_t *out, int64_t id)
{
    if (id != 0) {
        ngx_chat_proto_lit(out, "}");
    }

    return ngx_chat_proto_ends(out);
}


/* Numbers of the protocol are 2^53 at most. */

void
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
ngx_chat_proto_messages(ngx_chat_json_out_t *out,
    const ngx_chat_joined_t *view)
{
    size_t  i;

    ngx_chat_proto_lit(out, "[");

    for (i = 0; i < view->nrecords; i++) {
        if (i != 0) {
            ngx_chat_proto_lit(out, ",");
        }

        ngx_chat_proto_message_out(out, &view->records[i]);
    }

    ngx_chat_proto_lit(out, "]");
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
