
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Writing JSON into a buffer that may be too small.
 */


#include "ngx_chat_json_out.h"

#include <string.h>


#define NGX_CHAT_JSON_OUT_NUMBER_SIZE  20    /* "-9223372036854775808" */


static void ngx_chat_json_out_bytes(ngx_chat_json_out_t *out,
    const unsigned char *p, size_t n);
static int ngx_chat_json_out_line_end(const unsigned char *p, size_t n);
static size_t ngx_chat_json_out_escape(ngx_chat_json_out_t *out,
    const unsigned char *p);


/* bytes that are escaped, or may begin what is */

static const unsigned char  ngx_chat_json_out_special[256] = {
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    ['"'] = 1,
    ['\\'] = 1,
    [0xe2] = 1
};


void
ngx_chat_json_out_init(ngx_chat_json_out_t *out, unsigned char *buf,
    size_t size)
{
    out->buf = buf;
    out->size = size;
    out->len = 0;
}


void
ngx_chat_json_out_raw(ngx_chat_json_out_t *out, const void *data, size_t n)
{
    if (n != 0 && out->len <= out->size && n <= out->size - out->len) {
        memcpy(out->buf + out->len, data, n);
    }

    out->len += n;
}


void
ngx_chat_json_out_string(ngx_chat_json_out_t *out, const ngx_chat_str_t *str)
{
    ngx_chat_json_out_bytes(out, str->data, str->len);
}


void
ngx_chat_json_out_text(ngx_chat_json_out_t *out, const char *text)
{
    ngx_chat_json_out_bytes(out, (const unsigned char *) text, strlen(text));
}


void
ngx_chat_json_out_number(ngx_chat_json_out_t *out, int64_t n)
{
    uint64_t        rest;
    unsigned char  *p, *end, digits[NGX_CHAT_JSON_OUT_NUMBER_SIZE];

    end = digits + sizeof(digits);
    p = end;
    rest = (n < 0) ? 0 - (uint64_t) n : (uint64_t) n;

    do {
        *--p = (unsigned char) ('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);

    if (n < 0) {
        *--p = '-';
    }

    ngx_chat_json_out_raw(out, p, (size_t) (end - p));
}


void
ngx_chat_json_out_bool(ngx_chat_json_out_t *out, int yes)
{
    if (yes) {
        ngx_chat_json_out_lit(out, "true");
    } else {
        ngx_chat_json_out_lit(out, "false");
    }
}


size_t
ngx_chat_json_out_compact(unsigned char *buf, size_t size,
    const ngx_chat_str_t *value)
{
    int                   quoted, escaped;
    unsigned char         c;
    const unsigned char  *p, *end;
    ngx_chat_json_out_t   out;

    ngx_chat_json_out_init(&out, buf, size);

    quoted = 0;
    escaped = 0;
    end = value->data + value->len;

    for (p = value->data; p < end; p++) {
        c = *p;

        if (!quoted && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) {
            continue;
        }

        ngx_chat_json_out_raw(&out, p, 1);

        if (c == '"' && !escaped) {
            quoted = !quoted;
        }

        escaped = (c == '\\' && !escaped);
    }

    return out.len;
}


static void
ngx_chat_json_out_bytes(ngx_chat_json_out_t *out, const unsigned char *p,
    size_t n)
{
    size_t  i, run, taken;

    ngx_chat_json_out_lit(out, "\"");

    run = 0;

    for (i = 0; i < n; i += taken) {
        taken = 1;

        if (ngx_chat_json_out_special[p[i]] == 0
            || (p[i] == 0xe2 && !ngx_chat_json_out_line_end(p + i, n - i)))
        {
            continue;
        }

        ngx_chat_json_out_raw(out, p + run, i - run);
        taken = ngx_chat_json_out_escape(out, p + i);
        run = i + taken;
    }

    if (run < n) {
        ngx_chat_json_out_raw(out, p + run, n - run);
    }

    ngx_chat_json_out_lit(out, "\"");
}


/* U+2028 and U+2029 are E2 80 A8 and E2 80 A9. */

static int
ngx_chat_json_out_line_end(const unsigned char *p, size_t n)
{
    return n >= 3 && p[1] == 0x80 && (p[2] == 0xa8 || p[2] == 0xa9);
}


/* Writes the escape for the character at p, and returns its bytes. */

static size_t
ngx_chat_json_out_escape(ngx_chat_json_out_t *out, const unsigned char *p)
{
    unsigned char      text[sizeof("\\u0000") - 1] = "\\u0000";
    static const char  hex[] = "0123456789abcdef";

    switch (*p) {

    case '"':
        ngx_chat_json_out_lit(out, "\\\"");
        return 1;

    case '\\':
        ngx_chat_json_out_lit(out, "\\\\");
        return 1;

    case '\n':
        ngx_chat_json_out_lit(out, "\\n");
        return 1;

    case '\r':
        ngx_chat_json_out_lit(out, "\\r");
        return 1;

    case '\t':
        ngx_chat_json_out_lit(out, "\\t");
        return 1;

    case 0xe2:
        ngx_chat_json_out_lit(out, "\\u202");
        ngx_chat_json_out_raw(out, (p[2] == 0xa8) ? "8" : "9", 1);
        return 3;

    default:
        text[4] = (unsigned char) hex[*p >> 4];
        text[5] = (unsigned char) hex[*p & 0xf];
        ngx_chat_json_out_raw(out, text, sizeof(text));
        return 1;
    }
}
