
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The embedded store's arithmetic: hashes, epochs, the ordinals of jumps.
 */


#include "ngx_chat_log_region.h"

#include <string.h>


static void ngx_chat_log_sip(uint64_t v[4], uint64_t word);
static uint64_t ngx_chat_log_rotate(uint64_t x, unsigned n);


/* Finds damage, not malice. */

uint64_t
ngx_chat_log_mix(uint64_t sum, uint64_t word)
{
    sum = (sum ^ word) * 0x9e3779b97f4a7c15u;

    return sum ^ (sum >> 29);
}


/*
 * SipHash-1-3 with a word in front: nobody who does not know the key can
 * choose names that fill one bucket.
 */

uint64_t
ngx_chat_log_hash(const uint64_t key[2], uint64_t salt,
    const ngx_chat_str_t *text)
{
    size_t    left;
    uint64_t  v[4], word;

    v[0] = key[0] ^ 0x736f6d6570736575u;
    v[1] = key[1] ^ 0x646f72616e646f6du;
    v[2] = key[0] ^ 0x6c7967656e657261u;
    v[3] = key[1] ^ 0x7465646279746573u;

    ngx_chat_log_sip(v, salt);

    for (left = text->len; left >= sizeof(word); left -= sizeof(word)) {
        memcpy(&word, text->data + text->len - left, sizeof(word));
        ngx_chat_log_sip(v, word);
    }

    word = 0;

    if (left != 0) {
        memcpy(&word, text->data + text->len - left, left);
    }

    ngx_chat_log_sip(v, word);
    ngx_chat_log_sip(v, text->len);

    v[2] ^= 0xff;

    ngx_chat_log_sip(v, 0);
    ngx_chat_log_sip(v, 0);
    ngx_chat_log_sip(v, 0);

    return v[0] ^ v[1] ^ v[2] ^ v[3];
}


void
ngx_chat_log_epoch_text(unsigned char text[NGX_CHAT_LOG_EPOCH_LEN],
    uint64_t epoch)
{
    unsigned                    i;
    static const unsigned char  digits[] = "abcdefghijklmnopqrstuvwxyz234567";

    for (i = NGX_CHAT_LOG_EPOCH_LEN; i > 0; i--) {
        text[i - 1] = digits[epoch % 32];
        epoch /= 32;
    }
}


/*
 * E. W. Myers, An applicative random-access stack (1983): where n is written
 * as a sum of numbers 2^k - 1, always the greatest that fits, a jump leads
 * over the last of them.  From any n to any smaller one there are so at most
 * about 2 log n steps, of jumps and of single steps back.
 */

uint64_t
ngx_chat_log_skew(uint64_t ord)
{
    uint64_t  rest, part;

    rest = ord;
    part = ~(uint64_t) 0;

    while (rest > 1) {
        while (part > rest) {
            part /= 2;
        }

        if (rest == part) {
            return ord - part;
        }

        rest -= part;
    }

    return ord - rest;
}


static void
ngx_chat_log_sip(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;

    v[0] += v[1];
    v[2] += v[3];
    v[1] = ngx_chat_log_rotate(v[1], 13) ^ v[0];
    v[3] = ngx_chat_log_rotate(v[3], 16) ^ v[2];
    v[0] = ngx_chat_log_rotate(v[0], 32);

    v[2] += v[1];
    v[0] += v[3];
    v[1] = ngx_chat_log_rotate(v[1], 17) ^ v[2];
    v[3] = ngx_chat_log_rotate(v[3], 21) ^ v[0];
    v[2] = ngx_chat_log_rotate(v[2], 32);

    v[0] ^= word;
}


static uint64_t
ngx_chat_log_rotate(uint64_t x, unsigned n)
{
    return (x << n) | (x >> (64 - n));
}
