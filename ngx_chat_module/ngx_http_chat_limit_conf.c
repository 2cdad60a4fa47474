
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* "chat_limit", "chat_max_connections", and what holds without them. */


#include "ngx_http_chat_limit.h"


#define NGX_HTTP_CHAT_LIMIT_MAX      1000000

/* of a connection, bytes */
#define NGX_HTTP_CHAT_LIMIT_BYTES_MAX  (1024 * 1024 * 1024)

/* where no "burst=" is given: a round number of seconds */
#define NGX_HTTP_CHAT_LIMIT_BURST    4

/* handshakes from an address that has no limit of connections */
#define NGX_HTTP_CHAT_LIMIT_STORM    64


typedef struct {
    ngx_uint_t                 per;    /* bits */
    ngx_uint_t                 kinds;
    ngx_http_chat_limit_t      limit;
    ngx_str_t                  rate;   /* as written */
    ngx_str_t                  burst;
    ngx_uint_t                 off;
} ngx_http_chat_limit_rule_t;


static char *ngx_http_chat_limit_word(ngx_conf_t *cf, ngx_str_t *value,
    ngx_http_chat_limit_rule_t *rule);
static ngx_int_t ngx_http_chat_limit_names(ngx_str_t *list,
    const ngx_str_t *names, ngx_uint_t *bits);
static const char *ngx_http_chat_limit_number(
    ngx_http_chat_limit_rule_t *rule);
static const char *ngx_http_chat_limit_size(ngx_http_chat_limit_rule_t *rule);
static char *ngx_http_chat_limit_add(ngx_http_chat_limits_t *limits,
    ngx_http_chat_limit_rule_t *rule);
static void ngx_http_chat_limit_fill(ngx_http_chat_loc_conf_t *conf,
    ngx_http_chat_limits_t *limits);
static void ngx_http_chat_limit_default(ngx_http_chat_limits_t *limits,
    ngx_uint_t per, ngx_uint_t kind, ngx_http_chat_limit_t limit);


#define ngx_http_chat_bit(i)  ((ngx_uint_t) 1 << (i))

const ngx_str_t  ngx_http_chat_limit_pers[] = {
    ngx_string("connection"),
    ngx_string("user"),
    ngx_string("ip"),
    ngx_string("room"),
    ngx_null_string
};

const ngx_str_t  ngx_http_chat_limit_kinds[] = {
    ngx_string("other"),
    ngx_string("all"),
    ngx_string("send"),
    ngx_string("join"),
    ngx_string("history"),
    ngx_string("typing"),
    ngx_string("control"),
    ngx_string("bytes"),
    ngx_string("connect"),
    ngx_null_string
};

/* kinds that a client can be told of, per whatever */
#define NGX_HTTP_CHAT_LIMIT_COMMANDS                                          \
    (ngx_http_chat_bit(NGX_HTTP_CHAT_KIND_ALL)                                \
     | ngx_http_chat_bit(NGX_HTTP_CHAT_KIND_SEND)                             \
     | ngx_http_chat_bit(NGX_HTTP_CHAT_KIND_JOIN)                             \
     | ngx_http_chat_bit(NGX_HTTP_CHAT_KIND_HISTORY)                          \
     | ngx_http_chat_bit(NGX_HTTP_CHAT_KIND_TYPING))

/* what can be limited per what */

static const ngx_uint_t  ngx_http_chat_limit_known[] = {
    NGX_HTTP_CHAT_LIMIT_COMMANDS
    | ngx_http_chat_bit(NGX_HTTP_CHAT_KIND_CONTROL)
    | ngx_http_chat_bit(NGX_HTTP_CHAT_KIND_BYTES),
    NGX_HTTP_CHAT_LIMIT_COMMANDS
    | ngx_http_chat_bit(NGX_HTTP_CHAT_KIND_CONNECT),
    NGX_HTTP_CHAT_LIMIT_COMMANDS
    | ngx_http_chat_bit(NGX_HTTP_CHAT_KIND_CONNECT),
    NGX_HTTP_CHAT_LIMIT_COMMANDS
};


