
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Rights and moderation to JSON; see the header. */


#include "ngx_chat_proto_write_mod.h"

#include "ngx_chat_rights.h"


#define ngx_chat_proto_lit(out, text)  ngx_chat_json_out_lit(out, text)


static void ngx_chat_proto_by_out(ngx_chat_json_out_t *out,
    const ngx_chat_str_t *id, const ngx_chat_str_t *name);
static void ngx_chat_proto_act_out(ngx_chat_json_out_t *out,
    const ngx_chat_wire_t *rec);
static void ngx_chat_proto_value_out(ngx_chat_json_out_t *out,
    const ngx_chat_wire_t *rec);


/* by ngx_chat_can_e */

static const char *const  ngx_chat_proto_cans[NGX_CHAT_CAN_COUNT] = {
    "send", "typing", "history", "who", "kick", "ban", "mute", "role", "slow",
    "lock"
};


void
ngx_chat_proto_standing_out(ngx_chat_json_out_t *out,
    const ngx_chat_standing_t *standing)
{
    unsigned     i, n;
    const char  *role;

    role = ngx_chat_rights_role_name((ngx_chat_role_e) standing->role);

    ngx_chat_proto_lit(out, "\"role\":");
    ngx_chat_json_out_text(out, (role != NULL) ? role : "none");
    ngx_chat_proto_lit(out, ",\"can\":[");

    n = 0;

    for (i = 0; i < NGX_CHAT_CAN_COUNT; i++) {

        if ((standing->can & (1u << i)) == 0) {
            continue;
        }

        if (n != 0) {
            ngx_chat_proto_lit(out, ",");
        }

        ngx_chat_json_out_text(out, ngx_chat_proto_cans[i]);
        n++;
    }

    ngx_chat_proto_lit(out, "],");
    ngx_chat_proto_config_out(out, standing);

    if (standing->muted != 0) {
        ngx_chat_proto_lit(out, ",\"muted\":");
        ngx_chat_json_out_number(out, standing->muted);
    }
}


void
ngx_chat_proto_config_out(ngx_chat_json_out_t *out,
    const ngx_chat_standing_t *standing)
{
    const char  *lock;

    lock = ngx_chat_rights_lock_name((ngx_chat_lock_e) standing->lock);

    ngx_chat_proto_lit(out, "\"config\":{\"slow\":");
    ngx_chat_json_out_number(out, (int64_t) standing->slow);
    ngx_chat_proto_lit(out, ",\"lock\":");
    ngx_chat_json_out_text(out, (lock != NULL) ? lock : "open");
    ngx_chat_proto_lit(out, "}");
}


static void
ngx_chat_proto_by_out(ngx_chat_json_out_t *out, const ngx_chat_str_t *id,
    const ngx_chat_str_t *name)
{
    ngx_chat_proto_lit(out, ",\"by\":{\"id\":");
    ngx_chat_json_out_string(out, id);
    ngx_chat_proto_lit(out, ",\"name\":");
    ngx_chat_json_out_string(out, name);
    ngx_chat_proto_lit(out, "}");
}


size_t
ngx_chat_proto_left(unsigned char *buf, size_t size,
    const ngx_chat_left_t *left)
{
    ngx_chat_json_out_t  out;

    ngx_chat_json_out_init(&out, buf, size);

    ngx_chat_proto_lit(&out, "{\"ev\":\"left\",\"room\":");
    ngx_chat_json_out_string(&out, &left->room);
    ngx_chat_proto_lit(&out, ",\"reason\":");
    ngx_chat_json_out_text(&out, left->reason);

    if (left->by.id.len != 0) {
        ngx_chat_proto_by_out(&out, &left->by.id, &left->by.name);
    }

    if (left->until != 0) {
        ngx_chat_proto_lit(&out, ",\"until\":");
        ngx_chat_json_out_number(&out, left->until);
    }

    if (left->message.len != 0) {
        ngx_chat_proto_lit(&out, ",\"message\":");
        ngx_chat_json_out_string(&out, &left->message);
    }

    ngx_chat_proto_lit(&out, "}");

    return out.len;
}


