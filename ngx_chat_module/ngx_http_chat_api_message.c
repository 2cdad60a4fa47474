
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Messages by HTTP: publishing them, and reading a room's log. */


#include "ngx_http_chat_api.h"
#include "ngx_http_chat_deliver.h"
#include "ngx_http_chat_handshake.h"


#define NGX_HTTP_CHAT_API_QUERY                                               \
    (sizeof("before=&limit=&epoch=") + 2 * NGX_INT64_LEN                      \
     + NGX_CHAT_WIRE_EPOCH_MAX)


static void ngx_http_chat_api_review(ngx_http_chat_api_t *api,
    const ngx_chat_wire_t *rec, const ngx_http_chat_keep_t *keep);
static void ngx_http_chat_api_reviewed(ngx_http_chat_review_t *review);
static void ngx_http_chat_api_store(ngx_http_chat_api_t *api,
    ngx_chat_wire_t *rec, const ngx_http_chat_keep_t *keep);
static void ngx_http_chat_api_published(ngx_http_chat_api_t *api,
    const ngx_http_chat_reply_t *reply);
static ngx_int_t ngx_http_chat_api_location(ngx_http_chat_api_t *api,
    uint64_t seq);
static void ngx_http_chat_api_history(ngx_http_chat_api_t *api,
    const ngx_http_chat_query_t *query, ngx_http_chat_api_reply_pt done);
static void ngx_http_chat_api_read(ngx_http_chat_api_t *api,
    const ngx_http_chat_reply_t *reply);
static ngx_uint_t ngx_http_chat_api_known_log(ngx_http_chat_api_t *api,
    const ngx_http_chat_reply_t *reply);
static ngx_int_t ngx_http_chat_api_links(ngx_http_chat_api_t *api,
    const ngx_http_chat_reply_t *reply);
static ngx_int_t ngx_http_chat_api_page_link(ngx_http_chat_api_t *api,
    const ngx_http_chat_reply_t *reply, const char *rel, uint64_t number);
static void ngx_http_chat_api_found(ngx_http_chat_api_t *api,
    const ngx_http_chat_reply_t *reply);
static size_t ngx_http_chat_api_write_sent(u_char *buf, size_t size,
    const void *arg);
static size_t ngx_http_chat_api_write_page(u_char *buf, size_t size,
    const void *arg);
static size_t ngx_http_chat_api_write_message(u_char *buf, size_t size,
    const void *arg);


void
ngx_http_chat_api_publish(ngx_http_chat_api_t *api)
{
    ngx_chat_wire_t           rec;
    ngx_chat_error_t          e;
    ngx_http_chat_keep_t      keep;
    ngx_http_chat_speaker_t   speaker;

    ngx_memzero(&e, sizeof(ngx_chat_error_t));

    e.code = NGX_CHAT_CODE_RATE_LIMITED;
    e.retry_after = ngx_http_chat_limit_call_room(&api->limit,
                                                  &api->cmd.room);

    if (e.retry_after != 0) {
        ngx_http_chat_api_fault(api, &e, NULL);
        return;
    }

    speaker.conf = api->ctx.conf;
    speaker.user = api->actor.user;
    speaker.role = api->named ? NGX_CHAT_ROLE_NONE : api->role;

    ngx_http_chat_hub_compose(&speaker, &api->cmd, &rec, &keep, api->cid);

    rec.room = api->cmd.room;
    keep.note.backend = api->backend;
    keep.note.guest = api->ctx.guest & 1;

    if (rec.kind == NGX_CHAT_WIRE_DELETE && api->backend) {
        rec.body = api->cmd.reason;
    }

    if (rec.ref != 0 && keep.count == 0) {
        ngx_http_chat_api_refuse(api, NGX_CHAT_CODE_NOT_FOUND,
                                 NGX_HTTP_CHAT_ANSWER_NO_MESSAGE, NULL);

    } else if (speaker.conf->review != NULL
               && rec.kind != NGX_CHAT_WIRE_DELETE)
    {
        ngx_http_chat_api_review(api, &rec, &keep);

    } else {
        ngx_http_chat_api_store(api, &rec, &keep);
    }
}


/* An edit or a deletion is said as a message is. */

void
ngx_http_chat_api_change(ngx_http_chat_api_t *api)
{
    api->cmd.op = (api->row->method == NGX_HTTP_PATCH) ? NGX_CHAT_OP_EDIT
                                                       : NGX_CHAT_OP_DELETE;
    api->cmd.ref = api->route.seq;

    ngx_http_chat_api_publish(api);
}


static void
ngx_http_chat_api_review(ngx_http_chat_api_t *api, const ngx_chat_wire_t *rec,
    const ngx_http_chat_keep_t *keep)
{
    ngx_int_t                     rc;
    ngx_chat_wire_t               unseen;
    ngx_http_chat_review_t       *review;
    ngx_http_chat_review_call_t   call;

    call.request = api->request;
    call.ctx = &api->ctx;
    call.via = api->backend ? "backend" : "api";
    call.rec = rec;
    call.keep = keep;
    call.done = ngx_http_chat_api_reviewed;
    call.data = api;

    rc = ngx_http_chat_review_call(&call, &review);

    if (rc == NGX_OK) {
        api->review = review;

        /* the site has a deadline of its own, and the store comes after it */

        if (api->timer.timer_set) {
            ngx_del_timer(&api->timer);
        }

    } else if (rc == NGX_DECLINED) {
        unseen = *rec;
        ngx_http_chat_api_store(api, &unseen, keep);

    } else {
        ngx_http_chat_api_refuse(api, NGX_CHAT_CODE_UNAVAILABLE, NULL, NULL);
    }
}


