
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * The record that workers exchange: its bytes.
 */


#include "ngx_chat_wire.h"

#include <string.h>

#include "ngx_chat_json.h"
#include "ngx_chat_utf8.h"


#define NGX_CHAT_WIRE_NUMBER_MAX     9007199254740992u    /* 2^53 */
#define NGX_CHAT_WIRE_DIGITS_MAX     16      /* of a number that is read */
#define NGX_CHAT_WIRE_DIGITS_SIZE    20      /* of any 64-bit number */
#define NGX_CHAT_WIRE_FIELD_HEADER   5       /* tag and length */

#define NGX_CHAT_WIRE_USER           'U'
#define NGX_CHAT_WIRE_NAME           'N'
#define NGX_CHAT_WIRE_ROLE           'R'
#define NGX_CHAT_WIRE_CID            'I'
#define NGX_CHAT_WIRE_SESSION        'S'
#define NGX_CHAT_WIRE_RE             'A'
#define NGX_CHAT_WIRE_REF            'F'
#define NGX_CHAT_WIRE_DELETED        'Z'
#define NGX_CHAT_WIRE_COUNT          'C'
#define NGX_CHAT_WIRE_ON             'O'
#define NGX_CHAT_WIRE_ACT            'W'
#define NGX_CHAT_WIRE_TARGET         'G'
#define NGX_CHAT_WIRE_IP             'P'
#define NGX_CHAT_WIRE_UNTIL          'E'
#define NGX_CHAT_WIRE_VALUE          'V'
#define NGX_CHAT_WIRE_RIGHTS         'Q'


typedef struct {
    unsigned char  *buf;
    size_t          size;
    size_t          len;
} ngx_chat_wire_out_t;


static void ngx_chat_wire_put(ngx_chat_wire_out_t *out, const void *data,
    size_t n);
static void ngx_chat_wire_put_byte(ngx_chat_wire_out_t *out, unsigned c);
static void ngx_chat_wire_put_number(ngx_chat_wire_out_t *out, uint64_t n);
static void ngx_chat_wire_put_field(ngx_chat_wire_out_t *out, unsigned tag,
    const ngx_chat_str_t *value);
static void ngx_chat_wire_put_count(ngx_chat_wire_out_t *out, unsigned tag,
    uint64_t value);
static size_t ngx_chat_wire_digits(unsigned char *end, uint64_t n);

static int ngx_chat_wire_get_header(ngx_chat_wire_t *rec,
    const unsigned char **pos, const unsigned char *end);
static int ngx_chat_wire_get_epoch(ngx_chat_wire_t *rec,
    const unsigned char **pos, const unsigned char *end);
static int ngx_chat_wire_get_payload(ngx_chat_wire_t *rec,
    const unsigned char *pos, const unsigned char *end);
static int ngx_chat_wire_get_field(ngx_chat_wire_t *rec, unsigned tag,
    const ngx_chat_str_t *value);
static ngx_chat_str_t *ngx_chat_wire_string(ngx_chat_wire_t *rec,
    unsigned tag);
static int ngx_chat_wire_get_number(uint64_t *n, const unsigned char **pos,
    const unsigned char *end, unsigned stop);
static int ngx_chat_wire_get_decimal(uint64_t *n, const ngx_chat_str_t *value);
static uint32_t ngx_chat_wire_tag_bit(unsigned tag);
static int ngx_chat_wire_object(const ngx_chat_str_t *value);
static int ngx_chat_wire_numbered(unsigned kind);
static int ngx_chat_wire_known(unsigned kind);


