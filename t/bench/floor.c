
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The smallest broadcaster: one thread, epoll, one send() per member of the
 * room and message; it is the unit in which the benchmark counts.
 */


#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>


#define FLOOR_BUFFER   65536    /* bytes, one recv() */
#define FLOOR_ROOMS    4096     /* hash buckets, a power of two */
#define FLOOR_NAME     32       /* bytes of a room's name with its NUL */
#define FLOOR_EVENTS   512
#define FLOOR_GUID     "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


typedef struct floor_room_s  floor_room_t;

struct floor_room_s {
    floor_room_t  *next;
    int           *fds;
    uint32_t       n;
    uint32_t       size;
    char           name[FLOOR_NAME];
};


/* a connection, found by its descriptor */

typedef struct {
    floor_room_t  *room;        /* NULL until the handshake is done */
    char          *rest;        /* an incomplete request or frame */
    uint32_t       nrest;
    uint32_t       index;       /* place in room->fds */
} floor_conn_t;


static int floor_listen(int port);
static void floor_accept(int lfd);
static void floor_read(int fd);
static void floor_close(int fd);
static size_t floor_handshake(int fd, char *p, size_t n);
static void floor_join(int fd, const char *name, size_t len);
static ssize_t floor_frame(int fd, uint8_t *p, size_t n);
static void floor_broadcast(floor_room_t *room, uint8_t *p, size_t n);
static void floor_die(const char *what);


static floor_room_t  *floor_rooms[FLOOR_ROOMS];
static floor_conn_t  *floor_conns;
static size_t         floor_nconns;
static int            floor_epoll;
static char           floor_buffer[FLOOR_BUFFER + 1];


int
main(int argc, char **argv)
{
    int                 i, n, lfd;
    struct rlimit       rl;
    struct epoll_event  ev, events[FLOOR_EVENTS];

    if (argc != 2) {
        fprintf(stderr, "usage: floor port\n");
        return 2;
    }

    if (getrlimit(RLIMIT_NOFILE, &rl) == -1) {
        floor_die("getrlimit()");
    }

    rl.rlim_cur = rl.rlim_max;
    (void) setrlimit(RLIMIT_NOFILE, &rl);

    floor_nconns = rl.rlim_cur;
    floor_conns = calloc(floor_nconns, sizeof(floor_conn_t));
    floor_epoll = epoll_create1(EPOLL_CLOEXEC);
    lfd = floor_listen(atoi(argv[1]));

    if (floor_conns == NULL || floor_epoll == -1) {
        floor_die("start");
    }

    ev.events = EPOLLIN;
    ev.data.fd = lfd;
    epoll_ctl(floor_epoll, EPOLL_CTL_ADD, lfd, &ev);

    for ( ;; ) {
        n = epoll_wait(floor_epoll, events, FLOOR_EVENTS, -1);

        for (i = 0; i < n; i++) {
            if (events[i].data.fd == lfd) {
                floor_accept(lfd);
                continue;
            }

            floor_read(events[i].data.fd);
        }
    }
}


static int
floor_listen(int port)
{
    int                 fd, on;
    struct sockaddr_in  sin;

    on = 1;
    memset(&sin, 0, sizeof(sin));
    sin.sin_family = AF_INET;
    sin.sin_port = htons((uint16_t) port);
    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    fd = socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK|SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));

    if (bind(fd, (struct sockaddr *) &sin, sizeof(sin)) == -1
        || listen(fd, 511) == -1)
    {
        floor_die("listen()");
    }

    return fd;
}


static void
floor_accept(int lfd)
{
    int                 fd, on;
    struct epoll_event  ev;

    on = 1;

    for ( ;; ) {
        fd = accept4(lfd, NULL, NULL, SOCK_NONBLOCK|SOCK_CLOEXEC);

        if (fd == -1) {
            return;
        }

        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        memset(&floor_conns[fd], 0, sizeof(floor_conn_t));

        ev.events = EPOLLIN|EPOLLRDHUP;
        ev.data.fd = fd;
        epoll_ctl(floor_epoll, EPOLL_CTL_ADD, fd, &ev);
    }
}


static void
floor_read(int fd)
{
    char          *p, *last;
    ssize_t        n;
    floor_conn_t  *c;

    c = &floor_conns[fd];
    p = floor_buffer;

    if (c->nrest) {
        memcpy(p, c->rest, c->nrest);
    }

    n = recv(fd, p + c->nrest, FLOOR_BUFFER - c->nrest, 0);

    if (n <= 0) {
        if (n == 0 || errno != EAGAIN) {
            floor_close(fd);
        }

        return;
    }

    last = p + c->nrest + n;
    *last = '\0';

    if (c->room == NULL) {
        p += floor_handshake(fd, p, (size_t) (last - p));
    }

    while (c->room && p < last) {
        n = floor_frame(fd, (uint8_t *) p, (size_t) (last - p));

        if (n == -1) {
            floor_close(fd);
            return;
        }

        if (n == 0) {
            break;
        }

        p += n;
    }

    free(c->rest);
    c->rest = NULL;
    c->nrest = (uint32_t) (last - p);

    if (c->nrest) {
        c->rest = malloc(c->nrest);

        if (c->rest == NULL) {
            floor_die("malloc()");
        }

        memcpy(c->rest, p, c->nrest);
    }
}


