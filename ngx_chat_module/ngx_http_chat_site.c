
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* The room "*"; see the header. */


#include "ngx_http_chat_site.h"
#include "ngx_http_chat_actor.h"
#include "ngx_http_chat_metric.h"
#include "ngx_http_chat_presence.h"
#include "ngx_http_chat_raw.h"
#include "ngx_http_chat_rights.h"
#include "ngx_http_chat_table.h"


static ngx_int_t ngx_http_chat_site_ask(ngx_http_chat_session_t *s,
    ngx_http_chat_hub_room_t *site, ngx_http_chat_site_pt next);
static void ngx_http_chat_site_answered(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply);
static ngx_uint_t ngx_http_chat_site_kicked_since(
    const ngx_http_chat_session_t *s, const ngx_chat_kick_t *kick);
static void ngx_http_chat_site_later(ngx_http_chat_session_t *s,
    ngx_http_chat_hub_room_t *site);
static void ngx_http_chat_site_end(ngx_http_chat_session_t *s);
static int ngx_http_chat_site_gone(void *ctx, ngx_chat_room_t *r);


void
ngx_http_chat_site_init(ngx_http_chat_hub_t *hub)
{
    ngx_chat_str_t             name;
    ngx_http_chat_hub_room_t  *site;

    if (hub->store->ops == &ngx_http_chat_broker_shm
        && !hub->store->logs && !hub->store->logless)
    {
        /* all its rooms are raw ones: nobody could moderate */
        return;
    }

    name.data = (const u_char *) NGX_HTTP_CHAT_SITE;
    name.len = sizeof(NGX_HTTP_CHAT_SITE) - 1;

    site = ngx_http_chat_hub_room(hub, &name);
    if (site == NULL) {
        return;
    }

    /* it is never released */
    site->pending = 1;

    hub->site = site;

    /* nobody can be in it */
    ngx_http_chat_metric_take(NGX_CHAT_METRIC_ROOMS, 0);

    (void) ngx_http_chat_hub_subscribe(site);
}


/*
 * One session's answer tells whether anything was missed; those that were let
 * in unasked are asked for in any case.
 */

void
ngx_http_chat_site_live(ngx_http_chat_hub_t *hub)
{
    ngx_http_chat_session_t  *s;

    for (s = ngx_http_chat_table_first();
         s != NULL;
         s = ngx_http_chat_table_next(s))
    {
        if (s->state == NGX_HTTP_CHAT_OPEN && s->conf->store == hub->store) {
            ngx_http_chat_site_later(s, hub->site);
            break;
        }
    }

    ngx_http_chat_site_recheck_more(hub);
}


void
ngx_http_chat_site_enter(ngx_http_chat_session_t *s,
    ngx_http_chat_site_pt next)
{
    ngx_http_chat_hub_room_t  *site;

    site = s->conf->store->hub->site;

    if (site == NULL || (site->known && site->conf.version == 0)) {
        s->since = 1;
        next(s);
        return;
    }

    if (ngx_http_chat_site_ask(s, site, next) == NGX_OK) {
        ngx_http_chat_session_pause(s, NGX_HTTP_CHAT_PAUSE_JOIN);
        return;
    }

    ngx_http_chat_site_later(s, site);
    next(s);
}


static ngx_int_t
ngx_http_chat_site_ask(ngx_http_chat_session_t *s,
    ngx_http_chat_hub_room_t *site, ngx_http_chat_site_pt next)
{
    u_char                   ip[NGX_CHAT_RIGHTS_IP_MAX];
    ngx_chat_actor_t         actor;
    ngx_http_chat_hub_t     *hub;
    ngx_http_chat_ticket_t   ticket;

    hub = site->hub;

    ngx_http_chat_actor(s, &actor, ip);

    ngx_http_chat_hub_ticket(&ticket, site, s, ngx_http_chat_site_answered);
    ticket.data = (uintptr_t) next;
    ticket.id = (int64_t) site->conf.version;

    if (hub->store->ops->rights(hub->broker, &site->room.name, &actor,
                                &ticket)
        != NGX_OK)
    {
        return NGX_DECLINED;
    }

    if (next == NULL) {
        site->asking++;
    }

    ngx_http_chat_hub_taken(site, s);

    return NGX_OK;
}


