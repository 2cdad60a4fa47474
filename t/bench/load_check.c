
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The messages under way and the proof that each member of a room gets each
 * of them, whole, once and in the order of all the others.
 */


#define _GNU_SOURCE

#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


/* "@@" slot:4 id:8 conn:8 counter:16 time:16, hexadecimal */

#define LOAD_HEAD  (2 + 4 + 8)


static void load_body(char *body, const load_slot_t *s, uint32_t n);
static uint32_t load_hex(const char *p, size_t n);
static load_slot_t *load_arrived_slot(load_t *l, load_conn_t *c,
    const char *body);
static void load_finish(load_t *l, load_slot_t *s);
static void load_place(load_t *l, load_slot_t *s);
static void load_mismatch(load_t *l, load_conn_t *c, uint32_t id);


void
load_check_init(load_t *l)
{
    uint32_t  i;

    l->slots = calloc(LOAD_SLOTS, sizeof(load_slot_t));
    l->rooms = calloc(l->options.rooms, sizeof(load_room_t));

    if (l->slots == NULL || l->rooms == NULL) {
        load_fail("no memory");
    }

    for (i = 0; i < l->options.rooms; i++) {
        l->rooms[i].order = calloc(LOAD_ORDER, sizeof(uint32_t));

        if (l->rooms[i].order == NULL) {
            load_fail("no memory");
        }
    }
}


void
load_launch(load_t *l, uint32_t room)
{
    load_conn_t  *c;
    load_room_t  *r;

    r = &l->rooms[room];

    /* members of room r are the connections r, r + rooms, r + 2 rooms, ... */

    c = &l->conns[room + r->sender * l->options.rooms];
    r->sender = (r->sender + 1) % l->options.members;

    load_launch_by(l, c);
}


void
load_launch_by(load_t *l, load_conn_t *c)
{
    uint32_t      i;
    load_slot_t  *s;

    for (i = 0; i < LOAD_SLOTS; i++) {
        l->last_id++;
        s = &l->slots[l->last_id % LOAD_SLOTS];

        if (s->id == 0) {
            break;
        }
    }

    if (i == LOAD_SLOTS) {
        load_fail("the server is %u messages behind", LOAD_SLOTS);
    }

    s->id = l->last_id;
    s->missing = l->options.members;
    s->conn = c->index;
    s->room = c->room;
    s->counter = ++c->sent;
    s->seq = 0;
    s->placed = 0;
    s->unanswered = l->text == load_member_text;
    s->repeated = 0;
    s->time = load_now();
    load_body(s->body, s, l->last_id % LOAD_SLOTS);

    l->flying++;
    c->pending = s->id;
    load_frame_send(l, c, s->id, s->body);
}


void
load_repeat(load_t *l, load_conn_t *c)
{
    load_slot_t  *s;

    s = &l->slots[c->pending % LOAD_SLOTS];
    s->repeated = 1;
    l->repeated++;

    load_frame_send(l, c, s->id, s->body);
}


void
load_probe(load_t *l, uint32_t room)
{
    char         body[LOAD_BODY];
    load_slot_t  s;

    memset(&s, 0, sizeof(s));
    load_body(body, &s, LOAD_PROBE);
    load_frame_send(l, &l->conns[room], 1, body);
}


static void
load_body(char *body, const load_slot_t *s, uint32_t n)
{
    int   len;
    char  text[LOAD_BODY + 1];

    len = snprintf(text, sizeof(text), "@@%04x%08x%08x%016llx%016llx", n,
                   s->id, s->conn, (unsigned long long) s->counter,
                   (unsigned long long) s->time);

    memset(text + len, 'x', (size_t) (LOAD_BODY - len));
    memcpy(body, text, LOAD_BODY);
}


void
load_arrived(load_t *l, load_conn_t *c, const char *body, size_t n)
{
    load_room_t  *r;
    load_slot_t  *s;

    if (n < LOAD_BODY) {
        load_fail("connection %u got a cut message", c->index);
    }

    r = &l->rooms[c->room];
    s = load_arrived_slot(l, c, body);

    if (s == NULL) {
        return;
    }

    if (memcmp(s->body, body, LOAD_BODY) != 0) {
        load_fail("connection %u got a changed message", c->index);
    }

    if (s->room != c->room) {
        load_fail("connection %u of room %u got a message of room %u",
                  c->index, c->room, s->room);
    }

    if (c->seen == r->top) {
        load_place(l, s);
    }

    if (r->order[c->seen % LOAD_ORDER] != s->id) {
        load_mismatch(l, c, s->id);
    }

    if (c->seq && s->seq && c->seq != s->seq) {
        load_fail("message %u has number %llu and number %llu", s->id,
                  (unsigned long long) s->seq, (unsigned long long) c->seq);
    }

    s->seq = c->seq;

    c->seen++;
    l->deliveries++;

    if (l->measuring) {
        load_hist_add(&l->each, l->now - s->time);

        if (c->index != s->conn) {
            load_hist_add(&l->other, l->now - s->time);
        }
    }

    if (--s->missing) {
        return;
    }

    if (l->measuring) {
        load_hist_add(&l->last, l->now - s->time);
    }

    if (!s->unanswered) {
        load_finish(l, s);
    }
}


