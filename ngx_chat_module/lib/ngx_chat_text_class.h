
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * What kind of character a code point is, as far as the rules of texts and
 * names ask.
 */


#ifndef NGX_CHAT_TEXT_CLASS_H_INCLUDED
#define NGX_CHAT_TEXT_CLASS_H_INCLUDED


#include <stdint.h>


typedef enum {
    NGX_CHAT_TEXT_CLASS_BEGIN = 0,       /* no code point: before the first */
    NGX_CHAT_TEXT_CLASS_VISIBLE,         /* none of the others */
    NGX_CHAT_TEXT_CLASS_SPACE,           /* a space of any width */
    NGX_CHAT_TEXT_CLASS_MARK,            /* combines with what is before it */
    NGX_CHAT_TEXT_CLASS_VIRAMA,          /* likewise, and joins consonants */
    NGX_CHAT_TEXT_CLASS_KEYCAP,          /* U+20E3, likewise */
    NGX_CHAT_TEXT_CLASS_KEY,             /* 0-9 # *, which it is made for */
    NGX_CHAT_TEXT_CLASS_CURSIVE,         /* a letter that joins its neighbour */
    NGX_CHAT_TEXT_CLASS_HAN,             /* a Han ideograph */
    NGX_CHAT_TEXT_CLASS_EMOJI,           /* Extended_Pictographic */
    NGX_CHAT_TEXT_CLASS_TONE,            /* of the skin of an emoji */
    NGX_CHAT_TEXT_CLASS_EMOJI_SELECTOR,  /* U+FE0E, U+FE0F: plain, coloured */
    NGX_CHAT_TEXT_CLASS_SELECTOR,        /* any other variation selector */
    NGX_CHAT_TEXT_CLASS_JOINER,          /* U+200D */
    NGX_CHAT_TEXT_CLASS_NON_JOINER,      /* U+200C */
    NGX_CHAT_TEXT_CLASS_HIDDEN           /* see ngx_chat_text_hidden() */
} ngx_chat_text_class_e;


ngx_chat_text_class_e ngx_chat_text_class(uint32_t c);

/*
 * Returns 1 for a code point that shows nothing or turns the direction of its
 * neighbours (U+202A..202E, U+2066..2069, U+200E, U+200F, U+061C; U+200B,
 * U+2060, U+FEFF, U+00AD, fillers, U+2800, tags).
 */
int ngx_chat_text_hidden(uint32_t c);

/* Returns 1 for a space of any width. */
int ngx_chat_text_space(uint32_t c);

/* Returns 1 for a combining mark: general category Mn or Me. */
int ngx_chat_text_mark(uint32_t c);

/* Returns 1 for U+200C and U+200D. */
int ngx_chat_text_joiner(uint32_t c);


#endif /* NGX_CHAT_TEXT_CLASS_H_INCLUDED */
