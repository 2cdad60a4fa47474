
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * How a link gets from an address to an open connection: resolver, connect,
 * login.
 */


#include "ngx_http_chat_redis.h"


/* One of the commands that log in. */

typedef struct {
    ngx_http_chat_redis_call_t   call;
    ngx_http_chat_redis_t       *link;
    unsigned                     secret:1;   /* Redis may quote it */
    unsigned                     optional:1;
    unsigned                     last:1;
} ngx_http_chat_redis_login_t;


static void ngx_http_chat_redis_resolved(ngx_resolver_ctx_t *ctx);
static ngx_resolver_addr_t *ngx_http_chat_redis_pick(ngx_resolver_ctx_t *ctx,
    ngx_uint_t attempt);
static void ngx_http_chat_redis_peer(ngx_http_chat_redis_t *link,
    struct sockaddr *sockaddr, socklen_t socklen);
static ngx_int_t ngx_http_chat_redis_login(ngx_http_chat_redis_t *link,
    ngx_http_chat_redis_login_t *like, ngx_str_t *args, ngx_uint_t n);
static void ngx_http_chat_redis_login_handler(
    ngx_http_chat_redis_call_t *call, redisReply *reply);


void
ngx_http_chat_redis_connect(ngx_http_chat_redis_t *link)
{
    ngx_addr_t                  *addr;
    ngx_resolver_ctx_t          *ctx;
    ngx_http_chat_redis_conf_t  *conf;

    conf = link->conf;

    if (conf->naddrs) {
        addr = &conf->addrs[link->attempt % conf->naddrs];
        ngx_http_chat_redis_peer(link, addr->sockaddr, addr->socklen);
        return;
    }

    ngx_http_chat_redis_set_state(link, NGX_HTTP_CHAT_REDIS_RESOLVING);

    ctx = ngx_resolve_start(conf->clcf->resolver, NULL);

    if (ctx == NULL || ctx == NGX_NO_RESOLVER) {
        ngx_http_chat_redis_fail(link, 0, "host name found no resolver");
        return;
    }

    ctx->name = conf->host;
    ctx->handler = ngx_http_chat_redis_resolved;
    ctx->data = link;
    ctx->timeout = NGX_HTTP_CHAT_REDIS_CONNECT_TIMEOUT;
    ctx->cancelable = 1;

    link->query = ctx;

    if (ngx_resolve_name(ctx) != NGX_OK) {
        link->query = NULL;
        ngx_http_chat_redis_fail(link, 0, "host name could not be asked for");
    }
}


/*
 * The resolver walks over all that wait for this name: it must not see any of
 * them go, as the other link would if this one failed here.
 */

static void
ngx_http_chat_redis_resolved(ngx_resolver_ctx_t *ctx)
{
    ngx_resolver_addr_t    *addr;
    ngx_http_chat_redis_t  *link;

    link = ctx->data;

    link->query = NULL;
    link->query_state = ctx->state;
    link->socklen = 0;

    if (ctx->state == NGX_OK && ctx->naddrs) {
        addr = ngx_http_chat_redis_pick(ctx, link->attempt);

        ngx_memcpy(&link->sockaddr, addr->sockaddr, addr->socklen);
        ngx_inet_set_port(&link->sockaddr.sockaddr, link->conf->port);
        link->socklen = addr->socklen;
    }

    ngx_resolve_name_done(ctx);

    ngx_post_event(&link->resolved, &ngx_posted_events);
}


/*
 * The resolver gives the addresses in a new order each time.  Two links of
 * one store have to reach the same server, and the next attempt another: the
 * attempt counts through them in the order of their bytes.
 */

static ngx_resolver_addr_t *
ngx_http_chat_redis_pick(ngx_resolver_ctx_t *ctx, ngx_uint_t attempt)
{
    ngx_uint_t            i, k, below, wanted;
    ngx_resolver_addr_t  *one, *two;

    wanted = attempt % ctx->naddrs;

    for (i = 0; i < ctx->naddrs; i++) {
        one = &ctx->addrs[i];
        below = 0;

        for (k = 0; k < ctx->naddrs; k++) {
            two = &ctx->addrs[k];

            if (two->socklen < one->socklen
                || (two->socklen == one->socklen
                    && ngx_memcmp(two->sockaddr, one->sockaddr, one->socklen)
                       < 0))
            {
                below++;
            }
        }

        if (below == wanted) {
            return &ctx->addrs[i];
        }
    }

    /* some are equal */

    return &ctx->addrs[0];
}


