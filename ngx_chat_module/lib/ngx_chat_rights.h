
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Who may do what in a room: roles, acts of moderation, and the one set of
 * rules by which both stores check what is entered, written and moderated.
 *
 * A user's role in a room is the higher of two: the one that the site gave
 * with the login, which holds in every room of a location, and the one that
 * the room's store has.  Bans, mutes, slow mode and locks bind who is below a
 * moderator.
 */


#ifndef NGX_CHAT_RIGHTS_H_INCLUDED
#define NGX_CHAT_RIGHTS_H_INCLUDED


#include "ngx_chat_proto.h"
#include "ngx_chat_str.h"


typedef enum {
    NGX_CHAT_ROLE_NONE = 0,
    NGX_CHAT_ROLE_MEMBER,
    NGX_CHAT_ROLE_MODERATOR,
    NGX_CHAT_ROLE_OWNER,
    NGX_CHAT_ROLE_COUNT
} ngx_chat_role_e;


/* What "mod" does. */

typedef enum {
    NGX_CHAT_ACT_NONE = 0,
    NGX_CHAT_ACT_KICK,
    NGX_CHAT_ACT_BAN,
    NGX_CHAT_ACT_UNBAN,
    NGX_CHAT_ACT_MUTE,
    NGX_CHAT_ACT_UNMUTE,
    NGX_CHAT_ACT_ROLE,
    NGX_CHAT_ACT_SLOW,
    NGX_CHAT_ACT_LOCK,
    NGX_CHAT_ACT_UNLOCK,
    NGX_CHAT_ACT_CLEAR,                /* what was said is gone */
    NGX_CHAT_ACT_COUNT
} ngx_chat_act_e;


/* Whom a room lets in, and whom it lets write. */

typedef enum {
    NGX_CHAT_LOCK_OPEN = 0,
    NGX_CHAT_LOCK_WRITE,               /* moderators write, all hear */
    NGX_CHAT_LOCK_MEMBERS,             /* members enter and write */
    NGX_CHAT_LOCK_COUNT
} ngx_chat_lock_e;


/* a ban or mute without an end; 2^53 ms */
#define NGX_CHAT_RIGHTS_EVER       9007199254740992

/* ms that a store remembers a kick for those who did not hear of it */
#define NGX_CHAT_RIGHTS_KICK_LIFE  86400000

#define NGX_CHAT_RIGHTS_SLOW_MAX   86400       /* seconds between messages */
#define NGX_CHAT_RIGHTS_WHY_MAX    200         /* bytes of a reason */
#define NGX_CHAT_RIGHTS_IP_MAX     43          /* "2001:db8:1:2::/64" */


/* Who asks. */

typedef struct {
    ngx_chat_user_t          user;
    ngx_chat_str_t           ip;       /* IPv4 address or IPv6 /64, as text */
    ngx_chat_role_e          given;    /* by the site */
    unsigned                 reads:1;  /* may read only: a guest, where guests
                                          may no more */
    unsigned                 any:1;    /* may edit what others have said: a
                                          backend */
} ngx_chat_actor_t;


/* What is asked of a room. */

typedef struct {
    ngx_chat_act_e           act;
    ngx_chat_str_t           user;     /* whom, or empty */
    ngx_chat_str_t           ip;       /* or that; of bans and mutes */
    int64_t                  time;     /* ms that it holds, or EVER */
    ngx_chat_role_e          role;     /* of ROLE */
    uint32_t                 slow;     /* s of SLOW, 0: off */
    ngx_chat_lock_e          lock;     /* of LOCK */
    ngx_chat_str_t           why;      /* may be empty */
} ngx_chat_mod_t;


/* What a room's store has of the room, */

typedef struct {
    uint64_t                 version;  /* goes up with each change; 0: none */
    uint32_t                 slow;     /* s */
    ngx_chat_lock_e          lock;
} ngx_chat_room_conf_t;


/* and of one user, or one address, in it. */

typedef struct {
    ngx_chat_role_e          role;
    int64_t                  banned;   /* until, ms UTC; 0: not */
    int64_t                  muted;    /* the same */
    int64_t                  wrote;    /* ms UTC, while the room is slow */
} ngx_chat_rights_t;


