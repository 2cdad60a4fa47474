
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The embedded store's edits and deletions: what they ask for, that a text is
 * nowhere when its message was deleted, and when who deleted it died at any
 * step.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "log_crash.h"
#include "ngx_chat_log_change.h"


#define SECRET  "a secret"
#define STEPS   1000


static uint64_t  deleting;             /* the number of a message */


static ngx_chat_log_rc_e
change(store_t *s, unsigned kind, uint64_t ref, const char *body)
{
    ngx_chat_wire_t  rec;

    rec = store_wire("a", (const char *) s->actor.user.id.data, "", body);
    rec.kind = (unsigned char) kind;
    rec.ref = ref;

    return store_say(s, &rec);
}


static void
op_delete(store_t *s)
{
    (void) change(s, NGX_CHAT_WIRE_DELETE, deleting, "");
}


/* Three messages, of which the first is edited twice. */

static store_t *
talk(void)
{
    store_t          *s;
    ngx_chat_wire_t   rec;

    s = store_of(STORE_SIZE);
    store_actor(s, "ann", "192.0.2.1", NGX_CHAT_ROLE_NONE);

    rec = store_wire("a", "ann", "c1", SECRET);
    rec.meta = str("{\"k\":\"" SECRET "\"}");
    rec.re = 7;
    assert_int_equal(store_say(s, &rec), NGX_CHAT_LOG_OK);

    assert_int_equal(change(s, NGX_CHAT_WIRE_EDIT, 1, SECRET " 2"),
                     NGX_CHAT_LOG_OK);
    assert_int_equal(change(s, NGX_CHAT_WIRE_MESSAGE, 0, "other"),
                     NGX_CHAT_LOG_OK);
    assert_int_equal(change(s, NGX_CHAT_WIRE_EDIT, 3, "other 2"),
                     NGX_CHAT_LOG_OK);
    assert_int_equal(change(s, NGX_CHAT_WIRE_EDIT, 1, SECRET " 3"),
                     NGX_CHAT_LOG_OK);

    return s;
}


static int
anywhere(const store_t *s, const char *text)
{
    size_t                i, len;
    const unsigned char  *p;

    p = (const unsigned char *) s->log;
    len = strlen(text);

    for (i = 0; i + len <= s->size; i++) {
        if (memcmp(p + i, text, len) == 0) {
            return 1;
        }
    }

    return 0;
}


static void
gone(store_t *s)
{
    unsigned                i;
    const ngx_chat_wire_t  *rec;

    assert_false(anywhere(s, SECRET));
    assert_true(anywhere(s, "other"));
    assert_true(anywhere(s, "other 2"));

    assert_int_equal(store_history(s, "a", NGX_CHAT_LOG_AFTER, 0, 10),
                     NGX_CHAT_LOG_OK);
    assert_true(s->page.whole);
    assert_int_equal(s->page.n, 6);

    for (i = 0; i < 6; i++) {
        rec = &s->recs[i];

        assert_int_equal(rec->seq, i + 1);
        assert_int_equal(rec->deleted, i == 0 || i == 1 || i == 4);

        if (rec->deleted) {
            assert_int_equal(rec->body.len, 0);
            assert_int_equal(rec->meta.len, 0);
            assert_int_equal(rec->re, 0);
        }
    }

    assert_int_equal(s->recs[5].kind, NGX_CHAT_WIRE_DELETE);
    assert_int_equal(s->recs[5].ref, 1);
}


static void
test_delete(void **state)
{
    store_t          *s;
    ngx_chat_wire_t   rec;

    (void) state;

    s = talk();
    assert_true(anywhere(s, SECRET));
    assert_int_equal(change(s, NGX_CHAT_WIRE_DELETE, 1, ""), NGX_CHAT_LOG_OK);
    gone(s);

    /* the cid is still known, and rooms outlive a rebuild() */

    rec = store_wire("a", "ann", "c1", SECRET);
    assert_int_equal(store_say(s, &rec), NGX_CHAT_LOG_OK);
    assert_int_equal(s->stored.dup, 1);
    assert_int_equal(s->stored.seq, 1);

    assert_int_equal(store_rebuild(s), 0);
    gone(s);

    /* of a message without edits it goes, too */

    assert_int_equal(change(s, NGX_CHAT_WIRE_MESSAGE, 0, "alone"),
                     NGX_CHAT_LOG_OK);
    assert_int_equal(change(s, NGX_CHAT_WIRE_DELETE, 7, ""), NGX_CHAT_LOG_OK);
    assert_false(anywhere(s, "alone"));

    store_free(s);
}


