
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Preloaded into nginx, makes its stream sockets give and take a few bytes
 * at a time, or none, as a slow network does.
 *
 * nginx uses edge-triggered epoll and takes a short count for "drained" or
 * "full".  The socket is neither, so no edge would follow: after each lie
 * the descriptor is armed again with what it was registered with.  One that
 * is not registered is left alone, for the same reason.
 *
 * The lies are the same in each run; PARTIAL_IO_SEED changes them.
 */


#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>


#define PARTIAL_MAX_FD   65536
#define PARTIAL_MAX_IOV  64

/* nginx registers a socket before it connects it */
#define PARTIAL_UNKNOWN  -1

/* one call in so many finds nothing to read, or no room */
#define PARTIAL_AGAIN    8


typedef ssize_t (*partial_read_pt)(int fd, void *buf, size_t size);
typedef ssize_t (*partial_write_pt)(int fd, const void *buf, size_t size);
typedef ssize_t (*partial_recv_pt)(int fd, void *buf, size_t size, int flags);
typedef ssize_t (*partial_send_pt)(int fd, const void *buf, size_t size,
    int flags);
typedef ssize_t (*partial_iov_pt)(int fd, const struct iovec *iov, int n);
typedef int (*partial_epoll_ctl_pt)(int epfd, int op, int fd,
    struct epoll_event *event);
typedef int (*partial_close_pt)(int fd);


typedef struct {
    int                  epfd;
    int                  registered;
    int                  stream;
    struct epoll_event   event;
} partial_fd_t;


static void *partial_find(const char *name);
static uint32_t partial_random(void);
static size_t partial_limit(int fd, size_t size);
static void partial_arm(int fd);
static int partial_is_stream(int fd);
static ssize_t partial_iov(int fd, const struct iovec *iov, int n,
    const char *name);


static partial_fd_t  partial_fds[PARTIAL_MAX_FD];
static uint32_t      partial_state;


ssize_t
read(int fd, void *buf, size_t size)
{
    size_t                  limit;
    static partial_read_pt  next;

    if (next == NULL) {
        next = (partial_read_pt) (uintptr_t) partial_find("read");
    }

    limit = partial_limit(fd, size);

    if (limit == 0 && size != 0) {
        errno = EAGAIN;
        return -1;
    }

    return next(fd, buf, limit);
}


ssize_t
write(int fd, const void *buf, size_t size)
{
    size_t                   limit;
    static partial_write_pt  next;

    if (next == NULL) {
        next = (partial_write_pt) (uintptr_t) partial_find("write");
    }

    limit = partial_limit(fd, size);

    if (limit == 0 && size != 0) {
        errno = EAGAIN;
        return -1;
    }

    return next(fd, buf, limit);
}


ssize_t
recv(int fd, void *buf, size_t size, int flags)
{
    size_t                  limit;
    static partial_recv_pt  next;

    if (next == NULL) {
        next = (partial_recv_pt) (uintptr_t) partial_find("recv");
    }

    limit = (flags & MSG_PEEK) ? size : partial_limit(fd, size);

    if (limit == 0 && size != 0) {
        errno = EAGAIN;
        return -1;
    }

    return next(fd, buf, limit, flags);
}


ssize_t
send(int fd, const void *buf, size_t size, int flags)
{
    size_t                  limit;
    static partial_send_pt  next;

    if (next == NULL) {
        next = (partial_send_pt) (uintptr_t) partial_find("send");
    }

    limit = partial_limit(fd, size);

    if (limit == 0 && size != 0) {
        errno = EAGAIN;
        return -1;
    }

    return next(fd, buf, limit, flags);
}


ssize_t
readv(int fd, const struct iovec *iov, int n)
{
    return partial_iov(fd, iov, n, "readv");
}


ssize_t
writev(int fd, const struct iovec *iov, int n)
{
    return partial_iov(fd, iov, n, "writev");
}


int
epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)
{
    int                          rc;
    static partial_epoll_ctl_pt  next;

    if (next == NULL) {
        next = (partial_epoll_ctl_pt) (uintptr_t) partial_find("epoll_ctl");
    }

    rc = next(epfd, op, fd, event);

    if (rc != 0 || fd < 0 || fd >= PARTIAL_MAX_FD) {
        return rc;
    }

    if (op == EPOLL_CTL_DEL) {
        partial_fds[fd].registered = 0;
        return rc;
    }

    if (op == EPOLL_CTL_ADD) {
        partial_fds[fd].stream = PARTIAL_UNKNOWN;
    }

    partial_fds[fd].epfd = epfd;
    partial_fds[fd].event = *event;
    partial_fds[fd].registered = 1;

    return rc;
}


