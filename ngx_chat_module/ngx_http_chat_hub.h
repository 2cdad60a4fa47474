
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The hub: the rooms of this worker, and who in them hears what.
 *
 * A room of the hub exists while it has members, users whose presence the
 * store does not know to have ended, or operations under way.  Its states:
 *
 *   IDLE         not subscribed; the store is away, or nobody asked yet
 *   SUBSCRIBING  the broker has been asked
 *   LIVE         every record of the room comes here, in order
 *
 * Members may join in any state; who joins waits for the room to be LIVE and
 * for the store's answer, and its session reads no further commands meanwhile.
 * The log is read when records come already: what comes between the reading
 * and its answer is kept in "recent" for those who enter.  So a joined member
 * misses nothing that comes after its answer's "top", and nothing that it says
 * itself.
 *
 * A room's position is epoch and seq: everything up to there was delivered.
 * Where records may be missing behind it (a hole: the link was lost, or a
 * record came whose "prev" is ahead), the room heals: it reads the log after
 * its position and delivers that.  See ngx_http_chat_heal.h.
 *
 * No function here destroys a session.
 */


#ifndef NGX_HTTP_CHAT_HUB_H_INCLUDED
#define NGX_HTTP_CHAT_HUB_H_INCLUDED


#include "ngx_http_chat_broker.h"
#include "ngx_http_chat_session.h"


typedef struct ngx_http_chat_linger_s   ngx_http_chat_linger_t;


typedef enum {
    NGX_HTTP_CHAT_ROOM_IDLE = 0,
    NGX_HTTP_CHAT_ROOM_SUBSCRIBING,
    NGX_HTTP_CHAT_ROOM_LIVE
} ngx_http_chat_room_state_e;


struct ngx_http_chat_hub_s {
    ngx_http_chat_store_t    *store;
    ngx_http_chat_broker_t   *broker;
    ngx_chat_rooms_t          rooms;
    ngx_event_t               touch;       /* renews presence in the store */
    ngx_event_t               retry;       /* of what the broker declined */
    ngx_event_t               check;       /* of quiet rooms */
    ngx_event_t               patience;    /* before an outage is told */
    uint32_t                  part;        /* of them, that is checked next */
    ngx_event_t               linger;      /* of those whose sessions went */
    ngx_http_chat_linger_t   *lingers;     /* one for each delay */
    ngx_event_t               sweep;       /* of rooms with users of the dead */
    unsigned                  away:1;      /* the store is */
};


typedef struct ngx_http_chat_entry_s    ngx_http_chat_entry_t;
typedef struct ngx_http_chat_recent_s   ngx_http_chat_recent_t;
typedef struct ngx_http_chat_diff_s     ngx_http_chat_diff_t;
typedef struct ngx_http_chat_present_s  ngx_http_chat_present_t;


typedef struct {
    ngx_chat_room_t           room;        /* first: the registry's part */
    ngx_http_chat_hub_t      *hub;
    ngx_rbtree_t              users;       /* present through this worker */
    ngx_http_chat_diff_t     *diff;        /* presence not told yet */
    ngx_http_chat_recent_t   *recent;      /* delivered while somebody enters */
    ngx_http_chat_recent_t  **recent_last;
    uint64_t                  recent_from; /* recent has all after that */
    ngx_http_chat_keep_t      keep;        /* of who joined last */
    uint64_t                  seq;         /* the last that was delivered */
    uint64_t                  floor;       /* when the log was last read */
    uint32_t                  nusers;
    uint32_t                  pending;     /* operations under way */
    uint32_t                  entering;    /* of them, members to be */
    uint32_t                  nrecent;
    uint32_t                  presence_max;  /* more: only their number */
    uint32_t                  checked;     /* s; complete at that time */
    unsigned                  state:2;
    unsigned                  hole:1;      /* the log may hold more */
    unsigned                  healing:1;   /* it is being read */
    unsigned                  ahead:1;     /* and more has come meanwhile */
    unsigned                  torn:1;      /* recent is not all of it */
    unsigned                  told:1;      /* members know of an outage */
    unsigned                  bare:1;      /* nothing is kept below floor */
    unsigned                  ghosts:1;    /* may hold users of the dead */
    unsigned                  missed:1;    /* who came and went was not heard */
    unsigned                  epoch_len:5; /* 0: not known */
    u_char                    epoch[NGX_CHAT_WIRE_EPOCH_MAX];
    u_char                    name[1];
} ngx_http_chat_hub_room_t;


#define NGX_HTTP_CHAT_TYPED_MASK  0xffffffffffffff

typedef struct {
    ngx_chat_member_t         member;      /* first: the registry's part */
    ngx_http_chat_present_t  *present;     /* NULL: presence is off */
    ngx_http_chat_entry_t    *entry;       /* waits for the room, or NULL */

    uint64_t                  typed:56;    /* when typing was said last, ms */
    uint64_t                  joined:1;    /* has its answer, hears all */
    uint64_t                  presence:1;  /* wants presence events */
    uint64_t                  typing:1;    /* what was said last */
} ngx_http_chat_member_t;


/* The hub of a store in this worker; NULL without memory. */
ngx_http_chat_hub_t *ngx_http_chat_hub_create(ngx_cycle_t *cycle,
    ngx_http_chat_store_t *store);

