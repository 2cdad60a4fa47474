
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The directives: their table, defaults, inheritance and checks.
 */


#ifndef NGX_HTTP_CHAT_CONF_H_INCLUDED
#define NGX_HTTP_CHAT_CONF_H_INCLUDED


#include "ngx_http_chat.h"


/* Bounds of a size or a time; 0 may be meant to switch a limit off. */

typedef struct {
    ngx_conf_post_handler_pt  post_handler;
    size_t                    low;
    size_t                    high;
    ngx_uint_t                zero;
    const char               *range;
} ngx_http_chat_bounds_t;


extern ngx_command_t  ngx_http_chat_directives[];

/* The content handler that the directive "chat" sets. */
ngx_int_t ngx_http_chat_handler(ngx_http_request_t *r);

/*
 * The setters of ngx_http_chat_conf_set.c, _event.c, _join.c and _review.c.
 */

char *ngx_http_chat_set_chat(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_chat_set_event_request(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_chat_set_history(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_chat_set_join_request(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_chat_set_origin(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_chat_set_publish_request(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_chat_set_presence(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/*
 * ngx_http_chat_conf_api.c: "chat_api" and its keys; what is asked of a
 * location with it.
 */
char *ngx_http_chat_set_api(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_chat_set_api_keys(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_chat_check_api(ngx_conf_t *cf, ngx_http_chat_loc_conf_t *conf);

/*
 * ngx_http_chat_conf_event.c: gives the location its queue of events, when it
 * has its store; and memory to those queues that need some, in the end.
 */
char *ngx_http_chat_use_events(ngx_conf_t *cf,
    ngx_http_chat_loc_conf_t *conf);
ngx_int_t ngx_http_chat_check_events(ngx_conf_t *cf,
    ngx_http_chat_store_t *store);

/* Post handlers: post is an ngx_http_chat_bounds_t; any ngx_conf_post_t. */
char *ngx_http_chat_check_bounds(ngx_conf_t *cf, void *post, void *data);
char *ngx_http_chat_check_room(ngx_conf_t *cf, void *post, void *data);

/* ngx_http_chat_conf_name.c: names that are kept from guests. */
char *ngx_http_chat_set_reserved(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_chat_merge_reserved(ngx_conf_t *cf,
    ngx_http_chat_loc_conf_t *prev, ngx_http_chat_loc_conf_t *conf);

/*
 * ngx_http_chat_conf_token.c: the directives about tokens, what an inner level
 * inherits of them.
 */
char *ngx_http_chat_set_token_key(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_chat_set_token_claim(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
void ngx_http_chat_merge_tokens(ngx_http_chat_loc_conf_t *prev,
    ngx_http_chat_loc_conf_t *conf);
char *ngx_http_chat_use_tokens(ngx_conf_t *cf,
    ngx_http_chat_loc_conf_t *conf);

/*
 * ngx_http_chat_conf_tls.c: warns of each listener without TLS that takes
 * tokens, unless only this machine reaches it.
 */
void ngx_http_chat_check_tls(ngx_conf_t *cf);

/*
 * ngx_http_chat_conf_store.c: gives the location its store, the one of all
 * locations with the same settings; and looks at them all in the end.  What an
 * inner level inherits of that.
 */
void ngx_http_chat_merge_store(ngx_http_chat_loc_conf_t *prev,
    ngx_http_chat_loc_conf_t *conf);
char *ngx_http_chat_use_store(ngx_conf_t *cf, ngx_http_chat_loc_conf_t *conf);
ngx_int_t ngx_http_chat_check_stores(ngx_conf_t *cf);

/*
 * ngx_http_chat_conf_check.c: warns of a location that keeps more, or less, of
 * the rooms of its store than others; of one that pings too rarely for proxies
 * in front; and, when all is read, of what does not fit nginx's own settings.
 */
void ngx_http_chat_check_keep(ngx_conf_t *cf, ngx_http_chat_loc_conf_t *conf);
void ngx_http_chat_check_pings(ngx_conf_t *cf, ngx_http_chat_loc_conf_t *conf);
void ngx_http_chat_check_cycle(ngx_cycle_t *cycle,
    ngx_http_chat_main_conf_t *cmcf);

/*
 * ngx_http_chat_conf_log.c, ngx_http_chat_conf_log_format.c: the directives
 * about logs; a location's become its observer.
 */
char *ngx_http_chat_set_log(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_chat_set_log_format(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_chat_use_logs(ngx_conf_t *cf, ngx_http_chat_loc_conf_t *conf);

/* Looks at a location that is a chat, and at all of them in the end. */
char *ngx_http_chat_check_conf(ngx_conf_t *cf, ngx_http_chat_loc_conf_t *conf);
ngx_int_t ngx_http_chat_check_all(ngx_conf_t *cf);

void *ngx_http_chat_create_main_conf(ngx_conf_t *cf);
void *ngx_http_chat_create_loc_conf(ngx_conf_t *cf);
char *ngx_http_chat_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);


#endif /* NGX_HTTP_CHAT_CONF_H_INCLUDED */
