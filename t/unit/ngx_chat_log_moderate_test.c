
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The embedded store's moderation: what is done to a room holds, until it is
 * over or undone, for whom it is done to.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "log_act.h"


/* An act, its end, its undoing, for one user; others are not concerned. */

static void
test_ban(void **state)
{
    store_t  *s;

    (void) state;

    s = store_of(STORE_SIZE);
    store_actor(s, "ann", "192.0.2.7", NONE);

    assert_int_equal(store_rights(s, "a"), NGX_CHAT_LOG_OK);
    assert_int_equal(s->log->rooms, 0);
    assert_int_equal(s->rights.conf.version, 0);

    done(s, "a", NGX_CHAT_ACT_BAN, "ann", 5000);
    assert_int_equal(s->rights.until, 6000);
    assert_int_equal(s->rights.conf.version, 1000);
    check(s);

    assert_int_equal(store_rights(s, "a"), NGX_CHAT_LOG_REFUSED);
    assert_int_equal(s->rights.verdict.code, NGX_CHAT_CODE_BANNED);
    assert_int_equal(s->rights.verdict.until, 6000);
    assert_int_equal(s->rights.conf.version, 1000);
    assert_int_equal(say(s, "a", ""), NGX_CHAT_LOG_REFUSED);
    assert_int_equal(s->stored.verdict.code, NGX_CHAT_CODE_BANNED);
    assert_int_equal(s->stored.verdict.until, 6000);

    assert_int_equal(store_rights(s, "b"), NGX_CHAT_LOG_OK);
    assert_int_equal(say(s, "b", ""), NGX_CHAT_LOG_OK);
    store_actor(s, "bob", "192.0.2.7", NONE);
    assert_int_equal(store_rights(s, "a"), NGX_CHAT_LOG_OK);
    assert_int_equal(say(s, "a", ""), NGX_CHAT_LOG_OK);
    store_actor(s, "192.0.2.7", "ann", NONE);
    assert_int_equal(store_rights(s, "a"), NGX_CHAT_LOG_OK);

    store_actor(s, "ann", "", NONE);
    s->caller.now = 5999;
    assert_int_equal(store_rights(s, "a"), NGX_CHAT_LOG_REFUSED);
    s->caller.now = 6000;
    assert_int_equal(store_rights(s, "a"), NGX_CHAT_LOG_OK);

    /* the store's clock does not go back */

    s->caller.now = 100;
    assert_int_equal(store_rights(s, "a"), NGX_CHAT_LOG_OK);

    done(s, "a", NGX_CHAT_ACT_BAN, "ann", NGX_CHAT_RIGHTS_EVER);
    assert_int_equal(s->rights.until, NGX_CHAT_RIGHTS_EVER);
    s->caller.now = 4000000000000;
    assert_int_equal(store_rights(s, "a"), NGX_CHAT_LOG_REFUSED);
    done(s, "a", NGX_CHAT_ACT_UNBAN, "ann", 0);
    assert_int_equal(s->rights.until, 0);
    assert_int_equal(s->rights.conf.version, 1002);
    assert_int_equal(store_rights(s, "a"), NGX_CHAT_LOG_OK);
    assert_int_equal(s->log->rights, 0);

    check(s);
    store_free(s);
}


static void
test_address(void **state)
{
    store_t         *s;
    ngx_chat_mod_t   mod;

    (void) state;

    s = store_of(STORE_SIZE);
    mod = store_mod(NGX_CHAT_ACT_BAN, "", 5000);
    mod.ip = str("2001:db8:1:2::/64");
    assert_int_equal(act(s, "a", &mod), NGX_CHAT_LOG_OK);
    check(s);

    store_actor(s, "ann", "2001:db8:1:2::/64", NONE);
    assert_int_equal(store_rights(s, "a"), NGX_CHAT_LOG_REFUSED);
    assert_int_equal(s->rights.verdict.code, NGX_CHAT_CODE_BANNED);
    store_actor(s, "ann", "2001:db8:1:3::/64", NONE);
    assert_int_equal(store_rights(s, "a"), NGX_CHAT_LOG_OK);
    store_actor(s, "ann", "2001:db8:1:2::/64", MODERATOR);
    assert_int_equal(store_rights(s, "a"), NGX_CHAT_LOG_OK);

    /* the later end */

    done(s, "a", NGX_CHAT_ACT_BAN, "ann", 7000);
    store_actor(s, "ann", "2001:db8:1:2::/64", NONE);
    assert_int_equal(store_rights(s, "a"), NGX_CHAT_LOG_REFUSED);
    assert_int_equal(s->rights.verdict.until, 8000);

    mod.act = NGX_CHAT_ACT_UNBAN;
    assert_int_equal(act(s, "a", &mod), NGX_CHAT_LOG_OK);
    done(s, "a", NGX_CHAT_ACT_UNBAN, "ann", 0);
    assert_int_equal(store_rights(s, "a"), NGX_CHAT_LOG_OK);

    check(s);
    store_free(s);
}


