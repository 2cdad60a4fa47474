
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * S3: a process ends at any step of what changes the rights of a room.
 *
 * For each operation: one that ends at step 1, 2, ... until none does, and for
 * some, a rebuild that ends at each of its steps after that.  Then all rights
 * that were acknowledged hold, that which was under way is as before or as
 * after it, and nothing is damaged.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "log_crash.h"
#include "log_validate.h"


#define STEPS  100000

#define LONG   "a user whose id does not fit into the one cell that rights " \
               "have, nor into two of them, for it goes on and on and on and " \
               "on and on and on and on and on and on and on and on and on"


/* What a room says of somebody. */

typedef struct {
    ngx_chat_code_e       code;        /* of writing */
    int64_t               until;
    ngx_chat_role_e       role;
    ngx_chat_role_e       kicked;      /* by whom */
    ngx_chat_room_conf_t  conf;
} state_t;


static void
act(store_t *s, const char *room, ngx_chat_act_e what, const char *user,
    int64_t value)
{
    ngx_chat_mod_t  mod;

    mod = store_mod(what, user, value);
    mod.role = (what == NGX_CHAT_ACT_ROLE) ? (ngx_chat_role_e) value : 0;
    mod.slow = (uint32_t) value;
    mod.lock = (what == NGX_CHAT_ACT_LOCK) ? (ngx_chat_lock_e) value : 0;

    store_actor(s, "boss", "", NGX_CHAT_ROLE_OWNER);
    assert_int_equal(store_moderate(s, room, &mod), NGX_CHAT_LOG_OK);
}


static void
op_ban_first(store_t *s)
{
    act(s, "fresh", NGX_CHAT_ACT_BAN, "one", 5000);
}


static void
op_ban(store_t *s)
{
    act(s, "a", NGX_CHAT_ACT_BAN, "one", 5000);
}


static void
op_ban_long(store_t *s)
{
    act(s, "a", NGX_CHAT_ACT_BAN, LONG, 5000);
}


static void
op_ban_longer(store_t *s)
{
    act(s, "a", NGX_CHAT_ACT_BAN, "banned", 100000);
}


static void
op_unban(store_t *s)
{
    act(s, "a", NGX_CHAT_ACT_UNBAN, "banned", 0);
}


static void
op_mute(store_t *s)
{
    act(s, "a", NGX_CHAT_ACT_MUTE, "banned", 100000);
}


static void
op_unmute(store_t *s)
{
    act(s, "a", NGX_CHAT_ACT_UNMUTE, LONG "!", 0);
}


static void
op_role(store_t *s)
{
    act(s, "a", NGX_CHAT_ACT_ROLE, "one", NGX_CHAT_ROLE_OWNER);
}


static void
op_demote(store_t *s)
{
    act(s, "a", NGX_CHAT_ACT_ROLE, "moderator", NGX_CHAT_ROLE_NONE);
}


static void
op_slow(store_t *s)
{
    act(s, "a", NGX_CHAT_ACT_SLOW, "", 77);
}


static void
op_lock(store_t *s)
{
    act(s, "a", NGX_CHAT_ACT_LOCK, "", NGX_CHAT_LOCK_MEMBERS);
}


static void
op_kick(store_t *s)
{
    act(s, "a", NGX_CHAT_ACT_KICK, "one", 0);
}


static void
op_kick_long(store_t *s)
{
    act(s, "a", NGX_CHAT_ACT_KICK, LONG, 0);
}


/* The first time, and again; in a room that is slow. */

static void
op_write(store_t *s)
{
    store_actor(s, "one", "", NGX_CHAT_ROLE_NONE);
    assert_int_equal(store_send(s, "slow", "x"), NGX_CHAT_LOG_OK);
    s->caller.now += 50000;
    assert_int_equal(store_send(s, "slow", "x"), NGX_CHAT_LOG_OK);
}


static void
op_clean(store_t *s)
{
    s->caller.now += 20000;
    act(s, "a", NGX_CHAT_ACT_KICK, "one", 0);
}


/* Until rights are given back for it. */

static void
op_evict(store_t *s)
{
    char      name[64];
    unsigned  i;

    s->caller.now += 20000;
    store_actor(s, "one", "", NGX_CHAT_ROLE_NONE);
    (void) store_rights(s, "a");

    for (i = 0; s->log->rights == 3; i++) {
        snprintf(name, sizeof(name), "room-%050u", i);
        assert_int_equal(store_listen(s, 9, name), NGX_CHAT_LOG_OK);
        assert_true(i < 400);
    }

    assert_true(i > 10);
}


