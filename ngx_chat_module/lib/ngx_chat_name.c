
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The names of rooms, users and messages, with the Redis keys made of them.
 */


#include "ngx_chat_name.h"

#include <string.h>

#include "ngx_chat_text.h"
#include "ngx_chat_utf8.h"
#include "ngx_chat_wire.h"


static int ngx_chat_name_alnum(unsigned c);


int
ngx_chat_name_room_valid(const ngx_chat_str_t *room)
{
    size_t    i;
    unsigned  c;

    if (room->len == 0
        || room->len > NGX_CHAT_NAME_ROOM_MAX
        || !ngx_chat_name_alnum(room->data[0]))
    {
        return 0;
    }

    for (i = 1; i < room->len; i++) {
        c = room->data[i];

        if (!ngx_chat_name_alnum(c)
            && c != '.' && c != '_' && c != '~' && c != '-')
        {
            return 0;
        }
    }

    return 1;
}


int
ngx_chat_name_user_valid(const ngx_chat_str_t *user)
{
    int                   first, space;
    uint32_t              c;
    const unsigned char  *pos, *end;

    if (user->len == 0
        || user->len > NGX_CHAT_NAME_USER_MAX
        || !ngx_chat_utf8_valid(user->data, user->len))
    {
        return 0;
    }

    /* the site's backend speaks as this one */

    if (user->len == 1 && user->data[0] == '*') {
        return 0;
    }

    first = 1;
    space = 0;
    pos = user->data;
    end = user->data + user->len;

    while (pos < end) {
        c = ngx_chat_utf8_decode(&pos, end);

        if (c < 0x20 || ngx_chat_text_forbidden(c) || ngx_chat_text_hidden(c))
        {
            return 0;
        }

        space = ngx_chat_text_space(c);

        if (first && space) {
            return 0;
        }

        first = 0;
    }

    return !space;
}


int
ngx_chat_name_cid_valid(const ngx_chat_str_t *cid)
{
    size_t    i;
    unsigned  c;

    if (cid->len == 0 || cid->len > NGX_CHAT_NAME_CID_MAX) {
        return 0;
    }

    for (i = 0; i < cid->len; i++) {
        c = cid->data[i];

        if (!ngx_chat_name_alnum(c) && c != '_' && c != '-') {
            return 0;
        }
    }

    return 1;
}


int
ngx_chat_name_enc_valid(const ngx_chat_str_t *enc)
{
    size_t    i;
    unsigned  c;

    if (enc->len == 0
        || enc->len > NGX_CHAT_NAME_ENC_MAX
        || !ngx_chat_name_alnum(enc->data[0]))
    {
        return 0;
    }

    for (i = 1; i < enc->len; i++) {
        c = enc->data[i];

        if (!ngx_chat_name_alnum(c)
            && c != '.' && c != '/' && c != '_' && c != '-')
        {
            return 0;
        }
    }

    return 1;
}


int
ngx_chat_name_data_valid(const ngx_chat_str_t *data)
{
    size_t    i;
    unsigned  c;

    for (i = 0; i < data->len; i++) {
        c = data->data[i];

        if (!ngx_chat_name_alnum(c) && c != '_' && c != '-') {
            return 0;
        }
    }

    return data->len != 0;
}


int
ngx_chat_name_epoch_valid(const ngx_chat_str_t *epoch)
{
    size_t  i;

    if (epoch->len == 0 || epoch->len > NGX_CHAT_WIRE_EPOCH_MAX) {
        return 0;
    }

    for (i = 0; i < epoch->len; i++) {
        if (!ngx_chat_name_alnum(epoch->data[i])) {
            return 0;
        }
    }

    return 1;
}


size_t
ngx_chat_name_key(unsigned char *buf, size_t size,
    const ngx_chat_str_t *prefix, const ngx_chat_str_t *room,
    const char *suffix)
{
    size_t  len, tail;

    tail = strlen(suffix);
    len = prefix->len + sizeof(":{") - 1 + room->len + sizeof("}:") - 1 + tail;

    if (len > size) {
        return len;
    }

    if (prefix->len != 0) {
        memcpy(buf, prefix->data, prefix->len);
        buf += prefix->len;
    }

    *buf++ = ':';
    *buf++ = '{';

    if (room->len != 0) {
        memcpy(buf, room->data, room->len);
        buf += room->len;
    }

    *buf++ = '}';
    *buf++ = ':';
    memcpy(buf, suffix, tail);

    return len;
}


size_t
ngx_chat_name_key_add(unsigned char *buf, size_t size, size_t len,
    const ngx_chat_str_t *part)
{
    size_t  need;

    need = len + sizeof(":") - 1 + part->len;

    if (need > size) {
        return need;
    }

    buf[len] = ':';

    if (part->len != 0) {
        memcpy(buf + len + 1, part->data, part->len);
    }

    return need;
}


int
ngx_chat_name_key_room(const ngx_chat_str_t *key,
    const ngx_chat_str_t *prefix, const char *suffix, ngx_chat_str_t *room)
{
    size_t                head, tail, len;
    ngx_chat_str_t        name, stored;
    const unsigned char  *open, *close;

    head = prefix->len + sizeof(":{") - 1;
    len = strlen(suffix);
    tail = sizeof("}:") - 1 + len;

    if (key->len <= head + tail) {
        return 0;
    }

    open = key->data + prefix->len;
    close = key->data + key->len - tail;

    if ((prefix->len != 0 && memcmp(key->data, prefix->data, prefix->len) != 0)
        || memcmp(open, ":{", 2) != 0
        || memcmp(close, "}:", 2) != 0
        || memcmp(close + 2, suffix, len) != 0)
    {
        return 0;
    }

    name.data = open + 2;
    name.len = key->len - head - tail;
    stored = name;

    if (name.len == 1 && name.data[0] == NGX_CHAT_NAME_SITE) {
        *room = stored;
        return 1;
    }

    /* a raw room's stored name is a room name behind one byte */

    if (name.data[0] == NGX_CHAT_NAME_RAW) {
        name.data++;
        name.len--;
    }

    if (!ngx_chat_name_room_valid(&name)) {
        return 0;
    }

    *room = stored;

    return 1;
}


static int
ngx_chat_name_alnum(unsigned c)
{
    return (c >= 'a' && c <= 'z')
           || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9');
}
