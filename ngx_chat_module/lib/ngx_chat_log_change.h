
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The embedded store's edits and deletions: what they ask of the log, and what
 * a deletion does to the records of a text.
 *
 * A record that has been edited, or whose text is gone, bears a mark, which is
 * no part of its checksum.  The mark is written first, then the text is
 * overwritten where it stands, then comes the checksum; who dies in between
 * leaves the mark, and a rebuild() goes on.  Who reads without the lock and
 * finds a wrong checksum under the mark passes over the record, and heals from
 * the log.
 */


#ifndef NGX_CHAT_LOG_CHANGE_H_INCLUDED
#define NGX_CHAT_LOG_CHANGE_H_INCLUDED


#include "ngx_chat_log_region.h"


/* An edit or a deletion, and what it is about. */

typedef struct {
    const ngx_chat_log_caller_t  *caller;
    ngx_chat_log_room_t          *room;
    const ngx_chat_wire_t        *rec;
    const ngx_chat_log_keep_t    *keep;
    uint64_t                      target;  /* position */
    ngx_chat_wire_t               act;     /* to be written down, or kind 0 */
} ngx_chat_log_change_t;


/* 1 if the record asks for any of this. */
int ngx_chat_log_changes(const ngx_chat_wire_t *rec);

/*
 * May the actor, who has this role in the room, do what rec asks for?  OK; or
 * REFUSED, with code; or what writing the act down needs.
 */
ngx_chat_log_rc_e ngx_chat_log_change(ngx_chat_log_change_t *change,
    ngx_chat_role_e role, ngx_chat_code_e *code);

/* In front of its record, and behind that, which is at last in the log. */
ngx_chat_log_rc_e ngx_chat_log_change_begin(ngx_chat_log_change_t *change);
void ngx_chat_log_change_end(const ngx_chat_log_change_t *change);

/* A rebuild() found it: if it is a deletion, its end may be missing. */
void ngx_chat_log_erase_by(ngx_chat_log_t *log,
    const ngx_chat_log_room_t *room, const ngx_chat_log_record_t *rec);

/* 1 if the record's text is gone, or about to go. */
int ngx_chat_log_erased(const ngx_chat_log_t *log,
    const ngx_chat_log_record_t *rec);

/* Ends what was begun. */
void ngx_chat_log_erase_on(const ngx_chat_log_t *log,
    const ngx_chat_log_record_t *rec);

/* What was read from such a record is told without its text. */
void ngx_chat_log_blank(ngx_chat_wire_t *rec);


/* ngx_chat_log_history.c */

/*
 * The record of that number, if it may be read; floor is the oldest number that
 * may, or top + 1.
 */
const ngx_chat_log_record_t *ngx_chat_log_entry(
    const ngx_chat_log_change_t *change, uint64_t seq, uint64_t *floor);


#endif /* NGX_CHAT_LOG_CHANGE_H_INCLUDED */
