
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Acts of moderation in a small store, for the unit tests.
 */


#ifndef LOG_ACT_H_INCLUDED
#define LOG_ACT_H_INCLUDED


#include "log_store.h"
#include "log_validate.h"


#define MODERATOR  NGX_CHAT_ROLE_MODERATOR
#define OWNER      NGX_CHAT_ROLE_OWNER
#define NONE       NGX_CHAT_ROLE_NONE


static inline void
check(store_t *s)
{
    const char  *fault;

    fault = validate(s->log);

    if (fault != NULL) {
        fail_msg("%s", fault);
    }
}


/* The owner does it; the caller is who it was before. */

static inline ngx_chat_log_rc_e
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


static inline void
done(store_t *s, const char *room, ngx_chat_act_e what, const char *user,
    int64_t time)
{
    ngx_chat_mod_t  mod;

    mod = store_mod(what, user, time);
    assert_int_equal(act(s, room, &mod), NGX_CHAT_LOG_OK);
}


static inline void
done_role(store_t *s, const char *room, const char *user, ngx_chat_role_e role)
{
    ngx_chat_mod_t  mod;

    mod = store_mod(NGX_CHAT_ACT_ROLE, user, 0);
    mod.role = role;
    assert_int_equal(act(s, room, &mod), NGX_CHAT_LOG_OK);
}


static inline void
done_slow(store_t *s, const char *room, uint32_t slow)
{
    ngx_chat_mod_t  mod;

    mod = store_mod(NGX_CHAT_ACT_SLOW, "", 0);
    mod.slow = slow;
    assert_int_equal(act(s, room, &mod), NGX_CHAT_LOG_OK);
}


static inline ngx_chat_log_rc_e
say(store_t *s, const char *room, const char *cid)
{
    ngx_chat_wire_t  rec;

    rec = store_wire(room, "u", cid, "text");

    return store_say(s, &rec);
}


#endif /* LOG_ACT_H_INCLUDED */
