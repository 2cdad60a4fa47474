
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * What the embedded store takes of its zone, and the proof that it gives all
 * of it back: prints one line of JSON.
 */


#define _GNU_SOURCE

#include <ngx_chat_log.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>


#define ZONE_SIZE      (32 * 1024 * 1024)
#define ZONE_SMALL     (1024 * 1024)
#define ZONE_ROOMS     1000
#define ZONE_MEMBERS   10           /* of a room */
#define ZONE_MESSAGES  1000000
#define ZONE_LEAK      100          /* rooms of the small zone */
#define ZONE_BODY      128          /* bytes of a message's text */
#define ZONE_NAME      32           /* bytes of a name at most */


typedef struct {
    double                cell;     /* bytes, with its part of the tables */
    double                room;     /* bytes */
    double                member;
    double                message;
} zone_cost_t;


static void zone_cost(zone_cost_t *cost);
static void zone_enter(uint32_t room, uint32_t user);
static double zone_leak(uint32_t messages);
static void zone_same(const ngx_chat_log_stat_t *before);
static void zone_come_and_go(uint32_t n);
static void zone_publish(uint32_t room, uint32_t n);
static uint32_t zone_read(ngx_chat_log_cursor_t *cursor, unsigned char *buf);
static void zone_open(size_t size);
static void zone_name(ngx_chat_str_t *str, char *buf, char prefix,
    uint32_t n);
static void zone_ok(ngx_chat_log_rc_e rc, const char *what);
static void zone_fail(const char *fmt, ...)
    __attribute__((noreturn, format(printf, 1, 2)));


static ngx_chat_log_t         *zone;
static ngx_chat_log_caller_t   zone_writer;
static ngx_chat_log_caller_t   zone_reader;

static const ngx_chat_log_keep_t  zone_keep = { 1000, 86400000, 600000 };


int
main(int argc, char **argv)
{
    double       us;
    uint32_t     n;
    zone_cost_t  cost;

    n = argc > 1 ? (uint32_t) atoi(argv[1]) : ZONE_MESSAGES;

    zone_cost(&cost);
    us = zone_leak(n);

    printf("{\"cell_bytes\":%.1f,\"room_bytes\":%.1f,\"member_bytes\":%.1f,"
           "\"message_bytes\":%.1f,\"messages\":%u,"
           "\"us_per_message\":%.3f}\n", cost.cell, cost.room, cost.member,
           cost.message, n, us);

    free(zone);

    return 0;
}


static void
zone_cost(zone_cost_t *cost)
{
    char                 buf[ZONE_NAME];
    uint32_t             i, k;
    ngx_chat_str_t       room;
    ngx_chat_log_stat_t  empty, rooms, users, said;

    zone_open(ZONE_SIZE);
    ngx_chat_log_stat(zone, &empty);

    for (i = 0; i < ZONE_ROOMS; i++) {
        zone_name(&room, buf, 'r', i);
        zone_ok(ngx_chat_log_subscribe(zone, zone_writer.slot, &room),
                "listen to a room");
    }

    ngx_chat_log_stat(zone, &rooms);

    for (i = 0; i < ZONE_ROOMS; i++) {
        for (k = 0; k < ZONE_MEMBERS; k++) {
            zone_enter(i, i * ZONE_MEMBERS + k);
        }
    }

    ngx_chat_log_stat(zone, &users);

    if (rooms.rooms != ZONE_ROOMS
        || users.users != ZONE_ROOMS * ZONE_MEMBERS)
    {
        zone_fail("the store counts %llu rooms and %llu users",
                  (unsigned long long) rooms.rooms,
                  (unsigned long long) users.users);
    }

    for (i = 0; i < ZONE_ROOMS; i++) {
        zone_publish(i, i);
    }

    ngx_chat_log_stat(zone, &said);

    /* what is no ring is there for the cells */

    cost->cell = (double) (empty.size - empty.log_size - empty.news_size)
                 / (double) empty.cells;
    cost->room = (double) (empty.cells_free - rooms.cells_free) * cost->cell
                 / ZONE_ROOMS;
    cost->member = (double) (rooms.cells_free - users.cells_free) * cost->cell
                   / (ZONE_ROOMS * ZONE_MEMBERS);
    cost->message = (double) (said.log_head - users.log_head) / ZONE_ROOMS;
}


static void
zone_enter(uint32_t room, uint32_t user)
{
    char                    room_buf[ZONE_NAME], user_buf[ZONE_NAME];
    ngx_chat_str_t          name;
    ngx_chat_user_t         who;
    ngx_chat_log_present_t  present;

    zone_name(&name, room_buf, 'r', room);
    zone_name(&who.id, user_buf, 'm', user);
    who.name = who.id;

    zone_ok(ngx_chat_log_enter(&zone_writer, &name, &who, &present),
            "enter a room");
}


/*
 * messages through a zone that has room for a few of them, all of them read,
 * users coming and going meanwhile; returns the microseconds of each
 */

