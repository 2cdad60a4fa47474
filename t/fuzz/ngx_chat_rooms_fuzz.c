
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The registry beside a naive one: an array of who is where.
 *
 * Two bytes are an operation: what, and on which room and session.  Walks are
 * checked for their promise: who stays from its begin is seen once.
 */


#include "ngx_chat_rooms.h"

#include <stdlib.h>
#include <string.h>


#define ROOMS     32
#define SESSIONS  8


typedef struct {
    ngx_chat_rooms_t    rooms;
    ngx_chat_room_t    *room[ROOMS];               /* NULL: not there */
    unsigned char       name[ROOMS][2];
    ngx_chat_member_t  *owned[SESSIONS];
    ngx_chat_member_t  *member[ROOMS][SESSIONS];   /* NULL: not in it */
    const uint8_t      *pos;
    const uint8_t      *end;
    unsigned            visited;
    unsigned            fail:1;                    /* no memory for a while */
} fuzz_t;


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void step(fuzz_t *f, unsigned depth);


static void *
memory(void *ctx, void *p, size_t size)
{
    fuzz_t  *f;

    f = ctx;

    if (size == 0) {
        free(p);
        return NULL;
    }

    return f->fail ? NULL : realloc(p, size);
}


static void
open_room(fuzz_t *f, unsigned r)
{
    ngx_chat_room_t  *room;

    if (f->room[r] != NULL) {
        return;
    }

    room = malloc(sizeof(*room));

    if (room == NULL) {
        abort();
    }

    room->name.data = f->name[r];
    room->name.len = sizeof(f->name[r]);

    if (ngx_chat_rooms_insert(&f->rooms, room)) {
        f->room[r] = room;

    } else if (f->fail && f->rooms.size == 0) {
        free(room);

    } else {
        abort();
    }
}


static void
leave(fuzz_t *f, unsigned r, unsigned s)
{
    ngx_chat_member_t  *member;

    member = f->member[r][s];

    if (member != NULL) {
        f->member[r][s] = NULL;
        ngx_chat_room_leave(member, &f->owned[s]);
        free(member);
    }
}


static void
close_room(fuzz_t *f, unsigned r)
{
    unsigned  s;

    if (f->room[r] == NULL) {
        return;
    }

    for (s = 0; s < SESSIONS; s++) {
        leave(f, r, s);
    }

    ngx_chat_rooms_remove(&f->rooms, f->room[r]);
    free(f->room[r]);
    f->room[r] = NULL;
}


static void
join(fuzz_t *f, unsigned r, unsigned s)
{
    ngx_chat_member_t  *member;

    if (f->room[r] == NULL || f->member[r][s] != NULL) {
        return;
    }

    member = malloc(sizeof(*member));

    if (member == NULL) {
        abort();
    }

    member->owner = &f->owned[s];
    ngx_chat_room_join(f->room[r], member, &f->owned[s]);
    f->member[r][s] = member;
}


static void
walk(fuzz_t *f, unsigned r, unsigned depth)
{
    unsigned            s;
    ngx_chat_cursor_t   cursor;
    ngx_chat_member_t  *stays[SESSIONS], *seen;

    if (f->room[r] == NULL) {
        return;
    }

    memcpy(stays, f->member[r], sizeof(stays));
    ngx_chat_room_walk(f->room[r], &cursor);

    for ( ;; ) {
        seen = ngx_chat_room_walk_next(&cursor);

        if (seen == NULL) {
            break;
        }

        for (s = 0; s < SESSIONS; s++) {
            if (stays[s] == seen) {
                stays[s] = NULL;
            }
        }

        /* reads the member: it must be one that lives */

        if (seen->room != f->room[r]) {
            abort();
        }

        step(f, depth + 1);

        for (s = 0; s < SESSIONS; s++) {
            if (stays[s] != f->member[r][s]) {
                stays[s] = NULL;
            }
        }
    }

    for (s = 0; s < SESSIONS; s++) {
        if (stays[s] != NULL) {
            abort();
        }
    }

    ngx_chat_room_walk_end(&cursor);
}


static int
visit(void *ctx, ngx_chat_room_t *room)
{
    unsigned  r;
    fuzz_t   *f;

    f = ctx;
    f->visited++;

    for (r = 0; r < ROOMS && f->room[r] != room; r++) {
        /* void */
    }

    if (r == ROOMS) {
        abort();
    }

    if (f->pos < f->end && (*f->pos++ & 1)) {
        close_room(f, r);
    }

    return 1;
}


static void
check(fuzz_t *f)
{
    unsigned        r, s, count, members;
    ngx_chat_str_t  name;

    count = 0;

    for (r = 0; r < ROOMS; r++) {
        name.data = f->name[r];
        name.len = sizeof(f->name[r]);

        if (ngx_chat_rooms_find(&f->rooms, &name) != f->room[r]) {
            abort();
        }

        if (f->room[r] == NULL) {
            continue;
        }

        count++;
        members = 0;

        for (s = 0; s < SESSIONS; s++) {
            members += (f->member[r][s] != NULL);

            if (ngx_chat_room_member(f->owned[s], f->room[r])
                != f->member[r][s])
            {
                abort();
            }
        }

        if (f->room[r]->members != members) {
            abort();
        }
    }

    if (f->rooms.count != count) {
        abort();
    }
}


static void
step(fuzz_t *f, unsigned depth)
{
    unsigned  op, r, s, count;

    if (f->end - f->pos < 2) {
        return;
    }

    op = f->pos[0] >> 5;
    s = f->pos[0] % SESSIONS;
    r = f->pos[1] % ROOMS;
    f->pos += 2;

    switch (op) {

    case 0:
        open_room(f, r);
        break;

    case 1:
        close_room(f, r);
        break;

    case 2:
    case 3:
        open_room(f, r);
        join(f, r, s);
        break;

    case 4:
        leave(f, r, s);
        break;

    case 5:
        if (depth < 4) {
            walk(f, r, depth);
        }

        break;

    case 6:
        f->fail = !f->fail;
        break;

    default:
        f->visited = 0;
        count = f->rooms.count;
        ngx_chat_rooms_each(&f->rooms, visit, f);

        if (f->visited != count) {
            abort();
        }

        break;
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned  r;
    fuzz_t    f;

    if (size < 4) {
        return 0;
    }

    memset(&f, 0, sizeof(f));
    ngx_chat_rooms_init(&f.rooms, data[0], memory, &f);

    for (r = 0; r < ROOMS; r++) {
        f.name[r][0] = 'r';
        f.name[r][1] = (unsigned char) r;
    }

    f.pos = data + 1;
    f.end = data + size;

    while (f.end - f.pos >= 2) {
        step(&f, 0);
        check(&f);
    }

    for (r = 0; r < ROOMS; r++) {
        close_room(&f, r);
    }

    check(&f);
    ngx_chat_rooms_destroy(&f.rooms);

    return 0;
}
