
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The faults of the protocol "chat.v1": their codes, and how they are told.
 */


#include "ngx_chat_proto.h"

#include <string.h>

#include "ngx_chat_json_out.h"


typedef struct {
    unsigned     status;
    const char  *title;
} ngx_chat_proto_title_t;


static void ngx_chat_proto_problem_out(ngx_chat_json_out_t *out,
    unsigned status, const char *code, const char *detail);
static void ngx_chat_proto_seconds(ngx_chat_json_out_t *out, uint32_t ms);
static const char *ngx_chat_proto_title(unsigned status);


/* indexed by ngx_chat_code_e */

static const ngx_chat_code_t  ngx_chat_proto_codes[] = {
    { "ok", 200, 0, "Done." },
    { "bad_request", 400, 0, "The command is malformed." },
    { "unknown_op", 400, 0, "The server does not know this op." },
    { "unauthorized", 401, 0, "Log in first." },
    { "token_expired", 401, 0, "Your login has expired. Log in again." },
    { "forbidden", 403, 0, "You may not do this." },
    { "banned", 403, 0, "You are banned." },
    { "muted", 403, 0, "You are muted." },
    { "locked", 403, 0, "Only moderators may write here at the moment." },
    { "not_member", 403, 0, "Join the room first." },
    { "not_found", 404, 0, "There is no such room." },
    { "room_full", 409, 0, "The room is full." },
    { "too_many_rooms", 409, 0, "You are in too many rooms." },
    { "epoch_changed", 409, 0,
      "The room counts anew. Forget its messages and join it again." },
    { "gone", 410, 0,
      "The messages after this number are gone. Ask for the latest." },
    { "too_large", 413, 0, "The message is too long." },
    { "cid_reused", 422, 0,
      "Another message of yours has this cid. Send with a new one." },
    { "invalid_text", 422, 0, "The text has characters that are not allowed." },
    { "invalid_name", 422, 0, "The name is not valid." },
    { "rejected", 422, 0, "The site does not take this message." },
    { "slow_mode", 429, 1, "The room is in slow mode. Wait a little." },
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
ngx_chat_proto_error(unsigned char *buf, size_t size,
    const ngx_chat_error_t *e)
{
    ngx_chat_json_out_t     out;
    const ngx_chat_code_t  *row;

    row = ngx_chat_proto_code(e->code);

    ngx_chat_json_out_init(&out, buf, size);

    if (e->id == 0) {
        ngx_chat_json_out_lit(&out, "{\"ev\":\"error\"");

    } else {
        ngx_chat_json_out_lit(&out, "{\"id\":");
        ngx_chat_json_out_number(&out, e->id);
    }

    ngx_chat_json_out_lit(&out, ",\"error\":{\"code\":");
    ngx_chat_json_out_text(&out, row->name);
    ngx_chat_json_out_lit(&out, ",\"status\":");
    ngx_chat_json_out_number(&out, row->status);
    ngx_chat_json_out_lit(&out, ",\"message\":");
    ngx_chat_json_out_text(&out, (e->message != NULL) ? e->message
                                                      : row->message);

    if (e->retry_after != 0) {
        ngx_chat_json_out_lit(&out, ",\"retry_after\":");
        ngx_chat_proto_seconds(&out, e->retry_after);
    }

    if (e->until != 0) {
        ngx_chat_json_out_lit(&out, ",\"until\":");
        ngx_chat_json_out_number(&out, e->until);
    }

    if (row->temporary) {
        ngx_chat_json_out_lit(&out, ",\"temporary\":true");
    }

    ngx_chat_json_out_lit(&out, "}}");

    return out.len;
}


size_t
ngx_chat_proto_problem(unsigned char *buf, size_t size, unsigned status,
    const char *code, const char *detail)
{
    ngx_chat_json_out_t  out;

    ngx_chat_json_out_init(&out, buf, size);

    ngx_chat_proto_problem_out(&out, status, code, detail);
    ngx_chat_json_out_lit(&out, "}");

    return out.len;
}


static void
ngx_chat_proto_problem_out(ngx_chat_json_out_t *out, unsigned status,
    const char *code, const char *detail)
{
    ngx_chat_json_out_lit(out, "{\"type\":\"about:blank\",\"title\":");
    ngx_chat_json_out_text(out, ngx_chat_proto_title(status));
    ngx_chat_json_out_lit(out, ",\"status\":");
    ngx_chat_json_out_number(out, status);
    ngx_chat_json_out_lit(out, ",\"detail\":");
    ngx_chat_json_out_text(out, detail);
    ngx_chat_json_out_lit(out, ",\"code\":");
    ngx_chat_json_out_text(out, code);
}


size_t
ngx_chat_proto_problem_of(unsigned char *buf, size_t size,
    const ngx_chat_error_t *e, const char *field)
{
    ngx_chat_json_out_t     out;
    const ngx_chat_code_t  *row;

    row = ngx_chat_proto_code(e->code);

    ngx_chat_json_out_init(&out, buf, size);

    ngx_chat_proto_problem_out(&out, row->status, row->name,
                               (e->message != NULL) ? e->message
                                                    : row->message);

    if (field != NULL) {
        /* no field of ours has a character that RFC 6901 would escape */
        ngx_chat_json_out_lit(&out, ",\"pointer\":\"/");
        ngx_chat_json_out_raw(&out, field, strlen(field));
        ngx_chat_json_out_lit(&out, "\"");
    }

    if (e->retry_after != 0) {
        ngx_chat_json_out_lit(&out, ",\"retry_after\":");
        ngx_chat_proto_seconds(&out, e->retry_after);
    }

    if (e->until != 0) {
        ngx_chat_json_out_lit(&out, ",\"until\":");
        ngx_chat_json_out_number(&out, e->until);
    }

    if (row->temporary) {
        ngx_chat_json_out_lit(&out, ",\"temporary\":true");
    }

    ngx_chat_json_out_lit(&out, "}");

    return out.len;
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
