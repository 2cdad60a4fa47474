
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The embedded store: what is said in rooms, and who is in them, in one
 * region of memory that processes share.
 *
 *     region = head | hash tables | cells | ring of news | ring of the log
 *
 * A ring holds records in the order in which they were announced: it is the
 * bus and the history at once.  Records of rooms that keep something go to
 * the log, all others (typing, who came and went, rooms without a history) to
 * the news, so that those push no message out of the log.  A record is
 *
 *     head (position, length, checksum, number, chain, who hears it)
 *     room | record of ngx_chat_wire.h | padding
 *
 * Positions count bytes from the region's making and never wrap; the byte of
 * position p is at p modulo the ring's size.  A writer says up to where it
 * will write ("reserve"), writes, and says that it has ("head"): what is not
 * committed is never seen.  A record at p is whole while p + size >= reserve,
 * and its own position and checksum are right.
 *
 * The records of a room form a chain: each knows the one before it, and one
 * much further back, so that any number, age or count is found in a number of
 * steps that grows with the logarithm of the chain's length.  A second chain
 * links the records whose (room, user, cid) have the same hash.  Nothing is
 * allocated for a message, so nothing can leak: what is old is overwritten.
 *
 * Rooms, users and rights are in cells, all of one size, from one pool.  A
 * room is idle when no slot listens to it, nobody is in it, and it has no
 * rights; where no cell is free, the room that has been idle longest is
 * forgotten, with its log.
 *
 * A slot is a process, a number below NGX_CHAT_LOG_SLOTS.  It listens to
 * rooms, and users are in rooms through it.  A record says which slots
 * listened to its room when it was written: these, and no others, read it.
 *
 * Locking.  Every function needs the caller's lock, and to be between begin()
 * and end(), unless its comment says "no lock".  A process that dies between
 * them leaves a mark: the next begin() returns 0, and rebuild() must be called
 * before anything else.  No function trusts what it finds in the region: all
 * walks have an end, all references are checked; what cannot be is BROKEN.
 *
 * The bytes of the region are written by processes of the same build only,
 * which ngx_chat_log_check() makes sure of.
 */


#ifndef NGX_CHAT_LOG_H_INCLUDED
#define NGX_CHAT_LOG_H_INCLUDED


#include "ngx_chat_str.h"
#include "ngx_chat_proto.h"
#include "ngx_chat_rights.h"
#include "ngx_chat_wire.h"


#define NGX_CHAT_LOG_VERSION  4        /* of the layout */
#define NGX_CHAT_LOG_SLOTS    128
#define NGX_CHAT_LOG_WORDS    (NGX_CHAT_LOG_SLOTS / 64)

/* bytes of a room's name; longer ones are refused as LARGE */
#define NGX_CHAT_LOG_ROOM_MAX  255

/* users and addresses of which one room may know a role, a ban or a mute; as
   many others wait in slow mode, at most */
#define NGX_CHAT_LOG_RIGHTS_MAX  10000

/* beside them, users whose last kick it may remember; then older ones go */
#define NGX_CHAT_LOG_KICKS_MAX   10000


typedef struct ngx_chat_log_s  ngx_chat_log_t;     /* the region */


typedef enum {
    NGX_CHAT_LOG_OK = 0,
    NGX_CHAT_LOG_NONE,                 /* nothing there, nothing new */
    NGX_CHAT_LOG_REUSED,               /* the cid, for another content */
    NGX_CHAT_LOG_LARGE,                /* the record is beyond record_max(), or
                                          the room knows of too many */
    NGX_CHAT_LOG_REFUSED,              /* the room's rights say no */
    NGX_CHAT_LOG_FULL,                 /* no cell is left */
    NGX_CHAT_LOG_LOST,                 /* overtaken by the writers, or the
                                          region was rebuilt */
    NGX_CHAT_LOG_BROKEN                /* the region must be rebuilt */
} ngx_chat_log_rc_e;


/* Slots, a bit for each. */

typedef struct {
    uint64_t                 words[NGX_CHAT_LOG_WORDS];
} ngx_chat_log_slots_t;


/* How much of a room is kept; see the stores. */

typedef struct {
    uint64_t                 count;    /* messages, 0: none */
    int64_t                  time;     /* their greatest age, ms */
    int64_t                  dedupe;   /* a cid is known so long, ms; 0: not */
} ngx_chat_log_keep_t;


/* Where a slot reads: all of it is set by start(). */

typedef struct {
    size_t                   size;     /* of the region */
    unsigned                 slot;
    uint64_t                 generation;
    uint64_t                 tick;     /* of the last record read */
    uint64_t                 news;
    uint64_t                 log;
} ngx_chat_log_cursor_t;


