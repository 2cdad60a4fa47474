
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * What lies in the region of the embedded store, for its own files only.
 *
 * Whatever these functions are given as a place in the region (a cell's
 * index, a position) may be wrong: they return NULL or a code for it.  Only
 * the geometry is trusted: under the lock that of the head, which begin() has
 * looked at; without the lock one made from the size.
 */


#ifndef NGX_CHAT_LOG_REGION_H_INCLUDED
#define NGX_CHAT_LOG_REGION_H_INCLUDED


#include "ngx_chat_log.h"


#define NGX_CHAT_LOG_CELL         128      /* bytes */

/* at most this part of a ring is one record */
#define NGX_CHAT_LOG_PART         4

/* no ring gets so far: a position beyond is none */
#define NGX_CHAT_LOG_FAR          ((uint64_t) 1 << 62)

/* no position: rings begin behind it, so that it is never live */
#define NGX_CHAT_LOG_NOWHERE      0

#define NGX_CHAT_LOG_EPOCH_LEN    13       /* characters of 5 bits */


/*
 * Between two writes, the first of which must be there if the second is: a
 * process may end at any.
 */
#if (NGX_CHAT_LOG_STEPS)

#define ngx_chat_log_at(where)                                                \
    do {                                                                      \
        __atomic_signal_fence(__ATOMIC_SEQ_CST);                              \
        if (ngx_chat_log_step != NULL) {                                      \
            ngx_chat_log_step(where);                                         \
        }                                                                     \
    } while (0)

#else

#define ngx_chat_log_at(where)  __atomic_signal_fence(__ATOMIC_SEQ_CST)

#endif


typedef enum {
    NGX_CHAT_LOG_NEWS = 0,
    NGX_CHAT_LOG_KEPT,
    NGX_CHAT_LOG_RINGS
} ngx_chat_log_ring_e;


/* Where things are: bytes from the region's begin, and how many. */

typedef struct {
    uint64_t                 size;     /* of the region */
    uint64_t                 rooms_at;
    uint64_t                 rooms;    /* buckets, uint32_t */
    uint64_t                 users_at;
    uint64_t                 users;    /* buckets, uint32_t */
    uint64_t                 cids_at;
    uint64_t                 cids;     /* buckets, uint64_t */
    uint64_t                 cells_at;
    uint64_t                 cells;    /* the first is never used */
    uint64_t                 ring_at[NGX_CHAT_LOG_RINGS];
    uint64_t                 ring_size[NGX_CHAT_LOG_RINGS];
} ngx_chat_log_geometry_t;


/* Up to where a ring will be written, and has been. */

typedef struct {
    uint64_t                 reserve;
    uint64_t                 head;
} ngx_chat_log_ring_t;


struct ngx_chat_log_s {

    /* what never changes, with its checksum */

    uint64_t                 magic;
    uint64_t                 layout;
    ngx_chat_log_geometry_t  geometry;
    uint64_t                 key[2];   /* of the hashes */
    uint64_t                 sum;

    uint64_t                 generation;
    uint32_t                 dirty;
    uint32_t                 broken;

    ngx_chat_log_ring_t      ring[NGX_CHAT_LOG_RINGS];
    uint64_t                 ticks;    /* records announced */

    int64_t                  clock;    /* ms UTC */
    uint64_t                 epochs;   /* given */
    uint64_t                 evicted;

    uint64_t                 rooms;
    uint64_t                 idle;
    uint64_t                 users;
    uint64_t                 rights;
    uint64_t                 damaged;  /* rights that were dropped for it */
    uint64_t                 look;     /* the cell that is looked at next */
    uint64_t                 free;     /* cells */
    uint64_t                 used;     /* no cell from here on ever was */
    uint32_t                 free_first;
    uint32_t                 oldest;   /* of the idle rooms */
    uint32_t                 newest;
};


/*
 * Before each record's bytes: the room's name, the wire record.  The checksum
 * is of all of it, and begins with a secret, so that no text can pose as a
 * record.
 */

