
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


#define ABUSE_ROOM    "bench"
#define ABUSE_BUFFER  65536


/* abuse.c */

/* a connection from this address, or -1 */
int abuse_dial(const char *from);

/* the request of a handshake; returns its length */
size_t abuse_request(char *out, size_t size, const char *query);

/* a masked text frame of at most 64 KB; returns its length */
size_t abuse_frame(char *out, const char *text, size_t n);

void abuse_die(const char *fmt, ...)
    __attribute__((noreturn, format(printf, 1, 2)));


/* abuse_attack.c */

/* chooses the kind of attack, 0: there is no such */
int abuse_attack_init(const char *name);

/*
 * The process of the attack, until it is killed; counts handshakes, and those
 * of them that are refused.
 */
void abuse_attack(const char *path, uint64_t tried[2])
    __attribute__((noreturn));


#endif /* ABUSE_H */
