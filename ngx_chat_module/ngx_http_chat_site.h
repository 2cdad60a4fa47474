
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The room "*": bans and kicks that hold in all rooms of a store.
 *
 * Each worker hears it as long as it lives, whoever is connected, unless the
 * store is this nginx's own and has no room in the JSON format, where alone
 * somebody moderates.  Every session is asked for before it
 * is let in, unless it is known that there are no bans.  While the store is
 * away all are let in, for nothing can be said then, and asked for later.
 */


#ifndef NGX_HTTP_CHAT_SITE_H_INCLUDED
#define NGX_HTTP_CHAT_SITE_H_INCLUDED


#include "ngx_http_chat_hub.h"
#include "ngx_chat_rights.h"


/* What a session goes on with when it is let in. */
typedef void (*ngx_http_chat_site_pt)(ngx_http_chat_session_t *s);


/* Makes and hears the room; without memory there is none. */
void ngx_http_chat_site_init(ngx_http_chat_hub_t *hub);

/* The room is LIVE: what was not heard before is asked for. */
void ngx_http_chat_site_live(ngx_http_chat_hub_t *hub);

/* Lets the session in, at once or when the store has said that it may. */
void ngx_http_chat_site_enter(ngx_http_chat_session_t *s,
    ngx_http_chat_site_pt next);

/* The session is asked for again. */
void ngx_http_chat_site_again(ngx_http_chat_session_t *s);

/* An act came. */
void ngx_http_chat_site_heard(ngx_http_chat_hub_t *hub,
    const ngx_chat_wire_t *rec, ngx_chat_act_e act);

/* A kick that was not heard: ends sessions that were let in before it. */
void ngx_http_chat_site_kicked(ngx_http_chat_hub_t *hub,
    const ngx_chat_wire_t *rec);

/* The store may have lost acts after that version, and number others so. */
void ngx_http_chat_site_back(ngx_http_chat_hub_t *hub, uint64_t version);

/* All sessions are in doubt, and asked for; or on with those that are. */
void ngx_http_chat_site_recheck(ngx_http_chat_hub_t *hub);
void ngx_http_chat_site_recheck_more(ngx_http_chat_hub_t *hub);


#endif /* NGX_HTTP_CHAT_SITE_H_INCLUDED */
