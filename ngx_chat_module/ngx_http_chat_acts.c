
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What acts of moderation do to the members of this worker. */


#include "ngx_http_chat_rights.h"
#include "ngx_http_chat_answer.h"
#include "ngx_http_chat_deliver.h"
#include "ngx_http_chat_presence.h"
#include "ngx_http_chat_raw.h"
#include "ngx_http_chat_site.h"
#include "ngx_chat_name.h"


/* distinct standings of a room's members whose frames are made once */
#define NGX_HTTP_CHAT_ACTS_FRAMES  8


typedef struct {
    ngx_chat_str_t             room;
    ngx_chat_standing_t        standing;
} ngx_http_chat_acts_view_t;


typedef struct {
    ngx_chat_standing_t        standing;
    ngx_http_chat_frame_t     *frame;
} ngx_http_chat_acts_frame_t;


static void ngx_http_chat_acts_conf(ngx_http_chat_hub_room_t *room,
    const ngx_chat_wire_t *rec, ngx_chat_act_e act);
static void ngx_http_chat_acts_out(ngx_http_chat_hub_room_t *room,
    const ngx_chat_wire_t *rec, ngx_chat_act_e act, ngx_uint_t known);
static void ngx_http_chat_acts_user(ngx_http_chat_hub_room_t *room,
    const ngx_chat_wire_t *rec, ngx_chat_act_e act);
static void ngx_http_chat_acts_do(ngx_http_chat_hub_room_t *room,
    const ngx_chat_wire_t *rec, ngx_chat_act_e act);
static void ngx_http_chat_acts_left(ngx_chat_left_t *left,
    const ngx_chat_wire_t *rec, const char *reason);
static ngx_http_chat_frame_t *ngx_http_chat_acts_frame(
    ngx_http_chat_acts_frame_t *frames, const ngx_http_chat_acts_view_t *view);
static size_t ngx_http_chat_acts_write_left(u_char *buf, size_t size,
    const void *arg);
static size_t ngx_http_chat_acts_write_room(u_char *buf, size_t size,
    const void *arg);


void
ngx_http_chat_rights_heard(ngx_http_chat_hub_room_t *room,
    const ngx_chat_wire_t *rec)
{
    uint64_t         next;
    ngx_uint_t       gap, level;
    ngx_chat_act_e   act;

    if (!ngx_chat_rights_act(&rec->act, &act)) {
        /* of a newer version of this module, on another host */
        return;
    }

    /*
     * Was one missed, which this one would cover?  Each act is one more than
     * the one before, and the first one has its own time.
     */

    next = (room->conf.version != 0) ? room->conf.version + 1
                                     : (uint64_t) rec->time;
    gap = !room->known || rec->version > next;
    level = !gap && room->acts == room->conf.version;

    /* who is told may have to go, and the room with the last of them */

    room->pending++;

    ngx_http_chat_acts_conf(room, rec, act);

    if (room == room->hub->site) {
        ngx_http_chat_site_heard(room->hub, rec, act);

    } else {
        ngx_http_chat_acts_do(room, rec, act);
    }

    if (gap) {
        ngx_http_chat_rights_recheck(room);
    }

    if (level) {
        room->acts = room->conf.version;

    } else {
        ngx_http_chat_rights_missed(room);
    }

    room->pending--;

    if (room != room->hub->site) {
        ngx_http_chat_hub_release(room);
    }
}


static void
ngx_http_chat_acts_do(ngx_http_chat_hub_room_t *room,
    const ngx_chat_wire_t *rec, ngx_chat_act_e act)
{
    ngx_chat_left_t  left;

    switch (act) {

    case NGX_CHAT_ACT_KICK:
    case NGX_CHAT_ACT_BAN:
        ngx_http_chat_acts_out(room, rec, act, room->known);
        break;

    case NGX_CHAT_ACT_MUTE:
    case NGX_CHAT_ACT_UNMUTE:
    case NGX_CHAT_ACT_ROLE:
        ngx_http_chat_acts_user(room, rec, act);
        break;

    case NGX_CHAT_ACT_SLOW:
    case NGX_CHAT_ACT_LOCK:
    case NGX_CHAT_ACT_UNLOCK:
        ngx_http_chat_acts_left(&left, rec, "closed");
        ngx_http_chat_rights_close(room, &left);
        ngx_http_chat_rights_tell_all(room);
        break;

    case NGX_CHAT_ACT_CLEAR:
        if (!ngx_http_chat_deliver_same(room, &rec->epoch)) {
            ngx_http_chat_deliver_resync(room, &rec->epoch, 0);
        }
        break;

    default:
        break;
    }
}