/* chat_limit off | rate=<rate> | off [burst=<n>] [per=<what>] [ops=<kinds>] */

char *
ngx_http_chat_limit_set(ngx_conf_t *cf, ngx_command_t *cmd, void *data)
{
    ngx_http_chat_loc_conf_t *conf = data;

    char                       *rc;
    ngx_str_t                  *value;
    ngx_uint_t                  i;
    ngx_http_chat_limits_t     *limits;
    ngx_http_chat_limit_rule_t  rule;

    (void) cmd;

    value = cf->args->elts;
    limits = conf->limits;

    if (limits == NULL) {
        limits = ngx_pcalloc(cf->pool, sizeof(ngx_http_chat_limits_t));
        if (limits == NULL) {
            return NGX_CONF_ERROR;
        }

        conf->limits = limits;
        limits->off = (cf->args->nelts == 2
                       && ngx_strcmp(value[1].data, "off") == 0);
        if (limits->off) {
            return NGX_CONF_OK;
        }

    } else if (limits->off
               || (cf->args->nelts == 2
                   && ngx_strcmp(value[1].data, "off") == 0))
    {
        return "is duplicate: \"off\" without \"per=\" or \"ops=\" stands "
               "alone";
    }

    ngx_memzero(&rule, sizeof(ngx_http_chat_limit_rule_t));

    for (i = 1; i < cf->args->nelts; i++) {
        rc = ngx_http_chat_limit_word(cf, &value[i], &rule);
        if (rc != NGX_CONF_OK) {
            return rc;
        }
    }

    return ngx_http_chat_limit_add(limits, &rule);
}


static char *
ngx_http_chat_limit_word(ngx_conf_t *cf, ngx_str_t *value,
    ngx_http_chat_limit_rule_t *rule)
{
    ngx_str_t  text;

    if (ngx_strcmp(value->data, "off") == 0) {
        rule->off = 1;
        return NGX_CONF_OK;
    }

    if (ngx_strncmp(value->data, "rate=", 5) == 0) {
        rule->rate.data = value->data + 5;
        rule->rate.len = value->len - 5;
        return NGX_CONF_OK;
    }

    if (ngx_strncmp(value->data, "burst=", 6) == 0) {
        rule->burst.data = value->data + 6;
        rule->burst.len = value->len - 6;
        return NGX_CONF_OK;
    }

    text.data = value->data + 4;
    text.len = value->len - ngx_min(value->len, 4);

    if (ngx_strncmp(value->data, "per=", 4) == 0
        && ngx_http_chat_limit_names(&text, ngx_http_chat_limit_pers,
                                     &rule->per)
           == NGX_OK)
    {
        return NGX_CONF_OK;
    }

    if (ngx_strncmp(value->data, "ops=", 4) == 0
        && ngx_http_chat_limit_names(&text, ngx_http_chat_limit_kinds,
                                     &rule->kinds)
           == NGX_OK
        && (rule->kinds & ngx_http_chat_bit(NGX_HTTP_CHAT_KIND_OTHER)) == 0)
    {
        return NGX_CONF_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid parameter \"%V\" of \"chat_limit\", known "
                       "are off, rate=, burst=, per= with connection, user, "
                       "ip or room, and ops= with send, join, history, typing, "
                       "all, control, bytes or connect, each once", value);

    return NGX_CONF_ERROR;
}


/* A list of names, with commas between them. */

static ngx_int_t
ngx_http_chat_limit_names(ngx_str_t *list, const ngx_str_t *names,
    ngx_uint_t *bits)
{
    u_char      *p, *end, *last;
    ngx_uint_t   i;

    last = list->data + list->len;

    for (p = list->data; p <= last; p = end + 1) {

        end = ngx_strlchr(p, last, ',');
        end = (end == NULL) ? last : end;

        for (i = 0; names[i].len != 0; i++) {
            if (names[i].len == (size_t) (end - p)
                && ngx_strncmp(names[i].data, p, names[i].len) == 0)
            {
                break;
            }
        }

        if (names[i].len == 0 || (*bits & ngx_http_chat_bit(i))) {
            return NGX_ERROR;
        }

        *bits |= ngx_http_chat_bit(i);
    }

    return NGX_OK;
}


