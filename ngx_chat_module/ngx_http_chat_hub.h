
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
typedef struct ngx_http_chat_hosts_s    ngx_http_chat_hosts_t;


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
    struct ngx_http_chat_hub_room_s  *site;  /* "*", or NULL */
    ngx_http_chat_hosts_t    *hosts;       /* NULL: there is this one only */
    uint32_t                  slot;        /* session asked for next there */
    uint32_t                  metered;     /* state of the broker, as told */
    unsigned                  away:1;      /* the store is */
};


typedef struct ngx_http_chat_present_s  ngx_http_chat_present_t;
typedef struct ngx_http_chat_recent_s   ngx_http_chat_recent_t;
typedef struct ngx_http_chat_poll_s     ngx_http_chat_poll_t;
typedef struct ngx_http_chat_diff_s     ngx_http_chat_diff_t;


/*
 * A join under way.  While it waits for the room to be LIVE, or for what rights
 * the room has, it is the member's; then it is the operation's that asks for
 * rights, for the log, or tells of the member.
 */

typedef struct {
    int64_t                   id;          /* of the command */
    ngx_http_chat_query_t     query;
    u_char                    epoch[NGX_CHAT_WIRE_EPOCH_MAX];

    uint64_t                  from;        /* the room's position when known */
    ngx_http_chat_present_t  *present;     /* who the store is told of */
    uint64_t                  count;       /* what it answered */
    ngx_chat_user_t          *users;
    ngx_uint_t                nusers;

    uint64_t                  version;     /* of rights, when asked for them */
    ngx_uint_t                pending;     /* operations not answered */
    ngx_chat_code_e           code;        /* of the first that failed */
    int64_t                   until;       /* of BANNED */
    unsigned                  listed:1;
    unsigned                  known:1;     /* the log need not be read */
    unsigned                  probe:1;     /* others wait for its answer */
    unsigned                  checked:1;   /* the store has let it in */
    unsigned                  begun:1;     /* of a stream: pages were sent */
} ngx_http_chat_entry_t;


typedef struct ngx_http_chat_hub_room_s {
    ngx_chat_room_t           room;        /* first: the registry's part */
    ngx_http_chat_hub_t      *hub;
    ngx_rbtree_t              users;       /* present through this worker */
    ngx_http_chat_diff_t     *diff;        /* presence not told yet */
    ngx_http_chat_recent_t   *recent;      /* delivered while somebody enters */
    ngx_http_chat_recent_t  **recent_last;
    ngx_http_chat_poll_t     *polls;       /* who waits and is not in it */
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
    uint32_t                  asking;      /* members, for their rights */
    ngx_chat_cursor_t         doubted;     /* who is asked for next */
    ngx_chat_room_conf_t      conf;        /* of its rights */
    uint64_t                  seen;        /* the latest version answered */
    uint64_t                  acts;        /* kicks up to that one are done */
    unsigned                  state:2;
    unsigned                  hole:1;      /* the log may hold more */
    unsigned                  healing:1;   /* it is being read */
    unsigned                  ahead:1;     /* and more has come meanwhile */
    unsigned                  torn:1;      /* recent is not all of it */
    unsigned                  told:1;      /* members know of an outage */
    unsigned                  bare:1;      /* nothing is kept below floor */
    unsigned                  ghosts:1;    /* may hold users of the dead */
    unsigned                  missed:1;    /* who came and went was not heard */
    unsigned                  known:1;     /* acts since "conf" are heard */
    unsigned                  based:1;     /* "acts" is set */
    unsigned                  reading:1;   /* the log of acts */
    unsigned                  probing:1;   /* an answer will say what it is */
    unsigned                  doubt:1;     /* of members, see "stale" */
    unsigned                  walking:1;   /* on the way through them */
    unsigned                  epoch_len:5; /* 0: not known */
    u_char                    epoch[NGX_CHAT_WIRE_EPOCH_MAX];
    u_char                    name[1];
} ngx_http_chat_hub_room_t;


