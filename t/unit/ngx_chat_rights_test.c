
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Who may do what: every act by every role to every target, and every
 * combination of what is known when somebody enters, writes, moderates.
 */


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "chat_str.h"
#include "ngx_chat_rights.h"


#define NOW    1000000
#define ROLES  NGX_CHAT_ROLE_COUNT

/* who acts, by whom it is done to: none, member, moderator, owner */

typedef struct {
    const char  *name;
    const char  *other[ROLES];         /* 'y': may */
    const char  *self[ROLES];
} act_t;


static const act_t  acts[] = {
    { "kick",   { "----", "----", "yy--", "yyy-" },
                { "----", "----", "----", "----" } },
    { "ban",    { "----", "----", "yy--", "yyy-" },
                { "----", "----", "----", "----" } },
    { "mute",   { "----", "----", "yy--", "yyy-" },
                { "----", "----", "----", "----" } },
    { "unban",  { "----", "----", "yyyy", "yyyy" },
                { "----", "----", "yyyy", "yyyy" } },
    { "unmute", { "----", "----", "yyyy", "yyyy" },
                { "----", "----", "yyyy", "yyyy" } },
    { "slow",   { "----", "----", "yyyy", "yyyy" },
                { "----", "----", "yyyy", "yyyy" } },
    { "lock",   { "----", "----", "yyyy", "yyyy" },
                { "----", "----", "yyyy", "yyyy" } },
    { "unlock", { "----", "----", "yyyy", "yyyy" },
                { "----", "----", "yyyy", "yyyy" } },
    { "clear",  { "----", "----", "----", "yyyy" },
                { "----", "----", "----", "yyyy" } }
};


/* a role is given: by whom, of who has another */

static const struct {
    const char  *other[ROLES];         /* for each role that is given */
    const char  *self[ROLES];
} gives[ROLES] = {
    { { "----", "----", "----", "----" },
      { "----", "----", "----", "----" } },
    { { "----", "----", "----", "----" },
      { "----", "----", "----", "----" } },
    { { "yy--", "yy--", "----", "----" },
      { "-yyy", "--yy", "---y", "----" } },
    { { "yyyy", "yyyy", "yyyy", "yyyy" },
      { "-yyy", "--yy", "---y", "----" } }
};


static void
may(ngx_chat_mod_t *mod, unsigned role, const char *other, const char *self)
{
    unsigned         target;
    ngx_chat_code_e  code;

    for (target = 0; target < ROLES; target++) {
        code = ngx_chat_rights_may(role, mod, target, 0);
        assert_int_equal(code, other[target] == 'y'
                               ? NGX_CHAT_CODE_OK : NGX_CHAT_CODE_FORBIDDEN);

        code = ngx_chat_rights_may(role, mod, target, 1);
        assert_int_equal(code, self[target] == 'y'
                               ? NGX_CHAT_CODE_OK : NGX_CHAT_CODE_FORBIDDEN);
    }
}


static void
test_may(void **state)
{
    unsigned         i, role, n;
    ngx_chat_str_t   name;
    ngx_chat_mod_t   mod;

    (void) state;

    n = 0;
    memset(&mod, 0, sizeof(mod));

    for (i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
        name = str(acts[i].name);
        assert_true(ngx_chat_rights_act(&name, &mod.act));

        for (role = 0; role < ROLES; role++) {
            may(&mod, role, acts[i].other[role], acts[i].self[role]);
        }

        n++;
    }

    mod.act = NGX_CHAT_ACT_ROLE;

    for (role = 0; role < ROLES; role++) {
        for (i = 0; i < ROLES; i++) {
            mod.role = i;
            may(&mod, role, gives[role].other[i], gives[role].self[i]);
        }
    }

    /* "role", and NONE, are those that the table does not have */

    assert_int_equal(n, NGX_CHAT_ACT_COUNT - 2);

    mod.act = NGX_CHAT_ACT_NONE;
    may(&mod, NGX_CHAT_ROLE_OWNER, "----", "----");
    mod.act = NGX_CHAT_ACT_COUNT;
    may(&mod, NGX_CHAT_ROLE_OWNER, "----", "----");
}


/* What is known of somebody, a digit for each. */

typedef struct {
    unsigned  given;                   /* role */
    unsigned  stored;                  /* role */
    unsigned  banned;                  /* 0 never, 1 over, 2 now, 3 ends now */
    unsigned  address;                 /* the same */
    unsigned  muted;                   /* the same */
    unsigned  quiet;                   /* the same, of the address */
    unsigned  lock;
    unsigned  slow;                    /* 0 off, 1 never wrote, 2 just now,
                                          3 long ago, 4 in the future */
    unsigned  reads;
} known_t;

static const unsigned  bounds[] = { ROLES, ROLES, 4, 4, 4, 4, 3, 5, 2 };

static const int64_t  ends[] = { 0, NOW - 5, NOW + 5, NOW };