static void
op_acts(store_t *s)
{
    store_actor(s, "boss", "", NGX_CHAT_ROLE_OWNER);
    assert_int_equal(store_acts(s, "a", 10), NGX_CHAT_LOG_OK);
    assert_int_equal(store_rights(s, "a"), NGX_CHAT_LOG_OK);
}


static void
op_rebuild(store_t *s)
{
    (void) store_rebuild(s);
}


static void
state_of(store_t *s, const char *room, const char *user, state_t *state)
{
    ngx_chat_str_t         name;
    ngx_chat_log_room_t   *r;
    ngx_chat_log_whom_t    whom;
    ngx_chat_log_rights_t  rights;

    name = str(room);
    r = NULL;
    store_actor(s, user, "192.0.2.9", NGX_CHAT_ROLE_NONE);
    memset(&rights, 0, sizeof(rights));
    memset(state, 0, sizeof(state_t));

    store_begin(s);
    ngx_chat_log_clock(s->log, s->caller.now);
    (void) ngx_chat_log_room_find(s->log, &name, &r);
    (void) ngx_chat_log_may(&s->caller, r, &name, NGX_CHAT_RIGHT_WRITE,
                            &rights);

    if (r != NULL) {
        ngx_chat_log_whom(&whom, s->log, &name, NGX_CHAT_LOG_OF_KICK,
                          &s->actor.user.id);
        (void) ngx_chat_log_kick_read(s->log, r, &whom, &rights.kick);
    }

    ngx_chat_log_end(s->log);

    state->code = rights.verdict.code;
    state->until = rights.verdict.until;
    state->role = rights.verdict.role;
    state->kicked = rights.kick.role;
    state->conf = rights.conf;
}


static int
same(const state_t *a, const state_t *b)
{
    return a->code == b->code && a->until == b->until && a->role == b->role
           && a->kicked == b->kicked
           && a->conf.slow == b->conf.slow && a->conf.lock == b->conf.lock;
}


static void
prepare(store_t *s)
{
    s->caller.now = 1000000;
    assert_int_equal(store_listen(s, 2, "a"), NGX_CHAT_LOG_OK);
    act(s, "a", NGX_CHAT_ACT_BAN, "banned", 10000);
    act(s, "a", NGX_CHAT_ACT_MUTE, LONG "!", 10000);
    act(s, "a", NGX_CHAT_ACT_ROLE, "moderator", NGX_CHAT_ROLE_MODERATOR);
    act(s, "a", NGX_CHAT_ACT_SLOW, "", 10);
    act(s, "slow", NGX_CHAT_ACT_SLOW, "", 20);
    s->caller.actor = NULL;
    assert_int_equal(store_send(s, "a", "x"), NGX_CHAT_LOG_OK);
}


static const char *const  rooms[] = { "a", "slow", "fresh" };
static const char *const  users[] = {
    "one", "banned", "moderator", LONG, LONG "!", "nobody"
};

#define ROOMS   (sizeof(rooms) / sizeof(rooms[0]))
#define USERS   (sizeof(users) / sizeof(users[0]))
#define STATES  (ROOMS * USERS)


static void
states(store_t *s, state_t *to)
{
    unsigned  i;

    for (i = 0; i < STATES; i++) {
        state_of(s, rooms[i / USERS], users[i % USERS], &to[i]);
    }
}


/*
 * Each is as it was or as it will be; a version that is as it was says that
 * nothing was told to anybody.
 */

static void
check(store_t *s, const state_t *before, const state_t *after)
{
    unsigned                i, old, new;
    state_t                 now[STATES];
    const char             *fault;
    ngx_chat_log_cursor_t   cursor;

    fault = validate(s->log);

    if (fault != NULL) {
        fail_msg("%s", fault);
    }

    assert_int_equal(s->log->damaged, 0);
    states(s, now);
    old = 1;
    new = 1;

    for (i = 0; i < STATES; i++) {
        old &= same(&now[i], &before[i]);
        new &= same(&now[i], &after[i]);

        assert_true(now[i].conf.version == before[i].conf.version
                    || now[i].conf.version == after[i].conf.version);

        if (now[i].conf.version != after[i].conf.version) {
            assert_true(same(&now[i], &before[i]));
        }
    }

    assert_true(old || new);

    /* an act that is in the log was done */

    store_actor(s, "boss", "", NGX_CHAT_ROLE_OWNER);
    assert_int_equal(store_acts(s, "a", STORE_PAGE), NGX_CHAT_LOG_OK);
    assert_true(s->page.n >= 4);
    assert_true(s->recs[s->page.n - 1].version <= now[0].conf.version);
    assert_true(new || s->recs[s->page.n - 1].version
                       == before[0].conf.version);

    assert_int_equal(store_start(s, 9, &cursor), NGX_CHAT_LOG_OK);
    act(s, "a", NGX_CHAT_ACT_BAN, "next", 1000);
    assert_int_equal(s->rights.conf.version, now[0].conf.version + 1);
    act(s, "slow", NGX_CHAT_ACT_UNBAN, "one", 0);
    act(s, "fresh", NGX_CHAT_ACT_MUTE, LONG, 1);

    fault = validate(s->log);

    if (fault != NULL) {
        fail_msg("%s", fault);
    }
}