static void
test_mute(void **state)
{
    store_t  *s;

    (void) state;

    s = store_of(STORE_SIZE);
    store_actor(s, "ann", "", NONE);
    done(s, "a", NGX_CHAT_ACT_MUTE, "ann", 100);

    assert_int_equal(store_rights(s, "a"), NGX_CHAT_LOG_OK);
    assert_int_equal(s->rights.until, 1100);
    assert_int_equal(say(s, "a", ""), NGX_CHAT_LOG_REFUSED);
    assert_int_equal(s->stored.verdict.code, NGX_CHAT_CODE_MUTED);
    assert_int_equal(s->stored.verdict.until, 1100);

    /* a mute is known beside a ban, and stays when that is undone */

    done(s, "a", NGX_CHAT_ACT_BAN, "ann", 50);
    assert_int_equal(say(s, "a", ""), NGX_CHAT_LOG_REFUSED);
    assert_int_equal(s->stored.verdict.code, NGX_CHAT_CODE_BANNED);
    done(s, "a", NGX_CHAT_ACT_UNBAN, "ann", 0);
    assert_int_equal(say(s, "a", ""), NGX_CHAT_LOG_REFUSED);
    assert_int_equal(s->stored.verdict.code, NGX_CHAT_CODE_MUTED);

    /* moderators are not bound by it */

    done_role(s, "a", "ann", MODERATOR);
    assert_int_equal(say(s, "a", ""), NGX_CHAT_LOG_OK);
    assert_int_equal(store_rights(s, "a"), NGX_CHAT_LOG_OK);
    assert_int_equal(s->rights.until, 0);
    done_role(s, "a", "ann", NONE);

    done(s, "a", NGX_CHAT_ACT_UNMUTE, "ann", 0);
    assert_int_equal(say(s, "a", ""), NGX_CHAT_LOG_OK);
    assert_int_equal(s->log->rights, 0);

    check(s);
    store_free(s);
}


/* A mute of the address beside one of the user: the later end holds. */

static void
test_mute_address(void **state)
{
    store_t         *s;
    ngx_chat_mod_t   mod;

    (void) state;

    s = store_of(STORE_SIZE);
    mod = store_mod(NGX_CHAT_ACT_MUTE, "", 500);
    mod.ip = str("192.0.2.7");
    assert_int_equal(act(s, "a", &mod), NGX_CHAT_LOG_OK);
    assert_int_equal(s->rights.until, 1500);
    check(s);

    store_actor(s, "ann", "192.0.2.8", NONE);
    assert_int_equal(store_rights(s, "a"), NGX_CHAT_LOG_OK);
    assert_int_equal(s->rights.until, 0);
    assert_int_equal(say(s, "a", ""), NGX_CHAT_LOG_OK);

    store_actor(s, "ann", "192.0.2.7", NONE);
    assert_int_equal(store_rights(s, "a"), NGX_CHAT_LOG_OK);
    assert_int_equal(s->rights.until, 1500);
    assert_int_equal(say(s, "a", ""), NGX_CHAT_LOG_REFUSED);
    assert_int_equal(s->stored.verdict.code, NGX_CHAT_CODE_MUTED);
    assert_int_equal(s->stored.verdict.until, 1500);

    done(s, "a", NGX_CHAT_ACT_MUTE, "ann", 700);
    assert_int_equal(say(s, "a", ""), NGX_CHAT_LOG_REFUSED);
    assert_int_equal(s->stored.verdict.until, 1700);
    done(s, "a", NGX_CHAT_ACT_MUTE, "ann", 100);
    assert_int_equal(store_rights(s, "a"), NGX_CHAT_LOG_OK);
    assert_int_equal(s->rights.until, 1500);
    done(s, "a", NGX_CHAT_ACT_UNMUTE, "ann", 0);
    assert_int_equal(say(s, "a", ""), NGX_CHAT_LOG_REFUSED);
    assert_int_equal(s->stored.verdict.until, 1500);

    mod.act = NGX_CHAT_ACT_UNMUTE;
    assert_int_equal(act(s, "a", &mod), NGX_CHAT_LOG_OK);
    assert_int_equal(say(s, "a", ""), NGX_CHAT_LOG_OK);
    assert_int_equal(s->log->rights, 0);

    check(s);
    store_free(s);
}


