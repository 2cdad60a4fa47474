
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
#include <sys/socket.h>
#include <unistd.h>


#define THERE      "127.0.9.%d"  /* each kind has an address of its own */
#define CONNS_MAX  400
#define LONG       3800         /* bytes of a text that fill queues soon */
#define DEAF       2000000000u  /* ns, then it looks whether it is still in */
#define SMALL      4096         /* bytes that the socket of a deaf one takes */
#define ENDED      (POLLRDHUP | POLLHUP | POLLERR)
#define PACE       2            /* handshakes in a millisecond */


typedef struct {
    const char  *name;
    int          conns;
    unsigned     slow:1;        /* a byte of the handshake at a time */
    unsigned     deaf:1;        /* reads nothing for a while */
    unsigned     brief:1;       /* goes when it has its answer */
    unsigned     inside:1;      /* in the room of the members */
    const char  *head;          /* what is sent first, and then, frames */
    size_t       nhead;
    const char  *frame;
    size_t       nframe;
} attack_t;


typedef struct {
    int          fd;            /* -1: none */
    unsigned     answered:1;
    unsigned     refused:1;
    uint64_t     deaf;          /* until when, ns */
    size_t       sent;          /* of the handshake */
} foe_t;


static void come(foe_t *f, volatile abuse_told_t *told);
static void attack_turn(foe_t *f, const char *request, size_t n);
static void flood(foe_t *f, int ended, volatile abuse_told_t *told);
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
abuse_attack_init(const char *name, size_t *length)
{
    size_t  k;

    for (k = 0; k < sizeof(attacks) / sizeof(attacks[0]); k++) {
        if (strcmp(name, attacks[k].name) == 0) {
            kind = &attacks[k];
            *length = kind->deaf ? LONG : 1;
            fill();

            return 1;
        }
    }

    return 0;
}


/* The process of the attack, until it is killed. */

void
abuse_attack(const char *path, volatile abuse_told_t *told)
{
    int            i, n, opened;
    char           request[512], query[128];
    size_t         len;
    foe_t          foes[CONNS_MAX];
    uint64_t       now;
    struct pollfd  fds[CONNS_MAX];

    abuse_begin(19);

    snprintf(query, sizeof(query), "%s?room=%s-%s", path, kind->name,
             kind->inside ? "0" : "other");
    len = abuse_request(request, sizeof(request), query);

    for (i = 0; i < kind->conns; i++) {
        foes[i].fd = -1;
    }

    for ( ;; ) {
        opened = 0;
        now = abuse_now();

        for (i = 0; i < kind->conns; i++) {

            if (foes[i].fd == -1 && opened < PACE) {
                come(&foes[i], told);
                opened++;
            }

            fds[i].fd = foes[i].fd;
            fds[i].events = (foes[i].deaf > now) ? POLLRDHUP : POLLIN;

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
                flood(&foes[i], fds[i].revents & ENDED, told);
            }
        }

        if (kind->slow || opened == PACE) {
            usleep(1000);
        }
    }
}


static void
come(foe_t *f, volatile abuse_told_t *told)
{
    char  from[32];

    (void) snprintf(from, sizeof(from), THERE, (int) (kind - attacks) + 1);

    f->fd = abuse_dial(from, 0, kind->deaf ? SMALL : 0);
    f->sent = 0;
    f->answered = 0;
    f->deaf = 0;
    f->refused = 0;

    told->tried++;

    if (f->fd == -1) {
        return;
    }

    (void) fcntl(f->fd, F_SETFL, O_NONBLOCK);
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
flood(foe_t *f, int ended, volatile abuse_told_t *told)
{
    char     buf[4096];
    ssize_t  n;

    n = ended ? 0 : -1;
    errno = EAGAIN;

    if (f->deaf < abuse_now()) {
        n = recv(f->fd, buf, sizeof(buf), 0);
    }

    if (n > 0 && !f->answered) {
        f->answered = 1;
        f->deaf = kind->deaf ? abuse_now() + DEAF : 0;
        f->refused = (n < 12 || memcmp(buf + 9, "101", 3) != 0) & 1;
        told->refused += f->refused;
    }

    if ((n > 0 || errno == EAGAIN) && n != 0 && f->answered
        && !f->refused && !kind->brief && npayload != 0)
    {
        /* a deaf one says nothing either */
        n = send(f->fd, payload, npayload, MSG_NOSIGNAL);
        told->bytes += (n > 0) ? (uint64_t) n : 0;
    }

    if (n == 0 || (n == -1 && errno != EAGAIN)
        || f->refused || (kind->brief && f->answered))
    {
        told->closed += (!f->refused && !(kind->brief && f->answered)) & 1;
        abuse_reset(f->fd);
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
                           "{\"op\":\"send\",\"room\":\"%s-other\","
                           "\"text\":\"spam %d\"}", kind->name, i);
        } else {
            return;
        }

        frame = abuse_frame(payload + npayload, text, (size_t) len);
        npayload += frame;
    }
}
