
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * What all bound files share: nginx itself, the configuration of a location,
 * and the glossary.
 *
 * Glossary.  A connection is nginx's.  A session is one WebSocket on it.  A
 * room is a name under which sessions hear each other; a session in a room
 * is a member of it.  A user is who a session speaks for; one user may have
 * many sessions.  A message is what is sent to a room; a record is a message
 * as workers exchange it; a frame is the WebSocket bytes made of it, once a
 * worker.  A store numbers and announces; a broker is a worker's link to it.
 */


#ifndef NGX_HTTP_CHAT_H_INCLUDED
#define NGX_HTTP_CHAT_H_INCLUDED


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_event_connect.h>
#include <ngx_http.h>

#include "ngx_chat_str.h"
#include "ngx_chat_proto.h"
#include "ngx_chat_token.h"
#include "ngx_chat_wire.h"


typedef struct ngx_http_chat_store_s       ngx_http_chat_store_t;
typedef struct ngx_http_chat_hub_s         ngx_http_chat_hub_t;
typedef struct ngx_http_chat_session_s     ngx_http_chat_session_t;
typedef struct ngx_http_chat_redis_conf_s  ngx_http_chat_redis_conf_t;
typedef struct ngx_http_chat_zone_s        ngx_http_chat_zone_t;
typedef struct ngx_http_chat_limits_s      ngx_http_chat_limits_t;
typedef struct ngx_http_chat_quota_s       ngx_http_chat_quota_t;
typedef struct ngx_http_chat_join_conf_s   ngx_http_chat_join_conf_t;
typedef struct ngx_http_chat_review_conf_s  ngx_http_chat_review_conf_t;
typedef struct ngx_http_chat_event_conf_s   ngx_http_chat_event_conf_t;
typedef struct ngx_http_chat_logs_s        ngx_http_chat_logs_t;


typedef enum {
    NGX_HTTP_CHAT_FORMAT_JSON = 0,
    NGX_HTTP_CHAT_FORMAT_RAW
} ngx_http_chat_format_e;


typedef enum {
    NGX_HTTP_CHAT_GUESTS_OFF = 0,
    NGX_HTTP_CHAT_GUESTS_ON,
    NGX_HTTP_CHAT_GUESTS_READ
} ngx_http_chat_guests_e;


typedef enum {
    NGX_HTTP_CHAT_PRESENCE_OFF = 0,
    NGX_HTTP_CHAT_PRESENCE_COUNT,
    NGX_HTTP_CHAT_PRESENCE_ON
} ngx_http_chat_presence_e;


typedef enum {
    NGX_HTTP_CHAT_LOG_OFF = 0,
    NGX_HTTP_CHAT_LOG_HANDSHAKE,
    NGX_HTTP_CHAT_LOG_CLOSE,
    NGX_HTTP_CHAT_LOG_BOTH
} ngx_http_chat_log_e;


typedef enum {
    NGX_HTTP_CHAT_ORIGIN_SAME_HOST = 0,
    NGX_HTTP_CHAT_ORIGIN_ANY,
    NGX_HTTP_CHAT_ORIGIN_NONE,
    NGX_HTTP_CHAT_ORIGIN_LIST
} ngx_http_chat_origin_e;


/* What is limited, per one of these. */

typedef enum {
    NGX_HTTP_CHAT_PER_CONNECTION = 0,
    NGX_HTTP_CHAT_PER_USER,
    NGX_HTTP_CHAT_PER_IP,
    NGX_HTTP_CHAT_PER_ROOM,
    NGX_HTTP_CHAT_PER_COUNT
} ngx_http_chat_per_e;


/* Where a store keeps what a site is to be told of; ngx_http_chat_event.h. */

typedef struct {
    ngx_chat_str_t               name;     /* of this queue, in the store */
    size_t                       size;     /* bytes that it keeps */
    void                        *memory;   /* of the embedded store: an
                                              ngx_chat_queue_t */
} ngx_http_chat_notes_t;


/* What a site is told of a message. */

typedef struct {
    ngx_http_chat_notes_t       *notes;    /* NULL: nothing */
    ngx_chat_str_t               members;  /* lib/ngx_chat_event.h */
    unsigned                     backend:1;
    unsigned                     guest:1;
} ngx_http_chat_note_t;


/* How much of what is said in a room its store keeps, and takes. */

typedef struct {
    ngx_uint_t                   count;    /* messages, 0: none */
    time_t                       time;     /* their greatest age, s */
    ngx_msec_t                   dedupe;   /* a cid is known so long, 0: not */
    uint32_t                     rate;     /* messages of the room in 1000 s, */
    uint32_t                     burst;    /* 0: the store has no limit */
    ngx_uint_t                   dry_run;  /* is told by an answer's wait */
    ngx_http_chat_note_t         note;
} ngx_http_chat_keep_t;


/* A store that the configuration names; one for each distinct address. */

struct ngx_http_chat_store_s {
    const struct ngx_http_chat_broker_ops_s  *ops;
    void                        *conf;     /* of the implementation */
    ngx_str_t                    name;     /* for logs, without secrets */
    ngx_http_chat_hub_t         *hub;      /* of this worker, or NULL */
    ngx_http_chat_keep_t        *keep;     /* of the first location */
    ngx_http_chat_event_conf_t  *events;   /* that sites are told of */
    unsigned                     logs:1;   /* its JSON rooms have logs */
    unsigned                     logless:1;  /* or they have none */
    unsigned                     differs:1;  /* it was said that keep does */
    unsigned                     shares:1; /* limits hold on all its hosts */
};


