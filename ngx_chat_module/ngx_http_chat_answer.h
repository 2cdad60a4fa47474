
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Answers and events of the JSON format, as frames in a session's queue.
 */


#ifndef NGX_HTTP_CHAT_ANSWER_H_INCLUDED
#define NGX_HTTP_CHAT_ANSWER_H_INCLUDED


#include "ngx_http_chat_broker.h"
#include "ngx_http_chat_session.h"


/* One of the protocol's writers, with its argument. */
typedef size_t (*ngx_http_chat_writer_pt)(u_char *buf, size_t size,
    const void *arg);


/* A text frame of what the writer writes, of any size; NULL: no memory. */
ngx_http_chat_frame_t *ngx_http_chat_answer_frame(
    ngx_http_chat_writer_pt writer, const void *arg);

/* Makes the frame and pushes it to this one session, at once. */
void ngx_http_chat_answer(ngx_http_chat_session_t *s,
    ngx_http_chat_writer_pt writer, const void *arg);

/*
 * The same for an answer that is known while the store still has earlier
 * commands of the session: it waits for their answers, since answers come in
 * the order of the commands.
 */
void ngx_http_chat_answer_in_turn(ngx_http_chat_session_t *s,
    ngx_http_chat_writer_pt writer, const void *arg);

/* The store has got a command, and has answered one that had been got. */
void ngx_http_chat_answer_asked(ngx_http_chat_session_t *s);
void ngx_http_chat_answer_answered(ngx_http_chat_session_t *s);

/* Behind the answer itself: lets go those that waited for it. */
void ngx_http_chat_answer_turn(ngx_http_chat_session_t *s);

/*
 * A page has been answered: if it is a large one, the session reads
 * no command before it is sent, or the next page would find no room.
 */
void ngx_http_chat_answer_paged(ngx_http_chat_session_t *s);

/* An error answer, with the sentence of the code. */
void ngx_http_chat_answer_error(ngx_http_chat_session_t *s, int64_t id,
    ngx_chat_code_e code, const ngx_chat_str_t *room);

/* The same of a command, in turn.  message NULL: the sentence of the code. */
void ngx_http_chat_answer_refusal(ngx_http_chat_session_t *s,
    const ngx_chat_command_t *cmd, ngx_chat_code_e code, const char *message);

/*
 * An error with all that it may say (retry_after, until), as an event if its
 * id is 0: in turn, or now.
 */
void ngx_http_chat_answer_fault(ngx_http_chat_session_t *s,
    const ngx_chat_error_t *e);
void ngx_http_chat_answer_fault_now(ngx_http_chat_session_t *s,
    const ngx_chat_error_t *e);

/*
 * The error of a store's answer, with the sentence of its code.  What only
 * edits and deletions are answered has sentences of its own.
 */

#define NGX_HTTP_CHAT_ANSWER_NO_MESSAGE                                       \
    "No message has this number, or it was deleted."
#define NGX_HTTP_CHAT_ANSWER_GONE                                             \
    "This message is not kept any more, so that it cannot be changed."
#define NGX_HTTP_CHAT_ANSWER_SEALED                                           \
    "An encrypted message can only be edited by an encrypted one."

void ngx_http_chat_answer_reply(ngx_chat_error_t *e, int64_t id,
    const ngx_http_chat_reply_t *reply);

/* An ok without fields, in turn; nothing if id is 0. */
void ngx_http_chat_answer_ok(ngx_http_chat_session_t *s, int64_t id);

/* Milliseconds UTC by this host's clock. */
int64_t ngx_http_chat_answer_time(void);


#endif /* NGX_HTTP_CHAT_ANSWER_H_INCLUDED */