static void
floor_close(int fd)
{
    int            moved;
    floor_conn_t  *c;
    floor_room_t  *room;

    c = &floor_conns[fd];
    room = c->room;

    if (room) {
        moved = room->fds[--room->n];
        room->fds[c->index] = moved;
        floor_conns[moved].index = c->index;
        c->room = NULL;
    }

    free(c->rest);
    c->rest = NULL;
    c->nrest = 0;
    close(fd);
}


/* returns how many bytes the request took, 0 while it is incomplete */

static size_t
floor_handshake(int fd, char *p, size_t n)
{
    int             len;
    char           *end, *key, *room;
    char            out[256], accept[64], text[128];
    unsigned char   hash[SHA_DIGEST_LENGTH];

    end = memmem(p, n, "\r\n\r\n", 4);

    if (end == NULL) {
        return 0;
    }

    key = strcasestr(p, "\r\nSec-WebSocket-Key:");
    room = strstr(p, "room=");

    if (key == NULL || room == NULL || key > end) {
        shutdown(fd, SHUT_RDWR);
        return 0;
    }

    key += sizeof("\r\nSec-WebSocket-Key:") - 1;
    key += strspn(key, " ");

    len = snprintf(text, sizeof(text), "%.*s" FLOOR_GUID,
                   (int) strcspn(key, " \r"), key);
    SHA1((unsigned char *) text, (size_t) len, hash);
    EVP_EncodeBlock((unsigned char *) accept, hash, SHA_DIGEST_LENGTH);

    len = snprintf(out, sizeof(out), "HTTP/1.1 101 Switching Protocols\r\n"
                   "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                   "Sec-WebSocket-Accept: %s\r\n\r\n", accept);

    if (send(fd, out, (size_t) len, MSG_NOSIGNAL) != len) {
        shutdown(fd, SHUT_RDWR);
        return 0;
    }

    room += sizeof("room=") - 1;
    floor_join(fd, room, strcspn(room, " &\r"));

    return (size_t) (end + 4 - p);
}


static void
floor_join(int fd, const char *name, size_t len)
{
    size_t         i;
    uint32_t       hash;
    floor_room_t  *room;

    if (len >= FLOOR_NAME) {
        len = FLOOR_NAME - 1;
    }

    hash = 2166136261u;

    for (i = 0; i < len; i++) {
        hash = (hash ^ (uint8_t) name[i]) * 16777619u;
    }

    hash &= FLOOR_ROOMS - 1;

    for (room = floor_rooms[hash]; room; room = room->next) {
        if (strncmp(room->name, name, len) == 0 && room->name[len] == '\0') {
            break;
        }
    }

    if (room == NULL) {
        room = calloc(1, sizeof(floor_room_t));

        if (room == NULL) {
            floor_die("calloc()");
        }

        memcpy(room->name, name, len);
        room->next = floor_rooms[hash];
        floor_rooms[hash] = room;
    }

    if (room->n == room->size) {
        room->size = room->size ? room->size * 2 : 8;
        room->fds = realloc(room->fds, room->size * sizeof(int));

        if (room->fds == NULL) {
            floor_die("realloc()");
        }
    }

    floor_conns[fd].room = room;
    floor_conns[fd].index = room->n;
    room->fds[room->n++] = fd;
}


/*
 * returns how many bytes the frame took, 0 while it is incomplete, -1 if the
 * connection is to be closed; a masked header is four bytes longer than an
 * unmasked one, so the answer's header fits in front of the payload
 */

static ssize_t
floor_frame(int fd, uint8_t *p, size_t n)
{
    size_t    i, len, header;
    uint8_t   opcode, *payload, *mask;

    if (n < 2) {
        return 0;
    }

    opcode = p[0] & 0x0f;
    len = p[1] & 0x7f;
    header = 2;

    if (len == 126) {
        if (n < 4) {
            return 0;
        }

        len = ((size_t) p[2] << 8) | p[3];
        header = 4;
    }

    /* no fragments, no 64-bit lengths, nothing unmasked */

    if ((p[0] & 0x80) == 0 || (p[1] & 0x80) == 0 || (p[1] & 0x7f) == 127
        || opcode == 8)
    {
        return -1;
    }

    if (n < header + 4 + len) {
        return 0;
    }

    if (opcode != 1) {
        return (ssize_t) (header + 4 + len);
    }

    mask = p + header;
    payload = mask + 4;

    for (i = 0; i < len; i++) {
        payload[i] ^= mask[i & 3];
    }

    memmove(p + 4, p, header);
    p[5] &= 0x7f;
    floor_broadcast(floor_conns[fd].room, p + 4, header + len);

    return (ssize_t) (header + 4 + len);
}


static void
floor_broadcast(floor_room_t *room, uint8_t *p, size_t n)
{
    uint32_t  i;

    for (i = 0; i < room->n; i++) {

        /* a reader whose buffers are full goes: its socket says so later */

        if (send(room->fds[i], p, n, MSG_NOSIGNAL) != (ssize_t) n) {
            shutdown(room->fds[i], SHUT_RDWR);
        }
    }
}


static void
floor_die(const char *what)
{
    fprintf(stderr, "floor: %s failed: %s\n", what, strerror(errno));
    exit(1);
}