size_t
ngx_chat_proto_room(unsigned char *buf, size_t size,
    const ngx_chat_str_t *room, const ngx_chat_standing_t *standing)
{
    ngx_chat_json_out_t  out;

    ngx_chat_json_out_init(&out, buf, size);

    ngx_chat_proto_lit(&out, "{\"ev\":\"room\",\"room\":");
    ngx_chat_json_out_string(&out, room);
    ngx_chat_proto_lit(&out, ",");
    ngx_chat_proto_standing_out(&out, standing);
    ngx_chat_proto_lit(&out, "}");

    return out.len;
}


size_t
ngx_chat_proto_ok_mod(unsigned char *buf, size_t size, int64_t id,
    int64_t until, const ngx_chat_standing_t *standing)
{
    ngx_chat_json_out_t  out;

    ngx_chat_proto_ok_begin(&out, buf, size, id);

    if (until != 0) {
        ngx_chat_proto_lit(&out, "\"until\":");
        ngx_chat_json_out_number(&out, until);
        ngx_chat_proto_lit(&out, ",");
    }

    ngx_chat_proto_config_out(&out, standing);

    return ngx_chat_proto_ok_end(&out, id);
}


size_t
ngx_chat_proto_ok_log(unsigned char *buf, size_t size, int64_t id,
    const ngx_chat_wire_t *records, size_t n)
{
    size_t               i;
    ngx_chat_json_out_t  out;

    ngx_chat_proto_ok_begin(&out, buf, size, id);
    ngx_chat_proto_lit(&out, "\"acts\":[");

    for (i = 0; i < n; i++) {
        if (i != 0) {
            ngx_chat_proto_lit(&out, ",");
        }

        ngx_chat_proto_act_out(&out, &records[i]);
    }

    ngx_chat_proto_lit(&out, "]");

    return ngx_chat_proto_ok_end(&out, id);
}


static void
ngx_chat_proto_act_out(ngx_chat_json_out_t *out, const ngx_chat_wire_t *rec)
{
    ngx_chat_proto_lit(out, "{\"time\":");
    ngx_chat_json_out_number(out, rec->time);
    ngx_chat_proto_lit(out, ",\"do\":");
    ngx_chat_json_out_string(out, &rec->act);
    ngx_chat_proto_by_out(out, &rec->user, &rec->name);

    if (rec->target.len != 0) {
        ngx_chat_proto_lit(out, ",\"user\":");
        ngx_chat_json_out_string(out, &rec->target);
    }

    if (rec->ip.len != 0) {
        ngx_chat_proto_lit(out, ",\"ip\":");
        ngx_chat_json_out_string(out, &rec->ip);
    }

    if (rec->until != 0) {
        ngx_chat_proto_lit(out, ",\"until\":");
        ngx_chat_json_out_number(out, (int64_t) rec->until);
    }

    if (rec->ref != 0) {
        ngx_chat_proto_lit(out, ",\"ref\":");
        ngx_chat_json_out_number(out, (int64_t) rec->ref);
    }

    ngx_chat_proto_value_out(out, rec);

    if (rec->body.len != 0) {
        ngx_chat_proto_lit(out, ",\"reason\":");
        ngx_chat_json_out_string(out, &rec->body);
    }

    ngx_chat_proto_lit(out, "}");
}


/* As it was said in the command. */

static void
ngx_chat_proto_value_out(ngx_chat_json_out_t *out, const ngx_chat_wire_t *rec)
{
    const char      *name;
    ngx_chat_act_e   act;

    if (!ngx_chat_rights_act(&rec->act, &act)) {
        return;
    }

    switch (act) {

    case NGX_CHAT_ACT_ROLE:
        name = (rec->value < NGX_CHAT_ROLE_COUNT)
               ? ngx_chat_rights_role_name((ngx_chat_role_e) rec->value)
               : NULL;
        break;

    case NGX_CHAT_ACT_LOCK:
        name = (rec->value < NGX_CHAT_LOCK_COUNT)
               ? ngx_chat_rights_lock_name((ngx_chat_lock_e) rec->value)
               : NULL;
        break;

    case NGX_CHAT_ACT_SLOW:
        ngx_chat_proto_lit(out, ",\"value\":");
        ngx_chat_json_out_number(out, (int64_t) rec->value);
        return;

    default:
        return;
    }

    if (name != NULL) {
        ngx_chat_proto_lit(out, ",\"value\":");
        ngx_chat_json_out_text(out, name);
    }
}