/* What comes late is in an answer already. */

static void
ngx_http_chat_acts_conf(ngx_http_chat_hub_room_t *room,
    const ngx_chat_wire_t *rec, ngx_chat_act_e act)
{
    if (rec->version <= room->conf.version) {
        return;
    }

    room->conf.version = rec->version;

    switch (act) {

    case NGX_CHAT_ACT_SLOW:
        room->conf.slow = (uint32_t) ngx_min(rec->value,
                                             NGX_CHAT_RIGHTS_SLOW_MAX);
        break;

    case NGX_CHAT_ACT_LOCK:
        room->conf.lock = (rec->value < NGX_CHAT_LOCK_COUNT)
                          ? (ngx_chat_lock_e) rec->value
                          : NGX_CHAT_LOCK_WRITE;
        break;

    case NGX_CHAT_ACT_UNLOCK:
        room->conf.lock = NGX_CHAT_LOCK_OPEN;
        break;

    default:
        break;
    }
}


void
ngx_http_chat_rights_kicked(ngx_http_chat_hub_room_t *room,
    const ngx_chat_wire_t *rec)
{
    ngx_http_chat_acts_out(room, rec, NGX_CHAT_ACT_KICK, 1);
}


ngx_uint_t
ngx_http_chat_rights_kicked_since(ngx_http_chat_session_t *s,
    ngx_http_chat_member_t *m, const ngx_http_chat_reply_t *reply)
{
    u_char                     id[NGX_CHAT_NAME_USER_MAX];
    ngx_str_t                  user;
    ngx_chat_str_t             gone;
    ngx_chat_left_t            left;
    ngx_http_chat_hub_room_t  *room;

    room = (ngx_http_chat_hub_room_t *) m->member.room;

    if (reply->kick.version <= m->since
        || reply->kick.version > room->conf.version)
    {
        /* before it came in; is to be heard, or asked for again */
        return 0;
    }

    if (reply->role >= ngx_max(reply->kick.role, NGX_CHAT_ROLE_MODERATOR)) {
        /* nor does it hold when the role ends */
        m->since = reply->kick.version;
        return 0;
    }

    if (room->reading) {
        /* the log may say by whom, and why */
        m->stale = 1;
        room->doubt = 1;
        return 0;
    }

    user = ngx_http_chat_head_str(s->head, NGX_HTTP_CHAT_HEAD_USER);

    gone.data = id;
    gone.len = ngx_min(user.len, NGX_CHAT_NAME_USER_MAX);
    ngx_memcpy(id, user.data, gone.len);

    ngx_memzero(&left, sizeof(ngx_chat_left_t));
    left.room = room->room.name;
    left.reason = "kicked";

    ngx_http_chat_rights_cut(s, m, &left, NGX_CHAT_CODE_FORBIDDEN);
    ngx_http_chat_presence_gone(room, &gone);

    return 1;
}


/*
 * A kick is not about who came in after it, as the numbers tell: unless the
 * store may have lost some, which is not known yet.
 */

static void
ngx_http_chat_acts_out(ngx_http_chat_hub_room_t *room,
    const ngx_chat_wire_t *rec, ngx_chat_act_e act, ngx_uint_t known)
{
    uint64_t                  bound;
    ngx_chat_left_t           left;
    ngx_chat_code_e           code;
    ngx_chat_cursor_t         cursor;
    ngx_chat_member_t        *member;
    ngx_http_chat_member_t   *m;
    ngx_http_chat_session_t  *s;

    /* bans bind who is no moderator, kicks who is below the one who kicks */

    bound = NGX_CHAT_ROLE_MODERATOR;

    if (act == NGX_CHAT_ACT_KICK) {
        bound = ngx_max(bound, rec->value);
    }

    ngx_http_chat_acts_left(&left, rec, (act == NGX_CHAT_ACT_BAN) ? "banned"
                                                                  : "kicked");
    code = (act == NGX_CHAT_ACT_BAN) ? NGX_CHAT_CODE_BANNED
                                     : NGX_CHAT_CODE_FORBIDDEN;

    ngx_chat_room_walk(&room->room, &cursor);

    for ( ;; ) {
        member = ngx_chat_room_walk_next(&cursor);
        if (member == NULL) {
            break;
        }

        m = (ngx_http_chat_member_t *) member;
        s = member->owner;

        if (!ngx_http_chat_rights_about(s, rec)) {
            continue;
        }

        if (act == NGX_CHAT_ACT_KICK && known && m->since >= rec->version) {
            continue;
        }

        if (m->role < bound) {
            ngx_http_chat_rights_cut(s, m, &left, code);

        } else if (act == NGX_CHAT_ACT_KICK) {
            /* the answer notes that it was spared */
            ngx_http_chat_rights_recheck_member(m);
        }
    }

    ngx_chat_room_walk_end(&cursor);

    if (rec->target.len != 0) {
        ngx_http_chat_presence_gone(room, &rec->target);
    }
}


