
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What the two sides of the abuse share. */


#ifndef ABUSE_H
#define ABUSE_H


#include <stddef.h>
#include <stdint.h>


#define ABUSE_TEXT    4096          /* bytes of a member's command at most */
#define ABUSE_BUFFER  65536


/* what the members' process is told by the other one, and tells it */

typedef struct {
    uint64_t     tried;         /* handshakes */
    uint64_t     refused;       /* of them */
    uint64_t     closed;        /* connections that the server ended */
    uint64_t     bytes;         /* sent on open connections */

    /* of a crowd */

    uint64_t     cuts;          /* how often it has to come */
    uint64_t     done;          /* how often all of it came */
    uint64_t     back;          /* how many are in their room */
    uint64_t     half;          /* ns until half of them were, of all cuts */
    uint64_t     last;          /* ns until all of them were */
} abuse_told_t;


typedef struct {
    const char  *name;
    int          rooms;
    int          rate;          /* messages a second to a room */
    unsigned     inside:1;      /* the members are in the crowd's room */
    unsigned     listed:1;      /* who comes is in lists, and told */
    int          members;
} abuse_crowd_t;


/* abuse_wire.c */

/* where the server listens */
extern int  abuse_port;

/*
 * A connection from this address, or -1; type: SOCK_NONBLOCK or 0; small: the
 * bytes of its receive buffer, or 0.
 */
int abuse_dial(const char *from, int type, int small);

/*
 * What the other process begins with: the members' own has the processor when
 * it needs it, and they end together.
 */
void abuse_begin(int nice);

/* ends it at once */
void abuse_reset(int fd);

/* the monotonic clock, ns */
uint64_t abuse_now(void);

/* the request of a handshake; returns its length */
size_t abuse_request(char *out, size_t size, const char *query);

/* a masked text frame of at most 64 KB; returns its length */
size_t abuse_frame(char *out, const char *text, size_t n);

void abuse_die(const char *fmt, ...)
    __attribute__((noreturn, format(printf, 1, 2)));


/* abuse_attack.c */

/*
 * Chooses the kind of attack, 0: there is no such; length: how long the texts
 * of the members must be for it to be one.
 */
int abuse_attack_init(const char *name, size_t *length);

/*
 * The process of the attack, until it is killed; counts handshakes, and those
 * of them that are refused.
 */
void abuse_attack(const char *path, volatile abuse_told_t *told)
    __attribute__((noreturn));


/* abuse_crowd.c */

/* the crowd of this name, NULL: there is no such; members: 0 is all */
const abuse_crowd_t *abuse_crowd_init(const char *name, int members);

/*
 * The process of the crowd, until it is killed: comes as often as it is told,
 * each time all at once.
 */
void abuse_crowd(volatile abuse_told_t *told)
    __attribute__((noreturn));


#endif /* ABUSE_H */