void
ngx_http_chat_redis_resolved_handler(ngx_event_t *ev)
{
    u_char                        reason[NGX_MAX_ERROR_STR / 8];
    ngx_http_chat_redis_t        *link;
    ngx_http_chat_redis_ident_t  *ident;

    ident = ev->data;
    link = ident->owner;

    if (link->socklen) {
        ngx_http_chat_redis_peer(link, &link->sockaddr.sockaddr,
                                 link->socklen);
        return;
    }

    (void) ngx_snprintf(reason, sizeof(reason),
                        "host name could not be resolved (%i: %s)%Z",
                        link->query_state,
                        ngx_resolver_strerror(link->query_state));
    reason[sizeof(reason) - 1] = '\0';

    ngx_http_chat_redis_fail(link, 0, (const char *) reason);
}


static void
ngx_http_chat_redis_peer(ngx_http_chat_redis_t *link,
    struct sockaddr *sockaddr, socklen_t socklen)
{
    ngx_int_t               rc;
    ngx_uint_t              level;
    ngx_connection_t       *c;
    ngx_peer_connection_t   peer;

    ngx_http_chat_redis_set_state(link, NGX_HTTP_CHAT_REDIS_CONNECTING);

    ngx_memzero(&peer, sizeof(ngx_peer_connection_t));

    peer.sockaddr = sockaddr;
    peer.socklen = socklen;
    peer.name = &link->conf->address;
    peer.get = ngx_event_get_peer;
    peer.log = &link->log;
    peer.log_error = NGX_ERROR_INFO;
    peer.so_keepalive = 1;

    /* what fails is told by the owner, once */

    level = link->log.log_level;
    link->log.log_level = ngx_min(level, NGX_LOG_ALERT);

    rc = ngx_event_connect_peer(&peer);

    link->log.log_level = level;

    if (rc == NGX_ERROR || rc == NGX_BUSY || rc == NGX_DECLINED) {
        ngx_http_chat_redis_fail(link, ngx_socket_errno,
                                 "could not be connected");
        return;
    }

    c = peer.connection;

    /*
     * worker_shutdown_timeout closes connections one by one, except those
     * marked so: the sessions have to go before the store, and tell it.
     */
    c->read->channel = 1;

    c->data = link;
    c->addr_text = link->conf->address;
    c->read->handler = ngx_http_chat_redis_read_handler;
    c->write->handler = ngx_http_chat_redis_write_handler;

    link->connection = c;
    link->ident.fd = c->fd;

    if (rc == NGX_OK) {
        ngx_http_chat_redis_connected(link);
    }
}


/* The socket says something for the first time. */

void
ngx_http_chat_redis_connected(ngx_http_chat_redis_t *link)
{
    int                err;
    socklen_t          len;
    ngx_connection_t  *c;

    c = link->connection;

    err = 0;
    len = sizeof(int);

    if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, (void *) &err, &len) == -1) {
        err = ngx_socket_errno;
    }

    if (err) {
        ngx_http_chat_redis_fail(link, err, "could not be connected");
        return;
    }

    if (link->conf->host.len && ngx_tcp_nodelay(c) != NGX_OK) {
        ngx_http_chat_redis_fail(link, 0, "connection takes no option");
        return;
    }

    if (link->conf->secure) {
        ngx_http_chat_redis_handshake(link);
        return;
    }

    ngx_http_chat_redis_auth(link);
}