static const char *
ngx_http_chat_limit_number(ngx_http_chat_limit_rule_t *rule)
{
    ngx_int_t   n;
    ngx_str_t  *rate;
    ngx_uint_t  minute;

    rate = &rule->rate;

    minute = (rate->len > 3
              && ngx_strncmp(rate->data + rate->len - 3, "r/m", 3) == 0);

    if (rate->len < 4
        || (!minute
            && ngx_strncmp(rate->data + rate->len - 3, "r/s", 3) != 0))
    {
        return "needs a rate like \"rate=5r/s\" or \"rate=30r/m\"";
    }

    n = ngx_atoi(rate->data, rate->len - 3);

    if (n < 1 || n > NGX_HTTP_CHAT_LIMIT_MAX) {
        return "needs a rate of 1 to 1000000";
    }

    rule->limit.rate = (uint32_t) (minute ? (n * 1000 + 59) / 60 : n * 1000);

    if (rule->burst.len == 0) {
        rule->limit.burst = (uint32_t) (minute
                              ? ngx_max(n / 15, 1)
                              : ngx_min(n * NGX_HTTP_CHAT_LIMIT_BURST,
                                        NGX_HTTP_CHAT_LIMIT_MAX));
        return NULL;
    }

    n = ngx_atoi(rule->burst.data, rule->burst.len);

    if (n < 1 || n > NGX_HTTP_CHAT_LIMIT_MAX) {
        return "needs a burst of 1 to 1000000";
    }

    rule->limit.burst = (uint32_t) n;

    return NULL;
}


static const char *
ngx_http_chat_limit_size(ngx_http_chat_limit_rule_t *rule)
{
    ssize_t    rate, burst;
    ngx_str_t  text;

    text = rule->rate;

    if (text.len > 2 && ngx_strncmp(text.data + text.len - 2, "/s", 2) == 0) {
        text.len -= 2;
    }

    rate = ngx_parse_size(&text);
    burst = (rule->burst.len == 0) ? rate * NGX_HTTP_CHAT_LIMIT_BURST
                                   : ngx_parse_size(&rule->burst);

    if (rate < 1024 || rate > NGX_HTTP_CHAT_LIMIT_BYTES_MAX
        || burst < 1024 || burst > NGX_HTTP_CHAT_LIMIT_BYTES_MAX)
    {
        return "needs a rate and a burst of bytes from 1k to 1024m, like "
               "\"rate=32k/s burst=128k\"";
    }

    rule->limit.rate = (uint32_t) rate;
    rule->limit.burst = (uint32_t) burst;

    return NULL;
}


static char *
ngx_http_chat_limit_add(ngx_http_chat_limits_t *limits,
    ngx_http_chat_limit_rule_t *rule)
{
    const char  *fault;
    ngx_uint_t   per, kind, bytes;

    if ((rule->rate.len == 0) == !rule->off
        || (rule->off && rule->burst.len != 0))
    {
        return "needs \"rate=\" or \"off\"";
    }

    if (rule->kinds == 0) {
        return "needs \"ops=\" to say of what, like \"ops=send\" or "
               "\"ops=all\"";
    }

    if (rule->per == 0) {
        /* a handshake has no connection of ours yet */
        rule->per = (rule->kinds
                     == ngx_http_chat_bit(NGX_HTTP_CHAT_KIND_CONNECT))
                    ? ngx_http_chat_bit(NGX_HTTP_CHAT_PER_IP)
                    : ngx_http_chat_bit(NGX_HTTP_CHAT_PER_CONNECTION);
    }

    bytes = ngx_http_chat_bit(NGX_HTTP_CHAT_KIND_BYTES);

    if ((rule->kinds & bytes) && rule->kinds != bytes) {
        return "needs a line of its own for \"ops=bytes\"";
    }

    fault = NULL;

    if (!rule->off) {
        fault = (rule->kinds == bytes) ? ngx_http_chat_limit_size(rule)
                                       : ngx_http_chat_limit_number(rule);
    }

    if (fault != NULL) {
        return (char *) fault;
    }

    for (per = 0; per < NGX_HTTP_CHAT_PER_COUNT; per++) {

        if ((rule->per & ngx_http_chat_bit(per)) == 0) {
            continue;
        }

        if (rule->kinds & ~ngx_http_chat_limit_known[per]) {
            return "needs another \"per=\": control and bytes are per "
                   "connection, connect is per ip or user";
        }

        if (limits->named[per] & rule->kinds) {
            return "is duplicate for the same \"per=\" and \"ops=\"";
        }

        for (kind = 0; kind < NGX_HTTP_CHAT_KIND_COUNT; kind++) {
            if (rule->kinds & ngx_http_chat_bit(kind)) {
                limits->of[per][kind] = rule->limit;
            }
        }

        limits->named[per] |= (uint16_t) rule->kinds;
    }

    return NGX_CONF_OK;
}