typedef struct {
    uint64_t                 pos;      /* its own */
    uint32_t                 length;   /* to the next one */
    uint32_t                 crc;
    uint32_t                 mark;     /* see ngx_chat_log_change.h; neither */
    uint32_t                 unused;   /* is in the checksum */
    uint64_t                 tick;
    uint64_t                 seq;      /* 0: has no number */
    int64_t                  time;
    uint64_t                 epoch;
    uint64_t                 ord;      /* in the room's chain, 0: not in it */
    uint64_t                 back;     /* where ord - 1, the act before, is */
    uint64_t                 jump;     /* where ngx_chat_log_skew(ord) is */
    uint64_t                 cid;      /* hash of user and cid, 0: none */
    uint64_t                 cids;     /* the record before in its bucket */
    ngx_chat_log_slots_t     slots;    /* who hears it */
    unsigned char            print[16];
    uint32_t                 wire_len;
    uint16_t                 room_len;
    uint16_t                 pad;      /* 1: it only fills the ring's end */
} ngx_chat_log_record_t;


typedef enum {
    NGX_CHAT_LOG_FREE = 0,
    NGX_CHAT_LOG_ROOM,
    NGX_CHAT_LOG_USER,
    NGX_CHAT_LOG_MORE,                 /* goes on with another's bytes */
    NGX_CHAT_LOG_RULES,
    NGX_CHAT_LOG_RIGHT
} ngx_chat_log_kind_e;


/* Every cell begins so. */

typedef struct {
    uint8_t                  kind;
    uint8_t                  idle;     /* a room in the list of these */
    uint16_t                 len;      /* of all its bytes */
    uint32_t                 next;     /* the cell that goes on with them;
                                          the next free cell */
} ngx_chat_log_cell_t;


typedef struct {
    ngx_chat_log_cell_t      cell;
    uint32_t                 owner;
    unsigned char            bytes[NGX_CHAT_LOG_CELL - 12];
} ngx_chat_log_more_t;


/* The numbers of a room have a checksum: they may be half written. */

typedef struct {
    ngx_chat_log_cell_t      cell;
    uint32_t                 chain;    /* the next one of the bucket */
    uint32_t                 sum;      /* of name and epoch */
    uint32_t                 older;    /* of idle rooms */
    uint32_t                 newer;
    uint32_t                 first;    /* user */
    uint32_t                 users;
    uint64_t                 epoch;
    uint64_t                 seq;      /* the last number given */
    uint64_t                 ord;      /* of the last record in the chain */
    uint64_t                 last;     /* where that is */
    uint32_t                 numbers;  /* checksum of these three */
    uint32_t                 rules;    /* 0: nobody moderated it */
    ngx_chat_log_slots_t     slots;    /* who listens */
    unsigned char            name[NGX_CHAT_LOG_CELL - 88];
} ngx_chat_log_room_t;


/* Users and rights are found by a hash, and are in a list of their room. */

typedef struct {
    ngx_chat_log_cell_t      cell;
    uint32_t                 chain;    /* the next one of the bucket */
    uint32_t                 room;
    uint32_t                 prev;     /* of the list */
    uint32_t                 next;
    uint32_t                 bucket;
} ngx_chat_log_item_t;


typedef struct {
    ngx_chat_log_item_t      item;
    uint16_t                 id_len;   /* the name follows the id */
    uint16_t                 unused;
    ngx_chat_log_slots_t     slots;    /* through whom */
    unsigned char            bytes[NGX_CHAT_LOG_CELL - 48];
} ngx_chat_log_user_t;


/*
 * What is known of a room's rights stays when all else is rebuilt.  It is
 * there twice: what does not hold is written, with its checksum, and then
 * "current" says that it does.  The checksums begin with the hash of the
 * room's name and of what it is about.
 */

typedef struct {
    uint64_t                 version;
    uint32_t                 slow;     /* s */
    uint16_t                 lock;     /* ngx_chat_lock_e */
    uint16_t                 unused;
    uint64_t                 sum;
} ngx_chat_log_conf_t;


typedef struct {
    ngx_chat_log_cell_t      cell;
    uint32_t                 room;
    uint32_t                 first;    /* right */
    uint32_t                 rights;   /* cells of them */
    uint32_t                 said;     /* cells that hold more than wrote */
    uint32_t                 look;     /* the right that is looked at next */
    uint32_t                 current;  /* of both, 0 or 1 */
    uint64_t                 acts;     /* where the last one is in the log */
    ngx_chat_log_conf_t      conf[2];
    uint32_t                 kicks;    /* cells of these */
} ngx_chat_log_rules_t;


