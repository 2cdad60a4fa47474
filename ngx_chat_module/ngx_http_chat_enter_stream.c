
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* How an event stream comes into its room; see the header. */


#include "ngx_http_chat_enter_stream.h"
#include "ngx_http_chat_answer.h"
#include "ngx_http_chat_deliver.h"
#include "ngx_http_chat_rights.h"


static void ngx_http_chat_enter_stream_head(ngx_http_chat_session_t *s,
    ngx_http_chat_entry_t *e, const ngx_chat_joined_t *joined);
static void ngx_http_chat_enter_stream_page(ngx_http_chat_session_t *s,
    const ngx_chat_joined_t *joined);
static void ngx_http_chat_enter_stream_push(ngx_http_chat_session_t *s,
    ngx_http_chat_frame_t *f);
static size_t ngx_http_chat_enter_stream_write(u_char *buf, size_t size,
    const void *arg);
static size_t ngx_http_chat_enter_stream_write_message(u_char *buf,
    size_t size, const void *arg);


ngx_uint_t
ngx_http_chat_enter_stream_more(ngx_http_chat_session_t *s,
    ngx_http_chat_entry_t *e, const ngx_http_chat_reply_t *reply)
{
    ngx_chat_joined_t        joined;
    const ngx_chat_wire_t   *last;

    if (!s->stream || reply == NULL || !reply->whole || !reply->more
        || e->query.part != NGX_HTTP_CHAT_RESUME || reply->nrecords == 0)
    {
        return 0;
    }

    ngx_memzero(&joined, sizeof(ngx_chat_joined_t));

    joined.room = s->rooms->room->name;
    joined.epoch = reply->epoch;
    joined.top = reply->seq;
    joined.floor = reply->floor;
    joined.recovered = 1;
    joined.presence = s->conf->presence != NGX_HTTP_CHAT_PRESENCE_OFF;
    joined.count = e->count;
    joined.users = e->users;
    joined.nusers = e->nusers;
    joined.list = e->listed;

    ngx_http_chat_rights_standing((ngx_http_chat_member_t *) s->rooms,
                                  &joined.standing);

    ngx_http_chat_deliver_page(&joined, reply);

    ngx_http_chat_enter_stream_head(s, e, &joined);
    ngx_http_chat_enter_stream_page(s, &joined);

    last = &reply->records[reply->nrecords - 1];

    e->query.number = last->seq;
    e->query.limit = s->conf->history_page;

    return 1;
}


void
ngx_http_chat_enter_stream(ngx_http_chat_session_t *s,
    ngx_http_chat_entry_t *e, const ngx_chat_joined_t *joined)
{
    if (e->begun && !joined->recovered) {
        /* the log has lost what comes next, while it was read */
        s->torn = 1;
        ngx_http_chat_output_schedule(s);
        return;
    }

    ngx_http_chat_enter_stream_head(s, e, joined);
    ngx_http_chat_enter_stream_page(s, joined);
}


/* Where the room stands; the messages follow, and what is missed is no part. */

static void
ngx_http_chat_enter_stream_head(ngx_http_chat_session_t *s,
    ngx_http_chat_entry_t *e, const ngx_chat_joined_t *joined)
{
    ngx_chat_joined_t       head;
    ngx_http_chat_frame_t  *f;

    if (e->begun) {
        return;
    }

    e->begun = 1;

    head = *joined;
    head.records = NULL;
    head.nrecords = 0;
    head.more = joined->more && !joined->recovered;

    f = ngx_http_chat_answer_frame(ngx_http_chat_enter_stream_write, &head);

    if (f != NULL && joined->nrecords == 0) {
        /* it begins here, whether or not a message comes */
        ngx_http_chat_frame_number(f, &joined->epoch, joined->top);
    }

    ngx_http_chat_enter_stream_push(s, f);
}


static void
ngx_http_chat_enter_stream_page(ngx_http_chat_session_t *s,
    const ngx_chat_joined_t *joined)
{
    ngx_uint_t              i;
    ngx_http_chat_frame_t  *f;

    for (i = 0; i < joined->nrecords; i++) {
        f = ngx_http_chat_answer_frame(
                                   ngx_http_chat_enter_stream_write_message,
                                   &joined->records[i]);

        if (f != NULL) {
            ngx_http_chat_frame_number(f, &joined->epoch,
                                       joined->records[i].seq);
        }

        ngx_http_chat_enter_stream_push(s, f);
    }
}


/* Nothing that follows what there was no memory for. */

static void
ngx_http_chat_enter_stream_push(ngx_http_chat_session_t *s,
    ngx_http_chat_frame_t *f)
{
    if (f == NULL) {
        s->torn = 1;
        ngx_http_chat_output_schedule(s);
        return;
    }

    ngx_http_chat_output_push(s, f);
    ngx_http_chat_frame_release(f);
}


static size_t
ngx_http_chat_enter_stream_write(u_char *buf, size_t size, const void *arg)
{
    return ngx_chat_proto_ok_join(buf, size, 0, arg);
}


static size_t
ngx_http_chat_enter_stream_write_message(u_char *buf, size_t size,
    const void *arg)
{
    return ngx_chat_proto_message(buf, size, arg);
}
