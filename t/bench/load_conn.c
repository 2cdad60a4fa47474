
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The client's sockets: opening, the handshake, reading, closing. */


#define _GNU_SOURCE

#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>


#define LOAD_OPENING   64       /* handshakes under way */
#define LOAD_EVENTS    512
#define LOAD_BUFFER    262144   /* bytes, one recv() */
#define LOAD_PATIENCE  10000000000u    /* ns for an answer */

/* RFC 6455, 1.3.  Opening Handshake: its example's key and answer */

#define LOAD_KEY       "dGhlIHNhbXBsZSBub25jZQ=="
#define LOAD_ACCEPT    "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


static void load_await(load_t *l, uint32_t opened);
static void load_nonblocking(load_t *l, load_conn_t *c);
static void load_event(load_t *l, load_conn_t *c);
static void load_tls(load_t *l, load_conn_t *c);
static void load_request(load_t *l, load_conn_t *c);
static void load_response_tls(load_t *l, load_conn_t *c);
static size_t load_response(load_t *l, load_conn_t *c, char *p, size_t n);


static char  load_buffer[LOAD_BUFFER + 1];


void
load_open(load_t *l, uint32_t first, uint32_t last)
{
    uint32_t  i;

    for (i = first; i < last; i++) {
        load_connect(l, &l->conns[i]);

        if (i + 1 > LOAD_OPENING) {
            load_await(l, i + 1 - LOAD_OPENING);
        }

        if (i % 16 == 0) {
            load_wait(l, 0);
        }
    }

    load_await(l, last);
}


static void
load_await(load_t *l, uint32_t opened)
{
    uint64_t  start;

    start = load_now();

    while (l->opened < opened) {
        load_wait(l, 100);

        if (l->now - start > LOAD_PATIENCE) {
            load_fail("only %u of %u handshakes were answered", l->opened,
                      opened);
        }
    }
}


void
load_connect(load_t *l, load_conn_t *c)
{
    int                 fd, on;
    struct sockaddr_in  sin;

    on = 1;
    fd = socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, 0);

    if (fd == -1) {
        load_fail("socket() failed: %s", strerror(errno));
    }

    memset(&sin, 0, sizeof(sin));
    sin.sin_family = AF_INET;

    if (l->options.source) {

        /* the port is chosen at connect(), when the pair is known */

        setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
        sin.sin_addr.s_addr = inet_addr(l->options.source);

        if (bind(fd, (struct sockaddr *) &sin, sizeof(sin)) == -1) {
            load_fail("bind(%s) failed: %s", l->options.source,
                      strerror(errno));
        }
    }

    sin.sin_addr.s_addr = inet_addr(l->options.host);
    sin.sin_port = htons((uint16_t) l->options.port);

    if (connect(fd, (struct sockaddr *) &sin, sizeof(sin)) == -1) {
        load_fail("connect() failed: %s", strerror(errno));
    }

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));

    c->fd = fd;

    if (!l->options.tls) {
        load_request(l, c);
        load_nonblocking(l, c);
        return;
    }

    load_nonblocking(l, c);
    c->ssl = SSL_new(l->ssl);

    if (c->ssl == NULL || SSL_set_fd(c->ssl, fd) != 1) {
        load_fail("SSL_new() failed");
    }

    SSL_set_connect_state(c->ssl);
    load_tls(l, c);
}


static void
load_nonblocking(load_t *l, load_conn_t *c)
{
    struct epoll_event  ev;

    fcntl(c->fd, F_SETFL, O_NONBLOCK);

    ev.events = EPOLLIN;
    ev.data.u32 = c->index;

    if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, c->fd, &ev) == -1) {
        load_fail("epoll_ctl() failed: %s", strerror(errno));
    }
}


void
load_wait(load_t *l, int ms)
{
    int                        i, n;
    static struct epoll_event  events[LOAD_EVENTS];

    n = epoll_wait(l->epoll, events, LOAD_EVENTS, ms);
    l->now = load_now();

    for (i = 0; i < n; i++) {
        load_event(l, &l->conns[events[i].data.u32]);
    }
}


static void
load_event(load_t *l, load_conn_t *c)
{
    char     *p;
    size_t    left;
    ssize_t   n;

    if (c->state == LOAD_TLS) {
        load_tls(l, c);
        return;
    }

    if (c->ssl) {
        load_response_tls(l, c);
        return;
    }

    p = load_buffer;

    if (c->nrest) {
        memcpy(p, c->rest, c->nrest);
        free(c->rest);
        c->rest = NULL;
    }

    n = recv(c->fd, p + c->nrest, LOAD_BUFFER - c->nrest, 0);

    if (n <= 0 && l->ended) {
        c->nrest = 0;
        c->state = LOAD_AWAY;
        close(c->fd);
        l->ended(l, c);
        return;
    }

    if (n <= 0) {
        load_fail("connection %u ended: %s", c->index,
                  n == 0 ? "closed by the server" : strerror(errno));
    }

    l->now = load_now();
    left = c->nrest + (size_t) n;
    p[left] = '\0';

    if (c->state == LOAD_REQUEST) {
        n = (ssize_t) load_response(l, c, p, left);
        p += n;
        left -= (size_t) n;
    }

    if (c->state == LOAD_OPEN) {
        n = (ssize_t) load_frames(l, c, p, left);
        p += n;
        left -= (size_t) n;
    }

    if (c->state == LOAD_CLOSING) {
        left = 0;
    }

    c->nrest = (uint32_t) left;

    if (left) {
        c->rest = malloc(left);

        if (c->rest == NULL) {
            load_fail("no memory");
        }

        memcpy(c->rest, p, left);
    }
}


