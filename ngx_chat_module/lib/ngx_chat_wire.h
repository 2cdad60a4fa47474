
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The record that workers exchange, versioned, with the same bytes for every
 * store.
 *
 *     record  = header LF payload
 *     header  = kind SP seq SP prev SP time SP epoch       (ASCII, decimal)
 *     payload = version *field                             (version: 0x01)
 *     field   = tag length bytes                           (1 + 4 + length)
 *
 * The publisher makes the payload; the store puts the header in front of it,
 * for only the store knows the number.  Lengths are big-endian.  A tag that
 * is not known is skipped, a repeated tag or a version that is not known
 * refuses the record.  Fields stand in any order, so that a store may append
 * what only it can know.
 *
 *     tag  field             bytes
 *     U    user              UTF-8; always there but in T and B
 *     N    name              UTF-8
 *     R    role              UTF-8
 *     I    cid               UTF-8
 *     S    session           UTF-8
 *     A    re                decimal
 *     F    ref               decimal: of an edit or a deletion
 *     Z    deleted           "1"
 *     C    count             decimal
 *     O    on                decimal, 0 or 1
 *     J    meta              a JSON object, UTF-8
 *     X    enc               UTF-8: the body is no text, but sealed so
 *     W    act               UTF-8, of X: "ban" and so on
 *     G    target            UTF-8, whom the act is about
 *     P    ip                UTF-8, or which address
 *     E    until             decimal
 *     V    value             decimal
 *     Q    version           decimal, of the room's rights
 *     D    body              UTF-8, in B any
 *
 * A decimal has neither sign nor leading zeros and is at most 2^53.  A kind
 * that is numbered has a seq above prev and an epoch; the others have 0 as seq
 * and prev, and may have an empty epoch.  An edit or a deletion has a ref below
 * its seq.
 */


#ifndef NGX_CHAT_WIRE_H_INCLUDED
#define NGX_CHAT_WIRE_H_INCLUDED


#include "ngx_chat_str.h"


#define NGX_CHAT_WIRE_VERSION   1

/* kinds; the first five are numbered by the store, the others are not */

#define NGX_CHAT_WIRE_MESSAGE   'M'       /* of a JSON room; body is text */
#define NGX_CHAT_WIRE_EDIT      'E'       /* the message ref has this text */
#define NGX_CHAT_WIRE_DELETE    'D'       /* the message ref is gone; the body
                                             may say why */
#define NGX_CHAT_WIRE_TEXT      'T'       /* of a raw room */
#define NGX_CHAT_WIRE_BINARY    'B'       /* of a raw room */
#define NGX_CHAT_WIRE_ENTER     'J'       /* a user came; count is set */
#define NGX_CHAT_WIRE_LEAVE     'L'       /* a user went; count is set */
#define NGX_CHAT_WIRE_TYPING    'Y'       /* on is set */

#define NGX_CHAT_WIRE_MOD       'X'       /* an act of moderation */

#define NGX_CHAT_WIRE_EPOCH_MAX 16        /* bytes, [A-Za-z0-9] */

/*
 * Of an act, user and name are who did it, target or ip whom it is about, value
 * its argument (an ngx_chat_role_e, seconds, an ngx_chat_lock_e; of a kick, the
 * role of who did it), until its end in ms UTC, the body the reason.  Until,
 * version and that role come from the store.
 */

/* tags of what a deletion takes away */

#define NGX_CHAT_WIRE_META      'J'
#define NGX_CHAT_WIRE_ENC       'X'
#define NGX_CHAT_WIRE_BODY      'D'

/* upper bound of a header with its LF */
#define NGX_CHAT_WIRE_HEADER_MAX  96


typedef struct {
    unsigned char   kind;
    unsigned        on:1;          /* typing: began, not ended */
    unsigned        deleted:1;     /* message, edit: it has no body any more */
    uint64_t        seq;           /* 0 if the kind is not numbered */
    uint64_t        prev;          /* number of the entry before, or 0 */
    int64_t         time;          /* milliseconds UTC, the store's clock */
    uint64_t        ref;           /* edit, delete: of which message */
    uint64_t        count;         /* users in the room after this */
    uint64_t        until;         /* of an act: its end, ms UTC, or 0 */
    uint64_t        value;         /* of an act: its argument */
    uint64_t        version;       /* of the room's rights after an act */
    ngx_chat_str_t  epoch;
    ngx_chat_str_t  room;          /* not in the bytes: from the channel */
    ngx_chat_str_t  user;
    ngx_chat_str_t  name;
    ngx_chat_str_t  role;          /* empty: none */
    ngx_chat_str_t  cid;           /* empty: none */
    ngx_chat_str_t  act;           /* its name, ngx_chat_rights.h */
    ngx_chat_str_t  target;        /* of an act: user id, or empty */
    ngx_chat_str_t  ip;            /* of an act: address, or empty */
    ngx_chat_str_t  meta;          /* JSON text of "meta", empty: none */
    ngx_chat_str_t  enc;           /* how the body is sealed, empty: a text */
    uint64_t        re;            /* number of the answered entry, or 0 */
    ngx_chat_str_t  session;       /* sender's session id, empty: unknown */
    ngx_chat_str_t  body;
} ngx_chat_wire_t;


/*
 * Writes the payload when it fits into size bytes; empty strings and zero
 * numbers are left out.  Returns the length needed.
 */
size_t ngx_chat_wire_payload(unsigned char *buf, size_t size,
    const ngx_chat_wire_t *rec);

/*
 * Writes the header with its LF when it fits into size bytes.  Returns the
 * length needed.
 */
size_t ngx_chat_wire_header(unsigned char *buf, size_t size,
    const ngx_chat_wire_t *rec);

/*
 * Reads a whole record (header, LF, payload).  The strings of rec point into
 * the record's bytes; room is left empty.  Returns 1, or 0 if the bytes are
 * no valid record (cut short, another version, numbers beyond 2^53, a kind
 * that is not known, a body that is not UTF-8 where the kind asks for text).
 */
int ngx_chat_wire_parse(ngx_chat_wire_t *rec, const unsigned char *p,
    size_t n);


#endif /* NGX_CHAT_WIRE_H_INCLUDED */