void
ngx_http_chat_redis_auth(ngx_http_chat_redis_t *link)
{
    u_char                       db[NGX_INT_T_LEN], name[128];
    ngx_str_t                    args[3];
    ngx_uint_t                   n;
    ngx_http_chat_redis_conf_t  *conf;
    ngx_http_chat_redis_login_t  like;

    conf = link->conf;

    link->elements = 0;
    link->bytes = 0;
    link->reader = ngx_http_chat_redis_reader(link);

    if (link->reader == NULL) {
        ngx_http_chat_redis_fail(link, 0, "reply found no memory");
        return;
    }

    ngx_http_chat_redis_set_state(link, NGX_HTTP_CHAT_REDIS_AUTH);

    ngx_memzero(&like, sizeof(ngx_http_chat_redis_login_t));
    like.link = link;

    if (conf->password.len) {
        n = 0;
        ngx_str_set(&args[n], "AUTH");
        n++;

        if (conf->user.len) {
            args[n++] = conf->user;
        }

        args[n++] = conf->password;

        like.secret = 1;

        if (ngx_http_chat_redis_login(link, &like, args, n) != NGX_OK) {
            return;
        }

        like.secret = 0;
    }

    if (conf->db) {
        ngx_str_set(&args[0], "SELECT");
        args[1].data = db;
        args[1].len = ngx_sprintf(db, "%ui", conf->db) - db;

        if (ngx_http_chat_redis_login(link, &like, args, 2) != NGX_OK) {
            return;
        }
    }

    /* of use to who looks at CLIENT LIST, and proof that we may talk */

    ngx_str_set(&args[0], "CLIENT");
    ngx_str_set(&args[1], "SETNAME");
    args[2].data = name;
    args[2].len = ngx_snprintf(name, sizeof(name), "ngx_chat-%s-%P",
                               link->title, ngx_pid)
                  - name;

    like.optional = 1;
    like.last = 1;

    if (ngx_http_chat_redis_login(link, &like, args, 3) != NGX_OK) {
        return;
    }

    if (link->connection->read->ready) {
        ngx_post_event(link->connection->read, &ngx_posted_events);
    }

    if (ngx_handle_read_event(link->connection->read, 0) != NGX_OK) {
        ngx_http_chat_redis_fail(link, 0, "connection got no event");
    }
}


/* Returns NGX_DONE if the link had to be given up. */

static ngx_int_t
ngx_http_chat_redis_login(ngx_http_chat_redis_t *link,
    ngx_http_chat_redis_login_t *like, ngx_str_t *args, ngx_uint_t n)
{
    size_t                        len[3];
    const char                   *argv[3];
    ngx_uint_t                    i;
    ngx_http_chat_redis_login_t  *login;

    for (i = 0; i < n; i++) {
        argv[i] = (const char *) args[i].data;
        len[i] = args[i].len;
    }

    login = ngx_alloc(sizeof(ngx_http_chat_redis_login_t), &link->log);

    if (login == NULL) {
        ngx_http_chat_redis_fail(link, 0, "login found no memory");
        return NGX_DONE;
    }

    *login = *like;
    login->call.handler = ngx_http_chat_redis_login_handler;

    if (ngx_http_chat_redis_format(&login->call, n, argv, len) != NGX_OK
        || ngx_http_chat_redis_submit(link, &login->call) != NGX_OK)
    {
        ngx_http_chat_redis_release(&login->call);
        ngx_free(login);

        ngx_http_chat_redis_fail(link, 0, "login found no memory");
        return NGX_DONE;
    }

    return NGX_OK;
}


static void
ngx_http_chat_redis_login_handler(ngx_http_chat_redis_call_t *call,
    redisReply *reply)
{
    ngx_http_chat_redis_t        *link;
    ngx_http_chat_redis_login_t   login;

    login = *(ngx_http_chat_redis_login_t *) call;
    link = login.link;

    ngx_http_chat_redis_release(call);
    ngx_free(call);

    if (reply == NULL) {
        return;
    }

    if (reply->type == REDIS_REPLY_ERROR
        && (!login.optional
            || ngx_strncmp(reply->str, "NOAUTH", sizeof("NOAUTH") - 1) == 0
            || ngx_strncmp(reply->str, "ERR max", sizeof("ERR max") - 1) == 0
            || ngx_strncmp(reply->str, "DENIED", sizeof("DENIED") - 1) == 0))
    {
        ngx_http_chat_redis_refused(link, reply, login.secret);
        return;
    }

    if (!login.last) {
        return;
    }

    ngx_del_timer(&link->timer);

    ngx_http_chat_redis_set_state(link, NGX_HTTP_CHAT_REDIS_OPEN);

    link->owner->up(link);
}


/* Redis may quote what it did not understand: of a login only the code. */

void
ngx_http_chat_redis_refused(ngx_http_chat_redis_t *link, redisReply *reply,
    ngx_uint_t secret)
{
    u_char  reason[NGX_MAX_ERROR_STR / 8], *p, *last;
    size_t  i;

    p = ngx_cpymem(reason, "refused the login: ",
                   sizeof("refused the login: ") - 1);
    last = reason + sizeof(reason) - 1;

    for (i = 0; i < reply->len && p < last; i++) {
        if (secret && reply->str[i] == ' ') {
            break;
        }

        *p++ = (reply->str[i] < 0x20 || reply->str[i] > 0x7e)
               ? '?' : (u_char) reply->str[i];
    }

    *p = '\0';

    ngx_http_chat_redis_fail(link, 0, (const char *) reason);
}
