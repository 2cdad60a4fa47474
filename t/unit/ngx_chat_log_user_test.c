
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Users of the embedded store: coming, going, pages of them, dead slots.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "log_store.h"
#include "log_validate.h"


static ngx_chat_log_rc_e
enter_as(store_t *s, const char *id, const ngx_chat_str_t *name)
{
    ngx_chat_str_t     room;
    ngx_chat_user_t    user;
    ngx_chat_log_rc_e  rc;

    room = str("room");
    user.id = str(id);
    user.name = *name;

    store_begin(s);
    rc = ngx_chat_log_enter(&s->caller, &room, &user, &s->present);
    ngx_chat_log_end(s->log);

    return rc;
}


/* Two hundred users, in pages of any size; bytes decide, not letters. */

static void
test_pages(void **state)
{
    char        id[200][40], last[40], next[40];
    size_t      i, limit, n;
    store_t    *s;

    (void) state;

    s = store_of(256 * 1024);

    for (i = 0; i < 200; i++) {
        snprintf(id[i], sizeof(id[i]), "%c%u%.*s", (int) (i * 37 % 3 + 'A'),
                 (unsigned) (i * 71 % 200), (int) (i % 30),
                 "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
                 "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9");
        assert_int_equal(store_enter(s, 0, "room", id[i]), NGX_CHAT_LOG_OK);
        assert_int_equal(store_enter(s, 0, "other", id[i]), NGX_CHAT_LOG_OK);
        assert_int_equal(s->present.count, i + 1);
    }

    for (limit = 1; limit <= STORE_PAGE; limit++) {
        last[0] = '\0';
        n = 0;

        do {
            assert_int_equal(store_list(s, "room", last, limit),
                             NGX_CHAT_LOG_OK);
            assert_int_equal(s->list.count, 200);

            for (i = 0; i < s->list.n; i++) {
                snprintf(next, sizeof(next), "%.*s",
                         (int) s->users[i].id.len, s->users[i].id.data);
                assert_true(strcmp(last, next) < 0);
                strcpy(last, next);
                assert_true(str_is(&s->users[i].name, "Name"));
            }

            n += s->list.n;
        } while (s->list.more);

        assert_int_equal(n, 200);
    }

    assert_int_equal(store_list(s, "room", "", 0), NGX_CHAT_LOG_OK);
    assert_int_equal(s->list.n, 0);
    assert_int_equal(s->list.more, 1);
    assert_int_equal(store_list(s, "nowhere", "", 10), NGX_CHAT_LOG_OK);
    assert_int_equal(s->list.count, 0);

    /* all of them or none */

    s->list.all = 1;
    assert_int_equal(store_list(s, "room", "", STORE_PAGE), NGX_CHAT_LOG_OK);
    assert_int_equal(s->list.count, 200);
    assert_int_equal(s->list.n, 0);
    assert_int_equal(s->list.more, 1);

    assert_int_equal(store_enter(s, 0, "few", "one"), NGX_CHAT_LOG_OK);
    assert_int_equal(store_list(s, "few", "", 1), NGX_CHAT_LOG_OK);
    assert_int_equal(s->list.n, 1);
    assert_int_equal(s->list.more, 0);
    assert_null(validate(s->log));

    store_free(s);
}


static void
test_names(void **state)
{
    size_t                  len, i;
    uint64_t                free_cells;
    store_t                *s;
    ngx_chat_str_t          name, large;
    ngx_chat_log_cursor_t   cursor;

    (void) state;

    s = store_of(STORE_SIZE);
    store_start(s, 0, &cursor);
    assert_int_equal(store_listen(s, 0, "room"), NGX_CHAT_LOG_OK);
    free_cells = s->log->free;
    large = str_repeat("n", NGX_CHAT_LOG_USER_MAX);

    /* any length follows on any other */

    for (i = 0; i < NGX_CHAT_LOG_USER_MAX * 2; i++) {
        len = i * 211 % (NGX_CHAT_LOG_USER_MAX - 2);
        name = str_of(large.data, len);
        assert_int_equal(enter_as(s, "id", &name), NGX_CHAT_LOG_OK);
        assert_int_equal(store_list(s, "room", "", 10), NGX_CHAT_LOG_OK);
        assert_int_equal(s->list.n, 1);
        assert_int_equal(s->users[0].name.len, len);
        assert_null(validate(s->log));
    }

    assert_int_equal(store_read(s, &cursor), NGX_CHAT_LOG_OK);
    assert_int_equal(s->rec.kind, NGX_CHAT_WIRE_ENTER);
    assert_int_equal(store_read(s, &cursor), NGX_CHAT_LOG_NONE);

    assert_int_equal(store_leave(s, 0, "room", "id"), NGX_CHAT_LOG_OK);
    assert_int_equal(s->log->free, free_cells);

    name = str_of(large.data, NGX_CHAT_LOG_USER_MAX - 2);
    assert_int_equal(enter_as(s, "id", &name), NGX_CHAT_LOG_OK);
    name.len++;
    assert_int_equal(enter_as(s, "id", &name), NGX_CHAT_LOG_LARGE);
    assert_int_equal(enter_as(s, "", &name), NGX_CHAT_LOG_LARGE);

    str_free(&large);
    store_free(s);
}