static void
test_role(void **state)
{
    store_t         *s;
    ngx_chat_mod_t   mod;

    (void) state;

    s = store_of(STORE_SIZE);
    store_actor(s, "ann", "", NONE);
    done_role(s, "a", "ann", MODERATOR);

    assert_int_equal(store_rights(s, "a"), NGX_CHAT_LOG_OK);
    assert_int_equal(s->rights.verdict.role, MODERATOR);
    assert_int_equal(store_rights(s, "b"), NGX_CHAT_LOG_OK);
    assert_int_equal(s->rights.verdict.role, NONE);

    /* what it says is what the rules of rights say */

    mod = store_mod(NGX_CHAT_ACT_BAN, "bob", 1000);
    assert_int_equal(store_moderate(s, "a", &mod), NGX_CHAT_LOG_OK);
    assert_int_equal(store_moderate(s, "b", &mod), NGX_CHAT_LOG_REFUSED);
    assert_int_equal(s->rights.verdict.code, NGX_CHAT_CODE_FORBIDDEN);
    mod.user = str("ann");
    assert_int_equal(store_moderate(s, "a", &mod), NGX_CHAT_LOG_REFUSED);
    assert_int_equal(s->rights.verdict.code, NGX_CHAT_CODE_FORBIDDEN);

    done_role(s, "a", "cat", OWNER);
    mod.user = str("cat");
    assert_int_equal(store_moderate(s, "a", &mod), NGX_CHAT_LOG_REFUSED);
    mod.act = NGX_CHAT_ACT_KICK;
    assert_int_equal(store_moderate(s, "a", &mod), NGX_CHAT_LOG_REFUSED);

    mod = store_mod(NGX_CHAT_ACT_ROLE, "bob", 0);
    mod.role = MODERATOR;
    assert_int_equal(store_moderate(s, "a", &mod), NGX_CHAT_LOG_REFUSED);
    mod.role = NGX_CHAT_ROLE_MEMBER;
    assert_int_equal(store_moderate(s, "a", &mod), NGX_CHAT_LOG_OK);
    mod.role = NGX_CHAT_ROLE_COUNT;
    assert_int_equal(act(s, "a", &mod), NGX_CHAT_LOG_REFUSED);

    /* who is banned is told so, and what was refused is not done */

    store_actor(s, "bob", "", NONE);
    mod = store_mod(NGX_CHAT_ACT_UNBAN, "bob", 0);
    assert_int_equal(store_moderate(s, "a", &mod), NGX_CHAT_LOG_REFUSED);
    assert_int_equal(s->rights.verdict.code, NGX_CHAT_CODE_BANNED);
    assert_int_equal(store_rights(s, "a"), NGX_CHAT_LOG_REFUSED);
    assert_int_equal(s->rights.conf.version, 1003);

    check(s);
    store_free(s);
}


