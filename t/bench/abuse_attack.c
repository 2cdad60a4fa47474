
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Whoever abuses the server: a few connections that do it all the time. */


#define _GNU_SOURCE

#include "abuse.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>


#define THERE      "127.0.0.3"
#define CONNS_MAX  400
#define PACE       2            /* handshakes in a millisecond */


typedef struct {
    const char  *name;
    int          conns;
    unsigned     slow:1;        /* a byte of the handshake at a time */
    unsigned     deaf:1;        /* reads nothing */
    unsigned     brief:1;       /* goes when it has its answer */
    unsigned     inside:1;      /* in the room of the members */
    const char  *head;          /* what is sent first, and then, frames */
    size_t       nhead;
    const char  *frame;
    size_t       nframe;
} attack_t;


typedef struct {
    int          fd;            /* -1: none */
    int          answered;
    size_t       sent;          /* of the handshake */
} foe_t;


static void come(foe_t *f, uint64_t tried[2]);
static void attack_turn(foe_t *f, const char *request, size_t n);
static void flood(foe_t *f, uint64_t tried[2]);
static void fill(void);


#define LITERAL(s)  (s), sizeof(s) - 1

static const attack_t  attacks[] = {
    { "slowloris", 400, 1, 0, 0, 0, LITERAL(""), LITERAL("") },
    { "pings", 32, 0, 0, 0, 0, LITERAL(""),
      LITERAL("\x89\x80\0\0\0\0") },
    { "fragments", 32, 0, 0, 0, 0, LITERAL("\x01\x80\0\0\0\0"),
      LITERAL("\x00\x80\0\0\0\0") },
    { "joins", 32, 0, 0, 0, 0, LITERAL(""), LITERAL("") },
    { "messages", 32, 0, 0, 0, 0, LITERAL(""), LITERAL("") },
    { "stalled", 60, 0, 1, 0, 1, LITERAL(""), LITERAL("") },
    { "storm", 32, 0, 0, 1, 0, LITERAL(""), LITERAL("") },
};


static const attack_t  *kind;
static char             payload[ABUSE_BUFFER];
static size_t           npayload;


int
abuse_attack_init(const char *name)
{
    size_t  k;

    for (k = 0; k < sizeof(attacks) / sizeof(attacks[0]); k++) {
        if (strcmp(name, attacks[k].name) == 0) {
            kind = &attacks[k];
            fill();

            return 1;
        }
    }

    return 0;
}


/* The process of the attack, until it is killed. */

void
abuse_attack(const char *path, uint64_t tried[2])
{
    int            i, n, opened;
    char           request[512], query[128];
    size_t         len;
    foe_t          foes[CONNS_MAX];
    struct pollfd  fds[CONNS_MAX];

    /* the members' own client has the processor when it needs it */
    (void) setpriority(PRIO_PROCESS, 0, 19);

    snprintf(query, sizeof(query), "%s?room=%s", path,
             kind->inside ? ABUSE_ROOM : "other");
    len = abuse_request(request, sizeof(request), query);

    for (i = 0; i < kind->conns; i++) {
        foes[i].fd = -1;
    }

    for ( ;; ) {
        opened = 0;

        for (i = 0; i < kind->conns; i++) {

            if (foes[i].fd == -1 && opened < PACE) {
                come(&foes[i], tried);
                opened++;
            }

            fds[i].fd = foes[i].fd;
            fds[i].events = (kind->deaf && foes[i].answered) ? POLLRDHUP
                            : POLLIN;

            if (foes[i].answered && npayload != 0) {
                fds[i].events |= POLLOUT;
            }
        }

        for (i = 0; i < kind->conns; i++) {
            if (foes[i].fd != -1 && foes[i].sent < len) {
                attack_turn(&foes[i], request, len);
            }
        }

        n = poll(fds, (nfds_t) kind->conns, 1);

        for (i = 0; n > 0 && i < kind->conns; i++) {
            if (fds[i].revents) {
                flood(&foes[i], tried);
            }
        }

        if (kind->slow || opened == PACE) {
            usleep(1000);
        }
    }
}


static void
come(foe_t *f, uint64_t tried[2])
{
    f->fd = abuse_dial(THERE);
    f->sent = 0;
    f->answered = 0;

    tried[0]++;

    if (f->fd != -1) {
        (void) fcntl(f->fd, F_SETFL, O_NONBLOCK);
    }
}


/* Sends the request, or its next byte. */

static void
attack_turn(foe_t *f, const char *request, size_t n)
{
    ssize_t  sent;

    sent = send(f->fd, request + f->sent, kind->slow ? 1 : n - f->sent,
                MSG_NOSIGNAL);

    if (sent > 0) {
        f->sent += (size_t) sent;

        /* it never comes to its end */

        if (kind->slow && f->sent >= n - 4) {
            f->sent = n - 5;
        }
    }
}


static void
flood(foe_t *f, uint64_t tried[2])
{
    char           buf[4096];
    ssize_t        n;
    struct linger  linger;

    n = -1;
    errno = EAGAIN;

    if (!kind->deaf || !f->answered) {
        n = recv(f->fd, buf, sizeof(buf), 0);
    }

    if (n > 0 && !f->answered) {
        f->answered = 1;
        tried[1] += (n < 12 || memcmp(buf + 9, "101", 3) != 0);
    }

    if ((n > 0 || errno == EAGAIN) && n != 0 && f->answered
        && !kind->brief && npayload != 0)
    {
        /* a deaf one says nothing either */
        n = send(f->fd, payload, npayload, MSG_NOSIGNAL);
    }

    if (n == 0 || (n == -1 && errno != EAGAIN)
        || (kind->brief && f->answered))
    {
        linger.l_onoff = 1;
        linger.l_linger = 0;
        setsockopt(f->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
        close(f->fd);
        f->fd = -1;
    }
}


/* What is sent again and again. */

static void
fill(void)
{
    int     len, i;
    char    text[256];
    size_t  frame;

    if (kind->nframe != 0) {
        memcpy(payload, kind->head, kind->nhead);
        npayload = kind->nhead;

        while (npayload + kind->nframe <= ABUSE_BUFFER / 2) {
            memcpy(payload + npayload, kind->frame, kind->nframe);
            npayload += kind->nframe;
        }

        return;
    }

    for (i = 0; npayload < ABUSE_BUFFER / 2; i++) {

        if (strcmp(kind->name, "joins") == 0) {
            len = snprintf(text, sizeof(text),
                           "{\"op\":\"join\",\"id\":%d,\"room\":\"r%d\"}",
                           i + 1, i % 50);

        } else if (strcmp(kind->name, "messages") == 0) {
            len = snprintf(text, sizeof(text),
                           "{\"op\":\"send\",\"room\":\"" ABUSE_ROOM
                           "\",\"text\":\"spam %d\"}", i);
        } else {
            return;
        }

        frame = abuse_frame(payload + npayload, text, (size_t) len);
        npayload += frame;
    }
}
