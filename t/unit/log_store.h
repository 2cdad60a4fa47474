
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * A small store for the unit tests, in memory of just its size.
 */


#ifndef LOG_STORE_H_INCLUDED
#define LOG_STORE_H_INCLUDED


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat_str.h"
#include "ngx_chat_log_region.h"


#define STORE_PAGE   64                /* records, users */
#define STORE_SIZE   (64 * 1024)


typedef struct {
    ngx_chat_log_t          *log;
    size_t                   size;
    ngx_chat_log_caller_t    caller;   /* slot 0 */
    ngx_chat_log_keep_t      keep;
    unsigned                 damaged;  /* by the test */

    unsigned char           *buf;      /* of read() */
    ngx_chat_wire_t          rec;

    unsigned char           *page_buf;
    ngx_chat_wire_t          recs[STORE_PAGE];
    ngx_chat_log_page_t      page;

    unsigned char            users_buf[STORE_PAGE * NGX_CHAT_LOG_USER_MAX];
    ngx_chat_user_t          users[STORE_PAGE];
    ngx_chat_log_list_t      list;

    ngx_chat_log_stored_t    stored;
    ngx_chat_log_present_t   present;
    ngx_chat_log_slots_t     wake;

    ngx_chat_actor_t         actor;    /* of store_act() */
    ngx_chat_log_rights_t    rights;
} store_t;


static const unsigned char  store_seed[16] = "0123456789abcdef";
static const unsigned char  store_print[16] = "PRINTPRINTPRINTP";


static inline store_t *
store_of(size_t size)
{
    store_t  *s;

    s = calloc(1, sizeof(store_t));

    if (s == NULL) {
        abort();
    }

    s->size = size;
    s->log = malloc(size);

    if (s->log == NULL || !ngx_chat_log_init(s->log, size, store_seed)) {
        abort();
    }

    s->buf = malloc(ngx_chat_log_record_max(s->log) + NGX_CHAT_LOG_AROUND);
    s->page_buf = malloc(ngx_chat_log_record_max(s->log) + STORE_SIZE);

    if (s->buf == NULL || s->page_buf == NULL) {
        abort();
    }

    s->caller.log = s->log;
    s->caller.now = 1000;

    s->keep.count = 1000;
    s->keep.time = 1000000;
    s->keep.dedupe = 1000;

    return s;
}


static inline void
store_free(store_t *s)
{
    free(s->log);
    free(s->buf);
    free(s->page_buf);
    free(s);
}


/* Returns 0 if the store was damaged, and has been found to be. */

static inline int
store_may(store_t *s)
{
    if (ngx_chat_log_begin(s->log)) {
        return 1;
    }

    if (!s->damaged) {
        abort();
    }

    return 0;
}


static inline void
store_begin(store_t *s)
{
    if (!store_may(s)) {
        abort();
    }
}


static inline ngx_chat_wire_t
store_wire(const char *room, const char *user, const char *cid,
    const char *body)
{
    ngx_chat_wire_t  rec;

    memset(&rec, 0, sizeof(rec));
    rec.kind = NGX_CHAT_WIRE_MESSAGE;
    rec.room = str(room);
    rec.user = str(user);
    rec.cid = str(cid);
    rec.body = str(body);

    return rec;
}


static inline ngx_chat_log_rc_e
store_say(store_t *s, const ngx_chat_wire_t *rec)
{
    ngx_chat_log_rc_e  rc;

    if (!store_may(s)) {
        return NGX_CHAT_LOG_BROKEN;
    }

    rc = ngx_chat_log_publish(&s->caller, rec, &s->keep, store_print,
                              &s->stored);
    ngx_chat_log_end(s->log);

    return rc;
}


static inline ngx_chat_log_rc_e
store_send(store_t *s, const char *room, const char *body)
{
    ngx_chat_wire_t  rec;

    rec = store_wire(room, "u", "", body);

    return store_say(s, &rec);
}


static inline ngx_chat_log_rc_e
store_listen(store_t *s, unsigned slot, const char *room)
{
    ngx_chat_str_t     name;
    ngx_chat_log_rc_e  rc;

    name = str(room);

    if (!store_may(s)) {
        return NGX_CHAT_LOG_BROKEN;
    }

    rc = ngx_chat_log_subscribe(s->log, slot, &name);
    ngx_chat_log_end(s->log);

    return rc;
}


static inline ngx_chat_log_rc_e
store_start(store_t *s, unsigned slot, ngx_chat_log_cursor_t *cursor)
{
    if (!store_may(s)) {
        return NGX_CHAT_LOG_BROKEN;
    }

    ngx_chat_log_start(s->log, slot, cursor);
    ngx_chat_log_end(s->log);

    return NGX_CHAT_LOG_OK;
}


static inline ngx_chat_log_rc_e
store_read(store_t *s, ngx_chat_log_cursor_t *cursor)
{
    unsigned  budget;

    budget = 1000000;

    return ngx_chat_log_read(s->log, cursor, &budget, s->buf, &s->rec);
}


