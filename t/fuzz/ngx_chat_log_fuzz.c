
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The embedded store, whose users end at any step and whose bits are flipped.
 *
 * The input is a list of operations.  Every message has a number of its own in
 * its text, so that what is read can be told from what was never committed;
 * a room's epoch and number are never seen with two texts.  Without flips,
 * what was acknowledged is there, too, or is below the floor.
 */


#include <setjmp.h>
#include <stdint.h>

#include "log_fuzz.h"
#include "log_validate.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static jmp_buf    crash_at;
static unsigned   crash_in;            /* steps, 0: never */
static fuzz_t    *crash_fuzz;


static void
hook(const char *where)
{
    fuzz_t  *f;

    f = crash_fuzz;

    if (strcmp(where, "committed") == 0
        && f->messages[f->saying].state == BEGUN)
    {
        f->messages[f->saying].state = COMMITTED;
    }

    if (crash_in != 0 && --crash_in == 0) {
        longjmp(crash_at, 1);
    }
}


static void
rebuild(fuzz_t *f)
{
    unsigned     i;
    const char  *fault;

    (void) ngx_chat_log_begin(f->s->log);
    (void) ngx_chat_log_rebuild(f->s->log, f->s->size, store_seed);

    fault = validate(f->s->log);

    if (fault != NULL) {
        fprintf(stderr, "%s\n", fault);
        abort();
    }

    for (i = 0; i < SLOTS; i++) {
        ngx_chat_log_start(f->s->log, i, &f->cursor[i]);
    }

    ngx_chat_log_end(f->s->log);
}


/* What was read: it must have been said, and committed, and nothing else. */

static void
seen(fuzz_t *f, const ngx_chat_wire_t *rec)
{
    char        text[24];
    unsigned    i, n;
    message_t  *m;

    if (rec->body.len == 0 || rec->kind == NGX_CHAT_WIRE_MOD) {
        return;
    }

    snprintf(text, sizeof(text), "%.*s",
             (int) (rec->body.len < 20 ? rec->body.len : 20), rec->body.data);
    n = (unsigned) atoi(text);

    if (n >= f->n || f->messages[n].state < COMMITTED) {
        abort();
    }

    m = &f->messages[n];

    if (!str_is(&rec->room, room_names[m->room])) {
        abort();
    }

    if (m->seq != 0
        && (m->seq != rec->seq
            || memcmp(m->epoch, rec->epoch.data, sizeof(m->epoch)) != 0))
    {
        abort();
    }

    if (m->seq == 0) {
        m->seq = rec->seq;
        memcpy(m->epoch, rec->epoch.data, sizeof(m->epoch));
    }

    for (i = 0; i < f->n; i++) {
        if (i != n
            && f->messages[i].seq == m->seq
            && memcmp(f->messages[i].epoch, m->epoch, sizeof(m->epoch)) == 0)
        {
            abort();
        }
    }
}


static void
op_publish(fuzz_t *f)
{
    size_t                 len, max;
    store_t               *s;
    message_t             *m;
    unsigned char         *body;
    ngx_chat_wire_t        rec;
    ngx_chat_log_rc_e      rc;
    static const char *const  cids[] = { "", "", "x", "yy" };

    if (f->n == MESSAGES) {
        return;
    }

    s = f->s;
    f->saying = f->n++;
    m = &f->messages[f->saying];
    m->room = f->op[1] % ROOMS;
    m->state = BEGUN;
    m->kept = (f->op[2] & 3) != 0;

    max = ngx_chat_log_record_max(s->log);
    len = (f->op[2] & 0x80) ? f->op[3] * max / 250 : f->op[3];
    body = (unsigned char *) s->recs;

    if (len > sizeof(s->recs) - 24) {
        len = sizeof(s->recs) - 24;
    }

    memset(body, ' ', len + 24);
    snprintf((char *) body, 24, "%u ", f->saying);
    body[strlen((char *) body)] = ' ';

    rec = store_wire(room_names[m->room], f->op[4] & 1 ? "u" : "user",
                     cids[(f->op[2] >> 2) & 3], "");
    rec.body = str_of(body, len + 12);
    s->keep.count = (f->op[2] & 3) * 10;
    s->keep.dedupe = (f->op[2] & 0x10) ? 0 : 50;

    if (f->op[4] & 2) {
        actor(f);
    }

    rc = ngx_chat_log_publish(&s->caller, &rec, &s->keep,
                              store_print, &s->stored);

    if (rc != NGX_CHAT_LOG_OK) {

        /* what was refused is not there */

        if (rc != NGX_CHAT_LOG_BROKEN && m->state != BEGUN) {
            abort();
        }

        return;
    }

    if (s->stored.dup) {
        if (m->state != BEGUN) {
            abort();
        }

        return;
    }

    if (m->state != COMMITTED || s->stored.seq == 0) {
        abort();
    }

    m->state = TOLD;
    m->seq = s->stored.seq;
    memcpy(m->epoch, s->stored.epoch, sizeof(m->epoch));
}


