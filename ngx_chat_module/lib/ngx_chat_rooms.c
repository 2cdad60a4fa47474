
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The registry of rooms and their members.
 */


#include "ngx_chat_rooms.h"

#include <string.h>


#define NGX_CHAT_ROOMS_SIZE_MIN  16
#define NGX_CHAT_ROOMS_SIZE_MAX  (1u << 24)    /* buckets; then chains grow */

#define NGX_CHAT_ROOMS_FNV_BASIS 2166136261u
#define NGX_CHAT_ROOMS_FNV_PRIME 16777619u


static uint32_t ngx_chat_rooms_hash(const ngx_chat_rooms_t *rooms,
    const ngx_chat_str_t *name);
static int ngx_chat_rooms_grow(ngx_chat_rooms_t *rooms);


void
ngx_chat_rooms_init(ngx_chat_rooms_t *rooms, uint32_t seed,
    void *(*memory)(void *ctx, void *p, size_t size), void *ctx)
{
    rooms->buckets = NULL;
    rooms->size = 0;
    rooms->count = 0;
    rooms->seed = seed;
    rooms->walks = 0;
    rooms->memory = memory;
    rooms->ctx = ctx;
}


void
ngx_chat_rooms_destroy(ngx_chat_rooms_t *rooms)
{
    if (rooms->buckets != NULL) {
        (void) rooms->memory(rooms->ctx, rooms->buckets, 0);
    }

    rooms->buckets = NULL;
    rooms->size = 0;
    rooms->count = 0;
}


ngx_chat_room_t *
ngx_chat_rooms_find(const ngx_chat_rooms_t *rooms, const ngx_chat_str_t *name)
{
    uint32_t          hash;
    ngx_chat_room_t  *room;

    if (rooms->size == 0) {
        return NULL;
    }

    hash = ngx_chat_rooms_hash(rooms, name);

    for (room = rooms->buckets[hash & (rooms->size - 1)];
         room != NULL;
         room = room->hash_next)
    {
        if (room->hash == hash
            && room->name.len == name->len
            && memcmp(room->name.data, name->data, name->len) == 0)
        {
            return room;
        }
    }

    return NULL;
}


int
ngx_chat_rooms_insert(ngx_chat_rooms_t *rooms, ngx_chat_room_t *room)
{
    ngx_chat_room_t  **bucket;

    if (rooms->count >= rooms->size
        && !ngx_chat_rooms_grow(rooms)
        && rooms->size == 0)
    {
        return 0;
    }

    room->hash = ngx_chat_rooms_hash(rooms, &room->name);
    room->members = 0;
    room->first = NULL;
    room->last = NULL;
    room->cursors = NULL;

    bucket = &rooms->buckets[room->hash & (rooms->size - 1)];

    room->hash_next = *bucket;
    *bucket = room;
    rooms->count++;

    return 1;
}


void
ngx_chat_rooms_remove(ngx_chat_rooms_t *rooms, ngx_chat_room_t *room)
{
    ngx_chat_room_t    **link;
    ngx_chat_cursor_t   *cursor;

    if (rooms->size == 0) {
        return;
    }

    link = &rooms->buckets[room->hash & (rooms->size - 1)];

    while (*link != room) {
        if (*link == NULL) {
            return;
        }

        link = &(*link)->hash_next;
    }

    *link = room->hash_next;
    rooms->count--;

    /* the room's memory may go now: walks must not look at it again */

    for (cursor = room->cursors; cursor != NULL; cursor = cursor->outer) {
        cursor->room = NULL;
        cursor->next = NULL;
    }

    room->cursors = NULL;
    room->hash_next = NULL;
}


void
ngx_chat_rooms_each(ngx_chat_rooms_t *rooms,
    int (*visit)(void *ctx, ngx_chat_room_t *room), void *ctx)
{
    ngx_chat_rooms_part(rooms, 0, 1, visit, ctx);
}


void
ngx_chat_rooms_part(ngx_chat_rooms_t *rooms, uint32_t part, uint32_t parts,
    int (*visit)(void *ctx, ngx_chat_room_t *room), void *ctx)
{
    int               more;
    uint32_t          i, end;
    ngx_chat_room_t  *room, *next;

    more = 1;
    rooms->walks++;

    i = (uint32_t) ((uint64_t) rooms->size * part / parts);
    end = (uint32_t) ((uint64_t) rooms->size * (part + 1) / parts);

    for ( /* void */ ; more && i < end; i++) {
        for (room = rooms->buckets[i]; more && room != NULL; room = next) {
            next = room->hash_next;
            more = visit(ctx, room);
        }
    }

    rooms->walks--;
}