static inline ngx_chat_log_rc_e
store_history(store_t *s, const char *room, ngx_chat_log_part_e part,
    uint64_t number, size_t limit)
{
    ngx_chat_str_t        name;
    ngx_chat_log_rc_e     rc;
    ngx_chat_log_query_t  query;

    memset(&query, 0, sizeof(query));
    query.part = part;
    query.number = number;
    query.limit = limit;
    query.size = STORE_SIZE;
    query.keep = s->keep;

    name = str(room);
    s->page.buf = s->page_buf;
    s->page.recs = s->recs;

    if (!store_may(s)) {
        return NGX_CHAT_LOG_BROKEN;
    }

    rc = ngx_chat_log_history(&s->caller, &name, &query, &s->page);
    ngx_chat_log_end(s->log);

    return rc;
}


static inline ngx_chat_log_rc_e
store_enter(store_t *s, unsigned slot, const char *room, const char *user)
{
    ngx_chat_str_t         name;
    ngx_chat_user_t        u;
    ngx_chat_log_rc_e      rc;
    ngx_chat_log_caller_t  caller;

    name = str(room);
    u.id = str(user);
    u.name = str("Name");

    caller = s->caller;
    caller.slot = slot;

    if (!store_may(s)) {
        return NGX_CHAT_LOG_BROKEN;
    }

    rc = ngx_chat_log_enter(&caller, &name, &u, &s->present);
    ngx_chat_log_end(s->log);

    return rc;
}


static inline ngx_chat_log_rc_e
store_leave(store_t *s, unsigned slot, const char *room, const char *user)
{
    ngx_chat_str_t         name, id;
    ngx_chat_log_rc_e      rc;
    ngx_chat_log_caller_t  caller;

    name = str(room);
    id = str(user);

    caller = s->caller;
    caller.slot = slot;

    if (!store_may(s)) {
        return NGX_CHAT_LOG_BROKEN;
    }

    rc = ngx_chat_log_leave(&caller, &name, &id, &s->present);
    ngx_chat_log_end(s->log);

    return rc;
}


static inline ngx_chat_log_rc_e
store_list(store_t *s, const char *room, const char *after, size_t limit)
{
    ngx_chat_str_t     name, id;
    ngx_chat_log_rc_e  rc;

    name = str(room);
    id = str(after);

    s->list.buf = s->users_buf;
    s->list.users = s->users;
    s->list.limit = limit;

    if (!store_may(s)) {
        return NGX_CHAT_LOG_BROKEN;
    }

    rc = ngx_chat_log_list(s->log, &name, &id, &s->list);
    ngx_chat_log_end(s->log);

    return rc;
}


/* Who asks from now on. */

static inline void
store_actor(store_t *s, const char *user, const char *ip, ngx_chat_role_e role)
{
    memset(&s->actor, 0, sizeof(s->actor));
    s->actor.user.id = str(user);
    s->actor.user.name = str("Name");
    s->actor.ip = str(ip);
    s->actor.given = role;
    s->caller.actor = &s->actor;
}


static inline ngx_chat_mod_t
store_mod(ngx_chat_act_e act, const char *user, int64_t time)
{
    ngx_chat_mod_t  mod;

    memset(&mod, 0, sizeof(mod));
    mod.act = act;
    mod.user = str(user);
    mod.ip = str("");
    mod.time = time;
    mod.why = str("because");

    return mod;
}


static inline ngx_chat_log_rc_e
store_moderate(store_t *s, const char *room, const ngx_chat_mod_t *mod)
{
    ngx_chat_str_t     name;
    ngx_chat_log_rc_e  rc;

    name = str(room);

    if (!store_may(s)) {
        return NGX_CHAT_LOG_BROKEN;
    }

    rc = ngx_chat_log_moderate(&s->caller, &name, mod, &s->rights);
    ngx_chat_log_end(s->log);

    return rc;
}


static inline ngx_chat_log_rc_e
store_rights(store_t *s, const char *room)
{
    ngx_chat_str_t     name;
    ngx_chat_log_rc_e  rc;

    name = str(room);

    if (!store_may(s)) {
        return NGX_CHAT_LOG_BROKEN;
    }

    rc = ngx_chat_log_rights(&s->caller, &name, &s->rights);
    ngx_chat_log_end(s->log);

    return rc;
}


static inline ngx_chat_log_rc_e
store_acts(store_t *s, const char *room, size_t limit)
{
    ngx_chat_str_t        name;
    ngx_chat_log_rc_e     rc;
    ngx_chat_log_query_t  query;

    memset(&query, 0, sizeof(query));
    query.limit = limit;
    query.size = STORE_SIZE;

    name = str(room);
    s->page.buf = s->page_buf;
    s->page.recs = s->recs;

    if (!store_may(s)) {
        return NGX_CHAT_LOG_BROKEN;
    }

    rc = ngx_chat_log_acts(&s->caller, &name, &query, &s->page);
    ngx_chat_log_end(s->log);

    return rc;
}


static inline size_t
store_rebuild(store_t *s)
{
    size_t  lost;

    (void) ngx_chat_log_begin(s->log);
    lost = ngx_chat_log_rebuild(s->log, s->size, store_seed);
    ngx_chat_log_end(s->log);

    return lost;
}


#endif /* LOG_STORE_H_INCLUDED */
