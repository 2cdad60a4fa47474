
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * What the fuzz target of the embedded store is made of, and its operations on
 * the rights of rooms.
 */


#ifndef LOG_FUZZ_H_INCLUDED
#define LOG_FUZZ_H_INCLUDED


#include <stdint.h>

#include "log_store.h"


#define ROOMS     12
#define SLOTS     3
#define MESSAGES  4096

#define UNSEEN    0
#define BEGUN     1
#define COMMITTED 2
#define TOLD      3                    /* to its sender */


typedef struct {
    unsigned               state;
    unsigned               room;
    uint64_t               seq;        /* when it is known */
    unsigned char          epoch[NGX_CHAT_LOG_EPOCH_LEN];
    unsigned               kept;
} message_t;


typedef struct {
    store_t               *s;
    const uint8_t         *pos;
    const uint8_t         *end;
    ngx_chat_log_cursor_t  cursor[SLOTS];
    unsigned               flipped;
    unsigned               n;
    unsigned               saying;     /* the message that is under way */
    uint8_t                op[6];
    message_t              messages[MESSAGES];
} fuzz_t;


static const char *const  room_names[ROOMS] = {
    "a", "b", "c", "d", "e", "f", "g", "h", "i", "j",
    "a room whose name does not fit into the one cell that rooms have",
    "another room whose name does not fit into the one cell that rooms have, "
    "nor into two of them, for it goes on and on and on and on and on and on "
    "and on and on and on"
};


/* Who does it: one of some users, at one of some addresses. */

static inline void
actor(fuzz_t *f)
{
    static char  id[24], ip[24];

    snprintf(id, sizeof(id), "user%u", f->op[4] & 63u);
    snprintf(ip, sizeof(ip), "192.0.2.%u", f->op[4] & 3u);
    store_actor(f->s, id, ip, (f->op[4] >> 6) & 3);
    f->s->actor.reads = f->op[5] >> 7;
}


static inline void
op_moderate(fuzz_t *f)
{
    char                        user[24], ip[24];
    ngx_chat_mod_t              mod;
    ngx_chat_str_t              room;
    ngx_chat_log_rc_e           rc;
    ngx_chat_log_rights_t       mine;
    static const unsigned char  why[NGX_CHAT_RIGHTS_WHY_MAX];

    actor(f);
    f->s->actor.given |= (f->op[5] >> 3) & 3;
    room = str(room_names[f->op[1] % ROOMS]);
    snprintf(user, sizeof(user), "user%u", f->op[2] & 63u);
    snprintf(ip, sizeof(ip), "192.0.2.%u", f->op[2] & 3u);

    mod = store_mod(f->op[3] % (NGX_CHAT_ACT_COUNT + 1), user, f->op[2]);
    mod.role = f->op[5] % (NGX_CHAT_ROLE_COUNT + 1);
    mod.slow = f->op[2] & 0x1f;
    mod.lock = f->op[2] % 4;
    mod.why = str_of(why, f->op[2] % sizeof(why));

    if (f->op[2] & 0x40) {
        mod.user.len = 0;
        mod.ip = str(ip);
    }

    if (f->op[2] & 0x80) {
        mod.user = str(room_names[ROOMS - 1]);
    }

    rc = ngx_chat_log_moderate(&f->s->caller, &room, &mod, &f->s->rights);

    if (!f->flipped
        && rc == NGX_CHAT_LOG_OK
        && (ngx_chat_log_rights(&f->s->caller, &room, &mine)
            == NGX_CHAT_LOG_BROKEN
            || mine.conf.version != f->s->rights.conf.version))
    {
        abort();
    }
}


static inline void
op_rights(fuzz_t *f)
{
    size_t                i;
    store_t              *s;
    ngx_chat_str_t        room;
    ngx_chat_log_query_t  query;

    s = f->s;
    actor(f);
    room = str(room_names[f->op[1] % ROOMS]);
    (void) ngx_chat_log_rights(&s->caller, &room, &s->rights);

    memset(&query, 0, sizeof(query));
    query.limit = f->op[2] % STORE_PAGE;
    query.size = (f->op[2] & 0x80) ? 300 : STORE_SIZE;
    s->page.buf = s->page_buf;
    s->page.recs = s->recs;

    if (ngx_chat_log_acts(&s->caller, &room, &query, &s->page)
        != NGX_CHAT_LOG_OK)
    {
        return;
    }

    for (i = 0; i < s->page.n; i++) {
        if (s->recs[i].kind != NGX_CHAT_WIRE_MOD
            || (i > 0 && s->recs[i].version <= s->recs[i - 1].version))
        {
            abort();
        }
    }
}


#endif /* LOG_FUZZ_H_INCLUDED */
