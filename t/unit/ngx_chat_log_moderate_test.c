
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The embedded store's rights: what is done to a room holds, is heard, is in
 * its moderation log, takes no more memory than it says, and is given back.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "log_store.h"
#include "log_validate.h"


#define MODERATOR  NGX_CHAT_ROLE_MODERATOR
#define OWNER      NGX_CHAT_ROLE_OWNER
#define NONE       NGX_CHAT_ROLE_NONE


static void
check(store_t *s)
{
    const char  *fault;

    fault = validate(s->log);

    if (fault != NULL) {
        fail_msg("%s", fault);
    }
}


/* The owner does it; the caller is who it was before. */

static ngx_chat_log_rc_e
act(store_t *s, const char *room, const ngx_chat_mod_t *mod)
{
    ngx_chat_actor_t   actor;
    ngx_chat_log_rc_e  rc;

    actor = s->actor;
    store_actor(s, "boss", "192.0.2.1", OWNER);
    rc = store_moderate(s, room, mod);
    s->actor = actor;

    return rc;
}


static void
done(store_t *s, const char *room, ngx_chat_act_e what, const char *user,
    int64_t time)
{
    ngx_chat_mod_t  mod;

    mod = store_mod(what, user, time);
    assert_int_equal(act(s, room, &mod), NGX_CHAT_LOG_OK);
}


static void
done_role(store_t *s, const char *room, const char *user, ngx_chat_role_e role)
{
    ngx_chat_mod_t  mod;

    mod = store_mod(NGX_CHAT_ACT_ROLE, user, 0);
    mod.role = role;
    assert_int_equal(act(s, room, &mod), NGX_CHAT_LOG_OK);
}


static void
done_slow(store_t *s, const char *room, uint32_t slow)
{
    ngx_chat_mod_t  mod;

    mod = store_mod(NGX_CHAT_ACT_SLOW, "", 0);
    mod.slow = slow;
    assert_int_equal(act(s, room, &mod), NGX_CHAT_LOG_OK);
}


static ngx_chat_log_rc_e
say(store_t *s, const char *room, const char *cid)
{
    ngx_chat_wire_t  rec;

    rec = store_wire(room, "u", cid, "text");

    return store_say(s, &rec);
}


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
    assert_int_equal(s->rights.conf.version, 1);
    check(s);

    assert_int_equal(store_rights(s, "a"), NGX_CHAT_LOG_REFUSED);
    assert_int_equal(s->rights.verdict.code, NGX_CHAT_CODE_BANNED);
    assert_int_equal(s->rights.verdict.until, 6000);
    assert_int_equal(s->rights.conf.version, 1);
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
    assert_int_equal(s->rights.conf.version, 3);
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
    assert_int_equal(s->rights.conf.version, 4);

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
    assert_int_equal(s->page.conf.version, 2);

    mod.lock = 77;
    assert_int_equal(act(s, "a", &mod), NGX_CHAT_LOG_REFUSED);
    done(s, "a", NGX_CHAT_ACT_UNLOCK, "", 0);
    assert_int_equal(say(s, "a", ""), NGX_CHAT_LOG_OK);

    /* with nothing but a version it may be forgotten */

    assert_int_equal(s->log->idle, 1);

    check(s);
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


