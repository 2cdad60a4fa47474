
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The registry of rooms and their members: join, leave, and iterate while
 * members vanish.
 *
 * Everything is intrusive: the caller allocates rooms and members (usually as
 * the first field of its own struct) and only the hash table of names is the
 * registry's, through the allocator it was given.
 */


#ifndef NGX_CHAT_ROOMS_H_INCLUDED
#define NGX_CHAT_ROOMS_H_INCLUDED


#include "ngx_chat_str.h"


typedef struct ngx_chat_room_s    ngx_chat_room_t;
typedef struct ngx_chat_member_s  ngx_chat_member_t;
typedef struct ngx_chat_cursor_s  ngx_chat_cursor_t;


/* One session in one room; linked into the room and into its owner's list. */

struct ngx_chat_member_s {
    ngx_chat_room_t     *room;         /* NULL: not a member */
    ngx_chat_member_t   *next;         /* of the room */
    ngx_chat_member_t   *prev;
    ngx_chat_member_t   *owner_next;   /* of the owner */
    void                *owner;
};


/* A walk over a room's members; lives on the walker's stack. */

struct ngx_chat_cursor_s {
    ngx_chat_room_t     *room;
    ngx_chat_member_t   *next;
    ngx_chat_cursor_t   *outer;        /* other walks of the same room */
};


struct ngx_chat_room_s {
    ngx_chat_room_t     *hash_next;
    uint32_t             hash;
    uint32_t             members;      /* count of the list */
    ngx_chat_member_t   *first;
    ngx_chat_member_t   *last;
    ngx_chat_cursor_t   *cursors;
    ngx_chat_str_t       name;         /* bytes belong to the caller */
};


typedef struct {
    ngx_chat_room_t    **buckets;
    uint32_t             size;         /* a power of two, or 0 */
    uint32_t             count;
    uint32_t             seed;         /* of the hash; random at start */
    uint32_t             walks;        /* ngx_chat_rooms_each() in progress */

    /* as realloc(); size 0 frees and returns NULL */
    void              *(*memory)(void *ctx, void *p, size_t size);
    void                *ctx;
} ngx_chat_rooms_t;


void ngx_chat_rooms_init(ngx_chat_rooms_t *rooms, uint32_t seed,
    void *(*memory)(void *ctx, void *p, size_t size), void *ctx);

/* Gives the table back; rooms still in it are simply forgotten. */
void ngx_chat_rooms_destroy(ngx_chat_rooms_t *rooms);

ngx_chat_room_t *ngx_chat_rooms_find(const ngx_chat_rooms_t *rooms,
    const ngx_chat_str_t *name);

/*
 * Adds a room whose name is set, and which is not in the registry.  Sets all
 * its other fields.  Returns 1, or 0 without memory (nothing is changed; a
 * table that merely could not grow is no failure).
 */
int ngx_chat_rooms_insert(ngx_chat_rooms_t *rooms, ngx_chat_room_t *room);

/*
 * Takes a room without members out of the registry.  Walks of its members end
 * there, so that its memory may be freed at once.
 */
void ngx_chat_rooms_remove(ngx_chat_rooms_t *rooms, ngx_chat_room_t *room);

/*
 * Calls visit for each room until it returns 0.  The visited room (only that
 * one) may be removed by visit; rooms inserted meanwhile may be missed, and
 * the table does not grow while a walk lasts.
 */
void ngx_chat_rooms_each(ngx_chat_rooms_t *rooms,
    int (*visit)(void *ctx, ngx_chat_room_t *room), void *ctx);

/*
 * The same for one of so many parts of the registry, part counting from 0:
 * who visits part after part has visited every room that was there all the
 * time and, if the table grew meanwhile, some twice or not at all.
 */
void ngx_chat_rooms_part(ngx_chat_rooms_t *rooms, uint32_t part,
    uint32_t parts, int (*visit)(void *ctx, ngx_chat_room_t *room),
    void *ctx);

/* Adds a member at the end of the room and in front of *owned. */
void ngx_chat_room_join(ngx_chat_room_t *room, ngx_chat_member_t *member,
    ngx_chat_member_t **owned);

/*
 * Takes a member out of its room and of the list *owned; walks that stand at
 * it move on.  member->room is NULL then.
 */
void ngx_chat_room_leave(ngx_chat_member_t *member,
    ngx_chat_member_t **owned);

/* The owner's member of that room, or NULL. */
ngx_chat_member_t *ngx_chat_room_member(ngx_chat_member_t *owned,
    const ngx_chat_room_t *room);

/*
 * A walk: begin, next until NULL, end.  Any member may join or leave between
 * two calls; who leaves is not returned, who joins is returned last.  Walks
 * may nest.  end must be called, also when the walk is broken off.
 */
void ngx_chat_room_walk(ngx_chat_room_t *room, ngx_chat_cursor_t *cursor);
ngx_chat_member_t *ngx_chat_room_walk_next(ngx_chat_cursor_t *cursor);
void ngx_chat_room_walk_end(ngx_chat_cursor_t *cursor);


#endif /* NGX_CHAT_ROOMS_H_INCLUDED */
