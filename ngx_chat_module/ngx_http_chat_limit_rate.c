
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* How fast one session may be; see the header. */


#include "ngx_http_chat_limit.h"
#include "ngx_http_chat_session_log.h"


/* ms in which strikes are counted */
#define NGX_HTTP_CHAT_LIMIT_STRIKES  (60 * 1000)

/* ms after a refusal in which others are of the same strike, and how many */
#define NGX_HTTP_CHAT_LIMIT_UNAWARE  250
#define NGX_HTTP_CHAT_LIMIT_REFUSED  10

/* bytes that need no bucket, of who has none: a pong, a word */
#define NGX_HTTP_CHAT_LIMIT_WORD     1024


/* What was taken for one command, to be given back; and what was not there. */

typedef struct {
    uint32_t    wait;
    ngx_uint_t  per;
    ngx_uint_t  kind;
    ngx_uint_t  kinds[2];              /* of the command, and of all */
    uint64_t    keys[NGX_HTTP_CHAT_PER_COUNT][2];
    unsigned    own[2];
} ngx_http_chat_limit_taken_t;


static ngx_http_chat_quota_t *ngx_http_chat_limit_quota(
    ngx_http_chat_session_t *s);
static void ngx_http_chat_limit_own(ngx_http_chat_session_t *s,
    ngx_uint_t kind, ngx_http_chat_limit_taken_t *taken);
static void ngx_http_chat_limit_shared(ngx_http_chat_session_t *s,
    ngx_uint_t kind, const ngx_chat_str_t *room,
    ngx_http_chat_limit_taken_t *taken);
static void ngx_http_chat_limit_missed(ngx_http_chat_limit_taken_t *taken,
    uint32_t wait, ngx_uint_t per, ngx_uint_t kind);
static uint64_t ngx_http_chat_limit_part_of(ngx_http_chat_limit_part_t *part,
    ngx_http_chat_session_t *s, const ngx_chat_str_t *room);
static void ngx_http_chat_limit_spread(ngx_http_chat_session_t *s,
    const ngx_chat_str_t *room, const ngx_http_chat_limit_taken_t *taken,
    ngx_uint_t back);
static void ngx_http_chat_limit_return(ngx_http_chat_session_t *s,
    ngx_uint_t kind, const ngx_http_chat_limit_taken_t *taken);
static void ngx_http_chat_limit_tell(ngx_http_chat_session_t *s,
    const ngx_http_chat_limit_taken_t *taken);


/* of this worker: the second of the last line, what was left out since */

static time_t      ngx_http_chat_limit_second;
static ngx_uint_t  ngx_http_chat_limit_more;


/* NULL without memory: then nothing is limited, and others will fail. */

static ngx_http_chat_quota_t *
ngx_http_chat_limit_quota(ngx_http_chat_session_t *s)
{
    if (s->quota == NULL) {
        s->quota = ngx_calloc(sizeof(ngx_http_chat_quota_t), ngx_cycle->log);
    }

    return s->quota;
}


uint32_t
ngx_http_chat_limit_command(ngx_http_chat_session_t *s, ngx_uint_t kind,
    const ngx_chat_str_t *room)
{
    ngx_http_chat_limit_taken_t  taken;

    if (s->conf->limits->off) {
        return 0;
    }

    ngx_memzero(&taken, sizeof(ngx_http_chat_limit_taken_t));

    ngx_http_chat_limit_own(s, kind, &taken);
    ngx_http_chat_limit_shared(s, kind, room, &taken);

    if (taken.wait == 0) {
        ngx_http_chat_limit_spread(s, room, &taken, 0);
        return 0;
    }

    ngx_http_chat_limit_return(s, kind, &taken);
    ngx_http_chat_limit_tell(s, &taken);

    return s->conf->limit_dry_run ? 0 : taken.wait;
}


static void
ngx_http_chat_limit_tell(ngx_http_chat_session_t *s,
    const ngx_http_chat_limit_taken_t *taken)
{
    ngx_uint_t  more;

    if (ngx_http_chat_limit_may_log(&more)) {
        ngx_log_error(NGX_LOG_INFO, ngx_http_chat_session_log(s), 0,
                      "client %s \"chat_limit\" of %V per %V by %uD ms, %ui "
                      "more lines were left out",
                      s->conf->limit_dry_run ? "would exceed" : "exceeds",
                      &ngx_http_chat_limit_kinds[taken->kind],
                      &ngx_http_chat_limit_pers[taken->per], taken->wait,
                      more);
    }
}