static void
test_slow(void **state)
{
    store_t  *s;

    (void) state;

    s = store_of(STORE_SIZE);
    s->caller.now = 1000000;
    done_slow(s, "a", 10);
    assert_int_equal(s->rights.conf.slow, 10);

    store_actor(s, "ann", "", NONE);
    assert_int_equal(say(s, "a", "1"), NGX_CHAT_LOG_OK);
    assert_int_equal(s->log->rights, 1);
    check(s);

    s->caller.now += 3000;
    assert_int_equal(say(s, "a", "2"), NGX_CHAT_LOG_REFUSED);
    assert_int_equal(s->stored.verdict.code, NGX_CHAT_CODE_SLOW_MODE);
    assert_int_equal(s->stored.verdict.wait, 7000);

    /* what was said is said, however soon it is repeated */

    s->keep.dedupe = 100000;
    assert_int_equal(say(s, "a", "1"), NGX_CHAT_LOG_OK);
    assert_int_equal(s->stored.dup, 1);

    store_actor(s, "bob", "", NONE);
    assert_int_equal(say(s, "a", ""), NGX_CHAT_LOG_OK);
    store_actor(s, "boss", "", MODERATOR);
    assert_int_equal(say(s, "a", ""), NGX_CHAT_LOG_OK);
    assert_int_equal(say(s, "a", ""), NGX_CHAT_LOG_OK);
    assert_int_equal(s->log->rights, 2);

    store_actor(s, "ann", "", NONE);
    s->caller.now += 6999;
    assert_int_equal(say(s, "a", "2"), NGX_CHAT_LOG_REFUSED);
    assert_int_equal(s->stored.verdict.wait, 1);
    s->caller.now++;
    assert_int_equal(say(s, "a", "2"), NGX_CHAT_LOG_OK);
    assert_int_equal(say(s, "a", "3"), NGX_CHAT_LOG_REFUSED);

    /* when a time is over it says nothing any more, and goes */

    s->caller.now += 10000;
    assert_int_equal(say(s, "a", "3"), NGX_CHAT_LOG_OK);
    s->caller.now += 10000;
    store_actor(s, "cat", "", NONE);
    assert_int_equal(say(s, "a", ""), NGX_CHAT_LOG_OK);
    assert_int_equal(s->log->rights, 1);
    check(s);

    done_slow(s, "a", 0);
    assert_int_equal(say(s, "a", ""), NGX_CHAT_LOG_OK);
    assert_int_equal(say(s, "a", ""), NGX_CHAT_LOG_OK);
    done_slow(s, "a", 4000000000);
    assert_int_equal(s->rights.conf.slow, NGX_CHAT_RIGHTS_SLOW_MAX);

    check(s);
    store_free(s);
}


/* Whoever writes in a slow room leaves something; it does not grow. */

static void
test_slow_many(void **state)
{
    char      id[24];
    store_t  *s;
    unsigned  i;

    (void) state;

    s = store_of(STORE_SIZE);
    s->caller.now = 1000000;
    done_slow(s, "a", 1);

    for (i = 0; i < 5000; i++) {
        snprintf(id, sizeof(id), "user%u", i);
        store_actor(s, id, "", NONE);
        s->caller.now += 100;
        assert_int_equal(say(s, "a", ""), NGX_CHAT_LOG_OK);
        assert_true(s->log->rights <= 20);
    }

    check(s);
    store_free(s);
}


/* LARGE where a room knows of too many; what is over makes room. */

static void
test_max(void **state)
{
    char             id[24];
    store_t         *s;
    unsigned         i;
    ngx_chat_mod_t   mod;

    (void) state;

    s = store_of(16 * 1024 * 1024);

    for (i = 0; i < NGX_CHAT_LOG_RIGHTS_MAX; i++) {
        snprintf(id, sizeof(id), "user%u", i);
        done(s, "a", NGX_CHAT_ACT_BAN, id, (i < 10) ? 1000 : 100000);
    }

    mod = store_mod(NGX_CHAT_ACT_MUTE, "more", 1000);
    assert_int_equal(act(s, "a", &mod), NGX_CHAT_LOG_LARGE);
    assert_int_equal(store_rights(s, "a"), NGX_CHAT_LOG_OK);
    assert_int_equal(s->rights.conf.version, NGX_CHAT_LOG_RIGHTS_MAX);

    /* of whom it knows already it may know more, and it may forget */

    done(s, "a", NGX_CHAT_ACT_MUTE, "user500", 1000);
    done(s, "a", NGX_CHAT_ACT_KICK, "more", 0);
    done_slow(s, "a", 5);
    store_actor(s, "writer", "", NONE);
    assert_int_equal(say(s, "a", ""), NGX_CHAT_LOG_OK);
    done(s, "a", NGX_CHAT_ACT_UNBAN, "user77", 0);
    assert_int_equal(act(s, "a", &mod), NGX_CHAT_LOG_OK);
    mod.user = str("another");
    assert_int_equal(act(s, "a", &mod), NGX_CHAT_LOG_LARGE);

    s->caller.now += 2000;

    for (i = 0; i < 20 && act(s, "a", &mod) != NGX_CHAT_LOG_OK; i++) {
        /* void */
    }

    assert_true(i < 20);
    check(s);
    assert_int_equal(store_rebuild(s), 0);
    check(s);

    store_free(s);
}


