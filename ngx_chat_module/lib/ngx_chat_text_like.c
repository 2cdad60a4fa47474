
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Display names as readers see them: one form for each, and which two look
 * alike.  The only home of ICU.
 */


#include "ngx_chat_text_like.h"

#include <string.h>

#include <unicode/unorm2.h>
#include <unicode/uspoof.h>
#include <unicode/ustring.h>


/* UTF-16 units of a name in any of its forms */
#define NGX_CHAT_TEXT_LIKE_UNITS  2048


typedef enum {
    NGX_CHAT_TEXT_LIKE_NFKC = 0,
    NGX_CHAT_TEXT_LIKE_FOLD,
    NGX_CHAT_TEXT_LIKE_UPPER,
    NGX_CHAT_TEXT_LIKE_SKELETON
} ngx_chat_text_like_step_e;


typedef struct {
    UErrorCode                error;
    int32_t                   len;
    UChar                    *now;         /* one of both */
    UChar                    *next;        /* the other one */
    UChar                     units[2][NGX_CHAT_TEXT_LIKE_UNITS];
} ngx_chat_text_like_t;


static int ngx_chat_text_like_compare(const ngx_chat_str_t *name,
    const ngx_chat_str_t *other, int begins);
static void ngx_chat_text_like_begin(ngx_chat_text_like_t *like,
    const ngx_chat_str_t *name);
static size_t ngx_chat_text_like_end(ngx_chat_text_like_t *like,
    unsigned char *buf, size_t size);
static void ngx_chat_text_like_normalize(ngx_chat_text_like_t *like,
    const UNormalizer2 *form);
static void ngx_chat_text_like_step(ngx_chat_text_like_t *like,
    const USpoofChecker *checker, ngx_chat_text_like_step_e step);
static void ngx_chat_text_like_done(ngx_chat_text_like_t *like, int32_t len);


/*
 * Confusable is what is confusable as it stands: "I" is like "l", but "i" is
 * not; "m" is like "rn", but "M" is not.  The names are first read as they
 * stand, then in lower case, then in upper case, so that "ADMlN", "adrnin"
 * and "adm1n" end where "admin" does.
 */

static const ngx_chat_text_like_step_e  ngx_chat_text_like_steps[] = {
    NGX_CHAT_TEXT_LIKE_NFKC, NGX_CHAT_TEXT_LIKE_SKELETON,
    NGX_CHAT_TEXT_LIKE_FOLD, NGX_CHAT_TEXT_LIKE_SKELETON,
    NGX_CHAT_TEXT_LIKE_UPPER, NGX_CHAT_TEXT_LIKE_SKELETON,
    NGX_CHAT_TEXT_LIKE_UPPER
};


int
ngx_chat_text_name_prepare(void)
{
    ngx_chat_str_t  name;
    unsigned char   buf[sizeof("name")];

    /* what is plain needs them all as well */

    name.data = (const unsigned char *) "name";
    name.len = sizeof("name") - 1;

    return ngx_chat_text_name_key(&name, buf, sizeof(buf)) != 0
           && ngx_chat_text_name_nfc(&name, buf, sizeof(buf)) != 0;
}


size_t
ngx_chat_text_name_nfc(const ngx_chat_str_t *name, unsigned char *buf,
    size_t size)
{
    ngx_chat_text_like_t  like;

    ngx_chat_text_like_begin(&like, name);
    ngx_chat_text_like_normalize(&like, unorm2_getNFCInstance(&like.error));

    return ngx_chat_text_like_end(&like, buf, size);
}


ngx_chat_text_e
ngx_chat_text_name_shown(const ngx_chat_str_t *wish, unsigned char *buf,
    ngx_chat_str_t *name)
{
    ngx_chat_str_t   shown;
    ngx_chat_text_e  rc;

    shown.data = buf;
    shown.len = ngx_chat_text_name_nfc(wish, buf,
                                       NGX_CHAT_TEXT_LIKE_SHOWN_MAX);

    if (shown.len == 0) {
        /* why there is none; what is fine as it stands is too long in NFC */
        rc = ngx_chat_text_name_check(wish);
        return (rc == NGX_CHAT_TEXT_OK) ? NGX_CHAT_TEXT_TOO_LONG : rc;
    }

    rc = ngx_chat_text_name_check(&shown);

    if (rc == NGX_CHAT_TEXT_OK) {
        *name = shown;
    }

    return rc;
}


