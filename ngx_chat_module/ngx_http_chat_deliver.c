
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* Delivery; see the header. */


#include "ngx_http_chat_deliver.h"
#include "ngx_http_chat_answer.h"
#include "ngx_http_chat_heal.h"
#include "ngx_http_chat_metric.h"
#include "ngx_http_chat_poll.h"
#include "ngx_http_chat_presence.h"
#include "ngx_http_chat_rights.h"
#include "ngx_chat_name.h"


/* messages kept for those who enter: whoever needs longer enters anew */
#define NGX_HTTP_CHAT_RECENT_MAX  1000


struct ngx_http_chat_recent_s {
    ngx_http_chat_recent_t  *next;
    uint64_t                 seq;
    ngx_http_chat_frame_t   *frame;
};


static ngx_uint_t ngx_http_chat_deliver_accept(ngx_http_chat_hub_room_t *room,
    const ngx_chat_wire_t *rec);
static void ngx_http_chat_deliver_remember(ngx_http_chat_hub_room_t *room,
    uint64_t seq, ngx_http_chat_frame_t *f);
static void ngx_http_chat_deliver_forget_first(
    ngx_http_chat_hub_room_t *room);
static ngx_http_chat_frame_t *ngx_http_chat_deliver_resync_frame(
    ngx_http_chat_hub_room_t *room);
static void ngx_http_chat_deliver_message(ngx_http_chat_hub_room_t *room,
    const ngx_chat_wire_t *rec);
static void ngx_http_chat_deliver_raw(ngx_http_chat_hub_room_t *room,
    const ngx_chat_wire_t *rec);
static void ngx_http_chat_deliver_typing(ngx_http_chat_hub_room_t *room,
    const ngx_chat_wire_t *rec);
static size_t ngx_http_chat_deliver_write_message(u_char *buf, size_t size,
    const void *arg);
static size_t ngx_http_chat_deliver_write_typing(u_char *buf, size_t size,
    const void *arg);
static size_t ngx_http_chat_deliver_write_resync(u_char *buf, size_t size,
    const void *arg);


void
ngx_http_chat_deliver(void *data, const ngx_chat_wire_t *rec)
{
    ngx_chat_room_t           *r;
    ngx_http_chat_hub_t       *hub;
    ngx_http_chat_hub_room_t  *room;

    hub = data;

    r = ngx_chat_rooms_find(&hub->rooms, &rec->room);

    if (r == NULL) {
        /* the last member has just left */
        return;
    }

    room = (ngx_http_chat_hub_room_t *) r;

    switch (rec->kind) {

    case NGX_CHAT_WIRE_MESSAGE:
    case NGX_CHAT_WIRE_EDIT:
    case NGX_CHAT_WIRE_DELETE:
        if (ngx_http_chat_deliver_accept(room, rec)) {
            ngx_http_chat_metric_delivered(rec->time);
            ngx_http_chat_deliver_message(room, rec);
        }
        break;

    case NGX_CHAT_WIRE_TEXT:
    case NGX_CHAT_WIRE_BINARY:
        if (ngx_http_chat_deliver_accept(room, rec)) {
            ngx_http_chat_metric_delivered(rec->time);
            ngx_http_chat_deliver_raw(room, rec);
        }
        break;

    case NGX_CHAT_WIRE_ENTER:
    case NGX_CHAT_WIRE_LEAVE:
        ngx_http_chat_presence_record(room, rec);
        break;

    case NGX_CHAT_WIRE_TYPING:
        ngx_http_chat_deliver_typing(room, rec);
        break;

    case NGX_CHAT_WIRE_MOD:
        ngx_http_chat_rights_heard(room, rec);
        break;

    default:
        /* of a newer version of this module, on another host */
        break;
    }
}


ngx_uint_t
ngx_http_chat_deliver_same(ngx_http_chat_hub_room_t *room,
    const ngx_chat_str_t *epoch)
{
    return room->epoch_len == epoch->len
           && ngx_memcmp(room->epoch, epoch->data, epoch->len) == 0;
}


uint64_t
ngx_http_chat_deliver_top(ngx_http_chat_hub_room_t *room,
    const ngx_chat_str_t *epoch, uint64_t seq)
{
    if (ngx_http_chat_deliver_same(room, epoch)) {
        return ngx_max(seq, room->seq);
    }

    return seq;
}


/*
 * Continuity is "prev <= mine".  Returns 0 for what was delivered before, and
 * for what the log has with all that is missing in front of it.  Another
 * epoch, or a hole that no log can fill, is told to the members first.
 */

static ngx_uint_t
ngx_http_chat_deliver_accept(ngx_http_chat_hub_room_t *room,
    const ngx_chat_wire_t *rec)
{
    ngx_uint_t  same;

    room->checked = (uint32_t) ngx_time();

    if (room->epoch_len == 0) {
        ngx_http_chat_deliver_position(room, &rec->epoch, rec->seq);
        return 1;
    }

    same = ngx_http_chat_deliver_same(room, &rec->epoch);

    if (same && rec->seq <= room->seq) {
        return 0;
    }

    if (same && rec->prev > room->seq && room->keep.count != 0) {
        ngx_http_chat_heal(room);
        return 0;
    }

    if (!same || rec->prev > room->seq) {
        /* the hole ends in front of this record, which is no part of it */
        ngx_http_chat_deliver_resync(room, &rec->epoch, rec->prev);
    }

    room->seq = rec->seq;

    return 1;
}