static void
ngx_http_chat_api_reviewed(ngx_http_chat_review_t *review)
{
    ngx_connection_t     *c;
    ngx_http_chat_api_t  *api;

    api = review->data;
    api->review = NULL;

    c = api->request->connection;

    ngx_http_set_log_request(c->log, api->request);

    if (review->code == NGX_CHAT_CODE_OK) {
        ngx_http_chat_api_store(api, &review->rec, &review->keep);

    } else {
        ngx_http_chat_api_refuse(api, review->code, review->message, NULL);
    }

    ngx_http_run_posted_requests(c);
}


static void
ngx_http_chat_api_store(ngx_http_chat_api_t *api, ngx_chat_wire_t *rec,
    const ngx_http_chat_keep_t *keep)
{
    ngx_int_t                  rc;
    ngx_http_chat_ticket_t     ticket;
    ngx_http_chat_hub_room_t  *room;

    room = ngx_http_chat_api_open(api, &api->cmd.room,
                                  ngx_http_chat_api_published, &ticket);

    if (room != NULL) {
        rec->room = room->room.name;
        ngx_http_chat_api_publishes(&ticket);
        rc = ngx_http_chat_hub_store(room, rec, &api->actor, keep, &ticket);
        ngx_http_chat_api_begun(api, rc, &ticket);
    }
}


static void
ngx_http_chat_api_published(ngx_http_chat_api_t *api,
    const ngx_http_chat_reply_t *reply)
{
    ngx_int_t         rc;
    ngx_uint_t        created;
    ngx_chat_wire_t   rec;

    static const u_char  replayed[] = "true";

    created = (api->row->method == NGX_HTTP_POST && !reply->dup);

    if (reply->code != NGX_CHAT_CODE_OK) {

        if (reply->code == NGX_CHAT_CODE_RATE_LIMITED) {
            ngx_http_chat_limit_call_back(&api->limit);
        }

        if (reply->code == NGX_CHAT_CODE_CID_REUSED) {
            ngx_http_chat_api_refuse(api, reply->code,
                                     "Another message has this "
                                     "\"Idempotency-Key\".", NULL);
            return;
        }

        ngx_http_chat_api_failed(api, reply);
        return;
    }

    rc = NGX_OK;

    if (reply->dup) {
        rc = ngx_http_chat_handshake_add(api->request, "Idempotency-Replayed",
                                         sizeof(replayed) - 1, replayed);

    } else if (created) {
        rc = ngx_http_chat_api_location(api, reply->seq);
    }

    if (rc != NGX_OK) {
        /* it is stored; the same key brings the same answer */
        ngx_http_chat_api_refuse(api, NGX_CHAT_CODE_INTERNAL, NULL, NULL);
        return;
    }

    ngx_memzero(&rec, sizeof(ngx_chat_wire_t));

    rec.seq = reply->seq;
    rec.time = reply->time;
    rec.epoch = reply->epoch;

    ngx_http_chat_api_send(api, created ? NGX_HTTP_CREATED : NGX_HTTP_OK,
                           ngx_http_chat_api_write_sent, &rec);
}


/* Below the address that the client used, whatever nginx made of it. */

static ngx_int_t
ngx_http_chat_api_location(ngx_http_chat_api_t *api, uint64_t seq)
{
    u_char     *p, *value, *query;
    ngx_str_t   path;

    path = api->request->unparsed_uri;
    query = ngx_strlchr(path.data, path.data + path.len, '?');

    if (query != NULL) {
        path.len = (size_t) (query - path.data);
    }

    value = ngx_pnalloc(api->request->pool, path.len + 1 + NGX_INT64_LEN);
    if (value == NULL) {
        return NGX_ERROR;
    }

    p = ngx_sprintf(value, "%V/%uL", &path, seq);

    return ngx_http_chat_handshake_add(api->request, "Location",
                                       (size_t) (p - value), value);
}


static size_t
ngx_http_chat_api_write_sent(u_char *buf, size_t size, const void *arg)
{
    return ngx_chat_proto_ok_send(buf, size, 0, arg, 0);
}


void
ngx_http_chat_api_page(ngx_http_chat_api_t *api)
{
    ngx_http_chat_query_t  query;

    if (ngx_http_chat_api_poll(api) != NGX_OK) {
        return;
    }

    ngx_http_chat_hub_query(api->ctx.conf, &api->cmd, &query);
    api->cmd.limit = (int64_t) query.limit;

    ngx_http_chat_api_history(api, &query, ngx_http_chat_api_read);
}


