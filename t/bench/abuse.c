
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * What the members of a room notice while somebody at another address abuses
 * the server: the latency of each delivery, in slices of time without it, with
 * it, and with it where the server has no limits, one after the other and
 * again.  Of a crowd that comes back all at once: without it, with it, and how
 * long it takes.  Prints one line of JSON.
 *
 *     abuse <kind> <port> <seconds> <slices> [<how many>]
 */


#define _GNU_SOURCE

#include "abuse.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
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
#define RATE       80           /* messages a second, of all members */
#define HERE       "127.0.8.%d" /* nobody has been refused there before */
#define GUARDED    "/guard"     /* limits as by default */
#define UNGUARDED  "/open"      /* none */
#define UNAVAILABLE  "\"code\":\"unavailable\""
#define RATE_LIMITED  "\"code\":\"rate_limited\""
#define SAMPLES    (1 << 20)
#define CALM       0.3          /* seconds between two slices, at most */
#define PATIENCE   5000         /* ms for the last delivery of a slice */
#define PATIENCE_BACK  60000    /* ms for the last of a crowd */
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
static void report(int slices);
static void enter(int i);
static void say(int i);
static void hear(member_t *m, phase_e phase);
static int refused(const char *p, size_t n);
static size_t frame_length(const char *p, size_t n, size_t *header);
static void slice(phase_e phase, const char *path, double seconds);
static void attacked(double seconds, int slices);
static void crowded(double seconds, int slices);
static void talk(phase_e phase, double seconds);
static void impatient(uint64_t ns);
static double calm(double seconds);
static double ms(phase_e phase, double q);
static uint64_t quantile(phase_e phase, double q);
static int by_value(const void *a, const void *b);


static const char             *kind;
static const abuse_crowd_t    *crowd;       /* NULL: an attack */
static int                     rate;
static char                    room[64];
static size_t                  length;      /* of a text, at least */
static member_t                members[MEMBERS];
static uint64_t               *samples[PHASES];
static size_t                  nsamples[PHASES];
static uint64_t                said, heard;
static uint64_t                failed;      /* who said it was told */

/* shared with the process of the attack or crowd: with limits, without */
static volatile abuse_told_t  *told;