size_t
ngx_chat_wire_payload(unsigned char *buf, size_t size,
    const ngx_chat_wire_t *rec)
{
    ngx_chat_wire_out_t  out;

    out.buf = buf;
    out.size = size;
    out.len = 0;

    ngx_chat_wire_put_byte(&out, NGX_CHAT_WIRE_VERSION);

    ngx_chat_wire_put_field(&out, NGX_CHAT_WIRE_USER, &rec->user);
    ngx_chat_wire_put_field(&out, NGX_CHAT_WIRE_NAME, &rec->name);
    ngx_chat_wire_put_field(&out, NGX_CHAT_WIRE_ROLE, &rec->role);
    ngx_chat_wire_put_field(&out, NGX_CHAT_WIRE_CID, &rec->cid);
    ngx_chat_wire_put_field(&out, NGX_CHAT_WIRE_SESSION, &rec->session);
    ngx_chat_wire_put_count(&out, NGX_CHAT_WIRE_RE, rec->re);
    ngx_chat_wire_put_count(&out, NGX_CHAT_WIRE_REF, rec->ref);
    ngx_chat_wire_put_count(&out, NGX_CHAT_WIRE_DELETED, rec->deleted);
    ngx_chat_wire_put_count(&out, NGX_CHAT_WIRE_COUNT, rec->count);
    ngx_chat_wire_put_count(&out, NGX_CHAT_WIRE_ON, rec->on);
    ngx_chat_wire_put_field(&out, NGX_CHAT_WIRE_META, &rec->meta);
    ngx_chat_wire_put_field(&out, NGX_CHAT_WIRE_ENC, &rec->enc);
    ngx_chat_wire_put_field(&out, NGX_CHAT_WIRE_BODY, &rec->body);

    if (rec->kind == NGX_CHAT_WIRE_MOD) {
        ngx_chat_wire_put_field(&out, NGX_CHAT_WIRE_ACT, &rec->act);
        ngx_chat_wire_put_field(&out, NGX_CHAT_WIRE_TARGET, &rec->target);
        ngx_chat_wire_put_field(&out, NGX_CHAT_WIRE_IP, &rec->ip);
        ngx_chat_wire_put_count(&out, NGX_CHAT_WIRE_UNTIL, rec->until);
        ngx_chat_wire_put_count(&out, NGX_CHAT_WIRE_VALUE, rec->value);
        ngx_chat_wire_put_count(&out, NGX_CHAT_WIRE_RIGHTS, rec->version);
    }

    return out.len;
}


size_t
ngx_chat_wire_header(unsigned char *buf, size_t size,
    const ngx_chat_wire_t *rec)
{
    ngx_chat_wire_out_t  out;

    out.buf = buf;
    out.size = size;
    out.len = 0;

    ngx_chat_wire_put_byte(&out, rec->kind);
    ngx_chat_wire_put_byte(&out, ' ');
    ngx_chat_wire_put_number(&out, rec->seq);
    ngx_chat_wire_put_byte(&out, ' ');
    ngx_chat_wire_put_number(&out, rec->prev);
    ngx_chat_wire_put_byte(&out, ' ');
    ngx_chat_wire_put_number(&out, (uint64_t) rec->time);
    ngx_chat_wire_put_byte(&out, ' ');
    ngx_chat_wire_put(&out, rec->epoch.data, rec->epoch.len);
    ngx_chat_wire_put_byte(&out, '\n');

    return out.len;
}


int
ngx_chat_wire_parse(ngx_chat_wire_t *rec, const unsigned char *p, size_t n)
{
    const unsigned char  *pos, *end;

    memset(rec, 0, sizeof(ngx_chat_wire_t));

    if (n == 0) {
        return 0;
    }

    pos = p;
    end = p + n;

    if (!ngx_chat_wire_get_header(rec, &pos, end)
        || !ngx_chat_wire_get_payload(rec, pos, end))
    {
        return 0;
    }

    if (rec->kind == NGX_CHAT_WIRE_TEXT || rec->kind == NGX_CHAT_WIRE_BINARY) {
        return 1;
    }

    if ((rec->kind == NGX_CHAT_WIRE_EDIT || rec->kind == NGX_CHAT_WIRE_DELETE)
        && (rec->ref == 0 || rec->ref >= rec->seq))
    {
        return 0;
    }

    return rec->user.len != 0;
}


