
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The glossary of the protocol "chat.v1": commands from JSON, and answers,
 * events and close codes to JSON; the only home of cJSON.
 */


#ifndef NGX_CHAT_PROTO_H_INCLUDED
#define NGX_CHAT_PROTO_H_INCLUDED


#include "ngx_chat_str.h"
#include "ngx_chat_wire.h"


#define NGX_CHAT_PROTO_NAME         "chat.v1"
#define NGX_CHAT_PROTO_VERSION      1

/* a subprotocol that is a token: this, and the token in base64url */
#define NGX_CHAT_PROTO_AUTH_PREFIX  "chat.auth."

#define NGX_CHAT_PROTO_INT_MAX      9007199254740992     /* 2^53 */
#define NGX_CHAT_PROTO_META_MAX     1024                 /* bytes, compact */

/*
 * The longest "data" that stands for a text of n code points: each has up to 4
 * bytes, padding adds to them, and 3 bytes are 4 characters.
 */
#define NGX_CHAT_PROTO_DATA_MAX(n)  ((n) * 8 + 2048)


/* Close codes of the protocol's own; RFC 6455 has those below 4000. */

#define NGX_CHAT_CLOSE_NORMAL       1000
#define NGX_CHAT_CLOSE_GOING_AWAY   1001
#define NGX_CHAT_CLOSE_PROTOCOL     1002
#define NGX_CHAT_CLOSE_UNSUPPORTED  1003
#define NGX_CHAT_CLOSE_NO_STATUS    1005
#define NGX_CHAT_CLOSE_ABNORMAL     1006
#define NGX_CHAT_CLOSE_BAD_DATA     1007
#define NGX_CHAT_CLOSE_POLICY       1008
#define NGX_CHAT_CLOSE_TOO_LARGE    1009
#define NGX_CHAT_CLOSE_INTERNAL     1011
#define NGX_CHAT_CLOSE_RESTART      1012
#define NGX_CHAT_CLOSE_TRY_LATER    1013
#define NGX_CHAT_CLOSE_UNAUTHORIZED 4001
#define NGX_CHAT_CLOSE_FORBIDDEN    4003
#define NGX_CHAT_CLOSE_AUTH_TIMEOUT 4004
#define NGX_CHAT_CLOSE_ENDED        4005
#define NGX_CHAT_CLOSE_BANNED       4006
#define NGX_CHAT_CLOSE_REPLACED     4007
#define NGX_CHAT_CLOSE_CAPACITY     4100
#define NGX_CHAT_CLOSE_SLOW         4101
#define NGX_CHAT_CLOSE_FLOODING     4102
#define NGX_CHAT_CLOSE_DRAIN        4200
#define NGX_CHAT_CLOSE_NO_PONG      4201
#define NGX_CHAT_CLOSE_RESYNC       4202
#define NGX_CHAT_CLOSE_TOKEN        4203


typedef enum {
    NGX_CHAT_OP_NONE = 0,
    NGX_CHAT_OP_JOIN,
    NGX_CHAT_OP_LEAVE,
    NGX_CHAT_OP_SEND,
    NGX_CHAT_OP_WHO,
    NGX_CHAT_OP_TYPING,
    NGX_CHAT_OP_PING,
    NGX_CHAT_OP_HISTORY,
    NGX_CHAT_OP_MOD,
    NGX_CHAT_OP_AUTH,
    NGX_CHAT_OP_EDIT,
    NGX_CHAT_OP_DELETE,
    NGX_CHAT_OP_COUNT
} ngx_chat_op_e;


typedef enum {
    NGX_CHAT_CODE_OK = 0,
    NGX_CHAT_CODE_BAD_REQUEST,
    NGX_CHAT_CODE_UNKNOWN_OP,
    NGX_CHAT_CODE_UNAUTHORIZED,
    NGX_CHAT_CODE_TOKEN_EXPIRED,
    NGX_CHAT_CODE_FORBIDDEN,
    NGX_CHAT_CODE_BANNED,
    NGX_CHAT_CODE_MUTED,
    NGX_CHAT_CODE_LOCKED,
    NGX_CHAT_CODE_NOT_MEMBER,
    NGX_CHAT_CODE_NOT_FOUND,
    NGX_CHAT_CODE_ROOM_FULL,
    NGX_CHAT_CODE_TOO_MANY_ROOMS,
    NGX_CHAT_CODE_EPOCH_CHANGED,
    NGX_CHAT_CODE_GONE,
    NGX_CHAT_CODE_TOO_LARGE,
    NGX_CHAT_CODE_CID_REUSED,
    NGX_CHAT_CODE_INVALID_TEXT,
    NGX_CHAT_CODE_INVALID_NAME,
    NGX_CHAT_CODE_REJECTED,
    NGX_CHAT_CODE_SLOW_MODE,
    NGX_CHAT_CODE_RATE_LIMITED,
    NGX_CHAT_CODE_INTERNAL,
    NGX_CHAT_CODE_UNAVAILABLE,
    NGX_CHAT_CODE_COUNT
} ngx_chat_code_e;


