
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Preloaded into nginx, makes its processes late, as a busy machine does:
 * one wait for events in so many is followed by a pause.  What counts on the
 * order in which two workers, or a worker and Redis, come to something does
 * not survive it.
 *
 * The pauses differ from process to process and from run to run.
 */


#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>


/* one wait in so many, and up to so many milliseconds */
#define LATE_ONE_IN  3
#define LATE_MAX     100


typedef int (*late_epoll_wait_pt)(int epfd, struct epoll_event *events,
    int n, int timeout);


static uint32_t late_random(void);


int
epoll_wait(int epfd, struct epoll_event *events, int n, int timeout)
{
    int                        got;
    struct timespec            pause;
    static late_epoll_wait_pt  next;

    if (next == NULL) {
        next = (late_epoll_wait_pt) (uintptr_t) dlsym(RTLD_NEXT, "epoll_wait");
    }

    got = next(epfd, events, n, timeout);

    if (got > 0 && late_random() % LATE_ONE_IN == 0) {
        pause.tv_sec = 0;
        pause.tv_nsec = (long) (late_random() % LATE_MAX + 1) * 1000000;
        (void) nanosleep(&pause, NULL);
    }

    return got;
}


/* each worker has its own, hence the number of the process */

static uint32_t
late_random(void)
{
    static pid_t     pid;
    struct timespec  now;
    static uint32_t  state;

    if (pid != getpid()) {
        pid = getpid();
        (void) clock_gettime(CLOCK_MONOTONIC, &now);
        state = ((uint32_t) pid * 2654435761U ^ (uint32_t) now.tv_nsec) | 1;
    }

    /* xorshift, Marsaglia 2003 */
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;

    return state;
}