static void
ngx_chat_wire_put(ngx_chat_wire_out_t *out, const void *data, size_t n)
{
    if (n != 0 && out->len <= out->size && n <= out->size - out->len) {
        memcpy(out->buf + out->len, data, n);
    }

    out->len += n;
}


static void
ngx_chat_wire_put_byte(ngx_chat_wire_out_t *out, unsigned c)
{
    unsigned char  byte;

    byte = (unsigned char) c;
    ngx_chat_wire_put(out, &byte, 1);
}


static void
ngx_chat_wire_put_number(ngx_chat_wire_out_t *out, uint64_t n)
{
    size_t         len;
    unsigned char  digits[NGX_CHAT_WIRE_DIGITS_SIZE];

    len = ngx_chat_wire_digits(digits + sizeof(digits), n);
    ngx_chat_wire_put(out, digits + sizeof(digits) - len, len);
}


static void
ngx_chat_wire_put_field(ngx_chat_wire_out_t *out, unsigned tag,
    const ngx_chat_str_t *value)
{
    size_t  len;

    len = value->len;

    if (len == 0) {
        return;
    }

    ngx_chat_wire_put_byte(out, tag);
    ngx_chat_wire_put_byte(out, (len >> 24) & 0xff);
    ngx_chat_wire_put_byte(out, (len >> 16) & 0xff);
    ngx_chat_wire_put_byte(out, (len >> 8) & 0xff);
    ngx_chat_wire_put_byte(out, len & 0xff);
    ngx_chat_wire_put(out, value->data, len);
}


static void
ngx_chat_wire_put_count(ngx_chat_wire_out_t *out, unsigned tag,
    uint64_t value)
{
    ngx_chat_str_t  text;
    unsigned char   digits[NGX_CHAT_WIRE_DIGITS_SIZE];

    if (value == 0) {
        return;
    }

    text.len = ngx_chat_wire_digits(digits + sizeof(digits), value);
    text.data = digits + sizeof(digits) - text.len;

    ngx_chat_wire_put_field(out, tag, &text);
}


/* Writes the digits of n in front of end, and returns how many. */

static size_t
ngx_chat_wire_digits(unsigned char *end, uint64_t n)
{
    unsigned char  *p;

    p = end;

    do {
        *--p = (unsigned char) ('0' + n % 10);
        n /= 10;
    } while (n != 0);

    return (size_t) (end - p);
}


static int
ngx_chat_wire_get_header(ngx_chat_wire_t *rec, const unsigned char **pos,
    const unsigned char *end)
{
    uint64_t              time;
    const unsigned char  *p;

    p = *pos;

    if (end - p < 2 || !ngx_chat_wire_known(p[0]) || p[1] != ' ') {
        return 0;
    }

    rec->kind = p[0];
    p += 2;

    if (!ngx_chat_wire_get_number(&rec->seq, &p, end, ' ')
        || !ngx_chat_wire_get_number(&rec->prev, &p, end, ' ')
        || !ngx_chat_wire_get_number(&time, &p, end, ' ')
        || !ngx_chat_wire_get_epoch(rec, &p, end))
    {
        return 0;
    }

    rec->time = (int64_t) time;
    *pos = p;

    if (ngx_chat_wire_numbered(rec->kind)) {
        return rec->seq > rec->prev && rec->epoch.len != 0;
    }

    return rec->seq == 0 && rec->prev == 0;
}


static int
ngx_chat_wire_get_epoch(ngx_chat_wire_t *rec, const unsigned char **pos,
    const unsigned char *end)
{
    const unsigned char  *p;

    p = *pos;
    rec->epoch.data = p;

    while (p < end
           && ((*p >= '0' && *p <= '9')
               || (*p >= 'A' && *p <= 'Z')
               || (*p >= 'a' && *p <= 'z')))
    {
        p++;
    }

    rec->epoch.len = (size_t) (p - *pos);

    if (p == end || *p != '\n' || rec->epoch.len > NGX_CHAT_WIRE_EPOCH_MAX) {
        return 0;
    }

    *pos = p + 1;

    return 1;
}


