
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The HTTP API: resources of rooms and users, for users without a WebSocket
 * and for backends.
 *
 *   handler          body             begin, a question or two
 *   path, method, -> JSON, limits  -> may the user be there? -> the resource's
 *   who, page                         (a backend may)           own operation
 *
 * A call waits for one operation of the broker, or one answer of the site, at
 * a time.  The operation finds the call through its wait, which outlives both:
 * a request that ends early detaches it.  Whoever answers ends the request:
 * after send(), refuse() and fault() nothing of the call may be touched.
 */


#ifndef NGX_HTTP_CHAT_API_H_INCLUDED
#define NGX_HTTP_CHAT_API_H_INCLUDED


#include "ngx_http_chat_answer.h"
#include "ngx_http_chat_hub.h"
#include "ngx_http_chat_join.h"
#include "ngx_http_chat_limit.h"
#include "ngx_http_chat_poll.h"
#include "ngx_http_chat_review.h"
#include "ngx_chat_route.h"


typedef struct ngx_http_chat_api_s       ngx_http_chat_api_t;
typedef struct ngx_http_chat_api_wait_s  ngx_http_chat_api_wait_t;

typedef void (*ngx_http_chat_api_pt)(ngx_http_chat_api_t *api);
typedef void (*ngx_http_chat_api_reply_pt)(ngx_http_chat_api_t *api,
    const ngx_http_chat_reply_t *reply);


/* What a method of a resource does. */

typedef struct {
    ngx_chat_route_e           resource;
    ngx_uint_t                 method;
    ngx_uint_t                 kind;       /* of limits */
    ngx_chat_body_e            body;
    ngx_http_chat_api_pt       handler;    /* when the user may be there */
} ngx_http_chat_api_row_t;


struct ngx_http_chat_api_s {
    ngx_http_chat_ctx_t              ctx;    /* first: who; for variables */
    ngx_http_request_t              *request;
    const ngx_http_chat_api_row_t   *row;
    ngx_chat_route_t                 route;
    ngx_chat_command_t               cmd;    /* of path, query and body */
    ngx_chat_actor_t                 actor;
    ngx_chat_role_e                  role;   /* in the room, if known */
    ngx_http_chat_api_wait_t        *wait;   /* for this operation */
    ngx_http_chat_review_t          *review; /* or for the site, */
    ngx_http_chat_ask_t             *ask;    /* which lets it in */
    ngx_event_t                      timer;
    ngx_msec_t                       patience;  /* of a long poll, or 0 */
    ngx_msec_t                       until;
    ngx_http_chat_poll_t             poll;
    ngx_http_chat_limit_call_t       limit;
    ngx_chat_joined_t                view;   /* of a room, as it gets known */
    u_char                           ip[NGX_CHAT_RIGHTS_IP_MAX];
    u_char                           cid[NGX_HTTP_CHAT_SESSION_ID_LEN];
    u_char                           epoch[NGX_CHAT_WIRE_EPOCH_MAX];
    unsigned                         backend:1;
    unsigned                         parked:1;   /* it waits for a word, */
    unsigned                         stirred:1;  /* which may have come */
    unsigned                         named:1;  /* it speaks for somebody */
};


/* ngx_http_chat_api.c: the content handler of "chat_api". */
ngx_int_t ngx_http_chat_api_handler(ngx_http_request_t *r);


/* ngx_http_chat_api_who.c */

/*
 * Sets who calls.  NGX_OK, or what the content handler must return: it was
 * refused.
 */
ngx_int_t ngx_http_chat_api_who(ngx_http_chat_api_t *api);

/* For a 401; NGX_ERROR: no memory. */
ngx_int_t ngx_http_chat_api_challenge(ngx_http_request_t *r);

/* The actor; for a backend that names somebody, as that one. */
ngx_chat_code_e ngx_http_chat_api_actor(ngx_http_chat_api_t *api);

/* Whoever it is: may be in the room, for the site and for the store?  Then
   row->handler() goes on. */
void ngx_http_chat_api_admit(ngx_http_chat_api_t *api);


/* ngx_http_chat_api_wait.c */

/*
 * An operation on a room of this name: open(), the broker's, begun() with what
 * it returned.  NULL: refused, the call is over.  After begun() it may be over.
 */
ngx_http_chat_hub_room_t *ngx_http_chat_api_open(ngx_http_chat_api_t *api,
    const ngx_chat_str_t *name, ngx_http_chat_api_reply_pt done,
    ngx_http_chat_ticket_t *ticket);
