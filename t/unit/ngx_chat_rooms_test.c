
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The registry of rooms, joining, leaving and walking.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "chat_str.h"
#include "ngx_chat_rooms.h"


#define ROOMS  1000


typedef struct {
    int  calls;
    int  fail_at;      /* the call that finds no memory, 0: none */
    int  blocks;
} arena_t;


typedef struct {
    ngx_chat_rooms_t  *rooms;
    ngx_chat_room_t   *spare;      /* to insert while walking */
    int                remove;
    int                seen;
    int                limit;      /* rooms to see, 0: all */
} visit_t;


static void *
memory(void *ctx, void *p, size_t size)
{
    arena_t  *arena;

    arena = ctx;

    if (size == 0) {
        arena->blocks--;
        free(p);
        return NULL;
    }

    arena->calls++;

    if (arena->calls == arena->fail_at) {
        return NULL;
    }

    if (p == NULL) {
        arena->blocks++;
    }

    return realloc(p, size);
}


static int
visit(void *ctx, ngx_chat_room_t *room)
{
    visit_t  *v;

    v = ctx;
    v->seen++;

    if (v->spare != NULL) {
        assert_true(ngx_chat_rooms_insert(v->rooms, v->spare));
        v->spare = NULL;
    }

    if (v->remove) {
        ngx_chat_rooms_remove(v->rooms, room);
        memset(room, 0xee, sizeof(*room));
    }

    return v->limit == 0 || v->seen < v->limit;
}


static void
named(ngx_chat_room_t *room, char name[16], int n)
{
    memset(room, 0xee, sizeof(*room));
    room->name.len = (size_t) snprintf(name, 16, "room-%d", n);
    room->name.data = (unsigned char *) name;
}


static void
test_insert_find_remove(void **state)
{
    int               i;
    char            (*names)[16];
    arena_t           arena = { 0, 0, 0 };
    ngx_chat_str_t    name;
    ngx_chat_room_t  *set;
    ngx_chat_rooms_t  rooms;

    (void) state;

    set = calloc(ROOMS, sizeof(*set));
    names = calloc(ROOMS, sizeof(*names));
    assert_non_null(set);
    assert_non_null(names);

    ngx_chat_rooms_init(&rooms, 12345, memory, &arena);

    name = str("room-1");
    assert_null(ngx_chat_rooms_find(&rooms, &name));
    ngx_chat_rooms_remove(&rooms, &set[0]);

    for (i = 0; i < ROOMS; i++) {
        named(&set[i], names[i], i);
        assert_true(ngx_chat_rooms_insert(&rooms, &set[i]));
        assert_int_equal(set[i].members, 0);
        assert_null(set[i].first);
        assert_true(rooms.count <= rooms.size);
    }

    assert_int_equal(rooms.count, ROOMS);
    assert_int_equal(rooms.size, 1024);
    assert_int_equal(arena.blocks, 1);

    for (i = 0; i < ROOMS; i++) {
        name = str(names[i]);
        assert_ptr_equal(ngx_chat_rooms_find(&rooms, &name), &set[i]);
    }

    name = str("room");
    assert_null(ngx_chat_rooms_find(&rooms, &name));
    name = str("Room-1");
    assert_null(ngx_chat_rooms_find(&rooms, &name));

    for (i = 0; i < ROOMS; i += 2) {
        ngx_chat_rooms_remove(&rooms, &set[i]);
        ngx_chat_rooms_remove(&rooms, &set[i]);
    }

    assert_int_equal(rooms.count, ROOMS / 2);

    for (i = 0; i < ROOMS; i++) {
        name = str(names[i]);
        assert_ptr_equal(ngx_chat_rooms_find(&rooms, &name),
                         (i & 1) ? &set[i] : NULL);
    }

    ngx_chat_rooms_destroy(&rooms);
    assert_int_equal(arena.blocks, 0);
    assert_null(ngx_chat_rooms_find(&rooms, &name));
    ngx_chat_rooms_destroy(&rooms);
    assert_int_equal(arena.blocks, 0);

    free(set);
    free(names);
}