static void
op_listen(fuzz_t *f)
{
    ngx_chat_str_t  room;

    room = str(room_names[f->op[1] % ROOMS]);

    if (f->op[2] & 0x80) {
        (void) ngx_chat_log_unsubscribe(f->s->log, f->op[2] % SLOTS, &room);
    } else {
        (void) ngx_chat_log_subscribe(f->s->log, f->op[2] % SLOTS, &room);
    }
}


static void
op_signal(fuzz_t *f)
{
    ngx_chat_wire_t  rec;

    rec = store_wire(room_names[f->op[1] % ROOMS], "u", "", "");
    rec.kind = NGX_CHAT_WIRE_TYPING;

    (void) ngx_chat_log_signal(&f->s->caller, &rec, &f->s->wake);
}


static void
op_user(fuzz_t *f)
{
    char                   id[24];
    ngx_chat_str_t         room;
    ngx_chat_user_t        user;
    ngx_chat_log_caller_t  caller;
    static const unsigned char  name[NGX_CHAT_LOG_USER_MAX];

    caller = f->s->caller;
    caller.slot = f->op[1] >> 4;
    room = str(room_names[f->op[1] % ROOMS]);
    snprintf(id, sizeof(id), "user%u", f->op[2] & 63u);
    user.id = str(id);
    user.name = str_of(name, (size_t) f->op[3] * 2);

    if (f->op[2] & 0x80) {
        (void) ngx_chat_log_leave(&caller, &room, &user.id, &f->s->present);
    } else {
        (void) ngx_chat_log_enter(&caller, &room, &user, &f->s->present);
    }
}


static void
op_list(fuzz_t *f)
{
    ngx_chat_str_t  room, after;

    room = str(room_names[f->op[1] % ROOMS]);
    after = str("user2");
    f->s->list.buf = f->s->users_buf;
    f->s->list.users = f->s->users;
    f->s->list.limit = f->op[2] % STORE_PAGE;
    f->s->list.all = f->op[2] >> 7;

    (void) ngx_chat_log_list(f->s->log, &room, &after, &f->s->list);
}


static void
op_sweep(fuzz_t *f)
{
    uint32_t               cell;
    ngx_chat_log_caller_t  caller;

    caller = f->s->caller;
    caller.slot = f->op[1] >> 4;
    cell = 0;

    while (ngx_chat_log_sweep(&caller, &cell, &f->s->wake) == NGX_CHAT_LOG_OK)
    {
        /* void */
    }
}


static void
op_start(fuzz_t *f)
{
    unsigned  i;

    i = f->op[1] % SLOTS;
    ngx_chat_log_start(f->s->log, i, &f->cursor[i]);
}


static void
op_history(fuzz_t *f)
{
    size_t                i;
    store_t              *s;
    ngx_chat_str_t        room;
    ngx_chat_log_query_t  query;

    s = f->s;
    room = str(room_names[f->op[1] % ROOMS]);

    memset(&query, 0, sizeof(query));
    query.part = f->op[2] & 3;
    query.number = f->op[3];
    query.limit = f->op[4] % STORE_PAGE;
    query.size = (f->op[2] & 0x10) ? 1000 : STORE_SIZE;
    query.keep.count = (f->op[2] & 0x20) ? 5 : 1000;
    query.keep.time = (f->op[2] & 0x40) ? 20 : 1000000;

    s->page.buf = s->page_buf;
    s->page.recs = s->recs;

    if (ngx_chat_log_history(&s->caller, &room, &query, &s->page)
        != NGX_CHAT_LOG_OK)
    {
        return;
    }

    if (s->page.n > query.limit) {
        abort();
    }

    for (i = 0; i < s->page.n; i++) {
        if (i > 0 && s->recs[i].seq <= s->recs[i - 1].seq) {
            abort();
        }

        seen(f, &s->recs[i]);
    }
}


/* What was told is there, while nothing was damaged. */