/* Who calls, and when. */

typedef struct {
    ngx_chat_log_t          *log;
    unsigned                 slot;
    int64_t                  now;      /* ms UTC: the store's clock is the
                                          latest that it was ever given */
    const ngx_chat_actor_t  *actor;    /* whose rights are asked for; NULL:
                                          publish() asks for none */
} ngx_chat_log_caller_t;


/* What a room says to an actor. */

typedef struct {
    ngx_chat_verdict_t       verdict;
    ngx_chat_room_conf_t     conf;
    ngx_chat_kick_t          kick;     /* rights() and OK: the last one */
    int64_t                  until;    /* ms UTC: rights(): of the mute;
                                          moderate(): of the act; or 0 */
    ngx_chat_log_slots_t     wake;     /* moderate(): who hears of it, but the
                                          writer */
} ngx_chat_log_rights_t;


typedef struct {
    uint64_t                 seq;
    uint64_t                 prev;
    int64_t                  time;     /* ms UTC */
    unsigned                 dup;      /* 1: stored before */
    size_t                   epoch_len;
    unsigned char            epoch[NGX_CHAT_WIRE_EPOCH_MAX];
    ngx_chat_log_slots_t     wake;     /* who hears of it, but the writer */
    ngx_chat_verdict_t       verdict;  /* REFUSED: why */
} ngx_chat_log_stored_t;


typedef enum {
    NGX_CHAT_LOG_LATEST = 0,
    NGX_CHAT_LOG_BEFORE,
    NGX_CHAT_LOG_AFTER,
    NGX_CHAT_LOG_RESUME                /* AFTER, or LATEST if that has a hole */
} ngx_chat_log_part_e;


typedef struct {
    ngx_chat_log_part_e      part;
    uint64_t                 number;   /* of BEFORE, AFTER, RESUME */
    ngx_chat_str_t           epoch;    /* that it belongs to; empty: any */
    size_t                   limit;    /* records */
    size_t                   size;     /* bytes of them, but one at least */
    ngx_chat_log_keep_t      keep;
} ngx_chat_log_query_t;


typedef struct {
    unsigned char           *buf;      /* set by the caller: record_max() +
                                          query->size bytes */
    ngx_chat_wire_t         *recs;     /* set by the caller: query->limit */
    uint64_t                 top;      /* the last number given, or 0 */
    uint64_t                 floor;    /* oldest kept number, or top + 1 */
    unsigned                 other:1;  /* the epoch is not the query's (of
                                          RESUME: 0, and not whole) */
    unsigned                 whole:1;  /* records follow the number without a
                                          hole */
    unsigned                 more:1;
    size_t                   epoch_len;
    unsigned char            epoch[NGX_CHAT_WIRE_EPOCH_MAX];
    ngx_chat_room_conf_t     conf;
    size_t                   n;        /* records */
} ngx_chat_log_page_t;


typedef struct {
    uint64_t                 count;    /* users in the room afterwards */
    ngx_chat_log_slots_t     wake;     /* who hears of it, but the writer */
} ngx_chat_log_present_t;


typedef struct {
    unsigned char           *buf;      /* set by the caller: limit times
                                          NGX_CHAT_LOG_USER_MAX bytes */
    ngx_chat_user_t         *users;    /* set by the caller: limit */
    size_t                   limit;    /* set by the caller */
    unsigned                 all:1;    /* set by the caller: no user at all
                                          where there are more than limit */
    uint64_t                 count;    /* users in the room */
    size_t                   n;        /* of them in users */
    unsigned                 more:1;   /* there are others behind */
} ngx_chat_log_list_t;


typedef struct {
    unsigned char           *buf;      /* set by the caller: limit + 1 times
                                          NGX_CHAT_LOG_ROOM_MAX bytes */
    ngx_chat_wire_t         *recs;     /* set by the caller: limit */
    size_t                   limit;    /* set by the caller */
    uint64_t                 next;     /* set by the caller: where to begin,
                                          0: with the first one; becomes where
                                          to go on, 0: that is all */
    size_t                   n;        /* records */
} ngx_chat_log_rooms_t;