static int
ngx_chat_wire_get_payload(ngx_chat_wire_t *rec, const unsigned char *pos,
    const unsigned char *end)
{
    unsigned        tag;
    uint32_t        bit, seen;
    ngx_chat_str_t  value;

    if (pos == end || *pos != NGX_CHAT_WIRE_VERSION) {
        return 0;
    }

    pos++;
    seen = 0;

    while (pos < end) {
        if (end - pos < NGX_CHAT_WIRE_FIELD_HEADER) {
            return 0;
        }

        tag = pos[0];
        value.len = ((size_t) pos[1] << 24) | ((size_t) pos[2] << 16)
                    | ((size_t) pos[3] << 8) | (size_t) pos[4];

        pos += NGX_CHAT_WIRE_FIELD_HEADER;

        if (value.len > (size_t) (end - pos)) {
            return 0;
        }

        value.data = pos;
        pos += value.len;

        bit = ngx_chat_wire_tag_bit(tag);

        if (bit == 0) {
            continue;
        }

        if ((seen & bit) != 0 || !ngx_chat_wire_get_field(rec, tag, &value)) {
            return 0;
        }

        seen |= bit;
    }

    return 1;
}


static int
ngx_chat_wire_get_field(ngx_chat_wire_t *rec, unsigned tag,
    const ngx_chat_str_t *value)
{
    ngx_chat_str_t  *str;

    switch (tag) {

    case NGX_CHAT_WIRE_RE:
        return ngx_chat_wire_get_decimal(&rec->re, value);

    case NGX_CHAT_WIRE_REF:
        return ngx_chat_wire_get_decimal(&rec->ref, value);

    case NGX_CHAT_WIRE_COUNT:
        return ngx_chat_wire_get_decimal(&rec->count, value);

    case NGX_CHAT_WIRE_UNTIL:
        return ngx_chat_wire_get_decimal(&rec->until, value);

    case NGX_CHAT_WIRE_VALUE:
        return ngx_chat_wire_get_decimal(&rec->value, value);

    case NGX_CHAT_WIRE_RIGHTS:
        return ngx_chat_wire_get_decimal(&rec->version, value);

    case NGX_CHAT_WIRE_ON:
        rec->on = (value->len == 1 && value->data[0] == '1');
        return rec->on || (value->len == 1 && value->data[0] == '0');

    case NGX_CHAT_WIRE_DELETED:
        rec->deleted = (value->len == 1 && value->data[0] == '1');
        return rec->deleted;

    case NGX_CHAT_WIRE_META:
        rec->meta = *value;
        return ngx_chat_wire_object(value);

    case NGX_CHAT_WIRE_BODY:
        rec->body = *value;
        return rec->kind == NGX_CHAT_WIRE_BINARY
               || ngx_chat_utf8_valid(value->data, value->len);

    default:
        str = ngx_chat_wire_string(rec, tag);
        break;
    }

    *str = *value;

    return ngx_chat_utf8_valid(value->data, value->len);
}


/* Where a field of UTF-8 without further rules belongs. */

static ngx_chat_str_t *
ngx_chat_wire_string(ngx_chat_wire_t *rec, unsigned tag)
{
    switch (tag) {

    case NGX_CHAT_WIRE_USER:
        return &rec->user;

    case NGX_CHAT_WIRE_NAME:
        return &rec->name;

    case NGX_CHAT_WIRE_ROLE:
        return &rec->role;

    case NGX_CHAT_WIRE_CID:
        return &rec->cid;

    case NGX_CHAT_WIRE_ENC:
        return &rec->enc;

    case NGX_CHAT_WIRE_ACT:
        return &rec->act;

    case NGX_CHAT_WIRE_TARGET:
        return &rec->target;

    case NGX_CHAT_WIRE_IP:
        return &rec->ip;

    default: /* NGX_CHAT_WIRE_SESSION */
        return &rec->session;
    }
}