/* chat_max_connections off | <n> per=ip|user|room */

char *
ngx_http_chat_limit_set_max(ngx_conf_t *cf, ngx_command_t *cmd, void *data)
{
    ngx_http_chat_loc_conf_t *conf = data;

    ngx_int_t   n;
    ngx_str_t  *value, text;
    ngx_uint_t  bits, i;

    (void) cmd;

    value = cf->args->elts;
    bits = 0;

    if (cf->args->nelts == 3) {
        text.data = value[2].data + 4;
        text.len = value[2].len - ngx_min(value[2].len, 4);

        if (ngx_strncmp(value[2].data, "per=", 4) != 0
            || ngx_http_chat_limit_names(&text, ngx_http_chat_limit_pers,
                                         &bits)
               != NGX_OK
            || (bits & ngx_http_chat_bit(NGX_HTTP_CHAT_PER_CONNECTION)))
        {
            return "needs \"per=\" with ip, user or room";
        }
    }

    n = 0;

    if (ngx_strcmp(value[1].data, "off") != 0) {
        n = ngx_atoi(value[1].data, value[1].len);

        if (n < 1 || n > NGX_HTTP_CHAT_LIMIT_MAX || bits == 0) {
            return "needs a number of 1 to 1000000 and \"per=\", or \"off\"";
        }
    }

    for (i = 0; i < NGX_HTTP_CHAT_PER_COUNT; i++) {

        if (bits != 0 && (bits & ngx_http_chat_bit(i)) == 0) {
            continue;
        }

        if (conf->max_connections[i] != NGX_CONF_UNSET_UINT) {
            return "is duplicate";
        }

        conf->max_connections[i] = (ngx_uint_t) n;
    }

    return NGX_CONF_OK;
}


void
ngx_http_chat_limit_unset(ngx_http_chat_loc_conf_t *conf)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_HTTP_CHAT_PER_COUNT; i++) {
        conf->max_connections[i] = NGX_CONF_UNSET_UINT;
    }

    conf->limit_dry_run = NGX_CONF_UNSET;
    conf->max_strikes = NGX_CONF_UNSET_UINT;
}


void
ngx_http_chat_limit_merge(ngx_http_chat_loc_conf_t *prev,
    ngx_http_chat_loc_conf_t *conf)
{
    ngx_uint_t  i;

    static const ngx_uint_t  usual[] = { 0, 10, 64, 0 };

    for (i = 0; i < NGX_HTTP_CHAT_PER_COUNT; i++) {
        ngx_conf_merge_uint_value(conf->max_connections[i],
                                  prev->max_connections[i], usual[i]);
    }

    ngx_conf_merge_value(conf->limit_dry_run, prev->limit_dry_run, 0);
    ngx_conf_merge_uint_value(conf->max_strikes, prev->max_strikes, 10);

    if (conf->limits == NULL) {
        conf->limits = prev->limits;
    }
}


