
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * A token bucket in eight bytes, with the time as a parameter.
 */


#ifndef NGX_CHAT_RATE_H_INCLUDED
#define NGX_CHAT_RATE_H_INCLUDED


#include <stdint.h>


typedef struct {
    uint32_t  used;        /* thousandths of a token taken and not regained */
    uint32_t  last;        /* milliseconds, low 32 bits, of the last take */
} ngx_chat_rate_t;


/*
 * Takes one token.  rate is in thousandths of a token a second (0: no limit),
 * burst in tokens (from 1 to 4,294,967, what lies outside is moved there), now
 * in milliseconds (a wrap of its low 32 bits is harmless, a clock that stands
 * or steps back gives nothing and takes nothing away).  Returns 0 if the token
 * was there, else the milliseconds until it would be; nothing is taken then.
 * A bucket of zero bytes is full.
 */
uint32_t ngx_chat_rate_take(ngx_chat_rate_t *r, uint32_t rate,
    uint32_t burst, uint64_t now);

/* The same of a bucket that may lack so many tokens more than it holds. */
uint32_t ngx_chat_rate_take_owing(ngx_chat_rate_t *r, uint32_t rate,
    uint32_t burst, uint32_t debt, uint64_t now);

/* Gives back the token of the last take: what it was for did not happen. */
void ngx_chat_rate_give(ngx_chat_rate_t *r);

/* Whether the bucket is full again, as one of zero bytes is. */
int ngx_chat_rate_full(const ngx_chat_rate_t *r, uint32_t rate,
    uint64_t now);


/*
 * The same for bytes that have come already, however many: used is bytes
 * then, rate bytes a second (0: no limit), burst bytes.  Returns 0, or the
 * milliseconds until no more than the burst is used.
 */
uint32_t ngx_chat_rate_spend(ngx_chat_rate_t *r, uint32_t rate,
    uint32_t burst, uint32_t bytes, uint64_t now);


#endif /* NGX_CHAT_RATE_H_INCLUDED */
