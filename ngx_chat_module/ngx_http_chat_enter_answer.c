
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The answer to a join; see the header. */


#include "ngx_http_chat_enter_answer.h"
#include "ngx_http_chat_answer.h"
#include "ngx_http_chat_deliver.h"
#include "ngx_http_chat_enter_stream.h"
#include "ngx_http_chat_metric.h"
#include "ngx_http_chat_rights.h"


/* An answer to join, or the event that stands for it. */

typedef struct {
    int64_t              id;
    ngx_chat_joined_t    joined;
} ngx_http_chat_enter_answer_t;


static void ngx_http_chat_enter_fill(ngx_http_chat_member_t *m,
    ngx_http_chat_entry_t *e, const ngx_http_chat_reply_t *reply,
    ngx_chat_joined_t *joined);
static size_t ngx_http_chat_enter_write(u_char *buf, size_t size,
    const void *arg);


void
ngx_http_chat_enter_keep_users(ngx_http_chat_entry_t *e,
    const ngx_http_chat_reply_t *reply)
{
    size_t       size;
    u_char      *p;
    ngx_uint_t   i;

    e->count = reply->count;

    if (!reply->listed) {
        return;
    }

    size = reply->nusers * sizeof(ngx_chat_user_t) + 1;

    for (i = 0; i < reply->nusers; i++) {
        size += reply->users[i].id.len + reply->users[i].name.len;
    }

    e->users = ngx_alloc(size, ngx_cycle->log);
    if (e->users == NULL) {
        return;
    }

    p = (u_char *) &e->users[reply->nusers];

    for (i = 0; i < reply->nusers; i++) {
        e->users[i] = reply->users[i];

        e->users[i].id.data = p;
        p = ngx_cpymem(p, reply->users[i].id.data, reply->users[i].id.len);

        e->users[i].name.data = p;
        p = ngx_cpymem(p, reply->users[i].name.data,
                       reply->users[i].name.len);
    }

    e->nusers = reply->nusers;
    e->listed = 1;
}


uint64_t
ngx_http_chat_enter_answer(ngx_http_chat_session_t *s,
    ngx_http_chat_member_t *m, ngx_http_chat_entry_t *e,
    const ngx_http_chat_reply_t *reply)
{
    ngx_http_chat_enter_answer_t  a;

    ngx_memzero(&a, sizeof(ngx_http_chat_enter_answer_t));

    a.id = e->id;
    a.joined.presence = s->conf->presence != NGX_HTTP_CHAT_PRESENCE_OFF;

    ngx_http_chat_enter_fill(m, e, reply, &a.joined);

    if (e->query.part == NGX_HTTP_CHAT_RESUME) {
        ngx_http_chat_metric_add(NGX_CHAT_METRIC_RESUMED,
                                 !a.joined.recovered, 1);
    }

    if (s->stream) {
        ngx_http_chat_enter_stream(s, e, &a.joined);

    } else {
        ngx_http_chat_answer(s, ngx_http_chat_enter_write, &a);
    }

    return a.joined.top;
}


static void
ngx_http_chat_enter_fill(ngx_http_chat_member_t *m, ngx_http_chat_entry_t *e,
    const ngx_http_chat_reply_t *reply, ngx_chat_joined_t *joined)
{
    ngx_uint_t                 resume;
    ngx_http_chat_hub_room_t  *room;

    room = (ngx_http_chat_hub_room_t *) m->member.room;
    resume = (e->query.part == NGX_HTTP_CHAT_RESUME);

    joined->room = room->room.name;
    joined->count = e->count;
    joined->users = e->users;
    joined->nusers = e->nusers;
    joined->list = e->listed && m->presence;

    ngx_http_chat_rights_standing(m, &joined->standing);

    if (reply != NULL) {
        joined->epoch = reply->epoch;
        joined->top = reply->seq;
        joined->floor = reply->floor;
        joined->recovered = resume && reply->whole;
        joined->more = reply->more;

        ngx_http_chat_deliver_page(joined, reply);

        return;
    }

    joined->epoch.data = room->epoch;
    joined->epoch.len = room->epoch_len;
    joined->top = e->from;
    joined->floor = room->floor;
    joined->recovered = resume;
    joined->more = !resume && room->floor <= joined->top;
}


static size_t
ngx_http_chat_enter_write(u_char *buf, size_t size, const void *arg)
{
    const ngx_http_chat_enter_answer_t  *a;

    a = arg;

    return ngx_chat_proto_ok_join(buf, size, a->id, &a->joined);
}
