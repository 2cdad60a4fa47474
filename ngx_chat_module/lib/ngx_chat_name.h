
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The names of rooms, users and messages, with the Redis keys made of them.
 */


#ifndef NGX_CHAT_NAME_H_INCLUDED
#define NGX_CHAT_NAME_H_INCLUDED


#include "ngx_chat_str.h"


#define NGX_CHAT_NAME_ROOM_MAX    64      /* bytes */
#define NGX_CHAT_NAME_USER_MAX    128     /* bytes */
#define NGX_CHAT_NAME_CID_MAX     64      /* bytes */
#define NGX_CHAT_NAME_ENC_MAX     32      /* bytes */
#define NGX_CHAT_NAME_PREFIX_MAX  32      /* bytes, of a key */

/*
 * Rooms of raw locations live beside the rooms of JSON locations: their
 * stored name has this byte in front, which no room name may begin with.
 */
#define NGX_CHAT_NAME_RAW         '~'

/* What is in the place of a room in the keys of the whole site. */
#define NGX_CHAT_NAME_SITE        '*'

/*
 * Bytes of the longest key, "<prefix>:{<room>}:d:<user>:<cid>" with a byte of
 * a raw room; a worker's key "<prefix>:{<room>}:pw:<worker>" is shorter.
 */
#define NGX_CHAT_NAME_KEY_MAX                                                 \
    (NGX_CHAT_NAME_PREFIX_MAX + NGX_CHAT_NAME_ROOM_MAX                        \
     + NGX_CHAT_NAME_USER_MAX + NGX_CHAT_NAME_CID_MAX                         \
     + sizeof(":{~}:d::") - 1)


/* Returns 1 for 1..64 bytes of [A-Za-z0-9][A-Za-z0-9._~-]*. */
int ngx_chat_name_room_valid(const ngx_chat_str_t *room);

/*
 * Returns 1 for 1..128 bytes of UTF-8 without any control, noncharacter,
 * bidirectional or invisible character, and with no space at either end; "*" is
 * the site's backend, and no user.
 */
int ngx_chat_name_user_valid(const ngx_chat_str_t *user);

/* Returns 1 for 1..64 bytes of [A-Za-z0-9_-]. */
int ngx_chat_name_cid_valid(const ngx_chat_str_t *cid);

/* Returns 1 for 1..32 bytes of [A-Za-z0-9./_-], a letter or digit first. */
int ngx_chat_name_enc_valid(const ngx_chat_str_t *enc);

/* Returns 1 for one or more bytes of [A-Za-z0-9_-]. */
int ngx_chat_name_data_valid(const ngx_chat_str_t *data);

/* Returns 1 for 1..16 bytes of [A-Za-z0-9]. */
int ngx_chat_name_epoch_valid(const ngx_chat_str_t *epoch);

/*
 * Writes "<prefix>:{<room>}:<suffix>" when it fits into size bytes, without
 * a zero at the end.  Returns the length needed.
 */
size_t ngx_chat_name_key(unsigned char *buf, size_t size,
    const ngx_chat_str_t *prefix, const ngx_chat_str_t *room,
    const char *suffix);

/*
 * Appends ":<part>" to the key of len bytes in buf when all of it fits into
 * size bytes; len is what ngx_chat_name_key() or this function returned.
 * Returns the length needed.  A user's id may have ":" in it: what follows it
 * must not, as cids do not, or two messages could have the same key.
 */
size_t ngx_chat_name_key_add(unsigned char *buf, size_t size, size_t len,
    const ngx_chat_str_t *part);

/*
 * Finds the room in a key made by ngx_chat_name_key().  Returns 1 and sets
 * room to bytes inside key, or returns 0 if the key has another form.
 */
int ngx_chat_name_key_room(const ngx_chat_str_t *key,
    const ngx_chat_str_t *prefix, const char *suffix, ngx_chat_str_t *room);


#endif /* NGX_CHAT_NAME_H_INCLUDED */
