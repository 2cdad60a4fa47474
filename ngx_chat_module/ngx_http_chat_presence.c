
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Which users are in a room through this worker; see the header. */


#include "ngx_http_chat_presence.h"
#include "ngx_http_chat_metric.h"


static ngx_uint_t ngx_http_chat_presence_wanted(ngx_http_chat_present_t *p);
static void ngx_http_chat_presence_anew(ngx_http_chat_present_t *p);
static void ngx_http_chat_presence_tell_surely(ngx_http_chat_present_t *p,
    ngx_uint_t enter);
static ngx_int_t ngx_http_chat_presence_tell(ngx_http_chat_present_t *p,
    ngx_uint_t enter);
static void ngx_http_chat_presence_reply_enter(
    const ngx_http_chat_ticket_t *ticket, const ngx_http_chat_reply_t *reply);
static void ngx_http_chat_presence_reply_leave(
    const ngx_http_chat_ticket_t *ticket, const ngx_http_chat_reply_t *reply);
static void ngx_http_chat_presence_free(ngx_http_chat_present_t *p);


/* of every tree: it is never written */
static ngx_rbtree_node_t  ngx_http_chat_presence_sentinel;


void
ngx_http_chat_presence_init(ngx_http_chat_hub_room_t *room)
{
    ngx_rbtree_init(&room->users, &ngx_http_chat_presence_sentinel,
                    ngx_str_rbtree_insert_value);
}


ngx_http_chat_present_t *
ngx_http_chat_presence_add(ngx_http_chat_hub_room_t *room,
    ngx_http_chat_session_t *s)
{
    u_char                   *p;
    uint32_t                  hash;
    ngx_str_t                 id, name;
    ngx_http_chat_present_t  *user;

    id = ngx_http_chat_head_str(s->head, NGX_HTTP_CHAT_HEAD_USER);
    hash = ngx_crc32_short(id.data, id.len);

    user = (ngx_http_chat_present_t *)
               ngx_str_rbtree_lookup(&room->users, &id, hash);

    if (user != NULL) {
        ngx_http_chat_linger_stop(user);
        user->sessions++;
        return user;
    }

    name = ngx_http_chat_head_str(s->head, NGX_HTTP_CHAT_HEAD_NAME);

    user = ngx_calloc(offsetof(ngx_http_chat_present_t, data)
                      + id.len + name.len, ngx_cycle->log);
    if (user == NULL) {
        return NULL;
    }

    user->node.node.key = hash;
    user->node.str.data = user->data;
    user->node.str.len = id.len;
    p = ngx_cpymem(user->data, id.data, id.len);

    user->name_len = (uint16_t) name.len;
    ngx_memcpy(p, name.data, name.len);

    user->room = room;
    user->sessions = 1;

    ngx_rbtree_insert(&room->users, &user->node.node);
    room->nusers++;
    ngx_http_chat_metric_add(NGX_CHAT_METRIC_USERS, 0, 1);

    return user;
}


void
ngx_http_chat_presence_user(ngx_http_chat_present_t *p,
    ngx_chat_user_t *user)
{
    user->id.len = p->node.str.len;
    user->id.data = p->node.str.data;
    user->name.len = p->name_len;
    user->name.data = p->data + p->node.str.len;
}


void
ngx_http_chat_presence_remove(ngx_http_chat_present_t *p,
    ngx_http_chat_session_t *s)
{
    p->sessions--;

    if (p->sessions == 0 && s->left && s->conf->leave_delay != 0
        && (p->inside || p->pending != 0))
    {
        ngx_http_chat_linger(p, s->conf->leave_delay);
        return;
    }

    ngx_http_chat_presence_settle(p);
}


void
ngx_http_chat_presence_gone(ngx_http_chat_hub_room_t *room,
    const ngx_chat_str_t *id)
{
    ngx_str_t                 name;
    ngx_http_chat_present_t  *p;

    name.len = id->len;
    name.data = (u_char *) id->data;

    p = (ngx_http_chat_present_t *)
            ngx_str_rbtree_lookup(&room->users, &name,
                                  ngx_crc32_short(name.data, name.len));

    if (p != NULL && p->lingers) {
        ngx_http_chat_linger_stop(p);
        ngx_http_chat_presence_settle(p);
    }
}


static ngx_uint_t
ngx_http_chat_presence_wanted(ngx_http_chat_present_t *p)
{
    return p->sessions != 0 || p->lingers;
}


/* Makes the store know what is wanted, unless it is being told just now. */

void
ngx_http_chat_presence_settle(ngx_http_chat_present_t *p)
{
    if (p->pending != 0 || p->doubt) {
        /* the answer, or the store's return, comes here again */
        return;
    }

    if (ngx_http_chat_presence_wanted(p)) {

        if (!p->inside) {
            ngx_http_chat_presence_tell_surely(p, 1);
        }

        return;
    }

    if (p->inside) {
        ngx_http_chat_presence_tell_surely(p, 0);
        return;
    }

    ngx_http_chat_presence_free(p);
}


static void
ngx_http_chat_presence_tell_surely(ngx_http_chat_present_t *p,
    ngx_uint_t enter)
{
    if (ngx_http_chat_presence_tell(p, enter) != NGX_OK) {
        p->doubt = 1;
        ngx_http_chat_hub_retry(p->room->hub);
    }
}