ngx_int_t
ngx_http_chat_limit_use(ngx_conf_t *cf, ngx_http_chat_loc_conf_t *conf)
{
    ngx_uint_t                  per, kind;
    ngx_http_chat_limits_t     *limits;
    ngx_http_chat_main_conf_t  *cmcf;

    limits = ngx_pcalloc(cf->pool, sizeof(ngx_http_chat_limits_t));
    if (limits == NULL) {
        return NGX_ERROR;
    }

    if (conf->limits != NULL) {
        *limits = *conf->limits;
    }

    conf->limits = limits;

    if (!limits->off) {
        ngx_http_chat_limit_fill(conf, limits);
    }

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_chat_module);

    for (per = NGX_HTTP_CHAT_PER_USER; per < NGX_HTTP_CHAT_PER_COUNT; per++) {

        cmcf->limits |= (conf->max_connections[per] != 0);

        for (kind = 0; kind < NGX_HTTP_CHAT_KIND_COUNT; kind++) {
            cmcf->limits |= (limits->of[per][kind].rate != 0);
        }
    }

    /* requests to the API have no connection that could keep a bucket */

    for (kind = 0; conf->api && kind < NGX_HTTP_CHAT_KIND_COUNT; kind++) {
        cmcf->limits |=
            (limits->of[NGX_HTTP_CHAT_PER_CONNECTION][kind].rate != 0);
    }

    return NGX_OK;
}


static void
ngx_http_chat_limit_fill(ngx_http_chat_loc_conf_t *conf,
    ngx_http_chat_limits_t *limits)
{
    ngx_uint_t             i, most;
    ngx_http_chat_limit_t  limit;

    static const struct {
        ngx_uint_t             per;
        ngx_uint_t             kind;
        ngx_http_chat_limit_t  limit;
    } usual[] = {
        { NGX_HTTP_CHAT_PER_CONNECTION, NGX_HTTP_CHAT_KIND_CONTROL,
          { 1000, 20 } },
        { NGX_HTTP_CHAT_PER_CONNECTION, NGX_HTTP_CHAT_KIND_ALL,
          { 20 * 1000, 100 } },
        { NGX_HTTP_CHAT_PER_CONNECTION, NGX_HTTP_CHAT_KIND_JOIN,
          { 10 * 1000, 100 } },
        { NGX_HTTP_CHAT_PER_CONNECTION, NGX_HTTP_CHAT_KIND_SEND,
          { 5 * 1000, 20 } },
        { NGX_HTTP_CHAT_PER_CONNECTION, NGX_HTTP_CHAT_KIND_BYTES,
          { 32 * 1024, 128 * 1024 } },
        { NGX_HTTP_CHAT_PER_ROOM, NGX_HTTP_CHAT_KIND_SEND,
          { 100 * 1000, 200 } }
    };

    static const ngx_uint_t  doubled[] = {
        NGX_HTTP_CHAT_KIND_ALL, NGX_HTTP_CHAT_KIND_SEND
    };

    for (i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
        ngx_http_chat_limit_default(limits, usual[i].per, usual[i].kind,
                                    usual[i].limit);
    }

    /* all connections of a user: twice one of them */

    for (i = 0; i < sizeof(doubled) / sizeof(doubled[0]); i++) {
        limit = limits->of[NGX_HTTP_CHAT_PER_CONNECTION][doubled[i]];
        limit.rate *= 2;
        limit.burst *= 2;

        ngx_http_chat_limit_default(limits, NGX_HTTP_CHAT_PER_USER,
                                    doubled[i], limit);
    }

    /*
     * All connections that an address may have come back at once when the
     * server is restarted, and once more: who may be here is not kept out.
     */

    most = conf->max_connections[NGX_HTTP_CHAT_PER_IP];

    limit.rate = 5 * 1000;
    limit.burst = (uint32_t) ngx_max(most, NGX_HTTP_CHAT_LIMIT_STORM) * 2;

    ngx_http_chat_limit_default(limits, NGX_HTTP_CHAT_PER_IP,
                                NGX_HTTP_CHAT_KIND_CONNECT, limit);
}


static void
ngx_http_chat_limit_default(ngx_http_chat_limits_t *limits, ngx_uint_t per,
    ngx_uint_t kind, ngx_http_chat_limit_t limit)
{
    if ((limits->named[per] & ngx_http_chat_bit(kind)) == 0) {
        limits->of[per][kind] = limit;
    }
}