/* Reads a number and the byte behind it. */

static int
ngx_chat_wire_get_number(uint64_t *n, const unsigned char **pos,
    const unsigned char *end, unsigned stop)
{
    ngx_chat_str_t        text;
    const unsigned char  *p;

    p = *pos;

    while (p < end && *p != stop) {
        p++;
    }

    if (p == end) {
        return 0;
    }

    text.data = *pos;
    text.len = (size_t) (p - *pos);
    *pos = p + 1;

    return ngx_chat_wire_get_decimal(n, &text);
}


static int
ngx_chat_wire_get_decimal(uint64_t *n, const ngx_chat_str_t *value)
{
    size_t    i;
    uint64_t  sum;

    if (value->len == 0
        || value->len > NGX_CHAT_WIRE_DIGITS_MAX
        || (value->len > 1 && value->data[0] == '0'))
    {
        return 0;
    }

    sum = 0;

    for (i = 0; i < value->len; i++) {
        if (value->data[i] < '0' || value->data[i] > '9') {
            return 0;
        }

        sum = sum * 10 + (uint64_t) (value->data[i] - '0');
    }

    *n = sum;

    return sum <= NGX_CHAT_WIRE_NUMBER_MAX;
}


/* A bit for each tag that is known, else 0: all of them are letters A..Z. */

static uint32_t
ngx_chat_wire_tag_bit(unsigned tag)
{
    switch (tag) {

    case NGX_CHAT_WIRE_USER:
    case NGX_CHAT_WIRE_NAME:
    case NGX_CHAT_WIRE_ROLE:
    case NGX_CHAT_WIRE_CID:
    case NGX_CHAT_WIRE_SESSION:
    case NGX_CHAT_WIRE_RE:
    case NGX_CHAT_WIRE_REF:
    case NGX_CHAT_WIRE_DELETED:
    case NGX_CHAT_WIRE_COUNT:
    case NGX_CHAT_WIRE_ON:
    case NGX_CHAT_WIRE_META:
    case NGX_CHAT_WIRE_ENC:
    case NGX_CHAT_WIRE_BODY:
    case NGX_CHAT_WIRE_ACT:
    case NGX_CHAT_WIRE_TARGET:
    case NGX_CHAT_WIRE_IP:
    case NGX_CHAT_WIRE_UNTIL:
    case NGX_CHAT_WIRE_VALUE:
    case NGX_CHAT_WIRE_RIGHTS:
        return (uint32_t) 1 << (tag - 'A');

    default:
        return 0;
    }
}


/* Members get "meta" as it is, so that it must not break their event. */

static int
ngx_chat_wire_object(const ngx_chat_str_t *value)
{
    ngx_chat_json_t  json;

    return ngx_chat_utf8_valid(value->data, value->len)
           && ngx_chat_json_scan(&json, value->data, value->len)
              == NGX_CHAT_JSON_OK
           && json.object;
}


static int
ngx_chat_wire_numbered(unsigned kind)
{
    return kind == NGX_CHAT_WIRE_MESSAGE
           || kind == NGX_CHAT_WIRE_EDIT
           || kind == NGX_CHAT_WIRE_DELETE
           || kind == NGX_CHAT_WIRE_TEXT
           || kind == NGX_CHAT_WIRE_BINARY;
}


static int
ngx_chat_wire_known(unsigned kind)
{
    return ngx_chat_wire_numbered(kind)
           || kind == NGX_CHAT_WIRE_ENTER
           || kind == NGX_CHAT_WIRE_LEAVE
           || kind == NGX_CHAT_WIRE_TYPING
           || kind == NGX_CHAT_WIRE_MOD;
}
