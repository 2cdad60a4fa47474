
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * A member of one room as chat.v1 wants it: it joins, takes what is new, and
 * when it comes back asks for what it missed.
 */


#define _GNU_SOURCE

#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define LOAD_PATIENCE  20000000000u     /* ns until all are members */

#define load_begins(p, n, s)                                                  \
    ((n) >= sizeof(s) - 1 && memcmp(p, s, sizeof(s) - 1) == 0)


static void load_answer(load_t *l, load_conn_t *c, const char *p, size_t n);
static void load_page(load_t *l, load_conn_t *c, const char *p, size_t n);
static void load_first(load_conn_t *c, const char *p, size_t n);
static void load_message(load_t *l, load_conn_t *c, const char *p, size_t n);
static void load_join(load_t *l, load_conn_t *c);
static void load_history(load_t *l, load_conn_t *c);
static void load_begin(load_t *l, load_conn_t *c);
static void load_string(char *to, size_t size, const char *p, size_t n,
    const char *key);
static uint64_t load_number(const char *p, size_t n, const char *key);
static const char *load_find(const char *p, size_t n, const char *text);


void
load_members(load_t *l)
{
    uint64_t  end;

    l->text = load_member_text;

    load_open(l, 0, l->nconns);
    end = load_now() + LOAD_PATIENCE;

    while (l->joined < l->nconns) {
        load_wait(l, 100);

        if (l->now > end) {
            load_fail("only %u of %u connections could join", l->joined,
                      l->nconns);
        }
    }
}


void
load_member(load_t *l, load_conn_t *c)
{
    uint64_t  end;

    l->text = load_member_text;

    load_connect(l, c);
    end = load_now() + LOAD_PATIENCE;

    while (!c->joined) {
        load_wait(l, 100);

        if (l->now > end) {
            load_fail("connection %u could not join", c->index);
        }
    }
}


void
load_member_text(load_t *l, load_conn_t *c, const char *p, size_t n)
{
    if (load_begins(p, n, "{\"ev\":\"message\"")) {
        load_message(l, c, p, n);

    } else if (load_begins(p, n, "{\"id\":")) {
        load_answer(l, c, p, n);

    } else if (load_begins(p, n, "{\"ev\":\"welcome\"")) {
        load_string(c->node, sizeof(c->node), p, n, "\"node\":\"");
        load_join(l, c);

    } else if (load_begins(p, n, "{\"ev\":\"error\"")
               || load_begins(p, n, "{\"ev\":\"resync\""))
    {
        load_fail("the server told connection %u %.*s", c->index, (int) n, p);
    }
}


static void
load_answer(load_t *l, load_conn_t *c, const char *p, size_t n)
{
    uint32_t  id;
    uint64_t  seq;

    id = (uint32_t) load_number(p, n, "\"id\":");

    if (load_find(p, n, "\"ok\":") == NULL) {
        load_fail("the server answered connection %u %.*s", c->index, (int) n,
                  p);
    }

    if (id < LOAD_ASK) {
        seq = load_number(p, n, "\"seq\":");

        if (load_find(p, n, "\"dup\":true")) {
            l->dups++;
        }

        load_answered(l, c, id, seq);
        return;
    }

    if (id == LOAD_PING) {
        load_echoed(l, c);
        return;
    }

    if (id != c->asked) {
        load_fail("connection %u got an answer to %u instead of %u", c->index,
                  id, c->asked);
    }

    c->asked = 0;

    if (c->lives == 0) {
        load_first(c, p, n);
        load_begin(l, c);
        return;
    }

    load_page(l, c, p, n);
}


static void
load_first(load_conn_t *c, const char *p, size_t n)
{
    c->mine = load_number(p, n, "\"top\":");
    load_string(c->epoch, sizeof(c->epoch), p, n, "\"epoch\":\"");
}


