
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Names as readers see them: whatever the bytes, the results fit; NFC of NFC
 * is itself; a name looks like itself, like its NFC and like its ASCII
 * letters in upper case; two names look alike both ways, and just when their
 * keys are the same.
 *
 * The first byte is the length of the first name, the rest is the second one.
 */


#include "ngx_chat_text_like.h"

#include <stdlib.h>
#include <string.h>


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


/* a copy in memory of just its size */

static unsigned char *
copy(const ngx_chat_str_t *name)
{
    unsigned char  *data;

    data = malloc(name->len + 1);

    if (data == NULL) {
        abort();
    }

    if (name->len != 0) {
        memcpy(data, name->data, name->len);
    }

    return data;
}


static void
check_nfc(const ngx_chat_str_t *name)
{
    size_t           n, m;
    ngx_chat_str_t   once;
    unsigned char   *small;
    unsigned char    first[NGX_CHAT_TEXT_LIKE_KEY_MAX];
    unsigned char    second[NGX_CHAT_TEXT_LIKE_KEY_MAX];

    n = ngx_chat_text_name_nfc(name, first, sizeof(first));

    if (n == 0 || n > NGX_CHAT_TEXT_LIKE_NAME_MAX) {
        return;
    }

    once.data = first;
    once.len = n;
    m = ngx_chat_text_name_nfc(&once, second, sizeof(second));

    if (m != n || memcmp(first, second, n) != 0
        || !ngx_chat_text_name_looks_like(name, &once))
    {
        abort();
    }

    small = copy(&once);

    if (ngx_chat_text_name_nfc(name, small, n) != n
        || ngx_chat_text_name_nfc(name, small, n - 1) != 0)
    {
        abort();
    }

    free(small);
}


/* What is shown keeps the rules, and is shown as it stands. */

static void
check_shown(const ngx_chat_str_t *wish)
{
    ngx_chat_str_t  name, again;
    unsigned char   first[NGX_CHAT_TEXT_LIKE_SHOWN_MAX];
    unsigned char   second[NGX_CHAT_TEXT_LIKE_SHOWN_MAX];

    if (ngx_chat_text_name_shown(wish, first, &name) != NGX_CHAT_TEXT_OK) {
        return;
    }

    if (ngx_chat_text_name_check(&name) != NGX_CHAT_TEXT_OK
        || ngx_chat_text_name_shown(&name, second, &again) != NGX_CHAT_TEXT_OK
        || again.len != name.len
        || memcmp(first, second, name.len) != 0
        || !ngx_chat_text_name_looks_like(wish, &name)
        || !ngx_chat_text_name_begins_like(wish, &name))
    {
        abort();
    }
}


static void
check_upper(const ngx_chat_str_t *name)
{
    size_t           i;
    ngx_chat_str_t   upper;
    unsigned char   *data;

    data = copy(name);

    for (i = 0; i < name->len; i++) {
        if (data[i] >= 'a' && data[i] <= 'z') {
            data[i] = (unsigned char) (data[i] - 'a' + 'A');
        }
    }

    upper.data = data;
    upper.len = name->len;

    if (!ngx_chat_text_name_looks_like(name, &upper)) {
        abort();
    }

    free(data);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int             alike, same;
    size_t          m, n;
    ngx_chat_str_t  a, b;
    unsigned char   first[NGX_CHAT_TEXT_LIKE_KEY_MAX];
    unsigned char   second[NGX_CHAT_TEXT_LIKE_KEY_MAX];

    if (size == 0) {
        return 0;
    }

    size--;
    a.data = data + 1;
    a.len = (data[0] < size) ? data[0] : size;
    b.data = a.data + a.len;
    b.len = size - a.len;

    m = ngx_chat_text_name_key(&a, first, sizeof(first));
    n = ngx_chat_text_name_key(&b, second, sizeof(second));

    same = m == 0 || n == 0 || (m == n && memcmp(first, second, n) == 0);
    alike = ngx_chat_text_name_looks_like(&a, &b);

    if (alike != same
        || alike != ngx_chat_text_name_looks_like(&b, &a)
        || !ngx_chat_text_name_looks_like(&a, &a))
    {
        abort();
    }

    check_nfc(&a);
    check_nfc(&b);
    check_shown(&a);
    check_shown(&b);
    check_upper(&a);

    return 0;
}