typedef struct {
    const char  *name;             /* "bad_request" */
    uint16_t     status;           /* as in HTTP */
    uint8_t      temporary;        /* the client may repeat */
    const char  *message;          /* default sentence */
} ngx_chat_code_t;


/* A row of a table indexed by ngx_chat_code_e. */
const ngx_chat_code_t *ngx_chat_proto_code(ngx_chat_code_e code);


/*
 * A parsed command.  Strings point into memory of the parse tree, which
 * ngx_chat_proto_release() frees; a string that was absent has data NULL.
 * A number that was absent is -1.
 */

typedef struct {
    ngx_chat_op_e    op;
    int64_t          id;           /* 1..2^53, or 0: no answer is wanted */
    ngx_chat_str_t   room;
    ngx_chat_str_t   cid;
    ngx_chat_str_t   text;
    ngx_chat_str_t   data;         /* in place of text: sealed, base64url */
    ngx_chat_str_t   enc;          /* in which way */
    ngx_chat_str_t   after_user;   /* "after" of who: a user id */
    ngx_chat_str_t   epoch;
    int64_t          before;       /* of history */
    int64_t          after;        /* of join and history: a number */
    int64_t          limit;
    int64_t          re;
    int64_t          ref;          /* of edit and delete: which message */
    int64_t          t;            /* of ping */
    unsigned         presence:1;   /* of join; 1 unless false was said */
    unsigned         on:1;         /* of typing; 1 unless false was said */
    ngx_chat_str_t   meta;         /* compact JSON of an object, or absent */
    uint8_t          act;          /* of mod: ngx_chat_act_e; 0: the log */
    ngx_chat_str_t   user;         /* whom it is about */
    ngx_chat_str_t   ip;           /* or that */
    ngx_chat_str_t   reason;
    int64_t          seconds;      /* "for" */
    int64_t          value;        /* role, s or lock, as in the wire */
    ngx_chat_str_t   token;        /* of auth */
    ngx_chat_str_t   from_id;      /* of a body: for whom a backend speaks */
    ngx_chat_str_t   from_name;
    int64_t          slow;         /* of a body: s */
    int64_t          lock;         /* of a body: ngx_chat_lock_e */
    const char      *field;        /* which field a fault is about, or NULL */
    const char      *why;          /* a sentence for a fault, or NULL */
    void            *tree;         /* the parser's own */
} ngx_chat_command_t;


/* A command of no op, in which every field is absent. */
void ngx_chat_proto_init(ngx_chat_command_t *cmd);

/*
 * Parses and checks one command: strict RFC 8259 (no leniency of the library
 * may show: one value, no trailing bytes, no control characters in strings,
 * no malformed numbers, no lone surrogates), the limits of ngx_chat_json.h, no
 * repeated key, required fields and types of the op, integers (of digits only)
 * within 2^53, the syntax of room and cid (invalid_name / bad_request), the
 * text's length in code points (above text, unless that is 0: too_large) and
 * characters (invalid_text; \u0000 too; an empty text is bad_request).  In
 * place of a text there may be "data" and "enc", of their own syntax (else
 * bad_request), with at most NGX_CHAT_PROTO_DATA_MAX(text) characters of data
 * (else too_large).  A BOM
 * is bad_request.  Unknown fields are ignored.  "meta" is an object (else
 * bad_request) of at most 1,024 bytes of compact JSON (else too_large), kept as
 * it was written.  "after" of a join needs its "epoch", and a history has not
 * both "before" and "after".
 *
 * Returns NGX_CHAT_CODE_OK, or the code to answer with, which is "internal"
 * without memory; then field and why may say more (why names the field), and
 * id is what could be read of it (0 if nothing).  ngx_chat_proto_release()
 * must be called in either case.
 */
ngx_chat_code_e ngx_chat_proto_parse(ngx_chat_command_t *cmd,
    const unsigned char *p, size_t n, size_t text);

void ngx_chat_proto_release(ngx_chat_command_t *cmd);


/* What the body of a request of the HTTP API is about. */