typedef struct {
    int64_t                  banned;   /* until, ms UTC, 0: not */
    int64_t                  muted;
    uint32_t                 role;
    uint32_t                 sum;
} ngx_chat_log_known_t;


typedef struct {
    ngx_chat_log_item_t      item;
    uint8_t                  whose;    /* NGX_CHAT_LOG_OF_ */
    uint8_t                  current;  /* of both, 0 or 1 */
    uint16_t                 unused;
    int64_t                  wrote;    /* ms UTC; no checksum: one write */
    ngx_chat_log_known_t     known[2];
    unsigned char            bytes[NGX_CHAT_LOG_CELL - 88];
} ngx_chat_log_right_t;


/* What cannot be: end() leaves the mark, and the next begin() says so. */

static inline ngx_chat_log_rc_e
ngx_chat_log_broken(ngx_chat_log_t *log)
{
    log->broken = 1;

    return NGX_CHAT_LOG_BROKEN;
}


/* Where the bytes of a room, user or right are. */

typedef struct {
    ngx_chat_log_cell_t     *cell;
    unsigned char           *inside;
    size_t                   size;     /* of inside */
} ngx_chat_log_text_t;


/* A user's strings, copied: they may lie in several cells. */

typedef struct {
    ngx_chat_user_t          user;
    unsigned char            bytes[NGX_CHAT_LOG_USER_MAX];
} ngx_chat_log_names_t;


/* ngx_chat_log.c */

int ngx_chat_log_geometry(ngx_chat_log_geometry_t *geometry, size_t size);
uint64_t ngx_chat_log_most(const ngx_chat_log_geometry_t *geometry);
int ngx_chat_log_sound(const ngx_chat_log_t *log);
void ngx_chat_log_reset(ngx_chat_log_t *log,
    const ngx_chat_log_geometry_t *geometry, const unsigned char seed[16],
    uint64_t generation);
void ngx_chat_log_clock(ngx_chat_log_t *log, int64_t now);


/* ngx_chat_log_hash.c */

uint64_t ngx_chat_log_mix(uint64_t sum, uint64_t word);
uint64_t ngx_chat_log_hash(const uint64_t key[2], uint64_t salt,
    const ngx_chat_str_t *text);
void ngx_chat_log_epoch_text(unsigned char text[NGX_CHAT_LOG_EPOCH_LEN],
    uint64_t epoch);

/* The ordinal that a record's jump leads to. */
uint64_t ngx_chat_log_skew(uint64_t ord);


/* ngx_chat_log_ring.c */

/*
 * Takes room for a record of len bytes behind its head, which is cleared; it
 * is not there before commit().  Returns NULL if it is too large.
 */
ngx_chat_log_record_t *ngx_chat_log_append(ngx_chat_log_t *log,
    ngx_chat_log_ring_e ring, size_t len);
void ngx_chat_log_commit(ngx_chat_log_t *log, ngx_chat_log_ring_e ring,
    ngx_chat_log_record_t *rec);

/* The record at a position, if one is there; its checksum is not seen. */
const ngx_chat_log_record_t *ngx_chat_log_record(const ngx_chat_log_t *log,
    ngx_chat_log_ring_e ring, uint64_t pos);

/* Returns 1 if the record's checksum is right. */
int ngx_chat_log_whole(const ngx_chat_log_t *log,
    const ngx_chat_log_record_t *rec);

/* Whether a head may be that of a record at pos in a ring of that size. */
int ngx_chat_log_plausible(const ngx_chat_log_record_t *rec, uint64_t pos,
    uint64_t size);

const unsigned char *ngx_chat_log_wire(const ngx_chat_log_record_t *rec);

/* The checksum of a record of length bytes, or of a copy. */
uint32_t ngx_chat_log_crc(const ngx_chat_log_t *log, const void *bytes,
    size_t length);


/* ngx_chat_log_cells.c */

