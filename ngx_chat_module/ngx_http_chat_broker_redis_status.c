
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * How a Redis is, and what the log is told of it: one line for each change,
 * with what to do next.
 *
 *                 .-----------> OK <---> DEGRADED     READY: it serves, or
 *                 |              |          |         takes no messages
 *   CONNECTING <--+--------------+----------'
 *   LOADING    <--'                                   CONNECTING or AWAY, as
 *   READONLY                                          the broker's head says
 *   REFUSED
 *
 * Attempts that fail with the same words are told once in 10 s, and at most
 * four kinds of words in that time.
 */


#include "ngx_http_chat_broker_redis.h"
#include "ngx_http_chat_metric.h"


#define NGX_HTTP_CHAT_BROKER_QUOTE_MAX  160     /* bytes of Redis' own words */


/* A word of an error, what it says of the Redis, and what may be done. */

typedef struct {
    const char                           *word;
    ngx_http_chat_broker_redis_status_e   status;   /* OK: says nothing */
    const char                           *advice;
} ngx_http_chat_broker_redis_word_t;


static const ngx_http_chat_broker_redis_word_t *
    ngx_http_chat_broker_redis_word(const u_char *text);
static void ngx_http_chat_broker_redis_say(ngx_http_chat_broker_redis_t *b,
    ngx_uint_t level, ngx_err_t err, const char *reason, const char *advice);
static ngx_uint_t ngx_http_chat_broker_redis_tell(
    ngx_http_chat_broker_redis_t *b, const char *reason);
static ngx_uint_t ngx_http_chat_broker_redis_recent(time_t at);


#define NGX_HTTP_CHAT_BROKER_NO_CLUSTER                                       \
    "Redis Cluster is not supported yet, name a single master"


static const ngx_http_chat_broker_redis_word_t
    ngx_http_chat_broker_redis_words[] =
{
    { "LOADING", NGX_HTTP_CHAT_STATUS_LOADING, NULL },

    { "READONLY", NGX_HTTP_CHAT_STATUS_READONLY, NULL },

    { "MASTERDOWN", NGX_HTTP_CHAT_STATUS_READONLY, NULL },

    { "NOAUTH", NGX_HTTP_CHAT_STATUS_CONNECTING,
      "give \"chat_redis\" the password" },

    { "WRONGPASS", NGX_HTTP_CHAT_STATUS_CONNECTING,
      "correct the user or password of \"chat_redis\"" },

    { "DENIED", NGX_HTTP_CHAT_STATUS_CONNECTING,
      "give it a password, or \"protected-mode no\"" },

    { "max number of clients", NGX_HTTP_CHAT_STATUS_CONNECTING,
      "raise its \"maxclients\"" },

    { "OOM", NGX_HTTP_CHAT_STATUS_DEGRADED,
      "raise its \"maxmemory\", or keep less history" },

    { "MISCONF", NGX_HTTP_CHAT_STATUS_DEGRADED,
      "it cannot write its files, look at its log and disk" },

    { "NOREPLICAS", NGX_HTTP_CHAT_STATUS_DEGRADED,
      "bring its replicas back, or lower \"min-replicas-to-write\"" },

    { "NOPERM", NGX_HTTP_CHAT_STATUS_OK,
      "give the user of \"chat_redis\" this right" },

    { "executing the script can't run", NGX_HTTP_CHAT_STATUS_OK,
      "give the user of \"chat_redis\" the rights that its record names" },

    { "MOVED", NGX_HTTP_CHAT_STATUS_OK, NGX_HTTP_CHAT_BROKER_NO_CLUSTER },

    { "ASK", NGX_HTTP_CHAT_STATUS_OK, NGX_HTTP_CHAT_BROKER_NO_CLUSTER },

    { "CLUSTERDOWN", NGX_HTTP_CHAT_STATUS_OK,
      NGX_HTTP_CHAT_BROKER_NO_CLUSTER },

    { "CROSSSLOT", NGX_HTTP_CHAT_STATUS_OK,
      NGX_HTTP_CHAT_BROKER_NO_CLUSTER },

    { "WRONGTYPE", NGX_HTTP_CHAT_STATUS_OK,
      "somebody else uses a key below our prefix" },

    { "unknown command", NGX_HTTP_CHAT_STATUS_OK,
      "Redis 5 or newer is needed, with all its commands" },

    { "Unknown Redis command", NGX_HTTP_CHAT_STATUS_OK,
      "Redis 5 or newer is needed, with all its commands" },

    { NULL, NGX_HTTP_CHAT_STATUS_OK, NULL }
};


#if (NGX_DEBUG)

