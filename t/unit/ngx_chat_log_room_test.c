
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Rooms of the embedded store: names, and who is forgotten for want of cells.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "log_store.h"
#include "log_validate.h"


static void
unlisten(store_t *s, unsigned slot, const char *room)
{
    ngx_chat_str_t  name;

    name = str(room);

    store_begin(s);
    assert_int_equal(ngx_chat_log_unsubscribe(s->log, slot, &name),
                     NGX_CHAT_LOG_OK);
    ngx_chat_log_end(s->log);
}


static int
there(store_t *s, const char *room)
{
    ngx_chat_str_t        name;
    ngx_chat_log_room_t  *found;

    name = str(room);

    return ngx_chat_log_room_find(s->log, &name, &found) == NGX_CHAT_LOG_OK;
}


static void
test_names(void **state)
{
    size_t           len;
    store_t         *s;
    unsigned char    bytes[NGX_CHAT_LOG_ROOM_MAX + 1];
    ngx_chat_str_t   name;

    (void) state;

    s = store_of(STORE_SIZE);
    memset(bytes, 'r', sizeof(bytes));

    for (len = 0; len <= sizeof(bytes); len++) {
        name = str_of(bytes, len);

        store_begin(s);
        assert_int_equal(ngx_chat_log_subscribe(s->log, 0, &name),
                         len == 0 || len == sizeof(bytes)
                         ? NGX_CHAT_LOG_LARGE : NGX_CHAT_LOG_OK);
        assert_int_equal(ngx_chat_log_unsubscribe(s->log, 0, &name),
                         NGX_CHAT_LOG_OK);
        ngx_chat_log_end(s->log);
        assert_null(validate(s->log));
    }

    assert_true(s->log->evicted != 0);

    store_free(s);
}


/* That which has been idle longest goes; use makes it the last to go. */

static void
test_oldest(void **state)
{
    char       name[16];
    unsigned   i, rooms;
    store_t   *s;

    (void) state;

    s = store_of(STORE_SIZE);

    for (rooms = 0; s->log->free != 0; rooms++) {
        snprintf(name, sizeof(name), "r%u", rooms);
        assert_int_equal(store_send(s, name, "x"), NGX_CHAT_LOG_OK);
    }

    assert_int_equal(s->log->idle, rooms);

    assert_int_equal(store_send(s, "r0", "used"), NGX_CHAT_LOG_OK);
    assert_int_equal(store_history(s, "r1", NGX_CHAT_LOG_LATEST, 0, 1),
                     NGX_CHAT_LOG_OK);
    assert_int_equal(store_listen(s, 0, "r2"), NGX_CHAT_LOG_OK);
    assert_int_equal(store_enter(s, 0, "r3", "u"), NGX_CHAT_LOG_OK);
    assert_false(there(s, "r4"));
    assert_int_equal(s->log->evicted, 1);

    for (i = 5; i < rooms; i++) {
        snprintf(name, sizeof(name), "n%u", i);
        assert_int_equal(store_send(s, name, "x"), NGX_CHAT_LOG_OK);
        snprintf(name, sizeof(name), "r%u", i);
        assert_false(there(s, name));
    }

    assert_true(there(s, "r0"));
    assert_int_equal(store_send(s, "next", "x"), NGX_CHAT_LOG_OK);
    assert_false(there(s, "r0"));
    assert_true(there(s, "r1"));
    assert_int_equal(store_send(s, "after", "x"), NGX_CHAT_LOG_OK);
    assert_false(there(s, "r1"));
    assert_true(there(s, "r2"));
    assert_true(there(s, "r3"));
    assert_null(validate(s->log));

    /* it is idle again */

    unlisten(s, 0, "r2");
    assert_int_equal(s->log->idle, s->log->rooms - 1);

    store_free(s);
}


/* S2: no cell is left for what is new; what is there goes on. */

static void
test_full(void **state)
{
    char       name[16];
    unsigned   i, rooms;
    store_t   *s;

    (void) state;

    s = store_of(STORE_SIZE);

    for (rooms = 0; s->log->free != 0; rooms++) {
        snprintf(name, sizeof(name), "r%u", rooms);
        assert_int_equal(store_listen(s, rooms % 128, name), NGX_CHAT_LOG_OK);
    }

    assert_int_equal(store_listen(s, 0, "new"), NGX_CHAT_LOG_FULL);
    assert_int_equal(store_send(s, "new", "x"), NGX_CHAT_LOG_FULL);
    assert_int_equal(store_history(s, "new", NGX_CHAT_LOG_LATEST, 0, 1),
                     NGX_CHAT_LOG_FULL);
    assert_int_equal(store_enter(s, 0, "new", "u"), NGX_CHAT_LOG_FULL);
    assert_int_equal(store_enter(s, 0, "r0", "u"), NGX_CHAT_LOG_FULL);
    assert_int_equal(store_leave(s, 0, "new", "u"), NGX_CHAT_LOG_OK);
    assert_int_equal(store_list(s, "new", "", 1), NGX_CHAT_LOG_OK);
    assert_int_equal(store_send(s, "r0", "x"), NGX_CHAT_LOG_OK);
    assert_null(validate(s->log));

    /* a room does not go for its own user */

    unlisten(s, 5, "r5");
    assert_int_equal(store_enter(s, 0, "r5", "u"), NGX_CHAT_LOG_FULL);
    assert_true(there(s, "r5"));
    unlisten(s, 6, "r6");
    assert_int_equal(store_enter(s, 0, "r5", "u"), NGX_CHAT_LOG_OK);
    assert_false(there(s, "r6"));
    assert_null(validate(s->log));

    /* who starts again frees what it listened to */

    for (i = 0; i < 128; i++) {
        store_start(s, i, &(ngx_chat_log_cursor_t) { 0 });
    }

    assert_int_equal(s->log->idle, s->log->rooms - 1);
    assert_int_equal(store_listen(s, 0, "new"), NGX_CHAT_LOG_OK);
    assert_null(validate(s->log));

    store_free(s);
}


/* No epoch comes again, whether rooms go or the store does. */

static void
test_epochs(void **state)
{
    char            name[16];
    unsigned        i, j;
    store_t        *s;
    unsigned char   epochs[500][NGX_CHAT_LOG_EPOCH_LEN];

    (void) state;

    s = store_of(STORE_SIZE);

    for (i = 0; i < 500; i++) {
        if (i % 50 == 0) {
            s->log->magic = 0;
            (void) store_rebuild(s);
        }

        snprintf(name, sizeof(name), "r%u", i % 250);
        assert_int_equal(store_send(s, name, "x"), NGX_CHAT_LOG_OK);
        assert_int_equal(s->stored.seq, 1);
        memcpy(epochs[i], s->stored.epoch, sizeof(epochs[i]));

        for (j = 0; j < i; j++) {
            assert_memory_not_equal(epochs[i], epochs[j], sizeof(epochs[i]));
        }

        for (j = 0; j < sizeof(epochs[i]); j++) {
            assert_non_null(strchr("abcdefghijklmnopqrstuvwxyz234567",
                                   epochs[i][j]));
        }
    }

    store_free(s);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_oldest),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_epochs),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
