
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The embedded store's edits and deletions; see the header.
 */


#include "ngx_chat_log_change.h"

#include <string.h>


/* marks, each mixed with the position and the key: no accident makes one */
#define NGX_CHAT_LOG_EDITED  1
#define NGX_CHAT_LOG_ERASED  2

/* of a field of the wire record */
#define NGX_CHAT_LOG_FIELD   5


static ngx_chat_log_rc_e ngx_chat_log_change_no(ngx_chat_code_e *code,
    ngx_chat_code_e why);
static ngx_chat_log_rc_e ngx_chat_log_change_act(
    ngx_chat_log_change_t *change, const ngx_chat_str_t *author);
static void ngx_chat_log_erase(ngx_chat_log_t *log,
    const ngx_chat_log_room_t *room, uint64_t ref);
static uint32_t ngx_chat_log_mark(const ngx_chat_log_t *log,
    const ngx_chat_log_record_t *rec, unsigned mark);
static ngx_chat_log_record_t *ngx_chat_log_writable(
    const ngx_chat_log_record_t *rec);
static const ngx_chat_log_record_t *ngx_chat_log_chained(
    const ngx_chat_log_t *log, const ngx_chat_log_room_t *room, uint64_t pos,
    uint64_t ord);
static int ngx_chat_log_edit_of(const ngx_chat_log_t *log,
    const ngx_chat_log_record_t *rec, uint64_t ref);
static void ngx_chat_log_overwrite(unsigned char *p, size_t len);
static void ngx_chat_log_overwrite_field(unsigned tag, unsigned char *value,
    size_t len);


int
ngx_chat_log_changes(const ngx_chat_wire_t *rec)
{
    return rec->kind == NGX_CHAT_WIRE_EDIT
           || rec->kind == NGX_CHAT_WIRE_DELETE;
}


ngx_chat_log_rc_e
ngx_chat_log_change(ngx_chat_log_change_t *change, ngx_chat_role_e role,
    ngx_chat_code_e *code)
{
    int                           edit;
    uint64_t                      floor;
    ngx_chat_log_t               *log;
    ngx_chat_wire_t               of;
    const ngx_chat_wire_t        *rec;
    const ngx_chat_log_record_t  *target;

    rec = change->rec;
    log = change->caller->log;
    edit = (rec->kind == NGX_CHAT_WIRE_EDIT);

    if (change->room == NULL || rec->ref > change->room->seq) {
        return ngx_chat_log_change_no(code, NGX_CHAT_CODE_NOT_FOUND);
    }

    target = ngx_chat_log_entry(change, rec->ref, &floor);

    if (target == NULL) {
        return ngx_chat_log_change_no(code, (rec->ref < floor)
                                            ? NGX_CHAT_CODE_GONE
                                            : NGX_CHAT_CODE_NOT_FOUND);
    }

    if (ngx_chat_log_erased(log, target)
        || !ngx_chat_wire_parse(&of, ngx_chat_log_wire(target),
                                target->wire_len)
        || of.kind != NGX_CHAT_WIRE_MESSAGE)
    {
        return ngx_chat_log_change_no(code, NGX_CHAT_CODE_NOT_FOUND);
    }

    if (!ngx_chat_rights_change(change->caller->actor, role, &of.user, edit)) {
        return ngx_chat_log_change_no(code, NGX_CHAT_CODE_FORBIDDEN);
    }

    if (edit && of.enc.len != 0 && rec->enc.len == 0) {
        return ngx_chat_log_change_no(code, NGX_CHAT_CODE_BAD_REQUEST);
    }

    change->target = target->pos;

    if (edit
        || (of.user.len == rec->user.len
            && memcmp(of.user.data, rec->user.data, of.user.len) == 0))
    {
        return NGX_CHAT_LOG_OK;
    }

    return ngx_chat_log_change_act(change, &of.user);
}


static ngx_chat_log_rc_e
ngx_chat_log_change_no(ngx_chat_code_e *code, ngx_chat_code_e why)
{
    *code = why;

    return NGX_CHAT_LOG_REFUSED;
}


/* Who deletes what another has said is in the log of acts. */

