
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * How fast messages are published by HTTP: each keep-alive connection says one
 * in a room of its own, and the next when it is answered.
 *
 * post PORT PATH HEADER json|plain CONNECTIONS SECONDS PID...
 *
 * '@' in the path is the number of the room.  With json the answers are those
 * of this module, whose numbers must have no gap; and at the end each room is
 * asked for what it keeps, which must be the last messages, each once.
 */


#define _GNU_SOURCE

#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>


#define POST_CONNECTIONS  256
#define POST_REQUEST      1024
#define POST_ANSWER       4096
#define POST_WARMUP       0.2  /* s */
#define POST_SILENCE      5000 /* ms */

/* messages say which they are, in so many digits; so many are asked for */
#define POST_DIGITS       10
#define POST_KEPT         8


typedef struct {
    int       fd;
    uint64_t  seq;              /* of its room, so far */
    uint64_t  sent;             /* ns */
    size_t    size;             /* of the request */
    char     *number;           /* in it: which message this is */
    char     *body;             /* of the answer */
    size_t    len;              /* of the answer, so far */
    char      request[POST_REQUEST];
    char      answer[POST_ANSWER];
} post_t;


static void post_open(post_t *p, int port);
static void post_make(post_t *p, uint32_t room, char **argv);
static void post_send(post_t *p);
static void post_run(double seconds);
static int post_read(post_t *p);
static void post_check(post_t *p);
static void post_wait(post_t *p);
static uint64_t post_look(post_t *p, uint32_t room, char **argv);
static void post_print(const uint64_t *cpu, uint64_t own, double elapsed,
    uint64_t looked);


static post_t          posts[POST_CONNECTIONS];
static uint32_t        nposts;
static int             ep, json, measuring;
static load_hist_t     answered;
static load_options_t  options;


int
main(int argc, char **argv)
{
    int                 i;
    double              seconds;
    uint32_t            n;
    double              elapsed;
    uint64_t            start, own, looked, cpu[LOAD_PIDS];
    struct epoll_event  ev;

    if (argc < 7 || argc - 7 > LOAD_PIDS) {
        load_fail("usage: post PORT PATH HEADER json|plain CONNECTIONS "
                  "SECONDS PID...");
    }

    json = (strcmp(argv[4], "json") == 0);
    nposts = (uint32_t) atoi(argv[5]);
    seconds = atof(argv[6]);

    if (nposts == 0 || nposts > POST_CONNECTIONS) {
        load_fail("1 to %d connections", POST_CONNECTIONS);
    }

    for (i = 7; i < argc; i++) {
        options.pids[options.npids++] = atoi(argv[i]);
    }

    ep = epoll_create1(0);

    for (n = 0; n < nposts; n++) {
        post_open(&posts[n], atoi(argv[1]));
        post_make(&posts[n], n, argv);

        ev.events = EPOLLIN;
        ev.data.ptr = &posts[n];
        epoll_ctl(ep, EPOLL_CTL_ADD, posts[n].fd, &ev);

        post_send(&posts[n]);
    }

    post_run(POST_WARMUP);

    for (n = 0; n < options.npids; n++) {
        cpu[n] = load_cpu_of(&options, n);
    }

    own = load_cpu_self();
    start = load_now();
    measuring = 1;

    post_run(seconds);

    for (n = 0; n < options.npids; n++) {
        cpu[n] = load_cpu_of(&options, n) - cpu[n];
    }

    own = load_cpu_self() - own;
    elapsed = (double) (load_now() - start) / 1e9;
    looked = 0;

    for (n = 0; n < nposts; n++) {
        post_wait(&posts[n]);
        post_check(&posts[n]);

        if (json) {
            looked += post_look(&posts[n], n, argv);
        }
    }

    post_print(cpu, own, elapsed, looked);

    return 0;
}


void
load_fail(const char *format, ...)
{
    va_list  args;

    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);

    exit(1);
}