static const char  *ngx_http_chat_broker_redis_statuses[] = {
    "connecting", "loading", "readonly", "refused", "ok", "degraded"
};

#endif


void
ngx_http_chat_broker_redis_set_status(ngx_http_chat_broker_redis_t *b,
    ngx_http_chat_broker_redis_status_e status)
{
    if (status == b->status) {
        return;
    }

    ngx_log_debug3(NGX_LOG_DEBUG_HTTP, b->log, 0, "chat redis %V: %s -> %s",
                   &b->conf->address,
                   ngx_http_chat_broker_redis_statuses[b->status],
                   ngx_http_chat_broker_redis_statuses[status]);

    if (status == NGX_HTTP_CHAT_STATUS_DEGRADED) {
        ngx_http_chat_metric_add(NGX_CHAT_METRIC_DEGRADED, 0, 1);

    } else if (b->status == NGX_HTTP_CHAT_STATUS_DEGRADED) {
        ngx_http_chat_metric_take(NGX_CHAT_METRIC_DEGRADED, 0);
    }

    b->status = status;
}


void
ngx_http_chat_broker_redis_lost(ngx_http_chat_broker_redis_t *b,
    ngx_err_t err, const char *reason)
{
    ngx_uint_t                                level;
    const char                               *advice;
    ngx_http_chat_broker_redis_status_e       status;
    const ngx_http_chat_broker_redis_word_t  *word;

    status = b->verdict;
    b->verdict = NGX_HTTP_CHAT_STATUS_CONNECTING;
    b->degraded = 0;
    advice = NULL;

    word = ngx_http_chat_broker_redis_word((const u_char *) reason);

    if (word) {
        advice = word->advice;

        if (word->status < NGX_HTTP_CHAT_STATUS_OK) {
            status = ngx_max(status, word->status);
        }
    }

    ngx_http_chat_broker_redis_set_status(b, status);

    level = NGX_LOG_ERR;

    if (status == NGX_HTTP_CHAT_STATUS_LOADING) {
        level = NGX_LOG_WARN;
        reason = "is loading its data, and is asked until it has";

    } else if (status == NGX_HTTP_CHAT_STATUS_READONLY) {
        reason = "is a replica";
        advice = "it is looked up and tried again, name the master";
    }

    if (!ngx_http_chat_broker_redis_tell(b, reason) && !ngx_exiting) {
        return;
    }

    b->lost_at = ngx_time();

    level = ngx_exiting ? NGX_LOG_INFO : level;

    ngx_http_chat_broker_redis_say(b, level, err, reason, advice);
}


/* advice may be NULL */

static void
ngx_http_chat_broker_redis_say(ngx_http_chat_broker_redis_t *b,
    ngx_uint_t level, ngx_err_t err, const char *reason, const char *advice)
{
    const char  *colon;

    colon = ": ";

    if (advice == NULL) {
        colon = "";
        advice = "";
    }

    ngx_log_error(level, b->log, err, "redis %V %s%s%s", &b->conf->address,
                  reason, colon, advice);
}


void
ngx_http_chat_broker_redis_serves(ngx_http_chat_broker_redis_t *b)
{
    if (b->head.state == NGX_HTTP_CHAT_BROKER_AWAY) {
        ngx_log_error(NGX_LOG_NOTICE, b->log, 0, "redis %V is back after %T s",
                      &b->conf->address, ngx_time() - b->away_at);

    } else {
        ngx_log_error(NGX_LOG_INFO, b->log, 0, "redis %V is connected",
                      &b->conf->address);
    }

    ngx_http_chat_broker_redis_set_status(b, NGX_HTTP_CHAT_STATUS_OK);

    ngx_memzero(b->told, sizeof(b->told));

    b->lost_at = 0;
    b->logged_at = 0;
}


void
ngx_http_chat_broker_redis_wrote(ngx_http_chat_broker_redis_t *b)
{
    if (b->status != NGX_HTTP_CHAT_STATUS_DEGRADED) {
        return;
    }

    ngx_http_chat_broker_redis_set_status(b, NGX_HTTP_CHAT_STATUS_OK);

    if (b->degraded) {
        b->degraded = 0;
        ngx_log_error(NGX_LOG_NOTICE, b->log, 0,
                      "redis %V takes messages again", &b->conf->address);
    }
}


