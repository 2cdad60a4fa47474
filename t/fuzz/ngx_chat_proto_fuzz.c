
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Commands: what is taken keeps the rules of its op, and a text that was sent
 * is told as it was, also in a page of messages.
 */


#include "ngx_chat_proto.h"

#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "ngx_chat_json.h"
#include "ngx_chat_name.h"
#include "ngx_chat_rights.h"
#include "ngx_chat_text.h"


#define BUFFER_SIZE  65536


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void
check_number(int64_t n, int64_t min)
{
    if (n != -1 && (n < min || n > NGX_CHAT_PROTO_INT_MAX)) {
        abort();
    }
}


static void
check_mod(const ngx_chat_command_t *cmd)
{
    ngx_chat_mod_t  mod;

    ngx_chat_proto_mod(&mod, cmd);

    if (mod.act >= NGX_CHAT_ACT_COUNT
        || mod.role >= NGX_CHAT_ROLE_COUNT
        || mod.lock >= NGX_CHAT_LOCK_COUNT
        || (mod.act == NGX_CHAT_ACT_LOCK) != (mod.lock != NGX_CHAT_LOCK_OPEN)
        || mod.slow > NGX_CHAT_RIGHTS_SLOW_MAX
        || mod.time < 0 || mod.time > NGX_CHAT_RIGHTS_EVER
        || mod.why.len > NGX_CHAT_RIGHTS_WHY_MAX
        || mod.ip.len > NGX_CHAT_RIGHTS_IP_MAX
        || (mod.user.len != 0 && mod.ip.len != 0)
        || (mod.user.len != 0 && !ngx_chat_name_user_valid(&mod.user)))
    {
        abort();
    }
}


static void
check_command(const ngx_chat_command_t *cmd)
{
    check_number(cmd->id, 0);
    check_number(cmd->before, 0);
    check_number(cmd->after, 0);
    check_number(cmd->limit, 0);
    check_number(cmd->re, 1);
    check_number(cmd->t, 0);

    if (cmd->op == NGX_CHAT_OP_NONE || cmd->op >= NGX_CHAT_OP_COUNT) {
        abort();
    }

    if (cmd->op != NGX_CHAT_OP_PING && !ngx_chat_name_room_valid(&cmd->room)
        && (cmd->op != NGX_CHAT_OP_MOD || cmd->room.len != 1
            || cmd->room.data[0] != '*'))
    {
        abort();
    }

    if (cmd->op == NGX_CHAT_OP_MOD) {
        check_mod(cmd);
    }

    if (cmd->cid.data != NULL && !ngx_chat_name_cid_valid(&cmd->cid)) {
        abort();
    }

    if (cmd->op == NGX_CHAT_OP_SEND
        && ((cmd->text.len == 0) == (cmd->data.len == 0)
            || (cmd->data.len == 0) != (cmd->enc.len == 0)))
    {
        abort();
    }

    if (cmd->enc.data != NULL && (!ngx_chat_name_enc_valid(&cmd->enc)
                                  || !ngx_chat_name_data_valid(&cmd->data)))
    {
        abort();
    }

    if (cmd->epoch.data != NULL && !ngx_chat_name_epoch_valid(&cmd->epoch)) {
        abort();
    }

    if (cmd->before >= 0
        && (cmd->op != NGX_CHAT_OP_HISTORY || cmd->after >= 0))
    {
        abort();
    }

    if (cmd->op == NGX_CHAT_OP_JOIN
        && cmd->after >= 0 && cmd->epoch.data == NULL)
    {
        abort();
    }

    if (cmd->op == NGX_CHAT_OP_SEND && cmd->enc.data == NULL
        && ngx_chat_text_check(&cmd->text, NGX_CHAT_TEXT_MAX)
           != NGX_CHAT_TEXT_OK)
    {
        abort();
    }
}


static void
check_page(const ngx_chat_wire_t *rec, const unsigned char *event, size_t n)
{
    size_t             need, head;
    unsigned char     *buf;
    ngx_chat_wire_t    records[2];
    ngx_chat_joined_t  view;

    records[0] = *rec;
    records[1] = *rec;

    memset(&view, 0, sizeof(view));
    view.room = rec->room;
    view.records = records;
    view.nrecords = 2;

    need = ngx_chat_proto_ok_history(NULL, 0, 1, &view);
    head = sizeof("{\"id\":1,\"ok\":{\"messages\":[") - 1;
    buf = malloc(need);

    if (buf == NULL
        || need < head + 2 * n + 2
        || ngx_chat_proto_ok_history(buf, need, 1, &view) != need
        || memcmp(buf + head, event, n) != 0
        || buf[head + n] != ','
        || memcmp(buf + head + n + 1, event, n) != 0
        || buf[head + 2 * n + 1] != ']')
    {
        abort();
    }

    free(buf);

    /* a join has the same page between other fields */

    need = ngx_chat_proto_ok_join(NULL, 0, 1, &view);
    view.nrecords = 0;

    if (need != ngx_chat_proto_ok_join(NULL, 0, 1, &view) + 2 * n + 1) {
        abort();
    }
}


static void
check_message(const ngx_chat_command_t *cmd)
{
    cJSON            *tree, *text;
    size_t            n;
    unsigned char    *buf;
    ngx_chat_str_t    said;
    ngx_chat_json_t   json;
    ngx_chat_wire_t   rec;

    said = (cmd->enc.len != 0) ? cmd->data : cmd->text;

    memset(&rec, 0, sizeof(rec));
    rec.kind = NGX_CHAT_WIRE_MESSAGE;
    rec.room = cmd->room;
    rec.user = cmd->room;
    rec.name = said;
    rec.cid = cmd->cid;
    rec.enc = cmd->enc;
    rec.body = said;
    rec.meta = cmd->meta;

    n = ngx_chat_proto_message(NULL, 0, &rec);
    buf = malloc(n);

    if (buf == NULL || ngx_chat_proto_message(buf, n, &rec) != n) {
        abort();
    }

    tree = cJSON_ParseWithLength((const char *) buf, n);

    if (tree == NULL
        || ngx_chat_json_scan(&json, buf, n) != NGX_CHAT_JSON_OK)
    {
        abort();
    }

    text = cJSON_GetObjectItem(tree, (cmd->enc.len != 0) ? "data" : "text");

    if (strlen(text->valuestring) != said.len
        || memcmp(text->valuestring, said.data, said.len) != 0)
    {
        abort();
    }

    check_page(&rec, buf, n);
    cJSON_Delete(tree);
    free(buf);
}


static size_t
write_error(unsigned char *buf, size_t size, const ngx_chat_command_t *cmd,
    ngx_chat_code_e code)
{
    ngx_chat_error_t  e;

    e.id = cmd->id;
    e.code = code;
    e.message = cmd->why;
    e.retry_after = 0;

    return ngx_chat_proto_error(buf, size, &e);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned char       buf[1024];
    ngx_chat_code_e     rc;
    ngx_chat_command_t  cmd;

    if (size > BUFFER_SIZE) {
        return 0;
    }

    rc = ngx_chat_proto_parse(&cmd, data, size, NGX_CHAT_TEXT_MAX);

    if (rc == NGX_CHAT_CODE_OK) {
        check_command(&cmd);

        if (cmd.op == NGX_CHAT_OP_SEND) {
            check_message(&cmd);
        }

    } else if (rc == NGX_CHAT_CODE_INTERNAL
               || write_error(buf, sizeof(buf), &cmd, rc) > sizeof(buf))
    {
        abort();
    }

    ngx_chat_proto_release(&cmd);

    return 0;
}