static void
test_lock(void **state)
{
    store_t         *s;
    ngx_chat_mod_t   mod;

    (void) state;

    s = store_of(STORE_SIZE);
    store_actor(s, "ann", "", NONE);
    mod = store_mod(NGX_CHAT_ACT_LOCK, "", 0);
    mod.lock = NGX_CHAT_LOCK_WRITE;
    assert_int_equal(act(s, "a", &mod), NGX_CHAT_LOG_OK);

    assert_int_equal(store_rights(s, "a"), NGX_CHAT_LOG_OK);
    assert_int_equal(s->rights.conf.lock, NGX_CHAT_LOCK_WRITE);
    assert_int_equal(say(s, "a", ""), NGX_CHAT_LOG_REFUSED);
    assert_int_equal(s->stored.verdict.code, NGX_CHAT_CODE_LOCKED);
    assert_int_equal(s->log->idle, 0);

    mod.lock = NGX_CHAT_LOCK_MEMBERS;
    assert_int_equal(act(s, "a", &mod), NGX_CHAT_LOG_OK);
    assert_int_equal(store_rights(s, "a"), NGX_CHAT_LOG_REFUSED);
    assert_int_equal(s->rights.verdict.code, NGX_CHAT_CODE_FORBIDDEN);
    store_actor(s, "ann", "", NGX_CHAT_ROLE_MEMBER);
    assert_int_equal(store_rights(s, "a"), NGX_CHAT_LOG_OK);
    assert_int_equal(say(s, "a", ""), NGX_CHAT_LOG_OK);
    store_actor(s, "ann", "", NONE);

    /* history tells of it */

    assert_int_equal(store_history(s, "a", NGX_CHAT_LOG_LATEST, 0, 10),
                     NGX_CHAT_LOG_OK);
    assert_int_equal(s->page.conf.lock, NGX_CHAT_LOCK_MEMBERS);
    assert_int_equal(s->page.conf.version, 1001);

    mod.lock = 77;
    assert_int_equal(act(s, "a", &mod), NGX_CHAT_LOG_REFUSED);
    done(s, "a", NGX_CHAT_ACT_UNLOCK, "", 0);
    assert_int_equal(say(s, "a", ""), NGX_CHAT_LOG_OK);

    /* with nothing but a version it may be forgotten */

    assert_int_equal(s->log->idle, 1);

    check(s);
    store_free(s);
}


/* What was said is gone for good; rights and the log of acts are not. */

static void
test_clear(void **state)
{
    store_t         *s;
    unsigned         i;
    ngx_chat_mod_t   mod;
    unsigned char    epoch[NGX_CHAT_WIRE_EPOCH_MAX];

    (void) state;

    s = store_of(STORE_SIZE);
    store_actor(s, "u", "", NONE);
    mod = store_mod(NGX_CHAT_ACT_CLEAR, "", 0);

    /* nothing there: nothing is made, nor done */

    assert_int_equal(act(s, "a", &mod), NGX_CHAT_LOG_OK);
    assert_int_equal(s->log->rooms, 0);
    assert_int_equal(store_listen(s, 1, "a"), NGX_CHAT_LOG_OK);
    assert_int_equal(act(s, "a", &mod), NGX_CHAT_LOG_OK);
    assert_int_equal(s->rights.conf.version, 0);

    done(s, "a", NGX_CHAT_ACT_BAN, "zed", 5000);

    for (i = 0; i < 3; i++) {
        assert_int_equal(say(s, "a", i == 0 ? "cid" : ""), NGX_CHAT_LOG_OK);
    }

    memcpy(epoch, s->stored.epoch, sizeof(epoch));

    /* only for an owner */

    store_actor(s, "mod", "", NGX_CHAT_ROLE_MODERATOR);
    assert_int_equal(store_moderate(s, "a", &mod), NGX_CHAT_LOG_REFUSED);
    store_actor(s, "u", "", NONE);

    assert_int_equal(act(s, "a", &mod), NGX_CHAT_LOG_OK);
    assert_int_equal(s->rights.conf.version, 1001);
    assert_true(ngx_chat_log_slot_is(&s->rights.wake, 1));
    assert_int_equal(act(s, "a", &mod), NGX_CHAT_LOG_OK);
    assert_int_equal(s->rights.conf.version, 1001);

    for (i = 0; i < 2; i++) {
        assert_int_equal(store_history(s, "a", NGX_CHAT_LOG_AFTER, 0, 10),
                         NGX_CHAT_LOG_OK);
        assert_int_equal(s->page.top, i);
        assert_int_equal(s->page.n, i);
        assert_memory_not_equal(s->page.epoch, epoch, NGX_CHAT_LOG_EPOCH_LEN);

        store_actor(s, "boss", "", OWNER);
        assert_int_equal(store_acts(s, "a", 10), NGX_CHAT_LOG_OK);
        assert_int_equal(s->page.n, 2);
        assert_memory_equal(s->recs[0].act.data, "ban", 3);
        assert_memory_equal(s->recs[1].act.data, "clear", 5);

        store_actor(s, "zed", "", NONE);
        assert_int_equal(store_rights(s, "a"), NGX_CHAT_LOG_REFUSED);
        store_actor(s, "u", "", NONE);

        check(s);

        if (i == 0) {
            /* nor does a cid of before count */

            assert_int_equal(say(s, "a", "cid"), NGX_CHAT_LOG_OK);
            assert_int_equal(s->stored.seq, 1);
            assert_int_equal(s->stored.dup, 0);
            assert_int_equal(store_rebuild(s), 0);
        }
    }

    store_free(s);
}


