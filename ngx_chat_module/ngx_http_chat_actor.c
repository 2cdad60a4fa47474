
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Who a session acts as; see the header. */


#include "ngx_http_chat_actor.h"


#define NGX_HTTP_CHAT_ACTOR_NET  "/64"


void
ngx_http_chat_actor(ngx_http_chat_session_t *s, ngx_chat_actor_t *actor,
    u_char *ip)
{
    ngx_str_t  id, name;

    id = ngx_http_chat_head_str(s->head, NGX_HTTP_CHAT_HEAD_USER);
    name = ngx_http_chat_head_str(s->head, NGX_HTTP_CHAT_HEAD_NAME);

    actor->user.id.len = id.len;
    actor->user.id.data = id.data;
    actor->user.name.len = name.len;
    actor->user.name.data = name.data;
    actor->ip.data = ip;
    actor->ip.len = ngx_http_chat_actor_ip(s->connection->sockaddr,
                                           s->connection->socklen, ip);
    actor->given = (ngx_chat_role_e) s->head->given;
    actor->reads = s->head->reads & 1;
    actor->any = 0;
}


size_t
ngx_http_chat_actor_ip(struct sockaddr *sa, socklen_t socklen, u_char *ip)
{
#if (NGX_HAVE_INET6)

    size_t                len;
    u_char                text[NGX_SOCKADDR_STRLEN];
    struct sockaddr_in    sin;
    struct sockaddr_in6  *sin6, net;

    if (sa->sa_family == AF_INET6) {
        sin6 = (struct sockaddr_in6 *) sa;

        if (IN6_IS_ADDR_V4MAPPED(&sin6->sin6_addr)) {
            ngx_memzero(&sin, sizeof(struct sockaddr_in));
            sin.sin_family = AF_INET;
            ngx_memcpy(&sin.sin_addr, &sin6->sin6_addr.s6_addr[12], 4);

            return ngx_sock_ntop((struct sockaddr *) &sin, sizeof(sin), ip,
                                 NGX_CHAT_RIGHTS_IP_MAX, 0);
        }

        net = *sin6;
        ngx_memzero(&net.sin6_addr.s6_addr[8], 8);

        /* nginx asks for more room than is ever used */

        len = ngx_sock_ntop((struct sockaddr *) &net, sizeof(net), text,
                            NGX_SOCKADDR_STRLEN, 0);
        len = ngx_min(len, NGX_CHAT_RIGHTS_IP_MAX
                           - (sizeof(NGX_HTTP_CHAT_ACTOR_NET) - 1));

        ngx_memcpy(ip, text, len);
        ngx_memcpy(ip + len, NGX_HTTP_CHAT_ACTOR_NET,
                   sizeof(NGX_HTTP_CHAT_ACTOR_NET) - 1);

        return len + sizeof(NGX_HTTP_CHAT_ACTOR_NET) - 1;
    }

#endif

    if (sa->sa_family == AF_INET) {
        return ngx_sock_ntop(sa, socklen, ip, NGX_CHAT_RIGHTS_IP_MAX, 0);
    }

    return ngx_sprintf(ip, "unix:") - ip;
}
