
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * A scanner for whole texts of strict JSON (RFC 8259), with limits.
 */


#include "ngx_chat_json.h"

#include <string.h>

#include "ngx_chat_json_string.h"
#include "ngx_chat_utf8.h"


typedef struct {
    size_t         len;
    unsigned char  data[NGX_CHAT_JSON_KEY_LIMIT];
} ngx_chat_json_key_t;


/* An object or an array that has begun and not ended. */

typedef struct {
    unsigned             array:1;
    size_t               nkeys;
    ngx_chat_json_key_t  keys[NGX_CHAT_JSON_KEYS_MAX];
} ngx_chat_json_level_t;


typedef struct {
    const unsigned char    *pos;
    const unsigned char    *end;
    ngx_chat_json_t        *json;
    ngx_chat_json_member_t *member;        /* whose value is being read */
    unsigned                complete:1;    /* a value has just ended */
    size_t                  key_max;       /* bytes */
    size_t                  depth;
    ngx_chat_json_level_t   levels[NGX_CHAT_JSON_DEPTH_MAX];
} ngx_chat_json_scan_t;


static ngx_chat_json_e ngx_chat_json_text(ngx_chat_json_scan_t *s,
    const unsigned char *p, size_t n);
static ngx_chat_json_e ngx_chat_json_value(ngx_chat_json_scan_t *s);
static ngx_chat_json_e ngx_chat_json_open(ngx_chat_json_scan_t *s, int array);
static ngx_chat_json_e ngx_chat_json_next(ngx_chat_json_scan_t *s);
static ngx_chat_json_e ngx_chat_json_key(ngx_chat_json_scan_t *s);
static void ngx_chat_json_ended(ngx_chat_json_scan_t *s);
static ngx_chat_json_e ngx_chat_json_string(ngx_chat_json_scan_t *s,
    ngx_chat_json_key_t *key);
static int ngx_chat_json_key_add(ngx_chat_json_scan_t *s,
    ngx_chat_json_key_t *key, uint32_t c);
static ngx_chat_json_e ngx_chat_json_number(ngx_chat_json_scan_t *s);
static size_t ngx_chat_json_digits(ngx_chat_json_scan_t *s);
static ngx_chat_json_e ngx_chat_json_word(ngx_chat_json_scan_t *s,
    const char *word);
static int ngx_chat_json_take(ngx_chat_json_scan_t *s, unsigned c);
static void ngx_chat_json_space(ngx_chat_json_scan_t *s);


/* indexed by ngx_chat_json_e */

static const char *const  ngx_chat_json_reasons[] = {
    "The text is JSON.",
    "The text is not JSON.",
    "A JSON string has a control character or a bad escape, or no end.",
    "A JSON number is malformed or too long.",
    "The JSON is nested too deep.",
    "A JSON object has too many keys.",
    "A JSON key is too long or has U+0000.",
    "A JSON key is repeated."
};


ngx_chat_json_e
ngx_chat_json_scan(ngx_chat_json_t *json, const unsigned char *p, size_t n)
{
    ngx_chat_json_scan_t  s;

    s.json = json;
    s.key_max = NGX_CHAT_JSON_KEY_MAX;

    return ngx_chat_json_text(&s, p, n);
}


ngx_chat_json_e
ngx_chat_json_scan_long_keys(ngx_chat_json_t *json, const unsigned char *p,
    size_t n)
{
    ngx_chat_json_scan_t  s;

    s.json = json;
    s.key_max = NGX_CHAT_JSON_KEY_LIMIT;

    return ngx_chat_json_text(&s, p, n);
}


const char *
ngx_chat_json_reason(ngx_chat_json_e why)
{
    return ngx_chat_json_reasons[why];
}


static ngx_chat_json_e
ngx_chat_json_text(ngx_chat_json_scan_t *s, const unsigned char *p, size_t n)
{
    ngx_chat_json_e  rc;

    s->json->object = 0;
    s->json->nmembers = 0;

    if (n == 0) {
        return NGX_CHAT_JSON_SYNTAX;
    }

    s->pos = p;
    s->end = p + n;
    s->member = NULL;
    s->depth = 0;
    s->complete = 0;

    do {
        rc = s->complete ? ngx_chat_json_next(s) : ngx_chat_json_value(s);

        if (rc != NGX_CHAT_JSON_OK) {
            return rc;
        }

    } while (s->depth != 0 || !s->complete);

    ngx_chat_json_space(s);

    return (s->pos == s->end) ? NGX_CHAT_JSON_OK : NGX_CHAT_JSON_SYNTAX;
}


