
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What both processes of the abuse say on the wire, and with what. */


#define _GNU_SOURCE

#include "abuse.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>


int  abuse_port;


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


uint64_t
abuse_now(void)
{
    struct timespec  ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);

    return (uint64_t) ts.tv_sec * 1000000000u + (uint64_t) ts.tv_nsec;
}


int
abuse_dial(const char *from, int type, int small)
{
    int                 fd, on;
    struct sockaddr_in  sin;

    on = 1;
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | type, 0);

    memset(&sin, 0, sizeof(sin));
    sin.sin_family = AF_INET;
    sin.sin_addr.s_addr = inet_addr(from);

    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));

    if (fd == -1 || bind(fd, (struct sockaddr *) &sin, sizeof(sin)) == -1) {
        abuse_die("no socket from %s: %s", from, strerror(errno));
    }

    if (small) {
        (void) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    }

    sin.sin_addr.s_addr = inet_addr("127.0.0.1");
    sin.sin_port = htons((uint16_t) abuse_port);

    if (connect(fd, (struct sockaddr *) &sin, sizeof(sin)) == -1
        && errno != EINPROGRESS)
    {
        close(fd);
        return -1;
    }

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));

    return fd;
}


/* It leaves no TIME_WAIT behind. */

void
abuse_reset(int fd)
{
    struct linger  linger;

    linger.l_onoff = 1;
    linger.l_linger = 0;

    (void) setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    close(fd);
}


void
abuse_begin(int nice)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1
        || setpriority(PRIO_PROCESS, 0, nice) == -1)
    {
        abuse_die("the attack cannot stand back: %s", strerror(errno));
    }
}


size_t
abuse_request(char *out, size_t size, const char *query)
{
    return (size_t) snprintf(out, size, "GET %s HTTP/1.1\r\n"
                             "Host: 127.0.0.1:%d\r\nUpgrade: websocket\r\n"
                             "Connection: Upgrade\r\n"
                             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                             "Sec-WebSocket-Version: 13\r\n\r\n",
                             query, abuse_port);
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