void ngx_http_chat_api_begun(ngx_http_chat_api_t *api, ngx_int_t rc,
    const ngx_http_chat_ticket_t *ticket);

/* Between open() and the store: its answer is counted, whoever waits for it. */
void ngx_http_chat_api_publishes(const ngx_http_chat_ticket_t *ticket);

/* The same: it is an act, which is told when it is done. */
void ngx_http_chat_api_moderates(ngx_http_chat_api_t *api,
    const ngx_http_chat_ticket_t *ticket, const ngx_chat_mod_t *mod);

/* Asks for the rights of somebody in a room. */
void ngx_http_chat_api_ask(ngx_http_chat_api_t *api,
    const ngx_chat_str_t *name, const ngx_chat_actor_t *actor,
    ngx_http_chat_api_reply_pt done);

/* It is answered: no operation and no deadline is waited for any more. */
void ngx_http_chat_api_settle(ngx_http_chat_api_t *api);

/* The request ends: nobody waits any more.  A handler of its pool. */
void ngx_http_chat_api_end(void *data);


/* ngx_http_chat_api_send.c */

/* Before the body was read: what answers next may do so, NGX_DONE is due. */
void ngx_http_chat_api_unread(ngx_http_chat_api_t *api);

/* Answers with what the writer writes; the call is over. */
void ngx_http_chat_api_send(ngx_http_chat_api_t *api, ngx_uint_t status,
    ngx_http_chat_writer_pt writer, const void *arg);

/* 204, or 304 and the like: nothing but a head. */
void ngx_http_chat_api_empty(ngx_http_chat_api_t *api, ngx_uint_t status);

/* Refuses; the call is over. */
void ngx_http_chat_api_refuse(ngx_http_chat_api_t *api, ngx_chat_code_e code,
    const char *why, const char *field);
void ngx_http_chat_api_fault(ngx_http_chat_api_t *api,
    const ngx_chat_error_t *e, const char *field);

/* The same by a reply of the store that is not OK. */
void ngx_http_chat_api_failed(ngx_http_chat_api_t *api,
    const ngx_http_chat_reply_t *reply);

/* Adds a link to another page: the query behind "?"; NGX_ERROR: no memory. */
ngx_int_t ngx_http_chat_api_link(ngx_http_chat_api_t *api, const char *rel,
    const ngx_str_t *query);

/* The state of a room's log as an entity tag. */
ngx_int_t ngx_http_chat_api_etag(ngx_http_chat_api_t *api,
    const ngx_http_chat_reply_t *reply);


/* ngx_http_chat_api_events.c */

/*
 * Before the body: may this be a stream, are there not too many?  NGX_OK, or
 * what the content handler must return: it was refused.
 */
ngx_int_t ngx_http_chat_api_listens(ngx_http_chat_api_t *api);


/* ngx_http_chat_api_poll.c */

/* Before a page is read: hears the room, if it may wait.  NGX_DONE: refused. */
ngx_int_t ngx_http_chat_api_poll(ngx_http_chat_api_t *api);

/* The page is empty.  NGX_OK: it waits, or was answered; NGX_DECLINED: not. */
ngx_int_t ngx_http_chat_api_park(ngx_http_chat_api_t *api);


/* The handlers of the table. */

void ngx_http_chat_api_events(ngx_http_chat_api_t *api);

void ngx_http_chat_api_me(ngx_http_chat_api_t *api);

void ngx_http_chat_api_publish(ngx_http_chat_api_t *api);
void ngx_http_chat_api_change(ngx_http_chat_api_t *api);
void ngx_http_chat_api_page(ngx_http_chat_api_t *api);
void ngx_http_chat_api_message(ngx_http_chat_api_t *api);

void ngx_http_chat_api_rooms(ngx_http_chat_api_t *api);

void ngx_http_chat_api_room(ngx_http_chat_api_t *api);
void ngx_http_chat_api_members(ngx_http_chat_api_t *api);

void ngx_http_chat_api_configure(ngx_http_chat_api_t *api);
void ngx_http_chat_api_act(ngx_http_chat_api_t *api);
void ngx_http_chat_api_acts(ngx_http_chat_api_t *api);
void ngx_http_chat_api_term(ngx_http_chat_api_t *api);
void ngx_http_chat_api_role(ngx_http_chat_api_t *api);


#endif /* NGX_HTTP_CHAT_API_H_INCLUDED */
