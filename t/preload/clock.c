
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Preloaded into nginx, makes the clock of the day jump: so many seconds
 * ahead as the file named by CHAT_CLOCK says, now.  The clock that timers
 * run by stays as it is.
 */


#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>


#define CLOCK_TEXT_MAX  32
#define CLOCK_PATH_MAX  4096


static char  clock_path[CLOCK_PATH_MAX];


/* nginx clears its environment */

__attribute__((constructor))
static void
clock_begin(void)
{
    size_t       i;
    const char  *path;

    path = getenv("CHAT_CLOCK");

    for (i = 0; path != NULL && path[i] != '\0'; i++) {

        if (i == CLOCK_PATH_MAX - 1) {
            return;
        }

        clock_path[i] = path[i];
    }
}


static long
clock_ahead(void)
{
    int      fd;
    char     text[CLOCK_TEXT_MAX];
    ssize_t  n;

    fd = open(clock_path, O_RDONLY | O_CLOEXEC);

    if (fd == -1) {
        return 0;
    }

    n = read(fd, text, sizeof(text) - 1);
    (void) close(fd);

    if (n <= 0) {
        return 0;
    }

    text[n] = '\0';

    return strtol(text, NULL, 10);
}


int
gettimeofday(struct timeval *restrict tv, void *restrict tz)
{
    struct timespec  ts;

    (void) tz;

    if (clock_gettime(CLOCK_REALTIME, &ts) != 0) {
        return -1;
    }

    tv->tv_sec = ts.tv_sec + clock_ahead();
    tv->tv_usec = (suseconds_t) (ts.tv_nsec / 1000);

    return 0;
}