void ngx_chat_log_cells_reset(ngx_chat_log_t *log);
ngx_chat_log_cell_t *ngx_chat_log_any(const ngx_chat_log_t *log,
    uint64_t index);
void *ngx_chat_log_cell(const ngx_chat_log_t *log, uint64_t index,
    ngx_chat_log_kind_e kind);
uint32_t ngx_chat_log_index(const ngx_chat_log_t *log, const void *cell);

/* A cleared cell, whose kind is for the caller to set last; NULL: none. */
void *ngx_chat_log_take(ngx_chat_log_t *log);
void ngx_chat_log_give(ngx_chat_log_t *log, void *cell);

void ngx_chat_log_text_room(ngx_chat_log_text_t *text,
    ngx_chat_log_room_t *room);
void ngx_chat_log_text_user(ngx_chat_log_text_t *text,
    ngx_chat_log_user_t *user);
void ngx_chat_log_text_right(ngx_chat_log_text_t *text,
    ngx_chat_log_right_t *right);

/* How many cells len bytes need, of which the first one has some inside. */
size_t ngx_chat_log_text_more(size_t inside, size_t len);

/* Return 0 if the region is broken. */
int ngx_chat_log_text_write(ngx_chat_log_t *log, ngx_chat_log_text_t *text,
    const unsigned char *bytes, size_t len);
int ngx_chat_log_text_read(const ngx_chat_log_t *log,
    const ngx_chat_log_text_t *text, unsigned char *bytes, size_t size);
void ngx_chat_log_text_end(const ngx_chat_log_t *log,
    ngx_chat_log_text_t *text);
void ngx_chat_log_text_drop(ngx_chat_log_t *log, ngx_chat_log_text_t *text);


/* ngx_chat_log_room.c */

/* OK, NONE, BROKEN; make: also LARGE, FULL. */
ngx_chat_log_rc_e ngx_chat_log_room_find(ngx_chat_log_t *log,
    const ngx_chat_str_t *name, ngx_chat_log_room_t **found);
ngx_chat_log_rc_e ngx_chat_log_room_make(ngx_chat_log_t *log,
    const ngx_chat_str_t *name, ngx_chat_log_room_t **made);

/* Sees to n free cells; forgets idle rooms, but keep (NULL: any). */
ngx_chat_log_rc_e ngx_chat_log_room_evict(ngx_chat_log_t *log, size_t n,
    const ngx_chat_log_room_t *keep);

ngx_chat_log_rc_e ngx_chat_log_room_forget(ngx_chat_log_t *log,
    ngx_chat_log_room_t *room);

/* It begins anew, with another epoch; nobody is in it. */
void ngx_chat_log_room_renew(ngx_chat_log_t *log, ngx_chat_log_room_t *room);

/* To be called when it was used, or who is in it has changed. */
ngx_chat_log_rc_e ngx_chat_log_room_touch(ngx_chat_log_t *log,
    ngx_chat_log_room_t *room);

/* Puts it into its bucket; 0: another one of its name is there. */
int ngx_chat_log_room_link(ngx_chat_log_t *log, ngx_chat_log_room_t *room);

/* The room's name in buf, which has NGX_CHAT_LOG_ROOM_MAX bytes; or 0. */
int ngx_chat_log_room_name(const ngx_chat_log_t *log,
    ngx_chat_log_room_t *room, unsigned char *buf, ngx_chat_str_t *name);

/* The checksums of what a room is, and of its numbers. */
uint32_t ngx_chat_log_room_sum(const ngx_chat_log_t *log,
    const ngx_chat_log_room_t *room, const ngx_chat_str_t *name);
uint32_t ngx_chat_log_room_numbers(const ngx_chat_log_room_t *room);
int ngx_chat_log_room_trusted(const ngx_chat_log_room_t *room);


/* ngx_chat_log_slots.c */

void ngx_chat_log_slot_set(ngx_chat_log_slots_t *slots, unsigned slot);
void ngx_chat_log_slot_clear(ngx_chat_log_slots_t *slots, unsigned slot);
int ngx_chat_log_slot_is(const ngx_chat_log_slots_t *slots, unsigned slot);
int ngx_chat_log_slot_any(const ngx_chat_log_slots_t *slots);


/* ngx_chat_log_item.c */