/* The acts are heard, and the log has them; the history has not. */

static void
test_acts(void **state)
{
    unsigned                i;
    store_t                *s;
    ngx_chat_mod_t          mod;
    ngx_chat_log_cursor_t   cursor;

    (void) state;

    s = store_of(STORE_SIZE);
    assert_int_equal(store_start(s, 3, &cursor), NGX_CHAT_LOG_OK);
    assert_int_equal(store_listen(s, 3, "a"), NGX_CHAT_LOG_OK);
    assert_int_equal(say(s, "a", "1"), NGX_CHAT_LOG_OK);

    mod = store_mod(NGX_CHAT_ACT_BAN, "ann", 500);
    assert_int_equal(act(s, "a", &mod), NGX_CHAT_LOG_OK);
    assert_int_equal(s->rights.wake.words[0], 8);
    done_role(s, "a", "bob", MODERATOR);
    done(s, "b", NGX_CHAT_ACT_KICK, "cat", 0);
    assert_int_equal(say(s, "a", "2"), NGX_CHAT_LOG_OK);
    assert_int_equal(s->stored.seq, 2);
    assert_int_equal(s->stored.prev, 1);
    done_slow(s, "a", 30);
    mod = store_mod(NGX_CHAT_ACT_LOCK, "", 0);
    mod.lock = NGX_CHAT_LOCK_WRITE;
    assert_int_equal(act(s, "a", &mod), NGX_CHAT_LOG_OK);

    assert_int_equal(store_read(s, &cursor), NGX_CHAT_LOG_OK);
    assert_int_equal(s->rec.kind, NGX_CHAT_WIRE_MESSAGE);
    assert_int_equal(store_read(s, &cursor), NGX_CHAT_LOG_OK);
    assert_int_equal(s->rec.kind, NGX_CHAT_WIRE_MOD);
    assert_true(str_is(&s->rec.room, "a"));
    assert_true(str_is(&s->rec.act, "ban"));
    assert_true(str_is(&s->rec.user, "boss"));
    assert_true(str_is(&s->rec.name, "Name"));
    assert_true(str_is(&s->rec.target, "ann"));
    assert_true(str_is(&s->rec.body, "because"));
    assert_int_equal(s->rec.until, 1500);
    assert_int_equal(s->rec.version, 1);
    assert_int_equal(s->rec.time, 1000);
    assert_int_equal(s->rec.seq, 0);
    assert_int_equal(store_read(s, &cursor), NGX_CHAT_LOG_OK);
    assert_true(str_is(&s->rec.act, "role"));
    assert_int_equal(s->rec.value, MODERATOR);
    assert_int_equal(s->rec.until, 0);
    assert_int_equal(s->rec.version, 2);
    assert_int_equal(store_read(s, &cursor), NGX_CHAT_LOG_OK);
    assert_int_equal(s->rec.seq, 2);
    assert_int_equal(store_read(s, &cursor), NGX_CHAT_LOG_OK);
    assert_true(str_is(&s->rec.act, "slow"));
    assert_int_equal(s->rec.value, 30);
    assert_int_equal(store_read(s, &cursor), NGX_CHAT_LOG_OK);
    assert_true(str_is(&s->rec.act, "lock"));
    assert_int_equal(s->rec.value, NGX_CHAT_LOCK_WRITE);
    assert_int_equal(store_read(s, &cursor), NGX_CHAT_LOG_NONE);

    assert_int_equal(store_history(s, "a", NGX_CHAT_LOG_LATEST, 0, 10),
                     NGX_CHAT_LOG_OK);
    assert_int_equal(s->page.n, 2);
    assert_int_equal(s->page.floor, 1);
    assert_int_equal(s->page.top, 2);

    for (i = 0; i < 2; i++) {
        store_actor(s, "boss", "", MODERATOR);
        assert_int_equal(store_acts(s, "a", 3), NGX_CHAT_LOG_OK);
        assert_int_equal(s->page.n, 3);
        assert_int_equal(s->page.more, 1);
        assert_true(str_is(&s->recs[0].act, "role"));
        assert_true(str_is(&s->recs[1].act, "slow"));
        assert_true(str_is(&s->recs[2].act, "lock"));
        assert_true(str_is(&s->recs[2].room, "a"));
        assert_int_equal(store_acts(s, "a", 4), NGX_CHAT_LOG_OK);
        assert_int_equal(s->page.n, 4);
        assert_int_equal(s->page.more, 0);
        assert_int_equal(store_acts(s, "a", 0), NGX_CHAT_LOG_OK);
        assert_int_equal(s->page.n, 0);
        assert_int_equal(store_acts(s, "b", 9), NGX_CHAT_LOG_OK);
        assert_int_equal(s->page.n, 1);
        assert_int_equal(store_acts(s, "none", 9), NGX_CHAT_LOG_OK);
        assert_int_equal(s->page.n, 0);

        store_actor(s, "ann", "", NGX_CHAT_ROLE_MEMBER);
        assert_int_equal(store_acts(s, "b", 9), NGX_CHAT_LOG_REFUSED);
        assert_int_equal(store_acts(s, "none", 9), NGX_CHAT_LOG_REFUSED);
        assert_int_equal(s->log->rooms, 2);

        /* and all the same after a rebuild */

        assert_int_equal(store_rebuild(s), 0);
        check(s);
    }

    store_free(s);
}