static void
ngx_http_chat_api_history(ngx_http_chat_api_t *api,
    const ngx_http_chat_query_t *query, ngx_http_chat_api_reply_pt done)
{
    ngx_int_t                  rc;
    ngx_http_chat_hub_t       *hub;
    ngx_http_chat_ticket_t     ticket;
    ngx_http_chat_hub_room_t  *room;

    room = ngx_http_chat_api_open(api, &api->cmd.room, done, &ticket);

    if (room != NULL) {
        hub = room->hub;
        rc = hub->store->ops->history(hub->broker, &room->room.name, query,
                                      &ticket);
        ngx_http_chat_api_begun(api, rc, &ticket);
    }
}


static void
ngx_http_chat_api_read(ngx_http_chat_api_t *api,
    const ngx_http_chat_reply_t *reply)
{
    ngx_chat_joined_t  view;

    if (!ngx_http_chat_api_known_log(api, reply)) {
        return;
    }

    if (reply->nrecords == 0 && ngx_http_chat_api_park(api) == NGX_OK) {
        return;
    }

    ngx_memzero(&view, sizeof(ngx_chat_joined_t));

    view.room = api->cmd.room;
    view.epoch = reply->epoch;
    view.top = reply->seq;
    view.floor = reply->floor;
    view.more = reply->more;

    ngx_http_chat_deliver_page(&view, reply);

    if (ngx_http_chat_api_links(api, reply) != NGX_OK
        || ngx_http_chat_api_etag(api, reply) != NGX_OK)
    {
        ngx_http_chat_api_refuse(api, NGX_CHAT_CODE_INTERNAL, NULL, NULL);
        return;
    }

    ngx_http_chat_api_send(api, NGX_HTTP_OK, ngx_http_chat_api_write_page,
                           &view);
}


/* Refuses where the log has not what was asked for. */

static ngx_uint_t
ngx_http_chat_api_known_log(ngx_http_chat_api_t *api,
    const ngx_http_chat_reply_t *reply)
{
    if (reply->code != NGX_CHAT_CODE_OK) {
        ngx_http_chat_api_failed(api, reply);
        return 0;
    }

    if (!reply->whole) {
        ngx_http_chat_api_refuse(api, NGX_CHAT_CODE_GONE, NULL, NULL);
        return 0;
    }

    return 1;
}


/* Towards what is older, and what is newer, as far as there is any. */

static ngx_int_t
ngx_http_chat_api_links(ngx_http_chat_api_t *api,
    const ngx_http_chat_reply_t *reply)
{
    uint64_t  first, last;

    if (reply->nrecords == 0) {
        return NGX_OK;
    }

    first = reply->records[0].seq;
    last = reply->records[reply->nrecords - 1].seq;

    if (last < reply->seq
        && ngx_http_chat_api_page_link(api, reply, "next", last) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return (first > reply->floor)
           ? ngx_http_chat_api_page_link(api, reply, "prev", first) : NGX_OK;
}


static ngx_int_t
ngx_http_chat_api_page_link(ngx_http_chat_api_t *api,
    const ngx_http_chat_reply_t *reply, const char *rel, uint64_t number)
{
    u_char      buf[NGX_HTTP_CHAT_API_QUERY], *p;
    ngx_str_t   query;

    p = ngx_sprintf(buf, "%s=%uL&limit=%L&epoch=",
                    (rel[0] == 'n') ? "after" : "before", number,
                    api->cmd.limit);
    p = ngx_cpymem(p, reply->epoch.data,
                   ngx_min(reply->epoch.len, NGX_CHAT_WIRE_EPOCH_MAX));

    query.data = buf;
    query.len = (size_t) (p - buf);

    return ngx_http_chat_api_link(api, rel, &query);
}


static size_t
ngx_http_chat_api_write_page(u_char *buf, size_t size, const void *arg)
{
    return ngx_chat_proto_ok_history(buf, size, 0, arg);
}


/* What the Location of a message leads to. */

void
ngx_http_chat_api_message(ngx_http_chat_api_t *api)
{
    ngx_http_chat_query_t  query;

    api->cmd.after = api->route.seq - 1;
    api->cmd.limit = 1;

    ngx_http_chat_hub_query(api->ctx.conf, &api->cmd, &query);
    ngx_http_chat_api_history(api, &query, ngx_http_chat_api_found);
}


static void
ngx_http_chat_api_found(ngx_http_chat_api_t *api,
    const ngx_http_chat_reply_t *reply)
{
    ngx_chat_wire_t  *rec;

    if (!ngx_http_chat_api_known_log(api, reply)) {
        return;
    }

    if (reply->nrecords == 0
        || reply->records[0].seq != (uint64_t) api->route.seq)
    {
        ngx_http_chat_api_refuse(api, NGX_CHAT_CODE_NOT_FOUND,
                                 "No message has this number.", NULL);
        return;
    }

    rec = &reply->records[0];
    rec->room = api->cmd.room;

    ngx_http_chat_api_send(api, NGX_HTTP_OK, ngx_http_chat_api_write_message,
                           rec);
}


static size_t
ngx_http_chat_api_write_message(u_char *buf, size_t size, const void *arg)
{
    return ngx_chat_proto_message(buf, size, arg);
}