void
ngx_http_chat_limit_early(ngx_http_chat_session_t *s,
    const ngx_chat_str_t *room, uint32_t wait)
{
    ngx_uint_t                   per, i;
    ngx_http_chat_limits_t      *limits;
    ngx_http_chat_limit_part_t   part;
    ngx_http_chat_limit_taken_t  taken;

    ngx_memzero(&taken, sizeof(ngx_http_chat_limit_taken_t));

    ngx_http_chat_limit_missed(&taken, wait, NGX_HTTP_CHAT_PER_ROOM,
                               NGX_HTTP_CHAT_KIND_SEND);
    ngx_http_chat_limit_tell(s, &taken);

    if (s->conf->limit_dry_run) {
        return;
    }

    limits = s->conf->limits;
    taken.kinds[0] = NGX_HTTP_CHAT_KIND_SEND;
    taken.kinds[1] = NGX_HTTP_CHAT_KIND_ALL;

    for (i = 0; i < 2; i++) {
        taken.own[i] = (s->quota != NULL);

        for (per = NGX_HTTP_CHAT_PER_USER; per < NGX_HTTP_CHAT_PER_COUNT;
             per++)
        {
            part.per = per;
            part.kind = taken.kinds[i];

            if (limits->of[per][part.kind].rate != 0) {
                taken.keys[per][i] = ngx_http_chat_limit_part_of(&part, s,
                                                                 room);
            }
        }
    }

    ngx_http_chat_limit_return(s, NGX_HTTP_CHAT_KIND_SEND, &taken);
    ngx_http_chat_limit_spread(s, room, &taken, 1);

    ngx_http_chat_limit_refused(s,
                                (s->conf->format == NGX_HTTP_CHAT_FORMAT_RAW)
                                ? NGX_CHAT_CLOSE_POLICY
                                : NGX_CHAT_CLOSE_FLOODING);
}


/* The longest wait is that of the command. */

static void
ngx_http_chat_limit_missed(ngx_http_chat_limit_taken_t *taken, uint32_t wait,
    ngx_uint_t per, ngx_uint_t kind)
{
    if (wait > taken->wait) {
        taken->wait = wait;
        taken->per = per;
        taken->kind = kind;
    }
}


/* The session's own buckets: of the kind, and of all. */

static void
ngx_http_chat_limit_own(ngx_http_chat_session_t *s, ngx_uint_t kind,
    ngx_http_chat_limit_taken_t *taken)
{
    uint32_t                      wait;
    ngx_uint_t                    i, kinds[2];
    ngx_http_chat_quota_t        *quota;
    const ngx_http_chat_limit_t  *limit;

    quota = ngx_http_chat_limit_quota(s);
    if (quota == NULL) {
        return;
    }

    kinds[0] = kind;
    kinds[1] = NGX_HTTP_CHAT_KIND_ALL;

    for (i = 0; i < 2; i++) {
        limit = &s->conf->limits->of[NGX_HTTP_CHAT_PER_CONNECTION][kinds[i]];

        wait = ngx_chat_rate_take(&quota->of[kinds[i]], limit->rate,
                                  limit->burst, ngx_current_msec);

        taken->own[i] = (limit->rate != 0 && wait == 0);
        ngx_http_chat_limit_missed(taken, wait, NGX_HTTP_CHAT_PER_CONNECTION,
                                   kinds[i]);
    }
}


static void
ngx_http_chat_limit_shared(ngx_http_chat_session_t *s, ngx_uint_t kind,
    const ngx_chat_str_t *room, ngx_http_chat_limit_taken_t *taken)
{
    uint32_t                      wait;
    uint64_t                      key;
    ngx_uint_t                    per, i;
    const ngx_http_chat_limit_t  *limit;
    ngx_http_chat_limit_part_t    part;

    taken->kinds[0] = kind;
    taken->kinds[1] = NGX_HTTP_CHAT_KIND_ALL;

    for (per = NGX_HTTP_CHAT_PER_USER; per < NGX_HTTP_CHAT_PER_COUNT; per++) {

        for (i = 0; i < 2; i++) {
            part.per = per;
            part.kind = taken->kinds[i];
            limit = &s->conf->limits->of[per][part.kind];

            if (limit->rate == 0
                || (per == NGX_HTTP_CHAT_PER_ROOM && s->conf->keep.rate != 0
                    && part.kind == NGX_HTTP_CHAT_KIND_SEND))
            {
                /* none, or the store's own */
                continue;
            }

            key = ngx_http_chat_limit_part_of(&part, s, room);
            wait = ngx_http_chat_limit_take(key, limit);

            taken->keys[per][i] = (wait == 0) ? key : 0;
            ngx_http_chat_limit_missed(taken, wait, per, part.kind);
        }
    }
}


/* Other hosts hear what was taken, or that it was given back. */