typedef enum {
    NGX_CHAT_BODY_NONE = 0,        /* there is none */
    NGX_CHAT_BODY_MESSAGE,         /* text or data and enc, re, meta */
    NGX_CHAT_BODY_EDIT,            /* text or data and enc */
    NGX_CHAT_BODY_ROOM,            /* slow, lock */
    NGX_CHAT_BODY_TERM,            /* of a ban, a mute: for, reason */
    NGX_CHAT_BODY_ROLE,            /* role, reason */
    NGX_CHAT_BODY_ACT              /* reason */
} ngx_chat_body_e;

/*
 * Parses and checks a body as strictly, with the same results; what the path
 * of the request says is not in it, nor are "op" and "id".  A backend may add
 * "from", an object with an id and, if it wishes, a name.  No bytes at all are
 * an object without fields.
 */
ngx_chat_code_e ngx_chat_proto_body(ngx_chat_command_t *cmd,
    ngx_chat_body_e body, const ngx_chat_str_t *bytes, size_t text);


/*
 * Writers.  Each writes one JSON object when it fits into size bytes and
 * returns the length needed, so that a call with too small a buffer tells
 * how large it must be.  Nothing is written behind buf + size.  Strings must
 * be valid UTF-8; they are escaped as RFC 8259 asks (", \, controls), plus
 * U+2028 and U+2029.
 */

typedef struct {
    ngx_chat_str_t  id;
    ngx_chat_str_t  name;
} ngx_chat_user_t;


typedef struct {
    ngx_chat_str_t       session;
    ngx_chat_user_t      user;
    ngx_chat_str_t       role;             /* that the site gave, or empty */
    unsigned             guest:1;
    int64_t              time;             /* ms UTC */
    uint32_t             heartbeat;        /* seconds */
    uint64_t             message_max;      /* bytes, 0: no limit */
    uint32_t             rooms_max;        /* 0: no limit */
    uint32_t             text_max;         /* characters, 0: no limit */
    uint32_t             history_max;      /* messages of an answer, 0: off */
    const char *const   *features;         /* ended by NULL */
    ngx_chat_str_t       node;
} ngx_chat_welcome_t;


/* What a member may do in a room; "can" has the bits 1 << of these. */

typedef enum {
    NGX_CHAT_CAN_SEND = 0,
    NGX_CHAT_CAN_TYPING,
    NGX_CHAT_CAN_HISTORY,
    NGX_CHAT_CAN_WHO,
    NGX_CHAT_CAN_KICK,
    NGX_CHAT_CAN_BAN,
    NGX_CHAT_CAN_MUTE,
    NGX_CHAT_CAN_ROLE,
    NGX_CHAT_CAN_SLOW,
    NGX_CHAT_CAN_LOCK,
    NGX_CHAT_CAN_COUNT
} ngx_chat_can_e;


/* How a member stands in a room, and how the room is. */

typedef struct {
    unsigned                role;          /* ngx_chat_role_e */
    unsigned                can;
    unsigned                lock;          /* ngx_chat_lock_e */
    uint32_t                slow;          /* s, 0: off */
    int64_t                 muted;         /* until, ms UTC; 0: not */
} ngx_chat_standing_t;


/* Why somebody is not in a room any more. */

typedef struct {
    ngx_chat_str_t          room;
    const char             *reason;        /* "kicked" and so on */
    ngx_chat_user_t         by;            /* id empty: not told */
    int64_t                 until;         /* ms UTC, 0: none */
    ngx_chat_str_t          message;       /* empty: none */
} ngx_chat_left_t;


typedef struct {
    ngx_chat_str_t          room;
    ngx_chat_str_t          epoch;
    uint64_t                top;           /* last number given */
    uint64_t                floor;         /* oldest kept number */
    unsigned                recovered:1;
    unsigned                more:1;
    unsigned                presence:1;    /* users and count are meant */
    unsigned                list:1;        /* users are meant, not only count */
    uint64_t                count;
    const ngx_chat_user_t  *users;
    size_t                  nusers;
    const ngx_chat_wire_t  *records;       /* of a log, each with room */
    size_t                  nrecords;
    ngx_chat_standing_t     standing;      /* of the answer to join */
} ngx_chat_joined_t;


typedef struct {
    int64_t              id;               /* 0: the event "error" */
    ngx_chat_code_e      code;
    const char          *message;          /* NULL: the code's sentence */
    uint32_t             retry_after;      /* ms, 0: none */
    int64_t              until;            /* ms UTC, 0: none */
    ngx_chat_str_t       room;             /* is not written; may be empty */
} ngx_chat_error_t;


