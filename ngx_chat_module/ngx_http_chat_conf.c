
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The directives; see the header. */


#include "ngx_http_chat_conf.h"
#include "ngx_http_chat_api.h"
#include "ngx_http_chat_limit.h"
#include "ngx_http_chat_redis.h"
#include "ngx_http_chat_status.h"
#include "ngx_http_chat_zone.h"


static void ngx_http_chat_merge_handler(ngx_conf_t *cf,
    ngx_http_chat_loc_conf_t *prev, ngx_http_chat_loc_conf_t *conf);
static void ngx_http_chat_merge_keep(ngx_http_chat_keep_t *prev,
    ngx_http_chat_keep_t *conf);


static ngx_conf_enum_t  ngx_http_chat_formats[] = {
    { ngx_string("json"), NGX_HTTP_CHAT_FORMAT_JSON },
    { ngx_string("raw"), NGX_HTTP_CHAT_FORMAT_RAW },
    { ngx_null_string, 0 }
};


static ngx_conf_enum_t  ngx_http_chat_guests[] = {
    { ngx_string("off"), NGX_HTTP_CHAT_GUESTS_OFF },
    { ngx_string("on"), NGX_HTTP_CHAT_GUESTS_ON },
    { ngx_string("read"), NGX_HTTP_CHAT_GUESTS_READ },
    { ngx_null_string, 0 }
};


static ngx_conf_enum_t  ngx_http_chat_access_logs[] = {
    { ngx_string("off"), NGX_HTTP_CHAT_LOG_OFF },
    { ngx_string("handshake"), NGX_HTTP_CHAT_LOG_HANDSHAKE },
    { ngx_string("close"), NGX_HTTP_CHAT_LOG_CLOSE },
    { ngx_string("both"), NGX_HTTP_CHAT_LOG_BOTH },
    { ngx_null_string, 0 }
};


#if (NGX_SSL)

static ngx_conf_bitmask_t  ngx_http_chat_redis_ssl_protocols[] = {
    { ngx_string("TLSv1.2"), NGX_SSL_TLSv1_2 },
    { ngx_string("TLSv1.3"), NGX_SSL_TLSv1_3 },
    { ngx_null_string, 0 }
};

#endif


#define NGX_HTTP_CHAT_BOUNDS(low, high, zero, range)                          \
    { ngx_http_chat_check_bounds, low, high, zero, range }

static ngx_http_chat_bounds_t  ngx_http_chat_message_size_bounds =
    NGX_HTTP_CHAT_BOUNDS(1024, 64 * 1024 * 1024, 1, "1k to 64m, or 0");

static ngx_http_chat_bounds_t  ngx_http_chat_buffer_size_bounds =
    NGX_HTTP_CHAT_BOUNDS(4096, 1024 * 1024 * 1024, 1, "4k to 1024m, or 0");

static ngx_http_chat_bounds_t  ngx_http_chat_buffer_total_bounds =
    NGX_HTTP_CHAT_BOUNDS(1024 * 1024, (size_t) 1 << 40, 1, "1m to 1024g, or 0");

static ngx_http_chat_bounds_t  ngx_http_chat_limit_zone_bounds =
    NGX_HTTP_CHAT_BOUNDS(64 * 1024, (size_t) 1 << 40, 0, "64k to 1024g");

static ngx_http_chat_bounds_t  ngx_http_chat_ping_bounds =
    NGX_HTTP_CHAT_BOUNDS(1000, 3600 * 1000, 1, "1s to 1h, or 0");

static ngx_http_chat_bounds_t  ngx_http_chat_time_bounds =
    NGX_HTTP_CHAT_BOUNDS(100, 3600 * 1000, 0, "100ms to 1h");

static ngx_http_chat_bounds_t  ngx_http_chat_time_off_bounds =
    NGX_HTTP_CHAT_BOUNDS(100, 3600 * 1000, 1, "100ms to 1h, or 0");

static ngx_http_chat_bounds_t  ngx_http_chat_dedupe_bounds =
    NGX_HTTP_CHAT_BOUNDS(1000, 24 * 3600 * 1000, 1, "1s to 24h, or 0");

static ngx_http_chat_bounds_t  ngx_http_chat_page_bounds =
    NGX_HTTP_CHAT_BOUNDS(1, 1000, 0, "1 to 1000");

static ngx_http_chat_bounds_t  ngx_http_chat_delay_bounds =
    NGX_HTTP_CHAT_BOUNDS(100, 60 * 1000, 1, "100ms to 1m, or 0");