/* and of the last kick of that user: it holds for who came in before it. */

typedef struct {
    uint64_t                 version;  /* of the room, by the act; 0: none */
    ngx_chat_role_e          role;     /* of who kicked */
    int64_t                  ago;      /* ms */
} ngx_chat_kick_t;


typedef enum {
    NGX_CHAT_RIGHT_ENTER = 0,          /* to join, to hear, to read */
    NGX_CHAT_RIGHT_WRITE,
    NGX_CHAT_RIGHT_MODERATE,
    NGX_CHAT_RIGHT_CHANGE              /* what was written: slow mode does not
                                          count that */
} ngx_chat_right_e;


/* What is to be judged. */

typedef struct {
    const ngx_chat_actor_t      *actor;
    const ngx_chat_room_conf_t  *conf;
    const ngx_chat_rights_t     *rights;   /* of the actor's user, */
    const ngx_chat_rights_t     *address;  /* and of its address */
    int64_t                      now;      /* the store's clock, ms UTC */
} ngx_chat_case_t;


typedef struct {
    ngx_chat_code_e          code;     /* OK, or why not */
    ngx_chat_role_e          role;     /* the higher of both */
    int64_t                  until;    /* of BANNED and MUTED, ms UTC */
    int64_t                  wait;     /* of SLOW_MODE, ms */
} ngx_chat_verdict_t;


/* "owner" and so on; NULL for none of them. */
const char *ngx_chat_rights_role_name(ngx_chat_role_e role);
const char *ngx_chat_rights_act_name(ngx_chat_act_e act);
const char *ngx_chat_rights_lock_name(ngx_chat_lock_e lock);

/* Returns 1 and sets what the name stands for, or 0. */
int ngx_chat_rights_role(const ngx_chat_str_t *name, ngx_chat_role_e *role);
int ngx_chat_rights_act(const ngx_chat_str_t *name, ngx_chat_act_e *act);
int ngx_chat_rights_lock(const ngx_chat_str_t *name, ngx_chat_lock_e *lock);

/*
 * The highest role in a list, whose words have commas or spaces between them;
 * other words mean nothing here.
 */
ngx_chat_role_e ngx_chat_rights_highest(const ngx_chat_str_t *list);

/*
 * May the actor do that in the room?
 *
 *     who is a moderator or more       everything
 *     banned, or the address is        nothing: BANNED, the later end
 *     LOCK_MEMBERS and no member       nothing: FORBIDDEN
 *     reads                            no WRITE: FORBIDDEN
 *     muted, or the address is         no WRITE: MUTED, the later end
 *     LOCK_WRITE                       no WRITE: LOCKED
 *     slow, and wrote just now         no WRITE: SLOW_MODE
 *     any of these but slow            no CHANGE: the same
 *     else                             no MODERATE: FORBIDDEN
 */
void ngx_chat_rights_check(ngx_chat_verdict_t *verdict,
    ngx_chat_right_e right, const ngx_chat_case_t *asked);

/*
 * May who has this role in the room, and the right to CHANGE, change what the
 * author has said (another text, or none: edit is 0)?
 */
int ngx_chat_rights_change(const ngx_chat_actor_t *actor,
    ngx_chat_role_e role, const ngx_chat_str_t *author, int edit);

/*
 * May who has the role do that to somebody of whom the store has the role
 * target?  Moderators and more do everything to who is below them; they give
 * and take no role but MEMBER, and none from moderators up.  Owners give and
 * take each role, from owners too.  Nobody may kick, ban or mute itself (self
 * is 1), and of a role of its own it may only take away.  Only owners clear a
 * room.  Returns OK or FORBIDDEN.
 */
ngx_chat_code_e ngx_chat_rights_may(ngx_chat_role_e role,
    const ngx_chat_mod_t *mod, ngx_chat_role_e target, int self);

/* What a parsed command "mod" asks for; its strings are the command's. */
void ngx_chat_proto_mod(ngx_chat_mod_t *mod, const ngx_chat_command_t *cmd);


#endif /* NGX_CHAT_RIGHTS_H_INCLUDED */
