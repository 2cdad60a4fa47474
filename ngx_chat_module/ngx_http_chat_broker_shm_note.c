
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * What a site is to be told of, in the embedded store: queues beside the zone,
 * under its lock.
 */


#include "ngx_http_chat_broker_shm.h"
#include "ngx_http_chat_table.h"
#include "ngx_chat_event.h"
#include "ngx_chat_queue.h"


/* bytes of members that tell of one event that may be missing */
#define NGX_HTTP_CHAT_SHM_LOST  128

/* bytes of the page: that many are there for any answer */
#define NGX_HTTP_CHAT_SHM_TEXTS                                               \
    (NGX_HTTP_CHAT_SHM_LIST_MAX * NGX_CHAT_LOG_USER_MAX)


static void ngx_http_chat_shm_note_open(ngx_chat_queue_t *queue);
static void ngx_http_chat_shm_note_lost(ngx_chat_queue_t *queue);
static int64_t ngx_http_chat_shm_note_time(void);
static ngx_uint_t ngx_http_chat_shm_leads(ngx_chat_queue_t *queue,
    ngx_msec_t lease);
static u_char *ngx_http_chat_shm_texts(ngx_chat_queue_t *queue,
    ngx_uint_t limit, u_char *buf, ngx_http_chat_notes_reply_t *notes,
    ngx_chat_str_t *texts);


ngx_int_t
ngx_http_chat_shm_note(ngx_http_chat_broker_t *broker,
    ngx_http_chat_notes_t *notes, const ngx_chat_str_t *text,
    const ngx_http_chat_ticket_t *ticket)
{
    ngx_chat_str_t           none;
    ngx_chat_queue_t        *queue;
    ngx_http_chat_shm_t     *b;
    ngx_http_chat_shm_op_t  *op;

    b = (ngx_http_chat_shm_t *) broker;
    queue = notes->memory;

    op = ngx_http_chat_shm_begin(b, NGX_HTTP_CHAT_SHM_DONE, ticket, "note");
    if (op == NULL) {
        return NGX_DECLINED;
    }

    none.data = NULL;
    none.len = 0;

    ngx_http_chat_shm_note_open(queue);
    ngx_chat_queue_add(queue, text, &none);
    ngx_chat_queue_end(queue);

    ngx_http_chat_shm_end(b, op, NGX_CHAT_LOG_OK);

    return NGX_OK;
}


void
ngx_http_chat_shm_note_begin(const ngx_http_chat_note_t *note)
{
    if (note->notes != NULL && note->members.len != 0) {
        ngx_http_chat_shm_note_open(note->notes->memory);
    }
}


void
ngx_http_chat_shm_note_stored(const ngx_http_chat_note_t *note,
    const ngx_chat_wire_t *rec, const ngx_chat_log_stored_t *stored)
{
    u_char           buf[NGX_CHAT_WIRE_HEADER_MAX];
    ngx_chat_str_t   head;
    ngx_chat_wire_t  told;

    if (note->notes == NULL || note->members.len == 0 || stored->dup) {
        return;
    }

    ngx_memzero(&told, sizeof(ngx_chat_wire_t));

    told.kind = rec->kind;
    told.seq = stored->seq;
    told.prev = stored->prev;
    told.time = stored->time;
    told.epoch.len = stored->epoch_len;
    told.epoch.data = stored->epoch;

    head.data = buf;
    head.len = ngx_chat_wire_header(buf, sizeof(buf), &told);

    ngx_chat_queue_add(note->notes->memory, &head, &note->members);
}


void
ngx_http_chat_shm_note_end(const ngx_http_chat_note_t *note)
{
    if (note->notes != NULL && note->members.len != 0) {
        ngx_chat_queue_end(note->notes->memory);
    }
}


/* Somebody died where it is not known whether an event was to be added. */

static void
ngx_http_chat_shm_note_open(ngx_chat_queue_t *queue)
{
    if (!ngx_chat_queue_begin(queue)) {
        ngx_http_chat_shm_note_lost(queue);
    }
}


static void
ngx_http_chat_shm_note_lost(ngx_chat_queue_t *queue)
{
    u_char             id[NGX_HTTP_CHAT_SESSION_ID_LEN];
    u_char             head[NGX_CHAT_EVENT_HEAD_MAX];
    u_char             members[NGX_HTTP_CHAT_SHM_LOST];
    ngx_chat_str_t     text, body;
    ngx_chat_event_t   event;

    ngx_memzero(&event, sizeof(ngx_chat_event_t));

    ngx_http_chat_random(id, sizeof(id));

    event.kind = "lost";
    event.id.data = id;
    event.id.len = sizeof(id);
    event.cause = "crash";
    event.count = 1;

    text.data = head;
    text.len = ngx_chat_event_head(head, ngx_http_chat_shm_note_time());
    body.data = members;
    body.len = ngx_chat_event_members(members, sizeof(members), &event);

    ngx_chat_queue_add(queue, &text, &body);
}


static int64_t
ngx_http_chat_shm_note_time(void)
{
    ngx_time_t  *tp;

    tp = ngx_timeofday();

    return (int64_t) tp->sec * 1000 + (int64_t) tp->msec;
}