/* All sessions must have left. */
void ngx_http_chat_hub_destroy(ngx_http_chat_hub_t *hub);

/*
 * What a session asks for.  NGX_CHAT_CODE_OK: done, or taken and the answer
 * will come; any other code: refused, the caller answers.  cmd->room is a
 * valid name.
 */
ngx_chat_code_e ngx_http_chat_hub_join(ngx_http_chat_session_t *s,
    const ngx_chat_command_t *cmd);
ngx_chat_code_e ngx_http_chat_hub_leave(ngx_http_chat_session_t *s,
    const ngx_chat_str_t *room);
ngx_chat_code_e ngx_http_chat_hub_send(ngx_http_chat_session_t *s,
    const ngx_chat_command_t *cmd);
ngx_chat_code_e ngx_http_chat_hub_history(ngx_http_chat_session_t *s,
    const ngx_chat_command_t *cmd);
ngx_chat_code_e ngx_http_chat_hub_who(ngx_http_chat_session_t *s,
    const ngx_chat_command_t *cmd);
ngx_chat_code_e ngx_http_chat_hub_typing(ngx_http_chat_session_t *s,
    const ngx_chat_command_t *cmd);

ngx_chat_code_e ngx_http_chat_hub_mod(ngx_http_chat_session_t *s,
    const ngx_chat_command_t *cmd);

/* A message of a raw room, to all its members. */
ngx_chat_code_e ngx_http_chat_hub_raw(ngx_http_chat_session_t *s,
    ngx_uint_t opcode, const u_char *data, size_t len);

/* The session ends: it leaves all its rooms. */
void ngx_http_chat_hub_leave_all(ngx_http_chat_session_t *s);


/* For the files of the hub. */

/* Bytes that are read from a log at once; for a session's own answer fewer. */
#define NGX_HTTP_CHAT_HUB_PAGE_SIZE  (128 * 1024)

size_t ngx_http_chat_hub_page_size(const ngx_http_chat_loc_conf_t *conf);

/* The room, found or made; NULL without memory. */
ngx_http_chat_hub_room_t *ngx_http_chat_hub_room(ngx_http_chat_hub_t *hub,
    const ngx_chat_str_t *name);

/* Is it a room of the session's location?  "chat_room" leaves one. */
ngx_uint_t ngx_http_chat_hub_here(ngx_http_chat_session_t *s,
    const ngx_chat_str_t *room);

/* Frees the room if nothing needs it any more. */
void ngx_http_chat_hub_release(ngx_http_chat_hub_room_t *room);

/* Asks for the room's records; NGX_DECLINED: not now, it is tried again. */
ngx_int_t ngx_http_chat_hub_subscribe(ngx_http_chat_hub_room_t *room);

/* Something of the hub's own was declined or refused: tries it again soon. */
void ngx_http_chat_hub_retry(ngx_http_chat_hub_t *hub);

/*
 * The life of an operation: ticket() before it, taken() when the broker has
 * taken it; in its handler answered(), which finds the session that asked or
 * NULL, and at the handler's end done(), after which the room may be gone.
 * s is NULL for the hub's own operations.
 */
void ngx_http_chat_hub_ticket(ngx_http_chat_ticket_t *ticket,
    ngx_http_chat_hub_room_t *room, ngx_http_chat_session_t *s,
    ngx_http_chat_reply_pt handler);
void ngx_http_chat_hub_taken(ngx_http_chat_hub_room_t *room,
    ngx_http_chat_session_t *s);
ngx_http_chat_session_t *ngx_http_chat_hub_answered(
    const ngx_http_chat_ticket_t *ticket);
void ngx_http_chat_hub_done(const ngx_http_chat_ticket_t *ticket);

/*
 * A command that asked for a page has been answered (s may be NULL): what is
 * behind it waited for that, for it may change what the page shows.
 */
void ngx_http_chat_hub_paged(ngx_http_chat_session_t *s);

/*
 * A join under way: what it asked for.  NULL without memory; who has it frees
 * it with ngx_free(), or gives it to enter().
 */
ngx_http_chat_entry_t *ngx_http_chat_hub_entry(ngx_http_chat_session_t *s,
    const ngx_chat_command_t *cmd);

/* The id of its command. */
int64_t ngx_http_chat_hub_entry_id(const ngx_http_chat_entry_t *e);

/*
 * The room is LIVE: tells the store of the member and reads what was said, or
 * lets in where that need not be.  Takes e in any case.  Anything but
 * NGX_CHAT_CODE_OK: refused, nothing is done.
 */
ngx_chat_code_e ngx_http_chat_hub_enter(ngx_http_chat_session_t *s,
    ngx_http_chat_member_t *m, ngx_http_chat_entry_t *e);

/* Says no to who is not in yet; the room is for the caller to release. */
void ngx_http_chat_hub_refuse(ngx_http_chat_session_t *s,
    ngx_http_chat_member_t *m, int64_t id, ngx_chat_code_e code);

/* Takes the member out and frees it; the room is the caller's to release. */
void ngx_http_chat_hub_drop(ngx_http_chat_session_t *s,
    ngx_http_chat_member_t *m);


#endif /* NGX_HTTP_CHAT_HUB_H_INCLUDED */
