
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Strings in JSON.
 */


#include "ngx_chat_json_string.h"

#include <string.h>

#include "ngx_chat_utf8.h"


static int ngx_chat_json_string_unicode(const unsigned char **pos,
    const unsigned char *end, uint32_t *c);
static int ngx_chat_json_string_hex(const unsigned char **pos,
    const unsigned char *end, uint32_t *c);
static int ngx_chat_json_string_open(const ngx_chat_str_t *value,
    ngx_chat_str_t *inner);
static size_t ngx_chat_json_string_char(ngx_chat_str_t *rest,
    unsigned char utf8[4]);
static size_t ngx_chat_json_string_length(const ngx_chat_str_t *text);
static void ngx_chat_json_string_skip(ngx_chat_str_t *text, size_t n);


int
ngx_chat_json_string_escape(const unsigned char **pos,
    const unsigned char *end, uint32_t *c)
{
    if (*pos == end) {
        return 0;
    }

    *c = *(*pos)++;

    switch (*c) {

    case '"':
    case '\\':
    case '/':
        return 1;

    case 'b':
        *c = '\b';
        return 1;

    case 'f':
        *c = '\f';
        return 1;

    case 'n':
        *c = '\n';
        return 1;

    case 'r':
        *c = '\r';
        return 1;

    case 't':
        *c = '\t';
        return 1;

    case 'u':
        return ngx_chat_json_string_unicode(pos, end, c);

    default:
        return 0;
    }
}


/* RFC 8259, 7.  Strings: a pair of surrogates is one character. */

static int
ngx_chat_json_string_unicode(const unsigned char **pos,
    const unsigned char *end, uint32_t *c)
{
    uint32_t  low;

    if (!ngx_chat_json_string_hex(pos, end, c)) {
        return 0;
    }

    if (*c < 0xd800 || *c > 0xdfff) {
        return 1;
    }

    if (*c > 0xdbff || end - *pos < 2
        || (*pos)[0] != '\\' || (*pos)[1] != 'u')
    {
        return 0;
    }

    *pos += 2;

    if (!ngx_chat_json_string_hex(pos, end, &low)
        || low < 0xdc00
        || low > 0xdfff)
    {
        return 0;
    }

    *c = 0x10000 + ((*c - 0xd800) << 10) + (low - 0xdc00);

    return 1;
}


static int
ngx_chat_json_string_hex(const unsigned char **pos, const unsigned char *end,
    uint32_t *c)
{
    unsigned  i, digit, letter;

    *c = 0;

    for (i = 0; i < 4; i++) {
        if (*pos == end) {
            return 0;
        }

        digit = *(*pos)++;
        letter = digit | 0x20;

        if (digit >= '0' && digit <= '9') {
            *c = (*c << 4) | (digit - '0');

        } else if (letter >= 'a' && letter <= 'f') {
            *c = (*c << 4) | (letter - 'a' + 10);

        } else {
            return 0;
        }
    }

    return 1;
}


size_t
ngx_chat_json_string_read(unsigned char *buf, size_t size,
    const ngx_chat_str_t *value)
{
    size_t          n, len;
    unsigned char   utf8[4];
    ngx_chat_str_t  rest;

    if (!ngx_chat_json_string_open(value, &rest)) {
        return 0;
    }

    len = 0;

    while (rest.len > 0) {
        n = ngx_chat_json_string_char(&rest, utf8);

        if (len <= size && n <= size - len) {
            memcpy(buf + len, utf8, n);
        }

        len += n;
    }

    return len;
}


int
ngx_chat_json_string_is(const ngx_chat_str_t *value,
    const ngx_chat_str_t *text)
{
    size_t          n, len;
    unsigned char   utf8[4];
    ngx_chat_str_t  rest;

    if (!ngx_chat_json_string_open(value, &rest)) {
        return 0;
    }

    len = 0;

    while (rest.len > 0) {
        n = ngx_chat_json_string_char(&rest, utf8);

        if (n > text->len - len || memcmp(text->data + len, utf8, n) != 0) {
            return 0;
        }

        len += n;
    }

    return len == text->len;
}


ngx_chat_json_string_e
ngx_chat_json_string_next(ngx_chat_str_t *array, ngx_chat_str_t *element)
{
    if (array->len == 0) {
        return NGX_CHAT_JSON_STRING_NONE;
    }

    /* behind the bracket at first, then behind a string */

    if (*array->data == '[' || *array->data == ',') {
        ngx_chat_json_string_skip(array, 1);
    }

    if (array->len > 0 && *array->data == ']') {
        return NGX_CHAT_JSON_STRING_END;
    }

    element->data = array->data;
    element->len = ngx_chat_json_string_length(array);

    if (element->len == 0) {
        return NGX_CHAT_JSON_STRING_NONE;
    }

    ngx_chat_json_string_skip(array, element->len);

    return NGX_CHAT_JSON_STRING_FOUND;
}


/* What stands between the quotes. */

static int
ngx_chat_json_string_open(const ngx_chat_str_t *value, ngx_chat_str_t *inner)
{
    if (value->len < 2 || value->data[0] != '"') {
        return 0;
    }

    inner->data = value->data + 1;
    inner->len = value->len - 2;

    return 1;
}


/*
 * One byte, or what an escape stands for.  A text that the scanner has taken
 * has no other escapes.
 */

static size_t
ngx_chat_json_string_char(ngx_chat_str_t *rest, unsigned char utf8[4])
{
    size_t                n;
    uint32_t              c;
    const unsigned char  *pos, *end;

    pos = rest->data;
    end = pos + rest->len;
    n = 1;

    utf8[0] = *pos++;

    if (utf8[0] == '\\') {
        if (ngx_chat_json_string_escape(&pos, end, &c)) {
            n = ngx_chat_utf8_encode(utf8, c);

        } else {
            pos = end;
        }
    }

    rest->data = pos;
    rest->len = (size_t) (end - pos);

    return n;
}


/* Bytes from a quote to the next that is not escaped, 0 without them. */

static size_t
ngx_chat_json_string_length(const ngx_chat_str_t *text)
{
    size_t  i;

    if (text->len == 0 || text->data[0] != '"') {
        return 0;
    }

    for (i = 1; i < text->len; i++) {
        if (text->data[i] == '"') {
            return i + 1;
        }

        if (text->data[i] == '\\') {
            i++;
        }
    }

    return 0;
}


/* Moves on by n bytes, and the white space behind them. */

static void
ngx_chat_json_string_skip(ngx_chat_str_t *text, size_t n)
{
    while (n < text->len
           && (text->data[n] == ' ' || text->data[n] == '\t'
               || text->data[n] == '\n' || text->data[n] == '\r'))
    {
        n++;
    }

    text->data += n;
    text->len -= n;
}
