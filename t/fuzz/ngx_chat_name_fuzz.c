
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Names: a key is read as what it was made of, and a key that is read is made
 * again of the same bytes.
 *
 * The first byte is the length of the prefix, the rest a name or a key.
 */


#include "ngx_chat_name.h"

#include <stdlib.h>
#include <string.h>


#define BUFFER_SIZE  4096


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void
check_name(const ngx_chat_str_t *prefix, const ngx_chat_str_t *room)
{
    size_t          need;
    unsigned char   buf[BUFFER_SIZE];
    ngx_chat_str_t  key, found;

    need = ngx_chat_name_key(buf, sizeof(buf), prefix, room, "m");

    if (need > sizeof(buf)) {
        abort();
    }

    key.data = buf;
    key.len = need;

    if (!ngx_chat_name_key_room(&key, prefix, "m", &found)
        || found.len != room->len
        || memcmp(found.data, room->data, room->len) != 0)
    {
        abort();
    }
}


static void
check_parts(const ngx_chat_str_t *prefix, const ngx_chat_str_t *part)
{
    size_t          head, need;
    unsigned char   buf[BUFFER_SIZE];
    ngx_chat_str_t  room;

    room.data = (const unsigned char *) "r";
    room.len = 1;

    head = ngx_chat_name_key(buf, sizeof(buf), prefix, &room, "d");
    need = ngx_chat_name_key_add(buf, sizeof(buf), head, part);

    if (need != head + 1 + part->len
        || need > sizeof(buf)
        || buf[head] != ':'
        || memcmp(buf + head + 1, part->data, part->len) != 0)
    {
        abort();
    }

    if (ngx_chat_name_user_valid(part)
        && ngx_chat_name_key_add(buf, NGX_CHAT_NAME_KEY_MAX, head, part)
           > NGX_CHAT_NAME_KEY_MAX - NGX_CHAT_NAME_CID_MAX - 1)
    {
        abort();
    }
}


static void
check_key(const ngx_chat_str_t *prefix, const ngx_chat_str_t *key)
{
    unsigned char   buf[BUFFER_SIZE];
    ngx_chat_str_t  room;

    if (!ngx_chat_name_key_room(key, prefix, "m", &room)) {
        return;
    }

    if (ngx_chat_name_key(buf, sizeof(buf), prefix, &room, "m") != key->len
        || memcmp(buf, key->data, key->len) != 0)
    {
        abort();
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ngx_chat_str_t  prefix, name;

    if (size == 0 || size > BUFFER_SIZE / 2) {
        return 0;
    }

    prefix.data = data + 1;
    prefix.len = data[0] % 16;

    if (prefix.len > size - 1) {
        prefix.len = size - 1;
    }

    name.data = data + 1 + prefix.len;
    name.len = size - 1 - prefix.len;

    if (ngx_chat_name_room_valid(&name)) {
        if (!ngx_chat_name_user_valid(&name)) {
            abort();
        }

        check_name(&prefix, &name);
    }

    if (ngx_chat_name_cid_valid(&name) && !ngx_chat_name_user_valid(&name)) {
        abort();
    }

    if (ngx_chat_name_epoch_valid(&name) && !ngx_chat_name_cid_valid(&name)) {
        abort();
    }

    check_parts(&prefix, &name);

    name.data = data + 1;
    name.len = size - 1;
    check_key(&prefix, &name);

    return 0;
}
