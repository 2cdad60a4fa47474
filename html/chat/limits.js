
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/* How long, how often, how much: the library's numbers, one place for all. */

/* the connection */
export const ANSWER_WAIT = 15_000;      /* ms */
export const WELCOME_WAIT = 15_000;     /* ms, from the first SYN */
export const PING_WAIT = 3000;          /* ms */
export const HEARTBEATS = 1.6;          /* of silence, then it is dead */
export const STABLE = 10_000;           /* ms online that end a bad streak */
export const MUTE_MOST = 2;             /* then without WebSockets */
export const DRAIN_GRACE = 1000;        /* ms, the server closes first */

/* coming back */
export const BACKOFF_BASE = 1000;       /* ms */
export const BACKOFF_LIMIT = 30_000;    /* ms */
export const SLOW_LEAST = 10_000;       /* ms */
export const SOON_SPREAD = 1000;        /* ms */
export const SOON_TRIES = 2;            /* then it is a loop: back off */
export const TIMER_LIMIT = 2 ** 31 - 1; /* ms, what a timer can hold */

/* a room */
export const FRAMES_HELD = 1000;        /* during one join */
export const ENTRIES_HELD = 10_000;     /* during one join */
export const WHO_PAGES = 100;
export const RECOUNT_SPREAD = 2000;     /* ms, not all members at once */

/* messages on their way */
export const HORIZON = 300_000;         /* ms, older ones wait for people */
export const RENEW = 5000;              /* ms, a third of a lease */
export const WAITING_MOST = 500;        /* of a room */
export const SETTLED_MOST = 1000;       /* cids of a room that are known */