/* returns NULL for a sign of membership */

static load_slot_t *
load_arrived_slot(load_t *l, load_conn_t *c, const char *body)
{
    uint32_t  slot, id;

    slot = load_hex(body + 2, 4);
    id = load_hex(body + 6, 8);

    if (slot == LOAD_PROBE) {
        if (!c->probed) {
            c->probed = 1;
            l->rooms[c->room].probed++;
            l->probed++;
        }

        return NULL;
    }

    if (slot > LOAD_SLOTS) {
        load_fail("connection %u got a broken message", c->index);
    }

    if (l->slots[slot].id != id) {
        load_fail("connection %u got message %u once more", c->index, id);
    }

    return &l->slots[slot];
}


void
load_answered(load_t *l, load_conn_t *c, uint32_t id, uint64_t seq)
{
    load_slot_t  *s;

    s = &l->slots[id % LOAD_SLOTS];

    if (s->id != id || s->conn != c->index || !s->unanswered) {
        load_fail("connection %u got an answer to message %u, which has none"
                  " to come", c->index, id);
    }

    if (s->seq && s->seq != seq) {
        load_fail("message %u was answered number %llu and came as %llu", id,
                  (unsigned long long) seq, (unsigned long long) s->seq);
    }

    s->seq = seq;
    s->unanswered = 0;

    if (c->pending == id) {
        c->pending = 0;
    }

    if (l->measuring) {
        load_hist_add(&l->ack, l->now - s->time);
    }

    if (s->missing == 0) {
        load_finish(l, s);
    }
}


void
load_echoed(load_t *l, load_conn_t *c)
{
    if (c->pinged == 0) {
        load_fail("connection %u got an answer to no ping", c->index);
    }

    if (l->measuring) {
        load_hist_add(&l->echo, l->now - c->pinged);
    }

    l->flying--;
    c->pinged = 0;

    if (!l->stopping) {
        load_launch_by(l, c);
    }
}


static void
load_finish(load_t *l, load_slot_t *s)
{
    load_conn_t  *c;

    l->messages++;
    l->flying--;
    s->id = 0;

    if (l->options.flight == 0 || l->stopping) {
        return;
    }

    c = &l->conns[s->conn];

    if (l->options.echo) {
        l->flying++;
        c->pinged = load_now();
        load_frame_ping(l, c);
        return;
    }

    if (l->options.publish) {
        load_launch_by(l, c);
        return;
    }

    load_launch(l, l->next_room++ % l->options.rooms);
}


/* the first member to get a message says where in the order it stands */

static void
load_place(load_t *l, load_slot_t *s)
{
    load_conn_t  *c;
    load_room_t  *r;

    if (s->placed) {
        load_fail("message %u came to a member once more", s->id);
    }

    c = &l->conns[s->conn];
    r = &l->rooms[s->room];

    if (s->counter != c->ordered + 1) {
        load_fail("message %llu of connection %u overtook its message %llu",
                  (unsigned long long) s->counter, c->index,
                  (unsigned long long) c->ordered + 1);
    }

    c->ordered = s->counter;
    s->placed = 1;
    r->order[r->top++ % LOAD_ORDER] = s->id;
}


static void
load_mismatch(load_t *l, load_conn_t *c, uint32_t id)
{
    uint64_t      i, first;
    load_room_t  *r;

    r = &l->rooms[c->room];
    first = r->top > LOAD_ORDER ? r->top - LOAD_ORDER : 0;

    for (i = first; i < c->seen; i++) {
        if (r->order[i % LOAD_ORDER] == id) {
            load_fail("connection %u got message %u twice", c->index, id);
        }
    }

    load_fail("connection %u of room %u got message %u where others got %u:"
              " lost or out of order", c->index, c->room, id,
              r->order[c->seen % LOAD_ORDER]);
}


static uint32_t
load_hex(const char *p, size_t n)
{
    size_t    i;
    uint32_t  value;

    value = 0;

    for (i = 0; i < n; i++) {
        value = (value << 4)
                | (uint32_t) ((p[i] & 0x0f) + (p[i] > '9' ? 9 : 0));
    }

    return value;
}
