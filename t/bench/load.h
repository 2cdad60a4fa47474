
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* What the parts of the load generator share. */


#ifndef LOAD_H
#define LOAD_H


#include <openssl/ssl.h>
#include <stddef.h>
#include <stdint.h>


#define LOAD_BODY      128      /* bytes of a message's text */
#define LOAD_SLOTS     4096     /* messages under way at most */
#define LOAD_ORDER     4096     /* a room's remembered order, power of two */
#define LOAD_PIDS      16
#define LOAD_PROBE     LOAD_SLOTS
#define LOAD_ASK       2000000000u  /* ids of joins, above all messages */
#define LOAD_PING      4000000000u  /* the id of all pings */
#define LOAD_EPOCH     64       /* bytes of a room's epoch at most */
#define LOAD_NODE      32       /* bytes of a worker's name at most */


typedef enum {
    LOAD_TLS = 0,
    LOAD_REQUEST,
    LOAD_OPEN,
    LOAD_CLOSING,               /* reads no more than the end */
    LOAD_AWAY                   /* no socket */
} load_state_e;


typedef struct {
    int            fd;
    load_state_e   state;
    uint32_t       index;
    uint32_t       room;
    uint64_t       seen;        /* messages of the room so far */
    uint64_t       ordered;     /* own counter that its room saw last */
    uint64_t       sent;        /* own counter */
    unsigned       probed:1;
    unsigned       joined:1;
    unsigned       hole:1;      /* something is missing after mine */
    unsigned       code:13;     /* of a close, or of a refusal */
    uint32_t       nrest;
    char          *rest;        /* an incomplete frame */
    SSL           *ssl;
    uint64_t       mine;        /* number of the last message taken */
    uint64_t       after;       /* what the page that was asked for is behind */
    uint64_t       seq;         /* of the message in hand, 0: not known */
    uint32_t       asked;       /* id of a join or history, 0: none */
    uint32_t       pending;     /* id of a message without an answer */
    uint32_t       lives;       /* how often it has joined */
    uint64_t       ended;       /* ns, when the last life ended */
    uint64_t       due;         /* ns, when the next one begins */
    uint64_t       pinged;      /* ns, when the ping under way was sent */
    char           epoch[LOAD_EPOCH];
    char           node[LOAD_NODE];
} load_conn_t;


typedef struct {
    uint64_t       top;         /* length of the order so far */
    uint32_t      *order;       /* message ids, modulo LOAD_ORDER */
    uint32_t       sender;      /* who of the members is next */
    uint32_t       probed;      /* members that got a probe */
} load_room_t;


/* a message under way */

typedef struct {
    uint32_t       id;          /* 0 is a free slot */
    uint32_t       missing;     /* members that do not have it yet */
    uint32_t       conn;
    uint32_t       room;
    uint64_t       counter;     /* of the sender */
    uint64_t       time;        /* ns */
    uint64_t       seq;         /* its number, 0: not known yet */
    unsigned       placed:1;    /* in the room's order */
    unsigned       unanswered:1;
    unsigned       repeated:1;
    char           body[LOAD_BODY];
} load_slot_t;


typedef struct {
    const char    *host;
    int            port;
    const char    *path;        /* '@': number of the room, or the member */
    const char    *source;      /* address to connect from, or NULL */
    uint32_t       rooms;
    uint32_t       members;
    uint32_t       flight;      /* closed loop, or 0 */
    uint32_t       rate;        /* messages a second, or 0 */
    uint32_t       idle;        /* connections to open and leave alone */
    uint32_t       page;        /* messages to ask for at once */
    int            reload;      /* nginx's master, or 0 */
    double         seconds;
    double         warmup;
    unsigned       json:1;
    unsigned       tls:1;
    unsigned       publish:1;   /* each connection has flight messages */
    unsigned       cid:1;       /* messages have a cid */
    unsigned       echo:1;      /* a ping after each message */
    unsigned       between:1;   /* two members at two workers */
    int            pids[LOAD_PIDS];
    uint32_t       npids;
} load_options_t;


/* 32 buckets per power of two: values within 3 % */

typedef struct {
    uint64_t       total;
    uint64_t       max;
    uint64_t       bucket[64 * 32];
} load_hist_t;


typedef struct load_s  load_t;

typedef void (*load_text_pt)(load_t *l, load_conn_t *c, const char *p,
    size_t n);
typedef void (*load_ended_pt)(load_t *l, load_conn_t *c);