/* Acts do not count among the messages that are kept, and messages push the
   oldest acts out of the ring. */

static void
test_acts_many(void **state)
{
    unsigned   i;
    uint64_t   first;
    store_t   *s;

    (void) state;

    s = store_of(STORE_SIZE);
    s->keep.count = 5;

    for (i = 0; i < 5; i++) {
        assert_int_equal(say(s, "a", ""), NGX_CHAT_LOG_OK);
        done(s, "a", NGX_CHAT_ACT_KICK, "ann", 0);
        done(s, "a", NGX_CHAT_ACT_KICK, "ann", 0);
    }

    assert_int_equal(store_history(s, "a", NGX_CHAT_LOG_LATEST, 0, 10),
                     NGX_CHAT_LOG_OK);
    assert_int_equal(s->page.n, 5);
    assert_int_equal(s->page.floor, 1);

    store_actor(s, "boss", "", OWNER);
    first = 0;

    for (i = 0; i < 500; i++) {
        done(s, "a", NGX_CHAT_ACT_KICK, "ann", 0);
        assert_int_equal(say(s, "b", ""), NGX_CHAT_LOG_OK);
        assert_int_equal(store_acts(s, "a", STORE_PAGE), NGX_CHAT_LOG_OK);
        assert_true(s->page.n > 0);
        assert_int_equal(s->recs[s->page.n - 1].version, 11 + i);
        assert_true(s->recs[0].version >= first);
        assert_int_equal(s->recs[s->page.n - 1].version
                         - s->recs[0].version, s->page.n - 1);
        first = s->recs[0].version;
    }

    assert_true(first > 400);
    check(s);
    store_free(s);
}


