
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * S3: the embedded store in memory that processes share, with readers beside a
 * writer that is killed, again and again, wherever it happens to be.
 */


#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "log_store.h"
#include "log_validate.h"


#define KILLS  60
#define ROOMS  3


/* What the writer says of itself, behind the region. */

typedef struct {
    uint64_t       told[ROOMS];        /* the last number it was told */
} told_t;


static const char *const  names[ROOMS] = { "kept", "also", "news" };


/* Bans, unbans and is slow; the writer itself is not bound by it. */

static void
moderate(store_t *s, const char *room, unsigned n)
{
    char             user[16];
    ngx_chat_mod_t   mod;

    snprintf(user, sizeof(user), "user%u", n % 5);
    mod = store_mod((n % 3 == 0) ? NGX_CHAT_ACT_UNBAN : NGX_CHAT_ACT_BAN,
                    user, 1000000);
    mod.why.len = 0;

    store_actor(s, "boss", "", NGX_CHAT_ROLE_OWNER);
    (void) store_moderate(s, room, &mod);
    s->caller.actor = NULL;
}


/* Says its number in each message, so that a reader can tell. */

static void
writer(store_t *s, volatile told_t *told, uint32_t seed)
{
    char                 body[400];
    unsigned             i, r;
    ngx_chat_wire_t      rec;
    ngx_chat_log_keep_t  keep[ROOMS];

    for (r = 0; r < ROOMS; r++) {
        keep[r] = s->keep;
        keep[r].count = (r == 2) ? 0 : 1000;
    }

    for (i = seed; /* void */ ; i = i * 1664525 + 1013904223) {
        r = (i >> 10) % ROOMS;
        memset(body, 'x', sizeof(body));
        snprintf(body, sizeof(body), "%llu",
                 (unsigned long long) told->told[r] + 1);

        rec = store_wire(names[r], "u", "", "");
        rec.body = str_of(body, 20 + (i >> 16) % 300);
        s->keep = keep[r];

        if (store_say(s, &rec) != NGX_CHAT_LOG_OK
            || s->stored.seq != told->told[r] + 1)
        {
            abort();
        }

        told->told[r] = s->stored.seq;

        if (i % 16 == 0) {
            (void) store_enter(s, 1, names[r], "somebody");
            (void) store_leave(s, 1, names[r], "somebody");
            moderate(s, names[r], i >> 20);
        }
    }
}


static void
check_body(const ngx_chat_wire_t *rec)
{
    assert_int_equal(strtoull((const char *) rec->body.data, NULL, 10),
                     rec->seq);
}


/* Reads until its time is over; returns how many messages it heard. */

static unsigned
reader(store_t *s, unsigned ms, unsigned *lost)
{
    unsigned                r, n;
    uint64_t                last[ROOMS];
    struct timespec         begin, now;
    ngx_chat_log_rc_e       rc;
    ngx_chat_log_cursor_t   cursor;

    n = 0;
    memset(last, 0, sizeof(last));
    clock_gettime(CLOCK_MONOTONIC, &begin);

    /* as start() does, but the writer has the lock */

    cursor.size = s->size;
    cursor.slot = 0;
    cursor.generation = ngx_chat_log_generation(s->log);
    cursor.tick = s->log->ticks;
    cursor.news = s->log->ring[NGX_CHAT_LOG_NEWS].head;
    cursor.log = s->log->ring[NGX_CHAT_LOG_KEPT].head;

    do {
        clock_gettime(CLOCK_MONOTONIC, &now);
        rc = store_read(s, &cursor);

        if (rc == NGX_CHAT_LOG_LOST) {
            (*lost)++;
            memset(last, 0, sizeof(last));
            cursor.tick = s->log->ticks;
            cursor.news = __atomic_load_n(&s->log->ring[0].head,
                                          __ATOMIC_ACQUIRE);
            cursor.log = __atomic_load_n(&s->log->ring[1].head,
                                         __ATOMIC_ACQUIRE);
            continue;
        }

        if (rc == NGX_CHAT_LOG_NONE) {
            continue;
        }

        assert_int_equal(rc, NGX_CHAT_LOG_OK);

        if (s->rec.seq == 0) {
            continue;
        }

        check_body(&s->rec);
        n++;

        for (r = 0; r < ROOMS; r++) {
            if (str_is(&s->rec.room, names[r])) {
                assert_true(last[r] == 0 || s->rec.seq == last[r] + 1);
                last[r] = s->rec.seq;
            }
        }
    } while ((now.tv_sec - begin.tv_sec) * 1000
             + (now.tv_nsec - begin.tv_nsec) / 1000000 < ms);

    return n;
}


static void
test_killed(void **state)
{
    int         status;
    pid_t       pid;
    told_t     *told;
    size_t      i;
    store_t    *s;
    unsigned    n, r, kill_n, heard, lost, dirty;

    (void) state;

    s = store_of(STORE_SIZE);
    free(s->log);
    s->log = mmap(NULL, s->size + sizeof(told_t), PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(s->log != MAP_FAILED);
    told = (void *) ((unsigned char *) s->log + s->size);
    s->caller.log = s->log;
    assert_true(ngx_chat_log_init(s->log, s->size, store_seed));

    heard = 0;
    lost = 0;
    dirty = 0;

    for (kill_n = 0; kill_n < KILLS; kill_n++) {
        for (r = 0; r < ROOMS; r++) {
            assert_int_equal(store_listen(s, 0, names[r]), NGX_CHAT_LOG_OK);
        }

        pid = fork();

        if (pid == 0) {
            alarm(60);
            writer(s, told, kill_n);
        }

        heard += reader(s, 10 + kill_n % 7, &lost);

        kill(pid, SIGKILL);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);

        if (!ngx_chat_log_begin(s->log)) {
            dirty++;
        }

        assert_int_equal(ngx_chat_log_rebuild(s->log, s->size, store_seed), 0);
        ngx_chat_log_end(s->log);
        assert_null(validate(s->log));
        assert_int_equal(s->log->damaged, 0);

        for (r = 0; r < ROOMS; r++) {
            s->keep.count = 1000;
            assert_int_equal(store_history(s, names[r], NGX_CHAT_LOG_LATEST,
                                           0, STORE_PAGE), NGX_CHAT_LOG_OK);
            n = (unsigned) (s->page.top - told->told[r]);
            assert_true(n <= 1);
            assert_true(r == 2 || s->page.top == 0 || s->page.n > 0);

            for (i = 0; i < s->page.n; i++) {
                check_body(&s->recs[i]);
                assert_int_equal(s->recs[i].seq,
                                 s->page.top - s->page.n + 1 + i);
            }

            told->told[r] = s->page.top;
        }
    }

    assert_true(heard > 100);
    assert_true(dirty > 0);

    s->size += sizeof(told_t);
    munmap(s->log, s->size);
    s->log = NULL;
    store_free(s);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(test_killed),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
