
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The matcher of the Origin header (RFC 6454, section 7; RFC 6455, 10.2).
 */


#ifndef NGX_CHAT_ORIGIN_H_INCLUDED
#define NGX_CHAT_ORIGIN_H_INCLUDED


#include "ngx_chat_str.h"


/*
 * Returns 1 if the origin ("https://chat.example:8443") names the host that
 * the request was sent to.  host is the Host header ("chat.example:8443"),
 * https tells the request's own scheme.  Letter case and the default port of
 * the origin's scheme do not matter; "null" and anything with a path, user or
 * other scheme than http and https never match.
 */
int ngx_chat_origin_same_host(const ngx_chat_str_t *origin,
    const ngx_chat_str_t *host, int https);

/*
 * Returns 1 if the origin fits the pattern: "https://chat.example[:port]",
 * "chat.example[:port]" (either scheme) or with one leading "*." label
 * ("*.chat.example": any host below it, not itself).
 */
int ngx_chat_origin_matches(const ngx_chat_str_t *origin,
    const ngx_chat_str_t *pattern);

/* Returns NULL for a usable pattern, or a clause that says what is wrong. */
const char *ngx_chat_origin_pattern_fault(const ngx_chat_str_t *pattern);


#endif /* NGX_CHAT_ORIGIN_H_INCLUDED */