static void
test_N8_case_makes_another_room(void **state)
{
    arena_t           arena = { 0, 0, 0 };
    ngx_chat_str_t    name;
    ngx_chat_room_t   one, two;
    ngx_chat_rooms_t  rooms;

    (void) state;

    ngx_chat_rooms_init(&rooms, 0, memory, &arena);
    one.name = str("room");
    two.name = str("Room");
    assert_true(ngx_chat_rooms_insert(&rooms, &one));
    assert_true(ngx_chat_rooms_insert(&rooms, &two));

    name = str("room");
    assert_ptr_equal(ngx_chat_rooms_find(&rooms, &name), &one);
    name = str("Room");
    assert_ptr_equal(ngx_chat_rooms_find(&rooms, &name), &two);

    ngx_chat_rooms_destroy(&rooms);
}


static void
test_each_allocation_failed_once(void **state)
{
    int               i, fail;
    char              names[40][16];
    arena_t           arena;
    ngx_chat_str_t    name;
    ngx_chat_room_t   set[40];
    ngx_chat_rooms_t  rooms;

    (void) state;

    for (fail = 1; fail <= 3; fail++) {
        memset(&arena, 0, sizeof(arena));
        arena.fail_at = fail;
        ngx_chat_rooms_init(&rooms, 7, memory, &arena);

        for (i = 0; i < 40; i++) {
            named(&set[i], names[i], i);

            if (fail == 1 && i == 0) {
                assert_false(ngx_chat_rooms_insert(&rooms, &set[i]));
                assert_int_equal(rooms.count, 0);
            }

            assert_true(ngx_chat_rooms_insert(&rooms, &set[i]));
        }

        for (i = 0; i < 40; i++) {
            name = str(names[i]);
            assert_ptr_equal(ngx_chat_rooms_find(&rooms, &name), &set[i]);
        }

        ngx_chat_rooms_destroy(&rooms);
        assert_int_equal(arena.blocks, 0);
    }
}


static void
test_the_table_has_a_largest_size(void **state)
{
    uint32_t          size;
    arena_t           arena = { 0, 1, 0 };
    ngx_chat_str_t    name;
    ngx_chat_room_t   room;
    ngx_chat_rooms_t  rooms;

    (void) state;

    size = 1u << 24;
    ngx_chat_rooms_init(&rooms, 7, memory, &arena);
    rooms.buckets = calloc(size, sizeof(*rooms.buckets));
    assert_non_null(rooms.buckets);
    rooms.size = size;
    rooms.count = size;
    arena.blocks = 1;

    name = str("late");
    room.name = name;
    assert_true(ngx_chat_rooms_insert(&rooms, &room));
    assert_int_equal(rooms.size, size);
    assert_int_equal(arena.calls, 0);
    assert_ptr_equal(ngx_chat_rooms_find(&rooms, &name), &room);

    ngx_chat_rooms_destroy(&rooms);
    assert_int_equal(arena.blocks, 0);
}


/* Chains stay short, also for names that differ in one place only. */

static void
test_the_hash_spreads_names(void **state)
{
    int               i, longest, chain;
    char              names[512][16];
    arena_t           arena = { 0, 0, 0 };
    uint32_t          b, seed;
    ngx_chat_room_t   set[512], *room;
    ngx_chat_rooms_t  rooms;

    (void) state;

    for (seed = 0; seed < 20; seed++) {
        ngx_chat_rooms_init(&rooms, seed * 0x01010101u, memory, &arena);

        for (i = 0; i < 512; i++) {
            named(&set[i], names[i], i * 256);
            assert_true(ngx_chat_rooms_insert(&rooms, &set[i]));
        }

        longest = 0;

        for (b = 0; b < rooms.size; b++) {
            chain = 0;

            for (room = rooms.buckets[b]; room != NULL;
                 room = room->hash_next)
            {
                chain++;
            }

            longest = (chain > longest) ? chain : longest;
        }

        assert_in_range(longest, 1, 10);
        ngx_chat_rooms_destroy(&rooms);
    }
}