size_t
ngx_chat_text_name_key(const ngx_chat_str_t *name, unsigned char *buf,
    size_t size)
{
    size_t                 i, n;
    USpoofChecker         *checker;
    ngx_chat_text_like_t   like;

    ngx_chat_text_like_begin(&like, name);

    /* its tables belong to the library, it is small itself */
    checker = uspoof_open(&like.error);

    n = sizeof(ngx_chat_text_like_steps) / sizeof(ngx_chat_text_like_steps[0]);

    for (i = 0; i < n; i++) {
        ngx_chat_text_like_step(&like, checker, ngx_chat_text_like_steps[i]);
    }

    uspoof_close(checker);

    return ngx_chat_text_like_end(&like, buf, size);
}


int
ngx_chat_text_name_looks_like(const ngx_chat_str_t *a, const ngx_chat_str_t *b)
{
    return ngx_chat_text_like_compare(a, b, 0);
}


int
ngx_chat_text_name_begins_like(const ngx_chat_str_t *name,
    const ngx_chat_str_t *prefix)
{
    return ngx_chat_text_like_compare(name, prefix, 1);
}


static int
ngx_chat_text_like_compare(const ngx_chat_str_t *name,
    const ngx_chat_str_t *other, int begins)
{
    size_t         m, n;
    unsigned char  first[NGX_CHAT_TEXT_LIKE_KEY_MAX];
    unsigned char  second[NGX_CHAT_TEXT_LIKE_KEY_MAX];

    m = ngx_chat_text_name_key(name, first, sizeof(first));
    n = ngx_chat_text_name_key(other, second, sizeof(second));

    if (m == 0 || n == 0) {
        return 1;
    }

    return (m == n || (begins && m > n)) && memcmp(first, second, n) == 0;
}


/* ICU's functions do nothing when there is an error already. */

static void
ngx_chat_text_like_begin(ngx_chat_text_like_t *like,
    const ngx_chat_str_t *name)
{
    like->len = 0;
    like->now = like->units[0];
    like->next = like->units[1];
    like->error = U_ZERO_ERROR;

    if (name->len == 0 || name->len > NGX_CHAT_TEXT_LIKE_NAME_MAX) {
        like->error = U_ILLEGAL_ARGUMENT_ERROR;
        return;
    }

    u_strFromUTF8(like->now, NGX_CHAT_TEXT_LIKE_UNITS, &like->len,
                  (const char *) name->data, (int32_t) name->len,
                  &like->error);
}


static size_t
ngx_chat_text_like_end(ngx_chat_text_like_t *like, unsigned char *buf,
    size_t size)
{
    int32_t  len, max;

    len = 0;
    max = (size < INT32_MAX) ? (int32_t) size : INT32_MAX;

    u_strToUTF8((char *) buf, max, &len, like->now, like->len, &like->error);

    return U_FAILURE(like->error) ? 0 : (size_t) len;
}


static void
ngx_chat_text_like_normalize(ngx_chat_text_like_t *like,
    const UNormalizer2 *form)
{
    int32_t  len;

    len = unorm2_normalize(form, like->now, like->len, like->next,
                           NGX_CHAT_TEXT_LIKE_UNITS, &like->error);

    ngx_chat_text_like_done(like, len);
}


static void
ngx_chat_text_like_step(ngx_chat_text_like_t *like,
    const USpoofChecker *checker, ngx_chat_text_like_step_e step)
{
    int32_t  len;

    switch (step) {

    case NGX_CHAT_TEXT_LIKE_NFKC:
        ngx_chat_text_like_normalize(like,
                                     unorm2_getNFKCInstance(&like->error));
        return;

    case NGX_CHAT_TEXT_LIKE_FOLD:
        ngx_chat_text_like_normalize(like,
                            unorm2_getNFKCCasefoldInstance(&like->error));
        return;

    case NGX_CHAT_TEXT_LIKE_UPPER:
        len = u_strToUpper(like->next, NGX_CHAT_TEXT_LIKE_UNITS, like->now,
                           like->len, "", &like->error);
        break;

    case NGX_CHAT_TEXT_LIKE_SKELETON:
    default:
        len = uspoof_getSkeleton(checker, 0, like->now, like->len, like->next,
                                 NGX_CHAT_TEXT_LIKE_UNITS, &like->error);
        break;
    }

    ngx_chat_text_like_done(like, len);
}


static void
ngx_chat_text_like_done(ngx_chat_text_like_t *like, int32_t len)
{
    UChar  *units;

    if (U_FAILURE(like->error)) {
        return;
    }

    units = like->now;
    like->now = like->next;
    like->next = units;
    like->len = len;
}