void
ngx_http_chat_deliver_position(ngx_http_chat_hub_room_t *room,
    const ngx_chat_str_t *epoch, uint64_t seq)
{
    size_t  len;

    len = ngx_min(epoch->len, NGX_CHAT_WIRE_EPOCH_MAX);

    ngx_memcpy(room->epoch, epoch->data, len);
    room->epoch_len = len & 31;
    room->seq = seq;
    room->bare = 0;
}


void
ngx_http_chat_deliver_resync(ngx_http_chat_hub_room_t *room,
    const ngx_chat_str_t *epoch, uint64_t seq)
{
    ngx_http_chat_frame_t  *f;

    if (!ngx_http_chat_deliver_same(room, epoch)) {
        /* the store has lost the room, and who is in it */
        room->floor = 0;
        ngx_http_chat_presence_sync(room);
    }

    if (!ngx_http_chat_deliver_same(room, epoch) || room->seq != seq) {
        ngx_http_chat_deliver_position(room, epoch, seq);

        ngx_http_chat_deliver_forget(room);
        room->torn = (room->entering != 0);
    }

    room->told = 0;
    ngx_http_chat_poll_wake(room);

    f = ngx_http_chat_deliver_resync_frame(room);

    if (f != NULL) {
        ngx_http_chat_deliver_frame(room, f, 0);
        ngx_http_chat_frame_release(f);
    }
}


/* NULL for raw rooms, which have no events, and without memory. */

static ngx_http_chat_frame_t *
ngx_http_chat_deliver_resync_frame(ngx_http_chat_hub_room_t *room)
{
    ngx_chat_joined_t  view;

    if (room->room.name.data[0] == NGX_CHAT_NAME_RAW) {
        return NULL;
    }

    ngx_memzero(&view, sizeof(ngx_chat_joined_t));

    view.room = room->room.name;
    view.epoch.data = room->epoch;
    view.epoch.len = room->epoch_len;
    view.top = room->seq;

    return ngx_http_chat_answer_frame(ngx_http_chat_deliver_write_resync,
                                      &view);
}


void
ngx_http_chat_deliver_log(ngx_http_chat_hub_room_t *room,
    const ngx_http_chat_reply_t *reply)
{
    ngx_uint_t       i;
    ngx_chat_wire_t  rec;

    for (i = 0; i < reply->nrecords; i++) {
        rec = reply->records[i];

        if (rec.seq <= room->seq) {
            continue;
        }

        if (rec.prev > room->seq) {
            return;
        }

        rec.room = room->room.name;
        room->seq = rec.seq;

        ngx_http_chat_deliver_message(room, &rec);
    }
}


void
ngx_http_chat_deliver_page(ngx_chat_joined_t *view,
    const ngx_http_chat_reply_t *reply)
{
    ngx_uint_t  i;

    for (i = 0; i < reply->nrecords; i++) {
        reply->records[i].room = view->room;
    }

    view->records = reply->records;
    view->nrecords = reply->nrecords;
}


static void
ngx_http_chat_deliver_remember(ngx_http_chat_hub_room_t *room, uint64_t seq,
    ngx_http_chat_frame_t *f)
{
    ngx_http_chat_recent_t  *recent;

    recent = ngx_alloc(sizeof(ngx_http_chat_recent_t), ngx_cycle->log);
    if (recent == NULL) {
        room->torn = 1;
        return;
    }

    if (room->nrecent == NGX_HTTP_CHAT_RECENT_MAX) {
        room->recent_from = room->recent->seq;
        ngx_http_chat_deliver_forget_first(room);
    }

    if (room->recent == NULL) {
        room->recent_last = &room->recent;
    }

    room->nrecent++;

    recent->next = NULL;
    recent->seq = seq;
    recent->frame = f;
    f->refs++;

    *room->recent_last = recent;
    room->recent_last = &recent->next;
}


void
ngx_http_chat_deliver_recent(ngx_http_chat_hub_room_t *room,
    ngx_http_chat_session_t *s, uint64_t seq)
{
    ngx_http_chat_frame_t   *f;
    ngx_http_chat_recent_t  *recent;

    if (seq < room->recent_from || (room->torn && room->seq != seq)) {
        f = ngx_http_chat_deliver_resync_frame(room);

        if (f != NULL) {
            ngx_http_chat_output_push(s, f);
            ngx_http_chat_frame_release(f);
        }

        return;
    }

    for (recent = room->recent; recent != NULL; recent = recent->next) {
        if (recent->seq > seq) {
            ngx_http_chat_output_push(s, recent->frame);
        }
    }
}