static void
ngx_http_chat_limit_spread(ngx_http_chat_session_t *s,
    const ngx_chat_str_t *room, const ngx_http_chat_limit_taken_t *taken,
    ngx_uint_t back)
{
    ngx_uint_t                  per, i;
    ngx_http_chat_limit_part_t  part;

    if (!s->conf->store->shares) {
        return;
    }

    for (per = NGX_HTTP_CHAT_PER_USER; per < NGX_HTTP_CHAT_PER_COUNT; per++) {

        for (i = 0; i < 2; i++) {

            if (taken->keys[per][i] == 0) {
                continue;
            }

            part.per = per;
            part.kind = taken->kinds[i];
            part.limit = &s->conf->limits->of[per][part.kind];
            (void) ngx_http_chat_limit_part_of(&part, s, room);

            if (back) {
                ngx_http_chat_limit_given(s->conf->store, &part);

            } else {
                ngx_http_chat_limit_taken(s->conf->store, &part);
            }
        }
    }
}


/* Whose bucket it is, of what it says.  Returns its key, 0: not limited. */

static uint64_t
ngx_http_chat_limit_part_of(ngx_http_chat_limit_part_t *part,
    ngx_http_chat_session_t *s, const ngx_chat_str_t *room)
{
    ngx_str_t  id;

    part->key = 0;

    switch (part->per) {

    case NGX_HTTP_CHAT_PER_USER:

        id = ngx_http_chat_head_str(s->head, NGX_HTTP_CHAT_HEAD_USER);

        if (s->head->guest || id.len == 0) {
            /* a user of its own: the connection's limits are the same */
            break;
        }

        ngx_http_chat_limit_of_user(part, s->conf->store, &id, part->kind);
        break;

    case NGX_HTTP_CHAT_PER_IP:
        ngx_http_chat_limit_of_ip(part, s->connection, part->kind);
        break;

    default: /* NGX_HTTP_CHAT_PER_ROOM */

        if (room->len != 0) {
            part->name = *room;
            part->key = ngx_http_chat_limit_key(s->conf->store, part->per,
                                                part->kind, room);
        }
    }

    return part->key;
}


static void
ngx_http_chat_limit_return(ngx_http_chat_session_t *s, ngx_uint_t kind,
    const ngx_http_chat_limit_taken_t *taken)
{
    ngx_uint_t  per, i;

    if (taken->own[0]) {
        ngx_chat_rate_give(&s->quota->of[kind]);
    }

    if (taken->own[1]) {
        ngx_chat_rate_give(&s->quota->of[NGX_HTTP_CHAT_KIND_ALL]);
    }

    for (per = NGX_HTTP_CHAT_PER_USER; per < NGX_HTTP_CHAT_PER_COUNT; per++) {

        for (i = 0; i < 2; i++) {
            ngx_http_chat_limit_give(taken->keys[per][i]);
        }
    }
}


ngx_uint_t
ngx_http_chat_limit_control(ngx_http_chat_session_t *s)
{
    ngx_uint_t                    more;
    ngx_http_chat_quota_t        *quota;
    const ngx_http_chat_limit_t  *limit;

    limit = &s->conf->limits->of[NGX_HTTP_CHAT_PER_CONNECTION]
                                [NGX_HTTP_CHAT_KIND_CONTROL];
    quota = ngx_http_chat_limit_quota(s);

    if (quota == NULL
        || ngx_chat_rate_take(&quota->of[NGX_HTTP_CHAT_KIND_CONTROL],
                              limit->rate, limit->burst, ngx_current_msec)
           == 0)
    {
        return 1;
    }

    if (ngx_http_chat_limit_may_log(&more)) {
        ngx_log_error(NGX_LOG_INFO, ngx_http_chat_session_log(s), 0,
                      "client %s too many control frames, %ui more lines "
                      "were left out",
                      s->conf->limit_dry_run ? "would have sent" : "sent",
                      more);
    }

    return s->conf->limit_dry_run;
}


uint32_t
ngx_http_chat_limit_bytes(ngx_http_chat_session_t *s, size_t n)
{
    uint32_t                      wait;
    ngx_uint_t                    more;
    ngx_http_chat_quota_t        *quota;
    const ngx_http_chat_limit_t  *limit;

    limit = &s->conf->limits->of[NGX_HTTP_CHAT_PER_CONNECTION]
                                [NGX_HTTP_CHAT_KIND_BYTES];

    if (limit->rate == 0
        || (s->quota == NULL && n <= NGX_HTTP_CHAT_LIMIT_WORD))
    {
        return 0;
    }

    quota = ngx_http_chat_limit_quota(s);
    if (quota == NULL) {
        return 0;
    }

    wait = ngx_chat_rate_spend(&quota->of[NGX_HTTP_CHAT_KIND_BYTES],
                               limit->rate, limit->burst, (uint32_t) n,
                               ngx_current_msec);

    if (wait != 0 && ngx_http_chat_limit_may_log(&more)) {
        ngx_log_error(NGX_LOG_INFO, ngx_http_chat_session_log(s), 0,
                      "client %s bytes too fast, %ui more lines were left "
                      "out",
                      s->conf->limit_dry_run ? "would have sent" : "sends",
                      more);
    }

    return s->conf->limit_dry_run ? 0 : wait;
}