void
ngx_chat_room_join(ngx_chat_room_t *room, ngx_chat_member_t *member,
    ngx_chat_member_t **owned)
{
    ngx_chat_cursor_t  *cursor;

    member->room = room;
    member->next = NULL;
    member->prev = room->last;

    if (room->last != NULL) {
        room->last->next = member;
    } else {
        room->first = member;
    }

    room->last = member;
    room->members++;

    member->owner_next = *owned;
    *owned = member;

    /* a walk that has seen everybody else has one more to see */

    for (cursor = room->cursors; cursor != NULL; cursor = cursor->outer) {
        if (cursor->next == NULL) {
            cursor->next = member;
        }
    }
}


void
ngx_chat_room_leave(ngx_chat_member_t *member, ngx_chat_member_t **owned)
{
    ngx_chat_room_t     *room;
    ngx_chat_cursor_t   *cursor;
    ngx_chat_member_t  **link;

    room = member->room;

    if (room == NULL) {
        return;
    }

    for (cursor = room->cursors; cursor != NULL; cursor = cursor->outer) {
        if (cursor->next == member) {
            cursor->next = member->next;
        }
    }

    if (member->prev != NULL) {
        member->prev->next = member->next;
    } else {
        room->first = member->next;
    }

    if (member->next != NULL) {
        member->next->prev = member->prev;
    } else {
        room->last = member->prev;
    }

    room->members--;

    for (link = owned; *link != NULL; link = &(*link)->owner_next) {
        if (*link == member) {
            *link = member->owner_next;
            break;
        }
    }

    member->room = NULL;
    member->next = NULL;
    member->prev = NULL;
    member->owner_next = NULL;
}


ngx_chat_member_t *
ngx_chat_room_member(ngx_chat_member_t *owned, const ngx_chat_room_t *room)
{
    while (owned != NULL && owned->room != room) {
        owned = owned->owner_next;
    }

    return owned;
}


void
ngx_chat_room_walk(ngx_chat_room_t *room, ngx_chat_cursor_t *cursor)
{
    cursor->room = room;
    cursor->next = room->first;
    cursor->outer = room->cursors;
    room->cursors = cursor;
}


ngx_chat_member_t *
ngx_chat_room_walk_next(ngx_chat_cursor_t *cursor)
{
    ngx_chat_member_t  *member;

    member = cursor->next;

    if (member != NULL) {
        cursor->next = member->next;
    }

    return member;
}


void
ngx_chat_room_walk_end(ngx_chat_cursor_t *cursor)
{
    ngx_chat_cursor_t  **link;

    if (cursor->room == NULL) {
        return;
    }

    link = &cursor->room->cursors;

    while (*link != cursor) {
        link = &(*link)->outer;
    }

    *link = cursor->outer;
    cursor->room = NULL;
    cursor->next = NULL;
}


/*
 * FNV-1a alone keeps its low bits apart from its high ones, so that names can
 * be made which fill one bucket under any seed; the last steps (those of
 * MurmurHash3) mix all bits into all.
 */

static uint32_t
ngx_chat_rooms_hash(const ngx_chat_rooms_t *rooms, const ngx_chat_str_t *name)
{
    size_t    i;
    uint32_t  hash;

    hash = NGX_CHAT_ROOMS_FNV_BASIS ^ rooms->seed;

    for (i = 0; i < name->len; i++) {
        hash = (hash ^ name->data[i]) * NGX_CHAT_ROOMS_FNV_PRIME;
    }

    hash ^= rooms->seed;
    hash = (hash ^ (hash >> 16)) * 0x85ebca6bu;
    hash = (hash ^ (hash >> 13)) * 0xc2b2ae35u;

    return hash ^ (hash >> 16);
}


static int
ngx_chat_rooms_grow(ngx_chat_rooms_t *rooms)
{
    size_t             bytes;
    uint32_t           i, size;
    ngx_chat_room_t   *room, *next, **buckets, **bucket;

    if (rooms->walks != 0 || rooms->size >= NGX_CHAT_ROOMS_SIZE_MAX) {
        return 0;
    }

    size = (rooms->size == 0) ? NGX_CHAT_ROOMS_SIZE_MIN : rooms->size * 2;
    bytes = size * sizeof(ngx_chat_room_t *);

    buckets = rooms->memory(rooms->ctx, NULL, bytes);
    if (buckets == NULL) {
        return 0;
    }

    memset(buckets, 0, bytes);

    for (i = 0; i < rooms->size; i++) {
        for (room = rooms->buckets[i]; room != NULL; room = next) {
            next = room->hash_next;
            bucket = &buckets[room->hash & (size - 1)];
            room->hash_next = *bucket;
            *bucket = room;
        }
    }

    if (rooms->buckets != NULL) {
        (void) rooms->memory(rooms->ctx, rooms->buckets, 0);
    }

    rooms->buckets = buckets;
    rooms->size = size;

    return 1;
}