typedef struct {
    size_t                   size;     /* bytes of the region */
    uint64_t                 generation;
    uint64_t                 cells;
    uint64_t                 cells_free;
    uint64_t                 cell_size;
    uint64_t                 rooms;
    uint64_t                 rooms_idle;
    uint64_t                 users;    /* of all rooms */
    uint64_t                 rights;   /* of all rooms */
    uint64_t                 rights_damaged;   /* that were dropped for it */
    uint64_t                 evicted;  /* rooms forgotten for want of cells */
    uint64_t                 log_size; /* bytes of the ring */
    uint64_t                 news_size;
    uint64_t                 log_head; /* bytes ever written to it */
    uint64_t                 news_head;
} ngx_chat_log_stat_t;


/* The least region whose record_max() is not below record bytes. */
size_t ngx_chat_log_size(size_t record);

/*
 * Makes an empty store of the memory, which is aligned as malloc() does.  The
 * seed is for the hashes and the epochs and must be random.  Returns 0 if size
 * is too small.  No lock.
 */
int ngx_chat_log_init(ngx_chat_log_t *log, size_t size,
    const unsigned char seed[16]);

/*
 * Returns 1 if the memory holds a store that init() of this layout has made
 * of size bytes.  No lock.
 */
int ngx_chat_log_check(const ngx_chat_log_t *log, size_t size);

/*
 * The greatest wire record that may be stored: its payload, and
 * NGX_CHAT_WIRE_HEADER_MAX for its header.
 */
size_t ngx_chat_log_record_max(const ngx_chat_log_t *log);

/* Goes up when what a process knows of the region holds no more.  No lock. */
uint64_t ngx_chat_log_generation(const ngx_chat_log_t *log);


/*
 * Returns 0 if the one before never came to end(), or found it BROKEN, or the
 * head is not sound: then rebuild() is all that may be called before end().
 */
int ngx_chat_log_begin(ngx_chat_log_t *log);
void ngx_chat_log_end(ngx_chat_log_t *log);

/*
 * Makes the region of size bytes sound again: rooms and their numbers from
 * their cells and from the committed records; who listens and who is in rooms
 * is forgotten, and the generation goes up: each process starts anew, listens
 * and enters again.  A room that cannot be trusted is forgotten: it comes back
 * with another epoch.  Returns the number of rooms that were lost in this way;
 * all of them and every record, if the region's head is not sound: then it is
 * made anew with the seed, which must be a fresh one.  Between begin() and
 * end().
 */
size_t ngx_chat_log_rebuild(ngx_chat_log_t *log, size_t size,
    const unsigned char seed[16]);


/* The slot listens to nothing and reads from now on. */
void ngx_chat_log_start(ngx_chat_log_t *log, unsigned slot,
    ngx_chat_log_cursor_t *cursor);

/* The room is made if it is not there. */
ngx_chat_log_rc_e ngx_chat_log_subscribe(ngx_chat_log_t *log, unsigned slot,
    const ngx_chat_str_t *room);
ngx_chat_log_rc_e ngx_chat_log_unsubscribe(ngx_chat_log_t *log,
    unsigned slot, const ngx_chat_str_t *room);

/*
 * Numbers, keeps and announces a record of a numbered kind; its seq, prev,
 * time and epoch are set by the store.  The same cid of the same user in the
 * room within keep->dedupe, in the same epoch: the answer of the first with
 * dup, or REUSED if print (16 bytes, of the content) is another.  A record too
 * old to be in the log is not known any more.  Else REFUSED if the actor may
 * not write.  The room is made if it is not there.
 */
ngx_chat_log_rc_e ngx_chat_log_publish(const ngx_chat_log_caller_t *caller,
    const ngx_chat_wire_t *rec, const ngx_chat_log_keep_t *keep,
    const unsigned char print[16], ngx_chat_log_stored_t *stored);

/*
 * Announces a record that is neither numbered nor kept; wake is who hears of
 * it, but the writer.
 */
ngx_chat_log_rc_e ngx_chat_log_signal(const ngx_chat_log_caller_t *caller,
    const ngx_chat_wire_t *rec, ngx_chat_log_slots_t *wake);

/*
 * The next record for the cursor's slot, in the order of writing over both
 * rings; it is copied into buf, where its strings point.  buf has record_max()
 * + NGX_CHAT_LOG_AROUND bytes.  At most budget records of others are passed
 * over: NONE with *budget 0 means that there may be more.  LOST: start()
 * again, everything the slot listens to may have a hole.  BROKEN: under the
 * lock, if the generation is still the cursor's, rebuild().  No lock.
 */
ngx_chat_log_rc_e ngx_chat_log_read(const ngx_chat_log_t *log,
    ngx_chat_log_cursor_t *cursor, unsigned *budget, unsigned char *buf,
    ngx_chat_wire_t *rec);

/* bytes of a record besides its wire record, at most */
#define NGX_CHAT_LOG_AROUND  512

