
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The workers of a zone and their bells; see the header. */


#include "ngx_http_chat_zone.h"

#include <sys/eventfd.h>


/* fields of /proc/<pid>/stat behind the name, see proc(5) */
#define NGX_HTTP_CHAT_ZONE_STAT_STATE  0
#define NGX_HTTP_CHAT_ZONE_STAT_START  19


static ngx_int_t ngx_http_chat_zone_stat(ngx_pid_t pid, u_char *state,
    ngx_atomic_uint_t *start);


ngx_int_t
ngx_http_chat_zone_claim(ngx_http_chat_zone_t *zone)
{
    u_char                      state;
    ngx_uint_t                  i;
    ngx_atomic_uint_t           start;
    ngx_http_chat_zone_slot_t  *slot;

    if (ngx_http_chat_zone_stat(ngx_pid, &state, &start) != NGX_OK) {
        start = 0;
    }

    for (i = 0; i < zone->bells->n; i++) {
        slot = &zone->sh->slots[i];

        if (ngx_http_chat_zone_mine(zone, i) && slot->s.start == start) {
            return i;
        }
    }

    for (i = 0; i < zone->bells->n; i++) {
        slot = &zone->sh->slots[i];

        if (slot->s.pid != 0) {
            continue;
        }

        slot->s.start = start;
        slot->s.rung = 0;
        slot->s.sweeper = 0;
        ngx_memory_barrier();
        slot->s.pid = ngx_pid;

        return i;
    }

    return NGX_DECLINED;
}


ngx_uint_t
ngx_http_chat_zone_mine(ngx_http_chat_zone_t *zone, ngx_uint_t slot)
{
    ngx_http_chat_zone_slot_t  *s;

    s = &zone->sh->slots[slot];

    return s->s.pid == (ngx_atomic_uint_t) ngx_pid && s->s.sweeper == 0;
}


void
ngx_http_chat_zone_release(ngx_http_chat_zone_t *zone, ngx_uint_t slot)
{
    ngx_http_chat_zone_slot_t  *s;

    s = &zone->sh->slots[slot];

    s->s.pid = 0;
    s->s.sweeper = 0;
}


ngx_uint_t
ngx_http_chat_zone_deserted(ngx_http_chat_zone_t *zone, ngx_uint_t slot)
{
    ngx_pid_t                   pid, sweeper;
    ngx_http_chat_zone_slot_t  *s;

    s = &zone->sh->slots[slot];
    pid = (ngx_pid_t) s->s.pid;
    sweeper = (ngx_pid_t) s->s.sweeper;

    if (pid == 0 || !ngx_http_chat_zone_gone(pid, s->s.start)) {
        return 0;
    }

    return sweeper == 0 || sweeper == ngx_pid
           || ngx_http_chat_zone_gone(sweeper, 0);
}


void
ngx_http_chat_zone_wake(ngx_http_chat_zone_t *zone, ngx_int_t own,
    const ngx_chat_log_slots_t *slots)
{
    uint64_t                    one, word;
    ngx_uint_t                  i, w;
    ngx_http_chat_zone_slot_t  *slot;

    one = 1;

    for (w = 0; w < NGX_CHAT_LOG_WORDS; w++) {

        word = slots->words[w];

        for (i = w * 64; word != 0; i++, word >>= 1) {

            if ((word & 1) == 0 || (ngx_int_t) i == own
                || i >= zone->bells->n)
            {
                continue;
            }

            slot = &zone->sh->slots[i];

            if (slot->s.pid != 0
                && ngx_atomic_cmp_set(&slot->s.rung, 0, 1)
                && write(zone->bells->fds[i], &one, sizeof(one)) == -1)
            {
                ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, ngx_errno,
                              "write() to an eventfd of chat_zone \"%V\" "
                              "failed", &zone->name);
            }
        }
    }
}


/* Read first: a ring between the two would leave the flag set, and no more. */

