
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * What this machine takes for a message between two workers when the workers
 * do nothing else: one process reads it from a socket, leaves it in shared
 * memory, rings an eventfd and acknowledges; the other wakes up and sends it
 * to its member.  The reference of the case "between".
 */


#define _GNU_SOURCE

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>


#define RELAY_EVERY  5000000    /* ns between two messages */
#define RELAY_WARM   50         /* messages before those that count */
#define RELAY_IN     200        /* bytes: a command */
#define RELAY_OUT    296        /* bytes: an event */
#define RELAY_ACK    90         /* bytes: an answer */


static void relay_first(int fd, int bell, char *shared);
static void relay_second(int fd, int bell, const char *shared);
static void relay_watch(int ep, int fd);
static void relay_wait(int ep);
static uint64_t relay_message(int first, int second);
static void relay_pair(int pair[2]);
static void relay_all(int fd, size_t n);
static uint64_t relay_now(void);
static int relay_cmp(const void *a, const void *b);
static void relay_die(const char *what);


int
main(int argc, char **argv)
{
    int              i, n, bell, first[2], second[2];
    char            *shared;
    uint64_t        *took, next;
    struct timespec  ts;

    n = (argc == 2) ? atoi(argv[1]) * (1000000000 / RELAY_EVERY) : 0;

    if (n <= 0) {
        fprintf(stderr, "usage: relay seconds\n");
        return 2;
    }

    took = calloc((size_t) n, sizeof(uint64_t));
    shared = mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_ANONYMOUS,
                  -1, 0);
    bell = eventfd(0, EFD_NONBLOCK);

    if (took == NULL || shared == MAP_FAILED || bell == -1) {
        relay_die("start");
    }

    relay_pair(first);
    relay_pair(second);
    relay_first(first[1], bell, shared);
    relay_second(second[1], bell, shared);

    next = relay_now();

    for (i = -RELAY_WARM; i < n; i++) {
        next += RELAY_EVERY;
        ts.tv_sec = (time_t) (next / 1000000000);
        ts.tv_nsec = (long) (next % 1000000000);

        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL)
               == EINTR)
        {
            /* again */
        }

        took[i < 0 ? 0 : i] = relay_message(first[0], second[0]);
    }

    qsort(took, (size_t) n, sizeof(uint64_t), relay_cmp);

    printf("{\"relay_p50_us\":%.1f,\"relay_p99_us\":%.1f}\n",
           (double) took[n / 2] / 1e3, (double) took[n - 1 - n / 100] / 1e3);

    return 0;
}


/* sends one, takes what comes, returns when it was there, in ns after that */

static uint64_t
relay_message(int first, int second)
{
    int            acked, there;
    char           buf[RELAY_IN];
    uint64_t       start, took;
    struct pollfd  fds[2];

    memset(buf, 'm', sizeof(buf));
    fds[0].fd = first;
    fds[1].fd = second;
    fds[0].events = fds[1].events = POLLIN;
    acked = there = 0;
    took = 0;
    start = relay_now();

    if (send(first, buf, sizeof(buf), MSG_NOSIGNAL) != (ssize_t) sizeof(buf)) {
        relay_die("send()");
    }

    while (!acked || !there) {

        if (poll(fds, 2, 1000) <= 0) {
            relay_die("poll()");
        }

        if (fds[0].revents & POLLIN) {
            relay_all(first, RELAY_ACK);
            acked = 1;
        }

        if (fds[1].revents & POLLIN) {
            relay_all(second, RELAY_OUT);
            took = relay_now() - start;
            there = 1;
        }
    }

    return took;
}


static void
relay_first(int fd, int bell, char *shared)
{
    int       ep;
    char      buf[RELAY_ACK];
    uint64_t  one;

    if (fork() != 0) {
        return;
    }

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    ep = epoll_create1(0);
    relay_watch(ep, fd);
    memset(buf, 'a', sizeof(buf));
    one = 1;

    for ( ;; ) {
        relay_wait(ep);

        if (recv(fd, shared, RELAY_IN, 0) <= 0
            || write(bell, &one, sizeof(one)) == -1
            || send(fd, buf, sizeof(buf), MSG_NOSIGNAL) == -1)
        {
            relay_die("the first process");
        }
    }
}


static void
relay_second(int fd, int bell, const char *shared)
{
    int       ep;
    char      buf[RELAY_OUT];
    uint64_t  count;

    if (fork() != 0) {
        return;
    }

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    ep = epoll_create1(0);
    relay_watch(ep, bell);
    memset(buf, 'e', sizeof(buf));

    for ( ;; ) {
        relay_wait(ep);

        if (read(bell, &count, sizeof(count)) == -1) {
            relay_die("read()");
        }

        memcpy(buf, shared, RELAY_IN);

        if (send(fd, buf, sizeof(buf), MSG_NOSIGNAL) == -1) {
            relay_die("the second process");
        }
    }
}


static void
relay_watch(int ep, int fd)
{
    struct epoll_event  ev;

    ev.events = EPOLLIN;
    ev.data.fd = fd;

    if (ep == -1 || epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) == -1) {
        relay_die("epoll_ctl()");
    }
}


static void
relay_wait(int ep)
{
    struct epoll_event  ev;

    if (epoll_wait(ep, &ev, 1, -1) != 1) {
        relay_die("epoll_wait()");
    }
}


/* a connection over the loopback, as a member's: no socketpair() is TCP */

static void
relay_pair(int pair[2])
{
    int                 lfd, on;
    socklen_t           len;
    struct sockaddr_in  sin;

    on = 1;
    len = sizeof(sin);
    memset(&sin, 0, sizeof(sin));
    sin.sin_family = AF_INET;
    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    lfd = socket(AF_INET, SOCK_STREAM, 0);
    pair[0] = socket(AF_INET, SOCK_STREAM, 0);

    if (bind(lfd, (struct sockaddr *) &sin, sizeof(sin)) == -1
        || listen(lfd, 1) == -1
        || getsockname(lfd, (struct sockaddr *) &sin, &len) == -1
        || connect(pair[0], (struct sockaddr *) &sin, sizeof(sin)) == -1)
    {
        relay_die("connect()");
    }

    pair[1] = accept(lfd, NULL, NULL);

    if (pair[1] == -1
        || setsockopt(pair[0], IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == -1
        || setsockopt(pair[1], IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == -1)
    {
        relay_die("accept()");
    }

    close(lfd);
}


static void
relay_all(int fd, size_t n)
{
    char  buf[RELAY_OUT];

    if (recv(fd, buf, n, MSG_WAITALL) != (ssize_t) n) {
        relay_die("recv()");
    }
}


static uint64_t
relay_now(void)
{
    struct timespec  ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);

    return (uint64_t) ts.tv_sec * 1000000000u + (uint64_t) ts.tv_nsec;
}


static int
relay_cmp(const void *a, const void *b)
{
    uint64_t  x, y;

    x = *(const uint64_t *) a;
    y = *(const uint64_t *) b;

    return (x > y) - (x < y);
}


static void
relay_die(const char *what)
{
    fprintf(stderr, "relay: %s failed: %s\n", what, strerror(errno));
    exit(1);
}
