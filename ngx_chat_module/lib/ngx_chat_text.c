
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Which characters a message text or a display name may hold.
 */


#include "ngx_chat_text.h"

#include "ngx_chat_utf8.h"


/* the longest form of a code point in UTF-8 */
#define NGX_CHAT_TEXT_BYTES_MAX  4


/* What a name's rules remember from one code point to the next. */

typedef struct {
    ngx_chat_text_class_e  before;     /* the one just behind */
    ngx_chat_text_class_e  base;       /* the last that no mark follows */
    ngx_chat_text_class_e  want;       /* what must come now, or BEGIN */
} ngx_chat_text_name_t;


static int ngx_chat_text_name_next(ngx_chat_text_name_t *name,
    ngx_chat_text_class_e now);
static int ngx_chat_text_name_joins(ngx_chat_text_name_t *name,
    ngx_chat_text_class_e now);
static int ngx_chat_text_name_selects(ngx_chat_text_name_t *name,
    ngx_chat_text_class_e now);


ngx_chat_text_e
ngx_chat_text_check(const ngx_chat_str_t *text, size_t max)
{
    size_t                points;
    unsigned              marks;
    uint32_t              c;
    const unsigned char  *pos, *end;

    if (text->len == 0) {
        return NGX_CHAT_TEXT_EMPTY;
    }

    if (text->len / NGX_CHAT_TEXT_BYTES_MAX > max) {
        return NGX_CHAT_TEXT_TOO_LONG;
    }

    if (!ngx_chat_utf8_valid(text->data, text->len)) {
        return NGX_CHAT_TEXT_NOT_UTF8;
    }

    marks = 0;
    points = 0;
    pos = text->data;
    end = text->data + text->len;

    while (pos < end) {

        if (++points > max) {
            return NGX_CHAT_TEXT_TOO_LONG;
        }

        if (*pos >= 0x20 && *pos < 0x7f) {
            /* what most texts consist of: allowed, seen, and no mark */
            marks = 0;
            pos++;
            continue;
        }

        c = ngx_chat_utf8_decode(&pos, end);

        if (ngx_chat_text_forbidden(c)) {
            return NGX_CHAT_TEXT_FORBIDDEN;
        }

        if (ngx_chat_text_mark(c)) {
            marks++;

        } else if (!ngx_chat_text_joiner(c) && !ngx_chat_text_hidden(c)) {
            /* what shows nothing between marks changes nothing */
            marks = 0;
        }

        if (marks > NGX_CHAT_TEXT_MARKS_MAX) {
            return NGX_CHAT_TEXT_MARKS;
        }
    }

    return NGX_CHAT_TEXT_OK;
}


ngx_chat_text_e
ngx_chat_text_name_check(const ngx_chat_str_t *name)
{
    uint32_t               c;
    ngx_chat_text_e        rc;
    ngx_chat_text_name_t   state;
    const unsigned char   *pos, *end;

    rc = ngx_chat_text_check(name, NGX_CHAT_TEXT_NAME_MAX);

    if (rc != NGX_CHAT_TEXT_OK) {
        return rc;
    }

    state.before = NGX_CHAT_TEXT_CLASS_BEGIN;
    state.base = NGX_CHAT_TEXT_CLASS_BEGIN;
    state.want = NGX_CHAT_TEXT_CLASS_BEGIN;

    pos = name->data;
    end = name->data + name->len;

    while (pos < end) {
        c = ngx_chat_utf8_decode(&pos, end);

        if (c < 0x20
            || !ngx_chat_text_name_next(&state, ngx_chat_text_class(c)))
        {
            return NGX_CHAT_TEXT_FORBIDDEN;
        }
    }

    if (state.before == NGX_CHAT_TEXT_CLASS_SPACE
        || state.want != NGX_CHAT_TEXT_CLASS_BEGIN)
    {
        return NGX_CHAT_TEXT_FORBIDDEN;
    }

    return NGX_CHAT_TEXT_OK;
}


const char *
ngx_chat_text_reason(ngx_chat_text_e why)
{
    switch (why) {

    case NGX_CHAT_TEXT_OK:
        return "The text is fine.";

    case NGX_CHAT_TEXT_EMPTY:
        return "The text is empty.";

    case NGX_CHAT_TEXT_NOT_UTF8:
        return "The text is not valid UTF-8.";

    case NGX_CHAT_TEXT_FORBIDDEN:
        return "The text has a character that is not allowed.";

    case NGX_CHAT_TEXT_MARKS:
        return "The text has too many combining marks in a row.";

    case NGX_CHAT_TEXT_TOO_LONG:
    default:
        return "The text is too long.";
    }
}