static double
zone_leak(uint32_t messages)
{
    char                    name[ZONE_NAME];
    uint32_t                i, read;
    unsigned char          *buf;
    ngx_chat_str_t          room;
    struct timespec         start, end;
    ngx_chat_log_stat_t     before;
    ngx_chat_log_cursor_t   cursor;

    zone_open(ZONE_SMALL);
    buf = malloc(ngx_chat_log_record_max(zone) + NGX_CHAT_LOG_AROUND);

    if (buf == NULL) {
        zone_fail("no memory");
    }

    ngx_chat_log_start(zone, zone_reader.slot, &cursor);

    for (i = 0; i < ZONE_LEAK; i++) {
        zone_name(&room, name, 'r', i);
        zone_ok(ngx_chat_log_subscribe(zone, zone_reader.slot, &room),
                "listen to a room");
    }

    ngx_chat_log_stat(zone, &before);
    clock_gettime(CLOCK_MONOTONIC, &start);
    read = 0;

    for (i = 0; i < messages; i++) {
        zone_publish(i % ZONE_LEAK, i);

        if (i % 16 == 0) {
            zone_come_and_go(i);
            read += zone_read(&cursor, buf);
        }
    }

    read += zone_read(&cursor, buf);
    clock_gettime(CLOCK_MONOTONIC, &end);
    free(buf);

    if (read != messages) {
        zone_fail("%u messages, of which %u were read", messages, read);
    }

    zone_same(&before);

    return ((double) (end.tv_sec - start.tv_sec) * 1e9
            + (double) (end.tv_nsec - start.tv_nsec)) / 1e3 / messages;
}


static void
zone_same(const ngx_chat_log_stat_t *before)
{
    ngx_chat_log_stat_t  after;

    ngx_chat_log_stat(zone, &after);

    if (after.cells_free != before->cells_free
        || after.rooms != before->rooms || after.users != before->users
        || after.evicted != before->evicted)
    {
        zone_fail("of %llu cells %llu were free, and are %llu now",
                  (unsigned long long) after.cells,
                  (unsigned long long) before->cells_free,
                  (unsigned long long) after.cells_free);
    }
}


static void
zone_come_and_go(uint32_t n)
{
    char                    room_buf[ZONE_NAME], user_buf[ZONE_NAME];
    ngx_chat_str_t          room, user;
    ngx_chat_log_present_t  present;

    zone_enter(n % ZONE_LEAK, n);

    zone_name(&room, room_buf, 'r', n % ZONE_LEAK);
    zone_name(&user, user_buf, 'm', n);

    zone_ok(ngx_chat_log_leave(&zone_writer, &room, &user, &present),
            "leave a room");
}


/* each has a cid, as those of a page have */

static void
zone_publish(uint32_t room, uint32_t n)
{
    char                         room_buf[ZONE_NAME], user_buf[ZONE_NAME],
                                 cid_buf[ZONE_NAME];
    ngx_chat_wire_t              rec;
    ngx_chat_log_stored_t        stored;
    static const unsigned char   print[16];
    static unsigned char         body[ZONE_BODY];

    memset(&rec, 0, sizeof(rec));
    memset(body, 'x', sizeof(body));

    zone_name(&rec.room, room_buf, 'r', room);
    zone_name(&rec.user, user_buf, 'm', n);
    zone_name(&rec.cid, cid_buf, 'c', n);

    rec.kind = NGX_CHAT_WIRE_MESSAGE;
    rec.name = rec.user;
    rec.session.data = (const unsigned char *) "0123456789abcdef";
    rec.session.len = 16;
    rec.body.data = body;
    rec.body.len = sizeof(body);

    zone_writer.now++;

    zone_ok(ngx_chat_log_publish(&zone_writer, &rec, &zone_keep, print,
                                 &stored), "publish");

    if (stored.dup) {
        zone_fail("message %u is known already", n);
    }
}


static uint32_t
zone_read(ngx_chat_log_cursor_t *cursor, unsigned char *buf)
{
    uint32_t           n;
    unsigned           budget;
    ngx_chat_wire_t    rec;
    ngx_chat_log_rc_e  rc;

    n = 0;

    for ( ;; ) {
        budget = 1000;
        rc = ngx_chat_log_read(zone, cursor, &budget, buf, &rec);

        if (rc == NGX_CHAT_LOG_NONE) {
            return n;
        }

        zone_ok(rc, "read");
        n += rec.kind == NGX_CHAT_WIRE_MESSAGE;
    }
}


static void
zone_open(size_t size)
{
    ngx_chat_log_cursor_t       cursor;
    static const unsigned char  seed[16] = "a seed of tests";

    free(zone);
    zone = aligned_alloc(4096, size);

    if (zone == NULL || !ngx_chat_log_init(zone, size, seed)
        || !ngx_chat_log_begin(zone))
    {
        zone_fail("no store in %zu bytes", size);
    }

    zone_writer.log = zone;
    zone_writer.slot = 0;
    zone_writer.now = 1700000000000;
    zone_reader = zone_writer;
    zone_reader.slot = 1;

    ngx_chat_log_start(zone, zone_writer.slot, &cursor);
}


static void
zone_name(ngx_chat_str_t *str, char *buf, char prefix, uint32_t n)
{
    str->data = (unsigned char *) buf;
    str->len = (size_t) snprintf(buf, ZONE_NAME, "%c%u", prefix, n);
}


static void
zone_ok(ngx_chat_log_rc_e rc, const char *what)
{
    if (rc != NGX_CHAT_LOG_OK) {
        zone_fail("the store cannot %s: %d", what, (int) rc);
    }
}


static void
zone_fail(const char *fmt, ...)
{
    va_list  args;

    fprintf(stderr, "zone: ");
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fprintf(stderr, "\n");

    exit(1);
}