uint32_t *ngx_chat_log_item_bucket(const ngx_chat_log_t *log,
    uint32_t bucket);
ngx_chat_log_item_t *ngx_chat_log_item(const ngx_chat_log_t *log,
    uint64_t index);

/* Its room and its bucket are set.  Return 0 if the region is broken. */
int ngx_chat_log_item_link(ngx_chat_log_t *log, uint32_t *list,
    ngx_chat_log_item_t *item);
int ngx_chat_log_item_unlink(ngx_chat_log_t *log, uint32_t *list,
    ngx_chat_log_item_t *item);


/* ngx_chat_log_rules.c */

/* NULL: it has none, or the region is broken. */
ngx_chat_log_rules_t *ngx_chat_log_rules(const ngx_chat_log_t *log,
    const ngx_chat_log_room_t *room);

/* All zero where it has none.  OK, BROKEN. */
ngx_chat_log_rc_e ngx_chat_log_rules_read(ngx_chat_log_t *log,
    const ngx_chat_log_room_t *room, const ngx_chat_str_t *name,
    ngx_chat_room_conf_t *conf);

/* A cell is free if it has none yet. */
ngx_chat_log_rc_e ngx_chat_log_rules_set(ngx_chat_log_t *log,
    ngx_chat_log_room_t *room, const ngx_chat_str_t *name,
    const ngx_chat_room_conf_t *conf);
ngx_chat_log_rc_e ngx_chat_log_rules_drop(ngx_chat_log_t *log,
    ngx_chat_log_room_t *room);

/* Whether they hold anything but a version. */
int ngx_chat_log_ruled(const ngx_chat_log_t *log,
    const ngx_chat_log_room_t *room);

uint64_t ngx_chat_log_rules_hash(const ngx_chat_log_t *log,
    const ngx_chat_str_t *name);
int ngx_chat_log_rules_whole(const ngx_chat_log_conf_t *conf, uint64_t hash);
uint64_t ngx_chat_log_rules_sum(const ngx_chat_log_conf_t *conf,
    uint64_t hash);


/* ngx_chat_log_right.c */

#define NGX_CHAT_LOG_OF_USER     'u'
#define NGX_CHAT_LOG_OF_ADDRESS  'i'
#define NGX_CHAT_LOG_OF_KICK     'k'   /* its own, see ngx_chat_log_kick.c */

/* Whom a right is about, in a room. */

typedef struct {
    unsigned                 whose;    /* NGX_CHAT_LOG_OF_ */
    ngx_chat_str_t           key;      /* user id, address */
    uint64_t                 hash;     /* of all of it */
} ngx_chat_log_whom_t;

void ngx_chat_log_whom(ngx_chat_log_whom_t *whom, const ngx_chat_log_t *log,
    const ngx_chat_str_t *room, unsigned whose, const ngx_chat_str_t *key);

/* OK, NONE, BROKEN. */
ngx_chat_log_rc_e ngx_chat_log_right_find(ngx_chat_log_t *log,
    const ngx_chat_log_room_t *room, const ngx_chat_log_whom_t *whom,
    ngx_chat_log_right_t **found);

/* All zero where there is none.  OK, BROKEN. */
ngx_chat_log_rc_e ngx_chat_log_right_read(ngx_chat_log_t *log,
    const ngx_chat_log_room_t *room, const ngx_chat_log_whom_t *whom,
    ngx_chat_rights_t *rights);

/* The room has rules; right_cells() are free if it is not there. */
ngx_chat_log_rc_e ngx_chat_log_right_set(ngx_chat_log_t *log,
    ngx_chat_log_room_t *room, const ngx_chat_log_whom_t *whom,
    const ngx_chat_rights_t *rights);
size_t ngx_chat_log_right_cells(const ngx_chat_log_whom_t *whom);

/* Drops one; some of those that say nothing any more, of the room, of all. */
ngx_chat_log_rc_e ngx_chat_log_right_drop(ngx_chat_log_t *log,
    ngx_chat_log_rules_t *rules, ngx_chat_log_right_t *right);
ngx_chat_log_rc_e ngx_chat_log_right_clean(ngx_chat_log_t *log,
    ngx_chat_log_room_t *room);