ngx_int_t
ngx_http_chat_shm_take(ngx_http_chat_broker_t *broker,
    ngx_http_chat_notes_t *notes, const ngx_http_chat_notes_query_t *query,
    const ngx_http_chat_ticket_t *ticket)
{
    ngx_http_chat_shm_t     *b;
    ngx_http_chat_shm_op_t  *op;

    b = (ngx_http_chat_shm_t *) broker;

    if (b->head.state != NGX_HTTP_CHAT_BROKER_READY) {
        return NGX_DECLINED;
    }

    op = ngx_http_chat_shm_op(b, NGX_HTTP_CHAT_SHM_TAKEN, ticket);
    if (op == NULL) {
        return NGX_DECLINED;
    }

    op->u.take.notes = notes;
    op->u.take.query = *query;

    ngx_http_chat_shm_op_due(b, op);

    return NGX_OK;
}


ngx_int_t
ngx_http_chat_shm_tell_taken(ngx_http_chat_shm_t *b,
    ngx_http_chat_shm_op_t *op)
{
    u_char                       *large;
    ngx_chat_str_t                texts[NGX_HTTP_CHAT_NOTES_MAX];
    ngx_chat_queue_t             *queue;
    ngx_http_chat_reply_t         reply;
    ngx_http_chat_notes_query_t  *query;
    ngx_http_chat_notes_reply_t   notes;

    query = &op->u.take.query;
    queue = op->u.take.notes->memory;
    large = NULL;

    if (ngx_http_chat_shm_lock(b) != NGX_OK) {
        return NGX_DECLINED;
    }

    ngx_http_chat_zone_crash(b->zone, "take");

    ngx_memzero(&reply, sizeof(ngx_http_chat_reply_t));
    ngx_memzero(&notes, sizeof(ngx_http_chat_notes_reply_t));
    reply.notes = &notes;

    ngx_http_chat_shm_note_open(queue);

    if (query->told && queue->leader.pid == (uint64_t) ngx_pid) {
        ngx_chat_queue_take(queue, query->done);
    }

    notes.anew = (queue->leader.pid != (uint64_t) ngx_pid);

    if (ngx_http_chat_shm_leads(queue, query->lease)) {
        large = ngx_http_chat_shm_texts(queue, query->limit, b->page, &notes,
                                        texts);
    }

    ngx_chat_queue_end(queue);
    ngx_http_chat_shm_unlock(b, NGX_CHAT_LOG_OK);

    ngx_http_chat_shm_give(op, &reply);

    if (large != NULL) {
        ngx_free(large);
    }

    return NGX_OK;
}


/* All processes of a machine have the same monotonic clock. */

static ngx_uint_t
ngx_http_chat_shm_leads(ngx_chat_queue_t *queue, ngx_msec_t lease)
{
    ngx_chat_queue_leader_t  *leader;

    leader = &queue->leader;

    if (leader->pid != 0 && leader->pid != (uint64_t) ngx_pid
        && leader->until > (uint64_t) ngx_current_msec
        && !ngx_http_chat_zone_gone((ngx_pid_t) leader->pid,
                                    (ngx_atomic_uint_t) leader->start))
    {
        return 0;
    }

    if (lease == 0) {

        if (leader->pid == (uint64_t) ngx_pid) {
            ngx_memzero(leader, sizeof(ngx_chat_queue_leader_t));
        }

        return 0;
    }

    if (leader->pid != (uint64_t) ngx_pid) {
        leader->pid = (uint64_t) ngx_pid;
        leader->start = (uint64_t) ngx_http_chat_zone_started(ngx_pid);
    }

    leader->until = (uint64_t) ngx_current_msec + lease;

    return 1;
}


/* Returns memory that the caller frees, for a text that has no room else. */

static u_char *
ngx_http_chat_shm_texts(ngx_chat_queue_t *queue, ngx_uint_t limit,
    u_char *buf, ngx_http_chat_notes_reply_t *notes, ngx_chat_str_t *texts)
{
    size_t                  len, room;
    u_char                 *p, *large;
    ngx_uint_t              n;
    ngx_chat_queue_walk_t   walk;

    notes->leads = 1;
    notes->first = queue->first;
    notes->lost = ngx_chat_queue_lost(queue);
    notes->count = queue->next - queue->first;
    notes->size = queue->head - queue->tail;
    notes->texts = texts;

    limit = ngx_min(limit, NGX_HTTP_CHAT_NOTES_MAX);
    room = NGX_HTTP_CHAT_SHM_TEXTS;
    large = NULL;
    p = buf;
    n = 0;

    ngx_chat_queue_start(queue, &walk);

    while (n < limit && p - buf < NGX_HTTP_CHAT_NOTES_SIZE) {

        if (!ngx_chat_queue_next(queue, &walk, p, room, &len)) {

            if (len == 0 || n != 0 || large != NULL) {
                break;
            }

            large = ngx_alloc(len, ngx_cycle->log);

            if (large == NULL) {
                break;
            }

            buf = large;
            p = large;
            room = len;
            continue;
        }

        texts[n].data = p;
        texts[n].len = len;
        n++;

        p += len;
        room -= len;
    }

    notes->ntexts = n;

    return large;
}
