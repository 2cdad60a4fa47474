
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What moderators ask for: acts, and the log of them. */


#include "ngx_http_chat_hub.h"
#include "ngx_http_chat_answer.h"
#include "ngx_http_chat_notice.h"
#include "ngx_http_chat_rights.h"


/* acts of one page of the log */
#define NGX_HTTP_CHAT_MODERATE_LIMIT  50

#define NGX_HTTP_CHAT_MODERATE_NET    "/64"


typedef struct {
    int64_t               id;
    int64_t               until;
    ngx_chat_standing_t   standing;
} ngx_http_chat_moderate_done_t;


typedef struct {
    int64_t                 id;
    const ngx_chat_wire_t  *records;
    size_t                  nrecords;
} ngx_http_chat_moderate_log_t;


static ngx_int_t ngx_http_chat_moderate_ip(ngx_chat_str_t *ip, u_char *text);
static ngx_chat_code_e ngx_http_chat_moderate_act(ngx_http_chat_session_t *s,
    ngx_http_chat_hub_room_t *room, const ngx_chat_actor_t *actor,
    const ngx_chat_command_t *cmd);
static ngx_chat_code_e ngx_http_chat_moderate_log(ngx_http_chat_session_t *s,
    ngx_http_chat_hub_room_t *room, const ngx_chat_actor_t *actor,
    const ngx_chat_command_t *cmd);
static void ngx_http_chat_moderate_done(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply);
static void ngx_http_chat_moderate_listed(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply);
static size_t ngx_http_chat_moderate_write_done(u_char *buf, size_t size,
    const void *arg);
static size_t ngx_http_chat_moderate_write_log(u_char *buf, size_t size,
    const void *arg);


ngx_chat_code_e
ngx_http_chat_hub_mod(ngx_http_chat_session_t *s,
    const ngx_chat_command_t *cmd)
{
    u_char                     ip[NGX_CHAT_RIGHTS_IP_MAX];
    ngx_chat_code_e            rc;
    ngx_chat_actor_t           actor;
    ngx_http_chat_hub_room_t  *room;

    rc = ngx_http_chat_hub_may_act(s->conf, (ngx_chat_role_e) s->head->given,
                                   cmd);

    if (rc != NGX_CHAT_CODE_OK) {
        return rc;
    }

    room = ngx_http_chat_hub_room(s->conf->store->hub, &cmd->room);
    if (room == NULL) {
        return NGX_CHAT_CODE_INTERNAL;
    }

    ngx_http_chat_rights_actor(s, room, &actor, ip);

    if (cmd->act == NGX_CHAT_ACT_NONE) {
        rc = ngx_http_chat_moderate_log(s, room, &actor, cmd);

    } else {
        rc = ngx_http_chat_moderate_act(s, room, &actor, cmd);
    }

    ngx_http_chat_hub_release(room);

    return rc;
}


/* What the store cannot know: which rooms, and the site, are whose. */

ngx_chat_code_e
ngx_http_chat_hub_may_act(const ngx_http_chat_loc_conf_t *conf,
    ngx_chat_role_e given, const ngx_chat_command_t *cmd)
{
    if (cmd->room.data[0] != NGX_HTTP_CHAT_SITE[0]) {
        return ngx_http_chat_hub_here(conf, &cmd->room)
               ? NGX_CHAT_CODE_OK : NGX_CHAT_CODE_FORBIDDEN;
    }

    if (given != NGX_CHAT_ROLE_OWNER || conf->room.len != 0) {
        /* who owns the one room of a location does not own the site */
        return NGX_CHAT_CODE_FORBIDDEN;
    }

    switch (cmd->act) {

    case NGX_CHAT_ACT_NONE:
    case NGX_CHAT_ACT_KICK:
    case NGX_CHAT_ACT_BAN:
    case NGX_CHAT_ACT_UNBAN:
        return NGX_CHAT_CODE_OK;

    default:
        return NGX_CHAT_CODE_FORBIDDEN;
    }
}


/*
 * Makes the address what stands for it in bans; text is for that.  What the
 * log tells of a network ("2001:db8:1:2::/64") is the same network.
 */

