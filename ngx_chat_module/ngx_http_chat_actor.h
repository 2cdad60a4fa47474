
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Who a session acts as, towards the rights of a room and towards limits.
 */


#ifndef NGX_HTTP_CHAT_ACTOR_H_INCLUDED
#define NGX_HTTP_CHAT_ACTOR_H_INCLUDED


#include "ngx_http_chat_session.h"
#include "ngx_chat_rights.h"


/* ip has NGX_CHAT_RIGHTS_IP_MAX bytes; all strings live with it and s. */
void ngx_http_chat_actor(ngx_http_chat_session_t *s, ngx_chat_actor_t *actor,
    u_char *ip);

/*
 * What stands for a client's address in bans and limits: an IPv4 address
 * ("192.0.2.1", also where it came as ::ffff:192.0.2.1), the /64 of an IPv6
 * address ("2001:db8:1:2::/64"), "unix:".  Writes at most
 * NGX_CHAT_RIGHTS_IP_MAX bytes and returns how many.
 */
size_t ngx_http_chat_actor_ip(struct sockaddr *sa, socklen_t socklen,
    u_char *ip);


#endif /* NGX_HTTP_CHAT_ACTOR_H_INCLUDED */
