
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Whether tokens travel where everybody can read them. */


#include "ngx_http_chat_conf.h"


static void ngx_http_chat_check_listeners(ngx_conf_t *cf,
    ngx_http_core_srv_conf_t *cscf);
static void ngx_http_chat_check_listener(ngx_conf_t *cf,
    ngx_http_conf_addr_t *addr, ngx_http_core_srv_conf_t *cscf);
static ngx_uint_t ngx_http_chat_is_loopback(struct sockaddr *sa);


void
ngx_http_chat_check_tls(ngx_conf_t *cf)
{
    ngx_uint_t                   i;
    ngx_http_core_srv_conf_t   **cscf;
    ngx_http_chat_main_conf_t   *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_chat_module);
    cscf = cmcf->token_servers.elts;

    for (i = 0; i < cmcf->token_servers.nelts; i++) {
        ngx_http_chat_check_listeners(cf, cscf[i]);
    }
}


static void
ngx_http_chat_check_listeners(ngx_conf_t *cf, ngx_http_core_srv_conf_t *cscf)
{
    ngx_uint_t                  p, a;
    ngx_http_conf_addr_t       *addr;
    ngx_http_conf_port_t       *port;
    ngx_http_core_main_conf_t  *core;

    core = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    if (core->ports == NULL) {
        return;
    }

    port = core->ports->elts;

    for (p = 0; p < core->ports->nelts; p++) {
        addr = port[p].addrs.elts;

        for (a = 0; a < port[p].addrs.nelts; a++) {
            ngx_http_chat_check_listener(cf, &addr[a], cscf);
        }
    }
}


static void
ngx_http_chat_check_listener(ngx_conf_t *cf, ngx_http_conf_addr_t *addr,
    ngx_http_core_srv_conf_t *cscf)
{
    ngx_uint_t                   i;
    ngx_http_core_srv_conf_t   **server;

    if (addr->opt.ssl || ngx_http_chat_is_loopback(addr->opt.sockaddr)) {
        return;
    }

    server = addr->servers.elts;

    for (i = 0; i < addr->servers.nelts; i++) {

        if (server[i] == cscf) {
            ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                          "tokens are taken without TLS on %V, everybody on "
                          "the way can read them: add \"ssl\" to \"listen\", "
                          "or say \"chat_tls_in_front on\" where a proxy in "
                          "front has TLS, in %s:%ui", &addr->opt.addr_text,
                          cscf->file_name, cscf->line);
            return;
        }
    }
}


static ngx_uint_t
ngx_http_chat_is_loopback(struct sockaddr *sa)
{
    struct sockaddr_in   *sin;
#if (NGX_HAVE_INET6)
    struct sockaddr_in6  *sin6;
#endif

    switch (sa->sa_family) {

    case AF_INET:
        sin = (struct sockaddr_in *) sa;
        return (ntohl(sin->sin_addr.s_addr) >> 24) == 127;

#if (NGX_HAVE_INET6)

    case AF_INET6:
        sin6 = (struct sockaddr_in6 *) sa;
        return IN6_IS_ADDR_LOOPBACK(&sin6->sin6_addr);

#endif

    default: /* AF_UNIX */
        return 1;
    }
}