ngx_uint_t
ngx_http_chat_rights_about(ngx_http_chat_session_t *s,
    const ngx_chat_wire_t *rec)
{
    u_char             ip[NGX_CHAT_RIGHTS_IP_MAX];
    ngx_str_t          id;
    ngx_chat_actor_t   actor;

    if (rec->target.len != 0) {
        id = ngx_http_chat_head_str(s->head, NGX_HTTP_CHAT_HEAD_USER);

        return id.len == rec->target.len
               && ngx_memcmp(id.data, rec->target.data, id.len) == 0;
    }

    ngx_http_chat_actor(s, &actor, ip);

    return rec->ip.len != 0 && actor.ip.len == rec->ip.len
           && ngx_memcmp(ip, rec->ip.data, rec->ip.len) == 0;
}


void
ngx_http_chat_rights_close(ngx_http_chat_hub_room_t *room,
    const ngx_chat_left_t *left)
{
    ngx_chat_cursor_t        cursor;
    ngx_chat_member_t       *member;
    ngx_http_chat_member_t  *m;

    if (room->conf.lock != NGX_CHAT_LOCK_MEMBERS) {
        return;
    }

    ngx_chat_room_walk(&room->room, &cursor);

    for ( ;; ) {
        member = ngx_chat_room_walk_next(&cursor);
        if (member == NULL) {
            break;
        }

        m = (ngx_http_chat_member_t *) member;

        if (m->role < NGX_CHAT_ROLE_MEMBER) {
            ngx_http_chat_rights_cut(member->owner, m, left,
                                     NGX_CHAT_CODE_FORBIDDEN);
        }
    }

    ngx_chat_room_walk_end(&cursor);
}


static void
ngx_http_chat_acts_user(ngx_http_chat_hub_room_t *room,
    const ngx_chat_wire_t *rec, ngx_chat_act_e act)
{
    uint64_t                  role, now;
    ngx_chat_left_t           left;
    ngx_chat_cursor_t         cursor;
    ngx_chat_member_t        *member;
    ngx_http_chat_member_t   *m;
    ngx_http_chat_session_t  *s;

    now = (uint64_t) ngx_http_chat_answer_time();

    ngx_chat_room_walk(&room->room, &cursor);

    for ( ;; ) {
        member = ngx_chat_room_walk_next(&cursor);
        if (member == NULL) {
            break;
        }

        m = (ngx_http_chat_member_t *) member;
        s = member->owner;

        if (!ngx_http_chat_rights_about(s, rec)) {
            continue;
        }

        if (act == NGX_CHAT_ACT_ROLE) {
            role = rec->value & 3;
            m->role = ngx_max(role, ngx_http_chat_rights_given(m));

            /* what a moderator is exempt from may hold again */
            ngx_http_chat_rights_recheck_member(m);

        } else if (m->muted <= now) {
            m->muted = rec->until & NGX_HTTP_CHAT_MUTED_MASK;

        } else {
            /* of the user's mute and the address' one may hold on */
            ngx_http_chat_rights_recheck_member(m);
            continue;
        }

        if (m->joined) {
            ngx_http_chat_rights_tell(s, m);
        }
    }

    ngx_chat_room_walk_end(&cursor);

    ngx_http_chat_acts_left(&left, rec, "closed");
    ngx_http_chat_rights_close(room, &left);
}


static void
ngx_http_chat_acts_left(ngx_chat_left_t *left, const ngx_chat_wire_t *rec,
    const char *reason)
{
    left->room = rec->room;
    left->reason = reason;
    left->by.id = rec->user;
    left->by.name = rec->name;
    left->until = (int64_t) rec->until;
    left->message = rec->body;
}