static void
acknowledged(fuzz_t *f)
{
    unsigned              i;
    store_t              *s;
    message_t            *m;
    ngx_chat_str_t        room;
    ngx_chat_log_query_t  query;

    s = f->s;
    memset(&query, 0, sizeof(query));
    query.part = NGX_CHAT_LOG_BEFORE;
    query.limit = 1;
    query.size = STORE_SIZE;
    query.keep.count = 100000;
    query.keep.time = 100000000;
    s->page.buf = s->page_buf;
    s->page.recs = s->recs;

    for (i = 0; i < f->n; i++) {
        m = &f->messages[i];

        if (m->state != TOLD || !m->kept) {
            continue;
        }

        room = str(room_names[m->room]);
        query.number = m->seq + 1;

        (void) ngx_chat_log_begin(s->log);

        if (ngx_chat_log_history(&s->caller, &room, &query, &s->page)
            == NGX_CHAT_LOG_OK
            && memcmp(s->page.epoch, m->epoch, sizeof(m->epoch)) == 0
            && (s->page.top < m->seq
                || (s->page.floor <= m->seq
                    && (s->page.n != 1 || s->recs[0].seq != m->seq))))
        {
            abort();
        }

        ngx_chat_log_end(s->log);
    }
}


/* Readers take no lock. */

static void
op_read(fuzz_t *f)
{
    unsigned           budget;
    ngx_chat_log_rc_e  rc;

    budget = f->op[2];

    do {
        rc = ngx_chat_log_read(f->s->log, &f->cursor[f->op[1] % SLOTS],
                               &budget, f->s->buf, &f->s->rec);

        if (rc == NGX_CHAT_LOG_OK) {
            seen(f, &f->s->rec);
        }
    } while (rc == NGX_CHAT_LOG_OK);

    if (rc == NGX_CHAT_LOG_BROKEN) {
        f->s->log->broken = 1;
    }

    if (rc == NGX_CHAT_LOG_LOST) {
        op_start(f);
    }
}


static void
op_rebuild(fuzz_t *f)
{
    (void) ngx_chat_log_rebuild(f->s->log, f->s->size, store_seed);
}


static void
flip(fuzz_t *f)
{
    size_t  bit;

    f->flipped = 1;
    bit = (size_t) f->op[1] << 16 | (size_t) f->op[2] << 8 | f->op[3];
    bit = (bit * 31 + f->op[4]) % (f->s->size * 8);

    /* the head is hit more often than its size asks for */

    if (f->op[4] < 32) {
        bit %= sizeof(ngx_chat_log_t) * 8;
    }

    ((unsigned char *) f->s->log)[bit / 8] ^= (unsigned char) (1 << bit % 8);
}


static void
step(fuzz_t *f, unsigned crash)
{
    void  (*op)(fuzz_t *f);
    static void (*const  ops[])(fuzz_t *f) = {
        op_publish, op_publish, op_publish, op_publish, op_listen, op_signal,
        op_user, op_user, op_list, op_sweep, op_start, op_history, op_history,
        op_read, op_rebuild, op_moderate, op_moderate, op_rights
    };

    f->saying = MESSAGES - 1;
    f->s->caller.actor = NULL;
    f->s->caller.now += f->op[5] & 7;
    op = ops[(f->op[0] & 0x7f) % (sizeof(ops) / sizeof(ops[0]))];
    crash_in = crash;

    if (setjmp(crash_at) == 0) {
        if (ngx_chat_log_begin(f->s->log)) {
            op(f);
            ngx_chat_log_end(f->s->log);
        }
    }

    crash_in = 0;

    if (f->s->log->dirty == 0) {
        return;
    }

    rebuild(f);

    if (!f->flipped) {
        acknowledged(f);
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned  i;
    fuzz_t   *f;

    if (size < 8) {
        return 0;
    }

    f = calloc(1, sizeof(fuzz_t));

    if (f == NULL) {
        abort();
    }

    crash_fuzz = f;
    ngx_chat_log_step = hook;
    f->s = store_of(ngx_chat_log_size((size_t) data[0] * 8) + data[1]);
    f->pos = data + 2;
    f->end = data + size;
    rebuild(f);

    for (i = 0; i < 2000 && f->end - f->pos >= 6; i++) {
        memcpy(f->op, f->pos, sizeof(f->op));
        f->pos += sizeof(f->op);

        if (f->op[0] == 0x7f) {
            flip(f);

        } else {
            step(f, (f->op[0] & 0x80) ? 1 + f->op[5] : 0);
        }
    }

    (void) ngx_chat_log_begin(f->s->log);
    rebuild(f);

    store_free(f->s);
    free(f);

    return 0;
}
