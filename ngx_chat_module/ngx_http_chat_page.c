
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The pages that members ask for: what was said, and who is there. */


#include "ngx_http_chat_hub.h"
#include "ngx_http_chat_answer.h"
#include "ngx_http_chat_deliver.h"
#include "ngx_http_chat_rights.h"


/* messages of one page of "history" */
#define NGX_HTTP_CHAT_HISTORY_LIMIT    50

/* users of one page of "who" */
#define NGX_HTTP_CHAT_WHO_LIMIT        100
#define NGX_HTTP_CHAT_WHO_LIMIT_MAX    1000


typedef struct {
    int64_t              id;
    ngx_chat_joined_t    view;
} ngx_http_chat_page_t;


static void ngx_http_chat_page_read(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply);
static void ngx_http_chat_page_listed(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply);
static ngx_chat_code_e ngx_http_chat_page_code(
    const ngx_http_chat_session_t *s, const ngx_http_chat_hub_room_t *room,
    ngx_chat_code_e code);
static size_t ngx_http_chat_page_write_history(u_char *buf, size_t size,
    const void *arg);
static size_t ngx_http_chat_page_write_who(u_char *buf, size_t size,
    const void *arg);


ngx_chat_code_e
ngx_http_chat_hub_history(ngx_http_chat_session_t *s,
    const ngx_chat_command_t *cmd)
{
    ngx_http_chat_hub_t       *hub;
    ngx_http_chat_query_t      query;
    ngx_http_chat_ticket_t     ticket;
    ngx_http_chat_member_t    *m;
    ngx_http_chat_hub_room_t  *room;

    m = ngx_http_chat_hub_member(s, &cmd->room);

    if (m == NULL) {
        return NGX_CHAT_CODE_NOT_MEMBER;
    }

    ngx_http_chat_hub_query(s->conf, cmd, &query);

    room = (ngx_http_chat_hub_room_t *) m->member.room;
    hub = room->hub;

    ngx_http_chat_hub_ticket(&ticket, room, s, ngx_http_chat_page_read);
    ticket.id = cmd->id;
    ticket.data = (uintptr_t) room->conf.version;

    if (hub->store->ops->history(hub->broker, &room->room.name, &query,
                                 &ticket)
        != NGX_OK)
    {
        return NGX_CHAT_CODE_UNAVAILABLE;
    }

    ngx_http_chat_hub_taken(room, s);
    ngx_http_chat_session_pause(s, NGX_HTTP_CHAT_PAUSE_PAGE);

    return NGX_CHAT_CODE_OK;
}


void
ngx_http_chat_hub_query(const ngx_http_chat_loc_conf_t *conf,
    const ngx_chat_command_t *cmd, ngx_http_chat_query_t *query)
{
    ngx_uint_t  limit;

    limit = (cmd->limit < 0) ? NGX_HTTP_CHAT_HISTORY_LIMIT
                             : (ngx_uint_t) cmd->limit;

    ngx_memzero(query, sizeof(ngx_http_chat_query_t));

    query->limit = ngx_min(limit, conf->history_page);
    query->size = ngx_http_chat_hub_page_size(conf);
    query->keep = conf->keep;
    query->epoch = cmd->epoch;

    if (cmd->after >= 0) {
        query->part = NGX_HTTP_CHAT_AFTER;
        query->number = (uint64_t) cmd->after;

    } else if (cmd->before >= 0) {
        query->part = NGX_HTTP_CHAT_BEFORE;
        query->number = (uint64_t) cmd->before;
    }
}


/*
 * An answer of the client's own asking must not make it too slow a reader: a
 * page and what stands around it is twice as large when all of it is escaped.
 */

size_t
ngx_http_chat_hub_page_size(const ngx_http_chat_loc_conf_t *conf)
{
    if (conf->buffer_size == 0) {
        return NGX_HTTP_CHAT_HUB_PAGE_SIZE;
    }

    return ngx_min(conf->buffer_size / 2, NGX_HTTP_CHAT_HUB_PAGE_SIZE);
}


static void
ngx_http_chat_page_read(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply)
{
    ngx_chat_code_e            code;
    ngx_http_chat_session_t   *s;
    ngx_http_chat_page_t       page;
    ngx_http_chat_hub_room_t  *room;

    room = ticket->room;

    if (reply->code == NGX_CHAT_CODE_OK) {
        (void) ngx_http_chat_rights_seen(room, &reply->conf,
                                         (uint64_t) ticket->data);
    }

    s = ngx_http_chat_hub_answered(ticket);

    if (s != NULL && ticket->id != 0) {

        code = ngx_http_chat_page_code(s, room, reply->code);

        if (code == NGX_CHAT_CODE_OK && !reply->whole) {
            code = NGX_CHAT_CODE_GONE;
        }

        if (code == NGX_CHAT_CODE_OK) {
            ngx_memzero(&page, sizeof(ngx_http_chat_page_t));

            page.id = ticket->id;
            page.view.room = room->room.name;
            page.view.epoch = reply->epoch;
            page.view.top = reply->seq;
            page.view.floor = reply->floor;
            page.view.more = reply->more;

            ngx_http_chat_deliver_page(&page.view, reply);
            ngx_http_chat_answer(s, ngx_http_chat_page_write_history, &page);

        } else {
            ngx_http_chat_answer_error(s, ticket->id, code,
                                       &room->room.name);
        }
    }

    ngx_http_chat_hub_paged(s);
    ngx_http_chat_hub_done(ticket);
}