static void
test_refused(void **state)
{
    store_t  *s;

    static const struct {
        const char       *user;
        ngx_chat_role_e   role;
        unsigned          kind;
        uint64_t          ref;
        ngx_chat_code_e   code;
    } cases[] = {
        { "ann", NGX_CHAT_ROLE_NONE, NGX_CHAT_WIRE_EDIT, 2,
          NGX_CHAT_CODE_NOT_FOUND },
        { "ann", NGX_CHAT_ROLE_NONE, NGX_CHAT_WIRE_DELETE, 5,
          NGX_CHAT_CODE_NOT_FOUND },
        { "ann", NGX_CHAT_ROLE_NONE, NGX_CHAT_WIRE_EDIT, 6,
          NGX_CHAT_CODE_NOT_FOUND },
        { "bob", NGX_CHAT_ROLE_NONE, NGX_CHAT_WIRE_EDIT, 1,
          NGX_CHAT_CODE_FORBIDDEN },
        { "bob", NGX_CHAT_ROLE_MEMBER, NGX_CHAT_WIRE_DELETE, 1,
          NGX_CHAT_CODE_FORBIDDEN },
        { "bob", NGX_CHAT_ROLE_OWNER, NGX_CHAT_WIRE_EDIT, 1,
          NGX_CHAT_CODE_FORBIDDEN }
    };

    size_t  i;

    (void) state;

    s = talk();

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        store_actor(s, cases[i].user, "192.0.2.1", cases[i].role);
        assert_int_equal(change(s, cases[i].kind, cases[i].ref, "x"),
                         NGX_CHAT_LOG_REFUSED);
        assert_int_equal(s->stored.verdict.code, cases[i].code);
    }

    /* what is not kept is gone, also for who may do anything */

    s->keep.count = 2;
    s->actor.any = 1;
    assert_int_equal(change(s, NGX_CHAT_WIRE_DELETE, 1, ""),
                     NGX_CHAT_LOG_REFUSED);
    assert_int_equal(s->stored.verdict.code, NGX_CHAT_CODE_GONE);

    s->keep.count = 1000;
    assert_int_equal(change(s, NGX_CHAT_WIRE_EDIT, 1, "x"), NGX_CHAT_LOG_OK);

    store_free(s);
}


/* In a room that nobody has moderated so far. */

static void
test_act(void **state)
{
    store_t  *s;

    (void) state;

    s = talk();
    store_actor(s, "mia", "192.0.2.2", NGX_CHAT_ROLE_MODERATOR);
    assert_int_equal(change(s, NGX_CHAT_WIRE_DELETE, 1, "spam"),
                     NGX_CHAT_LOG_OK);
    gone(s);

    assert_int_equal(store_acts(s, "a", 10), NGX_CHAT_LOG_OK);
    assert_int_equal(s->page.n, 1);
    assert_int_equal(s->recs[0].ref, 1);
    assert_int_equal(s->recs[0].user.len, 3);
    assert_memory_equal(s->recs[0].user.data, "mia", 3);
    assert_memory_equal(s->recs[0].target.data, "ann", 3);
    assert_memory_equal(s->recs[0].body.data, "spam", 4);

    store_free(s);
}


/* Who listens and has not read yet hears of it without the text. */

static void
test_unread(void **state)
{
    unsigned                seq;
    store_t                *s;
    ngx_chat_log_cursor_t   cursor;

    (void) state;

    s = store_of(STORE_SIZE);
    store_actor(s, "ann", "192.0.2.1", NGX_CHAT_ROLE_NONE);
    assert_int_equal(store_start(s, 0, &cursor), NGX_CHAT_LOG_OK);
    assert_int_equal(store_listen(s, 0, "a"), NGX_CHAT_LOG_OK);
    assert_int_equal(change(s, NGX_CHAT_WIRE_MESSAGE, 0, SECRET),
                     NGX_CHAT_LOG_OK);
    assert_int_equal(change(s, NGX_CHAT_WIRE_DELETE, 1, ""), NGX_CHAT_LOG_OK);

    for (seq = 1; seq <= 2; seq++) {
        assert_int_equal(store_read(s, &cursor), NGX_CHAT_LOG_OK);
        assert_int_equal(s->rec.seq, seq);
        assert_int_equal(s->rec.deleted, seq == 1);
        assert_int_equal(s->rec.body.len, 0);
    }

    store_free(s);
}


