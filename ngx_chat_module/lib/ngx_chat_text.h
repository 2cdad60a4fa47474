
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Which characters a message text or a display name may hold.
 */


#ifndef NGX_CHAT_TEXT_H_INCLUDED
#define NGX_CHAT_TEXT_H_INCLUDED


#include "ngx_chat_str.h"
#include "ngx_chat_text_class.h"


typedef enum {
    NGX_CHAT_TEXT_OK = 0,
    NGX_CHAT_TEXT_EMPTY,
    NGX_CHAT_TEXT_NOT_UTF8,
    NGX_CHAT_TEXT_FORBIDDEN,       /* a control, noncharacter, surrogate */
    NGX_CHAT_TEXT_MARKS,           /* more combining marks than 8 in a row */
    NGX_CHAT_TEXT_TOO_LONG         /* more code points than allowed */
} ngx_chat_text_e;


#define NGX_CHAT_TEXT_MAX          4000   /* code points of a message */
#define NGX_CHAT_TEXT_NAME_MAX     32     /* code points of a display name */
#define NGX_CHAT_TEXT_MARKS_MAX    8      /* combining marks in a row */


/*
 * Checks a message text of at most max code points.  RFC 9839's assignable
 * characters less C0 (but TAB and LF), DEL and C1.  Bidirectional controls
 * are allowed, the page isolates them.
 */
ngx_chat_text_e ngx_chat_text_check(const ngx_chat_str_t *text, size_t max);

/*
 * Checks a display name: 1..32 code points, in addition no TAB or LF, nothing
 * hidden, no space at either end, no two spaces in a row; combining marks only
 * behind something visible; joiners and variation selectors only where a
 * script or an emoji has a use for them.  The names that are shown are in form
 * NFC (ngx_chat_text_name_nfc()), which this function does not ask for.
 */
ngx_chat_text_e ngx_chat_text_name_check(const ngx_chat_str_t *name);

/* A sentence for the sender. */
const char *ngx_chat_text_reason(ngx_chat_text_e why);

/* Returns 1 for a code point that no text may hold. */
int ngx_chat_text_forbidden(uint32_t c);


#endif /* NGX_CHAT_TEXT_H_INCLUDED */