ngx_chat_log_rc_e ngx_chat_log_right_reclaim(ngx_chat_log_t *log);

/* Whether there is anything to be known. */
int ngx_chat_log_right_says(const ngx_chat_rights_t *rights);

int ngx_chat_log_right_whole(const ngx_chat_log_known_t *known,
    uint64_t hash);

/* Whom it is about; buf has NGX_CHAT_LOG_USER_MAX bytes.  0: broken. */
int ngx_chat_log_right_key(const ngx_chat_log_t *log,
    ngx_chat_log_right_t *right, unsigned char *buf);
uint32_t ngx_chat_log_right_bucket(const ngx_chat_log_t *log,
    const ngx_chat_log_whom_t *whom);

/* Into its bucket, and into the room's list.  0: broken. */
int ngx_chat_log_right_link(ngx_chat_log_t *log, ngx_chat_log_rules_t *rules,
    ngx_chat_log_right_t *right);


/* ngx_chat_log_kick.c */

/* The last kick of the user, all zero where none is known.  OK, BROKEN. */
ngx_chat_log_rc_e ngx_chat_log_kick_read(ngx_chat_log_t *log,
    const ngx_chat_log_room_t *room, const ngx_chat_log_whom_t *whom,
    ngx_chat_kick_t *kick);

/* How many it takes; an older one goes for one too many.  OK, FULL, BROKEN. */
ngx_chat_log_rc_e ngx_chat_log_kick_cells(ngx_chat_log_t *log,
    const ngx_chat_log_room_t *room, const ngx_chat_log_whom_t *whom,
    size_t *cells);

ngx_chat_log_rc_e ngx_chat_log_kick_set(ngx_chat_log_t *log,
    ngx_chat_log_room_t *room, const ngx_chat_log_whom_t *whom,
    const ngx_chat_kick_t *kick);


/* ngx_chat_log_rebuild_right.c */

/* Rules and rights that are not whole, or of no room, are dropped. */
void ngx_chat_log_rebuild_rights(ngx_chat_log_t *log);

/* When their rooms are linked. */
void ngx_chat_log_rebuild_link_rights(ngx_chat_log_t *log);


/* ngx_chat_log_user.c */

int ngx_chat_log_user_read(const ngx_chat_log_t *log, ngx_chat_log_user_t *u,
    ngx_chat_log_names_t *names);


/* ngx_chat_log_may.c */

/* Whether the caller's actor may: OK, REFUSED, BROKEN.  room NULL: it is not
   there. */
ngx_chat_log_rc_e ngx_chat_log_may(const ngx_chat_log_caller_t *caller,
    ngx_chat_log_room_t *room, const ngx_chat_str_t *name,
    ngx_chat_right_e right, ngx_chat_log_rights_t *answer);

/* Sees that it may be remembered when the actor wrote; and does. */
ngx_chat_log_rc_e ngx_chat_log_slow_begin(const ngx_chat_log_caller_t *caller,
    ngx_chat_log_room_t *room, const ngx_chat_str_t *name);
ngx_chat_log_rc_e ngx_chat_log_slow_end(const ngx_chat_log_caller_t *caller,
    ngx_chat_log_room_t *room, const ngx_chat_str_t *name);


/* ngx_chat_log_message.c */

/* Writes an act to the log, where *last is the one before, and is it then. */
ngx_chat_log_rc_e ngx_chat_log_act(ngx_chat_log_t *log,
    ngx_chat_log_room_t *room, const ngx_chat_wire_t *rec, uint64_t *last);

/* The bytes of the record at most. */
size_t ngx_chat_log_wire_size(const ngx_chat_wire_t *rec);

/* Announces it in the ring of news to those who listen to the room. */
ngx_chat_log_rc_e ngx_chat_log_announce(ngx_chat_log_t *log,
    ngx_chat_log_room_t *room, const ngx_chat_wire_t *rec);

uint64_t *ngx_chat_log_cid_bucket(const ngx_chat_log_t *log, uint64_t hash);

void ngx_chat_log_epoch(const ngx_chat_log_room_t *room, unsigned char *text,
    size_t *len);


#endif /* NGX_CHAT_LOG_REGION_H_INCLUDED */