static void
test_each(void **state)
{
    int               i;
    char              names[17][16];
    arena_t           arena = { 0, 0, 0 };
    visit_t           v;
    ngx_chat_room_t   set[17];
    ngx_chat_rooms_t  rooms;

    (void) state;

    memset(&v, 0, sizeof(v));
    ngx_chat_rooms_init(&rooms, 99, memory, &arena);
    v.rooms = &rooms;
    ngx_chat_rooms_each(&rooms, visit, &v);
    assert_int_equal(v.seen, 0);

    for (i = 0; i < 17; i++) {
        named(&set[i], names[i], i);

        if (i < 16) {
            assert_true(ngx_chat_rooms_insert(&rooms, &set[i]));
        }
    }

    v.limit = 5;
    ngx_chat_rooms_each(&rooms, visit, &v);
    assert_int_equal(v.seen, 5);

    /* a room that comes meanwhile makes the table grow only later */

    v.limit = 0;
    v.seen = 0;
    v.spare = &set[16];
    ngx_chat_rooms_each(&rooms, visit, &v);
    assert_in_range(v.seen, 16, 17);
    assert_int_equal(rooms.count, 17);
    assert_int_equal(rooms.size, 16);

    v.seen = 0;
    v.remove = 1;
    ngx_chat_rooms_each(&rooms, visit, &v);
    assert_int_equal(v.seen, 17);
    assert_int_equal(rooms.count, 0);

    ngx_chat_rooms_destroy(&rooms);
    assert_int_equal(arena.blocks, 0);
}


static void
empty_room(ngx_chat_room_t *room)
{
    memset(room, 0, sizeof(*room));
    room->name = str("r");
}


static void
test_join_and_leave(void **state)
{
    ngx_chat_room_t     a, b;
    ngx_chat_member_t   m[3], other, *owned[3] = { NULL, NULL, NULL };

    (void) state;

    empty_room(&a);
    empty_room(&b);
    memset(m, 0xee, sizeof(m));

    ngx_chat_room_join(&a, &m[0], &owned[0]);
    ngx_chat_room_join(&a, &m[1], &owned[1]);
    ngx_chat_room_join(&a, &m[2], &owned[2]);
    ngx_chat_room_join(&b, &other, &owned[1]);

    assert_int_equal(a.members, 3);
    assert_int_equal(b.members, 1);
    assert_ptr_equal(ngx_chat_room_member(owned[1], &a), &m[1]);
    assert_ptr_equal(ngx_chat_room_member(owned[1], &b), &other);
    assert_null(ngx_chat_room_member(owned[0], &b));

    ngx_chat_room_leave(&m[1], &owned[1]);
    assert_null(m[1].room);
    assert_null(ngx_chat_room_member(owned[1], &a));
    assert_ptr_equal(owned[1], &other);
    assert_ptr_equal(a.first, &m[0]);
    assert_ptr_equal(a.first->next, &m[2]);
    assert_ptr_equal(a.last->prev, &m[0]);

    /* leaving twice is leaving once */

    ngx_chat_room_leave(&m[1], &owned[1]);
    assert_int_equal(a.members, 2);

    ngx_chat_room_leave(&m[0], &owned[0]);
    assert_ptr_equal(a.first, &m[2]);
    ngx_chat_room_leave(&m[2], &owned[2]);
    assert_null(a.first);
    assert_null(a.last);
    assert_int_equal(a.members, 0);
    assert_null(owned[0]);
    assert_null(owned[2]);
}


static void
test_walk_sees_who_stays_and_who_comes(void **state)
{
    ngx_chat_room_t     room;
    ngx_chat_cursor_t   c;
    ngx_chat_member_t   m[6], *owned[6];

    (void) state;

    memset(owned, 0, sizeof(owned));
    empty_room(&room);
    ngx_chat_room_join(&room, &m[0], &owned[0]);
    ngx_chat_room_join(&room, &m[1], &owned[1]);
    ngx_chat_room_join(&room, &m[2], &owned[2]);
    ngx_chat_room_join(&room, &m[3], &owned[3]);

    ngx_chat_room_walk(&room, &c);
    assert_ptr_equal(ngx_chat_room_walk_next(&c), &m[0]);

    /* the one just seen, the next, and the one behind it */

    ngx_chat_room_leave(&m[0], &owned[0]);
    ngx_chat_room_leave(&m[1], &owned[1]);
    ngx_chat_room_join(&room, &m[4], &owned[4]);
    assert_ptr_equal(ngx_chat_room_walk_next(&c), &m[2]);
    ngx_chat_room_leave(&m[3], &owned[3]);
    assert_ptr_equal(ngx_chat_room_walk_next(&c), &m[4]);

    /* at the end, and behind it */

    ngx_chat_room_join(&room, &m[5], &owned[5]);
    assert_ptr_equal(ngx_chat_room_walk_next(&c), &m[5]);
    assert_null(ngx_chat_room_walk_next(&c));
    ngx_chat_room_join(&room, &m[0], &owned[0]);
    assert_ptr_equal(ngx_chat_room_walk_next(&c), &m[0]);
    ngx_chat_room_join(&room, &m[1], &owned[1]);
    ngx_chat_room_leave(&m[1], &owned[1]);
    assert_null(ngx_chat_room_walk_next(&c));

    ngx_chat_room_walk_end(&c);
    assert_null(room.cursors);
    ngx_chat_room_walk_end(&c);
}