void
ngx_http_chat_limit_stop(ngx_http_chat_session_t *s, uint32_t ms)
{
    if (s->state == NGX_HTTP_CHAT_OPEN && s->quota != NULL) {
        s->quota->until = (uint32_t) ngx_current_msec + ms;
        ngx_http_chat_session_pause(s, NGX_HTTP_CHAT_PAUSE_LIMIT);
    }
}


uint32_t
ngx_http_chat_limit_left(ngx_http_chat_session_t *s)
{
    int32_t  left;

    if (s->quota == NULL) {
        return 0;
    }

    left = (int32_t) (s->quota->until - (uint32_t) ngx_current_msec);

    return (uint32_t) ngx_max(left, 0);
}


/*
 * Who resumes in a hundred rooms asks for all of them at once, and does heed
 * what it is told then.
 */

void
ngx_http_chat_limit_refused(ngx_http_chat_session_t *s, ngx_uint_t code)
{
    uint32_t                now;
    ngx_http_chat_quota_t  *quota;

    quota = ngx_http_chat_limit_quota(s);
    if (quota == NULL) {
        return;
    }

    now = (uint32_t) ngx_current_msec;

    if (quota->refused != 0
        && quota->refused < NGX_HTTP_CHAT_LIMIT_REFUSED
        && now - quota->struck < NGX_HTTP_CHAT_LIMIT_UNAWARE)
    {
        quota->refused++;
        return;
    }

    quota->struck = now;
    quota->refused = 1;

    ngx_http_chat_limit_strike(s, code);
}


void
ngx_http_chat_limit_strike(ngx_http_chat_session_t *s, ngx_uint_t code)
{
    uint32_t                now;
    ngx_http_chat_quota_t  *quota;

    if (s->conf->max_strikes == 0 || s->state != NGX_HTTP_CHAT_OPEN) {
        return;
    }

    quota = ngx_http_chat_limit_quota(s);
    if (quota == NULL) {
        return;
    }

    now = (uint32_t) ngx_current_msec;

    if (quota->strikes == 0
        || now - quota->begun > NGX_HTTP_CHAT_LIMIT_STRIKES)
    {
        quota->begun = now;
        quota->strikes = 0;
    }

    quota->strikes++;

    if (quota->strikes < s->conf->max_strikes) {
        return;
    }

    ngx_log_error(NGX_LOG_INFO, ngx_http_chat_session_log(s), 0,
                  "client got %uD strikes and is closed with %ui",
                  quota->strikes, code);

    ngx_http_chat_session_close(s, code,
                                (code == NGX_CHAT_CLOSE_FLOODING)
                                ? "too much was sent in a short time"
                                : "too many refused messages");
}


void
ngx_http_chat_limit_rest(ngx_http_chat_session_t *s)
{
    uint32_t                      now;
    ngx_uint_t                    i;
    ngx_http_chat_quota_t        *quota;
    const ngx_http_chat_limit_t  *limit;

    quota = s->quota;

    if (quota == NULL || (s->paused & NGX_HTTP_CHAT_PAUSE_LIMIT)) {
        return;
    }

    now = (uint32_t) ngx_current_msec;

    if (quota->strikes != 0
        && now - quota->begun <= NGX_HTTP_CHAT_LIMIT_STRIKES)
    {
        return;
    }

    for (i = 0; i < NGX_HTTP_CHAT_KIND_COUNT; i++) {
        limit = &s->conf->limits->of[NGX_HTTP_CHAT_PER_CONNECTION][i];

        if (!ngx_chat_rate_full(&quota->of[i], limit->rate, now)) {
            return;
        }
    }

    ngx_http_chat_limit_forget(s);
}


void
ngx_http_chat_limit_forget(ngx_http_chat_session_t *s)
{
    if (s->quota != NULL) {
        ngx_free(s->quota);
        s->quota = NULL;
    }
}


ngx_uint_t
ngx_http_chat_limit_may_log(ngx_uint_t *more)
{
    if (ngx_http_chat_limit_second == ngx_time()) {
        ngx_http_chat_limit_more++;
        return 0;
    }

    *more = ngx_http_chat_limit_more;

    ngx_http_chat_limit_second = ngx_time();
    ngx_http_chat_limit_more = 0;

    return 1;
}