/* A name that no guest may have, nor one that looks like it. */

typedef struct {
    ngx_str_t                    key;      /* ngx_chat_text_name_key() */
    unsigned                     begins:1; /* nor a name that so begins */
} ngx_http_chat_reserved_t;


/* TLS towards Redis, as nginx's proxy_ssl_*. */

typedef struct {
    ngx_flag_t                   verify;
    ngx_uint_t                   verify_depth;
    ngx_uint_t                   protocols;
    ngx_str_t                    ciphers;
    ngx_str_t                    name;
    ngx_str_t                    trusted_certificate;
    ngx_str_t                    certificate;
    ngx_str_t                    certificate_key;
} ngx_http_chat_redis_ssl_t;


typedef struct {
    ngx_array_t                  stores;   /* of ngx_http_chat_store_t * */
    ngx_uint_t                   locations;  /* where "chat" stands */
    ngx_msec_t                   drain_time; /* the longest of them */
    ngx_array_t                 *reserved; /* where none are named */
    ngx_array_t                  token_servers;  /* of core_srv_conf_t * */
    ngx_array_t                  cookies;  /* names of those that are read */
    unsigned                     pings_rarely:1;  /* it was said of one */
    unsigned                     tokens:1;   /* a location takes some */
    ngx_uint_t                   limits;   /* one needs the zone of limits */
    size_t                       limit_zone_size;
    ngx_shm_zone_t              *limit_zone;
    size_t                       buffer_total;
    ngx_shm_zone_t              *metric_zone;  /* NULL: nobody asks */
    ngx_array_t                  log_formats;  /* of ..._log_format_t * */
} ngx_http_chat_main_conf_t;


typedef struct {
    ngx_flag_t                   enable;   /* "chat" or "chat_api" is here */
    ngx_uint_t                   api;      /* it is "chat_api" */
    ngx_array_t                 *api_keys; /* of ngx_chat_str_t, or NULL */
    ngx_uint_t                   status;   /* or it is "chat_status" */

    ngx_uint_t                   format;
    ngx_str_t                    room;     /* fixed, or empty */

    ngx_http_complex_value_t    *user;
    ngx_http_complex_value_t    *user_name;
    ngx_http_complex_value_t    *user_roles;
    ngx_uint_t                   guests;
    ngx_array_t                 *reserved; /* of ngx_http_chat_reserved_t */

    ngx_array_t                 *token_keys;   /* of ngx_chat_token_key_t */
    ngx_chat_token_rules_t      *token_claim;  /* as it was configured */
    ngx_chat_token_rules_t       tokens;   /* of both; nkeys 0: no tokens */
    ngx_flag_t                   tls_in_front;
    ngx_msec_t                   auth_timeout;

    ngx_uint_t                   origin;
    ngx_array_t                 *origins;  /* of ngx_chat_str_t */
    ngx_uint_t                   origin_same_host;   /* besides the list */

    ngx_http_chat_join_conf_t   *join;     /* NULL: the site is not asked */
    ngx_http_chat_review_conf_t *review;   /* the same, about messages */
    ngx_http_chat_event_conf_t  *event;    /* and is told of nothing */

    ngx_uint_t                   presence;
    ngx_uint_t                   presence_max;
    ngx_msec_t                   leave_delay;

    ngx_http_chat_keep_t         keep;
    ngx_uint_t                   history_page;    /* messages of an answer */

    size_t                       message_size;    /* 0: no limit */
    ngx_uint_t                   max_fragments;   /* 0: no limit */
    size_t                       buffer_size;     /* bytes queued, 0: none */
    ngx_uint_t                   max_rooms;       /* 0: no limit */
    ngx_uint_t                   max_text;        /* code points, the same */
    ngx_http_chat_limits_t      *limits;
    ngx_flag_t                   limit_dry_run;
    ngx_uint_t                   max_strikes;     /* 0: no limit */
    ngx_uint_t                   max_connections[NGX_HTTP_CHAT_PER_COUNT];

    ngx_msec_t                   ping_interval;   /* 0: no pings */
    ngx_msec_t                   ping_timeout;
    ngx_msec_t                   message_timeout;
    ngx_msec_t                   send_timeout;
    ngx_msec_t                   close_timeout;
    ngx_msec_t                   drain_time;

    ngx_flag_t                   detach;
    ngx_uint_t                   access_log;
    ngx_http_chat_logs_t        *logs;     /* NULL: none */
    ngx_array_t                 *kept;     /* of ngx_http_complex_value_t, of
                                              requests for them, or NULL */
    struct ngx_http_chat_observer_s  *observers;  /* NULL: nobody */

    ngx_http_chat_redis_conf_t  *redis;    /* as configured, or inherited */
    ngx_http_chat_zone_t        *zone;     /* the same; one of both at most */
    ngx_http_chat_redis_ssl_t    redis_ssl;
    ngx_http_chat_store_t       *store;    /* what is used here */

    /* contexts of this location, for the log phase at the session's end */
    void                       **main_conf;
    void                       **srv_conf;
    void                       **loc_conf;
} ngx_http_chat_loc_conf_t;


extern ngx_module_t  ngx_http_chat_module;


#endif /* NGX_HTTP_CHAT_H_INCLUDED */