/* It was deleted, or it was not; a reader is not led astray in between. */

static void
test_crash(void **state)
{
    int                     done;
    store_t                *s;
    unsigned                step;
    ngx_chat_log_rc_e       rc;
    ngx_chat_log_cursor_t   cursor;

    (void) state;

    done = 0;

    for (step = 1; !done; step++) {
        assert_true(step < STEPS);

        s = talk();
        assert_int_equal(store_listen(s, 0, "a"), NGX_CHAT_LOG_OK);
        assert_int_equal(store_start(s, 0, &cursor), NGX_CHAT_LOG_OK);
        assert_int_equal(store_listen(s, 0, "a"), NGX_CHAT_LOG_OK);
        assert_int_equal(change(s, NGX_CHAT_WIRE_MESSAGE, 0, SECRET),
                         NGX_CHAT_LOG_OK);

        deleting = 6;
        done = crash(s, op_delete, step);
        rc = store_read(s, &cursor);
        assert_true(rc == NGX_CHAT_LOG_OK || rc == NGX_CHAT_LOG_NONE);

        s->damaged = !done;
        assert_int_equal(store_rebuild(s), 0);
        s->damaged = 0;

        assert_int_equal(store_history(s, "a", NGX_CHAT_LOG_AFTER, 5, 10),
                         NGX_CHAT_LOG_OK);
        assert_true(s->page.n == 1 || s->page.n == 2);
        assert_int_equal(s->recs[0].seq, 6);
        assert_int_equal(s->recs[0].deleted, s->page.n == 2);
        assert_int_equal(s->recs[0].body.len,
                         (s->page.n == 2) ? 0 : strlen(SECRET));

        if (s->page.n == 1) {
            assert_int_equal(change(s, NGX_CHAT_WIRE_DELETE, 1, ""),
                             NGX_CHAT_LOG_OK);
        }

        store_free(s);
    }

    assert_true(step > 10);
}


/* The same of a message with edits, whose texts go first. */

static void
test_crash_edited(void **state)
{
    int       done;
    store_t  *s;
    unsigned  step;

    (void) state;

    done = 0;

    for (step = 1; !done; step++) {
        assert_true(step < STEPS);

        s = talk();
        deleting = 1;
        done = crash(s, op_delete, step);
        s->damaged = !done;
        assert_int_equal(store_rebuild(s), 0);
        s->damaged = 0;

        assert_int_equal(store_history(s, "a", NGX_CHAT_LOG_LATEST, 0, 10),
                         NGX_CHAT_LOG_OK);

        if (s->page.n == 6) {
            gone(s);

        } else {
            assert_int_equal(s->page.n, 5);
            assert_int_equal(s->recs[0].body.len, strlen(SECRET));
        }

        store_free(s);
    }
}


/* A moderator's, in a room that nobody has moderated so far. */

static void
test_crash_act(void **state)
{
    int       done;
    store_t  *s;
    unsigned  step;

    (void) state;

    done = 0;

    for (step = 1; !done; step++) {
        assert_true(step < STEPS);

        s = talk();
        store_actor(s, "mia", "192.0.2.2", NGX_CHAT_ROLE_MODERATOR);
        deleting = 1;
        done = crash(s, op_delete, step);
        s->damaged = !done;
        assert_int_equal(store_rebuild(s), 0);
        s->damaged = 0;

        assert_int_equal(store_history(s, "a", NGX_CHAT_LOG_LATEST, 0, 10),
                         NGX_CHAT_LOG_OK);

        if (s->page.n == 5) {
            assert_int_equal(s->recs[0].body.len, strlen(SECRET));
            assert_int_equal(change(s, NGX_CHAT_WIRE_DELETE, 1, "spam"),
                             NGX_CHAT_LOG_OK);
        }

        gone(s);

        assert_int_equal(store_acts(s, "a", 10), NGX_CHAT_LOG_OK);
        assert_true(s->page.n == 1 || s->page.n == 2);
        assert_int_equal(s->recs[0].ref, 1);

        store_free(s);
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_delete),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_act),
        cmocka_unit_test(test_unread),
        cmocka_unit_test(test_crash),
        cmocka_unit_test(test_crash_edited),
        cmocka_unit_test(test_crash_act)
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