static void
ngx_http_chat_site_answered(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply)
{
    ngx_uint_t                 told, fresh;
    ngx_http_chat_site_pt      next;
    ngx_http_chat_session_t   *s;
    ngx_http_chat_hub_room_t  *site;

    site = ticket->room;
    next = (ngx_http_chat_site_pt) ticket->data;

    if (next == NULL) {
        site->asking--;
    }

    s = ngx_http_chat_hub_answered(ticket);

    told = (reply->code == NGX_CHAT_CODE_OK
            || reply->code == NGX_CHAT_CODE_BANNED
            || reply->code == NGX_CHAT_CODE_FORBIDDEN);

    fresh = told && ngx_http_chat_rights_seen(site, &reply->conf,
                                              (uint64_t) ticket->id);

    if (s != NULL && reply->code == NGX_CHAT_CODE_BANNED) {
        ngx_http_chat_raw_banned(s, reply->until);
        s = NULL;

    } else if (s != NULL && !fresh) {
        /* an act came between, or the store went: it is asked again */
        ngx_http_chat_site_later(s, site);

    } else if (s != NULL && next == NULL
               && ngx_http_chat_site_kicked_since(s, &reply->kick))
    {
        if (site->reading) {
            /* the log is sure to have it, or has it no more */
            s->unchecked = 1;
            site->doubt = 1;

        } else {
            ngx_http_chat_site_end(s);
        }

    } else if (s != NULL && s->since == 0 && !site->reading) {
        /* it was let in unasked: from now on, by what it has been told */
        s->since = ngx_max(reply->conf.version, 1);
    }

    if (s != NULL && next != NULL) {
        s->since = told ? ngx_max(reply->conf.version, 1) : 0;

        ngx_http_chat_session_resume(s, NGX_HTTP_CHAT_PAUSE_JOIN);
        next(s);
    }

    if (told) {
        ngx_http_chat_site_recheck_more(site->hub);
    }

    ngx_http_chat_hub_done(ticket);
}


/* Who was let in while the store was away is compared by the time. */

static ngx_uint_t
ngx_http_chat_site_kicked_since(const ngx_http_chat_session_t *s,
    const ngx_chat_kick_t *kick)
{
    int64_t      age;
    ngx_time_t  *tp;

    if (kick->version == 0 || s->state != NGX_HTTP_CHAT_OPEN) {
        return 0;
    }

    if (s->since != 0) {
        return s->since < kick->version;
    }

    tp = ngx_timeofday();
    age = (int64_t) (tp->sec - s->start_sec) * 1000
          + ((int64_t) tp->msec - (int64_t) s->start_msec);

    return age >= kick->ago;
}


static void
ngx_http_chat_site_later(ngx_http_chat_session_t *s,
    ngx_http_chat_hub_room_t *site)
{
    s->unchecked = 1;
    site->doubt = 1;

    ngx_http_chat_hub_retry(site->hub);
}


void
ngx_http_chat_site_again(ngx_http_chat_session_t *s)
{
    ngx_http_chat_hub_room_t  *site;

    site = s->conf->store->hub->site;

    if (site != NULL && (!site->known || site->conf.version != 0)) {
        ngx_http_chat_site_later(s, site);
    }
}


void
ngx_http_chat_site_back(ngx_http_chat_hub_t *hub, uint64_t version)
{
    ngx_http_chat_session_t  *s;

    for (s = ngx_http_chat_table_first();
         s != NULL;
         s = ngx_http_chat_table_next(s))
    {
        if (s->conf->store == hub->store && s->since > version) {
            s->since = ngx_max(version, 1);
        }
    }
}


void
ngx_http_chat_site_recheck(ngx_http_chat_hub_t *hub)
{
    ngx_http_chat_session_t  *s;

    for (s = ngx_http_chat_table_first();
         s != NULL;
         s = ngx_http_chat_table_next(s))
    {
        if (s->conf->store == hub->store) {
            s->unchecked = 1;
            hub->site->doubt = 1;
        }
    }

    ngx_http_chat_site_recheck_more(hub);
}


