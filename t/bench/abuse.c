
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * What the members of a room notice while somebody at another address abuses
 * the server: the latency of each delivery, in slices of time without it, with
 * it, and with it where the server has no limits, one after the other and
 * again.  Prints one line of JSON.
 *
 *     abuse <kind> <port> <path with limits> <path without> <seconds> <slices>
 */


#define _GNU_SOURCE

#include "abuse.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>


#define MEMBERS    20
#define RATE       50           /* messages a second, of all members */
#define HERE       "127.0.0.2"
#define SAMPLES    (1 << 20)
#define CALM       0.3          /* seconds between two slices */
#define PATIENCE   5000         /* ms for the last delivery of a slice */
#define MS         1000000u     /* ns */


typedef enum {
    QUIET = 0,
    LIMITED,
    OPEN,
    PHASES,
    SETTLE = PHASES             /* what one left behind is over */
} phase_e;


typedef struct {
    int          fd;
    size_t       n;
    char         buf[ABUSE_BUFFER];
} member_t;


static void usage(void) __attribute__((noreturn));
static uint64_t now_ns(void);
static void enter(int i);
static void say(int i);
static void hear(member_t *m, phase_e phase);
static size_t frame_length(const char *p, size_t n, size_t *header);
static void slice(phase_e phase, const char *path, double seconds);
static void talk(phase_e phase, double seconds);
static uint64_t quantile(phase_e phase, double q);
static int by_value(const void *a, const void *b);


static const char      *kind;
static int              port;
static member_t         members[MEMBERS];
static uint64_t        *samples[PHASES];
static size_t           nsamples[PHASES];
static uint64_t         said, heard;

/* handshakes of the attack, and those refused; shared with its process */
static uint64_t        *tried;


int
main(int argc, char **argv)
{
    int  i, slices;

    if (argc != 7 || !abuse_attack_init(argv[1])) {
        usage();
    }

    kind = argv[1];
    port = atoi(argv[2]);
    slices = atoi(argv[6]);
    tried = mmap(NULL, 2 * sizeof(uint64_t), PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    for (i = 0; i < PHASES; i++) {
        samples[i] = malloc(SAMPLES * sizeof(uint64_t));

        if (samples[i] == NULL || tried == MAP_FAILED) {
            abuse_die("no memory");
        }
    }

    for (i = 0; i < MEMBERS; i++) {
        enter(i);
    }

    for (i = 0; i < slices; i++) {
        slice(QUIET, NULL, atof(argv[5]) / slices);
        slice(LIMITED, argv[3], atof(argv[5]) / slices);
        slice(OPEN, argv[4], atof(argv[5]) / slices);
    }

    printf("{\"abuse\":\"%s\",\"quiet_p50_us\":%.0f,\"quiet_p99_us\":%.0f,"
           "\"limited_p50_us\":%.0f,\"limited_p99_us\":%.0f,"
           "\"open_p50_us\":%.0f,\"open_p99_us\":%.0f,"
           "\"deliveries\":%llu,\"tried\":%llu,\"refused\":%llu}\n",
           kind, (double) quantile(QUIET, 0.5) / 1000,
           (double) quantile(QUIET, 0.99) / 1000,
           (double) quantile(LIMITED, 0.5) / 1000,
           (double) quantile(LIMITED, 0.99) / 1000,
           (double) quantile(OPEN, 0.5) / 1000,
           (double) quantile(OPEN, 0.99) / 1000,
           (unsigned long long) heard, (unsigned long long) tried[0],
           (unsigned long long) tried[1]);

    return 0;
}


static void
usage(void)
{
    abuse_die("usage: abuse kind port path path seconds slices");
}


void
abuse_die(const char *fmt, ...)
{
    va_list  args;

    va_start(args, fmt);
    vprintf(fmt, args);
    va_end(args);
    printf("\n");
    fflush(stdout);

    _exit(1);
}


static uint64_t
now_ns(void)
{
    struct timespec  ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);

    return (uint64_t) ts.tv_sec * 1000000000u + (uint64_t) ts.tv_nsec;
}


/* A connection from this address, or -1. */

int
abuse_dial(const char *from)
{
    int                 fd, on;
    struct sockaddr_in  sin;

    on = 1;
    fd = socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, 0);

    memset(&sin, 0, sizeof(sin));
    sin.sin_family = AF_INET;
    sin.sin_addr.s_addr = inet_addr(from);

    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));

    if (fd == -1 || bind(fd, (struct sockaddr *) &sin, sizeof(sin)) == -1) {
        abuse_die("no socket from %s: %s", from, strerror(errno));
    }

    sin.sin_addr.s_addr = inet_addr("127.0.0.1");
    sin.sin_port = htons((uint16_t) port);

    if (connect(fd, (struct sockaddr *) &sin, sizeof(sin)) == -1) {
        close(fd);
        return -1;
    }

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));

    return fd;
}


size_t
abuse_request(char *out, size_t size, const char *query)
{
    return (size_t) snprintf(out, size, "GET %s HTTP/1.1\r\n"
                             "Host: 127.0.0.1:%d\r\nUpgrade: websocket\r\n"
                             "Connection: Upgrade\r\n"
                             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                             "Sec-WebSocket-Version: 13\r\n\r\n",
                             query, port);
}


size_t
abuse_frame(char *out, const char *text, size_t n)
{
    char  *p;

    p = out;
    *p++ = (char) 0x81;

    if (n < 126) {
        *p++ = (char) (0x80 | n);
    } else {
        *p++ = (char) (0x80 | 126);
        *p++ = (char) (n >> 8);
        *p++ = (char) n;
    }

    memset(p, 0, 4);
    memcpy(p + 4, text, n);

    return (size_t) (p + 4 + n - out);
}


