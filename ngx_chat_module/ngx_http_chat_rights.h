
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Rights, as far as this worker knows them: who is let in, what members may
 * do, what acts of moderation change.
 *
 * The store judges whatever is written.  What is cached here of a member
 * (role, mute) and of a room (slow, lock) says who must leave, what members
 * are told, and whether typing is passed on.
 *
 * A room's rights have a version.  Acts are heard like any other record, each
 * with the version after it, and answers of the store tell the version too.
 * An answer that is older than what was heard is asked for again; one that is
 * newer than what is heard soon, or that shows that the store has lost
 * something, makes the room's members be asked for anew.  So do acts that may
 * have been missed while the store was away; kicks among them are read in the
 * moderation log, and where that is too short, the store's word on a member
 * tells of its last one.  While it is known that a room has no rights at all,
 * nobody is asked for.
 */


#ifndef NGX_HTTP_CHAT_RIGHTS_H_INCLUDED
#define NGX_HTTP_CHAT_RIGHTS_H_INCLUDED


#include "ngx_http_chat_actor.h"
#include "ngx_http_chat_hub.h"


/* Asked for at once, of one room. */
#define NGX_HTTP_CHAT_RIGHTS_BATCH  50


/*
 * The room is LIVE: lets the member enter if the store does not say no.  Takes
 * e in any case.  Anything but NGX_CHAT_CODE_OK: refused, nothing is done.
 */
ngx_chat_code_e ngx_http_chat_rights_admit(ngx_http_chat_session_t *s,
    ngx_http_chat_member_t *m, ngx_http_chat_entry_t *e);

/* Who the session is in the room, member or not; ip as of the actor. */
void ngx_http_chat_rights_actor(ngx_http_chat_session_t *s,
    ngx_http_chat_hub_room_t *room, ngx_chat_actor_t *actor, u_char *ip);

/* The role that the site gave the member: by the login, or in the room. */
ngx_chat_role_e ngx_http_chat_rights_given(const ngx_http_chat_member_t *m);

/* Another login of the same user: its roles are asked for in all its rooms. */
void ngx_http_chat_rights_renewed(ngx_http_chat_session_t *s);

/* How a member stands, by what is cached. */
void ngx_http_chat_rights_standing(const ngx_http_chat_member_t *m,
    ngx_chat_standing_t *standing);

/* May the member write, by what is cached?  Sets code and until. */
void ngx_http_chat_rights_write(const ngx_http_chat_member_t *m,
    ngx_chat_verdict_t *verdict);

/* A record of kind MOD came. */
void ngx_http_chat_rights_heard(ngx_http_chat_hub_room_t *room,
    const ngx_chat_wire_t *rec);

/*
 * An answer of the store told the room's rights; asked is the version known
 * when it was asked for.  Returns 0 if the answer is older than what has been
 * heard since.
 */
ngx_uint_t ngx_http_chat_rights_seen(ngx_http_chat_hub_room_t *room,
    const ngx_chat_room_conf_t *conf, uint64_t asked);

/* The store's word that a member is banned: it leaves. */
void ngx_http_chat_rights_banned(ngx_http_chat_session_t *s,
    ngx_http_chat_member_t *m, int64_t until);

/*
 * Acts may have been missed: asks for one member, whose answer tells whether
 * the others are in doubt, too.
 */
void ngx_http_chat_rights_probe(ngx_http_chat_hub_room_t *room);

/*
 * Where acts up to the room's version were not heard, its moderation log is
 * read, once, and kicks in it hold for who was in before them; nothing is done
 * if all were heard.
 */
void ngx_http_chat_rights_missed(ngx_http_chat_hub_room_t *room);

/* Tries again what was declined, and what was not heard in time. */
void ngx_http_chat_rights_retry(ngx_http_chat_hub_room_t *room);


/* For the files of rights. */

/* Asks the store whether the session may be in the room. */
ngx_int_t ngx_http_chat_rights_ask(ngx_http_chat_session_t *s,
    ngx_http_chat_hub_room_t *room, ngx_http_chat_reply_pt handler,
    uintptr_t data);

/* Does the answer say anything about rights? */
ngx_uint_t ngx_http_chat_rights_told(const ngx_http_chat_reply_t *reply);

/* Takes what it says of a member; s is told of a change, unless it is NULL. */
void ngx_http_chat_rights_take(ngx_http_chat_session_t *s,
    ngx_http_chat_member_t *m, const ngx_http_chat_reply_t *reply);

/* The store lets in no more who was in. */
void ngx_http_chat_rights_gone(ngx_http_chat_session_t *s,
    ngx_http_chat_member_t *m, const ngx_chat_error_t *e);

/* Tells a member, or all of them, how they stand now. */
void ngx_http_chat_rights_tell(ngx_http_chat_session_t *s,
    const ngx_http_chat_member_t *m);
void ngx_http_chat_rights_tell_all(ngx_http_chat_hub_room_t *room);

/*
 * The member leaves at once, and is told why; a join of it that is under way
 * gets the code.  The room is the caller's to release.
 */
void ngx_http_chat_rights_cut(ngx_http_chat_session_t *s,
    ngx_http_chat_member_t *m, const ngx_chat_left_t *left,
    ngx_chat_code_e code);

/* A kick that was not heard. */
void ngx_http_chat_rights_kicked(ngx_http_chat_hub_room_t *room,
    const ngx_chat_wire_t *rec);

/*
 * The store's word on a member tells of a kick after it came in, which was not
 * heard and is not in the log: returns 1, and the member has left.
 */
ngx_uint_t ngx_http_chat_rights_kicked_since(ngx_http_chat_session_t *s,
    ngx_http_chat_member_t *m, const ngx_http_chat_reply_t *reply);

/* On with the members who are in doubt. */
void ngx_http_chat_rights_recheck_more(ngx_http_chat_hub_room_t *room);

/* The lock lets in members only: who is none leaves. */
void ngx_http_chat_rights_close(ngx_http_chat_hub_room_t *room,
    const ngx_chat_left_t *left);

/* Is the act about the session's user, or its address? */
ngx_uint_t ngx_http_chat_rights_about(ngx_http_chat_session_t *s,
    const ngx_chat_wire_t *rec);

/* All that is cached of the room's members is in doubt: asks for it. */
void ngx_http_chat_rights_recheck(ngx_http_chat_hub_room_t *room);

/* The same of one member. */
void ngx_http_chat_rights_recheck_member(ngx_http_chat_member_t *m);


#endif /* NGX_HTTP_CHAT_RIGHTS_H_INCLUDED */
