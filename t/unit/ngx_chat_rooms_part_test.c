
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The registry of rooms, walked part by part.
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


typedef struct {
    ngx_chat_rooms_t  *rooms;
    int                remove;
    int                seen;
    int                limit;      /* rooms to see, 0: all */
} visit_t;


static void *
memory(void *ctx, void *p, size_t size)
{
    int  *blocks;

    blocks = ctx;

    if (size == 0) {
        (*blocks)--;
        free(p);
        return NULL;
    }

    if (p == NULL) {
        (*blocks)++;
    }

    return realloc(p, size);
}


static int
visit(void *ctx, ngx_chat_room_t *room)
{
    visit_t  *v;

    v = ctx;
    v->seen++;

    if (v->remove) {
        ngx_chat_rooms_remove(v->rooms, room);
        memset(room, 0xee, sizeof(*room));
    }

    return v->limit == 0 || v->seen < v->limit;
}


/* Part after part every room is seen once, whatever the number of parts. */

static void
test_parts(void **state)
{
    int               i, blocks, gone;
    char              names[100][16];
    visit_t           v;
    uint32_t          n, part, parts[] = { 1, 2, 3, 25, 127, 128, 1000 };
    ngx_chat_room_t   set[100];
    ngx_chat_rooms_t  rooms;

    (void) state;

    blocks = 0;
    memset(&v, 0, sizeof(v));
    ngx_chat_rooms_init(&rooms, 5, memory, &blocks);
    v.rooms = &rooms;

    /* of nothing */

    ngx_chat_rooms_part(&rooms, 24, 25, visit, &v);
    assert_int_equal(v.seen, 0);

    for (i = 0; i < 100; i++) {
        memset(&set[i], 0xee, sizeof(set[i]));
        set[i].name.len = (size_t) snprintf(names[i], 16, "room-%d", i);
        set[i].name.data = (unsigned char *) names[i];
        assert_true(ngx_chat_rooms_insert(&rooms, &set[i]));
    }

    for (n = 0; n < sizeof(parts) / sizeof(parts[0]); n++) {
        v.seen = 0;

        for (part = 0; part < parts[n]; part++) {
            ngx_chat_rooms_part(&rooms, part, parts[n], visit, &v);
        }

        assert_int_equal(v.seen, 100);
    }

    /* no part is much more work than another */

    for (part = 0; part < 4; part++) {
        v.seen = 0;
        ngx_chat_rooms_part(&rooms, part, 4, visit, &v);
        assert_in_range(v.seen, 10, 40);
    }

    /* a walk that is broken off lets the table grow again */

    v.seen = 0;
    v.limit = 1;
    ngx_chat_rooms_part(&rooms, 0, 2, visit, &v);
    assert_int_equal(v.seen, 1);
    assert_int_equal(rooms.walks, 0);

    /* each part removes its own */

    v.limit = 0;
    v.remove = 1;
    gone = 0;

    for (part = 0; part < 25; part++) {
        v.seen = 0;
        ngx_chat_rooms_part(&rooms, part, 25, visit, &v);
        gone += v.seen;
        assert_int_equal(rooms.count, 100 - gone);
    }

    assert_int_equal(gone, 100);

    ngx_chat_rooms_destroy(&rooms);
    assert_int_equal(blocks, 0);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_parts),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