static ngx_http_chat_bounds_t  ngx_http_chat_fragments_bounds =
    NGX_HTTP_CHAT_BOUNDS(1, 1000000, 1, "1 to 1000000, or 0");

static ngx_http_chat_bounds_t  ngx_http_chat_rooms_bounds =
    NGX_HTTP_CHAT_BOUNDS(1, 65535, 1, "1 to 65535, or 0");

static ngx_http_chat_bounds_t  ngx_http_chat_strikes_bounds =
    NGX_HTTP_CHAT_BOUNDS(1, 1000000, 1, "1 to 1000000, or 0");

static ngx_http_chat_bounds_t  ngx_http_chat_text_bounds =
    NGX_HTTP_CHAT_BOUNDS(1, 1000000, 1, "1 to 1000000, or 0");

static ngx_conf_post_t  ngx_http_chat_room_post = { ngx_http_chat_check_room };


#define NGX_HTTP_CHAT_ANYWHERE  (NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF       \
                                 | NGX_HTTP_LOC_CONF)

#define NGX_HTTP_CHAT_FIELD(name)                                             \
    NGX_HTTP_LOC_CONF_OFFSET, offsetof(ngx_http_chat_loc_conf_t, name)

#define NGX_HTTP_CHAT_MAIN(name)                                              \
    NGX_HTTP_MAIN_CONF_OFFSET, offsetof(ngx_http_chat_main_conf_t, name)