static void
post_open(post_t *p, int port)
{
    int                 on;
    struct sockaddr_in  sin;

    on = 1;
    memset(&sin, 0, sizeof(sin));

    sin.sin_family = AF_INET;
    sin.sin_port = htons((uint16_t) port);
    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    p->fd = socket(AF_INET, SOCK_STREAM, 0);

    if (p->fd == -1
        || connect(p->fd, (struct sockaddr *) &sin, sizeof(sin)) == -1)
    {
        load_fail("cannot connect: %s", strerror(errno));
    }

    setsockopt(p->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}


static void
post_make(post_t *p, uint32_t room, char **argv)
{
    int          n;
    char         body[LOAD_BODY + 32], text[LOAD_BODY + 1];
    const char  *at;

    memset(text, 'x', LOAD_BODY);
    text[LOAD_BODY] = '\0';

    snprintf(body, sizeof(body), json ? "{\"text\":\"%s\"}" : "%s", text);

    at = strchr(argv[2], '@');

    if (at == NULL) {
        load_fail("the path has no @");
    }

    n = snprintf(p->request, sizeof(p->request),
                 "POST %.*s%u%s HTTP/1.1\r\nHost: localhost\r\n%s\r\n"
                 "Content-Type: %s\r\nContent-Length: %zu\r\n\r\n%s",
                 (int) (at - argv[2]), argv[2], room, at + 1, argv[3],
                 json ? "application/json" : "text/plain", strlen(body), body);

    if (n < 0 || (size_t) n >= sizeof(p->request)) {
        load_fail("the request is too long");
    }

    p->size = (size_t) n;
    p->number = strstr(p->request, "xxx");
}


/* An answer was there, so there is room for all of it. */

static void
post_send(post_t *p)
{
    char  digits[POST_DIGITS + 1];

    snprintf(digits, sizeof(digits), "%0*llu", POST_DIGITS,
             (unsigned long long) p->seq + 1);
    memcpy(p->number, digits, POST_DIGITS);

    p->sent = load_now();
    p->len = 0;

    if (send(p->fd, p->request, p->size, MSG_NOSIGNAL) != (ssize_t) p->size) {
        load_fail("cannot send: %s", strerror(errno));
    }
}


static void
post_run(double seconds)
{
    int                 i, n;
    post_t             *p;
    uint64_t            now, end;
    struct epoll_event  events[POST_CONNECTIONS];

    end = load_now() + (uint64_t) (seconds * 1e9);

    for (now = load_now(); now < end; now = load_now()) {
        n = epoll_wait(ep, events, POST_CONNECTIONS, POST_SILENCE);

        if (n <= 0) {
            load_fail("no answer for %d ms", POST_SILENCE);
        }

        for (i = 0; i < n; i++) {
            p = events[i].data.ptr;

            if (!post_read(p)) {
                continue;
            }

            if (measuring) {
                load_hist_add(&answered, load_now() - p->sent);
            }

            post_check(p);
            post_send(p);
        }
    }
}


/* 1: an answer is there. */

static int
post_read(post_t *p)
{
    char     *body, *length;
    ssize_t   n;

    n = recv(p->fd, p->answer + p->len, sizeof(p->answer) - 1 - p->len, 0);

    if (n <= 0) {
        load_fail("the server closed a connection");
    }

    p->len += (size_t) n;
    p->answer[p->len] = '\0';

    body = strstr(p->answer, "\r\n\r\n");

    if (body == NULL) {
        return 0;
    }

    if (strncmp(p->answer, "HTTP/1.1 20", 11) != 0) {
        load_fail("the server answered: %s", p->answer);
    }

    length = strcasestr(p->answer, "\r\nContent-Length:");

    if (length == NULL || length > body) {
        load_fail("an answer without a length: %s", p->answer);
    }

    body += 4;

    if ((size_t) (p->answer + p->len - body) < strtoul(length + 17, NULL, 10)) {
        return 0;
    }

    p->body = body;

    return 1;
}


/* Nobody else is in the room. */

static void
post_check(post_t *p)
{
    p->seq++;

    if (json && (strncmp(p->body, "{\"seq\":", 7) != 0
                 || strtoull(p->body + 7, NULL, 10) != p->seq))
    {
        load_fail("message %llu of a room was answered by %s",
                  (unsigned long long) p->seq, p->body);
    }
}


static void
post_wait(post_t *p)
{
    int                 n;
    struct epoll_event  ev;

    (void) epoll_ctl(ep, EPOLL_CTL_DEL, p->fd, NULL);

    ev.events = EPOLLIN;
    ev.data.ptr = p;
    n = epoll_create1(0);
    epoll_ctl(n, EPOLL_CTL_ADD, p->fd, &ev);

    do {
        if (epoll_wait(n, &ev, 1, POST_SILENCE) != 1) {
            load_fail("no answer for %d ms", POST_SILENCE);
        }

    } while (!post_read(p));

    close(n);
}


/*
 * The room's last message is the last one that was answered, and those before
 * it are those that were said before it.  Returns how many were looked at.
 */

static uint64_t
post_look(post_t *p, uint32_t room, char **argv)
{
    char         name[32];
    uint64_t     top, seq, n;
    const char  *at, *next;

    at = strchr(argv[2], '@');

    p->len = 0;
    p->size = (size_t) snprintf(p->request, sizeof(p->request),
                  "GET %.*s%u%s?limit=%d HTTP/1.1\r\nHost: localhost\r\n"
                  "%s\r\n\r\n", (int) (at - argv[2]), argv[2], room, at + 1,
                  POST_KEPT, argv[3]);

    if (send(p->fd, p->request, p->size, MSG_NOSIGNAL) != (ssize_t) p->size) {
        load_fail("cannot send: %s", strerror(errno));
    }

    post_wait(p);

    at = strstr(p->body, "\"top\":");
    top = (at != NULL) ? strtoull(at + 6, NULL, 10) : 0;

    if (top != p->seq) {
        load_fail("%llu messages of a room were answered, and it has %llu",
                  (unsigned long long) p->seq, (unsigned long long) top);
    }

    seq = (p->seq < POST_KEPT) ? 0 : p->seq - POST_KEPT;
    at = p->body;

    for (n = 0; seq < p->seq; n++) {
        seq++;

        snprintf(name, sizeof(name), "\"seq\":%llu,",
                 (unsigned long long) seq);
        next = strstr(at, name);
        at = (next != NULL) ? strstr(next, "\"text\":\"") : NULL;

        if (at == NULL || strtoull(at + 8, NULL, 10) != seq) {
            load_fail("message %llu of a room is not in %s",
                      (unsigned long long) seq, p->body);
        }
    }

    return n;
}


static void
post_print(const uint64_t *cpu, uint64_t own, double elapsed,
    uint64_t looked)
{
    double    n;
    uint32_t  i;

    n = (double) (answered.total ? answered.total : 1);

    printf("{\"seconds\":%.3f,\"publishes\":%.0f,\"looked_at\":%llu,"
           "\"publishes_per_second\":%.0f,"
           "\"ack_p50_us\":%.1f,\"ack_p99_us\":%.1f,"
           "\"client_busy\":%.3f,\"cpu_us_per_publish\":[",
           elapsed, (double) answered.total, (unsigned long long) looked,
           (double) answered.total / elapsed,
           (double) load_hist_quantile(&answered, 0.5) / 1e3,
           (double) load_hist_quantile(&answered, 0.99) / 1e3,
           (double) own / 1e9 / elapsed);

    for (i = 0; i < options.npids; i++) {
        printf("%s%.2f", i ? "," : "", (double) cpu[i] / 1e3 / n);
    }

    printf("]}\n");
}