static void
every_step(operation_pt operation)
{
    int        done;
    store_t   *s;
    state_t    before[STATES], after[STATES];
    int64_t    now;
    unsigned   step;

    /* by the clock that it is after the operation */

    s = store_of(STORE_SIZE);
    prepare(s);
    operation(s);
    states(s, after);
    now = s->caller.now;
    store_free(s);

    s = store_of(STORE_SIZE);
    prepare(s);
    s->caller.now = now;
    states(s, before);
    store_free(s);

    done = 0;

    for (step = 1; !done && step < STEPS; step++) {
        s = store_of(STORE_SIZE);
        prepare(s);

        done = crash(s, operation, step);
        s->caller.now = now;

        if (!done) {
            assert_false(ngx_chat_log_begin(s->log));
            assert_int_equal(ngx_chat_log_rebuild(s->log, s->size,
                                                  store_seed), 0);
            ngx_chat_log_end(s->log);
        }

        check(s, before, after);
        store_free(s);
    }

    assert_true(done);
    assert_true(step > 2);
}


static void
test_acts(void **state)
{
    (void) state;

    every_step(op_ban_first);
    every_step(op_ban);
    every_step(op_ban_long);
    every_step(op_ban_longer);
    every_step(op_unban);
    every_step(op_mute);
    every_step(op_unmute);
    every_step(op_role);
    every_step(op_demote);
    every_step(op_slow);
    every_step(op_lock);
    every_step(op_kick);
    every_step(op_kick_long);
    every_step(op_acts);
}


static void
test_given_back(void **state)
{
    (void) state;

    every_step(op_clean);
    every_step(op_evict);
}


/* What somebody wrote is not an act: it is there, and its time is or not. */

static void
test_write(void **state)
{
    int        done;
    store_t   *s;
    unsigned   step;

    (void) state;
    done = 0;

    for (step = 1; !done && step < STEPS; step++) {
        s = store_of(STORE_SIZE);
        prepare(s);
        done = crash(s, op_write, step);
        s->caller.now = 1050000;

        if (!done) {
            assert_int_equal(store_rebuild(s), 0);
        }

        assert_null(validate(s->log));
        assert_int_equal(s->log->damaged, 0);
        s->caller.now += 20000;
        store_actor(s, "one", "", NGX_CHAT_ROLE_NONE);
        assert_int_equal(store_send(s, "slow", "y"), NGX_CHAT_LOG_OK);
        assert_int_equal(store_send(s, "slow", "y"), NGX_CHAT_LOG_REFUSED);
        assert_int_equal(s->stored.verdict.wait, 20000);
        assert_null(validate(s->log));

        store_free(s);
    }

    assert_true(done && step > 20);
}


/* It ends at each step, after an act that ended there. */

static void
every_rebuild(operation_pt operation, unsigned first, const state_t *before,
    const state_t *after)
{
    int        done;
    store_t   *s;
    unsigned   step;

    done = 0;

    for (step = 1 + first % 7; !done && step < STEPS; step += 7) {
        s = store_of(STORE_SIZE);
        prepare(s);
        (void) crash(s, operation, first);
        done = crash(s, op_rebuild, step);

        if (!done) {
            assert_int_equal(store_rebuild(s), 0);
        }

        check(s, before, after);
        store_free(s);
    }
}


/* From a sound store, and from one where an act was begun. */

static void
test_rebuild(void **state)
{
    store_t                    *s;
    state_t                     before[STATES], after[STATES];
    unsigned                    i, first;
    static const operation_pt   ops[] = { op_ban_longer, op_unmute };

    (void) state;

    every_step(op_rebuild);

    for (i = 0; i < 2; i++) {
        s = store_of(STORE_SIZE);
        prepare(s);
        states(s, before);
        ops[i](s);
        states(s, after);
        store_free(s);

        for (first = 2; first < 30; first += 3) {
            every_rebuild(ops[i], first, before, after);
        }
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_acts),
        cmocka_unit_test(test_given_back),
        cmocka_unit_test(test_write),
        cmocka_unit_test(test_rebuild),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