/* 1 if read() would find something for anybody.  No lock. */
int ngx_chat_log_unread(const ngx_chat_log_t *log,
    const ngx_chat_log_cursor_t *cursor);

/*
 * Reads the room's log; makes the room if it is not there.  The records are
 * copied into page->buf, and page->recs point into it: ascending, room set to
 * the one given.  keep says what may still be read; with keep.count 0 nothing.
 * floor is right for keep, too.  Another epoch than the query's: no records.
 * Acts are no part of it.
 */
ngx_chat_log_rc_e ngx_chat_log_history(const ngx_chat_log_caller_t *caller,
    const ngx_chat_str_t *room, const ngx_chat_log_query_t *query,
    ngx_chat_log_page_t *page);


/*
 * May the actor be in the room?  OK, or REFUSED, and why.  Makes no room.
 */
ngx_chat_log_rc_e ngx_chat_log_rights(const ngx_chat_log_caller_t *caller,
    const ngx_chat_str_t *room, ngx_chat_log_rights_t *rights);

/*
 * Does what the actor asks for, or REFUSED; writes it into the log and
 * announces it as a record of kind MOD, with until and version.  LARGE if the
 * room knows of NGX_CHAT_LOG_RIGHTS_MAX already.  What is done stays until it
 * is over or undone, whatever else is forgotten.  The room is made if it is
 * not there.
 */
ngx_chat_log_rc_e ngx_chat_log_moderate(const ngx_chat_log_caller_t *caller,
    const ngx_chat_str_t *room, const ngx_chat_mod_t *mod,
    ngx_chat_log_rights_t *rights);

/*
 * The latest query->limit acts that are still in the log, as far as they fit
 * into query->size bytes, to a moderator; else REFUSED.  Ascending; copied as
 * by history(), with page->n and page->more set.  Makes no room.
 */
ngx_chat_log_rc_e ngx_chat_log_acts(const ngx_chat_log_caller_t *caller,
    const ngx_chat_str_t *room, const ngx_chat_log_query_t *query,
    ngx_chat_log_page_t *page);


/*
 * The user is in the room through this slot, or is no more.  The first slot
 * announces ENTER, the last one LEAVE, with the count.  Again is no error and
 * announces nothing; a changed name is taken over silently.
 */
ngx_chat_log_rc_e ngx_chat_log_enter(const ngx_chat_log_caller_t *caller,
    const ngx_chat_str_t *room, const ngx_chat_user_t *user,
    ngx_chat_log_present_t *present);
ngx_chat_log_rc_e ngx_chat_log_leave(const ngx_chat_log_caller_t *caller,
    const ngx_chat_str_t *room, const ngx_chat_str_t *user,
    ngx_chat_log_present_t *present);

/*
 * Some of the rooms in which something was said or somebody is, but raw ones
 * and the site's: room, seq (the last number) and count (of users) of records
 * are set.  A part of the cells is looked at: there may be none, and others
 * behind.  A room that stays is found once, if all parts are asked for.
 */
ngx_chat_log_rc_e ngx_chat_log_rooms(const ngx_chat_log_t *log,
    ngx_chat_log_rooms_t *rooms);

/*
 * The first list->limit users whose id is above after, sorted by id (bytes);
 * their strings are copied into list->buf.
 */
ngx_chat_log_rc_e ngx_chat_log_list(ngx_chat_log_t *log,
    const ngx_chat_str_t *room, const ngx_chat_str_t *after,
    ngx_chat_log_list_t *list);

/* bytes of a user's strings, at most; longer ones are refused as LARGE */
#define NGX_CHAT_LOG_USER_MAX  512

/*
 * Takes the caller's slot, whose process is no more, out of everything, a part
 * of the cells at a time: *cell is 0 at first, and where to go on.  Users who
 * are in a room through no other slot are announced by LEAVE.  Returns NONE
 * when all is done; OK: call again.  wake says who heard something, each time.
 */
ngx_chat_log_rc_e ngx_chat_log_sweep(const ngx_chat_log_caller_t *caller,
    uint32_t *cell, ngx_chat_log_slots_t *wake);


void ngx_chat_log_stat(const ngx_chat_log_t *log, ngx_chat_log_stat_t *stat);


/*
 * With NGX_CHAT_LOG_STEPS, a build of tests: called at each step between two
 * writes to the region, so that a test may end there.
 */
#if (NGX_CHAT_LOG_STEPS)
extern void (*ngx_chat_log_step)(const char *where);
#endif


#endif /* NGX_CHAT_LOG_H_INCLUDED */
