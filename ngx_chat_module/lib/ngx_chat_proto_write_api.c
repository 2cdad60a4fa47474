
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What the HTTP API alone tells, to JSON; see the header. */


#include "ngx_chat_proto_write_api.h"

#include "ngx_chat_proto_write_mod.h"
#include "ngx_chat_rights.h"


#define ngx_chat_proto_lit(out, text)  ngx_chat_json_out_lit(out, text)


size_t
ngx_chat_proto_me(unsigned char *buf, size_t size,
    const ngx_chat_welcome_t *w)
{
    size_t               i;
    ngx_chat_json_out_t  out;

    ngx_chat_proto_ok_begin(&out, buf, size, 0);

    ngx_chat_proto_lit(&out, "\"user\":");
    ngx_chat_proto_who_out(&out, w);
    ngx_chat_proto_lit(&out, ",\"time\":");
    ngx_chat_json_out_number(&out, w->time);
    ngx_chat_proto_lit(&out, ",\"limits\":{\"message\":");
    ngx_chat_proto_unsigned(&out, w->message_max);
    ngx_chat_proto_lit(&out, ",\"text\":");
    ngx_chat_proto_unsigned(&out, w->text_max);

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

    ngx_chat_proto_lit(&out, "]");

    return ngx_chat_proto_ok_end(&out, 0);
}


size_t
ngx_chat_proto_room_view(unsigned char *buf, size_t size,
    const ngx_chat_joined_t *view)
{
    ngx_chat_json_out_t  out;

    ngx_chat_proto_ok_begin(&out, buf, size, 0);

    ngx_chat_proto_lit(&out, "\"room\":");
    ngx_chat_json_out_string(&out, &view->room);
    ngx_chat_proto_lit(&out, ",\"epoch\":");
    ngx_chat_json_out_string(&out, &view->epoch);
    ngx_chat_proto_lit(&out, ",\"top\":");
    ngx_chat_proto_unsigned(&out, view->top);
    ngx_chat_proto_lit(&out, ",\"floor\":");
    ngx_chat_proto_unsigned(&out, view->floor);
    ngx_chat_proto_lit(&out, ",");
    ngx_chat_proto_config_out(&out, &view->standing);

    if (view->presence) {
        ngx_chat_proto_lit(&out, ",\"count\":");
        ngx_chat_proto_unsigned(&out, view->count);
    }

    return ngx_chat_proto_ok_end(&out, 0);
}


size_t
ngx_chat_proto_rooms(unsigned char *buf, size_t size,
    const ngx_chat_rooms_view_t *view)
{
    size_t               i;
    ngx_chat_json_out_t  out;

    ngx_chat_proto_ok_begin(&out, buf, size, 0);

    ngx_chat_proto_lit(&out, "\"rooms\":[");

    for (i = 0; i < view->nrecords; i++) {
        if (i != 0) {
            ngx_chat_proto_lit(&out, ",");
        }

        ngx_chat_proto_lit(&out, "{\"room\":");
        ngx_chat_json_out_string(&out, &view->records[i].room);
        ngx_chat_proto_lit(&out, ",\"top\":");
        ngx_chat_proto_unsigned(&out, view->records[i].seq);

        if (view->presence) {
            ngx_chat_proto_lit(&out, ",\"count\":");
            ngx_chat_proto_unsigned(&out, view->records[i].count);
        }

        ngx_chat_proto_lit(&out, "}");
    }

    ngx_chat_proto_lit(&out, "],\"more\":");
    ngx_chat_json_out_bool(&out, view->next.len != 0);

    if (view->next.len != 0) {
        ngx_chat_proto_lit(&out, ",\"next\":");
        ngx_chat_json_out_string(&out, &view->next);
    }

    return ngx_chat_proto_ok_end(&out, 0);
}


size_t
ngx_chat_proto_term(unsigned char *buf, size_t size, int64_t until)
{
    ngx_chat_json_out_t  out;

    ngx_chat_proto_ok_begin(&out, buf, size, 0);

    if (until != 0) {
        ngx_chat_proto_lit(&out, "\"until\":");
        ngx_chat_json_out_number(&out, until);
    }

    return ngx_chat_proto_ok_end(&out, 0);
}


size_t
ngx_chat_proto_role(unsigned char *buf, size_t size, unsigned role)
{
    const char           *name;
    ngx_chat_json_out_t   out;

    name = ngx_chat_rights_role_name((ngx_chat_role_e) role);

    ngx_chat_proto_ok_begin(&out, buf, size, 0);

    ngx_chat_proto_lit(&out, "\"role\":");
    ngx_chat_json_out_text(&out, (name != NULL) ? name : "none");

    return ngx_chat_proto_ok_end(&out, 0);
}