static ngx_int_t
ngx_http_chat_moderate_ip(ngx_chat_str_t *ip, u_char *text)
{
    size_t               len;
    u_char               copy[NGX_CHAT_RIGHTS_IP_MAX];
    struct sockaddr     *sa;
    struct sockaddr_in   sin;
#if (NGX_HAVE_INET6)
    size_t               net;
    struct sockaddr_in6  sin6;
#endif

    len = ngx_min(ip->len, NGX_CHAT_RIGHTS_IP_MAX);
    ngx_memcpy(copy, ip->data, len);

    ngx_memzero(&sin, sizeof(struct sockaddr_in));
    sin.sin_family = AF_INET;
    sin.sin_addr.s_addr = ngx_inet_addr(copy, len);

    if (sin.sin_addr.s_addr != INADDR_NONE) {
        sa = (struct sockaddr *) &sin;

        ip->len = ngx_http_chat_actor_ip(sa, sizeof(sin), text);
        ip->data = text;

        return NGX_OK;
    }

#if (NGX_HAVE_INET6)

    net = sizeof(NGX_HTTP_CHAT_MODERATE_NET) - 1;

    if (len > net
        && ngx_memcmp(copy + len - net, NGX_HTTP_CHAT_MODERATE_NET, net) == 0)
    {
        len -= net;
    }

    ngx_memzero(&sin6, sizeof(struct sockaddr_in6));
    sin6.sin6_family = AF_INET6;

    if (ngx_inet6_addr(copy, len, sin6.sin6_addr.s6_addr) == NGX_OK) {
        sa = (struct sockaddr *) &sin6;

        ip->len = ngx_http_chat_actor_ip(sa, sizeof(sin6), text);
        ip->data = text;

        return NGX_OK;
    }

#endif

    return NGX_DECLINED;
}


static ngx_chat_code_e
ngx_http_chat_moderate_act(ngx_http_chat_session_t *s,
    ngx_http_chat_hub_room_t *room, const ngx_chat_actor_t *actor,
    const ngx_chat_command_t *cmd)
{
    u_char                   ip[NGX_CHAT_RIGHTS_IP_MAX];
    ngx_chat_mod_t           mod;
    ngx_http_chat_hub_t     *hub;
    ngx_http_chat_ticket_t   ticket;

    if (ngx_http_chat_hub_act(cmd, &mod, ip) != NGX_OK) {
        ngx_http_chat_answer_refusal(s, cmd, NGX_CHAT_CODE_BAD_REQUEST,
                                "\"ip\" must be an IPv4 or IPv6 address.");
        return NGX_CHAT_CODE_OK;
    }

    hub = room->hub;

    ngx_http_chat_hub_ticket(&ticket, room, s, ngx_http_chat_moderate_done);
    ticket.id = cmd->id;
    ticket.data = (uintptr_t) ngx_http_chat_notice_act(s, &room->room.name,
                                                       &mod);

    if (hub->store->ops->moderate(hub->broker, &room->room.name, actor, &mod,
                                  &ticket)
        != NGX_OK)
    {
        ngx_http_chat_notice_acted((ngx_http_chat_notice_t *) ticket.data,
                                   NGX_CHAT_CODE_UNAVAILABLE, 0);
        return NGX_CHAT_CODE_UNAVAILABLE;
    }

    ngx_http_chat_hub_taken(room, s);

    return NGX_CHAT_CODE_OK;
}


ngx_int_t
ngx_http_chat_hub_act(const ngx_chat_command_t *cmd, ngx_chat_mod_t *mod,
    u_char *ip)
{
    ngx_chat_proto_mod(mod, cmd);

    return (mod->ip.len != 0) ? ngx_http_chat_moderate_ip(&mod->ip, ip)
                              : NGX_OK;
}