#define NGX_HTTP_CHAT_TYPED_MASK  0xffffffffffffff
#define NGX_HTTP_CHAT_MUTED_MASK  0x3fffffffffffff

typedef struct {
    ngx_chat_member_t         member;      /* first: the registry's part */
    ngx_http_chat_present_t  *present;     /* NULL: presence is off */
    ngx_http_chat_entry_t    *entry;       /* join under way, or NULL */

    uint64_t                  since;       /* version when it was let in */

    uint64_t                  typed:56;    /* when typing was said last, ms */
    uint64_t                  joined:1;    /* has its answer, hears all */
    uint64_t                  presence:1;  /* wants presence events */
    uint64_t                  typing:1;    /* what was said last */
    uint64_t                  given:2;     /* role, by the site in
                                              this room */
    uint64_t                  role:2;      /* the higher of that and stored */
    uint64_t                  waits:1;     /* the entry does, for the room */
    uint64_t                  muted:54;    /* until, ms UTC; 0: not */
    uint64_t                  stale:1;     /* its rights are in doubt */
    uint64_t                  counted:1;   /* by the limit of members */
} ngx_http_chat_member_t;


/* The hub of a store in this worker; NULL without memory. */
ngx_http_chat_hub_t *ngx_http_chat_hub_create(ngx_cycle_t *cycle,
    ngx_http_chat_store_t *store);

/* The worker ends: what is asked of the store from now on is not declined. */
void ngx_http_chat_hub_ending(ngx_http_chat_hub_t *hub);

/* All sessions must have left. */
void ngx_http_chat_hub_destroy(ngx_http_chat_hub_t *hub);

/*
 * What a session asks for.  NGX_CHAT_CODE_OK: done, or taken and the answer
 * will come; any other code: refused, the caller answers.  cmd->room is a
 * valid name.
 */
ngx_chat_code_e ngx_http_chat_hub_join(ngx_http_chat_session_t *s,
    const ngx_chat_command_t *cmd);

/*
 * The same with a role that the site gives for this room; the higher of it and
 * of the login's counts, as long as the member is in.
 */
ngx_chat_code_e ngx_http_chat_hub_join_as(ngx_http_chat_session_t *s,
    const ngx_chat_command_t *cmd, ngx_chat_role_e given);

ngx_chat_code_e ngx_http_chat_hub_leave(ngx_http_chat_session_t *s,
    const ngx_chat_str_t *room);
ngx_chat_code_e ngx_http_chat_hub_send(ngx_http_chat_session_t *s,
    const ngx_chat_command_t *cmd);