/* A member comes into the room: what follows the handshake is read later. */

static void
enter(int i)
{
    char      out[512], query[128];
    size_t    n;
    ssize_t   got;
    member_t *m;

    m = &members[i];
    m->fd = abuse_dial(HERE);

    snprintf(query, sizeof(query), "/guard?user=m%d&room=" ABUSE_ROOM, i);
    n = abuse_request(out, sizeof(out), query);

    if (m->fd == -1 || send(m->fd, out, n, MSG_NOSIGNAL) != (ssize_t) n) {
        abuse_die("member %d could not connect", i);
    }

    while (memmem(m->buf, m->n, "\"room\":\"" ABUSE_ROOM "\"", 14) == NULL) {
        got = recv(m->fd, m->buf + m->n, ABUSE_BUFFER - m->n, 0);

        if (got <= 0) {
            abuse_die("member %d was refused: %.*s", i, (int) m->n, m->buf);
        }

        m->n += (size_t) got;
    }

    m->n = 0;
    (void) fcntl(m->fd, F_SETFL, O_NONBLOCK);
}


static void
say(int i)
{
    int     len;
    char    text[256], out[512];
    size_t  n;

    len = snprintf(text, sizeof(text), "{\"op\":\"send\",\"room\":\"" ABUSE_ROOM
                   "\",\"text\":\"at %llu.\"}",
                   (unsigned long long) now_ns());
    n = abuse_frame(out, text, (size_t) len);

    if (send(members[i].fd, out, n, MSG_NOSIGNAL) != (ssize_t) n) {
        abuse_die("member %d cannot send", i);
    }

    said++;
}


/* The length of a frame's payload; SIZE_MAX: more must come. */

static size_t
frame_length(const char *p, size_t n, size_t *header)
{
    const unsigned char  *u;

    u = (const unsigned char *) p;

    if (n < 4) {
        return SIZE_MAX;
    }

    if ((u[1] & 127) == 127) {
        abuse_die("too large a frame");
    }

    *header = ((u[1] & 127) == 126) ? 4 : 2;

    return (*header == 4) ? (size_t) u[2] << 8 | u[3] : (size_t) u[1];
}


static void
hear(member_t *m, phase_e phase)
{
    char     *p, *at;
    size_t    len, header;
    ssize_t   n;
    uint64_t  ns;

    n = recv(m->fd, m->buf + m->n, ABUSE_BUFFER - m->n, 0);

    if (n == -1 && errno == EAGAIN) {
        return;
    }

    if (n <= 0) {
        abuse_die("a member was disconnected");
    }

    m->n += (size_t) n;
    p = m->buf;

    for ( ;; ) {
        n = m->buf + m->n - p;
        len = frame_length(p, (size_t) n, &header);

        if (len == SIZE_MAX || (size_t) n < header + len) {
            break;
        }

        if ((unsigned char) p[0] == 0x88) {
            abuse_die("a member was sent away: %.*s", (int) len - 2,
                p + header + 2);
        }

        at = memmem(p, header + len, "\"text\":\"at ", 11);

        if (at != NULL) {
            ns = now_ns() - strtoull(at + 11, NULL, 10);
            heard++;

            if (phase != SETTLE && nsamples[phase] < SAMPLES) {
                samples[phase][nsamples[phase]++] = ns;
            }
        }

        p += header + len;
    }

    m->n = (size_t) n;
    memmove(m->buf, p, m->n);
}


/* A slice of time, with an attack on the path or without one. */

static void
slice(phase_e phase, const char *path, double seconds)
{
    pid_t  pid;

    talk(SETTLE, CALM);

    if (path == NULL) {
        talk(phase, seconds);
        return;
    }

    pid = fork();

    if (pid == 0) {
        abuse_attack(path, tried);
    }

    talk(phase, seconds);

    if (pid > 0) {
        kill(pid, SIGKILL);
        (void) waitpid(pid, NULL, 0);
    }
}


/* Members talk; at the end all of them have heard everything. */

static void
talk(phase_e phase, double seconds)
{
    int            i, next;
    uint64_t       end, due, now;
    struct pollfd  fds[MEMBERS];

    for (i = 0; i < MEMBERS; i++) {
        fds[i].fd = members[i].fd;
        fds[i].events = POLLIN;
    }

    next = (int) (said % MEMBERS);
    now = now_ns();
    due = now;
    end = now + (uint64_t) (seconds * 1e9);

    while (now < end || heard < said * MEMBERS) {

        if (now >= due && now < end) {
            say(next);
            next = (next + 1) % MEMBERS;
            due += 1000000000u / RATE;
        }

        (void) poll(fds, MEMBERS, 1);

        for (i = 0; i < MEMBERS; i++) {
            if (fds[i].revents) {
                hear(&members[i], phase);
            }
        }

        now = now_ns();

        if (now > end && now - end > (uint64_t) PATIENCE * MS) {
            abuse_die("%llu of %llu deliveries came",
                (unsigned long long) heard,
                (unsigned long long) said * MEMBERS);
        }
    }
}


static uint64_t
quantile(phase_e phase, double q)
{
    if (nsamples[phase] == 0) {
        return 0;
    }

    qsort(samples[phase], nsamples[phase], sizeof(uint64_t), by_value);

    return samples[phase][(size_t) ((double) (nsamples[phase] - 1) * q)];
}


static int
by_value(const void *a, const void *b)
{
    uint64_t  x, y;

    x = *(const uint64_t *) a;
    y = *(const uint64_t *) b;

    return (x > y) - (x < y);
}