ngx_command_t  ngx_http_chat_directives[] = {

    { ngx_string("chat"),
      NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS,
      ngx_http_chat_set_chat,
      NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    { ngx_string("chat_access_log"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_TAKE1,
      ngx_conf_set_enum_slot,
      NGX_HTTP_CHAT_FIELD(access_log), ngx_http_chat_access_logs },

    { ngx_string("chat_api"),
      NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS,
      ngx_http_chat_set_api,
      NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    { ngx_string("chat_api_key_file"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_TAKE1,
      ngx_http_chat_set_api_keys,
      NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    { ngx_string("chat_auth_timeout"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_CHAT_FIELD(auth_timeout), &ngx_http_chat_time_bounds },

    { ngx_string("chat_buffer_size"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_TAKE1,
      ngx_conf_set_size_slot,
      NGX_HTTP_CHAT_FIELD(buffer_size), &ngx_http_chat_buffer_size_bounds },

    { ngx_string("chat_buffer_total"),
      NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1,
      ngx_conf_set_size_slot,
      NGX_HTTP_CHAT_MAIN(buffer_total), &ngx_http_chat_buffer_total_bounds },

    { ngx_string("chat_close_timeout"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_CHAT_FIELD(close_timeout), &ngx_http_chat_time_bounds },

    { ngx_string("chat_dedupe_time"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_CHAT_FIELD(keep.dedupe), &ngx_http_chat_dedupe_bounds },

    { ngx_string("chat_detach"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_CHAT_FIELD(detach), NULL },

    { ngx_string("chat_drain_time"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_CHAT_FIELD(drain_time), &ngx_http_chat_time_off_bounds },

    { ngx_string("chat_event_request"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_1MORE,
      ngx_http_chat_set_event_request,
      NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    { ngx_string("chat_format"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_TAKE1,
      ngx_conf_set_enum_slot,
      NGX_HTTP_CHAT_FIELD(format), ngx_http_chat_formats },

    { ngx_string("chat_guests"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_TAKE1,
      ngx_conf_set_enum_slot,
      NGX_HTTP_CHAT_FIELD(guests), ngx_http_chat_guests },

    { ngx_string("chat_history"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_TAKE12,
      ngx_http_chat_set_history,
      NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    { ngx_string("chat_history_page"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      NGX_HTTP_CHAT_FIELD(history_page), &ngx_http_chat_page_bounds },

    { ngx_string("chat_join_request"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_1MORE,
      ngx_http_chat_set_join_request,
      NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    { ngx_string("chat_leave_delay"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_CHAT_FIELD(leave_delay), &ngx_http_chat_delay_bounds },

    { ngx_string("chat_limit"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_1MORE,
      ngx_http_chat_limit_set,
      NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    { ngx_string("chat_limit_dry_run"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_CHAT_FIELD(limit_dry_run), NULL },

    { ngx_string("chat_limit_zone"),
      NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1,
      ngx_conf_set_size_slot,
      NGX_HTTP_CHAT_MAIN(limit_zone_size), &ngx_http_chat_limit_zone_bounds },

    { ngx_string("chat_log"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_1MORE,
      ngx_http_chat_set_log,
      NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    { ngx_string("chat_log_format"),
      NGX_HTTP_MAIN_CONF | NGX_CONF_2MORE,
      ngx_http_chat_set_log_format,
      NGX_HTTP_MAIN_CONF_OFFSET, 0, NULL },

    { ngx_string("chat_max_connections"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_TAKE12,
      ngx_http_chat_limit_set_max,
      NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    { ngx_string("chat_max_fragments"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      NGX_HTTP_CHAT_FIELD(max_fragments), &ngx_http_chat_fragments_bounds },

    { ngx_string("chat_max_rooms"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      NGX_HTTP_CHAT_FIELD(max_rooms), &ngx_http_chat_rooms_bounds },

    { ngx_string("chat_max_strikes"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      NGX_HTTP_CHAT_FIELD(max_strikes), &ngx_http_chat_strikes_bounds },

    { ngx_string("chat_max_text"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      NGX_HTTP_CHAT_FIELD(max_text), &ngx_http_chat_text_bounds },

    { ngx_string("chat_message_size"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_TAKE1,
      ngx_conf_set_size_slot,
      NGX_HTTP_CHAT_FIELD(message_size), &ngx_http_chat_message_size_bounds },

    { ngx_string("chat_message_timeout"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_CHAT_FIELD(message_timeout), &ngx_http_chat_time_off_bounds },

    { ngx_string("chat_origin"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_1MORE,
      ngx_http_chat_set_origin,
      NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    { ngx_string("chat_ping_interval"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_CHAT_FIELD(ping_interval), &ngx_http_chat_ping_bounds },

    { ngx_string("chat_ping_timeout"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_CHAT_FIELD(ping_timeout), &ngx_http_chat_time_bounds },

    { ngx_string("chat_presence"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_TAKE12,
      ngx_http_chat_set_presence,
      NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    { ngx_string("chat_publish_request"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_1MORE,
      ngx_http_chat_set_publish_request,
      NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    { ngx_string("chat_redis"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_1MORE,
      ngx_http_chat_redis_set,
      NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

#if (NGX_SSL)

    { ngx_string("chat_redis_ssl_certificate"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_CHAT_FIELD(redis_ssl.certificate), NULL },

    { ngx_string("chat_redis_ssl_certificate_key"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_CHAT_FIELD(redis_ssl.certificate_key), NULL },

    { ngx_string("chat_redis_ssl_ciphers"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_CHAT_FIELD(redis_ssl.ciphers), NULL },

    { ngx_string("chat_redis_ssl_name"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_CHAT_FIELD(redis_ssl.name), NULL },

    { ngx_string("chat_redis_ssl_protocols"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_1MORE,
      ngx_conf_set_bitmask_slot,
      NGX_HTTP_CHAT_FIELD(redis_ssl.protocols),
      ngx_http_chat_redis_ssl_protocols },

    { ngx_string("chat_redis_ssl_trusted_certificate"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_CHAT_FIELD(redis_ssl.trusted_certificate), NULL },

    { ngx_string("chat_redis_ssl_verify"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_CHAT_FIELD(redis_ssl.verify), NULL },

    { ngx_string("chat_redis_ssl_verify_depth"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      NGX_HTTP_CHAT_FIELD(redis_ssl.verify_depth), NULL },

#endif

    { ngx_string("chat_reserved_names"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_1MORE,
      ngx_http_chat_set_reserved,
      NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    { ngx_string("chat_room"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_CHAT_FIELD(room), &ngx_http_chat_room_post },

    { ngx_string("chat_send_timeout"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_CHAT_FIELD(send_timeout), &ngx_http_chat_time_off_bounds },

    { ngx_string("chat_status"),
      NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS | NGX_CONF_TAKE1,
      ngx_http_chat_set_status,
      NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    { ngx_string("chat_tls_in_front"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_CHAT_FIELD(tls_in_front), NULL },

    { ngx_string("chat_token_claim"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_1MORE,
      ngx_http_chat_set_token_claim,
      NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    { ngx_string("chat_token_key"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_TAKE123,
      ngx_http_chat_set_token_key,
      NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    { ngx_string("chat_user"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_TAKE1,
      ngx_http_set_complex_value_slot,
      NGX_HTTP_CHAT_FIELD(user), NULL },

    { ngx_string("chat_user_name"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_TAKE1,
      ngx_http_set_complex_value_slot,
      NGX_HTTP_CHAT_FIELD(user_name), NULL },

    { ngx_string("chat_user_roles"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_TAKE1,
      ngx_http_set_complex_value_slot,
      NGX_HTTP_CHAT_FIELD(user_roles), NULL },

    { ngx_string("chat_zone"),
      NGX_HTTP_CHAT_ANYWHERE | NGX_CONF_TAKE1,
      ngx_http_chat_zone_set,
      NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    ngx_null_command
};


void *
ngx_http_chat_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_chat_main_conf_t  *cmcf;

    cmcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_chat_main_conf_t));
    if (cmcf == NULL) {
        return NULL;
    }

    if (ngx_array_init(&cmcf->stores, cf->pool, 1,
                       sizeof(ngx_http_chat_store_t *)) != NGX_OK
        || ngx_array_init(&cmcf->token_servers, cf->pool, 1,
                          sizeof(ngx_http_core_srv_conf_t *)) != NGX_OK
        || ngx_array_init(&cmcf->log_formats, cf->pool, 4,
                          sizeof(void *)) != NGX_OK
        || ngx_array_init(&cmcf->cookies, cf->pool, 1, sizeof(ngx_str_t))
           != NGX_OK)
    {
        return NULL;
    }

    cmcf->limit_zone_size = NGX_CONF_UNSET_SIZE;
    cmcf->buffer_total = NGX_CONF_UNSET_SIZE;

    return cmcf;
}


void *
ngx_http_chat_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_chat_loc_conf_t  *conf;

    conf = ngx_pcalloc(cf->pool, sizeof(ngx_http_chat_loc_conf_t));
    if (conf == NULL) {
        return NULL;
    }

    conf->format = NGX_CONF_UNSET_UINT;
    conf->guests = NGX_CONF_UNSET_UINT;
    conf->reserved = NGX_CONF_UNSET_PTR;
    conf->api_keys = NGX_CONF_UNSET_PTR;
    conf->token_keys = NGX_CONF_UNSET_PTR;
    conf->tls_in_front = NGX_CONF_UNSET;
    conf->auth_timeout = NGX_CONF_UNSET_MSEC;
    conf->origin = NGX_CONF_UNSET_UINT;
    conf->join = NGX_CONF_UNSET_PTR;
    conf->review = NGX_CONF_UNSET_PTR;
    conf->event = NGX_CONF_UNSET_PTR;
    conf->presence = NGX_CONF_UNSET_UINT;
    conf->presence_max = NGX_CONF_UNSET_UINT;
    conf->keep.count = NGX_CONF_UNSET_UINT;
    conf->keep.time = NGX_CONF_UNSET;
    conf->keep.dedupe = NGX_CONF_UNSET_MSEC;
    conf->history_page = NGX_CONF_UNSET_UINT;
    conf->leave_delay = NGX_CONF_UNSET_MSEC;
    conf->message_size = NGX_CONF_UNSET_SIZE;
    conf->max_fragments = NGX_CONF_UNSET_UINT;
    conf->buffer_size = NGX_CONF_UNSET_SIZE;
    conf->max_rooms = NGX_CONF_UNSET_UINT;
    conf->max_text = NGX_CONF_UNSET_UINT;
    ngx_http_chat_limit_unset(conf);
    conf->ping_interval = NGX_CONF_UNSET_MSEC;
    conf->ping_timeout = NGX_CONF_UNSET_MSEC;
    conf->message_timeout = NGX_CONF_UNSET_MSEC;
    conf->send_timeout = NGX_CONF_UNSET_MSEC;
    conf->close_timeout = NGX_CONF_UNSET_MSEC;
    conf->drain_time = NGX_CONF_UNSET_MSEC;
    conf->detach = NGX_CONF_UNSET;
    conf->access_log = NGX_CONF_UNSET_UINT;
    conf->logs = NGX_CONF_UNSET_PTR;
    conf->redis_ssl.verify = NGX_CONF_UNSET;
    conf->redis_ssl.verify_depth = NGX_CONF_UNSET_UINT;

    return conf;
}


char *
ngx_http_chat_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_chat_loc_conf_t  *prev = parent;
    ngx_http_chat_loc_conf_t  *conf = child;

    ngx_conf_merge_uint_value(conf->format, prev->format,
                              NGX_HTTP_CHAT_FORMAT_JSON);
    ngx_conf_merge_str_value(conf->room, prev->room, "");
    ngx_conf_merge_uint_value(conf->guests, prev->guests,
                              NGX_HTTP_CHAT_GUESTS_OFF);

    if (conf->user == NULL) {
        conf->user = prev->user;
    }

    if (conf->user_name == NULL) {
        conf->user_name = prev->user_name;
    }

    if (conf->user_roles == NULL) {
        conf->user_roles = prev->user_roles;
    }

    ngx_http_chat_merge_tokens(prev, conf);
    ngx_conf_merge_ptr_value(conf->api_keys, prev->api_keys, NULL);

    if (ngx_http_chat_merge_reserved(cf, prev, conf) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    if (conf->origin == NGX_CONF_UNSET_UINT) {
        conf->origins = prev->origins;
        conf->origin_same_host = prev->origin_same_host;
    }

    ngx_conf_merge_uint_value(conf->origin, prev->origin,
                              NGX_HTTP_CHAT_ORIGIN_SAME_HOST);
    ngx_conf_merge_ptr_value(conf->join, prev->join, NULL);
    ngx_conf_merge_ptr_value(conf->review, prev->review, NULL);
    ngx_conf_merge_ptr_value(conf->event, prev->event, NULL);
    ngx_conf_merge_uint_value(conf->presence, prev->presence,
                              NGX_HTTP_CHAT_PRESENCE_ON);
    ngx_conf_merge_uint_value(conf->presence_max, prev->presence_max, 1000);
    ngx_http_chat_merge_keep(&prev->keep, &conf->keep);
    ngx_conf_merge_uint_value(conf->history_page, prev->history_page, 100);
    ngx_conf_merge_msec_value(conf->leave_delay, prev->leave_delay, 1000);
    ngx_conf_merge_size_value(conf->message_size, prev->message_size, 16384);
    ngx_conf_merge_uint_value(conf->max_fragments, prev->max_fragments, 64);
    ngx_conf_merge_size_value(conf->buffer_size, prev->buffer_size, 262144);
    ngx_conf_merge_uint_value(conf->max_rooms, prev->max_rooms, 100);
    ngx_conf_merge_uint_value(conf->max_text, prev->max_text,
                              NGX_CHAT_TEXT_MAX);
    ngx_http_chat_limit_merge(prev, conf);
    ngx_conf_merge_msec_value(conf->ping_interval, prev->ping_interval,
                              25000);
    ngx_conf_merge_msec_value(conf->ping_timeout, prev->ping_timeout, 10000);
    ngx_conf_merge_msec_value(conf->message_timeout, prev->message_timeout,
                              10000);
    ngx_conf_merge_msec_value(conf->send_timeout, prev->send_timeout, 30000);
    ngx_conf_merge_msec_value(conf->close_timeout, prev->close_timeout, 5000);
    ngx_conf_merge_msec_value(conf->drain_time, prev->drain_time, 5000);
    ngx_conf_merge_value(conf->detach, prev->detach, 1);
    ngx_conf_merge_uint_value(conf->access_log, prev->access_log,
                              NGX_HTTP_CHAT_LOG_CLOSE);
    ngx_conf_merge_ptr_value(conf->logs, prev->logs, NULL);

    ngx_http_chat_merge_store(prev, conf);
    ngx_http_chat_merge_handler(cf, prev, conf);

    if (ngx_http_chat_merge_status(cf, prev, conf) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    return conf->enable ? ngx_http_chat_check_conf(cf, conf) : NGX_CONF_OK;
}


/* An "if" in the location switches its settings, not its handler. */

static void
ngx_http_chat_merge_handler(ngx_conf_t *cf, ngx_http_chat_loc_conf_t *prev,
    ngx_http_chat_loc_conf_t *conf)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->noname && prev->enable && clcf->handler == NULL) {
        clcf->handler = prev->api ? ngx_http_chat_api_handler
                                  : ngx_http_chat_handler;
        conf->enable = 1;
        conf->api = prev->api;
    }
}


static void
ngx_http_chat_merge_keep(ngx_http_chat_keep_t *prev,
    ngx_http_chat_keep_t *conf)
{
    if (conf->count == NGX_CONF_UNSET_UINT) {
        /* one directive sets both */
        conf->time = prev->time;
    }

    ngx_conf_merge_uint_value(conf->count, prev->count, 1000);
    ngx_conf_init_value(conf->time, 7 * 24 * 3600);
    ngx_conf_merge_msec_value(conf->dedupe, prev->dedupe, 10 * 60 * 1000);
}
