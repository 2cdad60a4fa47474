
/*
 * Copyright (C) the ngx_chat_module authors
 *
 * Licensed under the BSD 2-Clause License, see LICENSE.
 */


/*
 * Header fields of a handshake: white space around an element and the order
 * of elements change nothing, and a list goes on being one when it is
 * doubled.
 *
 * The input is a field's value.
 */


#include "ngx_chat_header.h"

#include <stdlib.h>
#include <string.h>


#define INPUT_MAX  4096


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void check_token(const ngx_chat_str_t *one, const ngx_chat_str_t *two);
static void check_protocol(const ngx_chat_str_t *one,
    const ngx_chat_str_t *two);
static void check_extensions(const ngx_chat_str_t *one,
    const ngx_chat_str_t *two);
static void check_numbers(const ngx_chat_str_t *value);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned char   *doubled;
    ngx_chat_str_t   one, two;

    if (size > INPUT_MAX) {
        return 0;
    }

    doubled = malloc(2 * size + 3);

    if (doubled == NULL) {
        abort();
    }

    doubled[0] = '\t';
    doubled[size + 1] = ',';
    doubled[2 * size + 2] = ' ';

    if (size != 0) {
        memcpy(doubled + 1, data, size);
        memcpy(doubled + size + 2, data, size);
    }

    one.data = data;
    one.len = size;
    two.data = doubled;
    two.len = 2 * size + 3;

    check_token(&one, &two);
    check_protocol(&one, &two);
    check_extensions(&one, &two);
    check_numbers(&one);

    free(doubled);

    return 0;
}


static void
check_token(const ngx_chat_str_t *one, const ngx_chat_str_t *two)
{
    if (ngx_chat_header_has_token(one, "upgrade")
        != ngx_chat_header_has_token(two, "UPGRADE"))
    {
        abort();
    }
}


/* a subprotocol that is found is a token of the list, too */

static void
check_protocol(const ngx_chat_str_t *one, const ngx_chat_str_t *two)
{
    ngx_chat_str_t     first, second;
    ngx_chat_header_e  rc;

    first.data = NULL;
    second.data = NULL;

    rc = ngx_chat_header_protocol_rest(one, "a", &first);

    if (rc != ngx_chat_header_protocol_rest(two, "a", &second)
        || (rc == NGX_CHAT_HEADER_FOUND
            && (first.data == NULL || first.len != second.len
                || first.data < one->data
                || first.data + first.len > one->data + one->len)))
    {
        abort();
    }

    rc = ngx_chat_header_protocol(one, "chat.v1");

    if (rc != ngx_chat_header_protocol(two, "chat.v1")) {
        abort();
    }

    if (rc == NGX_CHAT_HEADER_FOUND
        && !ngx_chat_header_has_token(one, "chat.v1"))
    {
        abort();
    }
}


/* a list of plain tokens is a list of extensions, one offer a token */

static void
check_extensions(const ngx_chat_str_t *one, const ngx_chat_str_t *two)
{
    size_t             i;
    unsigned           offers, twice, commas;
    ngx_chat_header_e  rc;

    offers = 0;
    twice = 0;
    commas = 0;

    rc = ngx_chat_header_extensions(one, &offers);

    if (rc == NGX_CHAT_HEADER_FOUND || offers > one->len) {
        abort();
    }

    if (rc == NGX_CHAT_HEADER_NONE
        && (ngx_chat_header_extensions(two, &twice) != rc
            || twice != 2 * offers))
    {
        abort();
    }

    if (ngx_chat_header_protocol(one, "chat.v1") == NGX_CHAT_HEADER_MALFORMED)
    {
        return;
    }

    for (i = 0; i < one->len; i++) {
        commas += (one->data[i] == ',');
    }

    if (rc != NGX_CHAT_HEADER_NONE || offers != commas + 1) {
        abort();
    }
}


static void
check_numbers(const ngx_chat_str_t *value)
{
    int     version;
    char    digits[4];
    size_t  n;

    version = ngx_chat_header_version(value);

    if (version < -1 || version > 255) {
        abort();
    }

    if (version != -1) {
        n = 0;

        if (version >= 100) {
            digits[n++] = (char) ('0' + version / 100);
        }

        if (version >= 10) {
            digits[n++] = (char) ('0' + version / 10 % 10);
        }

        digits[n++] = (char) ('0' + version % 10);

        if (value->len != n || memcmp(value->data, digits, n) != 0) {
            abort();
        }
    }

    if (ngx_chat_header_key_valid(value)
        && (value->len != 24 || value->data[23] != '='))
    {
        abort();
    }
}
