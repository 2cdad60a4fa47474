
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The question that tells of events: from this server itself. */


#include "ngx_http_chat_event.h"


#define NGX_HTTP_CHAT_EVENT_HEAD  1024


static ngx_http_addr_conf_t *ngx_http_chat_event_addr(
    const ngx_listening_t *ls);
static ngx_http_chat_head_t *ngx_http_chat_event_head(
    ngx_http_chat_event_conf_t *event, u_char *buf, size_t size);


ngx_http_chat_ask_t *
ngx_http_chat_event_ask(ngx_http_chat_event_conf_t *event)
{
    uintptr_t                buf[NGX_HTTP_CHAT_EVENT_HEAD
                                 / sizeof(uintptr_t)];
    ngx_http_chat_head_t    *head;
    ngx_http_chat_asker_t    asker;

    if (event->listening == NULL) {
        return NULL;
    }

    ngx_memzero(&asker, sizeof(ngx_http_chat_asker_t));

    head = ngx_http_chat_event_head(event, (u_char *) buf, sizeof(buf));
    head->addr_conf = ngx_http_chat_event_addr(event->listening);

    asker.conf = event->conf;
    asker.listening = event->listening;
    asker.head = head;
    asker.log = ngx_cycle->log;

    return ngx_http_chat_ask_make(&asker, &event->backend);
}


/* An address of the server where that is its default, or of any other. */

void
ngx_http_chat_event_listening(ngx_http_chat_event_conf_t *event)
{
    ngx_uint_t                 i;
    ngx_listening_t           *ls;
    ngx_http_addr_conf_t      *addr;
    ngx_http_core_srv_conf_t  *cscf;

    cscf = event->conf->srv_conf[ngx_http_core_module.ctx_index];

    event->listening = NULL;
    ls = ngx_cycle->listening.elts;

    for (i = 0; i < ngx_cycle->listening.nelts; i++) {

        if (ls[i].handler != ngx_http_init_connection
            || ls[i].servers == NULL)
        {
            continue;
        }

        addr = ngx_http_chat_event_addr(&ls[i]);

        if (event->listening == NULL || addr->default_server == cscf) {
            event->listening = &ls[i];
        }

        if (addr->default_server == cscf) {
            return;
        }
    }
}


static ngx_http_addr_conf_t *
ngx_http_chat_event_addr(const ngx_listening_t *ls)
{
    ngx_http_port_t      *port;
    ngx_http_in_addr_t   *in;
#if (NGX_HAVE_INET6)
    ngx_http_in6_addr_t  *in6;
#endif

    port = ls->servers;

#if (NGX_HAVE_INET6)

    if (ls->sockaddr->sa_family == AF_INET6) {
        in6 = port->addrs;
        return &in6[0].conf;
    }

#endif

    in = port->addrs;

    return &in[0].conf;
}


/* It comes from 127.0.0.1, as "POST uri", to the server's name. */

static ngx_http_chat_head_t *
ngx_http_chat_event_head(ngx_http_chat_event_conf_t *event, u_char *buf,
    size_t size)
{
    u_char                *p, *q, *last;
    struct sockaddr_in    *sin;
    ngx_http_chat_head_t  *head;

    static ngx_str_t  address = ngx_string("127.0.0.1");

    head = (ngx_http_chat_head_t *) buf;
    last = buf + size;

    ngx_memzero(buf, size);

    head->socklen = sizeof(struct sockaddr_in);

    sin = (struct sockaddr_in *) head->addr;
    sin->sin_family = AF_INET;
    sin->sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    p = (u_char *) head->addr
        + ngx_align(sizeof(struct sockaddr_in), sizeof(uintptr_t));

    q = ngx_slprintf(p, last, "%V", &address);
    head->len[NGX_HTTP_CHAT_HEAD_ADDR] = (uint16_t) (q - p);
    p = q;

    q = ngx_slprintf(p, last, "POST %V HTTP/1.1", &event->backend.uri);
    head->len[NGX_HTTP_CHAT_HEAD_REQUEST] = (uint16_t) (q - p);
    p = q;

    q = ngx_slprintf(p, last, "%V", &event->server);
    head->len[NGX_HTTP_CHAT_HEAD_HOST] = (uint16_t) (q - p);

    return head;
}


void
ngx_http_chat_event_anew(ngx_http_chat_event_conf_t *event)
{
    event->query.told = 0;
    event->anew = 1;
}