static void
test_walks_nest_and_break_off(void **state)
{
    ngx_chat_room_t     room;
    ngx_chat_cursor_t   a, b, c;
    ngx_chat_member_t   m[3], *owned[3];

    (void) state;

    memset(owned, 0, sizeof(owned));
    empty_room(&room);
    ngx_chat_room_walk(&room, &a);
    assert_null(ngx_chat_room_walk_next(&a));

    ngx_chat_room_join(&room, &m[0], &owned[0]);
    ngx_chat_room_join(&room, &m[1], &owned[1]);
    ngx_chat_room_join(&room, &m[2], &owned[2]);

    ngx_chat_room_walk(&room, &b);
    assert_ptr_equal(ngx_chat_room_walk_next(&b), &m[0]);
    ngx_chat_room_walk(&room, &c);
    ngx_chat_room_leave(&m[0], &owned[0]);
    ngx_chat_room_leave(&m[1], &owned[1]);

    assert_ptr_equal(ngx_chat_room_walk_next(&a), &m[2]);
    assert_ptr_equal(ngx_chat_room_walk_next(&b), &m[2]);
    assert_ptr_equal(ngx_chat_room_walk_next(&c), &m[2]);

    /* in any order */

    ngx_chat_room_walk_end(&b);
    assert_ptr_equal(room.cursors, &c);
    assert_ptr_equal(c.outer, &a);
    ngx_chat_room_walk_end(&c);
    ngx_chat_room_walk_end(&a);
    assert_null(room.cursors);
}


static void
test_J30_room_freed_under_a_walk(void **state)
{
    arena_t             arena = { 0, 0, 0 };
    ngx_chat_room_t    *room;
    ngx_chat_rooms_t    rooms;
    ngx_chat_cursor_t   a, b;
    ngx_chat_member_t   m, *owned;

    (void) state;

    ngx_chat_rooms_init(&rooms, 1, memory, &arena);
    room = malloc(sizeof(*room));
    assert_non_null(room);
    room->name = str("r");
    assert_true(ngx_chat_rooms_insert(&rooms, room));

    owned = NULL;
    ngx_chat_room_join(room, &m, &owned);
    ngx_chat_room_walk(room, &a);
    ngx_chat_room_walk(room, &b);
    assert_ptr_equal(ngx_chat_room_walk_next(&b), &m);

    ngx_chat_room_leave(&m, &owned);
    ngx_chat_rooms_remove(&rooms, room);
    free(room);

    assert_null(ngx_chat_room_walk_next(&b));
    ngx_chat_room_walk_end(&b);
    assert_null(ngx_chat_room_walk_next(&a));
    ngx_chat_room_walk_end(&a);

    ngx_chat_rooms_destroy(&rooms);
    assert_int_equal(arena.blocks, 0);
}


static void
test_a_list_that_is_not_the_owners(void **state)
{
    ngx_chat_room_t     room;
    ngx_chat_member_t   m, *owned, *none;

    (void) state;

    owned = NULL;
    none = NULL;
    empty_room(&room);
    ngx_chat_room_join(&room, &m, &owned);
    ngx_chat_room_leave(&m, &none);
    assert_int_equal(room.members, 0);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_insert_find_remove),
        cmocka_unit_test(test_N8_case_makes_another_room),
        cmocka_unit_test(test_each_allocation_failed_once),
        cmocka_unit_test(test_the_table_has_a_largest_size),
        cmocka_unit_test(test_the_hash_spreads_names),
        cmocka_unit_test(test_each),
        cmocka_unit_test(test_join_and_leave),
        cmocka_unit_test(test_walk_sees_who_stays_and_who_comes),
        cmocka_unit_test(test_walks_nest_and_break_off),
        cmocka_unit_test(test_J30_room_freed_under_a_walk),
        cmocka_unit_test(test_a_list_that_is_not_the_owners),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