static void
ngx_http_chat_moderate_done(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply)
{
    ngx_chat_error_t                e;
    ngx_http_chat_session_t        *s;
    ngx_http_chat_hub_room_t       *room;
    ngx_http_chat_moderate_done_t   done;

    room = ticket->room;

    ngx_http_chat_notice_acted((ngx_http_chat_notice_t *) ticket->data,
                               reply->code, reply->until);

    s = ngx_http_chat_hub_answered(ticket);

    if (s == NULL) {
        /* gone meanwhile: done, and nobody to tell */

    } else if (reply->code != NGX_CHAT_CODE_OK) {
        ngx_http_chat_answer_reply(&e, ticket->id, reply);
        e.room = room->room.name;

        if (reply->code == NGX_CHAT_CODE_TOO_LARGE) {
            e.message = "The room has rights of too many users and "
                        "addresses. Take some back first.";
        }

        ngx_http_chat_answer_fault_now(s, &e);

    } else if (ticket->id != 0) {
        ngx_memzero(&done, sizeof(ngx_http_chat_moderate_done_t));

        done.id = ticket->id;
        done.until = reply->until;
        done.standing.slow = reply->conf.slow;
        done.standing.lock = reply->conf.lock;

        ngx_http_chat_answer(s, ngx_http_chat_moderate_write_done, &done);
    }

    ngx_http_chat_hub_done(ticket);
}


static size_t
ngx_http_chat_moderate_write_done(u_char *buf, size_t size, const void *arg)
{
    const ngx_http_chat_moderate_done_t  *done;

    done = arg;

    return ngx_chat_proto_ok_mod(buf, size, done->id, done->until,
                                 &done->standing);
}


static ngx_chat_code_e
ngx_http_chat_moderate_log(ngx_http_chat_session_t *s,
    ngx_http_chat_hub_room_t *room, const ngx_chat_actor_t *actor,
    const ngx_chat_command_t *cmd)
{
    ngx_http_chat_hub_t     *hub;
    ngx_http_chat_ticket_t   ticket;

    hub = room->hub;

    ngx_http_chat_hub_ticket(&ticket, room, s, ngx_http_chat_moderate_listed);
    ticket.id = cmd->id;

    if (hub->store->ops->acts(hub->broker, &room->room.name, actor,
                              ngx_http_chat_hub_acts_limit(cmd), &ticket)
        != NGX_OK)
    {
        return NGX_CHAT_CODE_UNAVAILABLE;
    }

    ngx_http_chat_hub_taken(room, s);
    ngx_http_chat_session_pause(s, NGX_HTTP_CHAT_PAUSE_PAGE);

    return NGX_CHAT_CODE_OK;
}


ngx_uint_t
ngx_http_chat_hub_acts_limit(const ngx_chat_command_t *cmd)
{
    return (cmd->limit < 0) ? NGX_HTTP_CHAT_MODERATE_LIMIT
           : (ngx_uint_t) ngx_min(cmd->limit, NGX_HTTP_CHAT_ACTS_MAX);
}


static void
ngx_http_chat_moderate_listed(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply)
{
    ngx_chat_error_t               e;
    ngx_http_chat_session_t       *s;
    ngx_http_chat_hub_room_t      *room;
    ngx_http_chat_moderate_log_t   log;

    room = ticket->room;
    s = ngx_http_chat_hub_answered(ticket);

    if (s != NULL && ticket->id != 0) {

        if (reply->code == NGX_CHAT_CODE_OK) {
            log.id = ticket->id;
            log.records = reply->records;
            log.nrecords = reply->nrecords;

            ngx_http_chat_answer(s, ngx_http_chat_moderate_write_log, &log);

        } else {
            ngx_http_chat_answer_reply(&e, ticket->id, reply);
            e.room = room->room.name;

            if (e.code == NGX_CHAT_CODE_BANNED) {
                e.code = NGX_CHAT_CODE_FORBIDDEN;
                e.until = 0;
            }

            ngx_http_chat_answer_fault_now(s, &e);
        }
    }

    ngx_http_chat_hub_paged(s);
    ngx_http_chat_hub_done(ticket);
}


static size_t
ngx_http_chat_moderate_write_log(u_char *buf, size_t size, const void *arg)
{
    const ngx_http_chat_moderate_log_t  *log;

    log = arg;

    return ngx_chat_proto_ok_log(buf, size, log->id, log->records,
                                 log->nrecords);
}