/* Reads a value that is no container, or opens a container. */

static ngx_chat_json_e
ngx_chat_json_value(ngx_chat_json_scan_t *s)
{
    ngx_chat_json_e  rc;

    ngx_chat_json_space(s);

    if (s->pos == s->end) {
        return NGX_CHAT_JSON_SYNTAX;
    }

    if (s->depth == 1 && !s->levels[0].array) {
        s->member->value.data = s->pos;
    }

    switch (*s->pos) {

    case '{':
        return ngx_chat_json_open(s, 0);

    case '[':
        return ngx_chat_json_open(s, 1);

    case '"':
        s->pos++;
        rc = ngx_chat_json_string(s, NULL);
        break;

    case 't':
        rc = ngx_chat_json_word(s, "true");
        break;

    case 'f':
        rc = ngx_chat_json_word(s, "false");
        break;

    case 'n':
        rc = ngx_chat_json_word(s, "null");
        break;

    default:
        rc = ngx_chat_json_number(s);
        break;
    }

    ngx_chat_json_ended(s);

    return rc;
}


static ngx_chat_json_e
ngx_chat_json_open(ngx_chat_json_scan_t *s, int array)
{
    ngx_chat_json_level_t  *level;

    if (s->depth == NGX_CHAT_JSON_DEPTH_MAX) {
        return NGX_CHAT_JSON_DEPTH;
    }

    if (s->depth == 0) {
        s->json->object = !array;
    }

    level = &s->levels[s->depth];
    level->array = (array != 0);
    level->nkeys = 0;

    s->depth++;
    s->pos++;

    ngx_chat_json_space(s);

    if (ngx_chat_json_take(s, array ? ']' : '}')) {
        s->depth--;
        ngx_chat_json_ended(s);

        return NGX_CHAT_JSON_OK;
    }

    return array ? NGX_CHAT_JSON_OK : ngx_chat_json_key(s);
}


/* Reads what stands behind a value inside a container. */

static ngx_chat_json_e
ngx_chat_json_next(ngx_chat_json_scan_t *s)
{
    int  array;

    array = s->levels[s->depth - 1].array;

    ngx_chat_json_space(s);

    if (ngx_chat_json_take(s, array ? ']' : '}')) {
        s->depth--;
        ngx_chat_json_ended(s);

        return NGX_CHAT_JSON_OK;
    }

    if (!ngx_chat_json_take(s, ',')) {
        return NGX_CHAT_JSON_SYNTAX;
    }

    s->complete = 0;

    return array ? NGX_CHAT_JSON_OK : ngx_chat_json_key(s);
}


/* Reads a key and its colon. */

static ngx_chat_json_e
ngx_chat_json_key(ngx_chat_json_scan_t *s)
{
    size_t                  i;
    ngx_chat_json_e         rc;
    const unsigned char    *start;
    ngx_chat_json_key_t    *key;
    ngx_chat_json_level_t  *level;

    level = &s->levels[s->depth - 1];

    ngx_chat_json_space(s);

    start = s->pos;

    if (!ngx_chat_json_take(s, '"')) {
        return NGX_CHAT_JSON_SYNTAX;
    }

    if (level->nkeys == NGX_CHAT_JSON_KEYS_MAX) {
        return NGX_CHAT_JSON_KEYS;
    }

    key = &level->keys[level->nkeys];
    key->len = 0;

    rc = ngx_chat_json_string(s, key);

    if (rc != NGX_CHAT_JSON_OK) {
        return rc;
    }

    for (i = 0; i < level->nkeys; i++) {
        if (level->keys[i].len == key->len
            && memcmp(level->keys[i].data, key->data, key->len) == 0)
        {
            return NGX_CHAT_JSON_DUPLICATE;
        }
    }

    level->nkeys++;

    if (s->depth == 1) {
        s->member = &s->json->members[s->json->nmembers++];
        s->member->key.data = start;
        s->member->key.len = (size_t) (s->pos - start);
        s->member->nul = 0;
    }

    ngx_chat_json_space(s);

    return ngx_chat_json_take(s, ':') ? NGX_CHAT_JSON_OK
                                      : NGX_CHAT_JSON_SYNTAX;
}