void
ngx_http_chat_rights_cut(ngx_http_chat_session_t *s,
    ngx_http_chat_member_t *m, const ngx_chat_left_t *left,
    ngx_chat_code_e code)
{
    ngx_uint_t              joined;
    ngx_chat_error_t        e;
    ngx_http_chat_entry_t  *entry;

    joined = m->joined;
    entry = m->entry;

    ngx_memzero(&e, sizeof(ngx_chat_error_t));

    if (entry != NULL && !m->waits && (joined || entry->checked)
        && entry->code == NGX_CHAT_CODE_OK)
    {
        entry->code = code;
        entry->until = left->until;
    }

    if (!joined) {
        /* who waits for the store's word gets that */
        return;
    }

    if (s->conf->format == NGX_HTTP_CHAT_FORMAT_RAW) {
        ngx_http_chat_raw_left(s, left, code);
        return;
    }

    if (entry != NULL && m->waits) {
        e.id = entry->id;
        e.code = code;
        e.until = left->until;
        e.room = m->member.room->name;

        ngx_http_chat_answer_fault_now(s, &e);

        if (s->state > NGX_HTTP_CHAT_OPEN) {
            return;
        }

        ngx_http_chat_session_resume(s, NGX_HTTP_CHAT_PAUSE_JOIN);
    }

    ngx_http_chat_hub_drop(s, m, left->reason);
    ngx_http_chat_answer(s, ngx_http_chat_acts_write_left, left);

    if (s->stream) {
        /* it is of this room alone */
        ngx_http_chat_raw_left(s, left, code);
    }
}


static size_t
ngx_http_chat_acts_write_left(u_char *buf, size_t size, const void *arg)
{
    return ngx_chat_proto_left(buf, size, arg);
}


void
ngx_http_chat_rights_tell(ngx_http_chat_session_t *s,
    const ngx_http_chat_member_t *m)
{
    ngx_http_chat_acts_view_t  view;

    if (s->conf->format == NGX_HTTP_CHAT_FORMAT_RAW) {
        return;
    }

    view.room = m->member.room->name;
    ngx_http_chat_rights_standing(m, &view.standing);

    ngx_http_chat_answer(s, ngx_http_chat_acts_write_room, &view);
}


static size_t
ngx_http_chat_acts_write_room(u_char *buf, size_t size, const void *arg)
{
    const ngx_http_chat_acts_view_t  *view;

    view = arg;

    return ngx_chat_proto_room(buf, size, &view->room, &view->standing);
}


void
ngx_http_chat_rights_tell_all(ngx_http_chat_hub_room_t *room)
{
    ngx_uint_t                   i;
    ngx_chat_member_t           *member;
    ngx_http_chat_frame_t       *f;
    ngx_http_chat_acts_view_t    view;
    ngx_http_chat_acts_frame_t   frames[NGX_HTTP_CHAT_ACTS_FRAMES];

    if (room->room.name.data[0] == NGX_CHAT_NAME_RAW) {
        return;
    }

    ngx_memzero(frames, sizeof(frames));

    view.room = room->room.name;

    /* a push never removes a member: no cursor is needed */

    for (member = room->room.first; member != NULL; member = member->next) {

        if (!((ngx_http_chat_member_t *) member)->joined) {
            continue;
        }

        ngx_http_chat_rights_standing((ngx_http_chat_member_t *) member,
                                      &view.standing);

        f = ngx_http_chat_acts_frame(frames, &view);

        if (f != NULL) {
            ngx_http_chat_output_push(member->owner, f);
            ngx_http_chat_frame_release(f);
        }
    }

    for (i = 0; i < NGX_HTTP_CHAT_ACTS_FRAMES; i++) {
        if (frames[i].frame != NULL) {
            ngx_http_chat_frame_release(frames[i].frame);
        }
    }
}


/* Members who stand alike share one; the caller gives its reference back. */

static ngx_http_chat_frame_t *
ngx_http_chat_acts_frame(ngx_http_chat_acts_frame_t *frames,
    const ngx_http_chat_acts_view_t *view)
{
    ngx_uint_t                   i;
    ngx_http_chat_frame_t       *f;
    const ngx_chat_standing_t   *a, *b;

    b = &view->standing;

    for (i = 0; i < NGX_HTTP_CHAT_ACTS_FRAMES; i++) {
        a = &frames[i].standing;

        if (frames[i].frame == NULL) {
            break;
        }

        if (a->role == b->role && a->can == b->can && a->muted == b->muted) {
            frames[i].frame->refs++;
            return frames[i].frame;
        }
    }

    f = ngx_http_chat_answer_frame(ngx_http_chat_acts_write_room, view);

    if (f != NULL && i < NGX_HTTP_CHAT_ACTS_FRAMES) {
        frames[i].standing = *b;
        frames[i].frame = f;
        f->refs++;
    }

    return f;
}