static void
load_page(load_t *l, load_conn_t *c, const char *p, size_t n)
{
    uint64_t     last;
    const char  *end, *next;

    end = p + n;
    last = 0;

    if (load_find(p, n, "\"recovered\":false")
        || load_find(p, n, c->epoch) == NULL)
    {
        load_fail("connection %u cannot resume: %.*s", c->index, (int) n, p);
    }

    next = p;

    while (next) {
        next = memmem(next, (size_t) (end - next), "{\"ev\":\"message\"", 15);

        if (next) {
            l->missed++;
            load_message(l, c, next, (size_t) (end - next));
            last = load_number(next, (size_t) (end - next), "\"seq\":");
            next += 15;
        }
    }

    if (load_find(p, n, "\"more\":true")) {
        /* what a worker heals meanwhile may come before its page */
        if (last <= c->after) {
            load_fail("connection %u got a page of nothing after %llu",
                      c->index, (unsigned long long) c->after);
        }

        load_history(l, c);
        return;
    }

    if (c->mine < load_number(p, n, "\"top\":")) {
        load_fail("connection %u has not got the newest message", c->index);
    }

    if (c->hole) {
        c->hole = 0;
        load_history(l, c);
        return;
    }

    if (!c->joined) {
        load_begin(l, c);
    }
}


/* what has seq and prev: taken, dropped, or a sign that something is missing */

static void
load_message(load_t *l, load_conn_t *c, const char *p, size_t n)
{
    uint64_t     prev;
    const char  *body;

    c->seq = load_number(p, n, "\"seq\":");
    prev = load_number(p, n, "\"prev\":");

    if (c->seq <= c->mine) {
        return;
    }

    if (prev > c->mine) {
        l->holes++;
        c->hole = c->asked != 0;

        if (!c->asked) {
            load_history(l, c);
        }

        return;
    }

    body = load_find(p, n, "\"text\":\"");

    if (body == NULL) {
        load_fail("connection %u got a message without text", c->index);
    }

    c->mine = c->seq;
    load_arrived(l, c, body, n - (size_t) (body - p));
    c->seq = 0;
}


static void
load_join(load_t *l, load_conn_t *c)
{
    int   len;
    char  text[LOAD_EPOCH + 192];

    c->asked = LOAD_ASK + c->lives;
    c->after = c->mine;
    c->hole = 0;

    len = snprintf(text, sizeof(text), "{\"op\":\"join\",\"id\":%u,"
                   "\"room\":\"r%u\",\"limit\":%u", c->asked, c->room,
                   l->options.page);

    if (c->lives) {
        len += snprintf(text + len, sizeof(text) - (size_t) len,
                        ",\"after\":%llu,\"epoch\":\"%s\"",
                        (unsigned long long) c->mine, c->epoch);
    }

    text[len++] = '}';
    load_frame_write(l, c, text, (size_t) len);
}


static void
load_history(load_t *l, load_conn_t *c)
{
    int   len;
    char  text[LOAD_EPOCH + 192];

    l->pages++;
    c->asked = LOAD_ASK + c->lives;
    c->after = c->mine;

    len = snprintf(text, sizeof(text), "{\"op\":\"history\",\"id\":%u,"
                   "\"room\":\"r%u\",\"limit\":%u,\"after\":%llu,"
                   "\"epoch\":\"%s\"}", c->asked, c->room, l->options.page,
                   (unsigned long long) c->mine, c->epoch);

    load_frame_write(l, c, text, (size_t) len);
}


static void
load_begin(load_t *l, load_conn_t *c)
{
    c->joined = 1;
    l->joined++;

    if (c->lives++) {
        l->back += c->lives == 2;
        load_hist_add(&l->away, l->now - c->ended);
        load_hist_add(&l->join, l->now - c->due);
    }

    if (c->pending) {
        load_repeat(l, c);
    }
}


static void
load_string(char *to, size_t size, const char *p, size_t n, const char *key)
{
    size_t  len;

    p = load_find(p, n, key);

    if (p == NULL) {
        load_fail("the server sent no %s", key);
    }

    len = strcspn(p, "\"");

    if (len >= size) {
        load_fail("the server sent too long a %s", key);
    }

    memcpy(to, p, len);
    to[len] = '\0';
}


static uint64_t
load_number(const char *p, size_t n, const char *key)
{
    p = load_find(p, n, key);

    if (p == NULL) {
        load_fail("the server sent no %s", key);
    }

    return strtoull(p, NULL, 10);
}


/* what follows the text, or NULL */

static const char *
load_find(const char *p, size_t n, const char *text)
{
    size_t  len;

    len = strlen(text);
    p = memmem(p, n, text, len);

    return p ? p + len : NULL;
}