struct load_s {
    load_options_t   options;
    load_conn_t     *conns;
    uint32_t         nconns;
    load_room_t     *rooms;
    load_slot_t     *slots;
    uint32_t         flying;
    uint32_t         last_id;
    uint32_t         next_room;
    uint32_t         probed;
    uint32_t         opened;
    uint64_t         now;           /* ns, monotonic */
    uint64_t         deliveries;
    uint64_t         messages;
    unsigned         measuring:1;
    unsigned         stopping:1;
    int              epoll;
    SSL_CTX         *ssl;
    load_text_pt     text;          /* takes a text message */
    load_ended_pt    ended;         /* of a connection; NULL: none may end */
    uint32_t         joined;        /* members right now */
    uint32_t         back;          /* those that had left */
    uint32_t         pages;         /* asked for beyond the join */
    uint32_t         missed;        /* messages that came in answers */
    uint32_t         holes;
    uint32_t         repeated;
    uint32_t         dups;          /* answers to what was known already */
    load_hist_t      each;          /* latency of a delivery */
    load_hist_t      last;          /* latency of a room's last delivery */
    load_hist_t      ack;           /* latency of an answer */
    load_hist_t      echo;          /* latency of the answer to a ping */
    load_hist_t      other;         /* latency of a delivery to another */
    load_hist_t      away;          /* from the end to being back */
    load_hist_t      join;          /* of that, from the handshake on */
};


/* load_conn.c: sockets */

/* opens connections first..last-1, at most LOAD_OPENING at once */
void load_open(load_t *l, uint32_t first, uint32_t last);

/* opens one connection and waits for nothing */
void load_connect(load_t *l, load_conn_t *c);

/* waits for events, at most ms, and handles them */
void load_wait(load_t *l, int ms);

/* sends all of the bytes or ends the program, unless connections may end */
void load_send(load_t *l, load_conn_t *c, const char *p, size_t n);

/* resets a connection: leaves no TIME_WAIT behind */
void load_reset(load_conn_t *c);

/* resets all connections */
void load_close(load_t *l);


/* load_frame.c: WebSocket frames */

/* handles a server's frames, returns how many bytes are complete */
size_t load_frames(load_t *l, load_conn_t *c, char *p, size_t n);

/* the text of a message in the room, as servers of any kind send it */
void load_frame_text(load_t *l, load_conn_t *c, const char *p, size_t n);

/* sends the body as one text message, wrapped as the target expects it */
void load_frame_send(load_t *l, load_conn_t *c, uint32_t id,
    const char *body);

/* asks for an answer that no room has to do with */
void load_frame_ping(load_t *l, load_conn_t *c);

/* sends a text message as it is */
void load_frame_write(load_t *l, load_conn_t *c, const char *p, size_t n);


/* load_check.c: messages under way and the order of rooms */

void load_check_init(load_t *l);

/* sends the next message of the room, by the next of its members */
void load_launch(load_t *l, uint32_t room);

/* sends a message by the connection */
void load_launch_by(load_t *l, load_conn_t *c);

/* sends a message that counts only as a sign of membership */
void load_probe(load_t *l, uint32_t room);

/* a body has arrived; ends the program if it is not the expected one */
void load_arrived(load_t *l, load_conn_t *c, const char *body, size_t n);

/* a message has been acknowledged */
void load_answered(load_t *l, load_conn_t *c, uint32_t id, uint64_t seq);

/* a ping has been answered */
void load_echoed(load_t *l, load_conn_t *c);

/* sends the connection's message without an answer once more */
void load_repeat(load_t *l, load_conn_t *c);


/* load_member.c: a client of chat.v1, which resumes where it was */

/* takes what the server sends; joins after each welcome */
void load_member_text(load_t *l, load_conn_t *c, const char *p, size_t n);

/* opens all connections and waits until they are members */
void load_members(load_t *l);


/* opens one connection and waits until it is a member */
void load_member(load_t *l, load_conn_t *c);


/* load_between.c, load_publish.c, load_reload.c: measured with members */

void load_between(load_t *l);
void load_publish(load_t *l);
void load_reload(load_t *l);


/* load_stat.c: clocks, histograms, the server's figures */

uint64_t load_now(void);
void load_hist_add(load_hist_t *h, uint64_t value);
uint64_t load_hist_quantile(const load_hist_t *h, double q);

/* the CPU time of the server's processes, ns */
uint64_t load_cpu(const load_options_t *o);

/* that of the n-th of them */
uint64_t load_cpu_of(const load_options_t *o, uint32_t n);

/* the CPU time of the load generator itself, ns */
uint64_t load_cpu_self(void);

/* a field of the n-th process' smaps_rollup, bytes */
uint64_t load_memory(const load_options_t *o, uint32_t n, const char *field);


/* load.c */

/* seconds of messages at the rate of the options, or as they return */
void load_run(load_t *l, double seconds);

/* waits for what is under way, and that nothing follows it */
void load_drain(load_t *l);

void load_fail(const char *fmt, ...)
    __attribute__((noreturn, format(printf, 1, 2)));


#endif /* LOAD_H */