int
ngx_chat_text_forbidden(uint32_t c)
{
    if (c < 0x20) {
        return c != '\t' && c != '\n';
    }

    if (c < 0x7f) {
        return 0;
    }

    /* RFC 9839, 2.2.  Problematic Code Point Types */

    return c < 0xa0
           || (c >= 0xd800 && c <= 0xdfff)
           || (c >= 0xfdd0 && c <= 0xfdef)
           || (c & 0xfffe) == 0xfffe;
}


/*
 * Two names must not look the same, so that what shows nothing of its own
 * stands only where it changes what is seen.
 */

static int
ngx_chat_text_name_next(ngx_chat_text_name_t *name, ngx_chat_text_class_e now)
{
    ngx_chat_text_class_e  before;

    if (name->want != NGX_CHAT_TEXT_CLASS_BEGIN && name->want != now) {
        return 0;
    }

    before = name->before;

    name->want = NGX_CHAT_TEXT_CLASS_BEGIN;
    name->before = now;

    switch (now) {

    case NGX_CHAT_TEXT_CLASS_HIDDEN:
        return 0;

    case NGX_CHAT_TEXT_CLASS_SPACE:
    case NGX_CHAT_TEXT_CLASS_MARK:
    case NGX_CHAT_TEXT_CLASS_VIRAMA:
    case NGX_CHAT_TEXT_CLASS_KEYCAP:
        return before != NGX_CHAT_TEXT_CLASS_BEGIN
               && before != NGX_CHAT_TEXT_CLASS_SPACE;

    case NGX_CHAT_TEXT_CLASS_JOINER:
    case NGX_CHAT_TEXT_CLASS_NON_JOINER:
        name->before = before;
        return ngx_chat_text_name_joins(name, now);

    case NGX_CHAT_TEXT_CLASS_SELECTOR:
    case NGX_CHAT_TEXT_CLASS_EMOJI_SELECTOR:
        name->before = before;
        return ngx_chat_text_name_selects(name, now);

    default:
        name->base = now;
        return 1;
    }
}


/*
 * RFC 5892, A.1.  ZERO WIDTH NON-JOINER, A.2.  ZERO WIDTH JOINER; and the
 * latter makes one picture of two (UTS #51, 2.7  Emoji ZWJ Sequences).
 */

static int
ngx_chat_text_name_joins(ngx_chat_text_name_t *name, ngx_chat_text_class_e now)
{
    ngx_chat_text_class_e  before;

    before = name->before;
    name->before = now;

    if (before == NGX_CHAT_TEXT_CLASS_VIRAMA) {
        return 1;
    }

    if (now == NGX_CHAT_TEXT_CLASS_NON_JOINER) {
        name->want = NGX_CHAT_TEXT_CLASS_CURSIVE;

        return name->base == NGX_CHAT_TEXT_CLASS_CURSIVE
               && (before == NGX_CHAT_TEXT_CLASS_CURSIVE
                   || before == NGX_CHAT_TEXT_CLASS_MARK);
    }

    name->want = NGX_CHAT_TEXT_CLASS_EMOJI;

    return before == NGX_CHAT_TEXT_CLASS_EMOJI
           || before == NGX_CHAT_TEXT_CLASS_TONE
           || (before == NGX_CHAT_TEXT_CLASS_EMOJI_SELECTOR
               && name->base == NGX_CHAT_TEXT_CLASS_EMOJI);
}


/* The variants that there are: of emoji, of keys, of ideographs. */

static int
ngx_chat_text_name_selects(ngx_chat_text_name_t *name,
    ngx_chat_text_class_e now)
{
    ngx_chat_text_class_e  before;

    before = name->before;
    name->before = now;

    if (now == NGX_CHAT_TEXT_CLASS_SELECTOR) {
        return before == NGX_CHAT_TEXT_CLASS_HAN;
    }

    if (before == NGX_CHAT_TEXT_CLASS_KEY) {
        name->want = NGX_CHAT_TEXT_CLASS_KEYCAP;
        return 1;
    }

    return before == NGX_CHAT_TEXT_CLASS_EMOJI;
}