/* Who was sent out meanwhile has no part in what is said there. */

static ngx_chat_code_e
ngx_http_chat_page_code(const ngx_http_chat_session_t *s,
    const ngx_http_chat_hub_room_t *room, ngx_chat_code_e code)
{
    return (ngx_chat_room_member(s->rooms, &room->room) != NULL)
           ? code : NGX_CHAT_CODE_NOT_MEMBER;
}


void
ngx_http_chat_hub_paged(ngx_http_chat_session_t *s)
{
    if (s != NULL) {
        ngx_http_chat_answer_paged(s);
        ngx_http_chat_session_resume(s, NGX_HTTP_CHAT_PAUSE_PAGE);
    }
}


static size_t
ngx_http_chat_page_write_history(u_char *buf, size_t size, const void *arg)
{
    const ngx_http_chat_page_t  *page;

    page = arg;

    return ngx_chat_proto_ok_history(buf, size, page->id, &page->view);
}


ngx_chat_code_e
ngx_http_chat_hub_who(ngx_http_chat_session_t *s,
    const ngx_chat_command_t *cmd)
{
    ngx_uint_t                 limit;
    ngx_http_chat_hub_t       *hub;
    ngx_http_chat_member_t    *m;
    ngx_http_chat_ticket_t     ticket;
    ngx_http_chat_hub_room_t  *room;

    if (s->conf->presence == NGX_HTTP_CHAT_PRESENCE_OFF) {
        return NGX_CHAT_CODE_FORBIDDEN;
    }

    m = ngx_http_chat_hub_member(s, &cmd->room);

    if (m == NULL) {
        return NGX_CHAT_CODE_NOT_MEMBER;
    }

    limit = ngx_http_chat_hub_who_limit(s->conf, cmd);

    room = (ngx_http_chat_hub_room_t *) m->member.room;
    hub = room->hub;

    ngx_http_chat_hub_ticket(&ticket, room, s, ngx_http_chat_page_listed);
    ticket.id = cmd->id;
    ticket.data = limit;

    if (hub->store->ops->list(hub->broker, &room->room.name,
                              &cmd->after_user, limit, &ticket) != NGX_OK)
    {
        return NGX_CHAT_CODE_UNAVAILABLE;
    }

    ngx_http_chat_hub_taken(room, s);
    ngx_http_chat_session_pause(s, NGX_HTTP_CHAT_PAUSE_PAGE);

    return NGX_CHAT_CODE_OK;
}


ngx_uint_t
ngx_http_chat_hub_who_limit(const ngx_http_chat_loc_conf_t *conf,
    const ngx_chat_command_t *cmd)
{
    ngx_uint_t  limit;

    if (conf->presence == NGX_HTTP_CHAT_PRESENCE_COUNT) {
        return 0;
    }

    limit = (cmd->limit < 0) ? NGX_HTTP_CHAT_WHO_LIMIT
                             : (ngx_uint_t) cmd->limit;

    return ngx_min(limit, NGX_HTTP_CHAT_WHO_LIMIT_MAX);
}


static void
ngx_http_chat_page_listed(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply)
{
    ngx_chat_code_e            code;
    ngx_http_chat_session_t   *s;
    ngx_http_chat_page_t       page;
    ngx_http_chat_hub_room_t  *room;

    room = ticket->room;

    s = ngx_http_chat_hub_answered(ticket);

    if (s != NULL && ticket->id != 0) {

        code = ngx_http_chat_page_code(s, room, reply->code);

        if (code == NGX_CHAT_CODE_OK) {
            ngx_memzero(&page, sizeof(ngx_http_chat_page_t));

            page.id = ticket->id;
            page.view.room = room->room.name;
            page.view.presence = 1;
            page.view.list = 1;
            page.view.count = reply->count;
            page.view.more = reply->more && ticket->data != 0;
            page.view.users = reply->users;
            page.view.nusers = reply->nusers;

            ngx_http_chat_answer(s, ngx_http_chat_page_write_who, &page);

        } else {
            ngx_http_chat_answer_error(s, ticket->id, code,
                                       &room->room.name);
        }
    }

    ngx_http_chat_hub_paged(s);
    ngx_http_chat_hub_done(ticket);
}


static size_t
ngx_http_chat_page_write_who(u_char *buf, size_t size, const void *arg)
{
    const ngx_http_chat_page_t  *page;

    page = arg;

    return ngx_chat_proto_ok_who(buf, size, page->id, &page->view);
}