static ngx_int_t
ngx_http_chat_presence_tell(ngx_http_chat_present_t *p, ngx_uint_t enter)
{
    ngx_int_t                  rc;
    ngx_chat_user_t            user;
    ngx_http_chat_hub_t       *hub;
    ngx_http_chat_ticket_t     ticket;
    ngx_http_chat_hub_room_t  *room;

    room = p->room;
    hub = room->hub;

    ngx_http_chat_presence_user(p, &user);

    ngx_http_chat_hub_ticket(&ticket, room, NULL,
                             enter ? ngx_http_chat_presence_reply_enter
                                   : ngx_http_chat_presence_reply_leave);
    ticket.data = (uintptr_t) p;

    if (enter) {
        rc = hub->store->ops->enter(hub->broker, &room->room.name, &user, 0,
                                    &ticket);

    } else {
        rc = hub->store->ops->leave(hub->broker, &room->room.name, &user,
                                    &ticket);
    }

    if (rc == NGX_OK) {
        p->pending++;
        ngx_http_chat_hub_taken(room, NULL);
    }

    return rc;
}


static void
ngx_http_chat_presence_reply_enter(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply)
{
    ngx_http_chat_presence_answered((ngx_http_chat_present_t *) ticket->data,
                                    reply, 1);
    ngx_http_chat_hub_done(ticket);
}


static void
ngx_http_chat_presence_reply_leave(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply)
{
    ngx_http_chat_presence_answered((ngx_http_chat_present_t *) ticket->data,
                                    reply, 0);
    ngx_http_chat_hub_done(ticket);
}


void
ngx_http_chat_presence_entering(ngx_http_chat_present_t *p)
{
    p->pending++;
}


void
ngx_http_chat_presence_answered(ngx_http_chat_present_t *p,
    const ngx_http_chat_reply_t *reply, ngx_uint_t entered)
{
    p->pending--;

    if (p->anew && p->pending == 0) {
        /* the answer is about what the store has forgotten since */
        ngx_http_chat_presence_anew(p);

    } else if (reply->code == NGX_CHAT_CODE_OK) {
        p->inside = entered & 1;
        p->doubt = 0;

    } else {
        /* it may or may not have been done; again, but not at once */
        p->doubt = 1;
        ngx_http_chat_hub_retry(p->room->hub);
    }

    if (reply->ghosts) {
        ngx_http_chat_sweep_room(p->room);
    }

    ngx_http_chat_presence_settle(p);
}


void
ngx_http_chat_presence_sync(ngx_http_chat_hub_room_t *room)
{
    ngx_rbtree_node_t        *node, *next;
    ngx_http_chat_present_t  *p;

    if (room->nusers == 0) {
        return;
    }

    node = ngx_rbtree_min(room->users.root, room->users.sentinel);

    while (node != NULL) {
        next = ngx_rbtree_next(&room->users, node);

        p = (ngx_http_chat_present_t *) node;

        ngx_http_chat_presence_anew(p);
        ngx_http_chat_presence_settle(p);

        node = next;
    }
}


/* What the store knows is not what is wanted, so that it will be told. */

static void
ngx_http_chat_presence_anew(ngx_http_chat_present_t *p)
{
    p->anew = (p->pending != 0);
    p->doubt = 0;
    p->inside = !ngx_http_chat_presence_wanted(p);
}


void
ngx_http_chat_presence_retry(ngx_http_chat_hub_room_t *room)
{
    ngx_rbtree_node_t        *node, *next;
    ngx_http_chat_present_t  *p;

    if (room->nusers == 0) {
        return;
    }

    node = ngx_rbtree_min(room->users.root, room->users.sentinel);

    while (node != NULL && !room->hub->retry.timer_set) {
        next = ngx_rbtree_next(&room->users, node);

        p = (ngx_http_chat_present_t *) node;

        if (p->doubt && p->pending == 0) {
            ngx_http_chat_presence_anew(p);
            ngx_http_chat_presence_settle(p);
        }

        node = next;
    }
}


/* Any user entering again will do: the store's keys live and die together. */

void
ngx_http_chat_presence_touch(ngx_http_chat_hub_room_t *room)
{
    ngx_rbtree_node_t        *node;
    ngx_http_chat_present_t  *p;

    if (room->nusers == 0) {
        return;
    }

    for (node = ngx_rbtree_min(room->users.root, room->users.sentinel);
         node != NULL;
         node = ngx_rbtree_next(&room->users, node))
    {
        p = (ngx_http_chat_present_t *) node;

        if (ngx_http_chat_presence_wanted(p)
            && p->pending == 0 && !p->doubt)
        {
            (void) ngx_http_chat_presence_tell(p, 1);
            return;
        }
    }
}


static void
ngx_http_chat_presence_free(ngx_http_chat_present_t *p)
{
    ngx_http_chat_linger_stop(p);

    ngx_rbtree_delete(&p->room->users, &p->node.node);
    p->room->nusers--;
    ngx_http_chat_metric_take(NGX_CHAT_METRIC_USERS, 0);

    ngx_free(p);
}


void
ngx_http_chat_presence_destroy(ngx_http_chat_hub_room_t *room)
{
    ngx_http_chat_diff_destroy(room);

    while (room->nusers != 0) {
        ngx_http_chat_presence_free((ngx_http_chat_present_t *)
                    ngx_rbtree_min(room->users.root, room->users.sentinel));
    }
}