void
ngx_http_chat_deliver_forget(ngx_http_chat_hub_room_t *room)
{
    while (room->recent != NULL) {
        ngx_http_chat_deliver_forget_first(room);
    }

    room->recent_from = 0;
    room->torn = 0;
}


static void
ngx_http_chat_deliver_forget_first(ngx_http_chat_hub_room_t *room)
{
    ngx_http_chat_recent_t  *recent;

    recent = room->recent;

    room->recent = recent->next;
    room->nrecent--;

    ngx_http_chat_frame_release(recent->frame);
    ngx_free(recent);
}


static size_t
ngx_http_chat_deliver_write_resync(u_char *buf, size_t size, const void *arg)
{
    return ngx_chat_proto_resync(buf, size, arg);
}


static size_t
ngx_http_chat_deliver_write_away(u_char *buf, size_t size, const void *arg)
{
    return ngx_chat_proto_error(buf, size, arg);
}


void
ngx_http_chat_deliver_away(ngx_http_chat_hub_room_t *room)
{
    ngx_chat_error_t        e;
    ngx_http_chat_frame_t  *f;

    if (room->room.name.data[0] == NGX_CHAT_NAME_RAW) {
        return;
    }

    ngx_memzero(&e, sizeof(ngx_chat_error_t));

    e.code = NGX_CHAT_CODE_UNAVAILABLE;

    f = ngx_http_chat_answer_frame(ngx_http_chat_deliver_write_away, &e);

    if (f != NULL) {
        ngx_http_chat_deliver_frame(room, f, 0);
        ngx_http_chat_frame_release(f);
    }
}


void
ngx_http_chat_deliver_frame(ngx_http_chat_hub_room_t *room,
    ngx_http_chat_frame_t *f, ngx_uint_t presence)
{
    ngx_chat_member_t       *member;
    ngx_http_chat_member_t  *m;

    ngx_http_chat_metric_fan();

    /* a push never removes a member: no cursor is needed */

    for (member = room->room.first; member != NULL; member = member->next) {

        m = (ngx_http_chat_member_t *) member;

        if (m->joined && (m->presence || !presence)) {
            ngx_http_chat_output_push(member->owner, f);
        }
    }

    if (!ngx_http_chat_output_waits()) {
        /* nobody was there, so nobody will be written to */
        ngx_http_chat_metric_unfan();
    }
}


static void
ngx_http_chat_deliver_message(ngx_http_chat_hub_room_t *room,
    const ngx_chat_wire_t *rec)
{
    ngx_http_chat_frame_t  *f;

    f = ngx_http_chat_answer_frame(ngx_http_chat_deliver_write_message, rec);

    if (f == NULL) {
        /* without memory for it everybody has a hole, and is told of it */
        room->torn |= (room->entering != 0);
        ngx_http_chat_deliver_resync(room, &rec->epoch, rec->seq);
        return;
    }

    ngx_http_chat_frame_number(f, &rec->epoch, rec->seq);
    ngx_http_chat_deliver_frame(room, f, 0);
    ngx_http_chat_poll_wake(room);

    if (room->entering != 0) {
        ngx_http_chat_deliver_remember(room, rec->seq, f);
    }

    ngx_http_chat_frame_release(f);
}


static size_t
ngx_http_chat_deliver_write_message(u_char *buf, size_t size, const void *arg)
{
    return ngx_chat_proto_message(buf, size, arg);
}


static void
ngx_http_chat_deliver_raw(ngx_http_chat_hub_room_t *room,
    const ngx_chat_wire_t *rec)
{
    ngx_uint_t              opcode;
    ngx_http_chat_frame_t  *f;

    opcode = (rec->kind == NGX_CHAT_WIRE_TEXT) ? NGX_CHAT_WS_TEXT
                                               : NGX_CHAT_WS_BINARY;

    f = ngx_http_chat_frame_create(opcode, rec->body.data, rec->body.len);

    if (f == NULL) {
        return;
    }

    ngx_http_chat_deliver_frame(room, f, 0);
    ngx_http_chat_frame_release(f);
}


static void
ngx_http_chat_deliver_typing(ngx_http_chat_hub_room_t *room,
    const ngx_chat_wire_t *rec)
{
    ngx_chat_member_t        *member;
    ngx_http_chat_frame_t    *f;
    ngx_http_chat_session_t  *s;

    f = ngx_http_chat_answer_frame(ngx_http_chat_deliver_write_typing, rec);

    if (f == NULL) {
        return;
    }

    for (member = room->room.first; member != NULL; member = member->next) {

        s = member->owner;

        if (!((ngx_http_chat_member_t *) member)->joined
            || (rec->session.len == NGX_HTTP_CHAT_SESSION_ID_LEN
                && ngx_memcmp(rec->session.data, s->id,
                              NGX_HTTP_CHAT_SESSION_ID_LEN) == 0))
        {
            continue;
        }

        ngx_http_chat_output_push(s, f);
    }

    ngx_http_chat_frame_release(f);
}


static size_t
ngx_http_chat_deliver_write_typing(u_char *buf, size_t size, const void *arg)
{
    return ngx_chat_proto_typing(buf, size, arg);
}