/* Where no cell is left for a longer name, the old one stays. */

static void
test_full(void **state)
{
    char             id[16];
    unsigned         i;
    store_t         *s;
    ngx_chat_str_t   name;

    (void) state;

    s = store_of(STORE_SIZE);

    for (i = 0; s->log->free != 0; i++) {
        snprintf(id, sizeof(id), "u%u", i);
        assert_int_equal(store_enter(s, 0, "room", id), NGX_CHAT_LOG_OK);
    }

    assert_int_equal(store_enter(s, 0, "room", "one more"),
                     NGX_CHAT_LOG_FULL);

    name = str_repeat("n", 200);
    assert_int_equal(enter_as(s, "u0", &name), NGX_CHAT_LOG_OK);
    assert_int_equal(s->present.count, i);
    assert_int_equal(store_list(s, "room", "", 1), NGX_CHAT_LOG_OK);
    assert_true(str_is(&s->users[0].name, "Name"));
    assert_null(validate(s->log));

    str_free(&name);
    store_free(s);
}


/* S3: a slot is swept: LEAVE for those who are there through no other, once. */

static void
test_sweep(void **state)
{
    char                    room[16], id[16];
    unsigned                i, calls, leaves;
    store_t                *s;
    uint32_t                cell;
    ngx_chat_log_rc_e       rc;
    ngx_chat_log_caller_t   caller;
    ngx_chat_log_cursor_t   cursor;

    (void) state;

    s = store_of(2 * 1024 * 1024);
    store_start(s, 0, &cursor);

    for (i = 0; i < 2400; i++) {
        snprintf(room, sizeof(room), "r%u", i % 40);
        snprintf(id, sizeof(id), "u%u", i);
        assert_int_equal(store_enter(s, 7, room, id), NGX_CHAT_LOG_OK);

        if (i % 3 == 0) {
            assert_int_equal(store_enter(s, 8, room, id), NGX_CHAT_LOG_OK);
        }

        assert_int_equal(store_listen(s, i % 2 ? 7 : 6, room),
                         NGX_CHAT_LOG_OK);
    }

    assert_int_equal(store_listen(s, 0, "r5"), NGX_CHAT_LOG_OK);
    store_start(s, 0, &cursor);
    assert_int_equal(store_listen(s, 0, "r5"), NGX_CHAT_LOG_OK);

    caller = s->caller;
    caller.slot = 7;
    cell = 0;
    leaves = 0;

    for (calls = 1; calls < 100; calls++) {
        store_begin(s);
        rc = ngx_chat_log_sweep(&caller, &cell, &s->wake);
        ngx_chat_log_end(s->log);
        assert_int_equal(s->wake.words[0] & 0x80, 0);

        if (rc == NGX_CHAT_LOG_NONE) {
            break;
        }

        assert_int_equal(rc, NGX_CHAT_LOG_OK);
    }

    assert_true(calls > 2 && calls < 10);
    assert_int_equal(s->log->users, 800);

    while (store_read(s, &cursor) == NGX_CHAT_LOG_OK) {
        assert_int_equal(s->rec.kind, NGX_CHAT_WIRE_LEAVE);
        leaves++;
    }

    /* sixty were in it, of which twenty are there through another */

    assert_int_equal(leaves, 40);
    assert_int_equal(s->rec.count, 20);

    for (i = 0; i < 2400; i++) {
        snprintf(room, sizeof(room), "r%u", i % 40);
        assert_int_equal(store_list(s, room, "", 1), NGX_CHAT_LOG_OK);
        assert_int_equal(s->list.count, 20);
    }

    assert_null(validate(s->log));
    store_free(s);
}


static void
test_twice(void **state)
{
    store_t  *s;

    (void) state;

    s = store_of(STORE_SIZE);

    assert_int_equal(store_leave(s, 0, "room", "u"), NGX_CHAT_LOG_OK);
    assert_int_equal(store_enter(s, 0, "room", "u"), NGX_CHAT_LOG_OK);
    assert_int_equal(store_enter(s, 0, "room", "u"), NGX_CHAT_LOG_OK);
    assert_int_equal(s->present.count, 1);
    assert_int_equal(store_leave(s, 1, "room", "u"), NGX_CHAT_LOG_OK);
    assert_int_equal(s->present.count, 1);
    assert_int_equal(store_leave(s, 0, "room", "u"), NGX_CHAT_LOG_OK);
    assert_int_equal(s->present.count, 0);
    assert_int_equal(store_leave(s, 0, "room", "u"), NGX_CHAT_LOG_OK);
    assert_int_equal(s->present.count, 0);
    assert_int_equal(s->log->idle, 1);
    assert_null(validate(s->log));

    store_free(s);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_sweep),
        cmocka_unit_test(test_twice),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