/* Who only reads may not write where there are no rights at all. */

static void
test_reads(void **state)
{
    store_t  *s;

    (void) state;

    s = store_of(STORE_SIZE);
    store_actor(s, "ann", "", NONE);
    s->actor.reads = 1;
    assert_int_equal(say(s, "a", ""), NGX_CHAT_LOG_REFUSED);
    assert_int_equal(s->stored.verdict.code, NGX_CHAT_CODE_FORBIDDEN);
    assert_int_equal(s->log->rooms, 0);
    assert_int_equal(store_rights(s, "a"), NGX_CHAT_LOG_OK);

    store_free(s);
}


/* What is too long is refused before anything is done. */

static void
test_large(void **state)
{
    store_t         *s;
    ngx_chat_mod_t   mod;
    ngx_chat_str_t   text;

    (void) state;

    s = store_of(STORE_SIZE);
    text = str_repeat("x", NGX_CHAT_LOG_USER_MAX + 1);

    mod = store_mod(NGX_CHAT_ACT_BAN, "", 1000);
    mod.user = text;
    assert_int_equal(act(s, "a", &mod), NGX_CHAT_LOG_LARGE);
    mod.user = str("");
    mod.ip = text;
    assert_int_equal(act(s, "a", &mod), NGX_CHAT_LOG_LARGE);
    mod.ip.len--;
    assert_int_equal(act(s, "a", &mod), NGX_CHAT_LOG_OK);
    check(s);
    assert_int_equal(store_rebuild(s), 0);
    assert_int_equal(s->log->rights, 1);
    str_free(&text);

    text = str_repeat("x", STORE_SIZE);
    mod = store_mod(NGX_CHAT_ACT_BAN, "ann", 1000);
    mod.why = text;
    assert_int_equal(act(s, "b", &mod), NGX_CHAT_LOG_LARGE);
    text.len = NGX_CHAT_LOG_ROOM_MAX + 1;
    store_actor(s, "boss", "", OWNER);
    store_begin(s);
    mod.why.len = 0;
    assert_int_equal(ngx_chat_log_moderate(&s->caller, &text, &mod,
                                           &s->rights), NGX_CHAT_LOG_LARGE);
    ngx_chat_log_end(s->log);
    assert_int_equal(s->log->rooms, 1);

    /* nobody does nothing to nobody */

    store_actor(s, "", "", OWNER);
    assert_int_equal(store_moderate(s, "a", &mod), NGX_CHAT_LOG_REFUSED);
    done(s, "a", NGX_CHAT_ACT_BAN, "", 1000);
    assert_int_equal(s->log->rights, 1);

    check(s);
    text.len = STORE_SIZE;
    str_free(&text);
    store_free(s);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_ban),
        cmocka_unit_test(test_address),
        cmocka_unit_test(test_mute),
        cmocka_unit_test(test_mute_address),
        cmocka_unit_test(test_role),
        cmocka_unit_test(test_lock),
        cmocka_unit_test(test_clear),
        cmocka_unit_test(test_reads),
        cmocka_unit_test(test_large),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