ngx_chat_code_e ngx_http_chat_hub_change(ngx_http_chat_session_t *s,
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

/* Of the room of that name, or NULL; it may be on its way in. */
ngx_http_chat_member_t *ngx_http_chat_hub_member(ngx_http_chat_session_t *s,
    const ngx_chat_str_t *room);

/* Is it a room of the location?  "chat_room" leaves one. */
ngx_uint_t ngx_http_chat_hub_here(const ngx_http_chat_loc_conf_t *conf,
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
 * What sessions and the HTTP API have in common.  Who speaks, and as what: a
 * role of NONE is not told.
 */

typedef struct {
    const ngx_http_chat_loc_conf_t  *conf;
    ngx_chat_user_t                  user;
    ngx_chat_role_e                  role;
} ngx_http_chat_speaker_t;

/*
 * The record of a message, an edit or a deletion (by op), and what is kept of
 * it: without a cid it gets one, in cid of NGX_HTTP_CHAT_SESSION_ID_LEN bytes,
 * and cannot be repeated.  The record's room is for the caller to set.
 */
void ngx_http_chat_hub_compose(const ngx_http_chat_speaker_t *speaker,
    const ngx_chat_command_t *cmd, ngx_chat_wire_t *rec,
    ngx_http_chat_keep_t *keep, u_char *cid);

/*
 * A session's message that the site has seen goes to the store, whose answer
 * is told as that of the command with this id.  OK, or why not, for the caller
 * to answer: the session may have left the room meanwhile.
 */
ngx_chat_code_e ngx_http_chat_hub_said(ngx_http_chat_session_t *s,
    const ngx_chat_wire_t *rec, const ngx_http_chat_keep_t *keep, int64_t id);

/* Each message on its way to the store; NGX_OK or NGX_DECLINED as there. */
ngx_int_t ngx_http_chat_hub_store(ngx_http_chat_hub_room_t *room,
    const ngx_chat_wire_t *rec, const ngx_chat_actor_t *actor,
    const ngx_http_chat_keep_t *keep, const ngx_http_chat_ticket_t *ticket);

/* What part of a log a command asks for; which users. */
void ngx_http_chat_hub_query(const ngx_http_chat_loc_conf_t *conf,
    const ngx_chat_command_t *cmd, ngx_http_chat_query_t *query);
ngx_uint_t ngx_http_chat_hub_who_limit(const ngx_http_chat_loc_conf_t *conf,
    const ngx_chat_command_t *cmd);

/* May who has this role by the site act there?  The store judges the rest. */
ngx_chat_code_e ngx_http_chat_hub_may_act(
    const ngx_http_chat_loc_conf_t *conf, ngx_chat_role_e given,
    const ngx_chat_command_t *cmd);

/*
 * What a command asks to be done; its address becomes what stands for it in
 * bans, in ip of NGX_CHAT_RIGHTS_IP_MAX bytes.  NGX_DECLINED: it is none.
 */
ngx_int_t ngx_http_chat_hub_act(const ngx_chat_command_t *cmd,
    ngx_chat_mod_t *mod, u_char *ip);
ngx_uint_t ngx_http_chat_hub_acts_limit(const ngx_chat_command_t *cmd);

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

/*
 * The room is LIVE: tells the store of the member and reads what was said, or
 * lets in where that need not be.  Takes e in any case.  Anything but
 * NGX_CHAT_CODE_OK: refused, nothing is done.
 */
ngx_chat_code_e ngx_http_chat_hub_enter(ngx_http_chat_session_t *s,
    ngx_http_chat_member_t *m, ngx_http_chat_entry_t *e);

/* Who joined is not there any more: answers that. */
void ngx_http_chat_hub_left(ngx_http_chat_session_t *s,
    const ngx_http_chat_entry_t *e);

/* Says no to who is not in yet; the room is for the caller to release. */
void ngx_http_chat_hub_refuse(ngx_http_chat_session_t *s,
    ngx_http_chat_member_t *m, const ngx_chat_error_t *e);

/* Those who waited for the room come in, or are refused. */
void ngx_http_chat_hub_live(ngx_http_chat_hub_room_t *room,
    ngx_chat_code_e code);

/* What the store has answered to a publish. */
void ngx_http_chat_hub_published(const ngx_http_chat_ticket_t *ticket,
    const ngx_http_chat_reply_t *reply);

/*
 * Who may come in takes its place in the room, which drop() gives back; who may
 * not takes none, and does not learn if there is any.  NGX_DECLINED: it is
 * full.  NGX_AGAIN: not on this host; the handler will tell of all of them, by
 * NGX_CHAT_CODE_ROOM_FULL.
 */
ngx_int_t ngx_http_chat_hub_count(ngx_http_chat_session_t *s,
    ngx_http_chat_member_t *m, ngx_http_chat_reply_pt handler,
    uintptr_t data);

/*
 * Takes the member out and frees it; the room is the caller's to release.
 * cause is a word for those who observe; of no use for who was not in yet.
 */
void ngx_http_chat_hub_drop(ngx_http_chat_session_t *s,
    ngx_http_chat_member_t *m, const char *cause);


#endif /* NGX_HTTP_CHAT_HUB_H_INCLUDED */