/* So many at once, and the next when their answers come, as in rooms. */

void
ngx_http_chat_site_recheck_more(ngx_http_chat_hub_t *hub)
{
    ngx_http_chat_session_t   *s;
    ngx_http_chat_hub_room_t  *site;

    site = hub->site;

    if (site->state != NGX_HTTP_CHAT_ROOM_LIVE) {
        return;
    }

    while (site->asking < NGX_HTTP_CHAT_RIGHTS_BATCH) {

        if (!site->walking) {

            if (!site->doubt || site->asking != 0) {
                return;
            }

            hub->slot = 0;

            site->doubt = 0;
            site->walking = 1;
        }

        s = ngx_http_chat_table_from(hub->slot);

        if (s == NULL) {
            site->walking = 0;
            continue;
        }

        hub->slot = s->slot + 1;

        if (!s->unchecked || s->conf->store != hub->store) {
            continue;
        }

        if (ngx_http_chat_site_ask(s, site, NULL) != NGX_OK) {
            site->doubt = 1;
            ngx_http_chat_hub_retry(hub);
            return;
        }

        s->unchecked = 0;
    }
}


void
ngx_http_chat_site_heard(ngx_http_chat_hub_t *hub, const ngx_chat_wire_t *rec,
    ngx_chat_act_e act)
{
    ngx_http_chat_session_t  *s, *next;

    for (s = ngx_http_chat_table_first(); s != NULL; s = next) {
        next = ngx_http_chat_table_next(s);

        if (s->state != NGX_HTTP_CHAT_OPEN || s->conf->store != hub->store
            || !ngx_http_chat_rights_about(s, rec))
        {
            continue;
        }

        if (act == NGX_CHAT_ACT_KICK) {

            /* who is known to have come after it stays */

            if (!hub->site->known || s->since < rec->version) {
                ngx_http_chat_site_end(s);
            }

        } else if (act == NGX_CHAT_ACT_BAN
                   && s->head->given < NGX_CHAT_ROLE_MODERATOR)
        {
            ngx_http_chat_raw_banned(s, (int64_t) rec->until);
        }
    }

    if (rec->target.len != 0
        && (act == NGX_CHAT_ACT_KICK || act == NGX_CHAT_ACT_BAN))
    {
        ngx_chat_rooms_each(&hub->rooms, ngx_http_chat_site_gone,
                            (void *) &rec->target);
    }
}


void
ngx_http_chat_site_kicked(ngx_http_chat_hub_t *hub,
    const ngx_chat_wire_t *rec)
{
    int64_t                   start;
    ngx_uint_t                after;
    ngx_http_chat_session_t  *s, *next;

    for (s = ngx_http_chat_table_first(); s != NULL; s = next) {
        next = ngx_http_chat_table_next(s);

        start = (int64_t) s->start_sec * 1000 + s->start_msec;
        after = (s->since != 0) ? s->since >= rec->version : start > rec->time;

        if (!after
            && s->state == NGX_HTTP_CHAT_OPEN
            && s->conf->store == hub->store
            && ngx_http_chat_rights_about(s, rec))
        {
            ngx_http_chat_site_end(s);
        }
    }

    if (rec->target.len != 0) {
        ngx_chat_rooms_each(&hub->rooms, ngx_http_chat_site_gone,
                            (void *) &rec->target);
    }
}


static void
ngx_http_chat_site_end(ngx_http_chat_session_t *s)
{
    ngx_http_chat_session_close(s, NGX_CHAT_CLOSE_ENDED,
                                "you were logged out everywhere");
}


/* Who has been sent away does not linger. */

static int
ngx_http_chat_site_gone(void *ctx, ngx_chat_room_t *r)
{
    ngx_http_chat_hub_room_t  *room;

    room = (ngx_http_chat_hub_room_t *) r;

    if (room->nusers != 0) {
        ngx_http_chat_presence_gone(room, ctx);
        ngx_http_chat_hub_release(room);
    }

    return 1;
}