int
close(int fd)
{
    static partial_close_pt  next;

    if (next == NULL) {
        next = (partial_close_pt) (uintptr_t) partial_find("close");
    }

    if (fd >= 0 && fd < PARTIAL_MAX_FD) {
        partial_fds[fd].registered = 0;
    }

    return next(fd);
}


static void *
partial_find(const char *name)
{
    void  *symbol;

    symbol = dlsym(RTLD_NEXT, name);

    if (symbol == NULL) {
        _exit(127);
    }

    return symbol;
}


/* xorshift: the same numbers in each run */

static uint32_t
partial_random(void)
{
    const char  *seed;

    if (partial_state == 0) {
        seed = getenv("PARTIAL_IO_SEED");
        partial_state = (seed == NULL) ? 1 : (uint32_t) atoi(seed) | 1;
    }

    partial_state ^= partial_state << 13;
    partial_state ^= partial_state >> 17;
    partial_state ^= partial_state << 5;

    return partial_state;
}


/* how many of the bytes pass; 0: none now */

static size_t
partial_limit(int fd, size_t size)
{
    size_t    limit;
    uint32_t  n;

    if (fd < 0 || fd >= PARTIAL_MAX_FD || !partial_fds[fd].registered
        || size == 0)
    {
        return size;
    }

    if (partial_fds[fd].stream == PARTIAL_UNKNOWN) {
        partial_fds[fd].stream = partial_is_stream(fd);
    }

    if (!partial_fds[fd].stream) {
        return size;
    }

    n = partial_random();

    if (n % PARTIAL_AGAIN == 0) {
        partial_arm(fd);
        return 0;
    }

    switch ((n >> 8) % 4) {

    case 0:
        limit = 1;
        break;

    case 1:
        limit = 1 + (n >> 16) % 16;
        break;

    case 2:
        limit = 1 + (n >> 16) % 2048;
        break;

    default:
        limit = size;
    }

    if (limit >= size) {
        return size;
    }

    partial_arm(fd);

    return limit;
}


static void
partial_arm(int fd)
{
    int                  saved;
    struct epoll_event  *event;

    saved = errno;
    event = &partial_fds[fd].event;

    epoll_ctl(partial_fds[fd].epfd, EPOLL_CTL_MOD, fd, event);

    errno = saved;
}


/*
 * TCP, and unix sockets that have a name: nginx's own channel between its
 * processes has none and carries whole structures.
 */

static int
partial_is_stream(int fd)
{
    int                      type, listening;
    socklen_t                len;
    struct sockaddr_storage  local, peer;

    len = sizeof(int);

    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) != 0
        || type != SOCK_STREAM)
    {
        return 0;
    }

    len = sizeof(int);

    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) != 0
        || listening)
    {
        return 0;
    }

    len = sizeof(local);

    if (getsockname(fd, (struct sockaddr *) &local, &len) != 0) {
        return 0;
    }

    if (local.ss_family != AF_UNIX || len > sizeof(sa_family_t)) {
        return 1;
    }

    len = sizeof(peer);

    return getpeername(fd, (struct sockaddr *) &peer, &len) == 0
           && len > sizeof(sa_family_t);
}


static ssize_t
partial_iov(int fd, const struct iovec *iov, int n, const char *name)
{
    int                    i, count;
    size_t                 total, limit;
    struct iovec           cut[PARTIAL_MAX_IOV];
    partial_iov_pt         next;
    static partial_iov_pt  next_readv, next_writev;

    if (next_readv == NULL) {
        next_readv = (partial_iov_pt) (uintptr_t) partial_find("readv");
        next_writev = (partial_iov_pt) (uintptr_t) partial_find("writev");
    }

    next = (name[0] == 'r') ? next_readv : next_writev;
    total = 0;

    for (i = 0; i < n; i++) {
        total += iov[i].iov_len;
    }

    limit = partial_limit(fd, total);

    if (limit == total) {
        return next(fd, iov, n);
    }

    if (limit == 0) {
        errno = EAGAIN;
        return -1;
    }

    for (count = 0; limit != 0 && count < PARTIAL_MAX_IOV; count++) {
        cut[count] = iov[count];

        if (cut[count].iov_len > limit) {
            cut[count].iov_len = limit;
        }

        limit -= cut[count].iov_len;
    }

    return next(fd, cut, count);
}