int
main(int argc, char **argv)
{
    int     i;

    if (argc < 5 || argc > 6) {
        usage();
    }

    kind = argv[1];
    abuse_port = atoi(argv[2]);
    crowd = abuse_crowd_init(kind, (argc == 6) ? atoi(argv[5]) : 0);

    if (crowd == NULL && !abuse_attack_init(kind, &length)) {
        usage();
    }

    /* a room of its own, without the messages of before */

    rate = (crowd != NULL && crowd->inside) ? crowd->rate : RATE;
    (void) snprintf(room, sizeof(room), "%s-%s", kind,
                    (crowd != NULL && !crowd->inside) ? "others" : "0");

    told = mmap(NULL, 2 * sizeof(abuse_told_t), PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    for (i = 0; i < PHASES; i++) {
        samples[i] = malloc(SAMPLES * sizeof(uint64_t));

        if (samples[i] == NULL || told == MAP_FAILED) {
            abuse_die("no memory");
        }
    }

    for (i = 0; i < MEMBERS; i++) {
        enter(i);
    }

    if (crowd != NULL) {
        crowded(atof(argv[3]), atoi(argv[4]));

    } else {
        attacked(atof(argv[3]), atoi(argv[4]));
    }

    report(atoi(argv[4]));

    return 0;
}


static void
report(int slices)
{
    printf("{\"abuse\":\"%s\","
           "\"quiet_p50_ms\":%.3f,\"quiet_p99_ms\":%.3f,"
           "\"with_p50_ms\":%.3f,\"with_p99_ms\":%.3f,"
           "\"deliveries\":%llu,\"failed\":%llu,\"tried\":%llu,"
           "\"refused\":%llu,\"closed\":%llu,\"kilobytes\":%llu",
           kind, ms(QUIET, 0.5), ms(QUIET, 0.99), ms(LIMITED, 0.5),
           ms(LIMITED, 0.99), (unsigned long long) heard,
           (unsigned long long) failed,
           (unsigned long long) told->tried,
           (unsigned long long) told->refused,
           (unsigned long long) told->closed,
           (unsigned long long) told->bytes / 1000);

    if (crowd != NULL) {
        printf(",\"crowd\":%d,\"half_ms\":%.1f,\"back_ms\":%.1f}\n",
               crowd->members, (double) told->half / slices / MS,
               (double) told->last / slices / MS);
        return;
    }

    printf(",\"open_p50_ms\":%.3f,\"open_p99_ms\":%.3f,"
           "\"open_tried\":%llu,\"open_closed\":%llu,"
           "\"open_kilobytes\":%llu}\n",
           ms(OPEN, 0.5), ms(OPEN, 0.99),
           (unsigned long long) told[1].tried,
           (unsigned long long) told[1].closed,
           (unsigned long long) told[1].bytes / 1000);
}


static void
usage(void)
{
    abuse_die("usage: abuse kind port seconds slices [how many]");
}


/* A member comes into the room: what follows the handshake is read later. */

static void
enter(int i)
{
    char       from[32], out[512], query[128], joined[128];
    size_t     n;
    ssize_t    got;
    member_t  *m;

    m = &members[i];
    (void) snprintf(from, sizeof(from), HERE, (int) getpid() % 250 + 1);
    m->fd = abuse_dial(from, 0, 0);

    snprintf(query, sizeof(query), GUARDED "?user=m%d&room=%s", i, room);
    n = abuse_request(out, sizeof(out), query);

    if (m->fd == -1 || send(m->fd, out, n, MSG_NOSIGNAL) != (ssize_t) n) {
        abuse_die("member %d could not connect", i);
    }

    (void) snprintf(joined, sizeof(joined), "\"room\":\"%s\"", room);

    while (memmem(m->buf, m->n, joined, strlen(joined)) == NULL) {
        got = recv(m->fd, m->buf + m->n, ABUSE_BUFFER - m->n, 0);

        if (got <= 0 || memcmp(m->buf + 9, "101", 3) != 0) {
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
    char    text[ABUSE_TEXT], out[ABUSE_TEXT + 16];
    size_t  n;

    len = snprintf(text, sizeof(text), "{\"op\":\"send\",\"room\":\"%s\","
                   "\"text\":\"at %llu.%0*d\"}", room,
                   (unsigned long long) abuse_now(), (int) length, 0);
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
            ns = abuse_now() - strtoull(at + 11, NULL, 10);
            heard++;

            if (phase != SETTLE && nsamples[phase] < SAMPLES) {
                samples[phase][nsamples[phase]++] = ns;
            }
        }

        failed += (uint64_t) refused(p, header + len);

        p += header + len;
    }

    m->n = (size_t) n;
    memmove(m->buf, p, m->n);
}


/*
 * Was a member told that it is not sent?  While a crowd comes, a server that
 * is late reads at once what was said in a while, which may be too fast; what
 * an attack does must never make that of others.
 */

static int
refused(const char *p, size_t n)
{
    return memmem(p, n, UNAVAILABLE, sizeof(UNAVAILABLE) - 1) != NULL
           || (crowd != NULL
               && memmem(p, n, RATE_LIMITED, sizeof(RATE_LIMITED) - 1)
                  != NULL);
}


static void
attacked(double seconds, int slices)
{
    int  i;

    for (i = 0; i < slices; i++) {
        slice(QUIET, NULL, seconds / slices);
        slice(LIMITED, GUARDED, seconds / slices);
        slice(OPEN, UNGUARDED, seconds / slices);
    }
}


/* A slice of time, with an attack on the path or without one. */

static void
slice(phase_e phase, const char *path, double seconds)
{
    pid_t  pid;

    talk(SETTLE, calm(seconds));

    if (path == NULL) {
        talk(phase, seconds);
        return;
    }

    pid = fork();

    if (pid == 0) {
        abuse_attack(path, &told[phase - LIMITED]);
    }

    talk(phase, seconds);

    if (pid > 0) {
        kill(pid, SIGKILL);
        (void) waitpid(pid, NULL, 0);
    }
}


/* The crowd is in; without a word all of it goes, and comes back at once. */

static void
crowded(double seconds, int slices)
{
    int    i;
    pid_t  pid;

    told->cuts = 1;
    pid = fork();

    if (pid == 0) {
        abuse_crowd(told);
    }

    for (i = 0; i < slices; i++) {
        talk(SETTLE, calm(seconds / slices));
        talk(QUIET, seconds / slices);

        told->cuts++;
        talk(LIMITED, 0);
    }

    if (pid > 0) {
        kill(pid, SIGKILL);
        (void) waitpid(pid, NULL, 0);
    }
}


/* Members talk; at the end all of them have heard everything. */

static void
talk(phase_e phase, double seconds)
{
    int            i, next, talking;
    uint64_t       end, due, now;
    struct pollfd  fds[MEMBERS];

    for (i = 0; i < MEMBERS; i++) {
        fds[i].fd = members[i].fd;
        fds[i].events = POLLIN;
    }

    next = (int) (said % MEMBERS);
    now = abuse_now();
    due = now;
    end = now + (uint64_t) (seconds * 1e9);
    talking = 1;

    while (talking || heard < (said - failed) * MEMBERS) {

        if (talking && now >= due) {
            say(next);
            next = (next + 1) % MEMBERS;
            due += 1000000000u / (unsigned) rate;
        }

        (void) poll(fds, MEMBERS, 1);

        for (i = 0; i < MEMBERS; i++) {
            if (fds[i].revents) {
                hear(&members[i], phase);
            }
        }

        now = abuse_now();
        talking = now < end || told->done < told->cuts;

        if (now > end) {
            impatient(now - end);
        }
    }
}


/* Gives up when somebody should have come, or something. */

static void
impatient(uint64_t ns)
{
    if (told->done < told->cuts) {

        if (ns > (uint64_t) PATIENCE_BACK * MS) {
            abuse_die("%llu of %d came back",
                (unsigned long long) told->back, crowd->members);
        }

        return;
    }

    if (ns > (uint64_t) (PATIENCE + (crowd ? PATIENCE_BACK : 0)) * MS) {
        abuse_die("%llu of %llu deliveries came",
            (unsigned long long) heard,
            (unsigned long long) (said - failed) * MEMBERS);
    }
}


static double
calm(double seconds)
{
    return seconds < CALM ? seconds : CALM;
}


static double
ms(phase_e phase, double q)
{
    return (double) quantile(phase, q) / MS;
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
