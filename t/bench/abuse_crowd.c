
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Users that may come, each from an address of its own: all of them lose their
 * connections at once, and all are back at once, without a wait.
 */


#define _GNU_SOURCE

#include "abuse.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>


#define CROWD       5000
#define WINDOW      64          /* who may be on the way when it first comes */
#define AGAIN       1000000000u     /* ns until who was refused comes again */
#define LOOK        10000000u       /* ns between looks who is to come again */
#define TAIL        64          /* bytes that a word may be torn within */
#define EVENTS      512
#define BUFFER      262144      /* bytes, one recv() */
#define JOINED      "\"ev\":\"joined\""


typedef enum {
    OUT = 0,                    /* no connection */
    DIALING,
    ASKING,                     /* the request is sent */
    LET_IN,                     /* there was an answer, and it is 101 */
    IN                          /* in the room */
} state_e;


typedef struct {
    int        fd;
    state_e    state;
    size_t     ntail;
    char       tail[TAIL];
    uint64_t   due;             /* ns, when it comes again */
} user_t;


static void cut(void);
static void come(volatile abuse_told_t *told);
static void dial(int i, volatile abuse_told_t *told);
static void handle(volatile abuse_told_t *told);
static void ask(user_t *u);
static void hear(user_t *u, volatile abuse_told_t *told);
static void heard(user_t *u, const char *p, size_t n,
    volatile abuse_told_t *told);
static void lost(user_t *u, volatile abuse_told_t *told);


static abuse_crowd_t  crowds[] = {
    { "back", 1, 0, 0, 0, 0 },
    { "back-inside", 1, 4, 1, 0, 0 },
    { "back-listed", 5, 0, 0, 1, 0 },
};

static const abuse_crowd_t  *kind;
static user_t               *users;
static int                   epoll;
static uint64_t              started;
static char                  buffer[TAIL + BUFFER];


const abuse_crowd_t *
abuse_crowd_init(const char *name, int members)
{
    size_t  k;

    for (k = 0; k < sizeof(crowds) / sizeof(crowds[0]); k++) {
        if (strcmp(name, crowds[k].name) == 0) {
            crowds[k].members = members ? members : CROWD;
            kind = &crowds[k];
        }
    }

    return kind;
}


void
abuse_crowd(volatile abuse_told_t *told)
{
    abuse_begin(10);

    users = calloc((size_t) kind->members, sizeof(user_t));
    epoll = epoll_create1(0);

    if (users == NULL || epoll == -1) {
        abuse_die("the crowd cannot come: %s", strerror(errno));
    }

    for ( ;; ) {
        if (told->done < told->cuts) {
            cut();
            come(told);
            told->done++;
        }

        handle(told);
    }
}


static void
cut(void)
{
    int  i;

    for (i = 0; i < kind->members; i++) {
        if (users[i].state != OUT) {
            abuse_reset(users[i].fd);
            users[i].state = OUT;
        }

        users[i].due = 0;
    }
}


/* Everybody comes: the first time one after the other, then all at once. */

static void
come(volatile abuse_told_t *told)
{
    int       i;
    uint64_t  look;

    told->back = 0;
    started = abuse_now();

    for (i = 0; i < kind->members; i++) {

        while (told->done == 0 && i - (int) told->back >= WINDOW) {
            handle(told);
        }

        dial(i, told);
    }

    look = abuse_now();

    while (told->back < (uint64_t) kind->members) {
        handle(told);

        if (abuse_now() - look < LOOK) {
            continue;
        }

        look = abuse_now();

        for (i = 0; i < kind->members; i++) {
            if (users[i].state == OUT && users[i].due <= look) {
                dial(i, told);
            }
        }
    }

    if (told->done > 0) {
        told->last += abuse_now() - started;
    }
}


static void
dial(int i, volatile abuse_told_t *told)
{
    char                from[32];
    user_t             *u;
    struct epoll_event  ev;

    u = &users[i];
    (void) snprintf(from, sizeof(from), "127.%d.%d.%d", 1 + i / 50000,
                    i / 200 % 250, 1 + i % 200);

    u->fd = abuse_dial(from, SOCK_NONBLOCK, 0);

    if (u->fd == -1) {
        abuse_die("nobody can come from %s: %s", from, strerror(errno));
    }

    u->state = DIALING;
    u->ntail = 0;
    told->tried += told->done > 0;

    ev.events = EPOLLOUT;
    ev.data.ptr = u;

    if (epoll_ctl(epoll, EPOLL_CTL_ADD, u->fd, &ev) == -1) {
        abuse_die("epoll_ctl() failed: %s", strerror(errno));
    }
}


static void
handle(volatile abuse_told_t *told)
{
    int                 i, n;
    user_t             *u;
    struct epoll_event  events[EVENTS];

    n = epoll_wait(epoll, events, EVENTS, LOOK / 1000000);

    for (i = 0; i < n; i++) {
        u = events[i].data.ptr;

        if (u->state == DIALING && !(events[i].events & EPOLLERR)) {
            ask(u);

        } else {
            hear(u, told);
        }
    }
}


static void
ask(user_t *u)
{
    int                 i;
    char                out[512], query[128];
    size_t              n;
    struct epoll_event  ev;

    i = (int) (u - users);
    (void) snprintf(query, sizeof(query), "%s?user=u%d&room=%s-%d",
                    kind->listed ? "/crowd" : "/guard", i, kind->name,
                    i % kind->rooms);
    n = abuse_request(out, sizeof(out), query);

    /* what fails here is read as the end */
    (void) send(u->fd, out, n, MSG_NOSIGNAL);

    u->state = ASKING;
    ev.events = EPOLLIN;
    ev.data.ptr = u;
    (void) epoll_ctl(epoll, EPOLL_CTL_MOD, u->fd, &ev);
}


static void
hear(user_t *u, volatile abuse_told_t *told)
{
    char     *p;
    ssize_t   n;

    p = buffer + TAIL;
    n = recv(u->fd, p, BUFFER, 0);

    if (n == -1 && errno == EAGAIN) {
        return;
    }

    if (n <= 0) {
        lost(u, told);
        return;
    }

    if (u->state == ASKING) {
        if (n < 12 || memcmp(p + 9, "101", 3) != 0) {
            told->refused += told->done > 0;
            lost(u, told);
            return;
        }

        u->state = LET_IN;
    }

    if (u->state == LET_IN) {
        memcpy(p - u->ntail, u->tail, u->ntail);
        heard(u, p - u->ntail, (size_t) n + u->ntail, told);
    }
}


/* The word that one waits for may come in parts. */

static void
heard(user_t *u, const char *p, size_t n, volatile abuse_told_t *told)
{
    if (memmem(p, n, JOINED, sizeof(JOINED) - 1) == NULL) {
        u->ntail = n < TAIL ? n : TAIL;
        memcpy(u->tail, p + n - u->ntail, u->ntail);
        return;
    }

    u->state = IN;
    told->back++;

    if (told->done > 0 && told->back == ((uint64_t) kind->members + 1) / 2) {
        told->half += abuse_now() - started;
    }
}


static void
lost(user_t *u, volatile abuse_told_t *told)
{
    told->closed += (u->state > ASKING);
    told->back -= (u->state == IN);

    abuse_reset(u->fd);
    u->state = OUT;
    u->due = abuse_now() + AGAIN;
}