static ngx_chat_log_rc_e
ngx_chat_log_change_act(ngx_chat_log_change_t *change,
    const ngx_chat_str_t *author)
{
    ngx_chat_log_t   *log;
    ngx_chat_wire_t  *act;

    static const ngx_chat_str_t  name = NGX_CHAT_STR("delete");

    log = change->caller->log;
    act = &change->act;

    act->kind = NGX_CHAT_WIRE_MOD;
    act->time = log->clock;
    act->user = change->rec->user;
    act->name = change->rec->name;
    act->act = name;
    act->target = *author;
    act->ref = change->rec->ref;
    act->body = change->rec->body;

    if (ngx_chat_log_wire_size(act) > ngx_chat_log_record_max(log)) {
        return NGX_CHAT_LOG_LARGE;
    }

    return (change->room->rules == 0)
           ? ngx_chat_log_room_evict(log, 1, change->room) : NGX_CHAT_LOG_OK;
}


/*
 * An edit marks its message before it is there: a mark without an edit costs a
 * walk, an edit without a mark would outlive a deletion.
 */

ngx_chat_log_rc_e
ngx_chat_log_change_begin(ngx_chat_log_change_t *change)
{
    ngx_chat_log_t               *log;
    ngx_chat_log_rc_e             rc;
    ngx_chat_log_room_t          *room;
    ngx_chat_log_rules_t         *rules;
    ngx_chat_room_conf_t          conf;
    const ngx_chat_log_record_t  *rec;

    log = change->caller->log;
    room = change->room;

    if (change->rec->kind == NGX_CHAT_WIRE_EDIT) {
        rec = ngx_chat_log_record(log, NGX_CHAT_LOG_KEPT, change->target);

        if (rec != NULL) {
            ngx_chat_log_writable(rec)->mark = ngx_chat_log_mark(log, rec,
                                                   NGX_CHAT_LOG_EDITED);
            ngx_chat_log_at("edited");
        }
    }

    if (change->act.kind == 0) {
        return NGX_CHAT_LOG_OK;
    }

    if (room->rules == 0) {
        memset(&conf, 0, sizeof(conf));

        rc = ngx_chat_log_rules_set(log, room, &change->rec->room, &conf);
        if (rc != NGX_CHAT_LOG_OK) {
            return rc;
        }
    }

    rules = ngx_chat_log_rules(log, room);
    if (rules == NULL) {
        return ngx_chat_log_broken(log);
    }

    return ngx_chat_log_act(log, room, &change->act, &rules->acts);
}


void
ngx_chat_log_change_end(const ngx_chat_log_change_t *change)
{
    ngx_chat_log_t               *log;
    const ngx_chat_log_record_t  *rec;

    if (change->rec->kind != NGX_CHAT_WIRE_DELETE) {
        return;
    }

    log = change->caller->log;
    rec = ngx_chat_log_record(log, NGX_CHAT_LOG_KEPT, change->target);

    if (rec != NULL
        && rec->mark != ngx_chat_log_mark(log, rec, NGX_CHAT_LOG_EDITED))
    {
        ngx_chat_log_erase_on(log, rec);
        return;
    }

    ngx_chat_log_erase(log, change->room, change->rec->ref);
}


void
ngx_chat_log_erase_by(ngx_chat_log_t *log, const ngx_chat_log_room_t *room,
    const ngx_chat_log_record_t *rec)
{
    ngx_chat_wire_t       gone;
    const unsigned char  *wire;

    wire = ngx_chat_log_wire(rec);

    if (rec->ord != 0 && rec->pos == room->last
        && wire[0] == NGX_CHAT_WIRE_DELETE
        && ngx_chat_wire_parse(&gone, wire, rec->wire_len))
    {
        ngx_chat_log_erase(log, room, gone.ref);
    }
}


/* From the newest record back: the message comes behind all of its edits. */

static void
ngx_chat_log_erase(ngx_chat_log_t *log, const ngx_chat_log_room_t *room,
    uint64_t ref)
{
    const ngx_chat_log_record_t  *rec;

    rec = ngx_chat_log_chained(log, room, room->last, room->ord);

    while (rec != NULL && rec->seq > ref) {

        if (ngx_chat_log_edit_of(log, rec, ref)) {
            ngx_chat_log_erase_on(log, rec);
        }

        rec = ngx_chat_log_chained(log, room, rec->back, rec->ord - 1);
    }

    if (rec != NULL && rec->seq == ref) {
        ngx_chat_log_erase_on(log, rec);
    }
}