/* A room with rights is not forgotten for others, one without is. */

static void
test_evict(void **state)
{
    char      name[32];
    store_t  *s;
    unsigned  i;

    (void) state;

    s = store_of(STORE_SIZE);
    s->caller.now = 1000000;
    store_actor(s, "ann", "", NONE);
    done(s, "ruled", NGX_CHAT_ACT_BAN, "ann", 5000);
    done(s, "told", NGX_CHAT_ACT_KICK, "ann", 0);

    for (i = 0; i < 1000; i++) {
        snprintf(name, sizeof(name), "room%u", i);
        assert_int_equal(say(s, name, ""), NGX_CHAT_LOG_OK);
    }

    check(s);
    assert_int_equal(store_rights(s, "ruled"), NGX_CHAT_LOG_REFUSED);
    assert_int_equal(s->rights.conf.version, 1);
    assert_int_equal(store_rights(s, "told"), NGX_CHAT_LOG_OK);
    assert_int_equal(s->rights.conf.version, 0);

    /* all cells have rights: there is nothing to be had, and no harm done */

    for (i = 0; i < 1000; i++) {
        ngx_chat_mod_t  mod;

        snprintf(name, sizeof(name), "user%u", i);
        mod = store_mod(NGX_CHAT_ACT_BAN, name, 5000);

        if (act(s, "ruled", &mod) != NGX_CHAT_LOG_OK) {
            break;
        }
    }

    assert_true(i > 50 && i < 1000);
    check(s);
    assert_int_equal(say(s, "room1", ""), NGX_CHAT_LOG_FULL);
    assert_int_equal(say(s, "ruled", ""), NGX_CHAT_LOG_REFUSED);

    /* until they are over */

    s->caller.now += 5000;
    assert_int_equal(say(s, "room1", ""), NGX_CHAT_LOG_OK);
    assert_int_equal(store_rights(s, "ruled"), NGX_CHAT_LOG_OK);

    for (i = 0; i < 1000; i++) {
        snprintf(name, sizeof(name), "room%u", i);
        assert_int_equal(say(s, name, ""), NGX_CHAT_LOG_OK);
    }

    assert_int_equal(s->log->rights, 0);
    check(s);
    store_free(s);
}


/* In a slow room nobody may write whose time cannot be remembered. */

static void
test_slow_full(void **state)
{
    char      id[32];
    store_t  *s;
    unsigned  i;
    uint64_t  seq;

    (void) state;

    s = store_of(STORE_SIZE);
    s->caller.now = 1000000;
    done_slow(s, "a", 100);
    seq = 0;

    for (i = 0; i < 1000; i++) {
        snprintf(id, sizeof(id), "user%u", i);
        store_actor(s, id, "", NONE);

        if (say(s, "a", "") != NGX_CHAT_LOG_OK) {
            break;
        }

        seq = s->stored.seq;
    }

    assert_true(i > 50 && i < 1000);
    assert_int_equal(say(s, "a", ""), NGX_CHAT_LOG_FULL);
    store_actor(s, "user0", "", NONE);
    assert_int_equal(say(s, "a", ""), NGX_CHAT_LOG_REFUSED);
    s->caller.now += 100000;
    assert_int_equal(say(s, "a", ""), NGX_CHAT_LOG_OK);
    assert_int_equal(s->stored.seq, seq + 1);

    check(s);
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
        cmocka_unit_test(test_role),
        cmocka_unit_test(test_lock),
        cmocka_unit_test(test_reads),
        cmocka_unit_test(test_slow),
        cmocka_unit_test(test_slow_many),
        cmocka_unit_test(test_max),
        cmocka_unit_test(test_acts),
        cmocka_unit_test(test_acts_many),
        cmocka_unit_test(test_evict),
        cmocka_unit_test(test_slow_full),
        cmocka_unit_test(test_large),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