size_t ngx_chat_proto_welcome(unsigned char *buf, size_t size,
    const ngx_chat_welcome_t *w);

/*
 * {"ev":"message"|"edit"|"delete",...} from a record of kind MESSAGE, EDIT or
 * DELETE; what has been deleted has an empty text, and says so
 */
size_t ngx_chat_proto_message(unsigned char *buf, size_t size,
    const ngx_chat_wire_t *rec);

/*
 * {"ev":"presence","room":,"join":[{id,name}],"leave":[id],"count":}; join
 * (the view's users) and leave are there if the view's list is set
 */
size_t ngx_chat_proto_presence(unsigned char *buf, size_t size,
    const ngx_chat_joined_t *view, const ngx_chat_user_t *leaves,
    size_t nleaves);

/* {"ev":"typing",...} from a record of kind NGX_CHAT_WIRE_TYPING */
size_t ngx_chat_proto_typing(unsigned char *buf, size_t size,
    const ngx_chat_wire_t *rec);

/* {"ev":"joined"|"left","room":,"reason":} about the member itself */
size_t ngx_chat_proto_self(unsigned char *buf, size_t size, const char *ev,
    const ngx_chat_str_t *room, const char *reason);

/* {"ev":"left",...} of who was made to leave */
size_t ngx_chat_proto_left(unsigned char *buf, size_t size,
    const ngx_chat_left_t *left);

/* {"ev":"room","room":,"role":,"can":[],"config":{},["muted":]} */
size_t ngx_chat_proto_room(unsigned char *buf, size_t size,
    const ngx_chat_str_t *room, const ngx_chat_standing_t *standing);

/* {"ev":"resync","room":,"epoch":,"top":} */
size_t ngx_chat_proto_resync(unsigned char *buf, size_t size,
    const ngx_chat_joined_t *view);

/* {"ev":"heartbeat","time":} */
size_t ngx_chat_proto_heartbeat(unsigned char *buf, size_t size,
    int64_t time);

/* {"ev":"drain","after":} in ms */
size_t ngx_chat_proto_drain(unsigned char *buf, size_t size, uint32_t after);

/* {"id":,"error":{...}}, or {"ev":"error","error":{...}} when id is 0 */
size_t ngx_chat_proto_error(unsigned char *buf, size_t size,
    const ngx_chat_error_t *e);

/* answers {"id":,"ok":{...}}; with id 0 the object in it, as HTTP has it */
size_t ngx_chat_proto_ok(unsigned char *buf, size_t size, int64_t id);

/* dup: the store had the message already, and rec is of then */
size_t ngx_chat_proto_ok_send(unsigned char *buf, size_t size, int64_t id,
    const ngx_chat_wire_t *rec, unsigned dup);

/*
 * with id 0 {"ev":"joined","reason":"asked",...} with the same fields; each of
 * the messages has the bytes of ngx_chat_proto_message()
 */
size_t ngx_chat_proto_ok_join(unsigned char *buf, size_t size, int64_t id,
    const ngx_chat_joined_t *joined);

/* the view's records, more, top, floor and epoch */
size_t ngx_chat_proto_ok_history(unsigned char *buf, size_t size, int64_t id,
    const ngx_chat_joined_t *view);

size_t ngx_chat_proto_ok_who(unsigned char *buf, size_t size, int64_t id,
    const ngx_chat_joined_t *view);
/* the welcome's user */
size_t ngx_chat_proto_ok_auth(unsigned char *buf, size_t size, int64_t id,
    const ngx_chat_welcome_t *w);

size_t ngx_chat_proto_ok_ping(unsigned char *buf, size_t size, int64_t id,
    int64_t t, int64_t time);

/* until 0: the act has no end; slow and lock are of the standing */
size_t ngx_chat_proto_ok_mod(unsigned char *buf, size_t size, int64_t id,
    int64_t until, const ngx_chat_standing_t *standing);

/* "acts" from records of kind NGX_CHAT_WIRE_MOD */
size_t ngx_chat_proto_ok_log(unsigned char *buf, size_t size, int64_t id,
    const ngx_chat_wire_t *records, size_t n);

/*
 * application/problem+json of RFC 9457 for a refused handshake; status
 * decides the title.
 */
size_t ngx_chat_proto_problem(unsigned char *buf, size_t size,
    unsigned status, const char *code, const char *detail);

/* The same for a request of the HTTP API; field: at fault in it, or NULL. */
size_t ngx_chat_proto_problem_of(unsigned char *buf, size_t size,
    const ngx_chat_error_t *e, const char *field);


#endif /* NGX_CHAT_PROTO_H_INCLUDED */