void
ngx_http_chat_zone_answer(ngx_http_chat_zone_t *zone, ngx_uint_t slot)
{
    ssize_t   n;
    uint64_t  count;

    n = read(zone->bells->fds[slot], &count, sizeof(count));

    if (n == -1 && ngx_errno != NGX_EAGAIN) {
        ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, ngx_errno,
                      "read() of an eventfd of chat_zone \"%V\" failed",
                      &zone->name);
    }

    (void) ngx_atomic_cmp_set(&zone->sh->slots[slot].s.rung, 1, 0);
}


ngx_uint_t
ngx_http_chat_zone_gone(ngx_pid_t pid, ngx_atomic_uint_t start)
{
    u_char             state;
    ngx_atomic_uint_t  now;

    if (kill(pid, 0) == -1 && ngx_errno == NGX_ESRCH) {
        return 1;
    }

    if (ngx_http_chat_zone_stat(pid, &state, &now) != NGX_OK) {
        return 0;
    }

    /* a zombie waits for its parent only */

    return state == 'Z' || state == 'X' || (start != 0 && start != now);
}


ngx_atomic_uint_t
ngx_http_chat_zone_started(ngx_pid_t pid)
{
    u_char             state;
    ngx_atomic_uint_t  start;

    return (ngx_http_chat_zone_stat(pid, &state, &start) == NGX_OK) ? start
                                                                    : 0;
}


static ngx_int_t
ngx_http_chat_zone_stat(ngx_pid_t pid, u_char *state,
    ngx_atomic_uint_t *start)
{
    u_char      name[sizeof("/proc//stat") + NGX_INT64_LEN];
    u_char      buf[1024], *p, *last, *end;
    ssize_t     n;
    ngx_fd_t    fd;
    ngx_uint_t  field;

    (void) ngx_sprintf(name, "/proc/%P/stat%Z", pid);

    fd = ngx_open_file(name, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);
    if (fd == NGX_INVALID_FILE) {
        return NGX_DECLINED;
    }

    n = read(fd, buf, sizeof(buf));
    (void) ngx_close_file(fd);

    if (n <= 0) {
        return NGX_DECLINED;
    }

    last = buf + n;

    /* the name may have parentheses and blanks in it: behind the last one */

    for (p = last; p > buf && p[-1] != ')'; p--) {
        /* void */
    }

    field = 0;
    *state = 0;

    while (p > buf && p < last) {
        p++;
        end = ngx_strlchr(p, last, ' ');

        if (end == NULL) {
            break;
        }

        if (field == NGX_HTTP_CHAT_ZONE_STAT_STATE) {
            *state = *p;

        } else if (field == NGX_HTTP_CHAT_ZONE_STAT_START) {
            *start = (ngx_atomic_uint_t) ngx_atoof(p, end - p);
            return NGX_OK;
        }

        field++;
        p = end;
    }

    return NGX_DECLINED;
}


ngx_int_t
ngx_http_chat_zone_cast(ngx_http_chat_zone_t *zone, ngx_uint_t n,
    ngx_log_t *log)
{
    ngx_fd_t                     fd;
    ngx_http_chat_zone_bells_t  *bells;

    bells = zone->bells;

    if (bells == NULL) {
        bells = ngx_calloc(sizeof(ngx_http_chat_zone_bells_t), log);
        if (bells == NULL) {
            return NGX_ERROR;
        }

        bells->refs = 1;
        zone->bells = bells;
    }

    while (bells->n < n) {
        fd = eventfd(0, EFD_NONBLOCK|EFD_CLOEXEC);

        if (fd == -1) {
            ngx_log_error(NGX_LOG_EMERG, log, ngx_errno,
                          "eventfd() of chat_zone \"%V\" failed", &zone->name);
            return NGX_ERROR;
        }

        bells->fds[bells->n++] = fd;
    }

    return NGX_OK;
}


void
ngx_http_chat_zone_mute(void *data)
{
    ngx_http_chat_zone_t *zone = data;

    ngx_http_chat_zone_bells_t  *bells;

    bells = zone->bells;

    if (bells == NULL) {
        return;
    }

    zone->bells = NULL;
    bells->refs--;

    if (bells->refs != 0) {
        return;
    }

    while (bells->n != 0) {
        bells->n--;
        (void) close(bells->fds[bells->n]);
    }

    ngx_free(bells);
}
