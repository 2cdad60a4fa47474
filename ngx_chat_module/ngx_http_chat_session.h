
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * One WebSocket: its states, and everything that may happen to it.
 *
 *              open()                close(), peer's close, fault, EOF
 *   CONNECTING -----> OPEN ------------------------------------> CLOSING
 *        |              |                                           |
 *        |              | transport is lost                         |
 *        `--------------+-------------------------------------------+--> CLOSED
 *                                ngx_http_chat_session_destroy()
 *
 * CONNECTING  the 101 is sent, the handler has not seen the session yet
 * OPEN        messages go both ways
 * CLOSING     the handler has been told that it is over; our close frame is
 *             queued or sent (or the peer has gone without one); input is
 *             read and thrown away; ends by the peer's EOF or after
 *             chat_close_timeout
 * CLOSED      the memory is on the free list; its generation has changed
 *
 * Only ngx_http_chat_session_destroy() ends a session, and only the event
 * handlers of transport and output call it: whoever else wants a session to
 * end calls ngx_http_chat_session_close(), after which it still exists.  So
 * the handler's functions may close any session, and none vanishes under
 * them.  Who must remember a session over time keeps its handle.
 */


#ifndef NGX_HTTP_CHAT_SESSION_H_INCLUDED
#define NGX_HTTP_CHAT_SESSION_H_INCLUDED


#include "ngx_http_chat.h"
#include "ngx_chat_rooms.h"
#include "ngx_chat_ws_reader.h"
#include "ngx_http_chat_head.h"
#include "ngx_http_chat_output.h"


#define NGX_HTTP_CHAT_SESSION_ID_LEN  16


typedef enum {
    NGX_HTTP_CHAT_CONNECTING = 0,
    NGX_HTTP_CHAT_OPEN,
    NGX_HTTP_CHAT_CLOSING,
    NGX_HTTP_CHAT_CLOSED
} ngx_http_chat_state_e;


/* An answer that may not overtake those the store has still to give. */

typedef struct ngx_http_chat_deferred_s  ngx_http_chat_deferred_t;

struct ngx_http_chat_deferred_s {
    ngx_http_chat_deferred_t  *next;
    ngx_http_chat_frame_t     *frame;
    uint16_t                   after;      /* goes when so many are answered */
};


/* Why a session reads no commands; each reason goes by itself. */

typedef enum {
    NGX_HTTP_CHAT_PAUSE_JOIN = 1,      /* a room is being subscribed to */
    NGX_HTTP_CHAT_PAUSE_STORE = 2,     /* much of it is not answered yet */
    NGX_HTTP_CHAT_PAUSE_DRAIN = 4,     /* it is sent away when all is */
    NGX_HTTP_CHAT_PAUSE_PAGE = 8,      /* a page is asked for */
    NGX_HTTP_CHAT_PAUSE_OUTPUT = 16,   /* a page is not sent yet */
    NGX_HTTP_CHAT_PAUSE_LIMIT = 32,    /* bytes came too fast */
    NGX_HTTP_CHAT_PAUSE_REVIEW = 64    /* the site is asked about a message */
} ngx_http_chat_pause_e;


/* Bytes that came and wait: behind the handshake, or behind a pause. */

typedef struct {
    size_t          len;
    u_char          data[1];
} ngx_http_chat_input_t;


/* The upcall, session to command.  None of these may destroy a session. */

typedef struct {
    void          (*open)(ngx_http_chat_session_t *s);
    void          (*message)(ngx_http_chat_session_t *s, ngx_uint_t opcode,
                      u_char *data, size_t len);
    void          (*tick)(ngx_http_chat_session_t *s);
    void          (*drain)(ngx_http_chat_session_t *s, ngx_msec_t after);
    void          (*closed)(ngx_http_chat_session_t *s);
} ngx_http_chat_session_handler_t;


struct ngx_http_chat_session_s {
    ngx_connection_t          *connection;
    ngx_http_chat_loc_conf_t  *conf;
    ngx_http_request_t        *request;    /* NULL once detached */

    ngx_queue_t                queue;      /* of all, or of the free ones */
    ngx_http_chat_output_t     output;

    ngx_chat_ws_reader_t       reader;
    ngx_http_chat_input_t     *input;      /* NULL: nothing waits */

    ngx_chat_member_t         *rooms;
    ngx_http_chat_deferred_t  *deferred;   /* answers, in their order */
    ngx_http_chat_head_t      *head;       /* user, room, address, ... */
    ngx_http_chat_quota_t     *quota;      /* NULL: all of it is there */

    uint64_t                   since;      /* version of the site's rights, 1
                                              if none; 0: let in unasked */
    uint32_t                   start_sec;

    uint32_t                   slot;
    uint32_t                   generation;

    uint32_t                   received;   /* messages */
    uint32_t                   ping_sent;  /* or opened; low bits of ms */
    uint32_t                   message_begun;

    uint16_t                   start_msec;
    uint16_t                   nrooms;
    uint16_t                   asked;      /* commands that the store got */
    uint16_t                   answered;   /* and those it answered */
    uint16_t                   close_code; /* 0: not known yet */
    uint16_t                   ndeferred;  /* answers that wait */
    unsigned                   state:2;
    unsigned                   close_received:1;
    unsigned                   write_shut:1;
    unsigned                   eof:1;
    unsigned                   pinged:1;          /* and no byte since */
    unsigned                   pong_due:1;        /* one answers our ping */
    unsigned                   partial:1;         /* message_begun is set */
    unsigned                   paused:7;          /* by ..._pause_e bits */
    unsigned                   request_gone:1;    /* nginx ends it */
    unsigned                   left:1;            /* the handler knows */
    unsigned                   unchecked:1;       /* for bans of the site */
    unsigned                   ip_counted:1;      /* for its address */
    unsigned                   user_counted:1;    /* for its user */
    unsigned                   told:1;            /* other hosts know */
    unsigned                   stream:1;          /* of events: no WebSocket */
    unsigned                   torn:1;            /* and it has a hole */
    unsigned                   metered:1;         /* it was counted as open */
    unsigned                   tls:1;             /* with TLS */
    unsigned                   kept:1;            /* with its request */

    u_char                     id[NGX_HTTP_CHAT_SESSION_ID_LEN];
};


extern const char *const  ngx_http_chat_state_names[];


/* The handler serves all sessions of this worker. */
void ngx_http_chat_session_init(
    const ngx_http_chat_session_handler_t *handler);

/*
 * Makes a session in state CONNECTING for a connection; its transport is the
 * caller's work.  Returns NULL without memory.
 */
ngx_http_chat_session_t *ngx_http_chat_session_create(ngx_connection_t *c,
    ngx_http_chat_loc_conf_t *conf);

/*
 * CONNECTING -> OPEN: tells the handler, then reads what has come.  NGX_DONE:
 * the session was destroyed.
 */
ngx_int_t ngx_http_chat_session_open(ngx_http_chat_session_t *s);

/*
 * What transport and output call on events.  NGX_DONE: the session was
 * destroyed; NGX_ERROR: the caller must destroy it.
 */
ngx_int_t ngx_http_chat_session_read(ngx_http_chat_session_t *s);
ngx_int_t ngx_http_chat_session_timeout(ngx_http_chat_session_t *s);
ngx_int_t ngx_http_chat_session_written(ngx_http_chat_session_t *s);

/*
 * Queues a close frame (what was queued before it is dropped, so far as
 * nothing of it is on the wire) and moves to CLOSING.  Harmless in CLOSING
 * and CLOSED.  reason may be empty; code 1005 makes a close without a code.
 */
void ngx_http_chat_session_close(ngx_http_chat_session_t *s, ngx_uint_t code,
    const char *reason);

/* This worker goes: lets the handler say when the session will be closed. */
void ngx_http_chat_session_announce_drain(ngx_http_chat_session_t *s,
    ngx_msec_t after);

/* Ends a session at once; one try to say 1001 (Going Away). */
void ngx_http_chat_session_abort(ngx_http_chat_session_t *s);

/* The one end of a session; the connection is closed, the line logged. */
void ngx_http_chat_session_destroy(ngx_http_chat_session_t *s);

/* Reads no more, and goes on; bytes wait meanwhile, control frames too. */
void ngx_http_chat_session_pause(ngx_http_chat_session_t *s,
    ngx_http_chat_pause_e why);
void ngx_http_chat_session_resume(ngx_http_chat_session_t *s,
    ngx_http_chat_pause_e why);

/*
 * Copies bytes that will be read before any other; there must be none yet.
 * NGX_ERROR without memory.
 */
ngx_int_t ngx_http_chat_session_keep_input(ngx_http_chat_session_t *s,
    const u_char *p, size_t n);


/* For the files of the session. */

/* Sets the timer to whatever is due first; nothing unless OPEN. */
void ngx_http_chat_session_arm(ngx_http_chat_session_t *s);

/* A ping or pong has come. */
void ngx_http_chat_session_control(ngx_http_chat_session_t *s,
    ngx_chat_ws_event_t *ev);

/* Lets the handler say what it says with every ping. */
void ngx_http_chat_session_tick(ngx_http_chat_session_t *s);


#endif /* NGX_HTTP_CHAT_SESSION_H_INCLUDED */
