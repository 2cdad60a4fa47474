
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The embedded store: its size, its marks, and one of everything.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "log_store.h"


static void
test_size(void **state)
{
    size_t    record, size;
    store_t  *s;

    (void) state;

    for (record = 0; record < 100000; record += 777) {
        size = ngx_chat_log_size(record);
        s = store_of(size);

        assert_true(ngx_chat_log_record_max(s->log) >= record);
        assert_true(ngx_chat_log_check(s->log, size));
        assert_false(ngx_chat_log_check(s->log, size - 1));
        assert_false(ngx_chat_log_check(s->log, size + 1));
        store_free(s);
    }

    assert_true(ngx_chat_log_size(20000) < 400 * 1024);
    assert_int_equal(ngx_chat_log_size(SIZE_MAX), SIZE_MAX);

    s = store_of(1024 * 1024);
    assert_true(ngx_chat_log_record_max(s->log) > 16 * 1024);
    assert_false(ngx_chat_log_init(s->log, 1000, store_seed));
    store_free(s);
}


static void
test_mark(void **state)
{
    store_t  *s;

    (void) state;

    s = store_of(STORE_SIZE);

    store_begin(s);
    assert_false(ngx_chat_log_begin(s->log));
    assert_int_equal(ngx_chat_log_generation(s->log), 1);
    assert_int_equal(ngx_chat_log_rebuild(s->log, s->size, store_seed), 0);
    assert_int_equal(ngx_chat_log_generation(s->log), 2);
    assert_false(ngx_chat_log_begin(s->log));
    ngx_chat_log_end(s->log);

    store_begin(s);
    ngx_chat_log_end(s->log);
    store_free(s);
}


static void
test_message(void **state)
{
    store_t                *s;
    ngx_chat_log_cursor_t   cursor;

    (void) state;

    s = store_of(STORE_SIZE);
    store_start(s, 3, &cursor);

    assert_int_equal(store_listen(s, 3, "room"), NGX_CHAT_LOG_OK);
    assert_false(ngx_chat_log_unread(s->log, &cursor));
    assert_int_equal(store_read(s, &cursor), NGX_CHAT_LOG_NONE);

    assert_int_equal(store_send(s, "room", "hello"), NGX_CHAT_LOG_OK);
    assert_int_equal(s->stored.seq, 1);
    assert_int_equal(s->stored.prev, 0);
    assert_int_equal(s->stored.time, 1000);
    assert_int_equal(s->stored.epoch_len, NGX_CHAT_LOG_EPOCH_LEN);
    assert_int_equal(s->stored.wake.words[0], 8);

    assert_true(ngx_chat_log_unread(s->log, &cursor));
    assert_int_equal(store_read(s, &cursor), NGX_CHAT_LOG_OK);
    assert_true(str_is(&s->rec.room, "room"));
    assert_true(str_is(&s->rec.body, "hello"));
    assert_int_equal(s->rec.seq, 1);
    assert_int_equal(store_read(s, &cursor), NGX_CHAT_LOG_NONE);
    assert_false(ngx_chat_log_unread(s->log, &cursor));

    assert_int_equal(store_send(s, "room", "again"), NGX_CHAT_LOG_OK);
    assert_int_equal(s->stored.seq, 2);

    assert_int_equal(store_history(s, "room", NGX_CHAT_LOG_LATEST, 0, 10),
                     NGX_CHAT_LOG_OK);
    assert_int_equal(s->page.n, 2);
    assert_int_equal(s->page.top, 2);
    assert_int_equal(s->page.floor, 1);
    assert_true(str_is(&s->recs[0].body, "hello"));
    assert_true(str_is(&s->recs[1].body, "again"));
    assert_true(str_is(&s->recs[1].room, "room"));

    assert_int_equal(store_rebuild(s), 0);
    assert_int_equal(store_read(s, &cursor), NGX_CHAT_LOG_LOST);
    assert_int_equal(store_history(s, "room", NGX_CHAT_LOG_AFTER, 1, 10),
                     NGX_CHAT_LOG_OK);
    assert_int_equal(s->page.n, 1);
    assert_int_equal(s->page.whole, 1);
    assert_true(str_is(&s->recs[0].body, "again"));

    store_free(s);
}


static void
test_users(void **state)
{
    store_t                *s;
    ngx_chat_log_cursor_t   cursor;

    (void) state;

    s = store_of(STORE_SIZE);
    store_start(s, 0, &cursor);
    assert_int_equal(store_listen(s, 0, "room"), NGX_CHAT_LOG_OK);

    assert_int_equal(store_enter(s, 1, "room", "b"), NGX_CHAT_LOG_OK);
    assert_int_equal(s->present.count, 1);
    assert_int_equal(s->present.wake.words[0], 1);
    assert_int_equal(store_enter(s, 2, "room", "b"), NGX_CHAT_LOG_OK);
    assert_int_equal(store_enter(s, 1, "room", "a"), NGX_CHAT_LOG_OK);
    assert_int_equal(s->present.count, 2);

    assert_int_equal(store_list(s, "room", "", 10), NGX_CHAT_LOG_OK);
    assert_int_equal(s->list.n, 2);
    assert_true(str_is(&s->users[0].id, "a"));
    assert_true(str_is(&s->users[1].id, "b"));
    assert_true(str_is(&s->users[1].name, "Name"));

    assert_int_equal(store_leave(s, 1, "room", "b"), NGX_CHAT_LOG_OK);
    assert_int_equal(s->present.count, 2);
    assert_int_equal(store_leave(s, 2, "room", "b"), NGX_CHAT_LOG_OK);
    assert_int_equal(s->present.count, 1);

    assert_int_equal(store_read(s, &cursor), NGX_CHAT_LOG_OK);
    assert_int_equal(s->rec.kind, NGX_CHAT_WIRE_ENTER);
    assert_int_equal(s->rec.count, 1);
    assert_int_equal(store_read(s, &cursor), NGX_CHAT_LOG_OK);
    assert_int_equal(store_read(s, &cursor), NGX_CHAT_LOG_OK);
    assert_int_equal(s->rec.kind, NGX_CHAT_WIRE_LEAVE);
    assert_true(str_is(&s->rec.user, "b"));
    assert_true(str_is(&s->rec.name, "Name"));
    assert_int_equal(s->rec.count, 1);
    assert_int_equal(s->rec.epoch.len, 0);

    store_free(s);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_mark),
        cmocka_unit_test(test_message),
        cmocka_unit_test(test_users),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