static void
ngx_chat_json_ended(ngx_chat_json_scan_t *s)
{
    s->complete = 1;

    if (s->depth == 1 && !s->levels[0].array) {
        s->member->value.len = (size_t) (s->pos - s->member->value.data);
    }
}


/* Reads a string behind its opening quote, and a key's bytes unescaped. */

static ngx_chat_json_e
ngx_chat_json_string(ngx_chat_json_scan_t *s, ngx_chat_json_key_t *key)
{
    uint32_t  c;

    while (s->pos < s->end) {
        c = *s->pos++;

        if (c == '"') {
            return NGX_CHAT_JSON_OK;
        }

        if (c < 0x20) {
            return NGX_CHAT_JSON_STRING;
        }

        if (c != '\\') {
            if (key == NULL) {
                continue;
            }

            if (key->len == s->key_max) {
                return NGX_CHAT_JSON_KEY;
            }

            key->data[key->len++] = (unsigned char) c;
            continue;
        }

        if (!ngx_chat_json_string_escape(&s->pos, s->end, &c)) {
            return NGX_CHAT_JSON_STRING;
        }

        if (key != NULL) {
            if (!ngx_chat_json_key_add(s, key, c)) {
                return NGX_CHAT_JSON_KEY;
            }

        } else if (c == 0 && s->member != NULL) {
            s->member->nul = 1;
        }
    }

    return NGX_CHAT_JSON_STRING;
}


static int
ngx_chat_json_key_add(ngx_chat_json_scan_t *s, ngx_chat_json_key_t *key,
    uint32_t c)
{
    size_t         n;
    unsigned char  utf8[4];

    if (c == 0) {
        return 0;
    }

    n = ngx_chat_utf8_encode(utf8, c);

    if (n > s->key_max - key->len) {
        return 0;
    }

    memcpy(key->data + key->len, utf8, n);
    key->len += n;

    return 1;
}


/* RFC 8259, 6.  Numbers. */

static ngx_chat_json_e
ngx_chat_json_number(ngx_chat_json_scan_t *s)
{
    const unsigned char  *start;

    start = s->pos;

    (void) ngx_chat_json_take(s, '-');

    if (s->pos == s->end || *s->pos < '0' || *s->pos > '9') {
        return (s->pos == start) ? NGX_CHAT_JSON_SYNTAX
                                 : NGX_CHAT_JSON_NUMBER;
    }

    if (!ngx_chat_json_take(s, '0')) {
        (void) ngx_chat_json_digits(s);
    }

    if (ngx_chat_json_take(s, '.') && ngx_chat_json_digits(s) == 0) {
        return NGX_CHAT_JSON_NUMBER;
    }

    if (ngx_chat_json_take(s, 'e') || ngx_chat_json_take(s, 'E')) {
        if (!ngx_chat_json_take(s, '+')) {
            (void) ngx_chat_json_take(s, '-');
        }

        if (ngx_chat_json_digits(s) == 0) {
            return NGX_CHAT_JSON_NUMBER;
        }
    }

    return (s->pos - start > NGX_CHAT_JSON_NUMBER_MAX) ? NGX_CHAT_JSON_NUMBER
                                                       : NGX_CHAT_JSON_OK;
}


static size_t
ngx_chat_json_digits(ngx_chat_json_scan_t *s)
{
    const unsigned char  *start;

    start = s->pos;

    while (s->pos < s->end && *s->pos >= '0' && *s->pos <= '9') {
        s->pos++;
    }

    return (size_t) (s->pos - start);
}


static ngx_chat_json_e
ngx_chat_json_word(ngx_chat_json_scan_t *s, const char *word)
{
    size_t  n;

    n = strlen(word);

    if (n > (size_t) (s->end - s->pos) || memcmp(s->pos, word, n) != 0) {
        return NGX_CHAT_JSON_SYNTAX;
    }

    s->pos += n;

    return NGX_CHAT_JSON_OK;
}


static int
ngx_chat_json_take(ngx_chat_json_scan_t *s, unsigned c)
{
    if (s->pos == s->end || *s->pos != c) {
        return 0;
    }

    s->pos++;

    return 1;
}


static void
ngx_chat_json_space(ngx_chat_json_scan_t *s)
{
    while (s->pos < s->end
           && (*s->pos == ' ' || *s->pos == '\t'
               || *s->pos == '\n' || *s->pos == '\r'))
    {
        s->pos++;
    }
}