static const ngx_chat_log_record_t *
ngx_chat_log_chained(const ngx_chat_log_t *log,
    const ngx_chat_log_room_t *room, uint64_t pos, uint64_t ord)
{
    const ngx_chat_log_record_t  *rec;

    rec = ngx_chat_log_record(log, NGX_CHAT_LOG_KEPT, pos);

    if (rec == NULL || ord == 0 || rec->ord != ord
        || rec->epoch != room->epoch)
    {
        return NULL;
    }

    return rec;
}


static int
ngx_chat_log_edit_of(const ngx_chat_log_t *log,
    const ngx_chat_log_record_t *rec, uint64_t ref)
{
    ngx_chat_wire_t       edit;
    const unsigned char  *wire;

    wire = ngx_chat_log_wire(rec);

    return rec->wire_len != 0
           && wire[0] == NGX_CHAT_WIRE_EDIT
           && ngx_chat_log_whole(log, rec)
           && ngx_chat_wire_parse(&edit, wire, rec->wire_len)
           && edit.ref == ref;
}


int
ngx_chat_log_erased(const ngx_chat_log_t *log,
    const ngx_chat_log_record_t *rec)
{
    uint32_t  mark;

    mark = __atomic_load_n(&rec->mark, __ATOMIC_ACQUIRE);

    return mark != 0
           && mark == ngx_chat_log_mark(log, rec, NGX_CHAT_LOG_ERASED);
}


static uint32_t
ngx_chat_log_mark(const ngx_chat_log_t *log, const ngx_chat_log_record_t *rec,
    unsigned mark)
{
    return (uint32_t) (ngx_chat_log_mix(log->key[0] + mark, rec->pos)
                       & 0xffffffff) | 1;
}


/* Records are read-only to all but this. */

static ngx_chat_log_record_t *
ngx_chat_log_writable(const ngx_chat_log_record_t *rec)
{
    return (ngx_chat_log_record_t *) (uintptr_t) rec;
}


void
ngx_chat_log_erase_on(const ngx_chat_log_t *log,
    const ngx_chat_log_record_t *rec)
{
    ngx_chat_log_record_t  *r;

    r = ngx_chat_log_writable(rec);

    __atomic_store_n(&r->mark, ngx_chat_log_mark(log, r, NGX_CHAT_LOG_ERASED),
                     __ATOMIC_RELEASE);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    ngx_chat_log_at("erasing");

    ngx_chat_log_overwrite((unsigned char *) (r + 1) + r->room_len,
                           r->wire_len);
    ngx_chat_log_at("erased");

    r->crc = ngx_chat_log_crc(log, r, r->length);
    ngx_chat_log_at("summed");
}


/* Its values keep their lengths: what is overwritten twice is the same. */

static void
ngx_chat_log_overwrite(unsigned char *p, size_t len)
{
    size_t          n;
    unsigned char  *pos, *end;

    end = p + len;
    pos = memchr(p, '\n', len);

    if (pos == NULL || end - pos < 2) {
        return;
    }

    pos += 2;

    while (end - pos >= NGX_CHAT_LOG_FIELD) {
        n = ((size_t) pos[1] << 24) | ((size_t) pos[2] << 16)
            | ((size_t) pos[3] << 8) | (size_t) pos[4];

        if (n > (size_t) (end - pos) - NGX_CHAT_LOG_FIELD) {
            return;
        }

        ngx_chat_log_overwrite_field(pos[0], pos + NGX_CHAT_LOG_FIELD, n);
        pos += NGX_CHAT_LOG_FIELD + n;
    }
}


static void
ngx_chat_log_overwrite_field(unsigned tag, unsigned char *value, size_t len)
{
    switch (tag) {

    case NGX_CHAT_WIRE_BODY:
    case NGX_CHAT_WIRE_ENC:
        memset(value, ' ', len);
        ngx_chat_log_at("half erased");
        break;

    case NGX_CHAT_WIRE_META:

        /* it stays an object */

        if (len >= 2) {
            memset(value + 1, ' ', len - 2);
        }

        break;

    default:
        break;
    }
}


void
ngx_chat_log_blank(ngx_chat_wire_t *rec)
{
    rec->deleted = 1;
    rec->re = 0;
    rec->enc.len = 0;
    rec->meta.len = 0;
    rec->body.len = 0;
}
