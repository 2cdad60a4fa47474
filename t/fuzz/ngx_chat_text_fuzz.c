
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Texts and names: what is taken keeps the rules, checked code point by code
 * point, and what is no name as a text is no name at all.  The beginning of a
 * text is a text, if it is UTF-8.
 *
 * The first byte is the greatest number of code points.
 */


#include "ngx_chat_text.h"

#include <stdlib.h>

#include "ngx_chat_utf8.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


/* Nothing that shows nothing stands where a name begins or alone. */

static int
unseen(ngx_chat_text_class_e class)
{
    return class == NGX_CHAT_TEXT_CLASS_HIDDEN
           || class == NGX_CHAT_TEXT_CLASS_MARK
           || class == NGX_CHAT_TEXT_CLASS_SELECTOR
           || class == NGX_CHAT_TEXT_CLASS_EMOJI_SELECTOR
           || class == NGX_CHAT_TEXT_CLASS_JOINER
           || class == NGX_CHAT_TEXT_CLASS_NON_JOINER;
}


static void
check_points(const ngx_chat_str_t *text, size_t max, int name)
{
    size_t                points;
    uint32_t              c, last;
    const unsigned char  *pos, *end;

    points = 0;
    last = ' ';
    pos = text->data;
    end = text->data + text->len;

    while (pos < end) {
        c = ngx_chat_utf8_decode(&pos, end);
        points++;

        if (ngx_chat_text_forbidden(c)
            || (c < 0x20 && (name || (c != '\t' && c != '\n')))
            || (c >= 0x7f && c < 0xa0)
            || (c >= 0xd800 && c <= 0xdfff))
        {
            abort();
        }

        if (name
            && (ngx_chat_text_hidden(c)
                || (last == ' ' && unseen(ngx_chat_text_class(c)))
                || (ngx_chat_text_joiner(c) && ngx_chat_text_joiner(last))
                || (ngx_chat_text_space(c) && ngx_chat_text_space(last))))
        {
            abort();
        }

        last = c;
    }

    if (points == 0 || points > max || (name && ngx_chat_text_space(last))) {
        abort();
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t           max;
    ngx_chat_str_t   text;
    ngx_chat_text_e  rc;

    if (size == 0) {
        return 0;
    }

    max = data[0];
    text.data = data + 1;
    text.len = size - 1;

    rc = ngx_chat_text_check(&text, max);

    if (rc == NGX_CHAT_TEXT_OK) {
        check_points(&text, max, 0);
    }

    if (ngx_chat_text_reason(rc) == NULL) {
        abort();
    }

    if (rc == NGX_CHAT_TEXT_OK && text.len > 1) {
        text.len--;

        if (ngx_chat_text_check(&text, max) != NGX_CHAT_TEXT_OK
            && ngx_chat_text_check(&text, max) != NGX_CHAT_TEXT_NOT_UTF8)
        {
            abort();
        }

        text.len++;
    }

    rc = ngx_chat_text_name_check(&text);

    if (rc == NGX_CHAT_TEXT_OK) {
        check_points(&text, NGX_CHAT_TEXT_NAME_MAX, 1);

        if (ngx_chat_text_check(&text, NGX_CHAT_TEXT_NAME_MAX) != rc) {
            abort();
        }
    }

    return 0;
}
