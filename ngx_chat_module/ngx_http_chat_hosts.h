
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Limits over all hosts of a store.
 *
 * The host's own zone of limits answers at once, and its workers tell the
 * store: what is taken from a bucket, once it is more than a share of it, and
 * how many connections or members a worker has.  The store's answer makes our
 * bucket as empty as all of them together are; and who came when there were
 * enough on all hosts has to go.
 *
 * A count is told whenever it changes, but one question about it is under way
 * at a time: what changes meanwhile is told thereafter.  While the store is
 * away nobody is refused for its sake, and nobody who was let in then has to
 * go; when it is READY again it is told everything.
 */


#ifndef NGX_HTTP_CHAT_HOSTS_H_INCLUDED
#define NGX_HTTP_CHAT_HOSTS_H_INCLUDED


#include "ngx_http_chat_hub.h"
#include "ngx_http_chat_limit.h"


struct ngx_http_chat_hosts_s {
    ngx_queue_t            queue;      /* of all stores' of this worker */
    ngx_http_chat_hub_t   *hub;

    ngx_rbtree_t           counts;
    ngx_rbtree_node_t      counts_end;
    ngx_queue_t            due;        /* of them, those to be told */
    ngx_uint_t             asked;      /* questions not answered */
    ngx_event_t            touch;      /* tells all again */
    ngx_event_t            retry;      /* of what the broker declined */

    ngx_rbtree_t           rates;      /* buckets of which others must hear */
    ngx_rbtree_node_t      rates_end;
    ngx_queue_t            taken;      /* of them, those to be told */
    ngx_event_t            tell;       /* posted */

    unsigned               gone:1;     /* nothing of this worker counts */
};


extern const ngx_http_chat_limit_upcalls_t  ngx_http_chat_hosts_upcalls;


/* The hosts of the hub's store, for ngx_http_chat_hosts_destroy(). */
ngx_int_t ngx_http_chat_hosts_create(ngx_http_chat_hub_t *hub);

/* Nothing counts any more; who waits is let in.  Before the broker goes. */
void ngx_http_chat_hosts_stop(ngx_http_chat_hub_t *hub);
void ngx_http_chat_hosts_destroy(ngx_http_chat_hub_t *hub);

/* The store is in another state, or has forgotten this worker. */
void ngx_http_chat_hosts_state(ngx_http_chat_hub_t *hub);

/*
 * One more member of a room.  NGX_OK: the ticket's handler will be called once
 * and is to refuse it for NGX_CHAT_CODE_ROOM_FULL, and for nothing else.
 * NGX_DECLINED: it will not be called, there is nothing to wait for.
 */
ngx_int_t ngx_http_chat_hosts_join(ngx_http_chat_session_t *s,
    const ngx_chat_str_t *room, const ngx_http_chat_ticket_t *ticket);
void ngx_http_chat_hosts_part(ngx_http_chat_session_t *s,
    const ngx_chat_str_t *room);


/* For the files of the hosts. */

/* ngx_http_chat_hosts_count.c */

void ngx_http_chat_hosts_count_init(ngx_http_chat_hosts_t *h);

/* One more of those that are counted; the same results as join(). */
ngx_int_t ngx_http_chat_hosts_enter(ngx_http_chat_hosts_t *h,
    const ngx_http_chat_tally_t *tally, const ngx_http_chat_ticket_t *ticket);
void ngx_http_chat_hosts_leave(ngx_http_chat_hosts_t *h,
    const ngx_http_chat_tally_t *tally);

/* Tells all counts anew, as fast as they are answered. */
void ngx_http_chat_hosts_count_again(ngx_http_chat_hosts_t *h);

/* Lets all in that wait to be asked for. */
void ngx_http_chat_hosts_count_free(ngx_http_chat_hosts_t *h);
void ngx_http_chat_hosts_count_destroy(ngx_http_chat_hosts_t *h);


/* ngx_http_chat_hosts_rate.c */

void ngx_http_chat_hosts_rate_init(ngx_http_chat_hosts_t *h);
void ngx_http_chat_hosts_take(ngx_http_chat_hosts_t *h,
    const ngx_http_chat_limit_part_t *part, int32_t amount);
void ngx_http_chat_hosts_rate_destroy(ngx_http_chat_hosts_t *h);


/* nginx's debug log reads the descriptor of whatever a timer belongs to */
extern ngx_connection_t  ngx_http_chat_hosts_dumb;


#endif /* NGX_HTTP_CHAT_HOSTS_H_INCLUDED */