static void
expect(const known_t *k, ngx_chat_right_e right, ngx_chat_verdict_t *v)
{
    memset(v, 0, sizeof(ngx_chat_verdict_t));
    v->code = NGX_CHAT_CODE_OK;
    v->role = (k->given > k->stored) ? k->given : k->stored;

    if (v->role == NGX_CHAT_ROLE_MODERATOR || v->role == NGX_CHAT_ROLE_OWNER) {
        return;
    }

    if (k->banned == 2 || k->address == 2) {
        v->code = NGX_CHAT_CODE_BANNED;
        v->until = NOW + 5 + (k->address == 2);

    } else if (k->lock == NGX_CHAT_LOCK_MEMBERS
               && v->role == NGX_CHAT_ROLE_NONE)
    {
        v->code = NGX_CHAT_CODE_FORBIDDEN;

    } else if (right == NGX_CHAT_RIGHT_MODERATE) {
        v->code = NGX_CHAT_CODE_FORBIDDEN;

    } else if (right == NGX_CHAT_RIGHT_ENTER) {
        return;

    } else if (k->reads) {
        v->code = NGX_CHAT_CODE_FORBIDDEN;

    } else if (k->muted == 2 || k->quiet == 2) {
        v->code = NGX_CHAT_CODE_MUTED;
        v->until = NOW + 5 + (k->quiet == 2);

    } else if (k->lock == NGX_CHAT_LOCK_WRITE) {
        v->code = NGX_CHAT_CODE_LOCKED;

    } else if ((k->slow == 2 || k->slow == 4)
               && right == NGX_CHAT_RIGHT_WRITE)
    {
        v->code = NGX_CHAT_CODE_SLOW_MODE;
        v->wait = (k->slow == 2) ? 9900 : 10000;
    }
}


static void
judge(const known_t *k)
{
    unsigned               right;
    ngx_chat_case_t        asked;
    ngx_chat_actor_t       actor;
    ngx_chat_rights_t      user, address;
    ngx_chat_verdict_t     verdict, expected;
    ngx_chat_room_conf_t   conf;
    static const int64_t   wrote[] = { 0, 0, NOW - 100, NOW - 10000,
                                       NOW + 100000 };

    memset(&actor, 0, sizeof(actor));
    memset(&user, 0, sizeof(user));
    memset(&address, 0, sizeof(address));
    memset(&conf, 0, sizeof(conf));

    actor.given = k->given;
    actor.reads = k->reads & 1;
    user.role = k->stored;
    user.banned = ends[k->banned];
    user.muted = ends[k->muted];
    user.wrote = wrote[k->slow];
    address.banned = ends[k->address] + (k->address == 2);
    conf.lock = k->lock;
    conf.slow = (k->slow == 0) ? 0 : 10;

    address.muted = ends[k->quiet] + (k->quiet == 2);

    /* an address has no role */

    address.role = NGX_CHAT_ROLE_OWNER;

    asked.actor = &actor;
    asked.conf = &conf;
    asked.rights = &user;
    asked.address = &address;
    asked.now = NOW;

    for (right = 0; right <= NGX_CHAT_RIGHT_CHANGE; right++) {
        memset(&verdict, 0xff, sizeof(verdict));
        ngx_chat_rights_check(&verdict, right, &asked);
        expect(k, right, &expected);

        assert_int_equal(verdict.code, expected.code);
        assert_int_equal(verdict.role, expected.role);
        assert_int_equal(verdict.until, expected.until);
        assert_int_equal(verdict.wait, expected.wait);
    }
}


/* Whoever said it; moderators take away; a backend does both. */

static void
test_change(void **state)
{
    unsigned          role, any;
    ngx_chat_str_t    ann, bob, nobody;
    ngx_chat_actor_t  actor;

    (void) state;

    ann = str("ann");
    bob = str("bob");
    nobody = str("");

    memset(&actor, 0, sizeof(actor));
    actor.user.id = ann;

    for (role = 0; role < ROLES; role++) {
        for (any = 0; any < 2; any++) {
            actor.any = any & 1;

            assert_true(ngx_chat_rights_change(&actor, role, &ann, 1));
            assert_true(ngx_chat_rights_change(&actor, role, &ann, 0));
            assert_int_equal(ngx_chat_rights_change(&actor, role, &bob, 1),
                             any);
            assert_int_equal(ngx_chat_rights_change(&actor, role, &bob, 0),
                             any || role >= NGX_CHAT_ROLE_MODERATOR);
            assert_int_equal(ngx_chat_rights_change(&actor, role, &nobody, 1),
                             any);
        }
    }

    actor.any = 0;
    actor.user.id = nobody;
    assert_false(ngx_chat_rights_change(&actor, 0, &nobody, 0));
}


static void
test_check(void **state)
{
    unsigned  i, n, cases, *digit;
    known_t   known;

    (void) state;

    cases = 0;
    memset(&known, 0, sizeof(known));
    digit = &known.given;
    n = sizeof(bounds) / sizeof(bounds[0]);

    do {
        judge(&known);
        cases++;

        for (i = 0; i < n && ++digit[i] == bounds[i]; i++) {
            digit[i] = 0;
        }
    } while (i < n);

    assert_int_equal(cases, ROLES * ROLES * 4 * 4 * 4 * 4 * 3 * 5 * 2);
}


static void
test_names(void **state)
{
    unsigned             i;
    ngx_chat_str_t       name;
    ngx_chat_act_e       act;
    ngx_chat_role_e      role;
    static const char *const  none[] = {
        "", "Ban", "ban ", "banned", "ba", "moder", "Owner", "count", "0"
    };

    (void) state;

    for (i = 0; i < NGX_CHAT_ROLE_COUNT; i++) {
        name = str(ngx_chat_rights_role_name(i));
        assert_true(ngx_chat_rights_role(&name, &role));
        assert_int_equal(role, i);
    }

    for (i = 1; i < NGX_CHAT_ACT_COUNT; i++) {
        name = str(ngx_chat_rights_act_name(i));
        assert_true(ngx_chat_rights_act(&name, &act));
        assert_int_equal(act, i);
    }

    for (i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        name = str(none[i]);
        assert_false(ngx_chat_rights_role(&name, &role));
        assert_false(ngx_chat_rights_act(&name, &act));
    }

    assert_null(ngx_chat_rights_role_name(NGX_CHAT_ROLE_COUNT));
    assert_null(ngx_chat_rights_act_name(NGX_CHAT_ACT_NONE));
    assert_null(ngx_chat_rights_act_name(NGX_CHAT_ACT_COUNT));
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_may),
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_change),
        cmocka_unit_test(test_names),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