static void
load_tls(load_t *l, load_conn_t *c)
{
    int  rc, err;

    rc = SSL_do_handshake(c->ssl);

    if (rc == 1) {
        load_request(l, c);
        return;
    }

    err = SSL_get_error(c->ssl, rc);

    if (err != SSL_ERROR_WANT_READ) {
        load_fail("the TLS handshake failed: %s",
                  ERR_error_string(ERR_get_error(), NULL));
    }
}


static void
load_request(load_t *l, load_conn_t *c)
{
    int          len;
    char         out[512];
    uint32_t     number;
    const char  *at;

    at = strchr(l->options.path, '@');
    number = l->text == load_member_text ? c->index : c->room;

    len = snprintf(out, sizeof(out), "GET %.*s%u%s HTTP/1.1\r\n"
                   "Host: %s:%d\r\nUpgrade: websocket\r\n"
                   "Connection: Upgrade\r\n"
                   "Sec-WebSocket-Key: " LOAD_KEY "\r\n"
                   "Sec-WebSocket-Version: 13\r\n\r\n",
                   (int) (at - l->options.path), l->options.path, number,
                   at + 1, l->options.host, l->options.port);

    c->state = LOAD_REQUEST;

    if (c->ssl == NULL) {
        load_send(l, c, out, (size_t) len);
        return;
    }

    if (SSL_write(c->ssl, out, len) != len) {
        load_fail("SSL_write() failed");
    }
}


/*
 * after the answer the client needs its TLS state no more: the connection
 * stays idle, and 10,000 of them are to fit into memory
 */

static void
load_response_tls(load_t *l, load_conn_t *c)
{
    int   n;
    char  buf[4096];

    n = SSL_read(c->ssl, buf, sizeof(buf) - 1);

    if (n <= 0) {
        if (SSL_get_error(c->ssl, n) != SSL_ERROR_WANT_READ) {
            load_fail("connection %u ended in the handshake", c->index);
        }

        return;
    }

    l->now = load_now();
    buf[n] = '\0';

    if (load_response(l, c, buf, (size_t) n) == 0) {
        load_fail("an answer came in two TLS records");
    }

    epoll_ctl(l->epoll, EPOLL_CTL_DEL, c->fd, NULL);
    SSL_free(c->ssl);
    c->ssl = NULL;
}


/* returns how many bytes the answer took, 0 while it is incomplete */

static size_t
load_response(load_t *l, load_conn_t *c, char *p, size_t n)
{
    char  *end, *accept;

    end = memmem(p, n, "\r\n\r\n", 4);

    if (end == NULL) {
        return 0;
    }

    if (strncmp(p, "HTTP/1.1 503 ", 13) == 0 && l->ended) {
        c->code = 503;
        c->state = LOAD_CLOSING;
        shutdown(c->fd, SHUT_RDWR);
        return n;
    }

    if (strncmp(p, "HTTP/1.1 101 ", 13) != 0) {
        load_fail("the handshake was answered %.*s", (int) strcspn(p, "\r"),
                  p);
    }

    accept = strcasestr(p, "\r\nSec-WebSocket-Accept: " LOAD_ACCEPT "\r\n");

    if (accept == NULL || accept > end) {
        load_fail("the handshake was answered without a right"
                  " Sec-WebSocket-Accept");
    }

    c->state = LOAD_OPEN;
    l->opened++;

    return (size_t) (end + 4 - p);
}


void
load_send(load_t *l, load_conn_t *c, const char *p, size_t n)
{
    ssize_t  sent;

    sent = send(c->fd, p, n, MSG_NOSIGNAL);

    /* the end is read after what the server sent before it */

    if (sent == -1 && l->ended && errno != EAGAIN) {
        return;
    }

    if (sent != (ssize_t) n) {
        load_fail("send() to connection %u: %s", c->index,
                  sent == -1 ? strerror(errno) : "the server reads too slowly");
    }
}


void
load_reset(load_conn_t *c)
{
    struct linger  linger;

    linger.l_onoff = 1;
    linger.l_linger = 0;

    setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    close(c->fd);
}


void
load_close(load_t *l)
{
    uint32_t  i;

    for (i = 0; i < l->nconns; i++) {
        if (l->conns[i].state != LOAD_AWAY) {
            load_reset(&l->conns[i]);
        }
    }
}