void
ngx_http_chat_broker_redis_error(ngx_http_chat_broker_op_t *op,
    redisReply *reply)
{
    u_char                                    reason[NGX_MAX_ERROR_STR / 8];
    const char                               *advice;
    ngx_http_chat_broker_redis_t             *b;
    const ngx_http_chat_broker_redis_word_t  *word;

    b = op->broker;

    ngx_http_chat_broker_redis_quote(reason, sizeof(reason), reply);

    word = ngx_http_chat_broker_redis_word(reason);
    advice = word ? word->advice : NULL;

    if (word && word->status < NGX_HTTP_CHAT_STATUS_OK) {
        ngx_http_chat_redis_fail(op->link, 0, (const char *) reason);
        return;
    }

    if (word && word->status == NGX_HTTP_CHAT_STATUS_DEGRADED) {
        ngx_http_chat_broker_redis_degraded(b, reason, advice);
        return;
    }

    if (ngx_http_chat_broker_redis_may_log(b)) {
        ngx_http_chat_broker_redis_say(b, NGX_LOG_ERR, 0,
                                       (const char *) reason, advice);
    }
}


void
ngx_http_chat_broker_redis_degraded(ngx_http_chat_broker_redis_t *b,
    const u_char *reason, const char *advice)
{
    ngx_http_chat_broker_redis_set_status(b, NGX_HTTP_CHAT_STATUS_DEGRADED);

    if (b->degraded || ngx_http_chat_broker_redis_recent(b->degraded_at)) {
        return;
    }

    b->degraded = 1;
    b->degraded_at = ngx_time();

    ngx_log_error(NGX_LOG_ERR, b->log, 0,
                  "redis %V takes no messages, it %s: %s",
                  &b->conf->address, reason, advice);
}


/*
 * The code is the first word of what Redis answered; of an error inside a
 * script before Redis 7 it stands further behind, as " -CODE ".
 */

static const ngx_http_chat_broker_redis_word_t *
ngx_http_chat_broker_redis_word(const u_char *text)
{
    size_t                                    len;
    const u_char                             *p;
    const ngx_http_chat_broker_redis_word_t  *word;

    for (word = ngx_http_chat_broker_redis_words; word->word; word++) {
        len = ngx_strlen(word->word);

        for (p = text; ; p++) {
            p = (const u_char *) ngx_strstr(p, word->word);

            if (p == NULL) {
                break;
            }

            if (p > text && (p[-1] == ' ' || p[-1] == '-')
                && (p[len] == ' ' || p[len] == '\0'))
            {
                return word;
            }
        }
    }

    return NULL;
}


ngx_uint_t
ngx_http_chat_broker_redis_may_log(ngx_http_chat_broker_redis_t *b)
{
    if (ngx_http_chat_broker_redis_recent(b->logged_at)) {
        return 0;
    }

    b->logged_at = ngx_time();

    return 1;
}


/* Returns 1 if the reason may be told now, and counts it as told. */

static ngx_uint_t
ngx_http_chat_broker_redis_tell(ngx_http_chat_broker_redis_t *b,
    const char *reason)
{
    uint32_t                      crc;
    ngx_uint_t                    i;
    ngx_http_chat_broker_told_t  *told, *free;

    crc = ngx_crc32_short((u_char *) reason, ngx_strlen(reason));
    free = NULL;

    for (i = 0; i < NGX_HTTP_CHAT_BROKER_TOLD; i++) {
        told = &b->told[i];

        if (!ngx_http_chat_broker_redis_recent(told->at)) {
            free = told;

        } else if (told->reason == crc) {
            return 0;
        }
    }

    if (free == NULL) {
        return 0;
    }

    free->reason = crc;
    free->at = ngx_time();

    return 1;
}


static ngx_uint_t
ngx_http_chat_broker_redis_recent(time_t at)
{
    return at && ngx_time() - at < NGX_HTTP_CHAT_BROKER_REDIS_LOG_TIME;
}


/*
 * What another process says goes into the log as printable text only, and
 * without the arguments of ours that it quotes.
 */

void
ngx_http_chat_broker_redis_quote(u_char *buf, size_t size, redisReply *reply)
{
    u_char  *p;
    size_t   i, len;

    p = ngx_cpymem(buf, "answered ", sizeof("answered ") - 1);

    len = ngx_min((size_t) reply->len, NGX_HTTP_CHAT_BROKER_QUOTE_MAX);
    len = ngx_min(len, size - sizeof("answered "));

    for (i = 0; i < len; i++) {

        if (reply->str[i] == ','
            && ngx_strncmp(&reply->str[i], ", with args",
                           sizeof(", with args") - 1)
               == 0)
        {
            break;
        }

        *p++ = (reply->str[i] < 0x20 || reply->str[i] > 0x7e)
               ? '?' : (u_char) reply->str[i];
    }

    *p = '\0';
}
